"""How commands open a book: what cannot be read is said on stderr, and the rest is used."""

from __future__ import annotations

from pathlib import Path

import click

from tagih.commands.messages import translate
from tagih.commands.output import say
from tagih.files import Book, read_book

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
    for complaint in book.complaints[:MOST]:
        say(translate(complaint.error, spoken))
    if book.rejected:
        say(TEXTS[spoken].format(count=len(book.rejected), book=path))
    return book, spoken


BOOK = click.argument("book", type=click.Path(exists=True, file_okay=False, path_type=Path))
"""The folder of a book."""
