"""Which share is late, set aside, collected, recovered?

Every ratio is a `Rate`: its part, its whole, how many cases it rests on, and the name under which
its definition stands. A rate that rests on fewer than 20 cases says so.

>>> rate = Rate("par30", "", Decimal(1), Decimal(3), 19)
>>> rate.share, rate.few
(Decimal('0.333333'), True)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from attrs import frozen

from tagih.classes import Exposure, Ratio, non_performing, tkb, twp
from tagih.contracts import WriteOff
from tagih.ledger import Balance, Position
from tagih.policies import Buckets
from tagih.reports.snapshot import Account, Snapshot

FEW: Final = 20
"""Rates on fewer cases than this are marked."""


@frozen
class Rate:
    """``part`` ÷ ``whole`` over ``n`` cases; ``name`` is its definition's, ``of`` its bucket or cohort."""

    name: str
    of: str
    part: Decimal
    whole: Decimal
    n: int

    @property
    def share(self) -> Decimal | None:
        """The share to six places, rounded half up; None where the whole is 0."""
        if not self.whole:
            return None
        return (self.part / self.whole).quantize(Decimal("0.000001"), ROUND_HALF_UP)

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than 20 cases."""
        return self.n < FEW


def _rate(name: str, ratio: Ratio, n: int) -> Rate:
    return Rate(name, "", ratio.part, ratio.whole, n)


# --- at risk ----------------------------------------------------------------------------------


def portfolio_at_risk(accounts: Iterable[Account], days: Sequence[int] = (1, 30, 60, 90)) -> tuple[Rate, ...]:
    """PAR1, PAR30, PAR60, PAR90: principal of contracts that late ÷ principal of all.

    PAR1 is 1 day late or more; the others are *more than* 30, 60, 90 days.
    """
    live = [account for account in accounts if account.state == "live"]
    whole = sum((account.balance for account in live), Decimal(0))
    return tuple(
        Rate(
            f"par{least}",
            "",
            sum((a.balance for a in live if a.days_past_due > (0 if least == 1 else least)), Decimal(0)),
            whole,
            len(live),
        )
        for least in days
    )


def exposures(accounts: Iterable[Account]) -> tuple[Exposure, ...]:
    """Accounts as the ratios of `tagih.classes` see them; those paid off are left out."""
    return tuple(
        Exposure(
            account.contract_id,
            account.kol,
            account.days_past_due,
            account.balance,
            written_off=account.written_off,
            provision=account.provision or Decimal(0),
        )
        for account in accounts
        if account.state != "paid_off"
    )


def non_performing_rates(accounts: Sequence[Account], scheme: Buckets) -> tuple[Rate, ...]:
    """NPL (NPF) gross and net, where the scheme says from which class a debt is non-performing."""
    if not scheme.non_performing_from:
        return ()
    live = exposures(account for account in accounts if account.state == "live")
    return (
        _rate("npl_gross", non_performing(live, scheme), len(live)),
        _rate("npl_net", non_performing(live, scheme, net_of="provisions"), len(live)),
    )


def repayment_rates(accounts: Iterable[Account]) -> tuple[Rate, ...]:
    """TWP90 and TKB90 of online lending, without write-offs and with them put back."""
    found = exposures(accounts)
    live = sum(1 for one in found if one.outstanding)
    return (
        _rate("twp90", twp(found), live),
        _rate("tkb90", tkb(found), live),
        _rate("twp90_put_back", twp(found, written_off="put_back"), len(found)),
        _rate("tkb90_put_back", tkb(found, written_off="put_back"), len(found)),
    )


# --- provisions -------------------------------------------------------------------------------

PROVISION_MOVES: Final = ("new", "worse", "better", "balance", "paid_off", "written_off", "gone")


@frozen
class ProvisionMove:
    """Why provisions changed: how many contracts, and by how much (signed)."""

    name: str
    contracts: int
    amount: Decimal


def provision_moves(opening: Snapshot, closing: Snapshot) -> tuple[ProvisionMove, ...]:
    """From last month's provisions to this month's, contract by contract; the moves add up.

    ``worse`` and ``better`` changed class, ``balance`` stayed in its class.
    """
    place = {bucket.code: at for at, bucket in enumerate(closing.classes)}
    found: dict[str, list[Decimal]] = {name: [] for name in PROVISION_MOVES}
    for contract_id in dict.fromkeys((*opening.by_id, *closing.by_id)):
        was, now = opening.by_id.get(contract_id), closing.by_id.get(contract_id)
        change = ((now and now.provision) or Decimal(0)) - ((was and was.provision) or Decimal(0))
        if not change:
            continue
        if now is None:
            name = "gone"
        elif was is None or was.state != "live":
            name = "new"
        elif now.state != "live":
            name = now.state
        elif place.get(now.kol, 0) != place.get(was.kol, 0):
            name = "worse" if place.get(now.kol, 0) > place.get(was.kol, 0) else "better"
        else:
            name = "balance"
        found[name].append(change)
    return tuple(ProvisionMove(name, len(each), sum(each, Decimal(0))) for name, each in found.items())


# --- collected and recovered --------------------------------------------------------------------


@frozen
class Collected:
    """What was to be collected of one contract in a month, and what became of it.

    Principal and interest due up to the closing day: ``forward`` in arrears at the opening,
    ``fell_due`` since (less what was prepaid), then ``paid``, ``waived``, ``moved`` (into a new
    plan), ``written_off``, and ``left``. forward + fell_due = paid + waived + moved +
    written_off + left.
    """

    contract_id: str
    forward: Decimal
    fell_due: Decimal
    paid: Decimal
    waived: Decimal
    moved: Decimal
    written_off: Decimal
    left: Decimal


@frozen
class Recovered:
    """What was written off of one contract and what came in of it, principal and interest.

    ``forward`` was written off and not recovered at the opening, ``written_off`` was added since,
    ``recovered`` came in; forward + written_off = recovered + ``left``.
    """

    contract_id: str
    forward: Decimal
    written_off: Decimal
    recovered: Decimal
    left: Decimal


COLLECTED: Final = ("principal", "interest")


def collected(first: Position | None, last: Position) -> Collected:
    """What was to be collected of a contract between two positions; ``first`` None: it is new.

    What an acceleration brought forward has fallen due on its day.
    """
    fallen = _fallen(last)
    was, now = _sums(first, fallen), _sums(last, fallen)
    forward = _sums(first, _fallen(first)).outstanding if first else Decimal(0)
    recovered = _recovered(last, fallen) - (_recovered(first, fallen) if first else Decimal(0))
    paid = now.paid - was.paid - recovered
    waived, moved = now.waived - was.waived, now.restructured - was.restructured
    written_off = now.written_off - was.written_off + recovered
    return Collected(
        last.contract.id,
        forward=forward,
        fell_due=paid + waived + moved + written_off + now.outstanding - forward,
        paid=paid,
        waived=waived,
        moved=moved,
        written_off=written_off,
        left=now.outstanding,
    )


def recovered(first: Position | None, last: Position) -> Recovered | None:
    """What came in of a contract's written-off principal and interest; None if nothing ever was."""
    if not any(isinstance(event, WriteOff) for event in last.events):
        return None
    forward = first.written_off.principal + first.written_off.interest if first else Decimal(0)
    left = last.written_off.principal + last.written_off.interest
    came = _recovered(last) - (_recovered(first) if first else Decimal(0))
    return Recovered(last.contract.id, forward, left + came - forward, came, left)


Rows = Set[tuple[int | None, date]]


def _fallen(position: Position) -> Rows:
    """The rows that have fallen due by the position's day, by number and the contract's due date."""
    return {(row.number, row.due_on) for row in position.instalments if row.payable_on <= position.as_of}


def _sums(position: Position | None, rows: Rows) -> Balance:
    """Principal and interest of some rows, added up."""
    sums = dict.fromkeys(("due", "paid", "waived", "restructured", "written_off", "outstanding"), Decimal(0))
    for row in position.instalments if position else ():
        if (row.number, row.due_on) in rows:
            for component, balance in row.balances:
                if component.kind in COLLECTED:
                    for name in sums:
                        sums[name] += getattr(balance, name)
    return Balance(**sums)


def _recovered(position: Position, rows: Rows | None = None) -> Decimal:
    """Principal and interest paid after they were written off, on some rows or on all."""
    if not any(isinstance(event, WriteOff) for event in position.events):
        return Decimal(0)
    signs = {"recovered": 1, "unrecovered": -1}
    return sum(
        (
            line.amount * signs[line.kind]
            for line in position.lines
            if line.kind in signs
            and line.component is not None
            and line.component.kind in COLLECTED
            and (rows is None or line.due_on is None or (line.instalment, line.due_on) in rows)
        ),
        Decimal(0),
    )


def _total(found: Iterable[object], *names: str) -> Decimal:
    return sum((getattr(one, name) for one in found for name in names), Decimal(0))


def collection_rate(found: Sequence[Collected]) -> Rate:
    """Collected ÷ (arrears brought forward + fell due); n is the contracts with anything to collect."""
    due = [one for one in found if one.forward or one.fell_due]
    return Rate("collection", "", _total(found, "paid"), _total(found, "forward", "fell_due"), len(due))


def recovery_rate(found: Sequence[Recovered]) -> Rate:
    """Recovered ÷ (written off and not recovered at the opening + written off since)."""
    lost = [one for one in found if one.forward or one.written_off]
    return Rate(
        "recovery", "", _total(found, "recovered"), _total(found, "forward", "written_off"), len(lost)
    )
