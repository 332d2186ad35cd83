"""The MIME tree of one mail: leaves with their path, type, name and exact bytes.

The tree is parsed here, by the compat32 parser of the standard library, and stops at message/*:
a forwarded mail is one leaf, byte for byte, and its text and files never mix with the outer ones
(deps.md 2.6). `policy.default` stays away from these headers (reliability.md 2.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from itertools import islice
from typing import Final

from intake.attached import smime
from intake.mime import mended, parameters, transfer
from intake.text import header as text

# reliability.md 4.1: caps against bombs
DEPTH = 50
PARTS = 1_000
WHOLE_MAIL = 50 * 1024 * 1024
FIRST_PART = 1024 * 1024
FIELD = 64 * 1024
HEADERS = 256 * 1024
_HEAD_END = re.compile(rb"\r?\n\r?\n|\r\r")
_SMIME: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_FOLD: Final = re.compile(r"[\r\n]+[ \t]?")
_OF_PART: Final = frozenset(
    {"content-type", "content-disposition", "content-id", "content-transfer-encoding"}
    | {"content-location", "content-description"}
)
# Words behind the end of base64 belong to a text; to a file they do not.
_FOOTED: Final = ("text/plain", "text/html")


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
    encoding: str = ""
    around: str = ""  # the kind of multipart that it stands in
    noted: list[str] = field(default_factory=list, repr=False)  # the defects of the tree
    _kept: list[bytes] = field(default_factory=list, repr=False)

    def data(self) -> bytes:
        """The bytes, transfer encoding undone."""
        if not self._kept:
            undone = transfer.undo(mended.body_bytes(self.node), self.encoding)
            self.noted.extend(undone.defects)
            data = undone.data
            if undone.tail.strip() and self.content_type in _FOOTED:
                data = data.rstrip() + b"\r\n\r\n" + undone.tail
            elif undone.tail.strip():
                self.noted.append("words behind the end of a file")
            self._kept.append(data)
        return self._kept[0]


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
            found = _walk(self.node, _Place((), (), self.defects))
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
        node: Message = mended.parsed(raw)
    except RecursionError:
        defects.append("nested too deeply: read as text")
        node = mended.head_parsed(raw)
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
        yield text.clean(key).lower(), _unfolded(str(value))


def _unfolded(value: str) -> str:
    return _FOLD.sub(" ", value[:FIELD]).strip()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree: the numbers down to it, and the kinds of multipart around."""

    path: tuple[int, ...]
    around: tuple[str, ...]
    defects: list[str]
    prefix: str = ""

    def inside(self, number: int, kind: str) -> _Place:
        return _Place((*self.path, number), (*self.around, kind), self.defects, self.prefix)

    @property
    def name(self) -> str:
        return self.prefix + ".".join(map(str, self.path or (1,)))


def _walk(node: Message, place: _Place) -> Iterator[Leaf]:
    if not node.is_multipart() and (again := mended.mended(node)):
        node, defect = again
        place.defects.append(defect)
    if not node.is_multipart():
        yield from _leaf_and_inside(node, place)
        return
    if len(place.path) >= DEPTH:
        place.defects.append(f"nested deeper than {DEPTH}")
        return
    kind = node.get_content_subtype()
    children = node.get_payload()
    assert isinstance(children, list)
    behind = mended.parts_behind(node)
    if behind is not None:
        place.defects.append("parts behind the end of the parts")
        children = [*children, *behind.get_payload()]
    yield from _stray(mended.preamble(node), place.inside(0, kind), "before the parts.txt")
    for number, child in enumerate(children, start=1):
        assert isinstance(child, Message)
        yield from _walk(child, place.inside(number, kind))
    if behind is None:
        last = place.inside(len(children) + 1, kind)
        yield from _stray(mended.epilogue(node), last, "behind the parts.txt")


def _stray(words: bytes, place: _Place, name: str) -> Iterator[Leaf]:
    """Words outside of the parts: no program shows them, here they are a file."""
    if words:
        place.defects.append("words outside of the parts")
        head = f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'.encode()
        yield _leaf(mended.parsed(head + words), place)


def _leaf_and_inside(node: Message, place: _Place) -> Iterator[Leaf]:
    """The leaf; of a signed mail in one piece also the leaves of what was signed."""
    leaf = _leaf(node, place)
    yield leaf
    if is_smime(leaf) and not place.prefix:
        content = smime.look_inside(leaf.data()).content
        if content:
            inner = _Place((), place.around, place.defects, f"{leaf.path}/")
            yield from _walk(_parsed_inside(content), inner)


def is_smime(leaf: Leaf) -> bool:
    """Whether it is a CMS part: signed in one piece, or encrypted (RFC 8551)."""
    return leaf.content_type in _SMIME or leaf.name.lower().endswith(".p7m")


def _parsed_inside(content: bytes) -> Message:
    try:
        return mended.parsed(content)
    except RecursionError:
        return mended.head_parsed(content)


def _leaf(node: Message, place: _Place) -> Leaf:
    view = _readable(node)
    cid = text.field_text(str(view.get("content-id", ""))).strip("<> ")[:500]
    around = place.around[-1] if place.around else ""
    return Leaf(
        path=place.name,
        content_type=_first_word(view.get_content_type()),
        charset=parameters.parameter(view, "charset"),
        disposition=_first_word(view.get_content_disposition() or ""),
        name=_name(view, around),
        content_id=cid or None,
        alternative="alternative" in place.around,
        node=node,
        encoding=transfer.named(text.one_line(str(view.get("content-transfer-encoding", "")))),
        around=around,
        noted=place.defects,
    )


def _first_word(value: str) -> str:
    """ "text/plain charset=utf-8", the semicolon forgotten, is text/plain."""
    return next(iter(text.one_line(value)[:100].split()), "")


def _name(view: Message, around: str) -> str:
    told = parameters.file_name(view)
    # RFC 1740: both forks have the name of the file
    fork = view.get_content_type() == "application/applefile" and around == "appledouble"
    return f"{told}.rsrc" if told and fork else told


def _readable(node: Message) -> Message:
    """The MIME fields of a part as text: raw 8-bit names are decoded, not thrown away."""
    view = Message()
    for key, value in node.raw_items():
        name = key.lower()
        if name in _OF_PART and name not in view:
            view[name] = text.raw_text(_unfolded(str(value)))
    if "content-type" not in view:
        view.set_default_type(node.get_default_type())
    return view


def _words_of(defect: object) -> str:
    name = type(defect).__name__.removesuffix("Defect")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
