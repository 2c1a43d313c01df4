"""A whole portfolio from Parquet: every contract replayed, beside queries that only look for a date.

The book is made once by `tagih synth` and kept in the user's cache. TAGIH_BENCH_CONTRACTS says how
many contracts it has; by default 100,000, and 1,000,000 for the figures of docs/benchmarks.md.

What reads the whole book runs in a process of its own for each turn, so that the two sides share
neither memory nor warm threads; the clock starts when the process has imported what it needs:

    python benchmarks/rows/portfolio.py SIDE      a turn of one of SIDES, as JSON
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb
import polars as pl
from attrs import asdict, evolve
from made import CONTRACTS, folder
from row import Row, Spent

from tagih.ledger import replay
from tagih.policies import Policy, policy
from tagih.portfolio import compiled, large, stream, synth
from tagih.portfolio.aging import table
from tagih.portfolio.many import answer, tables
from tagih.portfolio.tables import to_values

AS_OF = synth.END
FEW = 1_000
FILES = 2
"""Files of the book that pandas reads: 100,000 contracts."""


@cache
def book() -> large.Large:
    compiled.load()
    found = large.large(folder(), AS_OF)
    assert found is not None
    return found


# --- the whole book, one side a process ----------------------------------------------------------------


def an_aging(whole: large.Large) -> int:
    """The aging table; returns how many contracts it counts."""
    sums = [part for _, part, _ in large.aged(whole, AS_OF)]
    scheme = whole.policies[""].buckets
    assert scheme is not None
    return sum(row.contracts for row in table(sums, scheme, AS_OF).rows)


def everything() -> object:
    """Every event replayed, with late charges: days past due, class, and the aging table."""
    return an_aging(book())


def same_input() -> object:
    """The same from what the query reads: instalments and payments, without reversals and charges."""
    return an_aging(evolve(book(), sources=evolve(book().sources, events=None)))


def query(text: str) -> object:
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    connection.execute(f"create table found as {text}")
    return connection.execute("select count(*) from found").fetchone()


def unpaid(files: str = "*") -> str:
    """First in, first out: the oldest instalment that payments up to the day do not reach."""
    return f"""
        with due as (
            select contract, due_on, sum(principal + interest) over (
                partition by contract order by due_on rows unbounded preceding) as up_to
            from '{folder()}/instalments-{files}.parquet'),
        paid as (
            select contract, sum(amount) as paid from '{folder()}/payments-{files}.parquet'
            where effective_on <= date '{AS_OF}' group by contract)
        select due.contract, min(due_on) as oldest from due left join paid using (contract)
        where up_to > coalesce(paid, 0) and due_on < date '{AS_OF}' group by due.contract"""


def oldest_unpaid() -> object:
    return query(unpaid())


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


# --- the first files, beside pandas --------------------------------------------------------------------


def first_files() -> object:
    """Oldest unpaid due date, days and balances of the first files' contracts, without late charges."""
    sources = stream.Sources(
        *(str(folder() / f"{name}-000[0-{FILES - 1}].parquet") for name in ("instalments", "payments"))
    )
    answers = stream.answers(sources, policy("id.kol.mf.2018"), AS_OF)
    return sum(int((each.positions["days_past_due"] > 0).sum()) for each in answers)


def in_pandas() -> object:
    """The oldest unpaid due date as one writes it in pandas; DuckDB only reads the files."""
    import pandas as pd

    def read(name: str) -> pd.DataFrame:
        return duckdb.sql(f"from '{folder()}/{name}-000[0-{FILES - 1}].parquet'").df()

    due, paid = read("instalments"), read("payments")
    due = due.sort_values(["contract", "due_on"], kind="stable")
    due["up_to"] = (due["principal"] + due["interest"]).groupby(due["contract"]).cumsum()
    paid = paid[paid["effective_on"] <= pd.Timestamp(AS_OF)].groupby("contract")["amount"].sum()
    open_ = due[due["up_to"] > due["contract"].map(paid).fillna(0)]
    return len(open_[open_["due_on"] < pd.Timestamp(AS_OF)].groupby("contract")["due_on"].min())


SIDES: dict[str, Callable[[], object]] = {
    each.__name__: each
    for each in (everything, same_input, oldest_unpaid, oldest_netted, first_files, in_pandas)
}


def a_side(name: str) -> None:
    """One turn of a side, here."""
    if name in ("everything", "same_input", "first_files"):
        book()
    elif name == "in_pandas":
        import pandas  # noqa: F401
    start, processor = perf_counter(), process_time()
    found = SIDES[name]()
    elapsed, processor = perf_counter() - start, process_time() - processor
    print(json.dumps({"found": found, "spent": asdict(Spent(elapsed, processor, largest()))}))


def largest() -> float:
    """The largest resident memory of this process in MB; getrusage would count its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+([0-9]+) kB", status)[1]) / 1024  # type: ignore[index]


def apart(name: str) -> Spent:
    """One turn of a side in a process of its own."""
    folder(), netted()
    done = subprocess.run([sys.executable, __file__, name], check=True, capture_output=True, text=True)
    return Spent(**json.loads(done.stdout)["spent"])


# --- few contracts -------------------------------------------------------------------------------------


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
    values = to_values(given, ids)
    same = dict(answer(given, rule(), AS_OF).positions.select("contract", "days_past_due").iter_rows())
    for id, (contract, events) in islice(values.items(), 100):
        assert replay(contract, events, rule(), AS_OF).days_past_due == same[id], id
    return given, values


def rule() -> Policy:
    return book().policies[""]


def in_columns() -> object:
    return answer(few()[0], rule(), AS_OF)


def one_by_one() -> object:
    return [replay(contract, events, rule(), AS_OF).days_past_due for contract, events in few()[1].values()]


@cache
def the_first():
    """One contract, as tables."""
    given, _ = few()
    first = given.contracts["id"][0]
    whole = pl.col("principal", "interest") // 100
    return {
        "instalments": given.instalments.filter(contract=first).with_columns(whole),
        "payments": given.payments.filter(contract=first).with_columns(pl.col("amount") // 100),
    }


def one_compiled() -> object:
    return answer(tables(**the_first()), rule(), AS_OF)


def one_alone() -> object:
    contract, events = next(iter(few()[1].values()))
    return replay(contract, events, rule(), AS_OF).days_past_due


# --- what repaykit can do: plain instalments, payments in full or in part, no late charges ---------------


@cache
def repaid():
    """Flat loans as repaykit's accounts, and the same instalments and payments as tables."""
    from repaykit import Loan, LoanAccount

    accounts, instalments, payments = {}, [], []
    for n in range(FEW):
        start = date(2025, 1, 1) + timedelta(days=n % 28)
        loan = Loan.create(
            amount=Decimal(12_000_000 + 100_000 * (n % 50)), annual_rate=Decimal("0.18"), term="24 months",
            payment_frequency="monthly", method="flat_rate", start_date=start, currency="IDR",
        )  # fmt: skip
        account, id = LoanAccount(loan), f"K-{n:04}"
        rows = loan.schedule()
        for row in rows:
            instalments.append((id, row.period, row.due_date, row.installment))
        for row in rows[: n % 19]:
            account.add_payment(amount=row.installment, paid_at=row.due_date, reference=f"P-{row.period:02}")
        part = rows[n % 19]
        account.add_payment(
            amount=(part.installment / 2).quantize(Decimal(1)), paid_at=part.due_date, reference="P-99"
        )
        payments += [(id, each.reference, each.paid_at, each.amount) for each in account.payments]
        accounts[id] = account
    frames = {
        "instalments": pl.DataFrame(
            instalments, ["contract", "number", "due_on", "principal"], orient="row"
        ).with_columns(interest=pl.lit(0)),
        "payments": pl.DataFrame(payments, ["contract", "id", "effective_on", "amount"], orient="row"),
    }
    compiled.load()
    ours = answer(tables(**frames), policy("id.alloc.mf.instalment_first"), AS_OF).positions
    theirs = {id: account.statement(as_of=AS_OF) for id, account in accounts.items()}
    for id, late, today, owed in ours.select("contract", "arrears", "due_today", "outstanding").iter_rows():
        assert (late + today, owed) == (theirs[id].arrears * 100, theirs[id].outstanding_balance * 100), id
    return frames, accounts


def instead_of_repaykit() -> object:
    return answer(tables(**repaid()[0]), policy("id.alloc.mf.instalment_first"), AS_OF)


def repaykit() -> object:
    return [account.statement(as_of=AS_OF).arrears for account in repaid()[1].values()]


# --- starting -------------------------------------------------------------------------------------------


def cached_start() -> None:
    """A new process that loads the compiled code from the cache and answers one contract."""
    compiled.load()
    fresh("from tagih.portfolio import compiled; compiled.load()")


def fresh(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


SIZE = f"{CONTRACTS:,} contracts"
DUCKDB = f"DuckDB {duckdb.__version__}"


ROWS = [
    Row(f"portfolio {SIZE}: same input, class, aging", partial(apart, "same_input"),
        f"{DUCKDB}: oldest unpaid date, FIFO", partial(apart, "oldest_unpaid"), turns=5),
    Row(f"portfolio {SIZE}: every event", partial(apart, "everything"),
        f"{DUCKDB}: oldest unpaid date, FIFO", partial(apart, "oldest_unpaid"), turns=5),
    Row(f"portfolio {SIZE}: the same", partial(apart, "everything"),
        f"{DUCKDB}: least date of netted balances", partial(apart, "oldest_netted"), turns=3),
    Row(f"portfolio {50_000 * FILES:,} contracts", partial(apart, "first_files"),
        "pandas: oldest unpaid date, FIFO", partial(apart, "in_pandas"), turns=3),
    Row(f"portfolio {FEW:,} contracts in columns", in_columns,
        "tagih.replay, one by one", one_by_one, turns=5),
    Row(f"portfolio {FEW:,} plain contracts", instead_of_repaykit,
        "repaykit 1.0.0: statement, one by one", repaykit, turns=5),
    Row("portfolio of one contract in columns", one_compiled, "tagih.replay of it", one_alone, times=5),
    Row("portfolio: start with compiled code kept", cached_start, "import of polars and numba alone",
        partial(fresh, "import polars, numba, numpy"), turns=5),
]  # fmt: skip

if __name__ == "__main__":
    a_side(sys.argv[1])
