"""Which growth per period makes dated amounts worth nothing today?

The flows are ``amounts[i]`` at the whole times ``times[i]``; a solution is a growth ``w`` above
0 with sum(amounts[i] * w ** -times[i]) == 0. All of them are found:

1. In order of time, the number of solutions is at most the number of changes of sign
   (Descartes), so none means no solution and one means exactly one.
2. Where there are more, the sum times w ** c, with c a time where the sign changes, has a
   derivative with one change fewer (Laguerre). Its zeros, found first, cut the line
   into stretches that hold at most one solution each.
3. Floats only look for the place. Every solution is then polished in decimals, and its sign
   change (or its touching zero) is checked in decimals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from tagih.rates.numbers import ONE, ZERO

_EPSILON = 2.0**-52
_MANY_CHANGES = 400  # more changes of sign than this are scanned on a grid instead


def growths(times: Sequence[int], amounts: Sequence[Decimal]) -> list[Decimal]:
    """Every growth per unit of time that makes the flows worth nothing, rising.

    ``times`` rise strictly and no amount is zero. Each answer is exact to about 30 digits, where
    the caller works with 50.
    """
    changes = sum((a < 0) != (b < 0) for a, b in pairwise(amounts))
    if changes == 0:
        return []
    if changes == 1:
        only = _only_growth(times, amounts)
        if only is not None:
            return [only]
    return _all_growths(times, amounts)


def level_growth(annuity: Decimal, periods: int) -> Decimal | None:
    """1 + r where (1 - (1 + r) ** -n) / r = ``annuity``, the present value of n payments of one.

    The same answer as `growths` gives for the flows, much sooner; None where this search gets
    lost. ``annuity`` is above 0.
    """
    n, target = periods, float(annuity)
    if annuity == n:
        return ONE
    rate = 2 * (n - target) / (target * (n + 1))
    try:
        for _ in range(50):  # Newton's method in floats, on the logarithm of the annuity
            if rate <= -1 or rate == 0:
                return None
            left = math.exp(-n * math.log1p(rate))
            worth = -math.expm1(-n * math.log1p(rate)) / rate
            slope = (n * left / (1 + rate) - worth) / rate
            step = math.log(worth / target) * worth / slope
            rate -= step
            if abs(step) <= 1e-13 * abs(rate):
                break
        else:
            return None
    except (OverflowError, ValueError, ZeroDivisionError):
        return None
    exact = Decimal(rate)
    for _ in range(20):
        growth = ONE + exact
        if growth <= 0:
            return None
        discounted = growth**-n
        change = (ONE - discounted - annuity * exact) / (n * discounted / growth - annuity)
        exact -= change
        if abs(change) < Decimal("1e-17") * abs(exact):
            return ONE + exact
    return None


def rate_from_growth(growth: Decimal, periods: int) -> Decimal:
    """The rate over ``periods`` units of time, to 20 decimals.

    Where it is huge, to 28 digits; where nearly all is lost, to 20 digits of what is left (down
    to 1e-28, below which the rate is -1).
    """
    left = growth**periods
    rate = left - ONE
    exponent = -20 + max(rate.adjusted() - 7, 0) + min(left.adjusted(), 0)
    return rate.quantize(Decimal((0, (1,), max(exponent, -48)))).normalize() or ZERO


# --- one change of sign -----------------------------------------------------------------------


def _only_growth(times: Sequence[int], amounts: Sequence[Decimal]) -> Decimal | None:
    """The one solution, by Newton's method on ln(inflows / outflows), or None if it gets lost."""
    first, span = times[0], times[-1] - times[0]
    early_sign = amounts[0] < 0
    early = [
        (float(first - k) / span, abs(float(a)))
        for k, a in zip(times, amounts, strict=True)
        if (a < 0) == early_sign
    ]
    late = [
        (float(first - k) / span, abs(float(a)))
        for k, a in zip(times, amounts, strict=True)
        if (a < 0) != early_sign
    ]
    exp, log = math.exp, math.log
    x = 0.0
    try:
        for _ in range(60):
            paid = [(t, a * exp(t * x)) for t, a in early]
            back = [(t, a * exp(t * x)) for t, a in late]
            out, into = sum([v for _, v in paid]), sum([v for _, v in back])
            slope = sum([t * v for t, v in back]) / into - sum([t * v for t, v in paid]) / out
            step = log(into / out) / slope
            x -= step
            if abs(step) < 1e-13 * (1.0 + abs(x)):
                return _polish(times, amounts, x / span)
    except (OverflowError, ZeroDivisionError, ValueError):
        return None
    return None


def _polish(times: Sequence[int], amounts: Sequence[Decimal], log_growth: float) -> Decimal | None:
    """Newton's method in decimals from a float's logarithm, or None if it does not settle."""
    span = times[-1] - times[0]
    growth = _exp(log_growth)
    for _ in range(40):
        # Horner: value = sum a w^(last - k), and slope its derivative times w.
        steps: dict[int, Decimal] = {0: ONE}
        value, slope, before = ZERO, ZERO, times[0]
        for k, amount in zip(times, amounts, strict=True):
            gap = k - before
            grown = steps.get(gap)
            if grown is None:
                grown = steps[gap] = growth**gap
            value *= grown
            slope = slope * grown + value * gap
            value += amount
            before = k
        if not value:
            return growth
        if not slope:
            return None
        step = value / slope  # relative to growth
        growth *= ONE - step
        if growth <= 0:
            return None
        # The next step would be about step**2 * span: below the digits that are promised?
        if 2 * step.adjusted() + len(str(span)) + 1 < -34:
            return growth
    return None


def _exp(x: float) -> Decimal:
    if abs(x) < 700:
        return Decimal(math.exp(x))
    return Decimal(x).exp()


# --- several changes of sign ------------------------------------------------------------------


def _all_growths(times: Sequence[int], amounts: Sequence[Decimal]) -> list[Decimal]:
    span = times[-1] - times[0]
    t = [(k - times[0]) / span for k in times]
    largest = max(abs(a) for a in amounts)
    levels = _levels(t, [float(a / largest) for a in amounts])
    low, high = -_bound([1.0 - s for s in reversed(t)], list(reversed(levels[0]))), _bound(t, levels[0])

    cuts: list[float] = []
    for coefficients in reversed(levels[1:]):
        cuts = _crossings(t, coefficients, [low, *cuts, high])
    grid = [low + (high - low) * i / 64 for i in range(1, 64)]
    if len(levels) > _MANY_CHANGES:
        grid = [low + (high - low) * i / 4_000 for i in range(1, 4_000)]
    turning = set(cuts)
    places = sorted({low, high, 0.0, *cuts, *grid} if low < 0 < high else {low, high, *cuts, *grid})

    found: list[Decimal] = []
    signs = [_sign(times, amounts, t, levels[0], x) for x in places]
    for index, x in enumerate(places):
        if signs[index] == 0:
            found.append(_exact_or_near(times, amounts, x / span))
        elif x in turning and 0 < index < len(places) - 1:
            touching = _touching(times, amounts, t, levels, x)
            if touching is not None:
                found.append(touching)
        if index + 1 < len(places) and signs[index] * signs[index + 1] < 0:
            found.append(_between(times, amounts, t, levels[0], x, places[index + 1]))
    found.sort()
    return [w for i, w in enumerate(found) if i == 0 or w - found[i - 1] > w * Decimal("1e-15")]


def _levels(t: list[float], coefficients: list[float]) -> list[list[float]]:
    """The flows' coefficients, then those of each derivative with one change of sign fewer."""
    levels = [coefficients]
    while len(levels) <= _MANY_CHANGES:
        middle = _middle_change(levels[-1])
        if middle < 0:
            break
        pivot = (t[middle] + t[middle + 1]) / 2
        lower = [(pivot - s) * c for s, c in zip(t, levels[-1], strict=True)]
        size = max(abs(c) for c in lower)
        levels.append([c / size for c in lower])
    return levels


def _scaled(t: list[float], coefficients: list[float], x: float) -> float:
    """The sum at ``x``, as a part (-1 to 1) of the sum of its terms' sizes."""
    top = max(-t[0] * x, -t[-1] * x)
    exp = math.exp
    terms = [c * exp(-s * x - top) for s, c in zip(t, coefficients, strict=True)]
    size = sum([abs(term) for term in terms])
    return math.fsum(terms) / size if size else 0.0


def _bound(t: list[float], coefficients: list[float]) -> float:
    """An x above which the first term outweighs all others together."""
    first = abs(coefficients[0])
    rest = [(s - t[0], abs(c)) for s, c in zip(t[1:], coefficients[1:], strict=True)]
    x = 1.0
    while sum(c * math.exp(-s * x) for s, c in rest) >= first and x < 1e9:
        x *= 2
    return x


def _crossings(t: list[float], coefficients: list[float], places: list[float]) -> list[float]:
    """Where the sum changes sign, given places between which it does so once at most."""
    values = [_scaled(t, coefficients, x) for x in places]
    crossings = []
    for i in range(len(places) - 1):
        if values[i] == 0.0:
            crossings.append(places[i])
        elif values[i] * values[i + 1] < 0:
            crossings.append(_bisect(t, coefficients, places[i], places[i + 1], values[i], values[i + 1]))
    return crossings


def _bisect(
    t: list[float], coefficients: list[float], low: float, high: float, at_low: float, at_high: float
) -> float:
    """A zero between ``low`` and ``high``: false position, halved whenever it dawdles."""
    for step in range(200):
        width = high - low
        if width <= 4 * _EPSILON * max(abs(low), abs(high), 1e-300):
            break
        middle = low + width / 2
        if step % 3 != 2 and at_low != at_high:
            guess = low - at_low * width / (at_high - at_low)
            margin = width * 1e-3
            middle = min(max(guess, low + min(margin, 1e-14)), high - min(margin, 1e-14))
        value = _scaled(t, coefficients, middle)
        if value == 0.0 or middle in (low, high):
            return middle
        if (value < 0) == (at_low < 0):
            low, at_low = middle, value
        else:
            high, at_high = middle, value
    return low + (high - low) / 2


# --- checks in decimals -----------------------------------------------------------------------


def _value(times: Sequence[int], amounts: Sequence[Decimal], growth: Decimal) -> Decimal:
    """sum a w^(last - k) as a part (-1 to 1) of the sum of its terms' sizes."""
    value = size = ZERO
    before = times[0]
    for k, amount in zip(times, amounts, strict=True):
        grown = growth ** (k - before)
        value = value * grown + amount
        size = size * grown + abs(amount)
        before = k
    return value / size


def _sign(
    times: Sequence[int], amounts: Sequence[Decimal], t: list[float], coefficients: list[float], x: float
) -> int:
    """The sign of the sum at ``x``: by float where that is beyond doubt, else in decimals."""
    value = _scaled(t, coefficients, x)
    doubt = _EPSILON * (16 + 4 * abs(x))
    if abs(value) > doubt:
        return 1 if value > 0 else -1
    exact = _value(times, amounts, _exp(x / (times[-1] - times[0])))
    if abs(exact) < Decimal("1e-40"):
        return 0
    return 1 if exact > 0 else -1


def _exact_or_near(times: Sequence[int], amounts: Sequence[Decimal], log_growth: float) -> Decimal:
    growth = _exp(log_growth)
    return _polish(times, amounts, log_growth) or growth


def _between(
    times: Sequence[int],
    amounts: Sequence[Decimal],
    t: list[float],
    coefficients: list[float],
    low: float,
    high: float,
) -> Decimal:
    """The solution between two places where the sum has opposite signs."""
    span = times[-1] - times[0]
    x = _bisect(t, coefficients, low, high, _scaled(t, coefficients, low), _scaled(t, coefficients, high))
    below, above = _exp(low / span), _exp(high / span)
    growth = _polish(times, amounts, x / span)
    if growth is not None and below <= growth <= above:
        return growth
    rises = _value(times, amounts, above) > 0
    for _ in range(170):
        middle = (below + above) / 2
        if (_value(times, amounts, middle) > 0) == rises:
            above = middle
        else:
            below = middle
    return (below + above) / 2


def _touching(
    times: Sequence[int], amounts: Sequence[Decimal], t: list[float], levels: list[list[float]], x: float
) -> Decimal | None:
    """A solution where the sum touches zero and turns back, at the turning point near ``x``.

    A double solution is a simple one of the derivative, where Newton's method is exact.
    """
    if abs(_scaled(t, levels[0], x)) > 1e-12:
        return None
    middle = _middle_change(levels[0])
    pivot = times[middle] + times[middle + 1]
    turning = [(k, a * (pivot - 2 * k)) for k, a in zip(times, amounts, strict=True) if pivot != 2 * k]
    growth = _polish([k for k, _ in turning], [a for _, a in turning], x / (times[-1] - times[0]))
    if growth is None or abs(_value(times, amounts, growth)) > Decimal("1e-38"):
        return None
    near = abs(_exp(x / (times[-1] - times[0])) / growth - 1) < Decimal("1e-6")
    return growth if near else None


def _middle_change(coefficients: Sequence[float]) -> int:
    """The index before the middle one of the changes of sign."""
    changes = [i for i in range(len(coefficients) - 1) if (coefficients[i] < 0) != (coefficients[i + 1] < 0)]
    return changes[len(changes) // 2] if len(changes) > 1 else -1
