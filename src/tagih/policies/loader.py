"""Find rules, check them, and make a policy of them.

Built-in rules are TOML files in the format that users write. Asked outside its dates a rule is
an error that names its successor; an unverified rule runs only when it is accepted by name.

>>> policy("id.kol.pindar").bucket_for(31).name
'Kurang Lancar'
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from attrs import evolve

from tagih.errors import PolicyError
from tagih.policies.about import NOT_IN_FORCE, UNVERIFIED, About
from tagih.policies.arrears import Arrears
from tagih.policies.buckets import Buckets
from tagih.policies.calendar import Calendar, join
from tagih.policies.conduct import Conduct
from tagih.policies.late_charge import LateCharge
from tagih.policies.offer import OfferLimits
from tagih.policies.others import Cure, Gate, Ladder, LateTerms, Limits, RoundingRule
from tagih.policies.policy import Policy, Rule
from tagih.policies.provision import CollateralShares, Provision
from tagih.policies.rate_cap import RateCap
from tagih.policies.read import read_rule, unknown_word
from tagih.policies.waterfall import Waterfall

DATA: Final = Path(__file__).parent / "data"

SLOTS: Final[dict[type, str]] = {
    Arrears: "arrears",
    Buckets: "buckets",
    CollateralShares: "collateral",
    Conduct: "conduct",
    Cure: "cure",
    Gate: "gate",
    Ladder: "ladder",
    LateCharge: "late_charge",
    LateTerms: "late_terms",
    OfferLimits: "offer",
    Provision: "provision",
    RoundingRule: "rounding",
    Waterfall: "waterfall",
}
"""Kinds of rule of which a policy has one; caps, limits and calendars are lists."""

KINDS: Final[dict[type, str]] = {**SLOTS, Calendar: "calendar", Limits: "limits", RateCap: "cap"}
"""The kind of a rule as its file writes it."""


def kind_of(rule: Rule) -> str:
    """The kind of a rule, as its file writes it."""
    return KINDS[type(rule)]


def load_rule(path: Path | str) -> Rule:
    """Read one rule from a TOML file, and check it.

    Raises:
        PolicyError: If the file is not TOML, has an unknown key (with a suggestion), contradicts
            itself, has a level that is never reached, or is looser than the rule it follows.
    """
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(
            "rule.toml", "{where}: not a TOML file: {problem}", where=path.name, problem=str(error)
        ) from error
    except OSError as error:
        raise PolicyError(
            "rule.file", "{where}: cannot be read: {problem}", where=str(path), problem=str(error.strerror)
        ) from error
    loaded = read_rule(values, path.name)
    if loaded.about.follows:
        law = rule(loaded.about.follows)
        problem = looser(loaded, law)
        if problem:
            raise PolicyError(
                "rule.looser",
                "{where}: looser than '{law}', which it follows: {problem}",
                where=path.name,
                law=law.about.id,
                problem=problem,
            )
    return loaded


def load_rules(folder: Path | str) -> tuple[Rule, ...]:
    """Every rule of a folder, in the order of the files' names.

    Raises:
        PolicyError: If a file is wrong, or two files have one id.
    """
    found: dict[str, Rule] = {}
    for path in sorted(Path(folder).glob("*.toml")):
        loaded = load_rule(path)
        if loaded.about.id in found:
            raise PolicyError(
                "rule.twice", "{where}: id '{id}' is already taken", where=path.name, id=loaded.about.id
            )
        found[loaded.about.id] = loaded
    return tuple(found.values())


@cache
def rule(id: str) -> Rule:
    """A built-in rule, by its id.

    Raises:
        PolicyError: If there is none of that id, with the nearest one that there is.
    """
    if not (DATA / f"{id}.toml").is_file():
        known = sorted(path.stem for path in DATA.glob("*.toml"))
        raise unknown_word("rule.unknown", "no rule '{id}'", "; see tagih policy list", id, known, id=id)
    return load_rule(DATA / f"{id}.toml")


def rules() -> tuple[Rule, ...]:
    """Every built-in rule, by id."""
    return tuple(rule(path.stem) for path in sorted(DATA.glob("*.toml")))


def rules_for(lender_type: str, kind: str, on: date, *, among: Iterable[Rule] = ()) -> tuple[Rule, ...]:
    """The verified rules of one kind that are in force for a type of lender on a day."""
    return tuple(
        found
        for found in (*rules(), *among)
        if kind_of(found) == kind
        and lender_type in found.about.applies_to
        and found.about.in_force(on)
        and found.about.confidence not in UNVERIFIED
    )


def policy(
    *chosen: str | Rule,
    on: date | None = None,
    accept: Collection[str] = (),
    compare: Collection[str] = (),
    among: Iterable[Rule] = (),
) -> Policy:
    """A policy made of rules: ids of built-in rules or of rules in ``among``, or rules themselves.

    Args:
        on: The day that the rules must be in force; without it their dates are not asked.
            Caps are not asked: a contract's signing day chooses among them.
        accept: Ids of unverified rules (low or background confidence) that may run.
        compare: Ids of rules that may run outside their dates; they are marked "not in force".
        among: Rules of the lender's own, found by id before the built-in ones.

    Raises:
        PolicyError: If a rule is unknown, not in force, unverified and not accepted, or the
            second of its kind.

    >>> from datetime import date
    >>> policy("id.kol.mf.2014", on=date(2026, 10, 31))
    Traceback (most recent call last):
    ...
    tagih.errors.PolicyError: rule 'id.kol.mf.2014' is not in force on 2026-10-31 ...
    """
    own = {found.about.id: found for found in among}
    slots: dict[str, Any] = {}
    caps: list[RateCap] = []
    limits: list[Limits] = []
    calendars: list[Calendar] = []
    for choice in chosen:
        found = choice if not isinstance(choice, str) else own.get(choice) or rule(choice)
        found = _admitted(found, on, accept, compare)
        if isinstance(found, RateCap):
            _no_overlap(found, caps)
            caps.append(found)
        elif isinstance(found, Limits):
            limits.append(found)
        elif isinstance(found, Calendar):
            calendars.append(found)
        else:
            slot = SLOTS[type(found)]
            if slot in slots:
                raise PolicyError(
                    "policy.twice",
                    "two rules of kind {kind}: '{first}' and '{second}'; a policy has one",
                    kind=slot,
                    first=slots[slot].about.id,
                    second=found.about.id,
                )
            slots[slot] = found
    if calendars:
        slots["calendar"] = join(calendars)
    return Policy(caps=tuple(caps), limits=tuple(limits), **slots)


def layered(
    *refs: str | Mapping[str, Any] | Rule,
    on: date | None = None,
    accept: Collection[str] = (),
    compare: Collection[str] = (),
    among: Iterable[Rule] = (),
) -> Policy:
    """A policy from choices that run from general to particular: of two rules of a kind the later holds.

    So a book's policies are overridden by a product's, and those by a contract's. A rule may be
    an id, a rule, or a table as in a rule's file, without an id. A rule of the lender's own (with
    no instrument) may be stricter than a rule of law that it replaces, never looser.

    Raises:
        PolicyError: As `policy` does, or if an own rule is looser than the law's that it replaces.

    >>> layered("id.kol.bank.2019", "id.kol.pindar").bucket_for(91).name
    'Macet'
    """
    own = {found.about.id: found for found in among}
    slots: dict[Any, Rule] = {}
    for ref in refs:
        if isinstance(ref, Mapping):
            found = read_rule({"id": "contract", **ref}, "tagih.toml")
        elif isinstance(ref, str):
            found = own.get(ref) or rule(ref)
        else:
            found = ref
        slot: Any = SLOTS.get(type(found), (kind_of(found), found.about.id))
        law = slots.get(slot)
        if law is not None and not found.about.instrument:
            _as_strict(found, law)
        slots[slot] = found
    return policy(*slots.values(), on=on, accept=accept, compare=compare)


def with_terms(base: Policy, *terms: Rule) -> Policy:
    """A policy with a contract's own rules in it, where the law's rules allow that.

    A contract may be stricter than a rule that comes from law (classes, provisions, conduct),
    never looser. Its waterfall, arrears, rounding and late charge are its own; the policy's caps
    still bound the late charge.

    Raises:
        PolicyError: If a term is looser than the law's rule that it replaces.
    """
    for term in terms:
        slot = SLOTS.get(type(term))
        if slot is None:
            raise PolicyError(
                "policy.term", "a contract cannot set a rule of kind {kind}", kind=kind_of(term)
            )
        law: Rule | None = getattr(base, slot)
        if law is not None:
            _as_strict(term, law)
        if isinstance(term, LateCharge) and base.late_terms is not None:
            base.late_terms.allow(term)
        changed: dict[str, Any] = {slot: term}
        base = evolve(base, **changed)
    return base


def _as_strict(own: Rule, law: Rule) -> None:
    """Refuse a lender's own rule that is looser than the rule of law that it replaces."""
    if law.about.instrument and (problem := looser(own, law)):
        raise PolicyError(
            "policy.looser",
            "the contract's {kind} is looser than '{law}': {problem}",
            kind=kind_of(own),
            law=law.about.id,
            problem=problem,
        )


def looser(mine: Rule, law: Rule) -> str:
    """In what ``mine`` is looser than ``law``; empty where it is as strict or stricter.

    Compared are classes (every value of every measure gives the same class or a worse one),
    provisions and conduct. Other kinds have no stricter and looser.
    """
    if type(mine) is not type(law):
        return f"it is of kind {kind_of(mine)}, not {kind_of(law)}"
    if isinstance(mine, Buckets) and isinstance(law, Buckets):
        return _looser_buckets(mine, law)
    if isinstance(mine, Provision) and isinstance(law, Provision):
        known = dict(mine.rates)
        for code, rate in law.rates:
            if known.get(code, rate - 1) < rate:
                return f"class {code} sets aside {known.get(code, 'nothing')}, the rule {rate}"
        return ""
    if isinstance(mine, Conduct) and isinstance(law, Conduct):
        return _looser_conduct(mine, law)
    return ""


def _looser_buckets(mine: Buckets, law: Buckets) -> str:
    own = [bucket.code for bucket in mine.buckets]
    for bucket in law.buckets:
        if bucket.code not in own:
            return f"it has no bucket '{bucket.code}'"
    for scale in law.scales:
        matching = [
            (dict(other.first), other)
            for other in mine.scales
            if other.measure == scale.measure
            and (not other.frequencies or set(scale.frequencies) <= set(other.frequencies))
        ]
        for code, first in scale.first:
            start = min(
                (
                    value
                    for firsts, _ in matching
                    for known, value in firsts.items()
                    if own.index(known) >= own.index(code)
                ),
                default=None,
            )
            if start is None or start > first:
                begins = "never" if start is None else str(start)
                return f"bucket '{code}' starts at {begins}, the rule's at {first} ({scale.measure})"
    return ""


def _looser_conduct(mine: Conduct, law: Conduct) -> str:
    if mine.from_time < law.from_time or mine.to_time > law.to_time:
        hours = f"{law.from_time:%H:%M}-{law.to_time:%H:%M}"
        return f"hours {mine.from_time:%H:%M}-{mine.to_time:%H:%M}, the rule {hours}"
    for name in ("days", "parties", "places", "consent_widens"):
        more = set(getattr(mine, name)) - set(getattr(law, name))
        if more:
            return f"{name} adds {', '.join(sorted(more))}"
    for party in mine.locate_only:
        if party not in (*law.locate_only, *law.parties):
            return f"locate_only adds {party}"
    for name in ("national_holidays", "cuti_bersama"):
        if getattr(law, name) == "blocked" and getattr(mine, name) == "allowed":
            return f"{name} are allowed"
    if law.most_a_day is not None and (mine.most_a_day is None or mine.most_a_day > law.most_a_day):
        return f"most_a_day {mine.most_a_day or 'without limit'}, the rule {law.most_a_day}"
    return ""


def _admitted(found: Rule, on: date | None, accept: Collection[str], compare: Collection[str]) -> Rule:
    head = found.about
    if head.confidence in UNVERIFIED and head.id not in accept:
        raise PolicyError(
            "policy.unverified",
            "rule '{id}' is not verified (confidence {confidence}); accept it by name to run it",
            id=head.id,
            confidence=head.confidence,
        )
    if on is None or head.in_force(on) or isinstance(found, RateCap | Calendar):
        return found
    if head.id in compare:
        return evolve(found, about=evolve(head, mark=NOT_IN_FORCE))
    raise not_in_force(head, on)


def not_in_force(head: About, on: date) -> PolicyError:
    """The error for a rule asked outside its dates."""
    early = head.valid_from is not None and on < head.valid_from
    return PolicyError(
        "policy.not_in_force",
        "rule '{id}' is not in force on {on} ({bound}){successor}",
        id=head.id,
        on=on.isoformat(),
        bound=f"from {head.valid_from}" if early else f"until {head.valid_to}",
        successor="" if early or not head.successor else f"; its successor is {head.successor}",
    )


def _no_overlap(found: RateCap, others: Iterable[RateCap]) -> None:
    for other in others:
        mine, theirs = found.about, other.about
        first, last = date.min, date.max
        if (mine.valid_from or first) <= (theirs.valid_to or last) and (theirs.valid_from or first) <= (
            mine.valid_to or last
        ):
            raise PolicyError(
                "policy.caps",
                "caps '{first}' and '{second}' are in force on the same days; a policy has one a day",
                first=theirs.id,
                second=mine.id,
            )
