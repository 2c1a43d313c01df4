"""Portfolios of any size with realistic behaviour, for tests and benchmarks; every name is invented.

Contracts are monthly, of 12, 24 or 36 instalments, on every day of the month. Most debtors pay on
time, some always late, some stop for good and some come back and catch up. Payments are split,
doubled, taken back and made again. The same seed gives the same portfolio, whatever its size: it is
made in parts of `PART` contracts, and each part is a file of every table.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from attrs import frozen

PART: Final = 50_000
END: Final = date(2026, 10, 31)
"""The last day on which anything happens; ages asked as of this day are the most telling."""
TENORS: Final = (12, 24, 36)
PRODUCTS: Final = ("Motor Baru", "Motor Bekas", "Multiguna")

BOOK: Final = """\
book = 1

[lender]
name = "PT Contoh Portofolio"
type = "mf"
city = "Jakarta"

[policies]
default = [
    "id.kol.mf.2018",
    { kind = "late_charge", daily_rate = "0.002", base = "unpaid_instalment", counting = "due_day_free" },
]

[checks]
principal = "refuse"

[tables.contracts]
files = ["contracts-*.parquet"]
[tables.instalments]
files = ["instalments-*.parquet"]
[tables.payments]
files = ["payments-*.parquet"]
[tables.events]
files = ["events-*.parquet"]
[tables.debtors]
files = ["debtors-*.parquet"]
"""

Ints = np.ndarray[Any, np.dtype[np.int64]]


@frozen
class Counts:
    """How many rows of each table were written."""

    contracts: int = 0
    instalments: int = 0
    payments: int = 0
    events: int = 0


def write(folder: Path, contracts: int, seed: int) -> Iterator[Counts]:
    """Write a book of ``contracts`` contracts into ``folder``, part by part; yields the counts so far."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tagih.toml").write_text(BOOK, encoding="utf-8")
    total = Counts()
    for part in range(-(-contracts // PART)):
        made = tables(part, min(PART, contracts - part * PART), seed)
        for name, frame in made.items():
            frame.write_parquet(folder / f"{name}-{part:04}.parquet", compression="zstd", statistics=True)
        total = Counts(*(
            getattr(total, name) + made[name].height
            for name in ("contracts", "instalments", "payments", "events")
        ))  # fmt: skip
        yield total


def tables(part: int, count: int, seed: int) -> dict[str, pl.DataFrame]:
    """The tables of one part, in the order of contracts, due dates and payment days."""
    chance = np.random.default_rng([seed, part])
    n = PART  # a whole part is made and cut, so that a smaller portfolio is the beginning of a larger one
    tenor = chance.choice(np.array(TENORS), n, p=[0.25, 0.5, 0.25])
    principal = chance.integers(40, 600, n) * 100_000
    rate = chance.choice(np.array([12, 14, 16, 18, 24]), n)  # flat, per cent a year
    anchor = chance.integers(1, 32, n)
    last_month = (END.year - 1970) * 12 + END.month - 1
    first_month = last_month - chance.integers(0, 30, n)
    habit = chance.choice(4, n, p=[0.78, 0.11, 0.06, 0.05])  # prompt, late, stops, catches up
    stop = chance.integers(1, 30, n)
    pause = chance.integers(1, 6, n)
    c = np.repeat(np.arange(n), tenor)
    number = np.arange(len(c)) - np.repeat(np.cumsum(tenor) - tenor, tenor) + 1
    each_principal = principal[c] // tenor[c] // 1000 * 1000
    final = number == tenor[c]
    each_principal = np.where(final, principal[c] - each_principal * (tenor[c] - 1), each_principal)
    interest = principal * rate // 1200 // 500 * 500
    due = _day(first_month[c] + number - 1, anchor[c])
    ids = pl.Series("id", part * PART + np.arange(1, n + 1)).cast(pl.String).str.zfill(9)
    ids = ("K-" + ids).alias("id")
    instalments = pl.DataFrame({
        "contract": ids.gather(c), "number": number.astype(np.int32), "due_on": _dates(due),
        "principal": each_principal, "interest": interest[c],
    })  # fmt: skip

    # who pays what, when
    k = habit[c]
    late = np.where(k == 1, chance.geometric(0.08, len(c)) + 2, 0)
    prompt = chance.integers(0, 3, len(c)) + (chance.random(len(c)) < 0.08) * chance.geometric(0.12, len(c))
    paid_on = due + np.where(k == 1, late, prompt)
    away = (number >= stop[c]) & (number < stop[c] + pause[c])
    back = _day(first_month[c] + stop[c] + pause[c] - 1, anchor[c]) + 1
    paid_on = np.where((k == 3) & away, back + chance.integers(0, 4, len(c)), paid_on)
    never = (k == 2) & (number >= stop[c])
    amount = each_principal + interest[c]
    twice = (chance.random(len(c)) < 0.012) & ~final & ~never  # two instalments in one payment
    gone = np.concatenate([[False], twice[:-1]]) & ~twice
    amount = amount + np.where(twice & np.concatenate([gone[1:], [False]]), np.roll(amount, -1), 0)
    split = chance.random(len(c)) < 0.04
    first_part = np.where(
        split, (amount * chance.uniform(0.2, 0.8, len(c))).astype(np.int64) // 1000 * 1000, amount
    )
    signed = _day(first_month - 1, anchor)
    paid_on = np.maximum(paid_on, signed[c])
    happens = ~never & ~gone
    today = (END - date(1970, 1, 1)).days
    pick = np.flatnonzero(happens & (first_part > 0))
    rest = np.flatnonzero(happens & split & (amount > first_part))
    place = np.concatenate([c[pick], c[rest]])
    days = np.concatenate([paid_on[pick], paid_on[rest] + chance.integers(1, 15, len(rest))])
    amounts = np.concatenate([first_part[pick], (amount - first_part)[rest]])

    # taken back, and mostly made again
    wrong = np.flatnonzero(chance.random(len(place)) < 0.003)
    again = wrong[chance.random(len(wrong)) < 0.8]
    undone_on = days[wrong] + chance.integers(1, 8, len(wrong))
    place = np.concatenate([place, place[again]])
    days = np.concatenate([days, days[again] + chance.integers(8, 30, len(again))])
    amounts = np.concatenate([amounts, amounts[again]])
    source = np.arange(len(place))
    order = np.lexsort((source, days, place))
    place, days, amounts, source = place[order], days[order], amounts[order], source[order]
    firsts = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=n))])
    serial = np.arange(len(place)) - firsts[place] + 1
    names = pl.select(
        pl.format(
            "P-{}-{}",
            pl.lit(ids.str.slice(2).gather(place)),
            pl.lit(pl.Series(serial).cast(pl.String).str.zfill(3)),
        )
    ).to_series()
    at = np.empty(len(source), np.int64)
    at[source] = np.arange(len(source))
    keep = days <= today
    payments = pl.DataFrame({
        "id": names, "contract": ids.gather(place), "effective_on": _dates(days), "amount": amounts,
    }).filter(keep & (place < count))  # fmt: skip
    undone = at[wrong]
    reversals = pl.DataFrame({
        "id": "R-" + names.gather(undone), "contract": ids.gather(place[undone]), "kind": "reversal",
        "effective_on": _dates(undone_on), "target": names.gather(undone), "component": None,
        "amount": None, "c": place[undone],
    }, schema_overrides={"component": pl.String, "amount": pl.Int64})  # fmt: skip
    billed = np.flatnonzero(chance.random(n) < 0.004)
    billed_on = signed[billed] + chance.integers(30, 300, len(billed))
    charges = pl.DataFrame({
        "id": "F-" + ids.gather(billed), "contract": ids.gather(billed), "kind": "charge",
        "effective_on": _dates(billed_on), "target": None, "component": "fee",
        "amount": chance.integers(2, 20, len(billed)) * 25_000, "c": billed,
    }, schema_overrides={"target": pl.String})  # fmt: skip
    events = pl.concat([reversals, charges]).filter((pl.col("effective_on") <= END) & (pl.col("c") < count))
    contracts = pl.DataFrame({
        "id": ids, "debtor": "D-" + ids.str.slice(2),
        "product": pl.Series(np.array(PRODUCTS)[principal % 3].tolist()), "signed_on": _dates(signed),
        "principal": principal, "agreed_amount": principal, "tenor": tenor,
        "branch": pl.Series([f"Cabang {n}" for n in range(1, 41)]).gather(np.arange(n) % 40),
    }).with_columns(frequency=pl.lit("monthly"))  # fmt: skip
    debtors = pl.DataFrame({
        "id": contracts["debtor"], "name": "Debitur " + ids.str.slice(2), "address": "Jl. Contoh No. 1",
        "city": "Jakarta",
    })  # fmt: skip
    return {
        "contracts": contracts[:count], "instalments": instalments.filter(c < count), "payments": payments,
        "events": events.sort("c", "effective_on", "id").drop("c"), "debtors": debtors[:count],
    }  # fmt: skip


def _day(month: Ints, anchor: Ints) -> Ints:
    """The day numbers of the anchor day in months since 1970, or of their last day."""
    start = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    end = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    found: Ints = np.minimum(start + anchor - 1, end - 1)
    return found


def _dates(days: Ints) -> pl.Series:
    return pl.Series(days.astype(np.int32)).cast(pl.Date)
