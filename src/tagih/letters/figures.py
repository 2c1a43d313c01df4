"""The figures a letter prints: worked out elsewhere, frozen, with the fingerprint they came from.

A letter never computes what is owed. It prints `Figures`, which are taken from a position at
the letter's date, and carries their fingerprint, so that a letter whose book has changed since
can be told from one that still holds.

>>> row = DueRow(3, date(2026, 8, 31), 83, amounts(principal=450000, interest=150000))
>>> left = amounts(principal=9000000, interest=150000)
>>> figures = Figures("MF-0007", date(2026, 11, 22), rows=(row,), outstanding=left)
>>> figures.days_past_due, figures.arrears.total, figures.outstanding.principal
(83, Decimal('600000'), Decimal('9000000'))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from attrs import evolve, field, frozen

from tagih.contracts import FEE, INTEREST, LATE_CHARGE, PRINCIPAL
from tagih.errors import InputError
from tagih.ledger.position import Amounts, InstalmentPosition, Position, added

SCHEMA: Final = 1
KINDS: Final = ("principal", "interest", "fee", "late_charge")
ZERO: Final = Decimal(0)


def _amount(value: Decimal | int) -> Decimal:
    if isinstance(value, float):
        raise InputError("money.float", "amount {amount} is a float; write Decimal('{amount}')", amount=value)
    return Decimal(value)


def amounts(
    *,
    principal: Decimal | int = ZERO,
    interest: Decimal | int = ZERO,
    fee: Decimal | int = ZERO,
    late_charge: Decimal | int = ZERO,
) -> Amounts:
    """Money by kind of component, without the names of charges; what is nothing is left out.

    >>> (amounts(principal=3) + amounts(interest=4)).total
    Decimal('7')
    """
    given = {PRINCIPAL: principal, INTEREST: interest, FEE: fee, LATE_CHARGE: late_charge}
    parts = ((component, _amount(value)) for component, value in given.items())
    return Amounts(tuple((component, value) for component, value in parts if value))


def _kinds(owed: Amounts) -> Amounts:
    """The same without names, in one order, so that equal amounts are equal values."""
    return amounts(**{kind: getattr(owed, kind) for kind in KINDS})


def _plain(owed: Amounts) -> dict[str, str]:
    return {kind: str(getattr(owed, kind)) for kind in KINDS}


def _read(data: Mapping[str, str]) -> Amounts:
    return amounts(**{kind: Decimal(data[kind]) for kind in KINDS})


@frozen
class DueRow:
    """What is still owed on one row: an instalment, or (``number`` 0) a charge on its own.

    ``days_late`` counts from ``due_on``, which is day 0.
    """

    number: int
    due_on: date
    days_late: int
    owed: Amounts = field(converter=_kinds)

    def to_dict(self) -> dict[str, Any]:
        """Plain digits and ISO dates, for JSON."""
        return {
            "number": self.number,
            "due_on": self.due_on.isoformat(),
            "days_late": self.days_late,
            "owed": _plain(self.owed),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DueRow:
        """The inverse of `to_dict`."""
        return cls(
            data["number"],
            date.fromisoformat(data["due_on"]),
            data["days_late"],
            _read(data["owed"]),
        )


def _rows(rows: Iterable[DueRow]) -> tuple[DueRow, ...]:
    return tuple(sorted(rows, key=lambda row: (row.due_on, row.number)))


@frozen
class Figures:
    """What a contract owed at the end of ``as_of``, as a letter prints it.

    ``rows`` are past due and unpaid, oldest first. ``outstanding`` is everything still owed,
    due or not; its principal is the whole of the remaining principal (POJK 22/2023 art. 60 c).
    ``named_late`` splits the late charge by name where there are several (ta'zir, ta'widh).
    ``unapplied`` is titipan. ``upcoming`` is the next row to fall due, for reminders.
    ``days_past_due`` and ``oldest_due_on`` are those of the first row unless given.
    """

    contract_id: str
    as_of: date
    rows: tuple[DueRow, ...] = field(default=(), converter=_rows)
    outstanding: Amounts = field(default=Amounts(), converter=_kinds)
    named_late: tuple[tuple[str, Decimal], ...] = ()
    unapplied: Decimal = field(default=ZERO, converter=_amount)
    upcoming: DueRow | None = None
    days_past_due: int = -1
    oldest_due_on: date | None = None
    fingerprint: str = ""

    def __attrs_post_init__(self) -> None:
        instalments = [row for row in self.rows if row.number] or list(self.rows)
        oldest = instalments[0] if instalments else None
        if self.days_past_due < 0:
            object.__setattr__(self, "days_past_due", oldest.days_late if oldest else 0)
        if self.oldest_due_on is None and oldest is not None:
            object.__setattr__(self, "oldest_due_on", oldest.due_on)
        arrears = self.arrears
        if arrears.principal > self.outstanding.principal:
            raise InputError(
                "figures.principal",
                "contract {contract}: principal in arrears {arrears} is more than the whole principal"
                " outstanding {outstanding}; give the whole of it",
                contract=self.contract_id,
                arrears=str(arrears.principal),
                outstanding=str(self.outstanding.principal),
            )
        if self.named_late and sum(amount for _, amount in self.named_late) != arrears.late_charge:
            raise InputError(
                "figures.named_late",
                "contract {contract}: the named late charges do not add up to {late_charge}",
                contract=self.contract_id,
                late_charge=str(arrears.late_charge),
            )

    @cached_property
    def arrears(self) -> Amounts:
        """Due and unpaid, over all rows."""
        return added(row.owed for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain digits and ISO dates with a schema number, as attached to the PDF."""
        return {
            "schema": SCHEMA,
            "contract_id": self.contract_id,
            "as_of": self.as_of.isoformat(),
            "days_past_due": self.days_past_due,
            "oldest_due_on": self.oldest_due_on.isoformat() if self.oldest_due_on else None,
            "rows": [row.to_dict() for row in self.rows],
            "arrears": {**_plain(self.arrears), "total": str(self.arrears.total)},
            "outstanding": {**_plain(self.outstanding), "total": str(self.outstanding.total)},
            "named_late": {name: str(amount) for name, amount in self.named_late},
            "unapplied": str(self.unapplied),
            "upcoming": self.upcoming.to_dict() if self.upcoming else None,
            "fingerprint": self.fingerprint,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Figures:
        """The inverse of `to_dict`.

        Raises:
            InputError: If the schema is not one this version reads.
        """
        if data.get("schema") != SCHEMA:
            raise InputError(
                "figures.schema",
                "figures have schema {found}; this version reads {known}",
                found=data.get("schema"),
                known=SCHEMA,
            )
        return cls(
            data["contract_id"],
            date.fromisoformat(data["as_of"]),
            rows=tuple(DueRow.from_dict(row) for row in data["rows"]),
            outstanding=_read(data["outstanding"]),
            named_late=tuple((name, Decimal(amount)) for name, amount in data["named_late"].items()),
            unapplied=Decimal(data["unapplied"]),
            upcoming=DueRow.from_dict(data["upcoming"]) if data["upcoming"] else None,
            days_past_due=data["days_past_due"],
            oldest_due_on=date.fromisoformat(data["oldest_due_on"]) if data["oldest_due_on"] else None,
            fingerprint=data["fingerprint"],
        )


# --- from a position --------------------------------------------------------------------------


def figures(position: Position, *, fingerprint: str = "") -> Figures:
    """What a letter about ``position`` prints, at the position's own date.

    Rows are what fell due before ``as_of`` and is unpaid. A row whose principal and interest
    are paid, and which only owes a late charge, is 0 days late.

    >>> from tagih.contracts import Contract, Instalment
    >>> from tagih.ledger import replay
    >>> from tagih.policies import Policy
    >>> rows = [Instalment(n, date(2026, n, 28), Decimal(900), Decimal(100)) for n in (1, 2)]
    >>> contract = Contract("MF-1", rows)
    >>> taken = figures(replay(contract, [], Policy(), as_of=date(2026, 2, 10)))
    >>> taken.days_past_due, taken.arrears.total, taken.outstanding.principal, taken.upcoming.due_on
    (13, Decimal('1000.00'), Decimal('1800.00'), datetime.date(2026, 2, 28))
    """
    day = position.as_of
    owing = [row for row in position.instalments if row.outstanding.total]
    ahead = [row for row in owing if row.due_on >= day and row.number is not None]
    late = [row for row in owing if row.due_on < day]
    return Figures(
        position.contract.id,
        day,
        rows=tuple(_row(row) for row in late),
        outstanding=_kinds(position.outstanding),
        named_late=_named(position.arrears),
        unapplied=position.unapplied,
        upcoming=evolve(_row(ahead[0]), days_late=(day - ahead[0].due_on).days) if ahead else None,
        days_past_due=position.days_past_due,
        oldest_due_on=position.oldest_due_on,
        fingerprint=fingerprint,
    )


def differences(printed: Figures, now: Figures) -> tuple[str, ...]:
    """What has changed since ``printed``, one sentence each; empty if the letter still holds.

    The fingerprint is not compared: other evidence for the same figures is no change.
    """
    before, after = _flat(printed.to_dict()), _flat(now.to_dict())
    names = [name for name in {**before, **after} if name != "fingerprint"]
    return tuple(
        f"{name} was {before.get(name, 'absent')}, is {after.get(name, 'absent')}"
        for name in names
        if before.get(name) != after.get(name)
    )


def _flat(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        children = [(f"{path}.{name}" if path else name, child) for name, child in value.items()]
    elif isinstance(value, list):
        children = [(f"{path}[{index}]", child) for index, child in enumerate(value)]
    else:
        return {path: str(value)}
    flat: dict[str, str] = {}
    for name, child in children:
        flat.update(_flat(child, name))
    return flat


def _row(row: InstalmentPosition) -> DueRow:
    return DueRow(row.number or 0, row.due_on, row.days_past_due, _kinds(row.outstanding))


def _named(arrears: Amounts) -> tuple[tuple[str, Decimal], ...]:
    late = [(part.name, amount) for part, amount in arrears.parts if part.kind == "late_charge"]
    return tuple(late) if any(name for name, _ in late) else ()
