"""The same history of a large book under other rules: twice through the compiled kernel, part by part.

Contracts that columns cannot tell (write-offs, restructures, rows that may be bad, …) are read as
values and worked out one by one beside the others, as `tagih.reports.what_if` does all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from attrs import evolve, frozen

from tagih.errors import InputError
from tagih.files import Book, Rejected
from tagih.letters import large as letters_large
from tagih.policies import Buckets, Policy, Rule
from tagih.portfolio import compiled, engine, large
from tagih.portfolio.engine import Wants
from tagih.portfolio.large import Large
from tagih.portfolio.many import exact
from tagih.portfolio.pieces import Unplain
from tagih.portfolio.stream import over
from tagih.portfolio.tables import Tables, lazy
from tagih.quality import with_law
from tagih.reports.columns import ARREARS, FOREVER, Asked, Stand, accounts, stand
from tagih.reports.snapshot import Account, Snapshot, days_scheme
from tagih.reports.what_if import Compared, not_one, rule_of, what_if

PART: Final = 10_000
"""Contracts to a part: with two at work, some hundred megabytes."""
LOST: Final = ("write_off", "forgiveness", "restructure", "drawdown", "recovery")
"""Kinds of event whose contracts are told one by one."""


@frozen
class Part:
    """What a part says: each contract's account and late charges both ways, and who is told one by one.

    ``late`` says both ways how late each contract is (see `tagih.portfolio.large.Lateness`). ``hard``
    contracts are sound, ``odd`` ones may have bad rows.
    """

    now: tuple[Account, ...]
    other: tuple[Account, ...]
    late_charges: Mapping[str, tuple[Decimal, Decimal]]
    late: tuple[pl.DataFrame, ...]
    hard: frozenset[str]
    odd: frozenset[str]


Parts = Iterable[Part]
LATE: Final = exact(
    pl.DataFrame(
        schema={
            "contract": pl.String,
            "days_past_due": pl.Int64,
            "arrears": pl.Int64,
            "oldest_due_on": pl.Date,
        }
    )
)


def large_what_if(
    folder: Path,
    as_of: date,
    rules: Sequence[str | Rule],
    *,
    accept: Collection[str] = (),
    compare: Collection[str] = (),
    currency: str = "",
    workers: int = 2,
    watch: Callable[[Parts, int], Parts] = lambda parts, count: parts,
) -> tuple[Compared, tuple[Rejected, ...]] | None:
    """The comparison of a large book, as `tagih.reports.what_if.what_if` makes it, and its rejected rows.

    None where the book is small, or columns cannot tell its classes under both rules. ``watch`` sees
    each part as it is done, and how many there are; ``workers`` parts are in work at a time.

    Raises:
        InputError: If there is nothing to compare.
        PolicyError: If a rule is unknown or unverified and not accepted.
        BookError: If the shape of a file is wrong.
    """
    given = [rule_of(each) for each in rules]
    found = large.opened(folder, as_of, accept=accept, compare=compare)
    if found is None or currency not in ("", "IDR") or not _in_rupiah(found):
        return None
    outside = (*compare, *(each.about.id for each in given))
    others = large.policies_of(
        folder, found.settings, as_of, others=given, accept=accept, compare=outside
    )  # fmt: skip
    if others is None or not large.lateness_gives_the_class(others.values()):
        return None
    sides = (_asked(found, found.policies, as_of), _asked(found, others, as_of))
    compiled.load()
    count = -(-found.contracts // PART)
    every = over(found.every, lambda tables: _part(found, tables, sides), part=PART, workers=workers)
    parts = list(watch(every, count))
    done = frozenset(account.contract_id for part in parts for account in part.now)
    apart = {id for part in parts for id in (*part.hard, *part.odd)}
    incomplete = found.kept.incomplete if found.kept else frozenset()
    apart |= incomplete - done
    asked = apart | incomplete  # of those told in columns it says what is against their letters
    standing = frozenset(found.labels.select("id").collect()["id"]) - asked
    try:
        read = large.read_beside(found, asked, standing)
    except Unplain:
        return None  # the book's own reader says what is wrong
    contracts = {id: one for id, one in read.contracts.items() if id in apart}
    beside = _beside(evolve(read, contracts=contracts), as_of, given, accept, compare)
    if not done and not (beside and beside.now.accounts):
        raise not_one((), as_of)
    made = _joined(found, parts, beside, sides, as_of)
    gone = {one.contract_id for one in made.aside}
    book = evolve(read, contracts={id: one for id, one in contracts.items() if id not in gone})
    ways = (found, evolve(found, policies=others))
    letters = tuple(_letters(way, book, parts, side, as_of) for side, way in enumerate(ways))
    return evolve(made, letters=letters), read.rejected


def _letters(
    book: Large, read: Book, parts: Sequence[Part], side: int, as_of: date
) -> Counter[tuple[str, str]]:
    """How many letters are due of each kind, and how many are not for each reason."""
    late = pl.concat([LATE, *(part.late[side] for part in parts)])
    labels = book.labels.collect().unique("id", keep="first", maintain_order=True)
    told = labels.join(late, left_on="id", right_on="contract", how="left", maintain_order="left")
    plan = letters_large.planned(letters_large.LargeBook(as_of, book, told, read)).plan
    return Counter((choice.outcome, choice.letter or choice.reason) for choice in plan.choices)


def _in_rupiah(book: Large) -> bool:
    contracts = lazy(book.sources.contracts)
    if "currency" not in contracts.collect_schema():
        return True
    return bool(contracts.select((pl.col("currency").fill_null("IDR") == "IDR").all()).collect().item())


def _asked(book: Large, policies: Mapping[str, Policy], as_of: date) -> Asked:
    lender = book.lender.lender_type
    scheme = next(iter(policies.values())).buckets
    assert isinstance(scheme, Buckets)
    laws = {name: with_law(policy, lender, as_of).provision for name, policy in policies.items()}
    return Asked((as_of,), (policies,), scheme, days_scheme(), (laws,), as_of)


def _part(book: Large, given: Tables, sides: tuple[Asked, Asked]) -> Part:
    odd = large.strange_in(book, given)
    lost = set(given.events.filter(pl.col("kind").is_in(LOST))["contract"]) - odd
    told = large.begun(given, odd | lost, sides[0].closing)
    touched = set(told.events["contract"])
    # contracts with payments alone take the short way, apart from the others
    found = [
        _both_ways(each, sides)
        for each in (large.without(told, touched), large.without(told, set(told.contracts["id"]) - touched))
        if each.contracts.height
    ]
    return Part(
        tuple(account for each in found for account in each.now),
        tuple(account for each in found for account in each.other),
        {id: pair for each in found for id, pair in each.late_charges.items()},
        tuple(pl.concat([LATE, *(each.late[side] for each in found)]) for side in (0, 1)),
        frozenset({*lost, *(id for each in found for id in each.hard)}),
        frozenset(odd),
    )


def _both_ways(told: Tables, sides: tuple[Asked, Asked]) -> Part:
    policies = [policy for side in sides for policy in side.policies[0].values()]
    components = engine.components_of(told, policies)
    stands = [stand(told, side.policies[0], side.closing, side, components, Wants()) for side in sides]
    plain = ~(stands[0].found.hard | stands[1].found.hard)
    stands = [evolve(each, there=each.there & plain) for each in stands]
    ids = told.contracts["id"]
    named = pl.DataFrame({"id": ids}).with_columns(debtor=pl.lit(""), product=pl.lit(""))
    names = told.contracts["policy"].fill_null("").to_list()
    signed = engine.whole(told.contracts["signed_on"])
    made = []
    for side, each in zip(sides, stands, strict=True):
        rules = [side.provisions[0].get(name) for name in names]
        made.append(tuple(accounts(each, named, signed, np.zeros(len(ids), np.int64), rules)))
    hard = frozenset(ids.filter(pl.Series(~plain)))
    late = tuple(_late(each, ids) for each in stands)
    return Part(made[0], made[1], _late_charges(stands, made[0]), late, hard, frozenset())


def _late(at: Stand, ids: pl.Series) -> pl.DataFrame:
    """How late each contract is that was there."""
    keep = np.flatnonzero(at.there)
    oldest = pl.Series(at.oldest[keep]).replace(FOREVER, None).cast(pl.Int32).cast(pl.Date)
    arrears = at.money[keep][:, :, ARREARS].sum(axis=1)
    frame = pl.DataFrame(
        {"contract": ids.gather(keep), "days_past_due": at.days[keep], "arrears": arrears}
    ).with_columns(oldest_due_on=oldest)
    return exact(frame).select(LATE.columns)


def _late_charges(stands: Sequence[Stand], made: Sequence[Account]) -> dict[str, tuple[Decimal, Decimal]]:
    now, other = (each.late_charge[each.there].tolist() for each in stands)
    return {
        account.contract_id: (Decimal(first).scaleb(-2), Decimal(second).scaleb(-2))
        for account, first, second in zip(made, now, other, strict=True)
    }


def _beside(
    book: Book, as_of: date, rules: Sequence[Rule], accept: Collection[str], compare: Collection[str]
) -> Compared | None:
    """Those that are told one by one; None where there are none."""
    if not book.contracts:
        return None
    try:
        return what_if(book, as_of, rules, accept=accept, compare=compare)
    except InputError as error:
        if error.code != "report.currency_one":
            raise
        return None  # none of them was there


def _joined(
    book: Large, parts: Sequence[Part], beside: Compared | None, sides: Sequence[Asked], as_of: date
) -> Compared:
    order = {id: at for at, id in enumerate(book.labels.select("id").collect()["id"])}

    def whole(own: Iterable[Account], more: Sequence[Account], scheme: Buckets) -> Snapshot:
        every = sorted((*own, *more), key=lambda account: order[account.contract_id])
        return Snapshot(as_of, "IDR", scheme.buckets, days_scheme().buckets, tuple(every))

    late = {id: pair for part in parts for id, pair in part.late_charges.items()}
    more, then = (beside.now.accounts, beside.other.accounts) if beside else ((), ())
    return Compared(
        whole((one for part in parts for one in part.now), more, sides[0].scheme),
        whole((one for part in parts for one in part.other), then, sides[1].scheme),
        late | dict(beside.late_charges if beside else {}),
        beside.aside if beside else (),
    )


__all__ = ["large_what_if"]
