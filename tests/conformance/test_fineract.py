"""The floors under the published allocations, delinquency and new plans of Apache Fineract."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.adapters import fineract_events
from conformance.run import load_adapters, reasons, run_file

CASES = Path(__file__).parent / "cases"
LATER = sorted(path.name for path in CASES.glob("more-*.json"))


@pytest.mark.parametrize(
    ("name", "cases", "at_least"),
    [("fineract-allocations", 108, 104), ("fineract-delinquency", 28, 27)],
)
def test_published_cases_are_reproduced(name, cases, at_least):
    report = run_file(CASES / f"{name}.json", [fineract_events])
    assert report.cases == cases
    assert report.count("passed") >= at_least


@pytest.mark.parametrize("name", LATER)
def test_every_case_that_was_looked_for_later_is_reproduced(name):
    report = run_file(CASES / name, load_adapters())
    assert list(reasons(report)) == []
    assert report.cases > 0
