"""Offers side by side: the same rulers, the day on which paying late becomes dearer, and what can be kept."""

import json
from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction as F
from itertools import permutations

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tagih.cli import main
from tagih.contracts import Contract, Instalment, Payment, WriteOff
from tagih.errors import InputError
from tagih.ledger import replay
from tagih.offers.compare import CRITERIA, Late, compare, explain, pay_late
from tagih.offers.cost import Household
from tagih.offers.limits import Asking
from tagih.offers.moved import arrears_to_end
from tagih.offers.plan import PlanTerms, plan
from tagih.offers.restructure import Debts, NewPlan, RestructureTerms, restructure
from tagih.offers.settlement import SettlementTerms, settlement
from tagih.offers.suggest import Means, Search, contract_rate, suggest
from tagih.policies import LateCharge, Policy, policy
from tagih.reports import comparison, tables
from tagih.reports.offer import to_text as offer_text
from tagih.samples import book_files
from tagih.schedules import Every, Rate, annuity

FIRST = date(2026, 1, 31)
DAY = date(2026, 5, 15)
CAPITALISED = RestructureTerms(
    NewPlan(18, Rate(D("0.02"), "month")),
    Debts(interest="capitalise", running="collect", waive={"late_charge": D(50_000)}),
    up_front=D(500_000),
    fee=D(75_000),
    household=Household(D(4_000_000), D(250_000)),
)
TWO_PER_MILLE = LateCharge(daily_rate=D("0.002"), base="unpaid_instalment", counting="due_day_free")


def position(paid=2, day=DAY, chosen=None, extra=(), months=12):
    rows = annuity(principal=12_000_000, monthly_rate=D("0.02"), months=months, first_due=FIRST)
    contract = Contract("MF-1", rows, signed_on=date(2025, 12, 31), principal=D(12_000_000))
    events = [Payment(f"P-{row.number}", row.due_on, row.total) for row in rows[:paid]]
    return replay(contract, [*events, *extra], chosen or Policy(late_charge=TWO_PER_MILLE), day)


def offers(found):
    return {
        "late": pay_late(found, found.as_of + timedelta(days=90)),
        "plan": plan(found, PlanTerms(months=6)),
        "end": arrears_to_end(found),
        "longer": restructure(found, RestructureTerms(NewPlan(18, Rate(D("0.02"), "month")))),
        "settle": settlement(found, SettlementTerms(waive={"late_charge": D(1)})),
    }


# --- laws -------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", CRITERIA)
def test_the_order_in_which_offers_are_given_does_not_matter(by):
    found = position()
    named = list(offers(found).items())
    tables = {compare(found, dict(order), by=by) for order in list(permutations(named))[::17]}
    assert len(tables) == 1


def test_what_one_costs_more_the_other_costs_less():
    table = compare(position(), offers(position()))
    for one in table.sides:
        for other in table.sides:
            there = table.difference(one.name, other.name)
            back = table.difference(other.name, one.name)
            assert (there.monthly, there.total, there.days) == (-back.monthly, -back.total, -back.days)
            assert there.value == -back.value


@pytest.mark.parametrize("by", CRITERIA)
def test_the_best_by_a_criterion_comes_first(by):
    sides = compare(position(), offers(position()), by=by).sides
    figures = [-side.value if by == "value" else getattr(side, by) for side in sides]
    assert figures == sorted(figures)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 11), st.integers(1, 420), st.integers(0, 200))
def test_totals_are_what_a_replay_of_the_payments_leaves_paid(paid, days, later):
    """The second method: the ledger itself, with every amount of the offer paid on its day."""
    found = position(paid, date(2025, 12, 31) + timedelta(days=max(days, 31 * paid + 1)))
    if not found.outstanding.total:
        return
    late = pay_late(found, found.as_of + timedelta(days=later))
    money = [Payment(f"L-{n}", one.on, one.amount) for n, one in enumerate(late.pays)]
    after = replay(found.contract, (*found.events, *money), found.policy, late.ends_on)
    assert after.outstanding.total == after.unapplied == 0
    side = compare(found, {"late": late}).side("late")
    assert side.total == sum(one.amount for one in money)
    assert side.beyond == side.total - late.cost.old


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 6), st.integers(120, 250), st.integers(0, 3_000_000))
def test_the_last_day_is_the_one_that_trying_every_day_finds(paid, days, more):
    found = position(paid, date(2025, 12, 31) + timedelta(days=days))
    clock = Late(found)
    total = clock.total(0) + more
    until = clock.until(total)
    every = [n for n in range((clock.horizon - found.as_of).days + 1) if Late(found).total(n) <= total] \
        if days % 50 == 0 else None  # fmt: skip
    if every is not None:
        assert until == found.as_of + timedelta(days=max(every))
    last = (until - found.as_of).days
    assert clock.total(last) <= total
    assert until == clock.horizon or clock.total(last + 1) > total


# --- by hand ----------------------------------------------------------------------------------

ROW = [Instalment(1, date(2026, 1, 31), D(1_000_000))]

BREAK_EVEN = [
    # an offer that costs this much more than paying today; 2 permille of Rp1.000.000 is Rp2.000 a day
    (D(-1), None),
    (D(0), 0),
    (D(1_999), 0),
    (D(2_000), 1),
    (D(19_999), 9),
    (D(20_000), 10),
]


@pytest.mark.parametrize(("more", "days"), BREAK_EVEN)
def test_paying_late_is_no_dearer_up_to_this_day(more, days):
    found = replay(Contract("C", ROW), [], Policy(late_charge=TWO_PER_MILLE), date(2026, 2, 10))
    owed = found.outstanding.total
    until = Late(found).until(owed + more)
    assert until == (None if days is None else found.as_of + timedelta(days=days))


def test_paying_late_costs_the_late_charges_of_those_days():
    found = replay(Contract("C", ROW), [], Policy(late_charge=TWO_PER_MILLE), date(2026, 2, 10))
    late = pay_late(found, date(2026, 2, 20))
    assert [(one.on, one.amount) for one in late.pays] == [(date(2026, 2, 20), D(1_000_000 + 20 * 2_000))]
    assert late.cost.extra == 10 * 2_000


def test_paying_late_knows_nothing_of_payments_still_to_come():
    coming = Payment("P-later", DAY + timedelta(days=3), D(5_000_000))
    assert pay_late(position(extra=[coming]), DAY + timedelta(days=30)).cost == (
        pay_late(position(), DAY + timedelta(days=30)).cost
    )


def test_a_debtor_who_waits_pays_more_than_one_who_pays_meanwhile():
    day = DAY + timedelta(days=90)
    waits = pay_late(position(), day, meanwhile="waits")
    assert waits.cost.extra > pay_late(position(), day).cost.extra > 0


def test_the_class_that_paying_late_leads_to_is_that_of_its_eve():
    chosen = policy("id.kol.mf.2018")
    found = position(chosen=chosen)
    late = pay_late(found, DAY + timedelta(days=120), meanwhile="waits")
    side = compare(found, {"late": late, "end": arrears_to_end(found)}).side("late")
    assert (side.class_before, side.class_after) == ("2", "4")  # 45 days, then 165


WRONG = [
    ({"by": "luck"}, "compare.by"),
    ({"offers": {"other": None}}, "compare.position"),
]


@pytest.mark.parametrize(("asked", "code"), WRONG)
def test_these_cannot_be_compared(asked, code):
    found = position()
    other = {"other": pay_late(position(3), DAY)} if "offers" in asked else {}
    with pytest.raises(InputError) as refusal:
        compare(found, other, by=asked.get("by", "total"))
    assert refusal.value.code == code


def test_an_unknown_name_is_met_with_those_that_are_known():
    with pytest.raises(InputError, match="plan"):
        compare(position(), offers(position())).side("nothing")
    with pytest.raises(InputError, match="before"):
        pay_late(position(), DAY - timedelta(days=1))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_explanation_names_every_option_by_its_place(lang):
    table = compare(position(chosen=policy("id.kol.mf.2018", "id.late.mf.market.motor")),
                    offers(position(chosen=policy("id.kol.mf.2018", "id.late.mf.market.motor"))))  # fmt: skip
    said = "\n".join(explain(table, lang))
    word = {"id": "ilihan", "en": "ption"}[lang]
    for number in range(1, len(table.sides) + 1):
        assert f"{word} {number}" in said or f", {number}" in said or f" {number} " in said
    assert "{" not in said


@pytest.mark.parametrize("lang", ["id", "en"])
def test_what_people_read(golden, lang):
    chosen = policy(
        "id.kol.mf.2018", "id.offer.contoh", "id.late.mf.market.motor", accept=["id.offer.contoh"]
    )
    found = position(chosen=chosen)
    page = [tables.to_text(comparison.table(compare(found, offers(found)), lang))]
    page.append(offer_text(restructure(found, CAPITALISED), lang))
    golden(f"offers.{lang}.txt", "\n\n".join(page) + "\n")


def test_a_plan_whose_late_charges_run_knows_nothing_of_payments_still_to_come():
    coming = Payment("P-later", DAY + timedelta(days=3), D(5_000_000))
    terms = PlanTerms(months=3, late_charges="run")
    assert plan(position(extra=[coming]), terms).pays == plan(position(), terms).pays


# --- suggestions ------------------------------------------------------------------------------


def test_suggestions_can_be_kept_by_the_debtor():
    found = suggest(position(), Means(now=D(500_000), monthly=D(900_000)))
    assert found.best
    for _, offer in found.best:
        assert offer.up_front <= 500_000
        assert offer.monthly <= 900_000
    assert found.tried >= 200
    assert sum(count for _, count in found.left_out) < found.tried


def test_suggestions_are_within_the_limits_of_who_makes_them():
    limits = policy("id.offer.contoh", accept=["id.offer.contoh"])
    found = position(chosen=limits)
    means = Means(now=D(1_200_000), monthly=D(700_000))
    clerk = suggest(found, means)
    committee = suggest(found, means, Asking("komite"))
    assert all(offer.within_limits for _, offer in (*clerk.best, *committee.best))
    assert dict(clerk.left_out).get("beyond_limits", 0) > dict(committee.left_out).get("beyond_limits", 0)


def test_nobody_is_offered_what_nobody_can_pay():
    found = suggest(position(), Means(monthly=D(1_000)))
    assert found.best == ()
    assert dict(found.left_out)["too_much_a_month"] > 100


def test_the_best_of_a_plain_search_is_the_best_of_all_it_tried():
    """The second method: every length worked out by itself, the shortest that can be paid."""
    found = position(chosen=Policy())
    among = Search(plan_months=(), rows=tuple(range(8, 30)), grace=(0,), settlements=())
    best = [name for name, _ in suggest(found, Means(monthly=D(900_000)), among=among, by="total").best]
    lengths = []
    for rows in range(8, 30):
        terms = RestructureTerms(NewPlan(rows, contract_rate(found)), Debts(deferred_to="spread"))
        if restructure(found, terms).monthly <= 900_000:
            lengths.append(rows)
    assert f"restructure {min(lengths)} x" in best


def test_the_contracts_own_rate_is_found_in_its_rows():
    assert abs(contract_rate(position()).for_period(Every()) - F(1, 50)) < F(1, 10**7)
    assert abs(contract_rate(position()).for_period(Every(1, "week")) - F(24, 100) / 52) < F(1, 10**7)


# --- the commands -----------------------------------------------------------------------------


def tagih(*words):
    arguments = [str(word) for word in words]
    return CliRunner().invoke(main, arguments, obj=arguments)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books") / "mf"
    for name, content in book_files("mf").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


FIGURES = ("--principal", "12000000", "--monthly-rate", "0.02", "--tenor", "12", "--first-due", "2026-01-31",
           "--paid", "2", "--as-of", "2026-05-15")  # fmt: skip


def test_compare_from_figures_is_the_comparison_of_the_library():
    out = tagih("compare", *FIGURES, "--extend", 18, "--arrears-to-end", "--format", "json", "--lang", "en")
    assert out.exit_code == 0, out.output
    told = {side["name"]: side for side in json.loads(out.stdout)["sides"]}
    found = position(chosen=Policy())
    terms = RestructureTerms(NewPlan(18, contract_rate(found)), Debts(deferred_to="spread"))
    assert D(told["longer: 18 instalments"]["total"]) == sum(p.amount for p in restructure(found, terms).pays)
    assert D(told["arrears to the end"]["extra"]) == 0


@pytest.mark.parametrize("ending", ["pdf", "html", "csv", "json"])
def test_a_comparison_is_written_whole(book, tmp_path, ending):
    path = tmp_path / f"pilihan.{ending}"
    asked = ("--as-of", "2026-10-31", "--plan", 6, "--extend", 24, "--settle", "--output", path)
    out = tagih("compare", book, "MF-0007", *asked)
    assert out.exit_code == 0, out.output
    head = {"pdf": b"%PDF", "html": b"<!doctype html", "csv": b"number,option", "json": b"{"}[ending]
    assert path.read_bytes().startswith(head)


def test_suggested_offers_say_what_was_left_out(book):
    asked = ("--as-of", "2026-10-31", "--pay-now", 1_000_000, "--pay-monthly", 4_500_000)
    out = tagih("compare", book, "MF-0007", *asked)
    assert out.exit_code == 0, out.output
    assert "penawaran dihitung" in out.stdout
    nothing = tagih("compare", book, "MF-0007", "--as-of", "2026-10-31", "--pay-monthly", 1)
    assert "Tidak ada penawaran" in nothing.stdout


def test_nothing_to_compare_is_said():
    out = tagih("compare", *FIGURES)
    assert out.exit_code == 1
    assert "--pay-monthly" in out.stderr


RESTRUCTURED = [
    ("--rows", 18),
    ("--rows", 18, "--interest", "capitalise", "--income", "3000000"),
    ("--rows", 18, "--grace-principal", 3, "--holiday", 0, "--balloon", "1000000"),
    ("--rows", 18, "--holiday", 2, "--holiday-interest", "capitalised", "--step", "7=1.25"),
    ("--rows", 18, "--keep-margin", "--waive", "interest=100000", "--deferred-to", "spread"),
    ("--rows", 18, "--pay-now", "1000000", "--cost", "50000", "--loss-of", "amount", "--loss-by", "periods"),
    ("--kind", "arrears-to-end"),
    ("--kind", "re-age", "--rows", 6, "--new-first-due", "2026-06-30"),
    ("--kind", "re-amortise"),
    ("--kind", "reschedule", "--from", "2026-05-31", "--to", "2026-06-15", "--extra", 2),
]


@pytest.mark.parametrize("asked", RESTRUCTURED, ids=lambda asked: " ".join(map(str, asked)))
@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_form_is_offered_from_the_shell(asked, lang):
    out = tagih("restructure", *FIGURES, *asked, "--lang", lang)
    assert out.exit_code == 0, out.output
    assert "12.000.000" not in out.stderr
    told = json.loads(tagih("restructure", *FIGURES, *asked, "--format", "json").stdout)
    owed = sum(D(row["total"]) for row in told["old"])
    assert sum(D(move["amount"]) for move in told["moves"]) == owed


REFUSED = [
    ((), "--rows"),
    (("--kind", "re-age"), "--new-first-due"),
    (("--kind", "reschedule"), "--from"),
    (("--rows", 12, "--step", "seven"), "7=1.25"),
    (("--rows", 12, "--waive", "interest"), "name=amount"),
]


@pytest.mark.parametrize(("asked", "said"), REFUSED)
def test_what_is_missing_is_said(asked, said):
    out = tagih("restructure", *FIGURES, *asked, "--lang", "en")
    assert out.exit_code == 1
    assert said in out.stderr


def test_the_restructure_of_a_book_is_a_page(book, tmp_path):
    path = tmp_path / "usul.pdf"
    out = tagih("restructure", book, "MF-0007", "--as-of", "2026-10-31", "--rows", 24, "-o", path)
    assert out.exit_code == 0, out.output
    import pypdfium2

    assert len(pypdfium2.PdfDocument(path.read_bytes())) == 1


# --- where an offer leads ---------------------------------------------------------------------

GRADED = policy("id.kol.mf.2018", "id.prov.mf")
SHARES_OF = {"1": "0.01", "2": "0.05", "3": "0.15", "4": "0.50", "5": "1"}  # POJK 35/2018 pasal 107


def by_name(offer):
    return {effect.name: (effect.before, effect.after) for effect in offer.effects}


def oldest_first(found, money, ended):
    """What ``money`` leaves open, oldest instalment and interest first; all is due where a debt is ended."""
    left = []
    for row in found.instalments:
        for part in ("interest", "principal"):
            owed = row.outstanding.of(part)
            if ended and part == "interest" and row.due_on > found.as_of:
                continue  # not charged any more
            money, owed = max(money - owed, D(0)), max(owed - money, D(0))
            left.append((min(row.due_on, found.as_of) if ended else row.due_on, part, owed))
    return [one for one in left if one[2]]


@pytest.mark.parametrize("months", [1, 2, 3, 6])
@pytest.mark.parametrize(
    "make",
    [
        lambda found, months: plan(found, PlanTerms(months=months)),
        lambda found, months: settlement(
            found, SettlementTerms(waive={"late_charge": 1}, payments=months + 1)
        ),
    ],
)
def test_an_offer_in_parts_says_where_it_stands_before_its_last_payment(make, months):
    found = position(chosen=GRADED)
    offer = make(found, months)
    last = max(paid.on for paid in offer.pays if paid.purpose in ("arrears", "settlement"))
    money = sum(paid.amount for paid in offer.pays if paid.on < last)
    left = oldest_first(found, money, ended=offer.kind == "settlement")
    days = (last - min(due for due, _, _ in left)).days
    grade = next(
        code for code, first in (("5", 181), ("4", 121), ("3", 91), ("2", 11), ("1", 0)) if days >= first
    )
    principal = sum(amount for _, part, amount in left if part == "principal")
    before = found.outstanding.principal * D("0.05")
    assert by_name(offer)["days_past_due_before_end"] == (45, days)
    assert by_name(offer)["class_before_end"] == ("2", grade)
    assert by_name(offer)["provision_before_end"] == (before, principal * D(SHARES_OF[grade]))
    side = compare(found, {"it": offer}).side("it")
    assert (side.class_before, side.class_after) == ("2", grade)


def test_a_plan_that_lets_the_age_stand_does_not_slide():
    found = position(paid=2, day=date(2026, 6, 15), chosen=GRADED)
    runs, stands = (
        plan(found, PlanTerms(months=1, first_on=date(2026, 9, 15), age=age)) for age in ("runs", "stands")
    )
    assert by_name(runs)["days_past_due_before_end"] == (76, 77)  # June to August went to March to May
    assert by_name(stands)["days_past_due_before_end"] == (76, 0)


def test_a_debt_that_ends_today_has_no_class_any_more():
    found = position(chosen=GRADED)
    side = compare(found, {"it": settlement(found, SettlementTerms(waive={"late_charge": 1}))}).side("it")
    assert (side.class_before, side.class_after) == ("2", "")


def test_for_a_lost_debt_only_settlements_are_suggested():
    lost = position(chosen=Policy(late_charge=TWO_PER_MILLE), extra=[WriteOff("W", date(2026, 5, 1))])
    found = suggest(lost, Means(monthly=D(2_000_000), now=D(1_000_000)))
    assert {offer.kind for _, offer in found.best} == {"settlement"}
    assert found.tried == 7  # in 1, 2, 3, 4, 6, 9 and 12 parts
    assert all(offer.monthly <= 2_000_000 and offer.up_front <= 1_000_000 for _, offer in found.best)
