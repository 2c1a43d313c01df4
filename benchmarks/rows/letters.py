"""What a first warning (SP1, one page, bundled fonts, PDF written to a folder) costs in a batch on two cores.

The peers are WeasyPrint in one process with the same HTML and stylesheet: the plain loop over
``HTML(string=…).write_pdf()``, and a loop that shares font configuration and parsed stylesheet. Processes
are started before the clock, as in a run of a thousand letters; `LETTERS` is how many are timed at once.
"""

from __future__ import annotations

import os
import resource
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import pypdfium2
from attrs import evolve
from row import Row
from weasyprint import CSS, HTML, __version__
from weasyprint.text.fonts import FontConfiguration

from tagih.letters.batch import HANDFUL, _print_some, _settle
from tagih.letters.rendering import Renderer, Sheet, font_css, stylesheet
from tagih.letters.specimens import specimen

LETTERS = int(os.environ.get("LETTERS", "24"))
CORES = 2
FOLDER = tempfile.TemporaryDirectory()

RENDERER = Renderer()
PAPERS = [
    evolve(specimen("sp1"), number=f"{n:04}/SP1/COLL-JKT/XI/2026", verification=None)
    for n in range(1, LETTERS + 1)
]
PAGES = [RENDERER.html(paper) for paper in PAPERS]
SHEETS = [
    (n, Sheet.of(html, paper), str(Path(FOLDER.name) / f"{n}.pdf"))
    for n, (html, paper) in enumerate(zip(PAGES, PAPERS, strict=True))
]
STYLE = font_css() + "\n" + stylesheet()
WHOLE = [RENDERER.page(paper) for paper in PAPERS]


def peak(_: int = 0) -> int:
    """Resident memory at its highest, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@cache
def pool() -> ProcessPoolExecutor:
    started = ProcessPoolExecutor(CORES, mp_context=get_context("spawn"), initializer=_settle)
    list(started.map(_print_some, [SHEETS[:2]] * 2 * CORES, ["pdf"] * 2 * CORES))
    return started


def ours() -> None:
    handfuls = [SHEETS[at : at + HANDFUL] for at in range(0, len(SHEETS), HANDFUL)]
    for done in pool().map(_print_some, handfuls, ["pdf"] * len(handfuls)):
        assert all(not problem for _, _, problem in done)


def plain() -> None:
    for n, page in enumerate(WHOLE):
        HTML(string=page).write_pdf(Path(FOLDER.name) / f"plain-{n}.pdf")


def shared() -> None:
    fonts = FontConfiguration()
    css = CSS(string=STYLE, font_config=fonts)
    for n, page in enumerate(PAGES):
        HTML(string=page).write_pdf(
            Path(FOLDER.name) / f"shared-{n}.pdf", stylesheets=[css], font_config=fonts
        )


def text(pdf: object) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def same() -> None:
    by_us, by_them = RENDERER.print(SHEETS[0][1]), HTML(string=WHOLE[0]).write_pdf()
    assert len(text(by_us)) == 1
    assert text(by_us) == text(by_them)


same()

ROWS = [
    Row(
        f"letters, {LETTERS} SP1 on {CORES} cores, beside a plain loop",
        ours,
        f"weasyprint {__version__}, HTML(string=…).write_pdf()",
        plain,
        turns=3,
    ),
    Row(
        f"letters, {LETTERS} SP1 on {CORES} cores, beside a loop that shares fonts and styles",
        ours,
        f"weasyprint {__version__}, one FontConfiguration and CSS",
        shared,
        turns=3,
    ),
]
