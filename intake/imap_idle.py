"""IMAP IDLE (RFC 2177) as a wake-up. What it says is never trusted: it only ends a waiting."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from imapclient import IMAPClient

# So often it is asked whether the service ends.
SLICE: Final = 1.0
# RFC 2177 allows 29 minutes; routers forget a silent connection earlier (reliability.md 4.1).
LONGEST: Final = 9 * 60.0
_SHORTEST: Final = 0.05


def wait_for_mail(client: IMAPClient, seconds: float, ended: Callable[[], bool]) -> bool:
    """Wait until mail came (True), or for `seconds`, at most nine minutes, or until `ended`.

    After `ended` the connection is still in IDLE: hang up. imaplib.IMAP4.abort: the link is dead.
    """
    seconds = min(seconds, LONGEST)
    # Twice: some servers tell of mail that came just before an IDLE only when that IDLE ends.
    for part in (min(seconds, SLICE), seconds - SLICE):
        if part > 0 and _idle(client, part, ended):
            return True
        if ended():
            return False
    return False


def _idle(client: IMAPClient, seconds: float, ended: Callable[[], bool]) -> bool:
    client.idle()
    deadline = time.monotonic() + seconds
    told = _behind_the_plus(client)
    while not any(_ends_it(one) for one in told) and (left := deadline - time.monotonic()) > 0:
        if ended():
            return False
        patience = max(_SHORTEST, min(SLICE, left))
        began = time.monotonic()
        told = client.idle_check(timeout=patience)
        # deps.md 1: on a dead link idle_check answers [] at once, for ever.
        if not told and time.monotonic() - began < patience / 2:
            told = [(b"BYE", b"")]
    _, more = client.idle_done()  # raises on a dead link, or when the server said BYE
    if any(one[:1] == (b"BYE",) for one in told):
        raise imaplib.IMAP4.abort("the server hung up while it was waited for mail")
    return any(_tells_of_mail(one) for one in (*told, *more))


def _behind_the_plus(client: IMAPClient) -> list[Any]:
    """What came in one packet with the answer to IDLE: read already, no poll would tell of it."""
    client._poll_socket = lambda *_: True
    try:
        found: list[Any] = client.idle_check(timeout=0)
        return found
    finally:
        del client._poll_socket


def _ends_it(one: Sequence[Any]) -> bool:
    return _tells_of_mail(one) or one[:1] == (b"BYE",)


def forget_told(client: IMAPClient) -> bool:
    """Whether the server told of mail behind the answers of other commands; IDLE would not again.

    imapclient keeps what nobody asked for in the lists of imaplib.
    """
    return bool(client._imap.untagged_responses.pop("EXISTS", None))


def _tells_of_mail(one: Sequence[Any]) -> bool:
    return len(one) > 1 and one[1] == b"EXISTS"
