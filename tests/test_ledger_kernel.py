"""The kernel's arithmetic and its moments: where one day, one unit or one row makes the difference."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction

import pytest

from tagih import (
    FEE,
    INTEREST,
    LATE_CHARGE,
    PRINCIPAL,
    Acceleration,
    Charge,
    Chargeback,
    Component,
    Contract,
    Drawdown,
    Instalment,
    LateCharge,
    Pause,
    Payment,
    Policy,
    Refund,
    Restructure,
    Rounding,
    Waiver,
    Waterfall,
    WriteOff,
    replay,
)
from tagih.dates import add_months, from_day, to_day
from tagih.ledger import kernel as k
from tagih.money import ROUND
from tagih.policies import Cap, Group, Order, Step

DUE = date(2026, 1, 31)
DENDA = {"daily_rate": D("0.001"), "base": "unpaid_instalment", "counting": "due_day_free"}


def late(days):
    return DUE + timedelta(days=days)


def debt(*rows, **terms):
    made = [
        Instalment(i + 1, due, D(principal), D(interest)) for i, (due, principal, interest) in enumerate(rows)
    ]
    return Contract("K", made, **terms)


ONE = debt((DUE, 900_000, 100_000))
TWO = debt((DUE, 900_000, 100_000), (late(10), 900_000, 100_000))


def run_ups(contract, events, rule, day):
    """(instalment, first day late, last day late, base, amount) of every stretch."""
    position = replay(contract, events, Policy(late_charge=rule), day)
    return [
        (line.instalment, (line.start - DUE).days, (line.on - DUE).days, line.base, line.amount)
        for line in position.lines
        if line.kind == "run_up"
    ]


# --- arithmetic -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["down", "up", "half_up", "half_even"])
@pytest.mark.parametrize("unit", [1, 2, 100])
def test_rounding_agrees_with_fractions_at_and_beside_every_half(mode, unit):
    number = ("down", "up", "half_up", "half_even").index(mode)
    for den in (1, 2, 3, 4):
        for size in range(8 * unit * den if unit < 100 else 20 * den):
            whole, rest = divmod(size if unit < 100 else size * 25, den)
            value = Fraction(whole) + Fraction(rest, den)
            assert k.rounded(whole, rest, den, unit, number) == ROUND[mode](value / unit) * unit


def test_months_and_days_agree_with_the_calendar():
    for year in (1600, 1899, 1900, 1970, 1999, 2000, 2024, 2026, 2099, 2100, 2400):
        for on in [date(year, month, day) for month in range(1, 13) for day in (1, 28)] + [
            date(year, 12, 31)
        ]:
            months, day = k.month_of(to_day(on))
            assert (months + 2) % 12 + 1 == on.month
            assert day == on.day
            march = k.month_of(to_day(date(on.year, 3, 1)))[0]
            assert months == march + on.month - 3
            assert march % 12 == 0
            assert march // 12 == on.year
    for year in (1600, 2000, 2024, 2400):
        leap, march = k.month_of(to_day(date(year, 2, 29))), k.month_of(to_day(date(year, 3, 1)))
        assert (leap[1], march[0] - leap[0], march[1]) == (29, 1, 1)
    first, second = k.month_of(to_day(date(2023, 12, 31)))[0], k.month_of(to_day(date(2024, 3, 1)))[0]
    assert second - first == 3


@pytest.mark.parametrize(
    "start", [date(2026, 1, 1), date(2026, 1, 31), date(2024, 2, 29), date(2026, 12, 31)]
)
def test_months_begin_as_due_dates_do(start):
    begins = {add_months(start, n) for n in range(40)}
    count = 0
    for n in range(1000):
        on = start + timedelta(days=n)
        count += on in begins
        assert k.months_begun(to_day(start), to_day(on)) == count
    assert k.months_begun(to_day(start), to_day(start) - 1) == 0
    assert from_day(to_day(start)) == start


def test_overlaps_count_both_ends():
    spans = [(1, 4), (1, 5), (8, 9), (9, 9), (6, 7), (1, 20)]
    assert [k.overlap([5], [8], first, last) for first, last in spans] == [0, 1, 1, 0, 2, 4]


# --- stretches --------------------------------------------------------------------------------


def test_what_is_taken_back_is_charged_from_the_day_after():
    events = [Payment("P", late(10), D(1_000_000)), Chargeback("C", late(20), "P", D(400_000))]
    assert run_ups(ONE, events, LateCharge(**DENDA), late(30)) == [
        (1, 1, 10, 1_000_000, 10_000),
        (1, 21, 30, 400_000, 4_000),
    ]


def test_a_chargeback_ends_the_stretch_of_the_balance_it_changes():
    events = [Payment("P", late(10), D(400_000)), Chargeback("C", late(20), "P", D(100_000))]
    assert run_ups(ONE, events, LateCharge(**DENDA), late(30)) == [
        (1, 1, 10, 1_000_000, 10_000),
        (1, 11, 20, 600_000, 6_000),
        (1, 21, 30, 700_000, 7_000),
    ]


def test_more_lent_on_a_settled_instalment_is_charged_from_the_day_after():
    events = [Payment("P", late(10), D(1_000_000)), Drawdown("G", late(15), [(1, PRINCIPAL, D(50_000))])]
    assert run_ups(ONE, events, LateCharge(**DENDA), late(20))[1:] == [(1, 16, 20, 50_000, 250)]


def test_rounded_once_means_over_all_stretches():
    rule = LateCharge(
        daily_rate="0.0007", base="unpaid_instalment", counting="due_day_free", round_each="once"
    )
    payments = [Payment(f"P{n}", late(n), D(11)) for n in range(1, 6)]
    position = replay(debt((DUE, 1_000, 0)), payments, Policy(late_charge=rule), late(6))
    exact = sum(Fraction(1000 - 11 * n) * Fraction(7, 10_000) for n in range(6))
    assert position.late_charges_run_up == int(exact)
    assert sum(line.amount for line in position.lines if line.kind == "run_up") == int(exact)


def test_settling_the_interest_last_ends_the_charge_on_the_whole_contract():
    order = Order((Group("component", ("past_due principal", "past_due interest")),))
    rule = LateCharge(daily_rate="0.001", base="agreed_amount", counting="due_day_free")
    contract = debt((DUE, 900_000, 100_000), (late(60), 900_000, 0), agreed_amount=D(1_000_000))
    paid = [Payment("P", late(5), D(900_000)), Payment("Q", late(10), D(100_000))]
    position = replay(contract, paid, Policy(waterfall=Waterfall(order), late_charge=rule), late(40))
    assert position.late_charges_run_up == 10_000


def test_an_older_instalment_that_is_owed_again_takes_the_contracts_charge_over():
    rule = LateCharge(daily_rate="0.001", base="agreed_amount", counting="due_day_free")
    contract = debt((DUE, 100_000, 0), (late(10), 100_000, 0), agreed_amount=D(1_000_000))
    events = [Payment("P", late(5), D(100_000)), Chargeback("C", late(20), "P", D(50_000))]
    assert run_ups(contract, events, rule, late(30)) == [
        (1, 1, 5, 1_000_000, 5_000),
        (2, 11, 20, 1_000_000, 10_000),
        (1, 21, 30, 1_000_000, 10_000),
    ]


def test_a_full_instalment_keeps_its_stretch_through_part_payments():
    rule = LateCharge(daily_rate="0.001", base="full_instalment", counting="due_day_free")
    assert run_ups(ONE, [Payment("P", late(5), D(300_000))], rule, late(10)) == [
        (1, 1, 10, 1_000_000, 10_000)
    ]
    grown = [Drawdown("G", late(5), [(1, INTEREST, D(100_000))])]
    assert run_ups(ONE, grown, rule, late(10)) == [(1, 1, 5, 1_000_000, 5_000), (1, 6, 10, 1_100_000, 5_500)]


def test_interest_paid_leaves_a_charge_on_principal_in_one_stretch():
    rule = LateCharge(daily_rate="0.001", base="unpaid_principal", counting="due_day_free")
    assert run_ups(ONE, [Payment("P", late(5), D(100_000))], rule, late(10)) == [(1, 1, 10, 900_000, 9_000)]


def test_steps_under_a_daily_cap_end_their_stretch():
    steps = [Step(1, D("0.001")), Step(6, D("0.002"))]
    rule = LateCharge(steps=steps, base="unpaid_instalment", counting="due_day_free",
                      caps=[Cap("day", amount=D(1_500))])  # fmt: skip
    position = replay(ONE, [], Policy(late_charge=rule), late(10))
    found = [
        (line.kind, (line.start - DUE).days, (line.on - DUE).days, line.amount) for line in position.lines
    ]
    assert found == [("run_up", 1, 5, 5_000), ("run_up", 6, 10, 10_000), ("capped", 6, 10, -2_500)]
    assert [line.rate for line in position.lines][:2] == [Fraction(1, 1000), Fraction(2, 1000)]


# --- caps that rows share ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "posted", "expected"),
    [
        ("contract", None, 40_000),
        ("contract", FEE, 40_000),  # a fee is no late charge
        ("contract", LATE_CHARGE, 25_000),
        ("charges", FEE, 25_000),
        ("charges", LATE_CHARGE, 25_000),
    ],
)
def test_what_was_posted_uses_up_the_caps_it_belongs_to(on, posted, expected):
    cap = (
        Cap("contract", amount=D(40_000))
        if on == "contract"
        else Cap("charges", share=D("0.14"), of="agreed_amount")
    )
    events = [Charge("X", late(1), posted, D(15_000), instalment=1)] if posted else []
    contract = debt((DUE, 900_000, 100_000), agreed_amount=D(1_000_000))
    rule = LateCharge(**DENDA, caps=[cap])
    assert replay(contract, events, Policy(late_charge=rule), late(90)).late_charges_run_up == expected


@pytest.mark.parametrize("asked", [[14], [11, 14], [11, 12, 13, 14], [30]])
def test_a_shared_cap_is_reached_on_its_day_however_often_it_is_asked(asked):
    rule = LateCharge(**DENDA, grace="threshold", grace_days=3, caps=[Cap("contract", amount=D(15_500))])
    nothing = [Payment(f"P{day}", late(day), D(1)) for day in ()]
    for day in asked:
        position = replay(TWO, nothing, Policy(late_charge=rule), late(day))
        total = position.late_charges_run_up
        # to day 13 only the first: 13.000; on day 14 the second comes out of its grace with 4.000
        assert total == {11: 11_000, 12: 12_000, 13: 13_000, 14: 15_500, 30: 15_500}[day]
    shares = [row.due.late_charge for row in replay(TWO, [], Policy(late_charge=rule), late(30)).instalments]
    assert shares == [14_000, 1_500]


def test_a_cap_of_a_day_is_shared_by_the_oldest_first():
    rule = LateCharge(**DENDA, caps=[Cap("day", amount=D(1_200))])
    position = replay(TWO, [], Policy(late_charge=rule), late(20))
    assert [row.due.late_charge for row in position.instalments] == [20_000, 2_000]


def test_an_amount_per_event_under_a_daily_cap_is_charged_once():
    rule = LateCharge(amount=D(5_000), per="event", base="unpaid_instalment", counting="due_day_free",
                      caps=[Cap("day", amount=D(3_000))])  # fmt: skip
    assert replay(ONE, [], Policy(late_charge=rule), late(20)).late_charges_run_up == 3_000


# --- days past due ----------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "last", "days"), [(0, 0, 20), (1, 1, 19), (20, 20, 19), (21, 21, 20)])
def test_a_paused_day_counts_only_where_the_day_would(first, last, days):
    pause = Pause("Z", late(first), late(last), of=("days_past_due",))
    position = replay(ONE, [pause], Policy(), late(20))
    assert (position.days_past_due, position.instalments[0].days_past_due) == (days, days)


def test_a_charge_of_an_instalment_is_not_an_instalment_of_its_own():
    from tagih import Arrears

    held = Arrears(held_open_by=("principal", "interest", "fee"))
    fee = Charge("B", late(1), FEE, D(5_000), instalment=1)
    position = replay(TWO, [fee], Policy(arrears=held), late(11))
    assert (position.overdue_instalments, position.cause.shortfall) == (2, 1_005_000)
    alone = replay(TWO, [fee, Payment("P", late(2), D(1_000_000))], Policy(arrears=held), late(5))
    assert (alone.overdue_instalments, alone.days_past_due, alone.cause.shortfall) == (1, 5, 5_000)


def test_a_second_write_off_does_not_move_the_day_that_counts():
    events = [WriteOff("W", late(5), components=(PRINCIPAL,)), Payment("P", late(6), D(1_000_000)),
              WriteOff("V", late(30))]  # fmt: skip
    assert replay(TWO, events, Policy(), late(40)).days_past_due == 40


# --- plans, acceleration, money back ----------------------------------------------------------


def test_only_what_is_to_come_may_be_replaced():
    plan = [Instalment(3, late(90), D(1_000_000))]
    position = replay(TWO, [Restructure("R", late(5), plan, replaces="coming")], Policy(), late(6))
    assert [row.outstanding.total for row in position.instalments] == [1_000_000, 0, 1_000_000]
    on_due_day = replay(TWO, [Restructure("R", late(10), plan, replaces="coming")], Policy(), late(10))
    assert [row.outstanding.total for row in on_due_day.instalments] == [1_000_000, 1_000_000, 1_000_000]


def test_a_new_plan_after_an_acceleration_is_charged_again_from_the_day_after():
    plan = [Instalment(3, late(12), D(900_000)), Instalment(4, late(90), D(900_000))]
    events = [Acceleration("A", late(5)), Restructure("R", late(20), plan, kept=(INTEREST,))]
    found = run_ups(TWO, events, LateCharge(**DENDA), late(30))
    # interest stays on rows 1 and 2, and is charged again from day 21; so is row 3, already late
    assert found == [
        (1, 1, 5, 1_000_000, 5_000),
        (1, 21, 30, 100_000, 1_000),
        (2, 21, 30, 100_000, 1_000),
        (3, 21, 30, 900_000, 9_000),
    ]


def test_a_new_plan_keeps_what_is_kept_and_nothing_else():
    fee = Charge("B", late(1), FEE, D(5_000), instalment=1)
    plan = [Instalment(3, late(60), D(2_000_000))]
    position = replay(TWO, [fee, Restructure("R", late(5), plan, kept=(FEE,))], Policy(), late(5))
    assert [row.outstanding.total for row in position.instalments] == [5_000, 0, 2_000_000]


@pytest.mark.parametrize(("due", "moved"), [(4, 0), (5, 0), (6, 1), (7, 2)])
def test_acceleration_brings_forward_only_what_is_to_come(due, moved):
    contract = debt((late(due), 1_000_000, 0))
    rule = LateCharge(**DENDA, after_acceleration="continue")
    position = replay(contract, [Acceleration("A", late(5))], Policy(late_charge=rule), late(15))
    assert position.days_past_due == 15 - due + moved
    assert position.late_charges_run_up == (15 - due + moved) * 1_000


def test_each_part_of_a_payment_is_undone_only_once():
    events = [Payment("P", late(5), D(1_000_000)), Chargeback("C", late(6), "P", D(300_000)),
              Chargeback("D", late(7), "P", D(700_000))]  # fmt: skip
    position = replay(TWO, events, Policy(), late(7))
    assert position.outstanding.total == 2_000_000
    back = [
        (line.by, str(line.component), line.amount) for line in position.lines if line.kind == "charged_back"
    ]
    assert back == [("C", "principal", 300_000), ("D", "principal", 600_000), ("D", "interest", 100_000)]


def test_a_cash_refund_undoes_the_last_instalment_first_and_principal_before_interest():
    order = Order((Group("instalment", ("past_due interest", "past_due principal")),))
    rule = Policy(waterfall=Waterfall(order, over_refund="reopen"))
    events = [Payment("P", late(20), D(2_000_000)), Refund("R", late(21), D(950_000)),
              Refund("S", late(22), D(100_000))]  # fmt: skip
    position = replay(TWO, events, rule, late(22))
    found = [(row.outstanding.principal, row.outstanding.interest) for row in position.instalments]
    assert found == [(50_000, 0), (900_000, 100_000)]


def test_money_held_back_is_used_in_the_order_it_came():
    order = Order((Group("instalment", ("past_due interest", "past_due principal")),))
    rule = Policy(waterfall=Waterfall(order, part_payment="hold"))
    events = [Payment("P", late(1), D(1_000_000)), Payment("Q", late(12), D(400_000)),
              Payment("R", late(13), D(700_000))]  # fmt: skip
    position = replay(TWO, events, rule, late(13))
    assert dict(position.unapplied_by_payment) == {"R": 100_000}
    assert [(line.event, line.instalment, line.amount) for line in position.lines] == [
        ("P", 1, 100_000), ("P", 1, 900_000), ("Q", 2, 100_000), ("Q", 2, 300_000), ("R", 2, 600_000),
    ]  # fmt: skip


def test_waivers_forced_payments_and_earmarks_stop_at_what_they_name():
    waived = replay(TWO, [Waiver("W", late(1), PRINCIPAL, amount=D(900_001))], Policy(), late(1))
    assert [row.outstanding.principal for row in waived.instalments] == [0, 899_999]
    one = replay(TWO, [Waiver("W", late(1), PRINCIPAL, instalments=(1,))], Policy(), late(1))
    assert [row.outstanding.principal for row in one.instalments] == [0, 900_000]
    forced = Payment("P", late(1), D(50_000), components=((INTEREST, D(50_000)),), instalment=1)
    found = replay(TWO, [forced], Policy(), late(1))
    assert [row.outstanding.interest for row in found.instalments] == [50_000, 100_000]
    second = Payment("P", late(1), D(50_000), components=((INTEREST, D(50_000)),), instalment=2)
    found = replay(TWO, [second], Policy(), late(1))
    assert [row.outstanding.interest for row in found.instalments] == [100_000, 50_000]
    ahead = replay(TWO, [Payment("P", late(1), D(150_000), instalment=2)], Policy(), late(1))
    assert [row.outstanding.total for row in ahead.instalments] == [1_000_000, 850_000]


def test_halves_of_a_unit_round_as_the_policy_says():
    for mode, expected in (("half_up", 3), ("half_even", 2), ("up", 3), ("down", 2)):
        rule = LateCharge(daily_rate="0.0025", base="unpaid_instalment", counting="due_day_free",
                          rounding=Rounding(1, mode))  # fmt: skip
        assert (
            replay(debt((DUE, 1_000, 0)), [], Policy(late_charge=rule), late(1)).late_charges_run_up
            == expected
        )


def test_each_instalment_ends_its_own_stretch_when_it_is_settled():
    rule = LateCharge(daily_rate="0.001", base="full_instalment", counting="due_day_free")
    events = [Payment("P", late(15), D(1_000_000)), Payment("Q", late(20), D(1_000_000))]
    assert run_ups(TWO, events, rule, late(40)) == [
        (1, 1, 15, 1_000_000, 15_000),
        (2, 11, 20, 1_000_000, 10_000),
    ]


@pytest.mark.parametrize(("day", "overdue"), [(-1, 0), (0, 0), (1, 1), (10, 1), (11, 2)])
def test_an_instalment_is_overdue_from_the_day_after_its_due_date(day, overdue):
    position = replay(TWO, [], Policy(), late(day))
    assert position.overdue_instalments == overdue
    assert (position.cause is None) == (overdue == 0)


def test_a_waiver_may_take_all_and_not_a_sen_more():
    from tagih import EventError

    every = replay(TWO, [Waiver("W", late(1), PRINCIPAL, amount=D(1_800_000))], Policy(), late(1))
    assert every.outstanding.principal == 0
    with pytest.raises(EventError):
        replay(TWO, [Waiver("W", late(1), PRINCIPAL, amount=D("1800000.01"))], Policy(), late(1))


def test_the_first_instalment_can_be_named_too():
    early = replay(TWO, [Payment("P", late(-5), D(150_000), instalment=1)], Policy(), late(-5))
    assert ([row.outstanding.total for row in early.instalments], early.unapplied) == (
        [850_000, 1_000_000],
        0,
    )
    parts = ((INTEREST, D(150_000)),)
    forced = Payment("P", late(-5), D(150_000), components=parts, instalment=1)
    found = replay(TWO, [forced], Policy(), late(-5))
    assert ([row.outstanding.interest for row in found.instalments], found.unapplied) == (
        [0, 100_000],
        50_000,
    )


def test_remainders_of_stretches_add_up_when_only_the_total_is_rounded():
    rule = LateCharge(daily_rate="0.0000137", base="unpaid_instalment", counting="due_day_free",
                      round_each="once",
                      rounding=Rounding(D("0.01"), "down"))  # fmt: skip
    payments = [Payment(f"P{n}", late(n), D(1)) for n in range(1, 12)]
    position = replay(debt((DUE, 1_111, 0)), payments, Policy(late_charge=rule), late(12))
    exact = sum(Fraction(1_111 - n) * Fraction(137, 10_000_000) for n in range(12))
    assert position.late_charges_run_up == D(int(exact * 100)) / 100


def test_a_late_charge_of_a_sen_is_charged():
    rule = LateCharge(amount=D("0.01"), base="unpaid_instalment", counting="due_day_free")
    assert replay(ONE, [], Policy(late_charge=rule), late(3)).late_charges_run_up == D("0.03")


# --- what the ledger told day by day brought to light ------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"), [(-20, 0), (-19, 1_000), (-10, 10_000), (0, 20_000), (5, 25_000)]
)
def test_acceleration_before_the_first_due_date_is_charged_from_the_day_after_it(day, expected):
    rule = LateCharge(**DENDA, after_acceleration="continue")
    position = replay(ONE, [Acceleration("A", late(-20))], Policy(late_charge=rule), late(day))
    assert position.late_charges_run_up == expected


def test_what_is_paid_after_an_early_acceleration_is_charged_until_it_is_paid():
    rule = LateCharge(**DENDA, after_acceleration="continue")
    events = [Acceleration("A", late(-20)), Payment("P", late(-15), D(400_000))]
    assert run_ups(ONE, events, rule, late(-10)) == [
        (1, -19, -15, 1_000_000, 5_000),
        (1, -14, -10, 600_000, 3_000),
    ]


def test_unapplied_credit_waits_for_all_that_an_event_brings():
    more = Drawdown("G", late(5), [(1, PRINCIPAL, D(30)), (1, INTEREST, D(30))])
    position = replay(debt((DUE, 100, 0)), [Payment("P", late(1), D(140)), more], Policy(), late(5))
    # 40 are left, and interest comes before principal
    first = position.instalments[0]
    assert (first.outstanding.interest, first.outstanding.principal) == (0, 20)


@pytest.mark.parametrize("due", [9, 10, 11])
def test_what_was_accelerated_stays_due_beside_a_new_plan_that_falls_due_later(due):
    interest = Instalment(2, late(30), D(0), D(50_000))
    contract = Contract("K", [Instalment(1, DUE, D(900_000), D(100_000)), interest])
    plan = [Instalment(3, late(due), D(900_000))]
    events = [Payment("Q", late(1), D(1_000_000)), Acceleration("A", late(2)),
              Restructure("R", late(8), plan, kept=(INTEREST,))]  # fmt: skip
    position = replay(contract, events, Policy(), late(10))
    assert (position.days_past_due, position.cause.instalment) == (8, 2)
    assert position.overdue_instalments == 1 + (due < 10)
    # it keeps its place: an instalment that was agreed for an earlier day is settled first
    paid = replay(contract, [*events, Payment("P", late(10), D(50_000))], Policy(), late(10))
    assert [row.outstanding.total for row in paid.instalments] == (
        [0, 850_000, 50_000] if due <= 10 else [0, 900_000, 0]
    )


def test_what_is_lent_again_stands_on_no_instalment_of_a_plan_still_to_come():
    rule = Policy(
        waterfall=Waterfall(
            Order((Group("instalment", ("past_due principal",)),)), over_refund="new_principal"
        )
    )
    events = [
        Refund("B", late(5), D(70_000)),
        Restructure("R", late(8), [Instalment(2, late(40), D(500_000))]),
    ]
    position = replay(debt((DUE, 900_000, 0)), events, rule, late(8))
    rows = [(row.number or row.charge, row.due.principal, row.outstanding.principal)
            for row in position.instalments]  # fmt: skip
    assert rows == [
        (1, 900_000, 0), ("B", 70_000, 0), (2, 500_000, 500_000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        # due 31 January, the due day free: months begin on 1 February, 1 March, 1 April
        (None, [0, 5_000, 5_000, 10_000, 15_000]),
        ((28, 29), [0, 5_000, 5_000, 5_000, 10_000]),  # 28 February and 1 March, on which the second begins
        ((29, 29), [0, 5_000, 5_000, 5_000, 10_000]),
        ((28, 28), [0, 5_000, 5_000, 10_000, 15_000]),
        ((30, 59), [0, 5_000, 5_000, 10_000, 15_000]),
        ((30, 60), [0, 5_000, 5_000, 10_000, 10_000]),
        ((1, 1), [0, 0, 0, 5_000, 10_000]),
        ((-3, 0), [0, 5_000, 5_000, 10_000, 15_000]),
        ((29, 60), [0, 5_000, 5_000, 5_000, 5_000]),
    ],
)
def test_a_month_that_begins_within_a_pause_is_not_charged(pause, expected):
    rule = LateCharge(amount=D(5_000), per="month", base="unpaid_instalment", counting="due_day_free")
    events = [Pause("Z", late(pause[0]), late(pause[1]), of=("late_charge",))] if pause else []
    found = [
        replay(ONE, events, Policy(late_charge=rule), late(day)).late_charges_run_up
        for day in (0, 1, 28, 29, 60)
    ]
    assert found == expected


@pytest.mark.parametrize("cap", [(), (Cap("instalment", amount=D(1_000_000)),)])
def test_rounded_once_carries_its_remainder_over_steps_and_adds_rupiah_by_the_day(cap):
    steps = [Step(1, D("0.0003")), Step(3, D("0.0005")), Step(5, amount=D(2)), Step(7, D("0.0003"))]
    rule = LateCharge(
        steps=steps, base="unpaid_instalment", counting="due_day_free", round_each="once", caps=cap
    )
    # a day on 1.111: 0,3333, then 0,5555, then Rp2, then 0,3333 again
    expected = [0, 0, 0, 1, 1, 3, 5, 6, 6, 6]  # 0,33 0,67 1,22 1,78 (+2) (+4) 2,11 2,44 2,78
    found = [
        replay(debt((DUE, 1_111, 0)), [], Policy(late_charge=rule), late(day)).late_charges_run_up
        for day in range(10)
    ]
    assert found == expected
    part = [Payment("P", late(4), D(111)), Payment("Q", late(8), D(100))]
    # on 1.000 from day 5 on: 1,7776, + 2 + 2, then 0,3 twice: 2,3776; on 900: 0,27 a day
    found = [
        replay(debt((DUE, 1_111, 0)), part, Policy(late_charge=rule), late(day)).late_charges_run_up
        for day in (4, 5, 6, 7, 8, 9, 10, 11)
    ]
    assert found == [1, 3, 5, 6, 6, 6, 6, 7]


def test_of_instalments_accelerated_together_the_first_carries_the_contracts_charge():
    rule = LateCharge(daily_rate="0.001", base="agreed_amount", counting="due_day_free",
                      after_acceleration="continue")  # fmt: skip
    contract = debt(
        (DUE, 100_000, 0), (late(30), 100_000, 0), (late(60), 100_000, 0), agreed_amount=D(1_000_000)
    )
    events = [Acceleration("A", late(-10)), Payment("P", late(-5), D(100_000))]
    assert run_ups(contract, events, rule, late(0)) == [
        (1, -9, -5, 1_000_000, 5_000),
        (2, -4, 0, 1_000_000, 5_000),
    ]


def test_a_plan_for_what_is_to_come_leaves_the_stretch_of_what_is_late_alone():
    plan = [Instalment(3, late(90), D(1_000_000))]
    rule = LateCharge(**DENDA)
    assert run_ups(TWO, [Restructure("R", late(5), plan, replaces="coming")], rule, late(9)) == [
        (1, 1, 9, 1_000_000, 9_000)
    ]


@pytest.mark.parametrize(
    ("cut", "unapplied", "owed"),
    # before its due date, instalment 2 still owes its interest as scheduled
    [(9, 0, 80_000 + 100_000 - 50_000), (10, 50_000, 80_000), (11, 50_000, 80_000)],
)
def test_credit_held_at_the_cut_over_is_used_on_the_next_due_date(cut, unapplied, owed):
    from attrs import evolve

    from tagih import Opening, OpeningBalance

    opening = Opening(late(cut), [OpeningBalance(2, PRINCIPAL, D(80_000))], unapplied=D(50_000))
    position = replay(evolve(TWO, opening=opening), [], Policy(), late(11))
    assert (position.unapplied, position.outstanding.total) == (unapplied, owed)


def test_a_payment_after_a_write_off_recovers_to_the_last_sen():
    events = [Payment("P", late(1), D("999999.98")), WriteOff("W", late(2)), Payment("Q", late(3), D("0.01")),
              Payment("R", late(4), D("0.02"))]  # fmt: skip
    position = replay(ONE, events, Policy(), late(4))
    assert [(line.kind, line.event, line.amount) for line in position.lines if line.event in "QR"] == [
        ("recovered", "Q", D("0.01")),
        ("recovered", "R", D("0.01")),
    ]
    assert (position.written_off.total, position.unapplied) == (0, D("0.01"))


def test_the_last_instalments_are_settled_from_the_last_on_each_by_itself():
    three = debt((late(10), 100, 0), (late(20), 100, 0), (late(30), 100, 0), (late(40), 100, 0))
    fee = [Charge("B", late(1), FEE, D(7), instalment=3)]  # a second row in the block of 3
    order = Order((Group("instalment", ("past_due principal", "in_advance principal")),), ahead="last")
    position = replay(
        three, [*fee, Payment("P", late(2), D(250))], Policy(waterfall=Waterfall(order)), late(2)
    )
    assert [row.outstanding.principal for row in position.instalments] == [100, 50, 0, 0]


def test_a_month_is_charged_once_though_a_payment_comes_on_the_day_it_begins():
    rule = LateCharge(amount=D(5_000), per="month", base="unpaid_instalment", counting="due_day_free")
    events = [
        Payment("P", late(1), D(10_000)),
        Payment("Q", late(2), D(10_000)),
        Payment("R", late(29), D(10_000)),
    ]
    assert [(first, last, amount) for _, first, last, _, amount in run_ups(ONE, events, rule, late(60))] == [
        (1, 1, 5_000),  # begins on day 1; the next on days 29 and 60
        (3, 29, 5_000),
        (30, 60, 5_000),
    ]


def test_an_amount_per_event_is_charged_once_through_part_payments():
    rule = LateCharge(amount=D(5_000), per="event", base="unpaid_instalment", counting="due_day_free")
    events = [Payment("P", late(3), D(10_000)), Payment("Q", late(5), D(10_000))]
    assert run_ups(ONE, events, rule, late(9)) == [(1, 1, 3, 1_000_000, 5_000)]


def test_what_was_written_off_is_recovered_component_by_component_where_the_policy_says_so():
    order = Order((Group("component", ("past_due interest", "past_due principal")),))
    policy = Policy(waterfall=Waterfall(order, by_state={"written_off": order}))
    interest = Payment("P", late(11), D(100_000), instalment=1, components=[(INTEREST, D(100_000))])
    later = [Payment("Q", late(13), D(30_000)), Payment("R", late(14), D(80_000))]
    events = [interest, WriteOff("W", late(12)), *later]
    position = replay(TWO, events, policy, late(14))
    assert [(line.event, line.instalment, str(line.component), line.amount)
            for line in position.lines if line.kind == "recovered"] == [
        ("Q", 2, "interest", 30_000), ("R", 2, "interest", 70_000), ("R", 1, "principal", 10_000),
    ]  # fmt: skip


def test_what_is_lent_after_a_write_off_is_settled_beside_what_is_recovered():
    events = [WriteOff("W", late(1)), Drawdown("G", late(2), [(1, PRINCIPAL, D(900_000))]),
              Payment("P", late(3), D(1_500_000))]  # fmt: skip
    position = replay(ONE, events, Policy(), late(3))
    assert (position.outstanding.total, position.written_off.total, position.unapplied) == (0, 400_000, 0)


@pytest.mark.parametrize("instalment", [1, None])
@pytest.mark.parametrize("on", [5, 6, 7])
def test_a_charge_whose_own_day_is_to_come_falls_due_with_an_acceleration(instalment, on):
    order = Order((Group("component", ("past_due fee charged", "due fee charged")),))
    fee = Charge("B", late(1), FEE, D(7_000), instalment=instalment, due_on=late(20))
    events = [fee, Acceleration("A", late(6)), Payment("P", late(on), D(7_000))]
    position = replay(ONE, events, Policy(waterfall=Waterfall(order)), late(7))
    # what is unapplied settles it on the day of the acceleration
    assert position.paid.fee == 7_000
    before = replay(ONE, events[:1] + events[2:], Policy(waterfall=Waterfall(order)), late(7))
    assert before.paid.fee == 0


@pytest.mark.parametrize("day", [5, 6])
def test_as_paid_lends_each_part_again_only_once(day):
    order = Order((Group("instalment", ("past_due interest", "past_due principal")),))
    policy = Policy(waterfall=Waterfall(order, charged_back="as_paid"))
    events = [Payment("P", late(5), D(1_000_000)), Chargeback("C", late(day), "P", D(950_000)),
              Chargeback("D", late(7), "P", D(100_000))]  # fmt: skip
    position = replay(TWO, events, policy, late(7))
    lent = [
        (line.event, str(line.component), line.amount) for line in position.lines if line.kind == "charged"
    ]
    # P paid 100.000 of interest and 900.000 of principal; the last 50.000 had paid nothing that is left
    assert lent == [
        ("C", "principal", 900_000), ("C", "interest", 50_000),
        ("D", "interest", 50_000), ("D", "principal", 50_000),
    ]  # fmt: skip


def test_what_was_owed_anew_as_principal_is_not_taken_back_as_principal_again():
    insurance = Component("fee", "asuransi")
    contract = Contract("C-1", [Instalment(1, DUE, D(0), fees=((insurance, D(2)),))])
    cells = ("past_due principal", "due principal", "past_due fee", "due fee")
    policy = Policy(waterfall=Waterfall(Order((Group("instalment", cells),)), charged_back="as_paid"))
    # no principal is owed, so the money waits; C finds nothing settled, and lends 1 of principal
    paid = Payment("P", DUE, D(2), components=((Component("principal"), D(2)),))
    events = [paid, Chargeback("C", DUE, "P", D(1)), Chargeback("D", DUE, "P", D(1))]
    position = replay(contract, events, policy, DUE)
    lent = [
        (line.event, str(line.component), line.amount) for line in position.lines if line.kind == "charged"
    ]
    # then P pays that principal and 1 of the fee; of the two, the principal was taken back already
    assert lent == [("C", "principal", 1), ("D", "fee:asuransi", 1)]
