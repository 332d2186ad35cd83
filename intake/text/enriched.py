"""text/enriched (RFC 1896) and text/richtext (RFC 1341) without their marks."""

from __future__ import annotations

import re
from typing import Final

_MARK: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]{0,60})>")
_PARAMETER: Final = re.compile(r"<param>[^<]*</param>", re.IGNORECASE)
_COMMENT: Final = re.compile(r"<comment>[^<]*</comment>", re.IGNORECASE)
_LINES: Final = re.compile(r"\n+")
_SIGNS: Final = {"lt": "<", "nl": "\n", "np": "\n", "paragraph": "\n"}


def to_text(words: str) -> str:
    """RFC 1896: one line break is a space, each further one is a line break; "<<" is "<"."""
    words = _PARAMETER.sub("", words.strip("\n"))
    pieces = (_MARK.sub("", piece) for piece in words.split("<<"))
    return _LINES.sub(_breaks, "<".join(pieces))


def _breaks(found: re.Match[str]) -> str:
    return "\n" * (len(found[0]) - 1) or " "


def richtext_to_text(words: str) -> str:
    """RFC 1341 7.1.3: line breaks are spaces, `<nl>` is a line break and `<lt>` is "<"."""
    words = _COMMENT.sub("", words.strip("\n")).replace("\n", " ")
    return _MARK.sub(lambda found: _SIGNS.get(found[2].lower(), "") if not found[1] else "", words)
