"""Which of these offers, for the debtor and for the lender; and what if the debtor just pays late?

Every offer is measured by the same rulers on the same day: what it asks for a month, when it
ends, all that is paid, what of that is beyond the instalments, what it is worth to the lender, the
class it leads to, and whether it is within the limits. Paying late is one of the offers, and the
only one whose cost grows with the day: for each of the others there is a last day on which
paying late is still no dearer.

>>> from tagih.contracts import Contract, Instalment
>>> from tagih.ledger import replay
>>> from tagih.offers.moved import arrears_to_end
>>> from tagih.policies import Policy
>>> rows = [Instalment(n, date(2026, n, 15), Decimal(900), Decimal(100)) for n in (1, 2, 3)]
>>> position = replay(Contract("MF-1", rows), [], Policy(), date(2026, 1, 20))
>>> table = compare(position, {"late": pay_late(position, date(2026, 2, 1)),
...                            "end": arrears_to_end(position)}, by="monthly")
>>> [(side.name, str(side.monthly), str(side.ends_on)) for side in table.sides]
[('end', '1000.00', '2026-04-15'), ('late', '2000.00', '2026-03-15')]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from attrs import frozen

from tagih import words
from tagih.contracts import Instalment
from tagih.dates import add_months
from tagih.errors import InputError, PolicyError
from tagih.ledger import Position, replay
from tagih.offers.cost import BEFORE_END, cost_of, effects_before_end
from tagih.offers.limits import class_code
from tagih.offers.proposal import (
    DatedAmount,
    Effect,
    Move,
    Proposal,
    as_payments,
    claim,
    claim_due,
    claim_parts,
    claim_rows,
    claim_to_come,
    falling_due,
    fingerprint,
    parts_of,
)
from tagih.offers.value import By, worth

Criterion = Literal["total", "monthly", "value", "ends_on", "up_front"]
CRITERIA: Final = {
    "total": "the debtor pays least in all",
    "monthly": "the debtor pays least in a month",
    "value": "worth most to the lender",
    "ends_on": "ends first",
    "up_front": "the debtor pays least today",
}
"""What offers are ranked by, best first."""

MOST_DAYS: Final = 3660
ENDS: Final = ("settlement", "payoff")
"""Offers that end the debt with their last payment, and its class with it."""


@frozen
class Side:
    """One offer as the comparison sees it.

    ``total`` is all that is paid from today on; ``beyond`` what of it is more than the instalments
    that remain (principal, interest and fees as they were). ``class_after`` is the class that a
    new plan gives, or that is reached before the last payment of what lets the age run; empty
    where the debt ends today. ``value`` is the present value to
    the lender at the original effective rate, ``gain`` that less what the debt is carried at (None
    without a rate). ``cheaper_until`` is the last day on which paying everything late is no
    dearer than this offer: None where it never is, or paying late was not compared.
    """

    name: str
    kind: str
    up_front: Decimal
    monthly: Decimal
    ends_on: date
    total: Decimal
    extra: Decimal
    beyond: Decimal
    value: Decimal | None
    gain: Decimal | None
    class_before: str
    class_after: str
    within: bool
    approver: str
    cheaper_until: date | None = None


@frozen
class Difference:
    """``one`` less ``other``: what the first costs more a month, in all, and is worth more."""

    one: str
    other: str
    monthly: Decimal
    total: Decimal
    value: Decimal | None
    days: int


@frozen
class Comparison:
    """Offers side by side, best first by ``criterion``; paying late is marked by its kind."""

    contract: str
    as_of: date
    currency: str
    criterion: Criterion
    sides: tuple[Side, ...]
    horizon: date | None = None

    def side(self, name: str) -> Side:
        """One offer by its name.

        Raises:
            InputError: If there is none of that name.
        """
        for side in self.sides:
            if side.name == name:
                return side
        raise InputError(
            "compare.name",
            "there is no offer '{name}' here; write one of {known}",
            name=name,
            known=", ".join(side.name for side in self.sides),
        )

    def difference(self, one: str, other: str) -> Difference:
        """What ``one`` costs and is worth more than ``other``; the other way round all signs turn."""
        a, b = self.side(one), self.side(other)
        value = a.value - b.value if a.value is not None and b.value is not None else None
        return Difference(
            one, other, a.monthly - b.monthly, a.total - b.total, value, (a.ends_on - b.ends_on).days
        )


def pay_late(position: Position, on: date, *, meanwhile: Literal["pays", "waits"] = "pays") -> Proposal:
    """No offer at all: what is in arrears is paid on ``on``, with the late charges run up by then.

    Until then the debtor ``pays`` each instalment on its day (which settles the oldest debt first, as
    the policy says) or ``waits``. What falls due later is paid on its day.

    Raises:
        InputError: If the day is before today.
    """
    if on < position.as_of:
        raise InputError(
            "compare.past",
            "the day {on} is before {as_of}",
            on=on.isoformat(),
            as_of=position.as_of.isoformat(),
        )
    then, before = _then(position, on, meanwhile)
    due = claim_due(then).total - then.unapplied
    pays = list(before)
    if due > 0:
        pays.append(DatedAmount(on, due, "arrears"))
    credit = max(-due, Decimal(0))
    for row in _coming(position, then):
        if row.due_on > on:
            used = min(credit, row.total)
            credit -= used
            if row.total > used:
                pays.append(DatedAmount(row.due_on, row.total - used, "instalment"))
    moves = tuple(Move(part, amount, "stays") for part, amount in claim(position).parts if amount)
    effects = (Effect("paid_late_on", None, on), *effects_before_end(position, then))
    return Proposal(
        kind="pay_late",
        contract=position.contract.id,
        as_of=position.as_of,
        fingerprint=fingerprint(position),
        currency=position.currency,
        pays=tuple(pays),
        old=claim_rows(position),
        new=claim_rows(position),
        moves=moves,
        cost=cost_of(position, pays),
        worth=worth(position, pays),
        effects=effects,
    )


def compare(
    position: Position,
    offers: Mapping[str, Proposal] | Iterable[Proposal],
    *,
    by: Criterion = "total",
    time: By = "days",
) -> Comparison:
    """Offers made from one position, side by side; equal ones stand by name.

    Without names they go by their kind. Where one of them is `pay_late`, every other offer says
    until when paying late is no dearer.

    Raises:
        InputError: If an offer was made from another position, or the criterion is unknown.
    """
    if by not in CRITERIA:
        raise InputError(
            "compare.by",
            "criterion '{by}' is unknown; write one of {known}",
            by=by,
            known=", ".join(CRITERIA),
        )
    named = _named(offers)
    made_from = fingerprint(position)
    for name, offer in named.items():
        if offer.fingerprint != made_from:
            raise InputError(
                "compare.position",
                "offer '{name}' was made from another position of contract {contract}, on {as_of}",
                name=name,
                contract=offer.contract,
                as_of=offer.as_of.isoformat(),
            )
    late = [offer for offer in named.values() if offer.kind == "pay_late"]
    clock = Late(position) if late else None
    near = max(((paid.on - position.as_of).days for offer in late for paid in offer.pays
                if paid.purpose == "arrears"), default=0)  # fmt: skip
    sides = [_side(position, name, offer, clock, near, time) for name, offer in named.items()]
    sides.sort(key=lambda side: (_rank(side, by), side.total, side.monthly, side.ends_on, side.name))
    return Comparison(
        position.contract.id,
        position.as_of,
        position.currency,
        by,
        tuple(sides),
        clock.horizon if clock else None,
    )


def _coming(position: Position, then: Position) -> Iterable[Instalment]:
    """The rows to come on a later day: today's, unless money in advance or charges have changed them."""
    rows = [row for row in falling_due(position, claim_parts) if row.due_on > then.as_of]
    same = sum((row.total for row in rows), Decimal(0)) == claim_to_come(then).total
    return rows if same else falling_due(then, claim_parts)


def _named(offers: Mapping[str, Proposal] | Iterable[Proposal]) -> dict[str, Proposal]:
    if isinstance(offers, Mapping):
        return dict(offers)
    named: dict[str, Proposal] = {}
    for offer in offers:
        name, number = offer.kind, 2
        while name in named:
            name, number = f"{offer.kind} {number}", number + 1
        named[name] = offer
    return named


def _side(position: Position, name: str, offer: Proposal, late: Late | None, near: int, time: By) -> Side:
    total = sum((paid.amount for paid in offer.pays), Decimal(0))
    value = offer.worth
    if value is None or (value.basis, value.by) != ("carrying", time) or offer.kind == "restructure":
        value = worth(position, offer.pays, time)  # a restructure may have been given a rate of its own
    classes = [effect for effect in offer.effects if effect.name in ("class", "class" + BEFORE_END)]
    now = _class(position)
    ended = offer.kind in ENDS and offer.ends_on <= position.as_of
    beyond = offer.beyond
    return Side(
        name=name,
        kind=offer.kind,
        up_front=offer.up_front,
        monthly=offer.monthly,
        ends_on=offer.ends_on,
        total=total,
        extra=offer.cost.extra,
        beyond=total - offer.cost.old,
        value=value.after if value else None,
        gain=-value.loss if value else None,
        class_before=str(classes[0].before) if classes else now,
        class_after=str(classes[0].after) if classes else "" if ended else now,
        within=not beyond,
        approver=_approver(offer),
        cheaper_until=late.until(total, near) if late and offer.kind != "pay_late" else None,
    )


def _approver(offer: Proposal) -> str:
    """Who may approve all that goes beyond; empty where nothing does, or nobody may."""
    found = [check.approver for check in offer.beyond]
    return found[-1] if found and all(found) else ""


def _rank(side: Side, by: Criterion) -> tuple[int, Decimal | int]:
    if by == "value":
        return (0, -side.value) if side.value is not None else (1, 0)
    if by == "ends_on":
        return (0, side.ends_on.toordinal())
    found: Decimal = getattr(side, by)
    return (0, found)


# --- paying late ------------------------------------------------------------------------------


class Late:
    """What paying everything late costs in all, by the day on which it is done."""

    def __init__(self, position: Position, meanwhile: Literal["pays", "waits"] = "pays") -> None:
        self.position, self.meanwhile = position, meanwhile
        last = max(position.matures_on or position.as_of, position.as_of)
        self.horizon = min(add_months(last, 12), position.as_of + timedelta(days=MOST_DAYS))
        self._known = {0: claim(position).total - position.unapplied}

    def total(self, days: int) -> Decimal:
        """All that is paid from today on if the arrears are paid ``days`` from today."""
        if days not in self._known:
            day = self.position.as_of + timedelta(days=days)
            then, paid = _then(self.position, day, self.meanwhile)
            before = sum((one.amount for one in paid), Decimal(0))
            self._known[days] = before + claim(then).total - then.unapplied
        return self._known[days]

    def until(self, total: Decimal, near: int = 30) -> date | None:
        """The last day on which paying late costs no more than ``total``; at most the horizon.

        Late charges never fall and run almost straight, so a straight line through today and
        ``near`` days from now mostly finds the day, and the day after it proves it; otherwise
        what is between is narrowed by straight lines and by halves.
        """
        low, high = 0, (self.horizon - self.position.as_of).days
        if self.total(low) > total:
            return None
        rise = self.total(near) - self.total(low) if 0 < near < high else Decimal(0)
        guess = int((total - self.total(low)) / rise * near) if rise else high
        for days in (min(guess, high), min(guess + 1, high)):
            if low < days < high:
                low, high = (days, high) if self.total(days) <= total else (low, days)
        if self.total(high) <= total:  # only the horizon itself can be
            return self.horizon
        tries = 0
        while high - low > 1:
            middle = (low + high) // 2
            if tries < 3 or tries % 2:
                rise = self.total(high) - self.total(low)
                middle = low + int((total - self.total(low)) / rise * (high - low))
                middle = min(max(middle, low + 1), high - 1)
            tries += 1
            if self.total(middle) <= total:
                low = middle
            else:
                high = middle
        return self.position.as_of + timedelta(days=low)


@lru_cache(maxsize=64)
def _then(
    position: Position, on: date, meanwhile: Literal["pays", "waits"]
) -> tuple[Position, tuple[DatedAmount, ...]]:
    """The position on ``on`` before what is paid that day, and what was paid until then."""
    paid = []
    if meanwhile == "pays":
        credit = position.unapplied
        for row in claim_rows(position):
            if position.as_of <= row.due_on < on:
                amount = sum((a for p, a in parts_of(row) if p.kind != "late_charge"), Decimal(0))
                used = min(credit, amount)
                credit -= used
                if amount > used:
                    paid.append(DatedAmount(row.due_on, amount - used, "instalment"))
    known = [event for event in position.events if event.effective_on <= position.as_of]
    events = (*known, *as_payments(paid, "late"))
    return replay(position.contract, events, position.policy, on), tuple(paid)


def _class(position: Position) -> str:
    try:
        return class_code(position)
    except PolicyError:
        return ""


# --- in words ---------------------------------------------------------------------------------

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "total": "debitur membayar paling sedikit seluruhnya",
        "monthly": "debitur membayar paling sedikit sebulan",
        "value": "nilai bagi kreditur paling besar",
        "ends_on": "selesai paling cepat",
        "up_front": "debitur membayar paling sedikit hari ini",
        "option": "pilihan {numbers}",
        "options": "pilihan {numbers}",
        "and": " dan ",
        "first": "{one} yang pertama menurut ukuran: {criterion}.",
        "cheaper": "{one} lebih murah {amount} bagi debitur daripada {other} seluruhnya, dan {monthly}.",
        "same": "{one} dan {other} sama mahalnya bagi debitur seluruhnya; yang pertama {monthly}.",
        "month_less": "{amount} lebih ringan sebulan",
        "month_more": "{amount} lebih berat sebulan",
        "month_same": "sama berat sebulan",
        "until": "Membayar terlambat tidak lebih mahal daripada {one} selama seluruh tunggakan dilunasi "
        "paling lambat {day}.",
        "never": "{one} lebih murah bagi debitur daripada membayar terlambat sejak hari pertama.",
        "always": "Membayar terlambat tidak lebih mahal bagi debitur daripada {one} sampai {day}, hari "
        "terakhir yang dihitung.",
        "worth": "Bagi kreditur {one} bernilai {amount} lebih besar daripada {other}.",
        "class": "Kelas menjadi {after} dari {before} dengan {one}.",
        "approver": "{one} di luar batas: perlu persetujuan {approver}.",
        "nobody": "{one} di luar batas, dan tidak seorang pun dapat menyetujuinya.",
    },
    "en": {
        "total": "the debtor pays least in all",
        "monthly": "the debtor pays least in a month",
        "value": "worth most to the lender",
        "ends_on": "ends first",
        "up_front": "the debtor pays least today",
        "option": "option {numbers}",
        "options": "options {numbers}",
        "and": " and ",
        "first": "{one} comes first: {criterion}.",
        "cheaper": "{one} is {amount} cheaper for the debtor than {other} in all, and {monthly}.",
        "same": "{one} and {other} cost the debtor the same in all; the first is {monthly}.",
        "month_less": "{amount} lighter a month",
        "month_more": "{amount} heavier a month",
        "month_same": "as heavy a month",
        "until": "Paying late is no dearer than {one} as long as all arrears are paid by {day}.",
        "never": "Cheaper for the debtor than paying late from the first day: {one}.",
        "always": "Paying late is no dearer for the debtor than {one} until {day}, the last day looked at.",
        "worth": "To the lender {one} is worth {amount} more than {other}.",
        "class": "The class becomes {after} from {before} under {one}.",
        "approver": "Beyond the limits, for {approver} to approve: {one}.",
        "nobody": "Beyond the limits, and nobody may approve: {one}.",
    },
}


def explain(found: Comparison, lang: str = "id") -> tuple[str, ...]:
    """The comparison in plain sentences; options go by their place in it, the first is 1."""
    texts, sides = TEXTS[lang], found.sides
    if not sides:
        return ()
    says = [_say(found, "first", [sides[0]], lang, criterion=texts[found.criterion])]
    says += [_cheaper(found, sides[0], other, lang) for other in sides[1:]]
    if found.horizon is not None:
        offers = [side for side in sides if side.kind != "pay_late"]
        for until in sorted({side.cheaper_until for side in offers}, key=_none_first):
            same = [side for side in offers if side.cheaper_until == until]
            key = "never" if until is None else "always" if until == found.horizon else "until"
            says.append(_say(found, key, same, lang, day=_day(until, lang) if until else ""))
    valued = sorted((side for side in sides if side.value is not None), key=lambda side: -(side.value or 0))
    if len(valued) > 1 and valued[0].value != valued[-1].value:
        more = (valued[0].value or Decimal(0)) - (valued[-1].value or Decimal(0))
        other = _options(found, valued[-1:], lang)
        says.append(_say(found, "worth", valued[:1], lang, other=other, amount=_money(more, lang)))
    changed = [side for side in sides if side.class_before != side.class_after != ""]
    for pair in sorted({(side.class_before, side.class_after) for side in changed}):
        same = [side for side in changed if (side.class_before, side.class_after) == pair]
        says.append(_say(found, "class", same, lang, before=pair[0], after=pair[1]))
    outside = [side for side in sides if not side.within]
    for approver in sorted({side.approver for side in outside}):
        same = [side for side in outside if side.approver == approver]
        says.append(_say(found, "approver" if approver else "nobody", same, lang, approver=approver))
    return tuple(says)


def _say(found: Comparison, key: str, sides: Sequence[Side], lang: str, **more: str) -> str:
    text = TEXTS[lang][key].format(one=_options(found, sides, lang), **more)
    return text[0].upper() + text[1:]


def _options(found: Comparison, sides: Sequence[Side], lang: str) -> str:
    """``pilihan 1``, ``pilihan 2, 3 dan 4``."""
    numbers = [str(found.sides.index(side) + 1) for side in sides]
    last = numbers.pop()
    joined = TEXTS[lang]["and"].join([", ".join(numbers), last]) if numbers else last
    return TEXTS[lang]["options" if numbers else "option"].format(numbers=joined)


def _cheaper(found: Comparison, first: Side, second: Side, lang: str) -> str:
    one, other = (second, first) if second.total < first.total else (first, second)
    gap = found.difference(one.name, other.name)
    key = "month_same" if not gap.monthly else "month_less" if gap.monthly < 0 else "month_more"
    monthly = TEXTS[lang][key].format(amount=_money(abs(gap.monthly), lang))
    return _say(
        found,
        "cheaper" if gap.total else "same",
        [one],
        lang,
        other=_options(found, [other], lang),
        amount=_money(-gap.total, lang),
        monthly=monthly,
    )


def _none_first(day: date | None) -> date:
    return day or date.min


def _day(day: date, lang: str) -> str:
    return words.tanggal(day) if lang == "id" else words.english_date(day)


def _money(amount: Decimal, lang: str) -> str:
    whole = amount.quantize(Decimal(1))
    return words.rupiah_short(whole) if lang == "id" else f"{whole:,}"
