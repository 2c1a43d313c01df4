"""The class of every contract of a large book, by whatever its lender's scheme asks of it.

Most follows from columns. Contracts that columns cannot tell are asked one by one, with the cure after a
restructure; and where the scheme says so, a debtor's contracts are pulled together at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

import polars as pl
from attrs import frozen

from tagih.aging import Aged
from tagih.contracts import Component
from tagih.ledger.position import Amounts, Cause, Position
from tagih.money import to_decimal
from tagih.policies import Policy
from tagih.policies.buckets import Bucket, Buckets
from tagih.portfolio import compiled
from tagih.portfolio.aging import EVER, MONEY, classes, parts, pulled, summed
from tagih.portfolio.books import TAG
from tagih.portfolio.large import FEW, Large
from tagih.portfolio.many import answer
from tagih.portfolio.stream import PART, over
from tagih.portfolio.tables import Aside, Tables
from tagih.quality import quality

WHY: Final = ("class", "reason", "detail")


@frozen
class Part:
    """Contracts of a part: how many were done, their positions with `WHY` and who was set aside.

    ``held`` are those whose class their debtor's other contracts may still change.
    """

    contracts: int
    known: pl.DataFrame
    held: pl.DataFrame
    aside: tuple[Aside, ...]


def schemes_of(book: Large) -> dict[str, Buckets]:
    """The schemes of the book by their ids, in order."""
    found = {one.buckets.about.id: one.buckets for one in book.policies.values() if one.buckets}
    return {id: found[id] for id in sorted(found)}


def classed(book: Large, as_of: date, *, workers: int = 2) -> Iterator[Part]:
    """Every contract's position with its ``scheme``, its class and why, part by part.

    Raises:
        PolicyError: If only judgement can give a contract its class, and none is stated.
    """
    compiled.load()
    schemes, labels = schemes_of(book), book.labels.collect().unique("id", keep="first", maintain_order=True)
    labels = labels.with_row_index("place")
    size = min(PART, max(FEW, book.contracts // workers + 1))
    several = pl.Series(dtype=pl.String)
    if any(scheme.one_obligor is not None for scheme in schemes.values()):
        debtors = labels["debtor"].drop_nulls()
        several = debtors.filter(debtors.is_duplicated()).unique()
    judged = pl.col(f"{TAG}judgement") if f"{TAG}judgement" in labels.columns else pl.lit(None, pl.String)
    labels = labels.select("id", "place", "debtor", judgement=judged)

    def of(given: Tables) -> Part:
        found = answer(given, book.policies, as_of)
        frame = _asked(found.positions, given, labels, book.policies)
        single = _one_by_one(found.singles, frame)
        is_single = pl.col("contract").is_in(single["contract"].implode())
        known = [frame.filter(is_single).join(single, on="contract", how="inner", maintain_order="left")]
        for id, scheme in schemes.items():
            known.append(classes(frame.filter(~is_single & (pl.col("scheme") == id)), scheme, as_of))
        both = pl.concat(known, how="diagonal")
        held = pl.col("debtor").is_in(several.implode()).fill_null(False)
        done = frame.height + len(found.aside)
        return Part(done, both.filter(~held), both.filter(held), found.aside)

    yield from over(book.sources, of, part=size, workers=workers)


def _asked(
    positions: pl.DataFrame, given: Tables, labels: pl.DataFrame, policies: Mapping[str, Policy]
) -> pl.DataFrame:
    """The positions with what schemes ask beside lateness."""
    last = given.instalments.group_by("contract").agg(last=pl.col("due_on").max())
    known = given.contracts.select("id", "policy", "frequency", "maturity")
    known = known.join(last, left_on="id", right_on="contract", how="left", maintain_order="left")
    known = known.with_columns(matures_on=pl.col("maturity").fill_null(pl.col("last"))).drop(
        "maturity", "last"
    )
    frame = positions.join(known, left_on="contract", right_on="id", how="left", maintain_order="left")
    frame = frame.join(labels, left_on="contract", right_on="id", how="left", maintain_order="left")
    still = pl.lit(False)
    for name, policy in policies.items():
        kinds = policy.arrears.held_open_by
        own = [f"outstanding/{part}" for part in parts(positions) if Component.parse(part).kind in kinds]
        owes = pl.any_horizontal(pl.col(own) != 0) if own else pl.lit(False)
        theirs = pl.col("policy").fill_null("") == name
        still = pl.when(theirs).then(owes).otherwise(still)
    ids = {name: policy.buckets.about.id for name, policy in policies.items() if policy.buckets}
    return frame.with_columns(open=still, scheme=pl.col("policy").fill_null("").replace(ids)).drop("policy")


def _one_by_one(singles: Iterable[Position], frame: pl.DataFrame) -> pl.DataFrame:
    """The class of contracts that were replayed by themselves."""
    stated = dict(frame.filter(pl.col("judgement").is_not_null()).select("contract", "judgement").iter_rows())
    found = [
        quality(position, judgement=stated.get(position.contract.id, "")).classified for position in singles
    ]
    ids = [position.contract.id for position in singles]
    rows = [(id, one.code, one.reason, one.detail) for id, one in zip(ids, found, strict=True)]
    return pl.DataFrame(rows, schema=dict.fromkeys(("contract", *WHY), pl.String), orient="row")


def together(held: Iterable[pl.DataFrame], schemes: Mapping[str, Buckets]) -> pl.DataFrame | None:
    """The contracts of debtors who have several, each debtor's pulled to the worst class of them all.

    Only contracts of one scheme pull each other.
    """
    frames = [frame for frame in held if frame.height]
    if not frames:
        return None
    every = _filled(frames).sort("place")
    return pl.concat([pulled(every.filter(scheme=id), scheme) for id, scheme in schemes.items()])


def _filled(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    both = pl.concat(frames, how="diagonal")
    return both.with_columns(pl.col(name).fill_null(0) for name in both.columns if "/" in name)


def sums(part: pl.DataFrame, schemes: Mapping[str, Buckets], as_of: date) -> dict[str, pl.DataFrame]:
    """`summed` of contracts whose class is known, by scheme; of no contracts there are none."""
    found = {id: part.filter(scheme=id).drop("place", "matures_on") for id in schemes}
    return {id: summed(frame, schemes[id], as_of) for id, frame in found.items() if frame.height}


# --- as values --------------------------------------------------------------------------------------


def aged(frames: Iterable[pl.DataFrame], book: Large, as_of: date) -> dict[str, tuple[Aged, ...]]:
    """Every contract aged, by scheme and in the order of the book."""
    every = _filled(frames).sort("place")
    components = {part: Component.parse(part) for part in parts(every)}
    every = every.with_columns(
        (pl.col(f"outstanding/{part}") - pl.col(f"arrears/{part}") - pl.col(f"due_today/{part}")).alias(
            f"not_due/{part}"
        )
        for part in components
    )
    labels = _labels(book)

    def amounts(row: Mapping[str, Any], name: str) -> Amounts:
        found = [
            (component, to_decimal(row[f"{name}/{part}"]))
            for part, component in components.items()
            # as one by one: a fee that a contract never had is no part of it
            if component.kind != "fee" or any(row[f"{each}/{part}"] for each in EVER)
        ]
        return Amounts(tuple(found))

    def one(row: Mapping[str, Any], buckets: Mapping[str, Bucket]) -> Aged:
        oldest = row["oldest_due_on"]
        return Aged(
            contract_id=row["contract"],
            debtor_id=row["debtor"] or "",
            as_of=as_of,
            currency="IDR",
            days_past_due=row["days_past_due"],
            overdue_instalments=row["overdue_instalments"],
            cause=Cause(None, oldest, to_decimal(row["shortfall"])) if oldest else None,
            bucket=buckets[row["class"]],
            **{name: amounts(row, name) for name in MONEY},
            unapplied=to_decimal(row["unapplied"]),
            labels=labels[row["contract"]],
            reason=row["reason"],
            detail=row["detail"],
        )

    found: dict[str, tuple[Aged, ...]] = {}
    for id, scheme in schemes_of(book).items():
        buckets = {bucket.code: bucket for bucket in scheme.buckets}
        rows = every.filter(scheme=id).iter_rows(named=True)
        if own := tuple(one(row, buckets) for row in rows):
            found[id] = own
    return found


def _labels(book: Large) -> dict[str, tuple[tuple[str, str], ...]]:
    """Each contract's labels, its product first."""
    frame = book.labels.collect()
    own = [name for name in frame.columns if name.startswith(TAG)]
    return {
        row["id"]: (
            ("product", row["product"] or ""),
            *((name.removeprefix(TAG), row[name]) for name in own if row[name] is not None),
        )
        for row in frame.iter_rows(named=True)
    }
