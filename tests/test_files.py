"""Books: what is read, what is refused, and that nothing is lost between the two."""

from __future__ import annotations

import csv
import json
import pickle
import shutil
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tagih.contracts import (
    INTEREST,
    LATE_CHARGE,
    PRINCIPAL,
    Acceleration,
    Charge,
    Chargeback,
    Component,
    Correction,
    Drawdown,
    Forgiveness,
    Pause,
    Payment,
    Refund,
    Restructure,
    Reversal,
    Waiver,
    WriteOff,
)
from tagih.errors import InputError, UnavailableError
from tagih.files import (
    BookError,
    DateFormat,
    NumberFormat,
    read_book,
    read_day,
    read_moment,
    read_number,
    write_rejected,
    written_whole,
)

D = Decimal
BASE = Path(__file__).parent / "errors" / "base"
LENDER = '[lender]\nname = "PT Contoh"\ntype = "mf"\n'
DOTS, COMMAS, NOTHING = NumberFormat(thousands="."), NumberFormat(thousands=","), NumberFormat()


def book(folder: Path, toml: str = "", **tables: str) -> Path:
    """A book of small CSV files, ours by default."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tagih.toml").write_text(LENDER + toml, encoding="utf-8")
    files = {
        "contracts": "id\nMF-1\n",
        "instalments": "contract,number,due_on,principal,interest\nMF-1,1,2026-01-31,1000000,20000\n",
        **tables,
    }
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


# --- numbers ----------------------------------------------------------------------------------

NUMBERS = [
    # text, declared, value or the code of the refusal
    ("1500000", NOTHING, D(1500000)),
    ("1.500.000", NOTHING, D(1500000)),
    ("1,500,000", NOTHING, D(1500000)),
    ("1.500.000,00", NOTHING, D("1500000.00")),
    ("1,500,000.00", NOTHING, D("1500000.00")),
    ("Rp1.500.000", NOTHING, D(1500000)),
    ("Rp. 1.500.000,-", NOTHING, D(1500000)),
    ("Rp 500.000,-", NOTHING, D(500000)),
    ("IDR 1500000", NOTHING, D(1500000)),
    ("1.500", NOTHING, "number.ambiguous"),
    ("1,500", NOTHING, "number.ambiguous"),
    ("12.345", NOTHING, "number.ambiguous"),
    ("1500.5", NOTHING, D("1500.5")),
    ("1500,25", NOTHING, D("1500.25")),
    ("0.500", NOTHING, D("0.500")),
    ("1.500.00", NOTHING, "number.none"),
    ("1.500,000.00", NOTHING, "number.none"),
    ("1 500 000", NOTHING, "number.none"),
    ("", NOTHING, "number.none"),
    ("lunas", NOTHING, "number.none"),
    ("1e6", NOTHING, "number.none"),
    ("1.500", DOTS, D(1500)),
    ("1.500,50", DOTS, D("1500.50")),
    ("1,500", DOTS, D("1.500")),
    ("1,500,000", DOTS, "number.form"),
    ("1.50", DOTS, "number.form"),
    ("1.500", COMMAS, D("1.500")),
    ("1,500", COMMAS, D(1500)),
    ("1.500.000", COMMAS, "number.form"),
    ("1500.25", NumberFormat(thousands="", decimal="."), D("1500.25")),
    ("1,500", NumberFormat(thousands="", decimal="."), "number.form"),
    ("-1.500", DOTS, D(-1500)),
    ("(1.500)", DOTS, D(-1500)),
    ("1.500-", DOTS, D(-1500)),
    ("-Rp1.500", DOTS, D(-1500)),
    ("Rp-1.500", DOTS, D(-1500)),
    ("(Rp 1.500,00)", DOTS, D("-1500.00")),
]


@pytest.mark.parametrize(("text", "declared", "expected"), NUMBERS)
def test_numbers_are_read_as_declared_or_refused(
    text: str, declared: NumberFormat, expected: Decimal | str
) -> None:
    if isinstance(expected, Decimal):
        assert read_number(text, declared) == expected
    else:
        with pytest.raises(InputError) as refused:
            read_number(text, declared)
        assert refused.value.code == expected


@given(st.integers(0, 10**13), st.integers(0, 99), st.booleans(), st.booleans())
@settings(max_examples=100)
def test_what_a_declared_format_writes_it_reads_back(
    whole: int, sen: int, dots: bool, negative: bool
) -> None:
    form = DOTS if dots else COMMAS
    thousands, decimal = form.separators
    text = f"{whole:,}".replace(",", thousands) + f"{decimal}{sen:02d}"
    value = D(f"{'-' if negative else ''}{whole}.{sen:02d}")
    assert read_number(f"-Rp{text}" if negative else f"Rp {text}", form) == value


@given(st.integers(0, 10**9), st.sampled_from([DOTS, COMMAS]))
@settings(max_examples=100)
def test_nothing_declared_never_reads_what_a_declaration_would_read_otherwise(
    whole: int, form: NumberFormat
) -> None:
    text = f"{whole:,}".replace(",", form.separators[0])
    ambiguous = 1000 <= whole < 1_000_000
    if ambiguous:
        with pytest.raises(InputError, match="could mean"):
            read_number(text)
    else:
        assert read_number(text) == whole


# --- dates ------------------------------------------------------------------------------------

DMY, MDY = DateFormat(order="dmy"), DateFormat(order="mdy")
DAYS = [
    ("2026-03-31", DateFormat(), date(2026, 3, 31)),
    ("2026/03/31", DateFormat(), date(2026, 3, 31)),
    ("31/03/2026", DateFormat(), date(2026, 3, 31)),
    ("31-03-2026", DateFormat(), date(2026, 3, 31)),
    ("31.03.2026", DateFormat(), date(2026, 3, 31)),
    ("03/31/2026", DateFormat(), date(2026, 3, 31)),
    ("31 Maret 2026", DateFormat(), date(2026, 3, 31)),
    ("31 Mar 2026", DateFormat(), date(2026, 3, 31)),
    ("31-Mei-2026", DateFormat(), date(2026, 5, 31)),
    ("17 Agt 2026", DateFormat(), date(2026, 8, 17)),
    ("March 31, 2026", DateFormat(), date(2026, 3, 31)),
    ("Selasa, 31 Maret 2026", DateFormat(), date(2026, 3, 31)),
    ("20260331", DateFormat(), date(2026, 3, 31)),
    ("31032026", DateFormat(), date(2026, 3, 31)),
    ("05/05/2026", DateFormat(), date(2026, 5, 5)),
    ("03/04/2026", DateFormat(), "day.ambiguous"),
    ("03042026", DateFormat(), "day.ambiguous"),
    ("03/04/2026", DMY, date(2026, 4, 3)),
    ("03/04/2026", MDY, date(2026, 3, 4)),
    ("31/03/2026", MDY, "day.none"),
    ("31/02/2026", DMY, "day.none"),
    ("29/02/2026", DMY, "day.none"),
    ("29/02/2028", DMY, date(2028, 2, 29)),
    ("31/03/26", DMY, "day.century"),
    ("31/03/26", DateFormat(order="dmy", century=2000), date(2026, 3, 31)),
    ("31-Mar-26", DateFormat(century=2000), date(2026, 3, 31)),
    ("0202-01-31", DateFormat(), "day.year"),
    ("46112", DateFormat(), "day.serial"),
    ("31 Foo 2026", DateFormat(), "day.none"),
    ("2026-03-31 23:59:59", DateFormat(), date(2026, 3, 31)),
    ("2026-03-31T18:30:00Z", DateFormat(), date(2026, 4, 1)),
    ("31/03/2026 14.05 WIB", DMY, date(2026, 3, 31)),
    ("2026-03-31 25:00", DateFormat(), "moment.none"),
]


@pytest.mark.parametrize(("text", "declared", "expected"), DAYS)
def test_dates_are_read_as_declared_or_refused(text: str, declared: DateFormat, expected: date | str) -> None:
    if isinstance(expected, date):
        assert read_day(text, declared) == expected
    else:
        with pytest.raises(InputError) as refused:
            read_day(text, declared)
        assert refused.value.code == expected


def test_a_day_alone_was_known_by_its_end_in_the_lenders_zone() -> None:
    assert read_moment("2026-03-31").astimezone(UTC) == datetime(2026, 3, 31, 16, 59, 59, tzinfo=UTC)
    assert read_moment("31/03/2026 14:05 WITA").astimezone(UTC) == datetime(2026, 3, 31, 6, 5, tzinfo=UTC)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["dmy", "mdy", "ymd"]))
@settings(max_examples=100)
def test_what_a_declared_order_writes_it_reads_back(day: date, order: str) -> None:
    parts = {"d": f"{day.day:02d}", "m": f"{day.month:02d}", "y": f"{day.year}"}
    assert read_day("/".join(parts[letter] for letter in order), DateFormat(order=order)) == day


# --- a whole book -----------------------------------------------------------------------------


def test_a_book_is_contracts_and_what_happened_to_them(tmp_path: Path) -> None:
    read = read_book(BASE)
    contract = read.contracts["MF-0001"]
    assert (contract.principal, contract.debtor_id, contract.lender_type) == (D(2000000), "K-01", "mf")
    assert [row.total for row in contract.instalments] == [D(1020000), D(1020000)]
    assert read.events_of(contract) == (Payment("R-1", date(2026, 2, 3), D(1020000)),)
    assert read.lender.name == "PT Contoh Pembiayaan"
    debtor = read.debtor_of(contract)
    assert debtor is not None
    assert debtor.name == "Wulan Contoh"
    assert (read.complaints, read.warnings, read.incomplete) == ((), (), {})


def test_identifiers_stay_as_they_are(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        contracts='id\n00123\n="00456"\n3201271503880001\n',
        instalments="contract,number,due_on,principal\n00123,1,2026-01-31,1\n"
        "00456,1,2026-01-31,1\n3201271503880001,1,2026-01-31,1\n",
    )
    assert list(read_book(folder).contracts) == ["00123", "00456", "3201271503880001"]


def test_own_columns_become_tags_and_own_figures_are_kept_apart(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        '[tables.contracts]\nignore_columns = ["CATATAN"]\n[tables.contracts.columns]\nid = "NO"\n'
        '[tables.contracts.tags]\nbranch = "CABANG"\n'
        '[tables.contracts.against]\ndays_past_due = "OD"\nclass = "KOL"\nprincipal_balance = "OS"\n'
        '[tables.contracts.values.branch]\n"01" = "Jakarta"\n',
        contracts="NO,CABANG,OD,KOL,OS,NO_POLISI,CATATAN\nMF-1,01,12,2,500000,B 1234 XYZ,x\n",
    )
    read = read_book(folder)
    assert read.contracts["MF-1"].tags == (("branch", "Jakarta"), ("NO_POLISI", "B 1234 XYZ"))
    assert read.against["MF-1"] == {"days_past_due": 12, "class": "2", "principal_balance": D(500000)}


EVENTS = """id,contract,kind,effective_on,amount,target,component,instalment,until,of,due_on,waived,kept
P-1,MF-1,payment,2026-02-01,100,,,,,,,,
E-1,MF-1,reversal,2026-02-02,,P-1,,,,,,,
E-2,MF-1,correction,2026-02-02,90,P-1,,,,,,,
E-3,MF-1,charge,2026-02-02,50,,fee:asuransi,1,,,2026-02-10,,
E-4,MF-1,waiver,2026-02-02,,,late_charge,1 2,,,,,
E-5,MF-1,pause,2026-02-02,,,,,2026-02-28,late_charge,,,
E-6,MF-1,acceleration,2026-02-02,,,,,,,,,
E-7,MF-1,write_off,2026-02-02,,,principal interest,,,,,,
E-8,MF-1,forgiveness,2026-02-02,,,,,,,,,
E-9,MF-1,refund,2026-02-02,10,,,,,,,,
E-10,MF-1,chargeback,2026-02-02,10,P-1,,,,,,,
E-11,MF-1,restructure,2026-02-02,,,,,,,,late_charge=15,interest
E-12,MF-1,drawdown,2026-02-02,500,,principal,1,,,,,
"""


def test_every_kind_of_event_can_be_written(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        events=EVENTS,
        new_instalments="event,number,due_on,principal\nE-11,2,2026-03-31,100\n",
    )
    read = read_book(folder, strict=True)
    day = date(2026, 2, 2)
    events = {event.id: event for event in read.events_of("MF-1")}
    assert events.pop("P-1") == Payment("P-1", date(2026, 2, 1), D(100))
    restructure = events.pop("E-11")
    assert isinstance(restructure, Restructure)
    assert restructure.instalments[0].due_on == date(2026, 3, 31)
    assert (restructure.waived, restructure.kept) == (((LATE_CHARGE, D(15)),), (INTEREST,))
    insurance = Component("fee", "asuransi")
    assert list(events.values()) == [
        Reversal("E-1", day, "P-1"),
        Correction("E-2", day, "P-1", D(90)),
        Charge("E-3", day, insurance, D(50), 1, date(2026, 2, 10)),
        Waiver("E-4", day, LATE_CHARGE, None, (1, 2)),
        Pause("E-5", day, date(2026, 2, 28), ("late_charge",)),
        Acceleration("E-6", day),
        WriteOff("E-7", day, (PRINCIPAL, INTEREST)),
        Forgiveness("E-8", day),
        Refund("E-9", day, D(10)),
        Chargeback("E-10", day, "P-1", D(10)),
        Drawdown("E-12", day, ((1, PRINCIPAL, D(500)),)),
    ]


def test_a_negative_receipt_of_the_same_number_takes_the_receipt_back(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        '[tables.payments]\nnegative = "reversal"\n',
        payments="id,contract,effective_on,amount\nR-1,MF-1,2026-02-01,500\nR-2,MF-1,2026-02-01,500\n"
        "R-1,MF-1,2026-02-03,-500\n",
    )
    assert read_book(folder, strict=True).events_of("MF-1")[-1] == Reversal("R-1/R", date(2026, 2, 3), "R-1")


def test_a_contract_may_open_with_balances(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        '[opening]\non = 2026-01-31\nearlier = "ignore"\n',
        contracts="id,unapplied,principal_balance\nMF-1,5000,1600\n",
        instalments="contract,number,due_on,principal,interest\nMF-1,1,2026-01-15,1000,20\n"
        "MF-1,2,2026-02-15,1000,20\n",
        opening="contract,instalment,principal,late_charge,fee:materai\nMF-1,1,600,15,\n",
        payments="id,contract,effective_on,amount\nR-1,MF-1,2026-01-31,400\nR-2,MF-1,2026-02-01,600\n",
    )
    read = read_book(folder, strict=True)
    opening = read.contracts["MF-1"].opening
    assert opening is not None
    assert (opening.on, opening.unapplied) == (date(2026, 1, 31), D(5000))
    assert [(row.component, row.outstanding) for row in opening.balances] == [
        (PRINCIPAL, D(600)),
        (LATE_CHARGE, D(15)),
    ]
    assert [event.id for event in read.events_of("MF-1")] == ["R-2"]
    assert [count.ignored for count in read.tables if count.table == "payments"] == [1]


def test_instalments_are_generated_from_terms(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        '[rates.products]\n"Motor" = { method = "flat", annual_rate = "0.24", unit = "1000", '
        'rounding = "up" }\n',
        contracts="id,product,principal,tenor,first_due\nMF-2,Motor,12000000,12,2026-01-31\n",
        instalments="contract,number,due_on\n",
    )
    contract = read_book(folder, strict=True).contracts["MF-2"]
    assert len(contract.instalments) == 12
    assert sum(row.principal for row in contract.instalments) == D(12000000)
    assert contract.instalments[0].total == D(1240000)  # 1.000.000 + 2% of 12.000.000
    assert contract.instalments[1].due_on == date(2026, 2, 28)


def test_policies_go_from_general_to_particular(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        '[policies]\ndefault = ["a", { kind = "late_charge", daily_rate = "0.005" }]\n'
        '[policies.products]\nMotor = ["b"]\n[policies.contracts]\n"MF-1" = ["c"]\n',
        contracts="id,product,policies\nMF-1,Motor,d e\n",
    )
    read = read_book(folder)
    ids = read.policy_ids(read.contracts["MF-1"])
    assert ids == ("a", {"kind": "late_charge", "daily_rate": "0.005"}, "b", "c", "d", "e")


def test_a_bad_payment_leaves_its_contract_incomplete_but_standing(tmp_path: Path) -> None:
    folder = book(tmp_path / "b", payments="id,contract,effective_on,amount\nR-1,MF-1,2026-01-31,seratus\n")
    read = read_book(folder)
    assert "MF-1" in read.contracts
    assert [complaint.row for complaint in read.incomplete["MF-1"]] == [2]


def test_strict_raises_with_every_complaint(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        payments="id,contract,effective_on,amount\nR-1,MF-1,31/02/2026,x\nR-2,MF-9,2026-01-31,1\n",
    )
    with pytest.raises(BookError, match=r"payments.csv:2: .*\(and 2 more\)") as refused:
        read_book(folder, strict=True)
    assert len(refused.value.complaints) == 3
    assert pickle.loads(pickle.dumps(refused.value)).complaints == refused.value.complaints


# --- rejected rows come back ------------------------------------------------------------------


def test_mended_rows_stand_in_for_the_ones_they_came_from(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        '[format]\nnumber = { thousands = ".", decimal = "," }\n',
        payments="id;contract;effective_on;amount\nR-1;MF-1;31/02/2026;1.500\nR-2;MF-1;2026-01-31;2.000\n"
        "R-3;MF-1;2026-02-01;x\n",
    )
    (written,) = write_rejected(read_book(folder), tmp_path / "rejected")
    text = written.read_text(encoding="utf-8-sig")
    assert (
        text.splitlines()[0]
        == "id;contract;effective_on;amount;tagih_file;tagih_row;tagih_field;tagih_reason"
    )
    (folder / "mended").mkdir()
    mended = folder / "mended" / "payments.csv"
    mended.write_text(text.replace("31/02/2026", "28/02/2026"), encoding="utf-8-sig")
    read = read_book(folder)
    assert [event.id for event in read.events_of("MF-1")] == ["R-2", "R-1"]
    assert [(count.file, count.accepted, count.rejected, count.replaced) for count in read.tables][-2:] == [
        ("payments.csv", 1, 0, 2),
        ("mended/payments.csv", 1, 1, 0),
    ]
    (second,) = write_rejected(read, tmp_path / "again")
    mended.with_name("payments-2.csv").write_text(
        second.read_text(encoding="utf-8-sig").replace(";x;", ";3.000;"), encoding="utf-8"
    )
    whole = read_book(folder, strict=True)
    assert {event.id for event in whole.events_of("MF-1")} == {"R-1", "R-2", "R-3"}


def test_a_row_with_too_many_cells_comes_back_with_its_rest_together(tmp_path: Path) -> None:
    folder = book(
        tmp_path / "b",
        "[format]\nnumber = { thousands = ',', decimal = '.' }\n",
        payments="id,contract,effective_on,amount\nR-1,MF-1,2026-01-31,1,500,000\n",
    )
    (written,) = write_rejected(read_book(folder), tmp_path / "rejected")
    (folder / "mended").mkdir()
    shutil.copy(written, folder / "mended" / "payments.csv")
    (payment,) = read_book(folder, strict=True).events_of("MF-1")
    assert isinstance(payment, Payment)
    assert payment.amount == D(1500000)


def test_a_mended_file_in_the_place_of_the_original_is_read_as_it_is(tmp_path: Path) -> None:
    folder = book(tmp_path / "b", payments="id,contract,effective_on,amount\nR-1,MF-1,31/02/2026,1500\n")
    (written,) = write_rejected(read_book(folder), tmp_path / "rejected")
    mended = written.read_text(encoding="utf-8-sig").replace("31/02/2026", "2026-02-28")
    (folder / "payments.csv").write_text(mended, encoding="utf-8")
    assert [event.id for event in read_book(folder, strict=True).events_of("MF-1")] == ["R-1"]


def interrupted(target: Path) -> None:
    with written_whole(target) as file:
        file.write("half")
        raise KeyboardInterrupt


def test_no_half_file_is_left_behind(tmp_path: Path) -> None:
    target = tmp_path / "out" / "payments.csv"
    with pytest.raises(KeyboardInterrupt):
        interrupted(target)
    assert list(target.parent.iterdir()) == []
    (tmp_path / "flat").write_text("a file, not a folder")
    with pytest.raises(UnavailableError, match="cannot be written"):
        interrupted(tmp_path / "flat" / "x.csv")


# --- the same book from every kind of file ----------------------------------------------------

ROWS: list[dict[str, Any]] = [
    {"id": "R-1", "contract": "MF-0001", "effective_on": date(2026, 2, 3), "amount": D("1020000.50")},
    {"id": "R-2", "contract": "MF-0002", "effective_on": date(2026, 1, 15), "amount": D("1015000")},
]


def as_csv(path: Path) -> Path:
    with (path := path / "payments.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ROWS[0])
        writer.writeheader()
        writer.writerows(ROWS)
    return path


def as_jsonl(path: Path) -> Path:
    path = path / "payments.jsonl"
    path.write_text("".join(json.dumps(plain(row)) + "\n" for row in ROWS))
    return path


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "effective_on": row["effective_on"].isoformat(), "amount": float(row["amount"])}


def as_parquet(path: Path) -> Path:
    path = path / "payments.parquet"
    polars.DataFrame(ROWS).write_parquet(path)
    return path


def as_xlsx(path: Path) -> Path:
    path = path / "payments.xlsx"
    workbook = xlsxwriter.Workbook(path)
    sheet, day = workbook.add_worksheet("Bayar"), workbook.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, list(ROWS[0]))
    for number, row in enumerate(ROWS, 1):
        sheet.write_string(number, 0, row["id"])
        sheet.write_string(number, 1, row["contract"])
        sheet.write_datetime(number, 2, datetime.combine(row["effective_on"], datetime.min.time()), day)
        sheet.write_number(number, 3, float(row["amount"]))
    workbook.close()
    return path


@pytest.mark.parametrize("write", [as_csv, as_jsonl, as_parquet, as_xlsx])
def test_every_kind_of_file_gives_the_same_payments(tmp_path: Path, write: Any) -> None:
    folder = tmp_path / "b"
    shutil.copytree(BASE, folder)
    (folder / "payments.csv").unlink()
    toml = (folder / "tagih.toml").read_text()
    start = toml.index("[tables.payments.columns]")
    (folder / "tagih.toml").write_text(toml[:start] + toml[toml.index("[tables.debtors.columns]") :])
    write(folder)
    read = read_book(folder, strict=True)
    assert [(event.id, event.effective_on, event.amount) for event in read.events_of("MF-0001")] == [  # type: ignore[union-attr]
        ("R-1", date(2026, 2, 3), D("1020000.50"))
    ]


def test_a_missing_reader_names_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = book(tmp_path / "b")
    (folder / "payments.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(UnavailableError, match=r"pip install 'tagih\[portfolio\]'"):
        read_book(folder)


SCRAPS = [
    '"',
    "\n",
    ",",
    ";",
    "\x00",
    "\udcff",
    "-",
    "1e999",
    "9" * 30,
    "\r",
    "(",
    "%",
    "0000-00-00",
    "٣",
    " 99:99",
]


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(SCRAPS)), min_size=1, max_size=5), st.data())
@settings(max_examples=60, deadline=None)
def test_no_broken_file_ever_escapes_as_a_bug(
    tmp_path_factory: pytest.TempPathFactory, scraps: list[tuple[int, str]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("b") / "buku"
    shutil.copytree(BASE, folder)
    target = folder / data.draw(
        st.sampled_from(["contracts.csv", "instalments.csv", "payments.csv", "tagih.toml"])
    )
    text = target.read_text(encoding="utf-8")
    for at, scrap in scraps:
        text = text[: at % len(text)] + scrap + text[at % len(text) :]
    target.write_bytes(text.encode("utf-8", "surrogateescape"))
    try:
        read = read_book(folder)
    except BookError:
        return
    for count in read.tables:
        assert count.rows == count.accepted + count.rejected + count.ignored + count.replaced
    write_rejected(read, folder / "rejected")


@given(st.lists(st.sampled_from(["100", "x", "-5", "1.500", "", "0", "2000000"]), max_size=12))
@settings(max_examples=40, deadline=None)
def test_accepted_and_rejected_rows_add_up_whatever_is_in_them(
    tmp_path_factory: pytest.TempPathFactory, amounts: list[str]
) -> None:
    rows = "".join(f"R-{n},MF-1,2026-01-31,{amount}\n" for n, amount in enumerate(amounts))
    folder = book(tmp_path_factory.mktemp("b"), payments="id,contract,effective_on,amount\n" + rows)
    read = read_book(folder)
    (count,) = [count for count in read.tables if count.table == "payments"]
    assert count.rows == len(amounts) == count.accepted + count.rejected
    assert count.accepted == len(read.events_of("MF-1"))
