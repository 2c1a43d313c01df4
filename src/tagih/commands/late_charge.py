"""`tagih late-charge`: what paying late costs, and what it would cost counted in any other way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih.commands.one_off import question, question_options, rate_options
from tagih.commands.output import as_of_option, format_option, lang_option, output_option, result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagih.commands.one_off import Question
    from tagih.ledger import Position
    from tagih.ledger.conventions import Convention
    from tagih.reports.tables import Table

WORDS = {
    "id": {
        "title": "Denda {id} per {day}",
        "compare": "Denda {id} per {day} menurut setiap cara hitung",
        "due_on": "jatuh tempo",
        "period": "tarif",
        "rounding": "pembulatan",
        "outstanding": "belum dibayar",
        "per": "{count} angsuran kena denda; per angsuran: --format csv",
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
        "due_on": "due",
        "period": "rate of",
        "rounding": "rounding",
        "outstanding": "still owed",
        "per": "{count} instalments are charged; by instalment: --format csv",
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
@click.option(
    "--vary",
    multiple=True,
    type=click.Choice(["base", "counting", "grace", "period", "rounding"]),
    help="With --compare: vary only this (default: all but rounding).",
)
@click.option("--ceiling", is_flag=True, help="When a cap will stop the charge if nothing is paid.")
@format_option
@output_option
@lang_option
def command(
    as_of: date,
    compare: bool,
    vary: tuple[str, ...],
    ceiling: bool,
    form: str,
    output: Path | None,
    lang: str | None,
    **options: Any,
) -> None:
    """Say what paying late costs: of CONTRACT of BOOK, of a file, or of a debt in options."""
    from tagih.ledger import replay
    from tagih.ledger.conventions import compare_late_charges
    from tagih.reports import tables

    asked = question(options, as_of, lang)
    spoken = asked.lang
    position = replay(asked.contract, asked.events, asked.policy, as_of)
    if compare:
        chosen = vary or ("base", "counting", "grace", "period")
        found = compare_late_charges(asked.contract, asked.events, asked.policy, as_of, vary=chosen)
        table = compare_table(found, asked, as_of, form)
    else:
        table = amounts_table(position, asked, as_of)
    notes = [WORDS[spoken]["warning"].format(text=text) for text in position.warnings]
    more: dict[str, Any] = {
        "contract": asked.contract.id,
        "as_of": as_of.isoformat(),
        "currency": asked.contract.currency,
        "warnings": list(position.warnings),
        "fingerprint": position.fingerprint,
    }
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
    asked.end()


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


MOST = 6
"""Instalments that have a column of their own for people; more are for programs."""


def amounts_table(position: Position, asked: Question, as_of: date) -> Table:
    """The late charge of each instalment."""
    from tagih.ledger.conventions import late_charges
    from tagih.ledger.explain import day_text
    from tagih.reports.tables import Column, Table

    texts = WORDS[asked.lang]
    amounts = late_charges(position)
    rows = [{"instalment": number, "amount": amount} for number, amount in amounts]
    total = sum((amount for _, amount in amounts), Decimal(0))
    columns = [Column("instalment", texts["instalment"], "count"), Column("amount", texts["amount"], "money")]
    title = texts["title"].format(id=asked.name, day=day_text(as_of, asked.lang))
    return Table("late_charge", title, columns, rows, {"amount": total})


def compare_table(found: Sequence[Convention], asked: Question, as_of: date, form: str) -> Table:
    """A row for each convention, a column for each instalment; for people in words, and only a few."""
    from tagih.ledger.conventions import grace_text, period_text, rounding_text
    from tagih.ledger.explain import BASES, COUNTINGS, day_text
    from tagih.reports.tables import Column, Table

    texts = WORDS[asked.lang]
    people = form == "table"
    numbers = sorted({number for one in found for number, _ in one.amounts if number is not None})
    shown = numbers if not people or len(numbers) <= MOST else []
    rows: list[dict[str, Any]] = []
    for i, one in enumerate(found):
        amounts = dict(one.amounts)
        rows.append(
            {
                "ours": "*" if i == 0 else "",
                "base": BASES[asked.lang].get(one.base, one.base) if people else one.base,
                "counting": COUNTINGS[asked.lang][one.counting] if people else one.counting,
                "grace": grace_text(one.rule, asked.lang) if people else one.grace,
                "period": period_text(one.rule, asked.lang) if people else one.period,
                "rounding": rounding_text(one.rule, asked.lang) if people else one.rounding,
                **{str(number): amounts.get(number, one.total * 0) for number in shown},
                "total": one.total,
                "outstanding": one.outstanding,
            }
        )
    columns = [
        Column("ours", texts["ours"]),
        *(
            Column(key, texts[key])
            for key in ("base", "counting", "grace", "period", "rounding")
            if not people or len({row[key] for row in rows}) > 1 or key in ("base", "counting")
        ),
        *(Column(str(number), f"{texts['instalment']} {number}", "money") for number in shown),
        Column("total", texts["total"], "money"),
    ]
    if not people or any(row["total"] != row["outstanding"] for row in rows):
        columns.append(Column("outstanding", texts["outstanding"], "money"))
    notes = () if shown or not numbers else (texts["per"].format(count=len(numbers)),)
    title = texts["compare"].format(id=asked.name, day=day_text(as_of, asked.lang))
    return Table("late_charges", title, columns, rows, notes=notes)
