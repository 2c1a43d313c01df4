"""Offers side by side: as a table, and as one page that can be laid before a debtor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tagih import words
from tagih.arrangements import Comparison, Side, explain
from tagih.letters.rendering import font_css
from tagih.reports.page import _text as template_text
from tagih.reports.tables import Column, Table

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "title": "Pilihan {contract} {debtor} · per {day}",
        "option": "pilihan",
        "up_front": "hari ini",
        "monthly": "per bulan",
        "ends_on": "selesai",
        "total": "seluruhnya",
        "extra": "biaya tambahan debitur",
        "gain": "nilai bagi kreditur",
        "class_after": "kelas",
        "ended": "lunas",
        "within": "dalam batas",
        "yes": "ya",
        "nobody": "tidak",
        "needs": "perlu {approver}",
        "reading": "Cara membaca",
        "columns": "Per bulan: pembayaran terbesar dalam satu bulan. Seluruhnya: semua yang dibayar mulai "
        "hari ini. Biaya tambahan debitur: selisihnya dengan sisa angsuran dan denda hari ini. Nilai bagi "
        "kreditur: nilai kini pembayaran dikurangi nilai tercatat, dengan suku bunga efektif semula. "
        "Kelas: menurut jadwal baru, atau sebelum pembayaran terakhir bila umur tunggakan berjalan terus.",
        "reasons": "Yang tidak ditawarkan",
        "tried": "{count} penawaran dihitung",
        "too_much_now": "{count} meminta lebih banyak hari ini daripada yang mampu dibayar",
        "too_much_a_month": "{count} meminta lebih banyak sebulan daripada yang mampu dibayar",
        "beyond_limits": "{count} di luar batas kewenangan",
        "cannot_be": "{count} tidak dapat dibuat",
        "none": "Tidak ada penawaran yang mampu dibayar dan dalam batas.",
    },
    "en": {
        "title": "Options for {contract} {debtor} · as of {day}",
        "option": "option",
        "up_front": "today",
        "monthly": "a month",
        "ends_on": "ends",
        "total": "in all",
        "extra": "extra cost to the debtor",
        "gain": "value to the lender",
        "class_after": "class",
        "ended": "settled",
        "within": "within limits",
        "yes": "yes",
        "nobody": "no",
        "needs": "needs {approver}",
        "reading": "How to read this",
        "columns": "A month: the largest payment of one month. In all: everything paid from today on. Extra "
        "cost to the debtor: what that is more than the instalments that remain and today's late charges. "
        "Value to the lender: the payments' present value less the carrying amount, at the original "
        "effective rate. Class: by the new schedule, or before the last payment where the age runs on.",
        "reasons": "What is not offered",
        "tried": "{count} offers were worked out",
        "too_much_now": "{count} ask for more today than can be paid",
        "too_much_a_month": "{count} ask for more a month than can be paid",
        "beyond_limits": "{count} are beyond the limits",
        "cannot_be": "{count} cannot be made",
        "none": "No offer is both affordable and within the limits.",
    },
}


def table(found: Comparison, lang: str, debtor: str = "") -> Table:
    """The options, best first, a row each."""
    texts = TEXTS[lang]
    columns = [
        Column("number", "", "count"),
        Column("option", texts["option"]),
        Column("up_front", texts["up_front"], "money"),
        Column("monthly", texts["monthly"], "money"),
        Column("ends_on", texts["ends_on"], "date", lang),
        Column("total", texts["total"], "money"),
        Column("extra", texts["extra"], "money"),
        Column("gain", texts["gain"], "money"),
        Column("class_after", texts["class_after"]),
        Column("within", texts["within"]),
    ]
    columns = [one for one in columns if one.key != "class_after" or any(s.class_after for s in found.sides)]
    columns = [one for one in columns if one.key != "up_front" or any(s.up_front for s in found.sides)]
    rows = [
        {
            "number": number,
            "option": side.name,
            "up_front": side.up_front,
            "monthly": side.monthly,
            "ends_on": side.ends_on,
            "total": side.total,
            "extra": side.extra,
            "gain": None if side.gain is None else side.gain.quantize(Decimal(1)),
            "class_after": side.class_after or (texts["ended"] if side.class_before else ""),
            "within": within(side, lang),
        }
        for number, side in enumerate(found.sides, 1)
    ]
    title = texts["title"].format(contract=found.contract, debtor=debtor, day=_day(found.as_of, lang))
    return Table("comparison", title.replace("  ", " "), columns, rows, notes=("", *explain(found, lang)))


def within(side: Side, lang: str) -> str:
    """Whether an option is within the limits, or who may approve it."""
    texts = TEXTS[lang]
    if side.within:
        return texts["yes"]
    return texts["needs"].format(approver=side.approver) if side.approver else texts["nobody"]


def left_out(tried: int, reasons: tuple[tuple[str, int], ...], lang: str) -> str:
    """How many offers were tried, and why the others were left out, in one line."""
    texts = TEXTS[lang]
    parts = [texts["tried"].format(count=tried)]
    parts += [texts[name].format(count=count) for name, count in reasons]
    return "; ".join(parts) + "."


def to_html(
    found: Comparison, lang: str, *, debtor: str = "", lender: str = "", notes: tuple[str, ...] = (),
    version: str = "",
) -> str:  # fmt: skip
    """The comparison as one HTML page with its fonts and styles inside."""
    made = table(found, lang, debtor)
    page: str = _template().render(
        lang=lang,
        css=Markup(font_css() + template_text("report.css") + template_text("comparison.css")),
        title=made.title,
        lender=lender,
        columns=made.columns,
        rows=[[{"kind": c.kind, "text": c.shown(row.get(c.key))} for c in made.columns] for row in made.rows],
        says=explain(found, lang),
        texts=TEXTS[lang],
        notes=notes,
        version=version,
    )
    return page


def to_dict(found: Comparison) -> dict[str, Any]:
    """The comparison as plain values."""
    return {
        "schema": 1,
        "what": "Comparison",
        "contract": found.contract,
        "as_of": found.as_of.isoformat(),
        "currency": found.currency,
        "criterion": found.criterion,
        "sides": [{name: _plain(getattr(side, name)) for name in FIELDS} for side in found.sides],
    }


FIELDS: Final = (
    "name", "kind", "up_front", "monthly", "ends_on", "total", "extra", "beyond", "value", "gain",
    "class_before", "class_after", "within", "approver", "cheaper_until",
)  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _day(day: date, lang: str) -> str:
    return words.tanggal(day) if lang == "id" else words.english_date(day)


@cache
def _template() -> Any:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template_text("comparison.html"))
