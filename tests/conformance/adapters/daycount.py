"""Cases with two dates and a day count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from conformance.outcome import Case, Outcome, judged, uncheckable, unsupported
from tagih.daycounts import day_count, days, year_fraction
from tagih.errors import InputError

EXPECTED = ("expected_days", "expected_year_fraction", "expected_exact")


def claims(case: Case, document: Case) -> bool:
    return "convention" in case and "start" in case and "end" in case


def check(case: Case, document: Case) -> Outcome:
    if all(case.get(key) is None for key in EXPECTED):
        return uncheckable("no number of days or year fraction is given")
    # "actual days" asks for days alone, which every actual convention counts the same.
    name = "ACT/365F" if case["convention"] == "actual days" else case["convention"]
    try:
        day_count(name)
    except InputError as error:
        return unsupported(str(error))
    return judged(_differences(name, case))


def _differences(name: str, case: Case) -> Iterator[str]:
    start, end = _date(case["start"]), _date(case["end"])
    termination = _date(case.get("termination"))
    assert start is not None
    assert end is not None
    expected_days = case.get("expected_days")
    if expected_days is not None:
        counted = days(name, start, end, termination=termination)
        if counted != expected_days:
            yield f"{counted} days, expected {expected_days}"
    if case.get("expected_year_fraction") is None and case.get("expected_exact") is None:
        return
    fraction = year_fraction(
        name,
        start,
        end,
        termination=termination,
        reference_start=_date(case.get("ref_start")),
        reference_end=_date(case.get("ref_end")),
        frequency=case.get("frequency"),
    )
    expected = case.get("expected_year_fraction")
    tolerance = Fraction(Decimal(str(case.get("tol", "1e-10"))))
    if expected is not None and abs(fraction - Fraction(Decimal(str(expected)))) > tolerance:
        yield f"year fraction {fraction} = {float(fraction):.12f}, expected {expected}"
    exact = case.get("expected_exact")
    if exact is not None and fraction != _sum(str(exact)):
        yield f"year fraction {fraction}, expected exactly {exact}"


def _sum(text: str) -> Fraction:
    """'4/365+58/366' as one fraction."""
    return sum((Fraction(part.strip()) for part in text.split("+")), Fraction(0))


def _date(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)
