"""Every public value as a dictionary or as JSON, and back.

Contracts, events, policies, rules and positions are named by their own name, others by the module
that has them: ``schedules.Schedule``, ``arrangements.Quote``.

>>> from decimal import Decimal
>>> from tagih.rates import UnitFlow
>>> to_dict(UnitFlow(Decimal(900)))["what"]
'rates.UnitFlow'
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Literal

import attrs

from tagih.contracts import AnyEvent
from tagih.errors import InputError
from tagih.ledger import serialise
from tagih.ledger.position import Position
from tagih.offers.restructure import Treatment

EffectValue = Decimal | date | int | str | None
"""What an `Effect` is before and after."""

HOMES: Final = (
    "aging",
    "arrangements",
    "bridge",
    "classes",
    "conduct",
    "contracts",
    "ledger",
    "money",
    "outlook",
    "parties",
    "policies",
    "promises",
    "quality",
    "rates",
    "receivables",
    "schedules",
    "slik",
)
"""The modules whose public values can be written."""


def to_dict(value: Any) -> dict[str, Any]:
    """A value as JSON can hold it, with ``schema`` and ``what`` it is.

    >>> from tagih.schedules import Every
    >>> to_dict(Every(1, "month"))
    {'schema': 1, 'what': 'schedules.Every', 'count': 1, 'unit': 'month'}

    Raises:
        InputError: If it is no public value of tagih, or holds what JSON cannot, such as a calendar
            of holidays that is a function.
    """
    if isinstance(value, Position) or type(value) in serialise.VALUES.values():
        return serialise.to_dict(value)
    name = _names().get(type(value))
    if name is None:
        raise InputError(
            "serialise.value",
            "a {kind} is no public value of tagih; write one of its values, such as a Position",
            kind=type(value).__name__,
        )
    written: dict[str, Any] = serialise.listed(
        {"schema": serialise.SCHEMA, "what": name, **_converter().unstructure(value)}
    )
    return written


def from_dict(values: Mapping[str, Any]) -> Any:
    """The value that `to_dict` wrote. A position is worked out again, and must come out the same.

    Raises:
        InputError: If the schema or what it is is unknown, a field cannot be read, or a position
            comes out differently.
    """
    what = str(values.get("what"))
    home, _, name = what.rpartition(".")
    if not home or values.get("schema") != serialise.SCHEMA:
        return serialise.from_dict(values)
    kind = _kinds(home).get(name) if home in HOMES else None
    if kind is None:
        modules = [f"tagih.{home}" for home in HOMES]
        raise serialise.no_value(what, [*_names().values()], modules)
    return serialise.structured(values, kind, _converter())


def to_json(value: Any) -> str:
    """A value as JSON text; `from_json` reads it back.

    >>> from tagih.money import Rounding
    >>> from_json(to_json(Rounding("1000", "up"))) == Rounding("1000", "up")
    True
    """
    return json.dumps(to_dict(value), ensure_ascii=False, indent=2)


def from_json(text: str) -> Any:
    """The value that `to_json` wrote.

    Raises:
        InputError: If the text is not JSON or no object, or as `from_dict`.
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise InputError("serialise.json", "not JSON: {problem}", problem=str(error)) from error
    if not isinstance(values, dict):
        raise InputError("serialise.json", "not JSON: {problem}", problem="an object {...} is needed")
    return from_dict(values)


# --- which values there are -------------------------------------------------------------------


@lru_cache(maxsize=len(HOMES))
def _kinds(home: str) -> dict[str, type]:
    """The public values of one module, by name; of a package those that it exports."""
    module = importlib.import_module(f"tagih.{home}")
    exported = getattr(module, "__all__", None)
    own = exported or [name for name in vars(module) if not name.startswith("_")]
    found = {name: getattr(module, name) for name in own}
    return {
        name: kind
        for name, kind in found.items()
        if isinstance(kind, type) and attrs.has(kind) and (exported or kind.__module__ == module.__name__)
    }


@lru_cache(maxsize=1)
def _names() -> dict[type, str]:
    """The public name of every value that is not named by itself."""
    alone = set(serialise.VALUES.values()) | {Position}
    names: dict[type, str] = {}
    for home in HOMES:
        for name, kind in _kinds(home).items():
            if kind not in alone:
                names.setdefault(kind, f"{home}.{name}")
    return names


# --- what needs a word of its own ---------------------------------------------------------------


@lru_cache(maxsize=1)
def _converter() -> Any:
    made = serialise.converter().copy()
    made.register_unstructure_hook(Position, serialise.to_dict)
    made.register_structure_hook(Position, lambda value, _: serialise.from_dict(value))
    made.register_unstructure_hook(AnyEvent, serialise.to_dict)
    made.register_structure_hook(AnyEvent, lambda value, _: serialise.from_dict(value))
    made.register_unstructure_hook(EffectValue, _effect)
    made.register_structure_hook(EffectValue, lambda value, _: _effect_from(value))
    made.register_structure_hook(Treatment | Literal["continue"], lambda value, _: value)
    made.register_structure_hook(Decimal | Fraction | int, lambda value, _: _number(value))
    return made


def _effect(value: EffectValue) -> Any:
    """A figure that may be an amount, a day, a number or a word: the first two say which."""
    if isinstance(value, Decimal):
        return {"amount": serialise.text_of(value)}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _effect_from(value: Any) -> EffectValue:
    if not isinstance(value, Mapping):
        return value  # type: ignore[no-any-return]
    ((kind, text),) = value.items()
    return Decimal(text) if kind == "amount" else date.fromisoformat(text)


def _number(value: Any) -> Decimal | Fraction | int:
    if isinstance(value, int):
        return value
    return Fraction(value) if "/" in value else Decimal(value)


__all__ = ["from_dict", "from_json", "to_dict", "to_json"]
