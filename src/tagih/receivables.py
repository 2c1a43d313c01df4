"""What is open of invoices, part payments and credit notes, to be aged like any debt?

Receivables that are not loans have no schedule of instalments: an invoice falls due once, or in a
few parts; money and credit notes settle the invoice that they name, its oldest part first. What
names none, or is too much, stays a credit of its own.

>>> invoice = Invoice("INV-1", date(2026, 3, 1), Decimal(200), due_on=date(2026, 3, 31))
>>> paid = Credit("P-1", date(2026, 4, 5), Decimal(50), settles="INV-1")
>>> [(item.id, item.amount) for item in open_items([invoice], [paid], date(2026, 4, 30))]
[('INV-1', Decimal('150'))]
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from attrs import field, frozen

from tagih.aging import Item
from tagih.errors import InputError


def _parts(values: Iterable[tuple[date | None, Decimal]]) -> tuple[tuple[date | None, Decimal], ...]:
    return tuple((due_on, Decimal(amount)) for due_on, amount in values)


@frozen
class Invoice:
    """A bill of ``amount``, made on ``on``, due on ``due_on`` (None: no due date).

    With ``parts`` (due date, amount) it falls due in several parts, which add up to ``amount``.
    """

    id: str
    on: date
    amount: Decimal = field(converter=Decimal)
    due_on: date | None = None
    parts: tuple[tuple[date | None, Decimal], ...] = field(default=(), converter=_parts)
    currency: str = "IDR"
    group: str = ""

    def __attrs_post_init__(self) -> None:
        total = sum((amount for _, amount in self.parts), Decimal(0))
        if self.amount <= 0 or (self.parts and total != self.amount):
            raise InputError(
                "invoice.amount",
                "invoice {id}: amount {amount} must be above 0 and equal its parts, which make {total}",
                id=self.id,
                amount=str(self.amount),
                total=str(total),
            )


@frozen
class Credit:
    """Money received or a credit note of ``amount`` on ``on``; ``settles`` names the invoice (or none)."""

    id: str
    on: date
    amount: Decimal = field(converter=Decimal)
    settles: str = ""
    currency: str = "IDR"
    group: str = ""

    def __attrs_post_init__(self) -> None:
        if self.amount <= 0:
            raise InputError(
                "credit.amount",
                "credit {id}: amount {amount} must be above 0; credits are written without a sign",
                id=self.id,
                amount=str(self.amount),
            )


def open_items(invoices: Iterable[Invoice], credits: Iterable[Credit], as_of: date) -> tuple[Item, ...]:
    """What is open at the end of ``as_of``: parts of invoices, and credits as negative items.

    Nothing dated later counts. A credit settles the oldest part of its invoice first, and is
    open by its own date as far as it settles nothing. Parts have ids INVOICE/1, INVOICE/2, …

    Raises:
        InputError: If an id repeats, or a credit names an unknown invoice or one in another currency.
    """
    bills = list(invoices)
    known = {bill.id: bill for bill in bills}
    if len(known) != len(bills):
        raise InputError("invoice.repeated", "invoice ids repeat; each bill needs its own")
    left = {bill.id: [amount for _, amount in _due(bill)] for bill in bills if bill.on <= as_of}
    over: list[Item] = []
    for credit in sorted(credits, key=lambda credit: (credit.on, credit.id)):
        if credit.settles and (
            credit.settles not in known or known[credit.settles].currency != credit.currency
        ):
            raise InputError(
                "credit.invoice",
                "credit {id}: there is no invoice '{invoice}' in {currency}",
                id=credit.id,
                invoice=credit.settles,
                currency=credit.currency,
            )
        if credit.on > as_of:
            continue
        rest = credit.amount
        open_parts = left.get(credit.settles, [])
        for at, amount in enumerate(open_parts):
            used = min(amount, rest)
            open_parts[at] -= used
            rest -= used
        if rest:
            over.append(Item(credit.id, -rest, credit.on, credit.currency, credit.group))
    items = [
        Item(f"{bill.id}/{at}" if bill.parts else bill.id, amount, due_on, bill.currency, bill.group)
        for bill in bills
        if bill.id in left
        for at, ((due_on, _), amount) in enumerate(zip(_due(bill), left[bill.id], strict=True), 1)
        if amount
    ]
    return (*items, *over)


def _due(bill: Invoice) -> list[tuple[date | None, Decimal]]:
    """The parts, oldest first; parts without a due date last."""
    parts = bill.parts or ((bill.due_on, bill.amount),)
    return sorted(parts, key=lambda part: (part[0] is None, part[0] or date.max))
