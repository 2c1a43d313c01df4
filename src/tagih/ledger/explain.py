"""Why this amount: lines that a person can redo with a calculator.

The text ends in the figures that every other command shows. Late charges are written as the
product that made them; every other movement names its event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from tagih.contracts import Component
from tagih.words import angka, english_date, persen, rupiah_short, tanggal

if TYPE_CHECKING:
    from tagih.ledger.position import Balance, InstalmentPosition, Line, Position

TEXTS: Final = {
    "id": {
        "title": "Posisi {id} per {as_of}",
        "title_one": "{component} {id} per {as_of}: {amount}",
        "row": "angsuran {number}, jatuh tempo {due}",
        "contract_row": "biaya kontrak, jatuh tempo {due}",
        "run_up": "{start} – {on}  {days} hari × {rate} × {base} = {amount}",
        "rounded": "{start} – {on}  {days} hari × {rate} × {base} = {product}, dibulatkan {amount}",
        "flat": "{start} – {on}  {days} hari × {flat} = {amount}",
        "month": "{start} – {on}  {days} bulan × {flat} = {amount}",
        "fixed": "{on}  denda {amount}",
        "grace": "(masih dalam masa tenggang, tidak ditagih)",
        "capped": "{on}  dipotong batas denda ({rule}): {amount}",
        "settled": "{on}  {event} membayar {component} {amount}",
        "settled_later": "{on}  titipan {event} ({start}) membayar {component} {amount}",
        "charged": "{on}  {event} membebankan {component} {amount}",
        "waived": "{on}  {event} menghapus {component} {amount}",
        "written_off": "{on}  {event} hapus buku {component} {amount}",
        "recovered": "{on}  {event} pemulihan {component} {amount}",
        "restructured": "{on}  {event} restrukturisasi memindahkan {component} {amount}",
        "planned": "{on}  {event} restrukturisasi menjadwalkan {component} {amount}",
        "refunded": "{on}  titipan {event} dikembalikan {amount}",
        "charged_back": "{on}  pembayaran {event} ditarik kembali {component} {amount}",
        "charged_back_held": "{on}  titipan {event} ditarik kembali {amount}",
        "unrecovered": "{on}  pemulihan {event} ditarik kembali {component} {amount}",
        "forgiven": "{on}  {event} hapus tagih {component} {amount}",
        "sum": "tagihan {due} · dibayar {paid} · dihapus {waived} · direstrukturisasi {restructured} · "
        "hapus buku {written_off} · sisa {outstanding}",
        "total": "sisa utang {outstanding}: {parts}",
        "unapplied": "titipan {amount}",
        "days": "hari keterlambatan {days}: angsuran {number} jatuh tempo {due} kurang {short}",
        "current": "tidak ada tunggakan",
        "rule": "aturan denda: {text}",
    },
    "en": {
        "title": "Position of {id} as of {as_of}",
        "title_one": "{component} of {id} as of {as_of}: {amount}",
        "row": "instalment {number}, due {due}",
        "contract_row": "charge on the contract, due {due}",
        "run_up": "{start} – {on}  {days} days × {rate} × {base} = {amount}",
        "rounded": "{start} – {on}  {days} days × {rate} × {base} = {product}, rounded {amount}",
        "flat": "{start} – {on}  {days} days × {flat} = {amount}",
        "month": "{start} – {on}  {days} months × {flat} = {amount}",
        "fixed": "{on}  late charge {amount}",
        "grace": "(still within grace, not charged)",
        "capped": "{on}  cut by a cap ({rule}): {amount}",
        "settled": "{on}  {event} pays {component} {amount}",
        "settled_later": "{on}  unapplied credit of {event} ({start}) pays {component} {amount}",
        "charged": "{on}  {event} charges {component} {amount}",
        "waived": "{on}  {event} waives {component} {amount}",
        "written_off": "{on}  {event} writes off {component} {amount}",
        "recovered": "{on}  {event} recovers {component} {amount}",
        "restructured": "{on}  {event} moves {component} {amount} into the new plan",
        "planned": "{on}  {event} plans {component} {amount}",
        "refunded": "{on}  unapplied credit of {event} refunded {amount}",
        "charged_back": "{on}  payment {event} charged back {component} {amount}",
        "charged_back_held": "{on}  unapplied credit of {event} charged back {amount}",
        "unrecovered": "{on}  recovery {event} charged back {component} {amount}",
        "forgiven": "{on}  {event} forgives {component} {amount}",
        "sum": "due {due} · paid {paid} · waived {waived} · restructured {restructured} · "
        "written off {written_off} · outstanding {outstanding}",
        "total": "outstanding {outstanding}: {parts}",
        "unapplied": "unapplied credit {amount}",
        "days": "days past due {days}: instalment {number} due {due} is short by {short}",
        "current": "nothing is in arrears",
        "rule": "late charge rule: {text}",
    },
}

NAMES: Final = {
    "id": {"principal": "pokok", "interest": "bunga", "fee": "biaya", "late_charge": "denda"},
    "en": {"principal": "principal", "interest": "interest", "fee": "fee", "late_charge": "late charge"},
}

COUNTINGS: Final = {
    "id": {"due_day_free": "hari jatuh tempo tidak dihitung", "due_day_counted": "hari jatuh tempo dihitung"},
    "en": {
        "due_day_free": "the due date is free",
        "due_day_counted": "the due date is counted",
    },
}

BASES: Final = {
    "id": {
        "unpaid_instalment": "sisa angsuran",
        "unpaid_principal": "sisa pokok angsuran",
        "full_instalment": "angsuran penuh",
        "unpaid_instalment_and_late_charge": "sisa angsuran dan dendanya",
        "outstanding_principal": "sisa pokok utang",
        "agreed_amount": "nilai perjanjian",
    },
    "en": {
        "unpaid_instalment": "the unpaid part of the instalment",
        "unpaid_principal": "the unpaid principal of the instalment",
        "full_instalment": "the full instalment",
        "unpaid_instalment_and_late_charge": "the unpaid part of the instalment and its late charge",
        "outstanding_principal": "the outstanding principal",
        "agreed_amount": "the amount in the agreement",
    },
}


RULES: Final = {"id": {"contract": "kontrak"}, "en": {"contract": "the contract"}}


def day_text(day: date, lang: str) -> str:
    """A date as it is written in a sentence."""
    return tanggal(day) if lang == "id" else english_date(day)


def component_name(component: Component, lang: str) -> str:
    """The word for a component, with its own name where it has one."""
    word = NAMES[lang][component.kind]
    return f"{word} {component.name}" if component.name else word


def rate_text(rate: Fraction) -> str:
    """A daily rate as a percentage where that ends, else as the fraction it is."""
    percent = rate * 100
    size = percent.denominator
    while size % 2 == 0:
        size //= 2
    while size % 5 == 0:
        size //= 5
    if size == 1:
        return persen(Decimal(rate.numerator) / Decimal(rate.denominator))
    return f"{rate.numerator}/{rate.denominator}"


def explain(position: Position, *, lang: str = "id", component: Component | str | None = None) -> str:
    """The lines of a position as text, instalment by instalment, ending in its figures."""
    wanted = Component.parse(component) if isinstance(component, str) else component
    return "\n".join(_text(position, lang, wanted))


def _text(position: Position, lang: str, wanted: Component | None) -> Iterator[str]:
    texts = TEXTS[lang]
    name = position.contract.id
    as_of = day_text(position.as_of, lang)
    if wanted is None:
        yield texts["title"].format(id=name, as_of=as_of)
    else:
        amount = rupiah_short(position.outstanding.of(wanted))
        word = component_name(wanted, lang).capitalize()
        yield texts["title_one"].format(component=word, id=name, as_of=as_of, amount=amount)
    by_row: dict[int | None, list[Line]] = {}
    for line in position.lines:
        by_row.setdefault(line.instalment, []).append(line)
    for row in position.instalments:
        lines = [line for line in by_row.get(row.number, ()) if _concerns(line, row, wanted)]
        if not lines and (wanted or row.due_on > position.as_of):
            continue
        heading = "contract_row" if row.number is None else "row"
        yield "  " + texts[heading].format(number=row.number, due=day_text(row.due_on, lang))
        for line in lines:
            yield "    " + line_text(line, lang)
        if wanted is None:
            for part, balance in row.balances:
                yield "    " + component_name(part, lang) + ": " + _sum_text(balance, lang)
    for line in by_row.get(None, ()):
        if line.component is None and wanted is None:
            yield "  " + line_text(line, lang)
    yield from _figures(position, lang, wanted)


def _concerns(line: Line, row: InstalmentPosition, wanted: Component | None) -> bool:
    if line.component is None or (row.number is None and line.due_on != row.due_on):
        return False
    return wanted is None or (line.component.kind == wanted.kind and wanted.name in ("", line.component.name))


def line_text(line: Line, lang: str) -> str:
    """One line in words; late charges as the product that made them."""
    texts = TEXTS[lang]
    kind = line.kind
    product = Decimal(0)
    if kind == "run_up":
        exact = Fraction(line.base) * line.rate * line.days
        product = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.0001"))
        if line.per != "day" or not line.rate:
            kind = {"month": "month", "event": "fixed", "day": "flat"}[line.per]
        elif exact != Fraction(line.amount):
            kind = "rounded"
    elif kind == "charged_back" and line.component is None:
        kind = "charged_back_held"
    elif kind == "settled" and line.start != line.on:
        kind = "settled_later"
    text = texts[kind].format(
        start=day_text(line.start, lang),
        on=day_text(line.on, lang),
        days=line.days,
        rate=rate_text(line.rate),
        flat=rupiah_short(line.flat),
        base=rupiah_short(line.base),
        product="Rp" + angka(product, 4).rstrip("0").rstrip(","),
        rule=RULES[lang].get(line.rule, line.rule),
        amount=rupiah_short(line.amount),
        event=line.event,
        component=component_name(line.component, lang) if line.component else "",
    )
    return text if line.charged else f"{text} {texts['grace']}"


def _sum_text(balance: Balance, lang: str) -> str:
    fields = ("due", "paid", "waived", "restructured", "written_off", "outstanding")
    full = TEXTS[lang]["sum"].split(" · ")
    shown = [
        part.format(**{name: rupiah_short(getattr(balance, name))})
        for name, part in zip(fields, full, strict=True)
        if name in ("due", "outstanding") or getattr(balance, name)
    ]
    return " · ".join(shown)


def _figures(position: Position, lang: str, wanted: Component | None) -> Iterable[str]:
    texts = TEXTS[lang]
    if wanted is not None:
        total = _total(position, wanted)
        yield "  " + _sum_text(total, lang)
        if wanted.kind == "late_charge" and position.policy.late_charge:
            yield "  " + texts["rule"].format(text=late_charge_text(position, lang))
        return
    parts = ", ".join(
        f"{component_name(part, lang)} {rupiah_short(amount)}"
        for part, amount in position.outstanding.parts
        if amount
    )
    yield texts["total"].format(outstanding=rupiah_short(position.outstanding.total), parts=parts or "–")
    if position.unapplied:
        yield texts["unapplied"].format(amount=rupiah_short(position.unapplied))
    cause = position.cause
    if cause is None:
        yield texts["current"]
    else:
        yield texts["days"].format(
            days=position.days_past_due,
            number=cause.instalment,
            due=day_text(cause.due_on, lang),
            short=rupiah_short(cause.shortfall),
        )


def _total(position: Position, wanted: Component) -> Balance:
    from tagih.ledger.position import Balance

    sums = dict.fromkeys(("due", "paid", "waived", "restructured", "written_off", "outstanding"), Decimal(0))
    for row in position.instalments:
        for part, balance in row.balances:
            if part.kind == wanted.kind and wanted.name in ("", part.name):
                for name in sums:
                    sums[name] += getattr(balance, name)
    return Balance(**sums)


def late_charge_text(position: Position, lang: str) -> str:
    """The late charge rule in words: whose, how much, on what, counted how."""
    rule = position.policy.late_charge
    if rule is None:
        return ""
    whose = ("kontrak" if lang == "id" else "contract") if rule.about.id == "contract" else rule.about.id
    per = "per hari dari" if lang == "id" else "a day of"
    if rule.base and rule.rate:
        size = f"{rate_text(rule.rate)} {per} {BASES[lang][rule.base]}"
    elif rule.amount is not None:
        size = f"{rupiah_short(rule.amount)} / {rule.per}"
    else:
        size = "bertingkat" if lang == "id" else "stepped"
    grace = "tanpa masa tenggang" if lang == "id" else "no grace"
    if rule.grace != "none":
        grace = (
            f"masa tenggang {rule.grace_days} hari" if lang == "id" else f"{rule.grace_days} days of grace"
        )
        grace += f" ({rule.grace})"
    counting = COUNTINGS[lang][rule.counting or "due_day_free"]
    return f"{whose} ({size}; {counting}; {grace})"
