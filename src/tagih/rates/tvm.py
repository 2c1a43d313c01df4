"""Level payments: what spreadsheets call pmt, ipmt, ppmt, pv, fv, nper and rate.

The sign convention is theirs: what is received is positive and what is paid negative, so that

    pv * (1 + r) ** n + pmt * (1 + r * due) * ((1 + r) ** n - 1) / r + fv == 0

with ``due`` 1 where payments are made at the beginning of a period, 0 at its end.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from tagih.errors import InputError
from tagih.rates.flows import Pick, irr, irr_all, level_rate
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

When = Literal["end", "begin"]
"""Whether a payment is made at the end of its period (in arrears) or at its beginning."""


@answering
def pmt(*, period_rate: Number, periods: int, pv: Number, fv: Number = 0, when: When = "end") -> Decimal:
    """The level payment that turns ``pv`` into ``fv`` over ``periods``.

    >>> -pmt(period_rate=Decimal("0.01"), periods=12, pv=100_000_000).quantize(Decimal("0.01"))
    Decimal('8884878.87')
    """
    rate, n = rate_number(period_rate, "period_rate"), count(periods, "periods")
    grown, annuity = _grown_and_annuity(rate, n, when)
    return -(number(pv, "pv") * grown + number(fv, "fv")) / annuity


@answering
def ipmt(
    *, period_rate: Number, period: int, periods: int, pv: Number, fv: Number = 0, when: When = "end"
) -> Decimal:
    """The interest in the payment of ``period`` (1 to ``periods``).

    >>> -ipmt(period_rate=Decimal("0.01"), period=2, periods=12, pv=100_000_000
    ...      ).quantize(Decimal("0.01"))
    Decimal('921151.21')

    Raises:
        InputError: If ``period`` is outside 1 to ``periods``.
    """
    rate, n = rate_number(period_rate, "period_rate"), count(periods, "periods")
    k = _period(period, n)
    return _interest(rate, k, n, number(pv, "pv"), number(fv, "fv"), when)


@answering
def ppmt(
    *, period_rate: Number, period: int, periods: int, pv: Number, fv: Number = 0, when: When = "end"
) -> Decimal:
    """The principal in the payment of ``period`` (1 to ``periods``).

    >>> -ppmt(period_rate=Decimal("0.01"), period=1, periods=12, pv=100_000_000
    ...      ).quantize(Decimal("0.01"))
    Decimal('7884878.87')

    Raises:
        InputError: If ``period`` is outside 1 to ``periods``.
    """
    rate, n = rate_number(period_rate, "period_rate"), count(periods, "periods")
    k, present, future = _period(period, n), number(pv, "pv"), number(fv, "fv")
    payment = _payment(rate, n, present, future, when)
    return payment - _interest(rate, k, n, present, future, when)


@answering
def cumipmt(
    *, period_rate: Number, periods: int, pv: Number, start: int, end: int, when: When = "end"
) -> Decimal:
    """The interest in the payments of the periods ``start`` to ``end``, both included.

    >>> -cumipmt(period_rate=Decimal("0.01"), periods=12, pv=100_000_000, start=1, end=12
    ...         ).quantize(Decimal("0.01"))
    Decimal('6618546.41')
    """
    rate, n = rate_number(period_rate, "period_rate"), count(periods, "periods")
    first, last = _span(start, end, n)
    present = number(pv, "pv")
    return sum((_interest(rate, k, n, present, ZERO, when) for k in range(first, last + 1)), ZERO)


@answering
def cumprinc(
    *, period_rate: Number, periods: int, pv: Number, start: int, end: int, when: When = "end"
) -> Decimal:
    """The principal in the payments of the periods ``start`` to ``end``, both included.

    >>> cumprinc(period_rate=Decimal("0.01"), periods=12, pv=100, start=1, end=12
    ...         ).quantize(Decimal("0.01"))
    Decimal('-100.00')
    """
    rate, n = rate_number(period_rate, "period_rate"), count(periods, "periods")
    first, last = _span(start, end, n)
    present = number(pv, "pv")
    paid = _payment(rate, n, present, ZERO, when) * (last - first + 1)
    return paid - sum((_interest(rate, k, n, present, ZERO, when) for k in range(first, last + 1)), ZERO)


@answering
def pv(*, period_rate: Number, periods: int, pmt: Number, fv: Number = 0, when: When = "end") -> Decimal:
    """What ``periods`` level payments, and ``fv`` at the end, are worth today.

    >>> -pv(period_rate=Decimal("0.01"), periods=12, pmt=100).quantize(Decimal("0.01"))
    Decimal('1125.51')
    """
    rate, n = rate_number(period_rate, "period_rate"), count(periods, "periods", least=0)
    grown, annuity = _grown_and_annuity(rate, n, when)
    return -(number(pmt, "pmt") * annuity + number(fv, "fv")) / grown


@answering
def fv(*, period_rate: Number, periods: int, pmt: Number, pv: Number, when: When = "end") -> Decimal:
    """What ``pv`` and ``periods`` level payments have grown to at the end.

    >>> fv(period_rate=Decimal("0.1"), periods=2, pmt=0, pv=-100)
    Decimal('121.00')
    """
    rate, n = rate_number(period_rate, "period_rate"), count(periods, "periods", least=0)
    return _future(rate, n, number(pmt, "pmt"), number(pv, "pv"), when)


@answering
def nper(*, period_rate: Number, pmt: Number, pv: Number, fv: Number = 0, when: When = "end") -> Decimal:
    """How many periods of level payments turn ``pv`` into ``fv``; often not a whole number.

    >>> nper(period_rate=0, pmt=-2000, pv=0, fv=100_000)
    Decimal('50')

    Raises:
        NoSolution: If the payments never get there (code ``rates.never``).
    """
    rate = rate_number(period_rate, "period_rate")
    payment, present, future = number(pmt, "pmt"), number(pv, "pv"), number(fv, "fv")
    if not rate:
        if not payment:
            if present + future == 0:
                return ZERO
            raise _never()
        return -(present + future) / payment
    # With z = pmt (1 + r due) / r: (1 + r) ** n = (z - fv) / (pv + z).
    z = payment * (1 + rate * _due(when)) / rate
    if present + z == 0 or (z - future) / (present + z) <= 0:
        raise _never()
    return ((z - future) / (present + z)).ln() / (1 + rate).ln()


@in_working_precision
def rate_all(
    *, periods: int, pmt: Number, pv: Number, fv: Number = 0, when: When = "end"
) -> tuple[Decimal, ...]:
    """Every rate per period at which ``periods`` level payments turn ``pv`` into ``fv``, rising.

    >>> rate_all(periods=1, pmt=-110, pv=100)
    (Decimal('0.1'),)
    """
    return irr_all(_level_flows(periods, pmt, pv, fv, when))


@in_working_precision
def rate(
    *, periods: int, pmt: Number, pv: Number, fv: Number = 0, when: When = "end", pick: Pick = "only"
) -> Decimal:
    """The rate per period at which ``periods`` level payments turn ``pv`` into ``fv``.

    >>> rate(periods=36, pmt=-1_300_000, pv=36_000_000).quantize(Decimal("0.00000001"))
    Decimal('0.01493140')

    Raises:
        NoSolution: If there is no such rate.
        SeveralSolutions: If there are several and ``pick`` is ``only``.
    """
    n, payment, present = count(periods, "periods"), number(pmt, "pmt"), number(pv, "pv")
    if payment * present < 0 and not fv and when == "end" and pick == "only":
        return level_rate(abs(present), abs(payment), n)
    return irr(_level_flows(periods, pmt, pv, fv, when), pick=pick)


# --- parts ------------------------------------------------------------------------------------


def _due(when: When) -> int:
    if when not in ("end", "begin"):
        raise InputError("rates.when", "when '{when}' is unknown; write end or begin", when=when)
    return 1 if when == "begin" else 0


def _grown_and_annuity(rate: Decimal, n: int, when: When) -> tuple[Decimal, Decimal]:
    """(1 + r) ** n, and the future value of ``n`` payments of one."""
    grown, due = (1 + rate) ** n, _due(when)
    if not rate:
        return grown, Decimal(n)
    return grown, (grown - 1) / rate * (1 + rate * due)


def _payment(rate: Decimal, n: int, present: Decimal, future: Decimal, when: When) -> Decimal:
    grown, annuity = _grown_and_annuity(rate, n, when)
    return -(present * grown + future) / annuity


def _future(rate: Decimal, n: int, payment: Decimal, present: Decimal, when: When) -> Decimal:
    grown, annuity = _grown_and_annuity(rate, n, when)
    return -(present * grown + payment * annuity)


def _interest(rate: Decimal, k: int, n: int, present: Decimal, future: Decimal, when: When) -> Decimal:
    """Interest on what is owed before payment ``k``; none in a first payment made at once."""
    if _due(when) and k == 1:
        return ZERO
    owed = _future(rate, k - 1, _payment(rate, n, present, future, when), present, when)
    return owed * rate / (1 + rate * _due(when))


def _period(period: int, n: int) -> int:
    if count(period, "period") > n:
        raise InputError(
            "rates.period", "period {period} lies after the last, {periods}", period=period, periods=n
        )
    return period


def _span(start: int, end: int, n: int) -> tuple[int, int]:
    first, last = _period(start, n), _period(end, n)
    if first > last:
        raise InputError("rates.span", "start {start} lies after end {end}", start=start, end=end)
    return first, last


def _level_flows(periods: int, pmt: Number, pv: Number, fv: Number, when: When) -> list[Decimal]:
    n, payment = count(periods, "periods"), number(pmt, "pmt")
    flows = [number(pv, "pv"), *[ZERO] * (n - 1), number(fv, "fv")]
    shift = 1 - _due(when)
    for k in range(n):
        flows[k + shift] += payment
    return flows


def _never() -> NoSolution:
    return NoSolution("rates.never", "these payments never get there, however many are made")
