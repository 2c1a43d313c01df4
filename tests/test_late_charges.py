"""What paying late costs: every base, count, grace and cap, at both sides of each edge."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from tagih import (
    LATE_CHARGE,
    Acceleration,
    Charge,
    Component,
    Contract,
    Instalment,
    LateCharge,
    Pause,
    Payment,
    Policy,
    PolicyError,
    Restructure,
    Rounding,
    Waiver,
    Waterfall,
    WriteOff,
    policy,
    replay,
)
from tagih.ledger.ceiling import above_cap, stops_on
from tagih.policies import Cap, Group, Order, RateCap, Step, Tier
from tagih.policies.about import About

DUE = date(2026, 1, 31)
CENT = Rounding(unit=D("0.01"), mode="half_up")
DENDA = {"daily_rate": D("0.005"), "base": "unpaid_instalment", "counting": "due_day_free"}


def contract(*rows, **terms):
    return Contract("MF-1", rows or [Instalment(1, DUE, D(900_000), D(100_000))], **terms)


def run_up(rule, as_of, events=(), *, of=None, **more):
    position = replay(of or contract(), events, Policy(late_charge=rule, **more), as_of)
    return position.late_charges_run_up


def late(days):
    return DUE + timedelta(days=days)


# --- figures published elsewhere --------------------------------------------------------------

PUBLISHED = [
    # unpaid, days, rate, expected: explainers of consumer finance companies
    (D(650_000), 5, D("0.005"), D(16_250)),
    (D(5_000_000), 14, D("0.002"), D(140_000)),
]


@pytest.mark.parametrize(("unpaid", "days", "rate", "expected"), PUBLISHED)
def test_rate_times_days_times_what_is_unpaid(unpaid, days, rate, expected):
    rule = LateCharge(daily_rate=rate, base="unpaid_instalment", counting="due_day_free")
    assert run_up(rule, late(days), of=contract(Instalment(1, DUE, unpaid))) == expected


def test_a_published_example_that_used_two_percent_by_mistake_is_not_matched():
    rule = LateCharge(daily_rate="0.002", base="unpaid_instalment", counting="due_day_free")
    assert run_up(rule, late(14), of=contract(Instalment(1, DUE, D(5_000_000)))) != D(1_400_000)


def test_statutory_interest_is_six_percent_a_year_by_days():
    rule = LateCharge(annual_rate="0.06", base="unpaid_instalment", counting="due_day_free", rounding=CENT)
    assert run_up(rule, late(210), of=contract(Instalment(1, DUE, D(25_000_000)))) == D("863013.70")


# frappe/lending test_loan.py::test_penalty: 63 + 32 + 2 days with both ends, 62 + 31 + 1 with neither
@pytest.mark.parametrize(
    ("counting", "expected"), [("due_day_counted", D("3157.35")), ("due_day_free", D("3059.70"))]
)
def test_counting_the_due_day_costs_a_day_for_each_instalment(counting, expected):
    rows = [Instalment(i + 1, date(2024, 5 + i, 5), D(47523)) for i in range(3)]
    rule = LateCharge(annual_rate="0.25", base="unpaid_instalment", counting=counting, rounding=CENT)
    assert run_up(rule, date(2024, 7, 6), of=contract(*rows)) == pytest.approx(expected, abs=D("0.01"))


def test_what_is_left_to_claim_once_the_principal_is_paid_is_not_lost():
    # frappe/erpnext pull request 58227: principal 100, interest 0.41 and a fee of 10; 100 was paid
    order = Order((Group("component", ("past_due principal", "past_due interest", "past_due fee")),))
    debt = contract(Instalment(1, DUE, D(100), D("0.41"), fees=((Component("fee"), D(10)),)))
    position = replay(debt, [Payment("P", late(20), D(100))], Policy(waterfall=Waterfall(order)), late(20))
    assert position.outstanding.total == D("10.41")


# --- counting, grace --------------------------------------------------------------------------

DAYS = [
    # counting, grace, grace_days, days late, days charged
    ("due_day_free", "none", 0, 0, 0),
    ("due_day_free", "none", 0, 1, 1),
    ("due_day_free", "none", 0, 30, 30),
    ("due_day_counted", "none", 0, 0, 1),
    ("due_day_counted", "none", 0, 1, 2),
    ("due_day_free", "threshold", 3, 3, 0),
    ("due_day_free", "threshold", 3, 4, 4),
    ("due_day_counted", "threshold", 3, 3, 0),
    ("due_day_counted", "threshold", 3, 4, 5),
    ("due_day_free", "free_days", 3, 3, 0),
    ("due_day_free", "free_days", 3, 4, 1),
    ("due_day_counted", "free_days", 3, 2, 0),
    ("due_day_counted", "free_days", 3, 3, 1),
]


@pytest.mark.parametrize(("counting", "grace", "grace_days", "days", "charged"), DAYS)
def test_days_charged(counting, grace, grace_days, days, charged):
    rule = LateCharge(
        daily_rate="0.005", base="unpaid_instalment", counting=counting, grace=grace, grace_days=grace_days
    )
    assert run_up(rule, late(days)) == charged * D(5_000)


def test_paid_within_grace_nothing_is_ever_charged():
    rule = LateCharge(**DENDA, grace="threshold", grace_days=3)
    assert run_up(rule, late(90), [Payment("P", late(3), D(1_000_000))]) == 0
    assert run_up(rule, late(90), [Payment("P", late(4), D(1_000_000))]) == 4 * D(5_000)


# --- bases ------------------------------------------------------------------------------------

PAID_400 = [Payment("P", late(10), D(400_000))]  # interest 100.000, principal 300.000
BASES = [
    # base, charged on days 1 to 10, and on days 11 to 20
    ("unpaid_instalment", D(1_000_000), D(600_000)),
    ("unpaid_principal", D(900_000), D(600_000)),
    ("full_instalment", D(1_000_000), D(1_000_000)),
    ("outstanding_principal", D(1_800_000), D(1_500_000)),
    ("agreed_amount", D(2_000_000), D(2_000_000)),
]


@pytest.mark.parametrize(("base", "before", "after"), BASES)
def test_the_base_is_the_balance_at_the_start_of_each_day(base, before, after):
    rows = [Instalment(1, DUE, D(900_000), D(100_000)), Instalment(2, date(2026, 6, 30), D(900_000))]
    debt = contract(*rows, agreed_amount=D(2_000_000))
    rule = LateCharge(daily_rate="0.001", base=base, counting="due_day_free")
    expected = (before * 10 + after * 10) / 1000
    assert run_up(rule, late(20), PAID_400, of=debt) == expected


def test_a_full_instalment_is_charged_until_it_is_settled_and_not_a_day_longer():
    rule = LateCharge(daily_rate="0.001", base="full_instalment", counting="due_day_free")
    paid = [*PAID_400, Payment("Q", late(20), D(600_000))]
    assert run_up(rule, late(60), paid) == D(20_000)


def test_a_charge_on_the_whole_contract_counts_no_day_twice():
    rows = [Instalment(i + 1, late(10 * i), D(100_000)) for i in range(3)]
    rule = LateCharge(daily_rate="0.01", base="agreed_amount", counting="due_day_free")
    paid = [Payment("P", late(15), D(100_000))]
    position = replay(contract(*rows, agreed_amount=D(300_000)), paid, Policy(late_charge=rule), late(30))
    assert position.late_charges_run_up == 30 * D(3_000)
    assert [row.due.late_charge for row in position.instalments] == [D(45_000), D(45_000), D(0)]


# --- sizes ------------------------------------------------------------------------------------


def test_monthly_and_yearly_rates_are_exact_by_the_day():
    month = LateCharge(monthly_rate="0.02", base="unpaid_instalment", counting="due_day_free", rounding=CENT)
    year = LateCharge(annual_rate="0.24", base="unpaid_instalment", counting="due_day_free", rounding=CENT)
    assert run_up(month, late(30)) == D(20_000)
    assert run_up(year, late(73)) == D(48_000)  # 73 of 365 days


AMOUNTS = [
    # per, days late, expected
    ("day", 1, 1),
    ("day", 10, 10),
    ("event", 0, 0),
    ("event", 1, 1),
    ("event", 200, 1),
    ("month", 1, 1),  # the first month begins on 1 February
    ("month", 28, 1),
    ("month", 29, 2),  # 1 March
    ("month", 60, 3),  # 1 April
]


@pytest.mark.parametrize(("per", "days", "times"), AMOUNTS)
def test_rupiah_per_day_month_or_event(per, days, times):
    rule = LateCharge(amount=D(25_000), per=per, base="unpaid_instalment", counting="due_day_free")
    assert run_up(rule, late(days)) == times * D(25_000)


@pytest.mark.parametrize(
    ("day", "months"), [("2026-01-31", 1), ("2026-02-27", 1), ("2026-02-28", 2), ("2026-03-31", 3)]
)
def test_a_month_from_the_31st_begins_on_the_last_day_of_a_short_month(day, months):
    rule = LateCharge(amount=D(1_000), per="month", base="unpaid_instalment", counting="due_day_counted")
    assert run_up(rule, date.fromisoformat(day)) == months * D(1_000)


STEPPED = [(7, 7 * 1_000), (8, 7 * 1_000 + 2_000), (30, 7 * 1_000 + 23 * 2_000), (31, 53_000 + 7_500)]


@pytest.mark.parametrize(("days", "expected"), STEPPED)
def test_steps_by_days_late(days, expected):
    steps = [Step(1, D("0.001")), Step(8, D("0.002")), Step(31, amount=D(7_500))]
    rule = LateCharge(steps=steps, base="unpaid_instalment", counting="due_day_free")
    assert run_up(rule, late(days)) == expected


ROUNDINGS = [
    # each, mode, expected: 333 a day for 3 days on 1.111, then on 1.000 for 3 days
    ("day", "down", 3 * 1 + 3 * 1),
    ("segment", "down", 4 + 4),
    ("once", "down", 8),
    ("day", "up", 3 * 2 + 3 * 2),
    ("segment", "up", 5 + 5),
    ("once", "up", 9),
]


@pytest.mark.parametrize(("each", "mode", "expected"), ROUNDINGS)
def test_rounding_each_day_each_stretch_or_once(each, mode, expected):
    # 1.111 x 3 x 0.0013 = 4.3329; 1.000 x 3 x 0.0014 would differ: the second stretch is 4.29
    rule = LateCharge(
        daily_rate="0.0013",
        base="unpaid_instalment",
        counting="due_day_free",
        rounding=Rounding(unit=1, mode=mode),
        round_each=each,
    )
    debt = contract(Instalment(1, DUE, D(1_111)))
    # day: 1.4443 and 1.43; stretch: 4.3329 and 4.29; once: 8.6229
    assert run_up(rule, late(6), [Payment("P", late(3), D(11))], of=debt) == expected


# --- caps -------------------------------------------------------------------------------------


def capped(*caps, **more):
    return LateCharge(**{**DENDA, **more}, caps=caps)


CAPS = [
    # cap, days late, expected (5.000 a day)
    (Cap("instalment", amount=D(20_000)), 3, 15_000),
    (Cap("instalment", amount=D(20_000)), 4, 20_000),
    (Cap("instalment", amount=D(20_000)), 5, 20_000),
    (Cap("instalment", amount=D(18_000)), 4, 18_000),
    (Cap("instalment", share=D("0.02")), 9, 20_000),
    (Cap("contract", amount=D(12_000)), 9, 12_000),
    (Cap("contract", share=D("0.01"), of="principal"), 9, 9_000),
    (Cap("contract", share=D("0.01"), of="agreed_amount"), 9, 20_000),
    (Cap("day", amount=D(3_000)), 9, 27_000),
    (Cap("day", share=D("0.002"), of="agreed_amount"), 9, 36_000),
    (Cap("day", share=D("0.002"), of="outstanding_principal"), 9, 16_200),
    (Cap("charges", share=D("0.06"), of="agreed_amount"), 9, 20_000),  # 120.000 less interest 100.000
]


@pytest.mark.parametrize(("cap", "days", "expected"), CAPS)
def test_caps_on_instalment_contract_day_and_all_charges(cap, days, expected):
    assert run_up(capped(cap), late(days), of=contract(agreed_amount=D(2_000_000))) == expected


def test_a_cap_on_the_contract_gives_the_oldest_instalment_the_last_day_whenever_it_is_asked():
    rows = [Instalment(1, DUE, D(100_000)), Instalment(2, late(5), D(100_000))]
    rule = capped(Cap("contract", amount=D(8_700)))
    for day in (11, 40):
        position = replay(contract(*rows), [], Policy(late_charge=rule), late(day))
        # day 11: 500 a day on both; 11 + 6 days are 8.500, and on day 12 the oldest takes the last 200
        expected = [5_500, 3_000] if day == 11 else [5_700, 3_000]
        assert [row.due.late_charge for row in position.instalments] == expected


def test_the_smaller_of_several_caps_holds():
    rule = capped(Cap("instalment", amount=D(9_000)), Cap("contract", amount=D(7_000)))
    assert run_up(rule, late(30)) == D(7_000)


def test_posted_charges_use_up_the_total_of_charges():
    rule = capped(Cap("charges", share=D("0.06"), of="agreed_amount"))
    fee = Charge("F", late(1), Component("fee"), D(15_000))
    assert run_up(rule, late(30), [fee], of=contract(agreed_amount=D(2_000_000))) == D(5_000)


def test_the_pindar_total_stops_after_303_full_days_and_a_remainder():
    # SEOJK 19/2025: interest and late charge together at most the amount in the agreement
    debt = contract(Instalment(1, DUE, D(1_000_000), D(90_000)), agreed_amount=D(1_000_000))
    rule = LateCharge(
        daily_rate="0.003",
        base="agreed_amount",
        counting="due_day_free",
        caps=[Cap("charges", share=D(1), of="agreed_amount")],
    )
    assert [run_up(rule, late(day), of=debt) for day in (303, 304, 400)] == [909_000, 910_000, 910_000]
    stop = stops_on(replay(debt, [], Policy(late_charge=rule), late(10)))
    assert (stop.last_full_day, stop.days, stop.remainder, stop.total) == (late(303), 303, 1_000, 910_000)


def test_no_ceiling_no_stop():
    assert stops_on(replay(contract(), [], Policy(late_charge=LateCharge(**DENDA)), late(1))) is None


def law(rate, first, last=None, **more):
    return RateCap(
        tiers=(Tier(daily_rate=rate),), about=About(id=f"law.{rate}", valid_from=first, valid_to=last), **more
    )


OLD = law("0.003", date(2025, 1, 1), date(2025, 12, 31))
NEW = law("0.001", date(2026, 1, 1))


def test_the_signing_day_chooses_the_cap_and_a_restructure_chooses_again():
    debt = contract(Instalment(1, DUE, D(900_000), D(100_000)), signed_on=date(2025, 6, 1),
                    agreed_amount=D(1_000_000), tenor=1)  # fmt: skip
    rule = LateCharge(**DENDA)  # 5.000 a day; the old cap allows 3.000, the new one 1.000
    assert run_up(rule, late(10), of=debt, caps=(OLD, NEW)) == 30_000
    addendum = Restructure("R", late(10), [Instalment(2, late(20), D(1_000_000))], kept=(LATE_CHARGE,))
    assert run_up(rule, late(30), [addendum], of=debt, caps=(OLD, NEW)) == 30_000 + 10 * 1_000


def test_a_line_names_the_rule_whose_ceiling_cut_it():
    debt = contract(
        Instalment(1, DUE, D(900_000), D(100_000)),
        signed_on=date(2025, 6, 1),
        agreed_amount=D(1_000_000),
        tenor=1,
    )
    law_wins = replay(debt, [], Policy(late_charge=LateCharge(**DENDA), caps=(OLD,)), late(10))
    assert [(line.rule, line.amount) for line in law_wins.lines if line.kind == "capped"] == [
        ("law.0.003", -20_000)
    ]
    own = capped(Cap("instalment", amount=D(7_000)), about=About(id="own"))
    own_wins = replay(debt, [], Policy(late_charge=own, caps=(OLD,)), late(10))
    assert [(line.rule, line.amount) for line in own_wins.lines if line.kind == "capped"] == [
        ("own", -43_000)
    ]


def test_what_was_charged_above_the_cap_is_refunded_where_paid_and_cancelled_where_not():
    debt = contract(
        Instalment(1, DUE, D(900_000)), signed_on=date(2026, 1, 2), agreed_amount=D(1_000_000), tenor=1
    )
    posted = Charge("D", late(10), LATE_CHARGE, D(50_000), instalment=1)  # ten days at 0,5 %
    paid = Payment("P", late(10), D(45_000), components=((LATE_CHARGE, D(45_000)),))
    found = above_cap(debt, [posted, paid], Policy(caps=(NEW,)), late(10))
    assert (found.charged, found.allowed, found.excess) == (50_000, 10_000, 40_000)
    assert (found.refund, found.cancel) == (35_000, 5_000)


# --- what happens on the way ------------------------------------------------------------------


def test_a_late_charge_survives_the_payment_of_its_instalment():
    position = replay(
        contract(), [Payment("P", late(10), D(1_000_000))], Policy(late_charge=LateCharge(**DENDA)), late(90)
    )
    assert position.outstanding.late_charge == 50_000
    assert position.days_past_due == 0


def test_a_waived_late_charge_never_comes_back():
    events = [Waiver("W", late(10), LATE_CHARGE), Payment("P", late(20), D(400_000))]
    position = replay(contract(), events, Policy(late_charge=LateCharge(**DENDA)), late(30))
    balance = position.instalments[0].balance("late_charge")
    assert balance.waived == 50_000
    assert balance.outstanding == 10 * 5_000 + 10 * 3_000
    earlier = [
        *events,
        Payment("Q", late(5), D(100_000)),
    ]  # a backdated payment: less ran up, all of it waived
    balance = (
        replay(contract(), earlier, Policy(late_charge=LateCharge(**DENDA)), late(30))
        .instalments[0]
        .balance("late_charge")
    )
    assert balance.waived == 5 * 5_000 + 5 * 4_500


@pytest.mark.parametrize(
    ("first", "last", "days"), [(1, 5, 15), (0, 0, 20), (20, 25, 19), (21, 25, 20), (-9, 40, 0)]
)
def test_paused_days_cost_nothing(first, last, days):
    pause = Pause("Z", late(first), late(last), of=("late_charge",))
    assert run_up(LateCharge(**DENDA), late(20), [pause]) == days * 5_000


@pytest.mark.parametrize(("after", "expected"), [("stop", 50_000), ("continue", 50_000 + 10 * 9_500)])
def test_acceleration_stops_the_late_charge_or_not_as_the_policy_says(after, expected):
    rows = [Instalment(1, DUE, D(900_000), D(100_000)), Instalment(2, late(300), D(900_000))]
    rule = LateCharge(**DENDA, after_acceleration=after)
    assert run_up(rule, late(20), [Acceleration("A", late(10))], of=contract(*rows)) == expected


def test_nothing_runs_after_a_write_off():
    assert run_up(LateCharge(**DENDA), late(40), [WriteOff("W", late(10))]) == 50_000


def test_interest_on_a_late_charge_must_be_declared_and_carries_a_warning():
    with pytest.raises(PolicyError) as refused:
        LateCharge(daily_rate="0.01", base="unpaid_instalment_and_late_charge", counting="due_day_free")
    assert refused.value.code == "late_charge.compound"
    rule = LateCharge(
        daily_rate="0.01",
        base="unpaid_instalment_and_late_charge",
        counting="due_day_free",
        compound_clause="pasal 9",
    )
    position = replay(contract(Instalment(1, DUE, D(1_000_000))), [], Policy(late_charge=rule), late(3))
    assert position.late_charges_run_up == 10_000 + 10_100 + 10_201
    assert any("KUHPerdata 1251" in warning for warning in position.warnings)
    assert [line.base for line in position.lines] == [1_000_000, 1_010_000, 1_020_100]


def test_ta_zir_is_its_own_component_and_shows_what_belongs_to_the_social_fund():
    rule = LateCharge(**DENDA, name="tazir")
    order = Order(
        (Group("component", ("past_due late_charge:tazir", "past_due interest", "past_due principal")),)
    )
    paid = [Payment("P", late(10), D(60_000))]
    position = replay(contract(), paid, Policy(waterfall=Waterfall(order), late_charge=rule), late(10))
    assert position.paid.of("late_charge:tazir") == 50_000
    assert position.paid.interest == 10_000


def test_what_cannot_be_computed_exactly_is_refused():
    with pytest.raises(PolicyError) as refused:
        run_up(
            LateCharge(daily_rate="0.00123456789012345", base="unpaid_instalment", counting="due_day_free"),
            late(1),
        )
    assert refused.value.code == "late_charge.too_fine"


def test_the_lines_of_a_late_charge_can_be_redone_with_a_calculator():
    position = replay(contract(), PAID_400, Policy(late_charge=LateCharge(**DENDA)), late(20))
    lines = [line for line in position.lines if line.kind == "run_up"]
    assert [(line.days, line.rate, line.base, line.amount) for line in lines] == [
        (10, D("0.005"), 1_000_000, 50_000),
        (10, D("0.005"), 600_000, 30_000),
    ]
    for line in lines:
        assert line.days * D("0.005") * line.base == line.amount


def test_presets_of_the_market_run_as_their_titles_say():
    denda = policy("id.late.mf.market.car").late_charge
    assert run_up(denda, late(14), of=contract(Instalment(1, DUE, D(5_000_000)))) == D(140_000)
