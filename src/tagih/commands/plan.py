"""`tagih plan`: arrears in parts, beside the normal instalments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from tagih.commands.offers import AMOUNT, RATE, asking_of, case_of, offer_options, show
from tagih.commands.output import DAY
from tagih.errors import InputError


@click.command("plan")
@offer_options
@click.option("--pay-monthly", "monthly", type=AMOUNT, help="What the debtor can pay a month.")
@click.option("--months", type=click.IntRange(1), help="In how many months.")
@click.option("--ends-on", type=DAY, help="The last day; two of amount, months and last day give the third.")
@click.option("--first-on", type=DAY, help="The first payment (default: with the next instalment).")
@click.option("--pay-now", "down", type=AMOUNT, help="Paid down today.")
@click.option("--down-share", type=RATE, help="Paid down today, as a share of the arrears: 20%.")
@click.option("--pay", "given", multiple=True, metavar="DATE=AMOUNT", help="A given amount; again for more.")
@click.option("--all-on", type=DAY, help="Pay all of the arrears on this day.")
@click.option("--step", type=AMOUNT, default="0", help="Each payment is this much more than the one before.")
@click.option(
    "--includes-instalments", "counts", is_flag=True, help="The amounts include the contract's instalments."
)
@click.option(
    "--late-charges",
    type=click.Choice(["run", "stop", "waived"]),
    default="stop",
    help="What late charges do while the plan is kept.",
)
@click.option("--age", type=click.Choice(["runs", "stands"]), default="runs", help="What days past due do.")
@click.option("--cure-days", type=click.IntRange(0), default=0, help="Days to make a late payment good.")
@click.option("--fee", type=AMOUNT, default="0", help="A fee for the arrangement, paid today.")
@click.option("--unit", type=AMOUNT, default="1000", help="Payments are whole numbers of this.")
def command(
    form: str, output: Path | None, given: tuple[str, ...], all_on: date | None, **asked: Any
) -> None:
    """Propose a plan for the arrears of CONTRACT in BOOK, or of a contract given by its figures.

    With --output the ending chooses: .pdf and .html hold the page for the debtor, .csv and .json
    the figures. Exit 1 where the plan goes beyond the limits.
    """
    from tagih.arrangements import Given, PlanTerms, plan

    case, asking = case_of(asked), asking_of(asked)
    amounts = [_given(text, asked["counts"]) for text in given]
    if all_on is not None:
        amounts.append(Given(all_on, case.position.outstanding.total))
        asked["counts"] = False
    terms = PlanTerms(amounts=tuple(amounts), **asked)
    show(case, plan(case.position, terms, asking), form, output)


def _given(text: str, counts: bool) -> Any:
    from tagih.arrangements import Given

    day, sign, amount = text.partition("=")
    try:
        on = date.fromisoformat(day.strip())
    except ValueError:
        on = None
    if not sign or on is None:
        raise InputError("offer.dated", "'{text}' is not a dated amount; write 2026-05-31=500000", text=text)
    value: Decimal = AMOUNT.convert(amount, None, None)
    return Given(on, value, counts)
