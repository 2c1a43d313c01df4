"""Tables as one workbook: real numbers and dates, frozen headers, text that stays text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from tagih.errors import UnavailableError
from tagih.reports.tables import NUMBERS, Table

FORMATS: Final = {
    "money": "#,##0.00;[Red]-#,##0.00",
    "count": "#,##0",
    "days": "#,##0",
    "share": "0.0%",
    "rate": "0.00%",
    "date": "yyyy-mm-dd",
}
MEASURED: Final = 5_000
"""Rows whose length says how wide a column is."""
CREATED: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed stamp, so that the same input gives the same bytes


def workbook(tables: Sequence[Table], *, chart: tuple[str, str, str] | None = None) -> bytes:
    """The tables as XLSX bytes, a sheet each; the same tables give the same bytes.

    ``chart`` (table name, label column, value column) adds a native bar chart beside that table.

    Raises:
        UnavailableError: If the extra ``xlsx`` is not installed.
    """
    buffer = io.BytesIO()
    book = opened(buffer)
    head = book.add_format(HEAD)
    formats, totals = styles(book)
    taken: set[str] = set()
    for table in tables:
        name = _sheet_name(table.name, taken)
        sheet = book.add_worksheet(name)
        for at, column in enumerate(table.columns):
            sheet.write_string(0, at, column.title, head)
            sheet.set_column(at, at, _width(table, at))
            for row, values in enumerate(table.rows, 1):
                _write(sheet, row, at, values.get(column.key), column.kind, formats)
            if table.total is not None:
                _write(sheet, len(table.rows) + 1, at, table.total.get(column.key), column.kind, totals)
        sheet.freeze_panes(1, 1)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        if chart and chart[0] == table.name:
            _chart(book, sheet, table, name, chart[1], chart[2])
    book.close()
    return buffer.getvalue()


HEAD: Final = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"}


def opened(buffer: io.BytesIO) -> Any:
    """A new workbook in which text stays text; the same contents give the same bytes.

    Raises:
        UnavailableError: If the extra ``xlsx`` is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise UnavailableError(
            "extra.xlsx", "writing XLSX needs an extra; run: pip install 'tagih[xlsx]'"
        ) from None
    text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **text})
    book.set_properties({"created": CREATED})
    return book


def styles(book: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """How each kind of column is written, and its total."""
    formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
    totals = {
        kind: book.add_format({"num_format": form, "bold": True, "top": 1}) for kind, form in FORMATS.items()
    }
    totals["text"] = book.add_format({"bold": True, "top": 1})
    return formats, totals


def _width(table: Table, at: int) -> int:
    column = table.columns[at]
    looked_at = table.rows[:MEASURED]
    longest = max((len(column.shown(row.get(column.key))) for row in looked_at), default=0)
    total = len(column.shown(table.total.get(column.key))) if table.total else 0
    title = max((len(word) for word in column.title.split()), default=0)
    return min(max(longest + (4 if column.kind == "money" else 1), total + 4, title + 2), 48)


def _write(sheet: Any, row: int, at: int, value: Any, kind: str, formats: dict[str, Any]) -> None:
    form = formats.get(kind)
    if value is None or value == "":
        sheet.write_blank(row, at, None, form)
    elif kind in NUMBERS:
        sheet.write_number(row, at, Decimal(value), form)
    elif kind == "date":
        sheet.write_datetime(row, at, value, form)
    else:
        sheet.write_string(row, at, str(value), form)


def _sheet_name(name: str, taken: set[str]) -> str:
    """A sheet's name that is not taken: 31 letters at most, numbered where a table comes again."""
    found, count = name[:31], 1
    while found.casefold() in taken:
        count += 1
        ending = f" {count}"
        found = name[: 31 - len(ending)] + ending
    taken.add(found.casefold())
    return found


def _chart(book: Any, sheet: Any, table: Table, name: str, label: str, value: str) -> None:
    keys = [column.key for column in table.columns]
    last = len(table.rows)
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": table.columns[keys.index(value)].title,
            "categories": [name, 1, keys.index(label), last, keys.index(label)],
            "values": [name, 1, keys.index(value), last, keys.index(value)],
            "fill": {"color": "#2f6f9f"},
            "gap": 60,
        }
    )
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    chart.set_title(
        {"name": table.title or table.columns[keys.index(value)].title, "name_font": {"size": 11}}
    )
    sheet.insert_chart(last + 3, 0, chart, {"x_scale": 1.4, "y_scale": 0.9})
