"""Aging: how late, which bucket, and money that adds up."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagih import (
    Arrears,
    Charge,
    Component,
    Contract,
    Instalment,
    Pause,
    Payment,
    Policy,
    Tolerance,
    policy,
    replay,
)
from tagih.aging import (
    DUE_TODAY,
    NO_DUE_DATE,
    NOT_DUE,
    UNAPPLIED,
    Item,
    age,
    age_apart,
    age_debtors,
    age_items,
    aging_by,
    aging_table,
    apart,
    bands,
    boundary,
    items_of,
)
from tagih.errors import InputError, PolicyError
from tagih.policies import rule
from tagih.policies.buckets import Bucket, Buckets, Scale
from tagih.receivables import Credit, Invoice, open_items

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


def shown(columns):
    return {name: amount for name, amount in columns.items() if amount}


# --- policies of days past due --------------------------------------------------------------------

WORKING = [
    # as_of, working days past due: due on Thursday 12 March 2026. Holidays and joint leave of the
    # joint decree (SKB) for 2026: 18 to 24 March, Nyepi and Idulfitri with the weekend between.
    (date(2026, 3, 12), 0),
    (date(2026, 3, 13), 1),
    (date(2026, 3, 14), 1),
    (date(2026, 3, 15), 1),
    (date(2026, 3, 16), 2),
    (date(2026, 3, 17), 3),
    (date(2026, 3, 18), 3),
    (date(2026, 3, 24), 3),
    (date(2026, 3, 25), 4),
    (date(2026, 3, 27), 6),
    (date(2026, 3, 29), 6),
    (date(2026, 3, 30), 7),
]


@pytest.mark.parametrize(("as_of", "days"), WORKING)
def test_working_days_leave_out_weekends_holidays_and_joint_leave(as_of, days):
    rules = policy("id.kol.mf.2018", "id.cal.2026", Arrears(days="working"))
    position = replay(contract(date(2026, 3, 12)), [], rules, as_of)
    assert position.days_past_due == days
    assert position.instalments[0].days_past_due == days


@pytest.mark.parametrize(("working", "days"), [("mon-fri", 1), ("mon-sat", 2)])
def test_saturday_is_a_working_day_where_people_work_on_it(working, days):
    rules = policy("id.kol.mf.2018", "id.cal.2026", Arrears(days="working", working=working))
    assert replay(contract(date(2026, 3, 12)), [], rules, date(2026, 3, 15)).days_past_due == days


def test_working_days_without_a_holiday_list_are_an_error():
    late = date(2026, 3, 16)
    with pytest.raises(PolicyError, match="counts working days and the policy has no calendar"):
        replay(contract(date(2026, 3, 12)), [], Policy(arrears=Arrears(days="working")), late)
    rules = policy("id.cal.2025", Arrears(days="working"))
    with pytest.raises(PolicyError, match="no holiday list for 2026"):
        replay(contract(date(2026, 3, 12)), [], rules, late)


# an instalment of 1.000 paid but for `short`, 28 days after it fell due
TOLERANCES = [
    (Tolerance(), "0.01", 28),
    (Tolerance(amount=50), "50", 0),
    (Tolerance(amount=50), "50.01", 28),
    (Tolerance(share="0.01"), "10", 0),
    (Tolerance(share="0.01"), "10.01", 28),
    (Tolerance(share="0.01", floor=20), "20", 0),
    (Tolerance(share="0.01", floor=20), "20.01", 28),
    (Tolerance(amount=15, share="0.01"), "15", 0),
    (Tolerance(amount=15, share="0.01"), "15.01", 28),
]


@pytest.mark.parametrize(("tolerance", "short", "days"), TOLERANCES)
def test_a_tolerance_changes_the_days_and_the_count_and_never_the_money(tolerance, short, days):
    rules = policy("id.kol.mf.2018", Arrears(tolerance=tolerance))
    paid = [Payment("P-1", DUE, D(1000) - D(short))]
    one = age(replay(contract(DUE), paid, rules, date(2026, 2, 28)))
    assert (one.days_past_due, one.overdue_instalments) == (days, int(days > 0))
    assert one.arrears.total == D(short)


def test_a_pause_stops_the_days_of_the_contract_and_of_each_instalment():
    pause = [Pause("H-1", date(2026, 2, 5), until=date(2026, 2, 14))]
    position = replay(contract(DUE, date(2026, 2, 10)), pause, MF, date(2026, 2, 28))
    assert (position.days_past_due, [row.days_past_due for row in position.instalments]) == (18, [18, 14])
    assert [item.days for item in items_of(position)] == [18, 14]


# --- by debtor, at a boundary ---------------------------------------------------------------------


def two_of_one_debtor(scheme):
    """Contracts 100 and 5 days late of one debtor, and one of another."""
    rules = [(DUE, "MF-1", "K-1"), (date(2026, 5, 6), "MF-2", "K-1"), (date(2026, 5, 6), "MF-3", "")]
    return [
        age(replay(contract(due, id=name, debtor_id=debtor), [], policy(scheme), date(2026, 5, 11)))
        for due, name, debtor in rules
    ]


@pytest.mark.parametrize(
    ("scheme", "reason"), [("id.kol.bank.2019", "one_obligor"), ("id.kol.mf.2018", "worst_contract")]
)
def test_a_debtor_stands_in_the_class_of_the_worst_contract(scheme, reason):
    aged = two_of_one_debtor(scheme)
    one, other = age_debtors(aged, policy(scheme).buckets)
    assert (one.debtor_id, one.contracts, one.days_past_due) == ("K-1", ("MF-1", "MF-2"), 100)
    assert (one.bucket.code, one.worst, one.reason) == ("3", "MF-1", reason)
    assert (one.overdue_instalments, one.arrears.total, one.outstanding.total) == (2, 2000, 2000)
    assert (other.debtor_id, other.contracts) == ("MF-3", ("MF-3",))


def test_accounts_at_a_boundary_are_those_a_day_before_on_and_after_it():
    aged = [
        age(replay(contract(DUE, id=f"MF-{days}"), [], MF, date.fromordinal(DUE.toordinal() + days)))
        for days in (28, 29, 30, 31, 32, 88, 89, 91, 92)
    ]
    assert [one.days_past_due for one in boundary(aged, 30, 90)] == [29, 30, 31, 89, 91]
    assert [one.days_past_due for one in boundary(aged, 30, within=2)] == [28, 29, 30, 31, 32]


# --- principal and interest apart -----------------------------------------------------------------


def test_principal_and_interest_are_each_as_old_as_their_oldest_unpaid_instalment():
    # 1.100 paid, interest first: both interests and 900 of the principal of January
    rows = contract(DUE, date(2026, 2, 28), date(2026, 3, 31))
    paid = [Payment("P-1", date(2026, 3, 5), D(1000)), Payment("P-2", date(2026, 3, 5), D(50))]
    position = replay(rows, paid, MF, date(2026, 4, 15))
    principal, interest = apart(position)
    assert (principal.arrears, principal.oldest_due_on, principal.days) == (1800, date(2026, 2, 28), 46)
    assert (principal.months, principal.full_months, principal.instalments) == (2, 1, 2)
    assert (interest.arrears, interest.oldest_due_on, interest.days) == (150, date(2026, 2, 28), 46)
    later = replay(rows, [*paid, Payment("P-3", date(2026, 3, 6), D(50))], MF, date(2026, 4, 15))
    assert [(one.days, one.instalments) for one in apart(later)] == [(46, 2), (15, 1)]


@pytest.mark.parametrize(
    ("as_of", "unit", "columns"),
    [
        (date(2026, 4, 30), "days", {"31-60": 50, "61-90": 900}),
        (date(2026, 4, 30), "months", {"2": 50, "3": 900}),
        (date(2026, 5, 1), "months", {"2": 50, "older": 900}),
        (date(2026, 5, 1), "full_months", {"2": 50, "3": 900}),
    ],
)
def test_arrears_of_one_component_are_aged_in_days_or_named_months(as_of, unit, columns):
    # principal: 900 due 31 January (a day past 31 January is the second month begun of February)
    rows = [Instalment(1, DUE, D(900)), Instalment(2, date(2026, 3, 1), D(50)), Instalment(3, as_of, D(7))]
    position = replay(Contract("MF-1", rows), [], MF, as_of)
    scheme = DAYS_30 if unit == "days" else bands(1, 2, 3, unit=unit)
    assert shown(age_apart([position], scheme, Component("principal"))) == columns


# --- receivables that are not loans -----------------------------------------------------------------


def credit(name, on, amount, settles=""):
    return Credit(name, on, D(amount), settles=settles)


def test_a_report_of_a_past_date_ignores_what_was_settled_later_and_ages_credit_by_its_own_date():
    # OCA/account-financial-reporting issue 546: an April report shows 100.000 of April, 50.000 of March
    # and a payment of February of 1.000 that settles nothing yet; one made in May does not count.
    invoices = [Invoice(f"INV-{n}", date(2019, 3, 15), D(10000), due_on=date(2019, 3, 15)) for n in range(5)]
    invoices.append(Invoice("INV-9", date(2019, 4, 15), D(100000), due_on=date(2019, 4, 15)))
    credits = [
        credit("PAY-1", date(2019, 2, 15), 1000),
        *(credit(f"PAY-{n}", date(2019, 5, 15), 9800, f"INV-{n}") for n in range(5)),
    ]
    items = open_items(invoices, credits, date(2019, 4, 30))
    columns = age_items(items, bands(30, 60, 90), date(2019, 4, 30), credits="own_date")
    assert shown(columns) == {"1-30": 100000, "31-60": 50000, "61-90": -1000}
    assert sum(columns.values()) == 149000
    apart_ = age_items(items, bands(30, 60, 90), date(2019, 4, 30))
    assert shown(apart_) == {"1-30": 100000, "31-60": 50000, UNAPPLIED: -1000}


def test_a_part_payment_leaves_the_rest_open():
    # OCA/account-financial-reporting issue 829: a bill of 100, a payment of 20
    bill = Invoice("BILL", date(2026, 1, 1), D(100), due_on=DUE)
    items = open_items([bill], [credit("P", DUE, 20, "BILL")], DUE)
    assert [(item.id, item.amount) for item in items] == [("BILL", 80)]


def test_a_payment_and_a_credit_note_settle_the_oldest_part_first():
    # frappe/erpnext test_accounts_receivable.py: 200 in parts of 60, 100 and 40; 40 paid, then 100 credited
    parts = [(date(2026, 2, n), amount) for n, amount in ((1, 60), (11, 100), (21, 40))]
    bill = Invoice("INV", date(2026, 1, 1), D(200), parts=parts)
    paid = [credit("P", date(2026, 1, 5), 40, "INV")]
    after = open_items([bill], paid, DUE)
    assert [(item.due_on.day, item.amount) for item in after] == [(1, 20), (11, 100), (21, 40)]
    noted = [*paid, credit("CN", date(2026, 1, 6), 100, "INV")]
    assert [(item.id, item.amount) for item in open_items([bill], noted, DUE)] == [
        ("INV/2", 20),
        ("INV/3", 40),
    ]


@pytest.mark.parametrize(
    ("age_days", "bucket"),
    # OCA/account-financial-reporting aged_partner_balance.py: limits 30, 60, 90, 120 are the last days
    [(0, "current"), (1, "1-30"), (60, "31-60"), (90, "61-90"), (121, "older")],
)
def test_bands_end_on_their_limits(age_days, bucket):
    assert bands(30, 60, 90, 120).bucket_for(age_days).code == bucket


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 500), st.integers(0, 60)), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 500), st.integers(-1, 4)), max_size=6),
    st.integers(0, 120),
    st.sampled_from(["apart", "own_date"]),
)
def test_open_items_add_up_to_invoices_less_credits(bills, money, days, choice):
    def day(n):
        return date.fromordinal(DUE.toordinal() + n)

    invoices = [
        Invoice(f"I-{i}", day(on), D(size), due_on=day(on + due)) for i, (on, size, due) in enumerate(bills)
    ]
    credits = [
        credit(f"C-{i}", day(on), size, f"I-{at}" if 0 <= at < len(bills) else "")
        for i, (on, size, at) in enumerate(money)
    ]
    as_of = day(days)
    items = open_items(invoices, credits, as_of)
    expected = sum(one.amount for one in invoices if one.on <= as_of)
    expected -= sum(one.amount for one in credits if one.on <= as_of)
    assert sum(age_items(items, bands(30, 60), as_of, credits=choice).values()) == expected


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Invoice("I", DUE, D(0)), "invoice I: amount 0 must be above 0"),
        (lambda: Invoice("I", DUE, D(5), parts=[(DUE, 4)]), "equal its parts, which make 4"),
        (lambda: credit("C", DUE, -5), "credits are written without a sign"),
        (lambda: open_items([], [credit("C", DUE, 5, "I")], DUE), "there is no invoice 'I' in IDR"),
        (lambda: open_items([Invoice("I", DUE, D(5))] * 2, [], DUE), "invoice ids repeat"),
    ],
)
def test_receivables_that_cannot_be_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
