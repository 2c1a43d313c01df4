"""Which debt does a payment settle first?

A `Waterfall` is a list of groups; each group is walked by instalment (all its components of the
oldest instalment, then of the next) or by component (its first component of every instalment,
then its second). A cell of a group is a component and a timing: past due, due today, in advance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from attrs import field, frozen

from tagih.contracts import Component
from tagih.errors import PolicyError
from tagih.policies.about import About

Walk = Literal["instalment", "component"]
Timing = Literal["past_due", "due", "in_advance"]
Ahead = Literal["next", "last", "next_then_last", "spread"]
Excess = Literal[
    "hold", "next_instalment", "last_instalments", "spread", "shorter_term", "smaller_instalment"
]
PartPayment = Literal["apply", "hold"]
ChargedBack = Literal["reopen", "new_principal", "as_paid"]

TIMINGS: Final = ("past_due", "due", "in_advance")
AHEAD: Final = ("next", "last", "next_then_last", "spread")
EXCESS: Final = (
    "hold",
    "next_instalment",
    "last_instalments",
    "spread",
    "shorter_term",
    "smaller_instalment",
)
CHARGED_BACK: Final = ("reopen", "new_principal", "as_paid")
WALKS: Final = ("instalment", "component")
PLACES: Final = ("", "instalment", "contract", "charged")
STATES: Final = ("performing", "non_performing", "written_off", "settlement")


def _one_of(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise PolicyError(
            "waterfall.choice",
            "waterfall: {what} '{value}' is unknown; write one of {known}",
            what=what,
            value=value,
            known=", ".join(filter(None, known)),
        )


@frozen
class Cell:
    """One component at one timing; ``fee`` without a name stands for every fee.

    Written ``past_due fee:asuransi``. ``row`` says which rows it settles: those of
    instalments, those of charges on the whole contract, charges (on either) whose own due day
    has come, or (empty) all.
    """

    component: Component
    timing: Timing
    row: Literal["", "instalment", "contract", "charged"] = ""

    def __attrs_post_init__(self) -> None:
        _one_of("timing", self.timing, TIMINGS)
        _one_of("row", self.row, PLACES)

    @classmethod
    def parse(cls, text: str) -> Cell:
        """Read ``timing component`` or ``timing component row``.

        Raises:
            PolicyError: If the timing or the component is unknown.
        """
        words = text.split()
        if not 2 <= len(words) <= 3 or words[0] not in TIMINGS:
            raise PolicyError(
                "waterfall.cell",
                "waterfall cell '{text}': write a timing ({known}) and a component: 'past_due interest'",
                text=text,
                known=", ".join(TIMINGS),
            )
        return cls(Component.parse(words[1]), words[0], words[2] if len(words) == 3 else "")  # type: ignore[arg-type]


def _cells(values: tuple[Cell | str, ...]) -> tuple[Cell, ...]:
    return tuple(Cell.parse(value) if isinstance(value, str) else value for value in values)


@frozen
class Group:
    """Cells that are settled together, walked by instalment or by component."""

    walk: Walk
    cells: tuple[Cell, ...] = field(converter=_cells)

    def __attrs_post_init__(self) -> None:
        _one_of("walk", self.walk, WALKS)


def _groups(values: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(values)


@frozen
class Order:
    """Groups in turn, and which of the coming instalments money paid in advance settles."""

    groups: tuple[Group, ...] = field(converter=_groups)
    ahead: Ahead = "next"

    def __attrs_post_init__(self) -> None:
        _one_of("ahead", self.ahead, AHEAD)


@frozen
class Waterfall:
    """The order in which payments settle debt, and what happens to the rest.

    ``order`` is the usual one; ``by_kind`` replaces it for kinds of payment, ``by_state`` for
    the state of the contract (performing, non_performing, written_off, settlement).
    ``excess`` says where money goes that no cell takes; ``part_payment`` whether money that
    does not cover an instalment is applied or held until it does. ``within_day`` says what
    orders the events of one day first: their kind (charges before payments before refunds), or
    the lender's own sequence.

    ``charged_back`` says what is owed again when part of a payment is taken back: what it had
    settled, as late as it was (reopen); new principal of the coming instalment, where unapplied
    credit does not cover it (new_principal); or on the coming instalment by what it had paid, in
    ``charged_back_order``, and the rest as principal (as_paid). With ``charged_back_due`` at
    once it stands on a row of its own, due that day, instead of on the coming instalment.
    ``over_refund`` says whether a refund beyond the unapplied credit is refused, undoes what was
    paid from the last instalment back (reopen), or is new principal of the coming instalment.
    """

    order: Order
    by_kind: Mapping[str, Order] = field(factory=dict)
    by_state: Mapping[str, Order] = field(factory=dict)
    excess: Excess = "hold"
    part_payment: PartPayment = "apply"
    within_day: Literal["kind", "sequence"] = "kind"
    charged_back: ChargedBack = "reopen"
    charged_back_order: tuple[str, ...] = ("principal", "interest", "fee", "late_charge")
    charged_back_due: Literal["coming_instalment", "at_once"] = "coming_instalment"
    over_refund: Literal["refuse", "reopen", "new_principal"] = "refuse"
    about: About = About()

    def __attrs_post_init__(self) -> None:
        _one_of("excess", self.excess, EXCESS)
        _one_of("part_payment", self.part_payment, ("apply", "hold"))
        _one_of("charged_back", self.charged_back, CHARGED_BACK)
        _one_of("charged_back_due", self.charged_back_due, ("coming_instalment", "at_once"))
        _one_of("over_refund", self.over_refund, ("refuse", "reopen", "new_principal"))
        _one_of("within_day", self.within_day, ("kind", "sequence"))
        unknown = set(self.by_state) - set(STATES)
        if unknown:
            raise PolicyError(
                "waterfall.state",
                "waterfall {id}: state '{state}' is unknown; write one of {known}",
                id=self.about.id,
                state=min(unknown),
                known=", ".join(STATES),
            )
