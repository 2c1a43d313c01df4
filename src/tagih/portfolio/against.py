"""The lender's own figures beside ours: each difference, its rupiah, and what probably made it.

A cause is not guessed from the size of a difference: the contract is worked out again under
another convention, and a cause is named only if that gives the lender's figure exactly; one that
leaves the figures on which both agree as they are goes before one that does not. Only rounding
is told by size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from tagih.aging import Aged, age
from tagih.contracts import Chargeback, Correction, Payment, Reversal
from tagih.errors import PolicyError, TagihError
from tagih.files import Book
from tagih.ledger import Position, replay
from tagih.policies.arrears import Tolerance
from tagih.policies.buckets import Buckets
from tagih.policies.loader import rules
from tagih.policies.policy import Policy
from tagih.policies.waterfall import Waterfall
from tagih.portfolio.book import positions
from tagih.quality import qualities

ROUNDING: Final = Decimal(1000)
"""Below this an amount's difference may come from rounding: the coarsest unit in use is Rp1.000."""


@frozen
class Difference:
    """One figure on which the lender and tagih differ.

    ``difference`` is theirs less ours, None for classes. ``cause`` is a code, empty if no
    convention that was tried gives the lender's figure; ``detail`` names a rule or an event.
    """

    contract_id: str
    figure: str
    theirs: Decimal | int | str
    ours: Decimal | int | str
    difference: Decimal | int | None
    cause: str
    detail: str = ""


@frozen
class Comparison:
    """How many contracts and figures were compared, and every difference."""

    as_of: date
    contracts: int
    figures: int
    differences: tuple[Difference, ...]

    @property
    def agreeing(self) -> int:
        """Contracts on which all the lender's figures are ours."""
        return self.contracts - len({found.contract_id for found in self.differences})


def compare(book: Book, as_of: date) -> Comparison:
    """The lender's own figures (``[tables.contracts.against]``) beside ours on ``as_of``.

    Raises:
        PolicyError: If a contract's rules are unknown, not in force or unverified.
    """
    found: list[Difference] = []
    contracts = figures = 0
    every = list(positions(book, as_of))
    for position in every:
        theirs = book.against.get(position.contract.id, {})
        if theirs:
            contracts += 1
            figures += len(theirs)
            found += _differences(position, theirs, book.lender.time_zone)
    if any(each.figure in ("class", "bucket") for each in found):
        found = _pulled(found, every)
    return Comparison(as_of, contracts, figures, tuple(found))


def _pulled(found: list[Difference], every: Sequence[Position]) -> list[Difference]:
    """The differences, with ``one_obligor`` for a class that is the debtor's worst contract's."""
    try:
        classes = {one.contract_id: one.classified for one in qualities(every)}
    except PolicyError:  # a class that only judgement tells: what the lender did cannot be redone
        return found

    def explained(each: Difference) -> Difference:
        own = classes[each.contract_id]
        theirs = str(each.theirs).casefold()
        if (
            each.figure not in ("class", "bucket")
            or own.reason != "one_obligor"
            or theirs not in (own.code.casefold(), own.name.casefold())
        ):
            return each
        return evolve(each, cause="one_obligor", detail=own.detail)

    return [explained(each) for each in found]


def figure(aged: Aged, name: str) -> Decimal | int | str:
    """Our figure under the name that ``[tables.contracts.against]`` gives it.

    ``arrears`` are without late charges, which stand beside them, as in lenders' own reports.
    """
    figures: dict[str, Decimal | int | str] = {
        "days_past_due": aged.days_past_due,
        "class": aged.bucket.code,
        "bucket": aged.bucket.code,
        "principal_balance": aged.outstanding.principal,
        "outstanding": aged.outstanding.total,
        "arrears": aged.arrears.total - aged.arrears.late_charge,
        "late_charge": aged.outstanding.late_charge,
    }
    return figures[name]


def _same(theirs: Any, ours: Any, aged: Aged) -> bool:
    if isinstance(ours, str):
        return str(theirs).casefold() in (ours.casefold(), aged.bucket.name.casefold())
    return bool(theirs == ours)


def _differences(position: Position, theirs: Any, zone: str) -> Iterator[Difference]:
    aged = _aged(position, theirs)
    differing = {name: value for name, value in theirs.items() if not _same(value, figure(aged, name), aged)}
    if not differing:
        return
    others = list(_others(position, aged, ZoneInfo(zone)))
    for name, value in differing.items():
        ours = figure(aged, name)
        difference = None if isinstance(ours, str) else value - ours
        cause, detail = _cause(name, value, others, aged, position, theirs)
        if not cause and isinstance(difference, Decimal) and abs(difference) < ROUNDING:
            cause = "rounding"
        yield Difference(position.contract.id, name, value, ours, difference, cause, detail)


def _aged(position: Position, theirs: Any) -> Aged:
    """Our figures; where only judgement can tell the class, the lender's own class is the judgement."""
    try:
        return age(position)
    except PolicyError:
        stated = str(theirs.get("class") or theirs.get("bucket") or "")
        return age(position, judgement=stated)


def _cause(
    name: str, value: Any, others: list[tuple[str, str, Aged]], aged: Aged, position: Position, theirs: Any
) -> tuple[str, str]:
    if name in ("class", "bucket"):
        if _class_of_their_days(value, position, theirs):
            return "days", ""
        if scheme := _other_scheme(value, position):
            return "policy", scheme
    giving = [found for found in others if _same(value, figure(found[2], name), found[2])]
    agreeing = {key: known for key, known in theirs.items() if _same(known, figure(aged, key), aged)}
    for cause, detail, other in giving:
        if all(_same(known, figure(other, key), other) for key, known in agreeing.items()):
            return cause, detail
    if giving and name not in ("class", "bucket"):
        return giving[0][:2]
    return "", ""


def _class_of_their_days(value: Any, position: Position, theirs: Any) -> bool:
    """Whether the class follows from the lender's own days past due."""
    days = theirs.get("days_past_due")
    if days is None or days == position.days_past_due or position.policy.buckets is None:
        return False
    try:
        bucket = position.policy.bucket_for(days, frequency=position.contract.frequency)
    except TagihError:
        return False
    return str(value).casefold() in (bucket.code.casefold(), bucket.name.casefold())


def _other_scheme(value: Any, position: Position) -> str:
    """Another scheme for such a lender that gives the lender's class."""
    own, lender = position.policy.buckets, position.contract.lender_type
    for rule in rules():
        if not isinstance(rule, Buckets) or rule == own or lender not in rule.about.applies_to:
            continue
        try:
            other = age(position, rule)
        except TagihError:  # a scheme that needs what this contract lacks explains nothing
            continue
        if _same(value, other.bucket.code, other):
            return rule.about.id
    return ""


def _others(position: Position, aged: Aged, zone: ZoneInfo) -> Iterator[tuple[str, str, Aged]]:
    """The same contract under other conventions, likelier ones first."""
    policy, events = position.policy, position.events
    for cause, detail, other in _policies(position):
        yield from _tried(position, events, other, cause, detail)
    undone = tuple(event for event in events if not isinstance(event, Reversal | Correction | Chargeback))
    if len(undone) < len(events):
        yield from _tried(position, undone, policy, "missed_reversal", "")
    end = datetime.combine(position.as_of, time(23, 59, 59), tzinfo=zone)
    known = tuple(event for event in events if event.recorded_at is None or event.recorded_at <= end)
    if len(known) < len(events):
        yield from _tried(position, known, policy, "recorded_later", "")
    for payment in reversed([event for event in events if isinstance(event, Payment)]):
        others = tuple(event for event in events if event is not payment)
        yield from _tried(position, others, policy, "missed_payment", payment.id)


def _policies(position: Position) -> Iterator[tuple[str, str, Policy]]:
    policy, arrears = position.policy, position.policy.arrears
    other_day: Any = 1 - arrears.due_day
    yield "counting", f"due_day = {other_day}", evolve(policy, arrears=evolve(arrears, due_day=other_day))
    if position.cause is not None:
        shortfall = position.cause.shortfall
        tolerant = evolve(arrears, tolerance=Tolerance(amount=shortfall))
        yield "tolerance", f"{shortfall:f}", evolve(policy, arrears=tolerant)
    if "late_charge" not in arrears.held_open_by:
        held = evolve(arrears, held_open_by=(*arrears.held_open_by, "late_charge"))
        yield "held_open", "late_charge", evolve(policy, arrears=held)
    for rule in rules():
        if isinstance(rule, Waterfall) and rule != policy.waterfall:
            yield "order", rule.about.id, evolve(policy, waterfall=rule)
    if policy.late_charge is not None:
        yield "no_late_charge", "", evolve(policy, late_charge=None)


def _tried(
    position: Position, events: Any, policy: Policy, cause: str, detail: str
) -> Iterator[tuple[str, str, Aged]]:
    try:
        yield cause, detail, age(replay(position.contract, events, policy, position.as_of))
    except TagihError:  # a convention that does not suit this contract explains nothing
        return
