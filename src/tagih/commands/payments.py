"""`tagih payments reverse --dry-run`: what undoing a payment would change."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih.commands.books import BOOK, open_book
from tagih.commands.output import DAY, format_option, lang_option, output_option, result

if TYPE_CHECKING:
    from tagih.ledger import Amounts
    from tagih.ledger.diff import PositionDiff
    from tagih.reports.tables import Table

WORDS = {
    "id": {
        "title": "Jika {payment} dibatalkan per {day}: {id} per {as_of}",
        "what": "yang berubah",
        "before": "sebelum",
        "after": "sesudah",
        "days": "hari keterlambatan",
        "class": "kualitas",
        "late_charge": "denda terutang",
        "unapplied": "titipan",
        "split": "pembayaran {event}",
        "balance": "angsuran {number} {component}: sisa",
        "none": "tidak ada",
        "nothing": "tidak ada yang berubah",
        "letter": "surat {id}, {day}",
        "promise": "janji bayar {id}, {day}",
        "arrangement": "kesepakatan {id}, {day}",
        "holds": "sesuai",
        "no_longer": "angkanya berubah",
        "row": "untuk melakukannya, tambahkan kejadian: reversal atas {payment}, berlaku {day}",
    },
    "en": {
        "title": "If {payment} is reversed on {day}: {id} as of {as_of}",
        "what": "what changes",
        "before": "before",
        "after": "after",
        "days": "days past due",
        "class": "class",
        "late_charge": "late charge owed",
        "unapplied": "unapplied credit",
        "split": "payment {event}",
        "balance": "instalment {number} {component}: outstanding",
        "none": "none",
        "nothing": "nothing changes",
        "letter": "letter {id}, {day}",
        "promise": "promise {id}, {day}",
        "arrangement": "arrangement {id}, {day}",
        "holds": "holds",
        "no_longer": "its figures changed",
        "row": "to do it, add an event: a reversal of {payment}, effective {day}",
    },
}


@click.group()
def command() -> None:
    """Payments of a book: what undoing one would change."""


@command.command()
@BOOK
@click.argument("contract")
@click.argument("payment")
@click.option("--on", "on", type=DAY, required=True, help="The day from which it never happened.")
@click.option("--as-of", type=DAY, default=None, help="The day to compare on (default: the same).")
@click.option("--dry-run", is_flag=True, required=True, help="Only show: tagih never writes in a book.")
@click.option(
    "--register",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="The register of letters (default: register.sqlite in BOOK, where it is).",
)
@click.option("--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id.")
@format_option
@output_option
@lang_option
def reverse(
    book: Path,
    contract: str,
    payment: str,
    on: date,
    as_of: date | None,
    dry_run: bool,
    register: Path | None,
    accept: tuple[str, ...],
    form: str,
    output: Path | None,
    lang: str | None,
) -> None:
    """Show what reversing PAYMENT of CONTRACT would change; add it to the book's events to do it."""
    from tagih.contracts import Reversal
    from tagih.errors import InputError
    from tagih.ledger import replay
    from tagih.ledger.diff import diff_positions
    from tagih.portfolio.book import position, relied
    from tagih.reports import tables

    opened, spoken = open_book(book, lang)
    before = position(opened, contract, as_of or on, accept=accept)
    if payment not in {event.id for event in before.events}:
        near = get_close_matches(payment, [event.id for event in before.events], 1)
        raise InputError(
            "payments.unknown_near" if near else "payments.unknown",
            "contract {contract} has no event '{payment}'; did you mean '{near}'?"
            if near
            else "contract {contract} has no event '{payment}'",
            contract=contract,
            payment=payment,
            near=near[0] if near else "",
        )
    reversal = Reversal(f"{payment}-R", on, payment)
    after = replay(before.contract, [*before.events, reversal], before.policy, before.as_of)
    found = diff_positions(
        before, after, relied=relied(opened, before, _issued(register or book / "register.sqlite", contract))
    )
    table = diff_table(found, payment, on, spoken)
    if form == "csv":
        text = tables.to_csv(table)
    elif form == "json":
        text = diff_json(found, payment, on)
    else:
        text = tables.to_text(table)
    result(text, output)
    if contract in opened.incomplete:
        raise click.exceptions.Exit(1)


def _issued(register: Path, contract: str) -> list[tuple[str, date]]:
    """The letters of a contract that tagih issued, by their numbers and dates."""
    from tagih.letters.register import Register

    if not register.exists():
        return []
    with Register(register) as kept:
        return [(one.number, one.issued_on) for one in kept.earlier().get(contract, ())]


def diff_json(found: PositionDiff, payment: str, on: date) -> str:
    """The difference as it is, with plain digits."""
    from tagih.ledger.serialise import text_of

    def amounts(split: Amounts | None) -> dict[str, str] | None:
        return None if split is None else {str(part): text_of(amount) for part, amount in split.parts}

    def pair(values: tuple[Any, Any] | None) -> dict[str, Any] | None:
        if values is None:
            return None
        shown = [text_of(one) if isinstance(one, Decimal) else one for one in values]
        return {"before": shown[0], "after": shown[1]}

    said = {
        "schema": 1,
        "name": "reversal",
        "contract": found.contract,
        "payment": payment,
        "on": on.isoformat(),
        "as_of": found.as_of.isoformat(),
        "changed": bool(found),
        "days_past_due": pair(found.days_past_due),
        "class": pair(found.class_code),
        "late_charge": pair(found.late_charge),
        "unapplied": pair(found.unapplied),
        "splits": [
            {"event": one.event, "before": amounts(one.before), "after": amounts(one.after)}
            for one in found.splits
        ],
        "balances": [
            {
                "instalment": one.instalment,
                "charge": one.charge,
                "component": str(one.component),
                "field": one.field,
                "before": text_of(one.before),
                "after": text_of(one.after),
            }
            for one in found.balances
        ],
        "no_longer_hold": [
            {"kind": one.kind, "id": one.id, "as_of": one.as_of.isoformat()} for one in found.no_longer_hold
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def diff_table(found: PositionDiff, payment: str, on: date, lang: str) -> Table:
    """A row for each thing that changes."""
    from tagih.ledger.explain import component_name, day_text
    from tagih.reports.tables import Column, Table, shown

    texts = WORDS[lang]
    rows = []
    if found.days_past_due:
        before, after = found.days_past_due
        rows.append({"what": texts["days"], "before": str(before), "after": str(after)})
    if found.class_code:
        rows.append({"what": texts["class"], "before": found.class_code[0], "after": found.class_code[1]})
    for name in ("late_charge", "unapplied"):
        pair = getattr(found, name)
        if pair:
            rows.append(
                {"what": texts[name], "before": shown(pair[0], "money"), "after": shown(pair[1], "money")}
            )
    for change in found.splits:
        sides = []
        for split in (change.before, change.after):
            parts = (
                [f"{component_name(part, lang)} {shown(x, 'money')}" for part, x in split.parts]
                if split
                else []
            )
            sides.append(", ".join(parts) or texts["none"])
        rows.append(
            {"what": texts["split"].format(event=change.event), "before": sides[0], "after": sides[1]}
        )
    for cell in found.balances:
        if cell.field == "outstanding":
            label = texts["balance"].format(
                number=cell.instalment or cell.charge, component=component_name(cell.component, lang)
            )
            rows.append(
                {"what": label, "before": shown(cell.before, "money"), "after": shown(cell.after, "money")}
            )
    for one in found.no_longer_hold:
        label = texts[one.kind].format(id=one.id, day=day_text(one.as_of, lang))
        rows.append({"what": label, "before": texts["holds"], "after": texts["no_longer"]})
    columns = [
        Column("what", texts["what"]),
        Column("before", texts["before"]),
        Column("after", texts["after"]),
    ]
    day, as_of = day_text(on, lang), day_text(found.as_of, lang)
    title = texts["title"].format(payment=payment, day=day, as_of=as_of, id=found.contract)
    notes = (texts["row"].format(payment=payment, day=day),) if rows else (texts["nothing"],)
    return Table("reversal", title, columns, rows, notes=notes)
