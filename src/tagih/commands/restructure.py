"""`tagih restructure`: a new schedule in place of the old, or the same debt on other days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih.commands.offers import AMOUNT, RATE, Case, amounts, asking_of, case_of, offer_options, show
from tagih.commands.output import DAY
from tagih.errors import InputError

if TYPE_CHECKING:
    from tagih.arrangements import Asking, Proposal

TREATED = click.Choice(["capitalise", "defer", "collect", "waive"])
KEPT = click.Choice(["capitalise", "defer", "collect", "waive", "keep"])
KINDS = ("new-plan", "arrears-to-end", "re-age", "re-amortise", "reschedule")


@click.command("restructure")
@offer_options
@click.option("--kind", type=click.Choice(KINDS), default="new-plan", help="A new plan, or moved rows.")
@click.option("--rows", type=click.IntRange(1), help="How many new instalments.")
@click.option("--new-monthly-rate", type=RATE, help="The new rate a month (default: the contract's own).")
@click.option("--keep-margin", is_flag=True, help="Interest or margin still to come stays as agreed, spread.")
@click.option(
    "--method", type=click.Choice(["annuity", "flat", "equal_principal", "interest_only"]), default="annuity"
)
@click.option("--instalment", type=AMOUNT, help="An agreed new instalment; the last one differs.")
@click.option(
    "--shortfall",
    type=click.Choice(["refuse", "capitalise"]),
    default="refuse",
    help="Where an agreed instalment does not cover its interest: refuse, or declared as new principal.",
)
@click.option("--frequency", help="How far new instalments lie apart (default: the contract's): weekly...")
@click.option("--new-first-due", type=DAY, help="The first new due date (default: the next old one).")
@click.option("--grace-principal", type=click.IntRange(0), default=0, help="First rows without principal.")
@click.option("--holiday", type=click.IntRange(0), default=0, help="First rows without anything to pay.")
@click.option(
    "--holiday-interest",
    type=click.Choice(["collected", "capitalised"]),
    default="collected",
    help="Interest of the holiday: collected after it, or declared as new principal.",
)
@click.option("--balloon", type=AMOUNT, default="0", help="Principal left for the last row.")
@click.option(
    "--step", multiple=True, metavar="ROW=TIMES", help="From that row instalments are TIMES the first."
)
@click.option("--interest", type=TREATED, default="defer", help="Interest in arrears.")
@click.option(
    "--running",
    type=click.Choice(["continue", "capitalise", "defer", "collect", "waive"]),
    default="continue",
    help="Running interest of the period under way.",
)
@click.option("--running-annual-rate", type=RATE, help="Running interest by the day, at this rate a year.")
@click.option(
    "--running-on",
    type=click.Choice(["scheduled", "actual"]),
    default="scheduled",
    help="The principal that it runs on: what would be left had all been paid in time, or what is owed.",
)
@click.option("--day-count", default="ACT/365F", show_default=True, help="How its days are counted.")
@click.option("--fees", "fee", type=KEPT, default="defer", help="Fees owed today.")
@click.option("--late-charges", "late_charge", type=KEPT, default="defer", help="Late charges owed today.")
@click.option("--waive", multiple=True, metavar="KIND=AMOUNT", help="Given up first: late_charge=250000.")
@click.option(
    "--deferred-to",
    type=click.Choice(["last", "first", "spread"]),
    default="last",
    help="The new rows that owe what is deferred.",
)
@click.option("--pay-now", "up_front", type=AMOUNT, default="0", help="Paid today, before all else.")
@click.option("--cost", type=AMOUNT, default="0", help="The cost of the restructure, paid today.")
@click.option("--income", type=AMOUNT, help="The debtor's income a month, for the debt-service ratio.")
@click.option("--other-instalments", type=AMOUNT, default="0", help="What other instalments take of it.")
@click.option(
    "--loss-of",
    type=click.Choice(["carrying", "amount"]),
    default="carrying",
    help="The lender's loss against the carrying amount, or the amount restructured.",
)
@click.option(
    "--loss-by", type=click.Choice(["days", "periods"]), default="days", help="Time in days or periods."
)
@click.option("--from", "from_on", type=DAY, help="reschedule: the due date from which things change.")
@click.option("--to", "to_on", type=DAY, help="reschedule: the day it moves to.")
@click.option("--extra", type=click.IntRange(0), default=0, help="reschedule: rows to add.")
def command(form: str, output: Path | None, kind: str, **asked: Any) -> None:
    """Propose a new schedule for CONTRACT in BOOK, or for a contract given by its figures.

    Nothing becomes principal unless it is asked for. With --output the ending chooses: .pdf and .html
    hold the page for the debtor. Exit 1 where the offer is refused or goes beyond the limits.
    """
    case, asking = case_of(asked), asking_of(asked)
    make = _new_plan if kind == "new-plan" else _moved
    show(case, make(case, asking, kind, asked), form, output)


def _new_plan(case: Case, asking: Asking, kind: str, asked: dict[str, Any]) -> Proposal:
    from tagih import arrangements as offers
    from tagih.schedules import Grace, Rate

    if asked["rows"] is None:
        raise InputError("restructure.rows", "how many new instalments? write --rows")
    rate = None
    if not asked["keep_margin"]:
        new = asked["new_monthly_rate"]
        rate = offers.contract_rate(case.position) if new is None else Rate(new, "month")
    holiday, income = asked["holiday"], asked["income"]
    plan = offers.NewPlan(
        asked["rows"],
        rate,
        method=asked["method"] if not asked["balloon"] else "balloon",
        first_due=asked["new_first_due"],
        frequency=asked["frequency"],
        instalment=asked["instalment"],
        shortfall=asked["shortfall"],
        grace=Grace(
            principal=asked["grace_principal"],
            later=asked["holiday_interest"],
            holiday_rows=tuple(range(1, holiday + 1)),  # type: ignore[arg-type]
        ),
        balloon=asked["balloon"],
        steps=tuple(_step(text) for text in asked["step"]),
    )
    debts = offers.Debts(
        interest=asked["interest"],
        running=asked["running"],
        fee=asked["fee"],
        late_charge=asked["late_charge"],
        waive=amounts(asked["waive"], "--waive"),
        deferred_to=asked["deferred_to"],
        running_interest=offers.Running(
            asked["running_annual_rate"], asked["day_count"], asked["running_on"]
        ),
    )
    household = None if income is None else offers.Household(income, asked["other_instalments"])
    worth = offers.WorthBy(asked["loss_of"], asked["loss_by"])
    terms = offers.RestructureTerms(plan, debts, asked["up_front"], asked["cost"], household, worth)
    return offers.restructure(case.position, terms, asking)


def _moved(case: Case, asking: Asking, kind: str, asked: dict[str, Any]) -> Proposal:
    from tagih import arrangements as offers

    rows, first = asked["rows"], asked["new_first_due"]
    if kind == "arrears-to-end":
        late = asked["late_charge"]
        end = offers.ArrearsToEnd(rows or 1, late_charge=late)
        return offers.arrears_to_end(case.position, end, asking)
    if kind == "re-amortise":
        return offers.reamortise(case.position, asking=asking)
    if kind == "re-age":
        if rows is None or first is None:
            raise InputError("reage.given", "re-age needs --rows and --new-first-due")
        return offers.reage(case.position, offers.ReAge(first, rows), asking)
    return offers.reschedule(case.position, _reschedule(asked), asking)


def _reschedule(asked: dict[str, Any]) -> Any:
    from fractions import Fraction

    from tagih.arrangements import Reschedule

    from_on: date | None = asked["from_on"]
    if from_on is None:
        raise InputError("reschedule.given", "from which due date? write --from")
    rate: Decimal | None = asked["new_monthly_rate"]
    return Reschedule(
        from_on,
        to_on=asked["to_on"],
        extra=asked["extra"],
        principal_grace=asked["grace_principal"],
        period_rate=None if rate is None else Fraction(rate),
        interest_on="first_principal" if asked["method"] == "flat" else "balance",
    )


def _step(text: str) -> Any:
    from tagih.schedules import Step

    row, _, times = text.partition("=")
    try:
        return Step(int(row), times=Decimal(times.strip().replace(",", ".")))
    except (ValueError, ArithmeticError):
        raise InputError("restructure.step", "'{text}' is not a step; write 7=1.25", text=text) from None
