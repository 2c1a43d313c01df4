"""What a person reads when something is wrong, in Indonesian or English.

The library's sentences are English. `messages_id.toml` holds the Indonesian one for a code, with
the same fields; a code without one is shown in English rather than not at all.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tagih.errors import TagihError


@cache
def indonesian() -> dict[str, str]:
    """Indonesian sentences by error code."""
    text = Path(__file__).with_name("messages_id.toml").read_text(encoding="utf-8")
    messages: dict[str, str] = tomllib.loads(text)
    return messages


def sentence(code: str, template: str, fields: dict[str, Any], lang: str) -> str:
    """The sentence of an error in ``lang``."""
    if lang == "id":
        template = indonesian().get(code, template)
    return template.format(**fields) if fields else template


def translate(error: TagihError, lang: str) -> str:
    """An error's sentence in ``lang``; of a book, every complaint on a line of its own.

    A complaint about a file carries its place as the field ``where``, said first in any language.
    """
    complaints = getattr(error, "complaints", ())
    if complaints:
        return "\n".join(translate(complaint.error, lang) for complaint in complaints)
    try:
        said = sentence(error.code, error.template, error.fields, lang)
        where = error.fields.get("where", "")
        return said if not where or said.startswith(where) else f"{where} {said}"
    except (KeyError, IndexError, ValueError):
        return str(error)
