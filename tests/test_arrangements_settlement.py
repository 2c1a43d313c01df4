"""Settlement, prepayment of part and the sale of collateral, each worked out a second way."""

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
    Restructure,
    Rounding,
    Waterfall,
    WriteOff,
    replay,
)
from tagih.arrangements import (
    BASES,
    NewPlan,
    PayoffTerms,
    Penalty,
    PlanTerms,
    PrepayTerms,
    RestructureTerms,
    SaleTerms,
    SettlementTerms,
    arrears_to_end,
    base_amount,
    break_even,
    caution_text,
    compare,
    original_rate,
    pay_late,
    payoff,
    payoff_proposal,
    plan,
    plan_in_force,
    prepayment,
    quote,
    restructure,
    sale,
    sale_outcome,
    settlement,
    to_settle,
    worth,
)
from tagih.offers.proposal import owed_rows
from tagih.offers.value import carrying_amount
from tagih.policies import LateCharge, Order
from tagih.policies.waterfall import Group
from tagih.schedules import annuity

AS_OF = date(2026, 4, 15)
DENDA = LateCharge(daily_rate="0.001", base="unpaid_instalment", counting="due_day_free")
FEE = Component("fee", "kunjungan")
DENDA_LAST = Order((
    Group("instalment", ("past_due interest", "past_due principal", "due interest", "due principal")),
    Group("component", ("past_due fee", "due fee", "past_due late_charge", "due late_charge")),
))  # fmt: skip


def contract():
    rows = [Instalment(n, date(2026, n, 28), D(900_000), D(100_000)) for n in range(1, 13)]
    return Contract("MF-1", rows, signed_on=date(2025, 12, 28))


def late(as_of=AS_OF):
    """Three instalments late, Rp141.000 of late charges, Rp59.000 of fees, nine instalments to come."""
    events = [Charge("C-1", date(2026, 4, 1), FEE, D(59_000))]
    return replay(contract(), events, Policy(late_charge=DENDA), as_of)


# --- settlement -------------------------------------------------------------------------------

SIZES = [
    # base, its size: 12 × 900.000 principal, 3 × 100.000 interest due, 9 × 100.000 to come, 200.000 charges
    ("outstanding", 10_800_000 + 300_000 + 900_000 + 200_000),
    ("payoff", 10_800_000 + 300_000 + 200_000),
    ("principal", 10_800_000),
    ("arrears", 3_000_000 + 200_000),
    ("charges", 200_000),
]


@pytest.mark.parametrize(("base", "size"), SIZES)
def test_the_five_bases(base, size):
    assert base_amount(late(), base) == size
    assert [name for name, _ in SIZES] == list(BASES)


@pytest.mark.parametrize(("base", "size"), SIZES)
@pytest.mark.parametrize("share", ["0.1", "0.37", "1"])
def test_a_discount_is_a_share_of_its_base(base, size, share):
    proposal = settlement(late(), SettlementTerms(base=base, discount=share))
    waived = min(F(size) * F(share), F(11_300_000))
    assert proposal.waived.total == waived
    assert sum(paid.amount for paid in proposal.pays) == 11_300_000 - waived
    assert proposal.moved("saved").total == 900_000
    # late charges first, then fees, interest, principal
    rest = waived
    for kind, owed in (
        ("late_charge", 141_000),
        ("fee", 59_000),
        ("interest", 300_000),
        ("principal", 10_800_000),
    ):
        assert proposal.waived.of(kind) == min(rest, owed)
        rest -= min(rest, owed)


def test_a_discount_by_component_is_rounded_so_that_whole_units_are_paid():
    proposal = settlement(
        late(), SettlementTerms(waive={"late_charge": "0.5", "interest": "0.25"}, unit=1000)
    )
    assert (proposal.waived.late_charge, proposal.waived.interest) == (70_500, 74_500)
    assert sum(paid.amount for paid in proposal.pays) == 11_155_000


def test_a_settlement_is_paid_down_and_in_parts():
    terms = SettlementTerms(
        amount=9_000_000, down_share="0.1", payments=3, every_days=14, unit=1000, expires_on=date(2026, 4, 30)
    )
    proposal = settlement(late(), terms)
    assert [(paid.on, paid.amount) for paid in proposal.pays] == [
        (AS_OF, 900_000),
        (date(2026, 4, 29), 2_700_000),
        (date(2026, 5, 13), 2_700_000),
        (date(2026, 5, 27), 2_700_000),
    ]
    assert proposal.events("S", accepted_on=date(2026, 4, 30))
    with pytest.raises(InputError, match="the offer ended on 2026-04-30"):
        proposal.events("S", accepted_on=date(2026, 5, 1))


def test_while_a_settlement_runs_the_age_runs_and_late_charges_stop():
    start = late()
    proposal = settlement(start, SettlementTerms(amount=9_000_000, payments=2, first_on=date(2026, 5, 15)))
    on = date(2026, 6, 1)
    still = replay(start.contract, (*start.events, *proposal.events("S")), start.policy, on)
    assert still.days_past_due == (on - date(2026, 1, 28)).days
    assert still.outstanding.total == 9_000_000


@pytest.mark.parametrize("paid", [0, 1, 2])
def test_a_broken_settlement_is_withdrawn_and_its_money_settles_the_whole_debt_again(paid):
    start = late()
    terms = SettlementTerms(base="payoff", discount="0.3", payments=3, first_on=date(2026, 5, 15))
    proposal = settlement(start, terms)
    money = proposal.payments("S")[:paid]
    on = date(2026, 8, 1)
    events = (*start.events, *proposal.events("S"), *money, *proposal.undone("S", on))
    broken = replay(start.contract, events, start.policy, on)
    plain = replay(start.contract, (*start.events, *money), start.policy, on)
    assert broken.outstanding.parts == plain.outstanding.parts
    assert broken.days_past_due == plain.days_past_due


REFUSED = [
    ({"amount": 11_300_001}, "settlement.above"),
    ({"amount": 7_999_999, "floor": 8_000_000}, "settlement.floor"),
    ({"waive": {"principal": "0.5"}, "floor": 8_000_000}, "settlement.floor"),
    ({"discount": "0.5"}, "settlement.size"),
    ({"amount": 1, "waive": {"late_charge": "1"}}, "settlement.size"),
    ({"base": "harga", "discount": "0.1"}, "settlement.base"),
    ({"base": "payoff", "discount": "1.1"}, "settlement.share"),
    ({"amount": 9_000_000, "first_on": date(2026, 4, 14)}, "plan.past"),
    ({"amount": 9_000_000, "payments": 0}, "settlement.payments"),
]


@pytest.mark.parametrize(("asked", "code"), REFUSED)
def test_a_settlement_that_cannot_be_is_refused(asked, code):
    with pytest.raises(InputError) as caught:
        settlement(late(), SettlementTerms(**asked))
    assert caught.value.code == code


WRITTEN_OFF = [WriteOff("W", date(2026, 4, 1))]


def gone(as_of=AS_OF, more=()):
    """The same contract written off on 1 April: 12 × 900.000 and 12 × 100.000 lost, three of them due."""
    return replay(contract(), [*WRITTEN_OFF, *more], Policy(late_charge=DENDA), as_of)


LOST_SIZES = [
    # 12 × 900.000 principal, 3 × 100.000 interest due, 9 × 100.000 to come, late charges until 1 April:
    # 63 + 32 + 4 days of 0,1 % of 1.000.000
    ("outstanding", 12_000_000 + 99_000),
    ("payoff", 11_100_000 + 99_000),
    ("principal", 10_800_000),
    ("arrears", 3_000_000 + 99_000),
    ("charges", 99_000),
]


@pytest.mark.parametrize(("base", "size"), LOST_SIZES)
def test_what_was_written_off_is_still_owed(base, size):
    assert gone().outstanding.total == 0
    assert base_amount(gone(), base) == size


def test_a_written_off_debt_is_settled_in_parts_and_keeps_its_age():
    offer = settlement(gone(), SettlementTerms(amount=6_000_000, payments=3, unit=1000, cure_days=5))
    assert [(paid.on, paid.amount) for paid in offer.pays] == [
        (date(2026, 5, 15), 2_000_000),
        (date(2026, 6, 15), 2_000_000),
        (date(2026, 7, 15), 2_000_000),
    ]
    assert (offer.waived.total, offer.moved("saved").total) == (5_199_000, 900_000)
    assert offer.worth.before == 0  # a debt that was written off is carried at nothing
    events = [*offer.events("S"), *offer.payments("S")]
    half_way = gone(date(2026, 6, 15), events)
    assert (half_way.outstanding.total, half_way.written_off.total) == (0, 12_099_000 - 4_000_000)
    assert half_way.days_past_due == 138  # since 28 January still: a recovery makes no debt younger
    assert {line.kind for line in half_way.lines if line.event.startswith("S.")} == {"recovered"}
    assert gone(date(2026, 7, 19), events).written_off.total == 6_099_000
    end = gone(date(2026, 7, 20), events)
    assert (end.outstanding.total, end.written_off.total, end.unapplied) == (0, 0, 0)
    assert end.paid.total == 6_000_000


def test_a_broken_settlement_of_a_written_off_debt_leaves_the_whole_claim():
    offer = settlement(gone(), SettlementTerms(amount=6_000_000, payments=3))
    first = offer.payments("S")[0]
    broken = [*offer.events("S"), first, *offer.undone("S", date(2026, 6, 16))]
    for day in (date(2026, 6, 16), date(2026, 7, 15), date(2027, 1, 1)):
        after, without = gone(day, broken), gone(day, [first])
        assert after.written_off == without.written_off
        assert after.written_off.total == 12_099_000 - 2_000_000
        assert after.days_past_due == without.days_past_due


def test_a_settlement_says_that_a_written_off_debt_stays_lost_until_it_is_paid():
    offer = settlement(gone(), SettlementTerms(amount=6_000_000))
    assert [caution.code for caution in offer.cautions] == ["settlement.written_off"]
    assert caution_text(offer.cautions[0], "id") == (
        "utang ini sudah dihapus buku: uang yang masuk adalah pemulihan, umur dan kelasnya tetap, dan "
        "6.099.000 dihapus tagih pada 15 April 2026 bila sisanya sudah dibayar"
    )
    assert "6099000 is forgiven on 2026-04-15" in caution_text(offer.cautions[0], "en")


def test_a_written_off_debt_is_paid_off_to_zero():
    terms = PayoffTerms(penalty=Penalty("0.02"), fees=(("admin", D(50_000)),))
    day = payoff(gone(), terms)
    # nine instalments of 900.000 are not due, and what runs from 28 March is the coming row's interest
    assert (day.principal, day.interest, day.running) == (10_800_000, 300_000, 100_000)
    assert (day.late_charges, day.penalty) == (99_000, 162_000)
    assert day.total == 10_800_000 + 300_000 + 100_000 + 99_000 + 162_000 + 50_000
    closed = gone(date(2027, 1, 1), payoff_proposal(gone(), terms).events("P"))
    assert (closed.outstanding.total, closed.written_off.total, closed.unapplied) == (0, 0, 0)
    assert closed.paid.total == day.total


def test_a_quote_for_a_written_off_debt_stands_still():
    asked_for = quote(gone(), PayoffTerms(current="none"), date(2026, 4, 27))
    assert set(asked_for.per_diem) == {0}


@pytest.mark.parametrize(
    "make",
    [
        lambda lost: plan(lost, PlanTerms(months=3)),
        lambda lost: restructure(lost, RestructureTerms(NewPlan(12))),
        lambda lost: arrears_to_end(lost),
        lambda lost: prepayment(lost, PrepayTerms(D(1_000_000))),
        lambda lost: sale(lost, SaleTerms(D(1_000_000))),
    ],
)
def test_a_written_off_debt_is_made_young_by_no_offer(make):
    with pytest.raises(InputError, match="is written off and keeps its age; settle it instead"):
        make(gone())


def test_settling_a_written_off_debt_stands_beside_paying_late():
    late = pay_late(gone(), date(2026, 5, 1))
    assert late.up_front == 0
    assert sum(paid.amount for paid in late.pays) == 12_099_000
    table = compare(gone(), {"late": late, "less": settlement(gone(), SettlementTerms(amount=6_000_000))})
    assert [side.name for side in table.sides] == ["less", "late"]


def test_an_offer_waits_for_the_day_after_the_write_off():
    today = replay(contract(), [WriteOff("W", AS_OF)], Policy(), AS_OF)
    with pytest.raises(InputError, match="make the offer from the next day"):
        settlement(today, SettlementTerms(amount=6_000_000))


INSURED = Component("fee", "asuransi")
TWO_FEES = [
    # a fee without a name beside a named one, due before it, with it or on its instalment
    Charge("E-1", date(2026, 1, 19), Component("fee"), D(1)),
    Charge("E-1", date(2026, 1, 5), Component("fee"), D(1)),
    Charge("E-1", date(2026, 1, 19), Component("fee"), D(1), instalment=2),
    Charge("E-1", date(2026, 1, 5), Component("fee"), D(700), due_on=date(2026, 5, 1)),
]


def two_fees(charge):
    rows = [
        Instalment(1, date(2026, 1, 12), D(0), D(1)),
        Instalment(2, date(2026, 1, 19), D(0), D(0), ((INSURED, D(2500)),)),
        Instalment(3, date(2026, 1, 26), D(2508), D(20_000)),
    ]
    return replay(Contract("MF-3", rows), [charge], Policy(), date(2026, 1, 19))


@pytest.mark.parametrize("charge", TWO_FEES)
@pytest.mark.parametrize(
    "terms",
    [
        {"base": "outstanding", "discount": "0.1"},
        {"base": "outstanding", "discount": "0.333"},
        {"waive": {"fee": "0.5"}},
        {"waive": {"fee:asuransi": "1"}},
    ],
)
@pytest.mark.parametrize("payments", [1, 2])
def test_a_fee_without_a_name_is_waived_where_it_stands(charge, terms, payments):
    position = two_fees(charge)
    offer = settlement(position, SettlementTerms(**terms, payments=payments))
    given = replay(position.contract, [charge, *offer.events("A")], Policy(), position.as_of)
    left = {part: amount for part, amount in given.outstanding.parts if amount}
    assert left == {part: amount for part, amount in offer.moved("collected").parts if amount}
    kept = [charge, *offer.events("A"), *offer.payments("A")]
    end = replay(position.contract, kept, Policy(), offer.ends_on)
    assert (end.outstanding.total, end.unapplied) == (0, 0)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("share", ["0.3", "1"])
def test_interest_charged_on_an_instalment_is_settled_with_it(number, share):
    rows = [Instalment(n, date(2026, n, 28), D(1000), D(100)) for n in (1, 2)]
    charged = [Charge("X", date(2026, 1, 10), Component("interest"), D(50), instalment=number)]
    position = replay(Contract("MF-9", rows), charged, Policy(), date(2026, 2, 15))
    for offer in (
        settlement(position, SettlementTerms(waive={"interest": share})),
        payoff_proposal(position, PayoffTerms(current="none")),
    ):
        kept = [*charged, *offer.events("A"), *offer.payments("A")]
        end = replay(position.contract, kept, Policy(), offer.ends_on)
        assert (end.outstanding.total, end.unapplied) == (0, 0)


@pytest.mark.parametrize("share", ["0.1", "0.6", "1"])
def test_what_was_lent_again_is_waived_too(share):
    rule = Waterfall(DENDA_LAST, over_refund="new_principal")
    events = [Payment("P-1", date(2026, 3, 1), D(300_000)), Refund("R-1", date(2026, 3, 20), D(50_000))]
    rows = [Instalment(1, date(2026, 1, 28), D(900_000))]
    position = replay(Contract("MF-4", rows), events, Policy(waterfall=rule), date(2026, 4, 1))
    assert position.outstanding.total == 650_000
    offer = settlement(position, SettlementTerms(base="outstanding", discount=share))
    end = replay(
        position.contract, [*events, *offer.events("A"), *offer.payments("A")], position.policy, offer.ends_on
    )
    assert (end.outstanding.total, end.unapplied) == (0, 0)
    assert offer.waived.total == D(share) * 650_000


def test_what_settles_leaves_out_interest_to_come():
    assert to_settle(late()).total == 11_300_000


# github.com/frappe/lending, test_loan_write_off_and_settlement.py (commit c6c8e97): a shortfall is waived
SHORTFALLS = [
    # principal, yearly rate, days, paid, payoff, waived of interest
    (390_547, "0.1725", 60, "401621", "401621.41", "0.41"),  # test_loc_loan_auto_waiver_demand_update
    (1_000_000, "0.135", 31, "1011415.75", "1011465.75", "50.00"),  # test_loan_write_off_limit
]


@pytest.mark.parametrize(("principal", "rate", "days", "paid", "whole", "waived"), SHORTFALLS)
def test_a_small_shortfall_is_settled_by_a_waiver_of_interest(principal, rate, days, paid, whole, waived):
    lent_on, cent = date(2024, 10, 30), Rounding(D("0.01"), "half_up")
    on = lent_on + timedelta(days=days)
    terms = PayoffTerms(annual_rate=rate, paid_to=lent_on, rounding=cent)
    row = Instalment(1, on + timedelta(days=300), D(principal))
    running = replay(Contract("F-1", [row], signed_on=lent_on), [], Policy(), on)
    assert payoff(running, terms).total == D(whole)
    due = Contract("F-1", [Instalment(1, on, D(principal), D(whole) - principal)], signed_on=lent_on)
    position = replay(due, [], Policy(), on)
    proposal = settlement(position, SettlementTerms(amount=paid))
    assert (proposal.waived.interest, proposal.waived.total) == (D(waived), D(waived))
    closed = replay(due, (*proposal.events("S"), *proposal.payments("S")), Policy(), on)
    assert closed.outstanding.total == closed.unapplied == 0


# --- value to the lender ----------------------------------------------------------------------


def test_the_original_rate_makes_the_loan_worth_what_was_lent():
    rate = original_rate(contract())
    daily = (1 + rate) ** (D(1) / 365)
    worth_now, growth, day = D(0), D(1), date(2025, 12, 28)
    rows = {row.due_on: row.total for row in contract().instalments}
    while rows:
        worth_now += rows.pop(day, D(0)) / growth
        growth, day = growth * daily, day + timedelta(days=1)
    assert abs(worth_now - 10_800_000) < D("0.01")
    balance = D(10_800_000)
    for _ in range(12):
        balance = balance * (1 + original_rate(contract(), "periods")) - 1_000_000
    assert abs(balance) < D("0.0001")


def test_the_carrying_amount_and_the_loss_day_by_day():
    start = late()
    rate = original_rate(contract())
    daily = (1 + rate) ** (D(1) / 365)
    expected, growth, day = D(3_200_000), D(1), AS_OF
    while day < date(2026, 12, 31):
        day, growth = day + timedelta(days=1), growth * daily
        if day.day == 28:
            expected += 1_000_000 / growth
    assert abs(carrying_amount(start, rate) - expected) < D("0.01")
    pays = settlement(start, SettlementTerms(amount=9_000_000)).pays
    assert abs(worth(start, pays).loss - (expected - 9_000_000)) < D("0.02")


# --- prepayment of part -----------------------------------------------------------------------


def annuity_contract():
    rows = annuity(principal=D(24_000_000), monthly_rate=D("0.015"), months=24, first_due=date(2026, 1, 31))
    return Contract("A-1", rows, signed_on=date(2025, 12, 31))


def paid_six(as_of):
    made = annuity_contract()
    events = [Payment(f"P-{row.number}", row.due_on, row.total) for row in made.instalments[:6]]
    return replay(made, events, Policy(), as_of)


def walked(balance, instalment, first_interest, rows):
    """The rows of an annuity walked one by one, with exact interest but for rounding to Rp1."""
    out = []
    for number in range(rows):
        interest = round(first_interest if number == 0 else F(balance) * F(15, 1000))
        principal = min(instalment - interest, balance) if number < rows - 1 else balance
        out.append((principal, interest))
        balance -= principal
        if not balance:
            break
    return out


MID_PERIOD = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 15), date(2026, 7, 30)]


@pytest.mark.parametrize("on", MID_PERIOD)
def test_the_period_that_runs_bears_interest_on_both_balances_day_by_day(on):
    start = paid_six(on)
    before = start.not_due.principal
    by_day = F(0)
    day = date(2026, 6, 30)
    while day < date(2026, 7, 31):
        balance = before if day < on else before - 5_000_000
        by_day += F(balance) * F(15, 1000) / 31
        day += timedelta(days=1)
    new = prepayment(start, PrepayTerms(5_000_000, period_rate="0.015")).new
    assert new[0].interest == round(by_day)


@pytest.mark.parametrize("on", MID_PERIOD)
def test_with_the_instalment_kept_the_term_gets_shorter(on):
    start = paid_six(on)
    old = annuity_contract().instalments[6:]
    proposal = prepayment(start, PrepayTerms(5_000_000, period_rate="0.015"))
    expected = walked(
        int(start.not_due.principal) - 5_000_000, int(old[0].total), proposal.new[0].interest, 18
    )
    assert [(row.principal, row.interest) for row in proposal.new] == expected
    assert len(proposal.new) < 18
    saved = sum(row.interest for row in old) - sum(row.interest for row in proposal.new)
    assert proposal.moved("saved").interest == saved == -proposal.cost.extra


@pytest.mark.parametrize("on", MID_PERIOD)
def test_with_the_term_kept_the_instalment_is_the_smallest_that_ends_it(on):
    start = paid_six(on)
    proposal = prepayment(start, PrepayTerms(5_000_000, keep="term", period_rate="0.015"))
    new = proposal.new
    assert [row.due_on for row in new] == [row.due_on for row in annuity_contract().instalments[6:]]
    instalment = new[0].total
    balance = F(int(start.not_due.principal) - 5_000_000)

    def left(amount):
        owed, interest = balance, F(new[0].interest)
        for _ in range(18):
            owed = (owed + interest - F(amount)).limit_denominator(10**9)
            interest = owed * F(15, 1000)
        return owed

    assert left(instalment) <= 1
    assert left(instalment - 1) > 0


def test_a_prepayment_waits_until_what_is_due_is_paid():
    with pytest.raises(InputError, match="that comes first"):
        prepayment(late(), PrepayTerms(100_000))


def test_a_prepayment_waits_for_the_day_after_a_new_plan():
    new = [Instalment(2, date(2026, 2, 5), D(1), D(1)), Instalment(3, date(2026, 3, 7), D(1), D(1))]
    events = [Restructure("E-5", date(2026, 1, 6), new)]
    agreed = Contract("MF-5", [Instalment(1, date(2026, 1, 12), D(2), D(0))])
    terms = PrepayTerms(1, keep="term", period_rate="0.02")
    with pytest.raises(InputError, match="comes after what the offer does on that day"):
        prepayment(replay(agreed, events, Policy(), date(2026, 1, 6)), terms)
    next_day = replay(agreed, events, Policy(), date(2026, 1, 7))
    offer = prepayment(next_day, terms)
    kept = [*events, *offer.events("A"), *offer.payments("A")]
    end = replay(agreed, kept, Policy(), offer.ends_on)
    assert (end.outstanding.total, end.unapplied) == (0, 0)


@pytest.mark.parametrize("paid", [1, 30, 600])
def test_money_of_the_same_day_leaves_the_penalty_to_the_prepayment(paid):
    rule = Policy(waterfall=Waterfall(DENDA_LAST, excess="next_instalment"))
    agreed = Contract("MF-6", [Instalment(4, date(2026, 2, 2), D(2500), D(1))])
    events = [Payment("E-0", date(2026, 1, 5), D(paid))]
    position = replay(agreed, events, rule, date(2026, 1, 5))
    assert position.unapplied == 0
    offer = prepayment(position, PrepayTerms(25, keep="term", period_rate="0.02", penalty_share="0.02"))
    after = replay(agreed, [*events, *offer.events("A")], rule, date(2026, 1, 5))
    assert owed_rows(after) == offer.new
    assert [str(part) for part, amount in offer.becomes[1].components if amount] == [
        "principal",
        "fee:pelunasan",
    ]


@pytest.mark.parametrize("held", [1, 2, 3])
def test_held_money_comes_off_the_new_rows_where_the_order_says_so(held):
    """A payment whose split was decided leaves money unapplied; a new plan puts it to use."""
    rule = Policy(waterfall=Waterfall(DENDA_LAST, excess="next_instalment"))
    agreed = Contract("MF-7", [Instalment(1, date(2026, 1, 26), D(5), D(1))])
    parts = ((Component("principal"), D(1)), (Component("late_charge"), D(held)))
    events = [Payment("E-1", date(2026, 1, 5), D(1 + held), components=parts)]
    position = replay(agreed, events, rule, date(2026, 1, 6))
    assert (position.outstanding.total, position.unapplied) == (5, held)
    offer = prepayment(position, PrepayTerms(1, keep="term", period_rate="0.02"))
    assert [(row.principal, row.interest) for row in offer.new] == [(3, 0)]
    assert sum(paid.amount for paid in offer.pays) == 1 + 3 - held
    after = replay(agreed, [*events, *offer.events("A")], rule, date(2026, 1, 6))
    assert (after.outstanding.total, after.unapplied) == (3 - held, 0)


@pytest.mark.parametrize("amount", [0, 18_999_999_999])
def test_a_prepayment_is_of_a_part(amount):
    with pytest.raises(InputError, match="ask for a payoff"):
        prepayment(paid_six(date(2026, 6, 30)), PrepayTerms(amount))


def test_the_plan_in_force_is_the_new_one():
    start = paid_six(date(2026, 7, 15))
    proposal = prepayment(start, PrepayTerms(5_000_000, penalty_share="0.01"))
    assert proposal.up_front == 5_050_000
    after = replay(start.contract, (*start.events, *proposal.events("A")), start.policy, start.as_of)
    assert plan_in_force(after) == (*start.contract.instalments[:6], *proposal.new)


# --- sale of collateral -----------------------------------------------------------------------

SALES = [
    # price, surplus, deficiency: debt 11.300.000, invoices 1.500.000, 2 % of the price
    (20_000_000, 6_800_000, 0),
    (13_061_225, 0, 0),  # (11.300.000 + 1.500.000) / 0,98 = 13.061.224,49
    (13_061_224, 0, 0),  # 2 % of it is 261.224,48: rounded down to the whole rupiah
    (13_061_223, 0, 1),
    (5_000_000, 0, 7_900_000),
    (1_000_000, 0, 11_820_000),  # costs of 1.520.000 are not covered
]
TERMS = {"costs": {"penarikan": 1_000_000, "lelang": 500_000}, "cost_share": "0.02"}


@pytest.mark.parametrize(("price", "surplus", "deficiency"), SALES)
def test_where_the_price_goes(price, surplus, deficiency):
    outcome = sale_outcome(late(), SaleTerms(price, **TERMS))
    short = sum(amount for _, amount in outcome.deficiency) + outcome.uncovered
    assert (outcome.surplus, short) == (surplus, deficiency)
    assert outcome.price == outcome.costs - outcome.uncovered + sum(a for _, a in outcome.settled) + surplus


@pytest.mark.parametrize("share", ["0", "0.02", "0.025", "0.1", "0.333"])
def test_the_break_even_is_the_smallest_price_that_settles_all(share):
    terms = SaleTerms(0, {"lelang": 500_000}, share)
    price = break_even(late(), terms)

    def net(amount):
        return amount - 500_000 - int(F(amount) * F(share) + F(1, 2))

    assert net(int(price)) >= 11_300_000 > net(int(price) - 1)


ORDERS = [
    # kinds in order, and what Rp1.000.000 after the costs settles of each
    ("fee interest principal late_charge", {"fee": 59_000, "interest": 300_000, "principal": 641_000}),
    (
        "late_charge fee interest principal",
        {"late_charge": 141_000, "fee": 59_000, "interest": 300_000, "principal": 500_000},
    ),
    ("principal interest fee late_charge", {"principal": 1_000_000}),
]


@pytest.mark.parametrize(("order", "settled"), ORDERS)
def test_the_stated_order_after_the_costs(order, settled):
    outcome = sale_outcome(late(), SaleTerms(1_500_000, {"lelang": 500_000}, order=tuple(order.split())))
    got = {}
    for part, amount in outcome.settled:
        got[part.kind] = got.get(part.kind, 0) + amount
    assert got == settled


@pytest.mark.parametrize("day", [28, 10, 1])
def test_nothing_accrues_after_the_acceleration(day):
    cut = date(2026, 3, day)
    outcome = sale_outcome(late(), SaleTerms(0, accelerated_on=cut))
    claim = {part.kind: amount for part, amount in outcome.claim}
    charges = sum(max((cut - date(2026, month, 28)).days, 0) for month in (1, 2, 3)) * 1000
    assert claim["late_charge"] == charges
    assert claim["interest"] == 100_000 * sum(1 for month in (1, 2, 3) if date(2026, month, 28) <= cut)
    assert claim["principal"] == 10_800_000


def test_a_sale_says_what_law_says_about_it():
    codes = [
        (caution.code, caution.source) for caution in sale(late(), SaleTerms(20_000_000, **TERMS)).cautions
    ]
    assert codes == [
        ("sale.explain", "POJK 22/2023 pasal 66"),
        ("sale.surplus", "UU 42/1999 pasal 34 ayat (1)"),
    ]


def test_a_sale_cannot_come_before_the_acceleration():
    with pytest.raises(InputError, match="after the sale"):
        sale(late(), SaleTerms(1, accelerated_on=AS_OF + timedelta(days=1)))
