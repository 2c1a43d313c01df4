"""How many days, and what part of a year, lie between two dates?

The start is included and the end is not: a period and the one after it share no day. Every
convention goes by its usual names, and a year fraction is exact, never rounded.

>>> days("30E/360", date(2026, 1, 31), date(2026, 2, 28))
28
>>> year_fraction("ACT/365F", date(2026, 1, 1), date(2026, 1, 31))
Fraction(6, 73)
>>> day_count("actual/360").name
'ACT/360'

A loan of Rp100.000.000 at 12 % a year bears, over a month of 31 days:

>>> [round(100_000_000 * Fraction(12, 100) * year_fraction(name, date(2026, 1, 1), date(2026, 2, 1)), 2)
...  for name in ("ACT/360", "ACT/365F", "30/360")] == [
...  Fraction("1033333.33"), Fraction("1019178.08"), Fraction("1000000.00")]
True
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import date, timedelta
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from typing import Final

from attrs import field, frozen

from tagih.dates import add_months, month_end
from tagih.errors import InputError

IsBusinessDay = Callable[[date], bool]


@frozen
class Context:
    """What a few conventions need beside the two dates.

    ``termination`` is the maturity date (30E/360 ISDA leaves its end of February alone);
    ``reference_start`` and ``reference_end`` bound one regular period and ``frequency`` says
    how many of them make a year (ACT/ACT ICMA, ACT/365L); ``is_business_day`` is the calendar of
    business/252.
    """

    termination: date | None = None
    reference_start: date | None = None
    reference_end: date | None = None
    frequency: int | None = None
    is_business_day: IsBusinessDay | None = None


NOTHING: Final = Context()


@frozen
class DayCount:
    """A convention: its name, other names, how it counts days, and its year.

    ``year`` is the fixed length of the year in days, or None where ``fraction`` works it out.
    """

    name: str
    rule: str
    count: Callable[[date, date, Context], int] = field(repr=False)
    year: Fraction | None = None
    fraction: Callable[[date, date, Context], Fraction] | None = field(default=None, repr=False)
    aliases: tuple[str, ...] = ()


def days(
    name: str,
    start: date,
    end: date,
    *,
    termination: date | None = None,
    is_business_day: IsBusinessDay | None = None,
) -> int:
    """Days from ``start`` (included) to ``end`` (excluded) under the convention ``name``.

    Where ``end`` is before ``start`` the answer is that of the dates swapped, negative.

    >>> days("30/360", date(2026, 1, 15), date(2026, 2, 15))
    30

    Raises:
        InputError: If the name is unknown, or business/252 has no calendar.
    """
    convention = day_count(name)
    context = (
        NOTHING
        if termination is None and is_business_day is None
        else Context(termination=termination, is_business_day=is_business_day)
    )
    if end < start:
        return -convention.count(end, start, context)
    # 30E+/360 would count a day from a 31st to itself.
    return convention.count(start, end, context) if start != end else 0


def year_fraction(
    name: str,
    start: date,
    end: date,
    *,
    termination: date | None = None,
    reference_start: date | None = None,
    reference_end: date | None = None,
    frequency: int | None = None,
    is_business_day: IsBusinessDay | None = None,
) -> Fraction:
    """The part of a year from ``start`` (included) to ``end`` (excluded), exactly.

    The keyword arguments are those of `Context`. Where ``end`` is before ``start`` the answer
    is that of the dates swapped, negative.

    >>> year_fraction("ACT/ACT ICMA", date(2003, 11, 1), date(2004, 5, 1),
    ...               reference_start=date(2003, 11, 1), reference_end=date(2004, 5, 1))
    Fraction(1, 2)

    Raises:
        InputError: If the name is unknown, or what the convention needs is not given.
    """
    if end < start:
        start, end, sign = end, start, -1
    else:
        sign = 1
    convention = day_count(name)
    context = Context(termination, reference_start, reference_end, frequency, is_business_day)
    if start == end:
        return Fraction(0)
    if convention.fraction is not None:
        return sign * convention.fraction(start, end, context)
    assert convention.year is not None
    return sign * Fraction(convention.count(start, end, context)) / convention.year


@lru_cache(maxsize=256)
def day_count(name: str) -> DayCount:
    """The convention that goes by ``name``; case, blanks, dashes and brackets do not matter.

    >>> day_count("30/360 US").name
    '30U/360'

    Raises:
        InputError: If no convention goes by that name; the message suggests near ones.
    """
    found = _BY_KEY.get(_key(name))
    if found is not None:
        return found
    near = get_close_matches(_key(name), _BY_KEY, n=4, cutoff=0.5)
    suggestions = list(dict.fromkeys(_BY_KEY[key].name for key in near))
    raise InputError(
        "daycount.unknown",
        "day count '{name}' is unknown; write one of {known}",
        name=name,
        known=", ".join(suggestions or [convention.name for convention in DAY_COUNTS]),
    )


# --- thirty days a month ----------------------------------------------------------------------


def _thirty(start: date, end: date, first: int, last: int) -> int:
    """30 days a month and 360 a year, with the days of the month already moved."""
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first


def _ends_february(day: date) -> bool:
    return day.month == 2 and day.day == monthrange(day.year, 2)[1]


def _bond_basis(start: date, end: date, _: Context) -> int:
    # ISDA 2006 s. 4.16(f): D1 31 becomes 30; D2 31 becomes 30 only where D1 is then 30.
    # The NASD rule (else D2 becomes the first of the next month) counts the same days.
    first = min(start.day, 30)
    last = min(end.day, 30) if first == 30 else end.day
    return _thirty(start, end, first, last)


def _us(start: date, end: date, _: Context) -> int:
    # The rule of the US bond market (SIA): ends of February count as the 30th, first.
    first, last = start.day, end.day
    if _ends_february(start):
        if _ends_february(end):
            last = 30
        first = 30
    if last == 31 and first >= 30:
        last = 30
    return _thirty(start, end, min(first, 30), last)


def _psa(start: date, end: date, _: Context) -> int:
    # Mortgage securities (PSA, now SIFMA): an end of February moves at the start only.
    first = 30 if _ends_february(start) else min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return _thirty(start, end, first, last)


def _eurobond(start: date, end: date, _: Context) -> int:
    # ISDA 2006 s. 4.16(g): 31 becomes 30 on either side; February is left alone.
    return _thirty(start, end, min(start.day, 30), min(end.day, 30))


def _eurobond_isda(start: date, end: date, context: Context) -> int:
    # ISDA 2006 s. 4.16(h): the last day of any month is the 30th, save a termination date
    # that ends February.
    first = 30 if _ends_february(start) else min(start.day, 30)
    moves = _ends_february(end) and end != context.termination
    return _thirty(start, end, first, 30 if moves else min(end.day, 30))


def _eurobond_plus(start: date, end: date, _: Context) -> int:
    # D1 31 becomes 30; D2 31 becomes the first of the next month: one day more than the 30th.
    return _thirty(start, end, min(start.day, 30), end.day)


# --- the calendar's own days ------------------------------------------------------------------


def _actual(start: date, end: date, _: Context) -> int:
    return end.toordinal() - start.toordinal()


def _no_leap(start: date, end: date, _: Context) -> int:
    # 29 February counts as the 28th, so a leap day counts when it is passed or reached.
    return _day_of_common_calendar(end) - _day_of_common_calendar(start)


def _day_of_common_calendar(day: date) -> int:
    common = date(2001, day.month, min(day.day, 28) if day.month == 2 else day.day)
    return day.year * 365 + common.timetuple().tm_yday


def _business(start: date, end: date, context: Context) -> int:
    is_business_day = context.is_business_day
    if is_business_day is None:
        raise InputError(
            "daycount.calendar",
            "day count BUS/252 counts business days; pass is_business_day, a function of a date",
        )
    span = range(end.toordinal() - start.toordinal())
    return sum(1 for offset in span if is_business_day(start + timedelta(days=offset)))


# --- years that are worked out ----------------------------------------------------------------


def _year_length(year: int) -> int:
    return 366 if isleap(year) else 365


def _isda(start: date, end: date, _: Context) -> Fraction:
    # ISDA 2006 s. 4.16(b): days in a leap year over 366, other days over 365.
    if start.year == end.year:
        return Fraction(end.toordinal() - start.toordinal(), _year_length(start.year))
    head = Fraction(date(start.year + 1, 1, 1).toordinal() - start.toordinal(), _year_length(start.year))
    tail = Fraction(end.toordinal() - date(end.year, 1, 1).toordinal(), _year_length(end.year))
    return head + (end.year - start.year - 1) + tail


def _year_of_start(start: date, end: date, context: Context) -> Fraction:
    return Fraction(_actual(start, end, context), _year_length(start.year))


def _passes_leap_day(start: date, end: date) -> bool:
    """Whether a 29 February lies after ``start`` and up to ``end``."""
    years = range(start.year, end.year + 1)
    return any(isleap(year) and start < date(year, 2, 29) <= end for year in years)


def _year_of_leap_day(start: date, end: date, context: Context) -> Fraction:
    return Fraction(_actual(start, end, context), 366 if _passes_leap_day(start, end) else 365)


def _leap_of_period(start: date, end: date, context: Context) -> Fraction:
    # ICMA rule 251.1(i)(2): yearly coupons look for a 29 February, others at the year of the end.
    if context.frequency is None:
        raise InputError(
            "daycount.frequency",
            "day count ACT/365L needs frequency: 1 for yearly periods, else how many make a year",
        )
    first, last = context.reference_start or start, context.reference_end or end
    leap = _passes_leap_day(first, last) if context.frequency == 1 else isleap(last.year)
    return Fraction(_actual(start, end, context), 366 if leap else 365)


def _afb(start: date, end: date, _: Context) -> Fraction:
    # Whole years are counted back from the end; the rest is over 366 where it holds a
    # 29 February (start included, end excluded), else over 365. FBF master agreement.
    whole = end.year - start.year
    stub_end = _years_before(end, whole)
    if stub_end < start:
        whole -= 1
        stub_end = _years_before(end, whole)
    leap_day_in_stub = any(
        isleap(year) and start <= date(year, 2, 29) < stub_end for year in {start.year, stub_end.year}
    )
    return whole + Fraction(stub_end.toordinal() - start.toordinal(), 366 if leap_day_in_stub else 365)


def _years_before(day: date, years: int) -> date:
    # The last day of February stays the last day of February.
    moved = add_months(day, -12 * years)
    return month_end(moved) if _ends_february(day) else moved


def _icma(start: date, end: date, context: Context) -> Fraction:
    # ICMA rule 251: days over (days in the regular period x periods a year); a period longer
    # than a regular one, or outside it, is cut at the regular dates before and after.
    per_year, step = _regular_period(context)
    total, index = Fraction(0), 0
    while step(index) > start:
        index -= 1
    while step(index) < end:
        period_start, period_end = step(index), step(index + 1)
        inside = min(end, period_end).toordinal() - max(start, period_start).toordinal()
        if inside > 0:
            length = period_end.toordinal() - period_start.toordinal()
            total += Fraction(inside, length) / per_year
        index += 1
    return total


def _regular_period(context: Context) -> tuple[Fraction, Callable[[int], date]]:
    """Regular periods a year, and the regular date with a given index (0: reference_start)."""
    first, second, frequency = context.reference_start, context.reference_end, context.frequency
    if first is not None and second is None and frequency is not None and 12 % frequency == 0:
        second = add_months(first, 12 // frequency)
    if first is None or second is None or first >= second:
        raise InputError(
            "daycount.reference",
            "day count ACT/ACT ICMA needs a regular period: pass reference_start and a later "
            "reference_end, or reference_start and frequency (1, 2, 3, 4, 6 or 12 a year)",
        )
    length = second.toordinal() - first.toordinal()
    if frequency is None:
        months = round(Fraction(12 * length, 365))
    else:
        months = 12 // frequency if 12 % frequency == 0 else 0
    if months == 0:  # weeks or days: regular dates are as many days apart
        per_year = Fraction(frequency) if frequency is not None else Fraction(365, length)
        opening = first
        return per_year, lambda index: opening + timedelta(days=index * length)
    both_month_ends = first == month_end(first) and second == month_end(second)
    anchor = 31 if both_month_ends else max(first.day, second.day)
    anchored = first
    return Fraction(12, months), lambda index: add_months(anchored, index * months, anchor_day=anchor)


# --- names ------------------------------------------------------------------------------------

_Y360, _Y365 = Fraction(360), Fraction(365)

DAY_COUNTS: Final = (
    DayCount(
        "30/360",
        "start 31 -> 30; end 31 -> 30 if the start is then 30",
        _bond_basis,
        _Y360,
        aliases=("30/360 bond basis", "bond basis", "30/360 ISDA", "30A/360", "30/360 bond", "30/360 NASD"),
    ),
    DayCount(
        "30U/360",
        "as 30/360, and an end of February at the start (and then at the end) -> 30",
        _us,
        _Y360,
        aliases=("30/360 US", "30US/360", "30/360 SIA", "30/360 US EOM", "US 30/360"),
    ),
    DayCount(
        "30/360 PSA",
        "as 30/360, and an end of February at the start -> 30",
        _psa,
        _Y360,
        aliases=("30/360 BMA", "30/360 SIFMA"),
    ),
    DayCount(
        "30E/360",
        "31 -> 30 at the start and at the end",
        _eurobond,
        _Y360,
        aliases=(
            "30/360 eurobond",
            "eurobond",
            "eurobond basis",
            "30/360 european",
            "30/360E",
            "30/360 ICMA",
            "30/360 ISMA",
            "30S/360",
        ),
    ),
    DayCount(
        "30E/360 ISDA",
        "the last day of a month -> 30, save an end of February on the termination date",
        _eurobond_isda,
        _Y360,
        aliases=("30/360 german", "30E/360 german", "german", "30D/360", "30G/360"),
    ),
    DayCount(
        "30E+/360",
        "start 31 -> 30; end 31 -> the first of the next month",
        _eurobond_plus,
        _Y360,
        aliases=("30/360 italian plus", "30EP/360"),
    ),
    DayCount(
        "30/365",
        "31 -> 30 at the start and at the end; a year of 365",
        _eurobond,
        _Y365,
        aliases=("30E/365", "30/365 german"),
    ),
    DayCount(
        "ACT/360",
        "calendar days over 360",
        _actual,
        _Y360,
        aliases=("A/360", "money market", "french", "act/360 ICMA"),
    ),
    DayCount("ACT/364", "calendar days over 364: 52 weeks of the same length", _actual, Fraction(364)),
    DayCount(
        "ACT/365F",
        "calendar days over 365, leap year or not",
        _actual,
        _Y365,
        aliases=("ACT/365", "ACT/365 fixed", "A/365", "A/365F", "english", "act/365 ICMA"),
    ),
    DayCount(
        "ACT/365A",
        "calendar days over 366 if a 29 February lies after the start and up to the end, else 365",
        _actual,
        fraction=_year_of_leap_day,
        aliases=("ACT/365 actual",),
    ),
    DayCount(
        "ACT/365L",
        "as ACT/365A for yearly periods; others over 366 if the period ends in a leap year, else 365",
        _actual,
        fraction=_leap_of_period,
        aliases=("ACT/365 leap year", "ISMA-year"),
    ),
    DayCount("ACT/366", "calendar days over 366, leap year or not", _actual, Fraction(366)),
    DayCount("ACT/365.25", "calendar days over 365.25", _actual, Fraction(1461, 4), aliases=("A/365.25",)),
    DayCount(
        "NL/365",
        "calendar days without 29 February, over 365",
        _no_leap,
        _Y365,
        aliases=("ACT/365 no leap", "NL365", "ACT/365NL", "act/365 japanese", "actual/365 no leap year"),
    ),
    DayCount("NL/360", "calendar days without 29 February, over 360", _no_leap, _Y360, aliases=("NL360",)),
    DayCount(
        "ACT/ACT ISDA",
        "days in a leap year over 366, other days over 365",
        _actual,
        fraction=_isda,
        aliases=("ACT/ACT", "ACT/365 ISDA", "act/act historical"),
    ),
    DayCount(
        "ACT/ACT ICMA",
        "days over the days of the regular period times periods a year",
        _actual,
        fraction=_icma,
        aliases=("ACT/ACT ISMA", "ISMA-99", "act/act bond"),
    ),
    DayCount(
        "ACT/ACT AFB",
        "whole years back from the end; the rest over 366 if it holds a 29 February, else 365",
        _actual,
        fraction=_afb,
        aliases=("ACT/ACT euro", "act/act FBF"),
    ),
    DayCount(
        "ACT/ACT start year",
        "calendar days over the length of the year that the start lies in",
        _actual,
        fraction=_year_of_start,
        aliases=("ACT/ACT year of start",),
    ),
    DayCount(
        "BUS/252",
        "business days over 252; needs a calendar",
        _business,
        Fraction(252),
        aliases=("business/252", "B/252", "BD/252"),
    ),
)
"""Every convention, with its other names."""


def _key(name: str) -> str:
    text = name.casefold().replace("actual", "act")
    return "".join(letter for letter in text if letter.isalnum() or letter in "+./")


_BY_KEY: Final = {
    _key(alias): convention for convention in DAY_COUNTS for alias in (convention.name, *convention.aliases)
}
