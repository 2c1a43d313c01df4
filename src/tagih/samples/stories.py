"""The curiosities that every portfolio has, each told on one contract.

A story changes what its contract's habit made: a payment taken back, a debt written off. The
contracts' numbers stand in the README of the book.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from attrs import evolve

from tagih.contracts import Instalment
from tagih.dates import add_months
from tagih.samples.account import Happening
from tagih.samples.habits import opening_day
from tagih.samples.loans import END, EXPORTED, Loan, payment

Story = Callable[[Loan, Sequence[Loan]], None]


def _some_payment(loan: Loan) -> Happening:
    """A payment of the second half of the loan's life, before the export."""
    known = [each for each in loan.payments if each.day < EXPORTED - timedelta(30)]
    return known[len(known) * 2 // 3]


def _take_back(loan: Loan, target: Happening, days: int, note: str) -> Happening:
    day = target.day + timedelta(days)
    reversal = Happening("reversal", day, target.amount, target.channel, day, target=target, note=note)
    loan.happenings.append(reversal)
    return reversal


def wrong_contract(loan: Loan, others: Sequence[Loan]) -> None:
    """A payment posted to another contract, taken back two days later and posted rightly."""
    paid = _some_payment(loan)
    other = next(
        each for each in others if each.branch == loan.branch and each is not loan and each.status == ""
    )
    wrong = Happening("payment", paid.day, paid.amount, paid.channel, paid.day, paid.collector)
    other.happenings.append(wrong)
    _take_back(other, wrong, 2, f"Salah posting, milik {loan.id}")
    paid.posted = paid.day + timedelta(2)
    paid.note = f"Koreksi salah posting dari {other.id}"


def double_virtual_account(loan: Loan, others: Sequence[Loan]) -> None:
    """One transfer to the virtual account, posted twice; the second taken back the next day."""
    paid = _some_payment(loan)
    paid.channel, paid.posted, paid.collector = "VA", paid.day, ""
    again = Happening("payment", paid.day, paid.amount, "VA", paid.day)
    loan.happenings.append(again)
    _take_back(loan, again, 1, "Posting ganda VA")


def bounced_giro(loan: Loan, others: Sequence[Loan]) -> None:
    """A giro that bounces after three days, with a fee; paid by virtual account three days later."""
    paid = _some_payment(loan)
    paid.channel, paid.posted, paid.collector, paid.note = "GIRO", paid.day, "", "Giro"
    reversal = _take_back(loan, paid, 3, "Giro ditolak, dana tidak cukup")
    fee = Happening("charge", reversal.day, 100_000, component="fee:tolakan_giro", note="Biaya tolakan giro")
    loan.happenings.append(fee)
    day = reversal.day + timedelta(3)
    then = loan.account(day)
    loan.happenings.append(payment(loan, day, then.asked(1) + then.late + fee.amount, "VA"))


def paid_off_early(loan: Loan, others: Sequence[Loan]) -> None:
    """Settled before time: the interest not yet due is given up, a share of the principal is charged.

    A murabahah has no such charge: what is given up is the seller's discount (muqasah).
    """
    day = opening_day(date(2026, 4, 6) + timedelta(loan.chance.between(0, 150)))
    loan.happenings = [each for each in loan.happenings if each.day < day]
    before = loan.account(day)
    coming = [row for row in before.rows if row.due_on > day]
    fee = sum(row.principal for row in coming) * loan.product.get("payoff_percent", 5) // 100
    given_up = loan.product.get("payoff_discount", "Bunga yang belum jatuh tempo")
    numbers = " ".join(str(row.number) for row in coming)
    amount = (
        before.principal
        + before.interest
        - sum(row.interest for row in coming)
        + before.late
        + fee
        - before.held
    )
    if fee:
        name = "fee:pelunasan_dipercepat"
        loan.happenings.append(
            Happening("charge", day, fee, component=name, note="Biaya pelunasan dipercepat")
        )
    loan.happenings += [
        Happening("waiver", day, component="interest", instalments=numbers, note=given_up),
        Happening(
            "payment", day, amount, "KASIR", day, payment_kind="settlement", note="Pelunasan dipercepat"
        ),
        Happening("acceleration", day, note="Pelunasan dipercepat"),
    ]
    loan.status = "LUNAS"


def written_off(loan: Loan, others: Sequence[Loan]) -> None:
    """Written off on 30 June 2026 (hapus buku); small recoveries afterwards."""
    day = date(2026, 6, 30)
    loan.happenings = [each for each in loan.happenings if each.day < day]
    loan.happenings.append(Happening("write_off", day, note="Hapus buku, SK Direksi 06/2026"))
    for later, amount in (
        (date(2026, 8, 12), 300_000),
        (date(2026, 9, 28), 250_000),
        (date(2026, 11, 6), 200_000),
    ):
        if loan.chance.percent(70):
            loan.happenings.append(payment(loan, later, amount, "KOLEKTOR", "Pembayaran setelah hapus buku"))
    loan.status = "WO"


def repossessed(loan: Loan, others: Sequence[Loan]) -> None:
    """The vehicle was handed over; it is not sold yet, the debt stands."""
    loan.happenings = [each for each in loan.happenings if each.day <= EXPORTED - timedelta(60)]
    loan.status = "TARIK"


def restructured(loan: Loan, others: Sequence[Loan]) -> None:
    """After three missed instalments: late charges waived, overdue interest capitalised, six months more."""
    day = opening_day(loan.stops_before + timedelta(75))
    loan.happenings = [each for each in loan.happenings if each.day < loan.stops_before]
    then = loan.account(day)
    overdue = sum(row.interest for row in then.rows if row.due_on <= day)
    months = sum(row.due_on > day for row in then.rows) + 6
    rows = _new_rows(loan, then.principal + overdue, months, add_months(day, 1))
    loan.happenings.append(
        Happening(
            "restructure",
            day,
            waived=f"late_charge={then.late}",
            capitalised=f"interest={overdue}",
            rows=rows,
            note="Addendum penjadwalan kembali",
        )
    )
    for row in rows:
        paid_on = row.due_on - timedelta(loan.chance.between(0, 2))
        if paid_on <= END:
            loan.happenings.append(
                payment(loan, paid_on, int(row.total), next(iter(loan.product["channels"])))
            )
    loan.status = "RESTRUK"


def _new_rows(loan: Loan, principal: int, months: int, first: date) -> tuple[Instalment, ...]:
    """The new instalments, on the old terms and numbered on after the old ones."""
    method = loan.terms.method if loan.terms.method in ("flat", "annuity") else "flat"
    terms = evolve(loan.terms, method=method, principal=principal, count=months, in_advance=False)
    number = len(loan.instalments)
    return tuple(evolve(row, number=row.number + number) for row in terms.instalments(first, 1))


def first_payment_default(loan: Loan, others: Sequence[Loan]) -> None:
    """Nothing came after the signing."""
    loan.happenings = [each for each in loan.happenings if each.day <= loan.signed_on]


STORIES: Final[Mapping[str, Story]] = {
    story.__name__: story
    for story in (
        wrong_contract,
        double_virtual_account,
        bounced_giro,
        paid_off_early,
        written_off,
        repossessed,
        restructured,
        first_payment_default,
    )
}
