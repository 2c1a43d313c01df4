"""Schedules that Apache Fineract publishes in its tests (fineract-schedules.json).

Each of its terms maps to a named choice of `tagih.schedules`:

- cumulative schedules solve an annuity with the nominal rate of a period and put a disbursement
  on a due date into that instalment; progressive ones solve with the rates of the rows, put
  it into the next, and even the last instalment out;
- SAME_AS_REPAYMENT_PERIOD: each period bears the rate of one period; DAILY: by days, over the
  length of the year the loan (cumulative) or the period (progressive) starts in;
- a later disbursement is spread over the coming rows (progressive), by as much a row as if all
  rows shared in it (cumulative, flat), or as if it had been lent from the start (declining);
- a multiple rounds the instalment: of a flat loan, its principal and interest one by one.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve

from conformance.outcome import Outcome, unsupported
from tagih.contracts import FEE, LATE_CHARGE, Instalment
from tagih.money import Rounding
from tagih.schedules import (
    Added,
    Calendar,
    Disbursement,
    Every,
    Grace,
    Rate,
    Roundings,
    Schedule,
    Terms,
    make,
    place,
)

UNITS = {"DAYS": "day", "WEEKS": "week", "MONTHS": "month", "YEARS": "year", "SEMI_MONTHS": "half_month"}
MODES = {
    "HALF_EVEN": "half_even",
    "HALF_UP": "half_up",
    "UP": "up",
    "DOWN": "down",
    "CEILING": "up",
    "FLOOR": "down",
}
BASES = {
    "PERCENT_OF_PRINCIPAL": "principal",
    "PERCENT_OF_INTEREST": "interest",
    "PERCENT_OF_PRINCIPAL_PLUS_INTEREST": "principal_and_interest",
    "PERCENT_OF_INSTALLMENT_PRINCIPAL": "principal",
    "PERCENT_OF_INSTALLMENT_INTEREST": "interest",
    "PERCENT_OF_INSTALLMENT_PRINCIPAL_PLUS_INTEREST": "principal_and_interest",
}


def claims(case: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether the case is a schedule with Fineract's terms."""
    return "terms" in case.get("inputs", {}) and "rows" in case.get("expected", {})


def check(case: dict[str, Any], document: dict[str, Any]) -> list[str] | Outcome:
    """What differs from the published figures; empty where all agree."""
    given = case["inputs"]
    if case.get("recalculates") or given.get("schedule_events"):
        return unsupported("interest is worked out again from payments: the ledger's work, not the terms'")
    made = terms(given)
    schedule = make(made)
    instalments = place(schedule, charges(given["charges"], made.rounding.interest))
    expected = [row for row in case["expected"]["rows"] if row["row"] == "installment"]
    lent = sorted(
        (row["date"], Decimal(row["amount"]))
        for row in case["expected"]["rows"]
        if row["row"] == "disbursement"
    )
    wrong = []
    if lent != sorted((each.on.isoformat(), each.amount) for each in made.disbursements):
        wrong.append(f"disbursements: {made.disbursements}, published {lent}")
    if len(expected) != len(instalments):
        wrong.append(f"{len(instalments)} rows, published {len(expected)}")
    for row, mine in zip(expected, instalments, strict=False):
        figures = figures_of(mine, schedule)
        for name, figure in row.items():
            if name in ("row", "nr") or figure is None:
                continue
            if name == "rate_factor":
                found: Any = rate_factor(schedule, mine.number)
                same = found is not None and round(found, 12) == Decimal(figure)
            elif name not in figures:
                wrong.append(f"row {row['nr']} {name}: not known")
                continue
            else:
                found = figures[name]
                same = str(found) == figure if name == "due_date" else found == Decimal(figure)
            if not same:
                wrong.append(f"row {row['nr']} {name}: {found}, published {figure}")
    totals = {
        name: sum((figures_of(mine, schedule)[name] for mine in instalments), Decimal(0))
        for name in ("principal", "interest", "fees", "penalties", "due")
    }
    for name, figure in (case["expected"].get("total") or {}).items():
        if name in totals and totals[name] != Decimal(figure):
            wrong.append(f"total {name}: {totals[name]}, published {figure}")
    return wrong


def figures_of(mine: Instalment, schedule: Schedule) -> dict[str, Any]:
    """An instalment's figures by the names of the cases."""
    row = next((row for row in schedule.rows if row.number == mine.number), None)
    start = row.start if row else schedule.rows[-1].due_on
    return {
        "due_date": mine.due_on,
        "days": (mine.due_on - start).days,
        "principal": mine.principal,
        "interest": mine.interest,
        "fees": sum((amount for component, amount in mine.fees if component.kind == "fee"), Decimal(0)),
        "penalties": sum(
            (amount for component, amount in mine.fees if component.kind == "late_charge"), Decimal(0)
        ),
        "due": mine.total,
        "balance": row.balance if row else Decimal(0),
    }


def rate_factor(schedule: Schedule, number: int) -> Decimal | None:
    """The rate of the last stretch of a row."""
    row = schedule.rows[number - 1]
    if not row.stretches:
        return None
    rate = row.stretches[-1].rate
    return Decimal(rate.numerator) / Decimal(rate.denominator)


def charges(given: list[dict[str, Any]], rounding: Rounding) -> tuple[Added, ...]:
    """The case's charges."""
    made = []
    for each in given:
        due = None if each.get("due_date") is None else date.fromisoformat(each["due_date"])
        flat = each["basis"] == "FLAT"
        made.append(
            Added(
                amount=Decimal(each["amount"]) if flat else Decimal(0),
                share=Decimal(0) if flat else Decimal(each["percent"]) / 100,  # type: ignore[arg-type]
                of="principal_and_interest" if flat else BASES.get(each["basis"], "principal"),  # type: ignore[arg-type]
                due_on=due,
                component=LATE_CHARGE if each["kind"] == "PENALTY" else FEE,
                rounding=rounding,
            )
        )
    return tuple(made)


def terms(given: dict[str, Any]) -> Terms:
    """The case's terms."""
    case = given["terms"]
    lent = tuple(
        Disbursement(date.fromisoformat(each["date"]), each["amount"]) for each in given["disbursements"]
    )
    progressive = case["schedule_type"] == "PROGRESSIVE"
    flat = case["interest_method"] == "FLAT"
    count = int(case["number_of_repayments"])
    step = Every(int(case["repay_every"]), UNITS[case["repay_unit"]])  # type: ignore[arg-type]
    return Terms(
        sum((each.amount for each in lent), Decimal(0)),
        count,
        method=method(case),
        rate=rate(case, step),
        calendar=calendar(given, step, count, min(each.on for each in lent)),
        start=start(given, min(each.on for each in lent)),
        accrual=accrual(case, progressive),
        instalment_rates="actual" if progressive else "nominal",
        instalment=None
        if case.get("fixed_installment_amount") is None
        else Decimal(case["fixed_installment_amount"]),
        grace=Grace(
            principal=int(case.get("grace_on_principal") or 0),
            interest=int(case.get("grace_on_interest_payment") or 0),
            interest_free=int(case.get("interest_free_periods") or 0),
        ),
        down_payment_share=Decimal((case.get("down_payment") or {"percent": 0})["percent"]) / 100,  # type: ignore[arg-type]
        disbursements=lent,
        tranche_on_due_date="next" if progressive else "this",
        tranche_share="coming" if progressive else ("all_rows" if flat else "from_start"),
        rounding=roundings(case, progressive=progressive, flat=flat),
    )


def method(case: dict[str, Any]) -> str:
    """The method by its name here."""
    if case["interest_method"] == "FLAT":
        return "flat"
    if case["amortization"] == "EQUAL_PRINCIPAL":
        return "equal_principal"
    return "annuity" if case.get("fixed_installment_amount") is None else "given_instalment"


def rate(case: dict[str, Any], step: Every) -> Rate:
    """The yearly rate; a daily one of months of 30 days is a rate of the period."""
    annual = Decimal(case["annual_rate_percent"]) / 100
    year = 365 if case["days_in_year"] == "ACTUAL" else int(case["days_in_year"])
    if case["interest_calculation_period"] == "DAILY" and case["days_in_month"] == "30":
        days = {"day": 1, "week": 7, "half_month": 15, "month": 30, "year": 360}[step.unit] * step.count
        return Rate(Rate(annual).amount * days / year, "period")
    return Rate(annual, year_days=year)


def accrual(case: dict[str, Any], progressive: bool) -> str:
    """How days are counted."""
    if case["interest_calculation_period"] == "SAME_AS_REPAYMENT_PERIOD" or case["days_in_month"] == "30":
        return "period"
    if case["days_in_year"] == "ACTUAL":
        return "ACT/ACT start year" if progressive else "ACT/ACT loan year"
    return f"ACT/{case['days_in_year']}"


def roundings(case: dict[str, Any], *, progressive: bool, flat: bool) -> Roundings:
    """The currency's unit, and the multiple of the instalment."""
    mode = MODES[case["rounding"]]
    unit = Decimal(1).scaleb(-int(case["currency_decimals"]))
    if case.get("currency_in_multiples_of"):
        unit = Decimal(case["currency_in_multiples_of"])
    multiple = case.get("installment_amount_in_multiples_of")
    return Roundings(
        instalment=Rounding(Decimal(multiple) if multiple else unit, mode),
        interest=Rounding(unit, mode),
        of="parts" if flat else "total",
        difference="evened" if progressive and not flat else "last",
    )


def start(given: dict[str, Any], first_lent: date) -> date:
    """Where interest starts: the first disbursement, or the first of the periods that are given."""
    explicit = given.get("explicit_periods")
    return date.fromisoformat(explicit[0]["from"]) if explicit else first_lent


def calendar(given: dict[str, Any], step: Every, count: int, first_lent: date) -> Calendar:
    """The due dates."""
    case = given["terms"]
    if given.get("explicit_periods"):
        return Calendar(
            step, dates=tuple(date.fromisoformat(each["due"]) for each in given["explicit_periods"])
        )
    missing = "next" if case.get("month_end_due_date") == "FIRST_DAY_OF_NEXT_MONTH" else "last"
    made = Calendar(step, missing_day=missing)  # type: ignore[arg-type]
    if case.get("first_repayment_date"):
        made = evolve(made, first_due=date.fromisoformat(case["first_repayment_date"]))
    elif case["repayment_start_date"] == "SUBMITTED_ON_DATE":
        seed = date.fromisoformat(case["submitted_on"])
        made = evolve(made, first_due=made.dues(1, seed)[0].due_on, anchor_day=seed.day)
    wait = case.get("minimum_days_between_disbursal_and_first_repayment")
    if wait:
        expected = date.fromisoformat(case.get("expected_disbursement") or first_lent.isoformat())
        made = evolve(made, not_before=expected + timedelta(days=int(wait)))
    if case.get("fixed_length_days"):
        dates = [due.due_on for due in made.dues(count, first_lent)]
        dates[-1] = first_lent + timedelta(days=int(case["fixed_length_days"]))
        made = Calendar(step, dates=tuple(dates))
    return made
