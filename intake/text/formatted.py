"""The HTML part of a mail, as it was written, for those who want to see it formatted."""

from __future__ import annotations

from intake import body
from intake.mime import tree as mime


def html_part(raw: bytes) -> str | None:
    """The first HTML leaf that is not a file, decoded; None when there is none. Not cleaned."""
    for leaf in mime.parse(raw).leaves():
        if leaf.content_type == "text/html" and leaf.disposition != "attachment" and not leaf.name:
            return body.decoded(leaf, leaf.data(), [])[0]
    return None
