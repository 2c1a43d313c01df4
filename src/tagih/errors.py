"""Errors that people can act on.

Every error meant for people is a `TagihError`: where, what was found, what to write
instead, in one English sentence. It carries a stable ``code`` and the ``fields`` that the
sentence was made from, so that the command line can say the same in Indonesian.
Anything else that escapes tagih is a bug and keeps its traceback.

>>> try:
...     raise InputError("plan.months", "months must be at least 1, got {months}", months=0)
... except TagihError as error:
...     print(error.code, "|", error)
plan.months | months must be at least 1, got 0
"""

from __future__ import annotations

from typing import Any


class TagihError(Exception):
    """An error meant for people: a stable code, a sentence, and the sentence's fields."""

    def __init__(self, code: str, message: str, /, **fields: Any) -> None:
        self.code = code
        self.template = message
        self.fields = fields
        super().__init__(message.format(**fields) if fields else message)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.code, self.template, self.fields)


class InputError(TagihError, ValueError):
    """A value passed to the library is not one it can answer for."""


class PolicyError(TagihError, ValueError):
    """A rule is contradictory, not in force, unverified or missing."""


class EventError(TagihError, ValueError):
    """An event cannot have happened as told; nothing was changed."""


class DataError(TagihError, ValueError):
    """A row of a file cannot be read; the message starts with file, row and field."""


class UnavailableError(TagihError, RuntimeError):
    """Something outside Python is missing: an extra, a system library, a folder to write in."""


def _rebuild(kind: type[TagihError], code: str, template: str, fields: dict[str, Any]) -> TagihError:
    return kind(code, template, **fields)
