"""Charges that the contract itself adds to instalments.

A charge with a due date joins the instalment whose period holds it: after the period's start
and up to its due date; the first period holds its first day too. One due after the last
instalment gets a row of its own.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from attrs import evolve, field, frozen

from tagih.contracts import FEE, Component, Instalment
from tagih.errors import InputError
from tagih.money import ROUND, Rounding
from tagih.schedules.schedule import Row, Schedule

Base = Literal["principal", "interest", "principal_and_interest"]


def _share(value: Decimal | Fraction | int) -> Fraction:
    if isinstance(value, float):
        raise InputError("rate.float", "rate {rate} is a float; write Decimal('{rate}')", rate=value)
    return Fraction(value)


@frozen
class Added:
    """A charge: an amount, or a share of a base.

    With ``due_on`` the base is that of the whole loan and the charge falls due once; without
    it, that of each instalment, and every instalment bears it.
    """

    amount: Decimal = Decimal(0)
    share: Fraction = field(default=Fraction(0), converter=_share)
    of: Base = "principal_and_interest"
    due_on: date | None = None
    component: Component = FEE
    rounding: Rounding = Rounding()


def place(schedule: Schedule, charges: tuple[Added, ...]) -> tuple[Instalment, ...]:
    """The instalments of ``schedule`` with ``charges`` on the rows they belong to.

    Down payments bear no charges: one due on the day of disbursement joins the first instalment.

    >>> from tagih.schedules import Calendar, Rate, Terms, make
    >>> loan = Terms(900, 3, "flat", Rate(Decimal("0.12")), Calendar(first_due=date(2026, 1, 31)))
    >>> insurance = Added(amount=Decimal(30), due_on=date(2026, 2, 10))
    >>> [int(row.total) for row in place(make(loan), (insurance,))]
    [309, 339, 309]
    """
    fees: dict[int, list[tuple[Component, Decimal]]] = {}
    later: list[tuple[date, Component, Decimal]] = []
    rows = [row for row in schedule.rows if row.kind == "instalment"]
    for charge in charges:
        if charge.due_on is None:
            for row in rows:
                base = _base(charge.of, row.principal, row.interest)
                fees.setdefault(row.number, []).append((charge.component, _amount(charge, base)))
            continue
        base = _base(charge.of, schedule.principal, schedule.interest)
        holder = _holder(rows, charge.due_on)
        if holder is None:
            later.append((charge.due_on, charge.component, _amount(charge, base)))
        else:
            fees.setdefault(holder.number, []).append((charge.component, _amount(charge, base)))
    made = [
        evolve(row, fees=(*row.fees, *fees[row.number])) if row.number in fees else row
        for row in schedule.instalments
    ]
    if later:
        made.append(
            Instalment(
                number=made[-1].number + 1,
                due_on=max(day for day, _, _ in later),
                fees=tuple((component, amount) for _, component, amount in later),
            )
        )
    return tuple(made)


def _holder(rows: list[Row], day: date) -> Row | None:
    return next((row for row in rows if day <= row.due_on), None)


def _base(of: Base, principal: Decimal, interest: Decimal) -> Decimal:
    if of == "principal_and_interest":
        return principal + interest
    return principal if of == "principal" else interest


def _amount(charge: Added, base: Decimal) -> Decimal:
    if not charge.share:
        return charge.amount
    unit = charge.rounding.unit
    units = ROUND[charge.rounding.mode](Fraction(base) * charge.share / Fraction(unit))
    return units * unit + charge.amount
