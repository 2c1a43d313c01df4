"""`tagih rate`: figures for people and for programs, and what it refuses."""

from __future__ import annotations

import json

import numpy_financial
import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.commands.rate import typed
from tagih.errors import InputError

TWO = ["2025-01-15:-1000000", "2026-01-15:2300000", "2027-01-15:-1320000"]


def run(*arguments: str, given: str | None = None, lang: str = "en"):
    return CliRunner(env={"TAGIH_LANG": lang}).invoke(main, ["rate", *arguments], input=given)


def figures(*arguments: str, given: str | None = None) -> dict:
    result = run(*arguments, "--format", "json", given=given)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_flat_rate_alone_has_a_true_rate():
    result = run("--flat-annual-rate", "10%", "--months", "36", lang="id")
    assert result.stdout == (
        "Flat per tahun                   10%\n"
        "Efektif per bulan           1,49314%\n"
        "Efektif per tahun, nominal  17,9177%\n"
        "Efektif per tahun, majemuk  19,4649%\n"
    )


def test_a_rounded_instalment_and_fees_count():
    found = figures("--flat-annual-rate", "0.18", "--months", "36", "--principal", "20.000.000",
                    "--unit", "1000", "--fees", "250000")  # fmt: skip
    assert (found["instalment"], found["last_instalment"], found["interest"]) == (
        "856000",
        "840000",
        "10800000",
    )
    plan = [856_000] * 35 + [840_000]
    assert float(found["monthly_rate"]) == pytest.approx(numpy_financial.irr([-20_000_000, *plan]), abs=1e-12)
    assert float(found["monthly_rate_with_fees"]) == pytest.approx(
        numpy_financial.irr([-19_750_000, *plan]), abs=1e-12
    )


def test_a_quoted_instalment_has_a_flat_and_a_true_rate():
    found = figures("--principal", "Rp36.000.000", "--instalment", "1300000", "--months", "36")
    assert found["flat_annual_rate"] == "0.1"
    assert found["monthly_rate"].startswith("0.01493139")


@pytest.mark.parametrize(
    "given",
    [
        "date,amount\n2025-01-15,-1000000\n\n2026-01-15,1200000.50\n",
        "2025-01-15,-1000000\n2026-01-15,1200000.5\n",
        '[["2025-01-15", -1000000], {"date": "2026-01-15", "amount": 1200000.5}]',
    ],
)
def test_flows_come_from_a_file_in_either_form(given):
    assert figures("--file", "-", given=given)["effective_annual_rates"] == ["0.2000005"]


def test_all_solutions_are_shown_until_one_is_picked():
    assert figures(*TWO)["effective_annual_rates"] == ["0.1", "0.2"]
    assert run(*TWO, "--format", "csv").stdout == (
        "name,value\neffective_annual_rates,0.1\neffective_annual_rates,0.2\n"
    )
    assert figures(*TWO, "--pick", "highest")["effective_annual_rates"] == ["0.2"]


NO = [
    ([*TWO, "--pick", "only"], 1, "2 rates solve these flows (0.100000, 0.200000); name the one to pick"),
    (["2025-01-15:1000000"], 1, "no rate makes these flows worth nothing"),
    (["2025-13-15:1000000"], 1, "'2025-13-15' is not a date; write YYYY-MM-DD"),
    (["2025-01-15:1.500"], 1, "'1.500' could mean 1500 or 1.5"),
    ([*TWO, "--day-count", "ACT/350"], 1, "day count 'ACT/350' is unknown"),
    (["--flat-annual-rate", "10", "--months", "12"], 2, "'10' could mean 10% or 1000%"),
    (["--flat-annual-rate", "ten", "--months", "12"], 2, "'ten' is not a rate"),
    (["--flat-annual-rate", "10%"], 2, "--months is needed too"),
    (["--instalment", "100", "--months", "12"], 2, "--principal is needed too"),
    (["--flat-annual-rate", "10%", "--months", "12", "--unit", "100"], 2, "--principal is needed too"),
    ([], 2, "give one of"),
    ([*TWO, "--instalment", "100"], 2, "give one of"),
]


@pytest.mark.parametrize(("arguments", "code", "told"), NO)
def test_what_cannot_be_answered_says_why_on_stderr(arguments, code, told):
    result = run(*arguments)
    assert result.exit_code == code
    assert told in result.stderr
    assert result.stdout == ""


TYPED = [
    ("900.000", "900000"),  # no money has thousandths
    ("900,000", "900000"),
    ("1.500", "1500"),
    ("1.50", "1.50"),
    ("1.000.000", "1000000"),
    ("Rp1.500.000,00", "1500000.00"),
    ("1500.75", "1500.75"),
]


@pytest.mark.parametrize(("text", "amount"), TYPED)
def test_an_amount_that_is_typed_is_read_as_money(text, amount):
    assert str(typed(text)) == amount


@pytest.mark.parametrize("text", ["1.50.000", "900.00.0", "sejuta", ""])
def test_a_typed_amount_that_is_none_is_refused(text):
    with pytest.raises(InputError):
        typed(text)


def test_a_bad_row_names_its_place():
    result = run("--file", "-", given="2025-01-15,1,2\n")
    assert result.exit_code == 1
    assert "stdin:1: write date,amount, found 3 columns" in result.stderr
    assert run("--file", "-", given='[{"day": 1}]').exit_code == 1


def test_an_ambiguous_amount_of_a_file_names_its_place_and_a_number_is_never_ambiguous():
    result = run("--file", "-", given='[["2025-01-15", -1000], ["2026-01-15", "1.500"]]')
    assert result.stderr.startswith("stdin: flow 2: '1.500' could mean 1500 or 1.5")
    assert figures("--file", "-", given='[["2025-01-15", -1.000], ["2026-01-15", 1.500]]') == {
        "schema": 1,
        "effective_annual_rates": ["0.5"],
    }


WHY = [
    (
        ["2025-01-15:-1000", "2025-07-15:500", "2026-01-15:650"],
        "− Rp1.000 + Rp500 ÷ 1,19757425^(181/365) + Rp650 ÷ 1,19757425^(365/365) = 0",
    ),
    (
        ["2025-01-15:-1000", "2026-01-15:1100", "--day-count", "ACT/365.25"],
        "− Rp1.000 + Rp1.100 ÷ 1,10007181^(365/365,25) = 0",
    ),
    (
        ["2024-12-31:-1000", "2025-12-31:1100", "--day-count", "ACT/ACT"],
        "− Rp1.000 + Rp1.100 ÷ 1,10000078^(133589/133590) = 0",
    ),
    (["--flat-annual-rate", "10%", "--months", "36"], "1 ÷ (1 ÷ 36 + 10% ÷ 12) = (1 − 1,01493140^−36)"),
    (
        ["--flat-annual-rate", "18%", "--months", "36", "--principal", "20000000", "--unit", "1000"],
        "Rp20.000.000 = Rp856.000 × (1 − 1,02550803^−35) ÷ 0,02550803 + Rp840.000 × 1,02550803^−36",
    ),
    (["--principal", "1200", "--instalment", "100", "--months", "12"], "Rp1.200 = 11 × Rp100 + Rp100"),
]


@pytest.mark.parametrize(("arguments", "why"), WHY)
def test_the_sum_behind_a_figure_can_be_done_again(arguments, why):
    assert why in run(*arguments, "--why").stdout
    assert why not in run(*arguments).stdout


def test_complaints_are_said_in_indonesian_too():
    result = run("2025-01-15:1000000", lang="id")
    assert result.stderr == "tidak ada suku bunga yang membuat arus kas ini bernilai nol\n"
