"""Mail addresses as they may stand in an envelope or a header."""

from __future__ import annotations

import re
import unicodedata

from cases.errors import BadInput

# RFC 5321 section 4.5.3.1: octets in a local part, a domain and a path.
LOCAL_LIMIT, DOMAIN_LIMIT, ADDRESS_LIMIT = 64, 253, 254
# RFC 5322 "specials" but the dot, and the quoted local part with them: nobody writes from
# "a b"@example.com, but forged headers do, and parsers disagree about them.
LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\"]+")
LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


def valid(address: str) -> bool:
    """Tell whether `address` is one plain address: no CR, LF, space or second @ can hide in it."""
    local, at, domain = address.rpartition("@")
    if not at or not address.isprintable() or not LOCAL.fullmatch(local):
        return False
    if not all(LABEL.fullmatch(label) for label in domain.split(".")):
        return False
    wired = _wire_domain(domain)
    return (
        len(local.encode()) <= LOCAL_LIMIT
        and len(wired) <= DOMAIN_LIMIT
        and len(local.encode()) + 1 + len(wired) <= ADDRESS_LIMIT
        and all(len(label) <= 63 for label in wired.split("."))
    )


def plus(address: str, token: str) -> str:
    """Return `address` with `token` in its local part, as in complaints+token@example.com."""
    local, _, domain = address.rpartition("@")
    marked = f"{local}+{token}@{domain}"
    if not valid(address) or not valid(marked):
        raise BadInput(
            f"{address!r} cannot carry a token of {len(token)} characters",
            mend="give the mailbox an address like complaints@example.com",
        )
    return marked


def wired(address: str) -> str:
    """Return `address` with an international domain in its ASCII form (RFC 5891)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{_wire_domain(domain)}"


def _wire_domain(domain: str) -> str:
    return ".".join(map(_wire_label, domain.split(".")))


def _wire_label(label: str) -> str:
    # Not the codec "idna": it follows RFC 3490 and turns ß into ss, which is another domain.
    if label.isascii():
        return label
    folded = unicodedata.normalize("NFKC", label).lower()
    return folded if folded.isascii() else "xn--" + folded.encode("punycode").decode("ascii")
