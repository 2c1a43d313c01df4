"""The law's dated ceilings of late charges in columns: which of them each contract is under.

Signing day, tenor, principal, purpose and size choose a ceiling. Told by the rule in force on the day and
by the edges of its tiers, contracts are of few kinds; one of each kind is asked what the single path asks
of every contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
import polars as pl

from tagih.contracts import Contract, Instalment
from tagih.errors import PolicyError
from tagih.ledger.compile import caps_of
from tagih.money import to_decimal, to_minor
from tagih.policies.late_charge import Cap
from tagih.policies.policy import Policy
from tagih.policies.rate_cap import DAYS_OF, MONTHS_OF, cap_on
from tagih.portfolio.headers import Words
from tagih.portfolio.tables import Tables

Dated = tuple[tuple[Cap, int, int, str], ...]
"""Ceilings, the first and last day on which each holds, and whose it is (see `caps_of`)."""

KIND: Final = ("law", "frequency", "tenor", "days", "tier", "purpose", "size")
"""What contracts of a kind have in common."""


def ceilings(given: Tables, policy: Policy, at: Words) -> tuple[list[Dated], Words]:
    """The ceilings that the contracts ``at`` are under, and each contract's number among them.

    -1 where none can be told: without a signing day or a tenor, or outside every tier.
    """
    frame = _kinds(given, policy, at)
    kinds = frame.group_by(KIND, maintain_order=True).agg(pl.exclude(KIND).first())
    found: dict[Dated, int] = {}
    numbers = []
    for contract in map(_contract, kinds.iter_rows(named=True)):
        try:
            dated = tuple(caps_of(contract, policy, ()))
        except PolicyError:
            numbers.append(-1)
        else:
            numbers.append(found.setdefault(dated, len(found)))
    kinds = kinds.select(*KIND, number=pl.Series(numbers, dtype=pl.Int64))
    joined = frame.join(kinds, on=KIND, how="left", nulls_equal=True, maintain_order="left")
    return list(found), joined["number"].to_numpy()


def _kinds(given: Tables, policy: Policy, at: Words) -> pl.DataFrame:
    """A row for each contract: its `KIND`, and the columns of which a contract of it can be made."""
    contracts = given.contracts[at].with_columns(pl.col("frequency").fill_null("monthly"))
    if contracts["principal"].null_count() or contracts["maturity"].null_count():
        plan = given.instalments.group_by("contract").agg(
            lent=pl.col("principal").sum(), last=pl.col("due_on").max()
        )
        contracts = contracts.join(plan, left_on="id", right_on="contract", how="left", maintain_order="left")
        contracts = contracts.with_columns(
            pl.col("principal").fill_null(pl.col("lent")).fill_null(0),
            pl.col("maturity").fill_null(pl.col("last")),
        )
    told = (pl.col("tenor").fill_null(0) > 0) & pl.col("frequency").is_in([*MONTHS_OF, *DAYS_OF])
    lasts = (pl.col("maturity") - pl.col("signed_on")).dt.total_days()
    edges = np.array(sorted(set(_edges(policy))), np.int64)
    return contracts.with_columns(
        law=pl.Series(_laws(contracts["signed_on"], policy), dtype=pl.Int64),
        days=pl.when(~told).then(lasts),
        tier=pl.Series(np.searchsorted(edges, contracts["principal"].to_numpy())),
    ).select(*KIND, "id", "signed_on", "maturity", "principal")


def _laws(signed: pl.Series, policy: Policy) -> list[int]:
    """The number of the rule that holds on each signing day; -1: none does, -2: no such day."""
    days = signed.unique()
    known = {day: -2 if day is None else _law(day, policy) for day in days}
    return [known[day] for day in signed]


def _law(day: Any, policy: Policy) -> int:
    found = cap_on(policy.caps, day)
    return -1 if found is None else next(n for n, cap in enumerate(policy.caps) if cap is found)


def _edges(policy: Policy) -> Iterator[int]:
    """The principals (minor units) up to which a tier goes, or above which one begins."""
    for cap in policy.caps:
        for tier in cap.tiers:
            yield to_minor(tier.principal_over)
            if tier.principal_to is not None:
                yield to_minor(tier.principal_to)


def _contract(row: Mapping[str, Any]) -> Contract:
    """A contract of a kind, with nothing in it but what chooses its ceilings."""
    ends = row["maturity"] or row["signed_on"]
    return Contract(
        row["id"],
        [Instalment(1, ends)] if ends else [],
        signed_on=row["signed_on"],
        principal=to_decimal(row["principal"]),
        agreed_amount=Decimal(0),
        frequency=row["frequency"],
        tenor=row["tenor"],
        maturity=row["maturity"],
        tags=tuple((name, row[name]) for name in ("purpose", "size") if row[name]),
    )
