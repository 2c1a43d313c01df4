"""What are future payments worth to the lender today, at the rate the contract was made at?

The original effective rate is the one that makes what was lent worth what was to be paid. At
that rate a plan's present value is compared with what the contract is carried at (PSAK 109).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Final, Literal

from tagih.contracts import Contract
from tagih.dates import add_months
from tagih.ledger import Position
from tagih.offers.proposal import DatedAmount, Worth, owed_rows, parts_of
from tagih.rates import NoSolution, SeveralSolutions, irr, xirr

By = Literal["days", "periods"]

SENSELESS: Final = 10**6


@lru_cache(maxsize=512)
def original_rate(contract: Contract, by: By = "days") -> Decimal | None:
    """The contract's effective rate: a year's by days (ACT/365), a period's by periods; None: none.

    What was lent went out on the day of signing, or one month before the first due date. A rate
    above `SENSELESS` says nothing about a debt, and is none.
    """
    rows = contract.instalments
    if not rows or not contract.lent:
        return None
    try:
        if by == "periods":
            totals = [-contract.lent, *(row.total for row in rows)]
            if contract.signed_on is not None and rows[0].due_on <= contract.signed_on:  # paid in advance
                totals = [totals[0] + totals[1], *totals[2:]]
            found = irr(totals, pick="nearest_zero")
        else:
            lent_on = contract.signed_on or add_months(rows[0].due_on, -1)
            flows = [(lent_on, -contract.lent), *((row.due_on, row.total) for row in rows)]
            found = xirr(flows, pick="nearest_zero")
    except (NoSolution, SeveralSolutions):
        return None
    return found if found < SENSELESS else None


def present_value(
    amounts: Iterable[tuple[date, Decimal]],
    as_of: date,
    rate: Decimal,
    by: By = "days",
    *,
    periods: Sequence[date] = (),
) -> Decimal:
    """Amounts after ``as_of`` discounted to it; earlier ones and today's at their face.

    By days: amount / (1 + rate) ** (days / 365). By periods: amount / (1 + rate) ** k, where k is
    how many of the dates ``periods`` (by default the amounts' own) lie after ``as_of`` up to it.
    """
    listed = sorted(amounts)
    steps = sorted({on for on in (periods or [on for on, _ in listed]) if on > as_of})
    total = Decimal(0)
    with localcontext(prec=34):
        growth = 1 + rate
        for on, amount in listed:
            if on <= as_of:
                total += amount
            elif by == "days":
                total += amount * _discount(growth, (on - as_of).days)
            else:
                total += amount / growth ** sum(1 for step in steps if step <= on)
    return total


@lru_cache(maxsize=8192)
def _discount(growth: Decimal, days: int) -> Decimal:
    """Offers on one contract share their days: the same powers are asked for again and again."""
    with localcontext(prec=34):
        return growth ** (Decimal(-days) / 365)


@lru_cache(maxsize=32)
def carrying_amount(position: Position, rate: Decimal, by: By = "days") -> Decimal:
    """What is owed, due at face value and the rest at its present value."""
    rows = [
        (row.due_on, sum((amount for _, amount in parts_of(row)), Decimal(0))) for row in owed_rows(position)
    ]
    return present_value(rows, position.as_of, rate, by)


def worth(position: Position, pays: Iterable[DatedAmount], by: By = "days") -> Worth | None:
    """The carrying amount against the present value of ``pays``, in whole cents; None without a rate."""
    rate = original_rate(position.contract, by)
    if rate is None:
        return None
    cent = Decimal("0.01")
    before = carrying_amount(position, rate, by) - position.unapplied
    after = present_value([(paid.on, paid.amount) for paid in pays], position.as_of, rate, by)
    return Worth("carrying", before.quantize(cent), after.quantize(cent), rate.quantize(Decimal("1e-12")), by)
