"""Who gets which letter from a large book: chosen from its columns, the same as contract by contract.

How late each contract is comes from `tagih.portfolio.large.lateness`. Contracts are read as values
where that is not all: those that are late and have earlier letters, promises or arrangements, those
with rows that may be bad, and, for a run, those whose letter is due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl
from attrs import evolve, frozen

from tagih.contracts import Contract
from tagih.errors import EventError, InputError
from tagih.files import Book
from tagih.ledger import replay
from tagih.letters.catalogue import Language
from tagih.letters.ladder import Case, Earlier
from tagih.letters.planning import (
    Contacts,
    Lateness,
    Plan,
    answered,
    case_of,
    case_without_letters,
    draft_of,
    ladder_of,
    plain_case,
    untold,
)
from tagih.policies import Ladder, Policy
from tagih.portfolio import large
from tagih.portfolio.book import began, lawful
from tagih.portfolio.books import TAG, values
from tagih.portfolio.large import Large
from tagih.portfolio.pieces import Unplain

PART: Final = 10_000
"""Contracts to a part: with two at work, some hundred megabytes."""

MOST: Final = 0.3
"""Where more of the contracts than this may have bad rows, the whole book is read row by row."""

Parts = Iterable[large.Lateness]
Watch = Callable[[Parts, int], Parts]


@frozen
class LargeBook:
    """A large book on a day: how late each contract is, and what had to be read of it as values.

    ``told`` has a row for each contract, in the order of the book: its labels (see
    `tagih.portfolio.books.LABELS`) and its lateness, nothing where columns cannot tell it or it was not
    there yet. ``book``
    has every debtor and record and every rejected row, but only contracts with rows that may be bad.
    """

    as_of: date
    found: Large
    told: pl.DataFrame
    book: Book

    @property
    def debtors(self) -> dict[str, str]:
        """The debtor of each contract."""
        return dict(self.told.select("id", pl.col("debtor").fill_null("")).iter_rows())

    def policy(self, product: str) -> Policy:
        """The policy of a product."""
        return self.found.policies.get(product, self.found.policies[""])

    def policy_of(self, contract: Contract) -> Policy:
        """The policy of a contract; where it has dated caps, with the one of its signing day."""
        return lawful(self.policy(contract.product), contract)


@frozen
class LargePlan:
    """The plan of a large book without its drafts, and the cases of the letters that are due."""

    plan: Plan
    given: LargeBook
    due: Mapping[str, Case]
    language: Language


def opened(
    folder: Path,
    as_of: date,
    *,
    accept: Collection[str] = (),
    workers: int = 2,
    watch: Watch = lambda parts, count: parts,
) -> LargeBook | None:
    """The large book in ``folder``; None where it is small, or columns cannot tell its contracts.

    ``watch`` sees each part as it is done, and how many there are; ``workers`` parts are in work at
    a time.

    Raises:
        PolicyError: If a rule that the book names is unknown, not in force or unverified.
        BookError: If the shape of a file is wrong.
    """
    found = large.opened(folder, as_of, large.anything, accept=accept)
    return None if found is None else looked_at(found, as_of, workers=workers, watch=watch)


def looked_at(
    found: Large, as_of: date, *, workers: int = 2, watch: Watch = lambda parts, count: parts
) -> LargeBook | None:
    """The same of a book whose columns are known; None where too many of its rows may be bad."""
    count = -(-found.contracts // PART)
    parts = list(watch(large.lateness(found, as_of, part=PART, workers=workers), count))
    odd = {id for part in parts for id in part.odd} | (found.kept.incomplete if found.kept else frozenset())
    if not parts or len(odd) > MOST * found.contracts:
        return None
    late = pl.concat([part.late for part in parts])
    labels = found.labels.collect().unique("id", keep="first", maintain_order=True)
    standing = frozenset(labels["id"]) - odd
    told = labels.join(late, left_on="id", right_on="contract", how="left", maintain_order="left")
    try:
        book = large.read_beside(found, odd, standing)
    except Unplain:
        return None  # the book's own reader says what is wrong
    return LargeBook(as_of, found, told, book)


def planned(
    given: LargeBook, *, issued: Mapping[str, Sequence[Earlier]] | None = None, language: Language = "id"
) -> LargePlan:
    """Choose for every contract that was there, as `tagih.letters.planning.plan` does."""
    wanted = _with_records(given, issued or {})
    if wanted:
        more = values(given.book.path, wanted)
        contracts = {id: contract for id, contract in more.contracts.items() if id in wanted}
        given = evolve(
            given,
            book=evolve(
                given.book,
                contracts={**given.book.contracts, **contracts},
                events={**given.book.events, **more.events},
            ),
        )
    book, as_of = given.book, given.as_of
    cases = list(_cases(given, issued or {}, language))
    answers = answered(cases, as_of)
    plan = Plan(
        as_of,
        book.lender,
        answers,
        {},
        {
            case.contract_id: book.debtors[case.debtor_id]
            for _, case in cases
            if case.debtor_id in book.debtors
        },
        {case.contract_id: (case.days_past_due, case.arrears) for _, case in cases},
    )
    due = {
        case.contract_id: case
        for (_, case), answer in zip(cases, answers, strict=True)
        if answer.outcome == "send"
    }
    return LargePlan(plan, given, due, language)


def drafted(found: LargePlan) -> Plan:
    """The plan with a draft of every letter that is due; their contracts are read as values."""
    plan, given = found.plan, found.given
    if not found.due:
        return plan
    choices = {choice.contract_id: choice for choice in plan.choices}
    read = values(given.book.path, found.due)
    drafts = {}
    for id, case in found.due.items():
        contract = read.contracts[id]
        position = replay(contract, read.events_of(contract), given.policy_of(contract), plan.as_of)
        drafts[id] = draft_of(given.book, position, choices[id], case, found.language)
    return evolve(plan, drafts=drafts)


def _with_records(given: LargeBook, issued: Mapping[str, Sequence[Earlier]]) -> set[str]:
    """The late contracts whose case takes more than their lateness: letters went out, or they promised."""
    book = given.book
    named = {*issued, *book.letters, *book.promises, *book.arrangements} - set(book.contracts)
    late = given.told.filter((pl.col("days_past_due") > 0) & (pl.col("arrears") > 0))
    return named & set(late["id"])


def _cases(
    given: LargeBook, issued: Mapping[str, Sequence[Earlier]], language: Language
) -> Iterator[tuple[Ladder, Case]]:
    """Every contract's case in the order of the book, with its ladder; rejected contracts have none."""
    book, as_of = given.book, given.as_of
    ladders = {product: ladder_of(policy, as_of) for product, policy in given.found.policies.items()}
    contacts = Contacts.of(book)
    labels = [name for name in given.told.columns if name.startswith(TAG)]
    for row in given.told.iter_rows(named=True):
        id, product, debtor = row["id"], row["product"] or "", row["debtor"] or ""
        ladder, policy = ladders.get(product, ladders[""]), given.policy(product)
        contract = book.contracts.get(id)
        if contract is not None:
            if began(contract, as_of):
                own = given.policy_of(contract)
                yield ladder, _of_value(book, contract, own, as_of, issued, language, contacts)
            continue
        if row["days_past_due"] is None:
            continue
        lateness = Lateness(row["days_past_due"], row["arrears"], row["oldest_due_on"])
        if lateness.days_past_due <= 0 or lateness.arrears <= 0:
            yield ladder, plain_case(book, id, debtor, lateness)
            continue
        tags = tuple((name.removeprefix(TAG), row[name]) for name in labels if row[name])
        contract = Contract(id, (), debtor, product=product, signed_on=row["signed_on"], tags=tags)
        yield ladder, case_without_letters(book, contract, lateness, policy, as_of, language, contacts)


def _of_value(
    book: Book,
    contract: Contract,
    policy: Policy,
    as_of: date,
    issued: Mapping[str, Sequence[Earlier]],
    language: Language,
    contacts: Contacts,
) -> Case:
    """The case of a contract that was read as a value."""
    try:
        position = replay(contract, book.events_of(contract), policy, as_of)
    except (EventError, InputError) as error:
        return untold(book, contract, error)
    letters = issued.get(contract.id, ())
    return case_of(book, position, ladder_of(policy, as_of), letters, language, contacts)


__all__ = ["LargeBook", "LargePlan", "drafted", "looked_at", "opened", "planned"]
