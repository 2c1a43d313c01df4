"""`tagih payoff`: what settles in full before time, a figure for each day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from tagih.commands.offers import AMOUNT, RATE, amounts, asking_of, case_of, offer_options, show
from tagih.commands.output import DAY


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
def command(
    form: str,
    output: Path | None,
    good_through: date | None,
    penalty: Decimal | None,
    penalty_base: Any,
    fees: tuple[str, ...],
    unit: Decimal,
    **asked: Any,
) -> None:
    """Quote what settles CONTRACT of BOOK, or a contract given by its figures, day by day.

    With --output the ending chooses: .pdf and .html hold the page for the debtor, .csv and .json
    the figures.
    """
    from tagih.arrangements import PayoffTerms, Penalty, payoff_proposal, quote
    from tagih.money import Rounding

    case = case_of(asked)
    asking_of(asked)
    terms = PayoffTerms(
        penalty=Penalty(penalty or Decimal(0), penalty_base),
        fees=amounts(fees, "--fee"),
        rounding=Rounding(unit, "half_up"),
        **asked,
    )
    made = quote(case.position, terms, good_through or case.position.as_of)
    show(case, payoff_proposal(case.position, terms), form, output, made)
