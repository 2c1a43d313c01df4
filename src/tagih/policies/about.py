"""Where a rule comes from, from when to when, and how sure we are.

Every rule carries an `About`. A rule made in code has an empty one: it is the contract's own.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from attrs import frozen

Confidence = Literal["high", "medium", "low", "background", "contract"]
CONFIDENCES: Final = ("high", "medium", "low", "background", "contract")
UNVERIFIED: Final = ("low", "background")
"""Confidences that run only when the rule is accepted by name."""

NOT_IN_FORCE: Final = "not in force"
"""The mark of a rule that runs outside its dates, for comparison."""


@frozen
class About:
    """The header of a rule: id, title, validity (both days included), source, confidence.

    ``contract`` is the confidence of a rule that a contract sets itself. ``follows`` names the
    regulation that a lender's own rule must never be looser than. ``unverified`` names the fields
    that are less sure than the rule itself. ``mark`` is set when the rule runs outside its dates.
    """

    id: str = "contract"
    title: str = ""
    applies_to: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str = ""
    instrument: str = ""
    article: str = ""
    source: str = ""
    confidence: Confidence = "contract"
    note: str = ""
    follows: str = ""
    unverified: tuple[str, ...] = ()
    mark: str = ""

    def in_force(self, day: date) -> bool:
        """Whether ``day`` lies within the validity, both ends included."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    @property
    def cites(self) -> str:
        """The instrument and its article as they are cited: ``POJK 40/2024 pasal 171``."""
        if not self.article:
            return self.instrument
        return f"{self.instrument} {self.article}" if self.instrument else self.article
