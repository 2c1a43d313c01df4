"""A made-up book on a local Spark beside one machine: the same contracts, and every sum to the rupiah.

make spark-test                                    after the tests, with 100,000 contracts
TAGIH_BENCH_CONTRACTS=1000000 make spark-test      the figures of docs/cluster.md
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import polars as pl

from tagih.portfolio import compiled, large, spark, stream, synth
from tagih.portfolio.many import exact

CONTRACTS = int(os.environ.get("TAGIH_BENCH_CONTRACTS", "100000"))


def main() -> None:
    from pyspark.sql import SparkSession

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "POLARS_MAX_THREADS": "1"}
    compiled.load()
    kept = compiled.cache_folder().parent / f"bench-{CONTRACTS}"
    with TemporaryDirectory() as scratch:
        folder = kept if (kept / "tagih.toml").exists() else Path(scratch)
        if folder != kept:
            list(synth.write(folder, CONTRACTS, seed=1))
        book = large.large(folder, synth.END)
        assert book is not None
        rules = book.policies[""]
        start = perf_counter()
        one = pl.concat(each.positions for each in stream.answers(stream.of_folder(folder), rules, synth.END))
        alone = perf_counter() - start
        amounts = [name for name, kind in exact(one).schema.items() if isinstance(kind, pl.Decimal)]
        ours = {name: one[name].cast(pl.Int128).sum() for name in [*amounts, "days_past_due"]}
        contracts = one.height
        del one

        start = perf_counter()
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.memory", "4g")
            .config("spark.sql.shuffle.partitions", str(max(4, CONTRACTS // 25_000)))
            .getOrCreate()
        )
        session.sparkContext.setLogLevel("ERROR")
        begun = perf_counter() - start
        frames = {name: session.read.parquet(str(folder / f"{name}-*.parquet")) for name in stream.NAMES}
        start = perf_counter()
        found = spark.positions(**frames, policy=rules, as_of=synth.END, buckets=max(4, CONTRACTS // 25_000))
        row = found.selectExpr(
            "count(*) as contracts", "count(aside) as aside", *(f"sum(`{name}`) as `{name}`" for name in ours)
        ).collect()[0]
        took = perf_counter() - start
        session.stop()
    theirs = {name: int(row[name] * (100 if name in amounts else 1)) for name in ours}
    print(f"contracts: {contracts:,} on one machine, {row['contracts']:,} on Spark, {row['aside']:,} aside")
    print(f"seconds: {alone:.1f} on one machine, {took:.1f} on Spark local[2], {begun:.1f} to start it")
    print(
        f"sums compared: {len(ours)}; outstanding {row['outstanding']:,}, late {row['late_charges_run_up']:,}"
    )
    wrong = {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}
    sys.exit(f"not the same: {wrong}" if wrong or contracts != row["contracts"] else None)


if __name__ == "__main__":
    main()
