"""A whole portfolio from Parquet: every contract replayed, beside queries that only look for a date.

The book is made once by `tagih synth` and kept in the user's cache. TAGIH_BENCH_CONTRACTS says how
many contracts it has; by default 100,000, and 1,000,000 for the figures of docs/benchmarks.md.
"""

from __future__ import annotations

import os
from functools import cache
from itertools import islice
from pathlib import Path

import duckdb
import polars as pl
from row import Row

from tagih.ledger import replay
from tagih.policies import Policy
from tagih.portfolio import compiled, large, synth
from tagih.portfolio.aging import table
from tagih.portfolio.many import answer, tables
from tagih.portfolio.tables import to_values

CONTRACTS = int(os.environ.get("TAGIH_BENCH_CONTRACTS", "100000"))
AS_OF = synth.END
FEW = 1_000


@cache
def folder() -> Path:
    made = compiled.cache_folder().parent / f"bench-{CONTRACTS}"
    if not (made / "tagih.toml").exists():
        list(synth.write(made, CONTRACTS, seed=1))
    return made


@cache
def book() -> large.Large:
    compiled.load()
    found = large.large(folder(), AS_OF)
    assert found is not None
    return found


def aging() -> object:
    """Replay with late charges, days past due, class, and the aging table."""
    sums = [part for _, part, _ in large.aged(book(), AS_OF)]
    scheme = book().policies[""].buckets
    assert scheme is not None
    return table(sums, scheme, AS_OF)


def query(text: str) -> object:
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    connection.execute(f"create table found as {text}")
    return connection.execute("select count(*) from found").fetchone()


def oldest_unpaid() -> object:
    """First in, first out: the oldest instalment that payments up to the day do not reach."""
    return query(f"""
        with due as (
            select contract, due_on, sum(principal + interest) over (
                partition by contract order by due_on rows unbounded preceding) as up_to
            from '{folder()}/instalments-*.parquet'),
        paid as (
            select contract, sum(amount) as paid from '{folder()}/payments-*.parquet'
            where effective_on <= date '{AS_OF}' group by contract)
        select due.contract, min(due_on) as oldest from due left join paid using (contract)
        where up_to > coalesce(paid, 0) and due_on < date '{AS_OF}' group by due.contract""")


def netted() -> str:
    """Balances that someone has netted already: one row an open instalment."""
    made = folder() / "netted.parquet"
    if not made.exists():
        duckdb.execute(f"""copy (
            with due as (
                select contract, due_on, sum(principal + interest) over (
                    partition by contract order by due_on rows unbounded preceding) as up_to
                from '{folder()}/instalments-*.parquet'),
            paid as (
                select contract, sum(amount) as paid
                from '{folder()}/payments-*.parquet' group by contract)
            select due.contract, due_on, up_to - coalesce(paid, 0) as open
            from due left join paid using (contract)
            where up_to > coalesce(paid, 0)) to '{made}'""")
    return str(made)


def oldest_netted() -> object:
    return query(
        f"select contract, min(due_on) as oldest from '{netted()}' "
        f"where due_on < date '{AS_OF}' group by contract"
    )


@cache
def few():
    """The first contracts as tables, and as values."""
    compiled.load()
    ids = list(islice(pl.scan_parquet(folder() / "contracts-0000.parquet").collect()["id"], FEW))
    spans = {"first": ids[0], "last": ids[-1]}

    def part(name: str, column: str) -> pl.LazyFrame:
        frame = pl.scan_parquet(folder() / f"{name}-0000.parquet")
        return frame.filter(pl.col(column).is_between(pl.lit(spans["first"]), pl.lit(spans["last"])))

    given = tables(
        instalments=part("instalments", "contract"), payments=part("payments", "contract"),
        contracts=part("contracts", "id"),
    )  # fmt: skip
    return given, to_values(given, ids)


def rule() -> Policy:
    return book().policies[""]


def in_columns() -> object:
    return answer(few()[0], rule(), AS_OF)


def one_by_one() -> object:
    return [replay(contract, events, rule(), AS_OF).days_past_due for contract, events in few()[1].values()]


def one_compiled() -> object:
    given, _ = few()
    first = given.contracts["id"][0]
    one = tables(
        instalments=given.instalments.filter(contract=first).with_columns(
            pl.col("principal", "interest") // 100
        ),
        payments=given.payments.filter(contract=first).with_columns(pl.col("amount") // 100),
    )
    return answer(one, rule(), AS_OF)


def one_alone() -> object:
    contract, events = next(iter(few()[1].values()))
    return replay(contract, events, rule(), AS_OF).days_past_due


SIZE = f"{CONTRACTS:,} contracts"
ROWS = [
    Row(f"portfolio {SIZE}: replay, class, aging", aging,
        f"DuckDB {duckdb.__version__}: oldest unpaid date, FIFO", oldest_unpaid, turns=5),
    Row(f"portfolio {SIZE}: the same", aging,
        f"DuckDB {duckdb.__version__}: least date of netted balances", oldest_netted, turns=5),
    Row(f"portfolio {FEW:,} contracts in columns", in_columns,
        "tagih.replay, one by one", one_by_one, turns=5),
    Row("portfolio of one contract in columns", one_compiled, "tagih.replay of it", one_alone, times=5),
]  # fmt: skip
