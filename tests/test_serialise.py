"""Every value is written and read back, and a fingerprint changes with what a figure rests on."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from attrs import evolve
from hypothesis import given, settings

from tagih import (
    Amounts,
    Component,
    Contract,
    Correction,
    InputError,
    Instalment,
    LateCharge,
    Payment,
    Policy,
    Reversal,
    from_json,
    policy,
    replay,
    to_json,
)
from tagih.ledger.serialise import canonical, fingerprint, from_dict, to_dict
from tagih.policies import rules

from .properties.histories import contracts, policies
from .properties.test_ledger import histories

DUE = date(2026, 1, 31)
DEBT = Contract(
    "MF-1", [Instalment(1, DUE, D(900), D(100), fees=((Component("fee", "asuransi"), D("12.50")),))]
)
DENDA = Policy(late_charge=LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free"))
PAID = Payment("P-1", DUE, D(400), recorded_at=None)


def late(days):
    return DUE + timedelta(days=days)


@given(histories())
@settings(max_examples=50)
def test_contract_events_and_policy_come_back_equal_through_json(history):
    contract, events, chosen, _ = history
    for value in (contract, chosen, *events):
        assert from_json(to_json(value)) == value


@given(histories())
@settings(max_examples=50)
def test_a_position_comes_back_equal_with_its_lines_and_its_fingerprint(history):
    position = replay(*history)
    again = from_json(to_json(position))
    assert again == position
    assert again.lines == position.lines
    assert again.fingerprint == position.fingerprint
    for value in (*position.lines, position.outstanding):
        assert from_json(to_json(value)) == value


@pytest.mark.parametrize("one", rules(), ids=lambda one: one.about.id)
def test_every_built_in_rule_comes_back_equal(one):
    assert from_json(to_json(one)) == one


def test_amounts_that_are_equal_are_written_alike():
    plain = Amounts(((Component("interest"), D(100)),))
    cents = Amounts(((Component("interest"), D("100.00")),))
    assert canonical(to_dict(plain)) == canonical(to_dict(cents))


@given(contracts(), policies())
@settings(max_examples=25)
def test_what_is_written_is_the_same_before_and_after_json(contract, chosen):
    for value in (contract, chosen):
        assert json.loads(to_json(value)) == to_dict(value)


UNREADABLE = [
    # what, changed, the sentence
    ({"amonut": "5"}, "Payment: 'amonut' is unknown; did you mean 'amount'?"),
    ({"zzz": 1}, "Payment: 'zzz' is unknown; known are id, effective_on, amount, reference, channel, payer, "
     "kind, components, instalment, sequence, recorded_at"),
    ({"components": [["denda", "5"]]}, "component 'denda' is unknown; write one of principal, interest, fee, "
     "late_charge"),
    ({"what": "Paymemt"}, "'Paymemt' is not a value of tagih; did you mean 'Payment'?"),
    ({"schema": 2}, "schema 2 is unknown; this version reads 1"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "sentence"), UNREADABLE)
def test_what_cannot_be_read_is_named(changed, sentence):
    with pytest.raises(InputError) as refused:
        from_dict({**to_dict(PAID), **changed})
    assert str(refused.value) == sentence


def test_an_unknown_key_is_found_inside_too():
    values = to_dict(DEBT)
    values["instalments"][0]["pokok"] = "5"
    with pytest.raises(InputError, match="Instalment: 'pokok' is unknown"):
        from_dict(values)


BROKEN = [
    ("{", "not JSON"),
    ("[]", "an object {...} is needed"),
    ('{"schema": 1, "what": "Position"}', "Position: contract, events, policy, as_of must be there"),
]


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_text_that_is_no_value_is_said(text, sentence):
    with pytest.raises(InputError) as refused:
        from_json(text)
    assert sentence in str(refused.value)


def test_a_position_with_a_changed_or_unknown_figure_is_refused():
    values = to_dict(replay(DEBT, [PAID], DENDA, late(40)))
    with pytest.raises(InputError, match="unapplied comes out as 0, the file says 1"):
        from_dict({**values, "unapplied": "1"})
    with pytest.raises(InputError, match="'days_past_du' is unknown; did you mean 'days_past_due'"):
        from_dict({**values, "days_past_du": 40})


# --- fingerprints -----------------------------------------------------------------------------


def test_a_fingerprint_is_of_the_events_that_stand():
    used = fingerprint(DEBT, [], DENDA, late(40))
    undone = [PAID, Reversal("R", late(10), "P-1")]
    assert fingerprint(DEBT, undone, DENDA, late(40)) == used
    assert fingerprint(DEBT, undone, DENDA, late(9)) == fingerprint(DEBT, [PAID], DENDA, late(9))
    corrected = [PAID, Correction("C", late(10), "P-1", D(300))]
    assert fingerprint(DEBT, corrected, DENDA, late(40)) == fingerprint(
        DEBT, [evolve(PAID, amount=D(300))], DENDA, late(40)
    )


def test_a_fingerprint_does_not_change_with_zeros_or_with_a_note_on_a_rule():
    chosen = policy("id.late.mf.market.car")
    noted = evolve(
        chosen, late_charge=evolve(chosen.late_charge, about=evolve(chosen.late_charge.about, note="…"))
    )
    assert fingerprint(DEBT, [PAID], noted, late(40)) == fingerprint(DEBT, [PAID], chosen, late(40))
    zeros = evolve(PAID, amount=D("400.00"))
    assert fingerprint(DEBT, [zeros], DENDA, late(40)) == fingerprint(DEBT, [PAID], DENDA, late(40))


def test_a_position_knows_its_fingerprint_and_later_events_do_not_change_it():
    position = replay(DEBT, [PAID], DENDA, late(40))
    later = replay(DEBT, [Payment("P-2", late(41), D(5)), PAID], DENDA, late(40))
    assert position.fingerprint == fingerprint(DEBT, [PAID], DENDA, late(40)) == later.fingerprint
