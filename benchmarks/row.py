"""One figure of `make bench`: our work and a peer's, the same work."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen


@frozen
class Row:
    """Ours beside a peer's, as two functions without arguments.

    Args:
        peer: Who the peer is, with its version where it has one.
        turns: How often each has its turn.
        times: How often the function runs in one turn; more for what is short.
    """

    name: str
    ours: Callable[[], object]
    peer: str
    peers: Callable[[], object]
    turns: int = 15
    times: int = 1
