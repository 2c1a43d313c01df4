"""Paying a part of the principal early: a shorter term, or smaller instalments?

A prepayment of part settles principal that is not due. The coming rows are made anew on what is
left: with the instalment kept the term gets shorter, with the term kept the instalments get
smaller. The interest of the period that runs is reckoned on the old balance up to the day, and on
the new one from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from attrs import evolve, field, frozen
from attrs.converters import optional

from tagih.contracts import PRINCIPAL, AnyEvent, Charge, Component, Instalment, Payment, Restructure
from tagih.daycounts import year_fraction
from tagih.errors import InputError
from tagih.ledger import Amounts, Position, added
from tagih.money import Rounding
from tagih.offers.payoff import PENALTY, period_start
from tagih.offers.proposal import (
    Cost,
    DatedAmount,
    Effect,
    Move,
    Proposal,
    fingerprint,
    last_of_day,
    next_number,
    owed_rows,
    plain,
    plan_in_force,
    refuse_same_day,
    refuse_written_off,
)
from tagih.offers.value import original_rate, worth

Keep = Literal["term", "instalment"]


@frozen
class PrepayTerms:
    """How a prepayment of part is reckoned.

    ``amount`` settles principal; ``penalty_share`` of it is charged on top. ``period_rate`` is
    the rate of one period (by default the contract's own effective rate). ``method``: equal
    instalments (annuity), or equal parts of principal. Instalments are rounded up to ``unit``,
    interest to ``rounding``; the last row takes what is left.
    """

    amount: Decimal = field(converter=Decimal)
    keep: Keep = "instalment"
    period_rate: Decimal | None = field(default=None, converter=optional(Decimal))
    method: Literal["annuity", "equal_principal"] = "annuity"
    penalty_share: Decimal = field(default=Decimal(0), converter=Decimal)
    day_count: str = "ACT/365F"
    unit: Decimal = field(default=Decimal(1), converter=Decimal)
    rounding: Rounding = Rounding(unit=Decimal(1), mode="half_up")


def prepayment(position: Position, terms: PrepayTerms) -> Proposal:
    """Propose to pay a part of the principal that is not due, and the rows that follow from it.

    The interest saved is the old coming interest less the new: minus the cost's ``extra`` where
    there is no penalty.

    Raises:
        InputError: If something is due and unpaid, the amount is not below the principal that is
            still to come, or the day has an event that changes what is owed after its payments.
    """
    refuse_written_off(position)
    refuse_same_day(position)
    due = position.arrears.total + position.due_today.total
    if due:
        raise InputError(
            "prepay.arrears",
            "contract {contract}: {due} is due and unpaid on {as_of}; that comes first",
            contract=position.contract.id,
            due=plain(due),
            as_of=position.as_of.isoformat(),
        )
    coming = position.not_due.principal
    if not 0 < terms.amount < coming:
        raise InputError(
            "prepay.amount",
            "{amount} is not above 0 and below the principal of {coming} that is to come; "
            "to pay all, ask for a payoff",
            amount=plain(terms.amount),
            coming=plain(coming),
        )
    old = [row for row in owed_rows(position) if row.due_on > position.as_of]
    new = _new_rows(position, terms, old)
    penalty = terms.rounding.of(Fraction(terms.amount) * Fraction(terms.penalty_share))
    pays = [DatedAmount(position.as_of, terms.amount, "prepayment")]
    if penalty:
        pays.append(DatedAmount(position.as_of, penalty, "fee", counts=False))
    today = terms.amount + penalty
    credit = position.unapplied
    for row in new:
        used = min(credit, row.total)
        credit -= used
        if row.total > used:
            pays.append(DatedAmount(row.due_on, row.total - used, "instalment"))
    old_interest = sum((row.interest for row in old), Decimal(0))
    new_interest = sum((row.interest for row in new), Decimal(0))
    moves = [Move(PRINCIPAL, terms.amount, "collected"), Move(PRINCIPAL, coming - terms.amount, "new")]
    kept_interest = min(old_interest, new_interest)
    moves += [
        Move(Component("interest"), kept_interest, "new"),
        Move(Component("interest"), old_interest - kept_interest, "saved"),
    ]
    moves += [
        Move(part, amount, "new")
        for part, amount in position.outstanding.parts
        if part.kind in ("fee", "late_charge")
    ]
    later = sum((paid.amount for paid in pays if paid.on > position.as_of), Decimal(0))
    late = position.outstanding.late_charge
    return Proposal(
        kind="prepayment",
        contract=position.contract.id,
        as_of=position.as_of,
        fingerprint=fingerprint(position),
        currency=position.currency,
        pays=tuple(pays),
        old=tuple(old),
        new=new,
        moves=tuple(move for move in moves if move.amount),
        cost=Cost(later, today, position.outstanding.total - late - position.unapplied, late),
        worth=worth(position, pays),
        effects=(
            Effect("instalment", old[0].principal + old[0].interest, new[0].principal + new[0].interest),
            Effect("instalments", len(old), len(new)),
            Effect("last_due_on", old[-1].due_on, new[-1].due_on),
            Effect("interest_saved", None, old_interest - new_interest),
        ),
        becomes=_becomes(position, terms, penalty, new),
    )


def _becomes(
    position: Position, terms: PrepayTerms, penalty: Decimal, new: tuple[Instalment, ...]
) -> tuple[AnyEvent, ...]:
    on = position.as_of
    parts = [(PRINCIPAL, terms.amount)]
    events: list[AnyEvent] = []
    if penalty:
        # it falls due with the next day, so that money which came in before leaves it to its own payment
        events.append(Charge("penalty", on, PENALTY, penalty, due_on=on + timedelta(days=1)))
        parts.append((PENALTY, penalty))
    paid = terms.amount + penalty
    events.append(Payment("payment", on, paid, kind="prepayment", components=tuple(parts)))
    events.append(Restructure("rows", on, new, reason="prepayment", replaces="coming"))
    return last_of_day(position, events)


def _new_rows(position: Position, terms: PrepayTerms, old: Sequence[Instalment]) -> tuple[Instalment, ...]:
    rate = terms.period_rate if terms.period_rate is not None else original_rate(position.contract, "periods")
    if rate is None:
        raise InputError(
            "payoff.rate",
            "contract {contract}: no effective rate can be found from its instalments; write period_rate",
            contract=position.contract.id,
        )
    per_period = Fraction(rate)
    before = position.not_due.principal
    balance = before - terms.amount
    planned = plan_in_force(position)
    start = period_start(position.contract, planned, position.as_of)
    whole = year_fraction(terms.day_count, start, old[0].due_on)
    passed = year_fraction(terms.day_count, start, position.as_of) / whole if whole else Fraction(0)
    first = (Fraction(before) * passed + Fraction(balance) * (1 - passed)) * per_period
    number = next_number(position)
    now = [row for row in planned if row.due_on > position.as_of]
    amount = _instalment(terms, balance, per_period, first, now)
    rows: list[Instalment] = []
    for row in old:
        interest = terms.rounding.of(first if not rows else Fraction(balance) * per_period)
        if terms.method == "equal_principal":
            principal = min(amount, balance)
        else:
            principal = min(max(amount - interest, Decimal(0)), balance)
        if row is old[-1]:
            principal = balance
        balance -= principal
        rows.append(Instalment(number + len(rows), row.due_on, principal, interest, row.fees))
        if not balance:
            break
    return _with_fees(rows, old)


def _with_fees(rows: list[Instalment], old: Sequence[Instalment]) -> tuple[Instalment, ...]:
    """Fees of rows that are no longer needed stay owed, on the last row."""
    more = added(Amounts(row.fees) for row in (rows[-1], *old[len(rows) :]))
    rows[-1] = evolve(rows[-1], fees=more.parts)
    return tuple(rows)


def _instalment(
    terms: PrepayTerms, balance: Decimal, rate: Fraction, first: Fraction, planned: Sequence[Instalment]
) -> Decimal:
    """The equal instalment (or, by equal principal, the equal part) of the new rows.

    With the instalment kept it is that of the coming row as it is planned.
    """
    up = Rounding(terms.unit, "up")
    if terms.keep == "instalment":
        if terms.method == "equal_principal":
            return planned[0].principal
        return planned[0].principal + planned[0].interest
    if terms.method == "equal_principal":
        return up.of(Fraction(balance) / len(planned))
    # A = (balance + first interest) / (1 + v + … + v ** (n - 1)), v = 1 / (1 + rate)
    factor, power = Fraction(0), Fraction(1)
    discount = (1 / (1 + rate)).limit_denominator(10**15)
    for _ in planned:
        factor += power
        power = (power * discount).limit_denominator(10**24)
    return up.of((Fraction(balance) + first) / factor)
