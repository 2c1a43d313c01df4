"""A day's increment: yesterday's state and today's rows give what the full run gives.

The state keeps every contract's position and the first day on which it can change by the calendar
alone. A day computes anew the contracts that have new rows, those whose day has come, and those set
aside; the others' positions are carried forward as they are.

>>> import polars as pl
>>> from tagih.policies import Policy
>>> instalments = pl.DataFrame({"contract": ["A", "B"], "number": [1, 1],
...                             "due_on": ["2026-01-31", "2026-03-31"], "principal": [900, 900]})
>>> yesterday = begin(instalments=instalments, policy=Policy(), as_of=date(2026, 2, 9))
>>> payments = pl.DataFrame({"contract": ["A"], "id": ["P-1"], "effective_on": ["2026-02-10"],
...                          "amount": [400]})
>>> today = increment(yesterday, payments=payments, policy=Policy(), as_of=date(2026, 2, 10))
>>> today.frame.select("contract", "days_past_due", "outstanding").rows()
[('A', 10, Decimal('500.00')), ('B', 0, Decimal('900.00'))]
>>> today.computed
1
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import reduce
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import polars as pl
from attrs import field, frozen

from tagih.contracts import AnyEvent, Component, Contract, Restructure
from tagih.errors import InputError
from tagih.ledger.position import Position
from tagih.ledger.serialise import RESULT_VERSION, canonical, from_dict, to_dict
from tagih.portfolio.engine import in_order
from tagih.portfolio.many import (
    HEAD,
    Answered,
    Policies,
    answer,
    exact,
    filled,
    named,
    ordered,
    reasons,
    tables,
)
from tagih.portfolio.stream import NAMES, PART, Sources, over
from tagih.portfolio.tables import CONTRACTS, EVENTS, INSTALMENTS, PAYMENTS, Aside, Source, Tables, read

SCHEMA: Final = 1
NEVER: Final = date(9999, 12, 31)
COLUMNS: Final[Mapping[str, Mapping[str, Any]]] = {
    "instalments": INSTALMENTS, "payments": PAYMENTS, "events": EVENTS, "contracts": CONTRACTS,
}  # fmt: skip
REQUIRED: Final = {
    "instalments": ("contract", "number", "due_on", "principal"),
    "payments": ("contract", "id", "effective_on", "amount"),
    "events": ("contract", "id", "kind", "effective_on"),
    "contracts": ("id",),
}
MOVING: Final = ("arrears", "due_today", "written_off", "days_past_due", "overdue_instalments", "shortfall")
"""Figures of a position that changes from day to day while one of them is not 0."""
ASIDE: Final = {"contract": pl.String, "reason": pl.String, "table": pl.String, "row": pl.Int64,
                "column": pl.String}  # fmt: skip

Values = Mapping[str, tuple[Contract, tuple[AnyEvent, ...]]]


@frozen
class Rows:
    """The rows that came on one day, amounts in minor units; ``folder`` holds them once saved."""

    contracts: pl.LazyFrame
    instalments: pl.LazyFrame
    payments: pl.LazyFrame
    events: pl.LazyFrame
    folder: Path | None = None


@frozen
class State:
    """Every contract's position at the end of a day, and every row that it was worked out from.

    ``positions`` are in minor units, with ``moves_on``: the first day on which a contract's
    position can change without a new row. ``computed`` counts the contracts worked out for it.
    """

    as_of: date
    made_with: Mapping[str, str]
    positions: pl.DataFrame
    aside: tuple[Aside, ...]
    days: tuple[Rows, ...]
    components: tuple[Component, ...]
    values: Values = field(factory=dict)
    computed: int = 0

    @property
    def frame(self) -> pl.DataFrame:
        """The frame that `tagih.portfolio.many.positions` gives, in the order of contract ids."""
        found = pl.concat([self.positions.drop("moves_on"), reasons(self.aside)], how="diagonal")
        return exact(found).sort("contract")


def made_with(policy: Policies) -> dict[str, str]:
    """What a state holds for: the policies' fingerprint, tagih's version and its results'."""
    rules = canonical({name: to_dict(each) for name, each in named(policy).items()})
    return {
        "policies": hashlib.sha256(rules.encode()).hexdigest(),
        "tagih": version("tagih"),
        "result_version": str(RESULT_VERSION),
    }


# --- the first day ----------------------------------------------------------------------------------


def begin(
    *,
    instalments: Source,
    payments: Source = None,
    events: Source = None,
    contracts: Source = None,
    policy: Policies,
    as_of: date,
    part: int = PART,
    workers: int = 1,
) -> State:
    """The full run that increments go on from; Parquet files of any size are read in parts.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
    """
    sources = Sources(instalments, payments, events, contracts)
    frames: list[pl.DataFrame] = []
    aside: list[Aside] = []
    parts = over(sources, lambda given: _found(given, policy, as_of), part=part, workers=workers)
    for positions, away in parts:
        frames.append(positions)
        aside += away
    computed = sum(frame.height for frame in frames) + len({each.contract for each in aside})
    rows = {name: _lazy(getattr(sources, name), name) for name in NAMES}
    if contracts is None:
        ids = rows["instalments"].select(pl.col("contract").alias("id")).unique()
        rows["contracts"] = ids.with_columns(
            pl.lit(None, kind).alias(name) for name, kind in CONTRACTS.items() if name != "id"
        )
    found, every = _together(frames, ())
    return State(
        as_of,
        made_with(policy),
        found,
        tuple(aside),
        (Rows(rows["contracts"], rows["instalments"], rows["payments"], rows["events"]),),
        every,
        computed=computed,
    )


def begin_with(given: Tables, policy: Policies, as_of: date) -> State:
    """The same from tables made already, such as `tagih.portfolio.tables.from_values` makes."""
    positions, aside = _found(given, policy, as_of)
    found, every = _together([positions], ())
    return State(
        as_of,
        made_with(policy),
        found,
        aside,
        (_rows(given),),
        every,
        dict(given.values),
        computed=len(given.contracts),
    )


# --- the next day -----------------------------------------------------------------------------------


def increment(
    state: State,
    *,
    payments: Source = None,
    events: Source = None,
    contracts: Source = None,
    instalments: Source = None,
    policy: Policies,
    as_of: date,
    workers: int = 1,
) -> State:
    """The state at the end of ``as_of`` from an earlier one and the rows that came since.

    Rows may be effective on any day: backdated payments and reversals compute their contracts anew.
    ``contracts`` and ``instalments`` are those of new contracts. A contract with a row that could
    not be read stays set aside until the next full run.

    Raises:
        InputError: If the state was made under other policies or by another version, is of a later
            day, or knows a contract whose instalments come again; or as `begin`.
        PolicyError: If a policy cannot be worked with.
    """
    new = tables(instalments=instalments, payments=payments, events=events, contracts=contracts)
    return increment_with(state, new, policy, as_of, workers=workers)


def increment_with(state: State, new: Tables, policy: Policies, as_of: date, *, workers: int = 1) -> State:
    """The same from tables made already; contracts in ``values`` are told whole, and replace what was known.

    Raises:
        InputError: As `increment`.
        PolicyError: If a policy cannot be worked with.
    """
    _check(state, policy, as_of)
    _check_new(state, new)
    values = {**state.values, **new.values}
    days = (*state.days, _rows(new))
    unread = {each.contract for each in (*state.aside, *new.aside) if each.table}
    touched = pl.concat([
        new.contracts["id"], new.instalments["contract"], new.payments["contract"], new.events["contract"],
        state.positions.filter(pl.col("moves_on") <= as_of)["contract"],
        pl.Series([each.contract for each in state.aside if not each.table], dtype=pl.String),
        pl.Series(list(new.values), dtype=pl.String),
    ]).unique().drop_nulls()  # fmt: skip
    touched = touched.filter(~touched.is_in(list(unread)))
    given = _given(days, touched, values)
    found, aside = _found(given, policy, as_of, workers=workers)
    gone = pl.concat([touched, pl.Series(list(unread), dtype=pl.String)]).implode()
    kept = state.positions.filter(~pl.col("contract").is_in(gone))
    positions, every = _together([kept, found], state.components)
    return State(
        as_of,
        state.made_with,
        positions,
        (*(each for each in (*state.aside, *new.aside) if each.table), *aside),
        days,
        every,
        values,
        computed=len(touched),
    )


def _check(state: State, policy: Policies, as_of: date) -> None:
    now = made_with(policy)
    if now["policies"] != state.made_with.get("policies"):
        raise InputError(
            "portfolio.state_policies",
            "the state of {day} was made under other policies; run all contracts anew under these",
            day=state.as_of.isoformat(),
        )
    if now != dict(state.made_with):
        raise InputError(
            "portfolio.state_version",
            "the state of {day} was made by tagih {was}, this is {now}; run all contracts anew",
            day=state.as_of.isoformat(),
            was=_version(state.made_with),
            now=_version(now),
        )
    if as_of < state.as_of:
        raise InputError(
            "portfolio.state_day",
            "the state is of {day}, later than {as_of}; go on from an earlier one, or run all contracts",
            day=state.as_of.isoformat(),
            as_of=as_of.isoformat(),
        )


def _version(made: Mapping[str, str]) -> str:
    return f"{made.get('tagih', '?')} (results {made.get('result_version', '?')})"


def _check_new(state: State, new: Tables) -> None:
    """New contracts are new: instalments that come again would count twice."""
    came = pl.concat([new.contracts["id"], new.instalments["contract"]]).unique()
    came = came.filter(~came.is_in(list(new.values))).drop_nulls().implode()
    if not len(came.item()):
        return
    known = [day.contracts.select("id").filter(pl.col("id").is_in(came)) for day in state.days]
    again = pl.concat(known).collect()["id"].sort()
    if len(again):
        raise InputError(
            "portfolio.state_again",
            "contract {id} is in the state already: new terms need a full run",
            id=again[0],
        )


# --- rows -------------------------------------------------------------------------------------------


def _lazy(source: Source, name: str) -> pl.LazyFrame:
    """The table's own columns in their own types; nothing is read yet."""
    if source is None:
        return pl.LazyFrame(schema=COLUMNS[name])
    frame = read(source, COLUMNS[name], name, REQUIRED[name])
    return filled(frame) if name == "instalments" else frame


def _rows(given: Tables) -> Rows:
    def plain(frame: pl.DataFrame) -> pl.LazyFrame:
        return frame.drop("c", strict=False).lazy()

    return Rows(plain(given.contracts), plain(given.instalments), plain(given.payments), plain(given.events))


def _given(days: Iterable[Rows], ids: pl.Series, values: Values) -> Tables:
    """All rows of these contracts; of those told whole, none but their own."""
    chosen = ids.implode()
    in_rows = ids.filter(~ids.is_in(list(values))).implode()

    def gathered(name: str, key: str, among: pl.Series) -> pl.DataFrame:
        frames = [getattr(day, name).filter(pl.col(key).is_in(among)) for day in days]
        found: pl.DataFrame = pl.concat(frames, how="diagonal").collect()
        return found

    contracts = gathered("contracts", "id", chosen).unique("id", keep="last", maintain_order=True)
    instalments = gathered("instalments", "contract", in_rows)
    fees = [name for name in instalments.columns if name == "fee" or name.startswith("fee:")]
    return Tables(
        contracts,
        instalments.with_columns(pl.col(fees).fill_null(0)),
        gathered("payments", "contract", in_rows),
        gathered("events", "contract", in_rows),
        components=tuple(Component.parse(name) for name in sorted(fees)),
        values={id: values[id] for id in ids if id in values},
    )


# --- positions --------------------------------------------------------------------------------------


def _found(
    given: Tables, policy: Policies, as_of: date, *, workers: int = 1
) -> tuple[pl.DataFrame, tuple[Aside, ...]]:
    """The positions with ``moves_on``, and who was set aside."""
    found = answer(given, policy, as_of, workers=workers)
    moves = _moves_on(given, found, as_of)
    return found.positions.join(moves, on="contract", how="left", maintain_order="left"), found.aside


def _together(
    frames: Iterable[pl.DataFrame], known: Iterable[Component]
) -> tuple[pl.DataFrame, tuple[Component, ...]]:
    """All positions by contract id, with a column for every component that occurs, and these."""
    kept = [frame for frame in frames if frame.width > 1]
    names = {name.partition("/")[2] for frame in kept for name in frame.columns if "/" in name}
    every = in_order({*known, *map(Component.parse, names)})
    made = [ordered(frame, every).with_columns(frame["moves_on"]) for frame in kept]
    if not made:
        return ordered(pl.DataFrame(schema=HEAD), every).with_columns(moves_on=pl.lit(None, pl.Date)), every
    return pl.concat(made).sort("contract"), every


def _moves_on(given: Tables, found: Answered, as_of: date) -> pl.DataFrame:
    """The first day after ``as_of`` on which each position can change without a new row.

    The next day while anything is past due, due today or written off; else the next day that an
    instalment, a charge or an event names. Days that follow from no row (grace, pauses, months of
    a late charge) only matter while something is past due.
    """
    days = [
        given.instalments.select("contract", on="due_on"),
        given.payments.select("contract", on="effective_on"),
        given.events.select("contract", on="effective_on"),
        given.events.select("contract", on="due_on"),
        pl.DataFrame(
            [(each.contract.id, day) for each in found.singles for day in _days_of(each)],
            schema={"contract": pl.String, "on": pl.Date}, orient="row",
        ),
    ]  # fmt: skip
    coming = pl.concat([frame.filter(pl.col("on") > as_of) for frame in days])
    first = coming.group_by("contract").agg(pl.col("on").min())
    moving = reduce(lambda a, b: a | b, (pl.col(name) != 0 for name in MOVING))
    return (
        found.positions.select("contract", moving=moving)
        .join(first, on="contract", how="left")
        .select(
            "contract",
            moves_on=pl.when("moving")
            .then(pl.lit(as_of + timedelta(1)))
            .otherwise(pl.col("on").fill_null(NEVER)),
        )
    )


def _days_of(position: Position) -> Iterable[date]:
    """Every day that a contract told by itself names."""
    yield from (row.due_on for row in position.instalments)
    yield from (row.due_on for row in position.contract.instalments)
    for event in position.events:
        yield event.effective_on
        if isinstance(event, Restructure):
            yield from (row.due_on for row in event.instalments)
        due_on = getattr(event, "due_on", None)
        if due_on is not None:
            yield due_on


# --- keeping ----------------------------------------------------------------------------------------


def save(state: State, folder: Path) -> State:
    """Write a state as Parquet and a JSON file; rows that the folder holds already are not written again.

    Returns the state as it is kept there. The JSON file comes last: until then the folder holds
    the earlier state, whole.

    Raises:
        InputError: If the folder holds something else than the state this one goes on from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first = state.days[0].folder if state.days else None
    if any(folder.iterdir()) and first != folder:
        raise InputError(
            "portfolio.state_folder",
            "folder '{folder}' holds something else than the state this one goes on from; name an empty one",
            folder=str(folder),
        )
    for nth, day in enumerate(state.days):
        if day.folder != folder:
            for name in NAMES:
                getattr(day, name).sink_parquet(folder / f"{name}-{nth:05}.parquet")
    stem = f"{len(state.days):05}-{state.as_of.isoformat()}"
    state.positions.write_parquet(folder / f"positions-{stem}.parquet")
    asides = [(each.contract, each.reason, each.table, each.row, each.column) for each in state.aside]
    pl.DataFrame(asides, schema=ASIDE, orient="row").write_parquet(folder / f"aside-{stem}.parquet")
    _write_values(state.values, folder / f"values-{stem}.jsonl")
    told = {
        "schema": SCHEMA, "as_of": state.as_of.isoformat(), "made_with": dict(state.made_with),
        "days": len(state.days), "components": [str(each) for each in state.components],
        "stem": stem, "computed": state.computed,
    }  # fmt: skip
    temporary = folder / "state.json.part"
    temporary.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, folder / "state.json")
    for name in ("positions", "aside", "values"):
        for old in folder.glob(f"{name}-*"):
            if stem not in old.name:
                old.unlink()
    return load(folder)


def load(folder: Path) -> State:
    """The state that `save` wrote; rows are read when they are needed.

    Raises:
        InputError: If the folder holds no state, or one of another schema.
    """
    path = folder / "state.json"
    if not path.is_file():
        raise InputError("portfolio.state", "folder '{folder}' holds no state", folder=str(folder))
    told = json.loads(path.read_text(encoding="utf-8"))
    if told.get("schema") != SCHEMA:
        raise InputError(
            "portfolio.state_schema",
            "the state in '{folder}' has schema {was}, this version reads {now}; run all contracts anew",
            folder=str(folder),
            was=str(told.get("schema")),
            now=str(SCHEMA),
        )

    def rows(nth: int) -> Rows:
        made = {name: pl.scan_parquet(folder / f"{name}-{nth:05}.parquet") for name in NAMES}
        return Rows(made["contracts"], made["instalments"], made["payments"], made["events"], folder)

    stem = told["stem"]
    return State(
        date.fromisoformat(told["as_of"]),
        told["made_with"],
        pl.read_parquet(folder / f"positions-{stem}.parquet"),
        tuple(Aside(*row) for row in pl.read_parquet(folder / f"aside-{stem}.parquet").iter_rows()),
        tuple(map(rows, range(told["days"]))),
        tuple(map(Component.parse, told["components"])),
        _read_values(folder / f"values-{stem}.jsonl"),
        told["computed"],
    )


def _write_values(values: Values, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for contract, events in values.values():
            told = {"contract": to_dict(contract), "events": [to_dict(event) for event in events]}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")


def _read_values(path: Path) -> Values:
    made: dict[str, tuple[Contract, tuple[AnyEvent, ...]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        contract = from_dict(told["contract"])
        made[contract.id] = contract, tuple(from_dict(event) for event in told["events"])
    return made
