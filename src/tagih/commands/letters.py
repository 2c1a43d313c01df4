"""`tagih letters`: choose, write and prove letters."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tagih.commands.books import BOOK, open_book
from tagih.commands.output import as_of_option, format_option, lang_option, result, say

if TYPE_CHECKING:
    from tagih.files import Book
    from tagih.letters.ladder import Tally
    from tagih.letters.planning import Plan
    from tagih.letters.register import Register

WORDS: dict[str, dict[str, str]] = {
    "id": {
        "suppressed": "ditahan",
        "not_due": "belum waktunya",
        "escalate": "eskalasi",
        "failed": "gagal",
        "population": "jumlah",
        "deceased": "meninggal",
        "dispute": "sengketa",
        "promise": "janji bayar",
        "arrangement": "kesepakatan cicilan",
        "payment_in_transit": "setoran belum posting",
        "below_minimum": "di bawah batas minimum",
        "cease_contact": "minta tidak dihubungi",
        "restructure_pending": "proses restrukturisasi",
        "contact_rules": "aturan penagihan",
        "nothing_past_due": "tidak menunggak",
        "below_first_level": "di bawah tingkat pertama",
        "below_level": "di bawah tingkat berikutnya",
        "gap": "masih dalam jeda",
        "not_sent": "surat sebelumnya belum terkirim",
        "other_contract": "sudah disurati untuk kontrak lain",
        "letters": "surat",
        "where": "{count} surat di {out}; daftarnya di {out}/manifest.csv",
        "dry": "tidak ada yang ditulis; `tagih letters run` membuat suratnya",
        "resumed": "tidak ada yang perlu diteruskan",
    },
    "en": {
        "suppressed": "suppressed",
        "not_due": "not due",
        "escalate": "escalate",
        "failed": "failed",
        "population": "population",
        "payment_in_transit": "payment in transit",
        "below_minimum": "below minimum",
        "cease_contact": "cease contact",
        "restructure_pending": "restructure pending",
        "contact_rules": "contact rules",
        "nothing_past_due": "nothing past due",
        "below_first_level": "below the first level",
        "below_level": "below the next level",
        "not_sent": "letter before not sent yet",
        "other_contract": "written to about another contract",
        "letters": "letters",
        "where": "{count} letters in {out}; listed in {out}/manifest.csv",
        "dry": "nothing was written; `tagih letters run` makes the letters",
        "resumed": "nothing is left to finish",
    },
}


@click.group()
def command() -> None:
    """Choose, write and prove letters."""


def _register_option(wrapped: Any) -> Any:
    return click.option(
        "--register",
        type=click.Path(dir_okay=False, path_type=Path),
        default=None,
        help="The register of letters (default: register.sqlite in BOOK).",
    )(wrapped)


def _letter_lang(wrapped: Any) -> Any:
    return click.option(
        "--letters-in",
        "language",
        type=click.Choice(["id", "en"]),
        default="id",
        help="Language of the letters themselves.",
    )(wrapped)


def _now_option(wrapped: Any) -> Any:
    return click.option(
        "--now",
        type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]),
        default=None,
        help="The moment of issue, for the register (default: the clock).",
    )(wrapped)


@command.command("plan")
@BOOK
@as_of_option
@_register_option
@_letter_lang
@click.option("--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id.")
@format_option
@lang_option
def plan_command(
    book: Path,
    as_of: date,
    register: Path | None,
    language: str,
    accept: tuple[str, ...],
    form: str,
    lang: str | None,
) -> None:
    """Say who would get which letter, and why not the others; write nothing."""
    from tagih.letters import batch

    opened, spoken = open_book(book, lang)
    made = _plan(opened, as_of, register or book / "register.sqlite", language, accept)
    dry = batch.Result(made, {}, {})
    if form == "json":
        result(batch.to_json(dry).rstrip("\n"))
    elif form == "csv":
        result(batch.to_csv(batch.rows(dry)).rstrip("\n"))
    else:
        for choice in made.choices:
            if choice.outcome == "not_due" and choice.reason == "nothing_past_due":
                continue
            words = WORDS[spoken]
            what = choice.letter.upper() if choice.outcome == "send" else words[choice.outcome]
            why = words.get(choice.reason, choice.reason)
            until = choice.until.isoformat() if choice.until else ""
            result("  ".join(part for part in (choice.contract_id, what, why, until, choice.detail) if part))
        result(tally_line(made.tally, spoken))
        say(WORDS[spoken]["dry"])


@command.command("run")
@BOOK
@as_of_option
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where the letters go."
)
@_register_option
@_letter_lang
@click.option(
    "--variant",
    type=click.Choice(["pdf", "pdf/a-3u", "pdf/ua-1"]),
    default="pdf",
    help="Plain PDF, for the archive, or tagged for screen readers.",
)
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes (default: one a core).")
@click.option("--accept-unverified", "accept", multiple=True, help="Run this unverified rule, by its id.")
@_now_option
@lang_option
@click.pass_context
def run_command(
    ctx: click.Context,
    book: Path,
    as_of: date,
    out: Path,
    register: Path | None,
    language: str,
    variant: str,
    workers: int | None,
    accept: tuple[str, ...],
    now: datetime | None,
    lang: str | None,
) -> None:
    """Write the letters that are due into OUT, each once, with a manifest of everybody.

    Numbers and what was issued are kept in the register. Stopped at any moment, the same command
    again (or `tagih letters resume`) finishes; finished, it issues nothing twice.
    """
    from tagih.letters import batch
    from tagih.letters.register import Register

    opened, spoken = open_book(book, lang)
    moment = _moment(now, opened.lender.time_zone)
    with Register(register or book / "register.sqlite") as kept:
        _remember(kept, opened)
        made = _plan(opened, as_of, kept, language, accept)
        bar = Bar(WORDS[spoken]["letters"])
        job = batch.Job(
            out=out,
            at=moment,
            templates=_templates(book),
            variant=variant,  # type: ignore[arg-type]
            workers=workers or os.cpu_count() or 1,
            progress=bar,
        )
        try:
            done = batch.run(made, kept, job)
        finally:
            bar.close()
    for choice in done.plan.choices:
        if choice.outcome == "failed":
            say(f"{choice.contract_id}: {choice.detail}")
    result(tally_line(done.plan.tally, spoken))
    result(WORDS[spoken]["where"].format(count=len(done.entries), out=out))
    if done.plan.tally.failed:
        ctx.exit(1)


def tally_line(tally: Tally, lang: str) -> str:
    """One line that adds up: each letter, who gets none and why, and all together."""
    words = WORDS[lang]
    parts = [f"{kind.upper()} {number}" for kind, number in tally.sent]
    for name, reasons in (("suppressed", tally.suppressed), ("not_due", tally.not_due)):
        count = sum(number for _, number in reasons)
        told = ", ".join(f"{words.get(reason, reason)} {number}" for reason, number in reasons)
        parts.append(f"{words[name]} {count}" + (f" ({told})" if told else ""))
    parts += [f"{words['escalate']} {tally.escalate}", f"{words['failed']} {tally.failed}"]
    return " · ".join([*parts, f"{words['population']} {tally.population}"])


class Bar:
    """A progress bar on a terminal, with rate and remaining time, after a second's work."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.bar: Any = None
        self.started = 0.0
        self.done = 0

    def __call__(self, done: int, of: int) -> None:
        """Show that ``done`` of ``of`` are made."""
        import sys
        import time

        if not sys.stderr.isatty() or not of:
            return
        self.started = self.started or time.monotonic()
        spent = time.monotonic() - self.started
        if self.bar is None and spent > 1:
            self.bar = click.progressbar(
                length=of, label=self.label, file=sys.stderr, show_pos=True, item_show_func=lambda rate: rate
            )
            self.bar.__enter__()
        if self.bar is not None:
            self.bar.update(done - self.done, f"{done / spent:.0f}/s")
            self.done = done

    def close(self) -> None:
        """End the line."""
        if self.bar is not None:
            self.bar.__exit__(None, None, None)


def _plan(book: Book, as_of: date, register: Path | Register, language: str, accept: tuple[str, ...]) -> Plan:
    from tagih.letters.planning import plan
    from tagih.letters.register import Register

    issued: Mapping[str, Any] = {}
    if isinstance(register, Register):
        issued = register.earlier()
    elif register.exists():
        with Register(register) as kept:
            issued = kept.earlier()
    return plan(book, as_of, issued=issued, accept=accept, language=language)  # type: ignore[arg-type]


def _remember(register: Register, book: Book) -> None:
    register.remember(book.letters, {contract.id: contract.debtor_id for contract in book.contracts.values()})


def _templates(book: Path) -> Path | None:
    folder = book / "templates"
    return folder if folder.is_dir() else None


def _moment(now: datetime | None, zone: str) -> str:
    """The moment of issue in the lender's zone; the clock is read here and nowhere else."""
    moment = now.replace(tzinfo=ZoneInfo(zone)) if now else datetime.now(ZoneInfo(zone))
    return moment.isoformat(timespec="seconds")
