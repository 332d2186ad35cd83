"""A mail from ourselves to ourselves: the one test that sees every link between the two servers."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import Final

from config.settings import Mailbox
from intake.mail import Mail
from mailer.addresses import plus
from mailer.carry import Carrier
from mailer.compose import Outgoing, compose
from service import journal
from service.wiring import Happening, Wiring
from storage import round_trips

SYNTHETIC: Final = "synthetic"
_MESSAGE_ID: Final = re.compile(r"<[a-z2-7]{26}\.round-trip@[^<>@\s]+>")
_TEXT: Final = "A mail of the service to itself. It looks whether mail still comes back.\n"


def send_due(w: Wiring, out: Carrier) -> int:
    """Send every mailbox its mail, once in an interval; return how many left."""
    minutes = w.settings.health.synthetic_minutes
    if not minutes:
        return 0
    slot = int(w.now().timestamp()) // (minutes * 60) * minutes * 60
    return sum(_send(w, out, box, slot) for box in w.settings.mailbox)


def _send(w: Wiring, out: Carrier, box: Mailbox, slot: int) -> bool:
    message_id, data, recipient = synthetic(box, w.chance.token(), w.now())
    with w.db.write() as tx:  # stored before it is done: what never leaves is missed as well
        if not round_trips.begin(tx, box.name, slot, message_id, w.now()):
            return False
    outcome = asyncio.run(out.carry(box.address, recipient, data))
    if outcome.state != "accepted":
        journal.warn("round_trip_not_sent", mailbox=box.name, state=outcome.state)
    return outcome.state == "accepted"


def synthetic(box: Mailbox, token: str, at: datetime) -> tuple[str, bytes, str]:
    """Message-ID, bytes and recipient of a mail to this mailbox; its token is in all of them."""
    recipient = plus(box.address, token) if box.plus_addressing else box.address
    message_id = f"<{token}.round-trip@{box.address.rpartition('@')[2]}>"
    mail = Outgoing(
        sender=("Amends", box.address),
        to=(("", recipient),),
        subject=f"Round trip {token}",
        message_id=message_id,
        date=at,
        text=_TEXT,
        html=f"<p>{_TEXT}</p></body>",
        language="en",
        automatic=True,
    )
    return message_id, compose(mail), recipient


def is_back(h: Happening, mail: Mail) -> bool:
    """Whether this is a mail of ours to ourselves; then its way is over. By its Message-ID, which
    nobody else can know; a header would be as easily forged as any."""
    found = mail.message_id or ""
    if not _MESSAGE_ID.fullmatch(found) or not round_trips.is_ours(h.book.tx, found):
        return False
    round_trips.is_back(h.book.tx, found, h.at)
    return True
