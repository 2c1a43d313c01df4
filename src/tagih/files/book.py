"""One lender's book: everything it handed over, and what could not be read of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from tagih.contracts import AnyEvent, Contract
from tagih.files.complaints import Complaint
from tagih.files.records import (
    ArrangementRow,
    Assignment,
    ContactRow,
    Hold,
    PromiseRow,
    SentLetter,
)
from tagih.files.settings import PolicyRef, Settings
from tagih.parties import Collateral, Debtor, Lender


@frozen
class TableCount:
    """What became of one file's rows: rows = accepted + rejected + ignored + replaced.

    ``replaced`` rows have a mended row standing in for them.
    """

    table: str
    file: str
    rows: int
    accepted: int
    rejected: int
    ignored: int = 0
    replaced: int = 0


@frozen
class Rejected:
    """One rejected row as it stood in its file, and why."""

    table: str
    file: str
    row: int
    header: tuple[str, ...]
    cells: tuple[Any, ...]
    complaints: tuple[Complaint, ...]
    delimiter: str = ","


@frozen
class Book:
    """Everything one lender handed over, and what could not be read of it."""

    path: Path
    settings: Settings
    contracts: Mapping[str, Contract] = field(factory=dict)
    events: Mapping[str, tuple[AnyEvent, ...]] = field(factory=dict)
    debtors: Mapping[str, Debtor] = field(factory=dict)
    collateral: Mapping[str, tuple[Collateral, ...]] = field(factory=dict)
    letters: Mapping[str, tuple[SentLetter, ...]] = field(factory=dict)
    holds: Mapping[str, tuple[Hold, ...]] = field(factory=dict)
    promises: Mapping[str, tuple[PromiseRow, ...]] = field(factory=dict)
    arrangements: Mapping[str, tuple[ArrangementRow, ...]] = field(factory=dict)
    contacts: tuple[ContactRow, ...] = ()
    assignments: Mapping[str, tuple[Assignment, ...]] = field(factory=dict)
    against: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    policies: Mapping[str, tuple[str, ...]] = field(factory=dict)
    tables: tuple[TableCount, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    warnings: tuple[Complaint, ...] = ()
    incomplete: Mapping[str, tuple[Complaint, ...]] = field(factory=dict)

    @property
    def lender(self) -> Lender:
        """Whose book it is."""
        return self.settings.lender

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        """Every reason for which a row was rejected, in the order of the files."""
        return tuple(complaint for row in self.rejected for complaint in row.complaints)

    def events_of(self, contract: Contract | str) -> tuple[AnyEvent, ...]:
        """What happened to a contract; nothing is an empty tuple."""
        return self.events.get(contract if isinstance(contract, str) else contract.id, ())

    def debtor_of(self, contract: Contract) -> Debtor | None:
        """Who owes, if the book says."""
        return self.debtors.get(contract.debtor_id)

    def policy_ids(self, contract: Contract) -> tuple[PolicyRef, ...]:
        """Rule ids and inline rules for a contract, from general to particular.

        The book's, its product's, its own in tagih.toml, and its own in the contracts table:
        of two rules of a kind, the later one holds.
        """
        own = self.settings.policies
        return (
            *own.default,
            *own.products.get(contract.product, ()),
            *own.contracts.get(contract.id, ()),
            *self.policies.get(contract.id, ()),
        )


__all__ = ["Book", "Rejected", "TableCount"]
