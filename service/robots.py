"""A machine that says nowhere that it is one gives itself away by saying the same thing again.

Ticket systems and auto-responders without any mark open a new thread for each letter of ours; the
words stay, but for a number or a date (reliability.md 4.3).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from service.arrived import Arrived
from service.wiring import Happening
from storage import messages

_WINDOW: Final = timedelta(hours=24)
_LOOKED_AT: Final = 20
# P8: two automatic letters a day to somebody who only repeats himself, and no third.
_ENOUGH: Final = 2
_CHANGES: Final = re.compile(r"[\W\d_]+|\b\w*\d\w*\b")
SAME_WORDS: Final = "the sender answers our letters with the same words"


def repeats_itself(h: Happening, arrived: Arrived) -> bool:
    """Whether this sender wrote the same, numbers aside, and had two automatic letters, in a day.

    A person who reports by a form gets two acknowledgments as well, and then a person's.
    """
    sender = arrived.mail.from_.address if arrived.mail.from_ else ""
    since = arrived.sighting.internal_date - _WINDOW
    words = _words(arrived.mail.subject, arrived.mail.new_text)
    lately = messages.of_sender(h.book.tx, sender, since, _LOOKED_AT)
    return (
        any(_words(*one) == words for one in lately)
        and messages.automatic_to(h.book.tx, sender, since) >= _ENOUGH
    )


def _words(subject: str, text: str) -> str:
    return _CHANGES.sub(" ", f"{subject}\n{text}".lower())
