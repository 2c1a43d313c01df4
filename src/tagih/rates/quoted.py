"""The rate that is quoted and the rate that is paid: flat, effective, nominal, with fees.

>>> paid = flat_to_effective(flat_annual_rate=Decimal("0.10"), months=36)
>>> round(paid.nominal_annual_rate, 6), round(paid.effective_annual_rate, 6)
(Decimal('0.179177'), Decimal('0.194649'))
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from attrs import frozen

from tagih.daycounts import year_fraction
from tagih.errors import InputError
from tagih.money import Rounding
from tagih.rates.flows import irr, level_rate
from tagih.rates.numbers import (
    ZERO,
    NoSolution,
    Number,
    answering,
    count,
    in_working_precision,
    number,
    rate_number,
)


@frozen
class PaidRate:
    """One rate per period, said in the three ways that contracts and regulators say it.

    ``nominal_annual_rate`` is the period's rate times the periods in a year;
    ``effective_annual_rate`` compounds it.
    """

    period_rate: Decimal
    periods_per_year: int

    @property
    def nominal_annual_rate(self) -> Decimal:
        """The period's rate times the periods in a year."""
        return nominal_rate_of_period(period_rate=self.period_rate, periods_per_year=self.periods_per_year)

    @property
    def effective_annual_rate(self) -> Decimal:
        """(1 + period rate) ** periods in a year - 1."""
        return compounded(period_rate=self.period_rate, periods=self.periods_per_year)


@answering
def compounded(*, period_rate: Number, periods: int) -> Decimal:
    """(1 + rate) ** periods - 1: a rate per period as the rate over ``periods`` of them.

    >>> compounded(period_rate=Decimal("0.01"), periods=12).quantize(Decimal("0.000001"))
    Decimal('0.126825')
    """
    return (1 + rate_number(period_rate, "period_rate")) ** count(periods, "periods", least=0) - 1


@answering
def nominal_rate_of_period(*, period_rate: Number, periods_per_year: int) -> Decimal:
    """The rate per period times the periods in a year.

    >>> nominal_rate_of_period(period_rate=Decimal("0.01"), periods_per_year=12)
    Decimal('0.12')
    """
    return rate_number(period_rate, "period_rate") * count(periods_per_year, "periods_per_year")


@answering
def effective_rate(*, nominal_annual_rate: Number, periods_per_year: int) -> Decimal:
    """The effective annual rate of a nominal one that compounds ``periods_per_year`` times.

    >>> effective_rate(nominal_annual_rate=Decimal("0.12"), periods_per_year=12
    ...               ).quantize(Decimal("0.000001"))
    Decimal('0.126825')
    """
    n = count(periods_per_year, "periods_per_year")
    return (1 + number(nominal_annual_rate, "nominal_annual_rate") / n) ** n - 1


@answering
def nominal_rate(*, effective_annual_rate: Number, periods_per_year: int) -> Decimal:
    """The nominal annual rate that compounds to the effective one; inverts `effective_rate`.

    >>> nominal_rate(effective_annual_rate=Decimal("0.21"), periods_per_year=2
    ...             ).quantize(Decimal("0.000001"))
    Decimal('0.200000')
    """
    n = count(periods_per_year, "periods_per_year")
    growth = 1 + rate_number(effective_annual_rate, "effective_annual_rate")
    return (growth ** (Decimal(1) / n) - 1) * n


@in_working_precision
def flat_to_effective(*, flat_annual_rate: Number, months: int) -> PaidRate:
    """The rate actually paid where interest is flat: principal * rate * months / 12, spread evenly.

    The instalment is not rounded; see `instalment_rate` for one that was. The rule of thumb
    2 n / (n + 1) * flat overstates it and is not used.

    >>> flat_to_effective(flat_annual_rate=Decimal("0.12"), months=12
    ...                  ).period_rate.quantize(Decimal("0.00000001"))
    Decimal('0.01788099')
    """
    n = count(months, "months")
    flat = number(flat_annual_rate, "flat_annual_rate")
    if flat < 0:
        raise _negative_flat(flat_annual_rate)
    # 12 n units lent come back as n instalments of 12 + flat n.
    return PaidRate(level_rate(Decimal(12 * n), 12 + flat * n, n), 12)


@answering
def effective_to_flat(*, monthly_rate: Number, months: int) -> Decimal:
    """The flat annual rate whose instalment is that of an annuity at ``monthly_rate``.

    >>> effective_to_flat(monthly_rate=Decimal("0.01"), months=12).quantize(Decimal("0.000001"))
    Decimal('0.066185')
    """
    n, rate = count(months, "months"), rate_number(monthly_rate, "monthly_rate")
    if not rate:
        return ZERO
    instalment = rate / (1 - (1 + rate) ** -n)
    return (instalment * n - 1) * 12 / n


@in_working_precision
def instalment_rate(
    *,
    principal: Number,
    instalment: Number,
    periods: int,
    fees: Number = 0,
    last_instalment: Number | None = None,
    periods_per_year: int = 12,
) -> PaidRate:
    """The rate paid where ``principal`` less ``fees`` comes in and equal instalments go out.

    ``fees`` are all costs taken at the start (administration, provision, insurance), so that
    the answer is the effective interest rate with fees; ``last_instalment`` is the last one
    where it differs. The first instalment falls due one period after the money is paid out.

    >>> instalment_rate(principal=12_000_000, instalment=1_120_000, periods=12, fees=240_000
    ...                ).period_rate.quantize(Decimal("0.000001"))
    Decimal('0.021166')

    Raises:
        InputError: If nothing is left of the principal after fees.
        NoSolution: If there is no such rate.
    """
    n = count(periods, "periods")
    received = number(principal, "principal") - number(fees, "fees")
    if received <= 0:
        raise InputError(
            "rates.fees",
            "fees {fees} leave nothing of the principal {principal}",
            fees=str(fees),
            principal=str(principal),
        )
    each = number(instalment, "instalment")
    last = each if last_instalment is None else number(last_instalment, "last_instalment")
    if each < 0 or last < 0:
        raise InputError(
            "rates.instalment", "instalments must be 0 or more, got {value}", value=str(min(each, last))
        )
    if not each and not last:
        raise NoSolution(
            "rates.no_solution", "nothing is paid back, so no rate makes these flows worth nothing"
        )
    if each == last:
        rate = level_rate(received, each, n)
    else:
        rate = irr([-received, *[each] * (n - 1), last])
    return PaidRate(rate, count(periods_per_year, "periods_per_year"))


@frozen
class Offer:
    """A loan as it is quoted: what is lent, what is kept as fees, and what is paid back.

    >>> offer = Offer.flat(Decimal(20_000_000), flat_annual_rate=Decimal("0.18"), months=36,
    ...                    rounding=Rounding(Decimal(1000), "up"))
    >>> offer.instalment, offer.last, offer.interest
    (Decimal('856000'), Decimal('840000.00'), Decimal('10800000.00'))
    >>> round(offer.paid.period_rate, 6)
    Decimal('0.025508')
    """

    principal: Decimal
    instalment: Decimal
    months: int
    fees: Decimal = ZERO
    last: Decimal | None = None

    @classmethod
    @in_working_precision
    def flat(
        cls,
        principal: Decimal,
        *,
        flat_annual_rate: Number,
        months: int,
        fees: Decimal = ZERO,
        rounding: Rounding | None = None,
    ) -> Offer:
        """Flat interest, the instalment rounded (None: not at all), the last one taking the rest.

        Interest in all is principal * rate * months / 12, rounded half up to whole minor units.

        Raises:
            InputError: If the unit is so large that the last instalment would not be above 0.
        """
        n = count(months, "months")
        flat = number(flat_annual_rate, "flat_annual_rate")
        if flat < 0:
            raise _negative_flat(flat_annual_rate)
        total = principal + principal * flat * n / 12
        if rounding is None:
            return cls(principal, total / n, n, fees)
        total = Rounding(Decimal("0.01")).of(total)
        instalment = rounding.of(total / n)
        last = total - instalment * (n - 1)
        if last <= 0:
            raise InputError(
                "rates.unit_too_large",
                "rounded to {unit}, {months} instalments of {instalment} leave nothing for the last; "
                "write a smaller unit",
                unit=str(rounding.unit),
                months=n,
                instalment=str(instalment),
            )
        return cls(principal, instalment, n, fees, last)

    @property
    def interest(self) -> Decimal:
        """All that is paid back, less the principal."""
        last = self.instalment if self.last is None else self.last
        return self.instalment * (self.months - 1) + last - self.principal

    @property
    @in_working_precision
    def flat_annual_rate(self) -> Decimal:
        """Interest over principal and years."""
        return self.interest * 12 / (self.principal * self.months)

    @property
    def paid(self) -> PaidRate:
        """The rate paid, fees not counted."""
        return self._rate(ZERO)

    @property
    def paid_with_fees(self) -> PaidRate:
        """The rate paid, counting the fees kept at the start."""
        return self._rate(self.fees)

    def _rate(self, fees: Decimal) -> PaidRate:
        return instalment_rate(
            principal=self.principal,
            instalment=self.instalment,
            periods=self.months,
            fees=fees,
            last_instalment=self.last,
        )


def _negative_flat(rate: Number) -> InputError:
    return InputError("rates.flat", "flat_annual_rate must be 0 or more, got {value}", value=str(rate))


@answering
def simple_interest(
    principal: Number, *, annual_rate: Number, start: date, end: date, day_count: str
) -> Decimal:
    """principal * rate * year fraction: interest that does not compound, unrounded.

    ``start`` is included and ``end`` is not; the day count has no default, as the contract (or,
    for bunga moratoire, the court) decides it.

    >>> simple_interest(25_000_000, annual_rate=Decimal("0.06"), start=date(2025, 1, 1),
    ...                 end=date(2025, 7, 30), day_count="ACT/365F").quantize(Decimal("0.01"))
    Decimal('863013.70')
    """
    years = year_fraction(day_count, start, end)
    rate = number(annual_rate, "annual_rate")
    return number(principal, "principal") * rate * years.numerator / years.denominator


@answering
def daily_cost_rate(*, cost: Number, principal: Number, months: int) -> Decimal:
    """The daily manfaat ekonomi of a pindar loan: cost / (principal * months * 30).

    ``cost`` is all manfaat ekonomi over the tenor (interest or margin, platform and
    administration fees, not late charges, tax or e-signature); ``principal`` is the amount in
    the agreement. A month has 30 days and the answer is not rounded; OJK's examples print
    three decimals of a percent. Source: SEOJK 19/SEOJK.06/2025, XIV.

    >>> daily_cost_rate(cost=1_250_000, principal=50_000_000, months=5).quantize(Decimal("0.00001"))
    Decimal('0.00017')
    """
    n = count(months, "months")
    lent = number(principal, "principal")
    if lent <= 0:
        raise InputError("rates.principal", "principal must be above 0, got {value}", value=str(principal))
    return number(cost, "cost") / (lent * n * 30)
