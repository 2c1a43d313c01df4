"""`tagih age` in all its views: they tie to each other and to the book, on screen and on paper."""

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal as D

import pytest
from attrs import evolve
from click.testing import CliRunner
from dateutil.relativedelta import relativedelta
from python_calamine import CalamineWorkbook

from tagih.cli import main
from tagih.files import read_book
from tagih.portfolio.book import end_of, positions, replayed
from tagih.reports.aging import aged_of, classed
from tagih.samples import LENDERS, book_files

AS_OF = "2026-10-31"
SOME = [name if name == "bpr" else pytest.param(name, marks=pytest.mark.heavy) for name in LENDERS]
VIEWS = ["classes", "contracts", "debtors", "items", "apart", "slik", "ahead", "month-end", "boundary"]


def tagih(*words):
    arguments = [str(word) for word in words]
    out = CliRunner().invoke(main, arguments, obj=arguments)
    assert out.exception is None or isinstance(out.exception, SystemExit), out.output
    return out


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")

    def made(lender):
        if not (folder / lender).exists():
            for name, content in book_files(lender).items():
                (folder / lender / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / lender / name).write_bytes(content)
        return folder / lender

    return made


def rows_of(out):
    assert out.exit_code == 0, out.output
    return list(csv.DictReader(io.StringIO(out.stdout)))


def total(rows, column):
    return sum(D(row[column] or 0) for row in rows)


# --- the views tie --------------------------------------------------------------------------------


@pytest.mark.parametrize("lender", SOME)
def test_every_view_adds_up_to_the_book(books, lender):
    book = books(lender)
    every = list(positions(read_book(book), date.fromisoformat(AS_OF)))
    outstanding = sum(one.outstanding.total for one in every)
    asked = ("age", book, "--as-of", AS_OF, "--format", "csv", "--view")
    assert total(rows_of(tagih(*asked, "classes")), "outstanding") == outstanding
    assert total(rows_of(tagih(*asked, "contracts")), "outstanding") == outstanding
    assert total(rows_of(tagih(*asked, "debtors")), "outstanding") == outstanding
    assert total(rows_of(tagih(*asked, "month-end")), "outstanding") == outstanding
    unapplied = sum(one.unapplied for one in every)
    assert total(rows_of(tagih(*asked, "items")), "amount") == outstanding - unapplied
    apart = rows_of(tagih(*asked, "apart"))
    assert total(apart, "principal") == sum(one.arrears.principal for one in every)
    assert total(apart, "interest") == sum(one.arrears.interest for one in every)
    slik = rows_of(tagih(*asked, "slik"))
    assert total(slik, "principal_balance") == sum(one.outstanding.principal for one in every)


@pytest.mark.parametrize("lender", SOME)
def test_the_bridge_closes_from_the_shell(books, lender):
    out = tagih("age", books(lender), "--as-of", AS_OF, "--since", "2026-09-30", "--format", "json")
    told = json.loads(out.stdout)
    for bridge in told if isinstance(told, list) else [told]:
        for column in [key for key in bridge["total"] if key not in ("key", "line", "contracts")]:
            assert sum(D(row[column]) for row in bridge["rows"]) == D(bridge["total"][column]), column


@pytest.mark.parametrize(
    ("unit", "bands", "firsts"),
    [("months", ("1", "2-3", "older"), (1, 2, 4)), ("full_months", ("0", "1", "2-3", "older"), (0, 1, 2, 4))],
)
def test_arrears_apart_stand_in_bands_of_named_months(books, unit, bands, firsts):
    book = books("mf")
    asked = ("age", book, "--as-of", AS_OF, "--view", "apart", "--unit", unit, "--bands", "1,3")
    shown = {row["bucket"]: D(row["principal"]) for row in rows_of(tagih(*asked, "--format", "csv"))}
    expected = dict.fromkeys(bands, D(0))
    for position in positions(read_book(book), date.fromisoformat(AS_OF)):
        for row in position.instalments:
            apart = relativedelta(position.as_of, row.due_on)
            lasted = 12 * apart.years + apart.months
            if unit == "months":
                lasted += bool(apart.days)
            if row.due_on < position.as_of:
                name = [band for band, first in zip(bands, firsts, strict=True) if first <= lasted][-1]
                expected[name] += row.outstanding.principal
    assert {name: amount for name, amount in shown.items() if amount} == {
        name: amount for name, amount in expected.items() if amount
    }


def test_bands_and_another_scheme_move_the_contracts_and_never_the_money(books):
    asked = ("age", books("mf"), "--as-of", AS_OF, "--format", "json")
    own = json.loads(tagih(*asked).stdout)
    for more in (("--bands", "30,60,90"), ("--scheme", "buckets.b1-b7"), ("--scheme", "id.kol.bank.2019")):
        other = json.loads(tagih(*asked, *more).stdout)
        assert other["scheme"] != own["scheme"]
        for column in ("contracts", "outstanding", "arrears_principal", "unapplied"):
            assert other["total"][column] == own["total"][column]


def test_one_obligor_is_in_the_table_where_the_law_has_it_and_named(books):
    asked = ("--as-of", AS_OF, "--view", "contracts", "--lang", "en", "--format", "csv")
    bank = rows_of(tagih("age", books("bank"), *asked))
    pulled = [row for row in bank if row["reason"].startswith("one obligor")]
    assert pulled
    classes = {row["contract"]: row["class"] for row in bank}
    assert all(row["class"] == classes[row["reason"].split()[-1]] for row in pulled)
    company = rows_of(tagih("age", books("mf"), *asked))
    assert "reason" not in company[0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--view", "bridge"), "needs --since"),
        (("--view", "slik", "--since", "2026-09-30"), "--since is for the view bridge"),
        (("--scheme", "buckets.b1-b7", "--bands", "30"), "give --scheme or --bands, not both"),
        (("--unit", "months"), "--unit is for the view apart"),
        (
            ("--unit", "months", "--view", "apart", "--scheme", "buckets.b1-b7"),
            "--unit is for the view apart",
        ),
        (("--bands", "30;60"), "'30;60' is not whole numbers; write 30,60,90"),
        (("--view", "umur"), "'umur' is not one of"),
    ],
)
def test_misuse_says_what_to_write(books, words, message):
    out = tagih("age", books("mf"), "--as-of", AS_OF, *words)
    assert out.exit_code == 2
    assert message in out.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--scheme", "id.alloc.kuhperdata"), "rule 'id.alloc.kuhperdata' is no bucket rule"),
        (("--since", "2019-01-31"), "the book has no contract on 2019-01-31"),
        (("--since", AS_OF), "a bridge leads from one day to a later one"),
        (("--bands", "30,30"), "from_day must start at 0 and rise"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(books, words, message):
    out = tagih("age", books("mf"), "--as-of", AS_OF, *words, "--lang", "en")
    assert (out.exit_code, out.stdout) == (1, "")
    assert message in out.stderr


# --- the past -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lender", ["mf", "pindar"])
@pytest.mark.parametrize("day", [date(2026, 7, 31), date(2026, 9, 30)])
def test_a_past_date_equals_what_was_printed_then(books, lender, day):
    book = read_book(books(lender))
    moment = end_of(book, day)
    then = evolve(
        book,
        events={
            name: tuple(
                event
                for event in events
                if event.effective_on <= day and (event.recorded_at is None or event.recorded_at <= moment)
            )
            for name, events in book.events.items()
        },
    )
    printed = [aged_of(one) for one in classed(positions(then, day))]
    again = [aged_of(one) for one in classed(replayed(book, day, known=moment))]
    assert again == printed


def test_what_was_booked_later_shows_unless_as_printed_is_asked(books):
    asked = ("age", books("mf"), "--as-of", "2026-10-31", "--format", "json")
    now, then = json.loads(tagih(*asked).stdout), json.loads(tagih(*asked, "--as-printed").stdout)
    # a collector's money of 31 October is posted in November
    assert D(then["total"]["outstanding"]) >= D(now["total"]["outstanding"])


# --- paper ----------------------------------------------------------------------------------------


def test_a_workbook_holds_real_numbers_and_dates_and_text_that_stays_text(books, tmp_path):
    import shutil

    book = tmp_path / "buku"
    shutil.copytree(books("mf"), book)
    file = next(book.glob("konsumen.csv"))
    name = read_book(book).debtors["K000005"].name
    file.write_text(file.read_text(encoding="utf-8").replace(name, "=1+1"), encoding="utf-8")
    target = tmp_path / "umur.xlsx"
    out = tagih("age", book, "--as-of", AS_OF, "--since", "2026-09-30", "--by", "branch", "-o", target)
    assert out.exit_code == 0, out.output
    sheets = CalamineWorkbook.from_path(str(target))
    assert sheets.sheet_names == ["aging", "aging_by_branch", "bridge", "contracts", "about"]
    heads, *rows = sheets.get_sheet_by_name("contracts").to_python()
    late = [row for row in rows if row[heads.index("hari")]]
    assert all(type(row[heads.index("sisa utang")]) is float for row in rows)
    assert all(isinstance(row[heads.index("tertua")], date | datetime) for row in late)
    assert "=1+1" in [row[heads.index("debitur")] for row in rows]
    heads, *rows, last = sheets.get_sheet_by_name("aging").to_python()
    for at, head in enumerate(heads[2:], 2):
        assert sum(D(str(row[at])) for row in rows) == pytest.approx(D(str(last[at])), abs=D("0.001")), head
    about = " ".join(str(cell) for row in sheets.get_sheet_by_name("about").to_python() for cell in row)
    for said in ("PT Contoh Pembiayaan", "31 Oktober 2026 (Asia/Jakarta)", "id.kol.mf.2018", "POJK 35"):
        assert said in about


def test_a_workbook_freezes_its_headers_and_formats_its_columns(books, tmp_path):
    import zipfile

    target = tmp_path / "umur.xlsx"
    tagih("age", books("mf"), "--as-of", AS_OF, "-o", target)
    with zipfile.ZipFile(target) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert 'state="frozen"' in sheet
    assert "<f>" not in sheet
    assert "#,##0.00" in styles
    assert "yyyy-mm-dd" in styles


@pytest.mark.parametrize(("lender", "view"), [("mf", "classes"), ("bpr", "debtors")])
def test_a_page_names_the_day_the_zone_the_rules_and_ties(books, tmp_path, lender, view):
    target = tmp_path / "umur.html"
    assert tagih("age", books(lender), "--as-of", AS_OF, "--view", view, "-o", target).exit_code == 0
    page = target.read_text(encoding="utf-8")
    for said in ("31 Oktober 2026", "Asia/Jakarta", "<svg", "POJK", "Cocok:", "tanggal jatuh tempo = hari 0"):
        assert said in page
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    "view", [pytest.param(view, marks=pytest.mark.heavy) if view == "ahead" else view for view in VIEWS]
)
def test_every_view_speaks_both_languages(books, view):
    asked = ("age", books("pindar"), "--as-of", AS_OF, "--view", view)
    indonesian, english = tagih(*asked), tagih(*asked, "--lang", "en")
    assert (indonesian.exit_code, english.exit_code) == (0, 0)
    assert indonesian.stdout.startswith("Umur piutang")
    assert english.stdout.startswith("Aging of")


def test_an_indonesian_reader_gets_indonesian_sentences(books):
    out = tagih("age", books("mf"), "--as-of", "2019-01-31")
    assert out.stderr == "buku tidak memuat kontrak pada 2019-01-31\n"
    out = tagih("age", books("mf"), "--as-of", AS_OF, "--scheme", "id.alloc.kuhperdata")
    assert out.stderr.startswith("aturan 'id.alloc.kuhperdata' bukan aturan kelas")
