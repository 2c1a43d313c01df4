"""What money costs: rates found, rates quoted, rates that laws define."""

from __future__ import annotations

import math
import random
import warnings
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from itertools import pairwise

import numpy_financial
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from tagih.daycounts import days
from tagih.errors import InputError
from tagih.money import Rounding
from tagih.rates import (
    NoSolution,
    Settlement,
    SeveralSolutions,
    UnitFlow,
    actuarial_rebate,
    compounded,
    cumipmt,
    cumprinc,
    daily_cost_rate,
    effective_rate,
    effective_to_flat,
    eu_apr,
    flat_to_effective,
    fv,
    instalment_rate,
    ipmt,
    irr,
    irr_all,
    level_payments,
    mirr,
    nominal_rate,
    nper,
    npv,
    pmt,
    ppmt,
    pro_rata_rebate,
    pv,
    rate,
    rate_all,
    regulation_z_apr,
    simple_interest,
    sum_of_digits_rebate,
    uk_rebate,
    unit_periods_between,
    xirr,
    xirr_all,
    xnfv,
    xnpv,
)

D = Decimal


def percent(value: Decimal, places: int) -> Decimal:
    return round(value * 100, places)


# --- published Indonesian figures -------------------------------------------------------------

# Flat against effective, as lenders' brochures set them side by side: principal, flat rate,
# months, instalment, then monthly, nominal and effective annual rate in percent. Computed once
# with another program (annuity solved by bisection).
FLAT = [
    (12_000_000, "0.10", 12, "1100000", "1.497666", "17.9720", "19.5288"),
    (24_000_000, "0.10", 24, "1200000", "1.513084", "18.1570", "19.7469"),
    (36_000_000, "0.10", 36, "1300000", "1.493140", "17.9177", "19.4649"),
    (60_000_000, "0.10", 60, "1500000", "1.439478", "17.2737", "18.7091"),
    (12_000_000, "0.12", 12, "1120000", "1.788099", "21.4572", "23.6984"),
    (36_000_000, "0.06", 36, "1180000", "0.923538", "11.0825", "11.6631"),
    (20_000_000, "0.18", 36, "855555.56", "2.549531", "30.5944", "35.2708"),
]


@pytest.mark.parametrize(
    ("principal", "flat", "months", "instalment", "monthly", "nominal", "effective"), FLAT
)
def test_a_flat_rate_is_this_effective_one(principal, flat, months, instalment, monthly, nominal, effective):
    paid = flat_to_effective(flat_annual_rate=D(flat), months=months)
    assert percent(paid.period_rate, 6) == D(monthly)
    assert percent(paid.nominal_annual_rate, 4) == D(nominal)
    assert percent(paid.effective_annual_rate, 4) == D(effective)
    unrounded = -pmt(period_rate=paid.period_rate, periods=months, pv=principal)
    assert round(unrounded, 2) == D(instalment)
    quoted = instalment_rate(principal=principal, instalment=unrounded, periods=months)
    assert percent(quoted.period_rate, 6) == D(monthly)
    assert round(effective_to_flat(monthly_rate=paid.period_rate, months=months), 15) == D(flat)


# Annuities of bank and consumer loans: principal, annual rate, months, instalment.
ANNUITIES = [
    (100_000_000, "0.12", 12, "8884878.87"),
    (50_000_000, "0.18", 24, "2496205.10"),
    (10_000_000, "0.12", 24, "470734.72"),
]


@pytest.mark.parametrize(("principal", "annual", "months", "instalment"), ANNUITIES)
def test_an_annuity_has_this_instalment(principal, annual, months, instalment):
    monthly = D(annual) / 12
    assert round(-pmt(period_rate=monthly, periods=months, pv=principal), 2) == D(instalment)


def test_an_annuity_splits_into_interest_and_principal():
    loan = {"period_rate": D("0.01"), "periods": 12, "pv": 100_000_000}
    rows = [(round(-ipmt(**loan, period=k), 2), round(-ppmt(**loan, period=k), 2)) for k in (1, 2)]
    assert rows == [(D("1000000.00"), D("7884878.87")), (D("921151.21"), D("7963727.66"))]
    balance = -fv(period_rate=D("0.01"), periods=2, pmt=pmt(**loan), pv=100_000_000)
    assert round(balance, 2) == D("84151393.48")


def test_early_settlement_has_these_unearned_parts():
    # Rp12.000.000, flat 12 %, 12 months, Rp1.120.000 each, settled after 6.
    monthly = flat_to_effective(flat_annual_rate=D("0.12"), months=12).period_rate
    left = [1_120_000] * 6
    unearned = actuarial_rebate(left, period_rate=monthly)
    assert round(unearned, 2) == D("401286.23")
    assert round(sum(left) - unearned, 2) == D("6318713.77")
    assert round(sum_of_digits_rebate(1_440_000, periods=12, paid=6), 2) == D("387692.31")
    assert sum(left) - pro_rata_rebate(1_440_000, periods=12, paid=6) == 6_000_000


def test_a_modified_loan_loses_this_much_at_its_original_rate():
    # PSAK 109: Rp10.000.000 at 1,5 % a month becomes 24 months at 1 %.
    instalment = -pmt(period_rate=D("0.01"), periods=24, pv=10_000_000)
    worth = -pv(period_rate=D("0.015"), periods=24, pmt=instalment)
    assert round(worth, 2) == D("9429007.31")
    assert round(10_000_000 - worth, 2) == D("570992.69")


# Simple interest: principal, annual rate, start, end, day count, interest. The first is bunga
# moratoire over 210 days (Staatsblad 1848 no. 22: 6 %); the rest one month of 31 days.
SIMPLE = [
    (25_000_000, "0.06", "2026-01-01", "2026-07-30", "ACT/365F", "863013.70"),
    (100_000_000, "0.12", "2026-01-01", "2026-02-01", "ACT/360", "1033333.33"),
    (100_000_000, "0.12", "2026-01-01", "2026-02-01", "ACT/365F", "1019178.08"),
    (100_000_000, "0.12", "2026-01-01", "2026-02-01", "30/360", "1000000.00"),
]


@pytest.mark.parametrize(("principal", "annual", "start", "end", "day_count", "interest"), SIMPLE)
def test_simple_interest_follows_the_day_count(principal, annual, start, end, day_count, interest):
    found = simple_interest(
        principal,
        annual_rate=D(annual),
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        day_count=day_count,
    )
    assert round(found, 2) == D(interest)


# OJK's own examples of the daily manfaat ekonomi, SEOJK 19/SEOJK.06/2025: printed in percent
# with three decimals.
DAILY = [
    (1_250_000, 50_000_000, 5, "0.017"),
    (2_350_000, 150_000_000, 7, "0.007"),
]


@pytest.mark.parametrize(("cost", "principal", "months", "printed"), DAILY)
def test_the_daily_cost_of_a_pindar_loan_is_ojks(cost, principal, months, printed):
    assert percent(daily_cost_rate(cost=cost, principal=principal, months=months), 3) == D(printed)


# Annuities as Indonesian banks and textbooks print them: principal, annual rate, months, instalment,
# rows (number, principal, interest), the decimals printed, source.
PRINTED = [
    # Bank Indonesia, "Memahami bunga kredit", 123dok.com/document/zxv8pkoy
    (24_000_000, "0.10", 24, "1107478", [(1, "907478", "200000")], 0),
    # Angsuran efektif in arrears, scribd.com/document/708254756
    (170_000_000, "0.16", 96, "3149893.62", [(1, "883226.95", "2266666.67")], 2),
    (170_000_000, "0.16", 96, "3149893.62", [(24, "1197776.75", "1952116.87")], 2),
    # Jadwal angsuran efektif, scribd.com/document/365074965
    (200_000_000, "0.181", 120, "3616589.78", [(1, "599923.11", "3016666.67")], 2),
    (200_000_000, "0.181", 120, "3616589.78", [(31, "940040.38", "2676549.40")], 2),
    # Efektif 1,5 % a month, pinjol.blogspot.com/2017/10/cara-konversi-suku-bunga-flat-dan.html
    (5_000_000, "0.18", 12, "458400", [], 0),
]  # fmt: skip


@pytest.mark.parametrize(("principal", "annual", "months", "instalment", "rows", "places"), PRINTED)
def test_a_printed_annuity_table_comes_out(principal, annual, months, instalment, rows, places):
    loan = {"period_rate": D(annual) / 12, "periods": months, "pv": principal}
    assert round(-pmt(**loan), places) == D(instalment)
    for number, part, interest in rows:
        assert round(-ppmt(**loan, period=number), places) == D(part)
        assert round(-ipmt(**loan, period=number), places) == D(interest)


# Conversions as printed: principal, instalment, months, when, monthly rate and flat monthly rate
# in percent (None: not printed), decimals printed.
CONVERTED = [
    # Flat 1,5 % a month is efektif 2,64 %, and efektif 1,5 % is flat 0,83 %: the page as above.
    (5_000_000, "491666.67", 12, "end", "2.64", "1.50", 2),
    (5_000_000, "458400", 12, "end", "1.50", "0.83", 2),
    # Leasing with the first instalment at once, cicilanleasing.blogspot.com/2010: 0,96 % a month.
    (139_600_000, "4564200", 36, "begin", "0.96", None, 2),
    # Efektif 16 % over 96 months is flat 9,73454 %, scribd.com/document/708254756.
    (170_000_000, "3149893.62", 96, "end", "1.33", None, 2),
]


@pytest.mark.parametrize(
    ("principal", "instalment", "months", "when", "effective", "flat", "places"), CONVERTED
)
def test_a_printed_conversion_comes_out(principal, instalment, months, when, effective, flat, places):
    monthly = rate(periods=months, pmt=-D(instalment), pv=principal, when=when)
    assert percent(monthly, places) == D(effective)
    if flat is not None:
        assert percent(effective_to_flat(monthly_rate=monthly, months=months) / 12, places) == D(flat)


def test_more_printed_figures_come_out():
    # scribd.com/document/708254756: Rp170.000.000, efektif 16 %, 96 months, "konversi ke flat".
    assert percent(effective_to_flat(monthly_rate=D("0.16") / 12, months=96), 5) == D("9.73454")
    # cicilanleasing.blogspot.com/2010: the year is twelve months of the unrounded rate, and the
    # second instalment's interest is the rate on what the first one left.
    monthly = rate(periods=36, pmt=-4_564_200, pv=139_600_000, when="begin")
    assert percent(monthly * 12, 2) == D("11.57")
    assert round(135_035_800 * monthly) == 1_302_163
    # scribd.com/document/409947874: twelve times Rp10.000.000 at 18 %, and ten of 1 in advance at 3 %.
    assert round(-pv(period_rate=D("0.18"), periods=12, pmt=10_000_000)) == 47_932_249
    assert round(-fv(period_rate=D("0.03"), periods=10, pmt=1, pv=0, when="begin"), 6) == D("11.807796")


# A credit union's jasa by the day at 0,058333 %: principal, start, end, days printed, amount due in
# the next Rp100. cu-sehati.com/pinjaman-dengan-pembayaran-tidak-tetap-pmtt
BY_THE_DAY = [
    (5_000_000, date(2024, 1, 7), date(2024, 2, 5), 29, 84_600),
    (20_000_000, date(2024, 1, 15), date(2024, 2, 16), 32, 373_400),
]


@pytest.mark.parametrize(("principal", "start", "end", "counted", "payable"), BY_THE_DAY)
def test_a_credit_unions_daily_interest_comes_out(principal, start, end, counted, payable):
    assert days("ACT/365F", start, end) == counted
    annual = D("0.00058333") * 365
    due = simple_interest(principal, annual_rate=annual, start=start, end=end, day_count="ACT/365F")
    assert Rounding(unit=D(100), mode="up").of(due) == payable


# --- finding rates ----------------------------------------------------------------------------

SOLUTIONS = [
    # Built from their factors: sum = product of (1 + r_k - w), so that every rate is known.
    ([-100, 110], ("0.1",)),
    ([-100, 90], ("-0.1",)),
    ([-100, 100], ("0",)),
    ([-100, 230, -132], ("0.1", "0.2")),
    ([-1000, 3600, -4310, 1716], ("0.1", "0.2", "0.3")),
    ([-100, 220, -121], ("0.1",)),  # touches zero
    ([100, -220, 122], ()),  # comes near, and turns
    ([1, 0, 0, -8], ("1",)),
    ([0, 0, -100, 0, 121], ("0.1",)),
    ([100, 110], ()),
    ([0, 0], ()),
    ([], ()),
    ([5], ()),
]


@pytest.mark.parametrize(("flows", "expected"), SOLUTIONS)
def test_every_solution_is_found_and_none_is_an_answer(flows, expected):
    assert irr_all(flows) == tuple(D(each) for each in expected)


PICKS = [
    ("lowest", "-0.5"),
    ("highest", "0.3"),
    ("nearest_zero", "0.3"),  # ln 1.3 is nearer than ln 0.5
    ("spreadsheet", "0.3"),
    ("lowest_non_negative", "0.3"),
]


@pytest.mark.parametrize(("pick", "expected"), PICKS)
def test_one_of_several_is_picked_by_name(pick, expected):
    flows = [-100, 180, -65]  # (w - 0.5)(w - 1.3) = w**2 - 1.8 w + 0.65
    assert irr(flows, pick=pick) == D(expected)


def test_several_are_refused_until_one_is_picked():
    with pytest.raises(SeveralSolutions, match="2 rates solve these flows") as told:
        irr([-100, 230, -132])
    assert told.value.code == "rates.several"
    with pytest.raises(InputError, match="'best' is unknown; write one of only"):
        irr([-100, 230, -132], pick="best")


def test_no_solution_says_so():
    with pytest.raises(NoSolution) as told:
        xirr([(date(2026, 1, 1), 100), (date(2026, 2, 1), 100)])
    assert told.value.code == "rates.no_solution"
    with pytest.raises(NoSolution):
        irr([-100, 80], pick="lowest_non_negative")


def test_extreme_rates_are_found():
    day = date(2026, 1, 1)
    overnight = xirr([(day, -100), (day + timedelta(days=1), 110)])
    assert overnight.quantize(D(1)) == (D("1.1") ** 365 - 1).quantize(D(1))
    lost = xirr([(day, -100), (day + timedelta(days=365), D("0.000001"))])
    assert lost == D("-0.99999999")
    assert irr([-1, 10**30]) == D(10) ** 30 - 1


def test_dates_need_no_order_and_the_same_day_adds_up():
    a, b, c = date(2025, 1, 1), date(2025, 7, 2), date(2026, 1, 1)
    ordered = xirr([(a, -100), (b, 55), (c, 55)])
    assert xirr([(c, 55), (b, 50), (a, -120), (b, 5), (a, 20)]) == ordered


def test_answers_do_not_depend_on_the_callers_decimal_context():
    flows = [(date(2025, month, 17), D(-1200) if month == 1 else D("114.2")) for month in range(1, 13)]
    usual = (xirr(flows), pmt(period_rate=Fraction(1, 150), periods=60, pv=15000))
    with localcontext() as context:
        context.prec = 5
        assert (xirr(flows), pmt(period_rate=Fraction(1, 150), periods=60, pv=15000)) == usual
    assert getcontext().prec == 28


def test_values_by_date_agree_with_each_other():
    flows = [(date(2025, 1, 1), -1000), (date(2025, 4, 11), 300), (date(2026, 1, 1), 900)]
    solved = xirr(flows)
    assert abs(xnpv(flows, annual_rate=solved)) < D("1e-16")
    assert abs(xnfv(flows, annual_rate=solved)) < D("1e-16")
    late = xnpv(flows, annual_rate=D("0.1"), origin=date(2026, 1, 1))
    assert abs(late - xnfv(flows, annual_rate=D("0.1"))) < D("1e-25")
    assert xnpv([], annual_rate=D("0.1")) == xnfv([], annual_rate=D("0.1")) == 0


# --- refusing ---------------------------------------------------------------------------------

REFUSED = [
    (lambda: pmt(period_rate=0.01, periods=12, pv=100), "rates.float", "write Decimal('0.01')"),
    (lambda: pmt(period_rate=D("NaN"), periods=12, pv=100), "rates.not_a_number", "not a number"),
    (lambda: pmt(period_rate=-1, periods=12, pv=100), "rates.too_low", "above -1"),
    (lambda: pmt(period_rate=0, periods=0, pv=100), "rates.periods", "at least 1, got 0"),
    (lambda: pmt(period_rate=0, periods=True, pv=100), "rates.periods", "whole number"),
    (lambda: pmt(period_rate=0, periods=1, pv=100, when="late"), "rates.when", "end or begin"),
    (lambda: ipmt(period_rate=0, period=13, periods=12, pv=1), "rates.period", "after the last, 12"),
    (lambda: cumipmt(period_rate=0, periods=12, pv=1, start=5, end=4), "rates.span", "after end 4"),
    (lambda: nper(period_rate=D("0.01"), pmt=-10, pv=1000), "rates.never", "never get there"),
    (lambda: nper(period_rate=0, pmt=0, pv=1000), "rates.never", "never get there"),
    (lambda: mirr([1, 2], finance_period_rate=0, reinvest_period_rate=0), "rates.no_solution", "no rate"),
    (lambda: irr([-100, D("Infinity")]), "rates.not_a_number", "not a number"),
    (lambda: xirr([(date(2026, 1, 1), D("NaN"))]), "rates.not_a_number", "not a number"),
    (lambda: flat_to_effective(flat_annual_rate=D("-0.1"), months=12), "rates.flat", "0 or more"),
    (
        lambda: instalment_rate(principal=100, instalment=10, periods=12, fees=100),
        "rates.fees",
        "leave nothing",
    ),
    (lambda: instalment_rate(principal=100, instalment=0, periods=12), "rates.no_solution", "nothing is"),
    (lambda: instalment_rate(principal=100, instalment=-1, periods=12), "rates.instalment", "0 or more"),
    (lambda: daily_cost_rate(cost=1, principal=0, months=1), "rates.principal", "above 0"),
    (lambda: sum_of_digits_rebate(100, periods=12, paid=13), "rates.paid", "more than periods 12"),
    (
        lambda: uk_rebate(1, [1], effective_annual_rate=0, settlement=Settlement(2)),
        "rates.paid",
        "more than periods 1",
    ),
    (
        lambda: uk_rebate(1, [1], effective_annual_rate=0, settlement=Settlement(0), period="decade"),
        "rates.unit",
        "write one of week",
    ),
    (
        lambda: regulation_z_apr([UnitFlow(100)], [UnitFlow(90, 1)], periods_per_year=12),
        "rates.no_solution",
        "0 or more",
    ),
    (lambda: UnitFlow(100, 1.5), "rates.float", "not exact"),
    (lambda: eu_apr([]), "rates.no_solution", "no flows"),
    (lambda: eu_apr([(date(2026, 1, 1), 1)], time="moons"), "rates.time", "write one of days/365"),
    (
        lambda: unit_periods_between(date(2026, 1, 2), date(2026, 1, 1), unit="day"),
        "rates.dates",
        "2026-01-01 lies before 2026-01-02",
    ),
    (
        lambda: unit_periods_between(date(2026, 1, 1), date(2026, 1, 2), unit="moon"),
        "rates.unit",
        "write one of day",
    ),
]


@pytest.mark.parametrize(("act", "code", "told"), REFUSED)
def test_what_cannot_be_answered_is_refused_with_the_reason(act, code, told):
    with pytest.raises(InputError) as error:
        act()
    assert error.value.code == code
    assert told in str(error.value)


# --- rates that laws define -------------------------------------------------------------------

# 12 CFR 1026 appendix J (c)(1): dates, unit period, whole and odd unit periods to the first payment.
UNIT_PERIODS = [
    ("1978-01-10", "1978-02-10", "month", "1"),
    ("1978-02-10", "1978-04-01", "month", "49/30"),
    ("1978-02-23", "1978-03-01", "semimonth", "6/15"),
    ("1978-02-23", "1978-03-16", "semimonth", "21/15"),
    ("1978-05-23", "1978-10-01", "quarter", "129/90"),
    ("1978-06-23", "1978-10-01", "quarter", "98/90"),
    ("1978-07-23", "1978-10-01", "quarter", "69/90"),
    ("1978-01-31", "1978-03-31", "month", "2"),
    ("2023-10-28", "2023-11-30", "week", "33/7"),
    ("2024-01-31", "2025-01-31", "year", "1"),
    ("2024-01-01", "2024-10-01", "half_year", "3/2"),
    ("2026-01-01", "2026-01-04", "day", "3"),
]


@pytest.mark.parametrize(("start", "end", "unit", "expected"), UNIT_PERIODS)
def test_unit_periods_are_counted_back_from_the_payment(start, end, unit, expected):
    found = unit_periods_between(date.fromisoformat(start), date.fromisoformat(end), unit=unit)
    assert found == Fraction(expected)


def test_an_apr_with_odd_days_is_the_regulations_own():
    first = unit_periods_between(date(1978, 5, 23), date(1978, 10, 1), unit="quarter")
    apr = regulation_z_apr([UnitFlow(10_000)], level_payments(385, 40, first=first), periods_per_year=4)
    assert percent(apr, 2) == D("8.97")


def test_without_odd_days_the_apr_is_the_internal_rate():
    apr = regulation_z_apr([UnitFlow(5000)], level_payments(230, 24, first=1), periods_per_year=12)
    assert abs(apr - irr([-5000, *[230] * 24]) * 12) < D("1e-18")
    assert regulation_z_apr([UnitFlow(100)], [UnitFlow(100, "7/3")], periods_per_year=12) == 0


def test_the_eu_rate_follows_the_basis_named():
    # COM(1996) 79 annex III, and the three readings of two payments after two months (84.63 %...).
    flows = [(date(1994, 1, 1), 1000), (date(1995, 7, 1), -1200)]
    by_days = percent(eu_apr(flows), 2)
    by_months = percent(eu_apr(flows, time="months/12"), 2)
    assert (by_days, by_months) == (D("12.96"), D("12.92"))
    weekly = [(date(2026, 1, 5), 100), (date(2026, 1, 12), D("-100.1"))]
    assert round(eu_apr(weekly, time="weeks/52"), 10) == round(D("1.001") ** 52 - 1, 10)
    assert eu_apr(flows, time="days/366") > eu_apr(flows, time="days/365.25") > eu_apr(flows)


def test_the_uk_rebate_needs_the_rate_rounded_as_its_examples_do():
    loan = {"effective_annual_rate": D("0.16"), "settlement": Settlement(73, "28/30")}
    rounded = uk_rebate(10_000, [D("139.51")] * 180, **loan)
    unrounded = uk_rebate(10_000, [D("139.51")] * 180, **loan, rate_decimals=None)
    assert round(rounded, 2) == D("6606.95")
    assert abs(rounded - unrounded) > D("0.01")


# --- laws -------------------------------------------------------------------------------------

AMOUNTS = st.integers(1, 10**10)
RATES = st.decimals(D("-0.5"), D("1.5"), places=6)
PERIODS = st.integers(1, 120)
WHEN = st.sampled_from(["end", "begin"])


@given(AMOUNTS, RATES, PERIODS, WHEN)
def test_the_rate_of_an_annuity_is_the_rate_it_was_made_with(principal, period_rate, periods, when):
    if when == "begin" and periods == 1:
        return  # paid back at once: any rate does
    payment = pmt(period_rate=period_rate, periods=periods, pv=principal, when=when)
    found = rate_all(periods=periods, pmt=payment, pv=principal, when=when)
    assert min(abs(each - period_rate) for each in found) < D("1e-17")
    assert len(found) == 1


@given(AMOUNTS, RATES, PERIODS, st.integers(-(10**10), 10**10), WHEN)
def test_payment_present_and_future_value_invert_each_other(principal, period_rate, periods, future, when):
    terms = {"period_rate": period_rate, "periods": periods, "when": when}
    payment = pmt(**terms, pv=principal, fv=future)
    size = principal + abs(future) * max(1, 1 + period_rate, 1 / (1 + period_rate)) ** periods
    assert abs(pv(**terms, pmt=payment, fv=future) - principal) / size < D("1e-25")
    back = fv(**terms, pmt=payment, pv=principal)
    size = principal * max(1, 1 + period_rate) ** periods + abs(future)
    assert abs(back - future) / size < D("1e-25")


@given(AMOUNTS, RATES, st.integers(1, 40), WHEN)
def test_interest_and_principal_add_up(principal, period_rate, periods, when):
    loan = {"period_rate": period_rate, "periods": periods, "pv": principal, "when": when}
    payment = pmt(**loan)
    for k in range(1, periods + 1):
        assert abs(ipmt(**loan, period=k) + ppmt(**loan, period=k) - payment) < D("1e-12")
    repaid = cumprinc(**loan, start=1, end=periods)
    assert abs(repaid + principal) < D("1e-10") * principal
    interest = cumipmt(**loan, start=1, end=periods)
    assert abs(interest + repaid - payment * periods) < D("1e-10") * principal


@given(AMOUNTS, st.decimals(D("0.0001"), D("0.2"), places=6), st.integers(1, 600))
def test_the_number_of_periods_is_found_again(principal, period_rate, periods):
    payment = pmt(period_rate=period_rate, periods=periods, pv=principal)
    if abs(payment) > principal * period_rate * D("1.0000001"):
        assert abs(nper(period_rate=period_rate, pmt=payment, pv=principal) - periods) < D("1e-6")


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.integers(1, 120))
def test_a_level_instalment_has_the_rate_of_its_flows(principal, instalment, periods):
    by_formula = instalment_rate(principal=principal, instalment=instalment, periods=periods)
    by_flows = irr([-principal, *[instalment] * periods])
    assert abs(by_formula.period_rate - by_flows) <= D("1e-19") * max(1, by_flows)


@given(st.decimals(0, 2, places=4), st.integers(1, 120))
def test_flat_and_effective_are_inverses(flat, months):
    paid = flat_to_effective(flat_annual_rate=flat, months=months)
    assert abs(effective_to_flat(monthly_rate=paid.period_rate, months=months) - flat) < D("1e-15")


@given(st.decimals(D("-0.5"), 5, places=6), st.sampled_from([1, 2, 4, 12, 52, 365]))
def test_nominal_and_effective_are_inverses(effective, times):
    nominal = nominal_rate(effective_annual_rate=effective, periods_per_year=times)
    again = effective_rate(nominal_annual_rate=nominal, periods_per_year=times)
    assert abs(again - effective) < D("1e-28")
    assert abs(compounded(period_rate=nominal / times, periods=times) - effective) < D("1e-22")


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=14))
def test_solutions_are_no_more_than_the_changes_of_sign(flows):
    signs = [value > 0 for value in flows if value]
    changes = sum(a != b for a, b in pairwise(signs))
    found = irr_all(flows)
    assert len(found) <= changes
    if changes % 2:
        assert found
    assert list(found) == sorted(set(found))
    assert irr_all([-value for value in flows]) == found


@given(st.lists(st.integers(-9, 30), min_size=1, max_size=5, unique=True))
def test_flows_made_of_known_rates_give_those_rates(tenths):
    flows = [1]
    for tenth in tenths:  # multiply by (1 + r) - w
        growth = [*[-10 * value for value in flows], 0]
        shifted = [0, *[(10 + tenth) * value for value in flows]]
        flows = [a + b for a, b in zip(growth, shifted, strict=True)]
    assert irr_all(flows) == tuple(sorted(D(tenth) / 10 for tenth in tenths))


@given(AMOUNTS, st.integers(1, 60), st.integers(0, 60))
def test_rebates_fall_from_all_interest_to_none(interest, periods, paid):
    if paid > periods:
        paid = periods
    for rebate in (sum_of_digits_rebate, pro_rata_rebate):
        assert rebate(interest, periods=periods, paid=0) == interest
        assert rebate(interest, periods=periods, paid=periods) == 0
        assert 0 <= rebate(interest, periods=periods, paid=paid) <= interest
    by_digits = sum_of_digits_rebate(interest, periods=periods, paid=paid)
    assert by_digits <= pro_rata_rebate(interest, periods=periods, paid=paid)


# --- beside pyxirr and numpy-financial --------------------------------------------------------


def flows_like(rng: random.Random) -> list[int]:
    """A loan (good or bad), or amounts of any sign."""
    length = rng.randint(2, 24)
    if rng.random() < 0.5:
        lent = rng.randint(10**6, 10**9)
        return [-lent, *[round(lent * rng.uniform(0.2, 2.5) / (length - 1)) for _ in range(length - 1)]]
    return [rng.randint(-(10**6), 10**6) for _ in range(length)]


def changes_sign_at(times: list[int], amounts: list[int], unit: int, solution: Decimal) -> bool:
    """Whether the sum, worked out anew with 80 digits, changes sign within 1e-15 of the growth."""
    with localcontext() as context:
        context.prec = 80
        if solution == -1:  # less than 1e-28 is left of it: between that and nothing at all
            around = [left ** (D(1) / unit) for left in (D("1e-3000"), D("1e-28"))]
        else:
            growth = (1 + solution) ** (D(1) / unit)
            around = [growth * (1 + side) for side in (D("-1e-15"), D("1e-15"))]
        below, above = (
            sum(amount * value ** (times[0] - time) for time, amount in zip(times, amounts, strict=True))
            for value in around
        )
    return (below < 0) != (above < 0)


def verdict(theirs: float | None, mine: tuple[Decimal, ...], is_solution) -> str:
    """How a peer's answer stands to ours; every solution of ours that it lacks is proved."""
    if theirs is None or math.isnan(theirs):
        if not mine:
            return "both none"
        return "peer gives up" if all(is_solution(each) for each in mine) else "unexplained"
    if any(abs(float(each) - theirs) <= 1e-7 * (1 + abs(theirs)) for each in mine):
        return "same" if len(mine) == 1 else "one of ours"
    return "unexplained" if is_solution(D(theirs)) or not all(map(is_solution, mine)) else "peer is wrong"


def compared(vectors: int, seed: int) -> dict[str, Counter[str]]:
    rng = random.Random(seed)
    counted = {"numpy-financial irr": Counter(), "pyxirr irr": Counter(), "pyxirr xirr": Counter()}
    for _ in range(vectors):
        amounts = flows_like(rng)
        both_signs = min(amounts) < 0 < max(amounts)
        dates = [date(2020, 1, 1)]
        for _ in amounts[1:]:
            dates.append(dates[-1] + timedelta(days=rng.randint(1, 60)))

        def periodic(solution, amounts=amounts):
            return changes_sign_at(list(range(len(amounts))), amounts, 1, solution)

        def dated(solution, amounts=amounts, dates=dates):
            return changes_sign_at([day.toordinal() for day in dates], amounts, 365, solution)

        by_period, by_date = irr_all(amounts), xirr_all(list(zip(dates, amounts, strict=True)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            npf = float(numpy_financial.irr(amounts))
        theirs = pyxirr.irr(amounts) if both_signs else None
        theirs_dated = pyxirr.xirr(dates, [float(each) for each in amounts]) if both_signs else None
        counted["numpy-financial irr"][verdict(npf, by_period, periodic)] += 1
        counted["pyxirr irr"][verdict(theirs, by_period, periodic)] += 1
        counted["pyxirr xirr"][verdict(theirs_dated, by_date, dated)] += 1
    return counted


def agree(counted: dict[str, Counter[str]], vectors: int) -> None:
    for peer, verdicts in counted.items():
        assert verdicts["unexplained"] == 0, (peer, verdicts)
        alike = verdicts["both none"] + verdicts["same"] + verdicts["one of ours"]
        assert alike >= 0.95 * vectors, (peer, verdicts)


def test_random_flows_agree_with_the_peers_or_the_difference_is_proved():
    agree(compared(200, seed=4), 200)


@pytest.mark.heavy
def test_5000_random_flows_agree_with_the_peers_or_the_difference_is_proved():
    counted = compared(5000, seed=20261122)
    print(counted)
    agree(counted, 5000)


def test_npv_discounts_from_the_first_period_named():
    values = [-40_000, 5_000, 8_000, 12_000, 30_000]
    today = npv(values, period_rate=D("0.08"))
    assert round(today, 6) == D("3065.222668")  # numpy-financial's documentation
    assert abs(npv(values, period_rate=D("0.08"), first_period=1) * D("1.08") - today) < D("1e-20")


def test_the_rate_of_level_payments_takes_a_final_value():
    found = rate(periods=24, pmt=-100_000, pv=2_500_000, fv=-500_000)
    assert abs(fv(period_rate=found, periods=24, pmt=-100_000, pv=2_500_000) + 500_000) < D("1e-8")
