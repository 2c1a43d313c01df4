"""`tagih allocate`: what a payment would settle, under one order or several, before it is posted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve, frozen

from tagih.commands.one_off import amount as read_amount
from tagih.commands.one_off import question, question_options, questions
from tagih.commands.output import DAY, format_option, lang_option, output_option, result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagih.commands.one_off import Question
    from tagih.files import Book
    from tagih.ledger.allocate import Allocation, Shares
    from tagih.ledger.position import Position
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
        "contract": "kontrak",
        "why": "sebab",
        "named": "disebut debitur",
        "due": "jatuh tempo",
        "not_due": "belum jatuh tempo",
        "article": "dasar",
        "owed": "terutang",
        "days_after": "hari sesudahnya",
        "left": "tidak terpakai: {amount}",
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
        "contract": "contract",
        "why": "why",
        "named": "named by the debtor",
        "due": "due",
        "not_due": "not due yet",
        "article": "article",
        "owed": "owed",
        "days_after": "days after it",
        "left": "not used: {amount}",
        "after": "after it: days past due {days}{grade} · late charge left {late_charge}",
    },
}


@click.command()
@question_options
@click.option("--amount", "paid_now", required=True, metavar="RP", help="The payment to allocate.")
@click.option("--on", "on", required=True, type=DAY, help="The day of the payment.")
@click.option("--order", "orders", multiple=True, metavar="ID", help="A waterfall to compare, by its id.")
@click.option("--every-order", is_flag=True, help="Compare the contract's order with every verified one.")
@click.option("--debtor", "debtors", multiple=True, metavar="ID", help="Over every contract of this debtor.")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Over every contract of this group.")
@click.option("--with", "others", multiple=True, metavar="CONTRACT", help="Over this contract too.")
@click.option(
    "--named", multiple=True, metavar="CONTRACT[=RP]", help="What the debtor says is paid, in turn, first."
)
@click.option(
    "--onerous",
    multiple=True,
    metavar="MEASURE",
    help="The most onerous debt first: secured, late_charge_rate, late_charge_running, days_past_due.",
)
@click.option("--kind", default="payment", help="The kind of payment, where a policy has an order for it.")
@format_option
@output_option
@lang_option
def command(
    paid_now: str,
    on: date,
    orders: tuple[str, ...],
    every_order: bool,
    debtors: tuple[str, ...],
    groups: tuple[str, ...],
    others: tuple[str, ...],
    named: tuple[str, ...],
    onerous: tuple[str, ...],
    kind: str,
    form: str,
    output: Path | None,
    lang: str | None,
    **options: Any,
) -> None:
    """Show what a payment would settle, under the contract's order or under every order given.

    With --debtor, --group or --with the payment is divided over several contracts (KUHPerdata 1396
    to 1399): the debtor's word, then due before not due, the most onerous, the oldest, pro rata;
    JSON then holds a list of "contracts". Nothing is posted.
    """
    from tagih.contracts import Payment
    from tagih.ledger import replay
    from tagih.ledger.allocate import allocation, compare_allocations
    from tagih.reports import tables

    chosen = _Chosen(options["contract"], others, debtors, groups)
    among = bool(debtors or groups or others or named or onerous)
    if options["source"] or among:
        ways = [bool(options["source"]), bool(options["book"] or chosen.any), bool(options["instalments"])]
        if sum(ways) != 1 or not (options["source"] or options["book"]):
            raise click.UsageError(
                "give BOOK with --debtor, --group, CONTRACT or --with, or --from FILE with contracts"
            )
        every = questions(options, chosen.of, on, lang)
        if among or len(every) != 1:
            if orders or every_order or kind != "payment":
                raise click.UsageError("one payment over several contracts takes no order and no kind")
            _divide(every, read_amount(paid_now), on, named, onerous, form, output)
            return
        asked = every[0]
    else:
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


@frozen
class _Chosen:
    """The contracts of a book that a payment is divided over."""

    contract: str | None
    others: tuple[str, ...]
    debtors: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Whether anything is chosen from a book."""
        return bool(self.contract or self.others or self.debtors or self.groups)

    def of(self, book: Book) -> list[str]:
        """Their ids: those named first, then those of each debtor and group, each once."""
        from tagih.errors import InputError

        found = [self.contract] if self.contract else []
        found += self.others
        for name in self.debtors:
            of_debtor = [one.id for one in book.contracts.values() if one.debtor_id == name]
            if not of_debtor:
                raise InputError("allocate.debtor", "the book has no contract of debtor '{id}'", id=name)
            found += of_debtor
        for name in self.groups:
            of_group = [one.id for one in book.contracts.values() if one.tag("group") == name]
            if not of_group:
                raise InputError("allocate.group", "the book has no contract of group '{id}'", id=name)
            found += of_group
        return list(dict.fromkeys(found))


def _named(named: tuple[str, ...]) -> dict[str, Decimal | None]:
    """The debtor's word: contract, and how much of it (None: all that is owed)."""
    found: dict[str, Decimal | None] = {}
    for text in named:
        contract, _, size = text.partition("=")
        found[contract] = read_amount(size) if size else None
    return found


def _divide(
    asked: Sequence[Question],
    paid_now: Decimal,
    on: date,
    named: tuple[str, ...],
    onerous: tuple[str, ...],
    form: str,
    output: Path | None,
) -> None:
    """Divide one payment over several contracts and print what each gets."""
    from tagih.errors import InputError
    from tagih.ledger import replay
    from tagih.ledger.allocate import Among, allocate_among
    from tagih.reports import tables

    if not asked:
        raise InputError("allocate.none", "no contract is given; write them under contracts")
    positions = [
        replay(one.contract, [event for event in one.events if event.effective_on <= on], one.policy, on)
        for one in asked
    ]
    among = Among(onerous=onerous) if onerous else Among()
    shares = allocate_among(paid_now, positions, among, named=_named(named))
    spoken = asked[0].lang
    table = shares_table(shares, positions, paid_now, on, spoken)
    if form == "csv":
        text = tables.to_csv(table)
    elif form == "json":
        text = tables.to_json(
            table,
            contracts=[position.contract.id for position in positions],
            on=on.isoformat(),
            currency=positions[0].currency,
            amount=str(paid_now),
            onerous=list(among.onerous),
            left=str(shares.left),
            fingerprints=[position.fingerprint for position in positions],
        )
    else:
        spelt = [{**row, "why": WORDS[spoken][row["why"]]} for row in table.rows]
        text = tables.to_text(evolve(table, rows=spelt))
    result(text, output)
    for one in asked:
        one.end()


def shares_table(
    shares: Shares, positions: Sequence[Position], amount: Decimal, on: date, lang: str
) -> Table:
    """A row for each share: the contract, what it owes, why it is paid, and the days past due after all."""
    from tagih.contracts import Payment
    from tagih.ledger.allocate import allocation
    from tagih.reports.tables import Column, Table
    from tagih.words import rupiah_short

    texts = WORDS[lang]
    days, owed = {}, {}
    for position in positions:
        name = position.contract.id
        part = shares.of(name)
        days[name] = position.days_past_due
        owed[name] = position.outstanding.total
        if part:
            paid = Payment("?", on, part)
            days[name] = allocation(position.contract, position.events, position.policy, paid).days_past_due
    rows = [
        {
            "contract": share.contract,
            "owed": owed[share.contract],
            "why": share.why,
            "article": share.article,
            "amount": share.amount,
            "days_past_due": days[share.contract],
        }
        for share in shares.shares
    ]
    columns = [
        Column("contract", texts["contract"]),
        Column("owed", texts["owed"], "money"),
        Column("why", texts["why"]),
        Column("article", texts["article"]),
        Column("amount", texts["amount"], "money"),
        Column("days_past_due", texts["days_after"], "days"),
    ]
    notes = (texts["left"].format(amount=rupiah_short(shares.left)),) if shares.left else ()
    total = {"amount": amount - shares.left}
    return Table("shares", _title(amount, on, lang), columns, rows, total, notes=notes)


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
        Column("due_on", texts["due_on"], "date", lang),
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
