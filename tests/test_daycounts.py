"""Days and parts of a year between two dates."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagih.daycounts import DAY_COUNTS, day_count, days, year_fraction
from tagih.errors import InputError

DATES = st.dates(date(1970, 1, 1), date(2100, 12, 31))
PLAIN = [c.name for c in DAY_COUNTS if c.name not in ("ACT/ACT ICMA", "ACT/365L", "BUS/252")]
THIRTY = ["30/360", "30U/360", "30/360 PSA", "30E/360", "30E/360 ISDA", "30E+/360"]


def d(text: str) -> date:
    return date.fromisoformat(text)


# Each row is one stretch at the edge where the variants part. Worked out from the definitions of
# ISDA 2006 section 4.16 (f) to (h) and the SIA and PSA rules; columns in the order of THIRTY.
EDGES = [
    ("2026-01-31", "2026-02-28", (28, 28, 28, 28, 30, 28)),
    ("2026-01-30", "2026-03-31", (60, 60, 60, 60, 60, 61)),
    ("2026-01-29", "2026-03-31", (62, 62, 62, 61, 61, 62)),
    ("2026-02-28", "2026-03-31", (33, 30, 30, 32, 30, 33)),
    ("2026-02-28", "2027-02-28", (360, 360, 358, 360, 360, 360)),
    ("2024-02-29", "2025-02-28", (359, 360, 358, 359, 360, 359)),
    ("2024-02-28", "2024-02-29", (1, 1, 1, 1, 2, 1)),
    ("2024-02-29", "2024-03-01", (2, 1, 1, 2, 1, 2)),
    ("2026-12-31", "2027-01-01", (1, 1, 1, 1, 1, 1)),
    ("2026-12-30", "2026-12-31", (0, 0, 0, 0, 0, 1)),
    ("2026-12-31", "2026-12-31", (0, 0, 0, 0, 0, 0)),
]


@pytest.mark.parametrize(("start", "end", "expected"), EDGES)
def test_the_variants_of_thirty_days_a_month_part_at_month_ends(start, end, expected):
    assert tuple(days(name, d(start), d(end)) for name in THIRTY) == expected


def test_the_termination_date_keeps_its_end_of_february():
    start, end = d("2026-08-31"), d("2027-02-28")
    assert days("30E/360 ISDA", start, end) == 180
    assert days("30E/360 ISDA", start, end, termination=end) == 178
    assert days("30E/360 ISDA", start, end, termination=d("2028-02-29")) == 180


# Both sides of a leap day and of a year's end; the length of the year is what differs.
FRACTIONS = [
    ("ACT/360", "2024-01-01", "2025-01-01", Fraction(366, 360)),
    ("ACT/364", "2026-01-01", "2026-01-08", Fraction(1, 52)),
    ("ACT/365F", "2024-01-01", "2025-01-01", Fraction(366, 365)),
    ("ACT/365A", "2024-02-28", "2024-02-29", Fraction(1, 366)),
    ("ACT/365A", "2024-02-29", "2024-03-01", Fraction(1, 365)),
    ("ACT/365A", "2023-12-31", "2024-02-28", Fraction(59, 365)),
    ("ACT/366", "2023-01-01", "2024-01-01", Fraction(365, 366)),
    ("ACT/365.25", "2024-01-01", "2028-01-01", Fraction(4)),
    ("NL/365", "2024-01-01", "2025-01-01", Fraction(1)),
    ("NL/365", "2024-02-28", "2024-02-29", Fraction(0)),
    ("NL/365", "2024-02-29", "2024-03-01", Fraction(1, 365)),
    ("NL/365", "2024-02-28", "2024-03-01", Fraction(1, 365)),
    ("ACT/ACT ISDA", "2024-12-31", "2025-01-01", Fraction(1, 366)),
    ("ACT/ACT ISDA", "2024-12-30", "2025-01-02", Fraction(2, 366) + Fraction(1, 365)),
    ("ACT/ACT ISDA", "2023-07-01", "2026-07-01", Fraction(3)),
    ("ACT/ACT start year", "2024-12-30", "2025-01-02", Fraction(3, 366)),
    ("ACT/ACT start year", "2025-12-30", "2026-01-02", Fraction(3, 365)),
    ("ACT/ACT AFB", "2023-02-28", "2024-02-29", Fraction(1)),
    ("ACT/ACT AFB", "2024-02-29", "2024-03-01", Fraction(1, 366)),
    ("ACT/ACT AFB", "2024-03-01", "2024-03-02", Fraction(1, 365)),
    ("ACT/ACT AFB", "2024-02-28", "2024-02-29", Fraction(1, 365)),
    ("ACT/ACT AFB", "2022-06-15", "2026-03-15", 3 + Fraction(273, 365)),
    ("30/365", "2026-01-31", "2026-03-01", Fraction(31, 365)),
    ("30/360", "2026-01-01", "2027-01-01", Fraction(1)),
]


@pytest.mark.parametrize(("name", "start", "end", "expected"), FRACTIONS)
def test_the_length_of_the_year_is_the_conventions_own(name, start, end, expected):
    assert year_fraction(name, d(start), d(end)) == expected


# The ISDA paper "EMU and market conventions" (1998): regular, short first, long first and long
# final periods, the last at month ends.
ICMA = [
    ("2003-11-01", "2004-05-01", "2003-11-01", "2004-05-01", Fraction(1, 2)),
    ("1999-02-01", "1999-07-01", "1998-07-01", "1999-07-01", Fraction(150, 365)),
    ("2002-08-15", "2003-07-15", "2003-01-15", "2003-07-15", Fraction(1, 2) + Fraction(153, 184) / 2),
    ("2000-01-30", "2000-06-30", "2000-01-30", "2000-07-30", Fraction(152, 182) / 2),
    ("1999-11-30", "2000-04-30", "1999-11-30", "2000-02-29", Fraction(1, 4) + Fraction(61, 92) / 4),
]


@pytest.mark.parametrize(("start", "end", "first", "last", "expected"), ICMA)
def test_icma_counts_by_the_regular_period(start, end, first, last, expected):
    assert (
        year_fraction("ACT/ACT ICMA", d(start), d(end), reference_start=d(first), reference_end=d(last))
        == expected
    )


def test_icma_takes_a_frequency_for_the_period():
    by_months = year_fraction(
        "ACT/ACT ICMA", d("2026-01-15"), d("2026-02-15"), reference_start=d("2026-01-15"), frequency=12
    )
    by_weeks = year_fraction(
        "ACT/ACT ICMA",
        d("2026-01-05"),
        d("2026-01-19"),
        reference_start=d("2026-01-05"),
        reference_end=d("2026-01-12"),
        frequency=52,
    )
    assert (by_months, by_weeks) == (Fraction(1, 12), Fraction(2, 52))


def test_icma_without_a_period_is_refused():
    with pytest.raises(InputError, match="regular period") as told:
        year_fraction("ACT/ACT ICMA", d("2026-01-01"), d("2026-07-01"))
    assert told.value.code == "daycount.reference"


@pytest.mark.parametrize(
    ("start", "end", "frequency", "year"),
    [
        ("2023-12-31", "2024-01-31", 12, 366),  # ends in a leap year
        ("2024-12-01", "2025-01-01", 12, 365),
        ("2023-06-30", "2024-06-30", 1, 366),  # a leap day in it
        ("2024-02-29", "2025-02-28", 1, 365),  # begun by one
        ("2024-03-01", "2025-03-01", 1, 365),
    ],
)
def test_the_leap_year_of_365l_is_of_the_end_or_of_a_yearly_periods_leap_day(start, end, frequency, year):
    lasted = (d(end) - d(start)).days
    assert year_fraction("ACT/365L", d(start), d(end), frequency=frequency) == Fraction(lasted, year)


def test_365l_counts_a_part_of_a_period_over_the_whole_periods_year():
    part = year_fraction(
        "ACT/365L", d("2023-07-01"), d("2023-08-01"),
        frequency=1, reference_start=d("2023-07-01"), reference_end=d("2024-07-01"),
    )  # fmt: skip
    assert part == Fraction(31, 366)


def test_365l_without_a_frequency_is_refused():
    with pytest.raises(InputError, match="needs frequency") as told:
        year_fraction("ACT/365L", d("2026-01-01"), d("2026-07-01"))
    assert told.value.code == "daycount.frequency"


def test_business_days_are_those_of_the_calendar_given():
    def weekday(day: date) -> bool:
        return day.weekday() < 5

    monday, next_monday = d("2026-11-16"), d("2026-11-23")
    assert days("BUS/252", monday, next_monday, is_business_day=weekday) == 5
    assert year_fraction("business/252", monday, next_monday, is_business_day=weekday) == Fraction(5, 252)
    with pytest.raises(InputError, match="is_business_day"):
        days("BUS/252", monday, next_monday)


NAMES = [
    ("actual/actual (ISDA)", "ACT/ACT ISDA"),
    ("Actual/365 Fixed", "ACT/365F"),
    ("act/365f", "ACT/365F"),
    ("30/360 Bond Basis", "30/360"),
    ("30e/360 german", "30E/360 ISDA"),
    ("30/360 SIA", "30U/360"),
    ("act/act ISMA", "ACT/ACT ICMA"),
    ("NL365", "NL/365"),
    ("business/252", "BUS/252"),
]


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_a_convention_goes_by_its_usual_names(name, expected):
    assert day_count(name).name == expected


def test_no_two_conventions_share_a_name():
    names = [name.casefold() for c in DAY_COUNTS for name in (c.name, *c.aliases)]
    assert len(set(names)) == len(names)


def test_an_unknown_name_is_refused_with_near_ones():
    with pytest.raises(InputError) as told:
        days("ACT/356", d("2026-01-01"), d("2026-02-01"))
    assert told.value.code == "daycount.unknown"
    assert str(told.value).startswith("day count 'ACT/356' is unknown; write one of ACT/36")
    with pytest.raises(InputError, match="BUS/252"):
        day_count("🌕")


@given(DATES, DATES, st.sampled_from(PLAIN))
def test_swapped_dates_give_the_opposite(start, end, name):
    assert days(name, start, end) == -days(name, end, start)
    assert year_fraction(name, start, end) == -year_fraction(name, end, start)


@given(DATES, st.integers(0, 4000), st.integers(0, 4000))
def test_actual_days_add_up_over_any_date_between(start, first, second):
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    for name in ("ACT/365F", "ACT/ACT ISDA", "NL/365", "ACT/360"):
        whole = year_fraction(name, start, end)
        assert whole == year_fraction(name, start, middle) + year_fraction(name, middle, end)


@given(DATES, st.integers(0, 20000), st.sampled_from(PLAIN))
def test_no_convention_strays_far_from_the_calendar(start, length, name):
    end = start + timedelta(days=length)
    years = length / 365.2425
    assert abs(float(year_fraction(name, start, end)) - years) <= 0.02 + years * 0.0155
