"""The month of a large book: worked out in columns, part by part, and the same to the last rupiah.

A book in any of its formats, under any column names, where lateness alone gives the class: Parquet
under our own names as it is, others as `tagih.portfolio.books` makes tables of them. Contracts that
columns cannot tell (write-offs, restructures, promises, letters on file, …) are read from the same
files as a small book, and worked out one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from shutil import copy, copytree
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl
from attrs import evolve, field, frozen

from tagih.aging import AgingRow
from tagih.bridge import LINES, Bridge, Entry
from tagih.contracts import Component
from tagih.errors import InputError
from tagih.files import Book, read_book
from tagih.files.book import TableCount
from tagih.files.complaints import BookError
from tagih.files.loading import Draft, load
from tagih.files.sheets import SUFFIXES
from tagih.files.tables import TABLES
from tagih.ledger import Position, replay
from tagih.ledger.position import Amounts
from tagih.letters.ladder import Case, Choice, choose
from tagih.letters.planning import case_of, ladder_of
from tagih.policies import Buckets, Ladder, Policy
from tagih.policies.about import About
from tagih.portfolio import compiled
from tagih.portfolio.book import SetAside
from tagih.portfolio.books import FILE, NAMES, some
from tagih.portfolio.large import Large, lateness_gives_an_only_contract_its_class, opened
from tagih.portfolio.names import ROW
from tagih.portfolio.stream import over
from tagih.portfolio.tables import Aside, Tables, lazy
from tagih.promises import PromiseRule, PromiseVerdict
from tagih.quality import with_law
from tagih.reports import vintage
from tagih.reports.columns import Asked, Facts, Sums, facts_of, strangers
from tagih.reports.month import Month, ends_of, no_month, worked_out
from tagih.reports.performance import Receipt, Restructured
from tagih.reports.ratios import Collected, Rate, Recovered
from tagih.reports.snapshot import Snapshot, Trend, days_scheme, snapshot
from tagih.slik import SlikRow

PART: Final = 10_000
"""Contracts to a part: with two at work, some hundred megabytes."""
RECORDS: Final = ("collateral", "letters", "holds", "promises", "arrangements", "assignments")
"""Tables whose contracts are told one by one."""


TAG: Final = "tag "
"""Before the lender's own labels, while they stand beside columns of ours."""

Parts = Iterable[tuple[Facts, ...]]


@frozen(slots=False)
class LargeMonth(Month):
    """A month told in columns (``told``), with those that columns cannot tell beside it (``beside``).

    ``policies`` are those in force at the closing with the law's rules, by product; ``order`` is each
    contract's place in the book.
    """

    told: tuple[Facts, ...] = field(kw_only=True)
    beside: Month = field(kw_only=True)
    policies: Mapping[str, Policy] = field(kw_only=True)
    order: Mapping[str, int] = field(kw_only=True)
    cases: Mapping[str, Case] = field(kw_only=True)
    more: tuple[vintage.FirstPayment, ...] = field(kw_only=True)
    trends: tuple[Trend, ...] = field(kw_only=True)

    @property
    def trend(self) -> tuple[Trend, ...]:
        """The month ends up to the closing, oldest first."""
        return self.trends

    @cached_property
    def curves(self) -> tuple[vintage.Point, ...]:
        """The curve of each cohort booked since the history begins."""
        days = [each.as_of for each in self.beside.history]
        sums: dict[tuple[str, int], list[Any]] = {}
        for facts in self.told:
            for (name, at), (bad, lent, late, count) in facts.curves.items():
                year, month = map(int, name.split("-"))
                age = 12 * (days[at].year - year) + days[at].month - month
                _add(sums, (name, age), (_rupiah(bad), _rupiah(lent), late, count))
        for point in self.beside.curves:
            key = point.cohort, point.month_on_book
            _add(sums, key, (point.rate.part, point.rate.whole, point.late, point.contracts))
        return tuple(
            vintage.Point(name, age, Rate("vintage", name, bad, lent, count), late, count)
            for (name, age), (bad, lent, late, count) in sorted(sums.items())
        )

    @cached_property
    def aged(self) -> tuple[tuple[AgingRow, ...], tuple[AgingRow, ...]]:
        """The aging by class, and by bucket of days past due, empty ones too."""
        by_class, by_days = (
            _aging([facts.by_class for facts in self.told], self.closing.classes),
            _aging([facts.by_days for facts in self.told], self.closing.buckets),
        )
        if not self.beside.after:
            return by_class, by_days
        more = [{row.code: row for row in rows} for rows in self.beside.aged]
        return (
            tuple(row.plus(more[0][row.code]) if row.code in more[0] else row for row in by_class),
            tuple(row.plus(more[1][row.code]) for row in by_days),
        )

    @cached_property
    def registered(self) -> tuple[SlikRow, ...]:
        """What a credit register asks of each contract that is still carried."""
        return self._in_order(
            (*(row for facts in self.told for row in facts.register), *self.beside.registered),
            lambda row: row.contract_id,
        )

    @cached_property
    def restructures(self) -> tuple[Restructured, ...]:
        """Every restructure that stands, and how the contract behaved since."""
        return self.beside.restructures

    @cached_property
    def cash(self) -> Decimal:
        """The month's cash as the ledger has it."""
        return _rupiah(sum(facts.cash for facts in self.told)) + self.beside.cash

    @cached_property
    def schemes(self) -> tuple[Buckets, ...]:
        """The class scheme in use."""
        return tuple(
            {id(each.buckets): each.buckets for each in self.policies.values() if each.buckets}.values()
        )

    @cached_property
    def sources(self) -> tuple[About, ...]:
        """Every rule that was used, by id."""
        found = {about.id: about for each in self.policies.values() for about in each.abouts()}
        return tuple(found[key] for key in sorted(found))

    @cached_property
    def bridges(self) -> tuple[Bridge, ...]:
        """The bridge of the outstanding."""
        (scheme,) = self.schemes
        flows: dict[tuple[str, str], dict[Component, int]] = {}
        ends: tuple[dict[str, dict[Component, int]], ...] = ({}, {})
        held = [Decimal(0)] * 4
        for facts in self.told:
            for (line, code, part), amount in facts.flows.items():
                parts = flows.setdefault((line, code), {})
                parts[part] = parts.get(part, 0) + amount
            for sums, given in zip(ends, (facts.before, facts.after), strict=True):
                for (code, part), amount in given.items():
                    parts = sums.setdefault(code, {})
                    parts[part] = parts.get(part, 0) + amount
            held = [one + _rupiah(more) for one, more in zip(held, facts.unapplied, strict=True)]
        entries = [
            Entry("", line, code, _amounts(parts))
            for (line, code), parts in sorted(flows.items(), key=lambda item: LINES.index(item[0][0]))
        ]
        before, after = ([(code, _amounts(parts)) for code, parts in sums.items()] for sums in ends)
        for bridge in self.beside.bridges:
            entries += bridge.entries
            before += bridge.before
            after += bridge.after
            held = [one + more for one, more in zip(held, bridge.unapplied, strict=True)]
        return (
            Bridge(
                self.opening.as_of, self.closing.as_of, self.closing.currency, scheme, tuple(entries),
                tuple(before), tuple(after), (held[0], held[1], held[2], held[3]),
            ),
        )  # fmt: skip

    @cached_property
    def collected(self) -> tuple[Collected, ...]:
        """What was to be collected and what became of it, contract by contract."""
        found = (one for facts in self.told for one in facts.collected)
        return self._in_order((*found, *self.beside.collected), lambda one: one.contract_id)

    @cached_property
    def recovered(self) -> tuple[Recovered, ...]:
        """What came in of write-offs, contract by contract."""
        return self.beside.recovered

    @cached_property
    def receipts(self) -> tuple[Receipt, ...]:
        """Every payment that changed the month's cash."""
        found = (
            Receipt(payment, contract, day, self.holder(contract, day), amount)
            for facts in self.told
            for payment, contract, day, amount in facts.receipts
        )
        return self._in_order((*found, *self.beside.receipts), lambda one: one.contract_id)

    @cached_property
    def verdicts(self) -> tuple[PromiseVerdict, ...]:
        """The promises whose deadline fell in the month."""
        return self.beside.verdicts

    @cached_property
    def agreed(self) -> tuple[PromiseVerdict, ...]:
        """Every payment of every arrangement."""
        return self.beside.agreed

    @cached_property
    def letters(self) -> tuple[Choice, ...]:
        """Which letter each contract is due at the closing, or why none."""
        end = self.closing.as_of
        ladders = {name: ladder_of(policy, end) for name, policy in self.policies.items()}
        oldest = {key: day for facts in self.told for key, day in facts.oldest.items()}
        keys = {name: repr(ladder) for name, ladder in ladders.items()}
        groups: dict[str, tuple[Ladder, list[Case]]] = {}
        for account in self.closing.accounts:
            case = self.cases.get(account.contract_id)
            if case is None:
                case = Case(
                    account.contract_id,
                    account.debtor_id,
                    account.days_past_due,
                    account.arrears,
                    oldest.get(account.contract_id),
                )
            product = account.label("product")
            name = product if product in ladders else ""
            groups.setdefault(keys[name], (ladders[name], []))[1].append(case)
        found = {
            choice.contract_id: choice
            for ladder, cases in groups.values()
            for choice in choose(cases, ladder, end)
        }
        return tuple(found[account.contract_id] for account in self.closing.accounts)

    @cached_property
    def first_payments(self) -> tuple[vintage.FirstPayment, ...]:
        """First, second and third payments of what was booked since the history begins."""
        return (*(one for facts in self.told for one in facts.first), *self.more)

    def _in_order(self, found: Iterable[Any], key: Callable[[Any], str]) -> tuple[Any, ...]:
        return tuple(sorted(found, key=lambda one: self.order[key(one)]))


def _add(sums: dict[Any, list[Any]], key: Any, more: Iterable[Any]) -> None:
    had = sums.get(key)
    sums[key] = list(more) if had is None else [one + other for one, other in zip(had, more, strict=True)]


def _rupiah(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


def _amounts(parts: Mapping[Component, int]) -> Amounts:
    return Amounts(tuple((part, _rupiah(amount)) for part, amount in parts.items()))


def _aging(found: Iterable[Sums], buckets: Iterable[Any]) -> tuple[AgingRow, ...]:
    total = Sums()
    for each in found:
        total.add(each)
    made: dict[tuple[str, str], dict[Component, int]] = {}
    for (code, name, part), amount in total.amounts.items():
        made.setdefault((code, name), {})[part] = amount
    return tuple(
        AgingRow(
            bucket.code,
            bucket.name,
            total.contracts.get(bucket.code, 0),
            **{
                name: _amounts(made.get((bucket.code, name), {}))
                for name in ("arrears", "due_today", "not_due", "outstanding")
            },
            unapplied=_rupiah(total.unapplied.get(bucket.code, 0)),
        )
        for bucket in buckets
    )


# --- working it out ---------------------------------------------------------------------------------


def large_month(
    folder: Path,
    as_of: date,
    *,
    months: int = 12,
    currency: str = "",
    accept: Collection[str] = (),
    compare: Collection[str] = (),
    promise_rule: PromiseRule | None = None,
    workers: int = 2,
    watch: Callable[[Parts, int], Parts] = lambda parts, count: parts,
) -> LargeMonth | None:
    """The month of a large book, as `tagih.reports.month.month` tells that of a small one.

    None where the book is small, or says what columns cannot tell of any contract: classes by more
    than days past due and one obligor, rules of conduct for letters, other currencies. ``watch`` sees
    each part as it is done, and how many there are; ``workers`` parts are in work at a time.

    Raises:
        InputError: If there is nothing to report.
        PolicyError: If a rule is unknown, not in force or unverified.
    """
    days = ends_of(as_of, months)

    def at(day: date) -> Large | None:
        suits = lateness_gives_an_only_contract_its_class
        return opened(folder, day, suits, accept=accept, compare=compare)

    if at(days[-1]) is None:
        return None
    books = [at(day) for day in days]
    books[-1] = found = _labelled(folder, books[-1])
    if found is None or currency not in ("", "IDR") or not _can_be_told(folder, books):
        return None
    scheme = next(iter(found.policies.values())).buckets
    assert scheme is not None
    contracts = lazy(found.sources.contracts)
    labels = _labels(contracts)
    signed = labels["signed_on"]
    ends = [day for day in days if signed.null_count() or (signed.min() or date.max) <= day]  # type: ignore[operator]
    if len(ends) < 2:
        raise no_month(as_of, ["IDR"] if ends else [])
    kept = [book for book, day in zip(books, days, strict=True) if day in ends and book is not None]
    lender = found.lender.lender_type
    asked = Asked(
        days=tuple(ends),
        policies=tuple(book.policies for book in kept),
        scheme=scheme,
        buckets=days_scheme(),
        provisions=tuple(
            {name: with_law(policy, lender, day).provision for name, policy in book.policies.items()}
            for book, day in zip(kept[-2:], ends[-2:], strict=True)
        ),
        since=ends[0].replace(day=1),
        skip=_recorded(folder, found)
        | (found.kept.incomplete if found.kept else frozenset())
        | (frozenset() if scheme.one_obligor is None else _of_several(labels)),
    )
    compiled.load()
    named = labels.drop("signed_on")
    parts = -(-found.contracts // PART)
    odd: list[Aside] = []

    def part(given: Tables) -> tuple[Facts, ...]:
        odd.extend(strangers(given))
        return facts_of(given, named, asked)

    every = over(found.sources, part, part=PART, workers=workers)
    told = tuple(one for each in watch(every, parts) for one in each)
    made = _joined(folder, found, asked, told, labels, accept, compare, promise_rule or PromiseRule())
    lost = {each.contract: each for each in odd if each.contract not in made.order}
    aside = (SetAside(key, InputError("report.row", "{why}", why=lost[key].reason)) for key in sorted(lost))
    return evolve(made, aside=(*made.aside, *aside))


def _can_be_told(folder: Path, books: list[Large | None]) -> bool:
    """Whether columns can tell the month: one class scheme of days past due alone, and the rest of it."""
    known = [book for book in books if book is not None]
    if len(known) != len(books) or (folder / "mended").exists():
        return False
    schemes = {
        one.buckets.about.id: one.buckets for book in known for one in book.policies.values() if one.buckets
    }
    scales = [scale for scheme in schemes.values() for scale in scheme.scales]
    if len(schemes) != 1 or len(scales) != 1 or scales[0].measure != "days_past_due":
        return False
    for policy in known[-1].policies.values():
        rule = policy.arrears
        if rule.days != "calendar" or set(rule.held_open_by) != {"principal", "interest"} or policy.conduct:
            return False
    columns = lazy(known[-1].sources.contracts).collect_schema()
    if "judgement" in columns or "policies" in columns or "opening_on" in columns:
        return False
    if "currency" in columns:
        money = pl.col("currency").fill_null("IDR")
        if not lazy(known[-1].sources.contracts).select((money == "IDR").all()).collect().item():
            return False
    debtors = _pattern(known[-1], "debtors")
    if known[-1].kept is None and not any(folder.glob(debtors)) and any(folder.glob("debtors.*")):
        return False
    return known[-2].policies == known[-1].policies


def _pattern(book: Large, table: str) -> str:
    """The files of a table."""
    return (*book.settings.table(table).files, f"{table}.parquet")[0]


def _labelled(folder: Path, book: Large | None) -> Large | None:
    """A book that was made tables of, with what else its contracts' rows hold, in their own order.

    None where a label has a name of ours.
    """
    if book is None or book.kept is None:
        return book
    words = _words(folder, book, "contracts")
    contracts = lazy(book.sources.contracts).collect().drop(ROW, FILE, "purpose", "size")
    if not {"policy", *contracts.columns}.isdisjoint(words.columns[1:]) or any(
        name.removeprefix(TAG) in {"policy", *TABLES["contracts"].names}
        for name in words.columns
        if name.startswith(TAG)
    ):
        return None
    words = words.rename(lambda name: name.removeprefix(TAG))
    made = words.join(contracts, on="id", how="inner", maintain_order="left")
    return evolve(book, sources=evolve(book.sources, contracts=made.lazy())) if made.height else None


def _words(folder: Path, book: Large, table: str) -> pl.DataFrame:
    """What the rows of a table hold beside what columns reckon with, as words: a row an id, in their order.

    The lender's own labels are marked with `TAG`.
    """
    rows = load(folder, table, book.settings, Draft()) or ()
    held = set(lazy(book.sources.contracts).collect_schema().names()) if table == "contracts" else set()
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        id = row.get("id")
        if id is None or id in found:
            continue
        values = {name: str(value) for name, value in row.values.items() if " " not in name}
        found[id] = {name: value for name, value in values.items() if name == "id" or name not in held}
        found[id] |= {TAG + name: value for name, value in row.extras}
    names = dict.fromkeys(["id", *(name for each in found.values() for name in each)])
    return pl.DataFrame(
        {name: pl.Series([each.get(name) for each in found.values()], dtype=pl.String) for name in names}
    )


def _labels(contracts: pl.LazyFrame) -> pl.DataFrame:
    """What a report shows of each contract beside its money: debtor, product, and the lender's own labels."""
    schema = contracts.collect_schema()
    ours = {*TABLES["contracts"].names, "policy"}
    made = [
        pl.col("id").cast(pl.String),
        *(
            (pl.col(name) if name in schema else pl.lit(None)).cast(pl.String).alias(name)
            for name in ("debtor", "product")
        ),
        (pl.col("signed_on") if "signed_on" in schema else pl.lit(None)).cast(pl.Date).alias("signed_on"),
        *(pl.col(name).cast(pl.String) for name in schema if name not in ours),
    ]
    return contracts.select(made).collect()


def _records(folder: Path, book: Large, table: str) -> list[Path]:
    own = book.settings.table(table).files or tuple(f"{table}{suffix}" for suffix in SUFFIXES)
    return sorted({path for pattern in own for path in folder.glob(pattern)})


def _recorded(folder: Path, book: Large) -> frozenset[str]:
    """The contracts of which the book holds letters, holds, promises, arrangements or assignments."""
    if not any(_records(folder, book, table) for table in RECORDS):
        return frozenset()
    draft = Draft()
    rows = [row for table in RECORDS for row in load(folder, table, book.settings, draft) or ()]
    if draft.structural:
        raise BookError(draft.structural)
    return frozenset(row.get("contract") for row in rows if row.get("contract") is not None)


def _of_several(labels: pl.DataFrame) -> frozenset[str]:
    """The contracts of debtors who have several: where one pulls the others they are told together."""
    named = labels.filter(pl.col("debtor").is_not_null())
    return frozenset(named.filter(pl.col("debtor").is_duplicated())["id"])


def _called(folder: Path, book: Large) -> frozenset[str]:
    """The contracts that the log of contacts names."""
    rows = load(folder, "contacts", book.settings, Draft()) or ()
    return frozenset(row.get("contract") for row in rows if row.get("contract") is not None)


def _some(folder: Path, book: Large, ids: Collection[str]) -> Book:
    """Some contracts of the book, read as a small book is, with every record that the book holds."""
    if book.kept is not None:
        made = some(folder, ids)
        others = [row for row in made.rejected if row.table not in NAMES]
        at = list(TABLES).index
        rejected = sorted([*book.rejected, *others], key=lambda row: at(row.table))
        return evolve(made, rejected=tuple(rejected))
    named = pl.Series(sorted(ids), dtype=pl.String).implode()
    with TemporaryDirectory(prefix="tagih-") as scratch:
        small = Path(scratch)
        for path in folder.iterdir():
            if path.is_file() and path.suffix != ".parquet":
                copy(path, small)
        if (folder / "policies").is_dir():
            copytree(folder / "policies", small / "policies")
        for table in (*RECORDS, "contacts"):
            for path in _records(folder, book, table):
                copy(path, small)
        for table in ("contracts", "instalments", "payments", "events"):
            own = pl.col("id" if table == "contracts" else "contract").is_in(named)
            for path in sorted(folder.glob(_pattern(book, table))):
                pl.scan_parquet(path).filter(own).collect().write_parquet(small / path.name)
        files = sorted(small.glob(_pattern(book, "contracts")))
        owing = pl.scan_parquet(files).collect()
        known = owing["debtor"].cast(pl.String).implode() if "debtor" in owing else named.clear()
        for path in sorted(folder.glob(_pattern(book, "debtors"))):
            pl.scan_parquet(path).filter(pl.col("id").is_in(known)).collect().write_parquet(small / path.name)
        return evolve(read_book(small), path=folder)


def _joined(
    folder: Path,
    book: Large,
    asked: Asked,
    told: tuple[Facts, ...],
    labels: pl.DataFrame,
    accept: Collection[str],
    compare: Collection[str],
    promise_rule: PromiseRule,
) -> LargeMonth:
    """The parts together, and beside them those that columns cannot tell."""
    ids = labels["id"].to_list()
    order = {contract_id: at for at, contract_id in enumerate(ids)}
    done = {account.contract_id for facts in told for account in facts.accounts[1]}
    apart = {contract_id for facts in told for contract_id in facts.hard} | {
        contract_id
        for contract_id, day in zip(ids, labels["signed_on"].to_list(), strict=True)
        if contract_id not in done and (day is None or day <= asked.closing)
    }
    undone = _undone(book, asked, labels) - apart
    shapes = _shapes(folder, book, told, labels)
    some = _some(folder, book, {*apart, *undone, *shapes.values(), *_called(folder, book)})
    own = evolve(some, contracts={key: value for key, value in some.contracts.items() if key in apart})
    found, aside = worked_out(own, asked.days, accept=accept, compare=compare)
    history = tuple(
        snapshot(each, day, "IDR", days=asked.buckets) for day, each in zip(asked.days, found, strict=True)
    )
    lender = book.lender.lender_type
    beside = Month(own, history, found[-2], found[-1], promise_rule, aside, tuple(accept))
    laws = {name: with_law(policy, lender, asked.closing) for name, policy in book.policies.items()}

    def at(contract_id: str) -> Position:
        policy = book.policies.get(some.contracts[contract_id].product, book.policies[""])
        return replay(some.contracts[contract_id], some.events_of(contract_id), policy, asked.closing)

    apart_or_undone = [
        *(one.position for one in beside.after),
        *(at(one) for one in sorted(undone) if one in some.contracts),
    ]
    more = vintage.first_payments(apart_or_undone, asked.since)
    ends = []
    for place in (0, 1):
        accounts = [account for facts in told for account in facts.accounts[place]]
        accounts += history[place - 2].accounts
        accounts.sort(key=lambda account: order[account.contract_id])
        ends.append(
            Snapshot(
                asked.days[place - 2], "IDR", asked.scheme.buckets, asked.buckets.buckets, tuple(accounts)
            )
        )
    cases = {one.position.contract.id: _case(some, one.position) for one in beside.after}
    faults = {shape: _case(some, at(one)) for shape, one in shapes.items()}
    lacking = {shape: case for shape, case in faults.items() if case.fault}
    for contract_id, shape in _shaped(folder, book, told, labels) if lacking else ():
        if shape in lacking:
            case = lacking[shape]
            cases[contract_id] = evolve(case, contract_id=contract_id)
    counts = tuple(
        TableCount(name, path.relative_to(folder).as_posix(), 0, 0, 0)
        for name in TABLES
        for path in _records(folder, book, name)
    )
    return LargeMonth(
        evolve(some, tables=counts),
        (ends[0], ends[1]),
        (),
        (),
        promise_rule,
        aside,
        tuple(accept),
        told=told,
        beside=beside,
        policies=laws,
        order=order,
        cases=cases,
        more=more,
        trends=_trends(asked, told, history),
    )


def _undone(book: Large, asked: Asked, labels: pl.DataFrame) -> set[str]:
    """Contracts whose first payments are asked for, and of which something was taken back."""
    if book.sources.events is None:
        return set()
    events = lazy(book.sources.events).filter(pl.col("kind") == "reversal")
    back = events.select("contract").unique().collect()["contract"].cast(pl.String).implode()
    new = labels.filter(pl.col("id").is_in(back) & pl.col("signed_on").is_between(asked.since, asked.closing))
    return set(new["id"].to_list())


def _case(book: Book, position: Position) -> Case:
    return case_of(book, position, ladder_of(position.policy, position.as_of))


def _trends(asked: Asked, told: tuple[Facts, ...], history: tuple[Snapshot, ...]) -> tuple[Trend, ...]:
    made = []
    for at, day in enumerate(asked.days):
        sums = dict(history[at].trend.balances)
        for facts in told:
            for code, amount in facts.balances[at].items():
                sums[code] += _rupiah(amount)
        live = history[at].trend.contracts + sum(facts.live[at] for facts in told)
        made.append(Trend(day, tuple(sums.items()), sum(sums.values(), Decimal(0)), live))
    return tuple(made)


# --- letters ----------------------------------------------------------------------------------------

Shape = tuple[str, str, tuple[bool, ...]]


def _debtors(folder: Path, book: Large) -> pl.DataFrame | None:
    """The debtors; None where the book has none."""
    if book.kept is not None:
        found = _words(folder, book, "debtors")
    else:
        paths = sorted(folder.glob(_pattern(book, "debtors")))
        if not paths:
            return None
        found = pl.scan_parquet(paths).collect()
    return found.with_columns(there=pl.lit(True))


def _shaped(
    folder: Path, book: Large, told: tuple[Facts, ...], labels: pl.DataFrame
) -> Iterator[tuple[str, Shape]]:
    """What there is to write a letter with, of each late contract: its policy, branch, and filled cells.

    Whether a letter can be made depends on which fields are there and on the unit of the branch, never
    on amounts.
    """
    late = pl.DataFrame({"id": [key for facts in told for key in facts.oldest]}, schema={"id": pl.String})
    contracts = late.join(lazy(book.sources.contracts).collect(), on="id", how="left", maintain_order="left")
    masks = [contracts[name].is_not_null() for name in contracts.columns if name != "id"]
    debtors = _debtors(folder, book)
    if debtors is not None and "debtor" in contracts.columns:
        of = contracts.select(id=pl.col("debtor").cast(pl.String)).join(
            debtors, on="id", how="left", maintain_order="left"
        )
        masks += [
            (of[name].is_not_null() & (of[name].cast(pl.String) != "")).fill_null(False)
            for name in of.columns
        ]
    policy = contracts["policy"].fill_null("").to_list()
    by = book.settings.letters.by if book.settings.letters.units else ""
    places = contracts[by].cast(pl.String) if by in contracts.columns else late["id"].clear(late.height)
    of_each = zip(policy, places.fill_null("").to_list(), zip(*masks, strict=True), strict=True)
    yield from zip(late["id"].to_list(), of_each, strict=True)


def _shapes(folder: Path, book: Large, told: tuple[Facts, ...], labels: pl.DataFrame) -> dict[Shape, str]:
    """One late contract of each shape."""
    found: dict[Shape, str] = {}
    for contract_id, shape in _shaped(folder, book, told, labels):
        found.setdefault(shape, contract_id)
    return found
