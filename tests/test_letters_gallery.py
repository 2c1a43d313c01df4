"""The gallery shows every kind, and stays small."""

from __future__ import annotations

from pathlib import Path

from tagih.letters.catalogue import KINDS

DOCS = Path(__file__).parent.parent / "docs"


def test_the_gallery_has_every_kind_and_its_pictures_stay_small():
    page = (DOCS / "letters-gallery.md").read_text(encoding="utf-8")
    sizes = [file.stat().st_size for file in (DOCS / "images" / "letters").iterdir()]
    assert sum(sizes) < 2_000_000
    assert max(sizes) < 300_000
    for kind in KINDS.values():
        for language in kind.titles:
            if not kind.message:
                assert f"images/letters/{kind.name}-{language}.png" in page
                assert (DOCS / "images" / "letters" / f"{kind.name}-{language}.png").is_file()
