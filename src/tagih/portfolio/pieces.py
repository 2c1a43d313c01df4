"""Pieces of a lender's file: many rows at a time, with the numbers that a person sees.

A text file is cut by its bytes: where rows and cells end is found for all of them at once, quotes
regarded, so that every row keeps its own number and its own bytes. Spreadsheets, JSONL and Parquet
come from the book's own reader, whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from attrs import frozen

from tagih.errors import InputError
from tagih.files.cells import Reader, shown
from tagih.files.settings import TableSettings
from tagih.files.sheets import DELIMITERS, SPREADSHEETS, read_sheet
from tagih.money import to_minor

SIZE: Final = 32 << 20
"""Bytes of a text file read at a time."""
WHOLE: Final = (*SPREADSHEETS, ".jsonl", ".parquet")
"""Endings of files that the book's own reader reads whole."""
ROWS: Final = 500_000
"""Rows of another file looked at at a time."""
NEWLINE, QUOTE, RETURN, SPACE = b'\n"\r '
Words = np.ndarray[Any, Any]


class Unplain(Exception):
    """What the file holds is for the book's own reader to read, or to refuse."""


@frozen
class Piece:
    """Some rows of a file: their numbers, their cells by column, and which are broken."""

    header: tuple[str, ...]
    numbers: Words
    columns: Sequence[Any]
    broken: Words

    def column(self, index: int, read: Reader, kind: str, *, plain: bool) -> tuple[pl.Series, Words]:
        """Our values of a column, and the rows whose cell the reader refuses.

        ``plain`` cells need no reader: an identifier of letters and digits, an amount of digits.
        """
        cells = self.columns[index]
        if isinstance(cells, pl.Series):
            return _of_texts(cells, read, kind, plain)
        return _of_cells(cells, read, kind)

    def among(self, index: int, words: frozenset[str]) -> Words:
        """The rows whose cell is one of these words."""
        cells = self.columns[index]
        if isinstance(cells, pl.Series):
            found: Words = cells.fill_null("").is_in(list(words)).to_numpy()
            return found
        return np.array([shown(cell) in words for cell in cells], bool)


# --- cells ------------------------------------------------------------------------------------------

TYPES: Final = {"money": pl.Int64, "count": pl.Int64, "day": pl.Date}
PLAIN: Final = {
    "id": (r"^[^#=]*$", r"[Ee]\+"), "text": (r"^[^#]*$", None), "money": (r"^-?[0-9]{1,13}$", None),
    "count": (r"^-?[0-9]{1,9}$", None),
    "moment": (r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]) [01][0-9]:[0-5][0-9]:[0-5][0-9]$", None),
}  # fmt: skip
"""What a cell of a kind looks like that has one reading, and what must not be in it."""


def _of_texts(cells: pl.Series, read: Reader, kind: str, plain: bool) -> tuple[pl.Series, Words]:
    dtype = TYPES.get(kind, pl.String)
    sure = pl.Series(np.zeros(len(cells), bool))
    if plain and kind in PLAIN:
        pattern, never = PLAIN[kind]
        sure = cells.str.contains(pattern)
        if never:
            sure = sure & ~cells.str.contains(never)
        sure = sure.fill_null(False)
    done = _plain(cells.set(~sure, None), kind) if sure.any() else pl.Series([None] * len(cells), dtype=dtype)
    rest = cells.filter(~sure).drop_nulls().unique()
    if not len(rest):
        return done.cast(dtype), np.zeros(len(cells), bool)
    values, wrong = _each(rest.to_list(), read, kind)
    others = cells.set(sure, None)
    known = pl.DataFrame({"cell": rest, "value": pl.Series(values, dtype=dtype), "wrong": wrong})
    found = pl.DataFrame({"cell": others}).join(known, on="cell", how="left", maintain_order="left")
    bad: Words = found["wrong"].fill_null(False).to_numpy()
    return done.cast(dtype).zip_with(sure, found["value"]), bad


def _plain(cells: pl.Series, kind: str) -> pl.Series:
    if kind == "money":
        return cells.cast(pl.Int64) * 100
    return cells.cast(pl.Int64) if kind == "count" else cells


def _of_cells(cells: Sequence[Any], read: Reader, kind: str) -> tuple[pl.Series, Words]:
    keys = [(type(cell), cell) for cell in cells]
    places = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    values, wrong = _each([cell for _, cell in places], read, kind)
    at = np.fromiter((places[key] for key in keys), np.int64, len(keys))
    unique = pl.Series(values, dtype=TYPES.get(kind, pl.String))
    return unique.gather(at), np.array(wrong, bool)[at] if len(at) else np.zeros(0, bool)


def _each(cells: Sequence[Any], read: Reader, kind: str) -> tuple[list[Any], list[bool]]:
    """What the book's reader makes of each cell, and which it refuses."""
    values: list[Any] = []
    wrong: list[bool] = []
    for cell in cells:
        try:
            value = None if cell is None or cell == "" else read(cell)
        except InputError:
            values.append(None)
            wrong.append(True)
            continue
        if isinstance(value, Decimal) and kind == "money":
            value = to_minor(value)
        elif (
            not isinstance(value, (int, str, date, type(None)))
            or isinstance(value, bool)
            or kind not in TYPES
        ):
            value = None if value is None else str(value)
        values.append(value)
        wrong.append(False)
    return values, wrong


# --- files ------------------------------------------------------------------------------------------


def pieces(path: Path, called: str, table: str, settings: TableSettings) -> Iterator[Piece]:
    """Every piece of a file, in order.

    Raises:
        Unplain: If its bytes are not plainly cut into rows and cells.
        InputError: If it cannot be read at all.
    """
    if path.suffix.lower() in WHOLE:
        sheet = read_sheet(path, called, table, settings)
        width = len(sheet.header)
        for low in range(0, max(len(sheet.rows), 1), ROWS):
            rows = sheet.rows[low : low + ROWS]
            numbers = np.array([number for number, _ in rows], np.int64)
            broken = np.isin(numbers, list(sheet.refused))
            empty = [None] * width
            cells = [
                empty if bad or len(row) < width else row for (_, row), bad in zip(rows, broken, strict=True)
            ]
            broken |= np.array([len(row) < width for _, row in rows], bool)
            yield Piece(sheet.header, numbers, list(zip(*cells, strict=False)) or [()] * width, broken)
        return
    yield from _text(path, settings)


def _text(path: Path, settings: TableSettings) -> Iterator[Piece]:
    for cut in _cuts(path, settings):
        yield cut.piece()


def lines(path: Path, settings: TableSettings, numbers: Words) -> Iterator[tuple[int, bytes]]:
    """The rows of a text file with these numbers, as its bytes.

    Raises:
        Unplain: As `pieces`.
    """
    last = int(numbers.max(initial=0))
    for cut in _cuts(path, settings):
        for n in np.flatnonzero(np.isin(cut.numbers, numbers) & ~cut.blank):
            yield int(cut.numbers[n]), cut.data[cut.starts[n] : cut.ends[n] + 1]
        if cut.numbers[-1] >= last:
            return


@frozen
class _Cut:
    """Whole rows of a text file: where each begins and ends, which are blank, which have other cells."""

    data: bytes
    header: tuple[str, ...]
    width: int
    delimiter: str
    encoding: str
    quoted: bool
    numbers: Words
    starts: Words
    ends: Words
    blank: Words
    wrong: Words

    def piece(self) -> Piece:
        """Its cells by column; those of a broken row are empty."""
        sound = ~self.wrong & ~self.blank
        rows = np.flatnonzero(sound)
        text = self.data[: int(self.ends[-1]) + 1]
        if len(rows) < len(sound):
            text = b"".join(self.data[self.starts[n] : self.ends[n] + 1] for n in rows)
        columns = _columns(text, self.delimiter, self.encoding, self.width, len(rows), self.quoted)
        if self.wrong.any():
            at = np.full(len(sound), -1)
            at[sound] = np.arange(len(rows))
            order = pl.Series(at[~self.blank]).replace(-1, None)
            columns = [column.gather(order) for column in columns]
        broken = self.wrong[~self.blank]
        for column in columns:  # bytes that are not of the encoding
            broken = broken | column.str.contains("\ufffd", literal=True).fill_null(False).to_numpy()
        return Piece(self.header, self.numbers[~self.blank], columns, broken)


def _cuts(path: Path, settings: TableSettings) -> Iterator[_Cut]:
    form = settings.format
    with path.open("rb") as file:
        start = file.read(3)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Unplain
        file.seek(3 if start == b"\xef\xbb\xbf" else 0)
        for _ in range(settings.header_row - 1):
            file.readline()
        head = file.readline().decode(form.encoding, errors="replace")
        delimiter = form.delimiter or max(DELIMITERS, key=head.count)
        if len(delimiter) != 1 or not delimiter.isascii() or head.count('"') % 2:
            raise Unplain
        cells = next(csv.reader([head], delimiter=delimiter, skipinitialspace=True), [])
        names = [" ".join(cell.split()) for cell in cells]
        width = len(names)
        while width and not names[width - 1]:
            width -= 1
        if not width:
            raise Unplain
        number, rest = settings.header_row + 1, b""
        while block := file.read(SIZE):
            data = rest + block
            cut = _cut(data, tuple(names[:width]), len(names), delimiter, form.encoding, number)
            if cut is None:
                if len(data) > 8 * SIZE:
                    raise Unplain  # a quote that does not close
                rest = data
                continue
            yield cut
            used = int(cut.ends[-1]) + 1
            number, rest = number + data.count(b"\n", 0, used), data[used:]
        if rest:
            last = _cut(rest + b"\n", tuple(names[:width]), len(names), delimiter, form.encoding, number)
            if last is None or int(last.ends[-1]) < len(rest):
                raise Unplain
            yield last


def _cut(
    data: bytes, header: tuple[str, ...], width: int, delimiter: str, encoding: str, number: int
) -> _Cut | None:
    """The whole rows at the beginning of ``data``; None if there is none."""
    raw = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(raw == NEWLINE)
    ends, marks = newlines, np.flatnonzero(raw == ord(delimiter))
    quoted = b'"' in data
    if quoted:
        quotes = raw == QUOTE
        inside = np.bitwise_xor.accumulate(quotes.astype(np.uint8))
        ends, marks = ends[inside[ends] == 0], marks[inside[marks] == 0]
    if not len(ends):
        return None
    if quoted:
        used = int(ends[-1]) + 1
        _check_quotes(raw[:used], np.flatnonzero(quotes[:used]), inside, ord(delimiter))
    starts = np.concatenate([[0], ends[:-1] + 1])
    numbers = number + np.searchsorted(newlines, starts)
    up_to = np.searchsorted(marks, ends)
    wrong = np.diff(up_to, prepend=0) + 1 != width
    blank = np.zeros(len(starts), bool)
    for n in np.flatnonzero(wrong | (ends - starts <= width + 2)):
        blank[n] = not data[starts[n] : ends[n]].replace(delimiter.encode(), b"").strip()
    return _Cut(
        data, header, width, delimiter, encoding, quoted, numbers, starts, ends, blank, wrong & ~blank
    )


def _check_quotes(raw: Words, at: Words, inside: Words, delimiter: int) -> None:
    """Quotes open where a cell begins and close where it ends, or this is no plain file."""
    before = np.where(at > 0, raw[at - 1], NEWLINE)
    after = raw[np.minimum(at + 1, len(raw) - 1)]
    opens = inside[at] == 1
    fine_open = (before == delimiter) | (before == NEWLINE) | (before == QUOTE)
    fine_close = (after == delimiter) | (after == NEWLINE) | (after == RETURN) | (after == QUOTE)
    if not bool(np.where(opens, fine_open, fine_close).all()):
        raise Unplain


def _columns(
    text: bytes, delimiter: str, encoding: str, width: int, rows: int, quoted: bool
) -> list[pl.Series]:
    if not rows:
        return [pl.Series([], dtype=pl.String) for _ in range(width)]
    plain = encoding.lower().replace("_", "-")
    try:
        decoded = text.decode("utf-8" if plain in ("utf-8", "utf8") else encoding)
        utf8 = text if plain in ("utf-8", "utf8") else decoded.encode()
    except UnicodeDecodeError:
        utf8 = text.decode(encoding, errors="replace").encode()
    try:
        frame = pl.read_csv(
            io.BytesIO(utf8), has_header=False, separator=delimiter, quote_char='"' if quoted else None,
            infer_schema=False, new_columns=[str(n) for n in range(width)],
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        raise Unplain from None
    if frame.shape != (rows, width):
        raise Unplain
    return [series.str.strip_chars().replace("", None) for series in frame]
