"""Classes asked of measures, one obligor, cure after a restructure, provisions, ratios."""

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tagih.classes import (
    Exposure,
    Facility,
    Measures,
    Period,
    after_restructure,
    classify,
    differences,
    measure,
    non_performing,
    one_obligor,
    provision,
    scheme_for,
    tkb,
    twp,
)
from tagih.dates import add_months
from tagih.errors import InputError, PolicyError
from tagih.policies import OneObligor, policy, rule

BANK = rule("id.kol.bank.2019")
BPR = rule("id.kol.bpr.monthly")
MF = rule("id.kol.mf.2018")
PINDAR = rule("id.kol.pindar")
KSP = rule("id.kol.ksp")

# --- measures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due_on", "as_of", "begun", "full", "weeks"),
    [
        (date(2026, 1, 31), date(2026, 1, 31), 0, 0, 0),
        (date(2026, 1, 31), date(2026, 2, 1), 1, 0, 1),
        (date(2026, 1, 31), date(2026, 2, 28), 1, 1, 4),
        (date(2026, 1, 31), date(2026, 3, 1), 2, 1, 5),
        (date(2026, 1, 31), date(2026, 4, 29), 3, 2, 13),
        (date(2026, 1, 31), date(2026, 4, 30), 3, 3, 13),
        (date(2026, 1, 31), date(2026, 5, 1), 4, 3, 13),
        (date(2026, 1, 1), date(2026, 1, 29), 1, 0, 4),
        (date(2026, 1, 1), date(2026, 1, 30), 1, 0, 5),
    ],
)
def test_months_and_weeks_past_due_begin_on_the_day_after(due_on, as_of, begun, full, weeks):
    found = measure(as_of, days_past_due=(as_of - due_on).days)
    assert (found.months_past_due, found.full_months_past_due, found.weeks_past_due) == (begun, full, weeks)


def test_days_past_maturity_count_from_maturity():
    assert measure(date(2026, 1, 31), days_past_due=0, matures_on=date(2026, 1, 15)).days_past_maturity == 16
    assert measure(date(2026, 1, 31), days_past_due=0, matures_on=date(2026, 2, 15)).days_past_maturity == 0
    with pytest.raises(InputError, match="0 or more, got -1"):
        measure(date(2026, 1, 31), days_past_due=-1)


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(0, 3000))
def test_months_begun_are_the_full_ones_or_one_more(since, days):
    found = measure(since + timedelta(days=days), days_past_due=days)
    assert found.months_past_due - found.full_months_past_due in (0, 1)
    assert add_months(since, found.full_months_past_due) <= since + timedelta(days=days)


# --- one contract -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "days", "judgement", "code", "reason", "detail"),
    [
        (BANK, 91, "", "3", "measure", "days_past_due 91"),
        (BANK, 91, "5", "5", "judgement", "days_past_due 91"),
        (BANK, 91, "3", "3", "measure", "days_past_due 91"),
        (BANK, 91, "1", "3", "measure", "days_past_due 91"),  # judgement never improves
        (PINDAR, 0, "5", "5", "judgement", "days_past_due 0"),  # paid out on a false identity
        (KSP, 0, "4", "4", "judgement", "months_past_due 0"),
    ],
)
def test_judgement_may_worsen_never_improve(scheme, days, judgement, code, reason, detail):
    found = classify(Measures(days_past_due=days), scheme, judgement=judgement)
    assert (found.code, found.reason, found.detail) == (code, reason, detail)


def test_a_judged_class_wants_its_judgement():
    late = Measures(months_past_due=7, full_months_past_due=6)
    with pytest.raises(PolicyError, match="one of 4, 5 by judgement; state which"):
        classify(late, KSP)
    with pytest.raises(PolicyError, match="state which"):
        classify(late, KSP, judgement="3")
    assert classify(late, KSP, judgement="4").code == "4"
    assert classify(late, KSP, judgement="5").code == "5"


def test_the_deciding_scale_is_named():
    assert classify(Measures(days_past_due=20, days_past_maturity=31), BPR).detail == "days_past_maturity 31"
    assert classify(Measures(days_past_due=91, days_past_maturity=3), BPR).detail == "days_past_due 91"


@given(st.integers(0, 500), st.sampled_from([BANK, MF, PINDAR, BPR]))
def test_a_day_more_never_improves_a_class(days, scheme):
    now, later = (classify(Measures(days_past_due=value), scheme) for value in (days, days + 1))
    assert scheme.place(later.code) >= scheme.place(now.code)


@given(st.integers(0, 500))
def test_the_library_and_the_policy_agree(days):
    found = classify(Measures(days_past_due=days), BANK)
    assert policy("id.kol.bank.2019").bucket_for(days).code == found.code


@pytest.mark.parametrize(
    ("lender", "on", "frequency", "id"),
    [
        ("bank", date(2026, 10, 31), "monthly", "id.kol.bank.2019"),
        ("bpr", date(2026, 10, 31), "monthly", "id.kol.bpr.monthly"),
        ("bpr", date(2026, 10, 31), "weekly", "id.kol.bpr.submonthly"),
        ("mf", date(2018, 12, 26), "monthly", "id.kol.mf.2014"),
        ("mf", date(2018, 12, 27), "monthly", "id.kol.mf.2018"),
        ("pindar", date(2026, 10, 31), "monthly", "id.kol.pindar"),
        ("koperasi", date(2026, 10, 31), "weekly", "id.kol.ksp"),
        ("lkm", date(2024, 12, 26), "daily", "id.kol.lkm.2015"),
    ],
)
def test_lender_type_day_and_frequency_choose_the_scheme(lender, on, frequency, id):
    assert scheme_for(lender, on, frequency=frequency).about.id == id


def test_no_scheme_is_an_error_that_names_what_there_is():
    with pytest.raises(
        PolicyError, match=r"'lkm', monthly instalments, on 2024-12-27; known are id\.kol\.lkm\.2015"
    ):
        scheme_for("lkm", date(2024, 12, 27))
    with pytest.raises(PolicyError, match="known are none"):
        scheme_for("other", date(2024, 12, 27))
    mine = evolve(MF, about=evolve(MF.about, id="acme.kol"))
    with pytest.raises(PolicyError, match=r"id\.kol\.mf\.2018, acme\.kol; name one"):
        scheme_for("mf", date(2026, 1, 1), among=[mine])


# --- one obligor ---------------------------------------------------------------------------------

BN = 1_000_000_000

# scheme, (contract, debtor, days, outstanding, states)..., classes after
OBLIGORS = [
    (BANK, [("A", "X", 0, 1, ()), ("B", "X", 95, 1, ())], "33"),
    (BANK, [("A", "X", 0, 1, ()), ("B", "Y", 95, 1, ())], "13"),
    (BANK, [("A", "X", 0, 1, ("separate_source",)), ("B", "X", 95, 1, ())], "13"),
    (BANK, [("A", "X", 0, 1, ()), ("B", "X", 95, 1, ("separate_source",))], "13"),
    # a finance company classifies each contract by itself
    (MF, [("A", "X", 0, 1, ()), ("B", "X", 200, 1, ())], "15"),
    # pindar: not where the debtor owes less than Rp2 billion, nor for what is written off
    (PINDAR, [("A", "X", 0, BN, ()), ("B", "X", 95, BN, ())], "55"),
    (PINDAR, [("A", "X", 0, BN, ()), ("B", "X", 95, BN - 1, ())], "15"),
    (PINDAR, [("A", "X", 0, 2 * BN, ()), ("B", "X", 95, BN, ("written_off",))], "15"),
    (PINDAR, [("A", "X", 0, 2 * BN, ()), ("B", "X", 95, BN, ("written_off",)), ("C", "X", 31, 1, ())], "353"),
]


@pytest.mark.parametrize(("scheme", "rows", "after"), OBLIGORS)
def test_one_obligor_only_where_the_rule_says_so(scheme, rows, after):
    facilities = [
        Facility(contract, debtor, classify(Measures(days_past_due=days), scheme), D(outstanding), states)
        for contract, debtor, days, outstanding, states in rows
    ]
    assert "".join(found.classified.code for found in one_obligor(facilities, scheme)) == after


def test_a_pulled_contract_names_the_one_that_pulls():
    scheme = evolve(MF, one_obligor=OneObligor())
    rows = [
        Facility(id, "X", classify(Measures(days_past_due=days), scheme))
        for id, days in (("A", 0), ("B", 95))
    ]
    pulled, kept = one_obligor(rows, scheme)
    assert (pulled.classified.reason, pulled.classified.detail) == ("one_obligor", "B")
    assert kept is rows[1]


# --- cure after a restructure -----------------------------------------------------------------------

# cure rule, class before, days past due now, periods since (+ paid on time, - not), class, cap holds
CURES = [
    # BPR: Diragukan and Macet become Kurang Lancar at best, until three clean periods in a row
    ("id.restr.bpr", "5", 0, "", "3", True),
    ("id.restr.bpr", "4", 0, "", "3", True),
    ("id.restr.bpr", "3", 0, "", "3", True),
    ("id.restr.bpr", "2", 0, "", "2", True),
    ("id.restr.bpr", "1", 0, "", "1", True),
    ("id.restr.bpr", "5", 0, "+", "3", True),
    ("id.restr.bpr", "5", 0, "++", "3", True),
    ("id.restr.bpr", "5", 0, "+++", "1", False),
    ("id.restr.bpr", "5", 0, "++-", "3", True),
    ("id.restr.bpr", "5", 0, "++-++", "3", True),
    ("id.restr.bpr", "5", 0, "++-+++", "1", False),
    ("id.restr.bpr", "5", 0, "-+-+-+", "3", True),
    ("id.restr.bpr", "2", 0, "+++", "1", False),
    # it may worsen meanwhile, and once free it goes by the days again
    ("id.restr.bpr", "5", 200, "-", "4", True),
    ("id.restr.bpr", "2", 100, "-", "3", True),
    ("id.restr.bpr", "5", 40, "+++--", "2", False),
    # bank: as before until three clean periods, then one class better, then free
    ("id.restr.bank", "5", 0, "", "5", True),
    ("id.restr.bank", "5", 0, "++", "5", True),
    ("id.restr.bank", "5", 0, "+++", "4", True),
    ("id.restr.bank", "5", 0, "++-+++", "4", True),
    ("id.restr.bank", "5", 0, "++++", "1", False),
    ("id.restr.bank", "3", 0, "+++", "2", True),
    ("id.restr.bank", "1", 0, "+++", "1", True),
    ("id.restr.bank", "4", 0, "+++-", "1", False),
    ("id.restr.bank", "4", 200, "+++", "5", True),
    # pindar: no improvement before it is paid
    ("id.restr.pindar", "4", 0, "++++++", "4", True),
    ("id.restr.pindar", "2", 61, "++", "4", True),
]
SCHEMES = {"id.restr.bpr": BPR, "id.restr.bank": BANK, "id.restr.pindar": PINDAR}
START = date(2026, 1, 15)


@pytest.mark.parametrize(("id", "before", "days", "paid", "code", "holds"), CURES)
def test_a_restructured_class_cures_as_its_rule_says(id, before, days, paid, code, holds):
    scheme = SCHEMES[id]
    periods = [Period(add_months(START, n), mark == "+") for n, mark in enumerate(paid, 1)]
    now = classify(Measures(days_past_due=days), scheme)
    held = after_restructure(before, now, periods, cure=rule(id), scheme=scheme, restructured_on=START)
    assert (held.classified.code, held.lifted_on is None) == (code, holds)


def test_weekly_periods_do_not_cure_before_three_months():
    weekly = [Period(START + timedelta(days=7 * n), True) for n in range(1, 13)]
    now = classify(Measures(), BANK)
    cure = rule("id.restr.bank")
    held = after_restructure("5", now, weekly, cure=cure, scheme=BANK, restructured_on=START)
    assert (held.classified.code, held.clean, held.needed) == ("5", 12, 3)  # twelve weeks: to 9 April
    weekly.append(Period(date(2026, 4, 16), True))
    held = after_restructure("5", now, weekly, cure=cure, scheme=BANK, restructured_on=START)
    assert held.classified.code == "4"


def test_a_held_class_says_how_far_the_cure_has_come():
    periods = [Period(add_months(START, 2), True), Period(add_months(START, 1), False)]
    now = classify(Measures(), BPR)
    held = after_restructure("5", now, periods, cure=rule("id.restr.bpr"), scheme=BPR, restructured_on=START)
    assert held.classified.reason == "restructure"
    assert held.classified.detail == "1 of 3 clean periods under id.restr.bpr"


# --- provisions ----------------------------------------------------------------------------------------

PROVISIONS = [
    # rule, class, exposure, eligible collateral, amount
    ("id.prov.bank", "1", 100, 0, "1.00"),
    ("id.prov.bank", "2", 100, 0, "5.00"),
    ("id.prov.bank", "3", 100, 0, "15.00"),
    ("id.prov.bank", "4", 100, 0, "50.00"),
    ("id.prov.bank", "5", 100, 0, "100.00"),
    ("id.prov.mf", "1", 100, 0, "1.00"),
    ("id.prov.mf", "3", 100, 0, "15.00"),
    ("id.prov.bpr", "1", 1000, 0, "5.00"),
    ("id.prov.bpr", "2", 1000, 0, "30.00"),
    ("id.prov.bpr", "3", 1000, 0, "100.00"),
    ("id.prov.bpr", "4", 1000, 0, "500.00"),
    ("id.prov.bpr", "5", 1000, 0, "1000.00"),
    ("id.prov.bpr.2019", "2", 1000, 0, "5.00"),
    ("id.prov.bpr.2020", "2", 1000, 0, "10.00"),
    # Rp50 million, Diragukan, a car of Rp60 million under fiducia at 50 %: (50 - 30) x 50 %
    ("id.prov.bpr", "4", 50_000_000, 30_000_000, "10000000.00"),
    ("id.prov.bpr", "5", 100, 250, "0.00"),  # never below nothing
    ("id.prov.bpr", "1", 1000, 900, "5.00"),  # the general provision is on the whole
]


@pytest.mark.parametrize(("id", "code", "exposure", "eligible", "amount"), PROVISIONS)
def test_provisions_are_set_aside_after_eligible_collateral(id, code, exposure, eligible, amount):
    assert provision(D(exposure), code, rule(id), eligible=D(eligible)).amount == D(amount)


def test_a_class_without_a_rate_is_an_error():
    with pytest.raises(PolicyError, match="no rate for class '6'; it knows 1, 2, 3, 4, 5"):
        provision(D(1), "6", rule("id.prov.bank"))


# --- ratios --------------------------------------------------------------------------------------------

BOOK = [
    Exposure("A", "1", 0, 700),
    Exposure("B", "2", 90, 200, provision=10),
    Exposure("C", "5", 91, 100, provision=60),
    Exposure("D", "5", 400, 0, written_off=250),
]


def test_twp90_and_tkb90_add_up_to_the_whole():
    assert twp(BOOK).share == Fraction(1, 10)
    assert tkb(BOOK).percent() == D("90.00")
    assert twp(BOOK, written_off="put_back").share == Fraction(350, 1250)
    assert tkb(BOOK, written_off="put_back").name == "TKB90 with write-offs put back"
    assert twp(BOOK, days=0).part == 300
    for put in ("left_out", "put_back"):
        assert twp(BOOK, written_off=put).share + tkb(BOOK, written_off=put).share == 1


def test_non_performing_gross_and_net():
    assert non_performing(BOOK, MF).percent() == D("10.00")
    assert non_performing(BOOK, MF, net_of="provisions").percent() == D("4.00")
    assert non_performing([], MF).share is None
    with pytest.raises(PolicyError, match="set non_performing_from"):
        non_performing(BOOK, rule("buckets.b1-b7"))


# --- two policies side by side -----------------------------------------------------------------------------


def test_two_schemes_differ_on_the_contracts_between_their_boundaries():
    compared = policy("id.kol.mf.2014", on=date(2026, 1, 1), compare={"id.kol.mf.2014"}).buckets
    rows = [(str(days), D(1), Measures(days_past_due=days)) for days in (0, 10, 11, 30, 31, 91, 181)]
    found = differences(rows, MF, compared)
    assert [(row.contract_id, row.first.code, row.second.code) for row in found] == [
        ("11", "2", "1"),
        ("30", "2", "1"),
    ]
    assert [row.second.mark for row in found] == ["not in force", "not in force"]
    assert not any(row.worse for row in found)
