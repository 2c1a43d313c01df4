"""Chance that always falls the same way.

Whole numbers only, seeded by text, so that a book is the same, byte for byte, on every run and platform.

>>> Chance("mf", 7).between(1, 6) == Chance("mf", 7).between(1, 6)
True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws seeded by ``seed``, made of whole numbers alone."""

    def __init__(self, *seed: object) -> None:
        self._random = Random(":".join(str(part) for part in seed))

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + self._random.randrange(high - low + 1)

    def percent(self, share: int) -> bool:
        """True ``share`` times in a hundred."""
        return self._random.randrange(100) < share

    def one_of(self, choices: Sequence[T]) -> T:
        """One of ``choices``, each as likely."""
        return choices[self._random.randrange(len(choices))]

    def weighted(self, weights: Mapping[str, int]) -> str:
        """A key of ``weights``, as likely as its weight."""
        left = self._random.randrange(sum(weights.values()))
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        raise AssertionError("weights do not add up")

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All of ``items``, in another order."""
        left, dealt = list(items), []
        while left:
            dealt.append(left.pop(self._random.randrange(len(left))))
        return dealt

    def text(self, letters: str, length: int) -> str:
        """``length`` characters out of ``letters``."""
        return "".join(self.one_of(letters) for _ in range(length))
