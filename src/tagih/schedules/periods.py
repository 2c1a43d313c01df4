"""The periods of a loan: when each starts and ends, what is lent in it, and its rates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from attrs import frozen

from tagih.daycounts import year_fraction
from tagih.errors import InputError
from tagih.schedules.calendar import Calendar, Due
from tagih.schedules.terms import Disbursement, Rate, Terms

LOAN_YEAR = "ACT/ACT loan year"

Span = tuple[date, date]
"""The first day of a loan and its last due date."""


@frozen
class Period:
    """One period: interest runs from ``start`` to ``end``, and the instalment is due on ``due``.

    ``regular`` is where it would start if it were a regular period (the first may not be).
    """

    number: int
    start: date
    end: date
    due: Due
    regular: date
    lent: tuple[Disbursement, ...] = ()


def periods(terms: Terms, count: int) -> tuple[Period, ...]:
    """The first ``count`` periods, each with the disbursements that fall in it.

    Raises:
        InputError: If a disbursement lies before the start or after the last due date.
    """
    advance = terms.paid == "advance"
    regular = terms.calendar.regular_start(terms.start, advance=advance)
    dues = terms.calendar.dues(count, terms.start, advance=advance)
    start = terms.start or (dues[0].due_on if advance else regular)
    if start > dues[0].due_on:
        raise InputError(
            "schedule.start",
            "the start {start} lies after the first due date {due}",
            start=str(start),
            due=str(dues[0].due_on),
        )
    lent = sorted(terms.disbursements or [Disbursement(start, terms.principal)], key=lambda each: each.on)
    if lent[0].on < start:
        raise InputError(
            "schedule.disbursed_before",
            "a disbursement on {day} lies before the start {start}",
            day=str(lent[0].on),
            start=str(start),
        )
    made, opened, previous = [], start, regular
    for number, due in enumerate(dues, 1):
        end = due.paid_on if terms.interest_to == "payable" else due.due_on
        mine = tuple(each for each in lent if _belongs(each.on, end, terms, first=number == 1))
        lent = [each for each in lent if each not in mine]
        made.append(Period(number, opened, end, due, previous, mine))
        opened = previous = end
    if lent:
        raise InputError(
            "schedule.disbursed_after",
            "a disbursement on {day} lies on or after the last due date {due}",
            day=str(lent[0].on),
            due=str(dues[-1].due_on),
        )
    return tuple(made)


def _belongs(day: date, end: date, terms: Terms, *, first: bool) -> bool:
    if first and terms.paid == "advance":
        return day <= end
    return day <= end if terms.tranche_on_due_date == "this" else day < end


def factor(terms: Terms, rate: Rate, period: Period, loan: Span, start: date, end: date) -> Fraction:
    """The rate of the days from ``start`` to ``end`` within ``period``."""
    if terms.paid == "advance" and period.number == 1:
        return Fraction(0)
    frequency = terms.calendar.frequency
    if terms.accrual != "period":
        return rate.annual(frequency) * _year_part(terms, period, loan, start, end)
    whole = rate.for_period(frequency)
    if period.start == period.regular:
        if start == period.start and end == period.end:
            return whole
        return whole * Fraction((end - start).days, (period.end - period.start).days)
    if start < period.regular:  # days before a regular first period
        before = Fraction((min(end, period.regular) - start).days, rate.year_days) * rate.annual(frequency)
        inside = max((end - period.regular).days, 0)
        return before + whole * Fraction(inside, (period.end - period.regular).days)
    return whole * Fraction((end - start).days, (period.end - period.regular).days)


def odd_days(terms: Terms, rate: Rate, period: Period) -> Fraction:
    """The rate of the days before a regular first period (0 where there are none)."""
    if period.start >= period.regular:
        return Fraction(0)
    return factor(terms, rate, period, (period.start, period.end), period.start, period.regular)


def _year_part(terms: Terms, period: Period, loan: Span, start: date, end: date) -> Fraction:
    if terms.accrual == LOAN_YEAR:
        first, next_year = date(loan[0].year, 1, 1), date(loan[0].year + 1, 1, 1)
        return Fraction((end - start).days, (next_year - first).days)
    frequency = terms.calendar.frequency
    per_year = frequency.per_year()
    return year_fraction(
        terms.accrual,
        start,
        end,
        termination=loan[1],
        reference_start=period.regular,
        reference_end=period.end,
        frequency=per_year.numerator if frequency.months and per_year.denominator == 1 else None,
        is_business_day=None if terms.calendar.holidays is None else _works(terms.calendar),
    )


def _works(calendar: Calendar) -> Callable[[date], bool]:
    return lambda day: not calendar.rests(day)
