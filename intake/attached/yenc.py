"""Files written into text by yEnc (the draft of 2002): 8-bit bytes moved up by 42."""

from __future__ import annotations

import re
import zlib
from typing import Final

from intake.attached.uucode import Found

_BEGIN: Final = re.compile(
    rb"^=ybegin (?=[^\r\n]{1,1000}\r?\n)(?=[^\r\n]*\bsize=(?P<size>\d{1,12})\b)"
    rb"[^\r\n]*?\bname=(?P<name>[^\r\n]{1,500})\r?\n"
    rb"(?:=ypart (?=[^\r\n]*\bbegin=(?P<from>\d{1,12}))(?=[^\r\n]*\bend=(?P<to>\d{1,12}))"
    rb"[^\r\n]*\r?\n)?",
    re.MULTILINE,
)
_END: Final = re.compile(rb"^=yend(?P<rest>[^\r\n]*)(?:\r?\n|\Z)", re.MULTILINE)
_CRC: Final = re.compile(rb"\b(?P<whole>p?)crc32=(?P<crc>[0-9a-fA-F]{1,8})\b")
_DOWN: Final = bytes((byte - 42) & 0xFF for byte in range(256))
_ESCAPE: Final = re.compile(rb"=(.)", re.DOTALL)


def first(data: bytes, start: int = 0) -> Found | None:
    """The first file in `data` from `start` on."""
    begin = _BEGIN.search(data, start)
    if begin is None:
        return None
    end = _END.search(data, begin.end())
    stop = end.start() if end else len(data)
    body = data[begin.end() : stop].replace(b"\r", b"").replace(b"\n", b"")
    # The escaped sign is 64 up as well.
    plain = _ESCAPE.sub(lambda m: bytes([(m[1][0] - 64) & 0xFF]), body)
    found = plain.translate(_DOWN)
    return Found(
        begin.start(),
        end.end() if end else stop,
        begin["name"].strip(),
        found,
        cut=end is None or _cut(found, begin, end["rest"]),
    )


def _cut(found: bytes, begin: re.Match[bytes], rest: bytes) -> bool:
    """Whether size or check sum say that something is missing, or that it is one piece of many."""
    size = int(begin["size"])
    if begin["from"] and int(begin["to"]) - int(begin["from"]) + 1 != size:
        return True
    if len(found) != size:
        return True
    crcs = [int(one["crc"], 16) for one in _CRC.finditer(rest)]
    return bool(crcs) and zlib.crc32(found) not in crcs
