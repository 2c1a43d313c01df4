"""`tagih late-charge`, `allocate`, `payments` and `audit`: what people and programs read."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal as D

import pytest
from click.testing import CliRunner

from tagih import Contract, Instalment, LateCharge, Payment, Policy
from tagih.cli import main
from tagih.ledger.serialise import to_dict

DEBT = ["--instalment", "2026-01-31:900000:100000"]
DENDA = ["--daily-rate", "0.5%", "--base", "unpaid_instalment", "--counting", "due_day_free"]
DAY = ["--as-of", "2026-02-10"]


def run(*arguments, given=None, lang="id"):
    return CliRunner(env={"TAGIH_LANG": lang}).invoke(main, list(arguments), input=given)


def figures(*arguments, given=None):
    result = run(*arguments, "--format", "json", given=given)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_late_charge_ends_in_lines_that_can_be_redone():
    result = run("late-charge", *DEBT, *DENDA, *DAY)
    assert result.exit_code == 0
    assert "10 hari × 0,5% × Rp1.000.000 = Rp50.000" in result.stdout


def test_every_convention_side_by_side():
    found = figures("late-charge", *DEBT, *DENDA, *DAY, "--compare")
    rows = {(row["base"], row["counting"]): row["total"] for row in found["rows"]}
    assert rows["unpaid_instalment", "due_day_free"] == "50000.00"
    assert rows["unpaid_instalment", "due_day_counted"] == "55000.00"
    assert rows["unpaid_principal", "due_day_free"] == "45000.00"
    assert ("agreed_amount", "due_day_free") not in rows


def test_the_ceiling_is_said_with_its_last_full_day():
    found = figures("late-charge", "-i", "2026-01-31:1000000:90000", "--agreed-amount", "1000000",
                    "--daily-rate", "0.003", "--base", "agreed_amount", "--counting", "due_day_free",
                    "--signed-on", "2025-12-31", "--as-of", "2026-02-10", "--rule", "id.cap.pindar.2025",
                    "--ceiling")  # fmt: skip
    assert found["ceiling"] == {
        "last_full_day": "2026-11-30", "days": 303, "remainder": "1000.00", "total": "910000.00"
    }  # fmt: skip


def test_a_question_in_json_on_stdin():
    contract = Contract("MF-9", [Instalment(1, date(2026, 1, 31), D(1_000_000))])
    rule = LateCharge(daily_rate="0.001", base="unpaid_instalment", counting="due_day_free")
    asked = {
        "contract": to_dict(contract),
        "events": [to_dict(Payment("P", date(2026, 2, 5), D(400_000)))],
        "policy": to_dict(Policy(late_charge=rule)),
    }
    found = figures("late-charge", "--from", "-", *DAY, given=json.dumps(asked))
    assert found["rows"] == [{"instalment": 1, "amount": "8000.00"}]


def test_a_claim_that_a_convention_explains():
    result = run("audit", *DEBT, *DENDA, *DAY, "--claimed", "55000", lang="en")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == [
        "the rule gives Rp50.000 (unpaid_instalment, due_day_free, none, segment down)",
        "Rp55.000 is what this gives: unpaid_instalment, due_day_counted, none, segment down",
    ]


def test_a_claim_that_none_explains_says_what_it_implies_and_exits_1():
    result = run("audit", *DEBT, *DENDA, *DAY, "--claimed", "77777")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:] == [
        "tidak satu pun dari 72 cara hitung memberi Rp77.777",
        "dengan tarif dan dasar yang sama, itu 15,56 hari",
        "dengan hari dan dasar yang sama, itu 0,77777% per hari",
        "dengan hari dan tarif yang sama, dasarnya Rp1.555.540",
    ]


def test_a_payment_under_one_order_and_under_several():
    rows = figures("allocate", *DEBT, "--amount", "1100000", "--on", "2026-03-05")["rows"]
    assert [(row["component"], row["amount"]) for row in rows] == [
        ("bunga", "100000.00"), ("pokok", "900000.00"), ("titipan", "100000.00"),
    ]  # fmt: skip
    rows = figures("allocate", *DEBT, "--amount", "150000", "--on", "2026-03-05", "--order", "id.alloc.kuhperdata",
                   "--order", "id.alloc.principal_first", "--accept-unverified", "id.alloc.principal_first")["rows"]  # fmt: skip
    assert [(row["order"], row["interest"], row["principal"]) for row in rows] == [
        ("id.alloc.kuhperdata", "100000.00", "50000.00"),
        ("id.alloc.principal_first", "0", "150000.00"),
    ]


@pytest.fixture
def book(tmp_path):
    result = run("init", str(tmp_path / "book"))
    assert result.exit_code == 0, result.output
    return tmp_path / "book"


def test_what_undoing_a_payment_would_change(book):
    from tagih.files import read_book

    opened = read_book(book)
    payment = next(
        event
        for contract in opened.contracts.values()
        for event in opened.events_of(contract)
        if isinstance(event, Payment)
    )
    owner = next(contract for contract in opened.contracts.values() if payment in opened.events_of(contract))
    asked = ["payments", "reverse", str(book), owner.id, payment.id, "--on", "2026-10-01"]
    result = run(*asked, "--dry-run")
    assert result.exit_code == 0, result.output
    assert f"Jika {payment.id} dibatalkan" in result.stdout
    assert run(*asked).exit_code == 2  # a book is never written


BAD = [
    (["late-charge", *DAY], 2, "give BOOK and CONTRACT"),
    (
        ["late-charge", *DEBT, "--daily-rate", "x", "--base", "unpaid_instalment", *DAY],
        1,
        "rate 'x' is not a number",
    ),
    (["late-charge", *DEBT, "--daily-rate", "0.005", "--base", "unpaid_instalment", *DAY], 1, "counting"),
    (["late-charge", "-i", "soon:5", *DENDA, *DAY], 1, "'soon' is not a date"),
    (["late-charge", "-i", "2026-01-31", *DENDA, *DAY], 1, "write DUE:PRINCIPAL"),
    (["late-charge", *DEBT, *DENDA, "--grace", "3", *DAY], 1, "write threshold:3 or free_days:3"),
    (["late-charge", "--from", "-", *DAY], 1, "stdin: not a question in JSON"),
    (["audit", *DEBT, *DENDA, *DAY, "--claimed", "-5"], 1, "must not be negative"),
    (["audit", *DEBT, *DAY, "--claimed", "5"], 1, "the policy has no late charge"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), BAD)
def test_what_cannot_be_answered_is_said_without_a_traceback(arguments, code, said):
    result = run(*arguments, given="{", lang="en")
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.output
