"""The material that example books are made of, as files beside this one."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """A TOML file of this folder."""
    return tomllib.loads(text(name))


def text(name: str) -> str:
    """A text file of this folder, with the line ends it was written with."""
    return (files(__name__) / name).read_bytes().decode("utf-8")
