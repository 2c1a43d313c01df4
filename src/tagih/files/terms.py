"""Instalments from terms, for books that hand over no instalments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from tagih.contracts import Instalment
from tagih.errors import InputError
from tagih.schedules import annuity, equal_principal, flat

METHODS: Final[dict[str, Callable[..., tuple[Instalment, ...]]]] = {
    "annuity": annuity,
    "flat": flat,
    "equal_principal": equal_principal,
}


def generate(terms: Mapping[str, Any]) -> tuple[Instalment, ...]:
    """The instalments that ``terms`` describe; an annual rate is 12 monthly ones.

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
    monthly, annual = terms.get("monthly_rate"), terms.get("annual_rate")
    if (monthly is None) == (annual is None):
        raise InputError("terms.rate", "the terms need monthly_rate or annual_rate, one of them")
    options: dict[str, Any] = {"unit": terms.get("unit"), "mode": terms.get("rounding")}
    if terms.get("in_advance"):
        options["paid"] = "advance"
    if method == "flat":
        options.pop("paid", None)
    rate = Fraction(terms["monthly_rate"]) if annual is None else Fraction(terms["annual_rate"]) / 12
    return METHODS[method](
        principal=terms["principal"],
        monthly_rate=rate,
        months=terms["tenor"],
        first_due=terms["first_due"],
        **{name: value for name, value in options.items() if value is not None},
    )
