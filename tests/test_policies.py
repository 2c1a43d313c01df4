"""Which class on which day: every built-in scheme at both sides of every boundary."""

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagih.classes import Measures, classify
from tagih.contracts import Contract, Instalment
from tagih.errors import PolicyError
from tagih.ledger import replay
from tagih.policies import (
    Arrears,
    LateCharge,
    Policy,
    Provision,
    RateCap,
    Waterfall,
    cap_on,
    capped_for,
    kind_of,
    layered,
    looser,
    policy,
    rule,
    rules,
    rules_for,
    with_terms,
)

# the days of the boundaries of all schemes, both sides
DAYS = (0, 1, 4, 5, 8, 9, 10, 11, 15, 16, 30, 31, 60, 61, 90, 91, 120, 121, 180, 181, 360, 361)

# grades on those days, written down from the bands in the instruments that the rules cite
GRADES = {
    #                              0 1 4 5 8 9 10 11 15 16 30 31 60 61 90 91 120 121 180 181 360 361
    "id.kol.bank.2019": "1 2 2 2 2 2 2 2 2 2 2 2 2 2 2 3 3 4 4 5 5 5",
    "id.kol.mf.2014": "1 1 1 1 1 1 1 1 1 1 1 2 2 2 2 3 3 4 4 5 5 5",
    "id.kol.mf.2018": "1 1 1 1 1 1 1 2 2 2 2 2 2 2 2 3 3 4 4 5 5 5",
    "id.kol.bpr.monthly": "1 1 1 1 1 1 1 1 1 1 1 2 2 2 2 3 3 3 3 4 4 5",
    "id.kol.bpr.submonthly": "1 1 1 1 1 1 1 1 1 2 2 3 3 3 3 4 4 4 4 5 5 5",
    "id.kol.pindar": "1 2 2 2 2 2 2 2 2 2 2 3 3 4 4 5 5 5 5 5 5 5",
    "id.kol.lkm.2015 daily": "1 1 1 4 4 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5",
    "buckets.30-60-90": "0" + 10 * " 1-30" + 2 * " 31-60" + 2 * " 61-90" + 7 * " >90",
    "buckets.b1-b7": "C0 B1 B1 B1 B1 B1 B1 B1 B1 B1 B1 B2 B2 B3 B3 B4 B4 B5 B6 B7 B7 B7",
    "buckets.30-180": "0" + 10 * " 1-30" + 2 * " 31-60" + 2 * " 61-90" + 2 * " 91-120" + " 121-150"
    " 151-180" + 3 * " >180",
}  # fmt: skip

ROWS = [
    (name, days, grade)
    for name, grades in GRADES.items()
    for days, grade in zip(DAYS, grades.split(), strict=True)
]


@pytest.mark.parametrize(("name", "days", "grade"), ROWS)
def test_a_class_begins_on_the_day_that_its_instrument_says(name, days, grade):
    id, _, frequency = name.partition(" ")
    assert policy(id).bucket_for(days, frequency=frequency).code == grade


# BPR: days past maturity 15, 30, 60 (POJK 1/2024 Lampiran II)
MATURITY = [(0, "1"), (1, "2"), (15, "2"), (16, "3"), (30, "3"), (31, "4"), (60, "4"), (61, "5")]

# scheme, frequency, measure, value, grade: the scales that do not count days past due
OTHER_EDGES = [
    *[("id.kol.bpr.monthly", "monthly", "days_past_maturity", value, grade)
      for value, grade in MATURITY],
    *[("id.kol.bpr.submonthly", "weekly", "days_past_maturity", value, grade)
      for value, grade in MATURITY],
    # LKM (POJK 62/2015 Lampiran III): https://adoc.pub/otoritas-jasa-keuangan-republik-indonesia151669864591160.html
    *[("id.kol.lkm.2015", "weekly", "weeks_past_due", value, grade)
      for value, grade in [(0, "1"), (4, "1"), (5, "4"), (8, "4"), (9, "5")]],
    *[("id.kol.lkm.2015", "monthly", "months_past_due", value, grade)
      for value, grade in [(0, "1"), (3, "1"), (4, "4"), (9, "4"), (10, "5")]],
    *[("id.kol.lkm.2015", "seasonal", "instalments_past_due", value, grade)
      for value, grade in [(0, "1"), (1, "1"), (2, "4"), (3, "5")]],
    # KSP: kurang lancar above 3 and below 6 months; above 1 and below 3 where periods are below a month
    *[("id.kol.ksp", "monthly", "months_past_due", value, grade)
      for value, grade in [(0, "1"), (3, "1"), (4, "3"), (6, "3")]],
    *[("id.kol.ksp", "weekly", "months_past_due", value, grade)
      for value, grade in [(0, "1"), (1, "1"), (2, "3"), (3, "3")]],
    *[("id.kol.ksp", "semiannual", "months_past_due", value, grade)
      for value, grade in [(0, "1"), (3, "1"), (4, "3"), (12, "3")]],
]  # fmt: skip


@pytest.mark.parametrize(("id", "frequency", "measure", "value", "grade"), OTHER_EDGES)
def test_other_measures_have_boundaries_of_their_own(id, frequency, measure, value, grade):
    assert rule(id).bucket_for(frequency=frequency, **{measure: value}).code == grade


@pytest.mark.parametrize(
    ("days", "past_maturity", "grade"),
    [(0, 16, "3"), (91, 1, "3"), (31, 0, "2"), (200, 61, "5"), (0, 0, "1")],
)
def test_bpr_takes_the_worse_of_arrears_and_maturity(days, past_maturity, grade):
    assert rule("id.kol.bpr.monthly").bucket_for(days, days_past_maturity=past_maturity).code == grade


@pytest.mark.parametrize(
    ("frequency", "measure", "first"),
    [
        ("monthly", "full_months_past_due", 6),
        ("weekly", "full_months_past_due", 3),
        ("annual", "full_months_past_due", 12),
    ],
)
def test_a_cooperative_states_a_judgement_past_kurang_lancar(frequency, measure, first):
    ksp = rule("id.kol.ksp")
    assert ksp.bucket_for(frequency=frequency, **{measure: first - 1}).code in ("1", "3")
    with pytest.raises(PolicyError, match="by judgement; state which"):
        ksp.bucket_for(frequency=frequency, **{measure: first})
    assert ksp.bucket_for(frequency=frequency, **{measure: first}, judgement=1).code == "4"
    assert ksp.bucket_for(frequency=frequency, **{measure: first}, judgement=2).code == "5"


def test_a_scheme_by_frequency_wants_a_frequency_it_knows():
    with pytest.raises(
        PolicyError, match="no scale for instalments that are 'yearly'; it knows daily, monthly"
    ):
        rule("id.kol.lkm.2015").bucket_for(5, frequency="yearly")
    with pytest.raises(PolicyError, match="is for instalments that are monthly"):
        classify(Measures(frequency="weekly"), rule("id.kol.bpr.monthly"))


# --- dates, confidence, composition -----------------------------------------------------------------


def test_a_rule_asked_outside_its_dates_names_its_successor():
    with pytest.raises(PolicyError) as caught:
        policy("id.kol.mf.2014", on=date(2026, 10, 31))
    assert str(caught.value) == (
        "rule 'id.kol.mf.2014' is not in force on 2026-10-31 (until 2018-12-26); "
        "its successor is id.kol.mf.2018"
    )
    with pytest.raises(PolicyError, match=r"not in force on 2015-01-01 \(from 2018-12-27\)$"):
        policy("id.kol.mf.2018", on=date(2015, 1, 1))


def test_a_rule_run_for_comparison_is_marked():
    compared = policy("id.kol.mf.2014", on=date(2026, 10, 31), compare={"id.kol.mf.2014"})
    assert compared.buckets is not None
    assert compared.buckets.about.mark == "not in force"
    assert compared.bucket_for(11).code == "1"
    current = policy("id.kol.mf.2018", on=date(2026, 10, 31))
    assert current.buckets is not None
    assert current.buckets.about.mark == ""


UNVERIFIED = [found.about.id for found in rules() if found.about.confidence in ("low", "background")]


@pytest.mark.parametrize("id", UNVERIFIED)
def test_an_unverified_rule_runs_only_when_accepted_by_name(id):
    with pytest.raises(PolicyError, match="not verified"):
        policy(id)
    assert policy(id, accept={id})


def test_some_rules_are_unverified():
    assert {"id.cap.pindar.2025h1", "id.restr.bank", "id.alloc.mf.fees_first"} <= set(UNVERIFIED)


def test_two_rules_of_one_kind_are_an_error():
    with pytest.raises(
        PolicyError, match=r"two rules of kind buckets: 'id\.kol\.pindar' and 'id\.kol\.bank\.2019'"
    ):
        policy("id.kol.pindar", "id.kol.bank.2019")


def test_caps_are_a_dated_list_and_calendars_join():
    composed = policy("id.cap.pindar.2024", "id.cap.pindar.2025", "id.cal.2026", "id.cal.2027")
    assert [cap.about.id for cap in composed.caps] == ["id.cap.pindar.2024", "id.cap.pindar.2025"]
    assert composed.calendar is not None
    assert composed.calendar.years == (2026, 2027)
    assert [about.id for about in composed.abouts()][-2:] == ["id.cal.2026", "id.cal.2027"]
    with pytest.raises(PolicyError, match="in force on the same days"):
        policy("id.cap.pindar.2025", RateCap(tiers=()))
    with pytest.raises(PolicyError, match="two calendars have a list for 2026"):
        policy("id.cal.2026", "id.cal.2026")


def test_an_unknown_rule_suggests_a_near_one():
    with pytest.raises(PolicyError) as caught:
        policy("id.kol.bank.2018")
    assert str(caught.value) == "no rule 'id.kol.bank.2018'; did you mean 'id.kol.bank.2019'?"


def test_rules_made_in_code_go_to_their_slots():
    denda = LateCharge(daily_rate=D("0.005"), base="unpaid_instalment", counting="due_day_free")
    composed = policy("id.alloc.mf.instalment_first", denda, Arrears(grace_days=3))
    assert composed.late_charge is denda
    assert composed.arrears.grace_days == 3
    assert isinstance(composed.waterfall, Waterfall)
    assert policy() == Policy()


def test_a_policy_says_which_scheme_or_limit_it_lacks():
    with pytest.raises(PolicyError, match="no bucket scheme"):
        policy().bucket_for(1)
    assert policy("id.meterai.2021", "id.legal.interest").limit("meterai.receipts_above") == 5_000_000
    with pytest.raises(PolicyError, match="no limit 'dsr'"):
        policy().limit("dsr")


@pytest.mark.parametrize(
    ("lender", "kind", "on", "ids"),
    [
        ("mf", "buckets", date(2018, 12, 26), {"id.kol.mf.2014"}),
        ("mf", "buckets", date(2018, 12, 27), {"id.kol.mf.2018"}),
        ("bpr", "buckets", date(2026, 1, 1), {"id.kol.bpr.monthly", "id.kol.bpr.submonthly"}),
        ("lkm", "buckets", date(2024, 12, 26), {"id.kol.lkm.2015"}),
        ("lkm", "buckets", date(2024, 12, 27), set()),
        ("bpr", "provision", date(2020, 11, 30), {"id.prov.bpr.2019"}),
        ("bpr", "provision", date(2020, 12, 1), {"id.prov.bpr.2020"}),
        ("bpr", "provision", date(2021, 12, 1), {"id.prov.bpr"}),
        ("bank", "cure", date(2026, 1, 1), set()),  # background only: not offered
        ("pindar", "conduct", date(2023, 12, 21), {"id.conduct.pindar.2023"}),
        ("pindar", "conduct", date(2025, 7, 31), {"id.conduct.pojk22"}),
    ],
)
def test_a_lender_type_and_a_day_choose_the_rules(lender, kind, on, ids):
    assert {found.about.id for found in rules_for(lender, kind, on)} == ids


# --- what every built-in rule must hold ---------------------------------------------------------------


@pytest.mark.parametrize("found", rules(), ids=lambda found: found.about.id)
def test_every_built_in_rule_says_where_it_comes_from(found):
    about = found.about
    assert about.title
    assert about.confidence != "contract" or about.id.startswith(("buckets.", "id.round", "id.arrears"))
    assert about.instrument or about.source or about.note
    if about.confidence == "high" and about.id.startswith("id."):
        assert about.instrument, "high confidence rests on an instrument"
    if about.successor:
        assert about.valid_to is not None
        successor = rule(about.successor).about
        assert successor.valid_from is None or successor.valid_from <= about.valid_to + timedelta(days=1)
    assert hash(kind_of(found))


@pytest.mark.parametrize("found", rules(), ids=lambda found: found.about.id)
def test_no_rule_is_looser_than_itself_and_each_runs_within_its_dates(found):
    assert looser(found, found) == ""
    about = found.about
    for day in (about.valid_from, about.valid_to, date(2026, 10, 31)):
        if day is not None and about.in_force(day):
            assert policy(about.id, on=day, accept={about.id}) == policy(found, on=day, accept={about.id})


LAWS = [rule(id) for id in ("id.kol.bank.2019", "id.kol.bpr.monthly", "id.kol.mf.2018", "id.kol.pindar")]


@given(st.sampled_from(LAWS), st.sampled_from(LAWS), st.integers(0, 400))
def test_a_scheme_that_is_not_looser_never_gives_a_better_class(mine, law, days):
    if not looser(mine, law):
        assert mine.bucket_for(days).code >= law.bucket_for(days).code


# --- late charge caps of pindar (SEOJK 19/SEOJK.06/2025 XIV.3-5; SEOJK 19/SEOJK.06/2023) -----------------

CAPS = [policy("id.cap.pindar.2024").caps[0], rule("id.cap.pindar.2025h1"), rule("id.cap.pindar.2025")]


@pytest.mark.parametrize(
    ("signed", "amended", "id"),
    [
        (date(2023, 12, 31), None, None),
        (date(2024, 1, 1), None, "id.cap.pindar.2024"),
        (date(2024, 12, 31), None, "id.cap.pindar.2024"),
        (date(2025, 1, 1), None, "id.cap.pindar.2025h1"),
        (date(2025, 7, 30), None, "id.cap.pindar.2025h1"),
        (date(2025, 7, 31), None, "id.cap.pindar.2025"),
        (date(2026, 1, 1), None, "id.cap.pindar.2025"),  # no step down in 2026
        (date(2024, 6, 1), date(2025, 7, 30), "id.cap.pindar.2025h1"),
        (date(2024, 6, 1), date(2025, 7, 31), "id.cap.pindar.2025"),  # an addendum comes under the new cap
    ],
)
def test_the_signing_day_chooses_the_cap_and_an_amendment_chooses_again(signed, amended, id):
    found = cap_on(CAPS, signed, amended_on=amended)
    assert (found.about.id if found else None) == id


@pytest.mark.parametrize(
    ("purpose", "tenor", "principal", "rate"),
    [
        ("consumptive", 1, 1_000_000, "0.003"),
        ("consumptive", 6, 1_000_000, "0.003"),
        ("consumptive", Fraction(181, 30), 1_000_000, "0.002"),
        ("consumptive", 7, 1_000_000, "0.002"),
        ("productive", 6, 50_000_000, "0.00275"),
        ("productive", 7, 50_000_000, "0.001"),
        ("productive", 6, 50_000_001, "0.001"),
        ("productive", 12, 50_000_001, "0.001"),
    ],
)
def test_the_cap_of_2025_goes_by_purpose_tenor_and_principal(purpose, tenor, principal, rate):
    cap = rule("id.cap.pindar.2025")
    tier = cap.tier_for(purpose=purpose, tenor=tenor, principal=principal)
    assert (tier.daily_rate, tier.late_rate) == (D(rate), D(rate))
    day, total = cap.caps_for(tier)
    assert (day.on, day.share, day.of) == ("day", D(rate), "agreed_amount")
    assert (total.on, total.share, total.of) == ("charges", D(1), "agreed_amount")


def test_the_cap_of_2024_is_on_the_outstanding_and_for_tenors_below_a_year():
    cap = rule("id.cap.pindar.2024")
    assert cap.caps_for(cap.tier_for(tenor=11))[0].of == "outstanding_principal"
    assert (cap.tier_for(tenor=11).daily_rate, cap.tier_for(tenor=12).daily_rate) == (D("0.003"), None)
    assert cap.tier_for(tenor=12).late_rate == D("0.003")  # late charges are limited whatever the tenor
    assert cap.tier_for(purpose="productive", tenor=36).daily_rate == D("0.001")
    with pytest.raises(PolicyError, match="has no tier for a debt that is other"):
        cap.tier_for(purpose="other")


def test_the_supervisors_own_test_of_the_price():
    # SEOJK 19/SEOJK.06/2025: both examples, as printed there with three decimals (months of 30 days)
    cap = rule("id.cap.pindar.2025")
    assert round(cap.benefit_rate(D(1_250_000), D(50_000_000), 150) * 100, 3) == Fraction(17, 1000)
    assert round(cap.benefit_rate(D(2_350_000), D(150_000_000), 210) * 100, 3) == Fraction(7, 1000)
    # SEOJK 19/SEOJK.06/2023 VI.3: both simulations
    old = rule("id.cap.pindar.2024")
    assert round(old.benefit_rate(D(85_000), D(1_000_000), 90) * 100, 4) == Fraction(944, 10000)
    assert old.benefit_rate(D(90_000), D(1_000_000), 30) == Fraction(3, 1000)


def pindar(**fields):
    row = Instalment(1, date(2026, 4, 1), principal=D(1_000_000), interest=D(90_000))
    return Contract("P-1", (row,), lender_type="pindar", **fields)


def test_a_contracts_late_charge_gets_the_law_added_and_keeps_its_own_caps():
    mine = LateCharge(daily_rate="0.004", base="agreed_amount", counting="due_day_free")
    lawful = capped_for(pindar(signed_on=date(2026, 1, 1), tenor=90, frequency="daily"), mine, CAPS)
    assert lawful.daily_rate == D("0.004")
    assert [cap.share for cap in lawful.caps] == [D("0.003"), D(1)]
    old = capped_for(pindar(signed_on=date(2023, 1, 1), tenor=3), mine, CAPS)
    assert old is mine
    with pytest.raises(PolicyError, match="signed_on chooses the cap"):
        capped_for(pindar(), mine, CAPS)


# --- a contract's own terms ---------------------------------------------------------------------------


def test_a_contract_may_be_stricter_than_law_never_looser():
    base = policy("id.prov.bpr", "id.kol.bank.2019")
    stricter = Provision((("1", "0.01"), ("2", "0.05"), ("3", "0.1"), ("4", "0.5"), ("5", "1")))
    assert with_terms(base, stricter).provision is stricter
    looser = Provision((("1", "0.005"), ("2", "0.02"), ("3", "0.1"), ("4", "0.5"), ("5", "1")))
    with pytest.raises(
        PolicyError, match=r"looser than 'id\.prov\.bpr': class 2 sets aside 0\.02, the rule 0\.03"
    ):
        with_terms(base, looser)
    with pytest.raises(PolicyError, match="bucket '2' starts at 31, the rule's at 1"):
        with_terms(base, rule("id.kol.mf.2014"))


def test_a_contracts_own_order_and_late_charge_are_free():
    base = policy("id.alloc.kuhperdata")
    denda = LateCharge(amount=D(10_000), per="day", counting="due_day_free")
    changed = with_terms(base, rule("id.alloc.principal_first"), denda)
    assert changed.late_charge is denda
    assert changed.waterfall is rule("id.alloc.principal_first")


def test_sharia_terms_allow_only_named_charges():
    base = policy("id.late.sharia")
    tazir = LateCharge(amount=D(5_000), per="day", counting="due_day_free", name="tazir")
    assert with_terms(base, tazir).late_charge is tazir
    with pytest.raises(PolicyError, match=r"tazir \(agreed\), tawidh \(actual_cost\)"):
        with_terms(base, LateCharge(amount=D(5_000), counting="due_day_free"))
    with pytest.raises(PolicyError, match="tawidh"):  # a real cost is posted, it never runs by the day
        with_terms(base, LateCharge(amount=D(5_000), counting="due_day_free", name="tawidh"))


# --- waterfalls -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "order"),
    [
        ("id.alloc.kuhperdata", "component interest interest | component principal principal"
                                " | component fee fee | component late_charge late_charge"),
        ("id.alloc.mf.instalment_first", "instalment interest principal interest principal"
                                         " | component fee fee | component late_charge late_charge"),
        ("id.alloc.mf.fees_first", "instalment fee late_charge interest principal"
                                     " fee late_charge interest principal"),
    ],
)  # fmt: skip
def test_what_a_payment_settles_first(id, order):
    groups = rule(id).order.groups
    written = [" ".join([group.walk, *(str(cell.component) for cell in group.cells)]) for group in groups]
    assert " | ".join(written) == order
    assert rule(id).excess == "hold"


# --- smaller rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "letter"),
    [(0, None), (6, None), (7, "sp1"), (13, "sp1"), (14, "sp2"), (20, "sp2"), (21, "sp3"), (400, "sp3")],
)
def test_the_ladder_of_letters(days, letter):
    rung = rule("id.letter.sp").rung_for(days)
    assert (rung.letter if rung else None) == letter


def test_goods_are_not_fetched_without_what_the_law_asks():
    gate = rule("id.gate.repossession")
    facts = {"default_proven", "warning_letter_sent", "security_certificate", "handover_record"}
    assert gate.missing(facts) == ("voluntary_surrender or court_order or laps_sjk_decision",)
    assert gate.missing(facts | {"court_order"}) == ()
    assert gate.missing(set())[0] == "default_proven"


@pytest.mark.parametrize(
    ("kind", "months", "eligible"),
    [
        ("gold_jewellery", 0, 85),
        ("warehouse_receipt", 12, 70),
        ("warehouse_receipt", 13, 0),
        ("vehicle_with_fiducia", 99, 50),
    ],
)
def test_collateral_counts_in_part(kind, months, eligible):
    assert rule("id.coll.bprs.2024").eligible(kind, D(100), months_old=months) == eligible


def test_instalments_round_up_to_the_unit():
    # Rp8.884.878,87, the usual annuity example
    for unit, rounded in (("1", 8_884_879), ("100", 8_884_900), ("500", 8_885_000), ("1000", 8_885_000)):
        assert rule(f"id.round.up.{unit}").rounding.of(D("8884878.87")) == rounded


# --- layers: the book's, the product's, the contract's ----------------------------------------------------


def test_of_two_rules_of_a_kind_the_later_holds():
    own = {
        "kind": "late_charge",
        "daily_rate": "0.003",
        "base": "unpaid_instalment",
        "counting": "due_day_free",
    }
    composed = layered("id.kol.bank.2019", "id.late.mf.market.car", "id.kol.mf.2018", own, "id.cal.2026")
    assert composed.buckets is rule("id.kol.mf.2018")
    assert composed.late_charge is not None
    assert (composed.late_charge.daily_rate, composed.late_charge.about.id) == (D("0.003"), "contract")
    assert layered("id.cal.2026", "id.cal.2026").calendar == rule("id.cal.2026")


def test_an_own_layer_is_never_looser_than_the_law_under_it():
    loose = {"kind": "provision", "rates": {"1": "0", "2": "0", "3": "0", "4": "0", "5": "1"}}
    with pytest.raises(PolicyError, match=r"the contract's provision is looser than 'id\.prov\.mf'"):
        layered("id.prov.mf", loose)
    with pytest.raises(
        PolicyError, match=r"^tagih\.toml: key 'dayly_rate' is unknown; did you mean 'daily_rate'"
    ):
        layered({"kind": "late_charge", "dayly_rate": "0.003", "base": "unpaid_instalment"})


@pytest.mark.parametrize(
    ("base", "rate", "each_day"),  # of Rp1.000.000 principal and Rp90.000 interest that are late
    [
        ("outstanding_principal", "0.005", 3_000),  # 0,3 % of the outstanding principal, not 0,5 %
        ("outstanding_principal", "0.002", 2_000),
        ("unpaid_principal", "0.01", 3_000),
        ("unpaid_instalment", "0.01", 3_000),
        ("unpaid_instalment", "0.002", 2_180),
        ("agreed_amount", "0.003", 3_000),
    ],
)
def test_the_cap_of_2024_bounds_each_day_whatever_the_late_charge_is_on(base, rate, each_day):
    mine = LateCharge(daily_rate=rate, base=base, counting="due_day_free")
    loan = pindar(signed_on=date(2024, 6, 1), tenor=3, agreed_amount=D(1_090_000))
    for each in (
        Policy(late_charge=mine, caps=CAPS),
        Policy(late_charge=capped_for(loan, mine, CAPS)),  # as a letter states it
    ):
        found = replay(loan, [], each, date(2026, 4, 11)).late_charges_run_up
        assert found == 10 * each_day
