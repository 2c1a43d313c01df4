"""Who gets which letter from a book on a date: everything but the numbers and the paper.

`plan` reads positions, earlier letters and reasons for silence from the book, asks the ladder,
and keeps a `Draft` of every letter that is due. Writing nothing, it is the dry run of a run:
the same function chooses in both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from attrs import evolve, field, frozen

from tagih import policies as rules
from tagih.conduct import Contact, may_contact, usual
from tagih.contracts import Contract
from tagih.errors import EventError, InputError, TagihError
from tagih.files import ArrangementRow, Book, BookError, PromiseRow
from tagih.ledger import Position, replay
from tagih.letters import catalogue
from tagih.letters.catalogue import Language, Letter, Reference, Verification
from tagih.letters.figures import DueRow, Figures, amounts, figures
from tagih.letters.ladder import (
    Case,
    Choice,
    Earlier,
    Silence,
    Tally,
    arrears_since,
    choose,
    next_rung,
    tally,
)
from tagih.parties import Collateral, Debtor, Lender
from tagih.policies import Ladder, Policy, Rung
from tagih.portfolio.book import began
from tagih.portfolio.book import policies as policies_of
from tagih.promises import Promise, Promised, PromiseRule, judge

USUAL_LADDER: Final = "id.letter.sp"
"""The ladder of a book whose policies name none."""


@frozen
class Draft:
    """A letter that is due, complete but for its number and what proves it genuine."""

    kind: str
    lender: Lender
    debtor: Debtor
    contract: Contract
    collateral: Collateral | None
    figures: Figures
    dated: date
    pay_by: date
    language: Language = "id"
    previous: Reference | None = None
    warnings: tuple[Reference, ...] = ()

    def numbered(self, number: str, verification: Verification | None = None) -> Letter:
        """The letter under its number.

        Raises:
            InputError: If a field that its kind must hold is missing, or contradicts another.
        """
        values: dict[str, Any] = {
            "lender": self.lender,
            "debtor": self.debtor,
            "contract": self.contract,
            "collateral": self.collateral,
            "figures": self.figures,
            "dated": self.dated,
            "pay_by": self.pay_by,
            "language": self.language,
            "number": number,
            "verification": verification,
            "clauses": dict(self.contract.tags).get("clauses"),
        }
        if self.previous is not None:
            values["previous"] = self.previous
        if self.warnings:
            values["warnings"] = self.warnings
        type = catalogue.kind_of(self.kind).type
        names = {*catalogue.typed_fields(type), "collateral", "language", "verification"}
        letter = catalogue.compose(self.kind, **{name: values[name] for name in names if name in values})
        assert isinstance(letter, Letter)
        return letter


@frozen
class Plan:
    """The answer for every contract of a book, and a draft of every letter that is due."""

    as_of: date
    lender: Lender
    choices: tuple[Choice, ...]
    drafts: Mapping[str, Draft] = field(factory=dict)
    debtors: Mapping[str, Debtor] = field(factory=dict)
    late: Mapping[str, tuple[int, Any]] = field(factory=dict)

    @property
    def tally(self) -> Tally:
        """How many of each answer; their sum is the population."""
        return tally(self.choices, len(self.late))

    def failing(self, faults: Mapping[str, TagihError]) -> Plan:
        """The plan in which these contracts' letters failed, with why."""
        choices = tuple(
            Choice(
                choice.contract_id,
                "failed",
                detail=str(faults[choice.contract_id]),
                error=faults[choice.contract_id],
            )
            if choice.contract_id in faults
            else choice
            for choice in self.choices
        )
        drafts = {id: draft for id, draft in self.drafts.items() if id not in faults}
        return evolve(self, choices=choices, drafts=drafts)


@frozen
class Lateness:
    """How late a contract is: all that the ladder asks of a position where no letter went out before."""

    days_past_due: int
    arrears: Decimal
    since: date | None = None

    @classmethod
    def of(cls, position: Position) -> Lateness:
        """That of a position."""
        return cls(position.days_past_due, position.arrears.total, position.oldest_due_on)


def plan(
    book: Book,
    as_of: date,
    *,
    issued: Mapping[str, Sequence[Earlier]] | None = None,
    accept: Collection[str] = (),
    language: Language = "id",
) -> Plan:
    """Choose for every contract of ``book`` that was there at the end of ``as_of``.

    ``issued`` are letters that tagih issued itself, by contract; those dated ``as_of`` are this
    very run's and do not count as earlier, so that the same run again makes the same plan.
    Letters after ``as_of`` do not count at all. The letter of a contract whose events cannot be
    fails, with the reason.

    Raises:
        PolicyError: If a rule that the book names is unknown, not in force or unverified.
    """
    of = policies_of(book, as_of, accept=accept)
    contacts = Contacts.of(book)
    cases: list[tuple[Ladder, Case]] = []
    positions: dict[str, Position] = {}
    for contract in book.contracts.values():
        if not began(contract, as_of):
            continue
        policy = of(contract)
        ladder = ladder_of(policy, as_of)
        try:
            position = replay(contract, book.events_of(contract), policy, as_of)
        except (EventError, InputError) as error:
            cases.append((ladder, untold(book, contract, error)))
            continue
        case = case_of(book, position, ladder, (issued or {}).get(contract.id, ()), language, contacts)
        if case.is_late:
            positions[contract.id] = position
        cases.append((ladder, case))
    answers = answered(cases, as_of)
    drafts = {
        case.contract_id: draft_of(book, positions[case.contract_id], answer, case, language)
        for (_, case), answer in zip(cases, answers, strict=True)
        if answer.outcome == "send"
    }
    listed = [case for _, case in cases]
    return Plan(
        as_of,
        book.lender,
        answers,
        drafts,
        {case.contract_id: book.debtors[case.debtor_id] for case in listed if case.debtor_id in book.debtors},
        {case.contract_id: (case.days_past_due, case.arrears) for case in listed},
    )


def answered(cases: Sequence[tuple[Ladder, Case]], as_of: date) -> tuple[Choice, ...]:
    """The answer for each case by its own ladder, in the order given."""
    groups: list[tuple[Ladder, list[Case]]] = []
    for ladder, case in cases:
        own = next((group for known, group in groups if known is ladder or known == ladder), None)
        if own is None:
            groups.append((ladder, own := []))
        own.append(case)
    answers = {
        choice.contract_id: choice for ladder, group in groups for choice in choose(group, ladder, as_of)
    }
    return tuple(answers[case.contract_id] for _, case in cases)


# --- one contract -----------------------------------------------------------------------------


def ladder_of(policy: Policy, as_of: date) -> Ladder:
    """The ladder of a policy; the usual one where it names none."""
    return policy.ladder or _usual_ladder(as_of)


@lru_cache(maxsize=8)
def _usual_ladder(as_of: date) -> Ladder:
    found = rules.policy(USUAL_LADDER, on=as_of).ladder
    assert found is not None
    return found


def case_of(
    book: Book,
    position: Position,
    ladder: Ladder,
    issued: Sequence[Earlier] = (),
    language: Language = "id",
    contacts: Contacts | None = None,
) -> Case:
    """A contract as the ladder sees it: how late, warned of what, silent why, and if a letter can be made.

    ``contacts`` are those of the book, where many contracts are asked for.
    """
    contract, as_of = position.contract, position.as_of
    case = plain_case(book, contract.id, contract.debtor_id, Lateness.of(position))
    if case.fault or not case.is_late:
        return case
    earlier = tuple(_earlier(book, contract.id, issued, as_of))
    case = evolve(case, earlier=earlier, since=arrears_since(position) if earlier else case.since)
    silences = (
        *_holds(book, contract.id, as_of),
        *_kept_promises(book, position),
        *_contact(contacts or Contacts.of(book), book, contract, position.policy, as_of),
    )
    case = evolve(case, silences=silences)
    return _tried(book, contract, lambda: figures(position), case, ladder, language)


def case_without_letters(
    book: Book,
    contract: Contract,
    lateness: Lateness,
    policy: Policy,
    as_of: date,
    language: Language,
    contacts: Contacts,
) -> Case:
    """The same of a contract that has no earlier letter, promise or arrangement: its lateness is enough.

    Of ``contract`` its debtor, its signing day and its tags are looked at, never its instalments.
    """
    case = plain_case(book, contract.id, contract.debtor_id, lateness)
    if case.fault or not case.is_late:
        return case
    silences = (
        *_holds(book, contract.id, as_of),
        *_contact(contacts, book, contract, policy, as_of),
    )
    case = evolve(case, silences=silences)

    def owed() -> Figures:
        """Figures of one row: whether a letter can be made depends on which there are, not on amounts."""
        row = DueRow(1, lateness.since or as_of, lateness.days_past_due, amounts(principal=lateness.arrears))
        return Figures(contract.id, as_of, (row,), outstanding=row.owed)

    return _tried(book, contract, owed, case, ladder_of(policy, as_of), language)


def plain_case(book: Book, id: str, debtor_id: str, lateness: Lateness) -> Case:
    """How late a contract is, and what the book's reader has against its history."""
    case = Case(id, debtor_id, lateness.days_past_due, lateness.arrears, lateness.since)
    complaints = book.incomplete.get(id, ())
    if not complaints:
        return case
    fault = "; ".join(str(complaint.error) for complaint in complaints)
    return evolve(case, fault=fault, error=BookError(complaints), wholly_faulty=True)


def untold(book: Book, contract: Contract, error: TagihError) -> Case:
    """The case of a contract whose position cannot be told."""
    case = plain_case(book, contract.id, contract.debtor_id, Lateness(0, Decimal(0)))
    return case if case.fault else evolve(case, fault=str(error), error=error, wholly_faulty=True)


def _tried(
    book: Book,
    contract: Contract,
    owed: Callable[[], Figures],
    case: Case,
    ladder: Ladder,
    language: Language,
) -> Case:
    """The case with why its next letter cannot be made, if it cannot."""
    rung, last = next_rung(case, ladder)
    if rung is None:
        return case
    try:
        shown = owed()
        trial = _draft(book, contract, shown, rung, _reference(last), case, language)
        if last is not None and last.issued_on >= shown.as_of:  # its gap is not over; try the day after
            trial = evolve(trial, dated=last.issued_on + timedelta(days=1), pay_by=date.max)
        trial.numbered("0")
    except TagihError as error:
        return evolve(case, fault=str(error), error=error)
    return case


def _earlier(book: Book, id: str, issued: Sequence[Earlier], as_of: date) -> Iterator[Earlier]:
    """Letters of the book and of tagih that count on ``as_of``; one that both know counts once."""
    known = set()
    for letter in issued:
        known.add(letter.number)
        if letter.issued_on < as_of:
            yield letter
    for sent in book.letters.get(id, ()):
        if sent.issued_on <= as_of and (not sent.number or sent.number not in known):
            yield Earlier(sent.kind, sent.issued_on, sent.number, sent.sent_on, sent.delivered_on, id)


def _reference(letter: Earlier | None) -> Reference | None:
    return Reference(letter.number, letter.issued_on) if letter else None


def draft_of(book: Book, position: Position, choice: Choice, case: Case, language: Language) -> Draft:
    """The letter that was chosen for a contract."""
    assert choice.rung is not None
    shown = figures(position, fingerprint=position.fingerprint)
    previous = _reference(choice.previous)
    return _draft(book, position.contract, shown, choice.rung, previous, case, language)


def _draft(
    book: Book,
    contract: Contract,
    shown: Figures,
    rung: Rung,
    previous: Reference | None,
    case: Case,
    language: Language,
) -> Draft:
    debtor = book.debtor_of(contract)
    if debtor is None:
        raise InputError(
            "letter.debtor",
            "contract {contract}: debtor '{debtor}' is not in the book; add a row to debtors",
            contract=contract.id,
            debtor=contract.debtor_id,
        )
    warnings = tuple(
        Reference(letter.number, letter.issued_on)
        for letter in sorted(case.earlier, key=lambda letter: letter.issued_on)
        if case.since is not None and letter.issued_on > case.since
    )
    secured = book.collateral.get(contract.id, ())
    unit = book.settings.letters.unit(contract, book.lender.unit)
    return Draft(
        rung.letter,
        evolve(book.lender, unit=unit),
        debtor,
        contract,
        secured[0] if secured else None,
        shown,
        shown.as_of,
        shown.as_of + timedelta(days=rung.days_to_pay),
        language,
        previous,
        warnings,
    )


def _holds(book: Book, id: str, as_of: date) -> Iterator[Silence]:
    for hold in book.holds.get(id, ()):
        if hold.on(as_of):
            yield Silence(hold.kind, hold.until, hold.note)


def _kept_promises(book: Book, position: Position) -> Iterator[Silence]:
    id, as_of = position.contract.id, position.as_of
    for reason, promises in (
        ("promise", _promises(book.promises.get(id, ()))),
        ("arrangement", _arrangements(book.arrangements.get(id, ()))),
    ):
        made = [promise for promise in promises if promise.made_on <= as_of]
        verdicts = judge(made, position.events, PromiseRule(), as_of)
        for promise in made:
            own = [verdict for verdict in verdicts if verdict.promise_id == promise.id]
            states = {verdict.status for verdict in own}
            if "pending" in states and not states & {"broken", "partial"}:
                yield Silence(reason, max(verdict.deadline for verdict in own), promise.id)


def _promises(rows: Iterable[PromiseRow]) -> list[Promise]:
    series: dict[str, list[PromiseRow]] = {}
    for row in rows:
        series.setdefault(row.id, []).append(row)
    return [
        Promise(id, part[0].contract_id, part[0].made_on, [Promised(row.due_on, row.amount) for row in part])
        for id, part in series.items()
    ]


def _arrangements(rows: Iterable[ArrangementRow]) -> list[Promise]:
    series: dict[str, list[ArrangementRow]] = {}
    for row in rows:
        series.setdefault(row.id, []).append(row)
    return [
        Promise(
            id, part[0].contract_id, part[0].agreed_on, [Promised(row.due_on, row.amount) for row in part]
        )
        for id, part in series.items()
    ]


@frozen
class Contacts:
    """A book's log of contacts by contract and by debtor, each with its place in the log."""

    by_contract: Mapping[str, Sequence[int]]
    by_debtor: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, book: Book) -> Contacts:
        """Those of a book."""
        by_contract: dict[str, list[int]] = {}
        by_debtor: dict[str, list[int]] = {}
        for at, row in enumerate(book.contacts):
            by_contract.setdefault(row.contract_id, []).append(at)
            if row.debtor_id:
                by_debtor.setdefault(row.debtor_id, []).append(at)
        return cls(by_contract, by_debtor)

    def places(self, contract_id: str, debtor_id: str) -> list[int]:
        """The places of those that name a contract or a debtor, in the order of the log."""
        return sorted({*self.by_contract.get(contract_id, ()), *self.by_debtor.get(debtor_id, ())})


def _contact(
    contacts: Contacts, book: Book, contract: Contract, policy: Policy, as_of: date
) -> Iterator[Silence]:
    """Silence where a conduct rule that the book itself names forbids a letter all that day.

    A letter is dated and printed on any day; only a lender whose policies bound letters too
    is bound here.
    """
    debtor = book.debtor_of(contract)
    if policy.conduct is None or debtor is None:
        return
    bound = policy if policy.calendar is not None else evolve(policy, calendar=usual().calendar)
    at = datetime.combine(as_of, policy.conduct.from_time or time(8))
    rows = (book.contacts[place] for place in contacts.places(contract.id, debtor.id))
    earlier = [Contact(row.at, row.channel, row.party, debtor_id=debtor.id) for row in rows]
    verdict = may_contact(debtor, at, "letter", policy=bound, earlier=earlier)
    if not verdict.allowed:
        first = verdict.breaches[0]
        error = InputError(f"contact.breach.{first.code}", first.text, **first.fields)
        yield Silence("contact_rules", detail=verdict.reason, error=error)
