"""The JSON Schema of tagih.toml, for editors and for programs that write books.

It is made from the same lists that the reader uses, and kept beside this file as
``book.schema.json``; a test keeps the two equal.

>>> book_schema()["properties"]["tables"]["properties"]["holds"]["title"]
'holds'
"""

from __future__ import annotations

import json
from typing import Any, Final

from tagih.contracts import LENDER_TYPES
from tagih.files.days import ORDERS
from tagih.files.numbers import SEPARATORS
from tagih.files.settings import DECIMALS, LANGUAGES, UNIT
from tagih.files.tables import AGAINST, TABLES, TERMS, Table
from tagih.files.terms import METHODS
from tagih.money import ROUND
from tagih.parties import CHANNEL_KINDS

FILE: Final = "book.schema.json"
TEXT: Final = {"type": "string"}
TEXTS: Final = {"$ref": "#/$defs/texts"}
NUMBER: Final = {"$ref": "#/$defs/number"}
FORMAT: Final = {"$ref": "#/$defs/format"}
COLUMN: Final = {"$ref": "#/$defs/column"}
COLUMNS: Final = {"$ref": "#/$defs/columns"}


def book_schema() -> dict[str, Any]:
    """The schema of tagih.toml, read as TOML (JSON Schema 2020-12); dates are TOML dates."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tagih.toml",
        **_object(
            {
                "book": {"const": 1},
                "lender": _lender(),
                "policies": _levels(_list(_rule()), {"default": _list(_rule())}),
                "rates": _levels(_terms(), {"default": _terms()}),
                "opening": _object({"on": {"format": "date"}, "earlier": _one_of("refuse", "ignore")}),
                "checks": _object({"principal": _one_of("refuse", "off")}),
                "format": FORMAT,
                "letters": _object(
                    {
                        **dict.fromkeys(("templates", "register", "public_key", "by"), TEXT),
                        "units": _map({"type": "string", "pattern": f"^{UNIT.pattern}$"}),
                    }
                ),
                "tables": _object({name: _table(table) for name, table in TABLES.items()}),
            },
            required=["lender"],
        ),
        "$defs": _shared(),
    }


def text() -> str:
    """The schema as the file holds it."""
    return json.dumps(book_schema(), indent=2, ensure_ascii=False) + "\n"


def _shared() -> dict[str, Any]:
    constant = _object({"constant": TEXT}, ["constant"])
    texts = [TEXT, {"type": "array", "items": TEXT}]
    return {
        "texts": {"oneOf": texts},
        "number": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
        "column": {"oneOf": [TEXT, constant]},
        "columns": {"oneOf": [*texts, constant]},
        "format": _format(),
    }


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    made = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": required} if required else made


def _map(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(*words: str) -> dict[str, Any]:
    return {"enum": list(words)}


def _levels(values: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    return _object({**default, "products": _map(values), "contracts": _map(values)})


def _rule() -> dict[str, Any]:
    return {"oneOf": [TEXT, {"type": "object", "required": ["kind"], "properties": {"kind": TEXT}}]}


def _lender() -> dict[str, Any]:
    texts = "name phone email website licence_line city unit complaints logo time_zone"
    signatory = _object({"name": TEXT, "office": TEXT})
    channel = dict.fromkeys(("name", "account", "holder", "note"), TEXT)
    return _object(
        {
            **dict.fromkeys(texts.split(), TEXT),
            "type": _one_of(*LENDER_TYPES),
            "language": _one_of(*LANGUAGES),
            "address": _object({"lines": TEXTS, "city": TEXT, "postal_code": TEXT, "province": TEXT}),
            "signatory": signatory,
            "signatories": _map(signatory),
            "payment_channels": _list(_object({**channel, "kind": _one_of(*CHANNEL_KINDS)}, ["name"])),
        },
        required=["name"],
    )


def _terms() -> dict[str, Any]:
    known: dict[str, Any] = dict.fromkeys(DECIMALS, NUMBER)
    known |= {
        "method": _one_of(*METHODS),
        "in_advance": {"type": "boolean"},
        "rounding": _one_of(*ROUND),
        "anchor_day": {"type": "integer", "minimum": 1, "maximum": 31},
    }
    return _object({name: known[name] for name in TERMS if name in known})


def _format() -> dict[str, Any]:
    separator = _one_of(*SEPARATORS)
    return _object(
        {
            "encoding": TEXT,
            "delimiter": TEXT,
            "number": _object({"thousands": separator, "decimal": _one_of(".", ",")}),
            "date": _object({"order": _one_of(*ORDERS), "century": {"type": "integer"}}),
            "rates": _one_of("fraction", "percent"),
        }
    )


def _table(table: Table) -> dict[str, Any]:
    columns = {column.name: COLUMNS if column.many else COLUMN for column in table.columns}
    columns |= dict.fromkeys(table.components, COLUMN)
    named: dict[str, Any] = _object(dict(columns))
    if table.components:
        named["patternProperties"] = {f"^({'|'.join(table.components)}):": COLUMN}
    properties: dict[str, Any] = {
        "file": TEXT,
        "files": TEXTS,
        "sheet": TEXT,
        "header_row": {"type": "integer", "minimum": 1},
        "columns": named,
        "values": _map(_map(TEXT)),
        "ignore": _map(TEXTS),
        "ignore_columns": TEXTS,
        "format": FORMAT,
    }
    if table.extras:
        properties[table.extras] = _map(TEXT)
    if table.name == "contracts":
        properties["against"] = _object(dict.fromkeys(AGAINST, TEXT))
    if table.name == "payments":
        properties["negative"] = _one_of("refuse", "reversal")
    return {"title": table.name, **_object(properties)}
