"""Does every sheet tie to one control total, and is this opening last month's closing?

The control total is the principal balance of all contracts at the closing. Each check adds up
what a sheet shows and holds it against the control; the difference must be nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from tagih.errors import InputError
from tagih.reports.month import Month
from tagih.reports.sections import CONTRACT_MONEY, contract_row
from tagih.reports.snapshot import Snapshot
from tagih.reports.tables import Column, Table, plain
from tagih.reports.wording import has, said


@frozen
class Check:
    """What a sheet shows of a figure, and what the control says."""

    sheet: str
    figure: str
    shown: Decimal
    control: Decimal

    @property
    def difference(self) -> Decimal:
        """Shown less control: nothing, where it ties."""
        return self.shown - self.control


def _added(snapshot: Snapshot, name: str) -> Decimal:
    return sum((getattr(account, name) or Decimal(0) for account in snapshot.accounts), Decimal(0))


def checks(month: Month, tables: Iterable[Table]) -> tuple[Check, ...]:
    """Every check over the tables of a pack; a table that is not there is not checked."""
    known = {table.name: table for table in tables}
    found: list[Check] = []
    principal, outstanding = month.closing.balance, _added(month.closing, "outstanding")
    before = month.opening.balance
    cash = month.cash
    days = _contract_days(month)

    def add(
        sheet: str, figure: str, key: str, control: Decimal, *, where: Mapping[str, Any] | None = None
    ) -> None:
        if sheet not in known:
            return
        rows = [
            row
            for row in known[sheet].rows
            if all(row.get(name) == value for name, value in (where or {}).items())
        ]
        found.append(Check(sheet, figure, sum((Decimal(row[key]) for row in rows), Decimal(0)), control))

    for sheet in ("aging", "aging_days"):
        add(sheet, "principal_balance", "principal_balance", principal)
        add(sheet, "outstanding", "outstanding", outstanding)
    add("bridge", "opening", "total", _added(month.opening, "outstanding"), where={"line_key": "opening"})
    add("bridge", "closing", "total", outstanding)
    for bridge in month.bridges:
        rest = bridge.row().rest.total + bridge.row().line("unexplained").total
        found.append(Check("bridge", "rest", rest, Decimal(0)))
    for sheet, moves in (("migration", month.classes), ("migration_days", month.days)):
        add(f"{sheet}_balance", "opening", "total", before)
        add(f"{sheet}_count", "opening", "total", Decimal(moves.count()))
        found.append(Check(f"{sheet}_balance", "closing", moves.closing(), principal))
    add("ratios", "whole", "whole", principal, where={"measure_key": "par30"})
    if "history" in known:
        last = [row for row in known["history"].rows if row["month"] == month.closing.as_of]
        by_days = sum(
            (row[f"days_{bucket.code}"] for row in last for bucket in month.closing.buckets), Decimal(0)
        )
        found.append(Check("history", "balance", by_days, principal))
    add("provisions", "balance", "balance", principal)
    add("provisions", "provision", "provision", _added(month.closing, "provision"))
    add("provision_moves", "closing", "amount", _added(month.closing, "provision"))
    if "collection" in known:
        flows = {key: sum((row[key] for row in known["collection"].rows), Decimal(0)) for key in FLOWS}
        came = flows["forward"] + flows["fell_due"]
        went = sum((flows[key] for key in FLOWS[2:]), Decimal(0))
        found.append(Check("collection", "left", went, came))
    for sheet in ("collectors", "teams"):
        add(sheet, "balance", "balance", principal)
        add(sheet, "cash", "cash", cash)
        add(sheet, "contract_days", "contract_days", days)
    add("receipts", "cash", "amount", cash)
    for label in ("product", "branch"):
        add("segments", label, "balance", principal, where={"segment_key": label})
    add("letters_next", "contracts", "contracts", Decimal(len(month.closing.accounts)))
    add("slik", "principal_balance", "principal_balance", principal)
    add("contracts", "balance", "balance", principal)
    add("contracts", "outstanding", "outstanding", outstanding)
    return tuple(found)


def _contract_days(month: Month) -> Decimal:
    """Days of the month on which each contract was there, of those live at either end."""
    start, end = month.opening.as_of, month.closing.as_of
    total = 0
    for account in month.closing.accounts:
        was = month.opening.by_id.get(account.contract_id)
        if account.state == "live" or (was is not None and was.state == "live"):
            before = account.booked_on - timedelta(days=1) if account.booked_on else start
            total += (end - max(start, before)).days
    return Decimal(total)


FLOWS: Final = ("forward", "fell_due", "paid", "waived", "moved", "written_off", "left")


def tie_table(found: Sequence[Check], lang: str) -> Table:
    """The tie-out: a row for each check."""
    rows = [
        {
            "sheet_key": check.sheet,
            "table": said("tables", check.sheet, lang),
            "check": said("columns" if has("columns", check.figure) else "terms", check.figure, lang),
            "one": check.shown,
            "other": check.control,
            "difference": check.difference,
            "ok": said("terms", "no" if check.difference else "yes", lang),
        }
        for check in found
    ]
    keys = (("sheet_key", "text"), ("table", "text"), ("check", "text"), ("one", "money"), ("other", "money"))
    columns = [
        Column(key, key if key == "sheet_key" else said("columns", key, lang), kind)  # type: ignore[arg-type]
        for key, kind in (*keys, ("difference", "money"), ("ok", "text"))
    ]
    return Table(
        "tie_out", said("tables", "tie_out", lang), columns, rows, None, (said("notes", "tie_out", lang),)
    )


# --- last month's closing -----------------------------------------------------------------------

COMPARED: Final = ("state", "class", "bucket", "days_past_due", *CONTRACT_MONEY)


@frozen
class Restated:
    """A figure of last month's closing that this month's opening has otherwise."""

    contract_id: str
    figure: str
    was: str
    now: str

    @property
    def difference(self) -> Decimal | None:
        """Now less then, for amounts."""
        if self.figure not in CONTRACT_MONEY:
            return None
        return Decimal(self.now or 0) - Decimal(self.was or 0)


def restated(closing: str, opening: Snapshot) -> tuple[Restated, ...]:
    """What differs between last month's contracts.csv and this month's opening, contract by contract.

    A contract that only one of them lists differs in its ``state``.

    Raises:
        InputError: If the file is not the contracts.csv of a month-end pack.
    """
    was = {row["contract"]: row for row in csv.DictReader(io.StringIO(closing)) if "contract" in row}
    now = {account.contract_id: contract_row(account) for account in opening.accounts}
    if closing and not was:
        raise InputError(
            "report.last_file",
            "last month's contracts.csv has no column 'contract'; name the folder of a pack",
        )
    found = []
    for contract_id in dict.fromkeys((*was, *now)):
        if contract_id not in was or contract_id not in now:
            first, last = was.get(contract_id, {}), now.get(contract_id, {})
            for key in ("state", *(("balance",) if (first or last).get("balance") else ())):
                found.append(Restated(contract_id, key, plain(first.get(key)), plain(last.get(key))))
            continue
        for key in COMPARED:
            then, here = was[contract_id].get(key, ""), plain(now[contract_id].get(key))
            same = Decimal(then or 0) == Decimal(here or 0) if key in CONTRACT_MONEY else then == here
            if not same:
                found.append(Restated(contract_id, key, then, here))
    return tuple(found)


def restated_table(found: Sequence[Restated], lang: str) -> Table:
    """Every difference from last month's closing."""
    names = ("contract", "figure", "was", "now")
    columns = [Column(key, said("columns", key, lang)) for key in names]
    columns.append(Column("difference", said("columns", "difference", lang), "money"))
    rows = [
        {"contract": one.contract_id, "figure": one.figure, "was": one.was, "now": one.now,
         "difference": one.difference}
        for one in found
    ]  # fmt: skip
    total = {"contract": said("terms", "total", lang)}
    return Table("restated", said("tables", "restated", lang), columns, rows, total)
