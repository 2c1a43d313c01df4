"""The tables of a month-end report, each with its definition, in Indonesian or English.

A table's rows hold stable keys for programs (columns that end in ``_key``) and words for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from tagih.aging import AgingRow
from tagih.policies.buckets import Bucket, Buckets
from tagih.promises import PromiseVerdict
from tagih.reports import migration, performance, ratios, vintage
from tagih.reports.aging import MONEY, bands_of, cells, share
from tagih.reports.migration import Migration
from tagih.reports.month import Month
from tagih.reports.performance import Performance
from tagih.reports.ratios import Rate
from tagih.reports.snapshot import Account, Snapshot, Trend
from tagih.reports.tables import Column, Kind, Table
from tagih.reports.wording import has, said

MARK: Final = "*"


def _columns(lang: str, *parts: str) -> list[Column]:
    """Columns as ``key`` or ``key:kind``, titled in ``lang``."""
    found = []
    for part in parts:
        key, _, kind = part.partition(":")
        title = key if key.endswith("_key") else said("columns", key, lang)
        found.append(Column(key, title, kind or "text", lang))  # type: ignore[arg-type]
    return found


def _table(
    name: str,
    lang: str,
    columns: Iterable[Column],
    rows: Iterable[Mapping[str, Any]],
    total: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Table:
    own = (said("notes", name, lang),) if has("notes", name) else ()
    return Table(name, said("tables", name, lang), columns, rows, total, (*own, *notes))


def _sum(rows: Iterable[Mapping[str, Any]], *keys: str) -> dict[str, Any]:
    listed = list(rows)
    return {key: sum((row[key] for row in listed), Decimal(0)) for key in keys}


def for_people(table: Table) -> Table:
    """The table without the columns that are there for programs."""
    return evolve(table, columns=[column for column in table.columns if not column.key.endswith("_key")])


# --- rates --------------------------------------------------------------------------------------


def _rate_row(rate: Rate, lang: str, earlier: Rate | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "measure_key": rate.name,
        "measure": said("terms", rate.name, lang),
        "bucket": rate.of,
        "part": rate.part,
        "whole": rate.whole,
        "n": rate.n,
        "rate": rate.share,
        "few": MARK if rate.few else "",
    }
    if earlier is not None:
        row["before"] = earlier.share
    return row


def rate_table(
    name: str, rates: Sequence[Rate], lang: str, *, of: str = "bucket", number: Kind = "money", note: str = ""
) -> Table:
    """Rates with numerator, denominator and n; definitions of every measure stand under them."""
    columns = [
        *_columns(lang, "measure_key"),
        Column("bucket", said("columns", of, lang)),
        *_columns(lang, "measure", f"part:{number}", f"whole:{number}", "n:count", "rate:rate", "few"),
    ]
    if not any(rate.of for rate in rates):
        del columns[1]
    notes = [said("notes", note, lang)] if note else []
    return _table(
        name, lang, columns, [_rate_row(rate, lang) for rate in rates], notes=[*notes, *_defined(rates, lang)]
    )


def _defined(rates: Iterable[Rate], lang: str) -> list[str]:
    listed = list(rates)
    names = [name for name in dict.fromkeys(rate.name for rate in listed) if has("definitions", name)]
    notes = [f"{said('terms', name, lang)}: {said('definitions', name, lang)}." for name in names]
    if any(rate.few for rate in listed):
        notes.append(said("notes", "few", lang))
    return notes


def key_rates(month: Month, snapshot: Snapshot) -> tuple[Rate, ...]:
    """PAR, NPL (NPF) gross and net, and for online lending TWP90 and TKB90, of one snapshot."""
    found = list(ratios.portfolio_at_risk(snapshot.accounts))
    first = {scheme.non_performing_from for scheme in month.schemes}
    if len(first) == 1 and month.schemes:
        named = month.book.lender.lender_type in ("mf", "mf-syariah", "pindar")
        for rate in ratios.non_performing_rates(snapshot.accounts, _widest(month)):
            if rate.name == "npl_net" and not month.provided:
                continue  # no rule says what is set aside, so that net would only repeat gross
            found.append(evolve(rate, name=rate.name.replace("npl", "npf")) if named else rate)
    if month.book.lender.lender_type == "pindar":
        found += ratios.repayment_rates(snapshot.accounts)
    return tuple(found)


def _widest(month: Month) -> Buckets:
    """The scheme that knows every class in use; schemes of one lender differ in classes at most."""
    return evolve(max(month.schemes, key=lambda scheme: len(scheme.buckets)))


def month_rates(month: Month) -> tuple[Rate, ...]:
    """Collection, recovery and promises of the month."""
    return (
        ratios.collection_rate(month.collected),
        ratios.recovery_rate(month.recovered),
        performance.kept(month.verdicts, by="count"),
        performance.kept(month.verdicts, by="amount"),
    )


def ratios_table(month: Month, lang: str) -> Table:
    """The key ratios, this month beside last."""
    now, then = key_rates(month, month.closing), key_rates(month, month.opening)
    rows = [_rate_row(rate, lang, earlier) for rate, earlier in zip(now, then, strict=True)]
    rows += [_rate_row(rate, lang) for rate in month_rates(month)]
    columns = _columns(
        lang,
        "measure_key",
        "measure",
        "part:money",
        "whole:money",
        "n:count",
        "rate:rate",
        "before:rate",
        "few",
    )
    return _table("ratios", lang, columns, rows, notes=_defined((*now, *month_rates(month)), lang))


def wide(table: Table) -> Table:
    """Rates in a row a bucket, for pages: opening, then numerator and rate of each measure."""
    number: Kind = next(column.kind for column in table.columns if column.key == "part")
    titles = {row["measure_key"]: row["measure"] for row in table.rows}
    names = [(name, titles[name]) for name in (*migration.RATES, migration.PAID_OFF) if name in titles]
    kept = [column for column in table.columns if column.key in ("bucket", "n")]
    opening = [Column("whole", table_title(table, "whole"), number)] if number == "money" else []
    columns = [*kept, *opening]
    for key, title in names:
        columns += [Column(f"{key}_part", title, number), Column(f"{key}_rate", "%", "rate")]
    columns += [column for column in table.columns if column.key == "few"]
    rows: dict[str, dict[str, Any]] = {}
    for row in table.rows:
        one = rows.setdefault(row["bucket"], {key: row[key] for key in ("bucket", "n", "whole", "few")})
        one[f"{row['measure_key']}_part"], one[f"{row['measure_key']}_rate"] = row["part"], row["rate"]
    return evolve(table, columns=columns, rows=list(rows.values()))


def wide_payments(table: Table) -> Table:
    """First, second and third payments in a row a cohort, for pages."""
    titles = {row["measure_key"]: row["measure"] for row in table.rows}
    columns = [column for column in table.columns if column.key == "bucket"]
    for key, title in titles.items():
        columns += [Column(f"{key}_part", title, "count"), Column(f"{key}_n", "n", "count")]
        columns.append(Column(f"{key}_rate", "%", "rate"))
    columns += [column for column in table.columns if column.key == "few"]
    rows: dict[str, dict[str, Any]] = {}
    for row in table.rows:
        one = rows.setdefault(row["bucket"], {"bucket": row["bucket"], "few": ""})
        key = row["measure_key"]
        one |= {f"{key}_part": row["part"], f"{key}_n": row["n"], f"{key}_rate": row["rate"]}
        one["few"] = one["few"] or row["few"]
    return evolve(table, columns=columns, rows=list(rows.values()))


def table_title(table: Table, key: str) -> str:
    """The title of a column."""
    return next(column.title for column in table.columns if column.key == key)


# --- aging --------------------------------------------------------------------------------------


def aging_tables(month: Month, lang: str) -> tuple[Table, Table]:
    """The aging by class, and by bucket of days past due."""
    by_class, by_days = month.aged
    bands = bands_of(month.schemes[0]) if len(month.schemes) == 1 else {}
    return (
        _aging("aging", by_class, bands, lang),
        _aging("aging_days", by_days, {}, lang),
    )


def _aging(name: str, rows: Iterable[AgingRow], bands: Mapping[str, str], lang: str) -> Table:
    listed = list(rows)
    total = AgingRow("", "")
    for row in listed:
        total = total.plus(row)
    whole = total.outstanding.principal
    money = [key for key in MONEY if key != "fee" or total.outstanding.fee]
    columns = [
        *_columns(lang, "class" if name == "aging" else "bucket", "name"),
        *(_columns(lang, "days") if bands else ()),
        *_columns(lang, "contracts:count", *(f"{key}:money" for key in money), "share:share"),
    ]
    made = [
        {
            **cells(row),
            "bucket": row.code,
            "name": said("terms", row.name, lang),
            "days": bands.get(row.code, ""),
            "share": share(row.outstanding.principal, whole),
        }
        for row in listed
    ]
    label = said("terms", "total", lang)
    last = {**cells(total), "class": label, "bucket": label, "share": share(whole, whole)}
    return _table(name, lang, columns, made, last)


def bridge_table(month: Month, lang: str) -> Table:
    """The bridge of the outstanding: a row for each line, a column for each class."""
    codes = [bucket.code for bucket in month.closing.classes]
    names = dict.fromkeys(name for bridge in month.bridges for name, _ in bridge.row().lines)
    rows = [_bridge_row(month, "opening", codes, lang)]
    rows += [_bridge_row(month, name, codes, lang) for name in names]
    total = _bridge_row(month, "closing", codes, lang)
    columns = [
        *_columns(lang, "line_key", "line"),
        *(Column(f"class_{code}", code, "money") for code in codes),
        *_columns(lang, "total:money"),
    ]
    return _table("bridge", lang, columns, rows, total)


def _bridge_row(month: Month, name: str, codes: Sequence[str], lang: str) -> dict[str, Any]:
    def amount(code: str) -> Decimal:
        found = Decimal(0)
        for bridge in month.bridges:
            row = bridge.row(code)
            part = {"opening": row.before, "closing": row.after}.get(name) or row.line(name)
            found += part.total
        return found

    values = {f"class_{code}": amount(code) for code in codes}
    return {"line_key": name, "line": said("terms", name, lang), **values, "total": amount("")}


# --- migration ----------------------------------------------------------------------------------


def migration_tables(
    found: Migration, groups: Sequence[Bucket], lang: str, *, suffix: str = ""
) -> tuple[Table, Table]:
    """The matrix by count and by opening balance; every row ends in its opening."""

    def made(name: str, size: Callable[[str | None, str | None], Any], kind: Kind) -> Table:
        names = {bucket.code: said("terms", bucket.name, lang) for bucket in groups}
        columns = [
            *_columns(lang, "from"),
            *(Column(f"to_{code}", _place(code, lang), kind) for code in found.destinations),
            *_columns(lang, f"total:{kind}"),
        ]
        rows = [
            {
                "from": f"{_place(origin, lang)} {names.get(origin, '')}".strip(),
                **{f"to_{code}": size(origin, code) for code in found.destinations},
                "total": size(origin, None),
            }
            for origin in found.origins
        ]
        total = {
            "from": said("terms", "total", lang),
            **{f"to_{code}": size(None, code) for code in found.destinations},
            "total": size(None, None),
        }
        return _table(name, lang, columns, rows, total, [said("notes", "migration", lang)])

    return (
        made(f"migration{suffix}_count", found.count, "count"),
        made(f"migration{suffix}_balance", found.opening, "money"),
    )


def _place(code: str, lang: str) -> str:
    return said("terms", code, lang) if has("terms", code) else code


def transition_tables(found: Migration, lang: str) -> tuple[Table, Table, Table]:
    """Roll, stay, improved and cure rates by count and by balance, and the net flows."""
    return (
        rate_table("rates_count", migration.transition_rates(found), lang, number="count", note="rates"),
        rate_table("rates_balance", migration.transition_rates(found, by="balance"), lang, note="rates"),
        rate_table("net_flow", migration.net_flows(found), lang),
    )


# --- over months --------------------------------------------------------------------------------


def history_table(trend: Sequence[Trend], lang: str) -> Table:
    """The principal balance by bucket of days at each month end."""
    codes = [code for code, _ in trend[-1].balances]
    rows = [
        {
            "month": each.as_of,
            **{f"days_{code}": amount for code, amount in each.balances},
            "total": each.balance,
            "contracts": each.contracts,
        }
        for each in trend
    ]
    columns = [
        *_columns(lang, "month:date"),
        *(Column(f"days_{code}", code, "money") for code in codes),
        *_columns(lang, "total:money", "contracts:count"),
    ]
    return _table("history", lang, columns, rows)


def vintage_table(curves: Iterable[vintage.Point], lang: str) -> Table:
    """Every cohort's curve, a row for each month on book."""
    rows = [
        {
            "cohort": point.cohort,
            "month_on_book": point.month_on_book,
            "part": point.rate.part,
            "whole": point.rate.whole,
            "late": point.late,
            "n": point.contracts,
            "rate": point.rate.share,
            "few": MARK if point.rate.few else "",
        }
        for point in curves
    ]
    columns = _columns(
        lang,
        "cohort",
        "month_on_book:count",
        "part:money",
        "whole:money",
        "late:count",
        "n:count",
        "rate:rate",
        "few",
    )
    return _table("vintage", lang, columns, rows, notes=[said("notes", "few", lang)])


def first_payment_table(month: Month, lang: str) -> Table:
    """First, second and third payment default by cohort, then of all cohorts."""
    rates = [
        evolve(rate, of=rate.of or said("terms", "total", lang))
        for rate in vintage.default_rates(month.first_payments)
    ]
    return rate_table("first_payment", rates, lang, of="cohort", number="count")


# --- provisions and collection ------------------------------------------------------------------


def provision_tables(month: Month, lang: str) -> tuple[Table, Table]:
    """Provisions by class, and what changed them since last month."""
    rows = []
    for bucket in month.closing.classes:
        own = [account for account in month.closing.live if account.kol == bucket.code]
        balance = sum((account.balance for account in own), Decimal(0))
        amount = sum((account.provision or Decimal(0) for account in own), Decimal(0))
        rows.append(
            {
                "class": bucket.code,
                "name": bucket.name,
                "contracts": len(own),
                "balance": balance,
                "provision": amount,
                "cover": share(amount, balance) if balance and month.provided else None,
            }
        )
    total = {"class": said("terms", "total", lang), **_sum(rows, "contracts", "balance", "provision")}
    covered = total["balance"] and month.provided
    total["cover"] = share(total["provision"], total["balance"]) if covered else None
    notes = () if month.provided else (said("notes", "not_provided", lang),)
    columns = _columns(
        lang, "class", "name", "contracts:count", "balance:money", "provision:money", "cover:rate"
    )
    moves: list[dict[str, Any]] = [
        _move_row("opening", len(month.opening.live), _provisions(month.opening), lang)
    ]
    moves += [
        _move_row(move.name, move.contracts, move.amount, lang)
        for move in ratios.provision_moves(month.opening, month.closing)
        if move.contracts
    ]
    last = _move_row("closing", len(month.closing.live), _provisions(month.closing), lang)
    move_columns = _columns(lang, "move_key", "move", "contracts:count", "amount:money")
    return (
        _table("provisions", lang, columns, rows, total, notes),
        _table("provision_moves", lang, move_columns, moves, last),
    )


def _provisions(snapshot: Snapshot) -> Decimal:
    return sum((account.provision or Decimal(0) for account in snapshot.accounts), Decimal(0))


def _move_row(name: str, contracts: int, amount: Decimal, lang: str) -> dict[str, Any]:
    return {"move_key": name, "move": said("terms", name, lang), "contracts": contracts, "amount": amount}


FLOWS: Final = ("forward", "fell_due", "paid", "waived", "moved", "written_off", "left")
BACK: Final = ("forward", "written_off", "recovered", "left")


def collection_tables(month: Month, lang: str) -> tuple[Table, Table]:
    """What was to be collected and what became of it, by branch; and what write-offs brought."""

    def made(name: str, found: Sequence[Any], flows: Sequence[str]) -> Table:
        groups: dict[str, list[Any]] = {}
        for one in found:
            groups.setdefault(month.label(one.contract_id, "branch") or "–", []).append(one)
        rows = [
            {
                "branch": branch,
                "contracts": len(own),
                **{key: sum((getattr(one, key) for one in own), Decimal(0)) for key in flows},
            }
            for branch, own in sorted(groups.items())
        ]
        total = {"branch": said("terms", "total", lang), **_sum(rows, "contracts", *flows)}
        columns = _columns(lang, "branch", "contracts:count", *(f"{key}:money" for key in flows))
        return _table(name, lang, columns, rows, total)

    return made("collection", month.collected, FLOWS), made("recovery", month.recovered, BACK)


# --- promises, arrangements, letters ------------------------------------------------------------


def promise_table(found: Iterable[PromiseVerdict], lang: str, *, name: str = "promises") -> Table:
    """A row for each promised payment with its verdict."""
    key = "promise" if name == "promises" else "arrangement"
    rows = [
        {
            key: one.promise_id,
            "contract": one.contract_id,
            "made_on": one.made_on,
            "due_on": one.due_on,
            "deadline": one.deadline,
            "promised": one.promised,
            "received": one.received,
            "status_key": one.status,
            "status": said("terms", one.status, lang),
        }
        for one in found
    ]
    total = {key: said("terms", "total", lang), **_sum(rows, "promised", "received")}
    columns = _columns(
        lang,
        *(
            key,
            "contract",
            "made_on:date",
            "due_on:date",
            "deadline:date",
            "promised:money",
            "received:money",
        ),
        *("status_key", "status"),
    )
    return _table(name, lang, columns, rows, total)


def restructure_table(month: Month, lang: str) -> Table:
    """Every restructure with its later behaviour."""
    rows = [
        {
            "contract": one.contract_id,
            "event": one.event,
            "on": one.on,
            "turn": one.turn,
            "periods": one.periods,
            "on_time": one.on_time,
            "days_past_due": one.days_past_due,
            "balance": one.balance,
            "state": said("terms", one.state, lang),
        }
        for one in month.restructures
    ]
    columns = _columns(
        lang,
        *("contract", "event", "on:date", "turn:count", "periods:count", "on_time:count"),
        *("days_past_due:days", "balance:money", "state"),
    )
    return _table("restructures", lang, columns, rows)


def letter_tables(month: Month, lang: str) -> tuple[Table, Table]:
    """Letters sent in the month by kind, and the holds in force at its end."""
    start, end = month.opening.as_of, month.closing.as_of
    kinds: dict[str, list[Any]] = {}
    for letters in month.book.letters.values():
        for letter in letters:
            if start < (letter.sent_on or letter.issued_on) <= end:
                kinds.setdefault(letter.kind, []).append(letter)
    rows = []
    for kind, own in sorted(kinds.items()):
        delivered = sum(1 for each in own if each.delivered_on is not None)
        back = sum(1 for each in own if each.delivered_on is None and each.result)
        rows.append(
            {
                "kind": kind,
                "sent": len(own),
                "delivered": delivered,
                "not_delivered": back,
                "unknown": len(own) - delivered - back,
            }
        )
    total = {
        "kind": said("terms", "total", lang),
        **_sum(rows, "sent", "delivered", "not_delivered", "unknown"),
    }
    columns = _columns(lang, "kind", "sent:count", "delivered:count", "not_delivered:count", "unknown:count")
    held = [
        {
            "contract": hold.contract_id,
            "kind_key": hold.kind,
            "kind": said("terms", hold.kind, lang),
            "from_day": hold.from_day,
            "until": hold.until,
            "days_past_due": account.days_past_due,
            "balance": account.balance,
            "note": hold.note,
        }
        for holds in month.book.holds.values()
        for hold in holds
        if hold.on(end) and (account := month.closing.by_id.get(hold.contract_id)) is not None
    ]
    hold_columns = _columns(
        lang,
        "contract",
        "kind_key",
        "kind",
        "from_day:date",
        "until:date",
        "days_past_due:days",
        "balance:money",
        "note",
    )
    return _table("letters", lang, columns, rows, total), _table("holds", lang, hold_columns, held)


OUTCOMES: Final = ("send", "escalate", "suppressed", "not_due", "failed")
"""The answers of a ladder, in the order of tables."""


def letters_next_table(month: Month, lang: str) -> Table:
    """What is due at the closing: letters by kind, held back and not due by reason; all contracts."""
    counts: dict[tuple[str, str], int] = {}
    for choice in month.letters:
        key = (choice.outcome, choice.letter or choice.reason)
        counts[key] = counts.get(key, 0) + 1
    rows = [
        {
            "outcome_key": outcome,
            "reason_key": reason,
            "status": said("terms", outcome, lang),
            "kind": said("terms", reason, lang) if reason else "",
            "contracts": count,
        }
        for (outcome, reason), count in sorted(
            counts.items(), key=lambda item: (OUTCOMES.index(item[0][0]), item[0][1])
        )
    ]
    total = {"status": said("terms", "total", lang), **_sum(rows, "contracts")}
    columns = _columns(lang, "outcome_key", "reason_key", "status", "kind", "contracts:count")
    return _table("letters_next", lang, columns, rows, total)


# --- people -------------------------------------------------------------------------------------


def performance_table(found: Sequence[Performance], lang: str, *, name: str = "collectors") -> Table:
    """A row for each collector or team; every column adds up to the whole."""
    who = "collector" if name == "collectors" else "team"
    rows = [
        {
            who: one.name or "–",
            "contract_days": one.contract_days,
            "accounts": (Decimal(one.accounts.numerator) / one.accounts.denominator).quantize(
                Decimal("0.01")
            ),
            "contracts": one.contracts,
            "balance": one.balance,
            "arrears": one.arrears,
            "receipts": one.receipts,
            "received": one.received,
            "undone": one.undone,
            "cash": one.cash,
            "contacts": one.contacts,
            "matured": one.promises.n,
            "kept": int(one.promises.part),
        }
        for one in found
    ]
    sums = ("contract_days", "contracts", "balance", "arrears", "receipts", "received", "undone", "cash")
    total = {who: said("terms", "total", lang), **_sum(rows, *sums, "contacts", "matured", "kept")}
    columns = _columns(
        lang,
        *(who, "contract_days:count", "accounts:money", "contracts:count", "balance:money", "arrears:money"),
        *("receipts:count", "received:money", "undone:money", "cash:money"),
        *("contacts:count", "matured:count", "kept:count"),
    )
    notes = [] if name == "collectors" else [said("notes", "collectors", lang)]
    return _table(name, lang, columns, rows, total, notes)


def receipt_table(month: Month, lang: str) -> Table:
    """Every payment behind the cash of the month."""
    rows = [
        {
            "payment": one.payment,
            "contract": one.contract_id,
            "paid_on": one.paid_on,
            "holder": one.holder,
            "amount": one.amount,
        }
        for one in sorted(month.receipts, key=lambda one: (one.paid_on, one.payment))
    ]
    total = {"payment": said("terms", "total", lang), **_sum(rows, "amount")}
    columns = _columns(lang, "payment", "contract", "paid_on:date", "holder", "amount:money")
    return _table("receipts", lang, columns, rows, total)


# --- segments, SLIK, contracts --------------------------------------------------------------------


def segment_table(month: Month, lang: str, *, labels: Sequence[str] = ("product", "branch")) -> Table:
    """For each value of each label: contracts, principal, PAR30 and NPL, last month and this."""
    rows = []
    for label in labels:
        closing, opening = month.closing.by_label(label), month.opening.by_label(label)
        none = month.opening.where(lambda _: False)
        for value in sorted(closing):
            now = _segment(month, closing[value])
            then = _segment(month, opening.get(value, none))
            rows.append(
                {
                    "segment": said("terms", label, lang),
                    "segment_key": label,
                    "value": value or "–",
                    "contracts_before": then[0],
                    "contracts": now[0],
                    "balance_before": then[1],
                    "balance": now[1],
                    "par30_before": then[2],
                    "par30": now[2],
                    "npl_before": then[3],
                    "npl": now[3],
                    "few": MARK if now[0] < ratios.FEW else "",
                }
            )
    columns = _columns(
        lang,
        *("segment_key", "segment", "value", "contracts_before:count", "contracts:count"),
        *("balance_before:money", "balance:money", "par30_before:rate", "par30:rate"),
        *("npl_before:rate", "npl:rate", "few"),
    )
    return _table("segments", lang, columns, rows, notes=[said("notes", "few", lang)])


def _segment(month: Month, own: Snapshot) -> tuple[int, Decimal, Any, Any]:
    rates = {rate.name: rate for rate in key_rates(month, own)}
    bad = rates.get("npl_gross") or rates.get("npf_gross")
    return len(own.live), own.balance, rates["par30"].share, bad.share if bad else None


def slik_table(month: Month, lang: str) -> Table:
    """The columns that a credit register asks for, a row for each contract still carried."""
    rows = [
        {
            "contract": row.contract_id,
            "debtor": row.debtor_id,
            "principal_balance": row.principal_balance,
            "arrears_principal": row.arrears_principal,
            "arrears_interest": row.arrears_interest,
            "late_charge": row.late_charge,
            "instalments": row.instalments,
            "days": row.days,
            "class": row.code,
            "since": row.since,
            "restructures": row.restructures,
            "restructured_on": row.last_restructured_on,
        }
        for row in month.registered
    ]
    titles = {
        "instalments": ("frekuensi tunggakan", "instalments in arrears"),
        "since": ("dalam kelas sejak", "in class since"),
        "restructures": ("frekuensi restrukturisasi", "restructures"),
    }
    columns = [
        evolve(column, title=titles[column.key][0 if lang == "id" else 1]) if column.key in titles else column
        for column in _columns(
            lang,
            *(
                "contract",
                "debtor",
                "principal_balance:money",
                "arrears_principal:money",
                "arrears_interest:money",
            ),
            *("late_charge:money", "instalments:count", "days:days", "class", "since:date"),
            *("restructures:count", "restructured_on:date"),
        )
    ]
    money = ("principal_balance", "arrears_principal", "arrears_interest", "late_charge")
    total = {"contract": said("terms", "total", lang), **_sum(rows, *money)}
    return _table("slik", lang, columns, rows, total)


CONTRACT_MONEY: Final = ("balance", "outstanding", "arrears", "written_off", "unapplied", "provision")


def contract_table(month: Month, lang: str) -> Table:
    """Every contract as the report counted it: what next month's opening is held against."""
    rows = [contract_row(account) for account in month.closing.accounts]
    total = {"contract": said("terms", "total", lang), **_sum(rows, *CONTRACT_MONEY)}
    columns = _columns(
        lang,
        *("contract", "debtor", "product", "branch", "collector", "state", "class", "bucket"),
        *("days_past_due:days", *(f"{key}:money" for key in CONTRACT_MONEY), "booked_on:date"),
        "restructured_on:date",
    )
    return _table("contracts", lang, columns, rows, total)


def contract_row(account: Account) -> dict[str, Any]:
    """An account as the contracts table shows it."""
    return {
        "contract": account.contract_id,
        "debtor": account.debtor_id,
        "product": account.label("product"),
        "branch": account.label("branch"),
        "collector": account.label("collector"),
        "state": account.state,
        "class": account.kol,
        "bucket": account.bucket,
        "days_past_due": account.days_past_due,
        "balance": account.balance,
        "outstanding": account.outstanding,
        "arrears": account.arrears,
        "written_off": account.written_off,
        "unapplied": account.unapplied,
        "provision": account.provision or Decimal(0),
        "booked_on": account.booked_on,
        "restructured_on": account.restructured_on,
    }


# --- exceptions -----------------------------------------------------------------------------------


def exception_table(month: Month, lang: str) -> Table:
    """What a person should look at: rejected rows, odd accounts, undone receipts, unsure rules."""
    rows = [
        {
            "kind_key": kind,
            "kind": said("terms", kind, lang),
            "contract": contract,
            "detail": detail,
            "amount": amount,
        }
        for kind, contract, detail, amount in _exceptions(month)
    ]
    return _table(
        "exceptions", lang, _columns(lang, "kind_key", "kind", "contract", "detail", "amount:money"), rows
    )


def _exceptions(month: Month) -> Iterable[tuple[str, str, str, Decimal | None]]:
    for complaint in month.book.complaints:
        yield "rejected", "", str(complaint.error), None
    for aside in month.aside:
        yield "set_aside", aside.contract_id, str(aside.error), None
    for about in month.sources:
        if about.confidence not in ("high", "contract"):
            yield "rule_unsure", "", f"{about.id} ({about.confidence})", None
    start, end = month.opening.as_of, month.closing.as_of
    for account in month.closing.accounts:
        name = account.contract_id
        if account.booked_on is None:
            yield "no_signing_day", name, "", None
        if account.state == "live" and account.days_past_due and not month.holder(name, end):
            yield "no_collector", name, str(account.days_past_due), account.arrears
        if account.unapplied and account.arrears:
            yield "credit_in_arrears", name, str(account.days_past_due), account.unapplied
        if account.state == "live" and account.days_past_due > 30 and not month.book.letters.get(name):
            yield "late_without_letter", name, str(account.days_past_due), account.arrears
    for one in month.restructures:
        if one.turn > 1 and start < one.on <= end:
            yield "many_restructures", one.contract_id, one.event, one.balance
    for back in month.recovered:
        if back.recovered:
            yield "paid_after_write_off", back.contract_id, "", back.recovered
    for receipt in month.receipts:
        if receipt.undone:
            yield (
                "undone",
                receipt.contract_id,
                f"{receipt.payment} {receipt.paid_on.isoformat()}",
                receipt.amount,
            )


def day_text(day: date, lang: str) -> str:
    """A day as people read it."""
    from tagih import words

    return words.tanggal(day) if lang == "id" else words.english_date(day)


# --- all of them ----------------------------------------------------------------------------------


def tables(month: Month, lang: str) -> tuple[Table, ...]:
    """Every table of the month end, in the order in which it is read."""
    return (
        ratios_table(month, lang),
        *aging_tables(month, lang),
        bridge_table(month, lang),
        *migration_tables(month.classes, month.closing.classes, lang),
        *migration_tables(month.days, month.closing.buckets, lang, suffix="_days"),
        *transition_tables(month.days, lang),
        history_table(month.trend, lang),
        vintage_table(month.curves, lang),
        first_payment_table(month, lang),
        *provision_tables(month, lang),
        *collection_tables(month, lang),
        promise_table(month.verdicts, lang),
        promise_table(month.agreed, lang, name="arrangements"),
        restructure_table(month, lang),
        *letter_tables(month, lang),
        letters_next_table(month, lang),
        performance_table(month.collectors, lang),
        performance_table(month.teams, lang, name="teams"),
        receipt_table(month, lang),
        segment_table(month, lang),
        slik_table(month, lang),
        exception_table(month, lang),
        contract_table(month, lang),
    )
