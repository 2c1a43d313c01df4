"""Make the four faces in src/tagih/letters/fonts from Noto Sans (SIL Open Font License 1.1).

Run it in a throw-away environment; tagih itself never needs these packages:

    python3 -m venv /tmp/fonts && /tmp/fonts/bin/pip install fontpkg-noto-sans==2.15.* fonttools
    /tmp/fonts/bin/python tools/fonts.py

Each variable font is pinned to one weight at normal width and cut down to the letters that
Indonesian, English and the Latin-alphabet names of debtors need. Hints and unused layout
features go too: every letter embeds a subset of these files, and the smaller they are the
faster that is. Timestamps are kept as in the source, so the same versions give the same bytes.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TARGET = Path(__file__).parent.parent / "src" / "tagih" / "letters" / "fonts"
FACES = [
    ("NotoSans[wdth,wght].ttf", 400, "regular"),
    ("NotoSans[wdth,wght].ttf", 700, "bold"),
    ("NotoSans-Italic[wdth,wght].ttf", 400, "italic"),
    ("NotoSans-Italic[wdth,wght].ttf", 700, "bold-italic"),
]
# Latin, its extensions A, the schwa-to-yogh part of B that names use, Vietnamese, punctuation.
RANGES = [(0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x192), (0x1A0, 0x1B0), (0x1CD, 0x1DC), (0x218, 0x21B)]
RANGES += [(0x1E00, 0x1EF9), (0x2010, 0x2027), (0x2030, 0x203A)]
SINGLES = [0x2BC, 0x2C6, 0x2DA, 0x2DC, 0x300, 0x301, 0x303, 0x309, 0x323, 0x2044, 0x20AC, 0x2116]
SINGLES += [0x2122, 0x2212]


def main() -> None:
    spec = importlib.util.find_spec("fontpkg_noto_sans")
    if spec is None or spec.origin is None:
        raise SystemExit("install fontpkg-noto-sans first; see the top of this file")
    source = Path(spec.origin).parent
    wanted = [code for low, high in RANGES for code in range(low, high + 1)] + SINGLES
    for name, weight, face in FACES:
        font = TTFont(source / "files" / name, recalcTimestamp=False)
        font = instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100}, updateFontNames=True)
        options = subset.Options(
            hinting=False,
            layout_features=["kern", "mark", "mkmk", "tnum", "lnum"],
            name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
            notdef_outline=True,
            drop_tables=["STAT", "MATH"],
            recalc_timestamp=False,
        )
        cut = subset.Subsetter(options)
        cut.populate(unicodes=wanted)
        cut.subset(font)
        path = TARGET / f"noto-sans-{face}.ttf"
        font.save(path, reorderTables=True)
        print(f"{path.name}: {path.stat().st_size} bytes, {len(font.getGlyphOrder())} glyphs")
    shutil.copyfile(source / "LICENSE", TARGET / "OFL.txt")
    # What every face can write, so that a letter with a letter it lacks is stopped, not printed with a box.
    carried = set.intersection(*(set(TTFont(path).getBestCmap()) for path in TARGET.glob("*.ttf")))
    spans: list[list[int]] = []
    for code in sorted(carried):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    lines = (f"{low:04x}-{high:04x}\n" for low, high in spans)
    (TARGET / "coverage.txt").write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
