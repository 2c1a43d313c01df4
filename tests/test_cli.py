"""The command line: the main job, end to end, as a person or a script meets it."""

import json
import shutil
import signal
import subprocess
import sys
from decimal import Decimal as D
from pathlib import Path

import pytest
from click.testing import CliRunner

from tagih.cli import COMMANDS, main
from tagih.files import read_book
from tagih.portfolio.book import positions
from tagih.samples import book_files

AS_OF = "2026-10-31"


def tagih(*words, **more):
    arguments = [str(word) for word in words]
    return CliRunner().invoke(main, arguments, obj=arguments, **more)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books") / "mf"
    for name, content in book_files("mf").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


# --- the figures ------------------------------------------------------------------------------


@pytest.mark.parametrize("as_of", ["2025-06-30", "2026-08-31", "2026-10-31"])
def test_age_totals_are_the_sum_of_every_position(book, as_of):
    from datetime import date

    out = tagih("age", book, "--as-of", as_of, "--format", "json")
    assert out.exit_code == 0, out.output
    report = json.loads(out.stdout)
    every = list(positions(read_book(book), date.fromisoformat(as_of)))
    assert report["total"]["contracts"] == len(every)
    assert D(report["total"]["outstanding"]) == sum(one.outstanding.total for one in every)
    assert D(report["total"]["principal_balance"]) == sum(one.outstanding.principal for one in every)
    assert D(report["total"]["late_charge"]) == sum(one.outstanding.late_charge for one in every)
    assert D(report["total"]["unapplied"]) == sum(one.unapplied for one in every)
    for column in ("contracts", "outstanding", "not_due", "due_today", "arrears_principal", "unapplied"):
        assert sum(D(row[column]) for row in report["rows"]) == D(report["total"][column])


def test_a_position_from_the_shell_is_the_position_of_the_library(book):
    from datetime import date

    one = next(p for p in positions(read_book(book), date(2026, 10, 31)) if p.days_past_due > 90)
    out = tagih("position", book, one.contract.id, "--as-of", AS_OF, "--format", "json", "--why")
    told = json.loads(out.stdout)
    assert told["days_past_due"] == one.days_past_due
    assert D(told["total"]["outstanding"]) == one.outstanding.total
    run_up = sum(D(line["amount"]) for line in told["lines"] if line["kind"] in ("run_up", "capped"))
    assert run_up == one.late_charges_run_up


@pytest.mark.parametrize("label", ["branch", "product", "collector"])
def test_groups_add_up_to_the_whole(book, label):
    whole = json.loads(tagih("age", book, "--as-of", AS_OF, "--format", "json").stdout)["total"]
    split = json.loads(tagih("age", book, "--as-of", AS_OF, "--by", label, "--format", "json").stdout)
    assert sum(D(row["outstanding"]) for row in split["rows"]) == D(whole["outstanding"])


def test_the_past_ignores_what_happened_later(book, tmp_path):
    earlier = tmp_path / "earlier"
    shutil.copytree(book, earlier)
    text = (earlier / "bayar-2026.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (earlier / "bayar-2026.csv").write_text(text[0] + "".join(text[1:400]), encoding="utf-8")
    asked = ("--as-of", "2025-12-31", "--format", "csv")
    assert tagih("age", book, *asked).stdout == tagih("age", earlier, *asked).stdout


@pytest.mark.parametrize("ending", ["csv", "json", "html", "pdf", "xlsx"])
def test_every_output_is_the_same_bytes_twice(book, tmp_path, ending):
    files = [tmp_path / f"{n}.{ending}" for n in (1, 2)]
    for file in files:
        assert tagih("age", book, "--as-of", AS_OF, "--by", "branch", "--output", file).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()


# --- manners ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("age", "BOOK", "--as-of", "2020-01-31"), "the book has no contract on 2020-01-31"),
        (("position", "BOOK", "MF-NONE", "--as-of", AS_OF), "the book has no contract 'MF-NONE'"),
        (("age", "EMPTY", "--as-of", AS_OF), "tagih.toml: not found in"),
    ],
)
def test_an_expected_error_is_one_sentence_and_exit_1(book, tmp_path, words, message):
    (tmp_path / "empty").mkdir()
    places = {"BOOK": book, "EMPTY": tmp_path / "empty"}
    out = tagih(*(places.get(word, word) for word in words), "--lang", "en")
    assert (out.exit_code, out.stdout) == (1, "")
    assert message in out.stderr
    assert "Traceback" not in out.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("age", "BOOK"), "Missing option '--as-of'"),
        (("age", "BOOK", "--as-of", "31/10/2026"), "'31/10/2026' is not a date; write YYYY-MM-DD"),
        (("umur", "BOOK"), "No such command 'umur'"),
        (("agee", "BOOK"), "Did you mean 'age'?"),
    ],
)
def test_misuse_is_exit_2(book, words, message):
    out = tagih(*(book if word == "BOOK" else word for word in words))
    assert out.exit_code == 2
    assert message in out.stderr


def test_an_unwritable_folder_leaves_nothing_behind(book, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    out = tagih("age", book, "--as-of", AS_OF, "--output", blocked / "laporan.html", "--lang", "en")
    assert out.exit_code == 1
    assert "cannot be written to" in out.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_language_follows_the_option_then_the_environment(book):
    indonesian = tagih("age", book, "--as-of", AS_OF)
    english = tagih("age", book, "--as-of", AS_OF, "--lang", "en")
    by_environment = tagih("age", book, "--as-of", AS_OF, env={"TAGIH_LANG": "en"})
    assert indonesian.stdout.startswith("Umur piutang")
    assert english.stdout.startswith("Aging of")
    assert by_environment.stdout == english.stdout


def test_nothing_but_results_goes_to_a_pipe(book):
    done = subprocess.run(
        [sys.executable, "-m", "tagih.cli", "age", str(book), "--as-of", AS_OF, "--format", "csv"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("class,band,contracts")
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name):
    out = tagih(name, "--help")
    assert out.exit_code == 0, out.output
    assert "Usage:" in out.stdout


def test_a_broken_row_does_not_hide_the_others(book, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(book, broken)
    path = broken / "bayar-2026.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[5].split(";")
    lines[5] = ";".join([*cells[:2], "31/02/2026", *cells[3:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = tagih("age", broken, "--as-of", AS_OF, "--lang", "en")
    assert out.exit_code == 1  # the table is not of the whole book
    assert out.stdout.startswith("Aging of")
    assert "rows rejected; run `tagih check" in out.stderr
    assert "bayar-2026.csv:6" in out.stderr


def test_a_contract_that_cannot_be_replayed_is_set_aside_and_the_others_go_on(book, tmp_path):
    broken = tmp_path / "aside"
    shutil.copytree(book, broken)
    whole = tagih("age", book, "--as-of", AS_OF, "--format", "json")
    path = broken / "kejadian.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    columns = head.split(";")
    waiver = {
        "NO_TRANSAKSI": "W-1",
        "NO_KONTRAK": "MF-0002",
        "JENIS": "KERINGANAN",
        "TANGGAL": "01/10/2026",
        "JUMLAH": "999.000.000",
        "KOMPONEN": "late_charge",
    }
    assert set(waiver) <= set(columns), columns
    rows.append(";".join(waiver.get(name, "") for name in columns))
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    out = tagih("age", broken, "--as-of", AS_OF, "--format", "json", "--lang", "en")
    assert out.exit_code == 1
    assert "contract MF-0002 set aside: waiver W-1" in out.stderr
    assert json.loads(out.stdout)["total"]["contracts"] == json.loads(whole.stdout)["total"]["contracts"] - 1


@pytest.mark.parametrize("after", [0.4, 0.9, 1.4, 2.0])
def test_ctrl_c_leaves_no_half_a_file(book, tmp_path, after):
    out = tmp_path / "out" / "laporan.pdf"
    command = [sys.executable, "-m", "tagih.cli", "age", str(book), "--as-of", AS_OF, "--output", str(out)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        running.wait(timeout=after)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left in ([], [out])
    if left:  # Ctrl-C may come when all is written, and Python is on its way out
        assert out.read_bytes().rstrip().endswith(b"%%EOF")
    if running.returncode == 0:
        assert left == [out]
    else:
        assert b"Traceback" not in told or b"KeyboardInterrupt" in told


def test_the_docs_show_every_command():
    shown = "".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.parent.glob("docs/**/*.md")
    )
    assert [name for name in COMMANDS if f"tagih {name}" not in shown] == []
