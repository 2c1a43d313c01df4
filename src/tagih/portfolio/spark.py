"""The same positions on a cluster: contracts go to partitions of Apache Spark, each answered as elsewhere.

All rows of a contract are brought together by its id, since what is owed follows from all of them.
A *bucket* is a set of contracts that one task answers at a time, and should fit into its memory:
50,000 contracts of 24 instalments take some 400 MB. Every worker needs ``tagih[spark]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import reduce
from typing import Any, Final

import polars as pl

from tagih.contracts import Component
from tagih.errors import UnavailableError
from tagih.ledger.compile import late_component
from tagih.portfolio.engine import in_order
from tagih.portfolio.many import FIGURES, HEAD, Policies, answer, exact, named, ordered, tables, with_aside
from tagih.portfolio.names import is_fee
from tagih.portfolio.tables import CONTRACTS, EVENTS, INSTALMENTS, PAYMENTS

Frame = Any
"""A DataFrame of Spark."""
BUCKETS: Final = 64
COLUMNS: Final = {"instalments": INSTALMENTS, "payments": PAYMENTS, "events": EVENTS, "contracts": CONTRACTS}
TABLE, BUCKET = "#table", "#bucket"


def positions(
    *,
    instalments: Frame,
    payments: Frame | None = None,
    events: Frame | None = None,
    contracts: Frame | None = None,
    policy: Policies,
    as_of: date,
    buckets: int = BUCKETS,
) -> Frame:
    """Every contract's position at the end of ``as_of``, as `tagih.portfolio.many.positions` gives it.

    Frames are Spark's, with the columns of the book; so is what comes back, which nothing computes
    until it is asked for. Contracts set aside have a row with their reason in ``aside``. Amounts
    are decimals with two places. A ``bucket`` is what one task answers at a time.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
        UnavailableError: If the extra ``spark`` is not installed.
    """
    try:
        import pyspark.sql.functions as f
    except ImportError:
        raise UnavailableError(
            "portfolio.spark",
            "a portfolio on Spark needs pyspark; install it on every worker with: pip install 'tagih[spark]'",
        ) from None
    all_tables = {"instalments": instalments, "payments": payments, "events": events, "contracts": contracts}
    given = {name: _known(frame, name) for name, frame in all_tables.items() if frame is not None}
    columns = {name: frame.columns for name, frame in given.items()}
    _ask_nothing(given)
    parts = _components(given, policy)
    together = _together(given).withColumn(BUCKET, f.pmod(f.xxhash64(f.col("contract")), f.lit(buckets)))
    work = _work(columns, policy, as_of, parts)
    return together.groupBy(BUCKET).applyInArrow(work, _schema(parts))


def _known(frame: Frame, name: str) -> Frame:
    """A table's own columns; those of others stay where they are."""
    return frame.select(*(f"`{each}`" for each in frame.columns if each in COLUMNS[name] or is_fee(each)))


def _ask_nothing(given: dict[str, Frame]) -> None:
    """Refuse missing columns and floats here, before any row is read."""
    floats = ("float", "double")
    tables(**{
        name: pl.DataFrame(schema={each: pl.Float64 if kind in floats else pl.String
                                   for each, kind in frame.dtypes})
        for name, frame in given.items()
    })  # fmt: skip


def _components(given: dict[str, Frame], policy: Policies) -> tuple[Component, ...]:
    """Every component that may occur; asks Spark which ones charges have."""
    found = [name for name in given["instalments"].columns if is_fee(name)]
    events = given.get("events")
    if events is not None and "component" in events.columns:
        charged = events.filter("kind = 'charge' and component is not null").select("component").distinct()
        found += [row[0] for row in charged.collect()]
    late = [late_component(each) for each in named(policy).values() if each.late_charge]
    return in_order([*map(Component.parse, found), *late])


def _together(given: dict[str, Frame]) -> Frame:
    """All rows of all tables as one: a column that tables have in different types is text."""
    import pyspark.sql.functions as f

    kinds: dict[str, set[str]] = {}
    for frame in given.values():
        for name, kind in frame.dtypes:
            kinds.setdefault(name, set()).add(kind)
    kind_of = {name: next(iter(each)) if len(each) == 1 else "string" for name, each in kinds.items()}
    kind_of |= {"contract": "string", "id": "string"}

    def whole(name: str, frame: Frame) -> Frame:
        own = {each: f.col(f"`{each}`") for each in frame.columns}
        if name == "contracts":
            own["contract"] = own["id"]
        columns = [
            (own[each] if each in own else f.lit(None)).cast(kind).alias(each)
            for each, kind in kind_of.items()
        ]
        return frame.select(f.lit(name).alias(TABLE), *columns)

    frames = [whole(name, frame) for name, frame in given.items()]
    return reduce(lambda one, other: one.unionAll(other), frames)


def _work(
    columns: dict[str, list[str]], policy: Policies, as_of: date, parts: tuple[Component, ...]
) -> Callable[[Any], Any]:
    """What a worker does with a bucket: an Arrow table of all its rows in, one of positions out."""

    def work(rows: Any) -> Any:
        frame = pl.DataFrame(rows)
        given = tables(**{
            name: frame.filter(pl.col(TABLE) == name).select(own) for name, own in columns.items()
        })  # fmt: skip
        found = with_aside(answer(given, policy, as_of))
        # rows of a bucket have no numbers that anyone could look up
        said = pl.col("aside").map_elements(_without_row, pl.String)
        whole = exact(ordered(found, parts)).with_columns(found.select(said))
        return _plain(whole)

    return work


def _without_row(reason: str) -> str:
    return re.sub(r"^(\w+):\d+:", r"\1:", reason)


def _plain(frame: pl.DataFrame) -> Any:
    """A frame as the plain Arrow types that every Spark reads."""
    import pyarrow as pa

    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    plain = [pa.field(each.name, pa.string() if pa.types.is_large_string(each.type) else each.type)
             for each in table.schema]  # fmt: skip
    return table.cast(pa.schema(plain))


def _schema(parts: tuple[Component, ...]) -> Any:
    """The columns of `exact` positions, in Spark's types."""
    from pyspark.sql.types import DateType, DecimalType, LongType, StringType, StructField, StructType

    plain = {pl.String: StringType(), pl.Date: DateType(), pl.Int64: LongType()}
    amounts = pl.DataFrame(
        schema={**HEAD, **{f"{name}/{part}": pl.Int64 for part in parts for name in FIGURES}}
    )
    kinds = exact(amounts).schema
    fields = [
        StructField(name, DecimalType(38, 2) if isinstance(kind, pl.Decimal) else plain[type(kind)])
        for name, kind in kinds.items()
    ]
    return StructType([*fields, StructField("aside", StringType())])
