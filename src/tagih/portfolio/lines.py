"""Every movement of every contract as tables: lines, allocations, late charges, instalments.

>>> import polars as pl
>>> from tagih.policies import policy
>>> instalments = pl.DataFrame({"contract": ["A"], "number": [1], "due_on": ["2026-01-31"],
...                             "principal": [900], "interest": [100]})
>>> payments = pl.DataFrame({"contract": ["A"], "id": ["P-1"], "effective_on": ["2026-02-10"],
...                          "amount": [400]})
>>> found = allocations(instalments=instalments, payments=payments,
...                     policy=policy("id.alloc.mf.instalment_first"), as_of=date(2026, 2, 28))
>>> found.select("contract", "event", "instalment", "component", "amount").rows()
[('A', 'P-1', 1, 'interest', Decimal('100.00')), ('A', 'P-1', 1, 'principal', Decimal('300.00'))]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Required, TypedDict, Unpack

import polars as pl
from attrs import evolve, frozen

from tagih.errors import InputError
from tagih.portfolio.engine import Wants
from tagih.portfolio.many import Answered, Policies, answer, exact, ordered, reasons, tables, with_aside
from tagih.portfolio.stream import NAMES, PART, Sources, answers, components
from tagih.portfolio.tables import Source

ALLOCATED: Final = ("settled", "recovered", "refunded", "charged_back", "unrecovered")
"""Kinds of line that say where a payment's money went, or came back from."""
CHARGED: Final = ("run_up", "capped")
"""Kinds of line that make late charges: a stretch of days with one balance, and what a ceiling cut."""


class Asked(TypedDict, total=False):
    """What is asked, by keyword, as of `tagih.portfolio.many.positions`."""

    instalments: Required[Source]
    payments: Source
    events: Source
    contracts: Source
    policy: Required[Policies]
    as_of: Required[date]
    workers: int


def lines(**asked: Unpack[Asked]) -> pl.DataFrame:
    """Every movement of every contract up to the end of ``as_of``; amounts are exact decimals.

    The columns are ``contract`` and the fields of `tagih.ledger.position.Line`; within a contract
    lines stand in the order in which they happened. ``rate`` is a daily rate as a fraction,
    ``1/200``. A contract set aside has one row, with its reason in ``aside`` and nothing else.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
    """
    return _lines(_answered(Wants(lines=True), **asked))


def allocations(**asked: Unpack[Asked]) -> pl.DataFrame:
    """Where the money of every payment went: `lines` of the kinds `ALLOCATED`.

    ``event`` is the payment, ``by`` the refund or chargeback that gave its money back. What is in
    no line of a payment is unapplied credit.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
    """
    return only(lines(**asked), ALLOCATED)


def late_charges(**asked: Unpack[Asked]) -> pl.DataFrame:
    """How every late charge ran up: `lines` of the kinds `CHARGED`.

    A ``run_up`` line is ``days`` from ``start`` to ``on`` (both included) at ``rate`` a day on
    ``base``, or at ``flat`` a day; a ``capped`` line what the ceiling of ``rule`` cut.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
    """
    return only(lines(**asked), CHARGED)


def balances(**asked: Unpack[Asked]) -> pl.DataFrame:
    """Every instalment and every charge on a contract at the end of ``as_of``, a row each.

    For each component due = paid + waived + restructured + written_off + outstanding; the columns
    are named ``due/principal`` and so on. A contract set aside has one row, with its reason.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
    """
    found = _answered(Wants(rows=True), **asked)
    assert found.rows is not None
    return exact(pl.concat([found.rows, reasons(found.aside)], how="diagonal"))


def _answered(wants: Wants, **asked: Unpack[Asked]) -> Answered:
    sources: dict[str, Any] = {name: asked.get(name) for name in NAMES}
    return answer(
        tables(**sources), asked["policy"], asked["as_of"], wants=wants, workers=asked.get("workers", 1)
    )


def only(found: pl.DataFrame, kinds: Sequence[str]) -> pl.DataFrame:
    """The lines of these kinds, and the contracts set aside."""
    return found.filter(pl.col("kind").is_in(list(kinds)) | pl.col("aside").is_not_null())


def _lines(found: Answered) -> pl.DataFrame:
    assert found.lines is not None
    return exact(pl.concat([found.lines, reasons(found.aside)], how="diagonal"))


@frozen
class Written:
    """What `write` wrote: contracts answered and set aside (together: all), lines, and files."""

    contracts: int = 0
    aside: int = 0
    lines: int = 0
    files: int = 0


def write(
    sources: Sources,
    policy: Policies,
    as_of: date,
    folder: Path,
    *,
    part: int = PART,
    workers: int = 2,
) -> Written:
    """Positions and lines of a portfolio of any size, written to ``folder`` part by part.

    Each part of ``part`` contracts becomes ``positions-0000.parquet`` and ``lines-0000.parquet``,
    in the order of contract ids; at most ``workers`` parts are in memory. The columns are those of
    `tagih.portfolio.many.positions` and `lines`, the same in every part; a contract set aside stands
    in both.

    Raises:
        InputError: If the folder is not empty, a table lacks a column, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(
            "portfolio.folder", "folder '{folder}' is not empty; name another", folder=str(folder)
        )
    folder.mkdir(parents=True, exist_ok=True)
    done, wants = Written(), Wants(lines=True)
    every = components(sources, policy)
    for found in answers(sources, policy, as_of, wants=wants, part=part, workers=workers):
        made = _lines(found)
        figures = with_aside(evolve(found, positions=ordered(found.positions, every)))
        for name, frame in (("positions", exact(figures)), ("lines", made)):
            path = folder / f"{name}-{done.files:04}.parquet"
            frame.write_parquet(path.with_suffix(".part"))
            path.with_suffix(".part").rename(path)  # a file with its own name is whole
        away = len({each.contract for each in found.aside})
        done = Written(
            done.contracts + found.positions.height,
            done.aside + away,
            done.lines + made["kind"].count(),
            done.files + 1,
        )
    return done
