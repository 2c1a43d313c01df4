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

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tagih import (
        aging,
        arrangements,
        bridge,
        classes,
        conduct,
        contracts,
        dates,
        daycounts,
        errors,
        files,
        ledger,
        money,
        outlook,
        parties,
        policies,
        promises,
        quality,
        rates,
        receivables,
        schedules,
        slik,
        words,
    )
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
    from tagih.errors import (
        DataError,
        EventError,
        InputError,
        PolicyError,
        TagihError,
        UnavailableError,
    )
    from tagih.ledger import (
        Amounts,
        Balance,
        Line,
        Position,
        known_at,
        replay,
    )
    from tagih.ledger.allocate import (
        compare_allocations,
    )
    from tagih.ledger.diff import (
        diff_positions,
    )
    from tagih.money import (
        Rounding,
    )
    from tagih.policies import (
        Arrears,
        Buckets,
        LateCharge,
        Policy,
        Tolerance,
        Waterfall,
        policy,
    )
    from tagih.values import (
        from_dict,
        from_json,
        to_dict,
        to_json,
    )

_HOME: Final = {
    "tagih.contracts": (
        "Acceleration",
        "AnyEvent",
        "Charge",
        "Chargeback",
        "Component",
        "Contract",
        "Correction",
        "Drawdown",
        "Event",
        "FEE",
        "Forgiveness",
        "INTEREST",
        "Instalment",
        "LATE_CHARGE",
        "Opening",
        "OpeningBalance",
        "PRINCIPAL",
        "Pause",
        "Payment",
        "Refund",
        "Restructure",
        "Reversal",
        "Waiver",
        "WriteOff",
    ),
    "tagih.errors": (
        "DataError",
        "EventError",
        "InputError",
        "PolicyError",
        "TagihError",
        "UnavailableError",
    ),
    "tagih.ledger": (
        "Amounts",
        "Balance",
        "Line",
        "Position",
        "known_at",
        "replay",
    ),
    "tagih.ledger.allocate": ("compare_allocations",),
    "tagih.ledger.diff": ("diff_positions",),
    "tagih.values": ("from_dict", "from_json", "to_dict", "to_json"),
    "tagih.money": ("Rounding",),
    "tagih.policies": (
        "Arrears",
        "Buckets",
        "LateCharge",
        "Policy",
        "Tolerance",
        "Waterfall",
        "policy",
    ),
}
"""Public names by the module that defines them; each is imported when it is first used."""

_MODULES: Final = (
    "aging",
    "arrangements",
    "bridge",
    "classes",
    "conduct",
    "contracts",
    "dates",
    "daycounts",
    "errors",
    "files",
    "ledger",
    "money",
    "outlook",
    "parties",
    "policies",
    "promises",
    "quality",
    "rates",
    "receivables",
    "schedules",
    "slik",
    "words",
)

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
    "aging",
    "arrangements",
    "bridge",
    "classes",
    "compare_allocations",
    "conduct",
    "contracts",
    "dates",
    "daycounts",
    "diff_positions",
    "errors",
    "files",
    "from_dict",
    "from_json",
    "known_at",
    "ledger",
    "money",
    "outlook",
    "parties",
    "policies",
    "policy",
    "promises",
    "quality",
    "rates",
    "receivables",
    "replay",
    "schedules",
    "slik",
    "to_dict",
    "to_json",
    "words",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that `import tagih` itself costs next to nothing."""
    if name in _MODULES:
        return import_module(f"tagih.{name}")
    for home, names in _HOME.items():
        if name in names:
            value = getattr(import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'tagih' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
