"""IMAP IDLE (RFC 2177) as a wake-up. What it says is never trusted: it only ends a waiting."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from imapclient import IMAPClient

# So often it is asked whether the service ends; who ends it also hangs up (`ImapMailbox.wake`).
# Not every second: twenty mailboxes that ask are half of what an idle service costs.
SLICE: Final = 15.0
# A link that died without a word looks like one on which no mail comes. So it is asked: begin and
# end of an IDLE are answered at once. RFC 2177 allows 29 minutes, and routers forget earlier.
RENEWED: Final = 30.0
ANSWERED: Final = 15.0
LONGEST: Final = 9 * 60.0
_FIRST: Final = 1.0
_SHORTEST: Final = 0.05


def wait_for_mail(client: IMAPClient, seconds: float, ended: Callable[[], bool]) -> bool:
    """Wait until mail came (True), or for `seconds`, at most nine minutes, or until `ended`.

    Asked every 30 s whether the link lives; 15 s without an answer mean that it is dead.

    After `ended` the connection is still in IDLE: hang up. imaplib.IMAP4.abort: the link is dead.
    """
    deadline = time.monotonic() + min(seconds, LONGEST)
    # First shortly: some servers tell of mail that came just before an IDLE only when that ends.
    most = _FIRST
    while (left := deadline - time.monotonic()) > 0 and not ended():
        if _idle(client, min(most, left), ended):
            return True
        most = RENEWED
    return False


def _idle(client: IMAPClient, seconds: float, ended: Callable[[], bool]) -> bool:
    _at_once(client, client.idle)
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
    if ended():
        return False
    # Raises on a dead link, or when the server said BYE.
    _, more = _at_once(client, client.idle_done)
    if any(one[:1] == (b"BYE",) for one in told):
        raise imaplib.IMAP4.abort("the server hung up while it was waited for mail")
    return any(_tells_of_mail(one) for one in (*told, *more))


def _at_once(client: IMAPClient, act: Callable[[], Any]) -> Any:
    """Wait for this answer no longer than a server takes that has nothing to look up."""
    link = client.socket()
    patience = link.gettimeout()
    link.settimeout(min(ANSWERED, patience or ANSWERED))
    answer = act()
    link.settimeout(patience)
    return answer


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
