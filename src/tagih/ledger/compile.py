"""From values to the kernel's tables: contract, events and policy become whole numbers.

Nothing is decided here that the kernel or a policy should decide. This is the door: amounts
become minor units, dates day numbers, rates fractions over one denominator; and an event that
cannot have happened is refused with its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any, Final

from attrs import evolve, frozen

from tagih.contracts import (
    INTEREST,
    LATE_CHARGE,
    PRINCIPAL,
    Acceleration,
    AnyEvent,
    Charge,
    Chargeback,
    Component,
    Contract,
    Correction,
    Drawdown,
    Forgiveness,
    Instalment,
    Pause,
    Payment,
    Refund,
    Restructure,
    Reversal,
    Waiver,
    WriteOff,
)
from tagih.dates import from_day, to_day
from tagih.errors import EventError, InputError, PolicyError
from tagih.ledger import kernel as k
from tagih.ledger.working_days import Span, rest_spans
from tagih.money import to_decimal, to_minor
from tagih.policies.late_charge import BASES, COMPOUND, Cap, LateCharge
from tagih.policies.policy import Policy
from tagih.policies.rate_cap import cap_on, capped_for
from tagih.policies.waterfall import AHEAD, TIMINGS, Ahead, Group, Order, Waterfall

RANK: Final[dict[type, int]] = {
    Pause: 0,
    Drawdown: 1,
    Charge: 2,
    Waiver: 3,
    Payment: 4,
    Chargeback: 5,
    Refund: 6,
    Acceleration: 7,
    Restructure: 8,
    WriteOff: 9,
    Forgiveness: 10,
    Reversal: 11,
    Correction: 12,
}
"""Order of events of one day: what makes debt, what gives it up, what pays it, what ends it."""

KIND: Final = {"principal": k.PRINCIPAL, "interest": k.INTEREST, "fee": k.FEE, "late_charge": k.LATE}

BACK: Final = {
    "reopen": k.REOPEN,
    "new_principal": k.NEW_PRINCIPAL,
    "as_paid": k.AS_PAID,
    "refuse": k.REFUSE,
}

STATUTORY: Final = Waterfall(
    Order(
        (
            Group("instalment", ("past_due interest", "past_due principal", "due interest", "due principal")),
            Group("instalment", ("past_due fee", "due fee")),
            Group("instalment", ("past_due late_charge", "due late_charge")),
        )
    )
)
"""Without a waterfall: interest before principal, oldest first (KUHPerdata 1397), late charges last."""

PAUSED: Final = frozenset({"days_past_due", "late_charge"})
"""What a pause may let stand still."""

EVERYTHING: Final = Order(
    (
        Group(
            "instalment",
            tuple(
                f"{timing} {part}"
                for timing in TIMINGS
                for part in ("interest", "principal", "fee", "late_charge")
            ),
        ),
    )
)
"""After a write-off there is no coming instalment: money recovers the oldest row first."""


@frozen
class Row:
    """A row of the kernel's tables, and the instalment or charge that it stands for."""

    number: int | None
    due_on: date
    charge: str = ""


@frozen(slots=False)
class Compiled:
    """The kernel's case, and the names that its numbers stand for."""

    case: k.Case
    rows: tuple[Row, ...]
    components: tuple[Component, ...]
    op_events: tuple[AnyEvent | None, ...]
    rules: tuple[str, ...]
    caps: tuple[str, ...] = ()


# --- events -----------------------------------------------------------------------------------


def key(event: AnyEvent) -> tuple[Any, ...]:
    """The order of events: effective day, kind, the lender's own order, id."""
    return (event.effective_on, RANK[type(event)], event.sequence, event.id)


def lender_key(event: AnyEvent) -> tuple[Any, ...]:
    """The same where the lender's own order within a day outranks the kind of event."""
    return (event.effective_on, event.sequence, RANK[type(event)], event.id)


def in_order(events: Iterable[AnyEvent], policy: Policy) -> list[AnyEvent]:
    """The events in the order in which they apply under ``policy``."""
    own = policy.waterfall is not None and policy.waterfall.within_day == "sequence"
    return sorted(events, key=lender_key if own else key)


def standing(events: Iterable[AnyEvent], as_of: date) -> list[AnyEvent]:
    """The events that stand on ``as_of``: later ones left out, reversed and corrected ones applied.

    A reversal takes its target out from its own effective day on; a reversed reversal brings it
    back. A correction replaces the amount of a payment.

    Raises:
        EventError: If ids repeat, or a reversal or correction names no earlier event.
    """
    listed = list(events)
    for event in listed:
        if type(event.effective_on) is not date:
            raise EventError(
                "event.day",
                "event {id}: effective_on {found} is not a date; write date(2026, 1, 31)",
                id=event.id,
                found=repr(event.effective_on),
            )
    by_id = {event.id: event for event in listed}
    if len(by_id) != len(listed):
        ids = [event.id for event in listed]
        twice = min(id for id in by_id if ids.count(id) > 1)  # the same one in whatever order they came
        raise EventError("event.repeated", "event {id}: the id is used twice", id=twice)
    now = [event for event in listed if event.effective_on <= as_of]
    changes = sorted([event for event in listed if isinstance(event, (Reversal, Correction))], key=key)
    if not changes:
        return now
    for change in changes:
        target = by_id.get(change.target)
        what = "reversal" if isinstance(change, Reversal) else "correction"
        if target is None or target is change:
            raise EventError(
                "event.target",
                "{what} {id}: there is no event '{target}' to undo",
                what=what,
                id=change.id,
                target=change.target,
            )
        if target.effective_on > change.effective_on:
            raise EventError(
                "event.target_later",
                "{what} {id} on {on}: its target '{target}' takes effect later, on {later}",
                what=what,
                id=change.id,
                on=change.effective_on.isoformat(),
                target=change.target,
                later=target.effective_on.isoformat(),
            )
        if isinstance(change, Correction) and not isinstance(target, Payment):
            raise EventError(
                "event.correction",
                "correction {id}: '{target}' is not a payment; reverse it and enter it anew",
                id=change.id,
                target=change.target,
            )
    changes = [change for change in changes if change.effective_on <= as_of]
    reversals = {change.id: change for change in changes if isinstance(change, Reversal)}
    undone_by: dict[str, list[str]] = {}
    for change in reversals.values():
        undone_by.setdefault(change.target, []).append(change.id)

    def stands(event_id: str, seen: tuple[str, ...] = ()) -> bool:
        if event_id in seen:
            raise EventError(
                "event.reversal_circle", "reversal {id}: it undoes itself by way of others", id=event_id
            )
        standing = [by for by in undone_by.get(event_id, ()) if stands(by, (*seen, event_id))]
        if len(standing) > 1:
            raise EventError(
                "event.reversed_twice",
                "reversal {id}: '{target}' is already undone by '{other}'",
                id=max(standing),
                target=event_id,
                other=min(standing),
            )
        return not standing

    gone = {target for target in undone_by if not stands(target)}
    amounts: dict[str, Decimal] = {}
    for change in changes:
        if isinstance(change, Correction) and change.id not in gone:
            amounts[change.target] = change.amount
    result: list[AnyEvent] = []
    for event in now:
        if event.id in gone or isinstance(event, (Reversal, Correction)):
            continue
        if event.id in amounts:
            assert isinstance(event, Payment)
            event = evolve(event, amount=amounts[event.id])
        result.append(event)
    return result


# --- components and rows ----------------------------------------------------------------------


def late_component(policy: Policy) -> Component:
    """The component in which the policy's late charge runs up."""
    name = policy.late_charge.name if policy.late_charge else ""
    return Component("late_charge", name) if name else LATE_CHARGE


def components_of(contract: Contract, events: Sequence[AnyEvent], policy: Policy) -> tuple[Component, ...]:
    """Principal, interest, then the fees and late charges that occur, by name."""
    named: set[Component] = set()
    if policy.late_charge:
        named.add(late_component(policy))
    for row in contract.instalments:
        if row.fees:
            named.update(component for component, _ in row.fees)
    if contract.opening:
        named.update(balance.component for balance in contract.opening.balances)
    for event in events:
        if isinstance(event, Charge):
            named.add(event.component)
        elif isinstance(event, Drawdown):
            named.update(component for _, component, _ in event.additions)
        elif isinstance(event, Restructure):
            for row in event.instalments:
                named.update(component for component, _ in row.fees)
    named -= {PRINCIPAL, INTEREST}
    return (PRINCIPAL, INTEREST, *sorted(named, key=lambda part: (part.kind, part.name)))


def wanted(component: Component, components: Sequence[Component], event: str) -> int:
    """The kernel's number for a component, or for every component of its kind where it has no name."""
    if component.name or component.kind in ("principal", "interest"):
        try:
            return components.index(component)
        except ValueError:
            raise EventError(
                "event.component",
                "event {id}: the contract has no component '{component}'; it has {known}",
                id=event,
                component=str(component),
                known=", ".join(map(str, components)),
            ) from None
    return -2 - KIND[component.kind]


# --- policies ---------------------------------------------------------------------------------


def orders_of(
    policy: Policy, components: Sequence[Component]
) -> tuple[k.Orders, dict[str, int], tuple[str, ...]]:
    """The waterfalls as running tables, the order of each payment kind, and a name for each group."""
    waterfall = policy.waterfall or STATUTORY
    orders = [waterfall.order, *waterfall.by_kind.values()]
    kinds = {kind: i + 1 for i, kind in enumerate(waterfall.by_kind)}
    states = {}
    for state in ("non_performing", "written_off"):
        if state in waterfall.by_state:
            states[state] = len(orders)
            orders.append(waterfall.by_state[state])
    if "settlement" in waterfall.by_state:
        kinds["settlement"] = len(orders)
        orders.append(waterfall.by_state["settlement"])
    if "written_off" not in states:
        states["written_off"] = len(orders)
        orders.append(EVERYTHING)
    replan = 0
    if waterfall.excess in ("shorter_term", "smaller_instalment"):
        replan = len(orders)
        orders.append(Order((Group("instalment", ("in_advance principal",)),), ahead="last"))
    rest = _EXCESS.get(waterfall.excess, ())
    group_from, walk, ahead = [0], [], []
    cell_from, component, timing, row = [0], [], [], []
    names: list[str] = []
    places = {
        "": k.ANY_ROW,
        "instalment": k.INSTALMENT_ROW,
        "contract": k.CONTRACT_ROW,
        "charged": k.CHARGED_ROW,
    }
    for order in orders:
        for group, which in (*((group, order.ahead) for group in order.groups), *rest):
            walk.append(k.BY_INSTALMENT if group.walk == "instalment" else k.BY_COMPONENT)
            in_advance = any(cell.timing == "in_advance" for cell in group.cells)
            ahead.append(AHEAD.index(which) if in_advance else -1)
            names.append(waterfall.about.id)
            for cell in group.cells:
                for c, part in enumerate(components):
                    if part.kind == cell.component.kind and cell.component.name in ("", part.name):
                        component.append(c)
                        timing.append(TIMINGS.index(cell.timing))
                        row.append(places[cell.row])
            cell_from.append(len(component))
        group_from.append(len(walk))
    bad_from = _non_performing_from(policy) if "non_performing" in states else 0
    return (
        k.Orders(
            group_from=group_from,
            walk=walk,
            ahead=ahead,
            cell_from=cell_from,
            component=component,
            timing=timing,
            row=row,
            hold_parts=int(waterfall.part_payment == "hold"),
            bad=states.get("non_performing", 0),
            bad_from=bad_from,
            lost=states["written_off"],
            replan=replan,
            back=BACK[waterfall.charged_back],
            over_refund=BACK[waterfall.over_refund],
            back_component=[
                c
                for kind in waterfall.charged_back_order
                for c, part in enumerate(components)
                if part.kind == kind
            ],
        ),
        kinds,
        tuple(names),
    )


_EXCESS: Final[dict[str, tuple[tuple[Group, Ahead], ...]]] = {
    "hold": (),
    "next_instalment": ((Group("instalment", ("in_advance interest", "in_advance principal")), "next"),),
    "last_instalments": ((Group("instalment", ("in_advance principal", "in_advance interest")), "last"),),
    "spread": ((Group("instalment", ("in_advance interest", "in_advance principal")), "spread"),),
}
"""Money that no cell of the waterfall takes is settled by one more group."""


def _non_performing_from(policy: Policy) -> int:
    """The first day past due of the third class: kurang lancar."""
    if policy.buckets is None or len(policy.buckets.buckets) < 3:
        raise PolicyError(
            "waterfall.non_performing",
            "a waterfall for non-performing contracts needs a bucket scheme; add one to the policy",
        )
    third = policy.buckets.buckets[2].code
    for scale in policy.buckets.scales:
        if scale.measure == "days_past_due":
            return next(value for code, value in scale.first if code == third)
    raise PolicyError("waterfall.non_performing_days", "the bucket scheme has no scale of days past due")


_NO_LATE = k.Late(0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 1, [1], [0], [0], [], [], [], [], [], [], 0, 0, 0)


def caps_of(
    contract: Contract, policy: Policy, events: Sequence[AnyEvent]
) -> list[tuple[Cap, int, int, str]]:
    """The late charge's own caps, and those of the law: the days on which they hold, and whose they are.

    The signing day chooses the law's cap; a restructure amends the contract, and chooses again.
    """
    rule = policy.late_charge
    if rule is None:
        return []
    caps = [(cap, -k.FAR, k.FAR, rule.about.id) for cap in rule.caps]
    if not policy.caps:
        return caps
    amended = [event.effective_on for event in events if isinstance(event, Restructure)]
    starts = [-k.FAR, *(to_day(day) + 1 for day in amended)]
    for i, day in enumerate([None, *amended]):
        chosen = capped_for(contract, rule, policy.caps, amended_on=day).caps[len(rule.caps) :]
        until = starts[i + 1] - 1 if i + 1 < len(starts) else k.FAR
        law = cap_on(policy.caps, contract.signed_on, amended_on=day) if contract.signed_on else None
        name = law.about.id if law else ""
        caps += [(cap, starts[i], until, name) for cap in chosen if starts[i] <= until]
    return caps


def late_of(
    contract: Contract,
    policy: Policy,
    components: Sequence[Component],
    charges: int,
    lent: int,
    dated: Sequence[tuple[Cap, int, int, str]] = (),
) -> k.Late:
    """The late charge as one rate table.

    ``charges`` are the interest and fees agreed, ``lent`` all amounts together, in minor units.
    """
    rule = policy.late_charge
    if rule is None:
        return _NO_LATE
    money = contract.currency
    steps = [(step.from_day, Fraction(step.daily_rate or 0), step.amount) for step in rule.steps] or [
        (1, rule.rate, rule.amount)
    ]
    den = lcm(*(rate.denominator for _, rate, _ in steps))
    nums = [int(rate * den) for _, rate, _ in steps]
    longest = 40_000  # days, 109 years
    if den * max(nums) * longest >= 1 << 62 or den >= 1 << 40:
        raise PolicyError(
            "late_charge.too_fine",
            "late charge {id}: the daily rate {rate} has too many digits to compute exactly; round it",
            id=rule.about.id,
            rate=str(steps[0][1]),
        )
    largest = max(lent, to_minor(contract.agreed_amount or 0, money))
    if (largest // den + 1) * max(nums) * longest >= 1 << 62:
        raise InputError(
            "contract.too_large",
            "contract {id}: {amount} at {rate} a day is too large to compute exactly",
            id=contract.id,
            amount=str(to_decimal(largest, money)),
            rate=str(steps[0][1]),
        )
    caps = [_cap(contract, rule, cap, charges) for cap, _, _, _ in dated]
    free = rule.grace_days if rule.grace == "free_days" else 0
    agreed = contract.agreed_amount if contract.agreed_amount is not None else contract.lent
    return k.Late(
        on=1,
        component=components.index(late_component(policy)),
        base=BASES.index(rule.base) if rule.base else 0,
        agreed=to_minor(agreed, money) if rule.base == "agreed_amount" else 0,
        shift=int(rule.counting == "due_day_free") + free,
        free=free,
        grace=("none", "threshold", "free_days").index(rule.grace),
        grace_days=rule.grace_days,
        per=("day", "month", "event").index(rule.per),
        each=("day", "segment", "once").index(rule.round_each),
        unit=to_minor(rule.rounding.unit, money),
        mode=("down", "up", "half_up", "half_even").index(rule.rounding.mode),
        den=den,
        step_from=[first for first, _, _ in steps],
        step_num=nums,
        step_amount=[to_minor(amount, money) if amount is not None else 0 for _, _, amount in steps],
        cap_on=[cap[0] for cap in caps],
        cap_amount=[cap[1] for cap in caps],
        cap_num=[cap[2] for cap in caps],
        cap_den=[cap[3] for cap in caps],
        cap_from=[first for _, first, _, _ in dated],
        cap_until=[last for _, _, last, _ in dated],
        daily=int(any(cap[0] == k.CAP_DAY for cap in caps) or rule.base == COMPOUND),
        shared=int(any(cap[0] in (k.CAP_CONTRACT, k.CAP_CHARGES) for cap in caps)),
        accelerated=int(rule.after_acceleration == "continue"),
    )


def _cap(contract: Contract, rule: LateCharge, cap: Any, charges: int) -> tuple[int, int, int, int]:
    """A cap as (on, amount, numerator and denominator of a share); one of amount and share is 0."""
    on = {
        "instalment": k.CAP_INSTALMENT,
        "contract": k.CAP_CONTRACT,
        "day": k.CAP_DAY,
        "charges": k.CAP_CHARGES,
    }[cap.on]
    if cap.amount is not None:
        amount = to_minor(cap.amount, contract.currency)
    elif cap.of == "instalment":
        if cap.on != "instalment":
            raise PolicyError(
                "late_charge.cap",
                "late charge {id}: a cap on the {on} cannot be a share of the instalment",
                id=rule.about.id,
                on=cap.on,
            )
        share = Fraction(cap.share)
        return on, 0, share.numerator, share.denominator
    elif cap.of == "outstanding_principal" and cap.on == "day":
        share = Fraction(cap.share)
        return on, 0, share.numerator, share.denominator
    elif cap.of == "outstanding_principal":
        raise PolicyError(
            "late_charge.cap_base",
            "late charge {id}: a cap of the outstanding principal shrinks day by day; charge it on "
            "unpaid_principal or outstanding_principal, or cap it by the agreed_amount",
            id=rule.about.id,
        )
    else:
        size = contract.lent if cap.of == "principal" else contract.agreed_amount
        if size is None:
            raise InputError(
                "contract.agreed_amount",
                "contract {id}: the cap needs agreed_amount, the amount in the agreement",
                id=contract.id,
            )
        amount = int(Fraction(size) * Fraction(cap.share) * to_minor(1, contract.currency))
    if cap.on == "charges":
        amount = max(amount - charges, 0)
    return on, amount, 0, 1


def held_of(
    policy: Policy, components: Sequence[Component], events: Sequence[AnyEvent], resting: Iterable[Span] = ()
) -> k.Held:
    """What makes a row late, and the pauses, merged so that no day counts twice.

    ``resting`` are the days that do not count where a policy counts working days.
    """
    rule = policy.arrears
    age, late = [(to_day(first), to_day(last)) for first, last in resting], []
    for event in events:
        if isinstance(event, Pause):
            span = (to_day(event.effective_on), to_day(event.until))
            if span[1] < span[0]:
                raise EventError(
                    "event.pause",
                    "pause {id}: until {until} lies before {start}",
                    id=event.id,
                    until=event.until.isoformat(),
                    start=event.effective_on.isoformat(),
                )
            if "days_past_due" in event.of:
                age.append(span)
            if "late_charge" in event.of:
                late.append(span)
    ages, lates = _merged(age), _merged(late)
    return k.Held(
        component=[
            int(part.kind in rule.held_open_by or str(part) in rule.held_open_by) for part in components
        ],
        age_from=[first for first, _ in ages],
        age_to=[last for _, last in ages],
        late_from=[first for first, _ in lates],
        late_to=[last for _, last in lates],
        first=rule.due_day,
        grace=rule.grace_days,
        late_only=int(rule.paused_days == "late"),
    )


def resting_days(
    contract: Contract, events: Iterable[AnyEvent], policy: Policy, as_of: date
) -> tuple[Span, ...]:
    """The days that do not count, from the first due date to ``as_of``; none for calendar days.

    Raises:
        PolicyError: If the policy counts working days and has no calendar, or none for a year.
    """
    if policy.arrears.days == "calendar":
        return ()
    if policy.calendar is None:
        raise PolicyError(
            "arrears.calendar",
            "arrears {id} counts working days and the policy has no calendar; add one, such as id.cal.2026",
            id=policy.arrears.about.id,
        )
    dues = [row.due_on for row in contract.instalments]
    dues += [row.due_on for event in events if isinstance(event, Restructure) for row in event.instalments]
    first = min((due for due in dues if due < as_of), default=as_of)
    if contract.opening is not None:
        first = min(first, contract.opening.on)
    return rest_spans(policy.calendar, policy.arrears.working, first, as_of) if first < as_of else ()


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return result


# --- the case ---------------------------------------------------------------------------------


def compile_case(
    contract: Contract,
    events: Iterable[AnyEvent],
    policy: Policy,
    as_of: date,
    *,
    lines: int = 0,
    derived: Mapping[str, Restructure] | None = None,
) -> Compiled:
    """The kernel's case for one contract, with room for ``lines`` lines.

    ``derived`` are the plans that follow from a prepayment, by the payment's id.

    Raises:
        EventError: If an event cannot have happened as told.
        InputError: If ``as_of`` lies before the cut-over date, or an amount is too large.
    """
    opening = contract.opening
    if opening and as_of < opening.on:
        raise InputError(
            "contract.before_cut_over",
            "contract {id}: nothing is known before the cut-over on {on}; ask for a later date than {as_of}",
            id=contract.id,
            on=opening.on.isoformat(),
            as_of=as_of.isoformat(),
        )
    stand = in_order(standing(events, as_of), policy)
    _check(contract, stand)
    derived = derived or {}
    if derived:
        followed = [(event, derived.get(event.id)) for event in stand]
        stand = [each for pair in followed for each in pair if each is not None]
    components = components_of(contract, stand, policy)
    width = len(components)
    place = {component: c for c, component in enumerate(components)}
    money = contract.currency

    entries: list[tuple[int, int, int, int, Instalment | None, AnyEvent | None]] = []
    due_of: dict[int, int] = {}
    lent_on: dict[str, int] = {}
    for row in contract.instalments:
        day = to_day(row.due_on)
        due_of[row.number] = day
        entries.append((day, 0, row.number, 0, row, None))
    for event in stand:
        if isinstance(event, Restructure):
            for row in event.instalments:
                if row.number in due_of:
                    raise EventError(
                        "event.restructure_number",
                        "restructure {id}: instalment number {number} is taken; number the new ones on",
                        id=event.id,
                        number=row.number,
                    )
                day = to_day(row.due_on)
                due_of[row.number] = day
                entries.append((day, 0, row.number, 0, row, event))
    known = {row.number: due_of[row.number] for row in contract.instalments}  # as the events come
    for i, event in enumerate(stand):
        if isinstance(event, Restructure):
            known.update((row.number, due_of[row.number]) for row in event.instalments)
        elif isinstance(event, Charge):
            own = to_day(event.due_on or event.effective_on)
            if event.instalment is None:
                entries.append((own, 1, 0, i + 1, None, event))
            else:
                entries.append(
                    (_due(due_of, event.instalment, event.id), 0, event.instalment, i + 1, None, event)
                )
        elif _lends_again(event, policy):
            own = to_day(event.effective_on)
            at_once = policy.waterfall and policy.waterfall.charged_back_due == "at_once"
            number = 0 if at_once else _coming(known, own)
            if number:
                lent_on[event.id] = number
            else:
                entries.append((own, 1, 0, i + 1, None, event))
    entries.sort(key=lambda entry: entry[:4])

    count = len(entries)
    size = count * width
    due, plan = [0] * size, [0] * size
    row_due, row_own, row_contract = [0] * count, [0] * count, [0] * count
    row_charge, row_head, row_end = [0] * count, [0] * count, [0] * count
    row_live, tolerance = [1] * count, [0] * count
    row_of: dict[int, int] = {}
    row_event: dict[str, int] = {}
    born_by: list[tuple[int, str]] = []
    rows: list[Row] = []
    allowed = policy.arrears.tolerance
    tolerant = bool(allowed.amount or allowed.share or allowed.floor)
    agreed_charges = 0
    head = 0
    for r, (day, own_block, number, _, instalment, source) in enumerate(entries):
        row_due[r] = row_own[r] = day
        if instalment is not None:
            at = r * width
            principal, interest = to_minor(instalment.principal, money), to_minor(instalment.interest, money)
            target = plan if source is not None else due
            target[at] = principal
            target[at + 1] = interest
            if source is None:
                agreed_charges += interest
            for component, amount in instalment.fees:
                target[at + place[component]] += to_minor(amount, money)
                agreed_charges += to_minor(amount, money) if source is None else 0
            if tolerant:
                tolerance[r] = to_minor(
                    allowed.allowed(instalment.principal + instalment.interest).quantize(Decimal("0.01")),
                    money,
                )
            if source is not None:
                row_live[r] = 0
                born_by.append((r, source.id))
            row_of[number] = r
            rows.append(Row(number, instalment.due_on))
            head = r
        else:
            assert source is not None
            row_charge[r] = int(isinstance(source, Charge))
            row_live[r] = 0
            row_own[r] = to_day(getattr(source, "due_on", None) or source.effective_on)
            row_event[source.id] = r
            if own_block:
                row_contract[r] = 1
                head = r
            rows.append(Row(number or None, from_day(row_own[r]), source.id))
        row_head[r] = head
    for r in range(count - 1, -1, -1):
        row_end[r] = row_end[r + 1] if r + 1 < count and row_head[r + 1] == row_head[r] else r + 1

    row_event.update((event_id, row_of[number]) for event_id, number in lent_on.items())
    if opening:
        _open(contract, opening, entries, due, place, width)

    orders, kinds, names = orders_of(policy, components)
    dated = caps_of(contract, policy, stand)
    late = late_of(contract, policy, components, agreed_charges, sum(due) + sum(plan), dated)
    ops, op_events = _ops(contract, stand, components, place, row_of, row_event, kinds, opening)
    for i, source in enumerate(op_events):
        ops.planned[i] = int(source is not None and source.id in derived)
    start = [day + late.shift for day in row_due]
    released = [0] * count
    if opening:
        cut = to_day(opening.on)
        for r in range(count):
            if late.grace != k.THRESHOLD or cut - row_due[r] > late.grace_days:
                start[r] = max(start[r], cut + 1)
                released[r] = int(row_due[r] < cut)
    born = [-1] * count
    op_of = {event.id: i for i, event in enumerate(op_events) if isinstance(event, Restructure)}
    for r, event_id in born_by:
        born[r] = op_of[event_id]
    state = [0] * k.STATE_SIZE
    state[k.POOL] = to_minor(opening.unapplied, money) if opening else 0
    state[k.STOP] = k.FAR
    state[k.REACHED] = to_day(opening.on) if opening else -k.FAR
    state[k.ACTIVE] = -1
    state[k.UNTIL] = min(start, default=0) - 1
    case = k.Case(
        rows=k.Rows(
            due=row_due,
            own=row_own,
            contract=row_contract,
            charge=row_charge,
            head=row_head,
            end=row_end,
            born=born,
            live=row_live,
            tolerance=tolerance,
            start=start,
            until=[day - 1 for day in start],
            done=[0] * count,
            cut=[0] * count,
            bound=[0] * count,
            exact=[0] * count,
            rest=[0] * count,
            charged=[0] * count,
            held=[0] * count,
            released=released,
        ),
        cells=k.Cells(plan, due, [0] * size, [0] * size, [0] * size, [0] * size, due[:]),
        late=late,
        orders=orders,
        ops=ops,
        held=held_of(policy, components, stand, resting_days(contract, stand, policy, as_of)),
        lines=k.Lines(*([0] * lines for _ in range(9))),
        kinds=[KIND[part.kind] for part in components],
        low=[0] * width,
        state=state,
    )
    return Compiled(
        case, tuple(rows), components, tuple(op_events), names, tuple(name for _, _, _, name in dated)
    )


def _lends_again(event: AnyEvent, policy: Policy) -> bool:
    """Whether what this event gives back is owed anew, on a row of its own or the coming one."""
    waterfall = policy.waterfall or STATUTORY
    if isinstance(event, Chargeback):
        return waterfall.charged_back != "reopen"
    return isinstance(event, Refund) and waterfall.over_refund == "new_principal"


def _coming(due_of: Mapping[int, int], day: int) -> int:
    """The number of the instalment that comes after ``day``, or falls due on it as the last; 0: none."""
    later = [(due, number) for number, due in due_of.items() if due > day]
    if later:
        return min(later)[1]
    return max(((due, number) for number, due in due_of.items() if due == day), default=(0, 0))[1]


def _due(due_of: Mapping[int, int], number: int, event: str) -> int:
    try:
        return due_of[number]
    except KeyError:
        raise EventError(
            "event.instalment",
            "event {id}: there is no instalment {number}",
            id=event,
            number=number,
        ) from None


def _open(
    contract: Contract,
    opening: Any,
    entries: Sequence[Any],
    due: list[int],
    place: Mapping[Component, int],
    width: int,
) -> None:
    """Replace what was scheduled by what was outstanding at cut-over."""
    cut = to_day(opening.on)
    row_of = {}
    for r, (day, _, number, _, instalment, event) in enumerate(entries):
        if instalment is not None and event is None:
            row_of[number] = r
            if day <= cut:
                for c in range(width):
                    due[r * width + c] = 0
    for balance in opening.balances:
        if balance.instalment not in row_of:
            raise InputError(
                "opening.instalment",
                "contract {id}: the opening balance names instalment {number}, which is not in the schedule",
                id=contract.id,
                number=balance.instalment,
            )
        due[row_of[balance.instalment] * width + place[balance.component]] = to_minor(
            balance.outstanding, contract.currency
        )


def _check(contract: Contract, events: Sequence[AnyEvent]) -> None:
    """Refuse events that lie before the contract or its cut-over, and amounts that are none."""
    first = contract.signed_on
    opening = contract.opening
    for event in events:
        if first and event.effective_on < first:
            raise EventError(
                "event.before_contract",
                "event {id} on {on} lies before the contract was signed, on {signed}",
                id=event.id,
                on=event.effective_on.isoformat(),
                signed=first.isoformat(),
            )
        if opening and event.effective_on <= opening.on:
            raise EventError(
                "event.before_cut_over",
                "event {id} on {on} is already in the opening balances of {cut_over}; leave it out",
                id=event.id,
                on=event.effective_on.isoformat(),
                cut_over=opening.on.isoformat(),
            )
        for component, part in _parts(event):
            if part.is_finite() and part < 0:
                raise EventError(
                    "event.part",
                    "event {id}: {component} {amount} must not be negative",
                    id=event.id,
                    component=str(component),
                    amount=str(part),
                )
        if isinstance(event, Pause) and not set(event.of) <= PAUSED:
            raise EventError(
                "event.pause_of",
                "pause {id}: '{of}' cannot stand still; write one of {known}",
                id=event.id,
                of=min(set(event.of) - PAUSED),
                known=", ".join(sorted(PAUSED)),
            )
        if isinstance(event, Restructure) and event.replaces not in ("all", "coming"):
            raise EventError(
                "event.replaces",
                "restructure {id}: it replaces '{what}'; write all or coming",
                id=event.id,
                what=event.replaces,
            )
        amount = getattr(event, "amount", None)
        if amount is not None and amount.is_finite() and amount <= 0:
            raise EventError(
                "event.amount",
                "event {id}: amount {amount} must be above 0; to take money back, reverse its payment",
                id=event.id,
                amount=str(amount),
            )


def _parts(event: AnyEvent) -> Iterable[tuple[Component, Decimal]]:
    """The amounts that an event names by component."""
    if isinstance(event, Payment):
        return event.components
    if isinstance(event, Restructure):
        return event.waived
    if isinstance(event, Drawdown):
        return ((component, amount) for _, component, amount in event.additions)
    return ()


def _ops(
    contract: Contract,
    events: Sequence[AnyEvent],
    components: Sequence[Component],
    place: Mapping[Component, int],
    row_of: Mapping[int, int],
    row_event: Mapping[str, int],
    kinds: Mapping[str, int],
    opening: Any,
) -> tuple[k.Ops, list[AnyEvent | None]]:
    """Every event as one op or a few."""
    money = contract.currency
    table: list[tuple[int, int, int, int, int, int, int, int, int, int]] = []
    sources: list[AnyEvent | None] = []
    op_of: dict[str, int] = {}

    def add(
        event: AnyEvent,
        kind: int,
        amount: int = -1,
        row: int = -1,
        component: int = -1,
        target: int = -1,
        order: int = 0,
    ) -> None:
        first = op_of.setdefault(event.id, len(table))
        table.append((to_day(event.effective_on), kind, amount, row, component, order, target, first, 0, 0))
        sources.append(event)

    if opening and opening.unapplied:
        held = to_minor(opening.unapplied, money)
        table.append((to_day(opening.on), k.OP_OPEN, held, -1, -1, 0, -1, 0, 0, held))
        sources.append(None)

    def one(event: AnyEvent) -> None:
        if isinstance(event, Payment):
            amount = to_minor(event.amount, money)
            row = -1 if event.instalment is None else _row(row_of, event.instalment, event.id)
            order = kinds.get(event.kind, 0)
            for component, part in event.components:
                forced = to_minor(part, money)
                amount -= forced
                add(event, k.OP_FORCE, forced, row, wanted(component, components, event.id), order=order)
            if amount < 0:
                raise EventError(
                    "event.components",
                    "payment {id}: its components add up to more than its amount {amount}",
                    id=event.id,
                    amount=str(event.amount),
                )
            if amount:
                add(event, k.OP_PAY, amount, row, order=order)
        elif isinstance(event, Charge):
            add(
                event, k.OP_CHARGE, to_minor(event.amount, money), row_event[event.id], place[event.component]
            )
        elif isinstance(event, Drawdown):
            for number, component, part in event.additions:
                add(
                    event,
                    k.OP_CHARGE,
                    to_minor(part, money),
                    _row(row_of, number, event.id),
                    place[component],
                )
        elif isinstance(event, Waiver):
            amount = -1 if event.amount is None else to_minor(event.amount, money)
            component_number = wanted(event.component, components, event.id)
            if event.charge:
                if event.charge not in row_event:
                    raise EventError(
                        "event.charge",
                        "waiver {id}: there is no charge '{charge}'",
                        id=event.id,
                        charge=event.charge,
                    )
                add(event, k.OP_WAIVE, amount, row_event[event.charge], component_number)
            elif not event.instalments:
                add(event, k.OP_WAIVE, amount, -1, component_number)
            elif len(event.instalments) == 1 or amount < 0:
                for number in event.instalments:
                    add(event, k.OP_WAIVE, amount, _row(row_of, number, event.id), component_number)
            else:
                raise EventError(
                    "event.waiver",
                    "waiver {id}: an amount over several instalments is not clear; write one waiver for each",
                    id=event.id,
                )
        elif isinstance(event, (WriteOff, Forgiveness)):
            kind = k.OP_WRITE_OFF if isinstance(event, WriteOff) else k.OP_FORGIVE
            for number in [wanted(part, components, event.id) for part in event.components] or [-1]:
                add(event, kind, component=number)
        elif isinstance(event, Refund):
            add(event, k.OP_REFUND, to_minor(event.amount, money), row_event.get(event.id, -1))
        elif isinstance(event, Chargeback):
            if event.target not in op_of:
                raise EventError(
                    "event.target",
                    "{what} {id}: there is no event '{target}' to undo",
                    what="chargeback",
                    id=event.id,
                    target=event.target,
                )
            lent = row_event.get(event.id, -1)
            add(event, k.OP_CHARGE_BACK, to_minor(event.amount, money), lent, target=op_of[event.target])
        elif isinstance(event, Acceleration):
            add(event, k.OP_ACCELERATE)
        elif isinstance(event, Restructure):
            for component, part in event.waived:
                add(event, k.OP_WAIVE, to_minor(part, money), -1, wanted(component, components, event.id))
            kept = sum(1 << c for c, part in enumerate(components) if _kept(part, event.kept))
            coming = 0 if event.replaces == "coming" else -1
            add(event, k.OP_RESTRUCTURE, row=coming, component=kept)

    for event in events:
        try:
            one(event)
        except InputError as error:  # an amount that is none: say whose
            problem = str(error)
            raise EventError(error.code, "event {id}: {problem}", id=event.id, problem=problem) from error
    columns = [list(column) for column in zip(*table, strict=True)] if table else [[] for _ in range(10)]
    return k.Ops(*columns), sources


def _row(row_of: Mapping[int, int], number: int, event: str) -> int:
    _due(row_of, number, event)
    return row_of[number]


def _kept(part: Component, kept: Sequence[Component]) -> bool:
    return any(part == keep or (not keep.name and keep.kind == part.kind) for keep in kept)


__all__ = ["Compiled", "Row", "compile_case", "standing"]
