"""The replay itself, over whole numbers and arrays.

This one file runs twice: as ordinary Python over lists for one contract, and compiled over
NumPy arrays for a portfolio. So it imports nothing of tagih, knows no names and no dates (days
are numbers since 1970-01-01, money is whole minor units), and every choice arrives as a small
table of integers. `tagih.ledger.compile` makes the tables, `tagih.ledger.replay` reads the
results back into values.

A *row* is one instalment, or one charge posted later. Rows stand oldest first; the charges of
an instalment follow it and form a *block* with it. A *cell* is a row and a component, at
``row * components + component``. In every cell, always:

    due = paid + waived + moved + lost + open

(``moved`` went into a restructure, ``lost`` was written off.)

An *op* is one event in the form that the kernel applies. Late charges run up to the end of a
day before that day's ops are applied, on the balance at the start of each day; that is why
`advance` comes before every change.
"""

from typing import NamedTuple

# A list in Python, a NumPy array of 64-bit integers when compiled.
Ints = list[int]

# Component kinds.
PRINCIPAL, INTEREST, FEE, LATE = 0, 1, 2, 3
# Timings of a waterfall's cells, seen from the payment's day.
PAST_DUE, DUE, AHEAD = 0, 1, 2
# Which rows a waterfall's cell settles.
ANY_ROW, INSTALMENT_ROW, CONTRACT_ROW, CHARGED_ROW = 0, 1, 2, 3
# Walks, and the order among coming instalments.
BY_INSTALMENT, BY_COMPONENT = 0, 1
NEXT, LAST, NEXT_THEN_LAST, SPREAD = 0, 1, 2, 3
# Ops.
OP_PAY, OP_FORCE, OP_CHARGE, OP_WAIVE, OP_WRITE_OFF, OP_FORGIVE, OP_REFUND = 0, 1, 2, 3, 4, 5, 6
OP_CHARGE_BACK, OP_ACCELERATE, OP_RESTRUCTURE, OP_OPEN = 7, 8, 9, 10
# Lines.
SETTLED, RUN_UP, CAPPED, CHARGED, WAIVED, WRITTEN_OFF, RECOVERED = 1, 2, 3, 4, 5, 6, 7
MOVED, PLANNED, REFUNDED, CHARGED_BACK, UNRECOVERED, FORGIVEN = 8, 9, 10, 11, 12, 13
# Bases of a late charge.
UNPAID_INSTALMENT, UNPAID_PRINCIPAL, FULL_INSTALMENT, COMPOUND = 0, 1, 2, 3
OUTSTANDING_PRINCIPAL, AGREED_AMOUNT = 4, 5  # from here on one charge for the whole contract
# What a late charge is per, what is rounded, how grace works, what a cap is on.
PER_DAY, PER_MONTH, PER_EVENT = 0, 1, 2
EACH_DAY, EACH_SEGMENT, ONCE = 0, 1, 2
NO_GRACE, THRESHOLD, FREE_DAYS = 0, 1, 2
CAP_INSTALMENT, CAP_CONTRACT, CAP_DAY, CAP_CHARGES = 0, 1, 2, 3
# What a chargeback makes owed again, and a refund beyond the unapplied credit.
REOPEN, NEW_PRINCIPAL, AS_PAID, REFUSE = 0, 1, 2, 3
# Rounding.
DOWN, UP, HALF_UP, HALF_EVEN = 0, 1, 2, 3
# Statuses.
OK, WAIVED_TOO_MUCH, REFUNDED_TOO_MUCH, CHARGED_BACK_TOO_MUCH, MORE_LINES, REPLAN = 0, 1, 2, 3, 4, 5
# Scalars kept in ``state``.
POOL = 0  # unapplied credit
NEXT_DUE = 1  # the first row whose due date has not been reached
STOP = 2  # the last day that late charges run
TOTAL = 3  # late charges run up so far, after caps
POSTED_LATE = 4  # late charges that were posted
POSTED_FEES = 5  # fees that were posted
ACTIVE = 6  # the row that carries a contract-wide late charge
UNTIL = 7  # the day up to which late charges have run
LOST = 8  # 1 after a write-off
LOST_DUE = 9  # oldest due day still unpaid when it was written off
LINES = 10  # lines needed so far
STATUS = 11
FAILED = 12  # the op that could not be applied
BOUND = 13  # the cap that allowed least when a cap was last asked
REACHED = 14  # the day up to which unapplied credit has settled what falls due
EARLY = 15  # 1 after an acceleration: rows need not stand by due date any more
STATE_SIZE = 16

FAR = 1 << 40
NONE = -1  # no op, no row, no component, no group of a waterfall
PLENTY = 1 << 62


class Rows(NamedTuple):
    """One entry a row. ``due`` falls at once when a contract is accelerated."""

    due: Ints  # day the instalment falls due, as timing counts
    own: Ints  # a charge's own due day
    contract: Ints  # 1 for a charge on the whole contract
    charge: Ints  # 1 for a charge, on an instalment or on the contract
    head: Ints  # the first row of the block
    end: Ints  # the row after the block
    born: Ints  # the op that brings the row in, -1 if it was there from the start
    live: Ints  # 1 once it is there
    tolerance: Ints  # shortfall that still counts as paid
    start: Ints  # first day of the running late charge segment
    until: Ints  # last day run up in it
    done: Ints  # amount run up in it, before caps
    cut: Ints  # amount cut from it by caps
    bound: Ints  # the cap that cut it
    exact: Ints  # whole part of the exact amount of closed segments (rounding once)
    rest: Ints  # its remainder over the rate's denominator
    charged: Ints  # run up on this row, after caps
    held: Ints  # run up within grace and not charged yet
    released: Ints  # 1 once grace has run out


class Cells(NamedTuple):
    """One entry a cell; ``plan`` is what a row that comes in later will owe."""

    plan: Ints
    due: Ints
    paid: Ints
    waived: Ints
    moved: Ints
    lost: Ints
    open: Ints


class Late(NamedTuple):
    """The late charge: one rate table, and what is counted and rounded how."""

    on: int
    component: int
    base: int
    agreed: int
    shift: int  # from the due day to the first day charged: 0 or 1, and free days
    free: int  # the free days in it
    grace: int
    grace_days: int
    per: int
    each: int
    unit: int
    mode: int
    den: int
    step_from: Ints  # first day late of each step, rising from 1
    step_num: Ints
    step_amount: Ints
    cap_on: Ints
    cap_amount: Ints  # 0 when it is a share of the instalment, or for a day of the outstanding principal
    cap_num: Ints
    cap_den: Ints
    cap_from: Ints  # the days on which a cap holds, both included
    cap_until: Ints
    daily: int  # 1 when a cap on the day needs every day by itself
    shared: int  # 1 when a cap is shared by all rows
    accelerated: int  # 1 when late charges go on after acceleration


class Orders(NamedTuple):
    """Waterfalls: order -> groups -> cells, by running index."""

    group_from: Ints  # order -> first group; one more entry than orders
    walk: Ints  # group -> walk
    ahead: Ints  # group -> which coming instalments; -1 if it has no cell in advance
    cell_from: Ints  # group -> first cell; one more entry than groups
    component: Ints
    timing: Ints
    row: Ints
    hold_parts: int
    bad: int  # order when non-performing, 0 if the same
    bad_from: int  # days past due that make it so
    lost: int  # order after a write-off
    replan: int  # order of a prepayment that makes a new plan, 0 if none does
    back: int  # what a chargeback makes owed again
    over_refund: int  # what a refund beyond the unapplied credit makes owed again
    back_component: Ints  # in which order, as it was paid


class Ops(NamedTuple):
    """One entry an op, in the order in which they apply."""

    day: Ints
    kind: Ints
    amount: Ints  # -1: all
    row: Ints  # -1: any
    component: Ints  # -1: any; -2 - kind: any of that kind
    order: Ints  # the waterfall of a payment
    target: Ints  # the first op of the payment charged back
    payment: Ints  # the first op of the same event
    planned: Ints  # 1 for a payment whose new plan is known
    left: Ints  # what is unapplied of a payment


class Held(NamedTuple):
    """What makes a row late, and when time stands still."""

    component: Ints  # 1 where an open component holds the row open
    age_from: Ints  # pauses of days past due, first day
    age_to: Ints  # last day, included
    late_from: Ints  # pauses of late charges
    late_to: Ints
    first: int  # number of the due date itself: 0 or 1
    grace: int
    late_only: int  # 1 where paused days count from the due date on, 0 where all do


class Lines(NamedTuple):
    """One entry a line; as many as the caller gives."""

    kind: Ints
    op: Ints
    row: Ints
    component: Ints
    amount: Ints
    day: Ints
    start: Ints  # first day of a late charge segment; day of the payment for unapplied credit
    base: Ints
    step: Ints


class Case(NamedTuple):
    """One contract, its ops, and everything they are applied under."""

    rows: Rows
    cells: Cells
    late: Late
    orders: Orders
    ops: Ops
    held: Held
    lines: Lines
    kinds: Ints  # component -> kind
    low: Ints  # component -> no row before this one has anything of it open or lost
    state: Ints


# --- arithmetic -------------------------------------------------------------------------------


def rounded(whole: int, rest: int, den: int, unit: int, mode: int) -> int:
    """(whole + rest/den) to a multiple of ``unit``; rest is from 0 to den - 1."""
    count = whole // unit
    over = (whole % unit) * den + rest  # of unit * den
    if over == 0 or mode == DOWN:
        return count * unit
    if mode == UP:
        return (count + 1) * unit
    twice = 2 * over - unit * den
    if twice > 0 or (twice == 0 and (mode == HALF_UP or count % 2 == 1)):
        count += 1
    return count * unit


def month_of(day: int) -> tuple[int, int]:
    """Months since March of year 0 and the day of the month (Howard Hinnant's civil_from_days)."""
    z = day + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    month = (5 * doy + 2) // 153
    return (yoe + era * 400) * 12 + month, doy - (153 * month + 2) // 5 + 1


def months_begun(first: int, last: int) -> int:
    """How many months have begun from ``first`` to ``last``, both included."""
    if last < first:
        return 0
    month_a, day_a = month_of(first)
    month_b, day_b = month_of(last)
    begun = day_b >= day_a or month_of(last + 1)[1] == 1  # the 31st begins on the last day of a month
    return month_b - month_a + (1 if begun else 0)


def overlap(starts: Ints, ends: Ints, first: int, last: int) -> int:
    """How many of the days ``first`` to ``last`` lie in intervals that do not overlap."""
    count = 0
    for i in range(len(starts)):
        low = max(first, starts[i])
        high = min(last, ends[i])
        if high >= low:
            count += high - low + 1
    return count


# --- lines ------------------------------------------------------------------------------------


def write(
    case: Case,
    kind: int,
    op: int,
    row: int,
    component: int,
    amount: int,
    day: int,
    start: int,
    base: int,
    step: int,
) -> None:
    """Add a line, or only count it where the caller gave no room."""
    n = case.state[LINES]
    case.state[LINES] = n + 1
    lines = case.lines
    if n < len(lines.kind):
        lines.kind[n] = kind
        lines.op[n] = op
        lines.row[n] = row
        lines.component[n] = component
        lines.amount[n] = amount
        lines.day[n] = day
        lines.start[n] = start
        lines.base[n] = base
        lines.step[n] = step


def note(case: Case, kind: int, op: int, row: int, component: int, amount: int, day: int) -> None:
    """Add a line that has nothing more to say."""
    write(case, kind, op, row, component, amount, day, day, 0, 0)


# --- late charges -----------------------------------------------------------------------------


def late_base(case: Case, r: int) -> int:
    """What the late charge of row ``r``, which is not settled, is charged on today."""
    base = case.late.base
    width = len(case.kinds)
    at = r * width
    cells = case.cells
    unpaid = cells.open[at] + cells.open[at + 1]
    if base == UNPAID_INSTALMENT:
        return unpaid
    if base == UNPAID_PRINCIPAL:
        return cells.open[at]
    if base == COMPOUND:
        return unpaid + cells.open[at + case.late.component]
    if base == FULL_INSTALMENT:
        return cells.due[at] + cells.due[at + 1] - cells.moved[at] - cells.moved[at + 1]
    if base == AGREED_AMOUNT:
        return case.late.agreed
    return outstanding_principal(case)


def run_days(case: Case, first: int, last: int) -> int:
    """Days of ``first`` to ``last`` on which late charges run."""
    return last - first + 1 - overlap(case.held.late_from, case.held.late_to, first, last)


def run_months(case: Case, origin: int, first: int, last: int) -> int:
    """Months since ``origin`` that begin from ``first`` to ``last``, but not within a pause."""
    held = case.held
    count = months_begun(origin, last) - months_begun(origin, first - 1)
    for i in range(len(held.late_from)):
        low = max(first, held.late_from[i])
        high = min(last, held.late_to[i])
        if high >= low:
            count -= months_begun(origin, high) - months_begun(origin, low - 1)
    return count


def exact(base: int, num: int, days: int, den: int) -> tuple[int, int]:
    """base * num * days / den as whole and remainder, within 63 bits."""
    n = num * days
    part = (base % den) * n
    return (base // den) * n + part // den, part % den


def step_amount(case: Case, r: int, step: int, base: int, days: int) -> int:
    """The rounded late charge of ``days`` days at one step, before caps."""
    late = case.late
    if days <= 0:
        return 0
    flat = late.step_amount[step]
    num = late.step_num[step]
    if late.each == EACH_DAY:
        whole, rest = exact(base, num, 1, late.den)
        return (rounded(whole, rest, late.den, late.unit, late.mode) + flat) * days
    whole, rest = exact(base, num, days, late.den)
    if late.each == EACH_SEGMENT:
        return rounded(whole, rest, late.den, late.unit, late.mode) + flat * days
    return rounded_on(case, case.rows.exact[r], case.rows.rest[r], whole, rest) + flat * days


def rounded_on(case: Case, before: int, before_rest: int, whole: int, rest: int) -> int:
    """What an exact amount adds to the rounded total, when only the total is rounded."""
    late = case.late
    rest += before_rest
    after = rounded(before + whole + rest // late.den, rest % late.den, late.den, late.unit, late.mode)
    return after - rounded(before, before_rest, late.den, late.unit, late.mode)


def keep_exact(case: Case, r: int, whole: int, rest: int) -> None:
    """Add an exact amount to what row ``r`` carries from one stretch of days to the next."""
    rows = case.rows
    rest += rows.rest[r]
    rows.exact[r] += whole + rest // case.late.den
    rows.rest[r] = rest % case.late.den


def step_span(case: Case, r: int, step: int, first: int, last: int) -> tuple[int, int]:
    """The part of ``first`` to ``last`` in which row ``r`` is on ``step``."""
    late = case.late
    zero = case.rows.due[r] + late.shift - late.free - 1  # day number 1 is the first day late
    low = max(first, zero + late.step_from[step])
    high = last
    if step + 1 < len(late.step_from):
        high = min(last, zero + late.step_from[step + 1] - 1)
    return low, high


def step_on(case: Case, r: int, day: int) -> int:
    """The step that row ``r`` is on."""
    late = case.late
    number = day - case.rows.due[r] - late.shift + late.free + 1
    step = 0
    while step + 1 < len(late.step_from) and late.step_from[step + 1] <= number:
        step += 1
    return step


def stretch_amount(case: Case, r: int, base: int, first: int, last: int) -> int:
    """The late charge of a stretch of days with one balance, before caps."""
    late = case.late
    rows = case.rows
    if late.per == PER_EVENT:
        return late.step_amount[0] if rows.exact[r] == 0 and run_days(case, first, last) > 0 else 0
    if late.per == PER_MONTH:
        return late.step_amount[0] * run_months(case, rows.due[r] + late.shift, first, last)
    total = 0
    exact_before, rest_before = rows.exact[r], rows.rest[r]
    for step in range(len(late.step_from)):
        low, high = step_span(case, r, step, first, last)
        if high >= low:
            days = run_days(case, low, high)
            total += step_amount(case, r, step, base, days)
            if late.each == ONCE:
                whole, rest = exact(base, late.step_num[step], days, late.den)
                keep_exact(case, r, whole, rest)
    rows.exact[r], rows.rest[r] = exact_before, rest_before
    return total


def outstanding_principal(case: Case) -> int:
    """All principal that is open."""
    width = len(case.kinds)
    total = 0
    for r in range(len(case.rows.due)):
        total += case.cells.open[r * width]
    return total


def holds(case: Case, i: int, day: int) -> bool:
    """Whether cap ``i`` holds on ``day``."""
    return case.late.cap_from[i] <= day <= case.late.cap_until[i]


def cap_limit(case: Case, i: int, size: int) -> int:
    """Cap ``i``: its amount, or its share of ``size``."""
    late = case.late
    return late.cap_amount[i] + exact(size, late.cap_num[i], 1, late.cap_den[i])[0]


def cap_room(case: Case, i: int, r: int) -> int:
    """How much more late charge cap ``i``, which is not on a day, allows on row ``r``."""
    late = case.late
    state = case.state
    if late.cap_on[i] == CAP_INSTALMENT:
        at = r * len(case.kinds)
        return cap_limit(case, i, case.cells.due[at] + case.cells.due[at + 1]) - case.rows.charged[r]
    left = late.cap_amount[i] - state[TOTAL] - state[POSTED_LATE]
    if late.cap_on[i] == CAP_CHARGES:
        left -= state[POSTED_FEES]
    return left


def room(case: Case, r: int, day: int) -> int:
    """How much more late charge the caps allow on row ``r``; or, with -1, on all rows together."""
    late = case.late
    left = PLENTY
    for i in range(len(late.cap_on)):
        if late.cap_on[i] != CAP_DAY and holds(case, i, day) and (r >= 0 or late.cap_on[i] != CAP_INSTALMENT):
            allowed = cap_room(case, i, r)
            if allowed < left:
                left = allowed
                case.state[BOUND] = i
    return max(left, 0)


def in_grace(case: Case, r: int, day: int) -> bool:
    """Whether row ``r`` is so little late on ``day`` that nothing is charged yet."""
    late = case.late
    return late.grace == THRESHOLD and not case.rows.released[r] and day - case.rows.due[r] <= late.grace_days


def add_late(case: Case, r: int, amount: int, day: int) -> None:
    """Run up ``amount`` on row ``r``, less what the caps cut; held back while grace lasts."""
    rows = case.rows
    if in_grace(case, r, day):
        rows.held[r] += amount
        return
    rows.released[r] = 1
    amount += rows.held[r]
    rows.held[r] = 0
    allowed = min(amount, room(case, r, day))
    if allowed < amount:
        rows.cut[r] += amount - allowed
        rows.bound[r] = case.state[BOUND]
    component = case.late.component
    at = r * len(case.kinds) + component
    case.state[TOTAL] += allowed
    rows.charged[r] += allowed
    case.cells.due[at] += allowed
    case.cells.open[at] += allowed
    case.low[component] = min(case.low[component], r)


def run_up(case: Case, r: int, last: int) -> None:
    """Bring the late charge of row ``r`` to the end of day ``last``."""
    rows = case.rows
    first = rows.start[r]
    if last < first or last <= rows.until[r]:
        return
    base = late_base(case, r)
    if base <= 0:
        rows.start[r] = last + 1
        return
    amount = stretch_amount(case, r, base, first, last)
    rows.until[r] = last
    more = amount - rows.done[r]
    rows.done[r] = amount
    add_late(case, r, more, last)


def close_stretch(case: Case, r: int) -> None:
    """End the running stretch of row ``r``: its balance is about to change."""
    if case.rows.until[r] >= case.rows.start[r]:
        close_stretch_on(case, r, late_base(case, r))


def close_stretch_on(case: Case, r: int, base: int) -> None:
    """End the running stretch of row ``r``, which was charged on ``base``."""
    rows = case.rows
    late = case.late
    first, last = rows.start[r], rows.until[r]
    if last < first:
        return
    if late.per != PER_DAY or late.daily:
        if rows.done[r]:
            step = step_on(case, r, first) if late.per == PER_DAY else 0
            write(case, RUN_UP, NONE, r, late.component, rows.done[r], last, first, base, step)
            if late.per == PER_EVENT:
                rows.exact[r] = 1
    else:
        for step in range(len(late.step_from)):
            low, high = step_span(case, r, step, first, last)
            if high < low:
                continue
            days = run_days(case, low, high)
            amount = step_amount(case, r, step, base, days)
            if days > 0:
                write(case, RUN_UP, NONE, r, late.component, amount, high, low, base, step)
            if late.each == ONCE:
                whole, rest = exact(base, late.step_num[step], days, late.den)
                keep_exact(case, r, whole, rest)
    if rows.cut[r]:
        write(case, CAPPED, NONE, r, late.component, -rows.cut[r], last, first, base, rows.bound[r])
    rows.start[r] = last + 1
    rows.done[r] = 0
    rows.cut[r] = 0


def next_late(case: Case, r: int, day: int) -> int:
    """The first row from ``r`` on that is due by ``day`` and unpaid; -1 if there is none."""
    rows = case.rows
    cells = case.cells
    width = len(case.kinds)
    while r < len(rows.due) and (rows.due[r] <= day or case.state[EARLY]):
        at = r * width
        unpaid = cells.open[at] + cells.open[at + 1] > 0
        if unpaid and rows.due[r] <= day and rows.live[r] and not rows.charge[r]:
            return r
        r += 1
    return -1


def first_late(case: Case, day: int) -> int:
    """The first row that is due by ``day`` and unpaid; -1 if there is none."""
    return next_late(case, min(case.low[0], case.low[1]), day)


def longest_late(case: Case, day: int) -> int:
    """The row that has been due longest by ``day``: it carries the contract's late charge."""
    longest = r = first_late(case, day)
    while r >= 0:
        if case.rows.due[r] < case.rows.due[longest]:
            longest = r
        r = next_late(case, r + 1, day)
    return longest


def carry(case: Case, r: int) -> None:
    """Let row ``r`` carry the contract's late charge, without counting a day twice."""
    state = case.state
    rows = case.rows
    if state[ACTIVE] != r:
        if state[ACTIVE] >= 0:
            close_stretch(case, state[ACTIVE])
            rows.start[r] = max(rows.start[r], state[UNTIL] + 1)
        state[ACTIVE] = r


def run_rows(case: Case, last: int) -> None:
    """Bring the late charges of all rows, or of the one that carries them, to the end of ``last``."""
    if case.late.base >= OUTSTANDING_PRINCIPAL:
        r = longest_late(case, last)
        if r >= 0:
            carry(case, r)
            run_up(case, r, last)
        return
    r = first_late(case, last)
    while r >= 0:
        run_up(case, r, last)
        r = next_late(case, r + 1, last)


def could_add(case: Case, last: int) -> int:
    """The most that the late charges could add by the end of ``last``, before caps."""
    rows = case.rows
    total = 0
    r = first_late(case, last)
    while r >= 0:
        if last >= rows.start[r]:
            more = stretch_amount(case, r, late_base(case, r), rows.start[r], last) - rows.done[r]
            total += more + rows.held[r]
        r = next_late(case, r + 1, last)
    return total


def run_day(case: Case, day: int) -> None:
    """The late charges of one day, under a cap on what all instalments may cost in it."""
    rows = case.rows
    late = case.late
    left = PLENTY
    bound = 0
    for i in range(len(late.cap_on)):
        if late.cap_on[i] == CAP_DAY and holds(case, i, day):
            limit = cap_limit(case, i, outstanding_principal(case))
            if limit < left:
                left = limit
                bound = i
    whole = late.base >= OUTSTANDING_PRINCIPAL
    r = longest_late(case, day) if whole else first_late(case, day)
    while r >= 0:
        if whole:
            carry(case, r)
        base = late_base(case, r)
        if rows.start[r] < day and step_on(case, r, day) != step_on(case, r, day - 1):
            close_stretch(case, r)
        if rows.start[r] <= day and base > 0:
            amount = stretch_amount(case, r, base, day, day)
            if amount > 0 and late.per == PER_EVENT:
                rows.exact[r] = 1
            allowed = min(amount, left)
            left -= allowed
            rows.until[r] = day
            rows.done[r] += amount
            if allowed < amount:
                rows.cut[r] += amount - allowed
                rows.bound[r] = bound
            add_late(case, r, allowed, day)
            if late.base == COMPOUND:
                close_stretch_on(case, r, base)
        if whole:
            return
        r = next_late(case, r + 1, day)


def advance(case: Case, day: int) -> None:
    """Bring all late charges to the end of ``day``."""
    late = case.late
    state = case.state
    last = min(day, state[STOP])
    if not late.on or last <= state[UNTIL]:
        return
    if late.daily:
        for each in range(state[UNTIL] + 1, last + 1):
            run_day(case, each)
            state[UNTIL] = each
    elif late.shared and 0 < room(case, -1, last) < could_add(case, last):
        # on the day on which a cap that rows share is reached, the oldest row comes first
        for each in range(state[UNTIL] + 1, last + 1):
            run_rows(case, each)
            state[UNTIL] = each
    else:
        run_rows(case, last)
    state[UNTIL] = last


def before_change(case: Case, r: int, component: int, less: int) -> None:
    """Close the stretch of late charges that taking ``less`` from this cell ends."""
    late = case.late
    kind = case.kinds[component]
    if not late.on or kind > INTEREST:
        return
    at = r * len(case.kinds)
    settled = case.cells.open[at] + case.cells.open[at + 1] == less
    if late.base >= OUTSTANDING_PRINCIPAL:
        active = case.state[ACTIVE]
        if active >= 0 and (
            (late.base == OUTSTANDING_PRINCIPAL and kind == PRINCIPAL) or (r == active and settled)
        ):
            close_stretch(case, active)
    elif (
        settled
        or late.base in (UNPAID_INSTALMENT, COMPOUND)
        or (late.base == UNPAID_PRINCIPAL and kind == PRINCIPAL)
        or (late.base == FULL_INSTALMENT and less < 0)
    ):
        close_stretch(case, r)


# --- settling ---------------------------------------------------------------------------------


def take(case: Case, r: int, component: int, amount: int, op: int, day: int, group: int) -> int:
    """Settle up to ``amount`` of one cell from payment ``op``; returns what it took."""
    at = r * len(case.kinds) + component
    cells = case.cells
    settled = min(cells.open[at], amount)
    if settled > 0:
        before_change(case, r, component, settled)
        cells.open[at] -= settled
        write(case, SETTLED, op, r, component, settled, day, case.ops.day[op], 0, group)
    recovered = min(cells.lost[at], amount - settled)
    if recovered > 0:
        cells.lost[at] -= recovered
        write(case, RECOVERED, op, r, component, recovered, day, case.ops.day[op], 0, group)
    cells.paid[at] += settled + recovered
    return settled + recovered


def fits(case: Case, r: int, which: int, day: int) -> bool:
    """Whether a waterfall cell meant for ``which`` rows settles row ``r``."""
    rows = case.rows
    if not rows.live[r]:
        return False
    if which == ANY_ROW:
        return True
    if which == CONTRACT_ROW:
        return rows.contract[r] == 1
    if which == CHARGED_ROW:
        return rows.charge[r] == 1 and rows.own[r] <= day
    return rows.contract[r] == 0


def take_cells(
    case: Case, r: int, low: int, high: int, timing: int, amount: int, op: int, day: int, group: int
) -> int:
    """Settle the waterfall cells ``low`` to ``high`` on the block at ``r``, in turn."""
    if timing_of(case, r, day) != timing:
        return 0
    orders = case.orders
    cells = case.cells
    width = len(case.kinds)
    end = case.rows.end[r]
    got = 0
    for cell in range(low, high):
        if orders.timing[cell] == timing:
            c = orders.component[cell]
            for i in range(r, end):
                at = i * width + c
                if cells.open[at] + cells.lost[at] > 0 and fits(case, i, orders.row[cell], day):
                    got += take(case, i, c, amount - got, op, day, group)
    return got


def block_open(case: Case, r: int, low: int, high: int, timing: int, day: int) -> int:
    """What the cells ``low`` to ``high`` could settle on the block at ``r``."""
    total = 0
    if timing_of(case, r, day) != timing:
        return total
    orders = case.orders
    width = len(case.kinds)
    for cell in range(low, high):
        if orders.timing[cell] == timing:
            for i in range(r, case.rows.end[r]):
                if fits(case, i, orders.row[cell], day):
                    at = i * width + orders.component[cell]
                    total += case.cells.open[at] + case.cells.lost[at]
    return total


def first_block(case: Case, low: int, high: int) -> int:
    """The first block in which the waterfall cells ``low`` to ``high`` can find anything."""
    first = len(case.rows.due)
    for cell in range(low, high):
        first = min(first, case.low[case.orders.component[cell]])
    return case.rows.head[first] if first < len(case.rows.due) else first


def timing_of(case: Case, r: int, day: int) -> int:
    """Whether row ``r`` is past due, due, or still to come on ``day``."""
    due = case.rows.due[r]
    if due > day:
        return AHEAD
    return DUE if due == day else PAST_DUE


def spread_ahead(
    case: Case, first: int, low: int, high: int, amount: int, op: int, day: int, group: int
) -> int:
    """Settle all coming instalments by equal shares, the remainder on the last; returns what it took."""
    rows = case.rows
    count = len(rows.due)
    got = 0
    while got < amount:
        blocks = 0
        r = first
        while r < count:
            blocks += 1 if block_open(case, r, low, high, AHEAD, day) > 0 else 0
            r = rows.end[r]
        if blocks == 0:
            break
        share = (amount - got) // blocks
        last_share = amount - got - share * (blocks - 1)
        seen = 0
        r = first
        while r < count and got < amount:
            if block_open(case, r, low, high, AHEAD, day) > 0:
                seen += 1
                part = last_share if seen == blocks else share
                if part > 0:
                    got += take_cells(case, r, low, high, AHEAD, part, op, day, group)
            r = rows.end[r]
    return got


def settle_ahead(
    case: Case, ahead: int, low: int, high: int, amount: int, op: int, day: int, group: int
) -> int:
    """Settle coming instalments; returns what it took."""
    rows = case.rows
    count = len(rows.due)
    first = case.state[NEXT_DUE]
    if ahead == SPREAD:
        return spread_ahead(case, first, low, high, amount, op, day, group)
    got = 0
    if ahead != LAST:
        r = first
        while got < amount and r < count:
            took = take_cells(case, r, low, high, AHEAD, amount - got, op, day, group)
            got += took
            r = rows.end[r]
            if ahead == NEXT_THEN_LAST and took > 0:
                break
    if ahead != NEXT:
        for r in range(count - 1, first - 1, -1):
            if rows.head[r] == r:
                got += take_cells(case, r, low, high, AHEAD, amount - got, op, day, group)
    return got


def settle_due(case: Case, low: int, high: int, amount: int, op: int, day: int, group: int) -> int:
    """Settle the waterfall cells ``low`` to ``high`` on all that is past due or due, oldest first."""
    rows = case.rows
    count = len(rows.due)
    got = 0
    early = case.state[EARLY]
    r = first_block(case, low, high)
    while got < amount and r < count and (rows.due[r] <= day or early):
        timing = DUE if rows.due[r] == day else PAST_DUE
        got += take_cells(case, r, low, high, timing, amount - got, op, day, group)
        r = rows.end[r]
    return got


def settle(case: Case, order: int, amount: int, op: int, day: int) -> int:
    """Walk a waterfall with ``amount`` of payment ``op``; returns what was settled."""
    orders = case.orders
    got = 0
    for group in range(orders.group_from[order], orders.group_from[order + 1]):
        if got >= amount:
            break
        low, high = orders.cell_from[group], orders.cell_from[group + 1]
        ahead = orders.ahead[group]
        if orders.walk[group] == BY_INSTALMENT:
            got += settle_due(case, low, high, amount - got, op, day, group)
            if ahead >= 0:
                got += settle_ahead(case, ahead, low, high, amount - got, op, day, group)
            continue
        for cell in range(low, high):
            if orders.timing[cell] == AHEAD:
                got += settle_ahead(case, ahead, cell, cell + 1, amount - got, op, day, group)
            else:
                got += settle_due(case, cell, cell + 1, amount - got, op, day, group)
    return got


def raise_low(case: Case) -> None:
    """Move each component's pointer past rows with nothing of it open and nothing to recover."""
    cells = case.cells
    count = len(case.rows.due)
    width = len(case.kinds)
    for c in range(width):
        r = case.low[c]
        while r < count and cells.open[r * width + c] + cells.lost[r * width + c] == 0:
            r += 1
        case.low[c] = r


def order_for(case: Case, op: int, day: int) -> int:
    """The waterfall of payment ``op`` in the contract's state on ``day``."""
    orders = case.orders
    if case.state[LOST]:
        return orders.lost
    if orders.bad and case.ops.order[op] == 0 and days_past_due(case, day)[0] >= orders.bad_from:
        return orders.bad
    return case.ops.order[op]


def use_pool(case: Case, day: int) -> None:
    """Use unapplied credit, the oldest payment first."""
    state = case.state
    ops = case.ops
    if state[POOL] <= 0:
        return
    advance(case, day)
    if case.orders.hold_parts:
        use_held_parts(case, day)
        return
    for op in range(len(ops.day)):
        if ops.left[op] > 0:
            got = settle(case, order_for(case, op, day), ops.left[op], op, day)
            ops.left[op] -= got
            state[POOL] -= got


def use_held_parts(case: Case, day: int) -> None:
    """Settle what unapplied credit covers: all that a group asks of an instalment, or nothing of it."""
    state = case.state
    ops = case.ops
    rows = case.rows
    orders = case.orders
    count = len(rows.due)
    first = 0
    while first < len(ops.day) and ops.left[first] <= 0:
        first += 1
    if first == len(ops.day):
        return
    order = order_for(case, first, day)
    for group in range(orders.group_from[order], orders.group_from[order + 1]):
        low, high = orders.cell_from[group], orders.cell_from[group + 1]
        r = first_block(case, low, high)
        while r < count and (rows.due[r] <= day or state[EARLY]) and state[POOL] > 0:
            timing = DUE if rows.due[r] == day else PAST_DUE
            if block_open(case, r, low, high, timing, day) > state[POOL]:
                return
            for op in range(first, len(ops.day)):
                got = take_cells(case, r, low, high, timing, ops.left[op], op, day, group)
                ops.left[op] -= got
                state[POOL] -= got
            r = rows.end[r]


def short_of(case: Case, r: int) -> int:
    """What is missing of the block that starts at row ``r``: what holds it open, lost or not."""
    held = case.held
    width = len(case.kinds)
    short = 0
    for i in range(r, case.rows.end[r]):
        for c in range(width):
            if held.component[c]:
                short += case.cells.open[i * width + c] + case.cells.lost[i * width + c]
    return short


def days_since(case: Case, due: int, day: int) -> int:
    """Days late on ``day`` of what fell due on ``due``: grace and pauses off, the due day as counted."""
    held = case.held
    days = day - due + held.first - held.grace
    days -= overlap(held.age_from, held.age_to, (due + 1) * held.late_only, day)
    return max(days, 0)


def days_past_due(case: Case, day: int) -> tuple[int, int, int]:
    """Days past due on ``day``, the row that causes them (-1: none), and the late instalments' count."""
    rows = case.rows
    held = case.held
    width = len(case.kinds)
    count = len(rows.due)
    oldest = -1
    late = 0
    r = count
    for c in range(width):
        if held.component[c]:
            r = min(r, case.low[c])
    r = rows.head[r] if r < count else count
    last = day - 1 + held.first
    while r < count and (rows.due[r] <= last or case.state[EARLY]):
        if rows.due[r] <= last and short_of(case, r) > rows.tolerance[r]:
            late += 1
            if oldest < 0 or rows.due[r] < rows.due[oldest]:
                oldest = r
        r = rows.end[r]
    if oldest < 0:
        return 0, -1, 0
    due = rows.due[oldest]
    if case.state[LOST]:
        due = min(due, case.state[LOST_DUE])
    return days_since(case, due, day), oldest, late


# --- ops --------------------------------------------------------------------------------------


def wanted(case: Case, component: int, c: int) -> bool:
    """Whether component ``c`` is meant: by itself, as one of a kind (-2 - kind), or as any (-1)."""
    return component == -1 or component == c or component == -2 - case.kinds[c]


def fail(case: Case, status: int, op: int) -> None:
    """Stop: op ``op`` cannot be applied."""
    case.state[STATUS] = status
    case.state[FAILED] = op


def pay(case: Case, op: int, day: int) -> None:
    """Money in: the earmarked instalment, then the waterfall, then a new plan, then the pool."""
    ops = case.ops
    orders = case.orders
    amount = ops.amount[op]
    order = order_for(case, op, day)
    got = 0
    r = ops.row[op]
    if r >= 0:
        timing = timing_of(case, r, day)
        for group in range(orders.group_from[order], orders.group_from[order + 1]):
            low, high = orders.cell_from[group], orders.cell_from[group + 1]
            got += take_cells(case, r, low, high, timing, amount - got, op, day, group)
        # the payer named this instalment, so it is settled even where the waterfall would not
        got += take(case, r, INTEREST, amount - got, op, day, NONE)
        got += take(case, r, PRINCIPAL, amount - got, op, day, NONE)
    if not orders.hold_parts:
        got += settle(case, order, amount - got, op, day)
        if got < amount and orders.replan:
            if ops.planned[op]:
                got += settle(case, orders.replan, amount - got, op, day)
            else:
                ops.left[op] = amount - got
                fail(case, REPLAN, op)
                return
    ops.left[op] = amount - got
    case.state[POOL] += amount - got
    if orders.hold_parts:
        use_held_parts(case, day)


def force(case: Case, op: int, day: int) -> None:
    """Money in whose split was decided by the lender: one component, oldest rows first."""
    ops = case.ops
    amount = ops.amount[op]
    got = 0
    for r in range(len(case.rows.due)):
        if case.rows.live[r] and (ops.row[op] < 0 or ops.row[op] == r):
            for c in range(len(case.kinds)):
                if wanted(case, ops.component[op], c):
                    got += take(case, r, c, amount - got, op, day, NONE)
    ops.left[op] = amount - got
    case.state[POOL] += amount - got


def reopen(case: Case, r: int, component: int, day: int) -> None:
    """Row ``r`` has something open again from the end of ``day``: late charges start the day after."""
    case.low[component] = min(case.low[component], r)
    if case.rows.until[r] < case.rows.start[r]:  # no stretch is running
        case.rows.start[r] = max(case.rows.start[r], day + 1)


def add_due(case: Case, op: int, r: int, component: int, amount: int, day: int, kind: int, base: int) -> None:
    """A row owes more."""
    before_change(case, r, component, -amount)
    at = r * len(case.kinds) + component
    case.cells.due[at] += amount
    case.cells.open[at] += amount
    reopen(case, r, component, day)
    write(case, kind, op, r, component, amount, day, day, base, 0)


def charge(case: Case, op: int, day: int) -> None:
    """A fee or a late charge is posted, or more is lent."""
    r, c, amount = case.ops.row[op], case.ops.component[op], case.ops.amount[op]
    case.rows.live[r] = 1
    if case.kinds[c] == LATE:
        case.state[POSTED_LATE] += amount
    elif case.kinds[c] == FEE:
        case.state[POSTED_FEES] += amount
    add_due(case, op, r, c, amount, day, CHARGED, 0)


def waive(case: Case, op: int, day: int) -> None:
    """Give up a part: of one row or of all, oldest first."""
    ops = case.ops
    rows = case.rows
    width = len(case.kinds)
    left = ops.amount[op]
    whole = left == NONE
    for r in range(len(rows.due)):
        if not rows.live[r] or (ops.row[op] >= 0 and ops.row[op] != r):
            continue
        for c in range(width):
            if not wanted(case, ops.component[op], c):
                continue
            at = r * width + c
            got = case.cells.open[at] if whole else min(case.cells.open[at], left)
            if got > 0:
                before_change(case, r, c, got)
                case.cells.open[at] -= got
                case.cells.waived[at] += got
                note(case, WAIVED, op, r, c, got, day)
                if not whole:
                    left -= got
    if left > 0:
        fail(case, WAIVED_TOO_MUCH, op)


def write_off(case: Case, op: int, day: int, forgiven: int) -> None:
    """Stop carrying what is open (``forgiven`` 0), or give up the claim to all of it (1)."""
    rows = case.rows
    cells = case.cells
    state = case.state
    width = len(case.kinds)
    component = case.ops.component[op]
    if not forgiven:
        if not state[LOST]:
            oldest = days_past_due(case, day)[1]
            state[LOST_DUE] = rows.due[oldest] if oldest >= 0 else day
        state[LOST] = 1
        state[STOP] = min(state[STOP], day)
    for r in range(len(rows.due)):
        if not rows.live[r]:
            continue
        for c in range(width):
            if not wanted(case, component, c):
                continue
            at = r * width + c
            got = cells.open[at]
            if got > 0:
                before_change(case, r, c, got)
                cells.open[at] = 0
                if forgiven:
                    cells.waived[at] += got
                else:
                    cells.lost[at] += got
                note(case, WAIVED if forgiven else WRITTEN_OFF, op, r, c, got, day)
            got = cells.lost[at]
            if got > 0 and forgiven:
                cells.lost[at] = 0
                cells.waived[at] += got
                note(case, FORGIVEN, op, r, c, got, day)


def refund(case: Case, op: int, day: int) -> None:
    """Pay unapplied credit back, the oldest payment first; what goes beyond it is owed again."""
    ops = case.ops
    lines = case.lines
    over = case.orders.over_refund
    left = ops.amount[op]
    if left > case.state[POOL] and over == REFUSE:
        fail(case, REFUNDED_TOO_MUCH, op)
        return
    left = give_back(case, op, left, day, REFUNDED)
    if left > 0 and over == NEW_PRINCIPAL:
        case.rows.live[ops.row[op]] = 1
        add_due(case, op, ops.row[op], PRINCIPAL, left, day, CHARGED, 0)
    elif left > 0:
        count = case.state[LINES]
        if count > len(lines.kind):
            fail(case, MORE_LINES, op)
        elif unpay_last(case, op, left, count, day) > 0:
            fail(case, REFUNDED_TOO_MUCH, op)


def give_back(case: Case, op: int, left: int, day: int, kind: int) -> int:
    """Pay unapplied credit back, the oldest payment first; returns what is still missing."""
    for i in range(op):
        left -= give_back_of(case, op, i, left, day, kind)
    return left


def give_back_of(case: Case, op: int, i: int, most: int, day: int, kind: int) -> int:
    """Pay back up to ``most`` of what is unapplied of op ``i``; returns how much."""
    got = min(case.ops.left[i], most)
    if got > 0:
        case.ops.left[i] -= got
        case.state[POOL] -= got
        write(case, kind, i, NONE, NONE, got, day, day, 0, op)
    return got


def unpay_last(case: Case, op: int, left: int, count: int, day: int) -> int:
    """Undo what was paid, from the last instalment back; returns what could not be undone."""
    lines = case.lines
    rows = case.rows
    component = case.orders.back_component
    for r in range(len(rows.due) - 1, -1, -1):
        for n in range(len(component)):
            for i in range(count - 1, -1, -1):
                of_block = rows.head[r] == r and r <= lines.row[i] < rows.end[r]
                if of_block and lines.component[i] == component[n]:
                    left -= unpay(case, op, i, left, count, day)
    return left


def charge_back(case: Case, op: int, day: int) -> None:
    """Take part of a payment back: what it settled is owed again, or it is owed anew."""
    ops = case.ops
    lines = case.lines
    target = ops.target[op]
    left = ops.amount[op]
    count = case.state[LINES]
    if count > len(lines.kind) and case.orders.back != NEW_PRINCIPAL:
        fail(case, MORE_LINES, op)
        return
    if case.orders.back == NEW_PRINCIPAL:
        left = give_back(case, op, left, day, CHARGED_BACK)
    if case.orders.back != REOPEN:
        if left > 0:
            lend_again(case, op, left, count, day)
        return
    i = target
    while ops.payment[i] == target:  # first what is unapplied of it
        left -= give_back_of(case, op, i, left, day, CHARGED_BACK)
        i += 1
    for i in range(count - 1, -1, -1):
        if of_payment(case, i, target):
            left -= unpay(case, op, i, left, count, day)
    if left > 0:
        fail(case, CHARGED_BACK_TOO_MUCH, op)


def of_payment(case: Case, i: int, target: int) -> bool:
    """Whether line ``i`` is of the payment whose first op is ``target``."""
    return case.lines.op[i] >= 0 and case.ops.payment[case.lines.op[i]] == target


def unpay(case: Case, op: int, i: int, most: int, count: int, day: int) -> int:
    """What line ``i`` settled is owed again, up to ``most``; returns how much."""
    lines = case.lines
    cells = case.cells
    kind = lines.kind[i]
    if kind not in (SETTLED, RECOVERED):
        return 0
    back = 0  # what was undone of this very line before
    for j in range(i + 1, case.state[LINES]):
        if j < len(lines.kind) and lines.kind[j] in (CHARGED_BACK, UNRECOVERED) and lines.base[j] == i + 1:
            back += lines.amount[j]
    got = min(lines.amount[i] - back, most)
    if got <= 0:
        return 0
    r, c = lines.row[i], lines.component[i]
    at = r * len(case.kinds) + c
    cells.paid[at] -= got
    if kind == SETTLED:
        before_change(case, r, c, -got)
        cells.open[at] += got
    else:
        cells.lost[at] += got
    reopen(case, r, c, day)
    write(case, CHARGED_BACK if kind == SETTLED else UNRECOVERED, lines.op[i], r, c, got, day, day, i + 1, op)
    return got


def lend_again(case: Case, op: int, left: int, count: int, day: int) -> None:
    """What was taken back is owed on the coming instalment: as principal, or by what it had paid."""
    ops = case.ops
    lines = case.lines
    orders = case.orders
    target = ops.target[op]
    row = ops.row[op]
    case.rows.live[row] = 1
    if orders.back == AS_PAID:
        for n in range(len(orders.back_component)):
            c = orders.back_component[n]
            settled = 0
            for i in range(count):
                if lines.component[i] != c:
                    continue
                if (
                    lines.kind[i] == SETTLED
                    and of_payment(case, i, target)
                    and lines.day[i] == ops.day[target]
                ):
                    settled += lines.amount[i]
                elif lines.kind[i] == CHARGED and lines.base[i] == target + 1:
                    settled -= lines.amount[i]
            got = min(settled, left)
            if got > 0:
                left -= got
                add_due(case, op, row, c, got, day, CHARGED, target + 1)
    if left > 0:  # counts as taken back too: a later part of it is not principal a second time
        mark = target + 1 if orders.back == AS_PAID else 0
        add_due(case, op, row, PRINCIPAL, left, day, CHARGED, mark)


def accelerate(case: Case, op: int, day: int) -> None:
    """All that is still to come falls due today, with what is charged on it later."""
    rows = case.rows
    for r in range(len(rows.due)):
        if not rows.live[rows.head[r]]:
            continue
        if rows.live[r]:
            rows.own[r] = min(rows.own[r], day)
        early = rows.due[r] - day
        if early > 0:
            rows.due[r] = day
            rows.start[r] -= early
            rows.until[r] -= early
    case.state[EARLY] = 1
    case.state[UNTIL] = min(case.state[UNTIL], day)  # no row would have been charged before its due day
    if not case.late.accelerated:
        case.state[STOP] = min(case.state[STOP], day)


def restructure(case: Case, op: int, day: int) -> None:
    """What is open moves out of the old rows (all but the kept components), the new rows come in."""
    rows = case.rows
    cells = case.cells
    ops = case.ops
    state = case.state
    width = len(case.kinds)
    for r in range(len(rows.due)):
        if not rows.live[r] or (ops.row[op] >= 0 and rows.due[r] <= day):
            continue
        close_stretch(case, r)
        for c in range(width):
            at = r * width + c
            got = cells.open[at]
            if got > 0 and not (ops.component[op] >> c) & 1:  # a bit for each component that stays
                before_change(case, r, c, got)
                cells.open[at] = 0
                cells.moved[at] += got
                note(case, MOVED, op, r, c, got, day)
    for r in range(len(rows.due)):
        if rows.born[r] == op:
            rows.live[r] = 1
            for c in range(width):
                amount = cells.plan[r * width + c]
                if amount:
                    add_due(case, op, r, c, amount, day, PLANNED, 0)
    if state[STOP] < FAR and not state[LOST]:
        # a new plan after an acceleration: late charges may run again
        state[STOP] = FAR
        for r in range(len(rows.due)):
            close_stretch(case, r)
            rows.start[r] = max(rows.start[r], day + 1)
        state[UNTIL] = max(state[UNTIL], day)


def reach(case: Case, day: int) -> None:
    """Let unapplied credit settle what falls due up to ``day``."""
    rows = case.rows
    state = case.state
    count = len(rows.due)
    r = state[NEXT_DUE]
    while r < count and rows.due[r] <= day:
        if rows.live[r] and rows.due[r] > state[REACHED]:
            use_pool(case, rows.due[r])
        r += 1
    state[NEXT_DUE] = r
    state[REACHED] = day


def apply(case: Case, op: int) -> None:
    """Apply one op on its day."""
    kind = case.ops.kind[op]
    day = case.ops.day[op]
    advance(case, day)
    raise_low(case)
    if kind == OP_PAY:
        pay(case, op, day)
    elif kind == OP_FORCE:
        force(case, op, day)
    elif kind == OP_CHARGE:
        charge(case, op, day)
    elif kind == OP_WAIVE:
        waive(case, op, day)
    elif kind == OP_WRITE_OFF:
        write_off(case, op, day, 0)
    elif kind == OP_FORGIVE:
        write_off(case, op, day, 1)
    elif kind == OP_REFUND:
        refund(case, op, day)
    elif kind == OP_CHARGE_BACK:
        charge_back(case, op, day)
    elif kind == OP_ACCELERATE:
        accelerate(case, op, day)
    elif kind == OP_RESTRUCTURE:
        restructure(case, op, day)
    if op + 1 < len(case.ops.day) and case.ops.payment[op + 1] == case.ops.payment[op]:
        return  # unapplied credit waits for all that the event brings
    if kind in (OP_CHARGE, OP_ACCELERATE, OP_RESTRUCTURE, OP_CHARGE_BACK):
        use_pool(case, day)


def replay(case: Case, as_of: int) -> tuple[int, int, int]:
    """Apply every op in turn and bring everything to the end of ``as_of``.

    The ops are those up to ``as_of``. Fills the case's arrays; ``state`` holds the status, the
    unapplied credit and the number of lines. Returns days past due, the row that causes them
    and the number of late instalments.
    """
    for op in range(len(case.ops.day)):
        reach(case, case.ops.day[op])
        apply(case, op)
        if case.state[STATUS] != OK:
            return 0, -1, 0
    reach(case, as_of)
    advance(case, as_of)
    raise_low(case)
    if case.late.on:
        for r in range(len(case.rows.due)):
            if case.rows.start[r] <= case.rows.until[r]:
                close_stretch(case, r)
    return days_past_due(case, as_of)
