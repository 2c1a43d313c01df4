"""Laws of looking ahead: the least payment works, one unit less does not; the next bucket has its day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from tagih import Payment, replay
from tagih.aging import age
from tagih.outlook import outlook
from tagih.policies import Arrears, Tolerance, rule

from .histories import DAYS, contracts, events_of, policies, possible

SCHEMES = [rule("id.kol.bank.2019"), rule("id.kol.mf.2018"), rule("buckets.30-60-90")]
TOLERANCES = st.sampled_from([Tolerance(), Tolerance(amount=Decimal(5000)), Tolerance(share=Decimal("0.05"))])


@st.composite
def questions(draw):
    contract, policy = draw(contracts()), draw(policies())
    policy = evolve(policy, arrears=Arrears(tolerance=draw(TOLERANCES)))
    as_of = draw(DAYS)
    events = possible(contract, draw(events_of(contract, most=5)), policy, [as_of])
    position = replay(contract, events, policy, as_of)
    return position, draw(st.sampled_from(SCHEMES)), as_of + timedelta(days=draw(st.integers(1, 60)))


def after(position, paid: Decimal, day: date):
    """The position on ``day`` if only ``paid`` is paid, today."""
    known = [event for event in position.events if event.effective_on <= position.as_of]
    more = [Payment("TRIED", position.as_of, paid, sequence=1 << 20)] if paid else []
    return replay(position.contract, [*known, *more], position.policy, day)


@given(questions(), st.lists(st.integers(0, 400_000), max_size=3))
def test_the_least_payment_works_and_one_unit_less_does_not(question, others):
    position, scheme, until = question
    found = outlook(position, until=until, scheme=scheme)

    def place(paid, day):
        return scheme.place(age(after(position, paid, day), scheme).bucket.code)

    now = place(Decimal(0), position.as_of)
    questions = (
        (found.to_stay, lambda paid: place(paid, until) <= now),
        (found.to_improve, lambda paid: place(paid, position.as_of) < now),
        (found.to_become_current, lambda paid: not after(position, paid, position.as_of).days_past_due),
    )
    for least, works in questions:
        if least is None:
            assert not any(works(Decimal(amount)) for amount in others)
            continue
        assert works(least)
        if least:
            assert not works(least - found.unit)
        for amount in others:
            assert works(Decimal(amount)) == (amount >= least)


@given(questions())
def test_the_next_bucket_is_entered_on_its_day_and_not_the_day_before(question):
    position, scheme, _ = question
    found = outlook(position, scheme=scheme)
    if found.next_on is None:
        return
    assume((found.next_on - position.as_of).days < 400)
    before = age(after(position, Decimal(0), found.next_on - timedelta(days=1)), scheme).bucket.code
    then = age(after(position, Decimal(0), found.next_on), scheme).bucket.code
    assert scheme.place(before) <= scheme.place(found.now) < scheme.place(then)
    assert then == found.next
