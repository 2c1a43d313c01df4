"""A pack as one workbook: a sheet a table, sums as formulas with their values, native charts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from textwrap import wrap
from typing import Any, Final

from attrs import evolve

from tagih.reports.long_sheets import LONG, MOST, filled
from tagih.reports.tables import NUMBERS, Table, shown
from tagih.reports.wording import said
from tagih.reports.xlsx import HEAD, _width, _write, opened, styles

BARS: Final = ("#2f6f9f", "#f7d58b", "#f0ae45", "#e0803a", "#c4512d", "#96303b", "#5d1f3c", "#1f0a14")
CURVES: Final = (
    "#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c",
    "#22a884", "#44bf70", "#7ad151", "#a8c93a", "#c4b72c", "#d6a520", "#e08a1e",
)  # fmt: skip
"""From dark to light, the oldest cohort first; a marker's shape tells neighbours apart too."""
MARKS: Final = ("circle", "square", "triangle", "diamond")
SMALL: Final = {"size": 9, "color": "#1b2530"}
PLAIN: Final = {"size": 9, "bold": False, "color": "#4a5560"}
GRID: Final = {"visible": True, "line": {"color": "#dde3e8", "width": 0.75}}
AXIS: Final = {"num_font": SMALL, "line": {"color": "#dde3e8"}}
MONTHS: Final = ("[$-421]mmm yy", "[$-809]mmm yy")
"""A month's short name, in Indonesian and in English, whatever the reader's own settings are."""
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
    heads = {"text": book.add_format(HEAD), "number": book.add_format({**HEAD, "align": "right"})}
    title = book.add_format({"bold": True, "font_size": 12, "font_color": "#12355b"})
    formats, totals = styles(book)
    sheets: dict[str, Any] = {}
    for table in (_fitting(table, lang) for table in tables):
        sheet = sheets[table.name] = book.add_worksheet(table.name[:31])
        sheet.write_string(0, 0, table.title, title)
        at_once = table.rows[:1] if len(table.rows) > LONG else table.rows
        widths = [
            110 if each.key == "definition" else _width(table, at) for at, each in enumerate(table.columns)
        ]
        titles = [column.title for column in table.columns]
        lines = max(len(wrap(each, max(width - 2, 4))) for each, width in zip(titles, widths, strict=True))
        sheet.set_row(1, 15 * lines)  # said, because not every program works it out; heads are bold
        for at, (column, width) in enumerate(zip(table.columns, widths, strict=True)):
            head = heads["number" if column.kind in NUMBERS or column.kind == "date" else "text"]
            sheet.write_string(1, at, column.title, head)
            sheet.set_column(at, at, width)
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
        _months(book, sheets["history"], tables["history"], lang)
    for name, value in (
        ("aging", "principal_balance"),
        ("aging_days", "principal_balance"),
        ("provisions", "provision"),
    ):
        if name in tables and any(row[value] for row in tables[name].rows):
            _places(book, sheets[name], tables[name], value, lang)
    if "vintage" in tables and tables["vintage"].rows:
        _curves(book, sheets["vintage"], tables["vintage"])


def _months(book: Any, sheet: Any, table: Table, lang: str) -> None:
    """Stacked columns: a column a month, a colour a bucket."""
    keys = [column.key for column in table.columns]
    days = [at for at, key in enumerate(keys) if key.startswith("days_")]
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for at, colour in zip(days, BARS, strict=False):
        _series(chart, table, 0, at, {"fill": {"color": colour}, "gap": 40})
    chart.set_x_axis(
        {**AXIS, "date_axis": True, "num_format": MONTHS[lang == "en"],
         "major_unit": 1, "major_unit_type": "months"}
    )  # fmt: skip
    unit = _money_axis(max(sum((Decimal(row[keys[at]]) for at in days), Decimal(0)) for row in table.rows))
    chart.set_y_axis({**AXIS, **unit, "major_gridlines": GRID})
    chart.set_legend({"position": "right", "font": SMALL})
    _place(sheet, chart, table, _titled(table.title, unit, lang))


def _places(book: Any, sheet: Any, table: Table, value: str, lang: str) -> None:
    """Bars: an amount for each class or bucket, by its name, in the table's order."""
    keys = [column.key for column in table.columns]
    chart = book.add_chart({"type": "bar"})
    _series(chart, table, keys.index("name"), keys.index(value), {"fill": {"color": BARS[0]}, "gap": 60})
    unit = _money_axis(max(Decimal(row[value] or 0) for row in table.rows))
    chart.set_x_axis({**AXIS, **unit, "major_gridlines": GRID})
    chart.set_y_axis({**AXIS, "reverse": True, "crossing": "max", "major_gridlines": {"visible": False}})
    chart.set_legend({"none": True})
    what = table.columns[keys.index(value)].title
    _place(sheet, chart, table, _titled(f"{table.title}: {what}", unit, lang))


def _money_axis(most: Decimal) -> dict[str, Any]:
    """How amounts stand at an axis: in millions where there are several, written by the number's format."""
    return {"num_format": "#,##0,," if most >= 5_000_000 else "#,##0"}


def _titled(title: str, unit: dict[str, Any], lang: str) -> str:
    return f"{title} ({said('notes', 'millions', lang)})" if unit["num_format"].endswith(",,") else title


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
    """A line for each cohort, the oldest the darkest."""
    chart = book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    keys = [column.key for column in table.columns]
    age, rate = keys.index("month_on_book"), keys.index("rate")
    rows = table.rows
    starts = [at for at, row in enumerate(rows) if not at or rows[at - 1]["cohort"] != row["cohort"]]
    for turn, (start, after) in enumerate(zip(starts, [*starts[1:], len(rows)], strict=True)):
        colour, mark = CURVES[turn % len(CURVES)], MARKS[turn % len(MARKS)]
        chart.add_series(
            {
                "name": rows[start]["cohort"],
                "categories": [table.name, start + 2, age, after + 1, age],
                "values": [table.name, start + 2, rate, after + 1, rate],
                "line": {"color": colour, "width": 1.5},
                "marker": {"type": mark, "size": 5, "fill": {"color": colour}, "border": {"color": colour}},
            }
        )
    oldest = max(row["month_on_book"] for row in rows)
    chart.set_x_axis(
        {**AXIS, "name": table.columns[age].title, "name_font": PLAIN, "min": 0, "max": max(oldest, 1),
         "major_unit": 1 if oldest <= 24 else 12, "major_gridlines": {"visible": False}}
    )  # fmt: skip
    chart.set_y_axis({**AXIS, "num_format": "0%", "min": 0, "major_gridlines": GRID})
    chart.set_legend({"position": "right", "font": SMALL})
    _place(sheet, chart, table, table.title, beside=True)


def _place(sheet: Any, chart: Any, table: Table, title: str, *, beside: bool = False) -> None:
    chart.set_title({"name": title, "name_font": {"size": 11}})
    row, column = (2, len(table.columns) + 1) if beside else (len(table.rows) + 5, 0)
    sheet.insert_chart(row, column, chart, {"x_scale": 1.6, "y_scale": 1.2})
