"""Letters of a large book, chosen from its columns, are those chosen contract by contract."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from random import Random

import polars as pl
import pytest
from click.testing import CliRunner
from tests.letters_book import LETTERHEAD
from tests.test_reports_large import event, own_book, records, spoilt, written

from tagih.cli import main
from tagih.commands import large as columns
from tagih.letters import large as letters_large
from tagih.letters.register import Register
from tagih.policies import Policy
from tagih.portfolio import large, synth
from tagih.portfolio.many import positions
from tagih.samples import LENDERS, book_files

FEW = 320
OCTOBER = synth.END


@pytest.fixture(scope="module")
def frames():
    """A made-up book."""
    return complete(synth.tables(0, FEW, seed=5))


def complete(made):
    """The book with addresses of its debtors, but for every ninth."""
    address = ["Jl. Contoh 1, Bandung" if n % 9 else None for n in range(made["debtors"].height)]
    made["debtors"] = made["debtors"].with_columns(
        address=pl.Series(address), city=pl.lit("Bandung"), province=pl.lit("Jawa Barat")
    )
    return made


@pytest.fixture(autouse=True)
def _parts_are_small(monkeypatch):
    monkeypatch.setattr(letters_large, "PART", 50)


def settled(folder, more="", policies=""):
    """The book's lender with all that letters ask of it; ``policies`` beside its own."""
    toml = (folder / "tagih.toml").read_text()
    toml = toml.replace('    "id.kol.mf.2018",\n', f'    "id.kol.mf.2018",\n{policies}', 1)
    head, policy, rest = toml.partition("[policies]")
    (folder / "tagih.toml").write_text(head + LETTERHEAD.lstrip("\n") + "\n" + policy + rest + more)
    return folder


def plan(folder, *more, as_of=OCTOBER, verb="plan"):
    words = ["letters", verb, str(folder), "--as-of", as_of.isoformat(), *more]
    return CliRunner().invoke(main, words, obj=words)


def both(folder, monkeypatch, *more, as_of=OCTOBER, verb="plan"):
    """What the command says in columns, and contract by contract."""
    taken, opened = [], letters_large.opened
    monkeypatch.setattr(large, "FEW", 10)
    monkeypatch.setattr(columns, "LEAST", 0)

    def told(*given, **asked):
        found = opened(*given, **asked)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(letters_large, "opened", told)
    wide = plan(folder, *more, as_of=as_of, verb=verb)
    monkeypatch.setattr(letters_large, "opened", opened)
    monkeypatch.setattr(large, "FEW", 10**9)
    single = plan(folder, *more, as_of=as_of, verb=verb)
    assert taken == [True], wide.output
    return wide, single


def same(folder, monkeypatch, *others, **more):
    """Both ways say the same as CSV, and in other forms and languages; the rows of the CSV."""
    for form, lang in (*others, ("csv", "id")):
        wide, single = both(folder, monkeypatch, "--format", form, "--lang", lang, **more)
        assert wide.stdout == single.stdout
        assert wide.stderr == single.stderr
        assert wide.exit_code == single.exit_code == 0, wide.output
    return list(csv.DictReader(wide.stdout.splitlines()))


def told_apart(rows):
    return {row["letter"] or row["reason"] or row["outcome"] for row in rows}


def test_every_contract_has_the_same_answer(tmp_path, frames, monkeypatch):
    folder = settled(written(tmp_path / "book", frames))
    rows = same(folder, monkeypatch, ("json", "id"), ("table", "id"), ("table", "en"))
    assert len(rows) == FEW
    assert told_apart(rows) == {"sp1", "nothing_past_due", "below_first_level", "failed"}


def test_contracts_signed_later_are_not_there_yet(tmp_path, frames, monkeypatch):
    rows = same(settled(written(tmp_path / "book", frames)), monkeypatch, as_of=date(2025, 6, 30))
    assert 0 < len(rows) < FEW


@pytest.mark.parametrize("workers", ["1", "3"])
def test_workers_change_nothing(tmp_path, frames, monkeypatch, workers):
    wide, single = both(settled(written(tmp_path / "book", frames)), monkeypatch, "--workers", workers)
    assert wide.stdout == single.stdout


def late(frames):
    """Contracts whose letter can be written and that have been late for some weeks on `OCTOBER`."""
    given = {name: frames[name] for name in ("instalments", "payments", "events")}
    found = positions(**given, policy=Policy(), as_of=OCTOBER).filter(pl.col("days_past_due") > 21)
    told = frames["contracts"].join(frames["debtors"], left_on="debtor", right_on="id").drop_nulls("address")
    return sorted(set(found["contract"]) & set(told["id"]))


def on_file(frames):
    """Letters, promises, arrangements, holds and contacts of late contracts and of others."""
    who, day = late(frames), OCTOBER - timedelta(days=3)
    before = day - timedelta(days=15)
    prompt = sorted(set(frames["contracts"]["id"]) - set(who))
    sent = [
        f"{who[0]},sp1,{day},0001/SP1/X,{day},",
        f"{who[1]},sp1,{before},0002/SP1/X,{before},{before}",
        f"{who[1]},sp2,{day},0003/SP2/X,{day},",
        f"{who[2]},sp3,{before},0004/SP3/X,{before},{before}",
        f"{who[3]},sp1,2024-01-05,0005/SP1/X,2024-01-05,2024-01-07",
        f"{prompt[0]},sp1,{day},0006/SP1/X,{day},",
    ]
    return {
        "letters": "contract,kind,issued_on,number,sent_on,delivered_on\n" + "\n".join(sent) + "\n",
        "holds": f"contract,kind,from_day,until,note\n{who[4]},dispute,2026-10-01,,Menyanggah denda\n"
        f"{who[5]},deceased,2026-10-01,,\n{prompt[1]},dispute,2026-10-01,,\n",
        "promises": "id,contract,made_on,due_on,amount\n"
        f"J-1,{who[6]},2026-10-20,2026-11-09,500000\nJ-2,{who[7]},2026-10-02,2026-10-20,100000\n"
        f"J-3,{prompt[2]},2026-10-20,2026-11-09,500000\n",
        "arrangements": "id,contract,agreed_on,number,due_on,amount\n"
        f"A-1,{who[8]},2026-10-25,1,2026-11-05,100000\nA-1,{who[8]},2026-10-25,2,2026-12-05,100000\n",
        "contacts": f"id,contract,at,channel,by\nN-1,{who[9]},2026-10-03 10:00:00,phone,K1\n",
    }


def with_more_events(frames):
    """The same with pauses, write-offs, waivers, charges and payments that are taken back."""
    place = {id: n for n, id in enumerate(frames["contracts"]["id"])}
    who = [place[id] for id in late(frames)[10:18]]
    more = [
        event(frames, "pause", who[:2], date(2026, 10, 1)).with_columns(until=pl.lit(date(2026, 10, 20))),
        event(frames, "write_off", who[2:4], date(2026, 9, 20)),
        event(frames, "waiver", who[4:6], date(2026, 10, 5), component="late_charge"),
        event(frames, "charge", who[6:8], date(2026, 10, 5), component="fee", amount=75000),
    ]
    paid = frames["payments"].filter(pl.col("effective_on") < date(2026, 9, 30))
    last = paid.unique("contract", keep="last", maintain_order=True)[5:12]
    back = last.select(
        id=pl.lit("B-") + pl.col("id"), contract="contract", kind=pl.lit("reversal"),
        effective_on=pl.lit(date(2026, 10, 7)), target="id",
    )  # fmt: skip
    return {**frames, "events": pl.concat([frames["events"], *more, back], how="diagonal_relaxed")}


def test_letters_promises_holds_and_contacts_on_file_count_the_same(tmp_path, frames, monkeypatch):
    folder = settled(written(tmp_path / "book", with_more_events(frames), **on_file(frames)))
    rows = same(folder, monkeypatch, ("table", "en"))
    assert told_apart(rows) >= {"sp1", "gap", "escalate", "dispute", "deceased", "promise", "arrangement"}


def test_days_between_letters_that_count_from_delivery(tmp_path, frames, monkeypatch):
    ladder = """    { kind = "ladder", counted_from = "delivery", least_gap = 5, minimum = "400000", rung = [
        { letter = "sp1", from_day = 3, days_to_pay = 5 }, { letter = "sp2", from_day = 9, days_to_pay = 7 },
    ] },
"""
    folder = settled(written(tmp_path / "book", frames, **on_file(frames)), policies=ladder)
    assert told_apart(same(folder, monkeypatch)) >= {"sp1", "not_sent", "below_minimum"}


def test_one_letter_for_all_contracts_of_a_debtor(tmp_path, frames, monkeypatch):
    ladder = """    { kind = "ladder", per = "debtor", rung = [
        { letter = "sp1", from_day = 3, days_to_pay = 5 }, { letter = "sp2", from_day = 9, days_to_pay = 7 },
    ] },
"""
    shared = frames["contracts"].with_columns(
        debtor=pl.col("debtor").gather(pl.int_range(FEW) // 4 * 4 + 1 - pl.int_range(FEW) // 4 * 4 % 2)
    )
    changed = {**frames, "contracts": shared}
    folder = settled(written(tmp_path / "book", changed, **on_file(frames)), policies=ladder)
    assert "other_contract" in told_apart(same(folder, monkeypatch))


def test_rules_of_contact_that_the_book_names_bind_both_ways(tmp_path, frames, monkeypatch):
    who = late(frames)
    calls = "".join(f"N-{n},{who[1]},2026-10-{n:02} 10:00:00,visit,K1\n" for n in range(1, 31))
    log = {"contacts": "id,contract,at,channel,by\n" + calls}
    folder = settled(written(tmp_path / "book", frames, **log), policies='    "id.conduct.pojk22",\n')
    sunday = date(2026, 10, 25)
    assert "contact_rules" in told_apart(same(folder, monkeypatch, as_of=sunday))


def test_classes_that_take_judgement_do_not_keep_letters_from_columns(tmp_path, frames, monkeypatch):
    folder = settled(written(tmp_path / "book", frames))
    toml = (folder / "tagih.toml").read_text().replace("id.kol.mf.2018", "id.kol.bank.2019")
    (folder / "tagih.toml").write_text(toml)
    same(folder, monkeypatch)


def test_the_branch_chooses_the_unit_and_one_without_a_unit_fails(tmp_path, frames, monkeypatch):
    branches = pl.Series("branch", ["Jakarta" if n % 2 else "Bandung" for n in range(FEW)])
    changed = {**frames, "contracts": frames["contracts"].with_columns(branches)}
    units = '\n[letters.units]\n"Jakarta" = "COLL-JKT"\n'
    rows = same(settled(written(tmp_path / "book", changed), more=units), monkeypatch)
    assert any("'Bandung' belum punya unit" in row["detail"] or "Bandung" in row["detail"] for row in rows)


# --- rows that cannot be read -------------------------------------------------------------------


def test_bad_rows_of_parquet_are_rejected_as_one_by_one(tmp_path, frames, monkeypatch):
    who = frames["contracts"]["id"].to_list()
    payments = frames["payments"].with_columns(
        amount=pl.when(pl.col("contract") == who[30]).then(-1).otherwise("amount"),
        effective_on=pl.when(pl.col("contract") == who[31]).then(None).otherwise("effective_on"),
    )
    payments = pl.concat([payments, payments[:2].with_columns(contract=pl.lit("K-LOST"))])
    payments = pl.concat([payments, payments.filter(pl.col("contract") == who[32])[:1]])
    contracts = frames["contracts"].with_columns(
        principal=pl.when(pl.col("id") == who[33]).then(1).otherwise("principal")
    )
    contracts = pl.concat([contracts, contracts.filter(pl.col("id") == who[34])])
    instalments = frames["instalments"].filter(pl.col("contract") != who[35])
    undone = event(frames, "reversal", [36], date(2026, 10, 5)).with_columns(target=pl.lit("P-NONE"))
    events = pl.concat([frames["events"], undone])
    changed = {
        **frames, "payments": payments, "contracts": contracts, "instalments": instalments, "events": events,
    }  # fmt: skip
    folder = settled(written(tmp_path / "book", changed, **on_file(frames)))
    rows = same(folder, monkeypatch)
    missing = set(who) - {row["contract"] for row in rows}
    assert missing == {who[33], who[35]}


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_lenders_own_files_are_planned_the_same(tmp_path, frames, monkeypatch, ending):
    plain = {name: frame for name, frame in frames.items() if name != "debtors"}
    folder = settled(own_book(tmp_path / "book", plain, ending))
    rows = same(folder, monkeypatch)
    assert len(rows) == FEW


def test_rejected_rows_of_a_lenders_own_files_are_said_the_same(tmp_path, frames, monkeypatch):
    plain = {name: frame for name, frame in frames.items() if name != "debtors"}
    folder = settled(own_book(tmp_path / "book", plain, change=spoilt, **records(frames)))
    rows = same(folder, monkeypatch)
    assert "failed" in told_apart(rows)


# --- a run ----------------------------------------------------------------------------------------


def test_a_run_numbers_and_prints_the_same_letters_and_the_next_day_knows_them(tmp_path, frames, monkeypatch):
    ladder = """    { kind = "ladder", rung = [
        { letter = "sp1", from_day = 240, days_to_pay = 5 },
        { letter = "sp2", from_day = 250, days_to_pay = 7 },
    ] },
"""
    outs = []
    for way, few in (("columns", 10), ("single", 10**9)):
        folder = settled(written(tmp_path / way, frames, **on_file(frames)), policies=ladder)
        monkeypatch.setattr(large, "FEW", few)
        monkeypatch.setattr(columns, "LEAST", 0)
        run = plan(
            folder, "--out", str(tmp_path / f"{way}-out"), "--now", "2026-10-31", "--workers", "1", verb="run"
        )
        assert run.exit_code == 1, "a letter without an address fails"
        manifest = (tmp_path / f"{way}-out" / "manifest.json").read_text()
        with Register(folder / "register.sqlite") as kept:
            issued = kept.earlier()
        after = plan(folder, "--format", "csv", as_of=OCTOBER + timedelta(days=20))
        resumed = CliRunner().invoke(main, ["letters", "resume", str(folder)])
        assert (resumed.exit_code, resumed.stdout) == (0, "tidak ada yang perlu diteruskan\n")
        outs.append((manifest, issued, after.stdout))
    assert outs[0] == outs[1]
    assert outs[0][1], "some letters are due"


# --- the report of letters --------------------------------------------------------------------------


def test_the_report_of_letters_looks_at_each_branchs_unit_too(tmp_path, frames, monkeypatch):
    branches = pl.Series("branch", ["Jakarta" if n % 2 else "Bandung" for n in range(FEW)])
    changed = {**frames, "contracts": frames["contracts"].with_columns(branches)}
    folder = settled(written(tmp_path / "book", changed), more='\n[letters.units]\n"Jakarta" = "COLL-JKT"\n')
    words = ["report", "letters", str(folder), "--as-of", OCTOBER.isoformat(), "--format", "json"]
    monkeypatch.setattr(columns, "LEAST", 0)
    monkeypatch.setattr(large, "FEW", 10)
    wide = CliRunner().invoke(main, words, obj=words)
    monkeypatch.setattr(large, "FEW", 10**9)
    single = CliRunner().invoke(main, words, obj=words)
    assert wide.stdout == single.stdout


# --- any book ---------------------------------------------------------------------------------------

LADDERS = [
    "",
    '    { kind = "ladder", per = "debtor", counted_from = "sending", rung = [\n'
    '        { letter = "sp1", from_day = 1, days_to_pay = 3 },\n'
    '        { letter = "sp2", from_day = 5, days_to_pay = 3 },\n    ] },\n',
    '    { kind = "ladder", minimum = "250000", least_gap = 3, rung = [\n'
    '        { letter = "overdue", from_day = 1, days_to_pay = 3 },\n'
    '        { letter = "sp1", from_day = 4, days_to_pay = 3 },\n'
    '        { letter = "somasi", from_day = 9, days_to_pay = 3 },\n    ] },\n',
]


def on_some(frames, chance):
    """Records of contracts picked by chance, and of some that are not there."""
    ids = [*frames["contracts"]["id"], "K-NONE"]

    def day(back):
        return OCTOBER - timedelta(days=chance.randrange(back))

    def rows(count, *make):
        return "".join(",".join(str(cell()) for cell in make) + "\n" for _ in range(count))

    def who():
        return chance.choice(ids)

    numbers = iter(range(10_000))
    return {
        "letters": "contract,kind,issued_on,number,sent_on,delivered_on\n"
        + rows(90, who, lambda: chance.choice(["sp1", "sp2", "sp3"]), lambda: day(60),
               lambda: f"{next(numbers):04}/SP", lambda: day(40), lambda: chance.choice(["", day(30)])),
        "holds": "contract,kind,from_day,until,note\n"
        + rows(20, who, lambda: chance.choice(["dispute", "deceased", "cease_contact", "nonsense"]),
               lambda: day(60), lambda: chance.choice(["", OCTOBER, day(50)]), lambda: ""),
        "promises": "id,contract,made_on,due_on,amount\n"
        + rows(40, lambda: f"J-{next(numbers)}", who, lambda: OCTOBER - timedelta(days=30),
               lambda: OCTOBER + timedelta(days=chance.randrange(-20, 20)), lambda: 100_000),
        "arrangements": "id,contract,agreed_on,number,due_on,amount\n"
        + rows(20, lambda: f"A-{next(numbers)}", who, lambda: OCTOBER - timedelta(days=30), lambda: 1,
               lambda: OCTOBER + timedelta(days=chance.randrange(-20, 20)), lambda: 100_000),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.heavy) for n in range(2, 25))])
def test_any_book_has_the_same_answers(tmp_path, monkeypatch, seed):
    chance = Random(seed)
    made = with_more_events(complete(synth.tables(0, FEW, seed=seed)))
    group = pl.col("debtor").gather(pl.int_range(FEW) // chance.choice([1, 2, 5]))
    made["contracts"] = made["contracts"].with_columns(debtor=group)
    bad = pl.Series([chance.random() < 0.002 for _ in range(made["payments"].height)])
    payments = made["payments"].with_columns(amount=pl.when(bad).then(-5).otherwise("amount"))
    lost = pl.Series([chance.random() < 0.001 for _ in range(payments.height)])
    made["payments"] = payments.with_columns(
        contract=pl.when(lost).then(pl.lit("K-NONE")).otherwise("contract")
    )
    folder = settled(
        written(tmp_path / "book", made, **on_some(made, chance)), policies=chance.choice(LADDERS)
    )
    as_of = OCTOBER - timedelta(days=chance.choice([0, 0, 3, 40, 300]))
    assert same(folder, monkeypatch, as_of=as_of)


@pytest.mark.parametrize("seed", [100, *(pytest.param(n, marks=pytest.mark.heavy) for n in range(101, 115))])
def test_any_book_in_a_lenders_own_files_has_the_same_answers(tmp_path, monkeypatch, seed):
    chance = Random(seed)
    made = with_more_events(complete(synth.tables(0, FEW, seed=seed)))

    def change(name, rows):
        for _ in range(4):
            row = chance.choice(rows)
            row[chance.randrange(len(row))] = chance.choice(["", "x", "-5", "31/02/2026", "0"])
        rows.append(list(chance.choice(rows)))

    own = {name: frame for name, frame in made.items() if name != "debtors"}
    more = on_some(made, chance)
    days = {name: re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3/\2/\1", text) for name, text in more.items()}
    ending = chance.choice(["csv", "csv", "parquet", "jsonl"])
    folder = own_book(tmp_path / "book", own, ending, change=change, **days)
    settled(folder, policies=chance.choice(LADDERS))
    assert same(folder, monkeypatch, as_of=OCTOBER - timedelta(days=chance.choice([0, 0, 3, 40, 300])))


@pytest.mark.parametrize("lender", [lender for lender in LENDERS if lender != "bank"])  # a cut-over
def test_the_letters_of_every_lender_of_the_examples(tmp_path, monkeypatch, lender):
    folder = tmp_path / lender
    for name, content in book_files(lender).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    wide, single = both(folder, monkeypatch, "--format", "csv")
    assert wide.stdout == single.stdout
    assert wide.stderr == single.stderr
    assert "send" in wide.stdout
