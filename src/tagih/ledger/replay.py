"""The one idea: position = replay(contract, events, policy, as_of)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from tagih.contracts import AnyEvent, Contract, Restructure
from tagih.dates import to_day
from tagih.errors import EventError
from tagih.ledger import kernel as k
from tagih.ledger.compile import Compiled, compile_case
from tagih.ledger.position import Position
from tagih.ledger.replan import new_plan
from tagih.money import to_decimal
from tagih.policies.policy import Policy


def replay(contract: Contract, events: Iterable[AnyEvent], policy: Policy, as_of: date) -> Position:
    """What ``contract`` owes at the end of ``as_of``, after ``events``, under ``policy``.

    Events after ``as_of`` are ignored; so are the order in which events are given and the
    moment they were recorded. Nothing given is changed.

    >>> from decimal import Decimal
    >>> from tagih.contracts import Instalment, Payment
    >>> contract = Contract("MF-1", [Instalment(1, date(2026, 1, 31), Decimal(900), Decimal(100))])
    >>> paid = Payment("P-1", date(2026, 2, 10), Decimal(400))
    >>> position = replay(contract, [paid], Policy(), as_of=date(2026, 2, 28))
    >>> position.days_past_due, position.outstanding.interest, position.outstanding.principal
    (28, Decimal('0.00'), Decimal('600.00'))

    Raises:
        EventError: If an event cannot have happened as told; names the event and the rule.
        InputError: If ``as_of`` lies before the contract's cut-over date.
        PolicyError: If the policy cannot be worked with.
    """
    listed = tuple(events)
    compiled, (days, cause, late) = run(contract, listed, policy, as_of, lines=0)
    return Position(contract, listed, policy, as_of, days, late, compiled=compiled, cause=cause)


def run(
    contract: Contract, events: tuple[AnyEvent, ...], policy: Policy, as_of: date, *, lines: int
) -> tuple[Compiled, tuple[int, int, int]]:
    """Compile and replay, with room for ``lines`` lines; more where a chargeback has to read them.

    Where a prepayment makes a new plan, the kernel stops; the plan is made here, added as an
    event that follows from the payment, and the replay runs on with it.
    """
    derived: dict[str, Restructure] = {}
    while True:
        compiled = compile_case(contract, events, policy, as_of, lines=lines, derived=derived)
        result = k.replay(compiled.case, to_day(as_of))
        status = compiled.case.state[k.STATUS]
        if status == k.OK:
            return compiled, result
        if status == k.REPLAN:
            payment, plan = new_plan(contract, events, policy, compiled)
            derived[payment] = plan
            continue
        if status != k.MORE_LINES:
            raise _refusal(compiled, status)
        lines = max(2 * compiled.case.state[k.LINES], 64)


def _refusal(compiled: Compiled, status: int) -> EventError:
    op = compiled.case.state[k.FAILED]
    event = compiled.op_events[op]
    amount = to_decimal(compiled.case.ops.amount[op])
    what = {
        k.WAIVED_TOO_MUCH: (
            "event.waived_too_much",
            "waiver {id}: {amount} is more than is owed of it on {on}",
        ),
        k.REFUNDED_TOO_MUCH: (
            "event.refunded_too_much",
            "refund {id}: {amount} is more than the unapplied credit on {on}",
        ),
        k.CHARGED_BACK_TOO_MUCH: (
            "event.charged_back_too_much",
            "chargeback {id}: {amount} is more than is left of its payment on {on}",
        ),
    }[status]
    assert event is not None
    return EventError(*what, id=event.id, amount=str(amount), on=event.effective_on.isoformat())


def known_at(events: Iterable[AnyEvent], moment: datetime) -> tuple[AnyEvent, ...]:
    """The events recorded up to ``moment`` (included); those without a recording time always count.

    The second clock: ``replay(contract, known_at(events, moment), policy, as_of)`` is what the
    lender could have known.
    """
    return tuple(event for event in events if event.recorded_at is None or event.recorded_at <= moment)
