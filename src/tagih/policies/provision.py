"""How much is set aside for a debt of this class?

>>> Provision(rates=(("1", "0.005"), ("2", "0.03"))).rate_for("2")
Decimal('0.03')
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from attrs import field, frozen

from tagih.errors import PolicyError
from tagih.policies.about import About


def _rates(pairs: Iterable[tuple[str, Decimal | str]]) -> tuple[tuple[str, Decimal], ...]:
    return tuple((code, Decimal(rate)) for code, rate in pairs)


@frozen
class Provision:
    """The share of exposure set aside in each class (0.5 is 50 %).

    Classes in ``general`` are charged on the whole exposure; the others on what is left after
    eligible collateral, never below 0.
    """

    rates: tuple[tuple[str, Decimal], ...] = field(converter=_rates)
    general: tuple[str, ...] = ("1",)
    about: About = About()

    def __attrs_post_init__(self) -> None:
        shares = [rate for _, rate in self.rates]
        if shares != sorted(shares) or not shares or not 0 <= shares[0] <= shares[-1] <= 1:
            raise PolicyError(
                "provision.rates",
                "provision '{id}': rates lie between 0 and 1 and never fall from class to class, got {rates}",
                id=self.about.id,
                rates=", ".join(str(rate) for rate in shares),
            )

    def rate_for(self, code: str) -> Decimal:
        """The share for a class.

        Raises:
            PolicyError: If the rule has no rate for the class.
        """
        for known, rate in self.rates:
            if known == code:
                return rate
        raise PolicyError(
            "provision.class",
            "provision '{id}' has no rate for class '{code}'; it knows {known}",
            id=self.about.id,
            code=code,
            known=", ".join(known for known, _ in self.rates),
        )


@frozen
class Share:
    """How much of one kind of collateral counts: ``share`` of the value measured by ``basis``.

    An appraisal older than ``oldest_months`` (None: any age) does not count.
    """

    kind: str
    share: Decimal = field(converter=Decimal)
    basis: str = "market_value"
    oldest_months: int | None = None


@frozen
class CollateralShares:
    """What part of collateral may be deducted before provisions are worked out."""

    shares: tuple[Share, ...]
    about: About = About()

    def eligible(self, kind: str, value: Decimal, *, months_old: int = 0) -> Decimal:
        """The part of ``value`` that counts; 0 where the appraisal is too old.

        Raises:
            PolicyError: If the rule does not know the kind of collateral.
        """
        for row in self.shares:
            if row.kind == kind:
                stale = row.oldest_months is not None and months_old > row.oldest_months
                return Decimal(0) if stale else value * row.share
        raise PolicyError(
            "collateral.kind",
            "collateral rule '{id}' does not know '{kind}'; it knows {known}",
            id=self.about.id,
            kind=kind,
            known=", ".join(row.kind for row in self.shares),
        )
