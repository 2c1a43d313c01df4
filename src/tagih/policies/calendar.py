"""Which days are holidays? Lists that were decreed, one year at a time; never guessed.

>>> calendar = Calendar(years=(2026,), holidays=((date(2026, 8, 17), "Proklamasi Kemerdekaan"),))
>>> calendar.is_holiday(date(2026, 8, 17)), calendar.is_holiday(date(2026, 8, 18))
(True, False)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from attrs import frozen

from tagih.errors import PolicyError
from tagih.policies.about import About


@frozen
class Calendar:
    """National holidays (libur nasional) and joint leave (cuti bersama) of whole years.

    Asking about a year without a list is an error: no list never means no holidays.
    ``sources`` are the rules that a joined calendar came from.
    """

    years: tuple[int, ...]
    holidays: tuple[tuple[date, str], ...] = ()
    cuti_bersama: tuple[tuple[date, str], ...] = ()
    about: About = About()
    sources: tuple[About, ...] = ()

    def __attrs_post_init__(self) -> None:
        for day, _ in (*self.holidays, *self.cuti_bersama):
            if day.year not in self.years:
                raise PolicyError(
                    "calendar.day",
                    "calendar '{id}': {day} is not in its years {years}",
                    id=self.about.id,
                    day=day.isoformat(),
                    years=", ".join(map(str, self.years)),
                )
        both = {day for day, _ in self.holidays} & {day for day, _ in self.cuti_bersama}
        if both:
            raise PolicyError(
                "calendar.twice",
                "calendar '{id}': {day} is both a national holiday and joint leave; keep one",
                id=self.about.id,
                day=min(both).isoformat(),
            )

    def name(self, day: date) -> str:
        """What the day is called, or empty where it is no holiday and no joint leave."""
        self._known(day)
        return dict((*self.cuti_bersama, *self.holidays)).get(day, "")

    def is_holiday(self, day: date) -> bool:
        """Whether ``day`` is a national holiday.

        Raises:
            PolicyError: If the calendar has no list for that year.
        """
        self._known(day)
        return any(day == holiday for holiday, _ in self.holidays)

    def is_cuti_bersama(self, day: date) -> bool:
        """Whether ``day`` is joint leave, which is not a national holiday.

        Raises:
            PolicyError: If the calendar has no list for that year.
        """
        self._known(day)
        return any(day == leave for leave, _ in self.cuti_bersama)

    def is_working_day(self, day: date, *, working: str = "mon-fri") -> bool:
        """Whether people work: a day of ``working`` (mon-fri or mon-sat), no holiday, no joint leave."""
        last = {"mon-fri": 4, "mon-sat": 5}[working]
        return day.weekday() <= last and not self.name(day)

    def next_working_day(self, day: date, *, working: str = "mon-fri") -> date:
        """``day`` itself if people work on it, else the first working day after it."""
        while not self.is_working_day(day, working=working):
            day += timedelta(days=1)
        return day

    def _known(self, day: date) -> None:
        if day.year not in self.years:
            raise PolicyError(
                "calendar.year",
                "no holiday list for {year}; the calendar has {years}; add a calendar rule for that year",
                year=day.year,
                years=", ".join(map(str, self.years)) or "none",
            )


def join(calendars: Iterable[Calendar]) -> Calendar:
    """Calendars of different years as one.

    Raises:
        PolicyError: If two of them have a list for the same year.
    """
    parts = tuple(calendars)
    years = [year for part in parts for year in part.years]
    if len(set(years)) != len(years):
        raise PolicyError(
            "calendar.years",
            "two calendars have a list for {year}; leave one out",
            year=next(year for year in years if years.count(year) > 1),
        )
    if len(parts) == 1:
        return parts[0]
    return Calendar(
        years=tuple(sorted(years)),
        holidays=tuple(sorted(day for part in parts for day in part.holidays)),
        cuti_bersama=tuple(sorted(day for part in parts for day in part.cuti_bersama)),
        about=About(id="+".join(part.about.id for part in parts)),
        sources=tuple(part.about for part in parts),
    )
