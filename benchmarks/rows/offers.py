"""What a negotiation costs: a restructure with its comparison, and a search for offers that can be kept.

The peer makes the new schedules and nothing else: no position, cost to either side, limits, or events.
What tagih keeps between offers on one contract is thrown away before every turn.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib.metadata import version

from repaykit import Loan
from row import Row

from tagih.arrangements import (
    Comparison,
    Means,
    NewPlan,
    RestructureTerms,
    Suggestions,
    compare,
    pay_late,
    restructure,
    suggest,
)
from tagih.contracts import Contract, Payment
from tagih.ledger import replay
from tagih.offers import compare as compare_module
from tagih.offers import proposal, value
from tagih.policies import policy
from tagih.schedules import Rate, annuity

AS_OF = date(2026, 10, 31)
LEFT = Decimal(21_174_480)
ROWS_OF = annuity(principal=36_000_000, monthly_rate=Decimal("0.02"), months=36, first_due=date(2025, 1, 31))
CONTRACT = Contract("MF-1", ROWS_OF, signed_on=date(2024, 12, 31), principal=Decimal(36_000_000))
PAID = [Payment(f"P-{row.number:02}", row.due_on, row.total) for row in ROWS_OF[:18]]
POLICY = policy("id.late.mf.market.motor", "id.kol.mf.2018", "id.prov.mf", "id.alloc.mf.instalment_first")
TERMS = RestructureTerms(NewPlan(36, Rate(Decimal("0.02"), "month")))
MEANS = Means(now=Decimal(1_000_000), monthly=Decimal(1_300_000))


def afresh() -> None:
    for kept in (
        compare_module._then,
        proposal.owed_rows,
        proposal.fingerprint,
        proposal.plan_in_force,
        value.carrying_amount,
    ):
        kept.cache_clear()


def negotiated() -> Comparison:
    """A restructure of 36 rows beside paying late, ranked, with the day until which late is no dearer."""
    afresh()
    position = replay(CONTRACT, PAID, POLICY, AS_OF)
    late = pay_late(position, date(2026, 12, 31))
    return compare(position, {"longer": restructure(position, TERMS), "late": late})


def suggested() -> Suggestions:
    """Every offer of the search: plans, restructures and settlements."""
    afresh()
    return suggest(replay(CONTRACT, PAID, POLICY, AS_OF), MEANS)


def schedule(months: int) -> Decimal:
    loan = Loan.create(
        amount=LEFT,
        annual_rate=Decimal("0.24"),
        term=f"{months} months",
        payment_frequency="monthly",
        method="reducing_balance",
        start_date=AS_OF,
        currency="IDR",
    )
    instalment: Decimal = loan.schedule()[0].installment
    return instalment


def schedules() -> list[Decimal]:
    return [schedule(months) for months in range(3, 61) for _ in range(4)]


FOUND = restructure(replay(CONTRACT, PAID, POLICY, AS_OF), TERMS)
assert abs(FOUND.new[0].total - schedule(36)) <= 1
assert suggested().tried >= 200
PEER = f"repaykit {version('repaykit')}"

ROWS = [
    Row("a restructure of 36 rows with its comparison", negotiated, f"{PEER}, schedule alone",
        lambda: schedule(36), times=5),
    Row("suggest over 200 candidate offers", suggested, f"{PEER}, schedules alone", schedules, turns=5),
]  # fmt: skip
