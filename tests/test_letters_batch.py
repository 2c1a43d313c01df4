"""A run of letters: each once, whole, with a manifest of everybody, whatever happens meanwhile."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from attrs import evolve
from tests.letters_book import AS_OF, book, write

from tagih.errors import InputError, UnavailableError
from tagih.letters import batch
from tagih.letters.batch import Job, Result, file_name, plain_cell, run
from tagih.letters.planning import plan
from tagih.letters.register import Register
from tagih.letters.rendering import Renderer

AT = "2026-11-22T09:00:00+07:00"


def ran(opened, out: Path, register: Path, **more) -> Result:
    with Register(register) as kept:
        made = plan(opened, AS_OF, issued=kept.earlier())
        return run(made, kept, Job(out=out, at=AT, **more))


def issued(register: Path) -> list[tuple[str, int, str]]:
    database = sqlite3.connect(register)
    rows = database.execute(
        "SELECT contract, sequence, state FROM letter WHERE origin = 'tagih' ORDER BY sequence"
    ).fetchall()
    database.close()
    return rows


def assert_whole(out: Path, register: Path, count: int) -> None:
    """Every letter once, numbers 1 to count, every PDF opens, nothing else lies about."""
    rows = issued(register)
    assert [sequence for _, sequence, _ in rows] == list(range(1, count + 1))
    assert len({contract for contract, _, _ in rows}) == count
    assert {state for *_, state in rows} == {"made"}
    files = sorted(out.glob("*.pdf"))
    assert len(files) == count
    for file in files:
        assert len(pypdfium2.PdfDocument(file)) >= 1
    assert not list(out.glob(".*"))
    manifest = json.loads((out / "manifest.json").read_text())
    assert sum(manifest["tally"]["sent"].values()) == count
    assert {row["file"] for row in manifest["contracts"] if row["file"]} == {file.name for file in files}


@pytest.fixture
def few(tmp_path):
    return book(tmp_path / "book", [0, 3, 10, 20, 30])


def test_a_run_makes_each_letter_and_a_manifest_of_everybody(few, tmp_path):
    out, register = tmp_path / "out", tmp_path / "r.sqlite"
    done = ran(few, out, register)
    assert_whole(out, register, 3)
    rows = list(csv.DictReader(io.StringIO((out / "manifest.csv").read_text("utf-8-sig"))))
    assert [row["outcome"] for row in rows] == ["not_due", "not_due", "send", "send", "send"]
    assert json.loads((out / "manifest.json").read_text())["tally"] == done.plan.tally.to_dict()


def test_the_dry_run_chooses_what_the_run_chooses(few, tmp_path):
    dry = plan(few, AS_OF)
    done = ran(few, tmp_path / "out", tmp_path / "r.sqlite")
    assert dry.choices == done.plan.choices


def test_the_same_run_again_changes_no_byte(few, tmp_path):
    out, register = tmp_path / "out", tmp_path / "r.sqlite"
    ran(few, out, register)
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in out.glob("*.pdf")}
    manifest = (out / "manifest.json").read_bytes()
    ran(few, out, register)
    assert {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in out.glob("*.pdf")} == before
    assert (out / "manifest.json").read_bytes() == manifest
    assert_whole(out, register, 3)


def test_a_run_into_another_folder_prints_the_same_letters_under_the_same_numbers(few, tmp_path):
    register = tmp_path / "r.sqlite"
    ran(few, tmp_path / "a", register)
    ran(few, tmp_path / "b", register)
    assert_whole(tmp_path / "b", register, 3)
    for file in (tmp_path / "a").iterdir():
        assert (tmp_path / "b" / file.name).read_bytes() == file.read_bytes()


def test_next_week_the_letters_of_this_week_count(few, tmp_path):
    from datetime import timedelta

    register = tmp_path / "r.sqlite"
    ran(few, tmp_path / "out", register)
    with Register(register) as kept:
        soon = plan(few, AS_OF + timedelta(days=6), issued=kept.earlier())
        due = plan(few, AS_OF + timedelta(days=7), issued=kept.earlier())
    assert dict(soon.tally.not_due)["gap"] == 3
    assert dict(due.tally.sent)["sp2"] == 3
    assert due.drafts["C-0003"].previous.number == "0001/SP1/UJI/XI/2026"


def test_the_print_file_has_every_letter_in_postal_order(tmp_path):
    folder = write(tmp_path / "book", [30, 30, 30])
    debtors = folder / "debtors.csv"
    debtors.write_text(debtors.read_text().replace("Jl. Mawar 2,Bandung,40291", "Jl. Mawar 2,Bandung,40111"))
    from tagih.files import read_book

    out = tmp_path / "out"
    done = ran(read_book(folder), out, tmp_path / "r.sqlite", print_file=True)
    assert [row["print_place"] for row in batch.rows(done)] == [2, 1, 3]
    document = pypdfium2.PdfDocument(out / "print-001.pdf")
    first_pages = [page.get_textpage().get_text_range() for page in document]
    names = [name for text in first_pages for name in ("Debitur 1", "Debitur 2", "Debitur 3") if name in text]
    assert list(dict.fromkeys(names)) == ["Debitur 2", "Debitur 1", "Debitur 3"]
    before = (out / "print-001.pdf").read_bytes()
    ran(read_book(folder), out, tmp_path / "r.sqlite", print_file=True)
    assert (out / "print-001.pdf").read_bytes() == before


def words_of(file: Path) -> str:
    return " ".join(
        text for page in pypdfium2.PdfDocument(file) for text in page.get_textpage().get_text_range().split()
    )


def test_each_route_has_its_list_and_slips(tmp_path):
    folder = write(tmp_path / "book", [30, 30, 30, 0, 30], routes={1: "BDG/2", 2: "BDG-1", 3: "BDG/2"})
    contracts = folder / "contracts.csv"
    contracts.write_text(contracts.read_text().replace("C-0003,K-0003", "C-0003,K-0001"))
    from tagih.files import read_book

    out, register = tmp_path / "out", tmp_path / "r.sqlite"
    done = ran(read_book(folder), out, register, delivery=True)
    slash = "BDG-2-" + hashlib.sha256(b"BDG/2").hexdigest()[:8]
    routes = ["BDG-1", slash, "Bandung"]
    assert sorted(done.delivery) == sorted(
        f"{what}-{name}.pdf" for name in routes for what in ("list", "slips")
    )
    listed = words_of(out / "delivery" / f"list-{slash}.pdf")
    assert "rute BDG/2" in listed
    assert "0001/SP1/UJI/XI/2026" in listed
    assert "0003/SP1/UJI/XI/2026" in listed
    assert "0002/SP1/UJI/XI/2026" not in listed
    slips = pypdfium2.PdfDocument(out / "delivery" / f"slips-{slash}.pdf")
    assert len(slips) == 1, "one debtor signs once for both letters"
    before = {file.name: file.read_bytes() for file in (out / "delivery").iterdir()}
    ran(read_book(folder), out, register, delivery=True)
    assert {file.name: file.read_bytes() for file in (out / "delivery").iterdir()} == before
    assert len(issued(register)) == 4, "lists and slips take no number"


def test_a_slip_that_fails_leaves_the_letters_and_the_manifest(few, tmp_path):
    slip = tmp_path / "templates" / "id" / "delivery_slip.html"
    slip.parent.mkdir(parents=True)
    slip.write_text("{{ letter.nothing_of_that_name }}")
    out, register = tmp_path / "out", tmp_path / "r.sqlite"
    with pytest.raises(InputError, match="nothing_of_that_name"):
        ran(few, out, register, delivery=True, templates=slip.parent.parent)
    assert_whole(out, register, 3)
    slip.unlink()
    assert ran(few, out, register, delivery=True, templates=slip.parent.parent).delivery


UNITS = """
[letters.units]
"Bandung" = "COLL-BDG"
"Jakarta" = "COLL-JKT"
"""


def test_every_branch_numbers_its_own_letters(tmp_path):
    branches = {1: "Bandung", 2: "Jakarta", 3: "Bandung", 5: "Medan"}
    opened = book(tmp_path / "book", [30] * 5, branches=branches, extra=UNITS)
    done = ran(opened, tmp_path / "out", tmp_path / "r.sqlite")
    assert [row["number"] for row in batch.rows(done)] == [
        "0001/SP1/COLL-BDG/XI/2026",
        "0001/SP1/COLL-JKT/XI/2026",
        "0002/SP1/COLL-BDG/XI/2026",
        "0001/SP1/UJI/XI/2026",
        "",
    ]
    assert batch.rows(done)[4]["detail"] == (
        "contract C-0005: branch 'Medan' has no unit; add it to [letters.units] in tagih.toml"
    )


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letters", "wrong"), [(12, 7), pytest.param(500, 250, marks=pytest.mark.heavy)], ids=["12", "500"]
)
def test_a_template_error_fails_that_letter_and_no_number_is_lost(tmp_path, letters, wrong):
    opened = book(tmp_path / "book", [30] * letters)
    templates = tmp_path / "templates" / "id"
    templates.mkdir(parents=True)
    (templates / "sp1.html").write_text(
        '{% extends "builtin/id/sp1.html" %}{% block opening %}'
        f'{{% if letter.contract.id == "C-{wrong:04}" %}}{{{{ letter.nothing_of_that_name }}}}{{% endif %}}'
        "{{ super() }}{% endblock %}"
    )
    out, register = tmp_path / "out", tmp_path / "r.sqlite"
    done = ran(opened, out, register, templates=templates.parent, workers=2)
    assert (dict(done.plan.tally.sent), done.plan.tally.failed) == ({"sp1": letters - 1}, 1)
    assert_whole(out, register, letters - 1)
    row = batch.rows(done)[wrong - 1]
    assert (row["contract"], row["outcome"], row["number"]) == (f"C-{wrong:04}", "failed", "")
    assert "nothing_of_that_name" in row["detail"]
    assert batch.rows(done)[wrong]["number"] == f"{wrong:04}/SP1/UJI/XI/2026"


def test_a_pdf_that_fails_keeps_its_number_for_the_next_run(few, tmp_path, monkeypatch):
    out, register = tmp_path / "out", tmp_path / "r.sqlite"
    whole = Renderer.print

    def failing(self, sheet, **more):
        if "C-0004" in sheet.about:
            raise InputError("letter.test", "no paper")
        return whole(self, sheet, **more)

    monkeypatch.setattr(Renderer, "print", failing)
    done = ran(few, out, register)
    assert done.plan.tally.failed == 1
    assert [state for *_, state in issued(register)] == ["made", "pending", "made"]
    monkeypatch.setattr(Renderer, "print", whole)
    with Register(register) as kept:
        assert len(kept.unfinished()) == 1
    ran(few, out, register)
    assert_whole(out, register, 3)
    with Register(register) as kept:
        assert not kept.unfinished()


def test_incomplete_data_fail_that_letter_alone(tmp_path):
    folder = write(tmp_path / "book", [30, 30, 30])
    debtors = folder / "debtors.csv"
    debtors.write_text(debtors.read_text().replace("Jl. Mawar 2,Bandung,40291", ",,"))
    from tagih.files import read_book

    done = ran(read_book(folder), tmp_path / "out", tmp_path / "r.sqlite")
    assert [choice.outcome for choice in done.plan.choices] == ["send", "failed", "send"]
    assert "debtor.address" in done.plan.choices[1].detail


def test_figures_that_the_book_no_longer_gives_are_not_printed(tmp_path, monkeypatch):
    out, register = tmp_path / "out", tmp_path / "r.sqlite"
    first = book(tmp_path / "a", [30])

    def stopped(self, sheet, **more):
        raise UnavailableError("test", "power cut")

    with monkeypatch.context() as cut:
        cut.setattr(Renderer, "print", stopped)
        with pytest.raises(UnavailableError):
            ran(first, out, register)
    folder = write(tmp_path / "a", [30])
    (folder / "payments.csv").write_text("id,contract,effective_on,amount\nP-1,C-0001,2026-11-20,250000\n")
    from tagih.files import read_book

    done = ran(read_book(folder), out, register)
    assert done.plan.tally.failed == 1
    assert "0001/SP1/UJI/XI/2026 was written from figures that the book no longer gives" in (
        done.plan.choices[0].detail
    )
    assert "was 1000000.00, is 750000.00" in done.plan.choices[0].detail
    assert not list(out.glob("*.pdf"))
    assert issued(register) == [("C-0001", 1, "pending")]


def test_a_letter_no_longer_due_keeps_its_number_and_is_named(tmp_path, monkeypatch):
    out, register = tmp_path / "out", tmp_path / "r.sqlite"
    ran(book(tmp_path / "a", [30]), out, register)
    done = ran(book(tmp_path / "b", [0]), out, register)
    assert [entry.number for entry in done.beside] == ["0001/SP1/UJI/XI/2026"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_written_is_found_before_any_number_is_taken(few, tmp_path):
    (tmp_path / "out").mkdir(mode=0o500)
    with pytest.raises(UnavailableError, match="cannot be written"):
        ran(few, tmp_path / "out", tmp_path / "r.sqlite")
    assert issued(tmp_path / "r.sqlite") == []


def test_a_file_where_the_folder_should_be_is_found_before_any_number_is_taken(few, tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        ran(few, tmp_path / "out", tmp_path / "r.sqlite")
    assert issued(tmp_path / "r.sqlite") == []


@pytest.mark.parametrize("writes", [0, 1, 2, 3, 4])
def test_a_full_disk_stops_the_run_and_the_next_one_finishes_it(few, tmp_path, monkeypatch, writes):
    out, register = tmp_path / "out", tmp_path / "r.sqlite"
    left = [writes]
    whole = Path.write_bytes

    def full(self, content):
        if self.name.endswith(".part"):
            left[0] -= 1
            if left[0] < 0:
                whole(self, content[: len(content) // 2])
                raise OSError(28, "No space left on device")
        return whole(self, content)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        with pytest.raises(UnavailableError, match="No space left"):
            ran(few, out, register)
    assert all(len(pypdfium2.PdfDocument(file)) for file in out.glob("*.pdf"))
    assert not list(out.glob(".*.part"))
    ran(few, out, register)
    assert_whole(out, register, 3)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, resource.RLIM_INFINITY))
from tagih.cli import main
sys.argv = {words!r}
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
@pytest.mark.parametrize("size", [0, 20_000, 50_000, 70_000])
def test_a_file_that_may_not_grow_stops_the_run_and_the_next_one_finishes_it(tmp_path, size):
    """The system itself refuses to write, at one moment or another of the run."""
    folder, out = write(tmp_path / "book", [30] * 8), tmp_path / "out"
    words = ["tagih", *command(folder, out, "--print-file", "--workers", "1")[3:]]
    code = LIMITED.format(size=size, words=words)
    stopped = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert stopped.returncode == 1, stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert stopped.stderr.strip()
    assert all(len(pypdfium2.PdfDocument(file)) for file in out.glob("*.pdf"))
    done = subprocess.run(command(folder, out), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert_whole(out, folder / "register.sqlite", 8)


@pytest.mark.heavy
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may mount a disk")
@pytest.mark.parametrize("kilobytes", [40, 200, 400, 600])
def test_a_disk_that_is_really_full_stops_the_run_and_room_lets_it_finish(tmp_path, kilobytes):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this sandbox mounts nothing")
    try:
        folder, out = write(tmp_path / "book", [30] * 20), disk / "out"
        register = disk / "register.sqlite"
        words = [*command(folder, out), "--register", str(register)]
        stopped = subprocess.run(words, capture_output=True, text=True)
        assert (stopped.returncode, "Traceback" in stopped.stderr) == (1, False), stopped.stderr
        assert all(len(pypdfium2.PdfDocument(file)) for file in out.glob("*.pdf"))
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert_whole(out, register, 20)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def command(folder: Path, out: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "tagih.cli", "letters", "run", str(folder), "--as-of", AS_OF.isoformat()),
        *("--out", str(out), "--now", "2026-11-22T09:00:00", *more),
    ]


def killed_and_finished(tmp_path: Path, letters: int, kills: int, workers: int) -> None:
    folder, out = write(tmp_path / "book", [30] * letters), tmp_path / "out"
    chance = random.Random(20261122)
    for _ in range(kills):
        process = subprocess.Popen(
            command(folder, out, "--workers", str(workers)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(0.3 + chance.random() * (0.9 + letters / 150))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for file in out.glob("*.pdf"):
            assert len(pypdfium2.PdfDocument(file)) >= 1, "half a file"
    done = subprocess.run(command(folder, out), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert_whole(out, folder / "register.sqlite", letters)


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL to a group")
def test_killed_at_random_points_it_finishes_without_gap_double_or_half_file(tmp_path):
    killed_and_finished(tmp_path, letters=40, kills=4, workers=2)


@pytest.mark.heavy
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL to a group")
def test_killed_at_many_random_points_of_500_letters(tmp_path):
    killed_and_finished(tmp_path, letters=500, kills=20, workers=2)


def test_two_runs_at_once_issue_nothing_twice(tmp_path):
    folder, out = write(tmp_path / "book", [30] * 30), tmp_path / "out"
    runs = [
        subprocess.Popen(command(folder, out), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate() for process in runs]
    assert [process.returncode for process in runs] == [0, 0], said
    assert_whole(out, folder / "register.sqlite", 30)


def test_several_processes_make_the_same_bytes(tmp_path):
    opened = book(tmp_path / "book", [30] * 45)
    ran(opened, tmp_path / "one", tmp_path / "1.sqlite")
    ran(opened, tmp_path / "two", tmp_path / "2.sqlite", workers=2)
    for file in (tmp_path / "one").iterdir():
        assert (tmp_path / "two" / file.name).read_bytes() == file.read_bytes(), file.name


# --- what a stranger may write in a book ---------------------------------------------------------

NASTY = [
    "{{ 7 * 7 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "<script>alert(1)</script>",
    "<img src='file:///etc/passwd'>",
    "<link rel=attachment href='file:///etc/passwd'>",
    "</style><style>@import 'http://a.example/x.css'",
]


@pytest.mark.parametrize("name", NASTY)
def test_text_in_a_book_stays_text(tmp_path, name):
    opened = book(tmp_path / "book", [30], names={1: name})
    done = ran(opened, tmp_path / "out", tmp_path / "r.sqlite")
    if done.plan.tally.failed:
        pytest.fail(done.plan.choices[0].detail)
    page = pypdfium2.PdfDocument(tmp_path / "out" / done.files["C-0001"])[0]
    text = page.get_textpage().get_text_range().replace("\r\n", "")
    assert "".join(name.split()) in "".join(text.split())
    with pikepdf.open(tmp_path / "out" / done.files["C-0001"]) as pdf:
        assert list(pdf.attachments) == ["figures.json"]


PATHS = [
    "../../x",
    "..",
    "/etc/passwd",
    "a/b\\c",
    "C:\\x",
    "CON",
    ".hidden",
    "-rf",
    "x" * 300,
    "a\nb",
    "é",
    "",
]


def test_a_file_name_never_leaves_the_folder_and_two_never_meet(few, tmp_path):
    done = ran(few, tmp_path / "out", tmp_path / "r.sqlite")
    entry = done.entries["C-0003"]
    names = [file_name(evolve(entry, contract=id)) for id in PATHS]
    for name in names:
        assert Path(name).name == name
        assert not name.startswith((".", "-"))
        assert len(name) < 200
        assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    assert max(Counter(names).values()) == 1
    pairs = [("a/b", "a-b"), ("a_b", "a-b"), ("../x", "x"), ("..x", ".x"), ("a b", "a-b")]
    for one, other in pairs:
        assert file_name(evolve(entry, contract=one)) != file_name(evolve(entry, contract=other)), (
            one,
            other,
        )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\t=", "\r", "|", "%"])
def test_no_cell_of_a_manifest_begins_a_formula(start):
    assert plain_cell(start + "1+1").startswith("'")
