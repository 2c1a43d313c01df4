"""A new schedule in place of the old one: where every rupiah goes, and what it costs each side.

What is owed falls into parts: principal; interest in arrears; the running interest of the period
that is under way; fees and late charges. Principal goes into the new rows. Each other part is
capitalised, deferred, collected or waived, as asked by name; interest still to come that the new
rows charge anew is saved. Nothing becomes principal unless it is asked for.

>>> from tagih.contracts import Contract
>>> from tagih.ledger import replay
>>> from tagih.policies import Policy
>>> from tagih.schedules import annuity
>>> rows = annuity(principal=12_000_000, monthly_rate=Decimal("0.02"), months=12,
...                first_due=date(2026, 1, 31))
>>> position = replay(Contract("MF-1", rows), [], Policy(), date(2026, 2, 10))
>>> offer = restructure(position, RestructureTerms(NewPlan(18, Rate(Decimal("0.015"), "month"))))
>>> offer.new[0].due_on, offer.new[0].total, offer.ends_on
(datetime.date(2026, 2, 28), Decimal('765669'), datetime.date(2027, 7, 31))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

from attrs import evolve, field, frozen
from attrs.converters import optional

from tagih.contracts import (
    INTEREST,
    PRINCIPAL,
    AnyEvent,
    Charge,
    Component,
    Instalment,
    Payment,
    Restructure,
)
from tagih.dates import add_months
from tagih.daycounts import year_fraction
from tagih.errors import InputError, PolicyError
from tagih.ledger import Position, replay
from tagih.money import Rounding
from tagih.offers.cost import (
    Household,
    WorthBy,
    cap_checks,
    class_effects,
    cost_of,
    income_effects,
    loss,
    usual,
)
from tagih.offers.limits import ANYBODY, Asking, Facts, checked
from tagih.offers.proposal import (
    Caution,
    DatedAmount,
    Effect,
    Move,
    Proposal,
    Purpose,
    accelerated_on,
    fingerprint,
    instalment,
    leaves,
    next_number,
    numbered,
    other_order,
    owed_rows,
    parts_of,
    plain,
    plan_in_force,
    refuse_other_order,
    refuse_same_day,
    refuse_written_off,
)
from tagih.offers.reage import equal_parts
from tagih.schedules import (
    Calendar,
    Every,
    Grace,
    Rate,
    Roundings,
    Step,
    Terms,
    annuity,
    equal_principal,
    every,
    flat,
    make,
)

Treatment = Literal["capitalise", "defer", "collect", "waive", "keep"]
TREATMENTS: Final = {
    "capitalise": "becomes principal of the new rows, and bears interest",
    "defer": "is owed by the new rows as it is, without interest",
    "collect": "is paid today",
    "waive": "is given up",
    "keep": "stays owed where it is (fees and late charges)",
}
"""What can become of a part of the debt."""

FREQUENCY: Final = {
    "biweekly": "two_weekly",
    "bimonthly": "two_monthly",
    "semiannual": "half_yearly",
    "annual": "yearly",
    "bullet": "monthly",
}
"""Contracts' frequencies that schedules know by another name; a bullet is paid anew by the month."""

FEE_OF_IT: Final = Component("fee", "restructure")


@frozen
class NewPlan:
    """The schedule asked for: how many rows, at which rate, and what is special about them.

    Without a ``rate`` the interest (margin) still to come is kept as it was agreed, and spread: no
    more is owed than before. ``first_due`` is by default the next due date of the old plan, or
    one period from today. ``grace``, ``steps``, ``balloon``, ``instalment``, ``accrual``,
    ``first_period``, ``shortfall`` and ``rounding`` are those of `tagih.schedules.Terms`;
    ``shortfall`` ``capitalise`` declares negative amortisation. ``rows`` are given outright instead:
    day, principal and interest of each.
    """

    instalments: int = 0
    rate: Rate | None = None
    method: str = "annuity"
    first_due: date | None = None
    anchor_day: int | None = None
    frequency: Every | None = field(default=None, converter=optional(every))
    grace: Grace = Grace()
    steps: tuple[Step, ...] = ()
    balloon: Decimal = field(default=Decimal(0), converter=Decimal)
    instalment: Decimal | None = field(default=None, converter=optional(Decimal))
    accrual: str = "period"
    first_period: Literal["accrued", "spread", "first", "up_front", "free"] = "accrued"
    shortfall: Literal["refuse", "capitalise"] = "refuse"
    rounding: Roundings = Roundings()
    rows: tuple[tuple[date, Decimal, Decimal], ...] = ()


@frozen
class Running:
    """Running interest: of the days from the last due date to today, not due yet.

    Without a rate it is the coming row's interest by the share of its period's days that have
    passed. With ``annual_rate`` it is the rate by ``day_count`` on the ``scheduled`` principal (what
    would be left had all been paid in time) or the ``actual`` one.
    """

    annual_rate: Fraction | None = field(default=None, converter=optional(Fraction))
    day_count: str = "ACT/365F"
    of: Literal["scheduled", "actual"] = "scheduled"
    rounding: Rounding = Rounding(Decimal(1), "half_up")


AS_SCHEDULED: Final = Running()


def _waived(
    values: Mapping[str, Decimal] | Iterable[tuple[str, Decimal]],
) -> tuple[tuple[str, Decimal], ...]:
    pairs = values.items() if isinstance(values, Mapping) else values
    return tuple((kind, Decimal(amount)) for kind, amount in pairs)


@frozen
class Debts:
    """What becomes of each part of the debt beside principal.

    ``interest``, ``fee`` and ``late_charge`` are what is owed of them today; ``running`` the interest
    of the period under way: with ``continue`` the new plan's first period starts where that
    period did, and bears it. ``waive`` gives up an amount by kind first (``principal`` too); the rest is
    treated as named. What is deferred is owed with the ``last`` or ``first`` new row, or ``spread``.
    """

    interest: Treatment = "defer"
    running: Treatment | Literal["continue"] = "continue"
    fee: Treatment = "defer"
    late_charge: Treatment = "defer"
    waive: tuple[tuple[str, Decimal], ...] = field(default=(), converter=_waived)
    deferred_to: Literal["last", "first", "spread"] = "last"
    running_interest: Running = Running()

    def __attrs_post_init__(self) -> None:
        for name in ("interest", "running", "fee", "late_charge"):
            found = getattr(self, name)
            known = {
                "interest": [one for one in TREATMENTS if one != "keep"],
                "running": ["continue", *(one for one in TREATMENTS if one != "keep")],
            }.get(name, list(TREATMENTS))
            if found not in known:
                raise InputError(
                    "restructure.treatment",
                    "{part} cannot be treated by '{found}'; write one of {known}",
                    part=name,
                    found=found,
                    known=", ".join(known),
                )
        for kind, amount in self.waive:
            if kind not in ("principal", "interest", "fee", "late_charge") or amount < 0:
                raise InputError(
                    "restructure.waive",
                    "waive {kind} = {amount}: write an amount of principal, interest, fee or late_charge",
                    kind=kind,
                    amount=str(amount),
                )


@frozen
class RestructureTerms:
    """What is asked of a restructure.

    ``up_front`` is paid today and settles the debt in the policy's own order, then principal, before
    anything else is worked out; ``fee`` is the cost of the restructure itself, paid today beside it
    (for sharia contracts the real cost). ``household`` gives the debt-service ratio.
    """

    plan: NewPlan
    debts: Debts = Debts()
    up_front: Decimal = field(default=Decimal(0), converter=Decimal)
    fee: Decimal = field(default=Decimal(0), converter=Decimal)
    household: Household | None = None
    worth: WorthBy = WorthBy()

    def __attrs_post_init__(self) -> None:
        for name in ("up_front", "fee"):
            if getattr(self, name) < 0:
                raise InputError("restructure.negative", "{name} is below 0", name=name)


def restructure(position: Position, terms: RestructureTerms, asking: Asking = ANYBODY) -> Proposal:
    """Propose a new schedule in place of the one that stands.

    Raises:
        InputError: If nothing is left to restructure, the plan never amortises, principal would
            grow without having been declared, more is waived than is owed, or the day has an event
            that changes what is owed after what the offer does.
        PolicyError: If the policy forbids to capitalise interest, or a sharia contract would owe more.
    """
    refuse_written_off(position)
    paid = _after_up_front(position, terms)
    parts = _parts(paid, terms)
    rows = _new_rows(paid, terms, parts)
    moves = _moves(position, paid, parts)
    draft = Draft(
        rows=rows,
        moves=moves,
        waived=parts.waived,
        capitalised=parts.capitalised,
        kept=tuple(Component(kind) for kind in parts.kept),
        collected=parts.collected,
        up_front=terms.up_front,
        fee=terms.fee,
        charged=parts.beyond,
    )
    made = proposed(position, "restructure", draft, terms.household, terms.worth, paid)
    if cautions := _cautions(paid, terms, parts, rows):
        made = evolve(made, cautions=(*made.cautions, *cautions))
    _refuse_sharia(position, made, terms)
    return checked(made, position, facts_of(position, made), asking)


# --- what is owed, part by part ---------------------------------------------------------------


@frozen
class Parts:
    """The debt as the terms divide it, after what is paid up front.

    ``running`` is interest earned and not due; ``beyond`` the part of it that no row holds yet
    (a charge makes it owed). ``saved`` is interest to come that is not earned any more.
    """

    principal: Decimal
    waived: tuple[tuple[Component, Decimal], ...]
    capitalised: tuple[tuple[Component, Decimal], ...]
    deferred: tuple[tuple[Component, Decimal], ...]
    collected: tuple[tuple[Component, Decimal], ...]
    kept: tuple[str, ...]
    coming_fees: tuple[tuple[date, Component, Decimal], ...]
    agreed_interest: Decimal
    saved: Decimal
    running: Decimal
    beyond: Decimal
    since: date


def _after_up_front(position: Position, terms: RestructureTerms) -> Position:
    if not terms.up_front:
        return position
    if terms.up_front > position.outstanding.total:
        raise InputError(
            "restructure.up_front",
            "{amount} up front is more than the {owed} that is owed",
            amount=plain(terms.up_front),
            owed=plain(position.outstanding.total),
        )
    return _paid(position, terms.up_front)


@lru_cache(maxsize=32)
def _paid(position: Position, amount: Decimal) -> Position:
    events = (*position.events, *_up_front(position, amount))
    return replay(position.contract, events, position.policy, position.as_of)


@lru_cache(maxsize=32)
def _up_front(position: Position, amount: Decimal) -> tuple[Payment, ...]:
    """Money of today in the policy's order; what that leaves unused repays principal, oldest first."""
    if not amount:
        return ()
    today, last = position.as_of, _last_sequence(position)
    money = Payment("up-front", today, amount, sequence=last)
    after = replay(position.contract, (*position.events, money), position.policy, today)
    unused = min(after.unapplied - position.unapplied, amount)
    if unused <= 0:
        return (money,)
    rest = Payment("up-front.principal", today, unused, components=((PRINCIPAL, unused),), sequence=last + 1)
    return (evolve(money, amount=amount - unused), rest) if amount > unused else (rest,)


def _parts(position: Position, terms: RestructureTerms) -> Parts:
    debts, today = terms.debts, position.as_of
    since, running = running_interest(position, debts.running_interest)
    if debts.running == "continue":
        running = Decimal(0)
    else:
        since = today
    overdue: dict[Component, Decimal] = {}
    coming_interest = Decimal(0)
    coming_fees = []
    principal = Decimal(0)
    for row in owed_rows(position):
        for part, amount in parts_of(row):
            if part.kind == "principal":
                principal += amount
            elif part.kind == "interest" and row.due_on > today:
                coming_interest += amount
            elif part.kind == "fee" and row.due_on > today and debts.fee != "keep":
                coming_fees.append((row.due_on, part, amount))
            else:
                overdue[part] = overdue.get(part, Decimal(0)) + amount
    beyond = max(running - coming_interest, Decimal(0))
    taken = running - beyond
    agreed = coming_interest - taken if terms.plan.rate is None and not terms.plan.rows else Decimal(0)
    waive = dict(debts.waive)
    sums: dict[str, dict[Component, Decimal]] = {name: {} for name in TREATMENTS}

    def given_up(part: Component, amount: Decimal) -> Decimal:
        found = min(waive.get(part.kind, Decimal(0)), amount)
        if found:
            waive[part.kind] -= found
        return found

    def treat(part: Component, amount: Decimal, waived: Decimal, treatment: str) -> None:
        for name, share in (("waive", waived), (treatment, amount - waived)):
            if share:
                sums[name][part] = sums[name].get(part, Decimal(0)) + share

    # a component without a name means all of its kind: it is given up first, and taken after the named
    # ones, which then leave it nothing but its own
    lost = {part: given_up(part, overdue[part]) for part in sorted(overdue, key=lambda part: bool(part.name))}
    for part in sorted(overdue, key=lambda part: (part.kind, not part.name, part.name)):
        treat(part, overdue[part], lost[part], getattr(debts, part.kind))
    if running:
        treat(INTEREST, running, given_up(INTEREST, running), debts.running)
    reduced = min(waive.get("principal", Decimal(0)), principal)
    if reduced:
        waive["principal"] -= reduced
        sums["waive"][PRINCIPAL] = reduced
    for kind, left in waive.items():
        if left > 0:
            raise InputError(
                "restructure.waive_more",
                "{amount} of {kind} is to be waived, {left} more than is owed of it today",
                kind=kind,
                amount=plain(dict(debts.waive)[kind]),
                left=plain(left),
            )
    kept = tuple(kind for kind in ("fee", "late_charge") if getattr(debts, kind) == "keep")
    return Parts(
        principal=principal - reduced,
        waived=tuple(sums["waive"].items()),
        capitalised=tuple(sums["capitalise"].items()),
        deferred=tuple(sums["defer"].items()),
        collected=tuple(sums["collect"].items()),
        kept=kept,
        coming_fees=tuple(coming_fees),
        agreed_interest=agreed,
        saved=coming_interest - taken - agreed,
        running=running,
        beyond=beyond,
        since=since,
    )


def running_interest(position: Position, asked: Running = AS_SCHEDULED) -> tuple[date, Decimal]:
    """From which day interest is running, and what it comes to on the position's day.

    After the last due date nothing runs, for interest is as scheduled; nor after an acceleration.
    """
    rows = plan_in_force(position)
    today = position.as_of
    coming = [row for row in rows if row.due_on > today]
    if not coming or accelerated_on(position) is not None:
        return today, Decimal(0)
    passed = [row.due_on for row in rows if row.due_on <= today]
    first = coming[0].due_on
    since = max(passed) if passed else position.contract.signed_on or _period_before(position, first)
    since = min(since, today)
    if asked.annual_rate is None:
        share = Fraction((today - since).days, (first - since).days)
        return since, asked.rounding.of(Fraction(coming[0].interest) * share)
    principal = position.outstanding.principal
    if asked.of == "scheduled":
        principal = sum((row.principal for row in coming), Decimal(0))
    years = year_fraction(asked.day_count, since, today)
    return since, asked.rounding.of(Fraction(principal) * asked.annual_rate * years)


def _period_before(position: Position, first: date) -> date:
    return Calendar(frequency_of(position), first_due=first).regular_start()


def frequency_of(position: Position) -> Every:
    """How far the contract's instalments lie apart."""
    name = position.contract.frequency
    return every(FREQUENCY.get(name, name))


# --- the new rows -----------------------------------------------------------------------------


def _new_rows(position: Position, terms: RestructureTerms, parts: Parts) -> tuple[Instalment, ...]:
    grown = sum((amount for _, amount in parts.capitalised), Decimal(0))
    principal = parts.principal + grown
    if principal <= 0:
        raise InputError(
            "restructure.nothing",
            "contract {contract}: no principal is left to restructure on {as_of}",
            contract=position.contract.id,
            as_of=position.as_of.isoformat(),
        )
    if grown:
        _refuse_forbidden(position, parts)
    rows = _scheduled(position, terms.plan, principal, parts)
    for row in rows[:1]:
        if row.due_on <= position.as_of:
            raise InputError(
                "restructure.first_due",
                "the first new instalment falls due on {due_on}; write a day after {as_of}",
                due_on=row.due_on.isoformat(),
                as_of=position.as_of.isoformat(),
            )
    added: dict[int, list[tuple[Component, Decimal]]] = {}
    for part, amount in parts.deferred:
        for at, share in _shared(amount, len(rows), terms.debts.deferred_to):
            added.setdefault(at, []).append((part, share))
    for day, part, amount in parts.coming_fees:
        at = next((at for at, row in enumerate(rows) if row.due_on >= day), len(rows) - 1)
        added.setdefault(at, []).append((part, amount))
    first = next_number(position)
    return tuple(
        instalment(first + at, row.due_on, (*parts_of(row), *added[at]))
        if at in added
        else numbered(row, first + at)
        for at, row in enumerate(rows)
    )


def _shared(amount: Decimal, count: int, to: str) -> list[tuple[int, Decimal]]:
    if to == "spread":
        return [(at, share) for at, share in enumerate(equal_parts(amount, count)) if share]
    return [(count - 1 if to == "last" else 0, amount)]


def _scheduled(position: Position, plan: NewPlan, principal: Decimal, parts: Parts) -> tuple[Instalment, ...]:
    """Principal and interest of the new rows."""
    if plan.rows:
        return _given(plan, principal)
    frequency = plan.frequency or frequency_of(position)
    calendar = _calendar(position, plan, frequency)
    assert calendar.first_due is not None
    if plan.rate is None and parts.agreed_interest:
        terms = Terms(
            principal,
            plan.instalments,
            method="murabahah",
            total_interest=parts.agreed_interest,
            calendar=calendar,
            rounding=plan.rounding,
            grace=plan.grace,
        )
        return make(terms).instalments
    rate = plan.rate or Rate()
    if (quick := _quick(plan, rate, calendar, principal, parts.since)) is not None:
        return quick
    terms = Terms(
        principal,
        plan.instalments,
        method=plan.method if plan.rate is not None else "equal_principal",
        rate=rate,
        calendar=calendar,
        start=parts.since,
        accrual=plan.accrual,
        first_period=plan.first_period,
        instalment=plan.instalment,
        balloon=plan.balloon,
        steps=plan.steps,  # type: ignore[arg-type]
        grace=plan.grace,
        rounding=plan.rounding,
        shortfall=plan.shortfall,
    )
    return make(terms).instalments


DOORS: Final = {"annuity": annuity, "equal_principal": equal_principal, "flat": flat}
PLAIN: Final = NewPlan()


def _quick(
    plan: NewPlan, rate: Rate, calendar: Calendar, principal: Decimal, since: date
) -> tuple[Instalment, ...] | None:
    """A plain plan by the short doors, which give the same rows sooner; rows of interest alone may lead."""
    lead = plan.grace.principal
    same = evolve(PLAIN, instalments=plan.instalments, rate=plan.rate, method=plan.method,
                  first_due=plan.first_due, anchor_day=plan.anchor_day, frequency=plan.frequency,
                  grace=Grace(principal=lead))  # fmt: skip
    if plan != same or plan.method not in DOORS or rate.compounded is not None or plan.rate is None:
        return None
    if calendar.frequency != Every() or since != calendar.regular_start():
        return None
    if lead and (plan.method == "flat" or lead >= plan.instalments):
        return None
    assert calendar.first_due is not None
    period_rate = rate.for_period(calendar.frequency)
    anchor = calendar.anchor_day or calendar.first_due.day
    rows = DOORS[plan.method](
        principal=principal,
        monthly_rate=period_rate,
        months=plan.instalments - lead,
        first_due=add_months(calendar.first_due, lead, anchor_day=anchor),
        anchor_day=anchor,
    )
    if not lead:
        return rows
    interest = plan.rounding.interest.of(Fraction(principal) * period_rate)
    days = [add_months(calendar.first_due, at, anchor_day=anchor) for at in range(lead)]
    waiting = tuple(Instalment(at + 1, day, interest=interest) for at, day in enumerate(days))
    return waiting + tuple(numbered(row, row.number + lead) for row in rows)


def _calendar(position: Position, plan: NewPlan, frequency: Every) -> Calendar:
    rows = plan_in_force(position)
    coming = [row.due_on for row in rows if row.due_on > position.as_of]
    anchor = plan.anchor_day
    first = plan.first_due
    if first is None and coming:
        first = min(coming)
        if anchor is None and frequency.months and first.day == add_months(first, 0, anchor_day=31).day:
            anchor = max(row.due_on.day for row in rows)
    if first is None:
        own = Calendar(frequency)
        first = own.dues(1, position.as_of)[0].due_on
    return Calendar(frequency, first_due=first, anchor_day=anchor)


def _given(plan: NewPlan, principal: Decimal) -> tuple[Instalment, ...]:
    repaid = sum((amount for _, amount, _ in plan.rows), Decimal(0))
    if repaid > principal:
        raise InputError(
            "restructure.undeclared",
            "the rows repay {repaid}, {more} more than the principal of {principal}; "
            "say what is capitalised, or lower them",
            repaid=plain(repaid),
            more=plain(repaid - principal),
            principal=plain(principal),
        )
    if repaid < principal:
        raise InputError(
            "restructure.short",
            "the rows repay {repaid}; {left} of the principal of {principal} is left over: "
            "waive it, or raise them",
            repaid=plain(repaid),
            left=plain(principal - repaid),
            principal=plain(principal),
        )
    return tuple(
        Instalment(number, day, Decimal(own), Decimal(interest))
        for number, (day, own, interest) in enumerate(sorted(plan.rows), 1)
    )


# --- where it went ----------------------------------------------------------------------------


def _moves(position: Position, paid: Position, parts: Parts) -> tuple[Move, ...]:
    """Every rupiah of the old rows, and of running interest that no row held."""
    moves: list[Move] = []
    left = dict(paid.outstanding.parts)
    for part, amount in position.outstanding.parts:
        if settled := amount - left.get(part, Decimal(0)):
            moves.append(Move(part, settled, "collected"))
    left[INTEREST] = left.get(INTEREST, Decimal(0)) + parts.beyond
    named = (
        ("waived", parts.waived),
        ("capitalised", parts.capitalised),
        ("deferred", parts.deferred),
        ("collected", parts.collected),
        ("saved", ((INTEREST, parts.saved),)),
    )
    for to, pairs in named:
        for part, amount in pairs:
            if amount:
                moves.append(Move(part, amount, to))
                left[part] -= amount
    for part, amount in left.items():
        if amount:
            moves.append(Move(part, amount, "stays" if part.kind in parts.kept else "new"))
    return tuple(moves)


# --- the proposal -----------------------------------------------------------------------------


AT_CARRYING_AMOUNT: Final = WorthBy()


@frozen
class Draft:
    """A new plan before it is a proposal: the rows, and what happens to what they replace."""

    rows: tuple[Instalment, ...]
    moves: tuple[Move, ...]
    waived: tuple[tuple[Component, Decimal], ...] = ()
    capitalised: tuple[tuple[Component, Decimal], ...] = ()
    kept: tuple[Component, ...] = ()
    collected: tuple[tuple[Component, Decimal], ...] = ()
    up_front: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    replaces: Literal["all", "coming"] = "all"


def proposed(
    position: Position,
    kind: str,
    draft: Draft,
    household: Household | None = None,
    worth_by: WorthBy = AT_CARRYING_AMOUNT,
    paid: Position | None = None,
) -> Proposal:
    """A new plan as a proposal; ``paid`` is the position after what is paid up front."""
    today = position.as_of
    old = owed_rows(position)
    if draft.charged:
        old = (*old, instalment(0, today, ((INTEREST, draft.charged),)))
    staying = _staying(paid or position, draft)
    pays = _pays(paid or position, draft, staying)
    principal = sum((row.principal for row in draft.rows), Decimal(0))
    left = principal + sum((row.principal for row in staying), Decimal(0))
    coming = [row for row in old if row.due_on > today]
    before, after = usual(coming), usual(draft.rows) or Decimal(0)
    effects = [
        Effect("instalment", before, after),
        Effect("instalments", len(coming), len(draft.rows)),
        Effect("ends_on", position.matures_on, max(row.due_on for row in draft.rows)),
        Effect("principal", position.outstanding.principal, left),
    ]
    becomes = _accepted(position, draft, (*staying, *draft.rows))
    kept_counts = any(part.kind in position.policy.arrears.held_open_by for part in draft.kept)
    kept_counts |= draft.replaces == "coming"
    days = position.days_past_due
    if days:
        days = _days_after(position, becomes) if kept_counts else 0
    effects += class_effects(position, left, days)
    ratio, allowed = income_effects(position, household, before, after)
    return Proposal(
        kind=kind,
        contract=position.contract.id,
        as_of=today,
        fingerprint=fingerprint(position),
        currency=position.currency,
        pays=pays,
        old=old,
        new=(*staying, *draft.rows),
        moves=draft.moves,
        cost=cost_of(position, pays),
        worth=loss(position, pays, principal, worth_by),
        effects=(*effects, *ratio),
        checks=(*cap_checks(position, draft.rows, draft.fee), *allowed),
        becomes=becomes,
    )


def _days_after(position: Position, becomes: tuple[AnyEvent, ...]) -> int:
    events = (*position.events, *becomes)
    return replay(position.contract, events, position.policy, position.as_of).days_past_due


def _last_sequence(position: Position) -> int:
    return max(
        (event.sequence for event in position.events if event.effective_on == position.as_of), default=0
    )


def _accepted(position: Position, draft: Draft, new: tuple[Instalment, ...]) -> tuple[AnyEvent, ...]:
    """What happens once the plan is accepted, so that its rows are what is owed.

    Where money up front would settle what the plan charges, its parts are named: those that the policy's
    order gave it before the charges.

    Raises:
        InputError: If other money would settle what the plan charges.
    """
    becomes = _becomes(position, draft, _up_front(position, draft.up_front))
    if not (draft.up_front and (draft.charged or draft.fee)):
        refuse_other_order(position, becomes, new)
    elif not leaves(position, becomes, new):
        named = _up_front_by_part(position, draft.up_front)
        becomes = _becomes(position, draft, (named,))
        if named.amount != draft.up_front or not leaves(position, becomes, new):
            raise other_order(position)
    return becomes


def _up_front_by_part(position: Position, amount: Decimal) -> Payment:
    """Money of today with the parts that the policy's order gives it where nothing is charged."""
    after = dict(_paid(position, amount).outstanding.parts)
    parts = tuple(
        (part, settled)
        for part, owed in position.outstanding.parts
        if (settled := owed - after.get(part, Decimal(0))) > 0
    )
    total = sum((settled for _, settled in parts), Decimal(0))
    last = _last_sequence(position)
    return Payment("up-front", position.as_of, total, components=parts, sequence=last)


def _becomes(position: Position, draft: Draft, up_front: tuple[Payment, ...]) -> tuple[AnyEvent, ...]:
    """Charges, then money (up front, then by component), then the new rows."""
    today, last = position.as_of, _last_sequence(position)
    # due with the next day, so that money which came in before leaves it to its own payment
    due = today + timedelta(days=1)
    events: list[AnyEvent] = []
    if draft.charged:
        events.append(Charge("running", today, INTEREST, draft.charged, due_on=due, sequence=last))
    collected = draft.collected
    if draft.fee:
        events.append(Charge("fee", today, FEE_OF_IT, draft.fee, due_on=due, sequence=last))
        collected = (*collected, (FEE_OF_IT, draft.fee))
    events += up_front
    if collected:
        amount = sum((part for _, part in collected), Decimal(0))
        events.append(Payment("collected", today, amount, components=collected, sequence=last + 2))
    events.append(
        Restructure(
            "plan",
            today,
            draft.rows,
            waived=draft.waived,
            capitalised=draft.capitalised,
            kept=draft.kept,
            sequence=last + 3,
            replaces=draft.replaces,
        )
    )
    refuse_same_day(position, events)
    return tuple(events)


def _pays(position: Position, draft: Draft, staying: tuple[Instalment, ...]) -> tuple[DatedAmount, ...]:
    """Today's money, and what stays and the new rows, less credit held; what is late comes with the first."""
    today = position.as_of
    pays = []
    collected = sum((amount for _, amount in draft.collected), draft.up_front)
    if draft.fee:
        pays.append(DatedAmount(today, draft.fee, "fee", counts=False))
    if collected:
        pays.append(DatedAmount(today, collected, "up_front"))
    first = min(row.due_on for row in draft.rows)
    late: list[tuple[date, Decimal, Purpose]] = [
        (first, row.total, "arrears") for row in staying if row.due_on <= today
    ]
    coming: list[tuple[date, Decimal, Purpose]] = [
        (row.due_on, row.total, "instalment") for row in staying if row.due_on > today
    ]
    coming += [(row.due_on, row.total, "instalment") for row in draft.rows]
    credit = position.unapplied
    for on, total, purpose in (*late, *sorted(coming)):
        used = min(credit, total)
        credit -= used
        if total > used:
            pays.append(DatedAmount(on, total - used, purpose))
    return tuple(sorted(pays, key=lambda paid: paid.on))


def _staying(position: Position, draft: Draft) -> tuple[Instalment, ...]:
    """The old rows with what stays on them: kept components, and rows that are not replaced.

    What is waived of them is taken from the oldest, as the ledger does.
    """
    kinds = {part.kind for part in draft.kept}
    waived = dict(draft.waived)
    rows = []
    for row in owed_rows(position):
        whole = draft.replaces == "coming" and row.due_on <= position.as_of
        parts = []
        for part, amount in parts_of(row):
            got = min(amount, waived.get(part, Decimal(0)))
            waived[part] = waived.get(part, Decimal(0)) - got
            if amount > got and (whole or part.kind in kinds):
                parts.append((part, amount - got))
        if parts:
            rows.append(instalment(row.number, row.due_on, parts))
    return tuple(rows)


# --- what should be known, and what is refused ------------------------------------------------


def _cautions(
    position: Position, terms: RestructureTerms, parts: Parts, rows: tuple[Instalment, ...]
) -> tuple[Caution, ...]:
    cautions = []
    young = _capitalised_young(position, terms, parts)
    inside = sum((row.principal for row in rows), Decimal(0)) - parts.principal
    inside -= sum((amount for _, amount in parts.capitalised), Decimal(0))
    if young + inside > 0:
        amount = plain(young + inside)
        cautions.append(
            Caution(
                "restructure.interest_on_interest",
                f"{amount} of interest owed for less than a year becomes principal and bears interest; "
                "due interest may do so only by special agreement, and only if owed for a whole year",
                source="KUHPerdata 1251",
                fields=(("amount", amount),),
            )
        )
    if parts.beyond:
        amount = plain(parts.beyond)
        cautions.append(
            Caution(
                "restructure.running_beyond",
                f"{amount} of running interest is more than the old rows hold; it is charged today",
                fields=(("amount", amount),),
            )
        )
    return tuple(cautions)


def _capitalised_young(position: Position, terms: RestructureTerms, parts: Parts) -> Decimal:
    """Interest capitalised that fell due less than a year ago, or is not due at all."""
    whole = sum((amount for part, amount in parts.capitalised if part.kind == "interest"), Decimal(0))
    if not whole:
        return whole
    year_ago = add_months(position.as_of, -12)
    if terms.debts.interest != "capitalise":
        return whole
    aged = sum(
        (row.interest for row in owed_rows(position) if row.due_on <= year_ago and row.number), Decimal(0)
    )
    return max(whole - aged, Decimal(0))


def _refuse_forbidden(position: Position, parts: Parts) -> None:
    amount = sum((amount for part, amount in parts.capitalised if part.kind != "principal"), Decimal(0))
    for rule in position.policy.limits:
        for name, allowed in rule.figures:
            if name == "capitalised_interest" and amount > allowed:
                raise PolicyError(
                    "restructure.forbidden",
                    "contract {contract}: {amount} would be capitalised, and '{rule}' allows {allowed}",
                    contract=position.contract.id,
                    amount=plain(amount),
                    rule=rule.about.id,
                    allowed=plain(allowed),
                )


def is_sharia(position: Position) -> bool:
    """Whether the contract is under sharia: by its lender type, or its tag ``akad``."""
    return position.contract.lender_type.endswith("syariah") or bool(position.contract.tag("akad"))


def _refuse_sharia(position: Position, made: Proposal, terms: RestructureTerms) -> None:
    """Rescheduling may not add to what is owed; only real costs may (fatwa DSN-MUI 48/2005)."""
    if is_sharia(position) and (more := made.cost.extra - terms.fee) > 0:
        raise PolicyError(
            "restructure.sharia",
            "contract {contract}: under sharia a new schedule may not raise what is owed, and this one "
            "adds {more}; leave the rate out to keep the margin as agreed",
            contract=position.contract.id,
            more=plain(more),
        )


def facts_of(position: Position, made: Proposal) -> Facts:
    """What the lender's limits ask about a new plan."""
    was, ends = position.matures_on or position.as_of, made.ends_on
    months, longer = 0, ends - max(was, position.as_of)
    if longer > timedelta(0):
        start = max(was, position.as_of)
        while add_months(start, months) < ends:
            months += 1
    totals = [row.total for row in made.new if row.total]
    paid = sum((one.amount for one in made.pays if one.purpose == "up_front"), Decimal(0))
    down = paid / made.cost.old if made.cost.old > 0 else Decimal(0)
    return Facts(
        minimum_instalment=min(totals[:-1] or totals, default=None),
        longest_months=months,
        least_down_share=down,
    )
