"""Who sent a mail, as far as our own mail server can tell, and what an answer may repeat of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from intake.authentication import Trust, authenticate
from service.arrived import Arrived
from service.wiring import Wiring
from storage.records import Contact

# A fact of a letter that says nothing of what the mail said: no subject, no name (4.3).
REPEATS_NOTHING: Final = "repeats_nothing"


def authenticated(w: Wiring, arrived: Arrived) -> Arrived:
    """The mail with what our server found out. A disowned sender is not proven, whatever it says:
    the mail has no authority, joins nobody's case and gets no answer."""
    box = w.mailbox(arrived.sighting.mailbox)
    found = authenticate(
        arrived.mail,
        Trust(
            frozenset(one.lower() for one in box.trusted_authserv_ids),
            frozenset(one.lower() for one in box.trusted_received_by),
        ),
    )
    mail = replace(arrived.mail, proven_sender=False) if found.failed else arrived.mail
    return replace(arrived, mail=mail, authentication=found)


def addressed(arrived: Arrived, contact: Contact) -> tuple[Contact, dict[str, Any]]:
    """To whom an acknowledgment is written, and its facts.

    Anybody can write in a stranger's name, and chooses the words that we would send him
    (reliability.md 4.3, backscatter). So a stranger gets our words alone.
    """
    if contact.confirmed or arrived.authentication.passed:
        return contact, {}
    return replace(contact, name=""), {REPEATS_NOTHING: True}
