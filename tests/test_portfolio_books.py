"""Large books in a lender's own formats take the compiled path, and print what the single path prints."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from click.testing import CliRunner
from tests.lender_files import CONTRACTS, INSTALMENTS, PAYMENTS, RUPIAH, indonesian

from tagih.cli import main
from tagih.files import read_book
from tagih.portfolio import books, large, pieces, stream, synth

TOML = (
    """
book = 1
[lender]
name = "PT Contoh"
type = "mf"
[policies]
default = [
    "id.kol.mf.2018", "id.alloc.mf.instalment_first",
    {{ kind = "late_charge", daily_rate = "0.001", base = "unpaid_instalment", counting = "due_day_free" }},
]
[format]
{form}
[tables.contracts]
file = "KONTRAK.{ending}"
{more}
[tables.contracts.columns]
"""
    + CONTRACTS
    + INSTALMENTS
    + """
[tables.payments]
file = "BAYAR.{ending}"
negative = "reversal"
"""
    + PAYMENTS
    + """
recorded_at = "TGL_POSTING"
[tables.payments.ignore]
NO_KONTRAK = ["TOTAL"]
"""
)
COUNT = 260


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The tables of a made-up book under a lender's own names."""
    folder = tmp_path_factory.mktemp("synth")
    list(synth.write(folder, COUNT, seed=11))
    given = stream.of_folder(folder)

    def read(name):
        frame = pl.read_parquet(getattr(given, name))
        money = [column for column in frame.columns if column in ("principal", "interest", "amount")]
        return frame.with_columns(pl.col(money).cast(pl.Decimal(20, 2)))

    reversed_ids = set(read("events").filter(pl.col("kind") == "reversal")["target"])
    payments = read("payments").filter(~pl.col("id").is_in(list(reversed_ids)))
    return {
        "KONTRAK": read("contracts").select(
            NO_KONTRAK="id", PRODUK="product", POKOK="principal", TGL="signed_on"
        ),
        "JADWAL": read("instalments").select(
            NO_KONTRAK="contract", KE="number", JT="due_on", POKOK="principal", BUNGA="interest"
        ),
        "BAYAR": payments.select(
            NO_KONTRAK="contract", NO_KUITANSI="id", TGL_BAYAR="effective_on", JUMLAH="amount",
            TGL_POSTING=pl.col("effective_on").cast(pl.String) + " 10:15:00",
        ),
    }  # fmt: skip


def written(cell, plain: bool) -> str:
    if not plain:
        return indonesian(cell)
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def write(
    folder, made, ending, *, plain=True, delimiter=";", quote="", encoding="utf-8", more="", change=None
):
    for name, frame in made.items():
        rows = [list(row) for row in frame.rows()]
        if change:
            change(name, rows)
        path = folder / f"{name}.{ending}"
        if ending == "csv":
            cells = [[f"{quote}{written(cell, plain)}{quote}" for cell in row] for row in rows]
            lines = [delimiter.join(frame.columns), *(delimiter.join(row) for row in cells)]
            path.write_text("\r\n".join(lines) + "\r\n", encoding=encoding)
        elif ending == "jsonl":
            objects = [
                {column: written(cell, True) for column, cell in zip(frame.columns, row, strict=True)}
                for row in rows
            ]
            path.write_text("".join(json.dumps(each) + "\n" for each in objects))
        elif ending == "xlsx":
            pl.DataFrame(rows, schema=frame.schema, orient="row").with_columns(
                pl.col(pl.Decimal).cast(pl.Float64)
            ).write_excel(path)
        else:
            pl.DataFrame(rows, schema=frame.schema, orient="row").write_parquet(path)
    form = "" if plain else RUPIAH.format()
    form += f'\nencoding = "{encoding}"' if encoding != "utf-8" else ""
    (folder / "tagih.toml").write_text(TOML.format(form=form, ending=ending, more=more))


def both(folder, monkeypatch, as_of=synth.END):
    """What `tagih age` prints contract by contract, and in columns."""
    asked = ["age", str(folder), "--as-of", as_of.isoformat(), "--format", "csv"]
    monkeypatch.setattr(large, "FEW", 10**9)
    single = CliRunner().invoke(main, asked)
    monkeypatch.setattr(large, "FEW", 100)
    taken, aged = [], large.aged
    monkeypatch.setattr(large, "aged", lambda *given, **more: taken.append(1) or aged(*given, **more))
    columns = CliRunner().invoke(main, asked)
    assert taken == [1]
    return single, columns


FORMATS = [
    {"ending": "csv"},
    {"ending": "csv", "plain": False},
    {"ending": "csv", "plain": False, "delimiter": ",", "quote": '"'},
    {"ending": "csv", "encoding": "cp1252"},
    {"ending": "jsonl"},
    {"ending": "parquet"},
    {"ending": "xlsx"},
]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: "-".join(map(str, form.values())))
def test_every_format_prints_what_the_single_path_prints(made, tmp_path, monkeypatch, form):
    monkeypatch.setattr(pieces, "SIZE", 10_000)  # more than one piece
    monkeypatch.setattr(pieces, "ROWS", 1_000)
    write(tmp_path, made, **form)
    single, columns = both(tmp_path, monkeypatch)
    assert single.exit_code == columns.exit_code == 0, columns.output
    assert columns.stdout == single.stdout
    assert columns.stderr == single.stderr


def spoil(name, rows):
    """Cells, rows and whole contracts that `tagih check` would name."""
    if name == "KONTRAK":
        rows[3][2] += 1  # instalments do not add up to it
        rows[5] = rows[4]  # twice
        rows[7][3] = "31/02/2026"
    elif name == "JADWAL":
        rows[20][3] = "satu juta"
        rows[900][1] = 0
        rows[1000][4] = Decimal(-5)
        rows[1200][1] = rows[1201][1]
        rows[1400][2] = date(2035, 1, 1)
        rows[1700][0] = "TIDAK ADA"
    else:
        rows[2][3] = "1,2,3"
        rows[9][3] = Decimal(0)
        rows[30][3] = -rows[29][3]
        rows[30][0] = rows[29][0]
        rows[40][1] = rows[41][1]
        rows[40][0] = rows[41][0]
        rows[60][0] = "TIDAK ADA"
        rows[70][2] = ""
        rows[80][4] = "kemarin"
        rows[90][0] = "TOTAL"
        rows[100][0] = ""


@pytest.mark.parametrize("form", [{}, {"plain": False, "quote": '"'}], ids=["plain", "quoted"])
def test_rows_are_rejected_for_the_same_reasons_with_the_same_numbers(made, tmp_path, monkeypatch, form):
    monkeypatch.setattr(pieces, "SIZE", 10_000)
    write(tmp_path, made, "csv", change=spoil, **form)
    single, columns = both(tmp_path, monkeypatch)
    assert single.exit_code == columns.exit_code == 1
    assert columns.stdout == single.stdout
    assert columns.stderr == single.stderr
    assert large.opened(tmp_path, synth.END).rejected == read_book(tmp_path).rejected
    assert large.large(tmp_path, synth.END) is None


def test_lines_that_do_not_split_into_cells_are_rejected_by_themselves(made, tmp_path, monkeypatch):
    write(tmp_path, made, "csv")
    path = tmp_path / "BAYAR.csv"
    lines = path.read_text().splitlines()
    lines[10:10] = ["", ";;;;", "satu;dua", lines[20] + ";lebih"]
    path.write_text("\n".join(lines))
    single, columns = both(tmp_path, monkeypatch)
    assert columns.stdout == single.stdout
    assert columns.stderr == single.stderr
    assert large.opened(tmp_path, synth.END).rejected == read_book(tmp_path).rejected
    assert single.exit_code == columns.exit_code == 1


def test_events_are_told_by_the_books_own_reader(made, tmp_path, monkeypatch):
    write(tmp_path, made, "csv")
    paid = made["BAYAR"].row(5, named=True)
    late = made["BAYAR"].row(50, named=True)
    (tmp_path / "events.csv").write_text(
        "id,contract,kind,effective_on,amount,target,component\n"
        f"R-1,{paid['NO_KONTRAK']},reversal,2026-10-01,,{paid['NO_KUITANSI']},\n"
        f"C-1,{late['NO_KONTRAK']},charge,2026-09-01,50000,,fee\n"
        f"R-2,{late['NO_KONTRAK']},reversal,2026-10-01,,TIDAK-ADA,\n"
    )
    single, columns = both(tmp_path, monkeypatch)
    assert columns.stdout == single.stdout
    assert columns.stderr == single.stderr
    assert single.exit_code == columns.exit_code == 1


def test_quotes_that_are_no_plain_ones_leave_the_book_to_its_own_reader(made, tmp_path, monkeypatch):
    write(tmp_path, made, "csv")
    path = tmp_path / "KONTRAK.csv"
    path.write_text(path.read_text().replace("Motor", 'Motor 5"', 1))
    monkeypatch.setattr(large, "FEW", 100)
    assert large.opened(tmp_path, synth.END) is None


def test_the_same_files_are_converted_once(made, tmp_path, monkeypatch):
    write(tmp_path, made, "csv")
    assert books.converted(tmp_path, 100) is books.converted(tmp_path, 100)
