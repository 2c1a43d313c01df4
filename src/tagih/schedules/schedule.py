"""A schedule: rows that add up, and how each was made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from tagih.contracts import FEE, Instalment
from tagih.schedules.terms import Terms


@frozen
class Stretch:
    """Days over which a balance bore a rate: from ``start`` (included) to ``end`` (excluded).

    ``rate`` is the rate of the whole stretch, not of a year.
    """

    start: date
    end: date
    balance: Decimal
    rate: Fraction


@frozen
class Making:
    """What a row was made from, beside its own figures.

    ``rule`` is how its interest was made: from the ``balance``, as equal ``shares`` or by ``digits``
    of all the interest ``of``, at the ``solved`` ``rate``, or as ``agreed``; or it is a
    ``down_payment`` of the amount ``of``. ``odd`` is interest of the days before the first
    period, ``equal`` says that principal is shared equally, ``carried`` that unrounded figures are
    carried from row to row.
    """

    rule: str = "agreed"
    of: Decimal = Decimal(0)
    rate: Fraction = Fraction(0)
    odd: Decimal = Decimal(0)
    equal: bool = False
    last: bool = False
    carried: bool = False


AS_AGREED: Final = Making()


@frozen
class Row:
    """One row of a schedule.

    ``principal`` and ``interest`` are what is payable; ``accrued`` is the interest of the row itself,
    which differs where interest is deferred, brought in from earlier, or ``capitalised`` into
    the balance. ``balance`` is what is left after the row. ``balloon`` is the part of
    ``principal`` that a balloon makes of the last row. ``unrounded`` is the principal before
    rounding, where unrounded figures are carried from row to row: tables that round each
    figure for itself print that, and need not add up.
    """

    number: int
    due_on: date
    principal: Decimal
    interest: Decimal
    balance: Decimal
    start: date
    payable_on: date | None = None
    fee: Decimal = Decimal(0)
    accrued: Decimal = Decimal(0)
    capitalised: Decimal = Decimal(0)
    balloon: Decimal = Decimal(0)
    unrounded: Fraction | None = None
    kind: str = "instalment"
    stretches: tuple[Stretch, ...] = ()
    made: Making = field(default=AS_AGREED, repr=False)

    @property
    def total(self) -> Decimal:
        """Principal, interest and fee together."""
        return self.principal + self.interest + self.fee

    @property
    def how(self) -> str:
        """How the row was made, in one line a step, in English."""
        return self.explain("en")

    def explain(self, lang: str = "id") -> str:
        """How the row was made, in one line a step, in Indonesian (``id``) or English (``en``)."""
        from tagih.schedules.explain import explain

        return explain(self, lang)


@frozen
class Schedule:
    """What `make` returns: the terms, and the rows made from them.

    ``up_front`` is interest due at disbursement, beside the rows.
    """

    terms: Terms = field(repr=False)
    rows: tuple[Row, ...]
    up_front: Decimal = Decimal(0)

    @property
    def instalments(self) -> tuple[Instalment, ...]:
        """The rows as a contract takes them."""
        return tuple(
            Instalment(
                number=row.number,
                due_on=row.due_on,
                principal=row.principal,
                interest=row.interest,
                fees=((FEE, row.fee),) if row.fee else (),
                payable_on=row.payable_on,
            )
            for row in self.rows
        )

    @property
    def interest(self) -> Decimal:
        """All interest, with what is due up front."""
        return sum((row.interest for row in self.rows), self.up_front)

    @property
    def principal(self) -> Decimal:
        """All principal repaid: what was lent, and interest that was capitalised."""
        return sum((row.principal for row in self.rows), Decimal(0))

    @property
    def capitalised(self) -> Decimal:
        """Interest that was added to the balance."""
        return sum((row.capitalised for row in self.rows), Decimal(0))

    @property
    def total(self) -> Decimal:
        """All that is paid."""
        return sum((row.total for row in self.rows), self.up_front)
