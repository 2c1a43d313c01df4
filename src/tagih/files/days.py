"""Dates and timestamps as lenders write them: read by what was declared, never guessed.

>>> read_day("31/03/2026"), read_day("31 Maret 2026"), read_day("2026-03-31 14:05")
(datetime.date(2026, 3, 31), datetime.date(2026, 3, 31), datetime.date(2026, 3, 31))
>>> read_day("03/04/2026", DateFormat(order="dmy"))
datetime.date(2026, 4, 3)
>>> read_day("03/04/2026")
Traceback (most recent call last):
    ...
tagih.errors.InputError: '03/04/2026' could mean 2026-04-03 or 2026-03-04; declare the order ...
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from attrs import frozen

from tagih.errors import InputError

ORDERS: Final = ("dmy", "mdy", "ymd")

_NAMES = (
    "januari january jan",
    "februari february feb pebruari peb",
    "maret march mar",
    "april apr",
    "mei may",
    "juni june jun",
    "juli july jul",
    "agustus august agu ags agt aug",
    "september sep sept",
    "oktober october okt oct",
    "november nov nopember nop",
    "desember december des dec",
)
MONTHS: Final = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
ZONES: Final = {"WIB": 7, "WITA": 8, "WIT": 9}

_TIME = re.compile(
    r"(?P<day>.*?)(?:[T ]\s*|,\s*)(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})"
    r"(?:[:.](?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"\s*(?P<zone>Z|WIB|WITA|WIT|[+-][0-9]{2}:?[0-9]{2})?"
)
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/. ])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/. ])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_DAY_NAME_YEAR = re.compile(r"([0-9]{1,2})[-/. ]*([A-Za-z]+)\.?,?[-/. ]*([0-9]{4}|[0-9]{2})")
_NAME_DAY_YEAR = re.compile(r"([A-Za-z]+)\.? ([0-9]{1,2}),? ([0-9]{4})")
_WEEKDAY = re.compile(r"[A-Za-z']+, *")


@frozen
class DateFormat:
    """In which order day, month and year are written (``dmy``, ``mdy``, ``ymd``; empty: not declared).

    ``century`` (2000) is added to two-digit years, which are refused without it.
    ``zone`` is the lender's: a timestamp with an offset is moved to it.
    """

    order: str = ""
    century: int | None = None
    zone: tzinfo = ZoneInfo("Asia/Jakarta")

    def __attrs_post_init__(self) -> None:
        if self.order and self.order not in ORDERS:
            raise InputError(
                "format.date",
                "date order '{order}' is unknown; write one of {known}",
                order=self.order,
                known=", ".join(ORDERS),
            )
        if self.century is not None and self.century % 100:
            raise InputError(
                "format.century", "century {century} is not a century; write 2000", century=self.century
            )


UNDECLARED = DateFormat()


def read_day(text: str, declared: DateFormat = UNDECLARED) -> date:
    """The day that ``text`` writes; of a timestamp, its day in the lender's zone.

    Raises:
        InputError: If it is not a date, a day that does not exist, or can be read two ways.
    """
    day, moment = _parse(text.strip(), text, declared)
    return moment.astimezone(declared.zone).date() if moment is not None and moment.tzinfo else day


def read_moment(text: str, declared: DateFormat = UNDECLARED) -> datetime:
    """The moment that ``text`` writes, aware; a day alone is its last second.

    Raises:
        InputError: As `read_day`.
    """
    day, moment = _parse(text.strip(), text, declared)
    if moment is None:
        return end_of(day, declared.zone)
    return moment if moment.tzinfo else moment.replace(tzinfo=declared.zone)


def end_of(day: date, zone: tzinfo) -> datetime:
    """The last second of ``day`` in ``zone``: what was known on a day was known by its end."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone)


def _parse(bare: str, text: str, declared: DateFormat) -> tuple[date, datetime | None]:
    if len(bare) == 10 and bare[4] == "-":  # the common case, fast
        try:
            return _sane(date.fromisoformat(bare), text), None
        except InputError:
            raise
        except ValueError:
            pass
    clock = _TIME.fullmatch(bare)
    if clock is None:
        return _sane(_day(bare, text, declared), text), None
    day = _sane(_day(clock["day"].strip(), text, declared), text)
    try:
        at = time(
            int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0), tzinfo=_zone(clock["zone"])
        )
    except ValueError:
        raise InputError(
            "moment.none", "'{found}' is not a time of day; write YYYY-MM-DD HH:MM:SS", found=text
        ) from None
    return day, datetime.combine(day, at)


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    if text in ZONES:
        return timezone(timedelta(hours=ZONES[text]))
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def _day(bare: str, text: str, declared: DateFormat) -> date:
    if match := _YEAR_FIRST.fullmatch(bare):
        year, _, month, day = match.groups()
        return _date(int(year), int(month), int(day), text)
    if match := _YEAR_LAST.fullmatch(bare):
        first, _, second, written = match.groups()
        return _by_order(int(first), int(second), _year(written, text, declared), text, declared)
    bare = _WEEKDAY.sub("", bare, count=1) if bare[:1].isalpha() else bare
    if match := _DAY_NAME_YEAR.fullmatch(bare):
        written_day, name, written = match.groups()
        return _date(_year(written, text, declared), _month(name, text), int(written_day), text)
    if match := _NAME_DAY_YEAR.fullmatch(bare):
        name, written_day, written = match.groups()
        return _date(int(written), _month(name, text), int(written_day), text)
    if bare.isascii() and bare.isdigit():
        if len(bare) == 8:
            return _compact(bare, text, declared)
        if len(bare) == 5:
            raise serial(int(bare), text)
    raise _not_a_date(text)


def _compact(bare: str, text: str, declared: DateFormat) -> date:
    """Eight digits: year first, or year last in the declared order."""
    readings = set()
    parts = {
        "ymd": (bare[:4], bare[4:6], bare[6:]),
        "dmy": (bare[4:], bare[2:4], bare[:2]),
        "mdy": (bare[4:], bare[:2], bare[2:4]),
    }
    for order, (year, month, day) in parts.items():
        if declared.order in ("", order) and 1900 <= int(year) <= 2199:
            try:
                readings.add(date(int(year), int(month), int(day)))
            except ValueError:
                continue
    return _one_of(sorted(readings, reverse=True), text)


def _by_order(first: int, second: int, year: int, text: str, declared: DateFormat) -> date:
    if declared.order == "dmy":
        return _date(year, second, first, text)
    if declared.order == "mdy":
        return _date(year, first, second, text)
    if first > 12 or second > 12:
        return _date(year, second, first, text) if first > 12 else _date(year, first, second, text)
    day_first, month_first = _date(year, second, first, text), _date(year, first, second, text)
    return _one_of([day_first] if day_first == month_first else [day_first, month_first], text)


def _one_of(readings: list[date], text: str) -> date:
    if not readings:
        raise _not_a_date(text)
    if len(readings) > 1:
        raise InputError(
            "day.ambiguous",
            "'{found}' could mean {first} or {second}; declare the order in tagih.toml [format.date]",
            found=text,
            first=readings[0].isoformat(),
            second=readings[1].isoformat(),
        )
    return readings[0]


def _year(written: str, text: str, declared: DateFormat) -> int:
    if len(written) == 4:
        return int(written)
    if declared.century is None:
        raise InputError(
            "day.century",
            "'{found}' has a year of two digits; write four, "
            "or declare century = 2000 in tagih.toml [format.date]",
            found=text,
        )
    return declared.century + int(written)


def _month(name: str, text: str) -> int:
    month = MONTHS.get(name.lower())
    if month is None:
        raise _not_a_date(text)
    return month


def _date(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _not_a_date(text) from None


def _sane(day: date, text: str) -> date:
    if not 1900 <= day.year <= 2199:
        raise InputError(
            "day.year",
            "'{found}' has the year {year}; write one from 1900 to 2199",
            found=text,
            year=day.year,
        )
    return day


def _not_a_date(text: str) -> InputError:
    return InputError("day.none", "'{found}' is not a date; write YYYY-MM-DD", found=text)


def serial(number: int, text: str) -> InputError:
    """The refusal of a bare number where a date belongs; it may be a spreadsheet's day count."""
    meant = date(1899, 12, 30) + timedelta(days=number)
    return InputError(
        "day.serial",
        "'{found}' is a number, perhaps the spreadsheet's {meant}; "
        "format the column as a date and export again",
        found=text,
        meant=meant.isoformat(),
    )
