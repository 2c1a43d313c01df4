"""One month of a lender: the positions at its opening and closing, and the snapshots before them.

Everything that a month-end report shows is asked of one `Month`; each question is worked out once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from attrs import frozen

from tagih.aging import AgingRow, age
from tagih.bridge import Bridge, bridges
from tagih.errors import InputError
from tagih.files import Book, ContactRow
from tagih.ledger import Position
from tagih.letters.ladder import Choice
from tagih.letters.planning import plan
from tagih.policies import Buckets
from tagih.policies.about import About
from tagih.portfolio.book import SetAside, replayed
from tagih.promises import PromiseRule, PromiseVerdict
from tagih.quality import Quality, qualities, under_law
from tagih.reports import migration, performance, ratios, vintage
from tagih.reports.migration import Migration
from tagih.reports.performance import Performance, Receipt, Restructured
from tagih.reports.ratios import Collected, Recovered
from tagih.reports.snapshot import Snapshot, Trend, month_ends, snapshot
from tagih.slik import SlikRow, slik


@frozen(slots=False)
class Month:
    """A book between two month ends; ``history`` ends with the opening and the closing.

    ``aside`` are the contracts that could not be replayed on one of the days: they are in none.
    """

    book: Book
    history: tuple[Snapshot, ...]
    before: tuple[Quality, ...]
    after: tuple[Quality, ...]
    promise_rule: PromiseRule = PromiseRule()
    aside: tuple[SetAside, ...] = ()
    accept: tuple[str, ...] = ()

    @property
    def opening(self) -> Snapshot:
        """How every contract stood at the end of the month before."""
        return self.history[-2]

    @property
    def pair(self) -> tuple[Snapshot, Snapshot]:
        """The opening and the closing."""
        return self.opening, self.closing

    @property
    def closing(self) -> Snapshot:
        """How every contract stands."""
        return self.history[-1]

    @cached_property
    def first(self) -> dict[str, Position]:
        """The positions at the opening, by contract."""
        return {one.contract_id: one.position for one in self.before}

    @cached_property
    def last(self) -> tuple[Position, ...]:
        """The positions at the closing."""
        return tuple(one.position for one in self.after)

    @property
    def trend(self) -> tuple[Trend, ...]:
        """The month ends up to the closing, oldest first."""
        return tuple(snapshot.trend for snapshot in self.history)

    @cached_property
    def curves(self) -> tuple[vintage.Point, ...]:
        """The curve of each cohort booked since the history begins."""
        return vintage.vintage(self.history)

    @cached_property
    def aged(self) -> tuple[tuple[AgingRow, ...], tuple[AgingRow, ...]]:
        """The aging by class, and by bucket of days past due, empty ones too."""
        by_class = {bucket.code: AgingRow(bucket.code, bucket.name) for bucket in self.closing.classes}
        by_days = {bucket.code: AgingRow(bucket.code, bucket.name) for bucket in self.closing.buckets}
        for one in self.after:
            account = self.closing.by_id[one.contract_id]
            if account.state == "live" or account.outstanding:
                aged = age(one.position, judgement=one.classified.code)
                by_class[account.kol] = by_class[account.kol].plus(aged)
                by_days[account.bucket] = by_days[account.bucket].plus(aged)
        return tuple(by_class.values()), tuple(by_days.values())

    @cached_property
    def registered(self) -> tuple[SlikRow, ...]:
        """What a credit register asks of each contract that is still carried."""
        carried = {account.contract_id for account in self.closing.accounts if account.state != "paid_off"}
        return slik(self.after, carried)

    @cached_property
    def restructures(self) -> tuple[Restructured, ...]:
        """Every restructure that stands, and how the contract behaved since."""
        return performance.restructures(self.last, self.closing.by_id)

    @cached_property
    def cash(self) -> Decimal:
        """The month's cash as the ledger has it."""
        found = (performance.ledger_cash(self.first.get(one.contract.id), one) for one in self.last)
        return sum(found, Decimal(0))

    @cached_property
    def provided(self) -> bool:
        """Whether a rule says what is set aside for any contract."""
        return any(account.provision is not None for account in self.closing.accounts)

    def label(self, contract_id: str, name: str) -> str:
        """A label of a contract; empty where there is none."""
        account = self.closing.by_id.get(contract_id)
        if account is not None:
            return account.label(name)
        contract = self.book.contracts.get(contract_id)
        return contract.tag(name) if contract else ""

    def holder(self, contract_id: str, day: date) -> str:
        """Who held a contract on a day: the last assignment that covers it, else its label collector."""
        assigned = performance.assigned(self.book.assignments.get(contract_id, ()), day)
        return self.label(contract_id, "collector") if assigned is None else assigned

    @cached_property
    def schemes(self) -> tuple[Buckets, ...]:
        """The class schemes in use."""
        found = {one.classified.rule.id: one.position.policy.buckets for one in self.after}
        return tuple(scheme for _, scheme in sorted(found.items()) if scheme is not None)

    @cached_property
    def sources(self) -> tuple[About, ...]:
        """Every rule that was used, by id."""
        found = {about.id: about for one in self.last for about in one.policy.abouts()}
        return tuple(found[key] for key in sorted(found))

    @cached_property
    def bridges(self) -> tuple[Bridge, ...]:
        """The bridge of the outstanding, one a class scheme."""
        then = {one.contract_id: one.classified.code for one in self.before}
        now = {one.contract_id: one.classified.code for one in self.after}

        def code(position: Position) -> str:
            known = then if position.as_of == self.opening.as_of else now
            return known[position.contract.id]

        days = (self.opening.as_of, self.closing.as_of)
        return bridges(self.first.values(), self.last, codes=code, days=days)

    @cached_property
    def classes(self) -> Migration:
        """Who moved between classes."""
        return migration.between(self.opening, self.closing, "kol")

    @cached_property
    def days(self) -> Migration:
        """Who moved between buckets of days past due."""
        return migration.between(self.opening, self.closing, "bucket")

    @cached_property
    def collected(self) -> tuple[Collected, ...]:
        """What was to be collected and what became of it, contract by contract."""
        return tuple(ratios.collected(self.first.get(one.contract.id), one) for one in self.last)

    @cached_property
    def recovered(self) -> tuple[Recovered, ...]:
        """What came in of write-offs, contract by contract."""
        found = (ratios.recovered(self.first.get(one.contract.id), one) for one in self.last)
        return tuple(one for one in found if one is not None)

    @cached_property
    def receipts(self) -> tuple[Receipt, ...]:
        """Every payment that changed the month's cash."""
        return tuple(
            receipt
            for one in self.last
            for receipt in performance.receipts(self.first.get(one.contract.id), one, self.holder)
        )

    @cached_property
    def verdicts(self) -> tuple[PromiseVerdict, ...]:
        """The promises whose deadline fell in the month."""
        found = performance.verdicts(self.book, self.last, self.promise_rule)
        return performance.matured_in(found, self.opening.as_of, self.closing.as_of)

    @cached_property
    def agreed(self) -> tuple[PromiseVerdict, ...]:
        """Every payment of every arrangement."""
        return performance.agreed(self.book, self.last, self.promise_rule)

    @cached_property
    def collectors(self) -> tuple[Performance, ...]:
        """Every collector's month."""
        calls = Counter(contact.by for contact in self.contacts)
        return performance.performance(
            self.pair, self.receipts, self.verdicts, calls, self.holder, self.book.assignments
        )

    @cached_property
    def teams(self) -> tuple[Performance, ...]:
        """Every branch's month."""
        calls = Counter(
            self.label(contact.contract_id, "branch") if contact.contract_id else contact.by
            for contact in self.contacts
        )
        return performance.performance(
            self.pair,
            self.receipts,
            self.verdicts,
            calls,
            lambda contract_id, _: self.label(contract_id, "branch"),
            (),
        )

    @property
    def contacts(self) -> tuple[ContactRow, ...]:
        """The contacts of the month."""
        start, end = self.opening.as_of, self.closing.as_of
        return tuple(contact for contact in self.book.contacts if start < contact.at.date() <= end)

    @cached_property
    def letters(self) -> tuple[Choice, ...]:
        """Which letter each contract is due at the closing, or why none."""
        found = plan(self.book, self.closing.as_of, accept=self.accept)
        return tuple(choice for choice in found.choices if choice.contract_id in self.closing.by_id)

    @cached_property
    def first_payments(self) -> tuple[vintage.FirstPayment, ...]:
        """First, second and third payments of what was booked since the history begins."""
        return vintage.first_payments(self.last, self.history[0].as_of.replace(day=1))


def month(
    book: Book,
    as_of: date,
    *,
    months: int = 12,
    currency: str = "",
    accept: Collection[str] = (),
    compare: Collection[str] = (),
    promise_rule: PromiseRule | None = None,
) -> Month:
    """The month that ends with ``as_of``, with ``months`` month ends before it.

    Args:
        currency: Only its contracts; needed where the book has several.
        accept: Unverified rules that may run, by id.
        compare: Rules that may run outside their dates, by id.

    A contract that cannot be replayed is set aside, and so is left out of every day.

    Raises:
        InputError: If there is nothing to report, or there are several currencies.
        PolicyError: If a contract's rules are unknown, not in force or unverified.
    """
    days = ends_of(as_of, months)
    found, aside = worked_out(book, days, currency=currency, accept=accept, compare=compare)
    currencies = sorted({one.position.currency for one in found[-1]})
    if len(currencies) != 1 or not found[-2]:
        raise no_month(as_of, currencies)
    history = tuple(snapshot(each, day, currencies[0]) for day, each in zip(days, found, strict=True) if each)
    return Month(
        book,
        history,
        found[-2],
        found[-1],
        promise_rule or PromiseRule(),
        aside,
        tuple(accept),
    )


def ends_of(as_of: date, months: int) -> tuple[date, ...]:
    """The days of a month end with its history.

    Raises:
        InputError: If there is not one month end before it.
    """
    if months < 1:
        raise InputError("report.months", "months must be at least 1, got {months}", months=months)
    return month_ends(as_of, months)


def no_month(as_of: date, currencies: Collection[str]) -> InputError:
    """The complaint that there are not contracts of one currency at both ends of the month."""
    return InputError(
        "report.currency",
        "a month end needs contracts of one currency at its opening and closing; {as_of} has {found}; "
        "choose with --currency, or a later month",
        as_of=as_of.isoformat(),
        found=", ".join(currencies) or "none",
    )


def worked_out(
    book: Book,
    days: Sequence[date],
    *,
    currency: str = "",
    accept: Collection[str] = (),
    compare: Collection[str] = (),
) -> tuple[list[tuple[Quality, ...]], tuple[SetAside, ...]]:
    """The class of every contract on each day, and who is set aside, of whatever day.

    Raises:
        PolicyError: If a contract's rules are unknown, not in force or unverified.
    """
    told = [
        [
            one
            for one in replayed(book, day, accept=accept, compare=compare)
            if isinstance(one, SetAside) or currency in ("", one.currency)
        ]
        for day in days
    ]
    aside = {one.contract_id: one for each in told for one in each if isinstance(one, SetAside)}
    found = [
        qualities(
            under_law(one, book.lender.lender_type)
            for one in each
            if not isinstance(one, SetAside) and one.contract.id not in aside
        )
        for each in told
    ]
    return found, tuple(aside.values())
