"""`tagih schedule`: make a contract's instalments from its terms."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import click

from tagih.commands.output import DAY, format_option, lang_option, output_option, result, write_file
from tagih.commands.rate import Amount, RateOf
from tagih.daycounts import day_count
from tagih.errors import DataError, InputError, UnavailableError
from tagih.money import ROUND
from tagih.rates import NoSolution, SeveralSolutions
from tagih.schedules import (
    FREQUENCIES,
    METHODS,
    Calendar,
    Grace,
    Holidays,
    Rate,
    Roundings,
    Schedule,
    SideBySide,
    Terms,
    TrueRate,
    every,
    make,
    side_by_side,
    true_rate,
)
from tagih.schedules.calendar import SHIFTS
from tagih.schedules.periods import LOAN_YEAR
from tagih.schedules.tables import COLUMNS, from_dict, records, to_csv, to_dict
from tagih.words import angka, english_short_date, persen, tanggal_singkat

RATES = {
    "annual_rate": ("year", "annuity"),
    "monthly_rate": ("month", "annuity"),
    "weekly_rate": ("week", "annuity"),
    "daily_rate": ("day", "annuity"),
    "flat_annual_rate": ("year", "flat"),
    "flat_monthly_rate": ("month", "flat"),
}
"""The options that give a rate: its period, and the method they imply."""


@click.command("schedule")
@click.argument("principal", type=Amount(), required=False)
@click.option(
    "--terms", "file", type=click.File("r", encoding="utf-8-sig"), help="Terms as JSON; - is stdin."
)
@click.option("--monthly-rate", type=RateOf(), help="Interest a month, on the balance: 0.02 or 2%.")
@click.option("--annual-rate", type=RateOf(), help="Interest a year, on the balance.")
@click.option("--weekly-rate", type=RateOf(), help="Interest a week, on the balance.")
@click.option("--daily-rate", type=RateOf(), help="Interest a day, on the balance.")
@click.option("--flat-annual-rate", type=RateOf(), help="Flat interest a year.")
@click.option("--flat-monthly-rate", type=RateOf(), help="Flat interest a month.")
@click.option("--margin", type=Amount(), help="The margin of a murabahah, in all.")
@click.option(
    "--months", "--instalments", "count", type=click.IntRange(0, 3660), help="How many instalments."
)
@click.option("--first-due", type=DAY, help="The first due date.")
@click.option("--start", type=DAY, help="The day of disbursement.")
@click.option("--method", type=click.Choice(list(METHODS)), help="How principal and interest are made.")
@click.option("--unit", type=Amount(), help="Round instalments to this unit (default: the nearest rupiah).")
@click.option("--rounding", type=click.Choice(list(ROUND)), help="Which way (default with --unit: up).")
@click.option(
    "--difference",
    type=click.Choice(["last", "first", "spread", "evened"]),
    default="last",
    show_default=True,
    help="Which instalment takes the difference of rounding.",
)
@click.option(
    "--frequency",
    default="monthly",
    show_default=True,
    help=f"{', '.join(FREQUENCIES)}; or a count and a unit, such as '10 day'.",
)
@click.option("--anchor-day", type=click.IntRange(1, 31), help="Day of the month due dates are counted from.")
@click.option("--paid", type=click.Choice(["arrears", "advance"]), default="arrears", show_default=True)
@click.option("--instalment", type=Amount(), help="An agreed instalment; the last one differs.")
@click.option("--balloon", type=Amount(), default="0", help="What is left for the last instalment.")
@click.option("--down-payment", type=Amount(), default="0", help="Paid at disbursement, of the principal.")
@click.option("--fee", type=Amount(), default="0", help="A fee in every instalment.")
@click.option(
    "--grace-principal", type=click.IntRange(0), default=0, help="First instalments without principal."
)
@click.option(
    "--grace-interest", type=click.IntRange(0), default=0, help="First instalments without interest."
)
@click.option(
    "--deferred-interest",
    type=click.Choice(["collected", "capitalised"]),
    default="collected",
    show_default=True,
    help="What becomes of interest that is not paid in its time.",
)
@click.option(
    "--interest-free", type=click.IntRange(0), default=0, help="First periods that bear no interest."
)
@click.option(
    "--day-count", default="period", show_default=True, help="period, or a day count: ACT/365F, 30/360..."
)
@click.option(
    "--first-period",
    type=click.Choice(["accrued", "spread", "first", "up_front", "free"]),
    default="accrued",
    show_default=True,
    help="What becomes of interest of days before a regular first period.",
)
@click.option(
    "--shift", type=click.Choice(SHIFTS), default="none", show_default=True, help="Move off holidays."
)
@click.option("--why", is_flag=True, help="Say how each row was made.")
@click.option("--side-by-side", "beside", is_flag=True, help="Flat, sum of digits and effective, row by row.")
@format_option
@output_option
@lang_option
def command(
    principal: Decimal | None,
    file: TextIO | None,
    shift: str,
    why: bool,
    beside: bool,
    form: str,
    output: Path | None,
    lang: str | None,
    **options: Any,
) -> None:
    """Make a contract's instalments from its terms.

    tagih schedule 12000000 --monthly-rate 2% --months 3 --first-due 2026-01-31
    """
    if (principal is None) == (file is None):
        raise click.UsageError("give a principal, or --terms FILE")
    if file is not None:
        terms = _read_terms(file)
    else:
        assert principal is not None
        terms = _terms(principal, shift, **options)
    if beside:
        result(_beside(side_by_side(terms), form, lang or "id"), output)
        return
    schedule = make(terms)
    if output is not None and output.suffix == ".xlsx":
        write_file(output, _workbook(schedule, lang or "id"))
        return
    if output is not None and form == "table":
        form = {".csv": "csv", ".json": "json"}.get(output.suffix, form)
    if form == "csv":
        text = to_csv(schedule)
    elif form == "json":
        text = _json(schedule, (lang or "id") if why else None)
    else:
        text = _table(schedule, lang or "id")
        if why:
            text += "\n\n" + "\n".join(row.explain(lang or "id") for row in schedule.rows)
    result(text.rstrip("\n"), output)


# --- reading ----------------------------------------------------------------------------------


def _terms(principal: Decimal, shift: str, **options: Any) -> Terms:
    given = {name: options[name] for name in RATES if options[name] is not None}
    if len(given) + (options["margin"] is not None) > 1:
        raise click.UsageError("give one rate, or --margin")
    method = options["method"]
    if options["margin"] is not None:
        rate, implied = Rate(), "murabahah"
    elif given:
        name, amount = next(iter(given.items()))
        per, implied = RATES[name]
        rate = Rate(amount, per)  # type: ignore[arg-type]
    else:
        raise click.UsageError("a rate is needed: --monthly-rate, --annual-rate, --flat-annual-rate, ...")
    if options["instalment"] is not None:
        implied = "given_instalment"
    elif options["balloon"] and implied == "annuity":
        implied = "balloon"
    if options["count"] is None and (method or implied) != "given_instalment":
        raise click.UsageError("--months (or --instalments) is needed")
    if options["first_due"] is None and options["start"] is None:
        raise click.UsageError("--first-due (or --start) is needed")
    return Terms(
        principal,
        options["count"] or 0,
        method=method or implied,
        rate=rate,
        calendar=Calendar(
            every(options["frequency"]),
            first_due=options["first_due"],
            anchor_day=options["anchor_day"],
            shift=shift,  # type: ignore[arg-type]
            holidays=_holidays_for(shift, options["day_count"]),
        ),
        start=options["start"],
        paid=options["paid"],
        accrual=options["day_count"],
        first_period=options["first_period"],
        instalment=options["instalment"],
        balloon=options["balloon"],
        total_interest=options["margin"],
        down_payment=options["down_payment"],
        fee=options["fee"],
        grace=Grace(
            principal=options["grace_principal"],
            interest=options["grace_interest"],
            interest_free=options["interest_free"],
            later=options["deferred_interest"],
        ),
        rounding=Roundings.up_to(options["unit"], options["rounding"], difference=options["difference"]),
    )


def _holidays_for(shift: str, accrual: str) -> Holidays | None:
    """The built-in calendar where due dates move off holidays, or business days are counted."""
    counted = accrual not in ("period", LOAN_YEAR) and day_count(accrual).name == "BUS/252"
    return _holidays() if shift != "none" or counted else None


def _holidays() -> Holidays | None:
    """The built-in Indonesian calendar: every year that has a list."""
    from tagih.policies import Calendar as HolidayCalendar
    from tagih.policies.calendar import join
    from tagih.policies.loader import DATA, rule

    found = [rule(path.stem) for path in sorted(DATA.glob("id.cal.*.toml"))]
    return join(each for each in found if isinstance(each, HolidayCalendar))


def _read_terms(file: TextIO) -> Terms:
    name = getattr(file, "name", "stdin")
    try:
        data = json.load(file, parse_float=Decimal)
    except ValueError as error:
        raise DataError(
            "schedule.json", "{name}: not JSON: {problem}", name=name, problem=str(error)
        ) from None
    if not isinstance(data, dict):
        raise DataError("schedule.json", "{name}: not JSON: {problem}", name=name, problem="write an object")
    calendar = data.get("calendar")
    shift = calendar.get("shift", "none") if isinstance(calendar, dict) else "none"
    return from_dict(data, holidays=_holidays_for(str(shift), str(data.get("accrual", "period"))))


# --- writing ----------------------------------------------------------------------------------

HEADS = {
    "id": ("ke", "jatuh tempo", "pokok", "bunga", "biaya", "angsuran", "sisa pokok"),
    "en": ("no", "due", "principal", "interest", "fee", "instalment", "balance"),
}
WORDS = {
    "id": {
        "total": "jumlah",
        "flat": "Flat {flat} per tahun",
        "effective": "efektif {period} per periode, {nominal} per tahun, majemuk {effective}",
        "down_payment": "uang muka",
        "payable": "dibayar {day}",
        "up_front": "Bunga di muka {amount}, di luar angsuran",
        "capitalised": "Bunga yang menambah pokok {amount}",
    },
    "en": {
        "total": "total",
        "flat": "Flat {flat} a year",
        "effective": "effective {period} a period, {nominal} a year, compounded {effective}",
        "down_payment": "down payment",
        "payable": "payable {day}",
        "up_front": "Interest up front {amount}, beside the instalments",
        "capitalised": "Interest added to principal {amount}",
    },
}


def _table(schedule: Schedule, lang: str) -> str:
    words, rows = WORDS[lang], schedule.rows
    with_fees = any(row.fee for row in rows)
    amounts = [[row.principal, row.interest, row.fee, row.total, row.balance] for row in rows]
    places = max((-int(value.as_tuple().exponent) for line in amounts for value in line), default=0)
    shown = _Amounts(max(places, 0))
    head = list(HEADS[lang])
    lines = [
        [str(row.number), _day(row.due_on, lang), *map(shown, line)]
        for row, line in zip(rows, amounts, strict=True)
    ]
    fees = sum((row.fee for row in rows), Decimal(0))
    interest = sum((row.interest for row in rows), Decimal(0))
    total = sum((row.total for row in rows), Decimal(0))
    lines.append(["", words["total"], *map(shown, (schedule.principal, interest, fees, total)), ""])
    if not with_fees:
        for line in [head, *lines]:
            del line[4]
    notes = [
        " ".join(
            note
            for note in (
                words["down_payment"] if row.kind == "down_payment" else "",
                words["payable"].format(day=_day(row.payable_on, lang)) if row.payable_on else "",
            )
            if note
        )
        for row in rows
    ]
    text = _aligned([head, *lines], ["", *notes, ""])
    if schedule.up_front:
        text += "\n" + words["up_front"].format(amount=shown(schedule.up_front))
    if schedule.capitalised:
        text += "\n" + words["capitalised"].format(amount=shown(schedule.capitalised))
    rate = _rate(schedule)
    if rate is not None:
        flat = words["flat"].format(flat=persen(round(rate.flat_annual_rate, 6)))
        effective = words["effective"].format(
            period=persen(round(rate.period_rate, 6)),
            nominal=persen(round(rate.nominal_annual_rate, 6)),
            effective=persen(round(rate.effective_annual_rate, 6)),
        )
        text += f"\n{flat}; {effective}"
    return text


class _Amounts:
    """Amounts in local digits, all with the same decimals."""

    def __init__(self, places: int) -> None:
        self.places = places

    def __call__(self, value: Decimal) -> str:
        return angka(value, self.places)


def _aligned(lines: list[list[str]], notes: list[str]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    out = []
    for line, note in zip(lines, notes, strict=True):
        cells = [
            cell.ljust(width) if column == 1 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.append("  ".join([*cells, note]).rstrip())
    return "\n".join(out)


def _day(day: date, lang: str) -> str:
    return tanggal_singkat(day) if lang == "id" else english_short_date(day)


def _rate(schedule: Schedule) -> TrueRate | None:
    try:
        return true_rate(schedule)
    except (NoSolution, SeveralSolutions):
        return None


def _json(schedule: Schedule, why: str | None) -> str:
    """The document; with a language in ``why``, how each row was made."""
    rows: list[dict[str, Any]] = []
    for row, record in zip(schedule.rows, records(schedule), strict=True):
        line = {name: _plain(value) for name, value in record.items()}
        if why:
            line["how"] = row.explain(why).splitlines()
        rows.append(line)
    rate = _rate(schedule)
    document = {
        "schema": 1,
        "terms": to_dict(schedule.terms),
        "rows": rows,
        "up_front": _plain(schedule.up_front),
        "totals": {
            "principal": _plain(schedule.principal),
            "interest": _plain(schedule.interest),
            "capitalised": _plain(schedule.capitalised),
            "paid": _plain(schedule.total),
        },
        "rates": None
        if rate is None
        else {
            "flat_annual_rate": _plain(round(rate.flat_annual_rate, 20)),
            "period_rate": _plain(round(rate.period_rate, 20)),
            "nominal_annual_rate": _plain(round(rate.nominal_annual_rate, 20)),
            "effective_annual_rate": _plain(round(rate.effective_annual_rate, 20)),
        },
    }
    return json.dumps(document, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return value.isoformat() if isinstance(value, date) else value


BESIDE = {
    "id": ("ke", "jatuh tempo", "sisa: flat", "angka", "efektif", "belum diakui: flat", "angka", "efektif"),
    "en": ("no", "due", "left: flat", "digits", "effective", "unearned: flat", "digits", "effective"),
}


def _beside(rows: tuple[SideBySide, ...], form: str, lang: str) -> str:
    names = [field.name for field in SideBySide.__attrs_attrs__]
    plain = [[_plain(getattr(row, name)) for name in names] for row in rows]
    if form == "csv":
        return "\n".join(",".join(map(str, line)) for line in [names, *plain])
    if form == "json":
        document = {"schema": 1, "rows": [dict(zip(names, line, strict=True)) for line in plain]}
        return json.dumps(document, indent=2)
    shown = _Amounts(0)
    lines = [
        [
            str(row.number),
            _day(row.due_on, lang),
            *(shown(round(getattr(row, name))) for name in names[2:]),
        ]
        for row in rows
    ]
    return _aligned([list(BESIDE[lang]), *lines], [""] * (len(rows) + 1))


def _workbook(schedule: Schedule, lang: str) -> bytes:
    try:
        import xlsxwriter
    except ImportError:
        raise UnavailableError(
            "output.xlsx", "writing a workbook needs xlsxwriter; install tagih[xlsx]"
        ) from None
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("schedule" if lang == "en" else "jadwal")
    bold, day, money = (
        book.add_format({"bold": True}),
        book.add_format({"num_format": "yyyy-mm-dd"}),
        book.add_format({"num_format": "#,##0.##"}),
    )
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(1, len(COLUMNS) - 1, 14)
    for line, record in enumerate(records(schedule), start=1):
        for column, name in enumerate(COLUMNS):
            value = record[name]
            if isinstance(value, date):
                sheet.write_datetime(line, column, value, day)
            elif isinstance(value, Decimal):
                _exact(sheet, line, column, value, money)
            elif value is not None:
                sheet.write(line, column, value)
    book.set_properties(
        {"created": datetime.combine(schedule.rows[0].start, time())}
    )  # no clock: the same bytes each time
    book.close()
    return buffer.getvalue()


def _exact(sheet: Any, line: int, column: int, value: Decimal, style: Any) -> None:
    if abs(value) >= 10**15:
        raise InputError(
            "schedule.workbook", "amount {amount} has more digits than a workbook keeps", amount=str(value)
        )
    sheet.write_number(line, column, value, style)
