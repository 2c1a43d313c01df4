"""The floors under the published cases that rates and day counts answer for."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.outcome import judged
from conformance.run import check, load_adapters, main, reasons, run_file

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(("name", "cases"), [("tvm", 81), ("daycount", 120), ("apr", 15)])
def test_every_published_rate_and_day_count_is_reproduced(name, cases):
    report = run_file(CASES / f"{name}.json", load_adapters())
    assert list(reasons(report)) == []
    assert (report.cases, report.count("passed")) == (cases, cases)


def write(folder: Path, name: str, *cases: dict) -> None:
    folder.joinpath(name).write_text(
        json.dumps({"format": "tagih-cases/1", "cases": list(cases)}), encoding="utf-8"
    )


MONTH = {"convention": "30/360", "start": "2026-01-31", "end": "2026-02-28"}


def test_a_file_never_seen_is_read_by_what_is_in_it(tmp_path, capsys):
    write(
        tmp_path,
        "anything.json",
        {"id": "right", **MONTH, "expected_days": 28},
        {"id": "wrong", **MONTH, "expected_days": 30},
        {"id": "silent", **MONTH},
        {"id": "strange", "weather": "rain"},
        {"id": "unheard", **MONTH, "convention": "lunar/354", "expected_days": 28},
        {"id": "fv", "fn": "fv", "args": {"rate": 0.1, "nper": 2, "pmt": 0, "pv": -100}, "expected": 121,
         "tol": 1e-9, "tol_kind": "rel"},
    )  # fmt: skip
    kept = tmp_path / "out" / "results.json"
    kept.parent.mkdir()
    assert main(["--cases", str(tmp_path), "--json", str(kept)]) == 0
    first, *why = capsys.readouterr().out.splitlines()
    assert first == "anything 5 2 1 2"
    assert [line.split(":")[0] for line in why] == [
        "anything wrong failed",
        "anything silent uncheckable",
        "anything strange unsupported",
        "anything unheard unsupported",
    ]
    assert why[0] == "anything wrong failed: 28 days, expected 30"
    file = json.loads(kept.read_text())["files"][0]
    assert (file["cases"], file["passed"], file["uncheckable"]) == (5, 2, 1)


def test_a_folder_without_cases_says_so(tmp_path, capsys):
    tmp_path.joinpath("notes.json").write_text("[]")
    tmp_path.joinpath("torn.json").write_text('{"cases": [')
    assert main(["--cases", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "torn.json: not JSON" in told
    assert "no files of cases" in told


def test_the_table_is_printed_as_markdown(tmp_path, capsys):
    write(tmp_path, "one.json", {"id": "wrong", **MONTH, "expected_days": 30})
    main(["--cases", str(tmp_path), "--markdown"])
    out = capsys.readouterr().out
    assert "| one | 1 | 0 | 1 | 0 |" in out
    assert "- wrong failed: 28 days, expected 30" in out


def test_an_error_of_ours_is_a_failure_with_its_name():
    outcome = check({"id": "x", **MONTH, "start": "soon", "expected_days": 1}, {}, load_adapters())
    assert outcome.kind == "failed"
    assert outcome.reasons[0].startswith("ValueError")


NO_ANSWER = [
    # A published null is met by an explicit "none", never by a number.
    ({"fn": "irr", "args": {"values": [100, 110]}, "expected": None}, "passed"),
    ({"fn": "irr", "args": {"values": [-100, 110]}, "expected": None}, "failed"),
    ({"fn": "irr", "args": {"values": [100, 110]}, "expected": 0.1, "tol": 1}, "failed"),
    ({"fn": "nper", "args": {"rate": 0, "pmt": 0, "pv": 1000}, "expected": "inf"}, "passed"),
    ({"fn": "nper", "args": {"rate": 0, "pmt": -10, "pv": 1000}, "expected": "inf"}, "failed"),
    ({"fn": "sharpe", "args": {}, "expected": 1}, "unsupported"),
    ({"fn": "irr", "args": {"values": [1]}}, "uncheckable"),
]


@pytest.mark.parametrize(("case", "kind"), NO_ANSWER)
def test_no_answer_is_an_answer(case, kind):
    case = json.loads(json.dumps(case), parse_float=Decimal)
    assert check(case, {}, load_adapters()).kind == kind


def test_differences_make_a_failure():
    assert judged([]).kind == "passed"
    assert judged(["off by one"]).kind == "failed"
