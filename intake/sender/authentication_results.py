"""Authentication-Results fields, read to the letter (RFC 8601 section 2.2).

Text from the sender stands in these fields, in comments above all. So there is one way to read a
field or none: what two readers could understand differently is refused whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

Verdict = Literal["pass", "fail", "none"]
_SPACE: Final = " \t\r\n"
_SPECIAL: Final = ";=/"


class Malformed(ValueError):
    """A field that two readers could understand differently."""


class Token(NamedTuple):
    """A piece of a field. `apart`: white space or a comment stands before it."""

    kind: Literal["word", "quoted", "special"]
    text: str
    apart: bool


@dataclass(frozen=True, slots=True)
class Result:
    """One method with its result and properties, all names lower-case."""

    method: str
    result: str
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """Pass and fail are what they say; neutral, softfail, errors and the like are neither."""
        if self.result in ("pass", "fail"):
            return "pass" if self.result == "pass" else "fail"
        return "none"


@dataclass(frozen=True, slots=True)
class Field:
    """One Authentication-Results field: who wrote it, and what he found."""

    authserv_id: str
    results: tuple[Result, ...]


def tokens(value: str) -> Iterator[Token]:
    """Words, quoted strings and the signs ; = / of a field. Raises Malformed."""
    at, apart = 0, False
    while at < len(value):
        sign = value[at]
        if sign in _SPACE:
            at, apart = at + 1, True
            continue
        if sign == "(":
            at, apart = _comment_end(value, at), True
            continue
        if sign == '"':
            text, at = _quoted(value, at)
            yield Token("quoted", text, apart)
        elif sign in _SPECIAL:
            at += 1
            yield Token("special", sign, apart)
        else:
            start = at
            while at < len(value) and value[at] not in _SPACE + _SPECIAL + '("':
                _must_be_plain(value[at])
                at += 1
            yield Token("word", value[start:at], apart)
        apart = False


def _must_be_plain(sign: str) -> None:
    if sign in ")\\" or not sign.isprintable():
        raise Malformed(f"a {sign!r} by itself")


def _comment_end(value: str, at: int) -> int:
    """The place behind a comment, nested ones included (RFC 5322 section 3.2.2)."""
    depth = 0
    while at < len(value):
        sign = value[at]
        if sign == '"':
            # A quotation mark means nothing in a comment. Servers copy quoted senders into theirs:
            # what the writer took for a quoted parenthesis ends the comment for the reader.
            raise Malformed("a quotation mark in a comment")
        if sign == "\\":
            at += 1
        depth += {"(": 1, ")": -1}.get(sign, 0)
        at += 1
        if depth == 0:
            return at
    raise Malformed("a comment without end")


def _quoted(value: str, at: int) -> tuple[str, int]:
    found: list[str] = []
    at += 1
    while at < len(value):
        sign = value[at]
        if sign == '"':
            return "".join(found), at + 1
        if sign == "\\":
            at += 1
        found += value[at : at + 1]
        at += 1
    raise Malformed("a quoted string without end")


def writer_of(value: str) -> str:
    """Who wrote the field; "" where that cannot be read, so that nobody trusts it."""
    try:
        first = next(tokens(value), None)
    except Malformed:
        return ""
    return first.text.lower() if first and first.kind != "special" else ""


def read_field(value: str) -> Field:
    """An Authentication-Results field. Raises Malformed and nothing else."""
    segments: list[list[Token]] = [[]]
    for token in tokens(value):
        if token.kind == "special" and token.text == ";":
            segments.append([])
        else:
            segments[-1].append(token)
    head = segments[0]
    if not head or head[0].kind == "special" or [one.text for one in head[1:]] not in ([], ["1"]):
        raise Malformed("no name of a server, or another version")
    rest = [one for one in segments[1:] if one and [token.text for token in one] != ["none"]]
    return Field(head[0].text.lower(), tuple(_result(one) for one in rest))


def _result(segment: Sequence[Token]) -> Result:
    reader = _Reader(segment)
    method = reader.name()
    result = reader.value(only_words=True).lower()
    properties: dict[str, str] = {}
    while not reader.is_done():
        name = reader.name()
        if name in properties:
            raise Malformed(f"{name} twice")
        properties[name] = reader.value().lower()
    return Result(method, result, properties)


@dataclass(slots=True)
class _Reader:
    """Walks over the tokens of one result."""

    segment: Sequence[Token]
    at: int = 0

    def is_done(self) -> bool:
        return self.at >= len(self.segment)

    def name(self) -> str:
        """A method (with its version, which is passed over) or a property, and its "="."""
        pieces: list[Token] = []
        while not self.is_done() and not _is_equals(self.segment[self.at]):
            pieces.append(self.segment[self.at])
            self.at += 1
        self.at += 1
        if len(pieces) == 3 and pieces[1].text == "/" and pieces[2].text == "1":
            pieces = pieces[:1]
        if self.is_done() or not pieces or any(one.kind != "word" for one in pieces):
            raise Malformed("a result or property without value")
        for before, after in itertools.pairwise(pieces):
            if not (before.text.endswith(".") or after.text.startswith(".")):
                raise Malformed("words that belong to nothing")
        return "".join(one.text for one in pieces).lower()

    def value(self, *, only_words: bool = False) -> str:
        """Everything up to the next white space: `"a b"@example.com`, `2001:db8::1`, `ab/c=`."""
        found = [self.segment[self.at]]
        self.at += 1
        while not self.is_done() and not self.segment[self.at].apart:
            found.append(self.segment[self.at])
            self.at += 1
        if _is_equals(found[0]) or (only_words and [one.kind for one in found] != ["word"]):
            raise Malformed("a result that is none")
        return "".join(one.text for one in found)


def _is_equals(token: Token) -> bool:
    return token.kind == "special" and token.text == "="
