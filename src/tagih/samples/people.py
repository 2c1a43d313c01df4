"""Debtors who do not exist, in towns that do.

Names are put together from parts by region; phone numbers begin with 0000, which no operator uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from tagih.samples.chance import Chance
from tagih.samples.data import load

ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


@frozen
class Person:
    """A debtor: the number at the lender, a name, an address."""

    id: str
    name: str
    salutation: str
    address: tuple[str, ...]
    city: str
    postal_code: str
    province: str
    time_zone: str
    phone: str


def person(chance: Chance, id: str, place: str) -> Person:
    """Someone living in ``place``, a key of places.toml."""
    town = load("places.toml")[place]
    woman = chance.percent(42)
    village, district, postal_code = chance.one_of(town["villages"]).split("/")
    return Person(
        id=id,
        name=_name(chance, load("names.toml")[chance.one_of(town["names"])], woman),
        salutation="Ibu" if woman else "Bapak",
        address=(_street(chance), f"Kel. {village}, Kec. {district}"),
        city=town["city"],
        postal_code=postal_code,
        province=town["province"],
        time_zone=ZONES[town["zone"]],
        phone=f"0000-{chance.between(1000, 9999)}-{id[-4:]}",
    )


def business(chance: Chance, owner: Person) -> Person:
    """A small firm at the owner's address."""
    form = chance.one_of(("CV", "UD", "PT", "Toko"))
    name = " ".join((chance.one_of(FIRST_WORDS), chance.one_of(SECOND_WORDS)))
    return evolve(owner, name=f"{form} {name}", salutation="")


FIRST_WORDS = ("Anugerah", "Berkah", "Cahaya", "Mitra", "Karya", "Sinar", "Sumber", "Tunas")
SECOND_WORDS = ("Contoh Abadi", "Contoh Makmur", "Contoh Sentosa", "Contoh Lestari", "Contoh Bersama")


def _name(chance: Chance, region: Mapping[str, Any], woman: bool) -> str:
    before = region.get("before_women" if woman else "before", [""])
    parts = (
        chance.one_of(before),
        chance.one_of(region["women" if woman else "men"]),
        chance.one_of(region["last"]),
    )
    return " ".join(part for part in parts if part)


def _street(chance: Chance) -> str:
    street = chance.one_of(load("goods.toml")["streets"])
    number, rt, rw = chance.between(1, 148), chance.between(1, 12), chance.between(1, 15)
    return f"{street} No. {number} RT {rt:03d}/RW {rw:03d}"
