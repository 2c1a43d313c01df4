"""When collateral is sold, what is left for whom?

Costs come first, then the debt in the stated order; a surplus goes back to the debtor, a
deficiency stays owed. Once the debt is accelerated nothing accrues: no late charges, and no
interest of rows that had not fallen due. The break-even price is the smallest whole rupiah that
settles all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from attrs import field, frozen

from tagih.contracts import (
    INTEREST,
    Acceleration,
    AnyEvent,
    Charge,
    Chargeback,
    Component,
    Payment,
    Refund,
    Restructure,
    Waiver,
)
from tagih.errors import InputError
from tagih.ledger import Position, replay
from tagih.ledger.compile import standing
from tagih.money import Rounding, floor
from tagih.offers.proposal import (
    Caution,
    Cost,
    DatedAmount,
    Effect,
    Move,
    Proposal,
    accelerated_on,
    fingerprint,
    interest_to_come,
    last_of_day,
    named_first,
    next_sequence,
    once_accepted,
    open_cells,
    owed_rows,
    plain,
    refuse_written_off,
    waiver,
)
from tagih.offers.value import worth

ORDER = ("fee", "interest", "principal", "late_charge")
"""The custom after costs; the contract may state another (the rule id.alloc.collateral_sale)."""

MONEY = (Payment, Chargeback, Refund, Waiver)
"""Events that an earlier acceleration would let settle other rows."""


def _costs(
    values: Mapping[str, Decimal | int] | Iterable[tuple[str, Decimal | int]],
) -> tuple[tuple[str, Decimal], ...]:
    pairs = values.items() if isinstance(values, Mapping) else values
    return tuple((name, Decimal(amount)) for name, amount in pairs)


@frozen
class SaleTerms:
    """A sale: its price, its costs at invoice by name, and a ``cost_share`` of the price on top.

    ``order`` names kinds of components after the costs. ``accelerated_on`` is the day on which
    all fell due; by default that of the contract's own acceleration, else the day of the sale.
    """

    price: Decimal = field(converter=Decimal)
    costs: tuple[tuple[str, Decimal], ...] = field(default=(), converter=_costs)
    cost_share: Decimal = field(default=Decimal(0), converter=Decimal)
    order: tuple[str, ...] = ORDER
    accelerated_on: date | None = None

    def __attrs_post_init__(self) -> None:
        if self.price < 0 or not 0 <= self.cost_share < 1 or any(amount < 0 for _, amount in self.costs):
            raise InputError(
                "sale.terms", "a sale's price and costs are 0 or more, the share of the price below 1"
            )
        if sorted(self.order) != sorted(ORDER):
            raise InputError(
                "sale.order",
                "order {order}: name each of {known} once",
                order=", ".join(self.order),
                known=", ".join(ORDER),
            )

    def commission(self, price: Decimal) -> Decimal:
        """The share of a price, to the whole rupiah."""
        return Rounding().of(Fraction(price) * Fraction(self.cost_share))

    def cost_of(self, price: Decimal) -> Decimal:
        """All costs at a price."""
        return self.commission(price) + sum((amount for _, amount in self.costs), Decimal(0))


@frozen
class SaleOutcome:
    """Where the price went: ``price`` = ``costs`` + sum of ``settled`` + ``surplus`` − ``credit``.

    ``claim`` is the debt before the sale, ``settled`` and ``deficiency`` its two parts by
    component; ``credit`` is unapplied credit used. ``uncovered`` costs stay owed when the price
    does not reach them.
    """

    price: Decimal
    costs: Decimal
    uncovered: Decimal
    credit: Decimal
    claim: tuple[tuple[Component, Decimal], ...]
    settled: tuple[tuple[Component, Decimal], ...]
    deficiency: tuple[tuple[Component, Decimal], ...]
    surplus: Decimal
    break_even: Decimal


def sale_outcome(position: Position, terms: SaleTerms) -> SaleOutcome:
    """Where the price of a sale on the position's day goes.

    Raises:
        InputError: If nothing is owed, the debt was accelerated after the sale, or money came in or a
            new plan was made since an acceleration that is not recorded.
    """
    refuse_written_off(position)
    if not position.outstanding.total:
        raise InputError(
            "settlement.nothing",
            "contract {contract}: nothing is owed on {as_of}",
            contract=position.contract.id,
            as_of=position.as_of.isoformat(),
        )
    more = _more_late(position, terms)
    position, cut = _accelerated(position, terms)
    claim = _claim(position, cut, more)
    left = terms.price + position.unapplied - terms.cost_of(terms.price)
    uncovered, left = max(-left, Decimal(0)), max(left, Decimal(0))
    settled = []
    for kind in terms.order:
        for part, amount in claim:
            if part.kind == kind and (got := min(left, amount)):
                settled.append((part, got))
                left -= got
    paid = dict(settled)
    short = tuple(
        (part, amount - paid.get(part, Decimal(0)))
        for part, amount in claim
        if amount > paid.get(part, Decimal(0))
    )
    return SaleOutcome(
        price=terms.price,
        costs=terms.cost_of(terms.price),
        uncovered=uncovered,
        credit=position.unapplied,
        claim=claim,
        settled=tuple(settled),
        deficiency=short,
        surplus=left,
        break_even=_break_even(sum((amount for _, amount in claim), Decimal(0)) - position.unapplied, terms),
    )


def break_even(position: Position, terms: SaleTerms) -> Decimal:
    """The smallest whole rupiah at which the price covers the costs and the whole debt."""
    return sale_outcome(position, terms).break_even


def _break_even(claim: Decimal, terms: SaleTerms) -> Decimal:
    need = claim + sum((amount for _, amount in terms.costs), Decimal(0))
    price = Decimal(max(floor(Fraction(need) / (1 - Fraction(terms.cost_share))) - 2, 0))
    while price - terms.commission(price) < need:
        price += 1
    return price


def _accelerated(position: Position, terms: SaleTerms) -> tuple[Position, date]:
    """The position as it is once all has fallen due, and the day on which it did."""
    if earlier := accelerated_on(position):
        return position, earlier
    cut = terms.accelerated_on or position.as_of
    if cut > position.as_of:
        raise InputError(
            "sale.accelerated",
            "the debt cannot fall due on {cut}, after the sale on {as_of}",
            cut=cut.isoformat(),
            as_of=position.as_of.isoformat(),
        )
    if cut == position.as_of:
        return position, cut
    stand = standing(position.events, position.as_of)
    for event in stand:
        if isinstance(event, Restructure) and event.effective_on >= cut:
            raise InputError(
                "sale.plan",
                "a new plan was made on {on}, so that the debt did not fall due on {cut}; write a later day",
                on=event.effective_on.isoformat(),
                cut=cut.isoformat(),
            )
    since = [event for event in stand if isinstance(event, MONEY) and event.effective_on > cut]
    # as it is known today: what was reversed since never happened
    then = [event for event in stand if event.effective_on <= cut]
    held = replay(position.contract, then, position.policy, cut).unapplied
    if since or position.unapplied or held:
        raise InputError(
            "sale.since",
            "money came in after {cut} or was unapplied on it, and an acceleration on that day would "
            "settle it otherwise; record the acceleration first",
            cut=cut.isoformat(),
        )
    events = (*position.events, Acceleration("sale.due", cut))
    return replay(position.contract, events, position.policy, position.as_of), cut


def _to_come(position: Position, cut: date) -> dict[int, Decimal]:
    """Interest still open of rows that had not fallen due by ``cut``, by row."""
    return {
        row.number: row.outstanding.interest
        for row in position.instalments
        if row.number is not None and row.due_on > cut and row.outstanding.interest
    }


def _late_waivers(then: Position, position: Position, terms: SaleTerms) -> Iterable[Waiver]:
    """Waivers of those late charges, on the rows on which they ran."""
    for part, more in _more_late(position, terms).items():
        ran = dict(open_cells(position, part))
        for row, amount in open_cells(then, part):
            got = min(more, amount - ran.get(row, Decimal(0)))
            if got > 0:
                more -= got
                yield waiver(then, f"waive.{part}", row, part, got)


def _more_late(position: Position, terms: SaleTerms) -> dict[Component, Decimal]:
    """Late charges that only an earlier acceleration would make run; they are not claimed."""
    then, _ = _accelerated(position, terms)
    now = dict(position.outstanding.parts)
    return {
        part: amount - now.get(part, Decimal(0))
        for part, amount in then.outstanding.parts
        if part.kind == "late_charge" and amount > now.get(part, Decimal(0))
    }


def _claim(
    then: Position, cut: date, more: Mapping[Component, Decimal]
) -> tuple[tuple[Component, Decimal], ...]:
    saved = {INTEREST: interest_to_come(then, cut), **more}
    claim = ((part, amount - saved.get(part, Decimal(0))) for part, amount in then.outstanding.parts)
    return tuple((part, amount) for part, amount in claim if amount)


def sale(position: Position, terms: SaleTerms) -> Proposal:
    """The sale as a proposal: what it settles, what comes back, what stays owed."""
    outcome = sale_outcome(position, terms)
    then, cut = _accelerated(position, terms)
    becomes = _becomes(then, position, terms, outcome, cut)
    saved, more = interest_to_come(then, cut), _more_late(position, terms)
    paid, short = dict(outcome.settled), dict(outcome.deficiency)
    moves = []
    for part, _ in then.outstanding.parts:
        moves += [
            Move(part, paid.get(part, Decimal(0)), "collected"),
            Move(part, short.get(part, Decimal(0)), "deficiency"),
            Move(part, saved if part == INTEREST else Decimal(0), "saved"),
        ]
    before = dict(position.outstanding.parts)
    for part, amount in then.outstanding.parts:
        if ran := before.get(part, Decimal(0)) - amount + more.get(part, Decimal(0)):
            # late charges that ran after an earlier acceleration never did
            moves.append(Move(part, ran, "saved"))
    late = position.outstanding.late_charge
    still = sum(short.values(), Decimal(0)) + outcome.uncovered
    applied = sum(paid.values(), Decimal(0)) - outcome.credit
    after = once_accepted(position, becomes)
    return Proposal(
        kind="sale",
        contract=position.contract.id,
        as_of=position.as_of,
        fingerprint=fingerprint(position),
        currency=position.currency,
        pays=(DatedAmount(position.as_of, terms.price, "sale"),),
        old=owed_rows(position),
        new=owed_rows(after),
        moves=tuple(move for move in moves if move.amount),
        cost=Cost(
            still,
            terms.price - outcome.surplus,
            position.outstanding.total - late - position.unapplied,
            late,
        ),
        worth=worth(position, [DatedAmount(position.as_of, applied, "sale")]),
        effects=(
            Effect("costs", None, outcome.costs),
            Effect("claim", None, sum((amount for _, amount in outcome.claim), Decimal(0))),
            Effect("surplus", None, outcome.surplus),
            Effect("deficiency", None, still),
            Effect("break_even", None, outcome.break_even),
        ),
        cautions=_cautions(outcome, still),
        becomes=becomes,
        sequence=next_sequence(position),
    )


def _becomes(
    then: Position, position: Position, terms: SaleTerms, outcome: SaleOutcome, cut: date
) -> tuple[AnyEvent, ...]:
    on = position.as_of
    events: list[AnyEvent] = []
    if accelerated_on(position) is None:
        events.append(Acceleration("due", cut))
    costs = [*terms.costs, ("penjualan", terms.commission(terms.price))]
    queue: list[tuple[Component, Decimal]] = []
    for name, amount in costs:
        if amount:
            events.append(Charge(f"cost.{name}", on, Component("fee", name), amount))
            queue.append((Component("fee", name), amount))
    for number, interest in _to_come(then, cut).items():
        events.append(Waiver(f"unearned-{number}", on, INTEREST, interest, (number,)))
    events += _late_waivers(then, position, terms)
    if terms.price:
        # the price settles in the stated order; unapplied credit what the price does not reach
        split, room = [], terms.price
        for part, amount in (*queue, *outcome.settled):
            if got := min(room, amount):
                split.append((part, got))
                room -= got
        parts = tuple(named_first(split))
        events.append(Payment("proceeds", on, terms.price, kind="collateral_sale", components=parts))
    if outcome.surplus:
        events.append(Refund("surplus", on, outcome.surplus))
    return last_of_day(position, events)


def _cautions(outcome: SaleOutcome, still: Decimal) -> tuple[Caution, ...]:
    found = [
        Caution(
            "sale.explain",
            "the debtor must be told of the sale and its result, all costs and what is short or over",
            "POJK 22/2023 pasal 66",
        )
    ]
    if outcome.surplus:
        found.append(
            Caution(
                "sale.surplus",
                f"the surplus of {plain(outcome.surplus)} goes back to the debtor",
                "UU 42/1999 pasal 34 ayat (1)",
                (("amount", plain(outcome.surplus)),),
            )
        )
    if still:
        found.append(
            Caution(
                "sale.deficiency",
                f"the debtor still owes {plain(still)}",
                "UU 42/1999 pasal 34 ayat (2)",
                (("amount", plain(still)),),
            )
        )
    return tuple(found)
