"""A policy: at most one rule of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from tagih.errors import PolicyError
from tagih.policies.about import About
from tagih.policies.arrears import Arrears
from tagih.policies.buckets import Bucket, Buckets
from tagih.policies.calendar import Calendar
from tagih.policies.conduct import Conduct
from tagih.policies.late_charge import LateCharge
from tagih.policies.offer import OfferLimits
from tagih.policies.others import Cure, Gate, Ladder, LateTerms, Limits, RoundingRule
from tagih.policies.provision import CollateralShares, Provision
from tagih.policies.rate_cap import RateCap
from tagih.policies.waterfall import Waterfall

Rule = (
    Arrears
    | Buckets
    | Calendar
    | CollateralShares
    | Conduct
    | Cure
    | Gate
    | Ladder
    | LateCharge
    | LateTerms
    | Limits
    | OfferLimits
    | Provision
    | RateCap
    | RoundingRule
    | Waterfall
)


@frozen
class Policy:
    """The rules that a position is worked out under; what is left out has a stated default.

    Without a waterfall payments settle the oldest instalment first, interest before principal
    (KUHPerdata 1397), late charges last. Without a late charge none runs up. ``caps`` are dated:
    the contract's signing day chooses one; ``limits`` add up.
    """

    waterfall: Waterfall | None = None
    late_charge: LateCharge | None = None
    arrears: Arrears = Arrears()
    buckets: Buckets | None = None
    caps: tuple[RateCap, ...] = ()
    provision: Provision | None = None
    collateral: CollateralShares | None = None
    conduct: Conduct | None = None
    ladder: Ladder | None = None
    rounding: RoundingRule | None = None
    calendar: Calendar | None = None
    limits: tuple[Limits, ...] = ()
    cure: Cure | None = None
    gate: Gate | None = None
    late_terms: LateTerms | None = None
    offer: OfferLimits | None = None

    def bucket_for(self, days_past_due: int = 0, *, frequency: str = "", **measures: int) -> Bucket:
        """The bucket or class under this policy's scheme.

        Raises:
            PolicyError: If the policy has no bucket scheme.
        """
        if self.buckets is None:
            raise PolicyError(
                "policy.buckets", "the policy has no bucket scheme; add one, such as id.kol.bank.2019"
            )
        return self.buckets.bucket_for(days_past_due, frequency=frequency, **measures)

    def limit(self, name: str) -> Decimal:
        """A figure of the policy's limits.

        Raises:
            PolicyError: If no limits rule of the policy names it.
        """
        for rule in self.limits:
            for known, value in rule.figures:
                if known == name:
                    return value
        raise PolicyError("policy.limit", "the policy has no limit '{name}'", name=name)

    def abouts(self) -> Iterator[About]:
        """Where every rule of the policy comes from; the contract's own ones are left out."""
        rules: list[Rule | None] = [self.waterfall, self.late_charge, self.arrears, self.buckets, *self.caps]
        rules += [self.provision, self.collateral, self.conduct, self.ladder, self.rounding]
        rules += [self.calendar, *self.limits, self.cure, self.gate, self.late_terms, self.offer]
        for rule in rules:
            if rule is not None and rule.about.id != "contract":
                yield from getattr(rule, "sources", ()) or (rule.about,)
