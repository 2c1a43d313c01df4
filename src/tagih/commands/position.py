"""`tagih position BOOK CONTRACT --as-of DATE`: every instalment and component; with --why the lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih.commands.books import BOOK, open_book
from tagih.commands.output import as_of_option, format_option, lang_option, output_option, result

if TYPE_CHECKING:
    from tagih.ledger import Position
    from tagih.reports.tables import Table

WORDS = {
    "id": {
        "title": "Posisi {id} {debtor} · per {day}",
        "instalment": "angsuran",
        "due_on": "jatuh tempo",
        "days": "hari",
        "component": "komponen",
        "due": "tagihan",
        "paid": "dibayar",
        "waived": "dihapus",
        "restructured": "direstrukturisasi",
        "written_off": "hapus buku",
        "outstanding": "sisa",
        "total": "jumlah",
        "late": "hari keterlambatan {days} (angsuran {number}, kurang {short}) · angsuran menunggak {count}",
        "current": "tidak ada tunggakan",
        "unapplied": "titipan {amount}",
    },
    "en": {
        "title": "Position of {id} {debtor} · as of {day}",
        "instalment": "instalment",
        "due_on": "due",
        "days": "days",
        "component": "component",
        "due": "due",
        "paid": "paid",
        "waived": "waived",
        "restructured": "restructured",
        "written_off": "written off",
        "outstanding": "outstanding",
        "total": "total",
        "late": "days past due {days} (instalment {number}, short by {short}) · instalments overdue {count}",
        "current": "nothing is in arrears",
        "unapplied": "unapplied credit {amount}",
    },
}


@click.command()
@BOOK
@click.argument("contract")
@as_of_option
@click.option("--why", is_flag=True, help="The lines behind the figures.")
@click.option("--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id.")
@format_option
@output_option
@lang_option
def command(
    book: Path,
    contract: str,
    as_of: date,
    why: bool,
    accept: tuple[str, ...],
    form: str,
    output: Path | None,
    lang: str | None,
) -> None:
    """Say what CONTRACT of BOOK owes on a date: every instalment and component."""
    from tagih.portfolio.book import position
    from tagih.reports import tables

    opened, spoken = open_book(book, lang)
    found = position(opened, contract, as_of, accept=accept)
    debtor = opened.debtor_of(found.contract)
    table = position_table(found, spoken, debtor.name if debtor else "")
    if form == "csv":
        text = tables.to_csv(_lines_table(found) if why else table)
    elif form == "json":
        more: dict[str, Any] = {
            "contract": contract,
            "as_of": as_of.isoformat(),
            "currency": found.currency,
            "days_past_due": found.days_past_due,
            "overdue_instalments": found.overdue_instalments,
            "outstanding": {str(part): str(amount) for part, amount in found.outstanding.parts},
            "unapplied": str(found.unapplied),
            "fingerprint": found.fingerprint,
        }
        if why:
            more["lines"] = [
                {key: _json(value) for key, value in row.items()} for row in _lines_table(found).rows
            ]
        text = tables.to_json(table, **more)
    else:
        text = tables.to_text(table)
        if why:
            text += "\n\n" + found.explain(lang=spoken)
    result(text, output)
    if contract in opened.incomplete:
        raise click.exceptions.Exit(1)


def _json(value: Any) -> Any:
    from tagih.reports.tables import plain

    return value if isinstance(value, (int, str, type(None))) else plain(value)


def position_table(position: Position, lang: str, debtor: str) -> Table:
    """Every cell that was ever due, with the total and what makes the contract late."""
    from tagih import words
    from tagih.ledger.explain import component_name
    from tagih.reports.tables import Column, Table, shown

    texts = WORDS[lang]
    fields = ("due", "paid", "waived", "restructured", "written_off", "outstanding")
    rows = [
        {
            "instalment": row.number,
            "due_on": row.due_on,
            "days": row.days_past_due or None,
            "component": component_name(part, lang),
            **{name: getattr(balance, name) for name in fields},
        }
        for row in position.instalments
        for part, balance in row.balances
    ]
    total = {name: sum((row[name] for row in rows), position.unapplied * 0) for name in fields}
    used = [name for name in fields if name in ("due", "paid", "outstanding") or total[name]]
    columns = [
        Column("instalment", texts["instalment"], "count"),
        Column("due_on", texts["due_on"], "date", lang),
        Column("days", texts["days"], "days"),
        Column("component", texts["component"]),
        *(Column(name, texts[name], "money") for name in used),
    ]
    cause = position.cause
    notes = [texts["current"]]
    if cause:
        notes = [
            texts["late"].format(
                days=position.days_past_due,
                number=cause.instalment,
                short=shown(cause.shortfall, "money"),
                count=position.overdue_instalments,
            )
        ]
    if position.unapplied:
        notes.append(texts["unapplied"].format(amount=shown(position.unapplied, "money")))
    day = words.tanggal(position.as_of) if lang == "id" else words.english_date(position.as_of)
    title = texts["title"].format(id=position.contract.id, debtor=debtor, day=day)
    return Table("position", title, columns, rows, {**total, "component": texts["total"]}, notes=tuple(notes))


def _lines_table(position: Position) -> Table:
    from tagih.reports.tables import Column, Table

    keys = (
        "on",
        "start",
        "kind",
        "event",
        "instalment",
        "component",
        "amount",
        "days",
        "rate",
        "base",
        "rule",
    )
    rows = [
        {key: str(getattr(line, key)) if key in ("component", "rate") else getattr(line, key) for key in keys}
        for line in position.lines
        if line.charged
    ]
    return Table("lines", "", [Column(key, key) for key in keys], rows)
