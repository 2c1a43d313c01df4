"""The figures a letter prints are those of the position, and say what changed since."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tagih.contracts import Charge, Component, Contract, Instalment, Payment
from tagih.ledger import replay
from tagih.letters.figures import differences, figures
from tagih.letters.rendering import Renderer
from tagih.letters.specimens import specimen
from tagih.policies import Policy

D = Decimal
CONTRACT = Contract("MF-1", [Instalment(n, date(2026, n, 28), D(900), D(100)) for n in range(1, 7)])


def at(day, *events):
    return figures(replay(CONTRACT, events, Policy(), as_of=day))


@pytest.mark.parametrize(
    ("day", "late", "rows", "upcoming"),
    [
        (date(2026, 1, 28), 0, 0, 1),  # the due date itself is day 0: not past due, still to come
        (date(2026, 1, 29), 1, 1, 2),
        (date(2026, 2, 28), 31, 1, 2),
        (date(2026, 3, 1), 32, 2, 3),
        (date(2026, 6, 29), 152, 6, None),
    ],
)
def test_rows_are_what_fell_due_before_the_day(day, late, rows, upcoming):
    taken = at(day)
    assert (taken.days_past_due, len(taken.rows)) == (late, rows)
    assert (taken.upcoming.number if taken.upcoming else None) == upcoming


@given(
    st.dates(date(2026, 1, 1), date(2026, 9, 1)),
    st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2026, 9, 1)), st.integers(1, 3000)), max_size=4),
)
def test_figures_add_up_to_the_position(day, payments):
    events = [Payment(f"P-{n}", on, D(amount)) for n, (on, amount) in enumerate(payments)]
    position = replay(CONTRACT, events, Policy(), as_of=day)
    taken = figures(position)
    assert taken.arrears.total == position.arrears.total
    assert taken.outstanding.total == position.outstanding.total
    assert taken.unapplied == position.unapplied
    assert (taken.days_past_due, taken.oldest_due_on) == (position.days_past_due, position.oldest_due_on)


def test_named_late_charges_keep_their_names():
    charge = Charge("C-1", date(2026, 2, 1), Component("late_charge", "tazir"), D(50), instalment=1)
    assert at(date(2026, 2, 10), charge).named_late == (("tazir", D("50.00")),)


def test_a_letter_printed_from_a_position_says_what_the_position_says():
    day = date(2026, 3, 5)
    taken = at(day, Payment("P-1", date(2026, 2, 2), D(400)))
    html = Renderer().html(
        specimen("sp1", contract=CONTRACT, figures=taken, dated=day, pay_by=date(2026, 3, 12))
    )
    for said in ("36 hari", "Rp5.100,00", "Rp1.600,00"):
        assert said in html


def test_what_changed_since_a_letter_is_told():
    day = date(2026, 3, 5)
    printed = at(day)
    assert differences(printed, at(day)) == ()
    assert differences(evolve(printed, fingerprint="x"), printed) == ()
    told = differences(printed, at(day, Payment("P-1", date(2026, 3, 1), D(1000))))
    assert "days_past_due was 36, is 5" in told
    assert "arrears.total was 2000.00, is 1000.00" in told
