"""The month end of an example book from columns is the one that is told contract by contract."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation

import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.commands import large as doors
from tagih.portfolio import books, large
from tagih.reports import large as months
from tagih.samples import book_files


def number(cell: str) -> Decimal | str:
    """Amounts have two decimals where a file may have none."""
    try:
        return Decimal(cell)
    except InvalidOperation:
        return cell


@pytest.mark.parametrize("lender", ["mf-syariah", "pindar"])
def test_every_table_of_the_month_end_is_the_same(lender, tmp_path, monkeypatch):
    """With letters, promises and a write-off; dated ceilings; debtors of whom one contract pulls another."""
    book = tmp_path / "buku"
    book.mkdir()
    for name, content in book_files(lender).items():
        (book / name).write_bytes(content)
    monkeypatch.setattr(large, "FEW", 100)
    monkeypatch.setattr(books, "MOST", 1.0)
    told = []
    real = months.large_month
    monkeypatch.setattr(months, "large_month", lambda *a, **k: told.append(real(*a, **k)) or told[-1])
    tables = []
    for way in ("columns", "one by one"):
        monkeypatch.setattr(doors, "may_be", lambda book, way=way: way == "columns")
        ran = CliRunner().invoke(
            main, ["report", "month-end", str(book), "--as-of", "2026-10-31", "--no-charts", "--months", "3",
                   "--out", str(tmp_path / way)],
        )  # fmt: skip
        assert ran.exit_code == 0, ran.output
        found = {}
        for path in sorted((tmp_path / way).rglob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as file:
                found[path.name] = [[number(cell) for cell in row] for row in csv.reader(file)]
        tables.append(found)
    (month,) = told
    assert month is not None
    assert sum(len(facts.accounts[1]) for facts in month.told) > 20  # in columns
    assert len(month.beside.after) > 5  # beside them
    columns, one_by_one = tables
    assert columns.keys() == one_by_one.keys()
    assert len(columns) > 25
    for name, rows in one_by_one.items():
        assert columns[name] == rows, name
