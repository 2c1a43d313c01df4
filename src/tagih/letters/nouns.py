"""Which word a lender of each type uses for debtor, interest, agreement and late charge.

>>> nouns("koperasi").debtor, nouns("koperasi").interest, nouns("pindar").debtor
('anggota', 'jasa', 'Penerima Dana')
"""

from __future__ import annotations

from typing import Final

from attrs import evolve, frozen

from tagih.contracts import Component, LenderType

# Late charges in sharia contracts have names of their own: elucidation of POJK 22/2023 art. 60.
LATE_NAMES: Final = {"tazir": "ta'zir", "ta'zir": "ta'zir", "tawidh": "ta'widh", "ta'widh": "ta'widh"}


@frozen
class Nouns:
    """The words of one lender type, as used inside a sentence (lower case unless a title)."""

    debtor: str
    agreement: str
    facility: str
    interest: str = "bunga"
    principal: str = "pokok"
    late_charge: str = "denda"
    fee: str = "biaya"
    instalment: str = "angsuran"
    rate: str = "suku bunga"

    def of(self, component: Component) -> str:
        """The word for a component, with its own name where it has one.

        >>> nouns("mf").of(Component("fee", "asuransi"))
        'biaya asuransi'
        >>> nouns("mf-syariah").of(Component("late_charge", "tazir"))
        "ta'zir"
        """
        if component.kind == "late_charge" and component.name:
            return LATE_NAMES.get(component.name, f"{self.late_charge} {component.name}")
        word = str(getattr(self, component.kind))
        return f"{word} {component.name}" if component.name else word

    def late(self, name: str) -> str:
        """The word for a late charge of that name."""
        return self.of(Component("late_charge", name))


NOUNS: Final[dict[str, Nouns]] = {
    "bank": Nouns("debitur", "Perjanjian Kredit", "kredit"),
    "bpr": Nouns("debitur", "Perjanjian Kredit", "kredit"),
    "mf": Nouns("konsumen", "Perjanjian Pembiayaan", "pembiayaan"),
    "pindar": Nouns("Penerima Dana", "Perjanjian Pendanaan", "pendanaan", rate="manfaat ekonomi"),
    "koperasi": Nouns("anggota", "Perjanjian Pinjaman", "pinjaman", interest="jasa", rate="tingkat jasa"),
    "mf-syariah": Nouns("nasabah", "Akad Pembiayaan", "pembiayaan", interest="margin", rate="margin"),
    "lkm": Nouns("nasabah", "Perjanjian Pinjaman", "pinjaman"),
    "other": Nouns("debitur", "Perjanjian", "pinjaman"),
}

ENGLISH: Final = Nouns(
    "customer",
    "Agreement",
    "loan",
    interest="interest",
    principal="principal",
    late_charge="late charge",
    fee="fee",
    instalment="instalment",
    rate="rate",
)
ENGLISH_BY_TYPE: Final[dict[str, Nouns]] = {
    "mf": evolve(ENGLISH, agreement="Financing Agreement", facility="financing"),
    "mf-syariah": evolve(
        ENGLISH, agreement="Financing Agreement (Akad)", facility="financing", interest="margin"
    ),
    "pindar": evolve(ENGLISH, debtor="borrower", agreement="Funding Agreement"),
    "koperasi": evolve(
        ENGLISH, debtor="member", agreement="Loan Agreement", interest="service charge (jasa)"
    ),
    "bank": evolve(ENGLISH, agreement="Credit Agreement"),
    "bpr": evolve(ENGLISH, agreement="Credit Agreement"),
}


def nouns(lender_type: LenderType, language: str = "id") -> Nouns:
    """The words for a lender type, in Indonesian (``id``) or English (``en``)."""
    if language == "en":
        return ENGLISH_BY_TYPE.get(lender_type, ENGLISH)
    return NOUNS[lender_type]
