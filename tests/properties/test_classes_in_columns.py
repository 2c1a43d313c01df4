"""Law 5 for classes: many contracts in columns are in the classes that one by one they are in."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tagih.classes import Facility, classify, measure, one_obligor
from tagih.errors import PolicyError
from tagih.policies import rule
from tagih.portfolio.aging import classes, pulled

AS_OF = date(2026, 10, 31)
SCHEMES = ("id.kol.mf.2018", "id.kol.bank.2019", "id.kol.bpr.monthly", "id.kol.pindar", "id.kol.ksp")

contracts = st.fixed_dictionaries({
    "days_past_due": st.sampled_from([0, 1, 9, 10, 11, 30, 31, 90, 91, 120, 121, 180, 181, 360]),
    "overdue_instalments": st.integers(0, 6),
    "matures_on": st.sampled_from([None, *(AS_OF - timedelta(days=n) for n in (-30, 0, 14, 15, 30, 31, 61))]),
    "judgement": st.sampled_from([None, None, "3", "4", "5"]),
    "open": st.booleans(),
    "debtor": st.sampled_from([None, "D-1", "D-2", "D-3"]),
    "outstanding/principal": st.sampled_from([0, 5, 199_999_999_999, 200_000_000_000]),
    "written_off": st.sampled_from([0, 0, 7]),
})  # fmt: skip
SCHEMA = {
    "days_past_due": pl.Int64, "overdue_instalments": pl.Int64, "matures_on": pl.Date, "judgement": pl.String,
    "open": pl.Boolean, "debtor": pl.String, "outstanding/principal": pl.Int64, "written_off": pl.Int64,
}  # fmt: skip


def one_by_one(rows, scheme):
    """As `tagih.quality` asks it of each contract, and then of each debtor."""
    found = []
    for n, row in enumerate(rows):
        measures = measure(
            AS_OF, days_past_due=row["days_past_due"], instalments_past_due=row["overdue_instalments"],
            matures_on=row["matures_on"] if row["open"] else None,
        )  # fmt: skip
        classified = classify(measures, scheme, judgement=row["judgement"] or "")
        gone = bool(row["written_off"]) and not row["outstanding/principal"]
        owed = Decimal(row["outstanding/principal"]) / 100
        states = ("written_off",) if gone else ()
        found.append(Facility(f"C-{n}", row["debtor"] or "", classified, owed, states))
    joined = iter(one_obligor([one for one in found if one.debtor_id], scheme))
    return [next(joined) if one.debtor_id else one for one in found]


@pytest.mark.parametrize("id", SCHEMES)
@given(rows=st.lists(contracts, min_size=1, max_size=9))
def test_contracts_in_columns_are_in_the_classes_that_they_are_in_one_by_one(id, rows):
    scheme = rule(id)
    frame = pl.DataFrame(rows, schema=SCHEMA).with_columns(
        pl.format("C-{}", pl.int_range(pl.len())).alias("contract"),
        pl.col("outstanding/principal").alias("outstanding"),
    )
    try:
        expected = one_by_one(rows, scheme)
    except PolicyError:
        with pytest.raises(PolicyError, match="by judgement; state which"):
            classes(frame, scheme, AS_OF)
        return
    found = pulled(classes(frame, scheme, AS_OF), scheme).select("class", "reason", "detail").rows()
    assert found == [(one.classified.code, one.classified.reason, one.classified.detail) for one in expected]


def test_a_debtor_who_owes_less_than_the_total_keeps_each_contracts_own_class():
    scheme = rule("id.kol.pindar")
    two = pl.DataFrame({
        "contract": ["A", "B"], "debtor": ["D", "D"], "days_past_due": [0, 91], "overdue_instalments": [0, 4],
        "outstanding": [1, 1], "outstanding/principal": [100_000_000_000, 99_999_999_999],
        "written_off": [0, 0],
    })  # fmt: skip
    assert pulled(classes(two, scheme, AS_OF), scheme)["reason"].to_list() == ["measure", "measure"]
    more = two.with_columns(pl.lit(100_000_000_000).alias("outstanding/principal"))  # Rp2 miliar together
    assert pulled(classes(more, scheme, AS_OF), scheme)["reason"].to_list() == ["one_obligor", "measure"]
    never = evolve(scheme, one_obligor=None)
    assert pulled(classes(more, never, AS_OF), never)["reason"].to_list() == ["measure", "measure"]
