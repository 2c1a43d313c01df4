"""When it gets worse, and the least payment that keeps it from doing so."""

from datetime import date
from decimal import Decimal as D

import pytest

from tagih import (
    Arrears,
    Component,
    Contract,
    Instalment,
    Opening,
    OpeningBalance,
    Payment,
    Rounding,
    Tolerance,
    policy,
    replay,
)
from tagih.errors import InputError
from tagih.outlook import month_end_view, next_month_end, outlook
from tagih.policies import rule
from tagih.policies.others import RoundingRule

ROWS = [Instalment(n, date(2026, n, 15), D(900), D(100)) for n in range(1, 7)]
BANK, MF = policy("id.kol.bank.2019"), policy("id.kol.mf.2018")


def ahead(as_of, events=(), rules=BANK, until=None, **more):
    return outlook(replay(Contract("K-1", ROWS), events, rules, as_of), until=until, **more)


PAID = [Payment(f"P-{n}", date(2026, n, 15), D(1000)) for n in (1, 2)]

SHORT = [Payment("P-1", date(2026, 3, 1), D(2950))]

# Due on the 15th of each month from January, 1.000 each; worked by hand on a calendar. Bank: class 2 from
# day 1, 3 from day 91, 4 from day 121, 5 from day 181.
CASES = [
    # as_of, events, now, next on, next, class at month end, to stay, to improve, to become current
    (date(2026, 1, 10), [], "1", date(2026, 1, 16), "2", "2", 1000, None, 0),
    (date(2026, 1, 15), [], "1", date(2026, 1, 16), "2", "2", 1000, None, 0),
    (date(2026, 1, 16), [], "2", date(2026, 4, 16), "3", "2", 0, 1000, 1000),
    (date(2026, 3, 31), PAID, "2", date(2026, 6, 14), "3", "2", 0, 1000, 1000),
    (date(2026, 4, 15), [], "2", date(2026, 4, 16), "3", "3", 1000, 3000, 3000),
    (date(2026, 4, 16), [], "3", date(2026, 5, 16), "4", "3", 0, 1000, 4000),
    (date(2026, 4, 30), [], "3", date(2026, 5, 16), "4", "4", 1000, 1000, 4000),
    (date(2026, 7, 15), [], "5", None, "", "5", 0, 1000, 6000),
    (date(2026, 3, 31), SHORT, "2", date(2026, 6, 14), "3", "2", 0, 50, 50),
]  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "events", "now", "next_on", "then", "at_end", "stay", "improve", "current"), CASES
)
def test_what_lies_ahead_and_what_it_takes(as_of, events, now, next_on, then, at_end, stay, improve, current):
    found = ahead(as_of, events)
    assert (found.now, found.next_on, found.next, found.at_end) == (now, next_on, then, at_end)
    assert (found.to_stay, found.to_improve, found.to_become_current) == (stay, improve, current)


@pytest.mark.parametrize(
    ("rules", "current"),
    [
        (BANK, 1000),
        (policy("id.kol.bank.2019", Arrears(tolerance=Tolerance(amount=100))), 900),
        (
            policy("id.kol.bank.2019", Arrears(tolerance=Tolerance(share="0.0305"))),
            970,
        ),  # 969,5 in whole rupiah
        (policy("id.kol.bank.2019", RoundingRule(Rounding(unit=D(300)))), 1200),
    ],
)
def test_the_least_payment_is_in_whole_units_and_knows_the_tolerance(rules, current):
    assert ahead(date(2026, 1, 31), rules=rules).to_become_current == current


def test_unapplied_credit_is_used_before_money_is_asked_for():
    early = [Payment("P-1", date(2026, 1, 5), D(1400))]
    found = ahead(date(2026, 2, 1), early)  # 400 wait for 15 February
    assert (found.now, found.next_on, found.to_stay) == ("1", date(2026, 2, 16), 600)


def test_payments_to_come_in_the_file_do_not_count():
    assert ahead(date(2026, 1, 20), [Payment("P-1", date(2026, 1, 25), D(1000))]).to_become_current == 1000


def test_on_the_cut_over_day_the_first_payment_is_the_day_after():
    owed = [OpeningBalance(1, Component("principal"), D(500))]
    one = Contract("K-1", ROWS, opening=Opening(date(2026, 1, 31), owed))
    found = outlook(replay(one, [], BANK, date(2026, 1, 31)))
    assert (found.now, found.to_become_current) == ("2", 500)


@pytest.mark.parametrize(
    ("as_of", "end"),
    [
        (date(2026, 1, 30), date(2026, 1, 31)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2027, 12, 31), date(2028, 1, 31)),
    ],
)
def test_the_next_month_end_is_always_ahead(as_of, end):
    assert next_month_end(as_of) == end


def test_a_view_over_the_book_adds_up():
    looks = [
        outlook(replay(Contract(f"K-{i}", ROWS), events, BANK, date(2026, 4, 15)))
        for i, events in enumerate([[], PAID, PAID, [Payment("P", date(2026, 4, 15), D(4000))]])
    ]
    view = month_end_view(looks, rule("id.kol.bank.2019"))
    assert [(one.now, one.at_end, one.contracts, one.to_stay) for one in view] == [
        ("1", "1", 1, 0), ("2", "2", 2, 0), ("2", "3", 1, 1000),
    ]  # fmt: skip
    assert sum(one.outstanding.total for one in view) == sum(one.outstanding.total for one in looks)


def test_a_view_is_of_one_day_and_until_lies_ahead():
    looks = [ahead(date(2026, 1, 20)), ahead(date(2026, 2, 20))]
    with pytest.raises(InputError, match="one day, one end and one currency"):
        month_end_view(looks, rule("id.kol.bank.2019"))
    with pytest.raises(InputError, match="until 2026-01-20 must lie after 2026-01-20"):
        ahead(date(2026, 1, 20), until=date(2026, 1, 20))
    with pytest.raises(InputError, match="unit -1 must be above 0"):
        ahead(date(2026, 1, 20), unit=D("-1"))


def test_a_cooperative_needs_a_judgement_only_where_it_stands_now():
    found = ahead(date(2026, 1, 20), rules=policy("id.kol.ksp", accept=("id.kol.ksp",)))
    assert found.now == "1"
