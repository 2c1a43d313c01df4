"""Which tables a book has, and what their columns hold.

>>> TABLES["payments"].column("amount").kind, TABLES["instalments"].column("fee:asuransi").kind
('money', 'money')
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from tagih.contracts import KINDS

TERMS: Final = (
    "method",
    "monthly_rate",
    "annual_rate",
    "first_due",
    "in_advance",
    "unit",
    "rounding",
    "instalment",
    "total_interest",
    "balloon",
    "anchor_day",
)
"""What instalments are generated from, in contracts or in ``[rates]``."""

AGAINST: Final = (
    "days_past_due",
    "class",
    "bucket",
    "principal_balance",
    "outstanding",
    "arrears",
    "late_charge",
)
"""The lender's own figures that `tagih check --against` can compare."""


@frozen
class Column:
    """One column by our name: what its cells hold, and whether each must hold something.

    ``many`` lets several of the lender's columns make one of ours.
    """

    name: str
    kind: str = "text"
    required: bool = False
    many: bool = False


@frozen
class Table:
    """A table by our name.

    ``components`` lets it carry amounts under component names (``interest``, ``fee:asuransi``);
    ``extras`` says what becomes of columns that nothing names: ``tags``, ``facts`` or nothing.
    """

    name: str
    columns: tuple[Column, ...]
    components: tuple[str, ...] = ()
    extras: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name, or None if the table has no such column."""
        for column in self.columns:
            if column.name == name:
                return column
        kind, colon, _ = name.partition(":")
        if kind in self.components and (colon or kind in KINDS):
            return Column(name, "money")
        return None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a column may have."""
        return (*(column.name for column in self.columns), *self.components)


def _table(name: str, columns: str, components: str = "", extras: str = "") -> Table:
    """A table from ``name:kind`` words; ``*`` after the kind: required, ``+``: several columns."""
    made = []
    for word in columns.split():
        own, _, kind = word.partition(":")
        made.append(Column(own, kind.strip("*+") or "text", "*" in kind, "+" in kind))
    return Table(name, tuple(made), tuple(components.split()), extras)


_DUES = "principal interest fee"
_PARTS = "principal interest late_charge fee"
_WHEN = "sequence:count recorded_at:moment"

TABLES: Final = {
    table.name: table
    for table in (
        _table(
            "contracts",
            "id:id* debtor:id product currency signed_on:day agreed_amount:money principal:money tenor:count "
            "frequency maturity:day policies:words opening_on:day unapplied:money principal_balance:money "
            "method monthly_rate:rate annual_rate:rate first_due:day in_advance:yes unit:money rounding "
            "instalment:money total_interest:money balloon:money anchor_day:count",
            extras="tags",
        ),
        _table(
            "instalments",
            "contract:id* number:count* due_on:day* payable_on:day total:money",
            _DUES,
        ),
        _table(
            "opening",
            "contract:id* instalment:count component:component outstanding:money",
            _PARTS,
        ),
        _table(
            "payments",
            f"id:id*+ contract:id* effective_on:day* amount:money* kind channel reference payer {_WHEN} "
            "instalment:count reverses:id",
            _PARTS,
        ),
        _table(
            "events",
            "id:id* contract:id* kind:event* effective_on:day* amount:money target:id component:components "
            "instalment:counts due_on:day until:day of:pauses arrangement waived:amounts capitalised:amounts "
            f"kept:components reason channel reference payer {_WHEN}",
        ),
        _table("new_instalments", "event:id* number:count* due_on:day* payable_on:day total:money", _DUES),
        _table(
            "debtors",
            "id:id* name:text* salutation:salutation address:text+ city postal_code:id province "
            "domicile:text+ domicile_city domicile_postal_code:id domicile_province phone:id email "
            "national_id:id time_zone route guarantor",
            extras="tags",
        ),
        _table("collateral", "contract:id* kind:text*", extras="facts"),
        _table(
            "letters",
            "contract:id* kind:text* issued_on:day* number sent_on:day delivered_on:day route result",
        ),
        _table("holds", "contract:id* kind:hold* from_day:day* until:day amount:money note"),
        _table("promises", "id:id* contract:id* made_on:day* due_on:day* amount:money* channel note"),
        _table(
            "arrangements",
            "id:id* contract:id* agreed_on:day* number:count* due_on:day* amount:money* kind",
        ),
        _table(
            "contacts",
            "id:id* contract:id debtor:id at:moment* channel:text* party address purpose consent by "
            "result note",
        ),
        _table("assignments", "contract:id* collector:id* from_day:day* until:day"),
    )
}
"""Every table of a book, in the order it is read."""

WRITE: Final = {
    "id": "an identifier",
    "text": "a text",
    "money": "an amount",
    "rate": "a rate, like 0.02 or 2%",
    "count": "a whole number",
    "counts": "whole numbers",
    "day": "a date, YYYY-MM-DD",
    "moment": "a timestamp, YYYY-MM-DD HH:MM:SS",
}
"""What a person should write in a cell of each kind."""

FAMILIAR: Final = {
    "id": "NO_KONTRAK NOMOR_KONTRAK KONTRAK CONTRACT_NO NO_REKENING NO_KUITANSI NO_KONSUMEN ID",
    "contract": "NO_KONTRAK NOMOR_KONTRAK KONTRAK CONTRACT_NO NO_REKENING NOREK AGREEMENT_NO",
    "debtor": "NO_KONSUMEN ID_KONSUMEN CIF NO_CIF ID_NASABAH NO_ANGGOTA CUSTOMER_ID",
    "name": "NAMA NAMA_KONSUMEN NAMA_DEBITUR NAMA_NASABAH NAMA_ANGGOTA CUSTOMER_NAME",
    "number": "ANGSURAN_KE ANGS_KE KE INST_NO",
    "instalment": "ANGSURAN_KE ANGS_KE KE INST_NO",
    "due_on": "TGL_JT TGL_JATUH_TEMPO JATUH_TEMPO JATUHTEMPO DUE_DATE",
    "effective_on": "TGL_BAYAR TANGGAL_BAYAR TGL_TRANSAKSI TGL_VALUTA PAYMENT_DATE",
    "recorded_at": "TGL_POSTING TGL_INPUT POSTING_DATE",
    "amount": "JML_BAYAR JUMLAH_BAYAR JUMLAH NOMINAL AMOUNT",
    "principal": "POKOK PLAFOND POKOK_HUTANG PRINCIPAL",
    "interest": "BUNGA MARGIN JASA INTEREST",
}
"""Columns often met in exports: only ever suggested, never assumed."""
