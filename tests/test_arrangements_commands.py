"""Offers from the shell: the library's figures, from a book or from figures, in every format."""

import json
from datetime import date, timedelta
from decimal import Decimal as D
from itertools import pairwise

import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.samples import book_files

AS_OF = "2026-10-31"
FIGURES = (
    "--principal", "12000000", "--flat-monthly-rate", "1%", "--tenor", "12", "--first-due", "2026-01-31",
)  # fmt: skip

LATE = (*FIGURES, "--paid", "2", "--as-of", "2026-05-15")


def tagih(*words):
    arguments = [str(word) for word in words]
    return CliRunner().invoke(main, arguments, obj=arguments)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books") / "mf"
    for name, content in book_files("mf").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def late(book):
    """A contract of the book in arrears, not written off."""
    from tagih.files import read_book
    from tagih.portfolio.book import positions

    return next(
        one
        for one in positions(read_book(book), date.fromisoformat(AS_OF))
        if 30 < one.days_past_due < 90 and not one.written_off.total
    )


def test_a_payoff_from_figures_is_the_published_one():
    asked = ("--rebate", "actuarial", "--unit", "0.01", "--good-through", "2026-07-02", "--format", "json")
    out = tagih("payoff", *FIGURES, "--paid", 6, "--as-of", "2026-06-30", *asked)
    assert out.exit_code == 0, out.output
    told = json.loads(out.stdout)
    assert told["quote"]["days"][0]["total"] == "6318713.77"
    assert len(told["quote"]["days"]) == 3


def test_a_plan_from_a_book_is_the_library_s(book, late):
    from tagih.arrangements import PlanTerms, plan

    out = tagih("plan", book, late.contract.id, "--as-of", AS_OF, "--months", 4, "--format", "json")
    assert out.exit_code == 0, out.output
    told, made = json.loads(out.stdout), plan(late, PlanTerms(months=4))
    assert [D(paid["amount"]) for paid in told["pays"]] == [paid.amount for paid in made.pays]
    assert told["fingerprint"] == made.fingerprint


WORDS = {
    "plan": ("--months", "3"),
    "settle": ("--discount", "10%", "--base", "payoff"),
    "payoff": ("--good-through", "2026-11-03"),
    "sale": ("--price", "50000000", "--cost", "lelang=500000"),
}


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_offer_is_shown_as_text_in_both_languages(book, late, name, lang):
    out = tagih(name, book, late.contract.id, "--as-of", AS_OF, *WORDS[name], "--lang", lang)
    assert out.exit_code == 0, out.output
    assert ("biaya tambahan debitur" if lang == "id" else "extra cost to the debtor") in out.stdout
    assert late.contract.id in out.stdout


@pytest.mark.parametrize("name", WORDS)
def test_the_page_for_the_debtor_is_one_page_and_the_same_bytes_twice(book, late, name, tmp_path):
    import pypdfium2

    files = [tmp_path / f"{n}.pdf" for n in (1, 2)]
    for file in files:
        out = tagih(name, book, late.contract.id, "--as-of", AS_OF, *WORDS[name], "--output", file)
        assert out.exit_code == 0, out.output
    assert files[0].read_bytes() == files[1].read_bytes()
    with pypdfium2.PdfDocument(files[0]) as document:
        assert len(document) == 1


NEW_PLANS = [
    # options, what the first new rows come to; Rp12.000.000 flat 1 %, two paid, on 15 May 2026
    (["--running", "collect", "--running-annual-rate", "12%", "--running-on", "actual"], "collected",
     round(D(10_000_000) * D("0.12") * 15 / 365)),
    (["--running", "collect", "--running-annual-rate", "12%"], "collected",
     round(D(8_000_000) * D("0.12") * 15 / 365)),
    (["--running", "collect", "--running-annual-rate", "12%", "--day-count", "30/360"], "collected",
     round(D(8_000_000) * D("0.12") * 15 / 360)),
]  # fmt: skip


@pytest.mark.parametrize(("options", "to", "amount"), NEW_PLANS)
def test_running_interest_is_named_in_the_shell(options, to, amount):
    shown = tagih("restructure", *LATE, "--rows", "12", *options, "--format", "json")
    moves = json.loads(shown.stdout)["moves"]
    assert [D(move["amount"]) for move in moves if move["to"] == to] == [amount]


def test_an_agreed_instalment_below_its_interest_must_be_declared():
    low = ["restructure", *LATE, "--rows", "12", "--new-monthly-rate", "2%", "--instalment", "150000"]
    refused = tagih(*low)
    assert refused.exit_code == 1
    assert "150000" in refused.stderr
    made = json.loads(tagih(*low, "--shortfall", "capitalise", "--format", "json").stdout)
    assert [D(row["total"]) for row in made["new"][:3]] == [150_000] * 3


def test_a_new_plan_can_be_paid_by_the_week():
    made = tagih("restructure", *LATE, "--rows", "20", "--frequency", "weekly", "--format", "json")
    days = [date.fromisoformat(row["due_on"]) for row in json.loads(made.stdout)["new"]]
    assert {(later - day).days for day, later in pairwise(days)} == {7}


def test_a_written_off_debt_of_a_book_is_settled(book):
    lost = next(
        line.split(";")[1]
        for file in book.glob("*.csv")
        for line in file.read_text(encoding="utf-8").splitlines()
        if ";HAPUS BUKU;" in line
    )
    shown = tagih(
        "settle", str(book), lost, "--as-of", "2026-10-31", "--discount", "50%", "--base", "principal"
    )
    assert shown.exit_code == 0
    assert "hapus tagih" in shown.stdout
    refused = tagih("plan", book, lost, "--as-of", AS_OF, "--months", "4")
    assert refused.exit_code == 1
    assert "sudah dihapus buku" in refused.stderr


def test_a_prepayment_from_figures():
    asked = ("--amount", 2_000_000, "--keep", "term", "--format", "csv")
    out = tagih("prepay", *FIGURES, "--paid", 6, "--as-of", "2026-06-30", *asked)
    assert out.exit_code == 0, out.output
    lines = out.stdout.splitlines()
    assert lines[1].startswith("2026-06-30,prepayment,yes,2000000")
    assert len(lines) == 1 + 1 + 6


def test_beyond_the_limits_the_offer_is_shown_and_the_exit_is_1():
    asked = ("--months", 7, "--limits", "id.offer.contoh", "--by", "petugas", "--lang", "en")
    out = tagih("plan", *FIGURES, "--as-of", "2026-06-30", *asked)
    assert out.exit_code == 1
    assert "needs approval of kepala cabang" in out.stdout
    assert "length in months 8, limit of petugas 6: needs approval of kepala cabang" in out.stderr


SEVERAL = [
    # what is asked beside a discount of all late charges, and who must approve it all
    (("--payments", 2), "kepala cabang"),  # over 61 days, and nothing is paid down
    (("--payments", 3), "komite"),  # over 92 days
    (("--payments", 13), "tidak seorang pun"),
]


@pytest.mark.parametrize(("asked", "approver"), SEVERAL)
def test_of_several_limits_the_one_that_decides_is_named(asked, approver):
    figures = (*LATE, "--late-daily-rate", "0.1%", "--discount", "100%", "--base", "charges")
    out = tagih("settle", *figures, *asked, "--limits", "id.offer.contoh")
    assert out.exit_code == 1
    assert out.stderr.startswith("pelunasan dengan keringanan kontrak -: ")
    assert out.stderr.count(approver) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "--as-of", AS_OF, "--months", "3"), "give a book and a contract, or --principal"),
        (("plan", "BOOK", "--as-of", AS_OF, "--months", "3"), "which contract of the book?"),
        (("plan", "BOOK", "X", *FIGURES, "--as-of", AS_OF, "--months", "3"), "from one of the two"),
        (("plan", *FIGURES, "--as-of", AS_OF, "--pay", "besok"), "'besok' is not a dated amount"),
        (("plan", *FIGURES, "--as-of", "2026-01-31", "--months", "3"), "nothing is in arrears"),
        (("settle", *FIGURES, "--as-of", AS_OF), "give one of the three"),
        (("settle", *FIGURES, "--as-of", AS_OF, "--waive", "denda"), "write late_charge=100%"),
        (("sale", *FIGURES, "--as-of", AS_OF, "--price", "1", "--cost", "5"), "write name=amount"),
        (
            ("plan", *FIGURES, "--as-of", AS_OF, "--months", "3", "--limits", "id.kol.pindar"),
            "not of kind offer",
        ),
    ],
)
def test_what_cannot_be_offered_is_said_in_a_sentence(book, words, said):
    out = tagih(*(book if word == "BOOK" else word for word in words), "--lang", "en")
    assert out.exit_code == 1
    assert said in out.stderr
    assert "Traceback" not in out.output


def test_promises_of_a_book_are_judged_with_their_payments(book):
    out = tagih("promises", book, "--as-of", AS_OF, "--format", "json")
    assert out.exit_code == 0, out.output
    told = json.loads(out.stdout)
    assert told["matured"] == sum(row["status"] != "pending" for row in told["rows"])
    assert told["kept"] == sum(row["status"] == "kept" for row in told["rows"])
    assert all(row["payments"] for row in told["rows"] if row["status"] in ("kept", "partial"))
    asked = ("--grace-days", 5, "--working-days", "--format", "json")
    patient = json.loads(tagih("promises", book, "--as-of", AS_OF, *asked).stdout)
    assert D(patient["received"]) >= D(told["received"]) or patient["matured"] < told["matured"]


WEEKENDS = [
    # asked, and the last day for what was promised for Friday 16 October 2026 with one day of grace
    ((), "2026-10-17"),
    (("--working-days",), "2026-10-19"),
    (("--working-days", "--working-week", "mon-sat"), "2026-10-17"),
    (("--working-days", "--calendar", "id.cal.2026"), "2026-10-19"),
    (("--working-days", "--calendar", "OWN"), "2026-10-20"),  # the lender's own list has Monday the 19th
]


@pytest.mark.parametrize(("asked", "deadline"), WEEKENDS)
@pytest.mark.parametrize("in_book", [False, True])
def test_the_working_week_and_the_holidays_of_a_promise_are_inputs(tmp_path, book, asked, deadline, in_book):
    import shutil

    folder = tmp_path / "buku"
    shutil.copytree(book, folder)
    file = folder / "janji-bayar.csv"
    header = file.read_text(encoding="utf-8").splitlines()[0]
    file.write_text(f"{header}\nJ-1;MF-0005;12/10/2026;16/10/2026;1;telepon;\n", encoding="utf-8")
    own = 'id = "kami.2026"\nkind = "calendar"\nyear = 2026\nconfidence = "contract"\n'
    own += 'holidays = [{ on = 2026-10-19, name = "Hari jadi kami" }]\n'
    file = tmp_path / "kami.toml"
    file.write_text(own)
    if in_book:  # a lender's own list of a year stands in the place of the built-in one
        (folder / "policies").mkdir(exist_ok=True)
        shutil.copy(file, folder / "policies")
        if "--calendar" not in asked and "mon-sat" not in asked and asked:
            deadline = "2026-10-20"
    named = [str(file) if word == "OWN" else word for word in asked]
    out = tagih("promises", folder, "--as-of", AS_OF, "--grace-days", 1, *named, "--format", "json")
    assert out.exit_code == 0, out.output
    (told,) = [row for row in json.loads(out.stdout)["rows"] if row["promise"] == "J-1"]
    assert told["deadline"] == deadline


def test_a_rule_of_another_kind_is_no_holiday_list(book):
    out = tagih("promises", book, "--as-of", AS_OF, "--working-days", "--calendar", "id.offer.contoh")
    assert out.exit_code == 1
    assert "bukan aturan jenis calendar" in out.output


LENGTHS = [
    # months, how many of them late (each at its own late charge), and what is offered
    (12, 1, ("plan", "--months", "6", "--step", "10000")),
    (12, 9, ("settle", "--waive", "late_charge=100%", "--payments", "6", "--expires-on", "LATER")),
    (36, 20, ("restructure", "--rows", "48", "--interest", "capitalise")),
    (60, 50, ("sale", "--price", "1000000", "--cost", "lelang=1000")),
    (24, 13, ("payoff", "--good-through", "LATER")),
]


@pytest.mark.parametrize(("months", "late_rows", "asked"), LENGTHS)
def test_an_offer_is_one_page(tmp_path, months, late_rows, asked):
    import pypdfium2

    from tagih.dates import add_months
    from tagih.words import tanggal

    first = date(2020, 1, 31)
    day = add_months(first, late_rows - 1, anchor_day=31) + timedelta(days=12)
    later = (day + timedelta(days=7)).isoformat()
    words = [later if word == "LATER" else word for word in asked]
    figures = ("--principal", 60_000_000, "--monthly-rate", "1.5%", "--tenor", months, "--first-due", first)
    more = ("--late-daily-rate", "0.1%", "--as-of", day, "--limits", "id.offer.contoh")
    file = tmp_path / "penawaran.pdf"
    out = tagih(words[0], *figures, *more, *words[1:], "-o", file)
    assert out.exit_code in (0, 1), out.output
    assert len(pypdfium2.PdfDocument(file)) == 1
    html = tmp_path / "penawaran.html"
    tagih(words[0], *figures, *more, *words[1:], "-o", html)
    page = html.read_text()
    assert page.count("<tr>") < 100  # lines beyond the page are one line, and nothing is lost
    told = json.loads(tagih(words[0], *figures, *more, *words[1:], "--format", "json").stdout)
    total = f"{int(sum(D(row['total']) for row in told['old'])):,}".replace(",", ".")
    assert f">{total}<" in page
    if "LATER" in asked:  # until when it stands
        assert f"berlaku sampai {tanggal(day + timedelta(days=7))}" in page


def test_a_quote_that_was_kept_is_asked_again(tmp_path, book):
    """It stands to its last day, for its own contract, and until something happens."""
    file = tmp_path / "angka.json"
    made = tagih("payoff", book, "MF-0002", "--as-of", "2026-08-20", "--good-through", "2026-08-27",
                 "--rebate", "actuarial", "--current", "to_day", "-o", file)  # fmt: skip
    assert made.exit_code == 0, made.output
    days = json.loads(file.read_text())["quote"]["days"]

    def ask(on, *more, contract="MF-0002"):
        return tagih("payoff", book, contract, "--as-of", on, "--quote", file, *more)

    for day in (days[0], days[3], days[7]):
        told = ask(day["on"], "--format", "json")
        assert told.exit_code == 0, told.output
        assert [one["total"] for one in json.loads(told.stdout)["days"]] == [day["total"]]
    late = ask("2026-08-28")
    assert late.exit_code == 1
    assert "minta yang baru" in late.output
    assert ask("2026-08-19").exit_code == 1
    other = ask("2026-08-20", contract="MF-0005")
    assert "untuk kontrak MF-0002" in other.output
    (tmp_path / "angka.json").write_text("{}")
    assert "bukan angka pelunasan" in ask("2026-08-20").output


def test_a_payment_that_the_quote_did_not_know_ends_it(tmp_path, book):
    file = tmp_path / "angka.json"
    # MF-0002 pays its instalment every month
    made = tagih(
        "payoff", book, "MF-0002", "--as-of", "2026-08-20", "--good-through", "2026-10-15", "-o", file
    )
    assert made.exit_code == 0, made.output
    out = tagih("payoff", book, "MF-0002", "--as-of", "2026-10-10", "--quote", file, "--lang", "en")
    assert out.exit_code == 1
    assert "does not know Payment" in out.output
