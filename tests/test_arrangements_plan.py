"""Arrears plans: two of three ends give the third, and every figure is worked out a second way."""

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction as F

import pytest

from tagih import (
    Acceleration,
    Charge,
    Component,
    Contract,
    Drawdown,
    InputError,
    Instalment,
    Payment,
    Policy,
    PolicyError,
    Restructure,
    Reversal,
    Rounding,
    Waterfall,
    replay,
)
from tagih.arrangements import (
    Arrangement,
    Asking,
    Given,
    PlanTerms,
    caution_text,
    check_text,
    plan,
    state,
    to_dict,
)
from tagih.policies import Authority, Discount, LateCharge, OfferLimits, Order
from tagih.policies import rule as built_in
from tagih.policies.waterfall import Group

AS_OF = date(2026, 4, 15)
DENDA = LateCharge(daily_rate="0.001", base="unpaid_instalment", counting="due_day_free")
PARKED = Waterfall(Order((
    Group("instalment", ("past_due interest", "past_due principal", "due interest", "due principal")),
    Group("component", ("past_due late_charge", "due late_charge")),
)))  # fmt: skip


def contract(months=12, principal=900_000, interest=100_000):
    rows = [
        Instalment(n, date(2026 + (n - 1) // 12, (n - 1) % 12 + 1, 28), D(principal), D(interest))
        for n in range(1, months + 1)
    ]
    return Contract("MF-1", rows, signed_on=date(2025, 12, 28))


def position(late=None, as_of=AS_OF, paid=(), **more):
    policy = Policy(late_charge=late, waterfall=PARKED if late else None, **more)
    return replay(contract(), paid, policy, as_of)


def arrears(proposal):
    return [(paid.on, paid.amount) for paid in proposal.pays if paid.purpose == "arrears"]


def down(proposal):
    return sum(paid.amount for paid in proposal.pays if paid.purpose == "up_front")


# --- two of three -----------------------------------------------------------------------------


@pytest.mark.parametrize("months", [1, 2, 3, 7, 11, 36])
def test_months_give_the_smallest_amount_in_whole_units(months):
    parts = [amount for _, amount in arrears(plan(position(), PlanTerms(months=months)))]
    smallest = next(unit for unit in range(1000, 4_000_000, 1000) if unit * months >= 3_000_000)
    assert parts[0] == min(smallest, 3_000_000)
    assert sum(parts) == 3_000_000
    assert all(part == parts[0] for part in parts[:-1])


@pytest.mark.parametrize(("monthly", "months"), [(3_000_000, 1), (2_999_999, 2), (500_000, 6), (410_000, 8)])
def test_an_amount_a_month_gives_the_months(monthly, months):
    parts = arrears(plan(position(), PlanTerms(monthly=monthly)))
    assert (len(parts), parts[-1][1]) == (months, 3_000_000 - monthly * (months - 1))


def test_amount_and_months_give_the_down_payment():
    proposal = plan(position(), PlanTerms(monthly=400_000, months=5))
    assert (down(proposal), len(arrears(proposal))) == (1_000_000, 5)


def test_amount_and_last_day_give_the_down_payment():
    proposal = plan(position(), PlanTerms(monthly=400_000, ends_on=date(2026, 8, 28)))
    assert (down(proposal), arrears(proposal)[-1][0]) == (1_000_000, date(2026, 8, 28))


def test_months_and_last_day_give_the_first_day():
    days = [on for on, _ in arrears(plan(position(), PlanTerms(months=3, ends_on=date(2026, 12, 31))))]
    assert days == [date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31)]


def test_a_last_day_alone_gives_months_and_amount():
    parts = arrears(plan(position(), PlanTerms(ends_on=date(2026, 6, 10))))
    assert parts == [(date(2026, 5, 10), 1_500_000), (date(2026, 6, 10), 1_500_000)]


def test_a_share_paid_down_is_rounded_up_to_the_unit():
    proposal = plan(position(), PlanTerms(months=4, down_share="0.33333", unit=1000))
    assert (down(proposal), arrears(proposal)[0][1]) == (1_000_000, 500_000)


@pytest.mark.parametrize("months", [2, 3, 5, 8])
def test_stepped_amounts_are_the_smallest_that_suffice(months):
    parts = [amount for _, amount in arrears(plan(position(), PlanTerms(months=months, step=50_000)))]
    first = next(
        unit
        for unit in range(1000, 4_000_000, 1000)
        if sum(unit + 50_000 * number for number in range(months)) >= 3_000_000
    )
    assert parts[:-1] == [first + 50_000 * number for number in range(months - 1)]
    assert sum(parts) == 3_000_000


def test_all_can_be_paid_on_one_day():
    proposal = plan(position(), PlanTerms(amounts=[Given(date(2026, 5, 20), 3_000_000)]))
    assert arrears(proposal) == [(date(2026, 5, 20), 3_000_000)]


@pytest.mark.parametrize("monthly", [1_200_000, 1_350_000, 1_500_001])
def test_an_amount_that_includes_the_instalments_leaves_the_rest_for_the_arrears(monthly):
    proposal = plan(position(), PlanTerms(monthly=monthly, counts=True))
    parts = [amount for _, amount in arrears(proposal)]
    # nine instalments are left; once they are paid the whole amount goes to the arrears
    left, expected = 3_000_000, []
    for month in range(40):
        part = min(monthly - (1_000_000 if month < 9 else 0), left)
        if part:
            expected.append(part)
        left -= part
    assert parts == expected
    assert proposal.monthly == max(monthly, 1_000_000)


def test_given_amounts_say_whether_they_count_towards_instalments():
    given = [Given(date(2026, 4, 28), 2_500_000, counts=True), Given(date(2026, 5, 5), 1_500_000)]
    proposal = plan(position(), PlanTerms(amounts=given))
    assert arrears(proposal) == [(date(2026, 4, 28), 1_500_000), (date(2026, 5, 5), 1_500_000)]
    assert sum(paid.amount for paid in proposal.pays) == 12_000_000


REFUSED = [
    ({"monthly": 900_000, "counts": True, "months": 6, "down": 0}, "plan.too_little"),
    ({"monthly": 0, "down": 0}, "plan.never"),
    ({"months": 0}, "plan.months"),
    ({}, "plan.size"),
    ({"months": 3, "first_on": AS_OF}, "plan.past"),
    ({"months": 3, "down": 1, "down_share": "0.1"}, "plan.down"),
    ({"first_on": date(2026, 6, 1), "ends_on": date(2026, 5, 1)}, "plan.dates"),
    ({"amounts": [Given(date(2026, 5, 1), 10)]}, "plan.amounts_short"),
    ({"amounts": [Given(date(2026, 5, 1), 10)], "months": 3}, "plan.amounts"),
]


@pytest.mark.parametrize(("asked", "code"), REFUSED)
def test_a_plan_that_cannot_be_is_refused(asked, code):
    with pytest.raises(InputError) as caught:
        plan(position(), PlanTerms(**asked))
    assert caught.value.code == code


def test_nothing_in_arrears_is_nothing_to_plan():
    with pytest.raises(InputError, match="nothing is in arrears"):
        plan(position(as_of=date(2026, 1, 28)), PlanTerms(months=3))


# --- late charges while it is kept ------------------------------------------------------------


def late_by_the_day(pays, until):
    """Late charges of every day, a day's charge on each row's balance at its start; oldest row first."""
    owed = {row.due_on: F(1_000_000) for row in contract().instalments}
    charged, day = {}, date(2026, 1, 28)
    while day <= until:
        for due in owed:
            if due < day and owed[due]:
                charged[due] = charged.get(due, F(0)) + owed[due] / 1000
        money = sum((F(amount) for on, amount in pays if on == day), F(0))
        for due in sorted(owed):
            got = min(money, owed[due]) if due <= day else 0
            owed[due] -= got
            money -= got
        day += timedelta(days=1)
    return sum(charged.values())


@pytest.mark.parametrize("months", [1, 3, 6])
def test_late_charges_that_run_on_are_in_the_last_payment(months):
    proposal = plan(position(DENDA), PlanTerms(months=months, late_charges="run"))
    last = arrears(proposal)[-1][0]
    owed_now = position(DENDA).outstanding.late_charge
    pays = [(paid.on, paid.amount) for paid in proposal.pays if paid.on <= last]
    assert proposal.cost.extra == late_by_the_day(pays, last) - F(owed_now)
    assert [caution.code for caution in proposal.cautions] == ["plan.late_charges_run"]
    after = replay(contract(), proposal.payments("A"), position(DENDA).policy, last)
    assert after.arrears.total + after.due_today.total == 0


@pytest.mark.parametrize(("treated", "extra"), [("stop", 0), ("waived", -141_000)])
def test_late_charges_stop_or_are_waived(treated, extra):
    start = position(DENDA)
    assert start.outstanding.late_charge == (77 + 46 + 18) * 1000
    proposal = plan(start, PlanTerms(months=3, late_charges=treated))
    assert proposal.cost.extra == extra
    events = (*start.events, *proposal.events("A"), *proposal.payments("A"))
    end = replay(start.contract, events, start.policy, proposal.ends_on)
    assert end.outstanding.total == end.unapplied == 0


def test_a_broken_plan_gives_back_age_and_late_charges():
    start = position(DENDA)
    proposal = plan(start, PlanTerms(months=3, late_charges="waived", age="stands", cure_days=5))
    kept = Arrangement("A", proposal, AS_OF)
    on = date(2026, 6, 1)
    still = replay(start.contract, kept.events, start.policy, on)
    assert (still.days_past_due, still.outstanding.late_charge) == (77, 0)
    broken = replay(start.contract, [*kept.events, *kept.undone(on)], start.policy, on)
    plain = replay(start.contract, (), start.policy, on)
    assert (broken.days_past_due, broken.outstanding.late_charge) == (124, plain.outstanding.late_charge)


# --- kept or broken ---------------------------------------------------------------------------


def running():
    proposal = plan(position(), PlanTerms(months=2, cure_days=3))
    return Arrangement("A", proposal, AS_OF)


def test_a_plan_promises_its_amounts_and_the_instalments_that_fall_due_with_them():
    parts = [(part.due_on, part.amount) for part in running().promise.parts]
    assert parts == [(date(2026, 4, 28), 2_500_000), (date(2026, 5, 28), 2_500_000)]


STATES = [
    # paid (day, amount), asked on, status, broken on
    ([], date(2026, 5, 1), "running", None),  # within the cure days
    ([], date(2026, 5, 2), "broken", date(2026, 5, 2)),
    ([(28, 2_500_000)], date(2026, 5, 31), "running", None),
    ([(28, 1_000_000)], date(2026, 5, 2), "broken", date(2026, 5, 2)),  # the instalment alone is not enough
    ([(28, 5_000_000)], date(2026, 4, 28), "kept", None),
]


@pytest.mark.parametrize(("paid", "as_of", "status", "broken_on"), STATES)
def test_a_plan_is_kept_broken_or_running(paid, as_of, status, broken_on):
    events = [Payment(f"P-{day}", date(2026, 4, day), D(amount)) for day, amount in paid]
    found = state(running(), events, as_of)
    assert (found.status, found.broken_on) == (status, broken_on)


def test_a_payment_that_is_reversed_later_no_longer_keeps_a_plan_from_that_day_on():
    paid = Payment("P-28", date(2026, 4, 28), D(5_000_000))
    events = [paid, Reversal("R", date(2026, 5, 20), "P-28")]
    assert state(running(), events, date(2026, 5, 19)).status == "kept"
    found = state(running(), events, date(2026, 5, 20))
    assert (found.status, found.broken_on, found.received) == ("broken", date(2026, 5, 2), 0)


def test_an_arrangement_whose_events_are_undone_says_so():
    made = Arrangement("A", plan(position(DENDA), PlanTerms(months=2)), AS_OF)
    events = [*made.events, *made.undone(date(2026, 5, 10))]
    assert state(made, events, date(2026, 5, 9)).status == "broken"
    assert state(made, events, date(2026, 5, 10)).status == "undone"
    with pytest.raises(InputError, match="2026-04-01 is earlier"):
        state(made, events, date(2026, 4, 1))


# --- limits -----------------------------------------------------------------------------------

LIMITS = OfferLimits((
    Authority("petugas", minimum_instalment=D(500_000), longest_months=6, cooling_days=30,
              discounts=(Discount((), {"late_charge": "0.5"}),)),
    Authority("kepala cabang", minimum_instalment=D(250_000), longest_months=12, cooling_days=7,
              discounts=(Discount((), {"late_charge": "1"}),)),
))  # fmt: skip

AT_THE_LIMIT = [
    # months, asking, approver of what is beyond
    (6, Asking(), None),
    (7, Asking(), "kepala cabang"),
    (12, Asking("kepala cabang"), None),
    (13, Asking(), ""),
    (6, Asking(last_offer_on=date(2026, 3, 16)), None),
    (6, Asking(last_offer_on=date(2026, 3, 17)), "kepala cabang"),
    (6, Asking(last_offer_on=date(2026, 4, 9)), ""),
]


@pytest.mark.parametrize(("months", "asking", "approver"), AT_THE_LIMIT)
def test_a_plan_beyond_the_limits_names_who_may_approve_it(months, asking, approver):
    proposal = plan(position(offer=LIMITS), PlanTerms(months=months), asking)
    assert proposal.within_limits == (approver is None)
    if approver is None:
        assert proposal.refused() is None
        return
    assert approver in {check.approver for check in proposal.beyond}
    with pytest.raises(PolicyError) as caught:
        proposal.events("A")
    assert caught.value.code == ("offer.limit" if approver else "offer.limit_nobody")
    assert (approver or "nobody") in str(caught.value)
    assert proposal.hardest.approver == approver


def test_a_waiver_beyond_the_authority_is_beyond_its_limits():
    proposal = plan(position(DENDA, offer=LIMITS), PlanTerms(months=3, late_charges="waived"))
    assert [(check.limit, check.approver) for check in proposal.beyond] == [
        ("waive_late_charge", "kepala cabang")
    ]
    assert "perlu persetujuan kepala cabang" in check_text(proposal.beyond[0], "id")
    assert plan(
        position(DENDA, offer=LIMITS), PlanTerms(months=3, late_charges="waived"), Asking("kepala cabang")
    ).within_limits


def test_an_unknown_authority_is_refused():
    with pytest.raises(PolicyError, match="no authority 'direktur'"):
        plan(position(offer=LIMITS), PlanTerms(months=3), Asking("direktur"))


def test_authorities_stand_from_the_lowest_to_the_highest():
    with pytest.raises(PolicyError, match="may do less"):
        OfferLimits((Authority("a", longest_months=6), Authority("b", longest_months=5)))
    assert [one.name for one in built_in("id.offer.contoh").authorities] == [
        "petugas",
        "kepala cabang",
        "komite",
    ]


def test_a_proposal_as_plain_values_says_both_plans():
    values = to_dict(plan(position(), PlanTerms(months=3)))
    assert values["cost"]["extra"] == "0.00"
    assert [row["total"] for row in values["old"]][:2] == ["1000000.00", "1000000.00"]
    assert len(values["new"]) == 12
    assert values["moves"][0] == {"component": "principal", "amount": "2700000.00", "to": "plan"}


@pytest.mark.parametrize("within_day", ["kind", "sequence"])
def test_money_paid_down_today_comes_after_what_is_waived_today(within_day):
    """Late charges are paid first, and one of two was paid this morning."""
    first = Order((Group("component", ("past_due late_charge", "past_due interest", "due interest")),))
    rule = Policy(
        waterfall=Waterfall(first, within_day=within_day),
        late_charge=LateCharge(daily_rate="0.001", base="unpaid_instalment", counting="due_day_counted",
                               rounding=Rounding(D(1), "down")),
    )  # fmt: skip
    rows = [Instalment(1, date(2026, 1, 12), D(0), D(1000)), Instalment(2, date(2026, 1, 19), D(0), D(0))]
    money = [Payment("E-0", date(2026, 1, 13), D(1))]
    position = replay(Contract("MF-5", rows), money, rule, date(2026, 1, 13))
    assert position.outstanding.late_charge == 1
    offer = plan(position, PlanTerms(monthly=500, down_share="0.1", late_charges="waived"))
    kept = [*money, *offer.events("A"), *offer.payments("A")]
    end = replay(position.contract, kept, rule, offer.ends_on)
    assert (end.outstanding.total, end.unapplied) == (0, 0)


def test_what_is_lent_on_a_row_that_an_acceleration_reached_is_in_arrears_once():
    """The new plan's rows still fall due on their own days."""
    rows = [Instalment(1, date(2026, 1, 12), D(0), D(0))]
    new = [Instalment(6, date(2026, 2, 4), D(1), D(1)), Instalment(7, date(2026, 3, 6), D(1), D(1))]
    lent = ((1, Component("principal"), D(1)), (1, Component("interest"), D(1)))
    known = [
        Acceleration("E-3", date(2026, 1, 5)),
        Restructure("E-1", date(2026, 1, 5), new),
        Drawdown("E-0", date(2026, 1, 6), lent),
    ]
    position = replay(Contract("MF-6", rows), known, Policy(), date(2026, 1, 6))
    assert (position.arrears.total, position.not_due.total) == (2, 4)
    offer = plan(position, PlanTerms(monthly=500, unit=1))
    assert sum(paid.amount for paid in offer.pays) == 6
    kept = [*known, *offer.events("A"), *offer.payments("A")]
    end = replay(position.contract, kept, Policy(), offer.ends_on)
    assert (end.outstanding.total, end.unapplied) == (0, 0)


def test_a_fee_on_a_coming_instalment_after_an_acceleration_is_in_the_plan():
    rows = [Instalment(1, date(2026, 3, 6), D(0), D(0)), Instalment(2, date(2026, 5, 5), D(0), D(1))]
    fee = Charge("E-1", date(2026, 1, 6), Component("fee"), D(1), instalment=1)
    known = [Acceleration("E-2", date(2026, 1, 5)), fee]
    position = replay(Contract("MF-7", rows), known, Policy(), date(2026, 1, 6))
    assert position.outstanding.total == 2
    offer = plan(position, PlanTerms(monthly=500, unit=1))
    assert sum(paid.amount for paid in offer.pays) == 2
    end = replay(
        position.contract, [*known, *offer.events("A"), *offer.payments("A")], Policy(), offer.ends_on
    )
    assert (end.outstanding.total, end.unapplied) == (0, 0)


# --- money that is held -----------------------------------------------------------------------

WHOLE = Waterfall(PARKED.order, part_payment="hold")


def holding(amount):
    """Three instalments late, and a payment that covers none of them whole is held unapplied."""
    money = [Payment("P-1", date(2026, 4, 1), D(amount))]
    return replay(contract(), money, Policy(waterfall=WHOLE), AS_OF)


@pytest.mark.parametrize(("held", "credit"), [(1, 1), (400_000, 400_000), (999_999, 999_999)])
def test_unapplied_credit_comes_off_what_is_planned(held, credit):
    proposal = plan(holding(held), PlanTerms(months=3, unit=1))
    assert sum(amount for _, amount in arrears(proposal)) == 3_000_000 - credit
    assert proposal.cost.extra == 0
    assert proposal.moved("plan").total == 3_000_000
    planned = [row.total for row in proposal.new if row.due_on in dict(arrears(proposal)) and row.number > 12]
    assert sum(planned) == 3_000_000 - credit


def test_a_plan_beside_credit_that_is_kept_leaves_no_arrears_and_no_credit():
    position = holding(400_000)
    proposal = plan(position, PlanTerms(months=2))
    events = [*position.events, *proposal.events("A"), *proposal.payments("A")]
    last = max(on for on, _ in arrears(proposal))
    after = replay(contract(), events, position.policy, last)
    assert (after.arrears.total + after.due_today.total, after.unapplied) == (0, 0)


def test_a_plan_says_that_credit_comes_off():
    caution = plan(holding(400_000), PlanTerms(months=2)).cautions[0]
    assert caution_text(caution, "id") == "titipan 400.000 mengurangi tunggakan: cicilan ini untuk sisanya"
    assert caution_text(caution, "en").startswith("400000 is held unapplied and comes off the arrears")


def test_credit_that_covers_the_arrears_leaves_nothing_to_plan():
    fee = [Charge("C-1", date(2026, 1, 10), Component("fee", "visit"), D(50_000))]
    rows = [Instalment(1, date(2026, 9, 28), D(900_000))]
    money = [Payment("P-1", date(2026, 1, 20), D(50_000))]
    held = replay(Contract("MF-2", rows), [*fee, *money], Policy(waterfall=PARKED), AS_OF)
    assert (held.arrears.total, held.unapplied) == (50_000, 50_000)
    with pytest.raises(InputError, match="the unapplied credit of 50000 covers the arrears of 50000"):
        plan(held, PlanTerms(months=2))
