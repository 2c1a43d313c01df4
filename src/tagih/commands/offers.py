"""What the commands of offers share: where the position comes from, and how an offer is shown.

A position comes from BOOK and CONTRACT, or from figures: principal, rate, tenor, first due date,
how many instalments were paid.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import evolve, frozen

from tagih import __version__
from tagih.commands.books import open_book
from tagih.commands.output import (
    DAY,
    as_of_option,
    format_option,
    lang_option,
    output_option,
    result,
    write_file,
)
from tagih.commands.rate import Amount, RateOf
from tagih.errors import InputError, PolicyError

if TYPE_CHECKING:
    from tagih.arrangements import Asking, Proposal, Quote
    from tagih.ledger import Position

F = TypeVar("F", bound=Callable[..., Any])

AMOUNT = Amount()
RATE = RateOf()

FIGURES = ("principal", "monthly_rate", "flat_monthly_rate", "tenor", "first_due", "paid", "late_daily_rate")


@frozen
class Case:
    """A position, the language to speak, and the names for the page."""

    position: Position
    lang: str
    debtor: str = ""
    lender: str = ""


def offer_options(command: F) -> F:
    """BOOK CONTRACT or figures, the day, the limits, and how the offer is shown."""
    options: list[Callable[[Any], Any]] = [
        click.argument("book", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False),
        click.argument("contract", required=False),
        as_of_option,
        click.option("--principal", type=AMOUNT, help="Without a book: what was lent."),
        click.option("--monthly-rate", type=RATE, help="Without a book: interest a month on the balance."),
        click.option("--flat-monthly-rate", type=RATE, help="Without a book: flat interest a month."),
        click.option("--tenor", type=click.IntRange(1, 600), help="Without a book: number of instalments."),
        click.option("--first-due", type=DAY, help="Without a book: the first due date."),
        click.option(
            "--paid", type=click.IntRange(0), help="Without a book: instalments paid, each on its day."
        ),
        click.option(
            "--late-daily-rate", type=RATE, help="Without a book: late charge a day on what is unpaid."
        ),
        click.option("--limits", help="Limits of offers: a TOML file, or the id of a rule."),
        click.option("--by", default="", help="The authority that makes the offer (default: the lowest)."),
        click.option("--last-offer", type=DAY, help="The day of the contract's last offer."),
        click.option(
            "--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id."
        ),
        format_option,
        output_option,
        lang_option,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def case_of(asked: dict[str, Any]) -> Case:
    """The position that an offer is made from; takes its own options out of ``asked``.

    Raises:
        InputError: If neither a book nor enough figures are given, or both are.
    """
    figures = {name: asked.pop(name) for name in FIGURES}
    book, contract_id, as_of = asked.pop("book"), asked.pop("contract"), asked.pop("as_of")
    lang, accept, limits = asked.pop("lang"), asked.pop("accept"), asked.pop("limits")
    given = [name for name in FIGURES if figures[name] is not None]
    if book is None:
        case = Case(_from_figures(figures, as_of), lang or "id")
    elif contract_id is None:
        raise InputError("offer.contract", "which contract of the book? write its id after the book")
    elif given:
        raise InputError(
            "offer.both",
            "a book and figures ({given}) are given; an offer is made from one of the two",
            given=", ".join("--" + name.replace("_", "-") for name in given),
        )
    else:
        from tagih.portfolio.book import position

        opened, spoken = open_book(book, lang)
        found = position(opened, contract_id, as_of, accept=accept)
        debtor = opened.debtor_of(found.contract)
        case = Case(found, spoken, debtor.name if debtor else "", opened.lender.name)
    return evolve(case, position=_limited(case.position, limits)) if limits else case


def asking_of(asked: dict[str, Any]) -> Asking:
    """Who asks, and when the last offer was made."""
    from tagih.arrangements import Asking

    return Asking(asked.pop("by"), asked.pop("last_offer"))


def _from_figures(figures: dict[str, Any], as_of: date) -> Position:
    from tagih.contracts import Contract, Payment
    from tagih.ledger import replay
    from tagih.policies import LateCharge, Policy
    from tagih.schedules import annuity, flat

    missing = [name for name in ("principal", "tenor", "first_due") if figures[name] is None]
    rates = [name for name in ("monthly_rate", "flat_monthly_rate") if figures[name] is not None]
    if missing or len(rates) != 1:
        raise InputError(
            "offer.figures",
            "give a book and a contract, or --principal, --tenor, --first-due and one of --monthly-rate and "
            "--flat-monthly-rate",
        )
    make = annuity if rates == ["monthly_rate"] else flat
    rows = make(
        principal=figures["principal"],
        monthly_rate=figures[rates[0]],
        months=figures["tenor"],
        first_due=figures["first_due"],
    )
    contract = Contract("-", rows, principal=figures["principal"])
    paid = [Payment(f"P-{row.number}", row.due_on, row.total) for row in rows[: figures["paid"] or 0]]
    late = figures["late_daily_rate"]
    policy = Policy(
        late_charge=LateCharge(daily_rate=late, base="unpaid_instalment", counting="due_day_free")
        if late
        else None
    )
    return replay(contract, paid, policy, as_of)


def _limited(position: Position, limits: str) -> Position:
    from tagih.ledger import replay
    from tagih.policies import OfferLimits, load_rule, rule

    found = load_rule(limits) if limits.endswith(".toml") else rule(limits)
    if not isinstance(found, OfferLimits):
        raise InputError(
            "offer.limits", "rule '{id}' is not of kind offer; write one that is", id=found.about.id
        )
    return replay(position.contract, position.events, evolve(position.policy, offer=found), position.as_of)


def show(case: Case, proposal: Proposal, form: str, output: Path | None, quote: Quote | None = None) -> None:
    """The offer as text, CSV, JSON, HTML or PDF; exit 1 where it goes beyond the limits."""
    from tagih.arrangements import check_text, word
    from tagih.reports import offer, tables

    ending = output.suffix.lower() if output else ""
    if ending in (".html", ".pdf"):
        assert output is not None
        page = offer.to_html(
            proposal, case.lang, debtor=case.debtor, lender=case.lender, quote=quote, version=__version__
        )
        if ending == ".pdf":
            from tagih.reports.page import pdf

            write_file(output, pdf(page, about="offer"))
        else:
            write_file(output, page.encode())
    else:
        form = {".csv": "csv", ".json": "json"}.get(ending, form)
        if form == "json":
            result(as_json(proposal, quote), output)
        elif form == "csv":
            table = offer.quote_table(quote, case.lang) if quote else offer.pays_table(proposal, case.lang)
            result(tables.to_csv(table).rstrip("\n"), output)
        else:
            text = offer.to_text(proposal, case.lang, case.debtor)
            if quote is not None:
                text = tables.to_text(offer.quote_table(quote, case.lang, case.debtor)) + "\n\n" + text
            result(text, output)
    if (check := proposal.hardest) is not None:
        raise PolicyError(
            "offer.beyond",
            "{kind} of contract {contract}: {check}",
            kind=word(proposal.kind, case.lang),
            contract=proposal.contract,
            check=check_text(check, case.lang),
        )


def as_json(proposal: Proposal, quote: Quote | None = None) -> str:
    """The offer as one JSON object, and its quote where it has one."""
    from tagih.arrangements import quote_to_dict, to_dict

    values = to_dict(proposal)
    if quote is not None:
        values["quote"] = quote_to_dict(quote)
    return json.dumps(values, ensure_ascii=False, indent=2)


def amounts(values: tuple[str, ...], option: str) -> tuple[tuple[str, Decimal], ...]:
    """``name=amount`` words as pairs.

    Raises:
        InputError: If a word has no name, or its amount is none.
    """
    pairs = []
    for value in values:
        name, sign, amount = value.partition("=")
        if not sign or not name:
            raise InputError(
                "offer.pair", "{option} '{value}': write name=amount", option=option, value=value
            )
        pairs.append((name.strip(), AMOUNT.convert(amount, None, None)))
    return tuple(pairs)
