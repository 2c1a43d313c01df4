"""Instalments from terms, for books that hand over no instalments.

>>> from datetime import date
>>> rows = generate({"id": "KSP-1", "principal": Decimal(1_200_000), "tenor": 12, "method": "flat",
...     "monthly_rate": Decimal("0.02"), "frequency": "weekly", "first_due": date(2026, 1, 5)})
>>> len(rows), rows[1].due_on, rows[0].principal
(12, datetime.date(2026, 1, 12), Decimal('100000'))
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from tagih.contracts import Instalment
from tagih.errors import InputError
from tagih.schedules import Calendar, Rate, Roundings, Terms, make

METHODS: Final = (
    "annuity",
    "equal_principal",
    "flat",
    "flat_effective",
    "sum_of_digits",
    "interest_only",
    "bullet",
    "balloon",
    "given_instalment",
    "murabahah",
    "murabahah_amortised",
)
"""Methods of `tagih.schedules` that a row of terms can say; given rows stand in instalments."""

_RATES: Final = {"monthly_rate": "month", "annual_rate": "year"}


def generate(terms: Mapping[str, Any]) -> tuple[Instalment, ...]:
    """The instalments that ``terms`` describe.

    Raises:
        InputError: If a term is missing, unknown, or says something impossible.
    """
    method = terms.get("method")
    if method is None:
        raise InputError(
            "contract.no_instalments",
            "contract '{found}' has no instalments; give rows in instalments, "
            "or terms: method, monthly_rate, tenor, first_due, principal",
            found=terms.get("id", ""),
        )
    if method not in METHODS:
        raise InputError(
            "terms.method",
            "method '{found}' is unknown; write one of {known}",
            found=method,
            known=", ".join(METHODS),
        )
    for name in ("principal", "tenor", "first_due"):
        if terms.get(name) is None:
            raise InputError("terms.missing", "the terms lack {name}; write it", name=name)
    calendar = Calendar(
        frequency=terms.get("frequency", "monthly"),
        first_due=terms["first_due"],
        anchor_day=terms.get("anchor_day"),
    )
    return make(
        Terms(
            principal=terms["principal"],
            instalments=terms["tenor"],
            method=method,
            rate=_rate(terms, method),
            calendar=calendar,
            paid="advance" if terms.get("in_advance") else "arrears",
            instalment=terms.get("instalment"),
            total_interest=terms.get("total_interest"),
            balloon=terms.get("balloon", Decimal(0)),
            rounding=Roundings.up_to(terms.get("unit"), terms.get("rounding")),
        )
    ).instalments


def _rate(terms: Mapping[str, Any], method: str) -> Rate:
    """The one rate given; a murabahah or a total interest needs none."""
    given = [name for name in _RATES if terms.get(name) is not None]
    if len(given) > 1 or (not given and terms.get("total_interest") is None):
        raise InputError("terms.rate", "the terms need monthly_rate or annual_rate, one of them")
    return Rate(terms[given[0]], _RATES[given[0]]) if given else Rate()  # type: ignore[arg-type]
