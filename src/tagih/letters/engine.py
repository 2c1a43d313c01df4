"""The one place that knows WeasyPrint: HTML in, PDF bytes out, nothing fetched.

Importing this module loads the layout engine and its system libraries (about a second), so
only `tagih.letters.rendering` imports it, when the first PDF is asked for.

Letters of a batch are alike, so three things that WeasyPrint does anew for each are done once
or cheaper here; without any of them the same page comes out (tests compare them):

- the sheet that stands for the browser's own is a short one, `plain.css`;
- a page that is well-formed XML is read by the parser of C, any other by the HTML one;
- a computed style is used again where parent and declarations are the same (WeasyPrint 70 does
  this within a document). It reaches into WeasyPrint, so it is left out for other versions.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from xml.etree import ElementTree

import cssselect2  # type: ignore[import-untyped]
import weasyprint.css
from weasyprint import CSS, HTML, Attachment, __version__
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from tagih.errors import InputError

BASE: str = "tagih:/"
"""Where relative addresses resolve to, so that they are refused by name rather than lost."""


class RefusedFetchError(FatalURLFetchingError):  # type: ignore[misc]
    """Something other than a ``data:`` address was asked for."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class DataOnly(URLFetcher):  # type: ignore[misc]
    """Fetches ``data:`` addresses and refuses everything else, stopping the letter."""

    refused: str = ""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        if not url.lower().startswith("data:"):
            self.refused = url  # images inside SVG swallow the error, so it is remembered too
            raise RefusedFetchError(url)
        return super().fetch(url, headers)


def _once(_document: Any, pdf: Any) -> None:
    """WeasyPrint 70 lists every attachment of a PDF/A-3 twice under /AF; once is right."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = type(pdf.catalog["AF"])(dict.fromkeys(pdf.catalog["AF"]))


# --- what letters share -----------------------------------------------------------------------

VOID: Final = re.compile(r"<(br|col|hr|img|link|meta|wbr)\b([^<>]*?)/?>")
MOST_STYLES: Final = 20_000
"""Computed styles kept before they are all let go and gathered anew."""

Pool = dict[tuple[Any, ...], tuple[Any, ...]]


def tree(html: str) -> ElementTree.Element | None:
    """The page as a tree, if it is XML but for its void elements and doctype; else None."""
    text = html.strip()
    if text[:15].lower() == "<!doctype html>":
        text = text[15:]
    if re.search(r"<!DOCTYPE|<!ENTITY|</?[A-Z]|<svg|<math|<base", text):  # what HTML reads differently
        return None
    try:
        return ElementTree.fromstring(VOID.sub(r"<\1\2/>", text))
    except ElementTree.ParseError:
        return None


@cache
def plain_css() -> CSS:
    """The look of HTML that has no stylesheet."""
    text = files("tagih.letters").joinpath("templates", "plain.css").read_text(encoding="utf-8")
    return CSS(string=text)


class Page(HTML):  # type: ignore[misc]
    """An HTML page with our own sheet under it, whose computed styles come from ``pool``."""

    def __init__(self, html: str, fetcher: URLFetcher, pool: Pool | None = None) -> None:
        root = tree(html)
        if root is None:
            super().__init__(string=html, base_url=BASE, url_fetcher=fetcher)
        else:
            self.base_url, self.url_fetcher, self.media_type = BASE, fetcher, "print"
            self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
            self.etree_element = self.wrapper_element.etree_element
        self.pool = pool

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [plain_css()]


class SharedStyles(weasyprint.css.StyleFor):  # type: ignore[misc]
    """Computed styles, taken from the page's pool where the same was computed before.

    A style is the same if its parent's is and the same declarations won. The pool holds on to
    both, so that their identities stay theirs. For any other HTML nothing is shared.
    """

    def __init__(self, html: Any, *args: Any, **more: Any) -> None:
        self._pool: Pool | None = getattr(html, "pool", None)
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


SHARES: Final = __version__.split(".")[0] == "70"
if SHARES:
    weasyprint.css.StyleFor = SharedStyles


class Engine:
    """Fonts and stylesheet, read once; then any number of letters."""

    def __init__(self, css: str) -> None:
        self._fetcher = DataOnly(allowed_protocols={"data"})
        self._fonts = FontConfiguration()
        self._css = CSS(string=css, font_config=self._fonts, url_fetcher=self._fetcher, base_url=BASE)
        self._pool: Pool = {}

    def write(
        self,
        html: str,
        *,
        variant: str | None,
        identifier: bytes,
        attachments: Mapping[str, str],
        moment: datetime,
        about: str,
    ) -> bytes:
        """One letter as PDF bytes; ``moment`` dates the attachments."""
        files = [
            Attachment(
                string=text.encode(),
                name=name,
                description=name,
                created=moment,
                modified=moment,
                relationship="Data",
            )
            for name, text in attachments.items()
        ]
        self._fetcher.refused = ""
        if len(self._pool) > MOST_STYLES:
            self._pool = {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pdf: bytes = Page(html, self._fetcher, self._pool).write_pdf(
                    font_config=self._fonts,
                    stylesheets=[self._css],
                    attachments=files,
                    pdf_identifier=identifier,
                    pdf_variant=variant,
                    finisher=_once,
                )
        except FatalURLFetchingError as error:
            if not self._fetcher.refused:
                raise InputError(
                    "letter.picture",
                    "{about}: a data: address cannot be read: {what}",
                    about=about,
                    what=str(error),
                ) from error
        if self._fetcher.refused:
            raise _refused(about, self._fetcher.refused)
        return pdf

    def bundle(self, pages: Iterable[str], *, identifier: bytes, about: str) -> bytes:
        """Several letters as one PDF for the printer, in the order given; nothing is attached."""
        self._fetcher.refused = ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            laid_out = [
                Page(html, self._fetcher, self._pool).render(font_config=self._fonts, stylesheets=[self._css])
                for html in pages
            ]
            whole = laid_out[0].copy([page for document in laid_out for page in document.pages])
            pdf: bytes = whole.write_pdf(pdf_identifier=identifier)
        if self._fetcher.refused:
            raise _refused(about, self._fetcher.refused)
        return pdf


def _refused(about: str, url: str) -> InputError:
    return InputError(
        "letter.fetch",
        "{about}: the template asks for '{url}'; letters fetch nothing, put it in as a data: address",
        about=about,
        url=url,
    )
