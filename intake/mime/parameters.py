"""Parameters of MIME fields, file names above all: RFC 2231, RFC 2047, and as they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message
from email.utils import unquote
from typing import Final
from urllib.parse import unquote_to_bytes

from intake.text import header as text

_FAULTS: Final = (ValueError, LookupError, TypeError, AttributeError)
# Where the semicolon before it is missing.
_LOOSE: Final = r"(?i)(?:^|[\s;]){}\s*=\s*(?:\"([^\"]{{1,500}})\"|([^\s;\"]{{1,500}}))"
_LOOSE_PATTERNS: Final = {
    name: re.compile(_LOOSE.format(name)) for name in ("filename", "name", "charset")
}
# Nothing continued, coded or escaped.
_ONE: Final = r";\s*([\w-]+)=(?:\"([^\"\\]*)\"|([^\s;\"\\]+))\s*"
_USUAL_ONE: Final = re.compile(_ONE)
_USUAL: Final = re.compile(rf"\s*[\w./+-]+\s*(?:{_ONE})+;?")
_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2}){2}")
_FILE_NAME: Final = re.compile(r"[^.@=][^@=]*\.[A-Za-z0-9]{1,8}")
_LONGEST: Final = 500


def parameter(view: Message, name: str, header: str = "content-type") -> str:
    """A parameter as one line; "" when it is not there or cannot be read."""
    written = str(view.get(header, ""))
    if "=" not in written:
        return ""
    every = _every(view, header, written)
    found = [value for key, value in every if key.lower() == name and value]
    # RFC 6266 4.3: of two forms the one that names its charset counts.
    extended = next((value for value in found if isinstance(value, tuple)), None)
    if extended is not None:
        return _extended(*(str(item or "") for item in extended))
    if not found and (loose := _LOOSE_PATTERNS[name].search(written)):
        found = [loose[1] or loose[2]]
    return _plain(str(found[0])) if found else ""


def _every(view: Message, header: str, written: str) -> Sequence[tuple[str, object]]:
    if _USUAL.fullmatch(written):
        # As the library reads it, in a tenth of the time
        return [(one[1], one[2] or one[3] or "") for one in _USUAL_ONE.finditer(written)]
    try:
        return view.get_params([], header) or []
    except _FAULTS:
        return []


def _extended(charset: str, _language: str, value: str) -> str:
    # RFC 2231 octets come as one character each; anything above was raw text
    octets = "latin-1" if all(ord(char) < 0x100 for char in value) else "utf-8"
    words = text.one_line(text.decode(value.encode(octets, "replace"), charset)[0])
    return text.one_line(text.decode_words(words.strip('"')))


def _plain(value: str) -> str:
    words = text.one_line(text.decode_words(unquote(value))).strip('"')
    if len(words) > 2 and words[0] == words[-1] == "'":
        words = words[1:-1]
    if _PERCENT.search(words):
        try:
            data = unquote_to_bytes(words)
            return words if data.isascii() else text.one_line(data.decode())
        except UnicodeDecodeError:
            pass
    return words


def file_name(view: Message) -> str:
    """What the sender calls the file, by any field; "" for nothing."""
    told = [parameter(view, "filename", "content-disposition"), parameter(view, "name")]
    # A program that cannot write the letters of a name sends "???.pdf".
    whole = next((one for one in told if re.search(r"\w", one.rpartition(".")[0] or one)), "")
    if whole or any(told):
        return whole or next(filter(None, told))
    if view.get_content_maintype() == "text":
        return ""  # pages say so where they were found, and are no files for that
    for field in ("content-location", "content-description"):
        value = text.field_text(str(view.get(field, "")))
        last = re.split(r"[/\\?#]", value)[-1] if len(value) < _LONGEST else ""
        if _FILE_NAME.fullmatch(last):
            return last
    return ""
