"""Every public value comes back equal through JSON: what one program writes, another can read."""

from __future__ import annotations

import inspect
import json
from datetime import date, datetime
from decimal import Decimal as D

import attrs
import pytest
from attrs import evolve

import tagih
from tagih import values
from tagih.aging import age, age_debtors, aging_table, apart, items_of
from tagih.arrangements import (
    Arrangement,
    ArrearsToEnd,
    Debts,
    Means,
    NewPlan,
    PayoffTerms,
    PlanTerms,
    RestructureTerms,
    SettlementTerms,
    arrears_to_end,
    compare,
    payoff_proposal,
    plan,
    quote,
    restructure,
    settlement,
    state,
    suggest,
)
from tagih.bridge import bridges
from tagih.conduct import ZONES, Contact, audit, may_contact
from tagih.errors import InputError
from tagih.outlook import month_end_view, outlook
from tagih.parties import Address, Debtor
from tagih.promises import Promise, Promised
from tagih.quality import qualities
from tagih.rates import UnitFlow
from tagih.receivables import Credit, Invoice, open_items
from tagih.schedules import Calendar, Rate, Terms, make, side_by_side
from tagih.slik import slik
from tagih.values import from_dict, from_json, to_dict, to_json

ROWS = tagih.schedules.flat(
    principal=D(12_000_000), monthly_rate=D("0.01"), months=12, first_due=date(2026, 1, 31)
)
CONTRACT = tagih.Contract(
    "MF-0007", ROWS, debtor_id="K-1", lender_type="mf", signed_on=date(2025, 12, 31), principal=D(12_000_000)
)
RULES = tagih.Policy(
    late_charge=tagih.LateCharge(daily_rate="0.001", base="unpaid_instalment", counting="due_day_free"),
    buckets=tagih.policy("id.kol.mf.2018").buckets,
)
PAID = [tagih.Payment(f"P-{row.number}", row.due_on, row.total) for row in ROWS[:2]]
LATE = tagih.replay(CONTRACT, PAID, RULES, date(2026, 5, 15))
BEFORE = tagih.replay(CONTRACT, PAID, RULES, date(2026, 4, 30))
TERMS = Terms(12_000_000, 12, "annuity", Rate(D("0.02"), "month"), Calendar(first_due=date(2026, 1, 31)))
LONGER = RestructureTerms(NewPlan(18, Rate(D("0.02"), "month")), Debts(interest="capitalise"))
SARI = Debtor("K-1", "Sari", address=Address(("Jl. Mawar 1",), "Makassar", province="Sulawesi Selatan"))


def schedules():
    yield TERMS
    yield make(TERMS)
    yield from side_by_side(evolve(TERMS, method="flat"))


def offers():
    beside = plan(LATE, PlanTerms(months=4, cure_days=3))
    longer, end = restructure(LATE, LONGER), arrears_to_end(LATE, ArrearsToEnd(rows=1))
    yield from (LONGER, beside, longer, end)
    yield settlement(LATE, SettlementTerms(amount=10_000_000, payments=2, first_on=date(2026, 6, 15)))
    yield quote(LATE, PayoffTerms(rebate="sum_of_digits"), date(2026, 5, 20), id="Q-1")
    yield payoff_proposal(LATE, PayoffTerms(rebate="sum_of_digits"))
    yield compare(LATE, {"longer": longer, "to the end": end}, by="monthly")
    yield suggest(LATE, Means(now=D(500_000), monthly=D(1_900_000)), by="total")
    agreed = Arrangement("A-1", beside, made_on=date(2026, 5, 15))
    yield agreed
    yield state(agreed, PAID, date(2026, 6, 4))


def ages():
    one = age(LATE)
    yield from (LATE, LATE.cause, LATE.outstanding, *LATE.instalments, one)
    yield aging_table([one], RULES.buckets)
    yield from age_debtors([one], RULES.buckets)
    yield from apart(LATE)
    yield from items_of(LATE)
    yield from bridges([BEFORE], [LATE])
    yield outlook(LATE)
    yield from month_end_view([outlook(LATE)], RULES.buckets)
    found = qualities([LATE])
    yield from (*found, *slik(found))
    invoice, credit = Invoice("INV-1", date(2026, 1, 1), D(200)), Credit("P-1", date(2026, 1, 20), D(40))
    yield from (invoice, credit, *open_items([invoice], [credit], date(2026, 3, 31)))


def contacts():
    evening = datetime(2026, 10, 30, 20, 30, tzinfo=ZONES["WITA"])
    call = Contact(evening, "call", id="C-1", debtor_id="K-1")
    yield from (SARI, call, may_contact(SARI, evening), audit([call], {"K-1": SARI}))


def parts():
    yield from (PayoffTerms(rebate="sum_of_digits"), PlanTerms(months=4, cure_days=3), ArrearsToEnd(rows=1))
    yield from (SettlementTerms(amount=10_000_000, payments=2), Means(now=D(500_000), monthly=D(900_000)))
    yield Promise("J-1", "MF-0007", date(2026, 5, 15), (Promised(date(2026, 5, 20), D(100_000)),))
    yield from (UnitFlow(D(900)), UnitFlow(D(1) / 4, 3), ROWS[0], *tagih.policies.rules())


@pytest.mark.parametrize("made", [schedules, offers, ages, contacts, parts], ids=lambda made: made.__name__)
def test_every_value_comes_back_equal_through_json(made):
    for value in made():
        text = to_json(value)
        assert from_json(text) == value
        assert to_json(from_json(text)) == text


def kinds_in(value, found):
    """The classes of a value and of all that it holds."""
    if attrs.has(type(value)):
        found.add(type(value))
        for one in attrs.fields(type(value)):
            kinds_in(getattr(value, one.name), found)
    elif isinstance(value, dict):
        for part in (*value, *value.values()):
            kinds_in(part, found)
    elif isinstance(value, (tuple, list)):
        for part in value:
            kinds_in(part, found)


def test_every_public_value_can_be_read_and_most_are_tried_here():
    names = values._names()
    for kind in names:
        values._converter().get_structure_hook(kind)
    tried: set[type] = set()
    for made in (schedules, offers, ages, contacts, parts):
        for value in made():
            kinds_in(value, tried)
    assert len(tried & set(names)) > len(names) / 2, sorted(names[kind] for kind in set(names) - tried)


def test_a_value_says_what_it_is():
    assert to_dict(TERMS)["what"] == "schedules.Terms"
    assert to_dict(CONTRACT)["what"] == "Contract"
    assert json.loads(to_json(make(TERMS)))["schema"] == 1


REFUSED = [
    ({"schema": 1, "what": "arrangements.Quot"}, "did you mean 'arrangements.Quote'?"),
    ({"schema": 1, "what": "os.stat_result"}, "is not a value of tagih"),
    ({"schema": 2, "what": "arrangements.Quote"}, "schema 2 is unknown"),
    ({"schema": 1, "what": "schedules.Every", "cuont": 1, "unit": "month"}, "did you mean 'count'?"),
]


@pytest.mark.parametrize(("written", "message"), REFUSED)
def test_what_cannot_be_read_says_why(written, message):
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        from_dict(written)


def test_what_is_no_value_of_tagih_is_not_written():
    with pytest.raises(InputError, match="a date is no public value"):
        to_dict(date(2026, 1, 31))


def test_nothing_but_the_modules_named_is_ever_imported_by_a_file():
    assert all(inspect.ismodule(getattr(tagih, home)) for home in values.HOMES)
