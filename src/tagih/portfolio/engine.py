"""From tables to the compiled kernel and back: columns in, columns out, no loop over contracts.

What the columns cannot say safely (an id used twice, a reversal of a reversal, an event before its
contract) is left to the single path: such contracts are *hard*, and come back as a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl
from attrs import define, frozen

from tagih.contracts import INTEREST, PRINCIPAL, Component
from tagih.dates import to_day
from tagih.ledger import kernel as k
from tagih.ledger.compile import KIND, late_component
from tagih.policies.policy import Policy
from tagih.portfolio import compiled as machine
from tagih.portfolio.headers import Compiled, Words, tolerances
from tagih.portfolio.tables import RANKS, Tables

MONEY: Final = ("due", "paid", "waived", "moved", "lost", "open", "arrears", "due_today")
PART: Final = 2048  # contracts that a thread takes at a time
OPS: Final = {
    "payment": k.OP_PAY, "charge": k.OP_CHARGE, "waiver": k.OP_WAIVE, "write_off": k.OP_WRITE_OFF,
    "forgiveness": k.OP_FORGIVE, "refund": k.OP_REFUND, "chargeback": k.OP_CHARGE_BACK,
    "acceleration": k.OP_ACCELERATE,
}  # fmt: skip
NEEDS_AMOUNT: Final = ("payment", "correction", "charge", "refund", "chargeback")
ROOM: Final = len(k.Rows._fields) + 12
"""Words of memory a row needs beside its cells."""
NOTHING: Final = np.zeros(0, np.int64)


@define
class Answer:
    """What the kernel found, contract by contract; ``hard`` contracts are not in it."""

    columns: dict[str, Words]
    components: tuple[Component, ...]
    hard: Words  # mask
    # what lines and rows name
    instalment_rows: pl.DataFrame | None = None
    ops: pl.DataFrame | None = None
    charges: pl.DataFrame | None = None
    order: Words | None = None

    def op_ids(self) -> pl.Series:
        """The event of each op, in the order of ops."""
        assert self.ops is not None
        return self.ops["id"] if self.order is None else self.ops["id"].gather(self.order)

    def money(self) -> Words:
        """Component by `MONEY` by contract."""
        return self.columns["money"].reshape(len(self.components), len(MONEY), -1)


def components_of(tables: Tables, policies: Sequence[Policy]) -> tuple[Component, ...]:
    """Every component that may occur, in the kernel's order."""
    named = set(tables.components)
    named |= {late_component(policy) for policy in policies if policy.late_charge}
    if tables.events.height:
        charged = tables.events.filter(pl.col("kind") == "charge")["component"].drop_nulls().unique()
        named |= {Component.parse(name) for name in charged}
    return in_order(named)


def in_order(components: Iterable[Component]) -> tuple[Component, ...]:
    """Principal, interest and the others by kind and name."""
    others = set(components) - {PRINCIPAL, INTEREST}
    return (PRINCIPAL, INTEREST, *sorted(others, key=lambda part: (part.kind, part.name)))


# --- where each contract's rows are ---------------------------------------------------------------


def places(ids: pl.Series, known: pl.Series) -> Words:
    """The number of each row's contract in ``known``; -1 where it is not there."""
    if not len(ids):
        return NOTHING
    runs = ids.rle()
    first = runs.struct.field("value")
    if len(first) == len(known) and bool((first == known).all()):
        place = np.arange(len(known))
    else:
        found = pl.DataFrame({"id": first}).join(
            pl.DataFrame({"id": known, "n": np.arange(len(known))}),
            on="id",
            how="left",
            maintain_order="left",
        )
        place = found["n"].fill_null(-1).to_numpy()
    return np.repeat(place, runs.struct.field("len").to_numpy())


def place_of(frame: pl.DataFrame, known: pl.Series) -> Words:
    """The same, from the column ``c`` where the numbers are known already."""
    return frame["c"].to_numpy() if "c" in frame.columns else places(frame["contract"], known)


def firsts(place: Words, count: int) -> Words:
    """Where each contract's rows begin, and after the last where they end."""
    return np.concatenate([[0], np.cumsum(np.bincount(place, minlength=count))]).astype(np.int64)


def whole(series: pl.Series, missing: int = 0) -> Words:
    """A column as 64-bit integers; dates as days since 1970."""
    if series.dtype == pl.Date:
        series = series.to_physical()
    if series.null_count():
        series = series.fill_null(missing)
    return np.ascontiguousarray(series.to_numpy(), dtype=np.int64)


# --- laying end to end ----------------------------------------------------------------------------


def prepare(
    tables: Tables,
    policies: Sequence[Compiled],
    policy: Words,
    components: tuple[Component, ...],
    as_of: date,
) -> tuple[dict[str, Any], Answer]:
    """The columns of a `Batch`, and the answer they will fill."""
    ids = tables.contracts["id"]
    count = len(ids)
    hard = np.zeros(count, bool)
    hard[policy < 0] = True
    if tables.values:
        hard[ids.is_in(list(tables.values)).to_numpy()] = True
    currency = tables.contracts["currency"]
    if currency.null_count() < count:
        hard |= (currency.fill_null("IDR") != "IDR").to_numpy()
    batch = _instalments(tables, policies, policy, components, hard)
    signed = whole(tables.contracts["signed_on"], -k.FAR)
    ops, charges, order = _ops(tables, policies, policy, components, hard, signed, as_of, batch)
    _contracts(tables, policies, policy, batch, hard)
    rows = batch.pop("frame")
    batch |= {
        "width": len(components),
        "as_of": to_day(as_of),
        "policy": policy if len(policies) > 1 else NOTHING,
    }
    batch["policies"] = np.concatenate([each.words for each in policies])
    return batch, Answer({}, components, hard, rows, ops, charges, order)


def _instalments(
    tables: Tables, policies: Sequence[Compiled], policy: Words, components: Sequence[Component], hard: Any
) -> dict[str, Any]:
    ids, frame = tables.contracts["id"], tables.instalments
    place = place_of(frame, ids)
    if len(place) and place.min() < 0:
        frame = frame.filter(place >= 0)
        place = place[place >= 0]
    due, number = whole(frame["due_on"]), whole(frame["number"])
    principal, interest = whole(frame["principal"]), whole(frame["interest"])
    first, lent, charges, odd = (np.zeros(len(ids) + 1, np.int64) for _ in range(4))
    if machine.load().survey_rows(place, due, number, principal, interest, first, lent[1:], charges[1:], odd):
        hard |= odd[:-1] > 0
    else:
        order = np.lexsort((number, due, place))
        frame, place, due, number = frame[order], place[order], due[order], number[order]
        principal, interest = principal[order], interest[order]
        bad = (number < 1) | (principal < 0) | (interest < 0)
        hard[place[bad]] = True
        pairs = np.lexsort((number, place))
        twice = (np.diff(place[pairs]) == 0) & (np.diff(number[pairs]) == 0)
        hard[place[pairs[1:][twice]]] = True
        first = firsts(place, len(ids))
        lent[1:], charges[1:] = _sum(principal, first), _sum(interest, first)
    names = [name for name in frame.columns if name == "fee" or name.startswith("fee:")]
    fees = np.stack([whole(frame[name]) for name in names], axis=1) if names else np.zeros((0, 0), np.int64)
    batch: dict[str, Any] = {
        "first": first, "due": due, "number": number,
        "principal": principal, "interest": interest, "fees": fees.reshape(-1),
        "fee_component": np.array([components.index(Component.parse(name)) for name in names], np.int64),
        "frame": frame, "place": place, "lent": lent[1:], "charges": charges[1:],
    }  # fmt: skip
    tolerance = np.zeros(len(due), np.int64)
    for n, each in enumerate(policies):
        allowed = tolerances(each.policy, principal, interest)
        if allowed is not None:
            own = (policy == n)[place]
            tolerance[own] = allowed[own]
            batch["tolerance"] = tolerance
    return batch


def _sum(values: Words, first: Words) -> Words:
    total = np.concatenate([[0], np.cumsum(values)])
    found: Words = (total[first[1:]] - total[first[:-1]]).astype(np.int64)
    return found


def _contracts(
    tables: Tables, policies: Sequence[Compiled], policy: Words, batch: dict[str, Any], hard: Any
) -> None:
    """What a contract's own sizes decide: the base of its late charge, and its caps."""
    count = len(policy)
    agreed = whole(tables.contracts["agreed_amount"], -1)
    lent = whole(tables.contracts["principal"], -1)
    if (lent < 0).any():
        lent = np.where(lent < 0, batch["lent"], lent)
    charges = batch["charges"]
    all_lent = charges + batch["lent"]
    width = len(batch["fee_component"])
    if width:
        fees = _sum(batch["fees"].reshape(-1, width).sum(axis=1), batch["first"])
        charges, all_lent = charges + fees, all_lent + fees
    caps = max(len(each.late.cap_on) for each in policies)
    amounts = np.zeros((count, max(caps, 1)), np.int64)
    differ = False
    for n, each in enumerate(policies):
        own = policy == n
        hard[own & (np.maximum(agreed, all_lent) >= each.largest)] = True
        if each.needs_agreed:
            hard[own & (agreed < 0)] = True
        made = each.cap_amounts(lent, agreed, charges)
        differ = differ or made is not None
        if made is None:
            made = np.broadcast_to(np.array(each.late.cap_amount, np.int64), (count, len(each.late.cap_on)))
        amounts[own, : made.shape[1]] = made[own]
    if differ:
        batch |= {"cap_amount": np.ascontiguousarray(amounts.reshape(-1)), "caps": max(caps, 1)}
    if any(each.policy.late_charge and each.policy.late_charge.base == "agreed_amount" for each in policies):
        batch["agreed"] = np.where(agreed < 0, lent, agreed)


# --- events ---------------------------------------------------------------------------------------


def _ops(
    tables: Tables, policies: Sequence[Compiled], policy: Words, components: Sequence[Component],
    hard: Any, signed: Words, as_of: date, batch: dict[str, Any],
) -> tuple[pl.DataFrame, pl.DataFrame | None, Words | None]:  # fmt: skip
    """The columns of the ops; returns the events that they are, and the charges that make rows."""
    ids, today = tables.contracts["id"], to_day(as_of)
    payments = tables.payments
    plain = payments["kind"].null_count() == len(payments) and payments["instalment"].null_count() == len(
        payments
    )
    if not tables.events.height and plain:
        place = place_of(payments, ids)
        day, amount = whole(payments["effective_on"]), whole(payments["amount"], -1)
        first, odd, ties = np.zeros(len(ids) + 1, np.int64), np.zeros(len(ids), np.int64), np.empty_like(day)
        tied = machine.load().survey_payments(place, day, amount, signed, today, first, odd, ties)
        if tied >= 0 and _in_order(payments, ties[:tied]):
            hard |= odd > 0
            _twice(payments["id"], place, hard)
            batch |= {"op_first": first, "op_day": day, "op_amount": amount}
            return payments.select("id"), None, None
        keep = (place >= 0) & (day <= today)
        if not keep.all():
            payments, place, day, amount = payments.filter(keep), place[keep], day[keep], amount[keep]
        hard[place[(amount <= 0) | (day < signed[place])]] = True
        order = _order(payments, place, day)
        _twice(payments["id"], place, hard)
        if order is not None:
            place, day, amount = place[order], day[order], amount[order]
        batch |= {"op_first": firsts(place, len(ids)), "op_day": day, "op_amount": amount}
        return payments.select("id"), None, order
    return _all_ops(tables, policies, policy, components, hard, signed, today, batch)


def _in_order(payments: pl.DataFrame, ties: Words) -> bool:
    """Whether the payments in the rows ``ties`` come after the ones before, by sequence and id."""
    if not len(ties):
        return True
    rise: Any = 0
    if payments["sequence"].null_count() < len(payments):
        sequence = whole(payments["sequence"])
        rise = sequence[ties] - sequence[ties - 1]
    ids = payments["id"]
    up = (ids.gather(ties) > ids.gather(ties - 1)).to_numpy()
    return bool(((rise > 0) | ((rise == 0) & up)).all())


def _order(payments: pl.DataFrame, place: Words, day: Words) -> Words | None:
    """The order by contract, day, sequence and id; None where the rows stand in it already.

    Only the contracts whose own rows stand otherwise are sorted, if contracts follow each other.
    """
    step = np.diff(place)
    clustered = bool((step >= 0).all())
    wrong = np.ones(len(place), bool)
    if clustered:
        same, later = step == 0, np.diff(day)
        bad = same & (later < 0)
        ties = np.flatnonzero(same & (later == 0))
        if len(ties):
            rise = np.zeros(len(ties), np.int64)
            if payments["sequence"].null_count() < len(payments):
                sequence = whole(payments["sequence"])
                rise = sequence[ties + 1] - sequence[ties]
            ids = payments["id"]
            up = (ids.gather(ties + 1) > ids.gather(ties)).to_numpy()
            bad[ties] = (rise < 0) | ((rise == 0) & ~up)
        if not bad.any():
            return None
        touched = np.zeros(int(place[-1]) + 1, bool)
        touched[place[:-1][bad]] = True
        wrong = touched[place]
    at = np.flatnonzero(wrong)
    chosen = payments.select(pl.col("sequence").fill_null(0), "id").filter(wrong)
    sort = chosen.with_columns(c=place[at], d=day[at], n=np.arange(len(at))).sort("c", "d", "sequence", "id")
    order = np.arange(len(place))
    order[at] = at[sort["n"].to_numpy()]
    return order


def _twice(ids: pl.Series, place: Words, hard: Any) -> None:
    """Contracts that use an event's id twice are hard; ids that rise within a contract are not looked at."""
    if len(ids) < 2:
        return
    rises = (ids > ids.shift(1)).fill_null(True).to_numpy()[1:]
    fall = np.flatnonzero((np.diff(place) == 0) & ~rises)
    if not len(fall):
        return
    touched = np.zeros(len(hard), bool)
    touched[place[fall]] = True
    own = touched[place]
    frame = pl.DataFrame({"c": place[own], "id": ids.filter(own)})
    if frame.select(pl.struct("c", "id").hash()).to_series().n_unique() == len(frame):
        return
    hard[frame.filter(pl.struct("c", "id").is_duplicated())["c"].unique().to_numpy()] = True


def _all_ops(
    tables: Tables, policies: Sequence[Compiled], policy: Words, components: Sequence[Component],
    hard: Any, signed: Words, today: int, batch: dict[str, Any],
) -> tuple[pl.DataFrame, pl.DataFrame | None, Words | None]:  # fmt: skip
    ids = tables.contracts["id"]
    payments = tables.payments.with_columns(pay=pl.col("kind"), kind=pl.lit("payment", pl.String))
    numbered = [frame.with_columns(c=place_of(frame, ids)) for frame in (payments, tables.events)]
    events = pl.concat(numbered, how="diagonal").filter(pl.col("c") >= 0)
    events = events.with_columns(
        day=pl.col("effective_on").to_physical().cast(pl.Int64),
        rank=pl.col("kind").replace_strict(RANKS, default=-1, return_dtype=pl.Int64),
        sequence=pl.col("sequence").fill_null(0),
        signed=pl.Series(signed[events["c"].to_numpy()]),
    )
    needs = pl.col("kind").is_in(list(NEEDS_AMOUNT))
    wrong = (
        (pl.col("rank") < 0)
        | (
            (pl.col("day") <= today)
            & (needs | pl.col("amount").is_not_null())
            & (pl.col("amount").fill_null(0) <= 0)
        )
        | ((pl.col("day") <= today) & (pl.col("day") < pl.col("signed")))
        | ((pl.col("kind") == "charge") & pl.col("component").is_null())
        | (
            (pl.col("kind") == "waiver")
            & (pl.col("component").is_null() | pl.col("component").str.contains(":"))
        )
        | (
            (pl.col("kind") == "pause")
            & (pl.col("until").is_null() | (pl.col("until") < pl.col("effective_on")))
        )
        | (
            pl.col("kind").is_in(["write_off", "forgiveness"])
            & pl.col("component").fill_null("").str.contains("[: ]")
        )
        | pl.struct("c", "id").is_duplicated()
    )
    hard[events.filter(wrong)["c"].unique().to_numpy()] = True

    # reversals and corrections: the simple ones here, the rest is hard
    changes = events.filter(pl.col("kind").is_in(["reversal", "correction"]))
    if changes.height:
        of = events.select(
            "c", pl.col("id").alias("target"), pl.col("kind").alias("what"), pl.col("day").alias("was")
        )
        found = changes.select("c", "target", "kind", "day", "amount").join(
            of, on=["c", "target"], how="left"
        )
        odd = (
            pl.col("what").is_null()
            | pl.col("what").is_in(["reversal", "correction"])
            | (pl.col("was") > pl.col("day"))
            | ((pl.col("kind") == "correction") & (pl.col("what") != "payment"))
            | pl.struct("c", "target").is_duplicated()
        )
        hard[found.filter(odd)["c"].unique().to_numpy()] = True
        now = found.filter(~odd & (pl.col("day") <= today))
        gone = now.filter(pl.col("kind") == "reversal").select("c", id="target")
        fixed = now.filter(pl.col("kind") == "correction").select("c", id="target", fixed="amount")
        events = events.filter(~pl.col("kind").is_in(["reversal", "correction"])).join(
            gone, on=["c", "id"], how="anti"
        )
        if fixed.height:
            events = events.join(fixed, on=["c", "id"], how="left").with_columns(
                amount=pl.coalesce("fixed", "amount")
            )
    events = events.filter(pl.col("day") <= today)

    by_sequence = np.array([bool(p.waterfall and p.waterfall.within_day == "sequence") for p in policies])
    own = policy[events["c"].to_numpy()] if events.height else NOTHING
    swap = pl.Series(by_sequence[own], dtype=pl.Boolean)
    events = events.with_columns(p=pl.Series(own, dtype=pl.Int64), swap=swap).with_columns(
        a=pl.when("swap").then("sequence").otherwise("rank"),
        b=pl.when("swap").then("rank").otherwise("sequence")
    ).sort("c", "day", "a", "b", "id")  # fmt: skip
    _pauses(events, policies, batch, hard, len(ids))
    events = events.filter(pl.col("kind") != "pause")

    place = whole(events["c"])
    op_first = firsts(place, len(ids))
    at = np.arange(len(place)) - op_first[place]
    events = events.with_columns(at=pl.Series(at))
    kind = events["kind"]
    own = whole(events["p"])
    number = whole(events["instalment"], -1)
    target = np.full(len(place), -1)
    backs = (kind == "chargeback").to_numpy()
    if backs.any():
        paid = events.filter(pl.col("kind") == "payment").select("c", target="id", paid="at")
        joined = events.select("c", "target").join(
            paid, on=["c", "target"], how="left", maintain_order="left"
        )
        target = whole(joined["paid"], -1)
        hard[place[backs & ((target < 0) | (target >= at))]] = True

    # rows of their own: charges, and what is lent again
    lend_back = np.array([bool(p.waterfall) and p.waterfall.charged_back != "reopen" for p in policies])  # type: ignore[union-attr]
    lend_over = np.array([bool(p.waterfall) and p.waterfall.over_refund == "new_principal" for p in policies])  # type: ignore[union-attr]
    at_once = np.array([bool(p.waterfall and p.waterfall.charged_back_due == "at_once") for p in policies])
    is_charge = (kind == "charge").to_numpy()
    lent = (backs & lend_back[own]) | ((kind == "refund").to_numpy() & lend_over[own])
    makes = is_charge | lent
    charge_place = place[makes]
    charge_first = firsts(charge_place, len(ids))
    row = np.full(len(place), -1)
    row[makes] = -2 - (np.arange(len(charge_place)) - charge_first[charge_place])
    charges = events.filter(pl.Series(makes))
    own_day = whole(charges["due_on"].fill_null(charges["effective_on"]))
    own_day = np.where(is_charge[makes], own_day, whole(charges["day"]))
    lent_number = np.where(at_once[own[makes]], 0, -1)

    codes = {str(part): n for n, part in enumerate(components)}
    kinds = {name: -2 - code for name, code in KIND.items() if name in ("fee", "late_charge")}
    exact = events["component"].replace_strict(codes, default=None, return_dtype=pl.Int64)
    any_of = events["component"].replace_strict(
        {"principal": 0, "interest": 1, **kinds}, default=-1, return_dtype=pl.Int64
    )
    component = np.where(is_charge, whole(exact, -1), whole(any_of, -1))
    orders = np.zeros(len(place), np.int64)
    for n, each in enumerate(policies):
        if each.kinds:
            chosen = whole(events["pay"].replace_strict(each.kinds, default=0, return_dtype=pl.Int64))
            orders = np.where(own == n, chosen, orders)
    batch |= {
        "op_first": op_first, "op_day": whole(events["day"]), "op_amount": whole(events["amount"], -1),
        "op_kind": whole(kind.replace_strict(OPS, default=-1, return_dtype=pl.Int64)),
        "op_number": np.where(makes, row, number), "op_component": component, "op_order": orders,
        "op_target": target, "op_payment": at,
        "charge_first": charge_first, "charge_own": own_day,
        "charge_number": np.where(is_charge[makes], np.maximum(number[makes], 0), lent_number),
        "charge_lent": lent[makes].astype(np.int64),
    }  # fmt: skip
    return events, charges, None


def _pauses(
    events: pl.DataFrame, policies: Sequence[Compiled], batch: dict[str, Any], hard: Any, count: int
) -> None:
    """Pauses, merged by contract so that no day counts twice."""
    pauses = events.filter((pl.col("kind") == "pause") & pl.col("until").is_not_null())
    if not pauses.height:
        return
    working = np.array([each.working for each in policies])
    hard[whole(pauses["c"])[working[whole(pauses["p"])]]] = True
    pauses = pauses.with_columns(
        last=pl.col("until").to_physical().cast(pl.Int64),
        of=pl.col("of").fill_null("days_past_due late_charge").str.split(" "),
    )
    for name, column in (("age", "days_past_due"), ("late", "late_charge")):
        spans = (
            pauses.filter(pl.col("of").list.contains(column))
            .sort("c", "day", "last")
            .with_columns(before=pl.col("last").cum_max().shift(1).over("c"))
            .with_columns(new=((pl.col("day") > pl.col("before") + 1).fill_null(True)).cum_sum().over("c"))
            .group_by("c", "new", maintain_order=True)
            .agg(pl.col("day").min(), pl.col("last").max())
        )
        batch |= {
            f"{name}_first": firsts(whole(spans["c"]), count),
            f"{name}_from": whole(spans["day"]),
            f"{name}_to": whole(spans["last"]),
        }


# --- running --------------------------------------------------------------------------------------

PER_CONTRACT: Final = (
    "days", "late", "cause_number", "cause_due", "cause_short", "pool", "run_up", "status", "failed",
    "line_count", "row_count",
)  # fmt: skip
LINE: Final = ("kind", "op", "row", "component", "amount", "day", "start", "base", "step")


@frozen
class Wants:
    """What a run fills beside each contract's figures."""

    rows: bool = False
    lines: bool = False
    ops: bool = False


def run(batch: dict[str, Any], answer: Answer, *, wants: Wants, workers: int = 1) -> None:
    """Replay every contract that is not hard; fills ``answer`` and marks what the kernel leaves as hard."""
    count = len(answer.hard)
    width = batch["width"]
    out = {name: np.zeros(count, np.int64) for name in PER_CONTRACT}
    out["money"] = np.zeros(count * width * len(MONEY), np.int64)
    full = {**batch, **out, "skip": answer.hard.astype(np.int64)}
    _go(full, answer, workers)
    if wants.rows or wants.lines or wants.ops:
        done = (out["status"] == k.OK) & ~answer.hard
        if wants.rows:
            rows = np.where(done, out["row_count"], 0)
            full["row_first"] = np.concatenate([[0], np.cumsum(rows)]).astype(np.int64)
            size = int(full["row_first"][-1])
            for name in ("number", "charge", "due", "head", "days", "live", "released"):
                full[f"row_{name}"] = np.zeros(size, np.int64)
            full["row_cells"] = np.zeros(size * width * 6, np.int64)
        if wants.lines:
            lines = np.where(done, out["line_count"], 0)
            full["line_first"] = np.concatenate([[0], np.cumsum(lines)]).astype(np.int64)
            for name in LINE:
                full[f"line_{name}"] = np.zeros(int(full["line_first"][-1]), np.int64)
        if wants.ops:
            full["op_left"] = np.zeros(len(full["op_day"]), np.int64)
        answer.hard |= out["status"] != k.OK
        full["skip"] = answer.hard.astype(np.int64)
        _go(full, answer, workers)
    answer.hard |= out["status"] != k.OK
    answer.columns = {
        name: value for name, value in full.items() if name.startswith(("row_", "line_", "op_left"))
    } | out
    answer.columns["first"] = batch["first"]
    answer.columns["op_first"] = batch["op_first"]
    for name in ("charge_first", "late_first", "late_from", "late_to"):
        if name in batch:
            answer.columns[name] = batch[name]


def _go(full: dict[str, Any], answer: Answer, workers: int) -> None:
    from tagih.portfolio.native import COLUMNS, SLOTS

    module = machine.load()
    slots, columns = SLOTS["Batch"], COLUMNS["Batch"]
    count = len(answer.hard)
    most_ops = int(np.diff(full["op_first"]).max(initial=0)) + 1
    rows = np.diff(full["first"])
    if "charge_first" in full:
        rows = rows + np.diff(full["charge_first"])
    constants = {
        "none": np.full(most_ops, -1), "zeros": np.zeros(most_ops, np.int64), "counting": np.arange(most_ops),
    }  # fmt: skip
    words, kept = np.zeros(slots[""], np.int64), []
    empty = np.zeros(1, np.int64)
    for name, slot in slots.items():
        if name in columns:
            value = full.get(name, constants.get(name))
            if value is None or not len(value):
                words[slot] = empty.ctypes.data
                continue
            value = np.ascontiguousarray(value, dtype=np.int64)
            kept.append(value)
            words[slot], words[slot + 1] = value.ctypes.data, len(value)
        elif name:
            words[slot] = full.get(name, 0)
    room = (int(rows.max(initial=0)) + 1) * (ROOM + 7 * full["width"]) + 3 * most_ops + full["width"] + 128
    size = room + 9 * 4096

    def part(low: int) -> None:
        header, work = np.zeros(SLOTS["Case"][""], np.int64), np.zeros(size, np.int64)
        module.run_batch(
            words.ctypes.data, low, min(low + PART, count), header, header.ctypes.data, work, work.ctypes.data
        )

    if workers == 1 or count <= PART:
        for low in range(0, count, PART):
            part(low)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(part, range(0, count, PART)))
