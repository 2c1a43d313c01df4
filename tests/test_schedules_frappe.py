"""Schedules that Frappe Lending asserts in its own tests, each with its day and rounding convention.

Source: github.com/frappe/lending, the test named in each case (commits 3f2cbc1, 002b084, 0f62e25).
"""

from datetime import date
from decimal import Decimal

import pytest

from tagih.money import Rounding
from tagih.schedules import Calendar, Rate, Roundings, Terms, make

CENT = Rounding(Decimal("0.01"), "half_up")
UP = Rounding(Decimal(1), "up")
UNROUNDED = Roundings(instalment=UP, interest=CENT, carry="interest")  # interest is not rounded
CENTS = Roundings(instalment=UP, interest=CENT)
WHOLE = Roundings(instalment=UP, interest=Rounding(Decimal(1), "half_up"))


def loan(principal, percent, periods, **more):
    more = {"rounding": UNROUNDED, "calendar": Calendar(first_due=date(2025, 2, 27))} | more
    return Terms(principal, periods, rate=Rate(Decimal(percent) / 100), **more)


def whole(amount):
    return round(amount)


LOAN_280 = {
    "frappe-001": (  # test_loan.py::test_loan
        loan(280000, "8.4", 20),
        (15052, 21034, 301034),
        {3: (13369, 1683, 227080), 17: (14740, 312, 29785), 19: (14941, 105, 0)},
    ),
    "frappe-003": (  # test_loan.py::test_loan_with_repayment_periods: actual days, annuity at rate / 12
        loan(
            280000,
            "8.4",
            20,
            start=date(2025, 1, 27),
            accrual="ACT/365F",
            instalment_rates="nominal",
            rounding=CENTS,
        ),
        (15052, 20970, 300970),
        {3: (13392, 1660, 226979), 17: (14745, 307, 29715), 19: (14875, 106, 0)},
    ),
}


@pytest.mark.parametrize("case", LOAN_280)
def test_a_loan_by_months_and_by_days(case):
    terms, (instalment, interest, total), rows = LOAN_280[case]
    schedule = make(terms)
    assert (schedule.rows[0].total, whole(schedule.interest), whole(schedule.total)) == (
        instalment,
        interest,
        total,
    )
    for index, figures in rows.items():
        row = schedule.rows[index]
        assert (whole(row.principal), whole(row.interest), whole(row.balance)) == figures


def test_a_fixed_instalment_runs_for_as_many_periods_as_it_takes():  # frappe-002: test_loan (fixed amount)
    terms = loan(280000, "8.4", 0, method="given_instalment", instalment=Decimal(14000))
    schedule = make(terms)
    assert len(schedule.rows) == 22
    assert (whole(schedule.interest), whole(schedule.total)) == (22712, 302712)


WHOLE_UNITS = [  # frappe-005, frappe-006: test_loan_application.py::test_loan_totals
    (250000, "9.2", 18, 14923, 18599, 268599),
    (250000, "9.2", 24, 11445, 24657, 274657),
]


@pytest.mark.parametrize(("principal", "percent", "periods", "instalment", "interest", "total"), WHOLE_UNITS)
def test_interest_and_balance_in_whole_units(principal, percent, periods, instalment, interest, total):
    schedule = make(loan(principal, percent, periods, rounding=WHOLE))
    assert (schedule.rows[0].total, schedule.interest, schedule.total) == (instalment, interest, total)


BROKEN = loan(
    100000,
    "14.5",
    12,
    start=date(2023, 11, 3),
    calendar=Calendar(first_due=date(2023, 12, 5)),
    accrual="ACT/365F",
    instalment_rates="nominal",
    rounding=CENTS,
    first_period="spread",
)


def test_interest_of_a_broken_period_spread_over_the_tenure():
    # frappe-009: test_broken_period_interest_for_amortized_over_tenure; 2 days bear 79.45
    first, second, *_, last = make(BROKEN).rows
    assert (first.interest, second.interest) == (Decimal("1198.40"), Decimal("1141.93"))
    assert first.principal + first.interest - Decimal("6.62") == 9003
    assert last.balance == 0


def test_interest_of_a_broken_period_in_the_first_instalment():
    # frappe-011: test_broken_period_interest_for_add_to_first_emi
    from attrs import evolve

    assert make(evolve(BROKEN, first_period="first")).rows[0].interest == Decimal("1271.23")
    up_front = make(evolve(BROKEN, first_period="up_front"))
    assert (up_front.up_front, up_front.rows[0].interest) == (Decimal("79.45"), Decimal("1191.78"))


def test_a_flat_rate():  # frappe-013: test_flat_rate_interest_method
    terms = loan(
        12000,
        "10",
        4,
        method="flat",
        start=date(2024, 10, 1),
        calendar=Calendar(first_due=date(2024, 11, 1)),
    )
    assert [(str(row.due_on), row.principal, row.interest, row.total) for row in make(terms).rows] == [
        ("2024-11-01", 3000, 100, 3100),
        ("2024-12-01", 3000, 100, 3100),
        ("2025-01-01", 3000, 100, 3100),
        ("2025-02-01", 3000, 100, 3100),
    ]


def test_due_on_the_first_day_of_the_next_month():
    # frappe-015: test_term_loan_schedule_types (pro-rated, first day of next month)
    dues = Calendar(on="first").dues(12, date(2022, 10, 17))
    assert [str(dues[i].due_on) for i in (0, 1, -1)] == ["2022-11-01", "2022-12-01", "2023-10-01"]


INSTALMENTS = [
    (500000, "25", 12, 47523),  # frappe-017: test_advance_payment
    (1000000, "28", 24, 54889),  # frappe-019: test_pre_payment_with_partial_unbooked_interest
    (500000, "25", 2, 257840),  # frappe-021: test_shortfall_loan_close_limit
    (100000, "10", 30, 3782),  # frappe-023: test_dpd_calculation
]


@pytest.mark.parametrize(("principal", "percent", "periods", "instalment"), INSTALMENTS)
def test_instalments_are_rounded_up_to_a_whole_unit(principal, percent, periods, instalment):
    assert make(loan(principal, percent, periods)).rows[0].total == instalment
