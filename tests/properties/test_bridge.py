"""Laws of the bridge: whatever happened, and whatever became known later, it closes to zero."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from tagih import Payment, replay
from tagih.bridge import MOVES, bridges
from tagih.policies import rule

from .histories import DAYS, SPAN, START, contracts, events_of, policies, possible

END = START + timedelta(days=SPAN + 30)
CLASSES = rule("id.kol.bank.2019")


@st.composite
def histories(draw):
    contract, policy = draw(contracts()), draw(policies())
    days = sorted((draw(DAYS), draw(st.just(END) | DAYS)))
    assume(days[0] < days[1])
    return contract, possible(contract, draw(events_of(contract)), policy, days), policy, *days


def closed(before, after):
    """The bridge of one contract; closes, and the moves add up to nothing."""
    (bridge,) = bridges([before], [after], scheme=CLASSES)
    assert bridge.closes, [entry for entry in bridge.entries if entry.line == "unexplained"]
    total = bridge.row()
    assert total.before.total == before.outstanding.total
    assert total.after.total == after.outstanding.total
    assert all(total.line(line).total == 0 for line in MOVES)
    return bridge


@given(histories())
def test_any_history_closes_between_any_two_days(history):
    contract, events, policy, start, end = history
    closed(replay(contract, events, policy, start), replay(contract, events, policy, end))


@given(histories(), st.sets(st.integers(0, 8)))
def test_payments_that_became_known_later_close_too(history, later):
    contract, events, policy, start, end = history
    payments = [event for event in events if isinstance(event, Payment)]
    hidden = {payments[i].id for i in later if i < len(payments)}
    known = [e for e in events if e.id not in hidden and getattr(e, "target", "") not in hidden]
    known = possible(contract, known, policy, [start])
    closed(replay(contract, known, policy, start), replay(contract, events, policy, end))


@given(histories(), policies())
def test_other_rules_for_the_same_past_are_a_line_of_their_own(history, other):
    contract, events, policy, start, end = history
    events = possible(contract, events, other, [start, end])
    closed(replay(contract, events, policy, start), replay(contract, events, other, end))
