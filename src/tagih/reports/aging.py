"""The aging report: a table by class, groups, and who is late, as tables and as a page.

The page names the day and the time zone, the rule with its source and how sure we are of it, and
the figures that tie: arrears + due today + not due = outstanding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from attrs import evolve, frozen

from tagih.aging import Aged, AgingRow, AgingTable, aged_as, aging_by, aging_table, scheme_of
from tagih.ledger import Position
from tagih.parties import Lender
from tagih.policies.about import About
from tagih.policies.buckets import Buckets
from tagih.quality import Quality, qualities
from tagih.reports.tables import Column, Table

TITLES: Final[dict[str, dict[str, str]]] = {
    "id": {
        "title": "Umur piutang {lender} · per {as_of}",
        "class": "kelas",
        "group": "kelompok",
        "contracts": "kontrak",
        "arrears_principal": "tunggakan pokok",
        "arrears_interest": "tunggakan bunga",
        "late_charge": "denda",
        "fee": "biaya",
        "due_today": "jatuh tempo hari ini",
        "not_due": "belum jatuh tempo",
        "principal_balance": "sisa pokok",
        "outstanding": "sisa utang",
        "unapplied": "titipan",
        "share": "% sisa pokok",
        "total": "jumlah",
        "contract": "kontrak",
        "days": "hari",
        "instalments": "angsuran",
        "oldest": "tertua",
        "debtor": "debitur",
        "arrears": "tunggakan",
        "branch": "cabang",
        "product": "produk",
        "collector": "kolektor",
        "reason": "dasar",
        "judgement": "pertimbangan",
        "one_obligor": "satu debitur",
        "restructure": "restrukturisasi",
    },
    "en": {
        "title": "Aging of {lender} · as of {as_of}",
        "class": "class",
        "group": "group",
        "contracts": "contracts",
        "arrears_principal": "principal in arrears",
        "arrears_interest": "interest in arrears",
        "late_charge": "late charges",
        "fee": "fees",
        "due_today": "due today",
        "not_due": "not due",
        "principal_balance": "principal balance",
        "outstanding": "outstanding",
        "unapplied": "unapplied credit",
        "share": "% of principal",
        "total": "total",
        "contract": "contract",
        "days": "days",
        "instalments": "instalments",
        "oldest": "oldest",
        "debtor": "debtor",
        "arrears": "arrears",
        "branch": "branch",
        "product": "product",
        "collector": "collector",
        "reason": "by",
        "judgement": "judgement",
        "one_obligor": "one obligor",
        "restructure": "restructure",
    },
}


@frozen
class AgingReport:
    """Everything the aging report shows, in one currency and scheme; ``views`` are further tables."""

    lender: Lender
    table: AgingTable
    aged: tuple[Aged, ...]
    sources: tuple[About, ...]
    by: str = ""
    views: tuple[Table, ...] = ()

    @property
    def groups(self) -> tuple[AgingTable, ...]:
        """One table for each value of the label that was asked for."""
        if not self.by:
            return ()
        return aging_by(self.aged, self.table.scheme, lambda one: one.label(self.by))


def classed(positions: Iterable[Position], scheme: Buckets | None = None) -> tuple[Quality, ...]:
    """The class of every contract: judgement, cure and one obligor as its policy's rules say.

    With ``scheme`` in place of the policies' own; the cure after a restructure is a matter of the
    law's classes and is then left out.
    """
    if scheme is not None:
        positions = [evolve(one, policy=evolve(one.policy, buckets=scheme, cure=None)) for one in positions]
    return qualities(positions)


def aged_of(found: Quality) -> Aged:
    """A contract aged in the class that was found for it."""
    return aged_as(found.position, found.classified, scheme_of(found.position, None))


def reports(
    aged: Iterable[Aged],
    lender: Lender,
    schemes: Mapping[str, Any],
    sources: Sequence[About],
    *,
    by: str = "",
) -> tuple[AgingReport, ...]:
    """One report a currency and bucket scheme: totals never mix them.

    ``schemes`` gives each contract id its scheme; ``sources`` are the rules that were used.
    """
    groups: dict[tuple[str, str], list[Aged]] = {}
    for one in aged:
        groups.setdefault((one.currency, schemes[one.contract_id].about.id), []).append(one)
    return tuple(
        AgingReport(
            lender,
            aging_table(listed, schemes[listed[0].contract_id]),
            tuple(listed),
            tuple(sources),
            by,
        )
        for _, listed in sorted(groups.items(), key=lambda item: item[0])
    )


def cells(row: AgingRow) -> dict[str, Any]:
    """The figures of a bucket, by column key."""
    return {
        "class": row.code,
        "class_name": row.name,
        "contracts": row.contracts,
        "arrears_principal": row.arrears.principal,
        "arrears_interest": row.arrears.interest,
        "fee": row.outstanding.fee,
        "late_charge": row.outstanding.late_charge,
        "due_today": row.due_today.total,
        "not_due": row.not_due.total,
        "principal_balance": row.outstanding.principal,
        "outstanding": row.outstanding.total,
        "unapplied": row.unapplied,
    }


def bands_of(scheme: Buckets) -> dict[str, str]:
    """The days of each bucket as people write them: 0–10, 11–90, >180; empty for other measures."""
    scale = next((scale for scale in scheme.scales if scale.measure == "days_past_due"), None)
    if scale is None:
        return {}
    ends = [value - 1 for _, value in scale.first[1:]]
    bands = {
        code: str(first) if first == last else f"{first}–{last}"
        for (code, first), last in zip(scale.first, ends, strict=False)
    }
    code, first = scale.first[-1]
    return {**bands, code: f">{first - 1}"}


def share(part: Decimal, whole: Decimal) -> Decimal:
    """A part of a whole, to 6 places, rounded half up; 0 of nothing."""
    return (part / whole).quantize(Decimal("0.000001"), ROUND_HALF_UP) if whole else Decimal(0)


MONEY: Final = (
    "arrears_principal",
    "arrears_interest",
    "fee",
    "late_charge",
    "due_today",
    "not_due",
    "principal_balance",
    "outstanding",
    "unapplied",
)


def class_table(table: AgingTable, lang: str, *, title: str = "") -> Table:
    """The aging by class: a row for each bucket and the total; the money columns add up."""
    words = TITLES[lang]
    total = table.total
    whole = total.outstanding.principal
    columns = [
        Column("class", words["class"]),
        Column("band", words["days"]),
        Column("contracts", words["contracts"], "count"),
        *(Column(key, words[key], "money") for key in MONEY if key != "fee" or total.outstanding.fee),
        Column("share", words["share"], "share"),
    ]
    bands = bands_of(table.scheme)
    rows = [
        {**cells(row), "band": bands.get(row.code, ""), "share": share(row.outstanding.principal, whole)}
        for row in table.rows
    ]
    for row in rows:
        row["class"] = f"{row['class']} {row['class_name']}".strip()
    last = {**cells(total), "class": words["total"], "share": share(whole, whole)}
    return Table("aging", title, columns, rows, last)


def group_table(report: AgingReport, lang: str) -> Table:
    """The aging by group (branch, product, …) and class: one row each, and the total."""
    words = TITLES[lang]
    rows = []
    whole = report.table.total.outstanding.principal
    for table in report.groups:
        for row in table.rows:
            if row.contracts:
                rows.append(
                    {
                        "group": table.group or "–",
                        **cells(row),
                        "class": f"{row.code} {row.name}".strip(),
                        "share": share(row.outstanding.principal, whole),
                    }
                )
    columns = [
        Column("group", words.get(report.by, report.by)),
        Column("class", words["class"]),
        Column("contracts", words["contracts"], "count"),
        *(
            Column(key, words[key], "money")
            for key in MONEY
            if key != "fee" or report.table.total.outstanding.fee
        ),
        Column("share", words["share"], "share"),
    ]
    last = {**cells(report.table.total), "group": words["total"], "class": "", "share": share(whole, whole)}
    return Table("aging_by_" + report.by, "", columns, rows, last)


def contract_table(report: AgingReport, names: Mapping[str, str], lang: str, *, late_only: bool) -> Table:
    """A row for each contract (or each late one), the latest first; ``names`` gives debtors' names."""
    words = TITLES[lang]
    listed = sorted(
        (one for one in report.aged if one.days_past_due or not late_only),
        key=lambda one: (-one.days_past_due, one.contract_id),
    )
    columns = [
        Column("contract", words["contract"]),
        Column("debtor", words["debtor"]),
        Column("product", words["product"]),
        Column("branch", words["branch"]),
        Column("collector", words["collector"]),
        Column("days", words["days"], "days"),
        Column("instalments", words["instalments"], "count"),
        Column("oldest", words["oldest"], "date", lang),
        Column("class", words["class"]),
        *([Column("reason", words["reason"])] if any(_reason(one, words) for one in listed) else []),
        *(Column(key, words[key], "money") for key in MONEY),
    ]
    rows = [
        {
            "contract": one.contract_id,
            "debtor": names.get(one.debtor_id, one.debtor_id),
            "product": one.label("product"),
            "branch": one.label("branch"),
            "collector": one.label("collector"),
            "days": one.days_past_due,
            "instalments": one.overdue_instalments,
            "oldest": one.cause.due_on if one.cause else None,
            **{key: value for key, value in cells(_row(one)).items() if key in MONEY},
            "class": one.bucket.code,
            "reason": _reason(one, words),
        }
        for one in listed
    ]
    return Table("contracts", "", columns, rows)


def _reason(one: Aged, words: Mapping[str, str]) -> str:
    """Why a contract is in its class, where days alone do not say it."""
    if one.reason == "measure":
        return ""
    detail = one.detail if one.reason == "one_obligor" else ""
    return f"{words[one.reason]} {detail}".strip()


def _row(one: Aged) -> AgingRow:
    return AgingRow(one.bucket.code, one.bucket.name).plus(one)
