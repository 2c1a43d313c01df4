"""The plan after a prepayment of principal: a shorter term, or smaller instalments.

The period in course keeps its interest: it was owed on the balance before. From the next one on
interest is what it was for each rupiah of balance, so any plan on a declining balance (annuity,
equal principal, given rows) comes out as if it had been made anew, without knowing its rate.

>>> rows = [Coming(date(2026, 2, 28), 500, 100), Coming(date(2026, 3, 31), 500, 50)]
>>> smaller_instalments(rows, 250, unit=1)
[Coming(due_on=datetime.date(2026, 2, 28), principal=375, interest=100), \
Coming(due_on=datetime.date(2026, 3, 31), principal=375, interest=38)]
>>> shorter_term(rows, 600, unit=1)
[Coming(due_on=datetime.date(2026, 2, 28), principal=400, interest=100)]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

from attrs import frozen

from tagih.contracts import AnyEvent, Contract, Instalment, Payment, Restructure
from tagih.dates import from_day, to_day
from tagih.ledger import kernel as k
from tagih.ledger.compile import Compiled
from tagih.money import half_up, to_decimal, to_minor
from tagih.policies.policy import Policy


@frozen
class Coming:
    """An instalment still to come, in whole minor units."""

    due_on: date
    principal: int
    interest: int


def _rounded(amount: Fraction, unit: int) -> int:
    return half_up(amount / unit) * unit


def smaller_instalments(rows: Sequence[Coming], prepaid: int, *, unit: int) -> list[Coming]:
    """As many instalments as before, each smaller by the share of the balance that was prepaid."""
    whole = sum(row.principal for row in rows)
    left = Fraction(whole - prepaid, whole)
    result: list[Coming] = []
    given = 0
    for i, row in enumerate(rows):
        principal = _rounded(row.principal * left, unit)
        if i == len(rows) - 1:
            principal = whole - prepaid - given
        given += principal
        interest = row.interest if i == 0 else _rounded(row.interest * left, unit)
        result.append(Coming(row.due_on, principal, interest))
    return [row for row in result if row.principal or row.interest]


def shorter_term(rows: Sequence[Coming], prepaid: int, *, unit: int) -> list[Coming]:
    """Instalments of the same size until the balance is paid; the last one is what remains."""
    balances = list(accumulate((row.principal for row in reversed(rows)), initial=0))[:0:-1]
    left = balances[0] - prepaid
    result = []
    for i, (row, before) in enumerate(zip(rows, balances, strict=True)):
        if left <= 0:
            if i == 0 and row.interest:
                result.append(Coming(row.due_on, 0, row.interest))
            break
        interest = row.interest if i == 0 else _rounded(Fraction(row.interest * left, before or 1), unit)
        principal = min(max(row.principal + row.interest - interest, 0), left)
        if i == len(rows) - 1:
            principal = left
        left -= principal
        result.append(Coming(row.due_on, principal, interest))
    return result


def new_plan(
    contract: Contract, events: Sequence[AnyEvent], policy: Policy, compiled: Compiled
) -> tuple[str, Restructure]:
    """The payment at which the kernel stopped, and the plan that follows from it."""
    case = compiled.case
    op = case.state[k.FAILED]
    payment = compiled.op_events[op]
    assert isinstance(payment, Payment)
    assert policy.waterfall is not None
    day, width = to_day(payment.effective_on), len(case.kinds)
    rows = [
        Coming(from_day(case.rows.due[r]), case.cells.open[r * width], case.cells.open[r * width + 1])
        for r in range(len(case.rows.due))
        if case.rows.live[r]
        and not case.rows.charge[r]
        and case.rows.due[r] > day
        and (case.cells.open[r * width] or case.cells.open[r * width + 1])
    ]
    money = contract.currency
    principal = sum(row.principal for row in rows)
    prepaid = min(case.ops.left[op], principal)
    rounding = policy.rounding.rounding if policy.rounding else None
    unit = to_minor(rounding.unit if rounding else Decimal(1), money)
    make = shorter_term if policy.waterfall.excess == "shorter_term" else smaller_instalments
    made = make(rows, prepaid, unit=unit) if prepaid else rows
    taken = [row.number for row in contract.instalments]
    taken += [row.number for event in events if isinstance(event, Restructure) for row in event.instalments]
    taken += [row.number for row in compiled.rows if row.number]
    first = max(taken) + 1
    plan = [
        Instalment(first + i, row.due_on, to_decimal(row.principal, money), to_decimal(row.interest, money))
        for i, row in enumerate(made)
    ]
    kept = tuple(part for part in compiled.components if part.kind in ("fee", "late_charge"))
    derived = Restructure(
        f"{payment.id}+plan",
        payment.effective_on,
        plan,
        kept=kept,
        reason=policy.waterfall.excess,
        replaces="coming",
    )
    return payment.id, derived
