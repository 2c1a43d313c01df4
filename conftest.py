"""What every test and every page of the docs shares.

Examples in README.md and docs/*.md run top to bottom in an empty folder that holds a copy of examples/:
fenced ``python`` blocks (plain, or ``>>>`` with its output), and fenced ``console`` blocks, where
``$ tagih …`` runs and its output is compared. What the tests are not to run is fenced as ``sh`` or ``text``.
"""

from __future__ import annotations

import doctest
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from tests.transcripts import TranscriptParser

ROOT = Path(__file__).parent

hypothesis.settings.register_profile(
    "default", derandomize=True, deadline=None, max_examples=100, print_blob=True
)
hypothesis.settings.register_profile("heavy", deadline=None, max_examples=2000, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--heavy", action="store_true", help="run the heavy tests too, and more examples of each law"
    )
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden from what comes out")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--hypothesis-profile", None):
        hypothesis.settings.load_profile("heavy" if config.getoption("--heavy") else "default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--heavy"):
        return
    heavy = [item for item in items if item.get_closest_marker("heavy")]
    if heavy:
        config.hook.pytest_deselected(items=heavy)
        items[:] = [item for item in items if item not in heavy]


def start_page(namespace: dict[str, Any]) -> None:
    """Go to a new folder with a copy of examples/, as if the page were followed from a clone."""
    folder = Path(tempfile.mkdtemp(prefix="tagih-docs-")).resolve()
    if (ROOT / "examples").is_dir():
        shutil.copytree(
            ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__", "out")
        )
    namespace["_page"] = (Path.cwd(), folder)
    os.chdir(folder)


def end_page(namespace: dict[str, Any]) -> None:
    before, folder = namespace.pop("_page")
    os.chdir(before)
    shutil.rmtree(folder)


pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE),
        TranscriptParser(),
        SkipParser(),
    ],
    patterns=["README.md", "docs/*.md", "docs/lenders/*.md"],
    path=str(ROOT),
    setup=start_page,
    teardown=end_page,
).pytest()
