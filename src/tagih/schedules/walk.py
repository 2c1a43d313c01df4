"""Terms become rows.

One walk over the periods makes every method: interest by one rule, principal by another, and the
last row closes the balance. Amounts are whole numbers of the finest unit in play, rates
are exact; an instalment is solved in 60 digits and then rounded.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from typing import Final

from attrs import define, evolve, field, frozen

from tagih.errors import InputError
from tagih.schedules.periods import Period, Span, factor, odd_days, periods
from tagih.schedules.scale import Number, Scale
from tagih.schedules.schedule import Making, Row, Schedule, Stretch
from tagih.schedules.solve import solved_rate
from tagih.schedules.terms import Rate, RateChange, Terms, decimal

INTEREST: Final = {
    "annuity": "balance",
    "equal_principal": "balance",
    "interest_only": "balance",
    "bullet": "balance",
    "balloon": "balance",
    "given_instalment": "balance",
    "flat": "shares",
    "murabahah": "shares",
    "sum_of_digits": "digits",
    "flat_effective": "solved",
    "murabahah_amortised": "solved",
}
"""How each method makes interest."""

MOST_ROWS: Final = 3660
NOTHING: Final = Fraction(0)

_Stretch = tuple[date, date, Number, Fraction]
_Stretches = tuple[_Stretch, ...]


def make(terms: Terms) -> Schedule:
    """The schedule of a loan: its rows add up to the principal, and the last balance is zero.

    Raises:
        InputError: If the terms never amortise, or contradict each other.

    >>> from tagih.schedules import Calendar
    >>> schedule = make(Terms(12_000_000, 3, rate=Rate(Decimal("0.02"), "month"),
    ...                       calendar=Calendar(first_due=date(2026, 1, 31))))
    >>> print(schedule.rows[0].how)
    row 1, due 2026-01-31: 4161056
      interest 240000 = 12000000 x 2 % from 2025-12-31 to 2026-01-31
      principal 3921056 = instalment 4161056 - interest 240000
    """
    if terms.method == "given_rows":
        return _given_rows(terms)
    if terms.method == "given_instalment" and not terms.instalments:
        return _open_ended(terms)
    walk = _Walk.of(terms)
    rows, gap = walk.run({})
    if gap and terms.rounding.difference in ("first", "spread"):
        rows = walk.run(walk.moved(gap))[0]
    return walk.finish(rows)


@frozen
class _Draft:
    """A row in whole units, before its number and decimals."""

    period: Period
    principal: Number
    interest: Number
    accrued: Number
    balance: Number
    capitalised: Number
    balloon: Number
    unrounded: Fraction | None
    stretches: _Stretches
    total_interest: Number
    solved: Fraction
    last: bool


@define
class _State:
    """What a walk carries from row to row."""

    balance: Number = 0
    lent: Number = 0
    deferred: Number = 0
    unearned: Number = 0
    total_interest: Number = 0
    payment: Number = 0
    exact: Number = 0
    share: Number = 0
    interest_share: Number = 0
    solved: Fraction = Fraction(0)
    shown: Number = 0
    gap: Number = 0
    rate: Rate = Rate()
    drafts: list[_Draft] = field(factory=list)


@frozen(slots=False)
class _Walk:
    terms: Terms
    scale: Scale
    periods: tuple[Period, ...]
    factors: dict[tuple[int, Rate], Fraction] = field(factory=dict)

    @classmethod
    def of(cls, terms: Terms) -> _Walk:
        return cls(terms, Scale.of(terms), periods(terms, terms.instalments))

    @cached_property
    def rule(self) -> str:
        """How interest is made: one of the values of `INTEREST`."""
        return INTEREST[self.terms.method]

    @cached_property
    def carry(self) -> str:
        """What is carried unrounded; methods that share out known interest carry nothing."""
        return self.terms.rounding.carry if self.rule == "balance" else "nothing"

    @cached_property
    def changes(self) -> list[RateChange]:
        """The changes of the rate, earliest first."""
        return sorted(self.terms.rate_changes, key=lambda each: each.from_instalment)

    @cached_property
    def span(self) -> Span:
        """The first day of the loan and its last due date."""
        return self.periods[0].start, self.periods[-1].end

    # --- rates --------------------------------------------------------------------------------

    def rate_at(self, number: int) -> tuple[Rate, RateChange | None]:
        rate, now = self.terms.rate, None
        for change in self.changes:
            if change.from_instalment <= number:
                rate = change.rate
                now = change if change.from_instalment == number else None
        return rate, now

    def whole(self, period: Period, rate: Rate) -> Fraction:
        """The rate of a whole period, its odd days only where they are accrued with it."""
        key = (period.number, rate)
        if key not in self.factors:
            start = self.accrues_from(period)
            self.factors[key] = factor(self.terms, rate, period, self.span, start, period.end)
        return self.factors[key] if self.terms.grace.charges(period.number) else NOTHING

    def accrues_from(self, period: Period) -> date:
        if self.terms.first_period == "accrued":
            return period.start
        return max(period.start, period.regular) if period.number == 1 else period.start

    def nominal(self, rate: Rate, number: int) -> Fraction:
        if self.terms.paid == "advance" and number == 1:
            return NOTHING
        if not self.terms.grace.charges(number):
            return NOTHING
        return rate.for_period(self.terms.calendar.frequency)

    def ahead(self, number: int, rate: Rate) -> Fraction:
        """The rate an instalment is solved with for row ``number``."""
        if self.terms.instalment_rates == "nominal" or number > len(self.periods):
            return self.nominal(rate, number)
        return self.whole(self.periods[number - 1], rate)

    # --- the walk -----------------------------------------------------------------------------

    def run(self, extra: dict[int, Number]) -> tuple[list[_Draft], Number]:
        """Every row, and how far the last one is from what its rule would have made it."""
        state = _State()
        for period in self.periods:
            self.step(state, period, extra.get(period.number, 0))
        return state.drafts, state.gap

    def step(self, state: _State, period: Period, extra: Number) -> None:
        terms, number = self.terms, period.number
        state.rate, change = self.rate_at(number)
        stretches, lent = self.lend(state, period)
        self.plan(state, period, lent, change, stretches)

        last = number == len(self.periods)
        accrued = self.interest(state, period, stretches, last)
        owed = state.balance
        repaid: Number
        balloon: Number
        if last:
            repaid, balloon = owed, self.close(state, number, owed, accrued, extra)
        elif not self.repays(number):
            repaid = balloon = 0
        else:
            repaid, balloon = min(self.repaid(state, number, accrued, extra), owed), 0

        capitalised: Number = 0
        paid_interest: Number = 0
        if repaid < 0:
            if terms.shortfall == "refuse":
                self.refuse(state, number, accrued)
            capitalised, paid_interest, repaid = -repaid, accrued + repaid, 0
            if paid_interest < 0:
                self.refuse(state, number, accrued)
        elif last or self.collects(number):
            paid_interest, state.deferred = accrued + state.deferred, 0
        elif self.capitalises(number):
            capitalised = accrued
        else:
            state.deferred += accrued
        self.settle(state, period, stretches, (repaid, paid_interest, accrued, capitalised, balloon), last)

    def settle(
        self,
        state: _State,
        period: Period,
        stretches: _Stretches,
        amounts: tuple[Number, Number, Number, Number, Number],
        last: bool,
    ) -> None:
        repaid, interest, accrued, capitalised, balloon = amounts
        state.balance += capitalised - repaid
        shown_repaid, shown_interest = repaid, interest
        shown_balance = state.balance
        if self.carry != "nothing":  # figures are rounded only to be shown
            shown_interest = self.scale.part(interest)
            paid = repaid + interest
            if self.carry == "all" and repaid:
                paid = self.scale.payable(paid)
            shown_repaid = state.shown if last else (paid - shown_interest if repaid else 0)
            if last and self.carry == "interest":  # the last instalment is rounded once
                shown_interest = max(self.scale.part(paid) - shown_repaid, 0)
            if not last:
                shown_repaid = min(max(self.scale.part(shown_repaid), 0), state.shown)
            capitalised = self.scale.part(capitalised)
            state.shown += capitalised - shown_repaid
            shown_balance = 0 if last else self.scale.part(state.balance)
        state.drafts.append(
            _Draft(
                period,
                shown_repaid,
                shown_interest,
                accrued,
                shown_balance,
                capitalised,
                balloon,
                None if self.carry == "nothing" else Fraction(repaid),
                stretches,
                state.total_interest,
                state.solved,
                last,
            )
        )

    def lend(self, state: _State, period: Period) -> tuple[_Stretches, Number]:
        """The stretches of a period, split where something is disbursed; and what was lent."""
        start = self.accrues_from(period)
        lent: Number = 0
        stretches = []
        for each in period.lent:
            amount = self.net(each.amount)
            at = max(each.on, start)
            if at > start and self.base(state):
                stretches.append(self.stretch(state, period, start, at))
            start = at
            state.balance += amount
            state.lent += amount
            state.shown += amount
            lent += amount
        if start < period.end or not stretches:
            stretches.append(self.stretch(state, period, start, period.end))
        return tuple(stretches), lent

    def base(self, state: _State) -> Number:
        flat = self.rule in ("shares", "digits")
        return state.lent if flat else state.balance

    def stretch(self, state: _State, period: Period, start: date, end: date) -> _Stretch:
        if start == self.accrues_from(period) and end == period.end:
            rate = self.whole(period, state.rate)
        elif self.terms.grace.charges(period.number):
            rate = factor(self.terms, state.rate, period, self.span, start, end)
        else:
            rate = NOTHING
        return start, end, self.base(state), rate

    def net(self, amount: Decimal) -> Number:
        return self.scale.units(amount) - self.down_payment(amount)

    def down_payment(self, amount: Decimal) -> Number:
        share = self.terms.down_payment_share
        if share:
            return min(self.scale.payable(self.scale.units(amount) * share), self.scale.units(amount))
        return self.scale.units(self.terms.down_payment)

    # --- interest -----------------------------------------------------------------------------

    def interest(self, state: _State, period: Period, stretches: _Stretches, last: bool) -> Number:
        """The interest of a row by itself, whether or not it is collected."""
        if self.rule == "balance":
            return self.accrued(stretches)
        charged: Number
        if last:
            charged = state.unearned
        elif self.rule == "shares":
            charged = state.interest_share if self.terms.grace.charges(period.number) else 0
        elif self.rule == "digits":
            n, i = len(self.periods), period.number
            charged = self.scale.part(state.total_interest * Fraction(2 * (n - i + 1), n * (n + 1)))
        else:
            first = self.terms.paid == "advance" and period.number == 1
            charged = 0 if first else self.scale.part(state.balance * state.solved)
        charged = min(charged, state.unearned)
        state.unearned -= charged
        return charged

    def accrued(self, stretches: _Stretches) -> Number:
        """Balances times rates: each stretch rounded, or the whole kept to 20 places."""
        if self.carry == "nothing":
            return sum(self.scale.part(base * rate) for _, _, base, rate in stretches)
        return Fraction(round(exact(stretches) * 10**20), 10**20)

    def collects(self, number: int) -> bool:
        if self.terms.method == "bullet":
            return False
        return self.terms.grace.collects(number)

    def capitalises(self, number: int) -> bool:
        """Whether the interest of ``number`` joins the balance, so that nothing is payable."""
        deferred = not self.collects(number) and number < len(self.periods)
        return deferred and self.terms.grace.later == "capitalised"

    # --- principal ----------------------------------------------------------------------------

    def plan(
        self,
        state: _State,
        period: Period,
        lent: Number,
        change: RateChange | None,
        stretches: _Stretches,
    ) -> None:
        """Work out the instalment again where the loan has changed."""
        number, terms = period.number, self.terms
        recast = change is not None and change.then == "recast"
        begins = self.repays(number) and not any(self.repays(earlier) for earlier in range(1, number))
        if not (lent or recast or number == 1 or begins):
            return
        if self.rule != "balance":
            if lent or recast or number == 1:
                self.plan_interest(state, period, lent, recast, stretches)
            self.plan_level(state, number)
        elif terms.method == "equal_principal":
            state.share = self.scale.part(self.level_principal(state, number))
        elif terms.method in ("annuity", "balloon", "given_instalment"):
            if terms.tranche_share != "coming" and lent and number > 1 and not recast:
                return
            before = state.payment
            if terms.instalment is not None:
                state.exact = state.payment = self.scale.units(terms.instalment)
                return
            state.exact = self.solve(state, number, stretches)
            state.payment = self.scale.payable(state.exact)
            if terms.rounding.difference == "evened":
                state.payment = self.evened(state, number, stretches)
            if change is not None and change.cap is not None:
                state.payment = min(state.payment, self.scale.payable(before * Fraction(change.cap)))
                state.exact = min(state.exact, state.payment)

    def repays(self, number: int) -> bool:
        """Whether principal is repaid in row ``number``: not in grace, and not while interest joins it."""
        return self.terms.grace.repays(number) and not self.capitalises(number)

    def rows_left(self, number: int) -> int:
        repaying = sum(1 for row in range(number, len(self.periods) + 1) if self.repays(row))
        return max(repaying, 1)

    def level_principal(self, state: _State, number: int) -> Fraction:
        """The principal of each row, where rows share it evenly."""
        if self.terms.tranche_share == "coming":
            return Fraction(state.balance, self.rows_left(number))
        lent = state.lent if self.terms.tranche_share == "all_rows" else self.lent_in_all
        return Fraction(lent, self.rows_left(1))

    @cached_property
    def lent_in_all(self) -> Number:
        """Everything that is lent, less what is paid down."""
        return sum(self.net(each.amount) for period in self.periods for each in period.lent)

    def plan_interest(
        self,
        state: _State,
        period: Period,
        lent: Number,
        recast: bool,
        stretches: _Stretches,
    ) -> None:
        """What interest is still to be earned, for methods where it is known in advance."""
        number, later = period.number, self.periods[period.number :]
        if self.terms.total_interest is not None:
            if number == 1:
                state.unearned = self.scale.units(self.terms.total_interest)
        elif recast or number == 1:
            ahead = sum((self.whole(each, state.rate) for each in later), NOTHING)
            now: Number = exact(stretches)
            if self.terms.paid == "advance" and number == 1:  # flat: n periods all the same
                now = state.lent * state.rate.for_period(self.terms.calendar.frequency)
            state.unearned = self.scale.part(now + state.lent * ahead)
        else:
            days_left = factor(
                self.terms,
                state.rate,
                period,
                self.span,
                min(period.lent[0].on, period.end),
                period.end,
            )
            ahead = sum((self.whole(each, state.rate) for each in later), NOTHING)
            state.unearned += self.scale.part(lent * (days_left + ahead))
        state.total_interest = state.unearned + sum(draft.accrued for draft in state.drafts)

    def plan_level(self, state: _State, number: int) -> None:
        charged = sum(1 for row in range(number, len(self.periods) + 1) if self.terms.grace.charges(row))
        principal = self.level_principal(state, number)
        state.interest_share = self.scale.part(Fraction(state.unearned, max(charged, 1)))
        over = max(charged, 1) if self.rule == "shares" else len(self.periods) - number + 1
        interest = Fraction(state.unearned, over)
        state.exact = principal + interest
        if self.terms.rounding.of == "parts":
            state.payment = self.scale.payable(principal) + self.scale.payable(interest)
        else:
            state.payment = self.scale.payable(state.exact)
        if self.rule == "solved":
            if self.terms.grace != type(self.terms.grace)():
                raise InputError(
                    "schedule.grace", "method {method} knows no grace; use annuity", method=self.terms.method
                )
            state.solved = self.solve_rate(state, number)

    def solve(self, state: _State, number: int, stretches: _Stretches) -> Fraction:
        """The instalment that brings the balance to the balloon with the last row.

        Each row grows the balance by its rate and takes weight x instalment + addition; what is
        left is linear in the instalment.
        """
        terms = self.terms
        ahead = terms.tranche_share != "coming" and number == 1
        balance = self.lent_in_all if ahead else state.balance
        if terms.instalment_rates == "nominal" or balance != state.balance:
            first = balance * self.nominal(state.rate, number)
        else:
            first = exact(stretches)
        with localcontext() as context:
            context.prec = 60
            owed, taken = decimal(balance), Decimal(0)
            grown, growth = decimal(first), Decimal(1)
            rate = None
            for row in range(number, terms_rows(terms) + 1):
                if row > number:
                    grown, again = Decimal(0), self.ahead(row, state.rate)
                    if again is not rate:  # most rows share one rate, and a division of 60 digits is slow
                        rate, growth = again, 1 + decimal(again)
                times, plus = self.weight(row)
                if self.capitalises(row):
                    owed, taken = owed * growth + grown, taken * growth
                elif terms.grace.repays(row) or row > len(self.periods):
                    owed = owed * growth + grown - decimal(plus)
                    taken = taken * growth + decimal(times)
                # else: interest is paid or deferred, and the balance stays
            if not taken:
                return NOTHING
            instalment = (owed - decimal(self.scale.units(terms.balloon))) / taken
            return Fraction(round(instalment, 30))

    def weight(self, number: int) -> tuple[Number, Number]:
        """How many times the instalment is paid in row ``number``, and what is added to it."""
        step = None
        for each in self.terms.steps:
            if each.from_instalment <= number:
                step = each
        return (1, 0) if step is None else (Fraction(step.times), self.scale.units(step.plus))

    def evened(
        self,
        state: _State,
        number: int,
        stretches: _Stretches,
    ) -> Number:
        """The instalment moved by difference / rows, where that brings the last one closer."""
        rows = len(self.periods) - number + 1
        difference = Fraction(self.last_of(state, number, stretches, state.payment) - state.payment)
        unit = self.scale.payable_unit
        if rows < 2 or abs(difference) <= rows // 2 * unit:
            return state.payment
        other = self.scale.payable(state.payment + difference / rows)
        again = Fraction(self.last_of(state, number, stretches, other) - other)
        return other if abs(again) < abs(difference) else state.payment

    def last_of(
        self,
        state: _State,
        number: int,
        stretches: _Stretches,
        payment: Number,
    ) -> Number:
        """What the last instalment would be, if nothing else were disbursed."""
        balance = state.balance
        charged: Number = 0
        for period in self.periods[number - 1 :]:
            if period.number == number:
                charged = sum(self.scale.part(base * rate) for _, _, base, rate in stretches)
            else:
                charged = self.scale.part(balance * self.whole(period, state.rate))
            if period.number < len(self.periods) and self.repays(period.number):
                balance -= payment - charged
        return balance + charged

    def solve_rate(self, state: _State, number: int) -> Fraction:
        """The rate at which the level instalments are worth what was lent."""
        rows = len(self.periods) - number + 1
        total = state.balance + state.unearned
        level, left = self.scale.payable(Fraction(total, rows)), total
        flows: list[Number] = []
        for _ in range(rows - 1):
            flows.append(min(level, left))
            left -= flows[-1]
        flows.append(left)
        lead = 0 if self.terms.paid == "advance" and number == 1 else 1
        return solved_rate(state.balance, flows, lead)

    def repaid(self, state: _State, number: int, accrued: Number, extra: Number) -> Number:
        """What the rule repays in a row that is not the last."""
        method, terms = self.terms.method, self.terms
        if method in ("interest_only", "bullet"):
            return 0
        if method == "equal_principal":
            paid = state.share + accrued
            return (self.scale.payable(paid) if paid > 0 else paid) - accrued + extra
        payment = state.exact if self.carry == "all" else state.payment
        if self.rule == "shares":  # the level payment less interest; grace changes the parts
            if not terms.grace.charges(number):
                payment -= state.interest_share
            return max(payment - accrued, 0) + extra
        if terms.steps:
            times, plus = self.weight(number)
            payment = state.exact * times + plus
            payment = payment if self.carry == "all" else self.scale.payable(payment)
        return payment - accrued + extra

    def close(self, state: _State, number: int, owed: Number, accrued: Number, extra: Number) -> Number:
        """Note how far the last row is from its rule; return its balloon."""
        if self.terms.method in ("interest_only", "bullet"):
            return 0
        usual = self.repaid(state, number, accrued, extra)
        if self.terms.balloon or terms_rows(self.terms) > len(self.periods):
            return max(owed - usual, 0)
        state.gap = owed - usual
        return 0

    def refuse(self, state: _State, number: int, accrued: Number) -> None:
        raise InputError(
            "schedule.never_amortises",
            "instalment {instalment} does not cover the interest {interest} of row {row}; "
            "raise it above that, or declare shortfall 'capitalise'",
            instalment=str(self.scale.money(state.payment)),
            interest=str(self.scale.money(accrued)),
            row=number,
        )

    # --- where the difference goes ------------------------------------------------------------

    def moved(self, gap: Number) -> dict[int, Number]:
        """What earlier rows pay more or less, so that the last one differs as little as it can."""
        unit = self.scale.payable_unit
        repaying = [p.number for p in self.periods[:-1] if self.repays(p.number)]
        if not repaying:
            return {}
        if self.terms.rounding.difference == "first":
            growth = Fraction(1)
            if self.rule == "balance":
                for period in self.periods[repaying[0] :]:
                    growth *= 1 + self.whole(period, self.rate_at(period.number)[0])
                    growth = Fraction(round(growth * 10**30), 10**30)
            return {repaying[0]: round(gap / growth / unit) * unit}
        sign = unit if gap > 0 else -unit
        each = sign * max(sign * gap // (unit * unit * len(self.periods)), 1)

        def spread(rows: int) -> dict[int, Number]:
            return dict.fromkeys(repaying[:rows], each)

        def off(extra: dict[int, Number]) -> Fraction:
            return abs(Fraction(self.run(extra)[1]))

        low, high = 0, len(repaying)
        while low < high:  # the gap shrinks as more rows carry a unit
            middle = (low + high) // 2
            if self.run(spread(middle))[1] * sign > 0:
                low = middle + 1
            else:
                high = middle
        options = [spread(rows) for rows in (low - 1, low) if rows >= 0]
        return min(options, key=off)

    # --- rows ---------------------------------------------------------------------------------

    def finish(self, drafts: list[_Draft]) -> Schedule:
        """Drafts as rows: numbered, with down payments, odd days' interest and fees."""
        broken: Number = 0
        if self.terms.first_period != "accrued":
            rate = odd_days(self.terms, self.rate_at(1)[0], self.periods[0])
            broken = self.scale.part(drafts[0].stretches[0][2] * rate)
        added: list[Number] = [0] * len(drafts)
        if self.terms.first_period == "first":
            added[0] = broken
        elif self.terms.first_period == "spread":
            share = self.scale.part(Fraction(broken, len(drafts)))
            added = [*([share] * (len(drafts) - 1)), broken - share * (len(drafts) - 1)]
        rows: list[Row] = []
        for draft, more in zip(drafts, added, strict=True):
            rows += self.down_payments(draft, len(rows) + 1)
            rows.append(self.row(draft, more, len(rows) + 1))
        up_front = self.scale.money(broken) if self.terms.first_period == "up_front" else Decimal(0)
        return Schedule(self.terms, tuple(rows), up_front)

    def down_payments(self, draft: _Draft, number: int) -> list[Row]:
        """A row for each down payment of the period, due on the day of its disbursement."""
        lent = draft.period.lent
        opening = draft.balance + draft.principal - draft.capitalised
        opening -= sum(self.net(each.amount) for each in lent)
        rows: list[Row] = []
        paid: Number = 0
        for each in lent:
            down = self.down_payment(each.amount)
            if not down:
                continue
            paid += down
            by_then = [self.scale.units(other.amount) for other in lent if other.on <= each.on]
            rows.append(
                Row(
                    number + len(rows),
                    each.on,
                    self.scale.money(down),
                    Decimal(0),
                    self.scale.money(sum(by_then, opening) - paid),
                    each.on,
                    kind="down_payment",
                    made=Making("down_payment", of=each.amount),
                )
            )
        return rows

    def row(self, draft: _Draft, more: Number, number: int) -> Row:
        """A draft as a row; ``more`` is interest of the days before the first period."""
        money, due = self.scale.money, draft.period.due
        return Row(
            number=number,
            due_on=due.due_on,
            principal=money(draft.principal),
            interest=money(draft.interest + more),
            balance=money(draft.balance),
            start=draft.period.start,
            payable_on=due.payable_on,
            fee=self.terms.fee,
            accrued=money(draft.accrued + more),
            capitalised=money(draft.capitalised),
            balloon=money(draft.balloon),
            unrounded=None if draft.unrounded is None else draft.unrounded / 10**self.scale.places,
            stretches=tuple(
                Stretch(start, end, money(base), rate) for start, end, base, rate in draft.stretches
            ),
            made=Making(
                self.rule,
                of=money(draft.total_interest),
                rate=draft.solved,
                odd=money(more),
                equal=self.terms.method == "equal_principal",
                last=draft.last,
                carried=self.carry != "nothing",
            ),
        )


def exact(stretches: _Stretches) -> Fraction:
    """Balances times rates, unrounded."""
    return sum((base * rate for _, _, base, rate in stretches), NOTHING)


def terms_rows(terms: Terms) -> int:
    """Over how many rows the instalment is solved."""
    return max(terms.amortised_over or terms.instalments, terms.instalments)


def _given_rows(terms: Terms) -> Schedule:
    made = periods(terms, terms.instalments)
    balance, rows = terms.principal, []
    for period, (principal, interest) in zip(made, terms.rows, strict=True):
        balance -= principal
        rows.append(
            Row(
                period.number,
                period.due.due_on,
                Decimal(principal),
                Decimal(interest),
                balance,
                period.start,
                payable_on=period.due.payable_on,
                fee=terms.fee,
                accrued=Decimal(interest),
            )
        )
    return Schedule(terms, tuple(rows))


def _open_ended(terms: Terms) -> Schedule:
    """A given instalment, for as many rows as it takes."""
    trial = make(evolve(terms, instalments=12))
    if trial.rows[-2].balance >= terms.principal:
        raise InputError(
            "schedule.never_amortises",
            "instalment {instalment} does not cover the interest {interest} of row {row}; "
            "raise it above that, or declare shortfall 'capitalise'",
            instalment=str(terms.instalment),
            interest=str(trial.rows[0].accrued),
            row=1,
        )
    count = 12
    while count <= MOST_ROWS:
        schedule = make(evolve(terms, instalments=count))
        closed = next((row.number for row in schedule.rows if not row.balance), count)
        if closed < count or schedule.rows[-1].total <= (terms.instalment or 0):
            return schedule if closed == count else make(evolve(terms, instalments=closed))
        count *= 2
    raise InputError(
        "schedule.never_amortises",
        "instalment {instalment} does not repay the loan in {rows} rows",
        instalment=str(terms.instalment),
        rows=MOST_ROWS,
    )
