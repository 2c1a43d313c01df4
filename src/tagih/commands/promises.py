"""`tagih promises BOOK --as-of DATE`: promises and arrangements kept, partial, broken or pending."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih.commands.books import BOOK, open_book
from tagih.commands.output import as_of_option, format_option, lang_option, output_option, result
from tagih.commands.rate import RateOf
from tagih.errors import InputError

if TYPE_CHECKING:
    from tagih.files import Book
    from tagih.policies import Calendar
    from tagih.promises import Promise, PromiseRule, PromiseVerdict

WEEKS = {"mon-fri": 5, "mon-sat": 6}  # how many days from Monday on

WORDS = {
    "id": {
        "title": "Janji bayar {lender} · per {day}",
        "promise": "janji",
        "contract": "kontrak",
        "made_on": "dibuat",
        "due_on": "janji bayar",
        "deadline": "batas",
        "promised": "dijanjikan",
        "received": "diterima",
        "status": "hasil",
        "payments": "pembayaran yang dihitung",
        "rate": "ditepati {kept} dari {matured} yang sudah jatuh tempo ({count}%) · uang diterima {received} "
        "dari {promised} ({amount}%)",
        "none": "belum ada janji yang jatuh tempo",
    },
    "en": {
        "title": "Promises to pay of {lender} · as of {day}",
        "promise": "promise",
        "contract": "contract",
        "made_on": "made",
        "due_on": "promised for",
        "deadline": "deadline",
        "promised": "promised",
        "received": "received",
        "status": "verdict",
        "payments": "payments that count",
        "rate": "kept {kept} of {matured} matured ({count}%) · received {received} of {promised} ({amount}%)",
        "none": "no promise has matured yet",
    },
}


@click.command("promises")
@BOOK
@as_of_option
@click.option("--share", type=RateOf(), default="1", help="The share of a promised amount that keeps it.")
@click.option("--grace-days", type=click.IntRange(0), default=0, help="Days after the promised one.")
@click.option(
    "--working-days", is_flag=True, help="Grace counts working days: no holidays, no joint leave, no weekend."
)
@click.option(
    "--working-week",
    type=click.Choice(sorted(WEEKS)),
    default="mon-fri",
    help="The days on which people work.",
)
@click.option(
    "--calendar",
    "calendars",
    multiple=True,
    help="Holidays: a TOML file, or the id of a rule; again for more years (other years: the book, else "
    "the built-in list).",
)
@click.option(
    "--status",
    "only",
    type=click.Choice(["kept", "partial", "broken", "pending"]),
    multiple=True,
    help="Only these verdicts; again for more.",
)
@format_option
@output_option
@lang_option
def command(
    book: Path,
    as_of: date,
    share: Decimal,
    grace_days: int,
    working_days: bool,
    working_week: str,
    calendars: tuple[str, ...],
    only: tuple[str, ...],
    form: str,
    output: Path | None,
    lang: str | None,
) -> None:
    """Judge every promise to pay and every arrangement of BOOK on a date, with the payments that count."""
    from tagih import words
    from tagih.arrangements import word
    from tagih.promises import PromiseRule, kept_rate
    from tagih.reports.tables import Column, Table, shown, to_csv, to_json, to_text

    opened, spoken = open_book(book, lang)
    rule = PromiseRule(share=share, grace_days=grace_days)
    if working_days:
        rests = _holidays(opened, calendars)
        week = tuple(range(WEEKS[working_week]))
        rule = PromiseRule(share=share, grace_days=grace_days, grace_in="working", week=week, holidays=rests)
    verdicts = list(_verdicts(opened, rule, as_of))
    rate = kept_rate(verdicts)
    texts = WORDS[spoken]
    rows = [
        {
            "promise": verdict.promise_id,
            "contract": verdict.contract_id,
            "made_on": verdict.made_on,
            "due_on": verdict.due_on,
            "deadline": verdict.deadline,
            "promised": verdict.promised,
            "received": verdict.received,
            "status": verdict.status if form != "table" else word(verdict.status, spoken),
            "payments": ", ".join(name for name, _ in verdict.used),
        }
        for verdict in verdicts
        if not only or verdict.status in only
    ]
    kinds: dict[str, Any] = {"made_on": "date", "due_on": "date", "deadline": "date"}
    kinds |= {"promised": "money", "received": "money"}
    names = (
        "promise",
        "contract",
        "made_on",
        "due_on",
        "deadline",
        "promised",
        "received",
        "status",
        "payments",
    )
    columns = [Column(name, texts[name], kinds.get(name, "text"), spoken) for name in names]
    note = texts["none"]
    if rate.by_count is not None and rate.by_amount is not None:
        note = texts["rate"].format(
            kept=rate.kept,
            matured=rate.matured,
            count=shown(rate.by_count, "share"),
            received=shown(rate.received, "money"),
            promised=shown(rate.promised, "money"),
            amount=shown(rate.by_amount, "share"),
        )
    day = words.tanggal(as_of) if spoken == "id" else words.english_date(as_of)
    title = texts["title"].format(lender=opened.lender.name, day=day)
    table = Table("promises", title, columns, rows, notes=(note,))
    if form == "csv":
        text = to_csv(table).rstrip("\n")
    elif form == "json":
        text = to_json(
            table,
            as_of=as_of.isoformat(),
            kept=rate.kept,
            matured=rate.matured,
            received=str(rate.received),
            promised=str(rate.promised),
        )
    else:
        text = to_text(table)
    result(text, output)


def _verdicts(book: Book, rule: PromiseRule, as_of: date) -> Iterable[PromiseVerdict]:
    from tagih.promises import judge

    for contract_id, contract in sorted(book.contracts.items()):
        promises = _promises(book, contract_id)
        if promises:
            yield from judge(promises, book.events_of(contract), rule, as_of)


def _promises(book: Book, contract_id: str) -> list[Promise]:
    """The contract's promises and arrangements, each as a series in order of date."""
    from tagih.promises import Promise, Promised

    made: dict[tuple[str, date], list[Promised]] = defaultdict(list)
    for row in book.promises.get(contract_id, ()):
        made[row.id, row.made_on].append(Promised(row.due_on, row.amount))
    for agreed in book.arrangements.get(contract_id, ()):
        made[agreed.id, agreed.agreed_on].append(Promised(agreed.due_on, agreed.amount))
    return [
        Promise(id, contract_id, made_on, tuple(sorted(parts, key=lambda part: part.due_on)))
        for (id, made_on), parts in sorted(made.items())
    ]


def _holidays(book: Book, named: tuple[str, ...]) -> Calendar:
    """For each year the list that was named, else the book's own, else the built-in one."""
    from tagih.policies import Calendar, load_rule, load_rules, rule, rules
    from tagih.policies.calendar import join

    given = [load_rule(name) if name.endswith(".toml") else rule(name) for name in named]
    if not all(isinstance(each, Calendar) for each in given):
        raise InputError(
            "promise.calendar", "--calendar {named}: not of kind calendar", named=", ".join(named)
        )
    folder = book.path / "policies"
    own = load_rules(folder) if folder.is_dir() else ()
    found: list[Calendar] = []
    for layer in (given, own, rules()):
        years = {year for each in found for year in each.years}
        found += [each for each in layer if isinstance(each, Calendar) and years.isdisjoint(each.years)]
    return join(found)
