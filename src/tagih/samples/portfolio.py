"""Two hundred contracts of one lender: who, what, when, and how they pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from attrs import define

from tagih.samples.account import Happening, LateRule
from tagih.samples.chance import Chance
from tagih.samples.data import load
from tagih.samples.loans import END, EXPORTED, START, Loan, Terms, live, migrated
from tagih.samples.people import business, person
from tagih.samples.stories import STORIES

Spec = Mapping[str, Any]


@define
class Draft:
    """A contract before it has a number: instalment ``number`` falls due on ``due``."""

    group: Spec
    product: Spec
    terms: Terms
    due: date
    number: int
    goods: Spec
    chance: Chance


def portfolio(lender: str, spec: Spec | None = None) -> list[Loan]:
    """Every contract of the example lender, in the order of signing, with all that happened.

    ``spec`` makes another portfolio of the kind that data/LENDER/lender.toml describes.
    """
    spec = spec or load(f"{lender}/lender.toml")
    groups = [group for group in spec["groups"] for _ in range(group["count"])]
    order = Chance(lender, "groups").shuffled(range(len(groups)))
    drafts = [_draft(lender, spec, groups[which], which) for which in order]
    drafts.sort(key=lambda draft: draft.terms.signed_on(draft.due, draft.number))
    loans = [_loan(spec, draft, number + 1) for number, draft in enumerate(drafts)]
    _some_come_again(loans)
    for loan in loans:
        live(loan)
        if migrated(loan, spec.get("cutover")):
            loan.happenings.append(Happening("migration", spec["cutover"]))
    for loan in loans:
        if "story" in loan.group:
            STORIES[loan.group["story"]](loan, loans)
    for loan in loans:
        loan.happenings = [each for each in loan.happenings if each.day <= END]
        loan.status = loan.status or _status(loan, spec)
    return loans


def _some_come_again(loans: Sequence[Loan]) -> None:
    """Every twenty-fourth contract belongs to someone who has one at the same branch already."""
    for number in range(23, len(loans), 24):
        again = loans[number]
        earlier = [loan for loan in loans[:number] if loan.branch == again.branch]
        if earlier:
            again.person, again.collector = earlier[-1].person, earlier[-1].collector


def _draft(lender: str, spec: Spec, group: Spec, which: int) -> Draft:
    chance = Chance(lender, which)
    product = _product(chance, spec["products"], group)
    goods = chance.one_of(load("goods.toml")[product["goods"]]) if "goods" in product else {}
    terms = _terms(chance, product, goods)
    due, number = _standing(chance, group, product, terms)
    return Draft(group, product, terms, due, number, goods, chance)


def _product(chance: Chance, products: Sequence[Spec], group: Spec) -> Spec:
    fits = {each["name"]: each for each in products if group.get("product", each["name"]) == each["name"]}
    return fits[chance.weighted({name: each["weight"] for name, each in fits.items()})]


def _terms(chance: Chance, product: Spec, goods: Spec) -> Terms:
    tenor = chance.one_of(product["tenors"])
    advance = product.get("in_advance", False)
    if goods:
        principal = goods["price"] * chance.between(*product["share"]) // 100 // 50_000 * 50_000
    else:
        low, high, step = product["principal"]
        principal = chance.between(low // step, high // step) * step
    return Terms(
        method=product["method"],
        principal=principal,
        count=tenor + 1 if advance else tenor,
        flat_annual_rate=Fraction(chance.one_of(product.get("flat_annual_rates", ["0"]))),
        annual_rate=Fraction(chance.one_of(product.get("annual_rates", ["0"]))),
        unit=product.get("unit", 1000),
        in_advance=advance,
        step_days=product.get("step_days", 0),
    )


def _standing(chance: Chance, group: Spec, product: Spec, terms: Terms) -> tuple[date, int]:
    """A due date that puts the contract where its group says, and that instalment's number."""
    most = max(terms.count - 1, 1)
    least = min(group.get("at_least", 2), most)
    if group.get("ended"):
        latest = (EXPORTED - date(2025, 9, 1)).days
        days, number = chance.between(20, latest), terms.count
    elif "days_past_due" in group:
        days, number = chance.between(*group["days_past_due"]), chance.between(max(least, min(3, most)), most)
    else:
        days, number = chance.between(0, (terms.step_days or 29) - 1), chance.between(least, most)
    due, number = EXPORTED - timedelta(days), min(number, terms.count)
    number = (2 if terms.in_advance else 1) if group.get("first") else number
    since = product.get("since", START)
    while product.get("meets") and due.weekday() > 4:
        due -= timedelta(1)
    while due.day > product.get("last_due_day", 31):
        due -= timedelta(1)
    while number > 1 and terms.signed_on(due, number) < since:
        number -= 1
    while terms.signed_on(due, number) < since:
        due += timedelta(7)
    return due, number


def _loan(spec: Spec, draft: Draft, number: int) -> Loan:
    chance, terms = draft.chance, draft.terms
    branch = chance.one_of(list(spec["branches"]))
    place = spec["branches"][branch]
    someone = person(chance, f"{spec['debtor_prefix']}{number:06d}", place)
    if chance.percent(draft.product.get("businesses", 0)):
        someone = business(chance, someone)
    rule = LateRule(
        daily_rate=Fraction(draft.product.get("late", "0")),
        amount=draft.product.get("late_amount", 0),
        interest_first=spec.get("interest_first", False),
        each_day=spec.get("late_each_day", False),
    )
    loan = Loan(
        id=spec["contract_id"].format(number=number, year=terms.signed_on(draft.due, draft.number).year),
        person=someone,
        product=draft.product,
        place=place,
        branch=branch,
        collector=f"{branch}{chance.between(1, 3):02d}",
        terms=terms,
        instalments=terms.instalments(draft.due, draft.number),
        signed_on=terms.signed_on(draft.due, draft.number),
        rule=rule,
        group=draft.group,
        chance=chance,
        stops_before=draft.due if "days_past_due" in draft.group else date.max,
    )
    if draft.goods:
        loan.extra = _vehicle(chance, draft, loan)
    if draft.product.get("secured_by") == "land":
        loan.extra = _house(chance, loan)
    if draft.product.get("meets"):
        loan.extra["group"] = _circle(chance, loan)
    return loan


CIRCLES = ("Anggrek", "Cempaka", "Dahlia", "Kenanga", "Mawar", "Melati", "Seruni", "Teratai")


def _circle(chance: Chance, loan: Loan) -> str:
    """The group that meets on the weekday when the first instalment falls due."""
    weekday = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat")[min(loan.instalments[0].due_on.weekday(), 4)]
    return f"{chance.one_of(CIRCLES)} {loan.branch} {weekday}"


def _vehicle(chance: Chance, draft: Draft, loan: Loan) -> dict[str, str]:
    """A vehicle; number plates end in ZZ, chassis numbers begin with XX0, which nobody issues."""
    plate = load("places.toml")[loan.place]["plate"]
    year = loan.signed_on.year - chance.between(*draft.product["age"])
    serial = chance.between(100_000, 999_999)
    return {
        "secured_by": "vehicle",
        "make": draft.goods["make"],
        "type": draft.goods["type"],
        "year": str(year),
        "colour": chance.one_of(load("goods.toml")["colours"]),
        "plate": f"{plate} {chance.between(2000, 6999)} {chance.text('ABCDEFGHJKLMNPRSTUVWXY', 1)}ZZ",
        "chassis": f"XX0{chance.text('ABCDEFGHJKLMNPRSTUVWXYZ0123456789', 8)}{serial}",
        "engine": f"XX0E{chance.between(1_000_000, 9_999_999)}",
        "certificate": f"{chance.one_of('MNPQ')}-{chance.between(1_000_000, 9_999_999):08d}",
    }


def _house(chance: Chance, loan: Loan) -> dict[str, str]:
    """A house on titled land; certificates begin with 00, mortgages (hak tanggungan) too."""
    area = chance.between(60, 180)
    return {
        "secured_by": "land",
        "certificate": f"SHM 00{chance.between(1000, 9999)}",
        "land": f"{area} m2",
        "building": f"{chance.between(36, area)} m2",
        "location": f"{loan.person.address[1]}, {loan.person.city}",
        "mortgage": f"APHT 00{chance.between(100, 999)}/{loan.signed_on.year}",
    }


def _status(loan: Loan, spec: Spec) -> str:
    account = loan.account(EXPORTED)
    settled = account.principal + account.interest + account.late + account.fees == 0
    return "LUNAS" if settled else "AKTIF"
