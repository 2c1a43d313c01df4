"""A small ledger in SQL: what every contract of a book owes on some days, from the book's files alone.

It is written apart from tagih, for tests: nothing of tagih is called, and the ledger reads nothing that
tagih made. DuckDB walks every contract from one day on which something happens to the next, all contracts
at once; Python only counts the turns.

Amounts are whole rupiah. A late charge runs by the day on what is unpaid of an instalment, counted
in ten-thousandths of a rupiah, and is rounded down at the end of the days that had one balance.
"""

from __future__ import annotations

import duckdb

INSTALMENT_FIRST = """case part when 'f' then 10000000 + place when 'l' then 20000000 + place
    else 2 * place + (part = 'p')::int end"""
"""The oldest instalment first, its interest before its principal; then fees, then late charges."""
INTEREST_FIRST = """place + case part when 'i' then 0 when 'p' then 10000000
    when 'f' then 20000000 else 30000000 end"""
"""All interest before all principal (KUHPerdata 1397); then fees, then late charges."""
AFTER_A_LOSS = "4 * place + case part when 'i' then 0 when 'p' then 1 when 'f' then 2 else 3 end"
"""What was written off comes back by instalment, the oldest first."""

NEEDED = {
    "contracts": "id, debtor, product, branch, signed_on, lent, frequency, matures_on, began",
    "instalments": "contract, number, due_on, principal, interest",
    "payments": "contract, id, day, amount",
    "undone": "contract, payment, day",
    "events": "id, contract, kind, day, amount, numbers",
    "new_rows": "event, contract, number, due_on, principal, interest",
    "opening": "contract, number, principal, interest, late",
    "held_before": "contract, amount",
    "promises": "id, contract, made_on, due_on, amount",
    "rates": "product, rate, fixed",
}
"""The views that a book must be brought to. ``began`` is the day of the cut-over, where there is one;
``rate`` is a late charge in ten-thousandths a day, ``fixed`` one in rupiah; ``undone`` are reversals."""


def ledger(db: duckdb.DuckDBPyConnection, asked: str, order: str, *, each_day: bool = False) -> None:
    """Fill the table ``shots``: a row for each instalment of each contract on each day of ``asked``.

    ``asked`` selects the days for (contract, day). A payment that was undone later still stands on
    the days before that: each contract is walked once for every number of reversals (a run).
    With ``each_day`` the late charge of every day is rounded down by itself.
    """
    db.execute(f"create table asked as {asked}")
    db.execute("""
        create table runs as
        select a.contract, a.day, count(u.payment) as run from asked a
        left join undone u on u.contract = a.contract and u.day <= a.day group by all""")
    db.execute("""
        create table state as
        select distinct run, contract, coalesce(h.amount, 0)::bigint as held, null::date as lost_since
        from runs left join held_before h using (contract)""")
    of_a_day = "rate * {open} // 10000 * 10000" if each_day else "rate * {open}"
    db.execute("create sequence ids")
    db.execute("""
        create table rows as
        with began as (select s.run, c.id as contract, coalesce(began, date '1900-01-01') as began,
                coalesce(r.rate, 0) as rate, coalesce(r.fixed, 0) as fixed
            from state s join contracts c on c.id = s.contract left join rates r using (product))
        select nextval('ids') as id, b.run, b.contract, i.number, b.rate, b.fixed,
            (i.due_on - date '1900-01-01')::bigint as place, i.due_on,
            (case when i.due_on > began then i.interest else coalesce(o.interest, 0) end)::bigint as i,
            (case when i.due_on > began then i.principal else coalesce(o.principal, 0) end)::bigint as p,
            0::bigint as f, coalesce(o.late, 0)::bigint as late, 0::bigint as running, began as counted,
            0::bigint as paid, 0::bigint as waived, 0::bigint as moved, 0::bigint as li, 0::bigint as lp,
            0::bigint as lf, 0::bigint as ll, 0::bigint as back, 0::bigint as lost_ever
        from began b join instalments i using (contract)
        left join opening o on o.contract = b.contract and o.number = i.number and i.due_on <= began""")
    db.execute("""
        create table turns as
        with taken_back as (
            select payment, row_number() over (partition by contract order by day, payment) as nth
            from undone),
        stood as (
            select s.run, p.contract, p.day, sum(p.amount)::bigint as came
            from state s join payments p using (contract) join contracts c on c.id = p.contract
            left join taken_back t on t.payment = p.id
            where (t.nth is null or t.nth > s.run) and (c.began is null or p.day > c.began) group by all),
        due as (select distinct run, contract, due_on as day from rows
            union select s.run, s.contract, n.due_on from state s join new_rows n using (contract)),
        happens as (
            select run, contract, day from due
            union select run, contract, day from stood
            union select s.run, e.contract, e.day from state s join events e using (contract)
            union select run, contract, day from runs),
        last as (select run, contract, max(day) as last from runs group by all)
        select h.*, row_number() over (partition by h.run, h.contract order by h.day) as turn,
            coalesce(came, 0) as came, r.run is not null as asked
        from happens h join last using (run, contract) join contracts c on c.id = h.contract
        left join stood using (run, contract, day) left join runs r using (run, contract, day)
        where h.day <= last and h.day >= coalesce(c.began, c.signed_on)""")
    db.execute("""
        create table shots as
        select null::date as day, contract, number, place, due_on, i, p, f, late as l, paid, waived, moved,
            lp, li + lp + lf + ll as lost, li + lp as lost_debt, back, lost_ever, 0::bigint as held,
            null::date as lost_since
        from rows limit 0""")
    special = dict(
        db.execute("""
            select t.turn, list(distinct e.kind) from turns t join events e using (contract, day) group by 1
        """).fetchall()
    )
    ((last_turn,),) = db.execute("select max(turn) from turns").fetchall()
    for turn in range(1, last_turn + 1):
        kinds = special.get(turn, [])
        db.execute(f"create or replace temp table now as from turns where turn = {turn}")
        db.execute("""
            create or replace temp table happened as
            select n.run, n.day, e.* exclude (day) from now n join events e using (contract, day)""")
        _run_up(db, of_a_day)
        if "charge" in kinds:
            db.execute("""
                insert into rows by name
                select nextval('ids') as id, run, contract, 0 as rate, 0 as fixed, day as due_on,
                    day - date '1900-01-01' as place, 0 as i, 0 as p, amount as f, 0 as late, 0 as running,
                    day as counted, 0 as paid, 0 as waived, 0 as moved, 0 as li, 0 as lp, 0 as lf, 0 as ll,
                    0 as back, 0 as lost_ever
                from happened where kind = 'charge'""")
        if "waiver" in kinds:  # of the interest of some instalments, by their numbers
            db.execute("""
                update rows r set waived = waived + i, i = 0, late = late + running // 10000, running = 0
                from happened h where h.kind = 'waiver' and (h.run, h.contract) = (r.run, r.contract)
                and list_contains(h.numbers, r.number)""")
        db.execute("""
            update state s set held = held + n.came from now n
            where n.came > 0 and (n.run, n.contract) = (s.run, s.contract)""")
        _settle(db, order)
        if "acceleration" in kinds:
            db.execute("""
                update rows r set due_on = least(r.due_on, h.day) from happened h
                where h.kind = 'acceleration' and (h.run, h.contract) = (r.run, r.contract)""")
            _settle(db, order)
        if "restructure" in kinds:
            _restructure(db)
        if "write_off" in kinds:
            _write_off(db)
        db.execute("""
            insert into shots
            select n.day, contract, number, place, due_on, i, p, f, late + running // 10000, paid, waived,
                moved, lp, li + lp + lf + ll, li + lp, back, lost_ever, s.held, s.lost_since
            from now n join rows r using (run, contract) join state s using (run, contract) where n.asked""")


def _run_up(db: duckdb.DuckDBPyConnection, of_a_day: str) -> None:
    """Late charges up to the day: the due date itself costs nothing."""
    db.execute(f"""
        update rows r set counted = n.day,
            running = running + case when i + p > 0 and n.day > due_on
                then (n.day - greatest(due_on, counted)) * ({of_a_day.format(open="(i + p)")} + fixed * 10000)
                else 0 end
        from now n where (n.run, n.contract) = (r.run, r.contract)""")


def _settle(db: duckdb.DuckDBPyConnection, order: str) -> None:
    """What is held settles what is due, in the order that was agreed; of a loss, it comes back."""
    db.execute(f"""
        create or replace temp table settled as
        with owed as (
            select r.id, n.run, n.contract, part, s.held, {AFTER_A_LOSS} as turn,
                case part when 'i' then li when 'p' then lp when 'f' then lf else ll end as owed
            from now n join state s using (run, contract) join rows r using (run, contract),
                (values ('i'), ('p'), ('f'), ('l')) parts (part)
            where s.held > 0 and s.lost_since is not null
            union all
            select r.id, n.run, n.contract, part, s.held, {order},
                case part when 'i' then i when 'p' then p when 'f' then f
                    else late + running // 10000 end
            from now n join state s using (run, contract) join rows r using (run, contract),
                (values ('i'), ('p'), ('f'), ('l')) parts (part)
            where s.held > 0 and s.lost_since is null and r.due_on <= n.day),
        placed as (
            select *, sum(owed) over (partition by run, contract order by turn, id) - owed as earlier
            from owed where owed > 0),
        taken as (
            select *, least(owed, greatest(0, held - earlier))::bigint as got from placed)
        select id, run, contract, sum(got) filter (part = 'i') as i, sum(got) filter (part = 'p') as p,
            sum(got) filter (part = 'f') as f, sum(got) filter (part = 'l') as l, sum(got) as got
        from taken where got > 0 group by all""")
    db.execute("""
        update state s set held = held - t.got
        from (select run, contract, sum(got) as got from settled group by all) t
        where (t.run, t.contract) = (s.run, s.contract)""")
    db.execute("""
        update rows r set
            li = li - coalesce(t.i, 0), lp = lp - coalesce(t.p, 0), lf = lf - coalesce(t.f, 0),
            ll = ll - coalesce(t.l, 0), back = back + coalesce(t.i, 0) + coalesce(t.p, 0)
        from settled t join state s using (run, contract)
        where t.id = r.id and s.lost_since is not null""")
    db.execute("""
        update rows r set
            i = r.i - coalesce(t.i, 0), p = r.p - coalesce(t.p, 0), f = r.f - coalesce(t.f, 0),
            late = late + case when t.i + t.p is not null or t.i is not null or t.p is not null
                then running // 10000 else 0 end - coalesce(t.l, 0),
            running = case when t.i is not null or t.p is not null then 0 else running end,
            paid = paid + coalesce(t.i, 0) + coalesce(t.p, 0)
        from settled t join state s using (run, contract)
        where t.id = r.id and s.lost_since is null""")


def _restructure(db: duckdb.DuckDBPyConnection) -> None:
    """What is open moves into the new instalments; late charges are given up in the books here."""
    db.execute("""
        update rows r set moved = moved + i + p, i = 0, p = 0, late = 0, running = 0 from happened h
        where h.kind = 'restructure' and (h.run, h.contract) = (r.run, r.contract)""")
    db.execute("""
        insert into rows by name
        select nextval('ids') as id, h.run, h.contract, w.number, coalesce(r.rate, 0) as rate,
            coalesce(r.fixed, 0) as fixed, w.due_on, w.due_on - date '1900-01-01' as place, w.interest as i,
            w.principal as p, 0 as f, 0 as late, 0 as running, h.day as counted, 0 as paid, 0 as waived,
            0 as moved, 0 as li, 0 as lp, 0 as lf, 0 as ll, 0 as back, 0 as lost_ever
        from happened h join new_rows w on w.event = h.id join contracts c on c.id = h.contract
        left join rates r using (product) where h.kind = 'restructure'""")


def _write_off(db: duckdb.DuckDBPyConnection) -> None:
    """Nothing is carried any more; days go on from the oldest day that was unpaid."""
    db.execute("""
        update state s set lost_since = t.since from (
            select h.run, h.contract, coalesce(min(r.due_on) filter (r.i + r.p > 0 and r.due_on < h.day),
                any_value(h.day)) as since
            from happened h join rows r using (run, contract) where h.kind = 'write_off' group by all) t
        where (t.run, t.contract) = (s.run, s.contract)""")
    db.execute("""
        update rows r set li = i, lp = p, lf = f, ll = late + running // 10000, lost_ever = i + p,
            i = 0, p = 0, f = 0, late = 0, running = 0
        from happened h where h.kind = 'write_off' and (h.run, h.contract) = (r.run, r.contract)""")


def segments_of(made):
    """What a pack says of each segment, at the opening and at the closing."""
    return {
        (row["segment_key"], row["value"]): [
            tuple(row[key + end] for key in ("contracts", "balance", "par30", "npl"))
            for end in ("_before", "")
        ]
        for row in made.table("segments").rows
    }
