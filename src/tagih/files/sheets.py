"""Rows out of files: CSV, XLSX, JSONL and Parquet, each cell as the file holds it.

Row numbers are those a person sees: the line of a text file, the row of a sheet. Blank rows are
left out. What cannot be split into cells is kept, row by row, with the reason.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from tagih.errors import InputError, UnavailableError
from tagih.files.settings import Format, TableSettings

Cell = str | int | float | Decimal | date | bool | None
Cells = list[Any]
Numbered = tuple[tuple[str, ...], Iterable[tuple[int, Cells]]]

DELIMITERS: Final = (";", ",", "\t", "|")
SPREADSHEETS: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
SUFFIXES: Final = (".csv", *SPREADSHEETS, ".jsonl", ".parquet", ".txt", ".tsv")
UNDECODED = re.compile("[\udc80-\udcff]")
_WRAPPED = r'^="([^"]*)"$'


@frozen
class Sheet:
    """One file's header and rows; ``refused`` holds what could not be split into cells."""

    file: str
    path: Path
    header: tuple[str, ...]
    rows: list[tuple[int, Cells]]
    refused: Mapping[int, InputError] = field(factory=dict)
    delimiter: str = ","


def read_sheet(path: Path, file: str, table: str, settings: TableSettings) -> Sheet:
    """The rows of one file; ``file`` is the name by which complaints call it.

    Raises:
        InputError: If the file cannot be read at all.
        UnavailableError: If the extra that reads such files is not installed.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        header, numbered = _parquet(path)
    elif suffix in SPREADSHEETS:
        header, numbered = _spreadsheet(path, table, settings)
    elif suffix == ".jsonl":
        return _jsonl(path, file, settings.format)
    else:
        return _text(path, file, settings)
    rows = [(number, cells) for number, cells in numbered if not _blank(cells)]
    return Sheet(file, path, header, rows)


def _blank(cells: Sequence[Any]) -> bool:
    return all(cell is None or cell == "" for cell in cells)


def _name(cell: Any) -> str:
    """A column's name: one line, no spaces around it."""
    return " ".join(str("" if cell is None else cell).split())


def _decode(path: Path, encoding: str) -> str:
    """The file as text; bytes that are not of the encoding stay behind as lone surrogates."""
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="surrogatepass")
    plain = encoding.lower().replace("_", "-")
    return data.decode("utf-8-sig" if plain in ("utf-8", "utf8") else encoding, errors="surrogateescape")


def _undecoded(text: str, encoding: str) -> InputError | None:
    match = UNDECODED.search(text)
    if match is None:
        return None
    return InputError(
        "file.encoding",
        'byte {byte} is not {encoding}; declare encoding = "cp1252" in tagih.toml [format], or save as UTF-8',
        byte=f"0x{ord(match[0]) - 0xDC00:02x}",
        encoding=encoding,
    )


def _text(path: Path, file: str, settings: TableSettings) -> Sheet:
    form = settings.format
    text = _decode(path, form.encoding)
    clean = UNDECODED.search(text) is None
    lines = io.StringIO(text, newline="")
    for _ in range(settings.header_row - 1):
        lines.readline()
    start = lines.tell()
    header_line = lines.readline()
    lines.seek(start)
    delimiter = form.delimiter or max(DELIMITERS, key=header_line.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    before = settings.header_row - 1
    header: tuple[str, ...] | None = None
    rows: list[tuple[int, Cells]] = []
    refused: dict[int, InputError] = {}
    for number, cells, error in _records(reader, text, before, delimiter):
        if header is None:
            error = error or _undecoded("".join(cells), form.encoding)
            if error is not None:
                raise error
            header = _trimmed(tuple(map(_name, cells)))
            continue
        if error is None and not any(cells):
            continue
        rows.append((number, cells))
        width = len(header)
        if error is None and len(cells) != width:
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            elif len(cells) < width:
                error = InputError(
                    "row.short",
                    "the row has {cells} cells where the header has {columns}; write the others",
                    cells=len(cells),
                    columns=width,
                )
            else:
                error = InputError(
                    "row.cells",
                    "the row has {cells} cells where the header has {columns}; "
                    "put quotes around a cell that holds '{delimiter}'",
                    cells=len(cells),
                    columns=width,
                    delimiter=delimiter,
                )
        if error is None and not clean:
            error = _undecoded("".join(cells), form.encoding)
        if error is not None:
            refused[number] = error
    if header is None or not any(header):
        raise InputError(
            "file.no_header", "has no header in row {row}; write column names there", row=settings.header_row
        )
    return Sheet(file, path, header, rows, refused, delimiter)


def _trimmed(header: tuple[str, ...]) -> tuple[str, ...]:
    """The header without the unnamed columns at its end."""
    size = len(header)
    while size and not header[size - 1]:
        size -= 1
    return header[:size]


def _records(
    reader: Any, text: str, before: int, delimiter: str
) -> Iterator[tuple[int, Cells, InputError | None]]:
    """Every record with the line that it starts in; a broken one with its error."""
    while True:
        number = before + reader.line_num + 1
        try:
            yield number, [cell.strip() for cell in next(reader)], None
        except StopIteration:
            return
        except csv.Error as problem:
            lines = io.StringIO(text, newline="").readlines()[number - 1 : before + reader.line_num]
            if "end of data" in str(problem):
                yield from _never_closed(number, lines)
                return
            cells = _with_spaces_after_quotes(lines, delimiter)
            error = InputError(
                "row.quotes",
                "the row's quotes do not close ({problem}); double a quote inside a quoted cell",
                problem=str(problem),
            )
            yield number, cells or [], None if cells else error


def _never_closed(number: int, lines: Sequence[str]) -> Iterator[tuple[int, Cells, InputError]]:
    """Each line that an open quote swallowed, refused."""
    for line, content in enumerate(lines, number):
        error = InputError(
            "file.quote_open",
            "the quote opened in row {row} is never closed; close it and check again",
            row=number,
        )
        yield line, [content.rstrip()], error


def _with_spaces_after_quotes(lines: Sequence[str], delimiter: str) -> Cells | None:
    """The cells of a line that was refused only for spaces after a closing quote."""
    if len(lines) != 1:
        return None
    line = re.sub(rf'" +(?={re.escape(delimiter)}|\r?\n?$)', '"', lines[0])
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
    return [cell.strip() for cell in rows[0]] if len(rows) == 1 else None


def _jsonl(path: Path, file: str, form: Format) -> Sheet:
    found: list[tuple[int, Mapping[str, Any]]] = []
    refused: dict[int, InputError] = {}
    broken: dict[int, str] = {}
    names: dict[str, None] = {}
    for number, line in enumerate(_decode(path, form.encoding).split("\n"), 1):
        if not line.strip():
            continue
        record: Mapping[str, Any]
        try:
            record = _object(line, form.encoding)
        except InputError as error:
            refused[number], broken[number], record = error, line.strip(), {}
        found.append((number, record))
        names.update(dict.fromkeys(map(_name, record)))
    if not names:
        raise InputError("file.no_header", "has no header in row {row}; write column names there", row=1)
    header = tuple(names)
    rows = []
    for number, record in found:
        named = {_name(key): value for key, value in record.items()}
        cells = [broken[number]] if number in broken else [named.get(name) for name in header]
        rows.append((number, [cell.strip() if isinstance(cell, str) else cell for cell in cells]))
    return Sheet(file, path, header, rows, refused)


def _object(line: str, encoding: str) -> dict[str, Any]:
    """The object that one line of JSONL writes."""
    if error := _undecoded(line, encoding):
        raise error
    try:
        record = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError) as problem:
        raise InputError("row.json", "the line is not JSON: {problem}", problem=str(problem)) from None
    if not isinstance(record, dict) or any(isinstance(value, list | dict) for value in record.values()):
        raise InputError("row.flat", "the line must be one object with plain values")
    return record


def _spreadsheet(
    path: Path, table: str, settings: TableSettings
) -> tuple[tuple[str, ...], Iterable[tuple[int, Cells]]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise missing("xlsx", path.name) from None
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
        name = _chosen(names, settings.sheet, table)
        rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError) as problem:
        raise InputError("file.unreadable", "cannot be read: {problem}", problem=str(problem)) from None
    at = settings.header_row
    if len(rows) < at or not any(_name(cell) for cell in rows[at - 1]):
        raise InputError("file.no_header", "has no header in row {row}; write column names there", row=at)
    header = _trimmed(tuple(map(_name, rows[at - 1])))
    return header, ((number, _stripped(cells, len(header))) for number, cells in enumerate(rows[at:], at + 1))


def _stripped(cells: Cells, width: int) -> Cells:
    return [cell.strip() if isinstance(cell, str) else cell for cell in cells[:width]]


def _chosen(names: Sequence[str], declared: str, table: str) -> str:
    if declared in names:
        return declared
    if not declared and len(names) == 1:
        return names[0]
    if not declared and table in names:
        return table
    raise InputError(
        "file.sheet",
        "has no sheet '{found}'; declare sheet = one of {sheets} in tagih.toml [tables.{table}]",
        found=declared or table,
        sheets=", ".join(names),
        table=table,
    )


def _parquet(path: Path) -> Numbered:
    try:
        import polars
    except ImportError:
        raise missing("portfolio", path.name) from None
    try:
        frame = polars.read_parquet(path)
    except (polars.exceptions.PolarsError, OSError) as problem:
        raise InputError("file.unreadable", "cannot be read: {problem}", problem=str(problem)) from None
    header = tuple(map(_name, frame.columns))
    return header, (
        (number, _stripped(list(row), len(header))) for number, row in enumerate(frame.iter_rows(), 1)
    )


def parquet_header(path: Path) -> tuple[str, ...]:
    """The column names of a Parquet file, as `read_sheet` has them."""
    import polars

    return tuple(map(_name, polars.read_parquet_schema(path)))


def parquet_rows(path: Path, file: str, column: int, among: Collection[str]) -> Sheet:
    """As `read_sheet`, only the rows of a Parquet file with one of these texts in a column (empty: '')."""
    import polars as pl

    cell = pl.nth(column).cast(pl.String).str.strip_chars()
    text = cell.str.replace(_WRAPPED, "${1}").fill_null("")
    wanted = pl.Series(sorted(among), dtype=pl.String).implode()
    numbered = pl.scan_parquet(path).filter(text.is_in(wanted)).collect()
    numbers = pl.scan_parquet(path).select(text.is_in(wanted)).collect().to_series().arg_true() + 1
    header = tuple(map(_name, numbered.columns))
    rows = [
        (number, _stripped(list(cells), len(header)))
        for number, cells in zip(numbers.to_list(), numbered.iter_rows(), strict=True)
    ]
    return Sheet(file, path, header, [(number, cells) for number, cells in rows if not _blank(cells)])


def missing(extra: str, name: str) -> UnavailableError:
    """The refusal of a file whose reader is not installed."""
    return UnavailableError(
        "files.extra",
        "{name} needs a package that is not installed; run: pip install 'tagih[{extra}]'",
        name=name,
        extra=extra,
    )
