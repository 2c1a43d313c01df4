"""From a letter's value to HTML and PDF.

The template only arranges: amounts and dates arrive worked out. Names that a template uses
and the letter does not have stop the letter; text is escaped; templates run sandboxed; and
nothing is fetched, from disk or network, but ``data:`` addresses.

A `Renderer` keeps what letters share (the compiled templates, the fonts, the parsed
stylesheet), so make one and use it for many. Bytes depend only on the letter, the templates
and the versions of the libraries below: same input, same output.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from html import unescape
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal

from attrs import field, frozen
from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    FunctionLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tagih import words
from tagih.errors import InputError, TagihError, UnavailableError
from tagih.letters.catalogue import Letter, Paper, kind_of
from tagih.letters.labels import LABELS
from tagih.letters.nouns import nouns
from tagih.letters.wording import check_wording
from tagih.parties import Address, mask

Variant = Literal["pdf", "pdf/a-3u", "pdf/ua-1"]
VARIANTS: Final = ("pdf", "pdf/a-3u", "pdf/ua-1")

FACES: Final = (
    ("regular", "normal", "normal"),
    ("bold", "bold", "normal"),
    ("italic", "normal", "italic"),
    ("bold-italic", "bold", "italic"),
)

SLIK: Final = frozenset({"bank", "bpr", "mf", "mf-syariah", "pindar"})
"""Types of lender that must report to SLIK; others may, and then say so in their own template."""

LAPS: Final = SLIK | {"lkm"}
"""Types of lender whose disputes LAPS SJK settles: those that OJK supervises."""

SYSTEM_LIBRARIES: Final = "apt-get install --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0"


# --- what templates may say -------------------------------------------------------------------


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def qr(payload: str) -> str:
    """A QR code as the data: address of a picture, 8 dots a module, medium error correction.

    The mask is fixed: choosing the best of eight costs more than the rest of the letter's HTML,
    and any of them can be read.
    """
    import segno

    buffer = BytesIO()
    segno.make(payload, error="m", micro=False, mask=3, boost_error=False).save(
        buffer, kind="png", scale=8, border=0
    )
    return "data:image/png;base64," + b64encode(buffer.getvalue()).decode("ascii")


def _written(address: Address) -> str:
    """An address on one line, the postal code never parted from its city."""
    lines = ", ".join(address.written)
    city, code = address.city, address.postal_code
    return lines.replace(f"{city} {code}", f"{city}\u00a0{code}") if code else lines


def _english_money(amount: Decimal) -> str:
    # Rupiah keeps its own digits in English letters, so that both versions show one figure.
    return words.rupiah(amount)


def _unbroken(write: Callable[[date], str]) -> Callable[[date], str]:
    """The same date, the day never parted from its month at the end of a line."""

    def written(day: date) -> str:
        text = write(day)
        number = text.index(str(day.day)) + len(str(day.day))
        return text[:number] + "\u00a0" + text[number + 1 :]

    return written


FILTERS: Final[Mapping[str, Mapping[str, Callable[..., str]]]] = {
    "id": {
        "money": words.rupiah,
        "date": _unbroken(words.tanggal),
        "long_date": _unbroken(words.tanggal_hari),
        "short_date": _unbroken(words.tanggal_singkat),
        "days": words.hari,
        "digits": words.angka,
    },
    "en": {
        "money": _english_money,
        "date": _unbroken(words.english_date),
        "long_date": _unbroken(words.english_long_date),
        "short_date": _unbroken(words.english_short_date),
        "days": words.english_days,
        "digits": words.angka,
    },
}
SHARED_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "capital": _capital,
    "cell": words.sel,
    "masked": mask,
    "written": _written,
    "rupiah": words.rupiah,
    "rupiah_short": words.rupiah_short,
    "tanggal": words.tanggal,
    "tanggal_hari": words.tanggal_hari,
    "plain_date": words.english_date,
    "plain_long_date": words.english_long_date,
    "tanggal_terbilang": words.tanggal_terbilang,
    "terbilang": words.terbilang_rupiah,
    "angka_terbilang": words.terbilang,
    "persen": words.persen,
}


@cache
def _package_text(path: str) -> str | None:
    source = files("tagih.letters").joinpath("templates", *path.split("/"))
    return source.read_text(encoding="utf-8") if source.is_file() else None


def _names(templates: Path | None) -> list[str]:
    if templates is None:
        return []
    return sorted(path.relative_to(templates).as_posix() for path in templates.rglob("*.html"))


@cache
def _covered() -> frozenset[str]:
    """The characters that every bundled face can write, and the blanks of markup."""
    text = files("tagih.letters").joinpath("fonts", "coverage.txt").read_text(encoding="ascii")
    spans = (line.split("-") for line in text.split())
    return frozenset("\n\t") | {
        chr(code) for low, high in spans for code in range(int(low, 16), int(high, 16) + 1)
    }


@cache
def font_css() -> str:
    """The bundled faces as @font-face rules with data: addresses, under the family Surat."""
    rules = []
    for face, weight, style in FACES:
        data = files("tagih.letters").joinpath("fonts", f"noto-sans-{face}.ttf").read_bytes()
        rules.append(
            f"@font-face{{font-family:Surat;font-weight:{weight};font-style:{style};"
            f"src:url(data:font/ttf;base64,{b64encode(data).decode('ascii')})}}"
        )
    return "\n".join(rules)


def stylesheet() -> str:
    """The stylesheet that all letters share, without the fonts."""
    text = _package_text("letter.css")
    assert text is not None
    return text


@frozen
class Sheet:
    """A paper's HTML and what else its PDF holds: enough to print it elsewhere or later."""

    html: str
    dated: date
    about: str
    attachments: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, html: str, paper: Paper) -> Sheet:
        """The sheet of a paper, its HTML made by `Renderer.html`."""
        files = tuple(attachments_of(paper).items())
        return cls(html, paper.dated, f"{paper.kind} for {paper.about}", files)


# --- the renderer -----------------------------------------------------------------------------


@frozen(eq=False)
class Renderer:
    """Renders papers. ``templates`` is a folder of the lender's own, which may extend ours.

    A file there with the name of a built-in template (``id/sp1.html``) takes its place; in it,
    ``{% extends "builtin/id/sp1.html" %}`` inherits from the one it replaces.
    """

    templates: Path | None = None
    _shared: dict[str, Any] = field(factory=dict, init=False, repr=False)

    def html(self, paper: Paper) -> str:
        """The paper as an HTML page, without the stylesheet.

        Raises:
            InputError: If the template fails, uses an unknown name, or the text holds a
                character that the letters' fonts cannot write.
        """
        text = self.text_of(f"{paper.language}/{paper.kind}.html", paper)
        text = unicodedata.normalize("NFC", text)
        written = set(unescape(text)) - _covered()  # a template may write a character as an entity
        strange = {char for char in written if unicodedata.category(char) != "Cf"}
        if strange:
            first = next(char for char in unescape(text) if char in strange)
            raise InputError(
                "letter.characters",
                "{kind} for {about} holds '{char}' (U+{code:04X}), which the letters' fonts cannot write",
                kind=paper.kind,
                about=paper.about,
                whose=paper.whose,
                char=first,
                code=ord(first),
            )
        check_wording(text, paper)
        return text

    def text(self, paper: Paper) -> str:
        """The plain text of a message.

        Raises:
            InputError: As `html`, except that a message may hold any character.
        """
        text = self.text_of(f"messages/{paper.language}/{paper.kind}.txt", paper)
        check_wording(text, paper)
        return text

    def page(self, paper: Paper) -> str:
        """The paper as one HTML page that needs nothing else: stylesheet and fonts inside."""
        return self.html(paper).replace(
            "</head>", f"<style>\n{font_css()}\n{stylesheet()}</style>\n</head>", 1
        )

    def pdf(self, paper: Paper, *, variant: Variant = "pdf") -> bytes:
        """The paper as PDF bytes; its figures, where it has any, attached as figures.json.

        ``variant`` is plain ``pdf``, ``pdf/a-3u`` (archive) or ``pdf/ua-1`` (tagged, accessible).

        Raises:
            InputError: As `html`, or if the template asks for something to be fetched.
            UnavailableError: If the system libraries that lay out the page are missing.
        """
        return self.pdf_of(self.html(paper), paper, variant=variant)

    def pdf_of(self, html: str, paper: Paper, *, variant: Variant = "pdf") -> bytes:
        """The PDF of HTML made by `html` for the same paper."""
        return self.print(Sheet.of(html, paper), variant=variant)

    def print(self, sheet: Sheet, *, variant: Variant = "pdf") -> bytes:
        """The PDF of a sheet, whose HTML was made before."""
        if variant not in VARIANTS:
            raise InputError(
                "letter.variant",
                "pdf variant '{variant}' is unknown; write one of {known}",
                variant=variant,
                known=", ".join(VARIANTS),
            )
        written: bytes = self._engine().write(
            sheet.html,
            variant=None if variant == "pdf" else variant,
            identifier=hashlib.sha256(sheet.html.encode()).digest()[:16],
            attachments=dict(sheet.attachments),
            moment=datetime.combine(sheet.dated, time()),
            about=sheet.about,
        )
        return written

    def bundle(self, sheets: Sequence[Sheet]) -> bytes:
        """One PDF of several sheets, in their order, for a printer; nothing is attached."""
        digest = hashlib.sha256("\0".join(sheet.html for sheet in sheets).encode()).digest()[:16]
        made: bytes = self._engine().bundle(
            [sheet.html for sheet in sheets], identifier=digest, about="print file"
        )
        return made

    def version(self, paper: Paper) -> str:
        """A short hash of the stylesheet and of every template that the paper is made with."""
        name = f"{paper.language}/{paper.kind}.html"
        key = f"version:{name}"
        if key not in self._shared:
            sources = {"letter.css": stylesheet(), **self._sources(name, paper.language)}
            text = "\0".join(f"{name}\0{sources[name]}" for name in sorted(sources))
            self._shared[key] = hashlib.sha256(text.encode()).hexdigest()[:12]
        return str(self._shared[key])

    def _sources(self, name: str, language: str) -> dict[str, str]:
        """The template of that name and all that it extends, imports or includes, by name.

        A template that works out the name of another may use any: then all of the lender's count.
        """
        env = self._environment(language)
        assert env.loader is not None
        sources: dict[str, str] = {}
        waiting = [name]
        while waiting:
            name = waiting.pop()
            if name in sources:
                continue
            try:
                sources[name] = env.loader.get_source(env, name)[0]
            except TemplateNotFound:
                continue
            for found in meta.find_referenced_templates(env.parse(sources[name])):
                waiting += [found] if found else _names(self.templates)
        return sources

    def source(self, kind: str, language: str = "id") -> str:
        """The built-in template of a kind, to start one's own from.

        Raises:
            InputError: If there is no such kind, or it is not written in that language.
        """
        found = kind_of(kind)
        found.title(language)
        name = f"messages/{language}/{kind}.txt" if found.message else f"{language}/{kind}.html"
        text = _package_text(name)
        assert text is not None
        return text

    def text_of(self, name: str, paper: Paper, **more: Any) -> str:
        """What the template ``name`` makes of the paper, and of ``more`` names.

        Raises:
            InputError: If the template is missing, is wrong, or uses an unknown name.
        """
        env = self._environment(paper.language)
        try:
            return env.get_template(name).render({**context(paper), **more})
        except TagihError:
            raise
        except TemplateNotFound as error:
            raise InputError(
                "template.missing",
                "{kind}: there is no template '{name}'",
                kind=paper.kind,
                name=error.name or name,
            ) from error
        except TemplateSyntaxError as error:
            raise InputError(
                "template.syntax",
                "{file}:{line}: {what}",
                file=error.name or name,
                line=error.lineno,
                what=error.message or "syntax error",
            ) from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            raise InputError(
                "template.failed",
                "{kind} for {about}: template {name}: {what}",
                kind=paper.kind,
                about=paper.about,
                whose=paper.whose,
                name=name,
                what=str(error),
            ) from error

    def _environment(self, language: str) -> ImmutableSandboxedEnvironment:
        key = f"env:{language}"
        if key not in self._shared:
            builtin = FunctionLoader(_package_text)
            own = [FileSystemLoader(self.templates)] if self.templates else []
            env = ImmutableSandboxedEnvironment(
                loader=ChoiceLoader([PrefixLoader({"builtin": builtin}), *own, builtin]),
                autoescape=lambda name: name is None or not name.endswith(".txt"),
                undefined=StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                auto_reload=False,
                keep_trailing_newline=True,
            )
            env.filters.update(SHARED_FILTERS)
            env.filters.update(FILTERS[language])
            env.globals["qr"] = qr
            self._shared[key] = env
        found: ImmutableSandboxedEnvironment = self._shared[key]
        return found

    def _engine(self) -> Any:
        if "engine" not in self._shared:
            self._shared["engine"] = _load_engine()
        return self._shared["engine"]


def _import_engine() -> Any:
    from tagih.letters.engine import Engine

    return Engine


def _load_engine() -> Any:
    try:
        engine = _import_engine()
    except OSError as error:
        raise UnavailableError(
            "letters.system_libraries",
            "letters cannot be laid out: {what}; run: {command}",
            what=str(error).splitlines()[0],
            command=SYSTEM_LIBRARIES,
        ) from error
    return engine(font_css() + "\n" + stylesheet())


def context(paper: Paper) -> dict[str, Any]:
    """What a template may name."""
    kind = kind_of(paper.kind)
    names: dict[str, Any] = {
        "letter": paper,
        "lender": paper.lender,
        "kind": kind,
        "title": kind.title(paper.language),
        "label": LABELS[paper.language],
        "nouns": nouns(paper.lender.lender_type, paper.language),
        "reports_to_slik": paper.lender.lender_type in SLIK,
        "under_laps": paper.lender.lender_type in LAPS,
    }
    if isinstance(paper, Letter):
        names["debtor"] = paper.debtor
        names["you"] = (paper.debtor.salutation or "Bapak/Ibu") if paper.language == "id" else "you"
    return names


def attachments_of(paper: Paper) -> dict[str, str]:
    """The files that travel inside the PDF: the figures as JSON, in plain digits."""
    figures = getattr(paper, "figures", None)
    if figures is None:
        return {}
    data: dict[str, Any] = {
        "letter": paper.kind,
        "number": paper.number,
        "dated": paper.dated.isoformat(),
        "figures": figures.to_dict(),
    }
    if paper.verification is not None and isinstance(paper, Letter):
        data["payload"] = paper.verification.payload
        data["to"] = {"name": paper.debtor.name, "address": list(paper.debtor.address.written)}
    return {"figures.json": json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"}
