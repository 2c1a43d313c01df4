"""`tagih payments reverse --dry-run`: what undoing a payment would change."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagih.commands.books import BOOK, open_book
from tagih.commands.output import DAY, format_option, lang_option, output_option, result

if TYPE_CHECKING:
    from tagih.ledger.diff import PositionDiff
    from tagih.reports.tables import Table

WORDS = {
    "id": {
        "title": "Jika {payment} dibatalkan per {day}: {id}",
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
    },
    "en": {
        "title": "If {payment} is reversed on {day}: {id}",
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
@click.option("--dry-run", is_flag=True, required=True, help="Only show: tagih never writes in a book.")
@click.option("--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id.")
@format_option
@output_option
@lang_option
def reverse(
    book: Path,
    contract: str,
    payment: str,
    on: date,
    dry_run: bool,
    accept: tuple[str, ...],
    form: str,
    output: Path | None,
    lang: str | None,
) -> None:
    """Show what reversing PAYMENT of CONTRACT would change; add it to the book's events to do it."""
    from tagih.contracts import Reversal
    from tagih.ledger import replay
    from tagih.ledger.diff import diff_positions
    from tagih.portfolio.book import position
    from tagih.reports import tables

    opened, spoken = open_book(book, lang)
    before = position(opened, contract, on, accept=accept)
    reversal = Reversal(f"reversal of {payment}", on, payment)
    after = replay(before.contract, [*before.events, reversal], before.policy, on)
    table = diff_table(diff_positions(before, after), payment, spoken)
    writers = {"csv": tables.to_csv, "json": tables.to_json, "table": tables.to_text}
    result(writers[form](table), output)


def diff_table(found: PositionDiff, payment: str, lang: str) -> Table:
    """A row for each thing that changes."""
    from tagih.ledger.explain import component_name
    from tagih.reports.tables import Column, Table, shown
    from tagih.words import tanggal

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
                number=cell.instalment or "-", component=component_name(cell.component, lang)
            )
            rows.append(
                {"what": label, "before": shown(cell.before, "money"), "after": shown(cell.after, "money")}
            )
    columns = [
        Column("what", texts["what"]),
        Column("before", texts["before"]),
        Column("after", texts["after"]),
    ]
    title = texts["title"].format(payment=payment, day=tanggal(found.as_of), id=found.contract)
    return Table("reversal", title, columns, rows)
