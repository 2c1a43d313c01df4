"""Terms become instalments.

The simple doors (`annuity`, `flat`, `equal_principal`) take what a lender says on the phone and
give the rows of a contract.

>>> from datetime import date
>>> from decimal import Decimal
>>> for row in annuity(principal=Decimal(12_000_000), monthly_rate=Decimal("0.02"), months=3,
...                    first_due=date(2026, 1, 31)):
...     print(row.due_on, row.principal, row.interest, row.total)
2026-01-31 3921056 240000 4161056
2026-02-28 3999477 161579 4161056
2026-03-31 4079467 81589 4161056
"""

from tagih.schedules.calendar import FREQUENCIES, Calendar, Due, Every, Holidays, every
from tagih.schedules.charges import Added, place
from tagih.schedules.compare import SideBySide, TrueRate, side_by_side, true_rate
from tagih.schedules.doors import annuity, equal_principal, flat
from tagih.schedules.products import (
    balloon,
    bullet,
    flat_effective,
    given_instalment,
    given_rows,
    interest_only,
    murabahah,
    stepped,
    sum_of_digits,
)
from tagih.schedules.schedule import Making, Row, Schedule, Stretch
from tagih.schedules.tables import from_csv, from_dict, to_csv, to_dict
from tagih.schedules.terms import (
    METHODS,
    Disbursement,
    Grace,
    Rate,
    RateChange,
    Roundings,
    Step,
    Terms,
)
from tagih.schedules.walk import make

__all__ = [
    "FREQUENCIES",
    "METHODS",
    "Added",
    "Calendar",
    "Disbursement",
    "Due",
    "Every",
    "Grace",
    "Holidays",
    "Making",
    "Rate",
    "RateChange",
    "Roundings",
    "Row",
    "Schedule",
    "SideBySide",
    "Step",
    "Stretch",
    "Terms",
    "TrueRate",
    "annuity",
    "balloon",
    "bullet",
    "equal_principal",
    "every",
    "flat",
    "flat_effective",
    "from_csv",
    "from_dict",
    "given_instalment",
    "given_rows",
    "interest_only",
    "make",
    "murabahah",
    "place",
    "side_by_side",
    "stepped",
    "sum_of_digits",
    "to_csv",
    "to_dict",
    "true_rate",
]
