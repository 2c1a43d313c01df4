"""What commands print as JSON keeps to the schemas that the package carries."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from tagih.cli import main

FOLDER = files("tagih") / "schemas"
NAMES = sorted(file.name for file in FOLDER.iterdir() if file.name.endswith(".json"))
DEBT = ["-i", "2026-01-31:900000:100000"]
DENDA = ["--daily-rate", "0.5%", "--base", "unpaid_instalment", "--counting", "due_day_free"]
DAY = ["--as-of", "2026-03-10"]
PAYMENT = ["--amount", "500000", "--on", "2026-03-10"]
OWN = ["BOOK", "MF-0009", "--as-of", "2026-10-31"]

PRINTED = [
    # schema, arguments, exit code
    ("age", ["age", "BOOK", "--as-of", "2026-10-31"], 0),
    ("check", ["check", "BOOK"], 0),
    ("position", ["position", *OWN], 0),
    ("position", ["position", *OWN, "--why"], 0),
    ("explain", ["explain", *OWN], 0),
    ("explain", ["explain", *OWN, "--component", "late_charge"], 0),
    ("late-charge", ["late-charge", *DEBT, *DENDA, *DAY], 0),
    ("late-charge", ["late-charge", *OWN, "--ceiling"], 0),
    ("late-charge", ["late-charge", *OWN, "--compare"], 0),
    ("late-charge", ["late-charge", *DEBT, *DENDA, *DAY, "--compare", "--vary", "rounding"], 0),
    ("allocate", ["allocate", *DEBT, *PAYMENT], 0),
    ("allocate", ["allocate", *DEBT, *PAYMENT, "--every-order"], 0),
    ("allocate", ["allocate", "BOOK", "MF-0009", *PAYMENT, "--order", "id.alloc.kuhperdata"], 0),
    ("allocate", ["allocate", "BOOK", "MF-0009", *PAYMENT, "--with", "MF-0011", "--named", "MF-0011=9"], 0),
    ("audit", ["audit", *OWN, "--claimed", "5581650", "--of", "run_up"], 1),
    ("audit", ["audit", *DEBT, *DENDA, *DAY, "--claimed", "195000"], 0),
    ("audit", ["audit", *DEBT, *DAY, "--claimed", "195000"], 0),
    ("audit", ["audit", *DEBT, *DENDA, "--as-of", "2026-01-30", "--claimed", "5"], 1),
    ("reversal", ["payments", "reverse", "BOOK", "MF-0009", "KW26-000128", "--on", "2026-03-01", "--as-of",
                  "2026-10-31", "--dry-run"], 0),
]  # fmt: skip


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas") / "book"
    result = CliRunner().invoke(main, ["init", str(folder), "--lender", "mf"])
    assert result.exit_code == 0, result.output
    return str(folder)


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_one(name):
    jsonschema.Draft202012Validator.check_schema(schema(name.removesuffix(".json")))


def test_every_schema_is_tried():
    assert {f"{name}.json" for name, _, _ in PRINTED} == set(NAMES)


@pytest.mark.parametrize(
    ("name", "words", "code"),
    PRINTED,
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_what_is_printed_keeps_to_its_schema(book, name, words, code):
    words = [book if word == "BOOK" else word for word in words]
    result = CliRunner().invoke(main, [*words, "--format", "json"])
    assert result.exit_code == code, result.output
    jsonschema.validate(json.loads(result.stdout), schema(name), format_checker=jsonschema.FormatChecker())


def test_a_schema_refuses_what_no_command_prints(book):
    result = CliRunner().invoke(main, ["explain", book, *OWN[1:], "--format", "json"])
    printed = json.loads(result.stdout)
    for changed in ({"as_of": 5}, {"lines": [{}]}, {"fingerprint": "0"}, {"extra": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**printed, **changed}, schema("explain"))
