"""Processor time of one letter, by us and by others, in one run: for docs/benchmarks.md.

    LETTERS=100 .venv/bin/python benchmarks/letters_peers.py

Elapsed time says little on a busy machine, so this counts the seconds that processors spent, children
included. Chromium is measured where a program of that name is found, Typst where its Python package is
installed (`pip install typst`; it is no dependency of tagih). Every letter differs, as in rows/letters.py.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "rows")]

import letters  # noqa: E402
from letters import LETTERS, STYLE, turn  # noqa: E402
from weasyprint import CSS, HTML, __version__  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402

from tagih.letters.engine import tree  # noqa: E402
from tagih.letters.rendering import Renderer  # noqa: E402
from tagih.letters.specimens import LOGO  # noqa: E402

FONTS = HERE.parent / "src" / "tagih" / "letters" / "fonts"
TURNS = 3


def spent() -> float:
    """Seconds of processor, of this process and of children that ended."""
    mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in (mine, theirs))


def timed(act: Callable[[int], int]) -> list[float]:
    """Milliseconds a letter, turn by turn; ``act`` says how many letters it made."""
    figures = []
    for number in range(TURNS + 1):
        gc.collect()
        gc.disable()
        start = spent()
        made = act(number)
        gc.collect(1)
        figures.append((spent() - start) * 1000 / made)
        gc.enable()
    return figures[1:]


def ours(number: int) -> int:
    for _, sheet, _ in turn(number)[1]:
        RENDERER.print(sheet)
    return LETTERS


def plain(number: int) -> int:
    for page in turn(number)[2]:
        HTML(string=page).write_pdf()
    return LETTERS


def shared(number: int) -> int:
    fonts = FontConfiguration()
    css = CSS(string=STYLE, font_config=fonts)
    for page in turn(number)[0]:
        HTML(string=page).write_pdf(stylesheets=[css], font_config=fonts)
    return LETTERS


def chromium(number: int) -> int:
    made = min(LETTERS, 6)
    with tempfile.TemporaryDirectory() as folder:
        for n, page in enumerate(turn(number)[2][:made]):
            file = Path(folder) / f"{n}.html"
            file.write_text(page, encoding="utf-8")
            command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
            command += [f"--print-to-pdf={file}.pdf", f"--user-data-dir={folder}/profile", file.as_uri()]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
            assert Path(f"{file}.pdf").stat().st_size
    return made


def content(html: str, logo: str) -> dict[str, Any]:
    """What typst/sp1.typ sets of a page of ours: its paragraphs, and its tables by their class."""
    root = tree(html)
    assert root is not None

    def text(element: Element) -> str:
        return " ".join("".join(element.itertext()).split())

    header = root.find(".//header")
    assert header is not None
    body: list[dict[str, Any]] = []
    for element in root.iter():
        if element.tag == "table":
            rows = [[text(cell) for cell in row if cell.tag in ("th", "td")] for row in element.iter("tr")]
            body.append({"kind": element.attrib["class"].split()[0], "rows": rows})
        elif element.tag in ("p", "h2", "li") and element not in list(header):
            body.append({"kind": "p", "text": text(element)})
    return {
        "logo": list(b64decode(logo.split(",", 1)[1])),
        "head": [text(element) for element in header.iter("p")],
        "footer": header.attrib["data-footnote"],
        "body": body,
    }


def typst_of(package: Any) -> Callable[[int], int]:
    """One compiler for all letters, as in a batch."""
    compiler = package.Compiler(
        str(HERE / "typst" / "sp1.typ"), font_paths=[str(FONTS)], ignore_system_fonts=True
    )

    def act(number: int) -> int:
        for page in turn(number)[0]:
            values = {"page": json.dumps(content(page, LOGO))}
            pdf = compiler.compile(format="pdf", sys_inputs=values)
            assert pdf[:5] == b"%PDF-"
        return LETTERS

    return act


def shown(name: str, figures: Sequence[float], base: float) -> None:
    middle = statistics.median(figures)
    print(
        f"{name:<64}{min(figures):>8.1f}-{max(figures):<8.1f}{middle:>8.1f}{base / middle:>8.2f}", flush=True
    )


if __name__ == "__main__":
    for number in range(TURNS + 1):
        turn(number)
    RENDERER = Renderer()
    first = timed(ours)
    base, memory = statistics.median(first), letters.peak()
    print(f"{LETTERS} letters a turn, {TURNS} turns; load {os.getloadavg()[0]:.1f}")
    print(f"{'what':<64}{'ms of processor a letter':<17}{'median':>8}{'ours/it':>8}")
    shown("tagih, one process", first, base)
    shown(f"weasyprint {__version__}, HTML(string=…).write_pdf()", timed(plain), base)
    shown(f"weasyprint {__version__}, fonts and styles shared", timed(shared), base)
    CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
    if CHROMIUM:
        shown("chromium --headless --print-to-pdf, a process a letter", timed(chromium), base)
    try:
        import typst
    except ImportError:
        print("typst: not installed")
    else:
        shown(f"typst {typst.__version__}, one compiler", timed(typst_of(typst)), base)
    print(f"largest memory of ours, with the pages of all turns beside it: {memory} MB")
