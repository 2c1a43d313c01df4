"""The ledger against the same told day by day, in tests/properties/reference.py.

Amounts are a few sen and due dates a few days apart, so that every edge (the last sen, the due date itself,
the day of the cap) is met often.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tagih import (
    FEE,
    INTEREST,
    LATE_CHARGE,
    PRINCIPAL,
    Acceleration,
    Arrears,
    Charge,
    Chargeback,
    Component,
    Contract,
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
    Rounding,
    Tolerance,
    Waiver,
    Waterfall,
    WriteOff,
    replay,
)
from tagih.policies import Cap, Group, Order
from tagih.policies.late_charge import COMPOUND

from .histories import ORDERS
from .reference import told

START = date(2026, 1, 5)
SPAN = 24
DAYS = st.integers(0, SPAN).map(lambda days: START + timedelta(days=days))
SEN = Decimal("0.01")
FEW = st.integers(1, 12).map(lambda sen: sen * SEN)
INSURANCE = Component("fee", "asuransi")
PARTS = (PRINCIPAL, INTEREST, FEE, LATE_CHARGE, INSURANCE)
PLACES = Order((
    Group("component", ("due fee contract", "past_due fee contract", "past_due late_charge charged")),
    Group("instalment", ("past_due principal", "past_due interest", "past_due fee instalment",
                         "due principal", "in_advance interest", "in_advance principal")),
    Group("component", ("in_advance fee", "past_due late_charge instalment")),
), ahead="next_then_last")  # fmt: skip
WATERFALLS = [*ORDERS.values(), PLACES]


@st.composite
def contracts(draw):
    step = draw(st.integers(1, 5))
    rows = [
        Instalment(number, START + timedelta(days=step * number), draw(st.integers(0, 12)) * SEN,
                   draw(st.integers(0, 5)) * SEN, fees=((INSURANCE, 2 * SEN),) if draw(st.booleans()) else ())
        for number in range(1, draw(st.integers(1, 4)) + 1)
    ]  # fmt: skip
    return Contract("C-1", rows, agreed_amount=Decimal("0.40"))


@st.composite
def late_charges(draw):
    base = draw(st.sampled_from(["unpaid_instalment", "unpaid_principal", "full_instalment",
                                 "outstanding_principal", "agreed_amount", COMPOUND]))  # fmt: skip
    grace = draw(st.sampled_from(["none", "threshold", "free_days"]))
    caps = [Cap("instalment", share=Decimal("0.5")), Cap("instalment", amount=4 * SEN),
            Cap("contract", amount=draw(st.integers(0, 9)) * SEN + SEN),
            Cap("charges", share=Decimal("0.5"), of="agreed_amount"), Cap("day", amount=2 * SEN)]  # fmt: skip
    if draw(st.booleans()):
        caps[-1] = Cap("day", share=Decimal("0.1"), of="outstanding_principal")
    after = draw(st.sampled_from(["stop", "continue"]))
    size = draw(st.sampled_from([{"daily_rate": "0.1"}, {"daily_rate": "0.25"}, {"amount": SEN}]))
    return LateCharge(
        base=base,
        compound_clause="pasal 7" if base == COMPOUND else "",
        counting="due_day_free" if after == "continue" else draw(
            st.sampled_from(["due_day_free", "due_day_counted"])),
        grace=grace,
        grace_days=0 if grace == "none" else draw(st.integers(1, 3)),
        rounding=Rounding(unit=draw(st.sampled_from([SEN, 2 * SEN])), mode=draw(
            st.sampled_from(["down", "up", "half_up", "half_even"]))),
        round_each="day",
        after_acceleration=after,
        caps=tuple(draw(st.lists(st.sampled_from(caps), max_size=2, unique=True))),
        **size,
    )  # fmt: skip


@st.composite
def policies(draw, theme):
    late = draw(late_charges())
    order = draw(st.sampled_from(WATERFALLS))
    waterfall = Waterfall(
        order,
        by_kind={"goodwill": draw(st.sampled_from(WATERFALLS))},
        excess=draw(st.sampled_from(["hold", "next_instalment", "last_instalments", "spread"])),
        charged_back=draw(st.sampled_from(["reopen", "reopen", "new_principal", "as_paid"])),
        charged_back_due=draw(st.sampled_from(["coming_instalment", "at_once"])),
        over_refund=draw(st.sampled_from(["refuse", "reopen", "new_principal"])),
        part_payment=draw(st.sampled_from(["apply", "apply", "hold"])),
    )
    arrears = Arrears(
        due_day=draw(st.sampled_from([0, 1])),
        tolerance=Tolerance(amount=draw(st.sampled_from([0, 1, 3])) * SEN),
        grace_days=draw(st.sampled_from([0, 0, 2])),
        held_open_by=draw(st.sampled_from([("principal", "interest"), ("principal", "interest", "fee"),
                                           ("principal", "late_charge")])),
    )  # fmt: skip
    needed = theme in ("money back", "in advance")
    return Policy(
        waterfall=waterfall if needed or draw(st.booleans()) else None,
        late_charge=late if theme in ("late charges", "new plans") or draw(st.booleans()) else None,
        arrears=arrears,
    )


PAYMENTS = ("payment", "payment", "payment", "forced")
THEMES = {
    "everything": (*PAYMENTS, "charge", "charge", "drawdown", "waiver", "pause", "acceleration", "write_off",
                   "forgiveness", "refund", "chargeback", "chargeback", "restructure"),
    "money back": (*PAYMENTS, "chargeback", "chargeback", "refund", "charge", "write_off"),
    "in advance": (*PAYMENTS, "charge", "chargeback", "drawdown"),
    "late charges": (*PAYMENTS, "waiver", "drawdown", "pause", "charge", "forgiveness"),
    "new plans": (*PAYMENTS, "acceleration", "restructure", "write_off", "waiver", "pause"),
}  # fmt: skip


@st.composite
def events_of(draw, contract, kinds):
    numbers = [row.number for row in contract.instalments]
    number = st.sampled_from(numbers)
    last = max(numbers)
    made = []
    for i in range(draw(st.integers(1, 8))):
        name, on = f"E-{i}", draw(DAYS)
        kind = draw(st.sampled_from(kinds))
        payments = [event for event in made if isinstance(event, Payment)]
        if kind == "payment":
            made.append(Payment(name, on, draw(st.integers(1, 25)) * SEN, instalment=draw(st.none() | number),
                                kind=draw(st.sampled_from(["payment", "payment", "goodwill"]))))  # fmt: skip
        elif kind == "forced":
            parts = tuple(
                (draw(st.sampled_from(PARTS[:4])), draw(FEW)) for _ in range(draw(st.integers(1, 2)))
            )
            whole = sum((amount for _, amount in parts), draw(st.integers(0, 5)) * SEN)
            made.append(Payment(name, on, whole, components=parts, instalment=draw(st.none() | number)))
        elif kind == "charge":
            part, on_which = draw(st.sampled_from([FEE, LATE_CHARGE, INSURANCE])), draw(st.none() | number)
            due_on = draw(st.none() | DAYS)
            made.append(Charge(name, on, part, draw(FEW), instalment=on_which, due_on=due_on))
        elif kind == "drawdown":
            made.append(
                Drawdown(
                    name, on, [(draw(number), PRINCIPAL, draw(FEW)), (draw(number), INTEREST, draw(FEW))]
                )
            )
        elif kind == "waiver":
            amount = draw(st.none() | st.integers(1, 3).map(lambda sen: sen * SEN))
            some = draw(st.sampled_from([(), (numbers[0],)]))
            made.append(Waiver(name, on, draw(st.sampled_from(PARTS[:4])), amount=amount, instalments=some))
        elif kind == "pause":
            of = draw(
                st.sampled_from([("days_past_due",), ("late_charge",), ("days_past_due", "late_charge")])
            )
            made.append(Pause(name, on, on + timedelta(days=draw(st.integers(0, 4))), of=of))
        elif kind == "acceleration":
            made.append(Acceleration(name, on))
        elif kind == "write_off":
            made.append(
                WriteOff(name, on, components=draw(st.sampled_from([(), (PRINCIPAL,), (FEE, INTEREST)])))
            )
        elif kind == "forgiveness":
            made.append(Forgiveness(name, on, components=draw(st.sampled_from([(), (INTEREST,)]))))
        elif kind == "refund":
            made.append(Refund(name, on, draw(FEW)))
        elif kind == "chargeback" and payments:
            target = draw(st.sampled_from(payments))
            made.append(Chargeback(name, max(on, target.effective_on), target.id, draw(FEW)))
        elif kind == "restructure":
            plan = [
                Instalment(last + n, on + timedelta(days=3 * n - 2), draw(FEW), draw(FEW)) for n in (1, 2)
            ]
            last += 2
            kept = draw(st.sampled_from([(), (LATE_CHARGE,), (FEE, INTEREST)]))
            replaces = draw(st.sampled_from(["all", "coming"]))
            made.append(Restructure(name, on, plan, kept=kept, replaces=replaces))
    return made


@st.composite
def questions(draw, theme="everything"):
    contract, policy = draw(contracts()), draw(policies(theme))
    events = draw(events_of(contract, THEMES[theme]))
    as_of = START + timedelta(days=draw(st.integers(0, SPAN + 6)))
    while True:
        try:
            replay(contract, events, policy, as_of)
        except EventError as error:
            events = [event for event in events if event.id != error.fields["id"]]
        else:
            return contract, events, policy, as_of


def balances(position):
    return {
        (row.number or row.charge, str(part)): tuple(
            int(amount * 100) for amount in (balance.due, balance.paid, balance.waived, balance.restructured,
                                             balance.written_off, balance.outstanding)
        )
        for row in position.instalments
        for part, balance in row.balances
    }  # fmt: skip


def told_balances(ledger):
    return {
        (block.number or block.name, part): amounts
        for block in ledger.blocks()
        for part in ledger.parts
        if (amounts := tuple(
            sum(getattr(row, name)[part] for row in ledger.members(block))
            for name in ("due_amount", "paid", "waived", "moved", "lost", "open")
        ))[0]
    }  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
@settings(max_examples=2 * settings.default.max_examples)
@given(data=st.data())
def test_a_position_is_what_the_days_told_one_by_one_come_to(theme, data):
    check(data.draw(questions(theme)))


def check(question):
    contract, events, policy, as_of = question
    position = replay(contract, events, policy, as_of)
    ledger = told(contract, events, policy, as_of)
    assert balances(position) == told_balances(ledger)
    unapplied = {}
    for money in ledger.monies:
        if money.left:
            unapplied[money.payment.id] = unapplied.get(money.payment.id, 0) + money.left * SEN
    assert dict(position.unapplied_by_payment) == unapplied
    oldest = ledger.oldest(as_of)
    assert position.days_past_due == ledger.days_past_due(as_of)
    assert position.overdue_instalments == len(ledger.late_blocks(as_of))
    assert (position.cause.instalment if position.cause else None) == (oldest.number if oldest else None)
    assert position.late_charges_run_up == ledger.total * SEN
    assert sorted(moves(position), key=str) == sorted(ledger.journal, key=str)
    on_lines = charged_on(position)
    told_days = {(place, day): said for place, days in ledger.bases.items() for day, said in days.items()}
    assert {key: told_days[key][0] for key in on_lines} == on_lines
    assert {key for key, (_, amount) in told_days.items() if amount} <= set(on_lines)


def moves(position):
    return [
        (line.kind, line.event, line.instalment or line.charge, line.component and str(line.component),
         int(line.amount * 100), line.on, line.by)
        for line in position.lines if line.kind not in ("run_up", "capped")
    ]  # fmt: skip


def charged_on(position):
    """What each day of each stretch was charged on; no day is in two stretches."""
    found = {}
    pauses = [event for event in position.events if isinstance(event, Pause) and "late_charge" in event.of]
    for line in position.lines:
        if line.kind == "run_up":
            assert line.days > 0
            for day in (line.start + timedelta(days=n) for n in range((line.on - line.start).days + 1)):
                if not any(pause.effective_on <= day <= pause.until for pause in pauses):
                    key = (line.instalment or line.charge, day)
                    assert key not in found
                    found[key] = int(line.base * 100)
    return found


@given(questions("late charges"))
def test_a_stretch_of_late_charge_ends_only_where_what_it_is_charged_on_changes(question):
    position = replay(*question)
    rule = position.policy.late_charge
    assume(rule.base != COMPOUND and "day" not in [cap.on for cap in rule.caps])  # these end every day
    more, less = {"charged", "charged_back"}, {"settled", "waived", "forgiven"}
    moved = {}
    for line in position.lines:
        moved.setdefault(line.on, set()).add(line.kind)
    last = {}
    for line in position.lines:
        if line.kind == "run_up":
            before = last.get(line.instalment)
            last[line.instalment] = line
            if before and before.on + timedelta(days=1) == line.start:
                moves_both_ways = moved.get(before.on, set()) & more and moved.get(before.on, set()) & less
                assert (before.base, before.rate) != (line.base, line.rate) or moves_both_ways
