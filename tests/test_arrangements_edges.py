"""Offers of a day on which something else happens: both sides of each edge that a law found."""

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction as F

import pytest

from tagih import (
    Acceleration,
    Charge,
    Chargeback,
    Component,
    Contract,
    Forgiveness,
    InputError,
    Instalment,
    Payment,
    Policy,
    Refund,
    Restructure,
    Reversal,
    Rounding,
    Waiver,
    Waterfall,
    WriteOff,
    replay,
)
from tagih.arrangements import (
    Debts,
    NewPlan,
    PayoffTerms,
    PlanTerms,
    PrepayTerms,
    Reschedule,
    RestructureTerms,
    SaleTerms,
    SettlementTerms,
    payoff_proposal,
    plan,
    prepayment,
    reamortise,
    reschedule,
    restructure,
    sale,
    sale_outcome,
    settlement,
)
from tagih.offers.reage import equal_parts
from tagih.policies import LateCharge, Order
from tagih.policies.waterfall import Group
from tagih.schedules import Rate, annuity

DAY = date(2026, 2, 10)
DUE = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
FEE, LATE = Component("fee"), Component("late_charge")
ROWS = [Instalment(number, due, D(1_000_000), D(100_000)) for number, due in enumerate(DUE, 1)]
NEW = [Instalment(number, due, D(1_300_000), D(50_000)) for number, due in enumerate(DUE[1:], 11)]
DENDA = LateCharge(daily_rate="0.001", base="unpaid_instalment", counting="due_day_free")
PAID = Payment("P", DUE[0], D(500_000))


def known(*events, on=DAY, policy=None):
    return replay(Contract("K-1", ROWS), [PAID, *events], policy or Policy(late_charge=DENDA), on)


PARTLY = PlanTerms(months=2, down=100_000)
LATER = PlanTerms(months=2)
OFFERS = {
    "payoff": lambda position: payoff_proposal(position, PayoffTerms()),
    "payoff with a fee": lambda position: payoff_proposal(position, PayoffTerms(fees=(("admin", D(1)),))),
    "settlement": lambda position: settlement(position, SettlementTerms(base="arrears", discount="0.1")),
    "plan, part today": lambda position: plan(position, PARTLY),
    "plan, later": lambda position: plan(position, LATER),
    "restructure": lambda position: restructure(position, RestructureTerms(NewPlan(6))),
    "restructure, part today": lambda position: restructure(
        position, RestructureTerms(NewPlan(6), up_front=100_000)
    ),
    "sale": lambda position: sale(position, SaleTerms(1_000_000)),
}
WAIVED_FEE, WAIVED_LATE = Waiver("W", DAY, FEE), Waiver("W", DAY, LATE, D(1))
SAME_DAY = [
    # what happened on the day, and the offers that it would change
    (Restructure("R", DAY, NEW), set(OFFERS) - {"plan, later", "restructure"}),
    (Forgiveness("F", DAY, (Component("interest"),)), set(OFFERS) - {"plan, later"}),
    (Chargeback("C", DAY, "P", D(1)), set(OFFERS) - {"plan, later", "restructure"}),
    (WAIVED_FEE, {"payoff with a fee", "sale"}),
    (WAIVED_LATE, set()),
    (Payment("Q", DAY, D(1)), set()),
]
NOT_LATE = {"plan, part today", "plan, later"}


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize(("event", "changed"), SAME_DAY)
def test_an_offer_of_a_day_waits_for_the_next_where_an_event_of_the_day_would_change_it(
    offer, event, changed
):
    position = known(event)
    if offer in NOT_LATE and not position.arrears.total:
        return  # nothing to plan after a new plan
    if offer in changed and isinstance(event, Waiver) and offer == "sale":
        position = known(event)
        sale(position, SaleTerms(1_000_000))  # nothing is charged
        with pytest.raises(InputError, match="make the offer from the next day"):
            sale(position, SaleTerms(1_000_000, {"lelang": 1}))
        return
    if offer in changed:
        with pytest.raises(InputError, match="make the offer from the next day"):
            OFFERS[offer](position)
    else:
        OFFERS[offer](position)
    next_day = known(event, on=DAY + timedelta(days=1))
    made = OFFERS[offer](next_day)
    moved = sum(move.amount for move in made.moves)
    assert moved == sum(row.total for row in made.old)


def test_credit_pays_off_no_plan_that_was_made_on_the_same_day():
    """Payments come before the new plan of their day, and an acceleration too."""
    money = [Payment(f"E-{n}", DAY, D(1)) for n in range(5)]
    plan_of_day = Restructure("R", DAY, [Instalment(2, DUE[2], D(2_282), D(2))])
    contract = Contract("K-2", [Instalment(1, DUE[1], D(0), D(0))])
    events = [*money, plan_of_day, Acceleration("A", DAY)]
    with pytest.raises(InputError, match="Restructure R of 2026-02-10"):
        payoff_proposal(replay(contract, events, Policy(), DAY), PayoffTerms(rebate="none"))
    for days in (1, 30):
        position = replay(contract, events, Policy(), DAY + timedelta(days=days))
        assert position.unapplied == 5
        offer = payoff_proposal(position, PayoffTerms(rebate="none"))
        closed = replay(contract, [*events, *offer.events("X")], Policy(), position.as_of)
        assert sum(paid.amount for paid in offer.pays) == 2_282 + 2 - 5
        assert (closed.outstanding.total, closed.unapplied) == (0, 0)


# --- acceleration, and a new plan -------------------------------------------------------------

PLANNED = date(2026, 2, 5)


@pytest.mark.parametrize("early", [-1, 0, 1])
def test_a_sale_is_of_the_plan_that_stands(early):
    """An acceleration before the plan of its day, or on it, was replaced by the plan."""
    accelerated = Acceleration("A", PLANNED + timedelta(days=early))
    events = [accelerated, Restructure("R", PLANNED, NEW)]
    on = date(2026, 3, 10)
    outcome = sale_outcome(known(*events, on=on), SaleTerms(0))
    claim = {part.kind: amount for part, amount in outcome.claim}
    # the plan's first row fell due on 28 February; after an acceleration since, nothing is earned
    late = 10 * 1_350 if early <= 0 else 0
    assert claim == {
        "principal": 3 * 1_300_000,
        **({"interest": 50_000, "late_charge": late} if early <= 0 else {}),
    }
    offer = sale(known(*events, on=on), SaleTerms(1_000_000))
    assert any(isinstance(event, Acceleration) for event in offer.becomes) == (early <= 0)
    for later in (0, 40):
        day = on + timedelta(days=later)
        after = replay(Contract("K-1", ROWS), [PAID, *events, *offer.events("S")], known().policy, day)
        assert after.outstanding.total == sum(claim.values()) - 1_000_000


@pytest.mark.parametrize("day", [-1, 0, 1])
def test_a_debt_did_not_fall_due_before_or_on_the_day_of_a_new_plan(day):
    position = known(Restructure("R", PLANNED, NEW), on=date(2026, 3, 10))
    terms = SaleTerms(0, accelerated_on=PLANNED + timedelta(days=day))
    if day <= 0:
        with pytest.raises(InputError, match="a new plan was made on 2026-02-05"):
            sale(position, terms)
    else:
        claim = {part.kind: amount for part, amount in sale_outcome(position, terms).claim}
        assert claim == {"principal": 3 * 1_300_000}


@pytest.mark.parametrize(("day", "late"), [(-1, True), (0, True), (1, True), (None, False)])
def test_what_is_charged_on_an_accelerated_instalment_is_due_with_it(day, late):
    """A fee on the instalment of 30 April, whenever it was posted."""
    fee = Charge("B", date(2026, 2, 6), FEE, D(7_000), instalment=4)
    early = [] if day is None else [Acceleration("A", date(2026, 2, 6) + timedelta(days=day))]
    for on in (DAY, DUE[3], DUE[3] + timedelta(days=1)):
        position = known(fee, *early, on=on)
        assert position.outstanding.fee == 7_000
        assert position.arrears.fee == (7_000 if late or on > DUE[3] else 0)
        assert position.due_today.fee == (7_000 if not late and on == DUE[3] else 0)
        assert position.not_due.fee == (7_000 if not late and on < DUE[3] else 0)


# --- prepayment -------------------------------------------------------------------------------

AHEAD = Waterfall(
    Order(
        (Group("instalment", ("past_due interest", "past_due principal", "due interest", "due principal")),)
    ),
    excess="next_instalment",
)
LOAN = Contract("K-3", annuity(principal=12_000_000, monthly_rate=D("0.02"), months=12,
                               first_due=date(2026, 1, 31)))  # fmt: skip


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_instalments_that_were_paid_ahead_stay_paid(ahead):
    """The term is kept: the rows that are left share what is left, and none is larger."""
    money = sum(row.total for row in LOAN.instalments[: 2 + ahead])
    paid = [Payment("P", date(2026, 1, 31), money)]
    day = date(2026, 3, 10)
    position = replay(LOAN, paid, Policy(waterfall=AHEAD), day)
    offer = prepayment(position, PrepayTerms(1_000_000, keep="term", period_rate="0.02"))
    coming = LOAN.instalments[2 + ahead :]
    assert [row.due_on for row in offer.new] == [row.due_on for row in coming]
    # day by day: the old balance up to the day, the new one from it, by the days of that month
    balance = F(sum(row.principal for row in coming))
    start = LOAN.instalments[1 + ahead].due_on
    length = (coming[0].due_on - start).days
    days = [start + timedelta(days=n + 1) for n in range(length)]
    first = sum(F(2, 100) / length * (balance if on <= day else balance - 1_000_000) for on in days)
    assert offer.new[0].interest == round(first)
    assert max(row.total for row in offer.new) == offer.new[0].total
    left = balance - 1_000_000
    for row in offer.new:
        interest = first if row is offer.new[0] else left * F(2, 100)
        assert abs(F(row.interest) - interest) <= F(1, 2)
        left -= F(row.principal)
    assert left == 0
    assert offer.new[0].total - offer.new[-1].total < len(coming)


def test_a_fee_that_falls_due_between_instalments_is_no_instalment():
    fee = Charge("B", date(2026, 1, 5), FEE, D(7_000), due_on=date(2026, 2, 10))
    position = replay(LOAN, [fee], Policy(), date(2026, 1, 5))
    offer = prepayment(position, PrepayTerms(1_000_000, keep="term", period_rate="0.02"))
    assert [(row.due_on, row.fees) for row in offer.new if row.fees] == [(date(2026, 2, 28), ((FEE, 7_000),))]
    assert len(offer.new) == 12
    after = replay(LOAN, [fee, *offer.events("A")], Policy(), date(2026, 1, 5))
    assert after.outstanding.total == sum(row.total for row in offer.new)


def forced(held):
    """A payment whose split was decided: ``held`` of it finds no late charge, and waits."""
    parts = ((Component("principal"), D(1_000)), (LATE, D(held)))
    return Payment("P", date(2026, 1, 5), D(1_000 + held), components=parts)


@pytest.mark.parametrize(
    ("held", "penalty", "refused"), [(0, "0.02", False), (1, "0.02", True), (1, "0", False)]
)
def test_credit_that_a_penalty_would_put_to_use_comes_first(held, penalty, refused):
    terms = PrepayTerms(1_000_000, keep="term", period_rate="0.02", penalty_share=penalty)
    events = [forced(held)] if held else []
    position = replay(LOAN, events, Policy(waterfall=AHEAD), date(2026, 1, 6))
    assert position.unapplied == held
    if refused:
        with pytest.raises(InputError, match="in the lender's order"):
            prepayment(position, terms)
        return
    offer = prepayment(position, terms)
    after = replay(LOAN, [*events, *offer.events("A")], Policy(waterfall=AHEAD), date(2026, 1, 6))
    assert after.outstanding.total == sum(row.total for row in offer.new) - held


@pytest.mark.parametrize("day", [5, 6])
def test_after_a_write_off_money_of_the_day_would_take_the_penalty(day):
    """What a write-off leaves behind is the order in which money settles: all, the oldest first."""
    lost = [WriteOff("W", date(2026, 1, 2)), Restructure("R", date(2026, 1, 3), [
        Instalment(number, due, D(500), D(10)) for number, due in enumerate(DUE, 21)
    ])]  # fmt: skip
    contract = Contract("K-4", [Instalment(1, DUE[0], D(0), D(0))])
    events = [*lost, Payment("P", date(2026, 1, 5), D(1))]
    position = replay(contract, events, Policy(), date(2026, 1, day))
    assert position.written_off.total == 0
    terms = PrepayTerms(100, keep="term", period_rate="0.02", penalty_share="0.02")
    if day == 5:
        with pytest.raises(InputError, match="on another day"):
            prepayment(position, terms)
        terms = PrepayTerms(100, keep="term", period_rate="0.02")
    offer = prepayment(position, terms)
    after = replay(contract, [*events, *offer.events("A")], Policy(), position.as_of)
    assert after.outstanding.total == sum(row.total for row in offer.new)


# --- what an offer charges, and other money of the day ----------------------------------------

FEES_FIRST = Policy(
    waterfall=Waterfall(
        Order((
            Group("component", ("past_due fee", "due fee", "past_due interest", "past_due principal",
                                "due interest", "due principal")),
        ))
    )
)  # fmt: skip


@pytest.mark.parametrize("paid", [0, 49_999, 50_000, 50_001, 700_000])
@pytest.mark.parametrize("on", [-1, 0])
def test_money_that_came_in_leaves_the_fee_of_an_offer_to_its_own_payment(paid, on):
    events = [Payment("Q", DAY + timedelta(days=on), D(paid))] if paid else []
    position = known(*events, policy=FEES_FIRST)
    assert position.outstanding.total - position.unapplied == 4_400_000 - 500_000 - paid
    longer = restructure(position, RestructureTerms(NewPlan(6), fee=50_000))
    apart = plan(position, PlanTerms(months=2, fee=50_000)) if position.arrears.total else None
    for offer in filter(None, (longer, apart)):
        # two payments: a fee is paid beside what counts towards the debt
        accepted = [PAID, *events, *offer.events("A"), *offer.payments("A")[:1]]
        after = replay(position.contract, accepted, FEES_FIRST, DAY)
        assert (after.outstanding.fee, after.paid.fee) == (0, 50_000)
        if offer is apart:
            assert after.outstanding.total == position.outstanding.total
            kept = [PAID, *events, *offer.events("A"), *offer.payments("A")]
            assert replay(position.contract, kept, FEES_FIRST, offer.ends_on).outstanding.total == 0
        else:
            assert after.outstanding.total == sum(row.total for row in offer.new)
        assert after.unapplied == position.unapplied


@pytest.mark.parametrize(("held", "fee", "refused"), [(0, 2_500, False), (2, 2_500, True), (2, 0, False)])
def test_credit_that_a_fee_would_send_to_unearned_interest_comes_first(held, fee, refused):
    """A forced split leaves money unapplied, and the order pays coming interest with it."""
    contract = Contract("K-5", [Instalment(1, date(2026, 3, 31), D(0), D(6))])
    ahead = Waterfall(
        Order((Group("instalment", ("past_due interest", "due interest", "in_advance interest")),))
    )
    parts = ((Component("principal"), D(1)), (LATE, D(1)))
    on = date(2026, 3, 5)
    before = on - timedelta(days=1)
    events = [Payment("P", before, D(held), components=parts)] if held else []
    position = replay(contract, events, Policy(waterfall=ahead), on)
    assert position.unapplied == held
    terms = PayoffTerms(rebate="pro_rata", current="none", fees=(("admin", D(fee)),))
    if refused:
        with pytest.raises(InputError, match="use it up or pay it back first"):
            payoff_proposal(position, terms)
        return
    offer = payoff_proposal(position, terms)
    closed = replay(contract, [*events, *offer.events("X")], Policy(waterfall=ahead), on)
    assert (closed.outstanding.total, closed.written_off.total) == (0, 0)
    assert closed.unapplied == max(held - fee, 0)


@pytest.mark.parametrize("cut", [DUE[1], DUE[1] + timedelta(days=1), DAY])
def test_late_charges_that_only_an_earlier_acceleration_makes_run_are_waived_where_they_ran(cut):
    """The rows that it brings forward run late from then on; the old row's own charge is claimed."""
    on = date(2026, 3, 20)
    going_on = LateCharge(
        daily_rate="0.001", base="unpaid_instalment", counting="due_day_free", after_acceleration="continue"
    )
    posted = Charge("B", date(2026, 1, 20), Component("late_charge", "tawidh"), D(40_000), instalment=1)
    position = known(posted, on=on, policy=Policy(late_charge=going_on))
    offer = sale(position, SaleTerms(0, accelerated_on=cut))
    after = replay(position.contract, [PAID, posted, *offer.events("S")], position.policy, on)

    def late(of):
        found = ((row.number, *pair) for row in of.instalments for pair in row.outstanding.parts)
        return {(n, str(part)): owed for n, part, owed in found if part.kind == "late_charge" and owed}

    # by hand: instalment 1 runs on 600.000 from 1 February, instalment 2 on 1.100.000 from its own day
    assert late(position) == {
        (1, "late_charge"): 600 * (on - DUE[0]).days,
        (1, "late_charge:tawidh"): 40_000,
        (2, "late_charge"): 1_100 * (on - DUE[1]).days,
    }
    assert late(after) == late(position)
    waived = {(event.instalments, int(event.amount)) for event in offer.becomes
              if isinstance(event, Waiver) and event.component.kind == "late_charge"}  # fmt: skip
    days = (on - cut).days
    early = {((3,), 1_100 * days), ((4,), 1_100 * days)}
    if cut < DUE[1]:
        early.add(((2,), 1_100 * (DUE[1] - cut).days))
    assert waived == early


@pytest.mark.parametrize("name", ["A", "Z"])
def test_money_of_an_offer_comes_after_money_of_the_day_whatever_it_is_called(name):
    """A split that was decided finds the principal; the plan's own money does not come before it."""
    contract = Contract("K-6", [Instalment(1, DUE[0], D(1_000), D(0), fees=((FEE, D(2_500)),))])
    split = Payment("M", DAY, D(1_000), components=((Component("principal"), D(1_000)),))
    position = replay(contract, [split], Policy(), DAY)
    assert (position.arrears.total, position.unapplied) == (2_500, 0)
    offer = plan(position, PlanTerms(months=2, down=500, unit=1))
    first = replay(contract, [split, *offer.events(name), *offer.payments(name)[:1]], Policy(), DAY)
    assert (first.arrears.fee, first.arrears.principal, first.unapplied) == (2_000, 0, 0)
    kept = [split, *offer.events(name), *offer.payments(name)]
    assert replay(contract, kept, Policy(), offer.ends_on).outstanding.total == 0


# --- a new plan -------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [0, 1, 2, 3, 5, 6, 7, 47, 1_000])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("mode", ["down", "half_up", "up"])
def test_equal_parts_are_whole_units_and_none_is_below_nothing(whole, count, mode):
    shares = equal_parts(D(whole), count, Rounding(D(1), mode))
    assert sum(shares) == whole
    assert all(share >= 0 and share == int(share) for share in shares)
    assert len(set(shares[:-1])) <= 1


@pytest.mark.parametrize("waived", [0, 1, 2_499, 2_500, 2_501, 5_000])
def test_what_is_waived_of_kept_fees_is_taken_from_the_oldest(waived):
    insurance = Component("fee", "asuransi")
    rows = [
        Instalment(n, due, D(1_000), D(0), fees=((insurance, D(2_500)),)) for n, due in enumerate(DUE[:2], 1)
    ]
    contract = Contract("K-7", rows)
    position = replay(contract, [], Policy(), DAY)
    terms = RestructureTerms(NewPlan(2), Debts(fee="keep", waive={"fee": D(waived)} if waived else {}))
    offer = restructure(position, terms)
    stays = [(row.number, int(amount)) for row in offer.new for part, amount in row.fees if part == insurance]
    assert stays == [
        (n, owed) for n, owed in ((1, 2_500 - waived), (2, 5_000 - max(waived, 2_500))) if owed > 0
    ]
    after = replay(contract, offer.events("R"), Policy(), DAY)
    assert after.outstanding.total == sum(row.total for row in offer.new)


def test_two_fees_of_a_name_are_one_on_the_row_that_takes_both():
    insurance = Component("fee", "asuransi")
    rows = [
        Instalment(n, due, D(1_000), D(0), fees=((insurance, D(2_500)),)) for n, due in enumerate(DUE[1:3], 1)
    ]
    position = replay(Contract("K-8", rows), [], Policy(), DAY)
    offer = restructure(position, RestructureTerms(NewPlan(1)))
    assert [row.fees for row in offer.new] == [((insurance, 5_000),)]


@pytest.mark.parametrize("up_front", [0, 1, 500])
def test_money_up_front_that_finds_no_debt_yet_comes_off_the_new_rows(up_front):
    """Interest that is not due cannot be paid ahead in this order, and no principal is owed."""
    contract = Contract("K-9", [Instalment(1, DUE[1], D(0), D(2_944))])
    position = replay(contract, [], Policy(), DAY)
    terms = RestructureTerms(NewPlan(1, Rate(D(0), "month")), Debts(running="capitalise"), up_front=up_front)
    offer = restructure(position, terms)
    later = sum(paid.amount for paid in offer.pays if paid.on > DAY)
    assert later == sum(row.total for row in offer.new) - up_front
    kept = [*offer.events("R"), *offer.payments("R")]
    end = replay(contract, kept, Policy(), offer.ends_on)
    assert (end.outstanding.total, end.unapplied) == (0, 0)


@pytest.mark.parametrize("cut", [DAY - timedelta(days=2), DAY - timedelta(days=1)])
def test_what_was_reversed_since_an_earlier_acceleration_never_happened(cut):
    """A refund of money that was never held, entered by mistake and reversed."""
    rows = [Instalment(1, DUE[1], D(0), D(1))]
    mistaken = [Refund("E", DAY - timedelta(days=2), D(2)), Reversal("N", DAY, "E")]
    position = replay(Contract("K-10", rows), mistaken, Policy(), DAY)
    outcome = sale_outcome(position, SaleTerms(0, accelerated_on=cut))
    assert outcome.claim == ()  # interest of a row that had not fallen due


@pytest.mark.parametrize("day", [None, -1, 0])
def test_what_was_accelerated_is_not_to_come_a_second_time(day):
    """An accelerated row is owed once: it is not overdue and to come."""
    early = [] if day is None else [Acceleration("A", DAY + timedelta(days=day))]
    position = known(*early)
    change = Reschedule(DUE[2], to_on=DUE[3])
    for make in (lambda: reamortise(position), lambda: reschedule(position, change)):
        if day is not None:
            with pytest.raises(InputError, match="all fell due on"):
                make()
            continue
        offer = make()
        after = replay(position.contract, [PAID, *offer.events("M")], position.policy, DAY)
        assert after.outstanding.principal == position.outstanding.principal
        assert after.outstanding.total == sum(row.total for row in offer.new)


@pytest.mark.parametrize("within_day", ["kind", "sequence"])
@pytest.mark.parametrize("up_front", [1_000, 10_000, 25_000])
def test_money_up_front_never_settles_what_the_plan_charges(up_front, within_day):
    """Of a debt paid ahead but for Rp26.000 of its last principal, with interest that still runs."""
    order = Order((Group("instalment", ("past_due interest", "past_due principal", "due interest",
                                        "due principal")),))  # fmt: skip
    policy = Policy(waterfall=Waterfall(order=order, excess="next_instalment", within_day=within_day))
    rows = [Instalment(1, date(2026, 2, 4)), Instalment(2, date(2026, 3, 6), D(0), D(3_000)),
            Instalment(3, date(2026, 4, 5), D(38_846_000), D(20_000_000))]  # fmt: skip
    ahead = Payment("P", date(2026, 1, 5), D(58_823_000))
    position = replay(Contract("K-1", rows), [ahead], policy, DAY)
    assert position.outstanding.total == position.outstanding.principal == 26_000
    terms = RestructureTerms(
        NewPlan(8, Rate(D(0), "month"), "equal_principal"),
        Debts(interest="waive", running="collect"),
        up_front,
        fee=500,
    )
    offer = restructure(position, terms)
    assert offer.old[-1].interest == 600  # 6 of the 30 days of Rp3.000
    after = replay(position.contract, [*position.events, *offer.events("A")], policy, DAY)
    assert sum(one.amount for one in offer.pays if one.on == DAY) == 500 + 600 + up_front
    assert sum(row.total for row in offer.new) == after.outstanding.total == 26_000 - up_front
    assert after.unapplied == 0


@pytest.mark.parametrize("waived", [1, 999, 1_000, 1_001, 3_499])  # Rp1.000 without a name, Rp2.500 with one
@pytest.mark.parametrize("fee", ["collect", "defer", "capitalise", "keep"])
def test_part_of_fees_with_and_without_a_name_is_given_up_and_the_rest_is_treated_as_asked(fee, waived):
    rows = [Instalment(1, DAY, D(1_000_000), fees=((Component("fee", "asuransi"), D(2_500)),))]
    bill = Charge("B", DAY, FEE, D(1_000))
    position = replay(Contract("K-1", rows), [bill], Policy(), DAY)
    debts = Debts(fee=fee, waive={"fee": waived})
    offer = restructure(position, RestructureTerms(NewPlan(1), debts))
    after = replay(position.contract, [bill, *offer.events("A")], Policy(), DAY)
    paid = sum(one.amount for one in offer.pays if one.on == DAY)
    assert paid == (3_500 - waived if fee == "collect" else 0)
    assert after.outstanding.total == 1_003_500 - waived - paid
    assert sum(one.amount for one in offer.moves if one.to == "waived") == waived
