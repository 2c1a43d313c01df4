"""Which bucket, which class?

A scheme is one or more scales, each with a measure and the first value of each bucket; the
worst scale wins. A bucket ends where the next begins, so gaps and overlaps cannot be written.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Literal

from attrs import field, frozen
from attrs.converters import optional

from tagih.errors import PolicyError
from tagih.policies.about import About

Measure = Literal[
    "days_past_due",
    "days_past_maturity",
    "months_past_due",
    "full_months_past_due",
    "weeks_past_due",
    "instalments_past_due",
    "judgement",
]
MEASURES: Final = (
    "days_past_due",
    "days_past_maturity",
    "months_past_due",  # months begun: due 31 January, 30 April is 3 and 1 May is 4
    "full_months_past_due",  # months completed: due 31 January, 30 April is 3 and 29 April is 2
    "weeks_past_due",  # weeks begun: 28 days are 4, 29 days are 5
    "instalments_past_due",
    "judgement",  # stated by people, as the place in the scale
)


@frozen
class Bucket:
    """A class or band: its code and name (worse ones have later places in the scheme)."""

    code: str
    name: str


def _firsts(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple((code, int(value)) for code, value in pairs)


@frozen
class Scale:
    """What is measured, and the first value at which each bucket begins.

    ``first`` pairs a bucket code with its first value; the first pair starts at 0. Buckets that
    the scale never reaches are left out. With ``frequencies`` the scale counts only for
    contracts with instalments of those frequencies.
    """

    measure: Measure
    first: tuple[tuple[str, int], ...] = field(converter=_firsts)
    frequencies: tuple[str, ...] = ()

    def code_for(self, value: int) -> str:
        """The bucket that ``value`` falls in."""
        found = self.first[0][0]
        for code, first in self.first:
            if value < first:
                break
            found = code
        return found


@frozen
class OneObligor:
    """A debtor's contracts take the worst class of them all, save for these exceptions.

    A contract does not pull the others down where it is in one of the states that
    ``excepting`` names (``written_off``, ``separate_source``), or where the debtor's contracts
    together are below ``total_below`` (None: no such limit).
    """

    excepting: tuple[str, ...] = ()
    total_below: Decimal | None = field(default=None, converter=optional(Decimal))


def _buckets(values: Iterable[Bucket]) -> tuple[Bucket, ...]:
    return tuple(values)


def _scales(values: Iterable[Scale]) -> tuple[Scale, ...]:
    return tuple(values)


@frozen
class Buckets:
    """A set of buckets, best first, and the scales that sort debts into them.

    ``judged`` names buckets that only a stated judgement can choose between: a debt that a scale
    puts there without one is an error. ``non_performing_from`` is the first bucket that counts
    as non-performing. ``frequencies`` says for which instalments the whole scheme is meant
    (empty: all).
    """

    buckets: tuple[Bucket, ...] = field(converter=_buckets)
    scales: tuple[Scale, ...] = field(converter=_scales)
    about: About = About()
    judged: tuple[str, ...] = ()
    non_performing_from: str = ""
    one_obligor: OneObligor | None = None
    frequencies: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        codes = [bucket.code for bucket in self.buckets]
        if len(set(codes)) != len(codes) or not codes:
            raise PolicyError(
                "buckets.codes", "bucket scheme '{id}': codes must be given and differ", id=self.about.id
            )
        for scale in self.scales:
            values = [value for _, value in scale.first]
            places = [codes.index(code) if code in codes else -1 for code, _ in scale.first]
            if (
                values[:1] != [0]
                or values != sorted(set(values))
                or places != sorted(set(places))
                or -1 in places
            ):
                raise PolicyError(
                    "buckets.first",
                    "bucket scheme '{id}': from_day must start at 0 and rise, got {values}",
                    id=self.about.id,
                    values=values,
                )
        for code in (*self.judged, self.non_performing_from):
            if code and code not in codes:
                self.bucket(code)

    def bucket(self, code: str) -> Bucket:
        """The bucket of this code."""
        for bucket in self.buckets:
            if bucket.code == code:
                return bucket
        raise PolicyError(
            "buckets.code", "bucket scheme '{id}' has no bucket '{code}'", id=self.about.id, code=code
        )

    def place(self, code: str) -> int:
        """How bad a bucket is: 0 for the best.

        Raises:
            PolicyError: If the scheme has no such bucket.
        """
        return self.buckets.index(self.bucket(code))

    def worst(self, codes: Iterable[str]) -> str:
        """The worst of some codes, none of which may be missing from the scheme."""
        return max(codes, key=self.place)

    def scales_for(self, frequency: str = "") -> tuple[Scale, ...]:
        """The scales that count for instalments of ``frequency``.

        Raises:
            PolicyError: If none does: the scheme has no scale for that frequency.
        """
        scales = tuple(
            scale for scale in self.scales if not scale.frequencies or frequency in scale.frequencies
        )
        if not scales:
            raise PolicyError(
                "buckets.frequency",
                "bucket scheme '{id}' has no scale for instalments that are '{frequency}'; it knows {known}",
                id=self.about.id,
                frequency=frequency,
                known=", ".join(sorted({name for scale in self.scales for name in scale.frequencies})),
            )
        return scales

    def bucket_for(self, days_past_due: int = 0, *, frequency: str = "", **measures: int) -> Bucket:
        """The worst bucket that any scale gives; measures not given count as 0.

        Raises:
            PolicyError: If only a stated judgement can decide and none is given.
        """
        unknown = set(measures) - set(MEASURES)
        if unknown:
            raise PolicyError(
                "buckets.measure",
                "measure '{measure}' is unknown; write one of {known}",
                measure=min(unknown),
                known=", ".join(MEASURES),
            )
        values = {"days_past_due": days_past_due, **measures}
        worst = self.worst(
            scale.code_for(values.get(scale.measure, 0)) for scale in self.scales_for(frequency)
        )
        if worst in self.judged and not measures.get("judgement"):
            raise PolicyError(
                "buckets.judgement",
                "bucket scheme '{id}': a debt this late is one of {judged} by judgement; state which",
                id=self.about.id,
                judged=", ".join(self.judged),
            )
        return self.bucket(worst)
