"""One reader for each kind of column, made once and used for every cell.

A reader takes a cell as the file holds it and gives our value, or None where the cell is empty.

>>> read = reader("money", Format(number=NumberFormat(thousands=".")))
>>> read("Rp1.500.000"), read("")
(Decimal('1500000'), None)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from tagih.contracts import Component
from tagih.errors import InputError
from tagih.files.days import end_of, read_day, read_moment, serial
from tagih.files.numbers import NumberFormat, read_number
from tagih.files.records import HOLDS
from tagih.files.settings import Format
from tagih.money import LARGEST

Reader = Callable[[Any], Any]

EVENT_KINDS: Final = (
    "payment",
    "reversal",
    "correction",
    "charge",
    "drawdown",
    "waiver",
    "pause",
    "acceleration",
    "write_off",
    "forgiveness",
    "refund",
    "chargeback",
    "restructure",
)
PAUSES: Final = ("days_past_due", "late_charge")
SALUTATIONS: Final = ("Bapak", "Ibu", "Saudara", "Saudari", "Bapak/Ibu")
YES: Final = {"yes": True, "ya": True, "y": True, "true": True, "1": True} | {
    "no": False,
    "tidak": False,
    "n": False,
    "false": False,
    "0": False,
}
SPREADSHEET_ERRORS: Final = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")

_EATEN = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]+")
_WRAPPED = re.compile(r'="([^"]*)"')
_LARGEST = Decimal(LARGEST) / 100


def reader(kind: str, form: Format, values: Mapping[str, str] | None = None) -> Reader:
    """The reader for cells of ``kind``; ``values`` translates the lender's words to ours first."""
    read = _READERS[kind](form)
    return _remembered(_translated(read, values) if values else read)


def shown(cell: Any) -> str:
    """A cell as complaints show it."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return "" if cell is None else str(cell)


def _remembered(read: Reader) -> Reader:
    """Texts repeat down a column; each is read once."""
    known: dict[str, Any] = {"": None}

    def remembered(cell: Any) -> Any:
        if type(cell) is not str:
            return None if cell is None else read(cell)
        if cell in known:
            return known[cell]
        value = known[cell] = read(cell)
        return value

    return remembered


def _translated(read: Reader, values: Mapping[str, str]) -> Reader:
    def translated(cell: Any) -> Any:
        word = shown(cell)
        if word not in values:
            raise InputError(
                "value.unknown",
                "'{found}' is not one of the declared values {known}; add it to tagih.toml",
                found=word,
                known=", ".join(values),
            )
        return read(values[word]) if values[word] else None

    return translated


def _text(form: Format) -> Reader:
    def text(cell: Any) -> str:
        found = shown(cell)
        if found in SPREADSHEET_ERRORS:
            raise InputError(
                "text.error", "'{found}' is a spreadsheet's error; write the value itself", found=found
            )
        return found

    return text


def _id(form: Format) -> Reader:
    def identifier(cell: Any) -> str:
        if isinstance(cell, float | int) and not isinstance(cell, bool):
            return _number_as_id(cell)
        found = shown(cell)
        if _EATEN.fullmatch(found):
            raise InputError(
                "id.eaten",
                "'{found}' was an identifier before a spreadsheet made it a number; "
                "format the column as text and export again",
                found=found,
            )
        if found in SPREADSHEET_ERRORS:
            raise InputError(
                "text.error", "'{found}' is a spreadsheet's error; write the value itself", found=found
            )
        wrapped = _WRAPPED.fullmatch(found)
        return wrapped[1] if wrapped else found

    return identifier


def _number_as_id(cell: float | int) -> str:
    if isinstance(cell, float) and (not cell.is_integer() or abs(cell) >= 10**15):
        raise InputError(
            "id.number",
            "'{found}' is stored as a number, which keeps 15 digits at most; "
            "format the column as text and export again",
            found=f"{cell:.0f}" if cell.is_integer() else str(cell),
        )
    return str(int(cell))


def _decimal(cell: Any, declared: NumberFormat) -> Decimal:
    if type(cell) is str:
        return read_number(cell, declared)
    if isinstance(cell, bool | date):
        raise InputError(
            "number.none", "'{found}' is not a number; write digits, like 1500000", found=shown(cell)
        )
    number = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
    if not number.is_finite():
        raise InputError(
            "number.none", "'{found}' is not a number; write digits, like 1500000", found=str(cell)
        )
    return number


def _not_a_number(cell: Any) -> InputError:
    return InputError(
        "number.none", "'{found}' is not a number; write digits, like 1500000", found=shown(cell)
    )


def _money(form: Format) -> Reader:
    def money(cell: Any) -> Decimal:
        amount = _decimal(cell, form.number)
        if abs(amount) > _LARGEST:
            raise InputError(
                "money.size", "'{found}' is too large for one amount; check the separators", found=shown(cell)
            )
        if amount != round(amount, 2):
            raise InputError(
                "money.decimals",
                "'{found}' has more than 2 decimals; round it to whole sen",
                found=shown(cell),
            )
        return amount

    return money


def _rate(form: Format) -> Reader:
    def rate(cell: Any) -> Decimal:
        percent = form.rates == "percent"
        if type(cell) is str and cell.endswith("%"):
            percent, cell = True, cell[:-1].rstrip()
        value = _decimal(cell, _as_rate(cell, form.number))
        if percent:
            return value / 100
        if not 0 <= value <= 1:
            raise InputError(
                "rate.percent",
                "'{found}' is not a fraction; write it with %, "
                "or declare rates = 'percent' in tagih.toml [format]",
                found=shown(cell),
            )
        return value

    return rate


def _as_rate(cell: Any, declared: NumberFormat) -> NumberFormat:
    """A rate below 1 has no thousands: 0.005 and 0,005 have one reading each."""
    if declared.declared or type(cell) is not str:
        return declared
    return NumberFormat("", "," if "," in cell else ".")


def _count(form: Format) -> Reader:
    def count(cell: Any) -> int:
        number = _decimal(cell, form.number)
        if abs(number) > _LARGEST or number != int(number):
            raise InputError(
                "number.whole", "'{found}' is not a whole number; write digits only", found=shown(cell)
            )
        return int(number)

    return count


def _day(form: Format) -> Reader:
    def day(cell: Any) -> date:
        if isinstance(cell, datetime):
            return cell.astimezone(form.date.zone).date() if cell.tzinfo else cell.date()
        if isinstance(cell, date):
            return cell
        _no_serial(cell)
        return read_day(shown(cell), form.date)

    return day


def _moment(form: Format) -> Reader:
    def moment(cell: Any) -> datetime:
        if isinstance(cell, datetime):
            return cell if cell.tzinfo else cell.replace(tzinfo=form.date.zone)
        if isinstance(cell, date):
            return end_of(cell, form.date.zone)
        _no_serial(cell)
        return read_moment(shown(cell), form.date)

    return moment


def _no_serial(cell: Any) -> None:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 < cell < 100_000:
        raise serial(int(cell), shown(cell))


def _component(form: Format) -> Reader:
    def component(cell: Any) -> Component:
        return _parsed(shown(cell))

    return component


def _parsed(word: str) -> Component:
    try:
        return Component.parse(word)
    except InputError as error:
        raise InputError(
            "component.found",
            "'{found}' is not a component; write one of {known}",
            found=word,
            known=error.fields["known"],
        ) from None


def _components(form: Format) -> Reader:
    return lambda cell: tuple(_parsed(word) for word in shown(cell).split())


def _counts(form: Format) -> Reader:
    count = _count(form)
    return lambda cell: tuple(count(word) for word in re.split(r"[\s;]+", shown(cell)))


def _amounts(form: Format) -> Reader:
    money = _money(form)

    def amounts(cell: Any) -> tuple[tuple[Component, Decimal], ...]:
        pairs = []
        for word in shown(cell).split():
            name, equals, amount = word.partition("=")
            if not equals:
                raise InputError(
                    "amounts.form", "'{found}' names no amount; write late_charge=150000", found=shown(cell)
                )
            pairs.append((_parsed(name), money(amount)))
        return tuple(pairs)

    return amounts


def _words(form: Format) -> Reader:
    return lambda cell: tuple(shown(cell).split())


def _choice(known: Mapping[str, Any]) -> Callable[[Format], Reader]:
    def made(form: Format) -> Reader:
        def choice(cell: Any) -> Any:
            found = shown(cell)
            value = known.get(found.lower())
            if value is None:
                raise InputError(
                    "value.choice",
                    "'{found}' is unknown; write one of {known}",
                    found=found,
                    known=", ".join(known),
                )
            return value

        return choice

    return made


def _pauses(form: Format) -> Reader:
    word = _choice({name: name for name in PAUSES})(form)
    return lambda cell: tuple(word(part) for part in shown(cell).split())


_READERS: Final[dict[str, Callable[[Format], Reader]]] = {
    "text": _text,
    "id": _id,
    "money": _money,
    "rate": _rate,
    "count": _count,
    "counts": _counts,
    "day": _day,
    "moment": _moment,
    "component": _component,
    "components": _components,
    "amounts": _amounts,
    "words": _words,
    "pauses": _pauses,
    "yes": _choice(YES),
    "event": _choice({kind: kind for kind in EVENT_KINDS}),
    "hold": _choice({kind: kind for kind in HOLDS}),
    "salutation": _choice({word.lower(): word for word in SALUTATIONS}),
}
