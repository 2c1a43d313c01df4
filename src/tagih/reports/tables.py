"""One table, many papers: text for people, CSV and JSON for programs, XLSX and HTML.

A report is worked out once, as a `Table` of frozen rows; the writers only write. People read
local digits (1.500.000), programs plain ones (1500000.00). Text that a spreadsheet would take
for a formula is written so that it stays text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Final, Literal

from attrs import field, frozen

from tagih.words import angka, english_short_date, tanggal_singkat

Kind = Literal["text", "money", "count", "days", "date", "share", "rate"]
NUMBERS: Final = ("money", "count", "days", "share", "rate")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@frozen
class Column:
    """A column: its key for programs, its title for people, and what kind of thing it holds.

    ``share`` is a fraction of 1, shown in per cent with one decimal; ``rate`` with two. Dates are
    shown in the words of ``lang``; digits are local ones in either.
    """

    key: str
    title: str
    kind: Kind = "text"
    lang: str = "id"

    def shown(self, value: Any) -> str:
        """A value of this column as people read it; empty for None."""
        if self.kind == "date" and value is not None and self.lang == "en":
            return english_short_date(value)
        return shown(value, self.kind)


def _columns(values: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(values)


def _rows(values: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    return tuple(values)


@frozen
class Table:
    """A title, columns, rows of values by key, an optional total row, and notes under it."""

    name: str
    title: str
    columns: tuple[Column, ...] = field(converter=_columns)
    rows: tuple[Mapping[str, Any], ...] = field(converter=_rows)
    total: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()


def shown(value: Any, kind: Kind) -> str:
    """A value as people read it; empty for None."""
    if value is None:
        return ""
    if kind == "money":
        amount = Decimal(value)
        return angka(amount, 0 if amount == amount.to_integral_value() else 2)
    if kind in ("count", "days"):
        return angka(int(value))
    if kind in ("share", "rate"):
        return angka(
            (Decimal(value) * 100).quantize(Decimal("0.01") if kind == "rate" else Decimal("0.1")),
            2 if kind == "rate" else 1,
        )
    if kind == "date":
        return tanggal_singkat(value)
    return str(value)


def plain(value: Any) -> str:
    """A value as programs read it: plain digits, ISO dates."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def to_text(table: Table, *, width: int = 0) -> str:
    """The table in columns of plain text; numbers stand right."""
    rows = [[column.shown(row.get(column.key)) for column in table.columns] for row in table.rows]
    if table.total is not None:
        rows.append([column.shown(table.total.get(column.key)) for column in table.columns])
    head = [column.title for column in table.columns]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        parts = [
            cell.rjust(size) if column.kind in NUMBERS else cell.ljust(size)
            for cell, size, column in zip(cells, widths, table.columns, strict=True)
        ]
        return "  ".join(parts).rstrip()

    out = [table.title, "", line(head)] if table.title else [line(head)]
    out += [line(row) for row in rows]
    out += table.notes
    return "\n".join(out)


def to_csv(table: Table) -> str:
    """The rows as CSV with plain digits; the total is left out, so that columns can be added up."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.key for column in table.columns])
    for row in table.rows:
        writer.writerow([safe(plain(row.get(column.key)), column.kind) for column in table.columns])
    return buffer.getvalue()


def safe(text: str, kind: Kind) -> str:
    """Text that no spreadsheet takes for a formula: a quote goes before a leading = + - @."""
    return "'" + text if kind == "text" and text.startswith(FORMULA) else text


def to_json(table: Table, **more: Any) -> str:
    """The rows as one JSON object, decimals as strings, with the total and whatever ``more`` says."""
    value = {"schema": 1, "name": table.name, **more, "rows": [ROWS] if table.rows else []}
    if table.total is not None:
        value["total"] = _plain_row(table.columns, table.total)
    text = json.dumps(value, ensure_ascii=False, indent=2, default=plain)
    head, _, tail = text.partition(f"    {json.dumps(ROWS)}")
    return head + ",\n".join(_json_rows(table)) + tail


ROWS: Final = "\0 rows"


def _json_rows(table: Table) -> Iterator[str]:
    """Each row as indented JSON: the same text as `json.dumps`, in a fraction of its time."""
    keys = [(column.key, f"      {json.dumps(column.key, ensure_ascii=False)}: ") for column in table.columns]
    for row in table.rows:
        cells = [head + _json(row.get(key)) for key, head in keys]
        yield "    {\n" + ",\n".join(cells) + "\n    }" if cells else "    {}"


def _json(value: Any) -> str:
    if value is None:
        return "null"
    if type(value) is str:
        return encode_basestring(value)
    if isinstance(value, int):
        return json.dumps(value)
    return encode_basestring(plain(value))


def _plain_row(columns: Iterable[Column], row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column.key: row.get(column.key)
        if isinstance(row.get(column.key), (int, str, type(None)))
        else plain(row.get(column.key))
        for column in columns
    }
