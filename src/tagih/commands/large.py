"""Commands on a large book: the same tables, from columns instead of row by row."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagih.commands.books import say_rejected
from tagih.commands.output import say

if TYPE_CHECKING:
    from tagih.reports.aging import AgingReport

COMPILING = {
    "id": "menyiapkan mesin portofolio (sekali saja, kira-kira setengah menit) …",
    "en": "preparing the portfolio engine (once, about half a minute) …",
}
ASIDE = {
    "id": "kontrak {id} disisihkan: {why}",
    "en": "contract {id} set aside: {why}",
}
MOST = 20
LEAST = 30_000  # bytes; a book of fewer is one of few contracts, and not worth loading the engine for


def may_be(book: Path) -> bool:
    """Whether a book may be one that is worked out in columns, and the extra for that is there."""
    size = sum(path.stat().st_size for path in book.rglob("*") if path.is_file())
    return size >= LEAST and bool(find_spec("polars") and find_spec("numba"))


def is_told_in_columns(book: Path, as_of: date, accept: Sequence[str], compare: Sequence[str]) -> bool:
    """Whether a book is one of no few contracts whose tables columns can take."""
    if not may_be(book):
        return False
    from tagih.portfolio.large import opened

    return opened(book, as_of, accept=accept, compare=compare) is not None


def prepare(lang: str) -> None:
    """Say so where the engine has to be compiled first."""
    from tagih.portfolio import compiled

    if not compiled.is_ready():
        say(COMPILING[lang])


def report(
    book: Path, as_of: date, lang: str | None, accept: Sequence[str], compare: Sequence[str], workers: int
) -> tuple[AgingReport, str, int] | None:
    """The aging report, the language to speak and how many were set aside; None for other books."""
    if not may_be(book):
        return None
    from tagih.portfolio.aging import table
    from tagih.portfolio.large import aged, opened
    from tagih.reports.aging import AgingReport

    found = opened(book, as_of, accept=accept, compare=compare)
    if found is None:
        return None
    spoken = lang or found.settings.language
    say_rejected(found.rejected, book, spoken)
    prepare(spoken)
    scheme = next(iter(found.policies.values())).buckets
    assert scheme is not None
    sums, done, gone = [], 0, 0
    for count, part, aside in aged(found, as_of, workers=workers):
        sums.append(part)
        done += count
        for each in aside[: max(MOST - gone, 0)]:
            say(ASIDE[spoken].format(id=each.contract, why=each.reason))
        gone += len(aside)
        if sys.stderr.isatty():
            click.echo(f"\r{done:,} / {found.contracts:,}", nl=False, err=True)
    if sys.stderr.isatty():
        click.echo(err=True)
    made = table(sums, scheme, as_of)
    return AgingReport(found.lender, made, (), found.abouts), spoken, gone + len(found.rejected)
