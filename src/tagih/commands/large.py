"""Commands on a large book: the same tables, from columns instead of row by row."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from tagih.commands.books import say_rejected
from tagih.commands.output import say

if TYPE_CHECKING:
    from tagih.policies.buckets import Buckets
    from tagih.portfolio.large import Large
    from tagih.portfolio.tables import Aside
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
    from tagih.portfolio.large import lateness_gives_an_only_contract_its_class as suits
    from tagih.portfolio.large import opened

    return opened(book, as_of, suits, accept=accept, compare=compare) is not None


def prepare(lang: str) -> None:
    """Say so where the engine has to be compiled first."""
    from tagih.portfolio import compiled

    if not compiled.is_ready():
        say(COMPILING[lang])


@frozen
class Aging:
    """The aging of a large book, a report a scheme; its debtors' names; how much of it is missing."""

    reports: tuple[AgingReport, ...]
    names: Mapping[str, str]
    lang: str
    missing: int


@frozen
class Question:
    """What is asked of a large book: when, by which rules and scheme (None: its own), in which language."""

    book: Path
    as_of: date
    scheme: Buckets | None
    lang: str | None
    accept: tuple[str, ...]
    compare: tuple[str, ...]
    workers: int


def table(asked: Question) -> Aging | None:
    """The aging by class, without a row for each contract; None for books that are told otherwise."""
    found = _classable(asked)
    if found is None:
        return None
    from tagih.portfolio import aging, classed
    from tagih.portfolio.large import aged, lateness_gives_the_class
    from tagih.reports.aging import AgingReport

    book, as_of, workers = asked.book, asked.as_of, asked.workers
    spoken = asked.lang or found.settings.language
    say_rejected(found.rejected, book, spoken)
    prepare(spoken)
    schemes, bar = classed.schemes_of(found), _Bar(found.contracts, spoken)
    sums: list[Mapping[str, Any]] = []
    if lateness_gives_the_class(found.policies.values()):
        (only,) = schemes
        for count, part, aside in aged(found, as_of, workers=workers):
            bar.done(count, aside)
            sums.append({only: part})
    else:
        held = []
        for each in classed.classed(found, as_of, workers=workers):
            bar.done(each.contracts, each.aside)
            held.append(each.held)
            sums.append(classed.sums(each.known, schemes, as_of))
        last = classed.together(held, schemes)
        sums += [] if last is None else [classed.sums(last, schemes, as_of)]
    bar.end()
    reports = []
    for id, scheme in schemes.items():
        own = [one[id] for one in sums if id in one]
        if own:
            made = aging.table(own, scheme, as_of)
            reports.append(AgingReport(found.lender, made, (), found.abouts))
    return Aging(tuple(reports), {}, spoken, bar.gone + len(found.rejected))


def listed(asked: Question) -> Aging | None:
    """The aging with every contract in it; None for books that are told otherwise."""
    found = _classable(asked)
    if found is None:
        return None
    from tagih.aging import aging_table
    from tagih.portfolio import classed
    from tagih.portfolio.large import read_beside
    from tagih.reports.aging import AgingReport

    book, as_of, workers = asked.book, asked.as_of, asked.workers
    spoken = asked.lang or found.settings.language
    beside = read_beside(found, (), frozenset(found.labels.select("id").collect()["id"]))
    say_rejected(beside.rejected, book, spoken)
    prepare(spoken)
    schemes, bar = classed.schemes_of(found), _Bar(found.contracts, spoken)
    frames, held = [], []
    for part in classed.classed(found, as_of, workers=workers):
        bar.done(part.contracts, part.aside)
        held.append(part.held)
        frames.append(part.known)
    last = classed.together(held, schemes)
    every = classed.aged([*frames, *([] if last is None else [last])], found, as_of)
    bar.end()
    reports = tuple(
        AgingReport(found.lender, aging_table(own, schemes[id]), own, found.abouts)
        for id, own in every.items()
    )
    names = {debtor.id: debtor.name for debtor in beside.debtors.values()}
    return Aging(reports, names, spoken, bar.gone + len(beside.rejected))


def _classable(asked: Question) -> Large | None:
    if not may_be(asked.book):
        return None
    from tagih.portfolio.large import classable

    return classable(asked.book, asked.as_of, scheme=asked.scheme, accept=asked.accept, compare=asked.compare)


class _Bar:
    """How many contracts are done, on a terminal; and those set aside, said and counted."""

    def __init__(self, contracts: int, lang: str) -> None:
        self.contracts, self.lang, self.count, self.gone = contracts, lang, 0, 0

    def done(self, count: int, aside: Sequence[Aside]) -> None:
        self.count += count
        for each in aside[: max(MOST - self.gone, 0)]:
            say(ASIDE[self.lang].format(id=each.contract, why=each.reason))
        self.gone += len(aside)
        if sys.stderr.isatty():
            click.echo(f"\r{self.count:,} / {self.contracts:,}", nl=False, err=True)

    def end(self) -> None:
        if sys.stderr.isatty():
            click.echo(err=True)
