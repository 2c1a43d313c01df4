"""The one place that knows WeasyPrint: HTML in, PDF bytes out, nothing fetched.

Importing this module loads the layout engine and its system libraries (about a second), so
only `tagih.letters.rendering` imports it, when the first PDF is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from weasyprint import CSS, HTML, Attachment
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


class Engine:
    """Fonts and stylesheet, read once; then any number of letters."""

    def __init__(self, css: str) -> None:
        self._fetcher = DataOnly(allowed_protocols={"data"})
        self._fonts = FontConfiguration()
        self._css = CSS(string=css, font_config=self._fonts, url_fetcher=self._fetcher, base_url=BASE)

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
                pdf: bytes = HTML(string=html, base_url=BASE, url_fetcher=self._fetcher).write_pdf(
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
            raise InputError(
                "letter.fetch",
                "{about}: the template asks for '{url}'; letters fetch nothing, put it in as a data: address",
                about=about,
                url=self._fetcher.refused,
            )
        return pdf
