"""One part of a large book between two month ends, in columns: no loop over its positions.

What `tagih.reports.month.Month` asks of positions is asked here of the compiled kernel's columns,
for contracts whose events are payments, charges and reversals. The others are named in
``Facts.hard``, and are worked out one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import numpy as np
import polars as pl
from attrs import evolve, field, frozen

from tagih.classes import classify, measure
from tagih.contracts import PRINCIPAL, Component
from tagih.dates import from_day, to_day
from tagih.ledger import kernel as k
from tagih.policies import Buckets, Policy
from tagih.policies.provision import Provision
from tagih.portfolio import engine
from tagih.portfolio.engine import Answer, Wants
from tagih.portfolio.headers import Words, tolerances
from tagih.portfolio.many import resolve
from tagih.portfolio.tables import Aside, Tables
from tagih.reports.ratios import Collected
from tagih.reports.snapshot import Account
from tagih.reports.vintage import PAYMENTS, FirstPayment, cohort
from tagih.slik import SlikRow

TOLD: Final = ("payment", "charge", "reversal")
"""Kinds of event whose contracts are told in columns."""
PAID, WAIVED, OPEN, ARREARS, TODAY = (engine.MONEY.index(name) for name in
                                      ("paid", "waived", "open", "arrears", "due_today"))  # fmt: skip
CELLS: Final = ("due", "paid", "waived", "moved", "lost", "open")
NO: Final = Decimal("0.00")
FOREVER: Final = 1 << 40


@frozen
class Asked:
    """What a month end asks of each part: its days, the policies in force on each, the buckets.

    ``provisions`` says what is set aside at the opening and the closing, by policy. Bookings are
    followed from ``since`` on; ``late_after`` are the days after which a contract counts as bad, and
    a first payment as missed. ``skip`` names contracts that are told one by one.
    """

    days: tuple[date, ...]
    policies: tuple[Mapping[str, Policy], ...]
    scheme: Buckets
    buckets: Buckets
    provisions: tuple[Mapping[str, Provision | None], ...]
    since: date
    skip: frozenset[str] = frozenset()
    late_after: int = 30

    @property
    def opening(self) -> date:
        """The last day of the month before."""
        return self.days[-2]

    @property
    def closing(self) -> date:
        """The last day of the month."""
        return self.days[-1]


@frozen
class Sums:
    """Aged money in minor units by class or bucket: contracts, unapplied, and amounts by component."""

    contracts: dict[str, int] = field(factory=dict)
    unapplied: dict[str, int] = field(factory=dict)
    amounts: dict[tuple[str, str, Component], int] = field(factory=dict)

    def add(self, other: Sums) -> None:
        """Add another part's sums."""
        for mine, theirs in ((self.contracts, other.contracts), (self.unapplied, other.unapplied)):
            for code, number in theirs.items():
                mine[code] = mine.get(code, 0) + number
        for key, number in other.amounts.items():
            self.amounts[key] = self.amounts.get(key, 0) + number


@frozen
class Facts:
    """What one part says of a month; amounts are minor units, but decimals in values.

    ``balances`` and ``live`` are by month end; ``curves`` are by cohort and month end: bad and lent
    money, bad and all contracts. ``flows`` are the bridge's lines by class and component; receipts
    are payment, contract, day and amount. ``oldest`` is the due date from which a contract is late.
    """

    accounts: tuple[tuple[Account, ...], tuple[Account, ...]]
    balances: tuple[dict[str, int], ...]
    live: tuple[int, ...]
    curves: dict[tuple[str, int], tuple[int, int, int, int]]
    by_class: Sums
    by_days: Sums
    flows: dict[tuple[str, str, Component], int]
    before: dict[tuple[str, Component], int]
    after: dict[tuple[str, Component], int]
    unapplied: tuple[int, int, int, int]
    collected: tuple[Collected, ...]
    receipts: tuple[tuple[str, str, date, Decimal], ...]
    cash: int
    first: tuple[FirstPayment, ...]
    register: tuple[SlikRow, ...]
    oldest: dict[str, date]
    hard: tuple[str, ...]


@frozen
class Stand:
    """Every contract of a part at the end of one day, told in columns."""

    day: int
    there: Any
    days: Words
    late: Words
    oldest: Words
    pool: Words
    money: Words
    code: Any
    bucket: Any
    found: Answer

    @property
    def parts(self) -> tuple[Component, ...]:
        """The components, in the order of ``money``."""
        return self.found.components

    @property
    def owed(self) -> Words:
        """All that is outstanding."""
        total: Words = self.money[:, :, OPEN].sum(axis=1)
        return total

    @property
    def late_charge(self) -> Words:
        """The late charges outstanding."""
        late = [c for c, part in enumerate(self.parts) if part.kind == "late_charge"]
        total: Words = self.money[:, late, OPEN].sum(axis=1)
        return total

    @property
    def live(self) -> Any:
        """Which contracts are carried."""
        return self.there & (self.owed != 0)


def facts_of(given: Tables, labels: pl.DataFrame, asked: Asked) -> tuple[Facts, ...]:
    """What a part says of the month; ``labels`` has a row for each contract, by ``id``.

    Contracts with payments alone, which take the short way, are apart from the others.
    """
    given = _without(given, _told_one_by_one(given, asked))
    touched = given.events["contract"].unique()
    parts = (_without(given, touched), _only(given, touched))
    return tuple(_facts(part, labels, asked) for part in parts if part.contracts.height)


def strangers(given: Tables) -> tuple[Aside, ...]:
    """Rows that a part sets aside, and rows of contracts that are not in it."""
    known = given.contracts["id"].implode()
    found = list(given.aside)
    for name in ("instalments", "payments", "events"):
        frame: pl.DataFrame = getattr(given, name)
        odd = frame.filter(~pl.col("contract").is_in(known))["contract"].value_counts(sort=True)
        found += [
            Aside(contract or "", f"{name}: {count} of contract '{contract}', which is not in the book", name)
            for contract, count in odd.iter_rows()
        ]
    return tuple(found)


def _facts(given: Tables, labels: pl.DataFrame, asked: Asked) -> Facts:
    ids = given.contracts["id"]
    components = engine.components_of(given, [one for each in asked.policies for one in each.values()])
    stands = []
    for at, (day, policies) in enumerate(zip(asked.days, asked.policies, strict=True)):
        wants = Wants(rows=at >= len(asked.days) - 2, lines=day == asked.closing)
        stands.append(stand(given, policies, day, asked, components, wants))
    base = _base(given, stands[-2], asked, components)
    plain = ~np.logical_or.reduce([each.found.hard for each in (*stands, base)])
    stands = [evolve(each, there=each.there & plain) for each in stands]
    first, last = stands[-2:]
    signed = engine.whole(given.contracts["signed_on"], -FOREVER)
    lent = engine.whole(given.contracts["principal"], -1)
    lent = np.where(lent < 0, _planned(given, PRINCIPAL), lent)
    named = pl.DataFrame({"id": ids}).join(labels, on="id", how="left", maintain_order="left")
    policy = given.contracts["policy"].fill_null("").to_list()
    before, after = ([each.get(name) for name in policy] for each in asked.provisions)
    rows = _rows(given, last, asked.policies[-1])
    fees = {part: _planned(given, part) for part in components}
    return Facts(
        accounts=(
            tuple(accounts(first, named, signed, lent, before)),
            tuple(accounts(last, named, signed, lent, after)),
        ),
        balances=tuple(_by(each.bucket[each.there], each.money[each.there, 0, OPEN]) for each in stands),
        live=tuple(int(each.live.sum()) for each in stands),
        curves=_curves(stands, signed, lent, asked),
        by_class=_sums(last, last.code),
        by_days=_sums(last, last.bucket),
        flows=_flows(base, first, last, fees, asked.scheme),
        before=_owing(first),
        after=_owing(last),
        unapplied=_unapplied(first, last),
        collected=tuple(_collected(ids, first, last)),
        receipts=tuple(_receipts(given, last.there, first.day, last.day)),
        cash=int((_held(last) - _held(first)).sum()),
        first=tuple(_first_payments(given, last, signed, rows, asked)),
        register=tuple(_register(named, last, _since(given, last, signed, rows, asked), asked.scheme)),
        oldest={
            ids[int(at)]: from_day(int(last.oldest[at])) for at in np.flatnonzero(last.live & (last.days > 0))
        },
        hard=tuple(ids.filter(pl.Series(~plain)).to_list()),
    )


def _told_one_by_one(given: Tables, asked: Asked) -> pl.Series:
    others = given.events.filter(~pl.col("kind").is_in(TOLD))["contract"].unique()
    return pl.Series(sorted({*asked.skip, *given.values, *others}), dtype=pl.String)


def _without(given: Tables, ids: pl.Series) -> Tables:
    """The tables without some contracts, and without rows of contracts that are not there."""
    return _only(given, given.contracts["id"].filter(~given.contracts["id"].is_in(ids.implode())))


def _only(given: Tables, ids: pl.Series) -> Tables:
    """The tables of some contracts."""
    own = pl.col("contract").is_in(ids.implode())
    return evolve(
        given,
        contracts=given.contracts.filter(pl.col("id").is_in(ids.implode())),
        instalments=given.instalments.filter(own).drop("c", strict=False),
        payments=given.payments.filter(own).drop("c", strict=False),
        events=given.events.filter(own).drop("c", strict=False),
    )


# --- how every contract stood ---------------------------------------------------------------------


def stand(
    given: Tables,
    policies: Mapping[str, Policy],
    day: date,
    asked: Asked,
    components: tuple[Component, ...],
    wants: Wants,
) -> Stand:
    """Every contract of the tables at the end of a day."""
    made, number, _ = resolve(given, policies, day, components)
    batch, found = engine.prepare(given, made, number, components, day)
    engine.run(batch, found, wants=wants)
    columns, money = found.columns, found.money().transpose(2, 0, 1)  # contract, component, figure
    signed = engine.whole(given.contracts["signed_on"], -FOREVER)
    days, late = columns["days"], columns["late"]
    return Stand(
        to_day(day),
        (signed <= to_day(day)) & ~found.hard,
        days,
        late,
        np.where(columns["cause_number"] >= 0, columns["cause_due"], FOREVER),
        columns["pool"],
        money,
        _codes(days, late, day, asked.scheme),
        _named(days, lambda value: asked.buckets.bucket_for(value).code),
        found,
    )


def _named(values: Words, name: Callable[[int], str]) -> Any:
    """A name for each value, asked once for each that occurs."""
    met, place = np.unique(values, return_inverse=True)
    return np.array([name(int(value)) for value in met], dtype=object)[place]


def _codes(days: Words, late: Words, day: date, scheme: Buckets) -> Any:
    """The class of each contract: lateness alone gives it."""

    def code(key: int) -> str:
        return _code(key >> 20, key & 0xFFFFF, day, scheme)

    return _named((days << 20) | late, code)


def _code(days: int, late: int, day: date, scheme: Buckets) -> str:
    found = measure(day, days_past_due=days, instalments_past_due=late, matures_on=None)
    return classify(found, scheme).code


def accounts(
    at: Stand, named: pl.DataFrame, signed: Words, lent: Words, rules: Sequence[Provision | None]
) -> Iterator[Account]:
    """The accounts of the contracts that were there; ``rules`` say what is set aside for each."""
    keep = np.flatnonzero(at.there)
    chosen = named[keep]
    extras = [name for name in chosen.columns if name not in ("id", "debtor", "product")]
    tags = list(zip(*(chosen[name].to_list() for name in extras), strict=True)) or [()] * len(keep)
    balance, owed = _money(at.money[keep, 0, OPEN]), _money(at.owed[keep])
    arrears = _money(at.money[keep, 0, ARREARS] + at.money[keep, 1, ARREARS])
    pool, of_lent, on = _money(at.pool[keep]), _money(lent[keep]), signed[keep].tolist()
    days, codes, buckets = at.days[keep].tolist(), at.code[keep], at.bucket[keep]
    ids, debtors, products = (chosen[name].fill_null("").to_list() for name in ("id", "debtor", "product"))
    for n, place in enumerate(keep.tolist()):
        rule = rules[place]
        yield Account(
            ids[n],
            debtors[n],
            "live" if owed[n] else "paid_off",
            codes[n],
            buckets[n],
            days[n],
            balance[n],
            owed[n],
            arrears[n],
            NO,
            pool[n],
            _set_aside(balance[n], codes[n], rule) if rule else None,
            of_lent[n],
            None if on[n] == -FOREVER else from_day(on[n]),
            None,
            (
                ("product", products[n]),
                *((name, tag) for name, tag in zip(extras, tags[n], strict=True) if tag),
            ),
        )


def _set_aside(balance: Decimal, code: str, rule: Provision) -> Decimal:
    """As `tagih.classes.provision` has it, without collateral."""
    return (balance * rule.rate_for(code)).quantize(NO, ROUND_HALF_UP)


def _money(values: Words) -> list[Decimal]:
    return [Decimal(value).scaleb(-2) if value else NO for value in values.tolist()]


def _planned(given: Tables, part: Component) -> Words:
    """What the instalments of each contract plan of a component."""
    count, frame = len(given.contracts), given.instalments
    sums = np.zeros(count, np.int64)
    name = str(part)
    if name in frame.columns:
        np.add.at(sums, engine.places(frame["contract"], given.contracts["id"]), engine.whole(frame[name]))
    return sums


# --- over months ----------------------------------------------------------------------------------


def _by(names: Any, values: Words) -> dict[str, int]:
    """Sums by name."""
    met, place = np.unique(names.astype(str), return_inverse=True)
    sums = np.zeros(len(met), np.int64)
    np.add.at(sums, place, values)
    return dict(zip(met.tolist(), sums.tolist(), strict=True))


def _curves(
    stands: Sequence[Stand], signed: Words, lent: Words, asked: Asked
) -> dict[tuple[str, int], tuple[int, int, int, int]]:
    """Bad and lent money, bad and all contracts, of each month's bookings at each month end."""
    found = {}
    month = signed.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    for at, each in enumerate(stands):
        booked = each.there & (signed >= to_day(asked.since))
        bad = each.live & (each.days > asked.late_after)
        for number in np.unique(month[booked]).tolist():
            own = booked & (month == number)
            late = own & bad
            found[f"{1970 + number // 12:04}-{number % 12 + 1:02}", at] = (
                int(each.money[late, 0, OPEN].sum()),
                int(lent[own].sum()),
                int(late.sum()),
                int(own.sum()),
            )
    return found


# --- aging and the bridge ---------------------------------------------------------------------------


def _sums(at: Stand, names: Any) -> Sums:
    """The aging's money by class or bucket, of contracts on which something is owed."""
    found = Sums(
        _by(names[at.live], np.ones(int(at.live.sum()), np.int64)), _by(names[at.live], at.pool[at.live])
    )
    for c, part in enumerate(at.parts):
        money = at.money[at.live, c]
        for name, values in (
            ("arrears", money[:, ARREARS]),
            ("due_today", money[:, TODAY]),
            ("outstanding", money[:, OPEN]),
            ("not_due", money[:, OPEN] - money[:, ARREARS] - money[:, TODAY]),
        ):
            found.amounts.update(
                {(code, name, part): sum for code, sum in _by(names[at.live], values).items()}
            )
    return found


def _owing(at: Stand) -> dict[tuple[str, Component], int]:
    return {
        (code, part): amount
        for c, part in enumerate(at.parts)
        for code, amount in _by(at.code[at.there], at.money[at.there, c, OPEN]).items()
    }


def _unapplied(first: Stand, last: Stand) -> tuple[int, int, int, int]:
    was, now = np.where(first.there, first.pool, 0), np.where(last.there, last.pool, 0)
    came, went = np.maximum(now - was, 0), np.maximum(was - now, 0)
    return int(was.sum()), int(came.sum()), int(went.sum()), int(now.sum())


def _base(given: Tables, first: Stand, asked: Asked, components: tuple[Component, ...]) -> Stand:
    """The opening as it is known at the closing: what was reversed in between never happened."""
    undone = given.events.filter(
        (pl.col("kind") == "reversal")
        & pl.col("effective_on").is_between(asked.opening, asked.closing, "right")
    )
    if not undone.height:
        return first
    gone = pl.concat([undone.select("contract", id="target"), undone.select("contract", "id")])
    part = _only(given, undone["contract"].unique())
    part = evolve(
        part,
        payments=part.payments.join(gone, on=["contract", "id"], how="anti"),
        events=part.events.join(gone, on=["contract", "id"], how="anti"),
    )
    again = stand(part, asked.policies[-2], asked.opening, asked, components, Wants())
    place = engine.places(part.contracts["id"], given.contracts["id"])
    money, hard = first.money.copy(), first.found.hard.copy()
    money[place], hard[place] = again.money, again.found.hard
    return evolve(first, money=money, found=evolve(first.found, hard=hard))


def _due(at: Stand) -> Words:
    """All that was ever due, by component: what was planned, and what was charged since."""
    parts = [engine.MONEY.index(name) for name in ("paid", "waived", "moved", "lost", "open")]
    total: Words = at.money[:, :, parts].sum(axis=2)
    return total


def _flows(
    base: Stand, first: Stand, last: Stand, planned: Mapping[Component, Words], scheme: Buckets
) -> dict[tuple[str, str, Component], int]:
    """The bridge's lines by class and component; see `tagih.bridge`."""
    found: dict[tuple[str, str, Component], int] = {}
    old, both = first.there, last.there
    here = np.where(old, first.code, last.code)
    place = {bucket.code: n for n, bucket in enumerate(scheme.buckets)}
    was, to = (np.array([place[code] for code in each.code], np.int64) for each in (first, last))
    moved = old & both & (was != to)
    closed = moved & (last.owed == 0)
    moves = {
        "rolled_up": moved & ~closed & (to > was),
        "improved": moved & ~closed & (to < was) & (to > 0),
        "cured": moved & ~closed & (to < was) & (to == 0),
        "closed": closed,
    }

    def put(line: str, part: Component, codes: Any, values: Words) -> None:
        for code, amount in _by(codes, values).items():
            if amount:
                found[line, code, part] = found.get((line, code, part), 0) + amount

    for c, part in enumerate(last.parts):
        now = last.money[:, c, OPEN]
        paid = np.where(old, base.money[:, c, PAID], 0) - last.money[:, c, PAID]
        charged = _due(last)[:, c] - np.where(old, _due(base)[:, c], planned[part])
        undone = np.where(old, base.money[:, c, OPEN] - first.money[:, c, OPEN], 0)
        opened = np.where(old, 0, now - paid - charged)
        rest = np.where(old, now - first.money[:, c, OPEN] - undone - paid - charged, 0)
        name = {"late_charge": "late_charges", "fee": "fees"}.get(part.kind, "lent")
        for line, values in (
            ("new", opened), ("reversed", undone), (name, charged), ("paid", paid), ("unexplained", rest),
        ):  # fmt: skip
            put(line, part, here[both], values[both])
        for line, own in moves.items():
            put(line, part, first.code[own], -now[own])
            put(line, part, last.code[own], now[own])
    return found


# --- what was collected -----------------------------------------------------------------------------


def _held(at: Stand) -> Words:
    """Money received: paid, and held unapplied."""
    held: Words = np.where(at.there, at.money[:, :, PAID].sum(axis=1) + at.pool, 0)
    return held


def _fallen(at: Stand, day: int) -> Words:
    """Principal and interest of the rows due by ``day``: contract by `CELLS`."""
    columns = at.found.columns
    cells = columns["row_cells"].reshape(-1, len(at.parts), len(CELLS))[:, :2].sum(axis=1)
    own = (columns["row_due"] <= day) & (columns["row_live"] == 1)
    sums = np.concatenate(
        [np.zeros((1, len(CELLS)), np.int64), np.cumsum(np.where(own[:, None], cells, 0), axis=0)]
    )
    ends = columns["row_first"]
    total: Words = sums[ends[1:]] - sums[ends[:-1]]
    return np.where(at.there[:, None], total, 0)


def _collected(ids: pl.Series, first: Stand, last: Stand) -> Iterator[Collected]:
    was, now = _fallen(first, last.day), _fallen(last, last.day)
    forward = _fallen(first, first.day)[:, CELLS.index("open")]
    left = now[:, CELLS.index("open")]
    paid, waived, moved, lost = (
        now[:, at] - was[:, at] for at in (CELLS.index(name) for name in ("paid", "waived", "moved", "lost"))
    )
    fell = paid + waived + moved + lost + left - forward
    keep = np.flatnonzero(last.there)
    columns = [_money(each[keep]) for each in (forward, fell, paid, waived, moved, lost, left)]
    for contract_id, *amounts in zip(ids.gather(keep).to_list(), *columns, strict=True):
        yield Collected(contract_id, *amounts)


def _receipts(given: Tables, there: Any, start: int, end: int) -> Iterator[tuple[str, str, date, Decimal]]:
    """The payments whose money changed in the month, and by how much."""
    undone = given.events.filter(pl.col("kind") == "reversal").select(
        "contract", id="target", undone=pl.col("effective_on").to_physical().cast(pl.Int64)
    )
    on = pl.col("effective_on").to_physical().cast(pl.Int64)
    gone = pl.col("undone").fill_null(FOREVER)

    def stands(day: int) -> pl.Expr:
        return ((on <= day) & (gone > day)).cast(pl.Int64)

    known = given.contracts["id"].filter(pl.Series(there)).implode()
    found = (
        given.payments.filter(pl.col("contract").is_in(known))
        .join(undone, on=["contract", "id"], how="left", maintain_order="left")
        .with_columns(change=pl.col("amount") * (stands(end) - stands(start)))
        .filter(pl.col("change") != 0)
    )
    for payment, contract, day, change in found.select(
        "id", "contract", "effective_on", "change"
    ).iter_rows():
        yield payment, contract, day, Decimal(change).scaleb(-2)


# --- when each instalment was settled ---------------------------------------------------------------


@frozen
class Rows:
    """Every instalment of a part: its contract's place, due day, number, and from which day it is settled.

    ``paid`` is the day on which nothing of principal and interest was open any more, ``closed`` the
    day on which no more was open than the policy tolerates; `FOREVER` where it is open still.
    """

    place: Words
    due: Words
    number: Words
    paid: Words
    closed: Words


def _rows(given: Tables, last: Stand, policies: Mapping[str, Policy]) -> Rows:
    columns = last.found.columns
    firsts = columns["row_first"]
    of_row = np.repeat(np.arange(len(firsts) - 1), np.diff(firsts))
    head = firsts[of_row] + columns["row_head"]
    cells = columns["row_cells"].reshape(-1, len(last.parts), len(CELLS))[:, :2, 0].sum(axis=1)
    due = np.zeros(len(of_row), np.int64)
    np.add.at(due, head, np.where(columns["row_live"] == 1, cells, 0))
    lines = columns["line_first"]
    of_line = np.repeat(np.arange(len(lines) - 1), np.diff(lines))
    own = (columns["line_kind"] == k.SETTLED) & (columns["line_row"] >= 0) & (columns["line_component"] <= 1)
    own &= columns["line_component"] >= 0
    key = head[firsts[of_line[own]] + columns["line_row"][own]]
    order = np.argsort(key, kind="stable")
    key, amount, day = key[order], columns["line_amount"][own][order], columns["line_day"][own][order]
    total = np.cumsum(amount)
    met, at = np.unique(key, return_index=True)
    before = np.zeros(len(of_row), np.int64)
    before[met] = total[at] - amount[at]
    left = due[key] - (total - before[key])

    def settled(allowed: Words) -> Words:
        found = np.where(due <= allowed, -FOREVER, FOREVER)
        done = left <= allowed[key]
        rows, at = np.unique(key[done], return_index=True)
        found[rows] = np.where(found[rows] == -FOREVER, -FOREVER, day[done][at])
        return found

    planned = (columns["row_number"] > 0) & (columns["row_charge"] < 0) & (head == np.arange(len(head)))
    return Rows(
        of_row[planned],
        columns["row_due"][planned],
        columns["row_number"][planned],
        settled(np.zeros(len(of_row), np.int64))[planned],
        settled(_tolerated(given, policies, of_row, due))[planned],
    )


def _tolerated(given: Tables, policies: Mapping[str, Policy], of_row: Words, due: Words) -> Words:
    """The shortfall on each row that still counts as paid."""
    found = np.zeros(len(due), np.int64)
    for name, policy in policies.items():
        allowed = tolerances(policy, due)
        if allowed is not None:
            own = _own(given, name)[of_row]
            found[own] = allowed[own]
    return found


def _own(given: Tables, name: str) -> Any:
    """The contracts of a policy, as a mask."""
    return (given.contracts["policy"].fill_null("") == name).to_numpy()


def _first_payments(
    given: Tables, last: Stand, signed: Words, rows: Rows, asked: Asked
) -> Iterator[FirstPayment]:
    """First, second and third payments, of contracts in which nothing was undone."""
    undone = given.events.filter(pl.col("kind") == "reversal")["contract"].unique().implode()
    ids = given.contracts["id"]
    whole = last.there & (signed >= to_day(asked.since)) & ~ids.is_in(undone).to_numpy()
    own = np.flatnonzero(whole[rows.place] & (rows.due > signed[rows.place]))
    own = own[np.lexsort((rows.number[own], rows.due[own], rows.place[own]))]
    place = rows.place[own]
    nth = np.arange(len(own)) - np.searchsorted(place, place) + 1
    for number in PAYMENTS:
        for at in own[nth == number].tolist():
            contract, due = int(rows.place[at]), int(rows.due[at])
            day = due + asked.late_after
            missed = None if day > last.day else bool(rows.paid[at] > day)
            yield FirstPayment(
                ids[contract], cohort(from_day(int(signed[contract]))), number, from_day(due), missed
            )


# --- since when in its class ------------------------------------------------------------------------


def _since(given: Tables, last: Stand, signed: Words, rows: Rows, asked: Asked) -> Words:
    """The first day of each contract's present stay in its class; see `tagih.slik.in_class_since`.

    A contract is worse on the days on which any instalment is later than its class allows, and
    better on those on which none is as late as it asks.
    """
    count = len(given.contracts)
    low, high = _limits(asked.scheme, last)
    shift, counted = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for name, policy in asked.policies[-1].items():
        own = _own(given, name)
        shift[own], counted[own] = (
            policy.arrears.due_day - policy.arrears.grace_days,
            1 - policy.arrears.due_day,
        )
    opened = np.full(count, last.day)
    np.minimum.at(opened, rows.place, rows.due)
    found = np.minimum(np.where(signed == -FOREVER, opened, signed), last.day)
    due, end = rows.due - shift[rows.place], np.minimum(rows.closed - 1, last.day)
    worse = end - due > high[rows.place]
    np.maximum.at(found, rows.place[worse], end[worse] + 1)
    start = np.maximum(due + low[rows.place], rows.due + counted[rows.place])
    spans = (
        pl.DataFrame({"c": rows.place, "start": start, "end": end})
        .filter((pl.col("start") <= pl.col("end")) & pl.Series(low[rows.place] > 0))
        .sort("c", "start")
        .with_columns(before=pl.col("end").cum_max().shift(1).over("c"))
        .filter(pl.col("before").is_null() | (pl.col("start") > pl.col("before") + 1))
        .group_by("c")
        .agg(pl.col("start").max())
    )
    place = engine.whole(spans["c"])
    found[place] = np.maximum(found[place], engine.whole(spans["start"]))
    return found


def _limits(scheme: Buckets, last: Stand) -> tuple[Words, Words]:
    """The fewest and the most days past due of each contract's class."""
    (scale,) = scheme.scales
    codes = [code for code, _ in scale.first]
    firsts = [first for _, first in scale.first]
    after = [first - 1 for first in firsts[1:]] + [FOREVER]
    place = np.array([codes.index(code) for code in last.code], np.int64)
    return np.array(firsts, np.int64)[place], np.array(after, np.int64)[place]


def _register(named: pl.DataFrame, last: Stand, since: Words, scheme: Buckets) -> Iterator[SlikRow]:
    """What a credit register asks of each contract that is still carried."""
    keep = np.flatnonzero(last.live)
    names = {bucket.code: bucket.name for bucket in scheme.buckets}
    money = [
        _money(each[keep])
        for each in (
            last.money[:, 0, OPEN],
            last.money[:, 0, ARREARS],
            last.money[:, 1, ARREARS],
            last.late_charge,
        )
    ]
    ids, debtors = (named[name].gather(keep).fill_null("").to_list() for name in ("id", "debtor"))
    as_of = from_day(last.day)
    numbers = zip(
        last.late[keep].tolist(), last.days[keep].tolist(), last.oldest[keep].tolist(), since[keep].tolist(),
        strict=True,
    )  # fmt: skip
    for contract, debtor, principal, own, interest, charge, code, (count, days, oldest, day) in zip(
        ids, debtors, *money, last.code[keep], numbers, strict=True
    ):
        yield SlikRow(
            contract_id=contract,
            debtor_id=debtor,
            as_of=as_of,
            currency="IDR",
            principal_balance=principal,
            arrears_principal=own,
            arrears_interest=interest,
            late_charge=charge,
            instalments=count,
            days=days,
            arrears_since=None if oldest == FOREVER else from_day(oldest),
            code=code,
            name=names[code],
            since=from_day(day),
            restructures=0,
            first_restructured_on=None,
            last_restructured_on=None,
            written_off=NO,
        )
