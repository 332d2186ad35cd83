"""What a line of a mail looks like: the words of words/ (one file a language) as tables.

All languages are known at once: people answer in one language through a program of another.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).with_name("words")
# A line of a mail program is short; what is longer is text, and looking at it costs time.
LONGEST: Final = 500
_LABEL: Final = 40

ADDRESS: Final = re.compile(r"[\w.+%'=/-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
CLOCK: Final = re.compile(r"(?<!\d)\d{1,2}(?:[:.：h]|時|时|시 ?)\d{2}(?!\d*[./-]\d)")
_DAY: Final = re.compile(
    r"(?<!\d)\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|(?<!\d)(?:19|20)\d\d(?!\d)|\d ?[年월]|\d ?[月일]"
)
RULE: Final = re.compile(r"[-_=*~#—–─━+]{5,}|(?:[-_=*] ){4,}[-_=*]?")
_LABEL_END: Final = re.compile("[:：|]")
_MARKS: Final = "-_=*#~—–─━·•<>[]|+ \t\xa0"


@dataclass(frozen=True, slots=True)
class Label:
    """One line of the head of a mail, as programs write it into a text."""

    role: str
    value: str
    sure: bool
    bold: bool


def folded(text: str) -> str:
    """As the words are compared: case, spaces and the marks around them do not count."""
    return "".join(text.casefold().replace("’", "'").split())


def _read() -> Mapping[str, Mapping[str, Any]]:
    files = sorted(_FOLDER.glob("*.toml"))
    return {one.stem: tomllib.loads(one.read_text("utf-8")) for one in files}


WORDS: Final = _read()


def every(key: str) -> tuple[str, ...]:
    """The words of this key in all languages, each once."""
    found = (word for words in WORDS.values() for word in words.get(key, ()))
    return tuple(dict.fromkeys(found))


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of these words, whole ones where the script has spaces."""
    parts = sorted(set(words), key=len, reverse=True)
    return "|".join(
        re.escape(one)
        if _spaceless(one[0]) and _spaceless(one[-1])
        else rf"(?<!\w){re.escape(one)}(?!\w)"
        for one in parts
    )


def _spaceless(sign: str) -> bool:
    return "\u2e80" <= sign <= "\ufaff"


_ROLES: Final = {
    folded(label): role
    for words in WORDS.values()
    for role, labels in words["labels"].items()
    if role != "sure"
    for label in labels
}
_SURE: Final = frozenset(folded(one) for words in WORDS.values() for one in words["labels"]["sure"])
_ORIGINAL: Final = frozenset(map(folded, every("original")))
_FORWARDED: Final = frozenset(map(folded, every("forwarded")))
_BARE: Final = frozenset(map(folded, every("bare")))
# What cannot be one is known by its first signs; folding every line takes time.
_ROLE_STARTS: Final = frozenset(one[:1] for one in _ROLES)
_BARE_STARTS: Final = frozenset(one[:2] for one in _BARE)
_BY: Final = tuple(
    one for one in (*_FORWARDED, *_BARE) if one.endswith(("by", "von", "par", "da", "por", "door"))
)
_AROUND_WORD: Final = ":：-–—<>()[]\"',.;*_!?"
_MANY_OPENERS: Final = any_of(every("openers"))
_OPENERS: Final = frozenset(one.split()[0].casefold() for one in every("openers"))
_WEEKDAYS: Final = frozenset(one.casefold() for one in every("weekdays"))
_OPENS_WITH_DATE: Final = re.compile(r"\d{1,4} ?[-./年]|\d{1,2}\.? \w{3,12}\b|在|于|於")
_OPENS_WITHIN: Final = re.compile(rf"(?<=\s)(?=(?:{_MANY_OPENERS}) [^:]*\d)|-{{3}} ?(?=\w)")
# The last word is enough to know "ha scritto" by; with it who would say that, and not a program.
_RETOLD: Final[dict[str, frozenset[str]]] = {}
for _words in WORDS.values():
    for _verb in _words["wrote"]:
        _key = _verb.split()[-1].strip(_AROUND_WORD).casefold()
        _RETOLD[_key] = _RETOLD.get(_key, frozenset()) | frozenset(_words["retold"])
_CJK_VERBS: Final = tuple(one for one in _RETOLD if _spaceless(one[0]))
_ABOVE: Final = tuple(one.casefold() for one in every("above"))
_NOTES: Final = re.compile(
    r".{2,80}-{3}\d{1,2}[./-]\d{1,2}[./-]\d{2,4} \d{1,2}[:.]\d{2}.{0,12}-{3}"
)


def label(line: str) -> Label | None:
    """The line as "From: ...", if it is one in any language; the table of NetEase as well."""
    if not _LABEL_END.search(line, 0, 2 * _LABEL):
        return None
    line = line.strip(" \t\xa0|>\u200b\ufeff")
    found = _LABEL_END.search(line, 1, _LABEL)
    if found is None:
        return None
    end = found.start()
    name = line[:end].strip("* \t\xa0_")
    role = _ROLES.get(folded(name))
    if role is None:
        return None
    value = line[end + 1 :].strip("*| \t\xa0")
    return Label(role, value, folded(name) in _SURE, line.startswith("*"))


def label_alone(line: str) -> str | None:
    """The role of a line that is a label and nothing else, as Lotus Notes writes it."""
    if len(line) > _LABEL or line[:1].casefold() not in _ROLE_STARTS:
        return None
    return _ROLES.get(folded(line))


def divider(line: str) -> str:
    """ "original" or "forwarded" for a line such as "-----Original Message-----", else ""."""
    if line[0] in _MARKS:
        if len(line) > 160:
            return ""
    elif len(line) > 80 or (line[1:2] != " " and line[:2].casefold() not in _BARE_STARTS):
        return ""
    # QQ Mail leaves the blanks of its HTML in the plain text.
    words = folded(line.replace("&nbsp;", " ").strip(_MARKS).rstrip(":： "))
    marked = line[0] in _MARKS and len(line) > 2 and line[1] in _MARKS
    if words in _FORWARDED and (marked or words in _BARE):
        return "forwarded"
    if words in (_ORIGINAL if marked else _BARE):
        return "original"
    if words.startswith(_BY) and (marked or words.startswith(_LONG_BY)):
        return "forwarded" if marked else "original"
    return ""


_LONG_BY: Final = tuple(one for one in _BY if one in _BARE)


def opens(line: str) -> bool:
    """Whether a line such as "On 5 May, Acme wrote:" may begin here."""
    line = line.lstrip(" >\"'([*-")
    first, _, rest = line.partition(" ")
    word = first.casefold().rstrip(".,")
    if word in _OPENERS:
        return True
    if word in _WEEKDAYS and (first.endswith(",") or rest[:1].isdigit()):
        return True
    return bool(_OPENS_WITH_DATE.match(line))


def opens_within(line: str) -> int:
    """Where in the line a line such as "On 5 May, Acme wrote:" begins; 0 when it does not."""
    found = None
    for found in _OPENS_WITHIN.finditer(line):
        if found.start() > 0:
            break
    return found.start() if found else 0


def says_wrote(line: str) -> bool:
    """Whether one of the verbs of such lines is in it."""
    return next(_verbs(line), None) is not None


def only_wrote(line: str) -> bool:
    """The end of such a line when its bracket was broken: "> wrote:"."""
    words = line.strip(_AROUND_WORD + " ")
    return len(line) < _LABEL and line[-1] in ":：" and words.casefold() in _RETOLD


def _verbs(line: str) -> Iterator[str]:
    low = line.casefold().replace(">", " ")
    for word in low.split():
        if (bare := word.strip(_AROUND_WORD)) in _RETOLD:
            yield bare
    if not low.isascii():
        yield from (verb for verb in _CJK_VERBS if verb in low)


def dated(line: str) -> bool:
    """Whether there is a day in it."""
    return bool(_DAY.search(line))


def retold(line: str) -> bool:
    """Whether a person tells what somebody wrote: programs write names, no "you" or "he"."""
    words = {word.strip(_AROUND_WORD) for word in line.split()}
    return any(
        one in line if _spaceless(one[0]) else one in words
        for verb in set(_verbs(line))
        for one in _RETOLD[verb]
    )


def reply_above(line: str) -> bool:
    """The line of ticket systems above which one shall write."""
    if len(line) > 200 or not (line[0] in _MARKS or "above" in line):
        return False
    low = line.casefold()
    return any(one in low for one in _ABOVE)


def notes_head(line: str) -> bool:
    """The line of Lotus Notes above a quoted mail: name, time between dashes, first words."""
    return "---" in line and bool(_NOTES.match(line))
