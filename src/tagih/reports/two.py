"""Snapshots from files: an account, its bucket, its balance and flags, a row each."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tagih.errors import DataError
from tagih.reports.migration import PAID_OFF, WRITTEN_OFF, Standing


def read_snapshot(path: Path) -> tuple[Standing, ...]:
    """The rows of a CSV with account, bucket, balance and (optional) flags; plain digits.

    A month-end pack's contracts.csv can be read too: contract and state stand for account and flags.

    Raises:
        DataError: If a column is missing, or a balance is not an amount; names file and row.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or ()
        account = "account" if "account" in names else "contract"
        for need in (account, "bucket", "balance"):
            if need not in names:
                raise DataError(
                    "snapshot.column",
                    "{file}: no column '{need}'; found {found}",
                    file=path.name,
                    need="account" if need == "contract" else need,
                    found=", ".join(names) or "none",
                )
        return tuple(_standing(path, at, row, account) for at, row in enumerate(reader, 2))


def _standing(path: Path, at: int, row: dict[str, str | None], account: str) -> Standing:
    flags = f"{row.get('flags') or ''} {row.get('state') or ''}".split()
    text = row["balance"] or "0"
    try:
        balance = Decimal(text)
    except InvalidOperation:
        raise DataError(
            "snapshot.balance",
            "{file}:{row}: balance '{found}' is not an amount; write plain digits, such as 1500000.00",
            file=path.name,
            row=at,
            found=text,
        ) from None
    state = next((flag for flag in (PAID_OFF, WRITTEN_OFF) if flag in flags), "live")
    bucket = (row["bucket"] or "").strip()
    return Standing(
        (row[account] or "").strip(),
        bucket if state == "live" else "",
        balance,
        state,
        "restructured" in flags,
    )
