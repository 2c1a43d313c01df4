"""Numbers as lenders write them: read by what was declared, never guessed.

>>> read_number("Rp1.500.000,00"), read_number("1,500,000")
(Decimal('1500000.00'), Decimal('1500000'))
>>> read_number("1.500", NumberFormat(thousands="."))
Decimal('1500')
>>> read_number("1.500")
Traceback (most recent call last):
    ...
tagih.errors.InputError: '1.500' could mean 1500 or 1.5; declare the separators in tagih.toml [format.number]
"""

from __future__ import annotations

import re
from decimal import Decimal

from attrs import field, frozen

from tagih.errors import InputError

PLAIN = re.compile(r"-?[0-9]+")
CURRENCY = re.compile(r"(?:Rp\.?|IDR)\s*", re.IGNORECASE)
NO_SEN = re.compile(r"[.,]-{1,2}$")
SEPARATORS = ("", ".", ",", " ", "'")


@frozen
class NumberFormat:
    """Which sign parts the thousands and which the decimals; None: not declared.

    With one declared, the other is the other of ``.`` and ``,``.
    """

    thousands: str | None = None
    decimal: str | None = None
    _pattern: re.Pattern[str] | None = field(init=False, default=None, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.thousands is None and self.decimal is None:
            return
        thousands, decimal = self.separators
        if thousands not in SEPARATORS or decimal not in (".", ",") or thousands == decimal:
            raise InputError(
                "format.number",
                "number = {{ thousands = '{thousands}', decimal = '{decimal}' }} cannot be told apart; "
                "write thousands = '.' and decimal = ',' or the other way round",
                thousands=thousands,
                decimal=decimal,
            )
        part, point = re.escape(thousands), re.escape(decimal)
        whole = f"[0-9]+|[1-9][0-9]{{0,2}}(?:{part}[0-9]{{3}})+" if thousands else "[0-9]+"
        object.__setattr__(self, "_pattern", re.compile(f"({whole})(?:{point}([0-9]+))?"))

    @property
    def declared(self) -> bool:
        """Whether anything was declared."""
        return self._pattern is not None

    @property
    def separators(self) -> tuple[str, str]:
        """The thousands and the decimal sign, the missing one worked out from the other."""
        if self.decimal is None:
            return self.thousands or "", "," if self.thousands == "." else "."
        if self.thousands is None:
            return "." if self.decimal == "," else ",", self.decimal
        return self.thousands, self.decimal

    @property
    def example(self) -> str:
        """1500000.5 as this format writes it."""
        thousands, decimal = self.separators
        return f"1{thousands}500{thousands}000{decimal}50"

    def digits(self, bare: str) -> str | None:
        """``bare`` as plain digits with a decimal point, or None if it is not of this format."""
        match = self._pattern.fullmatch(bare) if self._pattern else None
        if match is None:
            return None
        whole, fraction = match.groups()
        if thousands := self.separators[0]:
            whole = whole.replace(thousands, "")
        return f"{whole}.{fraction}" if fraction else whole


UNDECLARED = NumberFormat()


def read_number(text: str, declared: NumberFormat = UNDECLARED) -> Decimal:
    """The number that ``text`` writes, with ``Rp``, closing ``,-`` and accountants' negatives.

    With nothing declared, what can be read only one way is read.

    Raises:
        InputError: If it is not a number, not one of the declared form, or can be read two ways.
    """
    bare = text.strip()
    if PLAIN.fullmatch(bare):
        return Decimal(bare)
    bare = bare.replace("\u00a0", " ").replace("\u2212", "-")
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        negative, bare = True, bare[1:-1].strip()
    if bare.startswith("-"):
        negative, bare = not negative, bare[1:].lstrip()
    bare = CURRENCY.sub("", bare, count=1) if bare[:1] in "RrIi" else bare
    if bare.startswith("-"):
        negative, bare = not negative, bare[1:].lstrip()
    if no_sen := NO_SEN.search(bare):  # ",-" says which sign parts the decimals
        bare = bare[: no_sen.start()]
        declared = declared if declared.declared else FORMS[no_sen[0][0] == "."]
    if bare.endswith("-"):
        negative, bare = not negative, bare[:-1].rstrip()
    digits = declared.digits(bare) if declared.declared else _only_reading(bare, text)
    if digits is None:
        if declared.declared:
            raise InputError(
                "number.form",
                "'{found}' is not a number as declared in [format.number]; write it like {example}",
                found=text,
                example=declared.example,
            )
        raise InputError("number.none", "'{found}' is not a number; write digits, like 1500000", found=text)
    return Decimal(f"-{digits}" if negative else digits)


def _only_reading(bare: str, text: str) -> str | None:
    """Plain digits if ``bare`` can be read in one way, None if in none."""
    if bare.isascii() and bare.isdigit():
        return bare
    readings = {Decimal(digits) for form in FORMS if (digits := form.digits(bare)) is not None}
    if len(readings) > 1:
        first, second = sorted(readings, reverse=True)
        raise InputError(
            "number.ambiguous",
            "'{found}' could mean {first} or {second}; declare the separators in tagih.toml [format.number]",
            found=text,
            first=_plain(first),
            second=_plain(second),
        )
    return next((digits for form in FORMS if (digits := form.digits(bare)) is not None), None)


FORMS = (NumberFormat(".", ","), NumberFormat(",", "."))


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
