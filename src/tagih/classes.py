"""In which class is a debt, and what is set aside for it?

Classes are asked of measures: how many days past due, past maturity, months, instalments. The
worst scale wins; judgement may worsen, never improve; where the lender's rule says so a debtor's
contracts take the worst class of them all; after a restructure the class is held back until
enough periods were paid on time.

>>> from tagih.policies import rule
>>> classify(Measures(days_past_due=20, days_past_maturity=31), rule("id.kol.bpr.monthly")).code
'4'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from attrs import field, frozen

from tagih.dates import add_months
from tagih.errors import InputError, PolicyError
from tagih.money import Rounding
from tagih.policies.about import About
from tagih.policies.buckets import Buckets
from tagih.policies.loader import rules, rules_for
from tagih.policies.others import Cure
from tagih.policies.policy import Rule
from tagih.policies.provision import Provision

# --- measures ---------------------------------------------------------------------------------


@frozen
class Measures:
    """How late a contract is, in every measure that schemes ask for; 0 is not late.

    Months and weeks past due are those begun (28 days are 4 weeks, 29 days are 5); full months
    are those completed. ``frequency`` is that of the instalments.
    """

    days_past_due: int = 0
    days_past_maturity: int = 0
    months_past_due: int = 0
    full_months_past_due: int = 0
    weeks_past_due: int = 0
    instalments_past_due: int = 0
    frequency: str = "monthly"

    def of(self, name: str) -> int:
        """One measure by its name."""
        return int(getattr(self, name))


def measure(
    as_of: date,
    *,
    days_past_due: int,
    instalments_past_due: int = 0,
    matures_on: date | None = None,
    frequency: str = "monthly",
) -> Measures:
    """Every measure of a contract, from its days past due on ``as_of`` (0: nothing is overdue).

    Months and weeks follow from the days, so that a pause or a grace shortens them too. Give
    ``matures_on`` only while something is owed: days past maturity count from it.

    >>> measure(date(2026, 5, 1), days_past_due=91).months_past_due  # since 30 January
    4
    """
    if days_past_due < 0:
        raise InputError("measure.days", "days_past_due must be 0 or more, got {days}", days=days_past_due)
    since = as_of - timedelta(days=days_past_due)
    full = (as_of.year - since.year) * 12 + as_of.month - since.month
    full -= add_months(since, full) > as_of
    return Measures(
        days_past_due=days_past_due,
        days_past_maturity=max((as_of - matures_on).days, 0) if matures_on else 0,
        months_past_due=full + (add_months(since, full) < as_of),
        full_months_past_due=full,
        weeks_past_due=-(-days_past_due // 7),
        instalments_past_due=instalments_past_due,
        frequency=frequency,
    )


# --- the class of one contract ------------------------------------------------------------------

Reason = Literal["measure", "judgement", "one_obligor", "restructure"]


@frozen
class Classified:
    """The class of a contract: code and name, why, and the rule that says so.

    ``reason`` is ``measure`` (then ``detail`` names it and its value), ``judgement``,
    ``one_obligor`` (``detail`` is the contract that pulls) or ``restructure``. ``mark`` is "not in
    force" where the rule ran outside its dates.
    """

    code: str
    name: str
    reason: Reason
    detail: str
    rule: About

    @property
    def mark(self) -> str:
        """Set where the rule ran outside its dates, for comparison."""
        return self.rule.mark


def classify(measures: Measures, scheme: Buckets, *, judgement: str = "") -> Classified:
    """The class that the measures give; the worst scale wins, and a stated judgement may worsen it.

    A judgement better than the measures is not taken.

    Raises:
        PolicyError: If only judgement can decide and none is given, if the judgement is not a
            bucket of the scheme, or if no scale is for the contract's frequency.
    """
    if scheme.frequencies and measures.frequency not in scheme.frequencies:
        raise PolicyError(
            "class.frequency",
            "'{id}' is for instalments that are {known}, not '{frequency}'",
            id=scheme.about.id,
            known=", ".join(scheme.frequencies),
            frequency=measures.frequency,
        )
    code, by = "", ""
    for scale in scheme.scales_for(measures.frequency):
        if scale.measure == "judgement":
            continue
        value = measures.of(scale.measure)
        found = scale.code_for(value)
        if not code or scheme.place(found) > scheme.place(code):
            code, by = found, f"{scale.measure} {value}"
    if judgement and scheme.place(judgement) >= scheme.place(code):
        if judgement != code or code in scheme.judged:
            return _classified(judgement, "judgement", by, scheme)
    elif code in scheme.judged:
        raise PolicyError(
            "buckets.judgement",
            "bucket scheme '{id}': a debt this late is one of {judged} by judgement; state which",
            id=scheme.about.id,
            judged=", ".join(scheme.judged),
        )
    return _classified(code, "measure", by, scheme)


def _classified(code: str, reason: Reason, detail: str, scheme: Buckets) -> Classified:
    return Classified(code, scheme.bucket(code).name, reason, detail, scheme.about)


def scheme_for(
    lender_type: str, on: date, *, frequency: str = "monthly", among: Iterable[Rule] = ()
) -> Buckets:
    """The classes that the law sets for a type of lender on a day, for instalments of a frequency.

    Raises:
        PolicyError: If there is no verified rule in force that day, or more than one.

    >>> scheme_for("mf", date(2018, 12, 26)).about.id, scheme_for("mf", date(2018, 12, 27)).about.id
    ('id.kol.mf.2014', 'id.kol.mf.2018')
    """
    found = [
        scheme
        for scheme in rules_for(lender_type, "buckets", on, among=among)
        if isinstance(scheme, Buckets) and (not scheme.frequencies or frequency in scheme.frequencies)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise PolicyError(
            "class.several",
            "several rules give classes for '{lender}' on {on}: {ids}; name one",
            lender=lender_type,
            on=on.isoformat(),
            ids=", ".join(scheme.about.id for scheme in found),
        )
    known = [
        rule.about.id
        for rule in (*rules(), *among)
        if isinstance(rule, Buckets) and lender_type in rule.about.applies_to
    ]
    raise PolicyError(
        "class.none",
        "no rule gives classes for '{lender}', {frequency} instalments, on {on}; known are {ids}",
        lender=lender_type,
        frequency=frequency,
        on=on.isoformat(),
        ids=", ".join(known) or "none",
    )


# --- one obligor --------------------------------------------------------------------------------


@frozen
class Facility:
    """One contract of a debtor: its own class, what it owes, and the states that rules except.

    ``states`` may hold ``written_off`` and ``separate_source`` (repaid from a clearly separate
    source or cash flow).
    """

    contract_id: str
    debtor_id: str
    classified: Classified
    outstanding: Decimal = Decimal(0)
    states: tuple[str, ...] = ()


def one_obligor(facilities: Sequence[Facility], scheme: Buckets) -> tuple[Facility, ...]:
    """Every debtor's contracts in the worst class of them all, where the scheme says so.

    A contract in an excepted state neither pulls nor is pulled. Where the scheme names a total,
    debtors who owe less than it keep each contract's own class. Without a one-obligor rule
    nothing changes. The order stays.
    """
    rule = scheme.one_obligor
    if rule is None:
        return tuple(facilities)
    by_debtor: dict[str, list[Facility]] = {}
    for facility in facilities:
        by_debtor.setdefault(facility.debtor_id, []).append(facility)

    def pulled(facility: Facility) -> Facility:
        own = by_debtor[facility.debtor_id]
        total = sum((other.outstanding for other in own), Decimal(0))
        joined = [other for other in own if not set(other.states) & set(rule.excepting)]
        if facility not in joined or (rule.total_below is not None and total < rule.total_below):
            return facility
        worst = max(joined, key=lambda other: scheme.place(other.classified.code))
        if worst.classified.code == facility.classified.code:
            return facility
        found = _classified(worst.classified.code, "one_obligor", worst.contract_id, scheme)
        return Facility(
            facility.contract_id, facility.debtor_id, found, facility.outstanding, facility.states
        )

    return tuple(pulled(facility) for facility in facilities)


# --- after a restructure --------------------------------------------------------------------------


@frozen
class Period:
    """A payment period after a restructure, and whether it was paid in full on or before its day."""

    due_on: date
    on_time: bool


@frozen
class Held:
    """The class after a restructure: the best it may be (``cap``), and how far the cure has come.

    ``clean`` counts the periods paid on time in a row, out of ``needed``; ``lifted_on`` is the day
    from which the cap no longer holds (None: it still does).
    """

    classified: Classified
    cap: str
    clean: int
    needed: int
    lifted_on: date | None


def after_restructure(
    before: str,
    now: Classified,
    periods: Iterable[Period],
    *,
    cure: Cure,
    scheme: Buckets,
    restructured_on: date,
) -> Held:
    """The class of a restructured contract, from its class before and the periods since.

    ``now`` is the class by measures, which always counts when it is worse than the cap. A
    period not paid on time starts the count again. With step ``one_notch`` the completed count
    moves the cap one class up, and the period after it lifts it.
    """
    cap = cure.best(before)
    clean, completed, lifted_on = 0, False, None
    for period in sorted(periods, key=lambda period: period.due_on):
        if completed and lifted_on is None:
            lifted_on = period.due_on  # one notch was granted; from the next period on it is free
        clean = clean + 1 if period.on_time else 0
        early = period.due_on < add_months(restructured_on, cure.least_months)
        if completed or clean < cure.clean_periods or early or cure.step == "none":
            continue
        completed = True
        if cure.step == "free":
            lifted_on = period.due_on
        else:
            cap = scheme.buckets[max(scheme.place(cap) - 1, 0)].code
    held = now
    if lifted_on is None and scheme.place(cap) > scheme.place(now.code):
        detail = f"{clean} of {cure.clean_periods} clean periods under {cure.about.id}"
        held = _classified(cap, "restructure", detail, scheme)
    return Held(held, cap, clean, cure.clean_periods, lifted_on)


# --- provisions -----------------------------------------------------------------------------------

SEN: Final = Rounding(unit=Decimal("0.01"), mode="half_up")


@frozen
class Provisioned:
    """What is set aside: ``amount`` = ``base`` times ``rate``, base = exposure less eligible collateral."""

    code: str
    exposure: Decimal
    eligible: Decimal
    base: Decimal
    rate: Decimal
    amount: Decimal
    rule: About


def provision(
    exposure: Decimal,
    code: str,
    rule: Provision,
    *,
    eligible: Decimal = Decimal(0),
    rounding: Rounding = SEN,
) -> Provisioned:
    """What is set aside for a debt of this class, after eligible collateral.

    Classes that the rule calls general are charged on the whole exposure; collateral never makes
    the base negative.

    >>> from tagih.policies import rule
    >>> provision(Decimal(50_000_000), "4", rule("id.prov.bpr"), eligible=Decimal(30_000_000)).amount
    Decimal('10000000.00')
    """
    general = code in rule.general
    base = exposure if general else max(exposure - eligible, Decimal(0))
    rate = rule.rate_for(code)
    return Provisioned(
        code, exposure, Decimal(0) if general else eligible, base, rate, rounding.of(base * rate), rule.about
    )


# --- ratios ---------------------------------------------------------------------------------------


@frozen
class Ratio:
    """``part`` of ``whole``, and how it was defined; the share is None where the whole is 0."""

    name: str
    part: Decimal
    whole: Decimal

    @property
    def share(self) -> Fraction | None:
        """The exact share (1/20 is 5 %)."""
        return Fraction(self.part) / Fraction(self.whole) if self.whole else None

    def percent(self, places: int = 2) -> Decimal | None:
        """The share in per cent, rounded half up."""
        if self.share is None:
            return None
        return Rounding(unit=Decimal(1).scaleb(-places)).of(self.share * 100)


@frozen
class Exposure:
    """One contract as ratios see it.

    ``outstanding`` is what is still carried, ``written_off`` what was written off and not
    recovered, ``provision`` what is set aside for it.
    """

    contract_id: str
    code: str
    days_past_due: int
    outstanding: Decimal = field(converter=Decimal)
    written_off: Decimal = field(default=Decimal(0), converter=Decimal)
    provision: Decimal = field(default=Decimal(0), converter=Decimal)


def twp(
    exposures: Iterable[Exposure],
    *,
    days: int = 90,
    written_off: Literal["left_out", "put_back"] = "left_out",
) -> Ratio:
    """Outstanding of debts more than ``days`` late ÷ all outstanding (TWP90 of pindar).

    With ``put_back`` what was written off counts as late in both parts: the figure that a
    write-off cannot improve.
    """
    rows = list(exposures)
    part = sum((row.outstanding for row in rows if row.days_past_due > days), Decimal(0))
    whole = sum((row.outstanding for row in rows), Decimal(0))
    if written_off == "left_out":
        return Ratio(f"TWP{days}", part, whole)
    gone = sum((row.written_off for row in rows), Decimal(0))
    return Ratio(f"TWP{days} with write-offs put back", part + gone, whole + gone)


def tkb(
    exposures: Iterable[Exposure],
    *,
    days: int = 90,
    written_off: Literal["left_out", "put_back"] = "left_out",
) -> Ratio:
    """100 % less `twp`: what is repaid within ``days`` (TKB90 of pindar)."""
    late = twp(exposures, days=days, written_off=written_off)
    return Ratio(late.name.replace("TWP", "TKB"), late.whole - late.part, late.whole)


def non_performing(
    exposures: Iterable[Exposure], scheme: Buckets, *, net_of: Literal["nothing", "provisions"] = "nothing"
) -> Ratio:
    """Outstanding in non-performing classes ÷ all outstanding (NPL, NPF).

    Gross by default; net takes the provisions of those debts off the part, not the whole.

    Raises:
        PolicyError: If the scheme does not say from which class a debt is non-performing.
    """
    if not scheme.non_performing_from:
        raise PolicyError(
            "class.non_performing",
            "bucket scheme '{id}' does not say which class is non-performing; set non_performing_from",
            id=scheme.about.id,
        )
    rows = list(exposures)
    first = scheme.place(scheme.non_performing_from)
    bad = [row for row in rows if scheme.place(row.code) >= first]
    part = sum((row.outstanding for row in bad), Decimal(0))
    whole = sum((row.outstanding for row in rows), Decimal(0))
    if net_of == "nothing":
        return Ratio("NPL gross", part, whole)
    covered = sum((min(row.provision, row.outstanding) for row in bad), Decimal(0))
    return Ratio("NPL net", part - covered, whole)


# --- two policies side by side ----------------------------------------------------------------------


@frozen
class Difference:
    """A contract that two schemes put in different classes."""

    contract_id: str
    outstanding: Decimal
    measures: Measures
    first: Classified
    second: Classified

    @property
    def worse(self) -> bool:
        """Whether the second scheme's class has the higher code."""
        return self.second.code > self.first.code


def differences(
    contracts: Iterable[tuple[str, Decimal, Measures]], first: Buckets, second: Buckets
) -> tuple[Difference, ...]:
    """The contracts (id, outstanding, measures) whose class differs between two schemes.

    Classes are the same where their codes are; order as given.
    """
    found = []
    for contract_id, outstanding, measures in contracts:
        one, other = classify(measures, first), classify(measures, second)
        if one.code != other.code:
            found.append(Difference(contract_id, outstanding, measures, one, other))
    return tuple(found)
