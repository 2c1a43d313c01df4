"""The ledger told once more, slowly: day by day over plain objects, sharing no code with the kernel.

Written from docs/ledger.md, docs/allocation.md and docs/late-charges.md. Amounts are whole sen. Every day
first brings its late charge, on the balance at its start; then unapplied credit settles what falls due;
then come the day's events, by kind. What it leaves out: reversals and corrections (they only choose which
events there are), new plans after a prepayment, and late charges that are rounded otherwise than each day.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from tagih import (
    Acceleration,
    Charge,
    Chargeback,
    Component,
    Drawdown,
    EventError,
    Forgiveness,
    Pause,
    Payment,
    Refund,
    Restructure,
    Waiver,
    WriteOff,
)
from tagih.money import ROUND
from tagih.policies import Group, Order

DAY = timedelta(days=1)
KINDS_IN_TURN = (Pause, Drawdown, Charge, Waiver, Payment, Chargeback, Refund, Acceleration, Restructure,
                 WriteOff, Forgiveness)  # fmt: skip
DEFAULT = Order((
    Group("instalment", ("past_due interest", "past_due principal", "due interest", "due principal")),
    Group("instalment", ("past_due fee", "due fee")),
    Group("instalment", ("past_due late_charge", "due late_charge")),
))  # fmt: skip
AFTER_WRITE_OFF = Order((
    Group("instalment", tuple(
        f"{when} {part}" for when in ("past_due", "due", "in_advance")
        for part in ("interest", "principal", "fee", "late_charge")
    )),
))  # fmt: skip
EXCESS = {
    "hold": [],
    "next_instalment": [(Group("instalment", ("in_advance interest", "in_advance principal")), "next")],
    "last_instalments": [(Group("instalment", ("in_advance principal", "in_advance interest")), "last")],
    "spread": [(Group("instalment", ("in_advance interest", "in_advance principal")), "spread")],
}
PRINCIPAL, INTEREST = "principal", "interest"


def sen(amount) -> int:
    whole = Fraction(amount) * 100
    assert whole.denominator == 1
    return int(whole)


class Row:
    """An instalment, or a charge with a row of its own."""

    def __init__(self, number, due, name="", block=None, charge=False):
        self.number, self.due, self.own, self.name = number, due, due, name
        self.own_due = due
        self.block = block or self  # the instalment that a charge belongs to
        self.is_charge = charge
        self.due_amount, self.paid, self.waived = defaultdict(int), defaultdict(int), defaultdict(int)
        self.moved, self.lost, self.open = defaultdict(int), defaultdict(int), defaultdict(int)
        self.live = True
        self.tolerance = 0
        # the late charge
        self.held = self.charged = 0
        self.released = False

    def owe(self, part, amount):
        self.due_amount[part] += amount
        self.open[part] += amount

    @property
    def unpaid(self):
        return self.open[PRINCIPAL] + self.open[INTEREST]


class Money:
    """A payment, or a forced part of it: what of it is not used yet."""

    def __init__(self, payment, amount, part=None):
        self.payment, self.left, self.part = payment, amount, part


class Use:
    """A payment settled (or recovered) a part of a row."""

    def __init__(self, money, row, part, amount, on, recovered):
        self.money, self.row, self.part, self.amount = money, row, part, amount
        self.on, self.recovered = on, recovered
        self.back = 0


class Ledger:
    """A contract, and what became of it."""

    def __init__(self, contract, events, policy):
        self.contract, self.policy, self.rule = contract, policy, policy.late_charge
        self.events = sorted(
            events, key=lambda e: (e.effective_on, KINDS_IN_TURN.index(type(e)), e.sequence, e.id)
        )
        self.waterfall = policy.waterfall
        self.rows, self.monies, self.uses = [], [], []
        self.journal = []  # (kind, event, instalment or charge, component, amount, day, by)
        self.bases = defaultdict(dict)  # row -> day -> what it was charged on, and how much before caps
        self.lent = defaultdict(lambda: defaultdict(int))  # payment -> part -> lent again
        self.written_off = False
        self.charging = True
        self.oldest_lost = None
        self.total = self.posted_late = self.posted_fees = 0
        self.age_pauses, self.late_pauses = set(), set()
        for event in self.events:
            if isinstance(event, Pause):
                days = {
                    event.effective_on + DAY * n for n in range((event.until - event.effective_on).days + 1)
                }
                if "days_past_due" in event.of:
                    self.age_pauses |= days
                if "late_charge" in event.of:
                    self.late_pauses |= days
        self.agreed_charges = 0
        for one in contract.instalments:
            row = self.add_instalment(one)
            self.agreed_charges += sum(row.open.values()) - row.open[PRINCIPAL]
        self.parts = sorted(self.all_parts(), key=in_turn)

    def all_parts(self):
        parts = {PRINCIPAL, INTEREST}
        if self.rule:
            parts.add("late_charge")
        for row in self.rows:
            parts |= set(row.open)
        for event in self.events:
            if isinstance(event, Charge):
                parts.add(str(event.component))
            for one in getattr(event, "instalments", ()) if isinstance(event, Restructure) else ():
                parts |= {str(part) for part, _ in one.fees}
        return parts

    def add_instalment(self, one):
        row = Row(one.number, one.due_on)
        row.owe(PRINCIPAL, sen(one.principal))
        row.owe(INTEREST, sen(one.interest))
        for part, amount in one.fees:
            row.owe(str(part), sen(amount))
        tolerance = self.policy.arrears.tolerance
        row.tolerance = sen(tolerance.amount) if tolerance.amount else 0
        self.place(row)
        return row

    def place(self, row):
        """Rows stand by due date, instalments before charges on the contract, charges with their block."""
        self.rows.append(row)

        def at(one):
            block = one.block
            return (block.own, block.is_charge or block.number is None, block.number or 0, one is not block)

        self.rows.sort(key=at)

    # --- who is who

    def blocks(self):
        return [row for row in self.rows if row.block is row]

    def members(self, block):
        return [row for row in self.rows if row.block is block]

    def note(self, kind, event, row, part, amount, day, by=""):
        if amount:
            place = "" if row is None else row.number or row.name
            self.journal.append((kind, event, place, part, amount, day, by))

    def named(self, number):
        return next(row for row in self.rows if row.number == number and row.block is row)

    def meant(self, component):
        """The parts that a component stands for: by name, or all of a kind."""
        if isinstance(component, str):
            component = Component.parse(component)
        if component.name:
            return [part for part in self.parts if part == str(component)]
        return [part for part in self.parts if part.split(":")[0] == component.kind]

    # --- days

    def run(self, as_of):
        days = [row.due for row in self.rows] + [event.effective_on for event in self.events]
        for event in self.events:
            if isinstance(event, Restructure):
                days += [row.due_on for row in event.instalments]
            days += [event.due_on] if isinstance(event, Charge) and event.due_on else []
        day = min(days) - DAY
        while day <= as_of:
            self.late_charges(day)
            if any(row.live and row.due == day for row in self.rows):
                self.use_unapplied(day)
            for event in self.events:
                if event.effective_on == day:
                    self.happen(event, day)
            day += DAY
        return self

    # --- late charges

    def late_charges(self, day):
        rule = self.rule
        if rule is None or not self.charging:
            return
        free = rule.grace_days if rule.grace == "free_days" else 0
        shift = timedelta(days=free + (rule.counting == "due_day_free"))
        late = [row for row in self.rows if row.live and not row.is_charge and row.unpaid > 0
                and row.due + shift <= day]  # fmt: skip
        if rule.base in ("outstanding_principal", "agreed_amount"):
            late = [min(late, key=lambda row: row.due)] if late else []
        today = None
        for cap in rule.caps:
            if cap.on == "day":
                if cap.amount is not None:
                    today = sen(cap.amount)
                else:
                    today = int(Fraction(cap.share) * sum(row.open[PRINCIPAL] for row in self.rows))
        for row in late:
            base = {
                "unpaid_instalment": row.unpaid,
                "unpaid_principal": row.open[PRINCIPAL],
                "full_instalment": sum(
                    row.due_amount[part] - row.moved[part] for part in (PRINCIPAL, INTEREST)
                ),
                "unpaid_instalment_and_late_charge": row.unpaid + row.open["late_charge"],
                "outstanding_principal": sum(other.open[PRINCIPAL] for other in self.rows),
                "agreed_amount": sen(self.contract.agreed_amount),
            }[rule.base]
            if base <= 0:
                continue
            more = 0
            if day not in self.late_pauses:
                unit = sen(rule.rounding.unit)
                more = ROUND[rule.rounding.mode](base * Fraction(rule.rate) / unit) * unit
                more += sen(rule.amount or 0)
                self.bases[row.number or row.name][day] = (base, more)
            if today is not None:
                more = min(more, today)
                today -= more
            if rule.grace == "threshold" and not row.released and (day - row.due).days <= rule.grace_days:
                row.held += more
                continue
            row.released = True
            more, row.held = more + row.held, 0
            for cap in rule.caps:
                if cap.on == "instalment" and cap.amount is not None:
                    more = min(more, sen(cap.amount) - row.charged)
                elif cap.on == "instalment":
                    size = row.due_amount[PRINCIPAL] + row.due_amount[INTEREST]
                    more = min(more, int(Fraction(cap.share) * size) - row.charged)
                elif cap.on == "contract":
                    more = min(more, sen(cap.amount) - self.total - self.posted_late)
                elif cap.on == "charges":
                    size = int(Fraction(cap.share) * sen(self.contract.agreed_amount))
                    limit = max(size - self.agreed_charges, 0)
                    more = min(more, limit - self.total - self.posted_late - self.posted_fees)
            more = max(more, 0)
            row.charged += more
            self.total += more
            if more:
                row.owe("late_charge", more)

    # --- settling

    def take(self, money, row, part, most, day):
        """Settle what is open, then recover what was written off; never more than ``most``."""
        took = 0
        for balance, recovered in ((row.open, False), (row.lost, True)):
            amount = min(balance[part], most - took)
            if amount > 0:
                balance[part] -= amount
                row.paid[part] += amount
                self.uses.append(Use(money, row, part, amount, day, recovered))
                took += amount
                kind = "recovered" if recovered else "settled"
                self.note(kind, money.payment.id, row, part, amount, day)
        money.left -= took
        return took

    def fits(self, row, which, day):
        return (
            row.live
            and {
                "": True,
                "instalment": not self.on_contract(row),
                "contract": self.on_contract(row),
                "charged": row.is_charge and row.own_due <= day,
            }[which]
        )

    def on_contract(self, row):
        return row.block.number is None

    def cells(self, group, timing):
        """(part, rows) of a group's cells of one timing, each fee by itself."""
        return [(part, cell.row) for cell in group.cells if cell.timing == timing
                for part in self.meant(cell.component)]  # fmt: skip

    def timing(self, block, day):
        return "in_advance" if block.due > day else "due" if block.due == day else "past_due"

    def take_block(self, money, block, cells, most, day):
        took = 0
        for part, which in cells:
            for row in self.members(block):
                if self.fits(row, which, day):
                    took += self.take(money, row, part, most - took, day)
        return took

    def asked(self, block, cells, day):
        return sum(
            row.open[part] + row.lost[part]
            for part, which in cells
            for row in self.members(block)
            if self.fits(row, which, day)
        )

    def settle(self, money, order, day):
        groups = [(group, order.ahead) for group in order.groups]
        if self.waterfall:
            groups += EXCESS[self.waterfall.excess]
        for group, ahead in groups:
            if group.walk == "instalment":
                for block in self.blocks():
                    if block.due <= day:
                        self.take_block(
                            money, block, self.cells(group, self.timing(block, day)), money.left, day
                        )
                self.settle_ahead(money, ahead, self.cells(group, "in_advance"), day)
            else:
                for cell in group.cells:
                    for part in self.meant(cell.component):
                        one = [(part, cell.row)]
                        if cell.timing == "in_advance":
                            self.settle_ahead(money, ahead, one, day)
                        for block in self.blocks():
                            if self.timing(block, day) == cell.timing != "in_advance":
                                self.take_block(money, block, one, money.left, day)

    def settle_ahead(self, money, ahead, cells, day):
        coming = [block for block in self.blocks() if block.due > day and self.asked(block, cells, day) > 0]
        if ahead == "spread":
            while money.left and coming:
                share = money.left // len(coming)
                shares = [share] * (len(coming) - 1) + [money.left - share * (len(coming) - 1)]
                for block, part in zip(coming, shares, strict=True):
                    self.take_block(money, block, cells, part, day)
                coming = [block for block in coming if self.asked(block, cells, day) > 0]
            return
        if ahead == "last":
            coming.reverse()
        elif ahead == "next_then_last":
            coming = coming[:1] + coming[:0:-1]
        for block in coming:
            self.take_block(money, block, cells, money.left, day)

    def order(self, payment, day):
        if self.written_off:
            return (
                self.waterfall.by_state.get("written_off", AFTER_WRITE_OFF)
                if self.waterfall
                else AFTER_WRITE_OFF
            )
        if self.waterfall is None:
            return DEFAULT
        return self.waterfall.by_kind.get(payment.kind, self.waterfall.order)

    @property
    def holds_parts(self):
        return self.waterfall is not None and self.waterfall.part_payment == "hold"

    @property
    def pool(self):
        return sum(money.left for money in self.monies)

    def use_unapplied(self, day):
        if self.holds_parts:
            self.use_held_parts(day)
            return
        for money in self.monies:
            if money.left:
                self.settle(money, self.order(money.payment, day), day)

    def use_held_parts(self, day):
        """All that a group asks of the oldest instalment, or nothing of it and of what comes after."""
        waiting = [money for money in self.monies if money.left]
        if not waiting:
            return
        order = self.order(waiting[0].payment, day)
        groups = [*order.groups, *(group for group, _ in EXCESS[self.waterfall.excess])]
        for group in groups:
            for block in self.blocks():
                if block.due > day or self.pool == 0:
                    continue
                cells = self.cells(group, self.timing(block, day))
                if self.asked(block, cells, day) > self.pool:
                    return
                for money in waiting:
                    self.take_block(money, block, cells, money.left, day)

    # --- events

    def happen(self, event, day):
        getattr(self, type(event).__name__.lower())(event, day)
        if isinstance(event, (Charge, Drawdown, Acceleration, Restructure, Chargeback)) and self.pool:
            self.use_unapplied(day)

    def pause(self, event, day):
        pass

    def payment(self, event, day):
        rest = sen(event.amount)
        for component, amount in event.components:
            money = Money(event, sen(amount), component)
            self.monies.append(money)
            rest -= money.left
            for row in self.rows:
                if row.live and (event.instalment is None or row is self.named(event.instalment)):
                    for part in self.meant(component):
                        self.take(money, row, part, money.left, day)
        if not rest:
            return
        money = Money(event, rest)
        self.monies.append(money)
        order = self.order(event, day)
        if event.instalment is not None:
            row = self.named(event.instalment)
            groups = [
                *order.groups,
                *(group for group, _ in EXCESS[self.waterfall.excess if self.waterfall else "hold"]),
            ]
            for group in groups:
                self.take_block(money, row, self.cells(group, self.timing(row, day)), money.left, day)
            self.take(money, row, INTEREST, money.left, day)
            self.take(money, row, PRINCIPAL, money.left, day)
        if self.holds_parts:
            self.use_held_parts(day)
        else:
            self.settle(money, order, day)

    def charge(self, event, day):
        part = str(event.component)
        if event.instalment is None:
            row = Row(None, event.due_on or day, event.id, charge=True)
        else:
            block = self.named(event.instalment)
            row = Row(event.instalment, block.due, event.id, block, charge=True)
            row.own_due = event.due_on or day
        self.place(row)
        self.lend(event.id, row, part, sen(event.amount), day)
        if event.component.kind == "late_charge":
            self.posted_late += sen(event.amount)
        else:
            self.posted_fees += sen(event.amount)

    def drawdown(self, event, day):
        for number, component, amount in event.additions:
            self.lend(event.id, self.named(number), str(component), sen(amount), day)

    def lend(self, event, row, part, amount, day):
        row.owe(part, amount)
        self.note("charged", event, row, part, amount, day)

    def waiver(self, event, day):
        rows = self.rows
        if event.instalments:
            rows = [self.named(number) for number in event.instalments]
        elif event.charge:
            rows = [row for row in self.rows if row.name == event.charge]
        left = None if event.amount is None else sen(event.amount)
        for row in rows:
            for part in self.meant(event.component):
                amount = row.open[part] if left is None else min(row.open[part], left)
                row.open[part] -= amount
                row.waived[part] += amount
                self.note("waived", event.id, row, part, amount, day)
                left = None if left is None else left - amount
        if left:
            raise EventError("reference", "waiver {id}", id=event.id)

    def writeoff(self, event, day):
        parts = [part for one in event.components for part in self.meant(one)] or self.parts
        if not self.written_off:
            late = self.oldest(day)
            self.oldest_lost = late.due if late else day
        self.written_off, self.charging = True, False
        for row in self.rows:
            for part in parts:
                self.note("written_off", event.id, row, part, row.open[part], day)
                row.lost[part] += row.open[part]
                row.open[part] = 0

    def forgiveness(self, event, day):
        parts = [part for one in event.components for part in self.meant(one)] or self.parts
        for row in self.rows:
            for part in parts:
                self.note("waived", event.id, row, part, row.open[part], day)
                self.note("forgiven", event.id, row, part, row.lost[part], day)
                row.waived[part] += row.open[part] + row.lost[part]
                row.open[part] = row.lost[part] = 0

    def give_back(self, kind, event, monies, left, day):
        for money in monies:
            amount = min(money.left, left)
            self.note(kind, money.payment.id, None, None, amount, day, event.id)
            money.left -= amount
            left -= amount
        return left

    def undo(self, event, uses, left, day):
        """Take back what was settled, from the last on."""
        for use in reversed(uses):
            amount = min(use.amount - use.back, left)
            use.back += amount
            left -= amount
            use.row.paid[use.part] -= amount
            (use.row.lost if use.recovered else use.row.open)[use.part] += amount
            kind = "unrecovered" if use.recovered else "charged_back"
            self.note(kind, use.money.payment.id, use.row, use.part, amount, day, event.id)
        return left

    def coming(self, event, day):
        """The row on which something is owed anew: the coming instalment, or one of its own."""
        at_once = isinstance(event, (Chargeback, Refund)) and self.waterfall.charged_back_due == "at_once"
        rows = [row for row in self.rows if row.block is row and row.number is not None]
        later = [row for row in rows if row.own > day]
        today = [row for row in rows if row.own == day]
        if at_once or not (later or today):
            row = Row(None, day, event.id)
            self.place(row)
            return row
        return (
            min(later, key=lambda row: (row.own, row.number))
            if later
            else max(today, key=lambda row: row.number)
        )

    def chargeback(self, event, day):
        left = sen(event.amount)
        of_it = [money for money in self.monies if money.payment.id == event.target]
        how = self.waterfall.charged_back if self.waterfall else "reopen"
        if how == "reopen":
            left = self.give_back("charged_back", event, of_it, left, day)
            left = self.undo(event, [use for use in self.uses if use.money in of_it], left, day)
            if left:
                raise EventError("reference", "chargeback {id}", id=event.id)
            return
        if how == "new_principal":
            left = self.give_back("charged_back", event, self.monies, left, day)
        row = self.coming(event, day)
        if how == "as_paid":
            for kind in self.waterfall.charged_back_order:
                for part in self.meant(kind):
                    paid = sum(
                        use.amount for use in self.uses
                        if use.money in of_it and use.part == part and not use.recovered
                        and use.on == use.money.payment.effective_on
                    )  # fmt: skip
                    amount = max(min(paid - self.lent[event.target][part], left), 0)
                    self.lend(event.id, row, part, amount, day)
                    self.lent[event.target][part] += amount
                    left -= amount
        self.lend(event.id, row, PRINCIPAL, left, day)
        self.lent[event.target][PRINCIPAL] += left

    def refund(self, event, day):
        left = sen(event.amount)
        how = self.waterfall.over_refund if self.waterfall else "refuse"
        if left > self.pool and how == "refuse":
            raise EventError("reference", "refund {id}", id=event.id)
        left = self.give_back("refunded", event, self.monies, left, day)
        if how == "new_principal":
            self.lend(event.id, self.coming(event, day), PRINCIPAL, left, day)
        elif left:
            for block in reversed(self.blocks()):
                for kind in self.waterfall.charged_back_order:
                    for part in self.meant(kind):
                        uses = [use for use in self.uses if use.row.block is block and use.part == part]
                        left = self.undo(event, uses, left, day)
            if left:
                raise EventError("reference", "refund {id}", id=event.id)

    def acceleration(self, event, day):
        for row in self.rows:
            row.due = min(row.due, day)
            row.own_due = min(row.own_due, day)
        if self.rule and self.rule.after_acceleration != "continue":
            self.charging = False

    def restructure(self, event, day):
        kept = [part for one in event.kept for part in self.meant(one)]
        for component, amount in event.waived:
            self.waiver(Waiver(event.id, day, component, amount=amount), day)
        for row in self.rows:
            if event.replaces == "coming" and row.due <= day:
                continue
            for part in self.parts:
                if part not in kept:
                    self.note("restructured", event.id, row, part, row.open[part], day)
                    row.moved[part] += row.open[part]
                    row.open[part] = 0
        for one in event.instalments:
            row = self.add_instalment(one)
            for part in self.parts:
                self.note("planned", event.id, row, part, row.open[part], day)
        if not self.written_off:
            self.charging = True

    # --- what is asked

    def short(self, block):
        held = self.policy.arrears.held_open_by
        parts = [part for part in self.parts if part in held or part.split(":")[0] in held]
        return sum(row.open[part] + row.lost[part] for row in self.members(block) for part in parts)

    def late_blocks(self, day):
        arrears = self.policy.arrears
        latest = day if arrears.due_day else day - DAY
        return [row for row in self.blocks() if row.due <= latest and self.short(row) > row.tolerance]

    def oldest(self, day):
        return min(self.late_blocks(day), key=lambda row: row.due, default=None)

    def days_past_due(self, day):
        oldest = self.oldest(day)
        if oldest is None:
            return 0
        due = min(oldest.due, self.oldest_lost) if self.written_off else oldest.due
        days = (day - due).days
        days -= sum(due + DAY * n in self.age_pauses for n in range(1, days + 1))
        return max(days + self.policy.arrears.due_day - self.policy.arrears.grace_days, 0)


def in_turn(part):
    kinds = (PRINCIPAL, INTEREST, "fee", "late_charge")
    kind, _, name = part.partition(":")
    return kinds.index(kind), name


def told(contract, events, policy, as_of: date) -> Ledger:
    """The ledger at the end of ``as_of``."""
    return Ledger(contract, [event for event in events if event.effective_on <= as_of], policy).run(as_of)
