"""Which letter is due to whom: the ladder, silence with a reason, and a count that adds up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tagih.contracts import Contract, Instalment, Payment, Reversal
from tagih.ledger import replay
from tagih.letters.ladder import (
    SILENCES,
    Case,
    Earlier,
    Silence,
    Tally,
    arrears_since,
    choose,
    tally,
)
from tagih.policies import Ladder, Policy, Rung, policy

D = Decimal
TODAY = date(2026, 11, 22)
LADDER = Ladder((Rung("sp1", 7, 7), Rung("sp2", 14, 7), Rung("sp3", 21, 7)), least_gap=7)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def late(days: int, *earlier: Earlier, **more: object) -> Case:
    since = ago(days) if days else None
    return evolve(Case("MF-1", "K-1", days, D(500_000), since, earlier), **more)


def sp(level: int, days_ago: int, **more: object) -> Earlier:
    return Earlier(f"sp{level}", ago(days_ago), f"000{level}/SP{level}/X/2026", **more)  # type: ignore[arg-type]


def answer(case: Case, ladder: Ladder = LADDER) -> tuple[str, str]:
    choice = choose([case], ladder, TODAY)[0]
    return choice.outcome, choice.letter or choice.reason


LEVELS = [
    # days late, letters before, answer
    (0, (), ("not_due", "nothing_past_due")),
    (1, (), ("not_due", "below_first_level")),
    (6, (), ("not_due", "below_first_level")),
    (7, (), ("send", "sp1")),
    (300, (), ("send", "sp1")),  # no level is skipped, however late the run
    (13, (sp(1, 8),), ("not_due", "below_level")),
    (20, (sp(1, 6),), ("not_due", "gap")),
    (20, (sp(1, 7),), ("send", "sp2")),
    (300, (sp(1, 7),), ("send", "sp2")),
    (40, (sp(1, 20), sp(2, 8)), ("send", "sp3")),
    (40, (sp(2, 8), sp(1, 20)), ("send", "sp3")),
    (40, (sp(1, 30), sp(2, 20), sp(3, 6)), ("not_due", "gap")),
    (40, (sp(1, 30), sp(2, 20), sp(3, 7)), ("escalate", "")),
    # letters dated before the present arrears began, or on the due date itself, do not count
    (10, (sp(1, 11),), ("send", "sp1")),
    (10, (sp(1, 10),), ("send", "sp1")),
    (10, (sp(1, 9),), ("not_due", "below_level")),
    (30, (sp(3, 60), sp(1, 20)), ("send", "sp2")),
    # letters of kinds that the ladder does not have do not count
    (30, (Earlier("overdue", ago(10)),), ("send", "sp1")),
]


@pytest.mark.parametrize(("days", "earlier", "expected"), LEVELS)
def test_levels_change_on_these_days(days, earlier, expected):
    assert answer(late(days, *earlier)) == expected


def test_the_gap_says_until_when():
    assert choose([late(20, sp(1, 3))], LADDER, TODAY)[0].until == ago(3) + timedelta(days=7)


def test_the_next_letter_waits_while_the_last_one_is_valid():
    patient = Ladder((Rung("sp1", 7, 10), Rung("sp2", 14, 7)), least_gap=7)
    assert answer(late(30, sp(1, 9)), patient) == ("not_due", "gap")
    assert answer(late(30, sp(1, 10)), patient) == ("send", "sp2")


COUNTED = [
    # counted from, sent ago, delivered ago, answer
    ("issue", None, None, ("send", "sp2")),
    ("sending", None, None, ("not_due", "not_sent")),
    ("sending", 7, None, ("send", "sp2")),
    ("sending", 6, None, ("not_due", "gap")),
    ("delivery", 7, None, ("not_due", "not_sent")),
    ("delivery", 8, 7, ("send", "sp2")),
    ("delivery", 8, 6, ("not_due", "gap")),
]


@pytest.mark.parametrize(("counted_from", "sent", "delivered", "expected"), COUNTED)
def test_days_between_count_from_issue_sending_or_delivery(counted_from, sent, delivered, expected):
    letter = sp(1, 8, sent_on=ago(sent) if sent else None, delivered_on=ago(delivered) if delivered else None)
    ladder = evolve(LADDER, counted_from=counted_from)
    assert answer(late(30, letter), ladder) == expected


def test_of_several_reasons_for_silence_the_first_is_given():
    for at, reason in enumerate(SILENCES):
        held = tuple(Silence(name) for name in reversed(SILENCES[at:]))
        assert answer(late(30, silences=held)) == ("suppressed", reason)


def test_incomplete_data_come_before_every_silence_and_the_others_still_run():
    broken = late(30, fault="no address", silences=(Silence("deceased"),))
    fine = evolve(late(30), contract_id="MF-2")
    assert [choice.outcome for choice in choose([broken, fine], LADDER, TODAY)] == ["failed", "send"]


def test_the_minimum_is_silent_below_and_not_at_it():
    ladder = evolve(LADDER, minimum=D(500_000))
    assert answer(late(30), ladder) == ("send", "sp1")
    assert answer(late(30, arrears=D(499_999)), ladder) == ("suppressed", "below_minimum")


def test_per_debtor_no_letter_where_none_of_the_contracts_is_late_and_owes_arrears():
    lost = late(40, arrears=D(0))  # written off: days go on, nothing is owed
    today = late(0, contract_id="MF-2")
    choices = choose([lost, today], evolve(LADDER, per="debtor"), TODAY)
    assert [choice.reason for choice in choices] == ["nothing_past_due", "nothing_past_due"]


def test_per_debtor_one_letter_speaks_for_all_contracts():
    ladder = evolve(LADDER, per="debtor", minimum=D(700_000))
    worst, other = late(30), evolve(late(10), contract_id="MF-2", earlier=())
    current = evolve(late(0), contract_id="MF-3")
    choices = choose([other, worst, current], ladder, TODAY)
    assert [(choice.outcome, choice.letter or choice.reason) for choice in choices] == [
        ("not_due", "other_contract"),
        ("send", "sp1"),  # together they reach the minimum
        ("not_due", "nothing_past_due"),
    ]
    warned = evolve(other, earlier=(sp(1, 8),))  # a letter about the other contract counts
    assert choose([warned, worst], ladder, TODAY)[1].letter == "sp2"


def test_the_built_in_ladder_is_read_from_its_rule():
    rule = policy("id.letter.sp").ladder
    assert rule is not None
    assert rule.counted_from == "issue"
    assert rule.per == "contract"


# --- the cycle -----------------------------------------------------------------------------------

ROWS = [Instalment(n, date(2026, n, 5), D(900), D(100)) for n in range(1, 11)]
CONTRACT = Contract("MF-1", ROWS)


def since(*events: object, as_of: date = date(2026, 4, 20)) -> date | None:
    return arrears_since(replay(CONTRACT, list(events), Policy(), as_of))  # type: ignore[arg-type]


def paid(id: str, on: date, amount: int = 1000) -> Payment:
    return Payment(id, on, D(amount))


CYCLES = [
    # payments, since when something is past due on 20 April
    ((), date(2026, 1, 5)),
    # January paid late, after February fell due: no break
    ((paid("a", date(2026, 2, 10)),), date(2026, 1, 5)),
    # January paid on the day February fell due: at the end of that day nothing was past due
    ((paid("a", date(2026, 2, 5)),), date(2026, 2, 5)),
    ((paid("a", date(2026, 2, 6)),), date(2026, 1, 5)),
    # everything past due paid on 10 February: a new cycle from 5 March
    ((paid("a", date(2026, 2, 10), 2000),), date(2026, 3, 5)),
    # that payment bounced later: it never happened, so there was no break
    (
        (paid("a", date(2026, 2, 10), 2000), Reversal("r", date(2026, 3, 20), "a")),
        date(2026, 1, 5),
    ),
    ((paid("a", date(2026, 4, 20), 4000),), None),
]


@pytest.mark.parametrize(("events", "expected"), CYCLES)
def test_the_cycle_starts_again_once_nothing_is_past_due(events, expected):
    assert since(*events) == expected


# --- laws ----------------------------------------------------------------------------------------

LETTERS = st.builds(lambda level, days: sp(level, days), st.integers(1, 3), st.integers(1, 60))
CASES = st.lists(
    st.builds(
        lambda days, arrears, earlier, silences, fault: evolve(
            late(days, *earlier, arrears=D(arrears), fault=fault, silences=tuple(silences))
        ),
        st.integers(0, 60),
        st.integers(0, 1_000_000),
        st.lists(LETTERS, max_size=4),
        st.lists(st.sampled_from(SILENCES).map(Silence), max_size=3),
        st.sampled_from(["", "", "", "no address"]),
    ),
    max_size=8,
).map(lambda cases: [evolve(case, contract_id=f"MF-{at}") for at, case in enumerate(cases)])
RULES = st.builds(
    lambda per, counted, minimum: evolve(LADDER, per=per, counted_from=counted, minimum=D(minimum)),
    st.sampled_from(["contract", "debtor"]),
    st.sampled_from(["issue", "sending", "delivery"]),
    st.sampled_from([0, 100_000]),
)


@given(CASES, RULES)
def test_every_contract_gets_one_answer_and_they_make_the_population(cases, ladder):
    choices = choose(cases, ladder, TODAY)
    assert [choice.contract_id for choice in choices] == [case.contract_id for case in cases]
    assert tally(choices, len(cases)).population == len(cases)


@given(CASES)
def test_no_level_is_ever_skipped(cases):
    for case, choice in zip(cases, choose(cases, LADDER, TODAY), strict=True):
        if choice.outcome == "send" and choice.letter != "sp1":
            before = f"sp{int(choice.letter[2]) - 1}"
            assert any(letter.kind == before for letter in case.earlier)


def test_a_count_that_does_not_make_the_population_is_refused():
    with pytest.raises(AssertionError):
        Tally(3, sent=(("sp1", 1),), failed=1)
