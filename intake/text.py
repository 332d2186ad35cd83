"""Bytes to text: charsets as senders mean them, header fields, and what no text may hold."""

from __future__ import annotations

import binascii
import codecs
import re

# deps.md 2: label -> what senders who use the label write. The superset reads both.
ALIASES = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
}
# Codecs that are no charsets: quadratic, escapes, or for host names only.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_LABEL = re.compile(r"[A-Za-z0-9_.:+-]{1,40}")
_ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_EIGHT_BIT = re.compile(rb"[\x80-\xff](?:.*[\x80-\xff])?", re.DOTALL)
_Q_BYTE = re.compile(rb"=([0-9A-Fa-f]{2})")
_UNWANTED = re.compile("[\x00\ud800-\udfff]")
# Every control but TAB; line and paragraph separators; bidi controls that turn a name around.
_LINE_UNWANTED = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def decode(data: bytes, charset: str = "") -> tuple[str, str]:
    """Text of `data` and the codec that read it ("replace" when none could). Never raises."""
    label = charset.strip().strip("\"'").lower()
    for name in (codec_of(label), "utf-8", "gb18030"):
        if name and (name != "gb18030" or label in ALIASES or _looks_chinese(data)):
            try:
                return clean(data.decode(name)), name
            except (LookupError, UnicodeError, ValueError):
                continue
    if codec_of(label) in (None, "utf-8"):
        try:
            # Unlabelled or mislabelled Western text: five bytes of cp1252 mean nothing.
            return clean(data.decode("cp1252")), "cp1252"
        except UnicodeError:
            pass
    fallback = codec_of(label) or "utf-8"
    try:
        return clean(data.decode(fallback, "replace")), "replace"
    except (LookupError, UnicodeError, ValueError):
        return clean(data.decode("utf-8", "replace")), "replace"


def reads_as(data: bytes, label: str, words: str) -> bool:
    """Whether the codec of exactly that label would have given the same text."""
    if codec_of(label) is None:
        return False
    try:
        return clean(data.decode(label)) == words
    except (LookupError, UnicodeError, ValueError):
        return False


def codec_of(label: str) -> str | None:
    """The codec that a charset label stands for; None for a label that names no charset."""
    name = ALIASES.get(label, label)
    if not _LABEL.fullmatch(name):
        return None
    try:
        found = codecs.lookup(name).name
        b"".decode(found)  # a LookupError for codecs that make no text: zip, rot13, hex
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if found.replace("-", "_") in _NO_CHARSETS else name


def clean(text: str) -> str:
    """No NUL (PostgreSQL refuses it), no lone surrogate (every database does)."""
    return _UNWANTED.sub("\ufffd", text)


def one_line(text: str) -> str:
    """`text` as one line: fit for a subject or a name, and for a header of a letter of ours."""
    return " ".join(clean(_LINE_UNWANTED.sub(" ", text)).split())


def field_text(value: str, charset: str = "") -> str:
    """A header field as the parser holds it (raw bytes as surrogates) -> decoded, one line."""
    return one_line(decode_words(raw_text(value, charset)))


def raw_text(value: str, charset: str = "") -> str:
    """Raw 8-bit bytes of a header field decoded; encoded words are left as they are."""
    if value.isascii():
        return value
    return decode(value.encode("utf-8", "surrogateescape"), charset)[0]


def decode_words(value: str) -> str:
    """RFC 2047, leniently: words anywhere, characters split over words of one charset joined."""
    out: list[str] = []
    run = b""
    run_charset = ""
    end = 0
    for word in _ENCODED_WORD.finditer(value):
        between = value[end : word.start()]
        data = _word_bytes(word[2], word[3])
        if data is None:
            continue
        charset = word[1].lower()
        # RFC 2047 6.2: white space between two encoded words is no text
        if run_charset and (between.strip() or charset != run_charset):
            out.append(decode(run, run_charset)[0])
            run = b""
        if between.strip() or not run_charset:
            out.append(between)
        run, run_charset, end = run + data, charset, word.end()
    if run_charset:
        out.append(decode(run, run_charset)[0])
    out.append(value[end:])
    return "".join(out)


def _word_bytes(encoding: str, text: str) -> bytes | None:
    data = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return _Q_BYTE.sub(lambda m: bytes([int(m[1], 16)]), data.replace(b"_", b" "))
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4)) or None
    except binascii.Error:
        return None


def _looks_chinese(data: bytes) -> bool:
    """Whether at least half of the letters from the first to the last 8-bit one are 8-bit.

    Chinese in an unlabelled field or text is; "Größe" or "Jürgen Weiß" is not.
    """
    found = _EIGHT_BIT.search(data[:4096])
    core = found[0] if found else b""
    high = sum(byte > 0x7F for byte in core)
    letters = sum(byte < 0x80 and chr(byte).isalpha() for byte in core)
    return high >= max(4, letters)
