"""Reports as pages: one HTML file that needs nothing else, and the same as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tagih import words
from tagih.letters.engine import Engine
from tagih.letters.rendering import font_css
from tagih.policies.about import About
from tagih.reports.aging import TITLES, AgingReport, class_table, contract_table, group_table, share
from tagih.reports.tables import Column, Table, shown

SHADES: Final = ("#2f6f9f", "#f0c05a", "#e08a3c", "#c4512d", "#6b1f3a", "#3f1326", "#1f0a14", "#000000")
"""From calm to dark: bucket colours that stay apart in grey and for the colour-blind."""
LIGHT: Final = ("#f0c05a", "#e08a3c")

TEXTS: Final = {
    "id": {
        "heading": "Umur piutang",
        "title": "Umur piutang",
        "as_of": "per",
        "chart": "Sisa pokok menurut kelas",
        "none": "tidak ada",
        "by_class": "Menurut kelas",
        "late": "Kontrak menunggak",
        "by": "Menurut {label}",
        "ties": "Cocok:",
        "source": "Aturan",
        "tie": "tunggakan {arrears} + jatuh tempo hari ini {today} + belum jatuh tempo {coming} "
        "= sisa utang {all}; titipan {unapplied} berdiri sendiri.",
        "definition": "hari keterlambatan dihitung dari angsuran tertua yang belum lunas; "
        "tanggal jatuh tempo = hari 0",
        "contracts": "kontrak",
        "outstanding": "sisa utang",
        "principal": "sisa pokok",
        "arrears": "tunggakan pokok dan bunga",
        "late_charge": "denda belum dibayar",
        "of_principal": "{share}% dari sisa pokok",
        "late_count": "{count} menunggak",
        "sure": {
            "high": "verifikasi: tinggi",
            "medium": "verifikasi: sebagian",
            "low": "belum diverifikasi",
            "background": "belum diverifikasi",
            "contract": "kontrak",
        },
    },
    "en": {
        "heading": "Aging of receivables",
        "title": "Aging of receivables",
        "as_of": "as of",
        "chart": "Principal balance by class",
        "none": "none",
        "by_class": "By class",
        "late": "Contracts in arrears",
        "by": "By {label}",
        "ties": "Ties:",
        "source": "Rule",
        "tie": "arrears {arrears} + due today {today} + not due {coming} = outstanding {all}; "
        "unapplied credit {unapplied} stands apart.",
        "definition": "days past due count from the oldest instalment not settled; the due date is day 0",
        "contracts": "contracts",
        "outstanding": "outstanding",
        "principal": "principal balance",
        "arrears": "principal and interest in arrears",
        "late_charge": "late charges unpaid",
        "of_principal": "{share}% of principal",
        "late_count": "{count} in arrears",
        "sure": {
            "high": "verified",
            "medium": "partly verified",
            "low": "unverified",
            "background": "unverified",
            "contract": "contract",
        },
    },
}


def source_line(about: About, lang: str) -> str:
    """A rule in one line: id, instrument and article, and how sure we are."""
    place = " ".join(part for part in (about.instrument, _article(about.article)) if part)
    sure = TEXTS[lang]["sure"][about.confidence]  # type: ignore[index]
    inner = ", ".join(part for part in (place, sure) if part)
    return f"{about.id} ({inner})" + (f" · {about.mark}" if about.mark else "")


def _article(article: str) -> str:
    """An article with its word before it, once."""
    return article if not article or article.startswith(("ps.", "pasal", "Pasal")) else f"ps. {article}"


def aging_html(
    reports: Sequence[AgingReport], names: Mapping[str, str], *, lang: str = "id", version: str = ""
) -> str:
    """The aging reports (one a currency) as one HTML page with its fonts and styles inside."""
    texts = TEXTS[lang]
    css = Markup(font_css() + _text("report.css"))
    page: str = _template("aging.html").render(
        lang=lang,
        words=texts,
        css=css,
        version=version,
        reports=[_context(report, names, lang) for report in reports],
    )
    return page


def pdf(html: str, *, day: datetime | None = None, about: str = "report") -> bytes:
    """A page made here as PDF; the same page gives the same bytes."""
    engine = Engine("")
    moment = day or datetime(2000, 1, 1, tzinfo=UTC)
    return engine.write(
        html,
        variant=None,
        identifier=b"tagih-report",
        attachments={},
        moment=moment,
        about=about,
    )


def about_table(reports: Sequence[AgingReport], lang: str, *, version: str = "") -> Table:
    """What a workbook says about itself: whose, of which day and zone, by which rules, and what ties."""
    texts: Mapping[str, Any] = TEXTS[lang]
    rows = []
    for report in reports:
        context = _context(report, {}, lang)
        rows += [
            {"what": texts["heading"], "value": context["lender"]},
            {"what": texts["as_of"], "value": f"{context['as_of']} ({context['zone']})"},
            {"what": report.table.currency, "value": context["scheme"]},
            {"what": texts["ties"], "value": context["ties"]},
            *({"what": texts["source"], "value": source} for source in context["sources"]),
        ]
    rows.append({"what": f"tagih {version}".strip(), "value": texts["definition"]})
    return Table("about", "", [Column("what", ""), Column("value", "")], rows)


def _context(report: AgingReport, names: Mapping[str, str], lang: str) -> dict[str, Any]:
    texts: Mapping[str, Any] = TEXTS[lang]
    total = report.table.total
    principal = total.outstanding.principal
    late = sum(1 for one in report.aged if one.days_past_due)
    arrears = total.arrears.principal + total.arrears.interest
    money = words.rupiah_short if report.table.currency == "IDR" else (lambda amount: shown(amount, "money"))
    tables = [(texts["by_class"], class_table(report.table, lang))]
    if report.by:
        tables.append(
            (texts["by"].format(label=TITLES[lang].get(report.by, report.by)), group_table(report, lang))
        )
    tables += [(table.title, table) for table in report.views]
    tables.append((texts["late"], contract_table(report, names, lang, late_only=True)))
    return {
        "lender": report.lender.name,
        "as_of": words.tanggal(report.table.as_of)
        if lang == "id"
        else words.english_date(report.table.as_of),
        "zone": report.lender.time_zone,
        "currency": report.table.currency,
        "scheme": source_line(report.table.scheme.about, lang),
        "tiles": [
            _tile(
                texts["contracts"], shown(len(report.aged), "count"), texts["late_count"].format(count=late)
            ),
            _tile(texts["principal"], money(principal), ""),
            _tile(
                texts["arrears"],
                money(arrears),
                texts["of_principal"].format(share=shown(share(arrears, principal), "share")),
            ),
            _tile(texts["late_charge"], money(total.outstanding.late_charge), ""),
        ],
        "bars": _bars(report, principal),
        "tables": [_rendered(table, title) for title, table in tables],
        "ties": texts["tie"].format(
            arrears=money(total.arrears.total),
            today=money(total.due_today.total),
            coming=money(total.not_due.total),
            all=money(total.outstanding.total),
            unapplied=money(total.unapplied),
        ),
        "sources": [source_line(about, lang) for about in report.sources],
    }


def _tile(label: str, figure: str, note: str) -> dict[str, str]:
    return {"label": label, "figure": figure, "note": note}


def _bars(report: AgingReport, whole: Decimal) -> list[dict[str, Any]]:
    bars, at = [], Decimal(0)
    for row, fill in zip(report.table.rows, SHADES, strict=False):
        width = share(row.outstanding.principal, whole) * 1000
        bars.append(
            {
                "x": at,
                "width": width,
                "fill": fill,
                "ink": "#1b2530" if fill in LIGHT else "#ffffff",
                "name": f"{row.code} {row.name}".strip(),
                "share": shown(share(row.outstanding.principal, whole), "share"),
            }
        )
        at += width
    return bars


def _rendered(table: Table, title: str) -> dict[str, Any]:
    def cells(row: Mapping[str, Any]) -> list[dict[str, str]]:
        return [{"kind": column.kind, "text": column.shown(row.get(column.key))} for column in table.columns]

    return {
        "name": table.name,
        "title": title,
        "columns": table.columns,
        "rows": [cells(row) for row in table.rows],
        "total": cells(table.total) if table.total is not None else None,
        "notes": table.notes,
    }


@cache
def _text(name: str) -> str:
    return files("tagih.reports").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template(name: str) -> Any:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_text(name))
