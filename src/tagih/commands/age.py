"""`tagih age BOOK --as-of DATE`: a table by class and bucket, or the whole report as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagih import __version__
from tagih.commands.books import BOOK, Replay, open_book
from tagih.commands.output import (
    as_of_option,
    format_option,
    lang_option,
    output_option,
    result,
    write_file,
)
from tagih.errors import InputError

if TYPE_CHECKING:
    from tagih.reports.aging import AgingReport
    from tagih.reports.tables import Table

TITLES = {
    "id": "Umur piutang {lender} · per {day} · {scheme}",
    "en": "Aging of {lender} · as of {day} · {scheme}",
}
TIES = {
    "id": "belum jatuh tempo {coming} · jatuh tempo hari ini {today} · tunggakan {arrears} · "
    "sisa utang {all} · titipan {unapplied}",
    "en": "not due {coming} · due today {today} · arrears {arrears} · outstanding {all} · "
    "unapplied credit {unapplied}",
}


@click.command()
@BOOK
@as_of_option
@click.option("--by", type=str, default="", help="Also by product, branch, collector or another label.")
@click.option("--contracts", is_flag=True, help="A row for each contract instead of each class.")
@click.option("--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id.")
@click.option("--compare", multiple=True, help="Run this rule outside its dates, by its id, for comparison.")
@format_option
@output_option
@lang_option
def command(
    book: Path,
    as_of: date,
    by: str,
    contracts: bool,
    accept: tuple[str, ...],
    compare: tuple[str, ...],
    form: str,
    output: Path | None,
    lang: str | None,
) -> None:
    """Age BOOK: how much lies in which class on a date.

    With --output the ending chooses: .xlsx, .html and .pdf hold the whole report, .csv and .json
    the table.
    """
    from tagih import words
    from tagih.aging import age
    from tagih.reports import aging, tables

    opened, spoken = open_book(book, lang)
    aged, schemes, sources = [], {}, {}
    run = Replay(opened, spoken)
    for position in run.positions(as_of, accept=accept, compare=compare):
        aged.append(age(position))
        schemes[position.contract.id] = position.policy.buckets
        sources.update({about.id: about for about in position.policy.abouts()})
    if not aged:
        raise InputError("aging.nothing", "the book has no contract on {on}", on=as_of.isoformat())
    made = aging.reports(aged, opened.lender, schemes, [sources[key] for key in sorted(sources)], by=by)
    names = {debtor.id: debtor.name for debtor in opened.debtors.values()}
    ending = output.suffix.lower() if output else ""
    if ending in (".html", ".pdf", ".xlsx"):
        assert output is not None
        write_file(output, _file(ending, made, names, spoken))
        run.end()
        return
    form = {".csv": "csv", ".json": "json"}.get(ending, form)
    texts = []
    for report in made:
        if contracts:
            table = aging.contract_table(report, names, spoken, late_only=False)
        elif by:
            table = aging.group_table(report, spoken)
        else:
            table = aging.class_table(report.table, spoken)
        if form == "csv":
            texts.append(tables.to_csv(table))
        elif form == "json":
            texts.append(
                tables.to_json(
                    table,
                    as_of=as_of.isoformat(),
                    currency=report.table.currency,
                    scheme=report.table.scheme.about.id,
                    lender=opened.lender.name,
                    version=__version__,
                )
            )
        else:
            from tagih.reports.page import source_line

            total = report.table.total
            day = words.tanggal(as_of) if spoken == "id" else words.english_date(as_of)
            title = TITLES[spoken].format(
                lender=opened.lender.name, day=day, scheme=source_line(report.table.scheme.about, spoken)
            )
            money = {
                "coming": total.not_due.total,
                "today": total.due_today.total,
                "arrears": total.arrears.total,
                "all": total.outstanding.total,
                "unapplied": total.unapplied,
            }
            note = TIES[spoken].format(**{key: tables.shown(value, "money") for key, value in money.items()})
            texts.append(tables.to_text(_titled(table, title, note)))
    text = "\n".join(texts)
    if form == "json" and len(texts) > 1:
        text = "[" + ",\n".join(texts) + "]"
    result(text.rstrip("\n"), output)
    run.end()


def _titled(table: Table, title: str, note: str) -> Table:
    from attrs import evolve

    return evolve(table, title=title, notes=(note,))


def _file(ending: str, made: Sequence[AgingReport], names: Mapping[str, str], lang: str) -> bytes:
    from tagih.reports import aging

    if ending == ".xlsx":
        from tagih.reports.xlsx import workbook

        sheets = []
        for report in made:
            sheets.append(aging.class_table(report.table, lang))
            if report.by:
                sheets.append(aging.group_table(report, lang))
            sheets.append(aging.contract_table(report, names, lang, late_only=False))
        return workbook(sheets, chart=("aging", "class", "principal_balance"))
    from tagih.reports.page import aging_html, pdf

    page = aging_html(made, names, lang=lang, version=__version__)
    return page.encode() if ending == ".html" else pdf(page, about="aging")
