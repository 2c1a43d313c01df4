"""`tagih audit`: which way of counting gives a claimed late charge, or what the claim implies."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from tagih.commands.one_off import amount as read_amount
from tagih.commands.one_off import question, question_options, rate_options
from tagih.commands.output import as_of_option, format_option, lang_option, output_option, result

WORDS = {
    "id": {
        "ours": "aturan: {amount} ({name})",
        "match": "{claimed} sesuai dengan: {name}",
        "none": "tidak satu pun dari {tried} cara hitung memberi {claimed}",
        "days": "dengan tarif dan dasar yang sama, itu {days} hari",
        "rate": "dengan hari dan dasar yang sama, itu {rate} per hari",
        "base": "dengan hari dan tarif yang sama, dasarnya {base}",
    },
    "en": {
        "ours": "the rule gives {amount} ({name})",
        "match": "{claimed} is what this gives: {name}",
        "none": "none of {tried} conventions gives {claimed}",
        "days": "at the same rate and base it is {days} days",
        "rate": "for the same days and base it is {rate} a day",
        "base": "for the same days and rate the base is {base}",
    },
}
MOST = 5
"""Matches shown to people; the nearest to the rule first."""


@click.command()
@question_options
@rate_options
@as_of_option
@click.option("--claimed", required=True, metavar="RP", help="The late charge that is claimed.")
@format_option
@output_option
@lang_option
def command(
    as_of: date, claimed: str, form: str, output: Path | None, lang: str | None, **options: Any
) -> None:
    """Say which convention gives the CLAIMED late charge; exit 1 when none does."""
    from tagih.ledger.conventions import audit
    from tagih.reports.tables import Column, Table, to_csv, to_json
    from tagih.words import angka, persen, rupiah_short

    texts = WORDS[lang or "id"]
    asked = question(options, as_of)
    found = audit(asked.contract, asked.events, asked.policy, as_of, read_amount(claimed))
    implied = found.implied
    if form != "table":
        rows = [
            {"base": one.base, "counting": one.counting, "grace": one.grace, "rounding": one.rounding,
             "year_days": one.rule.year_days, "total": one.total}
            for one in found.matches
        ]  # fmt: skip
        names = ("base", "counting", "grace", "rounding", "year_days", "total")
        table = Table("audit", "", [Column(name, name) for name in names], rows)
        more: dict[str, Any] = {
            "claimed": str(found.claimed),
            "ours": str(found.ours.total),
            "tried": found.tried,
            "implied": implied
            and {"days": str(implied.days), "daily_rate": str(implied.rate), "base": str(implied.base)},
        }
        text = to_csv(table) if form == "csv" else to_json(table, **more)
    else:
        lines = [texts["ours"].format(amount=rupiah_short(found.ours.total), name=found.ours.name)]
        said = rupiah_short(found.claimed)
        lines += [texts["match"].format(claimed=said, name=one.name) for one in found.matches[:MOST]]
        if not found.matches:
            lines.append(texts["none"].format(claimed=said, tried=found.tried))
            if implied:
                lines.append(texts["days"].format(days=angka(_near(implied.days, 100), 2)))
                lines.append(texts["rate"].format(rate=persen(_near(implied.rate, 10**8))))
                lines.append(texts["base"].format(base=rupiah_short(_near(implied.base, 100))))
        text = "\n".join(lines)
    result(text, output)
    if not found.matches:
        raise click.exceptions.Exit(1)


def _near(value: Fraction, steps: int) -> Any:
    """A fraction as people read it, rounded to one part in ``steps``."""
    from decimal import Decimal

    return Decimal(round(value * steps)) / steps
