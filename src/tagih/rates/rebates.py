"""What is interest not yet earned when a debt is settled before its time?

Four answers that contracts and laws give. In a murabahah there is no rebate by right: a
discount at settlement is the lender's discretion, so that none of these applies unasked.

After 6 of 12 instalments of Rp1.120.000 on Rp12.000.000:

>>> from tagih.rates import flat_to_effective
>>> monthly_rate = flat_to_effective(flat_annual_rate=Decimal("0.12"), months=12).period_rate
>>> round(actuarial_rebate([1_120_000] * 6, period_rate=monthly_rate), 2)
Decimal('401286.23')
>>> round(sum_of_digits_rebate(1_440_000, periods=12, paid=6), 2)
Decimal('387692.31')
>>> round(pro_rata_rebate(1_440_000, periods=12, paid=6), 2)
Decimal('720000.00')
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from tagih.errors import InputError
from tagih.rates.numbers import ZERO, Number, answering, count, number, rate_number


@answering
def actuarial_rebate(remaining: Sequence[Number], *, period_rate: Number) -> Decimal:
    """Remaining instalments less their value today, at the contract's own effective rate.

    The first of ``remaining`` falls due one period from now.

    >>> actuarial_rebate([110], period_rate=Decimal("0.1"))
    Decimal('10')
    """
    growth = 1 + rate_number(period_rate, "period_rate")
    amounts = [number(amount, "instalment") for amount in remaining]
    worth = ZERO
    for amount in reversed(amounts):
        worth = (worth + amount) / growth
    return sum(amounts, ZERO) - worth


@answering
def sum_of_digits_rebate(interest: Number, *, periods: int, paid: int) -> Decimal:
    """Total interest * m (m + 1) / (n (n + 1)), with m = ``periods`` - ``paid`` still to come.

    The rule of 78: of 12 periods the first earns 12/78 of the interest and the last 1/78.

    >>> sum_of_digits_rebate(780, periods=12, paid=11)
    Decimal('10')
    """
    n, left = _left(periods, paid)
    return number(interest, "interest") * left * (left + 1) / (n * (n + 1))


@answering
def pro_rata_rebate(interest: Number, *, periods: int, paid: int) -> Decimal:
    """Total interest * m / n, with m = ``periods`` - ``paid``: every period earns the same.

    >>> pro_rata_rebate(1200, periods=12, paid=9)
    Decimal('300')
    """
    n, left = _left(periods, paid)
    return number(interest, "interest") * left / n


def _left(periods: int, paid: int) -> tuple[int, int]:
    n = count(periods, "periods")
    if count(paid, "paid", least=0) > n:
        raise InputError("rates.paid", "paid {paid} is more than periods {periods}", paid=paid, periods=n)
    return n, n - paid


PERIODS_PER_YEAR: Final = {"week": 52, "month": 12, "quarter": 4, "year": 1}
"""Periods that a UK agreement's instalments may follow."""


def _exact(value: Fraction | int | str) -> Fraction:
    return Fraction(value)


@frozen
class Settlement:
    """When a debt is settled: after so many whole periods, and a part of the next.

    With two weeks' notice and the law's deferral the caller has already moved the date.
    """

    after_periods: int
    part_period: Fraction = field(default=Fraction(0), converter=_exact)


@answering
def uk_rebate(
    principal: Number,
    instalments: Sequence[Number],
    *,
    effective_annual_rate: Number,
    settlement: Settlement,
    period: str = "month",
    rate_decimals: int | None = 6,
) -> Decimal:
    """The rebate of the UK Consumer Credit (Early Settlement) Regulations 2004, regulation 4.

    What was advanced and what was paid are carried to the settlement date at the rate per
    period (1 + APR) ** (1 / periods a year) - 1; their difference settles the debt, and the
    rebate is what remains of the instalments above it. The examples published with the
    regulations round that rate to 6 decimals, and come out otherwise only with it
    (``rate_decimals=None`` leaves it unrounded). The answer is not rounded.

    >>> uk_rebate(5000, [Decimal("134.57")] * 48, effective_annual_rate=Decimal("0.14"),
    ...           settlement=Settlement(12)).quantize(Decimal("0.01"))
    Decimal('860.52')
    """
    if period not in PERIODS_PER_YEAR:
        raise InputError(
            "rates.unit",
            "unit '{unit}' is unknown; write one of {known}",
            unit=period,
            known=", ".join(PERIODS_PER_YEAR),
        )
    rate = rate_number(effective_annual_rate, "effective_annual_rate")
    growth = (1 + rate) ** (Decimal(1) / PERIODS_PER_YEAR[period])
    if rate_decimals is not None:
        growth = growth.quantize(Decimal(1).scaleb(-rate_decimals))
    paid = count(settlement.after_periods, "after_periods", least=0)
    amounts = [number(amount, "instalment") for amount in instalments]
    if paid > len(amounts):
        raise InputError(
            "rates.paid", "paid {paid} is more than periods {periods}", paid=paid, periods=len(amounts)
        )
    part = Decimal(settlement.part_period.numerator) / settlement.part_period.denominator
    owed = number(principal, "principal")
    for amount in amounts[:paid]:
        owed = owed * growth - amount
    return sum(amounts[paid:], ZERO) - owed * growth**part
