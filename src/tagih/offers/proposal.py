"""A proposal: a new future for one contract, what it costs each side, and what it becomes.

A proposal never changes a position. It holds the rows owed before and after, where every rupiah
of the debt goes, what each side gives up, and how it stands to the lender's limits. Accepted, it
becomes events, which replay to the plan that it showed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal

from attrs import evolve, field, frozen

from tagih.contracts import (
    FEE,
    INTEREST,
    PRINCIPAL,
    Acceleration,
    AnyEvent,
    Charge,
    Chargeback,
    Component,
    Drawdown,
    Forgiveness,
    Instalment,
    Payment,
    Refund,
    Restructure,
    Reversal,
    Waiver,
    WriteOff,
)
from tagih.dates import from_day
from tagih.errors import EventError, InputError, PolicyError
from tagih.ledger import Amounts, InstalmentPosition, Position, added, replay
from tagih.ledger.compile import RANK, Row, in_order, standing
from tagih.ledger.serialise import fingerprint as fingerprint_of
from tagih.money import to_decimal

Purpose = Literal["up_front", "arrears", "instalment", "settlement", "payoff", "prepayment", "sale", "fee"]
PURPOSES: Final = (
    "up_front",
    "arrears",
    "instalment",
    "settlement",
    "payoff",
    "prepayment",
    "sale",
    "fee",
)

MOVED_TO: Final = (
    "stays",  # stays on its row, owed as it was
    "plan",  # paid by an arrears plan, beside the instalments
    "new",  # owed by the new rows, as it was
    "capitalised",  # owed by the new rows, as principal
    "deferred",  # owed by the new rows, without interest
    "collected",  # paid now, or by the offer's own payments
    "waived",  # given up
    "saved",  # interest that is not earned any more
    "deficiency",  # still owed after a sale
)
"""Where an amount of the old debt can go."""


AFTER_WAIVERS: Final = (Chargeback, Refund, Restructure, WriteOff, Forgiveness)
"""Events that change what is owed after the charges, waivers and payments of their day."""


@frozen
class DatedAmount:
    """Money that a proposal asks for on a day, and whether it counts towards the instalments.

    What counts settles rows of the contract (old or new); what does not, such as a fee of the
    arrangement, is paid beside them.
    """

    on: date
    amount: Decimal
    purpose: Purpose
    counts: bool = True


@frozen
class Move:
    """How much of one component of the old debt goes where; ``to`` is one of `MOVED_TO`."""

    component: Component
    amount: Decimal
    to: str

    def __attrs_post_init__(self) -> None:
        if self.to not in MOVED_TO:
            raise InputError(
                "proposal.move",
                "a debt cannot move to '{to}'; write one of {known}",
                to=self.to,
                known=", ".join(MOVED_TO),
            )


@frozen
class Cost:
    """What the proposal costs the debtor beyond what was owed anyway.

    ``new`` is all that will be paid in instalments and other dated amounts after today,
    ``up_front`` what is paid today, ``old`` what remained to be paid (principal, interest and
    fees, due or not), ``late_charges`` the late charges owed today.
    """

    new: Decimal
    up_front: Decimal
    old: Decimal
    late_charges: Decimal

    @property
    def extra(self) -> Decimal:
        """new + up_front − old − late_charges; below 0 it is a saving."""
        return self.new + self.up_front - self.old - self.late_charges


@frozen
class Worth:
    """What the proposal is worth to the lender, at the contract's original effective rate.

    ``before`` is the ``basis``: the carrying amount, or the amount restructured; ``after`` the
    present value of what will come in. ``rate`` is a year's effective rate where time is
    counted ``by`` days, and a period's where it is counted by periods.
    """

    basis: Literal["carrying", "amount"]
    before: Decimal
    after: Decimal
    rate: Decimal
    by: Literal["days", "periods"]

    @property
    def loss(self) -> Decimal:
        """before − after; below 0 the lender gains."""
        return self.before - self.after


@frozen
class Effect:
    """Something else that changes: the instalment, the last due date, the class, the provision."""

    name: str
    before: Decimal | date | int | str | None
    after: Decimal | date | int | str | None


@frozen
class Caution:
    """What should be known before the proposal is made: a code, a sentence, and its source."""

    code: str
    text: str
    source: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@frozen
class Check:
    """One limit of the lender's: what was found, what ``by`` may allow, and who may approve it.

    ``approver`` is the lowest authority whose limit it keeps; empty where no authority may. ``level``
    is that authority's place from the lowest, 0, on.
    """

    limit: str
    found: Decimal
    allowed: Decimal
    within: bool
    by: str = ""
    approver: str = ""
    level: int = 0


@frozen
class Proposal:
    """An offer on paper: nothing is changed until its events are recorded.

    ``pays`` is all that the debtor pays under it, in order of date. ``old`` and ``new`` are the
    rows owed before and after, at what is open of them (number 0: charges on the contract).
    ``moves`` add up to what was owed, component by component. ``becomes`` are the events of its
    acceptance, their ids still without the arrangement's own; ``sequence`` is the place of what it does
    today in the order of the day.
    """

    kind: str
    contract: str
    as_of: date
    fingerprint: str
    currency: str
    pays: tuple[DatedAmount, ...]
    old: tuple[Instalment, ...]
    new: tuple[Instalment, ...]
    moves: tuple[Move, ...]
    cost: Cost
    worth: Worth | None = None
    effects: tuple[Effect, ...] = ()
    cautions: tuple[Caution, ...] = ()
    checks: tuple[Check, ...] = ()
    expires_on: date | None = None
    cure_days: int = 0
    becomes: tuple[AnyEvent, ...] = field(default=(), repr=False)
    sequence: int = 0

    def __attrs_post_init__(self) -> None:
        owed, moved = by_component(self.old), added(Amounts(((m.component, m.amount),)) for m in self.moves)
        for part in {part for part, _ in (*owed.parts, *moved.parts)}:
            if owed.of(part) != moved.of(part):
                raise InputError(
                    "proposal.moves",
                    "contract {contract}: of {component} {owed} is owed and {moved} is accounted for",
                    contract=self.contract,
                    component=str(part),
                    owed=str(owed.of(part)),
                    moved=str(moved.of(part)),
                )

    def moved(self, to: str) -> Amounts:
        """How much of each component goes to ``to``."""
        return added(Amounts(((move.component, move.amount),)) for move in self.moves if move.to == to)

    @property
    def waived(self) -> Amounts:
        """What the lender gives up, by component."""
        return self.moved("waived")

    @property
    def up_front(self) -> Decimal:
        """What is paid on the day of the proposal."""
        return sum((paid.amount for paid in self.pays if paid.on <= self.as_of), Decimal(0))

    @property
    def monthly(self) -> Decimal:
        """The largest amount asked for in one calendar month after the day of the proposal."""
        months: dict[tuple[int, int], Decimal] = {}
        for paid in self.pays:
            if paid.on > self.as_of:
                month = (paid.on.year, paid.on.month)
                months[month] = months.get(month, Decimal(0)) + paid.amount
        return max(months.values(), default=Decimal(0))

    @property
    def ends_on(self) -> date:
        """The day of the last amount asked for."""
        return max((paid.on for paid in self.pays), default=self.as_of)

    @property
    def beyond(self) -> tuple[Check, ...]:
        """The limits that it goes beyond."""
        return tuple(check for check in self.checks if not check.within)

    @property
    def within_limits(self) -> bool:
        """Whether whoever asked may make this offer."""
        return not self.beyond

    @property
    def hardest(self) -> Check | None:
        """Of the limits that it goes beyond the one that most are held to: who may approve it may all."""
        return max(self.beyond, key=lambda check: (not check.approver, check.level), default=None)

    def refused(self) -> PolicyError | None:
        """Why this offer may not be made, and who could approve it; None where it may."""
        check = self.hardest
        if check is None:
            return None
        return PolicyError(
            "offer.limit" if check.approver else "offer.limit_nobody",
            "{kind} of contract {contract}: {limit} is {found}, allowed is {allowed}"
            + ("; '{approver}' may approve it" if check.approver else "; nobody may approve it"),
            kind=self.kind,
            contract=self.contract,
            limit=check.limit,
            found=plain(check.found),
            allowed=plain(check.allowed),
            approver=check.approver,
        )

    def events(self, id: str, *, accepted_on: date | None = None) -> tuple[AnyEvent, ...]:
        """What the proposal becomes when it is accepted as arrangement ``id``.

        Replayed with the contract's own events they give the plan that was proposed. Waivers
        carry the arrangement's id.

        Raises:
            PolicyError: If it goes beyond the limits; names the limit and who may approve.
            InputError: If it was accepted after the last day of the offer.
        """
        if refusal := self.refused():
            raise refusal
        if accepted_on is not None and self.expires_on is not None and accepted_on > self.expires_on:
            raise InputError(
                "offer.expired",
                "{kind} of contract {contract}: the offer ended on {expires_on}, and {on} is later; "
                "make it anew",
                kind=self.kind,
                contract=self.contract,
                expires_on=self.expires_on.isoformat(),
                on=accepted_on.isoformat(),
            )
        return tuple(_named(event, id) for event in self.becomes)

    def payments(self, id: str) -> tuple[Payment, ...]:
        """The payments that would keep the arrangement to the letter, beside those in `events`."""
        return beside(self.becomes, self.pays, self.as_of, id, self.sequence)

    def undone(self, id: str, on: date, *, reason: str = "") -> tuple[Reversal, ...]:
        """The events of a break or a cancellation: from ``on`` the arrangement never was.

        Money that came in is kept, and settles the debt in the policy's own order again. A charge
        that the acceptance's own money settled, such as its fee, stands.
        """
        paid = {part for event in self.becomes if isinstance(event, Payment) for part, _ in event.components}
        return tuple(
            Reversal(f"{event.id}.undone", max(on, event.effective_on), event.id, reason=reason)
            for event in (_named(event, id) for event in self.becomes)
            if not isinstance(event, Payment) and not (isinstance(event, Charge) and event.component in paid)
        )


def _named(event: AnyEvent, id: str) -> AnyEvent:
    changes: dict[str, Any] = {"id": f"{id}.{event.id}"}
    if isinstance(event, Waiver):
        changes["arrangement"] = id
    return evolve(event, **changes)


def as_payments(pays: Iterable[DatedAmount], id: str) -> tuple[Payment, ...]:
    """Dated amounts as payments; a fee goes to fees and nowhere else."""
    return tuple(
        Payment(
            f"{id}.pay-{number}",
            paid.on,
            paid.amount,
            kind="settlement" if paid.purpose == "settlement" else "payment",
            components=((FEE, paid.amount),) if paid.purpose == "fee" else (),
        )
        for number, paid in enumerate(pays, 1)
        if paid.amount
    )


def beside(
    becomes: Iterable[AnyEvent], pays: Iterable[DatedAmount], as_of: date, id: str, after: int = 0
) -> tuple[Payment, ...]:
    """Dated amounts as payments that come with the events of an acceptance, beside those among them.

    Today's come after what the day already has: ``after`` is their place in its order.
    """
    mine = {event.effective_on for event in becomes if isinstance(event, Payment)}
    return tuple(
        evolve(payment, sequence=after) if payment.effective_on == as_of else payment
        for payment in as_payments((paid for paid in pays if paid.on not in mine), id)
    )


def plain(amount: Decimal) -> str:
    """An amount without idle zeros: 750000, 0.25."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- from a position --------------------------------------------------------------------------


Parts = tuple[tuple[Component, Decimal], ...]


def open_parts(row: InstalmentPosition) -> Parts:
    """What is open of a row."""
    return tuple((part, balance.outstanding) for part, balance in row.balances if balance.outstanding)


def claim_parts(row: InstalmentPosition) -> Parts:
    """What is open of a row, and what was written off of it."""
    owed = ((part, balance.outstanding + balance.written_off) for part, balance in row.balances)
    return tuple((part, amount) for part, amount in owed if amount)


def _rows(position: Position, of: Callable[[InstalmentPosition], Parts]) -> tuple[Instalment, ...]:
    found = ((row, of(row)) for row in position.instalments)
    return tuple(instalment(row.number or 0, row.due_on, parts) for row, parts in found if parts)


@lru_cache(maxsize=32)
def owed_rows(position: Position) -> tuple[Instalment, ...]:
    """The rows of a position with what is open of each; number 0 holds charges on the contract."""
    return _rows(position, open_parts)


@lru_cache(maxsize=32)
def claim_rows(position: Position) -> tuple[Instalment, ...]:
    """The rows with all that the debtor still owes of each: what is open, and what was written off."""
    return _rows(position, claim_parts) if position.written_off.total else owed_rows(position)


def falling_due(
    position: Position, of: Callable[[InstalmentPosition], Parts] = open_parts
) -> tuple[Instalment, ...]:
    """The rows on the days on which they fall due: what an acceleration reached, on its day."""
    if not any(isinstance(event, Acceleration) for event in position.events):
        return claim_rows(position) if of is claim_parts else owed_rows(position)
    compiled = position._compiled
    cells, width = compiled.case.cells, len(compiled.components)
    found: dict[tuple[int, str, int], dict[Component, Decimal]] = {}
    for r, row in enumerate(compiled.rows):
        if not compiled.case.rows.live[r]:
            continue
        key = (row.number or 0, "" if row.number else row.charge, compiled.case.rows.due[r])
        parts = found.setdefault(key, {})
        for c, part in enumerate(compiled.components):
            at = r * width + c
            if minor := cells.open[at] + (cells.lost[at] if of is claim_parts else 0):
                parts[part] = parts.get(part, Decimal(0)) + to_decimal(minor, position.currency)
    return tuple(
        instalment(number, from_day(due), parts.items()) for (number, _, due), parts in found.items() if parts
    )


def claim(position: Position) -> Amounts:
    """All that the debtor still owes; a lender that writes off (hapus buku) gives up no claim."""
    lost = position.written_off
    return position.outstanding + lost if lost.total else position.outstanding


def taken_off(
    queue: list[tuple[Component, Decimal]], amount: Decimal
) -> tuple[list[tuple[Component, Decimal]], Decimal]:
    """Take ``amount`` off the front of a queue of debts; what it settled, and what it found nothing for."""
    parts = []
    while amount and queue:
        part, owed = queue.pop(0)
        got = min(amount, owed)
        parts.append((part, got))
        amount -= got
        if owed > got:
            queue.insert(0, (part, owed - got))
    return parts, amount


def claim_due(position: Position) -> Amounts:
    """What of the claim has fallen due, today included."""
    if not position.written_off.total:
        return position.arrears + position.due_today
    return by_component(row for row in falling_due(position, claim_parts) if row.due_on <= position.as_of)


def claim_to_come(position: Position) -> Amounts:
    """What of the claim falls due later."""
    if not position.written_off.total:
        return position.not_due
    return by_component(row for row in falling_due(position, claim_parts) if row.due_on > position.as_of)


def refuse_written_off(position: Position) -> None:
    """Refuse a new plan where all that is owed was written off: it would make a lost debt young again.

    Raises:
        InputError: Always then; a settlement can be in parts, and of all that is owed.
    """
    if position.written_off.total and not position.outstanding.total:
        raise InputError(
            "offer.written_off",
            "contract {contract} is written off and keeps its age; settle it instead, in full or for less, "
            "at once or in parts",
            contract=position.contract.id,
        )


def numbered(row: Instalment, number: int) -> Instalment:
    """The row under another number."""
    return Instalment(number, row.due_on, row.principal, row.interest, row.fees, row.payable_on)


def instalment(number: int, due_on: date, parts: Iterable[tuple[Component, Decimal]]) -> Instalment:
    """A row from amounts by component."""
    principal = interest = Decimal(0)
    others: dict[Component, Decimal] = {}
    for part, amount in parts:
        if part.kind == "principal":
            principal += amount
        elif part.kind == "interest":
            interest += amount
        elif amount:
            others[part] = others.get(part, Decimal(0)) + amount
    return Instalment(number, due_on, principal, interest, tuple(sorted(others.items())))


def by_component(rows: Iterable[Instalment]) -> Amounts:
    """The sum of rows by component; zeros are left out."""
    principal = interest = Decimal(0)
    others: dict[Component, Decimal] = {}
    for row in rows:
        principal += row.principal
        interest += row.interest
        for part, amount in row.fees:
            others[part] = others.get(part, Decimal(0)) + amount
    parts = ((PRINCIPAL, principal), (INTEREST, interest), *others.items())
    return Amounts(tuple((part, amount) for part, amount in parts if amount))


def parts_of(row: Instalment) -> tuple[tuple[Component, Decimal], ...]:
    """A row's amounts by component; zeros are left out."""
    parts = ((PRINCIPAL, row.principal), (INTEREST, row.interest), *row.fees)
    return tuple((part, amount) for part, amount in parts if amount)


def accelerated_on(position: Position) -> date | None:
    """The day on which all fell due; None without an acceleration, or after a new plan since."""
    found = None
    for event in in_order(standing(position.events, position.as_of), position.policy):
        if isinstance(event, Acceleration):
            found = found or event.effective_on
        elif isinstance(event, Restructure):
            found = None
    return found


def interest_to_come(position: Position, after: date | None = None) -> Decimal:
    """Interest still open of the rows that the contract makes due after a day (by default today).

    An acceleration makes it due; it is not earned for that. What was written off of it counts.
    """
    day = after or position.as_of
    return sum((row.interest for row in claim_rows(position) if row.number and row.due_on > day), Decimal(0))


@lru_cache(maxsize=32)
def plan_in_force(position: Position) -> tuple[Instalment, ...]:
    """The rows as they were last agreed: the contract's, or those of its latest restructure.

    A restructure of the coming rows leaves the earlier ones as they were.
    """
    rows = position.contract.instalments
    changes = [event for event in standing(position.events, position.as_of) if isinstance(event, Restructure)]
    for change in sorted(changes, key=lambda event: (event.effective_on, event.sequence, event.id)):
        kept = [row for row in rows if change.replaces == "coming" and row.due_on <= change.effective_on]
        rows = (*kept, *change.instalments)
    return tuple(sorted(rows, key=lambda row: (row.due_on, row.number)))


def last_of_day(
    position: Position, events: Iterable[AnyEvent], pays: Iterable[DatedAmount] = ()
) -> tuple[AnyEvent, ...]:
    """The events of an acceptance, ordered after those of their kind that the day already has.

    ``pays`` is the money that comes with them.

    Raises:
        InputError: If the day has an event that would change what they do: see `refuse_same_day`.
    """
    listed = tuple(events)
    refuse_same_day(position, listed, pays)
    after = next_sequence(position)
    return tuple(
        evolve(event, sequence=after) if after and event.effective_on == position.as_of else event
        for event in listed
    )


def next_sequence(position: Position) -> int:
    """The place in the order of the position's day after all that the day already has."""
    taken = [event.sequence for event in position.events if event.effective_on == position.as_of]
    return max(taken, default=-1) + 1


def refuse_same_day(position: Position, events: Iterable[AnyEvent], pays: Iterable[DatedAmount] = ()) -> None:
    """Refuse an offer of a day on which what is owed changes after it has charged, waived or been paid.

    Raises:
        InputError: If the day has a chargeback, a refund, another new plan, a write-off or a
            forgiveness that comes after what the offer does, or a waiver that would take what it
            charges, and its events are ordered by kind.
    """
    waterfall = position.policy.waterfall
    if waterfall is not None and waterfall.within_day != "kind":
        return
    today = position.as_of
    acts = [event for event in events if event.effective_on == today]
    ranks = [RANK[type(event)] for event in acts] + [RANK[Payment] for paid in pays if paid.on == today]
    charged = {event.component.kind for event in acts if isinstance(event, Charge)}
    charged |= {part.kind for event in acts if isinstance(event, Drawdown) for _, part, _ in event.additions}
    for event in standing(position.events, today):
        later = isinstance(event, AFTER_WAIVERS) and RANK[type(event)] > min(ranks, default=len(RANK))
        takes = isinstance(event, Waiver) and not event.charge and event.component.kind in charged
        if event.effective_on == today and (later or takes):
            raise InputError(
                "offer.same_day",
                "contract {contract}: {kind} {event} of {on} comes after what the offer does on that day, "
                "and would change it; make the offer from the next day",
                contract=position.contract.id,
                kind=type(event).__name__,
                event=event.id,
                on=today.isoformat(),
            )


def refuse_other_order(position: Position, becomes: tuple[AnyEvent, ...], new: Iterable[Instalment]) -> None:
    """Refuse a new plan whose charges other money would settle, and so leave what it was to settle.

    Raises:
        InputError: If credit that is held, or a payment of the day, goes to another debt once the plan's
            fee or penalty is charged, so that the new rows are not what would be owed.
    """
    paid = any(
        isinstance(event, Payment) and event.effective_on == position.as_of for event in position.events
    )
    if not (paid or position.unapplied) or not any(isinstance(event, Charge) for event in becomes):
        return
    if not leaves(position, becomes, new):
        raise other_order(position)


def leaves(position: Position, becomes: tuple[AnyEvent, ...], new: Iterable[Instalment]) -> bool:
    """Whether the new rows, less credit that goes to them, are what is owed once an offer has happened."""
    try:
        after = once_accepted(position, becomes)
    except InputError:
        return False
    used = position.unapplied - after.unapplied
    return after.outstanding.total == sum((row.total for row in new), Decimal(0)) - used


def once_accepted(position: Position, becomes: tuple[AnyEvent, ...]) -> Position:
    """The position once the events of an offer have happened.

    Raises:
        InputError: If the ledger refuses one, because other money settled what it names.
    """
    try:
        return replay(position.contract, (*position.events, *becomes), position.policy, position.as_of)
    except EventError as error:
        raise other_order(position) from error


def other_order(position: Position) -> InputError:
    """The refusal of an offer whose charges other money would settle."""
    return InputError(
        "offer.other_money",
        "contract {contract}: in the lender's order other money of {on}, or credit held, would settle "
        "what the offer charges, or the coming rows, first; use it up, or make the offer on another day",
        contract=position.contract.id,
        on=position.as_of.isoformat(),
    )


def open_cells(position: Position, part: Component) -> list[tuple[Row, Decimal]]:
    """Where something of a component is open, oldest first: each instalment, and each charge by itself."""
    compiled = position._compiled
    if part not in compiled.components:
        return []
    at, width = compiled.components.index(part), len(compiled.components)
    cells, live = compiled.case.cells.open, compiled.case.rows.live
    return [
        (row, to_decimal(cells[r * width + at], position.currency))
        for r, row in enumerate(compiled.rows)
        if live[r] and cells[r * width + at]
    ]


def waiver(position: Position, name: str, row: Row, part: Component, amount: Decimal) -> Waiver:
    """A waiver of one instalment, or of one charge."""
    if row.charge:
        return Waiver(f"{name}.{row.charge}", position.as_of, part, amount, charge=row.charge)
    return Waiver(f"{name}-{row.number}", position.as_of, part, amount, (row.number or 0,))


def waivers(position: Position, part: Component, amount: Decimal) -> tuple[Waiver, ...]:
    """Waivers of an amount of a component, oldest first.

    A component without a name means every one of its kind; where there are others, each waiver
    names its row, so that it takes what was meant.
    """
    others = any(other.kind == part.kind and other.name for other in position._compiled.components)
    if part.name or not others:
        return (Waiver(f"waive.{part}", position.as_of, part, amount),)
    found = []
    for row, open_now in open_cells(position, part):
        if got := min(open_now, amount):
            found.append(waiver(position, f"waive.{part}", row, part, got))
            amount -= got
    return tuple(found)


def named_first(parts: Iterable[tuple[Component, Decimal]]) -> list[tuple[Component, Decimal]]:
    """Parts in their order, but a component without a name, which means all of its kind, last of it."""
    return sorted(parts, key=lambda each: each[0].kind in ("fee", "late_charge") and not each[0].name)


def next_number(position: Position) -> int:
    """The first instalment number that is not taken."""
    numbers = [row.number for row in position.contract.instalments]
    for event in position.events:
        if isinstance(event, Restructure):
            numbers += [row.number for row in event.instalments]
    return max(numbers, default=0) + 1


@lru_cache(maxsize=64)
def fingerprint(position: Position) -> str:
    """What a proposal was made from: contract, events that count, policy, day and result version."""
    return fingerprint_of(position.contract, position.events, position.policy, position.as_of)
