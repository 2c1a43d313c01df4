"""Numbers at the door of the rates: exact in, 50 digits inside, 34 digits out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from tagih.errors import InputError

Number = Decimal | Fraction | int
"""What amounts and rates may be given as; never float."""

WORK: Final = Context(prec=50, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""The context that formulas are worked out in."""

ANSWER: Final = Context(prec=34, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""The context that answers are rounded to (the digits of IEEE decimal128)."""

ONE: Final = Decimal(1)
ZERO: Final = Decimal(0)


class NoSolution(InputError):
    """There is no such rate, or no such number of periods: an answer, not a failure.

    ``code`` is ``rates.no_solution``, or ``rates.never`` where a debt is never paid off.
    """


class SeveralSolutions(InputError):
    """Several rates solve the flows and none was picked; ``fields["solutions"]`` holds them all."""


def number(value: Number, name: str) -> Decimal:
    """``value`` as a Decimal of the working precision.

    Raises:
        InputError: If it is a float, or not finite.
    """
    if isinstance(value, Decimal):
        if value.is_finite():
            return value
        raise InputError(
            "rates.not_a_number", "{name} '{value}' is not a number", name=name, value=str(value)
        )
    if isinstance(value, Fraction):
        return WORK.divide(Decimal(value.numerator), Decimal(value.denominator))
    if isinstance(value, int):
        return Decimal(value)
    raise InputError(
        "rates.float", "{name} {value} is not exact; write Decimal('{value}')", name=name, value=value
    )


def rate_number(value: Number, name: str) -> Decimal:
    """A rate as a Decimal above -1 (-100 % leaves nothing to discount).

    Raises:
        InputError: If it is not above -1, a float, or not finite.
    """
    rate = number(value, name)
    if rate <= -1:
        raise InputError(
            "rates.too_low", "{name} must be above -1 (-100 %), got {value}", name=name, value=str(value)
        )
    return rate


def count(value: int, name: str, *, least: int = 1) -> int:
    """A whole number of periods, at least ``least``.

    Raises:
        InputError: If it is not whole, or smaller.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(
            "rates.periods",
            "{name} must be a whole number, at least {least}, got {value}",
            name=name,
            least=least,
            value=str(value),
        )
    return value


P = ParamSpec("P")
T = TypeVar("T")


def in_working_precision(function: Callable[P, T]) -> Callable[P, T]:
    """Run ``function`` with 50 digits, whatever the caller's decimal context is."""

    @wraps(function)
    def precise(*args: P.args, **kwargs: P.kwargs) -> T:
        with localcontext(WORK):
            return function(*args, **kwargs)

    return precise


def answering(function: Callable[P, Decimal]) -> Callable[P, Decimal]:
    """Run ``function`` with 50 digits and round what it returns to 34."""

    @wraps(function)
    def precise(*args: P.args, **kwargs: P.kwargs) -> Decimal:
        with localcontext(WORK):
            rounded = ANSWER.plus(function(*args, **kwargs))
        return rounded or ZERO

    return precise
