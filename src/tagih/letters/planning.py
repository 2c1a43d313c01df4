"""Who gets which letter from a book on a date: everything but the numbers and the paper.

`plan` reads positions, earlier letters and reasons for silence from the book, asks the ladder,
and keeps a `Draft` of every letter that is due. Writing nothing, it is the dry run of a run:
the same function chooses in both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, field, frozen

from tagih import policies as rules
from tagih.conduct import Contact, may_contact, usual
from tagih.contracts import Contract
from tagih.errors import InputError, TagihError
from tagih.files import ArrangementRow, Book, BookError, PromiseRow
from tagih.ledger import Position, replay
from tagih.letters import catalogue
from tagih.letters.catalogue import Language, Letter, Reference, Verification
from tagih.letters.figures import Figures, figures
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
    """How late a contract is, where nothing more of its position is needed."""

    days_past_due: int
    arrears: Decimal
    since: date | None = None


def plan(
    book: Book,
    as_of: date,
    *,
    issued: Mapping[str, Sequence[Earlier]] | None = None,
    accept: Collection[str] = (),
    language: Language = "id",
    on_time: Mapping[str, Lateness] | None = None,
) -> Plan:
    """Choose for every contract of ``book`` that was there at the end of ``as_of``.

    ``issued`` are letters that tagih issued itself, by contract; those dated ``as_of`` are this
    very run's and do not count as earlier, so that the same run again makes the same plan.
    Letters after ``as_of`` do not count at all. ``on_time`` are contracts known not to be late at
    the end of ``as_of`` (see `tagih.portfolio.large.on_time`): they are not replayed.

    Raises:
        PolicyError: If a rule that the book names is unknown, not in force or unverified.
    """
    of = policies_of(book, as_of, accept=accept)
    usual_ladder = None
    ladders: dict[str, Ladder] = {}
    cases: dict[str, list[Case]] = {}
    found: dict[str, tuple[Position, Case]] = {}
    late: dict[str, tuple[int, Decimal]] = {}
    for contract in book.contracts.values():
        if not began(contract, as_of):
            continue
        policy = of(contract)
        ladder = policy.ladder
        if ladder is None:
            usual_ladder = usual_ladder or rules.policy(USUAL_LADDER, on=as_of).ladder
            ladder = usual_ladder
            assert ladder is not None
        known = None if contract.id in book.incomplete else (on_time or {}).get(contract.id)
        if known is not None:
            case = Case(contract.id, contract.debtor_id, known.days_past_due, known.arrears, known.since)
        else:
            position = replay(contract, book.events_of(contract), policy, as_of)
            case = case_of(book, position, ladder, (issued or {}).get(contract.id, ()), language)
            found[contract.id] = (position, case)
        key = repr(ladder)
        ladders[key] = ladder
        cases.setdefault(key, []).append(case)
        late[contract.id] = (case.days_past_due, case.arrears)
    answers = {
        choice.contract_id: choice
        for key, group in cases.items()
        for choice in choose(group, ladders[key], as_of)
    }
    drafts = {}
    for id in late:
        choice = answers[id]
        if choice.outcome == "send":
            assert choice.rung is not None
            position, case = found[id]
            earlier = _reference(choice.previous)
            drafts[id] = _draft(book, position, choice.rung, earlier, case, language)
    return Plan(
        as_of,
        book.lender,
        tuple(answers[id] for id in late),
        drafts,
        {id: debtor for id in late if (debtor := book.debtor_of(book.contracts[id]))},
        late,
    )


# --- one contract -----------------------------------------------------------------------------


def ladder_of(policy: Policy, as_of: date) -> Ladder:
    """The ladder of a policy; the usual one where it names none."""
    found = policy.ladder or rules.policy(USUAL_LADDER, on=as_of).ladder
    assert found is not None
    return found


def case_of(
    book: Book, position: Position, ladder: Ladder, issued: Sequence[Earlier] = (), language: Language = "id"
) -> Case:
    """A contract as the ladder sees it: how late, warned of what, silent why, and if a letter can be made."""
    contract, as_of = position.contract, position.as_of
    case = Case(
        contract.id,
        contract.debtor_id,
        position.days_past_due,
        position.arrears.total,
        position.oldest_due_on,
    )
    complaints = book.incomplete.get(contract.id, ())
    if complaints:
        fault = "; ".join(str(complaint.error) for complaint in complaints)
        return evolve(case, fault=fault, error=BookError(complaints), wholly_faulty=True)
    if position.days_past_due <= 0 or position.arrears.total <= 0:
        return case
    earlier = tuple(_earlier(book, contract.id, issued, as_of))
    case = evolve(case, earlier=earlier, since=arrears_since(position) if earlier else case.since)
    rung, last = next_rung(case, ladder)
    try:
        if rung is not None:
            trial = _draft(book, position, rung, _reference(last), case, language)
            if last is not None and last.issued_on >= as_of:  # its gap is not over; try the day after
                trial = evolve(trial, dated=last.issued_on + timedelta(days=1), pay_by=date.max)
            trial.numbered("0")
    except TagihError as error:
        case = evolve(case, fault=str(error), error=error)
    return evolve(case, silences=tuple(_silences(book, position)))


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


def _draft(
    book: Book,
    position: Position,
    rung: Rung,
    previous: Reference | None,
    case: Case,
    language: Language,
) -> Draft:
    contract = position.contract
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
        figures(position, fingerprint=position.fingerprint),
        position.as_of,
        position.as_of + timedelta(days=rung.days_to_pay),
        language,
        previous,
        warnings,
    )


def _silences(book: Book, position: Position) -> Iterator[Silence]:
    id, as_of = position.contract.id, position.as_of
    for hold in book.holds.get(id, ()):
        if hold.on(as_of):
            yield Silence(hold.kind, hold.until, hold.note)
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
    yield from _contact(book, position)


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


def _contact(book: Book, position: Position) -> Iterator[Silence]:
    """Silence where a conduct rule that the book itself names forbids a letter all that day.

    A letter is dated and printed on any day; only a lender whose policies bound letters too
    is bound here.
    """
    policy: Policy = position.policy
    debtor = book.debtor_of(position.contract)
    if policy.conduct is None or debtor is None:
        return
    bound = policy if policy.calendar is not None else evolve(policy, calendar=usual().calendar)
    at = datetime.combine(position.as_of, policy.conduct.from_time or time(8))
    earlier = [
        Contact(row.at, row.channel, row.party, debtor_id=debtor.id)
        for row in book.contacts
        if position.contract.id == row.contract_id or (row.debtor_id and row.debtor_id == debtor.id)
    ]
    verdict = may_contact(debtor, at, "letter", policy=bound, earlier=earlier)
    if not verdict.allowed:
        first = verdict.breaches[0]
        error = InputError(f"contact.breach.{first.code}", first.text, **first.fields)
        yield Silence("contact_rules", detail=verdict.reason, error=error)
