"""Aging: how late, which bucket, and money that adds up."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagih import Charge, Component, Contract, Instalment, Payment, Policy, policy, replay
from tagih.aging import (
    DUE_TODAY,
    NO_DUE_DATE,
    NOT_DUE,
    UNAPPLIED,
    Item,
    age,
    age_items,
    aging_by,
    aging_table,
    items_of,
)
from tagih.errors import InputError, PolicyError
from tagih.policies import rule
from tagih.policies.buckets import Bucket, Buckets, Scale

DUE = date(2026, 1, 31)
MF = policy("id.kol.mf.2018")
DAYS_30 = Buckets(
    (
        Bucket("current", ""),
        Bucket("1-30", ""),
        Bucket("31-60", ""),
        Bucket("61-90", ""),
        Bucket("91-120", ""),
        Bucket("older", ""),
    ),
    (
        Scale(
            "days_past_due",
            (("current", 0), ("1-30", 1), ("31-60", 31), ("61-90", 61), ("91-120", 91), ("older", 121)),
        ),
    ),
)


def contract(*dues, id="MF-1", currency="IDR", **more):
    rows = [Instalment(n, due, D(900), D(100)) for n, due in enumerate(dues, 1)]
    return Contract(id, rows, currency=currency, **more)


@pytest.mark.parametrize(
    ("as_of", "days", "code"),
    [
        (date(2026, 1, 30), 0, "1"),
        (date(2026, 1, 31), 0, "1"),  # the due date is day 0
        (date(2026, 2, 1), 1, "1"),
        (date(2026, 2, 10), 10, "1"),
        (date(2026, 2, 11), 11, "2"),
        (date(2026, 5, 1), 90, "2"),
        (date(2026, 5, 2), 91, "3"),
        (date(2026, 5, 31), 120, "3"),
        (date(2026, 6, 1), 121, "4"),
        (date(2026, 7, 30), 180, "4"),
        (date(2026, 7, 31), 181, "5"),
    ],
)
def test_days_past_due_count_from_the_oldest_instalment_and_choose_the_class(as_of, days, code):
    one = age(replay(contract(DUE), [], MF, as_of))
    assert (one.days_past_due, one.bucket.code) == (days, code)


def test_what_is_due_today_is_not_overdue():
    one = age(replay(contract(DUE, date(2026, 2, 28)), [], MF, DUE))
    assert (one.arrears.total, one.due_today.total, one.not_due.total) == (0, 1000, 1000)
    assert one.overdue_instalments == 0


def test_a_part_payment_keeps_the_age_and_names_what_is_missing():
    paid = [Payment("P-1", date(2026, 2, 5), D("999.99"))]
    one = age(replay(contract(DUE), paid, MF, date(2026, 3, 2)))
    assert (one.days_past_due, one.cause.instalment, one.cause.shortfall) == (30, 1, D("0.01"))


def test_an_unpaid_fee_or_late_charge_alone_is_not_late():
    events = [
        Payment("P-1", DUE, D(1000)),
        Charge("C-1", DUE, Component("fee"), D(50), instalment=1),
        Charge("C-2", DUE, Component("late_charge"), D(50), instalment=1),
    ]
    one = age(replay(contract(DUE), events, MF, date(2026, 3, 2)))
    assert (one.days_past_due, one.arrears.total) == (0, 100)


def test_without_a_scheme_the_error_says_what_to_put_in():
    with pytest.raises(PolicyError, match=r"contract MF-1: no bucket scheme; put one in its policy"):
        age(replay(contract(DUE), [], Policy(), DUE))


# --- many contracts ---------------------------------------------------------------------------

PAYMENTS = st.lists(st.tuples(st.integers(0, 120), st.integers(1, 4000)), max_size=5)


@given(st.lists(st.tuples(st.integers(1, 200), PAYMENTS), min_size=1, max_size=6), st.integers(0, 250))
def test_buckets_add_up_to_the_outstanding(histories, days):
    as_of = date.fromordinal(DUE.toordinal() + days)
    aged, outstanding, unapplied = [], D(0), D(0)
    for number, (gap, payments) in enumerate(histories):
        dues = [date.fromordinal(DUE.toordinal() + gap * i) for i in range(3)]
        paid = [
            Payment(f"P-{i}", date.fromordinal(DUE.toordinal() + day), D(amount))
            for i, (day, amount) in enumerate(payments)
        ]
        position = replay(contract(*dues, id=f"MF-{number}"), paid, MF, as_of)
        outstanding += position.outstanding.total
        unapplied += position.unapplied
        aged.append(age(position))
        columns = age_items(items_of(position), DAYS_30, as_of, unapplied=position.unapplied)
        assert sum(columns.values()) == position.outstanding.total - position.unapplied
    table = aging_table(aged, MF.buckets)
    total = table.total
    assert total.contracts == len(aged)
    assert total.outstanding.total == outstanding
    assert total.unapplied == unapplied
    for row in (*table.rows, total):
        assert row.arrears.total + row.due_today.total + row.not_due.total == row.outstanding.total


def test_groups_stand_in_order_and_add_up_to_the_whole():
    aged = [
        age(replay(contract(DUE, id=f"MF-{n}", tags=(("branch", place),)), [], MF, date(2026, 3, 31)))
        for n, place in enumerate(("Medan", "Bogor", "Medan"))
    ]
    groups = aging_by(aged, MF.buckets, lambda one: one.label("branch"))
    assert [(group.group, group.total.contracts) for group in groups] == [("Bogor", 1), ("Medan", 2)]


def test_currencies_and_dates_are_never_mixed():
    rupiah = age(replay(contract(DUE), [], MF, DUE))
    yen = age(replay(contract(DUE, currency="JPY"), [], MF, DUE))
    with pytest.raises(InputError, match=r"one date and one currency"):
        aging_table([rupiah, yen], MF.buckets)


# --- receivables style ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "column"),
    [(-1, NOT_DUE), (0, DUE_TODAY), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
     (90, "61-90"), (91, "91-120"), (120, "91-120"), (121, "older")],
)  # fmt: skip
def test_each_open_item_stands_in_its_own_bucket(days, column):
    item = Item("INV-1", D(70), DUE)
    columns = age_items([item], DAYS_30, date.fromordinal(DUE.toordinal() + days))
    assert {name: amount for name, amount in columns.items() if amount} == {column: 70}


def test_an_item_without_a_due_date_and_a_credit_have_columns_of_their_own():
    columns = age_items([Item("INV-1", D(70), None)], DAYS_30, DUE, unapplied=D(20))
    assert (columns[NO_DUE_DATE], columns[UNAPPLIED], sum(columns.values())) == (70, -20, 50)


def test_bpr_takes_the_worse_of_arrears_and_maturity():
    # POJK 1/2024 Lampiran II: 31-90 days or matured 1-15 days is DPK, matured 16-30 days KL
    matured = contract(DUE, maturity=DUE)
    one = age(replay(matured, [], Policy(), date(2026, 2, 16)), rule("id.kol.bpr.monthly"))
    assert (one.days_past_due, one.bucket.code) == (16, "3")
