"""Values as plain dictionaries, and a fingerprint of what a figure was worked out from.

Amounts are text, dates are ISO 8601, components are ``kind:name``; every dictionary carries a
``schema`` number and what it is. `from_dict` gives an equal value back.

>>> from decimal import Decimal
>>> from tagih.contracts import Instalment
>>> contract = Contract("MF-1", [Instalment(1, date(2026, 1, 31), Decimal(900))])
>>> from_dict(to_dict(contract)) == contract
True
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, get_args

import attrs

from tagih.contracts import AnyEvent, Component, Contract
from tagih.errors import InputError
from tagih.ledger.compile import RANK, standing
from tagih.ledger.position import Amounts, Line, Position
from tagih.ledger.replay import replay
from tagih.policies.policy import Policy, Rule

SCHEMA: Final = 1
RESULT_VERSION: Final = 1
"""Rises with every entry under *Changed results* in the changelog."""

EVENTS: Final = {kind.__name__: kind for kind in RANK}
RULES: Final = {kind.__name__: kind for kind in get_args(Rule)}
VALUES: Final[dict[str, type]] = {
    "Contract": Contract,
    "Policy": Policy,
    "Line": Line,
    "Amounts": Amounts,
    **EVENTS,
    **RULES,
}
"""Every value that can be written, by the ``what`` that names it; a `Position` is written by itself."""

Value = Contract | AnyEvent | Policy | Rule | Line | Amounts | Position


def text_of(amount: Decimal) -> str:
    """An amount as text: the same for equal amounts, however many zeros they were written with.

    >>> text_of(Decimal("900.00")), text_of(Decimal("1E+3")), text_of(Decimal("-0.50"))
    ('900', '1000', '-0.5')
    """
    return format(amount.normalize(), "f") if amount else "0"


@lru_cache(maxsize=1)
def converter() -> Any:
    """How values are written and read: amounts, rates, dates and components as text."""
    from cattrs import Converter

    made = Converter(forbid_extra_keys=True)
    made.register_unstructure_hook(Decimal, text_of)
    made.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    made.register_unstructure_hook(Fraction, str)
    made.register_structure_hook(Fraction, lambda value, _: Fraction(value))
    made.register_unstructure_hook(date, date.isoformat)
    made.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    made.register_unstructure_hook(datetime, datetime.isoformat)
    made.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
    made.register_unstructure_hook(time, time.isoformat)
    made.register_structure_hook(time, lambda value, _: time.fromisoformat(value))
    made.register_unstructure_hook(Component, str)
    made.register_structure_hook(Component, lambda value, _: Component.parse(value))
    return made


def to_dict(value: Value) -> dict[str, Any]:
    """A value as JSON can hold it, with ``schema`` and ``what`` it is.

    >>> to_dict(Amounts(((Component("interest"), Decimal(100)),)))["parts"]
    [['interest', '100']]
    """
    if isinstance(value, Position):
        return _position(value)
    written: dict[str, Any] = listed(_written(value))
    return written


def _written(value: Value) -> dict[str, Any]:
    """The same with tuples where JSON has lists."""
    return {"schema": SCHEMA, "what": type(value).__name__, **converter().unstructure(value)}


def listed(value: Any) -> Any:
    """Tuples as lists, as JSON gives them back."""
    if isinstance(value, dict):
        return {name: listed(part) for name, part in value.items()}
    return [listed(part) for part in value] if isinstance(value, (list, tuple)) else value


def _position(position: Position) -> dict[str, Any]:
    """The question, its answer and its lines."""
    amounts = {
        name: {str(part): text_of(amount) for part, amount in getattr(position, name).parts}
        for name in ("outstanding", "arrears", "due_today", "not_due", "paid", "written_off")
    }
    return {
        "schema": SCHEMA,
        "what": "Position",
        "contract": to_dict(position.contract),
        "events": [to_dict(event) for event in position.events],
        "policy": to_dict(position.policy),
        "as_of": position.as_of.isoformat(),
        "days_past_due": position.days_past_due,
        "overdue_instalments": position.overdue_instalments,
        "unapplied": text_of(position.unapplied),
        **amounts,
        "instalments": [
            {
                "number": row.number,
                "due_on": row.due_on.isoformat(),
                "days_past_due": row.days_past_due,
                "charge": row.charge,
                "balances": {
                    str(part): {name: text_of(amount) for name, amount in attrs.asdict(balance).items()}
                    for part, balance in row.balances
                },
            }
            for row in position.instalments
        ],
        "lines": [to_dict(line) for line in position.lines],
        "fingerprint": position.fingerprint,
    }


def from_dict(values: Mapping[str, Any]) -> Any:
    """The value that `to_dict` wrote. A position is worked out again, and must come out the same.

    Raises:
        InputError: If the schema or what it is is unknown, a field cannot be read, or a position
            comes out differently.
    """
    what, schema = values.get("what"), values.get("schema")
    if schema != SCHEMA:
        raise InputError(
            "serialise.schema",
            "schema {schema} is unknown; this version reads {known}",
            schema=schema,
            known=SCHEMA,
        )
    if what == "Position":
        return _position_from(values)
    if what not in VALUES:
        known = [*VALUES, "Position"]
        raise no_value(str(what), known, known)
    return structured(values, VALUES[what], converter())


def no_value(what: str, known: Sequence[str], listed: Sequence[str]) -> InputError:
    """The refusal of what is none of the values ``known``: the nearest one, or what is ``listed``."""
    near = get_close_matches(what, known, 1)
    return InputError(
        "serialise.what_near" if near else "serialise.what",
        "'{what}' is not a value of tagih; did you mean '{near}'?"
        if near
        else "'{what}' is not a value of tagih; known are {known}",
        what=what,
        near=near[0] if near else "",
        known=", ".join(listed),
    )


def structured(values: Mapping[str, Any], kind: type, by: Any) -> Any:
    """The value of ``kind`` that ``values`` hold, read by a converter.

    Raises:
        InputError: If a field is unknown, with the nearest known one, or cannot be read.
    """
    from cattrs import transform_error
    from cattrs.errors import BaseValidationError

    what = kind.__name__
    fields = {name: value for name, value in values.items() if name not in ("schema", "what")}
    try:
        return by.structure(fields, kind)
    except BaseValidationError as error:
        for kind, name in _unknown(error):
            known = [one.name for one in attrs.fields(kind)]
            near = get_close_matches(name, known, 1)
            raise InputError(
                "serialise.unknown_near" if near else "serialise.unknown",
                "{what}: '{name}' is unknown; did you mean '{near}'?"
                if near
                else "{what}: '{name}' is unknown; known are {known}",
                what=kind.__name__,
                name=name,
                near=near[0] if near else "",
                known=", ".join(known),
            ) from error
        told = [one for one in _leaves(error) if isinstance(one, InputError)]
        if told:
            raise told[0] from error
        problem = "; ".join(transform_error(error))
        raise InputError("serialise.field", "{what}: {problem}", what=what, problem=problem) from error


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error


def _unknown(error: BaseException) -> Iterator[tuple[type, str]]:
    """Fields that were given and are of no value, with the value's class."""
    from cattrs.errors import ForbiddenExtraKeysError

    for one in _leaves(error):
        if isinstance(one, ForbiddenExtraKeysError):
            yield from ((one.cl, name) for name in sorted(one.extra_fields))


def _position_from(values: Mapping[str, Any]) -> Position:
    missing = [name for name in ("contract", "events", "policy", "as_of") if name not in values]
    if missing:
        raise InputError("serialise.missing", "Position: {missing} must be there", missing=", ".join(missing))
    contract, policy = from_dict(values["contract"]), from_dict(values["policy"])
    events = [from_dict(event) for event in values["events"]]
    position = replay(contract, events, policy, _date(values["as_of"]))
    again = to_dict(position)
    for name in values:
        if name not in again:
            near = get_close_matches(name, again, 1)
            raise InputError(
                "serialise.unknown_near" if near else "serialise.unknown",
                "{what}: '{name}' is unknown; did you mean '{near}'?"
                if near
                else "{what}: '{name}' is unknown; known are {known}",
                what="Position",
                name=name,
                near=near[0] if near else "",
                known=", ".join(again),
            )
        if again[name] != values[name]:
            raise InputError(
                "serialise.position",
                "position of {id}: {field} comes out as {now}, the file says {then}",
                id=contract.id,
                field=name,
                now=again[name],
                then=values[name],
            )
    return position


def _date(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise InputError(
            "serialise.date", "'{found}' is not a date; write YYYY-MM-DD", found=str(text)
        ) from None


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same for the same value, byte for byte."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(contract: Contract, events: Iterable[AnyEvent], policy: Policy, as_of: date) -> str:
    """sha256 of what a figure was worked out from: contract, events used, policy, day, result version.

    Events that do not stand on ``as_of`` are left out (later ones, reversed ones and their
    reversals), and their order does not count. Of where a rule comes from only its id counts:
    a better note changes no figure.

    Raises:
        EventError: If an event reverses or corrects nothing.
    """
    used = sorted(standing(events, as_of), key=lambda event: event.id)
    question = {
        "contract": _written(contract),  # tuples and lists are written alike
        "events": [_written(event) for event in used],
        "policy": _rules_only(_written(policy)),
        "as_of": as_of.isoformat(),
        "result_version": RESULT_VERSION,
    }
    return hashlib.sha256(canonical(question).encode()).hexdigest()


def _rules_only(value: Any) -> Any:
    """The rules without their sources: of every ``about`` its id."""
    if isinstance(value, dict):
        return {
            name: part["id"] if name == "about" else _rules_only(part)
            for name, part in value.items()
            if name != "sources"
        }
    return [_rules_only(part) for part in value] if isinstance(value, (list, tuple)) else value


__all__ = [
    "RESULT_VERSION",
    "SCHEMA",
    "canonical",
    "fingerprint",
    "from_dict",
    "text_of",
    "to_dict",
]
