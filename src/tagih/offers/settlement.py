"""Settling for less: what is given up, what is paid and when, and what a break takes back.

A settlement (pelunasan dengan keringanan) ends the debt for less than is owed. Interest that has
not fallen due is not owed when a debt ends today, so it is saved, not waived. While the
settlement runs all is due and late charges stop; if it is broken the concession never was, and
the money that came in settles the debt again from its own days, in the policy's order.
A debt that was written off is still owed, and is settled without becoming young again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from attrs import field, frozen
from attrs.converters import optional

from tagih.contracts import (
    INTEREST,
    PRINCIPAL,
    Acceleration,
    AnyEvent,
    Component,
    Forgiveness,
    Instalment,
    Pause,
    Waiver,
)
from tagih.dates import add_months
from tagih.errors import InputError
from tagih.ledger import Amounts, Position
from tagih.money import Rounding
from tagih.offers.cost import on_the_way
from tagih.offers.limits import ANYBODY, Asking, Facts, checked
from tagih.offers.proposal import (
    Caution,
    Cost,
    DatedAmount,
    Move,
    Proposal,
    claim,
    claim_due,
    claim_rows,
    fingerprint,
    instalment,
    interest_to_come,
    last_of_day,
    next_number,
    next_sequence,
    open_cells,
    parts_of,
    plain,
    taken_off,
    waiver,
    waivers,
)
from tagih.offers.value import worth

Base = Literal["outstanding", "payoff", "principal", "arrears", "charges"]
BASES: Final = ("outstanding", "payoff", "principal", "arrears", "charges")
"""What a discount is a share of: all that is still owed with interest to come; what settling today
without a discount would take; principal; what has fallen due and is unpaid; late charges and fees."""

WAIVED_FIRST: Final = ("late_charge", "fee", "interest", "principal")
"""What a discount takes first where it names no components."""


def _shares(
    values: Mapping[str, Decimal | str] | Iterable[tuple[str, Decimal | str]],
) -> tuple[tuple[str, Decimal], ...]:
    pairs = values.items() if isinstance(values, Mapping) else values
    return tuple((name, Decimal(value)) for name, value in pairs)


@frozen
class SettlementTerms:
    """What is asked of a settlement. Give ``waive``, ``discount`` with ``base``, or ``amount``.

    ``waive`` is a share of each component (``{"late_charge": "1", "interest": "0.25"}``),
    ``discount`` a share of the ``base`` (taken from late charges first, then fees, interest,
    principal), ``amount`` the sum to be paid. A discount never goes below ``floor``. What is to
    be paid is rounded up to ``unit``.

    ``down`` (or ``down_share`` of what is to be paid) is paid on the day itself, the rest in
    ``payments`` equal parts from ``first_on`` on, a month apart or ``every_days`` days. Without
    ``first_on`` and with one payment all is paid on the day itself.
    """

    waive: tuple[tuple[str, Decimal], ...] = field(default=(), converter=_shares)
    base: Base | None = None
    discount: Decimal | None = field(default=None, converter=optional(Decimal))
    amount: Decimal | None = field(default=None, converter=optional(Decimal))
    floor: Decimal = field(default=Decimal(0), converter=Decimal)
    down: Decimal | None = field(default=None, converter=optional(Decimal))
    down_share: Decimal | None = field(default=None, converter=optional(Decimal))
    payments: int = 1
    first_on: date | None = None
    every_days: int | None = None
    unit: Decimal = field(default=Decimal(1), converter=Decimal)
    expires_on: date | None = None
    cure_days: int = 0

    def __attrs_post_init__(self) -> None:
        given = [bool(self.waive), self.discount is not None, self.amount is not None]
        if sum(given) != 1 or (self.discount is not None) != (self.base is not None):
            raise InputError(
                "settlement.size",
                "a settlement is a discount on a base, shares to waive, or an amount; give one of the three",
            )
        if self.base is not None and self.base not in BASES:
            raise InputError(
                "settlement.base",
                "base '{base}' is unknown; write one of {known}",
                base=self.base,
                known=", ".join(BASES),
            )
        for name, share in (*self.waive, ("discount", self.discount), ("down_share", self.down_share)):
            if share is not None and not 0 <= share <= 1:
                raise InputError(
                    "settlement.share",
                    "{name} {share} is not a share from 0 to 1",
                    name=name,
                    share=str(share),
                )
        if self.payments < 1 or (self.every_days is not None and self.every_days < 1):
            raise InputError(
                "settlement.payments", "a settlement has one payment or more, a day or more apart"
            )
        if self.down is not None and self.down_share is not None:
            raise InputError("plan.down", "the down payment is an amount or a share, not both")


def base_amount(position: Position, base: Base) -> Decimal:
    """The size of one of the five `BASES` for a position.

    >>> BASES
    ('outstanding', 'payoff', 'principal', 'arrears', 'charges')
    """
    owed = claim(position)
    if base == "outstanding":
        return owed.total
    if base == "payoff":
        return to_settle(position).total
    if base == "principal":
        return owed.principal
    if base == "arrears":
        return claim_due(position).total
    return owed.late_charge + owed.fee


def to_settle(position: Position) -> Amounts:
    """What ends the debt today without a discount: all that is owed but interest not due yet."""
    coming = interest_to_come(position)
    return Amounts(
        tuple(
            (part, amount - coming if part == INTEREST else amount) for part, amount in claim(position).parts
        )
    )


def settlement(position: Position, terms: SettlementTerms, asking: Asking = ANYBODY) -> Proposal:
    """Propose to end the debt for less than is owed.

    A debt that was written off is settled too: what comes in is a recovery, the age runs on, and
    what is given up is forgiven (hapus tagih) on the last day, once the rest has come in.

    Raises:
        InputError: If nothing is owed, the amount is more than is owed or below the floor, or a
            date lies in the past.
    """
    owed, whole = to_settle(position), claim(position)
    if not whole.total:
        raise InputError(
            "settlement.nothing",
            "contract {contract}: nothing is owed on {as_of}",
            contract=position.contract.id,
            as_of=position.as_of.isoformat(),
        )
    given_up = _given_up(position, terms, owed)
    saved = interest_to_come(position)
    to_pay = owed.total - sum(given_up.values(), Decimal(0)) - position.unapplied
    if to_pay < 0:
        raise InputError(
            "settlement.credit",
            "contract {contract}: the unapplied credit of {unapplied} is more than the settlement",
            contract=position.contract.id,
            unapplied=plain(position.unapplied),
        )
    pays = _pays(position, terms, to_pay)
    moves = [
        move
        for part, amount in whole.parts
        for move in (
            Move(
                part,
                amount - given_up.get(part, Decimal(0)) - (saved if part == INTEREST else 0),
                "collected",
            ),
            Move(part, saved if part == INTEREST else Decimal(0), "saved"),
            Move(part, given_up.get(part, Decimal(0)), "waived"),
        )
        if move.amount
    ]
    last = max((paid.on for paid in pays), default=position.as_of)
    until = last + timedelta(days=terms.cure_days)
    late = whole.late_charge
    today = sum((paid.amount for paid in pays if paid.on <= position.as_of), Decimal(0))
    becomes = _becomes(position, given_up, pays, until)
    proposal = Proposal(
        kind="settlement",
        contract=position.contract.id,
        as_of=position.as_of,
        fingerprint=fingerprint(position),
        currency=position.currency,
        pays=pays,
        old=claim_rows(position),
        new=_rows(position, given_up, pays),
        moves=tuple(moves),
        cost=Cost(to_pay - today, today, whole.total - late - position.unapplied, late),
        worth=worth(position, pays),
        effects=on_the_way(position, becomes, pays, last),
        cautions=_cautions(position, whole.total - owed.total + sum(given_up.values()), until),
        expires_on=terms.expires_on,
        cure_days=terms.cure_days,
        becomes=becomes,
        sequence=next_sequence(position),
    )
    facts = Facts(
        minimum_instalment=min([paid.amount for paid in pays[:-1]] or [to_pay], default=None)
        if len(pays) > 1
        else None,
        least_down_share=today / to_pay if to_pay else None,
        most_payments=len(pays),
        longest_days=(last - position.as_of).days,
    )
    return checked(proposal, position, facts, asking)


# --- the concession ---------------------------------------------------------------------------


def _given_up(position: Position, terms: SettlementTerms, owed: Amounts) -> dict[Component, Decimal]:
    """What is waived of each component, so that what is left is whole units."""
    up = Rounding(terms.unit, "up")
    whole = owed.total
    if terms.waive:
        return _by_component(terms, owed)
    if terms.amount is not None:
        to_pay = terms.amount
        if to_pay > whole:
            raise InputError(
                "settlement.above",
                "{amount} is more than the {owed} that settle contract {contract} without a discount",
                amount=plain(to_pay),
                owed=plain(whole),
                contract=position.contract.id,
            )
    else:
        assert terms.base is not None
        assert terms.discount is not None
        size = Fraction(base_amount(position, terms.base)) * Fraction(terms.discount)
        to_pay = min(max(up.of(Fraction(whole) - size), Decimal(0)), whole)
    if to_pay < terms.floor:
        raise InputError(
            "settlement.floor",
            "{amount} is below the floor of {floor}",
            amount=plain(to_pay),
            floor=plain(terms.floor),
        )
    left = whole - to_pay
    given: dict[Component, Decimal] = {}
    for kind in WAIVED_FIRST:
        for part, amount in owed.parts:
            if part.kind == kind and (got := min(left, amount)):
                given[part] = got
                left -= got
    return given


def _by_component(terms: SettlementTerms, owed: Amounts) -> dict[Component, Decimal]:
    down = Rounding(Decimal(1), "down")
    given: dict[Component, Decimal] = {}
    for name, share in terms.waive:
        wanted = Component.parse(name)
        for part, amount in owed.parts:
            if part.kind == wanted.kind and wanted.name in ("", part.name):
                # all of a component is all of it, cents too
                given[part] = amount if share == 1 else down.of(Fraction(amount) * Fraction(share))
    rest = owed.total - sum(given.values(), Decimal(0))
    back = Rounding(terms.unit, "up").of(rest) - rest if terms.unit > 1 else Decimal(0)
    for part in reversed(list(given)):
        got = min(back, given[part])
        given[part] -= got
        back -= got
    if rest < terms.floor:
        raise InputError(
            "settlement.floor",
            "{amount} is below the floor of {floor}",
            amount=plain(rest),
            floor=plain(terms.floor),
        )
    return {part: amount for part, amount in given.items() if amount}


def _pays(position: Position, terms: SettlementTerms, to_pay: Decimal) -> tuple[DatedAmount, ...]:
    up = Rounding(terms.unit, "up")
    as_of = position.as_of
    down = Decimal(0)
    if terms.down is not None:
        down = min(up.of(terms.down), to_pay)
    elif terms.down_share is not None:
        down = min(up.of(Fraction(to_pay) * Fraction(terms.down_share)), to_pay)
    first = terms.first_on
    if first is None:
        at_once = terms.payments == 1 and not down
        first = as_of if at_once else _next(as_of, terms, 1)
    if first < as_of or (first == as_of and down):
        raise InputError(
            "plan.past",
            "a payment on {on} is not after {as_of}; pay it down instead",
            on=first.isoformat(),
            as_of=as_of.isoformat(),
        )
    pays = [DatedAmount(as_of, down, "settlement")] if down else []
    left = to_pay - down
    part = up.of(Fraction(left) / terms.payments)
    for number in range(terms.payments):
        amount = min(part, left) if number < terms.payments - 1 else left
        if amount:
            pays.append(DatedAmount(_next(first, terms, number), amount, "settlement"))
            left -= amount
    return tuple(pays)


def _next(first: date, terms: SettlementTerms, number: int) -> date:
    if terms.every_days is not None:
        return first + timedelta(days=terms.every_days * number)
    return add_months(first, number)


# --- what it becomes --------------------------------------------------------------------------


def _becomes(
    position: Position,
    given_up: Mapping[Component, Decimal],
    pays: tuple[DatedAmount, ...],
    until: date,
) -> tuple[AnyEvent, ...]:
    as_of = position.as_of
    if position.written_off.total:
        return last_of_day(position, _of_written_off(position, until), pays)
    events = list(unearned_waivers(position, interest_to_come(position)))
    for part, amount in given_up.items():
        events += newest_first(position, part, amount)
    if position.not_due.total:
        events.append(Acceleration("due", as_of))
    if until > as_of:
        events.append(Pause("pause", as_of + timedelta(days=1), until, ("late_charge",)))
    return last_of_day(position, events, pays)


def _of_written_off(position: Position, until: date) -> list[AnyEvent]:
    """Of a lost debt nothing is given up before the rest has come in; late charges stopped long ago."""
    events: list[AnyEvent] = [Forgiveness("forgive", until)]
    if position.unapplied:
        events.append(Acceleration("due", position.as_of))  # which puts unapplied credit to use
    return events


def _cautions(position: Position, forgiven: Decimal, until: date) -> tuple[Caution, ...]:
    if not position.written_off.total:
        return ()
    amount = plain(forgiven)
    return (
        Caution(
            "settlement.written_off",
            "the debt is written off: what comes in is a recovery, its age and class stay, and "
            f"{amount} is forgiven on {until.isoformat()} if the rest was paid by then",
            fields=(("amount", amount), ("until", until.isoformat())),
        ),
    )


def unearned_waivers(position: Position, amount: Decimal) -> tuple[AnyEvent, ...]:
    """Waivers of ``amount`` of the interest not due yet, the last rows first: whole rows, then a part."""
    coming = {row.number for row in position.instalments if row.number and row.due_on > position.as_of}
    whole: dict[int, Decimal] = {}
    part: list[AnyEvent] = []
    for row, open_now in reversed(open_cells(position, INTEREST)):
        if row.number not in coming or not amount:
            continue
        if open_now <= amount and not row.charge:
            whole[row.number or 0] = open_now
        else:
            part.append(waiver(position, "unearned", row, INTEREST, min(open_now, amount)))
        amount -= min(open_now, amount)
    if any(event.effective_on == position.as_of for event in position.events):
        # a waiver comes before the day's payments, so that it must say how much is left of each row
        each = [Waiver(f"unearned-{n}", position.as_of, INTEREST, whole[n], (n,)) for n in sorted(whole)]
        return (*each, *part)
    if not whole:
        return tuple(part)
    return (Waiver("unearned", position.as_of, INTEREST, None, tuple(sorted(whole))), *part)


def newest_first(position: Position, part: Component, amount: Decimal) -> tuple[AnyEvent, ...]:
    """Waivers of a component, principal and interest from the last rows so that the age stays.

    Interest not due yet is left alone: it is not owed.
    """
    if part not in (PRINCIPAL, INTEREST):
        return waivers(position, part, amount)
    coming = {row.number for row in position.instalments if row.number and row.due_on > position.as_of}
    events: list[AnyEvent] = []
    for row, open_now in reversed(open_cells(position, part)):
        if part == INTEREST and row.number in coming:
            continue
        if got := min(open_now, amount):
            events.append(waiver(position, f"waive.{part}", row, part, got))
            amount -= got
    return tuple(events)


def _rows(
    position: Position, given_up: Mapping[Component, Decimal], pays: tuple[DatedAmount, ...]
) -> tuple[Instalment, ...]:
    """The settlement's payments as rows: the oldest debt first, less what is given up from the newest."""
    left = dict(given_up)
    queue: list[tuple[Component, Decimal]] = []
    for row in reversed(claim_rows(position)):
        kept = []
        for part, amount in parts_of(row):
            if part == INTEREST and row.due_on > position.as_of:
                continue
            got = min(amount, left.get(part, Decimal(0)))
            if got:
                left[part] -= got
            if amount > got:
                kept.append((part, amount - got))
        queue = kept + queue
    taken_off(queue, position.unapplied)
    rows, number = [], next_number(position)
    for paid in pays:
        if parts := taken_off(queue, paid.amount)[0]:
            rows.append(instalment(number, paid.on, parts))
            number += 1
    return tuple(rows)
