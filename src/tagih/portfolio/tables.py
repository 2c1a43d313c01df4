"""Tables of many contracts, as a lender hands them over: instalments, payments, events, contracts.

Columns have the names of the book (see docs/book.md). A table is a Polars frame or lazy frame,
anything with the Arrow interface (``__arrow_c_stream__``), or the path of a Parquet or CSV file.
Amounts may be decimals, whole numbers or text; never floats. Inside they are whole minor units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl
from attrs import field, frozen

from tagih.contracts import (
    Acceleration,
    AnyEvent,
    Charge,
    Chargeback,
    Component,
    Contract,
    Correction,
    Forgiveness,
    Instalment,
    Pause,
    Payment,
    Refund,
    Reversal,
    Waiver,
    WriteOff,
)
from tagih.errors import InputError, UnavailableError
from tagih.ledger.compile import RANK
from tagih.money import LARGEST
from tagih.portfolio.names import ROW as ROW
from tagih.portfolio.names import is_fee as is_fee
from tagih.portfolio.names import is_money as is_money
from tagih.portfolio.sql import Query, write

Source = Any
"""A frame, a lazy frame, an object with the Arrow interface, a `tagih.portfolio.sql.Query`, or a path."""

RANKS: Final = {
    "pause": RANK[Pause],
    "charge": RANK[Charge],
    "waiver": RANK[Waiver],
    "payment": RANK[Payment],
    "chargeback": RANK[Chargeback],
    "refund": RANK[Refund],
    "acceleration": RANK[Acceleration],
    "write_off": RANK[WriteOff],
    "forgiveness": RANK[Forgiveness],
    "reversal": RANK[Reversal],
    "correction": RANK[Correction],
}
"""Kinds of event that a table can tell, and their order within a day."""


@frozen
class Aside:
    """A contract or a row that was not answered, and why."""

    contract: str
    reason: str
    table: str = ""
    row: int = 0
    column: str = ""


@frozen
class Tables:
    """What is known of many contracts, amounts in minor units and days as dates.

    ``values`` are contracts that tables cannot tell (a new plan, an opening balance), as values;
    they stand in ``contracts`` too. ``elsewhere`` is a mask of contracts that others answer.
    """

    contracts: pl.DataFrame
    instalments: pl.DataFrame
    payments: pl.DataFrame
    events: pl.DataFrame
    components: tuple[Component, ...] = ()
    values: Mapping[str, tuple[Contract, tuple[AnyEvent, ...]]] = field(factory=dict)
    aside: tuple[Aside, ...] = ()
    elsewhere: Any = None


@frozen
class Changed:
    """The Parquet files of a pattern, with columns that are worked out as they are read."""

    path: str
    change: Callable[[pl.LazyFrame], pl.LazyFrame]


CONTRACTS: Final = {
    "id": pl.String, "policy": pl.String, "signed_on": pl.Date, "agreed_amount": pl.Int64,
    "principal": pl.Int64, "currency": pl.String, "frequency": pl.String, "tenor": pl.Int64,
    "maturity": pl.Date, "purpose": pl.String, "size": pl.String,
}  # fmt: skip
INSTALMENTS: Final = {
    "contract": pl.String, "number": pl.Int64, "due_on": pl.Date, "principal": pl.Int64, "interest": pl.Int64,
}  # fmt: skip
PAYMENTS: Final = {
    "contract": pl.String, "id": pl.String, "effective_on": pl.Date, "amount": pl.Int64, "kind": pl.String,
    "instalment": pl.Int64, "sequence": pl.Int64,
}  # fmt: skip
EVENTS: Final = {
    "contract": pl.String, "id": pl.String, "kind": pl.String, "effective_on": pl.Date, "amount": pl.Int64,
    "target": pl.String, "component": pl.String, "instalment": pl.Int64, "due_on": pl.Date, "until": pl.Date,
    "of": pl.String, "sequence": pl.Int64,
}  # fmt: skip


def lazy(source: Source) -> pl.LazyFrame:
    """Any source as a lazy frame; a CSV file is read as text, to be understood cell by cell.

    Raises:
        InputError: If it is none of the kinds that a table can be.
    """
    if isinstance(source, pl.LazyFrame):
        return source
    if isinstance(source, pl.DataFrame):
        return source.lazy()
    if isinstance(source, Changed):
        return source.change(pl.scan_parquet(source.path))
    if isinstance(source, Query):
        with TemporaryDirectory(prefix="tagih-") as folder:
            found = write({"table": source}, Path(folder))
            return pl.read_parquet(found["table"]).drop(ROW).lazy()
    if isinstance(source, (str, Path)):
        path = str(source)
        if path.lower().endswith(".csv"):
            return pl.scan_csv(path, infer_schema=False)
        if path.lower().endswith(".xlsx"):
            return _sheet(Path(path)).lazy()
        if path.lower().endswith((".jsonl", ".ndjson")):
            return pl.scan_ndjson(path)
        return pl.scan_parquet(path)
    if hasattr(source, "__arrow_c_stream__"):
        try:
            return pl.DataFrame(source).lazy()
        except ImportError as error:  # pandas gives Arrow by way of pyarrow
            raise UnavailableError(
                "portfolio.arrow",
                "this {kind} needs a package that is not installed: {problem}",
                kind=type(source).__name__,
                problem=" ".join(str(error).split()),
            ) from None
    raise InputError(
        "portfolio.table",
        "a table is a frame, an object with the Arrow interface, a query, "
        "or a path of .parquet, .csv or .xlsx; got {kind}",
        kind=type(source).__name__,
    )


def _sheet(path: Path) -> pl.DataFrame:
    """The first sheet of a workbook, cells as text; its numbers are the shortest decimals that they are.

    Raises:
        UnavailableError: If the extra ``xlsx`` is not installed.
    """
    from tagih.files.sheets import missing

    try:
        from python_calamine import CalamineWorkbook
    except ImportError:
        raise missing("xlsx", path.name) from None
    head, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    width = len(head)
    columns = [[_cell(row[at]) for row in rows] for at in range(width)]
    return pl.DataFrame(
        [pl.Series(str(name).strip(), cells, pl.String) for name, cells in zip(head, columns, strict=True)]
    )


def _cell(cell: Any) -> str | None:
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        cell = cell.date()
    return str(cell) if cell not in (None, "") else None


def from_floats(source: Source) -> pl.LazyFrame:
    """A source whose amounts are floats, declared to mean the shortest decimals that read back as them.

    400.1 is then 400.10; what has more than two decimals is still refused with its row.

    >>> from_floats(pl.DataFrame({"amount": [400.1, 1e6]})).collect()["amount"].to_list()
    ['400.1', '1000000.0']
    """
    frame = lazy(source)
    floats = [
        name
        for name, kind in frame.collect_schema().items()
        if is_money(name) and kind in (pl.Float32, pl.Float64)
    ]
    return frame.with_columns(pl.col(floats).cast(pl.String))


def minor(name: str, kind: pl.DataType) -> pl.Expr:
    """A column of amounts as minor units; what is no amount becomes null.

    Raises:
        InputError: If the column holds floats.
    """
    column = pl.col(name)
    if kind.is_float():
        raise InputError(
            "portfolio.float",
            "column '{name}' holds floats; amounts are decimals, whole numbers or text",
            name=name,
        )
    if kind.is_integer():
        return (
            pl.when(column.abs() <= LARGEST // 100)
            .then(column.cast(pl.Int64) * 100)
            .otherwise(None)
            .alias(name)
        )
    if isinstance(kind, pl.Decimal):
        exact = column.cast(pl.Decimal(38, kind.scale))
        if kind.scale > 2:
            cents = exact.cast(pl.Decimal(38, 2), strict=False)
            exact = pl.when(cents.cast(pl.Decimal(38, kind.scale)) == exact).then(cents).otherwise(None)
        elif kind.scale < 2:
            exact = column.cast(pl.Decimal(38, 2), strict=False)
        whole = exact.to_physical()
        return (
            pl.when(whole.is_between(-LARGEST, LARGEST)).then(whole).otherwise(None)
            .cast(pl.Int64, strict=False).alias(name)
        )  # fmt: skip
    text = column.cast(pl.String).str.strip_chars()
    whole = text.str.extract(r"^(-?\d{1,14})(?:\.\d{1,2})?$", 1).cast(pl.Int64, strict=False)
    cents = text.str.extract(r"^-?\d{1,14}\.(\d{1,2})$", 1).str.pad_end(2, "0").cast(pl.Int64, strict=False)
    sign = pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    made = whole * 100 + sign * cents.fill_null(0)
    return pl.when(made.abs() <= LARGEST).then(made).otherwise(None).alias(name)


def day(name: str, kind: pl.DataType) -> pl.Expr:
    """A column of dates; text is read as YYYY-MM-DD, what is no date becomes null."""
    column = pl.col(name)
    if kind == pl.String:
        return column.str.strip_chars().str.to_date("%Y-%m-%d", strict=False).alias(name)
    return column.cast(pl.Date, strict=False).alias(name)


def read(source: Source, columns: Mapping[str, Any], table: str, required: Sequence[str]) -> pl.LazyFrame:
    """The table's own columns in their own types; those that are missing are null.

    Raises:
        InputError: If a required column is missing; names those found.
    """
    frame = lazy(source)
    schema = frame.collect_schema()
    for name in required:
        if name not in schema:
            raise InputError(
                "portfolio.column",
                "{table}: no column '{name}'; found {found}",
                table=table,
                name=name,
                found=", ".join(schema.names()),
            )
    made: list[pl.Expr] = []
    for name, kind in columns.items():
        if name not in schema:
            made.append(pl.lit(None, kind).alias(name))
        elif is_money(name):
            made.append(minor(name, schema[name]))
        elif kind == pl.Date:
            made.append(day(name, schema[name]))
        elif kind == pl.Int64 and schema[name] == pl.String:
            made.append(pl.col(name).str.strip_chars().cast(pl.Int64, strict=False))
        else:
            made.append(pl.col(name).cast(kind))
    made += [minor(name, schema[name]) for name in schema if is_money(name) and name not in columns]
    if ROW in schema:
        made.append(pl.col(ROW))
    return frame.select(made)


# --- from values -------------------------------------------------------------------------------


def from_values(
    pairs: Iterable[tuple[Contract, Iterable[AnyEvent]]], policies: Mapping[str, str] | None = None
) -> Tables:
    """Contracts and their events as tables; ``policies`` names each contract's policy."""
    from tagih.money import to_minor

    contracts: list[dict[str, Any]] = []
    instalments: list[dict[str, Any]] = []
    payments: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    values: dict[str, tuple[Contract, tuple[AnyEvent, ...]]] = {}
    fees: set[str] = set()
    for contract, given in pairs:
        events = tuple(given)
        money = contract.currency

        def whole(amount: Decimal | None, money: str = money) -> int | None:
            return None if amount is None else to_minor(amount, money)

        contracts.append({
            "id": contract.id, "policy": (policies or {}).get(contract.id), "signed_on": contract.signed_on,
            "agreed_amount": whole(contract.agreed_amount), "principal": whole(contract.principal),
            "currency": money, "frequency": contract.frequency, "tenor": contract.tenor,
            "maturity": contract.maturity, "purpose": contract.tag("purpose") or None,
            "size": contract.tag("size") or None,
        })  # fmt: skip
        values[contract.id] = (contract, events)
        if contract.opening or money != "IDR" or not all(map(_told, events)):
            continue
        for row in contract.instalments:
            made: dict[str, Any] = {
                "contract": contract.id, "number": row.number, "due_on": row.due_on,
                "principal": whole(row.principal), "interest": whole(row.interest),
            }  # fmt: skip
            for component, amount in row.fees:
                fees.add(str(component))
                made[str(component)] = made.get(str(component), 0) + to_minor(amount, money)
            instalments.append(made)
        for event in events:
            if isinstance(event, Payment):
                payments.append({
                    "contract": contract.id, "id": event.id, "effective_on": event.effective_on,
                    "amount": whole(event.amount), "kind": event.kind, "instalment": event.instalment,
                    "sequence": event.sequence,
                })  # fmt: skip
            else:
                others.append({"contract": contract.id, **_event_row(event, whole)})
    fee_columns = dict.fromkeys(sorted(fees), pl.Int64)
    told = {row["contract"] for row in instalments}
    return Tables(
        pl.DataFrame(contracts, schema=CONTRACTS),
        pl.DataFrame(instalments, schema={**INSTALMENTS, **fee_columns}).with_columns(
            pl.col(name).fill_null(0) for name in fee_columns
        ),
        pl.DataFrame(payments, schema=PAYMENTS),
        pl.DataFrame(others, schema=EVENTS),
        components=tuple(Component.parse(name) for name in sorted(fees)),
        values={id: pair for id, pair in values.items() if id not in told},
    )


def _told(event: AnyEvent) -> bool:
    """Whether a row of a table can tell the event."""
    if isinstance(event, Payment):
        return not event.components
    if isinstance(event, Waiver):
        return not event.charge and len(event.instalments) <= 1
    if isinstance(event, (WriteOff, Forgiveness)):
        return len(event.components) <= 1
    return type(event).__name__.lower() in {name.replace("_", "") for name in RANKS}


def _event_row(event: AnyEvent, whole: Any) -> dict[str, Any]:
    row = {
        "id": event.id,
        "kind": next(name for name, rank in RANKS.items() if rank == RANK[type(event)]),
        "effective_on": event.effective_on,
        "amount": whole(getattr(event, "amount", None)),
        "target": getattr(event, "target", None),
        "sequence": event.sequence,
    }
    if isinstance(event, (Charge, Waiver)):
        row["component"] = str(event.component)
    if isinstance(event, Charge):
        row |= {"instalment": event.instalment, "due_on": event.due_on}
    if isinstance(event, Waiver) and event.instalments:
        row["instalment"] = event.instalments[0]
    if isinstance(event, (WriteOff, Forgiveness)) and event.components:
        row["component"] = str(event.components[0])
    if isinstance(event, Pause):
        row |= {"until": event.until, "of": " ".join(event.of)}
    return row


# --- back to values ------------------------------------------------------------------------------


def to_values(tables: Tables, ids: Sequence[str]) -> dict[str, tuple[Contract, tuple[AnyEvent, ...]]]:
    """The contracts of those ids as values, for the single path."""
    from tagih.money import to_decimal

    def money(amount: int | None) -> Decimal | None:
        return None if amount is None else to_decimal(amount)

    wanted = [id for id in ids if id not in tables.values]
    made = {id: tables.values[id] for id in ids if id in tables.values}
    if not wanted:
        return made
    named = pl.Series("id", wanted, pl.String).implode()
    rows: dict[str, list[dict[str, Any]]] = {id: [] for id in wanted}
    for row in tables.instalments.filter(pl.col("contract").is_in(named)).iter_rows(named=True):
        rows[row["contract"]].append(row)
    events: dict[str, list[AnyEvent]] = {id: [] for id in wanted}
    for row in tables.payments.filter(pl.col("contract").is_in(named)).iter_rows(named=True):
        events[row["contract"]].append(
            Payment(
                row["id"], row["effective_on"], money(row["amount"]) or Decimal(0),
                kind=row["kind"] or "payment", instalment=row["instalment"], sequence=row["sequence"] or 0,
            )
        )  # fmt: skip
    for row in tables.events.filter(pl.col("contract").is_in(named)).iter_rows(named=True):
        events[row["contract"]].append(_event_of(row, money))
    fees = [str(component) for component in tables.components]
    for row in tables.contracts.filter(pl.col("id").is_in(named)).iter_rows(named=True):
        instalments = [
            Instalment(
                each["number"], each["due_on"], to_decimal(each["principal"]), to_decimal(each["interest"]),
                tuple((Component.parse(fee), to_decimal(each[fee])) for fee in fees if each[fee]),
            )
            for each in rows[row["id"]]
        ]  # fmt: skip
        contract = Contract(
            row["id"], instalments, signed_on=row["signed_on"], agreed_amount=money(row["agreed_amount"]),
            principal=money(row["principal"]), currency=row["currency"] or "IDR",
            frequency=row["frequency"] or "monthly", tenor=row["tenor"], maturity=row["maturity"],
            tags=tuple((name, row[name]) for name in ("purpose", "size") if row[name]),
        )  # fmt: skip
        made[row["id"]] = contract, tuple(events[row["id"]])
    return made


def _event_of(row: Mapping[str, Any], money: Any) -> AnyEvent:
    id, on, amount, sequence = row["id"], row["effective_on"], money(row["amount"]), row["sequence"] or 0
    part = Component.parse(row["component"]) if row["component"] else None
    parts = (part,) if part else ()
    match row["kind"]:
        case "reversal":
            return Reversal(id, on, row["target"] or "", sequence=sequence)
        case "correction":
            return Correction(id, on, row["target"] or "", amount or Decimal(0), sequence=sequence)
        case "charge":
            return Charge(id, on, part or Component("fee"), amount or Decimal(0),
                          instalment=row["instalment"],
                          due_on=row["due_on"], sequence=sequence)  # fmt: skip
        case "waiver":
            numbers = (row["instalment"],) if row["instalment"] else ()
            return Waiver(id, on, part or Component("fee"), amount, instalments=numbers, sequence=sequence)
        case "pause":
            of = tuple((row["of"] or "days_past_due late_charge").split())
            return Pause(id, on, row["until"] or on, of=of, sequence=sequence)
        case "acceleration":
            return Acceleration(id, on, sequence=sequence)
        case "write_off":
            return WriteOff(id, on, components=parts, sequence=sequence)
        case "forgiveness":
            return Forgiveness(id, on, components=parts, sequence=sequence)
        case "refund":
            return Refund(id, on, amount or Decimal(0), sequence=sequence)
        case "chargeback":
            return Chargeback(id, on, row["target"] or "", amount or Decimal(0), sequence=sequence)
        case "payment":
            return Payment(id, on, amount or Decimal(0), sequence=sequence)
    raise InputError(
        "portfolio.kind",
        "event {id}: kind '{kind}' cannot be told by a table; write one of {known}",
        id=id,
        kind=row["kind"],
        known=", ".join(RANKS),
    )


def first_day(tables: Tables, otherwise: date) -> date:
    """The first due date of all."""
    found = tables.instalments["due_on"].min()
    return found if isinstance(found, date) else otherwise
