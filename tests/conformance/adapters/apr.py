"""Cases of the annual percentage rates that laws define, and of the UK's settlement rebate.

What a case asks is told by what it gives: unit periods (US Regulation Z), dated flows (the EU
directives), or a settlement date (UK).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

from conformance.adapters.tvm import read_flows
from conformance.outcome import PASSED, Case, Outcome, failed, uncheckable, unsupported
from tagih.rates import Settlement, TimeBasis, UnitFlow, eu_apr, regulation_z_apr, uk_rebate

BASES = {"365": "days/365", "366": "days/366", "365.25": "days/365.25", "52": "weeks/52", "12": "months/12"}


def claims(case: Case, document: Case) -> bool:
    return "group" in case and not {"events", "rows", "inputs"} & set(case)


def check(case: Case, document: Case) -> Outcome:
    if "settlement_after_periods" in case:
        return _uk(case)
    if "unit_periods_per_year" in case:
        return _united_states(case)
    if "flows" in case:
        return _european(case)
    return unsupported(f"no method for the group {case['group']}")


def _united_states(case: Case) -> Outcome:
    if case.get("expected_apr_pct") is None:
        return uncheckable("no rate is given")
    first = case["first_payment_whole_units"] + Fraction(str(case.get("first_payment_unit_fraction", "0")))
    amounts = _amounts(case["payments"])
    payments = [UnitFlow(amount, first + k) for k, amount in enumerate(amounts)]
    apr = regulation_z_apr(
        [UnitFlow(_decimal(case["advance"]))], payments, periods_per_year=case["unit_periods_per_year"]
    )
    return _within(apr * 100, case["expected_apr_pct"], case)


def _european(case: Case) -> Outcome:
    if case.get("expected_apr_pct") is None and case.get("expected_rate") is None:
        return uncheckable("no rate is given")
    written = str(case.get("year_basis", "365"))
    basis = BASES.get(written, written)
    if basis not in get_args(TimeBasis):
        return unsupported(f"no year basis {written}")
    apr = eu_apr(read_flows(case["flows"]), time=basis, pick="spreadsheet")  # type: ignore[arg-type]
    if case.get("expected_apr_pct") is not None:
        outcome = _within(apr * 100, case["expected_apr_pct"], case)
        if outcome.kind != "passed":
            return outcome
    published = case.get("expected_rate")
    if published is not None:
        # Stated rates are cut as often as rounded: less than one in the last digit either way.
        last_digit = Decimal(1).scaleb(int(Decimal(str(published)).as_tuple().exponent))
        if abs(apr - Decimal(str(published))) >= last_digit:
            return failed(f"rate {apr}, expected {published}")
    return PASSED


def _uk(case: Case) -> Outcome:
    if case.get("expected_rebate") is None:
        return uncheckable("no rebate is given")
    rebate = uk_rebate(
        _decimal(case["principal"]),
        _amounts(case["payments"]),
        effective_annual_rate=_decimal(case["apr_pct"]) / 100,
        settlement=Settlement(case["settlement_after_periods"], str(case.get("settlement_part_period", "0"))),
        period=case.get("period", "month"),
    )
    return _within(rebate, case["expected_rebate"], case)


def _within(figure: Decimal, expected: Any, case: Case) -> Outcome:
    difference = abs(figure - _decimal(expected))
    if difference <= _decimal(case.get("tol", "0.005")):
        return PASSED
    return failed(f"{figure:.6f}, expected {expected}, apart by {difference:.3g}")


def _amounts(payments: Any) -> list[Decimal]:
    return [_decimal(row["amount"]) for row in payments for _ in range(row.get("count", 1))]


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))
