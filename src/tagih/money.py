"""Money: `Decimal` at the door, whole minor units inside.

A rupiah has two decimals inside, so Rp1 is 100 minor units. The smallest amount that can be
paid (Rp1, Rp100, Rp1.000) is a choice, made with a `Rounding`.

>>> to_minor(Decimal("1250.50"), "IDR")
125050
>>> to_decimal(125050, "IDR")
Decimal('1250.50')
>>> split(1000, [1, 1, 1])
[334, 333, 333]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from attrs import field, frozen

from tagih.errors import InputError

DECIMALS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "BHD": 3, "KWD": 3, "JOD": 3}
"""Decimals of currencies that do not have two (ISO 4217)."""

LARGEST: Final = 2**53
"""The largest amount in minor units: about Rp90 trillion; sums of 500 such amounts fit 63 bits."""


def decimals(currency: str) -> int:
    """How many decimals amounts in ``currency`` have inside (ISO 4217; IDR has 2)."""
    return DECIMALS.get(currency, 2)


def to_minor(amount: Decimal | int, currency: str = "IDR") -> int:
    """An amount as whole minor units.

    Raises:
        InputError: If it is a float, not finite, has more decimals than the currency, or is
            larger than `LARGEST`.
    """
    if isinstance(amount, float):
        raise InputError(
            "money.float", "amount {amount} is a float; write Decimal('{amount}')", amount=amount
        )
    places = DECIMALS.get(currency, 2)
    minor: int | None
    if isinstance(amount, int):
        minor = amount * 10**places
    else:
        if not amount.is_finite():
            raise InputError("money.not_a_number", "amount {amount} is not a number", amount=str(amount))
        minor = _minor(amount, places)
        if minor is None:
            raise InputError(
                "money.too_fine",
                "amount {amount} has more than {decimals} decimals; round it first",
                amount=str(amount),
                decimals=places,
            )
    if abs(minor) > LARGEST:
        raise InputError(
            "money.too_large",
            "amount {amount} is too large; the largest is {largest}",
            amount=str(amount),
            largest=str(to_decimal(LARGEST, currency)),
        )
    return minor


@lru_cache(maxsize=4096)
def _minor(amount: Decimal, places: int) -> int | None:
    """Kept, for the same amounts come back replay after replay; None: it has more decimals."""
    scaled = amount.scaleb(places)
    minor = int(scaled)
    return minor if minor == scaled else None


def to_decimal(minor: int, currency: str = "IDR") -> Decimal:
    """Whole minor units as a `Decimal` with the currency's decimals."""
    return Decimal(int(minor)).scaleb(-DECIMALS.get(currency, 2))


def floor(value: Fraction) -> int:
    """Down, towards minus infinity."""
    return value.numerator // value.denominator


def ceiling(value: Fraction) -> int:
    """Up, towards plus infinity."""
    return -(-value.numerator // value.denominator)


def half_up(value: Fraction) -> int:
    """To the nearest; halves away from zero, as commercial rounding does."""
    size = abs(value)
    whole = (2 * size.numerator + size.denominator) // (2 * size.denominator)
    return whole if value >= 0 else -whole


def half_even(value: Fraction) -> int:
    """To the nearest; halves to the even neighbour, as banks' systems often do."""
    return round(value)


ROUND: Final[dict[str, Callable[[Fraction], int]]] = {
    "down": floor,
    "up": ceiling,
    "half_up": half_up,
    "half_even": half_even,
}
"""Rounding rules by the name that policies write."""


@frozen
class Rounding:
    """How an amount becomes payable: the smallest unit, and which way.

    >>> Rounding(unit=Decimal(1000), mode="up").of(Decimal("8884878.87"))
    Decimal('8885000')
    """

    unit: Decimal = field(default=Decimal(1), converter=Decimal)
    mode: str = "half_up"

    def __attrs_post_init__(self) -> None:
        if not self.unit > 0:
            raise InputError(
                "rounding.unit", "rounding unit must be above 0, got {unit}", unit=str(self.unit)
            )
        if self.mode not in ROUND:
            raise InputError(
                "rounding.mode",
                "rounding mode '{mode}' is unknown; write one of {known}",
                mode=self.mode,
                known=", ".join(ROUND),
            )

    def of(self, amount: Fraction | Decimal | int) -> Decimal:
        """The payable amount nearest to ``amount`` under this rule."""
        return ROUND[self.mode](Fraction(amount) / Fraction(self.unit)) * self.unit


def split(whole: int, weights: Sequence[int]) -> list[int]:
    """Split ``whole`` by ``weights`` so that the parts add up to it (largest remainder).

    Units left over go one each to the largest remainders, earlier ones first. A negative whole
    is split like its opposite. Weights of zero get nothing.

    >>> split(100, [50, 30, 20, 0])
    [50, 30, 20, 0]
    >>> split(-5, [1, 1])
    [-3, -2]

    Raises:
        InputError: If a weight is negative or all are zero.
    """
    total = sum(weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise InputError(
            "money.weights", "weights must be 0 or more and not all 0, got {weights}", weights=list(weights)
        )
    sign, size = (1, whole) if whole >= 0 else (-1, -whole)
    parts = [size * weight // total for weight in weights]
    remainders = [size * weight % total for weight in weights]
    left = size - sum(parts)
    for index in sorted(range(len(parts)), key=lambda i: -remainders[i])[:left]:
        parts[index] += 1
    return [sign * part for part in parts]
