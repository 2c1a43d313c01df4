"""What is owed on a date, and the lines that say why.

A `Position` is read from the kernel's finished tables; nothing is worked out twice. Every figure
is a sum of cells (instalment × component), and every movement of a cell is one `Line`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import Final

from attrs import field, frozen

from tagih.contracts import AnyEvent, Component, Contract, Payment, Restructure
from tagih.dates import from_day, to_day
from tagih.errors import InputError
from tagih.ledger import kernel as k
from tagih.ledger.compile import Compiled, standing
from tagih.money import decimals, to_decimal
from tagih.policies.policy import Policy

LINE_KINDS: Final = {
    k.SETTLED: "settled",
    k.RUN_UP: "run_up",
    k.CAPPED: "capped",
    k.CHARGED: "charged",
    k.WAIVED: "waived",
    k.WRITTEN_OFF: "written_off",
    k.RECOVERED: "recovered",
    k.MOVED: "restructured",
    k.PLANNED: "planned",
    k.REFUNDED: "refunded",
    k.CHARGED_BACK: "charged_back",
    k.UNRECOVERED: "unrecovered",
    k.FORGIVEN: "forgiven",
}
"""Kinds of line: what happened to the amount."""

PERS: Final = {k.PER_DAY: "day", k.PER_MONTH: "month", k.PER_EVENT: "event"}


@frozen
class Line:
    """One movement: which event, which instalment and component, how much, by which rule.

    A ``run_up`` line is a stretch of days with one balance: ``start`` to ``on`` (both included),
    ``days`` charged at ``rate`` a day (or ``flat`` rupiah a day) on ``base``; where the charge is
    ``per`` month, ``days`` counts months. A ``capped`` line names the rule whose ceiling cut it.
    ``charged`` is
    False while grace holds it back. ``charge`` is the id of a posted charge that has a row of its
    own; ``by`` the chargeback or refund that gave the event's money back. For ``settled`` lines
    ``start`` is the payment's day, which differs from ``on`` where unapplied credit was used later.
    """

    kind: str
    event: str
    instalment: int | None
    due_on: date | None
    component: Component | None
    amount: Decimal
    on: date
    start: date
    base: Decimal = Decimal(0)
    days: int = 0
    rate: Fraction = Fraction(0)
    flat: Decimal = Decimal(0)
    rule: str = ""
    charged: bool = True
    charge: str = ""
    by: str = ""
    per: str = "day"


@frozen
class Balance:
    """One component: due = paid + waived + restructured + written_off + outstanding."""

    due: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    waived: Decimal = Decimal(0)
    restructured: Decimal = Decimal(0)
    written_off: Decimal = Decimal(0)
    outstanding: Decimal = Decimal(0)


@frozen
class Amounts:
    """An amount by component; the four kinds and their total are attributes.

    >>> owed = Amounts(((Component("principal"), Decimal(900)), (Component("interest"), Decimal(100))))
    >>> owed.principal, owed.late_charge, owed.total
    (Decimal('900'), Decimal('0'), Decimal('1000'))
    """

    parts: tuple[tuple[Component, Decimal], ...] = ()

    def of(self, component: Component | str) -> Decimal:
        """The amount of one component, or of a whole kind where no name is given."""
        wanted = Component.parse(component) if isinstance(component, str) else component
        return sum(
            (
                amount
                for part, amount in self.parts
                if part.kind == wanted.kind and wanted.name in ("", part.name)
            ),
            Decimal(0),
        )

    @property
    def principal(self) -> Decimal:
        """Principal (pokok)."""
        return self.of("principal")

    @property
    def interest(self) -> Decimal:
        """Interest (bunga, margin, jasa)."""
        return self.of("interest")

    @property
    def fee(self) -> Decimal:
        """Fees of every name (biaya)."""
        return self.of("fee")

    @property
    def late_charge(self) -> Decimal:
        """Late charges of every name (denda)."""
        return self.of("late_charge")

    @property
    def total(self) -> Decimal:
        """Everything together."""
        return sum((amount for _, amount in self.parts), Decimal(0))

    def __add__(self, other: Amounts) -> Amounts:
        return added((self, other))


def added(amounts: Iterable[Amounts]) -> Amounts:
    """The sum by component; totals of different currencies must not meet here."""
    total: dict[Component, Decimal] = {}
    for one in amounts:
        for part, amount in one.parts:
            total[part] = total.get(part, Decimal(0)) + amount
    return Amounts(tuple(total.items()))


@frozen
class InstalmentPosition:
    """One instalment with its charges, or (number None) one charge on the whole contract.

    ``due_on`` is the contract's day, ``payable_on`` the day it falls due: an acceleration brings it
    forward.
    """

    number: int | None
    due_on: date
    balances: tuple[tuple[Component, Balance], ...]
    days_past_due: int
    payable_on: date
    charge: str = ""

    def balance(self, component: Component | str) -> Balance:
        """The balance of one component; all zero where it does not occur."""
        wanted = Component.parse(component) if isinstance(component, str) else component
        return dict(self.balances).get(wanted, Balance())

    @cached_property
    def due(self) -> Amounts:
        """What has fallen or will fall due, by component."""
        return Amounts(tuple((part, balance.due) for part, balance in self.balances))

    @cached_property
    def paid(self) -> Amounts:
        """What was paid, by component."""
        return Amounts(tuple((part, balance.paid) for part, balance in self.balances))

    @cached_property
    def outstanding(self) -> Amounts:
        """What is still owed, by component."""
        return Amounts(tuple((part, balance.outstanding) for part, balance in self.balances))


@frozen
class Cause:
    """Why a contract is late: the oldest instalment not covered, and what is missing of it."""

    instalment: int | None
    due_on: date
    shortfall: Decimal


@frozen(slots=False, eq=False)
class Position:
    """What one contract owes at the end of ``as_of``.

    Two positions are equal when their questions were: contract, events, policy and as_of.
    """

    contract: Contract
    events: tuple[AnyEvent, ...] = field(repr=False)
    policy: Policy = field(repr=False)
    as_of: date
    days_past_due: int
    overdue_instalments: int
    _compiled: Compiled = field(repr=False, alias="compiled")
    _cause: int = field(repr=False, alias="cause")

    def _question(self) -> tuple[Contract, tuple[AnyEvent, ...], Policy, date]:
        return self.contract, self.events, self.policy, self.as_of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Position) and self._question() == other._question()

    def __hash__(self) -> int:
        return hash((self.contract.id, self.as_of, len(self.events)))

    def _money(self, minor: int) -> Decimal:
        return to_decimal(minor, self.contract.currency)

    def _sum(self, cells: list[int], rows: Iterable[int]) -> Amounts:
        components = self._compiled.components
        width = len(components)
        totals = [0] * width
        for r in rows:
            for c in range(width):
                totals[c] += cells[r * width + c]
        return Amounts(tuple(zip(components, (self._money(total) for total in totals), strict=True)))

    def _rows(self) -> list[int]:
        live = self._compiled.case.rows.live
        return [r for r in range(len(live)) if live[r]]

    @property
    def currency(self) -> str:
        """The contract's currency."""
        return self.contract.currency

    @cached_property
    def outstanding(self) -> Amounts:
        """All that is still owed, due or not (sisa utang)."""
        return self._sum(self._compiled.case.cells.open, self._rows())

    def _by_due(self) -> tuple[list[int], list[int], list[int]]:
        today = to_day(self.as_of)
        due = self._compiled.case.rows.due
        rows = self._rows()
        return (
            [r for r in rows if due[r] < today],
            [r for r in rows if due[r] == today],
            [r for r in rows if due[r] > today],
        )

    @cached_property
    def arrears(self) -> Amounts:
        """What fell due before ``as_of`` and is unpaid (tunggakan)."""
        return self._sum(self._compiled.case.cells.open, self._by_due()[0])

    @cached_property
    def due_today(self) -> Amounts:
        """What falls due on ``as_of`` itself and is unpaid: not overdue yet."""
        return self._sum(self._compiled.case.cells.open, self._by_due()[1])

    @cached_property
    def not_due(self) -> Amounts:
        """What falls due after ``as_of`` and is unpaid."""
        return self._sum(self._compiled.case.cells.open, self._by_due()[2])

    @cached_property
    def paid(self) -> Amounts:
        """All that was paid, by component; ta'zir is money of the social fund."""
        return self._sum(self._compiled.case.cells.paid, self._rows())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the policy does that the law allows only under conditions."""
        rule = self.policy.late_charge
        if rule is None or not rule.compound_clause:
            return ()
        return (
            f"a late charge on late charges ({rule.compound_clause}): KUHPerdata 1251 lets interest bear "
            "interest only by court claim or special agreement, and only when owed for a full year",
        )

    @cached_property
    def written_off(self) -> Amounts:
        """What was written off and not recovered."""
        return self._sum(self._compiled.case.cells.lost, self._rows())

    @cached_property
    def unapplied(self) -> Decimal:
        """Money received and not yet used (titipan)."""
        return self._money(self._compiled.case.state[k.POOL])

    @cached_property
    def payments(self) -> tuple[Payment, ...]:
        """The payments that stand on ``as_of``, corrected, in the order in which they count."""
        seen = {event.id: event for event in self._compiled.op_events if isinstance(event, Payment)}
        return tuple(seen.values())

    @cached_property
    def unapplied_by_payment(self) -> tuple[tuple[str, Decimal], ...]:
        """What is unapplied, by the payment that it came from (``opening``: held at cut-over)."""
        ops = self._compiled.case.ops
        left: dict[str, int] = {}
        for event, amount in zip(self._compiled.op_events, ops.left, strict=True):
            if amount:
                name = event.id if event else "opening"
                left[name] = left.get(name, 0) + amount
        return tuple((name, self._money(amount)) for name, amount in left.items())

    @cached_property
    def late_charges_run_up(self) -> Decimal:
        """Late charges that the policy's rule has charged up to ``as_of``, paid or not."""
        return self._money(self._compiled.case.state[k.TOTAL])

    @cached_property
    def cause(self) -> Cause | None:
        """The instalment and the shortfall that make the contract late; None if it is not."""
        if self._cause < 0:
            return None
        row = self._compiled.rows[self._cause]
        return Cause(row.number, row.due_on, self._money(k.short_of(self._compiled.case, self._cause)))

    @property
    def matures_on(self) -> date | None:
        """The last day of the agreement that stands: after a restructure, of its new instalments."""
        new = [event for event in standing(self.events, self.as_of) if isinstance(event, Restructure)]
        last = max(new, key=lambda event: event.effective_on, default=None)
        if last is None or not last.instalments:
            return self.contract.matures_on
        return max(row.due_on for row in last.instalments)

    @property
    def oldest_due_on(self) -> date | None:
        """The due date that days past due count from; None if nothing is late."""
        return self.cause.due_on if self.cause else None

    def days_since(self, due_on: date) -> int:
        """Days late of something due on ``due_on`` and unpaid, as the policy counts them; 0 if not due.

        The number of the due date, grace, pauses and working days count; tolerance does not.
        """
        case, due, today = self._compiled.case, to_day(due_on), to_day(self.as_of)
        return k.days_since(case, due, today) if due < today + case.held.first else 0

    @cached_property
    def instalments(self) -> tuple[InstalmentPosition, ...]:
        """Every instalment with its charges, oldest first, then charges on the whole contract."""
        return tuple(self._instalments())

    def _instalments(self) -> Iterator[InstalmentPosition]:
        case = self._compiled.case
        components = self._compiled.components
        width = len(components)
        columns = case.cells[1:]
        today = to_day(self.as_of)
        money = cache(self._money)  # the same few amounts, most of them 0, fill the cells
        head = 0
        while head < len(case.rows.due):
            block = [r for r in range(head, case.rows.end[head]) if case.rows.live[r]]
            first = head
            head = case.rows.end[head]
            if not block:
                continue
            balances = []
            short = 0
            for c, part in enumerate(components):
                sums = [column[block[0] * width + c] for column in columns]
                for r in block[1:]:
                    sums = [one + column[r * width + c] for one, column in zip(sums, columns, strict=True)]
                if sums[0]:
                    balances.append((part, Balance(*map(money, sums))))
                if case.held.component[c]:
                    short += sums[-1] + sums[-2]
            row = self._compiled.rows[first]
            due = case.rows.due[first]
            late = short > case.rows.tolerance[first] and due < today + case.held.first
            days = k.days_since(case, due, today) if late else 0
            yield InstalmentPosition(row.number, row.due_on, tuple(balances), days, from_day(due), row.charge)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every movement, in the order in which it happened."""
        compiled = self._with_lines()
        return tuple(_line(self, compiled, i) for i in range(compiled.case.state[k.LINES]))

    def _with_lines(self) -> Compiled:
        from tagih.ledger.replay import run

        compiled = self._compiled
        if len(compiled.case.lines.kind) >= compiled.case.state[k.LINES]:
            return compiled
        return run(self.contract, self.events, self.policy, self.as_of, lines=compiled.case.state[k.LINES])[0]

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of what the figures were worked out from; quotes, letters and reports carry it."""
        from tagih.ledger.serialise import fingerprint

        return fingerprint(self.contract, self.events, self.policy, self.as_of)

    def explain(self, *, lang: str = "id", component: Component | str | None = None) -> str:
        """The lines as text that a person can redo with a calculator, ending in the figures."""
        from tagih.ledger.explain import explain

        return explain(self, lang=lang, component=component)


def _line(position: Position, compiled: Compiled, i: int) -> Line:
    case = compiled.case
    lines = case.lines
    currency = position.contract.currency
    kind, op, r, c = lines.kind[i], lines.op[i], lines.row[i], lines.component[i]
    step, late = lines.step[i], case.late
    event = compiled.op_events[op] if op >= 0 else None
    row = compiled.rows[r] if r >= 0 else None
    rule, by, days, charged = "event", None, 0, True
    base = flat = Decimal(0)
    rate = Fraction(0)
    if kind in (k.SETTLED, k.RECOVERED):
        rule = compiled.rules[step] if step >= 0 else rule
    elif kind in (k.REFUNDED, k.CHARGED_BACK, k.UNRECOVERED):
        by = compiled.op_events[step]
    elif kind == k.CAPPED:
        rule = compiled.caps[step]
        charged = bool(case.rows.released[r])
    elif kind == k.RUN_UP:
        rule = position.policy.late_charge.about.id if position.policy.late_charge else ""
        charged = bool(case.rows.released[r])
        base = to_decimal(lines.base[i], currency)
        flat = to_decimal(late.step_amount[step], currency)
        if late.per == k.PER_DAY:
            rate = Fraction(late.step_num[step], late.den)
            days = k.run_days(case, lines.start[i], lines.day[i])
        elif late.per == k.PER_MONTH:
            days = lines.amount[i] // late.step_amount[step]
    return Line(
        LINE_KINDS[kind],
        event.id if event else ("" if op < 0 else "opening"),
        row.number if row else None,
        row.due_on if row else None,
        compiled.components[c] if c >= 0 else None,
        to_decimal(lines.amount[i], currency),
        from_day(lines.day[i]),
        from_day(lines.start[i]),
        base,
        days,
        rate,
        flat,
        rule,
        charged,
        row.charge if row else "",
        by.id if by else "",
        PERS[late.per],
    )


def check_currency(positions: Iterable[Position]) -> str:
    """The one currency of these positions.

    Raises:
        InputError: If they have more than one; totals never mix currencies.
    """
    found = {position.contract.currency for position in positions}
    if len(found) > 1:
        raise InputError(
            "money.currencies", "positions in {found} cannot be added; ask per currency", found=sorted(found)
        )
    return found.pop() if found else "IDR"


__all__ = ["Amounts", "Balance", "Cause", "InstalmentPosition", "Line", "Position", "added", "decimals"]
