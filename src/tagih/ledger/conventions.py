"""Every named way to count a late charge, side by side; and which of them gives a claimed figure.

>>> from datetime import timedelta
>>> from tagih.contracts import Instalment
>>> contract = Contract("MF-1", [Instalment(1, date(2026, 1, 31), Decimal(900_000), Decimal(100_000))])
>>> rule = LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free")
>>> found = audit(contract, [], Policy(late_charge=rule), date(2026, 2, 10), Decimal(55_000))
>>> found.ours.total, found.matches[0].counting, found.implied.days
(Decimal('50000.00'), 'due_day_counted', Fraction(11, 1))
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import evolve, frozen

from tagih.contracts import AnyEvent, Contract
from tagih.errors import InputError, PolicyError
from tagih.ledger.position import Position
from tagih.ledger.replay import replay
from tagih.money import Rounding
from tagih.policies.late_charge import BASES, COMPOUND, LateCharge
from tagih.policies.policy import Policy

COUNTINGS = ("due_day_free", "due_day_counted")


@frozen
class Convention:
    """One way to count, and what it comes to: by instalment, and in total."""

    rule: LateCharge
    amounts: tuple[tuple[int | None, Decimal], ...]
    total: Decimal

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
    def rounding(self) -> str:
        """What is rounded, which way."""
        return f"{self.rule.round_each} {self.rule.rounding.mode}"

    @property
    def name(self) -> str:
        """All of it in a line."""
        return ", ".join((self.base, self.counting, self.grace, self.rounding))


def conventions(rule: LateCharge, *, bases: Sequence[str] = BASES) -> Iterator[LateCharge]:
    """The rule on every simple base, under both counts, and with its grace read each way.

    Rate, caps and rounding stay; a compound base is left out, since it must be declared.
    """
    graces: list[tuple[str, int]] = [("none", 0)]
    if rule.grace_days:
        graces += [("threshold", rule.grace_days), ("free_days", rule.grace_days)]
    for base in bases:
        if base == COMPOUND:
            continue
        for counting in COUNTINGS:
            for grace, days in graces:
                fields: dict[str, Any] = {
                    "base": base,
                    "counting": counting,
                    "grace": grace,
                    "grace_days": days,
                    "compound_clause": "",
                }
                yield evolve(rule, **fields)


def rounded_each_way(rules: Iterable[LateCharge]) -> Iterator[LateCharge]:
    """The same rules rounded by day, by stretch and once, down, up and to the nearest."""
    for rule in rules:
        for each in ("day", "segment", "once"):
            for mode in ("down", "half_up", "up"):
                yield evolve(rule, round_each=each, rounding=Rounding(rule.rounding.unit, mode))


def year_and_month_each_way(rule: LateCharge) -> Iterator[LateCharge]:
    """A yearly rate by 360 and 365 days; a monthly one by 30 and by a twelfth of 365."""
    yield rule
    if rule.annual_rate is not None:
        yield from (evolve(rule, year_days=days) for days in (360, 365, 366) if days != rule.year_days)


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
    return Convention(rule, late_charges(position), position.late_charges_run_up)


def compare_late_charges(
    contract: Contract, events: Sequence[AnyEvent], policy: Policy, as_of: date
) -> tuple[Convention, ...]:
    """Every named convention of the policy's late charge, its own first.

    A base that the contract does not know (agreed_amount) is left out.

    Raises:
        PolicyError: If the policy has no late charge.
    """
    rule = _rule(policy)
    ours = run(contract, events, policy, as_of, rule)
    others = [other for other in conventions(rule) if other != rule]
    if contract.agreed_amount is None:
        others = [other for other in others if other.base != "agreed_amount"]
    return (ours, *(run(contract, events, policy, as_of, other) for other in others))


def _rule(policy: Policy) -> LateCharge:
    if policy.late_charge is None:
        raise PolicyError("late_charge.none", "the policy has no late charge")
    return policy.late_charge


@frozen
class Implied:
    """What a claimed figure would need, everything else as in the policy: days, or rate, or base.

    ``days`` are days of one instalment's base; ``rate`` is a day's.
    """

    days: Fraction
    rate: Fraction
    base: Fraction


@frozen
class Audit:
    """A claimed late charge beside ours: the conventions that give it, or what it implies."""

    claimed: Decimal
    ours: Convention
    matches: tuple[Convention, ...]
    implied: Implied | None
    tried: int


def audit(
    contract: Contract, events: Sequence[AnyEvent], policy: Policy, as_of: date, claimed: Decimal
) -> Audit:
    """Which convention gives the claimed figure, if any, and what the claim implies.

    Tries every base, count, grace, rounding and year of the policy's own rate.

    Raises:
        InputError: If the claim is below 0.
        PolicyError: If the policy has no late charge.
    """
    if claimed < 0:
        raise InputError("audit.claim", "claimed figure {claimed} must not be negative", claimed=str(claimed))
    rule = _rule(policy)
    ours = run(contract, events, policy, as_of, rule)
    seen: dict[LateCharge, None] = {}
    for year in year_and_month_each_way(rule):
        for one in rounded_each_way((year, *conventions(year))):
            if one.base != "agreed_amount" or contract.agreed_amount is not None:
                seen.setdefault(one)
    found = [run(contract, events, policy, as_of, one) for one in seen]
    near: dict[tuple[str, str, str, int], Convention] = {}
    for each in sorted(found, key=lambda each: _distance(each.rule, rule)):
        if each.total == claimed:  # of those that only round differently, the one nearest to the rule
            near.setdefault((each.base, each.counting, each.grace, each.rule.year_days), each)
    return Audit(
        claimed, ours, tuple(near.values()), _implied(contract, events, policy, as_of, claimed), len(found)
    )


def _distance(one: LateCharge, rule: LateCharge) -> int:
    """How many choices differ from the policy's own."""
    names = ("base", "counting", "grace", "year_days", "round_each", "rounding")
    return sum(getattr(one, name) != getattr(rule, name) for name in names)


def _implied(
    contract: Contract, events: Sequence[AnyEvent], policy: Policy, as_of: date, claimed: Decimal
) -> Implied | None:
    """Days, rate and base that the claim needs, from the lines of our own figure."""
    position = replay(contract, events, policy, as_of)
    lines = [line for line in position.lines if line.kind == "run_up" and line.charged and line.rate]
    work = sum((Fraction(line.base) * line.days for line in lines), Fraction(0))
    rated = sum((Fraction(line.base) * line.days * line.rate for line in lines), Fraction(0))
    days = sum(line.days for line in lines)
    if not work or not rated:
        return None
    a_day = rated / days
    return Implied(
        days=Fraction(claimed) / a_day,
        rate=Fraction(claimed) / work,
        base=Fraction(claimed) / (rated / work * days),
    )
