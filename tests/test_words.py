"""Money, numbers and dates as Indonesian letters write them."""

from __future__ import annotations

import random
from datetime import date, time
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from tagih.errors import InputError
from tagih.words import (
    angka,
    bulan_romawi,
    english_date,
    jam,
    persen,
    pukul,
    rupiah,
    rupiah_short,
    rupiah_whole,
    sel,
    tanggal,
    tanggal_hari,
    tanggal_terbilang,
    terbilang,
    terbilang_rupiah,
)

D = Decimal


# --- terbilang --------------------------------------------------------------------------------

# Spelled out by hand; the rules are those of indonesiabaik.id and of bank letters (seribu, miliar).
SPELLED = [
    (0, "nol"),
    (1, "satu"),
    (10, "sepuluh"),
    (11, "sebelas"),
    (12, "dua belas"),
    (19, "sembilan belas"),
    (20, "dua puluh"),
    (21, "dua puluh satu"),
    (99, "sembilan puluh sembilan"),
    (100, "seratus"),
    (101, "seratus satu"),
    (111, "seratus sebelas"),
    (119, "seratus sembilan belas"),
    (200, "dua ratus"),
    (999, "sembilan ratus sembilan puluh sembilan"),
    (1_000, "seribu"),
    (1_001, "seribu satu"),
    (1_100, "seribu seratus"),
    (1_111, "seribu seratus sebelas"),
    (2_000, "dua ribu"),
    (11_000, "sebelas ribu"),
    (21_000, "dua puluh satu ribu"),
    (100_000, "seratus ribu"),
    (101_000, "seratus satu ribu"),
    (999_999, "sembilan ratus sembilan puluh sembilan ribu sembilan ratus sembilan puluh sembilan"),
    (1_000_000, "satu juta"),
    (1_001_000, "satu juta seribu"),
    (1_001_001, "satu juta seribu satu"),
    (11_000_000, "sebelas juta"),
    (100_001_000, "seratus juta seribu"),
    (1_000_000_000, "satu miliar"),
    (1_000_001_000, "satu miliar seribu"),
    (10**12, "satu triliun"),
    (10**12 + 1_000, "satu triliun seribu"),
    (10**14, "seratus triliun"),
    (10**15, "seribu triliun"),
    (-1, "minus satu"),
    (-1_000, "minus seribu"),
]


@pytest.mark.parametrize(("number", "words"), SPELLED)
def test_numbers_are_spelled_as_an_indonesian_letter_spells_them(number, words):
    assert terbilang(number) == words


def spelled_recursively(n: int) -> str:
    """The classroom recursion, written apart from the library: strip the largest unit, recurse."""
    small = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
    small += ("sepuluh", "sebelas")
    if n < 12:
        return small[n]
    if n < 20:
        return spelled_recursively(n - 10) + " belas"
    if n < 100:
        return join(spelled_recursively(n // 10) + " puluh", n % 10)
    if n < 200:
        return join("seratus", n - 100)
    if n < 1000:
        return join(spelled_recursively(n // 100) + " ratus", n % 100)
    if n < 2000:
        return join("seribu", n - 1000)
    for size, name in ((1000, "ribu"), (10**6, "juta"), (10**9, "miliar"), (10**12, "triliun")):
        if n < size * 1000 or name == "triliun":
            return join(f"{spelled_recursively(n // size)} {name}", n % size)
    raise AssertionError(n)


def join(head: str, rest: int) -> str:
    return f"{head} {spelled_recursively(rest)}" if rest else head


def test_terbilang_agrees_with_an_independent_recursion_up_to_ten_thousand_and_on_a_sample():
    sample = random.Random(7).sample(range(10_000, 1_000_001), 5_000)
    for number in (*range(10_001), *sample, 1_000_000):
        assert terbilang(number) == spelled_recursively(number), number


def test_terbilang_agrees_with_an_independent_recursion_up_to_ten_to_the_fifteenth():
    rng = random.Random(11)
    for _ in range(2_000):
        number = rng.randrange(10 ** rng.randint(6, 15))
        assert terbilang(number) == spelled_recursively(number), number


@pytest.mark.heavy
def test_terbilang_agrees_with_an_independent_recursion_on_every_number_to_a_million():
    for number in range(1_000_001):
        assert terbilang(number) == spelled_recursively(number), number


@pytest.mark.heavy
def test_terbilang_agrees_with_an_independent_recursion_on_100_000_random_numbers():
    rng = random.Random(13)
    for _ in range(100_000):
        number = rng.randrange(10**15 + 1)
        assert terbilang(number) == spelled_recursively(number), number


@given(st.integers(0, 999_999))
def test_terbilang_of_a_million_and_something_is_its_two_halves(rest):
    words = "satu juta" if rest == 0 else f"satu juta {terbilang(rest)}"
    assert terbilang(1_000_000 + rest) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (D("0"), "nol rupiah"),
        (D("1000"), "seribu rupiah"),
        (D("2950000.00"), "dua juta sembilan ratus lima puluh ribu rupiah"),
        (D("2950000.50"), "dua juta sembilan ratus lima puluh ribu rupiah lima puluh sen"),
        (D("0.01"), "nol rupiah satu sen"),
        (D("-1500.25"), "minus seribu lima ratus rupiah dua puluh lima sen"),
        (D("1E+6"), "satu juta rupiah"),
    ],
)
def test_amounts_in_words_end_in_rupiah_and_sen(amount, words):
    assert terbilang_rupiah(amount) == words


@pytest.mark.parametrize("number", [10**15 + 1, -(10**15) - 1])
def test_numbers_beyond_ten_to_the_fifteenth_are_refused(number):
    with pytest.raises(InputError, match="10\\^15"):
        terbilang(number)


@pytest.mark.parametrize("number", [True, 1.0, "1", D("1.0")])
def test_only_whole_numbers_are_spelled(number):
    with pytest.raises(InputError, match="not a whole number"):
        terbilang(number)


# --- rupiah and digits ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "with_sen", "short"),
    [
        (D("0"), "Rp0,00", "Rp0"),
        (D("1"), "Rp1,00", "Rp1"),
        (D("999"), "Rp999,00", "Rp999"),
        (D("1000"), "Rp1.000,00", "Rp1.000"),
        (D("1234567"), "Rp1.234.567,00", "Rp1.234.567"),
        (D("1234567.05"), "Rp1.234.567,05", "Rp1.234.567,05"),
        (D("-1234567"), "-Rp1.234.567,00", "-Rp1.234.567"),
        (D("-0.5"), "-Rp0,50", "-Rp0,50"),
    ],
)
def test_rupiah_has_no_space_dots_for_thousands_and_a_comma_for_sen(amount, with_sen, short):
    assert (rupiah(amount), rupiah_short(amount)) == (with_sen, short)


def check_against_babel(count: int) -> None:
    rng = random.Random(17)
    for _ in range(count):
        amount = D(rng.randrange(-(10 ** rng.randint(2, 17)), 10 ** rng.randint(2, 17))).scaleb(-2)
        assert rupiah(amount) == format_currency(amount, "IDR", locale="id_ID")
        assert angka(amount, 2) == format_decimal(amount, format="#,##0.00", locale="id_ID")
        day = date.fromordinal(rng.randrange(date(1950, 1, 1).toordinal(), date(2100, 1, 1).toordinal()))
        assert tanggal(day) == format_date(day, "d MMMM y", locale="id_ID")
        assert tanggal_hari(day) == format_date(day, "EEEE, d MMMM y", locale="id_ID")
        assert english_date(day) == format_date(day, "d MMMM y", locale="en_GB")


def test_rupiah_and_dates_agree_with_babel_on_a_sample():
    check_against_babel(1_000)


@pytest.mark.heavy
def test_rupiah_and_dates_agree_with_babel_on_20_000_values():
    check_against_babel(20_000)


def test_rupiah_without_sen_refuses_an_amount_that_has_sen():
    with pytest.raises(InputError, match="finer than 0 decimals"):
        rupiah_whole(D("0.5"))


def test_rupiah_refuses_what_is_finer_than_a_sen_rather_than_rounding():
    with pytest.raises(InputError, match="round it before"):
        rupiah(D("0.005"))


@pytest.mark.parametrize("amount", [1.5, "1", None, True, D("NaN"), D("Infinity")])
def test_what_is_not_an_exact_number_is_refused(amount):
    with pytest.raises(InputError):
        rupiah(amount)


@pytest.mark.parametrize(
    ("amount", "cell"),
    [(D(0), "–"), (D("650000.00"), "650.000"), (D("16250.5"), "16.250,50"), (-5000, "-5.000")],
)
def test_a_table_cell_has_local_digits_and_a_dash_for_nothing(amount, cell):
    assert sel(amount) == cell


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (D("0.005"), "0,5%"),
        (D("0.0050"), "0,5%"),
        (D("0.24"), "24%"),
        (D("1"), "100%"),
        (D("0"), "0%"),
        (D("-0.005"), "-0,5%"),
        (D("0.00067"), "0,067%"),
        (D("15.5"), "1.550%"),
    ],
)
def test_percentages_have_a_comma_and_no_space(rate, text):
    assert persen(rate) == text


# --- dates and hours --------------------------------------------------------------------------


def test_dates_are_written_with_and_without_the_day_and_in_words():
    day = date(2026, 3, 31)
    assert tanggal(day) == "31 Maret 2026"
    assert tanggal_hari(day) == "Selasa, 31 Maret 2026"
    assert tanggal_terbilang(day) == "tiga puluh satu Maret dua ribu dua puluh enam"


@pytest.mark.parametrize(
    ("month", "roman"), [(1, "I"), (4, "IV"), (8, "VIII"), (9, "IX"), (11, "XI"), (12, "XII")]
)
def test_months_in_letter_numbers_are_roman(month, roman):
    assert bulan_romawi(date(2026, month, 1)) == roman


def test_hours_have_a_dot_and_the_zone():
    assert jam(time(8), time(20), "WIB") == "08.00–20.00 WIB"
    assert pukul(time(9, 5), "WITA") == "09.05 WITA"
