"""A guard for the test process: no socket may leave this machine, and nobody is asked for a name.

Programs that a test starts are not watched; they get their addresses from the test.
"""

from __future__ import annotations

import ipaddress
import socket
import sys

outside: list[str] = []
"""What was tried, so that a test fails even when the code under test swallows the error."""

_SENDING = ("socket.connect", "socket.sendto", "socket.sendmsg")


class OutsideSocketError(RuntimeError):
    """A test tried to reach another machine. Not an OSError: no retry must take it for one."""


def install() -> None:
    """Watch this process until it ends (an audit hook cannot be taken back)."""
    sys.addaudithook(_watch)


def _watch(event: str, args: tuple[object, ...]) -> None:
    if event in _SENDING and not is_here(args[1]):
        outside.append(f"{event} {args[1]!r}")
        raise OutsideSocketError(f"{event} {args[1]!r}: tests stay on this machine")
    if event == "socket.getaddrinfo" and not _needs_no_question(args[0]):
        # What a machine without a network answers: a fault that the code must know how to bear.
        raise socket.gaierror(socket.EAI_NONAME, f"{args[0]!r}: tests ask nobody for names")
    if event == "socket.gethostbyaddr":
        # smtplib asks for the full name of this machine; without a network that takes 20 s.
        raise socket.herror(f"{args[0]!r}: tests ask nobody for names")


def is_here(address: object) -> bool:
    """Whether an address given to connect or sendto is on this machine."""
    if address is None or isinstance(address, str | bytes):
        return True  # a unix socket, or one that is connected already
    if not isinstance(address, tuple):
        return False
    host = str(address[0])
    return host == "localhost" or (_is_number(host) and ipaddress.ip_address(host).is_loopback)


def _needs_no_question(host: object) -> bool:
    if host is None:
        return True
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    return name in ("", "localhost", socket.gethostname()) or _is_number(name)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
