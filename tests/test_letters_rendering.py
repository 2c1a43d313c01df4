"""From a letter to HTML and PDF: what it says, that it is one file, that nothing is fetched."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pikepdf
import pypdfium2
import pytest
from attrs import evolve

from tagih.errors import InputError, UnavailableError
from tagih.ledger.position import added
from tagih.letters import rendering
from tagih.letters.catalogue import KINDS
from tagih.letters.figures import amounts
from tagih.letters.messages import message
from tagih.letters.rendering import Renderer
from tagih.letters.specimens import CONTRACT, DEBTOR, FIGURES, LENDER, long_case, specimen
from tagih.parties import Address

D = Decimal
PAPERS = [(name, language) for name, kind in KINDS.items() if not kind.message for language in kind.titles]
MESSAGES = [(name, language) for name, kind in KINDS.items() if kind.message for language in kind.titles]


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def text_of(pdf: bytes) -> list[str]:
    """The text of each page, blanks made plain."""
    document = pypdfium2.PdfDocument(pdf)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


# --- every kind -------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "language"), PAPERS)
def test_every_letter_reads_as_its_golden_page(kind, language, renderer, golden):
    golden(f"letters/{language}-{kind}.html", renderer.html(specimen(kind, language)))


@pytest.mark.parametrize(("kind", "language"), MESSAGES)
def test_every_message_reads_as_its_golden_text(kind, language, renderer, golden):
    sent = message(renderer, specimen(kind, language))
    golden(f"letters/{language}-{kind}.txt", f"{sent.subject}\n\n{sent.text}")
    golden(f"letters/{language}-{kind}.html", sent.html)


@pytest.mark.parametrize("lender_type", ["bank", "bpr", "pindar", "koperasi", "mf-syariah", "lkm"])
def test_the_first_warning_of_every_lender_type_reads_as_its_golden_page(lender_type, renderer, golden):
    golden(f"letters/id-sp1-{lender_type}.html", renderer.html(specimen("sp1", lender_type=lender_type)))


@pytest.mark.parametrize(("kind", "language"), PAPERS)
def test_every_letter_becomes_a_pdf_in_the_bundled_fonts_alone(kind, language, renderer):
    pdf = pikepdf.open(io.BytesIO(renderer.pdf(specimen(kind, language))))
    fonts = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and "/FontName" in thing]
    assert {str(font.FontName).split("+")[1].split("-")[0] for font in fonts} == {"Surat"}
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)


def test_an_agreement_is_not_written_in_english():
    with pytest.raises(InputError, match="addendum is not written in 'en'; write one of id"):
        evolve(specimen("addendum"), language="en")


# --- what a warning says ----------------------------------------------------------------------


def test_the_first_warning_is_one_page_that_says_the_five_things_of_article_60(renderer):
    pages = text_of(renderer.pdf(specimen("sp1")))
    assert len(pages) == 1
    for said in (
        "0123/SP1/COLL-JKT/XI/2026",
        "Jakarta, 22 November 2026",
        "Yth. Bapak Bagus Setiawan Nugroho",
        "Tanggal jatuh tempo angsuran tertua yang belum dibayar 31 Agustus 2026",
        "Jumlah hari keterlambatan 83 hari",
        "Outstanding pokok terutang (seluruh sisa pokok) Rp13.750.000,00",
        "Bunga terutang (manfaat ekonomi) Rp374.000,00",
        "Denda terutang Rp361.375,00",
        "Rp1.985.375,00 (satu juta sembilan ratus delapan puluh lima ribu tiga ratus tujuh puluh lima",
        "Senin, 30 November 2026",
        "mohon abaikan surat ini",
        "Ratna Prameswari",
        "Halaman 1 dari 1",
    ):
        assert said in pages[0]


def test_a_warning_without_late_charges_still_states_them(renderer):
    rows = tuple(evolve(row, owed=amounts(principal=row.owed.principal)) for row in FIGURES.rows)
    assert "Rp0,00" in renderer.html(specimen("sp1", figures=evolve(FIGURES, rows=rows)))


def test_sharia_late_charges_are_stated_by_their_own_names(renderer):
    figures = evolve(FIGURES, named_late=(("tazir", D(300_000)), ("tawidh", D(61_375))))
    html = renderer.html(specimen("sp1", lender_type="mf-syariah", figures=figures))
    for said in (
        "Ta&#39;zir terutang",
        "Rp300.000,00",
        "Ta&#39;widh terutang",
        "Rp61.375,00",
        "Margin terutang",
    ):
        assert said in html


@pytest.mark.parametrize(
    ("lender_type", "words"),
    [("pindar", ("Penerima Dana", "Perjanjian Pendanaan")), ("koperasi", ("anggota", "Jasa terutang"))],
)
def test_a_letter_uses_the_nouns_of_its_lender_type(lender_type, words, renderer):
    html = renderer.html(specimen("sp1", lender_type=lender_type))
    assert all(word in html for word in words)
    assert "konsumen" not in html


def test_the_licence_line_stands_only_if_the_lender_says_it(renderer):
    assert "Otoritas Jasa Keuangan" in renderer.html(specimen("reminder"))
    silent = specimen("reminder", lender=evolve(LENDER, licence_line=""))
    assert "Otoritas Jasa Keuangan" not in renderer.html(silent)


def test_no_letter_shows_a_whole_national_id(renderer):
    for kind, language in PAPERS:
        assert DEBTOR.national_id not in renderer.html(specimen(kind, language))


def test_the_subject_of_a_message_does_not_say_that_anything_is_late(renderer):
    sent = message(renderer, specimen("overdue_message"))
    assert not re.search("tunggak|lambat|jatuh tempo|overdue|late", sent.subject, re.IGNORECASE)
    assert CONTRACT.id not in sent.subject


def test_a_letter_is_not_sent_as_a_message(renderer):
    with pytest.raises(InputError, match="sp1 is a letter, not a message"):
        message(renderer, specimen("sp1"))


# --- pages ------------------------------------------------------------------------------------


def test_forty_instalments_a_long_name_and_five_lines_of_address_break_well_over_pages(renderer):
    paper = long_case()
    assert len(paper.debtor.name) == 80
    assert len(paper.debtor.address.written) == 5
    pages = text_of(renderer.pdf(paper))
    assert len(pages) == 2
    assert "Halaman 2 dari 2" in pages[1]
    assert "Angsuran Jatuh tempo Hari Pokok Bunga Denda Jumlah" in pages[0]
    assert "Angsuran Jatuh tempo Hari Pokok Bunga Denda Jumlah" in pages[1]  # the header repeats
    assert "Surat Peringatan Pertama (SP1) 0123/SP1/COLL-JKT/XI/2026 · 22 November 2026" in pages[1]
    assert all(f"ke-{n} " in pages[0] + pages[1] for n in range(1, 41))
    assert "Hormat kami" in pages[1]


def test_hundreds_of_instalments_take_as_many_pages_as_they_need(renderer):
    pages = text_of(renderer.pdf(long_case(instalments=120)))
    assert f"Halaman {len(pages)} dari {len(pages)}" in pages[-1]
    assert all("Angsuran Jatuh tempo Hari" in page for page in pages[:3])


def test_large_amounts_with_sen_stay_inside_their_columns(renderer):
    big = amounts(
        principal=D("98765432109.87"),
        interest=D("12345678901.23"),
        fee=D("1234567890.12"),
        late_charge=D("9876543210.98"),
    )
    rows = tuple(evolve(row, owed=big) for row in FIGURES.rows)
    outstanding = added(row.owed for row in rows)
    pdf = renderer.pdf(specimen("sp1", figures=evolve(FIGURES, rows=rows, outstanding=outstanding)))
    assert "98.765.432.109,87 12.345.678.901,23 1.234.567.890,12 9.876.543.210,98" in " ".join(text_of(pdf))


# --- the file ---------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["pdf", "pdf/a-3u", "pdf/ua-1"])
def test_the_same_letter_gives_the_same_bytes_from_any_renderer(variant, renderer):
    paper = specimen("sp1")
    renderer.pdf(long_case())  # what came before must not matter
    assert renderer.pdf(paper, variant=variant) == Renderer().pdf(paper, variant=variant)


def test_metadata_and_language_are_set_and_the_figures_travel_inside(renderer):
    paper = specimen("sp1")
    pdf = pikepdf.open(io.BytesIO(renderer.pdf(paper)))
    assert str(pdf.docinfo["/Title"]) == "Surat Peringatan Pertama (SP1) 0123/SP1/COLL-JKT/XI/2026"
    assert str(pdf.docinfo["/Author"]) == LENDER.name
    assert str(pdf.docinfo["/CreationDate"]).startswith("D:20261122")
    assert str(pdf.Root.Lang) == "id"
    held = json.loads(pdf.attachments["figures.json"].get_file().read_bytes())
    assert held["number"] == paper.number
    assert held["figures"] == FIGURES.to_dict()


def test_pdf_a_3u_carries_its_mark_its_colour_profile_and_the_attachment_as_data(renderer):
    pdf = pikepdf.open(io.BytesIO(renderer.pdf(specimen("sp1"), variant="pdf/a-3u")))
    with pdf.open_metadata() as meta:
        assert (meta.get("pdfaid:part"), meta.get("pdfaid:conformance")) == ("3", "U")
    assert "/OutputIntents" in pdf.Root
    assert [str(file.AFRelationship) for file in pdf.Root.AF] == ["/Data"]


def test_pdf_ua_1_is_tagged_with_a_title_and_a_language(renderer):
    pdf = pikepdf.open(io.BytesIO(renderer.pdf(specimen("sp1"), variant="pdf/ua-1")))
    with pdf.open_metadata() as meta:
        assert meta.get("pdfuaid:part") == "1"
    assert pdf.Root.MarkInfo.Marked
    assert "/StructTreeRoot" in pdf.Root
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert str(pdf.Root.Lang) == "id"


def test_an_unknown_variant_is_refused(renderer):
    with pytest.raises(InputError, match="pdf variant 'pdf/x' is unknown"):
        renderer.pdf(specimen("sp1"), variant="pdf/x")


def test_a_page_for_the_browser_needs_nothing_else(renderer):
    page = renderer.page(specimen("sp1"))
    assert page.count("@font-face") == 4
    assert not re.findall(r"""(?:src|href)=["'](?!data:)|url\((?!data:)""", page)


def test_without_the_system_libraries_the_error_names_the_one_command(monkeypatch):
    def broken() -> None:
        raise OSError("cannot load library 'libpangoft2-1.0-0'")

    monkeypatch.setattr(rendering, "_import_engine", broken)
    with pytest.raises(UnavailableError, match=r"apt-get install .*libpangoft2-1.0-0 libharfbuzz-subset0"):
        Renderer().pdf(specimen("sp1"))


def test_html_is_made_without_the_layout_engine():
    code = (
        "import sys; from tagih.letters.rendering import Renderer;"
        "from tagih.letters.specimens import specimen; Renderer().html(specimen('sp1'));"
        "sys.exit('weasyprint' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- hostile data and hostile templates -------------------------------------------------------

NASTY = [
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% include 'x' %}",
    "</style><img src=x onerror=1>",
    '"><link rel=attachment href=file:///etc/hostname>',
    "&lt;b&gt; & co",
]


@pytest.mark.parametrize("name", NASTY)
def test_markup_in_data_is_printed_as_it_stands(name, renderer):
    paper = specimen("sp1", debtor=evolve(DEBTOR, name=name, address=Address((name,), city=name)))
    pdf = renderer.pdf(paper)
    assert " ".join(name.split()).replace(" ", "") in "".join(text_of(pdf)).replace(" ", "")
    assert list(pikepdf.open(io.BytesIO(pdf)).attachments) == ["figures.json"]


def test_a_name_in_letters_that_the_fonts_lack_stops_the_letter_and_shows_which(renderer):
    with pytest.raises(InputError, match=r"sp1 for contract 4100260007 holds '漢' \(U\+6F22\)"):
        renderer.html(specimen("sp1", debtor=evolve(DEBTOR, name="漢字")))


def test_names_with_accents_are_written(renderer):
    names = "Nguyễn Thị Żółć Ängström Çelik Ð’Artagnan Ḥusain"
    assert names in text_of(renderer.pdf(specimen("sp1", debtor=evolve(DEBTOR, name=names))))[0]


def own(tmp_path, text: str, name: str = "id/sp1.html") -> Renderer:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return Renderer(tmp_path)


def test_a_lender_may_override_one_block_and_keep_the_rest(tmp_path):
    html = own(
        tmp_path,
        '{% extends "builtin/id/sp1.html" %}{% block consequence %}<p>Kalimat kami.</p>{% endblock %}',
    ).html(specimen("sp1"))
    assert "Kalimat kami." in html
    assert "surat peringatan berikutnya" not in html
    assert "Outstanding pokok terutang" in html


FETCHES = [
    '<img src="file:///etc/hostname">',
    '<img src="http://example.org/x.png">',
    '<img src="logo.png">',
    '<link rel="attachment" href="file:///etc/hostname">',
    '<link rel="stylesheet" href="https://example.org/x.css">',
    '<style>@import url("file:///etc/hostname");</style>',
    '<style>body { background: url("ftp://example.org/x") }</style>',
    '<style>@font-face { font-family: X; src: url("file:///x.ttf") } p { font-family: X }</style>',
    '<svg><image href="file:///etc/hostname" width="9" height="9"/></svg>',
]


@pytest.mark.parametrize("markup", FETCHES)
def test_a_template_that_asks_for_a_file_or_the_network_is_an_error_with_its_address(markup, tmp_path):
    address = re.search(r"""(?:src|href)="([^"]+)|url\("([^"]+)""", markup.replace("attachment", ""))
    renderer = own(
        tmp_path, '{% extends "builtin/id/sp1.html" %}{% block consequence %}' + markup + "{% endblock %}"
    )
    wanted = next(filter(None, address.groups()))
    with pytest.raises(
        InputError, match=rf"template asks for '[^']*{re.escape(wanted)}'; letters fetch nothing"
    ):
        renderer.pdf(specimen("sp1"))


HOSTILE = [
    ("{{ letter.__class__.__mro__ }}", "template id/sp1.html"),
    ("{{ ''.__class__.__base__.__subclasses__() }}", "template id/sp1.html"),
    ("{{ lender.__init__.__globals__ }}", "template id/sp1.html"),
    ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "template id/sp1.html"),
    ("{{ self._TemplateReference__context }}", "template id/sp1.html"),
    ("{{ letter.debtor.nama }}", "has no attribute 'nama'"),
    ("{{ nama }}", "'nama' is undefined"),
    ("{{ letter.pay_by | rupiah }}", "is not a Decimal or int"),
    ("{% include '../../../../etc/hostname' %}", "no template"),
    ("{% include '/etc/hostname' %}", "no template"),
    ("{{ 1 / 0 }}", "division"),
]


@pytest.mark.parametrize(("text", "says"), HOSTILE)
def test_a_template_that_reaches_too_far_or_names_the_unknown_stops_the_letter(text, says, tmp_path):
    with pytest.raises(InputError, match=re.escape(says)):
        own(tmp_path, text).html(specimen("sp1"))


def test_a_template_that_is_not_jinja_is_told_with_file_and_line(tmp_path):
    with pytest.raises(InputError, match=r"^id/sp1\.html:2: "):
        own(tmp_path, "<p>\n{% if %}").html(specimen("sp1"))


def test_a_template_cannot_change_the_letter(tmp_path):
    with pytest.raises(InputError):
        own(tmp_path, "{% set letter.number = 'X' %}").html(specimen("sp1"))


def test_templates_have_a_version_that_changes_with_them(tmp_path, renderer):
    paper = specimen("sp1")
    assert renderer.version(paper) == Renderer().version(paper)
    assert own(tmp_path, "<p>lain</p>").version(paper) != renderer.version(paper)


def test_letters_of_a_leap_day_and_a_year_end_are_dated_as_they_stand(renderer):
    for day in (date(2028, 2, 29), date(2026, 12, 31)):
        paper = specimen("reminder", dated=day, figures=evolve(FIGURES, as_of=day))
        assert str(day.year) in renderer.html(paper)


def test_the_version_changes_with_a_template_that_the_lenders_own_extends(tmp_path):
    paper = specimen("sp1")
    own(tmp_path, '{% extends "house.html" %}{% block thanks %}Salam.{% endblock %}')
    house = tmp_path / "house.html"
    seen = set()
    for text in ('{% extends "builtin/id/sp1.html" %}', '{% extends "builtin/id/sp1.html" %}{# lain #}'):
        house.write_text(text, encoding="utf-8")
        seen.add(Renderer(tmp_path).version(paper))
    assert len(seen) == 2


def test_a_template_that_names_another_at_run_time_depends_on_all_of_the_lenders(tmp_path):
    paper = specimen("sp1")
    own(tmp_path, '{% extends letter.language ~ "/house.html" %}')
    house = tmp_path / "id" / "house.html"
    seen = set()
    for text in ("<p>a</p>", "<p>b</p>"):
        house.write_text(text, encoding="utf-8")
        seen.add(Renderer(tmp_path).version(paper))
    assert len(seen) == 2
