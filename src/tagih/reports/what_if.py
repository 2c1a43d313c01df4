"""What would the same history have come to under other rules?

Nothing is estimated: every contract is worked out again from its own events, once under the book's
rules and once with others in their place, and the difference is shown contract by contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from tagih.contracts import Contract
from tagih.errors import EventError, InputError
from tagih.files import Book
from tagih.ledger import Position, replay
from tagih.policies import Policy, Rule, load_rule, rule
from tagih.portfolio.book import SetAside, began, policies
from tagih.quality import Quality, qualities, under_law
from tagih.reports.snapshot import Snapshot, snapshot
from tagih.reports.tables import Column, Table
from tagih.reports.wording import said


@frozen
class Compared:
    """One day's contracts under the book's rules (``now``) and with others in their place.

    ``late_charges`` are those outstanding of each contract, both ways. ``aside`` are contracts that
    could not be replayed, in neither. Where contracts were worked out one by one ``positions`` has them;
    else ``letters`` says how many are due, both ways, by outcome and by kind or reason.
    """

    now: Snapshot
    other: Snapshot
    late_charges: Mapping[str, tuple[Decimal, Decimal]]
    aside: tuple[SetAside, ...] = ()
    positions: tuple[tuple[Position, Position], ...] = ()
    letters: tuple[Counter[tuple[str, str]], ...] = ()


def what_if(
    book: Book,
    as_of: date,
    rules: Sequence[str | Rule],
    *,
    accept: Collection[str] = (),
    compare: Collection[str] = (),
    currency: str = "",
) -> Compared:
    """Every contract under the book's rules, and with ``rules`` in the place of those of their kind.

    A rule is one, its id, or the path of its TOML file; it runs outside its dates too, marked.

    Raises:
        InputError: If there is nothing to compare, or several currencies.
        PolicyError: If a rule is unknown or unverified and not accepted.
    """
    of = policies(book, as_of, accept=accept, compare=compare)
    instead = _instead(book, as_of, [rule_of(each) for each in rules], accept=accept, compare=compare)
    pairs, aside = [], []
    for contract in book.contracts.values():
        if began(contract, as_of) and currency in ("", contract.currency):
            events, rules_of = book.events_of(contract), (of(contract), instead(contract))
            try:
                first, second = (replay(contract, events, policy, as_of) for policy in rules_of)
            except (EventError, InputError) as error:
                aside.append(SetAside(contract.id, error))
                continue
            pairs.append((first, second))
    currencies = {first.currency for first, _ in pairs}
    if len(currencies) != 1:
        raise not_one(currencies, as_of)
    (money,) = currencies
    lender = book.lender.lender_type

    def classed(listed: Sequence[Position]) -> tuple[Quality, ...]:
        return qualities(under_law(one, lender) for one in listed)

    return Compared(
        snapshot(classed([first for first, _ in pairs]), as_of, money),
        snapshot(classed([second for _, second in pairs]), as_of, money),
        {
            first.contract.id: (first.outstanding.late_charge, second.outstanding.late_charge)
            for first, second in pairs
        },
        tuple(aside),
        tuple(pairs),
    )


def not_one(currencies: Collection[str], as_of: date) -> InputError:
    """The refusal of no contracts, or of contracts in several currencies."""
    return InputError(
        "report.currency_one",
        "a comparison needs contracts of one currency; {as_of} has {found}; choose with --currency",
        as_of=as_of.isoformat(),
        found=", ".join(sorted(currencies)) or "none",
    )


def rule_of(asked: str | Rule) -> Rule:
    """The rule that was asked for: one, its id, or the path of its TOML file.

    Raises:
        PolicyError: If there is none.
    """
    if not isinstance(asked, str):
        return asked
    return load_rule(asked) if asked.endswith(".toml") else rule(asked)


def _instead(
    book: Book, as_of: date, others: Sequence[Rule], *, accept: Collection[str], compare: Collection[str]
) -> Callable[[Contract], Policy]:
    """The policy of each contract with other rules in the place of those of their kind."""
    outside = (*compare, *(each.about.id for each in others))
    return policies(book, as_of, others=others, accept=accept, compare=outside)


FIGURES: Final = ("principal_balance", "outstanding", "arrears", "late_charge", "unapplied", "provision")


def difference_table(found: Compared, lang: str) -> Table:
    """Contracts and principal by class, then late charges, provisions and the rest, now and then."""
    rows: list[dict[str, Any]] = []
    codes = dict.fromkeys((*(b.code for b in found.now.classes), *(b.code for b in found.other.classes)))
    names = {b.code: b.name for b in (*found.other.classes, *found.now.classes)}
    for code in sorted(codes):
        own = [[a for a in side.live if a.kol == code] for side in (found.now, found.other)]
        balances = [sum((a.balance for a in side), Decimal(0)) for side in own]
        rows.append(_row(f"{code} {names[code]}", balances, (len(own[0]), len(own[1]))))
    for bucket in found.now.buckets:
        own = [[a for a in side.live if a.bucket == bucket.code] for side in (found.now, found.other)]
        balances = [sum((a.balance for a in side), Decimal(0)) for side in own]
        label = f"{bucket.code} {said('terms', bucket.name, lang)}"
        rows.append(_row(label, balances, (len(own[0]), len(own[1]))))
    for figure in FIGURES:
        rows.append(_row(said("terms", figure, lang) if figure != "unapplied" else
                         said("columns", figure, lang), _figures(found, figure), None))  # fmt: skip
    keys = (
        ("figure", "text"), ("now_contracts", "count"), ("other_contracts", "count"),
        ("now_amount", "money"), ("other_amount", "money"), ("difference", "money"),
    )  # fmt: skip
    columns = [Column(key, said("columns", key, lang), kind) for key, kind in keys]  # type: ignore[arg-type]
    return Table(
        "what_if", said("tables", "what_if", lang), columns, rows, None, (said("notes", "what_if", lang),)
    )


def _row(figure: str, amounts: Sequence[Decimal], contracts: tuple[int, int] | None) -> dict[str, Any]:
    return {
        "figure": figure,
        "now_contracts": contracts[0] if contracts else None,
        "other_contracts": contracts[1] if contracts else None,
        "now_amount": amounts[0],
        "other_amount": amounts[1],
        "difference": amounts[1] - amounts[0],
    }


def _figures(found: Compared, figure: str) -> list[Decimal]:
    if figure == "late_charge":
        pairs = found.late_charges.values()
        return [sum((pair[side] for pair in pairs), Decimal(0)) for side in (0, 1)]
    name = {"principal_balance": "balance"}.get(figure, figure)
    return [
        sum((getattr(account, name) or Decimal(0) for account in side.accounts), Decimal(0))
        for side in (found.now, found.other)
    ]


def contract_differences(found: Compared, lang: str) -> Table:
    """Every contract whose class, days past due or outstanding differs."""
    rows = []
    for now, other in zip(found.now.accounts, found.other.accounts, strict=True):
        late, then = found.late_charges[now.contract_id]
        if (now.kol, now.days_past_due, now.outstanding) != (
            other.kol,
            other.days_past_due,
            other.outstanding,
        ):
            rows.append(
                {
                    "contract": now.contract_id,
                    "class_now": now.kol,
                    "class_other": other.kol,
                    "days_now": now.days_past_due,
                    "days_other": other.days_past_due,
                    "now_amount": now.outstanding,
                    "other_amount": other.outstanding,
                    "difference": other.outstanding - now.outstanding,
                    "late_charge": then - late,
                }
            )
    keys = (
        ("contract", "text"), ("class_now", "text"), ("class_other", "text"), ("days_now", "days"),
        ("days_other", "days"), ("now_amount", "money"), ("other_amount", "money"), ("difference", "money"),
        ("late_charge", "money"),
    )  # fmt: skip
    columns = [Column(key, said("columns", key, lang), kind) for key, kind in keys]  # type: ignore[arg-type]
    return Table(
        "what_if_contracts", said("tables", "what_if_contracts", lang), columns, rows, None,
        (said("notes", "what_if", lang),),
    )  # fmt: skip
