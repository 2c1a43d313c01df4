"""`tagih settle`: ending a debt for less than is owed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagih.commands.offers import AMOUNT, RATE, asking_of, case_of, offer_options, show
from tagih.commands.output import DAY
from tagih.errors import InputError


@click.command("settle")
@offer_options
@click.option("--amount", type=AMOUNT, help="The sum that settles.")
@click.option("--discount", type=RATE, help="A share of the base that is given up: 20%.")
@click.option(
    "--base",
    type=click.Choice(["outstanding", "payoff", "principal", "arrears", "charges"]),
    help="What the discount is a share of.",
)
@click.option("--waive", multiple=True, metavar="COMPONENT=SHARE", help="late_charge=100%; again for more.")
@click.option("--floor", type=AMOUNT, default="0", help="Never below this.")
@click.option("--pay-now", "down", type=AMOUNT, help="Paid down today.")
@click.option("--down-share", type=RATE, help="Paid down today, as a share of the sum.")
@click.option("--payments", type=click.IntRange(1), default=1, help="Number of payments after that.")
@click.option("--first-on", type=DAY, help="The first of them.")
@click.option("--every-days", type=click.IntRange(1), help="Days between them (default: a month).")
@click.option("--expires-on", type=DAY, help="The last day on which the offer can be accepted.")
@click.option("--cure-days", type=click.IntRange(0), default=0, help="Days to make a late payment good.")
@click.option("--unit", type=AMOUNT, default="1", help="Payments are whole numbers of this.")
def command(form: str, output: Path | None, waive: tuple[str, ...], **asked: Any) -> None:
    """Propose to end the debt of CONTRACT in BOOK, or of one given by its figures, for less.

    With --output the ending chooses: .pdf and .html hold the page for the debtor, .csv and .json
    the figures. Exit 1 where it goes beyond the limits.
    """
    from tagih.arrangements import SettlementTerms, settlement

    case, asking = case_of(asked), asking_of(asked)
    terms = SettlementTerms(waive=tuple(_share(word) for word in waive), **asked)
    show(case, settlement(case.position, terms, asking), form, output)


def _share(text: str) -> tuple[str, Any]:
    name, sign, share = text.partition("=")
    if not sign:
        raise InputError("offer.share", "'{text}' is not a share; write late_charge=100%", text=text)
    return name.strip(), RATE.convert(share, None, None)
