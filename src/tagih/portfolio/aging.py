"""Classes and the aging table of many contracts, from the frame of their positions.

A class follows from a few small numbers (days, instalments past due, days past maturity), so every
combination that occurs is classified once, by `tagih.classes`, and joined back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

import polars as pl

from tagih.aging import AgingRow, AgingTable
from tagih.classes import classify, measure
from tagih.contracts import Component
from tagih.ledger.position import Amounts
from tagih.money import to_decimal
from tagih.policies.buckets import Buckets

MONEY: Final = ("arrears", "due_today", "not_due", "outstanding", "written_off")
LATENESS: Final = ("days_past_due", "overdue_instalments")
EVER: Final = ("outstanding", "paid", "waived", "restructured", "written_off")
"""What a component's due is made of: all zero where it never occurred."""


def is_plain(scheme: Buckets) -> bool:
    """Whether lateness alone gives a contract's class: no judgement, maturity or other contracts."""
    measures = all(
        scale.measure not in ("judgement", "days_past_maturity") and not scale.frequencies
        for scale in scheme.scales
    )
    return measures and not scheme.judged and scheme.one_obligor is None and not scheme.frequencies


def classes(
    positions: pl.DataFrame,
    scheme: Buckets,
    as_of: date,
    *,
    known: dict[tuple[object, ...], str] | None = None,
) -> pl.DataFrame:
    """The positions with a column ``class``, the code of each contract's bucket in ``scheme``.

    ``positions`` has ``days_past_due`` and ``overdue_instalments``; ``matures_on`` and ``frequency``
    where the scheme needs them. ``known`` keeps the codes that were found, for the next part of the
    same book on the same day.

    >>> from tagih.policies import rule
    >>> late = {"days_past_due": [10, 11, 91], "overdue_instalments": [1, 1, 4], "outstanding": [1, 1, 1]}
    >>> classes(pl.DataFrame(late), rule("id.kol.mf.2018"), date(2026, 3, 31))["class"].to_list()
    ['1', '2', '3']
    """
    asked = [*LATENESS]
    asked += [name for name in ("matures_on", "frequency") if name in positions.columns]
    frame = positions.with_columns(owed=pl.col("outstanding") != 0)
    met = frame.select(*asked, "owed").unique()
    known, codes = {} if known is None else known, []
    for key, row in zip(met.iter_rows(), met.iter_rows(named=True), strict=True):
        if key in known:
            codes.append(known[key])
            continue
        measures = measure(
            as_of,
            days_past_due=row["days_past_due"],
            instalments_past_due=row["overdue_instalments"],
            matures_on=row.get("matures_on") if row["owed"] else None,
            frequency=row.get("frequency") or "monthly",
        )
        known[key] = classify(measures, scheme).code
        codes.append(known[key])
    met = met.with_columns(pl.Series("class", codes, dtype=pl.String))
    joined = frame.join(met, on=[*asked, "owed"], how="left", nulls_equal=True, maintain_order="left")
    return joined.drop("owed")


def summed(
    positions: pl.DataFrame,
    scheme: Buckets,
    as_of: date,
    *,
    known: dict[tuple[object, ...], str] | None = None,
) -> pl.DataFrame:
    """Contracts and every amount (minor units), by class; ``known`` as for `classes`."""
    with_rest = positions.with_columns(
        (pl.col(f"outstanding/{part}") - pl.col(f"arrears/{part}") - pl.col(f"due_today/{part}")).alias(
            f"not_due/{part}"
        )
        for part in parts(positions)
    )
    amounts = [
        name
        for name in with_rest.columns
        if name.partition("/")[0] in (*MONEY, *EVER, "unapplied", "late_charges_run_up")
        and with_rest[name].dtype == pl.Int64
    ]
    # those alike are added up first: they share a class, and are far fewer
    asked = [name for name in (*LATENESS, "matures_on", "frequency") if name in positions.columns]
    alike = with_rest.group_by(*asked, pl.col("outstanding").ne(0).alias("owed")).agg(
        pl.len().cast(pl.Int64).alias("contracts"), pl.col(amounts).cast(pl.Int128).sum()
    )
    classed = classes(alike.drop("owed"), scheme, as_of, known=known)
    return classed.group_by("class").agg(pl.col("contracts", *amounts).sum())


def parts(frame: pl.DataFrame) -> list[str]:
    """The components of a frame of positions."""
    return [name.partition("/")[2] for name in frame.columns if name.startswith("outstanding/")]


def table(sums: Iterable[pl.DataFrame], scheme: Buckets, as_of: date, *, currency: str = "IDR") -> AgingTable:
    """The aging table from `summed` parts: a row for each bucket of the scheme, empty or not."""
    every = pl.concat(list(sums), how="diagonal")
    total = every.group_by("class").agg(pl.all().sum())
    found = {row["class"]: row for row in total.iter_rows(named=True)}
    components = parts(every)

    def amounts(row: dict[str, int], name: str) -> Amounts:
        made = []
        for part in map(Component.parse, components):
            # as one by one: a fee that no contract of the class ever had is no part of it
            if part.kind != "fee" or any(row.get(f"{each}/{part}") for each in EVER):
                made.append((part, to_decimal(row.get(f"{name}/{part}") or 0, currency)))
        return Amounts(tuple(made) if row else ())

    rows = []
    for bucket in scheme.buckets:
        row = found.get(bucket.code, {})
        rows.append(
            AgingRow(
                bucket.code,
                bucket.name,
                row.get("contracts", 0),
                **{name: amounts(row, name) for name in MONEY},
                unapplied=to_decimal(row["unapplied"], currency) if row else Decimal(0),
            )
        )
    return AgingTable(as_of, currency, "", scheme, tuple(rows))
