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
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import attrs

from tagih.contracts import AnyEvent, Component, Contract
from tagih.errors import InputError
from tagih.ledger.compile import RANK
from tagih.ledger.position import Line, Position
from tagih.ledger.replay import replay
from tagih.policies.policy import Policy

SCHEMA: Final = 1
RESULT_VERSION: Final = 1
"""Rises with every entry under *Changed results* in the changelog."""

EVENTS: Final = {kind.__name__: kind for kind in RANK}
VALUES: Final[dict[str, type]] = {"Contract": Contract, "Policy": Policy, "Line": Line, **EVENTS}


@lru_cache(maxsize=1)
def _converter() -> Any:
    from cattrs import Converter

    converter = Converter()
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    converter.register_unstructure_hook(Fraction, str)
    converter.register_structure_hook(Fraction, lambda value, _: Fraction(value))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
    converter.register_unstructure_hook(Component, str)
    converter.register_structure_hook(Component, lambda value, _: Component.parse(value))
    return converter


def to_dict(value: Contract | AnyEvent | Policy | Line | Position) -> dict[str, Any]:
    """A value as JSON can hold it, with ``schema`` and ``what`` it is."""
    if isinstance(value, Position):
        return _position(value)
    return {"schema": SCHEMA, "what": type(value).__name__, **_converter().unstructure(value)}


def _position(position: Position) -> dict[str, Any]:
    """The question, its answer and its lines."""
    amounts = {
        name: {str(part): str(amount) for part, amount in getattr(position, name).parts}
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
        "unapplied": str(position.unapplied),
        **amounts,
        "instalments": [
            {
                "number": row.number,
                "due_on": row.due_on.isoformat(),
                "days_past_due": row.days_past_due,
                "charge": row.charge,
                "balances": {
                    str(part): {name: str(amount) for name, amount in attrs.asdict(balance).items()}
                    for part, balance in row.balances
                },
            }
            for row in position.instalments
        ],
        "lines": [to_dict(line) for line in position.lines],
        "fingerprint": fingerprint(position.contract, position.events, position.policy, position.as_of),
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
        raise InputError(
            "serialise.what",
            "'{what}' is not a value of tagih; known are {known}",
            what=what,
            known=", ".join([*VALUES, "Position"]),
        )
    from cattrs.errors import BaseValidationError

    fields = {name: value for name, value in values.items() if name not in ("schema", "what")}
    try:
        return _converter().structure(fields, VALUES[what])
    except (BaseValidationError, ValueError, ArithmeticError) as error:
        from cattrs import transform_error

        raise InputError(
            "serialise.field", "{what}: {problem}", what=what, problem="; ".join(transform_error(error))
        ) from error


def _position_from(values: Mapping[str, Any]) -> Position:
    contract, policy = from_dict(values["contract"]), from_dict(values["policy"])
    events = [from_dict(event) for event in values["events"]]
    position = replay(contract, events, policy, date.fromisoformat(values["as_of"]))
    again = to_dict(position)
    for name in again:
        if name in values and again[name] != values[name]:
            raise InputError(
                "serialise.position",
                "position of {id}: {field} comes out as {now}, the file says {then}",
                id=contract.id,
                field=name,
                now=again[name],
                then=values[name],
            )
    return position


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same for the same value, byte for byte."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(contract: Contract, events: Iterable[AnyEvent], policy: Policy, as_of: date) -> str:
    """sha256 of what a figure was worked out from: contract, events used, policy, day, result version.

    Events after ``as_of`` are left out, and their order does not count.
    """
    used = sorted((event for event in events if event.effective_on <= as_of), key=lambda event: event.id)
    question = {
        "contract": to_dict(contract),
        "events": [to_dict(event) for event in used],
        "policy": to_dict(policy),
        "as_of": as_of.isoformat(),
        "result_version": RESULT_VERSION,
    }
    return hashlib.sha256(canonical(question).encode()).hexdigest()
