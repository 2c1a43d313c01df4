"""The lender's own core system, in small.

It says what a cashier would ask for on a day, and what the columns OD, KOL and OS_POKOK of the
export hold. It is written apart from tagih's ledger on purpose: the two are compared.

Whole rupiah; the oldest instalment first, interest before principal, late charges last; money
paid before its due date waits as titipan. The due date itself costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from itertools import takewhile

from attrs import define, frozen

from tagih.contracts import Instalment


@define(eq=False)
class Happening:
    """One row of the lender's books: a payment, or what changes the debt in another way."""

    kind: str
    day: date
    amount: int = 0
    channel: str = ""
    posted: date | None = None
    collector: str = ""
    note: str = ""
    target: Happening | None = None
    component: str = ""
    instalments: str = ""
    payment_kind: str = ""
    waived: str = ""
    capitalised: str = ""
    rows: tuple[Instalment, ...] = ()
    id: str = ""


@define
class Row:
    """What is still owed of one instalment."""

    number: int
    due_on: date
    interest: int
    principal: int
    late: int = 0
    running: Fraction = Fraction(0)

    @property
    def open(self) -> int:
        return self.interest + self.principal

    def close(self) -> None:
        """Round down the late charge of the days that had one balance."""
        self.late += int(self.running)
        self.running = Fraction(0)


@frozen
class LateRule:
    """Late charge per day: a rate on what is unpaid of the instalment, or an amount.

    It is rounded down to the rupiah at the end of the days that had one balance, or ``each_day``.
    With ``interest_first``, payments settle the interest of every late instalment before any principal.
    """

    daily_rate: Fraction = Fraction(0)
    amount: int = 0
    interest_first: bool = False
    each_day: bool = False

    def of_one_day(self, open: int) -> Fraction:
        """The late charge of one instalment for one day."""
        charge = open * self.daily_rate + self.amount
        return Fraction(int(charge)) if self.each_day else charge


@define
class Account:
    """One contract in the core system, carried forward day by day."""

    rows: list[Row]
    rule: LateRule
    day: date
    held: int = 0
    fees: int = 0
    written_off: bool = False

    @classmethod
    def opened(cls, instalments: Sequence[Instalment], rule: LateRule) -> Account:
        """The account before anything fell due."""
        rows = [Row(row.number, row.due_on, int(row.interest), int(row.principal)) for row in instalments]
        return cls(rows, rule, date.min)

    def run_to(self, day: date) -> None:
        """Charge the days up to and including ``day``, and let titipan settle what falls due."""
        coming = {row.due_on for row in self.rows if self.day < row.due_on <= day} if self.held else ()
        for due in sorted(coming):
            self._charge(due)
            self._settle()
        self._charge(max(day, self.day))

    def _due(self) -> list[Row]:
        """Rows due by now with anything owed."""
        rows = takewhile(lambda row: row.due_on <= self.day, self.rows)
        return [row for row in rows if row.open or row.late or row.running]

    def _charge(self, day: date) -> None:
        before, self.day = self.day, day
        for row in [] if self.written_off else self._due():
            days = (day - max(row.due_on, before)).days
            if days and row.open:
                row.running += self.rule.of_one_day(row.open) * days

    def pay(self, day: date, amount: int) -> None:
        """Receive ``amount``."""
        self.run_to(day)
        self.held += amount
        self._settle()

    def accelerate(self, day: date) -> None:
        """Let everything fall due; what is held settles it."""
        self.run_to(day)
        for row in self.rows:
            row.due_on = min(row.due_on, day)
        self._settle()

    def _settle(self) -> None:
        if not self.held:
            return
        due = self._due()
        parts = [(row, part) for row in due for part in ("interest", "principal")]
        if self.rule.interest_first:
            parts.sort(key=lambda each: each[1])
        for row, part in parts:
            if self.held and getattr(row, part):
                row.close()
                setattr(row, part, getattr(row, part) - self._take(getattr(row, part)))
        self.fees -= self._take(self.fees)
        for row in due:
            if self.held:
                row.close()
                row.late -= self._take(row.late)

    def _take(self, wanted: int) -> int:
        part = min(wanted, self.held)
        self.held -= part
        return part

    def asked(self, count: int) -> int:
        """What settles the ``count`` oldest open instalments, titipan counted."""
        rows = [row for row in self.rows if row.open][:count]
        return max(sum(row.open for row in rows) - self.held, 0)

    def asked_up_to(self, number: int) -> int:
        """What settles every instalment up to ``number``, titipan counted."""
        return max(sum(row.open for row in self.rows if row.number <= number) - self.held, 0)

    @property
    def late(self) -> int:
        """Late charges run up and not paid."""
        return sum(row.late + int(row.running) for row in self.rows)

    @property
    def days_past_due(self) -> int:
        """Days since the oldest open due date; 0 on it and before."""
        oldest = min((row.due_on for row in self.rows if row.open), default=self.day)
        return max((self.day - oldest).days, 0)

    @property
    def principal(self) -> int:
        return sum(row.principal for row in self.rows)

    @property
    def interest(self) -> int:
        return sum(row.interest for row in self.rows)


def account_on(
    day: date, instalments: Sequence[Instalment], rule: LateRule, happenings: Iterable[Happening]
) -> Account:
    """The account at the end of ``day``: what was reversed by then never happened."""
    known = sorted((each for each in happenings if each.day <= day), key=_order)
    undone = {id(each.target) for each in known if each.kind == "reversal"}
    account = Account.opened(instalments, rule)
    for each in known:
        if id(each) not in undone:
            _apply(account, each)
    account.run_to(day)
    return account


RANK = ("charge", "waiver", "payment", "acceleration", "restructure", "write_off", "reversal", "migration")


def _order(each: Happening) -> tuple[date, int]:
    return each.day, RANK.index(each.kind)


def _apply(account: Account, each: Happening) -> None:
    account.run_to(each.day)
    match each.kind:
        case "payment":
            account.pay(each.day, each.amount)
        case "acceleration":
            account.accelerate(each.day)
        case "charge":
            account.fees += each.amount
        case "waiver":
            numbers = {int(number) for number in each.instalments.split()}
            for row in account.rows:
                if each.component == "interest" and row.number in numbers:
                    row.interest = 0
                if each.component == "late_charge" and (not numbers or row.number in numbers):
                    row.late, row.running = 0, Fraction(0)
        case "write_off":
            account.written_off = True
        case "migration":
            for row in account.rows:
                row.close()
        case "restructure":
            account.rows = [
                Row(row.number, row.due_on, int(row.interest), int(row.principal)) for row in each.rows
            ]
