"""Names of columns that more than one reader of tables knows."""

from __future__ import annotations

from typing import Final

ROW: Final = "#row"
"""A column that a table may have: each row's number in its file, from 0."""
MONEY: Final = {"amount", "principal", "interest", "agreed_amount"}


def is_money(name: str) -> bool:
    """Whether a column holds amounts."""
    return name in MONEY or is_fee(name)


def is_fee(name: str) -> bool:
    """Whether a column of instalments holds a fee.

    >>> is_fee("fee"), is_fee("fee:asuransi"), is_fee("interest")
    (True, True, False)
    """
    return name == "fee" or name.startswith("fee:")
