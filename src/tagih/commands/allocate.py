"""`tagih allocate`: what a payment would settle, under one order or several, before it is posted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih.commands.one_off import amount as read_amount
from tagih.commands.one_off import question, question_options
from tagih.commands.output import DAY, format_option, lang_option, output_option, result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagih.ledger.allocate import Allocation
    from tagih.reports.tables import Table

WORDS = {
    "id": {
        "title": "Alokasi {amount} pada {day}",
        "order": "urutan",
        "unapplied": "titipan",
        "days": "hari",
        "class": "kualitas",
        "late_charge": "sisa denda",
        "instalment": "angsuran",
        "due_on": "jatuh tempo",
        "component": "komponen",
        "amount": "dibayar",
    },
    "en": {
        "title": "Allocation of {amount} on {day}",
        "order": "order",
        "unapplied": "unapplied",
        "days": "days",
        "class": "class",
        "late_charge": "late charge left",
        "instalment": "instalment",
        "due_on": "due",
        "component": "component",
        "amount": "settled",
    },
}


@click.command()
@question_options
@click.option("--amount", "paid_now", required=True, metavar="RP", help="The payment to allocate.")
@click.option("--on", "on", required=True, type=DAY, help="The day of the payment.")
@click.option("--order", "orders", multiple=True, metavar="ID", help="A waterfall to compare, by its id.")
@click.option("--kind", default="payment", help="The kind of payment, where a policy has an order for it.")
@format_option
@output_option
@lang_option
def command(
    paid_now: str,
    on: date,
    orders: tuple[str, ...],
    kind: str,
    form: str,
    output: Path | None,
    lang: str | None,
    **options: Any,
) -> None:
    """Show what a payment would settle; nothing is posted."""
    from tagih.contracts import Payment
    from tagih.ledger.allocate import allocation, compare_allocations
    from tagih.policies import policy
    from tagih.reports import tables

    spoken = lang or "id"
    asked = question(options, on)
    known = [event for event in asked.events if event.effective_on <= on]
    payment = Payment("?", on, read_amount(paid_now), kind=kind)
    if orders:
        chosen = {name: policy(name, accept=options["accept"]).waterfall for name in orders}
        waterfalls = {name: waterfall for name, waterfall in chosen.items() if waterfall is not None}
        found = compare_allocations(asked.contract, known, asked.policy, payment, waterfalls)
        table = orders_table(found, payment.amount, on, spoken)
    else:
        one = allocation(asked.contract, known, asked.policy, payment)
        table = lines_table(one, payment.amount, on, spoken)
    writers = {"csv": tables.to_csv, "json": tables.to_json, "table": tables.to_text}
    result(writers[form](table), output)


def _title(amount: Decimal, on: date, lang: str) -> str:
    from tagih.words import rupiah_short, tanggal

    return WORDS[lang]["title"].format(amount=rupiah_short(amount), day=tanggal(on))


def orders_table(found: Sequence[Allocation], amount: Decimal, on: date, lang: str) -> Table:
    """A row for each order: split, what is over, days, class, late charge."""
    from tagih.ledger.explain import component_name
    from tagih.reports.tables import Column, Table

    texts = WORDS[lang]
    parts = list(dict.fromkeys(part for one in found for part, _ in one.split.parts))
    rows = [
        {
            "order": one.order,
            **{str(part): one.split.of(part) for part in parts},
            "unapplied": one.unapplied,
            "days": one.days_past_due,
            "class": one.class_code,
            "late_charge_left": one.late_charge,
        }
        for one in found
    ]
    columns = [
        Column("order", texts["order"]),
        *(Column(str(part), component_name(part, lang), "money") for part in parts),
        Column("unapplied", texts["unapplied"], "money"),
        Column("days", texts["days"], "days"),
        Column("class", texts["class"]),
        Column("late_charge_left", texts["late_charge"], "money"),
    ]
    return Table("allocations", _title(amount, on, lang), columns, rows)


def lines_table(one: Allocation, amount: Decimal, on: date, lang: str) -> Table:
    """A row for each part of the payment."""
    from tagih.ledger.explain import component_name
    from tagih.reports.tables import Column, Table

    texts = WORDS[lang]
    rows: list[dict[str, Any]] = [
        {
            "instalment": line.instalment,
            "due_on": line.due_on,
            "component": component_name(line.component, lang) if line.component else "",
            "amount": line.amount,
        }
        for line in one.lines
    ]
    if one.unapplied:
        rows.append({"component": texts["unapplied"], "amount": one.unapplied})
    columns = [
        Column("instalment", texts["instalment"], "count"),
        Column("due_on", texts["due_on"], "date"),
        Column("component", texts["component"]),
        Column("amount", texts["amount"], "money"),
    ]
    return Table("allocation", _title(amount, on, lang), columns, rows, {"amount": amount})
