"""Text in seven bits: ISO 2022 of Japan, Korea and China (RFC 1468, 1554, 1557, 1922) and HZ.

Own readers, because those of Python know neither the signs of vendors (NEC's circled numbers,
half-width kana) nor text without its announcement, and give up a whole mail for one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

_ESCAPES: Final = re.compile(
    rb"\x1b(?:(?P<wide>\$(?:\([A-DO-Q]|[)*][A-G]|[@AB]))|(?P<narrow>\([BJIHT])|(?P<latin>\.[AF])"
    rb"|&@|N(?P<shifted>.))|(?P<out>\x0e)|(?P<in>\x0f)|(?P<end>\r?\n|\r)",
    re.DOTALL,
)
_ANY: Final = re.compile(rb"\x1b(?:\$[@AB()*]|\([JI])|\x1b\.[AF]")
_HZ: Final = re.compile(rb"~(?:\{(.*?)(?:~\}|(?=\n)|\Z)|(~)|(\r?\n))", re.DOTALL)
_HIGH: Final = bytes(byte | 0x80 for byte in range(256))

# Escape of a set of two bytes -> the codec that reads them with the high bits set.
_WIDE: Final[Mapping[bytes, str]] = {
    b"$@": "jis",
    b"$B": "jis",
    b"$(@": "jis",
    b"$(B": "jis",
    b"$(O": "euc_jis_2004",
    b"$(Q": "euc_jis_2004",
    b"$(D": "0212",
    b"$A": "gb18030",
    b"$(A": "gb18030",
    b"$)A": "gb18030",
    b"$)E": "gb18030",
    b"$(C": "cp949",
    b"$)C": "cp949",
}
_UNREAD: Final = "\ufffd"


def announced(data: bytes) -> str | None:
    """The label that escape sequences in unlabelled seven-bit text speak for."""
    found = _ANY.search(data)
    if found is None:
        return None
    if data[found.start() : found.start() + 4] == b"\x1b$)C":
        return "iso-2022-kr"
    return "iso-2022-cn" if data[found.start() + 1 :][:2] in (b"$)", b"$*") else "iso-2022-jp"


def looks_like_hz(data: bytes) -> bool:
    """Whether what stands in ~{...~} is Chinese, in all places where it stands."""
    inner = [one[1] for one in _HZ.finditer(data) if one[1] is not None]
    pairs = b"".join(inner)
    return (
        len(pairs) >= 4
        and b"~}" in data
        and all(len(one) % 2 == 0 and one for one in inner)
        and all(0x30 <= byte <= 0x57 or 0x21 <= byte <= 0x23 for byte in pairs[::2])
    )


def read(data: bytes, label: str) -> str | None:
    """The text; None where bytes do not fit the label."""
    text = READERS[label](data)
    return None if text is None or _UNREAD in text else text


def lenient(data: bytes, label: str) -> str:
    """The text with U+FFFD for what cannot be read."""
    return READERS[label](data) or ""


def _iso_2022(data: bytes, announced_set: str) -> str:
    """`announced_set`: what SO switches to where no escape has said so."""
    out: list[str] = []
    main, second, shifted = "", announced_set, False
    end = 0
    for mark in _ESCAPES.finditer(data):
        out.append(_segment(data[end : mark.start()], second if shifted else main))
        end = mark.end()
        if wide := mark["wide"]:
            codec = _WIDE.get(wide, "unknown")
            if wide[1:2] in (b")", b"*"):
                second = codec
            else:
                main, shifted = codec, False
        elif narrow := mark["narrow"]:
            main = "kana" if narrow == b"(I" else ""
        elif mark["shifted"]:
            out.append(_segment(mark["shifted"].translate(_HIGH), "latin-1"))
        elif mark["out"]:
            shifted = True
        elif mark["in"]:
            shifted = False
        elif mark["end"] is not None:
            # RFC 1557, RFC 1468: each line begins in ASCII; it must be so after CR LF at the least
            shifted = False
            main = "" if main != "kana" else main
            out.append(mark["end"].decode())
    out.append(_segment(data[end:], second if shifted else main))
    return "".join(out)


def _segment(data: bytes, codec: str) -> str:
    if not data:
        return ""
    if not codec:
        # Half-width kana in eight bits stand in many mails that call themselves iso-2022-jp.
        return data.decode("ascii") if data.isascii() else data.decode("cp932", "replace")
    if codec == "kana":
        return data.translate(_HIGH).decode("cp932", "replace")
    if codec == "jis":
        return "".join(_jis(data))
    if codec == "0212":
        pairs = (data[at : at + 2] for at in range(0, len(data), 2))
        return b"".join(b"\x8f" + pair.translate(_HIGH) for pair in pairs).decode(
            "euc_jp", "replace"
        )
    if codec == "unknown":
        return _UNREAD * ((len(data) + 1) // 2)
    return data.translate(_HIGH).decode(codec, "replace")


def _jis(data: bytes) -> Iterator[str]:
    """JIS X 0208 with the signs of NEC and IBM: moved to Shift-JIS, where cp932 knows them."""
    moved = bytearray()
    for at in range(0, len(data) - 1, 2):
        row, cell = data[at] & 0x7F, data[at + 1] & 0x7F
        if row < 0x21 or cell < 0x21:
            moved += data[at : at + 2]
            continue
        lead = (row - 0x21) // 2 + 0x81
        trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
        moved += bytes((lead + 0x40 if lead > 0x9F else lead, trail))
    yield moved.decode("cp932", "replace")
    if len(data) % 2:
        yield data[-1:].decode("ascii", "replace")


def _hz(data: bytes) -> str:
    def plain(found: re.Match[bytes]) -> bytes:
        if found[2]:
            return b"~"
        if found[3]:
            return b""  # RFC 1843: a line that goes on
        return found[1].translate(_HIGH)

    return _HZ.sub(plain, data).decode("gb18030", "replace")


def _utf_7(data: bytes) -> str:
    return data.decode("utf-7", "replace")


READERS: Final[Mapping[str, Callable[[bytes], str | None]]] = {
    "iso-2022-jp": lambda data: _iso_2022(data, "kana"),
    "iso-2022-kr": lambda data: _iso_2022(data, "cp949"),
    "iso-2022-cn": lambda data: _iso_2022(data, "gb18030"),
    "hz": _hz,
    "utf-7": _utf_7,
}
