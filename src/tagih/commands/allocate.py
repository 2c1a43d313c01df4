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
    from tagih.policies import Waterfall
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
        "after": "sesudahnya: hari keterlambatan {days}{grade} · sisa denda {late_charge}",
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
        "after": "after it: days past due {days}{grade} · late charge left {late_charge}",
    },
}


@click.command()
@question_options
@click.option("--amount", "paid_now", required=True, metavar="RP", help="The payment to allocate.")
@click.option("--on", "on", required=True, type=DAY, help="The day of the payment.")
@click.option("--order", "orders", multiple=True, metavar="ID", help="A waterfall to compare, by its id.")
@click.option("--every-order", is_flag=True, help="Compare the contract's order with every verified one.")
@click.option("--kind", default="payment", help="The kind of payment, where a policy has an order for it.")
@format_option
@output_option
@lang_option
def command(
    paid_now: str,
    on: date,
    orders: tuple[str, ...],
    every_order: bool,
    kind: str,
    form: str,
    output: Path | None,
    lang: str | None,
    **options: Any,
) -> None:
    """Show what a payment would settle, under the contract's order or under every order given.

    Nothing is posted.
    """
    from tagih.contracts import Payment
    from tagih.ledger import replay
    from tagih.ledger.allocate import allocation, compare_allocations
    from tagih.reports import tables

    asked = question(options, on, lang)
    spoken = asked.lang
    known = [event for event in asked.events if event.effective_on <= on]
    payment = Payment("?", on, read_amount(paid_now), kind=kind)
    own = allocation(asked.contract, known, asked.policy, payment)
    waterfalls = _orders(orders, every_order, options["accept"])
    found: tuple[Allocation, ...] = (own,)
    if waterfalls:
        found = compare_allocations(asked.contract, known, asked.policy, payment, waterfalls)
        if every_order:
            found = (own, *(one for one in found if one.order != own.order))
        table = orders_table(found, payment.amount, on, spoken)
    else:
        table = lines_table(own, payment.amount, on, spoken)
    if form == "csv":
        text = tables.to_csv(table)
    elif form == "json":
        text = tables.to_json(
            table,
            contract=asked.contract.id,
            on=on.isoformat(),
            currency=asked.contract.currency,
            amount=str(payment.amount),
            orders=[one.order for one in found],
            unapplied=str(own.unapplied),
            days_past_due=own.days_past_due,
            late_charge=str(own.late_charge),
            **{"class": own.class_code},
            fingerprint=replay(asked.contract, known, asked.policy, on).fingerprint,
        )
    else:
        text = tables.to_text(table)
    result(text, output)
    asked.end()


def _orders(named: tuple[str, ...], every: bool, accept: tuple[str, ...]) -> dict[str, Waterfall]:
    """The waterfalls to compare, by id.

    Raises:
        PolicyError: If a named rule is unknown, not verified and not accepted, or no waterfall.
    """
    from tagih.errors import PolicyError
    from tagih.policies import Waterfall, policy, rules
    from tagih.policies.about import UNVERIFIED

    ids = list(named)
    if every:
        ids += [
            one.about.id
            for one in rules()
            if isinstance(one, Waterfall)
            and (one.about.confidence not in UNVERIFIED or one.about.id in accept)
        ]
    found = {}
    for name in dict.fromkeys(ids):
        chosen = policy(name, accept=accept)
        if chosen.waterfall is None:
            raise PolicyError(
                "allocate.order",
                "rule {id} is no order of payments; `tagih policy list --kind waterfall`",
                id=name,
            )
        found[name] = chosen.waterfall
    return found


def _title(amount: Decimal, on: date, lang: str) -> str:
    from tagih.ledger.explain import day_text
    from tagih.words import rupiah_short

    return WORDS[lang]["title"].format(amount=rupiah_short(amount), day=day_text(on, lang))


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
    from tagih.words import rupiah_short

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
    notes = (
        texts["after"].format(
            days=one.days_past_due,
            late_charge=rupiah_short(one.late_charge),
            grade=f" · {texts['class']} {one.class_code}" if one.class_code else "",
        ),
    )
    return Table("allocation", _title(amount, on, lang), columns, rows, {"amount": amount}, notes=notes)
