"""Schedules and terms as text: CSV rows, and JSON-ready dictionaries."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final, TypeVar

import attrs

from tagih.contracts import FEE, Instalment
from tagih.errors import InputError
from tagih.money import Rounding
from tagih.schedules.calendar import FREQUENCIES, Calendar, Every, Holidays
from tagih.schedules.schedule import Schedule
from tagih.schedules.terms import Disbursement, Grace, Rate, RateChange, Roundings, Step, Terms

SCHEMA: Final = 1
T = TypeVar("T")

COLUMNS: Final = (
    "number",
    "kind",
    "due_on",
    "payable_on",
    "principal",
    "interest",
    "fee",
    "total",
    "balance",
)
"""The columns of a schedule, in CSV, JSON and workbooks."""


def records(schedule: Schedule) -> list[dict[str, Any]]:
    """A schedule's rows by column: numbers as `Decimal`, dates as `date`.

    >>> from tagih.schedules import make
    >>> loan = Terms(1_000_000, 2, "flat", Rate(Decimal("0.12")), Calendar(first_due=date(2026, 1, 31)))
    >>> [str(record["total"]) for record in records(make(loan))]
    ['510000', '510000']
    """
    return [{column: getattr(row, column) for column in COLUMNS} for row in schedule.rows]


def to_csv(schedule: Schedule) -> str:
    """A schedule's rows as CSV, with plain digits and ISO dates.

    >>> from tagih.schedules import make
    >>> loan = Terms(1_000_000, 1, "flat", Rate(Decimal("0.12")), Calendar(first_due=date(2026, 1, 31)))
    >>> print(to_csv(make(loan)), end="")
    number,kind,due_on,payable_on,principal,interest,fee,total,balance
    1,instalment,2026-01-31,,1000000,10000,0,1010000,0
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in records(schedule):
        writer.writerow([_plain(record[column]) for column in COLUMNS])
    return out.getvalue()


READ: Final = ("number", "due_on", "principal", "interest")
"""The columns that `from_csv` needs; it reads ``payable_on`` and ``fee`` where they are given."""


def from_csv(text: str) -> tuple[Instalment, ...]:
    """The instalments of CSV rows that `to_csv` wrote, or of a file with its `READ` columns.

    >>> rows = from_csv("number,due_on,principal,interest,fee\\n1,2026-01-31,900,100,50\\n")
    >>> rows[0].total
    Decimal('1050')

    Raises:
        InputError: If a column is missing or a value cannot be read.
    """
    reader = csv.DictReader(io.StringIO(text))
    missing = [column for column in READ if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            "schedule.columns",
            "no column {missing}; write {columns}",
            missing=", ".join(missing),
            columns=", ".join(READ),
        )
    return tuple(_instalment(line, row) for line, row in enumerate(reader, start=2))


def _instalment(line: int, row: Mapping[str, str | None]) -> Instalment:
    def read(column: str, of: Callable[[str], T]) -> T:
        text = (row.get(column) or "").strip()
        try:
            return of(text)
        except (ValueError, InvalidOperation):
            raise InputError(
                "schedule.csv",
                "line {line}, {column}: '{value}' cannot be read; write {example}",
                line=line,
                column=column,
                value=text,
                example="2026-01-31" if column in ("due_on", "payable_on") else "1000000",
            ) from None

    fee = read("fee", Decimal) if row.get("fee") else Decimal(0)
    return Instalment(
        number=read("number", int),
        due_on=read("due_on", date.fromisoformat),
        principal=read("principal", Decimal),
        interest=read("interest", Decimal),
        fees=((FEE, fee),) if fee else (),
        payable_on=read("payable_on", date.fromisoformat) if row.get("payable_on") else None,
    )


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "" if value is None else str(value)


# --- terms ------------------------------------------------------------------------------------


def to_dict(terms: Terms) -> dict[str, Any]:
    """Terms as JSON holds them: what is not the default, decimals as text, dates in ISO form.

    A holiday calendar is not part of it: it is passed to `from_dict` again.

    >>> from tagih.schedules import Calendar
    >>> terms = Terms(900, 3, "flat", Rate(Decimal("0.02"), "month"), Calendar(first_due=date(2026, 1, 31)))
    >>> to_dict(terms)["rate"], from_dict(to_dict(terms)) == terms
    ({'amount': '0.02', 'per': 'month'}, True)
    """
    return {"schema": SCHEMA, **_dump(terms)}


def from_dict(data: Mapping[str, Any], *, holidays: Holidays | None = None) -> Terms:
    """Terms from their JSON form.

    >>> from_dict({"principal": "12000000", "instalments": 12, "method": "flat",
    ...            "rate": {"amount": "0.12", "per": "year"},
    ...            "calendar": {"first_due": "2026-01-31"}}).calendar.first_due
    datetime.date(2026, 1, 31)

    Raises:
        InputError: If a field is unknown or missing, or cannot be read.
    """
    fields = {name: value for name, value in data.items() if name != "schema"}
    if data.get("schema", SCHEMA) != SCHEMA:
        raise InputError("schedule.schema", "schema {found} is not known; write 1", found=data["schema"])
    if holidays is not None:
        fields["calendar"] = {**fields.get("calendar", {}), "holidays": holidays}
    made = _load(Terms, "terms", fields)
    assert isinstance(made, Terms)
    return made


def _dump(value: Any) -> Any:
    if isinstance(value, Every):
        named = {every: name for name, every in FREQUENCIES.items()}
        return named.get(value, f"{value.count} {value.unit}")
    if isinstance(value, tuple):
        return [_dump(each) for each in value]
    if isinstance(value, Fraction):
        return _short(value)
    if isinstance(value, (Decimal, date)):
        return str(value)
    if attrs.has(type(value)):
        kept = {}
        for field in attrs.fields(type(value)):
            now = getattr(value, field.name)
            default = field.default
            if field.name != "holidays" and (now != default or default is attrs.NOTHING):
                kept[field.name] = _dump(now)
        return kept
    return value


def _short(value: Fraction) -> str:
    """A fraction as a decimal number where it is one (1/50 is 0.02), else as it is (1/3)."""
    exact = value.limit_denominator(10**9)
    for places in range(19):
        scaled = exact * 10**places
        if exact == value and scaled.denominator == 1:
            return f"{Decimal(scaled.numerator).scaleb(-places):f}"
    return str(value)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _days(values: Any) -> tuple[date, ...]:
    return tuple(_day(value) for value in values)


def _several(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    return lambda values: tuple(_load(kind, kind.__name__, value) for value in values)


def _one(kind: type) -> Callable[[Any], Any]:
    return lambda value: _load(kind, kind.__name__, value)


_READERS: Final[dict[type, dict[str, Callable[[Any], Any]]]] = {
    Terms: {
        "rate": _one(Rate),
        "calendar": _one(Calendar),
        "start": _day,
        "rows": lambda rows: tuple((Decimal(row[0]), Decimal(row[1])) for row in rows),
        "steps": _several(Step),
        "grace": _one(Grace),
        "disbursements": _several(Disbursement),
        "rate_changes": _several(RateChange),
        "rounding": _one(Roundings),
    },
    Calendar: {"first_due": _day, "not_before": _day, "cancelled": _days, "dates": _days},
    Disbursement: {"on": _day},
    RateChange: {"rate": _one(Rate)},
    Roundings: {"instalment": _one(Rounding), "interest": _one(Rounding)},
}


def _load(kind: type, where: str, data: Any) -> Any:
    if isinstance(data, kind):
        return data
    known = [field.name for field in attrs.fields(kind)]
    if not isinstance(data, Mapping) or (unknown := sorted(set(data) - set(known))):
        raise InputError(
            "schedule.field",
            "{where}: '{found}' is not known; write {known}",
            where=where.lower(),
            found=", ".join(unknown) if isinstance(data, Mapping) else data,
            known=", ".join(known),
        )
    readers = _READERS.get(kind, {})
    values = {}
    for name, value in data.items():
        try:
            values[name] = readers[name](value) if name in readers and value is not None else value
        except InputError:
            raise
        except (ValueError, TypeError, ArithmeticError) as error:
            raise InputError(
                "schedule.value",
                "{where}.{name}: '{value}' cannot be read ({problem})",
                where=where.lower(),
                name=name,
                value=str(value),
                problem=str(error),
            ) from None
    try:
        return kind(**values)
    except InputError:
        raise
    except (ValueError, TypeError, ArithmeticError) as error:
        raise InputError(
            "schedule.terms", "{where}: {problem}", where=where.lower(), problem=str(error)
        ) from None
