"""The MIME tree of one mail: leaves with their path, type, name and exact bytes.

The tree is parsed here, by the compat32 parser of the standard library, and stops at message/*:
a forwarded mail is one leaf, byte for byte, and its text and files never mix with the outer ones
(deps.md 2.6). `policy.default` stays away from these headers (reliability.md 2.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import unquote
from itertools import islice

from intake import text

# reliability.md 4.1: caps against bombs
DEPTH = 50
PARTS = 1_000
WHOLE_MAIL = 50 * 1024 * 1024
FIRST_PART = 1024 * 1024
FIELD = 64 * 1024
HEADERS = 256 * 1024
_HEAD_END = re.compile(rb"\r?\n\r?\n|\r\r")
_SECTION = re.compile(r"\*\d*\*?$")


class _Node(Message):
    """What the parser builds. It may not look into message/*, so it is told another type."""

    def get_content_maintype(self) -> str:
        return self.get_content_type().partition("/")[0]

    def get_content_type(self) -> str:
        kind = super().get_content_type()
        return "application/octet-stream" if kind.startswith("message/") else kind


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part without parts of its own. `alternative`: it stands beside other renderings."""

    path: str
    content_type: str
    charset: str
    disposition: str
    name: str
    content_id: str | None
    alternative: bool
    node: Message = field(repr=False)

    def data(self) -> bytes:
        """The bytes, transfer encoding undone."""
        payload = self.node.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""


@dataclass(slots=True)
class Tree:
    """A parsed mail: its header fields as (name, raw value), and a walk over its leaves."""

    node: Message
    defects: list[str] = field(default_factory=list)
    _fields: list[tuple[str, str]] = field(init=False, repr=False)
    _leaves: list[Leaf] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        self._fields = list(_raw_fields(self.node))

    def fields(self, name: str) -> list[str]:
        """The raw values of every field of that name, unfolded, each cut at 64 KiB."""
        wanted = name.lower()
        return [value for key, value in self._fields if key == wanted]

    def all_fields(self) -> Iterator[tuple[str, str]]:
        """(lower-case name, raw value) of all fields, until 256 KiB are seen."""
        seen = 0
        for key, value in self._fields:
            seen += len(key) + len(value)
            if seen > HEADERS:
                self.defects.append("header fields beyond 256 KiB not read")
                return
            yield key, value

    def leaves(self) -> list[Leaf]:
        """Every leaf, in order, within the caps."""
        if self._leaves is None:
            found = _walk(self.node, (), alternative=False, defects=self.defects)
            self._leaves = list(islice(found, PARTS))
            if next(found, None) is not None:
                self.defects.append(f"more than {PARTS} parts")
        return self._leaves


def parse(raw: bytes) -> Tree:
    """Parse the tree; of a mail over 50 MiB the header and the first 1 MiB."""
    defects: list[str] = []
    if len(raw) > WHOLE_MAIL:
        raw = raw[: len(head(raw)) + FIRST_PART]
        defects.append("over 50 MiB: only the first 1 MiB was read")
    try:
        node: Message = BytesParser(_class=_Node, policy=policy.compat32).parsebytes(raw)
    except RecursionError:
        defects.append("nested too deeply: read as text")
        node = BytesHeaderParser(_class=_Node, policy=policy.compat32).parsebytes(raw)
    defects.extend(_words_of(defect) for defect in node.defects)
    return Tree(node, defects)


def head(raw: bytes) -> bytes:
    """The header of the mail, at most 256 KiB, with the empty line."""
    start = raw[:HEADERS]
    end = _HEAD_END.search(start)
    return start[: end.end()] if end else start + b"\r\n\r\n"


def _raw_fields(node: Message) -> Iterator[tuple[str, str]]:
    # raw_items: get_all() would turn raw 8-bit values into Header objects and lose the bytes
    for key, value in node.raw_items():
        yield text.clean(key).lower(), re.sub(r"[\r\n]+[ \t]?", " ", str(value)[:FIELD]).strip()


def _walk(
    node: Message, path: tuple[int, ...], *, alternative: bool, defects: list[str]
) -> Iterator[Leaf]:
    if not node.is_multipart():
        yield _leaf(node, ".".join(map(str, path or (1,))), alternative)
        return
    if len(path) >= DEPTH:
        defects.append(f"nested deeper than {DEPTH}")
        return
    inside = alternative or node.get_content_subtype() == "alternative"
    children = node.get_payload()
    assert isinstance(children, list)
    for number, child in enumerate(children, start=1):
        assert isinstance(child, Message)
        yield from _walk(child, (*path, number), alternative=inside, defects=defects)


def _leaf(node: Message, path: str, alternative: bool) -> Leaf:
    view = _readable(node)
    cid = text.field_text(str(view.get("content-id", ""))).strip("<> ")[:500]
    return Leaf(
        path=path,
        content_type=text.one_line(view.get_content_type())[:100],
        charset=_param(view, "charset"),
        disposition=text.one_line(view.get_content_disposition() or ""),
        name=_param(view, "filename", "content-disposition") or _param(view, "name"),
        content_id=cid or None,
        alternative=alternative,
        node=node,
    )


def _readable(node: Message) -> Message:
    """The MIME fields of a part as text: raw 8-bit names are decoded, not thrown away."""
    view = Message()
    for key, value in _raw_fields(node):
        if key in ("content-type", "content-disposition", "content-id") and key not in view:
            view[key] = text.raw_text(value)
    if "content-type" not in view:
        view.set_default_type(node.get_default_type())
    return view


def _param(view: Message, name: str, header: str = "content-type") -> str:
    """A parameter, RFC 2231 and RFC 2047 undone, as one line; empty when it cannot be read."""
    try:
        value = view.get_param(name, "", header)
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    if isinstance(value, tuple):
        charset, _, rest = (str(item or "") for item in value)
        # RFC 2231 octets come as one character each; anything above was raw text
        octets = "latin-1" if all(ord(char) < 0x100 for char in rest) else "utf-8"
        return text.one_line(text.decode(rest.encode(octets, "replace"), charset)[0])
    return text.one_line(text.decode_words(unquote(str(value or ""))))


def _words_of(defect: object) -> str:
    name = type(defect).__name__.removesuffix("Defect")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
