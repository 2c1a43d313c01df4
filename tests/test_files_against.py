"""`tagih check --against`: the lender's own figures beside ours, and why they differ."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.files import read_book
from tagih.portfolio.against import compare
from tagih.samples import book_files

AS_OF = date(2026, 3, 15)
TOML = """
[lender]
name = "PT Contoh"
type = "mf"
[policies]
default = ["id.kol.mf.2018", "id.alloc.mf.instalment_first",
    { kind = "late_charge", daily_rate = "0.001", base = "unpaid_instalment", counting = "due_day_free" }]
[tables.payments]
negative = "reversal"
[tables.contracts.against]
days_past_due = "OD"
class = "KOL"
principal_balance = "OS"
arrears = "TUNGGAKAN"
"""
INSTALMENTS = "contract,number,due_on,principal,interest\n" + "".join(
    f"MF-1,{n},2026-0{n}-15,1000000,100000\n" for n in range(1, 7)
)
PAYMENTS = "id,contract,effective_on,amount,recorded_at,reverses\n"

# Worked by hand: six instalments of 1.100.000, one due on the 15th of each month from January;
# on 15 March two are overdue, the oldest for 59 days (16 January to 15 March), if none was paid.
CASES = [
    # the lender's figures, payments, what differs, why
    ("59,2,6000000,2200000", "", []),
    ("60,2,6000000,2200000", "", [("days_past_due", 1, "counting")]),
    ("59,1,6000000,2200000", "", [("class", None, "")]),
    ("59,2,6000000,2200500", "", [("arrears", Decimal(500), "rounding")]),
    ("59,2,6000000,3300000", "", [("arrears", Decimal(1100000), "")]),
    # 1.099.000 paid of the first: late by 1.000 since January; the lender lets 1.000 pass
    (
        "28,2,5000000,1101000",
        "R-1,MF-1,2026-01-15,1099000,,\n",
        [
            ("days_past_due", -31, "tolerance"),
            ("principal_balance", Decimal("-1000"), "order"),
        ],
    ),
    # paid, then taken back; the lender has not booked the reversal
    (
        "28,2,5000000,1100000",
        "R-1,MF-1,2026-01-15,1100000,,\nR-2,MF-1,2026-03-01,-1100000,,R-1\n",
        [
            ("days_past_due", -31, "missed_reversal"),
            ("principal_balance", Decimal(-1000000), "missed_reversal"),
            ("arrears", Decimal(-1100000), "missed_reversal"),
        ],
    ),
    # paid on 14 March, posted on 16 March
    (
        "59,2,6000000,2200000",
        "R-1,MF-1,2026-01-15,1100000,2026-03-16,\n",
        [
            ("days_past_due", 31, "recorded_later"),
            ("principal_balance", Decimal(1000000), "recorded_later"),
            ("arrears", Decimal(1100000), "recorded_later"),
        ],
    ),
]


def own_book(folder: Path, figures: str, payments: str) -> Path:
    files = {
        "tagih.toml": TOML,
        "contracts.csv": f"id,OD,KOL,OS,TUNGGAKAN\nMF-1,{figures}\n",
        "instalments.csv": INSTALMENTS,
        "payments.csv": PAYMENTS + payments,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("figures", "payments", "expected"), CASES)
def test_a_difference_is_told_with_its_rupiah_and_its_cause(
    tmp_path: Path, figures: str, payments: str, expected: list[tuple[str, object, str]]
) -> None:
    compared = compare(read_book(own_book(tmp_path, figures, payments), strict=True), AS_OF)
    found = [(each.figure, each.difference, each.cause) for each in compared.differences]
    assert found == expected
    assert (compared.contracts, compared.figures) == (1, 4)
    assert compared.agreeing == (0 if expected else 1)


def test_the_command_says_no_when_figures_differ(tmp_path: Path) -> None:
    book = own_book(tmp_path, "60,2,6000000,2200000", "")
    ask = ["check", str(book), "--against", "--as-of", "2026-03-15"]
    done = CliRunner().invoke(main, ask)
    assert done.exit_code == 1
    assert "cara menghitung hari (due_day = 1)" in done.output
    assert "1 kontrak dibandingkan per 2026-03-15: 0 cocok, 1 berbeda" in done.output
    told = json.loads(CliRunner().invoke(main, [*ask, "--format", "json"]).stdout)
    assert told["differences"][0]["difference"] == 1
    assert CliRunner().invoke(main, ["check", str(book), "--against"]).exit_code == 2


def test_the_command_says_yes_when_they_agree(tmp_path: Path) -> None:
    book = own_book(tmp_path, "59,2,6000000,2200000", "")
    done = CliRunner().invoke(
        main, ["check", str(book), "--against", "--as-of", "2026-03-15", "--lang", "en"]
    )
    assert (done.exit_code, done.output.strip()) == (
        0,
        "1 contracts compared as of 2026-03-15: 1 agree, 0 differ",
    )


def test_a_class_that_is_the_debtors_worst_contracts_is_told(tmp_path: Path) -> None:
    toml = TOML.replace('type = "mf"', 'type = "bank"').replace("id.kol.mf.2018", "id.kol.bank.2019")
    own_book(tmp_path, "59,2,6000000,2200000", "")
    (tmp_path / "tagih.toml").write_text(toml, encoding="utf-8")
    contracts = "id,debtor,OD,KOL,OS,TUNGGAKAN\nMF-1,K-1,59,2,6000000,2200000\nMF-2,K-1,0,2,1000000,0\n"
    (tmp_path / "contracts.csv").write_text(contracts, encoding="utf-8")
    rows = INSTALMENTS + "MF-2,1,2026-12-15,1000000,100000\n"
    (tmp_path / "instalments.csv").write_text(rows, encoding="utf-8")
    compared = compare(read_book(tmp_path, strict=True), AS_OF)
    assert [(each.contract_id, each.figure, each.cause, each.detail) for each in compared.differences] == [
        ("MF-2", "class", "one_obligor", "MF-1")
    ]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("buku")
    for name, content in book_files("mf").items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_the_example_book_is_read_whole(example: Path) -> None:
    done = CliRunner().invoke(main, ["check", str(example)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("0 baris ditolak dari ")
