"""Does the mail server take away what somebody else wrote in its name? (reliability.md 6 C)

A mail to ourselves carries a forged Authentication-Results field. What of it is in the mailbox says
whether the names in `mailbox.trusted_authserv_ids` may be believed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from config.settings import Mailbox
from intake.parse import read
from intake.sender.authentication import Trust, authenticate

_FIELD: Final = re.compile(rb"(?im)^authentication-results:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_NAME: Final = re.compile(rb"(?i)^authentication-results:\s*([a-z0-9][a-z0-9.-]*)\s*(?:\d+\s*)?;")


@dataclass(frozen=True, slots=True)
class Probed:
    """What was found out; with a mend it is a fault."""

    what: str
    mend: str = ""


def trust_of(box: Mailbox) -> Trust:
    """Whom this mailbox believes."""
    return Trust(
        frozenset(one.lower() for one in box.trusted_authserv_ids),
        frozenset(one.lower() for one in box.trusted_received_by),
    )


def forged(box: Mailbox, nonce: str) -> bytes:
    """A verdict that none of our servers has given, for each name that we believe.

    It says fail: where it is believed, nothing gets better by it.
    """
    verdict = f"dmarc=fail reason={nonce} header.from={box.address.rpartition('@')[2]}"
    names = box.trusted_authserv_ids
    return b"".join(f"Authentication-Results: {one}; {verdict}\r\n".encode() for one in names)


def judged(header: bytes, nonce: str, trust: Trust) -> Probed:
    """What the header of the probe says, as it lies in the mailbox. Pure."""
    fields = _FIELD.findall(header)
    ours = [one for one in fields if nonce.encode() not in one]
    if not trust.authserv_ids:
        names = sorted({found[1].decode() for one in ours if (found := _NAME.match(one))})
        told = f"the mail server writes as {', '.join(names)}" if names else "no field was written"
        return Probed(f"no Authentication-Results is believed; {told}")
    without = _FIELD.sub(lambda one: b"" if nonce.encode() in one[0] else one[0], header)
    honest = authenticate(read(without + b"\r\n"), trust)
    if len(ours) == len(fields):
        return Probed("the mail server removes forged Authentication-Results")
    if authenticate(read(header + b"\r\n"), trust) != honest:
        return Probed(
            "a forged Authentication-Results field is believed",
            "let the mail server remove such fields from what comes in, or empty "
            "mailbox.trusted_authserv_ids",
        )
    hosts = ", ".join(sorted(trust.received_by))
    return Probed(
        "a forged Authentication-Results field stays in the mail and is not believed, for it lies "
        f"below what {hosts} wrote; or this mail did not come in by it: send one from outside"
    )
