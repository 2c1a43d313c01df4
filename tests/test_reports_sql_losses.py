"""Write-offs, recoveries and promises: every ratio of a book found again by SQL on its files alone.

The book is made up here, without late charges, for four types of lender. A payment goes to the oldest
instalment that is due, interest before principal; after a write-off to the oldest row of what was lost.
So what was settled, lost and recovered follows from running sums, and no figure of ours is in a query.
"""

import csv
import random
from datetime import date, timedelta
from decimal import Decimal as D

import duckdb
import pytest

from tagih.contracts import LENDER_TYPES
from tagih.dates import add_months
from tagih.files import read_book
from tagih.reports import migration, sections
from tagih.reports.month import month
from tagih.reports.snapshot import month_ends

OPENING, CLOSING = date(2026, 9, 30), date(2026, 10, 31)
SCHEMES = {
    "mf": "id.kol.mf.2018",
    "bank": "id.kol.bank.2019",
    "bpr": "id.kol.bpr.monthly",
    "pindar": "id.kol.pindar",
}
LATER_THAN = {
    "mf": (10, 90, 120, 180),
    "bank": (0, 90, 120, 180),
    "bpr": (30, 90, 180, 360),
    "pindar": (0, 30, 60, 90),
}
"""Days past due after which a debt is in class 2, 3, 4, 5: POJK 35/2018, 40/2019, 1/2024, 40/2024."""

PAST_MATURITY = {"bpr": (0, 15, 30, 60)}
"""Days past the last due date after which it is: POJK 1/2024."""

SET_ASIDE = {"mf": (10, 50, 150, 500, 1000), "bank": (10, 50, 150, 500, 1000), "bpr": (5, 30, 100, 500, 1000)}
"""Per mille of classes 1 to 5: POJK 35/2018, 2/2022, 1/2024; none is laid down for online lending."""

TABLES = {
    "contracts": ("id", "debtor", "signed_on", "principal"),
    "instalments": ("contract", "number", "due_on", "principal", "interest"),
    "payments": ("id", "contract", "effective_on", "amount"),
    "events": ("id", "contract", "kind", "effective_on", "target"),
    "promises": ("id", "contract", "made_on", "due_on", "amount"),
    "debtors": ("id", "name"),
}


class MadeUp:
    """The rows of a book, table by table."""

    def __init__(self):
        self.rows = {name: [] for name in TABLES}

    def contract(self, name, signed_on, parts):
        """A contract with monthly instalments of (principal, interest), the first a month after signing."""
        self.rows["debtors"].append((f"K-{name}", f"Debitur {name}"))
        self.rows["contracts"].append((name, f"K-{name}", signed_on, sum(part for part, _ in parts)))
        for n, (principal, interest) in enumerate(parts, 1):
            due_on = add_months(signed_on, n)
            self.rows["instalments"].append((name, n, due_on, principal, interest))

    def pay(self, contract, day, amount, undone=None):
        name = f"P-{len(self.rows['payments']):05}"
        self.rows["payments"].append((name, contract, day, amount))
        if undone:
            self.event(contract, "reversal", undone, name)

    def event(self, contract, kind, day, target=""):
        name = f"E-{len(self.rows['events']):05}"
        self.rows["events"].append((name, contract, kind, day, target))
        return name

    def promise(self, name, contract, made_on, *parts):
        self.rows["promises"] += [(name, contract, made_on, day, amount) for day, amount in parts]

    def write(self, folder, lender):
        folder.mkdir()
        toml = f'book = 1\n[lender]\nname = "PT Contoh Uji"\ntype = "{lender}"\n'
        toml += f'[policies]\ndefault = ["{SCHEMES.get(lender, SCHEMES["mf"])}"]\n'
        (folder / "tagih.toml").write_text(toml)
        for name, rows in self.rows.items():
            with (folder / f"{name}.csv").open("w", newline="") as file:
                csv.writer(file).writerows([TABLES[name], *rows])
        return folder


def some(chance, made, name):
    """One contract: paid on time, late, in parts or ahead; perhaps given up, written off, recovered."""
    signed_on = date(2025, 8, 1) + timedelta(days=chance.randrange(430))
    parts = [(chance.randrange(100_000, 900_000), chance.randrange(0, 90_000)) for _ in range(12)]
    made.contract(name, signed_on, parts)
    stops = chance.choice([1, 2, 3, 4, 6, 9, 99, 99])
    ahead = 5 if stops == 99 else 0  # who is given up never has money waiting
    for n, (principal, interest) in enumerate(parts[: stops - 1], 1):
        day, amount = (
            add_months(signed_on, n) + timedelta(days=chance.randrange(-ahead, 30)),
            principal + interest,
        )
        undone = day + timedelta(days=chance.randrange(90)) if chance.random() < 0.1 else None
        first = chance.randrange(1, amount) if chance.random() < 0.3 else amount
        made.pay(name, day, first, undone)
        if first < amount and chance.random() < 0.8:
            made.pay(name, day + timedelta(days=chance.randrange(40)), amount - first)
    lost_on = add_months(signed_on, min(stops, 12) + 3) + timedelta(days=chance.randrange(40))
    if stops < 10 and chance.random() < 0.7:
        event = made.event(name, "write_off", lost_on)
        if chance.random() < 0.1:
            made.event(name, "reversal", lost_on + timedelta(days=chance.randrange(60)), event)
        for _ in range(chance.randrange(4)):
            day = lost_on + timedelta(days=chance.randrange(1, 90))
            undone = day + timedelta(days=chance.randrange(60)) if chance.random() < 0.3 else None
            made.pay(name, day, chance.randrange(50_000, 3_000_000), undone)
    made_on = date(2026, 7, 1) + timedelta(days=chance.randrange(30))
    while made_on < date(2026, 11, 10):
        days = [
            made_on + timedelta(days=n) for n in sorted(chance.sample(range(40), chance.choice([1, 1, 3])))
        ]
        amounts = [chance.randrange(100_000, 900_000) for _ in days]
        parted = list(zip(days, amounts, strict=True))
        made.promise(f"J-{name}-{made_on}", name, made_on, *parted)
        made_on = days[-1] + timedelta(days=chance.randrange(1, 30))
    if chance.random() < 0.5:  # money for the last promise, to the rupiah or one less
        made.pay(name, days[0], amounts[0] - chance.randrange(2), chance.choice([None, days[-1]]))


def edges(made):
    """Both sides of every edge, each a contract of its own: twelve instalments of 1.000.000 + 100.000."""

    def plain(name, paid=0):
        made.contract(name, date(2026, 1, 10), [(1_000_000, 100_000)] * 12)
        for n in range(1, paid + 1):
            made.pay(name, add_months(date(2026, 1, 10), n), 1_100_000)

    promised = (date(2026, 10, 15), 500_000)
    for name, pays in {
        "on-its-deadline": [(date(2026, 10, 15), 500_000)],
        "a-day-late": [(date(2026, 10, 16), 500_000)],
        "on-the-day-it-was-made": [(date(2026, 10, 5), 500_000)],
        "the-day-before": [(date(2026, 10, 4), 500_000)],
        "one-rupiah-short": [(date(2026, 10, 14), 499_999)],
        "too-much": [(date(2026, 10, 14), 900_000)],
        "in-two-parts": [(date(2026, 10, 6), 200_000), (date(2026, 10, 15), 300_000)],
        "undone-on-the-closing": [(date(2026, 10, 14), 500_000, CLOSING)],
        "undone-a-day-later": [(date(2026, 10, 14), 500_000, date(2026, 11, 1))],
        "undone-and-paid-again": [
            (date(2026, 10, 6), 500_000, date(2026, 10, 9)),
            (date(2026, 10, 10), 500_000),
        ],
    }.items():
        plain(name, 8)
        made.promise(f"J-{name}", name, date(2026, 10, 5), promised)
        for pay in pays:
            made.pay(name, *pay)
    for name, due_on in (
        ("by-the-opening", OPENING),
        ("by-the-closing", CLOSING),
        ("after", date(2026, 11, 1)),
    ):
        plain(name, 8)
        made.promise(f"J-{name}", name, date(2026, 9, 20), (due_on, 500_000))
        made.pay(name, date(2026, 9, 25), 500_000)
    for name in ("nothing-by-the-closing", "half-by-the-closing"):
        plain(name, 8)
        made.promise(f"J-{name}", name, date(2026, 10, 11), (CLOSING, 500_000))
    made.pay("half-by-the-closing", CLOSING, 250_000)
    plain("a-series", 8)
    made.promise("J-a-series", "a-series", date(2026, 9, 1), (date(2026, 10, 5), 500_000),
                 (date(2026, 10, 10), 600_000), (date(2026, 10, 20), 700_000))  # fmt: skip
    for day, amount in (
        (date(2026, 10, 1), 800_000),
        (date(2026, 10, 8), 299_999),
        (date(2026, 10, 12), 1_000_000),
    ):
        made.pay("a-series", day, amount)

    # Four instalments paid, eight of 1.100.000 lost: interest of the oldest first, to the last rupiah.
    for name, lost_on, pays in (
        ("nothing-back", date(2026, 9, 30), []),
        ("lost-a-day-later", date(2026, 10, 1), []),
        ("lost-after", date(2026, 11, 1), []),
        ("paid-on-the-day", date(2026, 9, 20), [(date(2026, 9, 20), 700_000)]),
        ("half-an-interest", date(2026, 9, 20), [(date(2026, 10, 2), 50_000)]),
        ("an-interest-and-a-rupiah", date(2026, 9, 20), [(date(2026, 10, 2), 100_001)]),
        ("back-on-the-opening", date(2026, 8, 20), [(date(2026, 9, 30), 1_000_000)]),
        ("back-on-the-closing", date(2026, 8, 20), [(CLOSING, 1_000_000)]),
        ("back-after", date(2026, 8, 20), [(date(2026, 11, 1), 1_000_000)]),
        (
            "all-but-a-rupiah",
            date(2026, 8, 20),
            [(date(2026, 9, 1), 8_000_000), (date(2026, 10, 1), 799_999)],
        ),
        ("all-back", date(2026, 8, 20), [(date(2026, 9, 1), 8_000_000), (date(2026, 10, 1), 800_000)]),
        ("more-than-all", date(2026, 8, 20), [(date(2026, 10, 1), 9_000_000)]),
        ("back-undone-this-month", date(2026, 7, 20), [(date(2026, 8, 1), 2_000_000, date(2026, 10, 9))]),
        ("back-undone-before", date(2026, 7, 20), [(date(2026, 8, 1), 2_000_000, date(2026, 9, 9))]),
        ("paid-then-lost-then-undone", date(2026, 8, 20), [(date(2026, 7, 9), 300_000, date(2026, 10, 9))]),
    ):
        plain(name, 4)
        made.event(name, "write_off", lost_on)
        for pay in pays:
            made.pay(name, *pay)
    for name, undone in (("lost-not-now", date(2026, 10, 9)), ("lost-never", date(2026, 9, 9))):
        plain(name, 4)
        made.event(name, "reversal", undone, made.event(name, "write_off", date(2026, 8, 20)))
        made.pay(name, date(2026, 9, 1), 1_500_000)
    for days in (90, 91):
        made.contract(f"late-{days}", date(2026, 6, 1), [(700_000, 1)])
        made.rows["instalments"][-1] = (f"late-{days}", 1, CLOSING - timedelta(days=days), 700_000, 1)


def a_book(folder, lender):
    chance, made = random.Random(31), MadeUp()
    for n in range(150):
        some(chance, made, f"C-{n:03}")
    edges(made)
    return made.write(folder, lender)


def asked(folder, lender, ends=(OPENING, CLOSING)):
    """Every cell of every instalment at the month ends: settled, lost, recovered and open."""
    db = duckdb.connect()
    for name in TABLES:
        db.execute(f"create view {name} as from read_csv('{folder}/{name}.csv', header = true)")
    db.execute("create table ends (m integer, day date)")
    db.executemany("insert into ends values (?, ?)", list(enumerate(ends)))
    db.execute("""
        create view undone as
        select target as id, effective_on as undone from events where kind = 'reversal'""")
    db.execute("""
        create view stood as
        select m, day, contract, effective_on, amount from payments left join undone using (id), ends
        where effective_on <= day and (undone is null or undone > day)""")
    db.execute("""
        create view gone as
        select m, contract, min(effective_on) as lost_on from events left join undone using (id), ends
        where kind = 'write_off' and effective_on <= day and (undone is null or undone > day)
        group by all""")
    db.execute("""
        create view cells as
        select contract, due_on, 'interest' as part, 2 * number as place, interest as amount from instalments
        union all
        select contract, due_on, 'principal', 2 * number + 1, principal from instalments""")
    db.execute("""
        create view placed as
        select *, sum(amount) over (partition by contract order by place) - amount as earlier from cells""")
    db.execute("""
        create view money as
        select m, contract, sum(amount) filter (where lost_on is null or effective_on <= lost_on) as before,
            sum(amount) filter (where effective_on > lost_on) as after
        from stood left join gone using (m, contract) group by all""")
    db.execute("""
        create table told as
        with settled as (
            select e.m, e.day, p.*, lost_on, coalesce(after, 0) as after,
                case when due_on > coalesce(lost_on, e.day) then 0
                    else least(amount, greatest(0, coalesce(before, 0) - earlier)) end as settled
            from placed p join contracts c on c.id = p.contract join ends e on c.signed_on <= e.day
            left join gone g on g.m = e.m and g.contract = p.contract
            left join money on money.m = e.m and money.contract = p.contract),
        lost as (
            select *, case when lost_on is null then 0 else amount - settled end as lost,
                case when lost_on is null then amount - settled else 0 end as open
            from settled)
        select *, least(lost, greatest(0,
            after - (sum(lost) over (partition by m, contract order by place) - lost))) as back
        from lost""")
    late = LATER_THAN[lender]
    ended = PAST_MATURITY.get(lender, (10**6,) * 4)
    steps = zip(late, ended, strict=True)
    kol = " + ".join(["1", *(f"(days > {days} or ended > {past})::int" for days, past in steps)])
    db.execute(f"""
        create table stands as
        with sums as (
            select m, contract, sum(open) as open, sum(lost - back) as missing,
                coalesce(sum(open) filter (where part = 'principal'), 0) as balance,
                coalesce(sum(lost - back) filter (where part = 'principal'), 0) as lost,
                coalesce(any_value(day) - min(due_on) filter (where open > 0 and due_on < day), 0) as days,
                any_value(day) - max(due_on) as ended
            from told group by m, contract)
        select *, {kol} as class
        from sums where open > 0 or missing > 0""")
    db.execute("""
        create table changes as
        with was as (
            select contract, sum(open) filter (where due_on <= day) as forward, sum(settled) as settled,
                sum(lost) as lost, sum(back) as back
            from told where m = 0 group by contract),
        now as (
            select contract, sum(settled) as settled, sum(lost) as lost, sum(back) as back
            from told where m = 1 group by contract),
        fell as (
            select contract, sum(amount) as fell_due from told t
            where m = 1 and due_on > (select day from ends where m = 0) and due_on <= day
            and contract not in (select contract from gone where m = 0) group by contract)
        select contract, coalesce(was.forward, 0) as forward, coalesce(fell_due, 0) as fell_due,
            now.settled - coalesce(was.settled, 0) as paid, coalesce(was.lost - was.back, 0) as missing,
            now.lost - coalesce(was.lost, 0) as newly_lost, now.back - coalesce(was.back, 0) as back
        from now left join was using (contract) left join fell using (contract)""")
    return lambda text: db.execute(text).fetchall()


@pytest.fixture(scope="module", params=list(SCHEMES))
def lender(request):
    return request.param


@pytest.fixture(scope="module")
def folder(lender, tmp_path_factory):
    return a_book(tmp_path_factory.mktemp("losses") / "book", lender)


@pytest.fixture(scope="module")
def sql(folder, lender):
    return asked(folder, lender)


@pytest.fixture(scope="module")
def october(folder):
    return worked_out(read_book(folder))


@pytest.fixture(scope="module")
def table(october):
    return ratios(october)


def worked_out(book):
    assert not book.complaints
    found = month(book, CLOSING, months=1)
    assert not found.aside
    return found


def ratios(october):
    return {row["measure_key"]: row for row in sections.ratios_table(october, "en").rows}


def at_risk(sql, lender, m):
    """PAR, NPF (NPL) and, of online lending, TWP90 and TKB90: part, whole and n by name."""
    ((whole, n),) = sql(f"select sum(balance), count(*) from stands where m = {m} and open > 0")
    found = {}
    for name, least in (("par1", 0), ("par30", 30), ("par60", 60), ("par90", 90)):
        ((part,),) = sql(f"select sum(balance) from stands where m = {m} and open > 0 and days > {least}")
        found[name] = (part, whole, n)
    bad = dict(
        sql(
            f"select class, sum(balance) from stands where m = {m} and open > 0 and class >= 3 group by class"
        )
    )
    named = "npf" if lender in ("mf", "pindar") else "npl"
    found[f"{named}_gross"] = (sum(bad.values()), whole, n)
    if lender in SET_ASIDE:
        net = sum(D(amount * (1000 - SET_ASIDE[lender][kol - 1])).scaleb(-3) for kol, amount in bad.items())
        found[f"{named}_net"] = (net, whole, n)
    if lender == "pindar":
        late, lost, carried = sql(f"""
            select coalesce(sum(balance) filter (where days > 90), 0), sum(lost), count(*)
            from stands where m = {m}""")[0]
        of = sql(f"select count(*) from stands where m = {m} and balance > 0")[0][0]
        found["twp90"], found["tkb90"] = (late, whole, of), (whole - late, whole, of)
        found["twp90_put_back"] = (late + lost, whole + lost, carried)
        found["tkb90_put_back"] = (whole - late, whole + lost, carried)
    return found


def of_the_month(sql):
    """Collection, recovery, promises kept by count and by amount: part, whole and n by name."""
    (collection,) = sql("""
        select sum(paid), sum(forward + fell_due), count(*) filter (where forward <> 0 or fell_due <> 0)
        from changes""")
    (recovery,) = sql("""
        select sum(back), sum(missing + newly_lost), count(*) filter (where missing <> 0 or newly_lost <> 0)
        from changes""")
    # Of a series, what is too much for one deadline goes on to the next; promises do not overlap.
    ((kept, received, promised, n),) = sql(f"""
        with recursive parts as (
            select *, row_number() over series as turn,
                coalesce(lag(due_on) over series + 1, made_on) as since
            from promises where made_on <= date '{CLOSING}'
            window series as (partition by id order by due_on)),
        came as (
            select p.id, p.due_on, p.amount, p.turn, coalesce(sum(s.amount), 0) as came
            from parts p left join stood s on s.m = 1 and s.contract = p.contract
                and s.effective_on between since and p.due_on
            group by all),
        run as (
            select *, least(amount, came) as got, greatest(came - amount, 0) as rest from came where turn = 1
            union all
            select next.*, least(next.amount, rest + next.came), greatest(rest + next.came - next.amount, 0)
            from run join came next on next.id = run.id and next.turn = run.turn + 1)
        select count(*) filter (where got = amount), sum(got), sum(amount), count(*) from run
        where due_on > date '{OPENING}' and due_on <= date '{CLOSING}'""")
    return {
        "collection": collection,
        "recovery": recovery,
        "promises_kept": (kept, n, n),
        "promises_received": (received, promised, n),
    }


def share(part, whole):
    """Part ÷ whole to six places, halves up, by whole numbers."""
    part, whole = int(part * 1000), int(whole * 1000)
    return D((2 * part * 10**6 + whole) // (2 * whole)).scaleb(-6)


def test_every_ratio_of_the_month(table, sql, lender):
    """The names are compared too: a ratio that no query finds again fails here."""
    theirs = at_risk(sql, lender, 1) | of_the_month(sql)
    ours = {name: (row["part"], row["whole"], row["n"]) for name, row in table.items()}
    assert ours == theirs
    assert {name: row["rate"] for name, row in table.items()} == {
        name: share(part, whole) for name, (part, whole, _) in theirs.items()
    }


def test_every_ratio_at_the_opening(table, sql, lender):
    assert {name: row["before"] for name, row in table.items() if "before" in row} == {
        name: share(part, whole) for name, (part, whole, _) in at_risk(sql, lender, 0).items()
    }


BUCKETS = ("C0", "B1", "B2", "B3", "B4", "B5", "B6", "B7")

MOVES = """
    with placed as (
        select m, contract, balance, case when open = 0 then 99
            when days > 0 then least(7, 1 + (days - 1) // 30) else 0 end as place
        from stands),
    moved as (
        select a.place as was, a.balance, case when b.place is null then -1 else b.place end as now
        from placed a left join placed b on b.contract = a.contract and b.m = 1
        where a.m = 0 and a.place < 99)
    select was, case when now = -1 and was = 0 then 'paid_off' when now > was then 'roll'
            when now = was then 'stay' when now < 1 then 'cure' else 'improved' end as name,
        now = -1, count(*), sum(balance)
    from moved group by all"""  # 99 is written off, -1 is paid off


def add(found, key, count, balance):
    n, total = found.get(key, (0, 0))
    found[key] = (n + count, total + balance)


def test_a_write_off_rolls_and_what_is_paid_off_cures(october, sql):
    theirs, whole = {}, {}
    for was, name, gone, count, balance in sql(MOVES):
        for key in {name, "paid_off"} if gone else {name}:
            theirs[key, was] = [
                a + b for a, b in zip(theirs.get((key, was), [0, 0]), (count, balance), strict=True)
            ]
        whole[was] = [a + b for a, b in zip(whole.get(was, [0, 0]), (count, balance), strict=True)]
    for at, by in enumerate(("count", "balance")):
        for rate in migration.transition_rates(october.days, by=by):
            was = BUCKETS.index(rate.of)
            part, all_of = theirs.get((rate.name, was), (0, 0))[at], whole.get(was, (0, 0))
            assert (rate.part, rate.whole, rate.n) == (part, all_of[at], all_of[0]), (rate.name, rate.of)
            assert rate.share == (share(part, all_of[at]) if all_of[at] else None)


def test_a_vintage_keeps_what_was_written_off(tmp_path):
    ends = month_ends(CLOSING, 12)
    folder = a_book(tmp_path / "book", "mf")
    sql = asked(folder, "mf", ends)
    theirs = sql(f"""
        with due as (
            select *, id as contract from contracts join ends on signed_on <= day
            where signed_on >= date '{ends[0].replace(day=1)}')
        select strftime(signed_on, '%Y-%m'), date_diff('month', signed_on, day),
            coalesce(sum(balance + lost) filter (where days > 30 or open = 0), 0), sum(principal),
            count(*) filter (where days > 30 or open = 0), count(*)
        from due left join stands using (m, contract) group by all order by all""")
    assert sql("select count(*) from stands where open = 0 and lost > 0") > [(50,)]
    ours = [
        (point.cohort, point.month_on_book, point.rate.part, point.rate.whole, point.late, point.contracts)
        for point in month(read_book(folder), CLOSING, months=12).curves
    ]
    assert ours == theirs


@pytest.mark.parametrize("kind", sorted(set(LENDER_TYPES) - set(SCHEMES)))
def test_no_other_type_of_lender_has_a_ratio_without_a_query(kind, tmp_path):
    """The month's own queries hold for every type; what is at risk is named as for a type above."""
    made = MadeUp()
    edges(made)
    folder = made.write(tmp_path / "book", kind)
    sql = asked(folder, "mf")
    queried = of_the_month(sql).keys() | at_risk(sql, "mf", 1).keys() | at_risk(sql, "bank", 1).keys()
    assert ratios(worked_out(read_book(folder))).keys() <= queried
