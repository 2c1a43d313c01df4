"""One contract of an example book: what was agreed, and the payments that its habit makes.

The data runs from `START` to `END`; the lender's own columns are those of `EXPORTED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from attrs import define, field, frozen

from tagih import schedules
from tagih.contracts import Instalment
from tagih.dates import add_months
from tagih.samples.account import Account, Happening, LateRule, account_on
from tagih.samples.chance import Chance
from tagih.samples.habits import HABITS, Visit, around_lebaran, opening_day
from tagih.samples.people import Person

START: Final = date(2024, 6, 3)
EXPORTED: Final = date(2026, 10, 31)
END: Final = date(2026, 11, 15)


@frozen
class Terms:
    """What was lent and how it is repaid: amounts in rupiah, rates as fractions."""

    method: str
    principal: int
    count: int
    flat_annual_rate: Fraction = Fraction(0)
    annual_rate: Fraction = Fraction(0)
    unit: int = 1000
    in_advance: bool = False
    step_days: int = 0

    def first_due(self, due: date, number: int) -> date:
        """The first due date, if instalment ``number`` falls due on ``due``."""
        if self.step_days:
            return due - timedelta(self.step_days * (number - 1))
        return add_months(due, 1 - number)

    def signed_on(self, due: date, number: int) -> date:
        """The day of signing, one period before the first due date, or that date itself."""
        first = self.first_due(due, number)
        if self.in_advance:
            return first
        return first - timedelta(self.step_days) if self.step_days else add_months(first, -1)

    def instalments(self, due: date, number: int) -> tuple[Instalment, ...]:
        """Every row, if instalment ``number`` falls due on ``due``."""
        first = self.first_due(due, number)
        return METHODS[self.method](self, first, due.day)


def _flat(terms: Terms, first: date, anchor: int) -> tuple[Instalment, ...]:
    return schedules.flat(
        principal=terms.principal,
        monthly_rate=terms.flat_annual_rate / 12,
        months=terms.count,
        first_due=first,
        unit=Decimal(terms.unit) if terms.unit else None,
        anchor_day=anchor,
    )


def _annuity(terms: Terms, first: date, anchor: int) -> tuple[Instalment, ...]:
    return schedules.annuity(
        principal=terms.principal,
        monthly_rate=terms.annual_rate / 12,
        months=terms.count,
        first_due=first,
        unit=Decimal(terms.unit) if terms.unit else None,
        anchor_day=anchor,
    )


def _seasonal(terms: Terms, first: date, anchor: int) -> tuple[Instalment, ...]:
    """Interest every month, all principal with the last: paid after the harvest."""
    interest = int(terms.principal * terms.annual_rate / 12)
    return tuple(
        Instalment(n + 1, add_months(first, n, anchor_day=anchor), principal if last else 0, interest)
        for n, principal in enumerate([terms.principal] * terms.count)
        for last in [n == terms.count - 1]
    )


def _every_few_days(terms: Terms, first: date, anchor: int) -> tuple[Instalment, ...]:
    """Flat, in whole units, every ``step_days``; the last row takes the rest."""
    days = terms.step_days * terms.count
    interest = -(-terms.principal * terms.flat_annual_rate * days // (360 * terms.unit)) * terms.unit
    each_principal = terms.principal // terms.count // terms.unit * terms.unit
    each_interest = interest // terms.count // terms.unit * terms.unit
    rows = []
    for n in range(terms.count):
        last = n == terms.count - 1
        rows.append(
            Instalment(
                n + 1,
                first + timedelta(terms.step_days * n),
                terms.principal - each_principal * n if last else each_principal,
                interest - each_interest * n if last else each_interest,
            )
        )
    return tuple(rows)


METHODS: Final = {"flat": _flat, "annuity": _annuity, "seasonal": _seasonal, "days": _every_few_days}


@define(eq=False)
class Loan:
    """A contract in the making."""

    id: str
    person: Person
    product: Mapping[str, Any]
    place: str
    branch: str
    collector: str
    terms: Terms
    instalments: tuple[Instalment, ...]
    signed_on: date
    rule: LateRule
    group: Mapping[str, Any]
    chance: Chance
    stops_before: date = date.max
    happenings: list[Happening] = field(factory=list)
    extra: dict[str, str] = field(factory=dict)
    status: str = ""

    def account(self, day: date) -> Account:
        """What the core system holds at the end of ``day``."""
        return account_on(day, self.instalments, self.rule, self.happenings)

    @property
    def payments(self) -> list[Happening]:
        return [each for each in self.happenings if each.kind == "payment"]


def live(loan: Loan) -> None:
    """Let the debtor pay by habit, up to the day the payments stop."""
    account = Account.opened(loan.instalments, loan.rule)
    habit = HABITS[loan.group["habit"]]
    last = loan.signed_on
    if loan.terms.in_advance:
        last = _paid_at_signing(loan, account)
    for row in loan.instalments[1 if loan.terms.in_advance else 0 :]:
        if row.due_on >= loan.stops_before:
            break
        for visit in habit(loan.chance, row.number, row.due_on):
            last = _visited(loan, account, visit, row, last) or last
    if loan.stops_before < date.max:
        _what_still_came(loan, account)


def _paid_at_signing(loan: Loan, account: Account) -> date:
    amount = account.asked(1)
    account.pay(loan.signed_on, amount)
    loan.happenings.append(
        Happening("payment", loan.signed_on, amount, "DEALER", loan.signed_on, note="Angsuran pertama (ADDM)")
    )
    return loan.signed_on


def _visited(loan: Loan, account: Account, visit: Visit, row: Instalment, last: date) -> date | None:
    """Pay what the visit means to pay; None if nothing was owed or the day is past the data."""
    visit = around_lebaran(loan.chance, visit)
    channel = _channel(loan, (visit.day - row.due_on).days)
    day = max(visit.day, last)
    if channel in AT_AN_OFFICE:
        day = opening_day(day)
    if day > END or (loan.stops_before < date.max and day > EXPORTED):
        return None
    account.run_to(day)
    asked = account.asked_up_to(row.number)
    if visit.half:
        asked = -(-asked // 2 // 10_000) * 10_000
    amount = asked + (0 if visit.parked or visit.half else account.late)
    amount = -(-amount // visit.round_to) * visit.round_to
    if amount <= 0:
        return None
    account.pay(day, amount)
    loan.happenings.append(payment(loan, day, amount, channel))
    return day


def _what_still_came(loan: Loan, account: Account) -> None:
    """After the payments stopped: now and then a part payment, and some catching up in November."""
    chance = loan.chance
    account.run_to(EXPORTED)
    oldest = next(row for row in account.rows if row.open)
    gap = (EXPORTED - oldest.due_on).days
    if gap > 20 and chance.percent(30):
        day = opening_day(EXPORTED - timedelta(chance.between(3, gap - 8)))
        amount = oldest.open // 3 // 50_000 * 50_000
        if amount and day <= EXPORTED:
            loan.happenings.append(payment(loan, day, amount, _channel(loan, gap)))
    if gap <= 120 and chance.percent(45) and loan.group.get("pays_in_november", True):
        day = opening_day(date(2026, 11, 2) + timedelta(chance.between(0, 10)))
        then = loan.account(day)
        loan.happenings.append(payment(loan, day, then.asked(chance.between(1, 2)), _channel(loan, gap)))


AT_AN_OFFICE: Final = ("KASIR", "TELLER", "KOLEKTOR", "PERTEMUAN")


def payment(loan: Loan, day: date, amount: int, channel: str, note: str = "") -> Happening:
    """A payment; what a collector takes in is posted the next working day."""
    by_collector = channel == "KOLEKTOR"
    posted = opening_day(day + timedelta(1)) if by_collector else day
    return Happening(
        "payment", day, amount, channel, posted, collector=loan.collector if by_collector else "", note=note
    )


def _channel(loan: Loan, days_late: int) -> str:
    """The debtor's usual channel; after a week it is more often the collector who brings the money."""
    weights: Mapping[str, int] = loan.product["channels"]
    if days_late > 7 and "KOLEKTOR" in weights and loan.chance.percent(55):
        return "KOLEKTOR"
    usual = Chance(loan.id, "channel").weighted(weights)
    return usual if loan.chance.percent(80) else loan.chance.weighted(weights)


def migrated(loan: Loan, cut: date | None) -> bool:
    """Whether the contract came over from an older system, its history left behind."""
    return cut is not None and loan.signed_on <= cut
