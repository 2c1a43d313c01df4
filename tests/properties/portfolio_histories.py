"""Random contracts with every kind of event, and random policies: for laws over whole portfolios."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tagih.contracts import (
    FEE,
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
    Opening,
    OpeningBalance,
    Pause,
    Payment,
    Refund,
    Restructure,
    Reversal,
    Waiver,
    WriteOff,
)
from tagih.money import Rounding
from tagih.policies import Arrears, Cap, Group, LateCharge, Order, Policy, Step, Tolerance, Waterfall, rule
from tagih.policies.late_charge import BASES, COMPOUND

START = date(2026, 1, 5)
SPAN = 170
INSURANCE = Component("fee", "asuransi")
ORDERS = (
    Order((
        Group("instalment", ("past_due interest", "past_due principal", "due interest", "due principal")),
        Group("component", ("past_due fee", "due fee", "past_due late_charge", "due late_charge")),
    )),
    Order((Group("component", ("past_due late_charge", "past_due fee", "past_due interest",
                               "past_due principal", "due interest", "due principal", "due fee",
                               "due late_charge")),)),
    Order((
        Group("instalment", ("past_due fee", "past_due late_charge", "past_due interest",
                             "past_due principal", "due interest", "due principal")),
        Group("instalment", ("in_advance principal", "in_advance interest")),
    ), ahead="last"),
)  # fmt: skip
CAPS = (
    Cap("instalment", share=Decimal("0.03")),
    Cap("contract", amount=Decimal(3_000)),
    Cap("contract", share=Decimal("0.05"), of="principal"),
    Cap("charges", share=Decimal("0.11"), of="agreed_amount"),
    Cap("day", amount=Decimal(300)),
)
LAWS = tuple(rule(f"id.cap.pindar.{of}") for of in ("2024", "2025h1", "2025"))
KINDS = (
    "payment", "payment", "payment", "payment", "payment", "charge", "charge", "waiver", "pause",
    "acceleration", "write_off", "forgiveness", "refund", "chargeback", "reversal", "correction",
)  # fmt: skip
RARE = (*KINDS, "forced", "drawdown", "restructure", "reversal", "reversal")


def contract(random: Random, id: str) -> Contract:
    """One to five monthly or weekly instalments, some with a fee of their own; a few were migrated."""
    step, count = random.choice([7, 30]), random.randint(1, 5)
    rows = [
        Instalment(
            number,
            START + timedelta(days=step * number),
            principal=Decimal(random.randint(0, 100_000)),
            interest=Decimal(random.randint(0, 20_000)),
            fees=((INSURANCE, Decimal(2500)),) if random.random() < 0.3 else (),
        )
        for number in range(1, count + 1)
    ]
    random.shuffle(rows)
    opening = None
    if random.random() < 0.05:
        opening = Opening(START + timedelta(days=8), (OpeningBalance(1, PRINCIPAL, Decimal(700)),))
    signed = START - timedelta(days=random.choice([3, 3, 200, 400, 900])) if random.random() < 0.7 else None
    return Contract(
        id, rows, agreed_amount=Decimal(400_000), opening=opening, signed_on=signed,
        tenor=random.choice([None, 1, 6, 7, 12]),
        frequency=random.choice(["monthly", "weekly", "daily"]),
        principal=random.choice([None, None, Decimal(90_000), Decimal(50_000_000), Decimal(50_000_001)]),
        tags=random.choice([(), (("purpose", "consumptive"),), (("purpose", "productive"),)]),
    )  # fmt: skip


def policy(random: Random) -> Policy:
    """A waterfall, a late charge, what holds an instalment open, and what is too little to count."""
    grace = random.choice(["none", "threshold", "free_days"])
    size = random.choice([
        {"daily_rate": random.choice(["0.001", "0.005", "0.00333"])}, {"amount": 2_000},
        {"amount": 15_000, "per": "month"}, {"amount": 25_000, "per": "event"},
        {"steps": (Step(1, Decimal("0.001")), Step(8, Decimal("0.003")), Step(15, amount=Decimal(900)))},
    ])  # fmt: skip
    base = random.choice(BASES)
    late = LateCharge(
        base=base,
        compound_clause="pasal 7" if base == COMPOUND else "",
        counting=random.choice(["due_day_free", "due_day_counted"]),
        grace=grace,
        grace_days=0 if grace == "none" else random.randint(1, 5),
        rounding=Rounding(unit=random.choice([1, 100]),
                          mode=random.choice(["down", "up", "half_up", "half_even"])),
        round_each=random.choice(["day", "segment", "once"]),
        after_acceleration=random.choice(["stop", "continue"]),
        caps=tuple(random.sample(CAPS, random.choice([0, 0, 1, 2]))),
        name=random.choice(["", "", "tazir"]),
        **size,
    )  # fmt: skip
    order = random.choice(ORDERS)
    waterfall = Waterfall(
        order,
        by_kind={"goodwill": random.choice(ORDERS)},
        excess=random.choice(["hold", "next_instalment", "last_instalments", "spread", "smaller_instalment"]),
        charged_back=random.choice(["reopen", "new_principal", "as_paid"]),
        over_refund=random.choice(["refuse", "reopen", "new_principal"]),
        within_day=random.choice(["kind", "sequence"]),
        part_payment=random.choice(["apply", "hold"]) if order is ORDERS[0] else "apply",
    )
    return Policy(
        caps=random.choice([(), (), LAWS]),
        waterfall=random.choice([None, waterfall, waterfall]),
        late_charge=random.choice([None, late, late, late]),
        arrears=random.choice([
            Arrears(), Arrears(held_open_by=("principal", "interest", "fee")), Arrears(due_day=1),
            Arrears(tolerance=Tolerance(share=Decimal("0.015"), floor=Decimal(500))), Arrears(grace_days=3),
        ]),
    )  # fmt: skip


def events(random: Random, of: Contract, kinds: tuple[str, ...] = KINDS) -> list[AnyEvent]:
    """Events of every kind, on any day, reversed and corrected in any order."""
    numbers = [row.number for row in of.instalments]
    last = max(numbers)
    made: list[AnyEvent] = []

    def small() -> Decimal:
        return Decimal(random.randint(1, 40_000))

    for i in range(random.randint(0, 8)):
        name, on = f"{of.id}/E-{random.randint(0, 99)}-{i}", START + timedelta(days=random.randint(0, SPAN))
        kind = random.choice(kinds)
        order = random.choice([0, 0, 1])
        paid = [event for event in made if isinstance(event, Payment)]
        event: AnyEvent | None = None
        if kind == "payment":
            event = Payment(name, on, Decimal(random.randint(1, 250_000)), sequence=order,
                            instalment=random.choice([None, None, None, *numbers]),
                            kind=random.choice(["payment", "payment", "goodwill"]))  # fmt: skip
        elif kind == "forced":
            parts = ((PRINCIPAL, small()), (INTEREST, small()))
            event = Payment(name, on, sum((x for _, x in parts), small()), components=parts)
        elif kind == "charge":
            event = Charge(name, on, random.choice([FEE, LATE_CHARGE, INSURANCE]), small(),
                           instalment=random.choice([None, *numbers]), sequence=order,
                           due_on=random.choice([None, on + timedelta(days=9)]))  # fmt: skip
        elif kind == "drawdown":
            event = Drawdown(name, on, ((random.choice(numbers), PRINCIPAL, small()),))
        elif kind == "waiver":
            event = Waiver(name, on, random.choice([PRINCIPAL, INTEREST, FEE, LATE_CHARGE, INSURANCE]),
                           amount=random.choice([None, Decimal(1)]), sequence=order,
                           instalments=random.choice([(), (numbers[0],)]))  # fmt: skip
        elif kind == "pause":
            of_ = random.choice([("days_past_due",), ("late_charge",), ("days_past_due", "late_charge")])
            event = Pause(name, on, on + timedelta(days=random.randint(0, 20)), of=of_)
        elif kind == "acceleration":
            event = Acceleration(name, on)
        elif kind == "write_off":
            event = WriteOff(name, on, components=random.choice([(), (PRINCIPAL,)]))
        elif kind == "forgiveness":
            event = Forgiveness(name, on, components=random.choice([(), (INTEREST,)]))
        elif kind == "refund":
            event = Refund(name, on, small())
        elif kind == "chargeback" and paid:
            target = random.choice(paid)
            event = Chargeback(name, max(on, target.effective_on), target.id, small())
        elif kind == "restructure":
            plan = [Instalment(last + n, on + timedelta(days=30 * n), small(), small()) for n in (1, 2)]
            last += 2
            event = Restructure(name, on, plan)
        elif kind == "reversal" and made:
            undone = random.choice(made)
            event = Reversal(name, max(on, undone.effective_on), undone.id)
        elif kind == "correction" and paid:
            target = random.choice(paid)
            event = Correction(
                name, max(on, target.effective_on), target.id, Decimal(random.randint(1, 250_000))
            )
        if event is not None:
            made.append(event)
    random.shuffle(made)
    return made
