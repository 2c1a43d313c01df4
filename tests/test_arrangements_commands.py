"""Offers from the shell: the library's figures, from a book or from figures, in every format."""

import json
from decimal import Decimal as D

import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.samples import book_files

AS_OF = "2026-10-31"
FIGURES = (
    "--principal", "12000000", "--flat-monthly-rate", "1%", "--tenor", "12", "--first-due", "2026-01-31",
)  # fmt: skip


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
    from datetime import date

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
    assert "'kepala cabang' may approve it" in out.stderr


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
