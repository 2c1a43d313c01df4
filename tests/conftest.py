"""Fixtures that tests share."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden(name, text)``: the text is what tests/golden/name holds; --update-golden rewrites."""
    update = request.config.getoption("--update-golden")

    def compare(name: str, text: str) -> None:
        file = Path(os.path.normpath(GOLDEN / name))  # "../errors/x.txt" needs no folder golden
        if update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
            return
        if not file.exists():
            pytest.fail(
                f"tests/golden/{name} does not exist; pytest --update-golden writes it", pytrace=False
            )
        expected = file.read_text(encoding="utf-8")
        if text != expected:
            difference = difflib.unified_diff(
                expected.splitlines(), text.splitlines(), f"tests/golden/{name}", "what came out", lineterm=""
            )
            pytest.fail("\n".join(difference) or "only line ends at the end differ", pytrace=False)

    return compare
