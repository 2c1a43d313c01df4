"""Published amortisation tables (schedules.json), in the words of `tagih.schedules`.

The field names are those of the source, mortgagemath; each maps to a named choice of `Terms`:

- annual_rate in percent, term_months, payment_frequency (so many a year), compounding;
- amortization_period_months: the instalment is solved over more rows, the rest is the balloon;
- interest_only_months: grace on principal;
- amortization_type serial, amortization_method italian: equal principal;
- payment_override: a given instalment; rate_schedule: rate changes, recast or kept, capped;
- balance_tracking carry_precision, and actual/360: unrounded figures are carried;
- actual/360 interest accrues by days, the instalment is solved with the nominal rate.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tagih.money import Rounding
from tagih.schedules import Calendar, Grace, Rate, RateChange, Roundings, Row, Schedule, Terms, make

MODES = {
    "ROUND_UP": "up",
    "ROUND_DOWN": "down",
    "ROUND_HALF_UP": "half_up",
    "ROUND_HALF_EVEN": "half_even",
}
FREQUENCIES = {
    "monthly": ("monthly", 12),
    "semi_monthly": ("semi_monthly", 24),
    "biweekly": ("two_weekly", 26),
    "weekly": ("weekly", 52),
    "quarterly": ("quarterly", 4),
    "semi_annual": ("half_yearly", 2),
    "annual": ("yearly", 1),
}
COMPOUNDED = {"monthly": None, "semi_annual": 2, "annual": 1, "quarterly": 4}
KNOWN = {
    "principal",
    "annual_rate",
    "term_months",
    "amortization_period_months",
    "day_count",
    "payment_rounding",
    "interest_rounding",
    "currency_unit",
    "payment_frequency",
    "compounding",
    "balance_tracking",
    "interest_only_months",
    "fee_per_period",
    "payment_override",
    "rate_schedule",
    "start_date",
    "amortization_type",
    "amortization_method",
}
EQUAL_PRINCIPAL = {"serial", "italian", "equal_principal", "straight_line", "linear"}


def claims(case: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether the case is one of these tables."""
    given = case.get("input", {})
    return "annual_rate" in given and "term_months" in given


def check(case: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """What differs from the published figures; empty where all agree."""
    given = case["input"]
    unknown = sorted(set(given) - KNOWN)
    if unknown:
        return [f"input fields not known: {', '.join(unknown)}"]
    schedule = make(terms(given))
    unit = Decimal(given.get("currency_unit", "0.01"))
    wrong = []
    for name, figure in case.get("expected", {}).items():
        found = summary(name, schedule, unit)
        if found is None:
            wrong.append(f"{name}: not known")
        elif found != Decimal(figure):
            wrong.append(f"{name}: {found}, published {figure}")
    for row in case.get("rows", []):
        mine = schedule.rows[int(row["payment"]) - 1]
        principal, interest = principal_of(mine, schedule), mine.interest + mine.capitalised
        if schedule.terms.rounding.carry == "interest" and mine.number == len(schedule.rows):
            interest = mine.accrued  # the last instalment is rounded once, and split for itself
            principal = mine.total - mine.fee - interest
        figures = {
            "payment_amount": principal + interest + mine.fee,
            "principal": principal,
            "interest": interest,
            "fee": mine.fee,
            "balance": mine.balance + mine.balloon,
            "total_interest": sum(
                (each.interest + each.capitalised for each in schedule.rows[: mine.number]), Decimal(0)
            ),
        }
        for name, figure in row.items():
            if name == "payment":
                continue
            if name not in figures:
                wrong.append(f"row {row['payment']} {name}: not known")
            elif figures[name] != Decimal(figure):
                wrong.append(f"row {row['payment']} {name}: {figures[name]}, published {figure}")
    return wrong


def principal_of(row: Row, schedule: Schedule) -> Decimal:
    """What a row repays; the last one of a table that rounds each figure for itself, so too."""
    if row.unrounded is None or row.number < len(schedule.rows):
        return row.principal - row.capitalised - row.balloon
    if row.balloon and row.number > 1:  # the level payment, and the balloon beside it
        return schedule.rows[-2].total - row.fee - row.interest
    return schedule.terms.rounding.interest.of(row.unrounded)


def summary(name: str, schedule: Schedule, unit: Decimal) -> Decimal | None:
    """A figure about the whole schedule, by the name the cases give it."""
    first, last = schedule.rows[0], schedule.rows[-1]
    regular = {"periodic_payment", "monthly_payment", "payment", "instalment"}
    if name in regular:
        return first.total - first.fee
    if name == "principal_quota":
        return first.principal
    if name in ("balloon_at_term", "balloon"):
        return last.balloon
    if name == "total_interest":
        return schedule.interest
    if name in ("total_paid", "total_payments"):
        return schedule.total - last.balloon
    if name in ("final_payment", "last_payment"):
        return last.total - last.balloon
    return None


def method(given: dict[str, Any]) -> str:
    """The method by its name here: equal principal where the table says so."""
    if EQUAL_PRINCIPAL & {given.get("amortization_type"), given.get("amortization_method")}:
        return "equal_principal"
    return "given_instalment" if given.get("payment_override") else "annuity"


def terms(given: dict[str, Any]) -> Terms:
    """The case's input as terms."""
    frequency, per_year = FREQUENCIES[given.get("payment_frequency", "monthly")]
    compounded = COMPOUNDED[given.get("compounding", "monthly")]
    daily = given.get("day_count", "30/360").casefold() not in ("30/360", "thirty_360")
    carried = daily or given.get("balance_tracking") == "carry_precision"
    unit = Decimal(given.get("currency_unit", "0.01"))
    count = int(given["term_months"]) * per_year // 12
    over = given.get("amortization_period_months")
    override = given.get("payment_override")
    start = date.fromisoformat(given.get("start_date", "2026-01-01"))

    def rate(percent: str) -> Rate:
        return Rate(Decimal(percent) / 100, "year", compounded)

    carry = "nothing" if not carried else ("interest" if override else "all")
    return Terms(
        Decimal(given["principal"]),
        count,
        method=method(given),
        instalment=None if override is None else Decimal(override),
        rate=rate(given["annual_rate"]),
        calendar=Calendar(frequency),
        start=start,
        accrual=given["day_count"] if daily else "period",
        instalment_rates="nominal",
        amortised_over=None if over is None else int(over) * per_year // 12,
        grace=Grace(principal=int(given.get("interest_only_months", 0)) * per_year // 12),
        rate_changes=tuple(
            RateChange(
                int(each["effective_payment_number"]),
                rate(each["new_annual_rate"]),
                "recast" if each.get("recast", True) else "keep",
                each.get("payment_cap_factor"),
            )
            for each in given.get("rate_schedule", [])
        ),
        rounding=Roundings(
            instalment=Rounding(unit, MODES[given.get("payment_rounding", "ROUND_UP")]),
            interest=Rounding(unit, MODES[given.get("interest_rounding", "ROUND_HALF_UP")]),
            carry=carry,  # type: ignore[arg-type]
        ),
        fee=Decimal(given.get("fee_per_period", "0")),
        shortfall="capitalise",
    )
