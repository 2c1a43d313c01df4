"""Make docs/letters-gallery.md and its pictures: one specimen of every kind of letter, first page.

    .venv/bin/python tools/gallery.py

The pictures are for looking at; the letters themselves are vector PDFs. Needs the packages of the tests.
"""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2

from tagih.letters.catalogue import KINDS, needs_meterai
from tagih.letters.messages import message
from tagih.letters.rendering import Renderer
from tagih.letters.specimens import specimen

DOCS = Path(__file__).parent.parent / "docs"
IMAGES = DOCS / "images" / "letters"
SCALE = 1.15  # 83 dots an inch
GREYS = 16


def picture(pdf: bytes) -> tuple[bytes, int]:
    """The first page as PNG in a few greys, and how many pages there are."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0].render(scale=SCALE, grayscale=True).to_pil()
    buffer = io.BytesIO()
    page.quantize(GREYS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue(), len(document)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    renderer = Renderer()
    lines = [
        "# What do the letters look like?",
        "",
        "One invented specimen of every kind, as `tagih` prints it; made by `tools/gallery.py`.",
        "Nobody and no number here is real.",
        "",
    ]
    texts = []
    for kind in KINDS.values():
        if kind.message:
            sent = message(renderer, specimen(kind.name))
            texts += [
                f"### {kind.title('id')}",
                "",
                f"Subject: {sent.subject}",
                "",
                "```text",
                sent.text.rstrip(),
            ]
            texts += ["```", ""]
            continue
        for language in kind.titles:
            content, pages = picture(renderer.pdf(specimen(kind.name, language=language)))
            file = IMAGES / f"{kind.name}-{language}.png"
            file.write_bytes(content)
            many = "one page" if pages == 1 else f"first of {pages} pages"
            stamp = ", with a box for the meterai" if needs_meterai(kind.name) else ""
            lines += [f"## {kind.title(language)}", "", f"`{kind.name}`, {language}, {many}{stamp}", ""]
            lines += [f"![{kind.title(language)}](images/letters/{file.name})", ""]
    lines += ["## Messages", "", "WhatsApp or short message; as e-mail the same, plain and HTML.", "", *texts]
    (DOCS / "letters-gallery.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
