"""The lender's tables: the contracts of a portfolio as rows, under our own column names.

`tagih.samples.sheets` writes them under the lender's names and in the lender's formats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from tagih.contracts import Instalment
from tagih.samples.habits import opening_day
from tagih.samples.loans import EXPORTED, Loan, migrated

Row = dict[str, Any]
Spec = Mapping[str, Any]
ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def tables(loans: Sequence[Loan], spec: Spec) -> dict[str, list[Row]]:
    """Every table of the book, by our name for it."""
    _number(loans)
    cut: date | None = spec.get("cutover")
    late = [loan for loan in loans if loan.account(EXPORTED).days_past_due > 10 and loan.status == "AKTIF"]
    made = {
        "contracts": [contract_row(loan, spec) | opening_of(loan, cut) for loan in loans],
        "opening": [row for loan in loans for row in opening_rows(loan, cut)],
        "instalments": [
            _instalment(row) | {"contract": loan.id} for loan in loans for row in loan.instalments
        ],
        "payments": payment_rows(loans, cut),
        "events": event_rows(loans),
        "new_instalments": [
            _instalment(row) | {"event": each.id}
            for loan in loans
            for each in loan.happenings
            for row in each.rows
        ],
        "debtors": list({loan.person.id: debtor_row(loan) for loan in loans}.values()),
        "collateral": [collateral_row(loan) for loan in loans if "secured_by" in loan.extra],
        "letters": letter_rows(late, spec),
        "holds": hold_rows(late),
        "promises": promise_rows(late),
        "arrangements": arrangement_rows(late),
        "contacts": contact_rows(late),
        "assignments": [
            {"contract": loan.id, "collector": loan.collector, "from_day": _oldest_due(loan) + timedelta(8)}
            for loan in late
        ],
    }
    for contract, column, printed, _ in planted(loans, spec):
        next(row for row in made["contracts"] if row["id"] == contract)[column] = printed
    return made


def _number(loans: Sequence[Loan]) -> None:
    """Receipts are numbered by posting day within a year, other events through."""
    receipts: dict[int, int] = {}
    events = 0
    every = [(each, loan.id) for loan in loans for each in loan.happenings]
    for each, _ in sorted(
        every, key=lambda pair: (pair[0].posted or pair[0].day, pair[0].kind == "reversal", pair[1])
    ):
        if each.kind in ("payment", "reversal"):
            year = (each.posted or each.day).year
            receipts[year] = receipts.get(year, 0) + 1
            each.id = f"KW{year % 100}-{receipts[year]:06d}"
        elif each.kind != "migration":
            events += 1
            each.id = f"EV-{events:04d}"


# --- contracts, debtors, collateral -----------------------------------------------------------


def contract_row(loan: Loan, spec: Spec) -> Row:
    """One contract, with the figures of the core system on the day of the export."""
    account = loan.account(EXPORTED)
    carried = 0 if account.written_off else 1
    terms = loan.terms
    return {
        "id": loan.id,
        "debtor": loan.person.id,
        "branch": spec["branch_names"][loan.branch],
        "product": loan.product["name"],
        "signed_on": loan.signed_on,
        "principal": terms.principal,
        "agreed_amount": terms.principal,
        "tenor": terms.count,
        "first_due": loan.instalments[0].due_on,
        "maturity": loan.instalments[-1].due_on,
        "frequency": loan.product.get("frequency", "monthly"),
        "quoted_tenor": str(terms.count - 1 if terms.in_advance else terms.count),
        "paid": "ADDM" if terms.in_advance else "ADDB",
        "flat_rate": _percent(terms.flat_annual_rate or terms.annual_rate),
        "annual_rate": _percent(terms.annual_rate),
        "instalment": f"{int(loan.instalments[0].total):,}".replace(",", "."),
        "collector": loan.collector,
        "virtual_account": f"0088{spec['number']:02d}{loan.person.id[-6:]}{loan.id[-4:]}",
        "plate": loan.extra.get("plate", ""),
        "group": loan.extra.get("group", ""),
        "purpose": loan.product.get("purpose", ""),
        "status": loan.status,
        "against.days_past_due": str(account.days_past_due),
        "against.class": str(class_of(account.days_past_due, loan, spec)),
        "against.principal_balance": account.principal * carried,
        "against.late_charge": account.late * carried,
    }


def opening_of(loan: Loan, cut: date | None) -> Row:
    """The columns of the contract that the older system's closing day fills."""
    if cut is None or not migrated(loan, cut):
        return {}
    then = loan.account(cut)
    return {"opening_on": cut, "unapplied": then.held or "", "principal_balance": then.principal}


def opening_rows(loan: Loan, cut: date | None) -> list[Row]:
    """What was in arrears on the cut-over day, by instalment; what falls due later is owed as scheduled."""
    if cut is None or not migrated(loan, cut):
        return []
    return [
        {
            "contract": loan.id,
            "instalment": row.number,
            "principal": row.principal,
            "interest": row.interest,
            "late_charge": row.late + int(row.running),
        }
        for row in loan.account(cut).rows
        if row.due_on <= cut and (row.open or row.late or row.running)
    ]


def class_of(days: int, loan: Loan, spec: Spec) -> int:
    """KOL as the core system prints it, by days past due and, where that counts, days past maturity."""
    bounds: list[int] = loan.product.get("kol", spec["kol"])
    matured = (EXPORTED - loan.instalments[-1].due_on).days if days else 0
    past: list[int] = spec.get("kol_past_maturity", [])
    return 1 + max(sum(days > bound for bound in bounds), sum(matured > bound for bound in past))


def planted(loans: Sequence[Loan], spec: Spec) -> list[tuple[str, str, Any, Any]]:
    """Three errors in the lender's own figures: contract, column, what is printed, what is right."""
    late = [
        loan for loan in loans if loan.status == "AKTIF" and 12 <= loan.account(EXPORTED).days_past_due <= 80
    ]
    one_day, graded = late[0], late[1]
    steady = [loan for loan in loans if loan.status == "AKTIF" and not loan.account(EXPORTED).days_past_due]
    stale = next(loan for loan in steady if not loan.account(EXPORTED).held)
    days = one_day.account(EXPORTED).days_past_due
    balance = stale.account(EXPORTED).principal
    before = max(row.principal for row in stale.instalments if row.due_on <= EXPORTED)
    right = str(class_of(graded.account(EXPORTED).days_past_due, graded, spec))
    found = [
        (one_day.id, "against.days_past_due", str(days + 1), str(days)),
        (graded.id, "against.class", "1", right),
        (stale.id, "against.principal_balance", balance + int(before), balance),
    ]
    return [each for each in found if each[3] != each[2]]


def debtor_row(loan: Loan) -> Row:
    who = loan.person
    return {
        "id": who.id,
        "name": who.name,
        "salutation": who.salutation,
        "address": who.address,
        "city": who.city,
        "postal_code": who.postal_code,
        "province": who.province,
        "phone": who.phone,
        "time_zone": who.time_zone,
        "route": loan.collector,
    }


FACTS: Final = {
    "vehicle": {
        "make": "Merek",
        "type": "Tipe",
        "year": "Tahun",
        "colour": "Warna",
        "plate": "Nomor polisi",
        "chassis": "Nomor rangka",
        "engine": "Nomor mesin",
        "certificate": "Nomor BPKB",
    },
    "land": {
        "certificate": "Nomor sertifikat",
        "land": "Luas tanah",
        "building": "Luas bangunan",
        "location": "Lokasi",
        "mortgage": "Hak tanggungan",
    },
}
"""What letters call the facts of a collateral."""


def collateral_row(loan: Loan) -> Row:
    kind = loan.extra["secured_by"]
    facts = {label: loan.extra[key] for key, label in FACTS[kind].items()}
    return {"contract": loan.id, "kind": kind, **facts}


def _instalment(row: Instalment) -> Row:
    return {
        "number": row.number,
        "due_on": row.due_on,
        "principal": int(row.principal),
        "interest": int(row.interest),
        "total": int(row.total),
    }


# --- what happened ----------------------------------------------------------------------------


def payment_rows(loans: Sequence[Loan], cut: date | None) -> list[Row]:
    """Payments, and reversals as negative rows, in the order of posting; nothing from before a cut-over."""
    rows = []
    for loan in loans:
        after = cut if migrated(loan, cut) else None
        for each in loan.happenings:
            if each.kind in ("payment", "reversal") and (after is None or each.day > after):
                rows.append(
                    {
                        "id": each.id,
                        "contract": loan.id,
                        "effective_on": each.day,
                        "recorded_at": each.posted or each.day,
                        "amount": each.amount if each.kind == "payment" else -each.amount,
                        "kind": each.payment_kind,
                        "channel": each.channel,
                        "reverses": each.target.id if each.target else "",
                        "payer": each.collector,
                        "reference": each.note,
                    }
                )
    return sorted(rows, key=lambda row: (row["recorded_at"], row["id"]))


def event_rows(loans: Sequence[Loan]) -> list[Row]:
    """Everything else that changed a debt."""
    return sorted(
        (
            {
                "id": each.id,
                "contract": loan.id,
                "kind": each.kind,
                "effective_on": each.day,
                "amount": each.amount or "",
                "component": each.component,
                "instalment": each.instalments,
                "waived": each.waived,
                "capitalised": each.capitalised,
                "reason": each.note,
            }
            for loan in loans
            for each in loan.happenings
            if each.kind not in ("payment", "reversal", "migration")
        ),
        key=lambda row: row["id"],
    )


# --- collection -------------------------------------------------------------------------------


def _oldest_due(loan: Loan) -> date:
    return EXPORTED - timedelta(loan.account(EXPORTED).days_past_due)


def letter_rows(late: Sequence[Loan], spec: Spec) -> list[Row]:
    """SP1 to SP3 a week apart from the eighth day; the last week's and many others are not written yet."""
    sent = []
    for loan in late:
        first = _oldest_due(loan) + timedelta(8)
        if (EXPORTED - first).days < 55 and loan.chance.percent(55):
            continue
        for step, kind in enumerate(("sp1", "sp2", "sp3")):
            day = opening_day(first + timedelta(7 * step))
            if day <= EXPORTED - timedelta(7) and (step == 0 or loan.chance.percent(85)):
                sent.append((day, loan.id, kind, loan.branch))
            else:
                break
    rows, numbers = [], dict[tuple[int, str], int]()
    for day, contract, kind, branch in sorted(sent):
        numbers[day.year, kind] = count = numbers.get((day.year, kind), 0) + 1
        rows.append(
            {
                "contract": contract,
                "kind": kind,
                "issued_on": day,
                "number": f"{count:04d}/{kind.upper()}/{branch}/{ROMAN[day.month - 1]}/{day.year}",
                "sent_on": day,
                "delivered_on": day + timedelta(3),
                "route": "kurir",
                "result": ("diterima", "diterima keluarga", "rumah kosong")[count % 7 // 3],
            }
        )
    return rows


HOLDS: Final = (
    ("dispute", date(2026, 10, 12), None, "Debitur menyanggah jumlah denda"),
    ("deceased", date(2026, 9, 30), None, "Dilaporkan meninggal dunia, menunggu surat keterangan"),
    ("payment_in_transit", date(2026, 10, 30), date(2026, 11, 3), "Setoran kolektor belum diposting"),
    ("cease_contact", date(2026, 10, 5), None, "Minta dihubungi hanya lewat surat"),
    ("restructure_pending", date(2026, 10, 20), date(2026, 11, 20), "Permohonan penjadwalan kembali"),
    ("dispute", date(2026, 7, 6), date(2026, 8, 6), "Sanggahan selesai"),
)


def hold_rows(late: Sequence[Loan]) -> list[Row]:
    return [
        {"contract": loan.id, "kind": kind, "from_day": start, "until": until or "", "note": note}
        for loan, (kind, start, until, note) in zip(late[1::4], HOLDS, strict=False)
    ]


def promise_rows(late: Sequence[Loan]) -> list[Row]:
    """Promises kept, broken, and still running on the day of the export."""
    rows = []
    for count, loan in enumerate(late[::2]):
        account = loan.account(EXPORTED)
        instalment = account.asked(1)
        received = [each for each in loan.payments if each.day <= EXPORTED]
        if count % 3 == 0 and received:
            paid = received[-1]
            rows.append(_promise(loan, paid.day - timedelta(4), paid.day, paid.amount, "telepon", ""))
        elif count % 3 == 1:
            made = date(2026, 10, 6) + timedelta(loan.chance.between(0, 5))
            rows.append(_promise(loan, made, made + timedelta(7), instalment, "kunjungan", ""))
        else:
            made = date(2026, 10, 28) + timedelta(loan.chance.between(0, 2))
            rows.append(_promise(loan, made, made + timedelta(6), instalment, "telepon", "Menunggu gajian"))
    return [row | {"id": f"JB-{number + 1:03d}"} for number, row in enumerate(rows)]


def _promise(loan: Loan, made: date, due: date, amount: int, channel: str, note: str) -> Row:
    return {
        "contract": loan.id,
        "made_on": made,
        "due_on": due,
        "amount": amount,
        "channel": channel,
        "note": note,
    }


def arrangement_rows(late: Sequence[Loan]) -> list[Row]:
    """Arrears of two contracts, paid in three parts beside the schedule."""
    rows = []
    deep = [loan for loan in late if 31 <= loan.account(EXPORTED).days_past_due <= 120]
    for number, loan in enumerate(deep[2:9:5]):
        account = loan.account(EXPORTED)
        arrears = sum(row.open for row in account.rows if row.due_on <= EXPORTED)
        parts = [arrears // 3 // 1000 * 1000] * 2
        for part, amount in enumerate([*parts, arrears - sum(parts)]):
            rows.append(
                {
                    "id": f"KS-{number + 1:03d}",
                    "contract": loan.id,
                    "agreed_on": date(2026, 10, 30),
                    "number": part + 1,
                    "due_on": date(2026, 11, 25) + timedelta(30 * part),
                    "amount": amount,
                    "kind": "plan",
                }
            )
    return rows


RESULTS: Final = {
    "telepon": ("tidak diangkat", "janji bayar", "bicara dengan debitur"),
    "kunjungan": ("bertemu debitur", "rumah kosong", "janji bayar"),
    "pesan": ("terkirim", "dibaca", "dibalas"),
}


def contact_rows(late: Sequence[Loan]) -> list[Row]:
    """Calls and visits in October, on working days between eight and twenty."""
    rows = []
    for loan in late:
        for _ in range(loan.chance.between(1, 3)):
            day = opening_day(date(2026, 10, 1) + timedelta(loan.chance.between(0, 28)))
            at = datetime.combine(day, time(loan.chance.between(8, 18), loan.chance.between(0, 59)))
            channel = loan.chance.one_of(list(RESULTS))
            rows.append(
                {
                    "contract": loan.id,
                    "at": at,
                    "channel": channel,
                    "party": "DEBITUR",
                    "address": "rumah" if channel == "kunjungan" else "",
                    "by": loan.collector,
                    "result": loan.chance.one_of(RESULTS[channel]),
                }
            )
    rows += breaches(late)
    rows.sort(key=lambda row: (row["at"], row["contract"]))
    return [row | {"id": f"KJ-{number + 1:04d}"} for number, row in enumerate(rows)]


def breaches(late: Sequence[Loan]) -> list[Row]:
    """What an audit of the log must find: one contact of each kind that the rule forbids.

    The evening call is at 19.10 by the desk's own clock, in Jakarta, and at 21.10 in Papua.
    """
    east = [loan for loan in late if loan.person.time_zone == "WIT"][:1]
    sunday, neighbour, often = [loan for loan in late if loan not in east][:3]
    told = [
        *((loan, 6, time(19, 10), "telepon", "DEBITUR", "") for loan in east),
        (sunday, 11, time(10, 5), "kunjungan", "DEBITUR", "rumah"),
        (neighbour, 14, time(9, 40), "telepon", "TETANGGA", ""),
        *((often, 20, time(hour, 15), "telepon", "DEBITUR", "") for hour in (9, 11, 14, 17)),
    ]
    return [
        {
            "contract": loan.id,
            "at": datetime.combine(date(2026, 10, day), clock),
            "channel": channel,
            "party": party,
            "address": place,
            "by": loan.collector,
            "result": "tidak diangkat" if channel == "telepon" else "bertemu debitur",
        }
        for loan, day, clock, channel, party, place in told
    ]


def _percent(rate: Any) -> str:
    hundredths = int(rate * 10_000)
    return f"{hundredths // 100},{hundredths % 100:02d}%"
