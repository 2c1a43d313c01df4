"""What a credit register asks of each contract: arrears, how often, how long, in its class since when.

The columns are those of the facility form of SLIK (Sistem Layanan Informasi Keuangan): tunggakan
pokok, tunggakan bunga, denda, frekuensi and hari tunggakan, kualitas and the day since when it
is in that class (for Macet the tanggal macet), and how often and when it was restructured.

>>> from decimal import Decimal
>>> from tagih.contracts import Contract, Instalment
>>> from tagih.policies import policy
>>> from tagih.quality import qualities
>>> due = [Instalment(n, date(2026, n, 15), Decimal(900), Decimal(100)) for n in (1, 2, 3)]
>>> position = replay(Contract("B-1", due), [], policy("id.kol.bank.2019"), as_of=date(2026, 7, 20))
>>> (found,) = slik(qualities([position]))
>>> found.arrears_principal, found.instalments, found.days, found.code, found.since
(Decimal('2700.00'), 3, 186, '5', datetime.date(2026, 7, 15))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

from attrs import frozen

from tagih.ledger import Position, replay
from tagih.ledger.compile import standing
from tagih.quality import Quality, quality, restructured


@frozen
class SlikRow:
    """One contract as a credit register asks for it, amounts in the contract's currency.

    ``since`` is the first day of the present stay in its class; where the history opens with
    balances, not before that day. For a contract pulled by another of its debtor it is the other's.
    ``arrears_since`` is the due date of the oldest unpaid instalment.
    """

    contract_id: str
    debtor_id: str
    as_of: date
    currency: str
    principal_balance: Decimal
    arrears_principal: Decimal
    arrears_interest: Decimal
    late_charge: Decimal
    instalments: int
    days: int
    arrears_since: date | None
    code: str
    name: str
    since: date
    restructures: int
    first_restructured_on: date | None
    last_restructured_on: date | None
    written_off: Decimal


def slik(found: Iterable[Quality], only: Collection[str] | None = None) -> tuple[SlikRow, ...]:
    """A row for each contract (or each of ``only``, by id), in the order given.

    Classes are as `tagih.quality.qualities` gives them.
    """
    listed = list(found)
    by_id = {one.contract_id: one for one in listed}
    return tuple(_row(one, by_id) for one in listed if only is None or one.contract_id in only)


def _row(one: Quality, others: dict[str, Quality]) -> SlikRow:
    position = one.position
    plans = restructured(position)
    pulled = one.classified.reason == "one_obligor" and one.classified.detail in others
    source = others[one.classified.detail] if pulled else one
    return SlikRow(
        contract_id=one.contract_id,
        debtor_id=position.contract.debtor_id,
        as_of=position.as_of,
        currency=position.currency,
        principal_balance=position.outstanding.principal,
        arrears_principal=position.arrears.principal,
        arrears_interest=position.arrears.interest,
        late_charge=position.outstanding.late_charge,
        instalments=position.overdue_instalments,
        days=position.days_past_due,
        arrears_since=position.oldest_due_on,
        code=one.classified.code,
        name=one.classified.name,
        since=in_class_since(source.position),
        restructures=len(plans),
        first_restructured_on=plans[0].effective_on if plans else None,
        last_restructured_on=plans[-1].effective_on if plans else None,
        written_off=position.written_off.total,
    )


def _own_class(position: Position) -> str:
    return quality(position).classified.code


def in_class_since(position: Position, code_of: Callable[[Position], str] = _own_class) -> date:
    """The first day of the contract's present stay in its class.

    As known today: a reversed payment never held it in a better class. Between two events (and the
    days on which unapplied credit is used) a class only gets worse, so that few days need asking.
    """
    contract = position.contract
    known = tuple(standing(position.events, position.as_of))
    code = code_of(position)

    def same(day: date) -> bool:
        return code_of(replay(contract, known, position.policy, day)) == code

    opened = min((row.due_on for row in contract.instalments), default=position.as_of)
    first = min(contract.opening.on if contract.opening else contract.signed_on or opened, position.as_of)
    days = {event.effective_on for event in known}
    days |= {line.on for line in position.lines if line.kind == "settled" and line.start < line.on}
    then = position.as_of
    for stop in sorted({first, *(day for day in days if day > first)}, reverse=True):
        if not same(stop):
            return _first_between(stop, then, same)
        if stop > first and not same(stop - timedelta(days=1)):
            return stop
        then = stop
    return first


def _first_between(before: date, then: date, same: Callable[[date], bool]) -> date:
    """The first day after ``before`` (another class) up to ``then`` (the same class)."""
    while (then - before).days > 1:
        middle = before + (then - before) // 2
        before, then = (before, middle) if same(middle) else (middle, then)
    return then
