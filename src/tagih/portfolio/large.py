"""A large book in any of its formats as tables: aged without reading it row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
from attrs import evolve, frozen

from tagih.files.book import Rejected
from tagih.files.loading import Draft, files_of
from tagih.files.settings import Settings, TableSettings, read_settings
from tagih.parties import Lender
from tagih.policies import Policy, layered, load_rules
from tagih.policies.about import About
from tagih.portfolio.aging import is_plain, summed
from tagih.portfolio.books import Converted, converted
from tagih.portfolio.many import exact
from tagih.portfolio.names import ROW
from tagih.portfolio.stream import PART, Sources, answers
from tagih.portfolio.tables import Aside, Changed, lazy

FEW: Final = 3_000
"""Books of fewer contracts are read row by row, with every check of `tagih check`."""
LEAST: Final = 10
"""Bytes that a contract takes in a file, at least."""


@frozen
class Large:
    """A large book: where its tables are, whose it is, and the policy of each product ('': all)."""

    settings: Settings
    sources: Sources
    contracts: int
    policies: dict[str, Policy]
    rejected: tuple[Rejected, ...] = ()
    kept: Converted | None = None
    """The tables that were made of other files; they are there as long as this is."""

    @property
    def lender(self) -> Lender:
        """Whose book it is."""
        return self.settings.lender

    @property
    def abouts(self) -> tuple[About, ...]:
        """Where every rule comes from."""
        found = {about.id: about for one in self.policies.values() for about in one.abouts()}
        return tuple(found[key] for key in sorted(found))


def large(
    folder: Path, as_of: date, *, accept: Collection[str] = (), compare: Collection[str] = ()
) -> Large | None:
    """The book as tables; None where it is small, has bad rows, or says what tables cannot take.

    Raises:
        PolicyError: If a rule is unknown, not in force or unverified.
    """
    found = opened(folder, as_of, accept=accept, compare=compare)
    return None if found is None or found.rejected else found


def opened(
    folder: Path, as_of: date, *, accept: Collection[str] = (), compare: Collection[str] = ()
) -> Large | None:
    """The same with the rows that were ``rejected``, as the book's own reader rejects them.

    Raises:
        PolicyError: If a rule is unknown, not in force or unverified.
    """
    settings = read_settings(folder)
    sources = _sources(folder, settings)
    if sources is None and not _may_be_large(folder, settings):
        return None
    policies = _policies(folder, settings, as_of, accept, compare)
    if policies is None:
        return None
    if sources is None:
        made = converted(folder, FEW)
        return None if made is None else _large(settings, made.sources, made.contracts, policies, as_of, made)
    count = lazy(sources.contracts).select(pl.len()).collect().item()
    return None if count < FEW else _large(settings, sources, count, policies, as_of, None)


def own_tables(folder: Path) -> Sources | None:
    """The tables of a book of no few contracts as they stand: Parquet under our own column names."""
    sources = _sources(folder, read_settings(folder))
    if sources is None or lazy(sources.contracts).select(pl.len()).collect().item() < FEW:
        return None
    return sources


def _may_be_large(folder: Path, settings: Settings) -> bool:
    """Whether the contracts' files have room for more than a few contracts."""
    files = files_of(folder, "contracts", settings.table("contracts"), Draft())
    return sum(path.stat().st_size for path in files) >= FEW * LEAST


def _policies(
    folder: Path, settings: Settings, as_of: date, accept: Collection[str], compare: Collection[str]
) -> dict[str, Policy] | None:
    """The policy of each product; None where it takes more than lateness to give a contract its class."""
    own = load_rules(folder / "policies") if (folder / "policies").is_dir() else ()
    refs = settings.policies
    if refs.contracts or settings.opening_on:
        return None
    products = {"": refs.default} | {name: (*refs.default, *more) for name, more in refs.products.items()}
    made = {
        name: layered(*each, on=as_of, accept=accept, compare=compare, among=own)
        for name, each in products.items()
    }
    for one in made.values():
        if one.buckets is None or not is_plain(one.buckets) or one.cure or (one.caps and one.late_charge):
            return None
    if len({one.buckets.about.id for one in made.values() if one.buckets}) > 1:
        return None
    return made


def _large(
    settings: Settings,
    sources: Sources,
    count: int,
    made: dict[str, Policy],
    as_of: date,
    kept: Converted | None,
) -> Large:
    contracts = lazy(sources.contracts)
    product = pl.col("product") if "product" in contracts.collect_schema() else pl.lit("")
    named = [name for name in made if name]
    chosen = pl.when(product.is_in(named)).then(product).otherwise(pl.lit("")).alias("policy")
    changed = Changed(sources.contracts, lambda frame: frame.with_columns(chosen))
    sources = _begun(evolve(sources, contracts=changed), as_of)
    return Large(settings, sources, count, made, kept.rejected if kept else (), kept)


def _begun(sources: Sources, as_of: date) -> Sources:
    """The tables without the contracts signed after ``as_of``: they were not there yet."""
    contracts = lazy(sources.contracts)
    if "signed_on" not in contracts.collect_schema():
        return sources
    later = contracts.filter(pl.col("signed_on") > as_of).select("id").collect()["id"].implode()
    if not len(later.item()):
        return sources

    def without(source: Any) -> Any:
        rows = None if source is None else lazy(source).with_row_index(ROW)
        return None if rows is None else rows.filter(~pl.col("contract").is_in(later))

    return Sources(
        without(sources.instalments),
        without(sources.payments),
        without(sources.events),
        contracts.filter(~pl.col("id").is_in(later)),
    )


def _sources(folder: Path, settings: Settings) -> Sources | None:
    found: dict[str, str | None] = {}
    plain = TableSettings(format=settings.format)
    for name in ("contracts", "instalments", "payments", "events"):
        table = settings.table(name)
        if table.columns or table.constants or table.values or table.ignore:
            return None
        files = table.files or plain.files or (f"{name}.parquet",)
        if len(files) != 1 or not files[0].endswith(".parquet"):
            return None
        found[name] = str(folder / files[0]) if any(folder.glob(files[0])) else None
    others = {"opening", "new_instalments"}
    if (
        any(any(folder.glob(f"{name}.*")) for name in others)
        or not found["contracts"]
        or not found["instalments"]
    ):
        return None
    if found["events"] and not _told(found["events"]):
        return None
    return Sources(found["instalments"], found["payments"], found["events"], found["contracts"])


def _told(events: str) -> bool:
    """Whether tables can tell every kind of event in the book."""
    from tagih.portfolio.tables import RANKS

    return bool(lazy(events).select(pl.col("kind").is_in(list(RANKS)).all()).collect().item())


def aged(
    book: Large, as_of: date, *, workers: int = 2
) -> Iterator[tuple[int, pl.DataFrame, tuple[Aside, ...]]]:
    """Sums by class (see `tagih.portfolio.aging.summed`), part by part: contracts done, sums, set aside."""
    scheme = next(iter(book.policies.values())).buckets
    assert scheme is not None
    part = min(PART, max(FEW, book.contracts // workers + 1))
    known: dict[tuple[object, ...], str] = {}
    for found in answers(book.sources, book.policies, as_of, part=part, workers=workers):
        frame: Any = found.positions
        yield frame.height + len(found.aside), summed(frame, scheme, as_of, known=known), found.aside


OnTime = tuple[str, int, Decimal, date | None]


def on_time(book: Large, as_of: date, *, part: int = PART, workers: int = 2) -> Iterator[list[OnTime]]:
    """The contracts that are not late or owe no arrears, part by part.

    Each with its days past due, its arrears and its oldest due date.
    """
    for found in answers(book.sources, book.policies, as_of, part=part, workers=workers):
        frame = exact(found.positions.filter((pl.col("days_past_due") <= 0) | (pl.col("arrears") <= 0)))
        yield frame.select("contract", "days_past_due", "arrears", "oldest_due_on").rows()


__all__ = ["Large", "aged", "large", "on_time", "opened"]
