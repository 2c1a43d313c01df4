"""What is shared between letters changes no page: the same as WeasyPrint gives by itself."""

from __future__ import annotations

import io

import pypdfium2
import pytest

from tagih.letters.catalogue import KINDS
from tagih.letters.engine import tree
from tagih.letters.rendering import Renderer, font_css, stylesheet
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
