"""What a credit register asks of each contract; above all since when it is in its class."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagih import (
    Component,
    Contract,
    Instalment,
    Opening,
    OpeningBalance,
    Payment,
    Restructure,
    Reversal,
    policy,
    replay,
)
from tagih.quality import qualities, quality
from tagih.slik import in_class_since, slik

BANK = policy("id.kol.bank.2019")
SIGNED = date(2025, 12, 15)
ROWS = [Instalment(n, date(2026, n, 15), D(900), D(100)) for n in range(1, 7)]
ONE = Contract("B-1", ROWS, debtor_id="K-1", signed_on=SIGNED)
JANUARY = Payment("P-1", date(2026, 4, 20), D(1000))  # class 3 since 16 April; February is 64 days late

# bank: class 2 from day 1, 3 from day 91, 4 from day 121, 5 from day 181
SINCE = [
    (date(2026, 1, 15), [], "1", SIGNED),
    (date(2026, 1, 16), [], "2", date(2026, 1, 16)),
    (date(2026, 4, 15), [], "2", date(2026, 1, 16)),
    (date(2026, 4, 16), [], "3", date(2026, 4, 16)),
    (date(2026, 12, 31), [], "5", date(2026, 7, 15)),
    (date(2026, 4, 30), [JANUARY], "2", date(2026, 4, 20)),
    (date(2026, 5, 20), [JANUARY], "3", date(2026, 5, 17)),
    (date(2026, 4, 30), [JANUARY, Reversal("R-1", date(2026, 4, 25), "P-1")], "3", date(2026, 4, 16)),
    (date(2026, 4, 25), [Payment("P-1", date(2026, 4, 20), D(4000))], "1", date(2026, 4, 20)),
]


@pytest.mark.parametrize(("as_of", "events", "code", "since"), SINCE)
def test_since_when_it_is_in_its_class(as_of, events, code, since):
    (found,) = slik(qualities([replay(ONE, events, BANK, as_of)]))
    assert (found.code, found.since) == (code, since)


def test_after_a_cut_over_it_is_at_the_earliest_that_day():
    owed = [OpeningBalance(1, Component("principal"), D(500))]
    one = Contract("B-1", ROWS, opening=Opening(date(2026, 3, 31), owed))
    assert in_class_since(replay(one, [], BANK, date(2026, 4, 10))) == date(2026, 3, 31)


def test_the_columns_of_a_contract_in_arrears():
    paid = [Payment("P-1", date(2026, 1, 15), D(1000)), Payment("P-2", date(2026, 2, 15), D(950))]
    (found,) = slik(qualities([replay(ONE, paid, BANK, date(2026, 4, 30))]))
    assert (found.principal_balance, found.arrears_principal, found.arrears_interest) == (3650, 1850, 200)
    assert (found.instalments, found.days, found.arrears_since) == (3, 74, date(2026, 2, 15))
    assert (found.restructures, found.first_restructured_on, found.written_off) == (0, None, 0)


def test_restructures_are_counted_unless_they_were_reversed():
    plans = [
        Restructure(f"R-{n}", date(2026, n, 20), [Instalment(10 * n, date(2026, 12, 15), D(6000))])
        for n in (2, 3, 4)
    ]
    events = [*plans, Reversal("X-1", date(2026, 4, 25), "R-4")]
    (found,) = slik(qualities([replay(ONE, events, BANK, date(2026, 4, 30))]))
    assert (found.restructures, found.first_restructured_on) == (2, date(2026, 2, 20))
    assert found.last_restructured_on == date(2026, 3, 20)


def test_a_contract_that_another_pulls_is_in_its_class_since_the_other_is():
    late = Contract("B-2", ROWS[:1], debtor_id="K-1", signed_on=SIGNED)
    paid = [Payment("P", date(2026, 4, 1), D(6000))]
    found = slik(
        qualities([replay(late, [], BANK, date(2026, 4, 30)), replay(ONE, paid, BANK, date(2026, 4, 30))])
    )
    assert [(row.contract_id, row.code, row.since) for row in found] == [
        ("B-2", "3", date(2026, 4, 16)), ("B-1", "3", date(2026, 4, 16)),
    ]  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 250), st.integers(1, 3000)), max_size=5),
    st.integers(0, 280),
    st.sampled_from(["id.kol.bank.2019", "id.kol.mf.2018", "id.kol.bpr.monthly"]),
)
def test_day_by_day_it_is_the_same(payments, days, scheme):
    events = [Payment(f"P-{i}", SIGNED + timedelta(n), D(amount)) for i, (n, amount) in enumerate(payments)]
    rules, as_of = policy(scheme), SIGNED + timedelta(days)

    def code(day):
        return quality(replay(ONE, events, rules, day)).classified.code

    first = as_of
    while first > SIGNED and code(first - timedelta(1)) == code(as_of):
        first -= timedelta(1)
    assert in_class_since(replay(ONE, events, rules, as_of)) == first
