"""What lies between last month's aging and this one's?

Every rupiah by which the outstanding changed is in exactly one line, and every row closes: before
+ lines = after. First what was wrong with the earlier figures (a payment of that month reversed
since, one booked late, other rules), then what happened in between (lent, charged, paid, waived,
written off, planned anew), and last what moved from bucket to bucket (rolled up, improved, cured,
restructured).

>>> from tagih.contracts import Contract, Instalment, Payment
>>> from tagih.ledger import replay
>>> from tagih.policies import policy
>>> due = [Instalment(n, date(2026, n, 15), Decimal(900), Decimal(100)) for n in (1, 2)]
>>> contract = Contract("MF-1", due)
>>> rules, paid = policy("id.kol.mf.2018"), [Payment("P-1", date(2026, 2, 20), Decimal(400))]
>>> ends = [replay(contract, paid, rules, as_of=day) for day in (date(2026, 1, 20), date(2026, 2, 28))]
>>> (found,) = bridges(ends[:1], ends[1:])
>>> [(entry.line, entry.code, str(entry.amounts.total)) for entry in found.entries]
[('paid', '1', '-400.00'), ('rolled_up', '1', '-1600.00'), ('rolled_up', '2', '1600.00')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Final

from attrs import frozen

from tagih.aging import age, scheme_of
from tagih.contracts import AnyEvent, Component, Forgiveness, Restructure
from tagih.errors import EventError, InputError
from tagih.ledger import Amounts, Position, added, replay
from tagih.ledger.compile import late_component, standing
from tagih.policies.buckets import Buckets

LINES: Final = (
    "new",
    "taken_over",
    "agreement",
    "policy",
    "reversed",
    "backdated",
    "lent",
    "fees",
    "late_charges",
    "charged_back",
    "paid",
    "waived",
    "forgiven",
    "written_off",
    "planned_anew",
    "gone",
    "unexplained",
    "rolled_up",
    "improved",
    "cured",
    "restructured",
    "closed",
)
"""The lines, in the order in which they are shown.

``new`` was signed in between, ``taken_over`` came into the book in between; ``agreement`` and
``policy`` are other terms or rules for the same past; ``reversed`` and ``backdated`` are events of
the earlier time that were undone or booked since. ``planned_anew`` is what a restructure added
(or took) by making a new plan. ``gone`` is no longer in the book. From ``rolled_up`` on money only
moves between buckets; ``closed`` owes nothing any more.
"""

MOVES: Final = ("rolled_up", "improved", "cured", "restructured", "closed")
"""Lines that move money between buckets and add up to nothing."""


@frozen
class Entry:
    """One contract's part of a line, in the bucket to which it belongs; signed."""

    contract_id: str
    line: str
    code: str
    amounts: Amounts


@frozen
class BridgeRow:
    """One bucket, or all: what was outstanding before, the lines, and what is outstanding after."""

    code: str
    before: Amounts
    lines: tuple[tuple[str, Amounts], ...]
    after: Amounts

    def line(self, name: str) -> Amounts:
        """One line; nothing where it does not occur."""
        return dict(self.lines).get(name, Amounts())

    @property
    def rest(self) -> Amounts:
        """Before + lines - after by component: nothing, where it closes."""
        parts = added((self.before, *(amounts for _, amounts in self.lines), _negative(self.after))).parts
        return Amounts(tuple((part, amount) for part, amount in parts if amount))


@frozen
class Bridge:
    """From one aging to the next, in one currency and one bucket scheme.

    ``unapplied`` is the unapplied credit: before, what came, what was used or paid back, after.
    ``moved`` counts contracts by line (of those that move between buckets, come or go).
    """

    start: date
    end: date
    currency: str
    scheme: Buckets
    entries: tuple[Entry, ...]
    before: tuple[tuple[str, Amounts], ...]
    after: tuple[tuple[str, Amounts], ...]
    unapplied: tuple[Decimal, Decimal, Decimal, Decimal]

    def row(self, code: str = "") -> BridgeRow:
        """One bucket, or (no code) all of them together."""
        lines: dict[str, list[Amounts]] = {}
        for entry in self.entries:
            if code in ("", entry.code):
                lines.setdefault(entry.line, []).append(entry.amounts)
        return BridgeRow(
            code,
            added(amounts for at, amounts in self.before if code in ("", at)),
            tuple((name, added(lines[name])) for name in LINES if name in lines),
            added(amounts for at, amounts in self.after if code in ("", at)),
        )

    @property
    def rows(self) -> tuple[BridgeRow, ...]:
        """A row a bucket; the columns of the moves add up to nothing."""
        return tuple(self.row(bucket.code) for bucket in self.scheme.buckets)

    def contracts(self, line: str) -> int:
        """How many contracts have a part in a line."""
        return len({entry.contract_id for entry in self.entries if entry.line == line})

    @property
    def closes(self) -> bool:
        """Whether every bucket and component closes to zero, with nothing unexplained."""
        start, came, went, end = self.unapplied
        return (
            start + came - went == end
            and all(not row.rest.parts for row in (self.row(), *self.rows))
            and all(entry.line != "unexplained" for entry in self.entries)
        )


def bridges(
    before: Iterable[Position],
    after: Iterable[Position],
    *,
    scheme: Buckets | None = None,
    codes: Callable[[Position], str] | None = None,
    days: tuple[date, date] | None = None,
) -> tuple[Bridge, ...]:
    """The bridge from the positions of one day to those of a later one; one a currency and scheme.

    Args:
        scheme: The buckets; by default each contract's own policy's, as of the later day.
        codes: The bucket of a position; by default by its measures in the scheme.
        days: Both days, where one of them may have no positions at all.

    Raises:
        InputError: If the positions are not of one day each, in order, or a contract occurs twice.
    """
    first, last = _by_contract(before), _by_contract(after)
    start, end = days or (_one_day(first.values()), _one_day(last.values()))
    if not start < end:
        raise InputError(
            "bridge.order",
            "a bridge leads from one day to a later one, got {start} and {end}",
            start=start.isoformat(),
            end=end.isoformat(),
        )
    groups: dict[tuple[str, str], tuple[Buckets, list[str]]] = {}
    for contract_id in dict.fromkeys((*first, *last)):
        position = last.get(contract_id) or first[contract_id]
        found = scheme_of(position, scheme)
        groups.setdefault((position.currency, found.about.id), (found, []))[1].append(contract_id)
    return tuple(
        _bridge(start, end, currency, own, [(first.get(one), last.get(one)) for one in ids], codes)
        for (currency, _), (own, ids) in sorted(groups.items(), key=lambda item: item[0])
    )


def _bridge(
    start: date,
    end: date,
    currency: str,
    scheme: Buckets,
    pairs: Iterable[tuple[Position | None, Position | None]],
    codes: Callable[[Position], str] | None,
) -> Bridge:
    def code_of(position: Position) -> str:
        return codes(position) if codes else age(position, scheme).bucket.code

    entries: list[Entry] = []
    before, after = [], []
    held = [Decimal(0)] * 4
    for first, last in pairs:
        old = code_of(first) if first else ""
        new = code_of(last) if last else ""
        if first:
            before.append((old, first.outstanding))
        if last:
            after.append((new, last.outstanding))
        entries += _entries(first, last, old, new, scheme, start)
        was = first.unapplied if first else Decimal(0)
        now = last.unapplied if last else Decimal(0)
        for at, amount in enumerate((was, max(now - was, Decimal(0)), max(was - now, Decimal(0)), now)):
            held[at] += amount
    return Bridge(
        start,
        end,
        currency,
        scheme,
        tuple(entries),
        tuple(before),
        tuple(after),
        (held[0], held[1], held[2], held[3]),
    )


# --- one contract -----------------------------------------------------------------------------


def _entries(
    first: Position | None, last: Position | None, old: str, new: str, scheme: Buckets, start: date
) -> Iterator[Entry]:
    if last is None:
        assert first is not None
        yield Entry(first.contract.id, "gone", old, _negative(first.outstanding))
        return
    contract_id = last.contract.id
    here = old if first else new
    flows: dict[str, Amounts] = {}
    if first is None:
        flows = _flows(last)
        signed = last.contract.signed_on
        line = "taken_over" if signed is not None and signed <= start else "new"
        flows[line] = _difference(last.outstanding, added(flows.values()))
    else:
        told, base = _restated(first, last)
        flows = _between(_flows(base), _flows(last)) | told
        explained = added((first.outstanding, *flows.values()))
        flows["unexplained"] = _difference(last.outstanding, explained)
    for line in LINES:
        if line in flows and any(amount for _, amount in flows[line].parts):
            yield Entry(contract_id, line, here, _whole(flows[line]))
    if old and old != new:
        line = _move(first, last, old, new, scheme, start)
        yield Entry(contract_id, line, old, _negative(last.outstanding))
        yield Entry(contract_id, line, new, _whole(last.outstanding))


def _move(first: Position | None, last: Position, old: str, new: str, scheme: Buckets, start: date) -> str:
    if not last.outstanding.total:
        return "closed"
    if any(
        isinstance(event, Restructure) and event.effective_on > start
        for event in standing(last.events, last.as_of)
    ):
        return "restructured"
    if scheme.place(new) > scheme.place(old):
        return "rolled_up"
    return "improved" if scheme.place(new) else "cured"


def _flows(position: Position) -> dict[str, Amounts]:
    """What changed the outstanding from the first day on, by line."""
    forgiving = {event.id for event in position.events if isinstance(event, Forgiveness)}
    sums: dict[str, dict[Component, Decimal]] = {}

    def add(name: str, component: Component, amount: Decimal) -> None:
        parts = sums.setdefault(name, {})
        parts[component] = parts.get(component, Decimal(0)) + amount

    for line in position.lines:
        if line.component is None:
            continue
        kind = line.component.kind
        if line.kind == "settled":
            add("paid", line.component, -line.amount)
        elif line.kind == "charged_back":
            add("charged_back", line.component, line.amount)
        elif line.kind == "charged":
            name = {"late_charge": "late_charges", "fee": "fees"}.get(kind, "lent")
            add(name, line.component, line.amount)
        elif line.kind == "waived":
            add("forgiven" if line.event in forgiving else "waived", line.component, -line.amount)
        elif line.kind == "written_off":
            add("written_off", line.component, -line.amount)
        elif line.kind == "restructured":
            add("planned_anew", line.component, -line.amount)
        elif line.kind == "planned":
            add("planned_anew", line.component, line.amount)
    if position.late_charges_run_up:
        add("late_charges", late_component(position.policy), position.late_charges_run_up)
    return {name: Amounts(tuple(parts.items())) for name, parts in sums.items()}


def _between(base: Mapping[str, Amounts], last: Mapping[str, Amounts]) -> dict[str, Amounts]:
    return {
        name: _difference(last.get(name, Amounts()), base.get(name, Amounts())) for name in (*base, *last)
    }


def _restated(first: Position, last: Position) -> tuple[dict[str, Amounts], Position]:
    """What later knowledge changed about ``first``, by line; and ``first`` as it is known by ``last``."""
    start = first.as_of
    was = {event.id: event for event in standing(first.events, start)}
    now = {event.id: event for event in standing(last.events, last.as_of) if event.effective_on <= start}
    told: dict[str, Amounts] = {}
    base = first

    def step(line: str, other: Position) -> None:
        nonlocal base
        told[line] = _difference(other.outstanding, base.outstanding)
        base = other

    events: Iterable[AnyEvent] = tuple(was.values())
    if was != now:
        kept = tuple(now[event_id] for event_id in was if event_id in now)
        undone = kept != tuple(was.values())
        events = tuple(now.values())
        if undone and len(kept) < len(now):
            with suppress(EventError):  # the rest may make no sense without what was booked late: one line
                step("reversed", replay(first.contract, kept, first.policy, start))
        step(
            "backdated" if len(kept) < len(now) else "reversed",
            replay(first.contract, events, first.policy, start),
        )
    if first.contract != last.contract:
        step("agreement", replay(last.contract, events, first.policy, start))
    if first.policy != last.policy:
        step("policy", replay(last.contract, events, last.policy, start))
    return told, base


# --- arithmetic -------------------------------------------------------------------------------


def _by_contract(positions: Iterable[Position]) -> dict[str, Position]:
    found: dict[str, Position] = {}
    for position in positions:
        if position.contract.id in found:
            raise InputError(
                "bridge.twice", "contract {id} occurs twice in a bridge", id=position.contract.id
            )
        found[position.contract.id] = position
    return found


def _one_day(positions: Iterable[Position]) -> date:
    days = {position.as_of for position in positions}
    if len(days) != 1:
        raise InputError(
            "bridge.days",
            "each side of a bridge is of one day, got {found}",
            found=", ".join(day.isoformat() for day in sorted(days)) or "no contracts",
        )
    return days.pop()


def _negative(amounts: Amounts) -> Amounts:
    return Amounts(tuple((part, -amount) for part, amount in amounts.parts if amount))


def _whole(amounts: Amounts) -> Amounts:
    return Amounts(tuple((part, amount) for part, amount in amounts.parts if amount))


def _difference(amounts: Amounts, less: Amounts) -> Amounts:
    return _whole(added((amounts, _negative(less))))
