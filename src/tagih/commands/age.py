"""`tagih age BOOK --as-of DATE`: a table by class and bucket, another view, or the whole report as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import evolve, frozen

from tagih import __version__
from tagih.commands.books import BOOK, Replay, open_book
from tagih.commands.output import (
    DAY,
    as_of_option,
    format_option,
    lang_option,
    output_option,
    result,
    write_file,
)
from tagih.errors import InputError, PolicyError

if TYPE_CHECKING:
    from tagih.aging import Unit
    from tagih.files import Book
    from tagih.ledger import Position
    from tagih.policies.buckets import Buckets
    from tagih.quality import Quality
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
BRIDGED = {
    "id": "titipan {before} + bertambah {came} − dipakai {went} = {after}",
    "en": "unapplied credit {before} + came {came} − used {went} = {after}",
}

VIEWS: Final = {
    "classes": "by class",
    "contracts": "a row for each contract",
    "debtors": "a row for each debtor",
    "items": "each instalment in its own bucket",
    "apart": "principal and interest each by its own age",
    "slik": "the columns of SLIK",
    "ahead": "when it gets worse, and the least payment today",
    "month-end": "from class to class if nothing is paid",
    "boundary": "contracts on an edge (--edges)",
    "bridge": "every change since the day --since",
}
LISTED: Final = ("classes", "contracts", "debtors", "boundary")
"""Views that ask no more of a contract than how it is aged."""
MONTHS: Final = (1, 2, 3, 6, 12)
"""Bands of months where none are asked for."""
BY_DAYS: Final = "buckets.30-180"
"""The buckets of views that age money by days, where none are asked for."""


class Whole(click.ParamType[tuple[int, ...]]):
    """Whole numbers with commas between them."""

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Read the numbers."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"'{value}' is not whole numbers; write 30,60,90", param, ctx)


@frozen
class Asked:
    """What was asked for, apart from the book."""

    as_of: date
    view: str
    by: str
    scheme: Buckets | None
    since: date | None
    until: date | None
    edges: tuple[int, ...]
    as_printed: bool
    accept: tuple[str, ...]
    compare: tuple[str, ...]


@click.command()
@BOOK
@as_of_option
@click.option(
    "--view",
    type=click.Choice(list(VIEWS)),
    default=None,
    help="What to show: " + "; ".join(f"{name} ({what})" for name, what in VIEWS.items()) + ".",
)
@click.option("--by", type=str, default="", help="Also by product, branch, collector or another label.")
@click.option(
    "--scheme", "scheme_id", type=str, default="", help="This bucket rule, by its id, for every contract."
)
@click.option(
    "--bands", type=Whole(), default=None, help="Buckets of days by their last day, such as 30,60,90."
)
@click.option(
    "--since", type=DAY, default=None, help="Bridge from this earlier day; the view is then bridge."
)
@click.option(
    "--until", type=DAY, default=None, help="For ahead and month-end: up to this day (default: month end)."
)
@click.option(
    "--edges", type=Whole(), default="30,90,120,180", show_default=True, help="For boundary: days past due."
)
@click.option(
    "--unit",
    type=click.Choice(["days", "months", "full_months"]),
    default="days",
    show_default=True,
    help="For apart: what the bands count (months without --bands: 1, 2, 3, 6, 12).",
)
@click.option("--as-printed", is_flag=True, help="Only what was recorded by the end of the day asked for.")
@click.option("--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id.")
@click.option("--compare", multiple=True, help="Run this rule outside its dates, by its id, for comparison.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Parts of a large book at a time.",
)
@format_option
@output_option
@lang_option
def command(
    book: Path,
    as_of: date,
    view: str | None,
    by: str,
    scheme_id: str,
    bands: tuple[int, ...] | None,
    since: date | None,
    until: date | None,
    edges: tuple[int, ...],
    unit: Unit,
    as_printed: bool,
    accept: tuple[str, ...],
    compare: tuple[str, ...],
    workers: int,
    form: str,
    output: Path | None,
    lang: str | None,
) -> None:
    """Age BOOK: how much lies in which class on a date.

    Classes are those of each contract's rules, with judgement, one obligor and the cure after a
    restructure where they say so. With --output the ending chooses: .xlsx, .html and .pdf hold the
    whole report and the view, .csv and .json the table.
    """
    if scheme_id and bands:
        raise click.UsageError("give --scheme or --bands, not both")
    if unit != "days" and (view != "apart" or scheme_id):
        raise click.UsageError("--unit is for the view apart, with --bands or without")
    if unit != "days":
        bands = bands or MONTHS
    if since and view not in (None, "bridge"):
        raise click.UsageError("--since is for the view bridge")
    if view == "bridge" and not since:
        raise click.UsageError("the view bridge needs --since: the earlier day")
    scheme = _scheme(book, scheme_id, bands, unit, as_of, accept, compare)
    if view in (None, *LISTED) and not (since or as_printed):
        from tagih.commands import large

        plain = view in (None, "classes") and not by and _is_table(output)
        question = large.Question(book, as_of, scheme, lang, accept, compare, workers)
        found = large.table(question) if plain else large.listed(question)
        if found:
            asked = Asked(as_of, view or "classes", by, scheme, None, None, edges, False, accept, compare)
            shown = [evolve(report, by=by) for report in found.reports]
            shown = [evolve(one, views=_views(one, (), asked, found.names, found.lang)) for one in shown]
            _put(shown, found.names, asked, form, output, found.lang)
            if found.missing:
                raise click.exceptions.Exit(1)
            return
    opened, spoken = open_book(book, lang)
    chosen = view or ("bridge" if since else "classes")
    asked = Asked(as_of, chosen, by, scheme, since, until, edges, as_printed, accept, compare)
    run = Replay(opened, spoken)
    made = _reports(opened, run, asked, spoken)
    names = {debtor.id: debtor.name for debtor in opened.debtors.values()}
    _put(made, names, asked, form, output, spoken)
    run.end()


def _put(
    made: Sequence[AgingReport],
    names: Mapping[str, str],
    asked: Asked,
    form: str,
    output: Path | None,
    lang: str,
) -> None:
    """The reports as a file, or as a table on the terminal."""
    ending = output.suffix.lower() if output else ""
    if ending in (".html", ".pdf", ".xlsx"):
        assert output is not None
        write_file(output, _file(ending, made, names, lang))
    else:
        form = {".csv": "csv", ".json": "json"}.get(ending, form)
        result(_printed(made, names, asked, form, lang), output)


def _is_table(output: Path | None) -> bool:
    return output is None or output.suffix.lower() not in (".html", ".pdf", ".xlsx")


def _scheme(
    book: Path,
    scheme_id: str,
    bands: tuple[int, ...] | None,
    unit: Unit,
    as_of: date,
    accept: tuple[str, ...],
    compare: tuple[str, ...],
) -> Buckets | None:
    if bands:
        from tagih.aging import bands as made

        return made(*bands, unit=unit)
    if not scheme_id:
        return None
    from tagih.policies import layered, load_rules

    folder = book / "policies"
    own = load_rules(folder) if folder.is_dir() else ()
    found = layered(scheme_id, on=as_of, accept=accept, compare=compare, among=own).buckets
    if found is None:
        raise PolicyError(
            "age.scheme", "rule '{id}' is no bucket rule; name one of kind buckets", id=scheme_id
        )
    return found


# --- figures --------------------------------------------------------------------------------------


def _reports(book: Book, run: Replay, asked: Asked, lang: str) -> Sequence[AgingReport]:
    """A report for each currency and scheme, with the table of the view in it."""
    from tagih.reports import aging

    positions = _positions(run, asked, asked.as_of)
    if not positions:
        raise InputError("aging.nothing", "the book has no contract on {on}", on=asked.as_of.isoformat())
    found = aging.classed(positions, asked.scheme)
    sources: dict[str, Any] = {}
    for position in positions:
        sources.update({about.id: about for about in position.policy.abouts()})
    if asked.scheme is not None:
        sources[asked.scheme.about.id] = asked.scheme.about
    schemes = {one.contract_id: one.position.policy.buckets for one in found}
    aged = [aging.aged_of(one) for one in found]
    made = aging.reports(aged, book.lender, schemes, [sources[key] for key in sorted(sources)], by=asked.by)
    own = {one.contract_id: one for one in found}
    if asked.view == "bridge":
        return _bridged(made, run, asked, positions, own, lang)
    names = {debtor.id: debtor.name for debtor in book.debtors.values()}
    return [
        evolve(
            report, views=_views(report, [own[one.contract_id] for one in report.aged], asked, names, lang)
        )
        for report in made
    ]


def _positions(run: Replay, asked: Asked, day: date) -> list[Position]:
    found = run.positions(day, accept=asked.accept, compare=asked.compare, as_printed=asked.as_printed)
    return list(found)


def _views(
    report: AgingReport, found: Sequence[Quality], asked: Asked, names: Mapping[str, str], lang: str
) -> tuple[Table, ...]:
    """The table that the view asks for beside the classes, if it is another one."""
    from tagih.aging import boundary
    from tagih.outlook import month_end_view, outlook
    from tagih.policies import Buckets, rule
    from tagih.reports import aging, views
    from tagih.slik import slik

    scheme = report.table.scheme
    positions = [one.position for one in found]
    if asked.view == "debtors":
        return (views.debtor_table(report.aged, scheme, names, lang),)
    if asked.view == "slik":
        return (views.slik_table(slik(found), names, lang),)
    if asked.view in ("items", "apart"):
        by_days = asked.scheme or rule(BY_DAYS)
        assert isinstance(by_days, Buckets)
        if asked.view == "items":
            return (views.item_table(positions, by_days, lang, by=asked.by),)
        return (views.apart_table(positions, by_days, lang),)
    if asked.view in ("ahead", "month-end"):
        looks = [outlook(position, until=asked.until) for position in positions]
        if asked.view == "ahead":
            return (views.ahead_table(looks, names, lang),)
        return (views.month_end_table(month_end_view(looks, scheme), scheme, looks[0].until, lang),)
    if asked.view == "boundary":
        near = evolve(report, aged=boundary(report.aged, *asked.edges))
        table = aging.contract_table(near, names, lang, late_only=False)
        return (evolve(table, name="boundary", title=views.boundary_title(asked.edges, lang)),)
    return ()


def _bridged(
    made: Iterable[AgingReport],
    run: Replay,
    asked: Asked,
    positions: Sequence[Position],
    after: Mapping[str, Quality],
    lang: str,
) -> Sequence[AgingReport]:
    """The reports with their bridges; what is in no report (a contract that is gone) has none."""
    from tagih.bridge import bridges
    from tagih.reports import aging, tables, views

    assert asked.since is not None
    earlier = _positions(run, asked, asked.since)
    if not earlier:
        raise InputError("aging.nothing", "the book has no contract on {on}", on=asked.since.isoformat())
    codes = {(one.contract_id, asked.as_of): one.classified.code for one in after.values()}
    for one in aging.classed(earlier, asked.scheme):
        codes[one.contract_id, asked.since] = one.classified.code
    found = bridges(
        earlier,
        positions,
        scheme=asked.scheme,
        codes=lambda position: codes[position.contract.id, position.as_of],
    )
    tables_by = {}
    for bridge in found:
        before, came, went, then = (tables.shown(amount, "money") for amount in bridge.unapplied)
        note = BRIDGED[lang].format(before=before, came=came, went=went, after=then)
        table = evolve(views.bridge_table(bridge, lang), notes=(note,))
        tables_by[bridge.currency, bridge.scheme.about.id] = table
    return [
        evolve(report, views=(tables_by[report.table.currency, report.table.scheme.about.id],))
        for report in made
    ]


# --- paper ----------------------------------------------------------------------------------------


def _printed(
    made: Sequence[AgingReport], names: Mapping[str, str], asked: Asked, form: str, lang: str
) -> str:
    from tagih.reports import tables

    shown = [(report, _table(report, names, asked.view, lang)) for report in made]
    if form == "csv":
        return tables.to_csv(_joined(shown)).rstrip("\n")
    if form == "json":
        texts = [
            tables.to_json(
                table,
                as_of=report.table.as_of.isoformat(),
                currency=report.table.currency,
                scheme=report.table.scheme.about.id,
                lender=report.lender.name,
                version=__version__,
            )
            for report, table in shown
        ]
        return texts[0] if len(texts) == 1 else "[" + ",\n".join(texts) + "]"
    return "\n\n".join(tables.to_text(_titled(report, table, lang)) for report, table in shown)


def _table(report: AgingReport, names: Mapping[str, str], view: str, lang: str) -> Table:
    from tagih.reports import aging

    if report.views:
        return report.views[0]
    if view == "contracts":
        return aging.contract_table(report, names, lang, late_only=False)
    return aging.group_table(report, lang) if report.by else aging.class_table(report.table, lang)


def _joined(shown: Sequence[tuple[AgingReport, Table]]) -> Table:
    """One table for programs: where there are several currencies or schemes, they are columns."""
    from tagih.reports.tables import Column

    first = shown[0][1]
    if len(shown) == 1:
        return first
    columns = {column.key: column for _, table in shown for column in table.columns}
    rows = [
        {"currency": report.table.currency, "scheme": report.table.scheme.about.id, **row}
        for report, table in shown
        for row in table.rows
    ]
    heads = (Column("currency", "currency"), Column("scheme", "scheme"), *columns.values())
    return evolve(first, columns=heads, rows=rows)


def _titled(report: AgingReport, table: Table, lang: str) -> Table:
    """The table with what it is of above it, and the figures that tie under it."""
    from tagih import words
    from tagih.reports import tables
    from tagih.reports.page import source_line

    total, as_of = report.table.total, report.table.as_of
    day = words.tanggal(as_of) if lang == "id" else words.english_date(as_of)
    scheme = source_line(report.table.scheme.about, lang)
    title = TITLES[lang].format(lender=report.lender.name, day=day, scheme=scheme)
    if table.title:
        return evolve(table, title=f"{title}\n{table.title}")
    money = {
        "coming": total.not_due.total,
        "today": total.due_today.total,
        "arrears": total.arrears.total,
        "all": total.outstanding.total,
        "unapplied": total.unapplied,
    }
    note = TIES[lang].format(**{key: tables.shown(value, "money") for key, value in money.items()})
    return evolve(table, title=title, notes=(note,))


def _file(ending: str, made: Sequence[AgingReport], names: Mapping[str, str], lang: str) -> bytes:
    from tagih.reports import aging

    if ending == ".xlsx":
        from tagih.reports.page import about_table
        from tagih.reports.xlsx import workbook

        sheets = []
        for report in made:
            sheets.append(aging.class_table(report.table, lang))
            if report.by:
                sheets.append(aging.group_table(report, lang))
            sheets += report.views
            sheets.append(aging.contract_table(report, names, lang, late_only=False))
        sheets.append(about_table(made, lang, version=__version__))
        return workbook(sheets, chart=("aging", "class", "principal_balance"))
    from tagih.reports.page import aging_html, pdf

    page = aging_html(made, names, lang=lang, version=__version__)
    return page.encode() if ending == ".html" else pdf(page, about="aging")
