"""What an added, removed or backdated event changes, and who relied on what was there before."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tagih import Contract, Instalment, LateCharge, Payment, Policy, Reversal, Waiver, policy, replay
from tagih.contracts import INTEREST, LATE_CHARGE, PRINCIPAL
from tagih.ledger.diff import Relied, diff_positions, splits_of
from tagih.ledger.serialise import fingerprint

from .properties.test_ledger import histories

DUE = date(2026, 1, 31)
DEBT = Contract(
    "MF-1",
    [Instalment(1, DUE, D(900_000), D(100_000)), Instalment(2, date(2026, 2, 28), D(900_000), D(100_000))],
)
DENDA = LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free")
RULES = evolve(policy("id.kol.pindar"), late_charge=DENDA)


def late(days):
    return DUE + timedelta(days=days)


PAID = Payment("P-1", late(10), D(400_000))


def changed(before, after, *, day=35, relied=()):
    return diff_positions(
        replay(DEBT, before, RULES, late(day)), replay(DEBT, after, RULES, late(day)), relied=relied
    )


def test_a_backdated_payment_that_had_been_missing():
    found = changed([], [Payment("P-0", late(0), D(1_000_000))], day=20)
    assert found.days_past_due == (20, 0)
    assert found.class_code == ("2", "1")  # 1 to 30 days is the second class of a pindar, 0 the first
    assert found.late_charge == (100_000, 0)
    split = found.splits[0]
    assert (split.event, split.before) == ("P-0", None)
    assert (split.after.interest, split.after.principal) == (100_000, 900_000)
    cells = {
        (cell.instalment, cell.component, cell.field): (cell.before, cell.after) for cell in found.balances
    }
    assert cells[1, PRINCIPAL, "outstanding"] == (900_000, 0)
    assert cells[1, INTEREST, "paid"] == (0, 100_000)
    assert cells[1, LATE_CHARGE, "due"] == (100_000, 0)
    assert {number for number, _, _ in cells} == {1}


def test_an_event_that_is_added_shifts_what_later_payments_settle():
    found = changed([PAID], [PAID, Payment("P-0", late(5), D(300_000))])
    splits = {one.event: one for one in found.splits}
    # P-1 settled the interest and 300.000 of principal; P-0 has settled the interest before it
    assert (splits["P-1"].before.interest, splits["P-1"].before.principal) == (100_000, 300_000)
    assert (splits["P-1"].after.interest, splits["P-1"].after.principal) == (0, 400_000)


def test_an_event_that_is_removed_is_told_as_gone():
    found = changed([PAID], [])
    assert [(one.event, one.after) for one in found.splits] == [("P-1", None)]
    assert found.late_charge[1] > found.late_charge[0]


def test_money_that_is_held_shows_as_unapplied():
    assert changed([], [Payment("P", late(0), D(2_500_000))], day=0).unapplied == (0, 1_500_000)


RELIED = [
    # kind, made after so many days; whether a payment backdated to day 10 takes the ground from it
    ("letter", 9, False),
    ("letter", 10, True),
    ("promise", 12, True),
    ("quote", 35, True),
]


@pytest.mark.parametrize(("kind", "days", "lost"), RELIED)
def test_what_was_made_before_the_event_s_day_still_holds(kind, days, lost):
    made = Relied("X", kind, late(days), fingerprint(DEBT, [], RULES, late(days)))
    assert changed([], [PAID], relied=[made]).no_longer_hold == ((made,) if lost else ())


def test_a_reversal_takes_the_ground_only_from_what_was_made_since():
    undone = [PAID, Reversal("R", late(20), "P-1")]
    made = [
        Relied(str(day), "letter", late(day), fingerprint(DEBT, [PAID], RULES, late(day))) for day in (19, 20)
    ]
    assert changed([PAID], undone, relied=made).no_longer_hold == (made[1],)


def test_a_waiver_changes_balances_and_no_split():
    found = changed([PAID], [PAID, Waiver("W", late(30), LATE_CHARGE)])
    assert found.splits == ()
    assert {(cell.component, cell.field) for cell in found.balances} == {
        (LATE_CHARGE, "waived"),
        (LATE_CHARGE, "outstanding"),
    }


@given(histories(), st.data())
@settings(max_examples=40)
def test_nothing_differs_from_itself_and_a_difference_turns_around(history, data):
    contract, events, rules, as_of = history
    kept = [event for event in events if isinstance(event, Payment)]
    fewer = [event for event in kept if data.draw(st.booleans())]
    one, other = replay(contract, kept, rules, as_of), replay(contract, fewer, rules, as_of)
    assert not diff_positions(one, one)
    there, back = diff_positions(one, other), diff_positions(other, one)
    for name in ("days_past_due", "class_code", "late_charge", "unapplied"):
        pair = getattr(there, name)
        assert getattr(back, name) == (pair and pair[::-1])
    moved = {
        (cell.instalment, cell.component, cell.field): (cell.before, cell.after) for cell in there.balances
    }
    for cell in back.balances:
        assert moved[cell.instalment, cell.component, cell.field] == (cell.after, cell.before)
    assert {split.event for split in there.splits} == {split.event for split in back.splits}


@given(histories())
@settings(max_examples=40)
def test_splits_are_of_standing_payments_and_no_larger_than_they(history):
    contract, events, rules, as_of = history
    position = replay(contract, events, rules, as_of)
    amounts = {payment.id: payment.amount for payment in position.payments}
    for event, split in splits_of(position).items():
        if event in amounts:
            assert split.total <= amounts[event]


def test_two_policies_are_compared_too():
    one = replay(DEBT, [], RULES, late(20))
    other = replay(DEBT, [], Policy(), late(20))
    assert diff_positions(one, other).late_charge == (100_000, 0)
