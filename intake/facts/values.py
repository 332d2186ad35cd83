"""What the value of a fact looks like: an order or part number, a revision, a name, a count."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from intake.facts.amounts import number, written
from intake.facts.quantities import COMPLAINED, DELIVERED, is_counted

_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+\-]*")
# In a sentence: a word with a digit in it, or one or two capitals alone (a revision).
TOKEN: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:(?=[A-Za-z._/+\-]{0,30}\d)[A-Za-z0-9][A-Za-z0-9._/+\-]*"
    r"|[A-Z]{1,2}(?![\w-]))"
)
_DATE: Final = re.compile(
    r"\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{2,4}|\d\d?-\d\d?-\d{4}|\d{4}/\d\d?/\d\d?|\d\d?:\d\d.*"
)
# A measure, a share or a count is no number of anything.
_MEASURED: Final = re.compile(
    r"\s?(?:%|‰|mm|cm|m\b|µm|μm|um\b|kg|g\b|°|bar|nm\b|hrc|days?|weeks?|hours?|h\b|uhr|tage?n?|wochen?"
    r"|stunden|jours?|días|giorni|天|周|小时|月|日|年)",
    re.IGNORECASE,
)
QUOTED: Final = re.compile(r"[\"“„«「『‚](?P<words>[^\"“”„«»「」『』‘’‚]{3,80})[\"”“»」』‘’]")
_REVISION: Final = re.compile(r"(?:[A-Z]{1,2}(?:[.-]?\d{1,3})?|\d{1,3}(?:\.\d{1,2})?)(?![\w-])")
_NAME_END: Final = re.compile(r"[,;|\t。；，]|\s{2,}|\s[-–—]\s|\((?=.*\d)|$")


def code(value: str, least: int = 3) -> str:
    """An order, part or complaint number: one word with a digit that is no date and no measure."""
    text = value.lstrip(" :：=#*([\"'“„")
    hit = _WORD.match(text)
    if hit is None:
        return ""
    word = hit[0].rstrip("._/+-")
    after = text[hit.end() :]
    if word.isdigit():
        word, after = _spaced_digits(text, word, after)
    if len(word) < least or not any(map(str.isdigit, word)) or _DATE.fullmatch(word):
        return ""
    if _MEASURED.match(after) or (word.isdigit() and is_counted(text)):
        return ""
    return word


def _spaced_digits(text: str, word: str, after: str) -> tuple[str, str]:
    """ "4500 123 456" is one number when nothing but digits follows."""
    whole = re.match(r"\d{3,5}(?: \d{3,5}){1,3}(?=\s*(?:$|[,;.)]))", text)
    return (whole[0], text[whole.end() :]) if whole else (word, after)


def _lot(value: str) -> str:
    return code(value, least=1 if value.strip().isalnum() else 2)


# An acknowledgment repeats the name: nothing that leads anywhere may stand in it.
_LEADS_AWAY: Final = re.compile(r"://|www\.|@|\w\.[a-z]{2,}", re.IGNORECASE)


def _part_name(value: str) -> str:
    text = value.strip(" :：=*")
    if quoted := quoted_name(text):
        return quoted
    end = _NAME_END.search(text)
    name = (text[: end.start()] if end else text).strip(" *.\"'")
    words = name.split()
    fits = 2 <= len(name) <= 80 and len(words) <= 8 and code(name) == ""
    return name if fits and not _LEADS_AWAY.search(name) else ""


def quoted_name(value: str) -> str:
    quoted = QUOTED.match(value.lstrip(" :：=*"))
    name = quoted["words"].strip() if quoted else ""
    return "" if _LEADS_AWAY.search(name) else name


def _revision(value: str) -> str:
    hit = _REVISION.match(value.lstrip(" :：=.*"))
    return hit[0] if hit else ""


def _count(value: str) -> str:
    hit = re.match(r"\D{0,12}?([\d., '’]*\d)", value)
    found = number(hit[1]) if hit else None
    return written(found) if found is not None and 0 < found < Decimal(10) ** 9 else ""


SHAPES: Final[Mapping[str, Callable[[str], str]]] = {
    "part_name": _part_name,
    "drawing_revision": _revision,
    "lot": _lot,
    DELIVERED: _count,
    COMPLAINED: _count,
    "compensation_amount": _count,
    "order_value": _count,
}


# --- numbers without a label

_ORDER: Final = re.compile(r"(?:PO|PI)[-_/]?\d{4,}[\w/-]*")
_COMPLAINT: Final = re.compile(r"(?:NCR?|SCAR|QN|CAR|CAPA|RMA|QDR|DMR)[-_/]?\d{3,}[\w/-]*")
_PART: Final = re.compile(r"[A-Z]{1,5}-\d{2,}[A-Za-z0-9-]*")
_REVISION_BEHIND: Final = re.compile(
    r"[ ,(]{1,3}(?:rev(?:ision)?|index|ind(?:ice)?)\b", re.IGNORECASE
)
_REVISED: Final = re.compile("rev|ind", re.IGNORECASE)
# Standards, weeks, zones; and post codes as they were written abroad: "D-70173 Stuttgart".
_NO_PART: Final = re.compile(
    r"(?:ISO|DIN|EN|ASTM|AISI|SAE|MIL|IEC|UL|RAL|JIS|GB|KW|CW|UTF|UTC|GMT|ATEX|REACH|COVID|IP)-.*"
)
_POST_CODE: Final = re.compile(
    r"(?:A|B|CH|D|DK|E|F|FI|H|I|L|N|NL|P|PL|S|SK|CZ|SI|DE|AT)-\d{4,5} [A-ZÀ-Ž][a-zà-ž]"
)


def own_name(token: str) -> tuple[str, ...]:
    """The fact that a number says itself it is: "PI20260118", "NCR-0417"."""
    if _ORDER.fullmatch(token):
        return ("po_pi_no",)
    return ("customer_reference",) if _COMPLAINT.fullmatch(token) else ()


def has_revision(row: str) -> bool:
    """Whether it is worth looking for one behind every number."""
    return _REVISED.search(row) is not None


def part_before(row: str, at: int) -> bool:
    """Whether the number that ends there is of a part: a revision follows."""
    return _REVISION_BEHIND.match(row, at) is not None


def part_guess(token: str, row: str, at: int) -> bool:
    """Whether a number without any label, there in the row, looks like that of a part."""
    if not _PART.fullmatch(token) or _NO_PART.fullmatch(token):
        return False
    return _POST_CODE.match(row, at) is None
