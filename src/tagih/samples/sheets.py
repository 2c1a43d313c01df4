"""Rows under our names become the lender's files: the inverse of reading a book.

The mapping is the book's own tagih.toml, so what is written is what will be read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

Row = Mapping[str, Any]


def files(toml: Mapping[str, Any], tables: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
    """The files of every table that the toml names, by file name."""
    written = {}
    for name, settings in toml["tables"].items():
        rows = tables.get(name, ())
        form = toml.get("format", {}) | settings.get("format", {})
        for file, part in _by_file(settings, rows):
            written[file] = sheet(settings, form, part)
    return written


def sheet(settings: Mapping[str, Any], form: Mapping[str, Any], rows: Iterable[Row]) -> bytes:
    """One CSV file."""
    columns = list(_columns(settings))
    back = {
        field: {ours: theirs for theirs, ours in values.items()}
        for field, values in settings.get("values", {}).items()
    }
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=form.get("delimiter", ","), lineterminator="\n")
    writer.writerow([theirs for theirs, _, _ in columns])
    for row in rows:
        writer.writerow(
            [_cell(row.get(ours, ""), index, back.get(ours, {}), form) for _, ours, index in columns]
        )
    return out.getvalue().encode(form.get("encoding", "utf-8"))


def _columns(settings: Mapping[str, Any]) -> Iterable[tuple[str, str, int]]:
    """The lender's name, ours, and which part of ours it holds."""
    for ours, theirs in settings.get("columns", {}).items():
        names = theirs if isinstance(theirs, list) else [theirs]
        yield from ((name, ours, index) for index, name in enumerate(names) if isinstance(name, str))
    for group, before in (("tags", ""), ("facts", ""), ("against", "against.")):
        for ours, theirs in settings.get(group, {}).items():
            yield theirs, before + ours, 0


def _cell(value: Any, index: int, back: Mapping[str, str], form: Mapping[str, Any]) -> str:
    if isinstance(value, tuple):
        value = value[index]
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        pattern = "%d/%m/%Y" if form.get("date", {}).get("order") == "dmy" else "%Y-%m-%d"
        return value.strftime(pattern)
    if isinstance(value, int):
        return f"{value:,}".replace(",", form.get("number", {}).get("thousands", ""))
    return back.get(value, value)


def _by_file(settings: Mapping[str, Any], rows: Sequence[Row]) -> Iterable[tuple[str, Sequence[Row]]]:
    """All rows in one file, or, where the name has a star, one file a year."""
    name = settings.get("file") or settings["files"][0]
    if "*" not in name:
        return [(name, rows)]
    years = sorted({row["effective_on"].year for row in rows})
    return [
        (name.replace("*", str(year)), [row for row in rows if row["effective_on"].year == year])
        for year in years
    ]
