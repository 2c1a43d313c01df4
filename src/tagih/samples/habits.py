"""How people pay: each habit says on which days one instalment is visited, and with how much.

Payday is the 25th to the 1st; before Lebaran some pay early out of the holiday bonus (THR),
others a week or two after it. Cashiers and collectors rest on Sundays and at Lebaran.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from attrs import evolve, frozen

from tagih.samples.chance import Chance

LEBARAN: Final = (date(2025, 3, 31), date(2026, 3, 21))
"""The first day of Idul Fitri 1446 and 1447 H."""
HOLIDAYS: Final = frozenset(
    [first + timedelta(n) for first in LEBARAN for n in range(-1, 5)]
    + [
        date(year, month, day)
        for year in (2024, 2025, 2026)
        for month, day in ((1, 1), (5, 1), (8, 17), (12, 25))
    ]
)
"""Days that offices are closed besides Sundays, in short: Lebaran and the fixed national holidays."""


@frozen
class Visit:
    """A payment that somebody means to make: all up to the instalment that is visited, or ``half`` of that.

    Late charges run up are paid with it, or ``parked`` to the end; the sum is rounded up to ``round_to``.
    """

    day: date
    half: bool = False
    parked: bool = False
    round_to: int = 1


Habit = Callable[[Chance, int, date], tuple[Visit, ...]]


def on_time(chance: Chance, number: int, due: date) -> tuple[Visit, ...]:
    """Zero to four days before the due date."""
    return (Visit(due - timedelta(chance.between(0, 4))),)


def few_days_late(chance: Chance, number: int, due: date) -> tuple[Visit, ...]:
    """One to five days late, late charge paid along."""
    return (Visit(due + timedelta(chance.between(1, 5))),)


def at_payday(chance: Chance, number: int, due: date) -> tuple[Visit, ...]:
    """Within the payday nearest to the due date, at most nine days late."""
    day = due - timedelta(9)
    window = [
        day + timedelta(n) for n in range(19) if (day + timedelta(n)).day in (25, 26, 27, 28, 29, 30, 31, 1)
    ]
    return (Visit(chance.one_of(window) if window else due),)


def parks_late_charge(chance: Chance, number: int, due: date) -> tuple[Visit, ...]:
    """Up to nine days late, the instalment alone: late charges wait until the end of the contract."""
    return (Visit(due + timedelta(chance.between(0, 9)), parked=True),)


def two_at_once(chance: Chance, number: int, due: date) -> tuple[Visit, ...]:
    """Every sixth instalment is skipped and paid together with the next."""
    if number % 6 == 4 and due < date(2026, 9, 1):
        return ()
    return (Visit(due + timedelta(chance.between(0, 3))),)


def in_halves(chance: Chance, number: int, due: date) -> tuple[Visit, ...]:
    """Half at the due date, the rest and the late charge three to eight days later."""
    return (Visit(due, half=True, parked=True), Visit(due + timedelta(chance.between(3, 8))))


def leaves_change(chance: Chance, number: int, due: date) -> tuple[Visit, ...]:
    """On time at the counter, in round notes: the change stays as titipan."""
    return (Visit(due - timedelta(chance.between(0, 2)), round_to=5_000),)


def always_weeks_late(chance: Chance, number: int, due: date) -> tuple[Visit, ...]:
    """Eleven to twenty-six days late, more with time; the late charge is parked more often than paid."""
    return (Visit(due + timedelta(chance.between(11, 26)), parked=chance.percent(70)),)


def on_the_day(chance: Chance, number: int, due: date) -> tuple[Visit, ...]:
    """On the due date itself: autodebit, or a group that meets."""
    return (Visit(due),)


HABITS: Final[Mapping[str, Habit]] = {
    habit.__name__: habit
    for habit in (
        on_time,
        few_days_late,
        at_payday,
        parks_late_charge,
        two_at_once,
        in_halves,
        leaves_change,
        always_weeks_late,
        on_the_day,
    )
}


def around_lebaran(chance: Chance, visit: Visit) -> Visit:
    """Move a visit near Lebaran: four in ten pay early from the bonus, the others after it."""
    for first in LEBARAN:
        if -2 <= (visit.day - first).days <= 6:
            early = chance.percent(40) and not visit.parked
            shift = -chance.between(3, 9) if early else chance.between(6, 13)
            return evolve(visit, day=first + timedelta(shift))
    return visit


def opening_day(day: date) -> date:
    """``day``, or the next day that offices are open: not a Sunday, not Lebaran."""
    while day.weekday() == 6 or day in HOLIDAYS:
        day += timedelta(1)
    return day
