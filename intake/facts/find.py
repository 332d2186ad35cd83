"""What a complaint is about (R-23): order, part, drawing, lot, quantities, money, their number.

Every fact comes with the line in which it was found, so that a person can check it at a glance
(R-27). Four readers look, the surest first: "label: value" lines, tables, running text, and last
the subject and the names of files. What the company says of its own numbers goes before all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from cases.numbers import numbers_in
from intake.facts.amounts import AMOUNT, amounts, currency, number, written
from intake.facts.labels import labels
from intake.facts.quantities import COMPLAINED, DELIVERED, is_counted, quantities
from intake.facts.rows import cells, pairs, tables
from intake.facts.spelled import is_spelled
from intake.facts.values import (
    QUOTED,
    SHAPES,
    TOKEN,
    code,
    has_revision,
    own_name,
    part_before,
    part_guess,
    quoted_name,
)
from intake.mail import Mail

LOOKED_AT: Final = 10_000  # signs of the text
_DIGIT: Final = re.compile(r"\d")
_LONGEST_LINE: Final = 1_000
_MOST_LINES: Final = 50  # of a case; a longer table is an attachment to look at
# Facts of the case; all others belong to one of its lines.
OF_CASE: Final = frozenset({"customer_reference", "order_value"})
QUANTITIES: Final = frozenset({DELIVERED, COMPLAINED})
# Nothing is said of the number: what a complaint counts is what is bad.
GUESSED: Final = "text, guessed"
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
        self._codes: dict[str, Fact] = {}

    def facts(self) -> Facts:
        self._guess_part()
        lines = [one for one in self._lines if one]
        # One quantity and nothing said of it: what a complaint counts is what is bad.
        if len(self._unnamed) == 1 and not any(QUANTITIES & one.keys() for one in lines):
            self._put(self._unnamed[0])
            lines = [one for one in self._lines if one]
        for line in lines:
            if invoice := line.pop("invoice", None):  # names the order where nothing else does
                line.setdefault("po_pi_no", replace(invoice, name="po_pi_no"))
        _share_order(lines)
        return Facts(self._of_case, tuple(lines[:_MOST_LINES]))

    def _guess_part(self) -> None:
        """The only number that looks like that of a part is it."""
        if not self._codes:
            return
        known = {one.value for line in (self._of_case, *self._lines) for one in line.values()}
        codes = [one for one in self._codes.values() if one.value not in known]
        if len(codes) == 1 and len(self._lines) == 1:
            self._put(codes[0])

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
        for columns, body in tables(rows):
            filled = [one for row in body if (one := self._table_line(columns, row))]
            if not filled:
                continue
            if self._lines == [{}]:
                self._lines = filled
            else:
                self._lines.extend(filled)

    def _table_line(self, columns: Sequence[tuple[str, ...]], row: str) -> dict[str, Fact]:
        line: dict[str, Fact] = {}
        for names, cell in zip(columns, cells(row), strict=True):
            for fact in self._labelled(names, cell, row, "table"):
                if fact.name in OF_CASE:
                    self._of_case.setdefault(fact.name, fact)
                else:
                    line.setdefault(fact.name, fact)
        return line if any(name in line for name in (*_IDENTITY, *QUANTITIES)) else {}

    def by_label(self, rows: Sequence[str]) -> None:
        """Lines of the form "label: value"."""
        for row in rows:
            for label, value in pairs(row):
                names = labels().names(label)
                for fact in self._labelled(names, value, row, "text"):
                    self._put(fact, may_begin=True)
                if not names and code(label) == label and is_counted(value):
                    self._item(label, value, row)

    def _item(self, part: str, value: str, row: str) -> None:
        """ "T-55: 3 pcs bent": a part, and how many of it are bad."""
        self._put(Fact("part_number", part, row.strip(), "text"), may_begin=True)
        if self._lines[-1]["part_number"].value == part:
            count = written(quantities(value)[0][1])
            self._lines[-1].setdefault(COMPLAINED, Fact(COMPLAINED, count, row.strip(), "text"))

    def in_words(self, rows: Sequence[str], where: str) -> None:
        """Numbers in sentences, by the words before them; quantities and money."""
        for row in rows:
            if not (_DIGIT.search(row) or QUOTED.search(row) or is_spelled(row)):
                continue
            revised = has_revision(row)
            for hit in (*TOKEN.finditer(row), *QUOTED.finditer(row)):
                names = labels().before(row[max(0, hit.start() - 100) : hit.start()])
                if not names and hit.re is TOKEN and (revised or hit[0][0].isupper()):
                    names = self._without_label(hit, row, where)
                for fact in self._labelled(names, row[hit.start() :], row, where, in_words=True):
                    self._put(fact)
            if where != "attachment name":
                self._counted(row, where)
                self._money(row, where)

    def _without_label(self, hit: re.Match[str], row: str, where: str) -> tuple[str, ...]:
        if part_before(row, hit.end()):
            return ("part_number",)
        token = hit[0].rstrip("._/+-")
        if names := own_name(token):
            return names
        if (
            where != "attachment name"
            and part_guess(token, row, hit.start())
            and not self._is_ours(token)
        ):
            self._codes.setdefault(token, Fact("part_number", token, row.strip(), where))
        return ()

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
            if name == "price" or (in_words and name in (*QUANTITIES, *_MONEY)):
                continue  # read by what stands around them
            if name in _MONEY and (money := AMOUNT.search(value)):
                yield from self._amount(name, money, row, where)
                return
            shape = quoted_name if in_words and name == "part_name" else SHAPES.get(name, code)
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
            if "price" in named:
                continue
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


def _share_order(lines: Sequence[dict[str, Fact]]) -> None:
    """An order that is named once, beside the lines, is that of all of them."""
    orders = {one["po_pi_no"].value: one["po_pi_no"] for one in lines if "po_pi_no" in one}
    if len(orders) == 1:
        (order,) = orders.values()
        for line in lines:
            if order.where != "table":
                line.setdefault("po_pi_no", order)


@lru_cache(maxsize=200)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
