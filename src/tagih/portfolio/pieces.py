"""Pieces of a lender's file: many rows at a time, with the numbers that a person sees.

A text file is cut by its bytes: where rows and cells end is found for all of them at once, quotes
regarded, so that every row keeps its own number and its own bytes. Spreadsheets, JSONL and Parquet
come from the book's own reader, whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
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
    lines: Callable[[int], bytes] | None = None

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

    def again(self, numbers: Words) -> list[tuple[int, bytes | None]]:
        """The rows with these numbers, each as its bytes where the file is text."""
        at = np.flatnonzero(np.isin(self.numbers, numbers))
        return [(int(self.numbers[n]), self.lines(int(n)) if self.lines else None) for n in at]


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
    if path.suffix.lower() in (*SPREADSHEETS, ".jsonl", ".parquet"):
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
        while True:
            block = file.read(SIZE)
            data = rest + block
            if not data:
                return
            if not block and not data.endswith(b"\n"):
                data += b"\n"
            piece, used, lines = _cut(
                data, tuple(names[:width]), len(names), delimiter, form.encoding, number
            )
            if piece is not None:
                yield piece
            elif block and len(data) > 8 * SIZE:
                raise Unplain  # a quote that does not close
            elif not block:
                raise Unplain
            rest, number = data[used:], number + lines
            if not block and not rest:
                return


def _cut(
    data: bytes, header: tuple[str, ...], width: int, delimiter: str, encoding: str, number: int
) -> tuple[Piece | None, int, int]:
    """The whole rows at the beginning of ``data``, how many bytes they are, and how many lines."""
    raw = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(raw == NEWLINE)
    ends, marks = newlines, np.flatnonzero(raw == ord(delimiter))
    quoted = b'"' in data
    if quoted:
        quotes = raw == QUOTE
        inside = np.bitwise_xor.accumulate(quotes.astype(np.uint8))
        ends, marks = ends[inside[ends] == 0], marks[inside[marks] == 0]
    if not len(ends):
        return None, 0, 0
    used = int(ends[-1]) + 1
    if quoted:
        _check_quotes(raw[:used], np.flatnonzero(quotes[:used]), inside, ord(delimiter))
    starts = np.concatenate([[0], ends[:-1] + 1])
    numbers = number + np.searchsorted(newlines, starts)
    cells = np.searchsorted(marks, ends) - np.searchsorted(marks, starts) + 1
    lengths = ends - starts
    wrong = cells != width
    blank = np.zeros(len(starts), bool)
    for n in np.flatnonzero(wrong | (lengths <= width + 2)):
        line = data[starts[n] : ends[n]]
        blank[n] = not line.replace(delimiter.encode(), b"").strip()
    wrong &= ~blank
    sound = ~wrong & ~blank
    text = (
        data[:used] if sound.all() else b"".join(data[starts[n] : ends[n] + 1] for n in np.flatnonzero(sound))
    )
    columns = _columns(text, delimiter, encoding, width, int(sound.sum()), quoted)
    if wrong.any():  # broken rows stand among the others, empty
        at = np.full(len(starts), -1)
        at[sound] = np.arange(int(sound.sum()))
        order = pl.Series(at[~blank]).replace(-1, None)
        columns = [column.gather(order) for column in columns]
    kept = ~blank
    first, last = starts[kept], ends[kept]
    odd = np.zeros(int(kept.sum()), bool)
    for column in columns:
        replaced = column.str.contains("\ufffd", literal=True).fill_null(False)
        odd |= replaced.to_numpy()
    piece = Piece(
        header, numbers[kept], columns, wrong[kept] | odd, lambda n: data[int(first[n]) : int(last[n]) + 1]
    )
    return piece, used, int(np.searchsorted(newlines, used))


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
