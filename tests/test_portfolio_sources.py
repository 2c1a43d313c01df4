"""The doors of a portfolio: files, frames and databases give the same figures, or say what is wrong."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tagih.errors import InputError
from tagih.policies import Policy
from tagih.portfolio import sql, stream, tables
from tagih.portfolio.many import positions
from tagih.portfolio.sql import Query

AS_OF = date(2026, 2, 28)
INSTALMENTS = {
    "contract": ["A", "A", "B"], "number": [1, 2, 1],
    "due_on": [date(2026, 1, 31), date(2026, 2, 28), date(2026, 1, 31)],
    "principal": [Decimal("900.00"), Decimal("900.50"), Decimal("900.00")],
    "interest": [Decimal(100)] * 3,
}  # fmt: skip
PAYMENTS = {"contract": ["A"], "id": ["P-1"], "effective_on": [date(2026, 2, 10)],
            "amount": [Decimal("400.10")]}  # fmt: skip


def frames():
    return pl.DataFrame(INSTALMENTS), pl.DataFrame(PAYMENTS)


def figures(instalments, payments, **more):
    found = positions(instalments=instalments, payments=payments, policy=Policy(), as_of=AS_OF, **more)
    return found.select("contract", "days_past_due", "outstanding", "arrears", "due_today").sort("contract")


EXPECTED = [
    ("A", 28, Decimal("1600.40"), Decimal("599.90"), Decimal("1000.50")),
    ("B", 28, Decimal("1000.00"), Decimal("1000.00"), Decimal("0.00")),
]


# --- frames and files -------------------------------------------------------------------------------


def by_lazy(frame, folder, name):
    return frame.lazy()


def by_pyarrow(frame, folder, name):
    return frame.to_arrow()


def by_pandas(frame, folder, name):
    return frame.to_pandas(use_pyarrow_extension_array=True)


def by_duckdb(frame, folder, name):
    frame.write_parquet(folder / f"{name}.parquet")
    return duckdb.sql(f"select * from '{folder / name}.parquet'")


def by_file(ending):
    def made(frame, folder, name):
        path = folder / f"{name}.{ending}"
        if ending == "xlsx":
            frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64)).write_excel(path)  # as people keep them
        elif ending == "csv":
            frame.write_csv(path)
        else:
            frame.write_parquet(path)
        return path

    made.__name__ = ending
    return made


def by_sqlite(frame, folder, name):
    with closing(sqlite3.connect(folder / "book.db")) as connection:
        columns = ", ".join(f'"{column}" TEXT' for column in frame.columns)
        connection.execute(f"create table {name} ({columns})")
        marks = ", ".join("?" * frame.width)
        connection.executemany(
            f"insert into {name} values ({marks})",
            frame.select(pl.all().cast(pl.String)).rows(),
        )
        connection.commit()
    return Query(f"sqlite:///{folder / 'book.db'}", name)


DOORS = [
    by_lazy,
    by_pyarrow,
    by_pandas,
    by_duckdb,
    by_file("parquet"),
    by_file("csv"),
    by_file("xlsx"),
    by_sqlite,
]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_every_door_gives_the_same_figures(door, tmp_path):
    instalments, payments = frames()
    found = figures(door(instalments, tmp_path, "instalments"), door(payments, tmp_path, "payments"))
    assert found.rows() == EXPECTED


@pytest.mark.parametrize(
    "door", [by_lazy, by_file("parquet"), by_file("csv"), by_sqlite], ids=lambda d: d.__name__
)
def test_every_door_gives_the_same_in_parts(door, tmp_path):
    instalments, payments = frames()
    sources = stream.Sources(door(instalments, tmp_path, "instalments"), door(payments, tmp_path, "payments"))
    every = list(stream.answers(sources, Policy(), AS_OF, part=1))
    assert [one.positions["contract"].to_list() for one in every] == [["A"], ["B"]]
    assert [one.positions["outstanding"].item() for one in every] == [160040, 100000]


def test_what_is_no_table_is_said():
    with pytest.raises(InputError, match=r"a table is a frame, .*; got int"):
        figures(7, None)


# --- amounts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "kind"),
    [
        (2**53 // 100 + 1, pl.Int64),
        (Decimal("90071992547409.93"), pl.Decimal(20, 2)),
        ("99999999999999.99", pl.String),
    ],
)
def test_what_does_not_fit_is_refused_with_its_row(amount, kind):
    instalments, payments = frames()
    large = payments.with_columns(amount=pl.Series([amount], dtype=kind))
    found = positions(instalments=instalments, payments=large, policy=Policy(), as_of=AS_OF)
    assert (
        found.filter(pl.col("contract") == "A")["aside"].item()
        == f"payments:1: amount '{amount}' is not an amount"
    )


def test_floats_are_refused_or_declared():
    instalments, payments = frames()
    floats = payments.with_columns(pl.col("amount").cast(pl.Float64))
    with pytest.raises(InputError, match="column 'amount' holds floats"):
        figures(instalments, floats)
    assert figures(instalments, tables.from_floats(floats)).rows() == EXPECTED
    thirds = tables.from_floats(floats.with_columns(amount=pl.lit(100 / 3)))
    found = positions(instalments=instalments, payments=thirds, policy=Policy(), as_of=AS_OF)
    assert (
        "amount '33.333333333333336' is not an amount"
        in found.filter(pl.col("contract") == "A")["aside"].item()
    )


# --- SQLite -----------------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path):
    """A lender's own tables, amounts in a column that SQLite keeps as floats."""
    path = tmp_path / "lender.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "create table bayar (no_kontrak text, kuitansi text, tgl text, jumlah decimal(18,2))"
        )
        connection.execute("insert into bayar values ('A', 'P-1', '2026-02-10', 400.10)")
        connection.commit()
    return f"sqlite:///{path}"


BAYAR = "select no_kontrak as contract, kuitansi as id, tgl as effective_on, jumlah as amount from bayar;"


def test_a_select_gives_our_names_and_floats_are_refused_or_declared(database):
    with pytest.raises(InputError, match="column 'amount' holds floats"):
        figures(frames()[0], Query(database, BAYAR))
    assert figures(frames()[0], Query(database, BAYAR, floats="shortest")).rows() == EXPECTED


def test_more_rows_than_a_piece_holds(database, monkeypatch):
    monkeypatch.setattr(sql, "ROWS", 2)
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        rows = [("B", f"P-{n}", "2026-02-10", 10) for n in range(5)]
        connection.executemany("insert into bayar values (?, ?, ?, ?)", rows)
        connection.commit()
    found = figures(frames()[0], Query(database, BAYAR, floats="shortest"))
    assert found["outstanding"].to_list() == [Decimal("1600.40"), Decimal("950.00")]


@pytest.mark.parametrize(
    ("url", "table", "message"),
    [
        ("sqlite:////nowhere/book.db", "payments", "database file '/nowhere/book.db' is not there"),
        ("{database}", "pembayaran", "no such table: pembayaran"),
        ("mysql://me:secret@host/db", "payments", "database 'host/db' is unknown; write sqlite:///FILE"),
    ],
)
def test_a_database_that_cannot_be_read_is_named(database, url, table, message):
    with pytest.raises(InputError, match=message):
        figures(frames()[0], Query(url.format(database=database), table))


# --- PostgreSQL -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A PostgreSQL server of its own, on a socket in a temporary folder; TAGIH_POSTGRES names another."""
    if given := os.environ.get("TAGIH_POSTGRES"):
        yield given
        return
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
    if initdb is None:
        pytest.skip("no PostgreSQL server is installed")
    folder = tmp_path_factory.mktemp("postgres")
    user: dict = {}
    if os.geteuid() == 0:  # the server does not run as root
        user = {"user": "postgres", "group": "postgres"}
        for path in (folder, *list(folder.parents)[:2]):
            path.chmod(0o755)
        shutil.chown(folder, "postgres", "postgres")
    data, control = folder / "data", Path(initdb).with_name("pg_ctl")
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/", **user}
    subprocess.run([initdb, "-D", data, "-A", "trust", "-U", "tagih", "--locale=C.UTF-8"], **quiet)
    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    subprocess.run([control, "-D", data, "-o", options, "-w", "start"], **quiet)
    try:
        yield f"postgresql://tagih@/postgres?host={folder}"
    finally:
        subprocess.run([control, "-D", data, "-m", "immediate", "stop"], **quiet)


@pytest.fixture
def filled(server):
    import psycopg

    with psycopg.connect(server) as connection:
        connection.execute("drop table if exists instalments, payments")
        connection.execute(
            "create table instalments (contract text, number int, due_on date, principal numeric(18, 2), "
            "interest numeric(18, 2))"
        )
        connection.execute(
            "create table payments (contract text, id text, effective_on date, amount numeric)"
        )
        for name, frame in zip(("instalments", "payments"), frames(), strict=True):
            marks = ", ".join(["%s"] * frame.width)
            with connection.cursor() as cursor:
                cursor.executemany(f"insert into {name} values ({marks})", frame.rows())
    return server


@pytest.mark.heavy
def test_postgresql_gives_the_same_figures(filled):
    assert figures(Query(filled, "instalments"), Query(filled, "public.payments")).rows() == EXPECTED


@pytest.mark.heavy
def test_postgresql_in_parts_and_in_pieces(filled, monkeypatch):
    monkeypatch.setattr(sql, "ROWS", 2)
    sources = stream.Sources(Query(filled, "instalments"), Query(filled, "select * from payments"))
    every = list(stream.answers(sources, Policy(), AS_OF, part=1))
    assert [one.positions["outstanding"].item() for one in every] == [160040, 100000]


@pytest.mark.heavy
def test_postgresql_floats_quotes_and_empty_cells(filled):
    odd = "select contract, id, effective_on, amount::float8 as amount, null as kind from payments"
    with pytest.raises(InputError, match="column 'amount' holds floats"):
        figures(Query(filled, "instalments"), Query(filled, odd))
    assert figures(Query(filled, "instalments"), Query(filled, odd, floats="shortest")).rows() == EXPECTED
    quoted = "select contract || E',\"\\n' as contract, number, due_on, principal, interest from instalments"
    assert figures(Query(filled, quoted), None)["contract"].to_list() == ['A,"\n', 'B,"\n']


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("url", "table", "message"),
    [
        ("{server}", "nowhere", 'relation "nowhere" does not exist'),
        ("postgresql://me:secret@localhost:1/db", "payments", r"^postgresql://localhost:1/db: (?!.*secret)"),
    ],
)
def test_postgresql_that_cannot_be_read_is_named_without_its_password(server, url, table, message):
    with pytest.raises(InputError, match=message):
        figures(frames()[0], Query(url.format(server=server), table))
