"""A policy as words of the kernel's header: the same for every contract under it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from attrs import evolve, frozen

from tagih.contracts import Component, Contract, Instalment
from tagih.ledger import kernel as k
from tagih.ledger.compile import KIND, caps_of, held_of, late_of, orders_of, resting_days
from tagih.policies.late_charge import Cap
from tagih.policies.policy import Policy
from tagih.policies.waterfall import Waterfall
from tagih.portfolio.native import COLUMNS, SLOTS

Words = np.ndarray[Any, np.dtype[np.int64]]
Size = Words | None


@frozen
class Compiled:
    """One policy for many contracts: its part of the header, and what each contract still decides.

    ``kinds`` numbers its waterfalls by payment kind, ``names`` the rule of each waterfall group.
    """

    policy: Policy
    words: Words
    kept: tuple[Words, ...]
    kinds: dict[str, int]
    names: tuple[str, ...]
    late: k.Late
    caps: tuple[Cap, ...]
    cap_names: tuple[str, ...]
    working: bool

    @property
    def waterfall(self) -> Waterfall | None:
        """The policy's waterfall."""
        return self.policy.waterfall

    def cap_amounts(self, lent: Words, agreed: Words, charges: Words) -> Words | None:
        """Each contract's caps in minor units; None where they are the same for all.

        ``agreed`` is -1 where it is not known; so is the cap then, and the contract not answered here.
        """
        if not any((cap.share is not None and cap.of in SIZES) or cap.on == "charges" for cap in self.caps):
            return None
        columns = []
        for n, cap in enumerate(self.caps):
            amount = np.full(len(lent), self.late.cap_amount[n])
            if cap.share is not None and cap.of in SIZES:
                size = lent if cap.of == "principal" else agreed
                num, den = Decimal(cap.share).as_integer_ratio()
                amount = size // den * num + size % den * num // den
            if cap.on == "charges":
                fixed = amount if cap.amount is None else np.full(len(lent), _minor(cap.amount))
                amount = np.maximum(fixed - charges, 0)
            columns.append(amount)
        return np.stack(columns, axis=1)

    @property
    def largest(self) -> int:
        """The largest sum lent whose late charge is computed exactly within 63 bits."""
        num = max(self.late.step_num, default=0)
        return ((1 << 62) // (num * LONGEST) - 1) * self.late.den if num else 1 << 62

    @property
    def needs_agreed(self) -> bool:
        """Whether a cap needs the agreed amount."""
        return any(cap.share is not None and cap.of == "agreed_amount" for cap in self.caps)


LONGEST = 40_000  # days, as the single path proves
SIZES = ("principal", "agreed_amount")


def _minor(amount: Decimal) -> int:
    from tagih.money import to_minor

    return to_minor(amount)


def compiled(
    policy: Policy,
    components: Sequence[Component],
    first_due: date,
    as_of: date,
    dated: Sequence[tuple[Cap, int, int, str]] | None = None,
) -> Compiled:
    """A policy as words; ``first_due`` is the first day that may count.

    ``dated`` are the caps that a contract is under (see `tagih.ledger.compile.caps_of`); by default the
    late charge's own, without the law's.

    Raises:
        PolicyError: If the policy cannot be worked with.
    """
    any_contract = Contract(
        "", [Instalment(1, min(first_due, as_of))], agreed_amount=Decimal(0), principal=Decimal(0)
    )
    dated = caps_of(any_contract, evolve(policy, caps=()), ()) if dated is None else dated
    late = late_of(any_contract, policy, components, 0, 0, dated)
    orders, kinds, names = orders_of(policy, components)
    resting = resting_days(any_contract, (), policy, as_of)
    parts = {
        "late": late,
        "orders": orders,
        "held": held_of(policy, components, (), resting),
        "kinds": [KIND[part.kind] for part in components],
    }
    slots, columns = SLOTS["Case"], COLUMNS["Case"]
    words, kept = np.zeros(slots[""], np.int64), []
    for path, slot in slots.items():
        root, _, name = path.partition(".")
        if root not in parts:
            continue
        value = getattr(parts[root], name) if name else parts[root]
        if path in columns:
            column = np.array([*value, 0], np.int64)  # an empty column has an address too
            kept.append(column)
            words[slot], words[slot + 1] = column.ctypes.data, len(column) - 1
        else:
            words[slot] = value
    return Compiled(
        policy,
        words,
        tuple(kept),
        kinds,
        names,
        late,
        tuple(cap for cap, _, _, _ in dated),
        tuple(name for _, _, _, name in dated),
        working=policy.arrears.days != "calendar",
    )


def tolerances(policy: Policy, *parts: Words) -> Words | None:
    """The shortfall on each instalment (minor units) that still counts as paid, rounded half to even.

    ``parts`` add up to the instalments; they are added only where a share of them is tolerated.
    """
    allowed = policy.arrears.tolerance
    if not (allowed.amount or allowed.share or allowed.floor):
        return None
    fixed = np.full(len(parts[0]), _minor(allowed.amount.quantize(Decimal("0.01"))))
    if not allowed.share:
        return fixed
    instalments: Words = np.sum(parts, axis=0)
    num, den = allowed.share.as_integer_ratio()
    rest = instalments % den * num
    share = instalments // den * num + rest // den
    twice = 2 * (rest % den)
    share += (twice > den) | ((twice == den) & (share % 2 == 1))
    found: Words = np.maximum(fixed, np.maximum(share, _minor(allowed.floor.quantize(Decimal("0.01")))))
    return found
