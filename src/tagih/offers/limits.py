"""Is this offer within what the one who makes it may offer, and who could go further?

The limits are the policy's rule of kind ``offer``. Without one there are no checks. Nothing is
refused here: a proposal shows every check, and `Proposal.events` refuses what goes beyond one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from attrs import evolve, frozen

from tagih.aging import class_of
from tagih.ledger import Position
from tagih.offers.proposal import Check, Proposal, by_component
from tagih.policies.offer import LEAST, Authority, OfferLimits

WAIVABLE = ("principal", "interest", "fee", "late_charge")


@frozen
class Asking:
    """Who asks for an offer, and when the contract had its last one; nobody named: the lowest."""

    by: str = ""
    last_offer_on: date | None = None


ANYBODY = Asking()


@frozen
class Facts:
    """What the limits ask about an offer; None where the question does not arise."""

    minimum_instalment: Decimal | None = None
    longest_months: int | None = None
    least_down_share: Decimal | None = None
    most_payments: int | None = None
    longest_days: int | None = None


def checked(proposal: Proposal, position: Position, facts: Facts, asking: Asking = ANYBODY) -> Proposal:
    """The proposal with its checks against the policy's limits of offers, after those that it has.

    Raises:
        PolicyError: If the limits name no such authority.
    """
    rule = position.policy.offer
    if rule is None:
        return proposal
    return evolve(proposal, checks=(*proposal.checks, *_checks(rule, proposal, position, facts, asking)))


def class_code(position: Position) -> str:
    """The class under the policy's scheme; empty without one."""
    scheme = position.policy.buckets
    return class_of(position, scheme).code if scheme is not None else ""


def _checks(
    rule: OfferLimits, proposal: Proposal, position: Position, facts: Facts, asking: Asking
) -> Iterator[Check]:
    mine = rule.authority(asking.by)
    figures: list[tuple[str, Decimal | int | None]] = [
        (name, getattr(facts, name))
        for name in (
            "minimum_instalment",
            "longest_months",
            "least_down_share",
            "most_payments",
            "longest_days",
        )
    ]
    if asking.last_offer_on is not None:
        figures.append(("cooling_days", (position.as_of - asking.last_offer_on).days))
    for name, found in figures:
        allowed = getattr(mine, name)
        if found is not None and allowed is not None:
            may = [_keeps(one, name, Decimal(found)) for one in rule.authorities]
            yield _check(rule, name, Decimal(found), Decimal(allowed), mine, may)
    code = class_code(position)
    owed, waived = by_component(proposal.old), proposal.waived
    for kind in (*WAIVABLE, "total"):
        part = waived.total if kind == "total" else waived.of(kind)
        whole = owed.total if kind == "total" else owed.of(kind)
        if not part:
            continue
        share = part / whole
        most = mine.most(kind, code)
        may = [_waives(one, kind, code, share) for one in rule.authorities]
        if most is not None:
            yield _check(rule, f"waive_{kind}", share, most, mine, may)


def _check(
    rule: OfferLimits, limit: str, found: Decimal, allowed: Decimal, mine: Authority, may: list[bool]
) -> Check:
    """A check; ``may`` says of each authority, from the lowest on, whether it may go so far."""
    found = found if found == found.to_integral_value() else found.quantize(Decimal("0.0001"))
    within = may[rule.authorities.index(mine)]
    level = may.index(True) if True in may else len(may)
    approver = rule.authorities[level].name if level < len(may) else ""
    return Check(limit, found, allowed, within, mine.name, approver, level)


def _keeps(authority: Authority, limit: str, found: Decimal) -> bool:
    allowed = getattr(authority, limit)
    if allowed is None:
        return True
    return bool(found >= allowed if limit in LEAST else found <= allowed)


def _waives(authority: Authority, kind: str, class_code: str, share: Decimal) -> bool:
    most = authority.most(kind, class_code)
    return most is None or share <= most
