"""What was agreed about a loan, before any row of it is made.

Each choice that changes a figure has a name here and a default that lenders in Indonesia use.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Literal

from attrs import evolve, field, frozen

from tagih.errors import InputError
from tagih.money import Rounding
from tagih.schedules.calendar import Calendar, Every

METHODS: Final = {
    "annuity": "equal instalments, interest on the balance (anuitas)",
    "equal_principal": "equal principal, interest on the balance (efektif menurun, sliding)",
    "flat": "interest on the first principal, in equal parts (bunga flat)",
    "flat_effective": "the flat instalment, split by its solved effective rate",
    "sum_of_digits": "the flat instalment, interest split by n, n-1, ... 1 (rule of 78)",
    "interest_only": "interest each time, principal at the end",
    "bullet": "principal and all interest at the end",
    "balloon": "equal instalments and a larger last one",
    "given_instalment": "an agreed instalment; the last one differs",
    "given_rows": "principal and interest of each row as agreed",
    "murabahah": "a price: cost and a fixed margin, in equal instalments",
    "murabahah_amortised": "the same price, margin recognised on the balance (anuitas)",
}
"""The methods, by name."""

Per = Literal["year", "month", "week", "day", "period"]


def _fraction(value: Decimal | int | Fraction | str) -> Fraction:
    if isinstance(value, float):
        raise InputError("rate.float", "rate {rate} is a float; write Decimal('{rate}')", rate=value)
    return Fraction(value)


def _money(value: Decimal | int | str) -> Decimal:
    if isinstance(value, float):
        raise InputError("money.float", "amount {amount} is a float; write Decimal('{amount}')", amount=value)
    return Decimal(value)


def _maybe_money(value: Decimal | int | str | None) -> Decimal | None:
    return None if value is None else _money(value)


@frozen(cache_hash=True)
class Rate:
    """A rate and its period: 0.24 a year, 0.02 a month, 0.003 a day; or 0.02 a ``period``.

    A nominal rate is divided: 0.24 a year is 0.02 a month and 0.24 / 52 a week; a day of a year of
    ``year_days``. With ``compounded`` n times a year the rate of a payment period is
    (1 + annual / n) ** (n / periods a year) - 1: 2 for Canadian mortgages, 1 where the rate
    is an effective annual one.

    >>> Rate(Decimal("0.24")).for_period(Every(1, "month"))
    Fraction(1, 50)
    >>> Rate(Decimal("0.21"), compounded=1).for_period(Every(6, "month"))
    Fraction(1, 10)
    """

    amount: Fraction = field(default=Fraction(0), converter=_fraction)
    per: Per = "year"
    compounded: int | None = None
    year_days: int = 365

    def __attrs_post_init__(self) -> None:
        if self.amount < 0:
            raise InputError("rate.negative", "rate must be 0 or more, got {rate}", rate=str(self.amount))
        if self.per not in ("year", "month", "week", "day", "period"):
            raise InputError(
                "rate.per",
                "rate per '{per}' is unknown; write year, month, week, day or period",
                per=self.per,
            )

    def annual(self, frequency: Every) -> Fraction:
        """The nominal rate a year."""
        times = {"year": 1, "month": 12, "week": 52, "day": self.year_days}
        return self.amount * (times[self.per] if self.per in times else frequency.per_year(self.year_days))

    def for_period(self, frequency: Every) -> Fraction:
        """The rate of one payment period."""
        return self.amount if self.per == "period" else _for_period(self, frequency)


@lru_cache(maxsize=256)
def _for_period(rate: Rate, frequency: Every) -> Fraction:
    annual, per_year = rate.annual(frequency), frequency.per_year(rate.year_days)
    if rate.compounded is None or not annual:
        return annual / per_year
    return power(1 + annual / rate.compounded, Fraction(rate.compounded) / per_year) - 1


def power(base: Fraction, exponent: Fraction) -> Fraction:
    """``base ** exponent``: exact where the root is, else to 50 digits."""
    if exponent.denominator == 1:
        return base**exponent.numerator
    with localcontext() as context:
        context.prec = 60
        value = decimal(base) ** decimal(exponent)
        near = Fraction(round(value, 50))
        rounded = near.limit_denominator(10**12)
        return rounded if rounded**exponent.denominator == base**exponent.numerator else near


def decimal(value: Fraction | int) -> Decimal:
    """A fraction as a `Decimal`, in the context's precision."""
    return Decimal(value.numerator) / Decimal(value.denominator)


@frozen
class Grace:
    """What is left out of the first rows, or of rows in the middle, by number of rows or row.

    ``principal``: nothing is repaid, interest is. ``interest``: interest is not collected but
    ``later``: it is ``collected`` with the first row after, or ``capitalised`` into the balance.
    ``interest_free``: no interest is charged. The ``..._rows`` name rows in the middle: on
    ``holiday_rows`` nothing is payable at all, and interest is treated as ``later`` says.
    """

    principal: int = 0
    interest: int = 0
    interest_free: int = 0
    later: Literal["collected", "capitalised"] = "collected"
    principal_rows: tuple[int, ...] = field(default=(), converter=tuple)
    interest_rows: tuple[int, ...] = field(default=(), converter=tuple)
    free_rows: tuple[int, ...] = field(default=(), converter=tuple)
    holiday_rows: tuple[int, ...] = field(default=(), converter=tuple)

    def repays(self, row: int) -> bool:
        """Whether principal is repaid in ``row``."""
        return row > self.principal and row not in self.principal_rows and row not in self.holiday_rows

    def collects(self, row: int) -> bool:
        """Whether interest is collected in ``row``."""
        return row > self.interest and row not in self.interest_rows and row not in self.holiday_rows

    def charges(self, row: int) -> bool:
        """Whether interest is charged in ``row``."""
        return row > self.interest_free and row not in self.free_rows


@frozen
class Disbursement:
    """An amount lent on a day."""

    on: date
    amount: Decimal = field(converter=_money)


@frozen
class RateChange:
    """Another rate from an instalment on.

    ``then`` says what becomes of the instalment: it is worked out again (``recast``) or stays
    (``keep``), in which case the last one takes the difference. ``cap`` limits a recast to a
    multiple of the instalment before (1.075: at most 7.5 % more).
    """

    from_instalment: int
    rate: Rate
    then: Literal["recast", "keep"] = "recast"
    cap: Decimal | None = field(default=None, converter=_maybe_money)


@frozen
class Step:
    """From an instalment on, instalments are ``times`` the first ones, plus ``plus``."""

    from_instalment: int
    times: Decimal = field(default=Decimal(1), converter=_money)
    plus: Decimal = field(default=Decimal(0), converter=_money)


@frozen
class Roundings:
    """How amounts become payable.

    ``instalment`` rounds what is paid; ``interest`` rounds the interest of each row, and
    principal where it is shared out. ``of`` says what ``instalment`` rounds: the ``total``, or
    the principal and interest ``parts`` one by one (flat methods). ``carry`` keeps unrounded
    figures from row to row: ``nothing``, the ``interest`` (against a rounded instalment; the last
    one is rounded once), or ``all``, rounding only what is shown. ``difference`` goes into the
    ``last`` or ``first`` instalment, is ``spread`` one unit each over the first ones, or is
    ``evened`` out: where the last differs by more units than half the rows, the instalment takes
    difference / rows if that brings the last closer.
    """

    instalment: Rounding = Rounding(unit=Decimal(1), mode="half_up")
    interest: Rounding = Rounding(unit=Decimal(1), mode="half_up")
    of: Literal["total", "parts"] = "total"
    carry: Literal["nothing", "interest", "all"] = "nothing"
    difference: Literal["last", "first", "spread", "evened"] = "last"

    @classmethod
    def up_to(cls, unit: Decimal | int | str | None, mode: str | None = None, **choices: Any) -> Roundings:
        """Up to ``unit``, interest to the rupiah or finer; None: to the nearest rupiah."""
        payable = Decimal(1) if unit is None else _money(unit)
        return cls(
            instalment=Rounding(unit=payable, mode=mode or ("half_up" if unit is None else "up")),
            interest=Rounding(unit=min(payable, Decimal(1)), mode="half_up"),
            **choices,
        )


@frozen
class Terms:
    """Everything that decides a schedule.

    ``instalments`` is their number (0 with method ``given_instalment``: as many as it takes).
    ``start`` is the day of disbursement, by default one period before the first due date, or
    that date where instalments are ``paid`` in ``advance``.

    ``accrual`` is ``period`` (each period bears the rate of one period, whatever its days) or
    the name of a day count; ``ACT/ACT loan year`` divides by the length of the year the loan
    starts in. Interest runs to the ``contract`` or the ``payable`` dates (``interest_to``).
    ``instalment_rates`` says what an annuity is solved with: the ``actual`` rates of its rows, or
    the ``nominal`` rate of a period.

    ``first_period`` is what happens to interest of days before a regular first period: it is
    ``accrued`` with the first row, ``spread`` over all rows on top of the instalment, added to
    the ``first`` row, paid ``up_front``, or ``free``.

    ``tranche_on_due_date`` says to which period a later disbursement on a due date belongs:
    the ``next``, or ``this`` one, whose principal it then joins. ``tranche_share`` says how such
    a disbursement is repaid: evenly over the ``coming`` rows; by as much a row as if
    ``all_rows`` shared in it; or as if everything had been lent ``from_start``, so that the
    level instalment never changes (an annuity knows no ``all_rows``: it is ``from_start``).
    The last row takes what is left. ``shortfall`` says what happens where an instalment does
    not cover its interest: ``refuse``, or ``capitalise`` (declared negative amortisation).
    """

    principal: Decimal = field(converter=_money)
    instalments: int
    method: str = "annuity"
    rate: Rate = Rate()
    calendar: Calendar = Calendar()
    start: date | None = None
    paid: Literal["arrears", "advance"] = "arrears"
    accrual: str = "period"
    interest_to: Literal["contract", "payable"] = "contract"
    instalment_rates: Literal["actual", "nominal"] = "actual"
    first_period: Literal["accrued", "spread", "first", "up_front", "free"] = "accrued"
    instalment: Decimal | None = field(default=None, converter=_maybe_money)
    balloon: Decimal = field(default=Decimal(0), converter=_money)
    amortised_over: int | None = None
    total_interest: Decimal | None = field(default=None, converter=_maybe_money)
    rows: tuple[tuple[Decimal, Decimal], ...] = ()
    steps: tuple[Step, ...] = field(default=(), converter=tuple)
    grace: Grace = Grace()
    down_payment: Decimal = field(default=Decimal(0), converter=_money)
    down_payment_share: Fraction = field(default=Fraction(0), converter=_fraction)
    disbursements: tuple[Disbursement, ...] = field(default=(), converter=tuple)
    tranche_on_due_date: Literal["next", "this"] = "next"
    tranche_share: Literal["coming", "all_rows", "from_start"] = "coming"
    rate_changes: tuple[RateChange, ...] = field(default=(), converter=tuple)
    rounding: Roundings = Roundings()
    fee: Decimal = field(default=Decimal(0), converter=_money)
    shortfall: Literal["refuse", "capitalise"] = "refuse"

    def __attrs_post_init__(self) -> None:
        if not (self.principal.is_finite() and self.principal > 0):
            raise InputError(
                "schedule.principal",
                "principal must be above 0, got {principal}",
                principal=str(self.principal),
            )
        if self.method not in METHODS:
            raise InputError(
                "schedule.method",
                "method '{method}' is unknown; write one of {known}",
                method=self.method,
                known=", ".join(METHODS),
            )
        open_ended = self.method == "given_instalment" and self.instalments == 0
        if self.instalments < 1 and not open_ended:
            raise InputError(
                "schedule.months", "instalments must be at least 1, got {months}", months=self.instalments
            )
        if self.method == "given_instalment" and not (self.instalment and self.instalment > 0):
            raise InputError("schedule.instalment", "method given_instalment needs an instalment above 0")
        if self.method.startswith("murabahah") and self.total_interest is None:
            raise InputError("schedule.margin", "method murabahah needs the margin as total_interest")
        if self.method == "given_rows":
            repaid = sum((row[0] for row in self.rows), Decimal(0))
            if len(self.rows) != self.instalments or repaid != self.principal:
                raise InputError(
                    "schedule.rows",
                    "{found} rows repay {repaid}; {count} rows must repay {principal}",
                    found=len(self.rows),
                    repaid=str(repaid),
                    count=self.instalments,
                    principal=str(self.principal),
                )
        if self.balloon < 0 or self.balloon > self.principal:
            raise InputError(
                "schedule.balloon",
                "balloon must lie between 0 and the principal, got {balloon}",
                balloon=str(self.balloon),
            )
        lent = sum((each.amount for each in self.disbursements), Decimal(0))
        if self.disbursements and lent != self.principal:
            raise InputError(
                "schedule.disbursements",
                "disbursements add up to {lent}, not to the principal {principal}",
                lent=str(lent),
                principal=str(self.principal),
            )

    def with_method(self, method: str) -> Terms:
        """The same loan by another method, for comparison."""
        return evolve(self, method=method)
