"""`tagih late-charge`, `allocate`, `payments` and `audit`: what people and programs read."""

from __future__ import annotations

import ast
import csv
import io
import json
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from string import Formatter

import pytest
from click.testing import CliRunner

import tagih
from tagih import Contract, Instalment, LateCharge, Payment, Policy
from tagih.cli import main
from tagih.commands.messages import indonesian
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
    assert result.stdout.splitlines()[:4] == [
        "Late charge of this debt as of 10 February 2026: Rp55.000 is claimed",
        "the rule gives Rp50.000: 0,5% a day of the unpaid part of the instalment; the due date is free; "
        "no grace; rounded down to Rp1 each stretch of days",
        "the claim is what this way of counting gives:",
        "  0,5% a day of the unpaid part of the instalment; the due date is counted; no grace; "
        "rounded down to Rp1 each stretch of days",
    ]


def test_a_claim_that_the_rule_gives_is_said_to_agree():
    result = run("audit", *DEBT, *DENDA, *DAY, "--claimed", "50000")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[2:] == ["klaim itu sesuai dengan aturan"]


def test_a_claim_that_none_explains_says_what_it_implies_and_exits_1():
    result = run("audit", *DEBT, *DENDA, *DAY, "--claimed", "77777")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[3:] == [
        "  0,77777% per hari dari sisa angsuran, 1,5555 kali tarif aturan, dengan hari dan dasar yang sama",
        "  15,56 hari, bukan 10, dengan tarif dan dasar yang sama",
        "  dasar Rp1.555.540, dengan hari dan tarif yang sama",
        "  hari lain: menurut aturan jumlah itu baru tercapai 16 Februari 2026, "
        "bila tidak ada pembayaran lagi",
    ]


# A published explainer: 0,2 % of Rp5.000.000 for 14 days is Rp140.000; it prints Rp1,4 juta (2 %).
PUBLISHED = [
    "--instalment",
    "5000000",
    "--due-on",
    "2026-01-31",
    "--as-of",
    "2026-02-14",
    "--claimed",
    "1400000",
]


def test_the_published_example_that_used_two_percent_is_found_out():
    result = run("audit", *PUBLISHED, *DENDA[2:], "--daily-rate", "0.2%")
    assert result.exit_code == 1
    assert "2% per hari dari sisa angsuran, 10 kali tarif aturan" in result.stdout
    assert "140 hari, bukan 14" in result.stdout


def test_without_a_rate_a_claim_implies_one_under_every_convention():
    found = figures("audit", *PUBLISHED)
    assert [(row["base"], row["counting"], row["daily_rate"]) for row in found["rows"]][:2] == [
        ("unpaid_instalment", "due_day_free", "0.02"),
        ("unpaid_principal", "due_day_free", "0.02"),
    ]
    assert {row["fraction"] for row in found["rows"]} == {"1/50", "7/375"}  # 14 days, and 15
    result = run("audit", *PUBLISHED)
    assert result.exit_code == 0
    assert "  2% per hari dari sisa angsuran; hari jatuh tempo tidak dihitung" in result.stdout


def test_payments_count_and_late_charges_that_were_paid_are_not_claimed_again():
    # 10 days × 0,5 % × Rp1.000.000 = 50.000; all of the instalment and 20.000 of it paid on day 10
    asked = [*DEBT, *DENDA, "--paid", "2026-02-10:1020000", *DAY]
    assert run("audit", *asked, "--claimed", "30000").exit_code == 0
    assert run("audit", *asked, "--claimed", "50000", "--of", "run_up").exit_code == 0


def test_a_payment_under_one_order_and_under_several():
    rows = figures("allocate", *DEBT, "--amount", "1100000", "--on", "2026-03-05")["rows"]
    assert [(row["component"], row["amount"]) for row in rows] == [
        ("bunga", "100000.00"), ("pokok", "900000.00"), ("titipan", "100000.00"),
    ]  # fmt: skip
    orders = ["--order", "id.alloc.kuhperdata", "--order", "id.alloc.principal_first"]
    rows = figures("allocate", *DEBT, "--amount", "150000", "--on", "2026-03-05", *orders,
                   "--accept-unverified", "id.alloc.principal_first")["rows"]  # fmt: skip
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
    (["late-charge", *DEBT, *DAY, "--compare"], 1, "the policy has no late charge"),
    (["late-charge", *DEBT, "--due-on", "2026-01-31", "--due-on", "2026-02-28", *DAY], 2, "as many --due-on"),
    (
        ["late-charge", *DEBT, *DENDA, "--rounding", "sideways", *DAY],
        1,
        "rounding mode 'sideways' is unknown",
    ),
]


@pytest.mark.parametrize(("arguments", "code", "said"), BAD)
def test_what_cannot_be_answered_is_said_without_a_traceback(arguments, code, said):
    result = run(*arguments, given="{", lang="en")
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.output


def sentences() -> dict[str, str]:
    """Every sentence of the ledger and of these commands, by its code."""
    found: dict[str, str] = {}
    source = Path(tagih.__file__).parent
    modules = [*sorted((source / "ledger").glob("*.py")), source / "money.py", source / "contracts.py"]
    modules += [source / "policies" / "late_charge.py"]
    names = ("one_off", "late_charge", "allocate", "payments", "audit")
    modules += [source / "commands" / f"{name}.py" for name in names]
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "").endswith("Error")
                and len(node.args) > 1
            ):
                codes, texts = (constants(argument) for argument in node.args[:2])
                found |= dict(zip(codes, texts, strict=False))
    return found


def constants(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*constants(node.body), *constants(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) else []


@pytest.mark.parametrize(("code", "english"), sentences().items())
def test_every_sentence_of_the_ledger_is_said_in_indonesian_with_its_fields(code, english):
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert code in indonesian(), english
    assert fields(indonesian()[code]) <= fields(english)


# --- of a book --------------------------------------------------------------------------------

OWN = ["MF-0009", "--as-of", "2026-10-31"]


@pytest.fixture(scope="module")
def mf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mf") / "book"
    assert run("init", str(folder), "--lender", "mf").exit_code == 0
    return str(folder)


def test_every_command_shows_the_late_charge_that_the_others_show(mf):
    position = figures("position", mf, *OWN)["outstanding"]["late_charge"]
    explained = figures("explain", mf, *OWN, "--component", "late_charge")
    assert explained["outstanding"]["late_charge"] == position
    assert run("audit", mf, *OWN, "--claimed", position.removesuffix(".00")).exit_code == 0
    compared = figures("late-charge", mf, *OWN, "--compare")["rows"]
    assert (compared[0]["ours"], compared[0]["outstanding"]) == ("*", position)
    ran_up = figures("late-charge", mf, *OWN)["total"]["amount"]
    assert compared[0]["total"] == ran_up
    lines = [line for line in explained["lines"] if line["kind"] in ("run_up", "capped") and line["charged"]]
    assert sum(D(line["amount"]) for line in lines) == D(ran_up)


def test_the_lines_of_explain_are_the_same_in_json_and_csv(mf):
    lines = figures("explain", mf, *OWN)["lines"]
    rows = list(csv.DictReader(io.StringIO(run("explain", mf, *OWN, "--format", "csv").stdout)))
    assert [row["text"] for row in rows] == [line["text"] for line in lines]
    assert sum(D(row["amount"]) for row in rows) == sum(D(line["amount"]) for line in lines)


def test_a_position_piped_on_answers_as_the_book_does(mf):
    from tagih.files import read_book
    from tagih.portfolio.book import position

    piped = json.dumps(to_dict(position(read_book(Path(mf)), "MF-0009", date(2026, 10, 31))))
    asked = ["--amount", "1500000", "--on", "2026-10-31"]
    assert figures("allocate", "--from", "-", *asked, given=piped) == figures(
        "allocate", mf, "MF-0009", *asked
    )


def test_every_order_stands_beside_the_contract_s_own(mf):
    found = figures("allocate", mf, "MF-0009", "--amount", "1500000", "--on", "2026-10-31", "--every-order")
    rows = found["rows"]
    assert rows[0]["order"] == "id.alloc.mf.instalment_first"
    assert len({row["order"] for row in rows}) == len(rows) > 5
    for row in rows:
        parts = (row.get(name, "0") for name in ("interest", "principal", "late_charge", "fee", "unapplied"))
        assert sum(map(D, parts)) == 1_500_000
    assert "id.alloc.mf.fees_first" not in {row["order"] for row in rows}  # nobody has verified it


def test_a_reversal_names_the_letters_and_promises_that_relied_on_what_changes(mf):
    undo = ["payments", "reverse", mf, "MF-0009", "KW26-000128", "--dry-run"]
    found = figures(*undo, "--on", "2026-02-25", "--as-of", "2026-10-31")
    relied = {(one["kind"], one["as_of"]) for one in found["no_longer_hold"]}
    # the first letter went out on 23 February, when the payment still stood
    assert relied == {("letter", "2026-03-02"), ("promise", "2026-10-30")}
    assert found["days_past_due"] == {"before": 259, "after": 290}
    assert found["splits"] == [
        {"event": "KW26-000128", "before": {"interest": "476250", "principal": "793750"}, "after": None}
    ]


def test_letters_of_the_register_relied_on_it_too(mf, tmp_path):
    from tagih.letters.register import Made, Register, Wish

    with Register(tmp_path / "letters.sqlite") as register:
        wishes = [
            Wish("MF-0009", "K-9", kind, "MDN", day, date(2026, 12, 1))
            for kind, day in (("sp1", date(2026, 2, 20)), ("sp2", date(2026, 2, 28)))
        ]
        register.issue(wishes, lambda wish, number: Made("<p></p>", "{}", "f", "t", "{}"), at="2026-02-28")
    undo = ["payments", "reverse", mf, "MF-0009", "KW26-000128", "--dry-run", "--on", "2026-02-25"]
    found = figures(*undo, "--as-of", "2026-02-28", "--register", str(tmp_path / "letters.sqlite"))
    assert found["no_longer_hold"] == [
        {"kind": "letter", "id": "0001/SP2/MDN/II/2026", "as_of": "2026-02-28"}
    ]


def test_nothing_has_changed_before_a_reversal_s_own_day(mf):
    undo = ["payments", "reverse", mf, "MF-0009", "KW26-000128", "--dry-run", "--on", "2026-03-01"]
    found = figures(*undo, "--as-of", "2026-02-28")
    assert (found["changed"], found["no_longer_hold"]) == (False, [])
    assert run(*undo, "--as-of", "2026-02-28").stdout.splitlines()[-1] == "tidak ada yang berubah"


def test_a_misspelled_payment_is_refused_with_the_nearest_one(mf):
    refused = run("payments", "reverse", mf, "MF-0009", "KW26-00128", "--on", "2026-03-01", "--dry-run")
    assert refused.exit_code == 1
    assert "maksudnya 'KW26-000128'?" in refused.stderr


def test_options_change_the_book_s_rule_and_add_payments(mf):
    own = figures("late-charge", mf, *OWN)["total"]["amount"]
    halved = figures("late-charge", mf, *OWN, "--daily-rate", "0.25%")["total"]["amount"]
    assert D(halved) < D(own)
    paid = figures("late-charge", mf, *OWN, "--payment", "2026-02-14:1270000")["total"]["amount"]
    assert D(paid) < D(own)


def test_only_what_is_asked_for_varies(mf):
    rows = figures("late-charge", *DEBT, *DENDA, *DAY, "--compare", "--vary", "counting")["rows"]
    assert [(row["base"], row["counting"], row["total"]) for row in rows] == [
        ("unpaid_instalment", "due_day_free", "50000.00"),
        ("unpaid_instalment", "due_day_counted", "55000.00"),
    ]


def test_an_order_that_is_none_is_refused():
    refused = run(
        "allocate", *DEBT, "--amount", "5", "--on", "2026-03-05", "--order", "id.kol.mf.2018", lang="en"
    )
    assert refused.exit_code == 1
    assert "rule id.kol.mf.2018 is no order of payments" in refused.stderr


# --- one payment over several contracts ---------------------------------------------------------


def debts():
    """Three debts of Sari on 10 March: one secured, one due today, one to come."""

    def one(name, due_on, principal, **tags):
        row = Instalment(1, due_on, D(principal))
        return {"contract": to_dict(Contract(name, [row], tags=tuple(tags.items())))}

    return [one("A", date(2026, 1, 31), 600_000), one("B", date(2026, 3, 10), 400_000, secured="yes"),
            one("C", date(2026, 3, 11), 300_000)]  # fmt: skip


AMONG = ["allocate", "--from", "-", "--on", "2026-03-10", "--amount"]


@pytest.mark.parametrize(
    ("amount", "more", "shares", "left"),
    [
        # B is secured, so it comes before A, which is older; C is not due
        ("400000", [], [("B", "due", "400000.00", 0)], "0.00"),
        ("400001", [], [("B", "due", "400000.00", 0), ("A", "due", "1.00", 38)], "0.00"),
        # A has been late the longer
        ("600001", ["--onerous", "days_past_due"],
         [("A", "due", "600000.00", 0), ("B", "due", "1.00", 0)], "0.00"),
        # the debtor's word comes first, and is no more than is owed
        ("500000", ["--named", "C=100000"],
         [("C", "named", "100000.00", 0), ("B", "due", "400000.00", 0)], "0.00"),
        ("500000", ["--named", "C"], [("C", "named", "300000.00", 0), ("B", "due", "200000.00", 0)], "0.00"),
        ("1300001", [], [("B", "due", "400000.00", 0), ("A", "due", "600000.00", 0),
                         ("C", "not_due", "300000.00", 0)], "1.00"),
    ],
)  # fmt: skip
def test_one_payment_is_divided_over_contracts_given_in_json(amount, more, shares, left):
    found = figures(*AMONG, amount, *more, given=json.dumps({"contracts": debts()}))
    rows = [(row["contract"], row["why"], row["amount"], row["days_past_due"]) for row in found["rows"]]
    assert (rows, found["left"]) == (shares, left)
    assert found["contracts"] == ["A", "B", "C"]


def test_what_each_contract_gets_is_said_in_both_languages():
    given = json.dumps({"contracts": debts()})
    lines = run(*AMONG, "1300001", "--named", "A=600000", given=given).stdout.splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "Alokasi Rp1.300.001 pada 10 Maret 2026",
        "",
        "kontrak terutang sebab dasar dibayar hari sesudahnya",
        "A 600.000 disebut debitur KUHPerdata 1396 600.000 0",
        "B 400.000 jatuh tempo KUHPerdata 1399 400.000 0",
        "C 300.000 belum jatuh tempo KUHPerdata 1399 300.000 0",
        "1.300.000",
        "tidak terpakai: Rp1",
    ]
    english = run(*AMONG, "1300001", "--named", "A=600000", "--lang", "en", given=given).stdout
    assert "named by the debtor" in english
    assert "not due yet" in english
    assert english.splitlines()[-1] == "not used: Rp1"


def test_a_debtor_a_group_and_contracts_by_name_are_found_in_the_book(mf, tmp_path):
    asked = ["--amount", "3000000", "--on", "2026-10-31"]
    assert figures("allocate", mf, "--debtor", "K000022", *asked)["contracts"] == ["MF-0022", "MF-0024"]
    both = figures("allocate", mf, "MF-0024", "--with", "MF-0009", "--debtor", "K000022", *asked)
    assert both["contracts"] == ["MF-0024", "MF-0009", "MF-0022"]
    koperasi = str(tmp_path / "koperasi")
    run("init", koperasi, "--lender", "koperasi")
    group = figures("allocate", koperasi, "--group", "Dahlia KLT Kamis", *asked)
    assert len(group["contracts"]) > 1
    shares = sum(D(row["amount"]) for row in group["rows"])
    assert shares + D(group["left"]) == 3_000_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--debtor", "K-9"], "the book has no contract of debtor 'K-9'"),
        (["--group", "Melati"], "the book has no contract of group 'Melati'"),
        (["--with", "MF-9999"], "the book has no contract 'MF-9999'"),
        (["MF-0009", "--named", "MF-0011"], "the debtor names contract 'MF-0011', which is not given"),
        (["MF-0009", "--with", "MF-0011", "--every-order"], "takes no order and no kind"),
        (["MF-0009", "--with", "MF-0011", "--onerous", "age"], "most onerous by 'age' is unknown"),
    ],
)
def test_what_cannot_be_divided_is_said(mf, words, said):
    result = run("allocate", mf, *words, "--amount", "5", "--on", "2026-10-31", lang="en")
    assert result.exit_code == (2 if "--every-order" in words else 1)
    assert said in result.output


def test_several_contracts_are_refused_where_one_is_asked_about():
    given = json.dumps({"contracts": debts()})
    result = run("late-charge", "--from", "-", *DAY, given=given, lang="en")
    assert result.exit_code == 1
    assert "3 contracts are given where one is asked about" in result.output
    empty = run(*AMONG, "5", given='{"contracts": []}', lang="en")
    assert "no contract is given" in empty.output
    assert "give BOOK with --debtor" in run(*AMONG, "5", "--debtor", "K", given=given).output
