"""Paying a part of the principal early: a shorter term, or smaller instalments?

A prepayment of part settles principal that is not due. The coming rows are made anew on what is
left: with the instalment kept the term gets shorter, with the term kept the instalments get
smaller. The interest of the period that runs is reckoned on the old balance up to the day, and on
the new one from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from attrs import evolve, field, frozen
from attrs.converters import optional

from tagih.contracts import PRINCIPAL, AnyEvent, Charge, Component, Instalment, Payment, Restructure
from tagih.daycounts import year_fraction
from tagih.errors import InputError
from tagih.ledger import Amounts, Position
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
    next_sequence,
    owed_rows,
    plain,
    plan_in_force,
    refuse_other_order,
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
            still to come, the day has an event that changes what is owed after its payments, or the
            lender's order would use other money for what the prepayment settles.
    """
    refuse_written_off(position)
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
    now = [row for row in old if row.number and (row.principal or row.interest)]
    new = _with_fees(_new_rows(position, terms, now), old)
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
    becomes = _becomes(position, terms, penalty, new)
    refuse_other_order(position, becomes, new)
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
            Effect("instalment", now[0].principal + now[0].interest, new[0].principal + new[0].interest),
            Effect("instalments", len(now), len(new)),
            Effect("last_due_on", now[-1].due_on, new[-1].due_on),
            Effect("interest_saved", None, old_interest - new_interest),
        ),
        becomes=becomes,
        sequence=next_sequence(position),
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


def _new_rows(position: Position, terms: PrepayTerms, old: Sequence[Instalment]) -> list[Instalment]:
    """New rows for the instalments still to come; those that were paid ahead stay paid."""
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
    start = period_start(position.contract, planned, old[0].due_on - timedelta(days=1))
    whole = year_fraction(terms.day_count, start, old[0].due_on)
    ran = max(position.as_of, start)
    passed = year_fraction(terms.day_count, start, ran) / whole if whole else Fraction(0)
    first = (Fraction(before) * passed + Fraction(balance) * (1 - passed)) * per_period
    number = next_number(position)
    now = next(row.due for row in position.instalments if row.number == old[0].number)
    amount = _instalment(terms, balance, per_period, first, now, len(old))
    rows: list[Instalment] = []
    for row in old:
        interest = terms.rounding.of(first if row is old[0] else Fraction(balance) * per_period)
        if terms.method == "equal_principal":
            principal = min(amount, balance)
        else:
            principal = min(max(amount - interest, Decimal(0)), balance)
        if row is old[-1]:
            principal = balance
        balance -= principal
        if principal or interest:
            rows.append(Instalment(number + len(rows), row.due_on, principal, interest))
        if not balance:
            break
    return rows


def _with_fees(rows: Sequence[Instalment], old: Iterable[Instalment]) -> tuple[Instalment, ...]:
    """The new rows with the fees that are still owed: each on the row of its day, else on the last."""
    fees: dict[int, Amounts] = {}
    for row in old:
        at = next((at for at, new in enumerate(rows) if new.due_on >= row.due_on), len(rows) - 1)
        fees[at] = fees.get(at, Amounts()) + Amounts(row.fees)
    return tuple(
        evolve(row, fees=sorted(fees[at].parts)) if at in fees else row for at, row in enumerate(rows)
    )


def _instalment(
    terms: PrepayTerms, balance: Decimal, rate: Fraction, first: Fraction, planned: Amounts, count: int
) -> Decimal:
    """The equal instalment (or, by equal principal, the equal part) of the new rows.

    With the instalment kept it is that of the coming row as it is planned.
    """
    up = Rounding(terms.unit, "up")
    if terms.keep == "instalment":
        if terms.method == "equal_principal":
            return planned.principal
        return planned.principal + planned.interest
    if terms.method == "equal_principal":
        return up.of(Fraction(balance) / count)
    # A = (balance + first interest) / (1 + v + … + v ** (n - 1)), v = 1 / (1 + rate)
    factor, power = Fraction(0), Fraction(1)
    discount = (1 / (1 + rate)).limit_denominator(10**15)
    for _ in range(count):
        factor += power
        power = (power * discount).limit_denominator(10**24)
    return up.of((Fraction(balance) + first) / factor)
