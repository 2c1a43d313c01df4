"""How did every contract stand at the end of a month?

A `Snapshot` is one row a contract: its class, its bucket of days, its balance, what was set aside.
Reports compare snapshots; nothing is stored between months, each is worked out again from the book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal

from attrs import frozen

from tagih.aging import scheme_of
from tagih.contracts import Contract
from tagih.dates import add_months, month_end
from tagih.errors import InputError
from tagih.policies import Buckets, rule
from tagih.policies.buckets import Bucket
from tagih.quality import Quality, restructured

State = Literal["live", "paid_off", "written_off"]
DAYS_SCHEME: Final = "buckets.b1-b7"
"""The buckets of days past due that every report shows beside the classes."""


@frozen
class Account:
    """One contract on one day.

    ``balance`` is the principal balance, ``arrears`` the principal and interest past due,
    ``written_off`` the principal written off and not recovered, ``provision`` what is set aside
    (None: no rule says). ``state`` is ``paid_off`` where nothing is owed, ``written_off`` where the
    principal was written off.
    """

    contract_id: str
    debtor_id: str
    state: State
    kol: str
    bucket: str
    days_past_due: int
    balance: Decimal
    outstanding: Decimal
    arrears: Decimal
    written_off: Decimal = Decimal(0)
    unapplied: Decimal = Decimal(0)
    provision: Decimal | None = None
    lent: Decimal = Decimal(0)
    booked_on: date | None = None
    restructured_on: date | None = None
    labels: tuple[tuple[str, str], ...] = ()

    def label(self, name: str) -> str:
        """A label by name (product, branch, collector, …); empty where there is none."""
        return next((value for label, value in self.labels if label == name), "")


@frozen
class Trend:
    """One month end among others: the principal balance by bucket of days and of all, live contracts."""

    as_of: date
    balances: tuple[tuple[str, Decimal], ...]
    balance: Decimal
    contracts: int


@frozen(slots=False)
class Snapshot:
    """Every contract of one currency on one day, in the order of the book."""

    as_of: date
    currency: str
    classes: tuple[Bucket, ...]
    buckets: tuple[Bucket, ...]
    accounts: tuple[Account, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Account]:
        """The accounts by contract."""
        return {account.contract_id: account for account in self.accounts}

    @cached_property
    def live(self) -> tuple[Account, ...]:
        """The contracts on which something is still carried."""
        return tuple(account for account in self.accounts if account.state == "live")

    @cached_property
    def balance(self) -> Decimal:
        """The principal balance of all: the control total of a report."""
        return sum((account.balance for account in self.accounts), Decimal(0))

    def by_label(self, name: str) -> dict[str, Snapshot]:
        """The same day apart by the values of a label, as they first occur."""
        found: dict[str, list[Account]] = {}
        for account in self.accounts:
            found.setdefault(account.label(name), []).append(account)
        return {
            value: Snapshot(self.as_of, self.currency, self.classes, self.buckets, tuple(own))
            for value, own in found.items()
        }

    @cached_property
    def trend(self) -> Trend:
        """What a chart over months shows of this day."""
        sums = {bucket.code: Decimal(0) for bucket in self.buckets}
        for account in self.accounts:
            sums[account.bucket] += account.balance
        return Trend(self.as_of, tuple(sums.items()), self.balance, len(self.live))

    def where(self, keep: Callable[[Account], bool]) -> Snapshot:
        """The same day, with only some of the accounts: a segment."""
        kept = tuple(account for account in self.accounts if keep(account))
        return Snapshot(self.as_of, self.currency, self.classes, self.buckets, kept)


def snapshot(
    found: Iterable[Quality], as_of: date, currency: str, *, days: Buckets | None = None
) -> Snapshot:
    """The snapshot of contracts whose class is known; ``days`` are the buckets of days past due.

    Raises:
        InputError: If two contracts are in classes of one code and different names.
    """
    days = days or days_scheme()
    accounts: list[Account] = []
    classes: dict[str, tuple[int, Bucket]] = {}
    for one in found:
        for place, bucket in enumerate(scheme_of(one.position, None).buckets):
            known = classes.setdefault(bucket.code, (place, bucket))
            if known[1].name != bucket.name:
                raise InputError(
                    "report.classes",
                    "class {code} is '{first}' by one rule, '{second}' by another; report them apart",
                    code=bucket.code,
                    first=known[1].name,
                    second=bucket.name,
                )
        accounts.append(_account(one, days))
    # Several schemes may have classes that others lack (cooperatives have no class 2): codes sort.
    ordered = tuple(bucket for _, (_, bucket) in sorted(classes.items()))
    if len({place for place, _ in classes.values()}) == len(classes):
        ordered = tuple(bucket for _, bucket in sorted(classes.values(), key=lambda pair: pair[0]))
    return Snapshot(as_of, currency, ordered, days.buckets, tuple(accounts))


def days_scheme() -> Buckets:
    """The buckets of days past due that every report shows."""
    found = rule(DAYS_SCHEME)
    assert isinstance(found, Buckets)
    return found


def _account(one: Quality, days: Buckets) -> Account:
    position, contract = one.position, one.position.contract
    outstanding, lost = position.outstanding, position.written_off
    state: State = "live"
    if lost.total and not outstanding.principal:
        state = "written_off"
    elif not outstanding.total:
        state = "paid_off"
    late = position.arrears
    events = restructured(position)
    return Account(
        contract_id=contract.id,
        debtor_id=contract.debtor_id,
        state=state,
        kol=one.classified.code,
        bucket=days.bucket_for(position.days_past_due).code,
        days_past_due=position.days_past_due,
        balance=outstanding.principal,
        outstanding=outstanding.total,
        arrears=late.principal + late.interest,
        written_off=lost.principal,
        unapplied=position.unapplied,
        provision=one.provisioned.amount if one.provisioned else None,
        lent=contract.lent,
        booked_on=booked_on(contract),
        restructured_on=events[-1].effective_on if events else None,
        labels=(("product", contract.product), *contract.tags),
    )


def booked_on(contract: Contract) -> date | None:
    """The day a contract was booked: its signing; None where the book does not say."""
    return contract.signed_on


def before(as_of: date) -> date:
    """The month end before ``as_of``: where a report of that day opens.

    >>> before(date(2026, 10, 31)), before(date(2026, 10, 30))
    (datetime.date(2026, 9, 30), datetime.date(2026, 9, 30))
    """
    return as_of.replace(day=1) - timedelta(days=1)


def month_ends(as_of: date, months: int) -> tuple[date, ...]:
    """The last ``months`` month ends before ``as_of``, and ``as_of`` itself, oldest first.

    >>> [day.isoformat() for day in month_ends(date(2026, 3, 31), 2)]
    ['2026-01-31', '2026-02-28', '2026-03-31']
    """
    last = before(as_of)
    return (*(month_end(add_months(last, -back)) for back in range(months - 1, -1, -1)), as_of)
