"""What a complaint is about (R-23): order, part, drawing, lot, quantities, money, their number.

Every fact comes with the line in which it was found, so that a person can check it at a glance
(R-27). Four readers look, the surest first: "label: value" lines, tables, running text, and last
the subject and the names of files. What the company says of its own numbers goes before all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Final

from cases.numbers import numbers_in
from intake.facts.amounts import AMOUNT, amounts, currency, number, written
from intake.facts.labels import labels
from intake.facts.quantities import COMPLAINED, DELIVERED, is_counted, quantities
from intake.mail import Mail

LOOKED_AT: Final = 10_000  # signs of the text
_LONGEST_LINE: Final = 1_000
_MOST_LINES: Final = 50  # of a case; a longer table is an attachment to look at
# Facts of the case; all others belong to one of its lines.
OF_CASE: Final = frozenset({"customer_reference", "order_value"})
QUANTITIES: Final = frozenset({DELIVERED, COMPLAINED})
GUESSED: Final = "text, guessed"  # of what is counted: what a complaint counts is what is bad
_MONEY: Final = frozenset({"compensation_amount", "order_value"})
_IDENTITY: Final = ("part_number", "part_name", "po_pi_no")  # a new one of these is a new line


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as it was read. `line`: where it stood, word for word; `where`: in which field."""

    name: str
    value: str
    line: str
    where: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts by name: those of the case, and those of each of its lines (one or several)."""

    of_case: Mapping[str, Fact] = field(default_factory=dict)
    lines: tuple[Mapping[str, Fact], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.of_case or self.lines)


@dataclass(frozen=True, slots=True)
class Patterns:
    """What a company's numbers look like: regular expressions by fact, and its case numbers."""

    of_fact: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    case_numbers: tuple[str, ...] = ("KS{year}-{seq:03}",)


BUILT_IN: Final = Patterns()


def find(mail: Mail, patterns: Patterns = BUILT_IN) -> Facts:
    """The facts of a mail: of what its writer says, not of what is quoted."""
    said = (mail.new_text or mail.text)[:LOOKED_AT]
    rows = [line[:_LONGEST_LINE] for line in said.splitlines() if line.strip()]
    # Mail programs put text on a line of its own; names of files have "_" for spaces.
    names = [
        re.sub(r"[_+]", " ", one.name.rpartition(".")[0] or one.name) for one in mail.attachments
    ]
    found = _Finder(patterns)
    found.by_pattern(mail.subject, rows, names)
    found.by_table(rows)
    found.by_label(rows)
    found.in_words(rows, "text")
    found.in_words([mail.subject], "subject")
    found.in_words(names[:20], "attachment name")
    return found.facts()


class _Finder:
    """Collects; what is there already is not replaced."""

    def __init__(self, patterns: Patterns) -> None:
        self._patterns = patterns
        self._of_case: dict[str, Fact] = {}
        self._lines: list[dict[str, Fact]] = [{}]
        self._unnamed: list[Fact] = []

    def facts(self) -> Facts:
        lines = [one for one in self._lines if one]
        # One quantity and nothing said of it: what a complaint counts is what is bad.
        if len(self._unnamed) == 1 and not any(QUANTITIES & one.keys() for one in lines):
            self._put(self._unnamed[0])
            lines = [one for one in self._lines if one]
        return Facts(self._of_case, tuple(lines[:_MOST_LINES]))

    def by_pattern(self, subject: str, rows: Sequence[str], names: Sequence[str]) -> None:
        """What the company's own patterns say (the first group, or all of it)."""
        places = (
            [("text", one) for one in rows],
            [("subject", subject)],
            [("attachment name", n) for n in names],
        )
        for name, shapes in self._patterns.of_fact.items():
            for where, row in (one for place in places for one in place):
                if hit := next(filter(None, (_compiled(s).search(row) for s in shapes)), None):
                    self._put(Fact(name, hit[hit.lastindex or 0].strip(), row.strip(), where))

    def by_table(self, rows: Sequence[str]) -> None:
        """Rows under a row of labels: each is a line of the case."""
        for columns, body in _tables(rows):
            filled = [one for row in body if (one := self._table_line(columns, row))]
            if not filled:
                continue
            if self._lines == [{}]:
                self._lines = filled
            else:
                self._lines.extend(filled)

    def _table_line(self, columns: Sequence[tuple[str, ...]], row: str) -> dict[str, Fact]:
        line: dict[str, Fact] = {}
        for names, cell in zip(columns, _cells(row), strict=True):
            for fact in self._labelled(names, cell, row, "table"):
                if fact.name in OF_CASE:
                    self._of_case.setdefault(fact.name, fact)
                else:
                    line.setdefault(fact.name, fact)
        return line if any(name in line for name in (*_IDENTITY, *QUANTITIES)) else {}

    def by_label(self, rows: Sequence[str]) -> None:
        """Lines of the form "label: value"."""
        for row in rows:
            for label, value in _pairs(row):
                names = labels().names(label)
                for fact in self._labelled(names, value, row, "text"):
                    self._put(fact, may_begin=True)

    def in_words(self, rows: Sequence[str], where: str) -> None:
        """Numbers in sentences, by the words before them; quantities and money."""
        for row in rows:
            if not any(map(str.isdigit, row)) and not _QUOTES.search(row):
                continue
            for hit in (*_TOKEN.finditer(row), *_QUOTES.finditer(row)):
                names = labels().before(row[max(0, hit.start() - 100) : hit.start()])
                for fact in self._labelled(names, row[hit.start() :], row, where, in_words=True):
                    self._put(fact)
            if where != "attachment name":
                self._counted(row, where)
                self._money(row, where)

    def _labelled(
        self,
        names: Iterable[str],
        value: str,
        row: str,
        where: str,
        *,
        in_words: bool = False,
    ) -> Iterator[Fact]:
        """The first of the facts that a label may stand for whose shape the value has."""
        for name in names:
            if in_words and name in (*QUANTITIES, *_MONEY):
                continue  # read by what stands around them
            if name in _MONEY and (money := AMOUNT.search(value)):
                yield from self._amount(name, money, row, where)
                return
            shape = _quoted_name if in_words and name == "part_name" else _SHAPES.get(name, _code)
            read = shape(value)
            if read and not self._is_ours(read):
                yield Fact(name, read, row.strip(), where)
                return

    def _is_ours(self, value: str) -> bool:
        return any(numbers_in(value, one) for one in self._patterns.case_numbers)

    def _counted(self, row: str, where: str) -> None:
        for name, value, _ in quantities(row):
            if name in QUANTITIES:
                self._put(Fact(name, written(value), row.strip(), where))
            elif name == "unnamed":
                self._unnamed.append(Fact(COMPLAINED, written(value), row.strip(), GUESSED))

    def _money(self, row: str, where: str) -> None:
        for hit in amounts(row):
            named = labels().before(row[max(0, hit.start() - 100) : hit.start()])
            name = next((one for one in named if one in _MONEY), "compensation_amount")
            for fact in self._amount(name, hit, row, where):
                self._put(fact)

    def _amount(self, name: str, hit: re.Match[str], row: str, where: str) -> Iterator[Fact]:
        value = number(hit["number"] or hit["number2"])
        if value is not None:
            yield Fact(name, written(value), row.strip(), where)
            sign = currency(hit["before"] or hit["after"], row)
            yield Fact("currency", sign, row.strip(), where)

    def _put(self, fact: Fact, *, may_begin: bool = False) -> None:
        if fact.name in OF_CASE:
            self._of_case.setdefault(fact.name, fact)
            return
        line = self._lines[-1]
        known = line.get(fact.name)
        if may_begin and known and known.where == "text" and fact.name in _IDENTITY:
            if known.value != fact.value and QUANTITIES & line.keys():
                self._lines.append({fact.name: fact})
            return
        if not any(fact.name in one for one in self._lines) or may_begin:
            line.setdefault(fact.name, fact)


# --- shapes of values

_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+\-]*")
# In a sentence: a word with a digit in it, or one or two capitals alone (a revision).
_TOKEN: Final = re.compile(
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
_QUOTES: Final = re.compile(r"[\"“„«「『‚](?P<words>[^\"“”„«»「」『』‘’‚]{3,80})[\"”“»」』‘’]")
_REVISION: Final = re.compile(r"(?:[A-Z]{1,2}(?:[.-]?\d{1,3})?|\d{1,3}(?:\.\d{1,2})?)(?!\w)")
_NAME_END: Final = re.compile(r"[,;|\t。；，]|\s{2,}|\s[-–—]\s|\((?=.*\d)|$")


def _code(value: str, least: int = 3) -> str:
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
    return _code(value, least=1 if value.strip().isalnum() else 2)


# An acknowledgment repeats the name: nothing that leads anywhere may stand in it.
_LEADS_AWAY: Final = re.compile(r"://|www\.|@|\w\.[a-z]{2,}", re.IGNORECASE)


def _part_name(value: str) -> str:
    text = value.strip(" :：=*")
    if quoted := _quoted_name(text):
        return quoted
    name = text[: _NAME_END.search(text).start()].strip(" *.\"'")  # type: ignore[union-attr]
    words = name.split()
    fits = 2 <= len(name) <= 80 and len(words) <= 8 and _code(name) == ""
    return name if fits and not _LEADS_AWAY.search(name) else ""


def _quoted_name(value: str) -> str:
    quoted = _QUOTES.match(value.lstrip(" :：=*"))
    name = quoted["words"].strip() if quoted else ""
    return "" if _LEADS_AWAY.search(name) else name


def _revision(value: str) -> str:
    hit = _REVISION.match(value.lstrip(" :：=.*"))
    return hit[0] if hit else ""


def _count(value: str) -> str:
    hit = re.match(r"\D{0,12}?([\d., '’]*\d)", value)
    found = number(hit[1]) if hit else None
    return written(found) if found is not None and 0 < found < Decimal(10) ** 9 else ""


_SHAPES: Final = {
    "part_name": _part_name,
    "drawing_revision": _revision,
    "lot": _lot,
    DELIVERED: _count,
    COMPLAINED: _count,
    "compensation_amount": _count,
    "order_value": _count,
}

# --- shapes of lines

_BULLET: Final = re.compile(r"^[\s>*•·▪◦–—\-]*(?:\(?\d{1,2}[.)]\s+)?")
_PAIR: Final = re.compile(r"(?P<label>[^:：=|\t]{1,60}?)\s*(?:[:：=|\t]|\s{2,})\s*(?P<value>\S.*)")
_BETWEEN: Final = ("|", "\t", "  ", "\xa0", "\u3000")
_CELLS: Final = re.compile(r"\s*[|\t]\s*|\s{3,}")


def _pairs(row: str) -> Iterator[tuple[str, str]]:
    """ "PO: 1, part: 2" is two of them; what stands behind a comma may be part of a value."""
    text = _BULLET.sub("", row).strip("| *")
    for piece in (text, *re.split(r"[,;，；/|]\s*", text)[1:]):
        if hit := _PAIR.match(piece.strip()):
            yield hit["label"].strip(" *_"), hit["value"].strip(" *_|")


def _cells(row: str) -> list[str]:
    plain = row.strip().strip("|").strip()
    return _CELLS.split(plain) if any(one in plain for one in _BETWEEN) else [plain]


def _tables(rows: Sequence[str]) -> Iterator[tuple[list[tuple[str, ...]], list[str]]]:
    """Columns (which facts their labels stand for) and the rows below that have as many cells."""
    at = 0
    while at < len(rows):
        heads = _cells(rows[at])
        columns = [labels().names(one) for one in heads] if 2 <= len(heads) <= 30 else []
        at += 1
        if sum(map(bool, columns)) < 2 or any(map(str.isdigit, "".join(heads))):
            continue
        body: list[str] = []
        while at < len(rows):
            if not re.fullmatch(r"[\s|+:=-]*", rows[at]):
                if len(_cells(rows[at])) != len(heads):
                    break
                body.append(rows[at])
            at += 1
        if body:
            yield columns, body


@lru_cache(maxsize=200)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
