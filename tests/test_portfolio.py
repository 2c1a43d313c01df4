"""Portfolios from tables: what comes in, what is refused, what is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import attrs
import polars as pl
import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.contracts import Contract, Instalment, Payment
from tagih.errors import InputError
from tagih.ledger import replay
from tagih.policies import LateCharge, Policy, policy, rule
from tagih.portfolio import compiled, increment, large, lines, stream, synth
from tagih.portfolio.aging import classes
from tagih.portfolio.many import answer, positions, tables
from tagih.portfolio.names import is_money

AS_OF = date(2026, 2, 28)
INSTALMENTS = {
    "contract": ["A", "A", "B"], "number": [1, 2, 1], "due_on": ["2026-01-31", "2026-02-28", "2026-01-31"],
    "principal": ["900", "900.50", "900"], "interest": ["100", "100", "100"],
}  # fmt: skip
PAYMENTS = {"contract": ["A"], "id": ["P-1"], "effective_on": ["2026-02-10"], "amount": ["400"]}


def ask(instalments=INSTALMENTS, payments=PAYMENTS, **more):
    return positions(
        instalments=pl.DataFrame(instalments),
        payments=pl.DataFrame(payments),
        policy=Policy(),
        as_of=AS_OF,
        **more,
    )


def test_a_frame_comes_back_with_a_row_for_each_contract():
    found = ask().rows_by_key("contract", named=True, unique=True)
    assert found["A"]["outstanding"] == Decimal("1600.50")
    assert found["A"]["due_today"] == Decimal("1000.50")
    assert found["A"]["days_past_due"] == 28
    assert found["A"]["oldest_due_on"] == date(2026, 1, 31)
    assert found["B"]["arrears"] == Decimal("1000.00")


def test_the_order_of_rows_changes_nothing():
    turned = pl.DataFrame(INSTALMENTS).reverse().to_dict(as_series=False)
    assert ask(turned).sort("contract").equals(ask().sort("contract"))


@pytest.mark.parametrize("kind", [pl.Decimal(20, 2), pl.Decimal(30, 4), pl.Int64, pl.String])
def test_amounts_may_be_decimals_whole_numbers_or_text(kind):
    amounts = pl.DataFrame({**PAYMENTS, "amount": pl.Series(["400"]).cast(pl.Decimal(20, 2)).cast(kind)})
    found = positions(instalments=pl.DataFrame(INSTALMENTS), payments=amounts, policy=Policy(), as_of=AS_OF)
    assert found["outstanding"].sum() == Decimal("2600.50")


def test_floats_are_refused():
    with pytest.raises(InputError, match="column 'amount' holds floats"):
        ask(payments={**PAYMENTS, "amount": [400.0]})


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="instalments: no column 'due_on'; found contract, number"):
        ask({name: INSTALMENTS[name] for name in ("contract", "number")})


@pytest.mark.parametrize("amount", ["90071992547409.93", "1e3", "1.234.567", "12,5", "0.001", ""])
def test_amounts_that_cannot_be_read_or_are_too_large_set_their_contract_aside_with_the_row(amount):
    found = ask(payments={**PAYMENTS, "amount": [amount]}).rows_by_key("contract", named=True, unique=True)
    assert found["A"]["aside"] == f"payments:1: amount '{amount}' is not an amount"
    assert found["A"]["outstanding"] is None
    assert found["B"]["arrears"] == Decimal("1000.00")


def test_a_contract_that_the_ledger_refuses_is_set_aside_with_the_ledgers_own_words():
    events = pl.DataFrame(
        {
            "contract": ["A"],
            "id": ["R"],
            "kind": ["reversal"],
            "effective_on": ["2026-02-11"],
            "target": ["X"],
        }
    )
    found = ask(events=events).rows_by_key("contract", named=True, unique=True)
    assert "there is no event 'X' to undo" in found["A"]["aside"]
    assert found["B"]["aside"] is None


def test_rows_of_a_contract_that_is_not_there_are_counted_and_set_aside():
    payments = {"contract": ["A", "X", "X"], "id": ["P-1", "P-2", "P-3"], "effective_on": ["2026-02-10"] * 3,
                "amount": ["400"] * 3}  # fmt: skip
    found = ask(payments=payments).rows_by_key("contract", named=True, unique=True)
    assert found["X"]["aside"] == "payments: 2 of contract 'X', which is not among the contracts"
    assert found["A"]["outstanding"] == Decimal("1600.50")


def many_bad_rows(folder: Path, rows: int, bad: int) -> None:
    step = rows // bad
    path = folder / "instalments.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("contract,number,due_on,principal,interest\n")
        for n in range(rows):
            cell = "31/02/2026" if n % step == 0 and n // step < bad else "2026-01-31"
            file.write(f"C-{n:07},1,{cell},900,100\n")
    found = positions(instalments=path, policy=Policy(), as_of=AS_OF)
    refused = found.filter(pl.col("aside").is_not_null())
    assert found.height == rows
    assert refused.height == bad
    assert refused["aside"][1] == f"instalments:{step + 1}: due_on '31/02/2026' is not a date, YYYY-MM-DD"
    assert found.filter(pl.col("aside").is_null())["arrears"].sum() == Decimal(1000) * (rows - bad)


def test_every_bad_cell_of_a_csv_is_reported_with_its_row_and_the_rest_is_right(tmp_path):
    many_bad_rows(tmp_path, 10_000, 100)


@pytest.mark.heavy
def test_a_thousand_bad_cells_in_a_million_rows(tmp_path):
    many_bad_rows(tmp_path, 1_000_000, 1_000)


def bad_rows_in_parts(folder: Path, rows: int, bad: int, part: int) -> None:
    """Bad amounts in a CSV of payments, read in parts: each named, and accepted and set aside are all."""
    count, step = rows // 4, rows // bad
    ids = pl.DataFrame({"n": range(count)}).select(
        contract=pl.format("C-{}", pl.col("n").cast(pl.String).str.zfill(7))
    )
    ids.with_columns(number=1, due_on=pl.lit("2026-01-31"), principal=1000).write_csv(
        folder / "instalments.csv"
    )
    n = pl.col("n")
    pl.DataFrame({"n": range(rows)}).select(
        contract=pl.format("C-{}", (n // 4).cast(pl.String).str.zfill(7)),
        id=pl.format("P-{}", n),
        effective_on=pl.lit("2026-02-10"),
        amount=pl.when(n % step == 0).then(pl.lit("1oo")).otherwise(pl.lit("100")),
    ).write_csv(folder / "payments.csv")
    sources = stream.Sources(folder / "instalments.csv", folder / "payments.csv")
    every = list(stream.answers(sources, Policy(), AS_OF, part=part))
    aside = [each for one in every for each in one.aside]
    accepted = pl.concat([one.positions for one in every])
    named = [f"payments:{at + 1}: amount '1oo' is not an amount" for at in range(0, rows, step)]
    assert sorted(each.reason for each in aside) == sorted(named)
    assert accepted.height + len({each.contract for each in aside}) == count
    assert accepted["outstanding"].unique().to_list() == [60_000]


def test_bad_rows_of_a_csv_in_parts_are_all_named_with_their_rows(tmp_path):
    bad_rows_in_parts(tmp_path, 20_000, 100, 1_500)


@pytest.mark.heavy
def test_a_thousand_bad_payments_in_a_million_in_parts(tmp_path):
    bad_rows_in_parts(tmp_path, 1_000_000, 1_000, 50_000)


CUTS = {
    "where parts begin": [range(8), range(8, 16), range(16, 24)],
    "within parts": [range(5), range(5, 13), range(13, 24)],
    "one file": [range(24)],
    "a contract in two files": [range(9), range(9, 24)],
    "an empty file between": [range(8), range(0), range(8, 24)],
    "no order within a part": [[3, 1, 0, 2, 7, 6, 5, 4], range(8, 16), range(16, 24)],
    "no order across parts": [[0, 15, *range(1, 15)], range(16, 24)],
    "ends in order, the middle not": [[0, 20, 2, 7], [*range(8, 20), 1, 21, 3, 4, 5, 6, 22, 23]],
    "files in no order": [range(16, 24), range(8), range(8, 16)],
    "a file that reaches over another": [[0, 1, 22, 23], range(2, 22)],
}


@pytest.mark.parametrize("statistics", [True, False], ids=["row groups say their ends", "they do not"])
@pytest.mark.parametrize("rows", CUTS.values(), ids=CUTS)
def test_however_a_table_is_cut_into_files_each_part_has_its_own_rows(rows, statistics, tmp_path):
    number = pl.int_range(24)
    instalments = pl.select(
        contract=pl.format("C-{}", (number // 2 + 10)), number=number % 2 + 1,
        due_on=pl.lit(date(2026, 1, 31)) + pl.duration(days=number % 2 * 28), principal=number + 1,
    )  # fmt: skip
    for nth, chosen in enumerate(rows):
        file = tmp_path / f"instalments-{nth}.parquet"
        instalments[list(chosen)].write_parquet(file, statistics=statistics, row_group_size=3)
    cut = list(stream.answers(stream.of_folder(tmp_path), Policy(), AS_OF, part=4))
    found = [sorted(one.positions.select("contract", "outstanding").iter_rows()) for one in cut]
    owed = [(f"C-{10 + n}", 100 * (4 * n + 3)) for n in range(12)]  # both instalments, in sen
    assert found == [owed[:4], owed[4:8], owed[8:]]
    assert not any(one.aside for one in cut)


PEAK = """
import resource, sys
from datetime import date
from pathlib import Path
from tagih.policies import Policy
from tagih.portfolio import stream
found = stream.answers(stream.of_folder(Path(sys.argv[1])), Policy(), date(2026, 10, 31),
                       part=10_000, workers=1)
print(sum(one.positions.height + len(one.aside) for one in found))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.heavy
def test_files_in_no_order_take_no_more_memory_where_there_are_more_of_them(tmp_path):
    peaks = []
    for count in (40_000, 160_000):
        folder = tmp_path / str(count)
        list(synth.write(folder / "made", count, seed=1))
        folder.joinpath("mixed").mkdir()
        for name in stream.NAMES:
            frame = pl.read_parquet(folder / "made" / f"{name}-*.parquet")
            frame.sample(fraction=1, shuffle=True, seed=1).write_parquet(folder / "mixed" / f"{name}.parquet")
        ran = subprocess.run(
            [sys.executable, "-c", PEAK, folder / "mixed"], capture_output=True, text=True, check=True
        )
        answered, peak = map(int, ran.stdout.split())
        assert answered == count
        peaks.append(peak)
    small, large = peaks
    assert large < small + 400, peaks  # megabytes, for four times the rows


def test_classes_come_from_the_same_scheme():
    late = {"days_past_due": [0, 10, 11, 90, 91, 181], "overdue_instalments": [0, 1, 1, 3, 4, 7]}
    scheme = policy("id.kol.mf.2018").buckets
    found = classes(pl.DataFrame({**late, "outstanding": [1] * 6}), scheme, AS_OF)
    assert found["class"].to_list() == [scheme.bucket_for(days).code for days in late["days_past_due"]]


LAW_EDGES = [
    ({"signed_on": date(2023, 12, 31)}, 5_000),  # no law was in force: the contract's own 0,5 % a day
    ({"signed_on": date(2024, 1, 1)}, 3_000),
    ({"signed_on": date(2025, 7, 31), "tenor": 6}, 3_000),
    ({"signed_on": date(2025, 7, 31), "tenor": 7}, 2_000),
    ({"signed_on": date(2025, 8, 1), "maturity": date(2026, 1, 28)}, 3_000),  # 180 days
    ({"signed_on": date(2025, 8, 1), "maturity": date(2026, 1, 29)}, 2_000),
    ({"signed_on": date(2025, 8, 1), "tenor": 6, "purpose": "productive"}, 2_750),
    ({"signed_on": date(2025, 8, 1), "tenor": 7, "purpose": "productive"}, 1_000),
    ({"signed_on": date(2025, 8, 1), "tenor": 6, "purpose": "productive", "principal": 50_000_000}, 2_750),
    ({"signed_on": date(2025, 8, 1), "tenor": 6, "purpose": "productive", "principal": 50_000_001}, 1_000),
]


def test_the_laws_dated_ceilings_are_chosen_in_columns_as_for_one_contract():
    ids = [f"C-{n:02}" for n in range(len(LAW_EDGES))]
    due = pl.DataFrame({"contract": ids}).with_columns(number=1, due_on=date(2026, 3, 1), principal=1_000_000)
    known = pl.DataFrame(
        [{"id": id, "agreed_amount": 1_000_000, "tenor": 3 if "maturity" not in of else None} | of
         for id, (of, _) in zip(ids, LAW_EDGES, strict=True)],
        infer_schema_length=None,
    )  # fmt: skip
    mine = LateCharge(base="unpaid_instalment", daily_rate="0.005", counting="due_day_free")
    laws = tuple(rule(f"id.cap.pindar.{of}") for of in ("2024", "2025h1", "2025"))
    given = tables(instalments=due, contracts=known)
    found = answer(given, Policy(late_charge=mine, caps=laws), date(2026, 3, 11))
    each_day = [ten_days / 10 / 100 for ten_days in found.positions["late_charges_run_up"]]
    assert each_day == [expected for _, expected in LAW_EDGES]
    assert (found.singles, found.aside) == ((), ())


# --- lines ----------------------------------------------------------------------------------------

LATE = Policy(
    late_charge=LateCharge(base="unpaid_instalment", daily_rate="0.001", counting="due_day_free"),
    waterfall=rule("id.alloc.mf.instalment_first"),
)


def test_lines_say_event_rule_and_stretch_of_days_as_one_contract_does():
    found = lines.lines(
        instalments=pl.DataFrame(INSTALMENTS), payments=pl.DataFrame(PAYMENTS), policy=LATE, as_of=AS_OF
    )
    contract = Contract("A", [Instalment(1, date(2026, 1, 31), 900, 100),
                              Instalment(2, date(2026, 2, 28), Decimal("900.50"), 100)])  # fmt: skip
    single = replay(contract, [Payment("P-1", date(2026, 2, 10), Decimal(400))], LATE, AS_OF).lines
    ours = found.filter(pl.col("contract") == "A").drop("contract", "aside").rows(named=True)
    names = [name for name in attrs.fields_dict(type(single[0])) if name in ours[0]]
    assert len(names) == len(attrs.fields_dict(type(single[0])))
    for row, line in zip(ours, single, strict=True):
        expected = {name: getattr(line, name) for name in names}
        expected |= {"component": str(line.component), "rate": str(line.rate)}
        assert row == expected


def test_allocations_add_up_to_the_payments_and_late_charges_to_what_has_run_up():
    asked = {"instalments": pl.DataFrame(INSTALMENTS), "payments": pl.DataFrame(PAYMENTS),
             "policy": LATE, "as_of": AS_OF}  # fmt: skip
    assert lines.allocations(**asked)["amount"].sum() == Decimal(400)
    run_up = positions(**asked)["late_charges_run_up"].sum()
    assert lines.late_charges(**asked)["amount"].sum() == run_up > 0
    owed = lines.balances(**asked)
    assert owed.height == 3
    assert owed["outstanding/principal"].sum() == positions(**asked)["outstanding/principal"].sum()


def test_a_contract_set_aside_has_one_row_among_the_lines():
    found = lines.lines(
        instalments=pl.DataFrame(INSTALMENTS),
        payments=pl.DataFrame({**PAYMENTS, "amount": ["4OO"]}),
        policy=LATE,
        as_of=AS_OF,
    )
    assert found.filter(pl.col("contract") == "A").select("kind", "aside").rows() == [
        (None, "payments:1: amount '4OO' is not an amount")
    ]


def test_lines_written_part_by_part_are_the_lines_of_the_whole(book, tmp_path):
    sources, rules = stream.of_folder(book), policy("id.kol.mf.2018", "id.alloc.mf.instalment_first")
    done = lines.write(sources, rules, synth.END, tmp_path / "out", part=900)
    asked = {name: pl.scan_parquet(getattr(sources, name))
             for name in ("instalments", "payments", "events", "contracts")}  # fmt: skip
    whole = lines.lines(**asked, policy=rules, as_of=synth.END)
    parts = pl.read_parquet(tmp_path / "out" / "lines-*.parquet")
    assert done.files == 4
    assert done.contracts + done.aside == 3_100
    assert done.lines == whole["kind"].count() == parts["kind"].count()
    assert (
        parts.select(whole.columns)
        .sort("contract", maintain_order=True)
        .equals(whole.sort("contract", maintain_order=True))
    )
    written = pl.read_parquet(tmp_path / "out" / "positions-*.parquet").sort("contract")
    figures = positions(**asked, policy=rules, as_of=synth.END).sort("contract")
    assert written.select(figures.columns).equals(figures)
    with pytest.raises(InputError, match="is not empty"):
        lines.write(sources, rules, synth.END, tmp_path / "out")


# --- from day to day --------------------------------------------------------------------------------


def yesterday(**more):
    given = {"instalments": pl.DataFrame(INSTALMENTS), "policy": Policy(), "as_of": date(2026, 2, 9)}
    return increment.begin(**{**given, **more})


def test_a_day_carried_on_is_the_full_run_and_computes_what_moved():
    state = yesterday(
        instalments=pl.DataFrame({**INSTALMENTS, "due_on": [*INSTALMENTS["due_on"][:2], "2026-03-31"]})
    )
    assert state.computed == 2
    today = increment.increment(
        state, payments=pl.DataFrame(PAYMENTS), policy=Policy(), as_of=date(2026, 2, 10)
    )
    assert today.computed == 1
    full = positions(
        instalments=pl.DataFrame({**INSTALMENTS, "due_on": [*INSTALMENTS["due_on"][:2], "2026-03-31"]}),
        payments=pl.DataFrame(PAYMENTS), policy=Policy(), as_of=date(2026, 2, 10),
    )  # fmt: skip
    assert today.frame.select(full.columns).equals(full.sort("contract"))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"policy": LATE}, "made under other policies; run all contracts anew"),
        ({"as_of": date(2026, 2, 8)}, "the state is of 2026-02-09, later than 2026-02-08"),
        ({"instalments": pl.DataFrame(INSTALMENTS)}, "contract A is in the state already"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(more, message):
    with pytest.raises(InputError, match=message):
        increment.increment(yesterday(), **{"policy": Policy(), "as_of": AS_OF, **more})


def test_a_state_of_another_version_is_refused():
    state = yesterday()
    older = attrs.evolve(state, made_with={**state.made_with, "tagih": "0.0.1"})
    with pytest.raises(InputError, match=r"made by tagih 0\.0\.1 \(results 1\), this is"):
        increment.increment(older, policy=Policy(), as_of=AS_OF)


def test_a_contract_with_a_row_that_cannot_be_read_stays_set_aside():
    bad = pl.DataFrame({**PAYMENTS, "amount": ["4OO"]})
    state = increment.increment(yesterday(), payments=bad, policy=Policy(), as_of=date(2026, 2, 10))
    state = increment.increment(state, payments=pl.DataFrame(PAYMENTS), policy=Policy(), as_of=AS_OF)
    found = state.frame.rows_by_key("contract", named=True, unique=True)
    assert found["A"]["aside"] == "payments:1: amount '4OO' is not an amount"
    assert found["B"]["days_past_due"] == 28


def test_a_payment_may_come_before_its_contract():
    early = pl.DataFrame({**PAYMENTS, "contract": ["C"]})
    state = increment.increment(yesterday(), payments=early, policy=Policy(), as_of=date(2026, 2, 10))
    assert state.frame.filter(pl.col("contract") == "C")["aside"].item().endswith("not among the contracts")
    new = pl.DataFrame({**INSTALMENTS, "contract": ["C"] * 3, "number": [1, 2, 3]})
    state = increment.increment(state, instalments=new, policy=Policy(), as_of=date(2026, 2, 11))
    assert state.frame.filter(pl.col("contract") == "C")["paid"].item() == Decimal(400)


def test_a_state_is_kept_in_a_folder_and_no_other_overwrites_it(tmp_path):
    state = increment.save(yesterday(), tmp_path / "state")
    today = increment.increment(state, payments=pl.DataFrame(PAYMENTS), policy=Policy(), as_of=AS_OF)
    increment.save(today, tmp_path / "state")
    kept = increment.load(tmp_path / "state")
    assert kept.frame.equals(today.frame)
    assert kept.as_of == AS_OF
    with pytest.raises(InputError, match="holds something else"):
        increment.save(yesterday(), tmp_path / "state")
    with pytest.raises(InputError, match="holds no state"):
        increment.load(tmp_path)


# --- compiled code ------------------------------------------------------------------------------


FIRST = """
import sys, time
from tagih.commands import large
from tagih.portfolio import compiled
before = compiled.is_ready()
large.prepare("en")
began = time.perf_counter()
compiled.load()
print(before, compiled.is_ready(), time.perf_counter() - began)
"""


@pytest.mark.heavy
def test_the_first_use_compiles_and_says_so_and_the_next_starts_from_what_is_kept(tmp_path):
    found = []
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, "-c", FIRST], capture_output=True, text=True, check=True,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        )  # fmt: skip
        before, after, seconds = ran.stdout.split()
        found.append((before, after, "preparing the portfolio engine" in ran.stderr, float(seconds)))
    first, second = found
    assert first[:3] == ("False", "True", True)
    assert second[:3] == ("True", "True", False)
    assert second[3] < first[3] / 4, found


def test_an_edit_in_any_function_is_another_key(tmp_path):
    copies = []
    for source in compiled.SOURCES:
        copy = tmp_path / source.name
        copy.write_bytes(source.read_bytes())
        copies.append(copy)
    same = compiled.key(tuple(copies))
    assert same == compiled.key()
    text = copies[0].read_text(encoding="utf-8")
    copies[0].write_text(text.replace("def rounded(", "def rounded (", 1), encoding="utf-8")
    assert compiled.key(tuple(copies)) != same


def test_another_numba_is_another_key():
    assert compiled.key(version="numba 0.1") != compiled.key()


def test_the_folder_is_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compiled.cache_folder().parent == tmp_path / "tagih"


# --- made-up books, parts, and the command ---------------------------------------------------------


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synth")
    list(synth.write(folder, 3_100, seed=7))
    return folder


def test_the_same_seed_makes_the_same_book_and_a_smaller_one_is_its_beginning(book, tmp_path):
    list(synth.write(tmp_path, 50, seed=7))
    for name in ("contracts", "instalments", "payments"):
        small = pl.read_parquet(tmp_path / f"{name}-0000.parquet")
        assert small.equals(pl.read_parquet(book / f"{name}-0000.parquet")[: small.height])


def test_parts_of_any_size_give_the_whole(book):
    sources, rules = stream.of_folder(book), policy("id.kol.mf.2018")
    given = tables(
        instalments=sources.instalments,
        payments=sources.payments,
        events=sources.events,
        contracts=sources.contracts,
    )
    whole = answer(given, rules, synth.END).positions.sort("contract")
    parts = pl.concat(
        [one.positions for one in stream.answers(sources, rules, synth.END, part=700)], how="diagonal"
    )
    parts = parts.with_columns(
        pl.selectors.contains("/").fill_null(0)
    )  # a part without fees has no such column
    assert parts.select(whole.columns).equals(whole)


def whole_and_parts(book, changed, part=700):
    """Positions of a synthetic book as one, and of the same book from other files, in parts."""
    given, rules = stream.of_folder(book), policy("id.kol.mf.2018")
    asked = {name: pl.scan_parquet(getattr(given, name)) for name in stream.NAMES}
    whole = answer(tables(**asked), rules, synth.END).positions.sort("contract")
    every = list(stream.answers(changed(asked), rules, synth.END, part=part))
    parts = pl.concat([one.positions for one in every], how="diagonal")
    parts = parts.with_columns(pl.selectors.contains("/").fill_null(0)).sort("contract")
    return whole, parts.select(whole.columns), every


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_files_that_are_not_in_the_order_of_contracts_give_the_same(book, tmp_path, monkeypatch, ending):
    monkeypatch.setattr(stream, "ROWS", 5_000)  # more than one piece

    def shuffled(asked):
        paths = {}
        for name, frame in asked.items():
            mixed = frame.collect().sample(fraction=1, shuffle=True, seed=3)
            if ending == "csv":
                money = [column for column in mixed.columns if is_money(column)]
                mixed = mixed.with_columns((pl.col(money).cast(pl.Decimal(20, 2))).cast(pl.String))
            paths[name] = tmp_path / f"{name}.{ending}"
            getattr(mixed, f"write_{ending}")(paths[name])
        return stream.Sources(**paths)

    whole, parts, every = whole_and_parts(book, shuffled)
    assert len(every) == 5
    assert parts.equals(whole)


def test_a_bad_row_of_a_part_is_named_with_its_file_and_its_row_there(book, tmp_path):
    payments = pl.read_parquet(stream.of_folder(book).payments).with_columns(pl.col("amount").cast(pl.String))
    half = payments.height // 2
    payments[:half].write_parquet(tmp_path / "payments-0.parquet")
    payments[half:].with_row_index("n").with_columns(
        amount=pl.when(pl.col("n") == 4_321).then(pl.lit("12,5")).otherwise("amount")
    ).drop("n").write_parquet(tmp_path / "payments-1.parquet")

    def changed(asked):
        return stream.Sources(**{**asked, "payments": tmp_path / "payments-*.parquet"})

    whole, _, every = whole_and_parts(book, changed)
    aside = [each for one in every for each in one.aside]
    assert [each.reason for each in aside] == ["payments-1.parquet:4322: amount '12,5' is not an amount"]
    assert sum(one.positions.height for one in every) + len(aside) == len(whole)


def test_tagih_age_prints_the_same_for_a_large_book_as_contract_by_contract(tmp_path, monkeypatch):
    list(synth.write(tmp_path, 300, seed=3))
    asked = ["age", str(tmp_path), "--as-of", synth.END.isoformat(), "--format", "csv"]
    one_by_one = CliRunner().invoke(main, asked)
    early = CliRunner().invoke(main, [*asked[:3], "2025-06-30", *asked[4:]])  # some are signed later
    monkeypatch.setattr(large, "FEW", 100)
    in_columns = CliRunner().invoke(main, asked)
    assert in_columns.exit_code == one_by_one.exit_code == 0
    assert in_columns.stdout == one_by_one.stdout
    early_in_columns = CliRunner().invoke(main, [*asked[:3], "2025-06-30", *asked[4:]])
    assert early_in_columns.exit_code == early.exit_code == 0
    assert early_in_columns.stdout == early.stdout != one_by_one.stdout


def test_synth_writes_into_empty_folders_only(book):
    result = CliRunner().invoke(main, ["synth", "--contracts", "10", "--out", str(book)])
    assert result.exit_code == 1
    assert "is not empty" in result.stderr
