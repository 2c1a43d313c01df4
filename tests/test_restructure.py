"""A new schedule in place of the old: where every rupiah goes, and what it costs each side.

The second method of the cases is in this file: plain day-by-day or month-by-month Fractions.
"""

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagih.contracts import Charge, Component, Contract, Instalment, Payment, Restructure
from tagih.dates import add_months
from tagih.errors import InputError, PolicyError
from tagih.ledger import replay
from tagih.offers.cost import Household, WorthBy
from tagih.offers.proposal import by_component, parts_of
from tagih.offers.restructure import (
    Debts,
    NewPlan,
    RestructureTerms,
    Running,
    restructure,
    running_interest,
)
from tagih.policies import Policy, policy
from tagih.schedules import Grace, Rate, Step, annuity, equal_principal, flat

FEE, LATE = Component("fee"), Component("late_charge")
FIRST = date(2026, 1, 31)


def loan(months=12, paid=0, *, principal=12_000_000, rate="0.02", made=annuity, **more):
    """A loan from 31 December 2025, with the first instalments paid in time."""
    rows = made(principal=principal, monthly_rate=D(rate), months=months, first_due=FIRST)
    contract = Contract("MF-1", rows, signed_on=date(2025, 12, 31), principal=D(principal), **more)
    return contract, [Payment(f"P-{row.number}", row.due_on, row.total) for row in rows[:paid]]


def at(day, contract, events=(), chosen=None):
    return replay(contract, events, chosen or Policy(), day)


def monthly(rate):
    return Rate(D(rate), "month")


# --- laws -------------------------------------------------------------------------------------

TREATED = st.sampled_from(["capitalise", "defer", "collect", "waive"])
PLANS = st.builds(
    NewPlan,
    instalments=st.integers(2, 40),
    rate=st.sampled_from([monthly("0"), monthly("0.01"), monthly("0.025"), None]),
    method=st.sampled_from(["annuity", "flat", "equal_principal"]),
    grace=st.sampled_from([Grace(), Grace(principal=1), Grace(interest=1, later="capitalised")]),
    balloon=st.sampled_from([D(0), D(500_000)]),
)
DEBTS = st.builds(
    Debts,
    interest=TREATED,
    running=TREATED | st.just("continue"),
    fee=TREATED | st.just("keep"),
    late_charge=TREATED | st.just("keep"),
    waive=st.sampled_from([{}, {"principal": 100_000}]),
    deferred_to=st.sampled_from(["last", "first", "spread"]),
)
TERMS = st.builds(
    RestructureTerms,
    plan=PLANS,
    debts=DEBTS,
    up_front=st.sampled_from([D(0), D(250_000), D(2_000_000)]),
    fee=st.sampled_from([D(0), D(50_000)]),
)
STORIES = st.tuples(
    st.integers(0, 11),
    st.integers(1, 13 * 31),
    st.sampled_from([annuity, flat, equal_principal]),
    st.booleans(),
)


def story(paid, days, made, charged):
    """A position: some instalments paid, perhaps a fee and late charges, some days after signing."""
    contract, events = loan(paid=paid, made=made)
    if charged:
        events.append(Charge("C-1", date(2026, 1, 5), FEE, D(75_000)))
        events.append(Charge("C-2", date(2026, 1, 6), LATE, D(31_000), instalment=12))
    late = policy("id.late.mf.market.motor")
    day = max(date(2025, 12, 31) + timedelta(days=days), date(2026, 1, 7))
    return at(day, contract, events, late)


@settings(max_examples=100, deadline=None)
@given(STORIES, TERMS)
def test_an_accepted_restructure_replays_to_the_plan_that_was_proposed(told, terms):
    position = story(*told)
    try:
        offer = restructure(position, terms)
    except InputError as refusal:
        assert refusal.code in {
            "restructure.nothing", "restructure.up_front", "restructure.waive_more",
            "schedule.balloon", "schedule.grace",
            "schedule.never_amortises",
        }, refusal  # fmt: skip
        return
    events = (*position.events, *offer.events("R-1"))
    after = replay(position.contract, events, position.policy, position.as_of)
    rows = {row.number: row for row in after.instalments if row.number}
    credit = position.unapplied
    made = next(event for event in offer.becomes if isinstance(event, Restructure)).instalments
    for row in made:
        found = rows[row.number]
        assert found.due_on == row.due_on
        assert {p: a for p, a in found.due.parts if a} == dict(parts_of(row))
        if not credit:
            assert {p: a for p, a in found.outstanding.parts if a} == dict(parts_of(row))
    if not credit:
        owed = {row.number or 0: row.outstanding for row in after.instalments if row.outstanding.total}
        assert {n: a.total for n, a in owed.items()} == {row.number: row.total for row in offer.new if row.total}
    assert after.outstanding.total == sum(row.total for row in offer.new)
    assert after.unapplied == position.unapplied


@settings(max_examples=60, deadline=None)
@given(STORIES, TERMS)
def test_what_was_moved_adds_up_and_is_owed_by_the_new_rows(told, terms):
    position = story(*told)
    try:
        offer = restructure(position, terms)
    except InputError:
        return
    made = next(event for event in offer.becomes if isinstance(event, Restructure)).instalments
    owed, new = by_component(offer.old), by_component(made)
    for part, amount in owed.parts:
        assert sum(move.amount for move in offer.moves if move.component == part) == amount
    assert all(move.amount > 0 for move in offer.moves)
    grown = offer.moved("capitalised").total
    grace = new.principal - offer.moved("new").principal - grown
    assert grace >= 0 if terms.plan.grace.interest else grace == 0
    assert offer.up_front == terms.up_front + terms.fee + sum(
        (move.amount for move in offer.moves if move.to == "collected"), -terms.up_front
    )
    assert offer.cost.extra == (
        sum(paid.amount for paid in offer.pays) - offer.cost.old - offer.cost.late_charges
    )


@settings(max_examples=60, deadline=None)
@given(STORIES, TERMS, st.integers(1, 400))
def test_a_cancelled_restructure_restores_the_position_to_the_rupiah(told, terms, later):
    position = story(*told)
    try:
        offer = restructure(position, terms)
    except InputError:
        return
    day = position.as_of + timedelta(days=later)
    became = offer.events("R-1")
    undone = offer.undone("R-1", day)
    broken = replay(position.contract, (*position.events, *became, *undone), position.policy, day)
    gone = {event.target for event in undone}
    assert gone >= {event.id for event in became if isinstance(event, Restructure)}
    stands = [event for event in became if event.id not in gone]
    assert all(isinstance(event, Payment | Charge) for event in stands)
    never = replay(position.contract, (*position.events, *stands), position.policy, day)
    assert broken.outstanding == never.outstanding
    assert broken.days_past_due == never.days_past_due
    assert broken.unapplied == never.unapplied
    if not terms.up_front and not terms.fee and not offer.moved("collected").total:
        untouched = replay(position.contract, position.events, position.policy, day)
        assert (broken.outstanding, broken.instalments) == (untouched.outstanding, untouched.instalments)
