"""Payoff quotes: the published figures, and figures worked out a second way, day by day."""

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction as F

import pytest

from tagih import (
    Charge,
    Component,
    Contract,
    InputError,
    Instalment,
    Payment,
    Policy,
    Refund,
    Reversal,
    Rounding,
    Waterfall,
    WriteOff,
    replay,
)
from tagih.arrangements import PayoffTerms, Penalty, asked, payoff, payoff_proposal, quote
from tagih.policies import LateCharge, Order
from tagih.policies.waterfall import Group
from tagih.schedules import annuity, flat

CENT = Rounding(D("0.01"), "half_up")
DENDA = LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free")


def twelve_flat(principal=12_000_000):
    rows = flat(principal=D(principal), monthly_rate=D("0.01"), months=12, first_due=date(2026, 1, 31))
    return Contract("F-1", rows, signed_on=date(2025, 12, 31))


def paid_up_to(contract, number):
    return [Payment(f"P-{row.number}", row.due_on, row.total) for row in contract.instalments[:number]]


def after(number, as_of, contract=None, policy=None):
    contract = contract or twelve_flat()
    return replay(contract, paid_up_to(contract, number), policy or Policy(), as_of)


HALF = date(2026, 6, 30)

# Rp12.000.000 flat 12 % a year over 12 months, settled after 6 (OJK practice; worked out with Decimal)
AFTER_SIX = [
    # method, unearned, to pay
    ("actuarial", "401286.23", "6318713.77"),
    ("sum_of_digits", "387692.31", "6332307.69"),
    ("pro_rata", "720000.00", "6000000.00"),
    ("scheduled", "720000.00", "6000000.00"),
    ("none", "0.00", "6720000.00"),
]


@pytest.mark.parametrize(("method", "unearned", "total"), AFTER_SIX)
def test_a_flat_contract_settled_after_six_of_twelve(method, unearned, total):
    day = payoff(after(6, HALF), PayoffTerms(rebate=method, rounding=CENT))
    assert (day.unearned, day.total) == (D(unearned), D(total))


@pytest.mark.parametrize("paid", range(12))
def test_the_rule_of_78_counts_digits(paid):
    contract = twelve_flat()
    on = contract.instalments[paid - 1].due_on if paid else date(2025, 12, 31)
    digits = range(12, 0, -1)
    unearned = sum(F(1_440_000 * digit, sum(digits)) for digit in list(digits)[paid:])
    day = payoff(after(paid, on), PayoffTerms(rebate="sum_of_digits", rounding=CENT))
    assert abs(F(day.unearned) - unearned) <= F(1, 200)


@pytest.mark.parametrize("paid", [1, 3, 6, 11])
def test_actuarial_payoff_is_the_balance_that_grows_at_the_contract_s_rate(paid):
    contract = twelve_flat()
    low, high = F(0), F(1, 10)
    for _ in range(60):  # bisection for the rate, walking the balance forward
        rate = (low + high) / 2
        balance = F(12_000_000)
        for row in contract.instalments:
            balance = (balance * (1 + rate) - F(row.total)).limit_denominator(10**9)
        low, high = (rate, high) if balance < 0 else (low, rate)
        low, high = low.limit_denominator(10**15), high.limit_denominator(10**15)
    balance = F(12_000_000)
    for row in contract.instalments[:paid]:
        balance = balance * (1 + rate) - F(row.total)
    on = contract.instalments[paid - 1].due_on
    day = payoff(after(paid, on), PayoffTerms(rebate="actuarial", rounding=CENT))
    assert abs(F(day.total) - balance) < F(1, 50)


def thirty_360(start, end):
    first, last = min(start.day, 30), end.day
    last = min(last, 30) if first == 30 else last
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first


BY_DAYS = [
    # day count, days of the year, days from the last due date to the 20th
    ("ACT/365F", 365, lambda start, end: (end - start).days),
    ("ACT/360", 360, lambda start, end: (end - start).days),
    ("30/360", 360, thirty_360),
]


@pytest.mark.parametrize(("name", "year", "days"), BY_DAYS)
@pytest.mark.parametrize("each", ["once", "day"])
def test_running_interest_is_the_sum_of_its_days(name, year, days, each):
    rows = annuity(principal=D(100_000_000), monthly_rate=D("0.01"), months=24, first_due=date(2026, 1, 31))
    contract = Contract("A-1", rows)
    on = date(2026, 3, 20)
    position = after(2, on, contract)
    balance = sum((F(row.principal) for row in contract.instalments[2:]), F(0))
    expected, day = F(0), date(2026, 2, 28)
    while day < on:
        one = balance * F(12, 100) * days(day, day + timedelta(days=1)) / year
        expected += round(one) if each == "day" else one
        day += timedelta(days=1)
    got = payoff(position, PayoffTerms(annual_rate="0.12", day_count=name, round_each=each))
    if each == "once":
        expected = F(round(balance * F(12, 100) * days(date(2026, 2, 28), on) / year))
    assert F(got.running) == expected
    assert got.total == got.principal + got.running


def test_the_current_period_can_be_owed_whole_to_the_day_or_not_at_all():
    position = after(6, date(2026, 7, 15))
    totals = {
        current: payoff(position, PayoffTerms(rebate="scheduled", current=current)).total
        for current in ("none", "to_day", "whole")
    }
    # 15 of the 31 days from 30 June to 31 July of an interest of Rp120.000
    assert totals == {"none": 6_000_000, "to_day": 6_000_000 + round(F(120_000 * 15, 31)), "whole": 6_120_000}


PENALTIES = [
    (Penalty("0.05"), 300_000),  # of the principal not due
    (Penalty("0.05", "remaining_instalments"), 336_000),  # of six instalments of 1.120.000
    (Penalty("0.05", "payoff"), 318_000),  # of 6.000.000 + 360.000 of interest
    (Penalty(amount=D(250_000)), 250_000),
]


@pytest.mark.parametrize(("penalty", "amount"), PENALTIES)
def test_a_penalty_has_a_stated_base(penalty, amount):
    rate = (D(360_000) / 6_000_000 / 15 * 360).normalize()
    terms = PayoffTerms(annual_rate=rate, day_count="ACT/360", penalty=penalty, fees=(("admin", D(50_000)),))
    day = payoff(after(6, date(2026, 7, 15)), terms)
    assert (day.running, day.penalty) == (360_000, amount)
    assert day.total == 6_000_000 + 360_000 + amount + 50_000


def test_late_charges_of_every_day_are_in_the_quote():
    position = after(5, date(2026, 7, 10), policy=Policy(late_charge=DENDA))
    made = quote(position, PayoffTerms(rebate="none"), date(2026, 7, 14))
    # the sixth instalment of 1.120.000 fell due on 30 June: 0,5 % of it a day
    assert [day.late_charges for day in made.days] == [5600 * days for days in (10, 11, 12, 13, 14)]
    assert set(made.per_diem) == {D(5600)}


def test_unapplied_credit_comes_off_and_is_used():
    contract = twelve_flat()
    events = [*paid_up_to(contract, 6), Payment("X", HALF, D(500_000))]
    position = replay(contract, events, Policy(), HALF)
    assert position.unapplied == 500_000
    day = payoff(position, PayoffTerms())
    assert day.total == 5_500_000
    closed = replay(
        contract, [*events, *payoff_proposal(position, PayoffTerms()).events("Q")], Policy(), HALF
    )
    assert closed.outstanding.total == closed.unapplied == 0


def test_interest_by_the_day_beyond_the_rows_is_charged_and_paid():
    contract = Contract("Z", annuity(principal=D(1_000_000), monthly_rate=D(0), months=4,
                                     first_due=date(2026, 1, 31)), signed_on=date(2025, 12, 31))  # fmt: skip
    position = replay(contract, [], Policy(), date(2026, 1, 20))
    terms = PayoffTerms(annual_rate="0.365")
    assert payoff(position, terms).total == 1_000_000 + 20 * 1000
    closed = replay(contract, payoff_proposal(position, terms).events("Q"), Policy(), date(2026, 1, 20))
    assert closed.outstanding.total == 0


# --- a quote stands, or says why not ----------------------------------------------------------


def standing_quote():
    contract = twelve_flat()
    events = paid_up_to(contract, 6)
    made = quote(replay(contract, events, Policy(), HALF), PayoffTerms(), date(2026, 7, 5))
    return contract, events, made


@pytest.mark.parametrize("day", [HALF, date(2026, 7, 5)])
def test_a_quote_answers_from_its_day_to_its_last_one(day):
    contract, events, made = standing_quote()
    assert asked(made, contract, events, Policy(), day) == made.on(day)


REFUSED = [
    (date(2026, 7, 6), (), "quote.expired"),
    (date(2026, 6, 29), (), "quote.early"),
    (date(2026, 7, 5), (Payment("P-9", date(2026, 7, 2), D(1)),), "quote.event"),
    (date(2026, 7, 5), (Payment("P-9", date(2026, 3, 2), D(1)),), "quote.event"),  # backdated
    (date(2026, 7, 5), (Charge("C-1", date(2026, 7, 5), Component("fee"), D(9)),), "quote.event"),
    (date(2026, 7, 5), (Reversal("R-1", date(2026, 7, 4), "P-6"),), "quote.event"),
]


@pytest.mark.parametrize(("day", "more", "code"), REFUSED)
def test_a_quote_is_refused_with_the_reason(day, more, code):
    contract, events, made = standing_quote()
    with pytest.raises(InputError) as caught:
        asked(made, contract, [*events, *more], Policy(), day)
    assert caught.value.code == code
    assert made.id in str(caught.value)


def test_an_event_after_the_day_asked_for_does_not_matter():
    contract, events, made = standing_quote()
    later = Payment("P-9", date(2026, 7, 5), D(1))
    assert asked(made, contract, [*events, later], Policy(), date(2026, 7, 4)).total == made.days[4].total


def test_a_quote_is_refused_when_a_known_event_or_the_policy_has_changed():
    contract, events, made = standing_quote()
    changed = [*events[:-1], Payment("P-6", HALF, D(1_119_999))]
    for known, policy in ((changed, Policy()), (events, Policy(late_charge=DENDA))):
        with pytest.raises(InputError) as caught:
            asked(made, contract, known, policy, HALF)
        assert caught.value.code == "quote.changed"


def test_the_same_quote_has_the_same_id_and_another_has_another():
    contract, events, made = standing_quote()
    position = replay(contract, events, Policy(), HALF)
    assert quote(position, PayoffTerms(), date(2026, 7, 5)) == made
    assert quote(position, PayoffTerms(), date(2026, 7, 6)).id != made.id
    assert made.id.startswith("Q-")


def test_credit_beyond_the_debt_pays_of_the_fees_too():
    rows = [Instalment(1, date(2026, 9, 28), D(900_000), D(0))]
    money = [Payment("P-1", date(2026, 1, 20), D(901_000))]
    held = replay(Contract("MF-2", rows), money, Policy(waterfall=Waterfall(Order((Group(
        "instalment", ("past_due principal", "due principal")),)))), date(2026, 2, 1))  # fmt: skip
    assert held.unapplied == 901_000
    terms = PayoffTerms(fees=(("admin", D(2500)),))
    offer = payoff_proposal(held, terms)
    assert payoff(held, terms).total == 1500
    assert [(paid.purpose, paid.amount) for paid in offer.pays] == [("fee", 1500)]


IN_ADVANCE = Order(
    (
        Group("instalment", ("past_due fee", "past_due principal", "due interest", "due principal")),
        Group("instalment", ("in_advance principal", "in_advance interest")),
    ),
    ahead="last",
)


@pytest.mark.parametrize(
    ("paid", "owed"), [(1, 0), (400_000, 400_000), (400_700, 400_000), (402_500, 400_000)]
)
def test_credit_that_the_order_would_leave_is_set_against_the_payoff(paid, owed):
    """No cell of the order takes a fee on its own day, so that credit beyond the rows would stay."""
    rows = [Instalment(1, date(2026, 1, 12), D(owed), D(0))]
    money = [Payment("E-0", date(2026, 1, 5), D(paid))]
    rule = Policy(waterfall=Waterfall(IN_ADVANCE))
    held = replay(Contract("MF-7", rows), money, rule, date(2026, 1, 5))
    assert (held.outstanding.total, held.unapplied) == (0, paid - owed)
    offer = payoff_proposal(held, PayoffTerms(fees=(("admin", D(2500)),)))
    assert sum(due.amount for due in offer.pays) == 2500 - (paid - owed)
    for day in (date(2026, 1, 5), date(2026, 1, 6), date(2026, 6, 1)):
        closed = replay(held.contract, [*money, *offer.events("A")], rule, day)
        assert (closed.outstanding.total, closed.unapplied) == (0, 0)
    cash = sum(event.amount for event in offer.becomes if isinstance(event, Payment))
    back = sum(event.amount for event in offer.becomes if isinstance(event, Refund))
    assert cash - back == 2500 - (paid - owed)


def test_a_fee_without_a_name_is_paid_beside_a_named_one():
    charges = [
        Charge("C-1", date(2026, 7, 1), Component("fee", "kunjungan"), D(40_000)),
        Charge("C-2", date(2026, 7, 2), Component("fee"), D(10_000)),
    ]
    rule = Policy(waterfall=Waterfall(Order((Group("instalment", ("past_due principal", "due principal")),))))
    contract = Contract("MF-8", [Instalment(1, date(2026, 9, 28), D(900_000), D(0))])
    position = replay(contract, charges, rule, date(2026, 7, 5))
    closed = replay(
        contract, [*charges, *payoff_proposal(position, PayoffTerms()).events("A")], rule, date(2026, 12, 31)
    )
    assert (closed.outstanding.total, closed.unapplied) == (0, 0)


def test_credit_beyond_the_debt_bears_no_penalty():
    agreed = Contract("MF-9", [Instalment(1, date(2026, 1, 12), D(0), D(1))])
    known = [Payment("E-1", date(2026, 1, 5), D(151)), WriteOff("gone", date(2026, 1, 5))]
    position = replay(agreed, known, Policy(), date(2026, 1, 6))
    assert payoff(position, PayoffTerms(penalty=Penalty("0.01", "payoff"))).penalty == 0
