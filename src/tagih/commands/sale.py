"""`tagih sale`: where the price of collateral goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagih.commands.offers import AMOUNT, RATE, amounts, asking_of, case_of, offer_options, show
from tagih.commands.output import DAY


@click.command("sale")
@offer_options
@click.option("--price", type=AMOUNT, required=True, help="What the collateral was sold for.")
@click.option(
    "--cost", "costs", multiple=True, metavar="NAME=AMOUNT", help="A cost at invoice; again for more."
)
@click.option("--cost-share", type=RATE, default="0", help="Costs that are a share of the price.")
@click.option("--order", help="Kinds after the costs, in order: fee,interest,principal,late_charge.")
@click.option(
    "--accelerated-on", type=DAY, help="The day all fell due (default: the contract's, or the sale's)."
)
def command(form: str, output: Path | None, costs: tuple[str, ...], order: str | None, **asked: Any) -> None:
    """Show where the price of the collateral of CONTRACT in BOOK, or of one given by figures, goes.

    With --output the ending chooses: .pdf and .html hold the page for the debtor, .csv and .json
    the figures.
    """
    from tagih.arrangements import SaleTerms, sale

    case = case_of(asked)
    asking_of(asked)
    if order:
        asked["order"] = tuple(word.strip() for word in order.split(","))
    terms = SaleTerms(costs=amounts(costs, "--cost"), **asked)
    show(case, sale(case.position, terms), form, output)
