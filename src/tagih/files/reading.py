"""Reading a book: whole, and refused row by row.

A contract stands with its instalments or not at all. A bad payment or event rejects that row
only, and marks its contract incomplete: no letter should go out on half a history.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

from tagih.contracts import (
    PRINCIPAL,
    AnyEvent,
    Component,
    Contract,
    Instalment,
    Opening,
    OpeningBalance,
    Payment,
    Restructure,
    Reversal,
)
from tagih.errors import InputError, TagihError
from tagih.files import nouns
from tagih.files.book import Book, Rejected, TableCount
from tagih.files.complaints import BookError, Complaint
from tagih.files.loading import Draft, Row, load, rows_of
from tagih.files.records import ContactRow
from tagih.files.settings import NAME, Settings, read_settings
from tagih.files.sheets import Sheet
from tagih.files.tables import TABLES
from tagih.parties import Debtor

Kept = TypeVar("Kept")
NO: Final = Decimal(0)


def read_book(path: str | Path, *, strict: bool = False) -> Book:
    """The book in the folder ``path``; what cannot be read is in its ``complaints``.

    Raises:
        BookError: If tagih.toml or the shape of a file is wrong, with every complaint of that
            kind; and with ``strict``, if any row was rejected.
        UnavailableError: If a file needs an extra that is not installed.
    """
    folder = Path(path)
    settings = read_settings(folder)
    draft = Draft()
    loaded = {name: load(folder, name, settings, draft) for name in TABLES}
    if loaded["contracts"] is None and not draft.structural:
        draft.refuse(
            InputError(
                "file.no_contracts",
                "the book has no contracts; put contracts.csv there, or name the file in [tables.contracts]",
            ),
            NAME,
        )
    if draft.structural:
        raise BookError(draft.structural)
    book = _Builder(folder, settings, {name: rows or [] for name, rows in loaded.items()}, draft).book()
    if strict and book.complaints:
        raise BookError(book.complaints)
    return book


def read_rows(
    folder: Path,
    settings: Settings,
    sheets: Mapping[str, Sequence[Sheet]],
    *,
    standing: Collection[str] = frozenset(),
) -> Book:
    """The book that these sheets' rows make, as if they were all that the files hold.

    ``standing`` are contracts that are known to stand although their own rows are not among these:
    letters, holds, promises and the like of theirs are kept.

    Raises:
        BookError: If the shape of a sheet is wrong.
    """
    draft = Draft()
    rows = {name: rows_of(sheets.get(name, ()), name, settings, draft) for name in TABLES}
    if draft.structural:
        raise BookError(draft.structural)
    return _Builder(folder, settings, rows, draft, standing).book()


class _Builder:
    """Puts rows together into nouns. Private to one reading of one book."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        rows: Mapping[str, list[Row]],
        draft: Draft,
        standing: Collection[str] = frozenset(),
    ) -> None:
        self.folder, self.settings, self.rows, self.draft = folder, settings, rows, draft
        self.standing = standing
        self.drafts: dict[str, Row] = {}
        self.refused: dict[str, Row] = {}
        self.contracts: dict[str, Contract] = {}
        self.events: dict[str, dict[str, AnyEvent]] = {}
        self.warnings: list[Complaint] = []

    def book(self) -> Book:
        self._contracts()
        self._payments()
        self._events()
        debtors = self._debtors()
        records = {
            "collateral": self._kept("collateral", nouns.collateral),
            "letters": self._kept("letters", nouns.letter),
            "holds": self._kept("holds", nouns.hold),
            "promises": self._kept("promises", nouns.promise),
            "arrangements": self._kept("arrangements", nouns.arrangement),
            "assignments": self._kept("assignments", nouns.assignment),
        }
        good = [self.drafts[id] for id in self.contracts]
        named = {row.get("id"): row for row in good}
        return Book(
            path=self.folder,
            settings=self.settings,
            contracts=self.contracts,
            events={id: tuple(events.values()) for id, events in self.events.items()},
            debtors=debtors,
            contacts=self._contacts(debtors),
            against={id: nouns.against(row) for id, row in named.items() if nouns.against(row)},
            policies={id: row.get("policies") for id, row in named.items() if row.get("policies")},
            tables=self._counts(),
            rejected=self._rejected(),
            warnings=tuple(self.warnings),
            incomplete=self._incomplete(),
            **records,
        )

    # --- contracts ------------------------------------------------------------------------

    def _contracts(self) -> None:
        self._unique("contracts", self.drafts)
        rows = {name: self._by_contract(name) for name in ("instalments", "opening")}
        for id, row in self.drafts.items():
            due, open_rows = rows["instalments"].get(id, []), rows["opening"].get(id, [])
            broken = [part for part in (*due, *open_rows) if self.draft.is_rejected(part)]
            instalments = self._instalments(due)
            broken += [part for part in due if part not in broken and self.draft.is_rejected(part)]
            opening = self._opening(row, instalments, open_rows) if not broken else None
            broken += [part for part in open_rows if part not in broken and self.draft.is_rejected(part)]
            if broken:
                self.draft.reject(
                    row,
                    InputError(
                        "contract.parts",
                        "contract '{found}' cannot stand while {count} of its own rows are refused, "
                        "first {first}; mend those",
                        found=id,
                        count=len(broken),
                        first=broken[0].where,
                    ),
                )
            if not self.draft.is_rejected(row):
                self._contract(row, instalments, opening)
            if self.draft.is_rejected(row):
                self.refused[id] = row
                self._cascade(row, (*due, *open_rows))

    def _unique(self, name: str, found: dict[str, Row]) -> None:
        for row in self.rows[name]:
            id = row.get("id")
            if id is None:
                continue
            if id in found:
                self.draft.reject(row, nouns.twice(row.found("id"), found[id]), "id")
            else:
                found[id] = row

    def _by_contract(self, name: str) -> dict[str, list[Row]]:
        """Rows by contract; those of no contract are rejected."""
        grouped: dict[str, list[Row]] = {}
        for row in self.rows[name]:
            id = row.get("contract")
            if id is None:
                continue
            if id in self.drafts:
                grouped.setdefault(id, []).append(row)
            else:
                self.draft.reject(row, self._no_contract(id), "contract")
        return grouped

    def _no_contract(self, id: str) -> InputError:
        files = dict.fromkeys(row.sheet.sheet.file for row in self.rows["contracts"])
        return InputError(
            "reference.contract",
            "'{found}' is not in {files}; mend the number, or add the contract",
            found=id,
            files=", ".join(files) or "the contracts",
        )

    def _cascade(self, contract: Row, rows: Iterable[Row]) -> None:
        for row in rows:
            if not self.draft.is_rejected(row):
                self.draft.reject(
                    row,
                    InputError(
                        "row.contract_rejected",
                        "belongs to contract '{found}', rejected at {contract_at}; mend that one first",
                        found=contract.get("id"),
                        contract_at=contract.where,
                    ),
                )

    def _instalments(self, rows: Sequence[Row]) -> tuple[Instalment, ...]:
        made: dict[int, tuple[Row, Instalment]] = {}
        for row in rows:
            if self.draft.is_rejected(row):
                continue
            number = row.get("number")
            if number in made:
                self.draft.reject(row, nouns.twice(row.found("number"), made[number][0]), "number")
                continue
            instalment = self._instalment(row)
            if instalment is not None:
                made[number] = row, instalment
        ordered = [made[number] for number in sorted(made)]
        for (_, before), (row, instalment) in pairwise(ordered):
            if instalment.due_on < before.due_on:
                self.draft.reject(
                    row,
                    InputError(
                        "instalment.order",
                        "'{found}' is before instalment {number} is due ({day}); "
                        "due dates rise with the number",
                        found=row.found("due_on"),
                        number=before.number,
                        day=before.due_on.isoformat(),
                    ),
                    "due_on",
                )
        return tuple(instalment for _, instalment in ordered)

    def _instalment(self, row: Row) -> Instalment | None:
        amounts = nouns.components(row)
        for name, amount in amounts:
            if amount < 0:
                self.draft.reject(row, nouns.negative(row.found(str(name))), str(name))
                return None
        if row.get("number") < 1:
            self.draft.reject(
                row,
                InputError(
                    "instalment.number",
                    "'{found}' is below 1; instalments count from 1",
                    found=row.found("number"),
                ),
                "number",
            )
            return None
        total, sum_of = row.get("total"), sum((amount for _, amount in amounts), NO)
        if total is not None and total != sum_of:
            self.draft.reject(
                row,
                InputError(
                    "instalment.total",
                    "'{found}' is not the sum of its parts, {sum}; mend one of them",
                    found=row.found("total"),
                    sum=str(sum_of),
                ),
                "total",
            )
            return None
        split = dict(amounts)
        return Instalment(
            row.get("number"),
            row.get("due_on"),
            split.pop(PRINCIPAL, NO),
            split.pop(Component("interest"), NO),
            tuple(split.items()),
            row.get("payable_on"),
        )

    def _opening(self, row: Row, instalments: Sequence[Instalment], rows: Sequence[Row]) -> Opening | None:
        on = row.get("opening_on") or self.settings.opening_on
        if on is None or (row.get("signed_on") or date.min) > on:
            for part in rows:
                self.draft.reject(
                    part,
                    InputError(
                        "opening.no_day",
                        "contract '{found}' has no cut-over day; "
                        "write [opening] on in tagih.toml, or opening_on",
                        found=row.get("id"),
                    ),
                )
            return None
        numbers = {instalment.number: instalment for instalment in instalments}
        balances: dict[tuple[int, Component], Decimal] = {}
        unapplied = row.get("unapplied", NO)
        for part in rows:
            number = part.get("instalment")
            found = nouns.components(part)
            if part.get("component") is not None and part.get("outstanding") is not None:
                found.append((part.get("component"), part.get("outstanding")))
            if found and instalments and number not in numbers:
                self.draft.reject(
                    part,
                    InputError(
                        "opening.row",
                        "'{found}' is no instalment of contract '{contract}'; write one of its numbers",
                        found=part.found("instalment"),
                        contract=row.get("id"),
                    ),
                    "instalment",
                )
                continue
            for component, amount in found:
                if amount < 0:
                    self.draft.reject(part, nouns.negative(str(amount)), str(component))
                elif (number, component) in balances:
                    self.draft.reject(part, nouns.component_twice(number, component), "instalment")
                else:
                    balances[number, component] = amount
        made: Any = [OpeningBalance(n, component, left) for (n, component), left in balances.items()]
        return Opening(on, made, unapplied)

    def _contract(self, row: Row, instalments: Any, opening: Opening | None) -> None:
        given = row.get("principal")
        instalments = instalments or self._generated(row)
        if not instalments:
            return
        self._adds_up(row, instalments, opening)
        if self.draft.is_rejected(row):
            return
        try:
            contract = Contract(
                id=row.get("id"),
                instalments=instalments,
                debtor_id=row.get("debtor", ""),
                lender_type=self.settings.lender.lender_type,
                product=row.get("product", ""),
                currency=row.get("currency", "IDR"),
                signed_on=row.get("signed_on"),
                agreed_amount=row.get("agreed_amount"),
                principal=given,
                tenor=row.get("tenor"),
                frequency=row.get("frequency", "monthly"),
                maturity=row.get("maturity"),
                opening=opening,
                tags=row.extras,
            )
        except TagihError as error:
            self.draft.reject(row, error)
            return
        self.contracts[contract.id] = contract

    def _adds_up(self, row: Row, instalments: Sequence[Instalment], opening: Opening | None) -> None:
        """The instalments' principal is the principal lent; at cut-over, what was left of it."""
        if self.settings.principal_check == "off":
            return
        balance, given = row.get("principal_balance"), row.get("principal")
        if opening is not None and balance is not None:
            left = nouns.left_of(instalments, opening)
            if left != balance:
                self.draft.reject(
                    row,
                    InputError(
                        "opening.principal",
                        "'{found}' is the remaining principal, but the balances of contract "
                        "'{contract}' add up to {sum}; mend one, or declare [checks] principal = 'off'",
                        found=row.found("principal_balance"),
                        contract=row.get("id"),
                        sum=f"{left:f}",
                    ),
                    "principal_balance",
                )
            return
        total = sum((instalment.principal for instalment in instalments), NO)
        if given is not None and total != given:
            self.draft.reject(
                row,
                InputError(
                    "contract.principal",
                    "'{found}' is the principal, but the instalments of contract '{contract}' "
                    "add up to {sum}; mend one, or declare [checks] principal = 'off'",
                    found=row.found("principal"),
                    contract=row.get("id"),
                    sum=f"{total:f}",
                ),
                "principal",
            )

    def _generated(self, row: Row) -> tuple[Instalment, ...]:
        """Instalments from terms; the row is rejected where terms are missing or impossible."""
        from tagih.files.terms import generate

        terms = {**self.settings.terms(row.get("product", ""), row.get("id")), **row.values}
        try:
            return generate(terms)
        except TagihError as error:
            self.draft.reject(row, error)
            return ()

    # --- events ---------------------------------------------------------------------------

    def _payments(self) -> None:
        rows = self._of_contracts("payments")
        backwards: list[Row] = []
        for row in rows:
            amount = row.get("amount")
            if amount < 0 and self.settings.table("payments").negative == "reversal":
                backwards.append(row)
            elif amount <= 0:
                self.draft.reject(row, nouns.payment_sign(row, amount), "amount")
            else:
                self._add(row, nouns.payment)
        reversed_ids: set[tuple[str, str]] = set()
        for row in sorted(backwards, key=lambda row: (row.get("effective_on"), row.get("sequence", 0))):
            self._reverse(row, reversed_ids)

    def _reverse(self, row: Row, reversed_ids: set[tuple[str, str]]) -> None:
        """A negative payment, declared to take an earlier one back."""
        contract, day, amount = row.get("contract"), row.get("effective_on"), -row.get("amount")
        target = row.get("reverses") or (
            row.get("id") if row.get("id") in self.events.get(contract, {}) else None
        )
        known = self.events.get(contract, {})
        candidates = [
            event.id
            for event in known.values()
            if isinstance(event, Payment)
            and event.amount == amount
            and event.effective_on <= day
            and (contract, event.id) not in reversed_ids
            and target in (None, event.id)
        ]
        if len(candidates) != 1:
            self.draft.reject(
                row,
                InputError(
                    "payment.reverses",
                    "'{found}' takes back a payment, and {count} earlier ones of {amount} could be meant; "
                    "name its id in a column reverses",
                    found=row.found("amount"),
                    count=len(candidates),
                    amount=f"{amount:f}",
                ),
                "amount",
            )
            return
        reversed_ids.add((contract, candidates[0]))
        if row.get("id") in known:
            row.values["id"] += "/R"
        self._add(row, lambda row: Reversal(target=candidates[0], **nouns.head(row)))

    def _events(self) -> None:
        rows = self._of_contracts("events")
        new_rows: dict[str, list[Row]] = {}
        for row in self.rows["new_instalments"]:
            new_rows.setdefault(row.get("event", ""), []).append(row)
        restructures = {row.get("id") for row in rows if row.get("kind") == "restructure"}
        for id, parts in new_rows.items():
            for part in parts if id and id not in restructures else ():
                self.draft.reject(
                    part,
                    InputError(
                        "reference.event", "'{found}' is no restructure in the events; mend the id", found=id
                    ),
                    "event",
                )
        for row in rows:
            if row.get("kind") == "restructure":
                parts = new_rows.get(row.get("id"), [])
                self._restructure(row, parts)
                if self.draft.is_rejected(row):
                    self._cascade_event(row, parts)
            else:
                self._event(row)
        for row in rows:  # targets may stand anywhere in the files
            target = row.get("target")
            if (
                target
                and not self.draft.is_rejected(row)
                and target not in self.events.get(row.get("contract"), {})
            ):
                self.events[row.get("contract")].pop(row.get("id"), None)
                self.draft.reject(
                    row,
                    InputError(
                        "book.target",
                        "'{found}' is no accepted event of contract '{contract}'; mend the id",
                        found=target,
                        contract=row.get("contract"),
                    ),
                    "target",
                )

    def _event(self, row: Row) -> None:
        needs, build = nouns.EVENTS[row.get("kind")]
        missing = [name for name in needs.split() if row.get(name) is None]
        for name in missing:
            self.draft.reject(
                row,
                InputError(
                    "event.needs",
                    "is empty, and a {kind} needs it; write {name}",
                    kind=row.get("kind"),
                    name=name,
                ),
                name,
            )
        amount = row.get("amount")
        if amount is not None and amount <= 0:
            self.draft.reject(row, nouns.payment_sign(row, amount), "amount")
        if not self.draft.is_rejected(row):
            self._add(row, build)

    def _restructure(self, row: Row, parts: Sequence[Row]) -> None:
        instalments: Any = self._instalments(parts)
        if not parts or any(self.draft.is_rejected(part) for part in parts):
            self.draft.reject(
                row,
                InputError(
                    "event.new_instalments",
                    "restructure '{found}' has no complete rows in new_instalments; add or mend them",
                    found=row.get("id"),
                ),
                "id",
            )
            return
        self._add(
            row,
            lambda row: Restructure(
                instalments=instalments,
                waived=row.get("waived", ()),
                capitalised=row.get("capitalised", ()),
                kept=row.get("kept", ()),
                reason=row.get("reason", ""),
                **nouns.head(row),
            ),
        )

    def _cascade_event(self, event: Row, parts: Iterable[Row]) -> None:
        for part in parts:
            if not self.draft.is_rejected(part):
                self.draft.reject(
                    part,
                    InputError(
                        "row.event_rejected",
                        "belongs to event '{found}', rejected at {event_at}; mend that one first",
                        found=event.get("id"),
                        event_at=event.where,
                    ),
                )

    def _of_contracts(self, name: str) -> list[Row]:
        """The sound rows of accepted contracts; the others are rejected."""
        sound = []
        for row in self.rows[name]:
            id = row.get("contract")
            if self._stands(id):
                if not self.draft.is_rejected(row):
                    sound.append(row)
            elif id in self.refused:
                self._cascade(self.refused[id], [row])
            elif id is not None:
                self.draft.reject(row, self._no_contract(id), "contract")
        return sound

    def _stands(self, id: str | None) -> bool:
        return id in self.contracts or id in self.standing

    def _add(self, row: Row, build: Callable[[Row], AnyEvent]) -> None:
        contract = self.contracts[row.get("contract")]
        opening, day = contract.opening, row.get("effective_on")
        if opening is not None and day <= opening.on:
            if self.settings.before_opening == "ignore":
                self.draft.ignore(row)
                return
            self.draft.reject(
                row,
                InputError(
                    "event.before_opening",
                    "'{found}' is not after the cut-over day {day}, whose balances hold it already; "
                    "leave the row out, or declare [opening] earlier = 'ignore'",
                    found=row.found("effective_on"),
                    day=opening.on.isoformat(),
                ),
                "effective_on",
            )
            return
        known = self.events.setdefault(contract.id, {})
        if row.get("id") in known:
            self.draft.reject(
                row,
                InputError(
                    "id.twice_in_contract",
                    "'{found}' is used twice in contract '{contract}'; give each row an id of its own, "
                    "or join columns: id = ['A', 'B']",
                    found=row.found("id"),
                    contract=contract.id,
                ),
                "id",
            )
            return
        try:
            known[row.get("id")] = build(row)
        except TagihError as error:
            self.draft.reject(row, error)

    # --- the rest -------------------------------------------------------------------------

    def _debtors(self) -> dict[str, Debtor]:
        found: dict[str, Row] = {}
        self._unique("debtors", found)
        debtors = {id: nouns.debtor(row) for id, row in found.items() if not self.draft.is_rejected(row)}
        for contract in self.contracts.values() if self.rows["debtors"] else ():
            if contract.debtor_id not in debtors:
                row = self.drafts[contract.id]
                error = InputError(
                    "reference.debtor",
                    "'{found}' is not among the debtors; no letter can be addressed",
                    found=contract.debtor_id,
                )
                place = row.sheet.sheet.file, row.number, row.sheet.column("debtor")
                self.warnings.append(Complaint.of(error, *place))
        return debtors

    def _kept(self, name: str, build: Callable[[Row], Kept]) -> Any:
        kept: dict[str, list[Kept]] = {}
        for row in self._of_contracts(name):
            try:
                kept.setdefault(row.get("contract"), []).append(build(row))
            except TagihError as error:
                self.draft.reject(row, error)
        return {id: tuple(values) for id, values in kept.items()}

    def _contacts(self, debtors: Mapping[str, Debtor]) -> tuple[ContactRow, ...]:
        kept = []
        for row in self.rows["contacts"]:
            id, debtor = row.get("contract"), row.get("debtor")
            if id is not None and not self._stands(id):
                self.draft.reject(row, self._no_contract(id), "contract")
            elif id is None and debtor not in debtors:
                error = InputError(
                    "reference.contact", "names no contract and no known debtor; write one of them"
                )
                self.draft.reject(row, error)
            elif not self.draft.is_rejected(row):
                kept.append(nouns.contact(row))
        return tuple(kept)

    def _rejected(self) -> tuple[Rejected, ...]:
        return tuple(
            Rejected(
                table=name,
                file=file,
                row=number,
                header=row.sheet.sheet.header,
                cells=tuple(row.cells),
                complaints=tuple(complaints),
                delimiter=row.sheet.sheet.delimiter,
            )
            for name in TABLES
            for (file, number), (row, complaints) in sorted(self.draft.rejected.get(name, {}).items())
        )

    def _counts(self) -> tuple[TableCount, ...]:
        counts = []
        for (name, file), rows in self.draft.read.items():
            rejected = sum(1 for place in self.draft.rejected.get(name, {}) if place[0] == file)
            ignored = self.draft.ignored.get((name, file), 0)
            replaced = self.draft.replaced.get((name, file), 0)
            accepted = rows - rejected - ignored - replaced
            counts.append(TableCount(name, file, rows, accepted, rejected, ignored, replaced))
        return tuple(counts)

    def _incomplete(self) -> dict[str, tuple[Complaint, ...]]:
        found: dict[str, list[Complaint]] = {}
        for name in ("contracts", "payments", "events", "opening", "instalments", "holds", "new_instalments"):
            for row, complaints in self.draft.rejected.get(name, {}).values():
                id = row.get("id") if name == "contracts" else row.get("contract")
                if self._stands(id):
                    found.setdefault(id, []).extend(complaints)
        return {id: tuple(complaints) for id, complaints in found.items()}
