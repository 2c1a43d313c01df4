"""`tagih policy`: which rules there are, what they say, whether a rule of one's own is sound."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import click
from attrs import fields

from tagih.classes import (
    Difference,
    Measures,
    Ratio,
    classify,
    differences,
    measure,
    non_performing,
    tkb,
    twp,
)
from tagih.commands.messages import translate
from tagih.commands.output import DAY, as_of_option, format_option, lang_option, result, say
from tagih.contracts import LENDER_TYPES
from tagih.errors import PolicyError, TagihError
from tagih.policies import Buckets, Rule, kind_of, load_rule, load_rules, policy, rule, rules
from tagih.policies.about import About
from tagih.policies.loader import DATA, KINDS
from tagih.quality import Quality, qualities, under_law
from tagih.words import rupiah, rupiah_whole

HEADS: Final = {
    "id": ("aturan", "jenis", "berlaku", "keyakinan", "dasar"),
    "en": ("rule", "kind", "in force", "confidence", "instrument"),
}
CONFIDENCE: Final = {
    "id": {
        "high": "tinggi",
        "medium": "sedang",
        "low": "rendah (belum diperiksa)",
        "background": "ingatan (belum diperiksa)",
        "contract": "sendiri",
    },
    "en": {
        "high": "high",
        "medium": "medium",
        "low": "low (not verified)",
        "background": "memory (not verified)",
        "contract": "own",
    },
}
LABELS: Final = {
    "id": {
        "kind": "jenis",
        "applies_to": "untuk",
        "in_force": "berlaku",
        "cites": "dasar",
        "source": "sumber",
        "confidence": "keyakinan",
        "unverified": "belum diperiksa",
        "successor": "pengganti",
        "follows": "mengikuti",
        "note": "catatan",
    },
    "en": {
        "kind": "kind",
        "applies_to": "for",
        "in_force": "in force",
        "cites": "instrument",
        "source": "source",
        "confidence": "confidence",
        "unverified": "not verified",
        "successor": "successor",
        "follows": "follows",
        "note": "note",
    },
}
HEADER = [field.name for field in fields(About)] + ["kind"]
HEADER_LINES = re.compile(rf'^(?:{"|".join(HEADER)}) = (?:"""(?:.|\n)*?"""|.*)\n', flags=re.MULTILINE)

own_rules = click.option(
    "--rules",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of your own rules, found before the built-in ones.",
)


@click.group("policy")
def command() -> None:
    """List, show, check and compare rules; each has a source and a confidence."""


# --- list -------------------------------------------------------------------------------------


@command.command("list")
@click.option("--kind", type=click.Choice(sorted(KINDS.values())), help="Only rules of this kind.")
@click.option("--lender", type=click.Choice(LENDER_TYPES), help="Only rules for this type of lender.")
@click.option("--on", type=DAY, help="Only rules in force on this day.")
@own_rules
@format_option
@lang_option
def list_command(
    kind: str | None, lender: str | None, on: date | None, folder: Path | None, form: str, lang: str | None
) -> None:
    """List the rules, with their dates, confidence and instrument."""
    found = [
        one
        for one in (*_own(folder), *rules())
        if (kind is None or kind_of(one) == kind)
        and (lender is None or lender in one.about.applies_to)
        and (on is None or one.about.in_force(on))
    ]
    if form == "json":
        result(json.dumps([_plain(one) for one in found], ensure_ascii=False, indent=2))
    elif form == "csv":
        result(_csv([_plain(one) for one in found]))
    else:
        lang = lang or "id"
        rows = [
            (
                one.about.id,
                kind_of(one),
                _dates(one.about),
                CONFIDENCE[lang][one.about.confidence],
                one.about.cites,
            )
            for one in found
        ]
        result(aligned([HEADS[lang], *rows]))


def _own(folder: Path | None) -> tuple[Rule, ...]:
    return load_rules(folder) if folder else ()


def _dates(about: About) -> str:
    if about.valid_from is None and about.valid_to is None:
        return "-"
    return f"{about.valid_from or ''}..{about.valid_to or ''}"


def _plain(one: Rule) -> dict[str, Any]:
    """The header of a rule with plain values."""
    plain: dict[str, Any] = {"id": one.about.id, "kind": kind_of(one)}
    for name in HEADER:
        value = getattr(one.about, name, None)
        if name not in plain and name != "mark":
            plain[name] = value.isoformat() if isinstance(value, date) else value
    return plain


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    for row in rows:
        cells = (" ".join(cell) if isinstance(cell, tuple) else cell for cell in row.values())
        writer.writerow("" if cell is None else cell for cell in cells)
    return text.getvalue().rstrip("\n")


def aligned(rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Rows in columns two spaces apart; columns in ``right`` end at one edge."""
    listed = [tuple(row) for row in rows]
    widths = [max(len(row[at]) for row in listed) for at in range(len(listed[0]))]
    lines = (
        "  ".join(
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in listed
    )
    return "\n".join(line.rstrip() for line in lines)


# --- show -------------------------------------------------------------------------------------


@command.command("show")
@click.argument("name", metavar="RULE")
@own_rules
@format_option
@lang_option
def show_command(name: str, folder: Path | None, form: str, lang: str | None) -> None:
    """Show a rule: what it says, where it comes from, and how sure we are."""
    path = _path_of(name, folder)
    one = load_rule(path)
    text = path.read_text(encoding="utf-8-sig")
    if form == "table":
        result(_shown(one, text, lang or "id"))
        return
    plain = _plain(one)
    body = {key: value for key, value in tomllib.loads(text).items() if key not in plain}
    if form == "json":
        result(json.dumps({"schema": 1, **plain, "figures": body}, ensure_ascii=False, indent=2, default=str))
    else:
        result(_csv([plain]))


def _path_of(name: str, folder: Path | None) -> Path:
    """The file of a rule: of the user's folder by id, a path as it is, else a built-in one."""
    for path in sorted(folder.glob("*.toml")) if folder else ():
        if load_rule(path).about.id == name:
            return path
    if name.endswith(".toml"):
        return Path(name)
    return DATA / f"{rule(name).about.id}.toml"


def _shown(one: Rule, text: str, lang: str) -> str:
    about, labels = one.about, LABELS[lang]
    said = {
        "kind": kind_of(one),
        "applies_to": ", ".join(about.applies_to),
        "in_force": _dates(about),
        "cites": about.cites,
        "source": about.source,
        "confidence": CONFIDENCE[lang][about.confidence],
        "unverified": ", ".join(about.unverified),
        "successor": about.successor,
        "follows": about.follows,
        "note": " ".join(about.note.split()),
    }
    width = max(map(len, labels.values()))
    lines = [
        "\n".join(
            wrap(value, 100, initial_indent=labels[key].ljust(width + 2), subsequent_indent=" " * (width + 2))
        )
        for key, value in said.items()
        if value
    ]
    body = HEADER_LINES.sub("", text).strip()
    return "\n".join([f"{about.id}: {about.title}", *lines, "", body])


# --- check ------------------------------------------------------------------------------------

SOUND: Final = {"id": "{file}: {id} ({kind}) baik", "en": "{file}: {id} ({kind}) is sound"}


@command.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@lang_option
@click.pass_context
def check_command(ctx: click.Context, files: tuple[Path, ...], lang: str | None) -> None:
    """Check rules of your own: unknown keys, contradictions, looser than the law they follow.

    A folder stands for every .toml file in it. Exit 1 if a file is wrong.
    """
    lang = lang or "id"
    wrong = 0
    for path in _every(files):
        try:
            one = load_rule(path)
        except TagihError as error:
            say(translate(error, lang))
            wrong += 1
        else:
            result(SOUND[lang].format(file=path.name, id=one.about.id, kind=kind_of(one)))
    ctx.exit(1 if wrong else 0)


def _every(files: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in files:
        found += sorted(path.glob("*.toml")) if path.is_dir() else [path]
    return found


# --- diff -------------------------------------------------------------------------------------

SAME: Final = {
    "id": "{first} dan {second} sama: {what}",
    "en": "{first} and {second} are the same: {what}",
}
DIFFER: Final = {
    "id": "{differ} dari {contracts} kontrak berbeda kelas, sisa utang {amount}",
    "en": "{differ} of {contracts} contracts differ in class, outstanding {amount}",
}
CONTRACTS: Final = {
    "id": ("kontrak", "ukuran", "sisa utang"),
    "en": ("contract", "measure", "outstanding"),
}


@command.command("diff")
@click.argument("first", metavar="RULE")
@click.argument("second", metavar="RULE")
@click.option(
    "--book",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Say of this book's contracts which change class.",
)
@click.option("--as-of", type=DAY, help="The day asked for, with --book: YYYY-MM-DD.")
@own_rules
@lang_option
def diff_command(
    first: str, second: str, book: Path | None, as_of: date | None, folder: Path | None, lang: str | None
) -> None:
    """Lay two rules of a kind side by side, whatever their dates.

    Two schemes of classes are compared day by day; with --book also contract by contract.
    """
    one, other = (load_rule(_path_of(name, folder)) for name in (first, second))
    if type(one) is not type(other):
        raise PolicyError(
            "policy.kinds",
            "'{first}' is of kind {first_kind} and '{second}' of kind {second_kind}; name rules of one kind",
            first=one.about.id,
            first_kind=kind_of(one),
            second=other.about.id,
            second_kind=kind_of(other),
        )
    if book is not None and as_of is None:
        raise click.UsageError("--book needs --as-of YYYY-MM-DD")
    lang = lang or "id"
    if isinstance(one, Buckets) and isinstance(other, Buckets):
        result(_diff_of_schemes(one, other, lang))
        if book is not None and as_of is not None:
            result("\n" + _diff_of_book(one, other, book, as_of, lang))
    else:
        result(_diff_of_values(one, other, lang))


def _named(one: Rule) -> str:
    about = one.about
    return f"{about.id} ({about.cites})" if about.cites else about.id


def _diff_of_values(one: Rule, other: Rule, lang: str) -> str:
    rows = [
        (field.name, _value(getattr(one, field.name)), _value(getattr(other, field.name)))
        for field in fields(type(one))
        if field.name != "about" and getattr(one, field.name) != getattr(other, field.name)
    ]
    if not rows:
        return SAME[lang].format(first=one.about.id, second=other.about.id, what=kind_of(one))
    return aligned([("", _named(one), _named(other)), *rows])


def _value(value: Any) -> str:
    """A rule's value for people, short."""
    if isinstance(value, tuple):
        return "; ".join(_value(part) for part in value) or "-"
    if hasattr(type(value), "__attrs_attrs__"):
        parts = ((field.name, getattr(value, field.name)) for field in fields(type(value)))
        return " ".join(f"{name} {_value(part)}" for name, part in parts if part not in (None, "", ()))
    return "-" if value is None else str(value)


def _diff_of_schemes(one: Buckets, other: Buckets, lang: str) -> str:
    """Stretches of days past due with their class under each scheme; those that differ are starred."""
    starts = sorted(
        {
            value
            for scheme in (one, other)
            for scale in scheme.scales
            if scale.measure == "days_past_due"
            for _, value in scale.first
        }
    )
    if not starts:
        return _diff_of_values(one, other, lang)
    rows = []
    for at, start in enumerate(starts):
        last = starts[at + 1] - 1 if at + 1 < len(starts) else None
        days = f"> {start - 1}" if last is None else str(start) if last == start else f"{start}-{last}"
        codes = [_class_on(scheme, start) for scheme in (one, other)]
        rows.append((days, *codes, "*" if codes[0] != codes[1] else ""))
    return aligned([("", _named(one), _named(other), ""), *rows], right=(0,))


def _class_on(scheme: Buckets, days: int) -> str:
    frequency = next((name for scale in scheme.scales for name in scale.frequencies), "")
    measures = Measures(
        days_past_due=days, frequency=scheme.frequencies[0] if scheme.frequencies else frequency
    )
    found = classify(measures, scheme)
    return f"{found.code} {found.name}"


def _diff_of_book(one: Buckets, other: Buckets, path: Path, as_of: date, lang: str) -> str:
    from tagih.files import read_book  # heavy, and only with --book
    from tagih.portfolio.book import positions

    rows = []
    for position in positions(read_book(path), as_of):
        contract, owed = position.contract, position.outstanding.total
        measures = measure(
            as_of,
            days_past_due=position.days_past_due,
            instalments_past_due=position.overdue_instalments,
            matures_on=position.matures_on if owed else None,
            frequency=contract.frequency,
        )
        rows.append((contract.id, owed, measures))
    pair = [policy(scheme, on=as_of, compare={scheme.about.id}).buckets for scheme in (one, other)]
    assert pair[0] is not None
    assert pair[1] is not None
    found = differences(rows, pair[0], pair[1])
    total = sum((row.outstanding for row in found), Decimal(0))
    said = DIFFER[lang].format(differ=len(found), contracts=len(rows), amount=_money(total))
    if not found:
        return said
    heads = (*CONTRACTS[lang], *(_marked(scheme) for scheme in pair if scheme))
    return aligned([heads, *(_difference(row) for row in found)], right=(2,)) + f"\n\n{said}"


def _marked(scheme: Buckets) -> str:
    about = scheme.about
    return f"{about.id} ({about.mark})" if about.mark else about.id


def _difference(row: Difference) -> tuple[str, ...]:
    return (
        row.contract_id,
        row.first.detail,
        _money(row.outstanding),
        f"{row.first.code} {row.first.name}",
        f"{row.second.code} {row.second.name}",
    )


# --- classes ----------------------------------------------------------------------------------

CLASS_HEADS: Final = {
    "id": ("kelas", "kontrak", "sisa pokok", "%", "penyisihan"),
    "en": ("class", "contracts", "principal", "%", "provision"),
}
CONTRACT_HEADS: Final = {
    "id": ("kontrak", "debitur", "hari", "kelas", "alasan", "sisa pokok", "penyisihan"),
    "en": ("contract", "debtor", "days", "class", "reason", "principal", "provision"),
}
RATIOS: Final = {
    "id": {
        "TWP90 with write-offs put back": "TWP90, hapus buku dikembalikan",
        "TKB90 with write-offs put back": "TKB90, hapus buku dikembalikan",
        "NPL gross": "NPL/NPF bruto",
        "NPL net": "NPL/NPF neto",
    },
    "en": {"NPL gross": "NPL/NPF gross", "NPL net": "NPL/NPF net"},
}
REASONS: Final = {
    "id": {
        "measure": "{detail}",
        "judgement": "pertimbangan",
        "one_obligor": "satu debitur: {detail}",
        "restructure": "restrukturisasi: {detail}",
    },
    "en": {
        "measure": "{detail}",
        "judgement": "judgement",
        "one_obligor": "one obligor: {detail}",
        "restructure": "restructure: {detail}",
    },
}


@command.command("classes")
@click.argument("book", metavar="BOOK", type=click.Path(path_type=Path, file_okay=False, exists=True))
@as_of_option
@click.option("--contracts", "each", is_flag=True, help="A line a contract, with the reason of its class.")
@click.option(
    "--judgement",
    "stated",
    multiple=True,
    metavar="CONTRACT=CLASS",
    help="A stated class, which may worsen and never improve; may be given again.",
)
@click.option(
    "--accept", multiple=True, metavar="RULE", help="An unverified rule that may run; may be given again."
)
@format_option
@lang_option
def classes_command(
    book: Path,
    as_of: date,
    each: bool,
    stated: tuple[str, ...],
    accept: tuple[str, ...],
    form: str,
    lang: str | None,
) -> None:
    """Put every contract of BOOK in its class: measures, judgement, restructure, one obligor.

    Where the book names no provision or cure rule, the law's for that lender type and day is taken.
    With what is set aside, and the ratios: NPL gross and net, TWP90 and TKB90 without write-offs
    and with them put back. JSON and CSV have a row a contract.
    """
    from tagih.files import read_book
    from tagih.portfolio.book import positions

    read = read_book(book)
    lang = lang or read.settings.language
    judgements = dict(_pair(text) for text in stated)
    lawful = (under_law(one, read.lender.lender_type) for one in positions(read, as_of, accept=accept))
    found = qualities(lawful, judgements=judgements)
    if form == "json":
        plain = {
            "schema": 1,
            "as_of": as_of.isoformat(),
            "contracts": [_plain_quality(one) for one in found],
            "ratios": {ratio.name: str(ratio.percent(4)) for ratio in _ratios(found)},
        }
        result(json.dumps(plain, ensure_ascii=False, indent=2))
    elif form == "csv":
        result(_csv([_plain_quality(one) for one in found]))
    elif each:
        result(aligned([CONTRACT_HEADS[lang], *(_contract_row(one, lang) for one in found)], right=(2, 5, 6)))
    else:
        result(_class_table(found, lang))


def _pair(text: str) -> tuple[str, str]:
    contract, equals, code = text.partition("=")
    if not equals or not contract or not code:
        raise click.BadParameter(f"'{text}' is not CONTRACT=CLASS", param_hint="--judgement")
    return contract, code


def _set_aside(one: Quality) -> Decimal:
    return one.provisioned.amount if one.provisioned else Decimal(0)


def _plain_quality(one: Quality) -> dict[str, Any]:
    position, found = one.position, one.classified
    return {
        "contract": one.contract_id,
        "debtor": position.contract.debtor_id,
        "currency": position.currency,
        "days_past_due": position.days_past_due,
        "class": found.code,
        "name": found.name,
        "reason": found.reason,
        "detail": found.detail,
        "own_class": one.own.code,
        "principal": str(position.outstanding.principal),
        "provision": str(one.provisioned.amount) if one.provisioned else None,
        "rule": found.rule.id,
        "confidence": found.rule.confidence,
    }


def _contract_row(one: Quality, lang: str) -> tuple[str, ...]:
    position, found = one.position, one.classified
    return (
        one.contract_id,
        position.contract.debtor_id,
        str(position.days_past_due),
        f"{found.code} {found.name}",
        REASONS[lang][found.reason].format(detail=found.detail),
        _money(position.outstanding.principal),
        _money(_set_aside(one)) if one.provisioned else "-",
    )


def _ratios(found: Sequence[Quality]) -> list[Ratio]:
    exposures = [one.exposure for one in found]
    ratios = [twp(exposures), tkb(exposures)]
    ratios += [twp(exposures, written_off="put_back"), tkb(exposures, written_off="put_back")]
    scheme = next((one.position.policy.buckets for one in found), None)
    if scheme is not None and scheme.non_performing_from:
        ratios.insert(0, non_performing(exposures, scheme))
        if any(one.provisioned for one in found):
            ratios.insert(1, non_performing(exposures, scheme, net_of="provisions"))
    return ratios


def _class_table(found: Sequence[Quality], lang: str) -> str:
    whole = sum((one.position.outstanding.principal for one in found), Decimal(0))
    by_class: dict[tuple[str, str], list[Quality]] = {}
    for one in found:
        by_class.setdefault((one.classified.code, one.classified.name), []).append(one)
    rows = []
    for (code, name), ones in sorted(by_class.items()):
        owed = sum((one.position.outstanding.principal for one in ones), Decimal(0))
        aside = sum((_set_aside(one) for one in ones), Decimal(0))
        rows.append((f"{code} {name}".strip(), *_money_row(ones, owed, whole, aside)))
    total = sum((_set_aside(one) for one in found), Decimal(0))
    rows.append(("jumlah" if lang == "id" else "total", *_money_row(found, whole, whole, total)))
    said = [
        (RATIOS[lang].get(ratio.name, ratio.name), f"{_percent(ratio.percent(), lang)}")
        for ratio in _ratios(found)
    ]
    cited = {about.id: about for one in found for about in _used(one)}
    sure = CONFIDENCE[lang]
    rules = [f"{about.id} ({about.cites or '-'}; {sure[about.confidence]})" for about in cited.values()]
    return "\n".join(
        [
            aligned([CLASS_HEADS[lang], *rows], right=(1, 2, 3, 4)),
            "",
            aligned(said, right=(1,)),
            "",
            "\n".join(rules),
        ]
    )


def _used(one: Quality) -> list[About]:
    """The rules that made a class and its provision."""
    policy = one.position.policy
    found = [policy.buckets, policy.cure if one.held else None, policy.provision if one.provisioned else None]
    return [rule.about for rule in found if rule is not None]


def _money(amount: Decimal) -> str:
    """Rupiah, with sen only where there are some."""
    return rupiah_whole(amount) if amount == amount.to_integral_value() else rupiah(amount)


def _money_row(ones: Sequence[Quality], owed: Decimal, whole: Decimal, aside: Decimal) -> tuple[str, ...]:
    share = Ratio("", owed, whole).percent(1)
    return (
        str(len(ones)),
        _money(owed),
        "-" if share is None else str(share).replace(".", ","),
        _money(aside) if any(one.provisioned for one in ones) else "-",
    )


def _percent(value: Decimal | None, lang: str) -> str:
    if value is None:
        return "-"
    return f"{value}%".replace(".", ",") if lang == "id" else f"{value}%"
