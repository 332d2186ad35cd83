"""The tree of a mail in which nothing is wrong, read in a third of the time.

The parser of the standard library looks at every line. Where heads are well formed and every
multipart has its lines, the places to cut can be searched for instead; the tree is the same then,
and a test compares both on all mails there are. Where anything is odd there is no answer here, and
the parser of the standard library says what.
"""

from __future__ import annotations

import re
from email import policy
from email.message import Message
from itertools import pairwise
from typing import Final

_HEAD: Final = re.compile(r"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*")
_FIELD: Final = re.compile(r"([!-9;-~]+):[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)\n")
_BLANK: Final = re.compile(r"\r?\n")
_BARE_CR: Final = re.compile(rb"\r(?!\n)")
_MARK_END: Final = re.compile(r"(--)?[ \t]*(?:\r?\n|\Z)")
_PLAIN_ENCODINGS: Final = frozenset({"", "7bit", "8bit", "binary"})
_DEEPEST: Final = 20
_MOST_PARTS: Final = 200


class _Odd(Exception):
    """Something is not as it should be."""


def parsed(raw: bytes, kind: type[Message]) -> Message | None:
    """The tree, made of `kind`; None for a mail in which anything is odd."""
    # A bare CR ends a line, too, for the parser of the standard library.
    if raw.startswith(b"From ") or _BARE_CR.search(raw):
        return None
    text = raw.decode("ascii", "surrogateescape")
    try:
        return _Parser(text, kind).message(0, len(text), (), "text/plain")
    except _Odd:
        return None


class _Parser:
    def __init__(self, text: str, kind: type[Message]) -> None:
        self._text = text
        self._kind = kind
        self._parts = 0

    def message(self, start: int, end: int, outer: tuple[str, ...], default: str) -> Message:
        """What stands between two places, with its head."""
        self._parts += 1
        if self._parts > _MOST_PARTS or len(outer) > _DEEPEST:
            raise _Odd
        node = self._kind(policy.compat32)
        node.set_default_type(default)
        start = self._head(node, start, end)
        if node.get_content_maintype() != "multipart":
            node.set_payload(self._text[start:end])
            return node
        encoding = str(node.get("content-transfer-encoding", "")).lower()
        boundary = node.get_boundary()
        if encoding not in _PLAIN_ENCODINGS or not boundary or boundary in outer:
            raise _Odd
        self._multipart(node, start, end, (*outer, boundary))
        return node

    def _head(self, node: Message, start: int, end: int) -> int:
        """Read the fields; return where the body begins."""
        found = _HEAD.match(self._text, start, end)
        assert found is not None
        blank = _BLANK.match(self._text, found.end(), end)
        if blank is None:
            raise _Odd
        for field in _FIELD.finditer(self._text, start, found.end()):
            node.set_raw(field[1], field[2].removesuffix("\r"))
        return blank.end()

    def _multipart(self, node: Message, start: int, end: int, around: tuple[str, ...]) -> None:
        marks = self._marks(start, end, around[-1])
        if len(marks) < 2 or marks[-1][2] is False or any(closes for _, _, closes in marks[:-1]):
            raise _Odd
        preamble = self._text[start : marks[0][0]]
        if preamble:
            node.preamble = _without_break(preamble)
        default = "text/plain"
        if node.get_content_type() == "multipart/digest":
            default = "message/rfc822"
        for (_, begin, _), (stop, _, _) in pairwise(marks):
            if begin == stop:
                raise _Odd
            node.attach(self._part(begin, stop, around, default))
        node.epilogue = self._text[marks[-1][1] : end]

    def _part(self, begin: int, stop: int, around: tuple[str, ...], default: str) -> Message:
        part = self.message(begin, stop, around, default)
        # The line break before a boundary belongs to it (RFC 2046 section 5.1.1).
        if part.is_multipart():
            part.epilogue = _without_break(part.epilogue) if part.epilogue else None
        else:
            part.set_payload(_without_break(vars(part)["_payload"]))
        return part

    def _marks(self, start: int, end: int, boundary: str) -> list[tuple[int, int, bool]]:
        """The lines of a boundary: where each begins, where it ends, whether it closes."""
        found: list[tuple[int, int, bool]] = []
        mark = f"--{boundary}"
        at = self._text.find(mark, start, end)
        while at >= 0:
            rest = _MARK_END.match(self._text, at + len(mark), end)
            if rest and (at == 0 or self._text[at - 1] == "\n"):
                found.append((at, rest.end(), rest[1] is not None))
            at = self._text.find(mark, rest.end() if rest else at + len(mark), end)
        return found


def _without_break(text: str) -> str:
    # Not a pattern: it would look at every line of a photograph.
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
