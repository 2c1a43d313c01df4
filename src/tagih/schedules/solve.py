"""The rate that instalments hide."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from tagih.schedules.scale import Number
from tagih.schedules.terms import decimal


def solved_rate(lent: Number, flows: Sequence[Number], lead: int = 1) -> Fraction:
    """The rate a period at which ``flows`` are worth ``lent``; the first comes after ``lead`` periods.

    Newton's method in 40 digits from below: the worth is convex and falls as the rate rises, so
    it never overshoots. 0 where the flows only give back what was lent, or at once.
    """
    at_once = flows[0] if lead == 0 else 0
    if sum(flows) <= lent or at_once >= lent:
        return Fraction(0)
    with localcontext() as context:
        context.prec = 40
        amounts = [decimal(flow) for flow in flows]
        worth, rate = decimal(lent), Decimal(0)
        for _ in range(500):
            growth, value, slope = 1 + rate, Decimal(0), Decimal(0)
            discount = growth**-lead
            for index, amount in enumerate(amounts, lead):
                value += amount * discount
                slope -= index * amount * discount / growth
                discount /= growth
            step = (value - worth) / slope
            rate -= step
            if abs(step) < Decimal("1e-32"):
                break
        return Fraction(round(rate, 30))
