"""Contracts, policies and histories that hypothesis makes up: every kind of event, in any order."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tagih import (
    FEE,
    INTEREST,
    LATE_CHARGE,
    PRINCIPAL,
    Acceleration,
    AnyEvent,
    Arrears,
    Charge,
    Chargeback,
    Component,
    Contract,
    Correction,
    Drawdown,
    EventError,
    Forgiveness,
    Instalment,
    LateCharge,
    Pause,
    Payment,
    Policy,
    Refund,
    Restructure,
    Reversal,
    Rounding,
    Waiver,
    Waterfall,
    WriteOff,
    replay,
)
from tagih.policies import Cap, Group, Order, Step
from tagih.policies.late_charge import BASES, COMPOUND

START = date(2026, 1, 5)
SPAN = 170
INSURANCE = Component("fee", "asuransi")
AMOUNTS = st.integers(1, 250_000).map(Decimal)
SMALL = st.integers(1, 40_000).map(Decimal)
DAYS = st.integers(0, SPAN).map(lambda days: START + timedelta(days=days))
COMPONENTS = st.sampled_from([PRINCIPAL, INTEREST, FEE, LATE_CHARGE, INSURANCE])

ORDERS = {
    "oldest instalment first": Order((
        Group("instalment", ("past_due interest", "past_due principal", "due interest", "due principal")),
        Group("component", ("past_due fee", "due fee", "past_due late_charge", "due late_charge")),
    )),
    "component by component": Order((
        Group("component", ("past_due late_charge", "past_due fee", "past_due interest", "past_due principal",
                            "due interest", "due principal", "due fee", "due late_charge")),
    )),
    "in advance, from the last": Order((
        Group("instalment", ("past_due fee", "past_due late_charge", "past_due interest",
                             "past_due principal", "due interest", "due principal")),
        Group("instalment", ("in_advance principal", "in_advance interest")),
    ), ahead="last"),
    "in advance, spread": Order((
        Group("instalment", ("past_due interest", "past_due principal", "due interest", "due principal",
                             "in_advance interest", "in_advance principal")),
    ), ahead="spread"),
}  # fmt: skip


@st.composite
def contracts(draw: Any) -> Contract:
    """One to five monthly or weekly instalments, some with a fee of their own."""
    step = draw(st.sampled_from([7, 30]))
    rows = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        rows.append(
            Instalment(
                number,
                START + timedelta(days=step * number),
                principal=draw(st.integers(0, 100_000).map(Decimal)),
                interest=draw(st.integers(0, 20_000).map(Decimal)),
                fees=((INSURANCE, Decimal(2500)),) if draw(st.booleans()) else (),
            )
        )
    return Contract("C-1", rows, agreed_amount=Decimal(400_000))


@st.composite
def late_charges(draw: Any, caps: bool = True) -> LateCharge:
    """Any late charge that can be written."""
    grace = draw(st.sampled_from(["none", "threshold", "free_days"]))
    size = draw(st.sampled_from(["rate", "amount", "steps", "month", "event"]))
    fields: dict[str, Any] = {
        "rate": {"daily_rate": draw(st.sampled_from(["0.001", "0.005", "0.00333"]))},
        "amount": {"amount": 2_000},
        "month": {"amount": 15_000, "per": "month"},
        "event": {"amount": 25_000, "per": "event"},
        "steps": {
            "steps": (Step(1, Decimal("0.001")), Step(8, Decimal("0.003")), Step(15, amount=Decimal(900)))
        },
    }[size]
    limits = [
        Cap("instalment", share=Decimal("0.03")),
        Cap("contract", amount=Decimal(3_000)),
        Cap("charges", share=Decimal("0.11"), of="agreed_amount"),
        Cap("day", amount=Decimal(300)),
    ]
    base = draw(st.sampled_from(BASES))
    return LateCharge(
        base=base,
        compound_clause="pasal 7" if base == COMPOUND else "",
        counting=draw(st.sampled_from(["due_day_free", "due_day_counted"])),
        grace=grace,
        grace_days=0 if grace == "none" else draw(st.integers(1, 5)),
        rounding=Rounding(unit=draw(st.sampled_from([1, 100])), mode=draw(
            st.sampled_from(["down", "up", "half_up", "half_even"]))),
        round_each=draw(st.sampled_from(["day", "segment", "once"])),
        after_acceleration=draw(st.sampled_from(["stop", "continue"])),
        caps=tuple(draw(st.lists(st.sampled_from(limits), max_size=2, unique=True))) if caps else (),
        **fields,
    )  # fmt: skip


@st.composite
def policies(draw: Any) -> Policy:
    """A waterfall, a late charge (or none), and what holds an instalment open."""
    order = draw(st.sampled_from(sorted(ORDERS)))
    waterfall = Waterfall(
        ORDERS[order],
        excess=draw(st.sampled_from(["hold", "next_instalment", "last_instalments", "spread"])),
        charged_back=draw(st.sampled_from(["reopen", "new_principal", "as_paid"])),
        over_refund=draw(st.sampled_from(["refuse", "reopen", "new_principal"])),
        within_day=draw(st.sampled_from(["kind", "sequence"])),
        part_payment=draw(st.sampled_from(["apply", "apply", "hold"]))
        if order.startswith("oldest")
        else "apply",
    )
    return Policy(
        waterfall=draw(st.none() | st.just(waterfall)),
        late_charge=draw(st.none() | late_charges()),
        arrears=draw(st.sampled_from([Arrears(), Arrears(held_open_by=("principal", "interest", "fee"))])),
    )


@st.composite
def events_of(draw: Any, contract: Contract, most: int = 9) -> list[AnyEvent]:
    """Events of every kind, on any day, reversed and corrected in any order."""
    numbers = st.sampled_from([row.number for row in contract.instalments])
    last = max(row.number for row in contract.instalments)
    made: list[AnyEvent] = []
    for i in range(draw(st.integers(0, most))):
        name, on = f"E-{i}", draw(DAYS)
        kind = draw(st.sampled_from(KINDS))
        payments = [event for event in made if isinstance(event, Payment)]
        if kind == "payment":
            made.append(Payment(name, on, draw(AMOUNTS), instalment=draw(st.none() | numbers)))
        elif kind == "forced":
            parts = ((PRINCIPAL, draw(SMALL)), (LATE_CHARGE, draw(SMALL)))
            made.append(Payment(name, on, sum((x for _, x in parts), draw(SMALL)), components=parts))
        elif kind == "charge":
            component = draw(st.sampled_from([FEE, LATE_CHARGE, INSURANCE]))
            made.append(Charge(name, on, component, draw(SMALL), instalment=draw(st.none() | numbers),
                               due_on=draw(st.none() | DAYS)))  # fmt: skip
        elif kind == "drawdown":
            additions = [(draw(numbers), PRINCIPAL, draw(SMALL)), (draw(numbers), INTEREST, draw(SMALL))]
            made.append(Drawdown(name, on, additions))
        elif kind == "waiver":
            made.append(Waiver(name, on, draw(COMPONENTS), amount=draw(st.none() | st.just(Decimal(1)))))
        elif kind == "pause":
            of = draw(
                st.sampled_from([("days_past_due",), ("late_charge",), ("days_past_due", "late_charge")])
            )
            made.append(Pause(name, on, on + timedelta(days=draw(st.integers(0, 20))), of=of))
        elif kind == "acceleration":
            made.append(Acceleration(name, on))
        elif kind == "write_off":
            made.append(WriteOff(name, on, components=draw(st.sampled_from([(), (PRINCIPAL,)]))))
        elif kind == "forgiveness":
            made.append(Forgiveness(name, on, components=draw(st.sampled_from([(), (INTEREST,)]))))
        elif kind == "refund":
            made.append(Refund(name, on, draw(SMALL)))
        elif kind == "chargeback" and payments:
            target = draw(st.sampled_from(payments))
            made.append(Chargeback(name, max(on, target.effective_on), target.id, draw(SMALL)))
        elif kind == "restructure":
            plan = [
                Instalment(last + k, on + timedelta(days=30 * k), draw(AMOUNTS), draw(SMALL)) for k in (1, 2)
            ]
            last += 2
            made.append(Restructure(name, on, plan, kept=draw(st.sampled_from([(), (LATE_CHARGE,)]))))
        elif kind == "reversal" and made:
            target_event = draw(st.sampled_from(made))
            made.append(Reversal(name, max(on, target_event.effective_on), target_event.id))
        elif kind == "correction" and payments:
            target = draw(st.sampled_from(payments))
            made.append(Correction(name, max(on, target.effective_on), target.id, draw(AMOUNTS)))
    return made


KINDS = (
    "payment", "payment", "payment", "payment", "forced", "charge", "charge", "drawdown", "waiver", "pause",
    "acceleration", "write_off", "forgiveness", "refund", "chargeback", "restructure", "reversal", "reversal",
    "correction",
)  # fmt: skip


def possible(contract: Contract, events: list[AnyEvent], policy: Policy, days: list[date]) -> list[AnyEvent]:
    """The events without those that the ledger refuses on one of ``days``."""
    kept = list(events)
    while True:
        try:
            for day in days:
                replay(contract, kept, policy, day)
        except EventError as error:
            kept = [event for event in kept if event.id != error.fields["id"]]
        else:
            return kept
