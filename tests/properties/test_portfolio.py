"""Law 5: one contract at a time and a whole portfolio give the same figures, and the same lines."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import polars as pl
import pytest

from tagih.errors import TagihError
from tagih.ledger import replay
from tagih.portfolio.engine import Wants
from tagih.portfolio.many import _from_positions, answer, lines_of, rows_of
from tagih.portfolio.tables import from_values

from .portfolio_histories import KINDS, RARE, SPAN, START, contract, events, policy


def both(seed: int, size: int, kinds: tuple[str, ...], policies: int = 6):
    random = Random(seed)
    rules = {f"P{n}": policy(random) for n in range(policies)}
    pairs, chosen = [], {}
    for n in range(size):
        one = contract(random, f"C-{n:05}")
        pairs.append((one, events(random, one, kinds)))
        chosen[one.id] = random.choice(list(rules))
    as_of = START + timedelta(days=random.randint(0, SPAN + 30))
    found = answer(from_values(pairs, chosen), rules, as_of, wants=Wants(True, True, True), workers=2)
    singles, refused = [], {}
    for one, own in pairs:
        try:
            singles.append(replay(one, own, rules[chosen[one.id]], as_of))
        except TagihError as error:
            refused[one.id] = str(error)
    return found, singles, refused


def agree(found, singles, refused) -> None:
    assert {each.contract: each.reason for each in found.aside} == refused
    assert found.positions.height == len(singles)
    expected = _from_positions(singles, found.positions.schema).select(found.positions.columns)
    same(found.positions.sort("contract"), expected.sort("contract"))
    rows = rows_of(singles, found.rows.schema).select(found.rows.columns)
    key = ["contract", "due_on", "instalment", "charge"]
    same(found.rows.sort(key), rows.sort(key))
    lines = lines_of(singles)
    same(found.lines.sort("contract", maintain_order=True), lines.sort("contract", maintain_order=True))


def same(ours, theirs) -> None:
    if ours.equals(theirs):
        return
    for name in ours.columns:
        if not ours[name].equals(theirs[name], null_equal=True):
            if len(ours) != len(theirs):
                a, b = ours["contract"].value_counts(), theirs["contract"].value_counts()
                odd = a.join(b, on="contract", how="full").filter(
                    pl.col("count").ne_missing(pl.col("count_right"))
                )
                pytest.fail(f"{len(ours)} rows against {len(theirs)}: {odd}")
            at = int((ours[name].ne_missing(theirs[name])).arg_true()[0])
            pytest.fail(f"{name}: {ours.row(at, named=True)}\n\n{theirs.row(at, named=True)}")


@pytest.mark.parametrize("seed", range(6))
def test_a_portfolio_gives_what_each_contract_gives_in_every_cell_and_line(seed):
    agree(*both(seed, 120, KINDS))


@pytest.mark.parametrize("seed", range(2))
def test_contracts_that_columns_cannot_tell_take_the_single_path(seed):
    agree(*both(100 + seed, 80, RARE))


@pytest.mark.parametrize("seed", range(2))
def test_payments_alone_take_the_short_way(seed):
    agree(*both(200 + seed, 120, ("payment",)))


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(3))
def test_two_thousand_contracts_with_every_kind_of_event(seed):
    agree(*both(300 + seed, 2_000, RARE, policies=40))
