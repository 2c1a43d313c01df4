"""The month end: rows add up, bridges close, cash is the ledger's, and SQL finds the same figures."""

import csv
import io
import json
import shutil
from datetime import date
from decimal import Decimal as D
from fractions import Fraction
from html.parser import HTMLParser

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tagih import Acceleration, Contract, Instalment, Payment, Policy, replay
from tagih.cli import main
from tagih.errors import InputError, TagihError
from tagih.files import read_book
from tagih.files.records import ArrangementRow, PromiseRow
from tagih.policies import Ladder, Rung
from tagih.promises import PromiseRule
from tagih.reports import migration, performance, sections, tables, tie_out, vintage
from tagih.reports.migration import Standing, migrate, transition_rates
from tagih.reports.month import month
from tagih.reports.month_end import last_closing, pack, pack_files
from tagih.reports.ratios import Rate, collected
from tagih.reports.snapshot import month_ends
from tagih.reports.what_if import what_if
from tagih.reports.what_if_letters import letter_differences
from tagih.samples import LENDERS, book_files

SEPTEMBER, OCTOBER = date(2026, 9, 30), date(2026, 10, 31)


def tagih(*words):
    arguments = [str(word) for word in words]
    return CliRunner().invoke(main, arguments, obj=arguments)


def written(folder, lender):
    for name, content in book_files(lender).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return written(tmp_path_factory.mktemp("books") / "mf", "mf")


@pytest.fixture(scope="module")
def october(folder):
    return month(read_book(folder), OCTOBER)


@pytest.fixture(scope="module")
def made(october):
    return pack(october, "en")


@pytest.fixture(scope="module")
def files(made):
    from tagih.reports.charts import charts

    return pack_files(made, version="test", drawn=charts(made.month, "en"))


@pytest.fixture(scope="module")
def sql(folder, files, tmp_path_factory):
    """DuckDB over the pack's own contracts, last month's, and the book's files."""
    where = tmp_path_factory.mktemp("sql")
    then = month(read_book(folder), SEPTEMBER, months=1)
    (where / "then.csv").write_text(tables.to_csv(sections.contract_table(then, "en")), encoding="utf-8")
    (where / "now.csv").write_bytes(files["csv/contracts.csv"])
    db = duckdb.connect()
    for name in ("then", "now"):
        db.execute(
            f"create table {'before' if name == 'then' else 'after'} as "
            "select contract, state, class, bucket, days_past_due::int dpd, "
            "balance::decimal(18,2) balance, written_off::decimal(18,2) written_off, "
            f"provision::decimal(18,2) provision, branch, product, booked_on::date booked_on "
            f"from read_csv('{where}/{name}.csv', all_varchar=true)"
        )
    db.execute(
        "create table paid as select NO_KUITANSI id, NO_KONTRAK contract, "
        "strptime(TGL_BAYAR, '%d/%m/%Y')::date on_day, replace(JML_BAYAR, '.', '')::decimal(18,2) amount, "
        f"NO_KUITANSI_BATAL undoes from read_csv('{folder}/bayar-*.csv', delim=';', all_varchar=true)"
    )
    return db


def one(sql, query):
    return sql.execute(query).fetchone()


# --- laws over every example lender -------------------------------------------------------------


@pytest.mark.parametrize("lender", LENDERS)
def test_every_sheet_of_every_example_book_ties(lender, tmp_path):
    found = month(read_book(written(tmp_path, lender)), OCTOBER, months=1)
    made = pack(found, "id")
    assert made.ties
    assert len(made.checks) >= 30
    for moves in (found.classes, found.days):
        assert sum((moves.opening(origin) for origin in moves.origins), D(0)) == found.opening.balance
        assert moves.closing() == found.closing.balance
        for origin in moves.codes:
            assert sum(moves.count(origin, to) for to in moves.destinations) == moves.count(origin)
            assert sum((moves.opening(origin, to) for to in moves.destinations), D(0)) == moves.opening(
                origin
            )
    assert all(bridge.closes for bridge in found.bridges)
    for one in found.collected:
        came, went = (
            one.forward + one.fell_due,
            one.paid + one.waived + one.moved + one.written_off + one.left,
        )
        assert came == went


def test_twelve_months_each_open_where_the_one_before_closed(folder):
    book, closing = read_book(folder), None
    for day in month_ends(OCTOBER, 11):
        found = month(book, day, months=1)
        shown = [sections.contract_table(found, "en"), sections.bridge_table(found, "en")]
        shown += sections.migration_tables(found.days, found.closing.buckets, "en", suffix="_days")
        shown += [sections.performance_table(found.collectors, "en"), sections.receipt_table(found, "en")]
        assert [check for check in tie_out.checks(found, shown) if check.difference] == []
        # A payment undone since its month closed is the one thing that may differ, and it is named.
        undone = {receipt.contract_id for receipt in found.receipts if receipt.undone}
        differing = tie_out.restated(closing, found.opening) if closing is not None else ()
        assert {one.contract_id for one in differing} <= undone
        closing = tables.to_csv(shown[0])


AMOUNTS = st.integers(0, 10**12).map(lambda minor: D(minor) / 100)
PLACES = st.sampled_from(["0", "1", "2", "paid_off", "written_off"])


@st.composite
def snapshots(draw):
    ids = draw(st.lists(st.integers(0, 30).map(str), unique=True, max_size=12))
    return [standing(each, draw(PLACES), draw(AMOUNTS), draw(st.booleans())) for each in ids]


def standing(account, place, amount, restructured):
    live = place in ("0", "1", "2")
    return Standing(
        account, place if live else "", amount if live else D(0), "live" if live else place, restructured
    )


@given(snapshots(), snapshots())
def test_rates_of_a_bucket_add_up_to_one_and_rows_to_their_opening(then, now):
    found = migrate(then, now, ("0", "1", "2"))
    for by in ("count", "balance"):
        rates = transition_rates(found, by=by)
        for code in found.codes:
            own = {rate.name: rate for rate in rates if rate.of == code}
            whole = own["stay"].whole
            parts = sum((own[name].part for name in migration.RATES if name in own), D(0))
            if code == "0":
                parts += own["paid_off"].part
            assert parts == whole
    opening = sum((one.balance for one in then if one.state == "live"), D(0))
    assert sum((found.opening(origin) for origin in found.origins), D(0)) == opening


MOVES = [
    # from, to, restructured -> what it is; the definitions of the report, both sides of each edge
    ("0", "0", False, "stay"), ("0", "1", False, "roll"), ("0", "paid_off", False, "paid_off"),
    ("0", "written_off", False, "roll"), ("0", "0", True, "stay"),
    ("1", "0", False, "cure"), ("1", "paid_off", False, "cure"), ("1", "0", True, "restructured"),
    ("1", "paid_off", True, "restructured"), ("1", "1", True, "stay"), ("1", "2", True, "roll"),
    ("2", "1", False, "improved"), ("2", "1", True, "improved"), ("2", "written_off", False, "roll"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "end", "restructured", "outcome"), MOVES)
def test_what_a_move_is_called(start, end, restructured, outcome):
    (move,) = migrate(
        [standing("A", start, D(5), False)], [standing("A", end, D(4), restructured)], ("0", "1", "2")
    ).moves
    assert migration.outcome(move, ("0", "1", "2")) == outcome


def test_an_account_that_is_not_listed_any_more_is_gone_and_a_new_one_has_no_opening():
    found = migrate([standing("A", "1", D(7), False)], [standing("B", "0", D(9), False)], ("0", "1"))
    assert (found.count("1", "gone"), found.opening("1", "gone")) == (1, D(7))
    assert (found.count("new", "0"), found.opening("new"), found.closing(None, "0")) == (1, D(0), D(9))
    (flow,) = migration.net_flows(migrate([standing("A", "0", D(10), False)],
                                          [standing("A", "1", D(8), False), standing("B", "1", D(4), False)],
                                          ("0", "1")))  # fmt: skip
    assert (flow.part, flow.whole, flow.n) == (D(12), D(10), 1)  # new bookings count at the closing


WRONG = [
    ([Standing("A", "0", D(1)), Standing("A", "0", D(1))], "stands twice"),
    ([Standing("A", "9", D(1))], "'9' is no bucket; write one of 0, 1"),
]


@pytest.mark.parametrize(("rows", "complaint"), WRONG)
def test_a_snapshot_that_cannot_be_right_is_refused(rows, complaint):
    with pytest.raises(InputError, match=complaint):
        migrate(rows, [], ("0", "1"))


@pytest.mark.parametrize(("n", "few"), [(0, True), (19, True), (20, False)])
def test_a_rate_on_fewer_than_twenty_cases_is_marked(n, few):
    assert Rate("par30", "", D(1), D(3), n).few is few
    assert Rate("par30", "", D(2), D(3), n).share == D("0.666667")
    assert Rate("par30", "", D(0), D(0), n).share is None


# --- the same figures by SQL ----------------------------------------------------------------------


def rates(made, table, key="measure_key"):
    return {row[key]: row for row in made.table(table).rows}


def test_portfolio_at_risk_by_sql(made, sql):
    found = rates(made, "ratios")
    for name, least in (("par1", 0), ("par30", 30), ("par60", 60), ("par90", 90)):
        part, whole, share, n = one(
            sql,
            f"select sum(balance) filter (dpd > {least}), sum(balance), "
            f"round(sum(balance) filter (dpd > {least}) * 1000000 / sum(balance)), count(*) "
            "from after where state = 'live'",
        )
        assert (found[name]["part"], found[name]["whole"], found[name]["n"]) == (part, whole, n)
        assert found[name]["rate"] * 1_000_000 == D(share)


def test_npf_gross_and_net_by_sql(made, sql):
    found = rates(made, "ratios")
    gross, net, whole = one(
        sql,
        "select sum(balance) filter (class >= '3'), "
        "sum(balance - least(provision, balance)) filter (class >= '3'), sum(balance) "
        "from after where state = 'live'",
    )
    assert (found["npf_gross"]["part"], found["npf_net"]["part"], found["npf_net"]["whole"]) == (
        gross,
        net,
        whole,
    )


def test_migration_by_sql(made, sql):
    cells = sql.execute(
        "select b.bucket, case when a.state = 'live' then a.bucket else a.state end, count(*), "
        "sum(b.balance) "
        "from before b join after a using (contract) where b.state = 'live' group by all"
    ).fetchall()
    counts, amounts = made.month.days.count, made.month.days.opening
    for origin, destination, count, amount in cells:
        assert (counts(origin, destination), amounts(origin, destination)) == (count, amount)
    assert sum(count for *_, count, _ in cells) == counts() - counts("new")
    shown = made.table("migration_days_balance")
    assert sum(amount for *_, amount in cells) == shown.total["total"]


def test_roll_and_cure_rates_by_sql(made, sql):
    found = {(row["bucket"], row["measure_key"]): row for row in made.table("rates_balance").rows}
    rows = sql.execute(
        "select b.bucket, sum(b.balance), "
        "coalesce(sum(b.balance) filter (a.state = 'written_off' or a.state = 'live' "
        "and replace(a.bucket, 'C', 'A') > replace(b.bucket, 'C', 'A')), 0), "
        "coalesce(sum(b.balance) filter (b.bucket <> 'C0' and (a.state = 'paid_off' or a.bucket = 'C0')), 0) "
        "from before b join after a using (contract) where b.state = 'live' group by 1"
    ).fetchall()
    for bucket, whole, roll, cure in rows:
        assert (found[bucket, "roll"]["part"], found[bucket, "roll"]["whole"]) == (roll, whole)
        if bucket != "C0":  # nobody was restructured in this month
            assert found[bucket, "cure"]["part"] == cure


def test_net_flows_by_sql(made, sql):
    for row in made.table("net_flow").rows:
        here, there = row["bucket"].split(" → ")
        part = one(
            sql, f"select coalesce(sum(balance), 0) from after where bucket = '{there}' and state = 'live'"
        )[0]
        whole = one(
            sql, f"select coalesce(sum(balance), 0) from before where bucket = '{here}' and state = 'live'"
        )[0]
        assert (row["part"], row["whole"]) == (part, whole)


def test_provisions_by_sql(made, sql):
    rows = sql.execute(
        "select class, count(*), sum(balance), sum(provision) from after where state = 'live' group by 1"
    )
    by_class = {row["class"]: row for row in made.table("provisions").rows}
    for code, count, balance, provision in rows.fetchall():
        row = by_class[code]
        assert (row["contracts"], row["balance"], row["provision"]) == (count, balance, provision)
    moves = made.table("provision_moves")
    opening = one(sql, "select sum(provision) from before")[0]
    assert moves.rows[0]["amount"] == opening
    assert moves.total["amount"] == one(sql, "select sum(provision) from after")[0]


def test_cash_is_what_the_payment_files_say(made, sql):
    """Standing at the end of October less standing at the end of September, reversals by their own day."""
    standing_on = (
        "select coalesce(sum(amount), 0) from paid p where on_day <= '{day}' and undoes is null "
        "and not exists (select 1 from paid r where r.undoes = p.id and r.on_day <= '{day}')"
    )
    cash = (
        one(sql, standing_on.format(day="2026-10-31"))[0] - one(sql, standing_on.format(day="2026-09-30"))[0]
    )
    for name, key in (("collectors", "cash"), ("teams", "cash"), ("receipts", "amount")):
        assert sum(row[key] for row in made.table(name).rows) == cash == made.table(name).total[key]


def test_vintage_by_sql(made, sql):
    points = {(point.cohort, point.month_on_book): point for point in vintage.vintage(made.month.history)}
    rows = sql.execute(
        "select strftime(booked_on, '%Y-%m'), count(*), "
        "coalesce(sum(balance + written_off) filter (state = 'written_off' or dpd > 30), 0) "
        "from after where booked_on >= '2025-10-01' group by 1"
    ).fetchall()
    for cohort, count, late in rows:
        year, at = map(int, cohort.split("-"))
        point = points[cohort, 12 * (2026 - year) + 10 - at]
        assert (point.contracts, point.rate.part) == (count, late)


def test_promises_kept_by_sql(made, folder, sql):
    kept, matured = one(
        sql,
        "with j as (select NO_KONTRAK contract, strptime(TGL_JANJI, '%d/%m/%Y')::date made, "
        "strptime(JANJI_TANGGAL, '%d/%m/%Y')::date due, replace(JANJI_JUMLAH, '.', '')::decimal(18,2) amount "
        f"from read_csv('{folder}/janji-bayar.csv', delim=';', all_varchar=true)) "
        "select count(*) filter ((select coalesce(sum(p.amount), 0) from paid p "
        "where p.contract = j.contract and p.on_day between j.made and j.due) >= j.amount), count(*) from j "
        "where due between '2026-10-01' and '2026-10-31'",
    )
    row = rates(made, "ratios")["promises_kept"]
    assert (row["part"], row["whole"]) == (kept, matured)


def test_segments_by_sql(made, sql):
    for label in ("product", "branch"):
        rows = sql.execute(
            f"select {label}, count(*) filter (state = 'live'), sum(balance), "
            "round(coalesce(sum(balance) filter (dpd > 30), 0) * 1000000 / sum(balance)) "
            "from after group by 1"
        ).fetchall()
        shown = {row["value"]: row for row in made.table("segments").rows if row["segment_key"] == label}
        for value, count, balance, par30 in rows:
            row = shown[value]
            assert (row["contracts"], row["balance"], row["par30"] * 1_000_000) == (count, balance, D(par30))


def test_the_collection_ratio_from_positions_row_by_row(made):
    forward = sum((p.arrears.principal + p.arrears.interest + p.due_today.principal + p.due_today.interest)
                  for p in made.month.first.values())  # fmt: skip
    flows = made.table("collection")
    assert flows.total["forward"] == forward
    row = rates(made, "ratios")["collection"]
    assert row["part"] == sum(r["paid"] for r in flows.rows)
    assert row["whole"] == sum(r["forward"] + r["fell_due"] for r in flows.rows)


def test_what_an_acceleration_brings_forward_is_to_be_collected_from_its_month_on():
    """Six rows of 100 and 10: two are due by the end of September, four fall due on 15 October instead."""
    rows = [Instalment(n, date(2026, 7 + n, 20) if n < 6 else date(2027, 1, 20), D(100), D(10))
            for n in range(1, 7)]  # fmt: skip
    events = [
        Payment("P-1", date(2026, 8, 20), D(110)),
        Acceleration("X", date(2026, 10, 15)),
        Payment("P-2", date(2026, 10, 16), D(165)),
    ]
    september, october, november = (
        replay(Contract("A", rows), events, Policy(), day) for day in (SEPTEMBER, OCTOBER, date(2026, 11, 30))
    )
    found = collected(september, october)
    assert (found.forward, found.fell_due, found.paid, found.left) == (110, 440, 165, 385)
    found = collected(october, november)
    assert (found.forward, found.fell_due, found.paid, found.left) == (385, 0, 0, 385)
    assert found.forward == october.arrears.principal + october.arrears.interest


# --- who held it --------------------------------------------------------------------------------


def test_an_account_that_moved_counts_by_the_days_each_held_it(made):
    month = made.month
    moved = next(
        each
        for rows in month.book.assignments.values()
        for each in rows
        if each.from_day == date(2026, 10, 20)
    )
    contract = month.book.contracts[moved.contract_id]
    days = [sum(one.contract_days for one in month.collectors), len(month.closing.live)]
    assert days[0] == made.table("collectors").total["contract_days"]
    from tagih.reports.performance import holder

    assert holder(month.book, contract, date(2026, 10, 19)) == contract.tag("collector")
    assert holder(month.book, contract, date(2026, 10, 20)) == moved.collector


def test_days_and_cash_go_with_the_contract_and_what_was_undone_is_taken_off(folder, tmp_path):
    """MF-0002 goes from JKT02 to a new collector on 20 October; it paid on 30 September and 26 October.

    The payment of September is undone in October, one of 5 October in the same month.
    """
    book = tmp_path / "book"
    shutil.copytree(folder, book)
    with (book / "penugasan.csv").open("a", encoding="utf-8") as file:
        file.write("MF-0002;BARU1;20/10/2026\n")
    with (book / "bayar-2026.csv").open("a", encoding="utf-8") as file:
        file.write("KW26-9001;MF-0002;21/10/2026;21/10/2026;-752.000;VA;;KW26-001284;;Salah kirim\n")
        file.write("KW26-9002;MF-0002;05/10/2026;05/10/2026;100.000;KASIR;;;;\n")
        file.write("KW26-9003;MF-0002;07/10/2026;07/10/2026;-100.000;KASIR;;KW26-9002;;Salah hitung\n")
    before = {one.name: one for one in month(read_book(folder), OCTOBER, months=1).collectors}
    found = month(read_book(book), OCTOBER, months=1)
    after = {one.name: one for one in found.collectors}
    assert (after["BARU1"].contract_days, after["BARU1"].accounts) == (12, Fraction(12, 31))
    assert after["JKT02"].contract_days == before["JKT02"].contract_days - 12
    assert after["BARU1"].cash == after["BARU1"].received == D(752_000)
    assert (after["JKT02"].received, after["JKT02"].undone) == (before["JKT02"].received - 752_000, -752_000)
    assert (after["BARU1"].contracts, after["JKT02"].contracts) == (1, before["JKT02"].contracts - 1)
    assert sum(one.cash for one in found.collectors) == found.cash
    assert sum(one.cash for one in found.teams) == found.cash


EVE, AFTER = date(2026, 10, 30), date(2026, 11, 1)
DEADLINES = [
    # agreed for, paid on, how much of 500 -> what the closing of 31 October says
    (EVE, None, 0, "broken"), (EVE, EVE, 500, "kept"), (EVE, OCTOBER, 500, "broken"),
    (OCTOBER, None, 0, "broken"), (OCTOBER, OCTOBER, 499, "partial"), (OCTOBER, OCTOBER, 500, "kept"),
    (OCTOBER, AFTER, 500, "broken"), (AFTER, None, 0, "pending"), (AFTER, OCTOBER, 499, "pending"),
    (AFTER, OCTOBER, 500, "kept"),
]  # fmt: skip


@pytest.mark.parametrize(("due_on", "paid_on", "amount", "status"), DEADLINES)
def test_the_closing_day_is_over_for_promises_and_arrangements_alike(due_on, paid_on, amount, status):
    """The day itself counts to its end: paid on it is kept, not paid on it is broken, the next day waits."""
    from types import SimpleNamespace

    contract = Contract("A", [Instalment(1, date(2026, 9, 1), D(900))])
    paid = [Payment("P", paid_on, D(amount))] if paid_on else []
    position = replay(contract, paid, Policy(), OCTOBER)
    made_on = date(2026, 10, 1)
    book = SimpleNamespace(
        arrangements={"A": [ArrangementRow("K", "A", made_on, 1, due_on, D(500))]},
        promises={"A": [PromiseRow("J", "A", made_on, due_on, D(500))]},
    )
    (agreed,) = performance.agreed(book, [position], PromiseRule())
    assert agreed.status == status
    said = performance.verdicts(book, [position], PromiseRule())
    matured = performance.matured_in(said, SEPTEMBER, OCTOBER)
    assert [one.status for one in matured] == ([status] if due_on <= OCTOBER else [])


# --- papers ---------------------------------------------------------------------------------------


def test_the_second_pack_is_the_first_byte_for_byte(made, files):
    from tagih.reports.charts import charts

    again = pack_files(pack(made.month, "en"), version="test", drawn=charts(made.month, "en"))
    assert again == files


def test_the_manifest_names_inputs_rules_and_files_with_their_hashes(files, folder):
    from hashlib import sha256

    told = json.loads(files["manifest.json"])
    assert (told["as_of"], told["opening"], told["ties"]) == ("2026-10-31", "2026-09-30", True)
    for each in told["inputs"]:
        assert sha256((folder / each["file"]).read_bytes()).hexdigest() == each["sha256"]
    assert {each["file"] for each in told["inputs"]} >= {"tagih.toml", "kontrak.csv", "bayar-2026.csv"}
    for each in told["files"]:
        assert sha256(files[each["file"]]).hexdigest() == each["sha256"]
    assert "id.kol.mf.2018" in {each["id"] for each in told["rules"]}


def test_the_workbook_holds_the_same_numbers_with_their_types(made, files):
    import python_calamine as calamine

    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(files["month-end.xlsx"]))
    assert [*book.sheet_names[:2], book.sheet_names[-1]] == ["ratios", "aging", "definitions"]
    assert len(book.sheet_names) == len(made.tables) + 1
    for table in made.tables:
        rows = book.get_sheet_by_name(table.name).to_python()
        columns = [column for column in table.columns if not column.key.endswith("_key")]
        assert rows[0][0] == table.title
        for values, row in zip(table.rows, rows[2:], strict=False):
            for column, cell in zip(columns, row, strict=False):
                value = values.get(column.key)
                if value in (None, ""):
                    assert cell == ""
                elif column.kind in ("money", "count", "days", "share", "rate"):
                    assert isinstance(cell, (int, float))
                    assert D(repr(cell)) == D(value)
                elif column.kind == "date":
                    assert cell == value
                else:
                    assert cell == str(value)
    total = book.get_sheet_by_name("contracts").to_python()[-1]
    shown = [column.key for column in made.table("contracts").columns]
    assert D(repr(total[shown.index("balance")])) == made.month.closing.balance  # a formula with its value


def test_totals_in_the_workbook_are_formulas(files):
    import zipfile

    with zipfile.ZipFile(io.BytesIO(files["month-end.xlsx"])) as opened:
        sheets = "".join(
            opened.read(name).decode() for name in opened.namelist() if name.startswith("xl/worksheets/sheet")
        )
        charts = [name for name in opened.namelist() if name.startswith("xl/charts/chart")]
    assert sheets.count("<f>SUM(") > 30
    assert len(charts) == 5


def test_every_formula_of_the_workbook_gives_the_value_that_is_kept_beside_it(made, files):
    """The range is read from the formula, its cells by a second library, and added up again."""
    import re
    import zipfile

    import python_calamine as calamine

    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(files["month-end.xlsx"]))
    formula = re.compile(r'<c r="([A-Z]+)(\d+)"[^>]*><f>SUM\(([A-Z]+)(\d+):([A-Z]+)(\d+)\)</f><v>([^<]*)</v>')
    found = 0
    with zipfile.ZipFile(io.BytesIO(files["month-end.xlsx"])) as opened:
        for at, name in enumerate(book.sheet_names):
            rows = book.get_sheet_by_index(at).to_python(skip_empty_area=False)
            xml = opened.read(f"xl/worksheets/sheet{at + 1}.xml").decode()
            for own, row, left, first, right, last, value in formula.findall(xml):
                place = sum((ord(letter) - 64) * 26**n for n, letter in enumerate(reversed(own))) - 1
                assert own == left == right, (name, own, row)
                assert (int(first), int(last)) == (3, int(row) - 1), (name, own, row)  # all rows, not itself
                cells = [D(repr(line[place])) for line in rows[int(first) - 1 : int(last)]]
                assert sum(cells) == D(value) == D(repr(rows[int(row) - 1][place])), (name, own, row)
                found += 1
    assert found > 30


AXES = [
    # the chart's place in the workbook, its title, what stands at its axes
    (1, "Aging by class: principal balance (millions)", ['formatCode="#,##0,,"']),
    (2, "Aging by days past due: principal balance (millions)", ['formatCode="#,##0,,"']),
    (3, "Principal balance by days past due, by month (millions)", ["[$-809]mmm yy", "<c:dateAx>"]),
    (4, "Vintage: share more than 30 days late by months on book", ['formatCode="0%"', "months on book"]),
    (5, "Provisions by class: provision (millions)", ['formatCode="#,##0,,"']),
]


@pytest.mark.parametrize(("at", "title", "axes"), AXES)
def test_charts_of_the_workbook_say_what_they_show_and_in_which_unit(at, title, axes, files):
    """Seen drawn, by LibreOffice, in both languages; this keeps what was seen."""
    import zipfile

    with zipfile.ZipFile(io.BytesIO(files["month-end.xlsx"])) as opened:
        text = opened.read(f"xl/charts/chart{at}.xml").decode()
    assert f"<a:t>{title}</a:t>" in text
    for part in axes:
        assert part in text


VOID = {"meta", "link", "br", "img", "input", "hr", "path", "rect", "line", "circle"}


class Balanced(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.outside = [], []

    def handle_starttag(self, tag, attrs):
        self.outside += [value for name, value in attrs if name in ("src", "href") and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def test_the_page_is_well_formed_needs_nothing_else_and_says_its_definitions(made, files):
    page = files["month-end.html"].decode()
    parser = Balanced()
    parser.feed(page)
    assert (parser.open, parser.outside) == ([], [])
    assert page.count("<svg ") == 4
    assert "never from the best, never by a restructure" in page
    assert "31 Oct 2026" in page
    assert "31 Okt 2026" not in page
    assert "32 of 32 checks tie" in page
    for text in ("Principal balance by days past due (millions)", "paid off"):
        assert text in page  # text of charts stays text
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_the_pdf_has_pages_with_the_charts_on_the_first(files):
    import pypdfium2

    opened = pypdfium2.PdfDocument(files["month-end.pdf"])
    assert 8 <= len(opened) <= 25
    first = opened[0].get_textpage().get_text_range()
    assert "Month-end report" in first
    assert "What changed the provisions" in first


def test_charts_say_their_title_in_the_reader_s_language_and_stay_the_same(made):
    from tagih.reports.charts import charts

    drawn = charts(made.month, "id")
    assert drawn == charts(made.month, "id")
    assert set(drawn) == {"bars", "migration", "vintage", "provisions"}
    assert 'aria-label="Perubahan penyisihan (juta)"' in drawn["provisions"]
    for text in drawn.values():
        assert "<text" in text
        assert "<image" not in text


def test_without_the_extra_charts_are_refused_by_name(monkeypatch):
    import sys

    from tagih.reports import charts

    charts._engine.cache_clear()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(TagihError, match=r"pip install 'tagih\[charts\]', or use --no-charts"):
        charts.svg({}, title="")
    charts._engine.cache_clear()


# --- the command --------------------------------------------------------------------------------


def test_month_end_writes_a_folder_and_next_month_is_held_against_it(folder, tmp_path):
    first = tagih(
        "report", "month-end", folder, "--as-of", SEPTEMBER, "--out", tmp_path, "--no-charts", "--months", 1
    )
    assert first.exit_code == 0, first.output
    assert last_closing(tmp_path / "2026-09-30")
    again = tagih(
        "report", "month-end", folder, "--as-of", OCTOBER, "--out", tmp_path, "--no-charts", "--months", 1
    )
    assert again.exit_code == 0, again.output
    assert "pembukaan dicocokkan dengan" in again.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["2026-09-30", "2026-10-31"]


def test_an_opening_that_is_not_last_month_s_closing_stops_the_report(folder, tmp_path):
    book = tmp_path / "book"
    shutil.copytree(folder, book)
    out = tmp_path / "out"
    words = ("--out", out, "--no-charts", "--months", 1, "--lang", "en")
    assert tagih("report", "month-end", book, "--as-of", SEPTEMBER, *words).exit_code == 0
    with (book / "bayar-2026.csv").open("a", encoding="utf-8") as file:
        file.write("KW26-999999;MF-0005;15/09/2026;15/09/2026;100.000;KASIR;;;;\n")
    stopped = tagih("report", "month-end", book, "--as-of", OCTOBER, *words)
    assert stopped.exit_code == 1
    assert "closing 2026-09-30 is not this opening" in stopped.stderr
    assert "MF-0005" in stopped.stderr
    assert not (out / "2026-10-31").exists()
    told = tagih("report", "month-end", book, "--as-of", OCTOBER, *words, "--restate")
    assert told.exit_code == 0, told.output
    with (out / "2026-10-31/csv/restated.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["contract"] for row in rows} == {"MF-0005"}
    changed = next(row for row in rows if row["figure"] in ("outstanding", "unapplied"))
    assert D(changed["difference"]) == D(changed["now"]) - D(changed["was"]) != 0


def test_migration_works_from_two_files_alone(tmp_path):
    (tmp_path / "then.csv").write_text("account,bucket,balance,flags\nA,C0,900.00,\nB,B1,500,\nC,B1,100,\n")
    (tmp_path / "now.csv").write_text(
        "account,bucket,balance,flags\nA,B1,880,\nB,,0,paid_off\nC,C0,100,restructured\nD,C0,50,\n"
    )
    out = tagih("report", "snapshots", tmp_path / "then.csv", tmp_path / "now.csv", "--table", "rates_count",
                "--buckets", "C0,B1", "--format", "csv")  # fmt: skip
    assert out.exit_code == 0, out.output
    found = {
        (row["bucket"], row["measure_key"]): row["part"] for row in csv.DictReader(io.StringIO(out.stdout))
    }
    assert found["C0", "roll"] == found["B1", "cure"] == found["B1", "restructured"] == "1"
    assert found["B1", "paid_off"] == "1"


BROKEN = [
    ("account,balance\nA,1\n", "then.csv: no column 'bucket'; found account, balance"),
    ("account,bucket,balance\nA,C0,1.000.000\n", "then.csv:2: balance '1.000.000' is not an amount"),
]


@pytest.mark.parametrize(("text", "complaint"), BROKEN)
def test_a_snapshot_file_that_cannot_be_read_says_where(text, complaint, tmp_path):
    (tmp_path / "then.csv").write_text(text)
    out = tagih("report", "snapshots", tmp_path / "then.csv", tmp_path / "then.csv", "--lang", "en")
    assert out.exit_code == 1
    assert complaint in out.stderr


NAMES = [
    "ratios", "aging", "bridge", "migration", "rates", "history", "vintage", "provisions", "collection",
    "promises", "arrangements", "letters", "performance", "segments", "slik", "exceptions", "tie-out",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_report_is_a_command_of_its_own(name, folder):
    out = tagih("report", name, folder, "--as-of", OCTOBER, "--months", 2, "--format", "json", "--lang", "en")
    assert out.exit_code == 0, out.output
    told = json.loads(out.stdout)
    for table in told if isinstance(told, list) else [told]:
        assert table["rows"] is not None
        assert table["as_of"] == "2026-10-31"


def test_csv_of_several_tables_asks_which(folder):
    out = tagih("report", "aging", folder, "--as-of", OCTOBER, "--format", "csv", "--lang", "en")
    assert out.exit_code == 1
    assert "choose with --table one of aging, aging_days" in out.stderr
    out = tagih("report", "aging", folder, "--as-of", OCTOBER, "--format", "csv", "--table", "aging_days")
    assert out.stdout.startswith("bucket,name,contracts,")


# --- under other rules --------------------------------------------------------------------------


def test_the_same_rules_make_no_difference(folder):
    found = what_if(read_book(folder), OCTOBER, ["id.arrears.default"])
    assert found.now == found.other


def test_counting_the_due_date_makes_everyone_late_a_day_later_counted(folder):
    found = what_if(read_book(folder), OCTOBER, ["id.arrears.inclusive"])
    for (first, _), now, other in zip(found.positions, found.now.accounts, found.other.accounts, strict=True):
        late = now.days_past_due or first.due_today.principal + first.due_today.interest
        assert other.days_past_due == (now.days_past_due + 1 if late else 0)
    out = tagih(
        "report", "what-if", folder, "--as-of", OCTOBER, "--with", "id.arrears.inclusive", "--format", "json"
    )
    assert json.loads(out.stdout)[0]["rules"] == ["id.arrears.inclusive"]


def test_another_ladder_shows_which_letters_would_be_due(folder, made):
    """Warned from day 3 instead of 7: who is 3 to 6 days late and was silent gets a first letter."""
    ladder = Ladder((Rung("sp1", 3, 7), Rung("sp2", 14, 7), Rung("sp3", 21, 7)), least_gap=7)
    book = read_book(folder)
    found = what_if(book, OCTOBER, [ladder])
    table = letter_differences(found, book, "en")
    rows = {(row["outcome_key"], row["reason_key"]): row for row in table.rows}
    now = {key: row["now_contracts"] for key, row in rows.items() if row["now_contracts"]}
    listed = made.table("letters_next").rows
    assert now == {(row["outcome_key"], row["reason_key"]): row["contracts"] for row in listed}
    assert table.total["now_contracts"] == table.total["other_contracts"] == len(found.now.accounts)
    waiting = rows["not_due", "below_first_level"]
    early = [a for a in found.now.accounts if 3 <= a.days_past_due < 7]
    assert early
    assert rows["send", "sp1"]["difference"] == len(early) == -waiting["difference"]


def test_checks_tell_what_does_not_tie(october):
    table = sections.contract_table(october, "en")
    short = tables.Table(table.name, table.title, table.columns, table.rows[1:], table.total)
    wrong = [check for check in tie_out.checks(october, [short]) if check.difference]
    assert [(check.sheet, check.figure) for check in wrong] == [
        ("contracts", "balance"),
        ("contracts", "outstanding"),
    ]


def test_a_contract_that_cannot_be_replayed_is_left_out_named_and_exits_1(folder, tmp_path):
    book = tmp_path / "book"
    shutil.copytree(folder, book)
    with (book / "kejadian.csv").open("a", encoding="utf-8") as file:
        file.write("EV-9999;MF-0005;KERINGANAN;10/10/2026;999.000.000;late_charge;;;;Terlalu banyak\n")
    out = tagih("report", "exceptions", book, "--as-of", OCTOBER, "--format", "csv", "--lang", "en")
    assert out.exit_code == 1
    assert "contract MF-0005 set aside" in out.stderr
    assert "set_aside" in out.stdout
    found = month(read_book(book), OCTOBER, months=1)
    assert [one.contract_id for one in found.aside] == ["MF-0005"]
    assert "MF-0005" not in {*found.opening.by_id, *found.closing.by_id}
    assert found.bridges[0].closes
