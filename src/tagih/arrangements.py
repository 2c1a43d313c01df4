"""What can be offered, what does it cost each side, and was it kept?

From a position a lender's people make offers: arrears in parts, a settlement for less, a payoff
quote, a prepayment of part, the sale of collateral, a new plan. Each is a `Proposal`, frozen: it
shows both plans, both sides' cost and the lender's limits, and changes nothing. Accepted, it
becomes events, and the ledger replays them to the plan that was shown. Kept or broken is asked of
the payments; a broken arrangement is undone, and age and terms are those of before.

>>> from tagih.contracts import Contract, Instalment
>>> from tagih.ledger import replay
>>> from tagih.policies import Policy
>>> rows = [Instalment(n, date(2026, n, 28), Decimal(900), Decimal(100)) for n in (1, 2, 3, 4)]
>>> position = replay(Contract("MF-1", rows), [], Policy(), date(2026, 3, 1))
>>> offer = plan(position, PlanTerms(months=2, unit=Decimal(100)))
>>> [(str(paid.on), str(paid.amount)) for paid in offer.pays if paid.purpose == "arrears"]
[('2026-03-28', '1000'), ('2026-04-28', '1000')]
>>> offer.cost.extra
Decimal('0.00')
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tagih.contracts import Component
from tagih.errors import InputError
from tagih.ledger.explain import component_name, day_text
from tagih.offers.compare import (
    CRITERIA,
    Comparison,
    Criterion,
    Difference,
    Side,
    compare,
    explain,
    pay_late,
)
from tagih.offers.cost import Household, WorthBy
from tagih.offers.kept import Arrangement, ArrangementState, state
from tagih.offers.limits import ANYBODY, Asking, Facts, checked, class_code
from tagih.offers.moved import ArrearsToEnd, arrears_to_end, reage, reamortise, reschedule
from tagih.offers.payoff import (
    PayoffDay,
    PayoffTerms,
    Penalty,
    Quote,
    asked,
    closing_events,
    payoff,
    payoff_proposal,
    quote,
)
from tagih.offers.plan import Given, PlanTerms, plan
from tagih.offers.prepay import PrepayTerms, prepayment
from tagih.offers.proposal import (
    Caution,
    Check,
    Cost,
    DatedAmount,
    Effect,
    Move,
    Proposal,
    Worth,
    fingerprint,
    parts_of,
    plan_in_force,
)
from tagih.offers.reage import ReAge, Reschedule, reaged, reamortised, rescheduled
from tagih.offers.restructure import (
    TREATMENTS,
    Debts,
    NewPlan,
    RestructureTerms,
    Running,
    is_sharia,
    restructure,
    running_interest,
)
from tagih.offers.sale import SaleOutcome, SaleTerms, break_even, sale, sale_outcome
from tagih.offers.settlement import BASES, SettlementTerms, base_amount, settlement, to_settle
from tagih.offers.suggest import Means, Search, Suggestions, contract_rate, suggest
from tagih.offers.value import original_rate, present_value, worth

__all__ = [
    "ANYBODY",
    "BASES",
    "CRITERIA",
    "TREATMENTS",
    "Arrangement",
    "ArrangementState",
    "ArrearsToEnd",
    "Asking",
    "Caution",
    "Check",
    "Comparison",
    "Cost",
    "Criterion",
    "DatedAmount",
    "Debts",
    "Difference",
    "Effect",
    "Facts",
    "Given",
    "Household",
    "Means",
    "Move",
    "NewPlan",
    "PayoffDay",
    "PayoffTerms",
    "Penalty",
    "PlanTerms",
    "PrepayTerms",
    "Proposal",
    "Quote",
    "ReAge",
    "Reschedule",
    "RestructureTerms",
    "Running",
    "SaleOutcome",
    "SaleTerms",
    "Search",
    "SettlementTerms",
    "Side",
    "Suggestions",
    "Worth",
    "WorthBy",
    "arrears_to_end",
    "asked",
    "base_amount",
    "break_even",
    "caution_text",
    "check_text",
    "checked",
    "class_code",
    "closing_events",
    "compare",
    "contract_rate",
    "explain",
    "fingerprint",
    "is_sharia",
    "original_rate",
    "pay_late",
    "payoff",
    "payoff_proposal",
    "plan",
    "plan_in_force",
    "prepayment",
    "present_value",
    "quote",
    "quote_from_dict",
    "quote_to_dict",
    "reage",
    "reaged",
    "reamortise",
    "reamortised",
    "reschedule",
    "rescheduled",
    "restructure",
    "running_interest",
    "sale",
    "sale_outcome",
    "settlement",
    "state",
    "suggest",
    "to_dict",
    "to_settle",
    "word",
    "worth",
]

SCHEMA: Final = 1

WORDS: Final[dict[str, dict[str, str]]] = {
    "id": {
        "plan": "cicilan tunggakan",
        "settlement": "pelunasan dengan keringanan",
        "payoff": "pelunasan dipercepat",
        "prepayment": "pelunasan sebagian",
        "sale": "penjualan agunan",
        "restructure": "restrukturisasi",
        "reage": "penjadwalan ulang pokok",
        "reamortise": "pokok tertunggak dibagi ke sisa angsuran",
        "reschedule": "penjadwalan kembali",
        "arrears_to_end": "tunggakan ke akhir",
        "pay_late": "bayar terlambat",
        "paid_late_on": "tunggakan dilunasi pada",
        "ends_on": "jatuh tempo terakhir",
        "effect:principal": "sisa pokok",
        "days_past_due": "hari keterlambatan",
        "class": "kelas",
        "provision": "cadangan (penyisihan)",
        "days_past_due_before_end": "hari keterlambatan sebelum pembayaran terakhir",
        "class_before_end": "kelas sebelum pembayaran terakhir",
        "provision_before_end": "cadangan (penyisihan) sebelum pembayaran terakhir",
        "debt_service_ratio": "angsuran terhadap penghasilan",
        "instalment_to_income": "angsuran terhadap penghasilan",
        "cap_daily_rate": "manfaat ekonomi per hari",
        "cap_total": "seluruh beban di luar pokok",
        "up_front": "dibayar di muka",
        "arrears": "cicilan tunggakan",
        "instalment": "angsuran",
        "fee": "biaya",
        "stays": "tetap di angsurannya",
        "to:plan": "dicicil",
        "new": "masuk jadwal baru",
        "capitalised": "menjadi pokok",
        "deferred": "ditangguhkan",
        "collected": "dibayar",
        "waived": "dihapus",
        "saved": "tidak jadi ditagih",
        "deficiency": "masih terutang",
        "monthly": "bayar per bulan",
        "plan_ends_on": "cicilan tunggakan selesai",
        "effect:instalment": "angsuran",
        "instalments": "sisa angsuran (kali)",
        "last_due_on": "jatuh tempo terakhir",
        "interest_saved": "bunga yang dihemat",
        "costs": "biaya penjualan",
        "claim": "utang sebelum penjualan",
        "surplus": "kelebihan, kembali ke debitur",
        "break_even": "harga impas",
        "minimum_instalment": "pembayaran terkecil",
        "longest_months": "jangka waktu (bulan)",
        "least_down_share": "uang muka",
        "most_payments": "jumlah pembayaran",
        "longest_days": "rentang pembayaran (hari)",
        "cooling_days": "jarak dari penawaran terakhir (hari)",
        "waive_principal": "keringanan pokok",
        "waive_interest": "keringanan bunga",
        "waive_fee": "keringanan biaya",
        "waive_late_charge": "keringanan denda",
        "waive_total": "keringanan seluruhnya",
        "kept": "ditepati",
        "partial": "sebagian",
        "broken": "diingkari",
        "pending": "belum jatuh tempo",
        "running": "berjalan",
        "undone": "dibatalkan",
        "principal": "pokok",
        "interest": "bunga yang sudah jatuh tempo",
        "payoff:running": "bunga berjalan",
        "late_charge": "denda",
        "penalty": "penalti pelunasan",
        "unapplied": "titipan",
    },
    "en": {
        "plan": "arrears plan",
        "settlement": "settlement",
        "payoff": "payoff",
        "prepayment": "prepayment of part",
        "sale": "sale of collateral",
        "restructure": "restructure",
        "reage": "re-aged principal",
        "reamortise": "overdue principal spread over the rows to come",
        "reschedule": "reschedule",
        "arrears_to_end": "arrears to the end",
        "pay_late": "paying late",
        "paid_late_on": "arrears paid on",
        "ends_on": "last due date",
        "effect:principal": "principal balance",
        "days_past_due": "days past due",
        "class": "class",
        "provision": "provision",
        "days_past_due_before_end": "days past due before the last payment",
        "class_before_end": "class before the last payment",
        "provision_before_end": "provision before the last payment",
        "debt_service_ratio": "instalments to income",
        "instalment_to_income": "instalments to income",
        "cap_daily_rate": "price of a day",
        "cap_total": "everything beyond principal",
        "up_front": "paid up front",
        "arrears": "arrears plan",
        "instalment": "instalment",
        "fee": "fee",
        "stays": "stays on its instalment",
        "to:plan": "paid in parts",
        "new": "into the new rows",
        "capitalised": "becomes principal",
        "deferred": "deferred",
        "collected": "paid",
        "waived": "waived",
        "saved": "not charged any more",
        "deficiency": "still owed",
        "monthly": "paid a month",
        "plan_ends_on": "plan ends",
        "effect:instalment": "instalment",
        "instalments": "instalments left",
        "last_due_on": "last due date",
        "interest_saved": "interest saved",
        "costs": "costs of the sale",
        "claim": "debt before the sale",
        "surplus": "surplus, back to the debtor",
        "break_even": "break-even price",
        "minimum_instalment": "smallest payment",
        "longest_months": "length in months",
        "least_down_share": "down payment",
        "most_payments": "number of payments",
        "longest_days": "days to the last payment",
        "cooling_days": "days since the last offer",
        "waive_principal": "principal waived",
        "waive_interest": "interest waived",
        "waive_fee": "fees waived",
        "waive_late_charge": "late charges waived",
        "waive_total": "waived of everything",
        "kept": "kept",
        "partial": "partial",
        "broken": "broken",
        "pending": "pending",
        "running": "running",
        "undone": "undone",
        "principal": "principal",
        "interest": "interest fallen due",
        "payoff:running": "running interest",
        "late_charge": "late charges",
        "penalty": "penalty for settling early",
        "unapplied": "unapplied credit",
    },
}
"""What the names of an offer's parts are called in the two languages."""

CAUTIONS_ID: Final = {
    "restructure.interest_on_interest": "{amount} bunga yang terutang kurang dari setahun menjadi pokok dan "
    "berbunga lagi; bunga yang dapat ditagih hanya boleh berbunga dengan perjanjian khusus, dan hanya bila "
    "terutang untuk satu tahun penuh",
    "restructure.running_beyond": "{amount} bunga berjalan melebihi bunga jadwal lama; ditagih hari ini",
    "settlement.written_off": "utang ini sudah dihapus buku: uang yang masuk adalah pemulihan, umur dan "
    "kelasnya tetap, dan {amount} dihapus tagih pada {until} bila sisanya sudah dibayar",
    "plan.credit": "titipan {amount} mengurangi tunggakan: cicilan ini untuk sisanya",
    "plan.late_charges_run": "denda tetap berjalan selama cicilan: {amount} lagi sampai hari terakhirnya",
    "sale.explain": "penjualan dan hasilnya (semua biaya, kurang atau lebihnya) harus dijelaskan "
    "kepada debitur",
    "sale.surplus": "kelebihan {amount} dikembalikan kepada debitur",
    "sale.deficiency": "debitur masih berutang {amount}",
}
"""Cautions in Indonesian by code; one without is shown in English rather than not at all."""

SHARES: Final = ("least_down_share", "cap_daily_rate", "instalment_to_income")


def word(name: str, lang: str, scope: str = "") -> str:
    """The word for a part of an offer; in a scope (``to``, ``effect``, ``payoff``) its own where it has one.

    >>> word("plan", "id"), word("plan", "id", "to"), word("fee:admin", "en")
    ('cicilan tunggakan', 'dicicil', 'fee admin')
    """
    words = WORDS[lang]
    found = words.get(f"{scope}:{name}") or words.get(name)
    if found is not None:
        return found
    kind = name.partition(":")[0]
    if kind in ("principal", "interest", "fee", "late_charge"):
        return component_name(Component.parse(name), lang)
    return name.replace("_", " ")


def caution_text(caution: Caution, lang: str) -> str:
    """A caution with its source in brackets."""
    text = caution.text
    if lang == "id" and caution.code in CAUTIONS_ID:
        text = CAUTIONS_ID[caution.code].format(
            **{name: _said(name, value, lang) for name, value in caution.fields}
        )
    return f"{text} ({caution.source})" if caution.source else text


def _said(name: str, value: str, lang: str) -> str:
    """A caution's field as people read it: amounts with local digits, days in words."""
    if name == "amount":
        return words_amount(Decimal(value), lang)
    return day_text(date.fromisoformat(value), lang) if name in ("until", "on") else value


def check_text(check: Check, lang: str) -> str:
    """A limit in words: what was found, what is allowed, and who may approve it.

    >>> check_text(Check("longest_months", Decimal(9), Decimal(6), False, "petugas", "kepala cabang"), "id")
    'jangka waktu (bulan) 9, batas petugas 6: perlu persetujuan kepala cabang'
    """

    def shown(value: Decimal) -> str:
        if check.limit in SHARES or check.limit.startswith("waive_"):
            return words_percent(value, lang)
        return words_amount(value, lang)

    name = word(check.limit, lang)
    if lang == "id":
        verdict = "dalam batas"
        if not check.within:
            verdict = (
                f"perlu persetujuan {check.approver}"
                if check.approver
                else "tidak seorang pun dapat menyetujui"
            )
        return f"{name} {shown(check.found)}, batas {check.by} {shown(check.allowed)}: {verdict}"
    verdict = "within"
    if not check.within:
        verdict = f"needs approval of {check.approver}" if check.approver else "nobody may approve it"
    return f"{name} {shown(check.found)}, limit of {check.by} {shown(check.allowed)}: {verdict}"


def words_amount(value: Decimal, lang: str) -> str:
    """A number with local digits."""
    from tagih.words import angka

    text = angka(value, 0 if value == value.to_integral_value() else 2)
    return text if lang == "id" else text.translate(str.maketrans(".,", ",."))


def words_percent(value: Decimal, lang: str) -> str:
    """A share of 1 in per cent."""
    text = f"{value * 100:.3f}".rstrip("0").rstrip(".")
    return (text.replace(".", ",") if lang == "id" else text) + "%"


def to_dict(proposal: Proposal) -> dict[str, Any]:
    """A proposal as plain values: amounts and dates as text, components as ``kind:name``."""

    def rows(values: Any) -> list[dict[str, Any]]:
        return [
            {
                "number": row.number,
                "due_on": row.due_on.isoformat(),
                **{str(part): str(amount) for part, amount in parts_of(row)},
                "total": str(row.total),
            }
            for row in values
        ]

    cost, value = proposal.cost, proposal.worth
    return {
        "schema": SCHEMA,
        "what": "Proposal",
        "kind": proposal.kind,
        "contract": proposal.contract,
        "as_of": proposal.as_of.isoformat(),
        "fingerprint": proposal.fingerprint,
        "currency": proposal.currency,
        "pays": [
            {
                "on": paid.on.isoformat(),
                "amount": str(paid.amount),
                "purpose": paid.purpose,
                "counts": paid.counts,
            }
            for paid in proposal.pays
        ],
        "old": rows(proposal.old),
        "new": rows(proposal.new),
        "moves": [
            {"component": str(move.component), "amount": str(move.amount), "to": move.to}
            for move in proposal.moves
        ],
        "cost": {
            "new": str(cost.new),
            "up_front": str(cost.up_front),
            "old": str(cost.old),
            "late_charges": str(cost.late_charges),
            "extra": str(cost.extra),
        },
        "worth": value
        and {
            "basis": value.basis,
            "before": str(value.before),
            "after": str(value.after),
            "rate": str(value.rate),
            "by": value.by,
            "loss": str(value.loss),
        },
        "effects": [
            {"name": effect.name, "before": _plain(effect.before), "after": _plain(effect.after)}
            for effect in proposal.effects
        ],
        "cautions": [
            {"code": caution.code, "text": caution.text, "source": caution.source}
            for caution in proposal.cautions
        ],
        "checks": [
            {
                "limit": check.limit,
                "found": str(check.found),
                "allowed": str(check.allowed),
                "within": check.within,
                "by": check.by,
                "approver": check.approver,
            }
            for check in proposal.checks
        ],
        "within_limits": proposal.within_limits,
        "expires_on": proposal.expires_on and proposal.expires_on.isoformat(),
        "cure_days": proposal.cure_days,
    }


def quote_to_dict(quote: Quote) -> dict[str, Any]:
    """A payoff quote as plain values."""
    return {
        "schema": SCHEMA,
        "what": "Quote",
        "id": quote.id,
        "contract": quote.contract,
        "as_of": quote.as_of.isoformat(),
        "good_through": quote.good_through.isoformat(),
        "currency": quote.currency,
        "fingerprint": quote.fingerprint,
        "days": [
            {
                "on": day.on.isoformat(),
                "principal": str(day.principal),
                "interest": str(day.interest),
                "running": str(day.running),
                "late_charges": str(day.late_charges),
                "charges": str(day.charges),
                "penalty": str(day.penalty),
                "fees": {name: str(amount) for name, amount in day.fees},
                "unapplied": str(day.unapplied),
                "unearned": str(day.unearned),
                "total": str(day.total),
                "per_diem": str(quote.per_diem[number - 1]) if number else None,
            }
            for number, day in enumerate(quote.days)
        ],
        "known": list(quote.known),
    }


def quote_from_dict(values: Mapping[str, Any]) -> Quote:
    """The quote that `quote_to_dict` wrote.

    Raises:
        InputError: If the values are those of something else, or something of it is missing.
    """
    parts = (
        "principal",
        "interest",
        "running",
        "late_charges",
        "charges",
        "penalty",
        "unapplied",
        "unearned",
    )
    try:
        if values["what"] != "Quote" or values["schema"] != SCHEMA:
            raise ValueError(f"{values['what']}, schema {values['schema']}")
        days = tuple(
            PayoffDay(
                on=date.fromisoformat(day["on"]),
                fees=tuple((name, Decimal(amount)) for name, amount in day["fees"].items()),
                **{part: Decimal(day[part]) for part in parts},
            )
            for day in values["days"]
        )
        return Quote(
            **{name: values[name] for name in ("id", "contract", "currency", "fingerprint")},
            as_of=date.fromisoformat(values["as_of"]),
            good_through=date.fromisoformat(values["good_through"]),
            days=days,
            known=tuple(values["known"]),
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError("quote.read", "not a payoff quote: {problem}", problem=str(error)) from error


def _plain(value: Decimal | date | int | str | None) -> str | int | None:
    return value if isinstance(value, (int, str, type(None))) else str(value)
