"""Portfolios larger than memory: answered in parts, by ranges of contract ids.

Parquet files in the order of contracts are read once, part by part: their ids say at which row each
part begins. Others are first written anew, part by part, to a temporary folder
(TMPDIR), and so is what is no Parquet: CSV files and queries.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from glob import glob
from itertools import accumulate, chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final, TypeVar

import numpy as np
import polars as pl
from attrs import evolve, field, frozen

from tagih.contracts import AnyEvent, Component, Contract
from tagih.ledger.compile import late_component
from tagih.portfolio import compiled
from tagih.portfolio.engine import Wants, in_order
from tagih.portfolio.many import NOTHING_MORE, Answered, Policies, answer, named, tables
from tagih.portfolio.names import ROW, is_fee
from tagih.portfolio.sql import Query, write
from tagih.portfolio.tables import Aside, Changed, Source, Tables, lazy

T = TypeVar("T")
Valued = tuple[Contract, tuple[AnyEvent, ...]]
"""A contract and what happened to it."""
PART: Final = 50_000
"""Contracts to a part: some 100 MB at 24 instalments each."""
ROWS: Final = 1_000_000
"""Rows read at a time where a table is written anew by contract."""


@frozen
class Sources:
    """The tables of a portfolio, each a file, a pattern of files, a query or a lazy frame.

    ``values`` are contracts that tables cannot tell, by id; they stand in ``contracts`` too.
    """

    instalments: Source
    payments: Source = None
    events: Source = None
    contracts: Source = None
    values: Mapping[str, Valued] = field(factory=dict)


NAMES: Final = ("instalments", "payments", "events", "contracts")


def of_folder(folder: Path) -> Sources:
    """The Parquet tables of a folder: ``contracts*.parquet`` and so on."""

    def found(name: str) -> str | None:
        return str(folder / f"{name}*.parquet") if any(folder.glob(f"{name}*.parquet")) else None

    return Sources(found("instalments"), found("payments"), found("events"), found("contracts"))


def first_ids(sources: Sources, part: int = PART) -> list[str]:
    """The first contract id of each part, in order of ids."""
    source, key = (
        (sources.contracts, "id") if sources.contracts is not None else (sources.instalments, "contract")
    )
    files = _files(source)
    if not files:
        ids = lazy(source).select(pl.col(key).cast(pl.String).unique()).collect().to_series()
        return ids.drop_nulls().sort().gather_every(part).to_list()
    found: list[str] = []
    last, count = None, 0
    for ids in chain.from_iterable(file.every(key) for file in files):
        new = ids.filter((ids != ids.shift(1)).fill_null(True) & (ids != last if last is not None else True))
        if ids.null_count() or not ids.is_sorted() or (last is not None and ids[0] < last):
            return first_ids(evolve(sources, contracts=lazy(source).select(id=key)), part)
        found += new.gather_every(part, -count % part).to_list()
        last, count = ids[-1], count + len(new)
    return found


def components(sources: Sources, policy: Policies) -> tuple[Component, ...]:
    """Every component that may occur in a portfolio: its fees, its charges and its late charges."""
    found = [name for name in lazy(sources.instalments).collect_schema().names() if is_fee(name)]
    if sources.events is not None and "component" in lazy(sources.events).collect_schema():
        charged = lazy(sources.events).filter(pl.col("kind") == "charge").select("component").unique()
        found += charged.collect()["component"].drop_nulls().to_list()
    late = [late_component(each) for each in named(policy).values() if each.late_charge]
    return in_order([*map(Component.parse, found), *late])


def answers(
    sources: Sources,
    policy: Policies,
    as_of: date,
    *,
    wants: Wants = NOTHING_MORE,
    part: int = PART,
    workers: int = 2,
) -> Iterator[Answered]:
    """Every part's answer, in order of contract ids; at most ``workers`` parts are in work at a time.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
    """
    compiled.load()
    return over(sources, lambda given: answer(given, policy, as_of, wants=wants), part=part, workers=workers)


def over(sources: Sources, what: Callable[[Tables], T], *, part: int = PART, workers: int = 2) -> Iterator[T]:
    """``what`` of every part's tables, in order of contract ids; at most ``workers`` parts are in work.

    A row whose contract is in no part comes with the part whose ids surround its own.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
    """
    with ExitStack() as stack:
        scratch: list[Path] = []
        lock = Lock()

        def folder() -> Path:
            with lock:
                if not scratch:
                    scratch.append(Path(stack.enter_context(TemporaryDirectory(prefix="tagih-"))))
            return scratch[0]

        given = {name: getattr(sources, name) for name in NAMES}
        queries = {name: source for name, source in given.items() if isinstance(source, Query)}
        if queries:
            given |= write(queries, folder() / "queries")
        kept = {name: spilled(source, name, folder) for name, source in given.items()}
        firsts = first_ids(Sources(**kept), part)

        def parts_of(nth: int) -> Callable[[int], pl.LazyFrame | None]:
            return _parts(kept[NAMES[nth]], NAMES[nth], firsts, folder)

        parts = dict(zip(NAMES, _in_turn(parts_of, len(NAMES), workers), strict=True))

        def one(nth: int) -> T:
            made = tables(**{name: parts[name](nth) for name in NAMES})
            ids = sources.values.keys() & set(made.contracts["id"]) if sources.values else ()
            told = {id: sources.values[id] for id in sorted(ids)}
            return what(evolve(made, aside=_placed(made.aside, given), values=told))

        yield from _in_turn(one, len(firsts), workers)


def _in_turn(one: Callable[[int], T], count: int, workers: int) -> Iterator[T]:
    """``one`` of every number, in order, ``workers`` of them at a time and one more waiting for them."""
    if workers == 1:
        yield from map(one, range(count))
        return
    with ThreadPoolExecutor(workers) as pool:
        numbers = iter(range(count))
        waiting = deque(pool.submit(one, nth) for nth in islice(numbers, workers + 1))
        while waiting:
            done = waiting.popleft().result()
            waiting.extend(pool.submit(one, nth) for nth in islice(numbers, 1))
            yield done
            del done  # what was handed on is not kept


# --- where a part's rows are ------------------------------------------------------------------------


def spilled(source: Source, name: str, folder: Callable[[], Path]) -> Source:
    """A source whose parts can be read by themselves: a file that is no Parquet is written as one, once."""
    if isinstance(source, (str, Path)) and not str(source).lower().endswith(".parquet"):
        path = folder() / f"{name}.parquet"
        lazy(source).with_row_index(ROW).sink_parquet(path)
        return str(path)
    return source


def _parts(
    source: Source, name: str, firsts: list[str], folder: Callable[[], Path]
) -> Callable[[int], pl.LazyFrame | None]:
    """The rows of each part of a table, by the part's number."""
    if source is None:
        return lambda nth: None
    key = "id" if name == "contracts" else "contract"
    files = _files(source) if len(firsts) > 1 else ()
    frame = lazy(source)
    schema = frame.collect_schema()
    if key not in schema:
        return lambda nth: frame  # `tables` says what is missing
    frame = frame.with_columns(pl.col(key).cast(pl.String)) if schema[key] != pl.String else frame
    starts = _starts(files, key, firsts) if files else None
    if starts:
        return _slices(source, files, key, starts)
    frame = frame if ROW in schema else frame.with_row_index(ROW)
    if files:
        return partition(frame, folder() / name, firsts, key)

    def between(nth: int) -> pl.LazyFrame:
        column = pl.col(key)
        if nth == 0:
            last = column < pl.lit(firsts[1]) if len(firsts) > 1 else pl.lit(True)
            return frame.filter(last | column.is_null())
        if nth + 1 == len(firsts):
            return frame.filter(column >= pl.lit(firsts[nth]))
        return frame.filter((column >= pl.lit(firsts[nth])) & (column < pl.lit(firsts[nth + 1])))

    return between


@frozen
class _File:
    """A Parquet file of a table, and how many rows it has."""

    path: str
    rows: int

    def ids(self, key: str, at: int, rows: int) -> pl.Series:
        """A column of ids: ``rows`` of them from row ``at``."""
        return pl.scan_parquet(self.path).select(_text(key)).slice(at, rows).collect().to_series()

    def every(self, key: str) -> Iterator[pl.Series]:
        """The column, at most `ROWS` of its rows at a time."""
        return (self.ids(key, at, ROWS) for at in range(0, self.rows, ROWS))

    def ends(self, key: str) -> tuple[str | None, str | None]:
        """The first and the last id."""
        return self.ids(key, 0, 1)[0], self.ids(key, self.rows - 1, 1)[0]

    def has_others(self, key: str, low: str, high: str) -> bool:
        """Whether it has rows without an id, or with one that is not from ``low`` to ``high``.

        Row groups that say that their least and greatest ids lie between are not read.
        """
        frame = pl.scan_parquet(self.path)
        id = pl.col(key) if frame.collect_schema()[key] == pl.String else _text(key)
        outside = frame.filter(id.is_null() | (id < pl.lit(low)) | (id > pl.lit(high)))
        return bool(outside.select(pl.len()).collect().item())


def _text(key: str) -> pl.Expr:
    return pl.col(key).cast(pl.String)


def _files(source: Source) -> tuple[_File, ...]:
    """The Parquet files of a table that have rows; none where it is something else."""
    path = source.path if isinstance(source, Changed) else source
    if not isinstance(path, (str, Path)):
        return ()
    paths = sorted(glob(str(path)))
    counts = pl.collect_all([pl.scan_parquet(each).select(pl.len()) for each in paths])
    files = (_File(each, rows.item()) for each, rows in zip(paths, counts, strict=True))
    return tuple(each for each in files if each.rows)


def _starts(files: Sequence[_File], key: str, firsts: Sequence[str]) -> list[int] | None:
    """The row at which each part begins, and after the last how many rows there are.

    None where the rows do not stand in the order of contracts. Of a file within which no part begins
    only what its row groups say of themselves is read, where they say it.
    """
    starts, rows, last = [0], 0, ""
    bounds = pl.Series(firsts, dtype=pl.String)

    def begun(high: str) -> pl.Series:
        """The first ids of the parts that begin up to ``high``, and have no row yet."""
        here = int(bounds.search_sorted(high, side="right"))
        return bounds[len(starts) : max(here, len(starts))]

    for file in files:
        low, high = file.ends(key)
        if low is None or high is None or not last <= low <= high:
            return None
        wanted = begun(high)
        if (not len(wanted) or wanted[-1] <= low) and not file.has_others(key, low, high):
            starts += [rows] * len(wanted)
            rows, last = rows + file.rows, high
            continue
        for ids in file.every(key):
            if ids.null_count() or not ids.is_sorted() or ids[0] < last:
                return None
            last = ids[-1]
            starts += [rows + int(at) for at in ids.search_sorted(begun(last), side="left")]
            rows += len(ids)
    return starts + [rows] * (len(firsts) + 1 - len(starts))


def _slices(
    source: Source, files: tuple[_File, ...], key: str, starts: Sequence[int]
) -> Callable[[int], pl.LazyFrame]:
    """The rows of each part of a table that stands in the order of contracts."""
    change = source.change if isinstance(source, Changed) else lambda frame: frame
    before = [0, *accumulate(file.rows for file in files)]
    paths = [file.path for file in files]

    def of(nth: int) -> pl.LazyFrame:
        low, high = starts[nth], starts[nth + 1]
        at = min(bisect_right(before, low) - 1, len(files) - 1)
        end = max(bisect_left(before, high), at + 1)
        frame = pl.scan_parquet(paths[at:end])
        if ROW not in frame.collect_schema():
            frame = pl.scan_parquet(paths[at:end], row_index_name=ROW, row_index_offset=before[at])
        frame = frame.slice(low - before[at], high - low)
        return change(frame.with_columns(pl.col(key).cast(pl.String)))

    return of


def partition(
    source: Source, folder: Path, firsts: list[str], key: str = "contract"
) -> Callable[[int], pl.LazyFrame]:
    """Write a table anew under ``folder``, each part's rows in files of their own.

    ``firsts`` are the first contract ids of the parts. At most `ROWS` rows are in memory. Returns
    the rows of a part, by its number.
    """
    frame = lazy(source)
    count, bounds = frame.select(pl.len()).collect().item(), pl.Series(firsts[1:], dtype=pl.String)
    folder.mkdir(parents=True)
    empty = frame.collect_schema().to_frame()
    for nth, at in enumerate(range(0, count, ROWS)):
        rows = frame.slice(at, ROWS).collect()
        place = bounds.search_sorted(rows[key].fill_null(""), side="right")
        order = np.argsort(place.to_numpy(), kind="stable")
        rows, ends = rows[order], np.cumsum(np.bincount(place.to_numpy(), minlength=len(firsts)))
        for number, (low, high) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            if high > low:
                rows[low:high].write_parquet(folder / f"{number:06}-{nth:06}.parquet")

    def of(number: int) -> pl.LazyFrame:
        files = sorted(folder.glob(f"{number:06}-*.parquet"))
        return pl.scan_parquet(files) if files else empty.lazy()

    return of


def _placed(aside: tuple[Aside, ...], given: dict[str, Any]) -> tuple[Aside, ...]:
    """The complaints with the file's own name and row, where a table is several files."""
    return tuple(_in_file(each, given.get(each.table)) for each in aside)


def _in_file(aside: Aside, source: Source) -> Aside:
    if not aside.row or not isinstance(source, (str, Path)):
        return aside
    files = sorted(glob(str(source)))
    if len(files) < 2 or ROW in lazy(files[0]).collect_schema():  # pieces of one table
        return aside
    row = aside.row
    for file in files:
        count = lazy(file).select(pl.len()).collect().item()
        if row <= count:
            reason = aside.reason.replace(f"{aside.table}:{aside.row}:", f"{Path(file).name}:{row}:", 1)
            return evolve(aside, reason=reason)
        row -= count
    return aside
