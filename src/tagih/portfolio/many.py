"""The same questions asked of tables: positions, aging, classes, lines of every contract.

>>> import polars as pl
>>> instalments = pl.DataFrame({"contract": ["A", "B"], "number": [1, 1], "due_on": ["2026-01-31"] * 2,
...                             "principal": [900, 900], "interest": [100, 100]})
>>> payments = pl.DataFrame({"contract": ["A"], "id": ["P-1"], "effective_on": ["2026-02-10"],
...                          "amount": [400]})
>>> from tagih.policies import policy
>>> found = positions(instalments=instalments, payments=payments, policy=policy("id.kol.mf.2018"),
...                   as_of=date(2026, 2, 28))
>>> found.select("contract", "days_past_due", "outstanding").rows()
[('A', 28, Decimal('600.00')), ('B', 28, Decimal('1000.00'))]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final, TypeVar

import numpy as np
import polars as pl
from attrs import evolve, frozen

from tagih.contracts import Component
from tagih.errors import TagihError
from tagih.ledger import kernel as k
from tagih.ledger import replay
from tagih.ledger.position import LINE_KINDS, PERS, Position
from tagih.money import to_minor
from tagih.policies.policy import Policy
from tagih.portfolio import engine
from tagih.portfolio.ceilings import ceilings
from tagih.portfolio.engine import Answer, Wants, whole
from tagih.portfolio.headers import Compiled, Words, compiled
from tagih.portfolio.names import ROW, is_fee, is_money
from tagih.portfolio.tables import (
    CONTRACTS,
    EVENTS,
    INSTALMENTS,
    PAYMENTS,
    Aside,
    Source,
    Tables,
    first_day,
    read,
    to_values,
)

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
Policies = Policy | Mapping[str, Policy]
"""One policy for all contracts, or policies by the name in the contracts' column ``policy``."""

NOTHING_MORE: Final = Wants()
FIGURES: Final = {"outstanding": 5, "arrears": 6, "due_today": 7, "paid": 1, "waived": 2, "restructured": 3,
                  "written_off": 4}  # fmt: skip
"""Columns of a position's frame, and their place in the engine's money."""


@frozen
class Answered:
    """Positions of many contracts and, where asked for, their rows and lines; amounts are minor units.

    ``aside`` are the contracts that could not be answered, each with its reason: those in
    ``positions`` and those set aside are all.
    """

    positions: pl.DataFrame
    aside: tuple[Aside, ...]
    rows: pl.DataFrame | None = None
    lines: pl.DataFrame | None = None
    singles: tuple[Position, ...] = ()
    """Those among ``positions`` that were replayed by themselves."""


def tables(
    *, instalments: Source, payments: Source = None, events: Source = None, contracts: Source = None
) -> Tables:
    """Tables from any sources, read whole.

    Rows with a cell that cannot be read are set aside with their row number (1 is the first after
    the header), and so is their contract.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
    """
    made: dict[str, pl.DataFrame] = {}
    aside: list[Aside] = []
    asked = (
        ("instalments", instalments, INSTALMENTS, ("contract", "number", "due_on", "principal")),
        ("payments", payments, PAYMENTS, ("contract", "id", "effective_on", "amount")),
        ("events", events, EVENTS, ("contract", "id", "kind", "effective_on")),
        ("contracts", contracts, CONTRACTS, ("id",)),
    )
    for name, source, columns, required in asked:
        if source is None:
            made[name] = pl.DataFrame(schema=columns)
            continue
        frame = read(source, columns, name, required).collect()
        frame, bad = _readable(frame, source, name, required)
        aside += bad
        made[name] = frame.drop(ROW, strict=False)
    if contracts is None:
        made["contracts"] = pl.DataFrame(
            {"id": made["instalments"]["contract"].unique(maintain_order=True)}
        ).with_columns(pl.lit(None, kind).alias(name) for name, kind in CONTRACTS.items() if name != "id")
    made["instalments"] = filled(made["instalments"])
    fees = [name for name in made["instalments"].columns if is_fee(name)]
    gone = {each.contract for each in aside}
    if gone:
        named = pl.Series(sorted(gone), dtype=pl.String).implode()
        made = {
            name: frame.filter(~pl.col("id" if name == "contracts" else "contract").is_in(named))
            for name, frame in made.items()
        }
    return Tables(
        made["contracts"],
        made["instalments"],
        made["payments"],
        made["events"],
        components=tuple(Component.parse(name) for name in sorted(fees)),
        aside=tuple(aside),
    )


def filled(instalments: Frame) -> Frame:
    """Instalments with 0 where interest or a fee is empty."""
    names = instalments.lazy().collect_schema().names()
    return instalments.with_columns(
        pl.col(name).fill_null(0) for name in names if name == "interest" or is_fee(name)
    )


def _readable(
    frame: pl.DataFrame, source: Source, table: str, required: Sequence[str]
) -> tuple[pl.DataFrame, list[Aside]]:
    """The rows whose needed cells could be read, and the others' complaints."""
    from tagih.portfolio.tables import lazy

    given = lazy(source).collect_schema()
    checked = [name for name in frame.columns if name in given and name != ROW]
    must = [name for name in checked if name in required]
    if not any(frame[name].null_count() for name in checked):
        return frame, []
    raw = lazy(source).select(pl.col(name).cast(pl.String) for name in checked).collect()
    numbers = frame[ROW] if ROW in frame.columns else pl.Series(np.arange(len(frame)))
    complaints: list[Aside] = []
    wrong = np.zeros(len(frame), bool)
    key = "id" if table == "contracts" else "contract"
    for name in checked:
        if not frame[name].null_count():
            continue
        empty = raw[name].is_null() | (raw[name].str.strip_chars() == "")
        bad = frame[name].is_null() & (~empty if name not in must else True)
        for at in np.flatnonzero(bad.to_numpy()):
            wrong[at] = True
            row = int(numbers[int(at)]) + 1
            reason = f"{table}:{row}: {name} '{raw[name][int(at)] or ''}' is not {_meant(name)}"
            complaints.append(Aside(raw[key][int(at)] or "", reason, table, row, name))
    return frame.filter(~wrong), complaints


def _meant(name: str) -> str:
    if is_money(name):
        return "an amount"
    if name.endswith("_on") or name in ("until", "maturity"):
        return "a date, YYYY-MM-DD"
    return "a name" if name in ("id", "contract", "kind") else "a number"


def named(policy: Policies) -> dict[str, Policy]:
    """Policies by name; one for all has the name ''."""
    return dict(policy) if isinstance(policy, Mapping) else {"": policy}


def resolve(
    given: Tables, policy: Policies, as_of: date, components: tuple[Component, ...]
) -> tuple[list[Compiled], np.ndarray[Any, Any], list[Aside]]:
    """The compiled policies, each contract's number among them (-1: none), and who was set aside.

    A policy with dated caps is there once more for each set of them that contracts are under.
    """
    by_name = named(policy)
    contracts, first = given.contracts, first_day(given, as_of)
    names = list(by_name)
    if isinstance(policy, Mapping):
        column = contracts["policy"].replace_strict({name: n for n, name in enumerate(names)}, default=-1,
                                                    return_dtype=pl.Int64)  # fmt: skip
        number = whole(column, -1).copy()
    else:
        number = np.zeros(len(contracts), np.int64)
    aside = [
        Aside(
            contracts["id"][int(at)],
            f"policy '{contracts['policy'][int(at)]}' is not among {', '.join(names)}",
        )
        for at in np.flatnonzero(number < 0)
    ]
    made = [compiled(own, components, first, as_of) for own in by_name.values()]
    for n, own in enumerate(by_name.values()):
        at = np.flatnonzero(number == n)
        if own.caps and own.late_charge and len(at):
            found, which = ceilings(given, own, at)
            number[at] = np.where(which < 0, -1, len(made) + which)
            made += [compiled(own, components, first, as_of, dated) for dated in found]
    return made, number, aside


def answer(
    given: Tables, policy: Policies, as_of: date, *, wants: Wants = NOTHING_MORE, workers: int = 1
) -> Answered:
    """Every contract's position at the end of ``as_of``; those the columns cannot tell go one by one."""
    given = _of_known(given)
    parts = _split(given)
    if len(parts) == 1:
        return _answer(given, policy, as_of, wants, workers)
    found = [_answer(each, policy, as_of, wants, workers) for each in parts]
    rows = [each.rows for each in found if each.rows is not None]
    lines = [each.lines for each in found if each.lines is not None]
    both = _joined(found[0].positions, found[1].positions)
    order = np.argsort(engine.places(both["contract"], given.contracts["id"]), kind="stable")
    return Answered(
        both[order],
        (*given.aside, *(each for one in found for each in one.aside)),
        _joined(*rows) if rows else None,
        pl.concat(lines, how="diagonal") if lines else None,
        tuple(single for each in found for single in each.singles),
    )


def _of_known(given: Tables) -> Tables:
    """The tables with each row's contract as a number; rows of contracts that are not there set aside."""
    frames: dict[str, pl.DataFrame] = {}
    aside = []
    for name in ("instalments", "payments", "events"):
        frame: pl.DataFrame = getattr(given, name)
        place = engine.places(frame["contract"], given.contracts["id"])
        frames[name] = frame.with_columns(c=place)
        if len(place) and place.min() < 0:
            odd = frame.filter(place < 0)["contract"].value_counts(sort=True)
            frames[name] = frames[name].filter(place >= 0)
            aside += [
                Aside(id or "", f"{name}: {count} of contract '{id}', which is not among the contracts")
                for id, count in odd.iter_rows()
            ]
    return evolve(
        given,
        instalments=frames["instalments"],
        payments=frames["payments"],
        events=frames["events"],
        aside=(*given.aside, *aside),
    )


FEW: Final = 2_000  # contracts for which a second pass is not worth its start


def _split(given: Tables) -> list[Tables]:
    """Contracts with payments alone, which take the short way, and those with other events, or as values."""
    ids = given.contracts["id"]
    if not (given.events.height or given.values) or len(ids) < FEW:
        return [given]
    touched = np.zeros(len(ids), bool)
    touched[engine.place_of(given.events, ids)] = True
    if given.values:
        touched |= ids.is_in(list(given.values)).to_numpy()
    if touched.mean() > 0.5:
        return [given]
    of_rows, of_payments = engine.place_of(given.instalments, ids), engine.place_of(given.payments, ids)
    others = evolve(
        given,
        contracts=given.contracts.filter(touched),
        instalments=_part(given.instalments, of_rows, touched),
        payments=_part(given.payments, of_payments, touched),
        events=given.events.drop("c"),
        aside=(),
    )
    return [evolve(given, events=given.events.clear(), values={}, aside=(), elsewhere=touched), others]


def _part(frame: pl.DataFrame, place: Words, mask: Any) -> pl.DataFrame:
    """The rows of the contracts in ``mask``, numbered among those."""
    number = np.where(mask, np.cumsum(mask) - 1, -1)
    own = mask[place]
    return frame.filter(own).with_columns(c=number[place[own]])


def _answer(given: Tables, policy: Policies, as_of: date, wants: Wants, workers: int) -> Answered:
    by_name = named(policy)
    components = engine.components_of(given, list(by_name.values()))
    made, number, aside = resolve(given, policy, as_of, components)
    aside += given.aside
    batch, found = engine.prepare(given, made, number, components, as_of)
    ids, ours = given.contracts["id"], np.ones(len(found.hard), bool)
    if given.elsewhere is not None:
        ours = ~given.elsewhere
        found.hard |= given.elsewhere
        theirs = set(ids.filter(given.elsewhere)) if aside else set()
        aside = [each for each in aside if each.contract not in theirs]
    named_rows = wants.rows or wants.lines  # lines name rows
    engine.run(batch, found, wants=evolve(wants, rows=named_rows), workers=workers)
    frame = _positions(given, found)
    rows = _rows(given, found) if wants.rows else None
    lines = _lines(given, found, made, number) if wants.lines else None
    gone = {each.contract for each in aside}
    hard = [id for id in ids.filter(found.hard & ours) if id not in gone]
    one_by_one: list[Position] = []
    if hard:
        chosen = dict(given.contracts.filter(found.hard).select("id", "policy").iter_rows())
        for id, (contract, events) in to_values(given, hard).items():
            try:
                own = by_name[chosen[id] if isinstance(policy, Mapping) else ""]
                one_by_one.append(replay(contract, events, own, as_of))
            except (TagihError, OverflowError) as error:
                aside.append(Aside(id, str(error)))
        frame = _joined(frame, _from_positions(one_by_one, frame.schema))
        if rows is not None:
            rows = _joined(rows, rows_of(one_by_one, rows.schema))
        if lines is not None:
            lines = pl.concat([lines, lines_of(one_by_one, lines.schema)], how="diagonal")
    return Answered(frame, tuple(aside), rows, lines, tuple(one_by_one))


def _joined(frame: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Both, with 0 where only one of them knows a component."""
    both = pl.concat([frame, more], how="diagonal")
    return both.with_columns(pl.col(name).fill_null(0) for name in both.columns if "/" in name)


def positions(
    *,
    instalments: Source,
    payments: Source = None,
    events: Source = None,
    contracts: Source = None,
    policy: Policies,
    as_of: date,
    workers: int = 1,
) -> pl.DataFrame:
    """Every contract's position at the end of ``as_of``, a row each; amounts are exact decimals.

    Contracts that could not be answered have a row with their reason in ``aside``, and no figures.
    ``policy`` is one for all, or a mapping from the names in the contracts' column ``policy``.

    Raises:
        InputError: If a table lacks a column it needs, or holds amounts as floats.
        PolicyError: If a policy cannot be worked with.
    """
    given = tables(instalments=instalments, payments=payments, events=events, contracts=contracts)
    return exact(with_aside(answer(given, policy, as_of, workers=workers)))


def with_aside(found: Answered) -> pl.DataFrame:
    """The positions, and a row for each contract set aside, with the first reason."""
    return pl.concat([found.positions, reasons(found.aside)], how="diagonal")


def reasons(aside: Iterable[Aside]) -> pl.DataFrame:
    """A row for each contract set aside: ``contract`` and, in ``aside``, the first reason."""
    first: dict[str, str] = {}
    for each in aside:
        first.setdefault(each.contract, each.reason)
    return pl.DataFrame(
        {"contract": list(first), "aside": list(first.values())},
        schema={"contract": pl.String, "aside": pl.String},
    )


def exact(frame: pl.DataFrame) -> pl.DataFrame:
    """Minor units (columns of 64-bit amounts) as decimals with two places."""
    return frame.with_columns(
        (pl.col(name).cast(pl.Decimal(38, 2)) / 100).alias(name) for name in frame.columns if _is_amount(name)
    )


HEAD: Final = {
    "contract": pl.String, "days_past_due": pl.Int64, "overdue_instalments": pl.Int64,
    "oldest_due_on": pl.Date, "shortfall": pl.Int64, "unapplied": pl.Int64, "late_charges_run_up": pl.Int64,
    **dict.fromkeys(FIGURES, pl.Int64), "not_due": pl.Int64,
}  # fmt: skip
"""Columns of a frame of positions before those of its components."""


def ordered(positions: pl.DataFrame, components: Iterable[Component]) -> pl.DataFrame:
    """The positions with a column for each figure of each of ``components``, in the kernel's order.

    What a contract never had is 0; so frames of different contracts have the same columns.
    """
    more = [f"{name}/{part}" for part in engine.in_order(components) for name in FIGURES]
    missing = [pl.lit(0, pl.Int64).alias(name) for name in more if name not in positions.columns]
    return positions.with_columns(missing).select(*HEAD, *more)


def _is_amount(name: str) -> bool:
    head = name.partition("/")[0]
    return head in (
        *FIGURES,
        "not_due",
        "unapplied",
        "late_charges_run_up",
        "shortfall",
        "amount",
        "base",
        "flat",
        "due",
    )


# --- the kernel's answer as frames -----------------------------------------------------------------


def _positions(given: Tables, found: Answer) -> pl.DataFrame:
    columns, money = found.columns, found.money()
    late = columns["cause_number"] >= 0
    series: dict[str, Any] = {
        "contract": given.contracts["id"],
        "days_past_due": columns["days"],
        "overdue_instalments": columns["late"],
        "oldest_due_on": _days(np.where(late, columns["cause_due"], NULL)),
        "shortfall": np.where(late, columns["cause_short"], 0),
        "unapplied": columns["pool"],
        "late_charges_run_up": columns["run_up"],
    }
    for name, place in FIGURES.items():
        series[name] = money[:, place].sum(axis=0)
    series["not_due"] = series["outstanding"] - series["arrears"] - series["due_today"]
    for c, part in enumerate(found.components):
        for name, place in FIGURES.items():
            series[f"{name}/{part}"] = money[c, place]
    frame = pl.DataFrame(series)
    return frame.filter(~found.hard) if found.hard.any() else frame


NULL: Final = -(1 << 40)


def _days(days: np.ndarray[Any, Any]) -> pl.Series:
    return pl.Series(days).replace(NULL, None).cast(pl.Int32, strict=False).cast(pl.Date)


def _from_positions(found: Sequence[Position], schema: Any) -> pl.DataFrame:
    rows = []
    for position in found:
        row: dict[str, Any] = {
            "contract": position.contract.id,
            "days_past_due": position.days_past_due,
            "overdue_instalments": position.overdue_instalments,
            "oldest_due_on": position.oldest_due_on,
            "shortfall": _minor(position, position.cause.shortfall if position.cause else 0),
            "unapplied": _minor(position, position.unapplied),
            "late_charges_run_up": _minor(position, position.late_charges_run_up),
            "not_due": _minor(position, position.not_due.total),
        }
        parts: dict[str, dict[str, int]] = {name: {} for name in FIGURES}
        for each in position.instalments:
            for part, balance in each.balances:
                for name in ("paid", "waived", "restructured", "written_off"):
                    of = parts[name]
                    of[str(part)] = of.get(str(part), 0) + _minor(position, getattr(balance, name))
        for name in ("outstanding", "arrears", "due_today"):
            parts[name] = {str(p): _minor(position, a) for p, a in getattr(position, name).parts}
        for name, amounts in parts.items():
            row[name] = sum(amounts.values())
            row |= {f"{name}/{part}": amount for part, amount in amounts.items()}
        rows.append({**{name: 0 for name in schema if "/" in name}, **row})
    return pl.DataFrame(rows, schema_overrides=schema) if rows else pl.DataFrame(schema=schema)


def _minor(position: Position, amount: Any) -> int:
    return to_minor(amount, position.currency)


CELLS: Final = ("due", "paid", "waived", "restructured", "written_off", "outstanding")


def _rows(given: Tables, found: Answer) -> pl.DataFrame:
    """A row for each instalment (with its charges) or charge on the contract, and its cells."""
    columns, width = found.columns, len(found.components)
    count = np.diff(columns["row_first"])
    place = np.repeat(np.arange(len(count)), count)
    cells = columns["row_cells"].reshape(-1, width, len(CELLS))
    frame = pl.DataFrame({
        "contract": given.contracts["id"].gather(place), "c": place,
        "head": columns["row_head"], "number": columns["row_number"], "due": columns["row_due"],
        "days_past_due": columns["row_days"], "charge": columns["row_charge"], "live": columns["row_live"],
        **{f"{name}/{part}": cells[:, c, n] for c, part in enumerate(found.components)
           for n, name in enumerate(CELLS)},
    })  # fmt: skip
    amounts = [name for name in frame.columns if "/" in name]
    live = frame.filter(pl.col("live") == 1)
    merged = live.group_by("c", "head", maintain_order=True).agg(
        pl.col("contract", "number", "due", "days_past_due", "charge").first(), pl.col(amounts).sum()
    )
    charges = _charge_ids(found)
    named = merged.with_columns(
        charge=pl.when(pl.col("charge") < 0).then(-1).otherwise(pl.col("charge"))
    ).join(charges, left_on=["c", "charge"], right_on=["c", "n"], how="left", maintain_order="left")
    return named.select(
        "contract",
        pl.when(pl.col("number") > 0).then("number").alias("instalment"),
        pl.col("charge_id").fill_null("").alias("charge"),
        pl.col("due").cast(pl.Int32).cast(pl.Date).alias("due_on"),
        "days_past_due",
        *amounts,
    )


def _charge_ids(found: Answer) -> pl.DataFrame:
    if found.charges is None:
        return pl.DataFrame(schema={"c": pl.Int64, "n": pl.Int64, "charge_id": pl.String})
    place = whole(found.charges["c"])
    n = np.arange(len(place)) - found.columns["charge_first"][place]
    return pl.DataFrame({"c": place, "n": n, "charge_id": found.charges["id"]})


def rows_of(found: Sequence[Position], schema: Any) -> pl.DataFrame:
    """The same rows from positions of the single path."""
    rows = []
    for position in found:
        for each in position.instalments:
            row: dict[str, Any] = {
                "contract": position.contract.id,
                "instalment": each.number,
                "charge": each.charge,
                "due_on": each.due_on,
                "days_past_due": each.days_past_due,
                **{name: 0 for name in schema if "/" in name},
            }
            for part, balance in each.balances:
                for name in CELLS:
                    row[f"{name}/{part}"] = _minor(position, getattr(balance, name))
            rows.append(row)
    return pl.DataFrame(rows, schema_overrides=schema) if rows else pl.DataFrame(schema=schema)


LINE_COLUMNS: Final = {
    "contract": pl.String, "kind": pl.String, "event": pl.String, "instalment": pl.Int64, "charge": pl.String,
    "due_on": pl.Date, "component": pl.String, "amount": pl.Int64, "on": pl.Date, "start": pl.Date,
    "base": pl.Int64, "days": pl.Int64, "rate": pl.String, "flat": pl.Int64, "per": pl.String,
    "rule": pl.String, "charged": pl.Boolean, "by": pl.String,
}  # fmt: skip
"""A line's columns: the fields of `tagih.ledger.position.Line`, ``rate`` as the text of a fraction."""


def _lines(given: Tables, found: Answer, made: Sequence[Compiled], number: Any) -> pl.DataFrame:
    """A row for each movement, with the names that the kernel's numbers stand for."""
    columns = found.columns
    count = np.diff(columns["line_first"])
    place = np.repeat(np.arange(len(count)), count)
    events = found.op_ids()
    op, step = columns["line_op"], columns["line_step"]
    kind = columns["line_kind"]
    row = columns["line_row"]
    at = columns["row_first"][place] + np.maximum(row, 0)
    gives_back = np.isin(kind, (k.REFUNDED, k.CHARGED_BACK, k.UNRECOVERED))
    settles = np.isin(kind, (k.SETTLED, k.RECOVERED)) & (step >= 0)
    runs = np.isin(kind, (k.RUN_UP, k.CAPPED))
    base = columns["op_first"][place]

    def gather(source: pl.Series, index: Any, where: Any) -> pl.Series:
        safe = pl.Series(np.where(where, index, 0))
        picked = source.gather(safe) if len(source) else pl.Series([None] * len(safe), dtype=source.dtype)
        return picked.zip_with(pl.Series(where), pl.Series([None] * len(safe), dtype=source.dtype))

    own = number[place] if len(made) > 1 else np.zeros(len(place), np.int64)

    def of_steps(lists: Sequence[Sequence[Any]], dtype: Any, where: Any) -> pl.Series:
        """What a line's step names in its contract's policy, where ``where`` holds."""
        flat: list[Any] = [value for each in lists for value in each]
        first = np.cumsum([0, *(len(each) for each in lists)])
        return gather(pl.Series(flat, dtype=dtype), first[own] + step, where)

    late_rules = pl.Series(
        [each.policy.late_charge.about.id if each.policy.late_charge else "" for each in made],
        dtype=pl.String,
    )
    rules = of_steps([each.names for each in made], pl.String, settles)
    late = gather(late_rules, own, kind == k.RUN_UP)
    cut = of_steps([each.cap_names for each in made], pl.String, kind == k.CAPPED)
    run_up = kind == k.RUN_UP
    rates = [[str(Fraction(num, each.late.den)) for num in each.late.step_num] for each in made]
    per = np.array([each.late.per for each in made])[own]
    flat = whole(of_steps([each.late.step_amount for each in made], pl.Int64, run_up))
    monthly = np.where(run_up & (per == k.PER_MONTH), columns["line_amount"] // np.maximum(flat, 1), 0)
    spans = np.where(run_up & (per == k.PER_DAY), _run_days(columns, place), 0)
    row_number = columns["row_number"][at] if len(columns["row_number"]) else np.zeros(len(at), np.int64)
    row_charge = columns["row_charge"][at] if len(columns["row_charge"]) else np.full(len(at), -1)
    row_due = columns["row_due"][at] if len(columns["row_due"]) else np.zeros(len(at), np.int64)
    released = columns["row_released"][at] if len(columns["row_released"]) else np.ones(len(at), np.int64)
    frame = pl.DataFrame({
        "contract": given.contracts["id"].gather(place),
        "c": place,
        "kind": pl.Series(kind).replace_strict(LINE_KINDS, return_dtype=pl.String),
        "event": gather(events, base + op, op >= 0).fill_null(""),
        "instalment": pl.Series(row_number).zip_with(
            pl.Series((row >= 0) & (row_number > 0)), pl.Series([None] * len(at), dtype=pl.Int64)),
        "n": np.where(row >= 0, row_charge, -1),
        "due_on": _days(np.where(row >= 0, row_due, NULL)),
        "component": pl.Series(columns["line_component"]).replace_strict(
            {c: str(part) for c, part in enumerate(found.components)}, default=None, return_dtype=pl.String),
        "amount": columns["line_amount"],
        "on": _days(columns["line_day"]), "start": _days(columns["line_start"]),
        "base": np.where(kind == k.RUN_UP, columns["line_base"], 0),
        "days": spans + monthly,
        "rate": of_steps(rates, pl.String, run_up & (per == k.PER_DAY)).fill_null("0"),
        "flat": flat,
        "per": pl.Series(per).replace_strict(PERS, return_dtype=pl.String),
        "rule": rules.fill_null(late).fill_null(cut).fill_null("event"),
        "charged": np.where(runs, released == 1, True),
        "by": gather(events, base + step, gives_back).fill_null(""),
    })  # fmt: skip
    joined = frame.join(_charge_ids(found), on=["c", "n"], how="left", maintain_order="left")
    return joined.with_columns(charge=pl.col("charge_id").fill_null("")).select(list(LINE_COLUMNS))


def _run_days(columns: Mapping[str, Words], place: Words) -> Words:
    """Days from ``start`` to ``on`` of each line, without those on which a pause holds late charges."""
    start, last = columns["line_start"], columns["line_day"]
    days = last - start + 1
    if "late_first" not in columns:
        return days
    first = columns["late_first"]
    paused = np.flatnonzero(np.diff(first)[place])
    for nth in range(int(np.diff(first).max(initial=0))):  # a contract has few pauses
        at = paused[np.diff(first)[place[paused]] > nth]
        span = first[place[at]] + nth
        low = np.maximum(start[at], columns["late_from"][span])
        high = np.minimum(last[at], columns["late_to"][span])
        days[at] -= np.maximum(high - low + 1, 0)
    return days


def lines_of(found: Sequence[Position], schema: Any = LINE_COLUMNS) -> pl.DataFrame:
    """The same lines from positions of the single path."""
    rows = [
        (
            position.contract.id, line.kind, line.event, line.instalment, line.charge, line.due_on,
            str(line.component) if line.component else None, _minor(position, line.amount), line.on,
            line.start, _minor(position, line.base), line.days, str(line.rate), _minor(position, line.flat),
            line.per, line.rule, line.charged, line.by,
        )
        for position in found
        for line in position.lines
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=LINE_COLUMNS, orient="row")
