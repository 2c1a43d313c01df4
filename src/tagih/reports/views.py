"""The other faces of an aging: by debtor, by item, apart, as SLIK asks, ahead, at a boundary, and the bridge.

Each is a `Table`, so that the screen, CSV, JSON, workbook and page show the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tagih.aging import (
    DUE_TODAY,
    NO_DUE_DATE,
    NOT_DUE,
    UNAPPLIED,
    Aged,
    age_apart,
    age_debtors,
    age_items,
    items_of,
)
from tagih.bridge import Bridge
from tagih.contracts import INTEREST, PRINCIPAL
from tagih.ledger import Position
from tagih.outlook import Ahead, Outlook
from tagih.policies.buckets import Buckets
from tagih.reports.tables import Column, Table
from tagih.slik import SlikRow
from tagih.words import tanggal_singkat

WORDS: Final[dict[str, dict[str, str]]] = {
    "id": {
        "debtor": "debitur",
        "name": "nama",
        "contracts": "kontrak",
        "contract": "kontrak",
        "days": "hari",
        "instalments": "angsuran",
        "class": "kelas",
        "reason": "dasar",
        "one_obligor": "satu debitur",
        "worst_contract": "kontrak terburuk",
        "arrears": "tunggakan",
        "outstanding": "sisa utang",
        "unapplied": "titipan",
        "group": "kelompok",
        "total": "jumlah",
        "bucket": "umur",
        "months_past_due": "umur (bulan, dihitung sejak dimulai)",
        "full_months_past_due": "umur (bulan penuh)",
        "items": "pos",
        "amount": "jumlah rupiah",
        "not_due": "belum jatuh tempo",
        "due_today": "jatuh tempo hari ini",
        "no_due_date": "tanpa jatuh tempo",
        "principal": "tunggakan pokok",
        "interest": "tunggakan bunga",
        "principal_balance": "baki debet",
        "late_charge": "denda",
        "arrears_since": "menunggak sejak",
        "since": "kelas sejak",
        "restructures": "frek. restrukturisasi",
        "first_restructured_on": "restrukturisasi awal",
        "last_restructured_on": "restrukturisasi akhir",
        "written_off": "hapus buku",
        "now": "kelas kini",
        "next": "kelas berikut",
        "next_on": "mulai",
        "at_end": "kelas per {until}",
        "to_stay": "bayar agar tetap",
        "to_improve": "bayar agar membaik",
        "to_become_current": "bayar agar lancar",
        "line": "keterangan",
        "debtors": "Per debitur",
        "by_item": "Tiap angsuran menurut umurnya sendiri",
        "apart": "Tunggakan pokok dan bunga masing-masing",
        "slik": "Kolom SLIK",
        "ahead": "Bila tidak ada pembayaran, sampai {until}",
        "month_end": "Perpindahan kelas sampai {until} bila tidak ada pembayaran",
        "boundary": "Di ambang batas {edges} hari",
        "bridge": "Jembatan {start} ke {end}",
        "before": "sisa utang per {start}",
        "after": "sisa utang per {end}",
    },
    "en": {
        "debtor": "debtor",
        "name": "name",
        "contracts": "contracts",
        "contract": "contract",
        "days": "days",
        "instalments": "instalments",
        "class": "class",
        "reason": "by",
        "one_obligor": "one obligor",
        "worst_contract": "worst contract",
        "arrears": "arrears",
        "outstanding": "outstanding",
        "unapplied": "unapplied credit",
        "group": "group",
        "total": "total",
        "bucket": "age",
        "months_past_due": "age (months begun)",
        "full_months_past_due": "age (full months)",
        "items": "items",
        "amount": "amount",
        "not_due": "not due",
        "due_today": "due today",
        "no_due_date": "no due date",
        "principal": "principal in arrears",
        "interest": "interest in arrears",
        "principal_balance": "principal balance",
        "late_charge": "late charges",
        "arrears_since": "in arrears since",
        "since": "in class since",
        "restructures": "restructures",
        "first_restructured_on": "first restructured",
        "last_restructured_on": "last restructured",
        "written_off": "written off",
        "now": "class now",
        "next": "next class",
        "next_on": "from",
        "at_end": "class on {until}",
        "to_stay": "pay to stay",
        "to_improve": "pay to improve",
        "to_become_current": "pay to be current",
        "line": "line",
        "debtors": "By debtor",
        "by_item": "Each instalment by its own age",
        "apart": "Principal and interest in arrears, each by its own age",
        "slik": "Columns of SLIK",
        "ahead": "If nothing is paid, to {until}",
        "month_end": "From class to class by {until} if nothing is paid",
        "boundary": "On the edge of {edges} days",
        "bridge": "Bridge from {start} to {end}",
        "before": "outstanding on {start}",
        "after": "outstanding on {end}",
    },
}

LINES: Final[dict[str, dict[str, str]]] = {
    "id": {
        "new": "kontrak baru",
        "taken_over": "kontrak pindahan",
        "agreement": "data perjanjian berubah",
        "policy": "aturan berubah",
        "reversed": "pembatalan pembayaran bulan lalu",
        "backdated": "dibukukan mundur",
        "lent": "penarikan",
        "fees": "biaya dibebankan",
        "late_charges": "denda berjalan",
        "charged_back": "pembayaran ditarik kembali",
        "paid": "dibayar",
        "waived": "keringanan",
        "forgiven": "hapus tagih",
        "written_off": "hapus buku",
        "planned_anew": "selisih jadwal baru",
        "gone": "tidak ada lagi di buku",
        "unexplained": "tidak terjelaskan",
        "rolled_up": "memburuk",
        "improved": "membaik",
        "cured": "kembali lancar",
        "restructured": "direstrukturisasi",
        "closed": "lunas atau dihapus",
    },
    "en": {
        "new": "new contracts",
        "taken_over": "contracts taken over",
        "agreement": "agreement changed",
        "policy": "rules changed",
        "reversed": "earlier payments reversed",
        "backdated": "booked for earlier days",
        "lent": "drawn down",
        "fees": "fees charged",
        "late_charges": "late charges run up",
        "charged_back": "payments taken back",
        "paid": "paid",
        "waived": "waived",
        "forgiven": "forgiven",
        "written_off": "written off",
        "planned_anew": "by new plans",
        "gone": "no longer in the book",
        "unexplained": "unexplained",
        "rolled_up": "rolled up",
        "improved": "improved",
        "cured": "cured",
        "restructured": "restructured",
        "closed": "paid up or gone",
    },
}

DEBTOR_MONEY: Final = ("arrears", "due_today", "not_due", "outstanding", "unapplied")


def debtor_table(aged: Iterable[Aged], scheme: Buckets, names: Mapping[str, str], lang: str) -> Table:
    """A row for each debtor, the worst first."""
    words = WORDS[lang]
    rows = [
        {
            "debtor": one.debtor_id,
            "name": names.get(one.debtor_id, ""),
            "contracts": len(one.contracts),
            "days": one.days_past_due,
            "instalments": one.overdue_instalments,
            "class": one.bucket.code,
            "reason": words[one.reason] if len(one.contracts) > 1 else "",
            "arrears": one.arrears.total,
            "due_today": one.due_today.total,
            "not_due": one.not_due.total,
            "outstanding": one.outstanding.total,
            "unapplied": one.unapplied,
        }
        for one in sorted(
            age_debtors(aged, scheme),
            key=lambda one: (-scheme.place(one.bucket.code), -one.days_past_due, one.debtor_id),
        )
    ]
    columns = [
        Column("debtor", words["debtor"]),
        Column("name", words["name"]),
        Column("contracts", words["contracts"], "count"),
        Column("days", words["days"], "days"),
        Column("instalments", words["instalments"], "count"),
        Column("class", words["class"]),
        Column("reason", words["reason"]),
        *(Column(key, words[key], "money") for key in DEBTOR_MONEY),
    ]
    return Table(
        "debtors",
        words["debtors"],
        columns,
        rows,
        _total(rows, ("contracts", *DEBTOR_MONEY), words, "debtor"),
    )


def item_table(positions: Sequence[Position], scheme: Buckets, lang: str, *, by: str = "") -> Table:
    """Open instalments, each in its own bucket: a row a bucket, or with ``by`` a row a group."""
    words = WORDS[lang]
    groups: dict[str, list[Position]] = {}
    for position in positions:
        groups.setdefault(_label(position, by) if by else "", []).append(position)
    aged = {
        name: age_items(
            (item for position in own for item in items_of(position)),
            scheme,
            own[0].as_of,
            unapplied=sum((position.unapplied for position in own), Decimal(0)),
        )
        for name, own in groups.items()
    }
    titles = {key: words[key] for key in (NOT_DUE, DUE_TODAY, NO_DUE_DATE, UNAPPLIED)}
    titles |= {bucket.code: bucket.name or bucket.code for bucket in scheme.buckets}
    keys = [key for key in titles if key != UNAPPLIED] + [UNAPPLIED]
    if not by:
        (columns,) = aged.values()
        rows: list[dict[str, Any]] = [
            {"bucket": titles[key], "code": key, "amount": columns[key]} for key in keys
        ]
        heads = [Column("bucket", words["bucket"]), Column("amount", words["amount"], "money")]
        return Table("items", words["by_item"], heads, rows, _total(rows, ("amount",), words, "bucket"))
    rows = [
        {"group": name or "–", **aged[name], "total": sum(aged[name].values(), Decimal(0))}
        for name in sorted(aged)
    ]
    heads = [
        Column("group", words["group"]),
        *(Column(key, titles[key], "money") for key in keys if any(row[key] for row in rows)),
        Column("total", words["total"], "money"),
    ]
    return Table("items", words["by_item"], heads, rows, _total(rows, (*keys, "total"), words, "group"))


def _label(position: Position, by: str) -> str:
    return position.contract.product if by == "product" else position.contract.tag(by)


def apart_table(positions: Sequence[Position], scheme: Buckets, lang: str) -> Table:
    """Principal and interest in arrears, each instalment by its own age: a row a bucket."""
    words = WORDS[lang]
    principal = age_apart(positions, scheme, PRINCIPAL)
    interest = age_apart(positions, scheme, INTEREST)
    measure = scheme.scales[0].measure
    rows = [
        {
            "bucket": bucket.name or bucket.code,
            "principal": principal[bucket.code],
            "interest": interest[bucket.code],
        }
        for bucket in scheme.buckets
    ]
    columns = [
        Column("bucket", words.get(measure, words["bucket"])),
        Column("principal", words["principal"], "money"),
        Column("interest", words["interest"], "money"),
    ]
    return Table(
        "apart", words["apart"], columns, rows, _total(rows, ("principal", "interest"), words, "bucket")
    )


SLIK_MONEY: Final = ("principal_balance", "principal", "interest", "late_charge", "written_off")


def slik_table(found: Iterable[SlikRow], names: Mapping[str, str], lang: str) -> Table:
    """A row for each contract with the columns that SLIK asks for."""
    words = WORDS[lang]
    rows = [
        {
            "contract": one.contract_id,
            "debtor": one.debtor_id,
            "name": names.get(one.debtor_id, ""),
            "principal_balance": one.principal_balance,
            "principal": one.arrears_principal,
            "interest": one.arrears_interest,
            "late_charge": one.late_charge,
            "instalments": one.instalments,
            "days": one.days,
            "arrears_since": one.arrears_since,
            "class": one.code,
            "since": one.since,
            "restructures": one.restructures,
            "first_restructured_on": one.first_restructured_on,
            "last_restructured_on": one.last_restructured_on,
            "written_off": one.written_off,
        }
        for one in found
    ]
    kinds = {"instalments": "count", "days": "days", "restructures": "count"}
    kinds |= dict.fromkeys(SLIK_MONEY, "money")
    kinds |= dict.fromkeys(
        ("arrears_since", "since", "first_restructured_on", "last_restructured_on"), "date"
    )
    keys = list(rows[0]) if rows else ["contract"]
    columns = [Column(key, words[key], kinds.get(key, "text"), lang) for key in keys]  # type: ignore[arg-type]
    return Table("slik", words["slik"], columns, rows, _total(rows, SLIK_MONEY, words, "contract"))


AHEAD_MONEY: Final = ("outstanding", "to_stay", "to_improve", "to_become_current")


def ahead_table(found: Sequence[Outlook], names: Mapping[str, str], lang: str) -> Table:
    """A row for each contract with something to look forward to, the soonest first."""
    words = WORDS[lang]
    until = day(found[0].until, lang) if found else ""
    rows = [
        {
            "contract": one.contract_id,
            "debtor": names.get(one.debtor_id, one.debtor_id),
            "now": one.now,
            "next_on": one.next_on,
            "next": one.next,
            "at_end": one.at_end,
            "outstanding": one.outstanding.total,
            "to_stay": one.to_stay,
            "to_improve": one.to_improve,
            "to_become_current": one.to_become_current,
        }
        for one in sorted(
            found, key=lambda one: (one.next_on is None, one.next_on or one.as_of, one.contract_id)
        )
        if one.next_on is not None or one.to_improve
    ]
    columns = [
        Column("contract", words["contract"]),
        Column("debtor", words["debtor"]),
        Column("now", words["now"]),
        Column("next_on", words["next_on"], "date", lang),
        Column("next", words["next"]),
        Column("at_end", words["at_end"].format(until=until)),
        *(Column(key, words[key], "money") for key in AHEAD_MONEY),
    ]
    return Table("ahead", words["ahead"].format(until=until), columns, rows)


def month_end_table(found: Sequence[Ahead], scheme: Buckets, end: date, lang: str) -> Table:
    """From which class to which by ``end``, if nothing is paid."""
    words, until = WORDS[lang], day(end, lang)
    names = {bucket.code: f"{bucket.code} {bucket.name}".strip() for bucket in scheme.buckets}
    rows = [
        {
            "now": names[one.now],
            "at_end": names[one.at_end],
            "contracts": one.contracts,
            "outstanding": one.outstanding.total,
            "to_stay": one.to_stay,
        }
        for one in found
    ]
    columns = [
        Column("now", words["now"]),
        Column("at_end", words["at_end"].format(until=until)),
        Column("contracts", words["contracts"], "count"),
        Column("outstanding", words["outstanding"], "money"),
        Column("to_stay", words["to_stay"], "money"),
    ]
    total = _total(rows, ("contracts", "outstanding", "to_stay"), words, "now")
    return Table("month_end", words["month_end"].format(until=until), columns, rows, total)


def bridge_table(found: Bridge, lang: str) -> Table:
    """What changed from one aging to the next: a row a line, a column a bucket; each column closes."""
    words = WORDS[lang]
    dates = {"start": day(found.start, lang), "end": day(found.end, lang)}
    whole, parts = found.row(), {row.code: row for row in found.rows}
    names = LINES[lang]

    def row(key: str, title: str, count: int | None, amounts: Mapping[str, Decimal]) -> dict[str, Any]:
        return {"key": key, "line": title, "contracts": count, **amounts}

    rows = [
        row(
            "before",
            words["before"].format(**dates),
            len(found.before),
            {"total": whole.before.total, **{code: part.before.total for code, part in parts.items()}},
        ),
        *(
            row(
                name,
                names[name],
                found.contracts(name),
                {"total": amounts.total, **{code: part.line(name).total for code, part in parts.items()}},
            )
            for name, amounts in whole.lines
        ),
    ]
    total = row(
        "after",
        words["after"].format(**dates),
        len(found.after),
        {"total": whole.after.total, **{code: part.after.total for code, part in parts.items()}},
    )
    columns = [
        Column("line", words["line"]),
        Column("contracts", words["contracts"], "count"),
        Column("total", words["total"], "money"),
        *(Column(b.code, f"{b.code} {b.name}".strip(), "money") for b in found.scheme.buckets),
    ]
    return Table("bridge", words["bridge"].format(**dates), columns, rows, total)


def day(value: date, lang: str) -> str:
    """A day in a heading: short in Indonesian, ISO in English."""
    return tanggal_singkat(value) if lang == "id" else value.isoformat()


def boundary_title(edges: Sequence[int], lang: str) -> str:
    """The heading of the contracts on an edge."""
    return WORDS[lang]["boundary"].format(edges=", ".join(map(str, edges)))


def _total(
    rows: Iterable[Mapping[str, Any]], keys: Sequence[str], words: Mapping[str, str], first: str
) -> dict[str, Any]:
    listed = list(rows)
    sums = {key: sum((row[key] or 0 for row in listed), Decimal(0)) for key in keys}
    return {first: words["total"], **sums}
