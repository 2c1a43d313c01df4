"""Smaller rules: letters' ladder, cure after a restructure, rounding, limits, gates, late terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, Literal

from attrs import field, frozen

from tagih.errors import PolicyError
from tagih.money import Rounding
from tagih.policies.about import About
from tagih.policies.late_charge import LateCharge


@frozen
class Rung:
    """A letter that falls due ``from_day`` days past due and is valid for ``days_to_pay`` days.

    While it is valid the debtor may still pay as it asks, so the next letter waits.
    """

    letter: str
    from_day: int
    days_to_pay: int


@frozen
class Ladder:
    """The letters of a debt that stays unpaid, rising. ``least_gap`` days lie between two of them.

    The days between are counted from the day a letter was issued, sent or delivered
    (``counted_from``). Below ``minimum`` in arrears there is silence. ``per`` debtor there is one
    letter at a time for all contracts of a debtor.
    """

    rungs: tuple[Rung, ...]
    least_gap: int = 0
    about: About = About()
    counted_from: Literal["issue", "sending", "delivery"] = "issue"
    minimum: Decimal = field(default=Decimal(0), converter=Decimal)
    per: Literal["contract", "debtor"] = "contract"

    def __attrs_post_init__(self) -> None:
        days = [rung.from_day for rung in self.rungs]
        names = [rung.letter for rung in self.rungs]
        if not days or days != sorted(set(days)) or len(set(names)) != len(names):
            raise PolicyError(
                "ladder.rungs",
                "ladder '{id}': letters differ and from_day rises, or a rung is never reached; got {days}",
                id=self.about.id,
                days=days,
            )

    def rung_for(self, days_past_due: int) -> Rung | None:
        """The highest rung reached, or None before the first."""
        reached = [rung for rung in self.rungs if rung.from_day <= days_past_due]
        return reached[-1] if reached else None


CureStep = Literal["free", "one_notch", "none"]


@frozen
class Cure:
    """The class after a restructure: how good at best, and how it may improve.

    ``best_after`` pairs the class before with the best class right after. After
    ``clean_periods`` consecutive periods paid on time (a missed one starts the count again) the
    class is free, or ``one_notch`` better and free after that, or (``none``) stays.
    With ``least_months`` the count is never complete earlier than that.
    """

    best_after: tuple[tuple[str, str], ...]
    clean_periods: int = 3
    step: CureStep = "free"
    least_months: int = 0
    about: About = About()

    def best(self, before: str) -> str:
        """The best class right after a restructure from class ``before``.

        Raises:
            PolicyError: If the rule does not name that class.
        """
        for code, best in self.best_after:
            if code == before:
                return best
        raise PolicyError(
            "cure.class", "cure rule '{id}' does not name class '{code}'", id=self.about.id, code=before
        )


@frozen
class RoundingRule:
    """The smallest payable amount, which way amounts round, and where the remainder goes."""

    rounding: Rounding
    remainder: Literal["first", "last"] = "last"
    about: About = About()


def _figures(
    values: Mapping[str, Decimal] | Iterable[tuple[str, Decimal]],
) -> tuple[tuple[str, Decimal], ...]:
    pairs = values.items() if isinstance(values, Mapping) else values
    return tuple((name, Decimal(value)) for name, value in pairs)


@frozen
class Limits:
    """Figures by name that other questions ask for: stamp duty, legal interest, income shares."""

    figures: tuple[tuple[str, Decimal], ...] = field(converter=_figures)
    about: About = About()


@frozen
class Gate:
    """What must be true before a step: every fact of ``all_of``, one of each group of ``any_of``."""

    step: str
    all_of: tuple[str, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    about: About = About()

    def missing(self, facts: Iterable[str]) -> tuple[str, ...]:
        """What is still missing; groups are written ``a or b``.

        >>> Gate("repossess", all_of=("sp",), any_of=(("surrender", "court_order"),)).missing({"sp"})
        ('surrender or court_order',)
        """
        known = set(facts)
        alone = tuple(fact for fact in self.all_of if fact not in known)
        return alone + tuple(" or ".join(group) for group in self.any_of if not known & set(group))


BASES_OF_TERMS: Final = ("agreed", "actual_cost")


@frozen
class Term:
    """A kind of late charge that is allowed: its name, what it is worked out on, where it goes.

    ``basis`` ``agreed`` is fixed by agreement; ``actual_cost`` only repays a cost that was real,
    so it is posted as a charge and never runs by the day.
    """

    name: str
    basis: Literal["agreed", "actual_cost"]
    goes_to: Literal["income", "social_fund", "reimbursement"]
    only_if: str = ""


@frozen
class LateTerms:
    """Which late charges may exist at all, and whose money they are."""

    terms: tuple[Term, ...]
    about: About = About()

    def allow(self, charge: LateCharge) -> Term:
        """The term that a late charge comes under.

        Raises:
            PolicyError: If no term allows it, or it runs by the day where only real cost is allowed.
        """
        for term in self.terms:
            if term.name == charge.name and term.basis == "agreed":
                return term
        raise PolicyError(
            "late_terms.name",
            "late charge '{name}' is not allowed under '{id}'; it allows {known}",
            name=charge.name,
            id=self.about.id,
            known=", ".join(f"{term.name} ({term.basis})" for term in self.terms),
        )
