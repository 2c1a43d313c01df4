"""Long tables in a workbook: rows written straight into the sheets of a workbook that is made.

A sheet with the first row of a table gives every column its style; the other rows go in after it.
That is some ten times faster than cell by cell, and takes no memory for cells.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final
from xml.sax.saxutils import escape
from zipfile import ZipFile

from tagih.reports.tables import NUMBERS, Table

LONG: Final = 5_000
"""A table of more rows than this is long."""
MOST: Final = 1_048_576 - 3
"""Rows that a sheet holds beside its title, its header and its total."""
FIRST: Final = 3
"""The row of a sheet, from 1, where a table's first row stands."""
DAY_0: Final = date(1899, 12, 30)
ODD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def filled(workbook: bytes, tables: Mapping[int, Table]) -> bytes:
    """The workbook with the rows after the first put into its sheets, by the sheet's number from 1."""
    if not tables:
        return workbook
    made = io.BytesIO()
    with ZipFile(io.BytesIO(workbook)) as old, ZipFile(made, "w") as new:
        for info in old.infolist():
            number = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", info.filename)
            table = tables.get(int(number[1])) if number else None
            content = old.read(info)
            with new.open(info, "w") as file:
                if table is None:
                    file.write(content)
                    continue
                text = content.decode()
                row = re.search(rf'<row r="{FIRST}"[^>]*>.*?</row>', text)
                assert row is not None
                styles = dict(re.findall(rf'<c r="([A-Z]+){FIRST}" s="(\d+)"', row[0]))
                file.write(text[: row.end()].encode())
                for piece in _rows(table, styles):
                    file.write(piece.encode())
                file.write(text[row.end() :].encode())
    return made.getvalue()


def _rows(table: Table, styles: Mapping[str, str]) -> Iterator[str]:
    """The rows after the first as XML."""
    from xlsxwriter.utility import xl_col_to_name

    columns = []
    for at, column in enumerate(table.columns):
        letter = xl_col_to_name(at)
        style = f' s="{styles[letter]}"' if letter in styles else ""
        columns.append((column.key, column.kind in NUMBERS, letter, style))
    for number, row in enumerate(table.rows[1:MOST], FIRST + 1):
        cells = []
        for key, is_number, letter, style in columns:
            value = row.get(key)
            if value is None or value == "":
                continue
            if is_number:
                cells.append(f'<c r="{letter}{number}"{style}><v>{value}</v></c>')
            elif isinstance(value, date):
                cells.append(f'<c r="{letter}{number}"{style}><v>{(value - DAY_0).days}</v></c>')
            else:
                cells.append(
                    f'<c r="{letter}{number}"{style} t="inlineStr"><is><t xml:space="preserve">'
                    f"{_text(value)}</t></is></c>"
                )
        yield f'<row r="{number}">{"".join(cells)}</row>'


def _text(value: Any) -> str:
    return escape(ODD.sub(lambda odd: f"_x{ord(odd[0]):04X}_", str(value)))
