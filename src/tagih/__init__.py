"""tagih: what is owed on this date and why, how late it is, and which letter is due."""

from tagih import contracts, dates, errors, money

__version__ = "0.1.0"
__all__ = ["__version__", "contracts", "dates", "errors", "money"]
