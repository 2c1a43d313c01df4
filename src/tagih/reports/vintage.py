"""How do the bookings of each month go bad as they age?

A cohort is what was booked in one month. Its curve says, for each month on book, which share of
what was lent is late or written off; the month of booking is month 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from attrs import frozen

from tagih.contracts import Contract
from tagih.ledger import Position, replay
from tagih.reports.ratios import Rate
from tagih.reports.snapshot import Account, Snapshot, booked_on

PAYMENTS: Final = (1, 2, 3)
"""First, second and third payment: FPD, SPD, TPD."""


def cohort(day: date) -> str:
    """The month of a day, as cohorts are named.

    >>> cohort(date(2026, 3, 17))
    '2026-03'
    """
    return f"{day:%Y-%m}"


@frozen
class Point:
    """A cohort at one month on book: ``rate`` by amount, ``late`` of ``contracts`` by count."""

    cohort: str
    month_on_book: int
    rate: Rate
    late: int
    contracts: int


def vintage(history: Sequence[Snapshot], *, days: int = 30) -> tuple[Point, ...]:
    """The curve of each cohort booked since the first month of ``history``.

    The share is the principal balance of the cohort's contracts more than ``days`` late, and the
    principal written off and not recovered, ÷ the principal lent; all of the same month end.
    """
    first = history[0].as_of.replace(day=1)
    points = []
    for snapshot in history:
        cohorts: dict[str, list[Account]] = {}
        for account in snapshot.accounts:
            if account.booked_on is not None and account.booked_on >= first:
                cohorts.setdefault(cohort(account.booked_on), []).append(account)
        for name, accounts in sorted(cohorts.items()):
            booked = accounts[0].booked_on
            assert booked is not None
            age = 12 * (snapshot.as_of.year - booked.year) + snapshot.as_of.month - booked.month
            bad = [account for account in accounts if is_bad(account, days)]
            part = sum((account.balance + account.written_off for account in bad), Decimal(0))
            lent = sum((account.lent for account in accounts), Decimal(0))
            rate = Rate("vintage", name, part, lent, len(accounts))
            points.append(Point(name, age, rate, len(bad), len(accounts)))
    return tuple(sorted(points, key=lambda point: (point.cohort, point.month_on_book)))


def is_bad(account: Account, days: int) -> bool:
    """Whether an account counts as bad: more than ``days`` late, or written off."""
    return account.state == "written_off" or (account.state == "live" and account.days_past_due > days)


# --- first-payment default ----------------------------------------------------------------------


@frozen
class FirstPayment:
    """One contract's n-th payment: when it fell due, and whether it was still open ``days`` later.

    ``missed`` is None while that day has not come.
    """

    contract_id: str
    cohort: str
    number: int
    due_on: date
    missed: bool | None


def first_payments(
    positions: Iterable[Position], since: date, *, days: int = 30, numbers: Sequence[int] = PAYMENTS
) -> tuple[FirstPayment, ...]:
    """The first, second and third payment of each contract booked from ``since`` on.

    A payment due on the day of signing is a down payment and no first payment. It is missed when
    any of its principal and interest is open at the end of the day ``days`` days after it fell due.
    """
    found = []
    for position in positions:
        contract = position.contract
        booked = booked_on(contract)
        if booked is None or booked < since or contract.opening is not None:
            continue
        for number, (row, due_on) in _due(contract, booked, numbers).items():
            day = due_on + timedelta(days)
            missed = None if day > position.as_of else _open(position, row, day)
            found.append(FirstPayment(contract.id, cohort(booked), number, due_on, missed))
    return tuple(found)


def _due(contract: Contract, booked: date, numbers: Sequence[int]) -> Mapping[int, tuple[int, date]]:
    """The n-th payment after signing: instalment number and due date."""
    later = sorted((row.due_on, row.number) for row in contract.instalments if row.due_on > booked)
    return {n: (later[n - 1][1], later[n - 1][0]) for n in numbers if n <= len(later)}


def _open(position: Position, number: int, day: date) -> bool:
    then = replay(position.contract, position.events, position.policy, day)
    row = next((row for row in then.instalments if row.number == number), None)
    return row is not None and any(
        balance.outstanding + balance.written_off + balance.restructured
        for component, balance in row.balances
        if component.kind in ("principal", "interest")
    )


def default_rates(found: Iterable[FirstPayment]) -> tuple[Rate, ...]:
    """For each cohort and payment: missed ÷ those whose day has come. The last rows are all cohorts."""
    listed = list(found)
    groups: dict[tuple[str, int], list[FirstPayment]] = {}
    for one in listed:
        if one.missed is not None:
            groups.setdefault((one.cohort, one.number), []).append(one)
            groups.setdefault(("~", one.number), []).append(one)  # after every cohort: all of them
    names = {1: "fpd", 2: "spd", 3: "tpd"}
    return tuple(
        Rate(
            names.get(number, f"default_{number}"),
            "" if name == "~" else name,
            Decimal(sum(1 for one in group if one.missed)),
            Decimal(len(group)),
            len(group),
        )
        for (name, number), group in sorted(groups.items())
    )
