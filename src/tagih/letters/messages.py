"""The same contents as short text (WhatsApp, SMS) and as e-mail, plain and HTML.

The subject of an e-mail shows on a locked screen and in lists that others see, so it never
says that anything is late: it names the lender and that there is news about a contract.

>>> from tagih.letters.rendering import Renderer
>>> from tagih.letters.specimens import specimen
>>> sent = message(Renderer(), specimen("promise_message"))
>>> sent.subject
'PT Contoh Maju Pembiayaan: informasi kontrak ••••••0007'
>>> sent.text.splitlines()[0]
'Yth. Bapak Bagus Setiawan Nugroho,'
"""

from __future__ import annotations

from attrs import frozen

from tagih.errors import InputError
from tagih.letters.catalogue import Letter, kind_of
from tagih.letters.rendering import Renderer
from tagih.parties import mask


@frozen
class Message:
    """One message: a subject for e-mail, the text, and the text as HTML."""

    subject: str
    text: str
    html: str


def message(renderer: Renderer, letter: Letter) -> Message:
    """The messages of a letter of a ``…_message`` kind.

    Raises:
        InputError: If the kind is not a message, or its template fails.
    """
    if not kind_of(letter.kind).message:
        raise InputError(
            "message.kind", "{kind} is a letter, not a message; render it as one", kind=letter.kind
        )
    text = renderer.text(letter).strip() + "\n"
    about = "informasi kontrak" if letter.language == "id" else "about contract"
    subject = f"{letter.lender.name}: {about} {mask(letter.contract.id)}"
    paragraphs = [block.splitlines() for block in text.strip().split("\n\n")]
    html = renderer.text_of("messages/email.html", letter, subject=subject, paragraphs=paragraphs)
    return Message(subject, text, html)
