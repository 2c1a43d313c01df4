"""May this debtor be contacted now? Both ends of the hours, three zones, holidays of two years, consent."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tagih.conduct import (
    ZONES,
    Consent,
    Contact,
    audit,
    may_contact,
    next_moment,
    strict,
    usual,
    zone_at,
    zone_of,
)
from tagih.errors import InputError, PolicyError
from tagih.parties import Address, Debtor
from tagih.policies import policy

HOME = {
    "WIB": Debtor("D-1", "Ratna", address=Address(("Jl. Melati 3",), "Bandung", "40291", "Jawa Barat")),
    "WITA": Debtor("D-2", "Made", address=Address(("Jl. Kamboja 8",), "Denpasar", "80111")),
    "WIT": Debtor("D-3", "Yohana", address=Address(("Jl. Pantai 1",), "Ambon", "", "Maluku")),
}
ANY = Consent(("hours", "days", "holidays", "place"))

# debtor's zone, moment (in the zone written; "own": the debtor's own), channel, party, what more, breaches.
# POJK 22/2023 pasal 62: Monday to Saturday, not on national holidays, 08.00-20.00, at most three a day,
# only the consumer, at the billing address or domicile; otherwise with consent.
# 2026-10-30 is a Friday. Holidays: SKB 3 Menteri for 2025 and 2026.
TABLE = [
    # the hours, both ends, in each zone
    ("WIB", "2026-10-30 07:59:59", "own", "call", "debtor", {}, "hours"),
    ("WIB", "2026-10-30 08:00:00", "own", "call", "debtor", {}, ""),
    ("WIB", "2026-10-30 20:00:00", "own", "call", "debtor", {}, ""),
    ("WIB", "2026-10-30 20:00:01", "own", "call", "debtor", {}, "hours"),
    ("WITA", "2026-10-30 07:59:59", "own", "call", "debtor", {}, "hours"),
    ("WITA", "2026-10-30 08:00:00", "own", "call", "debtor", {}, ""),
    ("WITA", "2026-10-30 20:00:00", "own", "call", "debtor", {}, ""),
    ("WITA", "2026-10-30 20:00:01", "own", "call", "debtor", {}, "hours"),
    ("WIT", "2026-10-30 07:59:59", "own", "call", "debtor", {}, "hours"),
    ("WIT", "2026-10-30 08:00:00", "own", "call", "debtor", {}, ""),
    ("WIT", "2026-10-30 20:00:00", "own", "call", "debtor", {}, ""),
    ("WIT", "2026-10-30 20:00:01", "own", "call", "debtor", {}, "hours"),
    ("WIB", "2026-10-30 00:00:00", "own", "message", "debtor", {}, "hours"),
    ("WIB", "2026-10-30 12:00:00", "own", "message", "debtor", {}, ""),
    # a collector in Jakarta calls east, and one in Ambon calls west
    ("WITA", "2026-10-30 07:00:00", "WIB", "call", "debtor", {}, ""),
    ("WITA", "2026-10-30 06:59:00", "WIB", "call", "debtor", {}, "hours"),
    ("WITA", "2026-10-30 19:00:00", "WIB", "call", "debtor", {}, ""),
    ("WITA", "2026-10-30 19:01:00", "WIB", "call", "debtor", {}, "hours"),
    ("WIT", "2026-10-30 06:00:00", "WIB", "call", "debtor", {}, ""),
    ("WIT", "2026-10-30 18:00:00", "WIB", "call", "debtor", {}, ""),
    ("WIT", "2026-10-30 18:01:00", "WIB", "call", "debtor", {}, "hours"),
    ("WIB", "2026-10-30 09:59:00", "WIT", "call", "debtor", {}, "hours"),
    ("WIB", "2026-10-30 10:00:00", "WIT", "call", "debtor", {}, ""),
    ("WIB", "2026-10-30 22:00:00", "WIT", "call", "debtor", {}, ""),
    # the day is the debtor's: Saturday evening in Jakarta is Sunday in Ambon
    ("WIT", "2026-10-31 22:30:00", "WIB", "call", "debtor", {}, "day hours"),
    ("WIB", "2026-11-01 01:30:00", "WIT", "call", "debtor", {}, "hours"),
    # Saturday, Sunday, Monday
    ("WIB", "2026-10-31 10:00:00", "own", "call", "debtor", {}, ""),
    ("WIB", "2026-11-01 10:00:00", "own", "call", "debtor", {}, "day"),
    ("WIB", "2026-11-02 10:00:00", "own", "call", "debtor", {}, ""),
    ("WIB", "2026-11-01 21:00:00", "own", "call", "debtor", {}, "day hours"),
    # national holidays of two years, and the days beside them
    ("WIB", "2025-08-16 10:00:00", "own", "call", "debtor", {}, ""),
    ("WIB", "2025-05-01 10:00:00", "own", "call", "debtor", {}, "holiday"),
    ("WIB", "2025-12-25 10:00:00", "own", "call", "debtor", {}, "holiday"),
    ("WIB", "2025-03-31 10:00:00", "own", "call", "debtor", {}, "holiday"),
    ("WIB", "2025-09-05 10:00:00", "own", "call", "debtor", {}, "holiday"),
    ("WIB", "2025-09-06 10:00:00", "own", "call", "debtor", {}, ""),
    ("WIB", "2026-01-01 10:00:00", "own", "call", "debtor", {}, "holiday"),
    ("WIB", "2026-01-02 10:00:00", "own", "call", "debtor", {}, ""),
    ("WIB", "2026-03-19 10:00:00", "own", "call", "debtor", {}, "holiday"),
    ("WIB", "2026-03-21 10:00:00", "own", "call", "debtor", {}, "holiday"),
    ("WIB", "2026-03-22 10:00:00", "own", "call", "debtor", {}, "day holiday"),
    ("WIB", "2026-08-17 10:00:00", "own", "call", "debtor", {}, "holiday"),
    ("WIB", "2026-08-18 10:00:00", "own", "call", "debtor", {}, ""),
    ("WITA", "2026-12-25 10:00:00", "own", "call", "debtor", {}, "holiday"),
    # joint leave is not a national holiday; a lender may block it too
    ("WIB", "2026-03-20 10:00:00", "own", "call", "debtor", {}, ""),
    ("WIB", "2025-08-18 10:00:00", "own", "call", "debtor", {}, ""),
    ("WIB", "2026-03-20 10:00:00", "own", "call", "debtor", {"policy": "strict"}, "cuti_bersama"),
    ("WIB", "2026-12-24 10:00:00", "own", "call", "debtor", {"policy": "strict"}, "cuti_bersama"),
    # at most three a day
    ("WIB", "2026-10-30 15:00:00", "own", "call", "debtor", {"earlier": 0}, ""),
    ("WIB", "2026-10-30 15:00:00", "own", "call", "debtor", {"earlier": 2}, ""),
    ("WIB", "2026-10-30 15:00:00", "own", "call", "debtor", {"earlier": 3}, "count"),
    ("WIB", "2026-10-30 15:00:00", "own", "message", "debtor", {"earlier": 3}, "count"),
    ("WIB", "2026-10-31 15:00:00", "own", "call", "debtor", {"earlier": 3}, ""),
    ("WIB", "2026-10-30 15:00:00", "own", "call", "debtor", {"earlier": 3, "consents": [ANY]}, "count"),
    # only the debtor; an emergency contact only to ask where the debtor is
    ("WIB", "2026-10-30 10:00:00", "own", "call", "emergency_contact", {}, "locate_only"),
    ("WIB", "2026-10-30 10:00:00", "own", "call", "emergency_contact", {"purpose": "locate"}, ""),
    ("WIB", "2026-10-30 21:00:00", "own", "call", "emergency_contact", {"purpose": "locate"}, "hours"),
    ("WIB", "2026-10-30 10:00:00", "own", "call", "spouse", {}, "party"),
    ("WIB", "2026-10-30 10:00:00", "own", "call", "employer", {"purpose": "locate"}, "party"),
    ("WIB", "2026-10-30 10:00:00", "own", "message", "neighbour", {"consents": [ANY]}, "party"),
    # visits: at the billing address or home
    ("WIB", "2026-10-30 10:00:00", "own", "visit", "debtor", {"place": "domicile"}, ""),
    ("WIB", "2026-10-30 10:00:00", "own", "visit", "debtor", {"place": "billing_address"}, ""),
    ("WIB", "2026-10-30 10:00:00", "own", "visit", "debtor", {"place": "workplace"}, "place"),
    ("WIB", "2026-10-30 10:00:00", "own", "visit", "debtor", {}, "no_place"),
    ("WIB", "2026-10-30 21:00:00", "own", "visit", "spouse", {"place": "other"}, "party hours place"),
    # consent widens place and time, within its own bounds
    ("WIB", "2026-10-30 21:00:00", "own", "call", "debtor", {"consents": [ANY]}, ""),
    ("WIB", "2026-11-01 21:00:00", "own", "call", "debtor", {"consents": [ANY]}, ""),
    ("WIB", "2026-08-17 10:00:00", "own", "call", "debtor", {"consents": [ANY]}, ""),
    ("WIB", "2026-11-01 21:00:00", "own", "call", "debtor", {"consents": [Consent(("days",))]}, "hours"),
    ("WIB", "2026-10-30 10:00:00", "own", "visit", "debtor",
     {"place": "workplace", "consents": [Consent(("place",))]}, ""),
    ("WIB", "2026-10-30 21:00:00", "own", "call", "debtor",
     {"consents": [Consent(("hours",), until=date(2026, 10, 30))]}, ""),
    ("WIB", "2026-10-31 21:00:00", "own", "call", "debtor",
     {"consents": [Consent(("hours",), until=date(2026, 10, 30))]}, "hours"),
    ("WIB", "2026-10-30 21:00:00", "own", "call", "debtor",
     {"consents": [Consent(("hours",), from_day=date(2026, 10, 31))]}, "hours"),
    ("WIB", "2026-10-30 22:00:00", "own", "call", "debtor",
     {"consents": [Consent(("hours",), from_time=time(20), to_time=time(22))]}, ""),
    ("WIB", "2026-10-30 22:01:00", "own", "call", "debtor",
     {"consents": [Consent(("hours",), from_time=time(20), to_time=time(22))]}, "hours"),
]  # fmt: skip


def test_the_table_is_long_enough():
    assert len(TABLE) >= 60


@pytest.mark.parametrize(("zone", "when", "written", "channel", "party", "more", "breaches"), TABLE)
def test_contact_is_allowed_within_the_bounds(zone, when, written, channel, party, more, breaches):
    moment = datetime.fromisoformat(when)
    if written != "own":
        moment = moment.replace(tzinfo=ZONES[written])
    given = dict(more)
    if given.get("policy") == "strict":
        given["policy"] = strict()
    morning = datetime(2026, 10, 30, 9, 0)  # noqa: DTZ001 - the debtor's own time
    given["earlier"] = [Contact(morning + timedelta(minutes=n)) for n in range(given.get("earlier", 0))]
    verdict = may_contact(HOME[zone], moment, channel, party, **given)
    assert " ".join(breach.code for breach in verdict.breaches) == breaches
    assert verdict.allowed == (not breaches)
    assert verdict.rule == "id.conduct.pojk22"
    assert verdict.source == "POJK 22/2023 pasal 62"


REASONS = [
    ({"when": "2026-10-30 20:01"}, "20:01 WIB is outside 08:00-20:00"),
    ({"when": "2026-11-01 10:00"}, "2026-11-01 is a Sunday"),
    ({"when": "2026-08-17 10:00"}, "2026-08-17 is a holiday: Proklamasi Kemerdekaan"),
    ({"when": "2026-10-30 10:00", "party": "spouse"}, "'spouse' is not the debtor"),
    ({"when": "2026-10-30 10:00", "party": "kontak darurat"},
     "'emergency_contact' may only be asked where the debtor is"),
    ({"when": "2026-10-30 10:00", "channel": "kunjungan", "place": "tempat kerja"},
     "'workplace' is not the billing address or home"),
    ({"when": "2026-10-30 10:00", "channel": "visit"}, "a visit must say where: billing_address, domicile"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "reason"), REASONS)
def test_a_denial_says_why(asked, reason):
    when = datetime.fromisoformat(asked.pop("when"))
    assert may_contact(HOME["WIB"], when, **asked).reason == reason


def test_a_year_without_a_holiday_list_is_an_error():
    with pytest.raises(
        PolicyError, match="no holiday list for 2030; the calendar has 2024, 2025, 2026, 2027"
    ):
        may_contact(HOME["WIB"], datetime(2030, 1, 2, 10, 0))  # noqa: DTZ001


def test_a_rule_is_not_asked_about_days_before_it():
    with pytest.raises(PolicyError, match="not in force on 2023-12-21"):
        may_contact(HOME["WIB"], datetime(2023, 12, 21, 10, 0))  # noqa: DTZ001


def test_a_policy_without_a_calendar_is_refused():
    with pytest.raises(PolicyError, match="no calendar; add one"):
        may_contact(HOME["WIB"], datetime(2026, 1, 5, 10, 0), policy=policy("id.conduct.pojk22"))  # noqa: DTZ001
    with pytest.raises(PolicyError, match="no conduct rule; add one"):
        may_contact(HOME["WIB"], datetime(2026, 1, 5, 10, 0), policy=policy("id.cal.2026"))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("channel", "merpati", "channel 'merpati' is unknown; write one of call, message"),
        ("party", "bos", "party 'bos' is unknown; write one of debtor, emergency_contact"),
        ("place", "pasar", "place 'pasar' is unknown; write one of billing_address, domicile"),
    ],
)
def test_an_unknown_word_is_told(field, value, said):
    with pytest.raises(InputError, match=said):
        may_contact(HOME["WIB"], datetime(2026, 10, 30, 10, 0), **{field: value})  # noqa: DTZ001


@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)), st.sampled_from(sorted(HOME)))  # noqa: DTZ001
def test_the_zone_a_moment_is_written_in_does_not_matter(moment, zone):
    own = moment.replace(tzinfo=ZONES[zone])
    verdicts = {may_contact(HOME[zone], own.astimezone(other)).allowed for other in (*ZONES.values(), UTC)}
    assert verdicts == {may_contact(HOME[zone], moment).allowed}


@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)))  # noqa: DTZ001
def test_a_stricter_policy_never_allows_more(moment):
    usually = may_contact(HOME["WIB"], moment).allowed
    assert usually or not may_contact(HOME["WIB"], moment, policy=strict()).allowed


# --- zones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("province", "postcode", "zone"),
    [
        ("Jawa Barat", "", "WIB"),
        ("DKI Jakarta", "", "WIB"),
        ("Provinsi Kalimantan Barat", "", "WIB"),
        ("KALIMANTAN TENGAH", "", "WIB"),
        ("Kalimantan Selatan", "", "WITA"),
        ("Prov. Bali", "", "WITA"),
        ("NTT", "", "WITA"),
        ("Papua Barat Daya", "", "WIT"),
        ("Maluku Utara", "", "WIT"),
        ("", "10110", "WIB"),
        ("", "69485", "WIB"),
        ("", "70111", "WITA"),  # Banjarmasin
        ("", "73111", "WIB"),  # Palangka Raya
        ("", "74111", "WIB"),
        ("", "75111", "WITA"),  # Samarinda
        ("", "77111", "WITA"),
        ("", "78863", "WIB"),  # Ketapang: https://daftarkodepos.com/kodepos-air-upas-kabupaten-ketapang/
        ("", "71184", "WITA"),  # Tapin: https://daftarkodepos.com/kodepos-hatungun-kabupaten-tapin/
        ("", "80111", "WITA"),
        ("", "96111", "WITA"),
        ("", "97752", "WIT"),  # Halmahera Barat
        ("", "99111", "WIT"),
        ("Atlantis", "80111", "WITA"),
        ("", "8011", ""),
        ("", "", ""),
    ],
)
def test_province_or_postcode_say_the_zone(province, postcode, zone):
    assert zone_at(Address(province=province, postal_code=postcode)) == zone


def test_every_province_has_a_zone():
    # the 38 provinces since 2022
    names = """Aceh, Sumatera Utara, Sumatera Barat, Riau, Jambi, Sumatera Selatan, Bengkulu, Lampung,
    Kepulauan Bangka Belitung, Kepulauan Riau, DKI Jakarta, Jawa Barat, Jawa Tengah, DI Yogyakarta,
    Jawa Timur,
    Banten, Bali, Nusa Tenggara Barat, Nusa Tenggara Timur, Kalimantan Barat, Kalimantan Tengah,
    Kalimantan Selatan, Kalimantan Timur, Kalimantan Utara, Sulawesi Utara, Sulawesi Tengah, Sulawesi Selatan,
    Sulawesi Tenggara, Gorontalo, Sulawesi Barat, Maluku, Maluku Utara, Papua, Papua Barat, Papua Selatan,
    Papua Tengah, Papua Pegunungan, Papua Barat Daya"""
    zones = [zone_at(Address(province=" ".join(name.split()))) for name in names.split(",")]
    assert len(zones) == 38
    assert [zones.count(zone) for zone in ("WIB", "WITA", "WIT")] == [18, 12, 8]


def test_a_zone_given_wins_then_the_domicile_then_the_address():
    bali, papua = Address(province="Bali"), Address(province="Papua")
    assert zone_of(Debtor("D", "Sari", address=papua, domicile=bali)) is ZONES["WITA"]
    assert zone_of(Debtor("D", "Sari", address=papua, domicile=bali, time_zone="WIB")) is ZONES["WIB"]
    assert zone_of(Debtor("D", "Sari", address=papua, domicile=Address())) is ZONES["WIT"]
    assert str(zone_of(Debtor("D", "Sari", time_zone="Asia/Jakarta"))) == "Asia/Jakarta"
    with pytest.raises(InputError, match="debtor D: no time zone; give time_zone, or an address"):
        zone_of(Debtor("D", "Sari"))
    with pytest.raises(InputError, match="time zone 'Bandung' is unknown; write WIB, WITA, WIT"):
        zone_of(Debtor("D", "Sari", time_zone="Bandung"))


# --- the next moment --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "start", "then"),
    [
        ("WIB", "2026-10-30 10:00", "2026-10-30T10:00:00+07:00"),
        ("WIB", "2026-10-30 20:01", "2026-10-31T08:00:00+07:00"),
        ("WIB", "2026-10-31 20:01", "2026-11-02T08:00:00+07:00"),  # not on Sunday
        ("WIB", "2026-03-19 09:00", "2026-03-20T08:00:00+07:00"),  # joint leave is allowed
        ("WIT", "2026-12-24 20:30", "2026-12-26T08:00:00+09:00"),
    ],
)
def test_the_next_moment_to_call(zone, start, then):
    assert next_moment(HOME[zone], datetime.fromisoformat(start)).isoformat() == then


def test_no_moment_is_an_answer_too():
    conduct = evolve(usual().conduct, days=("sun",))
    asked = datetime(2026, 10, 26, 9, 0)  # noqa: DTZ001
    assert next_moment(HOME["WIB"], asked, policy=evolve(usual(), conduct=conduct), days=5) is None


# --- a log --------------------------------------------------------------------------------------------


def test_a_log_is_judged_in_the_order_of_time_and_each_breach_has_its_evidence():
    def at(hour, debtor="D-1", id="", **more):
        moment = datetime(2026, 10, 30, hour, tzinfo=ZONES["WIB"])
        return Contact(moment, debtor_id=debtor, id=id or f"{debtor}-{hour}", **more)

    log = [at(16), at(9), at(11), at(13), at(17, party="spouse"), at(19, "D-2"), at(20, "D-2"), at(12, "D-2")]
    found = audit(log, {debtor.id: debtor for debtor in HOME.values()})
    assert (found.contacts, found.breaching) == (8, 3)
    assert [(row.contact.id, row.breach.code, row.earlier_that_day) for row in found.findings] == [
        ("D-1-16", "count", 3),
        ("D-1-17", "party", 4),
        ("D-2-20", "hours", 2),
    ]
    assert found.findings[2].breach.text == "21:00 WITA is outside 08:00-20:00"


def test_a_log_with_an_unknown_debtor_is_refused():
    contact = Contact(datetime(2026, 10, 30, 9, tzinfo=ZONES["WIB"]), id="C-1", debtor_id="D-9")
    with pytest.raises(InputError, match="contact C-1: debtor 'D-9' is not known"):
        audit([contact], {})


def test_consent_of_one_debtor_is_not_anothers():
    night = datetime(2026, 10, 30, 21, 0)  # noqa: DTZ001
    log = [Contact(night, debtor_id=debtor.id, id=debtor.id) for debtor in HOME.values()]
    debtors = {debtor.id: debtor for debtor in HOME.values()}
    found = audit(log, debtors, consents={"D-1": (ANY,)})
    assert sorted(row.contact.id for row in found.findings) == ["D-2", "D-3"]
