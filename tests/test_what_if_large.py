"""The same history of a large book under other rules: in columns as contract by contract."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from random import Random

import polars as pl
import pytest
from click.testing import CliRunner
from tests.test_letters_large import LADDERS, complete, on_file, on_some, settled, with_more_events
from tests.test_reports_large import event, own_book, records, spoilt, written

from tagih.cli import main
from tagih.commands import large as columns
from tagih.portfolio import large, synth
from tagih.reports import what_if_large

FEW = 200
OCTOBER = synth.END


@pytest.fixture(scope="module")
def frames():
    return synth.tables(0, FEW, seed=8)


@pytest.fixture(autouse=True)
def _parts_are_small(monkeypatch):
    monkeypatch.setattr(what_if_large, "PART", 60)
    monkeypatch.setattr(columns, "LEAST", 0)


def what_if(folder, *more, as_of=OCTOBER):
    words = ["report", "what-if", str(folder), "--as-of", as_of.isoformat(), *more]
    return CliRunner().invoke(main, words, obj=words)


def both(folder, monkeypatch, *more, as_of=OCTOBER, in_columns=True):
    """What the command says in columns, and contract by contract."""
    taken, asked = [], what_if_large.large_what_if

    def told(*given, **options):
        found = asked(*given, **options)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(what_if_large, "large_what_if", told)
    monkeypatch.setattr(large, "FEW", 10)
    wide = what_if(folder, *more, as_of=as_of)
    assert taken == [in_columns], wide.output
    monkeypatch.setattr(large, "FEW", 10**9)
    single = what_if(folder, *more, as_of=as_of)
    monkeypatch.setattr(what_if_large, "large_what_if", asked)
    return wide, single


def same(folder, monkeypatch, *more, exit_code=0, **asked):
    for form in ("json", "table"):
        wide, single = both(folder, monkeypatch, *more, "--format", form, **asked)
        assert wide.stdout == single.stdout
        assert wide.stderr == single.stderr
        assert wide.exit_code == single.exit_code == exit_code, wide.output
        if form == "json":
            found = json.loads(wide.stdout)
    return found


RULES = [
    ("id.arrears.inclusive",),
    ("id.kol.mf.2014",),
    ("id.kol.mf.2014", "id.arrears.inclusive"),
    ("id.alloc.mf.instalment_first", "id.prov.bank"),
]


@pytest.mark.parametrize("rules", RULES, ids=" ".join)
def test_other_rules_make_the_same_difference(tmp_path, frames, monkeypatch, rules):
    folder = written(tmp_path / "book", frames)
    totals, contracts, letters = same(
        folder, monkeypatch, *(word for rule in rules for word in ("--with", rule))
    )
    assert len(totals["rows"]) > 10
    assert letters["rows"]
    assert contracts["rows"] or "id.arrears.inclusive" not in rules


def test_a_tolerance_of_the_lenders_own_and_an_earlier_day(tmp_path, frames, monkeypatch):
    own = tmp_path / "own.toml"
    own.write_text(
        'id = "own"\nkind = "arrears"\ntitle = "Own"\nsource = "own practice"\nconfidence = "high"\n'
        "grace_days = 3\ntolerance = { amount = 60000 }\n"
    )
    folder = written(tmp_path / "book", frames)
    _, contracts, _ = same(
        folder, monkeypatch, "--with", str(own), "--workers", "3", as_of=date(2025, 12, 31)
    )  # fmt: skip
    assert contracts["rows"]


def test_letters_that_another_ladder_would_send_are_counted_the_same(tmp_path, monkeypatch):
    own = tmp_path / "own.toml"
    own.write_text(
        'id = "own"\nkind = "ladder"\ntitle = "Own"\nsource = "own practice"\nconfidence = "high"\n'
        'rung = [{ letter = "sp1", from_day = 2, days_to_pay = 3 }, { letter = "sp2", from_day = 5, '
        "days_to_pay = 3 }]\n"
    )
    made = with_more_events(complete(synth.tables(0, 320, seed=5)))
    folder = settled(written(tmp_path / "book", made, **on_file(made)))
    *_, letters = same(folder, monkeypatch, "--with", str(own))
    counts = {(row["outcome_key"], row["reason_key"]): row["difference"] for row in letters["rows"]}
    assert counts["send", "sp1"] > 0 > counts["not_due", "below_first_level"]


def test_what_columns_cannot_tell_is_worked_out_beside_them(tmp_path, frames, monkeypatch):
    more = [
        event(frames, "write_off", [3, 17, 60], date(2026, 9, 20)),
        event(frames, "waiver", [5, 6], date(2026, 10, 5), component="late_charge"),
        event(frames, "forgiveness", [17], date(2026, 10, 5)),
        event(frames, "acceleration", [40, 41], date(2026, 10, 5)),
        event(frames, "pause", [42, 43], date(2026, 10, 5)).with_columns(until=pl.lit(date(2026, 10, 20))),
    ]
    changed = {**frames, "events": pl.concat([frames["events"], *more], how="diagonal_relaxed")}
    folder = written(tmp_path / "book", changed)
    same(folder, monkeypatch, "--with", "id.arrears.inclusive")


def test_bad_rows_and_contracts_that_cannot_be_replayed_are_said_the_same(tmp_path, frames, monkeypatch):
    who = frames["contracts"]["id"].to_list()
    payments = frames["payments"].with_columns(
        amount=pl.when((pl.col("contract") == who[30]).cum_sum() == 1).then(-1).otherwise("amount")
    )
    payments = pl.concat([payments, payments[:2].with_columns(contract=pl.lit("K-LOST"))])
    before = event(frames, "charge", [31], date(2020, 1, 1), component="fee", amount=75000)
    changed = {
        **frames,
        "payments": payments,
        "events": pl.concat([frames["events"], before], how="diagonal_relaxed"),
    }
    folder = written(tmp_path / "book", changed)
    same(folder, monkeypatch, "--with", "id.arrears.inclusive", exit_code=1)
    said = what_if(folder, "--with", "id.arrears.inclusive", "--lang", "en").stderr
    assert "K-LOST" in said
    assert f"contract {who[31]} set aside" in said


@pytest.mark.parametrize("change", [None, spoilt], ids=["sound", "spoilt"])
def test_a_lenders_own_files(tmp_path, frames, monkeypatch, change):
    more = records(frames) if change else {}
    folder = own_book(tmp_path / "book", frames, change=change, **more)
    same(folder, monkeypatch, "--with", "id.arrears.inclusive", exit_code=1 if change else 0)


def test_classes_that_take_more_than_days_go_one_by_one(tmp_path, frames, monkeypatch):
    folder = written(tmp_path / "book", frames)
    both(folder, monkeypatch, "--with", "id.kol.bpr.monthly", in_columns=False)


OTHERS = ("id.arrears.inclusive", "id.kol.mf.2014", "id.alloc.mf.instalment_first", "id.prov.bank")
HEAVY = [pytest.param(seed, marks=pytest.mark.heavy) for seed in range(202, 220)]


@pytest.mark.parametrize("seed", [200, 201, *HEAVY])
def test_any_book_makes_the_same_difference(tmp_path, monkeypatch, seed):
    chance = Random(seed)
    made = with_more_events(complete(synth.tables(0, 320, seed=seed)))
    more, folder = on_some(made, chance), tmp_path / "book"
    if seed % 2:
        bad = pl.Series([chance.random() < 0.002 for _ in range(made["payments"].height)])
        amount = pl.when(bad).then(-5).otherwise("amount")
        written(folder, {**made, "payments": made["payments"].with_columns(amount=amount)}, **more)
    else:

        def change(name, rows):
            for _ in range(3):
                row = chance.choice(rows)
                row[chance.randrange(len(row))] = chance.choice(["", "x", "-5", "31/02/2026", "0"])

        own = {name: frame for name, frame in made.items() if name != "debtors"}
        days = {name: re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3/\2/\1", text) for name, text in more.items()}
        own_book(folder, own, change=change, **days)
    settled(folder, policies=chance.choice(LADDERS))
    words = [word for rule in chance.sample(OTHERS, 2) for word in ("--with", rule)]
    as_of = OCTOBER - timedelta(days=chance.choice([0, 0, 3, 40, 300]))
    wide, single = both(folder, monkeypatch, *words, "--format", "json", as_of=as_of)
    assert wide.stdout == single.stdout
    assert wide.stderr == single.stderr
    assert wide.exit_code == single.exit_code
