"""What holds for every schedule, whatever the terms."""

from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from tagih import schedules
from tagih.errors import InputError
from tagih.money import Rounding
from tagih.schedules import (
    FREQUENCIES,
    Calendar,
    Disbursement,
    Grace,
    Rate,
    RateChange,
    Roundings,
    Terms,
    make,
)
from tagih.schedules.solve import solved_rate
from tagih.schedules.tables import from_csv, from_dict, to_csv, to_dict

PRINCIPALS = st.integers(1, 10**12).map(D) | st.integers(1, 10**9).map(lambda minor: D(minor).scaleb(-2))
RATES = st.sampled_from(["0", "0.0001", "0.06", "0.12", "0.2399", "0.36", "1.1"]).map(D)
UNITS = st.sampled_from(["0.01", "1", "100", "500", "1000"]).map(D)
MODES = st.sampled_from(["up", "down", "half_up", "half_even"])
MONTHS = st.integers(1, 72)
FIRSTS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
METHODS = st.sampled_from(
    [
        "annuity",
        "equal_principal",
        "flat",
        "flat_effective",
        "sum_of_digits",
        "interest_only",
        "bullet",
        "murabahah",
        "murabahah_amortised",
    ]
)
GRACES = st.builds(
    Grace,
    principal=st.integers(0, 3),
    interest=st.integers(0, 3),
    interest_free=st.integers(0, 3),
    later=st.sampled_from(["collected", "capitalised"]),
    holiday_rows=st.lists(st.integers(2, 9), max_size=2, unique=True),
)


@st.composite
def roundings(draw):
    unit = draw(UNITS)
    return Roundings(
        instalment=Rounding(unit, draw(MODES)),
        interest=Rounding(min(unit, D(1)), draw(MODES)),
        of=draw(st.sampled_from(["total", "parts"])),
        carry=draw(st.sampled_from(["nothing", "nothing", "interest", "all"])),
        difference=draw(st.sampled_from(["last", "last", "first", "spread", "evened"])),
    )


@st.composite
def terms(draw):
    principal, months, method = draw(PRINCIPALS), draw(MONTHS), draw(METHODS)
    made = Terms(
        principal,
        months,
        method,
        Rate(draw(RATES)),
        Calendar(
            draw(st.sampled_from(sorted(FREQUENCIES))),
            first_due=draw(FIRSTS),
            anchor_day=draw(st.none() | st.integers(1, 31)),
        ),
        paid=draw(st.sampled_from(["arrears", "arrears", "advance"])),
        accrual=draw(st.sampled_from(["period", "period", "ACT/365F", "30E/360", "ACT/ACT ISDA"])),
        instalment_rates=draw(st.sampled_from(["actual", "nominal"])),
        total_interest=principal / 4 if method.startswith("murabahah") else None,
        rounding=draw(roundings()),
    )
    if method in ("annuity", "equal_principal", "flat", "interest_only") and draw(st.booleans()):
        made = evolve(made, grace=draw(GRACES))
    if method == "annuity" and draw(st.integers(0, 3)) == 0:
        change = RateChange(
            draw(st.integers(2, 9)), Rate(draw(RATES)), draw(st.sampled_from(["recast", "keep"]))
        )
        made = evolve(made, rate_changes=(change,))
    return made


def made_or_refused(terms):
    """The schedule, or None where the terms are refused for a reason that is told."""
    try:
        return make(terms)
    except InputError as error:
        if error.code != "schedule.never_amortises":
            raise
        return None


@given(terms())
def test_principal_adds_up_and_the_last_row_closes(loan):
    schedule = made_or_refused(loan)
    assume(schedule is not None)
    assert schedule.principal == loan.principal + schedule.capitalised
    assert schedule.rows[-1].balance == 0
    assert len(schedule.rows) == loan.instalments
    assert all(row.principal >= 0 and row.interest >= 0 and row.balance >= 0 for row in schedule.rows)


@given(terms())
def test_balances_and_rows_agree_where_nothing_unrounded_is_carried(loan):
    schedule = made_or_refused(evolve(loan, rounding=evolve(loan.rounding, carry="nothing")))
    assume(schedule is not None)
    balance = loan.principal
    for row in schedule.rows:
        balance += row.capitalised - row.principal
        assert row.balance == balance


@given(terms())
def test_due_dates_rise_and_keep_the_anchor_day(loan):
    dues = [row.due_on for row in (made_or_refused(loan) or schedules.Schedule(loan, ())).rows]
    assert dues == sorted(set(dues))
    calendar = loan.calendar
    anchor = calendar.anchor_day or calendar.first_due.day
    if calendar.frequency.months:
        for due in dues[1:]:
            following = date.fromordinal(due.toordinal() + 1)
            assert due.day == anchor or (due.day < anchor and following.day == 1)


@given(terms())
def test_interest_is_never_lost_by_deferring_it(loan):
    schedule = made_or_refused(loan)
    assume(schedule is not None and loan.rounding.carry == "nothing")
    accrued = sum(row.accrued for row in schedule.rows)
    assert accrued == sum(row.interest + row.capitalised for row in schedule.rows)


@given(terms())
def test_rows_read_back_from_csv_and_terms_from_json_are_equal(loan):
    schedule = made_or_refused(loan)
    assume(schedule is not None)
    assert from_csv(to_csv(schedule)) == schedule.instalments
    assert from_dict(to_dict(loan)) == loan


@given(PRINCIPALS, RATES, MONTHS, FIRSTS, UNITS)
def test_the_short_ways_in_are_the_general_one(principal, rate, months, first_due, unit):
    for door, method in [
        (schedules.annuity, "annuity"),
        (schedules.flat, "flat"),
        (schedules.equal_principal, "equal_principal"),
    ]:
        loan = Terms(
            principal,
            months,
            method,
            Rate(rate / 12, "month"),
            Calendar(first_due=first_due),
            rounding=Roundings.up_to(unit),
        )
        rows = door(
            principal=principal, monthly_rate=rate / 12, months=months, first_due=first_due, unit=unit
        )
        assert rows == make(loan).instalments


@given(PRINCIPALS, RATES, MONTHS, FIRSTS, st.sampled_from(["arrears", "advance"]))
def test_schedule_to_rate_to_schedule(principal, rate, months, first_due, paid):
    assume(principal > 1000 and rate > 0 and months > 1)
    exact = Rounding(D("1e-12"), "half_even")
    loan = Terms(
        principal,
        months,
        "annuity",
        Rate(rate),
        Calendar(first_due=first_due),
        paid=paid,
        rounding=Roundings(exact, exact),
    )
    schedule = make(loan)
    flows = [Fraction(row.total) for row in schedule.rows]
    revealed = solved_rate(Fraction(principal), flows, 0 if paid == "advance" else 1)
    assert abs(revealed - Fraction(rate) / 12) < Fraction(1, 10**12)
    again = make(evolve(loan, rate=Rate(revealed, "month")))
    assert abs(again.rows[0].total - schedule.rows[0].total) < D("0.01")


@given(
    st.lists(st.tuples(st.integers(0, 170), st.integers(1, 10**8)), min_size=1, max_size=4),
    RATES,
    st.sampled_from(["annuity", "equal_principal", "flat", "interest_only"]),
    st.sampled_from(["next", "this"]),
    st.sampled_from(["0", "0.25"]),
)
def test_several_disbursements_are_all_repaid(lent, rate, method, belongs, down):
    start = date(2026, 1, 31)
    days = sorted(day for day, _ in lent)
    lent = [(day - days[0], amount) for day, amount in lent]
    loan = Terms(
        sum(amount for _, amount in lent),
        12,
        method,
        Rate(rate),
        start=start,
        disbursements=[
            Disbursement(date.fromordinal(start.toordinal() + day), amount) for day, amount in lent
        ],
        tranche_on_due_date=belongs,
        down_payment_share=D(down),
    )
    schedule = make(loan)
    assert schedule.principal == loan.principal
    assert schedule.rows[-1].balance == 0
    assert all(row.principal >= 0 and row.balance >= 0 for row in schedule.rows)


@pytest.mark.parametrize("principal", ["0.01", "1", "1000000000000"])
@pytest.mark.parametrize("months", [1, 600])
@pytest.mark.parametrize("rate", ["0", "0.0001", "0.24"])
@pytest.mark.parametrize("method", ["annuity", "equal_principal", "flat", "flat_effective", "bullet"])
def test_the_smallest_and_the_largest_work(principal, months, rate, method):
    unit = D("0.01") if principal == "0.01" else D(1)
    rounding = Roundings(Rounding(unit, "half_up"), Rounding(unit, "half_up"))
    schedule = make(
        Terms(
            D(principal),
            months,
            method,
            Rate(D(rate)),
            Calendar(first_due=date(2026, 1, 31)),
            rounding=rounding,
        )
    )
    assert schedule.principal == D(principal)
    assert schedule.rows[-1].balance == 0
