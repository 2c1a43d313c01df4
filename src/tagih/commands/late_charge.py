"""`tagih late-charge`: what paying late costs, and what it would cost counted in any other way."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih.commands.one_off import question, question_options, rate_options
from tagih.commands.output import as_of_option, format_option, lang_option, output_option, result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagih.ledger.conventions import Convention
    from tagih.reports.tables import Table

WORDS = {
    "id": {
        "title": "Denda {id} per {day}",
        "compare": "Denda {id} per {day} menurut setiap cara hitung",
        "instalment": "angsuran",
        "amount": "denda",
        "total": "jumlah",
        "base": "dasar",
        "counting": "hitungan",
        "grace": "tenggang",
        "ours": "aturan",
        "stop": "batas tercapai {day}: {days} hari penuh, lalu {remainder}; jumlah {total}",
        "warning": "peringatan: {text}",
    },
    "en": {
        "title": "Late charge of {id} as of {day}",
        "compare": "Late charge of {id} as of {day}, counted in every way",
        "instalment": "instalment",
        "amount": "late charge",
        "total": "total",
        "base": "base",
        "counting": "counting",
        "grace": "grace",
        "ours": "rule",
        "stop": "ceiling reached {day}: {days} full days, then {remainder}; {total} in all",
        "warning": "warning: {text}",
    },
}


@click.command("late-charge")
@question_options
@rate_options
@as_of_option
@click.option("--compare", is_flag=True, help="Every named convention side by side.")
@click.option("--ceiling", is_flag=True, help="When a cap will stop the charge if nothing is paid.")
@format_option
@output_option
@lang_option
def command(
    as_of: date,
    compare: bool,
    ceiling: bool,
    form: str,
    output: Path | None,
    lang: str | None,
    **options: Any,
) -> None:
    """Say what paying late costs: of CONTRACT of BOOK, of a file, or of a debt in options."""
    from tagih.ledger import replay
    from tagih.ledger.conventions import compare_late_charges, late_charges
    from tagih.reports import tables

    spoken = lang or "id"
    asked = question(options, as_of)
    position = replay(asked.contract, asked.events, asked.policy, as_of)
    if compare:
        found = compare_late_charges(asked.contract, asked.events, asked.policy, as_of)
        table = compare_table(found, asked.contract.id, as_of, spoken)
    else:
        table = amounts_table(late_charges(position), asked.contract.id, as_of, spoken)
    notes = [WORDS[spoken]["warning"].format(text=text) for text in position.warnings]
    more: dict[str, Any] = {"as_of": as_of.isoformat(), "warnings": list(position.warnings)}
    if ceiling:
        stop = _stop(position, spoken)
        more["ceiling"] = stop and stop[0]
        notes += [stop[1]] if stop else []
    if form == "csv":
        text = tables.to_csv(table)
    elif form == "json":
        text = tables.to_json(table, **more)
    else:
        text = "\n".join([tables.to_text(table), *notes])
        if not compare and position.policy.late_charge:
            text += "\n\n" + position.explain(lang=spoken, component="late_charge")
    result(text, output)


def _stop(position: Any, lang: str) -> tuple[dict[str, Any], str] | None:
    from tagih.ledger.ceiling import stops_on
    from tagih.words import rupiah_short, tanggal

    stop = stops_on(position)
    if stop is None:
        return None
    values = {
        "last_full_day": stop.last_full_day.isoformat(),
        "days": stop.days,
        "remainder": str(stop.remainder),
        "total": str(stop.total),
    }
    said = WORDS[lang]["stop"].format(
        day=tanggal(stop.last_full_day),
        days=stop.days,
        remainder=rupiah_short(stop.remainder),
        total=rupiah_short(stop.total),
    )
    return values, said


def amounts_table(amounts: Sequence[tuple[int | None, Any]], name: str, as_of: date, lang: str) -> Table:
    """The late charge of each instalment."""
    from tagih.reports.tables import Column, Table
    from tagih.words import tanggal

    texts = WORDS[lang]
    rows = [{"instalment": number, "amount": amount} for number, amount in amounts]
    total = sum((row["amount"] for row in rows), 0)
    columns = [Column("instalment", texts["instalment"], "count"), Column("amount", texts["amount"], "money")]
    title = texts["title"].format(id=name, day=tanggal(as_of))
    return Table("late_charge", title, columns, rows, {"amount": total})


def compare_table(found: Sequence[Convention], name: str, as_of: date, lang: str) -> Table:
    """A row for each convention, a column for each instalment."""
    from tagih.reports.tables import Column, Table
    from tagih.words import tanggal

    texts = WORDS[lang]
    numbers = sorted({number for one in found for number, _ in one.amounts if number})
    rows = []
    for i, one in enumerate(found):
        amounts = dict(one.amounts)
        rows.append(
            {
                "ours": "*" if i == 0 else "",
                "base": one.base,
                "counting": one.counting,
                "grace": one.grace,
                **{str(number): amounts.get(number, one.total * 0) for number in numbers},
                "total": one.total,
            }
        )
    columns = [
        Column("ours", texts["ours"]),
        Column("base", texts["base"]),
        Column("counting", texts["counting"]),
        Column("grace", texts["grace"]),
        *(Column(str(number), f"{texts['instalment']} {number}", "money") for number in numbers),
        Column("total", texts["total"], "money"),
    ]
    return Table("late_charges", texts["compare"].format(id=name, day=tanggal(as_of)), columns, rows)
