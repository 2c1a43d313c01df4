"""What does an added, removed or backdated event change?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from attrs import field, frozen

from tagih.contracts import Component
from tagih.errors import InputError
from tagih.ledger.position import Amounts, Position
from tagih.ledger.serialise import fingerprint


@frozen
class Relied:
    """Something sent or promised earlier, and the fingerprint of what it was worked out from."""

    id: str
    kind: str
    as_of: date
    fingerprint: str


@frozen
class SplitChange:
    """A payment that settles something else than before; None where it was not there."""

    event: str
    before: Amounts | None
    after: Amounts | None


@frozen
class BalanceChange:
    """One balance that changed: of an instalment, or (``charge``) of a charge on a row of its own."""

    instalment: int | None
    component: Component
    field: str
    before: Decimal
    after: Decimal
    charge: str = ""


@frozen
class PositionDiff:
    """What differs between two positions of one contract on one day; empty where nothing does."""

    contract: str
    as_of: date
    days_past_due: tuple[int, int] | None = None
    class_code: tuple[str, str] | None = None
    late_charge: tuple[Decimal, Decimal] | None = None
    unapplied: tuple[Decimal, Decimal] | None = None
    splits: tuple[SplitChange, ...] = ()
    balances: tuple[BalanceChange, ...] = ()
    no_longer_hold: tuple[Relied, ...] = field(default=())

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return self != PositionDiff(self.contract, self.as_of)


FIELDS = ("due", "paid", "waived", "restructured", "written_off", "outstanding")


def splits_of(position: Position) -> dict[str, Amounts]:
    """What each payment settled, by component."""
    found: dict[str, dict[Component, Decimal]] = {payment.id: {} for payment in position.payments}
    for line in position.lines:
        if line.kind in ("settled", "recovered") and line.component is not None:
            parts = found.setdefault(line.event, {})
            parts[line.component] = parts.get(line.component, Decimal(0)) + line.amount
    return {event: Amounts(tuple(sorted(parts.items()))) for event, parts in found.items()}


def diff_positions(before: Position, after: Position, *, relied: Iterable[Relied] = ()) -> PositionDiff:
    """What changed: splits, balances, late charges, days past due, class, and what relied on it.

    ``relied`` are letters, promises and quotes; each is asked again for its own day with the
    events of ``after``, and named where its fingerprint no longer comes out.

    Raises:
        InputError: If the two are not of one contract and day.
    """
    if (before.contract.id, before.as_of) != (after.contract.id, after.as_of):
        raise InputError(
            "diff.question",
            "positions of {a} on {a_day} and {b} on {b_day} cannot be compared; ask for one contract and day",
            a=before.contract.id,
            a_day=before.as_of.isoformat(),
            b=after.contract.id,
            b_day=after.as_of.isoformat(),
        )

    def pair(a: object, b: object) -> object:
        return None if a == b else (a, b)

    def code(position: Position) -> str:
        return position.policy.bucket_for(position.days_past_due).code if position.policy.buckets else ""

    old, new = splits_of(before), splits_of(after)
    splits = [
        SplitChange(event, old.get(event), new.get(event))
        for event in sorted({*old, *new})
        if old.get(event) != new.get(event)
    ]
    cells: dict[tuple[int | None, str, Component, str], list[Decimal]] = {}
    for i, position in enumerate((before, after)):
        for row in position.instalments:
            for part, balance in row.balances:
                for name in FIELDS:
                    at = cells.setdefault((row.number, row.charge, part, name), [Decimal(0), Decimal(0)])
                    at[i] = getattr(balance, name)
    balances = [
        BalanceChange(number, part, name, a, b, charge)
        for (number, charge, part, name), (a, b) in cells.items()
        if a != b
    ]
    lost = [
        one
        for one in relied
        if fingerprint(after.contract, after.events, after.policy, one.as_of) != one.fingerprint
    ]
    return PositionDiff(
        before.contract.id,
        before.as_of,
        pair(before.days_past_due, after.days_past_due),  # type: ignore[arg-type]
        pair(code(before), code(after)),  # type: ignore[arg-type]
        pair(before.outstanding.late_charge, after.outstanding.late_charge),  # type: ignore[arg-type]
        pair(before.unapplied, after.unapplied),  # type: ignore[arg-type]
        tuple(splits),
        tuple(balances),
        tuple(lost),
    )
