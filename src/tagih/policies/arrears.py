"""When is a contract late, and what holds it open?

>>> Arrears(tolerance=Tolerance(amount=Decimal(5000))).tolerance.allowed(Decimal(1000000))
Decimal('5000')
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from attrs import field, frozen

from tagih.errors import PolicyError
from tagih.policies.about import About


@frozen
class Tolerance:
    """A shortfall too small to count as late: the larger of ``amount`` and ``share`` of the
    instalment (0.01 is 1 %), but at least ``floor`` when a share is given.
    """

    amount: Decimal = field(default=Decimal(0), converter=Decimal)
    share: Decimal = field(default=Decimal(0), converter=Decimal)
    floor: Decimal = field(default=Decimal(0), converter=Decimal)

    def allowed(self, instalment: Decimal) -> Decimal:
        """The shortfall on an instalment of this size that still counts as paid."""
        by_share = max(self.share * instalment, self.floor) if self.share else Decimal(0)
        return max(self.amount, by_share)


@frozen
class Arrears:
    """How days past due are counted.

    ``due_day`` is the number of the due date itself (0, or 1 where a policy says so).
    ``held_open_by`` names the components whose non-payment makes an instalment late; by default
    principal and interest, so that an unpaid late charge or fee alone does not.
    ``tolerance`` affects only the days and the count of overdue instalments, never the money.
    ``grace_days`` are subtracted from the days (never below 0). ``days`` are calendar or
    working days; then a calendar rule is needed, and ``working`` says which days people work.
    ``paused_days`` says which days of a pause are taken off: those on which the instalment was
    already late, or ``all``, also those before it fell due (calendar days only).
    """

    due_day: Literal[0, 1] = 0
    tolerance: Tolerance = Tolerance()
    grace_days: int = 0
    held_open_by: tuple[str, ...] = ("principal", "interest")
    days: Literal["calendar", "working"] = "calendar"
    working: Literal["mon-fri", "mon-sat"] = "mon-fri"
    paused_days: Literal["late", "all"] = "late"
    about: About = About()

    def __attrs_post_init__(self) -> None:
        if self.due_day not in (0, 1) or self.grace_days < 0 or not self.held_open_by:
            raise PolicyError(
                "arrears.rule",
                "arrears {id}: due_day is 0 or 1, grace_days is 0 or more, held_open_by names a component",
                id=self.about.id,
            )
        if self.paused_days == "all" and self.days == "working":
            raise PolicyError(
                "arrears.paused_days",
                "arrears {id}: paused_days 'all' counts calendar days; write days = \"calendar\"",
                id=self.about.id,
            )
