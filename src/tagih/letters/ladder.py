"""Which letter is due to whom, and why none to the others?

Every contract gets exactly one answer: a letter, silence with a reason, not due yet, escalate
(the last letter was sent and nothing helped), or failed (its data do not make a letter).

No level is skipped, even when a run is late: the next letter is the one after the last that
counts. Letters dated before the present arrears began do not count, so that the ladder starts
again once nothing was past due any more.

>>> from tagih.policies import Rung
>>> rule = Ladder((Rung("sp1", 7, 7), Rung("sp2", 14, 7)), least_gap=7)
>>> late = Case("MF-1", "K-1", days_past_due=40, arrears=Decimal(900), since=date(2026, 9, 1))
>>> choose([late], rule, date(2026, 10, 11))[0].letter
'sp1'
>>> warned = evolve(late, earlier=(Earlier("sp1", date(2026, 10, 8), "0001/SP1/X/2026"),))
>>> choice = choose([warned], rule, date(2026, 10, 11))[0]
>>> choice.outcome, choice.reason, choice.until
('not_due', 'gap', datetime.date(2026, 10, 15))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from attrs import evolve, field, frozen

from tagih.errors import TagihError
from tagih.ledger import Position
from tagih.policies import Ladder, Rung

Outcome = Literal["send", "suppressed", "not_due", "escalate", "failed"]

SILENCES: Final = (
    "deceased",
    "dispute",
    "promise",
    "arrangement",
    "payment_in_transit",
    "below_minimum",
    "cease_contact",
    "restructure_pending",
    "contact_rules",
)
"""Reasons for silence; where several hold, the first of this list is given."""

NOT_DUE: Final = ("nothing_past_due", "below_first_level", "below_level", "gap", "not_sent", "other_contract")
"""Reasons why a letter is not due yet."""

SETTLES: Final = frozenset({"settled", "waived", "restructured", "recovered", "forgiven"})


@frozen
class Earlier:
    """A letter that went out before. ``sent_on`` and ``delivered_on`` where there is evidence."""

    kind: str
    issued_on: date
    number: str = ""
    sent_on: date | None = None
    delivered_on: date | None = None
    contract_id: str = ""

    def counted_on(self, counted_from: str) -> date | None:
        """The day from which days between letters count; None while it has not happened."""
        if counted_from == "delivery":
            return self.delivered_on
        return (self.sent_on or self.delivered_on) if counted_from == "sending" else self.issued_on


@frozen
class Silence:
    """A reason to send nothing, until which day (None: until it is lifted), and what it rests on.

    ``error`` is the same as ``detail`` where that is a sentence with a code, to be said in any language.
    """

    reason: str
    until: date | None = None
    detail: str = ""
    error: TagihError | None = field(default=None, eq=False)


@frozen
class Case:
    """One contract as the ladder sees it.

    ``since`` is the due date from which something has been past due without a break.
    ``fault`` says why its letter could not be made (``error`` is the same, with its fields);
    empty if it can.
    """

    contract_id: str
    debtor_id: str
    days_past_due: int
    arrears: Decimal
    since: date | None = None
    earlier: tuple[Earlier, ...] = ()
    silences: tuple[Silence, ...] = ()
    fault: str = ""
    error: TagihError | None = field(default=None, kw_only=True, eq=False)
    wholly_faulty: bool = field(default=False, kw_only=True)

    @property
    def is_late(self) -> bool:
        """Whether anything is past due that a letter could ask for."""
        return self.days_past_due > 0 and self.arrears > 0


@frozen
class Choice:
    """The answer for one contract: at most one letter, or one reason."""

    contract_id: str
    outcome: Outcome
    letter: str = ""
    reason: str = ""
    until: date | None = None
    detail: str = ""
    rung: Rung | None = None
    previous: Earlier | None = None
    error: TagihError | None = field(default=None, eq=False)


# --- the answer -------------------------------------------------------------------------------


def choose(cases: Iterable[Case], ladder: Ladder, as_of: date) -> tuple[Choice, ...]:
    """One answer for every case, in the order given.

    Where nothing is past due there is no letter to be silent about: not due. Else incomplete
    data come first, then one reason for silence, then the ladder.
    """
    listed = tuple(cases)
    if ladder.per == "contract":
        return tuple(_chosen(case, ladder, as_of) for case in listed)
    groups: dict[str, list[Case]] = {}
    for case in listed:
        groups.setdefault(case.debtor_id or case.contract_id, []).append(case)
    answers: dict[str, Choice] = {}
    for group in groups.values():
        lead, together = _together(group)
        answers[lead.contract_id] = _chosen(together, ladder, as_of)
        for other in group:
            if other.contract_id == lead.contract_id:
                continue
            late = other.is_late
            reason = "other_contract" if late else "nothing_past_due"
            detail = lead.contract_id if late else ""
            answers[other.contract_id] = Choice(other.contract_id, "not_due", reason=reason, detail=detail)
            if late and other.fault:
                answers[other.contract_id] = Choice(
                    other.contract_id, "failed", detail=other.fault, error=other.error
                )
    return tuple(answers[case.contract_id] for case in listed)


def next_rung(case: Case, ladder: Ladder) -> tuple[Rung | None, Earlier | None]:
    """The rung after the last letter that counts (None after the last), and that letter."""
    place = {rung.letter: at for at, rung in enumerate(ladder.rungs)}
    counting = [
        letter
        for letter in case.earlier
        if letter.kind in place and case.since is not None and letter.issued_on > case.since
    ]
    if not counting:
        return ladder.rungs[0], None
    last = max(counting, key=lambda letter: (place[letter.kind], letter.issued_on, letter.number))
    at = place[last.kind] + 1
    return (ladder.rungs[at] if at < len(ladder.rungs) else None), last


def _together(group: Sequence[Case]) -> tuple[Case, Case]:
    """The contract that a debtor's one letter is about, and its case with all the debtor's in it."""
    late = [case for case in group if case.is_late]
    lead = min(late or group, key=lambda case: (-case.days_past_due, -case.arrears, case.contract_id))
    starts = [case.since for case in late if case.since]
    together = evolve(
        lead,
        arrears=sum((case.arrears for case in late), Decimal(0)),
        since=min(starts, default=None),
        earlier=tuple(letter for case in group for letter in case.earlier),
        silences=tuple(silence for case in group for silence in case.silences),
    )
    return lead, together


def _chosen(case: Case, ladder: Ladder, as_of: date) -> Choice:
    id = case.contract_id
    if not case.is_late:
        if case.wholly_faulty:
            return Choice(id, "failed", detail=case.fault, error=case.error)
        return Choice(id, "not_due", reason="nothing_past_due")
    if case.fault:
        return Choice(id, "failed", detail=case.fault, error=case.error)
    silences = list(case.silences)
    if case.arrears < ladder.minimum:
        silences.append(Silence("below_minimum", detail=str(ladder.minimum)))
    if silences:
        first = min(silences, key=lambda silence: SILENCES.index(silence.reason))
        return Choice(
            id, "suppressed", reason=first.reason, until=first.until, detail=first.detail, error=first.error
        )
    return _climbed(case, ladder, as_of)


def _climbed(case: Case, ladder: Ladder, as_of: date) -> Choice:
    id = case.contract_id
    rung, last = next_rung(case, ladder)
    if last is not None:
        counted = last.counted_on(ladder.counted_from)
        if counted is None or counted > as_of:
            return Choice(id, "not_due", reason="not_sent", detail=last.number or last.kind, previous=last)
        valid = next(one.days_to_pay for one in ladder.rungs if one.letter == last.kind)
        free = counted + timedelta(days=max(ladder.least_gap, valid))
        if as_of < free:
            return Choice(
                id, "not_due", reason="gap", until=free, detail=last.number or last.kind, previous=last
            )
    if rung is None:
        assert last is not None
        return Choice(id, "escalate", detail=last.number or last.kind, previous=last)
    if case.days_past_due < rung.from_day:
        first = rung == ladder.rungs[0]
        on = as_of + timedelta(days=rung.from_day - case.days_past_due)
        reason = "below_first_level" if first else "below_level"
        return Choice(id, "not_due", reason=reason, until=on, previous=last)
    return Choice(id, "send", letter=rung.letter, rung=rung, previous=last)


# --- since when is something past due? ----------------------------------------------------------


def arrears_since(position: Position) -> date | None:
    """The due date from which something has been past due without a break; None if nothing is.

    A row that was settled on the very day the next one fell due made a break: at the end of
    that day nothing was past due. What was reversed never happened, so it makes no break.
    """
    start = position.oldest_due_on
    if start is None:
        return None
    closed: dict[date, date] = {}
    open_rows = {row.due_on for row in position.instalments if row.days_past_due > 0}
    held = position.policy.arrears.held_open_by
    for line in position.lines:
        if line.kind not in SETTLES or line.due_on is None or line.due_on in open_rows:
            continue
        if line.component is not None and line.component.kind in held:
            closed[line.due_on] = max(line.on, closed.get(line.due_on, line.on))
    for due_on in sorted(closed, reverse=True):
        if due_on < start < closed[due_on]:
            start = due_on
    return start


# --- the count ----------------------------------------------------------------------------------


@frozen
class Tally:
    """How many of each: sent by kind, suppressed and not due by reason, escalate, failed.

    They make the population; a tally that does not is a bug, and refused.
    """

    population: int
    sent: tuple[tuple[str, int], ...] = ()
    suppressed: tuple[tuple[str, int], ...] = ()
    not_due: tuple[tuple[str, int], ...] = ()
    escalate: int = 0
    failed: int = 0

    def __attrs_post_init__(self) -> None:
        parts = (self.sent, self.suppressed, self.not_due)
        counted = sum(number for part in parts for _, number in part) + self.escalate + self.failed
        assert counted == self.population, f"{counted} answers for a population of {self.population}"

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        return {
            "population": self.population,
            "sent": dict(self.sent),
            "suppressed": dict(self.suppressed),
            "not_due": dict(self.not_due),
            "escalate": self.escalate,
            "failed": self.failed,
        }


def tally(choices: Sequence[Choice], population: int) -> Tally:
    """The count of ``choices`` over a population that was counted by itself."""

    def by(outcome: Outcome, name: str, order: Iterable[str] = ()) -> tuple[tuple[str, int], ...]:
        counts: Mapping[str, int] = Counter(
            getattr(choice, name) for choice in choices if choice.outcome == outcome
        )
        known = [key for key in order if key in counts]
        return tuple((key, counts[key]) for key in [*known, *sorted(set(counts) - set(known))])

    return Tally(
        population,
        by("send", "letter"),
        by("suppressed", "reason", SILENCES),
        by("not_due", "reason", NOT_DUE),
        sum(choice.outcome == "escalate" for choice in choices),
        sum(choice.outcome == "failed" for choice in choices),
    )
