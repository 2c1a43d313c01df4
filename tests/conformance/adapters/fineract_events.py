"""Payments and late loans that Apache Fineract publishes in its tests.

A case is a schedule, a strategy and dated events. Each becomes what a lender would write with
tagih, by conventions that have names there:

- a strategy is a `Waterfall`: a walk by instalment over past due, due and in advance; charges in
  advance only once their own day has come (``charged``); advanced rules by payment kind, walked
  by instalment (HORIZONTAL) or by component (VERTICAL), with a rule for coming instalments;
- a cumulative loan knows all charges from the start, an advanced one from the day they were added;
- events are ordered by value date, then the day they were entered: ``within_day="sequence"``;
- what is charged back is new principal of the coming instalment, or owed again as it was paid;
- a refund beyond the credit balance is new principal; a refund in cash undoes what was paid, from
  the last instalment back;
- a charge after the last due date, or a chargeback after it, stands on a row of its own;
- a pause of days past due ends the day before its end; all its days are taken off, also those
  before an instalment fell due: ``paused_days="all"``.

Accruals are entries in Fineract's general ledger, and no movement of the debt: they are not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from tagih.contracts import (
    FEE,
    INTEREST,
    LATE_CHARGE,
    PRINCIPAL,
    AnyEvent,
    Charge,
    Chargeback,
    Contract,
    Correction,
    Drawdown,
    Instalment,
    Pause,
    Payment,
    Refund,
    Restructure,
    Reversal,
    Waiver,
    WriteOff,
)
from tagih.ledger import InstalmentPosition, Line, Position, replay
from tagih.money import Rounding
from tagih.offers.reage import ReAge, reaged, reamortised, renumbered
from tagih.policies import Arrears, Group, Order, Policy, Waterfall, policy
from tagih.schedules import Every, Schedule, Terms, make

from ..outcome import Outcome, judged, unsupported
from .fineract_schedules import MODES, UNITS
from .fineract_schedules import terms as schedule_terms

COMPONENTS = {"PENALTY": LATE_CHARGE, "FEE": FEE, "INTEREST": INTEREST, "PRINCIPAL": PRINCIPAL}
COLUMNS = {"principal": PRINCIPAL, "interest": INTEREST, "fees": FEE, "penalties": LATE_CHARGE}
PAYMENTS = {
    "REPAYMENT", "DOWN_PAYMENT", "GOODWILL_CREDIT", "MERCHANT_ISSUED_REFUND", "PAYOUT_REFUND",
    "CHARGE_ADJUSTMENT",
    "CHARGE_PAYMENT", "CHARGE_REFUND", "INTEREST_PAYMENT_WAIVER", "INTEREST_REFUND",
}  # fmt: skip
AHEAD = {
    "NEXT_INSTALLMENT": "next",
    "LAST_INSTALLMENT": "last",
    "REAMORTIZATION": "spread",
    "NEXT_LAST_INSTALLMENT": "next_then_last",
}
DAY = timedelta(days=1)


class Unsupported(Exception):
    """What the case asks is not ours to answer."""


def claims(case: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether the case is a strategy with dated events, none of which makes the schedule anew."""
    return (
        "strategy" in case
        and "events" in case
        and all(event["type"] != "RESCHEDULE" for event in case.get("events", ()))
    )


def check(case: dict[str, Any], document: dict[str, Any]) -> Outcome:
    """What differs from the published figures; empty where all agree."""
    if case["terms"].get("interest_recalculation"):
        return unsupported("interest is worked out again from payments, which tagih does only by a new plan")
    wrong: list[str] = []
    try:
        for each in case["checks"]:
            wrong += [f"after {each['after_seq']}: {text}" for text in differences(case, each)]
    except Unsupported as reason:
        return unsupported(str(reason))
    return judged(wrong)


# --- what a lender would write ----------------------------------------------------------------


@frozen
class Row:
    """A row of the schedule: its instalment, length, and the balance after it.

    A row of ``grace`` owes nothing: it is listed all the same, as paid since the money was lent.
    """

    instalment: Instalment
    days: int
    balance: Decimal
    down_payment: bool = False
    grace: bool = False


@frozen
class History:
    """A case up to one of its events, as contract, events and policy."""

    rows: tuple[Row, ...]
    contract: Contract
    events: tuple[AnyEvent, ...]
    policy: Policy
    lent: tuple[tuple[date, Decimal], ...]
    lent_place: tuple[tuple[int, Decimal], ...]
    order: dict[str, int] = field(eq=False)
    kinds: dict[str, str] = field(eq=False)
    undone: dict[str, int] = field(eq=False)
    charge_ids: dict[int, tuple[str, ...]] = field(eq=False)

    def at(self, day: date) -> Position:
        """The position on a day."""
        return replay(self.contract, self.events, self.policy, day)

    def as_if(self, day: date) -> Position:
        """The position on a day, as if what was undone since had never been."""
        kept = [each for each in self.events if each.id not in self.undone and not isinstance(each, Reversal)]
        return replay(self.contract, kept, self.policy, day)

    def until(self, event: str) -> Position:
        """The position just after one event: with those before it in the order of replay."""
        gone = set(self.undone)
        known = [
            each
            for each in self.events
            if each.id == event
            or (
                each.id not in gone
                and not isinstance(each, Reversal)
                and self.order[each.id] < self.order[event]
            )
        ]
        day = next(each.effective_on for each in self.events if each.id == event)
        return replay(self.contract, known, self.policy, day)


def day_of(event: dict[str, Any]) -> date:
    return date.fromisoformat(event.get("date") or event["business_date"])


def history(case: dict[str, Any], after_seq: int) -> History:
    """The case as known after one of its events."""
    given = [event for event in case["events"] if event["seq"] <= after_seq]
    given = without_undone_disbursements(given)
    advanced = case["strategy"]["code"].startswith("ADVANCED")
    disbursed = [event for event in given if event["type"] == "DISBURSEMENT"]
    rows = rows_of(case, disbursed)
    lent = tuple(sorted((day_of(event), Decimal(event["amount"])) for event in disbursed))
    first_day = lent[0][0] if lent else date.fromisoformat(case["terms"]["submitted_on"])

    known_on: dict[int, date] = {}
    for event in given:
        on = day_of(event)
        if event["type"] == "ADD_CHARGE":
            due = event.get("due_date")
            on = min(on, date.fromisoformat(due)) if due else on
            on = on if advanced else first_day
        elif event["type"] == "WAIVE_CHARGE":
            target = next(each for each in given if each["seq"] == event["target"])
            on = min(on, date.fromisoformat(target.get("due_date") or event["business_date"]))
            on = on if advanced else first_day
        known_on[event["seq"]] = on
    queue = sorted(given, key=lambda event: (known_on[event["seq"]], event["business_date"], event["seq"]))
    place = {event["seq"]: i + 1 for i, event in enumerate(queue)}

    undone: dict[str, int] = {}
    for event in given:
        if event["type"] == "REVERSE":
            undone[str(event["target"])] = event["seq"]
    rows = with_row_after_the_last(rows, given, undone)
    in_turn = sorted(disbursed, key=lambda event: (day_of(event), event["seq"]))
    stages = [rows_of(case, in_turn[: i + 1]) for i in range(len(in_turn))] if advanced else []
    contract, drawdowns = contract_of(rows, stages, in_turn, first_day, place)

    events: list[AnyEvent] = list(drawdowns)
    order = {event.id: event.sequence for event in drawdowns}
    kinds: dict[str, str] = {}
    charge_ids: dict[int, tuple[str, ...]] = {}
    for event in queue:
        if event["type"] == "WAIVE_CHARGE":
            event = {**event, "waived": waived_by(case, event)}
        made = tuple(events_of(event, known_on[event["seq"]], place[event["seq"]], rows, given))
        for each in made:
            order[each.id] = place[event["seq"]]
            kinds[each.id] = event["type"]
        if event["type"] == "ADD_CHARGE":
            charge_ids[event["seq"]] = tuple(each.id for each in made)
        events += made
    for event in queue:
        if event["type"] in ("RE_AGE", "RE_AMORTIZE"):
            earlier = [
                each
                for each in events
                if order[each.id] < place[event["seq"]]
                and each.id not in undone
                and not isinstance(each, Reversal)
            ]
            rule = waterfall(case["strategy"], given)
            before = replay(contract, earlier, Policy(waterfall=rule), day_of(event))
            made_new = new_plan(case["terms"], event, before, place[event["seq"]])
            events.append(made_new)
            order[made_new.id] = place[event["seq"]]
            kinds[made_new.id] = event["type"]
    chosen = Policy(waterfall=waterfall(case["strategy"], given))
    lent_place = tuple((place[event["seq"]], Decimal(event["amount"])) for event in disbursed)
    return History(rows, contract, tuple(events), chosen, lent, lent_place, order, kinds, undone, charge_ids)


def without_undone_disbursements(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An undone disbursement takes what came after it with it."""
    for undo in [event for event in given if event["type"] == "UNDO_DISBURSEMENT"]:
        lent = [event for event in given if event["type"] == "DISBURSEMENT" and event["seq"] < undo["seq"]]
        if lent:
            first = lent[-1] if undo.get("scope") == "LAST" else lent[0]
            given = [
                event
                for event in given
                if event["seq"] > undo["seq"] or event["seq"] < first["seq"] or event["type"] == "ADD_CHARGE"
            ]
        given = [event for event in given if event is not undo]
    return given


def rows_of(case: dict[str, Any], disbursed: list[dict[str, Any]]) -> tuple[Row, ...]:
    """The plan that holds: the one a reschedule has made, or the one agreed."""
    plan: Callable[[list[dict[str, Any]]], tuple[Row, ...]] | None = case.get("plan")
    return plan(disbursed) if plan else planned_rows(case, disbursed)


def planned_rows(case: dict[str, Any], disbursed: list[dict[str, Any]]) -> tuple[Row, ...]:
    """The schedule: the one that is given, or, of several disbursements, made from the terms."""
    given = case["initial_schedule"]
    planned = sum((Decimal(row["principal"]) for row in given), Decimal(0)) if given else None
    if given and len(disbursed) < 2 and planned == sum((Decimal(e["amount"]) for e in disbursed), Decimal(0)):
        rows, balance = [], planned or Decimal(0)
        for row in given:
            fees = tuple(
                (COLUMNS[name], Decimal(row[name])) for name in ("fees", "penalties") if Decimal(row[name])
            )
            balance -= Decimal(row["principal"])
            made = Instalment(
                row["nr"],
                date.fromisoformat(row["due_date"]),
                Decimal(row["principal"]),
                Decimal(row["interest"]),
                fees,
            )
            rows.append(Row(made, row["days"], balance, down_payment=row["days"] == 0))
        return tuple(rows)
    if not disbursed:
        return ()
    lent = [{"date": event["date"], "amount": event["amount"]} for event in disbursed]
    return made_rows(schedule_terms({"terms": case["terms"], "disbursements": lent}))


def made_rows(terms: Terms) -> tuple[Row, ...]:
    """The rows of the terms; what is lent after the last due date is due a period after that date."""
    dues = terms.calendar.dues(terms.instalments, terms.start)
    within = tuple(each for each in terms.disbursements if each.on < dues[-1].due_on)
    late = [each for each in terms.disbursements if each not in within]
    if not late or not within or terms.down_payment_share:
        return scheduled_rows(make(terms))
    rows = scheduled_rows(
        make(evolve(terms, principal=sum(each.amount for each in within), disbursements=within))
    )
    end = rows[-1].instalment.due_on
    count = terms.instalments
    while end <= late[-1].on:
        count += 1
        end = terms.calendar.dues(count, terms.start)[-1].due_on
    more = Instalment(rows[-1].instalment.number + 1, end, sum((each.amount for each in late), Decimal(0)))
    return (*rows, Row(more, (end - rows[-1].instalment.due_on).days, Decimal(0)))


def scheduled_rows(schedule: Schedule) -> tuple[Row, ...]:
    """A schedule's rows."""
    starts = {row.number: row.start for row in schedule.rows}
    balances = {row.number: row.balance for row in schedule.rows}
    return tuple(
        Row(
            row,
            (row.due_on - starts[row.number]).days,
            balances[row.number],
            down_payment=row.due_on == starts[row.number],
        )
        for row in schedule.instalments
    )


def with_row_after_the_last(
    rows: tuple[Row, ...], given: list[dict[str, Any]], undone: dict[str, int]
) -> tuple[Row, ...]:
    """One more row where a charge, or what is lent again, falls after the last due date."""
    if not rows:
        return rows
    last = rows[-1].instalment
    days, new_end = [], last.due_on
    for event in given:
        if str(event["seq"]) in undone:
            continue
        if event["type"] == "RE_AGE":
            new_rows = reaged(Decimal(1), reage_of(event, Rounding(Decimal(1), "down")))
            new_end = max(new_end, new_rows[-1].due_on)
        elif event["type"] == "ADD_CHARGE" and event.get("due_date"):
            days.append((date.fromisoformat(event["due_date"]), new_end))
        elif event["type"] in ("CHARGEBACK", "CREDIT_BALANCE_REFUND"):
            days.append((day_of(event), new_end))
    after = [day for day, end in days if day > end]
    if not after:
        return rows
    more = Instalment(last.number + 1, max(after))
    return (*rows, Row(more, (more.due_on - last.due_on).days, Decimal(0)))


def contract_of(
    rows: tuple[Row, ...],
    stages: list[tuple[Row, ...]],
    disbursed: list[dict[str, Any]],
    first_day: date,
    place: dict[int, int],
) -> tuple[Contract, list[Drawdown]]:
    """The contract as signed, and a drawdown for each later disbursement: what it adds to which row.

    ``stages`` are the rows as made from the first disbursement, the first two, and so on; where
    there is none, the loan was one from the start.
    """
    if len(stages) < 2:
        return Contract("case", [row.instalment for row in rows], signed_on=None), []
    amounts = [row_amounts(stage) for stage in stages]
    numbers = {key: row.instalment.number for key, row in keyed(rows)}
    nothing = (Decimal(0), Decimal(0))
    start = []
    for key, row in keyed(rows):
        principal, interest = amounts[0].get(key, nothing)
        start.append(evolve(row.instalment, principal=principal, interest=interest))
    drawn = []
    for event, before, after in zip(disbursed[1:], amounts, amounts[1:], strict=False):
        additions = [
            (numbers[key], part, new - old)
            for key in after
            for part, new, old in zip(
                (PRINCIPAL, INTEREST), after[key], before.get(key, nothing), strict=True
            )
            if new != old
        ]
        name, sequence = f"drawn {event['seq']}", place[event["seq"]]
        drawn.append(Drawdown(name, day_of(event), additions, sequence=sequence))
    return Contract("case", start), drawn


Key = tuple[date, bool, int]
"""A row's due date, whether it is a down payment, and which of those of one day it is."""


def keyed(rows: tuple[Row, ...]) -> list[tuple[Key, Row]]:
    """Rows by what stays the same when more is lent."""
    seen: Counter[tuple[date, bool]] = Counter()
    listed = []
    for row in rows:
        day = (row.instalment.due_on, row.down_payment)
        listed.append(((*day, seen[day]), row))
        seen[day] += 1
    return listed


def row_amounts(rows: tuple[Row, ...]) -> dict[Key, tuple[Decimal, Decimal]]:
    """Principal and interest of each row."""
    return {key: (row.instalment.principal, row.instalment.interest) for key, row in keyed(rows)}


def events_of(
    event: dict[str, Any], on: date, sequence: int, rows: tuple[Row, ...], given: list[dict[str, Any]]
) -> Iterator[AnyEvent]:
    """One event of the case as ours."""
    kind, name = event["type"], str(event["seq"])
    amount = Decimal(event.get("amount") or 0)
    target = str(event.get("target", ""))
    if kind in PAYMENTS:
        yield Payment(name, on, amount, kind=kind.lower(), sequence=sequence)
    elif kind == "CHARGEBACK":
        yield Chargeback(name, on, target, amount, sequence=sequence)
    elif kind in ("CREDIT_BALANCE_REFUND", "REFUND_BY_CASH", "REFUND_FOR_ACTIVE_LOAN"):
        yield Refund(name, on, amount, sequence=sequence)
    elif kind == "ADD_CHARGE":
        yield from charges_of(event, on, sequence, rows)
    elif kind == "WAIVE_CHARGE":
        charge = next(each for each in given if each["seq"] == event["target"])
        part = COMPONENTS[charge["kind"]]
        for i, each in enumerate(charges_of(charge, on, sequence, rows)):
            left = event["waived"].get(each.id, each.amount)
            if left:
                own = name if i == 0 else f"{name} {i}"
                yield Waiver(own, on, part, left, charge=each.id, sequence=sequence)
    elif kind == "WRITE_OFF":
        yield WriteOff(name, on, sequence=sequence)
    elif kind == "REVERSE":
        entered = max(date.fromisoformat(event["business_date"]), on)
        for i, each in enumerate(ids_of(target, given, rows)):
            yield Reversal(name if i == 0 else f"{name} {i}", entered, each, sequence=sequence)
    elif kind == "WAIVE_INTEREST":
        yield Waiver(name, on, INTEREST, amount or None, sequence=sequence)
    elif kind == "ADJUST" and amount:
        entered = max(date.fromisoformat(event["business_date"]), on)
        yield Correction(name, entered, target, amount, sequence=sequence)
    elif kind == "ADJUST":
        yield Reversal(name, max(date.fromisoformat(event["business_date"]), on), target, sequence=sequence)
    elif kind == "DELINQUENCY_PAUSE":
        ends = [date.fromisoformat(event["end"])]
        ends += [
            date.fromisoformat(each["start"])
            for each in given
            if each["type"] == "DELINQUENCY_RESUME" and event["start"] <= each["start"] <= event["end"]
        ]
        start = date.fromisoformat(event["start"])
        if min(ends) > start:  # as many days as lie between its ends
            yield Pause(name, start + DAY, min(ends), of=("days_past_due",), sequence=sequence)
    elif kind not in (
        "DISBURSEMENT",
        "END_OF_DAY",
        "CHARGE_OFF",
        "DELINQUENCY_RESUME",
        "RE_AGE",
        "RE_AMORTIZE",
    ):
        raise Unsupported(f"no event of ours is a {kind}")


def ids_of(target: str, given: list[dict[str, Any]], rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Our events of one event of the case; none for those that move no debt."""
    event = next(each for each in given if str(each["seq"]) == target)
    if event["type"] in ("CHARGE_OFF", "END_OF_DAY", "DELINQUENCY_PAUSE", "DELINQUENCY_RESUME"):
        return ()
    if event["type"] == "ADD_CHARGE":
        return tuple(each.id for each in charges_of(event, day_of(event), 0, rows))
    if event["type"] == "WAIVE_CHARGE":
        charge = next(each for each in given if each["seq"] == event["target"])
        count = len(tuple(charges_of(charge, day_of(event), 0, rows)))
        return (target, *(f"{target} {i}" for i in range(1, count)))
    return (target,)


def waived_by(case: dict[str, Any], event: dict[str, Any]) -> dict[str, Decimal]:
    """What a waiver gives up of each charge: what was open when it was entered, whatever comes later."""
    known = history(case, event["seq"] - 1)
    position = known.at(max([day_of(event), *(each.effective_on for each in known.events)]))
    left = {each: Decimal(0) for each in known.charge_ids.get(event["target"], ())}
    for line in position.lines:
        if line.charge in left:
            raised = line.kind in ("charged", "charged_back")
            left[line.charge] += line.amount if raised else -line.amount
    return left


def charges_of(event: dict[str, Any], on: date, sequence: int, rows: tuple[Row, ...]) -> Iterator[Charge]:
    """A charge on the instalment whose period its due date falls in, or one on each instalment."""
    part, name = COMPONENTS[event["kind"]], str(event["seq"])
    regular = [row.instalment for row in rows if not row.down_payment]
    share = Decimal(event.get("percent") or 0) / 100
    basis = event["basis"]
    if "INSTALLMENT" in basis or not event.get("due_date"):
        for row in regular:
            amount = round(Decimal(event["amount"]) if basis == "FLAT" else share * base_of(basis, [row]), 2)
            if amount:
                yield Charge(
                    f"{name} {row.number}",
                    on,
                    part,
                    amount,
                    row.number,
                    row.due_on,
                    sequence=sequence,
                )
        return
    due = date.fromisoformat(event["due_date"])
    amount = Decimal(event["amount"]) if basis == "FLAT" else share * base_of(basis, regular)
    number = next((row.number for row in regular if due <= row.due_on), None)
    yield Charge(name, on, part, round(amount, 2), number, due, sequence=sequence)


def base_of(basis: str, rows: Iterable[Instalment]) -> Decimal:
    """What a percentage is of."""
    total = Decimal(0)
    for row in rows:
        total += row.principal if "INTEREST" not in basis or "AMOUNT" in basis else Decimal(0)
        total += row.principal if "PRINCIPAL" in basis and "INTEREST" in basis else Decimal(0)
        total += row.interest if "INTEREST" in basis else Decimal(0)
    return total


def new_plan(terms: dict[str, Any], event: dict[str, Any], before: Position, sequence: int) -> Restructure:
    """Open principal moves: into new rows (re-age), or, what is due, onto those to come (re-amortize).

    What falls due on the day of a re-amortisation is due, and moves too.
    """
    on, rounding = day_of(event), rounding_of(terms)
    if event["type"] == "RE_AGE":
        whole = before.outstanding.principal
        made = reaged(whole, reage_of(event, rounding))
    else:
        coming = [
            Instalment(row.number or 0, row.due_on, row.outstanding.principal)
            for row in before.instalments
            if row.due_on > on and row.outstanding.principal
        ]
        whole = before.outstanding.principal - sum((row.principal for row in coming), Decimal(0))
        made = reamortised(coming, whole, rounding)
    plan = renumbered(made, max(row.number or 0 for row in before.instalments) + 1)
    return Restructure(
        str(event["seq"]), on, plan, kept=(INTEREST, FEE, LATE_CHARGE), reason=str(whole), sequence=sequence
    )


def reage_of(event: dict[str, Any], rounding: Rounding) -> ReAge:
    """The new rows that a re-age asks for."""
    step = Every(int(event["frequency"]), UNITS[event["frequency_unit"]])  # type: ignore[arg-type]
    return ReAge(date.fromisoformat(event["start_date"]), int(event["installments"]), step, rounding)


def rounding_of(terms: dict[str, Any]) -> Rounding:
    """To the multiple of the instalment, or else to the currency's unit."""
    multiple = terms.get("installment_amount_in_multiples_of")
    unit = Decimal(multiple) if multiple else Decimal(1).scaleb(-int(terms["currency_decimals"]))
    return Rounding(unit, MODES[terms["rounding"]])


def waterfall(strategy: dict[str, Any], given: list[dict[str, Any]]) -> Waterfall:
    """The strategy as a waterfall.

    A chargeback is net of the credit balance when it is entered, and in full once its history
    has been replayed: after it, something was undone.
    """
    kinds = {event["type"] for event in given}
    backs = [event["seq"] for event in given if event["type"] == "CHARGEBACK"]
    replayed = any(event["type"] == "REVERSE" and event["seq"] > min(backs, default=0) for event in given)
    credit = (strategy.get("credit_rules") or {}).get("CHARGEBACK")
    common: dict[str, Any] = {
        "within_day": "sequence",
        "charged_back": "as_paid" if credit or (backs and replayed) else "new_principal",
        "charged_back_order": tuple(COMPONENTS[part].kind for part in credit or ()),
        "over_refund": "reopen" if kinds & {"REFUND_BY_CASH", "REFUND_FOR_ACTIVE_LOAN"} else "new_principal",
    }
    if common["over_refund"] == "reopen":
        common["charged_back_order"] = ("principal", "interest", "fee", "late_charge")
    if "rules" in strategy:
        rules = {
            name: advanced_order(rule, strategy["processing"]) for name, rule in strategy["rules"].items()
        }
        default = rules.pop("DEFAULT")
        return Waterfall(default, by_kind={name.lower(): order for name, order in rules.items()}, **common)
    if "RBI" in strategy["code"]:
        known = policy("fineract.rbi-india").waterfall
        assert known is not None
        return evolve(known, **common)
    lists = strategy if "late" in strategy else legacy_lists(strategy["code"])
    return Waterfall(legacy_order(lists), **common)


def legacy_lists(code: str) -> dict[str, Any]:
    """The component order of a strategy that is told by its code alone.

    A strategy whose name lists components pays in that order, late, on time and in advance.
    """
    name = code.upper().replace("-", "_").removesuffix("_STRATEGY")
    if "CREOCORE" in name or "MIFOS_STANDARD" in name:
        name = "PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER"
    if "HEAVENSFAMILY" in name.replace("_", ""):
        name = "PRINCIPAL_INTEREST_FEES_PENALTIES_ORDER"
    if "EARLY" in name:
        parts = ["INTEREST", "PRINCIPAL", "PENALTY", "FEE"]
        return {"late": parts, "on_due_date": parts, "in_advance": ["PRINCIPAL"]}
    due, _, ahead = name.partition("_IN_ADVANCE_")
    parts = [COMPONENTS_BY_WORD[word] for word in due.split("_") if word in COMPONENTS_BY_WORD]
    if len(parts) != len(COMPONENTS):
        raise Unsupported(f"strategy {code}")
    if not ahead:
        return {"late": parts, "on_due_date": parts, "in_advance": parts}
    first = ["PENALTY(charged)", "FEE(charged)"]
    if ahead.startswith("PRINCIPAL"):
        first.append("PRINCIPAL")
    return {"late": parts, "on_due_date": parts, "in_advance": [*first, *parts]}


COMPONENTS_BY_WORD = {word: word for word in COMPONENTS} | {"PENALTIES": "PENALTY", "FEES": "FEE"}


def legacy_order(strategy: dict[str, Any]) -> Order:
    """Late, on time and in advance, instalment by instalment; charges whose day has come may come first."""
    ahead = []
    for text in strategy["in_advance"]:
        word, _, condition = text.partition("(")
        part = COMPONENTS[word.rpartition(":")[2].strip()]
        ahead.append(f"in_advance {part}" + (" charged" if condition else ""))
    due = [f"past_due {COMPONENTS[word]}" for word in strategy["late"]]
    due += [f"due {COMPONENTS[word]}" for word in strategy["on_due_date"]]
    return Order((Group("instalment", (*due, *ahead)),))


def advanced_order(rule: dict[str, Any], processing: str) -> Order:
    """Rules of one due type form a group; VERTICAL walks each component over all instalments."""
    cells = []
    for text in rule["order"]:
        timing, _, word = text.rpartition("_")
        cells.append(f"{timing.lower()} {COMPONENTS[word]}")
    groups: list[Group] = []
    if processing == "VERTICAL":
        groups = [Group("component", tuple(cells))]
    else:
        for cell in cells:
            if groups and groups[-1].cells[-1].timing == cell.split()[0]:
                groups[-1] = Group("instalment", (*groups[-1].cells, cell))
            else:
                groups.append(Group("instalment", (cell,)))
    return Order(tuple(groups), ahead=AHEAD[rule["future_installment_rule"]])  # type: ignore[arg-type]


# --- comparing --------------------------------------------------------------------------------


def differences(case: dict[str, Any], expected: dict[str, Any]) -> Iterator[str]:
    """What of one check differs."""
    known = history(case, expected["after_seq"])
    day = date.fromisoformat(expected["business_date"])
    position = known.at(max([day, *(event.effective_on for event in known.events)]))
    yield from compare("outstanding", position.outstanding.total, expected)
    yield from compare("overpaid", position.unapplied, expected)
    if "status" in expected and status(position) != expected["status"]:
        yield f"status {status(position)}, published {expected['status']}"
    found = merged([figures(row, known, position) for row in rows_in(known, position)], known, position)
    if "schedule" in expected:
        published = [row for row in expected["schedule"] if row["row"] == "installment"]
        if len(published) != len(found):
            yield f"{len(found)} rows, published {len(published)}"
        for mine, theirs in zip(found, published, strict=False):
            for name, figure in theirs.items():
                if name == "row":
                    continue
                if name not in mine:
                    yield f"row {theirs['nr']} {name}: not known"
                elif not same(mine[name], figure):
                    yield f"row {theirs['nr']} {name}: {mine[name]}, published {figure}"
        lent = sorted(
            (row["date"], Decimal(row["amount"]))
            for row in expected["schedule"]
            if row["row"] == "disbursement"
        )
        if lent != [(on.isoformat(), amount) for on, amount in known.lent]:
            yield f"disbursements {known.lent}, published {lent}"
    for name, figure in (expected.get("total") or {}).items():
        total = sum((row[name] for row in found), Decimal(0))
        if total != Decimal(figure):
            yield f"total {name}: {total}, published {figure}"
    yield from compare_charges(case, known, position, expected.get("charges", ()))
    if "bucket" in case:
        yield from compare_delinquency(case, expected)
    yield from compare_transactions(case, known, position, expected)


def compare(name: str, found: Decimal, expected: dict[str, Any]) -> Iterator[str]:
    if name in expected and found != Decimal(expected[name]):
        yield f"{name} {found}, published {expected[name]}"


def same(found: Any, figure: Any) -> bool:
    if figure is None or isinstance(found, bool) or found is None:
        return bool(found == figure)
    if isinstance(found, date):
        return found.isoformat() == figure
    return Decimal(found) == Decimal(figure)


def status(position: Position) -> str:
    """Fineract's name for where the loan stands."""
    if position.written_off.total:
        return "CLOSED_WRITTEN_OFF"
    if position.outstanding.total:
        return "ACTIVE"
    return "OVERPAID" if position.unapplied else "CLOSED_OBLIGATIONS_MET"


def rows_in(known: History, position: Position) -> list[tuple[Row, InstalmentPosition]]:
    """The rows of the schedule, and those of a new plan, that owe or owed anything."""
    by_number = {row.number: row for row in position.instalments if row.number}
    rows = list(known.rows)
    last = rows[-1].instalment.due_on if rows else None
    for event in known.events:
        if not isinstance(event, Restructure) or event.id in known.undone:
            continue
        for row in event.instalments:
            if row.number in by_number and last:
                rows.append(Row(row, (row.due_on - last).days, Decimal(0)))
                last = row.due_on
    return [
        (row, by_number[row.instalment.number])
        for row in rows
        if row.instalment.number in by_number
        and (row.grace or row.instalment.total or by_number[row.instalment.number].due.total)
    ]


def merged(found: list[dict[str, Any]], known: History, position: Position) -> list[dict[str, Any]]:
    """Under a new plan: a new row on an old row's date joins it; all are numbered and balanced anew."""
    plans = [event for event in known.events if isinstance(event, Restructure)]
    if not plans:
        return found
    new = {row.number for event in plans for row in event.instalments}
    listed: list[dict[str, Any]] = []
    for row in found:
        old = next((one for one in listed if one["due_date"] == row["due_date"] and one["days"]), None)
        if old is None or row["nr"] not in new:
            listed.append(dict(row))
            continue
        for name, value in row.items():
            if isinstance(value, Decimal):
                old[name] += value
        old["complete"] = old["complete"] and row["complete"]
        old["paid_date"] = row["paid_date"]
    listed.sort(key=lambda row: row["due_date"])
    raised = [  # a loan's balance grows by what is lent, and by principal that is charged back
        (line.on, line.amount)
        for line in position.lines
        if line.kind in ("charged", "charged_back")
        and line.component == PRINCIPAL
        and known.kinds.get(line.event) in ("CHARGEBACK", "CREDIT_BALANCE_REFUND")
    ]
    lent = list(known.lent)
    balance, before = Decimal(0), date.min
    for number, row in enumerate(listed, start=1):
        on, first_day = row["due_date"], known.lent[0][0]
        own = [one for one in lent if one[0] < on or (one[0] == on and (not row["days"] or on == first_day))]
        lent = [one for one in lent if one not in own]
        own += [one for one in raised if before < one[0] <= on]
        before = max(before, on)
        balance += sum((amount for _, amount in own), Decimal(0)) - row["principal"]
        row["nr"], row["balance"] = number, balance
    return listed


def figures(pair: tuple[Row, InstalmentPosition], known: History, position: Position) -> dict[str, Any]:
    """One instalment's figures by the names of the cases."""
    row, mine = pair
    due_on = row.instalment.due_on
    paid = [
        line
        for line in position.lines
        if line.instalment == mine.number and line.kind == "settled" and not undone(line, position)
    ]
    # a charge added later is paid on the payment's day; else unapplied credit pays on the day it is used
    days = [line.start if line.charge else line.on for line in paid]
    # what more is lent is paid ahead by credit, what is charged back is only set against it
    lent_on = {on for on, _ in known.lent}
    direct = [line.charge or line.start == line.on or line.on in lent_on for line in paid]
    early = sum(
        (line.amount for line, on, own in zip(paid, days, direct, strict=True) if on < due_on and own),
        Decimal(0),
    )
    late = sum((line.amount for line, on in zip(paid, days, strict=True) if on > due_on), Decimal(0))
    waived = sum((balance.waived for _, balance in mine.balances), Decimal(0))
    moves = days + [
        line.on for line in position.lines if line.instalment == mine.number and line.kind == "waived"
    ]
    moved = {name: sum((x.restructured for part, x in mine.balances if part.kind == c.kind), Decimal(0))
             for name, c in COLUMNS.items()}  # fmt: skip
    moves += [
        line.on for line in position.lines if line.instalment == mine.number and line.kind == "restructured"
    ]
    complete = not mine.outstanding.total and mine.due.total > 0
    if row.grace and not mine.due.total:
        complete, moves = True, [known.lent[0][0]]
    return {
        "nr": mine.number,
        "days": row.days,
        "due_date": due_on,
        "paid_date": max(moves) if complete and moves else None,
        "balance": row.balance,
        **{name: mine.due.of(part) - moved[name] for name, part in COLUMNS.items()},
        "due": mine.due.total - sum(moved.values()),
        "paid": mine.paid.total,
        "paid_in_advance": early,
        "paid_late": late,
        "waived": waived,
        "waived_derived": waived,
        "outstanding": mine.outstanding.total,
        "complete": not mine.outstanding.total,
    }


def undone(line: Line, position: Position) -> bool:
    """Whether a refund has undone this line."""
    return any(
        other.kind == "charged_back"
        and (other.event, other.instalment, other.component) == (line.event, line.instalment, line.component)
        and other.amount == line.amount
        for other in position.lines
    )


def compare_charges(
    case: dict[str, Any], known: History, position: Position, published: Iterable[dict[str, Any]]
) -> Iterator[str]:
    """Each charge: what is due, paid, waived and outstanding of it."""
    found = []
    given = {event["seq"]: event for event in case["events"]}
    for seq, ids in known.charge_ids.items():
        if str(seq) in known.undone:
            continue
        amounts = {"paid": Decimal(0), "waived": Decimal(0), "due": Decimal(0)}
        for line in position.lines:
            if line.charge in ids:
                name = {"settled": "paid", "charged_back": "paid", "waived": "waived", "charged": "due"}[
                    line.kind
                ]
                amounts[name] += -line.amount if line.kind == "charged_back" else line.amount
        amounts["outstanding"] = amounts["due"] - amounts["paid"] - amounts["waived"]
        event = given[seq]
        found.append({"kind": event["kind"], "due_as_of": event.get("due_date"), **amounts})
    for theirs in published:
        for mine in found:
            if all(
                mine[name] == theirs[name]
                if name in ("kind", "due_as_of")
                else mine[name] == Decimal(theirs[name])
                for name in mine
                if name in theirs
            ):
                found.remove(mine)
                break
        else:
            yield f"charge {theirs['kind']} due {theirs.get('due_as_of')}: {found}, published {theirs}"


def split(known: History, event: str, whole_position: Position) -> dict[str, Any]:
    """What one event settled or owed when it happened."""
    made = next(each for each in known.events if each.id == event)
    position = known.until(event)
    sums = dict.fromkeys(COLUMNS, Decimal(0))
    amount = Decimal(0)
    later = [
        line
        for line in whole_position.lines
        if line.charge and line.kind == "settled" and line.event == event
    ]
    at_once = [line for line in position.lines if not (line.charge and line.kind == "settled")]
    for line in (*at_once, *later):  # what a payment settles of charges added later counts as its own
        if line.component is None or event not in (line.event, line.by):
            continue
        name = next(name for name, part in COLUMNS.items() if part.kind == line.component.kind)
        sums[name] += line.amount
        amount += line.amount
    whole = getattr(made, "amount", None) or amount
    to_come = sum((lent for place, lent in known.lent_place if place > known.order[event]), Decimal(0))
    if any(isinstance(each, Drawdown) for each in known.events):
        to_come = Decimal(0)
    return {
        "date": made.effective_on.isoformat(),
        "type": known.kinds[event],
        "amount": whole,
        **sums,
        "balance": max(position.outstanding.principal - to_come, Decimal(0)),
        "overpayment": whole - amount,
    }


def transactions(case: dict[str, Any], known: History, after_seq: int) -> list[dict[str, Any]]:
    """Every movement as Fineract lists it, those undone as they last stood."""
    listed: list[dict[str, Any]] = []
    for on, amount in known.lent:
        zero = dict.fromkeys(COLUMNS, Decimal(0))
        listed.append(
            {"date": on.isoformat(), "type": "DISBURSEMENT", "amount": amount, **zero, "reversed": False}
        )
    for event in known.events:
        kind = known.kinds.get(event.id, "")
        if kind not in PAYMENTS and kind not in (
            "CHARGEBACK", "CREDIT_BALANCE_REFUND", "REFUND_BY_CASH", "WAIVE_CHARGE", "WRITE_OFF",
            "RE_AGE", "RE_AMORTIZE"
        ):  # fmt: skip
            continue
        by = known.undone.get(event.id)
        if isinstance(event, Restructure):  # listed with what was spread anew, and no balance
            whole = Decimal(event.reason)
            zero = dict.fromkeys(("interest", "fees", "penalties", "balance"), Decimal(0))
            listed.append({"date": event.effective_on.isoformat(), "type": kind, "amount": whole,
                           "principal": whole, **zero, "reversed": by is not None})  # fmt: skip
            continue
        then = known if by is None else history(case, by - 1)
        made = split(then, event.id, then.at(max(each.effective_on for each in then.events)))
        if kind == "WAIVE_CHARGE":
            made.update(listed_waiver(case, then, int(event.id), after_seq if by is None else by - 1))
        listed.append({**made, "reversed": by is not None})
    for event in case["events"]:
        undone = known.undone.get(str(event["seq"])) is not None
        if event["type"] == "CHARGE_OFF" and event["seq"] <= after_seq and not undone:
            position = known.as_if(day_of(event))
            sums = {name: position.outstanding.of(part) for name, part in COLUMNS.items()}
            listed.append({"date": event["date"], "type": "CHARGE_OFF", "amount": sum(sums.values()), **sums,
                           "balance": Decimal(0), "reversed": False})  # fmt: skip
    return listed


def listed_waiver(case: dict[str, Any], known: History, seq: int, until: int) -> dict[str, Any]:
    """How a waiver is listed: by its day or the charge's, and without a split once it was replayed."""
    given = {event["seq"]: event for event in case["events"]}
    entered = day_of(given[seq])
    due = given[given[seq]["target"]].get("due_date")
    later = [event for number, event in given.items() if seq < number <= until]
    replayed = any(event["type"] == "REVERSE" or day_of(event) < entered for event in later)
    replayed = replayed or case["strategy"]["code"].startswith("ADVANCED")
    on = min(entered, date.fromisoformat(due)) if due else entered
    return {
        "date": on.isoformat(),
        "balance": known.as_if(entered).outstanding.principal,
        **(dict.fromkeys(COLUMNS, Decimal(0)) if replayed else {}),
    }


def compare_transactions(
    case: dict[str, Any], known: History, position: Position, expected: dict[str, Any]
) -> Iterator[str]:
    """Every published movement must be one of ours, figure by figure."""
    published = [*expected.get("transactions", ()), *expected.get("transaction_on", ())]
    published = [one for one in published if one["type"] != "ACCRUAL"]
    if not published and "overpayment_applied_later" not in expected:
        return
    found = transactions(case, known, expected["after_seq"])
    for theirs in published:
        for mine in found:
            if all(matches(name, mine, theirs) for name in theirs):
                found.remove(mine)
                break
        else:
            near = [mine for mine in found if mine["type"] == theirs["type"]]
            yield f"transaction {plain(theirs)}: not one of ours, which are {[plain(one) for one in near]}"
    if "transactions" in expected:
        for mine in found:
            if not mine["reversed"]:
                yield f"transaction {plain(mine)} is not published"
    if "overpayment_applied_later" in expected:
        splits = [split(known, payment.id, position) for payment in position.payments]
        own = sum((one[name] for one in splits for name in COLUMNS), Decimal(0))
        used = sum((line.amount for line in position.lines if line.kind == "settled"), Decimal(0))
        if used - own != Decimal(expected["overpayment_applied_later"]):
            yield f"applied later {used - own}, published {expected['overpayment_applied_later']}"


def plain(one: dict[str, Any]) -> str:
    return " ".join(str(value) for value in one.values())


def matches(name: str, mine: dict[str, Any], theirs: dict[str, Any]) -> bool:
    if name == "note":
        return True
    if name in ("overpayment", "overpayment_derived"):
        return bool("note" in theirs or mine.get("overpayment", Decimal(0)) == Decimal(theirs[name]))
    if name == "balance":
        return "balance" not in mine or bool(mine["balance"] == Decimal(theirs[name]))
    if name in ("date", "type", "reversed"):
        return bool(mine[name] == theirs[name])
    return bool(mine[name] == Decimal(theirs[name]))


# --- days past due ----------------------------------------------------------------------------

REFRESHED_BY = PAYMENTS | {
    "END_OF_DAY",
    "CHARGEBACK",
    "CREDIT_BALANCE_REFUND",
    "RE_AGE",
    "RE_AMORTIZE",
    "REVERSE",
}
NONE = "NO_DELINQUENCY"


def late_position(
    case: dict[str, Any], after_seq: int, day: date, *, grace: int, paused: bool = True
) -> Position:
    """The position under the case's own count of days: grace days off, pauses off."""
    known = history(case, after_seq)
    events = [event for event in known.events if paused or not isinstance(event, Pause)]
    rule = known.policy.waterfall
    assert rule is not None
    rule = evolve(rule, charged_back_due="at_once")
    arrears = Arrears(grace_days=grace, paused_days="all")
    return replay(known.contract, events, Policy(waterfall=rule, arrears=arrears), day)


def range_of(case: dict[str, Any], days: int) -> str:
    """The range of a number of days."""
    for each in case["bucket"]["ranges"]:
        if each["min_days"] <= days and (each["max_days"] is None or days <= each["max_days"]):
            return str(each["name"])
    return NONE


def in_pause(case: dict[str, Any], after_seq: int, day: date) -> bool:
    """Whether tags are kept as they are on a day: in a pause, both its ends included."""
    known = history(case, after_seq)
    return any(
        isinstance(each, Pause) and each.effective_on - DAY <= day <= each.until for each in known.events
    )


@frozen
class Stored:
    """What is stored on a day: the range of the loan, and the amounts of its instalments by range."""

    day: date
    tag: str
    instalments: dict[str, Decimal] = field(eq=False)


def refreshes(case: dict[str, Any], after_seq: int) -> Iterator[tuple[int, date]]:
    """When tags are refreshed: at the end of a day and with a payment, which first catches up missed days."""
    by = set(case["bucket"]["tag_is_refreshed_by"])
    kinds = set(REFRESHED_BY)
    kinds |= {"DISBURSEMENT"} if "disbursement" in by else set()
    kinds |= {"DELINQUENCY_PAUSE", "DELINQUENCY_RESUME"} if "pause action" in by else set()
    ended = None
    for event in case["events"]:
        if event["seq"] > after_seq or event["type"] not in kinds:
            continue
        day = date.fromisoformat(event["business_date"])
        if event["type"] == "END_OF_DAY":
            ended = day
        elif ended is not None:
            while ended + DAY < day:
                ended += DAY
                yield event["seq"] - 1, ended
        yield event["seq"], day


def stored_on(case: dict[str, Any], after_seq: int) -> list[Stored]:
    """Every refresh outside a pause, and what it stored."""
    listed = []
    grace = case["bucket"]["grace_days"]
    for seq, day in refreshes(case, after_seq):
        if in_pause(case, seq, day):
            continue
        tag = range_of(case, late_position(case, seq, day, grace=grace).days_past_due)
        amounts: dict[str, Decimal] = {}
        for row in late_position(case, seq, day, grace=0).instalments if tag != NONE else ():
            if row.days_past_due:
                name = range_of(case, row.days_past_due)
                amounts[name] = amounts.get(name, Decimal(0)) + row.outstanding.total
        listed.append(Stored(day, tag, amounts))
    return listed


def tag_history(stored: list[Stored]) -> list[dict[str, Any]]:
    """Ranges from day to day, the last first."""
    listed: list[dict[str, Any]] = []
    for each in stored:
        last = listed[0] if listed and listed[0]["lifted_on"] is None else None
        if last and last["range"] != each.tag:
            last["lifted_on"] = each.day.isoformat()
        if each.tag != NONE and (last is None or last["range"] != each.tag):
            listed.insert(0, {"range": each.tag, "added_on": each.day.isoformat(), "lifted_on": None})
    return listed


def compare_delinquency(case: dict[str, Any], expected: dict[str, Any]) -> Iterator[str]:
    """Days, ranges and amounts."""
    seq, day = expected["after_seq"], date.fromisoformat(expected["business_date"])
    grace = case["bucket"]["grace_days"]
    position = late_position(case, seq, day, grace=grace)
    plain = late_position(case, seq, day, grace=0, paused=False)
    stored = stored_on(case, seq)
    tag = stored[-1].tag if stored else NONE
    since = position.oldest_due_on + timedelta(days=grace) if position.oldest_due_on else None
    mine = {
        "range": tag,
        "delinquent_date": since.isoformat() if since else None,
        "delinquent_amount": position.arrears.total,
        "overdue": position.arrears.total,
        "delinquent_days": position.days_past_due,
        "past_due_days": plain.days_past_due,
    }
    for name in ("range", "delinquent_date", "overdue"):
        if name in expected and not same_text(mine[name], expected[name]):
            yield f"{name} {mine[name]}, published {expected[name]}"
    for name, figure in (expected.get("loan_delinquency") or {}).items():
        if name in mine and not same_text(mine[name], figure):
            yield f"loan {name} {mine[name]}, published {figure}"
    if "installment_delinquency" in expected:
        found = stored[-1].instalments if stored else {}
        published = {}
        for each in expected["installment_delinquency"]:
            name = each.get("range") or range_of(case, each["min_days"])
            published[name] = Decimal(each["amount"])
        if found != published:
            yield f"instalments {found}, published {published}"
    if "history" in expected and tag_history(stored) != expected["history"]:
        yield f"history {tag_history(stored)}, published {expected['history']}"


def same_text(mine: Any, figure: Any) -> bool:
    if isinstance(mine, Decimal):
        return mine == Decimal(figure)
    return bool(mine == figure)
