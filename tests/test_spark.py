"""A portfolio on a local Spark gives what one machine gives: run by `make spark-test`, skipped elsewhere."""

from __future__ import annotations

import os
import sys
from datetime import date

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("numba")
pytest.importorskip("pyspark")

from tagih.errors import InputError  # noqa: E402
from tagih.policies import policy  # noqa: E402
from tagih.portfolio import compiled, large, many, spark, stream, synth  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")  # those of pyspark and py4j are theirs
CONTRACTS = 4_000


@pytest.fixture(scope="module")
def session():
    from pyspark.sql import SparkSession

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    compiled.load()  # once, before two workers both find nothing kept
    made = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )
    yield made
    made.stop()


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    list(synth.write(folder, CONTRACTS, seed=8))
    return folder


def of_spark(session, folder):
    return {name: session.read.parquet(str(folder / f"{name}-*.parquet")) for name in stream.NAMES}


def here(found):
    return pl.DataFrame(found.toArrow()).sort("contract")


def test_every_cell_is_that_of_one_machine(session, book):
    rules = large.large(book, synth.END).policies[""]
    found = here(spark.positions(**of_spark(session, book), policy=rules, as_of=synth.END, buckets=8))
    asked = {name: pl.scan_parquet(book / f"{name}-*.parquet") for name in stream.NAMES}
    one = many.positions(**asked, policy=rules, as_of=synth.END).sort("contract")
    assert found.height == CONTRACTS
    same = found.drop("aside").select(one.drop("aside").columns)
    assert same.equals(one.drop("aside"))


def test_a_bad_cell_sets_its_contract_aside(session):
    rows = [("A", 1, date(2026, 1, 31), "1000"), ("B", 1, date(2026, 1, 31), "1OOO")]
    frame = session.createDataFrame(rows, "contract string, number int, due_on date, principal string")
    found = here(spark.positions(instalments=frame, policy=policy("id.kol.mf.2018"), as_of=date(2026, 2, 28)))
    assert found["outstanding"].to_list() == [1000, None]
    assert found["aside"].to_list() == [None, "instalments: principal '1OOO' is not an amount"]


def test_missing_columns_and_floats_are_refused_before_anything_runs(session):
    frame = session.createDataFrame([("A", 1)], "contract string, number int")
    with pytest.raises(InputError, match="no column 'due_on'"):
        spark.positions(instalments=frame, policy=policy("id.kol.mf.2018"), as_of=date(2026, 2, 28))
    rows = [("A", 1, date(2026, 1, 31), 1000.0)]
    frame = session.createDataFrame(rows, "contract string, number int, due_on date, principal double")
    with pytest.raises(InputError, match="floats"):
        spark.positions(instalments=frame, policy=policy("id.kol.mf.2018"), as_of=date(2026, 2, 28))
