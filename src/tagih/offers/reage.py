"""The same debt on other days: re-aged, re-amortised, rescheduled, or its arrears moved to the end.

Nothing is priced anew here (that is `tagih.offers.restructure`): rows move, split or join, and
every rupiah of principal stays. Re-age takes open principal out of its rows into new equal ones;
re-amortise spreads what is overdue over the rows to come; reschedule changes what comes from one
due date on.

>>> from tagih.contracts import Instalment
>>> rows = [Instalment(n, date(2026, n, 1), Decimal(1000)) for n in (8, 9, 10)]
>>> longer = rescheduled(rows, Reschedule(date(2026, 9, 1), extra=2))
>>> [(str(row.due_on), str(row.principal)) for row in longer[1:3]]
[('2026-09-01', '500'), ('2026-10-01', '500')]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from attrs import evolve, field, frozen
from attrs.converters import optional

from tagih.contracts import Instalment
from tagih.errors import InputError
from tagih.money import Rounding
from tagih.offers.proposal import numbered
from tagih.schedules import Calendar, Every, every

RUPIAH = Rounding(Decimal(1), "half_up")


def equal_parts(whole: Decimal, count: int, rounding: Rounding = RUPIAH) -> list[Decimal]:
    """``whole`` in ``count`` equal parts of whole units; the last takes the difference.

    >>> equal_parts(Decimal(1000), 3)
    [Decimal('333'), Decimal('333'), Decimal('334')]
    >>> equal_parts(Decimal(2), 4)  # halves up would be 3 before the last
    [Decimal('0'), Decimal('0'), Decimal('0'), Decimal('2')]
    """
    share = rounding.of(Fraction(whole) / count)
    if share * (count - 1) > whole:
        share = Rounding(rounding.unit, "down").of(Fraction(whole) / count)
    return [share] * (count - 1) + [whole - share * (count - 1)]


@frozen
class Reschedule:
    """What changes from the row due on ``from_on`` on.

    ``to_on`` is its new due date; later rows follow it at ``frequency``, on its day of the month.
    ``extra`` rows are added, and the remaining principal is spread equally over old and extra ones.
    ``principal_grace`` rows without principal come first, and the last date moves out. With a
    ``period_rate`` (0.01 is 1 % a period) interest is charged anew on the ``first_principal``, in
    every row the same (flat), or on the ``balance``; without one each row keeps its interest.
    The interest of the first ``interest_grace`` rows is collected with the first row after them.
    """

    from_on: date
    to_on: date | None = None
    extra: int = 0
    principal_grace: int = 0
    interest_grace: int = 0
    period_rate: Fraction | None = field(default=None, converter=optional(Fraction))
    interest_on: Literal["first_principal", "balance"] = "balance"
    frequency: Every = field(default=Every(), converter=every)
    rounding: Rounding = RUPIAH

    def __attrs_post_init__(self) -> None:
        if min(self.extra, self.principal_grace, self.interest_grace) < 0:
            raise InputError("reschedule.rows", "extra rows and rows of grace are 0 or more")


def new_dates(rows: Sequence[Instalment], change: Reschedule) -> tuple[date, ...]:
    """The due dates from ``change.from_on`` on, with those of extra rows and rows of grace.

    Raises:
        InputError: If no row falls due on that day, or the new date is before the row before it.
    """
    moving = [row.due_on for row in rows if row.due_on >= change.from_on]
    if change.from_on not in moving:
        raise InputError(
            "reschedule.from",
            "no instalment falls due on {on}; write one of {known}",
            on=change.from_on.isoformat(),
            known=", ".join(row.due_on.isoformat() for row in rows),
        )
    count = len(moving) + change.extra + change.principal_grace
    first = change.to_on or change.from_on
    earlier = [row.due_on for row in rows if row.due_on < change.from_on]
    if earlier and first <= max(earlier):
        raise InputError(
            "reschedule.to",
            "the new date {on} is not after {before}, when the row before it falls due",
            on=first.isoformat(),
            before=max(earlier).isoformat(),
        )
    if change.to_on is None:
        anchor = max(row.due_on.day for row in rows)
        grid = Calendar(change.frequency, first_due=moving[-1], anchor_day=anchor)
        return (*moving, *(due.due_on for due in grid.dues(count - len(moving) + 1)[1:]))
    return tuple(due.due_on for due in Calendar(change.frequency, first_due=first).dues(count))


def rescheduled(rows: Sequence[Instalment], change: Reschedule) -> tuple[Instalment, ...]:
    """The rows after ``change``: those before it as they were, the others numbered on.

    Principal and, without a new rate, interest add up to what they were. Fees keep to their row.
    """
    listed = sorted(rows, key=lambda row: (row.due_on, row.number))
    before = [row for row in listed if row.due_on < change.from_on]
    moving = [row for row in listed if row.due_on >= change.from_on]
    days = new_dates(listed, change)
    count = len(days) - change.principal_grace
    principal = [row.principal for row in moving]
    interest = [row.interest for row in moving]
    if change.extra:
        principal = equal_parts(sum(principal, Decimal(0)), count, change.rounding)
        interest = equal_parts(sum(interest, Decimal(0)), count, change.rounding)
    nothing = [Decimal(0)] * change.principal_grace
    principal, interest = nothing + principal, nothing + interest
    if change.period_rate is not None:
        interest = _interest(listed, principal, change)
    interest = _collected_later(interest, change.interest_grace)
    number = moving[0].number
    made = []
    for at, day in enumerate(days):
        own = moving[at - change.principal_grace] if 0 <= at - change.principal_grace < len(moving) else None
        made.append(
            Instalment(
                number + at, day, principal[at], interest[at], fees=own.fees if own is not None else ()
            )
        )
    return (*before, *made)


def _collected_later(interest: Sequence[Decimal], grace: int) -> list[Decimal]:
    """Nothing in the first ``grace`` rows; the row after them, or the last one, collects it."""
    at = min(grace, len(interest) - 1)
    return [Decimal(0)] * at + [sum(interest[: at + 1], Decimal(0)), *interest[at + 1 :]]


def _interest(rows: Sequence[Instalment], principal: Sequence[Decimal], change: Reschedule) -> list[Decimal]:
    rate = change.period_rate or Fraction(0)
    if change.interest_on == "first_principal":
        base = sum((row.principal for row in rows), Decimal(0))
        return [change.rounding.of(Fraction(base) * rate)] * len(principal)
    balance, found = sum(principal, Decimal(0)), []
    for repaid in principal:
        found.append(change.rounding.of(Fraction(balance) * rate))
        balance -= repaid
    return found


def renumbered(rows: Sequence[Instalment], first: int) -> tuple[Instalment, ...]:
    """The rows numbered on from ``first``, in the order of their dates."""
    ordered = sorted(rows, key=lambda row: (row.due_on, row.number))
    return tuple(numbered(row, first + at) for at, row in enumerate(ordered))


@frozen
class ReAge:
    """Open principal in ``count`` new equal rows, the first on ``first_due``, ``frequency`` apart."""

    first_due: date
    count: int
    frequency: Every = field(default=Every(), converter=every)
    rounding: Rounding = RUPIAH

    def __attrs_post_init__(self) -> None:
        if self.count < 1:
            raise InputError("reage.count", "count must be at least 1, got {count}", count=self.count)


def reaged(principal: Decimal, asked: ReAge) -> tuple[Instalment, ...]:
    """The new rows of ``principal``, numbered from 1; the last takes what rounding leaves."""
    days = Calendar(asked.frequency, first_due=asked.first_due).dues(asked.count)
    parts = equal_parts(principal, asked.count, asked.rounding)
    return tuple(
        Instalment(number, due.due_on, part)
        for number, (due, part) in enumerate(zip(days, parts, strict=True), 1)
    )


def reamortised(
    coming: Sequence[Instalment], overdue: Decimal, rounding: Rounding = RUPIAH
) -> tuple[Instalment, ...]:
    """The coming rows with ``overdue`` principal spread over them in equal parts; dates stay.

    Raises:
        InputError: If no row is still to come.
    """
    if not coming:
        raise InputError("reamortise.none", "no instalment is still to come; re-age the debt instead")
    parts = equal_parts(overdue, len(coming), rounding)
    return tuple(evolve(row, principal=row.principal + part) for row, part in zip(coming, parts, strict=True))
