"""What may a lender's people offer, and who may go further?

Authorities stand from the lowest to the highest; each has its own limits, and what is left out
is not limited for it. An offer beyond one authority's limits belongs to the first above it whose
limits it keeps.

>>> clerk = Authority("petugas", longest_months=6, discounts=(Discount((), {"late_charge": "0.5"}),))
>>> head = Authority("kepala cabang", longest_months=12, discounts=(Discount((), {"late_charge": "1"}),))
>>> OfferLimits((clerk, head)).authority("petugas").most("late_charge", "2")
Decimal('0.5')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from tagih.errors import PolicyError
from tagih.policies.about import About

DISCOUNTED: Final = ("principal", "interest", "fee", "late_charge", "total")
"""What a discount can be of: one kind of component, or all that is owed."""


def _shares(
    values: Mapping[str, Decimal | str] | Iterable[tuple[str, Decimal | str]],
) -> tuple[tuple[str, Decimal], ...]:
    pairs = values.items() if isinstance(values, Mapping) else values
    return tuple((name, Decimal(value)) for name, value in pairs)


@frozen
class Discount:
    """The largest share of each component that may be given up, in ``classes`` (empty: in any).

    A component that is not named may not be given up at all; ``total`` is of all that is owed.
    """

    classes: tuple[str, ...] = ()
    shares: tuple[tuple[str, Decimal], ...] = field(default=(), converter=_shares)

    def __attrs_post_init__(self) -> None:
        for name, share in self.shares:
            if name not in DISCOUNTED or not 0 <= share <= 1:
                raise PolicyError(
                    "offer.discount",
                    "discount {name} = {share}: write a share from 0 to 1 of one of {known}",
                    name=name,
                    share=str(share),
                    known=", ".join(DISCOUNTED),
                )


@frozen
class Authority:
    """What one authority may offer by itself; None is no limit.

    ``minimum_instalment`` is the smallest payment of an arrangement (its last may be smaller),
    ``longest_months`` how long an arrangement may run, or a term be made longer.
    ``least_down_share`` is of the amount arranged. ``most_payments`` and ``longest_days`` bound
    a settlement. ``cooling_days`` must lie between two offers on one contract. Without
    ``discounts`` nothing may be given up.
    """

    name: str
    minimum_instalment: Decimal | None = None
    longest_months: int | None = None
    least_down_share: Decimal | None = None
    most_payments: int | None = None
    longest_days: int | None = None
    cooling_days: int | None = None
    discounts: tuple[Discount, ...] = ()

    def most(self, component: str, class_code: str) -> Decimal | None:
        """The largest share of ``component`` that may be given up in a class; None: no limit.

        Of several discounts the first that names the class holds, else the first for any.
        """
        ordered = [one for one in self.discounts if class_code in one.classes]
        ordered += [one for one in self.discounts if not one.classes]
        for one in ordered[:1]:
            for name, share in one.shares:
                if name == component:
                    return share
            return None if component == "total" else Decimal(0)
        return None if component == "total" and self.discounts else Decimal(0)


def _authorities(values: Iterable[Authority]) -> tuple[Authority, ...]:
    return tuple(values)


@frozen
class OfferLimits:
    """A lender's limits of offers: its authorities, from the lowest to the highest."""

    authorities: tuple[Authority, ...] = field(converter=_authorities)
    about: About = About()

    def __attrs_post_init__(self) -> None:
        names = [authority.name for authority in self.authorities]
        if not names or len(set(names)) != len(names):
            raise PolicyError(
                "offer.authorities",
                "offer limits '{id}': name at least one authority, each once; got {names}",
                id=self.about.id,
                names=", ".join(names),
            )
        for lower, higher in zip(self.authorities, self.authorities[1:], strict=False):
            if narrower := _narrower(lower, higher):
                raise PolicyError(
                    "offer.order",
                    "offer limits '{id}': '{higher}' may do less than '{lower}' ({what}); "
                    "write authorities from the lowest to the highest",
                    id=self.about.id,
                    higher=higher.name,
                    lower=lower.name,
                    what=narrower,
                )

    def authority(self, name: str = "") -> Authority:
        """The authority of that name; without one, the lowest.

        Raises:
            PolicyError: If there is none of that name.
        """
        if not name:
            return self.authorities[0]
        for authority in self.authorities:
            if authority.name == name:
                return authority
        raise PolicyError(
            "offer.authority",
            "offer limits '{id}' name no authority '{name}'; write one of {known}",
            id=self.about.id,
            name=name,
            known=", ".join(authority.name for authority in self.authorities),
        )


LEAST: Final = ("minimum_instalment", "least_down_share", "cooling_days")
MOST: Final = ("longest_months", "most_payments", "longest_days")


def _narrower(lower: Authority, higher: Authority) -> str:
    """The first limit in which the higher authority may do less than the lower one."""
    for name in LEAST:
        mine, theirs = getattr(higher, name), getattr(lower, name)
        if mine is not None and (theirs is None or mine > theirs):
            return name
    for name in MOST:
        mine, theirs = getattr(higher, name), getattr(lower, name)
        if mine is not None and (theirs is None or mine < theirs):
            return name
    return ""
