"""When does it get worse if nothing is paid, and what is the least that keeps it from doing so?

For one contract: the day it enters the next bucket, where it will stand on a day ahead, and the
least payment today to stay where it is until then, to improve, and to become current. Each payment
is found by replaying the contract with it, so the waterfall, tolerance and unapplied credit count
as they will; one unit less would not do.

>>> from tagih.contracts import Contract, Instalment
>>> from tagih.policies import policy
>>> due = [Instalment(n, date(2026, n, 15), Decimal(900), Decimal(100)) for n in (1, 2, 3)]
>>> position = replay(Contract("MF-1", due), [], policy("id.kol.mf.2018"), as_of=date(2026, 3, 20))
>>> found = outlook(position, until=date(2026, 4, 30))
>>> found.now, found.next_on, found.next, found.at_end
('2', datetime.date(2026, 4, 16), '3', '3')
>>> found.to_stay, found.to_improve, found.to_become_current
(Decimal('1000'), Decimal('2000'), Decimal('3000'))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Final

from attrs import frozen

from tagih.aging import age, scheme_of
from tagih.contracts import Payment
from tagih.dates import month_end
from tagih.errors import InputError, PolicyError
from tagih.ledger import Amounts, Position, added, replay
from tagih.money import decimals
from tagih.policies.buckets import Buckets

NOTHING: Final = Decimal(0)
HORIZON: Final = 500
"""Days after maturity up to which the next bucket is looked for; all bands of law lie within."""
OURS: Final = "outlook"
"""The id of the payment that is tried."""


@frozen
class Outlook:
    """One contract from today on by itself, if nothing else happens.

    ``next`` and ``next_on`` are the first worse bucket and the first day in it (None: it does
    not get worse). ``at_end`` is the bucket on ``until`` if nothing is paid. The least payments are
    whole numbers of ``unit``, made today; 0 where nothing is needed, None where no payment does it
    (there is no better bucket, or what holds it is not for money to change).
    """

    contract_id: str
    debtor_id: str
    as_of: date
    until: date
    currency: str
    unit: Decimal
    now: str
    next: str
    next_on: date | None
    at_end: str
    to_stay: Decimal | None
    to_improve: Decimal | None
    to_become_current: Decimal | None
    outstanding: Amounts


def next_month_end(as_of: date) -> date:
    """The end of the month; on the last day of one, the end of the next."""
    return month_end(as_of + timedelta(days=1))


def outlook(
    position: Position,
    *,
    until: date | None = None,
    scheme: Buckets | None = None,
    unit: Decimal | None = None,
    judgement: str = "",
) -> Outlook:
    """What lies ahead of one contract, and the least payments today.

    Args:
        until: The day up to which it should stay, included; by default the end of the month.
        scheme: The buckets, by default the policy's.
        unit: The smallest payable amount; by default the policy's, else 1 (of a currency with
            decimals, the smallest coin).

    Raises:
        InputError: If ``until`` is not after the position's day, or the unit is not above 0.
        PolicyError: If there is no scheme.
    """
    end = until or next_month_end(position.as_of)
    if end <= position.as_of:
        raise InputError(
            "outlook.until",
            "outlook: until {until} must lie after {as_of}",
            until=end.isoformat(),
            as_of=position.as_of.isoformat(),
        )
    step = unit or _unit(position)
    if step <= 0:
        raise InputError("outlook.unit", "outlook: unit {unit} must be above 0", unit=str(step))
    ahead = _Ahead(position, scheme_of(position, scheme), judgement)
    now = ahead.place(NOTHING, position.as_of)
    next_on = ahead.worse_on()
    today = ahead.today
    return Outlook(
        contract_id=position.contract.id,
        debtor_id=position.contract.debtor_id,
        as_of=position.as_of,
        until=end,
        currency=position.currency,
        unit=step,
        now=ahead.scheme.buckets[now].code,
        next=ahead.code(next_on) if next_on else "",
        next_on=next_on,
        at_end=ahead.code(end),
        to_stay=ahead.least(lambda paid: ahead.place(paid, end) <= now, step, end),
        to_improve=ahead.least(lambda paid: ahead.place(paid, today) < now, step, today),
        to_become_current=ahead.least(lambda paid: not ahead.at(paid, today).days_past_due, step, today),
        outstanding=position.outstanding,
    )


def _unit(position: Position) -> Decimal:
    rule = position.policy.rounding
    if rule is not None:
        return rule.rounding.unit
    return Decimal(1) if position.currency == "IDR" else Decimal(1).scaleb(-decimals(position.currency))


class _Ahead:
    """A contract with nothing to come but, perhaps, one payment today; each question is replayed once."""

    def __init__(self, position: Position, scheme: Buckets, judgement: str) -> None:
        opening = position.contract.opening
        cut_over_today = opening is not None and opening.on == position.as_of
        self.position, self.scheme, self.judgement = position, scheme, judgement
        # what is paid on the cut-over day is in the opening balances: the first payment is a day later
        self.today = position.as_of + timedelta(days=1) if cut_over_today else position.as_of
        self.known = tuple(event for event in position.events if event.effective_on <= position.as_of)
        self.seen: dict[tuple[Decimal, date], Position] = {}

    def at(self, paid: Decimal, day: date) -> Position:
        """The position on ``day`` if ``paid`` is paid today and nothing after."""
        if (paid, day) not in self.seen:
            more = (Payment(OURS, self.today, paid, sequence=1 << 30),) if paid else ()
            position = self.position
            self.seen[paid, day] = replay(position.contract, (*self.known, *more), position.policy, day)
        return self.seen[paid, day]

    def place(self, paid: Decimal, day: date) -> int:
        """How bad the bucket is on ``day`` if ``paid`` is paid today and nothing after.

        Where only a judgement can decide, it is the best bucket that it may choose.
        """
        try:
            found = age(self.at(paid, day), self.scheme, judgement=self.judgement)
        except PolicyError as error:
            if error.code != "class.judgement":
                raise
            return min(self.scheme.place(code) for code in self.scheme.judged)
        return self.scheme.place(found.bucket.code)

    def code(self, day: date) -> str:
        """The bucket on ``day`` if nothing is paid."""
        return self.scheme.buckets[self.place(NOTHING, day)].code

    def worse_on(self) -> date | None:
        """The first day in a worse bucket if nothing is paid; None if there is none."""
        now = self.place(NOTHING, self.position.as_of)
        low, high = self.position.as_of, self._horizon()
        if high <= low or self.place(NOTHING, high) <= now:
            return None
        while (high - low).days > 1:
            middle = low + (high - low) // 2
            if self.place(NOTHING, middle) > now:
                high = middle
            else:
                low = middle
        return high

    def _horizon(self) -> date:
        position, policy = self.position, self.position.policy
        last = max(position.matures_on or position.as_of, position.as_of) + timedelta(days=HORIZON)
        if policy.arrears.days == "working" and policy.calendar is not None:
            return min(last, date(max(policy.calendar.years), 12, 31))
        return last

    def least(self, works: Callable[[Decimal], bool], unit: Decimal, day: date) -> Decimal | None:
        """The least payment with which ``works``: more never undoes what less does.

        It changes only where a cell is settled in full, or, under a tolerance, a little before.
        """
        if works(NOTHING):
            return NOTHING
        owed = self.position.outstanding.total + self.position.written_off.total
        most = _units_up(owed, unit)
        if not most or not works(most):
            return None
        steps, settled = [NOTHING], NOTHING
        for line in self.at(most, day).lines:
            if line.event == OURS and line.kind in ("settled", "recovered"):
                settled += line.amount
                steps.append(_units_up(settled, unit))
        steps = sorted({*steps, most})
        low, high = 0, len(steps) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if works(steps[middle]) else (middle, high)
        return _least_between(steps[low], steps[high], unit, works)


def _units_up(amount: Decimal, unit: Decimal) -> Decimal:
    return (amount / unit).to_integral_value(ROUND_CEILING) * unit


def _least_between(low: Decimal, high: Decimal, unit: Decimal, works: Callable[[Decimal], bool]) -> Decimal:
    """The least multiple of ``unit`` above ``low``, which does not work, up to ``high``, which does."""
    if not works(high - unit):
        return high
    below, above = int(low / unit), int(high / unit) - 1
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if works(middle * unit) else (middle, above)
    return above * unit


# --- a book -------------------------------------------------------------------------------------


@frozen
class Ahead:
    """Contracts that stand in bucket ``now`` and, if nothing is paid, in ``at_end`` on the day ahead.

    ``to_stay`` adds up the least payments that keep them in ``now``.
    """

    now: str
    at_end: str
    contracts: int
    outstanding: Amounts
    to_stay: Decimal


def month_end_view(outlooks: Iterable[Outlook], scheme: Buckets) -> tuple[Ahead, ...]:
    """From which bucket to which, if nothing is paid: one row each pair that occurs, best first.

    Raises:
        InputError: If the outlooks differ in day, end or currency.
    """
    groups: dict[tuple[int, int], list[Outlook]] = {}
    asked = set()
    for one in outlooks:
        asked.add((one.as_of, one.until, one.currency))
        groups.setdefault((scheme.place(one.now), scheme.place(one.at_end)), []).append(one)
    if len(asked) > 1:
        raise InputError(
            "outlook.mixed",
            "a view ahead is of one day, one end and one currency, got {found}",
            found=sorted(f"{day} to {end} {currency}" for day, end, currency in asked),
        )
    return tuple(
        Ahead(
            scheme.buckets[now].code,
            scheme.buckets[end].code,
            len(own),
            added(one.outstanding for one in own),
            sum((one.to_stay or NOTHING for one in own), NOTHING),
        )
        for (now, end), own in sorted(groups.items())
    )
