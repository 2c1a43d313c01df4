"""What a month end costs: the whole pack of a large book, and a migration by itself.

The pack is the command as it is typed, in a process of its own, on the book of `tagih synth` that the
rows of the portfolio use (TAGIH_BENCH_CONTRACTS; 100,000 by default). The peer does a part of it: the
balances, buckets and migrations of the same month ends by first in, first out, as CSV.
"""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from time import perf_counter

import duckdb
import pandas as pd
from made import folder
from row import Row, Spent

from tagih.portfolio import compiled, synth
from tagih.reports.migration import Standing, migrate, transition_rates
from tagih.reports.snapshot import month_ends

# --- the whole pack -----------------------------------------------------------------------------------


def apart(*command: str) -> Spent:
    """A command in a process of its own, with its processor time and largest memory."""
    start = perf_counter()
    paths = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}  # this file itself imports row.py
    process = subprocess.Popen(command, env=paths, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    elapsed = perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Spent(elapsed, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def a_pack() -> Spent:
    """`tagih report month-end`: thirteen month ends, all tables, charts, XLSX, HTML, PDF, CSV, JSON."""
    compiled.load()
    out = mkdtemp(prefix="tagih-bench-")
    try:
        return apart(
            sys.executable, "-c", "from tagih.cli import main; main()", "report", "month-end", str(folder()),
            "--as-of", synth.END.isoformat(), "--out", out,
        )  # fmt: skip
    finally:
        rmtree(out)


def in_sql() -> Spent:
    """Balances and buckets at the same month ends, the migration from each to the next, as CSV."""
    return apart(sys.executable, __file__)


def queries() -> None:
    """The peer's process: DuckDB on the same files, with as many threads as there are processors."""
    out = mkdtemp(prefix="tagih-bench-")
    connection = duckdb.connect()
    for at, day in enumerate(month_ends(synth.END, 12)):
        connection.execute(f"""
            create table m{at} as
            with due as (
                select contract, due_on, principal + interest as amount, sum(principal + interest) over (
                    partition by contract order by due_on rows unbounded preceding) as up_to
                from '{folder()}/instalments-*.parquet'),
            paid as (
                select contract, sum(amount) as paid from '{folder()}/payments-*.parquet'
                where effective_on <= date '{day}' group by contract)
            select due.contract, sum(least(amount, greatest(up_to - coalesce(paid, 0), 0))) as balance,
                date_diff('day', min(due_on) filter (where up_to > coalesce(paid, 0)), date '{day}') as days
            from due left join paid using (contract)
            join (select id from '{folder()}/contracts-*.parquet' where signed_on <= date '{day}')
                on id = due.contract
            group by due.contract""")
        connection.execute(f"copy m{at} to '{out}/balances-{at}.csv'")
        if at:
            connection.execute(f"""
                copy (
                select least(a.days // 30, 7) as was, least(b.days // 30, 7) as now, count(*), sum(a.balance)
                from m{at - 1} a join m{at} b using (contract) group by all order by all)
                to '{out}/migration-{at}.csv'""")
    rmtree(out)


if __name__ == "__main__":
    queries()
    raise SystemExit


# --- a migration by itself ---------------------------------------------------------------------------

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
    Row("reports: month-end pack, the whole command", a_pack, f"duckdb {duckdb.__version__}, balances alone",
        in_sql, turns=2),
    Row("roll rates of 100.000 accounts, exact", ours, f"pandas {version('pandas')}", theirs, turns=3),
]  # fmt: skip
