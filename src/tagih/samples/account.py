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

    @property
    def open(self) -> int:
        return self.interest + self.principal


@frozen
class LateRule:
    """Late charge per day: a rate on what is unpaid of the instalment, or an amount."""

    daily_rate: Fraction = Fraction(0)
    amount: int = 0


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
        rows = [Row(row.number, row.due_on, int(row.interest), int(row.principal)) for row in instalments]
        return cls(rows, rule, min(row.due_on for row in rows))

    def run_to(self, day: date) -> None:
        """Charge the days up to and including ``day``, and let titipan settle what falls due."""
        for due in sorted({row.due_on for row in self.rows if self.day < row.due_on <= day}):
            self._charge(due)
            self._settle()
        self._charge(max(day, self.day))

    def _charge(self, day: date) -> None:
        late = 0 if self.written_off else 1
        for row in self.rows:
            days = (day - max(row.due_on, self.day)).days
            if days > 0 and row.open:
                row.late += late * int((row.open * self.rule.daily_rate + self.rule.amount) * days)
        self.day = day

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
        due = [row for row in self.rows if row.due_on <= self.day]
        for row in due:
            row.interest -= self._take(row.interest)
            row.principal -= self._take(row.principal)
        self.fees -= self._take(self.fees)
        for row in due:
            row.late -= self._take(row.late)

    def _take(self, wanted: int) -> int:
        part = min(wanted, self.held)
        self.held -= part
        return part

    def asked(self, count: int) -> int:
        """What settles the ``count`` oldest open instalments, titipan counted."""
        rows = [row for row in self.rows if row.open][:count]
        return max(sum(row.open for row in rows) - self.held, 0)

    @property
    def late(self) -> int:
        """Late charges run up and not paid."""
        return sum(row.late for row in self.rows)

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


RANK = ("charge", "waiver", "payment", "acceleration", "restructure", "write_off", "reversal")


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
                    row.late = 0
        case "write_off":
            account.written_off = True
        case "restructure":
            account.rows = [
                Row(row.number, row.due_on, int(row.interest), int(row.principal)) for row in each.rows
            ]
