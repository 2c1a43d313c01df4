"""The positions of a whole book, contract by contract.

Policies are resolved once for each set of rules that the book names, not once a contract.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from tagih.contracts import Contract
from tagih.errors import EventError, InputError, TagihError
from tagih.files import Book
from tagih.ledger import Position, known_at, replay
from tagih.ledger.diff import Relied
from tagih.ledger.serialise import fingerprint
from tagih.policies import Policy, Rule, capped_for, layered, load_rules


def policies(
    book: Book,
    as_of: date,
    *,
    others: Sequence[Rule] = (),
    accept: Collection[str] = (),
    compare: Collection[str] = (),
) -> Callable[[Contract], Policy]:
    """The policy of each contract of a book, in force on ``as_of``; ``others`` replace those of their kind.

    Rules of the lender's own stand in the book's folder ``policies``, a TOML file each.
    ``accept`` names unverified rules that may run, ``compare`` rules that may run outside their
    dates. Where the policy has caps, the contract's signing day chooses the one that bounds its
    late charge.

    Raises:
        PolicyError: When asked for a contract whose rules are unknown, not in force or unverified.
    """
    made: dict[str, Policy] = {}
    folder = book.path / "policies"
    own = load_rules(folder) if folder.is_dir() else ()

    def of(contract: Contract) -> Policy:
        refs = book.policy_ids(contract)
        key = json.dumps(refs, default=str)
        if key not in made:
            made[key] = layered(*refs, *others, on=as_of, accept=accept, compare=compare, among=own)
        return lawful(made[key], contract)

    return of


def lawful(policy: Policy, contract: Contract) -> Policy:
    """The policy with the late charge under the law's ceiling that the contract's signing day chooses.

    Raises:
        PolicyError: If the contract has no signing day, or no tier covers it.
    """
    if not policy.caps or policy.late_charge is None:
        return policy
    return evolve(policy, late_charge=capped_for(contract, policy.late_charge, policy.caps))


@frozen
class SetAside:
    """A contract of the book that cannot be replayed, and why; the others go on without it."""

    contract_id: str
    error: TagihError


def replayed(
    book: Book,
    as_of: date,
    *,
    accept: Collection[str] = (),
    compare: Collection[str] = (),
    known: datetime | None = None,
) -> Iterator[Position | SetAside]:
    """Every contract's position at the end of ``as_of``, in the order of the book.

    With ``known`` only what was recorded up to that moment counts: what could be printed then.

    A contract whose events or terms cannot be is set aside, with the error that says why.
    Contracts signed after ``as_of``, or cut over after it, are left out: they were not there yet.
    """
    of = policies(book, as_of, accept=accept, compare=compare)
    for contract in book.contracts.values():
        if began(contract, as_of):
            policy = of(contract)  # a rule that cannot be used is everybody's problem, and is raised
            events = book.events_of(contract)
            try:
                yield replay(contract, known_at(events, known) if known else events, policy, as_of)
            except (EventError, InputError) as error:
                yield SetAside(contract.id, error)


def positions(
    book: Book, as_of: date, *, accept: Collection[str] = (), compare: Collection[str] = ()
) -> Iterator[Position]:
    """Every contract's position, as `replayed`, but a contract that cannot be replayed is an error.

    Raises:
        EventError: If an event cannot have happened as told.
        InputError: If a contract's terms cannot be worked with.
    """
    for found in replayed(book, as_of, accept=accept, compare=compare):
        if isinstance(found, SetAside):
            raise found.error
        yield found


def end_of(book: Book, day: date) -> datetime:
    """The last moment of a day in the lender's time zone."""
    return datetime.combine(day, time(23, 59, 59, 999_999), tzinfo=ZoneInfo(book.lender.time_zone))


def began(contract: Contract, as_of: date) -> bool:
    """Whether a contract was there on ``as_of``: signed, and not before its cut-over."""
    if contract.opening is not None and as_of < contract.opening.on:
        return False
    return contract.signed_on is None or contract.signed_on <= as_of


def position(book: Book, contract_id: str, as_of: date, *, accept: Collection[str] = ()) -> Position:
    """One contract's position.

    Raises:
        InputError: If the book has no such contract.
    """
    contract = book.contracts.get(contract_id)
    if contract is None:
        raise InputError("book.contract", "the book has no contract '{id}'", id=contract_id)
    return replay(contract, book.events_of(contract), policies(book, as_of, accept=accept)(contract), as_of)


def relied(book: Book, position: Position, issued: Iterable[tuple[str, date]] = ()) -> tuple[Relied, ...]:
    """The letters, promises and arrangements of a contract up to ``as_of``.

    Those that the book knows, and letters ``issued`` since, as (number, date).
    Each with the fingerprint of what was owed on its own day, as ``position`` has it: so that
    `tagih.ledger.diff.diff_positions` can say which of them a change takes the ground from.
    """
    contract, as_of = position.contract, position.as_of
    days = [("letter", one.number or one.kind, one.issued_on) for one in book.letters.get(contract.id, ())]
    days += [("letter", number, day) for number, day in issued]
    days += [("promise", one.id, one.made_on) for one in book.promises.get(contract.id, ())]
    days += [("arrangement", one.id, one.agreed_on) for one in book.arrangements.get(contract.id, ())]
    return tuple(
        Relied(name, kind, day, fingerprint(contract, position.events, position.policy, day))
        for kind, name, day in dict.fromkeys(days)
        if day <= as_of
    )
