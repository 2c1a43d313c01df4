"""What a migration costs: 100.000 accounts of two snapshots, matrix and rates, exact to the sen."""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import version
from random import Random

import pandas as pd
from row import Row

from tagih.reports.migration import Standing, migrate, transition_rates

CODES = ("C0", "B1", "B2", "B3", "B4", "B5", "B6", "B7")
CHANCE = Random(16)


def snapshots() -> tuple[list[Standing], list[Standing]]:
    """Most accounts stay, some get worse, fewer get better."""
    then, now = [], []
    for number in range(100_000):
        at = CHANCE.choices(range(8), [80, 8, 4, 3, 2, 1, 1, 1])[0]
        to = min(max(at + CHANCE.choice((0, 0, 0, 1, -1)), 0), 7)
        balance = Decimal(CHANCE.randrange(10**10)) / 100
        then.append(Standing(str(number), CODES[at], balance))
        now.append(Standing(str(number), CODES[to], balance - 5))
    return then, now


THEN, NOW = snapshots()
FRAMES = [
    pd.DataFrame({"account": [one.account for one in each], "bucket": [one.bucket for one in each],
                  "balance": [one.balance for one in each]})
    for each in (THEN, NOW)
]  # fmt: skip


def ours() -> dict[tuple[str, str], Decimal]:
    """Every cell by opening balance, and the rates by count and by balance."""
    found = migrate(THEN, NOW, CODES)
    assert transition_rates(found)
    assert transition_rates(found, by="balance")
    return {
        (origin, to): amount
        for origin in CODES
        for to in CODES
        if (amount := found.opening(origin, to)) or found.count(origin, to)
    }


def theirs() -> dict[tuple[str, str], Decimal]:
    """The cells and their shares of each row, with Decimals in object columns."""
    joined = FRAMES[0].merge(FRAMES[1], on="account", suffixes=("", "_now"))
    cells = joined.groupby(["bucket", "bucket_now"])["balance"].agg(["sum", "count"])
    whole = cells.groupby(level=0).transform("sum")
    assert len(cells["sum"] / whole["sum"]) == len(cells["count"] / whole["count"])
    return dict(cells["sum"].items())


assert ours() == theirs()

ROWS = [
    Row("roll rates of 100.000 accounts, exact", ours, f"pandas {version('pandas')}", theirs, turns=3)
]  # fmt: skip
