"""Bad input of every kind, each with its exact message: tests/errors/NAME beside NAME.txt.

``TABLE-what.csv`` stands in for that table of tests/errors/base; a folder is a whole book. The
text holds every complaint in English; an empty one says that nothing is wrong.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.files import BookError, Complaint, read_book

ERRORS = Path(__file__).parent / "errors"
CASES = sorted(path for path in ERRORS.iterdir() if path.suffix != ".txt" and path.name != "base")
GOLDEN = "../errors/"


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A bad book in a folder of its own, and its name."""
    path: Path = request.param
    book = tmp_path / "buku"
    shutil.copytree(path if path.is_dir() else ERRORS / "base", book)
    if path.is_file():
        shutil.copy(path, book / f"{path.name.partition('-')[0]}.csv")
    return path.stem, book


def complaints_of(book: Path) -> tuple[Complaint, ...]:
    try:
        read = read_book(book)
    except BookError as error:
        return error.complaints
    return read.complaints + read.warnings


def test_each_bad_input_has_its_exact_message(
    case: tuple[str, Path], golden: Callable[[str, str], None]
) -> None:
    name, book = case
    said = "".join(f"{complaint.message}\n" for complaint in complaints_of(book))
    golden(f"{GOLDEN}{name}.txt", said.replace(str(book), "BOOK"))


def test_check_never_shows_a_traceback_and_says_every_complaint_in_indonesian(case: tuple[str, Path]) -> None:
    _, book = case
    complaints = complaints_of(book)
    done = CliRunner().invoke(main, ["check", str(book), "--lang", "id", "--format", "json"])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    rejects = [complaint for complaint in complaints if complaint.code != "reference.debtor"]
    assert done.exit_code == (1 if rejects else 0)
    for complaint in complaints:
        assert complaint.reason not in done.output or complaint.code.startswith("row.json")


def test_the_counts_add_up_to_the_rows_of_every_file(case: tuple[str, Path]) -> None:
    try:
        book = read_book(case[1])
    except BookError:
        return
    for count in book.tables:
        assert count.rows == count.accepted + count.rejected + count.ignored + count.replaced
    assert sum(count.rejected for count in book.tables) == len(book.rejected)
