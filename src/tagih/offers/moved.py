"""The same debt on other days, as offers: re-aged, re-amortised, rescheduled, arrears to the end.

The rows are made in `tagih.offers.reage`; here they take the place of a position's own.

>>> from tagih.contracts import Contract
>>> from tagih.ledger import replay
>>> from tagih.policies import Policy
>>> rows = [Instalment(n, date(2026, n, 15), Decimal(900), Decimal(100)) for n in (1, 2, 3)]
>>> position = replay(Contract("MF-1", rows), [], Policy(), date(2026, 1, 20))
>>> [(str(row.due_on), str(row.total)) for row in arrears_to_end(position).new]
[('2026-02-15', '1000.00'), ('2026-03-15', '1000.00'), ('2026-04-15', '1000.00')]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from attrs import evolve, frozen

from tagih.contracts import FEE, INTEREST, LATE_CHARGE, PRINCIPAL, Component, Instalment
from tagih.errors import InputError
from tagih.ledger import Position
from tagih.money import Rounding
from tagih.offers.limits import ANYBODY, Asking, checked
from tagih.offers.proposal import (
    Move,
    Proposal,
    accelerated_on,
    instalment,
    next_number,
    owed_rows,
    parts_of,
    refuse_written_off,
)
from tagih.offers.reage import (
    RUPIAH,
    ReAge,
    Reschedule,
    equal_parts,
    reaged,
    reamortised,
    renumbered,
    rescheduled,
)
from tagih.offers.restructure import Draft, facts_of, frequency_of, proposed
from tagih.schedules import Calendar

BESIDE_PRINCIPAL: Final = (INTEREST, FEE, LATE_CHARGE)


def reage(position: Position, asked: ReAge, asking: Asking = ANYBODY) -> Proposal:
    """Propose to take open principal out of its rows into new equal ones; all else stays owed where it is.

    Raises:
        InputError: If no principal is open, or the first new row is not after today.
    """
    principal = position.outstanding.principal
    _needed(position, principal, asked.first_due)
    rows = renumbered(reaged(principal, asked), next_number(position))
    return _offer(position, "reage", rows, BESIDE_PRINCIPAL, asking)


def reamortise(position: Position, rounding: Rounding = RUPIAH, asking: Asking = ANYBODY) -> Proposal:
    """Propose to spread overdue principal over the rows to come, in equal parts; all else stays.

    Raises:
        InputError: If no principal is overdue, or no row is still to come (none is after an acceleration).
    """
    overdue = position.arrears.principal
    _needed(position, overdue)
    _refuse_accelerated(position)
    coming = [
        Instalment(row.number, row.due_on, row.principal)
        for row in owed_rows(position)
        if row.due_on >= position.as_of and row.principal
    ]
    rows = renumbered(reamortised(coming, overdue, rounding), next_number(position))
    return _offer(position, "reamortise", rows, BESIDE_PRINCIPAL, asking)


def reschedule(position: Position, change: Reschedule, asking: Asking = ANYBODY) -> Proposal:
    """Propose to change what falls due from one unpaid due date on: dates, rows, grace, rate.

    Where that date is still to come, what is overdue stays as it is; late charges stay in any case.

    Raises:
        InputError: If no open row falls due on that day, or it was to come and all fell due before.
    """
    refuse_written_off(position)
    coming = change.from_on > position.as_of
    if coming:
        _refuse_accelerated(position)
    replaced = [
        evolve(row, fees=tuple(fee for fee in row.fees if fee[0].kind != "late_charge"))
        for row in owed_rows(position)
        if row.number and (row.due_on > position.as_of or not coming)
    ]
    made = rescheduled([row for row in replaced if row.total], change)
    rows = renumbered(made, next_number(position))
    kept = (LATE_CHARGE,)
    taken: dict[Component, Decimal] = {}
    for row in replaced:
        for part, amount in parts_of(row):
            taken[part] = taken.get(part, Decimal(0)) + amount
    moves = []
    for part, amount in position.outstanding.parts:
        part_taken = taken.get(part, Decimal(0))
        anew = part == INTEREST and change.period_rate is not None
        if part_taken:
            moves.append(Move(part, part_taken, "saved" if anew else "new"))
        if amount > part_taken:
            moves.append(Move(part, amount - part_taken, "stays"))
    replaces: Literal["all", "coming"] = "coming" if coming else "all"
    draft = Draft(rows, tuple(moves), kept=kept, replaces=replaces)
    made_offer = proposed(position, "reschedule", draft)
    return checked(made_offer, position, facts_of(position, made_offer), asking)


@frozen
class ArrearsToEnd:
    """Arrears go into ``rows`` equal rows after the last one; late charges go with them, or not."""

    rows: int = 1
    late_charge: Literal["defer", "waive", "keep"] = "defer"
    rounding: Rounding = RUPIAH

    def __attrs_post_init__(self) -> None:
        if self.rows < 1:
            raise InputError("arrears_to_end.rows", "rows must be at least 1, got {rows}", rows=self.rows)


LAST_ROW: Final = ArrearsToEnd()


def arrears_to_end(position: Position, asked: ArrearsToEnd = LAST_ROW, asking: Asking = ANYBODY) -> Proposal:
    """Propose to pay what has fallen due after the last instalment, without interest.

    The instalments to come stay as they are.

    Raises:
        InputError: If nothing has fallen due.
    """
    today = position.as_of
    owed = owed_rows(position)
    coming = [row for row in owed if row.due_on > today]
    overdue: dict[Component, Decimal] = {}
    for row in owed:
        for part, amount in parts_of(row):
            if row.due_on <= today or part.kind == "late_charge":
                overdue[part] = overdue.get(part, Decimal(0)) + amount
    late = {part: amount for part, amount in overdue.items() if part.kind == "late_charge"}
    deferred = {p: a for p, a in overdue.items() if p not in late or asked.late_charge == "defer"}
    _needed(position, sum(deferred.values(), Decimal(0)))
    ends = max((row.due_on for row in coming), default=today)
    anchor = max((row.due_on.day for row in position.contract.instalments), default=ends.day)
    grid = Calendar(frequency_of(position), first_due=ends, anchor_day=anchor)
    days = [due.due_on for due in grid.dues(asked.rows + 1)[1:]]
    shares: list[list[tuple[Component, Decimal]]] = [[] for _ in days]
    for part, amount in deferred.items():
        for at, share in enumerate(equal_parts(amount, len(days), asked.rounding)):
            shares[at].append((part, share))
    clean = [
        evolve(row, fees=tuple(fee for fee in row.fees if fee[0].kind != "late_charge")) for row in coming
    ]
    added = [instalment(0, day, parts) for day, parts in zip(days, shares, strict=True)]
    rows = renumbered([*(row for row in clean if row.total), *added], next_number(position))
    to = {"defer": "deferred", "waive": "waived", "keep": "stays"}[asked.late_charge]
    moves = [Move(part, amount, to if part in late else "deferred") for part, amount in overdue.items()]
    for part, amount in position.outstanding.parts:
        if amount > overdue.get(part, Decimal(0)):
            moves.append(Move(part, amount - overdue.get(part, Decimal(0)), "new"))
    draft = Draft(
        rows,
        tuple(moves),
        waived=tuple(late.items()) if asked.late_charge == "waive" else (),
        kept=(LATE_CHARGE,) if asked.late_charge == "keep" else (),
    )
    made = proposed(position, "arrears_to_end", draft)
    return checked(made, position, facts_of(position, made), asking)


def _needed(position: Position, amount: Decimal, first: date | None = None) -> None:
    refuse_written_off(position)
    if amount <= 0:
        raise InputError(
            "moved.nothing",
            "contract {contract}: there is nothing to move on {as_of}",
            contract=position.contract.id,
            as_of=position.as_of.isoformat(),
        )
    if first is not None and first <= position.as_of:
        raise InputError(
            "restructure.first_due",
            "the first new instalment falls due on {due_on}; write a day after {as_of}",
            due_on=first.isoformat(),
            as_of=position.as_of.isoformat(),
        )


def _refuse_accelerated(position: Position) -> None:
    """Refuse to move rows to come where none is: all fell due at once."""
    if on := accelerated_on(position):
        raise InputError(
            "moved.accelerated",
            "contract {contract}: all fell due on {on}, and no instalment is still to come; make a new plan",
            contract=position.contract.id,
            on=on.isoformat(),
        )


def _offer(
    position: Position,
    kind: str,
    rows: Sequence[Instalment],
    kept: Iterable[Component],
    asking: Asking,
) -> Proposal:
    """Principal is owed by the new rows, the kept components where they were."""
    moves = [
        Move(part, amount, "new" if part == PRINCIPAL else "stays")
        for part, amount in position.outstanding.parts
        if amount
    ]
    made = proposed(position, kind, Draft(tuple(rows), tuple(moves), kept=tuple(kept)))
    return checked(made, position, facts_of(position, made), asking)
