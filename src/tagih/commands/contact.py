"""`tagih contact`: may this debtor be contacted, and which contacts of a log should not have been?"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import click
from attrs import evolve

from tagih.commands.messages import sentence, translate
from tagih.commands.output import DAY, format_option, lang_option, result, say
from tagih.commands.policy import aligned
from tagih.conduct import (
    CHANNELS,
    PARTIES,
    PLACES,
    PURPOSES,
    ZONES,
    Breach,
    Consent,
    Contact,
    Finding,
    Verdict,
    audit,
    judge,
    next_moment,
    strict,
    usual,
)
from tagih.errors import InputError, TagihError
from tagih.files import Book, ContactRow, read_book
from tagih.parties import Address, Debtor
from tagih.policies import Policy, layered, load_rules
from tagih.policies.conduct import CONSENTABLE
from tagih.words import angka

ANSWER: Final = {
    "id": {True: "boleh: {local} ({rule}, {source})", False: "tidak boleh: {why} ({rule}, {source})"},
    "en": {True: "allowed: {local} ({rule}, {source})", False: "not allowed: {why} ({rule}, {source})"},
}
NEXT: Final = {"id": "paling cepat {local}", "en": "{local} at the earliest"}
HEADS: Final = {
    "id": ("kontak", "debitur", "waktu setempat", "saluran", "pihak", "pelanggaran", "hari itu"),
    "en": ("contact", "debtor", "local time", "channel", "party", "breach", "that day"),
}
SUMMARY: Final = {
    "id": "{breaching} dari {contacts} kontak melanggar, {breaches} pelanggaran ({rule}, {source})",
    "en": "{breaching} of {contacts} contacts breach, {breaches} breaches ({rule}, {source})",
}
COLUMNS: Final = (
    "contact",
    "debtor",
    "local",
    "channel",
    "party",
    "place",
    "code",
    "breach",
    "earlier_that_day",
    "rule",
    "source",
)

cuti_option = click.option(
    "--block-cuti-bersama", is_flag=True, help="Take joint leave (cuti bersama) for a holiday too."
)


@click.group("contact")
def command() -> None:
    """Ask whether a debtor may be contacted now, or find the breaches of a log."""


class Moment(click.ParamType[datetime]):
    """A moment as YYYY-MM-DD HH:MM, with or without a zone."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the moment; one without a zone is the debtor's own time."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is not a moment; write '2026-10-30 19:30'", param, ctx)


@command.command("check")
@click.option("--at", "moment", type=Moment(), required=True, help="When: '2026-10-30 19:30', local time.")
@click.option("--written-in", type=click.Choice(sorted(ZONES)), help="The zone that --at is written in.")
@click.option("--zone", type=click.Choice(sorted(ZONES)), help="The debtor's zone.")
@click.option("--province", default="", help="The debtor's province, which says the zone.")
@click.option("--postcode", default="", help="The debtor's postcode, which says the zone.")
@click.option("--channel", type=click.Choice(CHANNELS), default="call", show_default=True, help="How.")
@click.option("--party", type=click.Choice(PARTIES), default="debtor", show_default=True, help="Whom.")
@click.option("--place", type=click.Choice(PLACES), default=None, help="Where, of a visit.")
@click.option("--purpose", type=click.Choice(PURPOSES), default="collect", show_default=True, help="Why.")
@click.option(
    "--earlier", type=click.IntRange(min=0), default=0, help="How many contacts that day already had."
)
@click.option(
    "--consent", type=click.Choice(CONSENTABLE), multiple=True, help="What the debtor agreed to beforehand."
)
@cuti_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="Or json.")
@lang_option
@click.pass_context
def check_command(
    ctx: click.Context,
    moment: datetime,
    written_in: str | None,
    zone: str | None,
    province: str,
    postcode: str,
    channel: str,
    party: str,
    place: str | None,
    purpose: str,
    earlier: int,
    consent: tuple[str, ...],
    block_cuti_bersama: bool,
    form: str,
    lang: str | None,
) -> None:
    """Say whether a debtor may be contacted; exit 1 if not, with the next moment that is allowed."""
    address = Address(province=province, postal_code=postcode)
    debtor = Debtor("-", "-", address=address, time_zone=zone or "")
    if written_in is not None:
        moment = moment.replace(tzinfo=ZONES[written_in])
    rules = strict() if block_cuti_bersama else usual()
    contact = Contact(moment, channel, party, place or "", purpose)
    before = [Contact(moment)] * earlier
    consents = [Consent(consent)] if consent else []
    verdict = judge(debtor, contact, rules, earlier=before, consents=consents)
    then = None if verdict.allowed else next_moment(debtor, moment, policy=rules, earlier=before)
    lang = lang or "id"
    if form == "json":
        result(json.dumps(_plain_verdict(verdict, then, lang), ensure_ascii=False, indent=2))
    else:
        result(_said(verdict, lang))
        if then is not None and {breach.code for breach in verdict.breaches} & TIMELY:
            result(NEXT[lang].format(local=_clock(then)))
    ctx.exit(0 if verdict.allowed else 1)


TIMELY: Final = {"hours", "day", "holiday", "cuti_bersama", "count"}
"""Breaches that waiting mends."""


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname()}"


def _why(breach: Breach, lang: str) -> str:
    if lang == "en":
        return breach.text
    return sentence(f"contact.breach.{breach.code}", breach.text, dict(breach.fields), lang)


def _said(verdict: Verdict, lang: str) -> str:
    why = "; ".join(_why(breach, lang) for breach in verdict.breaches)
    return ANSWER[lang][verdict.allowed].format(
        why=why, local=_clock(verdict.local), rule=verdict.rule, source=verdict.source
    )


def _plain_verdict(verdict: Verdict, then: datetime | None, lang: str) -> dict[str, Any]:
    return {
        "schema": 1,
        "allowed": verdict.allowed,
        "local": verdict.local.isoformat(),
        "zone": verdict.local.tzname(),
        "rule": verdict.rule,
        "source": verdict.source,
        "breaches": [{"code": breach.code, "reason": _why(breach, lang)} for breach in verdict.breaches],
        "next": then.isoformat() if then else None,
    }


UNSTATED: Final = "no_place"
"""Of a log, a visit without a place is a gap in the record, not yet a breach; it is counted apart."""

NO_PLACE: Final = {
    "id": "{count} kunjungan tidak menyebut tempat dan tidak dinilai tempatnya",
    "en": "{count} visits do not say where; their place was not judged",
}

# --- audit --------------------------------------------------------------------------------------


@command.command("audit")
@click.argument("book", metavar="BOOK", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--from", "first", type=DAY, help="Only contacts from this day on (debtor's own time).")
@click.option("--until", "last", type=DAY, help="Only contacts up to and with this day.")
@click.option("--zone", type=click.Choice(sorted(ZONES)), help="Of debtors whose address does not say.")
@cuti_option
@format_option
@lang_option
@click.pass_context
def audit_command(
    ctx: click.Context,
    book: Path,
    first: date | None,
    last: date | None,
    zone: str | None,
    block_cuti_bersama: bool,
    form: str,
    lang: str | None,
) -> None:
    """Judge every contact of BOOK's log on its own day, and list the breaches; exit 1 if there is one.

    The order of the file does not count. A contact that cannot be judged is told on stderr.
    """
    read = read_book(book)
    lang = lang or read.settings.language
    rules = rules_of(read)
    rules = strict(rules) if block_cuti_bersama else rules
    contacts, debtors, problems = log_of(read, zone or "")
    for problem in problems:
        say(translate(problem, lang))
    found = audit(contacts, debtors, rules)
    inside = [
        finding
        for finding in found.findings
        if (first is None or first <= finding.verdict.local.date())
        and (last is None or finding.verdict.local.date() <= last)
    ]
    findings = [finding for finding in inside if finding.breach.code != UNSTATED]
    if unstated := len(inside) - len(findings):
        say(NO_PLACE[lang].format(count=_count(unstated, lang)))
    if form == "json":
        plain = {
            "schema": 1,
            "contacts": found.contacts,
            "not_judged": len(problems),
            "visits_without_place": unstated,
            "breaches": [_plain(finding, lang) for finding in findings],
        }
        result(json.dumps(plain, ensure_ascii=False, indent=2))
    elif form == "csv":
        result(_csv([_plain(finding, lang) for finding in findings]))
    else:
        result(_table(findings, found.contacts, rules, lang))
    ctx.exit(1 if findings or problems else 0)


def rules_of(book: Book) -> Policy:
    """The book's own conduct rule and calendar, where it has them, in place of the usual ones."""
    folder = book.path / "policies"
    among = load_rules(folder) if folder.is_dir() else ()
    own = layered(*book.settings.policies.default, among=among)
    base = usual()
    return evolve(base, conduct=own.conduct or base.conduct, calendar=own.calendar or base.calendar)


def log_of(book: Book, zone: str) -> tuple[list[Contact], dict[str, Debtor], list[TagihError]]:
    """A book's contacts and debtors, and what cannot be judged: unknown words, debtors, zones, years."""
    rules = rules_of(book)
    contacts, debtors, problems = [], dict[str, Debtor](), list[TagihError]()
    for row in book.contacts:
        try:
            contact = _contact(row, book)
            debtor = book.debtors.get(contact.debtor_id) or Debtor(contact.debtor_id, contact.debtor_id)
            if zone and not debtor.time_zone:
                debtor = _zoned(debtor, zone)
            judge(debtor, contact, rules)  # what raises here could not be judged in the log either
        except TagihError as error:
            problems.append(_placed(row, error))
        else:
            contacts.append(contact)
            debtors[contact.debtor_id] = debtor
    return contacts, debtors, problems


def _contact(row: ContactRow, book: Book) -> Contact:
    contract = book.contracts.get(row.contract_id)
    debtor_id = row.debtor_id or (contract.debtor_id if contract else "") or row.contract_id
    return Contact(
        row.at,
        row.channel,
        row.party or "debtor",
        row.address,
        row.purpose,
        id=row.id,
        debtor_id=debtor_id,
        consent=row.consent,
    )


def _zoned(debtor: Debtor, zone: str) -> Debtor:
    from tagih.conduct import zone_of

    try:
        zone_of(debtor)
    except InputError:
        return evolve(debtor, time_zone=zone)
    return debtor


def _placed(row: ContactRow, error: TagihError) -> TagihError:
    return InputError(error.code, "{where} " + error.template, **{**error.fields, "where": f"{row.id}:"})


def _count(value: int, lang: str) -> str:
    return angka(value) if lang == "id" else f"{value:,}"


def _table(findings: Sequence[Finding], contacts: int, rules: Policy, lang: str) -> str:
    assert rules.conduct is not None
    about = rules.conduct.about
    summary = SUMMARY[lang].format(
        breaching=_count(len({found.contact.id for found in findings}), lang),
        contacts=_count(contacts, lang),
        breaches=_count(len(findings), lang),
        rule=about.id,
        source=about.cites,
    )
    if not findings:
        return summary
    rows = [
        (
            found.contact.id,
            found.contact.debtor_id,
            _clock(found.verdict.local),
            _spoken(found.contact.channel, lang),
            _spoken(found.contact.party, lang),
            _why(found.breach, lang),
            str(found.earlier_that_day),
        )
        for found in findings
    ]
    return aligned([HEADS[lang], *rows], right=(6,)) + f"\n\n{summary}"


def _spoken(word: str, lang: str) -> str:
    from tagih.conduct import SPOKEN

    return SPOKEN[word] if lang == "id" else word.replace("_", " ")


def _plain(found: Finding, lang: str) -> dict[str, Any]:
    values = (
        found.contact.id,
        found.contact.debtor_id,
        found.verdict.local.isoformat(),
        found.contact.channel,
        found.contact.party,
        found.contact.place,
        found.breach.code,
        _why(found.breach, lang),
        found.earlier_that_day,
        found.verdict.rule,
        found.verdict.source,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _csv(rows: Iterable[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.values() for row in rows)
    return text.getvalue().rstrip("\n")
