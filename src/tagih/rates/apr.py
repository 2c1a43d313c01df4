"""The annual percentage rates that laws define: US Regulation Z and the EU directives.

>>> regulation_z_apr([UnitFlow(6000)], level_payments(Decimal(200), 36, first=Fraction(49, 30)),
...                  periods_per_year=12).quantize(Decimal("0.0001"))
Decimal('0.1182')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Literal, get_args

from attrs import field, frozen

from tagih.dates import add_months
from tagih.errors import InputError
from tagih.rates.flows import DatedFlows, Pick, solve_timed
from tagih.rates.numbers import ZERO, NoSolution, Number, count, in_working_precision, number

UnitPeriod = Literal["day", "week", "semimonth", "month", "quarter", "half_year", "year"]
"""The unit periods that `unit_periods_between` counts."""

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}

TimeBasis = Literal["days/365", "days/366", "days/365.25", "months/12", "weeks/52"]
"""How the EU directives' time in years is measured between two dates."""


def _fraction(value: Fraction | int | str) -> Fraction:
    if isinstance(value, float):
        raise InputError("rates.float", "time {value} is not exact; write a Fraction", value=value)
    return Fraction(value)


@frozen
class UnitFlow:
    """An advance or a payment, ``at`` so many unit periods (with any fraction) after the start."""

    amount: Number
    at: Fraction = field(default=Fraction(0), converter=_fraction)


def level_payments(
    amount: Number, times: int, *, first: Fraction | int | str, every: Fraction | int = 1
) -> tuple[UnitFlow, ...]:
    """``times`` payments of ``amount``, the first at ``first`` unit periods and then ``every`` so many.

    >>> [str(flow.at) for flow in level_payments(100, 3, first="19/30")]
    ['19/30', '49/30', '79/30']
    """
    start, step = _fraction(first), _fraction(every)
    return tuple(UnitFlow(amount, start + k * step) for k in range(count(times, "times")))


@in_working_precision
def regulation_z_apr(
    advances: Iterable[UnitFlow], payments: Iterable[UnitFlow], *, periods_per_year: int
) -> Decimal:
    """The annual percentage rate by the actuarial method, nominal: i * ``periods_per_year``.

    i solves sum(A / ((1 + f i) (1 + i) ** t)) = sum(P / ((1 + f i) (1 + i) ** t)) where t is the
    whole and f the fractional part of the unit periods from the first advance: simple interest
    over the odd days, compound over whole periods (12 CFR 1026, appendix J, (b)(8)).

    6.000 lent, 36 monthly payments of 200, the first after 1 month and 19 days of 30
    (appendix J, example (c)(1)(ii): 11,82 %):

    >>> paid = level_payments(200, 36, first="49/30")
    >>> apr = regulation_z_apr([UnitFlow(6000)], paid, periods_per_year=12)
    >>> round(100 * apr, 2)
    Decimal('11.82')

    Raises:
        NoSolution: If no rate of 0 or more makes the two sums equal.
    """
    lent = [(number(flow.amount, "advance"), floor(flow.at), flow.at - floor(flow.at)) for flow in advances]
    paid = [(number(flow.amount, "payment"), floor(flow.at), flow.at - floor(flow.at)) for flow in payments]
    flows = [*lent, *[(-amount, whole, part) for amount, whole, part in paid]]
    n = count(periods_per_year, "periods_per_year")

    def short(i: Decimal) -> Decimal:
        """What the payments are short of the advances at a rate of ``i``."""
        total = ZERO
        for amount, whole, part in flows:
            odd = 1 + i * part.numerator / part.denominator
            total += amount / (odd * (1 + i) ** whole)
        return total

    return (_zero_above(short) * n).quantize(Decimal("1e-20")).normalize() or ZERO


def _zero_above(short: Callable[[Decimal], Decimal]) -> Decimal:
    """The zero at or above 0 of a function that is negative below it and positive above."""
    low, high = ZERO, Decimal("0.01")
    at_low = short(low)
    if not at_low:
        return ZERO
    while short(high) < 0 and high < 10**9:
        low, high = high, high * 4
    if at_low > 0 or short(high) < 0:
        raise NoSolution(
            "rates.no_solution", "no rate of 0 or more makes these payments worth what was advanced"
        )
    # Bisection to a fifth of the digits, then secants: the function is smooth and rises.
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if short(middle) < 0 else (low, middle)
    value_low, value_high = short(low), short(high)
    for _ in range(60):
        if value_high == value_low or abs(high - low) < Decimal("1e-30"):
            break
        following = high - value_high * (high - low) / (value_high - value_low)
        low, value_low = high, value_high
        high, value_high = following, short(following)
    return high


def unit_periods_between(start: date, end: date, *, unit: UnitPeriod) -> Fraction:
    """Unit periods from ``start`` to ``end``, whole ones counted back from ``end``.

    What is left at the start is a fraction: in days over 7 (week), 15 (semimonth), 30 (month)
    or 365 (year); for a quarter or a half year, whole months left count 30 days each, over 90
    or 180. Whole semimonths run to the same day a month before, or half a month from it
    (12 CFR 1026, appendix J, (b)(3) to (b)(5)).

    >>> str(unit_periods_between(date(1978, 2, 10), date(1978, 4, 1), unit="month"))
    '49/30'
    """
    if unit not in get_args(UnitPeriod):
        raise InputError(
            "rates.unit",
            "unit '{unit}' is unknown; write one of {known}",
            unit=unit,
            known=", ".join(get_args(UnitPeriod)),
        )
    gap = (end - start).days
    if gap < 0:
        raise InputError(
            "rates.dates", "{end} lies before {start}", end=end.isoformat(), start=start.isoformat()
        )
    if unit == "day":
        return Fraction(gap)
    if unit == "week":
        return Fraction(gap, 7)
    if unit == "semimonth":
        steps = _steps_back(end, start, _half_months_back)
        return steps + Fraction((_half_months_back(end, steps) - start).days, 15)
    months = _MONTHS[unit]
    steps = _steps_back(end, start, lambda day, k: add_months(day, -months * k))
    reached = add_months(end, -months * steps)
    if unit == "month":
        return steps + Fraction((reached - start).days, 30)
    if unit == "year":
        return steps + Fraction((reached - start).days, 365)
    left = _steps_back(reached, start, lambda day, k: add_months(day, -k, anchor_day=end.day))
    odd = (add_months(reached, -left, anchor_day=end.day) - start).days
    return steps + Fraction(left * 30 + odd, months * 30)


def _steps_back(end: date, start: date, back: Callable[[date, int], date]) -> int:
    steps = 0
    while back(end, steps + 1) >= start:
        steps += 1
    return steps


def _half_months_back(day: date, steps: int) -> date:
    if steps % 2 == 0:
        return add_months(day, -(steps // 2))
    # The other of two payment days a month: 15 days earlier, or later in the month before.
    if day.day > 15:
        return add_months(day.replace(day=1), -(steps // 2)) + timedelta(days=day.day - 16)
    month_before = add_months(day.replace(day=1), -(steps // 2) - 1)
    last = (add_months(month_before, 1) - timedelta(days=1)).day
    return month_before.replace(day=min(day.day + 15, last))


@in_working_precision
def eu_apr(flows: DatedFlows, *, time: TimeBasis = "days/365", pick: Pick = "only") -> Decimal:
    """The EU annual percentage rate of charge: effective, with time in years from the first flow.

    Loans and repayments have opposite signs. ``time`` names how years are measured: days over
    365, 366 or 365.25; calendar months over 12, as if all flows lay on the same day of their
    month ("equal months"); or whole weeks over 52. Sources: Directive 2008/48/EC annex I,
    COM(1996) 79 annex III.

    >>> eu_apr([(date(1994, 1, 1), 1000), (date(1995, 7, 1), -1200)]).quantize(Decimal("0.0001"))
    Decimal('0.1296')

    Raises:
        NoSolution: If there is no such rate.
        SeveralSolutions: If there are several and ``pick`` is ``only``.
    """
    rows: Sequence[tuple[date, Number]] = list(flows)
    if not rows:
        raise NoSolution("rates.no_solution", "there are no flows")
    start = min(on for on, _ in rows)
    return solve_timed([(_years(start, on, time), amount) for on, amount in rows], pick=pick)


def _years(start: date, end: date, time: TimeBasis) -> Fraction:
    days = (end - start).days
    if time == "days/365":
        return Fraction(days, 365)
    if time == "days/366":
        return Fraction(days, 366)
    if time == "days/365.25":
        return Fraction(days * 4, 1461)
    if time == "weeks/52":
        return Fraction(days, 7 * 52)
    if time == "months/12":
        return Fraction((end.year - start.year) * 12 + end.month - start.month, 12)
    raise InputError(
        "rates.time",
        "time '{time}' is unknown; write one of {known}",
        time=time,
        known=", ".join(get_args(TimeBasis)),
    )
