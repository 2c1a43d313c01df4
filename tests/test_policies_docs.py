"""The pages by lender say what the rules say: every rule of that lender, its law and its confidence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tagih.contracts import LENDER_TYPES
from tagih.policies import rule, rules

PAGES = Path(__file__).parent.parent / "docs" / "lenders"
ROW = re.compile(
    r"^\| [^|]+ \| `(?P<id>[^`]+)` \| (?P<dates>[^|]*) \| (?P<law>[^|]*) \| (?P<sure>[^|]*) \|$", re.M
)


@pytest.mark.parametrize("lender", [lender for lender in LENDER_TYPES if lender != "other"])
def test_a_lenders_page_lists_its_rules_as_they_are(lender):
    rows = {row["id"]: row for row in ROW.finditer((PAGES / f"{lender}.md").read_text(encoding="utf-8"))}
    of_lender = {found.about.id for found in rules() if lender in found.about.applies_to}
    assert of_lender <= set(rows)
    for id, row in rows.items():
        about = rule(id).about
        assert row["law"] == (about.cites or "none: custom")
        first, *rest = row["sure"].split("; not verified: ")
        assert first == about.confidence
        assert rest == ([", ".join(about.unverified)] if about.unverified else [])
        for day in (about.valid_from, about.valid_to):
            assert day is None or day.isoformat() in row["dates"]
