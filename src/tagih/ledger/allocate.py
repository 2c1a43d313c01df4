"""One payment over several contracts, and the same payment under several orders.

>>> from datetime import date
>>> from tagih.contracts import Instalment
>>> from tagih.ledger.replay import replay
>>> def debt(name, amount):
...     rows = [Instalment(1, date(2026, 1, 31), Decimal(amount))]
...     return replay(Contract(name, rows), [], Policy(), date(2026, 2, 28))
>>> found = allocate_among(100, [debt("A", 200), debt("B", 100)])
>>> found.of("A"), found.of("B")
(Decimal('66.67'), Decimal('33.33'))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

from attrs import evolve, field, frozen

from tagih.contracts import AnyEvent, Contract, Payment
from tagih.errors import InputError
from tagih.ledger.position import Amounts, Line, Position, check_currency
from tagih.ledger.replay import replay
from tagih.money import split, to_decimal, to_minor
from tagih.policies.policy import Policy
from tagih.policies.waterfall import Waterfall

Onerous = Literal["secured", "late_charge_running", "late_charge_rate", "days_past_due"]
MEASURES: Final = ("secured", "late_charge_running", "late_charge_rate", "days_past_due")


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@frozen
class Among:
    """How one payment is divided over several contracts (KUHPerdata 1396 to 1399).

    The debtor's word comes first, then what is due before what is not. Among debts equally due
    the most onerous comes first: ``onerous`` says by what, the heavier measure first, in turn:
    secured (the contract's tag ``secured`` is yes), late_charge_running, late_charge_rate (a
    day), days_past_due. Then the oldest due date; then pro rata to what is owed.
    """

    onerous: tuple[str, ...] = field(default=("secured", "late_charge_rate"), converter=_texts)

    def __attrs_post_init__(self) -> None:
        for name in self.onerous:
            if name not in MEASURES:
                raise InputError(
                    "allocate.onerous",
                    "most onerous by '{name}' is unknown; write one of {known}",
                    name=name,
                    known=", ".join(MEASURES),
                )


@frozen
class Share:
    """What one contract gets, and why: the debtor's word, due, or not due."""

    contract: str
    amount: Decimal
    why: Literal["named", "due", "not_due"]
    article: str


@frozen
class Shares:
    """The parts of a payment; with ``left`` they add up to it."""

    shares: tuple[Share, ...]
    left: Decimal

    def of(self, contract: str) -> Decimal:
        """All that one contract gets."""
        return sum((share.amount for share in self.shares if share.contract == contract), Decimal(0))


ARTICLES: Final = {"named": "KUHPerdata 1396", "due": "KUHPerdata 1399", "not_due": "KUHPerdata 1399"}


def _weight(position: Position, rule: Among) -> tuple[object, ...]:
    """The heavier comes first, so measures are negative; then the oldest due date."""
    charge = position.policy.late_charge
    measures = {
        "secured": int(position.contract.tag("secured").lower() in ("yes", "ya", "true", "1")),
        "late_charge_running": int(charge is not None and position.days_past_due > 0),
        "late_charge_rate": charge.rate if charge else 0,
        "days_past_due": position.days_past_due,
    }
    oldest = min(
        (row.due_on for row in position.instalments if row.outstanding.total), default=position.as_of
    )
    return (*(-measures[name] for name in rule.onerous), oldest)


def allocate_among(
    amount: Decimal | int,
    positions: Sequence[Position],
    rule: Among = Among(),
    *,
    named: Mapping[str, Decimal | None] | None = None,
) -> Shares:
    """Divide one payment over the contracts of a debtor, or of a group that answers jointly.

    ``named`` is the debtor's word: contract ids in turn, with an amount or (None) all that is
    owed. Parts are whole minor units and add up by largest remainder.

    Raises:
        InputError: If contracts repeat or are in several currencies, or ``named`` names another.
    """
    currency = check_currency(positions)
    by_id = {position.contract.id: position for position in positions}
    if len(by_id) != len(positions):
        raise InputError("allocate.repeated", "a contract is given twice: {ids}", ids=sorted(by_id))
    left = to_minor(Decimal(amount), currency)
    if left < 0:
        raise InputError("allocate.amount", "amount {amount} must not be negative", amount=str(amount))
    owed = {name: to_minor(position.outstanding.total, currency) for name, position in by_id.items()}
    due = {
        name: to_minor(position.arrears.total + position.due_today.total, currency)
        for name, position in by_id.items()
    }
    shares: list[Share] = []

    def give(name: str, part: int, why: Literal["named", "due", "not_due"]) -> None:
        nonlocal left
        if part > 0:
            owed[name] -= part
            due[name] -= min(part, due[name])
            left -= part
            shares.append(Share(name, to_decimal(part, currency), why, ARTICLES[why]))

    for name, asked in (named or {}).items():
        if name not in by_id:
            raise InputError(
                "allocate.named", "the debtor names contract '{name}', which is not given", name=name
            )
        most = owed[name] if asked is None else min(to_minor(asked, currency), owed[name])
        give(name, min(most, left), "named")
    ranks = sorted({_weight(position, rule) for position in positions})
    for why, open_now in (("due", due), ("not_due", owed)):
        for rank in ranks:
            tied = [
                name for name, position in by_id.items() if _weight(position, rule) == rank and open_now[name]
            ]
            whole = min(left, sum(open_now[name] for name in tied))
            if whole:
                parts = split(whole, [open_now[name] for name in tied])
                for name, part in zip(tied, parts, strict=True):
                    give(name, part, why)  # type: ignore[arg-type]
    return Shares(tuple(shares), to_decimal(left, currency))


@frozen
class Allocation:
    """One payment under one order: its split, and where it leaves the contract that day."""

    order: str
    split: Amounts
    unapplied: Decimal
    days_past_due: int
    class_code: str
    late_charge: Decimal
    lines: tuple[Line, ...] = field(repr=False)
    position: Position = field(repr=False)


def allocation(
    contract: Contract, events: Iterable[AnyEvent], policy: Policy, payment: Payment, *, order: str = ""
) -> Allocation:
    """What a payment would do if it were posted: nothing is posted."""
    position = replay(contract, [*events, payment], policy, payment.effective_on)
    lines = tuple(
        line for line in position.lines if line.event == payment.id and line.kind in ("settled", "recovered")
    )
    parts: dict[object, Decimal] = {}
    for line in lines:
        parts[line.component] = parts.get(line.component, Decimal(0)) + line.amount
    waterfall = policy.waterfall
    name = order or (waterfall.about.id if waterfall else "KUHPerdata 1397")
    return Allocation(
        name,
        Amounts(tuple(parts.items())),  # type: ignore[arg-type]
        dict(position.unapplied_by_payment).get(payment.id, Decimal(0)),
        position.days_past_due,
        policy.bucket_for(position.days_past_due).code if policy.buckets else "",
        position.outstanding.late_charge,
        lines,
        position,
    )


def compare_allocations(
    contract: Contract,
    events: Sequence[AnyEvent],
    policy: Policy,
    payment: Payment,
    orders: Mapping[str, Waterfall],
) -> tuple[Allocation, ...]:
    """The split, days past due, class and late charge of a payment under every order given."""
    return tuple(
        allocation(contract, events, evolve(policy, waterfall=waterfall), payment, order=name)
        for name, waterfall in orders.items()
    )


__all__ = [
    "Allocation",
    "Among",
    "Share",
    "Shares",
    "allocate_among",
    "allocation",
    "compare_allocations",
]
