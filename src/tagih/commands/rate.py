"""`tagih rate`: what a quoted price really costs a year."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TextIO, get_args

import click
from attrs import evolve, frozen

from tagih.commands.output import format_option, lang_option, output_option, result
from tagih.daycounts import day_count as find_day_count
from tagih.daycounts import days, year_fraction
from tagih.errors import DataError, InputError
from tagih.files.numbers import NumberFormat, read_number
from tagih.money import ROUND, Rounding
from tagih.rates import Offer, PaidRate, Pick, flat_to_effective, xirr, xirr_all
from tagih.words import angka, persen, rupiah_short

Flows = list[tuple[date, Decimal]]
LISTS = {"effective_annual_rates"}
"""Figures of which there may be several: a list in JSON, rows of one name in CSV."""


class Amount(click.ParamType[Decimal]):
    """An amount of money that a person types: 12000000, 12.000.000, 900.000, Rp1.500.000,00."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Read the amount. One sign before three digits parts thousands: no money has thousandths."""
        if isinstance(value, Decimal):
            return value
        try:
            return typed(str(value))
        except InputError as error:
            self.fail(str(error), param, ctx)


class RateOf(click.ParamType[Decimal]):
    """A rate: 0.10 or 10%."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Read the rate; a bare 10 could be 10 % or 1.000 %, and is refused."""
        if isinstance(value, Decimal):
            return value
        text = str(value).strip()
        try:
            number = read_number(
                text.removesuffix("%").strip(), NumberFormat(decimal="," if "," in text else ".")
            )
        except InputError:
            self.fail(f"'{value}' is not a rate; write 0.10 or 10%", param, ctx)
        if text.endswith("%"):
            return number / 100
        if abs(number) > 1:
            self.fail(
                f"'{value}' could mean {value}% or {number * 100:f}%; write it with the % sign", param, ctx
            )
        return number


@frozen
class Line:
    """One figure: its name for programs, its label in two languages, and how people read it.

    ``why`` is the sum that gives it, or that it solves, for a calculator.
    """

    name: str
    indonesian: str
    english: str
    value: Decimal
    shown: str
    why: str = ""

    @classmethod
    def rate(cls, name: str, indonesian: str, english: str, value: Decimal, places: int = 4) -> Line:
        return cls(name, indonesian, english, value, persen(round(value, places + 2)))

    @classmethod
    def money(cls, name: str, indonesian: str, english: str, value: Decimal) -> Line:
        return cls(name, indonesian, english, value, rupiah_short(round(value, 2)))


@click.command("rate")
@click.argument("flows", nargs=-1, metavar="[DATE:AMOUNT]...")
@click.option("--flat-annual-rate", type=RateOf(), help="From flat: the rate a year, as 0.10 or 10%.")
@click.option("--months", type=click.IntRange(1, 600), help="Number of monthly instalments.")
@click.option("--principal", type=Amount(), help="What is lent.")
@click.option("--instalment", type=Amount(), help="From an instalment: what is paid each month.")
@click.option("--last-instalment", type=Amount(), help="The last one, where it differs.")
@click.option("--fees", type=Amount(), default="0", help="All costs taken from the principal at the start.")
@click.option("--unit", type=Amount(), help="From flat: round the instalment to this unit.")
@click.option(
    "--rounding", type=click.Choice(list(ROUND)), default="up", show_default=True, help="Which way."
)
@click.option(
    "--file", "-f", type=click.File("r", encoding="utf-8-sig"), help="Flows as CSV or JSON; - is stdin."
)
@click.option("--day-count", default="ACT/365F", show_default=True, help="How flows count years.")
@click.option(
    "--pick",
    type=click.Choice(["all", *get_args(Pick)]),
    default="all",
    show_default=True,
    help="Which of several solutions.",
)
@click.option("--why", is_flag=True, help="In a table: the sum behind each figure, for a calculator.")
@format_option
@output_option
@lang_option
def command(
    flows: tuple[str, ...],
    file: TextIO | None,
    why: bool,
    form: str,
    output: Path | None,
    lang: str | None,
    day_count: str,
    pick: str,
    **quote: Any,
) -> None:
    """Find the true rate of a quoted price.

    From a flat rate (--flat-annual-rate --months), from an instalment (--principal --instalment
    --months), or from dated flows, paid out negative and received positive:
    tagih rate 2025-01-15:-1000000 2026-01-15:1200000
    """
    asked = [
        flows or file is not None,
        quote["flat_annual_rate"] is not None,
        quote["instalment"] is not None,
    ]
    if sum(map(bool, asked)) != 1:
        raise click.UsageError(
            "give one of: --flat-annual-rate, --instalment, or flows (DATE:AMOUNT or --file)"
        )
    if asked[0]:
        dated = [*map(_flow, flows), *(_read_flows(file) if file is not None else [])]
        lines = _from_flows(dated, day_count, pick)
    else:
        lines = _from_quote(**quote)
    if not why:
        lines = [evolve(line, why="") for line in lines]
    result(_written(lines, form, lang or "id"), output)


def _from_quote(
    *,
    flat_annual_rate: Decimal | None,
    months: int | None,
    principal: Decimal | None,
    instalment: Decimal | None,
    last_instalment: Decimal | None,
    fees: Decimal,
    unit: Decimal | None,
    rounding: str,
) -> list[Line]:
    if months is None:
        raise click.UsageError("--months is needed too")
    if principal is None:
        if flat_annual_rate is None or unit is not None or fees:
            raise click.UsageError("--principal is needed too")
        flat = Line.rate("flat_annual_rate", "Flat per tahun", "Flat a year", flat_annual_rate)
        paid = flat_to_effective(flat_annual_rate=flat_annual_rate, months=months)
        factor = f"1 ÷ (1 ÷ {months} + {persen(flat_annual_rate)} ÷ 12)"
        return [flat, *_paid(paid, f"{factor} = (1 − {_grown(paid)}^−{months}) ÷ {_bare(paid)}")]
    if flat_annual_rate is not None:
        rule = None if unit is None else Rounding(unit, rounding)
        offer = Offer.flat(
            principal, flat_annual_rate=flat_annual_rate, months=months, fees=fees, rounding=rule
        )
    else:
        assert instalment is not None
        offer = Offer(principal, instalment, months, fees, last_instalment)
    return _of_offer(offer)


def _of_offer(offer: Offer) -> list[Line]:
    n, principal, each = offer.months, _money(offer.principal), _money(offer.instalment)
    last = offer.instalment if offer.last is None else offer.last
    lines = [
        Line.money("principal", "Pokok", "Principal", offer.principal),
        Line.money("instalment", "Angsuran per bulan", "Instalment a month", offer.instalment),
    ]
    if last != offer.instalment:
        lines.append(Line.money("last_instalment", "Angsuran terakhir", "Last instalment", last))
        paid_back = f"{n - 1} × {each} + {_money(last)}"
    else:
        paid_back = f"{n} × {each}"
    interest = Line.money("interest", "Jumlah bunga", "Interest in all", offer.interest)
    flat = Line.rate("flat_annual_rate", "Flat per tahun", "Flat a year", offer.flat_annual_rate)
    lines += [
        evolve(interest, why=f"{paid_back} − {principal}"),
        evolve(flat, why=f"{interest.shown} × 12 ÷ ({principal} × {n})"),
        *_paid(offer.paid, f"{principal} = {_worth(offer, last, offer.paid)}"),
    ]
    if offer.fees:
        fees = Line.money("fees", "Biaya di muka", "Fees at the start", offer.fees)
        equation = f"{principal} − {fees.shown} = {_worth(offer, last, offer.paid_with_fees)}"
        lines += [fees, *_paid(offer.paid_with_fees, equation, FEES)]
    return lines


def _worth(offer: Offer, last: Decimal, paid: PaidRate) -> str:
    """What is paid back is worth this today, written out."""
    n, each, grown = offer.months, _money(offer.instalment), _grown(paid)
    if not paid.period_rate:
        return f"{n - 1} × {each} + {_money(last)}"
    if last == offer.instalment:
        return f"{each} × (1 − {grown}^−{n}) ÷ {_bare(paid)}"
    return f"{each} × (1 − {grown}^−{n - 1}) ÷ {_bare(paid)} + {_money(last)} × {grown}^−{n}"


PAID = [
    # name, label in Indonesian, in English, decimals of a percent
    ("monthly_rate", "Efektif per bulan", "Effective a month", 6),
    ("nominal_annual_rate", "Efektif per tahun, nominal", "Effective a year, nominal", 4),
    ("effective_annual_rate", "Efektif per tahun, majemuk", "Effective a year, compounded", 4),
]
FEES = ("_with_fees", " dengan biaya", " with fees")


def _paid(paid: PaidRate, equation: str, ends: tuple[str, str, str] = ("", "", "")) -> list[Line]:
    """One rate said three ways; ``ends`` are put after the name and both labels."""
    values = (paid.period_rate, paid.nominal_annual_rate, paid.effective_annual_rate)
    monthly = persen(round(paid.period_rate, 8))
    sums = (equation, f"12 × {monthly}", f"{_grown(paid)}^12 − 1")
    return [
        evolve(Line.rate(name + ends[0], indonesian + ends[1], english + ends[2], value, places), why=why)
        for (name, indonesian, english, places), value, why in zip(PAID, values, sums, strict=True)
    ]


def _money(amount: Decimal) -> str:
    return rupiah_short(round(amount, 2))


def _bare(paid: PaidRate) -> str:
    """The monthly rate as a number, with eight decimals."""
    return angka(round(paid.period_rate, 8), 8)


def _grown(paid: PaidRate) -> str:
    return angka(round(1 + paid.period_rate, 8), 8)


def _from_flows(flows: Flows, day_count: str, pick: str) -> list[Line]:
    if pick == "all":
        found: Sequence[Decimal] = xirr_all(flows, day_count=day_count)
        if not found:
            xirr(flows, day_count=day_count)  # says why
    else:
        found = [xirr(flows, day_count=day_count, pick=pick)]  # type: ignore[arg-type]
    name, indonesian, english = "effective_annual_rates", "Efektif per tahun", "Effective a year"
    return [
        evolve(Line.rate(name, indonesian, english, rate, 6), why=_sum_of(flows, rate, day_count))
        for rate in found
    ]


def _plain_number(year: Fraction) -> str:
    """365 or 365,25."""
    return str(year) if year.denominator == 1 else angka(Decimal(year.numerator) / year.denominator, 2)


def _sum_of(flows: Flows, rate: Decimal, day_count: str) -> str:
    """The flows at ``rate``, written out as the sum that is nothing."""
    start, grown = min(on for on, _ in flows), angka(round(1 + rate, 8), 8)
    year = find_day_count(day_count).year
    terms = []
    for on, amount in sorted(flows):
        if year is None:
            years = str(year_fraction(day_count, start, on))
        else:
            years = f"{days(day_count, start, on)}/{_plain_number(year)}"
        sign = "+ " if amount > 0 else "− "
        terms.append(f"{sign}{_money(abs(amount))}" + (f" ÷ {grown}^({years})" if on > start else ""))
    return " ".join(terms).removeprefix("+ ") + " = 0"


# --- reading flows ----------------------------------------------------------------------------


def _flow(text: str) -> tuple[date, Decimal]:
    day, _, amount = text.partition(":")
    return _day(day, text), _amount(amount)


def typed(text: str) -> Decimal:
    """An amount typed by a person; ``900.000`` is nine hundred thousand, as money has no thousandths.

    In a file the same is refused: there a column may hold anything, and nobody looks at each cell.
    """
    try:
        return _amount(text)
    except InputError as error:
        if error.code != "number.ambiguous":
            raise
        return read_number(text, NumberFormat(thousands="." if "." in text else ","))


def _amount(text: Any) -> Decimal:
    """An amount; a plain number with one dot and no more than two digits after it is decimal."""
    plain = str(text).strip()
    try:
        return read_number(plain)
    except InputError:
        bare = plain.removeprefix("-")
        whole, dot, decimals = bare.partition(".")
        if dot and whole.isdigit() and decimals.isdigit() and len(decimals) != 3:
            return Decimal(plain)
        raise


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise DataError(
            "rate.day", "{where}: '{text}' is not a date; write YYYY-MM-DD", where=where, text=text
        ) from None


def _placed(amount: Any, where: str) -> Decimal:
    """An amount of a file, a number as it is; a complaint says its place."""
    if isinstance(amount, int | Decimal):
        return Decimal(amount)
    try:
        return _amount(amount)
    except InputError as error:
        fields = {**error.fields, "where": f"{where}:"}
        raise DataError(error.code, "{where} " + error.template, **fields) from None


def _read_flows(file: TextIO) -> Flows:
    text = file.read()
    name = getattr(file, "name", "stdin")
    if text.lstrip().startswith(("[", "{")):
        return _json_flows(text, name)
    rows = list(csv.reader(io.StringIO(text)))
    flows = []
    for number, row in enumerate(rows, start=1):
        if not any(row) or (number == 1 and not row[0][:1].isdigit()):
            continue  # a blank line, or the names of the columns
        if len(row) != 2:
            raise DataError(
                "rate.row", "{name}:{row}: write date,amount, found {count} columns",
                name=name, row=number, count=len(row),
            )  # fmt: skip
        flows.append((_day(row[0], f"{name}:{number}"), _placed(row[1], f"{name}:{number}")))
    return flows


def _json_flows(text: str, name: str) -> Flows:
    try:
        rows = json.loads(text, parse_float=Decimal)
        pairs = [(row["date"], row["amount"]) if isinstance(row, dict) else tuple(row) for row in rows]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise DataError(
            "rate.json", "{name}: write a list of [date, amount] or of objects with both", name=name
        ) from None
    return [
        (_day(str(day), f"{name}: flow {number}"), _placed(amount, f"{name}: flow {number}"))
        for number, (day, amount) in enumerate(pairs, start=1)
    ]


# --- writing ----------------------------------------------------------------------------------


def _written(lines: list[Line], form: str, lang: str) -> str:
    if form == "json":
        found: dict[str, Any] = {"schema": 1}
        for line in lines:
            value = _plain(line)
            found[line.name] = [*found.get(line.name, []), value] if line.name in LISTS else value
        return json.dumps(found, indent=2)
    if form == "csv":
        return "\n".join(["name,value", *(f"{line.name},{_plain(line)}" for line in lines)])
    labels = [line.indonesian if lang == "id" else line.english for line in lines]
    width = max(map(len, labels))
    shown = max(len(line.shown) for line in lines)
    rows = [f"{label:<{width}}  {line.shown:>{shown}}" for label, line in zip(labels, lines, strict=True)]
    return "\n".join(f"{row}  {line.why}" if line.why else row for row, line in zip(rows, lines, strict=True))


def _plain(line: Line) -> str:
    """Plain digits: rates to 20 decimals, amounts to the sen."""
    money = line.shown.startswith(("Rp", "-Rp"))
    return f"{round(line.value, 2 if money else 20).normalize():f}"
