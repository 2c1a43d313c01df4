"""Rejected rows as files that can be mended and fed in again."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from tagih.errors import UnavailableError
from tagih.files.book import Book, Rejected
from tagih.files.cells import shown
from tagih.files.loading import REASONS
from tagih.files.sheets import UNDECODED


@contextmanager
def written_whole(path: Path, *, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """A text file that appears under ``path`` when it is whole, or not at all.

    Raises:
        UnavailableError: If its folder cannot be written in.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding=encoding, newline="") as file:
            yield file
        part.replace(path)
    except OSError as problem:
        raise UnavailableError(
            "files.write",
            "{path} cannot be written: {problem}",
            path=str(path),
            problem=str(problem.strerror),
        ) from None
    finally:
        with suppress(OSError):
            part.unlink()


def write_rejected(book: Book, folder: str | Path) -> tuple[Path, ...]:
    """Write ``TABLE.csv`` with the rejected rows of each table into ``folder``.

    The lender's own columns and formats stay; what was found wrong is added in columns named
    ``tagih_…``. Put the mended file into the book's folder ``mended``: its rows then stand in for
    the ones they came from.
    """
    tables = dict.fromkeys(row.table for row in book.rejected)
    return tuple(_write(book, table, Path(folder) / f"{table}.csv") for table in tables)


def _write(book: Book, table: str, path: Path) -> Path:
    rows = [row for row in book.rejected if row.table == table]
    header = dict.fromkeys(name for row in rows for name in row.header if name not in REASONS)
    declared = book.settings.table(table).format.number
    decimal = declared.separators[1] if declared.declared else "."
    with written_whole(path, encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=rows[0].delimiter, lineterminator="\n")
        writer.writerow([*header, *REASONS])
        for row in rows:
            cells = {name: _written(cell, decimal) for name, cell in zip(row.header, row.cells, strict=False)}
            if len(row.cells) > len(row.header):  # the rest belongs to the last: 1,500,000 without quotes
                rest = row.cells[len(row.header) - 1 :]
                cells[row.header[-1]] = row.delimiter.join(_written(cell, decimal) for cell in rest)
            own = [cells.get(name, "") for name in header]
            writer.writerow([*own, row.file, row.row, *_why(row)])
    return path


def _why(row: Rejected) -> tuple[str, str]:
    fields = dict.fromkeys(complaint.field for complaint in row.complaints if complaint.field)
    return "; ".join(fields), " | ".join(complaint.reason for complaint in row.complaints)


def _written(cell: Any, decimal: str) -> str:
    """A cell in the table's own format: a spreadsheet's number gets the declared decimal sign."""
    if isinstance(cell, datetime) and cell.tzinfo is None and cell.time().isoformat() == "00:00:00":
        return cell.date().isoformat()
    if isinstance(cell, float):
        return shown(cell).replace(".", decimal)
    text = shown(cell)
    if UNDECODED.search(text):  # bytes that were not of the encoding: as Windows would show them
        return text.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return text
