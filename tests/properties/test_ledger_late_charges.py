"""Late charges against a slow oracle: day by day, in fractions, sharing no code with the kernel."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tagih import INTEREST, PRINCIPAL, Contract, LateCharge, Pause, Payment, Policy, replay
from tagih.dates import add_months
from tagih.money import ROUND

from .histories import DAYS, SPAN, START, contracts, late_charges

DAY = timedelta(days=1)


@st.composite
def questions(draw):
    """A contract, payments that each name what they settle, pauses, a late charge and a day."""
    contract = draw(contracts())
    left = {(row.number, part): amount for row in contract.instalments
            for part, amount in ((PRINCIPAL, row.principal), (INTEREST, row.interest))}  # fmt: skip
    events = []
    for i, on in enumerate(sorted(draw(st.lists(DAYS, max_size=5)))):
        row = draw(st.sampled_from(contract.instalments)).number
        parts = []
        for part in (PRINCIPAL, INTEREST):
            most = left[row, part]
            amount = draw(st.sampled_from([most, most // 2, Decimal(0)]))
            if amount:
                left[row, part] -= amount
                parts.append((part, amount))
        if parts:
            whole = sum(amount for _, amount in parts)
            events.append(Payment(f"P-{i}", on, whole, components=parts, instalment=row))
    for i, on in enumerate(draw(st.lists(DAYS, max_size=2))):
        events.append(Pause(f"Q-{i}", on, on + timedelta(days=draw(st.integers(0, 40))), of=("late_charge",)))
    return contract, events, draw(late_charges()), START + timedelta(days=draw(st.integers(20, SPAN)))


class Row:
    """One instalment as the oracle sees it."""

    def __init__(self, instalment, rule):
        self.due = instalment.due_on
        self.open = {PRINCIPAL: Fraction(instalment.principal), INTEREST: Fraction(instalment.interest)}
        self.full = Fraction(instalment.principal + instalment.interest)
        free = rule.grace_days if rule.grace == "free_days" else 0
        self.first = self.due + timedelta(days=int(rule.counting == "due_day_free"))
        self.charges_from = self.first + timedelta(days=free)
        self.stretches = []  # [key, exact, flat]
        self.key = None
        self.rounded = self.held = self.charged = Fraction(0)
        self.released = self.hit = False

    @property
    def unpaid(self):
        return sum(self.open.values())


def oracle(contract: Contract, events, rule: LateCharge, as_of: date) -> list[Fraction]:
    """The late charge of each instalment at the end of ``as_of``."""
    rows = [Row(instalment, rule) for instalment in contract.instalments]
    unit = Fraction(rule.rounding.unit)

    def rounded(amount):
        return ROUND[rule.rounding.mode](amount / unit) * unit

    caps = {cap.on: cap for cap in rule.caps}
    interest_and_fees = Fraction(
        sum(row.interest + sum(x for _, x in row.fees) for row in contract.instalments)
    )
    each = "day" if "day" in caps or rule.compound_clause else rule.round_each
    day = START
    while day <= as_of:
        paused = any(
            isinstance(event, Pause) and event.effective_on <= day <= event.until for event in events
        )
        left_today = Fraction(caps["day"].amount) if "day" in caps else None
        late = [row for row in rows if row.unpaid > 0 and day >= row.charges_from]
        if rule.base in ("outstanding_principal", "agreed_amount"):
            late = late[:1]
        for row in rows:
            if row not in late:
                row.key = None
                continue
            base = {
                "unpaid_instalment": row.unpaid,
                "unpaid_principal": row.open[PRINCIPAL],
                "full_instalment": row.full,
                "unpaid_instalment_and_late_charge": row.unpaid + row.charged,
                "outstanding_principal": sum(other.open[PRINCIPAL] for other in rows),
                "agreed_amount": Fraction(contract.agreed_amount),
            }[rule.base]
            if base <= 0:
                row.key = None
                continue
            rate, flat, step = rule.rate, Fraction(0), 0
            if rule.per == "event":
                flat = Fraction(rule.amount) if not row.hit and not paused else flat
                row.hit = row.hit or not paused
            elif rule.per == "month":
                begins = {add_months(row.charges_from, months) for months in range(12)}
                flat = Fraction(rule.amount) if day in begins else flat
            elif rule.steps:
                number = (day - row.first).days + 1
                step = max(i for i, one in enumerate(rule.steps) if one.from_day <= number)
                rate = Fraction(rule.steps[step].daily_rate or 0)
                flat = Fraction(rule.steps[step].amount or 0)
            else:
                flat = Fraction(rule.amount or 0)
            key = (base, step) if each == "segment" else "once" if each == "once" else day
            if (each == "segment" and row.key == (base, step)) or (each == "once" and row.stretches):
                stretch = row.stretches[-1]
            else:
                row.stretches.append([Fraction(0), Fraction(0)])
                stretch = row.stretches[-1]
            row.key = key
            if not paused:
                stretch[0] += base * rate
                stretch[1] += flat
            total = sum(rounded(exact) + whole for exact, whole in row.stretches)
            more, row.rounded = total - row.rounded, total
            if left_today is not None:
                more = min(more, left_today)
                left_today -= more
            if rule.grace == "threshold" and not row.released and (day - row.due).days <= rule.grace_days:
                row.held += more
                continue
            if paused and not row.held:
                continue
            row.released = True
            more, row.held = more + row.held, Fraction(0)
            everything = sum(other.charged for other in rows)
            rooms = [more]
            if "instalment" in caps:
                rooms.append(Fraction(caps["instalment"].share) * row.full - row.charged)
            if "contract" in caps:
                rooms.append(Fraction(caps["contract"].amount) - everything)
            if "charges" in caps:
                limit = Fraction(caps["charges"].share) * Fraction(contract.agreed_amount)
                rooms.append(limit - interest_and_fees - everything)
            # a cap is a whole number of cents
            row.charged += max(Fraction(int(min(rooms) * 100), 100), Fraction(0))
        for event in events:
            if isinstance(event, Payment) and event.effective_on == day:
                for part, amount in event.components:
                    rows[event.instalment - 1].open[part] -= Fraction(amount)
        day += DAY
    return [row.charged for row in rows]


@given(questions())
def test_late_charges_are_what_a_day_by_day_count_in_fractions_gives(question):
    contract, events, rule, as_of = question
    position = replay(contract, events, Policy(late_charge=rule), as_of)
    found = [Fraction(row.due.late_charge) for row in position.instalments if row.number]
    numbers = [row.number for row in position.instalments]
    expected = dict(
        zip([row.number for row in contract.instalments], oracle(contract, events, rule, as_of), strict=True)
    )
    assert dict(zip(numbers, found, strict=True)) == {number: expected[number] for number in numbers}
