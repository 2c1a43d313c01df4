"""`tagih check`: read a book, and say of every row that cannot be read where, what and what instead."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import click

from tagih.commands.messages import sentence, translate
from tagih.commands.output import format_option, lang_option, result, say
from tagih.files import Book, Complaint, TableCount, read_book, write_rejected
from tagih.words import angka

COUNTS = ("table", "file", "rows", "accepted", "rejected", "ignored", "replaced")
HEADS = {
    "id": ("berkas", "baris", "diterima", "ditolak", "dilewati", "diganti"),
    "en": ("file", "rows", "accepted", "rejected", "ignored", "replaced"),
}
SUMMARY = {
    "id": "{rejected} baris ditolak dari {rows}{where}, {accepted} diterima",
    "en": "{rejected} rows rejected of {rows}{where}, {accepted} accepted",
}
CASCADE = {
    "id": "dan {count} baris lain milik kontrak atau kejadian yang ditolak",
    "en": "and {count} more rows of contracts or events that were rejected",
}
FOLLOWED = ("row.contract_rejected", "row.event_rejected")


@click.command("check")
@click.argument("book", metavar="BOOK", type=click.Path(path_type=Path, file_okay=False))
@format_option
@click.option(
    "--rejected",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the rejected rows into this folder, to be mended and put into BOOK/mended.",
)
@lang_option
@click.pass_context
def command(ctx: click.Context, book: Path, form: str, rejected: Path | None, lang: str | None) -> None:
    """Read BOOK and name every row that cannot be read; exit 1 if there is one.

    Each row is told once, by its own fault; rows that fall only because their contract was
    rejected are counted, and told in full by --format json and --rejected.
    """
    read = read_book(book)
    lang = lang or read.settings.language
    for line in told(read.complaints, lang):
        say(line)
    for warning in read.warnings:
        say(translate(warning.error, lang))
    written = write_rejected(read, rejected) if rejected and read.rejected else ()
    result(FORMS[form](read, lang, written))
    ctx.exit(1 if read.rejected else 0)


def told(complaints: Sequence[Complaint], lang: str) -> list[str]:
    """The complaints as sentences; those that only follow from others are counted by file."""
    lines = [translate(complaint.error, lang) for complaint in complaints if complaint.code not in FOLLOWED]
    follow: dict[str, int] = {}
    for complaint in complaints:
        if complaint.code in FOLLOWED:
            follow[complaint.file] = follow.get(complaint.file, 0) + 1
    return lines + [f"{file}: {CASCADE[lang].format(count=count)}" for file, count in follow.items()]


def as_table(book: Book, lang: str, written: Sequence[Path]) -> str:
    """Rows by file, and what became of them."""
    rows = [HEADS[lang], *(_cells(count, lang) for count in book.tables)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    where = f" ({', '.join(map(str, written))})" if written else ""
    totals = {
        name: sum(getattr(count, name) for count in book.tables) for name in ("rows", "accepted", "rejected")
    }
    said = {name: number(total, lang) for name, total in totals.items()}
    return "\n".join([*lines, "", SUMMARY[lang].format(where=where, **said)])


def _cells(count: TableCount, lang: str) -> tuple[str, ...]:
    numbers = (count.rows, count.accepted, count.rejected, count.ignored, count.replaced)
    return (count.file, *(number(value, lang) for value in numbers))


def as_csv(book: Book, lang: str, written: Sequence[Path]) -> str:
    """The counts with plain digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COUNTS)
    for count in book.tables:
        writer.writerow([getattr(count, name) for name in COUNTS])
    return text.getvalue().rstrip("\n")


def as_json(book: Book, lang: str, written: Sequence[Path]) -> str:
    """The counts, and every complaint with its code and fields."""
    return json.dumps(
        {
            "schema": 1,
            "lender": book.lender.name,
            "tables": [{name: getattr(count, name) for name in COUNTS} for count in book.tables],
            "complaints": [_plain(complaint, lang) for complaint in book.complaints],
            "warnings": [_plain(complaint, lang) for complaint in book.warnings],
            "incomplete": sorted(book.incomplete),
            "rejected_files": [str(path) for path in written],
        },
        ensure_ascii=False,
        indent=2,
    )


def _plain(complaint: Complaint, lang: str) -> dict[str, object]:
    return {
        "file": complaint.file,
        "row": complaint.row,
        "field": complaint.field,
        "found": complaint.found,
        "code": complaint.code,
        "message": sentence(complaint.code, complaint.template, dict(complaint.fields), lang),
    }


def number(value: int, lang: str) -> str:
    """A count with the language's thousands."""
    return angka(value) if lang == "id" else f"{value:,}"


FORMS = {"table": as_table, "csv": as_csv, "json": as_json}
