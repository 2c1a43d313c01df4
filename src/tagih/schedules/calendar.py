"""When instalments fall due.

Every due date is counted from the first one and the anchor day, never from the date before
it, so month ends do not drift. A date on a holiday keeps its contract date (days past due
count from it) and gets a payable date beside it.

>>> [str(due.due_on) for due in Calendar(first_due=date(2026, 1, 31)).dues(3)]
['2026-01-31', '2026-02-28', '2026-03-31']
>>> [str(due.due_on) for due in Calendar("selapanan", first_due=date(2026, 1, 5)).dues(3)]
['2026-01-05', '2026-02-09', '2026-03-16']
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Final, Literal, Protocol

from attrs import field, frozen

from tagih.dates import add_months, month_end
from tagih.errors import InputError

Shift = Literal["none", "following", "modified_following", "preceding"]
SHIFTS: Final = ("none", "following", "modified_following", "preceding")


class Holidays(Protocol):
    """A holiday calendar: says whether a day is one, and raises for a year it does not know."""

    def is_holiday(self, day: date, /) -> bool:
        """Whether ``day`` is a holiday."""
        ...


@frozen
class Every:
    """How far instalments lie apart: ``count`` days, weeks, half months, months or years."""

    count: int = 1
    unit: Literal["day", "week", "half_month", "month", "year"] = "month"

    def __attrs_post_init__(self) -> None:
        if self.count < 1:
            raise InputError("calendar.every", "instalments must be at least 1 {unit} apart", unit=self.unit)
        if self.unit not in ("day", "week", "half_month", "month", "year"):
            raise InputError(
                "calendar.unit",
                "unit '{unit}' is unknown; write day, week, half_month, month or year",
                unit=self.unit,
            )

    @property
    def months(self) -> int:
        """Whole months apart, or 0 where it is not counted in whole months."""
        return {"month": self.count, "year": 12 * self.count}.get(self.unit, 0)

    def per_year(self, year_days: int = 365) -> Fraction:
        """Instalments a year: 12 months, 24 half months, 52 weeks, or ``year_days`` days."""
        a_year = {"day": year_days, "week": 52, "half_month": 24, "month": 12, "year": 1}[self.unit]
        return Fraction(a_year, self.count)


FREQUENCIES: Final = {
    "daily": Every(1, "day"),
    "weekly": Every(1, "week"),
    "two_weekly": Every(2, "week"),
    "four_weekly": Every(4, "week"),
    "selapanan": Every(35, "day"),
    "semi_monthly": Every(1, "half_month"),
    "monthly": Every(1, "month"),
    "two_monthly": Every(2, "month"),
    "quarterly": Every(3, "month"),
    "half_yearly": Every(6, "month"),
    "yearly": Every(1, "year"),
}
"""Frequencies by name; ``selapanan`` is the Javanese month of 35 days that groups meet by."""


def every(text: str | Every) -> Every:
    """A frequency by its name, or written as a count and a unit (``35 day``, ``2 week``).

    >>> every("two_weekly"), every("10 day")
    (Every(count=2, unit='week'), Every(count=10, unit='day'))

    Raises:
        InputError: If it is neither.
    """
    if isinstance(text, Every):
        return text
    if text in FREQUENCIES:
        return FREQUENCIES[text]
    count, _, unit = text.partition(" ")
    if count.isdigit() and unit:
        return Every(int(count), unit.removesuffix("s"))  # type: ignore[arg-type]
    raise InputError(
        "calendar.frequency",
        "frequency '{text}' is unknown; write one of {known}, or a count and a unit such as '10 day'",
        text=text,
        known=", ".join(FREQUENCIES),
    )


@frozen
class Due:
    """A due date: as the contract names it, and as it is payable off holidays."""

    due_on: date
    payable_on: date | None = None

    @property
    def paid_on(self) -> date:
        """The payable date, or the contract date where it was not moved."""
        return self.payable_on or self.due_on


@frozen
class Calendar:
    """The rule that makes due dates.

    ``first_due`` is the first due date; without it the first is one period after the start.
    ``anchor_day`` (1 to 31) is the day of the month that later dates are counted from; by default
    the first's. ``on`` may instead name the ``first`` or ``last`` day of the month, or the
    ``nth`` weekday (``2 tuesday``, ``last friday``). Where a month has no such day,
    ``missing_day`` takes its ``last`` day or the ``next`` month's first. ``second_day`` is the
    other day of semi-monthly instalments (by default 15 days from the first).

    ``shift`` moves a payable date off ``holidays`` and ``weekend`` days (0 is Monday). Joint
    leave (cuti bersama), where the calendar knows it, is a day of ``rest`` or of ``work``.
    ``cancelled`` meetings, by contract date, are ``moved`` with all later ones by a period, or
    ``doubled`` with the next. ``not_before`` is the earliest first due date: an earlier one
    moves there, and the rest is counted from it.
    """

    frequency: Every = field(default=Every(), converter=every)
    first_due: date | None = None
    anchor_day: int | None = None
    on: str = "anchor"
    missing_day: Literal["last", "next"] = "last"
    second_day: int | None = None
    shift: Shift = "none"
    holidays: Holidays | None = field(default=None, eq=False)
    weekend: tuple[int, ...] = field(default=(5, 6), converter=tuple)
    joint_leave: Literal["rest", "work"] = "rest"
    cancelled: tuple[date, ...] = field(default=(), converter=tuple)
    when_cancelled: Literal["move", "double"] = "move"
    not_before: date | None = None
    dates: tuple[date, ...] = field(default=(), converter=tuple)

    def __attrs_post_init__(self) -> None:
        if self.anchor_day is not None and not 1 <= self.anchor_day <= 31:
            raise InputError("calendar.anchor", "anchor day must be 1 to 31, got {day}", day=self.anchor_day)
        if self.shift not in SHIFTS:
            raise InputError(
                "calendar.shift",
                "shift '{shift}' is unknown; write one of {known}",
                shift=self.shift,
                known=", ".join(SHIFTS),
            )
        if self.shift != "none" and self.holidays is None:
            raise InputError(
                "calendar.holidays",
                "shift '{shift}' needs a holiday calendar; pass holidays",
                shift=self.shift,
            )
        if self.on not in ("anchor", "first", "last"):
            _nth_weekday(self.on)
        if list(self.dates) != sorted(self.dates):
            raise InputError("calendar.dates", "due dates must rise; sort them")

    def dues(self, count: int, start: date | None = None, *, advance: bool = False) -> tuple[Due, ...]:
        """The first ``count`` due dates; the first is the start where they are paid in advance.

        Raises:
            InputError: If neither a first due date nor a start is known.
        """
        if self.dates:
            if len(self.dates) < count:
                raise InputError(
                    "calendar.too_few",
                    "{found} due dates were given for {count} instalments",
                    found=len(self.dates),
                    count=count,
                )
            return tuple(self._due(day) for day in self.dates[:count])
        origin, anchor, ahead = self._origin(start, advance)
        most = count + len(self.cancelled)
        days = [self._grid(origin, anchor, index + ahead) for index in range(most)]
        return tuple(self._due(day) for day in self._without_cancelled(days, count))

    def regular_start(self, start: date | None = None, *, advance: bool = False) -> date:
        """One period before the first due date: where a regular first period begins."""
        if self.dates:
            return start or self.dates[0]
        origin, anchor, ahead = self._origin(start, advance)
        return self._grid(origin, anchor, ahead - 1)

    def payable(self, day: date) -> date:
        """``day`` moved off a holiday as ``shift`` says."""
        if self.shift == "none" or not self.rests(day):
            return day
        forward = self._walk(day, 1)
        if self.shift == "following":
            return forward
        if self.shift == "modified_following" and forward.month == day.month:
            return forward
        return self._walk(day, -1)

    def rests(self, day: date) -> bool:
        """Whether ``day`` is of the weekend, a holiday, or joint leave that is a day of rest.

        Raises:
            TagihError: If the holiday calendar does not know the year.
        """
        if day.weekday() in self.weekend:
            return True
        if self.holidays is None:
            return False
        leave = getattr(self.holidays, "is_cuti_bersama", None)
        on_leave = self.joint_leave == "rest" and leave is not None and bool(leave(day))
        return self.holidays.is_holiday(day) or on_leave

    def _due(self, day: date) -> Due:
        moved = self.payable(day)
        return Due(day, None if moved == day else moved)

    def _walk(self, day: date, step: int) -> date:
        while self.rests(day):
            day += timedelta(days=step)
        return day

    def _origin(self, start: date | None, advance: bool) -> tuple[date, int, int]:
        """The date others are counted from, the anchor day, and the first due date's place."""
        if self.first_due is not None:
            origin, anchor, ahead = self.first_due, self.anchor_day or self.first_due.day, 0
        elif start is not None:
            origin, anchor, ahead = start, self.anchor_day or start.day, 0 if advance else 1
        else:
            raise InputError(
                "calendar.no_first", "no first due date: give first_due, or the start it is counted from"
            )
        if self.not_before is not None and self._grid(origin, anchor, ahead) < self.not_before:
            return self.not_before, self.not_before.day, 0
        return origin, anchor, ahead

    def _grid(self, first: date, anchor: int, index: int) -> date:
        if index == 0:
            return first
        step = self.frequency
        if step.unit == "day":
            return first + timedelta(days=index * step.count)
        if step.unit == "week":
            return first + timedelta(weeks=index * step.count)
        if step.unit == "half_month":
            return self._half_month(first, anchor, index * step.count)
        months = index * step.months
        if self.on == "last":
            return month_end(add_months(first, months))
        if self.on == "first":
            return add_months(first, months, anchor_day=1)
        if self.on != "anchor":
            return _nth_day(add_months(first, months, anchor_day=1), self.on)
        day = add_months(first, months, anchor_day=anchor)
        if self.missing_day == "next" and day.day < anchor:
            return day + timedelta(days=1)
        return day

    def _half_month(self, first: date, anchor: int, index: int) -> date:
        other = self.second_day or (anchor + 15 if anchor <= 15 else anchor - 15)
        early, late = sorted((anchor, other))
        position = (1 if first.day >= min(late, month_end(first).day) else 0) + index
        months, half = divmod(position, 2)
        return add_months(first, months, anchor_day=(early, late)[half])

    def _without_cancelled(self, days: list[date], count: int) -> list[date]:
        cancelled = set(self.cancelled)
        held = [day for day in days if day not in cancelled]
        if self.when_cancelled == "move":
            return held[:count]
        # a doubled meeting: the cancelled instalment falls due with the next one that is held
        return [next((day for day in held if day >= planned), held[-1]) for planned in days[:count]]


_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _nth_weekday(text: str) -> tuple[int, int]:
    """``2 tuesday`` as (2, 1); ``last friday`` as (-1, 4)."""
    which, _, name = text.partition(" ")
    nth = {"1": 1, "2": 2, "3": 3, "4": 4, "last": -1}.get(which)
    if nth is None or name not in _WEEKDAYS:
        raise InputError(
            "calendar.on",
            "day rule '{text}' is unknown; write anchor, first, last, or 1 to 4 or last and a weekday "
            "('2 tuesday')",
            text=text,
        )
    return nth, _WEEKDAYS.index(name)


def _nth_day(month: date, text: str) -> date:
    nth, weekday = _nth_weekday(text)
    if nth > 0:
        first = month.replace(day=1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = month_end(month)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
