"""Who collected what, which promises and agreements held, and which letters went out?

A payment is the collector's who held the contract on the day it was made; one that moved in the
month is counted by the days each held it. Money that was reversed is taken off again, so that the
collectors' cash is the ledger's to the last rupiah.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import evolve, frozen

from tagih.contracts import Contract, Refund, Restructure
from tagih.files import Assignment, Book
from tagih.ledger import Position
from tagih.ledger.compile import standing
from tagih.promises import Promise, Promised, PromiseRule, PromiseVerdict, judge, money
from tagih.quality import periods_since, restructured
from tagih.reports.ratios import Rate
from tagih.reports.snapshot import Account, Snapshot

# --- cash ---------------------------------------------------------------------------------------


@frozen
class Receipt:
    """A payment that changed the cash of the month: received in it, or undone in it (negative)."""

    payment: str
    contract_id: str
    paid_on: date
    holder: str
    amount: Decimal

    @property
    def undone(self) -> bool:
        """Whether it takes cash away: a reversal, a chargeback, a smaller correction."""
        return self.amount < 0


def holder(book: Book, contract: Contract, day: date) -> str:
    """Who held a contract on a day: the last assignment that covers it, else its label collector."""
    found = assigned(book.assignments.get(contract.id, ()), day)
    return contract.tag("collector") if found is None else found


def assigned(rows: Iterable[Assignment], day: date) -> str | None:
    """The collector of the last assignment that covers a day; None where none does."""
    covering = [each for each in rows if each.from_day <= day and (each.until is None or day <= each.until)]
    return max(covering, key=lambda each: each.from_day).collector if covering else None


def receipts(
    first: Position | None, last: Position, holding: Callable[[str, date], str]
) -> tuple[Receipt, ...]:
    """The payments of a contract whose money changed between two positions, by who held it.

    The sum is what stands at ``last`` less what stood at ``first``: a payment reversed in the month
    it came in is nothing, one of an earlier month is taken off in the month of its reversal.
    """
    was, now = _cash(first), _cash(last)
    found = []
    for payment_id in dict.fromkeys((*was, *now)):
        day, amount = now.get(payment_id) or was[payment_id]
        amount = now[payment_id][1] if payment_id in now else Decimal(0)
        change = amount - (was[payment_id][1] if payment_id in was else Decimal(0))
        if change:
            contract_id = last.contract.id
            found.append(Receipt(payment_id, contract_id, day, holding(contract_id, day), change))
    return tuple(found)


def _cash(position: Position | None) -> dict[str, tuple[date, Decimal]]:
    if position is None:
        return {}
    counted = {payment.id for payment in position.payments}
    return {
        payment.id: (payment.effective_on, amount)
        for payment, amount in money(position.events, position.as_of)
        if payment.id in counted
    }


def ledger_cash(first: Position | None, last: Position) -> Decimal:
    """The cash of a contract as the ledger has it: paid, held unapplied and refunded, since ``first``."""

    def stands(position: Position | None) -> Decimal:
        if position is None:
            return Decimal(0)
        refunds = [e for e in standing(position.events, position.as_of) if isinstance(e, Refund)]
        opening = position.contract.opening
        held = opening.unapplied if opening else Decimal(0)
        paid = position.paid.total + position.unapplied - held
        return paid + sum((refund.amount for refund in refunds), Decimal(0))

    return stands(last) - stands(first)


# --- collectors and teams -----------------------------------------------------------------------


@frozen
class Performance:
    """A collector's (or team's) month.

    ``contract_days`` are the days on which live contracts were held; divided by the days of the
    month they are ``accounts``. ``contracts``, ``balance`` and ``arrears`` are held on the last day.
    """

    name: str
    contract_days: int
    accounts: Fraction
    contracts: int
    balance: Decimal
    arrears: Decimal
    receipts: int
    received: Decimal
    undone: Decimal
    contacts: int
    promises: Rate

    @property
    def cash(self) -> Decimal:
        """Received less undone."""
        return self.received + self.undone


def performance(
    pair: tuple[Snapshot, Snapshot],
    found: Iterable[Receipt],
    verdicts: Iterable[PromiseVerdict],
    calls: Mapping[str, int],
    named: Callable[[str, date], str],
    moving: Collection[str],
) -> tuple[Performance, ...]:
    """Every collector's month, or every team's: ``named`` says whose a contract was on a day.

    Only contracts in ``moving`` change hands. ``calls`` are contacts of the month. Everything adds
    up to the whole: contract days, contracts, balances and cash.
    """
    opening, closing = pair
    days = (closing.as_of - opening.as_of).days
    month = [opening.as_of + timedelta(day) for day in range(1, days + 1)]
    held: dict[str, int] = {}
    end: dict[str, list[Account]] = {}
    for account in closing.accounts:
        was = opening.by_id.get(account.contract_id)
        if account.state != "live" and (was is None or was.state != "live"):
            continue
        booked, contract_id = account.booked_on, account.contract_id
        own = month if booked is None else month[max((booked - month[0]).days, 0) :]
        if contract_id in moving:
            for day in own:
                name = named(contract_id, day)
                held[name] = held.get(name, 0) + 1
        elif own:
            name = named(contract_id, own[0])
            held[name] = held.get(name, 0) + len(own)
        if account.state == "live":
            end.setdefault(named(account.contract_id, closing.as_of), []).append(account)
    cash: dict[str, list[Receipt]] = {}
    for receipt in found:
        name = named(receipt.contract_id, receipt.paid_on)
        cash.setdefault(name, []).append(receipt)
    said: dict[str, list[PromiseVerdict]] = {}
    for verdict in verdicts:
        said.setdefault(named(verdict.contract_id, verdict.made_on), []).append(verdict)
    return tuple(
        Performance(
            name=name,
            contract_days=held.get(name, 0),
            accounts=Fraction(held.get(name, 0), days),
            contracts=len(end.get(name, ())),
            balance=sum((account.balance for account in end.get(name, ())), Decimal(0)),
            arrears=sum((account.arrears for account in end.get(name, ())), Decimal(0)),
            receipts=sum(1 for receipt in cash.get(name, ()) if not receipt.undone),
            received=sum((r.amount for r in cash.get(name, ()) if not r.undone), Decimal(0)),
            undone=sum((r.amount for r in cash.get(name, ()) if r.undone), Decimal(0)),
            contacts=calls.get(name, 0),
            promises=kept(said.get(name, ()), by="count"),
        )
        for name in sorted({*held, *cash, *calls, *said})
    )


# --- promises and arrangements ------------------------------------------------------------------


def verdicts(book: Book, positions: Iterable[Position], rule: PromiseRule) -> tuple[PromiseVerdict, ...]:
    """The verdict on every promised payment of the book on the positions' day."""
    found: list[PromiseVerdict] = []
    for position in positions:
        rows = book.promises.get(position.contract.id, ())
        series: dict[str, list[Any]] = {}
        for row in rows:
            series.setdefault(row.id, []).append(row)
        promises = [
            Promise(name, each[0].contract_id, each[0].made_on, [Promised(r.due_on, r.amount) for r in each])
            for name, each in series.items()
        ]
        found += judge(promises, position.events, rule, position.as_of)
    return tuple(found)


def matured_in(found: Iterable[PromiseVerdict], opening: date, closing: date) -> tuple[PromiseVerdict, ...]:
    """The verdicts of the month: those whose deadline fell in it.

    The closing day is over: what was due on it and did not come in is no longer pending, or no
    month would ever count it.
    """
    return tuple(at_the_end(one) for one in found if opening < one.deadline <= closing)


def at_the_end(one: PromiseVerdict) -> PromiseVerdict:
    """The verdict at the end of its day: what was due on that day did not come in any more."""
    if one.matured or one.deadline > one.as_of:
        return one
    return evolve(one, status="partial" if one.received else "broken")


def kept(found: Iterable[PromiseVerdict], *, by: str) -> Rate:
    """Kept ÷ matured, by count; or received ÷ promised over the matured, by amount."""
    matured = [one for one in found if one.matured]
    if by == "count":
        part = Decimal(sum(1 for one in matured if one.status == "kept"))
        return Rate("promises_kept", "", part, Decimal(len(matured)), len(matured))
    received = sum((one.received for one in matured), Decimal(0))
    promised = sum((one.promised for one in matured), Decimal(0))
    return Rate("promises_received", "", received, promised, len(matured))


def agreed(book: Book, positions: Iterable[Position], rule: PromiseRule) -> tuple[PromiseVerdict, ...]:
    """The verdict on every payment of an arrangement, judged as a promise made on its day.

    The positions' day is over, as for `matured_in`.
    """
    found: list[PromiseVerdict] = []
    for position in positions:
        series: dict[str, list[Any]] = {}
        for row in book.arrangements.get(position.contract.id, ()):
            series.setdefault(row.id, []).append(row)
        promises = [
            Promise(
                name, each[0].contract_id, each[0].agreed_on, [Promised(r.due_on, r.amount) for r in each]
            )
            for name, each in series.items()
        ]
        found += map(at_the_end, judge(promises, position.events, rule, position.as_of))
    return tuple(found)


@frozen
class Restructured:
    """A restructure and what came after it: payment periods since, how many of them in time."""

    contract_id: str
    event: str
    on: date
    turn: int
    periods: int
    on_time: int
    days_past_due: int
    balance: Decimal
    state: str


def restructures(positions: Iterable[Position], accounts: Mapping[str, Account]) -> tuple[Restructured, ...]:
    """Every restructure that stands, and how the contract behaved since; ``turn`` counts a contract's."""
    found = []
    for position in positions:
        events: tuple[Restructure, ...] = restructured(position)
        for turn, event in enumerate(events, 1):
            after = periods_since(position, event.effective_on)
            account = accounts[position.contract.id]
            found.append(
                Restructured(
                    position.contract.id,
                    event.id,
                    event.effective_on,
                    turn,
                    len(after),
                    sum(1 for period in after if period.on_time),
                    position.days_past_due,
                    account.balance,
                    account.state,
                )
            )
    return tuple(found)
