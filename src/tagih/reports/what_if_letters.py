"""Which letters would be due under other rules, of the same history?

Letters that were sent stay sent; the ladder, the days and the reasons for silence of each side say
what is due on the day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from tagih.files import Book
from tagih.ledger import Position
from tagih.letters.planning import Contacts, answered, case_of, ladder_of
from tagih.reports.sections import OUTCOMES
from tagih.reports.tables import Column, Table
from tagih.reports.what_if import Compared
from tagih.reports.wording import said


def letter_differences(found: Compared, book: Book | None, lang: str) -> Table:
    """What is due on the day, by kind or reason: contracts now, under other rules, and the difference.

    ``book`` is needed where contracts were worked out one by one; of a large one ``found`` knows.
    """
    as_of, sides = found.now.as_of, found.letters
    if book is not None:
        sides = tuple(_answers(book, [pair[side] for pair in found.positions], as_of) for side in (0, 1))
    names = sorted({*sides[0], *sides[1]}, key=lambda each: (OUTCOMES.index(each[0]), each[1]))
    rows = [
        {
            "outcome_key": outcome,
            "reason_key": reason,
            "status": said("terms", outcome, lang),
            "kind": said("terms", reason, lang) if reason else "",
            **_counts(sides[0][outcome, reason], sides[1][outcome, reason]),
        }
        for outcome, reason in names
    ]
    total = {"status": said("terms", "total", lang), **_counts(sides[0].total(), sides[1].total())}
    columns = [
        *(Column(key, key) for key in ("outcome_key", "reason_key")),
        *(Column(key, said("columns", key, lang)) for key in ("status", "kind")),
        *(Column(key, said("columns", key, lang), "count") for key in _counts(0, 0)),
    ]
    name = "what_if_letters"
    return Table(name, said("tables", name, lang), columns, rows, total, (said("notes", name, lang),))


def _counts(now: int, other: int) -> dict[str, int]:
    return {"now_contracts": now, "other_contracts": other, "difference": other - now}


def _answers(book: Book, positions: Sequence[Position], as_of: date) -> Counter[tuple[str, str]]:
    contacts = Contacts.of(book)
    cases = [
        (ladder, case_of(book, position, ladder, contacts=contacts))
        for position in positions
        for ladder in (ladder_of(position.policy, as_of),)
    ]
    return Counter((choice.outcome, choice.letter or choice.reason) for choice in answered(cases, as_of))
