"""A book of late contracts, invented, as a folder or as a value: for the tests of letters."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from tagih.files import Book, read_book

AS_OF = date(2026, 11, 22)

TOML = """book = 1

[lender]
name = "PT Contoh Uji"
type = "mf"
city = "Jakarta"
"""
LETTERHEAD = """
unit = "UJI"
complaints = "telepon 021-555-0100"

[lender.address]
lines = ["Jl. Uji No. 1"]
city = "Jakarta"

[lender.signatory]
name = "Ratna Contoh"
office = "Kepala Penagihan"

[[lender.payment_channels]]
name = "Virtual account Bank Contoh"
account = "8808{contract}"
kind = "virtual_account"
"""

TAGS = """
[tables.contracts.tags]
branch = "branch"
"""


def write(
    folder: Path,
    late: list[int],
    *,
    names: dict[int, str] | None = None,
    routes: dict[int, str] | None = None,
    branches: dict[int, str] | None = None,
    extra: str = "",
) -> Path:
    """A book in ``folder``: one contract for each number of days late on `AS_OF`."""
    folder.mkdir(parents=True, exist_ok=True)
    contracts, rows, debtors = ["id,debtor,signed_on,principal,branch"], [], []
    rows = ["contract,number,due_on,principal,interest"]
    debtors = ["id,name,address,city,postal_code,route"]
    for at, days in enumerate(late, 1):
        due = AS_OF - timedelta(days=days)
        contracts.append(f"C-{at:04},K-{at:04},2025-01-05,1800000,{(branches or {}).get(at, '')}")
        for number, day in ((1, due), (2, due + timedelta(days=200))):
            rows.append(f"C-{at:04},{number},{day.isoformat()},900000,100000")
        name = (names or {}).get(at, f"Debitur {at}")
        debtors.append(f'K-{at:04},"{name}",Jl. Mawar {at},Bandung,40291,{(routes or {}).get(at, "")}')
    for file, lines in (("contracts", contracts), ("instalments", rows), ("debtors", debtors)):
        (folder / f"{file}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "tagih.toml").write_text(TOML + LETTERHEAD.lstrip("\n") + TAGS + extra, encoding="utf-8")
    return folder


def book(folder: Path, late: list[int], **more: object) -> Book:
    """The same, read."""
    read = read_book(write(folder, late, **more))  # type: ignore[arg-type]
    assert not read.complaints, [str(complaint.error) for complaint in read.complaints]
    return read
