"""Classes and the aging table of many contracts, from the frame of their positions.

A class follows from a few small numbers (days, instalments past due, days past maturity), so every
combination that occurs is classified once, by `tagih.classes`, and joined back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import polars as pl

from tagih.aging import AgingRow, AgingTable, unjudged
from tagih.classes import Classified, classify, measure
from tagih.contracts import Component
from tagih.errors import PolicyError
from tagih.ledger.position import Amounts
from tagih.money import to_decimal, to_minor
from tagih.policies.buckets import Buckets

MONEY: Final = ("arrears", "due_today", "not_due", "outstanding", "written_off")
LATENESS: Final = ("days_past_due", "overdue_instalments")
CHOOSES: Final = ("matures_on", "frequency", "judgement", "open")
"""What else may choose a contract's class."""
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
    known: dict[tuple[object, ...], Any] | None = None,
) -> pl.DataFrame:
    """The positions with a column ``class``, the code of each contract's bucket in ``scheme``, and why.

    ``positions`` has ``days_past_due`` and ``overdue_instalments``; where the scheme needs them
    ``matures_on``, ``frequency``, a stated ``judgement``, and ``open``: whether anything is owed that
    can make it late (by default anything at all). ``reason`` and ``detail`` are those of
    `tagih.classes.Classified`. ``known`` keeps what was found, for the next part of the same book on
    the same day.

    Raises:
        PolicyError: If only judgement can decide and none is stated, or no scale is for a frequency.

    >>> from tagih.policies import rule
    >>> late = {"days_past_due": [10, 11, 91], "overdue_instalments": [1, 1, 4], "outstanding": [1, 1, 1]}
    >>> classes(pl.DataFrame(late), rule("id.kol.mf.2018"), date(2026, 3, 31))["class"].to_list()
    ['1', '2', '3']
    """
    names = positions.columns
    frame = positions
    if "matures_on" in names and any(scale.measure == "days_past_maturity" for scale in scheme.scales):
        still = pl.col("open") if "open" in names else pl.col("outstanding") != 0
        since = (pl.lit(as_of) - pl.col("matures_on")).dt.total_days().clip(lower_bound=0)
        frame = frame.with_columns(matured=pl.when(still).then(since).fill_null(0))
    asked = [name for name in (*LATENESS, "matured", "frequency", "judgement") if name in frame.columns]
    met = frame.group_by(asked, maintain_order=True).agg(
        pl.col("contract").first() if "contract" in names else pl.lit("").alias("contract")
    )
    known, found = {} if known is None else known, []
    for row in met.iter_rows(named=True):
        key = tuple(row[name] for name in asked)
        if key not in known:
            known[key] = _classified(row, scheme, as_of)
        found.append(known[key])
    met = met.select(
        *asked,
        pl.Series("class", [one.code for one in found], dtype=pl.String),
        pl.Series("reason", [one.reason for one in found], dtype=pl.String),
        pl.Series("detail", [one.detail for one in found], dtype=pl.String),
    )
    joined = frame.join(met, on=asked, how="left", nulls_equal=True, maintain_order="left")
    return joined.drop("matured", strict=False)


def _classified(row: Mapping[str, Any], scheme: Buckets, as_of: date) -> Classified:
    matured = row.get("matured") or 0
    measures = measure(
        as_of,
        days_past_due=row["days_past_due"],
        instalments_past_due=row["overdue_instalments"],
        matures_on=as_of - timedelta(days=matured) if matured else None,
        frequency=row.get("frequency") or "monthly",
    )
    try:
        return classify(measures, scheme, judgement=row.get("judgement") or "")
    except PolicyError as error:
        if error.code != "buckets.judgement":
            raise
        raise unjudged(row["contract"], scheme) from error


def pulled(classed: pl.DataFrame, scheme: Buckets) -> pl.DataFrame:
    """Every debtor's contracts in the worst class of them all, where the scheme says so.

    As `tagih.classes.one_obligor`, of a frame with ``contract``, ``debtor`` (null: stands alone),
    ``class``, ``reason``, ``detail`` and amounts; written-off contracts are in that state by themselves.

    >>> from tagih.policies import rule
    >>> two = pl.DataFrame({"contract": ["A", "B"], "debtor": ["D", "D"], "class": ["1", "3"],
    ...     "reason": ["measure"] * 2, "detail": [""] * 2, "outstanding": [5, 5], "written_off": [0, 0],
    ...     "outstanding/principal": [5, 5]})
    >>> pulled(two, rule("id.kol.bank.2019")).select("class", "reason", "detail").rows()
    [('3', 'one_obligor', 'B'), ('3', 'measure', '')]
    """
    rule = scheme.one_obligor
    if rule is None:
        return classed
    places = {bucket.code: place for place, bucket in enumerate(scheme.buckets)}
    gone = (pl.col("written_off") != 0) & (pl.col("outstanding") == 0)
    joined = pl.col("debtor").is_not_null()
    if "written_off" in rule.excepting:
        joined &= ~gone
    owed = pl.lit(True)
    if rule.total_below is not None:
        owed = pl.col("outstanding/principal").sum().over("debtor") >= to_minor(rule.total_below)
    ranked = classed.with_columns(
        rank=pl.col("class").replace_strict(places, return_dtype=pl.Int64), joins=joined, heavy=owed
    )
    by_rank = pl.col("contract").sort_by("rank", descending=True, maintain_order=True)
    worst = ranked.filter("joins").group_by("debtor").agg(worst=pl.col("rank").max(), puller=by_rank.first())
    found = ranked.join(worst, on="debtor", how="left", maintain_order="left")
    moved = pl.col("joins") & pl.col("heavy") & (pl.col("worst") > pl.col("rank"))
    codes = {place: code for code, place in places.items()}
    return found.with_columns(
        pl.when(moved)
        .then(pl.col("worst").replace_strict(codes, default=None, return_dtype=pl.String))
        .otherwise("class")
        .alias("class"),
        pl.when(moved).then(pl.lit("one_obligor")).otherwise("reason").alias("reason"),
        pl.when(moved).then("puller").otherwise("detail").alias("detail"),
    ).drop("rank", "joins", "heavy", "worst", "puller")


def summed(
    positions: pl.DataFrame,
    scheme: Buckets,
    as_of: date,
    *,
    known: dict[tuple[object, ...], Any] | None = None,
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
    if "class" not in with_rest.columns:
        asked = [name for name in (*LATENESS, *CHOOSES) if name in positions.columns]
        alike = with_rest.group_by(*asked, pl.col("outstanding").ne(0).alias("owed")).agg(
            pl.len().cast(pl.Int64).alias("contracts"), pl.col(amounts).cast(pl.Int128).sum()
        )
        classed = classes(alike.drop("owed"), scheme, as_of, known=known)
        return classed.group_by("class").agg(pl.col("contracts", *amounts).sum())
    return with_rest.group_by("class").agg(
        pl.len().cast(pl.Int64).alias("contracts"), pl.col(amounts).cast(pl.Int128).sum()
    )


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
