"""A book's policies: the later of a kind holds, law is not undercut, and the cap bounds the late charge."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from tagih.errors import PolicyError
from tagih.files import read_book
from tagih.portfolio.book import position, positions

TOML = """
[lender]
name = "PT Contoh Pindar"
type = "pindar"

[policies]
default = [
    "id.kol.pindar",
    "id.cap.pindar.2024",
    "id.cap.pindar.2025",
    { kind = "late_charge", daily_rate = "0.01", base = "agreed_amount", counting = "due_day_free" },
]
"""
CONTRACTS = """id,debtor,signed_on,agreed_amount,principal,tenor,frequency
OLD,D-1,2023-06-01,1000000,1000000,1,monthly
NEW,D-1,2026-01-02,1000000,1000000,1,monthly
LONG,D-1,2026-01-02,1000000,1000000,7,monthly
"""
INSTALMENTS = """contract,number,due_on,principal,interest
OLD,1,2026-02-02,1000000,90000
NEW,1,2026-02-02,1000000,90000
LONG,1,2026-02-02,1000000,90000
"""


@pytest.fixture
def book(tmp_path):
    def write(toml=TOML):
        (tmp_path / "tagih.toml").write_text(toml)
        (tmp_path / "contracts.csv").write_text(CONTRACTS)
        (tmp_path / "instalments.csv").write_text(INSTALMENTS)
        (tmp_path / "debtors.csv").write_text("id,name\nD-1,Sari\n")
        return read_book(tmp_path)

    return write


@pytest.mark.parametrize(
    ("contract", "as_of", "charged"),
    [
        ("OLD", date(2026, 2, 12), D(100_000)),  # signed before any cap: its own 1 % a day
        ("NEW", date(2026, 2, 12), D(30_000)),  # up to six months: 0.3 % of the agreed amount
        ("LONG", date(2026, 2, 12), D(20_000)),  # longer: 0.2 %
        # everything beyond principal is at most the agreed amount: 910.000 after 90.000 of interest,
        # reached on day 304 at 0.3 % a day (SEOJK 19/SEOJK.06/2025 XIV.5)
        ("NEW", date(2026, 12, 2), D(909_000)),
        ("NEW", date(2026, 12, 3), D(910_000)),
        ("NEW", date(2027, 6, 1), D(910_000)),
    ],
)
def test_the_signing_day_chooses_the_cap_of_the_late_charge(book, contract, as_of, charged):
    assert position(book(), contract, as_of).outstanding.late_charge == charged


def test_a_book_may_be_stricter_than_law_never_looser(book):
    strict = TOML.replace('"id.kol.pindar",', '"id.kol.pindar", { kind = "buckets", buckets = [{ code = "1", '
                          'from_day = 0 }, { code = "2", from_day = 1 }, { code = "3", from_day = 20 }, '
                          '{ code = "4", from_day = 61 }, { code = "5", from_day = 91 }] },')  # fmt: skip
    found = position(book(strict), "NEW", date(2026, 2, 22)).policy
    assert found.bucket_for(20).code == "3"
    with pytest.raises(PolicyError, match=r"looser than 'id\.kol\.pindar': bucket '3' starts at 32"):
        list(positions(book(strict.replace("from_day = 20", "from_day = 32")), date(2026, 2, 22)))
