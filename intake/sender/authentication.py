"""What our own mail server found out about the sender, and nothing that anybody else claims.

An Authentication-Results field counts only if it has a name that we trust, stands above the first
Received field of our border host, can be read without doubt and does not contradict another one
(reliability.md 6 C; RFC 8601 sections 5 and 7.1). Everything else is ignored.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from intake.mail import Mail
from intake.sender.authentication_results import (
    Malformed,
    Result,
    Verdict,
    read_field,
    writer_of,
)
from intake.sender.border import MET, above_the_border

METHODS: Final = ("spf", "dkim", "dmarc")


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a mailbox believes: names in Authentication-Results, hosts in Received. Lower-case."""

    authserv_ids: frozenset[str] = frozenset()
    received_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Authentication:
    """One verdict a method, and why. `doubtful`: a field of our own server is unclear."""

    spf: Verdict = "none"
    dkim: Verdict = "none"
    dmarc: Verdict = "none"
    reason: str = "no server is trusted"
    doubtful: bool = False

    @property
    def passed(self) -> bool:
        """The domain of the sender stands for this mail."""
        return self.dmarc == "pass" and not self.doubtful

    @property
    def failed(self) -> bool:
        """The domain of the sender disowns this mail, or somebody tried to blur the verdict."""
        return self.dmarc == "fail" or self.doubtful

    def told(self) -> str:
        """The verdict in a few words."""
        return "DMARC failed" if self.dmarc == "fail" else self.reason

    def row(self) -> dict[str, str | bool]:
        """As it is stored with the message."""
        return asdict(self)


UNKNOWN: Final = Authentication()


def authenticate(mail: Mail, trust: Trust) -> Authentication:
    """The verdicts of our own server on this mail. Never raises; in doubt nothing has passed."""
    if not (trust.authserv_ids and trust.received_by):
        return UNKNOWN
    try:
        written = list(above_the_border(mail.trace, trust.received_by))
    except Malformed:
        return Authentication(reason="a Received field of our servers is unclear", doubtful=True)
    if MET not in written[-1:]:
        return Authentication(reason="not received by our border host")
    fields = [value for name, value in written if name == "authentication-results"]
    ours = [one for one in fields if writer_of(one) in trust.authserv_ids]
    if not ours:
        return Authentication(reason="no trusted field")
    try:
        results = [result for one in ours for result in read_field(one).results]
    except Malformed as error:
        return Authentication(reason=f"our server's field is unclear: {error}", doubtful=True)
    return _judged(results, mail.from_.address if mail.from_ else "")


def _judged(results: Sequence[Result], sender: str) -> Authentication:
    verdicts = {method: _verdict(method, results) for method in METHODS}
    dmarc = {one.verdict for one in results if one.method == "dmarc"}
    if len(dmarc) > 1:
        return Authentication(
            verdicts["spf"], verdicts["dkim"], "none", "two verdicts on dmarc", doubtful=True
        )
    if verdicts["dmarc"] == "pass":
        named = {one.properties.get("header.from") for one in results if one.method == "dmarc"}
        if named != {_wired(sender)}:
            reason = "dmarc passed for another domain than that of the sender"
            return Authentication(verdicts["spf"], verdicts["dkim"], "none", reason, doubtful=True)
    return Authentication(
        verdicts["spf"], verdicts["dkim"], verdicts["dmarc"], "as our server says"
    )


def _verdict(method: str, results: Sequence[Result]) -> Verdict:
    found = {one.verdict for one in results if one.method == method}
    return found.pop() if len(found) == 1 else "none"


def _wired(address: str) -> str:
    """The domain of an address in its ASCII form (RFC 5891)."""
    labels = address.rpartition("@")[2].lower().rstrip(".").split(".")
    return ".".join(
        one
        if one.isascii()
        else "xn--" + unicodedata.normalize("NFKC", one).lower().encode("punycode").decode("ascii")
        for one in labels
    )
