"""What a letter must hold before it can exist."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tagih.contracts import LENDER_TYPES, PRINCIPAL, Contract
from tagih.errors import InputError
from tagih.ledger.position import added
from tagih.letters.catalogue import (
    KINDS,
    Applied,
    Movement,
    PlanRow,
    Reference,
    Relief,
    compose,
    letter_number,
    needs_meterai,
    requirements,
    typed_fields,
)
from tagih.letters.figures import DueRow, Figures, amounts
from tagih.letters.nouns import nouns
from tagih.letters.specimens import CONTRACT, DATED, DEBTOR, FIGURES, LENDER, SETTLED, lender_of, specimen
from tagih.parties import Address, PaymentChannel, mask

D = Decimal


def test_every_kind_has_a_specimen_of_its_own_type():
    for name, kind in KINDS.items():
        assert type(specimen(name)) is kind.type
        assert kind.type.kind == name


# --- what is missing stops the letter, by name ------------------------------------------------


def test_what_is_missing_is_named_with_the_letter_and_the_contract():
    with pytest.raises(InputError, match=r"^sp2 for contract 4100260007 lacks figures, pay_by, previous$"):
        compose("sp2", lender=LENDER, debtor=DEBTOR, contract=CONTRACT, number="1", dated=DATED)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"debtor": evolve(DEBTOR, address=Address())}, "debtor.address"),
        ({"debtor": evolve(DEBTOR, address=Address(("Jl. Kenanga 17",)))}, "debtor.address"),
        ({"debtor": evolve(DEBTOR, name=" ")}, "debtor.name"),
        ({"lender": evolve(LENDER, signatory=None)}, "signatory"),
        ({"lender": evolve(LENDER, payment_channels=())}, "lender.payment_channels"),
        ({"lender": evolve(LENDER, complaints="")}, "lender.complaints"),
        ({"lender": evolve(LENDER, city="")}, "lender.city"),
        ({"number": ""}, "number"),
        ({"figures": evolve(SETTLED, rows=())}, "figures.rows, figures.oldest_due_on, figures.days_past_due"),
    ],
)
def test_a_warning_with_incomplete_data_does_not_exist(changes, missing):
    with pytest.raises(
        InputError, match="^sp1 for contract 4100260007 lacks " + missing.replace(".", "\\.") + "$"
    ):
        specimen("sp1", **changes)


def test_the_five_contents_of_article_60_are_required_by_type_of_all_three_warnings():
    # POJK 22/2023 art. 60: due date, days late, outstanding principal, interest owed, late charges owed.
    for kind in ("sp1", "sp2", "sp3"):
        assert "figures" in typed_fields(KINDS[kind].type)
        assert {"figures.oldest_due_on", "figures.days_past_due"} <= set(requirements(KINDS[kind].type))


def test_the_outstanding_principal_is_the_whole_of_it_not_only_what_is_in_arrears():
    with pytest.raises(InputError, match="give the whole of it"):
        evolve(FIGURES, outstanding=amounts(principal=FIGURES.arrears.principal - 1))


def test_the_second_and_third_warnings_name_the_one_before():
    for kind in ("sp2", "sp3"):
        with pytest.raises(InputError, match=r"lacks previous\.number"):
            specimen(kind, previous=Reference("", date(2026, 11, 1)))
        with pytest.raises(InputError, match="not before"):
            specimen(kind, previous=Reference("0001/SP1/X/XI/2026", DATED))


def test_an_unknown_field_is_refused():
    with pytest.raises(InputError, match="sp1 has no field paid_by"):
        specimen("sp1", paid_by=DATED)


def test_an_unknown_kind_lists_those_there_are():
    with pytest.raises(InputError, match="letter 'sp4' is unknown; write one of reminder"):
        compose("sp4")


# --- what contradicts itself stops the letter -------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("sp1", {"pay_by": DATED}, "pay_by 2026-11-22 is not after"),
        ("sp1", {"figures": evolve(FIGURES, contract_id="X")}, "figures are those of contract X"),
        ("sp1", {"figures": evolve(FIGURES, as_of=date(2026, 11, 23))}, "after the letter's date"),
        ("statement", {"closing": D(1)}, "make 1985375, but closing is 1"),
        ("statement", {"since": date(2026, 10, 1)}, "inside 2026-10-01"),
        ("receipt", {"paid": D(1)}, "make 1500000, but 1 was received"),
        ("payoff", {"dated": date(2026, 11, 23)}, "start on or after the letter's date"),
        ("arrangement", {"covers": D(1)}, "make 1773000, but the arrangement covers 1"),
        ("promise", {"promised_on": date(2026, 11, 21)}, "before the letter's date"),
        ("settlement", {"relief": (Relief(PRINCIPAL, D(5), D(6)),)}, "above what is owed"),
        ("settlement", {"valid_until": DATED}, "not after the letter's date"),
        ("dispute_reply", {"figure": D(1)}, "make 152055, but the figure is 1"),
    ],
)
def test_a_letter_that_contradicts_itself_does_not_exist(kind, changes, message):
    with pytest.raises(InputError, match=message):
        specimen(kind, **changes)


@pytest.mark.parametrize("left", ["1", "0.01"])
def test_a_paid_off_letter_is_refused_while_anything_remains(left):
    with pytest.raises(InputError, match=f"Rp{left} is still outstanding"):
        specimen("paid_off", figures=evolve(SETTLED, outstanding=amounts(late_charge=D(left))))


def test_an_arrangement_covers_no_more_than_is_owed():
    more = FIGURES.outstanding.total + 1
    with pytest.raises(InputError, match="more than the"):
        specimen("arrangement", rows=(PlanRow(1, date(2026, 12, 1), more),), covers=more)


def test_a_pindar_letter_never_names_a_personal_account_or_cash():
    # SEOJK 19/2025 XI.7-8: payments go by virtual account or payment gateway into escrow.
    lender = lender_of("pindar")
    assert specimen("sp1", lender_type="pindar").lender == lender
    for kind in ("bank_account", "cashier", "other"):
        channels = (*lender.payment_channels, PaymentChannel("Rekening Budi", "0123456789", kind=kind))
        with pytest.raises(InputError, match=f"payment channel 'Rekening Budi' is a {kind}"):
            specimen("sp1", lender=evolve(lender, payment_channels=channels))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=6), st.integers(0, 99))
def test_a_statement_closes_where_its_movements_lead(movements, opening):
    rows = tuple(Movement(DATED, "x", debit=D(debit), credit=D(credit)) for debit, credit in movements)
    closing = opening + sum(row.debit - row.credit for row in rows)
    letter = specimen("statement", opening=D(opening), movements=rows, closing=D(closing))
    assert [balance for _, balance in letter.balances][-1:] == ([letter.closing] if rows else [])


# --- meterai ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["arrangement", "addendum", "promise", "paid_off"])
def test_agreements_and_statements_bear_meterai_whatever_the_amount(kind):
    assert needs_meterai(kind)
    assert needs_meterai(kind, D(1))
    assert specimen(kind).meterai


# UU 10/2020 art. 3 (2) g: above Rp5.000.000; exactly 5.000.000 is not.
@pytest.mark.parametrize(("amount", "due"), [("5000000", False), ("5000000.01", True), ("5000001", True)])
def test_receipts_bear_meterai_only_above_five_million(amount, due):
    assert needs_meterai("receipt", D(amount)) is due
    applied = (Applied(PRINCIPAL, D(amount)),)
    assert specimen("receipt", paid=D(amount), applied=applied, unapplied=D(0)).meterai is due


@pytest.mark.parametrize(
    "kind", ["sp1", "sp2", "sp3", "reminder", "overdue", "statement", "somasi", "payoff"]
)
def test_warnings_reminders_and_statements_of_account_never_bear_meterai(kind):
    assert not needs_meterai(kind, D(10**12))


# --- numbers, nouns, masks, figures -----------------------------------------------------------


def test_numbers_are_written_by_sequence_kind_unit_roman_month_and_year():
    assert letter_number(123, "sp1", "COLL-JKT", date(2026, 11, 22)) == "0123/SP1/COLL-JKT/XI/2026"
    assert letter_number(12345, "paid_off", "", date(2027, 1, 1)) == "12345/SKL/I/2027"


@pytest.mark.parametrize(
    ("lender_type", "debtor", "interest"),
    [
        ("bank", "debitur", "bunga"),
        ("bpr", "debitur", "bunga"),
        ("mf", "konsumen", "bunga"),
        ("pindar", "Penerima Dana", "bunga"),
        ("koperasi", "anggota", "jasa"),
        ("mf-syariah", "nasabah", "margin"),
    ],
)
def test_the_lender_type_chooses_the_words(lender_type, debtor, interest):
    assert (nouns(lender_type).debtor, nouns(lender_type).interest) == (debtor, interest)


def test_every_lender_type_has_words_in_both_languages():
    for lender_type in LENDER_TYPES:
        assert nouns(lender_type, "id").agreement
        assert nouns(lender_type, "en").agreement


@given(st.text(max_size=30))
def test_a_mask_keeps_the_length_and_shows_no_more_than_the_last_four(text):
    masked = mask(text)
    assert len(masked) == len(text)
    assert masked[-4:] == text[-4:] or len(text) <= 4
    assert set(masked[:-4]) <= {"•"}


FOUR = ("principal", "interest", "fee", "late_charge")
ROWS = st.lists(
    st.builds(
        DueRow,
        st.integers(0, 60),
        st.dates(date(2024, 1, 1), date(2026, 11, 21)),
        st.integers(1, 999),
        st.builds(amounts, **dict.fromkeys(FOUR, st.integers(0, 10**9))),
    ),
    max_size=5,
)


@given(ROWS, st.integers(0, 10**9))
def test_figures_survive_json(rows, more):
    arrears = added(row.owed for row in rows)
    figures = Figures(
        "C-1",
        date(2026, 11, 22),
        rows=tuple(rows),
        outstanding=arrears + amounts(principal=D(more)),
        fingerprint="f",
    )
    assert Figures.from_dict(figures.to_dict()) == figures
    assert figures.rows == tuple(sorted(figures.rows, key=lambda row: (row.due_on, row.number)))


def test_figures_of_another_schema_are_refused():
    with pytest.raises(InputError, match="figures have schema 99"):
        Figures.from_dict({**FIGURES.to_dict(), "schema": 99})


def test_a_channel_takes_its_account_from_the_contract_or_says_what_is_missing():
    channel = PaymentChannel("VA", "88{contract}-{va}")
    assert channel.at("7", {"va": "9"}).account == "887-9"
    with pytest.raises(InputError, match=r"contract 7: payment channel 'VA' needs '887-\{va\}'"):
        channel.at("7")


def test_a_contract_needs_no_instalments_to_be_written_to():
    assert (
        specimen("paid_off", contract=Contract("4100260007", (), signed_on=DATED)).contract.id == "4100260007"
    )
