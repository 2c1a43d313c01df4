"""What it costs to age the example book, once it is read: arrears by bucket on a date.

The peer is pandas as an analyst would use it: vectorised, floats, no lines and no components. So that both
have the same work, late charges are left out, and so are contracts with events other than payments and
reversals.
"""

from __future__ import annotations

import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from row import Row

from tagih.aging import age, aging_table
from tagih.contracts import Payment, Reversal
from tagih.files import read_book
from tagih.ledger import replay
from tagih.policies import Policy, policy
from tagih.samples import book_files

AS_OF = date(2026, 10, 31)
SCHEME = policy("buckets.30-60-90").buckets
assert SCHEME is not None

with tempfile.TemporaryDirectory() as folder:
    for name, content in book_files("mf").items():
        (Path(folder) / name).write_bytes(content)
    BOOK = read_book(folder)

CONTRACTS = [
    contract
    for contract in BOOK.contracts.values()
    if all(isinstance(event, Payment | Reversal) for event in BOOK.events_of(contract))
]

INSTALMENTS = pd.DataFrame(
    [(c.id, pd.Timestamp(i.due_on), float(i.total)) for c in CONTRACTS for i in c.instalments],
    columns=["contract", "due_on", "amount"],
)
REVERSALS = pd.DataFrame(
    [(c.id, e.target) for c in CONTRACTS for e in BOOK.events_of(c) if isinstance(e, Reversal)],
    columns=["contract", "id"],
)
PAYMENTS = pd.DataFrame(
    [
        (c.id, e.id, pd.Timestamp(e.effective_on), float(e.amount))
        for c in CONTRACTS
        for e in BOOK.events_of(c)
        if isinstance(e, Payment)
    ],
    columns=["contract", "id", "on", "amount"],
)
EDGES = [-1, 0, 30, 60, 90, float("inf")]  # the last day of each bucket


def ours() -> dict[str, int]:
    positions = (replay(contract, BOOK.events_of(contract), Policy(), AS_OF) for contract in CONTRACTS)
    table = aging_table([age(position, SCHEME) for position in positions], SCHEME)
    return {row.code: int(row.arrears.total) for row in table.rows}


def theirs() -> dict[str, int]:
    as_of = pd.Timestamp(AS_OF)
    stand = PAYMENTS[(PAYMENTS.on <= as_of) & ~PAYMENTS.id.isin(REVERSALS.id)]
    paid = stand.groupby("contract").amount.sum()
    due = INSTALMENTS[INSTALMENTS.due_on < as_of].sort_values(["contract", "due_on"])
    run_up = due.groupby("contract").amount.cumsum() - due.contract.map(paid).fillna(0)
    left = due.assign(left=run_up.clip(lower=0).clip(upper=due.amount))
    late = left[left.left > 0].groupby("contract").agg(first=("due_on", "min"), arrears=("left", "sum"))
    days = (as_of - late["first"]).dt.days
    sums = late.arrears.groupby(
        pd.cut(days, EDGES, labels=[b.code for b in SCHEME.buckets]), observed=False
    ).sum()
    return {str(code): int(amount) for code, amount in sums.items()}


assert ours() == theirs(), (ours(), theirs())

ROWS = [Row(f"age the example book, {len(CONTRACTS)} contracts", ours, f"pandas {version('pandas')}", theirs)]
