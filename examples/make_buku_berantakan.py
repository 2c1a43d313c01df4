"""Make examples/buku-berantakan: a small book as messy as real workbooks are.

Titles above the tables, English and shortened column names, dates as cells and as text in three
spellings, amounts as numbers and as text, stray spaces, a total row, and seven rows that nobody
could read. The same bytes come out every time.

    python examples/make_buku_berantakan.py [FOLDER]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from tagih.samples.data import load
from tagih.samples.portfolio import portfolio
from tagih.samples.tables import tables

FOLDER = Path(__file__).parent / "buku-berantakan"
MADE = datetime(2026, 11, 16, 8, 0)  # noqa: DTZ001  (a workbook knows no time zones)
MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)

GROUPS = [
    {"count": 10, "habit": "on_time"},
    {"count": 7, "habit": "few_days_late"},
    {"count": 2, "habit": "leaves_change"},
    {"count": 3, "habit": "few_days_late", "days_past_due": [11, 45]},
    {"count": 2, "habit": "always_weeks_late", "days_past_due": [60, 110]},
    {"count": 1, "habit": "few_days_late", "days_past_due": [190, 260]},
]


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    book = rows()
    listing(folder / "Loan Portfolio Oct26.xlsx", book["contracts"])
    amortisation(folder / "Amortization.xlsx", book["instalments"])
    receipts(folder / "Receipts 2024-2026.xlsx", book["payments"])
    customers(folder / "Cust Master.xlsx", book["debtors"])


def rows() -> dict[str, list[dict[str, Any]]]:
    """Twenty-five contracts of a small finance company."""
    spec = dict(load("mf/lender.toml"))
    spec |= {
        "contract_id": "AG-{year}-{number:03d}",
        "debtor_prefix": "C",
        "groups": GROUPS,
        "branches": {"SBY": "surabaya", "MLG": "malang"},
        "branch_names": {"SBY": "Surabaya", "MLG": "Malang"},
    }
    return tables(portfolio("berantakan", spec), spec)


def listing(path: Path, contracts: Sequence[dict[str, Any]]) -> None:
    header = ["Agr. No", "Cust ID", "Prod", "Disb Dt", "Fin. Amt", "No of Inst", "Branch ", "Coll", "Sts"]
    body = [
        [
            spaced(row["id"], n),
            row["debtor"],
            {"Motor Baru": "NMC", "Motor Bekas": "UMC", "Mobil": "CAR", "Multiguna BPKB": "MPL"}[
                row["product"]
            ],
            mixed_date(row["signed_on"], n),
            mixed_amount(row["principal"], n),
            row["tenor"],
            row["branch"],
            row["collector"],
            row["status"],
        ]
        for n, row in enumerate(contracts)
    ]
    body.insert(12, [])
    body.append(["", "C000099", "NMC", "01/10/2026", "12.000.000", 12, "Malang", "", "AKTIF"])
    body.append(["TOTAL", "", "", "", sum(row["principal"] for row in contracts)])
    titles = ["PT CONTOH MULTI FINANCE TIMUR", "Loan Portfolio Listing", "As of: 31-Oct-2026", ""]
    write(path, "Portfolio", titles, header, body)


def amortisation(path: Path, instalments: Sequence[dict[str, Any]]) -> None:
    header = ["Agr. No", "Inst #", "Due", "Prin", "Int", "Inst Amt"]
    body = [
        [row["contract"], row["number"], row["due_on"], row["principal"], row["interest"], row["total"]]
        for row in instalments
    ]
    write(path, "Schedule", ["Amortization schedule (system generated)"], header, body)


def receipts(path: Path, payments: Sequence[dict[str, Any]]) -> None:
    header = ["Rcpt No", "Agr. No", "Pay Dt", "Amt", "Chan", "Remarks"]
    body = [
        [
            row["id"],
            spaced(row["contract"], n),
            mixed_date(row["effective_on"], n),
            mixed_amount(row["amount"], n),
            f" {row['channel'].title()} ",
            row["reference"],
        ]
        for n, row in enumerate(payments)
    ]
    known = payments[0]["contract"]
    body += [
        ["KW26-900001", known, "31/02/2026", 750_000, "Kasir", "Tanggal tidak ada"],
        ["KW26-900002", known, "05/10/2026", "1.5oo.000", "Kasir", "Huruf o, bukan nol"],
        ["KW26-900003", "AG-2025-999", "06/10/2026", 650_000, "Va", "Kontrak tidak dikenal"],
        ["KW26-900004", "3.2E+15", "06/10/2026", 650_000, "Va", "Nomor rusak oleh spreadsheet"],
        ["KW26-900005", known, "07/10/2026", -650_000, "Kasir", "Minus tanpa keterangan"],
        ["KW26-900006", known, "", 650_000, "Kasir", "Tanpa tanggal"],
    ]
    write(path, "Data", ["Receipts", "Period: Jun 2024 - Nov 2026", ""], header, body)


def customers(path: Path, debtors: Sequence[dict[str, Any]]) -> None:
    header = ["Cust ID ", " Cust. Name", "Title", "Addr 1", "Addr 2", "City", "ZIP", "Mobile"]
    body = [
        [
            row["id"],
            f"{row['name'].upper()}  " if n % 3 == 0 else row["name"],
            {"Bapak": "Mr", "Ibu": "Mrs"}[row["salutation"]],
            *row["address"],
            row["city"],
            row["postal_code"],
            row["phone"],
        ]
        for n, row in enumerate(debtors)
    ]
    write(path, "Sheet1", [], header, body)


def spaced(text: str, n: int) -> str:
    """Every fourth identifier with spaces around it."""
    return f" {text} " if n % 4 == 3 else text


def mixed_date(day: date, n: int) -> date | str:
    """A true date cell, 31/03/2026, or 31 Maret 2026."""
    return (day, day.strftime("%d/%m/%Y"), f"{day.day} {MONTHS[day.month - 1]} {day.year}")[n % 3]


def mixed_amount(amount: int, n: int) -> int | str:
    """A number, 1.500.000, Rp1.500.000 or 1.500.000,00."""
    dotted = f"{amount:,}".replace(",", ".")
    return (amount, dotted, f"Rp{dotted}", f"{dotted},00")[n % 4]


def write(
    path: Path, sheet: str, titles: Sequence[str], header: Sequence[str], body: Sequence[Sequence[Any]]
) -> None:
    """One workbook with one sheet; nothing in it depends on when it was made."""
    workbook = xlsxwriter.Workbook(path, {"strings_to_urls": False, "strings_to_numbers": False})
    workbook.set_properties({"title": path.stem, "created": MADE})
    bold, day = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "dd/mm/yyyy"})
    page = workbook.add_worksheet(sheet)
    page.set_column(0, len(header), 16)
    for number, title in enumerate(titles):
        page.write_string(number, 0, title, bold)
    page.write_row(len(titles), 0, header, bold)
    for number, cells in enumerate(body, len(titles) + 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                page.write_datetime(number, column, cell, day)
            else:
                page.write(number, column, cell)
    workbook.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
