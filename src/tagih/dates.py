"""Dates that never drift.

Every due date is counted from the anchor day, never from the date before it: an instalment
due on the 31st falls on 28 February and is back on 31 March.

>>> add_months(date(2026, 1, 31), 1), add_months(date(2026, 1, 31), 2)
(datetime.date(2026, 2, 28), datetime.date(2026, 3, 31))
>>> add_months(date(2026, 2, 28), 1, anchor_day=31)
datetime.date(2026, 3, 31)
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

EPOCH = date(1970, 1, 1).toordinal()


def month_end(day: date) -> date:
    """The last day of ``day``'s month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(start: date, months: int, *, anchor_day: int | None = None) -> date:
    """The day ``months`` after ``start``'s month, on ``anchor_day`` or the month's last day.

    ``anchor_day`` (1 to 31) is by default the day of ``start``. Months may be negative.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor_day or start.day, last))


def to_day(value: date) -> int:
    """A date as the number of days since 1970-01-01, as the kernel counts."""
    return value.toordinal() - EPOCH


def from_day(day: int) -> date:
    """The date of a day number; the inverse of `to_day`."""
    return date.fromordinal(int(day) + EPOCH)
