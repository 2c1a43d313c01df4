"""A large book's month end, in columns, has the same figures as contract by contract."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

import polars as pl
import pytest
from click.testing import CliRunner
from tests.lender_files import CONTRACTS, INSTALMENTS, PAYMENTS, RUPIAH, indonesian

from tagih.cli import main
from tagih.files import read_book
from tagih.files.complaints import BookError
from tagih.portfolio import large, synth
from tagih.reports import long_sheets, tables
from tagih.reports.large import large_month
from tagih.reports.month import month
from tagih.reports.month_end import pack
from tagih.reports.pack_xlsx import write
from tagih.reports.tables import Column, Table

OCTOBER = synth.END
FEW = 160


@pytest.fixture(scope="module")
def frames():
    return synth.tables(0, FEW, seed=5)


@pytest.fixture(autouse=True)
def _none_is_small(monkeypatch):
    monkeypatch.setattr(large, "FEW", 10)


def written(folder, frames, **records):
    folder.mkdir(parents=True)
    (folder / "tagih.toml").write_text(synth.BOOK, encoding="utf-8")
    for name, frame in frames.items():
        half = -(-frame.height // 2)
        for part, piece in enumerate((frame[:half], frame[half:])):
            piece.write_parquet(folder / f"{name}-{part:04}.parquet")
    for name, text in records.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def cells(table):
    """A table's CSV with numbers as numbers: 900 in a file of whole rupiah is 900.00 in columns."""

    def cell(text):
        try:
            return Decimal(text)
        except InvalidOperation:
            return text

    return [[cell(text) for text in row] for row in csv.reader(io.StringIO(tables.to_csv(table)))]


def both(folder, as_of=OCTOBER, **options):
    found = large_month(folder, as_of, **options)
    assert found is not None, "the book is one that columns can tell"
    return pack(found, "en"), pack(month(read_book(folder), as_of, **options), "en")


def same(one, other):
    assert [table.name for table in one.tables] == [table.name for table in other.tables]
    for mine, theirs in zip(one.tables, other.tables, strict=True):
        assert cells(mine) == cells(theirs), mine.name
        assert (mine.title, mine.notes) == (theirs.title, theirs.notes)


def event(frames, kind, contracts, on, **more):
    """Events of a kind for some contracts, in the columns of the events table."""
    ids = frames["contracts"]["id"].gather(contracts)
    given = {"kind": kind, "effective_on": on, "target": None, "component": None, "amount": None, **more}
    made = pl.DataFrame({"id": [f"X-{kind}-{id}" for id in ids], "contract": ids}).with_columns(
        pl.lit(value).alias(name) for name, value in given.items()
    )
    known = frames["events"].schema
    return made.with_columns(pl.col(name).cast(kind) for name, kind in known.items())


def test_a_book_of_payments_charges_and_reversals(tmp_path, frames):
    same(*both(written(tmp_path / "book", frames), months=6))


def test_another_month_of_the_same_book(tmp_path, frames):
    same(*both(written(tmp_path / "book", frames), as_of=date(2026, 7, 15), months=3))


TOLERANT = """    { kind = "arrears", grace_days = 2, due_day = 1, tolerance = { amount = 60000 } },
"""


def test_tolerance_and_grace_move_the_days_and_the_day_since_when_a_class_holds(tmp_path, frames):
    folder = written(tmp_path / "book", frames)
    scheme = '    "id.kol.mf.2018",\n'
    toml = (folder / "tagih.toml").read_text()
    (folder / "tagih.toml").write_text(toml.replace(scheme, scheme + TOLERANT))
    one, other = both(folder, months=2)
    same(one, other)
    assert any(row["since"] != row["since"].replace(day=1) for row in one.table("slik").rows)


def test_what_columns_cannot_tell_is_told_one_by_one_beside_them(tmp_path, frames):
    more = [
        event(frames, "write_off", [3, 17, 60], date(2026, 9, 20)),
        event(frames, "write_off", [71], date(2026, 10, 12)),
        event(frames, "waiver", [5, 6], date(2026, 10, 5), component="late_charge"),
        event(frames, "correction", [], date(2026, 10, 5)),
    ]
    paid = frames["payments"].filter(pl.col("effective_on").is_between(date(2026, 8, 1), date(2026, 9, 30)))
    fixed = paid.unique("contract", keep="first", maintain_order=True)[:4]
    more.append(
        fixed.select(
            id=pl.lit("C-") + pl.col("id"), contract="contract", kind=pl.lit("correction"),
            effective_on=pl.lit(date(2026, 10, 7)), target="id", component=pl.lit(None, pl.String),
            amount=pl.col("amount") - 1000,
        )
    )  # fmt: skip
    collectors = pl.Series("collector", [f"K{n % 3}" for n in range(FEW)])
    changed = {
        **frames,
        "events": pl.concat([frames["events"], *more], how="vertical_relaxed"),
        "contracts": frames["contracts"].with_columns(collectors),
    }
    id = frames["contracts"]["id"].to_list()
    late = {
        "letters": f"contract,kind,issued_on,number,sent_on\n{id[11]},sp1,2026-10-05,0001/SP1,2026-10-05\n",
        "holds": f"contract,kind,from_day,until,note\n{id[12]},dispute,2026-10-01,,disputed\n",
        "promises": f"id,contract,made_on,due_on,amount\nJ-1,{id[12]},2026-10-02,2026-10-09,500000\n"
        f"J-2,{id[23]},2026-10-02,2026-10-20,100000\n",
        "assignments": f"contract,collector,from_day\n{id[2]},K9,2026-10-11\n",
        "contacts": f"id,contract,at,channel,by\nN-1,{id[40]},2026-10-03 10:00:00,phone,K1\n",
    }
    one, other = both(written(tmp_path / "book", changed, **late), months=4)
    same(one, other)
    assert {row["contract"] for row in one.table("contracts").rows if row["state"] == "written_off"}
    assert one.month.beside.after


def test_payments_of_a_contract_that_is_not_there_are_named_and_exit_1(tmp_path, frames):
    lost = frames["payments"][:2].with_columns(contract=pl.lit("K-LOST"), id=pl.lit("P-") + pl.col("id"))
    changed = {**frames, "payments": pl.concat([frames["payments"], lost])}
    folder = written(tmp_path / "book", changed)
    found = large_month(folder, OCTOBER, months=1)
    assert [(one.contract_id, str(one.error)) for one in found.aside] == [
        ("K-LOST", "payments: 2 of contract 'K-LOST', which is not in the book")
    ]
    words = ["report", "ratios", str(folder), "--as-of", "2026-10-31", "--months", "1", "--lang", "en"]
    assert CliRunner().invoke(main, words, obj=words).exit_code == 1


def test_the_command_takes_a_large_book_without_being_told(tmp_path, frames):
    folder = written(tmp_path / "book", frames)
    words = ["report", "ratios", str(folder), "--as-of", "2026-10-31", "--months", "1", "--format", "csv"]
    wide = CliRunner().invoke(main, words, obj=words)
    assert wide.exit_code == 0, wide.output
    found = month(read_book(folder), OCTOBER, months=1)
    assert wide.output.splitlines()[1:] == tables.to_csv(pack(found, "id").table("ratios")).splitlines()[1:]


def test_a_book_of_classes_that_need_more_than_days_is_told_one_by_one(tmp_path, frames):
    folder = written(tmp_path / "book", frames)
    toml = (folder / "tagih.toml").read_text()
    (folder / "tagih.toml").write_text(toml.replace("id.kol.mf.2018", "id.kol.bpr.monthly"))
    assert large_month(folder, OCTOBER) is None


# --- a lender's own files ---------------------------------------------------------------------------

OWN = (
    "\n[format]\n"
    + RUPIAH
    + """
[tables.contracts]
file = "KONTRAK.{ending}"
[tables.contracts.columns]
"""
    + CONTRACTS
    + """
debtor = "NASABAH"
[tables.contracts.tags]
branch = "CABANG"
collector = "PETUGAS"
"""
    + INSTALMENTS
    + """
[tables.payments]
file = "BAYAR.{ending}"
"""
    + PAYMENTS
    + """
[tables.events]
file = "KEJADIAN.{ending}"
[tables.debtors]
file = "NASABAH.{ending}"
[tables.debtors.columns]
id = "NO_NASABAH"
name = "NAMA"
address = "ALAMAT"
"""
)
NAMES = {
    "KONTRAK": {"NO_KONTRAK": "id", "PRODUK": "product", "POKOK": "principal", "TGL": "signed_on",
                "NASABAH": "debtor", "CABANG": "branch", "PETUGAS": "collector", "WARNA": "colour"},
    "JADWAL": {"NO_KONTRAK": "contract", "KE": "number", "JT": "due_on", "POKOK": "principal",
               "BUNGA": "interest"},
    "BAYAR": {"NO_KONTRAK": "contract", "NO_KUITANSI": "id", "TGL_BAYAR": "effective_on", "JUMLAH": "amount"},
}  # fmt: skip
TABLES = ("contracts", "instalments", "payments")


def own_book(folder, frames, ending="csv", change=None, **records):
    """The tables as a lender's own program writes them: its names, 31/12/2026 and 1.234.567,00."""
    folder.mkdir(parents=True)
    rules = synth.BOOK.partition("[checks]")[0]
    (folder / "tagih.toml").write_text(rules + OWN.format(ending=ending), encoding="utf-8")
    ids = frames["contracts"]["id"]
    contracts = frames["contracts"].with_columns(
        branch=pl.Series([f"Cabang {n % 3}" for n in range(len(ids))]),
        collector=pl.Series([f"K{n % 4}" if n % 5 else None for n in range(len(ids))]),
        colour=pl.Series(["hitam" if n % 2 else None for n in range(len(ids))]),
    )[::-1]
    debtors = contracts["debtor"].unique(maintain_order=True)
    made = {
        name: {**frames, "contracts": contracts}[table].select(**columns)
        for (name, columns), table in zip(
            NAMES.items(), ("contracts", "instalments", "payments"), strict=True
        )
    }
    made["KEJADIAN"] = frames["events"]
    made["NASABAH"] = pl.DataFrame(
        {"NO_NASABAH": debtors, "NAMA": [f"Nama {n}" for n in range(len(debtors))],
         "ALAMAT": [f"Jl. Contoh {n}" if n % 6 else None for n in range(len(debtors))]}
    )  # fmt: skip
    for name, frame in made.items():
        rows = [[indonesian(cell) for cell in row] for row in frame.rows()]
        if change:
            change(name, rows)
        _write(folder / f"{name}.{ending}", frame.columns, rows)
    for name, text in records.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def _write(path, columns, rows):
    if path.suffix == ".csv":
        path.write_text("".join(";".join(row) + "\n" for row in [columns, *rows]), encoding="utf-8")
        return
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    if path.suffix == ".jsonl":
        frame.write_ndjson(path)
    elif path.suffix == ".xlsx":
        frame.write_excel(path)
    else:
        frame.write_parquet(path)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl", "parquet"])
def test_a_lenders_own_files_have_the_same_figures_in_columns(tmp_path, frames, ending):
    one, other = both(own_book(tmp_path / "book", frames, ending), months=3)
    same(one, other)
    assert one.month.told, "some contracts are told in columns"


def spoilt(name, rows):
    """Bad cells in every table: amounts, days, ids that are twice or of nobody."""
    if name == "KONTRAK":
        rows[7][2] = "banyak"
        rows[9][0] = rows[8][0]
    elif name == "JADWAL":
        rows[40][2] = "31/02/2026"
        rows[400][3] = "1,00"
    elif name == "BAYAR":
        rows[3][3] = "12.00.0,1"
        rows[50][0] = "K-LOST"
        rows[70][3] = "0,00"
        rows[90][1] = rows[91][1]
    elif name == "NASABAH":
        rows[5][0] = ""
        rows[6][0] = rows[4][0]
    elif name == "KEJADIAN":
        rows[1][1] = "K-LOST"


def records(frames):
    """Letters, promises, holds, contacts and assignments, some of nobody's contract."""
    id = frames["contracts"]["id"].to_list()
    return {
        "letters": f"contract,kind,issued_on,number,sent_on\n{id[11]},sp1,05/10/2026,1/SP1,05/10/2026\n"
        "K-LOST,sp1,05/10/2026,2/SP1,05/10/2026\n",
        "holds": f"contract,kind,from_day,until,note\n{id[12]},dispute,01/10/2026,,disputed\n",
        "promises": f"id,contract,made_on,due_on,amount\nJ-1,{id[12]},02/10/2026,09/10/2026,500000\n"
        f"J-2,{id[23]},02/10/2026,20/10/2026,seratus\n",
        "assignments": f"contract,collector,from_day\n{id[2]},K9,11/10/2026\n",
        "contacts": f"id,contract,at,channel,by\nN-1,{id[40]},2026-10-03 10:00:00,phone,K1\n",
    }


def test_rejected_rows_are_the_same_both_ways_and_so_are_the_figures(tmp_path, frames):
    folder = own_book(tmp_path / "book", frames, change=spoilt, **records(frames))
    one, other = both(folder, months=2)
    same(one, other)
    assert one.month.book.rejected == other.month.book.rejected
    assert {row.table for row in one.month.book.rejected} == {
        "contracts", "instalments", "payments", "events", "debtors", "letters", "promises"
    }  # fmt: skip


def test_the_command_says_the_same_of_a_lenders_own_files_both_ways(tmp_path, frames, monkeypatch):
    folder = own_book(tmp_path / "book", frames, change=spoilt)
    words = ["report", "provisions", str(folder), "--as-of", "2026-10-31", "--lang", "en"]
    columns = CliRunner().invoke(main, [*words, "--workers", "1"], obj=words)
    monkeypatch.setattr(large, "FEW", 10_000)
    single = CliRunner().invoke(main, words, obj=words)
    assert columns.exit_code == single.exit_code == 1
    assert columns.stdout == single.stdout
    assert columns.stderr == single.stderr


def test_a_declared_file_that_is_not_there_stops_both_ways(tmp_path, frames):
    folder = own_book(tmp_path / "book", frames)
    (folder / "NASABAH.csv").unlink()
    for way in (lambda: large_month(folder, OCTOBER, months=1), lambda: read_book(folder)):
        with pytest.raises(BookError, match=r"NASABAH\.csv"):
            way()


def test_labels_that_have_names_of_ours_leave_the_book_to_its_own_reader(tmp_path, frames):
    folder = own_book(tmp_path / "book", frames)
    path = folder / "tagih.toml"
    path.write_text(path.read_text().replace('branch = "CABANG"', 'currency = "CABANG"'))
    assert large_month(folder, OCTOBER, months=1) is None


# --- long sheets ------------------------------------------------------------------------------------


def test_a_long_sheet_holds_every_row_as_a_short_one_does(tmp_path):
    from python_calamine import CalamineWorkbook

    day = date(2026, 1, 1)
    rows = [
        {
            "name": f"=A{n} & <b>",
            "amount": Decimal(n) / 100,
            "on": day + timedelta(n % 900) if n % 7 else None,
        }
        for n in range(long_sheets.LONG + 40)
    ]
    columns = [Column("name", "Name"), Column("amount", "Amount", "money"), Column("on", "On", "date")]
    total = {"name": "total", "amount": sum((row["amount"] for row in rows), Decimal(0))}
    made = write([Table("long", "A long one", columns, rows, total)], "en")
    path = tmp_path / "long.xlsx"
    path.write_bytes(made)
    read = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("long").to_python()
    assert len(read) == len(rows) + 3
    for got, row in zip(read[2:-1], rows, strict=True):
        assert got == [row["name"], float(row["amount"]), row["on"] or ""]
    assert read[-1][1] == pytest.approx(float(total["amount"]))
    assert made == write([Table("long", "A long one", columns, rows, total)], "en")
