"""Which bucket, which class?

A scheme is one or more scales, each with a measure and the first value of each bucket; the
worst scale wins. A bucket ends where the next begins, so gaps and overlaps cannot be written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from attrs import field, frozen

from tagih.errors import PolicyError
from tagih.policies.about import About

Measure = Literal[
    "days_past_due",
    "days_past_maturity",
    "months_past_due",
    "weeks_past_due",
    "instalments_past_due",
    "judgement",
]
MEASURES: Final = (
    "days_past_due",
    "days_past_maturity",
    "months_past_due",
    "weeks_past_due",
    "instalments_past_due",
    "judgement",
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
    the scale never reaches are left out.
    """

    measure: Measure
    first: tuple[tuple[str, int], ...] = field(converter=_firsts)

    def code_for(self, value: int) -> str:
        """The bucket that ``value`` falls in."""
        found = self.first[0][0]
        for code, first in self.first:
            if value < first:
                break
            found = code
        return found


@frozen
class Buckets:
    """A set of buckets, best first, and the scales that sort debts into them."""

    buckets: tuple[Bucket, ...] = field(converter=tuple)
    scales: tuple[Scale, ...] = field(converter=tuple)
    about: About = About()

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

    def bucket(self, code: str) -> Bucket:
        """The bucket of this code."""
        for bucket in self.buckets:
            if bucket.code == code:
                return bucket
        raise PolicyError(
            "buckets.code", "bucket scheme '{id}' has no bucket '{code}'", id=self.about.id, code=code
        )

    def bucket_for(self, days_past_due: int = 0, **measures: int) -> Bucket:
        """The worst bucket that any scale gives; measures not given count as 0."""
        values = {"days_past_due": days_past_due, **measures}
        order = [bucket.code for bucket in self.buckets]
        return self.buckets[
            max(order.index(scale.code_for(values.get(scale.measure, 0))) for scale in self.scales)
        ]
