"""What a delivery status notification says of each recipient (RFC 3464). Pure.

Only the machine-readable part is read, as it stands in the bytes; reports in other forms say
nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Verdict = Literal["failed", "delayed", "arrived", "unknown"]

# A report is short; whatever hangs on it (the mail that came back) is not looked at.
_LOOKED_AT: Final = 256 * 1024
_MOST_RECIPIENTS: Final = 100
_VALUE: Final = 500
_PART: Final = re.compile(
    rb"^content-type:[ \t]*message/(?:global-)?delivery-status\b", re.IGNORECASE | re.MULTILINE
)
_FIELD: Final = re.compile(
    r"^(action|status|(?:final|original)-recipient|diagnostic-code)[ \t]*:[ \t]*"
    r"(.*(?:\n[ \t]+.*)*)",
    re.IGNORECASE | re.MULTILINE,
)
# RFC 3464 section 2.3.3; "expanded" and "relayed" have left our sight.
_ARRIVED: Final = frozenset({"delivered", "relayed", "expanded"})


@dataclass(frozen=True, slots=True)
class Reported:
    """One recipient of a report. `action` and `status` are "" when they are not told."""

    address: str
    action: str
    status: str
    words: str


def reported(raw: bytes) -> tuple[Reported, ...]:
    """The recipients of the report in `raw`, in order; none when it holds no such part."""
    found = _PART.search(raw, 0, _LOOKED_AT)
    if found is None:
        return ()
    text = raw[found.end() : found.end() + _LOOKED_AT].decode("utf-8", "replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    _, blank, body = lines.partition("\n\n")
    content = re.split(r"^--\S", body, maxsplit=1, flags=re.MULTILINE)[0] if blank else ""
    groups = re.split(r"\n[ \t]*\n", content)
    read = (_recipient(group) for group in groups)
    return tuple(one for one in read if one is not None)[:_MOST_RECIPIENTS]


def verdict(recipients: Iterable[Reported]) -> Verdict:
    """What became of a mail to one recipient; who was it passed on to may be several."""
    actions = {one.action or _by_class(one.status) for one in recipients}
    if "failed" in actions and not actions & _ARRIVED:
        return "failed"
    if "delayed" in actions and not actions & _ARRIVED:
        return "delayed"
    return "arrived" if actions & _ARRIVED else "unknown"


def _recipient(group: str) -> Reported | None:
    fields = {name.lower(): _line(value) for name, value in _FIELD.findall(group)}
    who = fields.get("final-recipient") or fields.get("original-recipient", "")
    if not who and "action" not in fields:
        return None  # the fields of the whole message
    action = fields.get("action", "").partition("(")[0].strip().lower()
    status = re.match(r"[245]\.\d{1,3}\.\d{1,3}", fields.get("status", ""))
    return Reported(
        address=who.partition(";")[2].strip().strip("<>").lower() or who.lower(),
        action=action,
        status=status[0] if status else "",
        words=fields.get("diagnostic-code", "").partition(";")[2].strip(),
    )


def _by_class(status: str) -> str:
    return {"5": "failed", "4": "delayed", "2": "delivered"}.get(status[:1], "")


def _line(value: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in value[:_VALUE])
    return " ".join(printable.split())
