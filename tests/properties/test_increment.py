"""A portfolio carried on from day to day gives what the full run of each day gives, in every cell."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import polars as pl
import pytest
from attrs import evolve

from tagih.portfolio.increment import begin_with, increment_with, load, save
from tagih.portfolio.many import answer
from tagih.portfolio.tables import Tables, from_values

from .portfolio_histories import KINDS, RARE, SPAN, START, contract, events, policy
from .test_portfolio import same


class Lender:
    """Contracts that come on a day, and events that come on their own, before it or after it."""

    def __init__(self, seed: int, size: int, kinds: tuple[str, ...], policies: int = 6) -> None:
        random = Random(seed)
        self.rules = {f"P{n}": policy(random) for n in range(policies)}
        self.pairs, self.chosen, self.came = [], {}, {}
        for n in range(size):
            one = contract(random, f"C-{n:05}")
            own = events(random, one, kinds)
            self.pairs.append((one, own))
            self.chosen[one.id] = random.choice(list(self.rules))
            first = START + timedelta(days=random.choice([-5, -5, -5, -5, 20, 60]))
            self.came[one.id] = first
            for event in own:
                late = random.choice([0, 0, 0, 0, 1, 3, 20, -4])
                self.came[event.id] = max(first, event.effective_on + timedelta(days=late))

    def known(self, day: date) -> Tables:
        """Everything that came up to a day."""
        told = [
            (one, tuple(event for event in own if self.came[event.id] <= day))
            for one, own in self.pairs
            if self.came[one.id] <= day
        ]
        return from_values(told, self.chosen)


def since(now: Tables, before: Tables) -> Tables:
    """What ``now`` has and ``before`` had not; contracts told whole as such where they changed."""

    def new(name: str):
        frame, earlier = getattr(now, name), getattr(before, name)
        key = {"contracts": ["id"], "instalments": ["contract", "number"]}.get(name, ["contract", "id"])
        return frame.join(earlier, on=key, how="anti", maintain_order="left")

    values = {id: pair for id, pair in now.values.items() if before.values.get(id) != pair}
    whole = now.contracts.filter(pl.col("id").is_in(list(values)))
    rest = new("contracts").filter(~pl.col("id").is_in(list(values)))
    return evolve(
        now,
        contracts=pl.concat([rest, whole]),
        instalments=new("instalments"),
        payments=new("payments"),
        events=new("events"),
        values=values,
    )


def carried_on(seed: int, size: int, kinds: tuple[str, ...], folder=None, policies: int = 6) -> list[int]:
    """How many contracts each day computed; every day is compared with the full run."""
    random, lender = Random(seed), Lender(seed, size, kinds, policies)
    day = START + timedelta(days=random.randint(-2, 10))
    known = lender.known(day)
    state = begin_with(known, lender.rules, day)
    computed = []
    while day < START + timedelta(days=SPAN + 60):
        day += timedelta(days=random.choice([0, 1, 1, 2, 9, 17, 24]))
        earlier, known = known, lender.known(day)
        state = increment_with(state, since(known, earlier), lender.rules, day)
        if folder is not None:
            state = save(state, folder)
            assert load(folder).positions.equals(state.positions)
        full = answer(known, lender.rules, day)
        assert {each.contract: each.reason for each in state.aside} == {
            each.contract: each.reason for each in full.aside
        }
        same(state.positions.select(full.positions.columns), full.positions.sort("contract"))
        assert set(state.positions.columns) == {*full.positions.columns, "moves_on"}
        computed.append(state.computed)
    return computed


@pytest.mark.parametrize("seed", range(4))
def test_every_day_carried_on_gives_what_the_full_run_gives(seed):
    carried_on(seed, 40, KINDS)


@pytest.mark.parametrize("seed", range(2))
def test_contracts_that_columns_cannot_tell_are_carried_on_too(seed, tmp_path):
    carried_on(100 + seed, 25, RARE, tmp_path / "state")


def test_contracts_that_nothing_touches_are_not_computed(tmp_path):
    computed = carried_on(200, 80, ("payment",))
    assert min(computed) < 40


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(4))
def test_two_thousand_contracts_are_carried_on(seed):
    carried_on(300 + seed, 2_000, RARE, policies=40)
