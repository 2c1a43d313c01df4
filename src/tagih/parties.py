"""Who lends and who owes: the names, addresses and channels that letters carry, frozen.

Nothing here is derived and nothing is looked up: what a field holds is what is printed.
Identifiers (NIK, account numbers, phone numbers) are text and stay as they were written.

>>> home = Address(("Jl. Kenanga No. 12", "RT 003/RW 007"), city="Bandung", postal_code="40291")
>>> home.written[-1], home.complete
('Bandung 40291', True)
>>> mask("3273012304880001")
'••••••••••••0001'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from attrs import field, frozen

from tagih.contracts import LENDER_TYPES, LenderType
from tagih.errors import InputError

ChannelKind = Literal[
    "virtual_account", "payment_gateway", "minimarket", "app", "bank_account", "cashier", "other"
]
CHANNEL_KINDS: Final = (
    "virtual_account",
    "payment_gateway",
    "minimarket",
    "app",
    "bank_account",
    "cashier",
    "other",
)
Salutation = Literal["Bapak", "Ibu", "Saudara", "Saudari", "Bapak/Ibu", ""]


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


def _facts(values: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(values)


def _channels(values: Iterable[PaymentChannel]) -> tuple[PaymentChannel, ...]:
    return tuple(values)


def mask(text: str, keep: int = 4) -> str:
    """``text`` with only its last ``keep`` letters or digits shown, the rest as dots.

    A text of ``keep`` characters or fewer is hidden altogether.

    >>> mask("081234567890"), mask("12")
    ('••••••••7890', '••')
    """
    if len(text) <= keep:
        return "•" * len(text)
    return "•" * (len(text) - keep) + text[-keep:]


@frozen
class Address:
    """A postal address: one to five lines, then city and postal code, then province."""

    lines: tuple[str, ...] = field(default=(), converter=_texts)
    city: str = ""
    postal_code: str = ""
    province: str = ""

    @property
    def written(self) -> tuple[str, ...]:
        """The lines as they go on the envelope; empty ones are left out."""
        place = " ".join(part for part in (self.city, self.postal_code) if part)
        return tuple(line for line in (*self.lines, place, self.province) if line.strip())

    @property
    def complete(self) -> bool:
        """Whether the post could deliver to it: a street line and a city or a postal code."""
        return any(line.strip() for line in self.lines) and bool(
            self.city.strip() or self.postal_code.strip()
        )


@frozen
class Signatory:
    """Who signs: the name, and the office held (jabatan)."""

    name: str
    office: str


@frozen
class PaymentChannel:
    """One way to pay: ``name`` as printed, ``account`` (number or code), ``holder``, ``note``.

    ``account`` may hold ``{contract}`` and ``{name of a contract tag}``; `at` fills them.
    """

    name: str
    account: str = ""
    holder: str = ""
    note: str = ""
    kind: ChannelKind = "other"

    def __attrs_post_init__(self) -> None:
        if self.kind not in CHANNEL_KINDS:
            raise InputError(
                "channel.kind",
                "payment channel '{name}': kind '{kind}' is unknown; write one of {known}",
                name=self.name,
                kind=self.kind,
                known=", ".join(CHANNEL_KINDS),
            )

    def at(self, contract_id: str, tags: Mapping[str, str] | None = None) -> PaymentChannel:
        """This channel with its account filled in for one contract.

        >>> PaymentChannel("Virtual account", "8808{contract}").at("0007").account
        '88080007'

        Raises:
            InputError: If ``account`` names a tag that the contract does not have.
        """
        account = self.account
        for name, value in {"contract": contract_id, **(tags or {})}.items():
            account = account.replace("{" + name + "}", value)
        if "{" in account:
            raise InputError(
                "channel.account",
                "contract {contract}: payment channel '{name}' needs '{account}', a tag the contract lacks",
                contract=contract_id,
                name=self.name,
                account=account,
            )
        return PaymentChannel(self.name, account, self.holder, self.note, self.kind)


@frozen
class Collateral:
    """What secures a contract: its kind (``vehicle``, ``land``, …), and labelled facts in order.

    >>> Collateral("vehicle", (("Nomor polisi", "B 1234 XYZ"),)).facts[0]
    ('Nomor polisi', 'B 1234 XYZ')
    """

    kind: str
    facts: tuple[tuple[str, str], ...] = field(default=(), converter=_facts)


@frozen
class Debtor:
    """Who owes. ``salutation`` is the word before the name; empty writes Bapak/Ibu.

    ``time_zone`` (WIB, WITA or WIT, or an IANA name; empty: that of the address) and ``domicile``
    serve the rules of contact; ``route`` orders the delivery list. ``guarantor`` only if party to
    the agreement.
    """

    id: str
    name: str
    salutation: Salutation = ""
    address: Address = Address()
    domicile: Address | None = None
    phone: str = ""
    email: str = ""
    national_id: str = ""
    time_zone: str = ""
    route: str = ""
    guarantor: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def addressed_as(self) -> str:
        """The name with its salutation, as after ``Yth.``"""
        return f"{self.salutation or 'Bapak/Ibu'} {self.name}"


@frozen
class Lender:
    """Whose book it is: what a letterhead says, who signs, where to pay and where to complain.

    ``licence_line`` is printed as given and only if given ("Berizin dan diawasi oleh Otoritas
    Jasa Keuangan"). ``city`` is where letters are dated, ``unit`` the code inside their numbers
    (COLL-JKT). ``logo`` is a ``data:`` URI. ``signatories`` names others for some kinds of letter.
    """

    name: str
    lender_type: LenderType = "other"
    address: Address = Address()
    phone: str = ""
    email: str = ""
    website: str = ""
    licence_line: str = ""
    city: str = ""
    unit: str = ""
    signatory: Signatory | None = None
    signatories: tuple[tuple[str, Signatory], ...] = ()
    payment_channels: tuple[PaymentChannel, ...] = field(default=(), converter=_channels)
    complaints: str = ""
    logo: str = ""
    time_zone: str = "Asia/Jakarta"

    def __attrs_post_init__(self) -> None:
        if self.lender_type not in LENDER_TYPES:
            raise InputError(
                "lender.type",
                "lender type '{type}' is unknown; write one of {known}",
                type=self.lender_type,
                known=", ".join(LENDER_TYPES),
            )
        if self.logo and not self.logo.startswith("data:image/"):
            raise InputError(
                "lender.logo",
                "lender logo must be a data:image/… address, got '{start}…'",
                start=self.logo[:20],
            )

    def signs(self, kind: str) -> Signatory | None:
        """Who signs letters of ``kind``: the one named for it, or the usual one."""
        return dict(self.signatories).get(kind, self.signatory)
