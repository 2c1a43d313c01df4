"""Which contracts of tables have a row that `tagih check` would refuse, whatever day it is of.

The kernel looks at what happened up to a day; a letter or a comparison may not rest on a history of
which a later row is bad.
"""

from __future__ import annotations

import polars as pl

from tagih.files.nouns import EVENTS
from tagih.portfolio.names import is_money
from tagih.portfolio.tables import Tables


def unsound(given: Tables) -> set[str]:
    """The contracts of a part with an amount, a number or an event that cannot be.

    >>> from tagih.portfolio.many import tables
    >>> rows = {"contract": ["A", "B"], "number": [1, 1], "due_on": ["2026-01-31"] * 2, "principal": [9, -9]}
    >>> unsound(tables(instalments=pl.DataFrame(rows)))
    {'B'}
    """
    instalments, payments, events = given.instalments, given.payments, given.events
    money = [name for name in instalments.columns if is_money(name)]
    below = pl.any_horizontal(pl.col("number") < 1, *(pl.col(name) < 0 for name in money))
    found = [instalments.filter(below), payments.filter(pl.col("amount") <= 0)]
    if events.height:
        found += [events.filter(_cannot_be()), *_names(payments, events)]
    return {id for frame in found for id in frame["contract"].drop_nulls().unique()}


def _cannot_be() -> pl.Expr:
    """Events that lack what their kind needs, or are of nothing or of several components."""
    lacking = [
        (pl.col("kind") == kind)
        & pl.any_horizontal(pl.lit(False), *(pl.col(name).is_null() for name in needs.split()))
        for kind, (needs, _) in EVENTS.items()
        if kind != "drawdown"  # no table tells it
    ]
    several = pl.col("kind").is_in(["charge", "waiver"]) & pl.col("component").str.contains(" ", literal=True)
    return pl.any_horizontal(*lacking, pl.col("amount") <= 0, several).fill_null(False)


def _names(payments: pl.DataFrame, events: pl.DataFrame) -> list[pl.DataFrame]:
    """Events whose id another event of the contract has, and those whose target is none of its events."""
    every = pl.concat([payments.select("contract", "id"), events.select("contract", "id")])
    targets = events.filter(pl.col("target").is_not_null()).select("contract", id="target")
    return [every.filter(every.is_duplicated()), targets.join(every, on=["contract", "id"], how="anti")]
