"""A pack as one workbook: a sheet a table, sums as formulas with their values, native charts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from tagih.reports.long_sheets import LONG, MOST, filled
from tagih.reports.tables import Table, shown
from tagih.reports.wording import said
from tagih.reports.xlsx import HEAD, _width, _write, opened, styles

BARS: Final = ("#2f6f9f", "#f7d58b", "#f0ae45", "#e0803a", "#c4512d", "#96303b", "#5d1f3c", "#1f0a14")
SUMMED: Final = ("money", "count")
NOT_SUMMED: Final = ("accounts",)
"""Columns whose total is no sum of what is shown: averages are rounded in each row."""


def write(tables: Sequence[Table], lang: str) -> bytes:
    """The tables as XLSX bytes; the same tables give the same bytes.

    Raises:
        UnavailableError: If the extra ``xlsx`` is not installed.
    """
    buffer = io.BytesIO()
    book = opened(buffer)
    head = book.add_format(HEAD)
    title = book.add_format({"bold": True, "font_size": 12, "font_color": "#12355b"})
    formats, totals = styles(book)
    sheets: dict[str, Any] = {}
    for table in (_fitting(table, lang) for table in tables):
        sheet = sheets[table.name] = book.add_worksheet(table.name[:31])
        sheet.write_string(0, 0, table.title, title)
        at_once = table.rows[:1] if len(table.rows) > LONG else table.rows
        for at, column in enumerate(table.columns):
            sheet.write_string(1, at, column.title, head)
            sheet.set_column(at, at, 110 if column.key == "definition" else _width(table, at))
            for row, values in enumerate(at_once, 2):
                _write(sheet, row, at, values.get(column.key), column.kind, formats)
        _totals(sheet, table, totals)
        sheet.freeze_panes(2, 1)
        if table.rows:
            sheet.autofilter(1, 0, len(table.rows) + 1, len(table.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)
    _charts(book, sheets, {table.name: table for table in tables}, lang)
    book.close()
    long = {at: table for at, table in enumerate(tables, 1) if len(table.rows) > LONG}
    return filled(buffer.getvalue(), long)


def _fitting(table: Table, lang: str) -> Table:
    """The table with as many rows as a sheet holds; where that is not all, its title says so."""
    if len(table.rows) <= MOST:
        return table
    more = said("notes", "sheet_full", lang).format(count=shown(MOST, "count"), name=table.name)
    return evolve(table, title=f"{table.title} ({more})", rows=table.rows[:MOST])


def _totals(sheet: Any, table: Table, totals: dict[str, Any]) -> None:
    """The total row: a formula where the total is the sum of the column, else its value."""
    if table.total is None:
        return
    from xlsxwriter.utility import xl_rowcol_to_cell

    last = len(table.rows) + 2
    for at, column in enumerate(table.columns):
        value = table.total.get(column.key)
        rows = [row.get(column.key) for row in table.rows]
        if (
            column.kind in SUMMED
            and column.key not in NOT_SUMMED
            and value is not None
            and rows
            and all(isinstance(each, (int, Decimal)) for each in rows)
            and sum(map(Decimal, rows), Decimal(0)) == value  # type: ignore[arg-type]
        ):
            span = f"{xl_rowcol_to_cell(2, at)}:{xl_rowcol_to_cell(last - 1, at)}"
            sheet.write_formula(last, at, f"=SUM({span})", totals[column.kind], Decimal(value))
        else:
            _write(sheet, last, at, value, column.kind, totals)


def _charts(book: Any, sheets: dict[str, Any], tables: dict[str, Table], lang: str) -> None:
    """Native charts beside their tables: balances over months, aging, provisions, cohorts."""
    if "history" in tables and tables["history"].rows:
        table = tables["history"]
        chart = book.add_chart({"type": "column", "subtype": "stacked"})
        days = [at for at, column in enumerate(table.columns) if column.key.startswith("days_")]
        for at, colour in zip(days, BARS, strict=False):
            _series(chart, table, 0, at, {"fill": {"color": colour}, "gap": 40})
        _place(sheets["history"], chart, table, said("tables", "history", lang))
    for name, label, value in (
        ("aging", "class", "principal_balance"),
        ("aging_days", "bucket", "principal_balance"),
        ("provisions", "class", "provision"),
    ):
        if name in tables and tables[name].rows:
            keys = [column.key for column in tables[name].columns]
            chart = book.add_chart({"type": "bar"})
            style = {"fill": {"color": BARS[0]}, "gap": 60}
            _series(chart, tables[name], keys.index(label), keys.index(value), style)
            chart.set_legend({"none": True})
            chart.set_y_axis({"reverse": True})
            _place(sheets[name], chart, tables[name], tables[name].title)
    if "vintage" in tables and tables["vintage"].rows:
        _curves(book, sheets["vintage"], tables["vintage"])


def _series(chart: Any, table: Table, label: int, value: int, style: dict[str, Any]) -> None:
    name, last = table.name[:31], len(table.rows) + 1
    chart.add_series(
        {
            "name": [name, 1, value],
            "categories": [name, 2, label, last, label],
            "values": [name, 2, value, last, value],
            **style,
        }
    )


def _curves(book: Any, sheet: Any, table: Table) -> None:
    chart = book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    keys = [column.key for column in table.columns]
    age, rate = keys.index("month_on_book"), keys.index("rate")
    start = 0
    rows = table.rows
    while start < len(rows):
        end = start
        while end + 1 < len(rows) and rows[end + 1]["cohort"] == rows[start]["cohort"]:
            end += 1
        chart.add_series(
            {
                "name": rows[start]["cohort"],
                "categories": [table.name, start + 2, age, end + 2, age],
                "values": [table.name, start + 2, rate, end + 2, rate],
            }
        )
        start = end + 1
    _place(sheet, chart, table, table.title, beside=True)


def _place(sheet: Any, chart: Any, table: Table, title: str, *, beside: bool = False) -> None:
    chart.set_title({"name": title, "name_font": {"size": 11}})
    row, column = (2, len(table.columns) + 1) if beside else (len(table.rows) + 5, 0)
    sheet.insert_chart(row, column, chart, {"x_scale": 1.6, "y_scale": 1.2})
