"""`tagih prepay`: a part of the principal early."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagih.commands.offers import AMOUNT, RATE, asking_of, case_of, offer_options, show


@click.command("prepay")
@offer_options
@click.option("--amount", type=AMOUNT, required=True, help="The principal that is paid early.")
@click.option(
    "--keep",
    type=click.Choice(["term", "instalment"]),
    default="instalment",
    help="Keep the term (smaller instalments) or the instalment (a shorter term).",
)
@click.option("--period-rate", type=RATE, help="The rate of one period (default: the contract's effective).")
@click.option(
    "--method", type=click.Choice(["annuity", "equal_principal"]), default="annuity", help="The new rows."
)
@click.option("--penalty", "penalty_share", type=RATE, default="0", help="A charge: a share of the amount.")
@click.option("--day-count", default="ACT/365F", help="How the days of the current period are counted.")
@click.option("--unit", type=AMOUNT, default="1", help="Instalments are whole numbers of this.")
def command(form: str, output: Path | None, **asked: Any) -> None:
    """Show what paying a part early does to CONTRACT of BOOK, or to one given by its figures.

    With --output the ending chooses: .pdf and .html hold the page for the debtor, .csv and .json
    the figures.
    """
    from tagih.arrangements import PrepayTerms, prepayment

    case = case_of(asked)
    asking_of(asked)
    show(case, prepayment(case.position, PrepayTerms(**asked)), form, output)
