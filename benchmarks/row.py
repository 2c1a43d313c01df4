"""One figure of `make bench`: our work and a peer's, the same work."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen


@frozen
class Spent:
    """What a turn in a process of its own took: a function of a row may return it instead of being timed.

    Args:
        elapsed: Seconds by the clock.
        processor: Seconds of processor, all threads together.
        memory: The largest resident memory of that process, in MB.
    """

    elapsed: float
    processor: float
    memory: float


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
