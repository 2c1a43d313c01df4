"""How much may the law let a lender charge?

A `RateCap` limits what a day may cost: tiers by purpose, tenor and principal, and one total for
everything beyond principal. Which of several dated caps holds is chosen by the signing date,
and chosen again by the day of an amendment.

>>> cap = RateCap(tiers=(Tier(daily_rate="0.003", tenor_to=6), Tier(daily_rate="0.002", tenor_over=6)))
>>> cap.tier_for(tenor=6).daily_rate, cap.tier_for(tenor=7).daily_rate
(Decimal('0.003'), Decimal('0.002'))
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from attrs import evolve, field, frozen
from attrs.converters import optional

from tagih.contracts import Contract
from tagih.errors import PolicyError
from tagih.policies.about import About
from tagih.policies.late_charge import Cap, LateCharge

Purpose = Literal["", "consumptive", "productive"]
CapBase = Literal["agreed_amount", "outstanding_principal"]


@frozen
class Tier:
    """Whom a rate is for: purpose, tenor in months and principal, each above ``over`` up to ``to``.

    ``daily_rate`` (0.003 is 0,3 % a calendar day) limits interest and other benefits (None: no
    limit); ``late_daily_rate`` the late charge (None: the same). ``size`` names the debtor's size where
    a rule asks for it; ``tenor_below`` leaves its own month out. Empty and None mean any.
    """

    daily_rate: Decimal | None = field(converter=optional(Decimal))
    late_daily_rate: Decimal | None = field(default=None, converter=optional(Decimal))
    purpose: Purpose = ""
    size: tuple[str, ...] = ()
    tenor_over: int = 0
    tenor_to: int | None = None
    tenor_below: int | None = None
    principal_over: Decimal = field(default=Decimal(0), converter=Decimal)
    principal_to: Decimal | None = field(default=None, converter=optional(Decimal))

    @property
    def late_rate(self) -> Decimal:
        """The limit on the late charge of one day."""
        found = self.daily_rate if self.late_daily_rate is None else self.late_daily_rate
        if found is None:
            raise PolicyError("cap.rate", "a tier limits the benefit, the late charge, or both; give a rate")
        return found

    def covers(self, purpose: str, size: str, tenor: Fraction, principal: Decimal) -> bool:
        """Whether a debt of this purpose, size, tenor (months) and principal is in this tier."""
        return (
            self.purpose in ("", purpose)
            and (not self.size or size in self.size)
            and self.tenor_over < tenor
            and (self.tenor_to is None or tenor <= self.tenor_to)
            and (self.tenor_below is None or tenor < self.tenor_below)
            and self.principal_over < principal
            and (self.principal_to is None or principal <= self.principal_to)
        )


@frozen
class RateCap:
    """The law's limits on a debt's price, in tiers; the first tier that covers a debt holds.

    Late charges of one day are at most the tier's rate times ``late_base``. Everything beyond
    principal is at most ``total_share`` of the amount in the agreement. ``month_days`` turns a
    tenor in days into months, as the supervisor's own test does.
    """

    tiers: tuple[Tier, ...]
    benefit_base: CapBase = "agreed_amount"
    late_base: CapBase = "agreed_amount"
    total_share: Decimal = field(default=Decimal(1), converter=Decimal)
    month_days: int = 30
    about: About = About()

    def tier_for(
        self,
        *,
        purpose: str = "consumptive",
        tenor: Fraction | int = 1,
        principal: Decimal | int = 1,
        size: str = "",
    ) -> Tier:
        """The tier of a debt; ``tenor`` is in months (90 days are 3).

        Raises:
            PolicyError: If no tier covers it.
        """
        for tier in self.tiers:
            if tier.covers(purpose, size, Fraction(tenor), Decimal(principal)):
                return tier
        raise PolicyError(
            "cap.tier",
            "cap '{id}' has no tier for a debt that is {purpose}, of {tenor} months and {principal}",
            id=self.about.id,
            purpose=f"{purpose} {size}".strip(),
            tenor=str(tenor),
            principal=f"{Decimal(principal).normalize():f}",
        )

    def caps_for(self, tier: Tier) -> tuple[Cap, ...]:
        """The tier as ceilings on a late charge: of one day, and of everything beyond principal."""
        return (
            Cap("day", share=tier.late_rate, of=self.late_base),
            Cap("charges", share=self.total_share, of="agreed_amount"),
        )

    def capped(self, late_charge: LateCharge, tier: Tier) -> LateCharge:
        """A contract's late charge with the law's ceilings added; its rate and its own ceilings stay."""
        own = late_charge.caps
        return evolve(late_charge, caps=(*own, *(cap for cap in self.caps_for(tier) if cap not in own)))

    def benefit_rate(self, benefit: Decimal, amount: Decimal, days: int) -> Fraction:
        """What a debt costs a day, as the supervisor tests it: benefit ÷ (amount × days).

        >>> rate = RateCap(tiers=()).benefit_rate(Decimal(1_250_000), Decimal(50_000_000), 150)
        >>> round(float(rate) * 100, 3)
        0.017
        """
        return Fraction(benefit) / (Fraction(amount) * days)


def cap_on(caps: Iterable[RateCap], signed_on: date, *, amended_on: date | None = None) -> RateCap | None:
    """The cap that holds for a contract: by its signing day, or by the day it was last amended.

    None where no cap was in force that day.
    """
    day = max(signed_on, amended_on) if amended_on else signed_on
    return next((cap for cap in caps if cap.about.in_force(day)), None)


DAYS_OF: dict[str, int] = {"daily": 1, "weekly": 7, "biweekly": 14}
MONTHS_OF: dict[str, int] = {"monthly": 1, "bimonthly": 2, "quarterly": 3, "semiannual": 6, "annual": 12}


def tenor_in_months(contract: Contract, *, month_days: int = 30) -> Fraction:
    """A contract's tenor in months, as the caps ask for it: 90 days are 3, 26 weeks 6 1/15.

    Raises:
        PolicyError: If neither tenor and frequency nor signing day and maturity say it.
    """
    if contract.tenor and contract.frequency in MONTHS_OF:
        return Fraction(contract.tenor * MONTHS_OF[contract.frequency])
    if contract.tenor and contract.frequency in DAYS_OF:
        return Fraction(contract.tenor * DAYS_OF[contract.frequency], month_days)
    if contract.signed_on and contract.matures_on:
        return Fraction((contract.matures_on - contract.signed_on).days, month_days)
    raise PolicyError(
        "cap.tenor", "contract {id}: no tenor; give tenor and frequency, or a maturity", id=contract.id
    )


def capped_for(
    contract: Contract, late_charge: LateCharge, caps: Iterable[RateCap], *, amended_on: date | None = None
) -> LateCharge:
    """A contract's late charge under the cap that its signing day, or last amendment, chooses.

    Tags of the contract say ``purpose`` (consumptive or productive) and ``size``. Where no cap
    was in force on that day the late charge stays as it is.

    Raises:
        PolicyError: If the contract has no signing day, or no tier covers it.
    """
    if contract.signed_on is None:
        raise PolicyError(
            "cap.signed_on", "contract {id}: signed_on chooses the cap and is missing", id=contract.id
        )
    cap = cap_on(caps, contract.signed_on, amended_on=amended_on)
    if cap is None:
        return late_charge
    tier = cap.tier_for(
        purpose=contract.tag("purpose", "consumptive"),
        size=contract.tag("size"),
        tenor=tenor_in_months(contract, month_days=cap.month_days),
        principal=contract.lent,
    )
    return cap.capped(late_charge, tier)
