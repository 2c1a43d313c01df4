"""A lender's own rule in a TOML file: read, checked, and what is said when it is wrong."""

from datetime import date
from decimal import Decimal as D

import pytest

from tagih.errors import PolicyError
from tagih.policies import load_rule, load_rules, policy, rule

OWN = """
id = "acme.kol"
kind = "buckets"
title = "Kelas internal"
follows = "id.kol.bpr.monthly"
buckets = [
    { code = "1", name = "Lancar", from_day = 0, from_day_past_maturity = 0 },
    { code = "2", name = "DPK", from_day = 16, from_day_past_maturity = 1 },
    { code = "3", name = "Kurang Lancar", from_day = 91, from_day_past_maturity = 16 },
    { code = "4", name = "Diragukan", from_day = 181, from_day_past_maturity = 31 },
    { code = "5", name = "Macet", from_day = 361, from_day_past_maturity = 61 },
]
"""

DENDA = """
id = "acme.denda"
kind = "late_charge"
base = "unpaid_instalment"
counting = "due_day_free"
daily_rate = "0.003"
grace = "free_days"
grace_days = 3
caps = [{ on = "instalment", share = "0.2" }]
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="own.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_lenders_own_rule_is_written_like_a_built_in_one(written):
    own = load_rule(written(OWN))
    assert own.about.confidence == "contract"
    assert policy("acme.kol", among=[own], on=date(2026, 1, 1)).bucket_for(16).code == "2"


def test_a_folder_of_rules_is_read_in_the_order_of_names(written, tmp_path):
    written(OWN, "b.toml")
    written(DENDA, "a.toml")
    assert [found.about.id for found in load_rules(tmp_path)] == ["acme.denda", "acme.kol"]
    written(OWN, "c.toml")
    with pytest.raises(PolicyError, match=r"^c\.toml: id 'acme\.kol' is already taken$"):
        load_rules(tmp_path)


def test_rates_are_exact(written):
    denda = load_rule(written(DENDA))
    assert denda.daily_rate == D("0.003")
    assert denda.caps[0].share == D("0.2")


def test_a_file_saved_by_notepad_is_read(tmp_path):
    path = tmp_path / "own.toml"
    path.write_bytes(b"\xef\xbb\xbf" + OWN.replace("\n", "\r\n").encode())
    assert load_rule(path).about.id == "acme.kol"


LADDER = '\nid = "x"\nkind = "ladder"\n'
CAP = '\nid = "x"\nkind = "cap"\n'
COND = '\nid = "x"\nkind = "conduct"\nfollows = "id.conduct.pojk22"\n'

# what is changed in a good file, and the whole of what is said
WRONG = [
    (DENDA.replace("grace_days", "grace_day"),
     "own.toml: key 'grace_day' is unknown; did you mean 'grace_days'?"),
    (DENDA.replace('"free_days"', '"freedays"'),
     "own.toml: grace 'freedays' is unknown; did you mean 'free_days'?"),
    (DENDA.replace("grace_days = 3", ""),
     "own.toml: late charge acme.denda: grace 'free_days' with 0 days; name the grace and its days"),
    (DENDA.replace('"0.003"', "0.003"),
     "own.toml: daily_rate = '0.003'; write a figure in quotes, such as \"0.003\""),
    (DENDA.replace('"0.003"', '"0,3%"'),
     "own.toml: daily_rate = '0,3%'; write a figure in quotes, such as \"0.003\""),
    (DENDA.replace('"0.003"', '"0.003"\namount = "500"'),
     "own.toml: late charge acme.denda: give exactly one of daily_rate, monthly_rate, annual_rate, amount"),
    (DENDA.replace('kind = "late_charge"', 'kind = "latecharge"'),
     "own.toml: kind 'latecharge' is unknown; did you mean 'late_charge'?"),
    (DENDA.replace('id = "acme.denda"', ""), "own.toml: no 'id'; write text in quotes"),
    (DENDA.replace('kind = "late_charge"', ""), "own.toml: no 'kind'; write one of"),
    (DENDA + 'valid_from = 2026-02-01\nvalid_to = 2026-01-31\n',
     "own.toml: valid_to = '2026-01-31'; write a day not before valid_from 2026-02-01"),
    (DENDA + "confidence = true\n", "own.toml: confidence = 'True'; write one of high, medium, low"),
    ("id = ", "own.toml: not a TOML file:"),
    (OWN.replace("from_day = 16,", "from_day = 31,").replace("from_day = 91,", "from_day = 90,"), ""),
    (OWN.replace("from_day = 91,", "from_day = 92,"),
     "own.toml: looser than 'id.kol.bpr.monthly', which it follows: "
     "bucket '3' starts at 92, the rule's at 91 (days_past_due)"),
    (OWN.replace(", from_day_past_maturity = 61", ""),
     "own.toml: looser than 'id.kol.bpr.monthly', which it follows: "
     "bucket '5' starts at never, the rule's at 61 (days_past_maturity)"),
    (OWN.replace("from_day = 91,", "from_day = 16,"),
     "own.toml: bucket scheme 'acme.kol': from_day must start at 0 and rise, got [0, 16, 16, 181, 361]"),
    (OWN.replace("from_day = 0, ", ""),
     "own.toml: bucket scheme 'acme.kol': from_day must start at 0 and rise, got [16, 91, 181, 361]"),
    (OWN.replace('"DPK", from_day = 16, from_day_past_maturity = 1', '"DPK"'),
     "own.toml: bucket '2' is never reached; give it one of from_day, from_day_past_maturity"),
    (OWN.replace("bpr.monthly", "bpr.montly"),
     "no rule 'id.kol.bpr.montly'; did you mean 'id.kol.bpr.monthly'?"),
    (LADDER + 'rung = [{ letter = "sp1", from_day = 7, days_to_pay = 7 }, '
     '{ letter = "sp2", from_day = 7, days_to_pay = 7 }]',
     "own.toml: ladder 'x': letters differ and from_day rises, or a rung is never reached; got [7, 7]"),
    (LADDER + 'rung = [{ letter = "sp1", from_day = -1, days_to_pay = 7 }]',
     "own.toml: rung 1: from_day = '-1'; write a whole number, 0 or more"),
    (CAP + 'tier = [{ daily_rate = "0.003" }, { daily_rate = "0.002", tenor_over = 6 }]',
     "own.toml: tier 2 is never reached; an earlier tier covers all of it"),
    (CAP + 'tier = [{ purpose = "productive" }]',
     "own.toml: tier 1: no 'daily_rate'; write a rate in quotes, such as \"0.003\", or late_daily_rate"),
    (COND + "most_a_day = 4\n",
     "own.toml: looser than 'id.conduct.pojk22', which it follows: most_a_day 4, the rule 3"),
    (COND + "to_time = 21:00:00\n",
     "own.toml: looser than 'id.conduct.pojk22', which it follows: hours 08:00-21:00, the rule 08:00-20:00"),
    (COND + 'most_a_day = 3\nparties = ["debtor", "spouse"]\n',
     "own.toml: looser than 'id.conduct.pojk22', which it follows: parties adds spouse"),
    (COND + 'days = ["mon", "senin"]\n', "own.toml: days 'senin' is unknown; write one of mon, tue, wed"),
    ('id = "x"\nkind = "calendar"\nyear = 2027\nholidays = [{ on = 2026-01-01 }]\n',
     "own.toml: calendar 'x': 2026-01-01 is not in its years 2027"),
    ('id = "x"\nkind = "waterfall"\ngroup = [{ walk = "instalment", cells = ["late interest"] }]\n',
     "own.toml: waterfall cell 'late interest': write a timing (past_due, due, in_advance) and a component"),
    ('id = "x"\nkind = "waterfall"\ngroup = [{ walk = "instalment", cells = ["due fee", "due fee"] }]\n',
     "own.toml: 'due fee' stands twice; the second is never reached"),
    ('id = "x"\nkind = "provision"\n[rates]\n1 = "0.05"\n2 = "0.01"\n',
     "own.toml: provision 'x': rates lie between 0 and 1 and never fall from class to class, got 0.05, 0.01"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [row for row in WRONG if row[1]])
def test_a_wrong_file_is_told_by_file_and_key(written, text, said):
    with pytest.raises(PolicyError) as caught:
        load_rule(written(text))
    assert str(caught.value).startswith(said)


def test_as_strict_as_the_rule_is_not_looser(written):
    text = OWN.replace("from_day = 16,", "from_day = 31,").replace("from_day = 91,", "from_day = 90,")
    assert load_rule(written(text)).bucket_for(90).code == "3"


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(PolicyError, match=r"gone\.toml: cannot be read: No such file"):
        load_rule(tmp_path / "gone.toml")


# --- calendars, against the list of another project (holidays on PyPI, read at test time) -----------------


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_holidays_are_those_of_an_independent_list(year):
    import holidays

    public = set(holidays.country_holidays("ID", years=year, categories=("public",)))
    leave = set(holidays.country_holidays("ID", years=year, categories=("government",))) - public
    calendar = rule(f"id.cal.{year}")
    assert {day for day, _ in calendar.holidays} == public
    assert {day for day, _ in calendar.cuti_bersama} == leave


@pytest.mark.parametrize(
    ("day", "holiday", "leave"),
    [
        (date(2026, 3, 18), False, True),
        (date(2026, 3, 19), True, False),
        (date(2026, 3, 20), False, True),
        (date(2026, 3, 25), False, False),
        (date(2026, 8, 17), True, False),
        (date(2025, 8, 18), False, True),
        (date(2026, 12, 31), False, False),
    ],
)
def test_joint_leave_is_not_a_national_holiday(day, holiday, leave):
    calendar = policy("id.cal.2025", "id.cal.2026").calendar
    assert (calendar.is_holiday(day), calendar.is_cuti_bersama(day)) == (holiday, leave)


def test_a_year_without_a_list_is_an_error():
    with pytest.raises(PolicyError) as caught:
        rule("id.cal.2026").is_holiday(date(2028, 1, 1))
    assert str(caught.value) == (
        "no holiday list for 2028; the calendar has 2026; add a calendar rule for that year"
    )


@pytest.mark.parametrize(
    ("day", "working", "following"),
    [
        (date(2026, 3, 18), "mon-fri", date(2026, 3, 25)),  # leave, Nyepi, leave, Idulfitri, leave
        (date(2026, 1, 3), "mon-fri", date(2026, 1, 5)),  # a Saturday
        (date(2026, 1, 3), "mon-sat", date(2026, 1, 3)),
        (date(2026, 1, 5), "mon-fri", date(2026, 1, 5)),
    ],
)
def test_the_next_working_day(day, working, following):
    assert rule("id.cal.2026").next_working_day(day, working=working) == following
