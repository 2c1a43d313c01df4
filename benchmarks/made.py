"""The synthetic book that rows share: made once, kept in the user's cache."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from tagih.portfolio import compiled, synth

CONTRACTS = int(os.environ.get("TAGIH_BENCH_CONTRACTS", "100000"))


@cache
def folder() -> Path:
    """The folder of a book of `CONTRACTS` contracts."""
    made = compiled.cache_folder().parent / f"bench-{CONTRACTS}"
    if not (made / "tagih.toml").exists():
        list(synth.write(made, CONTRACTS, seed=1))
    return made
