"""Was the promise kept?

A promise to pay (janji bayar) is one dated amount or a series. Money that came in from the day
it was made to its deadline keeps it; one rupiah never keeps two promises. Every verdict names
the payments it used, and is of a date: a later reversal un-keeps a promise from that day on.

>>> promise = Promise("J-1", "MF-1", date(2026, 3, 1), (Promised(date(2026, 3, 10), Decimal(500)),))
>>> paid = [Payment("P-1", date(2026, 3, 9), Decimal(300)), Payment("P-2", date(2026, 3, 12), Decimal(300))]
>>> [(v.status, v.received) for v in judge([promise], paid, PromiseRule(), date(2026, 3, 11))]
[('partial', Decimal('300'))]
>>> patient = PromiseRule(grace_days=2)
>>> [v.used for v in judge([promise], paid, patient, date(2026, 3, 12))]
[(('P-1', Decimal('300')), ('P-2', Decimal('200')))]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from attrs import field, frozen

from tagih.contracts import AnyEvent, Chargeback, Payment
from tagih.errors import InputError
from tagih.ledger.compile import standing
from tagih.policies import Calendar

Status = Literal["kept", "partial", "broken", "pending"]


class Holidays(Protocol):
    """Anything that knows holidays; a year that it does not know is an error, never "none"."""

    def is_holiday(self, day: date) -> bool:
        """Whether ``day`` is a holiday."""
        ...


@frozen
class Promised:
    """One promised payment: by when, and how much."""

    due_on: date
    amount: Decimal


def _parts(values: Iterable[Promised]) -> tuple[Promised, ...]:
    return tuple(values)


@frozen
class Promise:
    """A promise made on a day, of one payment or a series in order of date."""

    id: str
    contract_id: str
    made_on: date
    parts: tuple[Promised, ...] = field(converter=_parts)

    def __attrs_post_init__(self) -> None:
        if not self.parts:
            raise InputError(
                "promise.empty", "promise {id}: it promises nothing; give a date and an amount", id=self.id
            )
        for part in self.parts:
            if part.due_on < self.made_on or not part.amount > 0:
                raise InputError(
                    "promise.part",
                    "promise {id}: {amount} by {due_on} must be above 0, by {made_on} or later",
                    id=self.id,
                    amount=str(part.amount),
                    due_on=part.due_on.isoformat(),
                    made_on=self.made_on.isoformat(),
                )


@frozen
class PromiseRule:
    """When a promise counts as kept.

    ``share`` of the promised amount must have come in (1 is all of it), at the latest
    ``grace_days`` days after the promised date, counted in calendar or working days. Working
    days are those of ``week`` (0 is Monday) that are no holidays and, of a `Calendar`, no joint leave.
    """

    share: Decimal = field(default=Decimal(1), converter=Decimal)
    grace_days: int = 0
    grace_in: Literal["calendar", "working"] = "calendar"
    week: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: Holidays | None = None

    def __attrs_post_init__(self) -> None:
        if not 0 < self.share <= 1 or self.grace_days < 0 or not self.week:
            raise InputError(
                "promise.rule",
                "promise rule: share is above 0 and at most 1, grace_days 0 or more, the week has a day",
            )
        if self.grace_in == "working" and self.holidays is None:
            raise InputError(
                "promise.holidays", "promise rule: grace in working days needs a holiday calendar"
            )

    def deadline(self, due_on: date) -> date:
        """The last day on which money still keeps what was promised for ``due_on``."""
        if self.grace_in == "calendar":
            return due_on + timedelta(days=self.grace_days)
        day, left = due_on, self.grace_days
        while left:
            day += timedelta(days=1)
            left -= self._works(day)
        return day

    def _works(self, day: date) -> bool:
        rests = self.holidays
        assert rests is not None
        if day.weekday() not in self.week or rests.is_holiday(day):
            return False
        return not (isinstance(rests, Calendar) and rests.is_cuti_bersama(day))


@frozen
class PromiseVerdict:
    """What became of one promised payment on ``as_of``.

    ``used`` names the payments that count for it and how much of each. ``matured`` is True once
    it is kept, or its deadline has passed.
    """

    promise_id: str
    contract_id: str
    made_on: date
    due_on: date
    deadline: date
    promised: Decimal
    received: Decimal
    used: tuple[tuple[str, Decimal], ...]
    status: Status
    as_of: date

    @property
    def matured(self) -> bool:
        """Whether the promise can be counted: kept, or its deadline has passed."""
        return self.status != "pending"


def judge(
    promises: Iterable[Promise], events: Iterable[AnyEvent], rule: PromiseRule, as_of: date
) -> tuple[PromiseVerdict, ...]:
    """The verdict on every promised payment of one contract on ``as_of``, earliest deadline first.

    Payments count from the day the promise was made to the deadline, both included, less what
    was charged back. Each rupiah goes to the promised payment with the earliest deadline that
    it is in time for and that still lacks money, so it keeps one promise at most.

    Raises:
        InputError: If the promises are of several contracts, or share an id.
    """
    listed = list(promises)
    if len({promise.contract_id for promise in listed}) > 1:
        raise InputError("promise.contracts", "promises of several contracts; judge each contract by itself")
    if len({promise.id for promise in listed}) != len(listed):
        raise InputError("promise.ids", "two promises have one id; ids must differ")
    targets = sorted(
        (
            (rule.deadline(part.due_on), part.due_on, promise.made_on, promise.id, promise, part)
            for promise in listed
            for part in promise.parts
            if promise.made_on <= as_of
        ),
        key=lambda target: target[:4],
    )
    lacking = [part.amount for *_, part in targets]
    used: list[list[tuple[str, Decimal]]] = [[] for _ in targets]
    for payment, left in money(events, as_of):
        for at, (deadline, _, made_on, *_) in enumerate(targets):
            if left and lacking[at] and made_on <= payment.effective_on <= deadline:
                got = min(left, lacking[at])
                lacking[at] -= got
                left -= got
                used[at].append((payment.id, got))
    verdicts = []
    for (deadline, due_on, made_on, _, promise, part), names in zip(targets, used, strict=True):
        received = sum((amount for _, amount in names), Decimal(0))
        if received >= part.amount * rule.share:
            status: Status = "kept"
        elif as_of <= deadline:
            status = "pending"
        else:
            status = "partial" if received else "broken"
        verdicts.append(
            PromiseVerdict(
                promise_id=promise.id,
                contract_id=promise.contract_id,
                made_on=made_on,
                due_on=due_on,
                deadline=deadline,
                promised=part.amount,
                received=received,
                used=tuple(names),
                status=status,
                as_of=as_of,
            )
        )
    return tuple(verdicts)


def money(events: Iterable[AnyEvent], as_of: date) -> list[tuple[Payment, Decimal]]:
    """The payments that stand on ``as_of`` in order of date, each less what was charged back."""
    stand = standing(events, as_of)
    back: dict[str, Decimal] = {}
    for event in stand:
        if isinstance(event, Chargeback):
            back[event.target] = back.get(event.target, Decimal(0)) + event.amount
    payments = sorted(
        (event for event in stand if isinstance(event, Payment)),
        key=lambda payment: (payment.effective_on, payment.sequence, payment.id),
    )
    return [(payment, payment.amount - back.get(payment.id, Decimal(0))) for payment in payments]


@frozen
class KeptRate:
    """How many matured promises were kept, and how much of the promised money came in.

    ``by_count`` is kept ÷ matured, ``by_amount`` received ÷ promised over the matured ones;
    None where nothing has matured.
    """

    kept: int
    matured: int
    received: Decimal
    promised: Decimal

    @property
    def by_count(self) -> Decimal | None:
        """Kept ÷ matured."""
        return Decimal(self.kept) / self.matured if self.matured else None

    @property
    def by_amount(self) -> Decimal | None:
        """Received in the window ÷ promised."""
        return self.received / self.promised if self.promised else None


def kept_rate(verdicts: Sequence[PromiseVerdict]) -> KeptRate:
    """The kept rate over verdicts of any contracts; pending ones are left out."""
    matured = [verdict for verdict in verdicts if verdict.matured]
    return KeptRate(
        kept=sum(verdict.status == "kept" for verdict in matured),
        matured=len(matured),
        received=sum((verdict.received for verdict in matured), Decimal(0)),
        promised=sum((verdict.promised for verdict in matured), Decimal(0)),
    )
