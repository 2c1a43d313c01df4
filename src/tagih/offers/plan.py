"""Arrears in parts, beside the normal instalments.

A plan (cicilan tunggakan) leaves the contract as it is: its rows are dated amounts for what is
in arrears today, less money that is held unapplied (titipan). What the debtor can pay a month, the
number of months and the last day are three ends of one string: two of them give the third.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from attrs import evolve, field, frozen
from attrs.converters import optional

from tagih.contracts import AnyEvent, Charge, Component, Instalment, Pause
from tagih.dates import add_months
from tagih.errors import InputError
from tagih.ledger import Position, replay
from tagih.money import Rounding
from tagih.offers.cost import cost_of, on_the_way
from tagih.offers.limits import ANYBODY, Asking, Facts, checked
from tagih.offers.proposal import (
    Caution,
    DatedAmount,
    Effect,
    Move,
    Proposal,
    beside,
    falling_due,
    fingerprint,
    instalment,
    last_of_day,
    next_number,
    next_sequence,
    owed_rows,
    parts_of,
    plain,
    refuse_written_off,
    taken_off,
    waivers,
)
from tagih.offers.value import worth

LateCharges = Literal["run", "stop", "waived"]
LONGEST = 600


@frozen
class Given:
    """An amount on a day; where it ``counts``, the instalments due by then come out of it first."""

    on: date
    amount: Decimal = field(converter=Decimal)
    counts: bool = False


def _given(values: Iterable[Given]) -> tuple[Given, ...]:
    return tuple(sorted(values, key=lambda one: one.on))


@frozen
class PlanTerms:
    """What is asked of a plan. Give the amount a month, the months or the last day, or two of them.

    ``monthly`` with ``months`` or ``ends_on`` gives the down payment that is needed; ``months``
    with ``ends_on`` gives the first day. ``counts``: the amount a month includes the contract's
    own instalments. ``step`` is added to each payment after the first. ``amounts`` are given
    outright instead; the last of them is left as it is. Payments and the down payment are
    rounded up to ``unit``; the last payment takes what is left.

    ``late_charges``: while the plan is kept they ``run`` on (what they come to is in the last
    payment), ``stop``, or stop and those owed today are ``waived``. With ``age`` ``stands`` days
    past due stand still too. A missed payment may be made good for ``cure_days`` days.
    """

    monthly: Decimal | None = field(default=None, converter=optional(Decimal))
    months: int | None = None
    ends_on: date | None = None
    first_on: date | None = None
    down: Decimal | None = field(default=None, converter=optional(Decimal))
    down_share: Decimal | None = field(default=None, converter=optional(Decimal))
    amounts: tuple[Given, ...] = field(default=(), converter=_given)
    step: Decimal = field(default=Decimal(0), converter=Decimal)
    counts: bool = False
    unit: Decimal = field(default=Decimal(1000), converter=Decimal)
    late_charges: LateCharges = "stop"
    age: Literal["runs", "stands"] = "runs"
    cure_days: int = 0
    fee: Decimal = field(default=Decimal(0), converter=Decimal)

    def __attrs_post_init__(self) -> None:
        if self.amounts and (self.monthly or self.months or self.ends_on):
            raise InputError("plan.amounts", "a plan has given amounts, or an amount a month, not both")
        if not self.amounts and self.monthly is None and self.months is None and self.ends_on is None:
            raise InputError(
                "plan.size", "a plan needs an amount a month, a number of months, a last day, or amounts"
            )
        if self.months is not None and not 1 <= self.months <= LONGEST:
            raise InputError(
                "plan.months",
                "months must be from 1 to {most}, got {months}",
                most=LONGEST,
                months=self.months,
            )
        for name in ("monthly", "down", "down_share", "fee"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InputError("plan.negative", "{name} {value} is below 0", name=name, value=str(value))
        if self.down is not None and self.down_share is not None:
            raise InputError("plan.down", "the down payment is an amount or a share, not both")


@frozen
class _Arranged:
    """The plan's own payments: what is paid today, and dated amounts for arrears and instalments."""

    down: Decimal
    pays: tuple[DatedAmount, ...]

    @property
    def arrears(self) -> list[DatedAmount]:
        return [paid for paid in self.pays if paid.purpose == "arrears"]


def plan(position: Position, terms: PlanTerms, asking: Asking = ANYBODY) -> Proposal:
    """Propose to pay what is in arrears in parts, beside the instalments still to come.

    Raises:
        InputError: If nothing is in arrears beyond the unapplied credit, a date lies in the past, or
            the amount a month never pays the arrears off.
    """
    refuse_written_off(position)
    owed = position.arrears
    late = [(part, amount) for part, amount in position.outstanding.parts if part.kind == "late_charge"]
    waived = [(part, amount) for part, amount in late if amount and terms.late_charges == "waived"]
    waived_rows = {part for part, _ in waived}
    amount = owed.total - sum((a for part, a in owed.parts if part in waived_rows), Decimal(0))
    if amount <= 0:
        raise InputError(
            "plan.no_arrears",
            "contract {contract}: nothing is in arrears on {as_of}; there is nothing to plan",
            contract=position.contract.id,
            as_of=position.as_of.isoformat(),
        )
    credit = min(position.unapplied, amount)
    if credit == amount:
        raise InputError(
            "plan.covered",
            "contract {contract}: the unapplied credit of {unapplied} covers the arrears of {amount}; "
            "there is nothing to plan",
            contract=position.contract.id,
            unapplied=plain(position.unapplied),
            amount=plain(amount),
        )
    amount -= credit
    coming = _coming(position, waived_rows, position.unapplied - credit)
    arranged = _arranged(position, terms, amount, coming)
    last = max((paid.on for paid in arranged.arrears), default=position.as_of)
    pays = _all(position, terms, arranged, coming)
    becomes = _becomes(position, terms, waived, last, pays)
    grown = Decimal(0)
    if terms.late_charges == "run" and arranged.arrears:
        grown = _grown(position, becomes, pays, last)
        pays = _add_to_last(pays, grown)
    months = _months(position.as_of, last)
    proposal = Proposal(
        kind="plan",
        contract=position.contract.id,
        as_of=position.as_of,
        fingerprint=fingerprint(position),
        currency=position.currency,
        pays=pays,
        old=owed_rows(position),
        new=_new_rows(position, waived_rows, credit, pays),
        moves=_moves(position, waived_rows),
        cost=cost_of(position, pays),
        worth=worth(position, pays),
        effects=(
            Effect("monthly", _largest(coming), _largest_month(pays, position.as_of)),
            Effect("plan_ends_on", None, last),
            *on_the_way(position, becomes, pays, last),
        ),
        cautions=_cautions(credit, grown),
        cure_days=terms.cure_days,
        becomes=becomes,
        sequence=next_sequence(position),
    )
    parts = [paid.amount for paid in pays if paid.purpose == "arrears"]
    facts = Facts(
        minimum_instalment=min(parts[:-1] or parts, default=None),
        longest_months=months,
        least_down_share=arranged.down / amount,
    )
    return checked(proposal, position, facts, asking)


# --- amounts and days -------------------------------------------------------------------------


def _coming(position: Position, waived: set[Component], credit: Decimal) -> list[tuple[date, Decimal]]:
    """What is still to fall due (today's too), less the credit that the arrears leave."""
    rows = []
    for row in falling_due(position):
        if row.due_on < position.as_of:
            continue
        amount = sum((part for c, part in parts_of(row) if c not in waived), Decimal(0))
        used = min(amount, credit)
        credit -= used
        if amount > used:
            rows.append((row.due_on, amount - used))
    return rows


def _first(position: Position, terms: PlanTerms, coming: list[tuple[date, Decimal]]) -> date:
    if terms.first_on is not None:
        return terms.first_on
    if terms.ends_on is not None:
        if terms.months is not None:
            return add_months(terms.ends_on, 1 - terms.months)
        back = 0
        while add_months(terms.ends_on, -back - 1) > position.as_of:
            back += 1
        return add_months(terms.ends_on, -back)
    later = [on for on, _ in coming if on > position.as_of]
    return min(later) if later else add_months(position.as_of, 1)


def _anchor(position: Position, terms: PlanTerms, first: date) -> int:
    """The day of the month that payments keep to: the contract's own where they start on one."""
    days = [row.due_on for row in position.contract.instalments]
    if terms.first_on is None and terms.ends_on is None and first in days:
        return max(day.day for day in days)
    return terms.ends_on.day if terms.first_on is None and terms.ends_on else first.day


def _arranged(
    position: Position, terms: PlanTerms, amount: Decimal, coming: list[tuple[date, Decimal]]
) -> _Arranged:
    up = Rounding(terms.unit, "up")
    down = Decimal(0)
    if terms.down is not None:
        down = min(up.of(terms.down), amount)
    elif terms.down_share is not None:
        down = min(up.of(Fraction(amount) * Fraction(terms.down_share)), amount)
    if terms.amounts:
        return _from_given(position, terms, amount, down, coming)
    if down == amount:
        return _Arranged(down, ())
    first = _first(position, terms, coming)
    _not_before(position, first)
    anchor = _anchor(position, terms, first)
    months = terms.months
    if months is None and terms.ends_on is not None:
        months = 0
        while add_months(first, months, anchor_day=anchor) <= terms.ends_on:
            months += 1
        if not months:
            raise InputError(
                "plan.dates",
                "the last day {ends_on} lies before the first payment on {first_on}",
                ends_on=terms.ends_on.isoformat(),
                first_on=first.isoformat(),
            )
    days = [add_months(first, number, anchor_day=anchor) for number in range(months or LONGEST)]
    if terms.monthly is None:
        assert months is not None
        return _Arranged(down, tuple(_sized(terms, amount - down, days, coming)))
    rest = amount - down
    pays, left = _walk(terms, terms.monthly, rest, days, coming)
    if left and months is None:
        raise InputError(
            "plan.never",
            "{monthly} a month never pays the arrears of {amount} off beside the instalments",
            monthly=plain(terms.monthly),
            amount=plain(rest),
        )
    if left:
        if terms.down is not None or terms.down_share is not None:
            raise InputError(
                "plan.too_little",
                "{monthly} a month for {months} months leaves {left} of the arrears unpaid; pay more down, "
                "a month, or longer",
                monthly=plain(terms.monthly),
                months=months,
                left=plain(left),
            )
        down = min(up.of(left), amount)
        pays, left = _walk(terms, terms.monthly, amount - down, days, coming)
    return _Arranged(down, tuple(pays))


def _walk(
    terms: PlanTerms, monthly: Decimal, rest: Decimal, days: list[date], coming: list[tuple[date, Decimal]]
) -> tuple[list[DatedAmount], Decimal]:
    """Pay ``monthly`` (and ``step`` more each time) on each day until ``rest`` is paid."""
    givens = [Given(day, monthly + terms.step * number, terms.counts) for number, day in enumerate(days)]
    return _split(givens, rest, coming)


def _split(
    givens: Iterable[Given], rest: Decimal, coming: list[tuple[date, Decimal]]
) -> tuple[list[DatedAmount], Decimal]:
    """Each amount's part for instalments and its part for arrears; and what stays unpaid."""
    pays = []
    queue = list(coming)
    for one in givens:
        if not rest:
            break
        left = one.amount
        if one.counts:
            due = Decimal(0)
            while queue and queue[0][0] <= one.on:
                due += queue.pop(0)[1]
            paid = min(left, due)
            if paid:
                pays.append(DatedAmount(one.on, paid, "instalment"))
            if due > paid:
                queue.insert(0, (one.on, due - paid))
            left -= paid
        part = min(left, rest)
        if part > 0:
            pays.append(DatedAmount(one.on, part, "arrears"))
            rest -= part
    return pays, rest


def _sized(
    terms: PlanTerms, rest: Decimal, days: list[date], coming: list[tuple[date, Decimal]]
) -> list[DatedAmount]:
    """The smallest amount a month, in whole units, that pays ``rest`` on these days."""
    low, high = 0, 1
    while _walk(terms, high * terms.unit, rest, days, coming)[1]:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (middle, high) if _walk(terms, middle * terms.unit, rest, days, coming)[1] else (low, middle)
        )
    return _walk(terms, high * terms.unit, rest, days, coming)[0]


def _from_given(
    position: Position, terms: PlanTerms, amount: Decimal, down: Decimal, coming: list[tuple[date, Decimal]]
) -> _Arranged:
    for one in terms.amounts:
        _not_before(position, one.on)
    pays, left = _split(terms.amounts, amount - down, coming)
    if left:
        raise InputError(
            "plan.amounts_short",
            "the amounts leave {left} of the arrears of {amount} unpaid",
            left=plain(left),
            amount=plain(amount),
        )
    return _Arranged(down, tuple(pays))


def _not_before(position: Position, on: date) -> None:
    if on <= position.as_of:
        raise InputError(
            "plan.past",
            "a payment on {on} is not after {as_of}; pay it down instead",
            on=on.isoformat(),
            as_of=position.as_of.isoformat(),
        )


def _all(
    position: Position, terms: PlanTerms, arranged: _Arranged, coming: list[tuple[date, Decimal]]
) -> tuple[DatedAmount, ...]:
    """Everything paid: down, fee, the plan's amounts, and the instalments they do not include."""
    pays = list(arranged.pays)
    if arranged.down:
        pays.insert(0, DatedAmount(position.as_of, arranged.down, "up_front"))
    if terms.fee:
        pays.insert(0, DatedAmount(position.as_of, terms.fee, "fee", counts=False))
    included = sum((paid.amount for paid in arranged.pays if paid.purpose == "instalment"), Decimal(0))
    for on, amount in coming:
        used = min(amount, included)
        included -= used
        if amount > used:
            pays.append(DatedAmount(on, amount - used, "instalment"))
    return tuple(sorted(pays, key=lambda paid: paid.on))


def _grown(
    position: Position, becomes: tuple[AnyEvent, ...], pays: tuple[DatedAmount, ...], last: date
) -> Decimal:
    """What is left in arrears on the plan's last day, after all its payments: late charges that ran on."""
    money = beside(
        becomes, (paid for paid in pays if paid.on <= last), position.as_of, "plan", next_sequence(position)
    )
    known = [event for event in position.events if event.effective_on <= position.as_of]
    after = replay(position.contract, (*known, *becomes, *money), position.policy, last)
    return max(after.arrears.total + after.due_today.total - after.unapplied, Decimal(0))


def _add_to_last(pays: tuple[DatedAmount, ...], more: Decimal) -> tuple[DatedAmount, ...]:
    at = max(i for i, paid in enumerate(pays) if paid.purpose == "arrears")
    changed = evolve(pays[at], amount=pays[at].amount + more)
    return (*pays[:at], changed, *pays[at + 1 :])


# --- what it becomes, and what it means -------------------------------------------------------


def _becomes(
    position: Position,
    terms: PlanTerms,
    waived: list[tuple[Component, Decimal]],
    last: date,
    pays: tuple[DatedAmount, ...],
) -> tuple[AnyEvent, ...]:
    events: list[AnyEvent] = []
    if terms.fee:
        # due with the next day, so that money which came in before leaves it to its own payment
        due = position.as_of + timedelta(days=1)
        events.append(Charge("fee", position.as_of, Component("fee", "arrangement"), terms.fee, due_on=due))
    for part, amount in waived:
        events += waivers(position, part, amount)
    of = []
    if terms.age == "stands":
        of.append("days_past_due")
    if terms.late_charges != "run":
        of.append("late_charge")
    if of:
        # the position's own day has already run
        start = position.as_of + timedelta(days=1)
        until = last + timedelta(days=terms.cure_days)
        if until >= start:
            events.append(Pause("pause", start, until, tuple(of)))
    return last_of_day(position, events, pays)


def _moves(position: Position, waived: set[Component]) -> tuple[Move, ...]:
    moves = []
    due = dict(position.arrears.parts)
    for part, amount in position.outstanding.parts:
        planned = due.get(part, Decimal(0))
        if part in waived:
            moves.append(Move(part, amount, "waived"))
            continue
        if planned:
            moves.append(Move(part, planned, "plan"))
        if amount - planned:
            moves.append(Move(part, amount - planned, "stays"))
    return tuple(moves)


def _new_rows(
    position: Position, waived: set[Component], credit: Decimal, pays: tuple[DatedAmount, ...]
) -> tuple[Instalment, ...]:
    """The coming rows as they are, and the plan's own payments as rows numbered on, oldest debt first.

    The credit takes the oldest arrears of all.
    """
    rows, queue = [], []
    for row in falling_due(position):
        parts = [(part, amount) for part, amount in parts_of(row) if part not in waived]
        if row.due_on < position.as_of:
            queue += parts
        elif parts:
            rows.append(instalment(row.number, row.due_on, parts))
    taken_off(queue, credit)
    number = next_number(position)
    for paid in pays:
        if paid.purpose not in ("arrears", "up_front"):
            continue
        parts, left = taken_off(queue, paid.amount)
        if left:
            parts.append((Component("late_charge"), left))
        rows.append(instalment(number, paid.on, parts))
        number += 1
    return tuple(sorted(rows, key=lambda row: (row.due_on, row.number)))


def _largest(coming: list[tuple[date, Decimal]]) -> Decimal:
    return max((amount for _, amount in coming), default=Decimal(0))


def _largest_month(pays: tuple[DatedAmount, ...], as_of: date) -> Decimal:
    months: dict[tuple[int, int], Decimal] = {}
    for paid in pays:
        if paid.on > as_of:
            months[paid.on.year, paid.on.month] = (
                months.get((paid.on.year, paid.on.month), Decimal(0)) + paid.amount
            )
    return max(months.values(), default=Decimal(0))


def _months(start: date, end: date) -> int:
    """Months begun from ``start`` to ``end``."""
    months = 0
    while add_months(start, months) < end:
        months += 1
    return months


def _cautions(credit: Decimal, grown: Decimal) -> tuple[Caution, ...]:
    told = (
        (
            "plan.credit",
            credit,
            "{amount} is held unapplied and comes off the arrears: the plan is for the rest",
        ),
        (
            "plan.late_charges_run",
            grown,
            "late charges go on while the plan runs: {amount} more by its last day",
        ),
    )
    return tuple(
        Caution(code, text.format(amount=plain(amount)), fields=(("amount", plain(amount)),))
        for code, amount, text in told
        if amount
    )
