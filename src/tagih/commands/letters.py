"""`tagih letters`: choose, write and prove letters."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from attrs import frozen

from tagih.commands.books import BOOK, open_book, say_rejected
from tagih.commands.messages import translate
from tagih.commands.output import DAY, as_of_option, format_option, lang_option, progress, result, say
from tagih.words import rupiah

if TYPE_CHECKING:
    from tagih.files import Book, Settings
    from tagih.letters.ladder import Earlier, Tally
    from tagih.letters.large import LargeBook
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
        "delivery": "{count} berkas pengantaran di {out}/delivery",
        "dry": "tidak ada yang ditulis; `tagih letters run` membuat suratnya",
        "resumed": "tidak ada yang perlu diteruskan",
        "beside_made": "{number} ({contract}) sudah terbit hari itu; menurut buku sekarang tidak lagi perlu",
        "beside_pending": "{number} ({contract}) sudah bernomor tetapi tidak dicetak: buku telah berubah",
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
        "delivery": "{count} delivery files in {out}/delivery",
        "dry": "nothing was written; `tagih letters run` makes the letters",
        "resumed": "nothing is left to finish",
        "beside_made": "{number} ({contract}) was issued that day; by the book as it is now it is not due",
        "beside_pending": "{number} ({contract}) has its number and is not printed: the book has changed",
    },
}


VERIFIED: dict[str, dict[str, str]] = {
    "id": {
        "genuine": "Surat ini asli: ditandatangani pemberi pinjaman pemilik kunci itu.",
        "number": "nomor",
        "dated": "tanggal",
        "contract": "kontrak",
        "amount": "jumlah",
        "pay_by": "paling lambat",
        "compare": "Cocokkan dengan yang tercetak; bila berbeda, suratnya telah diubah.",
        "keys": "{folder}/letters.key menandatangani dan harus dirahasiakan; {folder}/letters.pub dibagikan",
        "noted": "{number}: {what} {on} dicatat",
    },
    "en": {
        "genuine": "This letter is genuine: signed by the lender who owns that key.",
        "number": "number",
        "dated": "dated",
        "contract": "contract",
        "amount": "amount",
        "pay_by": "pay by",
        "compare": "Compare with what is printed; if it differs, the letter was altered.",
        "keys": "{folder}/letters.key signs and must stay secret; {folder}/letters.pub is given out",
        "noted": "{number}: {what} {on} noted",
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
        help="The register of letters (default: as tagih.toml says, else register.sqlite in BOOK).",
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
@click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Parts of a large book at a time."
)
@format_option
@lang_option
def plan_command(
    book: Path,
    as_of: date,
    register: Path | None,
    language: str,
    accept: tuple[str, ...],
    workers: int,
    form: str,
    lang: str | None,
) -> None:
    """Say who would get which letter, and why not the others; write nothing."""
    from tagih.letters import batch
    from tagih.letters.register import Register

    opened = _opened(book, as_of, accept, lang, workers)
    spoken, path = opened.lang, register or _register(opened.book.settings, book)
    issued: Issued = {}
    if path.exists():
        with Register(path) as kept:
            issued = kept.earlier()
    made = _choices(opened, as_of, issued, language, accept)
    dry = batch.Result(made, {}, {})
    spell = partial(translate, lang=spoken)
    if form == "json":
        result(batch.to_json(dry, spell).rstrip("\n"))
    elif form == "csv":
        result(batch.to_csv(batch.rows(dry, spell)).rstrip("\n"))
    else:
        for choice in made.choices:
            if choice.outcome == "not_due" and choice.reason == "nothing_past_due":
                continue
            words = WORDS[spoken]
            what = choice.letter.upper() if choice.outcome == "send" else words[choice.outcome]
            why = words.get(choice.reason, choice.reason)
            until = choice.until.isoformat() if choice.until else ""
            detail = translate(choice.error, spoken) if choice.error else choice.detail
            result("  ".join(part for part in (choice.contract_id, what, why, until, detail) if part))
        result(tally_line(made.tally, spoken))
        say(WORDS[spoken]["dry"])


def _key_option(wrapped: Any) -> Any:
    return click.option(
        "--key",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="TAGIH_LETTERS_KEY",
        default=None,
        help="The lender's private key; with it every letter carries a signed QR code.",
    )(wrapped)


def _workers_option(wrapped: Any) -> Any:
    return click.option(
        "--workers", type=click.IntRange(1), default=None, help="Processes (default: one a core)."
    )(wrapped)


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
@click.option("--print-file", is_flag=True, help="Also all letters in postal order, in print-001.pdf and on.")
@click.option(
    "--delivery", is_flag=True, help="Also a delivery list and slips to sign for each route, in OUT/delivery."
)
@_key_option
@_workers_option
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
    print_file: bool,
    delivery: bool,
    key: Path | None,
    workers: int | None,
    accept: tuple[str, ...],
    now: datetime | None,
    lang: str | None,
) -> None:
    """Write the letters that are due into OUT, each once, with a manifest of everybody.

    Numbers and what was issued are kept in the register. Stopped at any moment, the same command
    again (or `tagih letters resume`) finishes; finished, it issues nothing twice.
    """
    from tagih.letters.register import Register

    opened = _opened(book, as_of, accept, lang, workers)
    options = {
        "language": language,
        "variant": variant,
        "accept": list(accept),
        "key": str(key.resolve()) if key else "",
        "print_file": print_file,
        "delivery": delivery,
    }
    at = _moment(now, opened.book.lender.time_zone)
    with Register(register or _register(opened.book.settings, book)) as kept:
        kept.remember(opened.book.letters, opened.debtors)
        failed = _run(opened, kept, as_of, out, options, at=at, workers=workers)
    if failed:
        ctx.exit(1)


@command.command("resume")
@BOOK
@_register_option
@_workers_option
@_now_option
@lang_option
@click.pass_context
def resume_command(
    ctx: click.Context,
    book: Path,
    register: Path | None,
    workers: int | None,
    now: datetime | None,
    lang: str | None,
) -> None:
    """Finish every run of BOOK that was stopped, with the options it was started with."""
    from tagih.files import read_settings
    from tagih.letters.register import Register

    settings = read_settings(book)
    spoken, path = lang or settings.language, register or _register(settings, book)
    at = _moment(now, settings.lender.time_zone)
    failed = 0
    if not path.exists():
        result(WORDS[spoken]["resumed"])
        return
    with Register(path) as kept:
        runs = kept.unfinished()
        if not runs:
            result(WORDS[spoken]["resumed"])
        for row in runs:
            options = json.loads(row.options)
            opened = _opened(book, row.as_of, options["accept"], spoken, workers)
            failed += _run(opened, kept, row.as_of, Path(row.folder), options, at=at, workers=workers)
    if failed:
        ctx.exit(1)


def _run(
    opened: Opened,
    register: Register,
    as_of: date,
    out: Path,
    options: Mapping[str, Any],
    *,
    at: str,
    workers: int | None,
) -> int:
    """Run (again), say what came of it, and return how many failed."""
    from tagih.letters import batch, proof

    lang = opened.lang
    made = _drafts(opened, as_of, register.earlier(), options["language"], options["accept"])
    seal = None
    if options["key"]:
        sign = proof.signer(Path(options["key"]).read_bytes())
        seal = partial(proof.seal, sign=sign)
    bar = Bar(WORDS[lang]["letters"])
    job = batch.Job(
        out=out,
        at=at,
        templates=_templates(opened.book),
        variant=options["variant"],
        workers=workers or os.cpu_count() or 1,
        seal=seal,
        print_file=options["print_file"],
        delivery=options.get("delivery", False),
        say=partial(translate, lang=lang),
        options=json.dumps(options, sort_keys=True),
        progress=bar,
    )
    try:
        done = batch.run(made, register, job)
    finally:
        bar.close()
    for choice in done.plan.choices:
        if choice.outcome == "failed":
            why = translate(choice.error, lang) if choice.error else choice.detail
            say(f"{choice.contract_id}: {why}")
    for entry in done.beside:
        say(WORDS[lang][f"beside_{entry.state}"].format(number=entry.number, contract=entry.contract))
    result(tally_line(done.plan.tally, lang))
    result(WORDS[lang]["where"].format(count=len(done.entries), out=out))
    if done.delivery:
        result(WORDS[lang]["delivery"].format(count=len(done.delivery), out=out))
    return done.plan.tally.failed


@command.command("verify")
@click.argument("code")
@click.option(
    "--public-key",
    "public",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="The lender's public key, as PEM.",
)
@click.option(
    "--book",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="The lender's book, whose tagih.toml names the public key.",
)
@click.option(
    "--register",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="The lender's register: also says whether the file is the one that was issued.",
)
@lang_option
def verify_command(
    code: str, public: Path | None, book: Path | None, register: Path | None, lang: str | None
) -> None:
    """Say whether a letter is genuine: CODE is the QR code's text, a PDF, or - for stdin."""
    import hashlib
    import sys

    from tagih.errors import InputError
    from tagih.letters import proof

    spoken = lang or "id"
    if public is None and book is not None:
        from tagih.files import read_settings

        named = read_settings(book).letters.public_key
        public = book / named if named else None
    if public is None:
        raise InputError(
            "proof.no_key",
            "no public key: give --public-key FILE, or --book BOOK whose tagih.toml has [letters] public_key",
        )
    key = public.read_bytes()
    file = Path(code)
    if code != "-" and "|" not in code:
        if not file.is_file():
            raise InputError("proof.file_missing", "there is no file '{file}'", file=code)
        content = file.read_bytes()
        facts = proof.verify_file(content, key)
        if register is not None:
            from tagih.letters.register import Register

            with Register(register) as kept:
                entry = kept.entry(facts.number)
            if entry.pdf != hashlib.sha256(content).hexdigest():
                raise InputError(
                    "proof.file",
                    "the code of letter {number} is genuine, but the file is not the one that was issued",
                    number=facts.number,
                )
    else:
        facts = proof.verify(sys.stdin.read() if code == "-" else code, key)
    words = VERIFIED[spoken]
    shown = {
        "number": facts.number,
        "dated": facts.dated.isoformat(),
        "contract": facts.contract,
        "amount": rupiah(facts.amount),
        "pay_by": facts.pay_by.isoformat() if facts.pay_by else "-",
    }
    result(words["genuine"])
    for name, value in shown.items():
        result(f"  {words[name]:<14} {value}")
    result(words["compare"])


@command.command("key")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@lang_option
def key_command(folder: Path, lang: str | None) -> None:
    """Make a key pair in FOLDER: letters.key signs and stays secret, letters.pub is given out."""
    from tagih.errors import InputError
    from tagih.letters import proof

    private, public = proof.new_key()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("letters.key", "letters.pub"):
        if (folder / name).exists():
            raise InputError(
                "proof.exists", "{file} is there already; keys are never written over", file=folder / name
            )
    handle = os.open(folder / "letters.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(private)
    (folder / "letters.pub").write_bytes(public)
    result(VERIFIED[lang or "id"]["keys"].format(folder=folder))


@command.command("template")
@click.argument("kind")
@click.option("--letters-in", "language", type=click.Choice(["id", "en"]), default="id", help="Its language.")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE instead."
)
def template_command(kind: str, language: str, output: Path | None) -> None:
    """Copy the built-in template of KIND (sp1, receipt, …) to change.

    Put it into the book as templates/id/KIND.html, and letters are written from it.
    """
    from tagih.letters.rendering import Renderer

    result(Renderer().source(kind, language).rstrip("\n"), output)


@command.command("evidence")
@BOOK
@click.argument("number")
@click.argument("what", type=click.Choice(["sent", "delivered", "returned"]))
@click.option("--on", type=DAY, required=True, help="The day it happened: YYYY-MM-DD.")
@click.option("--recipient", default="", help="Who received it.")
@click.option("--relation", default="", help="The recipient's relation to the debtor.")
@click.option("--note", default="", help="Courier's receipt, reason of return.")
@_register_option
@_now_option
@lang_option
def evidence_command(
    book: Path,
    number: str,
    what: str,
    on: date,
    recipient: str,
    relation: str,
    note: str,
    register: Path | None,
    now: datetime | None,
    lang: str | None,
) -> None:
    """Note in the register that the letter NUMBER was sent, delivered or returned."""
    from tagih.files import read_settings
    from tagih.letters.register import Register

    settings = read_settings(book)
    with Register(register or _register(settings, book)) as kept:
        kept.add_evidence(
            number,
            what,  # type: ignore[arg-type]
            on,
            at=_moment(now, settings.lender.time_zone),
            recipient=recipient,
            relation=relation,
            note=note,
        )
    result(VERIFIED[lang or settings.language]["noted"].format(number=number, what=what, on=on.isoformat()))


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


@frozen
class Opened:
    """A book for letters, the language to speak, and, where it is a large one, its columns."""

    book: Book
    lang: str
    large: LargeBook | None = None

    @property
    def debtors(self) -> Mapping[str, str]:
        """The debtor of each contract."""
        if self.large is not None:
            return self.large.debtors
        return {contract.id: contract.debtor_id for contract in self.book.contracts.values()}


def _opened(
    folder: Path, as_of: date, accept: Sequence[str], lang: str | None, workers: int | None
) -> Opened:
    """The book: row by row, or without being told in columns where it is a large one."""
    from tagih.commands import large as columns

    if columns.may_be(folder):
        from tagih.files import read_settings
        from tagih.letters import large

        spoken = lang or read_settings(folder).language

        def watch(parts: Iterable[Any], count: int) -> Iterator[Any]:
            columns.prepare(spoken)
            yield from progress(parts, as_of.isoformat(), length=count)

        found = large.opened(folder, as_of, accept=accept, workers=workers or 2, watch=watch)
        if found is not None:
            say_rejected(found.book.rejected, folder, spoken)
            return Opened(found.book, spoken, found)
    return Opened(*open_book(folder, lang))


Issued = Mapping[str, "Sequence[Earlier]"]


def _choices(opened: Opened, as_of: date, issued: Issued, language: Any, accept: Sequence[str]) -> Plan:
    """Who gets which letter; of a large book without the drafts."""
    from tagih.letters.planning import plan

    if opened.large is None:
        return plan(opened.book, as_of, issued=issued, accept=accept, language=language)
    from tagih.letters import large

    return large.planned(opened.large, issued=issued, language=language).plan


def _drafts(opened: Opened, as_of: date, issued: Issued, language: Any, accept: Sequence[str]) -> Plan:
    """The same with a draft of every letter."""
    if opened.large is None:
        return _choices(opened, as_of, issued, language, accept)
    from tagih.letters import large

    return large.drafted(large.planned(opened.large, issued=issued, language=language))


def _templates(book: Book) -> Path | None:
    folder = book.path / book.settings.letters.templates
    return folder if folder.is_dir() else None


def _register(settings: Settings, book: Path) -> Path:
    return book / settings.letters.register


def _moment(now: datetime | None, zone: str) -> str:
    """The moment of issue in the lender's zone; the clock is read here and nowhere else."""
    moment = now.replace(tzinfo=ZoneInfo(zone)) if now else datetime.now(ZoneInfo(zone))
    return moment.isoformat(timespec="seconds")
