"""A lender's files as tables of ours: the same cell readers as a book's, a column at a time.

What the columns say plainly (every row of its contract is read, and what `tagih check` asks of it
holds) is written as Parquet. The rows of all other contracts go, as they stand in their files,
through the book's own reader: so they are accepted or rejected for the same reasons, with the same
row numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import polars as pl
from attrs import define, evolve, frozen

from tagih.contracts import Component, Contract
from tagih.errors import InputError
from tagih.files.book import Book, Rejected
from tagih.files.complaints import BookError
from tagih.files.loading import MENDED, Draft, Plan, files_of, rows_of
from tagih.files.reading import read_rows
from tagih.files.settings import Settings, read_settings
from tagih.files.sheets import Sheet, parquet_header, parquet_rows, read_sheet
from tagih.files.tables import TABLES
from tagih.money import to_minor
from tagih.portfolio.names import ROW, is_fee, is_money
from tagih.portfolio.pieces import WHOLE, Piece, Unplain, lines, pieces
from tagih.portfolio.stream import Sources, Valued, over
from tagih.portfolio.tables import EVENTS, Tables, from_values

NAMES: Final = ("contracts", "instalments", "payments", "events")
KEPT: Final[Mapping[str, Mapping[str, Any]]] = {
    "contracts": {"id": pl.String, "product": pl.String, "signed_on": pl.Date, "agreed_amount": pl.Int64,
                  "principal": pl.Int64, "currency": pl.String, "frequency": pl.String, "tenor": pl.Int64,
                  "maturity": pl.Date, "purpose": pl.String, "size": pl.String},
    "instalments": {"contract": pl.String, "number": pl.Int64, "due_on": pl.Date, "principal": pl.Int64,
                    "interest": pl.Int64},
    "payments": {"contract": pl.String, "id": pl.String, "effective_on": pl.Date, "amount": pl.Int64,
                 "kind": pl.String, "instalment": pl.Int64, "sequence": pl.Int64},
    "events": {"contract": pl.String},
}  # fmt: skip
ELSEWHERE: Final = ("policies", "opening_on", "unapplied")
"""Columns of contracts that tables cannot tell where they hold something."""
MOST: Final = 0.3
"""Where more of the contracts than this must be read row by row, the whole book is."""
NEW: Final = "new_instalments"
"""The table of the instalments that restructures bring: all of it is read row by row."""
FILE: Final = "#file"
LABELS: Final = {"id": pl.String, "debtor": pl.String, "product": pl.String, "signed_on": pl.Date}
"""What is known of a contract beside its money, before the lender's own labels."""
TAG: Final = "tag "
"""Before the lender's own labels, while they stand beside columns of ours."""


@frozen
class Converted:
    """A book's tables as Parquet, and the rows that were rejected; ``folder`` goes when this does.

    ``labels`` has the columns `LABELS` and the lender's own after `TAG`, a row a contract in the order
    of the book. ``incomplete`` names contracts of which a row was rejected.
    """

    sources: Sources
    labels: pl.LazyFrame
    contracts: int
    rejected: tuple[Rejected, ...]
    folder: TemporaryDirectory[str]
    incomplete: frozenset[str]


def converted(folder: Path, few: int) -> Converted | None:
    """The book of a folder as tables; None where it is small or only its own reader can read it.

    Raises:
        BookError: If tagih.toml is wrong.
    """
    settings = read_settings(folder)
    files = _files(folder, settings)
    if files is None:
        return None
    key = tuple(
        (path, path.stat().st_mtime_ns, path.stat().st_size) for paths in files.values() for path in paths
    )
    return _converted(folder, few, (*key, (folder / "tagih.toml").read_bytes()))


@lru_cache(maxsize=1)
def _converted(folder: Path, few: int, key: Any) -> Converted | None:
    """Kept for the next question of the same files: reports ask for several days."""
    settings = read_settings(folder)
    files = _files(folder, settings)
    assert files is not None
    try:
        return _Conversion(folder, settings, files).converted(few)
    except Unplain:
        return None


def some(folder: Path, ids: Collection[str], standing: Collection[str] = frozenset()) -> Book:
    """Some contracts as the book's own reader reads them, with every debtor and record of the book.

    ``''`` among ``ids`` stands for rows that name no contract. Records of ``standing`` contracts are
    kept although their rows are not read; those of others are rejected.

    Raises:
        BookError: If the shape of a file is wrong.
    """
    return _conversion(folder).some(ids, standing, TABLES)


def values(folder: Path, ids: Collection[str]) -> Book:
    """Some contracts and what happened to them, as the book's own reader reads them; no records.

    Raises:
        BookError: If the shape of a file is wrong.
    """
    return _conversion(folder).some(ids, frozenset(), (*NAMES, NEW))


def _conversion(folder: Path) -> _Conversion:
    settings = read_settings(folder)
    files = _files(folder, settings)
    assert files is not None
    return _Conversion(folder, settings, files)


def _files(folder: Path, settings: Settings) -> dict[str, list[Path]] | None:
    """The files of each table; None where something of the book is told elsewhere."""
    draft = Draft()
    found = {name: files_of(folder, name, settings.table(name), draft) for name in NAMES}
    others = files_of(folder, "opening", settings.table("opening"), draft)
    if draft.structural or others or settings.opening_on or (folder / MENDED).is_dir():
        return None
    return found if found["contracts"] and found["instalments"] else None


@define
class _Wanted:
    """Rows that the book's own reader must see, by table, file and number."""

    rows: dict[tuple[str, int], list[np.ndarray[Any, Any]]]

    def add(self, name: str, file: int, numbers: Any) -> None:
        self.rows.setdefault((name, file), []).append(np.asarray(numbers, np.int64))

    def of(self, name: str, file: int) -> np.ndarray[Any, Any]:
        found = self.rows.get((name, file), [])
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)


class _Conversion:
    """One reading of one book. Private to it."""

    def __init__(self, folder: Path, settings: Settings, files: Mapping[str, list[Path]]) -> None:
        self.folder, self.settings, self.files = folder, settings, files
        self.scratch = TemporaryDirectory(prefix="tagih-")
        self.wanted = _Wanted({})
        self.odd: set[str] = set()
        self.fees: set[str] = set()
        self.places: dict[str | None, tuple[int, int]] = {}
        self.values: dict[str, Valued] = {}

    def converted(self, few: int) -> Converted | None:
        self._table("contracts")
        count = self._scan("contracts").select(pl.len()).collect().item()
        if count < few:
            return None
        for name in NAMES[1:]:
            self._table(name)
        self._same_columns()
        for found in over(self._sources(), odd, workers=1):
            self.odd |= found
        if len(self.odd) > MOST * count:
            return None
        rejected: tuple[Rejected, ...] = ()
        incomplete: frozenset[str] = frozenset()
        if self.odd or self.wanted.rows:
            book = self._book()
            rejected, incomplete = book.rejected, frozenset(book.incomplete)
            self._replace(book)
        count = self._scan("contracts").select(pl.len()).collect().item()
        labels = self._scan("labels").sort(FILE, ROW).drop(FILE, ROW)
        return Converted(self._sources(), labels, count, rejected, self.scratch, incomplete)

    # --- every row ------------------------------------------------------------------------

    def _table(self, name: str) -> None:
        """Read a table's files, and write the rows that could be read."""
        own = self._own(name)
        own.mkdir()
        for nth, path in enumerate(self.files[name]):
            plan = None
            for number, piece in enumerate(pieces(path, self._called(path), name, self.settings.table(name))):
                plan = plan or self._plan(name, path, piece.header)
                frame, bad = self._read(name, plan, piece)
                self.wanted.add(name, nth, bad)
                if not number and name == "contracts" and len(piece.numbers):  # names its file in complaints
                    self.wanted.add(name, nth, piece.numbers[:1])
                    self.odd |= set(frame["id"][:1])
                if name == "events":  # told by the book's reader, every one
                    continue
                if name == "contracts":
                    self._labels(_labelled(frame), nth, number)
                self._kept(name, frame).with_columns(pl.lit(nth).alias(FILE)).write_parquet(
                    own / f"{nth:04}-{number:06}.parquet"
                )

    def _labels(self, frame: pl.DataFrame, nth: int, number: int) -> None:
        own = self._own("labels")
        own.mkdir(exist_ok=True)
        frame.with_columns(pl.lit(nth).alias(FILE)).write_parquet(own / f"{nth:04}-{number:06}.parquet")

    def _called(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else path.name

    def _own(self, name: str) -> Path:
        return Path(self.scratch.name) / name

    def _scan(self, name: str) -> pl.LazyFrame:
        files = sorted(self._own(name).glob("*.parquet"))
        if name == "labels" and files:  # files may have labels that others lack
            return pl.concat([pl.scan_parquet(file) for file in files], how="diagonal")
        return pl.scan_parquet(files) if files else pl.LazyFrame(schema=KEPT[name])

    def _plan(self, name: str, path: Path, header: tuple[str, ...]) -> Plan:
        draft = Draft()
        sheet = Sheet(self._called(path), path, header, [])
        plan = Plan(sheet, TABLES[name], self.settings.table(name), draft)
        if not plan.sound or draft.structural:
            raise Unplain  # the book's reader says what is wrong
        return plan

    def _read(self, name: str, plan: Plan, piece: Piece) -> tuple[pl.DataFrame, np.ndarray[Any, Any]]:
        """The columns of a piece's sound rows, and the numbers of the others."""
        kept = np.ones(len(piece.numbers), bool)
        for index, words in plan.ignores:
            kept &= ~piece.among(index, words)
        values: dict[str, pl.Series] = {}
        bad = piece.broken & kept
        declared = plan.own.values
        for column, index, read, required, kind in plan.steps:
            values[column], wrong = piece.column(index, read, kind, plain=column not in declared)
            bad |= wrong
            if required:
                bad |= values[column].is_null().to_numpy()
        for column, indices, read, required, kind in plan.joins:
            parts = [piece.column(index, read, kind, plain=column not in declared) for index in indices]
            joined = pl.DataFrame([part.rename(str(n)) for n, (part, _) in enumerate(parts)])
            values[column] = joined.select(
                pl.concat_str(pl.all().cast(pl.String), separator="-", ignore_nulls=True)
            ).to_series()
            values[column] = values[column].replace("", None)
            for _, wrong in parts:
                bad |= wrong
            if required:
                bad |= values[column].is_null().to_numpy()
        for label, index, read in plan.extras:
            values[TAG + label], wrong = piece.column(index, read, "text", plain=True)
            bad |= wrong
        constants = {column: _constant(value) for column, value in plan.constants.items()}
        made = pl.DataFrame({**values, ROW: piece.numbers})
        made = made.with_columns(pl.lit(value).alias(column) for column, value in constants.items())
        bad |= _unsound(name, made)
        self.fees |= {column for column in made.columns if is_fee(column)} if name == "instalments" else set()
        named = "id" if name == "contracts" else "contract"
        odd = made.filter(pl.Series(bad & kept))[named].drop_nulls() if named in made.columns else pl.Series()
        self.odd |= set(odd)
        return made.filter(pl.Series(kept & ~bad)), piece.numbers[bad & kept]

    def _kept(self, name: str, sound: pl.DataFrame) -> pl.DataFrame:
        """Of sound rows the columns of ours that tables know."""
        tags = {label.removeprefix(TAG): label for label in sound.columns if label.startswith(TAG)}
        columns = [
            pl.col(tags.get(column, column)).cast(kind).alias(column)
            if column in sound.columns or column in tags
            else pl.lit(None, kind).alias(column)
            for column, kind in KEPT[name].items()
        ]
        fees = [column for column in sound.columns if is_fee(column)] if name == "instalments" else []
        return sound.select(*columns, *(pl.col(fee).cast(pl.Int64) for fee in fees), ROW)

    def _same_columns(self) -> None:
        """Every piece of the instalments with every fee, and amounts as decimals."""
        for name in NAMES[:3]:
            money = [column for column in KEPT[name] if is_money(column)]
            fees = sorted(self.fees) if name == "instalments" else []
            for path in self._own(name).glob("*.parquet"):
                frame = pl.read_parquet(path)
                missing = [pl.lit(0, pl.Int64).alias(fee) for fee in fees if fee not in frame.columns]
                frame = frame.with_columns(missing).with_columns(_decimals([*money, *fees]))
                frame.select(*KEPT[name], *fees, ROW, FILE).write_parquet(path)

    def _sources(self) -> Sources:
        def pattern(name: str) -> str | None:
            return str(self._own(name) / "*.parquet") if any(self._own(name).glob("*.parquet")) else None

        return Sources(
            pattern("instalments"), pattern("payments"), pattern("events"), pattern("contracts"), self.values
        )

    # --- rows for the book's own reader ---------------------------------------------------

    def _book(self) -> Book:
        """The odd contracts, and every row that is of none, as the book's reader reads them."""
        odd = pl.Series(sorted(self.odd), dtype=pl.String).implode()
        sheets: dict[str, list[Sheet]] = {}
        for name in NAMES:
            key = "id" if name == "contracts" else "contract"
            theirs = (
                self._scan(name).filter(pl.col(key).is_in(odd)).select(FILE, ROW).collect()
                if any(self._own(name).glob("*.parquet"))
                else pl.DataFrame(schema={FILE: pl.Int32, ROW: pl.Int64})
            )
            sheets[name] = []
            for nth, path in enumerate(self.files[name]):
                self.wanted.add(name, nth, theirs.filter(pl.col(FILE) == nth)[ROW].to_numpy())
                numbers = self.wanted.of(name, nth)
                if len(numbers):
                    sheets[name].append(self._sheet(name, path, numbers))
        own = self.settings.table(NEW)
        sheets[NEW] = [
            read_sheet(path, self._called(path), NEW, own)
            for path in files_of(self.folder, NEW, own, Draft())
        ]
        rows = rows_of(sheets["contracts"], "contracts", self.settings, Draft())
        files = {path: nth for nth, path in enumerate(self.files["contracts"])}
        self.places = {row.get("id"): (files[row.sheet.sheet.path], row.number) for row in reversed(rows)}
        return read_rows(self.folder, self.settings, sheets)

    def some(self, ids: Collection[str], standing: Collection[str], tables: Iterable[str]) -> Book:
        """The rows of some contracts, and every row of the other tables, as the book's reader reads them."""
        wanted = set(ids)
        sheets: dict[str, list[Sheet]] = {name: [] for name in TABLES}
        draft = Draft()
        for name in tables:
            own = self.settings.table(name)
            for nth, path in enumerate(self.files.get(name, ())):
                sheet = self._of_some(name, nth, path, wanted)
                if sheet is not None:
                    sheets[name].append(sheet)
            for path in () if name in NAMES else files_of(self.folder, name, own, draft):
                try:
                    sheets[name].append(read_sheet(path, self._called(path), name, own))
                except InputError as error:
                    draft.refuse(error, self._called(path))
        if draft.structural:
            raise BookError(draft.structural)
        return read_rows(self.folder, self.settings, sheets, standing=standing)

    def _of_some(self, name: str, nth: int, path: Path, wanted: set[str]) -> Sheet | None:
        """The rows of a file that are of ``wanted`` contracts; its first contract becomes one of them.

        The first row of contracts is always there: complaints name its file.
        """
        key = "id" if name == "contracts" else "contract"
        own = self.settings.table(name)
        if path.suffix.lower() == ".parquet":
            column = _column_of(self._plan(name, path, parquet_header(path)), key)
            if column is not None:
                if name == "contracts":
                    first = pl.scan_parquet(path).select(pl.nth(column).cast(pl.String)).head(1).collect()
                    wanted |= set(first.to_series().drop_nulls())
                return parquet_rows(path, self._called(path), column, wanted)
        for number, piece in enumerate(pieces(path, self._called(path), name, own)):
            contracts = _contracts_of(piece, self._plan(name, path, piece.header), key)
            if not number and name == "contracts" and len(contracts):
                self.wanted.add(name, nth, piece.numbers[:1])
                wanted |= {contracts[0]} - {None}
            named = pl.Series(sorted(wanted), dtype=pl.String).implode()
            found = contracts.fill_null("").is_in(named)
            self.wanted.add(name, nth, piece.numbers[found.to_numpy()])
        numbers = self.wanted.of(name, nth)
        return self._sheet(name, path, numbers) if len(numbers) else None

    def _sheet(self, name: str, path: Path, numbers: np.ndarray[Any, Any]) -> Sheet:
        """The rows with these numbers, as the book's reader sees them."""
        own, called = self.settings.table(name), self._called(path)
        if path.suffix.lower() not in WHOLE:
            return _reread(path, called, name, own, lines(path, own, numbers))
        whole = read_sheet(path, called, name, own)
        among = set(numbers.tolist())
        return evolve(
            whole,
            rows=[row for row in whole.rows if row[0] in among],
            refused={number: error for number, error in whole.refused.items() if number in among},
        )

    def _replace(self, book: Book) -> None:
        """In place of the odd contracts' rows, what the book's reader made of them."""
        odd = pl.Series(sorted({*self.odd, *book.contracts}), dtype=pl.String).implode()
        for name in NAMES[:3]:
            key = "id" if name == "contracts" else "contract"
            for path in self._own(name).glob("*.parquet"):
                frame = pl.read_parquet(path)
                frame.filter(~pl.col(key).is_in(odd)).write_parquet(path)
        told = from_values((contract, book.events_of(contract)) for contract in book.contracts.values())
        if book.policies:
            raise Unplain
        self.values = dict(told.values)
        for path in sorted(self._own("labels").glob("*.parquet")):
            frame = pl.read_parquet(path)
            frame.filter(~pl.col("id").is_in(odd)).write_parquet(path)
        again = [_label(contract, *self.places[id]) for id, contract in book.contracts.items()]
        if again:
            names = dict.fromkeys(name for row in again for name in row if name.startswith(TAG))
            schema = {**LABELS, **dict.fromkeys(names, pl.String), ROW: pl.Int64, FILE: pl.Int32}
            pl.DataFrame(again, schema=schema).write_parquet(self._own("labels") / "again.parquet")
        self._extra(told, book.contracts)

    def _extra(self, told: Tables, contracts: Mapping[str, Contract]) -> None:
        products = {id: contract.product for id, contract in contracts.items()}
        frames = {
            "contracts": told.contracts.with_columns(
                product=pl.col("id").replace_strict(products, default=None, return_dtype=pl.String)
            ),
            "instalments": told.instalments.with_columns(
                pl.lit(0, pl.Int64).alias(fee)
                for fee in sorted(self.fees)
                if fee not in told.instalments.columns
            ),
            "payments": told.payments,
            "events": told.events,
        }
        for name, frame in frames.items():
            if not frame.height:
                continue
            fees = sorted(self.fees) if name == "instalments" else []
            columns = EVENTS if name == "events" else KEPT[name]
            money = [column for column in columns if is_money(column)]
            made = frame.with_columns(_decimals([*money, *fees])).select(
                *columns, *fees, pl.lit(0, pl.Int64).alias(ROW), pl.lit(-1, pl.Int32).alias(FILE)
            )
            made.write_parquet(self._own(name) / "again.parquet")


def _decimals(names: Sequence[str]) -> list[pl.Expr]:
    return [(pl.col(name).cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(20, 2)) for name in names]


def _labelled(frame: pl.DataFrame) -> pl.DataFrame:
    """Of sound rows of contracts what is known beside their money."""
    ours = [
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
        for name, kind in LABELS.items()
    ]
    return frame.select(*ours, pl.col(rf"^{TAG}.*$"), pl.col(ROW).cast(pl.Int64))


def _label(contract: Contract, nth: int, number: int) -> dict[str, Any]:
    """The same of a contract as a value."""
    tags = {TAG + label: text for label, text in contract.tags}
    return {
        "id": contract.id, "debtor": contract.debtor_id, "product": contract.product,
        "signed_on": contract.signed_on, **tags, ROW: number, FILE: nth,
    }  # fmt: skip


def _column_of(plan: Plan, key: str) -> int | None:
    """The column of a file that holds a row's contract; None where it takes a reader to say."""
    for column, index, _, _, _ in plan.steps:
        if column == key and key not in plan.own.values:
            return index
    return None


def _contracts_of(piece: Piece, plan: Plan, key: str) -> pl.Series:
    """The contract of each row."""
    for column, index, read, _, kind in plan.steps:
        if column == key:
            return piece.column(index, read, kind, plain=key not in plan.own.values)[0]
    return pl.Series([_constant(plan.constants.get(key))] * len(piece.numbers), dtype=pl.String)


def _constant(value: Any) -> Any:
    return (
        to_minor(value)
        if isinstance(value, Decimal)
        else str(value)
        if isinstance(value, (Component, tuple))
        else value
    )


def _unsound(name: str, made: pl.DataFrame) -> np.ndarray[Any, Any]:
    """Rows that the book's reader would look at twice, by themselves."""
    none = np.zeros(made.height, bool)
    named = [column for column in made.columns if column in TABLES[name].components or ":" in column]
    if name == "events":
        return ~none
    if name == "contracts":
        for column in ELSEWHERE:
            if column in made.columns and made[column].null_count() < made.height:
                raise Unplain
        return none
    if name == "payments":
        wrong = pl.col("amount") <= 0
        for column in named:
            wrong = wrong | (pl.col(column).fill_null(0) != 0)
    else:
        wrong = pl.col("number") < 1
        for column in named:
            wrong = wrong | (pl.col(column).fill_null(0) < 0)
        if "total" in made.columns and named:
            total = pl.sum_horizontal(pl.col(named).fill_null(0))
            wrong = wrong | (pl.col("total").fill_null(total) != total)
        elif "total" in made.columns:
            wrong = wrong | pl.col("total").is_not_null()
    found: np.ndarray[Any, Any] = made.select(wrong.fill_null(False)).to_series().to_numpy()
    return found


# --- a part's contracts -----------------------------------------------------------------------------


def odd(given: Tables) -> set[str]:
    """Contracts of a part of which `tagih check` may refuse a row: they must be read row by row.

    ``''`` is among them where a row names no contract.
    """
    contracts, instalments, payments = given.contracts, given.instalments, given.payments
    found = [each.contract for each in given.aside]
    known = contracts["id"]
    found += known.filter(known.is_duplicated()).to_list()
    every = known.implode()
    for frame in (instalments, payments):
        found += frame.filter(~pl.col("contract").is_in(every))["contract"].unique().to_list()
    rows = instalments.lazy().select("contract", "number", "due_on", "principal").sort("contract", "number")
    by = (
        rows.with_columns(
            fault=(pl.col("contract") == pl.col("contract").shift(1))
            & (
                (pl.col("number") == pl.col("number").shift(1))
                | (pl.col("due_on") < pl.col("due_on").shift(1))
            )
        )
        .group_by("contract")
        .agg(pl.col("fault").any(), lent=pl.col("principal").sum())
    )
    joined = (
        contracts.lazy().select("id", "principal").join(by, left_on="id", right_on="contract", how="left")
    )
    fault = pl.col("fault").fill_null(True) | (pl.col("principal") != pl.col("lent")).fill_null(False)
    found += joined.filter(fault).select("id").collect()["id"].to_list()
    twice = payments.select("contract", "id")
    found += twice.filter(twice.is_duplicated())["contract"].unique().to_list()
    return set(found)


def _reread(path: Path, called: str, name: str, own: Any, found: Iterable[tuple[int, bytes]]) -> Sheet:
    """Lines of a text file, read by the book's reader as a file of their own."""
    with TemporaryDirectory(prefix="tagih-") as folder, path.open("rb") as whole:
        head = b"".join(whole.readline() for _ in range(own.header_row))
        part = Path(folder) / path.name
        with part.open("wb") as file:
            file.write(head if head.endswith(b"\n") else head + b"\n")
            at, numbers = own.header_row + 1, {}
            for number, line in found:
                numbers[at] = number
                text = line if line.endswith(b"\n") else line + b"\n"
                file.write(text)
                at += text.count(b"\n")
        sheet = read_sheet(part, called, name, own)
    return evolve(
        sheet,
        path=path,
        rows=[(numbers[number], cells) for number, cells in sheet.rows],
        refused={numbers[number]: error for number, error in sheet.refused.items()},
    )
