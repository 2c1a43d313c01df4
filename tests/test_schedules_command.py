"""`tagih schedule`: for people, for programs, in a workbook; and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.schedules.tables import from_csv, from_dict

LOAN = ["12000000", "--monthly-rate", "0.02", "--months", "3", "--first-due", "2026-01-31"]
FLAT = ["12.000.000", "--flat-annual-rate", "12%", "--months", "12", "--first-due", "2026-01-31"]


def run(*arguments: str, given: str | None = None, lang: str = "en"):
    return CliRunner(env={"TAGIH_LANG": lang}).invoke(main, ["schedule", *arguments], input=given)


def test_a_table_for_people():
    assert run(*LOAN, lang="id").stdout == (
        "ke  jatuh tempo       pokok    bunga    angsuran  sisa pokok\n"
        " 1  31 Jan 2026   3.921.056  240.000   4.161.056   8.078.944\n"
        " 2  28 Feb 2026   3.999.477  161.579   4.161.056   4.079.467\n"
        " 3  31 Mar 2026   4.079.467   81.589   4.161.056           0\n"
        "    jumlah       12.000.000  483.168  12.483.168\n"
        "Flat 16,1056% per tahun; efektif 2% per periode, 24% per tahun, majemuk 26,8242%\n"
    )


def test_csv_reads_back_as_instalments():
    rows = from_csv(run(*LOAN, "--format", "csv").stdout)
    assert len(rows) == 3
    assert (rows[0].number, rows[0].principal, rows[0].interest) == (1, 3_921_056, 240_000)


def test_json_holds_terms_that_make_the_same_rows(tmp_path: Path):
    first = json.loads(run(*FLAT, "--unit", "1000", "--grace-principal", "2", "--format", "json").stdout)
    assert first["schema"] == 1
    assert from_dict(first["terms"]).method == "flat"
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(first["terms"]), encoding="utf-8")
    again = json.loads(run("--terms", str(file), "--format", "json").stdout)
    assert again == first
    piped = json.loads(run("--terms", "-", "--format", "json", given=json.dumps(first["terms"])).stdout)
    assert piped == first


def test_why_says_how_each_row_was_made():
    shown = run(*LOAN, "--why", "--lang", "id").stdout
    assert "  bunga 161.579 = 8.078.944 × 2 % dari 31 Jan 2026 sampai 28 Feb 2026\n" in shown
    assert (
        "  interest 161579 = 8078944 x 2 % from 2026-01-31 to 2026-02-28\n"
        in run(*LOAN, "--why", "--lang", "en").stdout
    )
    for lang, first in (
        ("id", "angsuran 1, jatuh tempo 31 Jan 2026: 4.161.056"),
        ("en", "row 1, due 2026-01-31: 4161056"),
    ):
        made = json.loads(run(*LOAN, "--why", "--format", "json", "--lang", lang).stdout)
        assert made["rows"][0]["how"][0] == first


def test_flat_and_effective_rates_are_both_told():
    rates = json.loads(run(*FLAT, "--format", "json").stdout)["rates"]
    assert Decimal(rates["flat_annual_rate"]) == Decimal("0.12")
    assert round(Decimal(rates["period_rate"]), 8) == Decimal("0.01788099")


def test_the_output_file_says_its_own_form(tmp_path: Path):
    for name in ("rows.csv", "rows.json", "rows.xlsx", "rows.txt"):
        assert run(*LOAN, "--output", str(tmp_path / name)).exit_code == 0
    assert len(list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text())))) == 3
    assert json.loads((tmp_path / "rows.json").read_text())["schema"] == 1
    assert (tmp_path / "rows.txt").read_text().startswith("no  due")


def test_a_workbook_holds_numbers_and_is_the_same_each_time(tmp_path: Path):
    import python_calamine as calamine

    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    run(*LOAN, "--output", str(one))
    run(*LOAN, "--output", str(two))
    assert one.read_bytes() == two.read_bytes()
    head, first, *_ = calamine.CalamineWorkbook.from_path(str(one)).get_sheet_by_index(0).to_python()
    assert dict(zip(head, first, strict=True))["principal"] == 3_921_056


def test_three_ways_stand_side_by_side():
    rows = list(csv.DictReader(io.StringIO(run(*FLAT, "--side-by-side", "--format", "csv").stdout)))
    assert (rows[5]["unearned_flat"], rows[5]["unearned_digits"]) == ("720000", "387693")
    assert json.loads(run(*FLAT, "--side-by-side", "--format", "json").stdout)["schema"] == 1
    assert "unearned: flat" in run(*FLAT, "--side-by-side").stdout


def test_a_due_date_off_a_holiday_is_shown_beside_the_contract_date():
    shown = run("3000000", "--flat-monthly-rate", "2%", "--months", "2", "--first-due", "2026-05-31",
                "--shift", "following").stdout  # fmt: skip
    assert "31 May 2026" in shown
    assert "payable 2 Jun 2026" in shown


OTHER = [
    (["--margin", "1200000", "--months", "12"], "1100000"),
    (["--annual-rate", "12%", "--instalment", "2500000"], "2500000"),
    (["--annual-rate", "12%", "--months", "12", "--balloon", "6000000"], "593093"),
    (["--weekly-rate", "0.5%", "--instalments", "10", "--frequency", "weekly"], "1233247"),
    (["--annual-rate", "12%", "--months", "12", "--method", "equal_principal"], "1120000"),
]


@pytest.mark.parametrize(("options", "instalment"), OTHER)
def test_other_loans(options, instalment):
    rows = json.loads(run("12000000", *options, "--first-due", "2026-01-31", "--format", "json").stdout)[
        "rows"
    ]
    assert rows[0]["total"] == instalment


REFUSED = [
    ([], 2, "give a principal, or --terms FILE"),
    (["12000000", "--months", "3", "--first-due", "2026-01-31"], 2, "a rate is needed"),
    ([*LOAN, "--annual-rate", "12%"], 2, "give one rate, or --margin"),
    (LOAN[:3] + LOAN[5:], 2, "--months (or --instalments) is needed"),
    (LOAN[:5], 2, "--first-due (or --start) is needed"),
    ([*LOAN, "--instalment", "1000"], 1, "does not cover the interest 240000 of row 1"),
    ([*LOAN, "--frequency", "fortnightly"], 1, "frequency 'fortnightly' is unknown"),
    ([*LOAN, "--day-count", "lunar"], 1, "day count 'lunar' is unknown"),
    ([*LOAN, "--side-by-side"], 1, "side by side compares flat contracts"),
    (["--terms", "-"], 1, "not JSON"),
    ([*LOAN[:6], "2026-31-01"], 2, "is not a date"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), REFUSED)
def test_what_is_refused_says_what_to_write(arguments, code, message):
    found = run(*arguments, given="[")
    assert (found.exit_code, message in found.stderr) == (code, True), found.stderr


def test_business_days_are_counted_on_the_indonesian_calendar():
    loan = ("10000000", "--months", "3", "--annual-rate", "12%", "--method", "interest_only")
    dates = ("--start", "2025-12-31", "--first-due", "2026-01-31", "--day-count", "BUS/252")
    rows = from_csv(run(*loan, *dates, "--format", "csv").stdout)
    # 31 December to 30 January holds 23 weekdays; 1 and 16 January 2026 (Isra Mikraj) are holidays
    assert rows[0].interest == Decimal(10_000_000) * 12 / 100 * 21 / 252
