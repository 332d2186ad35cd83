"""Which of our own letters a folder holds: the copy that the mail server keeps of what it took.

The one search by a value in this room: our own Message-IDs, made by this service, and only those
whose every character is harmless in a command (reliability.md 2.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from config.tokens import Proof
from intake.mailbox.door import Place, faults, hang_up, log_in, open_door, open_folder

_OURS = re.compile(r"<[A-Za-z0-9._+@/=-]{20,200}>")


def found_in(place: Place, proof: Proof, timeout: float, message_ids: Iterable[str]) -> set[str]:
    """Those of `message_ids` that a mail in the folder has. Raises a `MailboxFault`; an id that
    cannot be asked for is never found. `timeout`: seconds for each answer."""
    askable = [one for one in message_ids if _OURS.fullmatch(one)]
    if not askable:
        return set()
    client = open_door(place, timeout)
    try:
        log_in(client, place, proof)
        open_folder(client, place)
        with faults(place):
            return {one for one in askable if client.search(["HEADER", "Message-ID", one])}
    finally:
        hang_up(client)
