"""The class of a contract from its position: cure after a real restructure, one obligor, provisions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from tagih.classes import non_performing, tkb, twp
from tagih.contracts import Contract, Instalment, Payment, Restructure, Reversal, WriteOff
from tagih.dates import add_months
from tagih.ledger import replay
from tagih.policies import policy
from tagih.quality import periods_since, qualities, quality, restructured

BPR = policy("id.kol.bpr.monthly", "id.prov.bpr", "id.restr.bpr")
BANK = policy("id.kol.bank.2019", "id.prov.bank")
MF = policy("id.kol.mf.2018", "id.prov.mf")
START = date(2026, 1, 15)


def contract(id="K-1", debtor="D-1", count=12):
    rows = [Instalment(n, add_months(START, n - 1), D(100_000), D(10_000)) for n in range(1, count + 1)]
    return Contract(id, rows, debtor_id=debtor)


def at(one, events, chosen, day):
    return replay(one, events, chosen, as_of=day)


# Nothing was paid from 15 January on; on 1 August (198 days, Diragukan) twelve new months from 1 September.
NEW = tuple(Instalment(20 + n, add_months(date(2026, 8, 1), n), D(100_000), D(15_000)) for n in range(1, 13))
AGREED = Restructure("R-1", date(2026, 8, 1), NEW)


def paid(months, late_by=0):
    """The new instalments paid: the nth ``months`` says + on its day, - ten days late."""
    events = []
    for n, mark in enumerate(months, 1):
        due = add_months(date(2026, 8, 1), n)
        day = due if mark == "+" else due.replace(day=11)
        events.append(Payment(f"P-{n}", day, D(115_000)))
    return events


@pytest.mark.parametrize(
    ("as_of", "months", "code"),
    [
        (date(2026, 7, 31), "", "4"),  # 197 days
        (date(2026, 8, 1), "", "3"),  # Diragukan becomes Kurang Lancar at best
        (date(2026, 9, 1), "+", "3"),
        (date(2026, 10, 31), "++", "3"),
        (date(2026, 11, 1), "+++", "1"),  # the third period paid on time
        (date(2026, 11, 1), "+-+", "3"),  # a missed one starts the count again
        (date(2027, 1, 1), "+-+++", "1"),
        (date(2026, 12, 31), "+-++", "3"),
    ],
)
def test_a_restructured_contract_is_held_until_it_has_paid_three_times_in_time(as_of, months, code):
    found = quality(at(contract(), [AGREED, *paid(months)], BPR, as_of))
    assert found.classified.code == code
    if as_of >= AGREED.effective_on:
        assert found.held is not None


def test_the_held_class_sets_the_provision():
    found = quality(at(contract(), [AGREED], BPR, date(2026, 8, 15)), eligible=D(200_000))
    assert found.classified.reason == "restructure"
    assert found.position.outstanding.principal == 1_200_000
    assert found.provisioned.amount == D("100000.00")  # (1.200.000 - 200.000) x 10 %


def test_a_reversed_restructure_holds_nothing():
    position = at(contract(), [AGREED, Reversal("X", date(2026, 8, 5), "R-1")], BPR, date(2026, 8, 6))
    assert restructured(position) == ()
    assert quality(position).held is None


def test_a_second_restructure_begins_from_the_class_that_was_held():
    months = [
        Instalment(40 + n, add_months(date(2026, 9, 15), n), D(100_000), D(15_000)) for n in range(1, 13)
    ]
    again = Restructure("R-2", date(2026, 9, 15), months)
    position = at(contract(), [AGREED, *paid("+"), again], BPR, date(2026, 9, 20))
    found = quality(position)
    assert (found.classified.code, found.held.clean) == ("3", 0)
    assert [event.id for event in restructured(position)] == ["R-1", "R-2"]


def test_periods_are_those_with_something_to_pay():
    position = at(contract(), [AGREED, *paid("+-")], BPR, date(2026, 10, 31))
    assert [(period.due_on, period.on_time) for period in periods_since(position, date(2026, 8, 1))] == [
        (date(2026, 9, 1), True),
        (date(2026, 10, 1), False),
    ]


def test_a_debtors_contracts_stand_together_in_a_bank_and_apart_in_a_finance_company():
    good, bad, other = contract("A"), contract("B"), contract("C", "D-2")
    pay = [Payment(f"P-{n}", add_months(START, n), D(110_000)) for n in range(4)]
    for chosen, codes in ((BANK, "331"), (MF, "131")):
        found = qualities([
            at(good, pay, chosen, date(2026, 4, 20)),
            at(bad, [], chosen, date(2026, 4, 20)),
            at(other, pay, chosen, date(2026, 4, 20)),
        ])  # fmt: skip
        assert "".join(one.classified.code for one in found) == codes
    assert (found[0].own.code, found[0].classified.reason) == ("1", "measure")


def test_states_and_judgements_are_by_contract():
    good, bad = contract("A"), contract("B")
    pay = [Payment(f"P-{n}", add_months(START, n), D(110_000)) for n in range(4)]
    pair = [at(good, pay, BANK, date(2026, 4, 20)), at(bad, [], BANK, date(2026, 4, 20))]
    apart = qualities(pair, states={"B": ("separate_source",)})
    assert [one.classified.code for one in apart] == ["1", "3"]
    judged = qualities(pair, judgements={"A": "5"})
    assert [one.classified.code for one in judged] == ["5", "5"]
    assert [one.classified.reason for one in judged] == ["judgement", "one_obligor"]
    assert judged[1].provisioned.rate == 1


def test_ratios_of_a_book():
    pay = [Payment(f"P-{n}", add_months(START, n), D(110_000)) for n in range(4)]
    day = date(2026, 4, 20)
    gone = [WriteOff("W", date(2026, 4, 18))]
    found = qualities([
        at(contract("A", "D-1"), pay, MF, day),  # 8 x 100.000 left
        at(contract("B", "D-2"), [], MF, day),  # 95 days: 12 x 100.000
        at(contract("C", "D-3"), gone, MF, day),  # written off: 12 x 100.000
    ])  # fmt: skip
    exposures = [one.exposure for one in found]
    assert twp(exposures).percent() == D("60.00")
    assert tkb(exposures).percent() == D("40.00")
    assert twp(exposures, written_off="put_back").percent() == D("75.00")
    assert non_performing(exposures, MF.buckets).percent() == D("60.00")
    # 15 % of 1.200.000 is set aside
    assert non_performing(exposures, MF.buckets, net_of="provisions").part == D("1020000.00")
