"""The month end by one command: every table, charts, workbook, page and PDF, and what they were made of.

A pack is a folder's files by name. The same book, day and options give the same bytes; the
manifest names the inputs with their hashes, the rules and the version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from tagih import words
from tagih.errors import InputError
from tagih.files import Book
from tagih.letters.rendering import font_css
from tagih.reports import sections, tables
from tagih.reports.month import Month
from tagih.reports.page import pdf, source_line
from tagih.reports.tables import Column, Table, shown
from tagih.reports.tie_out import Check, Restated, checks, restated, restated_table, tie_table
from tagih.reports.wording import said

CLOSING: Final = "csv/contracts.csv"
"""What next month's opening is held against."""
FILES_ONLY: Final = ("contracts", "slik", "receipts", "vintage")
"""Tables too long for a page: they are in the workbook, CSV and JSON."""
WIDE: Final = {
    "rates_count": sections.wide,
    "rates_balance": sections.wide,
    "first_payment": sections.wide_payments,
}
"""Tables that a page shows with a row a bucket or cohort."""
MOST: Final = 60
"""Rows of a table that a page shows."""


@frozen
class Pack:
    """A month end worked out: its tables (the tie-out last), the checks, and what was restated."""

    month: Month
    lang: str
    tables: tuple[Table, ...]
    checks: tuple[Check, ...]
    restated: tuple[Restated, ...] = ()

    @property
    def ties(self) -> bool:
        """Whether every check ties."""
        return not any(check.difference for check in self.checks)

    def table(self, name: str) -> Table:
        """One table by name.

        Raises:
            InputError: If there is none of that name; names those there are.
        """
        for table in self.tables:
            if table.name == name:
                return table
        raise InputError(
            "report.table",
            "there is no table '{name}'; write one of {known}",
            name=name,
            known=", ".join(table.name for table in self.tables),
        )


def pack(month: Month, lang: str = "id", *, last_closing: str | None = None, restate: bool = False) -> Pack:
    """Every table of a month end, tied out, and held against last month's closing where it is given.

    Args:
        last_closing: The text of ``csv/contracts.csv`` of last month's pack.
        restate: Go on where this opening is not that closing, with a table of the differences.

    Raises:
        InputError: If a sheet does not tie, or this opening is not last month's closing.
    """
    made = list(sections.tables(month, lang))
    found = list(checks(month, made))
    off: tuple[Restated, ...] = ()
    if last_closing is not None:
        off = restated(last_closing, month.opening)
        if off and not restate:
            raise InputError(
                "report.opening",
                "closing {on} is not this opening: {count} figures of {contracts} contracts differ, first "
                "{first} {figure} '{was}', now '{now}'; mend the book, or show them with --restate",
                on=month.opening.as_of.isoformat(),
                count=len(off),
                contracts=len({one.contract_id for one in off}),
                first=off[0].contract_id,
                figure=off[0].figure,
                was=off[0].was,
                now=off[0].now,
            )
        if off:
            made.append(restated_table(off, lang))
    made.append(tie_table(found, lang))
    wrong = [check for check in found if check.difference]
    if wrong:
        raise InputError(
            "report.tie_out",
            "{count} checks do not tie, first {sheet} {figure}: {shown} against {control}",
            count=len(wrong),
            sheet=wrong[0].sheet,
            figure=wrong[0].figure,
            shown=str(wrong[0].shown),
            control=str(wrong[0].control),
        )
    return Pack(month, lang, tuple(made), tuple(found), off)


def inputs(book: Book) -> tuple[dict[str, Any], ...]:
    """The files that a book was read from, with sizes and sha256, by name."""
    names = {"tagih.toml", *(count.file for count in book.tables)}
    own = book.path / "policies"
    found = [book.path / name for name in names if (book.path / name).is_file()]
    found += list(own.glob("*.toml")) if own.is_dir() else []
    return tuple(
        {
            "file": path.relative_to(book.path).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(found)
    )


def manifest(made: Pack, files: Mapping[str, bytes], version: str) -> str:
    """What a pack was made of, as JSON: inputs, rules, control totals, and its own files."""
    month = made.month
    value = {
        "schema": 1,
        "report": "month-end",
        "tagih": version,
        "lender": month.book.lender.name,
        "language": made.lang,
        "opening": month.opening.as_of.isoformat(),
        "as_of": month.closing.as_of.isoformat(),
        "time_zone": month.book.lender.time_zone,
        "currency": month.closing.currency,
        "history": [each.as_of.isoformat() for each in month.trend],
        "control": {
            "principal_balance": tables.plain(month.closing.balance),
            "opening_principal_balance": tables.plain(month.opening.balance),
            "contracts": len(month.closing.live),
        },
        "ties": made.ties,
        "checks": len(made.checks),
        "restated": len(made.restated),
        "rejected_rows": len(month.book.rejected),
        "set_aside": [one.contract_id for one in month.aside],
        "promise_rule": {"share": str(month.promise_rule.share), "grace_days": month.promise_rule.grace_days},
        "rules": [
            {
                "id": about.id,
                "title": about.title,
                "instrument": about.instrument,
                "article": about.article,
                "valid_from": about.valid_from,
                "valid_to": about.valid_to,
                "confidence": about.confidence,
                "mark": about.mark,
            }
            for about in month.sources
        ],
        "inputs": inputs(month.book),
        "files": [
            {"file": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=2, default=tables.plain) + "\n"


# --- as files -----------------------------------------------------------------------------------


def pack_files(made: Pack, *, version: str, drawn: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Every file of a pack by its path: CSV and JSON a table, workbook, page, PDF, charts, manifest.

    ``drawn`` are the charts (`tagih.reports.charts.charts`); without them the page has none.

    Raises:
        UnavailableError: If the extra ``xlsx`` is not installed.
    """
    month = made.month
    files: dict[str, bytes] = {}
    for table in made.tables:
        files[f"csv/{table.name}.csv"] = tables.to_csv(table).encode()
        files[f"json/{table.name}.json"] = (
            tables.to_json(
                table,
                title=table.title,
                as_of=month.closing.as_of.isoformat(),
                opening=month.opening.as_of.isoformat(),
                currency=month.closing.currency,
                definition=list(table.notes),
            )
            + "\n"
        ).encode()
    for name, text in (drawn or {}).items():
        files[f"charts/{name}.svg"] = text.encode()
    page = html(made, version=version, drawn=drawn or {})
    files["month-end.html"] = page.encode()
    files["month-end.pdf"] = pdf(page, about="month end")
    files["month-end.xlsx"] = workbook(made)
    files["manifest.json"] = manifest(made, files, version).encode()
    return files


def definition_table(made: Pack) -> Table:
    """What every table says of itself, for the workbook."""
    rows = [{"table": table.title, "definition": note} for table in made.tables for note in table.notes]
    columns = [Column(key, said("columns", key, made.lang)) for key in ("table", "definition")]
    return Table("definitions", said("tables", "definitions", made.lang), columns, rows)


def workbook(made: Pack) -> bytes:
    """The pack as one workbook: a sheet a table, real numbers, native charts.

    Raises:
        UnavailableError: If the extra ``xlsx`` is not installed.
    """
    from tagih.reports.pack_xlsx import write

    return write([*map(sections.for_people, made.tables), definition_table(made)], made.lang)


# --- as a page ----------------------------------------------------------------------------------

HEADINGS: Final = {
    "id": {
        "heading": "Laporan akhir bulan",
        "as_of": "per",
        "opening": "pembukaan",
        "none": "tidak ada",
        "more": "{count} baris lagi dalam csv/{name}.csv",
        "files": "Hanya dalam buku kerja, CSV dan JSON:",
        "rules": "Aturan",
        "ties": "{count} dari {all} pemeriksaan cocok; angka kendali: sisa pokok {control}.",
        "restated": "{count} angka bulan lalu berbeda dari penutupannya; lihat tabel.",
        "contracts": "kontrak berjalan",
        "last": "bulan lalu {value}",
    },
    "en": {
        "heading": "Month-end report",
        "as_of": "as of",
        "opening": "opening",
        "none": "none",
        "more": "{count} more rows in csv/{name}.csv",
        "files": "Only in the workbook, CSV and JSON:",
        "rules": "Rules",
        "ties": "{count} of {all} checks tie; control total: principal balance {control}.",
        "restated": "{count} figures of last month differ from its closing; see the table.",
        "contracts": "live contracts",
        "last": "last month {value}",
    },
}


def html(made: Pack, *, version: str, drawn: Mapping[str, str]) -> str:
    """The pack as one page that needs nothing else: tiles, charts, tables with their definitions."""
    from markupsafe import Markup

    from tagih.reports.page import _template, _text

    texts = HEADINGS[made.lang]
    month = made.month
    css = Markup(font_css() + _text("report.css") + _text("month_end.css"))
    shown_tables = [table for table in made.tables if table.name not in FILES_ONLY]
    page: str = _template("month_end.html").render(
        lang=made.lang,
        words=texts,
        css=css,
        version=version,
        lender=month.book.lender.name,
        as_of=_day(month.closing.as_of, made.lang),
        opening=_day(month.opening.as_of, made.lang),
        zone=month.book.lender.time_zone,
        currency=month.closing.currency,
        ties=texts["ties"].format(
            count=sum(1 for check in made.checks if not check.difference),
            all=len(made.checks),
            control=_money(month.closing.balance, month.closing.currency),
        ),
        restated=texts["restated"].format(count=len(made.restated)) if made.restated else "",
        tiles=_tiles(made),
        charts=[Markup(text) for text in drawn.values()],
        tables=[_rendered(_for_page(table), texts) for table in shown_tables],
        files=[table.title for table in made.tables if table.name in FILES_ONLY],
        sources=[source_line(about, made.lang) for about in month.sources],
    )
    return page


def _day(day: date, lang: str) -> str:
    return words.tanggal(day) if lang == "id" else words.english_date(day)


def _money(amount: Decimal, currency: str) -> str:
    return words.rupiah_short(amount) if currency == "IDR" else shown(amount, "money")


def _tiles(made: Pack) -> list[dict[str, str]]:
    month, lang = made.month, made.lang
    last = HEADINGS[lang]["last"]
    tiles = [
        {
            "label": HEADINGS[lang]["contracts"],
            "figure": shown(len(month.closing.live), "count"),
            "note": last.format(value=shown(len(month.opening.live), "count")),
        },
        {
            "label": said("columns", "principal_balance", lang),
            "figure": _money(month.closing.balance, month.closing.currency),
            "note": last.format(value=_money(month.opening.balance, month.closing.currency)),
        },
    ]
    now, then = sections.key_rates(month, month.closing), sections.key_rates(month, month.opening)
    wanted = ("par30", "npl_gross", "npf_gross", "tkb90")
    for rate, earlier in zip(now, then, strict=True):
        if rate.name in wanted:
            note = last.format(value=_percent(earlier.share))
            tiles.append(
                {"label": said("terms", rate.name, lang), "figure": _percent(rate.share), "note": note}
            )
    for rate in sections.month_rates(month)[:1]:
        tiles.append({"label": said("terms", rate.name, lang), "figure": _percent(rate.share), "note": ""})
    return tiles


def _percent(share: Decimal | None) -> str:
    return "–" if share is None else shown(share, "rate") + "%"


def _for_page(table: Table) -> Table:
    made = WIDE[table.name](table) if table.name in WIDE else table
    return sections.for_people(made)


def _rendered(table: Table, texts: Mapping[str, str]) -> dict[str, Any]:
    def line(row: Mapping[str, Any]) -> list[dict[str, str]]:
        return [{"kind": column.kind, "text": column.shown(row.get(column.key))} for column in table.columns]

    more = len(table.rows) - MOST
    return {
        "name": table.name,
        "title": table.title,
        "columns": table.columns,
        "rows": [line(row) for row in table.rows[:MOST]],
        "total": line(table.total) if table.total is not None and table.rows else None,
        "more": texts["more"].format(count=shown(more, "count"), name=table.name) if more > 0 else "",
        "notes": table.notes,
    }


def last_closing(folder: Path) -> str | None:
    """The contracts of last month's pack, where its folder has one."""
    file = folder / CLOSING
    return file.read_text(encoding="utf-8") if file.is_file() else None
