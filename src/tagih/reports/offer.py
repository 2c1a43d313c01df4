"""An offer on one page: both plans, where the debt goes, and what it costs each side.

The page can be laid before a debtor: it hides nothing that the lender sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

from attrs import evolve
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tagih import words
from tagih.arrangements import Proposal, Quote, caution_text, check_text, word, words_percent
from tagih.letters.rendering import font_css
from tagih.reports.tables import Column, Table, shown

OWN: Final = ("up_front", "arrears", "settlement", "payoff", "prepayment", "sale")

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "title": "{kind} {contract} {debtor}",
        "as_of": "per {day}",
        "old": "Sekarang: yang masih harus dibayar",
        "new": "Penawaran: yang akan dibayar",
        "moves": "Ke mana utang itu",
        "from": "mulai",
        "until": "sampai",
        "times": "kali",
        "total": "jumlah",
        "each": "masing-masing",
        "own": "cicilan ini",
        "instalment": "angsuran",
        "fee": "biaya",
        "component": "komponen",
        "amount": "jumlah",
        "goes_to": "menjadi",
        "cost": "biaya tambahan debitur {extra} = dibayar kemudian {new} + dibayar hari ini {up_front} "
        "− sisa angsuran lama {old} − denda sekarang {late}",
        "worth": "nilai bagi kreditur: {after} dari {before} (rugi {loss}; suku bunga efektif semula {rate} "
        "setahun)",
        "gain": "nilai bagi kreditur: {after} dari {before} (untung {loss}; suku bunga efektif semula {rate} "
        "setahun)",
        "expires": "penawaran berlaku sampai {day}",
        "cure": "tenggang bila terlambat {days} hari",
        "broken": "bila diingkari, keringanan dicabut: umur tunggakan dan syarat kembali seperti semula",
        "debtor": "Bagi debitur",
        "lender": "Bagi kreditur",
        "month": "paling banyak sebulan",
        "extra": "biaya tambahan",
        "saving": "lebih hemat",
        "loss": "rugi",
        "profit": "untung",
        "waived": "dihapus",
        "today": "dibayar hari ini",
        "quote": "Angka pelunasan {contract} {debtor} · {id}",
        "good": "berlaku sampai {day}; sesudahnya, atau bila ada transaksi baru, minta angka baru",
        "day": "tanggal",
        "per_diem": "per hari",
        "notes": "Catatan",
        "signed": "Dihitung dari posisi {fingerprint}",
    },
    "en": {
        "title": "{kind} {contract} {debtor}",
        "as_of": "as of {day}",
        "old": "Now: what remains to be paid",
        "new": "Offer: what will be paid",
        "moves": "Where the debt goes",
        "from": "from",
        "until": "until",
        "times": "times",
        "total": "total",
        "each": "each",
        "own": "this offer",
        "instalment": "instalment",
        "fee": "fee",
        "component": "component",
        "amount": "amount",
        "goes_to": "becomes",
        "cost": "extra cost to the debtor {extra} = paid later {new} + paid today {up_front} "
        "− old instalments left {old} − late charges now {late}",
        "worth": "value to the lender: {after} of {before} (loss {loss}; original effective rate {rate} "
        "a year)",
        "gain": "value to the lender: {after} of {before} (gain {loss}; original effective rate {rate} "
        "a year)",
        "expires": "the offer ends on {day}",
        "cure": "{days} days to make a late payment good",
        "broken": "if it is broken the concession is withdrawn: age and terms are as they were",
        "debtor": "For the debtor",
        "lender": "For the lender",
        "month": "most in a month",
        "extra": "extra cost",
        "saving": "saved",
        "loss": "loss",
        "profit": "gain",
        "waived": "waived",
        "today": "paid today",
        "quote": "Payoff of {contract} {debtor} · {id}",
        "good": "good through {day}; later, or after any new event, ask for a new one",
        "day": "day",
        "per_diem": "per diem",
        "notes": "Notes",
        "signed": "Worked out from position {fingerprint}",
    },
}


def day_text(day: date, lang: str) -> str:
    """A date in words."""
    return words.tanggal(day) if lang == "id" else words.english_date(day)


def money(amount: Decimal) -> str:
    """An amount with local digits."""
    return shown(amount, "money")


def title(proposal: Proposal, lang: str, debtor: str = "") -> str:
    """Kind, contract, debtor and day in one line."""
    texts = TEXTS[lang]
    head = texts["title"].format(
        kind=word(proposal.kind, lang).capitalize(), contract=proposal.contract, debtor=debtor
    )
    return f"{head.strip()} · {texts['as_of'].format(day=day_text(proposal.as_of, lang))}"


# --- tables -----------------------------------------------------------------------------------


def old_table(proposal: Proposal, lang: str) -> Table:
    """What remains to be paid without the offer; equal rows in a row are one line."""
    texts = TEXTS[lang]
    rows = [_span(group) for group in _runs([(row.due_on, (row.total,)) for row in proposal.old])]
    listed = [
        {
            "from": first,
            "until": last if count > 1 else None,
            "times": count,
            "each": amounts[0],
            "total": amounts[0] * count,
        }
        for first, last, count, amounts in rows
    ]
    whole = sum((row.total for row in proposal.old), Decimal(0))
    return Table("old", texts["old"], _columns(lang, ("each",)), listed, {"from": None, "total": whole})


def new_table(proposal: Proposal, lang: str) -> Table:
    """What will be paid under the offer, by day; equal amounts in a row are one line."""
    texts = TEXTS[lang]
    by_day: dict[date, list[Decimal]] = {}
    for paid in proposal.pays:
        at = 2 if paid.purpose == "fee" else 1 if paid.purpose == "instalment" else 0
        by_day.setdefault(paid.on, [Decimal(0)] * 3)[at] += paid.amount
    names = ("own", "instalment", "fee")
    used = [i for i in range(3) if any(amounts[i] for amounts in by_day.values())]
    listed = []
    for first, last, count, amounts in map(
        _span, _runs([(on, tuple(a)) for on, a in sorted(by_day.items())])
    ):
        row: dict[str, Any] = {"from": first, "until": last if count > 1 else None, "times": count}
        row.update({names[i]: amounts[i] or None for i in used})
        listed.append({**row, "total": sum(amounts, Decimal(0)) * count})
    whole = sum((paid.amount for paid in proposal.pays), Decimal(0))
    columns = _columns(lang, tuple(names[i] for i in used))
    return Table("new", texts["new"], columns, listed, {"from": None, "total": whole})


def pays_table(proposal: Proposal, lang: str) -> Table:
    """Every dated amount by itself, for programs."""
    columns = [
        Column("on", TEXTS[lang]["day"], "date", lang),
        Column("purpose", TEXTS[lang]["amount"]),
        Column("counts", "counts"),
        Column("amount", TEXTS[lang]["amount"], "money"),
    ]
    rows = [
        {
            "on": paid.on,
            "purpose": paid.purpose,
            "counts": "yes" if paid.counts else "no",
            "amount": paid.amount,
        }
        for paid in proposal.pays
    ]
    return Table("pays", "", columns, rows)


def moves_table(proposal: Proposal, lang: str) -> Table:
    """Where every part of the debt goes; each component adds up to what was owed."""
    texts = TEXTS[lang]
    rows = [
        {
            "component": word(str(move.component), lang)
            if move.component.name
            else _kind(move.component.kind, lang),
            "amount": move.amount,
            "to": word(move.to, lang, "to"),
        }
        for move in proposal.moves
    ]
    columns = [
        Column("component", texts["component"]),
        Column("amount", texts["amount"], "money"),
        Column("to", texts["goes_to"]),
    ]
    total = {"amount": sum((move.amount for move in proposal.moves), Decimal(0))}
    return Table("moves", texts["moves"], columns, rows, total)


def quote_table(quote: Quote, lang: str, debtor: str = "") -> Table:
    """A figure for each day of a quote, its parts, and what each day costs beyond the day before."""
    texts = TEXTS[lang]
    fees = list(dict.fromkeys(name for day in quote.days for name, _ in day.fees))
    names = ["principal", "interest", "running", "late_charges", "charges", "penalty"]
    rows = []
    for number, day in enumerate(quote.days):
        row: dict[str, Any] = {"day": day.on, **{name: getattr(day, name) for name in names}}
        row.update({f"fee:{name}": dict(day.fees).get(name) for name in fees})
        row.update(unapplied=-day.unapplied, total=day.total)
        row["per_diem"] = quote.per_diem[number - 1] if number else None
        rows.append(row)
    scopes = {"running": ("running", "payoff"), "late_charges": ("late_charge", ""), "charges": ("fee", "")}
    columns = [Column("day", texts["day"], "date", lang)]
    for name in (*names, *(f"fee:{name}" for name in fees), "unapplied"):
        if any(row[name] for row in rows):
            columns.append(Column(name, word(*_scope(name, lang, scopes)), "money"))
    columns += [Column("total", texts["total"], "money"), Column("per_diem", texts["per_diem"], "money")]
    head = texts["quote"].format(contract=quote.contract, debtor=debtor, id=quote.id).replace("  ", " ")
    note = texts["good"].format(day=day_text(quote.good_through, lang))
    return Table("quote", head, columns, rows, notes=(note,))


def _scope(name: str, lang: str, scopes: Mapping[str, tuple[str, str]]) -> tuple[str, str, str]:
    known, scope = scopes.get(name, (name, ""))
    return known, lang, scope


def _kind(kind: str, lang: str) -> str:
    from tagih.contracts import Component
    from tagih.ledger.explain import component_name

    return component_name(Component(kind), lang)


def _columns(lang: str, names: Sequence[str]) -> list[Column]:
    texts = TEXTS[lang]
    return [
        Column("from", texts["from"], "date", lang),
        Column("until", texts["until"], "date", lang),
        Column("times", texts["times"], "count"),
        *(Column(name, texts[name], "money") for name in names),
        Column("total", texts["total"], "money"),
    ]


Run = list[tuple[date, tuple[Decimal, ...]]]


def _runs(rows: Run) -> list[Run]:
    return [list(group) for _, group in groupby(rows, key=lambda row: row[1])]


def _span(group: Run) -> tuple[date, date, int, tuple[Decimal, ...]]:
    return group[0][0], group[-1][0], len(group), group[0][1]


# --- notes ------------------------------------------------------------------------------------


def notes(proposal: Proposal, lang: str) -> list[str]:
    """Cost, worth, what else changes, limits, conditions and cautions, a line each."""
    texts = TEXTS[lang]
    cost, value = proposal.cost, proposal.worth
    out = [
        texts["cost"].format(
            extra=money(cost.extra),
            new=money(cost.new),
            up_front=money(cost.up_front),
            old=money(cost.old),
            late=money(cost.late_charges),
        )
    ]
    if value is not None:
        rate = shown(value.rate, "rate") + "%"
        key = "worth" if value.loss >= 0 else "gain"
        out.append(
            texts[key].format(
                after=money(value.after), before=money(value.before), loss=money(abs(value.loss)), rate=rate
            )
        )
    for effect in proposal.effects:
        before, after = (_value(one, lang, effect.name) for one in (effect.before, effect.after))
        out.append(
            f"{word(effect.name, lang, 'effect')}: "
            + (f"{before} → {after}" if before and after else before or after)
        )
    out += [check_text(check, lang) for check in proposal.checks]
    out += conditions(proposal, lang)
    out += [caution_text(caution, lang) for caution in proposal.cautions]
    return out


def conditions(proposal: Proposal, lang: str) -> list[str]:
    """Until when the offer stands, and what happens when it is not kept."""
    texts = TEXTS[lang]
    out = []
    if proposal.expires_on is not None:
        out.append(texts["expires"].format(day=day_text(proposal.expires_on, lang)))
    if proposal.cure_days:
        out.append(texts["cure"].format(days=proposal.cure_days))
    if proposal.kind in ("plan", "settlement"):
        out.append(texts["broken"])
    return out


def _value(value: Decimal | date | int | str | None, lang: str, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal) and name.endswith("_ratio"):
        return words_percent(value, lang)
    if isinstance(value, date):
        return day_text(value, lang)
    if isinstance(value, (Decimal, int)):
        return money(Decimal(value))
    return value


def to_text(proposal: Proposal, lang: str, debtor: str = "") -> str:
    """The whole offer as text."""
    from tagih.reports import tables

    parts = [title(proposal, lang, debtor)]
    for table in (old_table(proposal, lang), new_table(proposal, lang), moves_table(proposal, lang)):
        if table.rows:
            parts.append(tables.to_text(table))
    parts.append("\n".join(notes(proposal, lang)))
    return "\n\n".join(parts)


# --- the page ---------------------------------------------------------------------------------


def to_html(
    proposal: Proposal,
    lang: str,
    *,
    debtor: str = "",
    lender: str = "",
    quote: Quote | None = None,
    version: str = "",
) -> str:
    """The offer as one HTML page with its fonts and styles inside."""
    texts = TEXTS[lang]
    cost, value = proposal.cost, proposal.worth
    tiles = [
        (texts["today"], money(proposal.up_front)),
        (texts["month"], money(proposal.monthly)),
        (texts["extra"] if cost.extra >= 0 else texts["saving"], money(abs(cost.extra))),
        (texts["waived"], money(proposal.waived.total)),
    ]
    if value is not None:
        tiles.append(
            (
                f"{texts['lender']}: {texts['loss'] if value.loss >= 0 else texts['profit']}",
                money(abs(value.loss)),
            )
        )
    plans = [_short(table) for table in (old_table(proposal, lang), new_table(proposal, lang))]
    more = [moves_table(proposal, lang), *([quote_table(quote, lang, debtor)] if quote else [])]
    said = [*notes(proposal, lang), *(note for table in more for note in table.notes)]
    page: str = _template().render(
        lang=lang,
        texts=texts,
        density=_density(plans, more, said),
        css=Markup(font_css() + _text("report.css") + _text("offer.css")),
        title=title(proposal, lang, debtor),
        lender=lender,
        tiles=tiles,
        old=_rendered(plans[0]),
        new=_rendered(plans[1]),
        more=[_rendered(table) for table in more],
        notes=said,
        from_position=texts["signed"].format(fingerprint=proposal.fingerprint[:16]),
        signed=quote is None,
        version=version,
    )
    return page


LINES: Final = 24
"""How many lines of a plan the page shows one by one."""

SHEETS: Final = ((24, ""), (34, "dense"))
"""Up to how many lines in all a page is set how; more are set tight. Measured on A4."""


def _short(table: Table) -> Table:
    """A plan with its last lines as one, where it is too long to be laid before anybody on one page."""
    if len(table.rows) <= LINES:
        return table
    first, rest = table.rows[: LINES - 1], table.rows[LINES - 1 :]
    end = rest[-1]["until"] or rest[-1]["from"]
    together = {name: sum(row[name] for row in rest) for name in ("times", "total")}
    return evolve(table, rows=(*first, {"from": rest[0]["from"], "until": end, **together}))


def _density(plans: Sequence[Table], more: Sequence[Table], said: Sequence[str]) -> str:
    lines = max(len(table.rows) for table in plans) + sum(len(table.rows) + 3 for table in more) + len(said)
    return next((name for most, name in SHEETS if lines <= most), "tight")


def _rendered(table: Table) -> dict[str, Any]:
    def cells(row: Mapping[str, Any]) -> list[dict[str, str]]:
        return [{"kind": column.kind, "text": column.shown(row.get(column.key))} for column in table.columns]

    return {
        "name": table.name,
        "title": table.title,
        "columns": table.columns,
        "rows": [cells(row) for row in table.rows],
        "total": cells(table.total) if table.total is not None else None,
    }


@cache
def _text(name: str) -> str:
    return files("tagih.reports").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_text("offer.html"))
