"""`tagih report …`: the month end by one command, and every table of it by its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, Final

import click

from tagih import __version__
from tagih.commands import large
from tagih.commands.books import ASIDE, BOOK, open_book, say_rejected
from tagih.commands.messages import translate
from tagih.commands.output import (
    as_of_option,
    format_option,
    lang_option,
    output_option,
    progress,
    result,
    say,
    write_file,
)
from tagih.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from tagih.files import Book, Rejected
    from tagih.portfolio.book import SetAside
    from tagih.reports.month import Month
    from tagih.reports.tables import Table
    from tagih.reports.what_if import Compared
    from tagih.reports.what_if_large import Part

DONE: Final = {
    "id": "{folder}: {files} berkas; {checks} pemeriksaan cocok; sisa pokok {control}",
    "en": "{folder}: {files} files; {checks} checks tie; principal balance {control}",
}
HELD: Final = {
    "id": "pembukaan dicocokkan dengan {folder}",
    "en": "opening held against {folder}",
}
NOT_HELD: Final = {
    "id": "tidak ada paket {day}; pembukaan dihitung dari buku ini saja",
    "en": "there is no pack of {day}; the opening is worked out from this book alone",
}


@click.group()
def command() -> None:
    """Report a month: tables that tie out, by class, bucket, cohort, collector."""


ACCEPT = click.option(
    "--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id."
)
COMPARE = click.option("--compare", multiple=True, help="Run this rule outside its dates, by its id.")
MONTHS = click.option(
    "--months", type=click.IntRange(1), default=12, show_default=True, help="Month ends before this one."
)
WORKERS = click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Parts of a large book at a time."
)
CURRENCY = click.option("--currency", default="", help="Only contracts of this currency.")


@command.command("month-end")
@BOOK
@as_of_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="Write the pack into DIR/YYYY-MM-DD.")  # fmt: skip
@click.option("--last", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Last month's pack (default: that of the month end before in DIR).")  # fmt: skip
@click.option("--restate", is_flag=True, help="Go on where this opening is not last month's closing.")
@click.option("--charts/--no-charts", default=True, help="Draw charts (needs the extra charts).")
@MONTHS
@CURRENCY
@ACCEPT
@COMPARE
@WORKERS
@lang_option
def month_end(
    book: Path,
    as_of: date,
    out: Path,
    last: Path | None,
    restate: bool,
    charts: bool,
    months: int,
    currency: str,
    accept: tuple[str, ...],
    compare: tuple[str, ...],
    workers: int,
    lang: str | None,
) -> None:
    """Write the month-end pack of BOOK: workbook, page, PDF, CSV, JSON, tie-out and manifest.

    If this opening is not last month's closing, nothing is written and the exit is 1. It is 1 too
    where rows were rejected or contracts set aside, because the figures are not of the whole book.
    """
    from tagih.reports import month_end as made
    from tagih.reports import tables

    found, spoken = _month(book, as_of, lang, months, currency, accept, compare, workers)
    before = last or out / found.opening.as_of.isoformat()
    closing = made.last_closing(before)
    if last is not None and closing is None:
        raise InputError(
            "report.last", "'{folder}' is no month-end pack: no csv/contracts.csv", folder=str(last)
        )
    pack = made.pack(found, spoken, last_closing=closing, restate=restate)
    drawn: Mapping[str, str] = {}
    if charts:
        from tagih.reports import charts as drawing

        drawn = drawing.charts(found, spoken)
    files = made.pack_files(pack, version=__version__, drawn=drawn)
    folder = out / as_of.isoformat()
    _write_folder(folder, files)
    day = found.opening.as_of.isoformat()
    say((HELD if closing is not None else NOT_HELD)[spoken].format(folder=before, day=day))
    result(
        DONE[spoken].format(
            folder=folder,
            files=len(files),
            checks=len(pack.checks),
            control=tables.shown(found.closing.balance, "money"),
        )
    )
    _whole(found, spoken)


def _month(
    book: Path,
    as_of: date,
    lang: str | None,
    months: int,
    currency: str,
    accept: Sequence[str],
    compare: Sequence[str],
    workers: int,
) -> tuple[Month, str]:
    """The month, and the language to speak; of a large book in columns, without being told."""
    from tagih.reports.month import month

    if large.is_told_in_columns(book, as_of, accept, compare):
        from tagih.files.settings import read_settings
        from tagih.reports.large import large_month

        spoken = lang or read_settings(book).language
        large.prepare(spoken)
        found = large_month(
            book, as_of, months=months, currency=currency, accept=accept, compare=compare,
            workers=workers, watch=lambda parts, count: progress(parts, as_of.isoformat(), length=count),
        )  # fmt: skip
        if found is not None:
            say_rejected(found.book.rejected, book, spoken)
            return found, spoken
    opened, spoken = open_book(book, lang)
    return month(opened, as_of, months=months, currency=currency, accept=accept, compare=compare), spoken


def _whole(month: Month, lang: str) -> None:
    """Name the contracts set aside; exit 1 where the figures are not of the whole book."""
    _say_aside(month.aside, lang)
    if month.aside or month.book.rejected:
        click.get_current_context().exit(1)


def _say_aside(aside: Iterable[SetAside], lang: str) -> None:
    for one in aside:
        say(ASIDE[lang].format(id=one.contract_id, why=translate(one.error, lang)))


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """All files of a folder, whole or not at all: made beside it, then put in its place."""
    new = folder.with_name(f".{folder.name}.new")
    old = folder.with_name(f".{folder.name}.old")
    try:
        for left in (new, old):
            if left.exists():
                rmtree(left)
        for name, content in files.items():
            write_file(new / name, content)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        if old.exists():
            rmtree(old)
    except OSError as problem:
        raise UnavailableError(
            "output.folder",
            "folder '{folder}' cannot be written to: {problem}",
            folder=str(folder),
            problem=problem.strerror or str(problem),
        ) from None


# --- a table by itself --------------------------------------------------------------------------


def _aging(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s

    return s.aging_tables(month, lang)


def _migration(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s

    return (
        *s.migration_tables(month.classes, month.closing.classes, lang),
        *s.migration_tables(month.days, month.closing.buckets, lang, suffix="_days"),
    )


def _arrangements(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s

    return s.promise_table(month.agreed, lang, name="arrangements"), s.restructure_table(month, lang)


def _letters(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s

    return (*s.letter_tables(month, lang), s.letters_next_table(month, lang))


def _performance(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s

    return (
        s.performance_table(month.collectors, lang),
        s.performance_table(month.teams, lang, name="teams"),
        s.receipt_table(month, lang),
    )


def _section(name: str) -> Callable[[Month, str], Sequence[Table]]:
    def made(month: Month, lang: str) -> Sequence[Table]:
        from tagih.reports import sections

        found: Any = getattr(sections, name)(month, lang)
        return found if isinstance(found, tuple) else (found,)

    return made


def _rates(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s

    return s.transition_tables(month.days, lang)


def _vintage(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s

    return s.vintage_table(month.curves, lang), s.first_payment_table(month, lang)


def _history(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s

    return (s.history_table(month.trend, lang),)


def _promises(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s

    return (s.promise_table(month.verdicts, lang),)


def _tie_out(month: Month, lang: str) -> Sequence[Table]:
    from tagih.reports import sections as s
    from tagih.reports import tie_out

    return (tie_out.tie_table(tie_out.checks(month, s.tables(month, lang)), lang),)


REPORTS: Final[dict[str, tuple[str, Callable[[Month, str], Sequence[Table]], bool]]] = {
    "ratios": (
        "PAR, NPL or NPF, TKB90, collection, recovery, promises kept.",
        _section("ratios_table"),
        False,
    ),
    "aging": ("How much lies in which class and bucket of days.", _aging, False),
    "bridge": (
        "From last month's outstanding to this month's, line by line.",
        _section("bridge_table"),
        False,
    ),
    "migration": ("From which class or bucket to which, by count and by balance.", _migration, False),
    "rates": ("Roll, stay, improved and cure rates, and net flows, by bucket of days.", _rates, False),
    "history": ("The principal balance by bucket, month by month.", _history, True),
    "vintage": ("Each month's bookings as they age; first-payment default.", _vintage, True),
    "provisions": ("What is set aside by class, and what changed it.", _section("provision_tables"), False),
    "collection": (
        "What was to be collected and came in; recovery of write-offs.",
        _section("collection_tables"),
        False,
    ),
    "promises": ("The promises that matured in the month.", _promises, False),
    "arrangements": ("Arrangements and restructures, and how they went.", _arrangements, False),
    "letters": ("Letters of the month, what is due next, and what is held back.", _letters, False),
    "performance": ("Collectors, branches, and every receipt behind them.", _performance, False),
    "segments": ("Products and branches, last month and this.", _section("segment_table"), False),
    "slik": ("The columns that a credit register asks for.", _section("slik_table"), False),
    "exceptions": ("What a person should look at first.", _section("exception_table"), False),
    "tie-out": ("Every sheet against one control total.", _tie_out, False),
}
"""A command a report: its one line, what makes its tables, and whether it asks for earlier months."""


def _show(made: Sequence[Table], form: str, chosen: str, output: Path | None, **more: Any) -> None:
    from tagih.reports import sections, tables

    if chosen:
        names = ", ".join(table.name for table in made)
        made = [table for table in made if table.name == chosen]
        if not made:
            raise InputError(
                "report.table", "there is no table '{name}'; write one of {known}", name=chosen, known=names
            )
    form = {".csv": "csv", ".json": "json"}.get(output.suffix.lower() if output else "", form)
    if form == "csv":
        if len(made) > 1:
            raise InputError(
                "report.several",
                "csv holds one table; choose with --table one of {known}",
                known=", ".join(table.name for table in made),
            )
        result(tables.to_csv(made[0]).rstrip("\n"), output)
    elif form == "json":
        texts = [
            tables.to_json(table, title=table.title, definition=list(table.notes), **more) for table in made
        ]
        result(texts[0] if len(texts) == 1 else "[" + ",\n".join(texts) + "]", output)
    else:
        texts = [tables.to_text(sections.for_people(table)) for table in made]
        result("\n\n".join(texts), output)


def _add(name: str, line: str, maker: Callable[[Month, str], Sequence[Table]], earlier: bool) -> None:
    @command.command(name, help=line, short_help=line)
    @BOOK
    @as_of_option
    @click.option("--table", "chosen", default="", help="Only this table, by its name.")
    @MONTHS
    @CURRENCY
    @ACCEPT
    @COMPARE
    @WORKERS
    @format_option
    @output_option
    @lang_option
    def one(
        book: Path,
        as_of: date,
        chosen: str,
        months: int,
        currency: str,
        accept: tuple[str, ...],
        compare: tuple[str, ...],
        workers: int,
        form: str,
        output: Path | None,
        lang: str | None,
    ) -> None:
        back = months if earlier or name == "tie-out" else 1
        found, spoken = _month(book, as_of, lang, back, currency, accept, compare, workers)
        _show(
            maker(found, spoken),
            form,
            chosen,
            output,
            as_of=as_of.isoformat(),
            opening=found.opening.as_of.isoformat(),
            currency=found.closing.currency,
        )
        _whole(found, spoken)


for _name, (_line, _maker, _earlier) in REPORTS.items():
    _add(_name, _line, _maker, _earlier)


# --- two snapshots ------------------------------------------------------------------------------


@command.command("snapshots")
@click.argument("opening", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("closing", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--buckets", default="C0,B1,B2,B3,B4,B5,B6,B7", show_default=True,
              help="The buckets from best to worst, with commas.")  # fmt: skip
@click.option("--table", "chosen", default="", help="Only this table, by its name.")
@format_option
@output_option
@lang_option
def snapshots(
    opening: Path, closing: Path, buckets: str, chosen: str, form: str, output: Path | None, lang: str | None
) -> None:
    """Migration and rates from two CSV files alone: account, bucket, balance, flags.

    Flags, apart by spaces: paid_off, written_off, restructured (since the opening).
    """
    from tagih.policies.buckets import Bucket
    from tagih.reports import sections as s
    from tagih.reports.migration import migrate
    from tagih.reports.two import read_snapshot

    codes = tuple(code.strip() for code in buckets.split(","))
    spoken = lang or "id"
    found = migrate(read_snapshot(opening), read_snapshot(closing), codes)
    groups = [Bucket(code, "") for code in codes]
    made = (*s.migration_tables(found, groups, spoken), *s.transition_tables(found, spoken))
    _show(made, form, chosen, output)


# --- under other rules --------------------------------------------------------------------------


@command.command("what-if")
@BOOK
@as_of_option
@click.option("--with", "rules", multiple=True, required=True,
              help="A rule instead of the book's of its kind: an id or a TOML file.")  # fmt: skip
@click.option("--table", "chosen", default="", help="Only this table, by its name.")
@CURRENCY
@ACCEPT
@COMPARE
@WORKERS
@format_option
@output_option
@lang_option
def what_if(
    book: Path,
    as_of: date,
    rules: tuple[str, ...],
    chosen: str,
    currency: str,
    accept: tuple[str, ...],
    compare: tuple[str, ...],
    workers: int,
    form: str,
    output: Path | None,
    lang: str | None,
) -> None:
    """Work the same history out under other rules, and show the differences."""
    from tagih.reports import what_if as asked
    from tagih.reports.what_if_letters import letter_differences

    found, rejected, spoken, opened = _compared(book, as_of, lang, rules, currency, accept, compare, workers)
    made = (
        asked.difference_table(found, spoken),
        asked.contract_differences(found, spoken),
        letter_differences(found, opened, spoken),
    )
    _show(made, form, chosen, output, as_of=as_of.isoformat(), rules=list(rules))
    _say_aside(found.aside, spoken)
    if found.aside or rejected:
        click.get_current_context().exit(1)


def _compared(
    book: Path,
    as_of: date,
    lang: str | None,
    rules: Sequence[str],
    currency: str,
    accept: Sequence[str],
    compare: Sequence[str],
    workers: int,
) -> tuple[Compared, Sequence[Rejected], str, Book | None]:
    """The comparison, the rejected rows, the language to speak, and the book.

    A large book is worked out in columns, and no book is read (None).
    """
    from tagih.reports.what_if import what_if as one_by_one

    if large.may_be(book):
        from tagih.files.settings import read_settings
        from tagih.reports.what_if_large import large_what_if

        spoken = lang or read_settings(book).language

        def watch(parts: Iterable[Part], count: int) -> Iterator[Part]:
            large.prepare(spoken)
            yield from progress(parts, as_of.isoformat(), length=count)

        found = large_what_if(
            book, as_of, rules, accept=accept, compare=compare, currency=currency, workers=workers,
            watch=watch,
        )  # fmt: skip
        if found is not None:
            say_rejected(found[1], book, spoken)
            return *found, spoken, None
    opened, spoken = open_book(book, lang)
    made = one_by_one(opened, as_of, rules, accept=accept, compare=compare, currency=currency)
    return made, opened.rejected, spoken, opened
