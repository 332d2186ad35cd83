"""Who sent a mail, as far as our own mail server can tell, and what an answer may repeat of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from intake.kinds import spam
from intake.sender.authentication import Trust, authenticate
from service.arrived import Arrived
from service.wiring import Wiring
from storage.records import Contact

# A fact of a letter that says nothing of what the mail said: no subject, no name (4.3).
REPEATS_NOTHING: Final = "repeats_nothing"


def authenticated(w: Wiring, arrived: Arrived) -> Arrived:
    """The mail with what our server found out. A disowned sender is not proven, whatever it says:
    the mail has no authority, joins nobody's case and gets no answer."""
    box = w.mailbox(arrived.sighting.mailbox)
    names = frozenset(one.lower() for one in box.trusted_authserv_ids)
    border = frozenset(one.lower() for one in box.trusted_received_by)
    found = authenticate(arrived.mail, Trust(names, border))
    junk = spam.marked(arrived.mail, border)
    mail = replace(arrived.mail, proven_sender=False) if found.failed else arrived.mail
    return replace(arrived, mail=mail, authentication=found, spam=junk)


def addressed(arrived: Arrived, contact: Contact) -> tuple[Contact, dict[str, Any]]:
    """To whom an acknowledgment is written, and its facts.

    Anybody can write in a stranger's name, and chooses the words that we would send him
    (reliability.md 4.3, backscatter). So a stranger gets our words alone.
    """
    return addressee(contact, passed=arrived.authentication.passed)


def addressee(contact: Contact, *, passed: bool) -> tuple[Contact, dict[str, Any]]:
    """The same for an earlier mail; `passed`: the sender's domain stood for it."""
    if contact.confirmed or passed:
        return contact, {}
    return replace(contact, name=""), {REPEATS_NOTHING: True}
