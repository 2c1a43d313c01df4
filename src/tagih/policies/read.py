"""Read one rule from the words of a TOML file, and say exactly what is wrong with it.

`Table` remembers which keys were asked for, so that a key nobody asked for is an error with a
suggestion. Figures are text, so that 0.3 % is exactly 3/1000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tagih.errors import PolicyError, TagihError
from tagih.money import ROUND, Rounding
from tagih.policies.about import CONFIDENCES, About
from tagih.policies.arrears import Arrears, Tolerance
from tagih.policies.buckets import MEASURES, Bucket, Buckets, OneObligor, Scale
from tagih.policies.calendar import Calendar
from tagih.policies.conduct import CONSENTABLE, WEEKDAYS, Conduct
from tagih.policies.late_charge import BASES, Cap, LateCharge, Step
from tagih.policies.offer import DISCOUNTED, Authority, Discount, OfferLimits
from tagih.policies.others import Cure, Gate, Ladder, LateTerms, Limits, RoundingRule, Rung, Term
from tagih.policies.policy import Rule
from tagih.policies.provision import CollateralShares, Provision, Share
from tagih.policies.rate_cap import RateCap, Tier
from tagih.policies.waterfall import AHEAD, CHARGED_BACK, EXCESS, Group, Order, Waterfall

_MISSING: Final = object()


class Table:
    """A TOML table that knows where it stands and which of its keys were read."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values = values
        self.where = where
        self.asked: list[str] = []

    def has(self, key: str) -> bool:
        self.asked.append(key)
        return key in self.values

    def take(self, key: str, expected: str, kinds: type | tuple[type, ...], default: Any = _MISSING) -> Any:
        self.asked.append(key)
        if key not in self.values:
            if default is _MISSING:
                self.mistyped()
                raise PolicyError(
                    "rule.missing", "{where}: no '{key}'; write {expected}", where=self.where, key=key,
                    expected=expected,
                )  # fmt: skip
            return default
        value = self.values[key]
        # bool is an int in Python; a rule never means that
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            self.wrong(key, value, expected)
        return value

    def wrong(self, key: str, value: Any, expected: str) -> None:
        raise PolicyError(
            "rule.value",
            "{where}: {key} = '{value}'; write {expected}",
            where=self.where,
            key=key,
            value=str(value),
            expected=expected,
        )

    def text(self, key: str, default: Any = _MISSING) -> str:
        return str(self.take(key, "text in quotes", str, default))

    def choice(self, key: str, known: Iterable[str], default: Any = _MISSING) -> Any:
        names = list(known)
        value = self.take(key, "one of " + ", ".join(names), str, default)
        if value is not default and value not in names:
            raise unknown_word(
                "rule.choice",
                "{where}: {key} '{value}' is unknown",
                "; write one of {known}",
                value,
                [name for name in names if name],
                where=self.where,
                key=key,
                value=value,
            )
        return value

    def whole(self, key: str, default: Any = _MISSING) -> Any:
        value = self.take(key, "a whole number, 0 or more", int, default)
        if value is not default and value < 0:
            self.wrong(key, value, "a whole number, 0 or more")
        return value

    def figure(self, key: str, default: Any = _MISSING) -> Any:
        """A rate or an amount: text or a whole number, so that it stays exact."""
        value = self.take(key, 'a figure in quotes, such as "0.003"', (str, int), default)
        if value is default:
            return default
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            self.wrong(key, value, 'a figure in quotes, such as "0.003"')
        return number

    def day(self, key: str, default: Any = _MISSING) -> Any:
        return self.take(key, "a date without quotes: 2026-01-31", date, default)

    def clock(self, key: str, default: Any = _MISSING) -> Any:
        return self.take(key, "a time without quotes: 08:00:00", time, default)

    def texts(self, key: str, default: Any = _MISSING) -> tuple[str, ...]:
        values = self.take(key, 'a list of texts: ["a", "b"]', list, default)
        if any(not isinstance(value, str) for value in values):
            self.wrong(key, values, 'a list of texts: ["a", "b"]')
        return tuple(values)

    def choices(self, key: str, known: Sequence[str], default: Any = _MISSING) -> tuple[str, ...]:
        values = self.texts(key, default)
        for value in values:
            Table({key: value}, self.where).choice(key, known)
        return values

    def tables(self, key: str, default: Any = _MISSING) -> list[Table]:
        rows = self.take(key, f"a list of tables: [[{key}]]", list, default)
        if any(not isinstance(row, dict) for row in rows):
            self.wrong(key, rows, f"a list of tables: [[{key}]]")
        return [Table(row, f"{self.where}: {key} {number}") for number, row in enumerate(rows, 1)]

    def table(self, key: str, default: Any = _MISSING) -> Table:
        return Table(self.take(key, f"a table: [{key}]", dict, default), f"{self.where}: {key}")

    def figures(self, key: str) -> dict[str, Decimal]:
        table = self.table(key)
        return {name: table.figure(name) for name in table.values}

    def close(self) -> None:
        """Every key was asked for.

        Raises:
            PolicyError: If one was not, with the nearest key that is known.
        """
        for key in self.values:
            if key not in self.asked:
                self.unknown(key)

    def mistyped(self) -> None:
        """Like `close`, half way: only keys that look like one that was asked for and is missing.

        So that a slip of the pen is told before what it leads to.
        """
        missing = [key for key in self.asked if key not in self.values]
        for key in self.values:
            if key not in self.asked and nearest(key, missing):
                self.unknown(key)

    def unknown(self, key: str) -> None:
        raise unknown_word(
            "rule.unknown_key",
            "{where}: key '{key}' is unknown",
            "; known are {known}",
            key,
            list(dict.fromkeys(self.asked)),
            where=self.where,
            key=key,
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like ``word``, or empty where none does."""
    from difflib import get_close_matches  # only when something is wrong

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.7)), "")


def unknown_word(
    code: str, found: str, rest: str, word: str, known: Sequence[str], **fields: Any
) -> PolicyError:
    """An error for a word nobody knows: with the nearest one, else with all that are known."""
    if near := nearest(word, known):
        return PolicyError(f"{code}.near", found + "; did you mean '{near}'?", near=near, **fields)
    return PolicyError(code, found + rest, known=", ".join(known), **fields)


def about(table: Table) -> About:
    """The header of a rule."""
    head = About(
        id=table.text("id"),
        title=table.text("title", ""),
        applies_to=table.texts("applies_to", ()),
        valid_from=table.day("valid_from", None),
        valid_to=table.day("valid_to", None),
        successor=table.text("successor", ""),
        instrument=table.text("instrument", ""),
        article=table.text("article", ""),
        source=table.text("source", ""),
        confidence=table.choice("confidence", CONFIDENCES, "contract"),
        note=table.text("note", "").strip(),
        follows=table.text("follows", ""),
        unverified=table.texts("unverified", ()),
    )
    if head.valid_from and head.valid_to and head.valid_from > head.valid_to:
        table.wrong("valid_to", head.valid_to, f"a day not before valid_from {head.valid_from}")
    return head


STARTS: Final = {
    "from_day": "days_past_due",
    "from_day_past_maturity": "days_past_maturity",
    "from_month": "months_past_due",
    "from_full_month": "full_months_past_due",
    "from_week": "weeks_past_due",
    "from_instalment": "instalments_past_due",
    "from_judgement": "judgement",
}
"""How a bucket says where it starts, by what is measured."""


def _buckets(table: Table, head: About) -> Buckets:
    found, starts = [], {key: list[tuple[str, int]]() for key in STARTS}
    for row in table.tables("buckets"):
        bucket = Bucket(row.text("code"), row.text("name", ""))
        found.append(bucket)
        for key, pairs in starts.items():
            if row.has(key):
                pairs.append((bucket.code, row.whole(key)))
        row.close()
    scales = [Scale(STARTS[key], pairs) for key, pairs in starts.items() if pairs]  # type: ignore[arg-type]
    for row in table.tables("scale", []):
        first = row.take("first", "a table of code and first value: { 1 = 0, 2 = 31 }", dict)
        measure = row.choice("measure", MEASURES)
        scales.append(Scale(measure, first.items(), row.texts("frequencies", ())))
        row.close()
    obligor = None
    if table.has("one_obligor"):
        row = table.table("one_obligor")
        obligor = OneObligor(row.texts("excepting", ()), row.figure("total_below", None))
        row.close()
    scheme = Buckets(
        buckets=tuple(found),
        scales=tuple(scales),
        about=head,
        judged=table.texts("judged", ()),
        non_performing_from=table.text("non_performing_from", ""),
        one_obligor=obligor,
        frequencies=table.texts("frequencies", ()),
    )
    reached = {code for scale in scales for code, _ in scale.first}
    for bucket in found:
        if bucket.code not in reached:
            raise PolicyError(
                "rule.unreachable",
                "{where}: bucket '{code}' is never reached; give it one of {known}",
                where=table.where,
                code=bucket.code,
                known=", ".join(STARTS),
            )
    return scheme


def _order(table: Table) -> Order:
    groups = []
    for row in table.tables("group"):
        groups.append(Group(row.choice("walk", ("instalment", "component")), row.texts("cells")))
        row.close()
    ahead = table.choice("ahead", AHEAD, "next")
    cells = [cell for group in groups for cell in group.cells]
    for cell in cells:
        if cells.count(cell) > 1:
            raise PolicyError(
                "rule.unreachable",
                "{where}: '{timing} {component}' stands twice; the second is never reached",
                where=table.where,
                timing=cell.timing,
                component=str(cell.component),
            )
    return Order(tuple(groups), ahead)


def _orders(table: Table) -> dict[str, Order]:
    orders = {}
    for name in table.values:
        row = table.table(name)
        orders[name] = _order(row)
        row.close()
    return orders


def _waterfall(table: Table, head: About) -> Waterfall:
    return Waterfall(
        order=_order(table),
        by_kind=_orders(table.table("by_kind", {})),
        by_state=_orders(table.table("by_state", {})),
        excess=table.choice("excess", EXCESS, "hold"),
        part_payment=table.choice("part_payment", ("apply", "hold"), "apply"),
        within_day=table.choice("within_day", ("kind", "sequence"), "kind"),
        charged_back=table.choice("charged_back", CHARGED_BACK, "reopen"),
        charged_back_due=table.choice(
            "charged_back_due", ("coming_instalment", "at_once"), "coming_instalment"
        ),
        over_refund=table.choice("over_refund", ("refuse", "reopen", "new_principal"), "refuse"),
        about=head,
    )


def _rounding(table: Table) -> Rounding:
    return Rounding(table.figure("unit", Decimal(1)), table.choice("mode", ROUND, "half_up"))


def _cap_of_late_charge(row: Table) -> Cap:
    cap = Cap(
        on=row.choice("on", ("instalment", "contract", "day", "charges")),
        amount=row.figure("amount", None),
        share=row.figure("share", None),
        of=row.choice(
            "of", ("instalment", "principal", "agreed_amount", "outstanding_principal"), "instalment"
        ),
    )
    row.close()
    return cap


def _step(row: Table) -> Step:
    step = Step(row.whole("from_day"), row.figure("daily_rate", None), row.figure("amount", None))
    row.close()
    return step


def _late_charge(table: Table, head: About) -> LateCharge:
    rounding = Rounding(unit=Decimal(1), mode="down")
    if table.has("rounding"):
        row = table.table("rounding")
        rounding = _rounding(row)
        row.close()
    return LateCharge(
        base=table.choice("base", BASES, None),
        counting=table.choice("counting", ("due_day_free", "due_day_counted"), None),
        daily_rate=table.figure("daily_rate", None),
        monthly_rate=table.figure("monthly_rate", None),
        annual_rate=table.figure("annual_rate", None),
        amount=table.figure("amount", None),
        per=table.choice("per", ("day", "month", "event"), "day"),
        steps=tuple(_step(row) for row in table.tables("steps", [])),
        year_days=table.whole("year_days", 365),
        month_days=table.whole("month_days", 30),
        grace=table.choice("grace", ("none", "threshold", "free_days"), "none"),
        grace_days=table.whole("grace_days", 0),
        caps=tuple(_cap_of_late_charge(row) for row in table.tables("caps", [])),
        rounding=rounding,
        round_each=table.choice("round_each", ("day", "segment", "once"), "segment"),
        after_acceleration=table.choice("after_acceleration", ("stop", "continue"), "stop"),
        name=table.text("name", ""),
        about=head,
        compound_clause=table.text("compound_clause", ""),
    )


def _tier(row: Table) -> Tier:
    tier = Tier(
        daily_rate=row.figure("daily_rate", None),
        late_daily_rate=row.figure("late_daily_rate", None),
        purpose=row.choice("purpose", ("consumptive", "productive"), ""),
        size=row.texts("size", ()),
        tenor_over=row.whole("tenor_over", 0),
        tenor_to=row.whole("tenor_to", None),
        tenor_below=row.whole("tenor_below", None),
        principal_over=row.figure("principal_over", Decimal(0)),
        principal_to=row.figure("principal_to", None),
    )
    row.close()
    if tier.daily_rate is None and tier.late_daily_rate is None:
        row.take("daily_rate", 'a rate in quotes, such as "0.003", or late_daily_rate', str)
    return tier


def _covers(wide: Tier, narrow: Tier) -> bool:
    """Whether every debt of ``narrow`` is already in ``wide``."""
    return (
        wide.purpose in ("", narrow.purpose)
        and (not wide.size or (bool(narrow.size) and set(narrow.size) <= set(wide.size)))
        and wide.tenor_over <= narrow.tenor_over
        and wide.tenor_below in (None, narrow.tenor_below)
        and (wide.tenor_to is None or (narrow.tenor_to is not None and narrow.tenor_to <= wide.tenor_to))
        and wide.principal_over <= narrow.principal_over
        and (
            wide.principal_to is None
            or (narrow.principal_to is not None and narrow.principal_to <= wide.principal_to)
        )
    )


def _rate_cap(table: Table, head: About) -> RateCap:
    tiers = tuple(_tier(row) for row in table.tables("tier"))
    for number, tier in enumerate(tiers):
        if any(_covers(earlier, tier) for earlier in tiers[:number]):
            raise PolicyError(
                "rule.unreachable",
                "{where}: tier {number} is never reached; an earlier tier covers all of it",
                where=table.where,
                number=number + 1,
            )
    bases = ("agreed_amount", "outstanding_principal")
    return RateCap(
        tiers=tiers,
        benefit_base=table.choice("benefit_base", bases, "agreed_amount"),
        late_base=table.choice("late_base", bases, "agreed_amount"),
        total_share=table.figure("total_share", Decimal(1)),
        month_days=table.whole("month_days", 30),
        about=head,
    )


def _provision(table: Table, head: About) -> Provision:
    return Provision(table.figures("rates").items(), table.texts("general", ("1",)), head)


def _collateral(table: Table, head: About) -> CollateralShares:
    shares = []
    for row in table.tables("collateral"):
        shares.append(
            Share(
                row.text("kind"),
                row.figure("share"),
                row.text("basis", "market_value"),
                row.whole("oldest_months", None),
            )
        )
        row.close()
    return CollateralShares(tuple(shares), head)


def _conduct(table: Table, head: About) -> Conduct:
    usual = Conduct()
    kept = ("blocked", "allowed")
    return Conduct(
        days=table.choices("days", WEEKDAYS, usual.days),
        from_time=table.clock("from_time", usual.from_time),
        to_time=table.clock("to_time", usual.to_time),
        national_holidays=table.choice("national_holidays", kept, usual.national_holidays),
        cuti_bersama=table.choice("cuti_bersama", kept, usual.cuti_bersama),
        most_a_day=table.whole("most_a_day", None),
        parties=table.texts("parties", usual.parties),
        locate_only=table.texts("locate_only", ()),
        places=table.texts("places", usual.places),
        consent_widens=table.choices("consent_widens", CONSENTABLE, ()),
        about=head,
    )


def _ladder(table: Table, head: About) -> Ladder:
    rungs = []
    for row in table.tables("rung"):
        rungs.append(Rung(row.text("letter"), row.whole("from_day"), row.whole("days_to_pay")))
        row.close()
    return Ladder(
        tuple(rungs),
        table.whole("least_gap", 0),
        head,
        table.choice("counted_from", ("issue", "sending", "delivery"), "issue"),
        table.figure("minimum", Decimal(0)),
        table.choice("per", ("contract", "debtor"), "contract"),
    )


def _rounding_rule(table: Table, head: About) -> RoundingRule:
    return RoundingRule(_rounding(table), table.choice("remainder", ("first", "last"), "last"), head)


def _days(table: Table, key: str) -> tuple[tuple[date, str], ...]:
    days = []
    for row in table.tables(key, []):
        days.append((row.day("on"), row.text("name", "")))
        row.close()
    if len({day for day, _ in days}) != len(days):
        raise PolicyError("rule.twice", "{where}: {key} names a day twice", where=table.where, key=key)
    return tuple(sorted(days))


def _calendar(table: Table, head: About) -> Calendar:
    return Calendar((table.whole("year"),), _days(table, "holidays"), _days(table, "cuti_bersama"), head)


def _limits(table: Table, head: About) -> Limits:
    return Limits(table.figures("figures"), head)


def _arrears(table: Table, head: About) -> Arrears:
    row = table.table("tolerance", {})
    nothing = Decimal(0)
    tolerance = Tolerance(
        row.figure("amount", nothing), row.figure("share", nothing), row.figure("floor", nothing)
    )
    row.close()
    usual = Arrears()
    return Arrears(
        due_day=table.whole("due_day", usual.due_day),
        tolerance=tolerance,
        grace_days=table.whole("grace_days", 0),
        held_open_by=table.texts("held_open_by", usual.held_open_by),
        days=table.choice("days", ("calendar", "working"), "calendar"),
        working=table.choice("working", ("mon-fri", "mon-sat"), "mon-fri"),
        paused_days=table.choice("paused_days", ("late", "all"), "late"),
        about=head,
    )


def _cure(table: Table, head: About) -> Cure:
    best = table.table("best_after")
    return Cure(
        best_after=tuple((code, best.text(code)) for code in best.values),
        clean_periods=table.whole("clean_periods", 3),
        step=table.choice("step", ("free", "one_notch", "none"), "free"),
        least_months=table.whole("least_months", 0),
        about=head,
    )


def _gate(table: Table, head: About) -> Gate:
    groups = table.take("any_of", 'lists of texts: [["a", "b"]]', list, [])
    return Gate(
        step=table.text("step"),
        all_of=table.texts("all_of", ()),
        any_of=tuple(tuple(str(fact) for fact in group) for group in groups),
        about=head,
    )


def _late_terms(table: Table, head: About) -> LateTerms:
    terms = []
    for row in table.tables("term"):
        terms.append(
            Term(
                row.text("name"),
                row.choice("basis", ("agreed", "actual_cost")),
                row.choice("goes_to", ("income", "social_fund", "reimbursement")),
                row.text("only_if", ""),
            )
        )
        row.close()
    return LateTerms(tuple(terms), head)


def _authority(row: Table) -> Authority:
    discounts = []
    for part in row.tables("discount", []):
        classes = part.texts("classes", ())
        shares = {name: part.figure(name) for name in DISCOUNTED if part.has(name)}
        discounts.append(Discount(classes, shares))
        part.close()
    authority = Authority(
        name=row.text("name"),
        minimum_instalment=row.figure("minimum_instalment", None),
        longest_months=row.whole("longest_months", None),
        least_down_share=row.figure("least_down_share", None),
        most_payments=row.whole("most_payments", None),
        longest_days=row.whole("longest_days", None),
        cooling_days=row.whole("cooling_days", None),
        discounts=tuple(discounts),
    )
    row.close()
    return authority


def _offer(table: Table, head: About) -> OfferLimits:
    return OfferLimits(tuple(_authority(row) for row in table.tables("authority")), head)


READERS: Final[dict[str, Callable[[Table, About], Rule]]] = {
    "arrears": _arrears,
    "buckets": _buckets,
    "calendar": _calendar,
    "cap": _rate_cap,
    "collateral": _collateral,
    "conduct": _conduct,
    "cure": _cure,
    "gate": _gate,
    "ladder": _ladder,
    "late_charge": _late_charge,
    "late_terms": _late_terms,
    "limits": _limits,
    "offer": _offer,
    "provision": _provision,
    "rounding": _rounding_rule,
    "waterfall": _waterfall,
}
"""How each kind of rule is read."""


def read_rule(values: Mapping[str, Any], where: str) -> Rule:
    """A rule from the words of a TOML file; ``where`` names the file in errors.

    Raises:
        PolicyError: Naming file and key: unknown, missing, contradictory or never reached.
    """
    table = Table(values, where)
    kind = table.choice("kind", READERS, "buckets" if "buckets" in values else _MISSING)
    head = about(table)
    try:
        rule = READERS[kind](table, head)
    except TagihError as error:
        if str(error).startswith(where):
            raise
        table.mistyped()
        raise PolicyError(error.code, "{where}: {problem}", where=where, problem=str(error)) from error
    table.close()
    return rule
