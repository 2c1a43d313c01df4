"""When does a ceiling stop the late charge, and what was charged above the law's?

>>> from tagih.contracts import Instalment
>>> from tagih.ledger.replay import replay
>>> from tagih.policies import Cap, LateCharge
>>> contract = Contract("P-1", [Instalment(1, date(2026, 1, 31), Decimal(1_000_000), Decimal(90_000))],
...     agreed_amount=Decimal(1_000_000))
>>> denda = LateCharge(daily_rate="0.003", base="agreed_amount", counting="due_day_free",
...     caps=[Cap("charges", share=Decimal(1), of="agreed_amount")])
>>> stop = stops_on(replay(contract, [], Policy(late_charge=denda), date(2026, 2, 28)))
>>> stop.days, stop.remainder, stop.total
(303, Decimal('1000.00'), Decimal('910000.00'))
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from attrs import evolve, frozen

from tagih.contracts import AnyEvent, Charge, Contract, Restructure
from tagih.errors import PolicyError
from tagih.ledger.position import Position
from tagih.ledger.replay import replay
from tagih.policies.late_charge import LateCharge
from tagih.policies.policy import Policy
from tagih.policies.rate_cap import cap_on, tenor_in_months

DAY = timedelta(days=1)
LONGEST = 64 * 366


@frozen
class Stop:
    """Where a ceiling ends the late charge if nothing more is paid.

    ``last_full_day`` is charged in full; the day after takes ``remainder`` (0: nothing). ``days``
    counts the days charged in full from the first; ``total`` is the late charge then.
    """

    last_full_day: date
    days: int
    remainder: Decimal
    total: Decimal


def stops_on(position: Position) -> Stop | None:
    """When the ceilings stop the late charge if nothing is paid after ``as_of``; None if none does.

    Raises:
        PolicyError: If the policy has no late charge.
    """
    rule = position.policy.late_charge
    if rule is None:
        raise PolicyError("late_charge.none", "the policy has no late charge")
    contract = position.contract
    events = [event for event in position.events if event.effective_on <= position.as_of]

    def total(day: date, policy: Policy = position.policy) -> Decimal:
        return replay(contract, events, policy, day).late_charges_run_up

    last_due = max((row.due_on for row in position.instalments), default=position.as_of)
    start = max(position.as_of, last_due)
    length, far = 1, total(start)
    while length < LONGEST:
        far, before = total(start + length * DAY), far
        if far == before and length > 62:  # two months without a rupiah more
            break
        length *= 2
    else:
        return None
    if far == 0:
        return None
    first = min(row.due_on for row in position.instalments)
    low, high = (first - start).days - 1, length
    while high - low > 1:  # the first day on which all of it is charged
        middle = (low + high) // 2
        low, high = (middle, high) if total(start + middle * DAY) < far else (low, middle)
    day = start + high * DAY
    # what that day would cost without the ceilings, those on a day aside
    free = evolve(rule, caps=tuple(cap for cap in rule.caps if cap.on == "day"))
    unlimited = evolve(position.policy, late_charge=free, caps=())
    got = far - total(day - DAY)
    full = total(day, unlimited) - total(day - DAY, unlimited)
    if total(day + DAY, unlimited) == total(day, unlimited):
        return None  # it ended by itself
    last_full = day if got >= full else day - DAY
    charged_from = first + timedelta(days=int(rule.counting == "due_day_free"))
    return Stop(last_full, (last_full - charged_from).days + 1, got if got < full else Decimal(0), far)


@frozen
class AboveCap:
    """Late charges beyond what the law's cap allows.

    ``excess`` is ``charged`` less ``allowed``; of it ``refund`` was paid and goes back to the
    debtor, and ``cancel`` is still open and is waived.
    """

    cap: str
    charged: Decimal
    allowed: Decimal
    excess: Decimal
    refund: Decimal
    cancel: Decimal


def above_cap(contract: Contract, events: Sequence[AnyEvent], policy: Policy, as_of: date) -> AboveCap | None:
    """What was charged above the law's cap: run up by the policy's rule and posted by the lender.

    Allowed is what the cap's own rate gives on its base from the day after each due date, under
    its total. None where no cap was in force when the contract was signed or last amended.

    Raises:
        PolicyError: If the contract has no signing day, or no tier covers it.
    """
    known = [event for event in events if event.effective_on <= as_of]
    amended = [event.effective_on for event in known if isinstance(event, Restructure)]
    if contract.signed_on is None:
        raise PolicyError(
            "cap.signed_on", "contract {id}: signed_on chooses the cap and is missing", id=contract.id
        )
    cap = cap_on(policy.caps, contract.signed_on, amended_on=max(amended, default=None))
    if cap is None:
        return None
    tier = cap.tier_for(
        purpose=contract.tag("purpose", "consumptive"),
        size=contract.tag("size"),
        tenor=tenor_in_months(contract, month_days=cap.month_days),
        principal=contract.lent,
    )
    at_cap = LateCharge(
        base=cap.late_base,
        counting="due_day_free",
        daily_rate=tier.late_rate,
        caps=tuple(each for each in cap.caps_for(tier) if each.on == "charges"),
        about=cap.about,
    )
    without_posted = [
        event for event in known if not (isinstance(event, Charge) and event.component.kind == "late_charge")
    ]
    lawful = evolve(policy, late_charge=at_cap, caps=())
    allowed = replay(contract, without_posted, lawful, as_of).late_charges_run_up
    position = replay(contract, known, evolve(policy, caps=()), as_of)
    balances = [
        balance
        for row in position.instalments
        for part, balance in row.balances
        if part.kind == "late_charge"
    ]
    charged = sum((balance.due - balance.waived for balance in balances), Decimal(0))
    excess = max(charged - allowed, Decimal(0))
    still_open = sum((balance.outstanding for balance in balances), Decimal(0))
    cancel = min(excess, still_open)
    return AboveCap(cap.about.id, charged, allowed, excess, excess - cancel, cancel)
