"""Addresses as browsers write them: what the Host and Origin fields are compared with."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_USUAL: Final = {"http": ":80", "https": ":443"}


def origin(url: str) -> str:
    """Scheme, host and port in lower case, without the port that is usual (RFC 6454 section 6)."""
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{host(parts.netloc, parts.scheme)}"


def host(written: str, scheme: str) -> str:
    """A Host field in the same form."""
    return written.lower().removesuffix(_USUAL[scheme])


def is_secure(url: str) -> bool:
    """Whether browsers reach this address by TLS only."""
    return url.lower().startswith("https:")
