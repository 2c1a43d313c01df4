"""Was the promise kept: deadlines, shares, reversals, and no rupiah twice."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagih import Chargeback, Payment, Reversal
from tagih.errors import InputError, PolicyError
from tagih.policies import rule
from tagih.promises import Promise, Promised, PromiseRule, judge, kept_rate

MADE = date(2026, 3, 2)
DUE = date(2026, 3, 10)


def promise(*parts, id="J-1", made_on=MADE):
    return Promise(id, "MF-1", made_on, [Promised(day, D(amount)) for day, amount in parts])


def paid(day, amount, id="P-1"):
    return Payment(id, day, D(amount))


@pytest.mark.parametrize(
    ("paid_on", "amount", "as_of", "status"),
    [
        (date(2026, 3, 10), 500, date(2026, 3, 10), "kept"),
        (date(2026, 3, 10), 499, date(2026, 3, 10), "pending"),  # until the end of the promised day
        (date(2026, 3, 10), 499, date(2026, 3, 11), "partial"),
        (date(2026, 3, 11), 500, date(2026, 3, 11), "broken"),
        (date(2026, 3, 2), 500, date(2026, 3, 2), "kept"),  # the day it was made counts
        (date(2026, 3, 1), 500, date(2026, 3, 11), "broken"),  # money from before does not
        (date(2026, 3, 5), 500, date(2026, 3, 4), "pending"),  # not known yet
    ],
)
def test_the_window_runs_from_the_day_it_was_made_to_the_deadline(paid_on, amount, as_of, status):
    (verdict,) = judge([promise((DUE, 500))], [paid(paid_on, amount)], PromiseRule(), as_of)
    assert verdict.status == status


@pytest.mark.parametrize(("amount", "status"), [(449, "partial"), (450, "kept"), (500, "kept")])
def test_a_share_of_the_amount_may_be_enough(amount, status):
    patient = PromiseRule(share=D("0.9"))
    (verdict,) = judge([promise((DUE, 500))], [paid(DUE, amount)], patient, date(2026, 3, 20))
    assert verdict.status == status


@pytest.mark.parametrize(
    ("due", "days", "deadline"),
    [
        (date(2026, 3, 13), 1, date(2026, 3, 16)),  # Friday: the weekend does not count
        # 19 March (Nyepi) and 21-22 March 2026 (Idul Fitri) are national holidays, 18, 20, 23 and 24
        # March joint leave (SKB of 19 September 2025)
        (date(2026, 3, 17), 1, date(2026, 3, 25)),
        (date(2026, 3, 17), 2, date(2026, 3, 26)),
    ],
)
def test_grace_in_working_days_skips_weekends_holidays_and_joint_leave(due, days, deadline):
    calendar = rule("id.cal.2026")
    assert PromiseRule(grace_days=days, grace_in="working", holidays=calendar).deadline(due) == deadline


class OnlyHolidays:
    """A holiday list from elsewhere: it knows no joint leave."""

    def is_holiday(self, day):
        return day in (date(2026, 3, 19), date(2026, 3, 21), date(2026, 3, 22))


@pytest.mark.parametrize(
    ("week", "due", "deadline"),
    [
        ((0, 1, 2, 3, 4), date(2026, 3, 18), date(2026, 3, 20)),
        ((0, 1, 2, 3, 4), date(2026, 3, 20), date(2026, 3, 23)),  # Friday, then Monday
        ((0, 1, 2, 3, 4, 5), date(2026, 3, 13), date(2026, 3, 14)),  # Friday, then Saturday
        ((0, 1, 2, 3, 4, 5), date(2026, 3, 20), date(2026, 3, 23)),  # that Saturday is Idul Fitri
        ((6,), date(2026, 3, 20), date(2026, 3, 29)),
    ],
)
def test_the_working_week_and_the_holidays_are_given(week, due, deadline):
    rule = PromiseRule(grace_days=1, grace_in="working", week=week, holidays=OnlyHolidays())
    assert rule.deadline(due) == deadline


def test_a_year_without_holidays_is_an_error():
    working = PromiseRule(grace_days=1, grace_in="working", holidays=rule("id.cal.2026"))
    with pytest.raises(PolicyError):
        working.deadline(date(2031, 1, 2))


def test_a_later_reversal_unkeeps_it_from_that_day_and_only_then():
    events = [paid(DUE, 500), Reversal("R-1", date(2026, 3, 20), "P-1")]
    made = [promise((DUE, 500))]
    before, after = (judge(made, events, PromiseRule(), date(2026, 3, day))[0] for day in (19, 20))
    assert (before.status, after.status) == ("kept", "broken")


def test_a_chargeback_takes_the_money_back():
    events = [paid(DUE, 500), Chargeback("C-1", date(2026, 3, 12), "P-1", D(200))]
    (verdict,) = judge([promise((DUE, 500))], events, PromiseRule(), date(2026, 3, 12))
    assert (verdict.status, verdict.received) == ("partial", 300)


def test_one_payment_keeps_two_promises_only_with_money_for_both():
    both = [promise((DUE, 300)), promise((date(2026, 3, 12), 300), id="J-2")]
    verdicts = judge(both, [paid(date(2026, 3, 9), 500)], PromiseRule(), date(2026, 3, 31))
    assert [(v.promise_id, v.status, v.received) for v in verdicts] == [
        ("J-1", "kept", 300),
        ("J-2", "partial", 200),
    ]


def test_a_series_is_judged_part_by_part():
    series = promise((DUE, 300), (date(2026, 4, 10), 300))
    verdicts = judge([series], [paid(date(2026, 3, 9), 300)], PromiseRule(), date(2026, 4, 1))
    assert [v.status for v in verdicts] == ["kept", "pending"]


def test_the_kept_rate_counts_what_has_matured():
    verdicts = judge(
        [promise((DUE, 300)), promise((DUE, 100), id="J-2"), promise((date(2026, 5, 1), 900), id="J-3")],
        [paid(DUE, 350)],
        PromiseRule(),
        date(2026, 4, 1),
    )
    rate = kept_rate(verdicts)
    assert (rate.kept, rate.matured, rate.by_count, rate.by_amount) == (1, 2, D("0.5"), D("0.875"))


def test_nothing_matured_has_no_rate():
    assert kept_rate([]).by_count is None


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 500)), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 45), st.integers(1, 900)), max_size=6),
    st.integers(0, 50),
)
def test_one_rupiah_never_keeps_two_promises(promised, payments, days):
    day = MADE.toordinal()
    made = [
        promise(
            (date.fromordinal(day + start + length), amount),
            id=f"J-{n}",
            made_on=date.fromordinal(day + start),
        )
        for n, (start, length, amount) in enumerate(promised)
    ]
    events = [paid(date.fromordinal(day + at), amount, f"P-{n}") for n, (at, amount) in enumerate(payments)]
    verdicts = judge(made, events, PromiseRule(), date.fromordinal(day + days))
    used: dict[str, D] = {}
    for verdict in verdicts:
        assert verdict.received == sum(amount for _, amount in verdict.used) <= verdict.promised
        for name, amount in verdict.used:
            used[name] = used.get(name, D(0)) + amount
    assert all(used[event.id] <= event.amount for event in events if event.id in used)


@pytest.mark.parametrize("parts", [[], [(date(2026, 3, 1), 100)], [(DUE, 0)]])
def test_a_promise_that_cannot_be_is_refused(parts):
    with pytest.raises(InputError):
        promise(*parts)
