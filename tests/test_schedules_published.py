"""Worked examples that were published in Indonesia, each recomputed; the link stands above its figures.

Where a page rounds in its own way, the rounding is named in the row. Only figures are taken over.
"""

from datetime import date
from decimal import Decimal as D

import pytest

from tagih import schedules
from tagih.money import Rounding
from tagih.schedules import Calendar, Rate, Roundings, Terms, make, true_rate

JANUARY = date(2026, 1, 31)


def rounded(unit, mode="half_up", **choices):
    return Roundings(
        instalment=Rounding(D(unit), mode), interest=Rounding(min(D(unit), D(1)), "half_up"), **choices
    )


RUPIAH, SEN = rounded(1), rounded("0.01")
UNROUNDED = rounded("0.01", carry="all")  # as a spreadsheet works: nothing is rounded but what is shown


def loan(principal, months, method, annual, rounding=RUPIAH, frequency="monthly", **more):
    return Terms(
        D(principal),
        months,
        method,
        Rate(D(annual) / 100),
        Calendar(frequency, first_due=JANUARY),
        rounding=rounding,
        **more,
    )


INSTALMENTS = [
    # principal, months, method, % a year, rounding, instalment
    # kompasiana.com/krisbanarto5251/60a1c2a8d541df23a40fd352: KPR, anuitas
    (500_000_000, 180, "annuity", "6", RUPIAH, "4219284"),
    # sumateraekspres.bacakoran.co/amp/55804: KUR, 12 and 36 months
    (100_000_000, 12, "flat", "6", RUPIAH, "8833333"),
    (100_000_000, 36, "flat", "6", RUPIAH, "3277778"),
    # rbtv.disway.id/headline/read/104176: KUR, cut off below a rupiah
    (80_000_000, 12, "flat", "6", rounded(1, "down"), "7066666"),
    # poskota.co.id/2025/03/09: KUR
    (50_000_000, 36, "flat", "6", RUPIAH, "1638889"),
    # sumateraekspres.bacakoran.co/amp/60695: a house of type 36, 12 to 36 months
    (300_000_000, 12, "flat", "6", RUPIAH, "26500000"),
    (300_000_000, 24, "flat", "6", RUPIAH, "14000000"),
    (300_000_000, 36, "flat", "6", RUPIAH, "9833333"),
    # id.scribd.com/document/637219640: a car, insurance on loan; 4.894.452 is rounded up to Rp1.000
    (149_893_884, 36, "flat", "5.85", RUPIAH, "4894452"),
    (149_893_884, 36, "flat", "5.85", rounded(1000, "up"), "4895000"),
    # id.scribd.com/document/497185523: a koperasi's jasa, 12 % a year
    (30_000_000, 12, "flat", "12", RUPIAH, "2800000"),
    # bisnishandal.com/menghitung-bunga-pinjaman-koperasi
    (12_000_000, 24, "flat", "5", RUPIAH, "550000"),
    # scribd.com/document/651717135: anuitas to the cent
    (78_000_000, 12, "annuity", "6", SEN, "6713181.52"),
    # the usual examples of flat interest (10 to 60 months)
    (12_000_000, 12, "flat", "10", RUPIAH, "1100000"),
    (24_000_000, 24, "flat", "10", RUPIAH, "1200000"),
    (36_000_000, 36, "flat", "10", RUPIAH, "1300000"),
    (60_000_000, 60, "flat", "10", RUPIAH, "1500000"),
    (36_000_000, 36, "flat", "6", RUPIAH, "1180000"),
    (20_000_000, 36, "flat", "18", SEN, "855555.56"),
    # anuitas and its practice of rounding up: Rp100, Rp500, Rp1.000
    (100_000_000, 12, "annuity", "12", SEN, "8884878.87"),
    (100_000_000, 12, "annuity", "12", rounded(100, "up"), "8884900"),
    (100_000_000, 12, "annuity", "12", rounded(500, "up"), "8885000"),
    (100_000_000, 12, "annuity", "12", rounded(1000, "up"), "8885000"),
    (50_000_000, 24, "annuity", "18", SEN, "2496205.10"),
    (50_000_000, 24, "annuity", "18", rounded(100, "up"), "2496300"),
    (50_000_000, 24, "annuity", "18", rounded(500, "up"), "2496500"),
    (50_000_000, 24, "annuity", "18", rounded(1000, "up"), "2497000"),
]


@pytest.mark.parametrize(("principal", "months", "method", "annual", "rounding", "instalment"), INSTALMENTS)
def test_a_published_instalment(principal, months, method, annual, rounding, instalment):
    assert make(loan(principal, months, method, annual, rounding)).rows[0].total == D(instalment)


YEARLY = [
    # masdayat.net/2024/08/pinjaman-sebesar-rp15000000000-akan_10.html: yearly, and up to Rp10.000
    (150_000_000, 5, "12", SEN, "41611459.79"),
    (150_000_000, 5, "12", rounded(10_000, "up"), "41620000"),
    # masdayat.net/2024/08/pinjaman-sebesar-rp12000000000-akan.html: up to tens, hundreds, thousands...
    (120_000_000, 4, "12.5", rounded(10, "up"), "39924950"),
    (120_000_000, 4, "12.5", rounded(100, "up"), "39925000"),
    (120_000_000, 4, "12.5", rounded(1000, "up"), "39925000"),
    (120_000_000, 4, "12.5", rounded(10_000, "up"), "39930000"),
]


@pytest.mark.parametrize(("principal", "years", "annual", "rounding", "instalment"), YEARLY)
def test_a_published_yearly_annuity(principal, years, annual, rounding, instalment):
    terms = loan(principal, years, "annuity", annual, rounding, frequency="yearly")
    assert make(terms).rows[0].total == D(instalment)


def test_an_annuity_of_yearly_rests_paid_by_the_month():
    # text-id.123dok.com/document/yd9jmvjz: Rp100 juta, 15 %, 3 years: 3.649.808 a month, interest 31.393.089
    schedule = make(loan(100_000_000, 3, "annuity", "15", UNROUNDED, frequency="yearly"))
    assert round(schedule.rows[0].total / 12) == 3_649_808
    assert round(schedule.interest) == 31_393_089
    assert round(schedule.rows[0].principal / 12) == 2_399_808


ROWS = [
    (  # galih.id/inilah-simulasi-kpr-btn-dengan-bunga-efektif: 9 %, 180 months
        loan(100_000_000, 180, "equal_principal", "9"),
        {1: (555_556, 750_000, 99_444_444), 2: (555_556, 745_833, 98_888_888)},
    ),
    (  # ilmusoftware.com/2009/07/relasi-tabel-modul-pinjaman.html: a koperasi, 2,2 % a month, menurun
        loan(5_000_000, 10, "equal_principal", "26.4"),
        {
            1: (500_000, 110_000, 4_500_000),
            5: (500_000, 66_000, 2_500_000),
            9: (500_000, 22_000, 500_000),
            10: (500_000, 11_000, 0),
        },
    ),
    (  # scribd.com/document/651717135: sliding rate
        loan(78_000_000, 12, "equal_principal", "6"),
        {
            1: (6_500_000, 390_000, 71_500_000),
            2: (6_500_000, 357_500, 65_000_000),
            12: (6_500_000, 32_500, 0),
        },
    ),
    (  # the usual example of sliding interest: 1.120.000 falls to 1.010.000
        loan(12_000_000, 12, "equal_principal", "12"),
        {1: (1_000_000, 120_000, 11_000_000), 12: (1_000_000, 10_000, 0)},
    ),
    (  # belajarhappybareng.blogspot.com/2021/03: an agreed 600.000 at 4 % a month
        loan(10_000_000, 0, "given_instalment", "48", instalment=600_000),
        {1: (200_000, 400_000, 9_800_000), 2: (208_000, 392_000, 9_592_000)},
    ),
]


@pytest.mark.parametrize(("terms", "rows"), ROWS)
def test_published_rows(terms, rows):
    schedule = make(terms)
    for number, figures in rows.items():
        row = schedule.rows[number - 1]
        assert (round(row.principal), round(row.interest), round(row.balance)) == figures


CENTS = [
    (  # scribd.com/document/651717135: anuitas to the cent, interest not rounded
        loan(78_000_000, 12, "annuity", "6", rounded("0.01", carry="interest")),
        {
            1: ("6323181.52", "390000", "71676818.48"),
            2: ("6354797.43", "358384.09", "65322021.05"),
            6: ("6482849.78", "230331.74", "39583498.80"),
            11: ("6646549.86", "66631.66", "6679782.57"),
        },
    ),
    (  # the usual example of anuitas: Rp100 juta, 12 %, 12 months
        loan(100_000_000, 12, "annuity", "12", SEN),
        {
            1: ("7884878.87", "1000000", "92115121.13"),
            2: ("7963727.66", "921151.21", "84151393.47"),
        },
    ),
    (  # masdayat.net/2024/08/pinjaman-sebesar-rp200000000-akan.html: 100.000 at 2 % a month, unrounded
        loan(2_000_000, 0, "given_instalment", "24", rounded("0.01", carry="interest"), instalment=100_000),
        {1: ("60000", "40000", "1940000"), 5: ("64945.93", "35054.07", "1687757.59")},
    ),
    (  # text-id.123dok.com/document/wq2mojory: four quarters at 3 %; the page's third balance is 2.611.912,9
        loan(10_000_000, 4, "annuity", "12", UNROUNDED, frequency="quarterly"),
        {1: ("2390270.45", "300000", "7609729.55")},
    ),
]


@pytest.mark.parametrize(("terms", "rows"), CENTS)
def test_published_rows_to_the_cent(terms, rows):
    schedule = make(terms)
    for number, figures in rows.items():
        row = schedule.rows[number - 1]
        assert (row.principal, row.interest, row.balance) == tuple(D(figure) for figure in figures)


MURABAHAH = [
    # carlezpekuncen.blogspot.com/2024/03: a motorcycle; 722.222 to Rp1.000, 577.778 to Rp100
    (20_000_000, 6_000_000, 36, rounded(1000), "722000"),
    (16_000_000, 4_800_000, 36, rounded(100), "577800"),
    # adeliaakhirta28.blogspot.com/2019/03: a car with a down payment
    (90_000_000, 18_000_000, 24, RUPIAH, "4500000"),
    # scribd.com/document/676985703: cost recovery and mark-up
    (120_000_000, 21_600_000, 24, RUPIAH, "5900000"),
    # ilmusoftware.com/2009/07: goods sold on instalments by a koperasi
    (1_000_000, 121_000, 10, RUPIAH, "112100"),
]


@pytest.mark.parametrize(("cost", "margin", "months", "rounding", "instalment"), MURABAHAH)
def test_a_published_murabahah(cost, margin, months, rounding, instalment):
    terms = Terms(
        cost,
        months,
        "murabahah",
        total_interest=margin,
        calendar=Calendar(first_due=JANUARY),
        rounding=rounding,
    )
    schedule = make(terms)
    assert schedule.rows[0].total == D(instalment)
    assert (schedule.principal, schedule.interest) == (cost, margin)


def test_the_margin_of_a_published_murabahah_is_the_same_each_month():
    # adeliaakhirta28.blogspot.com/2019/03: 3.750.000 of principal and 750.000 of margin
    rows = schedules.murabahah(cost=90_000_000, margin=18_000_000, months=24, first_due=JANUARY)
    assert {(row.principal, row.interest) for row in rows} == {(D(3_750_000), D(750_000))}


EFFECTIVE = [
    # principal, % flat a year, months: % effective a month, nominal and effective a year
    (12_000_000, "10", 12, "1.497666", "17.9720", "19.5288"),
    (24_000_000, "10", 24, "1.513084", "18.1570", "19.7469"),
    (36_000_000, "10", 36, "1.493140", "17.9177", "19.4649"),
    (60_000_000, "10", 60, "1.439478", "17.2737", "18.7091"),
    (12_000_000, "12", 12, "1.788099", "21.4572", "23.6984"),
    (36_000_000, "6", 36, "0.923538", "11.0825", "11.6631"),
    (20_000_000, "18", 36, "2.549531", "30.5944", "35.2708"),
]


@pytest.mark.parametrize(("principal", "flat", "months", "monthly", "nominal", "effective"), EFFECTIVE)
def test_the_effective_rate_of_flat_interest(principal, flat, months, monthly, nominal, effective):
    rate = true_rate(make(loan(principal, months, "flat", flat, rounded("0.000001"))))
    assert round(rate.period_rate * 100, 6) == D(monthly)
    assert round(rate.nominal_annual_rate * 100, 4) == D(nominal)
    assert round(rate.effective_annual_rate * 100, 4) == D(effective)
    assert round(rate.flat_annual_rate * 100, 4) == D(flat)


DAYS = [("ACT/360", "1033333.33"), ("ACT/365F", "1019178.08"), ("30/360", "1000000")]


@pytest.mark.parametrize(("day_count", "interest"), DAYS)
def test_a_month_of_31_days_by_day_count(day_count, interest):  # Rp100 juta at 12 %, January
    terms = Terms(
        100_000_000,
        1,
        "interest_only",
        Rate(D("0.12")),
        Calendar(first_due=date(2026, 2, 1)),
        start=date(2026, 1, 1),
        accrual=day_count,
        rounding=SEN,
    )
    assert make(terms).rows[0].interest == D(interest)
