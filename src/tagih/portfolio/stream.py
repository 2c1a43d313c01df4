"""Portfolios larger than memory: answered in parts, by ranges of contract ids, from Parquet.

Files clustered by contract are read once, part by part: Parquet's own statistics say which row
groups hold a range of ids. `partition` writes others anew, clustered.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl
from attrs import frozen

from tagih.contracts import Component
from tagih.ledger.compile import late_component
from tagih.portfolio import compiled
from tagih.portfolio.engine import Wants, in_order
from tagih.portfolio.many import NOTHING_MORE, Answered, Policies, answer, named, tables
from tagih.portfolio.tables import Source, is_fee, lazy

PART: Final = 50_000
"""Contracts to a part: some 100 MB at 24 instalments each."""


@frozen
class Sources:
    """The tables of a portfolio, each a file, a pattern of files or a lazy frame."""

    instalments: Source
    payments: Source = None
    events: Source = None
    contracts: Source = None


def of_folder(folder: Path) -> Sources:
    """The Parquet tables of a folder: ``contracts*.parquet`` and so on."""

    def found(name: str) -> str | None:
        return str(folder / f"{name}*.parquet") if any(folder.glob(f"{name}*.parquet")) else None

    return Sources(found("instalments"), found("payments"), found("events"), found("contracts"))


def ranges(sources: Sources, part: int = PART) -> list[tuple[str, str]]:
    """First and last contract id of each part, in order of ids."""
    source, name = (
        (sources.contracts, "id") if sources.contracts is not None else (sources.instalments, "contract")
    )
    ids = lazy(source).select(pl.col(name).cast(pl.String).unique()).collect().to_series().sort()
    return [(ids[at], ids[min(at + part, len(ids)) - 1]) for at in range(0, len(ids), part)]


def _between(source: Source, name: str, first: str, last: str) -> Any:
    return (
        None if source is None else lazy(source).filter(pl.col(name).is_between(pl.lit(first), pl.lit(last)))
    )


def components(sources: Sources, policy: Policies) -> tuple[Component, ...]:
    """Every component that may occur in a portfolio: its fees, its charges and its late charges."""
    named_ = [name for name in lazy(sources.instalments).collect_schema().names() if is_fee(name)]
    if sources.events is not None and "component" in lazy(sources.events).collect_schema():
        charged = lazy(sources.events).filter(pl.col("kind") == "charge").select("component").unique()
        named_ += charged.collect()["component"].drop_nulls().to_list()
    late = [late_component(each) for each in named(policy).values() if each.late_charge]
    return in_order([*map(Component.parse, named_), *late])


def answers(
    sources: Sources,
    policy: Policies,
    as_of: date,
    *,
    wants: Wants = NOTHING_MORE,
    part: int = PART,
    workers: int = 2,
) -> Iterator[Answered]:
    """Every part's answer, in order of contract ids; at most ``workers`` parts are in memory.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
    """
    compiled.load()

    def one(span: tuple[str, str]) -> Answered:
        first, last = span
        given = tables(
            instalments=_between(sources.instalments, "contract", first, last),
            payments=_between(sources.payments, "contract", first, last),
            events=_between(sources.events, "contract", first, last),
            contracts=_between(sources.contracts, "id", first, last),
        )
        return answer(given, policy, as_of, wants=wants)

    spans = ranges(sources, part)
    if workers == 1:
        yield from map(one, spans)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(one, span) for span in spans[:workers]]
        for at in range(len(spans)):
            done = waiting[at].result()
            waiting[at] = None  # type: ignore[call-overload]
            if at + workers < len(spans):
                waiting.append(pool.submit(one, spans[at + workers]))
            yield done


def partition(source: Source, folder: Path, name: str, by: str = "contract") -> str:
    """Write a table anew, in the order of contracts; returns the path.

    Sorts with what memory there is: Polars spills nothing, so a table much larger than memory is
    better sorted where it comes from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    lazy(source).sort(by).sink_parquet(path, row_group_size=250_000)
    return str(path)
