"""What does paying late cost?

A late charge (denda) is a rate or an amount, on a base, counted in a named way. Each is named
and required: an unnamed convention is how disputes begin.

>>> LateCharge(daily_rate=Decimal("0.005"), base="unpaid_instalment", counting="due_day_free").rate
Fraction(1, 200)
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from attrs import field, frozen
from attrs.converters import optional

from tagih.errors import PolicyError
from tagih.money import Rounding
from tagih.policies.about import About

Base = Literal[
    "unpaid_instalment",  # what is unpaid of the instalment's principal and interest
    "unpaid_principal",  # what is unpaid of the instalment's principal
    "full_instalment",  # the whole instalment, whatever was paid of it, until it is settled
    "unpaid_instalment_and_late_charge",  # the same and the late charge run up on it: compound
    "outstanding_principal",  # all principal still owed by the contract, while anything is late
    "agreed_amount",  # the amount in the agreement; does not shrink (pindar)
]
BASES: Final = (
    "unpaid_instalment",
    "unpaid_principal",
    "full_instalment",
    "unpaid_instalment_and_late_charge",
    "outstanding_principal",
    "agreed_amount",
)
COMPOUND: Final = "unpaid_instalment_and_late_charge"
Counting = Literal["due_day_free", "due_day_counted"]
Grace = Literal["none", "threshold", "free_days"]
Per = Literal["day", "month", "event"]
CapOn = Literal["instalment", "contract", "day", "charges"]


@frozen
class Cap:
    """A ceiling: ``amount``, or ``share`` of ``of`` (1 is 100 %), on what ``on`` names.

    ``on`` is the late charge of one instalment, of the contract, of one day, or ``charges``:
    everything beyond principal (the pindar total).
    """

    on: CapOn
    amount: Decimal | None = None
    share: Decimal | None = None
    of: Literal["instalment", "principal", "agreed_amount", "outstanding_principal"] = "instalment"

    def __attrs_post_init__(self) -> None:
        if (self.amount is None) == (self.share is None):
            raise PolicyError(
                "cap.size", "a cap is an amount or a share of a base; write exactly one of the two"
            )


@frozen
class Step:
    """From ``from_day`` late on (1 is the first day charged), this rate or amount a day."""

    from_day: int
    daily_rate: Decimal | None = None
    amount: Decimal | None = None


def _steps(values: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(values)


def _caps(values: Iterable[Cap]) -> tuple[Cap, ...]:
    return tuple(values)


@frozen
class LateCharge:
    """One late charge: base, rate or amount, counting, grace, caps, rounding.

    Give exactly one of ``daily_rate``, ``monthly_rate``, ``annual_rate`` (0.005 is 0,5 %),
    ``amount`` (rupiah per ``per`` and late instalment) or ``steps``. ``year_days`` turns a
    yearly rate into a daily one, ``month_days`` a monthly one.

    ``counting``: with ``due_day_free`` the first day charged is the day after the due date;
    with ``due_day_counted`` it is the due date itself. ``grace``: ``threshold`` charges nothing
    up to ``grace_days`` days late and then all days from the due date on; ``free_days`` never
    charges the first ``grace_days`` days. ``round_each`` rounds every day, every stretch of
    days with one balance (segment), or only the total (once).

    Each day is charged on the balance at its start. Interest is simple: a compound base must be
    declared with ``compound_clause``, the clause of the agreement that says so, and every
    position that uses it carries a warning (KUHPerdata 1251). Where a cap is on the day, or the
    base is compound, each day is rounded by itself.
    """

    base: Base | None = None
    counting: Counting | None = None
    daily_rate: Decimal | None = field(default=None, converter=optional(Decimal))
    monthly_rate: Decimal | None = field(default=None, converter=optional(Decimal))
    annual_rate: Decimal | None = field(default=None, converter=optional(Decimal))
    amount: Decimal | None = field(default=None, converter=optional(Decimal))
    per: Per = "day"
    steps: tuple[Step, ...] = field(default=(), converter=_steps)
    year_days: int = 365
    month_days: int = 30
    grace: Grace = "none"
    grace_days: int = 0
    caps: tuple[Cap, ...] = field(default=(), converter=_caps)
    rounding: Rounding = Rounding(unit=Decimal(1), mode="down")
    round_each: Literal["day", "segment", "once"] = "segment"
    after_acceleration: Literal["stop", "continue"] = "stop"
    name: str = ""
    about: About = About()
    compound_clause: str = ""

    def __attrs_post_init__(self) -> None:
        if (self.base == COMPOUND) != bool(self.compound_clause):
            raise PolicyError(
                "late_charge.compound",
                "late charge {id}: a late charge on late charges (base {base}) must be declared: name the "
                "clause of the agreement in compound_clause; interest bears interest only as KUHPerdata 1251 "
                "allows",
                id=self.about.id,
                base=COMPOUND,
            )
        given = [self.daily_rate, self.monthly_rate, self.annual_rate, self.amount, self.steps or None]
        if sum(value is not None for value in given) != 1:
            raise PolicyError(
                "late_charge.rate",
                "late charge {id}: give exactly one of daily_rate, monthly_rate, annual_rate, amount, steps",
                id=self.about.id,
            )
        if self.counting is None:
            raise PolicyError(
                "late_charge.counting",
                "late charge {id}: say how days are counted: counting = 'due_day_free' or 'due_day_counted'",
                id=self.about.id,
            )
        if self.amount is None and self.base is None:
            raise PolicyError(
                "late_charge.base",
                "late charge {id}: say what the rate is charged on: base = one of {known}",
                id=self.about.id,
                known=", ".join(BASES),
            )
        if (self.grace == "none") != (self.grace_days == 0):
            raise PolicyError(
                "late_charge.grace",
                "late charge {id}: grace '{grace}' with {days} days; name the grace and its days, or neither",
                id=self.about.id,
                grace=self.grace,
                days=self.grace_days,
            )

    @property
    def rate(self) -> Fraction:
        """The rate of one day as an exact fraction; 0 for amounts and steps."""
        if self.daily_rate is not None:
            return Fraction(self.daily_rate)
        if self.monthly_rate is not None:
            return Fraction(self.monthly_rate) / self.month_days
        if self.annual_rate is not None:
            return Fraction(self.annual_rate) / self.year_days
        return Fraction(0)
