"""`tagih check`: read a book, and say of every row that cannot be read where, what and what instead."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagih.commands.messages import sentence, translate
from tagih.commands.output import DAY, format_option, lang_option, result, say
from tagih.files import Book, Complaint, TableCount, read_book, write_rejected
from tagih.words import angka

if TYPE_CHECKING:
    from tagih.portfolio.against import Comparison, Difference

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
@click.option("--against", is_flag=True, help="Lay your own figures beside ours; needs --as-of.")
@click.option("--as-of", type=DAY, default=None, help="With --against: the day of your own figures.")
@lang_option
@click.pass_context
def command(
    ctx: click.Context,
    book: Path,
    form: str,
    rejected: Path | None,
    against: bool,
    as_of: date | None,
    lang: str | None,
) -> None:
    """Read BOOK and name every row that cannot be read; exit 1 if there is one.

    Each row is told once, by its own fault; rows that fall only because their contract was
    rejected are counted, and told in full by --format json and --rejected.

    With --against the result is every figure of yours ([tables.contracts.against]) that is not
    ours, with what probably made the difference; exit 1 if there is one.
    """
    if against and as_of is None:
        raise click.UsageError("--against needs --as-of: the day of your own figures")
    read = read_book(book)
    lang = lang or read.settings.language
    for line in told(read.complaints, lang):
        say(line)
    for warning in read.warnings:
        say(translate(warning.error, lang))
    written = write_rejected(read, rejected) if rejected and read.rejected else ()
    if against and as_of is not None:
        from tagih.portfolio.against import compare

        compared = compare(read, as_of)
        result(DIFFERENCES[form](compared, lang))
        ctx.exit(1 if read.rejected or compared.differences else 0)
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
    lines = aligned(rows, left=1)
    where = f" ({', '.join(map(str, written))})" if written else ""
    totals = {
        name: sum(getattr(count, name) for count in book.tables) for name in ("rows", "accepted", "rejected")
    }
    said = {name: number(total, lang) for name, total in totals.items()}
    return "\n".join([*lines, "", SUMMARY[lang].format(where=where, **said)])


def aligned(rows: Sequence[Sequence[str]], *, left: int) -> list[str]:
    """Rows as lines: the first ``left`` columns to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


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


# --- the lender's own figures -----------------------------------------------------------------

FIGURES = ("contract_id", "figure", "theirs", "ours", "difference", "cause", "detail")
DIFFERENCE_HEADS = {
    "id": ("kontrak", "angka", "sebab yang mungkin", "milik Anda", "tagih", "selisih"),
    "en": ("contract", "figure", "probable cause", "yours", "tagih", "difference"),
}
AGREED = {
    "id": "{contracts} kontrak dibandingkan per {day}: {agreeing} cocok, {differing} berbeda",
    "en": "{contracts} contracts compared as of {day}: {agreeing} agree, {differing} differ",
}
CAUSES = {
    "id": {
        "": "tidak diketahui",
        "counting": "cara menghitung hari ({detail})",
        "tolerance": "toleransi kekurangan ({detail})",
        "held_open": "denda ikut menahan angsuran terbuka",
        "order": "urutan alokasi ({detail})",
        "no_late_charge": "tanpa denda berjalan",
        "missed_reversal": "pembatalan belum dibukukan",
        "recorded_later": "pembayaran dibukukan sesudahnya",
        "missed_payment": "pembayaran {detail} belum dibukukan",
        "days": "mengikuti hari tunggakan Anda",
        "policy": "skema lain ({detail})",
        "one_obligor": "satu debitur ({detail})",
        "rounding": "pembulatan",
    },
    "en": {
        "": "unknown",
        "counting": "counting of days ({detail})",
        "tolerance": "tolerance of a shortfall ({detail})",
        "held_open": "a late charge holds the instalment open",
        "order": "order of allocation ({detail})",
        "no_late_charge": "no late charge run up",
        "missed_reversal": "a reversal not booked",
        "recorded_later": "payments recorded later",
        "missed_payment": "payment {detail} not booked",
        "days": "follows from your days past due",
        "policy": "another scheme ({detail})",
        "one_obligor": "one obligor ({detail})",
        "rounding": "rounding",
    },
}


def difference_table(compared: Comparison, lang: str) -> str:
    """Every difference with its probable cause, and how many contracts agree."""
    rows: list[tuple[str, ...]] = [DIFFERENCE_HEADS[lang]] if compared.differences else []
    for found in compared.differences:
        cause = CAUSES[lang][found.cause].format(detail=found.detail)
        numbers = (_local(value, lang) for value in (found.theirs, found.ours, found.difference))
        rows.append((found.contract_id, found.figure, cause, *numbers))
    summary = AGREED[lang].format(
        contracts=number(compared.contracts, lang),
        day=compared.as_of.isoformat(),
        agreeing=number(compared.agreeing, lang),
        differing=number(compared.contracts - compared.agreeing, lang),
    )
    return "\n".join([*aligned(rows, left=3), "", summary] if rows else [summary])


def _local(value: Decimal | int | str | None, lang: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    text = angka(value, 0 if value == int(value) else 2)
    return text if lang == "id" else text.translate(str.maketrans(",.", ".,"))


def _plain_figures(found: Difference) -> dict[str, object]:
    values = {name: getattr(found, name) for name in FIGURES}
    return {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in values.items()}


def difference_csv(compared: Comparison, lang: str) -> str:
    """Every difference with plain digits."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIGURES, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_plain_figures, compared.differences))
    return text.getvalue().rstrip("\n")


def difference_json(compared: Comparison, lang: str) -> str:
    """Every difference, and how much was compared."""
    return json.dumps(
        {
            "schema": 1,
            "as_of": compared.as_of.isoformat(),
            "contracts": compared.contracts,
            "figures": compared.figures,
            "agreeing": compared.agreeing,
            "differences": [_plain_figures(found) for found in compared.differences],
        },
        ensure_ascii=False,
        indent=2,
    )


DIFFERENCES = {"table": difference_table, "csv": difference_csv, "json": difference_json}
