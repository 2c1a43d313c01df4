"""Loans that Apache Fineract reschedules in its tests.

A reschedule changes the terms from one due date on, and the schedule is made again from them:
`tagih.offers.reage.rescheduled` on the rows as they were. What was paid and charged is then
replayed on the new rows, so the rest is checked as any other loan's movements are.

- charges keep to their row, which moves with its date;
- what is lent after a reschedule is spread over the rows still to come, on their new dates;
- the multiple of the instalment rounds what is spread anew; interest is to the cent.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import evolve

from tagih.offers.reage import Reschedule, rescheduled
from tagih.schedules import Calendar, Every, Rate, RateChange, make

from ..outcome import Outcome, judged, unsupported
from . import fineract_events as base
from .fineract_schedules import UNITS, terms

Case = dict[str, Any]
Plan = tuple[base.Row, ...]


def claims(case: Case, document: Case) -> bool:
    """Whether the case reschedules a loan."""
    return "strategy" in case and any(event["type"] == "RESCHEDULE" for event in case.get("events", ()))


def check(case: Case, document: Case) -> Outcome:
    """What differs from the published figures; empty where all agree."""
    if case["terms"].get("interest_recalculation"):
        return unsupported("interest is worked out again from payments, which tagih does only by a new plan")
    wrong: list[str] = []
    try:
        for each in case["checks"]:
            found = base.differences(replanned(case, each["after_seq"]), each)
            wrong += [f"after {each['after_seq']}: {text}" for text in found]
    except base.Unsupported as reason:
        return unsupported(str(reason))
    return judged(wrong)


def replanned(case: Case, after_seq: int) -> Case:
    """The case with the schedule that holds after one of its events, and without its reschedules."""
    plan: Plan = ()
    lent: list[Case] = []
    changes: list[Reschedule] = []
    for event in sorted(case["events"], key=lambda event: event["seq"]):
        if event["seq"] > after_seq:
            break
        if event["type"] == "DISBURSEMENT":
            lent.append(event)
            plan = relent(case, lent, changes)
        elif event["type"] == "RESCHEDULE":
            changes.append(change(case, event))
            plan = with_change(plan, changes[-1], lent)
    kept = [event for event in case["events"] if event["type"] != "RESCHEDULE"]

    def rows(disbursed: list[Case]) -> Plan:
        return plan if len(disbursed) == len(lent) else relent(case, disbursed, changes)

    return {**case, "events": kept, "plan": rows}


def change(case: Case, event: Case) -> Reschedule:
    """A reschedule as ours."""
    given = case["terms"]
    step = Every(int(given["repay_every"]), UNITS[given["repay_unit"]])  # type: ignore[arg-type]
    known = {
        "seq", "business_date", "type", "reschedule_from", "submitted_on", "adjusted_due_date",
        "extra_installments", "grace_on_principal", "grace_on_interest", "new_annual_rate_percent",
    }  # fmt: skip
    if set(event) - known:
        raise base.Unsupported(f"a reschedule with {sorted(set(event) - known)}")
    to_on, rate = event.get("adjusted_due_date"), event.get("new_annual_rate_percent")
    if rate is not None and given["interest_calculation_period"] != "SAME_AS_REPAYMENT_PERIOD":
        raise base.Unsupported("a new rate by days")
    return Reschedule(
        date.fromisoformat(event["reschedule_from"]),
        to_on=date.fromisoformat(to_on) if to_on else None,
        extra=int(event.get("extra_installments") or 0),
        principal_grace=int(event.get("grace_on_principal") or 0),
        interest_grace=int(event.get("grace_on_interest") or 0),
        period_rate=None if rate is None else Fraction(rate) / 100 / step.per_year(),
        interest_on="first_principal" if given["interest_method"] == "FLAT" else "balance",
        frequency=step,
        rounding=base.rounding_of(given),
    )


def with_change(plan: Plan, asked: Reschedule, lent: list[Case]) -> Plan:
    """The rows after a reschedule; those paid down at a disbursement stay."""
    regular = rescheduled([row.instalment for row in plan if not row.down_payment], asked)
    listed = [(row.instalment, row.down_payment) for row in plan if row.down_payment]
    listed += [(row, False) for row in regular]
    listed.sort(key=lambda one: (one[0].due_on, not one[1]))
    made: list[base.Row] = []
    start = min(base.day_of(event) for event in lent)
    repaid = Decimal(0)
    for number, (row, down) in enumerate(listed, 1):
        repaid += row.principal
        out = sum((Decimal(e["amount"]) for e in lent if base.day_of(e) <= row.due_on), Decimal(0))
        days = 0 if down else (row.due_on - start).days
        start = start if down else row.due_on
        own = evolve(row, number=number)
        made.append(base.Row(own, days, out - repaid, down_payment=down, grace=not row.total))
    return tuple(made)


def relent(case: Case, lent: list[Case], changes: list[Reschedule]) -> Plan:
    """The rows once more is lent: made from the terms, on the dates that stand by then."""
    if not changes:
        return base.planned_rows(case, lent)
    first = base.planned_rows(case, lent[:1])
    for asked in changes:
        first = with_change(first, asked, lent[:1])
    regular = [row.instalment for row in first if not row.down_payment]
    dates = tuple(row.due_on for row in regular)
    amounts = [{"date": event["date"], "amount": event["amount"]} for event in lent]
    given = terms({"terms": case["terms"], "disbursements": amounts})
    step, annual = given.calendar.frequency, given.rate.amount
    again = evolve(
        given,
        instalments=len(dates),
        calendar=Calendar(step, dates=dates),
        grace=evolve(
            given.grace,
            principal_rows=[at for at, row in enumerate(regular, 1) if not row.principal],
            interest_rows=[at for at, row in enumerate(regular, 1) if annual and not row.interest],
        ),
        rate_changes=[
            RateChange(dates.index(asked.to_on or asked.from_on) + 1, Rate(asked.period_rate, "period"))
            for asked in changes
            if asked.period_rate is not None
        ],
    )
    return base.scheduled_rows(make(again))
