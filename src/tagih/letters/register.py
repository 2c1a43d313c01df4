"""The register of letters: what was issued, when, to whom, under which number, with which figures.

One SQLite file for a lender. A number is taken in the same transaction in which the letter's
finished HTML is stored, never before, so that no number is lost to a letter that could not be
written; its PDF may fail and be made later from that HTML. Killed at any moment, the file holds
whole letters and no gap.

>>> register = Register(":memory:")
>>> made = Made(html="<p>…</p>", figures="{}", fingerprint="f", template="t", about="{}")
>>> wish = Wish("MF-1", "K-1", "sp1", "COLL", date(2026, 11, 22), date(2026, 11, 29))
>>> register.issue([wish], lambda wish, number: made, at="2026-11-22T09:00:00+07:00")[0].number
'0001/SP1/COLL/XI/2026'
>>> register.issue([wish], lambda wish, number: made, at="2026-11-23T09:00:00+07:00")[0].issued_at
'2026-11-22T09:00:00+07:00'
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from attrs import frozen

from tagih.errors import InputError, TagihError, UnavailableError
from tagih.files import SentLetter
from tagih.letters.catalogue import KINDS, kind_of, letter_number
from tagih.letters.ladder import Earlier

SCHEMA: Final = 1

TABLES: Final = """
CREATE TABLE IF NOT EXISTS letter (
    id INTEGER PRIMARY KEY,
    origin TEXT NOT NULL CHECK (origin IN ('book', 'tagih')),
    contract TEXT NOT NULL,
    debtor TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    code TEXT NOT NULL,
    unit TEXT NOT NULL,
    year INTEGER NOT NULL,
    sequence INTEGER,
    dated TEXT NOT NULL,
    pay_by TEXT,
    sent_on TEXT,
    delivered_on TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'made')),
    issued_at TEXT NOT NULL,
    html BLOB,
    figures TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    template TEXT NOT NULL,
    content TEXT NOT NULL,
    about TEXT NOT NULL,
    short TEXT NOT NULL,
    pdf TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS letter_number ON letter (number) WHERE origin = 'tagih';
CREATE UNIQUE INDEX IF NOT EXISTS letter_sequence ON letter (code, unit, year, sequence)
    WHERE origin = 'tagih';
CREATE UNIQUE INDEX IF NOT EXISTS letter_once ON letter (contract, kind, dated) WHERE origin = 'tagih';
CREATE INDEX IF NOT EXISTS letter_dated ON letter (dated);
CREATE INDEX IF NOT EXISTS letter_short ON letter (short) WHERE short <> '';
CREATE TABLE IF NOT EXISTS evidence (
    id INTEGER PRIMARY KEY,
    letter INTEGER NOT NULL REFERENCES letter (id),
    what TEXT NOT NULL CHECK (what IN ('sent', 'delivered', 'returned')),
    happened_on TEXT NOT NULL,
    recipient TEXT NOT NULL,
    relation TEXT NOT NULL,
    note TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    UNIQUE (letter, what, happened_on, recipient)
) STRICT;
CREATE TABLE IF NOT EXISTS run (
    as_of TEXT NOT NULL,
    folder TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished INTEGER NOT NULL,
    options TEXT NOT NULL,
    PRIMARY KEY (as_of, folder)
) STRICT;
"""

NUMBER: Final = re.compile(r"0*(\d{1,9})/([^/]+)/(?:(.+)/)?[IVX]+/(\d{4})")
"""A number of the form that tagih writes: sequence, code, unit, month, year."""


@frozen
class Wish:
    """A letter that asks for a number."""

    contract: str
    debtor: str
    kind: str
    unit: str
    dated: date
    pay_by: date


@frozen
class Made:
    """A letter's finished HTML, and what it was made from. ``about`` is what its PDF needs."""

    html: str
    figures: str
    fingerprint: str
    template: str
    about: str
    short: str = ""


@frozen
class Entry:
    """A letter in the register. ``content`` is the sha256 of its HTML, ``pdf`` that of its PDF."""

    id: int
    contract: str
    debtor: str
    kind: str
    number: str
    dated: date
    pay_by: date | None
    state: str
    issued_at: str
    html: str
    figures: str
    fingerprint: str
    template: str
    content: str
    about: str
    short: str
    pdf: str
    problem: str


@frozen
class Refused:
    """A letter that could not be written, and why; it took no number."""

    wish: Wish
    error: TagihError


@frozen
class RunRow:
    """A run that was started: its date, its folder, whether it finished, and its options (JSON)."""

    as_of: date
    folder: str
    started_at: str
    finished: bool
    options: str


_ENTRY: Final = (
    "id, contract, debtor, kind, number, dated, pay_by, state, issued_at, html, figures, fingerprint,"
    " template, content, about, short, pdf, problem"
)


class Register:
    """An open register; a context manager that closes it."""

    def __init__(self, path: str | Path) -> None:
        """Open the register at ``path``, which is made if it is not there.

        Raises:
            UnavailableError: If it cannot be opened or written.
            InputError: If it was written by a later tagih.
        """
        self.path = str(path)
        with self._explained():
            if self.path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=120, isolation_level=None)
            self._db.execute("PRAGMA foreign_keys = ON")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA:
                raise InputError(
                    "register.version",
                    "register {path} has version {found}; this tagih reads {known}",
                    path=self.path,
                    found=version,
                    known=SCHEMA,
                )
            if version < SCHEMA:
                with self._transaction():
                    for statement in TABLES.split(";"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {SCHEMA}")

    def __enter__(self) -> Register:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.DatabaseError, OSError) as problem:
            if isinstance(problem, sqlite3.IntegrityError):
                raise
            raise UnavailableError(
                "register.file", "register {path}: {problem}", path=self.path, problem=str(problem)
            ) from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; another process waits until it is over."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    # --- what is known ------------------------------------------------------------------------

    def remember(self, letters: Mapping[str, Sequence[SentLetter]], debtors: Mapping[str, str]) -> int:
        """Enter letters that went out before tagih, as a book tells them; how many were new.

        What the book says of sending and delivery is brought up to date. A letter that tagih
        issued itself, told back by the book, is known by its number and not entered again.
        """
        new = 0
        with self._transaction():
            for id, sent in letters.items():
                for letter in sent:
                    new += self._remember(id, debtors.get(id, ""), letter)
        return new

    def _remember(self, id: str, debtor: str, letter: SentLetter) -> int:
        days = [day.isoformat() if day else None for day in (letter.sent_on, letter.delivered_on)]
        known = self._db.execute(
            "SELECT id FROM letter WHERE contract = ? AND kind = ? AND (number = ? AND number <> '' OR"
            " number = '' AND dated = ? AND origin = 'book')",
            (id, letter.kind, letter.number, letter.issued_on.isoformat()),
        ).fetchone()
        if known:
            self._db.execute(
                "UPDATE letter SET sent_on = coalesce(?, sent_on), delivered_on = coalesce(?, delivered_on)"
                " WHERE id = ?",
                (*days, known[0]),
            )
            return 0
        form = NUMBER.fullmatch(letter.number)
        self._insert(
            origin="book",
            contract=id,
            debtor=debtor,
            kind=letter.kind,
            number=letter.number,
            code=form[2] if form else (KINDS[letter.kind].code if letter.kind in KINDS else letter.kind),
            unit=(form[3] or "") if form else "",
            year=int(form[4]) if form else letter.issued_on.year,
            sequence=int(form[1]) if form else None,
            dated=letter.issued_on.isoformat(),
            pay_by=None,
            sent_on=days[0],
            delivered_on=days[1],
            state="made",
        )
        return 1

    def earlier(self) -> dict[str, tuple[Earlier, ...]]:
        """The letters that tagih issued, by contract, with the evidence of their delivery."""
        found: dict[str, list[Earlier]] = {}
        with self._explained():
            rows = self._db.execute(
                "SELECT contract, kind, dated, number, coalesce((SELECT min(happened_on) FROM evidence"
                " WHERE letter = letter.id AND what = 'sent'), sent_on), coalesce((SELECT min(happened_on)"
                " FROM evidence WHERE letter = letter.id AND what = 'delivered'), delivered_on)"
                " FROM letter WHERE origin = 'tagih' ORDER BY id"
            ).fetchall()
        for contract, kind, dated, number, sent, delivered in rows:
            found.setdefault(contract, []).append(
                Earlier(kind, date.fromisoformat(dated), number, _day(sent), _day(delivered), contract)
            )
        return {contract: tuple(letters) for contract, letters in found.items()}

    def entry(self, number: str) -> Entry:
        """The letter that tagih issued under ``number``.

        Raises:
            InputError: If there is none.
        """
        return self._one("number", number)

    def by_code(self, short: str) -> Entry:
        """The letter whose short code is ``short``, however it is spaced."""
        return self._one("short", re.sub(r"[^0-9A-Z]", "", short.upper()))

    def _one(self, column: Literal["number", "short"], value: str) -> Entry:
        found = list(self._entries(f"{column} = ? AND origin = 'tagih'", value))
        if not found:
            raise InputError("register.letter", "the register has no letter '{value}'", value=value)
        return found[0]

    def of_day(self, dated: date) -> dict[tuple[str, str], Entry]:
        """The letters that tagih issued for a day, by contract and kind."""
        found = self._entries("dated = ? AND origin = 'tagih'", dated.isoformat())
        return {(entry.contract, entry.kind): entry for entry in found}

    def _entries(self, where: str, *values: str) -> Iterator[Entry]:
        with self._explained():
            rows = self._db.execute(f"SELECT {_ENTRY} FROM letter WHERE {where} ORDER BY id", values)
            for row in rows:
                yield _entry(row)

    # --- issuing ------------------------------------------------------------------------------

    def issue(
        self, wishes: Iterable[Wish], make: Callable[[Wish, str], Made], *, at: str
    ) -> tuple[Entry | Refused, ...]:
        """A number and an entry for each wish, or the entry it already has; all in one transaction.

        ``make`` writes the letter under the number that is offered; if it raises a `TagihError`
        the number goes to the next letter. ``at`` is the moment of issue, as text.
        """
        done: list[Entry | Refused] = []
        with self._transaction():
            for wish in wishes:
                row = self._db.execute(
                    f"SELECT {_ENTRY} FROM letter"
                    " WHERE contract = ? AND kind = ? AND dated = ? AND origin = 'tagih'",
                    (wish.contract, wish.kind, wish.dated.isoformat()),
                ).fetchone()
                if row is not None:
                    done.append(_entry(row))
                    continue
                sequence = self._next(wish)
                number = letter_number(sequence, wish.kind, wish.unit, wish.dated)
                try:
                    made = make(wish, number)
                except TagihError as error:
                    done.append(Refused(wish, error))
                    continue
                done.append(self._enter(wish, number, sequence, made, at))
        return tuple(done)

    def _next(self, wish: Wish) -> int:
        last = self._db.execute(
            "SELECT max(sequence) FROM letter WHERE code = ? AND unit = ? AND year = ?",
            (kind_of(wish.kind).code, wish.unit, wish.dated.year),
        ).fetchone()[0]
        return (last or 0) + 1

    def _enter(self, wish: Wish, number: str, sequence: int, made: Made, at: str) -> Entry:
        content = hashlib.sha256(made.html.encode()).hexdigest()
        id = self._insert(
            origin="tagih",
            contract=wish.contract,
            debtor=wish.debtor,
            kind=wish.kind,
            number=number,
            code=kind_of(wish.kind).code,
            unit=wish.unit,
            year=wish.dated.year,
            sequence=sequence,
            dated=wish.dated.isoformat(),
            pay_by=wish.pay_by.isoformat(),
            state="pending",
            issued_at=at,
            html=zlib.compress(made.html.encode(), 3),
            figures=made.figures,
            fingerprint=made.fingerprint,
            template=made.template,
            content=content,
            about=made.about,
            short=made.short,
        )
        return Entry(
            id,
            wish.contract,
            wish.debtor,
            wish.kind,
            number,
            wish.dated,
            wish.pay_by,
            "pending",
            at,
            made.html,
            made.figures,
            made.fingerprint,
            made.template,
            content,
            made.about,
            made.short,
            "",
            "",
        )

    def _insert(self, **values: Any) -> int:
        empty = (
            "issued_at",
            "figures",
            "fingerprint",
            "template",
            "content",
            "about",
            "short",
            "pdf",
            "problem",
        )
        row = {**dict.fromkeys(empty, ""), **values}
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self._db.execute(f"INSERT INTO letter ({columns}) VALUES ({marks})", tuple(row.values()))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def made(self, results: Iterable[tuple[int, str, str]]) -> None:
        """Note PDFs that stand: (id, sha256, '') for each, or (id, '', what went wrong)."""
        with self._transaction():
            for id, pdf, problem in results:
                if problem:
                    self._db.execute(
                        "UPDATE letter SET problem = ? WHERE id = ? AND state = 'pending'", (problem, id)
                    )
                else:
                    self._db.execute(
                        "UPDATE letter SET state = 'made', pdf = ?, problem = '' WHERE id = ?", (pdf, id)
                    )

    # --- evidence -----------------------------------------------------------------------------

    def add_evidence(
        self,
        number: str,
        what: Literal["sent", "delivered", "returned"],
        on: date,
        *,
        at: str,
        recipient: str = "",
        relation: str = "",
        note: str = "",
    ) -> None:
        """Note that a letter was sent, delivered (to whom, in what relation) or returned.

        Raises:
            InputError: If there is no such letter, or ``on`` is before its date.
        """
        entry = self.entry(number)
        if on < entry.dated:
            raise InputError(
                "register.evidence",
                "letter {number} is dated {dated}; it cannot have been {what} on {on}",
                number=number,
                dated=entry.dated.isoformat(),
                what=what,
                on=on.isoformat(),
            )
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO evidence"
                " (letter, what, happened_on, recipient, relation, note, recorded_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (entry.id, what, on.isoformat(), recipient, relation, note, at),
            )

    # --- runs ---------------------------------------------------------------------------------

    def started(self, as_of: date, folder: str, options: str, *, at: str) -> None:
        """Note that a run has begun (again)."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO run (as_of, folder, started_at, finished, options) VALUES (?, ?, ?, 0, ?)"
                " ON CONFLICT (as_of, folder) DO UPDATE SET finished = 0, options = excluded.options",
                (as_of.isoformat(), folder, at, options),
            )

    def finished(self, as_of: date, folder: str) -> None:
        """Note that a run made everything it set out to make."""
        with self._transaction():
            self._db.execute(
                "UPDATE run SET finished = 1 WHERE as_of = ? AND folder = ?", (as_of.isoformat(), folder)
            )

    def unfinished(self) -> tuple[RunRow, ...]:
        """The runs that were begun and not finished, oldest first."""
        with self._explained():
            rows = self._db.execute(
                "SELECT as_of, folder, started_at, finished, options FROM run WHERE finished = 0"
                " ORDER BY as_of, folder"
            ).fetchall()
        return tuple(
            RunRow(date.fromisoformat(as_of), folder, started, bool(finished), options)
            for as_of, folder, started, finished, options in rows
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _entry(row: Sequence[Any]) -> Entry:
    values = list(row)
    values[5], values[6] = date.fromisoformat(values[5]), _day(values[6])
    values[9] = zlib.decompress(values[9]).decode() if values[9] else ""
    return Entry(*values)
