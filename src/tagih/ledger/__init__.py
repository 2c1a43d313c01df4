"""The ledger: contract + events + policy + as_of -> position."""

from tagih.ledger.position import Amounts, Balance, Cause, InstalmentPosition, Line, Position, added
from tagih.ledger.replay import known_at, replay

__all__ = [
    "Amounts",
    "Balance",
    "Cause",
    "InstalmentPosition",
    "Line",
    "Position",
    "added",
    "known_at",
    "replay",
]
