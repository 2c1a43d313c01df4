"""A question asked from options, from JSON or from a book: what one-off commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import evolve, fields, frozen

from tagih.contracts import AnyEvent, Contract, Instalment, Payment
from tagih.errors import InputError
from tagih.money import Rounding
from tagih.policies import LateCharge, Policy

if TYPE_CHECKING:
    from tagih.files import Book

SIZES = ("daily_rate", "monthly_rate", "annual_rate", "amount_per")
F = TypeVar("F", bound=Callable[..., Any])


@frozen
class Question:
    """What a one-off command asks about."""

    contract: Contract
    events: tuple[AnyEvent, ...]
    policy: Policy
    lang: str = "id"
    incomplete: bool = False

    @property
    def name(self) -> str:
        """The contract's id; of a debt that was given in options, what that is."""
        return (
            {"id": "utang ini", "en": "this debt"}[self.lang] if self.contract.id == "?" else self.contract.id
        )

    def end(self) -> None:
        """Exit 1 where rows of the contract were rejected: the figures are not of all of it."""
        if self.incomplete:
            raise click.exceptions.Exit(1)


def question_options(command: F) -> F:
    """A book and a contract, or ``--from FILE``, or the debt itself in options."""
    for option in reversed(
        (
            click.argument(
                "book", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
            ),
            click.argument("contract", required=False),
            click.option(
                "--from", "source", metavar="FILE", help="JSON with contract, events, policy; - is stdin."
            ),
            click.option(
                "--instalment",
                "-i",
                "instalments",
                multiple=True,
                metavar="DUE:PRINCIPAL[:INTEREST]",
                help="An instalment, as often as there are; or PRINCIPAL[:INTEREST], each with its --due-on.",
            ),
            click.option("--due-on", "due_on", multiple=True, metavar="DATE", help="Its due date, in turn."),
            click.option(
                "--paid",
                "--payment",
                "-p",
                multiple=True,
                metavar="DATE:AMOUNT",
                help="A payment that was made.",
            ),
            click.option("--agreed-amount", metavar="RP", help="The amount in the agreement."),
            click.option(
                "--signed-on", metavar="DATE", help="The day of signing, which chooses the law's cap."
            ),
            click.option("--rule", "rules", multiple=True, metavar="ID", help="A rule to use, by its id."),
            click.option(
                "--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id."
            ),
        )
    ):
        command = option(command)
    return command


def rate_options(command: F) -> F:
    """A late charge in options; it replaces the policy's."""
    for option in reversed(
        (
            click.option("--daily-rate", metavar="RATE", help="A day's rate: 0.005 or 0.5%."),
            click.option("--monthly-rate", metavar="RATE", help="A month's rate, of 30 days."),
            click.option("--annual-rate", metavar="RATE", help="A year's rate, by 365 days."),
            click.option(
                "--amount-per", metavar="RP/day|month|event", help="Rupiah instead of a rate: 5000/day."
            ),
            click.option("--base", default=None, help="What the rate is charged on."),
            click.option(
                "--counting",
                type=click.Choice(["due_day_free", "due_day_counted"]),
                help="Whether the due day is charged; needed with a rate, as contracts differ.",
            ),
            click.option(
                "--grace", metavar="none|threshold:N|free_days:N", help="Days of grace, and which kind."
            ),
            click.option(
                "--round-each", type=click.Choice(["day", "segment", "once"]), help="What is rounded."
            ),
            click.option("--rounding", metavar="MODE[:UNIT]", help="down, up, half_up or half_even; of Rp1."),
        )
    ):
        command = option(command)
    return command


def question(options: dict[str, Any], as_of: date, lang: str | None = None) -> Question:
    """The question that the options ask, in the language asked for, else the book's.

    Raises:
        click.UsageError: If none, or more than one, of book, --from and --instalment is given.
        InputError: If a value cannot be read.
    """
    ways = [bool(options["book"]), bool(options["source"]), bool(options["instalments"])]
    if sum(ways) != 1 or (options["book"] and not options["contract"]):
        raise click.UsageError(
            "give BOOK and CONTRACT, or --from FILE, or --instalment DUE:PRINCIPAL:INTEREST"
        )
    if options["book"]:
        asked = _from_book(options, [options["contract"]], as_of, lang)
    elif options["source"]:
        asked = _from_json(options["source"])
    else:
        asked = [Question(_contract(options), (), Policy())]
    if len(asked) != 1:
        raise InputError(
            "one_off.one", "{count} contracts are given where one is asked about", count=len(asked)
        )
    return _as_asked(asked[0], options, lang)


def questions(
    options: dict[str, Any], chosen: Callable[[Book], list[str]], as_of: date, lang: str | None = None
) -> tuple[Question, ...]:
    """The same about several contracts: those that ``chosen`` names in the book, or all in the JSON.

    Raises:
        InputError: If a value cannot be read, or the book has no such contract.
    """
    if options["book"]:
        asked = _from_book(options, chosen, as_of, lang)
    else:
        asked = _from_json(options["source"])
    return tuple(_as_asked(one, options, lang) for one in asked)


def _as_asked(asked: Question, options: dict[str, Any], lang: str | None) -> Question:
    """The question with the payments, rules and late charge that the options add."""
    paid = tuple(_payments(options["paid"]))
    asked = evolve(asked, events=(*asked.events, *paid), lang=asked.lang if options["book"] else lang or "id")
    if options["rules"]:
        asked = evolve(asked, policy=_with_rules(asked.policy, options))
    return evolve(asked, policy=with_rate(asked.policy, options))


def _with_rules(base: Policy, options: dict[str, Any]) -> Policy:
    """The policy with the rules that the options name in place of its own of the same kind."""
    from tagih.policies import policy

    chosen = policy(*options["rules"], accept=options["accept"])
    names = [one.name for one in fields(Policy)]
    set_by = {
        name: getattr(chosen, name) for name in names if getattr(chosen, name) != getattr(Policy(), name)
    }
    return evolve(base, **set_by)


def _from_book(
    options: dict[str, Any], names: list[str] | Callable[[Book], list[str]], as_of: date, lang: str | None
) -> list[Question]:
    from tagih.commands.books import open_book
    from tagih.portfolio.book import position

    book, spoken = open_book(options["book"], lang)
    asked = []
    for name in names if isinstance(names, list) else names(book):
        found = position(book, name, as_of, accept=options["accept"])
        asked.append(Question(found.contract, found.events, found.policy, spoken, name in book.incomplete))
    return asked


def _from_json(source: str) -> list[Question]:
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    name = "stdin" if source == "-" else source
    try:
        values = json.loads(text)
        return [_from_values(each) for each in values.get("contracts", [values])]
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "one_off.json",
            "{name}: not a question in JSON ({problem}); write contract, events and policy",
            name=name,
            problem=f"{type(error).__name__}: {error}",
        ) from error


def _from_values(values: dict[str, Any]) -> Question:
    from tagih.ledger.serialise import from_dict

    if values.get("what") == "Position":
        found = from_dict(values)
        return Question(found.contract, found.events, found.policy)
    policy = from_dict(values["policy"]) if "policy" in values else Policy()
    events = tuple(from_dict(event) for event in values.get("events", ()))
    return Question(from_dict(values["contract"]), events, policy)


def amount(text: str) -> Decimal:
    """An amount as people write it: 1000000, 900.000, Rp1.500.000,00."""
    from tagih.commands.rate import typed

    return typed(text)


def rate(text: str) -> Decimal:
    """A rate: 0.005, 0,005, 0.5%."""
    share = text.strip().endswith("%")
    try:
        number = Decimal(text.strip().removesuffix("%").strip().replace(",", "."))
    except ArithmeticError:
        raise InputError(
            "one_off.rate", "rate '{rate}' is not a number; write 0.005 or 0.5%", rate=text
        ) from None
    return number / 100 if share else number


def day(text: str) -> date:
    """A date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("one_off.date", "'{text}' is not a date; write YYYY-MM-DD", text=text) from None


def _contract(options: dict[str, Any]) -> Contract:
    rows = []
    apart = list(options["due_on"])
    if apart and len(apart) != len(options["instalments"]):
        raise click.UsageError("give as many --due-on as --instalment")
    for number, text in enumerate(options["instalments"], start=1):
        due, _, parts = (apart[number - 1], "", text) if apart else text.partition(":")
        principal, _, interest = parts.partition(":")
        if not principal:
            raise InputError(
                "one_off.instalment",
                "instalment '{text}': write DUE:PRINCIPAL or DUE:PRINCIPAL:INTEREST",
                text=text,
            )
        rows.append(
            Instalment(number, day(due), amount(principal), amount(interest) if interest else Decimal(0))
        )
    agreed = options["agreed_amount"]
    signed = options["signed_on"]
    return Contract(
        "?",
        rows,
        agreed_amount=amount(agreed) if agreed else None,
        signed_on=day(signed) if signed else None,
    )


def _payments(paid: tuple[str, ...]) -> list[Payment]:
    made = []
    for number, text in enumerate(paid, start=1):
        on, _, sum_paid = text.partition(":")
        if not sum_paid:
            raise InputError("one_off.paid", "payment '{text}': write DATE:AMOUNT", text=text)
        made.append(Payment(f"paid-{number}", day(on), amount(sum_paid)))
    return made


def with_rate(policy: Policy, options: dict[str, Any]) -> Policy:
    """The policy with the late charge that the options say, where they say one."""
    names = [*SIZES, "base", "counting", "grace", "round_each", "rounding"]
    given: dict[str, str] = {name: options[name] for name in names if options.get(name)}
    if not given:
        return policy
    changed: dict[str, Any] = {}
    sizes = [name for name in SIZES if name in given]
    if sizes:
        changed |= dict.fromkeys(("daily_rate", "monthly_rate", "annual_rate", "amount"), None)
        changed |= {"steps": (), "per": "day"}
    for name in sizes:
        if name == "amount_per":
            size, _, per = given[name].partition("/")
            changed |= {"amount": amount(size), "per": per or "day"}
        else:
            changed[name] = rate(given[name])
    changed |= {name: given[name] for name in ("base", "counting", "round_each") if name in given}
    if "rounding" in given:
        mode, _, unit = given["rounding"].partition(":")
        changed["rounding"] = Rounding(amount(unit) if unit else Decimal(1), mode)
    if "grace" in given:
        kind, _, days = given["grace"].partition(":")
        if kind not in ("threshold", "free_days") or not days.isdigit():
            if given["grace"] != "none":
                raise InputError(
                    "one_off.grace",
                    "grace '{text}': write threshold:3 or free_days:3, or none",
                    text=given["grace"],
                )
            days = "0"
        changed |= {"grace": kind, "grace_days": int(days)}
    rule = policy.late_charge
    made = evolve(rule, **changed) if rule else LateCharge(**changed)
    return evolve(policy, late_charge=made)
