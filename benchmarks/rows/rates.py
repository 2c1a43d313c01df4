"""What a rate costs: the effective rate of thirteen dated flows, and of thirteen equal periods."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib.metadata import version

import numpy_financial
import pyxirr
from row import Row

from tagih.rates import flat_to_effective, irr, xirr

# A year of instalments on the 15th: Rp12.000.000 comes back as 12 of Rp1.120.000.
DATES = [date(2025, month, 15) for month in range(1, 13)] + [date(2026, 1, 15)]
AMOUNTS = [Decimal(-12_000_000), *[Decimal(1_120_000)] * 12]
FLOWS = list(zip(DATES, AMOUNTS, strict=True))
FLOATS = [float(amount) for amount in AMOUNTS]


def flat_monthly() -> Decimal:
    """The monthly rate of 10 % flat over 36 months."""
    return flat_to_effective(flat_annual_rate=Decimal("0.10"), months=36).period_rate


assert abs(float(xirr(FLOWS)) - pyxirr.xirr(DATES, FLOATS)) < 1e-12
assert abs(float(irr(AMOUNTS)) - numpy_financial.irr(FLOATS)) < 1e-12

# Flat 10 % over 36 months: what a lender asks of every quote.
assert abs(float(flat_monthly()) - numpy_financial.rate(36, -1_300_000, 36_000_000, 0)) < 1e-9

ROWS = [
    Row(
        "flat to effective, 36 months",
        flat_monthly,
        f"numpy-financial {version('numpy-financial')} rate, floats",
        lambda: numpy_financial.rate(36, -1_300_000, 36_000_000, 0),
        times=200,
    ),
    Row(
        "xirr of 13 flows, to 20 decimals",
        lambda: xirr(FLOWS),
        f"pyxirr {version('pyxirr')}, floats, in Rust",
        lambda: pyxirr.xirr(DATES, FLOATS),
        times=200,
    ),
    Row(
        "irr of 13 flows, to 20 decimals",
        lambda: irr(AMOUNTS),
        f"numpy-financial {version('numpy-financial')}, floats",
        lambda: numpy_financial.irr(FLOATS),
        times=200,
    ),
]
