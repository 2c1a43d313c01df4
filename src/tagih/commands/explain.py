"""`tagih explain BOOK CONTRACT --as-of DATE`: why, line by line, ending in the figure shown everywhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from tagih.commands.books import BOOK, open_book
from tagih.commands.output import as_of_option, lang_option, output_option, result


@click.command()
@BOOK
@click.argument("contract")
@as_of_option
@click.option(
    "--component", default=None, help="Only this: principal, interest, fee, late_charge, or kind:name."
)
@click.option("--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id.")
@output_option
@lang_option
def command(
    book: Path,
    contract: str,
    as_of: date,
    component: str | None,
    accept: tuple[str, ...],
    output: Path | None,
    lang: str | None,
) -> None:
    """Say why CONTRACT of BOOK owes what it owes, so that each line can be redone with a calculator."""
    from tagih.portfolio.book import position

    opened, spoken = open_book(book, lang)
    found = position(opened, contract, as_of, accept=accept)
    result(found.explain(lang=spoken, component=component), output)
    if contract in opened.incomplete:
        raise click.exceptions.Exit(1)
