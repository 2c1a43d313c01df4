"""A large book in any of its formats as tables: aged without reading it row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl
from attrs import evolve, frozen

from tagih.files.book import Book, Rejected
from tagih.files.loading import MENDED, Draft, files_of
from tagih.files.settings import Settings, TableSettings, read_settings
from tagih.files.tables import TABLES
from tagih.parties import Lender
from tagih.policies import Policy, Rule, layered, load_rules
from tagih.policies.about import About
from tagih.policies.buckets import Buckets
from tagih.portfolio import compiled
from tagih.portfolio.aging import is_plain, summed
from tagih.portfolio.books import ELSEWHERE, LABELS, NAMES, TAG, Converted, converted, odd, some
from tagih.portfolio.many import answer, exact
from tagih.portfolio.names import ROW
from tagih.portfolio.soundness import unsound
from tagih.portfolio.stream import PART, Sources, answers, over
from tagih.portfolio.tables import Aside, Changed, Tables, lazy

FEW: Final = 3_000
"""Books of fewer contracts are read row by row, with every check of `tagih check`."""
LEAST: Final = 10
"""Bytes that a contract takes in a file, at least."""


@frozen
class Large:
    """A large book: where its tables are, whose it is, and the policy of each product ('': all).

    ``sources`` are without the contracts that were not there yet, ``every`` with them. ``labels`` are
    those of every contract (see `tagih.portfolio.books.LABELS`), in the order of the book.
    """

    folder: Path
    settings: Settings
    sources: Sources
    every: Sources
    labels: pl.LazyFrame
    contracts: int
    policies: dict[str, Policy]
    rejected: tuple[Rejected, ...] = ()
    kept: Converted | None = None
    """The tables that were made of other files; they are there as long as this is."""
    replaced: tuple[About, ...] = ()
    """Where the rules come from in whose place others are."""

    @property
    def lender(self) -> Lender:
        """Whose book it is."""
        return self.settings.lender

    @property
    def abouts(self) -> tuple[About, ...]:
        """Where every rule comes from."""
        found = {about.id: about for one in self.policies.values() for about in one.abouts()}
        found |= {about.id: about for about in self.replaced}
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


Suits = Callable[[Collection[Policy]], bool]
"""Whether books under these policies can be answered in columns."""


def lateness_gives_the_class(policies: Collection[Policy]) -> bool:
    """Whether nothing but lateness gives a contract its class, by one scheme for all."""
    schemes = [
        one.buckets
        for one in policies
        if one.buckets and is_plain(one.buckets) and not one.cure and not (one.caps and one.late_charge)
    ]
    return len(schemes) == len(policies) and len({scheme.about.id for scheme in schemes}) == 1


def lateness_gives_an_only_contract_its_class(policies: Collection[Policy]) -> bool:
    """The same of a debtor's only contract that was never restructured; ceilings may be the law's."""
    return lateness_gives_the_class(
        [
            evolve(one, caps=(), cure=None, buckets=one.buckets and evolve(one.buckets, one_obligor=None))
            for one in policies
        ]
    )


def a_scheme_gives_the_class(policies: Collection[Policy]) -> bool:
    """Whether every policy has a scheme that gives a contract its class, by whatever it asks of it."""
    return all(one.buckets for one in policies)


def anything(policies: Collection[Policy]) -> bool:
    """Where only positions are asked for, whatever gives a contract its class."""
    return True


def opened(
    folder: Path,
    as_of: date,
    suits: Suits = lateness_gives_the_class,
    *,
    accept: Collection[str] = (),
    compare: Collection[str] = (),
) -> Large | None:
    """The same with the rows that were ``rejected``, as the book's own reader rejects them.

    None too where its policies do not suit.

    Raises:
        PolicyError: If a rule is unknown, not in force or unverified.
    """
    settings = read_settings(folder)
    sources = _sources(folder, settings)
    if sources is None and not _may_be_large(folder, settings):
        return None
    policies = policies_of(folder, settings, as_of, accept=accept, compare=compare)
    if policies is None or not suits(policies.values()):
        return None
    if sources is None:
        made = converted(folder, FEW)
        if made is None:
            return None
        return _large(folder, settings, made.sources, made.contracts, policies, as_of, made)
    count = lazy(sources.contracts).select(pl.len()).collect().item()
    return None if count < FEW else _large(folder, settings, sources, count, policies, as_of, None)


def classable(
    folder: Path,
    as_of: date,
    *,
    scheme: Buckets | None = None,
    accept: Collection[str] = (),
    compare: Collection[str] = (),
) -> Large | None:
    """The same where every contract has a scheme, see `tagih.portfolio.classed`.

    With ``scheme`` in place of the policies' own; the cure after a restructure is a matter of the law's
    classes and is then left out.

    Raises:
        PolicyError: If a rule is unknown, not in force or unverified.
    """
    if scheme is None:
        return opened(folder, as_of, a_scheme_gives_the_class, accept=accept, compare=compare)
    found = opened(folder, as_of, anything, accept=accept, compare=compare)
    if found is None:
        return None
    changed = {name: evolve(one, buckets=scheme, cure=None) for name, one in found.policies.items()}
    return evolve(found, policies=changed, replaced=found.abouts)


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


def policies_of(
    folder: Path,
    settings: Settings,
    as_of: date,
    *,
    others: Sequence[Rule] = (),
    accept: Collection[str] = (),
    compare: Collection[str] = (),
) -> dict[str, Policy] | None:
    """The policy of each product, ``others`` in the place of those of their kind.

    None where a contract chooses its own.

    Raises:
        PolicyError: If a rule is unknown, not in force or unverified.
    """
    own = load_rules(folder / "policies") if (folder / "policies").is_dir() else ()
    refs = settings.policies
    if refs.contracts or settings.opening_on:
        return None
    products = {"": refs.default} | {name: (*refs.default, *more) for name, more in refs.products.items()}
    return {
        name: layered(*each, *others, on=as_of, accept=accept, compare=compare, among=own)
        for name, each in products.items()
    }


def _large(
    folder: Path,
    settings: Settings,
    sources: Sources,
    count: int,
    made: dict[str, Policy],
    as_of: date,
    kept: Converted | None,
) -> Large:
    contracts = lazy(sources.contracts)
    labels = kept.labels if kept else _labels(contracts)
    product = pl.col("product") if "product" in contracts.collect_schema() else pl.lit("")
    named = [name for name in made if name]
    chosen = pl.when(product.is_in(named)).then(product).otherwise(pl.lit("")).alias("policy")
    changed = Changed(sources.contracts, lambda frame: frame.with_columns(chosen))
    every = evolve(sources, contracts=changed)
    rejected = kept.rejected if kept else ()
    return Large(folder, settings, _begun(every, as_of), every, labels, count, made, rejected, kept)


def _labels(contracts: pl.LazyFrame) -> pl.LazyFrame:
    """What a table of contracts says of each beside its money."""
    schema = contracts.collect_schema()
    known = [
        (pl.col(name) if name in schema else pl.lit(None)).cast(kind).alias(name)
        for name, kind in LABELS.items()
    ]
    ours = TABLES["contracts"].names
    own = [pl.col(name).cast(pl.String).alias(TAG + name) for name in schema if name not in ours]
    return contracts.select(*known, *own)


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
        sources.values,
    )


def _sources(folder: Path, settings: Settings) -> Sources | None:
    """A book's own Parquet tables; None where they are others, or say what columns cannot tell."""
    if (folder / MENDED).is_dir():
        return None
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
    if _holds(found["contracts"], ELSEWHERE) or _holds(found["payments"], TABLES["payments"].components):
        return None
    return Sources(found["instalments"], found["payments"], found["events"], found["contracts"])


def _holds(table: str | None, names: Collection[str]) -> bool:
    """Whether any of these columns, or one of their kinds, holds anything."""
    if table is None:
        return False
    frame = lazy(table)
    those = [name for name in frame.collect_schema() if name.partition(":")[0] in names]
    return bool(those) and not frame.select(pl.all_horizontal(pl.col(those).is_null().all())).collect().item()


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


@frozen
class Lateness:
    """How late each contract of a part is, and which contracts columns cannot tell.

    ``late`` has ``contract``, ``days_past_due``, ``arrears`` (decimals) and ``oldest_due_on``. Among
    ``odd`` stands ``''`` for rows that name no contract; they are in no column of ``late``.
    """

    late: pl.DataFrame
    odd: frozenset[str]


def lateness(book: Large, as_of: date, *, part: int = PART, workers: int = 2) -> Iterator[Lateness]:
    """How late every contract is, part by part; those that may have bad rows are odd."""
    compiled.load()

    def of(given: Tables) -> Lateness:
        strange = strange_in(book, given)
        found = answer(begun(given, strange, as_of), book.policies, as_of)
        strange |= {single.contract.id for single in found.singles}
        strange |= {each.contract for each in found.aside}
        frame = found.positions.filter(~pl.col("contract").is_in(list(strange)))
        return Lateness(
            exact(frame.select("contract", "days_past_due", "arrears", "oldest_due_on")), frozenset(strange)
        )

    return over(book.every, of, part=part, workers=workers)


def strange_in(book: Large, given: Tables) -> set[str]:
    """The contracts of a part with rows that may be bad; what was made tables of has been looked at."""
    return odd(given) | unsound(given) if book.kept is None else {each.contract for each in given.aside}


def read_beside(book: Large, ids: Collection[str], standing: Collection[str]) -> Book:
    """Some contracts and those that tables cannot tell, with every debtor, record and rejected row.

    See `tagih.portfolio.books.some`.

    Raises:
        BookError: If the shape of a file is wrong.
    """
    read = some(book.folder, {*ids, *book.sources.values}, standing)
    if book.kept is None:
        return read
    others = [row for row in read.rejected if row.table not in NAMES]
    at = list(TABLES).index
    return evolve(read, rejected=tuple(sorted([*book.rejected, *others], key=lambda row: at(row.table))))


def begun(given: Tables, strange: Collection[str], as_of: date) -> Tables:
    """The tables without contracts signed after ``as_of``, and without some others."""
    later = given.contracts.filter(pl.col("signed_on") > as_of)["id"]
    return without(given, {*strange, *later}) if strange or len(later) else given


def without(given: Tables, ids: Collection[str]) -> Tables:
    """The tables without some contracts."""
    named = pl.Series(sorted(ids), dtype=pl.String).implode()
    kept = {
        name: getattr(given, name).filter(~pl.col("contract").is_in(named))
        for name in ("instalments", "payments", "events")
    }
    contracts = given.contracts.filter(~pl.col("id").is_in(named))
    return evolve(given, contracts=contracts, aside=(), **kept)


__all__ = [
    "Large",
    "Lateness",
    "a_scheme_gives_the_class",
    "aged",
    "anything",
    "begun",
    "classable",
    "large",
    "lateness",
    "lateness_gives_an_only_contract_its_class",
    "lateness_gives_the_class",
    "opened",
    "policies_of",
    "read_beside",
    "strange_in",
    "without",
]
