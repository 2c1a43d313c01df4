"""What `import tagih` costs, as a whole process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version

from row import Row


def process(statement: str) -> Callable[[], object]:
    """A new interpreter that runs ``statement`` and ends."""
    return lambda: subprocess.run([sys.executable, "-c", statement], check=True)


OURS = process("import tagih")

ROWS = [
    Row(
        "import tagih",
        OURS,
        f"numpy-financial {version('numpy-financial')}",
        process("import numpy_financial"),
    ),
    Row("import tagih, over a bare start", OURS, "an interpreter that does nothing", process("pass")),
]
