"""Laws of offers, over any history: what was moved adds up, what was shown is what is replayed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.properties.histories import DAYS, contracts, events_of, policies, possible

from tagih import EventError, InputError, Payment, Restructure, Rounding, WriteOff, replay
from tagih.arrangements import (
    BASES,
    ArrearsToEnd,
    Debts,
    NewPlan,
    PayoffTerms,
    Penalty,
    PlanTerms,
    PrepayTerms,
    ReAge,
    RestructureTerms,
    SaleTerms,
    SettlementTerms,
    arrears_to_end,
    payoff,
    payoff_proposal,
    plan,
    prepayment,
    quote,
    reage,
    reamortise,
    restructure,
    sale,
    settlement,
)
from tagih.contracts import INTEREST, LATE_CHARGE, PRINCIPAL
from tagih.offers.proposal import by_component, claim, instalment, owed_rows, parts_of
from tagih.schedules import Rate

EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
LATER = (0, 1, 20, 120)


@st.composite
def positions(draw):
    contract, policy, as_of = draw(contracts()), draw(policies()), draw(DAYS)
    known = [event for event in draw(events_of(contract)) if event.effective_on <= as_of]
    days = [as_of, *(as_of + timedelta(days=n) for n in LATER)]
    events = possible(contract, known, policy, days)
    position = replay(contract, events, policy, as_of)
    assume(not position.written_off.total)
    return position


@st.composite
def plans(draw):
    size = draw(st.sampled_from(["monthly", "months", "both"]))
    return PlanTerms(
        monthly=draw(st.integers(500, 60_000)) if size != "months" else None,
        months=draw(st.integers(1, 9)) if size != "monthly" else None,
        down_share=draw(st.sampled_from([None, "0.1", "0.5"])) if size != "both" else None,
        step=draw(st.sampled_from([0, 0, 700])),
        unit=draw(st.sampled_from([1, 500, 1000])),
        late_charges=draw(st.sampled_from(["run", "stop", "waived"])),
        age=draw(st.sampled_from(["runs", "stands"])),
        cure_days=draw(st.integers(0, 5)),
        counts=draw(st.booleans()),
    )


@st.composite
def settlements(draw):
    how = draw(st.sampled_from(["base", "waive"]))
    terms = {"base": draw(st.sampled_from(BASES)), "discount": draw(SHARES)}
    if how == "waive":
        terms = {"waive": {kind: draw(SHARES) for kind in ("late_charge", "fee", "interest", "principal")}}
    return SettlementTerms(
        **terms,
        down_share=draw(st.sampled_from([None, "0.25"])),
        payments=draw(st.integers(1, 4)),
        every_days=draw(st.sampled_from([None, 10])),
        unit=draw(st.sampled_from([1, 500])),
        cure_days=draw(st.integers(0, 3)),
    )


SHARES = st.sampled_from(["0", "0.1", "0.333", "0.5", "1"])
PAYOFFS = st.builds(
    PayoffTerms,
    rebate=st.sampled_from(["actuarial", "sum_of_digits", "pro_rata", "scheduled", "none"]),
    current=st.sampled_from(["to_day", "whole", "none"]),
    annual_rate=st.sampled_from([None, None, "0.24", "3"]),
    balance=st.sampled_from(["scheduled", "actual"]),
    round_each=st.sampled_from(["once", "day"]),
    day_count=st.sampled_from(["ACT/365F", "ACT/360", "30/360"]),
    period_rate=st.just("0.02"),
    penalty=st.sampled_from([Penalty(), Penalty("0.03"), Penalty("0.01", "payoff"), Penalty(amount=5000)]),
    fees=st.sampled_from([(), (("admin", D(2500)),)]),
    rounding=st.sampled_from([Rounding(), Rounding(D(100), "up")]),
)


def offered(make, position, *terms):
    """The proposal, or no example where the position has none to make."""
    try:
        return make(position, *terms)
    except InputError:
        assume(False)


def figures(position):
    parts = {part: amount for part, amount in position.outstanding.parts if amount}
    return parts, position.days_past_due, position.overdue_instalments, position.unapplied


def restored(position, proposal, events, on):
    """Accepted, and broken on ``on``: from then on all is as if it had never been."""
    everything = (*position.events, *events, *proposal.undone("A", on))
    for later in LATER:
        day = on + timedelta(days=later)
        before = replay(position.contract, position.events, position.policy, day)
        after = replay(position.contract, everything, position.policy, day)
        assert figures(after) == figures(before)


def kept(position, proposal):
    """Accepted, and paid to the letter, up to the proposal's last day."""
    events = (*position.events, *proposal.events("A"), *proposal.payments("A"))
    return replay(position.contract, events, position.policy, proposal.ends_on)


@st.composite
def lost(draw):
    """Positions that were written off, whole or in part, some days ago."""
    position = draw(positions())
    parts = draw(st.sampled_from([(), (), (PRINCIPAL, INTEREST), (LATE_CHARGE,)]))
    events = (*position.events, WriteOff("gone", position.as_of, parts))
    today = position.as_of + timedelta(days=draw(st.sampled_from([1, 40])))
    try:
        gone = replay(position.contract, events, position.policy, today)
    except EventError:
        assume(False)
    assume(gone.written_off.total)
    return gone


@EXAMPLES
@given(lost(), settlements(), st.integers(0, 60))
def test_a_lost_debt_that_is_settled_is_recovered_and_never_young_again(position, terms, days):
    proposal = offered(settlement, position, terms)
    moved = {part: amount for part, amount in added_moves(proposal).items() if amount}
    assert moved == {part: amount for part, amount in claim(position).parts if amount}
    day = position.as_of + timedelta(days=days)
    restored(position, proposal, proposal.events("A"), day)
    known = (*position.events, *proposal.events("A"))
    if day < proposal.becomes[0].effective_on and not position.unapplied:
        alone = replay(position.contract, position.events, position.policy, day)
        running = replay(position.contract, known, position.policy, day)
        assert running.days_past_due == alone.days_past_due
        assert running.written_off == alone.written_off
    events = (*known, *proposal.payments("A"))
    end = replay(position.contract, events, position.policy, proposal.becomes[0].effective_on)
    assert end.outstanding.total == end.written_off.total == 0
    assert end.unapplied == 0 or end.policy.waterfall is not None


@EXAMPLES
@given(lost(), PAYOFFS)
def test_a_lost_debt_that_is_paid_off_is_closed_to_zero(position, terms):
    proposal = offered(payoff_proposal, position, terms)
    assume(payoff(position, terms).total >= 0)
    for later in LATER:
        closed = replay(
            position.contract,
            (*position.events, *proposal.events("A")),
            position.policy,
            position.as_of + timedelta(days=later),
        )
        assert closed.outstanding.total == closed.written_off.total == closed.unapplied == 0


def added_moves(proposal):
    moved = {}
    for move in proposal.moves:
        moved[move.component] = moved.get(move.component, D(0)) + move.amount
    return moved


def adds_up(proposal, position):
    moved = {}
    for move in proposal.moves:
        assert move.amount > 0
        moved[move.component] = moved.get(move.component, D(0)) + move.amount
    owed = by_component(owed_rows(position))
    assert moved == {part: amount for part, amount in owed.parts if amount}


@EXAMPLES
@given(positions(), plans(), st.integers(0, 60))
def test_a_plan_adds_up_and_a_break_restores_the_position_to_the_rupiah(position, terms, days):
    proposal = offered(plan, position, terms)
    adds_up(proposal, position)
    restored(position, proposal, proposal.events("A"), position.as_of + timedelta(days=days))


@EXAMPLES
@given(positions(), plans())
def test_a_plan_that_is_kept_leaves_nothing_in_arrears_on_its_last_day(position, terms):
    # what grace holds back on the day of the plan is charged when grace runs out, pause or not
    assume(terms.late_charges == "run" or all(line.charged for line in position.lines))
    proposal = offered(plan, position, terms)
    own = [paid.on for paid in proposal.pays if paid.purpose in ("arrears", "up_front")]
    events = (*position.events, *proposal.events("A"), *proposal.payments("A"))
    last = replay(position.contract, events, position.policy, max(own))
    later = sum((paid.amount for paid in proposal.pays if paid.on > max(own)), D(0))
    if terms.late_charges != "run" or position.policy.waterfall is None:
        assert last.outstanding.total - last.unapplied == later
    if position.policy.waterfall is None and not terms.counts:
        # money that a lender has put aside for a component stays there until something new falls due
        held = min(position.unapplied, last.unapplied)
        assert last.arrears.total + last.due_today.total <= held


@EXAMPLES
@given(positions(), settlements(), st.integers(0, 60))
def test_a_settlement_adds_up_and_a_break_withdraws_it_to_the_rupiah(position, terms, days):
    proposal = offered(settlement, position, terms)
    adds_up(proposal, position)
    restored(position, proposal, proposal.events("A"), position.as_of + timedelta(days=days))


@EXAMPLES
@given(positions(), settlements())
def test_a_settlement_that_is_kept_ends_the_debt(position, terms):
    late = position.policy.late_charge
    # what falls due early is then charged on that very day, and a pause begins on the next
    assume(not (late and late.after_acceleration == "continue" and late.counting == "due_day_counted"))
    # what grace holds back on the day of the offer is charged when grace runs out, pause or not
    assume(all(line.charged for line in position.lines))
    proposal = offered(settlement, position, terms)
    end = kept(position, proposal)
    assert end.outstanding.total == end.unapplied
    whole = proposal.waived.total + proposal.moved("saved").total + proposal.moved("collected").total
    assert whole == position.outstanding.total


@EXAMPLES
@given(positions(), PAYOFFS, st.integers(0, 40))
def test_a_quote_paid_on_its_day_closes_the_contract_to_zero(position, terms, length):
    made = offered(quote, position, terms, position.as_of + timedelta(days=length))
    for day in {position.as_of, made.good_through}:
        at = replay(position.contract, position.events, position.policy, day)
        assume(payoff(at, terms).total >= 0)
        proposal = offered(payoff_proposal, at, terms)
        adds_up(proposal, at)
        paid = sum((paid.amount for paid in proposal.pays), D(0))
        assert paid == made.on(day).total
        for later in LATER:
            closed = replay(
                position.contract,
                (*position.events, *proposal.events("A")),
                position.policy,
                day + timedelta(days=later),
            )
            assert closed.outstanding.total == closed.unapplied == 0


@EXAMPLES
@given(positions(), st.integers(1, 99), st.sampled_from(["term", "instalment"]))
def test_a_prepayment_replayed_gives_the_rows_that_were_proposed(position, percent, keep):
    amount = position.not_due.principal * percent // 100
    terms = PrepayTerms(max(amount, 1), keep=keep, period_rate="0.02", penalty_share="0.02")
    proposal = offered(prepayment, position, terms)
    adds_up(proposal, position)
    after = replay(
        position.contract, (*position.events, *proposal.events("A")), position.policy, position.as_of
    )
    planned = {row.number for row in proposal.new}
    rows = [row for row in after.instalments if row.number in planned]
    assert tuple(instalment(row.number, row.due_on, row.due.parts) for row in rows) == proposal.new
    # held money that the new rows put to use at once, in the lender's own order, comes off them
    credit = position.unapplied - after.unapplied
    assert after.outstanding.total == sum((row.total for row in proposal.new), D(0)) - credit
    if not credit:
        assert owed_rows(after) == proposal.new
    if not position.unapplied:
        if position.policy.late_charge is not None:
            return  # some late charges run on the due day itself, paid or not
        end = kept(position, proposal)
        assert end.outstanding.total == end.unapplied  # some waterfalls leave fees and hold the money


MONTHLY = [None, Rate(D(0), "month"), Rate(D("0.02"), "month")]
TREATED = ["capitalise", "defer", "collect", "waive"]


@st.composite
def new_plans(draw):
    return RestructureTerms(
        NewPlan(
            draw(st.integers(1, 8)),
            draw(st.sampled_from(MONTHLY)),
            draw(st.sampled_from(["annuity", "equal_principal"])),
        ),
        Debts(
            interest=draw(st.sampled_from(TREATED)),
            running=draw(st.sampled_from(["continue", *TREATED])),
            fee=draw(st.sampled_from(["keep", *TREATED])),
            late_charge=draw(st.sampled_from(["keep", *TREATED])),
            waive=draw(st.sampled_from([{}, {"fee": 1}, {"late_charge": 1}])),
            deferred_to=draw(st.sampled_from(["last", "spread"])),
        ),
        up_front=draw(st.sampled_from([0, 0, 1, 3000])),
        fee=draw(st.sampled_from([0, 0, 500])),
    )


@EXAMPLES
@given(positions(), new_plans(), st.integers(0, 60))
def test_a_new_plan_replayed_is_what_was_proposed_and_undone_it_never_was(position, terms, days):
    new_plan_holds(position, offered(restructure, position, terms), days)


@EXAMPLES
@given(positions(), st.sampled_from(["end", "reage", "reamortise"]), st.integers(0, 60))
def test_a_plan_on_other_days_replayed_is_what_was_proposed_and_undone_it_never_was(position, how, days):
    make = {
        "end": lambda at: arrears_to_end(at, ArrearsToEnd(2)),
        "reage": lambda at: reage(at, ReAge(at.as_of + timedelta(days=9), 3)),
        "reamortise": reamortise,
    }[how]
    new_plan_holds(position, offered(make, position), days)


def new_plan_holds(position, offer, days):
    """Every part of the old rows is accounted for, the new ones are owed, and a break leaves no trace."""
    moved = {}
    for move in offer.moves:
        assert move.amount > 0
        moved[move.component] = moved.get(move.component, D(0)) + move.amount
    assert moved == {part: amount for part, amount in by_component(offer.old).parts if amount}
    events = (*position.events, *offer.events("A"))
    after = replay(position.contract, events, position.policy, position.as_of)
    (change,) = (event for event in offer.becomes if isinstance(event, Restructure))
    made = {row.number: row for row in change.instalments}
    found = [row for row in after.instalments if row.number in made]
    assert {row.number: instalment(row.number, row.due_on, row.due.parts) for row in found} == {
        number: instalment(number, row.due_on, parts_of(row)) for number, row in made.items()
    }
    # money up front that finds no debt yet is held, as credit of before is
    net = after.outstanding.total - after.unapplied
    if net >= 0:
        asked = [paid.amount for paid in offer.pays if paid.purpose in ("instalment", "arrears")]
        assert sum(asked, D(0)) == net
    if not any(isinstance(event, Payment) for event in offer.becomes):
        restored(position, offer, offer.events("A"), position.as_of + timedelta(days=days))


@EXAMPLES
@given(positions(), st.integers(0, 900_000), st.integers(0, 90), st.integers(0, 40))
def test_a_sale_leaves_what_it_says(position, price, percent, early):
    terms = SaleTerms(
        price,
        {"tarik": 15_000},
        D(percent) / 1000,
        accelerated_on=max(position.as_of - timedelta(days=early), date(2026, 1, 5)),
    )
    proposal = offered(sale, position, terms)
    adds_up(proposal, position)
    still = next(effect.after for effect in proposal.effects if effect.name == "deficiency")
    for later in LATER:
        after = replay(
            position.contract,
            (*position.events, *proposal.events("A")),
            position.policy,
            position.as_of + timedelta(days=later),
        )
        if position.policy.late_charge is None or position.policy.late_charge.after_acceleration == "stop":
            assert after.outstanding.total - after.unapplied == still


@pytest.mark.heavy
@settings(parent=EXAMPLES, max_examples=600)
@given(positions(), settlements(), PAYOFFS, plans())
def test_every_offer_of_any_history_adds_up_and_can_be_undone(position, discount, terms, parts):
    for make, asked in ((settlement, discount), (plan, parts)):
        try:
            proposal = make(position, asked)
        except InputError:
            continue
        adds_up(proposal, position)
        restored(position, proposal, proposal.events("A"), position.as_of + timedelta(days=3))
    assert payoff(position, terms).principal == position.outstanding.principal
