"""The example books are read whole, agree with the ledger, and never change by themselves."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from tagih import aging
from tagih.cli import main
from tagih.commands.init import command, write_folder
from tagih.errors import InputError, UnavailableError
from tagih.files import Book, read_book
from tagih.portfolio.book import positions
from tagih.samples import LENDERS, book_files
from tagih.samples.chance import Chance
from tagih.samples.data import load
from tagih.samples.habits import LEBARAN
from tagih.samples.loans import END, EXPORTED, Loan
from tagih.samples.portfolio import portfolio
from tagih.samples.tables import planted

EXAMPLES = Path(__file__).parent.parent / "examples"
DOCS = Path(__file__).parent.parent / "docs"
DATES = [date(2026, 8, 31), date(2026, 9, 30), EXPORTED, END]


@cache
def files(lender: str) -> dict[str, bytes]:
    return book_files(lender)


@cache
def loans(lender: str) -> tuple[Loan, ...]:
    return tuple(portfolio(lender))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Book]:
    @cache
    def written(lender: str) -> Book:
        folder = tmp_path_factory.mktemp("books") / lender
        write_folder(folder, files(lender))
        return read_book(folder)

    return written


# --- the same every time ----------------------------------------------------------------------


def test_every_byte_of_every_book_stays_as_it_is(golden: Callable[[str, str], None]) -> None:
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {lender}/{name}"
        for lender in LENDERS
        for name, content in files(lender).items()
    ]
    golden("samples.sha256", "\n".join(lines) + "\n")


def test_another_process_with_another_hash_seed_writes_the_same_book() -> None:
    code = "import hashlib; from tagih.samples import book_files; "
    code += "print(hashlib.sha256(repr(book_files('mf')).encode()).hexdigest())"
    ran = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Jayapura"))
    ]
    assert ran[0] == ran[1]


def test_chance_falls_as_it_always_did() -> None:
    assert [Chance("a", n).between(1, 6) for n in range(8)] == [3, 2, 4, 3, 4, 5, 4, 3]


def test_a_lender_without_an_example_is_refused() -> None:
    with pytest.raises(InputError, match="no example book of 'gadai'; write one of mf, bank"):
        book_files("gadai")


# --- read whole, and right --------------------------------------------------------------------


@pytest.mark.parametrize("lender", LENDERS)
def test_every_row_of_a_book_is_read(book: Callable[[str], Book], lender: str) -> None:
    read = book(lender)
    assert [str(complaint) for complaint in read.complaints] == []
    assert len(read.contracts) == 200
    assert all(read.debtor_of(contract) for contract in read.contracts.values())
    assert read.lender.lender_type == lender


@pytest.mark.parametrize("as_of", DATES)
@pytest.mark.parametrize("lender", LENDERS)
def test_the_lenders_own_system_and_the_ledger_agree(
    book: Callable[[str], Book], lender: str, as_of: date
) -> None:
    own = {loan.id: loan for loan in loans(lender)}
    for position in positions(book(lender), as_of):
        account = own[position.contract.id].account(as_of)
        owed = position.outstanding
        figures = (owed.principal, owed.interest, owed.late_charge, owed.fee, position.unapplied)
        expected = (account.principal, account.interest, account.late, account.fees, account.held)
        assert position.days_past_due == account.days_past_due
        if not account.written_off:  # the ledger keeps what was written off apart
            assert figures == expected, position.contract.id


@pytest.mark.parametrize("lender", LENDERS)
def test_the_figures_in_the_export_are_wrong_only_where_it_was_planned(
    book: Callable[[str], Book], lender: str
) -> None:
    read, spec = book(lender), load(f"{lender}/lender.toml")
    columns = {"days_past_due", "class", "principal_balance", "late_charge"} & read.settings.table(
        "contracts"
    ).against.keys()
    wrong = set()
    for position in positions(read, EXPORTED):
        own = read.against[position.contract.id]
        right = {
            "days_past_due": position.days_past_due,
            "principal_balance": position.outstanding.principal,
            "late_charge": position.outstanding.late_charge,
            "class": aging.age(position).bucket.code if "class" in columns else "",
        }
        wrong |= {
            (position.contract.id, name)
            for name in columns
            if str(own[name]) != str(right[name]).removesuffix(".00")
        }
    expected = {
        (contract, column.removeprefix("against.")) for contract, column, _, _ in planted(loans(lender), spec)
    }
    assert wrong == {each for each in expected if each[1] in columns}


def test_the_planted_errors_of_the_multifinance_book_stand_in_the_docs() -> None:
    page = (DOCS / "samples.md").read_text(encoding="utf-8")
    for contract, _, printed, right in planted(loans("mf"), load("mf/lender.toml")):
        row = next(line for line in page.splitlines() if line.startswith(f"| {contract} "))
        assert str(printed) in row.replace(".", "")
        assert str(right) in row.replace(".", "")


# --- the multifinance book --------------------------------------------------------------------


def test_the_multifinance_book_is_spread_over_the_classes(book: Callable[[str], Book]) -> None:
    codes = Counter(aging.age(position).bucket.code for position in positions(book("mf"), EXPORTED))
    assert 150 <= codes["1"] <= 160  # three quarters to four fifths of 200
    assert 20 <= codes["2"] <= 28
    assert all(codes[code] >= 4 for code in "345")


def test_the_curiosities_are_there(book: Callable[[str], Book]) -> None:
    statuses = Counter(contract.tag("status") for contract in book("mf").contracts.values())
    assert statuses.keys() == {"AKTIF", "LUNAS", "WO", "TARIK", "RESTRUK"}
    kinds = Counter(type(event).__name__ for events in book("mf").events.values() for event in events)
    assert kinds["Reversal"] == 3
    assert kinds["WriteOff"] == 4
    assert kinds["Restructure"] == 2
    assert kinds["Waiver"] == kinds["Acceleration"] == 4
    assert {contract.tag("quoted_tenor") for contract in book("mf").contracts.values()} >= {
        "11",
        "17",
        "23",
        "35",
    }


def test_the_first_payment_default_paid_only_at_signing() -> None:
    loan = next(each for each in loans("mf") if each.group.get("story") == "first_payment_default")
    assert [each.day for each in loan.payments] == [loan.signed_on]


def test_a_payment_on_the_wrong_contract_was_moved() -> None:
    loan = next(each for each in loans("mf") if each.group.get("story") == "wrong_contract")
    back = next(each for other in loans("mf") for each in other.happenings if loan.id in each.note)
    assert back.kind == "reversal"
    assert back.target is not None
    assert any((each.day, each.amount) == (back.target.day, back.amount) for each in loan.payments)


def test_collectors_money_is_posted_later_and_counters_are_closed_on_sundays_and_at_lebaran() -> None:
    for loan in loans("mf"):
        for each in loan.payments:
            assert each.posted is not None
            if each.channel == "KOLEKTOR":
                assert each.posted > each.day
            if each.channel in ("KASIR", "KOLEKTOR") and not each.note:
                assert each.day.weekday() != 6
                assert all(not timedelta(-1) <= each.day - first <= timedelta(1) for first in LEBARAN)


def test_nobody_in_the_books_can_be_called_or_driven(book: Callable[[str], Book]) -> None:
    for lender in LENDERS:
        assert all(debtor.phone.startswith("0000-") for debtor in book(lender).debtors.values())
        plates = [contract.tag("plate") for contract in book(lender).contracts.values()]
        assert all(plate.endswith("ZZ") for plate in plates if plate)


def test_instalments_are_whole_thousands_but_for_the_last() -> None:
    for loan in loans("mf"):
        assert all(row.total % 1000 == 0 for row in loan.instalments[:-1])


def test_some_debtors_have_two_contracts(book: Callable[[str], Book]) -> None:
    for lender in LENDERS:
        assert len(book(lender).debtors) < len(book(lender).contracts)


# --- tagih init -------------------------------------------------------------------------------


def test_init_writes_a_book_that_can_be_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path / "buku"), "--lender", "pindar"])
    assert result.exit_code == 0
    assert len(read_book(tmp_path / "buku").contracts) == 200
    assert [path.name for path in tmp_path.iterdir()] == ["buku"]


def test_init_fills_an_empty_folder_and_leaves_a_full_one_alone(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a.csv": b"a\n"})
    with pytest.raises(InputError, match="is not empty; name a new folder, or empty this one first"):
        write_folder(tmp_path, {"b.csv": b"b\n"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_init_leaves_nothing_behind_when_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_folder(tmp_path / "file" / "buku", {"a.csv": b"a\n"})
    with pytest.raises(UnavailableError):
        write_folder(tmp_path / "buku", {"a": b"", "a/b": b""})
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# --- examples as a user runs them ----------------------------------------------------------------


@pytest.mark.parametrize("script", ["ten_lines.py", "ages_of_a_book.py"])
def test_the_example_scripts_run(script: str) -> None:
    ran = subprocess.run([sys.executable, EXAMPLES / script], capture_output=True, text=True, check=True)
    assert ran.stdout
    assert ran.stderr == ""


# --- the messy book ---------------------------------------------------------------------------


def test_the_messy_book_loses_seven_rows_and_no_contract() -> None:
    read = read_book(EXAMPLES / "buku-berantakan")
    assert len(read.contracts) == 25
    assert Counter(row.file for row in read.rejected) == {
        "Loan Portfolio Oct26.xlsx": 1,
        "Receipts 2024-2026.xlsx": 6,
    }
    assert sum(count.ignored for count in read.tables) == 1
    assert "**Tujuh baris ditolak**" in (EXAMPLES / "buku-berantakan" / "README.md").read_text(
        encoding="utf-8"
    )


def test_the_messy_book_can_be_made_again_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, EXAMPLES / "make_buku_berantakan.py", tmp_path], check=True)
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (EXAMPLES / "buku-berantakan" / path.name).read_bytes(), path.name


def test_an_audit_of_the_contact_log_finds_what_was_planted(tmp_path: Path) -> None:
    write_folder(tmp_path, files("mf"))
    answer = CliRunner().invoke(main, ["contact", "audit", str(tmp_path), "--format", "json"])
    assert answer.exit_code == 1
    assert sorted(row["code"] for row in json.loads(answer.stdout)["breaches"]) == [
        "count",
        "day",
        "hours",
        "party",
    ]
    assert not answer.stderr
