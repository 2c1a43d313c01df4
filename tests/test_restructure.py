"""A new schedule in place of the old: where every rupiah goes, and what it costs each side.

The second method of the cases is in this file: plain day-by-day or month-by-month Fractions.
"""

import sys
from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction as F
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from conformance.run import load_adapters, reasons, run_file
from tagih.contracts import Acceleration, Charge, Component, Contract, Instalment, Payment, Restructure
from tagih.dates import add_months
from tagih.errors import InputError, PolicyError
from tagih.ledger import replay
from tagih.offers.cost import Household, WorthBy
from tagih.offers.moved import ArrearsToEnd, arrears_to_end, reage, reamortise, reschedule
from tagih.offers.proposal import by_component, parts_of
from tagih.offers.reage import ReAge, Reschedule, rescheduled
from tagih.offers.restructure import (
    Debts,
    NewPlan,
    RestructureTerms,
    Running,
    _quick,
    restructure,
    running_interest,
)
from tagih.policies import Authority, OfferLimits, Policy, policy
from tagih.schedules import Calendar, Grace, Rate, Step, Terms, annuity, equal_principal, flat
from tagih.schedules import make as make_schedule

FEE, LATE = Component("fee"), Component("late_charge")
FIRST = date(2026, 1, 31)


def loan(months=12, paid=0, *, principal=12_000_000, rate="0.02", made=annuity, **more):
    """A loan from 31 December 2025, with the first instalments paid in time."""
    rows = made(principal=principal, monthly_rate=D(rate), months=months, first_due=FIRST)
    contract = Contract("MF-1", rows, signed_on=date(2025, 12, 31), principal=D(principal), **more)
    return contract, [Payment(f"P-{row.number}", row.due_on, row.total) for row in rows[:paid]]


def at(day, contract, events=(), chosen=None):
    return replay(contract, events, chosen or Policy(), day)


def monthly(rate):
    return Rate(D(rate), "month")


# --- laws -------------------------------------------------------------------------------------

TREATED = st.sampled_from(["capitalise", "defer", "collect", "waive"])
PLANS = st.builds(
    NewPlan,
    instalments=st.integers(2, 40),
    rate=st.sampled_from([monthly("0"), monthly("0.01"), monthly("0.025"), None]),
    method=st.sampled_from(["annuity", "flat", "equal_principal"]),
    grace=st.sampled_from([Grace(), Grace(principal=1), Grace(interest=1, later="capitalised")]),
    balloon=st.sampled_from([D(0), D(500_000)]),
)
DEBTS = st.builds(
    Debts,
    interest=TREATED,
    running=TREATED | st.just("continue"),
    fee=TREATED | st.just("keep"),
    late_charge=TREATED | st.just("keep"),
    waive=st.sampled_from([{}, {"principal": 100_000}]),
    deferred_to=st.sampled_from(["last", "first", "spread"]),
)
TERMS = st.builds(
    RestructureTerms,
    plan=PLANS,
    debts=DEBTS,
    up_front=st.sampled_from([D(0), D(250_000), D(2_000_000)]),
    fee=st.sampled_from([D(0), D(50_000)]),
)
STORIES = st.tuples(
    st.integers(0, 11),
    st.integers(1, 13 * 31),
    st.sampled_from([annuity, flat, equal_principal]),
    st.booleans(),
)


def story(paid, days, made, charged):
    """A position: some instalments paid, perhaps a fee and late charges, some days after signing."""
    contract, events = loan(paid=paid, made=made)
    if charged:
        events.append(Charge("C-1", date(2026, 1, 5), FEE, D(75_000)))
        events.append(Charge("C-2", date(2026, 1, 6), LATE, D(31_000), instalment=12))
    late = policy("id.late.mf.market.motor")
    day = max(date(2025, 12, 31) + timedelta(days=days), date(2026, 1, 7))
    return at(day, contract, events, late)


REFUSALS = {
    "restructure.nothing", "restructure.up_front", "restructure.waive_more", "schedule.balloon",
    "schedule.grace", "schedule.never_amortises",
}  # fmt: skip


def made(position, terms):
    """The offer, or None where it is refused for a reason that is known."""
    try:
        return restructure(position, terms)
    except InputError as error:
        refusal = error
    assert refusal.code in REFUSALS, refusal
    return None


@settings(max_examples=100, deadline=None)
@given(STORIES, TERMS)
def test_an_accepted_restructure_replays_to_the_plan_that_was_proposed(told, terms):
    position = story(*told)
    offer = made(position, terms)
    if offer is None:
        return
    events = (*position.events, *offer.events("R-1"))
    after = replay(position.contract, events, position.policy, position.as_of)
    rows = {row.number: row for row in after.instalments if row.number}
    credit = position.unapplied
    new_rows = next(event for event in offer.becomes if isinstance(event, Restructure)).instalments
    for row in new_rows:
        found = rows[row.number]
        assert found.due_on == row.due_on
        assert {p: a for p, a in found.due.parts if a} == dict(parts_of(row))
        if not credit:
            assert {p: a for p, a in found.outstanding.parts if a} == dict(parts_of(row))
    if not credit:
        owed = {row.number or 0: row.outstanding for row in after.instalments if row.outstanding.total}
        assert {n: a.total for n, a in owed.items()} == {
            row.number: row.total for row in offer.new if row.total
        }
    assert after.outstanding.total == sum(row.total for row in offer.new)
    assert after.unapplied == position.unapplied


@settings(max_examples=60, deadline=None)
@given(STORIES, TERMS)
def test_what_was_moved_adds_up_and_is_owed_by_the_new_rows(told, terms):
    position = story(*told)
    offer = made(position, terms)
    if offer is None:
        return
    new_rows = next(event for event in offer.becomes if isinstance(event, Restructure)).instalments
    owed, new = by_component(offer.old), by_component(new_rows)
    for part, amount in owed.parts:
        assert sum(move.amount for move in offer.moves if move.component == part) == amount
    assert all(move.amount > 0 for move in offer.moves)
    grown = offer.moved("capitalised").total
    grace = new.principal - offer.moved("new").principal - grown
    assert grace >= 0 if terms.plan.grace.interest else grace == 0
    assert offer.up_front == terms.up_front + terms.fee + sum(
        (move.amount for move in offer.moves if move.to == "collected"), -terms.up_front
    )
    assert offer.cost.extra == (
        sum(paid.amount for paid in offer.pays) - offer.cost.old - offer.cost.late_charges
    )


@settings(max_examples=60, deadline=None)
@given(STORIES, TERMS, st.integers(1, 400))
def test_a_cancelled_restructure_restores_the_position_to_the_rupiah(told, terms, later):
    position = story(*told)
    offer = made(position, terms)
    if offer is None:
        return
    day = position.as_of + timedelta(days=later)
    became = offer.events("R-1")
    undone = offer.undone("R-1", day)
    broken = replay(position.contract, (*position.events, *became, *undone), position.policy, day)
    gone = {event.target for event in undone}
    assert gone >= {event.id for event in became if isinstance(event, Restructure)}
    stands = [event for event in became if event.id not in gone]
    assert all(isinstance(event, Payment | Charge) for event in stands)
    never = replay(position.contract, (*position.events, *stands), position.policy, day)
    assert broken.outstanding == never.outstanding
    assert broken.days_past_due == never.days_past_due
    assert broken.unapplied == never.unapplied
    if not terms.up_front and not terms.fee and not offer.moved("collected").total:
        untouched = replay(position.contract, position.events, position.policy, day)
        assert (broken.outstanding, broken.instalments) == (untouched.outstanding, untouched.instalments)


# --- the same figures by a second method ------------------------------------------------------


def half_up(value):
    """To the rupiah, halves up, by whole numbers."""
    value = F(value)
    return D((2 * value.numerator + value.denominator) // (2 * value.denominator))


def level(principal, rate, count, weights=None, left=0):
    """`exact_level` to the rupiah."""
    return half_up(exact_level(principal, rate, count, weights, left))


def exact_level(principal, rate, count, weights=None, left=0):
    """The instalment that makes the present value of all rows the principal: by summing factors.

    ``weights`` are the rows' shares of the first instalment; ``left`` is still owed after the last.
    """
    factors = [1 / (1 + F(rate)) ** k for k in range(1, count + 1)]
    weights = weights or [1] * count
    worth = sum(F(w) * f for w, f in zip(weights, factors, strict=True))
    return (F(principal) - F(left) * factors[-1]) / worth


def run(principal, rate, payments, odd=None):
    """Rows month by month: interest on the balance, the rest is principal, the last closes it."""
    balance, rows = D(principal), []
    for at, payment in enumerate(payments):
        share = F(1) if odd is None or at else odd
        interest = half_up(F(balance) * F(rate) * share)
        repaid = balance if at == len(payments) - 1 else payment - interest
        rows.append((repaid, interest))
        balance -= repaid
    return rows


P = D(12_000_000)
ROWS = annuity(principal=12_000_000, monthly_rate=D("0.02"), months=12, first_due=FIRST)
LEFT = sum(row.principal for row in ROWS[2:])  # after two instalments
ARREARS = ROWS[2].interest + ROWS[3].interest  # of March and April, unpaid
DAY = date(2026, 5, 15)
SINCE = (DAY - date(2026, 4, 30)).days
PERIOD = 31  # from 30 April to 31 May
SHARE = F(SINCE, PERIOD)


def offer(terms, day=DAY, paid=2, chosen=None, **more):
    contract, events = loan(paid=paid, **more)
    return restructure(at(day, contract, events, chosen), terms)


def parts(rows):
    return [(row.principal, row.interest) for row in rows]


def added_last(rows, *interest):
    """What is deferred is owed with the last row."""
    return [*rows[:-1], (rows[-1][0], rows[-1][1] + sum(interest))]


def case_longer():
    rows = run(LEFT, "0.02", [level(LEFT, "0.02", 18)] * 18)
    return RestructureTerms(NewPlan(18, monthly("0.02"))), added_last(rows, ARREARS)


def case_other_rate():
    rows = run(LEFT, "0.012", [level(LEFT, "0.012", 10)] * 10)
    return RestructureTerms(NewPlan(10, monthly("0.012"))), added_last(rows, ARREARS)


def case_interest_waived():
    rows = run(LEFT, "0.02", [level(LEFT, "0.02", 9)] * 9)
    return RestructureTerms(NewPlan(9, monthly("0.02")), Debts(interest="waive")), rows


def case_arrears_capitalised():
    grown = LEFT + ARREARS
    rows = run(grown, "0.02", [level(grown, "0.02", 18)] * 18)
    return RestructureTerms(NewPlan(18, monthly("0.02")), Debts(interest="capitalise")), rows


def case_waived_before_capitalised():
    grown = LEFT + ARREARS - 100_000
    rows = run(grown, "0.02", [level(grown, "0.02", 12)] * 12)
    debts = Debts(interest="capitalise", waive={"interest": D(100_000)})
    return RestructureTerms(NewPlan(12, monthly("0.02")), debts), rows


def case_principal_reduced():
    less = LEFT - 1_000_000
    rows = run(less, "0.02", [level(less, "0.02", 12)] * 12)
    debts = Debts(interest="waive", waive={"principal": D(1_000_000)})
    return RestructureTerms(NewPlan(12, monthly("0.02")), debts), rows


def case_part_paid_up_front():
    # money settles March's interest and principal first (KUHPerdata 1397)
    left = LEFT - (1_500_000 - ROWS[2].interest - ROWS[3].interest)
    rows = run(left, "0.02", [level(left, "0.02", 12)] * 12)
    return RestructureTerms(NewPlan(12, monthly("0.02")), up_front=D(1_500_000)), rows


def case_principal_grace():
    interest = half_up(F(LEFT) * F("0.02"))
    rows = [(D(0), interest)] * 3 + run(LEFT, "0.02", [level(LEFT, "0.02", 9)] * 9)
    terms = NewPlan(12, monthly("0.02"), grace=Grace(principal=3))
    return RestructureTerms(terms, Debts(interest="waive")), rows


def case_holiday_capitalised():
    grown = LEFT
    for _ in range(2):
        grown += half_up(F(grown) * F("0.02"))
    rows = [(D(0), D(0))] * 2 + run(grown, "0.02", [level(grown, "0.02", 10)] * 10)
    terms = NewPlan(12, monthly("0.02"), grace=Grace(holiday_rows=(1, 2), later="capitalised"))
    return RestructureTerms(terms, Debts(interest="waive")), rows


def case_balloon():
    rows = run(LEFT, "0.02", [level(LEFT, "0.02", 12, left=3_000_000)] * 12)
    terms = NewPlan(12, monthly("0.02"), method="balloon", balloon=D(3_000_000))
    return RestructureTerms(terms, Debts(interest="waive")), rows


def case_step_up():
    weights = [F(1)] * 6 + [F(3, 2)] * 6
    first = exact_level(LEFT, "0.02", 12, weights)
    rows = run(LEFT, "0.02", [half_up(first * w) for w in weights])
    terms = NewPlan(12, monthly("0.02"), steps=(Step(7, times=D("1.5")),))
    return RestructureTerms(terms, Debts(interest="waive")), rows


def case_equal_principal():
    share = half_up(F(LEFT) / 12)
    balance, rows = LEFT, []
    for at in range(12):
        repaid = share if at < 11 else balance
        rows.append((repaid, half_up(F(balance) * F("0.02"))))
        balance -= repaid
    terms = NewPlan(12, monthly("0.02"), method="equal_principal")
    return RestructureTerms(terms, Debts(interest="waive")), rows


def case_running_interest_apart():
    # running interest is deferred, so the first row bears interest from today only
    rest = F((date(2026, 5, 31) - DAY).days, PERIOD)
    running = half_up(F(ROWS[4].interest) * SHARE)
    base = [1 / F("1.02") ** k for k in range(12)]
    worth = sum(f / (1 + F("0.02") * rest) for f in base)
    payment = half_up(F(LEFT) / worth)
    rows = run(LEFT, "0.02", [payment] * 12, odd=rest)
    debts = Debts(interest="waive", running="defer")
    return RestructureTerms(NewPlan(12, monthly("0.02")), debts), added_last(rows, running)


def case_deferred_first():
    rows = run(LEFT, "0.02", [level(LEFT, "0.02", 12)] * 12)
    rows[0] = (rows[0][0], rows[0][1] + ARREARS)
    return RestructureTerms(NewPlan(12, monthly("0.02")), Debts(deferred_to="first")), rows


def case_deferred_spread():
    rows = run(LEFT, "0.02", [level(LEFT, "0.02", 12)] * 12)
    share = half_up(F(ARREARS) / 12)
    rows = [(p, i + (share if at < 11 else ARREARS - 11 * share)) for at, (p, i) in enumerate(rows)]
    return RestructureTerms(NewPlan(12, monthly("0.02")), Debts(deferred_to="spread")), rows


def case_margin_kept():
    # a sharia contract: the margin to come is owed as agreed, in equal parts
    margin = sum(row.interest for row in ROWS[4:])
    instalment = half_up(F(LEFT + margin) / 12)
    share = half_up(F(margin) / 12)
    rows = [(instalment - share, share)] * 11
    rows.append((LEFT - 11 * (instalment - share), margin - 11 * share))
    return RestructureTerms(NewPlan(12), Debts(running="continue")), added_last(rows, ARREARS)


CASES = [value for name, value in sorted(globals().items()) if name.startswith("case_")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__.removeprefix("case_"))
def test_new_rows_are_those_of_the_second_method(case):
    terms, expected = case()
    assert parts(offer(terms).new) == expected


def test_a_long_first_period_bears_the_interest_of_its_days():
    """From 30 April to 15 June are 46 days; every later row bears the days of its own period."""
    plan = NewPlan(12, Rate(D("0.24")), first_due=date(2026, 6, 15), accrual="ACT/365F")
    found = offer(RestructureTerms(plan, Debts(interest="waive")))
    balance, start = LEFT, date(2026, 4, 30)
    for row in found.new:
        assert row.interest == half_up(F(balance) * F("0.24") * (row.due_on - start).days / 365)
        balance, start = balance - row.principal, row.due_on
    assert balance == 0
    assert [row.due_on.day for row in found.new] == [15] * 12


def test_a_bullet_loan_is_paid_anew_by_the_month():
    row = Instalment(1, date(2026, 4, 30), D(5_000_000), D(450_000))
    contract = Contract("PD-2", [row], signed_on=date(2026, 1, 30), frequency="bullet")
    found = restructure(at(DAY, contract), RestructureTerms(NewPlan(5, monthly("0.02"))))
    assert [row.due_on for row in found.new] == [add_months(DAY, n) for n in range(1, 6)]


def test_there_are_enough_second_methods():
    assert len(CASES) >= 15


# --- running interest -------------------------------------------------------------------------

RUNNING = [
    # annual rate, day count, of, days and principal by hand
    (None, "", "scheduled", F(ROWS[4].interest) * SHARE),
    (F("0.24"), "ACT/365F", "scheduled", sum(F(r.principal) for r in ROWS[4:]) * F("0.24") * SINCE / 365),
    (F("0.24"), "ACT/365F", "actual", F(LEFT) * F("0.24") * SINCE / 365),
    (F("0.24"), "ACT/360", "actual", F(LEFT) * F("0.24") * SINCE / 360),
    (F("0.24"), "30/360", "actual", F(LEFT) * F("0.24") * 15 / 360),
]


@pytest.mark.parametrize(("rate", "day_count", "of", "exact"), RUNNING)
def test_running_interest_says_its_principal_and_its_days(rate, day_count, of, exact):
    contract, events = loan(paid=2)
    asked = Running(rate, day_count or "ACT/365F", of)
    assert running_interest(at(DAY, contract, events), asked) == (date(2026, 4, 30), half_up(exact))


def test_running_interest_added_up_day_by_day_is_the_closed_form():
    contract, events = loan(paid=2)
    daily = sum((F(LEFT) * F("0.24") / 365 for _ in range(SINCE)), F(0))
    asked = Running(F("0.24"), of="actual")
    assert running_interest(at(DAY, contract, events), asked)[1] == half_up(daily)


@pytest.mark.parametrize("day", [date(2026, 4, 30), date(2027, 2, 1)])
def test_nothing_runs_on_a_due_date_or_after_the_last(day):
    contract, events = loan(paid=2)
    assert running_interest(at(day, contract, events)) == (day, 0)


def test_nothing_runs_after_an_acceleration_and_a_new_plan_may_follow():
    contract, events = loan(paid=2)
    position = at(DAY, contract, [*events, Acceleration("A-1", date(2026, 5, 10))])
    assert running_interest(position) == (DAY, 0)
    found = restructure(position, RestructureTerms(NewPlan(12, monthly("0.02"))))
    assert found.moved("saved").interest == sum(row.interest for row in ROWS[4:])
    after = replay(contract, (*position.events, *found.events("R")), Policy(), DAY)
    assert after.days_past_due == 0
    assert after.outstanding.total == sum(row.total for row in found.new)


def test_running_interest_beyond_the_old_rows_is_charged_and_said():
    """On the actual principal of an old debt more may run than the next row holds."""
    contract, events = loan(paid=0)
    position = at(date(2026, 12, 30), contract, events)
    debts = Debts(running="collect", running_interest=Running(F("0.24"), of="actual"))
    found = restructure(position, RestructureTerms(NewPlan(12, monthly("0.02")), debts))
    running = half_up(F(12_000_000) * F("0.24") * 30 / 365)
    beyond = running - ROWS[11].interest
    assert beyond > 0
    assert found.up_front == running
    assert [c.fields for c in found.cautions if c.code == "restructure.running_beyond"] == [
        (("amount", str(beyond)),)
    ]
    after = replay(contract, found.events("R"), Policy(), position.as_of)
    assert after.outstanding.total == sum(row.total for row in found.new)


# --- what it costs each side ------------------------------------------------------------------


def test_the_lenders_loss_is_the_published_one():
    """indonesia.md 6.3: Rp10.000.000 at 1.5 % a month, new 24 rows at 1 %: loss Rp570.992,69."""
    from tagih.money import Rounding
    from tagih.schedules import Roundings

    cent = Rounding(D("0.01"))
    rows = annuity(principal=10_000_000, monthly_rate=D("0.015"), months=12, first_due=FIRST)
    contract = Contract("MF-1", rows, signed_on=date(2025, 12, 31), principal=D(10_000_000))
    position = at(date(2025, 12, 31), contract)
    plan = NewPlan(24, monthly("0.01"), rounding=Roundings(instalment=cent, interest=cent))
    asked = WorthBy("amount", "periods", D("0.015"))
    worth = restructure(position, RestructureTerms(plan, worth=asked)).worth
    assert worth.before == 10_000_000
    found = restructure(position, RestructureTerms(plan, worth=asked))
    assert found.new[0].total == D("470734.72")
    assert abs(worth.after - D("9429007.31")) <= D("0.05")
    assert abs(worth.loss - D("570992.69")) <= D("0.05")


def test_the_loss_by_periods_and_by_days_are_sums_of_discounted_rows():
    found = offer(
        RestructureTerms(NewPlan(18, monthly("0.01")), worth=WorthBy("amount", "periods", D("0.02")))
    )
    exact = sum(F(row.total) / F("1.02") ** k for k, row in enumerate(found.new, 1))
    assert abs(F(found.worth.after) - exact) <= F(1, 100)
    rate = D("0.268")
    found = offer(RestructureTerms(NewPlan(18, monthly("0.01")), worth=WorthBy("amount", "days", rate)))
    by_logarithm = sum(
        (row.total * (-(1 + rate).ln() * (row.due_on - DAY).days / 365).exp() for row in found.new), D(0)
    )
    assert abs(found.worth.after - by_logarithm) <= D("0.01")
    assert found.worth.loss == LEFT - found.worth.after


def test_the_extra_cost_is_new_plus_up_front_less_old_less_late_charges():
    late = policy("id.late.mf.market.motor")
    terms = RestructureTerms(NewPlan(18, monthly("0.02")), Debts(late_charge="waive"), up_front=D(700_000))
    contract, events = loan(paid=2)
    position = at(DAY, contract, events, late)
    found = restructure(position, terms)
    old = sum(row.total for row in ROWS[2:])
    assert found.cost.extra == (
        sum(row.total for row in found.new) + 700_000 - old - position.outstanding.late_charge
    )


def test_class_and_provision_are_held_back_by_the_cure_rule():
    chosen = policy(
        "id.kol.bpr.monthly", "id.prov.bpr", "id.restr.bpr", accept=["id.prov.bpr", "id.restr.bpr"]
    )
    contract, events = loan(24, paid=1)
    found = restructure(at(date(2026, 12, 15), contract, events, chosen), RestructureTerms(
        NewPlan(24, monthly("0.02"))))  # fmt: skip
    effects = {effect.name: (effect.before, effect.after) for effect in found.effects}
    assert effects["days_past_due"][1] == 0
    assert effects["class"] == ("4", "3")  # doubtful before: at best substandard after
    assert effects["provision"][0] > effects["provision"][1] > 0


INCOME = [(D(0), D("0.2000")), (D(500_000), D("0.3000"))]


@pytest.mark.parametrize(("other", "share"), INCOME)
def test_the_debt_service_ratio_counts_other_instalments(other, share):
    plan = NewPlan(rows=((date(2026, 6, 30), LEFT - 9_000_000, D(0)), *(
        (add_months(FIRST, n), D(1_000_000), D(0)) for n in range(6, 15))))  # fmt: skip
    found = offer(RestructureTerms(plan, Debts(interest="waive"), household=Household(D(5_000_000), other)))
    ratio = next(effect for effect in found.effects if effect.name == "debt_service_ratio")
    assert ratio.after == share


# --- what is said, and what is refused --------------------------------------------------------

AGES = [
    # as of; is the capitalised interest of January 2026 a year old?
    (date(2027, 1, 30), True),
    (date(2027, 1, 31), False),
]


@pytest.mark.parametrize(("day", "young"), AGES)
def test_interest_owed_for_less_than_a_year_becomes_principal_with_a_warning(day, young):
    row = Instalment(1, FIRST, D(1_000_000), D(50_000))
    position = at(day, Contract("MF-1", [row], signed_on=date(2025, 12, 31)))
    terms = RestructureTerms(NewPlan(12, monthly("0.01")), Debts(interest="capitalise"))
    sources = [caution.source for caution in restructure(position, terms).cautions]
    assert sources == (["KUHPerdata 1251"] if young else [])


def test_interest_of_a_holiday_that_becomes_principal_is_said_too():
    terms, _ = case_holiday_capitalised()
    assert [caution.code for caution in offer(terms).cautions] == ["restructure.interest_on_interest"]


LIGHT_FIRST = (Step(7, times=D(9)),)


def test_rows_that_do_not_cover_their_interest_must_be_declared():
    plan = NewPlan(12, monthly("0.03"), steps=LIGHT_FIRST)
    with pytest.raises(InputError) as refusal:
        offer(RestructureTerms(plan, Debts(interest="waive")))
    assert refusal.value.code == "schedule.never_amortises"
    declared = NewPlan(12, monthly("0.03"), steps=LIGHT_FIRST, shortfall="capitalise")
    found = offer(RestructureTerms(declared, Debts(interest="waive")))
    grown = sum(row.principal for row in found.new) - LEFT
    assert grown > 0
    assert [caution.fields for caution in found.cautions] == [(("amount", str(grown)),)]


LIMIT = [
    # income, within 30 % of it (SEOJK 19/2025: 30 % from 2026); the instalment is Rp1.000.000
    (D(3_333_333), False),
    (D(3_333_334), True),
]


@pytest.mark.parametrize(("income", "within"), LIMIT)
def test_instalments_of_a_pindar_stay_within_a_share_of_income(income, within):
    rows = [(add_months(date(2026, 6, 30), n), D(1_000_000), D(0)) for n in range(11)]
    rows[0] = (rows[0][0], LEFT - 10_000_000, D(0))
    terms = RestructureTerms(NewPlan(rows=tuple(rows)), Debts(interest="waive"), household=Household(income))
    found = offer(terms, chosen=policy("id.limits.pindar.2026"))
    assert [check.within for check in found.checks] == [within]


def given_rows(more):
    rows = [(add_months(date(2026, 6, 30), n), D(1_000_000), D(0)) for n in range(12)]
    rows[-1] = (rows[-1][0], LEFT - 11_000_000 + more, D(0))
    return RestructureTerms(NewPlan(rows=tuple(rows)), Debts(interest="waive"))


REFUSED = [
    (given_rows(1), "restructure.undeclared"),
    (given_rows(-1), "restructure.short"),
    (RestructureTerms(NewPlan(12, monthly("0.02"), method="given_instalment", instalment=D(100_000))),
     "schedule.never_amortises"),
    (RestructureTerms(NewPlan(12, monthly("0.02")), Debts(waive={"interest": D(9_000_000)})),
     "restructure.waive_more"),
    (RestructureTerms(NewPlan(12, monthly("0.02")), up_front=D(99_000_000)), "restructure.up_front"),
    (RestructureTerms(NewPlan(12, monthly("0.02"), first_due=DAY)), "restructure.first_due"),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "code"), REFUSED)
def test_these_are_refused(terms, code):
    with pytest.raises(InputError) as refusal:
        offer(terms)
    assert refusal.value.code == code
    assert "{" not in str(refusal.value)


def test_rows_that_repay_exactly_what_is_owed_are_taken():
    assert offer(given_rows(0)).moved("capitalised").total == 0


def test_a_policy_may_forbid_to_capitalise_interest():
    from tagih.policies import Limits

    forbids = Policy(limits=(Limits({"capitalised_interest": D(0)}),))
    terms, _ = case_arrears_capitalised()
    with pytest.raises(PolicyError, match="allows 0") as refusal:
        offer(terms, chosen=forbids)
    assert refusal.value.code == "restructure.forbidden"
    assert offer(case_longer()[0], chosen=forbids).moves


def test_under_sharia_a_new_schedule_may_not_raise_what_is_owed():
    dearer = RestructureTerms(NewPlan(18, monthly("0.03")))
    with pytest.raises(PolicyError) as refusal:
        offer(dearer, lender_type="mf-syariah")
    assert refusal.value.code == "restructure.sharia"
    kept = RestructureTerms(NewPlan(18), fee=D(75_000))  # real cost may be charged
    found = offer(kept, lender_type="mf-syariah")
    assert found.cost.extra == 75_000


def test_a_pindar_addendum_comes_under_the_cap_of_its_day():
    """Signed under 0.4 % a day (2024 rule); an addendum of May 2026 under 0.3 % up to six months."""
    rows = annuity(principal=6_000_000, monthly_rate=D("0.02"), months=3, first_due=date(2024, 4, 30))
    contract = Contract("PD-1", rows, signed_on=date(2024, 3, 31), lender_type="pindar",
                        agreed_amount=D(6_000_000), principal=D(6_000_000), tenor=3)  # fmt: skip
    position = at(date(2026, 5, 15), contract)
    found = restructure(position, RestructureTerms(NewPlan(12, monthly("0.02"))))
    checks = {check.limit: check for check in found.checks}
    days = (found.new[-1].due_on - position.as_of).days
    interest = sum(row.interest for row in found.new)
    exact = F(interest) / (6_000_000 * days)
    assert abs(F(checks["cap_daily_rate"].found) - exact) < F(1, 10**6)
    assert checks["cap_daily_rate"].allowed == D("0.002")  # more than six months in all
    assert checks["cap_total"].allowed == 6_000_000
    limited = evolve(position.policy, offer=OfferLimits((Authority("officer", longest_months=6),)))
    both = restructure(
        replay(contract, position.events, limited, position.as_of),
        RestructureTerms(NewPlan(12, monthly("0.02"))),
    )
    assert {check.limit for check in both.checks} >= {"cap_daily_rate", "cap_total", "longest_months"}
    dear = restructure(position, RestructureTerms(NewPlan(12, monthly("0.15"))))
    assert not dear.within_limits
    with pytest.raises(PolicyError):
        dear.events("R-1")


def test_beyond_the_lenders_limits_it_says_who_may_approve():
    limits = policy("id.offer.contoh", accept=["id.offer.contoh"])
    found = offer(RestructureTerms(NewPlan(20, monthly("0.02")), up_front=D(2_000_000)), chosen=limits)
    beyond = {check.limit: check.approver for check in found.beyond}
    assert beyond == {"longest_months": "kepala cabang"}  # 12 months longer; a clerk may give 6
    with pytest.raises(PolicyError, match="kepala cabang"):
        found.events("R-1")


# --- published cases --------------------------------------------------------------------------


def test_after_a_restructure_nothing_is_overdue():
    """frappe/lending@028af86 test_loan_restructure.py, normal restructure: overdue and days are 0."""
    rows = annuity(principal=100_000, monthly_rate=D("0.085") / 12, months=22, first_due=date(2024, 4, 5))
    contract = Contract("L-1", rows, signed_on=date(2024, 2, 20), principal=D(100_000))
    late = policy("id.late.mf.market.motor")
    position = at(date(2024, 4, 11), contract, [Charge("C", date(2024, 4, 6), LATE, D(25))], late)
    assert position.days_past_due == 6
    debts = Debts("capitalise", "capitalise", "capitalise", "capitalise",
                  waive={"interest": D(500), "late_charge": D(10)})  # fmt: skip
    found = restructure(position, RestructureTerms(NewPlan(22, Rate(D("0.085"))), debts))
    assert found.waived.interest == 500
    assert found.waived.late_charge == 10
    after = replay(contract, (*position.events, *found.events("R")), late, position.as_of)
    assert (after.arrears.principal, after.days_past_due) == (0, 0)
    assert after.outstanding.total == sum(row.total for row in found.new)


def test_payments_entered_out_of_order_leave_the_same_rows():
    """frappe/lending@00aef82 test_loan_repayment.py, in between payments: June entered last."""
    rows = annuity(principal=1_000_000, monthly_rate=D("0.23") / 12, months=6, first_due=date(2024, 5, 5))
    contract = Contract("L-2", rows, signed_on=date(2024, 4, 18), principal=D(1_000_000))
    months = [5, 7, 8, 9, 6]
    entered = [Payment(f"P-{m}", date(2024, m, 5), D(178_025)) for m in months]
    for month in (5, 6, 7, 8, 9):
        as_listed = at(date(2024, month, 5), contract, entered)
        in_order = at(date(2024, month, 5), contract, sorted(entered, key=lambda p: p.effective_on))
        assert as_listed.instalments == in_order.instalments
        assert as_listed.outstanding.principal == in_order.outstanding.principal


# --- the same debt on other days --------------------------------------------------------------


def moved_offers(position):
    """Every kind of moved rows that this position allows."""
    coming = [row.due_on for row in position.contract.instalments if row.due_on > position.as_of]
    asked = [
        lambda: reage(position, ReAge(add_months(position.as_of, 2), 7)),
        lambda: reamortise(position),
        lambda: arrears_to_end(position),
        lambda: arrears_to_end(position, ArrearsToEnd(3, "waive")),
        lambda: arrears_to_end(position, ArrearsToEnd(2, "keep")),
    ]
    for at, day in enumerate(coming[:2]):
        change = Reschedule(day, to_on=add_months(day, 2), extra=at, principal_grace=1, interest_grace=2 * at)
        asked.append(lambda change=change: reschedule(position, change))
    overdue = [row for row in position.instalments if row.number and row.days_past_due]
    if overdue:
        day = overdue[0].due_on
        change = Reschedule(day, to_on=add_months(position.as_of, 1), period_rate=F("0.02"))
        asked.append(lambda: reschedule(position, change))
    for make in asked:
        try:
            yield make()
        except InputError as error:
            if error.code not in {"moved.nothing", "reamortise.none", "reschedule.from"}:
                raise


def test_interest_of_rows_in_grace_is_collected_with_the_first_row_after_them():
    """Apache Fineract, LoanReschedule.feature, C2808: two of four rows of 40 in grace."""
    rows = [Instalment(n, date(2023, 7 + n, 1), D(1000), D(40)) for n in (1, 2, 3, 4)]
    made = rescheduled(rows, Reschedule(date(2023, 9, 1), interest_grace=2))
    assert [row.interest for row in made] == [40, 0, 0, 120]
    assert [row.interest for row in rescheduled(rows, Reschedule(date(2023, 11, 1), interest_grace=2))] == [
        40, 40, 40, 40,
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(STORIES)
def test_moved_rows_replay_to_what_was_proposed_and_lose_nothing(told):
    position = story(*told)
    for offer in moved_offers(position):
        events = (*position.events, *offer.events("M-1"))
        after = replay(position.contract, events, position.policy, position.as_of)
        assert after.outstanding.principal == position.outstanding.principal
        assert after.outstanding.total == sum(row.total for row in offer.new)
        if not position.unapplied:
            owed = {row.number or 0: row.outstanding.total for row in after.instalments}
            for row in offer.new:
                if row.number:
                    assert owed[row.number] == row.total
        undone = offer.undone("M-1", position.as_of)
        again = replay(position.contract, (*events, *undone), position.policy, position.as_of)
        assert again.instalments == position.instalments


def test_arrears_to_the_end_leaves_the_coming_rows_and_adds_one():
    contract, events = loan(paid=2)
    found = arrears_to_end(at(DAY, contract, events))
    assert parts(found.new[:-1]) == parts(ROWS[4:])
    assert [row.due_on for row in found.new[:-1]] == [row.due_on for row in ROWS[4:]]
    assert found.new[-1].due_on == date(2027, 1, 31)
    assert found.new[-1].total == ROWS[2].total + ROWS[3].total
    assert found.cost.extra == 0


def test_a_moved_due_date_moves_all_that_follow():
    contract, events = loan(paid=4)
    found = reschedule(at(DAY, contract, events), Reschedule(ROWS[4].due_on, to_on=date(2026, 6, 10)))
    assert [row.due_on for row in found.new] == [add_months(date(2026, 6, 10), n) for n in range(8)]
    assert parts(found.new) == parts(ROWS[4:])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 90_000_000),
    st.sampled_from(["0", "0.0055", "0.01", "0.024"]),
    st.integers(1, 60),
    st.sampled_from(["annuity", "flat", "equal_principal"]),
    st.integers(0, 5),
)
def test_the_short_doors_and_the_long_walk_make_the_same_rows(principal, rate, count, method, grace):
    plan = NewPlan(count, monthly(rate), method, grace=Grace(principal=grace if method != "flat" else 0))
    calendar = Calendar(first_due=FIRST)
    quick = _quick(plan, plan.rate, calendar, D(principal), date(2025, 12, 31))
    terms = Terms(principal, count, method=method, rate=plan.rate, calendar=calendar, grace=plan.grace)
    if quick is not None:
        try:
            slow = make_schedule(terms).instalments
        except InputError:
            return
        assert quick == slow


def test_every_published_re_age_and_reschedule_is_reproduced():
    """apache/fineract@4198b0b, features LoanReAging, LoanReAmortization and LoanReschedule."""
    cases = Path(__file__).parent / "conformance" / "cases" / "fineract-reaging.json"
    report = run_file(cases, load_adapters())
    assert list(reasons(report)) == []
    assert (report.cases, report.count("passed")) == (16, 16)
