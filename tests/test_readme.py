"""The README says what the runner prints."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from conformance.run import HERE, run

README = Path(__file__).parent.parent / "README.md"


def test_the_readme_quotes_the_conformance_figures_as_they_are():
    lines = [report.line for report in run(HERE / "cases")]
    assert "\n".join(lines) in README.read_text(encoding="utf-8")
