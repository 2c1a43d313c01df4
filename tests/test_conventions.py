"""Every named way to count a late charge, and what a claimed figure says about how it was counted."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagih import (
    PRINCIPAL,
    Contract,
    InputError,
    Instalment,
    LateCharge,
    Opening,
    OpeningBalance,
    Payment,
    Policy,
    PolicyError,
    Rounding,
)
from tagih.ledger.conventions import (
    audit,
    compare_late_charges,
    convention_text,
    conventions,
    implied_rates,
    roundings,
    run,
)
from tagih.policies import Step

from .properties.test_ledger import histories

DUE = date(2026, 1, 31)
DENDA = LateCharge(daily_rate="0.002", base="unpaid_instalment", counting="due_day_free")
CENT = Rounding(unit=D("0.01"), mode="half_up")


def debt(*rows, **terms):
    return Contract("MF-1", rows or [Instalment(1, DUE, D(5_000_000))], **terms)


def late(days):
    return DUE + timedelta(days=days)


def claim(amount, *, rule=DENDA, of=None, events=(), days=14, **more):
    return audit(of or debt(), events, Policy(late_charge=rule), late(days), amount, **more)


# --- claims -----------------------------------------------------------------------------------


def test_the_published_rp1_400_000_implies_two_percent_a_day():
    # A published explainer gives Rp1,4 juta for 0,2 % a day of Rp5.000.000 and 14 days: it used 2 %.
    found = claim(1_400_000)
    assert not found.matches
    assert found.ours.total == 140_000
    assert found.implied.rate == Fraction(2, 100)
    assert found.implied.rule.daily_rate == D("0.02")
    assert (found.implied.times, found.implied.days, found.implied.base) == (10, 140, 50_000_000)
    assert found.implied.reached_on == late(140)


def test_a_claim_that_the_rule_gives_matches_the_rule_first():
    assert claim(140_000).matches[0].rule == DENDA


MIXED = debt(Instalment(1, DUE, D(900_000), D(100_000)), Instalment(2, late(28), D(900_000), D(100_000)),
             agreed_amount=D(2_000_000))  # fmt: skip
TENTH = LateCharge(
    daily_rate="0.005", base="unpaid_instalment", counting="due_day_free", grace="free_days", grace_days=3
)
PAID_400 = [Payment("P", late(10), D(400_000))]  # interest 100.000, principal 300.000
TRACED = [
    # claimed after 20 days, with 400.000 paid on day 10; what gives it, worked out by hand
    (D(65_000), "unpaid_instalment", "due_day_free", "free_days 3"),  # 7 × 5.000 + 10 × 3.000
    (D(80_000), "unpaid_instalment", "due_day_free", "none"),  # 10 × 5.000 + 10 × 3.000
    (D(85_000), "unpaid_instalment", "due_day_counted", "none"),  # 11 × 5.000 + 10 × 3.000
    (D(75_000), "unpaid_principal", "due_day_free", "none"),  # 10 × 4.500 + 10 × 3.000
    (D(100_000), "full_instalment", "due_day_free", "none"),  # 20 × 5.000
    (D(165_000), "outstanding_principal", "due_day_free", "none"),  # 10 × 9.000 + 10 × 7.500
    (D(210_000), "agreed_amount", "due_day_counted", "none"),  # 21 × 10.000
]


@pytest.mark.parametrize(("claimed", "base", "counting", "grace"), TRACED)
def test_a_claim_is_traced_to_the_way_it_was_counted(claimed, base, counting, grace):
    found = claim(claimed, rule=TENTH, of=MIXED, events=PAID_400, days=20)
    assert (base, counting, grace) in [(one.base, one.counting, one.grace) for one in found.matches]


def test_a_claim_that_let_the_late_charge_bear_a_late_charge_is_traced_to_that():
    ran_up = 0
    for _ in range(14):  # each day on the instalment and the late charge so far, rounded down
        ran_up += floor((5_000_000 + ran_up) * Fraction(2, 1000))
    assert [one.base for one in claim(ran_up).matches] == ["unpaid_instalment_and_late_charge"]


@pytest.mark.parametrize(("claimed", "days"), [(D("58333.33"), 360), (D("57534.25"), 365)])
def test_a_yearly_rate_is_tried_by_both_years(claimed, days):
    # 5.000.000 × 30 % × 14 days, by 360 and by 365
    rule = LateCharge(annual_rate="0.30", base="unpaid_instalment", counting="due_day_free", rounding=CENT)
    assert claim(claimed, rule=rule).matches[0].rule.year_days == days


def test_a_monthly_rate_is_tried_by_a_twelfth_of_a_year_too():
    # 5.000.000 × 2 % × 12 / 365 × 14 days
    rule = LateCharge(monthly_rate="0.02", base="unpaid_instalment", counting="due_day_free", rounding=CENT)
    assert claim(D("46027.40"), rule=rule).matches[0].period == "year 365"
    assert claim(D("46666.67"), rule=rule).matches[0].period == "month 30"


ROUNDED = [
    # 47.945,2054… rounded; claimed, each, mode, unit
    (D(47_945), "segment", "down", D(1)),
    (D(47_946), "segment", "up", D(1)),
    (D(48_000), "segment", "up", D(100)),
    (D(47_900), "segment", "down", D(100)),
    (D(47_936), "day", "down", D(1)),  # 14 × 3.424
    (D(47_950), "day", "up", D(1)),  # 14 × 3.425
]


@pytest.mark.parametrize(("claimed", "each", "mode", "unit"), ROUNDED)
def test_rounding_is_found_too(claimed, each, mode, unit):
    rule = LateCharge(annual_rate="0.25", base="unpaid_instalment", counting="due_day_free")
    nearest = claim(claimed, rule=rule).matches[0].rule
    assert (nearest.round_each, nearest.rounding) == (each, Rounding(unit, mode))


def test_a_rate_is_implied_in_the_rule_s_own_period():
    rule = LateCharge(annual_rate="0.18", base="unpaid_instalment", counting="due_day_free")
    # 24 % a year: 5.000.000 × 24 % × 14 / 365 = 46.027,39…
    assert claim(46_027, rule=rule).implied.rule.annual_rate == D("0.24")


def test_an_amount_a_day_implies_another_amount():
    rule = LateCharge(amount=D(5_000), counting="due_day_free")
    found = claim(105_000, rule=rule)
    assert found.implied.rule.amount == D(7_500)
    assert (found.implied.days, found.implied.rate, found.implied.base) == (21, None, None)


def test_a_day_on_which_the_rule_had_already_come_to_the_claim():
    assert claim(95_000).implied.reached_on == late(10)  # 10 × 10.000 is the first that is enough


def test_nothing_is_implied_where_no_day_can_be_charged():
    found = claim(5_000, days=0)
    assert (found.matches, found.implied) == ((), None)


def test_a_capped_charge_never_comes_to_more():
    from tagih.policies import Cap

    rule = LateCharge(
        daily_rate="0.002",
        base="unpaid_instalment",
        counting="due_day_free",
        caps=[Cap("instalment", amount=D(150_000))],
    )
    assert claim(150_001, rule=rule).implied.reached_on is None
    assert claim(150_000, rule=rule).implied.reached_on == late(15)


@given(
    st.sampled_from(tuple(conventions(TENTH))),
    st.sampled_from([("down", D(1)), ("up", D(1)), ("half_up", D(100))]),
    st.integers(1, 60),
)
@settings(max_examples=12, deadline=None)
def test_whatever_a_convention_gives_is_traced_back_to_one_that_gives_it(one, rounding, days):
    from attrs import evolve

    rounded = evolve(one, rounding=Rounding(rounding[1], rounding[0]))
    policy = Policy(late_charge=TENTH)
    figure = run(MIXED, PAID_400, policy, late(days), rounded).outstanding
    found = audit(MIXED, PAID_400, policy, late(days), figure)
    assert found.matches
    for match in found.matches:
        assert run(MIXED, PAID_400, policy, late(days), match.rule).outstanding == figure


@given(st.integers(1, 40), st.integers(1, 90), st.integers(1, 9_999))
@settings(max_examples=30, deadline=None)
def test_the_implied_rate_gives_the_claim(days, rate, thousands):
    of = debt(Instalment(1, DUE, D(thousands * 1000)))
    claimed = floor(Fraction(rate, 1000) * thousands * 1000 * days)
    found = claim(claimed, of=of, days=days)
    rule = found.implied.rule if found.implied else None
    if rule:
        assert run(of, [], Policy(), late(days), rule).outstanding == claimed


def test_a_claim_below_zero_and_a_policy_without_a_late_charge_are_refused():
    with pytest.raises(InputError, match="must not be negative"):
        claim(-1)
    with pytest.raises(PolicyError, match="no late charge"):
        audit(debt(), [], Policy(), late(14), 5)


# --- side by side -----------------------------------------------------------------------------


def test_our_own_comes_first_and_only_what_varies_differs():
    found = compare_late_charges(debt(), [], Policy(late_charge=TENTH), late(14), vary=["grace"])
    assert [one.grace for one in found] == ["free_days 3", "none", "threshold 3"]
    assert [one.total for one in found] == [275_000, 350_000, 350_000]


def test_only_roundings_that_give_another_figure_are_told():
    found = compare_late_charges(debt(), [], Policy(late_charge=DENDA), late(14), vary=["rounding"])
    assert [one.total for one in found] == [140_000]
    rule = LateCharge(annual_rate="0.25", base="unpaid_instalment", counting="due_day_free")
    found = compare_late_charges(debt(), [], Policy(late_charge=rule), late(14), vary=["rounding"])
    assert len({one.total for one in found}) == len(found) > 5


def test_the_amount_in_the_agreement_is_a_base_only_where_there_is_one():
    bases = {one.base for one in compare_late_charges(debt(), [], Policy(late_charge=DENDA), late(14))}
    assert "agreed_amount" not in bases
    agreed = debt(agreed_amount=D(6_000_000))
    bases = {one.base for one in compare_late_charges(agreed, [], Policy(late_charge=DENDA), late(14))}
    assert "agreed_amount" in bases


def test_what_cannot_be_varied_is_refused():
    with pytest.raises(InputError, match="'colour' cannot be varied"):
        compare_late_charges(debt(), [], Policy(late_charge=DENDA), late(14), vary=["colour"])


def test_without_a_rate_the_shortest_implied_ones_come_first():
    found = implied_rates(debt(), [], Policy(), late(14), 1_400_000)
    assert found[0].convention.rule.daily_rate == D("0.02")
    assert {one.rate for one in found} == {Fraction(1, 50), Fraction(7, 375)}


TEXTS = [
    (DENDA, "0,2% per hari dari sisa angsuran; hari jatuh tempo tidak dihitung; tanpa masa tenggang; "
     "dibulatkan ke bawah ke Rp1 tiap ruas hari"),
    (LateCharge(monthly_rate="0.02", base="full_instalment", counting="due_day_counted", grace="threshold",
                grace_days=3, round_each="once"),
     "2% per bulan (30 hari) dari angsuran penuh; hari jatuh tempo dihitung; 3 hari bebas denda, lewat itu "
     "dihitung dari jatuh tempo; dibulatkan ke bawah ke Rp1 sekali di akhir"),
    (LateCharge(amount=D(50_000), per="month", counting="due_day_free"),
     "Rp50.000 per bulan; hari jatuh tempo tidak dihitung; tanpa masa tenggang; "
     "dibulatkan ke bawah ke Rp1 tiap ruas hari"),
    (LateCharge(steps=[Step(1, amount=D(5_000)), Step(8, amount=D(10_000))], counting="due_day_free",
                base="unpaid_instalment"),
     "denda bertingkat; hari jatuh tempo tidak dihitung; tanpa masa tenggang; "
     "dibulatkan ke bawah ke Rp1 tiap ruas hari"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), TEXTS)
def test_a_rule_is_said_in_words(rule, text):
    assert convention_text(rule, "id") == text


def test_every_convention_can_be_said_in_both_languages():
    for rule in conventions(
        LateCharge(monthly_rate="0.02", base="unpaid_instalment", counting="due_day_free")
    ):
        for one in roundings(rule):
            assert convention_text(one, "id") != convention_text(one, "en")


@given(histories(), st.integers(0, 500_000))
@settings(max_examples=8, deadline=None)
def test_any_history_under_any_rule_can_be_audited(history, claimed):
    contract, events, policy, as_of = history
    if policy.late_charge is None:
        assert implied_rates(contract, events, policy, as_of, claimed) is not None
        return
    found = audit(contract, events, policy, as_of, claimed)
    for match in found.matches:
        assert match.outstanding == claimed
    if found.implied and found.implied.rule:
        assert run(contract, events, policy, as_of, found.implied.rule).outstanding == claimed
    own = audit(contract, events, policy, as_of, found.ours.total, of="run_up")
    assert own.matches[0].rule == policy.late_charge
    assert convention_text(own.matches[0].rule, "en")


def test_an_opened_contract_is_audited_from_its_cut_over_on():
    opened = debt(opening=Opening(late(5), [OpeningBalance(1, PRINCIPAL, D(5_000_000))]))
    found = claim(30_000, of=opened, days=14)
    assert found.implied is None or found.implied.reached_on >= late(5)
