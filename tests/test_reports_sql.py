"""Twelve months of a book without late charges: SQL on its files alone finds every figure of the pack.

Without late charges a payment goes to the oldest instalment that is due, interest before principal,
and what is left waits until the next one falls due: so balances, days past due and everything made
of them follow from sums of instalments and payments.
"""

from decimal import Decimal as D
from itertools import pairwise

import duckdb
import pytest
from tests.sql_ledger import segments_of

from tagih.files import read_book
from tagih.ledger import replay
from tagih.portfolio import large, synth
from tagih.portfolio.book import policies
from tagih.reports import sections
from tagih.reports.large import large_month
from tagih.reports.month import month
from tagih.reports.month_end import pack
from tagih.reports.snapshot import month_ends
from tagih.samples import book_files

DAYS = month_ends(synth.END, 12)
CLASSES = "case when days > 180 then '5' when days > 120 then '4' when days > 90 then '3' " \
    "when days > 10 then '2' else '1' end"  # POJK 35/2018: 10, 90, 120, 180 days  # fmt: skip
SET_ASIDE = {"1": 1, "2": 5, "3": 15, "4": 50, "5": 100}  # per cent, POJK 35/2018
BUCKETS = "case when days > 180 then 'B7' when days > 150 then 'B6' when days > 120 then 'B5' " \
    "when days > 90 then 'B4' when days > 60 then 'B3' when days > 30 then 'B2' " \
    "when days > 0 then 'B1' else 'C0' end"  # fmt: skip


@pytest.fixture(scope="module", params=[400, pytest.param(20_000, marks=pytest.mark.heavy)])
def book(request, tmp_path_factory):
    """A made-up book without late charges and other charges; its payments and reversals are as they come."""
    folder = tmp_path_factory.mktemp("sql") / "book"
    list(synth.write(folder, request.param, seed=12))
    toml = (folder / "tagih.toml").read_text()
    kept = [line for line in toml.splitlines() if "late_charge" not in line]
    (folder / "tagih.toml").write_text("\n".join(kept))
    path = folder / "events-0000.parquet"
    duckdb.execute(f"copy (from '{path}' where kind <> 'charge') to '{folder}/kept.parquet'")
    (folder / "kept.parquet").rename(path)
    return folder


@pytest.fixture(scope="module")
def made(book):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "FEW", 100)
        found = large_month(book, synth.END)
    assert found is not None
    return pack(found, "en")


@pytest.fixture(scope="module")
def sql(book):
    """A row a contract and month end: balances and days past due, from the files by window functions."""
    db = duckdb.connect()
    for name in ("contracts", "instalments", "payments", "events"):
        db.execute(f"create view {name} as from '{book}/{name}-*.parquet'")
    db.execute("create table ends (m integer, day date)")
    db.executemany("insert into ends values (?, ?)", [(n, day) for n, day in enumerate(DAYS)])
    db.execute("""
        create view lasting as
        select p.contract, p.effective_on, p.amount, coalesce(e.effective_on, date '9999-12-31') as undone
        from payments p left join events e on e.contract = p.contract and e.target = p.id""")
    db.execute("""
        create view planned as
        select contract, number, due_on, principal, interest, principal + interest as amount,
            coalesce(sum(principal + interest) over (partition by contract order by number
                rows between unbounded preceding and 1 preceding), 0) as earlier
        from instalments""")
    db.execute("""
        create table rows as
        with paid as (
            select day, m, contract, sum(amount) as paid from lasting, ends
            where effective_on <= day and undone > day group by all)
        select ends.m, ends.day, p.*,
            case when due_on > ends.day then 0
                else least(p.amount, greatest(coalesce(paid, 0) - earlier, 0)) end as settled
        from planned p join contracts c on c.id = p.contract join ends on c.signed_on <= ends.day
        left join paid on paid.m = ends.m and paid.contract = p.contract""")
    db.execute(f"""
        create table stands as
        with found as (
            select m, day, contract,
                sum(principal - greatest(settled - interest, 0)) as balance,
                coalesce(day - min(due_on) filter (where settled < amount and due_on < day), 0) as days,
                sum(amount - settled) as owed
            from rows group by m, day, contract)
        select *, {CLASSES} as class, {BUCKETS} as bucket, owed > 0 as live from found""")
    db.execute("""
        create table pairs as
        select coalesce(a.contract, b.contract) as contract, a.bucket as was, a.balance as before,
            b.balance as after, coalesce(b.live, false) as live,
            case when b.live then b.bucket else 'paid_off' end as now
        from (from stands where m = 11) a full join (from stands where m = 12) b using (contract)
        where coalesce(a.live, true)""")
    return lambda text: db.execute(text).fetchall()


def share(part, whole):
    """Part ÷ whole to six places, halves up, by whole numbers."""
    return D((2 * part * 10**6 + whole) // (2 * whole)).scaleb(-6) if whole else None


def ratios(made, sheet="ratios"):
    return {
        (row["measure_key"], row.get("bucket", "")): (row["part"], row["whole"], row["n"], row["rate"])
        for row in made.table(sheet).rows
    }


def test_balances_days_and_classes_of_every_contract(made, sql):
    found = {row["contract"]: row for row in made.table("contracts").rows}
    theirs = sql("select contract, balance, days, class, bucket, owed from stands where m = 12")
    assert len(theirs) == len(found)
    for contract, balance, days, kol, bucket, owed in theirs:
        row = found[contract]
        assert (row["balance"], row["days_past_due"], row["class"], row["bucket"], row["outstanding"]) == (
            balance, days, kol, bucket, owed,
        ), contract  # fmt: skip


def test_the_balances_of_thirteen_month_ends(made, sql):
    for n, row in enumerate(made.table("history").rows):
        theirs = dict(sql(f"select bucket, sum(balance) from stands where m = {n} group by all"))
        assert row["month"] == DAYS[n]
        for code in ("C0", "B1", "B2", "B3", "B4", "B5", "B6", "B7"):
            assert row[f"days_{code}"] == theirs.get(code, 0)
        assert row["contracts"] == sql(f"select count(*) from stands where live and m = {n}")[0][0]


def test_par_and_npf_gross_and_net(made, sql):
    ours = ratios(made)
    ((whole, n),) = sql("select sum(balance), count(*) from stands where m = 12 and live")
    for name, least in (("par1", 0), ("par30", 30), ("par60", 60), ("par90", 90)):
        ((part,),) = sql(f"select sum(balance) from stands where m = 12 and live and days > {least}")
        assert ours[name, ""] == (part, whole, n, share(part, whole))
    bad = sql("select class, balance from stands where m = 12 and live and class in ('3', '4', '5')")
    gross = sum(balance for _, balance in bad)
    assert ours["npf_gross", ""] == (gross, whole, n, share(gross, whole))
    net = sum(100 * balance - SET_ASIDE[kol] * balance for kol, balance in bad)
    part, _, count, rate = ours["npf_net", ""]
    assert (part * 100, count, rate) == (net, n, share(net, whole * 100))


def test_the_collection_ratio_with_arrears_brought_forward_and_what_was_prepaid(made, sql):
    def sums(m, until):
        text = f"select coalesce(sum(amount), 0), coalesce(sum(settled), 0) from rows where m = {m}"
        return sql(f"{text} and due_on <= date '{DAYS[until]}'")[0]

    due_then, paid_then = sums(11, 11)
    due_now, paid_now = sums(12, 12)
    _, ahead = sums(11, 12)
    forward, came = due_then - paid_then, paid_now - ahead
    fell_due = came + (due_now - paid_now) - forward
    row = ratios(made)["collection", ""]
    assert (row[0], row[1], row[3]) == (came, forward + fell_due, share(came, forward + fell_due))
    ((cash,),) = sql(f"""
        select sum(amount * ((effective_on <= date '{DAYS[12]}' and undone > date '{DAYS[12]}')::int
            - (effective_on <= date '{DAYS[11]}' and undone > date '{DAYS[11]}')::int)) from lasting""")
    assert sum(one["cash"] for one in made.table("collectors").rows) == cash


MOVES = """
    with placed as (
        select *, case when was = 'C0' then 0 else right(was, 1)::int end as origin,
            case when now = 'C0' or now = 'paid_off' then 0 else right(now, 1)::int end as place
        from pairs where was is not null),
    named as (
        select *, case when now = 'paid_off' and origin = 0 then 'paid_off' when place > origin then 'roll'
            when now <> 'paid_off' and place = origin then 'stay' when place = 0 then 'cure'
            else 'improved' end as name
        from placed)"""


def test_roll_stay_improved_cure_and_paid_off_by_count_and_balance(made, sql):
    for sheet, size in (("rates_count", "1"), ("rates_balance", "before")):
        whole = dict(sql(f"{MOVES} select was, sum({size}) from named group by was"))
        count = dict(sql(f"{MOVES} select was, count(*) from named group by was"))
        parts = {(name, was): part for name, was, part in
                 sql(f"{MOVES} select name, was, sum({size}) from named group by all")}  # fmt: skip
        gone = dict(sql(f"{MOVES} select was, sum({size}) from named where now = 'paid_off' group by was"))
        for (name, bucket), (part, all_of, n, rate) in ratios(made, sheet).items():
            theirs = gone.get(bucket, 0) if name == "paid_off" else parts.get((name, bucket), 0)
            assert (part, all_of, n) == (theirs, whole.get(bucket, 0), count.get(bucket, 0)), (name, bucket)
            assert rate == share(int(theirs), int(whole.get(bucket, 0)))


def test_net_flows(made, sql):
    found = sql("select was, sum(before), count(*) from pairs where was is not null group by was")
    before = {code: (amount, n) for code, amount, n in found}
    after = dict(sql("select now, sum(after) from pairs where live group by now"))
    codes = ("C0", "B1", "B2", "B3", "B4", "B5", "B6", "B7")
    ours = {row["bucket"]: row for row in made.table("net_flow").rows}
    for here, there in pairwise(codes):
        row, (whole, n) = ours[f"{here} → {there}"], before.get(here, (0, 0))
        part = after.get(there, 0)
        assert (row["part"], row["whole"], row["n"]) == (part, whole, n)
        assert row["rate"] == share(int(part), int(whole))


def test_vintage_curves(made, sql):
    theirs = sql(f"""
        select strftime(signed_on, '%Y-%m'), date_diff('month', signed_on, day),
            coalesce(sum(balance) filter (where live and days > 30), 0), sum(principal),
            count(*) filter (where live and days > 30), count(*)
        from stands join contracts on id = contract
        where signed_on >= date '{DAYS[0].replace(day=1)}' group by all order by all""")
    ours = [
        (row["cohort"], row["month_on_book"], row["part"], row["whole"], row["late"], row["n"], row["rate"])
        for row in made.table("vintage").rows
    ]
    assert ours == [(*each, share(int(each[2]), int(each[3]))) for each in theirs]


def test_first_second_and_third_payment_default(made, sql):
    theirs = sql(f"""
        with nth as (
            select p.*, signed_on, row_number() over (partition by contract order by due_on, number) as nth,
                due_on + 30 as until
            from planned p join contracts c on c.id = p.contract
            where due_on > signed_on and signed_on >= date '{DAYS[0].replace(day=1)}'
            and signed_on <= date '{DAYS[12]}'),
        then_paid as (
            select n.contract, n.nth, coalesce(sum(l.amount), 0) as paid from nth n left join lasting l
            on l.contract = n.contract and l.effective_on <= n.until and l.undone > n.until group by all)
        select strftime(signed_on, '%Y-%m') as cohort, nth, count(*) filter (where paid < earlier + amount),
            count(*)
        from nth join then_paid using (contract, nth)
        where nth <= 3 and until <= date '{DAYS[12]}' group by all""")
    ours = {
        (row["bucket"], row["measure_key"]): (row["part"], row["whole"], row["rate"])
        for row in made.table("first_payment").rows
    }
    named = {(cohort, {1: "fpd", 2: "spd", 3: "tpd"}[nth]): (part, n) for cohort, nth, part, n in theirs}
    for name in ("fpd", "spd", "tpd"):
        own = [each for (_, of), each in named.items() if of == name]
        named["total", name] = sum(part for part, _ in own), sum(n for _, n in own)
    assert ours == {key: (part, n, share(part, n)) for key, (part, n) in named.items() if n}


def test_provisions_and_what_changed_them(made, sql):
    for row in made.table("provisions").rows:
        found = sql(f"select balance from stands where m = 12 and live and class = '{row['class']}'")
        own = sum(D(balance * SET_ASIDE[row["class"]]).scaleb(-2) for (balance,) in found)
        whole = sum(balance for (balance,) in found)
        assert (row["provision"], row["contracts"], row["balance"]) == (own, len(found), whole)
        assert row["cover"] == share(int(own * 100), int(whole * 100))
    moves = made.table("provision_moves")
    assert sum(row["amount"] for row in moves.rows) == moves.total["amount"]


def test_every_bridge_closes_and_every_matrix_adds_up_to_its_opening(made, sql):
    bridge = made.table("bridge")
    for column in bridge.columns[2:]:
        assert sum(row[column.key] for row in bridge.rows) == bridge.total[column.key]
    assert bridge.total["total"] == sql("select sum(owed) from stands where m = 12")[0][0]
    for axis, name in (("class", "migration"), ("bucket", "migration_days")):
        for sheet, size in (("count", "count(*)"), ("balance", "sum(balance)")):
            theirs = dict(sql(f"select {axis}, {size} from stands where m = 11 and live group by all"))
            for row in made.table(f"{name}_{sheet}").rows:
                cells = [value for key, value in row.items() if key.startswith("to_")]
                assert sum(cells) == row["total"]
                origin = row["from"].split()[0]
                if row["from"][0] in "12345CB" and origin not in ("paid", "new"):
                    assert row["total"] == theirs.get(origin, 0)
    assert made.ties


def test_segments_by_product_and_branch(made, sql):
    sums = """
        select {label}, count(*), sum(balance), sum(balance) filter (days > 30),
            sum(balance) filter (class in ('3', '4', '5'))
        from stands join contracts on id = contract where live and m = {m} group by all"""
    theirs = {}
    for label in ("product", "branch"):
        for at, m in enumerate((11, 12)):
            for value, count, whole, late, bad in sql(sums.format(label=label, m=m)):
                figures = (count, whole, share(int(late or 0), int(whole)), share(int(bad or 0), int(whole)))
                theirs.setdefault((label, value), [(0, 0, None, None)] * 2)[at] = figures
    assert segments_of(made) == theirs


def test_every_table_with_a_rate_stands_in_a_test_above(made):
    """A new table of rates needs a query of its own; `ratios` is whole in test_reports_sql_losses."""
    found = {table.name for table in made.tables if any(column.kind == "rate" for column in table.columns)}
    assert found == {
        "ratios", "rates_count", "rates_balance", "net_flow", "vintage", "first_payment", "provisions",
        "segments",
    }  # fmt: skip


# --- the example books: what late charges leave to the ledger's own lines -------------------------------
#
# Without late charges the same figures are found from the files alone: see test_reports_sql_losses.


def an_example(folder, lender):
    for name, content in book_files(lender).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return month(read_book(folder), synth.END, months=1)


@pytest.mark.parametrize("lender", ["mf", "bank"])
def test_recovery_from_the_ledger_s_lines(lender, tmp_path):
    found = an_example(tmp_path, lender)
    book = found.book
    of = policies(book, synth.END)
    db = duckdb.connect()
    db.execute("create table lines (m integer, contract text, kind text, part text, amount decimal(18, 2))")
    for m in (11, 12):
        for contract in book.contracts.values():
            if contract.signed_on is None or contract.signed_on <= DAYS[m]:
                for line in replay(contract, book.events_of(contract), of(contract), DAYS[m]).lines:
                    if line.kind in ("written_off", "recovered", "unrecovered"):
                        row = (m, contract.id, line.kind, line.component.kind, line.amount)
                        db.execute("insert into lines values (?, ?, ?, ?, ?)", row)

    def total(m, kind):
        text = "select coalesce(sum(amount), 0) from lines where part in ('principal', 'interest')"
        return db.execute(f"{text} and m = {m} and kind = '{kind}'").fetchone()[0]

    back = [total(m, "recovered") - total(m, "unrecovered") for m in (11, 12)]
    came = back[1] - back[0]
    whole = total(11, "written_off") - back[0] + total(12, "written_off") - total(11, "written_off")
    row = next(row for row in sections.ratios_table(found, "en").rows if row["measure_key"] == "recovery")
    assert (row["part"], row["whole"]) == (came, whole)
    assert row["rate"] == share(int(came * 100), int(whole * 100))


def test_twp90_and_tkb90_without_write_offs_and_with_them_put_back(tmp_path):
    found = an_example(tmp_path, "pindar")
    rows = [sections.contract_row(account) for account in found.closing.accounts]
    db = duckdb.connect()
    db.execute("create table c (state text, days integer, balance decimal(18, 2), lost decimal(18, 2))")
    values = [(row["state"], row["days_past_due"], row["balance"], row["written_off"]) for row in rows]
    db.executemany("insert into c values (?, ?, ?, ?)", values)
    ((late, whole, lost),) = db.execute("""
        select coalesce(sum(balance) filter (where days > 90), 0), sum(balance), sum(lost)
        from c where state <> 'paid_off'""").fetchall()
    ours = {row["measure_key"]: row for row in sections.ratios_table(found, "en").rows}
    for name, part, all_of in (
        ("twp90", late, whole), ("tkb90", whole - late, whole), ("twp90_put_back", late + lost, whole + lost),
        ("tkb90_put_back", whole - late, whole + lost),
    ):  # fmt: skip
        assert (ours[name]["part"], ours[name]["whole"]) == (part, all_of), name
        assert ours[name]["rate"] == share(int(part * 100), int(all_of * 100))


def test_promises_by_count_and_by_amount(tmp_path):
    found = an_example(tmp_path, "mf")
    db = duckdb.connect()
    db.execute("create table p (status text, promised decimal(18, 2), received decimal(18, 2))")
    rows = [(row.status, row.promised, row.received) for row in found.verdicts]
    db.executemany("insert into p values (?, ?, ?)", rows)
    ((kept, n, received, promised),) = db.execute(
        "select count(*) filter (where status = 'kept'), count(*), sum(received), sum(promised) from p"
    ).fetchall()
    ours = {row["measure_key"]: row for row in sections.ratios_table(found, "en").rows}
    assert (ours["promises_kept"]["part"], ours["promises_kept"]["n"]) == (kept, n)
    assert ours["promises_kept"]["rate"] == share(kept, n)
    row = ours["promises_received"]
    assert (row["part"], row["whole"]) == (received, promised)
    assert row["rate"] == share(int(received * 100), int(promised * 100))
