"""The example books and a synthetic one: SQL on their own files finds every ratio of the pack.

The other tests by SQL hold books made for them, without late charges. Here the books are those that
`tagih init` writes, the untidy workbooks of ``examples``, and twelve months of `tagih synth`: late
charges by the day, titipan, payments taken back, early payoffs, restructures, write-offs and what
came of them, contracts taken over from another system. June has them, October shows what follows.
"""

import shutil
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest
from attrs import field, frozen
from tests import sql_ledger

from tagih.files import read_book
from tagih.portfolio import synth
from tagih.reports.month import month
from tagih.reports.month_end import pack
from tagih.samples import book_files

JUNE, OCTOBER = date(2026, 6, 30), date(2026, 10, 31)
UNTIDY = Path(__file__).parents[1] / "examples" / "buku-berantakan"


# --- a lender's files under common names ------------------------------------------------------------


@frozen
class Lender:
    """Where a lender's figures stand in its own files, and what its rules say."""

    files: dict
    views: dict
    rates: str
    """Late charges by product: ten-thousandths a day, rupiah a day."""
    order: str = sql_ledger.INSTALMENT_FIRST
    each_day: bool = False
    late: str = "array[11, 91, 121, 181]"
    """From which day the classes 2 to 5 begin."""
    ended: str = "array[1000000, 1000000, 1000000, 1000000]"
    """From which day past the last due date they do."""
    scheme: str = "1"
    pulled: bool = False
    """Whether a debtor's contracts of one scheme take the worst class of them all."""
    aside: tuple = ()
    """What is set aside for each class, in thousandths."""
    named: str = "npl"
    products: dict = field(factory=dict)
    """What the report calls a product whose code stands in the files."""


def money(column):
    return f"replace({column}, '.', '')::bigint"


def day(column):
    return f"strptime({column}, '%d/%m/%Y')::date"


def numbers(column):
    return f"string_split({column}, ' ')::integer[]"


def contracts(id, debtor, product, branch, signed, lent, **more):
    rest = {"frequency": "'monthly'", "matures_on": "null::date", "began": "null::date"} | more
    return (
        f"select {id} as id, {debtor} as debtor, {product} as product, {branch} as branch, "
        f"{signed} as signed_on, {lent} as lent, "
        + ", ".join(f"{text} as {name}" for name, text in rest.items())
        + " from contracts_file"
    )


def schedule(contract, number, due, principal, interest):
    return (
        f"select {contract} as contract, {number}::integer as number, {due}::date as due_on, "
        f"{principal}::bigint as principal, {interest}::bigint as interest from schedule_file"
    )


def payments(contract, id, day, amount, where="true"):
    return (
        f"select {contract} as contract, {id} as id, {day} as day, {amount} as amount "
        f"from payments_file where {where}"
    )


def promised(contract, day=day, money=money):
    return (
        f"select NO_JANJI as id, {contract} as contract, {day('TGL_JANJI')} as made_on, "
        f"{day('JANJI_TANGGAL')} as due_on, {money('JANJI_JUMLAH')} as amount from promises_file"
    )


def events(contract):
    kinds = {
        "BIAYA": "charge", "KERINGANAN": "waiver", "PERCEPATAN": "acceleration",
        "RESTRUKTURISASI": "restructure", "HAPUS BUKU": "write_off",
    }  # fmt: skip
    named = " ".join(f"when '{own}' then '{kind}'" for own, kind in kinds.items())
    return (
        f"select NO_TRANSAKSI as id, {contract} as contract, case JENIS {named} end as kind, "
        f"{day('TANGGAL')} as day, coalesce({money('JUMLAH')}, 0) as amount, "
        f"{numbers('ANGSURAN_KE')} as numbers from events_file"
    )


NEW_ROWS = (
    f"select NO_TRANSAKSI as event, ANGSURAN_KE::integer as number, {day('TGL_JT')} as due_on, "
    f"{money('POKOK')} as principal, {money('BUNGA')} as interest from new_rows_file"
)
NO_DAY = "null::date"
NOTHING = {
    "undone": f"'' as contract, '' as payment, {NO_DAY} as day",
    "events": f"'' as id, '' as contract, '' as kind, {NO_DAY} as day, 0 as amount, [0] as numbers",
    "new_rows": f"'' as event, 0 as number, {NO_DAY} as due_on, 0 as principal, 0 as interest",
    "opening": "'' as contract, 0 as number, 0 as principal, 0 as interest, 0 as late",
    "held_before": "'' as contract, 0 as amount",
    "promises": f"'' as id, '' as contract, {NO_DAY} as made_on, {NO_DAY} as due_on, 0 as amount",
}
"""Views of which a lender has no file."""

# Twelfths of a yearly rate, in ten-thousandths: interest is rounded to the nearest rupiah, and so is
# the instalment; the last one takes what is left.
ANNUITIES = """
    with recursive terms as (
        select NO_REKENING as contract, replace(PLAFON, '.', '')::bigint as lent,
            JANGKA_WAKTU::integer as months,
            replace(replace(replace(SUKU_BUNGA, '%', ''), '.', ''), ',', '')::bigint as rate,
            strptime(ANGSURAN_PERTAMA, '%d/%m/%Y')::date as first_due from contracts_file),
    equal as (
        select *, round(lent * (rate / 120000) / (1 - (1 + rate / 120000) ** (-months)))::bigint as instalment
        from terms),
    walked as (
        select *, 1 as number, (2 * lent * rate + 120000) // 240000 as interest,
            instalment - (2 * lent * rate + 120000) // 240000 as principal, lent as balance from equal
        union all
        select contract, lent, months, rate, first_due, instalment, number + 1,
            (2 * (balance - principal) * rate + 120000) // 240000,
            case when number + 1 = months then balance - principal
                else instalment - (2 * (balance - principal) * rate + 120000) // 240000 end,
            balance - principal
        from walked where number < months)
    select contract, number, (first_due + to_months(number - 1))::date as due_on, principal, interest
    from walked"""

MESSY_DAY = """coalesce(try_strptime({0}, '%Y-%m-%d'), try_strptime({0}, '%d/%m/%Y'),
    make_date(try_cast(split_part({0}, ' ', 3) as integer), list_position(['Januari', 'Februari', 'Maret',
        'April', 'Mei', 'Juni', 'Juli', 'Agustus', 'September', 'Oktober', 'November', 'Desember'],
        split_part({0}, ' ', 2))::integer, try_cast(split_part({0}, ' ', 1) as integer)))::date"""
MESSY_MONEY = """case when {0} ~ '^-?[0-9]+([.]0)?$' then {0}::decimal(18, 1)::bigint
    when {0} ~ '^(Rp)?[0-9]{{1,3}}([.][0-9]{{3}})*(,00)?$'
    then regexp_replace(regexp_replace({0}, ',00$', ''), '[^0-9]', '', 'g')::bigint end"""
MESSY_PAID, MESSY_AMOUNT = MESSY_DAY.format('"Pay Dt"'), MESSY_MONEY.format('"Amt"')

MF_ASIDE = (10, 50, 150, 500, 1000)  # POJK 29/POJK.05/2014 pasal 32
MONTHS_LATE = """
    case when frequency = 'weekly' then 1 + 2 * (begun >= 2)::int else 1 + 2 * (begun >= 4)::int end"""

LENDERS = {
    "mf": Lender(
        {"contracts": "kontrak.csv", "schedule": "jadwal.csv", "payments": "bayar-*.csv",
         "events": "kejadian.csv", "new_rows": "jadwal-restruktur.csv", "promises": "janji-bayar.csv"},
        {"contracts": contracts("NO_KONTRAK", "NO_KONSUMEN", "PRODUK", "CABANG", day("TGL_KONTRAK"),
                                money("POKOK_HUTANG")),
         "instalments": schedule("NO_KONTRAK", "ANGSURAN_KE", "TGL_JT", "POKOK", "BUNGA"),
         "payments": payments("NO_KONTRAK", "NO_KUITANSI", day("TGL_BAYAR"), money("JML_BAYAR"),
                              "NO_KUITANSI_BATAL is null"),
         "undone": f"select NO_KONTRAK as contract, NO_KUITANSI_BATAL as payment, {day('TGL_BAYAR')} as day "
                   "from payments_file where NO_KUITANSI_BATAL is not null",
         "events": events("NO_KONTRAK"), "new_rows": NEW_ROWS, "promises": promised("NO_KONTRAK")},
        "select PRODUK as product, case PRODUK when 'MBL' then 20 else 50 end as rate, 0 as fixed",
        aside=MF_ASIDE, named="npf",
        products={"MTR-N": "Motor Baru", "MTR-B": "Motor Bekas", "MBL": "Mobil", "MGN": "Multiguna BPKB"},
    ),
    "bank": Lender(
        {"contracts": "nominatif.csv", "payments": "mutasi.csv", "events": "kejadian.csv",
         "new_rows": "jadwal-restruktur.csv", "opening": "saldo-awal.csv", "promises": "janji-bayar.csv"},
        {"contracts": contracts("NO_REKENING", "NO_CIF", "JENIS_KREDIT", "KANTOR_CABANG",
                                day("TGL_REALISASI"), money("PLAFON"), began=day("TGL_MIGRASI")),
         "instalments": ANNUITIES,
         "payments": payments("NO_REKENING", "NO_BUKTI", day("TGL_VALUTA"), money("NOMINAL")),
         "events": events("NO_REKENING"), "new_rows": NEW_ROWS, "promises": promised("NO_REKENING"),
         "opening": "select NO_REKENING as contract, ANGSURAN_KE::integer as number, "
                    f"{money('POKOK')} as principal, {money('BUNGA')} as interest, "
                    f"{money('DENDA')} as late from opening_file",
         "held_before": f"select NO_REKENING as contract, {money('TITIPAN_MIGRASI')} as amount "
                        "from contracts_file where TITIPAN_MIGRASI is not null"},
        "select JENIS_KREDIT as product, 10 as rate, 0 as fixed",
        order=sql_ledger.INTEREST_FIRST, late="array[1, 91, 121, 181]", pulled=True,
        aside=(10, 50, 150, 500, 1000),  # POJK 2/POJK.03/2022 pasal 46
    ),
    "bpr": Lender(
        {"contracts": "kredit.csv", "schedule": "jadwal.csv", "payments": "setoran.csv",
         "events": "kejadian.csv", "new_rows": "jadwal-restruktur.csv", "promises": "janji-bayar.csv"},
        {"contracts": contracts("NO_KREDIT", "NO_NASABAH", "PRODUK", "KANTOR", day("TGL_CAIR"),
                                money("PLAFON"), matures_on=day("TGL_JT_AKHIR")),
         "instalments": schedule("NO_KREDIT", "KE", "TGL_JT", "POKOK", "BUNGA"),
         "payments": payments("NO_KREDIT", "NO_SLIP", day("TGL_SETOR"), money("JUMLAH")),
         "events": events("NO_KREDIT"), "new_rows": NEW_ROWS, "promises": promised("NO_KREDIT")},
        "select PRODUK as product, 10 as rate, 0 as fixed",
        order=sql_ledger.INTEREST_FIRST,  # POJK 1/2024 lampiran II: instalments of a month, and shorter ones
        late="case when product in ('KPM', 'KPH') then array[16, 31, 91, 181] "
             "else array[31, 91, 181, 361] end",
        ended="array[1, 16, 31, 61]", scheme="product in ('KPM', 'KPH')", pulled=True,
        aside=(5, 30, 100, 500, 1000),  # POJK 33/POJK.03/2018 pasal 16
        products={"KU": "Kredit Umum", "KM": "Kredit Musiman", "KPM": "Kredit Pasar Mingguan",
                  "KPH": "Kredit Pasar Harian"},
    ),
    "pindar": Lender(
        {"contracts": "funding.csv", "schedule": "jadwal.csv", "payments": "pembayaran.csv",
         "promises": "janji-bayar.csv"},
        {"contracts": contracts("NO_PERJANJIAN", "ID_PENERIMA_DANA", "PRODUK", "SUMBER",
                                "TGL_PERJANJIAN::date", "POKOK::bigint"),
         "instalments": schedule("NO_PERJANJIAN", "KE", "JATUH_TEMPO", "POKOK", "MANFAAT_EKONOMI"),
         "payments": payments("NO_PERJANJIAN", "ID_TRANSAKSI", "TGL_BAYAR::date", "JUMLAH::bigint",
                              "MEMBATALKAN is null"),
         "undone": "select NO_PERJANJIAN as contract, MEMBATALKAN as payment, TGL_BAYAR::date as day "
                   "from payments_file where MEMBATALKAN is not null",
         "promises": promised("NO_PERJANJIAN", lambda column: f"{column}::date",
                              lambda column: f"{column}::bigint")},
        "select PRODUK as product, case PRODUK when 'Modal Usaha' then 10 else 20 end as rate, 0 as fixed",
        order=sql_ledger.INTEREST_FIRST, each_day=True, late="array[1, 31, 61, 91]", named="npf",
    ),
    "koperasi": Lender(
        {"contracts": "pinjaman.csv", "schedule": "jadwal.csv", "payments": "angsuran.csv",
         "promises": "janji-bayar.csv"},
        {"contracts": contracts("NO_PINJAMAN", "NO_ANGGOTA", "PRODUK", "WILAYAH", day("TGL_CAIR"),
                                money("POKOK_PINJAMAN"),
                                frequency="case PERIODE when 'MINGGUAN' then 'weekly' else 'monthly' end"),
         "instalments": schedule("NO_PINJAMAN", "KE", "TGL_JT", "POKOK", "JASA"),
         "payments": payments("NO_PINJAMAN", "NO_BUKTI", day("TANGGAL"), money("SETOR")),
         "promises": promised("NO_PINJAMAN")},
        "select PRODUK as product, 0 as rate, 0 as fixed",
        order=sql_ledger.INTEREST_FIRST, late=MONTHS_LATE,
    ),
    "mf-syariah": Lender(
        {"contracts": "akad.csv", "schedule": "jadwal.csv", "payments": "bayar.csv",
         "events": "kejadian.csv", "promises": "janji-bayar.csv"},
        {"contracts": contracts("NO_AKAD", "NO_NASABAH", "PRODUK", "CABANG", day("TGL_AKAD"),
                                money("HARGA_POKOK")),
         "instalments": schedule("NO_AKAD", "ANGSURAN_KE", "TGL_JT", "POKOK", "MARGIN"),
         "payments": payments("NO_AKAD", "NO_KUITANSI", day("TGL_BAYAR"), money("JML_BAYAR")),
         "events": events("NO_AKAD"), "promises": promised("NO_AKAD")},
        "select PRODUK as product, 0 as rate, case PRODUK when 'Murabahah Mobil' then 10000 "
        "when 'Murabahah Umrah' then 5000 else 2500 end as fixed",
        named="npf",
    ),
    "untidy": Lender(
        {"contracts": ("Loan Portfolio Oct26.xlsx", 5), "schedule": ("Amortization.xlsx", 2),
         "payments": ("Receipts 2024-2026.xlsx", 4)},
        {"contracts": contracts('"Agr. No"', '"Cust ID"', '"Prod"', '"Branch"', MESSY_DAY.format('"Disb Dt"'),
                                MESSY_MONEY.format('"Fin. Amt"')) + " where \"Agr. No\" not in ('', 'TOTAL')",
         "instalments": schedule('"Agr. No"', '"Inst #"::double', '"Due"', '"Prin"::double', '"Int"::double'),
         # Rows that are no receipt of any contract, day or amount are left out, as the book's README says.
         "payments": payments('"Agr. No"', '"Rcpt No"', MESSY_PAID, MESSY_AMOUNT,
                              f"{MESSY_AMOUNT} > 0 and {MESSY_PAID} is not null "
                              'and "Agr. No" in (select id from contracts)')},
        'select "Prod" as product, 50 as rate, 0 as fixed',
        aside=MF_ASIDE, named="npf",
        products={"NMC": "Motor Baru", "UMC": "Motor Bekas", "CAR": "Mobil", "MPL": "Multiguna BPKB"},
    ),
    "synth": Lender(
        {"contracts": "contracts-*.parquet", "schedule": "instalments-*.parquet",
         "payments": "payments-*.parquet", "events": "events-*.parquet"},
        {"contracts": contracts("id", "debtor", "product", "branch", "signed_on", "principal"),
         "instalments": schedule("contract", "number", "due_on", "principal", "interest"),
         "payments": payments("contract", "id", "effective_on", "amount"),
         "undone": "select contract, target as payment, effective_on as day from events_file "
                   "where kind = 'reversal'",
         "events": "select id, contract, kind, effective_on as day, amount::bigint as amount, [0] as numbers "
                   "from events_file where kind = 'charge'"},
        "select product, 20 as rate, 0 as fixed",
        aside=MF_ASIDE, named="npf",
    ),
}  # fmt: skip


def written(folder, name):
    """The book's files, and nothing else of tagih."""
    if name == "synth":
        list(synth.write(folder, 300, seed=9))
    elif name == "untidy":
        shutil.copytree(UNTIDY, folder)
    else:
        for file, content in book_files(name).items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
    return folder


def opened(folder, lender):
    """DuckDB over the files, as text, with the common names above them."""
    db = duckdb.connect()
    for name, file in lender.files.items():
        if isinstance(file, tuple):
            _sheet(db, f"{name}_file", folder / file[0], file[1])
        elif file.endswith("parquet"):
            db.execute(f"create view {name}_file as from '{folder}/{file}'")
        else:
            db.execute(
                f"create view {name}_file as from read_csv('{folder}/{file}', all_varchar = true, "
                "union_by_name = true, header = true)"
            )
    for name, query in (lender.views | {"rates": f"{lender.rates} from contracts_file group by all"}).items():
        db.execute(f"create table {name} as {query}")
    for name, query in NOTHING.items():
        db.execute(f"create table if not exists {name} as select {query} limit 0")
    db.execute("""
        create or replace table new_rows as
        select e.contract, n.* from new_rows n join events e on e.id = n.event""")
    return db


def _sheet(db, name, path, head):
    """The cells of a sheet as text, without the blanks around them; DuckDB has no reader of its own here."""
    import python_calamine as calamine

    book = calamine.CalamineWorkbook.from_path(path)
    rows = [[str(cell).strip() for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    columns = ", ".join(f'"{title}" varchar' for title in rows[head - 1])
    db.execute(f"create table {name} ({columns})")
    db.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows[head:])


# --- every contract on every day asked for ------------------------------------------------------------


def ends_of(closing):
    """The twelve month ends before a closing, and the closing."""
    days = [closing]
    while len(days) < 13:
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    return days[::-1]


def asked(name, folder):
    """The book by SQL: `stands` is a row for each contract on each month end of both closings."""
    lender = LENDERS[name]
    db = opened(folder, lender)
    days = sorted({*ends_of(JUNE), *ends_of(OCTOBER)})
    db.execute("create table ends (day date)")
    db.executemany("insert into ends values (?)", [(each,) for each in days])
    # First, second and third payments: instalments that fall due after the day of signing.
    db.execute("""
        create table firsts as
        select * from (
            select contract, signed_on, number, due_on, due_on + 30 as until,
                row_number() over (partition by contract order by due_on, number) as nth
            from instalments join contracts on id = contract where due_on > signed_on and began is null)
        where nth <= 3""")
    sql_ledger.ledger(
        db,
        """
        select c.id as contract, day from contracts c, ends where day >= coalesce(began, signed_on)
        union select contract, until from firsts where until <= (select max(day) from ends)
        union select contract, day - 1 from events where kind = 'restructure'
        union select contract, due_on from new_rows where due_on <= (select max(day) from ends)""",
        lender.order,
        each_day=lender.each_day,
    )
    db.execute(f"""
        create table sums as
        with found as (
            select day, contract, sum(p) as balance, sum(i + p + f + l) as owed, sum(lp) as lost,
                sum(lost) as gone, sum(i + p) > 0 as open, any_value(held) as held,
                greatest(0, day - case when any_value(lost_since) is null
                    then coalesce(min(due_on) filter (i + p > 0 and due_on < day), day)
                    else any_value(lost_since) end) as days
            from shots group by day, contract),
        ending as (
            select f.*, c.* exclude (id), debtor, greatest(0, case when open then f.day - coalesce(
                (select max(w.due_on) from new_rows w join events e on e.id = w.event
                    where w.contract = f.contract and e.day <= f.day), matures_on,
                (select max(i.due_on) from instalments i where i.contract = f.contract)) else 0 end) as past,
                (f.day - f.days::integer)::date as since, date_diff('month', since, f.day) as turned
            from found f join contracts c on c.id = f.contract),
        months as (
            select *, turned - ((since + to_months(turned::integer))::date > day)::int as full_months
            from ending),
        begun as (
            select *, full_months + ((since + to_months(full_months::integer))::date < day)::int as begun
            from months)
        select day, contract, debtor, product, branch, balance, owed, lost, held, days::integer as days,
            {measured(lender)} as measured, {lender.scheme} as scheme,
            case when gone > 0 and balance = 0 then 'written_off' when owed = 0 then 'paid_off'
                else 'live' end as state
        from begun""")
    db.execute("create table own as select * exclude (measured), measured as class from sums")
    if name == "bpr":
        db.execute(AFTER_A_RESTRUCTURE)
    pulled = "max(class) over (partition by day, scheme, debtor)" if lender.pulled else "class"
    db.execute(f"""
        create table stands as
        select * exclude (class), {pulled} as class,
            case when days > 0 then least(7, 1 + (days - 1) // 30) else 0 end as place
        from own join ends using (day)""")
    return lambda text: db.execute(text).fetchall()


def measured(lender):
    """The class by days late and days past the last due date: the worse of the two."""
    if lender.late is MONTHS_LATE:
        return lender.late
    steps = [f"(days >= ({lender.late})[{n}] or past >= ({lender.ended})[{n}])::int" for n in range(1, 5)]
    return " + ".join(["1", *steps])


AFTER_A_RESTRUCTURE = """
    create or replace table own as
    with last as (
        select contract, day as since from events where kind = 'restructure'),
    best as (
        select last.contract, since, case when measured > 3 then 3 else measured end as best
        from last join sums on sums.contract = last.contract and sums.day = since - 1),
    paid as (
        select n.contract, n.due_on, sum(i + p) = 0 as on_time from new_rows n
        join shots s on s.contract = n.contract and s.number = n.number and s.day = n.due_on group by all),
    clean as (
        select contract, min(due_on) as lifted_on from (
            select *, on_time and lag(on_time) over turns and lag(on_time, 2) over turns as three from paid
            window turns as (partition by contract order by due_on)) where three group by all)
    select s.* exclude (measured), case when since <= s.day and (lifted_on is null or lifted_on > s.day)
        then greatest(measured, best) else measured end as class
    from sums s left join best using (contract) left join clean using (contract)"""
"""POJK 1/2024 pasal 31: Kurang Lancar at best, until three periods in a row were paid in time."""


@pytest.fixture(scope="module", params=list(LENDERS))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def folder(name, tmp_path_factory):
    return written(tmp_path_factory.mktemp("examples") / name, name)


@pytest.fixture(scope="module")
def sql(name, folder):
    return asked(name, folder)


@pytest.fixture(scope="module", params=[JUNE, OCTOBER], ids=["june", "october"])
def closing(request):
    return request.param


@pytest.fixture(scope="module")
def made(folder, closing):
    found = month(read_book(folder), closing)
    assert not found.aside
    return pack(found, "en")


# --- every ratio, by SQL ------------------------------------------------------------------------------


def share(part, whole):
    """Part ÷ whole to six places, halves up, by whole numbers; parts have two decimals at most."""
    part, whole = int(part * 100), int(whole * 100)
    return D((2 * part * 10**6 + whole) // (2 * whole)).scaleb(-6) if whole else None


def cents(amount, per_mille):
    """What is set aside of an amount, to the sen, halves up."""
    return D((2 * int(amount) * per_mille + 10) // 20).scaleb(-2)


def ends_around(closing):
    return f"date '{closing.replace(day=1) - timedelta(days=1)}'", f"date '{closing}'"


def at_risk(sql, lender, on):
    """PAR, NPL (NPF) gross and net, TWP90 and TKB90 on a day: part, whole and n by name."""
    live = f"from stands where day = {on} and state = 'live'"
    ((whole, n),) = sql(f"select sum(balance), count(*) {live}")
    found = {}
    for name, least in (("par1", 0), ("par30", 30), ("par60", 60), ("par90", 90)):
        ((part,),) = sql(f"select coalesce(sum(balance), 0) {live} and days > {least}")
        found[name] = (part, whole, n)
    bad = sql(f"select class, balance {live} and class >= 3")
    found[f"{lender.named}_gross"] = (sum(balance for _, balance in bad), whole, n)
    if lender.aside:
        net = sum((balance - cents(balance, lender.aside[kol - 1]) for kol, balance in bad), D(0))
        found[f"{lender.named}_net"] = (net, whole, n)
    if lender is LENDERS["pindar"]:
        late, lost = sql(f"""
            select coalesce(sum(balance) filter (days > 90), 0), sum(lost) from stands where day = {on}""")[0]
        ((owing, carried),) = sql(f"""
            select count(*) filter (balance > 0), count(*) from stands
            where day = {on} and state <> 'paid_off'""")
        found["twp90"], found["tkb90"] = (late, whole, owing), (whole - late, whole, owing)
        found["twp90_put_back"] = (late + lost, whole + lost, carried)
        found["tkb90_put_back"] = (whole - late, whole + lost, carried)
    return found


def of_the_month(sql, closing):
    """Collection, recovery, promises kept by count and by amount: part, whole and n by name."""
    opening, closing = ends_around(closing)
    (collection,) = sql(f"""
        with was as (
            select contract, sum(i + p) filter (due_on <= {opening}) as forward, sum(paid) as paid,
                sum(waived) as waived, sum(moved) as moved, sum(lost_ever) as lost
            from shots where day = {opening} and due_on <= {closing} group by all),
        now as (
            select contract, sum(i + p) as remaining, sum(paid) as paid, sum(waived) as waived,
                sum(moved) as moved, sum(lost_ever) as lost
            from shots where day = {closing} and due_on <= {closing} group by all),
        month as (
            select coalesce(was.forward, 0) as forward, now.paid - coalesce(was.paid, 0) as paid,
                now.remaining + now.paid + now.waived + now.moved + now.lost
                - coalesce(was.paid + was.waived + was.moved + was.lost, 0) as to_collect
            from now left join was using (contract))
        select sum(paid), sum(to_collect), count(*) filter (forward <> 0 or to_collect <> forward)
        from month""")
    (recovery,) = sql(f"""
        with now as (
            select contract, sum(lost_debt) as remaining, sum(back) as back from shots
            where day = {closing} group by all having sum(lost_ever) > 0),
        was as (
            select contract, sum(lost_debt) as forward, sum(back) as back from shots
            where day = {opening} group by all)
        select coalesce(sum(now.back - coalesce(was.back, 0)), 0),
            coalesce(sum(now.remaining + now.back - coalesce(was.back, 0)), 0), count(*)
        from now left join was using (contract)
        where forward > 0 or now.remaining + now.back - coalesce(was.back, 0) > 0""")
    assert not sql("""
        select * from promises a join promises b on a.contract = b.contract and a.id < b.id
        where a.made_on <= b.due_on and b.made_on <= a.due_on""")  # a rupiah could keep two of them
    ((kept, received, promised, n),) = sql(f"""
        with stood as (
            select * from payments where not exists (
                select 1 from undone where undone.payment = payments.id and undone.day <= {closing})),
        came as (
            select p.id, p.amount, coalesce(sum(s.amount), 0) as came from promises p left join stood s
            on s.contract = p.contract and s.day between p.made_on and p.due_on
            where p.due_on > {opening} and p.due_on <= {closing} and p.made_on <= {closing} group by all)
        select count(*) filter (came >= amount), coalesce(sum(least(amount, came)), 0),
            coalesce(sum(amount), 0), count(*) from came""")
    return {
        "collection": collection,
        "recovery": recovery,
        "promises_kept": (kept, n, n),
        "promises_received": (received, promised, n),
    }


def test_every_contract_stands_as_sql_finds_it(made, sql, name, closing):
    """Balances with their late charges to the rupiah, days, classes and what became of the contract."""
    theirs = {
        contract: rest
        for contract, *rest in sql(f"""
            select contract, balance, owed, lost, held, days, class::varchar, state from stands
            where day = date '{closing}'""")
    }
    ours = {
        row["contract"]: [
            *(row[key] for key in ("balance", "outstanding", "written_off", "unapplied")),
            *(row[key] for key in ("days_past_due", "class")),
            row["state"].replace(" ", "_"),
        ]
        for row in made.table("contracts").rows
    }  # fmt: skip
    assert ours == theirs


def test_every_key_ratio_by_its_numerator_denominator_and_n(made, sql, name, closing):
    """The names are compared too: a ratio that no query finds fails here."""
    opening, on = ends_around(closing)
    theirs = at_risk(sql, LENDERS[name], on) | of_the_month(sql, closing)
    rows = {row["measure_key"]: row for row in made.table("ratios").rows}
    assert {key: (row["part"], row["whole"], row["n"]) for key, row in rows.items()} == theirs
    assert {key: row["rate"] for key, row in rows.items()} == {
        key: share(part, whole) for key, (part, whole, _) in theirs.items()
    }
    assert {key: row["before"] for key, row in rows.items() if "before" in row} == {
        key: share(part, whole) for key, (part, whole, _) in at_risk(sql, LENDERS[name], opening).items()
    }


BUCKETS = ("C0", "B1", "B2", "B3", "B4", "B5", "B6", "B7")
MOVES = """
    with moved as (
        select a.place as was, a.balance, b.place, b.state,
            exists (select 1 from events e where e.contract = a.contract and e.kind = 'restructure'
                and e.day > {opening} and e.day <= {closing}) as redone
        from stands a join stands b on b.contract = a.contract and b.day = {closing}
        where a.day = {opening} and a.state = 'live'),
    named as (
        select *, case when state = 'written_off' then 'roll'
            when state = 'paid_off' and was = 0 then 'paid_off'
            when state = 'live' and place > was then 'roll' when state = 'live' and place = was then 'stay'
            when state = 'live' and place > 0 then 'improved' when redone then 'restructured'
            else 'cure' end as name
        from moved)"""


@pytest.mark.parametrize("sheet", ["rates_count", "rates_balance"])
def test_every_roll_stay_improved_cure_restructured_and_paid_off_rate(sheet, made, sql, closing):
    opening, on = ends_around(closing)
    moves = MOVES.format(opening=opening, closing=on)
    size = "1" if sheet == "rates_count" else "balance"
    whole = {
        was: rest for was, *rest in sql(f"{moves} select was, count(*), sum({size}) from named group by 1")
    }
    parts = sql(f"{moves} select name, was, sum({size}) from named group by 1, 2")
    gone = sql(f"{moves} select 'paid_off', was, sum({size}) from named where state = 'paid_off' group by 2")
    parts = {(name, was): size for name, was, size in [*parts, *gone]}
    rows = {(row["measure_key"], BUCKETS.index(row["bucket"])): row for row in made.table(sheet).rows}
    assert {key for key, size in parts.items() if size} <= rows.keys()
    for (name, was), row in rows.items():
        n, all_of = whole.get(was, (0, 0))
        part = parts.get((name, was), 0)
        assert (row["part"], row["whole"], row["n"], row["rate"]) == (part, all_of, n, share(part, all_of))
        assert row["few"] == ("*" if n < 20 else "")


def test_every_net_flow(made, sql, closing):
    opening, on = ends_around(closing)
    sums = "select place, sum(balance), count(*) from stands where day = {} and state = 'live' group by 1"
    before = {place: rest for place, *rest in sql(sums.format(opening))}
    after = {place: rest for place, *rest in sql(sums.format(on))}
    rows = {row["bucket"]: row for row in made.table("net_flow").rows}
    assert len(rows) == 7
    for (was, here), there in zip(enumerate(BUCKETS), BUCKETS[1:], strict=False):
        row, (whole, n) = rows[f"{here} → {there}"], before.get(was, (0, 0))
        part = after.get(was + 1, (0, 0))[0]
        assert (row["part"], row["whole"], row["n"], row["rate"]) == (part, whole, n, share(part, whole))


def cohorts_since(sql, closing):
    days = ", ".join(f"date '{each}'" for each in ends_of(closing))
    ((first,),) = sql(f"select date_trunc('month', min(day))::date from stands where day in ({days})")
    return days, f"date '{first}'"


def test_every_point_of_the_vintage_curves(made, sql, closing):
    days, first = cohorts_since(sql, closing)
    bad = "(state = 'written_off' or state = 'live' and days > 30)"
    theirs = sql(f"""
        select strftime(signed_on, '%Y-%m'), date_diff('month', signed_on, day),
            coalesce(sum(balance + lost) filter ({bad}), 0), sum(lent), count(*) filter ({bad}), count(*)
        from stands join contracts on id = contract where day in ({days}) and signed_on >= {first}
        group by all order by all""")
    keys = ("cohort", "month_on_book", "part", "whole", "late", "n", "rate")
    ours = [tuple(row[key] for key in keys) for row in made.table("vintage").rows]
    assert ours == [(*each, share(each[2], each[3])) for each in theirs]


def test_every_first_second_and_third_payment_default(made, sql, closing):
    _, first = cohorts_since(sql, closing)
    theirs = {
        (cohort, ("fpd", "spd", "tpd")[nth - 1]): (missed, n)
        for cohort, nth, missed, n in sql(f"""
            select strftime(signed_on, '%Y-%m'), nth,
                count(*) filter (i + p + lost_debt + moved > 0), count(*)
            from firsts f join shots s on s.contract = f.contract and s.number = f.number and s.day = f.until
            where signed_on >= {first} and signed_on <= date '{closing}' and until <= date '{closing}'
            group by 1, 2""")
    }
    for name in ("fpd", "spd", "tpd"):
        own = [each for (_, of), each in theirs.items() if of == name]
        if own:
            theirs["total", name] = (sum(missed for missed, _ in own), sum(n for _, n in own))
    ours = {(row["bucket"], row["measure_key"]): (row["part"], row["whole"], row["rate"])
            for row in made.table("first_payment").rows}  # fmt: skip
    assert ours == {key: (missed, n, share(missed, n)) for key, (missed, n) in theirs.items()}


def test_what_is_set_aside_of_every_class(made, sql, name, closing):
    lender = LENDERS[name]
    for row in made.table("provisions").rows:
        found = sql(f"""
            select balance from stands where day = date '{closing}' and state = 'live'
            and class = {row["class"]}""")
        whole = sum(balance for (balance,) in found)
        assert (row["contracts"], row["balance"]) == (len(found), whole)
        if lender.aside:
            own = sum((cents(balance, lender.aside[int(row["class"]) - 1]) for (balance,) in found), D(0))
            assert (row["provision"], row["cover"]) == (own, share(own, whole))
        else:
            assert (row["provision"], row["cover"]) == (0, None)


def test_the_share_of_every_class_and_bucket(made, sql, closing):
    total = "select sum(balance) from stands where day = date '{0}' and (state = 'live' or owed > 0)"
    ((whole,),) = sql(total.format(closing))
    for sheet, key, of in (("aging", "class", str), ("aging_days", "place", BUCKETS.index)):
        for row in made.table(sheet).rows:
            code = of(row["class" if sheet == "aging" else "bucket"])
            ((part,),) = sql(f"{total.format(closing)} and {key} = {code}")
            assert (row["principal_balance"], row["share"]) == (part or 0, share(part or 0, whole))


def test_every_segment_s_rates_last_month_and_this(made, sql, name, closing):
    theirs = {}
    for label in ("product", "branch"):
        for at, on in enumerate(ends_around(closing)):
            for value, count, whole, late, bad in sql(f"""
                select {label}, count(*) filter (state = 'live'), sum(balance),
                    coalesce(sum(balance) filter (state = 'live' and days > 30), 0),
                    coalesce(sum(balance) filter (state = 'live' and class >= 3), 0)
                from stands where day = {on} group by 1"""):
                named = LENDERS[name].products.get(value, value)
                figures = (count, whole, share(late, whole), share(bad, whole))
                theirs.setdefault((label, named), [(0, 0, None, None)] * 2)[at] = figures
    assert sql_ledger.segments_of(made) == theirs


PLACED = """
    select coalesce(a.{by}, 'new') as was, case when b.state = 'live' then b.{by} else b.state end as now,
        count(*), coalesce(sum(a.balance), 0)
    from (select *, class::varchar as kol, 'C0,B1,B2,B3,B4,B5,B6,B7'[1 + 3 * place:2 + 3 * place] as bucket
        from stands where day = {opening} and state = 'live') a
    right join (select *, class::varchar as kol,
        'C0,B1,B2,B3,B4,B5,B6,B7'[1 + 3 * place:2 + 3 * place] as bucket
        from stands where day = {closing}) b using (contract)
    left join contracts c on c.id = b.contract and c.signed_on > {opening}
    where a.contract is not null or b.state = 'live' or c.id is not null group by 1, 2"""


@pytest.mark.parametrize(("by", "sheet"), [("kol", "migration"), ("bucket", "migration_days")])
def test_every_cell_of_both_matrices_and_every_row_adds_up_to_its_opening(by, sheet, made, sql, closing):
    opening, on = ends_around(closing)
    theirs = {(was, now): (n, size) for was, now, n, size in
              sql(PLACED.format(by=by, opening=opening, closing=on))}  # fmt: skip
    for at, kind in enumerate(("count", "balance")):
        table, found = made.table(f"{sheet}_{kind}"), {}
        for row in table.rows:
            cells = {key.removeprefix("to_"): value for key, value in row.items() if key.startswith("to_")}
            assert sum(cells.values()) == row["total"]
            found |= {(row["from"].split()[0], to): value for to, value in cells.items() if value}
        assert found == {key: value[at] for key, value in theirs.items() if value[at]}
        ((opened,),) = sql(f"""
            select {"count(*)" if kind == "count" else "sum(balance)"} from stands
            where day = {opening} and state = 'live'""")
        new = sum(n for (was, _), (n, _) in theirs.items() if was == "new") if kind == "count" else 0
        assert table.total["total"] == opened + new


def test_the_bridge_closes_from_one_outstanding_to_the_other(made, sql, closing):
    bridge = made.table("bridge")
    opening, on = ends_around(closing)
    owed = [sql(f"select sum(owed) from stands where day = {day}")[0][0] for day in (opening, on)]
    assert (bridge.rows[0]["total"], bridge.total["total"]) == tuple(owed)
    for column in bridge.columns[2:]:
        assert sum(row[column.key] for row in bridge.rows) == bridge.total[column.key]
    assert all(found.closes for found in made.month.bridges)
    assert made.ties


def test_the_sums_by_collector_and_by_branch_are_the_whole(made, sql, closing):
    opening, on = ends_around(closing)
    stood = """
        select coalesce(sum(amount), 0) from payments p join contracts c on c.id = p.contract
        where p.day <= {0} and (began is null or p.day > began) and c.signed_on <= {0} and not exists (
            select 1 from undone u where u.payment = p.id and u.day <= {0})"""
    cash = sql(stood.format(on))[0][0] - sql(stood.format(opening))[0][0]
    ((count, balance),) = sql(
        f"select count(*), sum(balance) from stands where day = {on} and state = 'live'"
    )
    for sheet in ("collectors", "teams"):
        rows = made.table(sheet).rows
        sums = tuple(sum(row[key] for row in rows) for key in ("cash", "contracts", "balance"))
        assert sums == (cash, count, balance)


RATIOS = {
    ("ratios", "rate"), ("ratios", "before"), ("aging", "share"), ("aging_days", "share"),
    ("rates_count", "rate"), ("rates_balance", "rate"), ("net_flow", "rate"), ("vintage", "rate"),
    ("first_payment", "rate"), ("provisions", "cover"), ("segments", "par30_before"), ("segments", "par30"),
    ("segments", "npl_before"), ("segments", "npl"),
}  # fmt: skip


def test_no_sheet_has_a_ratio_that_is_not_found_again_above(made):
    found = {(table.name, column.key) for table in made.tables for column in table.columns
             if column.kind in ("rate", "share")}  # fmt: skip
    assert found <= RATIOS
