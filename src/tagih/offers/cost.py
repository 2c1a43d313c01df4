"""What does a new plan mean for either side: cost, loss, class, provision, caps, the debtor's income?

Each answer is an `Effect`, a `Check` or a `Caution` of a proposal; nothing is decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from attrs import evolve, field, frozen
from attrs.converters import optional

from tagih.aging import class_of
from tagih.classes import after_restructure, classify, measure, provision
from tagih.contracts import AnyEvent, Contract, Forgiveness, Instalment
from tagih.errors import PolicyError
from tagih.ledger import Position, replay
from tagih.offers.proposal import Check, Cost, DatedAmount, Effect, Worth, beside, claim, next_sequence
from tagih.offers.value import By, carrying_amount, original_rate, present_value
from tagih.policies.loader import rules_for
from tagih.policies.rate_cap import RateCap, cap_on, tenor_in_months

CENT = Decimal("0.01")


@frozen
class WorthBy:
    """How the lender's loss is measured.

    ``basis``: against the ``carrying`` amount (what is due at its face, the rest at its present
    value) or the ``amount`` restructured (what the new rows owe as principal). Time is counted
    ``by`` days (a year's rate) or whole periods (a period's rate). ``rate`` is the original
    effective rate where the contract's own rows do not give it.
    """

    basis: Literal["carrying", "amount"] = "carrying"
    by: By = "days"
    rate: Decimal | None = field(default=None, converter=optional(Decimal))


def loss(position: Position, pays: Iterable[DatedAmount], amount: Decimal, asked: WorthBy) -> Worth | None:
    """What the lender holds against the present value of what will be paid (PSAK 109, modification).

    ``amount`` is what was restructured; money of today counts at its face on both bases. None
    where the contract has no effective rate and none is given.

    Golden (indonesia.md 6.3): Rp10.000.000 at 1.5 % a month against 24 rows at 1 %: Rp570.992,69.
    """
    rate = asked.rate if asked.rate is not None else original_rate(position.contract, asked.by)
    if rate is None:
        return None
    listed = [(paid.on, paid.amount) for paid in pays]
    after = present_value(listed, position.as_of, rate, asked.by)
    if asked.basis == "carrying":
        before = carrying_amount(position, rate, asked.by) - position.unapplied
    else:
        before = amount + sum((paid for on, paid in listed if on <= position.as_of), Decimal(0))
    return Worth(
        asked.basis, before.quantize(CENT), after.quantize(CENT), rate.quantize(Decimal("1e-12")), asked.by
    )


def cost_of(position: Position, pays: Iterable[DatedAmount]) -> Cost:
    """The debtor's cost: new instalments + paid up front − remaining old ones − late charges owed."""
    listed = tuple(pays)
    today = sum((paid.amount for paid in listed if paid.on <= position.as_of), Decimal(0))
    whole = sum((paid.amount for paid in listed), Decimal(0))
    owed = claim(position)
    late = owed.late_charge
    old = owed.total - late - position.unapplied
    return Cost(whole - today, today, old, late)


def usual(rows: Sequence[Instalment]) -> Decimal | None:
    """The instalment: the commonest total of the rows, the larger of two; None without rows.

    The last row, which may take a balloon, what was deferred or the rounding, counts only alone.
    """
    counts = Counter(row.total for row in rows[:-1] or rows)
    return max(counts, key=lambda total: (counts[total], total)) if counts else None


# --- class and provision ----------------------------------------------------------------------


def class_effects(position: Position, principal: Decimal, days_after: int = 0) -> tuple[Effect, ...]:
    """Days past due, class and provision before and after a restructure on the position's day.

    The class after is held back by the policy's cure rule; without a scheme there is none.
    """
    effects = [Effect("days_past_due", position.days_past_due, days_after)]
    scheme = position.policy.buckets
    if scheme is None:
        return tuple(effects)
    try:
        before = class_of(position, scheme)
        frequency = position.contract.frequency
        now = classify(measure(position.as_of, days_past_due=days_after, frequency=frequency), scheme)
    except PolicyError:
        return tuple(effects)
    after = now.code
    if (cure := position.policy.cure) is not None:
        after = after_restructure(
            before.code, now, (), cure=cure, scheme=scheme, restructured_on=position.as_of
        ).classified.code
    effects.append(Effect("class", before.code, after))
    if (rule := position.policy.provision) is not None:
        old = provision(position.outstanding.principal, before.code, rule).amount
        effects.append(Effect("provision", old, provision(principal, after, rule).amount))
    return tuple(effects)


BEFORE_END: Final = "_before_end"


def effects_before_end(position: Position, then: Position) -> tuple[Effect, ...]:
    """Days past due, class and provision today and on a later day: where an offer leads meanwhile.

    ``then`` is the position before the offer's last payment, all else kept: an offer that lets
    the age run is worst then, or nearly.
    """
    effects = [Effect("days_past_due" + BEFORE_END, position.days_past_due, then.days_past_due)]
    scheme, rule = position.policy.buckets, position.policy.provision
    if scheme is None:
        return tuple(effects)
    try:
        before, after = class_of(position, scheme).code, class_of(then, scheme).code
    except PolicyError:
        return tuple(effects)
    effects.append(Effect("class" + BEFORE_END, before, after))
    if rule is not None:
        old, new = (
            provision(at.outstanding.principal, code, rule).amount
            for at, code in ((position, before), (then, after))
        )
        effects.append(Effect("provision" + BEFORE_END, old, new))
    return tuple(effects)


def on_the_way(
    position: Position, becomes: Iterable[AnyEvent], pays: Iterable[DatedAmount], last: date
) -> tuple[Effect, ...]:
    """`effects_before_end` of an offer that was accepted and kept up to the day before ``last``.

    None where it is over today, or has nothing to be late with.
    """
    if last <= position.as_of or (not position.policy.buckets and not position.days_past_due):
        return ()
    known = [event for event in position.events if event.effective_on <= position.as_of]
    agreed = [event for event in becomes if not isinstance(event, Forgiveness)]
    money = beside(
        agreed, (paid for paid in pays if paid.on < last), position.as_of, "kept", next_sequence(position)
    )
    then = replay(position.contract, (*known, *agreed, *money), position.policy, last)
    return effects_before_end(position, then)


# --- the law's caps ---------------------------------------------------------------------------


def caps_for(position: Position) -> tuple[RateCap, ...]:
    """The policy's caps; for a pindar without any, the law's."""
    if position.policy.caps:
        return position.policy.caps
    lender = position.contract.lender_type
    if lender != "pindar":
        return ()
    return tuple(rule for rule in rules_for(lender, "cap", position.as_of) if isinstance(rule, RateCap))


def cap_checks(position: Position, rows: Sequence[Instalment], charged: Decimal) -> tuple[Check, ...]:
    """An addendum under today's caps: the price of a day, and everything beyond principal together.

    The price of a day is (interest + fees of the new rows) ÷ (base × days to the last of them),
    as the supervisor tests it. ``charged`` is what is charged today beside the rows. All that was
    ever due beyond principal, and all that is to be, is at most the cap's share of the agreed amount.
    """
    contract = position.contract
    caps = caps_for(position)
    if not caps or not rows or contract.signed_on is None:
        return ()
    cap = cap_on(caps, contract.signed_on, amended_on=position.as_of)
    if cap is None:
        return ()
    last = max(row.due_on for row in rows)
    days = (last - position.as_of).days
    agreed = contract.agreed_amount or contract.lent
    base = agreed if cap.benefit_base == "agreed_amount" else sum((r.principal for r in rows), Decimal(0))
    tier = cap.tier_for(
        purpose=contract.tag("purpose", "consumptive"),
        size=contract.tag("size"),
        tenor=_tenor(contract, last, cap.month_days),
        principal=contract.lent,
    )
    benefit = charged
    for row in rows:
        benefit += row.interest + sum((part for kind, part in row.fees if kind.kind == "fee"), Decimal(0))
    checks = []
    if tier.daily_rate is not None and days > 0:
        found = cap.benefit_rate(benefit, base, days)
        checks.append(_checked(cap, "cap_daily_rate", _decimal(found, 6), tier.daily_rate))
    beyond = charged + _paid_beyond_principal(position)
    beyond += sum((row.total - row.principal for row in rows), Decimal(0))
    checks.append(_checked(cap, "cap_total", beyond, cap.total_share * agreed))
    return tuple(checks)


def _checked(cap: RateCap, limit: str, found: Decimal, allowed: Decimal) -> Check:
    return Check(limit, found, allowed, found <= allowed, by=cap.about.id)


def _tenor(contract: Contract, last: date, month_days: int) -> Fraction:
    """The tenor from signing to the new last day, in months: the addendum makes it longer."""
    assert contract.signed_on is not None
    renewed = evolve(contract, tenor=None, maturity=last)
    return tenor_in_months(renewed, month_days=month_days)


def _paid_beyond_principal(position: Position) -> Decimal:
    balances = [one for row in position.instalments for one in row.balances]
    return sum((balance.paid for part, balance in balances if part.kind != "principal"), Decimal(0))


def _decimal(value: Fraction, places: int) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(Decimal(1).scaleb(-places))


# --- the debtor's income ----------------------------------------------------------------------


@frozen
class Household:
    """What comes in a month, and what other instalments take of it."""

    income: Decimal = field(converter=Decimal)
    other: Decimal = field(default=Decimal(0), converter=Decimal)

    def share(self, instalment: Decimal) -> Decimal:
        """Instalments ÷ income (debt-service ratio), to four decimals."""
        return ((instalment + self.other) / self.income).quantize(Decimal("0.0001"))


def income_effects(
    position: Position, household: Household | None, before: Decimal | None, after: Decimal
) -> tuple[tuple[Effect, ...], tuple[Check, ...]]:
    """The debt-service ratio before and after, checked where the policy limits it."""
    if household is None:
        return (), ()
    share = household.share(after)
    effect = Effect("debt_service_ratio", household.share(before or Decimal(0)), share)
    for rule in position.policy.limits:
        for name, most in rule.figures:
            if name == "instalment_to_income":
                within = after + household.other <= most * household.income  # by the unrounded share
                return (effect,), (Check(name, share, most, within, by=rule.about.id),)
    return (effect,), ()


__all__ = ["Household", "WorthBy", "cap_checks", "class_effects", "cost_of", "income_effects", "loss"]
