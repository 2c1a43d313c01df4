"""What a carrier takes along: a list of the letters of each route, and a slip for each recipient to sign.

Lists and slips are made anew from the letters of a run whenever it runs; they take no numbers of
their own and are not in the register. What came of a delivery is noted with `Register.add_evidence`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from tagih.letters.catalogue import DeliveryList, DeliverySlip, Paper, Reference, Stop
from tagih.letters.planning import Draft
from tagih.letters.register import Entry

UNROUTED = "-"
"""The route of letters whose debtor has neither a route nor a city."""


@frozen
class Round:
    """One route: its list, and the slips in the order of the list, one for each debtor."""

    route: str
    list: DeliveryList
    slips: tuple[DeliverySlip, ...]

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The list, then the slips."""
        return (self.list, *self.slips)


def postal_order(drafts: Mapping[str, Draft]) -> list[str]:
    """Contracts as a carrier walks: by postal code, city, street, name, and contract."""

    def where(id: str) -> tuple[str, str, tuple[str, ...], str, str]:
        debtor = drafts[id].debtor
        address = debtor.address
        return address.postal_code, address.city, address.lines, debtor.name, id

    return sorted(drafts, key=where)


def rounds(drafts: Mapping[str, Draft], entries: Mapping[str, Entry]) -> tuple[Round, ...]:
    """The rounds of the letters in ``entries``, by route; inside one, in postal order.

    The route is the debtor's, or else the city of the address. Letters to one debtor on one route
    are on one slip.
    """
    routes: dict[str, list[str]] = {}
    for id in postal_order({id: drafts[id] for id in entries}):
        debtor = drafts[id].debtor
        routes.setdefault(debtor.route or debtor.address.city or UNROUTED, []).append(id)
    return tuple(_round(route, routes[route], drafts, entries) for route in sorted(routes))


def _round(
    route: str, ids: Sequence[str], drafts: Mapping[str, Draft], entries: Mapping[str, Entry]
) -> Round:
    letters = {id: Reference(entries[id].number, entries[id].dated) for id in ids}
    first = drafts[ids[0]]
    listed = DeliveryList(
        lender=first.lender,
        number=f"DP/{route}/{first.dated.isoformat()}",
        dated=first.dated,
        route=route,
        stops=tuple(Stop(letters[id], drafts[id].debtor) for id in ids),
    )
    slips: dict[str, DeliverySlip] = {}
    for id in ids:
        draft = drafts[id]
        known = slips.get(draft.debtor.id)
        if known is not None:
            slips[draft.debtor.id] = evolve(known, letters=(*known.letters, letters[id]))
            continue
        slips[draft.debtor.id] = DeliverySlip(
            lender=draft.lender,
            number=f"TT/{letters[id].number}",
            dated=draft.dated,
            debtor=draft.debtor,
            contract=draft.contract,
            letters=(letters[id],),
        )
    return Round(route, listed, tuple(slips.values()))
