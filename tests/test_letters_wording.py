"""No letter threatens, insults or exposes (POJK 22/2023 art. 62)."""

from __future__ import annotations

import pytest
from attrs import evolve

from tagih.errors import InputError
from tagih.letters.catalogue import KINDS
from tagih.letters.rendering import Renderer
from tagih.letters.specimens import DEBTOR, specimen
from tagih.letters.wording import banned, visible
from tagih.parties import Address

RULES = [
    ("Bapak adalah penipu.", "penipu"),
    ("dasar maling", "maling"),
    ("kami akan melaporkan hal ini ke polisi", "lapor ke polisi"),
    ("akan dilaporkan kepada kepolisian setempat", "lapor ke polisi"),
    ("Bapak dapat dipidana", "pidana"),
    ("unit akan disita; sita paksa dilakukan", "sita paksa"),
    ("kami akan menyebarkan data Bapak", "sebar data"),
    ("kami akan hubungi atasan Bapak", "lapor ke pihak lain"),
    ("we will report you to the police", "threat"),
]


@pytest.mark.parametrize(("text", "rule"), RULES)
def test_threats_insults_and_exposure_are_found(text, rule):
    assert rule in banned(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nomor polisi B 1234 XYZ",
        "sesuai dengan ketentuan peraturan perundang-undangan",
        "silakan hubungi kami",
        "Pelunasan dilaporkan kepada SLIK",
        "Kitab Undang-Undang Hukum Perdata",
    ],
)
def test_ordinary_sentences_are_not_found(text):
    assert banned(text) == ()


def test_no_letter_of_ours_uses_banned_words():
    renderer = Renderer()
    for name, kind in KINDS.items():
        for language in kind.titles:
            paper = specimen(name, language)
            page = renderer.text(paper) if kind.message else renderer.html(paper)
            assert banned(visible(page)) == ()


def test_a_debtor_may_live_where_words_are_banned():
    address = Address(("Jl. Rampok Maling No. 3",), city="Surabaya")
    Renderer().html(specimen("sp1", debtor=evolve(DEBTOR, name="Tolol Penipuan", address=address)))


def test_a_template_of_the_lenders_own_that_threatens_stops_the_letter(tmp_path):
    (tmp_path / "id").mkdir()
    (tmp_path / "id" / "sp1.html").write_text(
        '{% extends "builtin/id/sp1.html" %}'
        "{% block consequence %}<p>Kami akan lapor ke polisi.</p>{% endblock %}"
    )
    with pytest.raises(InputError, match="sp1 for contract 4100260007 uses banned words: lapor ke polisi"):
        Renderer(tmp_path).html(specimen("sp1"))
