"""`tagih compare`: what can be offered, side by side, and what paying late would come to."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih import __version__
from tagih.commands.offers import AMOUNT, asking_of, case_of, offer_options
from tagih.commands.output import DAY, result, write_file
from tagih.errors import InputError, TagihError

if TYPE_CHECKING:
    from tagih.arrangements import Asking, Proposal
    from tagih.ledger import Position

NAMES = {
    "id": {
        "plan": "cicil tunggakan {count} bulan",
        "extend": "perpanjang menjadi {count} angsuran",
        "settle": "lunas sekarang, denda dihapus",
        "end": "tunggakan ke akhir",
        "late": "bayar terlambat pada {day}",
        "suggested": {
            "plan, all you can": "cicil tunggakan semampunya",
            "arrears to the end": "tunggakan ke akhir",
            "plan": "cicil tunggakan {count} bulan",
            "restructure": "jadwal baru {count} angsuran",
            "settlement": "lunas dengan keringanan, {count} kali bayar",
            "of grace": "masa tenggang pokok {count}",
            "late charges waived": "denda dihapus",
        },
    },
    "en": {
        "plan": "arrears in {count} months",
        "extend": "longer: {count} instalments",
        "settle": "settle now, late charges waived",
        "end": "arrears to the end",
        "late": "pay late on {day}",
        "suggested": {},
    },
}


@click.command("compare")
@offer_options
@click.option("--pay-now", type=AMOUNT, default="0", help="What the debtor can pay today.")
@click.option(
    "--pay-monthly", type=AMOUNT, help="What the debtor can pay a month: the best offers are found."
)
@click.option(
    "--plan", "plans", multiple=True, type=click.IntRange(1), help="Compare a plan of that many months."
)
@click.option("--extend", multiple=True, type=click.IntRange(1), help="Compare a new plan of that many rows.")
@click.option("--settle", is_flag=True, help="Compare settling now with late charges waived.")
@click.option("--arrears-to-end", "end", is_flag=True, help="Compare arrears moved to the end.")
@click.option("--late-on", type=DAY, help="Compare paying late on that day (default: in three months).")
@click.option(
    "--rank",
    type=click.Choice(["total", "monthly", "value", "ends_on", "up_front"]),
    default="total",
    help="What comes first: least in all, a month or today; most value to the lender; soonest end.",
)
@click.option("--most", type=click.IntRange(1), default=5, help="How many suggested offers are shown.")
def command(form: str, output: Path | None, **asked: Any) -> None:
    """Compare offers for CONTRACT in BOOK, or for a contract given by its figures.

    With --pay-monthly the offers that the debtor can keep are searched for; --plan, --extend, --settle and
    --arrears-to-end add given ones. With --output the ending chooses: .pdf and .html hold the page.
    """
    from tagih.arrangements import Means, compare, suggest
    from tagih.dates import add_months
    from tagih.reports import comparison, tables

    case, asking = case_of(asked), asking_of(asked)
    position, lang = case.position, case.lang
    offers = _given(position, asking, asked, lang)
    notes: tuple[str, ...] = ()
    if asked["pay_monthly"] is not None:
        means = Means(monthly=asked["pay_monthly"], now=asked["pay_now"])
        found = suggest(position, means, asking, by=asked["rank"], most=asked["most"])
        offers |= {_said(name, lang): offer for name, offer in found.best}
        notes = (comparison.left_out(found.tried, found.left_out, lang),)
        if not found.best:
            notes = (comparison.TEXTS[lang]["none"], *notes)
    elif not offers:
        raise InputError(
            "compare.none",
            "nothing to compare: give --pay-monthly, or offers such as --plan 6 and --extend 24",
        )
    late_on = asked["late_on"] or add_months(position.as_of, 3)
    if position.arrears.total or position.written_off.total:
        offers |= _late(position, late_on, lang)
    sides = compare(position, offers, by=asked["rank"])
    ending = output.suffix.lower() if output else ""
    if output is not None and ending in (".html", ".pdf"):
        page = comparison.to_html(
            sides, lang, debtor=case.debtor, lender=case.lender, notes=notes, version=__version__
        )
        if ending == ".pdf":
            from tagih.reports.page import pdf

            write_file(output, pdf(page, about="comparison"))
        else:
            write_file(output, page.encode())
        return
    form = {".csv": "csv", ".json": "json"}.get(ending, form)
    made = comparison.table(sides, lang, case.debtor)
    if form == "json":
        result(json.dumps(comparison.to_dict(sides), ensure_ascii=False, indent=2), output)
    elif form == "csv":
        result(tables.to_csv(made).rstrip("\n"), output)
    else:
        result("\n".join([tables.to_text(made), *notes]), output)


def _given(position: Position, asking: Asking, asked: dict[str, Any], lang: str) -> dict[str, Proposal]:
    """The offers that were asked for by name."""
    from tagih import arrangements as offers

    names: dict[str, Any] = NAMES[lang]
    down: Decimal | None = asked["pay_now"] or None
    made: dict[str, Proposal] = {}
    for months in asked["plans"]:
        terms = offers.PlanTerms(months=months, down=down)
        made[names["plan"].format(count=months)] = offers.plan(position, terms, asking)
    for rows in asked["extend"]:
        rate = None if offers.is_sharia(position) else offers.contract_rate(position)
        new = offers.RestructureTerms(
            offers.NewPlan(rows, rate), offers.Debts(deferred_to="spread"), up_front=asked["pay_now"]
        )
        made[names["extend"].format(count=rows)] = offers.restructure(position, new, asking)
    if asked["settle"]:
        terms_of = offers.SettlementTerms(waive={"late_charge": Decimal(1)})
        made[names["settle"]] = offers.settlement(position, terms_of, asking)
    if asked["end"]:
        made[names["end"]] = offers.arrears_to_end(position, asking=asking)
    return made


def _late(position: Position, on: date, lang: str) -> dict[str, Proposal]:
    from tagih import words
    from tagih.arrangements import pay_late

    names: dict[str, Any] = NAMES[lang]
    day = words.tanggal(on) if lang == "id" else words.english_date(on)
    try:
        return {names["late"].format(day=day): pay_late(position, on)}
    except TagihError:
        return {}


def _said(name: str, lang: str) -> str:
    """A suggested offer's name in the language: its words, with their numbers."""
    known: dict[str, str] = NAMES[lang]["suggested"]  # type: ignore[assignment]
    if not known:
        return name
    said = []
    for part in name.split(", "):
        if part in known:
            said.append(known[part])
            continue
        number = "".join(letter for letter in part if letter.isdigit())
        found = next(
            (text for key, text in known.items() if part.startswith(key) or part.endswith(key)), part
        )
        said.append(found.format(count=number))
    return known.get(name) or ", ".join(said)
