"""What is shared between letters changes no page: the same as WeasyPrint gives by itself."""

from __future__ import annotations

import io
from base64 import b64encode
from datetime import UTC, date, datetime

import pypdfium2
import pytest

from tagih.letters import reuse
from tagih.letters.catalogue import KINDS
from tagih.letters.engine import tree
from tagih.letters.rendering import Renderer, Sheet, font_css, stylesheet
from tagih.letters.specimens import specimen

PAPERS = [(name, language) for name, kind in KINDS.items() if not kind.message for language in kind.titles]


def pictures(pdf: bytes) -> list[bytes]:
    return [page.render(scale=1.2).to_pil().tobytes() for page in pypdfium2.PdfDocument(pdf)]


def by_itself(html: str) -> bytes:
    """The page by WeasyPrint alone: its own sheet, its own parser, nothing shared."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    css = CSS(string=font_css() + "\n" + stylesheet(), font_config=fonts)
    buffer = io.BytesIO()
    HTML(string=html).write_pdf(buffer, stylesheets=[css], font_config=fonts)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def used() -> Renderer:
    """A renderer that has printed every kind before."""
    renderer = Renderer()
    for name, language in PAPERS:
        renderer.pdf(specimen(name, language=language))
    return renderer


@pytest.mark.parametrize(("name", "language"), PAPERS)
def test_a_page_is_the_same_as_without_anything_shared(used, name, language):
    paper = specimen(name, language=language)
    assert pictures(used.pdf(paper)) == pictures(by_itself(used.html(paper)))


@pytest.mark.parametrize(("name", "language"), PAPERS[::4])
def test_a_used_renderer_gives_the_bytes_of_a_new_one(used, name, language):
    paper = specimen(name, language=language)
    assert used.pdf(paper) == Renderer().pdf(paper)


def test_a_line_is_drawn_the_same_whatever_was_drawn_before():
    """A no-break space and a space are one glyph: each document says which letter it stands for."""
    pages = [
        f'<html lang="id"><body><p style="text-align: justify">{text}</p></body></html>'
        for text in ("a\u00a0b c", "b c", "c\u00a0d", "a\u00a0b c d e " * 40, "<b>b c</b> b c", "–é b c")
    ]
    sheets = [Sheet(page, date(2026, 11, 22), "page") for page in pages]
    used = Renderer()
    forth, back = [used.print(sheet) for sheet in sheets], [used.print(sheet) for sheet in sheets[::-1]]
    assert forth == back[::-1] == [Renderer().print(sheet) for sheet in sheets]


def test_letting_go_of_what_was_kept_changes_nothing(monkeypatch):
    papers = [specimen(name) for name in ("sp1", "statement", "sp1")]
    expected = [Renderer().pdf(paper) for paper in papers]
    init = reuse.Kept.__init__
    monkeypatch.setattr(reuse.Kept, "__init__", lambda self, most=0: init(self, 7))
    small = Renderer()
    assert [small.pdf(paper) for paper in papers] == expected


def test_text_inside_a_picture_is_drawn():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 20"><text x="2" y="15">LOGO</text></svg>'
    picture = "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
    page = f'<html><body><p>a LOGO</p><img src="{picture}" alt="x"></body></html>'
    pdf = Renderer().print(Sheet(page, date(2026, 11, 22), "page"))
    assert pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range().count("LOGO") == 2


LOOKING_BEYOND = ["p:empty { color: red }", "p:has(b) { color: red }", "p:last-of-type { color: red }"]


@pytest.mark.parametrize("css", [*LOOKING_BEYOND, "p + p { color: red }", "[class~=x] { color: red }"])
def test_rules_are_those_of_each_page_whatever_pages_came_before(css):
    from tagih.letters.engine import Engine

    pages = [
        f"<html><body><div>{body}</div></body></html>"
        for body in ("<p>a</p><p>b</p>", "<p></p>", '<p class="x">a</p><i>b</i>', "<p><b>a</b></p><p>b</p>")
    ]

    def looks(engine: Engine, page: str) -> list[bytes]:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        more = {"variant": None, "identifier": b"x", "attachments": {}, "moment": moment}
        return pictures(engine.write(page, about="page", **more))

    used = Engine(font_css() + css)
    once = [looks(used, page) for page in pages]
    again = [looks(used, page) for page in pages[::-1]][::-1]
    assert once == again == [looks(Engine(font_css() + css), page) for page in pages]


XML = [
    ("<!DOCTYPE html>\n<html><body><p>a<br>b</p></body></html>", True),
    ('<html><head><meta charset="utf-8"></head><body><img src="data:,"></body></html>', True),
    ("<html><body><p>a&nbsp;b</p></body></html>", False),
    ("<html><body><p>a<p>b</body></html>", False),
    ("<html><body><P>a</P></body></html>", False),
    ("<html><body><svg></svg></body></html>", False),
    ('<!DOCTYPE html [<!ENTITY a "b">]><html><body>&a;</body></html>', False),
]


@pytest.mark.parametrize(("html", "read"), XML)
def test_only_a_page_that_reads_the_same_either_way_is_read_as_xml(html, read):
    assert (tree(html) is not None) == read
