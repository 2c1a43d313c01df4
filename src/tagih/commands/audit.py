"""`tagih audit`: which way of counting gives a claimed late charge, or what the claim implies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagih.commands.one_off import Question, question, question_options, rate_options
from tagih.commands.one_off import amount as read_amount
from tagih.commands.output import as_of_option, format_option, lang_option, output_option, result

if TYPE_CHECKING:
    from tagih.ledger.conventions import Audit, Convention, Implied, ImpliedRate
    from tagih.policies import LateCharge

WORDS = {
    "id": {
        "title": "Denda {id} per {day}: diklaim {claimed}",
        "ours": "menurut aturan {amount}: {name}",
        "agrees": "klaim itu sesuai dengan aturan",
        "match": "klaim itu sesuai dengan cara hitung:",
        "more": "  dan {count} cara lain; --format json menyebut semuanya",
        "none": "tidak satu pun dari {tried} cara hitung memberi {claimed}; itu berarti salah satu dari:",
        "days": "{days} hari, bukan {ours}, dengan tarif dan dasar yang sama",
        "rate": "{size}, {times} kali tarif aturan, dengan hari dan dasar yang sama",
        "rate_near": "sekitar {rate} per hari, {times} kali tarif aturan, dengan hari dan dasar yang sama",
        "base": "dasar {base}, dengan hari dan tarif yang sama",
        "amount": "{size}, {times} kali jumlah aturan",
        "reached": "hari lain: menurut aturan jumlah itu baru tercapai {day}, bila tidak ada pembayaran lagi",
        "reached_before": "hari lain: menurut aturan jumlah itu sudah tercapai {day}",
        "compound": "denda atas denda harus diperjanjikan, dan hanya untuk setahun penuh (KUHPerdata 1251)",
        "no_rate": "tanpa tarif yang disebut, klaim itu berarti:",
        "implied": "{rate} per hari dari {base}; {counting}",
        "nothing": "tidak ada hari yang dapat didenda",
    },
    "en": {
        "title": "Late charge of {id} as of {day}: {claimed} is claimed",
        "ours": "the rule gives {amount}: {name}",
        "agrees": "the claim is what the rule gives",
        "match": "the claim is what this way of counting gives:",
        "more": "  and {count} other ways; --format json names them all",
        "none": "none of {tried} ways of counting gives {claimed}; the claim implies one of:",
        "days": "{days} days, not {ours}, at the same rate and base",
        "rate": "{size}, {times} times the rule's rate, for the same days and base",
        "rate_near": "about {rate} a day, {times} times the rule's rate, for the same days and base",
        "base": "a base of {base}, for the same days and rate",
        "amount": "{size}, {times} times the rule's amount",
        "reached": "another day: the rule comes to it on {day}, if nothing more is paid",
        "reached_before": "another day: the rule had come to it by {day}",
        "compound": "a charge on late charges must be agreed, and only for a full year (KUHPerdata 1251)",
        "no_rate": "no rate was said; the claim implies:",
        "implied": "{rate} a day of {base}; {counting}",
        "nothing": "there is no day that could be charged",
    },
}
MOST = 5
"""Matches shown to people; the nearest to the rule first."""


@click.command()
@question_options
@rate_options
@as_of_option
@click.option("--claimed", required=True, metavar="RP", help="The late charge that is claimed.")
@click.option(
    "--of",
    "of",
    type=click.Choice(["outstanding", "run_up"]),
    default="outstanding",
    show_default=True,
    help="What is claimed: what is still owed, or all that has run up, paid or not.",
)
@format_option
@output_option
@lang_option
def command(
    as_of: date, claimed: str, of: Any, form: str, output: Path | None, lang: str | None, **options: Any
) -> None:
    """Say which convention gives the CLAIMED late charge; exit 1 when none does, with what it implies.

    Of CONTRACT of BOOK, of a file, or of a debt in options. Without a rate, what daily rate it
    implies under every convention.
    """
    from tagih.ledger.conventions import audit, implied_rates

    asked = question(options, as_of, lang)
    amount = read_amount(claimed)
    if asked.policy.late_charge is None:
        rates = implied_rates(asked.contract, asked.events, asked.policy, as_of, amount, of=of)
        result(_rates(rates, asked, as_of, amount, form), output)
        asked.end()
        return
    found = audit(asked.contract, asked.events, asked.policy, as_of, amount, of=of)
    result(_audit(found, asked, as_of, form), output)
    asked.end()
    if not found.matches:
        raise click.exceptions.Exit(1)


def _title(asked: Question, as_of: date, claimed: Decimal) -> str:
    from tagih.ledger.explain import day_text
    from tagih.words import rupiah_short

    return WORDS[asked.lang]["title"].format(
        id=asked.name, day=day_text(as_of, asked.lang), claimed=rupiah_short(claimed)
    )


def _audit(found: Audit, asked: Question, as_of: date, form: str) -> str:
    from tagih.reports.tables import Column, Table, to_csv, to_json

    if form == "table":
        return "\n".join([_title(asked, as_of, found.claimed), *_sentences(found, asked)])
    rows = [_row(one) for one in found.matches]
    table = Table("audit", "", [Column(name, name) for name in _row(found.ours)], rows)
    if form == "csv":
        return to_csv(table)
    return to_json(
        table,
        contract=asked.contract.id,
        as_of=as_of.isoformat(),
        currency=asked.contract.currency,
        claimed=str(found.claimed),
        of=found.of,
        ours=str(found.ours.figure(found.of)),
        rule={name: str(value) for name, value in _row(found.ours).items()},
        tried=found.tried,
        implied=found.implied and _implied(found.implied),
    )


def _row(one: Convention) -> dict[str, Any]:
    return {
        "base": one.base,
        "counting": one.counting,
        "grace": one.grace,
        "period": one.period,
        "rounding": one.rounding,
        "year_days": one.rule.year_days,
        "total": one.total,
        "outstanding": one.outstanding,
    }


def _implied(implied: Implied) -> dict[str, Any]:
    return {
        "days": str(implied.days),
        "daily_rate": None if implied.rate is None else str(implied.rate),
        "base": None if implied.base is None else str(implied.base),
        "times": str(implied.times),
        "exact": None if implied.rule is None else _size(implied.rule),
        "reached_on": implied.reached_on.isoformat() if implied.reached_on else None,
    }


def _size(rule: LateCharge) -> dict[str, str]:
    names = ("daily_rate", "monthly_rate", "annual_rate", "amount")
    return {name: str(getattr(rule, name)) for name in names if getattr(rule, name) is not None}


def _sentences(found: Audit, asked: Question) -> Iterator[str]:
    from tagih.ledger.conventions import convention_text
    from tagih.policies.late_charge import COMPOUND
    from tagih.words import rupiah_short

    lang, texts = asked.lang, WORDS[asked.lang]
    figure = found.ours.figure(found.of)
    yield texts["ours"].format(amount=rupiah_short(figure), name=convention_text(found.ours.rule, lang))
    if figure == found.claimed:
        yield texts["agrees"]
        return
    if found.matches:
        yield texts["match"]
        for one in found.matches[:MOST]:
            yield "  " + convention_text(one.rule, lang)
            if one.rule.base == COMPOUND:
                yield "    " + texts["compound"]
        if len(found.matches) > MOST:
            yield texts["more"].format(count=len(found.matches) - MOST)
        return
    yield texts["none"].format(tried=found.tried, claimed=rupiah_short(found.claimed))
    if found.implied is None:
        yield "  " + texts["nothing"]
        return
    for line in _implications(found.implied, found.ours, asked):
        yield "  " + line


def _implications(implied: Implied, ours: Convention, asked: Question) -> Iterator[str]:
    from tagih.ledger.conventions import size_text
    from tagih.ledger.explain import day_text
    from tagih.words import persen, rupiah_short

    lang, texts = asked.lang, WORDS[asked.lang]
    times = _digits(implied.times, 4)
    if implied.rule is not None:
        name = "rate" if implied.rate is not None else "amount"
        yield texts[name].format(size=size_text(implied.rule, lang), times=times)
    elif implied.rate is not None:
        yield texts["rate_near"].format(rate=persen(_near(implied.rate, 10**6)), times=times)
    if implied.times:
        yield texts["days"].format(
            days=_digits(implied.days, 2), ours=_digits(implied.days / implied.times, 2)
        )
    if implied.base is not None:
        yield texts["base"].format(base=rupiah_short(_near(implied.base, 100)))
    if implied.reached_on is not None and implied.times:
        name = "reached" if implied.times > 1 else "reached_before"
        yield texts[name].format(day=day_text(implied.reached_on, lang))


def _rates(rates: tuple[ImpliedRate, ...], asked: Question, as_of: date, claimed: Decimal, form: str) -> str:
    from tagih.ledger.explain import BASES, COUNTINGS
    from tagih.reports.tables import Column, Table, to_csv, to_json
    from tagih.words import persen

    lang, texts = asked.lang, WORDS[asked.lang]
    exact = [one.convention.rule.daily_rate if one.convention else None for one in rates]
    if form == "table":
        lines = [_title(asked, as_of, claimed), texts["no_rate"] if rates else texts["nothing"]]
        for one, rate in zip(rates, exact, strict=True):
            shown = persen(rate) if rate is not None else "± " + persen(_near(one.rate, 10**6))
            lines.append(
                "  "
                + texts["implied"].format(
                    rate=shown, base=BASES[lang][one.base], counting=COUNTINGS[lang][one.counting]
                )
            )
        return "\n".join(lines)
    rows = [
        {"base": one.base, "counting": one.counting, "daily_rate": rate, "fraction": str(one.rate)}
        for one, rate in zip(rates, exact, strict=True)
    ]
    names = ("base", "counting", "daily_rate", "fraction")
    table = Table("implied_rates", "", [Column(name, name) for name in names], rows)
    if form == "csv":
        return to_csv(table)
    return to_json(table, contract=asked.contract.id, as_of=as_of.isoformat(), claimed=str(claimed))


def _near(value: Fraction, steps: int) -> Decimal:
    """A fraction as people read it, rounded to one part in ``steps``."""
    return Decimal(round(value * steps)) / steps


def _digits(value: Fraction, places: int) -> str:
    """A number as people read it, without zeros at its end."""
    from tagih.words import angka

    shown = angka(_near(value, 10**places), places)
    return shown.rstrip("0").rstrip(",") if "," in shown else shown
