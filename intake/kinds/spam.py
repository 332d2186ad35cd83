"""What the company's own filter thinks of a mail. A mark costs a mail its automatic answer, never
its case: what a filter takes for junk may be a complaint, and a person sees it (R-20)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from intake.mail import Mail
from intake.sender.authentication_results import Malformed
from intake.sender.border import above_the_border

_YES: Final = re.compile(r"\s*(?:yes|true|spam\b(?!\s*[:=]\s*no))", re.IGNORECASE)
_STARS: Final = re.compile(r"\s*[*x+]{5}", re.IGNORECASE)
_ACTION: Final = re.compile(r"\s*(?:reject|add header|rewrite subject|quarantine)", re.IGNORECASE)
_RSPAMD: Final = re.compile(r"\s*\S{1,40}:\s*true\b", re.IGNORECASE)
_SCL: Final = re.compile(r"\s*[5-9]\s*$")  # Exchange: -1 trusted, 0 to 1 fine, from 5 on junk
_FOREFRONT: Final = re.compile(
    r"(?:^|;)\s*(?:SFV:(?:SPM|SKB)|CAT:(?:H?SPM|H?PHSH|MALW|SPOOF)|SCL:[5-9])\s*(?:;|$)",
    re.IGNORECASE,
)
_PROOFPOINT: Final = re.compile(r"rule=(?:\w{0,20}_)?(?:definite)?spam\b", re.IGNORECASE)

_Saying = Callable[[str], object]
_FIELDS: Final[dict[str, _Saying]] = {
    "x-spam-flag": _YES.match,
    "x-spam-status": _YES.match,
    "x-spam": _YES.match,
    "x-spam-action": _ACTION.match,
    "x-rspamd-action": _ACTION.match,
    "x-spamd-result": _RSPAMD.match,
    "x-suspected-spam": _YES.match,
    "x-antispam": _YES.match,
    "x-barracuda-spam-flag": _YES.match,
    "x-mailscanner-spamcheck": _YES.match,
    "x-klms-antispam-status": _YES.match,
    "x-proofpoint-spam-details": _PROOFPOINT.search,
    "x-ms-exchange-organization-scl": _SCL.match,
    "x-forefront-antispam-report": _FOREFRONT.search,
}
_LEVEL: Final = "x-spam-level"  # counts only where no field has judged it
FIELDS: Final = frozenset({*_FIELDS, _LEVEL})
# Exchange takes these out of mail from outside, and writes them below everything else.
_OURS_ANYWHERE: Final = frozenset({"x-ms-exchange-organization-scl"})
WHY: Final = "the company's filter takes it for spam"


def marked(mail: Mail, border: frozenset[str]) -> bool:
    """Whether our filter marked it. Where border hosts are named, only what they wrote counts."""
    said = list(_ours(mail, border))
    if any(_FIELDS[name](value) for name, value in said if name in _FIELDS):
        return True
    judged = any(name in ("x-spam-flag", "x-spam-status") for name, _ in said)
    return not judged and any(name == _LEVEL and _STARS.match(value) for name, value in said)


def _ours(mail: Mail, border: frozenset[str]) -> Iterator[tuple[str, str]]:
    marks = [(name, value) for name, value in mail.trace if name in FIELDS]
    if not border or not marks:
        yield from marks
        return
    yield from (mark for mark in marks if mark[0] in _OURS_ANYWHERE)
    try:
        yield from (mark for mark in above_the_border(mail.trace, border) if mark[0] in FIELDS)
    except Malformed:
        return
