"""What could not be read, said so that a person can mend it.

A complaint names the file, the row as a person counts it, the field by the lender's own name,
the value found, and what to write instead.

>>> refused = InputError("day.none", "'{found}' is not a date; write YYYY-MM-DD", found="31/02/2026")
>>> print(Complaint.of(refused, "loans.csv", 7, "TGL_JT").message)
loans.csv:7: TGL_JT '31/02/2026' is not a date; write YYYY-MM-DD
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from attrs import frozen

from tagih.errors import DataError, InputError, TagihError


@frozen
class Complaint:
    """One reason why a row, or (``row`` 0) a whole file, was refused.

    ``template`` and ``fields`` make the sentence after the place; ``code`` is stable.
    """

    file: str
    row: int
    field: str
    found: str
    code: str
    template: str
    fields: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, error: TagihError, file: str, row: int = 0, field: str = "") -> Complaint:
        """The complaint that ``error`` is, once its place is known."""
        found = str(error.fields.get("found", ""))
        return cls(file, row, field, found, error.code, error.template, tuple(error.fields.items()))

    @property
    def where(self) -> str:
        """``file:row: field``, as far as known."""
        place = f"{self.file}:{self.row}:" if self.row else f"{self.file}:"
        return f"{place} {self.field}" if self.field else place

    @property
    def reason(self) -> str:
        """The sentence without its place."""
        return self.template.format(**dict(self.fields)) if self.fields else self.template

    @property
    def message(self) -> str:
        """The whole sentence, in English."""
        return f"{self.where} {self.reason}"

    @property
    def error(self) -> DataError:
        """The same as an error; its field ``where`` holds the place."""
        fields = {**dict(self.fields), "where": self.where}
        return DataError(self.code, "{where} " + self.template, **fields)


class BookError(DataError):
    """A book cannot be read at all, or not strictly: every complaint is in ``complaints``."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = tuple(complaints)
        first = self.complaints[0]
        fields: dict[str, Any] = {**dict(first.fields), "where": first.where}
        template = "{where} " + first.template
        if len(self.complaints) > 1:
            fields["others"] = len(self.complaints) - 1
            template += " (and {others} more)"
        super().__init__(first.code, template, **fields)

    def __reduce__(self) -> tuple[Any, ...]:
        return BookError, (self.complaints,)


def unknown(code: str, what: str, word: str, known: Sequence[str], **fields: Any) -> InputError:
    """The refusal of a word, with the one probably meant or with all that could be.

    >>> str(unknown("toml.key", "key '{found}' is unknown", "colums", ["columns", "file"]))
    "key 'colums' is unknown; did you mean 'columns'?"
    """
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    if close:
        return InputError(code, what + "; did you mean '{near}'?", found=word, near=close[0], **fields)
    listed = ", ".join(filter(None, known))
    return InputError(f"{code}_known", what + "; write one of {known}", found=word, known=listed, **fields)
