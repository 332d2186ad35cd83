"""What senders mean by a charset label, and the codecs that read it.

A label is taken for the superset that the programs of its users write: gb2312 is GBK, iso-8859-1
is windows-1252 (deps.md 2, and the labels of the WHATWG encoding standard).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from intake.text import iso2022

ALIASES = {
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso646-us": "utf-8",
    "us-ascii": "utf-8",
    "us_ascii": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf8mb4": "utf-8",
    "x-unicode-2-0-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-2-0-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "utf7": "utf-7",
    "iso-10646-ucs-2": "utf-16",
    "ucs-2": "utf-16",
    "unicode": "utf-16",
    "gb2312": "gb18030",
    "gb-2312": "gb18030",
    "gb_2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gb2312-80": "gb18030",
    "gbk": "gb18030",
    "gb": "gb18030",
    "gb18030-2000": "gb18030",
    "cn-gb": "gb18030",
    "chinese": "gb18030",
    "csgb2312": "gb18030",
    "euc-cn": "gb18030",
    "eucgb2312-cn": "gb18030",
    "iso-ir-58": "gb18030",
    "x-gbk": "gb18030",
    "936": "gb18030",
    "hz-gb-2312": "hz",
    "hzgb": "hz",
    "big5": "big5hkscs",
    "big-5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "big5-eten": "big5hkscs",
    "big5hk": "big5hkscs",
    "cn-big5": "big5hkscs",
    "csbig5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "950": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "ks-c-5601-1987": "cp949",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "euc_kr": "cp949",
    "cseuckr": "cp949",
    "iso-ir-149": "cp949",
    "korean": "cp949",
    "uhc": "cp949",
    "x-uhc": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "s-jis": "cp932",
    "ms_kanji": "cp932",
    "csshiftjis": "cp932",
    "windows-31j": "cp932",
    "x-ms-cp932": "cp932",
    "x-mac-japanese": "cp932",
    "eucjp": "euc_jp",
    "euc-jp": "euc_jp",
    "x-euc-jp": "euc_jp",
    "eucjp-ms": "euc_jp",
    "cp51932": "euc_jp",
    "cp50220": "iso-2022-jp",
    "cp50221": "iso-2022-jp",
    "cp50222": "iso-2022-jp",
    "csiso2022jp": "iso-2022-jp",
    "iso2022jp": "iso-2022-jp",
    "jis": "iso-2022-jp",
    "csiso2022kr": "iso-2022-kr",
    "iso2022kr": "iso-2022-kr",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "ansi": "cp1252",
    "8859-1": "cp1252",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "tis620": "cp874",
    "tis-620-2": "cp874",
    "iso-8859-11": "cp874",
    "iso8859-11": "cp874",
    "koi8": "koi8-r",
    "koi": "koi8-r",
    "cskoi8r": "koi8-r",
    "koi8_r": "koi8-r",
    "koi8-ru": "koi8-u",
    "koi8_u": "koi8-u",
    "macintosh": "mac_roman",
    "mac": "mac_roman",
    "macroman": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-macroman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "x-mac-centraleurroman": "mac_latin2",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "x-mac-icelandic": "mac_iceland",
    "visual": "iso8859_8",
    "logical": "iso8859_8",
}
# What a sender writes who does not know; it says nothing.
UNKNOWN = frozenset(
    {"", "unknown", "unknown-8bit", "x-unknown", "8bit", "7bit", "none", "default", "binary"}
    | {"x-user-defined", "default_charset", "_autodetect", "auto", "charset", "undefined", "n/a"}
)
# Codecs that are no charsets: quadratic, escapes, or for host names only.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
_LABEL = re.compile(r"[a-z0-9_.:+-]{1,40}")
# "windows1252", "x-cp1251", "win-1250", "cp_1252", "ms936", "ibm850", "dos-866"
_PAGE = re.compile(
    r"(?:x-)?(?:microsoft-|ms-)?(?:windows|win|cp|ms|ansi|dos|ibm)[-_ ]?(\d{3,4})(?:-.*)?"
)
_ISO = re.compile(r"(?:x-)?iso[-_ ]?8859[-_ ]?(\d{1,2})(?:[-_]?[ie]|:\d{4}|-windows.*)?")
_PAGES = {"936": "gb18030", "950": "big5hkscs", "54936": "gb18030", "28591": "cp1252"}
# Its superset: windows adds signs where ISO has control characters (WHATWG).
_SUPERSETS = {"1": "cp1252", "9": "cp1254", "11": "cp874"}
SEVEN_BIT = frozenset({"iso-2022-jp", "iso-2022-kr", "iso-2022-cn", "hz", "utf-7"})
MULTI_BYTE = frozenset({"gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"})
# Another reading where the first one fails: Big5 of the Eten programs, EUC with NEC signs.
_SECOND = {"big5hkscs": "cp950", "cp932": "shift_jis_2004", "euc_jp": "euc_jis_2004"}
_CP1252 = {
    code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)
}
# Java programs write signs beyond U+FFFF as two surrogates of three bytes each (CESU-8).
_CESU = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """The codec that a charset label stands for; None for a label that names no charset."""
    found = _LABEL.match(label.strip().strip("\"'<>").lower())
    if found is None:
        return None
    name = ALIASES.get(found[0], found[0])
    if name.startswith("iso-2022-"):
        name = "-".join(name.split("-")[:3])
    if name in SEVEN_BIT or name in MULTI_BYTE:
        return name
    if iso := _ISO.fullmatch(name):
        name = _SUPERSETS.get(iso[1], f"iso8859_{int(iso[1])}")
    elif page := _PAGE.fullmatch(name):
        name = _PAGES.get(page[1], f"cp{page[1]}")
    return name if _is_charset(name) else None


def _is_charset(name: str) -> bool:
    try:
        found = codecs.lookup(name).name
        b"a".decode(found)  # a LookupError for codecs that make no text: zip, rot13, hex
    except UnicodeError:
        pass  # half a sign
    except (LookupError, ValueError):
        return False
    return found.replace("-", "_") not in _NO_CHARSETS


def strict(data: bytes, codec: str) -> str | None:
    """`data` read by a codec of this module; None where it does not fit."""
    if codec in iso2022.READERS:
        return iso2022.read(data, codec)
    try:
        if codec == "cp1252":
            return data.decode("latin-1").translate(_CP1252)
        if codec == "utf-16":
            return _utf_16(data)
        return data.decode(codec)
    except (LookupError, UnicodeError, ValueError):
        pass
    if codec == "utf-8" and _CESU.search(data):
        return _cesu_8(data)
    if codec in _SECOND:
        try:
            return data.decode(_SECOND[codec])
        except UnicodeError:
            return None
    return None


def lenient(data: bytes, codec: str) -> str:
    """`data` with U+FFFD for what `codec` cannot read."""
    try:
        return data.decode(codec, "replace")
    except (LookupError, UnicodeError, ValueError):
        return data.decode("utf-8", "replace")


def _utf_16(data: bytes) -> str:
    """With its mark, or in the order in which the zero bytes of Latin letters stand."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    return data.decode("utf-16-be" if data[::2].count(0) > data[1::2].count(0) else "utf-16-le")


def _cesu_8(data: bytes) -> str | None:
    try:
        pairs = data.decode("utf-8", "surrogatepass")
        return pairs.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        return None
