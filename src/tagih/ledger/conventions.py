"""Every named way to count a late charge, side by side; and which of them gives a claimed figure.

A late charge is agreed as a rate, and disputed over the rest: what it is charged on, whether the
due date counts, how grace is read, what is rounded. Each choice is named here, so that a figure
that somebody claims can be traced to the choices that give it, or to none.

>>> from tagih.contracts import Instalment
>>> contract = Contract("MF-1", [Instalment(1, date(2026, 1, 31), Decimal(900_000), Decimal(100_000))])
>>> rule = LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free")
>>> found = audit(contract, [], Policy(late_charge=rule), date(2026, 2, 10), Decimal(55_000))
>>> found.ours.total, found.matches[0].counting, found.implied.days
(Decimal('50000.00'), 'due_day_counted', Fraction(11, 1))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any, Final, Literal

from attrs import evolve, frozen

from tagih.contracts import AnyEvent, Contract
from tagih.errors import InputError, PolicyError
from tagih.ledger.explain import BASES as BASES_IN_WORDS
from tagih.ledger.explain import COUNTINGS as COUNTINGS_IN_WORDS
from tagih.ledger.explain import rate_text
from tagih.ledger.position import Line, Position
from tagih.ledger.replay import replay
from tagih.money import ROUND, Rounding
from tagih.policies.late_charge import BASES, COMPOUND, LateCharge
from tagih.policies.policy import Policy
from tagih.words import rupiah_short

COUNTINGS: Final = ("due_day_free", "due_day_counted")
YEARS: Final = (360, 365)
UNITS: Final = tuple(map(Decimal, ("0.01", "1", "100", "500", "1000")))
EXACT: Final = Rounding(unit=Decimal("0.01"), mode="half_even")
LATEST: Final = timedelta(days=3660)

Of = Literal["outstanding", "run_up"]
"""What a claim is of: the late charge still owed, or all that has run up, paid or not."""


@frozen
class Convention:
    """One way to count, and what it comes to: what ran up by instalment and in total, what is still owed."""

    rule: LateCharge
    amounts: tuple[tuple[int | None, Decimal], ...]
    total: Decimal
    outstanding: Decimal

    def figure(self, of: Of) -> Decimal:
        """What is still owed, or what has run up."""
        return self.outstanding if of == "outstanding" else self.total

    @property
    def base(self) -> str:
        """What the rate is charged on."""
        return self.rule.base or ""

    @property
    def counting(self) -> str:
        """How days are counted."""
        return self.rule.counting or ""

    @property
    def grace(self) -> str:
        """Grace and its days, or none."""
        return self.rule.grace if self.rule.grace == "none" else f"{self.rule.grace} {self.rule.grace_days}"

    @property
    def period(self) -> str:
        """What the rate is of: a day, or a month or year of so many days; or what the rupiah are for."""
        rule = self.rule
        if rule.monthly_rate is not None:
            return f"month {rule.month_days}"
        if rule.annual_rate is not None:
            return f"year {rule.year_days}"
        return rule.per if rule.amount is not None else "day"

    @property
    def rounding(self) -> str:
        """What is rounded, which way, to what unit."""
        return f"{self.rule.round_each} {self.rule.rounding.mode} {self.rule.rounding.unit}"

    @property
    def name(self) -> str:
        """All of it in a line."""
        return ", ".join((self.base, self.counting, self.grace, self.period, self.rounding))


WORDS: Final = {
    "id": {
        "rate": "{rate} {period} dari {base}",
        "amount": "{amount} {period}",
        "steps": "tarif bertingkat dari {base}",
        "flat_steps": "denda bertingkat",
        "day": "per hari",
        "month": "per bulan",
        "event": "per kejadian",
        "by_month": "per bulan ({days} hari)",
        "by_year": "per tahun ({days} hari)",
        "none": "tanpa masa tenggang",
        "threshold": "{days} hari bebas denda, lewat itu dihitung dari jatuh tempo",
        "free_days": "{days} hari pertama tidak pernah dihitung",
        "rounding": "dibulatkan {mode} ke {unit} {each}",
        "down": "ke bawah",
        "up": "ke atas",
        "half_up": "terdekat",
        "half_even": "terdekat (genap)",
        "each_day": "tiap hari",
        "each_segment": "tiap ruas hari",
        "each_once": "sekali di akhir",
    },
    "en": {
        "rate": "{rate} {period} of {base}",
        "amount": "{amount} {period}",
        "steps": "stepped rates of {base}",
        "flat_steps": "stepped amounts",
        "day": "a day",
        "month": "a month",
        "event": "an event",
        "by_month": "a month ({days} days)",
        "by_year": "a year ({days} days)",
        "none": "no grace",
        "threshold": "nothing for {days} days, after that counted from the due date",
        "free_days": "the first {days} days are never charged",
        "rounding": "rounded {mode} to {unit} {each}",
        "down": "down",
        "up": "up",
        "half_up": "to the nearest",
        "half_even": "to the nearest (even)",
        "each_day": "each day",
        "each_segment": "each stretch of days",
        "each_once": "once, at the end",
    },
}


def size_text(rule: LateCharge, lang: str) -> str:
    """How much: a rate of a period on a base, an amount, or steps."""
    words = WORDS[lang]
    base = BASES_IN_WORDS[lang].get(rule.base or "", "")
    for rate in (rule.daily_rate, rule.monthly_rate, rule.annual_rate):
        if rate is not None:
            shown = rate_text(Fraction(rate))
            return words["rate"].format(rate=shown, period=period_text(rule, lang), base=base)
    if rule.amount is not None:
        return words["amount"].format(amount=rupiah_short(rule.amount), period=period_text(rule, lang))
    rated = any(step.daily_rate for step in rule.steps)
    return words["steps" if rated else "flat_steps"].format(base=base)


def period_text(rule: LateCharge, lang: str) -> str:
    """What the rate or the amount is of: a day, a month or a year of so many days, an event."""
    words = WORDS[lang]
    if rule.monthly_rate is not None:
        return words["by_month"].format(days=rule.month_days)
    if rule.annual_rate is not None:
        return words["by_year"].format(days=rule.year_days)
    return words[rule.per if rule.amount is not None else "day"]


def grace_text(rule: LateCharge, lang: str) -> str:
    """What grace does, if any."""
    return WORDS[lang][rule.grace].format(days=rule.grace_days)


def rounding_text(rule: LateCharge, lang: str) -> str:
    """What is rounded, which way, to what unit."""
    words = WORDS[lang]
    mode, each = words[rule.rounding.mode], words[f"each_{rule.round_each}"]
    return words["rounding"].format(mode=mode, unit=rupiah_short(rule.rounding.unit), each=each)


def convention_text(rule: LateCharge, lang: str) -> str:
    r"""Every choice of a late charge in words.

    >>> denda = LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free")
    >>> print(convention_text(denda, "id").replace("; ", "\n"))
    0,5% per hari dari sisa angsuran
    hari jatuh tempo tidak dihitung
    tanpa masa tenggang
    dibulatkan ke bawah ke Rp1 tiap ruas hari
    """
    counting = COUNTINGS_IN_WORDS[lang][rule.counting or "due_day_free"]
    return "; ".join((size_text(rule, lang), counting, grace_text(rule, lang), rounding_text(rule, lang)))


# --- the choices ------------------------------------------------------------------------------


def conventions(rule: LateCharge, *, bases: Sequence[str] = BASES) -> Iterator[LateCharge]:
    """The rule on every base, under both counts, with its grace read each way, and every year.

    Rate, caps and rounding stay. A compound base is left out unless it is the rule's own: it must
    be declared. An amount has no base; it is counted in days, months and events.
    """
    graces: list[tuple[str, int]] = [("none", 0)]
    if rule.grace_days:
        graces += [("threshold", rule.grace_days), ("free_days", rule.grace_days)]
    chosen = [base for base in bases if base != COMPOUND or rule.base == COMPOUND]
    if rule.amount is not None or (rule.steps and not any(step.daily_rate for step in rule.steps)):
        chosen = [rule.base or ""]
    for period, base, counting, (grace, days) in product(periods(rule), chosen, COUNTINGS, graces):
        fields: dict[str, Any] = {
            "base": base or None,
            "counting": counting,
            "grace": grace,
            "grace_days": days,
            "compound_clause": rule.compound_clause if base == COMPOUND else "",
        }
        yield evolve(rule, **period, **fields)


def periods(rule: LateCharge) -> Iterator[dict[str, Any]]:
    """A yearly rate by 360 and 365 days, a monthly one by 30 days and by a twelfth of 365."""
    if rule.annual_rate is not None:
        yield from ({"year_days": days} for days in dict.fromkeys((rule.year_days, *YEARS)))
    elif rule.monthly_rate is not None:
        yield from ({"month_days": days} for days in dict.fromkeys((rule.month_days, 30)))
        yield {"monthly_rate": None, "annual_rate": rule.monthly_rate * 12, "year_days": 365}
    elif rule.amount is not None:
        yield from ({"per": per} for per in dict.fromkeys((rule.per, "day", "month", "event")))
    else:
        yield {}


def roundings(rule: LateCharge) -> Iterator[LateCharge]:
    """The rule rounded by day, by stretch and once, each way, to its unit and the usual ones.

    A day's charge is rounded to the rule's own unit only: whole hundreds a day are nobody's rule.
    On a compound base each day is rounded by itself, whatever the rule says.
    """
    own = rule.rounding.unit
    for unit in dict.fromkeys((own, *UNITS) if rule.base != COMPOUND else (own, UNITS[0])):
        for each in (
            ("segment", "once", "day") if unit == own and rule.base != COMPOUND else ("segment", "once")
        ):
            for mode in ROUND:
                yield evolve(rule, round_each=each, rounding=Rounding(unit, mode))


def _distance(one: LateCharge, rule: LateCharge) -> tuple[int, int]:
    """How many choices differ from the rule's own; of equals, the one that differs less in rounding."""
    names = ("base", "counting", "grace", "year_days", "month_days", "annual_rate", "per")
    rounding = (one.round_each != rule.round_each) + 2 * (one.rounding.mode != rule.rounding.mode)
    rounding += 4 * (one.rounding.unit != rule.rounding.unit)
    return sum(getattr(one, name) != getattr(rule, name) for name in names), rounding


# --- what each comes to -----------------------------------------------------------------------


def late_charges(position: Position) -> tuple[tuple[int | None, Decimal], ...]:
    """The late charge that ran up, by instalment."""
    found: dict[int | None, Decimal] = {}
    for line in position.lines:
        if line.kind in ("run_up", "capped") and line.charged:
            found[line.instalment] = found.get(line.instalment, Decimal(0)) + line.amount
    return tuple(found.items())


def run(
    contract: Contract, events: Sequence[AnyEvent], policy: Policy, as_of: date, rule: LateCharge
) -> Convention:
    """What one convention comes to."""
    position = replay(contract, events, evolve(policy, late_charge=rule), as_of)
    return Convention(
        rule, late_charges(position), position.late_charges_run_up, position.outstanding.late_charge
    )


def compare_late_charges(
    contract: Contract,
    events: Sequence[AnyEvent],
    policy: Policy,
    as_of: date,
    *,
    vary: Sequence[str] = ("base", "counting", "grace", "period"),
) -> tuple[Convention, ...]:
    """Every named convention of the policy's late charge, its own first.

    ``vary`` names what differs between them: base, counting, grace, period, rounding. Of
    roundings only those are told that give another figure. A base that the contract does not know
    (agreed_amount) is left out.

    Raises:
        InputError: If ``vary`` names something else.
        PolicyError: If the policy has no late charge.
    """
    rule = _rule(policy)
    unknown = set(vary) - {"base", "counting", "grace", "period", "rounding"}
    if unknown:
        raise InputError(
            "audit.vary",
            "'{found}' cannot be varied; write some of base, counting, grace, period, rounding",
            found=min(unknown),
        )
    fixed = {
        "base": ("base",),
        "counting": ("counting",),
        "grace": ("grace", "grace_days"),
        "period": ("monthly_rate", "annual_rate", "month_days", "year_days", "per"),
    }
    kept = [name for choice, names in fixed.items() if choice not in vary for name in names]
    rules = [rule]
    for other in conventions(rule):
        same = all(getattr(other, name) == getattr(rule, name) for name in kept)
        if same and other not in rules and _known(contract, other, rule):
            rules.append(other)
    found = []
    for one in rules:
        found.append(run(contract, events, policy, as_of, one))
        if "rounding" in vary:
            told = {found[-1].amounts}
            for rounded in roundings(one):
                again = run(contract, events, policy, as_of, rounded)
                if again.amounts not in told:
                    told.add(again.amounts)
                    found.append(again)
    return tuple(found)


def _known(contract: Contract, one: LateCharge, rule: LateCharge) -> bool:
    return one.base != "agreed_amount" or contract.agreed_amount is not None or rule.base == "agreed_amount"


def _rule(policy: Policy) -> LateCharge:
    if policy.late_charge is None:
        raise PolicyError("late_charge.none", "the policy has no late charge")
    return policy.late_charge


# --- a claimed figure -------------------------------------------------------------------------


@frozen
class Implied:
    """What a claimed figure would need, everything else as in the policy.

    ``days`` are days of one instalment's base, ``rate`` is a day's, ``base`` in money (both None
    where an amount is charged, not a rate). ``rule`` is the rule with the shortest rate or amount that
    gives exactly the claim, where there is one; ``times`` is how often our figure goes into the
    claim; ``reached_on`` the first day on which our own rule comes to the claim or more, if
    nothing more happens.
    """

    days: Fraction
    rate: Fraction | None
    base: Fraction | None
    times: Fraction
    rule: LateCharge | None
    reached_on: date | None


@frozen
class Audit:
    """A claimed late charge beside ours: the conventions that give it, or what it implies.

    ``tried`` counts the conventions that were compared; ``of`` says what the claim is of.
    """

    claimed: Decimal
    ours: Convention
    matches: tuple[Convention, ...]
    implied: Implied | None
    tried: int
    of: Of


def audit(
    contract: Contract,
    events: Sequence[AnyEvent],
    policy: Policy,
    as_of: date,
    claimed: Decimal | int,
    *,
    of: Of = "outstanding",
) -> Audit:
    """Which convention gives the claimed figure, if any, and what the claim implies.

    Tries every base, the compound one too, count, grace, rounding and period of the policy's own
    rate. Of conventions that only round differently, the one nearest to the policy's is told;
    those nearest to the policy come first.

    Raises:
        InputError: If the claim is below 0.
        PolicyError: If the policy has no late charge.
    """
    claimed = Decimal(claimed)
    if claimed < 0:
        raise InputError("audit.claim", "claimed figure {claimed} must not be negative", claimed=str(claimed))
    rule = _rule(policy)
    ours = run(contract, events, policy, as_of, rule)
    candidates = {rule: None} | {
        one: None for one in (*conventions(rule), *_compound(rule)) if _known(contract, one, rule)
    }
    matches: dict[LateCharge, Convention] = {}
    tried = 0
    for candidate in sorted(candidates, key=lambda one: _distance(one, rule)):
        variants = sorted(
            {candidate: None} | dict.fromkeys(roundings(candidate)), key=lambda one: _distance(one, rule)
        )
        tried += len(variants)
        exact = evolve(candidate, rounding=EXACT, round_each="once")
        position = replay(contract, events, evolve(policy, late_charge=exact), as_of)
        found = position.outstanding.late_charge if of == "outstanding" else position.late_charges_run_up
        if abs(found - claimed) > _slack(position.lines, rule.rounding.unit):
            continue
        for one in variants:
            again = run(contract, events, policy, as_of, one)
            if again.figure(of) == claimed:
                matches[candidate] = again
                break
    return Audit(
        claimed,
        ours,
        tuple(matches.values()),
        _implied(contract, events, policy, as_of, claimed, of),
        tried,
        of,
    )


def _compound(rule: LateCharge) -> Iterator[LateCharge]:
    """The rule with a late charge on late charges: not agreed, but what a claim may have done."""
    if rule.base and rule.base != COMPOUND:
        yield from conventions(evolve(rule, base=COMPOUND, compound_clause="claimed"), bases=(COMPOUND,))


def _slack(lines: Sequence[Line], unit: Decimal) -> Decimal:
    """How far rounding can take a figure: less than a unit for each day, or a thousand for each stretch."""
    runs = [line for line in lines if line.kind == "run_up"]
    return 2 * max(unit * sum(line.days for line in runs), UNITS[-1] * len(runs), UNITS[-1])


def _implied(
    contract: Contract, events: Sequence[AnyEvent], policy: Policy, as_of: date, claimed: Decimal, of: Of
) -> Implied | None:
    """Days, rate and base that the claim needs, from the lines of our own figure."""
    position = replay(contract, events, policy, as_of)
    lines = [line for line in position.lines if line.kind == "run_up" and line.charged and line.days]
    run_up = position.late_charges_run_up
    other = position.outstanding.late_charge - run_up if of == "outstanding" else Decimal(0)
    needed = Fraction(claimed - other)  # what would have to have run up
    if not lines or not run_up or needed < 0:
        return None
    days = sum(line.days for line in lines)
    work = sum((Fraction(line.base) * line.days for line in lines), Fraction(0))
    rated = sum((Fraction(line.base) * line.days * line.rate for line in lines), Fraction(0))
    flat = sum((Fraction(line.flat) * line.days for line in lines), Fraction(0))
    a_day = (rated + flat or Fraction(run_up)) / days
    by_rate = bool(work and rated)
    return Implied(
        days=needed / a_day,
        rate=needed / work if by_rate else None,
        base=needed / (rated / work * days) if by_rate else None,
        times=needed / Fraction(run_up),
        rule=_shortest(contract, events, policy, as_of, claimed, needed / Fraction(run_up), of),
        reached_on=_reached(contract, events, policy, as_of, claimed, of),
    )


def _shortest(
    contract: Contract,
    events: Sequence[AnyEvent],
    policy: Policy,
    as_of: date,
    claimed: Decimal,
    times: Fraction,
    of: Of,
) -> LateCharge | None:
    """The rule with the rate or amount of fewest digits that gives exactly the claim."""
    rule = _rule(policy)
    names = ("daily_rate", "monthly_rate", "annual_rate", "amount")
    name = next((name for name in names if getattr(rule, name) is not None), None)
    if name is None:
        return None
    wanted = Fraction(getattr(rule, name)) * times
    for places in range(9):
        size = Decimal(1).scaleb(-places)
        near = round(wanted / Fraction(size))
        for steps in (0, 1, -1, 2, -2):
            value = (near + steps) * size
            if value <= 0 or (name == "amount" and places > 2):
                continue
            fields: dict[str, Any] = {name: value}
            try:
                again = run(contract, events, policy, as_of, evolve(rule, **fields))
            except (PolicyError, InputError):  # a rate that is too large or too fine to be one
                continue
            if again.figure(of) == claimed:
                return evolve(rule, **fields)
    return None


def _reached(
    contract: Contract, events: Sequence[AnyEvent], policy: Policy, as_of: date, claimed: Decimal, of: Of
) -> date | None:
    """The first day on which our rule comes to the claim, with the events up to ``as_of``; None: never."""
    known = [event for event in events if event.effective_on <= as_of]

    def enough(day: date) -> bool:
        position = replay(contract, known, policy, day)
        figure = position.outstanding.late_charge if of == "outstanding" else position.late_charges_run_up
        return figure >= claimed

    first = min((row.due_on for row in contract.instalments), default=as_of)
    if contract.opening is not None:
        first = max(first, contract.opening.on)
    if enough(as_of):
        low, high = min(first, as_of), as_of
    else:
        low, high = as_of, as_of + LATEST
        if not enough(high):
            return None
    while low < high:
        middle = low + (high - low) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + timedelta(days=1)
    return high


@frozen
class ImpliedRate:
    """What daily rate a claim implies under one convention; ``convention`` has the shortest exact one."""

    base: str
    counting: str
    rate: Fraction
    convention: Convention | None


def implied_rates(
    contract: Contract,
    events: Sequence[AnyEvent],
    policy: Policy,
    as_of: date,
    claimed: Decimal | int,
    *,
    of: Of = "outstanding",
) -> tuple[ImpliedRate, ...]:
    """The daily rate that a claim implies on each base and under both counts, where no rate is known.

    Rates of fewest digits first: a rate that was agreed is a short one.
    """
    claimed = Decimal(claimed)
    found = []
    guess = LateCharge(daily_rate=Decimal("0.001"), base="unpaid_instalment", counting="due_day_free")
    for one in conventions(guess):
        if not _known(contract, one, guess):
            continue
        tried = evolve(policy, late_charge=one)
        implied = _implied(contract, events, tried, as_of, claimed, of)
        if implied is None or implied.rate is None:
            continue
        shortest = implied.rule and run(contract, events, policy, as_of, implied.rule)
        found.append(ImpliedRate(one.base or "", one.counting or "", implied.rate, shortest or None))
    return tuple(sorted(found, key=_digits))


def _digits(one: ImpliedRate) -> int:
    if one.convention is None or one.convention.rule.daily_rate is None:
        return 99
    return len(one.convention.rule.daily_rate.normalize().as_tuple().digits)


__all__ = [
    "Audit",
    "Convention",
    "Implied",
    "ImpliedRate",
    "audit",
    "compare_late_charges",
    "convention_text",
    "conventions",
    "implied_rates",
    "late_charges",
    "roundings",
]
