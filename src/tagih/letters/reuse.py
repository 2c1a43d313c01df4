"""What letters that are alike share, so that it is worked out once: rules, styles, lines, glyphs, fonts.

WeasyPrint lays out each document by itself. A thousand warnings differ in a few figures, so here
is kept, for the fonts and the stylesheet of one `Engine`, what came out before:

- the rules that an element matches, where everything that selectors look at is the same;
- a computed style, where parent and declarations are the same (WeasyPrint 70 does this within a
  document);
- a line of text laid out in the same style and width, and the glyphs it is drawn with;
- a font cut down to the glyphs that are used, in whole groups, so that few cuts differ;
- the bytes of a PDF's objects, which WeasyPrint makes twice.

Nothing here decides how a page looks: the tests compare every kind with WeasyPrint alone, and a
used engine with a new one byte by byte. All of it reaches into WeasyPrint, so `install` does
nothing for other versions than 70; and HTML that does not come from an `Engine` is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from itertools import count
from operator import itemgetter
from typing import Any, Final
from xml.etree import ElementTree

import cssselect2  # type: ignore[import-untyped]
import pydyf  # type: ignore[import-untyped]
import weasyprint.css
import weasyprint.css.computed_values
import weasyprint.css.units
import weasyprint.draw.text
import weasyprint.layout.inline
import weasyprint.layout.preferred
import weasyprint.pdf.fonts
import weasyprint.text.line_break
from attrs import frozen
from weasyprint import __version__
from weasyprint.text.fonts import FontConfiguration

SHARES: Final = __version__.split(".")[0] == "70"

GROUP: Final = 32
"""A font is cut down to whole groups of this many glyphs."""


class Kept(dict[Any, Any]):
    """A mapping that lets go of everything, and gathers anew, when it would hold more than ``most``."""

    def __init__(self, most: int = 10_000) -> None:
        super().__init__()
        self.most = most

    def __setitem__(self, key: Any, value: Any) -> None:
        if len(self) >= self.most:
            self.clear()
        super().__setitem__(key, value)


class Fonts(FontConfiguration):  # type: ignore[misc]
    """A font configuration that keeps what was laid out and drawn with its fonts."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = Kept()
        self.struts = Kept()
        self.drawn = Kept()


# --- rules ------------------------------------------------------------------------------------

BEYOND: Final = re.compile(r":(has|empty|only-of-type|(nth-)?last-of-type)\b")
"""Selectors that look into an element or at the siblings after it."""


class Places:
    """Numbers for where elements stand, as far as selectors of a sheet can see.

    Two elements have one number where these are the same: tag, class, id, language and the other
    attributes that selectors name; how many siblings there are, and before it; and the number of
    its parent and of the sibling before.
    """

    def __init__(self, css: str) -> None:
        self._names = tuple(sorted({*re.findall(r"\[\s*([\w-]+)", css), "class", "id", "lang"}))
        self._known = Kept()
        self._next = count()

    def __call__(self, element: Any) -> int:
        """The number of an element; the same one while it is kept."""
        found: int | None = element.__dict__.get("tagih_place")
        if found is not None:
            return found
        key = (
            element.etree_element.tag,
            tuple(map(element.etree_element.attrib.get, self._names)),
            element.index,
            len(element.etree_siblings),
            self(element.parent) if element.parent is not None else None,
            self(element.previous) if element.previous is not None else None,
        )
        place = self._known.get(key)
        if place is None:
            place = self._known[key] = next(self._next)
        element.tagih_place = place
        return int(place)


class Matcher(cssselect2.Matcher):  # type: ignore[misc]
    """A sheet's matcher that remembers the rules of each place."""

    def __init__(self, of: cssselect2.Matcher, places: Places) -> None:
        self.__dict__.update(of.__dict__)
        self._places = places
        self._found = Kept()

    def match(self, element: Any) -> Any:
        """As cssselect2's."""
        place = self._places(element)
        rules = self._found.get(place)
        if rules is None:
            rules = self._found[place] = super().match(element)
        return rules


def remember_matches(sheets: Mapping[str, Any]) -> None:
    """Let the sheets, by their text, remember which rules elements match."""
    text = "\n".join(sheets)
    if not SHARES or BEYOND.search(text):
        return
    places = Places(text)
    for sheet in sheets.values():
        sheet.matcher = Matcher(sheet.matcher, places)


# --- styles -----------------------------------------------------------------------------------


class SharedStyles(weasyprint.css.StyleFor):  # type: ignore[misc]
    """Computed styles, taken from the page's pool where the same was computed before.

    A style is the same if its parent's is and the same declarations won. The pool holds on to
    both, so that their identities stay theirs. For any other HTML nothing is shared.
    """

    def __init__(self, html: Any, *args: Any, **more: Any) -> None:
        self._pool: Kept | None = getattr(html, "pool", None)
        super().__init__(html, *args, **more)

    def set_computed_styles(
        self,
        element: Any,
        parent: Any,
        root: Any = None,
        pseudo_type: str | None = None,
        base_url: str | None = None,
        target_collector: Any = None,
    ) -> None:
        """As WeasyPrint's, with a look into the pool before."""
        given = (element, parent, root, pseudo_type, base_url, target_collector)
        if self._pool is None or not isinstance(element, ElementTree.Element):
            super().set_computed_styles(*given)
            return
        above = self._computed_styles[parent, None] if parent is not None else None
        won = self._cascaded_styles.get((element, pseudo_type), {})
        if above is None:  # the root's language is a declaration made for this page alone
            parts: tuple[Any, ...] = tuple(
                (name, repr(value), weight) for name, (value, weight) in won.items()
            )
        else:
            parts = tuple((name, id(value), weight) for name, (value, weight) in won.items())
        key = (id(above), pseudo_type, parts)
        known = self._pool.get(key)
        if known is None:
            super().set_computed_styles(*given)
            self._pool[key] = (self._computed_styles[element, pseudo_type], above, won)
            return
        style = self._computed_styles[element, pseudo_type] = known[0]
        if target_collector and style["anchor"]:
            target_collector.collect_anchor(style["anchor"])


# --- lines and glyphs -------------------------------------------------------------------------

WRITING: Final = itemgetter(
    *("direction", "lang", "white_space", "overflow_wrap", "word_break", "tab_size"),
    *("font_family", "font_size", "font_style", "font_stretch", "font_weight", "font_kerning"),
    *("font_feature_settings", "font_variation_settings", "font_language_override"),
    *("font_variant_alternates", "font_variant_caps", "font_variant_east_asian"),
    *("font_variant_ligatures", "font_variant_numeric", "font_variant_position"),
    *("hyphens", "hyphenate_character", "hyphenate_limit_chars", "hyphenate_limit_zone"),
    *("letter_spacing", "word_spacing", "line_height", "text_decoration_line"),
)
"""What of a style decides how text is laid out and which glyphs it has."""

_split = weasyprint.text.line_break.split_first_line
_strut = weasyprint.text.line_break.strut
_draw = weasyprint.draw.text.draw_first_line
_cut = weasyprint.pdf.fonts.Font.subset


class Line(weasyprint.text.line_break.Layout):  # type: ignore[misc]
    """A line laid out before. It is given to Pango again only if it must be drawn anew."""

    def __init__(self, of: Any) -> None:
        self.__dict__.update(of.__dict__)

    def reactivate(self, style: Any) -> None:
        """Note the style; `wake` does the rest."""
        self.style = style

    def wake(self) -> None:
        """Lay the line out, to draw it."""
        super().reactivate(self.style)

    def deactivate(self) -> None:
        """Let go of what Pango made, if it made anything."""
        for name in ("layout", "language", "style"):
            self.__dict__.pop(name, None)


def _split_again(
    text: str,
    style: Any,
    context: Any,
    max_width: Any,
    justification_spacing: Any,
    is_line_start: bool = True,
    minimum: bool = False,
) -> Any:
    given = (text, style, context, max_width, justification_spacing, is_line_start, minimum)
    fonts = style.font_config
    if not isinstance(fonts, Fonts):
        return _split(*given)
    key = (text, WRITING(style), max_width, justification_spacing, is_line_start, minimum)
    found = fonts.lines.get(key)
    if found is None:
        found = fonts.lines[key] = _split(*given)
    layout, *measures = found
    return (Line(layout), *measures)


def _strut_again(style: Any) -> Any:
    fonts = style.font_config
    if not isinstance(fonts, Fonts):
        return _strut(style)
    key = WRITING(style)
    found = fonts.struts.get(key)
    if found is None:
        found = fonts.struts[key] = _strut(style)
    return found


class Pen:
    """Stands for a PDF stream while a line is drawn, and notes what is done with it.

    Fonts are given as empty copies, so that what is noted depends on the line alone and not on
    what the document has drawn before.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.ink_rect, self.logical_rect = stream.ink_rect, stream.logical_rect
        self.strokes: list[tuple[str, tuple[Any, ...]]] = []
        self.fonts: dict[int, Any] = {}

    def add_font(self, pango_font: Any) -> tuple[Any, float]:
        """An empty copy of the font, which the stream gets to know."""
        font, size = self.stream.add_font(pango_font)
        key = next(key for key, known in self.stream._fonts.items() if known is font)
        if key not in self.fonts:
            blank = self.fonts[key] = copy(font)
            blank.widths, blank.to_unicode, blank.missing = {}, {}, {}
        return self.fonts[key], size

    def set_text_matrix(self, *values: float) -> None:
        """Where the line stands is not part of it."""

    def set_font_size(self, font: str, size: float) -> None:
        """Noted."""
        self.strokes.append(("set_font_size", (font, size)))

    def show_text(self, text: str) -> None:
        """Noted."""
        self.strokes.append(("show_text", (text,)))

    def set_text_rise(self, rise: float) -> None:
        """Noted."""
        self.strokes.append(("set_text_rise", (rise,)))


@frozen
class Drawing:
    """What draws a line: strokes, and for each font its glyphs with their letters and widths."""

    strokes: tuple[tuple[str, tuple[Any, ...]], ...]
    fonts: tuple[tuple[int, dict[int, str], dict[int, int]], ...]

    def fits(self, known: Mapping[int, Any]) -> bool:
        """Whether the document has these fonts, and rounded their widths as this drawing did."""
        return all(
            key in known
            and all(known[key].widths.get(glyph, width) == width for glyph, width in widths.items())
            for key, _, widths in self.fonts
        )

    def draw(self, stream: Any, matrix: Any) -> None:
        """Draw the line, beginning at ``matrix``."""
        stream.set_text_matrix(*matrix.values)
        for key, letters, widths in self.fonts:
            font = stream._fonts[key]
            for glyph, text in letters.items():
                font.to_unicode.setdefault(glyph, text)
            for glyph, width in widths.items():
                font.widths.setdefault(glyph, width)
        for name, values in self.strokes:
            getattr(stream, name)(*values)


def _draw_again(stream: Any, textbox: Any, text_overflow: str, block_ellipsis: Any, matrix: Any) -> Any:
    given = (textbox, text_overflow, block_ellipsis, matrix)
    line = textbox.pango_layout
    if not isinstance(line, Line):
        return _draw(stream, *given)
    fonts = textbox.style.font_config
    if textbox.text.strip() and text_overflow != "ellipsis" and block_ellipsis == "none":
        key = (line.text, line.justification_spacing, WRITING(textbox.style))
        drawing = fonts.drawn.get(key)
        if drawing is None:
            line.wake()
            drawing = fonts.drawn[key] = _noted(stream, *given)
        if drawing.fits(stream._fonts):
            drawing.draw(stream, matrix)
            return []
    line.wake()
    return _draw(stream, *given)


def _noted(stream: Any, *given: Any) -> Drawing:
    pen = Pen(stream)
    pictures = _draw(pen, *given)
    fonts = [(key, font.to_unicode, font.widths) for key, font in pen.fonts.items()]
    if pictures or any(font.missing for font in pen.fonts.values()):
        fonts.append((NEVER, {}, {}))  # emoji, and letters that no font has, are drawn anew
    return Drawing(tuple(pen.strokes), tuple(fonts))


NEVER: Final = -1
"""A font that no document has."""


# --- fonts and bytes --------------------------------------------------------------------------

FAMILY: Final = "Surat"
"""The bundled faces, by the name that `rendering.font_css` gives them."""

_cuts = Kept(200)
_packed = Kept(200)


def _cut_again(font: Any, to_unicode: Mapping[int, str], hinting: bool) -> None:
    if font.family != FAMILY or font.missing or not to_unicode:
        _cut(font, to_unicode, hinting)
        return
    groups = tuple(sorted({glyph // GROUP for glyph in to_unicode}))
    key = (font.file_content, font.index, groups, hinting)
    found = _cuts.get(key)
    if found is None:
        whole = [glyph for group in groups for glyph in range(group * GROUP, (group + 1) * GROUP)]
        used = {glyph: "" for glyph in whole if glyph < font.glyph_count}
        _cut(font, used, hinting)
        found = _cuts[key] = font.file_content
    font.file_content = found


class Packed(pydyf.Object):  # type: ignore[misc]
    """An object of a PDF whose bytes are made."""

    compressible = False

    def __init__(self, of: Any) -> None:
        super().__init__()
        self.number, self.generation, self.free = of.number, of.generation, of.free
        self.compressible = of.compressible
        self._data = _bytes_of(of)

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self._data


def _bytes_of(thing: Any) -> bytes:
    """An object's bytes; those of a font are looked up, since packing one takes longest."""
    if not isinstance(thing, pydyf.Stream) or "Length1" not in thing.extra:
        return bytes(thing.data) if thing.free != "f" else b""
    key = (thing.stream[0], thing.compress)
    found = _packed.get(key)
    if found is None:
        found = _packed[key] = thing.data
    return bytes(found)


def pack(pdf: Any) -> None:
    """Make the bytes of every object of a finished PDF, once."""
    if SHARES:
        pdf.objects[:] = [Packed(thing) for thing in pdf.objects]


# --- installing -------------------------------------------------------------------------------


def install() -> None:
    """Put all this into WeasyPrint, where it waits for pages and fonts of ours."""
    if not SHARES:
        return
    weasyprint.css.StyleFor = SharedStyles
    for module in (weasyprint.layout.inline, weasyprint.layout.preferred):  # text of pictures keeps its own
        module.split_first_line = _split_again
    for module in (
        weasyprint.text.line_break,
        weasyprint.layout.inline,
        weasyprint.css.units,
        weasyprint.css.computed_values,
    ):
        module.strut = _strut_again
    weasyprint.draw.text.draw_first_line = _draw_again
    weasyprint.pdf.fonts.Font.subset = _cut_again
