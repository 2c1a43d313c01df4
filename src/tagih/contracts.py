"""What was agreed, and what happened since: the nouns, frozen.

A `Contract` says what was agreed. Events say what happened; each has an id, the day it takes
effect, and optionally the lender's own order and the moment it was recorded. Neither knows
what is owed: that is `tagih.replay`.

>>> contract = Contract("MF-0007", instalments=(
...     Instalment(1, date(2026, 1, 31), principal=Decimal(900), interest=Decimal(100)),))
>>> contract.currency, contract.instalments[0].total
('IDR', Decimal('1000'))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from attrs import field, frozen

from tagih.errors import InputError

LenderType = Literal["bank", "bpr", "mf", "pindar", "koperasi", "mf-syariah", "lkm", "other"]
LENDER_TYPES: Final = ("bank", "bpr", "mf", "pindar", "koperasi", "mf-syariah", "lkm", "other")

KINDS: Final = ("principal", "interest", "fee", "late_charge")


@frozen(order=True)
class Component:
    """A part of a debt: its kind, and a name where there are several of a kind.

    Written ``kind`` or ``kind:name``; ta'zir and ta'widh are named late charges.

    >>> str(Component("fee", "asuransi")), Component.parse("late_charge:tazir").name
    ('fee:asuransi', 'tazir')
    """

    kind: str
    name: str = ""

    def __attrs_post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(
                "component.unknown",
                "component '{kind}' is unknown; write one of {known}",
                kind=self.kind,
                known=", ".join(KINDS),
            )

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @classmethod
    def parse(cls, text: str) -> Component:
        """Read ``kind`` or ``kind:name``.

        Raises:
            InputError: If the kind is not one of principal, interest, fee, late_charge.
        """
        kind, _, name = text.strip().partition(":")
        return cls(kind, name)


PRINCIPAL: Final = Component("principal")
INTEREST: Final = Component("interest")
FEE: Final = Component("fee")
LATE_CHARGE: Final = Component("late_charge")


def _amount(value: Decimal | int) -> Decimal:
    if isinstance(value, float):
        raise InputError("money.float", "amount {amount} is a float; write Decimal('{amount}')", amount=value)
    return Decimal(value)


def _instalments(values: Iterable[Instalment]) -> tuple[Instalment, ...]:
    return tuple(values)


def _balances(values: Iterable[OpeningBalance]) -> tuple[OpeningBalance, ...]:
    return tuple(values)


def _additions(
    values: Iterable[tuple[int, Component, Decimal]],
) -> tuple[tuple[int, Component, Decimal], ...]:
    return tuple((number, component, _amount(amount)) for number, component, amount in values)


def _amounts(
    values: Mapping[Component, Decimal] | Iterable[tuple[Component, Decimal]],
) -> tuple[tuple[Component, Decimal], ...]:
    pairs = values.items() if isinstance(values, Mapping) else values
    return tuple((component, _amount(amount)) for component, amount in pairs)


@frozen
class Instalment:
    """One planned payment: what falls due on a date, by component.

    ``due_on`` is the date the contract names, from which days past due count; ``payable_on`` is
    that date moved off a holiday, for letters (None: the same day). ``fees`` are what the
    contract itself adds to this instalment.
    """

    number: int
    due_on: date
    principal: Decimal = field(default=Decimal(0), converter=_amount)
    interest: Decimal = field(default=Decimal(0), converter=_amount)
    fees: tuple[tuple[Component, Decimal], ...] = field(default=(), converter=_amounts)
    payable_on: date | None = None

    @property
    def total(self) -> Decimal:
        """Principal, interest and fees together."""
        total = self.principal + self.interest
        for _, amount in self.fees:
            total += amount
        return total


@frozen
class OpeningBalance:
    """What was still owed on one instalment and component at the end of the cut-over day."""

    instalment: int
    component: Component
    outstanding: Decimal = field(converter=_amount)


@frozen
class Opening:
    """Balances on a cut-over date, the earlier history unknown.

    On ``on``, at the end of the day, exactly ``balances`` were outstanding, and ``unapplied``
    was held as titipan. Instalments and components that are not named were fully settled if
    due on or before ``on``, and are owed as scheduled if due later.
    """

    on: date
    balances: tuple[OpeningBalance, ...] = field(default=(), converter=_balances)
    unapplied: Decimal = field(default=Decimal(0), converter=_amount)


@frozen
class Contract:
    """What was agreed with one debtor.

    Only ``id`` and ``instalments`` are needed to say what is owed; the rest names the debtor,
    chooses policies and fills letters. ``agreed_amount`` is the amount in the agreement (the
    base of the pindar caps), ``principal`` what was lent.
    """

    id: str
    instalments: tuple[Instalment, ...] = field(converter=_instalments)
    debtor_id: str = ""
    lender_type: LenderType = "other"
    product: str = ""
    currency: str = "IDR"
    signed_on: date | None = None
    agreed_amount: Decimal | None = None
    principal: Decimal | None = None
    tenor: int | None = None
    frequency: str = "monthly"
    maturity: date | None = None
    opening: Opening | None = None
    tags: tuple[tuple[str, str], ...] = ()

    def __attrs_post_init__(self) -> None:
        numbers = [instalment.number for instalment in self.instalments]
        if len(set(numbers)) != len(numbers):
            raise InputError("contract.numbers", "contract {id}: instalment numbers repeat", id=self.id)
        if any(number < 1 for number in numbers):
            raise InputError("contract.number", "contract {id}: instalment numbers start at 1", id=self.id)

    @property
    def matures_on(self) -> date | None:
        """The agreed maturity, or the last due date where none is given."""
        return self.maturity or max((row.due_on for row in self.instalments), default=None)

    @property
    def lent(self) -> Decimal:
        """The principal lent, or the sum of the instalments' principal where none is given."""
        if self.principal is not None:
            return self.principal
        return sum((row.principal for row in self.instalments), Decimal(0))

    def tag(self, name: str, default: str = "") -> str:
        """A label of the lender's own, such as ``branch`` or ``collector``."""
        return dict(self.tags).get(name, default)


# --- events -----------------------------------------------------------------------------------


@frozen
class Event:
    """Something that happened to a contract on ``effective_on``.

    ``sequence`` is the lender's own order within a day; ``recorded_at`` (an aware datetime) is
    when the lender came to know of it. File order and recording time never count.
    """

    id: str
    effective_on: date


@frozen
class Payment(Event):
    """Money received.

    ``kind`` chooses the waterfall where a policy has several (``payment``, ``goodwill``,
    ``merchant_refund``, ``payout_refund``, ``settlement``, …). ``components`` forces the split
    instead of the waterfall; ``instalment`` settles that instalment first.
    """

    amount: Decimal = field(converter=_amount)
    reference: str = ""
    channel: str = ""
    payer: str = ""
    kind: str = "payment"
    components: tuple[tuple[Component, Decimal], ...] = field(default=(), converter=_amounts)
    instalment: int | None = None
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Reversal(Event):
    """From its day on, the event ``target`` never happened."""

    target: str
    reason: str = ""
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Correction(Event):
    """From its day on, the payment ``target`` was of ``amount`` on its own day."""

    target: str
    amount: Decimal = field(converter=_amount)
    reason: str = ""
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Charge(Event):
    """A fee or a late charge posted by the lender.

    On ``instalment``, or on a row of its own due on ``due_on`` (by default the day itself).
    A late charge posted this way is frozen: the lender's own system worked it out.
    """

    component: Component
    amount: Decimal = field(converter=_amount)
    instalment: int | None = None
    due_on: date | None = None
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Drawdown(Event):
    """More was lent, or a plan grew: ``additions`` are (instalment number, component, amount)."""

    additions: tuple[tuple[int, Component, Decimal], ...] = field(converter=_additions)
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Waiver(Event):
    """A part given up by decision: of ``component``, ``amount`` or (None) all of it.

    ``instalments`` limits it to those numbers (empty: all, oldest first), ``charge`` to the
    charge of that id. With ``arrangement`` it stands only while that arrangement is kept.
    """

    component: Component
    amount: Decimal | None = None
    instalments: tuple[int, ...] = ()
    charge: str = ""
    arrangement: str = ""
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Pause(Event):
    """From ``effective_on`` to ``until``, both included, time stands still.

    ``of`` holds ``days_past_due``, ``late_charge`` or both.
    """

    until: date
    of: tuple[str, ...] = ("days_past_due", "late_charge")
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Acceleration(Event):
    """All instalments fall due at once; late charges stop or go on, as the policy says."""

    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class WriteOff(Event):
    """Stop carrying the debt (hapus buku); the claim survives.

    Of ``components`` (empty: all). Later payments recover what was written off.
    """

    components: tuple[Component, ...] = ()
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Forgiveness(Event):
    """Give up the claim (hapus tagih): what is open or written off of ``components`` is waived."""

    components: tuple[Component, ...] = ()
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Refund(Event):
    """Unapplied credit paid back to the debtor."""

    amount: Decimal = field(converter=_amount)
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Chargeback(Event):
    """Part of the payment ``target`` was taken back; what it had settled is owed again."""

    target: str
    amount: Decimal = field(converter=_amount)
    sequence: int = 0
    recorded_at: datetime | None = None


@frozen
class Restructure(Event):
    """An explicit new set of instalments replaces what was still owed.

    ``instalments`` are the new rows, numbered on after the old ones. ``waived`` is given up
    first, ``collected`` names nothing new (pay it as a `Payment` of the same day); what is
    ``kept`` stays on the old rows; everything else that is open moves into the new rows, and
    ``capitalised`` names the part of it that became principal. It replaces ``all`` rows, or
    only those ``coming``, due after its day.
    """

    instalments: tuple[Instalment, ...] = field(converter=_instalments)
    waived: tuple[tuple[Component, Decimal], ...] = field(default=(), converter=_amounts)
    capitalised: tuple[tuple[Component, Decimal], ...] = field(default=(), converter=_amounts)
    kept: tuple[Component, ...] = ()
    reason: str = ""
    sequence: int = 0
    recorded_at: datetime | None = None
    replaces: Literal["all", "coming"] = "all"


AnyEvent = (
    Payment
    | Reversal
    | Correction
    | Charge
    | Drawdown
    | Waiver
    | Pause
    | Acceleration
    | WriteOff
    | Forgiveness
    | Refund
    | Chargeback
    | Restructure
)
