"""Was the arrangement kept?

An accepted proposal is a series of promises: its dated amounts, in order. It is broken on the
day after the first of them was not made good in time, and then its events are undone, so that
the age and the terms are those of before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from attrs import frozen

from tagih.contracts import AnyEvent, Payment, Reversal
from tagih.errors import InputError
from tagih.ledger.compile import standing
from tagih.offers.proposal import Proposal
from tagih.promises import Promise, Promised, PromiseRule, PromiseVerdict, judge

OWN = ("up_front", "arrears", "settlement")
"""What an arrangement asks for itself; the instalments of the contract go on without it."""

Status = Literal["running", "kept", "broken", "undone"]


@frozen
class Arrangement:
    """A proposal that was accepted: its id, and the day it was made."""

    id: str
    proposal: Proposal
    made_on: date

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        """What it became when it was accepted."""
        return self.proposal.events(self.id, accepted_on=self.made_on)

    @property
    def promise(self) -> Promise:
        """The dated amounts up to the arrangement's own last one, as one promise.

        Instalments that fall due meanwhile belong to it: money for them does not keep the plan.

        Raises:
            InputError: If it asks for nothing, or for money before the day it was made.
        """
        own = [paid.on for paid in self.proposal.pays if paid.purpose in OWN]
        last = max(own or [paid.on for paid in self.proposal.pays], default=None)
        by_day: dict[date, Decimal] = {}
        paid_with_it = {e.effective_on for e in self.proposal.becomes if isinstance(e, Payment)}
        for paid in self.proposal.pays:
            if last is not None and paid.on <= last and paid.on not in paid_with_it:
                by_day[paid.on] = by_day.get(paid.on, Decimal(0)) + paid.amount
        parts = tuple(Promised(on, amount) for on, amount in sorted(by_day.items()))
        return Promise(self.id, self.proposal.contract, self.made_on, parts)

    def undone(self, on: date, *, reason: str = "broken") -> tuple[Reversal, ...]:
        """The events of its end: from ``on`` it never was."""
        return self.proposal.undone(self.id, on, reason=reason)


@frozen
class ArrangementState:
    """What became of an arrangement on ``as_of``.

    ``undone`` once its events were reversed. ``broken_on`` is the first day on which it is
    broken; ``next_on`` and ``next_amount`` are what it asks for next.
    """

    id: str
    contract: str
    as_of: date
    status: Status
    verdicts: tuple[PromiseVerdict, ...]
    broken_on: date | None
    next_on: date | None
    next_amount: Decimal | None
    received: Decimal
    promised: Decimal


def state(
    arrangement: Arrangement, events: Iterable[AnyEvent], as_of: date, rule: PromiseRule | None = None
) -> ArrangementState:
    """Whether an arrangement was kept up to ``as_of``; without a rule its own cure days are the grace.

    ``events`` are the contract's. A payment that is reversed later no longer keeps it from that
    day on.

    Raises:
        InputError: If it is asked for before the day it was made.
    """
    if as_of < arrangement.made_on:
        raise InputError(
            "arrangement.early",
            "arrangement {id} was made on {made_on}; {as_of} is earlier",
            id=arrangement.id,
            made_on=arrangement.made_on.isoformat(),
            as_of=as_of.isoformat(),
        )
    listed = list(events)
    used = rule or PromiseRule(grace_days=arrangement.proposal.cure_days)
    verdicts = judge([arrangement.promise], listed, used, as_of)
    missed = [verdict for verdict in verdicts if verdict.status in ("partial", "broken")]
    coming = [verdict for verdict in verdicts if verdict.status == "pending"]
    broken_on = min((verdict.deadline for verdict in missed), default=None)
    if _was_undone(arrangement, listed, as_of):
        status: Status = "undone"
    elif broken_on is not None:
        status = "broken"
    else:
        status = "running" if coming else "kept"
    return ArrangementState(
        id=arrangement.id,
        contract=arrangement.proposal.contract,
        as_of=as_of,
        status=status,
        verdicts=verdicts,
        broken_on=broken_on + timedelta(days=1) if broken_on is not None else None,
        next_on=coming[0].due_on if coming else None,
        next_amount=coming[0].promised - coming[0].received if coming else None,
        received=sum((verdict.received for verdict in verdicts), Decimal(0)),
        promised=sum((verdict.promised for verdict in verdicts), Decimal(0)),
    )


def _was_undone(arrangement: Arrangement, events: list[AnyEvent], as_of: date) -> bool:
    mine = {f"{arrangement.id}.{event.id}" for event in arrangement.proposal.becomes}
    recorded = {event.id for event in events if event.effective_on <= as_of} & mine
    stand = {event.id for event in standing(events, as_of)}
    return any(id not in stand for id in recorded)
