"""Amounts as whole numbers of the finest unit in play."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from tagih.money import ROUND, Rounding
from tagih.schedules.doors import divided
from tagih.schedules.terms import Terms

Number = int | Fraction
"""Units: whole almost always, and integers are quick; a fraction where unrounded figures are carried."""


@frozen
class Scale:
    """One unit is 10 ** -places of the currency; what is payable and what is interest is rounded.

    >>> scale = Scale.of(Terms(Decimal("1000.25"), 3))
    >>> scale.units(Decimal("0.5")), scale.part(Fraction(149)), scale.money(Fraction(150))
    (50, 100, Decimal('1.50'))
    """

    places: int
    instalment: Rounding
    interest: Rounding
    payable_unit: int
    part_unit: int

    @classmethod
    def of(cls, terms: Terms) -> Scale:
        """The scale in which every amount of the terms, and every unit, is whole."""
        rounding = terms.rounding
        amounts = (
            terms.principal,
            rounding.instalment.unit,
            rounding.interest.unit,
            terms.down_payment,
            terms.balloon,
            terms.fee,
            *(each.amount for each in terms.disbursements),
            *(each.plus for each in terms.steps),
            *(amount for amount in (terms.instalment, terms.total_interest) if amount is not None),
        )
        places = max(0, *(-int(amount.normalize().as_tuple().exponent) for amount in amounts))
        return cls(
            places,
            rounding.instalment,
            rounding.interest,
            int(rounding.instalment.unit.scaleb(places)),
            int(rounding.interest.unit.scaleb(places)),
        )

    def units(self, amount: Decimal) -> Number:
        """An amount in units."""
        units = Fraction(amount) * Fraction(10**self.places)
        return units.numerator if units.denominator == 1 else units

    def money(self, units: Number) -> Decimal:
        """Units as an amount, without idle zeros; what is no whole unit is rounded as interest is."""
        whole = units.numerator if units.denominator == 1 else ROUND[self.interest.mode](Fraction(units))
        if not self.places:
            return Decimal(whole)
        rupiah, rest = divmod(whole, 10**self.places)
        return Decimal(whole).scaleb(-self.places) if rest else Decimal(rupiah)

    def payable(self, exact: Number) -> int:
        """Units rounded as instalments are."""
        return _whole(exact, self.payable_unit, self.instalment.mode)

    def part(self, exact: Number) -> int:
        """Units rounded as interest is."""
        return _whole(exact, self.part_unit, self.interest.mode)


def _whole(exact: Number, unit: int, mode: str) -> int:
    """``exact`` as a whole number of ``unit``."""
    if exact < 0:
        return ROUND[mode](Fraction(exact, unit)) * unit
    return divided(exact.numerator, exact.denominator * unit, mode) * unit
