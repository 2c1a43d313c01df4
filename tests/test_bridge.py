"""The bridge from one month's aging to the next: every rupiah of change in exactly one line."""

from datetime import date, timedelta
from decimal import Decimal as D
from itertools import pairwise

import pytest

from tagih import (
    Charge,
    Chargeback,
    Component,
    Contract,
    Correction,
    Drawdown,
    Forgiveness,
    Instalment,
    LateCharge,
    Payment,
    Restructure,
    Reversal,
    Waiver,
    WriteOff,
    policy,
    replay,
)
from tagih.bridge import MOVES, bridges
from tagih.errors import InputError
from tagih.files import read_book
from tagih.portfolio.book import positions
from tagih.samples import LENDERS, book_files

MF = policy("id.kol.mf.2018")
FEE, LATE = Component("fee"), Component("late_charge")
PRINCIPAL, INTEREST = Component("principal"), Component("interest")
START, END = date(2026, 2, 28), date(2026, 3, 31)
ROWS = [Instalment(n, date(2026, n, 15), D(900), D(100)) for n in range(1, 7)]
PAID = [Payment(f"P-{n}", date(2026, n, 15), D(1000)) for n in (1, 2)]
MARCH = date(2026, 3, 10)


def contract(id="MF-1", **more):
    return Contract(id, ROWS, **more)


def between(events, *, before=None, rules=MF, one=None, others=()):
    """The lines of the bridge from February to March of one contract, as totals by line."""
    agreed = one or contract()
    first = replay(agreed, events if before is None else before, rules, START)
    last = replay(agreed, events, rules, END)
    (bridge,) = bridges([first, *others], [last, *others])
    assert bridge.closes
    return {line: amounts.total for line, amounts in bridge.row().lines if line not in MOVES}


NEW_PLAN = [
    Instalment(11, date(2026, 4, 15), D(2000), D(300)),
    Instalment(12, date(2026, 5, 15), D(1600), D(300)),
]

# worked by hand: 4.000 is outstanding at the end of February (instalments 3 to 6)
CASES = [
    ("nothing happened", PAID, {}),
    ("paid", [*PAID, Payment("P-3", MARCH, D(700))], {"paid": -700}),
    ("a fee", [*PAID, Charge("C-1", MARCH, FEE, D(50))], {"fees": 50}),
    ("a late charge posted", [*PAID, Charge("C-1", MARCH, LATE, D(50), instalment=3)], {"late_charges": 50}),
    ("lent", [*PAID, Drawdown("D-1", MARCH, [(6, PRINCIPAL, D(500))])], {"lent": 500}),
    ("waived", [*PAID, Waiver("W-1", MARCH, Component("interest"), D(100))], {"waived": -100}),
    ("written off", [*PAID, WriteOff("W-1", MARCH)], {"written_off": -4000}),
    ("given up", [*PAID, Forgiveness("F-1", MARCH)], {"forgiven": -4000}),
    ("written off and recovered", [*PAID, WriteOff("W-1", MARCH), Payment("P-3", END, D(300))],
     {"written_off": -4000}),
    ("a new plan with 200 more interest", [*PAID, Restructure("R-1", MARCH, NEW_PLAN)],
     {"planned_anew": 200}),
    ("taken back by the bank", [*PAID, Chargeback("B-1", MARCH, "P-2", D(400))], {"charged_back": 400}),
    ("a payment of February reversed", [*PAID, Reversal("R-1", MARCH, "P-2")], {"reversed": 1000}),
    ("a payment of February corrected", [*PAID, Correction("R-1", MARCH, "P-2", D(900))], {"reversed": 100}),
    ("a payment of March reversed in March",
     [*PAID, Payment("P-3", MARCH, D(700)), Reversal("R-1", END, "P-3")], {}),
]  # fmt: skip


@pytest.mark.parametrize(("events", "lines"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_kind_of_change_has_a_line_of_its_own(events, lines):
    assert between(events) == lines


def test_a_payment_booked_late_is_not_a_payment_of_this_month():
    assert between(PAID, before=PAID[:1]) == {"backdated": -1000}
    early = [*PAID, Payment("P-9", date(2026, 2, 20), D(300))]
    assert between(early, before=PAID) == {"paid": -300}  # unapplied in February, used on 15 March


def test_a_reversal_and_a_late_booking_of_one_month_are_two_lines():
    known = [PAID[0], Payment("P-9", date(2026, 2, 20), D(600)), Reversal("R-1", MARCH, "P-9"), PAID[1]]
    assert between(known, before=[PAID[0], known[1]]) == {"reversed": 600, "backdated": -1000}


def test_late_charges_run_up_are_a_line_with_those_of_the_new_month_only():
    rules = policy(
        "id.kol.mf.2018", LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free")
    )
    # instalment 2 (1.000) runs 31 days in March at 5, instalment 3 16 days
    assert between(PAID[:1], rules=rules) == {"late_charges": 31 * 5 + 16 * 5}


def test_new_and_taken_over_contracts_come_in_with_what_they_owed_at_first():
    old = replay(contract("MF-0"), PAID, MF, START), replay(contract("MF-0"), PAID, MF, END)
    new = replay(contract(signed_on=date(2026, 3, 2)), [Payment("P", MARCH, D(10))], MF, END)
    taken = replay(contract("MF-2", signed_on=date(2025, 12, 2)), [], MF, END)
    (bridge,) = bridges([old[0]], [old[1], new, taken])
    assert bridge.row().line("new").total == 6000
    assert bridge.row().line("taken_over").total == 6000
    assert bridge.closes
    assert (bridge.contracts("new"), bridge.contracts("taken_over")) == (1, 1)
    (back,) = bridges([old[0], replay(contract("MF-3"), [], MF, START)], [old[1]])
    assert back.row().line("gone").total == -6000
    assert back.closes


ALL = Payment("P-9", MARCH, D(5000), components=[(PRINCIPAL, D(4500)), (INTEREST, D(500))])
RESTRUCTURED = Restructure("R-1", MARCH, [Instalment(11, date(2026, 4, 15), D(4500), D(600))])


@pytest.mark.parametrize(
    ("events", "last", "line", "codes", "amount"),
    [
        (PAID[:1], END, None, ("2", "2"), 0),  # 13 and 44 days past due
        (PAID, END, "rolled_up", ("1", "2"), 4000),  # 0 and 16 days
        (PAID[:1], date(2026, 5, 17), "rolled_up", ("2", "3"), 5000),  # 13 and 91 days
        ([PAID[0], Payment("P-9", MARCH, D(2000))], END, "cured", ("2", "1"), 3000),
        ([PAID[0], RESTRUCTURED], END, "restructured", ("2", "1"), 5100),
        ([PAID[0], ALL], END, "closed",
         ("2", "1"), 0),
    ],
)  # fmt: skip
def test_money_moves_between_buckets_in_lines_that_add_up_to_nothing(events, last, line, codes, amount):
    first, second = replay(contract(), events, MF, START), replay(contract(), events, MF, last)
    (bridge,) = bridges([first], [second])
    assert bridge.closes
    moves = {entry.code: entry.amounts.total for entry in bridge.entries if entry.line in MOVES}
    assert {entry.line for entry in bridge.entries if entry.line in MOVES} == ({line} if line else set())
    assert moves == ({codes[0]: -amount, codes[1]: amount} if line else {})


def test_from_a_worse_class_to_a_better_one_that_is_not_the_best_is_improved():
    events = [PAID[0], Payment("P-9", date(2026, 5, 25), D(2000))]  # instalment 4 is open since 15 April
    first, last = (replay(contract(), events, MF, day) for day in (date(2026, 5, 20), date(2026, 5, 31)))
    (bridge,) = bridges([first], [last])
    assert [(e.line, e.code, e.amounts.total) for e in bridge.entries] == [
        ("paid", "3", -2000), ("improved", "3", -3000), ("improved", "2", 3000),
    ]  # fmt: skip


def test_a_bridge_leads_forward_from_one_day_to_one_day():
    position = replay(contract(), [], MF, START)
    with pytest.raises(InputError, match="from one day to a later one"):
        bridges([position], [position])
    with pytest.raises(InputError, match="each side of a bridge is of one day"):
        bridges([], [position])
    with pytest.raises(InputError, match="MF-1 occurs twice"):
        bridges([position, position], [replay(contract(), [], MF, END)])


# --- whole books --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")

    def made(lender):
        if not (folder / lender).exists():
            for name, content in book_files(lender).items():
                file = folder / lender / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        return read_book(folder / lender)

    return made


@pytest.mark.parametrize("lender", LENDERS)
def test_the_bridge_between_month_ends_of_an_example_book_closes_to_zero(books, lender):
    book = books(lender)
    ends = [date(2026, 4, 30), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]
    found = [list(positions(book, end)) for end in ends]
    for first, last in [*pairwise(found), (found[0], found[-1])]:
        made = bridges(first, last)
        assert all(bridge.closes for bridge in made)
        after = sum(bridge.row().after.total for bridge in made)
        assert after == sum(position.outstanding.total for position in last)


def test_the_bridge_over_a_reversal_of_last_month_says_so(books):
    book = books("mf")
    days = sorted(
        {event.effective_on for own in book.events.values() for event in own if isinstance(event, Reversal)}
    )
    totals = []
    for day in days:
        (bridge,) = bridges(positions(book, day - timedelta(days=1)), positions(book, day))
        assert bridge.closes
        totals.append(bridge.row().line("reversed").total)
    assert len(totals) >= 2
    assert max(totals) > 0  # owed again
    assert min(totals) >= 0
