"""Charts as SVG: text stays text, no network, the same bytes every time.

Each chart is a Vega-Lite specification drawn by vl-convert in the bundled typeface. Colours go
from calm to dark, so that they stay apart in grey and for the colour-blind; what a colour says
stands beside it in words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

from tagih import words
from tagih.errors import UnavailableError
from tagih.policies.buckets import Bucket
from tagih.reports.month import Month
from tagih.reports.ratios import provision_moves
from tagih.reports.snapshot import Trend
from tagih.reports.vintage import Point
from tagih.reports.wording import said
from tagih.words import angka

INK, SOFT, GRID = "#1b2530", "#4a5560", "#dde3e8"
BLUES: Final = ("#f4f8fb", "#c6dbec", "#7fb0d3", "#2f6f9f", "#12355b")
SHADES: Final = ("#2f6f9f", "#f7d58b", "#f0ae45", "#e0803a", "#c4512d", "#96303b", "#5d1f3c", "#1f0a14")
"""From calm to dark: buckets stay apart in grey too."""
RISE, FALL, WHOLE = "#c4512d", "#7fb0d3", "#12355b"
WIDTH, HEIGHT = 640, 330
SPLIT: Final = "split(datum.label, ' ')"
"""Labels of several words stand on several lines."""
FAMILY: Final = "Noto Sans"
STACK: Final = "Surat, Noto Sans, sans-serif"

TITLES: Final = {
    "bars": ("Sisa pokok menurut hari tunggakan (juta)", "Principal balance by days past due (millions)"),
    "migration": (
        "Ke mana sisa pokok awal berpindah (% tiap baris)",
        "Where opening principal went (% of each row)",
    ),
    "vintage": (
        "Menunggak > 30 hari menurut umur kohort (% pokok)",
        "More than 30 days late by months on book (% of principal lent)",
    ),
    "provisions": ("Perubahan penyisihan (juta)", "What changed the provisions (millions)"),
}
COHORTS: Final = ("kohort di ujung garis", "cohort at the end of its line")
LOCALE: Final = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]}


def charts(month: Month, lang: str) -> dict[str, str]:
    """The charts of a month end by name, as SVG: three, and provisions where there are any.

    Raises:
        UnavailableError: If the extra ``charts`` is not installed.
    """
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "bars": lambda: bars(month.trend, month.closing.buckets, lang),
        "migration": lambda: migration_map(month, lang),
        "vintage": lambda: vintage_curves(month.curves, lang),
        "provisions": lambda: provision_waterfall(month, lang),
    }
    if not any(account.provision for each in month.pair for account in each.accounts):
        del makers["provisions"]  # nothing is set aside: there is nothing to draw
    return {name: svg(make(), title=TITLES[name][lang == "en"], lang=lang) for name, make in makers.items()}


def svg(spec: Mapping[str, Any], *, title: str, lang: str = "id") -> str:
    """A Vega-Lite specification as SVG; ``title`` is what a screen reader says.

    Raises:
        UnavailableError: If the extra ``charts`` is not installed.
    """
    engine: Any = _engine()
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": _config(), **spec}
    drawn: str = engine.vegalite_to_svg(
        json.dumps(whole), vl_version="5.20", format_locale=LOCALE if lang == "id" else None
    )
    drawn = drawn.replace(f'font-family="{FAMILY}"', f'font-family="{STACK}"')
    label = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    # What the drawing engine says for screen readers is English; the title says it in the reader's language.
    drawn = re.sub(r' (aria-[a-z]+|role)="[^"]*"', "", drawn)
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


@cache
def _engine() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise UnavailableError(
            "extra.charts",
            "drawing charts needs an extra; run: pip install 'tagih[charts]', or use --no-charts",
        ) from None
    with as_file(files("tagih.letters").joinpath("fonts")) as folder:
        vl_convert.register_font_directory(str(folder))
    return vl_convert


def _config() -> dict[str, Any]:
    axis = {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "domainColor": GRID,
        "tickColor": GRID,
        "gridColor": GRID,
        "labelFontSize": 12.5,
        "titleFontSize": 12.5,
        "titleFontWeight": "normal",
    }
    return {
        "font": FAMILY,
        "background": "white",
        "view": {"stroke": None},
        "axis": axis,
        "legend": {"labelColor": INK, "titleColor": SOFT, "labelFontSize": 12.5, "titleFontSize": 12.5,
                   "titleFontWeight": "normal", "symbolType": "square"},
        "title": {"anchor": "start", "fontSize": 15, "color": "#12355b", "offset": 10},
    }  # fmt: skip


def _drawn(amount: Decimal) -> float:
    """A place on the page, not an amount: the figures themselves stand in the tables."""
    return float(amount)


def _millions(amount: Decimal) -> float:
    return _drawn((amount / 1_000_000).quantize(Decimal("0.001")))


def _ticks(top: float) -> dict[str, Any]:
    """Some five ticks, with decimals where whole numbers would repeat."""
    return {"format": ",.0f" if top >= 5 else ",.1f" if top >= 0.5 else ",.2f", "tickCount": 5}


def _month(day: date, lang: str) -> str:
    names = words.BULAN_SINGKAT if lang == "id" else tuple(name[:3] for name in words.MONTHS)
    return f"{names[day.month - 1]} {day:%y}"


def _titled(name: str, lang: str, spec: dict[str, Any]) -> dict[str, Any]:
    size = {"width": WIDTH, "height": HEIGHT, "autosize": {"type": "fit", "contains": "padding"}}
    return {"title": TITLES[name][lang == "en"], **size, "padding": 4, **spec}


def bars(trend: Sequence[Trend], buckets: Sequence[Bucket], lang: str) -> dict[str, Any]:
    """Stacked bars: the principal balance by bucket of days, month by month."""
    labels = [f"{bucket.code} {said('terms', bucket.name, lang)}" for bucket in buckets]
    values = []
    for each in trend:
        sums = dict(each.balances)
        values += [
            {
                "month": _month(each.as_of, lang),
                "bucket": label,
                "place": place,
                "amount": _millions(sums[bucket.code]),
            }
            for place, (bucket, label) in enumerate(zip(buckets, labels, strict=True))
        ]
    return _titled(
        "bars",
        lang,
        {
            "data": {"values": values},
            "mark": {"type": "bar", "stroke": "white", "strokeWidth": 0.6},
            "encoding": {
                "x": {"field": "month", "type": "nominal", "sort": None, "title": None,
                      "axis": {"labelAngle": -40, "grid": False}},
                "y": {"field": "amount", "type": "quantitative", "stack": True, "title": None,
                      "axis": _ticks(_millions(max(each.balance for each in trend)))},
                "color": {"field": "bucket", "type": "nominal", "sort": labels, "title": None,
                          "scale": {"domain": labels, "range": list(SHADES[: len(labels)])}},
                "order": {"field": "place", "type": "quantitative"},
            },
        },
    )  # fmt: skip


def migration_map(month: Month, lang: str) -> dict[str, Any]:
    """A heat map: of each bucket's opening balance, the share that is now in each place."""
    found = month.days
    names = {code: said("terms", code, lang) for code in ("paid_off", "written_off", "gone")}
    places = [names.get(code, code) for code in found.destinations]
    values = []
    for origin in found.codes:
        whole = found.opening(origin)
        for code in found.destinations:
            part = found.opening(origin, code)
            share = part / whole * 100 if whole else Decimal(0)
            values.append(
                {
                    "origin": origin,
                    "place": names.get(code, code),
                    "share": _drawn(share),
                    "text": (angka(share.quantize(Decimal(1))) if share >= 1 else "<1") if part else "",
                }
            )
    axis = {"grid": False, "ticks": False, "domain": False}
    x = {"field": "place", "type": "nominal", "sort": places,
         "title": said("terms", "closing", lang),
         "axis": {**axis, "labelAngle": 0, "labelExpr": SPLIT}}  # fmt: skip
    y = {"field": "origin", "type": "nominal", "sort": list(found.codes),
         "title": said("terms", "opening", lang), "axis": axis}  # fmt: skip
    ink = {"condition": {"test": "datum.share > 55", "value": "white"}, "value": INK}
    return _titled(
        "migration",
        lang,
        {
            "data": {"values": values},
            "encoding": {"x": x, "y": y},
            "layer": [
                {
                    "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1.5},
                    "encoding": {
                        "color": {"field": "share", "type": "quantitative", "legend": None,
                                  "scale": {"domain": [0, 100], "range": list(BLUES)}},
                    },
                },
                {"mark": {"type": "text", "fontSize": 13},
                 "encoding": {"text": {"field": "text"}, "color": ink}},
            ],
        },
    )  # fmt: skip


def vintage_curves(points: Sequence[Point], lang: str) -> dict[str, Any]:
    """A line for each cohort: the share late by months on book."""
    last = {point.cohort: point.month_on_book for point in points}  # points rise within a cohort
    cohorts = sorted(last)
    values: list[dict[str, Any]] = [
        {
            "cohort": point.cohort,
            "age": point.month_on_book,
            "share": _drawn((point.rate.share or Decimal(0)) * 100),
            "name": _month(date.fromisoformat(f"{point.cohort}-01"), lang),
            "last": last[point.cohort] == point.month_on_book,
        }
        for point in points
    ]
    top = max((value["share"] for value in values), default=0.0)
    oldest = max(last.values(), default=1)
    title = f"{said('columns', 'month_on_book', lang)} · {COHORTS[lang == 'en']}"
    return _titled(
        "vintage",
        lang,
        {
            "data": {"values": values},
            "encoding": {
                "x": {"field": "age", "type": "quantitative", "title": title,
                      "scale": {"domain": [0, oldest + 0.4], "nice": False},
                      "axis": {"values": list(range(oldest + 1)), "format": "d", "grid": False}},
                "y": {"field": "share", "type": "quantitative", "title": None,
                      "scale": {"domain": [0, top * 1.06 or 1], "nice": False}, "axis": _ticks(top)},
                "color": {"field": "cohort", "type": "ordinal", "sort": cohorts, "legend": None,
                          "scale": {"scheme": {"name": "viridis", "extent": [0, 0.85]}, "domain": cohorts}},
            },
            "layer": [
                {"mark": {"type": "line", "point": {"size": 22}, "strokeWidth": 1.8}},
                {"mark": {"type": "text", "dy": -8, "fontSize": 10.5, "align": "center"},
                 "transform": [{"filter": "datum.last"}],
                 "encoding": {"text": {"field": "name"}, "color": {"value": INK}}},
            ],
        },
    )  # fmt: skip


def provision_waterfall(month: Month, lang: str) -> dict[str, Any]:
    """From last month's provisions to this month's: a bar for each cause."""
    at = sum((account.provision or Decimal(0) for account in month.opening.accounts), Decimal(0))
    steps: list[tuple[str, Decimal, Decimal, str]] = [("opening", Decimal(0), at, WHOLE)]
    for move in provision_moves(month.opening, month.closing):
        if move.amount:
            steps.append((move.name, at, at + move.amount, RISE if move.amount > 0 else FALL))
            at += move.amount
    steps.append(("closing", Decimal(0), at, WHOLE))
    values: list[dict[str, Any]] = [
        {
            "cause": said("terms", name, lang),
            "from": _millions(start),
            "to": _millions(end),
            "top": _millions(max(start, end)),
            "colour": colour,
            "text": _signed(end - start, name, lang),
        }
        for name, start, end, colour in steps
    ]
    top = max(value["top"] for value in values)
    x = {"field": "cause", "type": "nominal", "sort": None, "title": None,
         "axis": {"labelAngle": 0, "grid": False, "labelLimit": 90, "labelExpr": SPLIT}}  # fmt: skip
    return _titled(
        "provisions",
        lang,
        {
            "data": {"values": values},
            "encoding": {"x": x},
            "layer": [
                {
                    "mark": {"type": "bar", "size": 56},
                    "encoding": {
                        "y": {"field": "from", "type": "quantitative", "title": None,
                              "scale": {"domain": [0, top * 1.08 or 1], "nice": False}, "axis": _ticks(top)},
                        "y2": {"field": "to"},
                        "color": {"field": "colour", "type": "nominal", "scale": None},
                    },
                },
                {
                    "mark": {"type": "text", "dy": -7, "fontSize": 13, "color": INK},
                    "encoding": {"y": {"field": "top", "type": "quantitative"}, "text": {"field": "text"}},
                },
            ],
        },
    )  # fmt: skip


def _signed(amount: Decimal, name: str, lang: str) -> str:
    number = (amount / 1_000_000).quantize(Decimal("0.1"))
    text = angka(abs(number), 1)
    if lang == "en":
        text = text.translate(str.maketrans(",.", ".,"))
    if name in ("opening", "closing"):
        return text
    if not number:
        return "<0,1" if lang == "id" else "<0.1"
    return ("+" if amount > 0 else "−") + text
