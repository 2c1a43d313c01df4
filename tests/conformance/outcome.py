"""What checking one published case comes to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

Case = dict[str, Any]
"""One case, as read from JSON (decimals are `Decimal`)."""


@frozen
class Outcome:
    """``kind`` is passed, failed, unsupported or uncheckable; ``reasons`` say why."""

    kind: str
    reasons: tuple[str, ...] = field(default=(), converter=tuple)


PASSED = Outcome("passed")


def failed(reasons: Iterable[str] | str) -> Outcome:
    """Our figures differ from the published ones."""
    return Outcome("failed", (reasons,) if isinstance(reasons, str) else reasons)


def unsupported(reason: str) -> Outcome:
    """We cannot compute what is asked; it counts as not passed."""
    return Outcome("unsupported", (reason,))


def uncheckable(reason: str) -> Outcome:
    """The case asserts no figure; it is neither passed nor counted."""
    return Outcome("uncheckable", (reason,))


def judged(differences: Iterable[str]) -> Outcome:
    """Passed where there are no differences."""
    reasons = tuple(differences)
    return failed(reasons) if reasons else PASSED
