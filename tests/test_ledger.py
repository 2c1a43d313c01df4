"""The ledger: reversals, corrections, both clocks, bad input, values and fingerprints."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from attrs import evolve

from tagih import (
    FEE,
    INTEREST,
    LATE_CHARGE,
    PRINCIPAL,
    Acceleration,
    Arrears,
    Charge,
    Chargeback,
    Component,
    Contract,
    Correction,
    Drawdown,
    EventError,
    Forgiveness,
    InputError,
    Instalment,
    LateCharge,
    Opening,
    OpeningBalance,
    Pause,
    Payment,
    Policy,
    PolicyError,
    Refund,
    Restructure,
    Reversal,
    Tolerance,
    Waiver,
    Waterfall,
    WriteOff,
    known_at,
    policy,
    replay,
)
from tagih.ledger.diff import Relied, diff_positions
from tagih.ledger.serialise import fingerprint, from_dict, to_dict
from tagih.policies import Group, Order

DUE = date(2026, 1, 31)
ROWS = [Instalment(1, DUE, D(800), D(200)), Instalment(2, date(2026, 2, 28), D(850), D(150))]
DEBT = Contract("MF-1", ROWS, signed_on=date(2025, 12, 31))
PAID = Payment("P", date(2026, 2, 10), D(1000))
DENDA = Policy(late_charge=LateCharge(daily_rate="0.001", base="unpaid_instalment", counting="due_day_free"))


def late(days):
    return DUE + timedelta(days=days)


def owed(events, day, rule=None, debt=DEBT):
    return replay(debt, events, rule or Policy(), day).outstanding.total


# --- reversals and corrections ----------------------------------------------------------------


def test_a_reversal_is_invisible_before_its_day_and_complete_from_it_on():
    undone = [PAID, Reversal("R", date(2026, 3, 5), "P", reason="transfer returned")]
    assert owed(undone, date(2026, 3, 4)) == 1000
    assert owed(undone, date(2026, 3, 5)) == 2000
    position = replay(DEBT, undone, DENDA, date(2026, 3, 5))
    assert position.days_past_due == 33
    assert position.late_charges_run_up == 33 + 5  # as if it had never been paid


@pytest.mark.parametrize("ids", [("A", "B"), ("B", "A")])
def test_undoing_a_reversal_brings_its_target_back_also_on_one_day_and_whatever_the_ids(ids):
    day = date(2026, 3, 5)
    events = [PAID, Reversal(ids[0], day, "P"), Reversal(ids[1], day, ids[0])]
    assert owed(events, day) == 1000


def test_the_last_correction_counts_and_a_reversed_one_does_not():
    events = [PAID, Correction("C1", late(20), "P", D(600)), Correction("C2", late(30), "P", D(700))]
    assert [owed(events, late(day)) for day in (19, 20, 30)] == [1000, 1400, 1300]
    assert owed([*events, Reversal("R", late(40), "C2")], late(40)) == 1400


def test_what_was_known_at_a_moment():
    noon = datetime(2026, 2, 11, 12, tzinfo=UTC)
    recorded = evolve(PAID, recorded_at=noon)
    assert owed(known_at([recorded], noon - timedelta(seconds=1)), late(30)) == 2000
    assert owed(known_at([recorded], noon), late(30)) == 1000
    assert known_at([PAID], noon) == (PAID,)


# --- days past due ----------------------------------------------------------------------------

DAYS = [
    # paid on day 10 of instalment 1 (1.000), rule, days past due on 28 February and 1 March
    (0, Arrears(), (28, 29)),
    (999, Arrears(), (28, 29)),
    (1000, Arrears(), (0, 1)),
    (1000, Arrears(due_day=1), (1, 2)),
    (999, Arrears(tolerance=Tolerance(amount=D(1))), (0, 1)),
    (998, Arrears(tolerance=Tolerance(amount=D(1))), (28, 29)),
    (0, Arrears(grace_days=5), (23, 24)),
    (1000, Arrears(grace_days=5), (0, 0)),
]


@pytest.mark.parametrize(("amount", "arrears", "days"), DAYS)
def test_days_past_due_count_from_the_oldest_instalment_not_covered(amount, arrears, days):
    events = [Payment("P", late(10), D(amount))] if amount else []
    rule = Policy(arrears=arrears)
    found = [replay(DEBT, events, rule, day).days_past_due for day in (date(2026, 2, 28), date(2026, 3, 1))]
    assert tuple(found) == days


@pytest.mark.parametrize(("due_day", "days"), [(0, (0, 0, 1)), (1, (0, 1, 2))])
def test_an_instalments_own_days_count_the_due_date_as_the_contracts_do(due_day, days):
    policy = Policy(arrears=Arrears(due_day=due_day))
    for at, expected in zip((-1, 0, 1), days, strict=True):
        position = replay(DEBT, [], policy, late(at))
        first = position.instalments[0]
        assert (position.days_past_due, first.days_past_due, position.days_since(first.due_on)) == (
            expected,
        ) * 3


@pytest.mark.parametrize(("first", "last", "days"), [(1, 10, 18), (-5, 0, 28), (-5, 3, 25), (28, 40, 27)])
def test_paused_days_do_not_count(first, last, days):
    pause = Pause("Z", late(first), late(last), of=("days_past_due",))
    assert replay(DEBT, [pause], Policy(), late(28)).days_past_due == days


PAUSED_BEFORE_DUE = [  # 28 days late; the pause lies before, across and after the due date
    ((-9, -5), (28, 23)),
    ((-4, 5), (23, 18)),
    ((1, 10), (18, 18)),
]


@pytest.mark.parametrize(("span", "days"), PAUSED_BEFORE_DUE)
def test_days_paused_before_an_instalment_fell_due_count_where_all_paused_days_do(span, days):
    """All paused days are taken off: Apache Fineract, LoanDelinquency.feature, at its commit 4198b0b."""
    pause = Pause("Z", late(span[0]), late(span[1]), of=("days_past_due",))
    rules = [Policy(arrears=Arrears(paused_days=which)) for which in ("late", "all")]
    found = [replay(DEBT, [pause], rule, late(28)) for rule in rules]
    assert tuple(one.days_past_due for one in found) == days
    assert tuple(one.instalments[0].days_past_due for one in found) == days


def test_all_paused_days_are_calendar_days():
    with pytest.raises(PolicyError, match="paused_days 'all' counts calendar days"):
        Arrears(paused_days="all", days="working")


def test_an_unpaid_late_charge_alone_is_not_late_unless_the_policy_says_so():
    events = [Payment("P", late(5), D(1000)), Charge("D", late(5), LATE_CHARGE, D(50), instalment=1)]
    assert replay(DEBT, events, Policy(), late(20)).days_past_due == 0
    strict = Policy(arrears=Arrears(held_open_by=("principal", "interest", "late_charge")))
    assert replay(DEBT, events, strict, late(20)).days_past_due == 20


def test_acceleration_makes_everything_due_but_keeps_the_oldest_day():
    position = replay(DEBT, [Acceleration("A", late(10))], Policy(), late(12))
    assert (position.days_past_due, position.arrears.total, position.not_due.total) == (12, 2000, 0)
    early = replay(DEBT, [Acceleration("A", late(-10))], Policy(), late(2))
    assert early.days_past_due == 12


def test_a_recovery_after_a_write_off_never_makes_the_debt_younger():
    events = [WriteOff("W", late(90)), Payment("P", late(100), D(1000))]
    position = replay(DEBT, events, Policy(), late(101))
    assert position.days_past_due == 101  # counted from the day the oldest was due, though it is paid now
    assert (position.written_off.total, position.paid.total, position.outstanding.total) == (1000, 1000, 0)


def test_what_is_forgiven_is_waived_also_after_a_write_off():
    position = replay(DEBT, [WriteOff("W", late(90)), Forgiveness("F", late(95))], Policy(), late(95))
    assert (position.written_off.total, position.outstanding.total) == (0, 0)
    assert sum(balance.waived for row in position.instalments for _, balance in row.balances) == 2000


def test_a_restructure_moves_what_is_open_and_starts_the_days_anew():
    plan = [Instalment(3, late(60), D(1000)), Instalment(4, late(90), D(1000))]
    position = replay(DEBT, [Restructure("R", late(40), plan)], Policy(), late(59))
    assert (position.days_past_due, position.outstanding.total) == (0, 2000)
    assert [row.outstanding.total for row in position.instalments] == [0, 0, 1000, 1000]
    assert replay(DEBT, [Restructure("R", late(40), plan)], Policy(), late(61)).days_past_due == 1


def test_an_opening_balance_replaces_what_came_before_it():
    opening = Opening(late(10), [OpeningBalance(1, PRINCIPAL, D(300))], unapplied=D(50))
    debt = evolve(DEBT, opening=opening)
    position = replay(debt, [], Policy(), late(20))
    assert (position.arrears.total, position.unapplied, position.days_past_due) == (300, 50, 20)
    assert replay(debt, [], Policy(), late(28)).unapplied == 0  # used on the due date of instalment 2


# --- bad input --------------------------------------------------------------------------------

BAD = [
    ([Reversal("R", late(1), "X")], "reversal R: there is no event 'X' to undo"),
    ([PAID, Reversal("R", late(1), "P")],
     "reversal R on 2026-02-01: its target 'P' takes effect later, on 2026-02-10"),
    ([PAID, Reversal("R", late(20), "P"), Reversal("S", late(21), "P")],
     "reversal S: 'P' is already undone by 'R'"),
    ([Pause("Z", late(1), late(5)), Correction("C", late(6), "Z", D(5))],
     "correction C: 'Z' is not a payment; reverse it and enter it anew"),
    ([PAID, PAID], "event P: the id is used twice"),
    ([Payment("P", date(2025, 12, 30), D(5))],
     "event P on 2025-12-30 lies before the contract was signed, on 2025-12-31"),
    ([Payment("P", late(1), D(0))],
     "event P: amount 0 must be above 0; to take money back, reverse its payment"),
    ([Payment("P", late(1), D("-5"))],
     "event P: amount -5 must be above 0; to take money back, reverse its payment"),
    ([Payment("P", late(1), D("0.001"))],
     "event P: amount 0.001 has more than 2 decimals; round it first"),
    ([Payment("P", late(1), D(10) ** 15)],
     "event P: amount 1000000000000000 is too large; the largest is 90071992547409.92"),
    ([Waiver("W", late(1), PRINCIPAL, amount=D(3000))],
     "waiver W: 3000.00 is more than is owed of it on 2026-02-01"),
    ([Waiver("W", late(1), Component("fee", "asuransi"))],
     "event W: the contract has no component 'fee:asuransi'; it has principal, interest"),
    ([Refund("F", late(1), D(10))], "refund F: 10.00 is more than the unapplied credit on 2026-02-01"),
    ([PAID, Chargeback("C", late(20), "P", D(1001))],
     "chargeback C: 1001.00 is more than is left of its payment on 2026-02-20"),
    ([Chargeback("C", late(20), "X", D(1))], "chargeback C: there is no event 'X' to undo"),
    ([Charge("D", late(1), FEE, D(5), instalment=9)], "event D: there is no instalment 9"),
    ([Waiver("W", late(1), FEE, charge="X")], "waiver W: there is no charge 'X'"),
    ([Drawdown("G", late(1), [(9, PRINCIPAL, D(5))])], "event G: there is no instalment 9"),
    ([Payment("P", late(1), D(5), components=((PRINCIPAL, D(6)),))],
     "payment P: its components add up to more than its amount 5"),
    ([Pause("Z", late(5), late(4))], "pause Z: until 2026-02-04 lies before 2026-02-05"),
    ([Restructure("R", late(5), [Instalment(2, late(60), D(5))])],
     "restructure R: instalment number 2 is taken; number the new ones on"),
    ([Waiver("W", late(1), PRINCIPAL, amount=D(5), instalments=(1, 2))],
     "waiver W: an amount over several instalments is not clear; write one waiver for each"),
]  # fmt: skip


@pytest.mark.parametrize(("events", "message"), BAD, ids=[message[:30] for _, message in BAD])
def test_an_event_that_cannot_be_is_refused_with_its_name(events, message):
    copy = list(events)
    with pytest.raises(EventError) as refused:
        replay(DEBT, events, Policy(), late(40))
    assert str(refused.value) == message
    assert refused.value.fields["id"]
    assert events == copy


def test_an_unknown_component_is_refused():
    with pytest.raises(InputError) as refused:
        Component.parse("admin")
    assert str(refused.value) == (
        "component 'admin' is unknown; write one of principal, interest, fee, late_charge"
    )


def test_reversals_that_undo_each_other_are_refused():
    events = [PAID, Reversal("A", late(20), "B"), Reversal("B", late(20), "A")]
    with pytest.raises(EventError) as refused:
        replay(DEBT, events, Policy(), late(20))
    assert refused.value.code == "event.reversal_circle"


def test_a_day_before_the_cut_over_cannot_be_asked_for():
    debt = evolve(DEBT, opening=Opening(late(10)))
    with pytest.raises(InputError) as refused:
        replay(debt, [], Policy(), late(9))
    assert str(refused.value) == (
        "contract MF-1: nothing is known before the cut-over on 2026-02-10; "
        "ask for a later date than 2026-02-09"
    )


# --- values -----------------------------------------------------------------------------------

EVENTS = [
    Payment(
        "A",
        late(1),
        D("10.50"),
        components=((PRINCIPAL, D(5)),),
        recorded_at=datetime(2026, 2, 2, tzinfo=UTC),
    ),
    Reversal("B", late(2), "A"),
    Correction("C", late(3), "A", D(5)),
    Charge("D", late(4), Component("fee", "asuransi"), D(5), instalment=1, due_on=late(9)),
    Drawdown("E", late(5), [(1, PRINCIPAL, D(5))]),
    Waiver("F", late(6), PRINCIPAL, amount=None, instalments=(1, 2)),
    Pause("G", late(7), late(9)),
    Acceleration("H", late(8)),
    WriteOff("I", late(9), components=(PRINCIPAL,)),
    Forgiveness("J", late(9)),
    Refund("K", late(9), D(1)),
    Chargeback("L", late(9), "A", D(1)),
    Restructure(
        "M", late(9), [Instalment(3, late(40), D(5))], waived=((PRINCIPAL, D(1)),), kept=(LATE_CHARGE,)
    ),
]


OPENED = evolve(DEBT, opening=Opening(late(1), [OpeningBalance(1, PRINCIPAL, D(3))]))


@pytest.mark.parametrize("value", [DEBT, OPENED, *EVENTS], ids=lambda value: type(value).__name__)
def test_values_go_through_json_and_come_back_equal(value):
    written = json.loads(json.dumps(to_dict(value)))
    assert written["schema"] == 1
    assert from_dict(written) == value


def test_a_policy_of_presets_goes_through_json():
    chosen = policy("id.alloc.kuhperdata", "id.late.mf.market.car", "id.kol.mf.2018", "id.cap.pindar.2025")
    assert from_dict(json.loads(json.dumps(to_dict(chosen)))) == chosen


def test_a_position_is_worked_out_again_when_it_is_read_and_must_come_out_the_same():
    position = replay(DEBT, [PAID], DENDA, late(40))
    written = json.loads(json.dumps(to_dict(position)))
    assert from_dict(written) == position
    assert written["lines"][0]["what"] == "Line"
    written["days_past_due"] = 1
    with pytest.raises(InputError) as refused:
        from_dict(written)
    assert str(refused.value) == "position of MF-1: days_past_due comes out as 12, the file says 1"


def test_what_cannot_be_read_back_is_said():
    with pytest.raises(InputError) as refused:
        from_dict({"schema": 9, "what": "Contract"})
    assert str(refused.value) == "schema 9 is unknown; this version reads 1"
    with pytest.raises(InputError) as refused:
        from_dict({"schema": 1, "what": "Payment", "id": "P", "effective_on": "soon", "amount": "1"})
    assert "effective_on" in str(refused.value)


def test_a_fingerprint_depends_on_what_was_used_and_on_nothing_else():
    used = fingerprint(DEBT, [PAID], DENDA, late(40))
    later = Payment("Q", late(41), D(5))
    assert fingerprint(DEBT, [later, PAID], DENDA, late(40)) == used
    assert fingerprint(DEBT, [PAID], Policy(), late(40)) != used
    assert fingerprint(DEBT, [PAID], DENDA, late(41)) != used
    assert fingerprint(DEBT, [evolve(PAID, amount=D(999))], DENDA, late(40)) != used
    assert len(used) == 64


def test_a_backdated_payment_changes_splits_late_charges_days_and_what_relied_on_them():
    letter = Relied("SP1-7", "letter", late(20), fingerprint(DEBT, [PAID], DENDA, late(20)))
    promise = Relied("JB-1", "promise", late(2), fingerprint(DEBT, [PAID], DENDA, late(2)))
    before = replay(DEBT, [PAID], DENDA, late(40))
    after = replay(DEBT, [PAID, Payment("Q", late(5), D(500))], DENDA, late(40))
    found = diff_positions(before, after, relied=[letter, promise])
    assert found.late_charge == (before.outstanding.late_charge, after.outstanding.late_charge)
    assert {change.event for change in found.splits} == {"P", "Q"}
    assert found.no_longer_hold == (letter,)
    assert not diff_positions(before, before)
    assert found


def test_positions_of_two_days_cannot_be_compared():
    with pytest.raises(InputError):
        diff_positions(replay(DEBT, [], DENDA, late(1)), replay(DEBT, [], DENDA, late(2)))


# --- explaining -------------------------------------------------------------------------------

STORY = [
    Payment("P-1", late(10), D(400)),
    Charge("B-1", late(12), FEE, D(25), instalment=1),
    Waiver("W-1", late(15), LATE_CHARGE),
    Payment("P-2", late(20), D(1000)),
    Chargeback("C-1", late(25), "P-2", D(100)),
]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_figure_is_explained_line_by_line(golden, lang):
    rule = LateCharge(daily_rate="0.0013", base="unpaid_instalment", counting="due_day_free",
                      grace="threshold",
                      grace_days=3)  # fmt: skip
    position = replay(DEBT, STORY, Policy(late_charge=rule), late(40))
    golden(f"explain.{lang}.txt", position.explain(lang=lang) + "\n")
    text = position.explain(lang=lang, component="late_charge")
    golden(f"explain.late_charge.{lang}.txt", text + "\n")


@pytest.mark.parametrize(
    ("per", "said"), [("month", "2 months × Rp25.000 = Rp50.000"), ("event", "late charge Rp25.000")]
)
def test_an_amount_by_month_or_event_is_said_as_that(per, said):
    rule = LateCharge(amount=D(25_000), per=per, base="unpaid_instalment", counting="due_day_free")
    assert said in replay(DEBT, [], Policy(late_charge=rule), late(40)).explain(
        lang="en", component="late_charge"
    )


WRONG = [
    # an event that cannot be, the code, and what the error says
    (Reversal("E", late(1), "P-9"), "event.target", "reversal E: there is no event 'P-9'"),
    (Reversal("E", late(1), "E"), "event.target", "reversal E"),
    (Chargeback("E", late(1), "P-9", D(1)), "event.target", "chargeback E"),
    (Waiver("E", late(1), PRINCIPAL, amount=D("1800.01")), "event.waived_too_much", "waiver E: 1800.01"),
    (Payment("E", late(1), D("NaN")), "money.not_a_number", "event E"),
    (Payment("E", late(1), D("Infinity")), "money.not_a_number", "event E"),
    (Payment("E", late(1), D(10) ** 30), "money.too_large", "event E"),
    (Payment("E", late(1), D("0.001")), "money.too_fine", "event E"),
    (Payment("E", late(1), D(5), components=((PRINCIPAL, D(6)),)), "event.components", "payment E"),
    (Payment("E", late(1), D(5), components=((PRINCIPAL, D(-1)),)), "event.part", "principal -1 must not"),
    (Drawdown("E", late(1), [(1, INTEREST, D(-1))]), "event.part", "event E: interest -1 must not"),
    (Restructure("E", late(1), [Instalment(9, late(9), D(1))], waived=((PRINCIPAL, D(-1)),)), "event.part",
     "event E"),
    (Restructure("E", late(1), [Instalment(9, late(9), D(1))], replaces="some"), "event.replaces",
     "restructure E: it replaces 'some'"),
    (Pause("E", late(1), late(2), of=("days",)), "event.pause_of", "pause E: 'days' cannot stand still"),
    (Payment("E", "2026-02-01", D(5)), "event.day", "event E: effective_on '2026-02-01' is not a date"),
    (Waiver("E", late(1), Component("fee", "admin")), "event.component", "event E: the contract has no"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "code", "said"), WRONG, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_event_that_cannot_be_is_refused_by_name_and_changes_nothing(event, code, said):
    good = [Payment("P-1", late(1), D(100))]
    before = replay(DEBT, good, Policy(), late(5))
    with pytest.raises(EventError) as refused:
        replay(DEBT, [*good, event], Policy(), late(5))
    assert refused.value.code == code
    assert said in str(refused.value)
    assert figures_of(replay(DEBT, good, Policy(), late(5))) == figures_of(before)


def figures_of(position):
    return position.days_past_due, position.outstanding, position.lines


@pytest.mark.parametrize(
    "wrong",
    [{"excess": "keep"}, {"part_payment": "maybe"}, {"charged_back": "no"}, {"over_refund": "no"},
     {"within_day": "clock"}, {"charged_back_due": "never"}],
)  # fmt: skip
def test_a_waterfall_says_what_it_does_not_know(wrong):
    with pytest.raises(PolicyError, match=f"'{next(iter(wrong.values()))}' is unknown; write one of"):
        Waterfall(Order((Group("instalment", ("due principal",)),)), **wrong)
    for make in (lambda: Group("row", ("due principal",)), lambda: Order((), ahead="first"),
                 lambda: Group("instalment", ("due principal somewhere",))):  # fmt: skip
        with pytest.raises(PolicyError):
            make()
