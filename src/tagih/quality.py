"""In which class does each contract of a book stand, and why?

The class of a contract is asked of its position: by measures, by a stated judgement, held back
after a restructure, and then, where the lender's rule says so, pulled down by the debtor's worst
contract. What is set aside follows from the class.

>>> from tagih.contracts import Contract, Instalment
>>> from tagih.ledger import replay
>>> from tagih.policies import policy
>>> contract = Contract("BPR-1", [Instalment(1, date(2026, 1, 15), Decimal(900), Decimal(100))])
>>> chosen = policy("id.kol.bpr.monthly", "id.prov.bpr")
>>> found = quality(replay(contract, [], chosen, as_of=date(2026, 2, 10)))
>>> found.classified.name, found.classified.detail, found.provisioned.amount
('Kurang Lancar', 'days_past_maturity 26', Decimal('90.00'))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from attrs import evolve, frozen

from tagih.aging import class_of, scheme_of
from tagih.classes import (
    Classified,
    Exposure,
    Facility,
    Held,
    Period,
    Provisioned,
    after_restructure,
    one_obligor,
    provision,
)
from tagih.contracts import Component, Restructure
from tagih.ledger import InstalmentPosition, Position, replay
from tagih.ledger.compile import standing
from tagih.policies.buckets import Buckets
from tagih.policies.loader import rules_for
from tagih.policies.others import Cure
from tagih.policies.policy import Policy


@frozen
class Quality:
    """The class of one contract on a date: by itself (``own``) and in the end (``classified``).

    ``held`` says how far the cure after a restructure has come; ``provisioned`` what is set
    aside on the principal that is still owed (None: the policy has no provision rule).
    """

    position: Position
    own: Classified
    classified: Classified
    held: Held | None = None
    provisioned: Provisioned | None = None

    @property
    def contract_id(self) -> str:
        """The contract."""
        return self.position.contract.id

    @property
    def exposure(self) -> Exposure:
        """The contract as ratios see it: principal owed, principal written off, what is set aside."""
        return Exposure(
            self.contract_id,
            self.classified.code,
            self.position.days_past_due,
            self.position.outstanding.principal,
            written_off=self.position.written_off.principal,
            provision=self.provisioned.amount if self.provisioned else Decimal(0),
        )


def quality(
    position: Position, *, judgement: str = "", eligible: Decimal = Decimal(0), scheme: Buckets | None = None
) -> Quality:
    """The class of one contract by itself: measures, judgement, and the cure after a restructure.

    Args:
        judgement: A stated class, by default the contract's tag of that name; it may worsen, never
            improve.
        eligible: Collateral that may be deducted before provisions.
        scheme: A scheme in place of the policy's own.

    Raises:
        PolicyError: If there is no scheme, or only a judgement can decide and none is given.
    """
    chosen = scheme_of(position, scheme)
    own = class_of(position, chosen, judgement=judgement)
    held = None
    cure = position.policy.cure
    if cure is not None and (found := restructured(position)):
        held = _held(position, own, found[-1], cure, chosen, judgement)
        own = held.classified
    return _with_provision(Quality(position, own, own, held), eligible)


def _with_provision(found: Quality, eligible: Decimal) -> Quality:
    rule = found.position.policy.provision
    if rule is None:
        return found
    exposure = found.position.outstanding.principal
    return evolve(found, provisioned=provision(exposure, found.classified.code, rule, eligible=eligible))


def restructured(position: Position) -> tuple[Restructure, ...]:
    """The restructures that stand on the position's date, oldest first; reversed ones never happened."""
    found = [event for event in standing(position.events, position.as_of) if isinstance(event, Restructure)]
    return tuple(sorted(found, key=lambda event: event.effective_on))


def _held(
    position: Position, now: Classified, last: Restructure, cure: Cure, scheme: Buckets, judgement: str
) -> Held:
    eve = last.effective_on - timedelta(days=1)
    opening = position.contract.opening
    before = now.code
    if opening is None or opening.on <= eve:
        earlier = replay(position.contract, position.events, position.policy, eve)
        before = quality(earlier, judgement=judgement, scheme=scheme).classified.code
    return after_restructure(
        before, now, periods_since(position, last.effective_on), cure=cure, scheme=scheme,
        restructured_on=last.effective_on,
    )  # fmt: skip


def periods_since(position: Position, day: date) -> tuple[Period, ...]:
    """The payment periods after ``day`` that have ended, and whether each was paid in full in time.

    Paid are the components that make a contract late (by default principal and interest), by
    the end of the due date. An instalment with nothing to pay is no period.
    """
    parts = position.policy.arrears.held_open_by
    periods = []
    for row in position.instalments:
        if row.number is None or not day < row.due_on <= position.as_of:
            continue
        if not any(_to_pay(row, part) for part in parts):
            continue
        then = replay(position.contract, position.events, position.policy, row.due_on)
        found = next(one for one in then.instalments if one.number == row.number)
        periods.append(Period(row.due_on, not any(found.outstanding.of(part) for part in parts)))
    return tuple(periods)


def _to_pay(row: InstalmentPosition, part: str) -> Decimal:
    """What an instalment was to collect of a component, less what a restructure moved away."""
    return sum(
        (
            balance.due - balance.restructured
            for component, balance in row.balances
            if component.kind == Component.parse(part).kind
        ),
        Decimal(0),
    )


@lru_cache(maxsize=256)
def _law(lender_type: str, slot: str, on: date) -> tuple[Any, ...]:
    """The built-in rules of a kind in force: asked once, not once a contract."""
    return tuple(rules_for(lender_type, slot, on))


def under_law(position: Position, lender_type: str) -> Position:
    """The position with the law's provision and cure rules, where its policy names none."""
    policy = with_law(position.policy, lender_type, position.as_of)
    return evolve(position, policy=policy) if policy is not position.policy else position


def with_law(policy: Policy, lender_type: str, on: date) -> Policy:
    """The policy with the law's provision and cure rules, where it names none.

    Only verified rules in force on the day, and only where there is exactly one.
    """
    for slot in ("provision", "cure"):
        if getattr(policy, slot) is None:
            found = _law(lender_type, slot, on)
            if len(found) == 1:
                changed: dict[str, Any] = {slot: found[0]}
                policy = evolve(policy, **changed)
    return policy


def qualities(
    positions: Iterable[Position],
    *,
    judgements: Mapping[str, str] | None = None,
    states: Mapping[str, tuple[str, ...]] | None = None,
    eligible: Mapping[str, Decimal] | None = None,
) -> tuple[Quality, ...]:
    """The classes of many contracts, each debtor's pulled together where the scheme says so.

    ``judgements`` (stated classes), ``states`` (such as ``separate_source``) and ``eligible``
    collateral are by contract id. Written-off contracts are in the state ``written_off`` by
    themselves. Contracts without a debtor stand alone. The order stays.
    """
    stated, known, deducted = judgements or {}, states or {}, eligible or {}
    found = [
        quality(
            position,
            judgement=stated.get(position.contract.id, ""),
            eligible=deducted.get(position.contract.id, Decimal(0)),
        )
        for position in positions
    ]
    by_scheme: dict[str, list[int]] = {}
    for at, one in enumerate(found):
        scheme = one.position.policy.buckets
        if scheme is not None and scheme.one_obligor is not None and one.position.contract.debtor_id:
            by_scheme.setdefault(scheme.about.id, []).append(at)
    for places in by_scheme.values():
        scheme = found[places[0]].position.policy.buckets
        assert scheme is not None
        facilities = [_facility(found[at], known.get(found[at].contract_id, ())) for at in places]
        for at, facility in zip(places, one_obligor(facilities, scheme), strict=True):
            if facility.classified is not found[at].classified:
                pulled = evolve(found[at], classified=facility.classified)
                found[at] = _with_provision(pulled, deducted.get(pulled.contract_id, Decimal(0)))
    return tuple(found)


def _facility(one: Quality, states: tuple[str, ...]) -> Facility:
    position = one.position
    gone = bool(position.written_off.total) and not position.outstanding.total
    return Facility(
        one.contract_id,
        position.contract.debtor_id,
        one.classified,
        position.outstanding.principal,
        (*states, "written_off") if gone else states,
    )
