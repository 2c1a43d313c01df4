"""`tagih explain BOOK CONTRACT --as-of DATE`: why, line by line, ending in the figure shown everywhere."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih.commands.books import BOOK, open_book
from tagih.commands.output import as_of_option, format_option, lang_option, output_option, result

if TYPE_CHECKING:
    from tagih.contracts import Component
    from tagih.ledger import Line, Position


@click.command()
@BOOK
@click.argument("contract")
@as_of_option
@click.option(
    "--component", default=None, help="Only this: principal, interest, fee, late_charge, or kind:name."
)
@click.option("--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id.")
@format_option
@output_option
@lang_option
def command(
    book: Path,
    contract: str,
    as_of: date,
    component: str | None,
    accept: tuple[str, ...],
    form: str,
    output: Path | None,
    lang: str | None,
) -> None:
    """Say why CONTRACT of BOOK owes what it owes, so that each line can be redone with a calculator."""
    from tagih.contracts import Component
    from tagih.portfolio.book import position
    from tagih.reports.tables import Column, Table, to_csv

    opened, spoken = open_book(book, lang)
    found = position(opened, contract, as_of, accept=accept)
    wanted = Component.parse(component) if component else None
    if form == "json":
        text = as_json(found, wanted, spoken)
    elif form == "csv":
        rows = lines(found, wanted, spoken)
        text = to_csv(Table("explain", "", [Column(name, name) for name in COLUMNS], rows))
    else:
        text = found.explain(lang=spoken, component=component)
    result(text, output)
    if contract in opened.incomplete:
        raise click.exceptions.Exit(1)


COLUMNS = (
    "on",
    "start",
    "kind",
    "event",
    "instalment",
    "due_on",
    "component",
    "amount",
    "days",
    "rate",
    "flat",
    "base",
    "rule",
    "charged",
    "charge",
    "by",
    "text",
)
"""What is told of every line; ``text`` is the line in words."""


def lines(position: Position, wanted: Component | None, lang: str) -> list[dict[str, Any]]:
    """Every line of a position, or of one component, in the order in which it happened."""
    return [
        _line(line, lang)
        for line in position.lines
        if wanted is None
        or (
            line.component is not None
            and line.component.kind == wanted.kind
            and wanted.name in ("", line.component.name)
        )
    ]


def _line(line: Line, lang: str) -> dict[str, Any]:
    from tagih.ledger.explain import line_text

    row = {name: getattr(line, name) for name in COLUMNS if name != "text"}
    row["component"] = str(line.component) if line.component else None
    return {**row, "rate": str(line.rate), "text": line_text(line, lang)}


def as_json(position: Position, wanted: Component | None, lang: str) -> str:
    """The lines, the figures that they end in, and the fingerprint of what they were worked out from."""
    from tagih.reports.tables import plain

    cause = position.cause
    said = {
        "schema": 1,
        "name": "explain",
        "contract": position.contract.id,
        "as_of": position.as_of,
        "currency": position.currency,
        "component": str(wanted) if wanted else None,
        "fingerprint": position.fingerprint,
        "lines": lines(position, wanted, lang),
        "outstanding": {
            str(part): str(amount)
            for part, amount in position.outstanding.parts
            if wanted is None or (part.kind == wanted.kind and wanted.name in ("", part.name))
        },
        "unapplied": position.unapplied,
        "days_past_due": position.days_past_due,
        "cause": cause
        and {"instalment": cause.instalment, "due_on": cause.due_on, "shortfall": cause.shortfall},
        "warnings": list(position.warnings),
    }
    return json.dumps(said, ensure_ascii=False, indent=2, default=plain)
