"""How late is each debt, and how much money lies in which bucket?

Two ways to age, both exact to the rupiah. Loan style: the whole contract stands in the bucket
of its oldest arrears (`age`, `aging_table`). Receivables style: each open instalment stands in
its own bucket (`age_items`). Either way arrears, what is due today and what is not due are
columns of their own, so that they add up to the outstanding; unapplied credit stands beside
them.

>>> from tagih.contracts import Contract, Instalment
>>> from tagih.ledger import replay
>>> from tagih.policies import policy
>>> due = [Instalment(n, date(2026, n, 15), Decimal(900), Decimal(100)) for n in (1, 2, 3)]
>>> position = replay(Contract("MF-1", due), [], policy("id.kol.mf.2018"), as_of=date(2026, 2, 15))
>>> one = age(position)
>>> one.days_past_due, one.bucket.name, one.arrears.total, one.due_today.total, one.not_due.total
(31, 'Dalam Perhatian Khusus', Decimal('1000.00'), Decimal('1000.00'), Decimal('1000.00'))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from tagih.classes import Classified, classify, measure
from tagih.errors import InputError, PolicyError
from tagih.ledger.position import Amounts, Cause, Position, added
from tagih.policies.buckets import Bucket, Buckets

# --- one contract -----------------------------------------------------------------------------


@frozen
class Aged:
    """One contract on a date: how late, why, in which bucket, and its money by due date.

    ``arrears`` + ``due_today`` + ``not_due`` = ``outstanding``, by component. ``labels`` are the
    contract's own (branch, collector, …) with its product.
    """

    contract_id: str
    debtor_id: str
    as_of: date
    currency: str
    days_past_due: int
    overdue_instalments: int
    cause: Cause | None
    bucket: Bucket
    arrears: Amounts
    due_today: Amounts
    not_due: Amounts
    outstanding: Amounts
    written_off: Amounts
    unapplied: Decimal
    labels: tuple[tuple[str, str], ...] = ()

    def label(self, name: str) -> str:
        """A label by name; empty where the contract has none."""
        return dict(self.labels).get(name, "")


def scheme_of(position: Position, scheme: Buckets | None) -> Buckets:
    """The bucket scheme asked for, or the policy's.

    Raises:
        PolicyError: If there is neither.
    """
    found = scheme or position.policy.buckets
    if found is None:
        raise PolicyError(
            "aging.scheme",
            "contract {id}: no bucket scheme; put one in its policy, such as id.kol.bank.2019",
            id=position.contract.id,
        )
    return found


def class_of(position: Position, scheme: Buckets, *, judgement: str = "") -> Classified:
    """The class of a contract by its measures and a stated judgement.

    Without ``judgement`` the contract's tag of that name states it, where it has one.

    Raises:
        PolicyError: If the scheme needs a judgement and none is stated; names the contract.
    """
    contract = position.contract
    measures = measure(
        position.as_of,
        days_past_due=position.days_past_due,
        instalments_past_due=position.overdue_instalments,
        matures_on=position.matures_on if position.outstanding.total else None,
        frequency=contract.frequency,
    )
    try:
        return classify(measures, scheme, judgement=judgement or contract.tag("judgement"))
    except PolicyError as error:
        if error.code != "buckets.judgement":
            raise
        raise PolicyError(
            "class.judgement",
            "contract {id}: under '{scheme}' a debt this late is one of {judged} by judgement; state which "
            "in the contract's tag judgement",
            id=contract.id,
            scheme=scheme.about.id,
            judged=", ".join(scheme.judged),
        ) from error


def age(position: Position, scheme: Buckets | None = None, *, judgement: str = "") -> Aged:
    """Age one contract loan style: by its oldest arrears, in ``scheme`` or its policy's scheme.

    ``judgement`` is a stated class: it may worsen, never improve; by default the contract's tag of
    that name.

    Raises:
        PolicyError: If there is no scheme, or the scheme needs a judgement that is not given.
    """
    contract = position.contract
    buckets = scheme_of(position, scheme)
    found = class_of(position, buckets, judgement=judgement)
    return Aged(
        contract_id=contract.id,
        debtor_id=contract.debtor_id,
        as_of=position.as_of,
        currency=contract.currency,
        days_past_due=position.days_past_due,
        overdue_instalments=position.overdue_instalments,
        cause=position.cause,
        bucket=buckets.bucket(found.code),
        arrears=position.arrears,
        due_today=position.due_today,
        not_due=position.not_due,
        outstanding=position.outstanding,
        written_off=position.written_off,
        unapplied=position.unapplied,
        labels=(("product", contract.product), *contract.tags),
    )


# --- many contracts ---------------------------------------------------------------------------


@frozen
class AgingRow:
    """Money of the contracts in one bucket (or of all): counts, arrears by component, balances."""

    code: str
    name: str
    contracts: int = 0
    arrears: Amounts = Amounts()
    due_today: Amounts = Amounts()
    not_due: Amounts = Amounts()
    outstanding: Amounts = Amounts()
    written_off: Amounts = Amounts()
    unapplied: Decimal = Decimal(0)

    def plus(self, one: Aged | AgingRow) -> AgingRow:
        """This row with one more contract, or with the money of another row."""
        return evolve(
            self,
            contracts=self.contracts + (one.contracts if isinstance(one, AgingRow) else 1),
            arrears=self.arrears + one.arrears,
            due_today=self.due_today + one.due_today,
            not_due=self.not_due + one.not_due,
            outstanding=self.outstanding + one.outstanding,
            written_off=self.written_off + one.written_off,
            unapplied=self.unapplied + one.unapplied,
        )


@frozen
class AgingTable:
    """The aging of many contracts in one currency: a row for each bucket, and the total.

    The rows add up to ``total`` in every column; arrears + due today + not due = outstanding.
    """

    as_of: date
    currency: str
    group: str
    scheme: Buckets
    rows: tuple[AgingRow, ...]

    @property
    def total(self) -> AgingRow:
        """All buckets together."""
        total = AgingRow("", "")
        for row in self.rows:
            total = total.plus(row)
        return total


def aging_table(aged: Iterable[Aged], scheme: Buckets, *, group: str = "") -> AgingTable:
    """Sum contracts by bucket; every bucket of the scheme has its row, empty or not.

    Raises:
        InputError: If there are no contracts, or they differ in date or currency.
    """
    listed = list(aged)
    asked = {(one.as_of, one.currency) for one in listed}
    if len(asked) != 1:
        raise InputError(
            "aging.mixed",
            "an aging table is of one date and one currency, got {found}",
            found=sorted(f"{day} {currency}" for day, currency in asked) or "no contracts",
        )
    ((as_of, currency),) = asked
    rows = []
    for bucket in scheme.buckets:
        own = [one for one in listed if one.bucket.code == bucket.code]
        rows.append(
            AgingRow(
                bucket.code,
                bucket.name,
                contracts=len(own),
                arrears=added(one.arrears for one in own),
                due_today=added(one.due_today for one in own),
                not_due=added(one.not_due for one in own),
                outstanding=added(one.outstanding for one in own),
                written_off=added(one.written_off for one in own),
                unapplied=sum((one.unapplied for one in own), Decimal(0)),
            )
        )
    return AgingTable(as_of, currency, group, scheme, tuple(rows))


def aging_by(aged: Iterable[Aged], scheme: Buckets, key: Callable[[Aged], str]) -> tuple[AgingTable, ...]:
    """One aging table for each value of ``key`` (a branch, a product, …), in order of the value.

    >>> aging_by([], Buckets((Bucket("1", "Lancar"),), ()), lambda one: one.label("branch"))
    ()
    """
    groups: dict[str, list[Aged]] = {}
    for one in aged:
        groups.setdefault(key(one), []).append(one)
    return tuple(aging_table(groups[name], scheme, group=name) for name in sorted(groups))


# --- receivables style ------------------------------------------------------------------------

NOT_DUE: Final = "not_due"
DUE_TODAY: Final = "due_today"
NO_DUE_DATE: Final = "no_due_date"
UNAPPLIED: Final = "unapplied"


@frozen
class Item:
    """An open item of receivables: an invoice, an instalment, or (negative) a credit."""

    id: str
    amount: Decimal
    due_on: date | None
    currency: str = "IDR"
    group: str = ""


def items_of(position: Position) -> tuple[Item, ...]:
    """Every instalment with something open, as an item of its own."""
    return tuple(
        Item(
            f"{position.contract.id}/{row.number if row.number is not None else row.charge}",
            row.outstanding.total,
            row.due_on,
            position.currency,
            position.contract.debtor_id,
        )
        for row in position.instalments
        if row.outstanding.total
    )


def age_items(
    items: Iterable[Item], scheme: Buckets, as_of: date, *, unapplied: Decimal = Decimal(0)
) -> Mapping[str, Decimal]:
    """Age open items receivables style: each in the bucket of its own days past due.

    Returns amounts by column: ``not_due``, ``due_today``, ``no_due_date``, the scheme's codes,
    and ``unapplied`` (credit, negative). The columns add up to the open amounts less the credit.
    Days are calendar days after the due date; the due date itself is ``due_today``.

    Raises:
        InputError: If the items are in more than one currency.
    """
    columns = dict.fromkeys(
        (NOT_DUE, DUE_TODAY, NO_DUE_DATE, *(bucket.code for bucket in scheme.buckets), UNAPPLIED), Decimal(0)
    )
    currencies = set()
    for item in items:
        currencies.add(item.currency)
        if item.due_on is None:
            column = NO_DUE_DATE
        elif item.due_on > as_of:
            column = NOT_DUE
        elif item.due_on == as_of:
            column = DUE_TODAY
        else:
            column = scheme.bucket_for((as_of - item.due_on).days).code
        columns[column] += item.amount
    if len(currencies) > 1:
        raise InputError(
            "money.currencies",
            "items in {found} cannot be added; age each currency",
            found=sorted(currencies),
        )
    columns[UNAPPLIED] -= unapplied
    return columns
