"""How Indonesian letters write money, numbers, dates and hours.

Pure and exact: `Decimal` and ``int`` go in, text comes out; a float is refused. Plain digits
for programs are not made here.

>>> rupiah(Decimal("1234567")), rupiah_whole(1234567)
('Rp1.234.567,00', 'Rp1.234.567')
>>> terbilang_rupiah(Decimal("2950000.50"))
'dua juta sembilan ratus lima puluh ribu rupiah lima puluh sen'
>>> tanggal(date(2026, 11, 22)), tanggal_hari(date(2026, 11, 22))
('22 November 2026', 'Minggu, 22 November 2026')
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from tagih.errors import InputError

HARI: Final = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
BULAN: Final = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
BULAN_SINGKAT: Final = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
BULAN_ROMAWI: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

LARGEST: Final = 10**15
"""The largest number that `terbilang` writes: a thousand triliun."""


# --- digits -----------------------------------------------------------------------------------


def _decimal(amount: Decimal | int, what: str) -> Decimal:
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        raise InputError(
            "words.type",
            "{what} {amount!r} is not a Decimal or int; write Decimal('…')",
            what=what,
            amount=amount,
        )
    value = Decimal(amount)
    if not value.is_finite():
        raise InputError("words.finite", "{what} {amount} is not a number", what=what, amount=str(amount))
    return value


def angka(amount: Decimal | int, decimals: int = 0) -> str:
    """A number with dots for thousands and ``decimals`` digits after a comma.

    >>> angka(1234567), angka(Decimal("-1234.5"), 2)
    ('1.234.567', '-1.234,50')

    Raises:
        InputError: If the amount is finer than ``decimals``; letters never round silently.
    """
    value = _decimal(amount, "amount")
    scaled = value.scaleb(decimals)
    minor = int(scaled)
    if minor != scaled:
        raise InputError(
            "words.too_fine",
            "amount {amount} is finer than {decimals} decimals; round it before it is written",
            amount=str(amount),
            decimals=decimals,
        )
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**decimals)
    text = sign + f"{whole:,}".replace(",", ".")
    return f"{text},{rest:0{decimals}d}" if decimals else text


def rupiah(amount: Decimal | int) -> str:
    """Rupiah with sen: ``Rp1.234.567,00``; a negative amount has its minus before the Rp."""
    text = angka(amount, 2)
    return f"-Rp{text[1:]}" if text.startswith("-") else f"Rp{text}"


def rupiah_whole(amount: Decimal | int) -> str:
    """Rupiah without sen: ``Rp1.234.567``.

    Raises:
        InputError: If the amount has sen.
    """
    text = angka(amount)
    return f"-Rp{text[1:]}" if text.startswith("-") else f"Rp{text}"


def rupiah_short(amount: Decimal | int) -> str:
    """Rupiah without sen where there is none, and with it where there is: for messages.

    >>> rupiah_short(Decimal("500000.00")), rupiah_short(Decimal("16250.5"))
    ('Rp500.000', 'Rp16.250,50')
    """
    value = _decimal(amount, "amount")
    return rupiah_whole(value) if value == value.to_integral_value() else rupiah(value)


def sel(amount: Decimal | int) -> str:
    """An amount in a column of a table: local digits, no currency sign, a dash for nothing.

    >>> sel(Decimal("650000")), sel(Decimal("16250.50")), sel(0)
    ('650.000', '16.250,50', '–')
    """
    value = _decimal(amount, "amount")
    if value == 0:
        return "–"
    return angka(value) if value == value.to_integral_value() else angka(value, 2)


def persen(rate: Decimal | int) -> str:
    """A rate as a percentage: 0.005 is ``0,5%``; no more digits than it has.

    >>> persen(Decimal("0.005")), persen(Decimal("0.24")), persen(Decimal("1"))
    ('0,5%', '24%', '100%')
    """
    value = (_decimal(rate, "rate") * 100).normalize()
    return f"{value:,f}%".translate(str.maketrans(",.", ".,"))


# --- numbers in words -------------------------------------------------------------------------

SATUAN: Final = (
    "",
    "satu",
    "dua",
    "tiga",
    "empat",
    "lima",
    "enam",
    "tujuh",
    "delapan",
    "sembilan",
    "sepuluh",
    "sebelas",
)
KELOMPOK: Final = ((10**12, "triliun"), (10**9, "miliar"), (10**6, "juta"))


def _ratusan(number: int) -> str:
    """1 to 999 in words."""
    hundreds, rest = divmod(number, 100)
    words = []
    if hundreds:
        words.append("seratus" if hundreds == 1 else f"{SATUAN[hundreds]} ratus")
    if rest >= 20:
        words.append(f"{SATUAN[rest // 10]} puluh")
        rest %= 10
    elif rest >= 12:
        words.append(f"{SATUAN[rest - 10]} belas")
        rest = 0
    if rest:
        words.append(SATUAN[rest])
    return " ".join(words)


def terbilang(number: int) -> str:
    """A whole number in Indonesian words, from -10^15 to 10^15.

    1.000 is seribu wherever the thousands group is one (1.001.000 is satu juta seribu, as
    Indonesian bank letters write it), 10^9 is miliar, 10^15 is seribu triliun.

    >>> terbilang(0), terbilang(11), terbilang(1100), terbilang(1001000)
    ('nol', 'sebelas', 'seribu seratus', 'satu juta seribu')

    Raises:
        InputError: If it is not a whole number or lies outside -10^15 to 10^15.
    """
    if isinstance(number, bool) or not isinstance(number, int):
        raise InputError("words.whole", "number {number!r} is not a whole number", number=number)
    if abs(number) > LARGEST:
        raise InputError(
            "words.too_large",
            "number {number} is too large to write in words; the largest is 10^15",
            number=number,
        )
    if number == 0:
        return "nol"
    words = ["minus"] if number < 0 else []
    rest = abs(number)
    for size, name in KELOMPOK:
        count, rest = divmod(rest, size)
        if count:
            # Only 10^15 itself has a group above 999.
            words.append(f"{'seribu' if count == 1000 else _ratusan(count)} {name}")
    thousands, rest = divmod(rest, 1000)
    if thousands:
        words.append("seribu" if thousands == 1 else f"{_ratusan(thousands)} ribu")
    if rest:
        words.append(_ratusan(rest))
    return " ".join(words)


def terbilang_rupiah(amount: Decimal | int) -> str:
    """An amount in words: ``… rupiah``, and ``… sen`` where there is any.

    >>> terbilang_rupiah(0), terbilang_rupiah(Decimal("-1000.05"))
    ('nol rupiah', 'minus seribu rupiah lima sen')

    Raises:
        InputError: If the amount is finer than a sen or beyond 10^15.
    """
    value = _decimal(amount, "amount")
    scaled = value.scaleb(2)
    minor = int(scaled)
    if minor != scaled:
        raise InputError(
            "words.too_fine",
            "amount {amount} is finer than {decimals} decimals; round it before it is written",
            amount=str(amount),
            decimals=2,
        )
    whole, sen = divmod(abs(minor), 100)
    text = f"{terbilang(whole)} rupiah"
    if sen:
        text = f"{text} {terbilang(sen)} sen"
    return f"minus {text}" if minor < 0 else text


# --- dates and hours --------------------------------------------------------------------------


def tanggal(day: date) -> str:
    """``5 Mei 2026``."""
    return f"{day.day} {BULAN[day.month - 1]} {day.year}"


def tanggal_hari(day: date) -> str:
    """``Selasa, 5 Mei 2026``."""
    return f"{HARI[day.weekday()]}, {tanggal(day)}"


def tanggal_singkat(day: date) -> str:
    """``5 Mei 2026`` with the month cut to three letters, for tables: ``22 Agu 2026``."""
    return f"{day.day} {BULAN_SINGKAT[day.month - 1]} {day.year}"


def tanggal_terbilang(day: date) -> str:
    """A date in words, as agreements open with.

    >>> tanggal_terbilang(date(2026, 11, 22))
    'dua puluh dua November dua ribu dua puluh enam'
    """
    return f"{terbilang(day.day)} {BULAN[day.month - 1]} {terbilang(day.year)}"


def english_date(day: date) -> str:
    """``22 November 2026``, for letters in English."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def english_long_date(day: date) -> str:
    """``Sunday, 22 November 2026``."""
    return f"{DAYS[day.weekday()]}, {english_date(day)}"


def english_short_date(day: date) -> str:
    """``22 Nov 2026``, for tables."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def english_days(days: int) -> str:
    """``1 day``, ``46 days``."""
    return f"{angka(days)} day{'' if days == 1 else 's'}"


def bulan_romawi(day: date) -> str:
    """The month in Roman numerals, as letter numbers carry it: ``XI``."""
    return BULAN_ROMAWI[day.month - 1]


def pukul(moment: time | datetime, zone: str = "") -> str:
    """An hour: ``08.00 WIB``."""
    return f"{moment:%H.%M} {zone}".rstrip()


def jam(start: time, end: time, zone: str = "") -> str:
    """A span of hours.

    >>> jam(time(8), time(20), "WIB")
    '08.00–20.00 WIB'
    """
    return f"{start:%H.%M}–{end:%H.%M} {zone}".rstrip()


def hari(days: int) -> str:
    """``46 hari``, ``1.024 hari``."""
    return f"{angka(days)} hari"
