"""Cases of the functions that spreadsheets have: pmt, rate, irr, xirr and the like.

Their figures come from spreadsheets and double-precision libraries, so that the solution a
case means among several is the one those report: ``pick="spreadsheet"``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from conformance.outcome import PASSED, Case, Outcome, failed, uncheckable, unsupported
from tagih import rates
from tagih.errors import InputError
from tagih.rates import NoSolution

Args = dict[str, Any]


def claims(case: Case, document: Case) -> bool:
    return "fn" in case and "args" in case


def check(case: Case, document: Case) -> Outcome:
    if "expected" not in case:
        return uncheckable("no figure is given")
    function = FUNCTIONS.get(case["fn"])
    if function is None:
        return unsupported(f"no function {case['fn']}")
    expected = case["expected"]
    try:
        result: Decimal | NoSolution | InputError = function(case["args"])
    except InputError as error:
        result = error
    return _compare(result, expected, case)


def _compare(result: Decimal | InputError, expected: Any, case: Case) -> Outcome:
    if expected is None:  # no answer exists: none was found, or the question was refused
        return PASSED if isinstance(result, InputError) else failed(f"{result}, expected no answer")
    if expected == "inf":
        never = isinstance(result, NoSolution) and result.code == "rates.never"
        return PASSED if never else failed(f"{result}, expected never")
    if isinstance(result, InputError):
        return failed(f"{result.code}: {result}, expected {expected}")
    published = Decimal(str(expected))
    tolerance = Decimal(str(case.get("tol", 0)))
    if case.get("tol_kind") == "rel":
        tolerance *= abs(published)
    difference = abs(result - published)
    if difference <= tolerance:
        return PASSED
    return failed(f"{result}, expected {expected}, apart by {difference:.3g} (tolerance {tolerance:.3g})")


# --- reading the arguments --------------------------------------------------------------------


def _number(value: Any) -> Decimal | Fraction:
    """A number, or an exact quotient such as '0.08/12'."""
    if isinstance(value, str) and "/" in value:
        top, bottom = value.split("/")
        return Fraction(Decimal(top)) / Fraction(Decimal(bottom))
    return Decimal(str(value))


def _whole(value: Any) -> int:
    number = Decimal(str(value))
    if number != int(number):
        raise InputError("case.whole", "{value} is not a whole number of periods", value=value)
    return int(number)


def _values(values: Any) -> list[Decimal | Fraction]:
    if isinstance(values, dict):
        return [_number(value) for value, times in values["repeat"] for _ in range(times)]
    return [_number(value) for value in values]


def read_flows(flows: Any) -> list[tuple[date, Decimal | Fraction]]:
    return [(date.fromisoformat(on), _number(amount)) for on, amount in flows]


def _named(args: Args, *names: str) -> dict[str, Any]:
    """Our keyword arguments from the case's, where it gives them."""
    readers: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "rate": ("period_rate", _number),
        "nper": ("periods", _whole),
        "per": ("period", _whole),
        "pmt": ("pmt", _number),
        "pv": ("pv", _number),
        "fv": ("fv", _number),
        "start": ("start", _whole),
        "end": ("end", _whole),
        "when": ("when", lambda when: {"start": "begin", 0: "end", 1: "begin"}.get(when, when)),
    }
    return {readers[name][0]: readers[name][1](args[name]) for name in names if args.get(name) is not None}


def _day_count(args: Args) -> str:
    return str(args.get("day_count", "ACT/365F"))


FUNCTIONS: dict[str, Callable[[Args], Decimal]] = {
    "pmt": lambda args: rates.pmt(**_named(args, "rate", "nper", "pv", "fv", "when")),
    "ipmt": lambda args: rates.ipmt(**_named(args, "rate", "per", "nper", "pv", "fv", "when")),
    "ppmt": lambda args: rates.ppmt(**_named(args, "rate", "per", "nper", "pv", "fv", "when")),
    "cumipmt": lambda args: rates.cumipmt(**_named(args, "rate", "nper", "pv", "start", "end", "when")),
    "cumprinc": lambda args: rates.cumprinc(**_named(args, "rate", "nper", "pv", "start", "end", "when")),
    "pv": lambda args: rates.pv(**_named(args, "rate", "nper", "pmt", "fv", "when")),
    "fv": lambda args: rates.fv(**_named(args, "rate", "nper", "pmt", "pv", "when")),
    "nper": lambda args: rates.nper(**_named(args, "rate", "pmt", "pv", "fv", "when")),
    "rate": lambda args: rates.rate(**_named(args, "nper", "pmt", "pv", "fv", "when"), pick="spreadsheet"),
    "npv": lambda args: rates.npv(
        _values(args["values"]),
        period_rate=_number(args["rate"]),
        first_period=_whole(args.get("first_period", 0)),
    ),
    "irr": lambda args: rates.irr(_values(args["values"]), pick="spreadsheet"),
    "mirr": lambda args: rates.mirr(
        _values(args["values"]),
        finance_period_rate=_number(args["finance_rate"]),
        reinvest_period_rate=_number(args["reinvest_rate"]),
    ),
    "xnpv": lambda args: rates.xnpv(
        read_flows(args["flows"]), annual_rate=_number(args["rate"]), day_count=_day_count(args)
    ),
    "xnfv": lambda args: rates.xnfv(
        read_flows(args["flows"]), annual_rate=_number(args["rate"]), day_count=_day_count(args)
    ),
    "xirr": lambda args: rates.xirr(
        read_flows(args["flows"]), day_count=_day_count(args), pick="spreadsheet"
    ),
}
