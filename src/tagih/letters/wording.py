"""Words that no letter may carry: threats, insults, exposure to others.

POJK 22/2023 art. 62 (2) forbids threats, humiliation and pressure. The check reads what the
template says, not the names and addresses it was given: a street may be called Jalan Polisi.

>>> banned("Kami akan melaporkan Anda ke polisi.")
('lapor ke polisi',)
>>> banned("Nomor polisi B 1234 XYZ; Jl. Polisi Istimewa 3")
()
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import Final

from tagih.errors import InputError
from tagih.letters.catalogue import Letter, Paper

_RULES: Final = (
    ("penipu", r"penipu(?:an)?|menipu|tukang tipu"),
    ("maling", r"maling|pencuri|rampok"),
    (
        "lapor ke polisi",
        r"(?:me|di)?lapor(?:kan)?\b[^.]{0,40}\b(?:polisi|kepolisian|polsek|polres)|(?:di|me)?polisikan",
    ),
    (
        "pidana",
        r"(?:tuntut(?:an)?|jerat|proses|dipenjara|penjara)\s+(?:secara\s+)?pidana|dipidana|dipenjara(?:kan)?",
    ),
    ("sita paksa", r"sita\s+paksa|ditarik\s+paksa|tarik\s+paksa|rampas|dirampas"),
    (
        "sebar data",
        r"(?:menye|dise|se)bar(?:kan)?\b[^.]{0,40}\b(?:data|foto|kontak|media sosial)|viralkan|permalukan",
    ),
    (
        "lapor ke pihak lain",
        r"(?:(?:men)?datangi|hubungi|beri\s?tahu|laporkan)\b[^.]{0,40}"
        r"\b(?:tetangga|atasan|tempat kerja|kontak darurat)",
    ),
    ("kurang ajar", r"kurang ajar|bajingan|bangsat|goblok|tolol|brengsek|tidak tahu malu"),
    ("threat", r"\b(?:thief|fraudster|criminal charges|report you to the police|jail|prison)\b"),
)
BANNED: Final = tuple((name, re.compile(rf"\b(?:{rule})", re.IGNORECASE)) for name, rule in _RULES)


def banned(text: str, given: Iterable[str] = ()) -> tuple[str, ...]:
    """The names of the rules that ``text`` breaks, once what was ``given`` is taken out of it."""
    for value in sorted(filter(None, given), key=len, reverse=True):
        text = text.replace(value, " ")
    return tuple(name for name, rule in BANNED if rule.search(text))


def visible(html: str) -> str:
    """The text of a page without its tags, styles and data."""
    body = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", html, flags=re.DOTALL | re.IGNORECASE)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def check_wording(html: str, paper: Paper) -> None:
    """Stop a letter whose template uses banned words.

    Raises:
        InputError: Naming the letter, the contract and the rules broken.
    """
    found = banned(visible(html), _given(paper))
    if found:
        raise InputError(
            "letter.wording",
            "{kind} for {about} uses banned words: {found} (POJK 22/2023 art. 62)",
            kind=paper.kind,
            about=paper.about,
            whose=paper.whose,
            found=", ".join(found),
        )


def _given(paper: Paper) -> list[str]:
    lender = paper.lender
    values = [lender.name, *lender.address.written, ", ".join(lender.address.written), lender.city]
    if isinstance(paper, Letter):
        debtor = paper.debtor
        values += [debtor.name, *debtor.address.written, ", ".join(debtor.address.written), debtor.guarantor]
    return [" ".join(value.split()) for value in values]
