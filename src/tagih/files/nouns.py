"""One row, one noun: what a row of each table is, once its cells are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tagih.contracts import (
    PRINCIPAL,
    Acceleration,
    AnyEvent,
    Charge,
    Chargeback,
    Component,
    Correction,
    Drawdown,
    Forgiveness,
    Instalment,
    Opening,
    Pause,
    Payment,
    Refund,
    Reversal,
    Waiver,
    WriteOff,
)
from tagih.errors import InputError
from tagih.files.loading import Row
from tagih.files.records import (
    ArrangementRow,
    Assignment,
    ContactRow,
    Hold,
    PromiseRow,
    SentLetter,
)
from tagih.parties import Address, Collateral, Debtor

NO: Final = Decimal(0)


def head(row: Row) -> dict[str, Any]:
    """What every event has."""
    return {
        "id": row.get("id"),
        "effective_on": row.get("effective_on"),
        "sequence": row.get("sequence", 0),
        "recorded_at": row.get("recorded_at"),
    }


def components(row: Row) -> list[tuple[Component, Decimal]]:
    """The amounts that a row carries under component names; empty cells say nothing."""
    values = row.values
    return [(component, values[name]) for name, component in row.sheet.components if name in values]


def payment(row: Row) -> Payment:
    parts = tuple((component, amount) for component, amount in components(row) if amount)
    split = sum((amount for _, amount in parts), NO)
    if parts and split != row.get("amount"):
        raise InputError(
            "payment.split",
            "the parts of payment '{found}' add up to {sum}, not to {amount}; mend one of them",
            found=row.get("id"),
            sum=f"{split:f}",
            amount=f"{row.get('amount'):f}",
        )
    return Payment(
        amount=row.get("amount"),
        reference=row.get("reference", ""),
        channel=row.get("channel", ""),
        payer=row.get("payer", ""),
        kind=row.get("kind", "payment") if row.sheet.table == "payments" else "payment",
        components=parts,
        instalment=row.get("instalment"),
        **head(row),
    )


def _first(row: Row) -> Component:
    """The one component of a charge or a waiver."""
    components: tuple[Component, ...] = row.get("component")
    if len(components) != 1:
        raise InputError(
            "event.one_component",
            "a {kind} is of one component, found '{found}'; write a row for each",
            kind=row.get("kind"),
            found=row.found("component"),
        )
    return components[0]


def _charge(row: Row) -> Charge:
    instalments = row.get("instalment", ())
    return Charge(
        component=_first(row),
        amount=row.get("amount"),
        instalment=instalments[0] if instalments else None,
        due_on=row.get("due_on"),
        **head(row),
    )


def _drawdown(row: Row) -> Drawdown:
    component, amount = _first(row), row.get("amount")
    additions: Any = [(number, component, amount) for number in row.get("instalment")]
    return Drawdown(additions=additions, **head(row))


def _waiver(row: Row) -> Waiver:
    return Waiver(
        component=_first(row),
        amount=row.get("amount"),
        instalments=row.get("instalment", ()),
        charge=row.get("target", ""),
        arrangement=row.get("arrangement", ""),
        **head(row),
    )


def _pause(row: Row) -> Pause:
    of = row.get("of") or ("days_past_due", "late_charge")
    return Pause(until=row.get("until"), of=of, **head(row))


def _event_payment(row: Row) -> Payment:
    return Payment(
        amount=row.get("amount"),
        reference=row.get("reference", ""),
        channel=row.get("channel", ""),
        payer=row.get("payer", ""),
        **head(row),
    )


EVENTS: Final[dict[str, tuple[str, Callable[[Row], AnyEvent]]]] = {
    "payment": ("amount", _event_payment),
    "reversal": (
        "target",
        lambda row: Reversal(target=row.get("target"), reason=row.get("reason", ""), **head(row)),
    ),
    "correction": (
        "target amount",
        lambda row: Correction(
            target=row.get("target"), amount=row.get("amount"), reason=row.get("reason", ""), **head(row)
        ),
    ),
    "charge": ("component amount", _charge),
    "drawdown": ("component amount instalment", _drawdown),
    "waiver": ("component", _waiver),
    "pause": ("until", _pause),
    "acceleration": ("", lambda row: Acceleration(**head(row))),
    "write_off": ("", lambda row: WriteOff(components=row.get("component", ()), **head(row))),
    "forgiveness": ("", lambda row: Forgiveness(components=row.get("component", ()), **head(row))),
    "refund": ("amount", lambda row: Refund(amount=row.get("amount"), **head(row))),
    "chargeback": (
        "target amount",
        lambda row: Chargeback(target=row.get("target"), amount=row.get("amount"), **head(row)),
    ),
}
"""By kind: the columns it needs, and how the event is made."""


def _address(row: Row, lines: str, prefix: str = "") -> Address:
    return Address(
        row.get(lines, ()),
        city=row.get(f"{prefix}city", ""),
        postal_code=row.get(f"{prefix}postal_code", ""),
        province=row.get(f"{prefix}province", ""),
    )


def debtor(row: Row) -> Debtor:
    domicile = _address(row, "domicile", "domicile_")
    return Debtor(
        id=row.get("id"),
        name=row.get("name"),
        salutation=row.get("salutation", ""),
        address=_address(row, "address"),
        domicile=domicile if domicile.written else None,
        phone=row.get("phone", ""),
        email=row.get("email", ""),
        national_id=row.get("national_id", ""),
        time_zone=row.get("time_zone", ""),
        route=row.get("route", ""),
        guarantor=row.get("guarantor", ""),
        tags=row.extras,
    )


def collateral(row: Row) -> Collateral:
    facts: Any = row.extras
    return Collateral(row.get("kind"), facts)


def letter(row: Row) -> SentLetter:
    return SentLetter(
        contract_id=row.get("contract"),
        kind=row.get("kind"),
        issued_on=row.get("issued_on"),
        number=row.get("number", ""),
        sent_on=row.get("sent_on"),
        delivered_on=row.get("delivered_on"),
        route=row.get("route", ""),
        result=row.get("result", ""),
    )


def hold(row: Row) -> Hold:
    return Hold(
        contract_id=row.get("contract"),
        kind=row.get("kind"),
        from_day=row.get("from_day"),
        until=_not_before(row, "from_day"),
        amount=row.get("amount"),
        note=row.get("note", ""),
    )


def promise(row: Row) -> PromiseRow:
    return PromiseRow(
        id=row.get("id"),
        contract_id=row.get("contract"),
        made_on=row.get("made_on"),
        due_on=row.get("due_on"),
        amount=row.get("amount"),
        channel=row.get("channel", ""),
        note=row.get("note", ""),
    )


def arrangement(row: Row) -> ArrangementRow:
    return ArrangementRow(
        id=row.get("id"),
        contract_id=row.get("contract"),
        agreed_on=row.get("agreed_on"),
        number=row.get("number"),
        due_on=row.get("due_on"),
        amount=row.get("amount"),
        kind=row.get("kind", ""),
    )


def contact(row: Row) -> ContactRow:
    names = ("id", "at", "channel", "address", "purpose", "consent", "by", "result", "note", "party")
    given = {name: row.get(name) for name in names if row.get(name) is not None}
    return ContactRow(contract_id=row.get("contract", ""), debtor_id=row.get("debtor", ""), **given)


def assignment(row: Row) -> Assignment:
    until = _not_before(row, "from_day")
    return Assignment(row.get("contract"), row.get("collector"), row.get("from_day"), until)


def _not_before(row: Row, start: str) -> date | None:
    until: date | None = row.get("until")
    if until is not None and until < row.get(start):
        raise InputError(
            "row.until",
            "until {until} is before it began, {start}; mend one of them",
            until=until.isoformat(),
            start=row.get(start).isoformat(),
        )
    return until


def against(row: Row) -> dict[str, Any]:
    """The lender's own figures, by our names for them."""
    prefix = "against "
    return {name.removeprefix(prefix): value for name, value in row.values.items() if name.startswith(prefix)}


def left_of(instalments: Sequence[Instalment], opening: Opening) -> Decimal:
    """Principal outstanding at the end of the cut-over day."""
    named = {row.instalment: row.outstanding for row in opening.balances if row.component == PRINCIPAL}
    later = sum(
        (row.principal for row in instalments if row.due_on > opening.on and row.number not in named), NO
    )
    return later + sum(named.values(), NO)


# --- refusals said in several places --------------------------------------------------------


def twice(found: str, first: Row) -> InputError:
    return InputError(
        "id.twice", "'{found}' is already in {first}; keep one of them", found=found, first=first.where
    )


def component_twice(number: int, component: Component) -> InputError:
    return InputError(
        "opening.twice",
        "'{found}' names {component} a second time; keep one of them",
        found=number,
        component=str(component),
    )


def negative(found: str) -> InputError:
    return InputError("amount.negative", "'{found}' is negative; write 0 or more", found=found)


def payment_sign(row: Row, amount: Decimal) -> InputError:
    if amount == 0:
        return InputError("amount.zero", "'{found}' is nothing; leave the row out", found=row.found("amount"))
    return InputError(
        "payment.negative",
        "'{found}' is negative; write an amount above 0, "
        "or declare negative = 'reversal' in tagih.toml [tables.payments]",
        found=row.found("amount"),
    )
