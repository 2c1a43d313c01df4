"""Time tagih beside a named peer that does the same work, in the same run.

    make bench                   every row
    make bench ARGS=import       the rows whose name has this word
    make bench JSON=bench.json   and keep the figures

Rows are the ROWS of the files in benchmarks/rows. Ours and the peer's take turns, so that a busy moment
of the machine falls on both. The figures are medians, with the first and third quartile as their spread;
the ratio is ours over the peer's: below 1 we are faster. Rows whose sides run in processes of their own show
seconds of processor and the largest memory too.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import runpy
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from row import Row, Spent

WARM_UPS = int(os.environ.get("WARM_UPS", "1"))
"""Turns that are not counted; 0 for rows of many minutes that warm up by themselves."""


def rows(word: str) -> Iterator[Row]:
    """Every row of benchmarks/rows whose name has ``word``, in the order of the files.

    Where ``word`` is the name of a file, its rows and no others.
    """
    files = sorted((Path(__file__).parent / "rows").glob("*.py"))
    own = [file for file in files if file.stem == word]
    for file in own or files:
        yield from (row for row in runpy.run_path(str(file))["ROWS"] if own or word in row.name)


def measure(row: Row) -> dict[str, Any]:
    """What both spent, turn by turn."""
    ours: list[Spent] = []
    peers: list[Spent] = []
    for turn in range(row.turns + WARM_UPS):
        for act, spent in [(row.ours, ours), (row.peers, peers)]:
            gc.collect()
            one = a_turn(act, row.times)
            if turn >= WARM_UPS:
                spent.append(one)
    mine, theirs = ([one.elapsed for one in spent] for spent in (ours, peers))
    found: dict[str, Any] = {
        "name": row.name,
        "peer": row.peer,
        "turns": row.turns,
        "ours": summary(mine),
        "theirs": summary(theirs),
        "ratio": statistics.median(mine) / statistics.median(theirs),
    }
    if ours[0].memory:
        found["processor"] = {
            "ours": summary([one.processor for one in ours]),
            "theirs": summary([one.processor for one in peers]),
            "ratio": statistics.median(one.processor for one in ours)
            / statistics.median(one.processor for one in peers),
        }
        found["memory_mb"] = {
            "ours": max(one.memory for one in ours),
            "theirs": max(one.memory for one in peers),
        }
    return found


def a_turn(act: Callable[[], object], times: int) -> Spent:
    """One turn, timed here, or by the process in which it ran."""
    start = perf_counter()
    for _ in range(times):
        said = act()
        if isinstance(said, Spent):
            return said
    return Spent((perf_counter() - start) / times, 0, 0)


def summary(seconds: list[float]) -> dict[str, float]:
    both = seconds * 2 if len(seconds) == 1 else seconds  # one turn has no spread
    first, middle, third = statistics.quantiles(both, n=4, method="inclusive")
    return {"median_s": middle, "first_quartile_s": first, "third_quartile_s": third}


def shown(figures: dict[str, float]) -> str:
    """A median and its spread in a unit that reads well.

    >>> shown({"median_s": 0.0625, "first_quartile_s": 0.0624, "third_quartile_s": 0.0665})
    '62.5 ms (62.4-66.5)'
    """
    unit, factor = next((u for u in [("s", 1), ("ms", 1e3)] if figures["median_s"] * u[1] >= 1), ("us", 1e6))
    middle, first, third = (
        f"{figures[name] * factor:.3g}" for name in ("median_s", "first_quartile_s", "third_quartile_s")
    )
    return f"{middle} {unit} ({first}-{third})"


def main() -> None:
    parser = argparse.ArgumentParser(description="Time tagih beside a named peer, in the same run.")
    parser.add_argument("word", nargs="?", default="", help="only rows whose name has this word")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE too")
    options = parser.parse_args()

    print(f"Python {platform.python_version()}, {platform.machine()}: medians and quartiles")
    print(f"{'what':<44}{'tagih':>24}{'peer':>24}{'ratio':>8}  peer is")
    results = []
    for row in rows(options.word):
        result = measure(row)
        results.append(result)
        ours, theirs = shown(result["ours"]), shown(result["theirs"])
        print(f"{row.name:<44}{ours:>24}{theirs:>24}{result['ratio']:>8.2f}  {row.peer}", flush=True)
        if "processor" in result:
            spent, memory = result["processor"], result["memory_mb"]
            ours, theirs = shown(spent["ours"]), shown(spent["theirs"])
            print(f"{'  processor':<44}{ours:>24}{theirs:>24}{spent['ratio']:>8.2f}")
            print(
                f"{'  largest memory':<44}{memory['ours']:>21.0f} MB{memory['theirs']:>21.0f} MB", flush=True
            )
    if not results:
        sys.exit(f"no row has '{options.word}' in its name")
    if options.json:
        options.json.write_text(
            json.dumps({"schema": 1, "python": platform.python_version(), "rows": results}, indent=2)
        )


if __name__ == "__main__":
    main()
