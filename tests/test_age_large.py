"""`tagih age` of a large book prints from columns what it prints contract by contract."""

from __future__ import annotations

import hashlib

import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.commands import large as doors
from tagih.portfolio import books, classed, large
from tagih.samples import book_files

LENDERS = ("mf", "bpr", "pindar", "koperasi", "mf-syariah")
VIEWS = {
    "classes": [],
    "contracts": ["--view", "contracts"],
    "debtors": ["--view", "debtors", "--lang", "en"],
    "boundary": ["--view", "boundary", "--format", "csv"],
    "bands": ["--bands", "7,30,90"],
    "scheme": ["--scheme", "id.kol.bank.2019", "--view", "contracts", "--format", "json"],
    "products": ["--by", "product", "--format", "json"],
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    found = {}
    for lender in (*LENDERS, "bank"):
        found[lender] = tmp_path_factory.mktemp(lender)
        for name, content in book_files(lender).items():
            (found[lender] / name).write_bytes(content)
    return found


@pytest.fixture
def asked(monkeypatch):
    """Books of 200 contracts are taken for large ones; what was taken in columns is counted."""
    monkeypatch.setattr(large, "FEW", 100)
    monkeypatch.setattr(classed, "FEW", 60)  # several parts
    monkeypatch.setattr(books, "MOST", 1.0)  # every contract with events may go row by row
    monkeypatch.setattr(doors, "LEAST", 0)
    taken = []
    real = large.classable

    def counted(*args, **options):
        taken.append(real(*args, **options))
        return taken[-1]

    monkeypatch.setattr(large, "classable", counted)
    return taken


def both(folder, args, asked, monkeypatch):
    """What is printed from columns and contract by contract, with what is said and the exit."""
    said = []
    for may_be in (doors.may_be, lambda book: False):
        monkeypatch.setattr(doors, "may_be", may_be)
        ran = CliRunner().invoke(main, ["age", str(folder), "--as-of", "2026-10-31", *args])
        said.append((ran.stdout, ran.stderr, ran.exit_code))
    return said


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("lender", LENDERS)
def test_every_lenders_book_prints_from_columns_what_it_prints_one_by_one(
    folders, asked, monkeypatch, lender, view
):
    columns, one_by_one = both(folders[lender], VIEWS[view], asked, monkeypatch)
    assert len(asked) == 1
    assert asked[0] is not None
    assert columns == one_by_one
    assert columns[2] == 0


@pytest.mark.parametrize("ending", ["xlsx", "html"])
def test_a_workbook_and_a_page_are_the_same_to_the_byte(folders, asked, monkeypatch, tmp_path, ending):
    path, digests = tmp_path / f"umur.{ending}", []
    for may_be in (doors.may_be, lambda book: False):
        monkeypatch.setattr(doors, "may_be", may_be)
        CliRunner().invoke(main, ["age", str(folders["bpr"]), "--as-of", "2026-10-31", "--output", str(path)])
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
        path.unlink()
    assert len(asked) == 1
    assert asked[0] is not None
    assert digests[0] == digests[1]


def test_a_book_after_a_cut_over_goes_contract_by_contract(folders, asked, monkeypatch):
    columns, one_by_one = both(folders["bank"], [], asked, monkeypatch)
    assert asked == [None]
    assert columns == one_by_one
