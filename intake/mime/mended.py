"""Broken multiparts read as they were meant: every byte of them is in some part afterwards."""

from __future__ import annotations

import re
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Final

from intake.mime import transfer, whole

_MULTIPART: Final = re.compile(r"\s*multipart/([a-z0-9.+-]{1,40})", re.IGNORECASE)
_ENCODED: Final = frozenset({"base64", "quotedprintable"})
# A line that opens a part: what follows is its head, or the empty line behind an empty one.
_OPENS: Final = re.compile(
    rb"^--(?!-*[ \t]*\r?$)([^\r\n]{1,200}?)[ \t]*\r?\n(?=content-[a-z-]+[ \t]*:|\r?\n\S)",
    re.IGNORECASE | re.MULTILINE,
)
_OPENS_AT_ONCE: Final = re.compile(
    rb"\A\s{0,20}--([^\s-][^\r\n]{0,199}?)[ \t]*\r?\n(?=content-(?:type|transfer-encoding)[ \t]*:)",
    re.IGNORECASE,
)
_LATE_HEAD: Final = re.compile(
    rb"\A\s{0,20}((?:content-[a-z-]{1,30}[ \t]*:[^\r\n]*\r?\n(?:[ \t]+\S[^\r\n]*\r?\n)*)+)\r?\n",
    re.IGNORECASE,
)
# What programs write before the first part for readers without MIME.
_USUAL_PREAMBLE: Final = re.compile(r"(?i)\bmime\b|multi-?part|\bthis is an? |^-+$")
_USUAL_LENGTH: Final = 1_000
# RFC 2046 5.1.1: to be ignored. A sentence is; what may be the complaint itself is not.
_SENTENCE: Final = 200


class Node(Message):
    """What the parser builds. It may not look into message/*, so it is told another type."""

    def written(self) -> str:
        """The body as it stands, raw bytes as surrogates: get_payload() bends those."""
        payload = vars(self)["_payload"]
        return payload if isinstance(payload, str) else ""

    def get_content_maintype(self) -> str:
        return self.get_content_type().partition("/")[0]

    def get_content_type(self) -> str:
        kind = super().get_content_type()
        return "application/octet-stream" if kind.startswith("message/") else kind


def parsed(raw: bytes) -> Node:
    """The tree of the bytes. RecursionError when it is too deep."""
    node = whole.parsed(raw, Node)
    if node is None:
        node = BytesParser(_class=Node, policy=policy.compat32).parsebytes(raw)
    assert isinstance(node, Node)
    return node


def head_parsed(raw: bytes) -> Node:
    """The head alone; all that follows is one text."""
    node = BytesHeaderParser(_class=Node, policy=policy.compat32).parsebytes(raw)
    assert isinstance(node, Node)
    return node


def body_bytes(node: Message) -> bytes:
    """The body of a part as it stands in the mail."""
    assert isinstance(node, Node)
    return node.written().encode("ascii", "surrogateescape")


def mended(node: Message) -> tuple[Node, str] | None:
    """A part that was taken for a leaf, read anew, and what was wrong; None if it is a leaf."""
    kind = str(node.get("content-type", ""))
    body = body_bytes(node)
    if found := _MULTIPART.match(kind):
        return _as_multipart(node, found[1], body)
    if not kind.strip() and (opens := _OPENS_AT_ONCE.match(body)):
        again = _with_boundary("mixed", opens[1], body)
        return (again, "content type missing: parts found") if again else None
    if body[:60].lstrip()[:8].lower() == b"content-" and (late := _LATE_HEAD.match(body)):
        if kind and b"content-transfer-encoding" not in late[1].lower():
            return None
        inner = _parsed_or_none(late[1] + b"\r\n" + body[late.end() :])
        return (inner, "head of a part behind an empty line") if inner else None
    return None


def _as_multipart(node: Message, subtype: str, body: bytes) -> tuple[Node, str] | None:
    encoding = transfer.named(str(node.get("content-transfer-encoding", "")))
    if encoding in _ENCODED:
        body = transfer.undo(body, encoding).data
        if found := _with_boundary(subtype, _boundary(node), body):
            return found, f"multipart in {encoding}"
    if (opens := _OPENS.search(body)) and (found := _with_boundary(subtype, opens[1], body)):
        return found, "boundary missing or wrong: found by its lines"
    return None


def _boundary(node: Message) -> bytes:
    try:
        return str(node.get_boundary() or "").encode("ascii", "surrogateescape")
    except (ValueError, LookupError, TypeError, UnicodeError):
        return b""


def _with_boundary(subtype: str, boundary: bytes, body: bytes) -> Node | None:
    """The parts between the lines of a boundary; None if there are none."""
    if not boundary or b"--" + boundary not in body:
        return None
    quoted = boundary.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    kind = b"Content-Type: multipart/" + subtype.encode() + b'; boundary="' + quoted + b'"\r\n\r\n'
    found = _parsed_or_none(kind + body)
    return found if found is not None and found.is_multipart() else None


def _parsed_or_none(raw: bytes) -> Node | None:
    try:
        return parsed(raw)
    except RecursionError:
        return None


def preamble(node: Message) -> bytes:
    """What stands before the first part, unless it is the usual note for old programs."""
    words = (node.preamble or "").strip()
    usual = len(words) <= _USUAL_LENGTH and _USUAL_PREAMBLE.search(words)
    if len(words) < _SENTENCE or usual:
        return b""
    return _raw(str(node.preamble))


def epilogue(node: Message) -> bytes:
    """What stands behind the last part, if it is more than a sentence."""
    words = node.epilogue or ""
    return b"" if len(words.strip()) < _SENTENCE else _raw(words)


def parts_behind(node: Message) -> Node | None:
    """Parts behind the closing line: of a multipart inside that had the same boundary."""
    words = node.epilogue or ""
    return _with_boundary("mixed", _boundary(node), _raw(words)) if "\n--" in words else None


def _raw(words: str) -> bytes:
    return words.encode("utf-8", "surrogateescape")
