"""What `import tagih` and `tagih --help` cost, as whole processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from row import Row


def process(statement: str) -> Callable[[], object]:
    """A new interpreter that runs ``statement`` and ends."""
    return lambda: subprocess.run([sys.executable, "-c", statement], check=True)


def command(name: str, *arguments: str) -> Callable[[], object]:
    """A command of this environment, its output thrown away."""
    program = Path(sys.executable).parent / name
    return lambda: subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)


OURS = process("import tagih")
NUMPY_FINANCIAL = f"numpy-financial {version('numpy-financial')}"
THEIRS = process("import numpy_financial")

ROWS = [
    Row("import tagih", OURS, NUMPY_FINANCIAL, THEIRS),
    Row("import what a position needs", process("from tagih import policy, replay"), NUMPY_FINANCIAL, THEIRS),
    Row("import tagih, over a bare start", OURS, "an interpreter that does nothing", process("pass")),
    Row(
        "tagih --help",
        command("tagih", "--help"),
        f"mortgagemath --help, {version('mortgagemath')}",
        command("mortgagemath", "--help"),
    ),
]
