"""Schedules: calendars, grace, rates and roundings, at both sides of each edge."""

from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import pytest
from attrs import evolve

from tagih import schedules
from tagih.errors import InputError, TagihError
from tagih.money import Rounding
from tagih.schedules import (
    Added,
    Calendar,
    Disbursement,
    Every,
    Grace,
    Rate,
    RateChange,
    Roundings,
    Step,
    Terms,
    make,
    place,
    side_by_side,
    true_rate,
)
from tagih.schedules.tables import from_csv, from_dict

JANUARY = date(2026, 1, 31)
SEN = Roundings(Rounding(D("0.01"), "half_up"), Rounding(D("0.01"), "half_up"))


def days(*texts):
    return [date.fromisoformat(text) for text in texts]


def due_on(calendar, count, start=None):
    return [due.due_on for due in calendar.dues(count, start)]


def loan(principal=12_000_000, months=12, method="annuity", monthly="0.01", **more):
    calendar = more.pop("calendar", Calendar(first_due=JANUARY))
    return Terms(principal, months, method, Rate(D(monthly), "month"), calendar, **more)


def column(terms, name):
    return [int(getattr(row, name)) for row in make(terms).rows]


# --- calendars --------------------------------------------------------------------------------

CALENDARS = [
    ({"frequency": "daily"}, ["2026-01-31", "2026-02-01", "2026-02-02"]),
    ({"frequency": "weekly"}, ["2026-01-31", "2026-02-07", "2026-02-14"]),
    ({"frequency": "two_weekly"}, ["2026-01-31", "2026-02-14", "2026-02-28"]),
    ({"frequency": "selapanan"}, ["2026-01-31", "2026-03-07", "2026-04-11"]),
    ({"frequency": "10 day"}, ["2026-01-31", "2026-02-10", "2026-02-20"]),
    ({"frequency": "monthly"}, ["2026-01-31", "2026-02-28", "2026-03-31"]),
    ({"frequency": "quarterly"}, ["2026-01-31", "2026-04-30", "2026-07-31"]),
    ({"frequency": "yearly"}, ["2026-01-31", "2027-01-31", "2028-01-31"]),
    ({"frequency": "semi_monthly"}, ["2026-01-31", "2026-02-16", "2026-02-28"]),
    (
        {"frequency": "semi_monthly", "anchor_day": 15, "second_day": 31},
        ["2026-01-31", "2026-02-15", "2026-02-28"],
    ),
    ({"missing_day": "next"}, ["2026-01-31", "2026-03-01", "2026-03-31"]),
    ({"anchor_day": 30}, ["2026-01-31", "2026-02-28", "2026-03-30"]),
    ({"on": "first"}, ["2026-01-31", "2026-02-01", "2026-03-01"]),
    ({"on": "last"}, ["2026-01-31", "2026-02-28", "2026-03-31"]),
    ({"on": "2 tuesday"}, ["2026-01-31", "2026-02-10", "2026-03-10"]),
    ({"on": "last friday"}, ["2026-01-31", "2026-02-27", "2026-03-27"]),
    ({"frequency": "weekly", "cancelled": days("2026-02-07")}, ["2026-01-31", "2026-02-14", "2026-02-21"]),
    (
        {"frequency": "weekly", "cancelled": days("2026-02-07"), "when_cancelled": "double"},
        ["2026-01-31", "2026-02-14", "2026-02-14"],
    ),
    ({"not_before": date(2026, 2, 3)}, ["2026-02-03", "2026-03-03", "2026-04-03"]),
    ({"not_before": date(2026, 1, 31)}, ["2026-01-31", "2026-02-28", "2026-03-31"]),
]


@pytest.mark.parametrize(("choices", "expected"), CALENDARS, ids=lambda value: str(value)[:60])
def test_due_dates(choices, expected):
    assert due_on(Calendar(first_due=JANUARY, **choices), 3) == days(*expected)


def test_a_leap_day_is_an_anchor_like_any_other():
    assert due_on(Calendar("yearly", first_due=date(2028, 2, 29)), 5)[1::3] == days(
        "2029-02-28", "2032-02-29"
    )


def test_february_with_anchor_31_is_followed_by_31_march():
    assert due_on(Calendar(first_due=date(2026, 2, 28), anchor_day=31), 2) == days("2026-02-28", "2026-03-31")


class Feast:
    """A calendar of one year with one holiday."""

    def is_holiday(self, day):
        if day.year != 2026:
            raise TagihError("calendar.year", "no list for {year}", year=day.year)
        return day == date(2026, 6, 1)


SHIFTS = [
    # 31 May 2026 is a Sunday, 1 June a holiday
    ("none", None),
    ("following", date(2026, 6, 2)),
    ("modified_following", date(2026, 5, 29)),
    ("preceding", date(2026, 5, 29)),
]


@pytest.mark.parametrize(("shift", "payable"), SHIFTS)
def test_a_due_date_moves_off_a_holiday_and_the_contract_date_stays(shift, payable):
    calendar = Calendar(first_due=date(2026, 5, 31), shift=shift, holidays=Feast())
    (due,) = calendar.dues(1)
    assert (due.due_on, due.payable_on) == (date(2026, 5, 31), payable)


def test_a_year_without_holidays_known_is_an_error():
    with pytest.raises(TagihError, match="no list for 2027"):
        Calendar(first_due=date(2027, 6, 1), shift="following", holidays=Feast()).dues(1)


def test_joint_leave_is_rest_unless_it_is_said_to_be_work():
    from tagih import policies

    calendar = policies.policy("id.cal.2026").calendar
    first = date(2026, 2, 16)  # cuti bersama, a Monday; the 17th is a holiday
    rest = Calendar(first_due=first, shift="following", holidays=calendar)
    assert rest.dues(1)[0].payable_on == date(2026, 2, 18)
    assert evolve(rest, joint_leave="work").dues(1)[0].payable_on is None


def test_interest_runs_to_the_payable_date_only_if_that_is_agreed():
    terms = loan(
        months=1,
        calendar=Calendar(first_due=date(2026, 5, 31), shift="following", holidays=Feast()),
        start=date(2026, 5, 1),
        accrual="ACT/365F",
    )
    assert column(terms, "interest") == [118_356]  # 30 days
    assert column(evolve(terms, interest_to="payable"), "interest") == [126_247]  # 32 days


# --- grace ------------------------------------------------------------------------------------

GRACES = [
    # method, grace: principal and interest of each row, in thousands of rupiah
    ("equal_principal", Grace(principal=2), [0, 0, 600, 600], [12, 12, 12, 6]),
    ("equal_principal", Grace(principal=2, interest=2), [0, 0, 600, 600], [0, 0, 36, 6]),
    ("equal_principal", Grace(interest_free=2), [300, 300, 300, 300], [0, 0, 6, 3]),
    ("equal_principal", Grace(free_rows=(2,)), [300, 300, 300, 300], [12, 0, 6, 3]),
    ("equal_principal", Grace(holiday_rows=(2,)), [400, 0, 400, 400], [12, 0, 16, 4]),
    ("equal_principal", Grace(principal_rows=(2,)), [400, 0, 400, 400], [12, 8, 8, 4]),
    ("flat", Grace(principal=2), [0, 0, 600, 600], [12, 12, 12, 12]),
    ("flat", Grace(interest=2), [300, 300, 300, 300], [0, 0, 36, 12]),
    ("flat", Grace(interest_free=2), [300, 300, 300, 300], [0, 0, 12, 12]),
    ("interest_only", Grace(interest=3), [0, 0, 0, 1200], [0, 0, 0, 48]),
]


@pytest.mark.parametrize(("method", "grace", "principal", "interest"), GRACES)
def test_grace(method, grace, principal, interest):
    terms = loan(1_200_000, 4, method, grace=grace)
    assert [value / 1000 for value in column(terms, "principal")] == principal
    assert [value / 1000 for value in column(terms, "interest")] == interest


def test_interest_that_is_capitalised_bears_interest():
    terms = loan(1_000_000, 4, "equal_principal", grace=Grace(interest=2, later="capitalised"))
    schedule = make(terms)
    assert [int(row.capitalised) for row in schedule.rows] == [10_000, 10_100, 0, 0]
    assert [int(row.balance) for row in schedule.rows] == [1_010_000, 1_020_100, 510_050, 0]
    assert schedule.principal == 1_020_100


def test_an_annuity_after_capitalised_grace_is_that_of_the_grown_balance():
    terms = loan(1_000_000, 14, grace=Grace(interest=2, later="capitalised"), rounding=SEN)
    plain = loan(D(1_020_100), 12, rounding=SEN)
    assert make(terms).rows[2].total == make(plain).rows[0].total


# --- methods ----------------------------------------------------------------------------------


def test_paid_in_advance_the_first_instalment_bears_no_interest():
    rows = schedules.annuity(
        principal=12_000_000, monthly_rate=D("0.01"), months=12, first_due=JANUARY, paid="advance"
    )
    assert (rows[0].interest, rows[0].total) == (0, 1_055_629)  # 1.066.185,46 / 1,01


def test_a_rate_change_recasts_or_keeps_the_instalment():
    change = RateChange(7, Rate(D("0.02"), "month"))
    recast = make(loan(rate_changes=(change,)))
    kept = make(loan(rate_changes=(evolve(change, then="keep"),)))
    assert [int(recast.rows[at].total) for at in (0, 5, 6, 11)] == [
        1_066_185,
        1_066_185,
        1_103_121,
        1_103_121,
    ]
    assert [int(kept.rows[at].total) for at in (6, 10)] == [1_066_185, 1_066_185]
    assert kept.rows[11].total > 1_280_000


def test_a_cap_limits_what_a_recast_may_do():
    change = RateChange(7, Rate(D("0.05"), "month"), cap=D("1.075"))
    assert make(loan(rate_changes=(change,))).rows[6].total == 1_146_149  # 1.066.185 x 1,075


def test_steps_multiply_or_add():
    up = column(loan(steps=(Step(7, times=D("1.5")),)), "total")
    assert up[6] == pytest.approx(up[0] * 1.5, abs=1)
    plus = column(loan(steps=(Step(7, plus=100_000),)), "total")
    assert plus[6] - plus[0] == pytest.approx(100_000, abs=1)


def test_steps_too_low_for_the_interest_are_refused_unless_declared():
    terms = loan(monthly="0.03", steps=(Step(1, times=D("0.05")), Step(7)))
    with pytest.raises(InputError, match="does not cover the interest 360000 of row 1"):
        make(terms)
    declared = make(evolve(terms, shortfall="capitalise"))
    assert declared.rows[0].capitalised > 0
    assert declared.principal == 12_000_000 + declared.capitalised


def test_a_given_instalment_that_never_amortises_is_refused_with_the_reason():
    with pytest.raises(InputError, match="instalment 120000 does not cover the interest 120000 of row 1"):
        make(loan(months=0, method="given_instalment", instalment=120_000))


def test_a_balloon_is_left_for_the_last_row():
    last = make(loan(method="balloon", balloon=6_000_000)).rows[-1]
    assert last.balloon == pytest.approx(6_000_000, abs=10)
    assert last.balance == 0


def test_a_longer_amortisation_leaves_a_balloon_too():
    schedule = make(loan(months=12, amortised_over=24))
    assert schedule.rows[0].total == make(loan(months=24)).rows[0].total
    assert schedule.rows[-1].balloon > 6_000_000


def test_a_down_payment_is_a_row_of_its_own():
    schedule = make(loan(1_000, 3, monthly="0", down_payment_share=D("0.25")))
    assert [(row.kind, int(row.principal), int(row.balance)) for row in schedule.rows] == [
        ("down_payment", 250, 750),
        ("instalment", 250, 500),
        ("instalment", 250, 250),
        ("instalment", 250, 0),
    ]


TRANCHES = [
    # on the second due date: it joins the next period, or this one
    ("next", [100, 100, 200, 200]),
    ("this", [100, 167, 167, 166]),
]


@pytest.mark.parametrize(("belongs", "principal"), TRANCHES)
def test_a_disbursement_on_a_due_date_belongs_to_one_period(belongs, principal):
    terms = loan(
        400 + 200,
        4,
        "equal_principal",
        monthly="0",
        start=date(2025, 12, 31),
        disbursements=[Disbursement(date(2025, 12, 31), 400), Disbursement(date(2026, 2, 28), 200)],
        tranche_on_due_date=belongs,
    )
    assert column(terms, "principal") == principal


TRANCHE_SHARES = [
    # 750 lent at first and 750 after the first due date, over three rows (Apache Fineract,
    # LoanDownPayment.feature, disbursements after an overdue instalment)
    ("flat", "coming", [250, 625, 625]),
    ("flat", "all_rows", [250, 500, 750]),
    ("flat", "from_start", [500, 500, 500]),
    ("equal_principal", "coming", [250, 625, 625]),
    ("equal_principal", "all_rows", [250, 500, 750]),
    ("equal_principal", "from_start", [500, 500, 500]),
    ("annuity", "coming", [250, 625, 625]),
    ("annuity", "all_rows", [500, 500, 500]),
    ("annuity", "from_start", [500, 500, 500]),
]


@pytest.mark.parametrize(("method", "share", "principal"), TRANCHE_SHARES)
def test_a_later_disbursement_is_shared_by_the_rows_that_are_named(method, share, principal):
    terms = loan(
        1500,
        3,
        method,
        monthly="0",
        calendar=Calendar(first_due=date(2022, 2, 1)),
        start=date(2022, 1, 1),
        disbursements=[Disbursement(date(2022, 1, 1), 750), Disbursement(date(2022, 2, 15), 750)],
        tranche_share=share,
    )
    assert column(terms, "principal") == principal


FIRST_PERIODS = [
    # 10 days before a regular first month: 1/3 of a month on actual/360 is a third of 120.000
    ("accrued", 0, [160_000, 110_000]),
    ("first", 0, [160_000, 110_000]),
    ("spread", 0, [123_333, 113_333]),
    ("up_front", 40_000, [120_000, 110_000]),
    ("free", 0, [120_000, 110_000]),
]


@pytest.mark.parametrize(("rule", "up_front", "interest"), FIRST_PERIODS)
def test_interest_of_a_long_first_period(rule, up_front, interest):
    terms = Terms(
        12_000_000,
        12,
        "equal_principal",
        Rate(D("0.12"), year_days=360),
        Calendar(first_due=date(2026, 2, 10)),
        start=date(2025, 12, 31),
        first_period=rule,
    )
    schedule = make(terms)
    assert schedule.up_front == up_front
    assert [int(row.interest) for row in schedule.rows[:2]] == interest


def test_a_short_first_period_bears_interest_for_its_days():
    terms = loan(method="equal_principal", start=date(2026, 1, 16), calendar=Calendar(first_due=JANUARY))
    assert column(terms, "interest")[:2] == [58_065, 110_000]  # 15 of 31 days


# --- rounding ---------------------------------------------------------------------------------

DIFFERENCES = [
    # a seventh of 1.000 is 142,86, and rounded up 150
    ("last", [150, 150, 150, 150, 150, 150, 100]),
    ("first", [100, 150, 150, 150, 150, 150, 150]),
    ("spread", [140, 140, 140, 140, 140, 150, 150]),
    ("evened", [150, 150, 150, 150, 150, 150, 100]),
]


@pytest.mark.parametrize(("where", "totals"), DIFFERENCES)
def test_where_the_difference_goes(where, totals):
    rounding = Roundings(Rounding(D(10), "up"), Rounding(D(1), "half_up"), difference=where)
    assert column(loan(1000, 7, "flat", monthly="0", rounding=rounding), "total") == totals


def test_the_total_or_its_parts_are_rounded():
    rounding = Roundings(Rounding(D(20), "half_up"), Rounding(D("0.01"), "half_even"))
    total = make(loan(1250, 3, "flat", rounding=rounding)).rows[0].total  # 429.17
    parts = make(loan(1250, 3, "flat", rounding=evolve(rounding, of="parts"))).rows[0].total  # 416.67, 12.50
    assert (total, parts) == (420, 440)


def test_charges_join_the_instalment_whose_period_holds_them():
    schedule = make(loan(1000, 3, monthly="0"))
    rows = place(
        schedule,
        (
            Added(D(5), due_on=date(2025, 12, 31)),
            Added(D(7), due_on=date(2026, 2, 28)),
            Added(D(9), due_on=date(2026, 4, 1)),
            Added(share=D("0.10"), of="principal"),
        ),
    )
    assert [(row.number, int(row.total)) for row in rows] == [(1, 371), (2, 373), (3, 367), (4, 9)]
    assert rows[3].due_on == date(2026, 4, 1)


# --- values and refusals ----------------------------------------------------------------------


def test_a_row_says_how_it_was_made():
    terms = loan(1_200_000, 4, "equal_principal", grace=Grace(holiday_rows=(2,)))
    assert make(terms).rows[2].how == (
        "row 3, due 2026-03-31: 416000\n"
        "  interest 8000 = 800000 x 1 % from 2026-02-28 to 2026-03-31\n"
        "  interest of earlier rows is collected: 16000 in all\n"
        "  principal 400000: an equal part, to the payable unit"
    )


EXPLAINED = [
    # terms, row, its lines after the first in Indonesian and English
    ({"method": "flat"}, 0, ["bunga 120.000: bagian yang sama dari 1.440.000",
                              "pokok 1.000.000 = angsuran 1.120.000 - bunga 120.000"],
     ["interest 120000: an equal part of 1440000",
      "principal 1000000 = instalment 1120000 - interest 120000"]),
    ({"method": "sum_of_digits"}, 11, ["bunga 18.462: bagian menurut angkanya dari 1.440.000",
                                        "pokok 1.101.538: sisa pokok"],
     ["interest 18462: its digit's part of 1440000", "principal 1101538: the balance that is left"]),
    ({"method": "balloon", "balloon": D(6_000_000)}, 11,
     ["bunga 65.278 = 6.527.812 × 1 % dari 30 Nov 2026 sampai 31 Des 2026", "pokok 6.527.812: sisa pokok",
      "di antaranya 5.999.997 pembayaran akhir (balon)"],
     ["interest 65278 = 6527812 x 1 % from 2026-11-30 to 2026-12-31",
      "principal 6527812: the balance that is left", "of it 5999997 is the balloon"]),
    ({"grace": Grace(principal=1)}, 0,
     ["bunga 120.000 = 12.000.000 × 1 % dari 31 Des 2025 sampai 31 Jan 2026", "tanpa pokok"],
     ["interest 120000 = 12000000 x 1 % from 2025-12-31 to 2026-01-31", "no principal in this row"]),
    ({"grace": Grace(interest=1, principal=1)}, 0,
     ["bunga 120.000 = 12.000.000 × 1 % dari 31 Des 2025 sampai 31 Jan 2026",
      "bunga 120.000 ditagih kemudian", "tanpa pokok"],
     ["interest 120000 = 12000000 x 1 % from 2025-12-31 to 2026-01-31",
      "interest 120000 is collected later", "no principal in this row"]),
    ({"grace": Grace(interest=1, principal=1, later="capitalised")}, 0,
     ["bunga 120.000 = 12.000.000 × 1 % dari 31 Des 2025 sampai 31 Jan 2026",
      "bunga 120.000 menambah pokok", "tanpa pokok"],
     ["interest 120000 = 12000000 x 1 % from 2025-12-31 to 2026-01-31",
      "interest 120000 joins the balance", "no principal in this row"]),
    ({"method": "given_rows", "months": 1, "rows": ((D(12_000_000), D(5)),)}, 0,
     ["sesuai kesepakatan"], ["as agreed"]),
    ({"down_payment": D(2_000_000)}, 0,
     ["uang muka 2.000.000 dari 12.000.000"], ["down payment 2000000 of 12000000"]),
    ({"method": "flat", "start": date(2025, 12, 21), "first_period": "first", "accrual": "ACT/365F"}, 0,
     ["bunga 120.000: bagian yang sama dari 1.440.000",
      "pokok 1.000.000 = angsuran 1.120.000 - bunga 120.000",
      "ditambah bunga 39.452 untuk hari-hari sebelum masa angsuran pertama"], None),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "at", "in_indonesian", "in_english"), EXPLAINED)
def test_a_row_says_how_it_was_made_in_both_languages(terms, at, in_indonesian, in_english):
    row = make(loan(**terms)).rows[at]
    assert [line.strip() for line in row.explain("id").splitlines()[1:]] == in_indonesian
    if in_english is not None:
        assert [line.strip() for line in row.explain("en").splitlines()[1:]] == in_english


def test_a_row_knows_two_languages():
    with pytest.raises(InputError, match="language 'jv' is unknown; write id or en"):
        make(loan()).rows[0].explain("jv")


def test_flat_digits_and_effective_stand_side_by_side():
    rows = side_by_side(loan(method="flat"))
    assert {row.unearned_flat for row in rows[-1:]} == {0} == {rows[-1].unearned_digits}
    assert rows[0].unearned_digits < rows[0].unearned_effective < rows[0].unearned_flat


def test_fees_at_the_start_raise_the_true_rate():
    schedule = make(loan(method="flat"))
    assert true_rate(schedule, fees=240_000).period_rate > true_rate(schedule).period_rate


def test_the_last_of_given_instalments_is_rounded_once():
    """Federal Home Loan Bank Review, March 1935, plan A: 138 of $30 and one of $29.27."""
    cent = Rounding(D("0.01"), "half_up")
    terms = Terms(
        3000,
        139,
        "given_instalment",
        Rate(D("0.06")),
        Calendar(first_due=JANUARY),
        instalment=D(30),
        rounding=Roundings(instalment=cent, interest=cent, carry="interest"),
    )
    rows = make(terms).rows
    assert {row.total for row in rows[:-1]} == {D(30)}
    assert rows[-1].total == D("29.27")
    assert sum(row.principal for row in rows) == 3000


def test_instalments_carry_the_fee_and_the_payable_date():
    terms = loan(
        months=1,
        fee=5_000,
        calendar=Calendar(first_due=date(2026, 5, 31), shift="following", holidays=Feast()),
    )
    (row,) = make(terms).instalments
    assert (row.fees[0][1], row.payable_on) == (5_000, date(2026, 6, 2))


REFUSED = [
    ({"principal": 0}, "principal must be above 0, got 0"),
    ({"principal": D("nan")}, "principal must be above 0, got NaN"),
    ({"months": 0}, "instalments must be at least 1, got 0"),
    ({"method": "anuitas"}, "method 'anuitas' is unknown"),
    ({"method": "murabahah"}, "needs the margin"),
    ({"method": "given_instalment"}, "needs an instalment above 0"),
    ({"balloon": -1}, "balloon must lie between 0 and the principal"),
    ({"disbursements": [Disbursement(JANUARY, 5)]}, "disbursements add up to 5, not to the principal"),
    ({"monthly": "-0.01"}, "rate must be 0 or more"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED)
def test_terms_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        loan(**wrong)


def test_floats_are_refused_wherever_they_enter():
    for attempt in (
        lambda: Rate(0.02),
        lambda: Terms(1.5, 3),
        lambda: schedules.annuity(principal=1.5, monthly_rate=D(0), months=1, first_due=JANUARY),
        lambda: schedules.flat(principal=1, monthly_rate=0.1, months=1, first_due=JANUARY),
    ):
        with pytest.raises(InputError, match="is a float; write Decimal"):
            attempt()


CALENDAR_REFUSED = [
    (lambda: Calendar(anchor_day=32), "anchor day must be 1 to 31"),
    (lambda: Calendar("fortnightly"), "frequency 'fortnightly' is unknown"),
    (lambda: Calendar("0 day"), "at least 1 day apart"),
    (lambda: Every(1, "fortnight"), "unit 'fortnight' is unknown"),
    (lambda: Calendar(shift="following"), "needs a holiday calendar"),
    (lambda: Calendar(on="5 tuesday"), "day rule '5 tuesday' is unknown"),
    (lambda: Calendar().dues(1), "no first due date"),
    (lambda: Calendar(dates=days("2026-01-02", "2026-01-01")), "due dates must rise"),
    (lambda: Calendar(dates=days("2026-01-02")).dues(2), "1 due dates were given for 2"),
    (lambda: make(loan(start=date(2026, 2, 1))), "lies after the first due date"),
]


@pytest.mark.parametrize(("attempt", "message"), CALENDAR_REFUSED)
def test_calendars_that_make_no_sense_are_refused(attempt, message):
    with pytest.raises(InputError, match=message):
        attempt()


TERMS_REFUSED = [
    ({"principal": 1, "instalments": 1, "rat": {}}, "terms: 'rat' is not known"),
    ({"principal": 1, "instalments": 1, "rate": {"annual": "1"}}, "rate: 'annual' is not known"),
    ({"principal": 1, "instalments": 1, "start": "31/01/2026"}, "terms.start: '31/01/2026' cannot be read"),
    ({"principal": 1, "instalments": 1, "rate": {"amount": "2 %"}}, "rate: "),
    ({"instalments": 1}, "principal"),
    ({"schema": 2}, "schema 2 is not known"),
]


@pytest.mark.parametrize(("data", "message"), TERMS_REFUSED)
def test_terms_that_cannot_be_read_say_which_field(data, message):
    with pytest.raises(InputError, match=message):
        from_dict(data)


CSV_REFUSED = [
    ("number,due_on,principal,interest\nx,2026-01-31,1,1\n", "line 2, number: 'x'"),
    ("number,due_on,principal,interest\n1,31-01-2026,1,1\n", "line 2, due_on: '31-01-2026'"),
    ("number,due_on,principal,interest\n1,2026-01-31,1.000,\n", "line 2, interest: ''"),
    ("number,due_on,principal,interest,fee\n1,2026-01-31,1,1,-\n", "line 2, fee: '-'"),
    ("number,due_on,principal\n", "no column interest"),
    ("", "no column number, due_on, principal, interest"),
]


@pytest.mark.parametrize(("text", "message"), CSV_REFUSED)
def test_a_csv_that_cannot_be_read_says_which_line_and_column(text, message):
    with pytest.raises(InputError, match=message):
        from_csv(text)


def test_a_csv_may_leave_out_fees_and_payment_days():
    assert from_csv("number,due_on,principal,interest\n1,2026-01-31,900,100\n")[0].total == 1000


def test_rates_compound_to_the_payment_period():
    half_yearly = Rate(D("0.06"), compounded=2).for_period(Every(1, "month"))
    assert round(half_yearly * 10**10) == 49_386_220  # 1,03 ** (1 / 6) - 1 = 0,0049386220
    assert Rate(D("0.001"), "day").for_period(Every(2, "week")) == Fraction(365, 26000)
    assert Rate(D("0.05"), "period").annual(Every(3, "month")) == Fraction(1, 5)


def test_every_day_count_makes_a_schedule_that_closes():
    from tagih.daycounts import DAY_COUNTS

    holidays = Feast()
    for day_count in DAY_COUNTS:
        calendar = Calendar(first_due=date(2026, 2, 28), anchor_day=31, holidays=holidays)
        terms = Terms(12_000_000, 6, "annuity", Rate(D("0.12")), calendar, accrual=day_count.name)
        schedule = make(evolve(terms, start=date(2026, 1, 31)))
        assert schedule.rows[-1].balance == 0
        assert 30_000 * 12 < schedule.interest < 40_000 * 12, day_count.name


def test_a_loan_year_divides_by_the_year_the_loan_starts_in():
    terms = loan(
        36_600_000,
        2,
        "interest_only",
        start=date(2023, 12, 31),
        calendar=Calendar(first_due=date(2024, 1, 31)),
        accrual="ACT/ACT loan year",
    )
    assert column(evolve(terms, rate=Rate(D("0.365"))), "interest") == [1_134_600, 1_061_400]  # of 365


def test_steps_down_and_declared_growth_add_up():
    terms = loan(
        24_000_000, 24, monthly="0.02", steps=(Step(1, times=D("0.1")), Step(13)), shortfall="capitalise"
    )
    schedule = make(terms)
    assert schedule.principal == 24_000_000 + schedule.capitalised
    assert schedule.rows[11].balance > 24_000_000
    assert schedule.rows[-1].balance == 0
