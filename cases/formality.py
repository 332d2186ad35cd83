"""Whether a complaint is formal: the customer's own form or number is named in it (R-32)."""

from __future__ import annotations

import re

# A number or the word itself, but no part of another word ("SCARF", "18D").
_NAMED = re.compile(
    r"(?<![A-Za-z0-9])(8[ -]?D|SCAR|NCR|CAPA)(?![A-Za-z])"
    r"(?:[-_/ #:]*(?:no\.?|nr\.?)?[ :]*[0-9][\w/-]*)?",
    re.IGNORECASE,
)
_READ = 20_000  # characters: a form's name stands where people read


def formal_because(*texts: str) -> str | None:
    """The words that say so, such as "SCAR-0815" or "8D"; None: they are not there."""
    for text in texts:
        if found := _NAMED.search(text[:_READ]):
            return " ".join(found[0].split())
    return None
