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

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from attrs import evolve, frozen

from tagih.classes import Classified, Reason, classify, measure
from tagih.contracts import INTEREST, PRINCIPAL, Component
from tagih.errors import InputError, PolicyError
from tagih.ledger.position import Amounts, Cause, Position, added
from tagih.policies.about import About
from tagih.policies.buckets import Bucket, Buckets, Measure, Scale

# --- one contract -----------------------------------------------------------------------------


@frozen
class Aged:
    """One contract on a date: how late, why, in which bucket, and its money by due date.

    ``arrears`` + ``due_today`` + ``not_due`` = ``outstanding``, by component. ``labels`` are the
    contract's own (branch, collector, …) with its product. ``reason`` and ``detail`` say why it is
    in its bucket, as `tagih.classes.Classified` does.
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
    reason: Reason = "measure"
    detail: str = ""

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
        matures_on=position.matures_on if _open(position) else None,
        frequency=contract.frequency,
    )
    try:
        return classify(measures, scheme, judgement=judgement or contract.tag("judgement"))
    except PolicyError as error:
        if error.code != "buckets.judgement":
            raise
        raise unjudged(contract.id, scheme) from error


def unjudged(contract_id: str, scheme: Buckets) -> PolicyError:
    """The refusal of a contract whose class only a judgement can give."""
    return PolicyError(
        "class.judgement",
        "contract {id}: under '{scheme}' a debt this late is one of {judged} by judgement; state which "
        "in the contract's tag judgement",
        id=contract_id,
        scheme=scheme.about.id,
        judged=", ".join(scheme.judged),
    )


def _open(position: Position) -> bool:
    """Whether anything is owed that can make it late: a late charge alone is not past its maturity."""
    return any(position.outstanding.of(part) for part in position.policy.arrears.held_open_by)


def age(position: Position, scheme: Buckets | None = None, *, judgement: str = "") -> Aged:
    """Age one contract loan style: by its oldest arrears, in ``scheme`` or its policy's scheme.

    ``judgement`` is a stated class: it may worsen, never improve; by default the contract's tag of
    that name.

    Raises:
        PolicyError: If there is no scheme, or the scheme needs a judgement that is not given.
    """
    buckets = scheme_of(position, scheme)
    return aged_as(position, class_of(position, buckets, judgement=judgement), buckets)


def aged_as(position: Position, found: Classified, scheme: Buckets) -> Aged:
    """One contract in a class that is known: by its measures, its debtor's worst contract, a restructure."""
    contract = position.contract
    return Aged(
        contract_id=contract.id,
        debtor_id=contract.debtor_id,
        as_of=position.as_of,
        currency=contract.currency,
        days_past_due=position.days_past_due,
        overdue_instalments=position.overdue_instalments,
        cause=position.cause,
        bucket=scheme.bucket(found.code),
        arrears=position.arrears,
        due_today=position.due_today,
        not_due=position.not_due,
        outstanding=position.outstanding,
        written_off=position.written_off,
        unapplied=position.unapplied,
        labels=(("product", contract.product), *contract.tags),
        reason=found.reason,
        detail=found.detail,
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


@frozen
class DebtorAged:
    """One debtor on a date: the bucket of the worst contract, and the money of them all.

    ``reason`` is ``one_obligor`` where the scheme's rule puts all contracts of a debtor in the worst
    class; else ``worst_contract``: the row shows the worst, each contract keeps its own.
    """

    debtor_id: str
    as_of: date
    currency: str
    contracts: tuple[str, ...]
    days_past_due: int
    overdue_instalments: int
    bucket: Bucket
    reason: Literal["one_obligor", "worst_contract"]
    worst: str
    arrears: Amounts
    due_today: Amounts
    not_due: Amounts
    outstanding: Amounts
    written_off: Amounts
    unapplied: Decimal


def age_debtors(aged: Iterable[Aged], scheme: Buckets) -> tuple[DebtorAged, ...]:
    """One row a debtor and currency, in order of the debtor; a contract without one stands alone.

    Days past due are those of the latest contract, overdue instalments are added up.
    """
    groups: dict[tuple[str, str], list[Aged]] = {}
    for one in aged:
        groups.setdefault((one.debtor_id or one.contract_id, one.currency), []).append(one)
    reason: Literal["one_obligor", "worst_contract"] = (
        "one_obligor" if scheme.one_obligor is not None else "worst_contract"
    )
    rows = []
    for (debtor, currency), own in sorted(groups.items()):
        worst = max(own, key=lambda one: (scheme.place(one.bucket.code), one.days_past_due))
        rows.append(
            DebtorAged(
                debtor_id=debtor,
                as_of=worst.as_of,
                currency=currency,
                contracts=tuple(one.contract_id for one in own),
                days_past_due=max(one.days_past_due for one in own),
                overdue_instalments=sum(one.overdue_instalments for one in own),
                bucket=worst.bucket,
                reason=reason,
                worst=worst.contract_id,
                arrears=added(one.arrears for one in own),
                due_today=added(one.due_today for one in own),
                not_due=added(one.not_due for one in own),
                outstanding=added(one.outstanding for one in own),
                written_off=added(one.written_off for one in own),
                unapplied=sum((one.unapplied for one in own), Decimal(0)),
            )
        )
    return tuple(rows)


def boundary(aged: Iterable[Aged], *edges: int, within: int = 1) -> tuple[Aged, ...]:
    """The contracts whose days past due lie within ``within`` days of an edge, both sides.

    >>> boundary([], 30, 90)
    ()
    """
    return tuple(one for one in aged if any(abs(one.days_past_due - edge) <= within for edge in edges))


def aging_by(aged: Iterable[Aged], scheme: Buckets, key: Callable[[Aged], str]) -> tuple[AgingTable, ...]:
    """One aging table for each value of ``key`` (a branch, a product, …), in order of the value.

    >>> aging_by([], Buckets((Bucket("1", "Lancar"),), ()), lambda one: one.label("branch"))
    ()
    """
    groups: dict[str, list[Aged]] = {}
    for one in aged:
        groups.setdefault(key(one), []).append(one)
    return tuple(aging_table(groups[name], scheme, group=name) for name in sorted(groups))


# --- principal and interest apart -----------------------------------------------------------------


@frozen
class ComponentAge:
    """How late one component is by itself: its oldest unpaid due date, days, and months.

    ``months`` are those begun, ``full_months`` those completed since the due date, less pauses and
    grace. ``instalments`` counts those past due with any of it unpaid.
    """

    component: Component
    arrears: Decimal
    oldest_due_on: date | None = None
    days: int = 0
    months: int = 0
    full_months: int = 0
    instalments: int = 0


def apart(
    position: Position, components: Sequence[Component] = (PRINCIPAL, INTEREST)
) -> tuple[ComponentAge, ...]:
    """Principal and interest in arrears (or other components), each aged by itself.

    Any rupiah unpaid counts: a tolerance is for instalments as a whole. Days are the policy's.
    """
    found = []
    for component in components:
        rows = [
            (row.due_on, row.outstanding.of(component))
            for row in position.instalments
            if row.due_on < position.as_of and row.outstanding.of(component)
        ]
        if not rows:
            found.append(ComponentAge(component, Decimal(0)))
            continue
        oldest = min(due for due, _ in rows)
        days = position.days_since(oldest)
        lasted = measure(position.as_of, days_past_due=days)
        found.append(
            ComponentAge(
                component,
                sum((amount for _, amount in rows), Decimal(0)),
                oldest,
                days,
                lasted.months_past_due,
                lasted.full_months_past_due,
                len(rows),
            )
        )
    return tuple(found)


Unit = Literal["days", "months", "full_months"]
_MEASURE: Final[Mapping[Unit, Measure]] = {
    "days": "days_past_due",
    "months": "months_past_due",
    "full_months": "full_months_past_due",
}


def age_apart(positions: Iterable[Position], scheme: Buckets, component: Component) -> Mapping[str, Decimal]:
    """Arrears of one component by the bucket of its own age, a column a bucket; they add up.

    The age is in the measure of the scheme's first scale: days, months begun, full months. Every
    open instalment stands by its own due date.
    """
    scale = scheme.scales[0]
    columns = dict.fromkeys((bucket.code for bucket in scheme.buckets), Decimal(0))
    currencies = set()
    for position in positions:
        currencies.add(position.currency)
        for row in position.instalments:
            amount = row.outstanding.of(component)
            if row.due_on < position.as_of and amount:
                lasted = measure(position.as_of, days_past_due=position.days_since(row.due_on))
                columns[scale.code_for(lasted.of(scale.measure))] += amount
    _one_currency(currencies)
    return columns


def _one_currency(currencies: Collection[str]) -> None:
    if len(currencies) > 1:
        raise InputError(
            "money.currencies",
            "items in {found} cannot be added; age each currency",
            found=sorted(currencies),
        )


# --- receivables style ------------------------------------------------------------------------

NOT_DUE: Final = "not_due"
DUE_TODAY: Final = "due_today"
NO_DUE_DATE: Final = "no_due_date"
UNAPPLIED: Final = "unapplied"


def bands(*limits: int, unit: Unit = "days") -> Buckets:
    """A bucket scheme by the last day of each band: ``current`` (0), 1 to the first limit, and so on.

    With another ``unit`` the limits are months begun, or full months; less than a full month is
    ``0`` then, as it may well be past due.

    >>> [bucket.code for bucket in bands(30, 60, 90).buckets]
    ['current', '1-30', '31-60', '61-90', 'older']
    >>> bands(1, 3, unit="months").scales[0].measure
    'months_past_due'

    Raises:
        PolicyError: If the limits do not rise from 1.
    """
    firsts = [0, 1, *(limit + 1 for limit in limits)]
    spans = zip(firsts[1:], limits, strict=False)
    none = "0" if unit == "full_months" else "current"
    codes = [none, *(str(end) if first == end else f"{first}-{end}" for first, end in spans), "older"]
    scale = Scale(_MEASURE[unit], tuple(zip(codes, firsts, strict=True)))
    name = f"bands({', '.join(map(str, limits))})"
    about = About(id=name if unit == "days" else f"{name} {unit}")
    return Buckets(tuple(Bucket(code, "") for code in codes), (scale,), about)


@frozen
class Item:
    """An open item of receivables: an invoice, an instalment, or (negative) a credit.

    ``days`` are the days past due where a policy counts them (None: calendar days).
    """

    id: str
    amount: Decimal
    due_on: date | None
    currency: str = "IDR"
    group: str = ""
    days: int | None = None


def items_of(position: Position) -> tuple[Item, ...]:
    """Every instalment with something open, as an item of its own; days as the policy counts them."""
    return tuple(
        Item(
            f"{position.contract.id}/{row.number if row.number is not None else row.charge}",
            row.outstanding.total,
            row.due_on,
            position.currency,
            position.contract.debtor_id,
            position.days_since(row.due_on),
        )
        for row in position.instalments
        if row.outstanding.total
    )


def age_items(
    items: Iterable[Item],
    scheme: Buckets,
    as_of: date,
    *,
    unapplied: Decimal = Decimal(0),
    credits: Literal["apart", "own_date"] = "apart",
) -> Mapping[str, Decimal]:
    """Age open items receivables style: each in the bucket of its own days past due.

    Returns amounts by column: ``not_due``, ``due_today``, ``no_due_date``, the scheme's codes,
    and ``unapplied`` (credit, negative). The columns add up to the open amounts less the credit.
    Days are calendar days after the due date unless the item says them; the due date itself is
    ``due_today``. A credit (a negative item) is ``unapplied``, or with ``credits="own_date"`` stands
    by its own date like a debt, as some receivables systems show it.

    Raises:
        InputError: If the items are in more than one currency.
    """
    columns = dict.fromkeys(
        (NOT_DUE, DUE_TODAY, NO_DUE_DATE, *(bucket.code for bucket in scheme.buckets), UNAPPLIED), Decimal(0)
    )
    currencies = set()
    for item in items:
        currencies.add(item.currency)
        columns[_column(item, scheme, as_of, credits)] += item.amount
    _one_currency(currencies)
    columns[UNAPPLIED] -= unapplied
    return columns


def _column(item: Item, scheme: Buckets, as_of: date, credits: str) -> str:
    if item.amount < 0 and credits == "apart":
        return UNAPPLIED
    if item.due_on is None:
        return NO_DUE_DATE
    if item.due_on > as_of:
        return NOT_DUE
    if item.due_on == as_of:
        return DUE_TODAY
    days = (as_of - item.due_on).days if item.days is None else item.days
    return scheme.bucket_for(days).code
