"""The one place that knows WeasyPrint: HTML in, PDF bytes out, nothing fetched.

Importing this module loads the layout engine and its system libraries (about a second), so
only `tagih.letters.rendering` imports it, when the first PDF is asked for.

Letters of a batch are alike, so much that WeasyPrint does anew for each is done once here or
cheaper; without it the same page comes out (tests compare them):

- the sheet that stands for the browser's own is a short one, `plain.css`;
- a page that is well-formed XML is read by the parser of C, any other by the HTML one;
- what was worked out for a letter before is used again (`tagih.letters.reuse`).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any, Final
from xml.etree import ElementTree

import cssselect2  # type: ignore[import-untyped]
from weasyprint import CSS, HTML, Attachment
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from tagih.errors import InputError
from tagih.letters import reuse
from tagih.letters.reuse import Kept

reuse.install()

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


def _finished(_document: Any, pdf: Any) -> None:
    """WeasyPrint 70 lists every attachment of a PDF/A-3 twice under /AF; once is right."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = type(pdf.catalog["AF"])(dict.fromkeys(pdf.catalog["AF"]))
    reuse.pack(pdf)


# --- what letters share -----------------------------------------------------------------------

VOID: Final = re.compile(r"<(br|col|hr|img|link|meta|wbr)\b([^<>]*?)/?>")


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


class Page(HTML):  # type: ignore[misc]
    """An HTML page with our own sheet under it, whose computed styles come from its pool."""

    def __init__(self, html: str, fetcher: URLFetcher, plain: CSS, pool: Kept) -> None:
        root = tree(html)
        if root is None:
            super().__init__(string=html, base_url=BASE, url_fetcher=fetcher)
        else:
            self.base_url, self.url_fetcher, self.media_type = BASE, fetcher, "print"
            self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
            self.etree_element = self.wrapper_element.etree_element
        self.plain, self.pool = plain, pool

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [self.plain]


class Engine:
    """Fonts and stylesheet, read once; then any number of letters."""

    def __init__(self, css: str) -> None:
        self._fetcher = DataOnly(allowed_protocols={"data"})
        self._fonts = reuse.Fonts()
        self._css = CSS(string=css, font_config=self._fonts, url_fetcher=self._fetcher, base_url=BASE)
        plain = files("tagih.letters").joinpath("templates", "plain.css").read_text(encoding="utf-8")
        self._plain = CSS(string=plain)
        reuse.remember_matches({css: self._css, plain: self._plain})
        self._pool = Kept()

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
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pdf: bytes = self._page(html).write_pdf(
                    font_config=self._fonts,
                    stylesheets=[self._css],
                    attachments=files,
                    pdf_identifier=identifier,
                    pdf_variant=variant,
                    finisher=_finished,
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

    def _page(self, html: str) -> Page:
        return Page(html, self._fetcher, self._plain, self._pool)

    def bundle(self, pages: Iterable[str], *, identifier: bytes, about: str) -> bytes:
        """Several letters as one PDF for the printer, in the order given; nothing is attached."""
        self._fetcher.refused = ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            laid_out = [
                self._page(html).render(font_config=self._fonts, stylesheets=[self._css]) for html in pages
            ]
            whole = laid_out[0].copy([page for document in laid_out for page in document.pages])
            pdf: bytes = whole.write_pdf(pdf_identifier=identifier, finisher=_finished)
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
