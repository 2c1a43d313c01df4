"""What reports say, in Indonesian and English: one data file, looked up by section and key."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("tagih.reports").joinpath("words.toml").read_text(encoding="utf-8"))


def said(section: str, key: str, lang: str) -> str:
    """The words for a key; the key itself where there are none (a lender's own label).

    >>> said("terms", "paid_off", "id"), said("columns", "cabang_lama", "en")
    ('lunas', 'cabang_lama')
    """
    found = _words()[section].get(key)
    return key if found is None else str(found[0 if lang == "id" else 1])


def has(section: str, key: str) -> bool:
    """Whether there are words for a key."""
    return key in _words()[section]
