"""`tagih payoff`: what settles in full before time, a figure for each day."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from tagih.commands.offers import AMOUNT, RATE, Case, amounts, asking_of, case_of, offer_options, show
from tagih.commands.output import DAY, result
from tagih.errors import InputError

if TYPE_CHECKING:
    from tagih.arrangements import Quote


@click.command("payoff")
@offer_options
@click.option("--good-through", type=DAY, help="The quote's last day (default: the day itself).")
@click.option(
    "--rebate",
    type=click.Choice(["actuarial", "sum_of_digits", "pro_rata", "scheduled", "none"]),
    default="scheduled",
    help="How interest not due yet is earned.",
)
@click.option(
    "--current",
    type=click.Choice(["to_day", "whole", "none"]),
    default="whole",
    help="How much of the current period's interest is owed.",
)
@click.option("--annual-rate", type=RATE, help="Interest runs by the day instead, at this rate a year.")
@click.option("--day-count", default="ACT/365F", help="How its days are counted.")
@click.option("--paid-to", type=DAY, help="The day interest is paid to (default: the last due date).")
@click.option("--round-each", type=click.Choice(["once", "day"]), default="once", help="What is rounded.")
@click.option("--balance", type=click.Choice(["scheduled", "actual"]), default="scheduled", help="On what.")
@click.option("--penalty", type=RATE, help="A charge for settling early: a share of the penalty base.")
@click.option(
    "--penalty-base",
    type=click.Choice(["principal", "remaining_instalments", "payoff"]),
    default="principal",
    help="What it is a share of.",
)
@click.option("--fee", "fees", multiple=True, metavar="NAME=AMOUNT", help="A fee; again for more.")
@click.option("--unit", type=AMOUNT, default="1", help="Interest and penalty are rounded to this.")
@click.option(
    "--quote",
    "given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A quote made before, as JSON: its figure for --as-of, if it still stands.",
)
def command(
    form: str,
    output: Path | None,
    good_through: date | None,
    penalty: Decimal | None,
    penalty_base: Any,
    fees: tuple[str, ...],
    unit: Decimal,
    given: Path | None,
    **asked: Any,
) -> None:
    """Quote what settles CONTRACT of BOOK, or a contract given by its figures, day by day.

    A quote is kept as JSON (--output quote.json). Asked later with --quote it gives its figure, or is
    refused with the reason: after its last day, or once anything has happened that it did not know.
    With --output the ending chooses: .pdf and .html hold the page for the debtor, .csv and .json
    the figures.
    """
    from tagih.arrangements import PayoffTerms, Penalty, payoff_proposal, quote
    from tagih.money import Rounding

    case = case_of(asked)
    asking_of(asked)
    if given is not None:
        _ask(case, given, form, output)
        return
    terms = PayoffTerms(
        penalty=Penalty(penalty or Decimal(0), penalty_base),
        fees=amounts(fees, "--fee"),
        rounding=Rounding(unit, "half_up"),
        **asked,
    )
    made = quote(case.position, terms, good_through or case.position.as_of)
    show(case, payoff_proposal(case.position, terms), form, output, made)


def _ask(case: Case, file: Path, form: str, output: Path | None) -> None:
    """The figure that a quote of before names for the case's day."""
    from tagih.arrangements import asked, quote_to_dict
    from tagih.reports import offer, tables

    made, position = _read(file), case.position
    if made.contract != position.contract.id:
        raise InputError(
            "quote.contract",
            "quote {id} is of contract {contract}, and {asked} is asked for",
            id=made.id,
            contract=made.contract,
            asked=position.contract.id,
        )
    day = asked(made, position.contract, position.events, position.policy, position.as_of)
    only = evolve(made, days=(day,))
    table = offer.quote_table(only, case.lang, case.debtor)
    form = {".csv": "csv", ".json": "json"}.get(output.suffix.lower() if output else "", form)
    if form == "json":
        result(json.dumps(quote_to_dict(only), ensure_ascii=False, indent=2), output)
    else:
        result(tables.to_csv(table).rstrip("\n") if form == "csv" else tables.to_text(table), output)


def _read(file: Path) -> Quote:
    from tagih.arrangements import quote_from_dict

    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError("quote.read", "not a payoff quote: {problem}", problem=str(error)) from error
    values = values.get("quote", values) if isinstance(values, dict) else {}
    return quote_from_dict(values)
