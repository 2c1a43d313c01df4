"""The short way in: a loan in one line, its instalments out.

Every amount is worked out in whole units of the finest one in play: Rp1, or less where the principal
or the unit has decimals. The instalment is rounded, its interest is rounded, its principal
is the difference, and the last instalment takes what is left.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from attrs import frozen

from tagih.contracts import Instalment
from tagih.errors import InputError
from tagih.money import ROUND

When = Literal["arrears", "advance"]


def annuity(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    months: int,
    first_due: date,
    unit: Decimal | None = None,
    mode: str | None = None,
    anchor_day: int | None = None,
    paid: When = "arrears",
) -> tuple[Instalment, ...]:
    """Equal instalments (anuitas); the last one absorbs the rounding.

    instalment = P * r / (1 - (1 + r) ** -n), interest = balance * r, where P is ``principal``,
    r is ``monthly_rate`` (0.02 is 2 % a month) and n is ``months``; in ``advance`` the first
    instalment is due at signing, bears no interest, and all are divided by (1 + r).

    Args:
        unit: The smallest payable amount, up to which instalments are rounded; None: to the
            nearest rupiah. Interest is to the rupiah, or to ``unit`` where that is finer.
        mode: Another way to round the instalment: up, down, half_up, half_even.
        anchor_day: The day of month due dates are counted from (by default ``first_due``'s).

    Raises:
        InputError: If there is nothing to repay, or an instalment would not cover its interest.

    >>> rows = annuity(principal=100_000_000, monthly_rate=Decimal("0.01"), months=12,
    ...                first_due=date(2026, 1, 15), unit=Decimal(1000))
    >>> rows[0].total, rows[-1].total
    (Decimal('8885000'), Decimal('8883466'))
    """
    loan = _loan(principal, months, unit, mode)
    rate, per = _rate(monthly_rate).as_integer_ratio()
    if rate:  # P r g / (g - 1) with g = (1 + r) ** n, over whole numbers
        grown, whole = (per + rate) ** months, per**months
        exact, over = loan.principal * rate * grown, per * (grown - whole)
        if paid == "advance":
            exact, over = exact * per, over * (per + rate)
    else:
        exact, over = loan.principal, months
    instalment = loan.payable(exact, over)
    rows, balance = [], loan.principal
    for number in range(1, months + 1):
        charged = 0 if paid == "advance" and number == 1 else loan.part(balance * rate, per)
        if instalment < charged:
            raise InputError(
                "schedule.never_amortises",
                "instalment {instalment} does not cover the interest {interest} of row {row}",
                instalment=str(loan.money(instalment)),
                interest=str(loan.money(charged)),
                row=number,
            )
        repaid = balance if number == months else min(instalment - charged, balance)
        rows.append((repaid, charged))
        balance -= repaid
    return loan.rows(rows, first_due, anchor_day)


def flat(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    months: int,
    first_due: date,
    unit: Decimal | None = None,
    mode: str | None = None,
    anchor_day: int | None = None,
) -> tuple[Instalment, ...]:
    """Interest on the first principal for the whole tenor, in equal parts (bunga flat).

    interest = P * f * n in all, where f is ``monthly_rate``; each instalment is (P + interest) / n.
    Rounding and dates are as in `annuity`; paid in advance the rows are the same.

    >>> rows = flat(principal=12_000_000, monthly_rate=Decimal("0.01"), months=12,
    ...             first_due=date(2026, 1, 31))
    >>> rows[0].principal, rows[0].interest, rows[1].due_on
    (Decimal('1000000'), Decimal('120000'), datetime.date(2026, 2, 28))
    """
    loan = _loan(principal, months, unit, mode)
    rate, per = _rate(monthly_rate).as_integer_ratio()
    interest = loan.part(loan.principal * rate * months, per)
    share = loan.part(interest, months)
    instalment = loan.payable(loan.principal + interest, months)
    rows, balance, unearned = [], loan.principal, interest
    for number in range(1, months + 1):
        if number == months:
            rows.append((balance, unearned))
            break
        charged = min(share, unearned)
        repaid = min(max(instalment - charged, 0), balance)
        rows.append((repaid, charged))
        balance -= repaid
        unearned -= charged
    return loan.rows(rows, first_due, anchor_day)


def equal_principal(
    principal: Decimal | int,
    *,
    monthly_rate: Decimal | Fraction,
    months: int,
    first_due: date,
    unit: Decimal | None = None,
    mode: str | None = None,
    anchor_day: int | None = None,
    paid: When = "arrears",
) -> tuple[Instalment, ...]:
    """Equal principal and interest on the balance (efektif menurun, sliding).

    principal = P / n, interest = balance * r. Where the sum is no whole number of ``unit`` it is
    rounded, and principal takes the difference. The rest is as in `annuity`.

    >>> rows = equal_principal(principal=12_000_000, monthly_rate=Decimal("0.01"), months=12,
    ...                        first_due=date(2026, 1, 31))
    >>> rows[0].total, rows[-1].total, sum(row.interest for row in rows)
    (Decimal('1120000'), Decimal('1010000'), Decimal('780000'))
    """
    loan = _loan(principal, months, unit, mode)
    rate, per = _rate(monthly_rate).as_integer_ratio()
    share = loan.part(loan.principal, months)
    rows, balance = [], loan.principal
    for number in range(1, months + 1):
        charged = 0 if paid == "advance" and number == 1 else loan.part(balance * rate, per)
        repaid = min(loan.payable(share + charged, 1) - charged, balance)
        if number == months:
            repaid = balance
        rows.append((repaid, charged))
        balance -= repaid
    return loan.rows(rows, first_due, anchor_day)


@frozen
class _Loan:
    """A principal and its rounding, in whole units of 10 ** -scale: integers, for speed."""

    principal: int
    scale: int
    unit: int
    part_unit: int
    mode: str

    def payable(self, exact: int, over: int) -> int:
        """``exact / over`` as a payable amount."""
        return divided(exact, over * self.unit, self.mode) * self.unit

    def part(self, exact: int, over: int) -> int:
        """``exact / over`` to the nearest unit of interest, halves up."""
        over *= self.part_unit
        return (2 * exact + over) // (2 * over) * self.part_unit

    def money(self, minor: int) -> Decimal:
        if not self.scale:
            return Decimal(minor)
        whole, rest = divmod(minor, 10**self.scale)
        return Decimal(minor).scaleb(-self.scale) if rest else Decimal(whole)

    def rows(
        self, parts: Sequence[tuple[int, int]], first_due: date, anchor_day: int | None
    ) -> tuple[Instalment, ...]:
        dues, money = _monthly(first_due, anchor_day or first_due.day, len(parts)), self.money
        return tuple(
            Instalment(index + 1, dues[index], money(repaid), money(charged))
            for index, (repaid, charged) in enumerate(parts)
        )


def divided(value: int, by: int, mode: str) -> int:
    """``value / by`` (neither below 0) to a whole number, as `tagih.money.ROUND` does."""
    whole, rest = divmod(value, by)
    if mode == "up":
        return whole + (rest > 0)
    if mode == "down":
        return whole
    tie = mode == "half_up" or whole % 2 == 1
    return whole + (2 * rest > by or (2 * rest == by and tie))


_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _monthly(first: date, anchor: int, count: int) -> list[date]:
    """``count`` dates a month apart on ``anchor``, or on the month's last day."""
    dues, year, month = [first], first.year, first.month - 1
    for _ in range(count - 1):
        month += 1
        if month == 12:
            year, month = year + 1, 0
        last = 29 if month == 1 and isleap(year) else _DAYS[month]
        dues.append(date(year, month + 1, anchor if anchor < last else last))
    return dues


def _loan(principal: Decimal | int, months: int, unit: Decimal | None, mode: str | None) -> _Loan:
    if isinstance(principal, float):
        raise InputError(
            "money.float", "amount {amount} is a float; write Decimal('{amount}')", amount=principal
        )
    amount = Decimal(principal)
    if not amount > 0:
        raise InputError(
            "schedule.principal", "principal must be above 0, got {principal}", principal=str(amount)
        )
    if months < 1:
        raise InputError("schedule.months", "months must be at least 1, got {months}", months=months)
    payable = Decimal(1) if unit is None else Decimal(unit)
    part = min(payable, Decimal(1))
    scale = max(0, *(-int(value.normalize().as_tuple().exponent) for value in (amount, part)))
    rule = mode or ("half_up" if unit is None else "up")
    if rule not in ROUND:
        raise InputError(
            "rounding.mode",
            "rounding mode '{mode}' is unknown; write one of {known}",
            mode=rule,
            known=", ".join(ROUND),
        )
    return _Loan(
        principal=int(amount.scaleb(scale)),
        scale=scale,
        unit=int(payable.scaleb(scale)),
        part_unit=int(part.scaleb(scale)),
        mode=rule,
    )


def _rate(rate: Decimal | Fraction) -> Fraction:
    if isinstance(rate, float):
        raise InputError("rate.float", "rate {rate} is a float; write Decimal('{rate}')", rate=rate)
    exact = Fraction(rate)
    if exact < 0:
        raise InputError("rate.negative", "rate must be 0 or more, got {rate}", rate=str(rate))
    return exact
