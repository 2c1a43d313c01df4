"""When, where and whom may a collector contact? The rule; `tagih.conduct` asks it."""

from __future__ import annotations

from datetime import time
from typing import Final, Literal

from attrs import frozen

from tagih.errors import PolicyError
from tagih.policies.about import About

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Consentable = Literal["hours", "days", "holidays", "place"]
CONSENTABLE: Final = ("hours", "days", "holidays", "place")


@frozen
class Conduct:
    """The bounds of contact. Hours are the debtor's own, both ends included (20:00 sharp is in).

    ``most_a_day`` is the number of contacts a day that is still allowed (None: no limit).
    ``parties`` may be asked to pay; ``locate_only`` may only be asked where the debtor is.
    ``places`` bound visits. ``consent_widens`` names what prior consent can set aside.
    """

    days: tuple[str, ...] = WEEKDAYS[:6]
    from_time: time = time(8)
    to_time: time = time(20)
    national_holidays: Literal["blocked", "allowed"] = "blocked"
    cuti_bersama: Literal["blocked", "allowed"] = "allowed"
    most_a_day: int | None = 3
    parties: tuple[str, ...] = ("debtor",)
    locate_only: tuple[str, ...] = ("emergency_contact",)
    places: tuple[str, ...] = ("billing_address", "domicile")
    consent_widens: tuple[str, ...] = CONSENTABLE
    about: About = About()

    def __attrs_post_init__(self) -> None:
        if not self.days or set(self.days) - set(WEEKDAYS) or self.from_time >= self.to_time:
            raise PolicyError(
                "conduct.hours",
                "conduct rule '{id}': days are of {known}, and from_time is before to_time",
                id=self.about.id,
                known=", ".join(WEEKDAYS),
            )
