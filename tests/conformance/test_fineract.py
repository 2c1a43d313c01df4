"""The floors under the published allocations, delinquency and new plans of Apache Fineract."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.adapters import fineract_events
from conformance.run import run_file

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("name", "cases", "at_least"),
    [("fineract-allocations", 108, 104), ("fineract-delinquency", 28, 27)],
)
def test_published_cases_are_reproduced(name, cases, at_least):
    report = run_file(CASES / f"{name}.json", [fineract_events])
    assert report.cases == cases
    assert report.count("passed") >= at_least
