"""On which days does nobody work? Those days do not count where a policy counts working days.

>>> year = Calendar(years=(2026,), holidays=((date(2026, 1, 1), "Tahun Baru"),))
>>> [(first.day, last.day) for first, last in rest_spans(year, "mon-fri", date(2026, 1, 1), date(2026, 1, 5))]
[(1, 1), (3, 4)]
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from tagih.policies.calendar import Calendar

Span = tuple[date, date]


@lru_cache(maxsize=64)
def rest_of_year(calendar: Calendar, working: str, year: int) -> tuple[Span, ...]:
    """The stretches of ``year`` on which nobody works, first and last day included.

    Raises:
        PolicyError: If the calendar has no list for the year.
    """
    day = date(year, 1, 1)
    calendar.is_holiday(day)  # a year without a list is refused, also where every day of it is a rest day
    off = {named for named, _ in (*calendar.holidays, *calendar.cuti_bersama)}
    last_weekday = {"mon-fri": 4, "mon-sat": 5}[working]
    spans: list[Span] = []
    while day.year == year:
        if day.weekday() > last_weekday or day in off:
            if spans and spans[-1][1] == day - timedelta(days=1):
                spans[-1] = (spans[-1][0], day)
            else:
                spans.append((day, day))
        day += timedelta(days=1)
    return tuple(spans)


def rest_spans(calendar: Calendar, working: str, first: date, last: date) -> tuple[Span, ...]:
    """The stretches from ``first`` to ``last``, both included, on which nobody works.

    ``working`` is the working week, mon-fri or mon-sat; national holidays and joint leave are not
    worked.

    Raises:
        PolicyError: If the calendar has no list for a year in between.
    """
    return tuple(
        (max(start, first), min(end, last))
        for year in range(first.year, last.year + 1)
        for start, end in rest_of_year(calendar, working, year)
        if end >= first and start <= last
    )
