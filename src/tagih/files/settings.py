"""tagih.toml: who the lender is, which rules hold, and how the files are to be read.

A key that is not known is refused with a suggestion, so a misspelling never passes in silence.
"""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from attrs import field, frozen

from tagih.contracts import LENDER_TYPES, Contract
from tagih.errors import InputError, TagihError
from tagih.files.complaints import BookError, Complaint, unknown
from tagih.files.days import DateFormat
from tagih.files.numbers import NumberFormat
from tagih.files.tables import AGAINST, TABLES, TERMS, Table
from tagih.parties import Address, Lender, PaymentChannel, Signatory

NAME: Final = "tagih.toml"
Made = TypeVar("Made")

PolicyRef = str | Mapping[str, Any]
"""A rule by its id, or written out as a table."""

LANGUAGES: Final = ("id", "en")
DECIMALS: Final = ("monthly_rate", "annual_rate", "unit", "instalment", "total_interest", "balloon")
TABLE_KEYS: Final = (
    "file",
    "files",
    "sheet",
    "header_row",
    "columns",
    "values",
    "ignore",
    "ignore_columns",
    "format",
)
IMAGES: Final = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".svg": "svg+xml"}


@frozen
class Format:
    """How the files write numbers, dates and text."""

    encoding: str = "utf-8"
    delimiter: str = ""
    number: NumberFormat = NumberFormat()
    date: DateFormat = DateFormat()
    rates: str = "fraction"


@frozen
class TableSettings:
    """How one table is read: its files, and the lender's names for our columns and values."""

    files: tuple[str, ...] = ()
    sheet: str = ""
    header_row: int = 1
    columns: Mapping[str, tuple[str, ...]] = field(factory=dict)
    constants: Mapping[str, str] = field(factory=dict)
    tags: Mapping[str, str] = field(factory=dict)
    against: Mapping[str, str] = field(factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(factory=dict)
    ignore: Mapping[str, tuple[str, ...]] = field(factory=dict)
    ignore_columns: tuple[str, ...] = ()
    negative: str = "refuse"
    format: Format = Format()


@frozen
class Policies:
    """Rule ids and inline rules: for the whole book, by product, by contract."""

    default: tuple[PolicyRef, ...] = ()
    products: Mapping[str, tuple[PolicyRef, ...]] = field(factory=dict)
    contracts: Mapping[str, tuple[PolicyRef, ...]] = field(factory=dict)


UNIT: Final = re.compile(r"[^\s/]{1,40}")


@frozen
class LetterSettings:
    """Where a book's letters find their templates, register and public key, and their unit.

    Paths are those of the book's folder. ``units`` are the codes inside letter numbers by the value
    of the contract's tag ``by``; without any, and for a contract without that tag, the lender's own.
    """

    templates: str = "templates"
    register: str = "register.sqlite"
    public_key: str = ""
    by: str = "branch"
    units: Mapping[str, str] = field(factory=dict)

    def unit(self, contract: Contract, otherwise: str) -> str:
        """The unit whose numbers a contract's letters bear.

        >>> LetterSettings(units={"Jakarta": "COLL-JKT"}).unit(Contract("MF-1", ()), "COLL")
        'COLL'

        Raises:
            InputError: If the contract's branch has no unit.
        """
        place = dict(contract.tags).get(self.by, "")
        if not self.units or not place:
            return otherwise
        if place not in self.units:
            raise InputError(
                "letter.unit",
                "contract {contract}: {by} '{place}' has no unit; add it to [letters.units] in tagih.toml",
                contract=contract.id,
                by=self.by,
                place=place,
            )
        return self.units[place]


@frozen
class Settings:
    """A whole tagih.toml, checked."""

    lender: Lender
    language: str = "id"
    policies: Policies = Policies()
    rates: Mapping[tuple[str, str], Mapping[str, Any]] = field(factory=dict)
    opening_on: date | None = None
    before_opening: str = "refuse"
    principal_check: str = "refuse"
    tables: Mapping[str, TableSettings] = field(factory=dict)
    format: Format = Format()
    letters: LetterSettings = LetterSettings()

    def table(self, name: str) -> TableSettings:
        """How the table is read; where nothing is said, by our own names."""
        return self.tables.get(name) or TableSettings(format=self.format)

    def terms(self, product: str, contract: str) -> Mapping[str, Any]:
        """The rates given for a contract: its own, over its product's, over the default."""
        levels = (("default", ""), ("products", product), ("contracts", contract))
        return {key: value for level in levels for key, value in self.rates.get(level, {}).items()}


def read_settings(folder: Path) -> Settings:
    """The settings in ``folder``'s tagih.toml.

    Raises:
        BookError: With every complaint, if anything in it is unknown, missing or of the wrong kind.
    """
    path = folder / NAME
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        error = InputError(
            "toml.missing",
            "not found in {folder}; `tagih init DIR` writes an example book to start from",
            folder=str(folder),
        )
        raise BookError([Complaint.of(error, NAME)]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        error = InputError("toml.unreadable", "cannot be read as TOML: {problem}", problem=str(problem))
        raise BookError([Complaint.of(error, NAME)]) from None
    return settings_from(raw, folder)


def settings_from(raw: Mapping[str, Any], folder: Path | None = None) -> Settings:
    """The settings in a mapping of the shape of tagih.toml; ``folder`` is where the logo is.

    Raises:
        BookError: As `read_settings`.
    """
    reader = _Reader(folder)
    settings = reader.settings(_Section("", raw, reader))
    if reader.complaints or settings is None:
        raise BookError(reader.complaints)
    return settings


class _Section:
    """A table of tagih.toml that remembers which keys were asked for, and complains."""

    def __init__(self, path: str, raw: Mapping[str, Any], reader: _Reader) -> None:
        self.path, self.raw, self.reader = path, raw, reader

    def complain(self, code: str, message: str, **fields: Any) -> None:
        self.add(InputError(code, message, **fields))

    def add(self, error: TagihError) -> None:
        place = f"[{self.path}]" if self.path else ""
        self.reader.complaints.append(Complaint.of(error, NAME, field=place))

    def only(self, *known: str) -> None:
        for key in self.raw:
            if key not in known:
                self.add(unknown("toml.key", "key '{found}' is unknown", key, known))

    def section(self, key: str) -> _Section:
        path = f"{self.path}.{key}" if self.path else key
        value = self.raw.get(key, {})
        if not isinstance(value, Mapping):
            self.wrong(key, value, "a table")
            value = {}
        return _Section(path, value, self.reader)

    def sections(self) -> Iterable[tuple[str, _Section]]:
        return [(key, self.section(key)) for key in self.raw]

    def wrong(self, key: str, value: Any, kind: str) -> None:
        self.complain("toml.kind", "{key} = '{found}' must be {kind}", key=key, found=str(value), kind=kind)

    def text(self, key: str, default: str = "") -> str:
        value = self.raw.get(key, default)
        if not isinstance(value, str):
            self.wrong(key, value, "a text in quotes")
            return default
        return value

    def one_of(self, key: str, known: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in known:
            self.complain(
                "toml.choice",
                "{key} = '{found}' is unknown; write one of {known}",
                key=key,
                found=value,
                known=", ".join(known),
            )
            return default
        return value

    def number(self, key: str, default: int | None) -> int | None:
        value = self.raw.get(key, default)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            self.wrong(key, value, "a whole number")
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.raw.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(key, value, "a text or a list of texts")
            return ()
        return tuple(value)

    def day(self, key: str) -> date | None:
        value = self.raw.get(key)
        if value is not None and type(value) is not date:
            self.wrong(key, value, "a date without quotes, like 2025-12-31")
            return None
        return value


class _Reader:
    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.complaints: list[Complaint] = []

    def settings(self, root: _Section) -> Settings | None:
        root.only("book", "lender", "policies", "rates", "opening", "checks", "format", "tables", "letters")
        if root.raw.get("book", 1) != 1:
            root.complain(
                "toml.version", "book = {found} is unknown; this tagih reads book = 1", found=root.raw["book"]
            )
        lender = self.lender(root.section("lender"))
        zone = ZoneInfo(lender.time_zone) if lender else ZoneInfo("Asia/Jakarta")
        form = self.format(root.section("format"), Format(date=DateFormat(zone=zone)))
        opening, checks = root.section("opening"), root.section("checks")
        opening.only("on", "earlier")
        checks.only("principal")
        tables = root.section("tables")
        tables.only(*TABLES)
        read = {
            name: self.table(section, TABLES[name], form)
            for name, section in tables.sections()
            if name in TABLES
        }
        policies, rates = self.policies(root.section("policies")), self.rates(root.section("rates"))
        earlier = opening.one_of("earlier", ("refuse", "ignore"), "refuse")
        day, check = opening.day("on"), checks.one_of("principal", ("refuse", "off"), "refuse")
        language = root.section("lender").one_of("language", LANGUAGES, "id")
        letters = self.letters(root.section("letters"))
        if lender is None:
            return None
        return Settings(lender, language, policies, rates, day, earlier, check, read, form, letters)

    def letters(self, at: _Section) -> LetterSettings:
        at.only("templates", "register", "public_key", "by", "units")
        usual = LetterSettings()
        templates, key = at.text("templates", usual.templates), at.text("public_key")
        if self.folder is not None and "templates" in at.raw and not (self.folder / templates).is_dir():
            at.complain("toml.folder", "templates = '{found}' is not a folder in the book", found=templates)
        if self.folder is not None and key and not (self.folder / key).is_file():
            at.complain("toml.file", "public_key = '{found}' is not a file", found=key)
        register = at.text("register", usual.register)
        if not register.strip():
            at.complain("toml.register", "register is empty; write the name of a file in the book")
        own = at.section("units")
        units = {place: own.text(place) for place in own.raw}
        for place, unit in units.items():
            if not UNIT.fullmatch(unit):
                own.complain(
                    "toml.unit",
                    "{place} = '{found}' is no unit; write a code without spaces and slashes, like COLL-JKT",
                    place=place,
                    found=unit,
                )
        return LetterSettings(templates, register, key, at.text("by", usual.by), units)

    def lender(self, at: _Section) -> Lender | None:
        at.only(
            *[
                "name",
                "type",
                "address",
                "phone",
                "email",
                "website",
                "licence_line",
                "city",
                "unit",
                "signatory",
                "signatories",
            ],
            *["payment_channels", "complaints", "logo", "time_zone", "language"],
        )
        if not at.text("name"):
            at.complain("toml.lender", "name is missing; write the lender's name as letters carry it")
        zone = at.text("time_zone", "Asia/Jakarta")
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            at.complain(
                "toml.zone", "time_zone '{found}' is unknown; write one like Asia/Jakarta", found=zone
            )
            zone = "Asia/Jakarta"
        channels: Any = self.channels(at)
        own = at.section("signatories")
        named = tuple(
            (kind, signatory) for kind, part in own.sections() if (signatory := self.signatory(part))
        )
        return self.tried(
            at,
            lambda: Lender(
                name=at.text("name"),
                lender_type=at.one_of("type", LENDER_TYPES, "other"),  # type: ignore[arg-type]
                address=self.address(at.section("address")),
                phone=at.text("phone"),
                email=at.text("email"),
                website=at.text("website"),
                licence_line=at.text("licence_line"),
                city=at.text("city"),
                unit=at.text("unit"),
                signatory=self.signatory(at.section("signatory")),
                signatories=named,
                payment_channels=channels,
                complaints=at.text("complaints"),
                logo=self.logo(at),
                time_zone=zone,
            ),
        )

    def tried(self, at: _Section, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except TagihError as error:
            at.add(error)
            return None

    def address(self, at: _Section) -> Address:
        at.only("lines", "city", "postal_code", "province")
        lines: Any = at.texts("lines")
        return Address(lines, at.text("city"), at.text("postal_code"), at.text("province"))

    def signatory(self, at: _Section) -> Signatory | None:
        at.only("name", "office")
        return Signatory(at.text("name"), at.text("office")) if at.raw else None

    def channels(self, at: _Section) -> tuple[PaymentChannel, ...]:
        made = []
        for part in self.listed(at, "payment_channels"):
            part.only("name", "account", "holder", "note", "kind")
            texts = {key: part.text(key) for key in part.raw}
            channel = self.tried(part, lambda texts=texts: PaymentChannel(**texts))  # type: ignore[misc]
            made += [channel] if channel else []
        return tuple(made)

    def listed(self, at: _Section, key: str) -> list[_Section]:
        value = at.raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            at.wrong(key, value, f"written as [[{at.path}.{key}]]")
            return []
        return [_Section(f"{at.path}.{key}", item, self) for item in value]

    def logo(self, at: _Section) -> str:
        name = at.text("logo")
        if name.startswith("data:"):
            return name
        if not name or self.folder is None:
            return ""
        path = self.folder / name
        kind = IMAGES.get(path.suffix.lower())
        if kind is None or not path.is_file():
            at.complain(
                "toml.logo", "logo = '{found}' is not a PNG, JPEG or SVG file in the book", found=name
            )
            return ""
        return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"

    def format(self, at: _Section, given: Format) -> Format:
        at.only("encoding", "delimiter", "number", "date", "rates")
        number, day = at.section("number"), at.section("date")
        number.only("thousands", "decimal")
        day.only("order", "century")
        encoding = at.text("encoding", given.encoding)
        try:
            "".encode(encoding)
        except LookupError:
            at.complain(
                "toml.encoding", "encoding = '{found}' is unknown; write utf-8 or cp1252", found=encoding
            )
            encoding = "utf-8"
        numbers = self.tried(number, lambda: _number_format(number)) if number.raw else given.number
        dates = self.tried(
            day, lambda: DateFormat(day.text("order"), day.number("century", None), given.date.zone)
        )
        return Format(
            encoding,
            at.text("delimiter", given.delimiter),
            numbers or given.number,
            dates if dates and day.raw else given.date,
            at.one_of("rates", ("fraction", "percent"), given.rates),
        )

    def table(self, at: _Section, table: Table, form: Format) -> TableSettings:
        own = {"contracts": ("against",), "payments": ("negative",)}.get(table.name, ())
        at.only(*TABLE_KEYS, *own, *((table.extras,) if table.extras else ()))
        columns, constants = self.columns(at.section("columns"), table)
        tags = at.section(table.extras or "tags")
        against = at.section("against")
        against.only(*AGAINST)
        header = at.number("header_row", 1) or 1
        if header < 1:
            at.wrong("header_row", header, "1 or more")
        return TableSettings(
            files=at.texts("file") + at.texts("files"),
            sheet=at.text("sheet"),
            header_row=header,
            columns=columns,
            constants=constants,
            tags={key: tags.text(key) for key in tags.raw},
            against={key: against.text(key) for key in against.raw},
            values={
                key: {found: part.text(found) for found in part.raw}
                for key, part in at.section("values").sections()
            },
            ignore={key: at.section("ignore").texts(key) for key in at.section("ignore").raw},
            ignore_columns=at.texts("ignore_columns"),
            negative=at.one_of("negative", ("refuse", "reversal"), "refuse"),
            format=self.format(at.section("format"), form),
        )

    def columns(self, at: _Section, table: Table) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
        columns: dict[str, tuple[str, ...]] = {}
        constants: dict[str, str] = {}
        for name, value in at.raw.items():
            column = table.column(name)
            if column is None:
                what = "table {table} has no column '{found}'"
                at.add(unknown("toml.column", what, name, table.names, table=table.name))
            elif isinstance(value, Mapping):
                part = at.section(name)
                part.only("constant")
                constants[name] = part.text("constant")
            else:
                columns[name] = at.texts(name)
                if len(columns[name]) > 1 and not column.many:
                    at.wrong(name, value, "the name of one column")
        return columns, constants

    def policies(self, at: _Section) -> Policies:
        at.only("default", "products", "contracts")
        products, contracts = at.section("products"), at.section("contracts")
        return Policies(
            self.refs(at, "default"),
            {key: self.refs(products, key) for key in products.raw},
            {key: self.refs(contracts, key) for key in contracts.raw},
        )

    def refs(self, at: _Section, key: str) -> tuple[PolicyRef, ...]:
        value = at.raw.get(key, [])
        value = value if isinstance(value, list) else [value]
        for item in value:
            if isinstance(item, Mapping) and not isinstance(item.get("kind"), str):
                at.complain(
                    "toml.rule", 'a rule written in {key} needs kind = "late_charge" or another', key=key
                )
            elif not isinstance(item, str | Mapping):
                at.wrong(key, item, "a rule id in quotes, or a rule { kind = … }")
        return tuple(value)

    def rates(self, at: _Section) -> dict[tuple[str, str], Mapping[str, Any]]:
        at.only("default", "products", "contracts")
        read = {("default", ""): self.terms(at.section("default"))}
        for level in ("products", "contracts"):
            for key, part in at.section(level).sections():
                read[level, key] = self.terms(part)
        return {level: terms for level, terms in read.items() if terms}

    def terms(self, at: _Section) -> dict[str, Any]:
        at.only(*(term for term in TERMS if term != "first_due"))
        terms: dict[str, Any] = {}
        for key, value in at.raw.items():
            if key in DECIMALS:
                try:
                    terms[key] = Decimal(value if isinstance(value, str) else "none")
                except InvalidOperation:
                    at.wrong(key, value, 'a number in quotes, like "0.02"')
            elif key == "in_advance":
                terms[key] = value
                if not isinstance(value, bool):
                    at.wrong(key, value, "true or false")
            elif key == "anchor_day":
                terms[key] = at.number(key, None)
            else:
                terms[key] = at.text(key)
        return terms


def _number_format(at: _Section) -> NumberFormat:
    thousands = at.text("thousands") if "thousands" in at.raw else None
    return NumberFormat(thousands, at.text("decimal") if "decimal" in at.raw else None)
