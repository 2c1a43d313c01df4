"""What a first warning (SP1, one page, bundled fonts, PDF written to a folder) costs in a batch on two cores.

The peers are WeasyPrint in one process with the same HTML and stylesheet: the plain loop over
``HTML(string=…).write_pdf()``, and a loop that shares font configuration and parsed stylesheet. Processes
are started before the clock, as in a run of a thousand letters; `LETTERS` is how many are timed at once.
Every letter goes to somebody else, about other amounts, and no turn prints a letter of the turn before, so
that what is kept from letter to letter is only what letters of a real run share.
"""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from functools import cache, partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pypdfium2
from attrs import evolve
from row import Row
from weasyprint import CSS, HTML, __version__
from weasyprint.text.fonts import FontConfiguration

from tagih.letters.batch import HANDFUL, _print_some, _settle
from tagih.letters.catalogue import FirstWarning
from tagih.letters.figures import amounts
from tagih.letters.rendering import Renderer, Sheet, font_css, stylesheet
from tagih.letters.specimens import specimen
from tagih.parties import Address

LETTERS = int(os.environ.get("LETTERS", "24"))
CORES = 2
FOLDER = tempfile.TemporaryDirectory()

TURNS = int(os.environ.get("TURNS", "3"))
WARM_UPS = int(os.environ.get("WARM_UPS", "1"))
NAMES = "Adi Bima Citra Dewi Eka Fajar Gita Hana Indra Joko Kirana Lestari Maya Nanda Oki Putra Ratu Sari"
STREETS = "Kenanga Melati Teratai Cempaka Flamboyan Dahlia Anggrek Bougenvil Sakura Wijaya Tirta Kencana"
CITIES = "Depok Bandung Semarang Surabaya Malang Medan Padang Palembang Makassar Manado Denpasar Kupang"

RENDERER = Renderer()


def paper(n: int) -> FirstWarning:
    """The first warning number ``n``, to a debtor of its own about amounts of its own."""
    chance = Random(n)
    whole = specimen("sp1")
    assert isinstance(whole, FirstWarning)
    contract = evolve(whole.contract, id=f"4100{chance.randrange(10**6):06}")
    principal, interest = (
        Decimal(chance.randrange(300_000, 900_000)),
        Decimal(chance.randrange(90_000, 250_000)),
    )
    rows = [
        evolve(
            row,
            owed=amounts(
                principal=principal, interest=interest, late_charge=Decimal(chance.randrange(20_000, 200_000))
            ),
        )
        for row in whole.figures.rows
    ]
    left = amounts(
        principal=principal * chance.randrange(10, 30), interest=interest * 12, late_charge=Decimal(361_375)
    )
    debtor = evolve(
        whole.debtor,
        name=" ".join(chance.sample(NAMES.split(), 3)),
        address=Address(
            (
                f"Jl. {chance.choice(STREETS.split())} No. {chance.randrange(1, 200)}",
                f"RT {chance.randrange(1, 20):03}",
            ),
            city=chance.choice(CITIES.split()),
            postal_code=f"{chance.randrange(10_000, 99_999)}",
        ),
    )
    return evolve(
        whole,
        number=f"{n:04}/SP1/COLL-JKT/XI/2026",
        verification=None,
        contract=contract,
        debtor=debtor,
        figures=evolve(whole.figures, contract_id=contract.id, rows=rows, outstanding=left),
    )


@cache
def turn(number: int) -> tuple[list[str], list[tuple[int, Sheet, str]], list[str]]:
    """The pages of a turn, the sheets that we print, and the pages with all that is needed inside."""
    papers = [paper(number * LETTERS + n) for n in range(1, LETTERS + 1)]
    pages = [RENDERER.html(letter) for letter in papers]
    sheets = [
        (n, Sheet.of(html, letter), str(Path(FOLDER.name) / f"{n}.pdf"))
        for n, (html, letter) in enumerate(zip(pages, papers, strict=True))
    ]
    return pages, sheets, [RENDERER.page(letter) for letter in papers]


for at in range(WARM_UPS + TURNS):
    turn(at)
STYLE = font_css() + "\n" + stylesheet()


def peak(_: int = 0) -> int:
    """Resident memory at its highest, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@cache
def pool() -> ProcessPoolExecutor:
    started = ProcessPoolExecutor(CORES, mp_context=get_context("spawn"), initializer=_settle)
    list(started.map(_print_some, [turn(0)[1][:2]] * 2 * CORES, ["pdf"] * 2 * CORES))
    return started


def ours(at: Iterator[int]) -> None:
    _, sheets, _ = turn(next(at))
    handfuls = [sheets[at : at + HANDFUL] for at in range(0, len(sheets), HANDFUL)]
    for done in pool().map(_print_some, handfuls, ["pdf"] * len(handfuls)):
        assert all(not problem for _, _, problem in done)


def plain(at: Iterator[int]) -> None:
    for n, page in enumerate(turn(next(at))[2]):
        HTML(string=page).write_pdf(Path(FOLDER.name) / f"plain-{n}.pdf")


def shared(at: Iterator[int]) -> None:
    fonts = FontConfiguration()
    css = CSS(string=STYLE, font_config=fonts)
    for n, page in enumerate(turn(next(at))[0]):
        HTML(string=page).write_pdf(
            Path(FOLDER.name) / f"shared-{n}.pdf", stylesheets=[css], font_config=fonts
        )


def text(pdf: object) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def same() -> None:
    _, sheets, whole = turn(0)
    by_us, by_them = RENDERER.print(sheets[0][1]), HTML(string=whole[0]).write_pdf()
    assert len(text(by_us)) == 1
    assert text(by_us) == text(by_them)


same()
pool()

ROWS = [
    Row(
        f"letters, {LETTERS} SP1 on {CORES} cores, beside a plain loop",
        partial(ours, count()),
        f"weasyprint {__version__}, HTML(string=…).write_pdf()",
        partial(plain, count()),
        turns=TURNS,
    ),
    Row(
        f"letters, {LETTERS} SP1 on {CORES} cores, beside a loop that shares fonts and styles",
        partial(ours, count()),
        f"weasyprint {__version__}, one FontConfiguration and CSS",
        partial(shared, count()),
        turns=TURNS,
    ),
]
