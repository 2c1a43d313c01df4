"""Laws of the ledger, over histories that hypothesis makes up."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from tagih import Payment, Position, Reversal, replay

from .histories import DAYS, SPAN, START, contracts, events_of, policies, possible

END = START + timedelta(days=SPAN + 30)


@st.composite
def histories(draw):
    contract, policy = draw(contracts()), draw(policies())
    as_of = draw(DAYS)
    events = possible(contract, draw(events_of(contract)), policy, [as_of, END])
    return contract, events, policy, as_of


def figures(position: Position) -> object:
    """Everything that a position says, without the events that led to it."""
    return (
        position.days_past_due, position.overdue_instalments, position.cause, position.unapplied,
        position.outstanding, position.late_charges_run_up, position.instalments, position.lines,
    )  # fmt: skip


FIELDS = ("due", "paid", "waived", "restructured", "written_off", "outstanding")


@given(histories())
def test_nothing_is_lost_per_instalment_and_component(history):
    contract, events, policy, as_of = history
    for day in (as_of, END):
        position = replay(contract, events, policy, day)
        for row in position.instalments:
            for _, balance in row.balances:
                amounts = [getattr(balance, name) for name in FIELDS]
                assert amounts[0] == sum(amounts[1:])
                assert all(amount >= 0 for amount in amounts)
        outstanding = sum(row.outstanding.total for row in position.instalments)
        assert outstanding == position.outstanding.total
        assert position.arrears.total + position.due_today.total + position.not_due.total == outstanding


@given(histories())
def test_nothing_is_lost_per_payment(history):
    contract, events, policy, _ = history
    position = replay(contract, events, policy, END)
    used: dict[str, Decimal] = defaultdict(Decimal)
    for line in position.lines:
        if line.kind in ("settled", "recovered", "refunded"):
            used[line.event] += line.amount
    back: dict[str, Decimal] = defaultdict(Decimal)
    for line in position.lines:
        if line.kind == "charged_back":
            back[line.event] += line.amount
            if line.component is not None:
                used[line.event] -= line.amount
    unapplied = dict(position.unapplied_by_payment)
    assert sum(unapplied.values(), Decimal(0)) == position.unapplied
    for payment in position.payments:
        assert payment.amount == used[payment.id] + back[payment.id] + unapplied.get(payment.id, 0)


SIGNS = {
    # kind of line: what it adds to due, paid, waived, restructured, written off
    "run_up": (1, 0, 0, 0, 0),
    "capped": (1, 0, 0, 0, 0),
    "charged": (1, 0, 0, 0, 0),
    "planned": (1, 0, 0, 0, 0),
    "settled": (0, 1, 0, 0, 0),
    "charged_back": (0, -1, 0, 0, 0),
    "recovered": (0, 1, 0, 0, -1),
    "unrecovered": (0, -1, 0, 0, 1),
    "waived": (0, 0, 1, 0, 0),
    "forgiven": (0, 0, 1, 0, -1),
    "written_off": (0, 0, 0, 0, 1),
    "restructured": (0, 0, 0, 1, 0),
}


@given(histories())
def test_the_lines_add_up_to_every_balance(history):
    contract, events, policy, _ = history
    position = replay(contract, events, policy, END)
    sums: dict[tuple, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 5)
    for row in contract.instalments:
        for part, amount in (("principal", row.principal), ("interest", row.interest), *row.fees):
            sums[row.number, "", str(part)][0] += amount
    for line in position.lines:
        if line.component is None or (line.kind in ("run_up", "capped") and not line.charged):
            continue
        at = sums[line.instalment, line.charge if line.instalment is None else "", str(line.component)]
        for i, sign in enumerate(SIGNS[line.kind]):
            at[i] += sign * line.amount
    found = {}
    for row in position.instalments:
        for part, balance in row.balances:
            found[row.number, row.charge if row.number is None else "", str(part)] = [
                getattr(balance, name) for name in FIELDS[:5]
            ]
    assert {key: amounts for key, amounts in sums.items() if any(amounts)} == found


@given(histories(), st.randoms(use_true_random=False))
def test_entry_order_does_not_matter(history, random):
    contract, events, policy, as_of = history
    shuffled = list(events)
    random.shuffle(shuffled)
    for day in (as_of, END):
        assert figures(replay(contract, shuffled, policy, day)) == figures(
            replay(contract, events, policy, day)
        )


@given(histories(), st.data())
def test_from_the_day_of_a_reversal_its_target_never_was_and_before_it_nothing_changed(history, data):
    contract, events, policy, as_of = history
    targets = [event for event in events if not isinstance(event, Reversal)]
    undone = {event.target for event in events if isinstance(event, Reversal)}
    targets = [event for event in targets if event.id not in undone]
    if not targets:
        return
    target = data.draw(st.sampled_from(targets))
    on = max(as_of, target.effective_on)
    reversal = Reversal("undo", on, target.id)
    without = [event for event in events if target.id not in (event.id, getattr(event, "target", ""))]
    dangling = len(without) != len(events) - 1
    if dangling or possible(contract, without, policy, [on, END]) != without:
        return  # another event leans on the target; undoing it is refused
    with_it = [*events, reversal]
    for day in (on, END):
        assert figures(replay(contract, with_it, policy, day)) == figures(
            replay(contract, without, policy, day)
        )
    before = on - timedelta(days=1)
    assert figures(replay(contract, with_it, policy, before)) == figures(
        replay(contract, events, policy, before)
    )


@given(histories(), DAYS)
def test_what_has_run_up_stays_whatever_happens_later(history, later):
    contract, events, policy, as_of = history
    first, last = sorted((as_of, later))
    known = [event for event in events if event.effective_on <= first]
    known = possible(contract, known, policy, [first, last])
    before = replay(contract, known, policy, first).late_charges_run_up
    assert replay(contract, known, policy, last).late_charges_run_up >= before


@given(histories())
def test_same_question_same_answer_and_nothing_given_is_changed(history):
    contract, events, policy, as_of = history
    copy = list(events)
    assert figures(replay(contract, events, policy, as_of)) == figures(
        replay(contract, events, policy, as_of)
    )
    assert events == copy


@given(histories(), st.integers(1, 200_000).map(Decimal))
def test_a_payment_never_makes_a_contract_later(history, amount):
    contract, events, policy, as_of = history
    events = [event for event in events if event.effective_on <= as_of]
    assume(possible(contract, [*events, Payment("more", as_of, amount)], policy, [as_of])[-1].id == "more")
    before = replay(contract, events, policy, as_of)
    after = replay(contract, [*events, Payment("more", as_of, amount)], policy, as_of)
    assert after.days_past_due <= before.days_past_due
    assert after.outstanding.total <= before.outstanding.total
