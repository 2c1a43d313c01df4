"""May this debtor be contacted now?

The law bounds when, where, how often and whom; the answer names the rule and its source. Local
time is that of the debtor's home. The same question asked of a log of contacts gives the list of
breaches.

>>> budi = Debtor("D-1", "Budi", address=Address(("Jl. Kenanga 12",), "Makassar", "90111"))
>>> verdict = may_contact(budi, datetime(2026, 10, 30, 19, 30, tzinfo=ZONES["WIB"]))
>>> verdict.allowed, verdict.reason
(False, '20:30 WITA is outside 08:00-20:00')
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from typing import Any, Final

from attrs import evolve, field, frozen

from tagih.errors import InputError, PolicyError
from tagih.parties import Address, Debtor
from tagih.policies.calendar import Calendar
from tagih.policies.conduct import CONSENTABLE, WEEKDAYS, Conduct
from tagih.policies.loader import DATA, not_in_force, policy
from tagih.policies.policy import Policy
from tagih.words import HARI

ZONES: Final[dict[str, tzinfo]] = {
    name: timezone(timedelta(hours=hours), name) for name, hours in (("WIB", 7), ("WITA", 8), ("WIT", 9))
}
"""Indonesia's time zones; none has daylight saving."""

CHANNELS: Final = ("call", "message", "email", "letter", "app", "visit")
PARTIES: Final = (
    "debtor",
    "emergency_contact",
    "guarantor",
    "spouse",
    "family",
    "employer",
    "neighbour",
    "other",
)
PURPOSES: Final = ("collect", "locate")
PLACES: Final = ("billing_address", "domicile", "workplace", "other")

WORDS: Final = {
    "telepon": "call",
    "telp": "call",
    "phone": "call",
    "wa": "message",
    "whatsapp": "message",
    "sms": "message",
    "pesan": "message",
    "surel": "email",
    "surat": "letter",
    "aplikasi": "app",
    "kunjungan": "visit",
    "debitur": "debtor",
    "konsumen": "debtor",
    "nasabah": "debtor",
    "anggota": "debtor",
    "kontak darurat": "emergency_contact",
    "penjamin": "guarantor",
    "pasangan": "spouse",
    "suami": "spouse",
    "istri": "spouse",
    "keluarga": "family",
    "atasan": "employer",
    "kantor": "employer",
    "tetangga": "neighbour",
    "lainnya": "other",
    "alamat penagihan": "billing_address",
    "alamat": "billing_address",
    "domisili": "domicile",
    "rumah": "domicile",
    "tempat kerja": "workplace",
    "menagih": "collect",
    "penagihan": "collect",
    "mencari": "locate",
    "keberadaan": "locate",
    "jam": "hours",
    "hari": "days",
    "libur": "holidays",
    "tempat": "place",
}
"""Words of contact logs, and ours."""

SPOKEN: Final = {code: word for word, code in reversed(WORDS.items())} | {
    "debtor": "debitur",
    "message": "pesan",
    "spouse": "pasangan",
    "employer": "atasan",
}
"""Ours in Indonesian, for tables that people read."""


def _word(known: tuple[str, ...], what: str, value: str) -> str:
    plain = value.strip().casefold().replace("-", " ").replace("_", " ")
    word = WORDS.get(plain, plain.replace(" ", "_"))
    if word not in known:
        raise InputError(
            f"contact.{what}",
            "{what} '{value}' is unknown; write one of {known}",
            what=what,
            value=value,
            known=", ".join(known),
        )
    return word


def _channel(value: str) -> str:
    return _word(CHANNELS, "channel", value)


def _party(value: str) -> str:
    return _word(PARTIES, "party", value)


def _place(value: str) -> str:
    return _word(PLACES, "place", value) if value else ""


def _purpose(value: str) -> str:
    return _word(PURPOSES, "purpose", value) if value else "collect"


def _consent(values: Iterable[str] | str) -> tuple[str, ...]:
    names = values.replace(",", " ").split() if isinstance(values, str) else values
    return tuple(_word(CONSENTABLE, "consent", name) for name in names)


@frozen
class Contact:
    """One contact about a debt, made or meant.

    ``when`` is an aware moment, or without a zone the debtor's own local time. A visit names its
    ``place``. ``purpose`` is to collect, or only to locate: ask where the debtor is. ``consent``
    names what the debtor had agreed to for this contact: hours, days, holidays, place.
    """

    when: datetime
    channel: str = field(default="call", converter=_channel)
    party: str = field(default="debtor", converter=_party)
    place: str = field(default="", converter=_place)
    purpose: str = field(default="collect", converter=_purpose)
    id: str = ""
    debtor_id: str = ""
    consent: tuple[str, ...] = field(default=(), converter=_consent)


@frozen
class Consent:
    """What the debtor agreed to beforehand: of ``hours``, ``days``, ``holidays``, ``place``.

    In force from ``from_day`` to ``until``, both included. Consent to hours may name them.
    """

    widens: tuple[str, ...]
    from_day: date | None = None
    until: date | None = None
    from_time: time = time.min
    to_time: time = time.max

    def covers(self, what: str, local: datetime) -> bool:
        """Whether this consent sets ``what`` aside at that moment (debtor's local time)."""
        day = local.date()
        return (
            what in self.widens
            and (self.from_day is None or self.from_day <= day)
            and (self.until is None or day <= self.until)
            and (what != "hours" or self.from_time <= local.time() <= self.to_time)
        )


@frozen
class Breach:
    """One bound that a contact breaks: its code, and what was found."""

    code: str
    text: str
    fields: Mapping[str, Any] = field(factory=dict, hash=False)


@frozen
class Verdict:
    """The answer: allowed or not, under which rule and source, and why not.

    ``reason`` is the first breach, or empty; ``breaches`` are all of them. ``local`` is the
    moment in the debtor's own time.
    """

    allowed: bool
    rule: str
    source: str
    local: datetime
    breaches: tuple[Breach, ...] = ()
    mark: str = ""

    @property
    def reason(self) -> str:
        """Why not: the first bound that is broken."""
        return self.breaches[0].text if self.breaches else ""


# --- zones ------------------------------------------------------------------------------------


@cache
def _places() -> tuple[dict[str, str], tuple[tuple[int, int, str], ...]]:
    provinces: dict[str, str] = {}
    ranges = []
    for zone, table in tomllib.loads((DATA / "places" / "zones.toml").read_text("utf-8")).items():
        provinces |= {_plain(name): zone for name in table["provinces"]}
        for span in table["postcodes"]:
            first, _, last = span.partition("-")
            ranges.append((int(first), int(last), zone))
    return provinces, tuple(ranges)


def _plain(province: str) -> str:
    words = province.casefold().replace(".", " ").replace("-", " ").split()
    return " ".join(word for word in words if word not in ("provinsi", "prov", "propinsi"))


def zone_at(address: Address) -> str:
    """WIB, WITA or WIT of an address, by its province, else its postcode; empty where neither says.

    >>> zone_at(Address(province="Kalimantan Barat")), zone_at(Address(postal_code="76114"))
    ('WIB', 'WITA')
    """
    provinces, ranges = _places()
    found = provinces.get(_plain(address.province), "")
    if found or len(address.postal_code) != 5 or not address.postal_code.isdigit():
        return found
    start = int(address.postal_code[:2])
    return next((zone for first, last, zone in ranges if first <= start <= last), "")


def zone_of(debtor: Debtor) -> tzinfo:
    """The debtor's own zone: given, else that of the domicile, else of the address.

    Raises:
        InputError: If none says, or the zone given is unknown.
    """
    if not debtor.time_zone:
        for address in (debtor.domicile, debtor.address):
            if address is not None and (found := zone_at(address)):
                return ZONES[found]
        raise InputError(
            "contact.zone",
            "debtor {id}: no time zone; give time_zone, or an address with a province or a postcode",
            id=debtor.id,
        )
    if debtor.time_zone in ZONES:
        return ZONES[debtor.time_zone]
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # only for zones beyond Indonesia's three

    try:
        return ZoneInfo(debtor.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(
            "contact.zone_name",
            "debtor {id}: time zone '{zone}' is unknown; write WIB, WITA, WIT or a name like Asia/Jakarta",
            id=debtor.id,
            zone=debtor.time_zone,
        ) from error


# --- the question -------------------------------------------------------------------------------


@cache
def usual() -> Policy:
    """The conduct rule now in force, and every calendar that tagih has."""
    calendars = sorted(path.stem for path in DATA.glob("id.cal.*.toml"))
    return policy("id.conduct.pojk22", *calendars)


def may_contact(
    debtor: Debtor,
    when: datetime,
    channel: str = "call",
    party: str = "debtor",
    *,
    policy: Policy | None = None,
    place: str = "",
    purpose: str = "collect",
    earlier: Iterable[Contact] = (),
    consents: Iterable[Consent] = (),
) -> Verdict:
    """Whether a debtor may be contacted: by this channel, this party, at this moment.

    Args:
        when: An aware moment, or without a zone the debtor's own local time.
        policy: Holds the conduct rule and a calendar; without it `usual`.
        place: Where a visit is made: billing_address, domicile, workplace, other.
        purpose: To collect, or only to locate (ask where the debtor is).
        earlier: Contacts about this debtor's debts so far; those of the same local day count.
        consents: What the debtor agreed to beforehand.

    Raises:
        PolicyError: If there is no holiday list for that year, or the rule is not in force that day.
        InputError: If the debtor's zone is unknown, or a word is.
    """
    contact = Contact(when, channel, party, place, purpose, debtor_id=debtor.id)
    return judge(debtor, contact, policy or usual(), earlier=earlier, consents=consents)


def judge(
    debtor: Debtor,
    contact: Contact,
    policy: Policy,
    *,
    earlier: Iterable[Contact] = (),
    consents: Iterable[Consent] = (),
) -> Verdict:
    """`may_contact` for a `Contact`."""
    conduct, calendar = _rules(policy)
    zone = zone_of(debtor)
    local = _local(contact, zone)
    if not conduct.about.in_force(local.date()) and not conduct.about.mark:
        raise not_in_force(conduct.about, local.date())
    agreed = (*consents, *([Consent(contact.consent)] if contact.consent else []))
    counted = sum(
        1
        for other in earlier
        if other.party in conduct.parties
        and _local(other, zone).date() == local.date()
        and _local(other, zone) <= local
    )
    breaches = (
        *_whom(contact, conduct),
        *_how_often(contact, counted, conduct),
        *_when(local, conduct, calendar, agreed),
        *_where(contact, local, conduct, agreed),
    )
    about = conduct.about
    return Verdict(not breaches, about.id, about.cites, local, breaches, about.mark)


def _rules(policy: Policy) -> tuple[Conduct, Calendar]:
    if policy.conduct is None or policy.calendar is None:
        missing = "conduct rule" if policy.conduct is None else "calendar"
        raise PolicyError(
            "contact.policy",
            "the policy has no {missing}; add one, such as id.conduct.pojk22 and id.cal.2026",
            missing=missing,
        )
    return policy.conduct, policy.calendar


def _local(contact: Contact, zone: tzinfo) -> datetime:
    when = contact.when
    return when.astimezone(zone) if when.tzinfo else when.replace(tzinfo=zone)


def _breach(code: str, text: str, **fields: Any) -> Breach:
    return Breach(code, text.format(**fields), fields)


def _named(field: str, value: str) -> dict[str, str]:
    return {field: value, "spoken": SPOKEN.get(value, value)}


def _whom(contact: Contact, conduct: Conduct) -> Iterator[Breach]:
    if contact.party in conduct.parties:
        return
    if contact.party not in conduct.locate_only:
        yield _breach("party", "'{party}' is not the debtor", **_named("party", contact.party))
    elif contact.purpose != "locate":
        yield _breach(
            "locate_only", "'{party}' may only be asked where the debtor is", **_named("party", contact.party)
        )


def _how_often(contact: Contact, counted: int, conduct: Conduct) -> Iterator[Breach]:
    most = conduct.most_a_day
    if most is not None and contact.party in conduct.parties and counted >= most:
        yield _breach("count", "contact {number} of the day; at most {most}", number=counted + 1, most=most)


def _when(
    local: datetime, conduct: Conduct, calendar: Calendar, agreed: tuple[Consent, ...]
) -> Iterator[Breach]:
    day, name = local.date(), WEEKDAYS[local.weekday()]
    if name not in conduct.days and not _agreed("days", local, agreed):
        english, indonesian = f"{local:%A}", HARI[local.weekday()]
        yield _breach("day", "{day} is a {name}", day=day.isoformat(), name=english, hari=indonesian)
    for blocked, is_one, code in (
        (conduct.national_holidays, calendar.is_holiday(day), "holiday"),
        (conduct.cuti_bersama, calendar.is_cuti_bersama(day), "cuti_bersama"),
    ):
        if blocked == "blocked" and is_one and not _agreed("holidays", local, agreed):
            yield _breach(code, "{day} is a holiday: {name}", day=day.isoformat(), name=calendar.name(day))
    clock = local.time()
    if not conduct.from_time <= clock <= conduct.to_time and not _agreed("hours", local, agreed):
        yield _breach(
            "hours",
            "{at} {zone} is outside {first}-{last}",
            at=f"{clock:%H:%M:%S}" if clock.second else f"{clock:%H:%M}",
            zone=local.tzname(),
            first=f"{conduct.from_time:%H:%M}",
            last=f"{conduct.to_time:%H:%M}",
        )


def _where(
    contact: Contact, local: datetime, conduct: Conduct, agreed: tuple[Consent, ...]
) -> Iterator[Breach]:
    if contact.channel != "visit" or contact.place in conduct.places or _agreed("place", local, agreed):
        return
    if contact.place:
        yield _breach(
            "place", "'{place}' is not the billing address or home", **_named("place", contact.place)
        )
    else:
        yield _breach("no_place", "a visit must say where: {known}", known=", ".join(conduct.places))


def _agreed(what: str, local: datetime, agreed: tuple[Consent, ...]) -> bool:
    return any(consent.covers(what, local) for consent in agreed)


def next_moment(
    debtor: Debtor,
    when: datetime,
    *,
    policy: Policy | None = None,
    earlier: Iterable[Contact] = (),
    days: int = 30,
) -> datetime | None:
    """The first moment from ``when`` on at which the debtor may be called, in the debtor's own time.

    None where there is none within ``days`` days.

    >>> budi = Debtor("D-1", "Budi", time_zone="WIB")
    >>> next_moment(budi, datetime(2026, 8, 15, 20, 1, tzinfo=ZONES["WIB"])).isoformat()
    '2026-08-18T08:00:00+07:00'
    """
    chosen = policy or usual()
    conduct, _ = _rules(chosen)
    start = _local(Contact(when), zone_of(debtor))
    known = tuple(earlier)
    for offset in range(days + 1):
        midnight = datetime.combine(start.date() + timedelta(days=offset), time.min, start.tzinfo)
        moment = max(start, midnight + (_since(conduct.from_time)))
        if judge(debtor, Contact(moment), chosen, earlier=known).allowed:
            return moment
    return None


def _since(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


# --- a log --------------------------------------------------------------------------------------


@frozen
class Finding:
    """One breach in a log of contacts, with its evidence: the contact, the day's count before it."""

    contact: Contact
    verdict: Verdict
    breach: Breach
    earlier_that_day: int


@frozen
class Audit:
    """What a log showed: how many contacts were judged, and every breach."""

    contacts: int
    findings: tuple[Finding, ...]

    @property
    def breaching(self) -> int:
        """How many contacts break at least one bound."""
        return len({id(finding.contact) for finding in self.findings})


def audit(
    log: Iterable[Contact],
    debtors: Mapping[str, Debtor],
    policy: Policy | None = None,
    *,
    consents: Mapping[str, tuple[Consent, ...]] | None = None,
) -> Audit:
    """Back-test a log: every contact judged on its own day, in the order of time.

    ``debtors`` and ``consents`` are by debtor id. A contact of an unknown debtor is an error.

    Raises:
        InputError: If a contact names a debtor that is not known.
    """
    chosen = policy or usual()
    by_debtor: dict[str, list[Contact]] = {}
    for contact in log:
        if contact.debtor_id not in debtors:
            raise InputError(
                "contact.debtor",
                "contact {id}: debtor '{debtor}' is not known",
                id=contact.id,
                debtor=contact.debtor_id,
            )
        by_debtor.setdefault(contact.debtor_id, []).append(contact)
    findings = []
    for debtor_id, contacts in by_debtor.items():
        debtor, zone = debtors[debtor_id], zone_of(debtors[debtor_id])
        ordered = sorted(contacts, key=lambda contact: (_local(contact, zone), contact.id))
        agreed = (consents or {}).get(debtor_id, ())
        for place, contact in enumerate(ordered):
            day = _local(contact, zone).date()
            earlier = [other for other in ordered[:place] if _local(other, zone).date() == day]
            verdict = judge(debtor, contact, chosen, earlier=earlier, consents=agreed)
            findings += [Finding(contact, verdict, breach, len(earlier)) for breach in verdict.breaches]
    findings.sort(key=lambda found: (found.verdict.local, found.contact.id))
    return Audit(sum(map(len, by_debtor.values())), tuple(findings))


def strict(base: Policy | None = None) -> Policy:
    """The same policy with joint leave (cuti bersama) blocked too."""
    chosen = base or usual()
    conduct, _ = _rules(chosen)
    return evolve(chosen, conduct=evolve(conduct, cuti_bersama="blocked"))
