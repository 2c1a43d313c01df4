"""What one position costs: a contract of 36 instalments on a date, with 30 payments behind it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib.metadata import version

from repaykit import Loan, LoanAccount
from row import Row

from tagih.contracts import Contract, Instalment, Payment
from tagih.dates import add_months
from tagih.ledger import replay
from tagih.policies import Policy

START = date(2024, 1, 31)
AS_OF = date(2026, 10, 15)

LOAN = Loan.create(
    amount=Decimal(36_000_000),
    annual_rate=Decimal("0.24"),
    term="36 months",
    payment_frequency="monthly",
    method="flat_rate",
    start_date=START,
    currency="IDR",
)
CONTRACT = Contract(
    "MF-1",
    [Instalment(n, row.due_date, row.principal, row.profit) for n, row in enumerate(LOAN.schedule(), 1)],
)
PAYMENTS = [Payment(f"P-{n:02}", add_months(START, n), Decimal(1_700_000)) for n in range(1, 31)]

ACCOUNT = LoanAccount(LOAN)
for payment in PAYMENTS:
    ACCOUNT.add_payment(amount=payment.amount, paid_at=payment.effective_on, reference=payment.id)


def ours() -> tuple[Decimal, int]:
    """What is owed in all, and for how many days; the peer does not count days."""
    position = replay(CONTRACT, PAYMENTS, Policy(), AS_OF)
    return position.outstanding.total, position.days_past_due


def theirs() -> Decimal:
    return ACCOUNT.statement(as_of=AS_OF).outstanding_balance


assert ours()[0] == theirs()

ROWS = [
    Row(
        "one position, 36 instalments, 30 payments", ours, f"repaykit {version('repaykit')}", theirs, times=20
    )
]
