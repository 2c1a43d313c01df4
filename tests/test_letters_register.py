"""The register: numbers without gaps or doubles, each letter once, evidence, older letters."""

from __future__ import annotations

from datetime import date

import pytest

from tagih.errors import InputError, UnavailableError
from tagih.files import SentLetter
from tagih.letters.register import Entry, Made, Refused, Register, Wish

DAY = date(2026, 11, 22)
AT = "2026-11-22T09:00:00+07:00"


def wish(at: int, kind: str = "sp1", unit: str = "COLL", dated: date = DAY) -> Wish:
    return Wish(f"MF-{at}", f"K-{at}", kind, unit, dated, date(2027, 1, 1))


def made(wish: Wish, number: str) -> Made:
    return Made(f"<p>{number}</p>", "{}", "f", "t", "{}")


def numbers(register: Register, *wishes: Wish) -> list[str]:
    return [entry.number for entry in register.issue(wishes, made, at=AT) if isinstance(entry, Entry)]


def test_numbers_run_per_kind_unit_and_year():
    with Register(":memory:") as register:
        got = numbers(
            register,
            wish(1),
            wish(2),
            wish(3, "sp2"),
            wish(4, unit="BDG"),
            wish(5, dated=date(2027, 1, 2)),
            wish(6),
        )
    assert got == [
        "0001/SP1/COLL/XI/2026",
        "0002/SP1/COLL/XI/2026",
        "0001/SP2/COLL/XI/2026",
        "0001/SP1/BDG/XI/2026",
        "0001/SP1/COLL/I/2027",
        "0003/SP1/COLL/XI/2026",
    ]


def test_a_letter_that_cannot_be_written_takes_no_number():
    def make(wish: Wish, number: str) -> Made:
        if wish.contract == "MF-2":
            raise InputError("letter.test", "no")
        return made(wish, number)

    with Register(":memory:") as register:
        answers = register.issue([wish(1), wish(2), wish(3)], make, at=AT)
    assert isinstance(answers[1], Refused)
    assert [a.number[:4] for a in answers if isinstance(a, Entry)] == ["0001", "0002"]


def test_a_bug_in_the_middle_rolls_the_whole_chunk_back():
    def make(wish: Wish, number: str) -> Made:
        if wish.contract == "MF-2":
            raise ZeroDivisionError
        return made(wish, number)

    with Register(":memory:") as register:
        with pytest.raises(ZeroDivisionError):
            register.issue([wish(1), wish(2)], make, at=AT)
        assert register.earlier() == {}
        assert numbers(register, wish(2)) == ["0001/SP1/COLL/XI/2026"]


def test_the_same_letter_is_issued_once():
    with Register(":memory:") as register:
        first = numbers(register, wish(1), wish(2))
        assert numbers(register, wish(2), wish(1), wish(3)) == [*reversed(first), "0003/SP1/COLL/XI/2026"]


OLDER = {
    "MF-1": (SentLetter("MF-1", "sp1", date(2026, 3, 1), "0041/SP1/COLL/III/2026", date(2026, 3, 2)),),
    "MF-2": (SentLetter("MF-2", "sp1", date(2025, 3, 1), "0099/SP1/COLL/III/2025"),),
    "MF-3": (
        SentLetter("MF-3", "sp1", date(2026, 3, 1), "SP/77"),
        SentLetter("MF-3", "sp2", date(2026, 4, 1)),
    ),
}


def test_letters_sent_before_tagih_are_entered_once_and_numbers_go_on_after_them():
    with Register(":memory:") as register:
        assert register.remember(OLDER, {}) == 4
        assert register.remember(OLDER, {}) == 0
        assert numbers(register, wish(9)) == ["0042/SP1/COLL/XI/2026"]


def test_a_letter_of_ours_told_back_by_the_book_is_known():
    with Register(":memory:") as register:
        (number,) = numbers(register, wish(1))
        told = {"MF-1": (SentLetter("MF-1", "sp1", DAY, number, delivered_on=date(2026, 11, 25)),)}
        assert register.remember(told, {}) == 0
        assert register.earlier()["MF-1"][0].delivered_on == date(2026, 11, 25)


def test_evidence_is_added_later_and_counts():
    with Register(":memory:") as register:
        (number,) = numbers(register, wish(1))
        register.add_evidence(number, "sent", date(2026, 11, 23), at=AT)
        register.add_evidence(
            number, "delivered", date(2026, 11, 25), at=AT, recipient="Sari", relation="istri"
        )
        register.add_evidence(
            number, "delivered", date(2026, 11, 25), at=AT, recipient="Sari", relation="istri"
        )
        letter = register.earlier()["MF-1"][0]
        assert (letter.sent_on, letter.delivered_on) == (date(2026, 11, 23), date(2026, 11, 25))
        with pytest.raises(InputError, match="it cannot have been sent on 2026-11-21"):
            register.add_evidence(number, "sent", date(2026, 11, 21), at=AT)
        with pytest.raises(InputError, match="has no letter '0009/SP1'"):
            register.add_evidence("0009/SP1", "sent", DAY, at=AT)


def test_a_register_that_cannot_be_opened_is_a_sentence(tmp_path):
    file = tmp_path / "register.sqlite"
    file.write_text("this is no database, " * 100)
    with pytest.raises(UnavailableError, match="file is not a database"):
        Register(file)
    with pytest.raises(UnavailableError, match="register"):
        Register(tmp_path)


def test_a_later_register_is_not_touched(tmp_path):
    import sqlite3

    file = tmp_path / "register.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(InputError, match="version 99"):
        Register(file)
