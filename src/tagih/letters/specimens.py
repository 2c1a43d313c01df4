"""One invented letter of every kind: for the gallery, for trying a template, and for the tests.

No person, company or number here is real.

>>> specimen("sp1").number
'0123/SP1/COLL-JKT/XI/2026'
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from tagih.contracts import FEE, INTEREST, LATE_CHARGE, PRINCIPAL, Contract, Instalment, LenderType
from tagih.dates import add_months
from tagih.ledger.position import added
from tagih.letters.catalogue import (
    Applied,
    Explained,
    Language,
    Movement,
    Paper,
    PayoffDay,
    PlanRow,
    Reference,
    Relief,
    Stop,
    Verification,
    compose,
    letter_number,
)
from tagih.letters.figures import DueRow, Figures, amounts
from tagih.parties import Address, Collateral, Debtor, Lender, PaymentChannel, Signatory

D = Decimal
DATED: Final = date(2026, 11, 22)

_MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60">'
    '<rect width="60" height="60" rx="8" fill="#12324a"/>'
    '<path d="M14 42V18l16 14 16-14v24" fill="none" stroke="#fff" stroke-width="5" stroke-linejoin="round"/>'
    "</svg>"
)
LOGO: Final = "data:image/svg+xml;base64," + b64encode(_MARK.encode()).decode("ascii")

LENDER: Final = Lender(
    "PT Contoh Maju Pembiayaan",
    lender_type="mf",
    address=Address(
        ("Gedung Contoh Lt. 5, Jl. Teladan Raya Kav. 12",), city="Jakarta Selatan", postal_code="12999"
    ),
    phone="(021) 555-0100",
    email="layanan@contohmaju.example",
    website="www.contohmaju.example",
    licence_line="Berizin dan diawasi oleh Otoritas Jasa Keuangan",
    city="Jakarta",
    unit="COLL-JKT",
    signatory=Signatory("Ratna Prameswari", "Kepala Bagian Penagihan"),
    signatories=(
        ("somasi", Signatory("Hendra Wicaksana", "Direktur")),
        ("paid_off", Signatory("Sri Lestari Handayani", "Kepala Cabang Jakarta")),
    ),
    payment_channels=(
        PaymentChannel("Virtual account Bank Contoh", "88080{contract}", kind="virtual_account"),
        PaymentChannel("Minimarket", "{contract}", note="sebutkan nomor kontrak", kind="minimarket"),
        PaymentChannel("Kasir kantor cabang", note="Senin–Jumat 08.00–15.00 WIB", kind="cashier"),
    ),
    complaints="telepon 0800-1-555-010 atau layanan@contohmaju.example (Senin–Sabtu 08.00–17.00 WIB)",
    logo=LOGO,
)

DEBTOR: Final = Debtor(
    "K-00417",
    "Bagus Setiawan Nugroho",
    salutation="Bapak",
    address=Address(
        ("Jl. Kenanga III No. 17, RT 004/RW 009", "Kel. Sukamaju, Kec. Cilodong"),
        city="Depok",
        postal_code="16499",
    ),
    phone="081255501234",
    email="bagus@example.org",
    national_id="3276010101900001",
    route="DPK-02",
)

COLLATERAL: Final = Collateral(
    "vehicle",
    (
        ("Kendaraan", "Sepeda motor Contoh 125 (2025), hitam"),
        ("Nomor polisi", "B 6123 XYZ"),
        ("Nomor rangka", "MH1JM0000SK000417"),
        ("Nomor mesin", "JM00E0000417"),
    ),
)

CONTRACT: Final = Contract(
    "4100260007",
    tuple(
        Instalment(n, add_months(date(2026, 1, 31), n - 1), principal=D(500_000), interest=D(187_000))
        for n in range(1, 36)
    ),
    debtor_id=DEBTOR.id,
    lender_type="mf",
    product="motor baru",
    signed_on=date(2025, 12, 29),
    principal=D(17_500_000),
    tenor=35,
)


def row(number: int, due_on: date, days: int, late: int, share: int = 1) -> DueRow:
    """A past-due row of the specimen contract; ``share`` 2 leaves half of the principal."""
    owed = amounts(
        principal=D(500_000) / share, interest=D(187_000) if share == 1 else D(0), late_charge=D(late)
    )
    return DueRow(number, due_on, days, owed)


FIGURES: Final = Figures(
    CONTRACT.id,
    DATED,
    rows=(
        row(8, date(2026, 8, 31), 83, 103_750, share=2),
        row(9, date(2026, 9, 30), 53, 182_055),
        row(10, date(2026, 10, 31), 22, 75_570),
    ),
    outstanding=amounts(principal=D(13_750_000), interest=D(5_049_000), late_charge=D(361_375)),
    upcoming=DueRow(11, date(2026, 11, 30), -8, amounts(principal=D(500_000), interest=D(187_000))),
    fingerprint="5f1d7a2c9e40b386",
)
CLEAN: Final = Figures(
    CONTRACT.id,
    DATED,
    outstanding=amounts(principal=D(12_500_000), interest=D(4_675_000)),
    upcoming=FIGURES.upcoming,
    fingerprint="91c2b07d44e6aa10",
)
SETTLED: Final = Figures(CONTRACT.id, DATED, fingerprint="d0c4a1be77f1530e")

VERIFICATION: Final = Verification("K7QF-2M9D-X4", "tagih:1:0123/SP1/COLL-JKT/XI/2026:5f1d7a2c9e40b386")

SP1: Final = Reference("0098/SP1/COLL-JKT/XI/2026", date(2026, 11, 7))
SP2: Final = Reference("0041/SP2/COLL-JKT/XI/2026", date(2026, 11, 14))
SP3: Final = Reference("0012/SP3/COLL-JKT/XI/2026", date(2026, 11, 21))

_PLAN = tuple(
    PlanRow(n, add_months(date(2026, 11, 30), n - 1, anchor_day=31), D(295_500)) for n in range(1, 7)
)
_OLD = (
    Instalment(8, date(2026, 8, 31), principal=D(250_000)),
    *(row for row in CONTRACT.instalments if row.number > 8),
)
_NEW = tuple(
    Instalment(n, add_months(date(2026, 12, 31), n - 36), principal=D(343_750), interest=D(137_500))
    for n in range(36, 76)
)
_TERMS = (
    "Jangka waktu diperpanjang 16 (enam belas) bulan; angsuran terakhir jatuh tempo 31 Maret 2030.",
    "Angsuran menjadi Rp481.250,00 per bulan.",
    "Denda yang terutang sampai tanggal berlaku sebesar Rp361.375,00 dibebaskan.",
)

_MOVEMENTS = (
    Movement(date(2026, 9, 30), "Angsuran ke-9 jatuh tempo", debit=D(687_000)),
    Movement(
        date(2026, 10, 5),
        "Pembayaran melalui virtual account",
        credit=D(437_000),
        reference="VA-20261005-0311",
    ),
    Movement(date(2026, 10, 31), "Angsuran ke-10 jatuh tempo", debit=D(687_000)),
    Movement(date(2026, 11, 22), "Denda keterlambatan sampai dengan 22 November 2026", debit=D(361_375)),
)


def _extra(kind: str) -> dict[str, Any]:
    """The fields of one kind beyond those of every letter."""
    pay_by = {"pay_by": date(2026, 11, 30)}
    extras: dict[str, Callable[[], dict[str, Any]]] = {
        "reminder": lambda: {"figures": CLEAN},
        "reminder_message": lambda: {"figures": CLEAN},
        "overdue": lambda: {"figures": FIGURES, **pay_by},
        "overdue_message": lambda: {"figures": FIGURES, **pay_by},
        "sp1": lambda: {"figures": FIGURES, **pay_by, "copies": ("Kepala Cabang Jakarta", "Arsip")},
        "sp2": lambda: {
            "figures": FIGURES,
            **pay_by,
            "previous": SP1,
            "copies": ("Kepala Cabang Jakarta", "Arsip"),
        },
        "sp3": lambda: {
            "figures": FIGURES,
            **pay_by,
            "previous": SP2,
            "copies": ("Kepala Cabang Jakarta", "Arsip"),
        },
        "somasi": lambda: {
            "figures": FIGURES,
            **pay_by,
            "warnings": (SP1, SP2, SP3),
            "clauses": "Pasal 4 (Kewajiban Pembayaran) dan Pasal 9 (Cedera Janji)",
            "enclosures": ("1 (satu) berkas salinan surat peringatan",),
            "copies": ("Bagian Hukum", "Arsip"),
        },
        "statement": lambda: {
            "since": date(2026, 9, 1),
            "until": DATED,
            "opening": D(687_000),
            "movements": _MOVEMENTS,
            "closing": D(1_985_375),
            "arrears": FIGURES.arrears,
        },
        "receipt": lambda: {
            "payer": DEBTOR.name,
            "paid": D(1_500_000),
            "received_on": date(2026, 11, 20),
            "channel": "kasir kantor cabang Jakarta",
            "applied": (
                Applied(INTEREST, D(187_000), 9, date(2026, 9, 30)),
                Applied(PRINCIPAL, D(500_000), 9, date(2026, 9, 30)),
                Applied(INTEREST, D(187_000), 10, date(2026, 10, 31)),
                Applied(PRINCIPAL, D(500_000), 10, date(2026, 10, 31)),
                Applied(LATE_CHARGE, D(100_000), 9, date(2026, 9, 30)),
            ),
            "unapplied": D(26_000),
        },
        "arrangement": lambda: {"figures": FIGURES, "rows": _PLAN, "covers": D(1_773_000)},
        "promise": lambda: {
            "figures": FIGURES,
            "promised": D(1_000_000),
            "promised_on": date(2026, 11, 27),
            "channel": "virtual account Bank Contoh",
        },
        "promise_message": lambda: {
            "promised": D(1_000_000),
            "promised_on": date(2026, 11, 27),
            "channel": "virtual account Bank Contoh",
        },
        "restructure_offer": lambda: {
            "figures": FIGURES,
            "old_plan": _OLD,
            "new_plan": _NEW,
            "terms": _TERMS,
            "valid_until": date(2026, 12, 6),
        },
        "addendum": lambda: {
            "figures": FIGURES,
            "old_plan": _OLD,
            "new_plan": _NEW,
            "terms": _TERMS,
            "effective_on": date(2026, 12, 1),
        },
        "settlement": lambda: {
            "relief": (
                Relief(PRINCIPAL, D(13_750_000)),
                Relief(INTEREST, D(374_000)),
                Relief(LATE_CHARGE, D(361_375), D(361_375)),
                Relief(FEE, D(150_000), D(75_000)),
            ),
            "valid_until": date(2026, 12, 6),
            "conditions": (
                "pembayaran diterima sekaligus dan penuh paling lambat pada tanggal tersebut",
                "keringanan gugur apabila pembayaran tidak diterima pada waktunya",
            ),
        },
        "payoff": lambda: {
            "days": tuple(
                PayoffDay(
                    date(2026, 11, 22 + day),
                    amounts(
                        principal=D(13_750_000),
                        interest=D(498_200 + 6_875 * day),
                        late_charge=D(361_375 + 8_120 * day),
                    ),
                )
                for day in range(8)
            ),
            "fingerprint": FIGURES.fingerprint,
        },
        "paid_off": lambda: {
            "figures": SETTLED,
            "paid_off_on": date(2026, 11, 20),
            "returns": ("BPKB asli nomor T-00000417", "Sertifikat jaminan fidusia untuk penghapusan (roya)"),
        },
        "dispute_reply": lambda: {
            "dispute": Reference("surat elektronik", date(2026, 11, 18)),
            "subject": "denda angsuran ke-9",
            "lines": (
                Explained("1–20 Oktober: 20 hari × 0,5% × Rp687.000", D(68_700)),
                Explained("21 Oktober–22 November: 33 hari × 0,5% × Rp687.000", D(113_355)),
                Explained("Dibayar pada 12 November", D(-30_000)),
            ),
            "figure": D(152_055),
            "finding": "Pembayaran sebesar Rp30.000,00 pada 12 November 2026 telah kami temukan dan kami"
            " perhitungkan sejak tanggal tersebut.",
        },
        "delivery_slip": lambda: {
            "letters": (
                evolve(SP1, about="Surat Peringatan Pertama (SP1)"),
                Reference("0007/RK/COLL-JKT/XI/2026", DATED, "Rekening Koran"),
            )
        },
    }
    return extras[kind]()


# What a lender's staff would write for an English letter: the catalogue's words are ours, these are theirs.
_ENGLISH: Final[dict[str, dict[str, Any]]] = {
    "statement": {
        "movements": (
            Movement(date(2026, 9, 30), "Instalment 9 falls due", debit=D(687_000)),
            Movement(
                date(2026, 10, 5),
                "Payment by virtual account",
                credit=D(437_000),
                reference="VA-20261005-0311",
            ),
            Movement(date(2026, 10, 31), "Instalment 10 falls due", debit=D(687_000)),
            Movement(date(2026, 11, 22), "Late charge up to 22 November 2026", debit=D(361_375)),
        )
    },
    "receipt": {"channel": "the cashier of the Jakarta branch"},
    "promise_message": {"channel": "Bank Contoh virtual account"},
    "settlement": {
        "conditions": (
            "payment is received at once and in full by that date",
            "the waiver lapses if payment is not received in time",
        )
    },
    "paid_off": {
        "returns": ("Original vehicle title (BPKB) number T-00000417", "Fidusia certificate, for deletion")
    },
    "dispute_reply": {
        "dispute": Reference("e-mail", date(2026, 11, 18)),
        "subject": "the late charge on instalment 9",
        "lines": (
            Explained("1–20 October: 20 days × 0.5% × Rp687.000", D(68_700)),
            Explained("21 October–22 November: 33 days × 0.5% × Rp687.000", D(113_355)),
            Explained("Paid on 12 November", D(-30_000)),
        ),
        "finding": "We found your payment of Rp30.000,00 of 12 November 2026 and counted it from that day.",
    },
}


def _english(lender: Lender) -> dict[str, Any]:
    channels = (
        PaymentChannel("Bank Contoh virtual account", "88080{contract}", kind="virtual_account"),
        PaymentChannel(
            "Convenience store", "{contract}", note="state the contract number", kind="minimarket"
        ),
        PaymentChannel("Branch cashier", note="Monday–Friday 08.00–15.00 WIB", kind="cashier"),
    )
    return {
        "lender": evolve(
            lender,
            signatory=Signatory("Ratna Prameswari", "Head of Collections"),
            signatories=(("paid_off", Signatory("Sri Lestari Handayani", "Jakarta Branch Manager")),),
            payment_channels=channels[: len(lender.payment_channels)],
            complaints="telephone 0800-1-555-010 or layanan@contohmaju.example (Mon–Sat 08.00–17.00 WIB)",
            licence_line="Licensed and supervised by the Financial Services Authority (OJK)",
        ),
        "collateral": Collateral(
            "vehicle",
            (
                ("Vehicle", "Contoh 125 motorcycle (2025), black"),
                ("Plate number", "B 6123 XYZ"),
                ("Chassis number", "MH1JM0000SK000417"),
                ("Engine number", "JM00E0000417"),
            ),
        ),
    }


def lender_of(lender_type: LenderType) -> Lender:
    """The specimen lender as another type of lender, with channels that type may name."""
    channels = LENDER.payment_channels
    if lender_type == "pindar":
        channels = channels[:2]
    names = {
        "bank": "PT Bank Contoh Nusantara",
        "bpr": "PT BPR Contoh Sejahtera",
        "pindar": "PT Contoh Pendanaan Digital",
        "koperasi": "Koperasi Simpan Pinjam Contoh Rukun",
        "mf-syariah": "PT Contoh Amanah Pembiayaan Syariah",
        "lkm": "LKM Contoh Makmur",
    }
    return evolve(
        LENDER,
        lender_type=lender_type,
        name=names.get(lender_type, LENDER.name),
        payment_channels=channels,
        licence_line="" if lender_type == "koperasi" else LENDER.licence_line,  # OJK does not license them
    )


def specimen(kind: str, language: Language = "id", lender_type: LenderType = "mf", **changes: Any) -> Paper:
    """An invented paper of ``kind``; ``changes`` replace its fields."""
    values: dict[str, Any] = {
        "lender": lender_of(lender_type),
        "dated": DATED,
        "number": letter_number(123, kind, LENDER.unit, DATED),
        "language": language,
        "verification": VERIFICATION,
    }
    if kind == "delivery_list":
        stops = (
            Stop(Reference("0123/SP1/COLL-JKT/XI/2026", DATED, "SP1"), DEBTOR),
            Stop(
                Reference("0124/SP1/COLL-JKT/XI/2026", DATED, "SP1"),
                Debtor(
                    "K-00533",
                    "Wulandari Kusumaningtyas",
                    "Ibu",
                    Address(("Perumahan Melati Blok C2 No. 5",), city="Depok", postal_code="16498"),
                    phone="081355509876",
                ),
            ),
            Stop(
                Reference("0042/SP2/COLL-JKT/XI/2026", DATED, "SP2"),
                Debtor(
                    "K-00098",
                    "Yohanes Ferdinand Tambunan",
                    "Bapak",
                    Address(
                        ("Jl. Mawar No. 3, RT 001/RW 002", "Kel. Cisalak"), city="Depok", postal_code="16416"
                    ),
                ),
            ),
        )
        values |= {"route": "DPK-02", "carrier": "Dimas Prakoso (K-117)", "stops": stops}
    else:
        values |= {
            "debtor": DEBTOR,
            "contract": evolve(CONTRACT, lender_type=lender_type),
            "collateral": COLLATERAL,
        }
        values |= _extra(kind)
        if language == "en":
            values |= _english(values["lender"]) | _ENGLISH.get(kind, {})
            if values.get("copies"):
                values["copies"] = ("Jakarta Branch Manager", "File")
    return compose(kind, **{**values, **changes})


def long_case(kind: str = "sp1", instalments: int = 40) -> Paper:
    """The hard case: many rows, a name of 80 letters, an address of five lines."""
    start = date(2023, 7, 31)
    rows = tuple(
        DueRow(
            n,
            add_months(start, n - 1),
            (DATED - add_months(start, n - 1)).days,
            amounts(principal=D(1_250_000), interest=D(437_500), late_charge=D(843_750 - n * 1_250)),
        )
        for n in range(1, instalments + 1)
    )
    arrears = added(r.owed for r in rows)
    debtor = evolve(
        DEBTOR,
        name="Raden Ajeng Kusumawardhani Tunggadewi Maheswari binti Almarhum Haji Abdurahman W",
        salutation="Ibu",
        address=Address(
            (
                "Perumahan Graha Contoh Permai Blok AA-12 Nomor 117, Jalan Bunga Kenanga Timur Raya",
                "RT 004/RW 009, Lingkungan Sukamaju Baru Sebelah Utara",
                "Kelurahan Sukamaju Baru, Kecamatan Tapos Cilodong Raya",
                "Patokan: belakang masjid raya, pagar hijau",
            ),
            city="Kabupaten Contoh Sari Mulya",
            postal_code="16499",
        ),
    )
    figures = Figures(
        CONTRACT.id,
        DATED,
        rows=rows,
        outstanding=arrears + amounts(principal=D(25_000_000)),
        unapplied=D(125_000),
    )
    return specimen(kind, debtor=debtor, figures=figures)
