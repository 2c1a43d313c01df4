"""How commands open a book: what cannot be read is said on stderr, and the rest is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import define

from tagih.commands.messages import translate
from tagih.commands.output import progress, say
from tagih.files import Book, Rejected, read_book

if TYPE_CHECKING:
    from tagih.ledger import Position

MOST = 20
"""Complaints shown by commands that do something else with the book; `tagih check` shows all."""

TEXTS = {
    "id": "{count} baris ditolak; jalankan `tagih check {book}` untuk semuanya",
    "en": "{count} rows rejected; run `tagih check {book}` to see all",
}


def open_book(path: Path, lang: str | None) -> tuple[Book, str]:
    """The book, and the language to speak: the one asked for, else the book's."""
    book = read_book(path)
    spoken = lang or book.settings.language
    say_rejected(book.rejected, path, spoken)
    return book, spoken


def say_rejected(rejected: Sequence[Rejected], path: Path, lang: str) -> None:
    """The first complaints, and how many rows were rejected."""
    complaints = (complaint for row in rejected for complaint in row.complaints)
    for complaint in islice(complaints, MOST):
        say(translate(complaint.error, lang))
    if rejected:
        say(TEXTS[lang].format(count=len(rejected), book=path))


ASIDE = {
    "id": "kontrak {id} disisihkan: {why}",
    "en": "contract {id} set aside: {why}",
}


@define
class Replay:
    """A book's positions for a command: complaints go to stderr, and the count is kept.

    ``end`` makes the exit code 1 when a row was rejected or a contract set aside, because then
    the figures are not of the whole book.
    """

    book: Book
    lang: str
    set_aside: int = 0

    def positions(
        self,
        as_of: date,
        *,
        accept: Sequence[str] = (),
        compare: Sequence[str] = (),
        as_printed: bool = False,
    ) -> Iterator[Position]:
        """Every position that can be had, with a bar on a terminal.

        ``as_printed`` counts only what was recorded by the end of ``as_of``.
        """
        from tagih.portfolio.book import SetAside, end_of, replayed

        known = end_of(self.book, as_of) if as_printed else None
        every = replayed(self.book, as_of, accept=accept, compare=compare, known=known)
        for found in progress(every, as_of.isoformat(), length=len(self.book.contracts)):
            if isinstance(found, SetAside):
                self.set_aside += 1
                why = translate(found.error, self.lang)
                say(ASIDE[self.lang].format(id=found.contract_id, why=why))
            else:
                yield found

    def end(self) -> None:
        """Exit 1 unless every row was read and every contract replayed."""
        if self.book.rejected or self.set_aside:
            raise click.exceptions.Exit(1)


BOOK = click.argument("book", type=click.Path(exists=True, file_okay=False, path_type=Path))
"""The folder of a book."""
