"""What must be paid to settle in full before time, day by day?

A payoff (pelunasan dipercepat) takes the principal, the interest that has fallen due, what the
current period has earned, late charges, fees and a penalty where the contract has one, less
what is held as unapplied credit. Two ways to reckon interest exist side by side: as it runs by
the day from a paid-to date, and as the remaining instalments' interest less what is unearned by
the contract's rebate method. A quote is frozen: it names a figure for each day to its last one,
and is refused later, or once anything has happened that it did not know. A debt that was written
off is paid off as any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from attrs import evolve, field, frozen
from attrs.converters import optional

from tagih.contracts import (
    INTEREST,
    PRINCIPAL,
    Acceleration,
    AnyEvent,
    Charge,
    Component,
    Contract,
    Drawdown,
    Forgiveness,
    Instalment,
    Payment,
    Refund,
)
from tagih.dates import add_months
from tagih.daycounts import year_fraction
from tagih.errors import EventError, InputError
from tagih.ledger import Position, replay
from tagih.money import Rounding
from tagih.offers.proposal import (
    Cost,
    DatedAmount,
    Move,
    Proposal,
    accelerated_on,
    claim,
    claim_rows,
    claim_to_come,
    fingerprint,
    interest_to_come,
    last_of_day,
    named_first,
    next_sequence,
    plain,
    plan_in_force,
)
from tagih.offers.settlement import unearned_waivers
from tagih.offers.value import original_rate, worth
from tagih.policies import Policy
from tagih.rates import actuarial_rebate, pro_rata_rebate, sum_of_digits_rebate

Rebate = Literal["actuarial", "sum_of_digits", "pro_rata", "scheduled", "none"]
REBATES: Final = ("actuarial", "sum_of_digits", "pro_rata", "scheduled", "none")
"""How interest not due yet is earned: at the contract's own effective rate; by the rule of 78; equally
by period; as the rows themselves say; or all of it at once, so that nothing is given back."""

PenaltyBase = Literal["principal", "remaining_instalments", "payoff"]
PENALTY_BASES: Final = ("principal", "remaining_instalments", "payoff")

PENALTY: Final = Component("fee", "pelunasan")
NOTHING: Final = Decimal(0)


@frozen
class Penalty:
    """A charge for settling early: ``share`` of the ``base``, or an ``amount``.

    ``principal`` is the principal not due yet, ``remaining_instalments`` those not due with
    their interest, ``payoff`` everything but the penalty and the fees of the payoff.
    """

    share: Decimal = field(default=Decimal(0), converter=Decimal)
    base: PenaltyBase = "principal"
    amount: Decimal = field(default=Decimal(0), converter=Decimal)


@frozen
class PayoffTerms:
    """How a contract reckons its payoff.

    With ``annual_rate`` interest runs by the day on the ``balance`` (``scheduled``: the
    principal not due yet; ``actual``: all principal still owed) by ``day_count`` from the
    ``paid_to`` date (by default the last due date), rounded ``once`` or per ``day``. Without it,
    interest of the rows not due is owed less what ``rebate`` calls unearned, and within the
    current period as ``current`` says: ``to_day`` by its days, ``whole`` as soon as it has
    begun, or ``none`` of it. ``period_rate`` is the actuarial method's rate; by default the
    contract's own.
    """

    annual_rate: Decimal | None = field(default=None, converter=optional(Decimal))
    day_count: str = "ACT/365F"
    balance: Literal["scheduled", "actual"] = "scheduled"
    paid_to: date | None = None
    round_each: Literal["once", "day"] = "once"
    rebate: Rebate = "scheduled"
    current: Literal["to_day", "whole", "none"] = "whole"
    period_rate: Decimal | None = field(default=None, converter=optional(Decimal))
    penalty: Penalty = Penalty()
    fees: tuple[tuple[str, Decimal], ...] = ()
    rounding: Rounding = Rounding(unit=Decimal(1), mode="half_up")

    def __attrs_post_init__(self) -> None:
        for value, known, name in (
            (self.rebate, REBATES, "rebate"),
            (self.penalty.base, PENALTY_BASES, "penalty base"),
        ):
            if value not in known:
                raise InputError(
                    "payoff.word",
                    "{name} '{value}' is unknown; write one of {known}",
                    name=name,
                    value=value,
                    known=", ".join(known),
                )


@frozen
class PayoffDay:
    """What settles the contract on ``on``, part by part.

    ``principal`` is all of it; ``interest`` what has fallen due, ``running`` what has been
    earned since; ``unearned`` the interest of the rows not due that is given back;
    ``penalty`` and ``fees`` those of the payoff itself.
    """

    on: date
    principal: Decimal
    interest: Decimal
    running: Decimal
    late_charges: Decimal
    charges: Decimal
    penalty: Decimal
    fees: tuple[tuple[str, Decimal], ...]
    unapplied: Decimal
    unearned: Decimal

    @property
    def total(self) -> Decimal:
        """principal + interest + running + late charges + charges + penalty + fees − unapplied."""
        fees = sum((amount for _, amount in self.fees), Decimal(0))
        owed = self.principal + self.interest + self.running + self.late_charges + self.charges
        return owed + self.penalty + fees - self.unapplied


@frozen
class Quote:
    """A payoff quote: a figure for each day from ``as_of`` to ``good_through``, both included.

    ``fingerprint`` is of the position it was made from, ``known`` the ids of the events it knew.
    """

    id: str
    contract: str
    as_of: date
    good_through: date
    currency: str
    fingerprint: str
    days: tuple[PayoffDay, ...]
    known: tuple[str, ...] = field(repr=False)

    @property
    def per_diem(self) -> tuple[Decimal, ...]:
        """How much each day costs beyond the day before; one figure fewer than days."""
        return tuple(
            later.total - earlier.total for earlier, later in zip(self.days, self.days[1:], strict=False)
        )

    def on(self, day: date) -> PayoffDay:
        """The figure for a day.

        Raises:
            InputError: If the day lies before the quote's or after its last; says which.
        """
        if day > self.good_through:
            raise InputError(
                "quote.expired",
                "quote {id}: good through {good_through}, and {day} is later; ask for a new one",
                id=self.id,
                good_through=self.good_through.isoformat(),
                day=day.isoformat(),
            )
        if day < self.as_of:
            raise InputError(
                "quote.early",
                "quote {id}: made on {as_of}, and {day} is earlier",
                id=self.id,
                as_of=self.as_of.isoformat(),
                day=day.isoformat(),
            )
        return self.days[(day - self.as_of).days]


def payoff(position: Position, terms: PayoffTerms, on: date | None = None) -> PayoffDay:
    """What settles the contract on a day (by default the position's own), nothing else happening.

    Raises:
        InputError: If the contract's rate cannot be found.
    """
    if on is not None and on != position.as_of:
        if on < position.as_of:
            raise InputError(
                "payoff.past",
                "a payoff on {on} is not possible from {as_of}; ask for a position on that day",
                on=on.isoformat(),
                as_of=position.as_of.isoformat(),
            )
        known = [event for event in position.events if event.effective_on <= position.as_of]
        position = replay(position.contract, known, position.policy, on)
    coming, owed = interest_to_come(position), claim(position)
    running = _running(position, terms)
    day = PayoffDay(
        on=position.as_of,
        principal=owed.principal,
        interest=owed.interest - coming,
        running=running,
        late_charges=owed.late_charge,
        charges=owed.fee,
        penalty=Decimal(0),
        fees=tuple((name, Decimal(amount)) for name, amount in terms.fees),
        unapplied=position.unapplied,
        unearned=max(coming - running, Decimal(0)),
    )
    return evolve(day, penalty=_penalty(position, terms, day))


def quote(position: Position, terms: PayoffTerms, good_through: date, *, id: str = "") -> Quote:
    """A frozen quote with a figure for each day up to ``good_through`` (included).

    Its id, unless given, is made of its content: the same quote has the same id.

    Raises:
        InputError: If ``good_through`` lies before the position's day, or more than a year after.
    """
    length = (good_through - position.as_of).days
    if not 0 <= length <= 366:
        raise InputError(
            "quote.length",
            "a quote runs from {as_of} for at most 366 days; good through {good_through} does not",
            as_of=position.as_of.isoformat(),
            good_through=good_through.isoformat(),
        )
    days = tuple(payoff(position, terms, position.as_of + timedelta(days=n)) for n in range(length + 1))
    mark = fingerprint(position)
    made = Quote(
        id=id,
        contract=position.contract.id,
        as_of=position.as_of,
        good_through=good_through,
        currency=position.currency,
        fingerprint=mark,
        days=days,
        known=tuple(sorted(event.id for event in position.events if event.effective_on <= position.as_of)),
    )
    if id:
        return made
    content = hashlib.sha256(repr((mark, days)).encode()).hexdigest()
    return evolve(made, id=f"Q-{content[:10].upper()}")


def asked(
    quote: Quote, contract: Contract, events: Iterable[AnyEvent], policy: Policy, on: date
) -> PayoffDay:
    """The quote's figure for a day, if it still stands.

    Raises:
        InputError: If the day is not one of the quote's, or the quote no longer stands: names the
            event that it did not know, or says that the contract or the policy has changed.
    """
    day = quote.on(on)
    listed = list(events)
    for event in sorted(listed, key=lambda event: (event.effective_on, event.id)):
        if event.id not in quote.known and event.effective_on <= on:
            raise InputError(
                "quote.event",
                "quote {id} of {as_of} does not know {kind} {event} of {on}; ask for a new one",
                id=quote.id,
                as_of=quote.as_of.isoformat(),
                kind=type(event).__name__,
                event=event.id,
                on=event.effective_on.isoformat(),
            )
    if fingerprint(replay(contract, listed, policy, quote.as_of)) != quote.fingerprint:
        raise InputError(
            "quote.changed",
            "quote {id} of {as_of} was made from another position: an event, the contract or a rule "
            "has changed since; ask for a new one",
            id=quote.id,
            as_of=quote.as_of.isoformat(),
        )
    return day


# --- interest ---------------------------------------------------------------------------------


def _running(position: Position, terms: PayoffTerms) -> Decimal:
    """Interest earned since it last fell due, in payable units; never more by rebate than is coming."""
    if terms.annual_rate is not None:
        return _by_days(position, terms)
    coming = interest_to_come(position)
    if terms.rebate == "none":
        return coming
    rows = plan_in_force(position)
    unearned = _unearned(position.contract, rows, terms, position.as_of)
    later = sum((row.interest for row in rows if row.due_on > position.as_of), Decimal(0))
    earned = Fraction(later) - unearned
    return max(min(terms.rounding.of(earned), coming), Decimal(0))


def _by_days(position: Position, terms: PayoffTerms) -> Decimal:
    assert terms.annual_rate is not None
    rows = plan_in_force(position)
    if accelerated_on(position) or not any(row.due_on > position.as_of for row in rows):
        return Decimal(0)  # after maturity or acceleration interest no longer runs
    paid_to = terms.paid_to or period_start(position.contract, rows, position.as_of)
    balance = claim(position).principal if terms.balance == "actual" else claim_to_come(position).principal
    yearly = Fraction(balance) * Fraction(terms.annual_rate)
    if position.as_of <= paid_to:
        return Decimal(0)
    if terms.round_each == "once":
        return terms.rounding.of(yearly * year_fraction(terms.day_count, paid_to, position.as_of))
    total, day = Decimal(0), paid_to
    while day < position.as_of:
        total += terms.rounding.of(yearly * year_fraction(terms.day_count, day, day + timedelta(days=1)))
        day += timedelta(days=1)
    return total


def period_start(contract: Contract, rows: Sequence[Instalment], on: date) -> date:
    """The last due date up to ``on``; before the first, the signing day or a period before it."""
    passed = [row.due_on for row in rows if row.due_on <= on]
    if passed:
        return max(passed)
    if contract.signed_on is not None:
        return contract.signed_on
    return add_months(rows[0].due_on, -1)


def _unearned(contract: Contract, rows: Sequence[Instalment], terms: PayoffTerms, on: date) -> Fraction:
    """Interest of the rows not due on ``on`` that is not earned yet, by the rebate method."""
    elapsed = sum(1 for row in rows if row.due_on <= on)
    if elapsed == len(rows):
        return Fraction(0)
    now = Fraction(_unearned_after(contract, rows, terms, elapsed))
    start, end = period_start(contract, rows, on), rows[elapsed].due_on
    if on <= start or terms.current == "none":
        return now
    later = Fraction(_unearned_after(contract, rows, terms, elapsed + 1))
    if terms.current == "whole":
        return later
    passed = year_fraction(terms.day_count, start, on) / year_fraction(terms.day_count, start, end)
    return now - (now - later) * min(passed, Fraction(1))


def _unearned_after(
    contract: Contract, rows: Sequence[Instalment], terms: PayoffTerms, elapsed: int
) -> Decimal:
    rest = rows[elapsed:]
    interest = sum((row.interest for row in rows), Decimal(0))
    if terms.rebate == "scheduled":
        return sum((row.interest for row in rest), Decimal(0))
    if terms.rebate == "sum_of_digits":
        return sum_of_digits_rebate(interest, periods=len(rows), paid=elapsed)
    if terms.rebate == "pro_rata":
        return pro_rata_rebate(interest, periods=len(rows), paid=elapsed)
    rate = terms.period_rate if terms.period_rate is not None else original_rate(contract, "periods")
    if rate is None:
        raise InputError(
            "payoff.rate",
            "contract {contract}: no effective rate can be found from its instalments; write period_rate",
            contract=contract.id,
        )
    return actuarial_rebate([row.principal + row.interest for row in rest], period_rate=rate)


def _penalty(position: Position, terms: PayoffTerms, day: PayoffDay) -> Decimal:
    penalty = terms.penalty
    if penalty.amount:
        return penalty.amount
    if not penalty.share:
        return Decimal(0)
    base = {
        "principal": claim_to_come(position).principal,
        "remaining_instalments": claim_to_come(position).principal + claim_to_come(position).interest,
        "payoff": day.total - sum((amount for _, amount in day.fees), Decimal(0)),
    }[penalty.base]
    return terms.rounding.of(max(Fraction(base), Fraction(0)) * Fraction(penalty.share))


# --- what it becomes --------------------------------------------------------------------------


def payoff_proposal(position: Position, terms: PayoffTerms) -> Proposal:
    """The payoff of today as a proposal: paid, its events close the contract to zero."""
    day = payoff(position, terms)
    extra = day.penalty + sum((amount for _, amount in day.fees), Decimal(0))
    whole = claim(position)
    pays = []
    if day.total - extra > 0:
        pays.append(DatedAmount(day.on, day.total - extra, "payoff"))
    if (fees := min(extra, day.total)) > 0:  # credit beyond the debt pays of them too
        pays.append(DatedAmount(day.on, fees, "fee", counts=False))
    moves = []
    more = max(day.running - interest_to_come(position), Decimal(0))
    for part, amount in whole.parts:
        saved = day.unearned if part == INTEREST else Decimal(0)
        moves += [Move(part, amount - saved, "collected"), Move(part, saved, "saved")]
    return Proposal(
        kind="payoff",
        contract=position.contract.id,
        as_of=position.as_of,
        fingerprint=fingerprint(position),
        currency=position.currency,
        pays=tuple(pays),
        old=claim_rows(position),
        new=(),
        moves=tuple(move for move in moves if move.amount),
        cost=Cost(
            Decimal(0),
            max(day.total, Decimal(0)),
            whole.total - whole.late_charge - position.unapplied,
            whole.late_charge,
        ),
        worth=worth(position, pays),
        becomes=_closing(position, day, more),
        sequence=next_sequence(position),
    )


def closing_events(position: Position, terms: PayoffTerms) -> tuple[AnyEvent, ...]:
    """Charges, the waiver of unearned interest, the payment and the acceleration that close a contract.

    A refund of unapplied credit that is left over is the lender's own act.
    """
    day = payoff(position, terms)
    return _closing(position, day, max(day.running - interest_to_come(position), Decimal(0)))


def _closing(position: Position, day: PayoffDay, more: Decimal) -> tuple[AnyEvent, ...]:
    on = day.on
    events: list[AnyEvent] = []
    if day.penalty:
        events.append(Charge("penalty", on, PENALTY, day.penalty))
    for name, amount in day.fees:
        if amount:
            events.append(Charge(f"fee.{name}", on, Component("fee", name), amount))
    if more:
        # interest by the day that is more than the rows still hold
        number = next(row.number for row in plan_in_force(position) if row.due_on > on)
        events.append(Drawdown("running", on, ((number, INTEREST, more),)))
    if not position.written_off.total:
        events += unearned_waivers(position, day.unearned)
    elif day.unearned:
        events.append(Forgiveness("unearned", on))  # of what was written off, all that is left then
    owed = {part: amount for part, amount in claim(position).parts if amount}
    if day.running + day.interest:
        owed[INTEREST] = day.running + day.interest
    else:
        owed.pop(INTEREST, None)
    for part, amount in ((PENALTY, day.penalty), *((Component("fee", name), fee) for name, fee in day.fees)):
        if amount:
            owed[part] = owed.get(part, Decimal(0)) + amount
    # unapplied credit settles principal first; the payment names what it settles
    whole, credit = dict(owed), day.unapplied
    for part in sorted(owed, key=lambda part: (part != PRINCIPAL, part != INTEREST, part)):
        used = min(credit, owed[part])
        owed[part] -= used
        credit -= used
    closing = _paid(position, events, owed)
    if credit == day.unapplied or not left_open(position, closing, credit):
        return closing
    # the lender's own order takes no such debt from unapplied credit: it goes back, and all is paid
    closing = _paid(position, events, whole, day.unapplied - credit)
    if left_open(position, closing, credit):
        raise InputError(
            "payoff.credit",
            "contract {contract}: in the lender's order the unapplied credit of {unapplied} would settle "
            "something else once the payoff is charged; use it up or pay it back first",
            contract=position.contract.id,
            unapplied=plain(day.unapplied),
        )
    return closing


def _paid(
    position: Position, events: Sequence[AnyEvent], owed: Mapping[Component, Decimal], back: Decimal = NOTHING
) -> tuple[AnyEvent, ...]:
    """The events with a payment of what is owed, the credit that goes back, and the acceleration."""
    on = position.as_of
    paid = tuple(named_first((part, amount) for part, amount in owed.items() if amount))
    total = sum((amount for _, amount in paid), Decimal(0))
    more: list[AnyEvent] = []
    if total:
        more.append(Payment("payment", on, total, kind="payoff", components=paid))
    if back:
        more.append(Refund("credit", on, back))
    return last_of_day(position, (*events, *more, Acceleration("due", on)))


def left_open(position: Position, closing: Sequence[AnyEvent], credit: Decimal) -> bool:
    """Whether anything is still owed, or more than ``credit`` held, once these events have happened."""
    known = [event for event in position.events if event.effective_on <= position.as_of]
    try:
        after = replay(position.contract, (*known, *closing), position.policy, position.as_of)
    except EventError:
        return True
    return bool(after.outstanding.total or after.written_off.total) or after.unapplied > credit


def describe(day: PayoffDay) -> tuple[tuple[str, Decimal], ...]:
    """The parts of a payoff by name, those of zero left out; they add up to its total."""
    parts = [
        ("principal", day.principal),
        ("interest", day.interest),
        ("running", day.running),
        ("late_charge", day.late_charges),
        ("fee", day.charges),
        ("penalty", day.penalty),
        *((str(Component("fee", name)), amount) for name, amount in day.fees),
        ("unapplied", -day.unapplied),
    ]
    return tuple((name, amount) for name, amount in parts if amount)
