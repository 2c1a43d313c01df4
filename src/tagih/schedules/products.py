"""More short ways in: the loans that are told in one line, but not by equal instalments.

Each is a thin function over `Terms`, with the amounts, units and dates of `annuity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tagih.contracts import Instalment
from tagih.schedules.calendar import Calendar
from tagih.schedules.terms import Rate, Roundings, Step, Terms
from tagih.schedules.walk import make


def interest_only(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    months: int,
    first_due: date,
    unit: Decimal | None = None,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """Interest each month, and the whole principal with the last instalment.

    >>> rows = interest_only(principal=10_000_000, monthly_rate=Decimal("0.01"), months=3,
    ...                      first_due=date(2026, 1, 31))
    >>> [str(row.total) for row in rows]
    ['100000', '100000', '10100000']
    """
    return _monthly("interest_only", principal, monthly_rate, months, first_due, unit, anchor_day)


def bullet(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    months: int,
    due_on: date,
    unit: Decimal | None = None,
) -> tuple[Instalment, ...]:
    """One payment at the end: principal and simple interest for ``months`` (gadai, musiman).

    >>> [(str(row.principal), str(row.interest)) for row in bullet(
    ...     principal=5_000_000, monthly_rate=Decimal("0.015"), months=4, due_on=date(2026, 8, 31))]
    [('5000000', '300000')]
    """
    terms = Terms(
        principal,
        1,
        method="flat",
        rate=Rate(Fraction(monthly_rate) * months, "period"),
        calendar=Calendar(f"{months} month", first_due=due_on),
        rounding=Roundings.up_to(unit, difference="last"),
    )
    return make(terms).instalments


def balloon(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    months: int,
    balloon: Decimal | int,
    first_due: date,
    unit: Decimal | None = None,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """Equal instalments that leave ``balloon`` to be paid with the last one.

    >>> rows = balloon(principal=100_000_000, monthly_rate=Decimal("0.01"), months=12,
    ...                balloon=40_000_000, first_due=date(2026, 1, 15), unit=Decimal(1000))
    >>> rows[0].total, rows[-1].principal > 40_000_000
    (Decimal('5731000'), True)
    """
    more = {"balloon": Decimal(balloon)}
    return _monthly("balloon", principal, monthly_rate, months, first_due, unit, anchor_day, **more)


def sum_of_digits(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    months: int,
    first_due: date,
    unit: Decimal | None = None,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """The flat instalment, with interest split by n, n - 1, ... 1 (jumlah angka tahun, rule of 78).

    interest of row k = I * (n - k + 1) / (n * (n + 1) / 2), where I is the flat interest.

    >>> rows = sum_of_digits(principal=12_000_000, monthly_rate=Decimal("0.01"), months=12,
    ...                      first_due=date(2026, 1, 31))
    >>> rows[0].interest, rows[0].total, rows[-1].interest
    (Decimal('221538'), Decimal('1120000'), Decimal('18462'))
    """
    return _monthly("sum_of_digits", principal, monthly_rate, months, first_due, unit, anchor_day)


def flat_effective(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    months: int,
    first_due: date,
    unit: Decimal | None = None,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """The flat instalment, split by the effective rate that it really costs.

    The rate is solved from the instalments and not rounded; interest is rounded each row, and
    the last row closes both the principal and the flat interest.

    >>> rows = flat_effective(principal=12_000_000, monthly_rate=Decimal("0.01"), months=12,
    ...                       first_due=date(2026, 1, 31))
    >>> rows[0].interest, rows[0].total, sum(row.interest for row in rows)
    (Decimal('214572'), Decimal('1120000'), Decimal('1440000'))
    """
    return _monthly("flat_effective", principal, monthly_rate, months, first_due, unit, anchor_day)


def given_instalment(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    instalment: Decimal | int,
    first_due: date,
    months: int | None = None,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """An agreed instalment for ``months``, or for as many as it takes; the last one differs.

    Raises:
        InputError: If the instalment does not cover the interest.

    >>> rows = given_instalment(principal=10_000_000, monthly_rate=Decimal("0.01"),
    ...                         instalment=2_100_000, first_due=date(2026, 1, 31))
    >>> len(rows), rows[-1].total
    (5, Decimal('1897990'))
    """
    more = {"instalment": Decimal(instalment)}
    return _monthly(
        "given_instalment", principal, monthly_rate, months or 0, first_due, None, anchor_day, **more
    )


def given_rows(
    rows: Iterable[tuple[Decimal | int, Decimal | int]],
    *,
    first_due: date,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """Principal and interest as agreed for each month, on dates that do not drift.

    >>> made = given_rows([(500_000, 20_000), (250_000, 10_000)], first_due=date(2026, 1, 31))
    >>> made[1].due_on, made[1].total
    (datetime.date(2026, 2, 28), Decimal('260000'))
    """
    agreed = tuple((Decimal(principal), Decimal(interest)) for principal, interest in rows)
    terms = Terms(
        sum((principal for principal, _ in agreed), Decimal(0)),
        len(agreed),
        method="given_rows",
        calendar=Calendar(first_due=first_due, anchor_day=anchor_day),
        rows=agreed,
    )
    return make(terms).instalments


def stepped(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    months: int,
    steps: Sequence[Step],
    first_due: date,
    unit: Decimal | None = None,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """Instalments that step up or down (berjenjang), interest on the balance.

    Raises:
        InputError: If low first instalments do not cover their interest.

    >>> rows = stepped(principal=12_000_000, monthly_rate=Decimal("0.01"), months=4,
    ...                steps=[Step(3, times=Decimal("1.5"))], first_due=date(2026, 1, 31))
    >>> [str(row.total) for row in rows]
    ['2465204', '2465204', '3697806', '3697807']
    """
    more = {"steps": tuple(steps)}
    return _monthly("annuity", principal, monthly_rate, months, first_due, unit, anchor_day, **more)


def murabahah(
    cost: Decimal | int,
    *,
    margin: Decimal | int,
    months: int,
    first_due: date,
    amortised: bool = False,
    unit: Decimal | None = None,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """A sale at cost and a fixed margin, in equal instalments; ``interest`` holds the margin.

    ``amortised`` shows the same price with the margin recognised on the balance (anuitas), as
    lenders' books may; what is payable each month does not change.

    >>> rows = murabahah(cost=60_000_000, margin=12_000_000, months=24, first_due=date(2026, 1, 10))
    >>> rows[0].principal, rows[0].interest, sum(row.total for row in rows)
    (Decimal('2500000'), Decimal('500000'), Decimal('72000000'))
    """
    method = "murabahah_amortised" if amortised else "murabahah"
    more = {"total_interest": Decimal(margin)}
    return _monthly(method, cost, Decimal(0), months, first_due, unit, anchor_day, **more)


def _monthly(
    method: str,
    principal: Decimal | int,
    monthly_rate: Decimal | Fraction,
    months: int,
    first_due: date,
    unit: Decimal | None,
    anchor_day: int | None,
    **more: Any,
) -> tuple[Instalment, ...]:
    terms = Terms(
        principal,
        months,
        method=method,
        rate=Rate(monthly_rate, "month"),
        calendar=Calendar(first_due=first_due, anchor_day=anchor_day),
        rounding=Roundings.up_to(unit),
        **more,
    )
    return make(terms).instalments
