"""Which debt a payment settles: orders, timings, what is over, several contracts, before posting."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from tagih import (
    FEE,
    INTEREST,
    LATE_CHARGE,
    PRINCIPAL,
    Charge,
    Chargeback,
    Component,
    Contract,
    Instalment,
    LateCharge,
    Payment,
    Policy,
    Refund,
    Waterfall,
    WriteOff,
    policy,
    replay,
)
from tagih.ledger.allocate import Among, allocate_among, compare_allocations
from tagih.policies import Group, Order

JAN, FEB, MAR, APR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)
ROWS = [
    Instalment(1, JAN, D(800), D(200)),
    Instalment(2, FEB, D(850), D(150)),
    Instalment(3, MAR, D(900), D(100)),
]
DEBT = Contract("MF-1", ROWS)
DENDA = Charge("D", date(2026, 2, 5), LATE_CHARGE, D(30), instalment=1)
BIAYA = Charge("B", date(2026, 2, 5), FEE, D(50), instalment=1)
ON = date(2026, 3, 10)  # instalments 1 and 2 are past due, 3 is to come


def settled(order, amount, *, on=ON, events=(DENDA, BIAYA), kind="payment", **more):
    waterfall = order if isinstance(order, Waterfall) else Waterfall(order)
    payment = Payment("P", on, D(amount), kind=kind, **more)
    position = replay(DEBT, [*events, payment], Policy(waterfall=waterfall), on)
    return [
        (line.instalment, str(line.component), line.amount) for line in position.lines if line.event == "P"
    ]


PRESETS = [
    # preset, amount, what it settles
    ("id.alloc.kuhperdata", 400, [(1, "interest", 200), (2, "interest", 150), (1, "principal", 50)]),
    ("id.alloc.mf.fees_first", 400,
     [(1, "fee", 50), (1, "late_charge", 30), (1, "interest", 200), (1, "principal", 120)]),
    ("id.alloc.mf.instalment_first", 1100,
     [(1, "interest", 200), (1, "principal", 800), (2, "interest", 100)]),
    ("id.alloc.principal_first", 1070,
     [(1, "principal", 800), (1, "interest", 200), (1, "fee", 50), (1, "late_charge", 20)]),
]  # fmt: skip


@pytest.mark.parametrize(("preset", "amount", "expected"), PRESETS)
def test_presets_settle_in_the_order_of_their_titles(preset, amount, expected):
    assert settled(policy(preset, accept=[preset]).waterfall, amount) == expected


def test_without_a_waterfall_interest_comes_before_principal_and_late_charges_last():
    position = replay(DEBT, [DENDA, Payment("P", ON, D(2025))], Policy(), ON)
    found = [
        (line.instalment, str(line.component), line.amount) for line in position.lines if line.event == "P"
    ]
    assert found[:4] == [
        (1, "interest", 200),
        (1, "principal", 800),
        (2, "interest", 150),
        (2, "principal", 850),
    ]
    assert found[4:] == [(1, "late_charge", 25)]


TIMINGS = [
    # day, cells that find something on instalment 2
    (date(2026, 2, 27), "in_advance"),
    (date(2026, 2, 28), "due"),
    (date(2026, 3, 1), "past_due"),
]


@pytest.mark.parametrize(("day", "timing"), TIMINGS)
def test_an_instalment_is_in_advance_then_due_then_past_due(day, timing):
    for cell in ("past_due", "due", "in_advance"):
        order = Order((Group("instalment", (f"{cell} principal",)),))
        paid = {number for number, _, _ in settled(order, 2000, on=day, events=())}
        assert (2 in paid) == (cell == timing)


AHEAD = [
    # which coming instalments, what 300 in advance settles (principal 900, 800, 850)
    ("next", [(1, 300)]),
    ("last", [(3, 300)]),
    ("spread", [(1, 100), (2, 100), (3, 100)]),
    ("next_then_last", [(1, 300)]),
]


@pytest.mark.parametrize(("ahead", "expected"), AHEAD)
def test_money_in_advance_settles_the_next_the_last_or_all_coming_instalments(ahead, expected):
    order = Order((Group("instalment", ("in_advance principal",)),), ahead=ahead)
    found = settled(order, 300, on=date(2026, 1, 2), events=())
    assert [(number, amount) for number, _, amount in found] == expected


def test_next_then_last_settles_the_next_and_then_from_the_end():
    order = Order((Group("instalment", ("in_advance principal",)),), ahead="next_then_last")
    found = settled(order, 1900, on=date(2026, 1, 2), events=())
    assert [(number, amount) for number, _, amount in found] == [(1, 800), (3, 900), (2, 200)]


def test_spreading_gives_the_remainder_to_the_last_and_goes_on_where_one_is_full():
    order = Order((Group("instalment", ("in_advance principal",)),), ahead="spread")
    found = settled(order, 2500, on=date(2026, 1, 2), events=())
    assert {number: sum(a for n, _, a in found if n == number) for number in (1, 2, 3)} == {
        1: 800,
        2: D("849.99"),
        3: D("850.01"),
    }


# --- what is over -----------------------------------------------------------------------------

OVER = [
    # excess, unapplied, principal paid on instalment 3 of 900 + 100 (150 is over)
    ("hold", 150, 0),
    ("next_instalment", 0, 50),
    ("last_instalments", 0, 150),
    ("spread", 0, 50),
]


@pytest.mark.parametrize(("excess", "unapplied", "principal"), OVER)
def test_what_no_cell_takes_is_held_or_paid_ahead(excess, unapplied, principal):
    order = Order((Group("instalment", ("past_due interest", "past_due principal")),))
    paid = Payment("P", ON, D(2150))
    position = replay(DEBT, [paid], Policy(waterfall=Waterfall(order, excess=excess)), ON)
    assert position.unapplied == unapplied
    assert position.instalments[2].paid.principal == principal


def test_unapplied_credit_is_used_on_the_next_due_date_as_a_line_of_its_payment():
    paid = Payment("P", ON, D(2150))
    before, after = (replay(DEBT, [paid], Policy(), day) for day in (date(2026, 3, 30), MAR))
    assert (before.unapplied, after.unapplied) == (150, 0)
    line = after.lines[-1]
    assert (line.event, line.start, line.on, line.instalment) == ("P", ON, MAR, 3)


def test_a_part_payment_held_back_settles_an_instalment_only_when_it_covers_it():
    order = Order((Group("instalment", ("past_due interest", "past_due principal")),))
    rule = Policy(waterfall=Waterfall(order, part_payment="hold"))
    first = Payment("P", ON, D(999))
    held = replay(DEBT, [first], rule, ON)
    assert (held.unapplied, held.outstanding.total, held.days_past_due) == (999, 3000, 38)
    both = replay(DEBT, [first, Payment("Q", ON, D(1))], rule, ON)
    assert (both.unapplied, both.outstanding.total, both.days_past_due) == (0, 2000, 10)


PLANS = [
    # excess, the coming instalments after 1.000 of 3.000 principal was prepaid (interest 90, 60, 30)
    ("smaller_instalment", [(D(667), D(90)), (D(667), D(40)), (D(666), D(20))]),
    ("shorter_term", [(D(1000), D(90)), (D(1000), D(30))]),
]


@pytest.mark.parametrize(("excess", "expected"), PLANS)
def test_a_prepayment_of_principal_makes_a_new_plan(excess, expected):
    rows = [Instalment(i + 1, day, D(1000), D(interest)) for i, (day, interest) in
            enumerate([(FEB, 90), (MAR, 60), (APR, 30)])]  # fmt: skip
    if excess == "shorter_term":
        expected = [(D(1000), D(90)), (D(1000), D(30))]
    debt = Contract("KP-1", rows)
    rule = Policy(
        waterfall=Waterfall(Order((Group("instalment", ("due interest", "due principal")),)), excess=excess)
    )
    position = replay(debt, [Payment("P", date(2026, 2, 10), D(1000))], rule, date(2026, 2, 10))
    plan = [row for row in position.instalments if row.number > 3]
    found = [(row.due.principal, row.due.interest) for row in plan]
    assert sum(principal for principal, _ in found) == 2000
    if excess == "smaller_instalment":
        assert found == expected
    else:
        # 1.090 covers 1.000 and 90; then 1.060 covers 1.000 and 60 x 1.000/2.000 = 30
        assert found == expected
    assert position.outstanding.principal == 2000
    assert position.unapplied == 0
    again = replay(debt, [Payment("P", date(2026, 2, 10), D(1000))], rule, date(2026, 2, 9))
    assert [row.number for row in again.instalments] == [1, 2, 3]


def test_prepaying_an_annuity_gives_the_plan_that_a_new_annuity_would():
    # 100.000.000 at 12 % in 12 months: 8.884.878,87; half prepaid after the first instalment fell due
    from tagih.schedules import Rate, Terms, make
    from tagih.schedules.calendar import Calendar, Every

    terms = Terms(D(100_000_000), 12, method="annuity", rate=Rate(D("0.12")),
                  calendar=Calendar(Every(1, "month"), first_due=JAN), start=date(2025, 12, 31))  # fmt: skip
    debt = Contract("KP-2", make(terms).instalments)
    rule = Policy(waterfall=Waterfall(Order((Group("instalment", ("due interest", "due principal")),)),
                                      excess="smaller_instalment"))  # fmt: skip
    first = debt.instalments[0].total
    left = debt.lent - debt.instalments[0].principal
    prepaid = left / 2 // 1
    position = replay(debt, [Payment("P", JAN, first + prepaid)], rule, JAN)
    plan = [row for row in position.instalments if row.number > 12]
    halves = [(row.principal * (left - prepaid) / left) for row in debt.instalments[1:]]
    for row, half in zip(plan, halves, strict=True):
        assert abs(row.due.principal - half) <= 6


# --- kinds, states, words of the payer --------------------------------------------------------


def test_a_kind_of_payment_has_its_own_order():
    usual = Order((Group("instalment", ("past_due interest", "past_due principal")),))
    goodwill = Order((Group("component", ("past_due late_charge",)),))
    rule = Waterfall(usual, by_kind={"goodwill": goodwill})
    assert settled(rule, 100, kind="goodwill")[0] == (1, "late_charge", 30)
    assert settled(rule, 100)[0] == (1, "interest", 100)


def test_a_written_off_contract_and_a_settlement_have_their_own_order():
    usual = Order((Group("instalment", ("past_due interest", "past_due principal")),))
    principal = Order((Group("component", ("past_due principal", "in_advance principal")),))
    rule = Waterfall(usual, by_state={"written_off": principal, "settlement": principal})
    lost = WriteOff("W", date(2026, 3, 9))
    assert settled(rule, 100, events=(lost,)) == [(1, "principal", 100)]
    assert settled(rule, 100, events=(), kind="settlement") == [(1, "principal", 100)]


@pytest.mark.parametrize(("day", "first"), [(date(2026, 5, 1), "interest"), (date(2026, 5, 2), "principal")])
def test_a_non_performing_contract_has_its_own_order_from_its_first_day(day, first):
    usual = Order((Group("instalment", ("past_due interest", "past_due principal")),))
    principal = Order((Group("instalment", ("past_due principal", "past_due interest")),))
    rule = Waterfall(usual, by_state={"non_performing": principal})
    chosen = Policy(waterfall=rule, buckets=policy("id.kol.bank.2019").buckets)  # kurang lancar from day 91
    position = replay(DEBT, [Payment("P", day, D(10))], chosen, day)
    assert (day - JAN).days in (90, 91)
    assert str(position.lines[-1].component) == first


def test_the_lender_may_force_a_split_and_the_payer_may_name_an_instalment():
    usual = Order((Group("instalment", ("past_due interest", "past_due principal")),))
    forced = settled(usual, 100, components=((LATE_CHARGE, D(30)), (PRINCIPAL, D(20))))
    assert forced == [(1, "late_charge", 30), (1, "principal", 20), (1, "interest", 50)]
    assert settled(usual, 100, instalment=2) == [(2, "interest", 100)]


def test_fees_of_the_contract_have_their_own_place():
    order = Order((Group("component", ("past_due fee contract", "past_due interest", "past_due fee")),))
    own = Charge("K", date(2026, 2, 5), FEE, D(40))
    assert settled(order, 60, events=(own, BIAYA)) == [(None, "fee", 40), (1, "interest", 20)]


def test_a_named_fee_has_its_own_place():
    insurance = Component("fee", "asuransi")
    order = Order((Group("component", ("past_due fee:asuransi", "past_due interest", "past_due fee")),))
    own = Charge("K", date(2026, 2, 5), insurance, D(40), instalment=2)
    assert settled(order, 60, events=(own, BIAYA)) == [(2, "fee:asuransi", 40), (1, "interest", 20)]


# frappe/lending test_loan_write_off_and_settlement.py::test_charges_payment
def test_charges_of_one_date_are_paid_in_turn():
    charges = [Charge("A", JAN, FEE, D(1000)), Charge("B", JAN, FEE, D(1000))]
    order = Order((Group("component", ("past_due fee",)),))
    payments = [Payment("P", ON, D(1000)), Payment("Q", ON, D(500))]
    position = replay(DEBT, [*charges, *payments], Policy(waterfall=Waterfall(order)), ON)
    assert [row.paid.fee for row in position.instalments if row.number is None] == [1000, 500]


# frappe/lending test_loan_repayment.py::test_in_between_payments: June was entered last
def test_a_payment_entered_late_counts_on_its_own_day():
    days = [date(2024, month, 5) for month in (5, 7, 8, 9, 6)]
    rows = [Instalment(i + 1, date(2024, 5 + i, 5), D(160_000), D(18_025)) for i in range(6)]
    payments = [Payment(f"P{i}", day, D(178_025)) for i, day in enumerate(days)]
    debt = Contract("L", rows)
    for day in sorted(days):
        as_listed = replay(debt, payments, Policy(), day)
        in_order = replay(debt, sorted(payments, key=lambda one: one.effective_on), Policy(), day)
        assert as_listed.instalments == in_order.instalments
        assert as_listed.days_past_due == 0


# --- money that goes back ---------------------------------------------------------------------

BACK = [
    # charged_back, days past due and what is owed of each instalment after 400 of 1.000 went back
    ("reopen", 38, [400, 1000, 1000]),
    ("new_principal", 10, [0, 1000, 1400]),
    ("as_paid", 10, [0, 1000, 1400]),
]


@pytest.mark.parametrize(("choice", "days", "owed"), BACK)
def test_what_a_chargeback_makes_owed_again(choice, days, owed):
    rule = Policy(
        waterfall=Waterfall(ORDER, charged_back=choice, charged_back_order=("interest", "principal"))
    )
    events = [Payment("P", date(2026, 2, 10), D(1000)), Chargeback("C", ON, "P", D(400))]
    position = replay(DEBT, events, rule, ON)
    assert position.days_past_due == days
    assert [row.outstanding.total for row in position.instalments] == owed
    if choice == "as_paid":
        assert position.instalments[2].outstanding.interest == 100 + 200


ORDER = Order((Group("instalment", ("past_due interest", "past_due principal")),))


def test_a_chargeback_of_a_forced_payment_takes_back_all_its_parts():
    parts = ((INTEREST, D(100)), (PRINCIPAL, D(100)))
    events = [Payment("P", ON, D(250), components=parts), Chargeback("C", ON, "P", D(250))]
    position = replay(DEBT, events, Policy(waterfall=Waterfall(ORDER)), ON)
    assert (position.outstanding.total, position.unapplied) == (3000, 0)


REFUNDS = [("new_principal", 3000 - 2000 + 100), ("reopen", 3000 - 2000 + 100)]


@pytest.mark.parametrize(("choice", "owed"), REFUNDS)
def test_a_refund_beyond_the_credit_is_owed_again(choice, owed):
    rule = Policy(waterfall=Waterfall(ORDER, over_refund=choice))
    events = [Payment("P", ON, D(2050)), Refund("R", ON, D(150))]
    position = replay(DEBT, events, rule, ON)
    assert (position.outstanding.total, position.unapplied) == (owed, 0)
    late = position.days_past_due
    assert late == (10 if choice == "reopen" else 0)


# --- several contracts ------------------------------------------------------------------------


def debt(name, *amounts, due=JAN, as_of=ON, rate=None, **tags):
    rows = [Instalment(i + 1, due + timedelta(days=60 * i), D(amount)) for i, amount in enumerate(amounts)]
    denda = LateCharge(daily_rate=rate, base="unpaid_instalment", counting="due_day_free") if rate else None
    return replay(Contract(name, rows, tags=tuple(tags.items())), [], Policy(late_charge=denda), as_of)


AMONG = [
    # amount, contracts, the debtor's word, rule, parts
    (100, [debt("A", 60), debt("B", 60)], {"B": None}, {}, {"B": 60, "A": 40}),
    (100, [debt("A", 60), debt("B", 60)], {"B": D(10)}, {}, {"B": D("50.91"), "A": D("49.09")}),
    (100, [debt("A", 60, due=APR), debt("B", 60)], {}, {}, {"B": 60, "A": 40}),
    (100, [debt("A", 60), debt("B", 60, secured="yes")], {}, {}, {"B": 60, "A": 40}),
    (100, [debt("A", 60), debt("B", 60, secured="yes")], {}, {"onerous": ()}, {"A": 50, "B": 50}),
    (100, [debt("A", 60), debt("B", 60, due=date(2026, 1, 30))], {}, {}, {"B": 60, "A": 40}),
    (100, [debt("A", 200), debt("B", 100)], {}, {}, {"A": D("66.67"), "B": D("33.33")}),
    (500, [debt("A", 200), debt("B", 100)], {}, {}, {"A": 200, "B": 100}),
]


@pytest.mark.parametrize(("amount", "positions", "named", "rule", "expected"), AMONG)
def test_one_payment_over_several_contracts(amount, positions, named, rule, expected):
    found = allocate_among(amount, positions, Among(**rule), named=named)
    assert {name: found.of(name) for name in expected} == expected
    assert sum(share.amount for share in found.shares) + found.left == amount


def test_the_debt_with_the_heavier_late_charge_is_the_more_onerous():
    heavy, light = debt("A", 60, rate="0.005"), debt("B", 60, rate="0.001", due=date(2026, 1, 1))
    assert allocate_among(60, [light, heavy]).of("A") == 60


def test_orders_compared_before_posting():
    orders = {
        name: policy(name, accept=[name]).waterfall
        for name in ("id.alloc.kuhperdata", "id.alloc.principal_first")
    }
    rule = Policy(buckets=policy("id.kol.mf.2018").buckets)
    first, second = compare_allocations(DEBT, [DENDA], rule, Payment("P", ON, D(1000)), orders)
    assert (first.split.interest, first.split.principal, first.days_past_due) == (350, 650, 38)
    assert (second.split.interest, second.split.principal, second.days_past_due) == (200, 800, 10)
    assert first.order == "id.alloc.kuhperdata"
    assert (first.class_code, second.class_code) == ("2", "1")
    assert first.late_charge == 30
