"""A lender's own files as tests write them: its names, 31/12/2026 and 1.234.567,00."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

RUPIAH = 'number = {{ thousands = ".", decimal = "," }}\ndate = {{ order = "dmy" }}'
CONTRACTS = """
id = "NO_KONTRAK"
product = "PRODUK"
principal = "POKOK"
signed_on = "TGL"
"""
INSTALMENTS = """
[tables.instalments]
file = "JADWAL.{ending}"
[tables.instalments.columns]
contract = "NO_KONTRAK"
number = "KE"
due_on = "JT"
principal = "POKOK"
interest = "BUNGA"
"""
PAYMENTS = """
[tables.payments.columns]
contract = "NO_KONTRAK"
id = "NO_KUITANSI"
effective_on = "TGL_BAYAR"
amount = "JUMLAH"
"""
"""Parts of tagih.toml, to be filled in with the ``ending`` of the files."""


def indonesian(cell) -> str:
    """A cell as an Indonesian lender's program prints it; nothing is empty."""
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    if isinstance(cell, (Decimal, float)):
        return f"{cell:,.2f}".translate(str.maketrans(",.", ".,"))
    return "" if cell is None else str(cell)
