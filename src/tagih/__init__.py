"""tagih: what is owed on this date and why, how late it is, and which letter is due.

>>> from datetime import date
>>> from decimal import Decimal as D
>>> instalment = Instalment(1, date(2026, 1, 31), principal=D(900_000), interest=D(100_000))
>>> contract = Contract("MF-0007", [instalment])
>>> denda = LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free")
>>> position = replay(contract, [], Policy(late_charge=denda), as_of=date(2026, 2, 28))
>>> position.days_past_due, position.outstanding.late_charge
(28, Decimal('140000.00'))
"""

from tagih import contracts, dates, errors, ledger, money, policies, schedules
from tagih.contracts import (
    FEE,
    INTEREST,
    LATE_CHARGE,
    PRINCIPAL,
    Acceleration,
    AnyEvent,
    Charge,
    Chargeback,
    Component,
    Contract,
    Correction,
    Drawdown,
    Event,
    Forgiveness,
    Instalment,
    Opening,
    OpeningBalance,
    Pause,
    Payment,
    Refund,
    Restructure,
    Reversal,
    Waiver,
    WriteOff,
)
from tagih.errors import DataError, EventError, InputError, PolicyError, TagihError, UnavailableError
from tagih.ledger import Amounts, Balance, Line, Position, known_at, replay
from tagih.money import Rounding
from tagih.policies import Arrears, Buckets, LateCharge, Policy, Tolerance, Waterfall, policy

__version__ = "0.1.0"

__all__ = [
    "FEE",
    "INTEREST",
    "LATE_CHARGE",
    "PRINCIPAL",
    "Acceleration",
    "Amounts",
    "AnyEvent",
    "Arrears",
    "Balance",
    "Buckets",
    "Charge",
    "Chargeback",
    "Component",
    "Contract",
    "Correction",
    "DataError",
    "Drawdown",
    "Event",
    "EventError",
    "Forgiveness",
    "InputError",
    "Instalment",
    "LateCharge",
    "Line",
    "Opening",
    "OpeningBalance",
    "Pause",
    "Payment",
    "Policy",
    "PolicyError",
    "Position",
    "Refund",
    "Restructure",
    "Reversal",
    "Rounding",
    "TagihError",
    "Tolerance",
    "UnavailableError",
    "Waiver",
    "Waterfall",
    "WriteOff",
    "__version__",
    "contracts",
    "dates",
    "errors",
    "known_at",
    "ledger",
    "money",
    "policies",
    "policy",
    "replay",
    "schedules",
]
