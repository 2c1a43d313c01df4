"""Many contracts through the kernel, one after another: only ever compiled, with kernel.py before it.

A `Batch` holds the tables of many contracts, laid end to end; ``first`` columns say where each
contract's part begins. For every contract `run` lays out the kernel's `Case` in memory that is
used again for the next (as `tagih.ledger.compile` does it from values), replays it, and adds up
what it owes. Nothing is decided here that the kernel or a policy decides.
"""

# ruff: noqa: F821 (names without a value here are given where this file is compiled)

from typing import Any, NamedTuple

# Names that stand before this file where it is compiled: the kernel's, and `tagih.portfolio.native`'s.
from tagih.ledger.kernel import (
    ACTIVE,
    FAILED,
    FAR,
    LINES,
    MORE_LINES,
    OK,
    OP_OPEN,
    POOL,
    REACHED,
    STATE_SIZE,
    STATUS,
    STOP,
    THRESHOLD,
    TOTAL,
    UNTIL,
    Case,
    Ints,
    days_since,
    replay,
    short_of,
)

case_at: Any
"""The Case whose header lies at an address."""
batch_at: Any
"""The Batch whose header lies at an address."""
address: Any
"""The address of a cell of a column."""
ROWS: int
CELLS: int
LINES_AT: int
HEADER: int
"""Words of the header; below, the words of single fields, and the places of columns among rows."""
LATE_AGREED: int
LATE_CAP_AMOUNT: int
OPS_DAY: int
OPS_KIND: int
OPS_AMOUNT: int
OPS_ROW: int
OPS_COMPONENT: int
OPS_ORDER: int
OPS_TARGET: int
OPS_PAYMENT: int
OPS_PLANNED: int
OPS_LEFT: int
HELD_AGE_FROM: int
HELD_AGE_TO: int
HELD_LATE_FROM: int
HELD_LATE_TO: int
LOW: int
STATE: int
ROW_COLUMNS: int
DUE_: int
OWN_: int
CONTRACT_: int
CHARGE_: int
HEAD_: int
END_: int
BORN_: int
LIVE_: int
TOLERANCE_: int
START_: int
UNTIL_: int
RELEASED_: int
Read = Any
"""An array that is only read."""
# --- compiled from here ---


class Batch(NamedTuple):
    """What goes in and what comes out, in whole numbers; an empty column stands for its default."""

    # instalments, by contract, due day and number
    first: Ints
    due: Ints
    number: Ints
    principal: Ints
    interest: Ints
    fees: Ints  # instalment by instalment, one for each fee component
    fee_component: Ints
    born: Ints  # the op of its contract that brings it in, -1: there from the start
    tolerance: Ints
    # ops, by contract, in the order in which they apply
    op_first: Ints
    op_day: Ints
    op_amount: Ints
    op_kind: Ints
    op_number: Ints  # instalment; -1: any; -2 - n: the row of charge n
    op_component: Ints
    op_order: Ints
    op_target: Ints  # op of the same contract
    op_payment: Ints
    # charges that make a row, by contract, in the order of their ops
    charge_first: Ints
    charge_own: Ints
    charge_number: Ints  # instalment; 0: the contract; -1: lent again, on the coming instalment
    charge_lent: Ints  # 1: lent again, no charge
    # pauses, merged
    age_first: Ints
    age_from: Ints
    age_to: Ints
    late_first: Ints
    late_from: Ints
    late_to: Ints
    # opening balances
    open_on: Ints  # contract -> cut-over day; FAR: none
    open_unapplied: Ints
    open_first: Ints
    open_number: Ints
    open_component: Ints
    open_amount: Ints
    # contracts
    skip: Ints  # 1: not answered here
    policy: Ints
    agreed: Ints
    cap_amount: Ints  # contract by contract, ``caps`` for each
    policies: Ints  # headers, one after another
    # defaults, as long as the longest contract's ops
    none: Ints
    zeros: Ints
    counting: Ints
    width: int
    caps: int
    as_of: int
    # results, one for each contract
    days: Ints
    late: Ints
    cause_number: Ints
    cause_due: Ints
    cause_short: Ints
    pool: Ints
    run_up: Ints
    status: Ints
    failed: Ints
    line_count: Ints
    row_count: Ints
    money: Ints  # component by MONEY by contract
    # results on request
    row_first: Ints
    row_number: Ints
    row_charge: Ints
    row_due: Ints
    row_head: Ints
    row_days: Ints
    row_live: Ints
    row_released: Ints
    row_cells: Ints  # row by component by six
    op_left: Ints
    line_first: Ints
    line_kind: Ints
    line_op: Ints
    line_row: Ints
    line_component: Ints
    line_amount: Ints
    line_day: Ints
    line_start: Ints
    line_base: Ints
    line_step: Ints


# Figures of `Batch.money`, for each component.
MONEY = 8  # due, paid, waived, moved, lost, open, arrears, due today
CELL_COLUMNS = 7
LINE_COLUMNS = 9
SCRATCH = 4096  # lines of one contract that a chargeback may have to read


def row_at(batch: Batch, numbers: Any, base: int, count: int, number: int) -> int:
    """The row of an instalment; -1 if there is none."""
    for r in range(count):
        if numbers[base + r] == number:
            return r
    return -1


def coming(batch: Batch, low: int, high: int, day: int, op: int) -> int:
    """The number of the instalment after ``day``, or due on it as the last, at op ``op``; 0: none."""
    best, best_due = 0, FAR
    for j in range(low, high):
        if len(batch.born) and batch.born[j] > op:
            continue  # of a new plan that is still to come
        due, number = batch.due[j], batch.number[j]
        if due > day and (due < best_due or (due == best_due and number < best)):
            best, best_due = number, due
    if best == 0:
        for j in range(low, high):
            if batch.due[j] == day and (len(batch.born) == 0 or batch.born[j] < op):
                best = max(best, batch.number[j])
    return best


def lay_out(batch: Batch, i: int, header: Any, work: Any, work_at: int, header_at: int) -> int:
    """Lay out the Case of contract ``i``; returns how many rows it has, -1 if an instalment is missing."""
    width = batch.width
    policy = batch.policy[i] if len(batch.policy) else 0
    for word in range(HEADER):
        header[word] = batch.policies[policy * HEADER + word]
    low, high = batch.first[i], batch.first[i + 1]
    charged, charges = 0, 0
    if len(batch.charge_first):
        charged, charges = batch.charge_first[i], batch.charge_first[i + 1]
    op_low, op_high = batch.op_first[i], batch.op_first[i + 1]
    ops = op_high - op_low
    most = high - low + charges - charged
    # memory: due, own, contract, charge, head, end, born, live, tolerance, start, until, then zeros
    cells = ROW_COLUMNS * most
    numbers = cells + CELL_COLUMNS * most * width
    sources = numbers + most
    op_rows = sources + most
    left = op_rows + ops
    lows = left + ops
    state = lows + width
    spare = state + STATE_SIZE  # row of each charge
    for word in range(state + STATE_SIZE):
        work[word] = 0

    # rows: instalments in order, each followed by its charges; charges on the contract after a day's
    count = 0
    on = spare + charges - charged  # instalment of each charge; 0: the contract
    for n in range(charged, charges):
        work[spare + n - charged] = -1
        number = batch.charge_number[n]
        if number < 0:  # lent again: on the coming instalment, or on a row of its own
            o = op_low
            while batch.op_number[o] != -2 - (n - charged):
                o += 1
            number = -coming(batch, low, high, batch.charge_own[n], o - op_low)
        work[on + n - charged] = number
    for j in range(low, high + 1):
        day = batch.due[j] if j < high else FAR
        while True:  # the earliest charge on the contract before this day that has no row yet
            best = -1
            for n in range(charged, charges):
                if (
                    work[on + n - charged] == 0
                    and work[spare + n - charged] < 0
                    and batch.charge_own[n] < day
                    and (best < 0 or batch.charge_own[n] < batch.charge_own[best])
                ):
                    best = n
            if best < 0:
                break
            r = count
            count += 1
            work[DUE_ * most + r] = batch.charge_own[best]
            work[OWN_ * most + r] = batch.charge_own[best]
            work[CONTRACT_ * most + r] = 1
            work[CHARGE_ * most + r] = 0 if batch.charge_lent[best] else 1
            work[HEAD_ * most + r] = r
            work[numbers + r] = 0
            work[sources + r] = best - charged + 1
            work[spare + best - charged] = r
        if j == high:
            break
        r = count
        head = r
        count += 1
        born = batch.born[j] if len(batch.born) else -1
        work[DUE_ * most + r] = day
        work[OWN_ * most + r] = day
        work[HEAD_ * most + r] = head
        work[BORN_ * most + r] = born
        work[LIVE_ * most + r] = 1 if born < 0 else 0
        work[TOLERANCE_ * most + r] = batch.tolerance[j] if len(batch.tolerance) else 0
        work[numbers + r] = batch.number[j]
        at = cells + (most * width if born < 0 else 0) + r * width
        work[at] = batch.principal[j]
        work[at + 1] = batch.interest[j]
        fees = len(batch.fee_component)
        for f in range(fees):
            work[at + batch.fee_component[f]] += batch.fees[j * fees + f]
        for n in range(charged, charges):
            if work[on + n - charged] == batch.number[j]:
                r = count
                count += 1
                work[DUE_ * most + r] = day
                work[OWN_ * most + r] = batch.charge_own[n]
                work[CHARGE_ * most + r] = 1
                work[HEAD_ * most + r] = head
                work[numbers + r] = -batch.number[j]
                work[sources + r] = n - charged + 1
                work[spare + n - charged] = r
    for n in range(charged, charges):
        if work[on + n - charged] < 0:
            work[spare + n - charged] = row_at(batch, work, numbers, count, -work[on + n - charged])
        if work[spare + n - charged] < 0:
            return -1
    for r in range(count - 1, -1, -1):
        same = r + 1 < count and work[HEAD_ * most + r + 1] == work[HEAD_ * most + r]
        work[END_ * most + r] = work[END_ * most + r + 1] if same else r + 1
    for r in range(count):
        if work[CHARGE_ * most + r] == 1 or work[CONTRACT_ * most + r] == 1:
            work[BORN_ * most + r] = -1
            work[LIVE_ * most + r] = 0

    for word in range(ROW_COLUMNS):
        header[ROWS + 2 * word] = work_at + 8 * (word * most)
        header[ROWS + 2 * word + 1] = count
    for word in range(CELL_COLUMNS):
        header[CELLS + 2 * word] = work_at + 8 * (cells + word * most * width)
        header[CELLS + 2 * word + 1] = count * width

    # opening balances replace what was scheduled up to the cut-over
    cut = FAR
    if len(batch.open_on):
        cut = batch.open_on[i]
    due_at = cells + most * width
    if cut < FAR:
        for r in range(count):
            if work[numbers + r] > 0 and work[BORN_ * most + r] < 0 and work[DUE_ * most + r] <= cut:
                for c in range(width):
                    work[due_at + r * width + c] = 0
        for n in range(batch.open_first[i], batch.open_first[i + 1]):
            r = row_at(batch, work, numbers, count, batch.open_number[n])
            if r < 0:
                return -1
            work[due_at + r * width + batch.open_component[n]] = batch.open_amount[n]
    for at in range(count * width):
        work[cells + 6 * most * width + at] = work[due_at + at]

    # late charges: where they start
    if len(batch.agreed):
        header[LATE_AGREED] = batch.agreed[i]
    if batch.caps:
        header[LATE_CAP_AMOUNT] = address(batch.cap_amount, i * batch.caps)
    case = case_at(header_at)
    shift, grace, grace_days = case.late.shift, case.late.grace, case.late.grace_days
    least = FAR
    for r in range(count):
        start = work[DUE_ * most + r] + shift
        if cut < FAR and (grace != THRESHOLD or cut - work[DUE_ * most + r] > grace_days):
            start = max(start, cut + 1)
            work[RELEASED_ * most + r] = 1 if work[DUE_ * most + r] < cut else 0
        work[START_ * most + r] = start
        work[UNTIL_ * most + r] = start - 1
        least = min(least, start)

    # ops
    simple = len(batch.op_kind) == 0
    header[OPS_DAY] = address(batch.op_day, op_low)
    header[OPS_KIND] = address(batch.zeros, 0) if simple else address(batch.op_kind, op_low)
    header[OPS_AMOUNT] = address(batch.op_amount, op_low)
    header[OPS_ROW] = address(batch.none, 0) if simple else work_at + 8 * op_rows
    header[OPS_COMPONENT] = address(batch.none, 0) if simple else address(batch.op_component, op_low)
    header[OPS_ORDER] = address(batch.zeros, 0) if simple else address(batch.op_order, op_low)
    header[OPS_TARGET] = address(batch.none, 0) if simple else address(batch.op_target, op_low)
    header[OPS_PAYMENT] = address(batch.counting, 0) if simple else address(batch.op_payment, op_low)
    header[OPS_PLANNED] = address(batch.zeros, 0)
    header[OPS_LEFT] = work_at + 8 * left
    for word in range(OPS_DAY, OPS_LEFT + 1, 2):
        header[word + 1] = ops
    if not simple:
        for o in range(ops):
            number = batch.op_number[op_low + o]
            r = -1
            if number > 0:
                r = row_at(batch, work, numbers, count, number)
                if r < 0:
                    return -1
            elif number < -1:
                r = work[spare - 2 - number]
            work[op_rows + o] = r
            if batch.op_kind[op_low + o] == OP_OPEN:
                work[left + o] = batch.op_amount[op_low + o]

    # pauses
    if len(batch.age_first):
        at, size = batch.age_first[i], batch.age_first[i + 1] - batch.age_first[i]
        if size:
            header[HELD_AGE_FROM] = address(batch.age_from, at)
            header[HELD_AGE_FROM + 1] = size
            header[HELD_AGE_TO] = address(batch.age_to, at)
            header[HELD_AGE_TO + 1] = size
    if len(batch.late_first):
        at, size = batch.late_first[i], batch.late_first[i + 1] - batch.late_first[i]
        if size:
            header[HELD_LATE_FROM] = address(batch.late_from, at)
            header[HELD_LATE_FROM + 1] = size
            header[HELD_LATE_TO] = address(batch.late_to, at)
            header[HELD_LATE_TO + 1] = size

    header[LOW] = work_at + 8 * lows
    header[LOW + 1] = width
    header[STATE] = work_at + 8 * state
    header[STATE + 1] = STATE_SIZE
    work[state + POOL] = batch.open_unapplied[i] if cut < FAR else 0
    work[state + STOP] = FAR
    work[state + REACHED] = cut if cut < FAR else -FAR
    work[state + ACTIVE] = -1
    work[state + UNTIL] = least - 1 if count else -1
    return count


def lines_to(header: Any, start: int, step: int, count: int) -> None:
    """Let lines be written from address ``start`` on, a column every ``step`` words."""
    for word in range(LINE_COLUMNS):
        header[LINES_AT + 2 * word] = start + 8 * word * step
        header[LINES_AT + 2 * word + 1] = count


def lines_out(batch: Batch, header: Any, i: int) -> None:
    """Let lines be written where the caller wants those of contract ``i``."""
    at = batch.line_first[i]
    header[LINES_AT] = address(batch.line_kind, at)
    header[LINES_AT + 2] = address(batch.line_op, at)
    header[LINES_AT + 4] = address(batch.line_row, at)
    header[LINES_AT + 6] = address(batch.line_component, at)
    header[LINES_AT + 8] = address(batch.line_amount, at)
    header[LINES_AT + 10] = address(batch.line_day, at)
    header[LINES_AT + 12] = address(batch.line_start, at)
    header[LINES_AT + 14] = address(batch.line_base, at)
    header[LINES_AT + 16] = address(batch.line_step, at)
    for word in range(LINE_COLUMNS):
        header[LINES_AT + 2 * word + 1] = batch.line_first[i + 1] - at


def add_up(batch: Batch, i: int, case: Case, count: int) -> None:
    """What contract ``i`` owes, by component and by whether it has fallen due."""
    width, contracts = batch.width, len(batch.days)
    for c in range(width):
        due, paid, waived, moved, lost, owed, late, today = 0, 0, 0, 0, 0, 0, 0, 0
        for r in range(count):
            at = r * width + c
            if case.cells.due[at] == 0 or not case.rows.live[r]:
                continue
            due += case.cells.due[at]
            paid += case.cells.paid[at]
            waived += case.cells.waived[at]
            moved += case.cells.moved[at]
            lost += case.cells.lost[at]
            owed += case.cells.open[at]
            if case.rows.due[r] < batch.as_of:
                late += case.cells.open[at]
            elif case.rows.due[r] == batch.as_of:
                today += case.cells.open[at]
        to = c * MONEY * contracts + i
        batch.money[to] = due
        batch.money[to + contracts] = paid
        batch.money[to + 2 * contracts] = waived
        batch.money[to + 3 * contracts] = moved
        batch.money[to + 4 * contracts] = lost
        batch.money[to + 5 * contracts] = owed
        batch.money[to + 6 * contracts] = late
        batch.money[to + 7 * contracts] = today


def named_day(batch: Batch, i: int, number: int, source: int) -> int:
    """The day that the contract, or the charge, names for a row: acceleration does not move it."""
    if source > 0:
        return batch.charge_own[batch.charge_first[i] + source - 1]
    for j in range(batch.first[i], batch.first[i + 1]):
        if batch.number[j] == number:
            return batch.due[j]
    return 0


def rows_out(batch: Batch, i: int, case: Case, count: int, work: Any, numbers: int, sources: int) -> None:
    """Every row of contract ``i``, with its cells."""
    width = batch.width
    for r in range(count):
        to = batch.row_first[i] + r
        batch.row_number[to] = abs(work[numbers + r])
        batch.row_charge[to] = work[sources + r] - 1
        batch.row_due[to] = named_day(batch, i, work[numbers + r], work[sources + r])
        batch.row_head[to] = case.rows.head[r]
        batch.row_live[to] = case.rows.live[r]
        batch.row_released[to] = case.rows.released[r]
        batch.row_days[to] = 0
        if case.rows.head[r] == r and case.rows.due[r] < batch.as_of + case.held.first:
            short = 0
            for each in range(r, case.rows.end[r]):
                for c in range(width):
                    if case.held.component[c] and case.rows.live[each]:
                        short += case.cells.open[each * width + c] + case.cells.lost[each * width + c]
            if short > case.rows.tolerance[r]:
                batch.row_days[to] = days_since(case, case.rows.due[r], batch.as_of)
        for c in range(width):
            at = r * width + c
            cell = (to * width + c) * 6
            batch.row_cells[cell] = case.cells.due[at]
            batch.row_cells[cell + 1] = case.cells.paid[at]
            batch.row_cells[cell + 2] = case.cells.waived[at]
            batch.row_cells[cell + 3] = case.cells.moved[at]
            batch.row_cells[cell + 4] = case.cells.lost[at]
            batch.row_cells[cell + 5] = case.cells.open[at]


def run(batch: Batch, low: int, high: int, header: Any, header_at: int, work: Any, work_at: int) -> None:
    """Replay the contracts ``low`` to ``high`` - 1.

    ``header`` has HEADER words, ``work`` room for the largest contract and LINE_COLUMNS * SCRATCH more;
    ``status`` of a contract that names an instalment it does not have is -1, of one skipped -2.
    """
    width = batch.width
    scratch = len(work) - LINE_COLUMNS * SCRATCH
    for i in range(low, high):
        if batch.skip[i]:
            batch.status[i] = -2
            continue
        count = lay_out(batch, i, header, work, work_at, header_at)
        if count < 0:
            batch.status[i] = -1
            continue
        case = case_at(header_at)
        wanted_lines = len(batch.line_first) > 0
        if wanted_lines:
            lines_out(batch, header, i)
        else:
            lines_to(header, work_at, 0, 0)
        days, cause, late = replay(case, batch.as_of)
        if case.state[STATUS] == MORE_LINES:
            lay_out(batch, i, header, work, work_at, header_at)
            lines_to(header, work_at + 8 * scratch, SCRATCH, SCRATCH)
            days, cause, late = replay(case, batch.as_of)
        batch.status[i] = case.state[STATUS]
        batch.failed[i] = case.state[FAILED]
        batch.line_count[i] = case.state[LINES]
        batch.row_count[i] = count
        if case.state[STATUS] != OK:
            continue
        batch.days[i] = days
        batch.late[i] = late
        batch.pool[i] = case.state[POOL]
        batch.run_up[i] = case.state[TOTAL]
        most = batch.first[i + 1] - batch.first[i]
        if len(batch.charge_first):
            most += batch.charge_first[i + 1] - batch.charge_first[i]
        numbers = (ROW_COLUMNS + CELL_COLUMNS * width) * most
        batch.cause_number[i] = -1
        if cause >= 0:
            batch.cause_number[i] = abs(work[numbers + cause])
            batch.cause_due[i] = named_day(batch, i, work[numbers + cause], work[numbers + most + cause])
            batch.cause_short[i] = short_of(case, cause)
        add_up(batch, i, case, count)
        if len(batch.row_first):
            rows_out(batch, i, case, count, work, numbers, numbers + most)
        if len(batch.op_left):
            for o in range(len(case.ops.left)):
                batch.op_left[batch.op_first[i] + o] = case.ops.left[o]


def run_batch(at: int, low: int, high: int, header: Any, header_at: int, work: Any, work_at: int) -> None:
    """`run` the Batch whose header lies at address ``at``."""
    run(batch_at(at), low, high, header, header_at, work, work_at)


def survey_rows(
    place: Read, due: Read, number: Read, principal: Read, interest: Read, first: Any,
    lent: Any, charges: Any, odd: Any,
) -> int:  # fmt: skip
    """Look over instalments once: where each contract begins, its sums, and whether one of them is odd.

    ``place`` numbers the contract of each row. Returns 0 where the rows do not stand in the order of
    contracts, due days and rising numbers: then nothing was found.
    """
    prior = -1
    for r in range(len(place)):
        c = place[r]
        if c == prior:
            if due[r] < due[r - 1] or number[r] <= number[r - 1]:
                return 0
        elif c < prior:
            return 0
        prior = c
        first[c + 1] += 1
        lent[c] += principal[r]
        charges[c] += interest[r]
        if number[r] < 1 or principal[r] < 0 or interest[r] < 0:
            odd[c] = 1
    for c in range(len(lent)):
        first[c + 1] += first[c]
    return 1


def survey_payments(
    place: Read, day: Read, amount: Read, signed: Read, today: int, first: Any, odd: Any, ties: Any
) -> int:
    """Look over payments once: where each contract begins, and whether one of them is odd.

    Returns how many share contract and day with the one before; ``ties`` are their rows. -1 where
    one is after ``today``, or they do not stand in the order of contracts and days.
    """
    prior, tied = -1, 0
    for r in range(len(place)):
        c = place[r]
        if c < prior or day[r] > today:
            return -1
        if c == prior:
            if day[r] < day[r - 1]:
                return -1
            if day[r] == day[r - 1]:
                ties[tied] = r
                tied += 1
        prior = c
        first[c + 1] += 1
        if amount[r] <= 0 or day[r] < signed[c]:
            odd[c] = 1
    for c in range(len(odd)):
        first[c + 1] += first[c]
    return tied
