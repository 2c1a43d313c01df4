"""What can this debtor be offered, given what can be paid now and a month?

Many offers are worked out, plans and restructures and settlements; those that the debtor can keep
and the lender may make are left, best first by a stated criterion. What was left out, and why, is
counted. Settlements that give up more than late charges are tried only under a rule of limits.

>>> from datetime import date
>>> from tagih.contracts import Contract
>>> from tagih.ledger import replay
>>> from tagih.policies import Policy
>>> from tagih.schedules import annuity
>>> rows = annuity(principal=12_000_000, monthly_rate=Decimal("0.02"), months=12,
...                first_due=date(2026, 1, 31))
>>> position = replay(Contract("MF-1", rows), [], Policy(), date(2026, 3, 10))
>>> found = suggest(position, Means(monthly=Decimal(800_000)))
>>> found.best[0][0], found.best[0][1].monthly <= 800_000
('restructure 19 x', True)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from tagih.errors import InputError, PolicyError
from tagih.ledger import Position
from tagih.offers.compare import Comparison, Criterion, compare
from tagih.offers.limits import ANYBODY, Asking
from tagih.offers.moved import ArrearsToEnd, arrears_to_end
from tagih.offers.plan import PlanTerms, plan
from tagih.offers.proposal import Proposal, claim, plain
from tagih.offers.restructure import Debts, NewPlan, RestructureTerms, frequency_of, is_sharia, restructure
from tagih.offers.settlement import SettlementTerms, settlement
from tagih.offers.value import original_rate
from tagih.schedules import Grace, Rate


@frozen
class Means:
    """What the debtor can pay: ``now``, and each month from the next on."""

    monthly: Decimal = field(converter=Decimal)
    now: Decimal = field(default=Decimal(0), converter=Decimal)


@frozen
class Search:
    """Which offers are tried: plan lengths, restructure lengths, grace rows, and whose share is waived.

    Restructures are at ``rate`` (by default the contract's own rate of a period, solved from its
    rows; sharia contracts keep their margin).
    """

    plan_months: tuple[int, ...] = (2, 3, 4, 6, 9, 12)
    rows: tuple[int, ...] = tuple(range(3, 61))
    grace: tuple[int, ...] = (0, 3)
    rate: Rate | None = None
    late_charges: tuple[str, ...] = ("defer", "waive")
    settlements: tuple[int, ...] = (1, 2, 3)


EVERYTHING: Final = Search()


@frozen
class Suggestions:
    """The feasible offers by name, best first; beside them why others were left out, counted."""

    best: tuple[tuple[str, Proposal], ...]
    comparison: Comparison
    tried: int
    left_out: tuple[tuple[str, int], ...]


def suggest(
    position: Position,
    means: Means,
    asking: Asking = ANYBODY,
    *,
    by: Criterion = "value",
    most: int = 5,
    among: Search = EVERYTHING,
) -> Suggestions:
    """The best offers that the debtor can keep and ``asking`` may make: of each kind in turn.

    An offer is feasible where nothing beyond ``means.now`` is asked for today and nothing beyond
    ``means.monthly`` in any month. ``left_out`` counts ``too_much_now``, ``too_much_a_month``,
    ``beyond_limits`` and offers that ``cannot_be`` made.
    """
    feasible: dict[str, Proposal] = {}
    left: dict[str, int] = {}
    tried = 0
    for name, offer in candidates(position, means, asking, among):
        tried += 1
        reason = _why_not(offer, means)
        if reason:
            left[reason] = left.get(reason, 0) + 1
        elif offer is not None:
            feasible[name] = offer
    ranked = compare(position, feasible, by=by)
    order = [side.name for side in ranked.sides]
    chosen = _varied([(name, feasible[name].kind) for name in order], most)
    names = sorted(chosen, key=order.index)
    best = {name: feasible[name] for name in names}
    return Suggestions(
        tuple(best.items()), compare(position, best, by=by), tried, tuple(sorted(left.items()))
    )


def _varied(ranked: Sequence[tuple[str, str]], most: int) -> list[str]:
    """The best of each kind, then the second best of each, and so on until there are ``most``."""
    place: dict[str, int] = {}
    turns = []
    for at, (name, kind) in enumerate(ranked):
        turns.append((place.get(kind, 0), at, name))
        place[kind] = place.get(kind, 0) + 1
    return [name for _, _, name in sorted(turns)[:most]]


def _why_not(offer: Proposal | None, means: Means) -> str:
    if offer is None:
        return "cannot_be"
    if offer.up_front > means.now:
        return "too_much_now"
    if offer.monthly > means.monthly:
        return "too_much_a_month"
    return "" if offer.within_limits else "beyond_limits"


def candidates(
    position: Position, means: Means, asking: Asking, among: Search
) -> Iterator[tuple[str, Proposal | None]]:
    """Every offer that is tried, by name; None where it cannot be made."""
    for name, terms in _terms(position, means, among):
        try:
            if isinstance(terms, PlanTerms):
                yield name, plan(position, terms, asking)
            elif isinstance(terms, SettlementTerms):
                yield name, settlement(position, terms, asking)
            elif isinstance(terms, ArrearsToEnd):
                yield name, arrears_to_end(position, terms, asking)
            else:
                yield name, restructure(position, terms, asking)
        except (InputError, PolicyError):
            yield name, None


Tried = PlanTerms | SettlementTerms | ArrearsToEnd | RestructureTerms


def _terms(position: Position, means: Means, among: Search) -> Iterator[tuple[str, Tried]]:
    down = means.now or None
    lost = position.written_off.total and not position.outstanding.total
    if lost:  # which is settled, in as many parts as a plan might have, and nothing else
        yield from _settlements(position, means, sorted({*among.settlements, *among.plan_months}))
        return
    if position.arrears.total:
        yield "plan, all you can", PlanTerms(monthly=means.monthly, counts=True, down=down)
        for months in among.plan_months:
            yield f"plan {months} x", PlanTerms(months=months, down=down)
        yield "arrears to the end", ArrearsToEnd()
        yield "arrears to the end in 3", ArrearsToEnd(rows=3)
    rate = among.rate or contract_rate(position)
    for rows, grace, late in _shapes(position, among):
        suffix = (f", {grace} of grace" if grace else "") + (
            ", late charges waived" if late == "waive" else ""
        )
        new = NewPlan(rows, None if is_sharia(position) else rate, grace=Grace(principal=grace))
        yield (
            f"restructure {rows} x{suffix}",
            RestructureTerms(new, Debts(late_charge=late, deferred_to="spread"), up_front=means.now),  # type: ignore[arg-type]
        )
    yield from _settlements(position, means, among.settlements)


def _settlements(
    position: Position, means: Means, counts: Sequence[int]
) -> Iterator[tuple[str, SettlementTerms]]:
    down = means.now or None
    for payments in counts:
        yield (
            f"settlement in {payments}",
            SettlementTerms(waive={"late_charge": Decimal(1)}, payments=payments, down=down),
        )
        amount = means.now + means.monthly * (payments - 1)
        if position.policy.offer is not None and 0 < amount < claim(position).total:
            yield (
                f"settlement for {plain(amount)}",
                SettlementTerms(amount=amount, payments=payments, down=down),
            )


def _shapes(position: Position, among: Search) -> Iterator[tuple[int, int, str]]:
    treatments: Sequence[str] = among.late_charges if position.outstanding.late_charge else ("defer",)
    for rows in among.rows:
        for grace in among.grace:
            for late in treatments:
                if grace < rows:
                    yield rows, grace, late


def contract_rate(position: Position) -> Rate:
    """The rate that the contract's own rows bear, to 1e-9 a period, said a year; 0 where they bear none."""
    found = original_rate(position.contract, "periods")
    if found is None or found <= 0:
        return Rate()
    periods = frequency_of(position).per_year()
    return Rate(Fraction(found.quantize(Decimal("1e-9"))) * periods, "year")  # for other periods too


__all__ = ["Means", "Search", "Suggestions", "candidates", "contract_rate", "suggest"]
