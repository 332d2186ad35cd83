"""MAPI properties, as TNEF and .msg files carry them ([MS-OXPROPS], [MS-OXCDATA]).

Values stay bytes until somebody asks; a value of the wrong length is no value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from intake.text import header as text

SUBJECT: Final = 0x0037
SUBMITTED: Final = 0x0039
SENT_FOR_NAME: Final = 0x0042
SENT_FOR_ADDRESS: Final = 0x0065
HEADERS: Final = 0x007D
SENDER_NAME: Final = 0x0C1A
SENDER_ADDRESS: Final = 0x0C1F
DISPLAY_TO: Final = 0x0E04
DELIVERED: Final = 0x0E06
BODY: Final = 0x1000
RTF: Final = 0x1009
HTML: Final = 0x1013
MESSAGE_ID: Final = 0x1035
DISPLAY_NAME: Final = 0x3001
ATTACH_DATA: Final = 0x3701
ATTACH_SHORT_NAME: Final = 0x3704
ATTACH_METHOD: Final = 0x3705
ATTACH_LONG_NAME: Final = 0x3707
ATTACH_TYPE: Final = 0x370E
ATTACH_CONTENT_ID: Final = 0x3712
CODEPAGE_OF_TEXT: Final = 0x3FDE
CODEPAGE: Final = 0x3FFD
SENDER_SMTP: Final = 0x5D01
SENT_FOR_SMTP: Final = 0x5D02

STRING8: Final = 0x001E
UNICODE: Final = 0x001F
BINARY: Final = 0x0102
OBJECT: Final = 0x000D
# The types whose value has a length of its own; the others have 2, 4, 8 or 16 bytes.
FIXED: Final = {0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8}
FIXED_TIME: Final = 0x0040
GUID: Final = 0x0048
MULTIPLE: Final = 0x1000
EMBEDDED_MESSAGE: Final = 5  # a value of ATTACH_METHOD

_LABELS: Final = {65001: "utf-8", 20127: "us-ascii", 28591: "iso-8859-1", 20866: "koi8-r"} | {
    50220: "iso-2022-jp",
    50221: "iso-2022-jp",
    51949: "euc-kr",
    51932: "euc-jp",
    52936: "hz",
    54936: "gb18030",
    21866: "koi8-u",
    1200: "utf-16-le",
    10000: "mac-roman",
    932: "shift_jis",
    936: "gb2312",
    949: "ks_c_5601-1987",
    950: "big5",
}
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


def charset(codepage: int) -> str:
    """The label of a Windows code page; "" when it names none."""
    if codepage in _LABELS:
        return _LABELS[codepage]
    if 28592 <= codepage <= 28605:
        return f"iso-8859-{codepage - 28590}"
    return f"cp{codepage}" if 0 < codepage < 10_000 else ""


@dataclass(slots=True)
class Properties:
    """Property number -> (type, bytes): one message, or one attachment of it."""

    values: dict[int, tuple[int, bytes]] = field(default_factory=dict, repr=False)
    charset: str = ""  # of the 8-bit strings

    def data(self, number: int) -> bytes:
        """The bytes of a value."""
        return self.values.get(number, (0, b""))[1]

    def words(self, number: int) -> str:
        """A string, without the NUL at its end."""
        kind, value = self.values.get(number, (0, b""))
        if kind == UNICODE:
            return text.clean(value.decode("utf-16-le", "replace").rstrip("\0"))
        if kind == STRING8:
            return text.decode(value.rstrip(b"\0"), self.charset or "cp1252")[0]
        return ""

    def line(self, number: int) -> str:
        """A string as one line."""
        return text.one_line(self.words(number))

    def number(self, number: int) -> int:
        """A whole number; 0 when there is none."""
        value = self.values.get(number, (0, b""))[1]
        return int.from_bytes(value[:4], "little") if value else 0

    def moment(self, number: int) -> datetime | None:
        """A time, UTC."""
        kind, value = self.values.get(number, (0, b""))
        if kind != FIXED_TIME or len(value) != 8:
            return None
        try:
            return _EPOCH + timedelta(microseconds=int.from_bytes(value, "little") // 10)
        except OverflowError:
            return None

    def learn_charset(self) -> None:
        """Read the 8-bit strings as the message says they are written."""
        self.charset = charset(self.number(CODEPAGE)) or self.charset


def file_name(of: Properties, short: str = "") -> str:
    """The name of an attachment: the long one if there is one."""
    names = (of.line(one) for one in (ATTACH_LONG_NAME, ATTACH_SHORT_NAME))
    return next((name for name in (*names, short, of.line(DISPLAY_NAME)) if name), "")
