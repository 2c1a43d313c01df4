"""Where did the accounts of last month's buckets go?

A `Migration` puts every account of two snapshots in one cell: from its bucket at the opening to
where it is at the closing. Paid off and written off are destinations; every row adds up to its
opening, by count and by opening balance. All it needs is two lists of `Standing`, so two files of
(account, bucket, balance, flags) are enough.

>>> then = [Standing("A", "0", Decimal(900)), Standing("B", "1", Decimal(500))]
>>> now = [Standing("A", "1", Decimal(900)), Standing("B", "", Decimal(0), "paid_off")]
>>> found = migrate(then, now, ("0", "1"))
>>> found.count("0", "1"), found.opening("1", "paid_off")
(1, Decimal('500'))
>>> [(rate.name, rate.of, str(rate.part)) for rate in transition_rates(found) if rate.part]
[('roll', '0', '1'), ('cure', '1', '1'), ('paid_off', '1', '1')]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal

from attrs import frozen

from tagih.errors import InputError
from tagih.reports.ratios import Rate
from tagih.reports.snapshot import Snapshot

PAID_OFF: Final = "paid_off"
WRITTEN_OFF: Final = "written_off"
GONE: Final = "gone"
NEW: Final = "new"
EXITS: Final = (PAID_OFF, WRITTEN_OFF, GONE)
"""Destinations besides the buckets; ``gone`` is an account that the closing does not list."""
ENTRIES: Final = (NEW, PAID_OFF, WRITTEN_OFF)
"""Origins besides the buckets: accounts with no opening balance; no rate counts them."""

By = Literal["count", "balance"]
RATES: Final = ("roll", "stay", "improved", "cure", "restructured", "gone")
"""The rates of a bucket add up to 1; for the best bucket ``paid_off`` stands in for cure."""


@frozen
class Standing:
    """An account in one snapshot: its bucket (empty where it is not live), balance and flags.

    ``restructured``: by a restructure since the opening.
    """

    account: str
    bucket: str
    balance: Decimal
    state: str = "live"
    restructured: bool = False

    @property
    def place(self) -> str:
        """The bucket, or the state of an account that is not live."""
        return self.bucket if self.state == "live" else self.state


@frozen
class Move:
    """One account from its place at the opening to its place at the closing, with its balances."""

    account: str
    origin: str
    destination: str
    opening: Decimal
    closing: Decimal
    restructured: bool = False


@frozen
class Migration:
    """Every account of two snapshots, and the buckets from best to worst."""

    codes: tuple[str, ...]
    moves: tuple[Move, ...]

    @cached_property
    def _cells(self) -> dict[tuple[str, str], list[Move]]:
        cells: dict[tuple[str, str], list[Move]] = {}
        for move in self.moves:
            cells.setdefault((move.origin, move.destination), []).append(move)
        return cells

    @property
    def origins(self) -> tuple[str, ...]:
        """The buckets, then the entries that occur."""
        return (*self.codes, *(name for name in ENTRIES if any(move.origin == name for move in self.moves)))

    @property
    def destinations(self) -> tuple[str, ...]:
        """The buckets, paid off and written off; ``gone`` where it occurs."""
        gone = (GONE,) if any(move.destination == GONE for move in self.moves) else ()
        return (*self.codes, PAID_OFF, WRITTEN_OFF, *gone)

    @cached_property
    def outcomes(self) -> Mapping[tuple[str, str, bool], str]:
        """What a move is called, by destination, origin, and whether it was restructured."""
        return {
            (to, code, restructured): outcome(
                Move("", code, to, Decimal(0), Decimal(0), restructured), self.codes
            )
            for code in self.codes
            for to in (*self.codes, *EXITS)
            for restructured in (False, True)
        }

    def of(self, origin: str | None = None, destination: str | None = None) -> list[Move]:
        """The moves in a cell; None is every origin or destination."""
        return [
            move
            for (start, end), moves in self._cells.items()
            if origin in (None, start) and destination in (None, end)
            for move in moves
        ]

    def count(self, origin: str | None = None, destination: str | None = None) -> int:
        """Accounts in a cell; None is every origin or destination."""
        return sum(
            len(moves)
            for (start, end), moves in self._cells.items()
            if origin in (None, start) and destination in (None, end)
        )

    def opening(self, origin: str | None = None, destination: str | None = None) -> Decimal:
        """Opening balances in a cell."""
        return sum((move.opening for move in self.of(origin, destination)), Decimal(0))

    def closing(self, origin: str | None = None, destination: str | None = None) -> Decimal:
        """Closing balances in a cell."""
        return sum((move.closing for move in self.of(origin, destination)), Decimal(0))


def migrate(opening: Iterable[Standing], closing: Iterable[Standing], codes: Sequence[str]) -> Migration:
    """Every account once, from its place at the opening to its place at the closing.

    An account that only the closing lists is ``new``; one that only the opening lists is ``gone``.
    What was not live at either end is left out.

    Raises:
        InputError: If an account is listed twice, or stands in a bucket that ``codes`` does not have.
    """
    known = (*codes, PAID_OFF, WRITTEN_OFF)
    first, last = _listed(opening, known), _listed(closing, known)
    moves, inside, nothing = [], frozenset(codes), Decimal(0)
    for account in dict.fromkeys((*first, *last)):
        was, now = first.get(account), last.get(account)
        origin = was.place if was else NEW
        destination = now.place if now else GONE
        if origin in inside or destination in inside or origin == NEW:
            before = was.balance if was and was.state == "live" else nothing
            after = now.balance if now and now.state == "live" else nothing
            moves.append(Move(account, origin, destination, before, after, bool(now and now.restructured)))
    return Migration(tuple(codes), tuple(moves))


def _listed(standings: Iterable[Standing], known: Sequence[str]) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    places = frozenset(known)
    for one in standings:
        if one.account in found:
            raise InputError(
                "migration.twice", "account '{id}' stands twice in a snapshot; once is right", id=one.account
            )
        if one.place not in places:
            raise InputError(
                "migration.bucket",
                "account '{id}': '{bucket}' is no bucket; write one of {known}",
                id=one.account,
                bucket=one.place,
                known=", ".join(known),
            )
        found[one.account] = one
    return found


def standings(snapshot: Snapshot, axis: Literal["kol", "bucket"], opening: Snapshot) -> tuple[Standing, ...]:
    """A snapshot's accounts by class (``kol``) or by bucket of days.

    Restructured are those with a restructure after the day of ``opening``.
    """
    return tuple(
        Standing(
            account.contract_id,
            (account.kol if axis == "kol" else account.bucket) if account.state == "live" else "",
            account.balance,
            account.state,
            account.restructured_on is not None and account.restructured_on > opening.as_of,
        )
        for account in snapshot.accounts
    )


def between(opening: Snapshot, closing: Snapshot, axis: Literal["kol", "bucket"]) -> Migration:
    """The migration from one snapshot to a later one, by class or by bucket of days."""
    groups = closing.classes if axis == "kol" else closing.buckets
    return migrate(
        standings(opening, axis, opening),
        standings(closing, axis, opening),
        tuple(group.code for group in groups),
    )


# --- rates ------------------------------------------------------------------------------------


def outcome(move: Move, codes: Sequence[str]) -> str:
    """What became of an account that had an opening bucket: one of `RATES`, or ``paid_off``.

    Roll is to a worse bucket, write-off included. Cure is to the best bucket or paid off, never
    from the best, and never by a restructure, which stands by itself; so does a bucket that is
    better and not the best (improved).
    """
    start = codes.index(move.origin)
    if move.destination == GONE:
        return "gone"
    if move.destination == WRITTEN_OFF:
        return "roll"
    end = 0 if move.destination == PAID_OFF else codes.index(move.destination)
    if start == 0:
        if move.destination == PAID_OFF:
            return "paid_off"
        return "roll" if end else "stay"
    if end > start:
        return "roll"
    if end == start:
        return "stay"
    if end:
        return "improved"
    return "restructured" if move.restructured else "cure"


def transition_rates(migration: Migration, *, by: By = "count") -> tuple[Rate, ...]:
    """Roll, stay, improved, cure, restructured and paid off, for each bucket of the opening.

    The denominator is the bucket's accounts, or its opening balance. ``paid_off`` is shown again
    on its own for every bucket: for all but the best it is a part of cure (or of restructured).
    """
    rates = []
    for code in migration.codes:
        found: dict[str, list[Move]] = {}
        moves, gone = migration.of(code), migration.of(code, PAID_OFF)
        whole = _size(moves, by)
        for move in moves:
            found.setdefault(migration.outcomes[move.destination, code, move.restructured], []).append(move)
        for name in RATES:
            if (name == "cure" and code == migration.codes[0]) or (name == "gone" and name not in found):
                continue
            rates.append(Rate(name, code, _size(found.get(name, ()), by), whole, len(moves)))
        rates.append(Rate(PAID_OFF, code, _size(gone, by), whole, len(moves)))
    return tuple(rates)


def net_flows(migration: Migration) -> tuple[Rate, ...]:
    """Net flow from each bucket to the next: closing balance there ÷ opening balance here.

    The closing balance is that of every account, new bookings included; n is the accounts here.
    """
    return tuple(
        Rate(
            "net_flow",
            f"{here} → {there}",
            migration.closing(None, there),
            migration.opening(here),
            migration.count(here),
        )
        for here, there in zip(migration.codes, migration.codes[1:], strict=False)
    )


def _size(moves: Sequence[Move], by: By) -> Decimal:
    if by == "count":
        return Decimal(len(moves))
    return sum((move.opening for move in moves), Decimal(0))
