"""A 36-row annuity, with an object a row: from terms to instalments with due dates.

The short door `annuity` takes a principal, a rate and a first date; `make` takes full terms (any method,
calendar, day count, grace, rounding), and each of its rows keeps what it was made from, to be explained
when asked. mortgagemath makes rows without dates; the plain loop makes tuples of decimals, without objects,
dates, or a choice of rounding. All are given the same loan.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from importlib.metadata import version

import mortgagemath
from row import Row

from tagih.schedules import Calendar, Rate, Roundings, Terms, annuity, make

FIRST = date(2026, 1, 31)
RATE = Decimal("0.0151")
LOAN = mortgagemath.LoanParams(
    principal=Decimal(24_000_000), annual_rate=Decimal("18.12"), term_months=36, currency_unit=Decimal(1)
)
TERMS = Terms(
    24_000_000,
    36,
    rate=Rate(RATE, "month"),
    calendar=Calendar(first_due=FIRST),
    rounding=Roundings.up_to(Decimal(1)),
)


def ours() -> object:
    return annuity(principal=24_000_000, monthly_rate=RATE, months=36, first_due=FIRST, unit=Decimal(1))


def in_full() -> object:
    return make(TERMS)


def told() -> object:
    return [row.how for row in make(TERMS).rows]


def theirs() -> object:
    return mortgagemath.amortization_schedule(LOAN)


def plain() -> list[tuple[Decimal, Decimal, Decimal]]:
    balance, one = Decimal(24_000_000), Decimal(1)
    instalment = (balance * RATE / (1 - (1 + RATE) ** -36)).quantize(one, ROUND_UP)
    rows = []
    for number in range(36):
        interest = (balance * RATE).quantize(one, ROUND_HALF_UP)
        principal = balance if number == 35 else instalment - interest
        balance -= principal
        rows.append((principal, interest, balance))
    return rows


PRINCIPALS = [row[0] for row in plain()]  # the three do the same work
assert [row.principal for row in mortgagemath.amortization_schedule(LOAN)[1:]] == PRINCIPALS
assert [row.principal for row in make(TERMS).rows] == PRINCIPALS

PEER = f"mortgagemath {version('mortgagemath')}"
ROWS = [
    Row("schedule: annuity of 36 rows by the short door", ours, PEER, theirs, times=50),
    Row(
        "schedule: annuity of 36 rows by the short door, plain loop",
        ours,
        "Decimal loop, no objects, no dates",
        plain,
        times=50,
    ),
    Row("schedule: the same from full terms", in_full, PEER, theirs, times=10),
    Row("schedule: the same from full terms, every row put into words", told, PEER, theirs, times=10),
]
