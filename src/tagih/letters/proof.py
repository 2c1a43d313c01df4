"""Is this letter genuine, and unaltered?

The QR code of a letter holds what matters on it (number, date, contract, amount, deadline, and a
digest of addressee and figures), signed with the lender's Ed25519 key. Anyone with the lender's
public key can check it without a network, and compare what was signed with what is printed.

The private key signs and stays with the lender; the public key is published. Whoever has the
private key can sign letters in the lender's name: keep it out of books, backups and mail, and
make a new one if it may have been seen (old letters are then checked with the old public key).

>>> private, public = new_key()
>>> from tagih.letters.specimens import specimen
>>> sealed = seal(specimen("sp1"), signer(private))
>>> verify(sealed.payload, public).number
'0123/SP1/COLL-JKT/XI/2026'
>>> verify(sealed.payload.replace("0123/SP1", "0124/SP1"), public)
Traceback (most recent call last):
    ...
tagih.errors.InputError: the code was not signed with this key, or was altered since
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote, unquote

from attrs import frozen

from tagih.errors import InputError, UnavailableError
from tagih.letters.catalogue import Letter, Verification

VERSION: Final = "TAGIH1"
DIGEST: Final = 24
"""Hexadecimal digits of the digest that are signed: 96 bits."""

Signer = Callable[[bytes], bytes]


@frozen
class Facts:
    """What a signature stands for: compare each with the paper. ``pay_by`` None: no deadline."""

    number: str
    dated: date
    contract: str
    amount: Decimal
    pay_by: date | None
    digest: str

    @property
    def signed(self) -> str:
        """The text that is signed."""
        parts = (
            VERSION,
            self.number,
            self.dated.isoformat(),
            self.contract,
            str(self.amount),
            self.pay_by.isoformat() if self.pay_by else "",
            self.digest,
        )
        return "|".join(quote(part, safe="/ ") for part in parts)


def facts(letter: Letter) -> Facts:
    """What the code of ``letter`` says."""
    figures = getattr(letter, "figures", None)
    return Facts(
        letter.number,
        letter.dated,
        letter.contract.id,
        figures.arrears.total if figures is not None else letter.amount,
        getattr(letter, "pay_by", None),
        digest(
            letter.debtor.name,
            letter.debtor.address.written,
            figures.to_dict() if figures is not None else {},
        ),
    )


def digest(name: str, address: tuple[str, ...], figures: dict[str, Any]) -> str:
    """A digest of who is addressed and of every figure attached."""
    text = json.dumps([name, list(address), figures], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST]


def seal(letter: Letter, sign: Signer) -> Verification:
    """The QR code's text and the short code of a letter."""
    signed = facts(letter).signed
    signature = base64.urlsafe_b64encode(sign(signed.encode())).decode().rstrip("=")
    payload = f"{signed}|{signature}"
    return Verification(short_code(payload), payload)


def short_code(payload: str) -> str:
    """Twelve letters and digits to read out, by which the lender finds the letter."""
    text = base64.b32encode(hashlib.sha256(payload.encode()).digest()).decode()[:12]
    return "-".join((text[:4], text[4:8], text[8:]))


def verify(payload: str, public: bytes) -> Facts:
    """What was signed, if it was signed with the private key of ``public`` (PEM).

    Raises:
        InputError: If the text is not a letter's code, or the signature does not hold.
        UnavailableError: If the extra ``sign`` is not installed.
    """
    text = payload.strip()
    found = _read(text)
    signed, _, signature = text.rpartition("|")
    crypto = _cryptography()
    key = _loaded(lambda: crypto["load_public"](public), crypto["Public"], "public")
    try:
        key.verify(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)), signed.encode())
    except (crypto["Invalid"], ValueError):
        raise InputError(
            "proof.signature",
            "the code was not signed with this key, or was altered since",
        ) from None
    return found


def _read(text: str) -> Facts:
    parts = text.split("|")
    try:
        version, number, dated, contract, amount, pay_by, digest, _ = map(unquote, parts)
        if version != VERSION:
            raise ValueError(version)
        until = date.fromisoformat(pay_by) if pay_by else None
        return Facts(number, date.fromisoformat(dated), contract, Decimal(amount), until, digest)
    except (ValueError, InvalidOperation):
        raise InputError(
            "proof.form",
            "'{start}' is not the code of a letter; scan the QR code and pass its whole text",
            start=text[:30],
        ) from None


# --- a letter as a file -------------------------------------------------------------------------


def attached(pdf: bytes) -> dict[str, Any]:
    """The figures and the code that travel inside a letter's PDF; empty if there are none."""
    for stream in _streams(pdf):
        if stream.startswith(b"{") and b'"payload"' in stream:
            try:
                found = json.loads(stream)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
    return {}


def verify_file(pdf: bytes, public: bytes) -> Facts:
    """What was signed of a letter in PDF, if its code is genuine and its figures are those signed.

    The page itself is compared by eye: what is printed on it must be what the facts say.

    Raises:
        InputError: If the PDF holds no code, the code is not genuine, or the figures were altered.
    """
    inside = attached(pdf)
    if not inside:
        raise InputError("proof.none", "the PDF holds no signed figures; scan its QR code instead")
    found = verify(str(inside.get("payload", "")), public)
    to = inside.get("to") or {}
    seen = digest(to.get("name", ""), tuple(to.get("address", ())), inside.get("figures") or {})
    if seen != found.digest or inside.get("number") != found.number:
        raise InputError(
            "proof.altered",
            "the figures in the PDF of letter {number} are not those that were signed",
            number=found.number,
        )
    return found


MOST: Final = 4_000_000
"""Bytes that one stream of a PDF may unpack to before it is passed over."""


def _streams(pdf: bytes) -> Iterator[bytes]:
    for match in re.finditer(rb"stream\r?\n", pdf):
        start = match.end()
        if pdf[start : start + 1] == b"{":
            end = pdf.find(b"endstream", start)
            yield pdf[start:end].rstrip()
            continue
        try:
            yield zlib.decompressobj().decompress(pdf[start:], MOST)
        except zlib.error:
            continue


# --- keys ---------------------------------------------------------------------------------------


def new_key() -> tuple[bytes, bytes]:
    """A new key pair as PEM: the private key (PKCS#8, not encrypted), and the public one.

    Raises:
        UnavailableError: If the extra ``sign`` is not installed.
    """
    crypto = _cryptography()
    private = crypto["Private"].generate()
    form, plain = crypto["Encoding"].PEM, crypto["NoEncryption"]()
    return (
        private.private_bytes(form, crypto["PrivateFormat"].PKCS8, plain),
        private.public_key().public_bytes(form, crypto["PublicFormat"].SubjectPublicKeyInfo),
    )


def signer(private: bytes) -> Signer:
    """A function that signs with a private key (PEM).

    Raises:
        InputError: If it is not an Ed25519 private key.
        UnavailableError: If the extra ``sign`` is not installed.
    """
    crypto = _cryptography()
    key = _loaded(lambda: crypto["load_private"](private, None), crypto["Private"], "private")
    sign: Signer = key.sign
    return sign


def _loaded(load: Callable[[], Any], kind: type, what: str) -> Any:
    try:
        key = load()
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, kind):
        raise InputError(
            "proof.key",
            "not an Ed25519 {what} key in PEM; `tagih letters key` makes a pair",
            what=what,
        )
    return key


def _cryptography() -> dict[str, Any]:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise UnavailableError(
            "files.extra",
            "{name} needs a package that is not installed; run: pip install 'tagih[{extra}]'",
            name="signing",
            extra="sign",
        ) from None
    return {
        "Invalid": InvalidSignature,
        "Private": ed25519.Ed25519PrivateKey,
        "Public": ed25519.Ed25519PublicKey,
        "load_private": serialization.load_pem_private_key,
        "load_public": serialization.load_pem_public_key,
        "Encoding": serialization.Encoding,
        "PrivateFormat": serialization.PrivateFormat,
        "PublicFormat": serialization.PublicFormat,
        "NoEncryption": serialization.NoEncryption,
    }
