"""What a schedule reveals: its true rate, and what is unearned under each method."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext

from attrs import evolve, frozen

from tagih.errors import InputError
from tagih.rates import irr, xirr
from tagih.schedules.schedule import Schedule
from tagih.schedules.terms import Terms, decimal
from tagih.schedules.walk import make


@frozen
class TrueRate:
    """The rate that instalments reveal, said in the ways that people compare.

    ``period_rate`` is that of one payment period; ``nominal_annual_rate`` multiplies it by the
    periods in a year and ``effective_annual_rate`` compounds it; ``flat_annual_rate`` is all
    interest over the principal and the years.
    """

    period_rate: Decimal
    nominal_annual_rate: Decimal
    effective_annual_rate: Decimal
    flat_annual_rate: Decimal


def true_rate(schedule: Schedule, *, fees: Decimal | int = 0) -> TrueRate:
    """The effective rate of a schedule's instalments, ``fees`` taken at the start included.

    Regular periods count as one each; with several disbursements or an odd first period the rate
    is found from the days (actual/365) and said per period.

    Raises:
        NoSolution: If the instalments do not repay what was lent.

    >>> from tagih.schedules import Calendar, Rate
    >>> terms = Terms(12_000_000, 12, "flat", Rate(Decimal("0.12")), Calendar(first_due=date(2026, 1, 31)))
    >>> rate = true_rate(make(terms))
    >>> round(rate.period_rate, 8), round(rate.flat_annual_rate, 4)
    (Decimal('0.01788099'), Decimal('0.1200'))
    """
    terms = schedule.terms
    frequency = terms.calendar.frequency
    first = schedule.rows[0]
    regular = terms.start in (
        None,
        terms.calendar.regular_start(terms.start, advance=terms.paid == "advance"),
    )
    advance = terms.paid == "advance"
    flows = sorted(
        [(each.on, each.amount) for each in terms.disbursements]
        or [(terms.start or first.start, terms.principal)]
    )
    with localcontext() as context:
        context.prec = 40
        per_year = decimal(frequency.per_year(terms.rate.year_days))
        rows = [row for row in schedule.rows if row.kind == "instalment"]
        down = sum((row.total for row in schedule.rows if row.kind != "instalment"), Decimal(0))
        lent = terms.principal - Decimal(fees) - schedule.up_front - down
        if len(flows) == 1 and (regular or advance) and lent > 0:
            totals = [-row.total for row in rows]
            values = [lent + totals[0], *totals[1:]] if advance else [lent, *totals]
            period = irr(values) if any(values) and len(values) > 1 else Decimal(0)
            effective = (1 + period) ** per_year - 1
        else:
            dated = [(day, amount) for day, amount in flows]
            dated[0] = (dated[0][0], dated[0][1] - Decimal(fees) - schedule.up_front)
            effective = xirr([*dated, *((row.due_on, -row.total) for row in schedule.rows)])
            period = (1 + effective) ** (1 / per_year) - 1
        years = Decimal(len(rows)) / per_year
        cost = schedule.interest + schedule.capitalised
        return TrueRate(+period, +period * per_year, +effective, cost / terms.principal / years)


@frozen
class SideBySide:
    """What is left after a row, under flat, sum of digits and effective.

    ``outstanding`` is principal, ``unearned`` interest that is not yet earned.
    """

    number: int
    due_on: date
    outstanding_flat: Decimal
    outstanding_digits: Decimal
    outstanding_effective: Decimal
    unearned_flat: Decimal
    unearned_digits: Decimal
    unearned_effective: Decimal


def side_by_side(terms: Terms) -> tuple[SideBySide, ...]:
    """The same flat contract under the three ways to split it, row by row.

    >>> from tagih.schedules import Calendar, Rate
    >>> terms = Terms(12_000_000, 12, "flat", Rate(Decimal("0.12")), Calendar(first_due=date(2026, 1, 31)))
    >>> after = side_by_side(terms)[5]
    >>> after.unearned_flat, after.unearned_digits, after.unearned_effective
    (Decimal('720000'), Decimal('387693'), Decimal('401287'))

    Raises:
        InputError: If the terms are not those of a flat contract or a murabahah.
    """
    methods = (
        ("murabahah", "sum_of_digits", "murabahah_amortised")
        if terms.method.startswith("murabahah")
        else ("flat", "sum_of_digits", "flat_effective")
    )
    if terms.method not in methods:
        raise InputError(
            "schedule.side_by_side",
            "side by side compares flat contracts; got method {method}",
            method=terms.method,
        )
    schedules = [make(evolve(terms, method=method)) for method in methods]
    unearned = [schedule.interest for schedule in schedules]
    made = []
    for rows in zip(*(schedule.rows for schedule in schedules), strict=True):
        unearned = [left - row.interest for left, row in zip(unearned, rows, strict=True)]
        made.append(SideBySide(rows[0].number, rows[0].due_on, *(row.balance for row in rows), *unearned))
    return tuple(made)
