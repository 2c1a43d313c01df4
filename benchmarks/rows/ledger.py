"""A position, and a position with all its lines: 36 instalments, 36 payments, some of them late.

The peer's account answers the first question for the same debt and payments; it has no lines and
keeps no late charge, so it does less.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import version

from repaykit import Loan, LoanAccount
from row import Row

from tagih.contracts import Contract, Instalment, Payment
from tagih.ledger import Position, replay
from tagih.policies import LateCharge, Policy

AS_OF = date(2027, 3, 1)
LOAN = Loan.create(
    amount=Decimal(36_000_000),
    annual_rate=Decimal("0.24"),
    term="36 months",
    payment_frequency="monthly",
    method="flat_rate",
    start_date=date(2024, 1, 31),
    currency="IDR",
)
ROWS_DUE = [(row.due_date, row.principal, row.profit) for row in LOAN.schedule()]
CONTRACT = Contract("MF-1", [Instalment(n, *row) for n, row in enumerate(ROWS_DUE, 1)])
PAYMENTS = [
    Payment(f"P-{n:02}", due + timedelta(days=n % 7), principal + interest)
    for n, (due, principal, interest) in enumerate(ROWS_DUE, 1)
]
DENDA = Policy(
    late_charge=LateCharge(daily_rate=Decimal("0.002"), base="unpaid_instalment", counting="due_day_free")
)

ACCOUNT = LoanAccount(LOAN)
for payment in PAYMENTS:
    ACCOUNT.add_payment(amount=payment.amount, paid_at=payment.effective_on, reference=payment.id)


def position() -> Position:
    """What is owed, days past due and late charges."""
    return replay(CONTRACT, PAYMENTS, DENDA, AS_OF)


def lines() -> int:
    """The same with every line behind it."""
    return len(position().lines)


def theirs() -> Decimal:
    return ACCOUNT.statement(as_of=AS_OF).outstanding_balance


assert position().outstanding.total - position().outstanding.late_charge == theirs()
assert lines() > 100

PEER = f"repaykit {version('repaykit')}"
ROWS = [
    Row("one position with late charges, 36 instalments, 36 payments", position, PEER, theirs, times=20),
    Row("the same with all its lines", lines, PEER, theirs, times=10),
]
