"""Example books: whole lenders, invented, the same byte for byte every time.

>>> sorted(LENDERS)
['bank', 'bpr', 'koperasi', 'mf', 'mf-syariah', 'pindar']
>>> "tagih.toml" in book_files("mf")
True
"""

from __future__ import annotations

from typing import Final

from tagih.errors import InputError

LENDERS: Final = ("mf", "bank", "bpr", "pindar", "koperasi", "mf-syariah")
"""The lenders there is an example book of."""


def book_files(lender: str) -> dict[str, bytes]:
    """Every file of the example book of ``lender``, by file name.

    Raises:
        InputError: If there is no example of that lender.
    """
    from tagih.samples.book import written

    if lender not in LENDERS:
        raise InputError(
            "sample.lender",
            "there is no example book of '{lender}'; write one of {known}",
            lender=lender,
            known=", ".join(LENDERS),
        )
    return written(lender)
