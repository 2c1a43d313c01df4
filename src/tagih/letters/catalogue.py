"""Every kind of letter, and what each must hold before it can be printed.

A letter is a frozen value. One that exists is complete: a field that is missing stops it, and
the error names the letter, the contract and every field that is missing. SP1 to SP3 require by
type the five contents of POJK 22/2023 art. 60, and SP2 and SP3 the warning before them.

>>> KINDS["sp2"].code, KINDS["sp2"].title("id")
('SP2', 'Surat Peringatan Kedua (SP2)')
>>> compose("sp1", lender=Lender("PT Contoh"), debtor=Debtor("D1", "Sari"), contract=Contract("MF-7", ()))
Traceback (most recent call last):
    ...
tagih.errors.InputError: sp1 for contract MF-7 lacks number, dated, figures, pay_by
>>> needs_meterai("receipt", Decimal(5_000_000)), needs_meterai("receipt", Decimal(5_000_001))
(False, True)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final, Literal

from attrs import NOTHING, fields, frozen

from tagih.contracts import Component, Contract, Instalment
from tagih.errors import InputError
from tagih.ledger.position import Amounts
from tagih.letters.figures import Figures
from tagih.parties import Address, Collateral, Debtor, Lender, PaymentChannel, Signatory
from tagih.words import bulan_romawi

Language = Literal["id", "en"]
METERAI_ABOVE: Final = Decimal(5_000_000)
"""Documents of money bear meterai only above this amount (UU 10/2020 art. 3 (2) g)."""

# A pindar debtor pays by virtual account or payment gateway into escrow, never to a person and
# never in cash (SEOJK 19/2025, XI.7-8).
PINDAR_CHANNELS: Final = frozenset({"virtual_account", "payment_gateway", "minimarket", "app"})


# --- what letters refer to --------------------------------------------------------------------


@frozen
class Reference:
    """Another paper: its number and date, and what it was about."""

    number: str
    dated: date
    about: str = ""


@frozen
class Verification:
    """What proves a letter genuine: a short code to read out, and the payload of its QR code."""

    code: str
    payload: str


@frozen
class Movement:
    """One line of a statement: a debit adds to the debt, a credit takes from it."""

    on: date
    text: str
    debit: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    reference: str = ""


@frozen
class Applied:
    """Part of a payment and the debt it settled; ``instalment`` 0 is a charge of its own."""

    component: Component
    amount: Decimal
    instalment: int = 0
    due_on: date | None = None


@frozen
class PlanRow:
    """One payment of an arrangement."""

    number: int
    due_on: date
    amount: Decimal


@frozen
class Relief:
    """One component of a settlement: what is owed, and how much of it is waived."""

    component: Component
    owed: Decimal
    waived: Decimal = Decimal(0)

    @property
    def payable(self) -> Decimal:
        """What remains to be paid."""
        return self.owed - self.waived


@frozen
class PayoffDay:
    """What settles the contract in full on one day, by component."""

    on: date
    owed: Amounts


@frozen
class Explained:
    """One line of an explanation, and the amount it adds (or, negative, takes away)."""

    text: str
    amount: Decimal


# --- what every letter holds ------------------------------------------------------------------


@frozen(kw_only=True)
class Paper:
    """What all papers hold: who sends it, when, under which number, in which language."""

    kind: ClassVar[str] = ""
    requires: ClassVar[tuple[str, ...]] = ("number", "lender.name")

    lender: Lender
    number: str
    dated: date
    language: Language = "id"
    enclosures: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    verification: Verification | None = None

    def __attrs_post_init__(self) -> None:
        kind_of(self.kind).title(self.language)
        missing = [path for path in requirements(type(self)) if _absent(self, path)]
        if missing:
            raise _lacks(self.kind, self.about, self.whose, missing)
        for what in self.faults():
            raise InputError(
                "letter.fault",
                "{kind} for {about}: {what}",
                kind=self.kind,
                about=self.about,
                whose=self.whose,
                what=what,
            )

    @property
    def about(self) -> str:
        """What the paper is about, for messages."""
        return self.lender.name

    @property
    def whose(self) -> str:
        """The same without a word of any language."""
        return self.lender.name

    @property
    def signatory(self) -> Signatory | None:
        """Who signs this paper for the lender."""
        return self.lender.signs(self.kind)

    @property
    def amount(self) -> Decimal:
        """The amount that decides on meterai; 0 where the kind alone decides."""
        return Decimal(0)

    @property
    def meterai(self) -> bool:
        """Whether a box for the meterai is due."""
        return needs_meterai(self.kind, self.amount)

    def faults(self) -> Iterator[str]:
        """What makes the paper wrong although nothing is missing."""
        return iter(())


@frozen(kw_only=True)
class Letter(Paper):
    """A paper to one debtor about one contract."""

    requires: ClassVar[tuple[str, ...]] = (
        "lender.city",
        "signatory",
        "debtor.name",
        "debtor.address",
        "contract.id",
    )

    debtor: Debtor
    contract: Contract
    collateral: Collateral | None = None

    @property
    def about(self) -> str:
        """The contract, for messages."""
        return f"contract {self.contract.id}"

    @property
    def whose(self) -> str:
        """The contract's number."""
        return self.contract.id

    @property
    def channels(self) -> tuple[PaymentChannel, ...]:
        """The lender's payment channels, their accounts filled in for this contract."""
        return tuple(
            channel.at(self.contract.id, dict(self.contract.tags)) for channel in self.lender.payment_channels
        )

    def faults(self) -> Iterator[str]:
        """Channels that this type of lender may not name."""
        yield from super().faults()
        if self.lender.lender_type == "pindar":
            for channel in self.lender.payment_channels:
                if channel.kind not in PINDAR_CHANNELS:
                    yield (
                        f"payment channel '{channel.name}' is a {channel.kind}; a pindar letter may name only"
                        f" {', '.join(sorted(PINDAR_CHANNELS))} (SEOJK 19/2025 XI.7)"
                    )


# --- asking for payment -----------------------------------------------------------------------


@frozen(kw_only=True)
class Reminder(Letter):
    """Before the due date: what falls due next, and how to pay it. No threat, no arrears."""

    kind: ClassVar[str] = "reminder"
    requires: ClassVar[tuple[str, ...]] = ("lender.payment_channels", "figures.upcoming")

    figures: Figures


@frozen(kw_only=True)
class Demand(Letter):
    """Arrears, with a day to pay them by."""

    requires: ClassVar[tuple[str, ...]] = (
        "lender.payment_channels",
        "lender.complaints",
        "figures.rows",
        "figures.oldest_due_on",
        "figures.days_past_due",
    )

    figures: Figures
    pay_by: date

    def faults(self) -> Iterator[str]:
        """A deadline in the past, or figures of another contract or a later day."""
        yield from super().faults()
        yield from _figures_match(self, self.figures)
        if self.pay_by <= self.dated:
            yield f"pay_by {self.pay_by} is not after the letter's date {self.dated}"


@frozen(kw_only=True)
class Overdue(Demand):
    """A friendly reminder of arrears, before any warning."""

    kind: ClassVar[str] = "overdue"


@frozen(kw_only=True)
class FirstWarning(Demand):
    """SP1: the five contents of POJK 22/2023 art. 60, arrears by instalment, a deadline."""

    kind: ClassVar[str] = "sp1"

    def faults(self) -> Iterator[str]:
        """Also: warnings follow a default, so principal must be outstanding or arrears exist."""
        yield from super().faults()
        if self.figures.arrears.total <= 0:
            yield "nothing is in arrears"


@frozen(kw_only=True)
class SecondWarning(FirstWarning):
    """SP2: as SP1, citing the warning before it."""

    kind: ClassVar[str] = "sp2"
    requires: ClassVar[tuple[str, ...]] = ("previous.number",)

    previous: Reference

    def faults(self) -> Iterator[str]:
        """Also: the warning before it is older."""
        yield from super().faults()
        if self.previous.dated >= self.dated:
            yield f"the warning before it is dated {self.previous.dated}, not before {self.dated}"


@frozen(kw_only=True)
class ThirdWarning(SecondWarning):
    """SP3: as SP2; the last warning."""

    kind: ClassVar[str] = "sp3"


@frozen(kw_only=True)
class Somasi(Demand):
    """A formal demand (KUH Perdata 1238, 1243) citing the contract's clauses and the warnings.

    ``claim`` says what is demanded: the arrears, or everything outstanding where the contract
    lets the lender call it in.
    """

    kind: ClassVar[str] = "somasi"
    requires: ClassVar[tuple[str, ...]] = ("warnings", "clauses", "contract.signed_on")

    warnings: tuple[Reference, ...]
    clauses: str
    claim: Literal["arrears", "outstanding"] = "arrears"

    @property
    def claimed(self) -> Amounts:
        """What is demanded, by component."""
        return self.figures.arrears if self.claim == "arrears" else self.figures.outstanding


# --- accounts and receipts --------------------------------------------------------------------


@frozen(kw_only=True)
class Statement(Letter):
    """A statement of account: opening, movements, closing; ``since`` and ``until`` included."""

    kind: ClassVar[str] = "statement"

    since: date
    until: date
    opening: Decimal
    movements: tuple[Movement, ...]
    closing: Decimal
    arrears: Amounts = Amounts()
    unapplied: Decimal = Decimal(0)

    @property
    def balances(self) -> tuple[tuple[Movement, Decimal], ...]:
        """Each movement with the balance after it."""
        rows, balance = [], self.opening
        for movement in self.movements:
            balance = balance + movement.debit - movement.credit
            rows.append((movement, balance))
        return tuple(rows)

    @property
    def debits(self) -> Decimal:
        """All debits together."""
        return sum((movement.debit for movement in self.movements), Decimal(0))

    @property
    def credits(self) -> Decimal:
        """All credits together."""
        return sum((movement.credit for movement in self.movements), Decimal(0))

    def faults(self) -> Iterator[str]:
        """Opening and movements must make the closing, in order and inside the period."""
        yield from super().faults()
        reached = self.opening + self.debits - self.credits
        if reached != self.closing:
            yield f"opening and movements make {reached}, but closing is {self.closing}"
        days = [movement.on for movement in self.movements]
        if days != sorted(days) or any(not self.since <= day <= self.until for day in days):
            yield f"movements must be in order and inside {self.since} to {self.until}"


@frozen(kw_only=True)
class Receipt(Letter):
    """A receipt, naming the debt the payment was applied to (KUH Perdata 1398)."""

    kind: ClassVar[str] = "receipt"
    requires: ClassVar[tuple[str, ...]] = ("payer",)

    payer: str
    paid: Decimal
    received_on: date
    channel: str = ""
    reference: str = ""
    applied: tuple[Applied, ...]
    unapplied: Decimal = Decimal(0)

    @property
    def amount(self) -> Decimal:
        """What was received."""
        return self.paid

    def faults(self) -> Iterator[str]:
        """Every rupiah received is applied to something or kept as titipan."""
        yield from super().faults()
        told = sum((part.amount for part in self.applied), self.unapplied)
        if told != self.paid:
            yield f"applied and unapplied make {told}, but {self.paid} was received"
        if self.paid <= 0:
            yield f"the amount received is {self.paid}"


@frozen(kw_only=True)
class Payoff(Letter):
    """What settles the contract in full, for each day the quote stands."""

    kind: ClassVar[str] = "payoff"
    requires: ClassVar[tuple[str, ...]] = ("days", "lender.payment_channels")

    days: tuple[PayoffDay, ...]
    unapplied: Decimal = Decimal(0)
    fingerprint: str = ""

    @property
    def until(self) -> date:
        """The last day the quote stands."""
        return self.days[-1].on

    def faults(self) -> Iterator[str]:
        """Days rise, and none lies before the letter."""
        yield from super().faults()
        days = [row.on for row in self.days]
        if days != sorted(set(days)) or days[0] < self.dated:
            yield "the days of a payoff quote must rise and start on or after the letter's date"


@frozen(kw_only=True)
class PaidOff(Letter):
    """Surat keterangan lunas: nothing is owed any more. Refused while Rp1 remains."""

    kind: ClassVar[str] = "paid_off"
    requires: ClassVar[tuple[str, ...]] = ("contract.signed_on",)

    figures: Figures
    paid_off_on: date
    returns: tuple[str, ...] = ()

    def faults(self) -> Iterator[str]:
        """Anything outstanding stops it. Titipan does not: the letter says that it is given back."""
        yield from super().faults()
        yield from _figures_match(self, self.figures)
        if self.figures.outstanding.total != 0 or self.figures.arrears.total != 0:
            left = max(self.figures.outstanding.total, self.figures.arrears.total)
            yield f"Rp{left:f} is still outstanding; a paid-off letter needs Rp0"
        if self.paid_off_on > self.dated:
            yield f"paid off on {self.paid_off_on}, after the letter's date {self.dated}"


# --- arrangements -----------------------------------------------------------------------------


@frozen(kw_only=True)
class Arrangement(Letter):
    """Kesepakatan pembayaran bertahap: arrears paid by dated parts, the contract untouched."""

    kind: ClassVar[str] = "arrangement"
    requires: ClassVar[tuple[str, ...]] = ("rows", "contract.signed_on", "lender.payment_channels")

    figures: Figures
    rows: tuple[PlanRow, ...]
    covers: Decimal
    lapses_after: int = 7

    @property
    def total(self) -> Decimal:
        """All rows together."""
        return sum((row.amount for row in self.rows), Decimal(0))

    def faults(self) -> Iterator[str]:
        """The rows make what is covered, which is no more than what is owed."""
        yield from super().faults()
        yield from _figures_match(self, self.figures)
        if self.total != self.covers:
            yield f"the rows make {self.total}, but the arrangement covers {self.covers}"
        if self.covers > self.figures.outstanding.total:
            whole = self.figures.outstanding.total
            yield f"the arrangement covers {self.covers}, more than the {whole} outstanding"


@frozen(kw_only=True)
class Promise(Letter):
    """Surat pernyataan: the debtor states what will be paid, when and how."""

    kind: ClassVar[str] = "promise"
    requires: ClassVar[tuple[str, ...]] = ("channel",)

    promised: Decimal
    promised_on: date
    channel: str
    figures: Figures

    def faults(self) -> Iterator[str]:
        """Something is promised, not before the letter."""
        yield from super().faults()
        if self.promised <= 0:
            yield f"the amount promised is {self.promised}"
        if self.promised_on < self.dated:
            yield f"promised for {self.promised_on}, before the letter's date {self.dated}"


@frozen(kw_only=True)
class RestructureOffer(Letter):
    """An offer to restructure: the present plan beside the new one, and until when it stands."""

    kind: ClassVar[str] = "restructure_offer"
    requires: ClassVar[tuple[str, ...]] = ("old_plan", "new_plan", "terms")

    figures: Figures
    old_plan: tuple[Instalment, ...]
    new_plan: tuple[Instalment, ...]
    terms: tuple[str, ...]
    valid_until: date

    def faults(self) -> Iterator[str]:
        """The offer is still open when it is sent."""
        yield from super().faults()
        if self.valid_until <= self.dated:
            yield f"valid_until {self.valid_until} is not after the letter's date {self.dated}"


@frozen(kw_only=True)
class Addendum(Letter):
    """An addendum to the agreement; not a novation. Both plans, from when, and what stays."""

    kind: ClassVar[str] = "addendum"
    requires: ClassVar[tuple[str, ...]] = ("old_plan", "new_plan", "terms", "contract.signed_on")

    figures: Figures
    old_plan: tuple[Instalment, ...]
    new_plan: tuple[Instalment, ...]
    terms: tuple[str, ...]
    effective_on: date
    witnesses: tuple[str, ...] = ()


@frozen(kw_only=True)
class Settlement(Letter):
    """An offer to settle for less: what is owed, what is waived, what is to be paid by when."""

    kind: ClassVar[str] = "settlement"
    requires: ClassVar[tuple[str, ...]] = ("relief", "lender.payment_channels")

    relief: tuple[Relief, ...]
    valid_until: date
    conditions: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def owed(self) -> Decimal:
        """All that is owed."""
        return sum((part.owed for part in self.relief), Decimal(0))

    @property
    def waived(self) -> Decimal:
        """All that is waived."""
        return sum((part.waived for part in self.relief), Decimal(0))

    @property
    def payable(self) -> Decimal:
        """All that is to be paid."""
        return self.owed - self.waived

    def faults(self) -> Iterator[str]:
        """No more is waived than owed, and the offer is open."""
        yield from super().faults()
        if any(not 0 <= part.waived <= part.owed for part in self.relief):
            yield "a waiver is below 0 or above what is owed"
        if self.valid_until <= self.dated:
            yield f"valid_until {self.valid_until} is not after the letter's date {self.dated}"


@frozen(kw_only=True)
class DisputeReply(Letter):
    """The answer to a dispute: the figure, explained line by line, and what was found."""

    kind: ClassVar[str] = "dispute_reply"
    requires: ClassVar[tuple[str, ...]] = ("dispute", "subject", "lines", "finding", "lender.complaints")

    dispute: Reference
    subject: str
    lines: tuple[Explained, ...]
    figure: Decimal
    finding: str

    def faults(self) -> Iterator[str]:
        """The lines make the figure."""
        yield from super().faults()
        told = sum((line.amount for line in self.lines), Decimal(0))
        if told != self.figure:
            yield f"the lines make {told}, but the figure is {self.figure}"


# --- delivery ---------------------------------------------------------------------------------


@frozen(kw_only=True)
class DeliverySlip(Letter):
    """Tanda terima: which letters were handed over, to whom, in what relation, when."""

    kind: ClassVar[str] = "delivery_slip"
    requires: ClassVar[tuple[str, ...]] = ("letters",)

    letters: tuple[Reference, ...]


@frozen
class Stop:
    """One address on a delivery list: the letter, and who receives it where."""

    letter: Reference
    debtor: Debtor


@frozen(kw_only=True)
class DeliveryList(Paper):
    """The letters of one route, in the order they are delivered."""

    kind: ClassVar[str] = "delivery_list"
    requires: ClassVar[tuple[str, ...]] = ("route", "stops")

    route: str
    carrier: str = ""
    stops: tuple[Stop, ...]


# --- short messages ---------------------------------------------------------------------------


@frozen(kw_only=True)
class ReminderMessage(Letter):
    """The reminder before the due date, as WhatsApp or short message and as e-mail."""

    kind: ClassVar[str] = "reminder_message"
    requires: ClassVar[tuple[str, ...]] = ("figures.upcoming", "lender.payment_channels")

    figures: Figures


@frozen(kw_only=True)
class OverdueMessage(Demand):
    """The reminder of arrears, as WhatsApp or short message and as e-mail."""

    kind: ClassVar[str] = "overdue_message"


@frozen(kw_only=True)
class PromiseMessage(Letter):
    """A promise confirmed, as WhatsApp or short message and as e-mail."""

    kind: ClassVar[str] = "promise_message"
    requires: ClassVar[tuple[str, ...]] = ("channel",)

    promised: Decimal
    promised_on: date
    channel: str


# --- the catalogue ----------------------------------------------------------------------------


@frozen
class Kind:
    """One kind of paper: its code in numbers, its titles, its value's type, its meterai rule."""

    name: str
    code: str
    type: type[Paper]
    titles: Mapping[str, str]
    meterai: Literal["always", "above", "never"] = "never"
    message: bool = False

    def title(self, language: str) -> str:
        """The title in a language.

        Raises:
            InputError: If this kind is not written in that language.
        """
        if language not in self.titles:
            raise InputError(
                "letter.language",
                "{kind} is not written in '{language}'; write one of {known}",
                kind=self.name,
                language=language,
                known=", ".join(self.titles),
            )
        return self.titles[language]


def _kind(
    type: type[Paper],
    code: str,
    id: str,
    en: str = "",
    meterai: Literal["always", "above", "never"] = "never",
) -> Kind:
    titles = {"id": id, "en": en} if en else {"id": id}
    return Kind(type.kind, code, type, titles, meterai, message=type.kind.endswith("_message"))


# Agreements and statements have no English version: they are made in Indonesian (UU 24/2009
# art. 31), and a translation beside them is the lender's own.
KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        _kind(Reminder, "PGT", "Pengingat Jatuh Tempo Angsuran", "Payment Reminder"),
        _kind(Overdue, "PTA", "Pemberitahuan Keterlambatan Pembayaran", "Notice of Overdue Payment"),
        _kind(FirstWarning, "SP1", "Surat Peringatan Pertama (SP1)", "First Warning Letter (SP1)"),
        _kind(SecondWarning, "SP2", "Surat Peringatan Kedua (SP2)", "Second Warning Letter (SP2)"),
        _kind(ThirdWarning, "SP3", "Surat Peringatan Ketiga (SP3)", "Third Warning Letter (SP3)"),
        _kind(Somasi, "SOM", "Somasi"),
        _kind(Statement, "RK", "Rekening Koran", "Statement of Account"),
        _kind(Receipt, "KW", "Kuitansi", "Receipt", meterai="above"),
        _kind(Arrangement, "KPB", "Kesepakatan Pembayaran Bertahap", meterai="always"),
        _kind(Promise, "SPN", "Surat Pernyataan", meterai="always"),
        _kind(RestructureOffer, "PR", "Penawaran Restrukturisasi"),
        _kind(Addendum, "ADD", "Addendum Perjanjian", meterai="always"),
        _kind(Settlement, "PKP", "Penawaran Keringanan Pelunasan", "Settlement Offer"),
        _kind(Payoff, "RP", "Rincian Pelunasan Dipercepat", "Payoff Quote"),
        _kind(PaidOff, "SKL", "Surat Keterangan Lunas", "Paid-off Letter", meterai="always"),
        _kind(DisputeReply, "JK", "Jawaban atas Keberatan", "Reply to Your Dispute"),
        _kind(DeliverySlip, "TT", "Tanda Terima Surat"),
        _kind(DeliveryList, "DP", "Daftar Pengantaran Surat"),
        _kind(ReminderMessage, "PGT", "Pengingat jatuh tempo angsuran", "Payment reminder"),
        _kind(OverdueMessage, "PTA", "Pemberitahuan keterlambatan pembayaran", "Overdue payment"),
        _kind(PromiseMessage, "SPN", "Konfirmasi janji bayar", "Promise to pay confirmed"),
    )
}


def kind_of(name: str) -> Kind:
    """The kind of that name.

    Raises:
        InputError: If there is none; the message lists those there are.
    """
    if name not in KINDS:
        raise InputError(
            "letter.kind",
            "letter '{name}' is unknown; write one of {known}",
            name=name,
            known=", ".join(KINDS),
        )
    return KINDS[name]


def needs_meterai(kind: str, amount: Decimal = Decimal(0)) -> bool:
    """Whether a paper of this kind bears a meterai (UU 10/2020 art. 3).

    Agreements, addenda, statements and keterangan lunas always; receipts only above
    Rp5.000.000; warnings, reminders, offers and statements of account never.
    """
    rule = kind_of(kind).meterai
    return rule == "always" or (rule == "above" and amount > METERAI_ABOVE)


def letter_number(sequence: int, kind: str, unit: str, dated: date) -> str:
    """A letter's number as it is written.

    >>> letter_number(123, "sp1", "COLL-JKT", date(2026, 11, 22))
    '0123/SP1/COLL-JKT/XI/2026'
    """
    parts = (f"{sequence:04d}", kind_of(kind).code, unit, bulan_romawi(dated), str(dated.year))
    return "/".join(part for part in parts if part)


def requirements(type: type[Paper]) -> tuple[str, ...]:
    """The fields, as dotted paths, that a paper of this type must hold and not leave empty."""
    paths: dict[str, None] = {}
    for base in reversed(type.__mro__):
        paths.update(dict.fromkeys(vars(base).get("requires", ())))
    if type.kind.endswith("_message"):  # a message goes to a phone or mailbox, not to an address
        for path in ("number", "debtor.address", "signatory", "lender.city"):
            paths.pop(path, None)
    if issubclass(type, DeliverySlip):  # the debtor's side signs it
        paths.pop("signatory", None)
    return tuple(paths)


def typed_fields(type: type[Paper]) -> tuple[str, ...]:
    """The fields without a default, which must be given."""
    return tuple(attribute.name for attribute in fields(type) if attribute.default is NOTHING)


def compose(kind: str, **values: Any) -> Paper:
    """A paper of ``kind`` from its fields.

    Raises:
        InputError: If a field is missing or empty (the message names all of them), is not one
            of this kind's, or contradicts another.
    """
    found = kind_of(kind)
    names = {attribute.name for attribute in fields(found.type)}
    if "number" in names and found.message:
        values.setdefault("number", "")
    unknown = sorted(set(values) - names)
    if unknown:
        raise InputError(
            "letter.unknown", "{kind} has no field {fields}", kind=kind, fields=", ".join(unknown)
        )
    missing = [name for name in typed_fields(found.type) if values.get(name) is None]
    if missing:
        contract = values.get("contract")
        whose = contract.id if contract else "?"
        raise _lacks(kind, f"contract {whose}" if contract else "paper", whose, missing)
    return found.type(**values)


def _absent(paper: Paper, path: str) -> bool:
    value: Any = paper
    for name in path.split("."):
        value = getattr(value, name, None)
        if value is None:
            return True
    if isinstance(value, Address):
        return not value.complete
    return value in ("", (), 0) or (isinstance(value, str) and not value.strip())


def _lacks(kind: str, about: str, whose: str, missing: list[str]) -> InputError:
    return InputError(
        "letter.missing",
        "{kind} for {about} lacks {missing}",
        kind=kind,
        about=about,
        whose=whose,
        missing=", ".join(missing),
    )


def _figures_match(letter: Letter, figures: Figures) -> Iterator[str]:
    if figures.contract_id != letter.contract.id:
        yield f"the figures are those of contract {figures.contract_id}"
    if figures.as_of > letter.dated:
        yield f"the figures are of {figures.as_of}, after the letter's date {letter.dated}"
