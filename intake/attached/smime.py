"""S/MIME (RFC 8551): what an application/pkcs7-mime part is, and the mail inside a signed one.

Nothing is verified and nothing decrypted: no key is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["signed", "encrypted", "compressed", "certificates", "unknown"]

# 1.2.840.113549.1.7.2 and others, as DER writes them
_KINDS: Final[dict[bytes, Kind]] = {
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02": "signed",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03": "encrypted",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06": "encrypted",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17": "encrypted",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09": "compressed",
}
_SEQUENCE, _OBJECT_ID, _OCTETS, _OCTETS_IN_PIECES, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_MOST_PIECES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Inside:
    """`content`: the MIME entity that was signed, if it is in here."""

    kind: Kind
    content: bytes = b""


class _Broken(Exception):
    """No BER, or cut short."""


@dataclass(slots=True)
class _Ber:
    """A walk over tag, length, value. Of an indefinite length (0x80) the value runs to the end."""

    data: bytes
    place: int
    end: int

    def enter(self) -> tuple[int, _Ber]:
        """The tag of the next value and a walk over it; this walk stands behind it then."""
        tag, start, end = self._head()
        self.place = end
        return tag, _Ber(self.data, start, end)

    def value(self) -> bytes:
        return self.data[self.place : self.end]

    def _head(self) -> tuple[int, int, int]:
        if self.place + 2 > self.end:
            raise _Broken
        tag, length = self.data[self.place], self.data[self.place + 1]
        start = self.place + 2
        if length == 0x80:
            return tag, start, self.end
        if length > 0x80:
            size = length & 0x7F
            length = int.from_bytes(self.data[start : start + size], "big")
            start += size
        if size_wrong := start + length > self.end:
            raise _Broken(size_wrong)
        return tag, start, start + length


def look_inside(data: bytes) -> Inside:
    """What the part is. Never raises; "unknown" for what cannot be read."""
    kind: Kind = "unknown"
    try:
        tag, info = _Ber(data, 0, len(data)).enter()
        tag, name = info.enter()
        if tag != _OBJECT_ID:
            return Inside(kind)
        kind = _KINDS.get(name.value(), kind)
        if kind != "signed":
            return Inside(kind)
        content = _signed_content(info)
    except _Broken:
        return Inside(kind)
    return Inside("signed", content) if content else Inside("certificates")


def _signed_content(info: _Ber) -> bytes:
    _, wrapped = info.enter()  # [0] EXPLICIT
    _, signed = wrapped.enter()  # SignedData
    signed.enter()  # version
    signed.enter()  # digest algorithms
    _, encapsulated = signed.enter()
    encapsulated.enter()  # its type
    if encapsulated.place >= encapsulated.end:
        return b""
    tag, content = encapsulated.enter()
    if tag != _EXPLICIT:
        return b""
    return b"".join(_octets(content))


def _octets(content: _Ber) -> list[bytes]:
    """An octet string in one piece, or in pieces of which each has a length."""
    tag, octets = content.enter()
    if tag == _OCTETS:
        return [octets.value()]
    pieces: list[bytes] = []
    while tag == _OCTETS_IN_PIECES and octets.place < octets.end and len(pieces) < _MOST_PIECES:
        inner, piece = octets.enter()
        if inner != _OCTETS:  # the end of an indefinite length
            break
        pieces.append(piece.value())
    return pieces
