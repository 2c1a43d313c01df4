"""One example book as files: the lender's toml, its tables, and a README."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Final

from tagih.samples import sheets
from tagih.samples.data import load, text
from tagih.samples.loans import EXPORTED, Loan
from tagih.samples.portfolio import portfolio
from tagih.samples.tables import tables

STORIES: Final = {
    "first_payment_default": "Gagal bayar angsuran pertama",
    "wrong_contract": "Pembayaran salah posting ke kontrak lain, lalu dikoreksi",
    "double_virtual_account": "Transfer virtual account terposting ganda, lalu dibatalkan",
    "bounced_giro": "Giro ditolak, dengan biaya tolakan",
    "paid_off_early": "Pelunasan dipercepat",
    "restructured": "Restrukturisasi (penjadwalan kembali)",
    "repossessed": "Kendaraan ditarik, belum terjual",
    "written_off": "Hapus buku, sebagian dengan pembayaran sesudahnya",
}


def written(lender: str) -> dict[str, bytes]:
    """Every file of the book, by name; the README last."""
    loans, spec = portfolio(lender), load(f"{lender}/lender.toml")
    toml = text(f"{lender}/tagih.toml")
    made = {"tagih.toml": toml.encode("utf-8")}
    rows = tables(loans, spec)
    made |= sheets.files(tomllib.loads(toml), rows)
    readme = _filled(text(f"{lender}/README.md"), loans, made)
    return made | {"README.md": readme.encode("utf-8")}


def _filled(template: str, loans: Sequence[Loan], files: Mapping[str, bytes]) -> str:
    late = [loan for loan in loans if loan.status == "AKTIF" and loan.account(EXPORTED).days_past_due > 10]
    listed = "\n".join(
        f"- `{name}`: {len(content.splitlines()) - 1:,} baris".replace(",", ".")
        for name, content in files.items()
        if name.endswith(".csv")
    )
    told: dict[str, list[str]] = {}
    for loan in loans:
        if "story" in loan.group:
            told.setdefault(loan.group["story"], []).append(loan.id)
    stories = "\n".join(f"- {STORIES[story]}: {', '.join(ids)}" for story, ids in sorted(told.items()))
    for key, value in {"files": listed, "stories": stories, "late": len(late), "example": late[0].id}.items():
        template = template.replace("{" + key + "}", str(value))
    return template.replace("\n\n\n\n", "\n\n")
