"""Rates and values of any flows of money, by period or by date.

Money paid out and money received have opposite signs. Every rate that makes the flows worth
nothing is found; none and several are answers too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Final, Literal, get_args

from tagih.daycounts import day_count as find_day_count
from tagih.daycounts import year_fraction
from tagih.errors import InputError
from tagih.rates.numbers import (
    ONE,
    ZERO,
    NoSolution,
    Number,
    SeveralSolutions,
    answering,
    in_working_precision,
    number,
    rate_number,
)
from tagih.rates.solve import growths, level_growth, rate_from_growth

Pick = Literal["only", "nearest_zero", "lowest", "highest", "lowest_non_negative", "spreadsheet"]
"""Which of several solutions to answer:

- ``only``: refuse several.
- ``nearest_zero``: by the size of ln(1 + rate), so that halving is as far as doubling.
- ``lowest``, ``highest``, ``lowest_non_negative``: as they say.
- ``spreadsheet``: the nearest to zero among those that 15 digits can confirm: at that rate
  the present values, of so many digits, add up to zero within a thousandth. Spreadsheets and
  double-precision libraries report no other.
"""

DatedFlows = Iterable[tuple[date, Number]]

_CONFIRMED_WITHIN: Final = Decimal("0.001")
_FIFTEEN_DIGITS: Final = Decimal(2) ** -52


# --- by period --------------------------------------------------------------------------------


@answering
def npv(values: Iterable[Number], *, period_rate: Number, first_period: int = 0) -> Decimal:
    """The value today of flows one period apart: sum(value[i] / (1 + rate) ** (first_period + i)).

    ``first_period`` is 0 where the first flow is today's, 1 where it is a period away (as in
    spreadsheets).

    >>> npv([-100, 60, 60], period_rate=Decimal("0.1")).quantize(Decimal("0.0001"))
    Decimal('4.1322')
    """
    growth = 1 + rate_number(period_rate, "period_rate")
    total = ZERO
    for value in reversed([number(value, "value") for value in values]):
        total = total / growth + value
    return total / growth**first_period


@in_working_precision
def irr_all(values: Iterable[Number]) -> tuple[Decimal, ...]:
    """Every rate per period that makes flows one period apart worth nothing, rising.

    Each is right to 20 decimals. The empty tuple means that there is none. Flows of nothing
    but zeros are worth nothing at any rate, and have none either.

    >>> irr_all([-100, 230, -132])
    (Decimal('0.1'), Decimal('0.2'))
    >>> irr_all([100, 110])
    ()
    """
    numbers = [number(value, "value") for value in values]
    return _solutions([(i, value) for i, value in enumerate(numbers) if value], 1)


@in_working_precision
def irr(values: Iterable[Number], *, pick: Pick = "only") -> Decimal:
    """The rate per period that makes flows one period apart worth nothing.

    >>> irr([-100, 110])
    Decimal('0.1')
    >>> irr([-100, 230, -132], pick="lowest")
    Decimal('0.1')

    Raises:
        NoSolution: If there is no such rate.
        SeveralSolutions: If there are several and ``pick`` is ``only``.
    """
    numbers = [number(value, "value") for value in values]
    flows = [(i, value) for i, value in enumerate(numbers) if value]
    return _picked(flows, 1, pick)


@answering
def mirr(values: Iterable[Number], *, finance_period_rate: Number, reinvest_period_rate: Number) -> Decimal:
    """The rate per period at which what was paid grows into what came back, both at given rates.

    Outflows are discounted to the first period at ``finance_period_rate``, inflows carried to the
    last at ``reinvest_period_rate``; both are per period.

    >>> mirr([-1000, 100, 250, 500, 500], finance_period_rate=Decimal("0.1"),
    ...      reinvest_period_rate=Decimal("0.1")).quantize(Decimal("0.000001"))
    Decimal('0.104016')

    Raises:
        NoSolution: If the flows have one sign only, or there are fewer than two.
    """
    numbers = [number(value, "value") for value in values]
    paid = [value if value < 0 else ZERO for value in numbers]
    back = [value if value > 0 else ZERO for value in numbers]
    if len(numbers) < 2 or not any(paid) or not any(back):
        raise _no_solution()
    finance = 1 + rate_number(finance_period_rate, "finance_period_rate")
    reinvest = 1 + rate_number(reinvest_period_rate, "reinvest_period_rate")
    present = future = ZERO
    for value in reversed(paid):
        present = present / finance + value
    for value in back:
        future = future * reinvest + value
    return (future / -present) ** (ONE / (len(numbers) - 1)) - 1


# --- by date ----------------------------------------------------------------------------------


@answering
def xnpv(
    flows: DatedFlows, *, annual_rate: Number, day_count: str = "ACT/365F", origin: date | None = None
) -> Decimal:
    """The value of dated flows on ``origin``: sum(amount / (1 + rate) ** years).

    ``annual_rate`` is effective; years are counted by ``day_count`` from ``origin``, by default
    the earliest date (spreadsheets: the first one listed; pass it if it is another).

    >>> xnpv([(date(2025, 1, 1), -100), (date(2026, 1, 1), 121)], annual_rate=Decimal("0.1")
    ...     ).quantize(Decimal("0.01"))
    Decimal('10.00')
    """
    growth = 1 + rate_number(annual_rate, "annual_rate")
    rows = [(on, number(amount, "amount")) for on, amount in flows]
    if not rows:
        return ZERO
    start = min(on for on, _ in rows) if origin is None else origin
    return sum((amount * _grown(growth, year_fraction(day_count, on, start)) for on, amount in rows), ZERO)


@answering
def xnfv(flows: DatedFlows, *, annual_rate: Number, day_count: str = "ACT/365F") -> Decimal:
    """The value of dated flows on the latest of their dates; otherwise as `xnpv`.

    >>> xnfv([(date(2025, 1, 1), -100), (date(2026, 1, 1), 121)], annual_rate=Decimal("0.1")
    ...     ).quantize(Decimal("0.01"))
    Decimal('11.00')
    """
    rows = list(flows)
    if not rows:
        return ZERO
    growth = 1 + rate_number(annual_rate, "annual_rate")
    dates = [on for on, _ in rows]
    span = year_fraction(day_count, min(dates), max(dates))
    return xnpv(rows, annual_rate=annual_rate, day_count=day_count) * _grown(growth, span)


@in_working_precision
def xirr_all(flows: DatedFlows, *, day_count: str = "ACT/365F") -> tuple[Decimal, ...]:
    """Every effective annual rate that makes dated flows worth nothing, rising.

    Dates need not be in order; years are counted by ``day_count`` from the earliest. Each
    answer is right to 20 decimals (28 digits above 10**8); the empty tuple means that there is
    none.

    >>> xirr_all([(date(2025, 1, 1), -100), (date(2026, 1, 1), 110)])
    (Decimal('0.1'),)
    """
    return _solutions(*_timed(flows, day_count))


@in_working_precision
def xirr(flows: DatedFlows, *, day_count: str = "ACT/365F", pick: Pick = "only") -> Decimal:
    """The effective annual rate that makes dated flows worth nothing; see `xirr_all`.

    >>> xirr([(date(2025, 1, 1), -100), (date(2025, 7, 1), 55), (date(2026, 1, 1), 55)]
    ...     ).quantize(Decimal("0.000001"))
    Decimal('0.136697')

    Raises:
        NoSolution: If there is no such rate.
        SeveralSolutions: If there are several and ``pick`` is ``only``.
    """
    return _picked(*_timed(flows, day_count), pick)


# --- common -----------------------------------------------------------------------------------


@in_working_precision
def solve_timed(flows: Iterable[tuple[Fraction, Number]], *, pick: Pick = "only") -> Decimal:
    """The effective rate per unit of time of flows at the given times (fractions of that unit).

    >>> solve_timed([(Fraction(0), 1000), (Fraction(3, 2), -1200)]).quantize(Decimal("0.0001"))
    Decimal('0.1292')
    """
    return _picked(*_merged((time, number(amount, "amount")) for time, amount in flows), pick)


def level_rate(principal: Decimal, instalment: Decimal, periods: int) -> Decimal:
    """The rate per period at which equal instalments, the first a period away, repay principal.

    Both amounts are above 0, so that there is exactly one.
    """
    growth = level_growth(principal / instalment, periods)
    if growth is None:
        return irr([-principal, *[instalment] * periods])
    return rate_from_growth(growth, 1)


def _timed(flows: DatedFlows, day_count: str) -> tuple[list[tuple[int, Decimal]], int]:
    """Flows as (whole time, amount), in order and without zeros, and the times in a year."""
    rows = [(on, amount if isinstance(amount, Decimal) else number(amount, "amount")) for on, amount in flows]
    convention = find_day_count(day_count)
    if convention.name == "ACT/365F":
        sums: dict[int, Decimal] = {}
        for on, amount in rows:
            day = on.toordinal()
            sums[day] = sums[day] + amount if day in sums else amount
        return sorted(flow for flow in sums.items() if flow[1]), 365
    if not rows:
        return [], 1
    start = min(on for on, _ in rows)
    return _merged((year_fraction(convention.name, start, on), amount) for on, amount in rows)


def _merged(flows: Iterable[tuple[Fraction, Decimal]]) -> tuple[list[tuple[int, Decimal]], int]:
    sums: dict[Fraction, Decimal] = {}
    for time, amount in flows:
        sums[time] = sums.get(time, ZERO) + amount
    unit = lcm(*(time.denominator for time in sums)) if sums else 1
    return sorted((int(time * unit), amount) for time, amount in sums.items() if amount), unit


def _solutions(flows: Sequence[tuple[int, Decimal]], unit: int) -> tuple[Decimal, ...]:
    times, amounts = [time for time, _ in flows], [amount for _, amount in flows]
    for amount in amounts:
        if not amount.is_finite():
            raise InputError("rates.not_a_number", "amount '{value}' is not a number", value=str(amount))
    return tuple(rate_from_growth(growth, unit) for growth in growths(times, amounts)) if flows else ()


def _picked(flows: Sequence[tuple[int, Decimal]], unit: int, pick: Pick) -> Decimal:
    if pick not in get_args(Pick):
        raise InputError(
            "rates.pick",
            "pick '{pick}' is unknown; write one of {known}",
            pick=pick,
            known=", ".join(get_args(Pick)),
        )
    found = _solutions(flows, unit)
    if pick == "spreadsheet":
        found = tuple(rate for rate in found if _confirmed(flows, unit, rate))
    elif pick == "lowest_non_negative":
        found = tuple(rate for rate in found if rate >= 0)
    if not found:
        raise _no_solution()
    if len(found) == 1:
        return found[0]
    if pick == "only":
        raise SeveralSolutions(
            "rates.several",
            "{count} rates solve these flows ({solutions}); name the one to pick",
            count=len(found),
            solutions=", ".join(f"{rate:.6f}" for rate in found),
        )
    if pick == "highest":
        return found[-1]
    if pick in ("nearest_zero", "spreadsheet"):
        return min(found, key=lambda rate: max(ONE + rate, 1 / (ONE + rate)))
    return found[0]


def _confirmed(flows: Sequence[tuple[int, Decimal]], unit: int, rate: Decimal) -> bool:
    growth, start = 1 + rate, flows[0][0]
    if growth <= 0:
        return False
    sizes = [abs(amount) * _grown(growth, Fraction(start - time, unit)) for time, amount in flows]
    return sum(sizes, ZERO) * _FIFTEEN_DIGITS < _CONFIRMED_WITHIN


def _grown(growth: Decimal, years: Fraction) -> Decimal:
    """growth ** years."""
    if years.denominator == 1:
        return growth**years.numerator
    return growth ** (Decimal(years.numerator) / years.denominator)


def _no_solution() -> NoSolution:
    return NoSolution("rates.no_solution", "no rate makes these flows worth nothing")


__all__ = [
    "DatedFlows",
    "Pick",
    "irr",
    "irr_all",
    "mirr",
    "npv",
    "solve_timed",
    "xirr",
    "xirr_all",
    "xnfv",
    "xnpv",
]
