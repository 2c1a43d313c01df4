"""How each row of a schedule was made, one step a line, in Indonesian or English.

Nothing here is worked out while a schedule is made: a row keeps what it was made from, and says it
when asked.
Indonesian lines have local digits; English ones plain digits and ISO dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from tagih.errors import InputError
from tagih.words import angka, tanggal_singkat

if TYPE_CHECKING:
    from tagih.schedules.schedule import Row

TEXTS: Final = {
    "id": {
        "row": "angsuran {number}, jatuh tempo {due}: {total}",
        "payable": "dibayar {day}: tanggal jatuh temponya bukan hari kerja",
        "agreed": "sesuai kesepakatan",
        "down_payment": "uang muka {amount} dari {of}",
        "balance": "bunga {accrued} = {stretches}",
        "stretch": "{balance} × {rate} dari {start} sampai {end}",
        "shares": "bunga {accrued}: bagian yang sama dari {of}",
        "digits": "bunga {accrued}: bagian menurut angkanya dari {of}",
        "solved": "bunga {accrued} = {opening} × {rate} (dicari dari angsuran)",
        "capitalised": "bunga {capitalised} menambah pokok",
        "collected": "bunga angsuran sebelumnya ikut ditagih: seluruhnya {interest}",
        "later": "bunga {accrued} ditagih kemudian",
        "last": "pokok {principal}: sisa pokok",
        "balloon": "di antaranya {balloon} pembayaran akhir (balon)",
        "no_principal": "tanpa pokok",
        "equal": "pokok {principal}: bagian yang sama, sampai satuan yang dapat dibayar",
        "level": "pokok {principal} = angsuran {paid} - bunga {accrued}",
        "odd": "ditambah bunga {odd} untuk hari-hari sebelum masa angsuran pertama",
    },
    "en": {
        "row": "row {number}, due {due}: {total}",
        "payable": "payable on {day}: the due date is no working day",
        "agreed": "as agreed",
        "down_payment": "down payment {amount} of {of}",
        "balance": "interest {accrued} = {stretches}",
        "stretch": "{balance} x {rate} from {start} to {end}",
        "shares": "interest {accrued}: an equal part of {of}",
        "digits": "interest {accrued}: its digit's part of {of}",
        "solved": "interest {accrued} = {opening} x {rate} (solved)",
        "capitalised": "interest {capitalised} joins the balance",
        "collected": "interest of earlier rows is collected: {interest} in all",
        "later": "interest {accrued} is collected later",
        "last": "principal {principal}: the balance that is left",
        "balloon": "of it {balloon} is the balloon",
        "no_principal": "no principal in this row",
        "equal": "principal {principal}: an equal part, to the payable unit",
        "level": "principal {principal} = instalment {paid} - interest {accrued}",
        "odd": "interest {odd} of the days before the first period is added",
    },
}


def explain(row: Row, lang: str = "id") -> str:
    """The lines of a row: what is paid, then how its interest and its principal were made.

    >>> from tagih.schedules import Calendar, Rate, Terms, make
    >>> loan = Terms(12_000_000, 3, "annuity", Rate(Decimal("0.24")), Calendar(first_due=date(2026, 1, 31)))
    >>> print(explain(make(loan).rows[0]))
    angsuran 1, jatuh tempo 31 Jan 2026: 4.161.056
      bunga 240.000 = 12.000.000 × 2 % dari 31 Des 2025 sampai 31 Jan 2026
      pokok 3.921.056 = angsuran 4.161.056 - bunga 240.000

    Raises:
        InputError: If the language is neither id nor en.
    """
    if lang not in TEXTS:
        raise InputError("schedule.lang", "language '{lang}' is unknown; write id or en", lang=lang)
    return "\n  ".join(_lines(row, lang))


def _lines(row: Row, lang: str) -> Iterator[str]:
    made, texts = row.made, TEXTS[lang]
    accrued = row.accrued - made.odd
    said = {
        "number": str(row.number),
        "due": _day(row.due_on, lang),
        "day": _day(row.payable_on or row.due_on, lang),
        "rate": percent(made.rate, lang),
        "stretches": _stretches(row, lang),
        **{
            name: _amount(amount, lang)
            for name, amount in (
                ("total", row.total),
                ("amount", row.principal),
                ("principal", row.principal),
                ("interest", row.interest - made.odd),
                ("accrued", accrued),
                ("paid", row.principal + accrued),
                ("opening", row.balance + row.principal - row.capitalised),
                ("capitalised", row.capitalised),
                ("balloon", row.balloon),
                ("of", made.of),
                ("odd", made.odd),
            )
        },
    }
    for name in _steps(row, accrued):
        yield texts[name].format(**said)


def _steps(row: Row, accrued: Decimal) -> Iterator[str]:
    """Which lines a row has."""
    made = row.made
    yield "row"
    if row.payable_on:
        yield "payable"
    yield made.rule
    if made.rule in ("agreed", "down_payment"):
        return
    collected = row.interest - made.odd
    if row.capitalised:
        yield "capitalised"
    elif collected != accrued and not made.carried:
        yield "collected" if collected > accrued else "later"
    if made.last:
        yield "last"
        if row.balloon:
            yield "balloon"
    elif not row.principal:
        yield "no_principal"
    else:
        yield "equal" if made.equal else "level"
    if made.odd:
        yield "odd"


def _stretches(row: Row, lang: str) -> str:
    return " + ".join(
        TEXTS[lang]["stretch"].format(
            balance=_amount(one.balance, lang),
            rate=percent(one.rate, lang),
            start=_day(one.start, lang),
            end=_day(one.end, lang),
        )
        for one in row.stretches
    )


def _amount(amount: Decimal, lang: str) -> str:
    """Without idle decimals."""
    whole = amount == amount.to_integral_value()
    if lang == "id":
        return angka(amount, 0 if whole else -int(amount.as_tuple().exponent))
    return str(amount.to_integral_value() if whole else amount)


def _day(day: date, lang: str) -> str:
    return tanggal_singkat(day) if lang == "id" else day.isoformat()


def percent(rate: Fraction, lang: str = "en") -> str:
    """A rate in percent, to 6 decimals, without idle zeros."""
    text = f"{Decimal(rate.numerator) * 100 / Decimal(rate.denominator):.6f}"
    text = text.rstrip("0").rstrip(".") + " %"
    return text.replace(".", ",") if lang == "id" else text
