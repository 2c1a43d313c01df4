"""What a book holds besides contracts and events: holds, letters sent, promises, contacts.

They are kept as the lender wrote them; what they mean for a letter or a promise is asked elsewhere.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from attrs import frozen

HOLDS: Final = ("dispute", "deceased", "payment_in_transit", "cease_contact", "restructure_pending")


@frozen
class Hold:
    """A reason to be silent, from ``from_day`` to ``until``, both included (None: until lifted)."""

    contract_id: str
    kind: str
    from_day: date
    until: date | None = None
    amount: Decimal | None = None
    note: str = ""

    def on(self, day: date) -> bool:
        """Whether it holds on ``day``."""
        return self.from_day <= day and (self.until is None or day <= self.until)


@frozen
class SentLetter:
    """A letter that went out before, by tagih or by whatever came before tagih."""

    contract_id: str
    kind: str
    issued_on: date
    number: str = ""
    sent_on: date | None = None
    delivered_on: date | None = None
    route: str = ""
    result: str = ""


@frozen
class PromiseRow:
    """One promised payment; rows with the same ``id`` are a series."""

    id: str
    contract_id: str
    made_on: date
    due_on: date
    amount: Decimal
    channel: str = ""
    note: str = ""


@frozen
class ArrangementRow:
    """One payment of an arrangement; rows with the same ``id`` make it up."""

    id: str
    contract_id: str
    agreed_on: date
    number: int
    due_on: date
    amount: Decimal
    kind: str = ""


@frozen
class ContactRow:
    """One contact with a debtor, or with somebody else about the debt.

    ``address`` is where a visit was made, ``purpose`` is collect or locate (only asking where the
    debtor is), ``consent`` what the debtor had agreed to: hours, days, holidays, place.
    """

    id: str
    at: datetime
    channel: str
    contract_id: str = ""
    debtor_id: str = ""
    party: str = "debtor"
    address: str = ""
    purpose: str = ""
    consent: str = ""
    by: str = ""
    result: str = ""
    note: str = ""


@frozen
class Assignment:
    """A contract given to a collector, from ``from_day`` to ``until``, both included."""

    contract_id: str
    collector: str
    from_day: date
    until: date | None = None
