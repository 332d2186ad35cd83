"""Which lines of a text are quoted: by their marks, or because a mail program says so above them.

Where no mark says where the quotation ends, it ends with the text. What looks like the beginning
of a quotation must therefore be certain; else only lines with marks below it are quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from intake.reply import shapes
from intake.reply.heads import Head

NEW: Final = "n"
QUOTED: Final = "q"

# A measure; "> 2) How many?" is the second of somebody's questions.
_COMPARED: Final = re.compile(r">[>= ]*\d(?!\d?[.)]\s)")
_MOST_LINES: Final = 4  # of one "On ... wrote:"
_ENDS: Final = (":", "：", "写道", "寫道")


@dataclass(frozen=True, slots=True)
class Beginning:
    """A line or several that say that a quotation follows. `end`: the first line after them.

    `certain`: also when the lines below have no marks.
    """

    first: int
    end: int
    certain: bool


class Quotes:
    """The lines of one text, each marked NEW or QUOTED."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.short = [line[: shapes.LONGEST].strip(" \t\xa0\u200b\ufeff") for line in lines]
        self.marks = [NEW] * len(lines)
        self._after = _next_full(self.short)
        self._no_head = 0  # lines before this were looked at, and are no head of a mail

    def full_from(self, at: int) -> int:
        """The first line from this one on that is not empty."""
        return self._after[at]

    def first(self, at: int = 0) -> Beginning | None:
        """The first certain beginning of a quotation from this line on."""
        for here in range(at, len(self.lines)):
            found = self._beginning(here, self.short[here]) if self.short[here] else None
            if found is not None and found.certain:
                return found
        return None

    def mark(self) -> None:
        """Mark all lines."""
        at = 0
        while at < len(self.lines):
            at = self._step(at)
        self._single_marks()

    def _step(self, at: int) -> int:
        line = self.short[at]
        if not line:
            return at + 1
        found = self._beginning(at, line)
        if found is None:
            if self._is_quoted(at):
                self.marks[at] = QUOTED
            return at + 1
        below = self._after[found.end]
        if below == len(self.lines) or self._is_quoted(below):
            self._quote(self._ruled(found.first), below)
            return below
        if found.certain:
            self._quote(self._ruled(found.first), len(self.lines))
            return len(self.lines)
        return at + 1

    def _quote(self, first: int, end: int) -> None:
        self.marks[first:end] = QUOTED * (end - first)

    def _ruled(self, first: int) -> int:
        """With the rule above it, such as the underscores of Outlook."""
        above = first - 1
        while above >= 0 and not self.short[above]:
            above -= 1
        rule = self.short[above] if above >= 0 else ""
        # A line of dashes some way above may be the writer's own.
        near = above == first - 1 or rule.startswith("_")
        return above if near and shapes.RULE.fullmatch(rule) else first

    def _is_quoted(self, at: int) -> bool:
        line = self.short[at]
        if line[:1] == ">":
            return not (line.startswith(">>>") and line.endswith("<<<"))  # ">>> urgent <<<"
        # A long link of a quotation is broken and its rest loses the mark.
        return (
            0 < at < len(self.lines) - 1
            and self.marks[at - 1] == QUOTED
            and self.short[at + 1][:1] == ">"
            and " " not in line.strip(" >")
            and "http" in self.short[at - 1].rpartition(" ")[2] + line
        )

    def _beginning(self, at: int, line: str) -> Beginning | None:
        if line[0] == ">":
            return self._group_wise(at, line)
        if len(self.lines[at]) > shapes.LONGEST:
            return None
        if shapes.divider(line) or shapes.notes_head(line):
            return Beginning(at, self._head(self._after[at + 1]) or at + 1, certain=True)
        if shapes.reply_above(line):
            return self._ticket(at)
        if end := self._head(at):
            return Beginning(at, end, certain=True)
        if line.endswith(_ENDS):
            return self._wrote(at, line)
        return self._other(at, line)

    def _other(self, at: int, line: str) -> Beginning | None:
        """Forms without a colon: Zoho's dashes, the oldest of Gmail, the head of Lotus Notes."""
        if line.endswith("--") and line.startswith("--") and shapes.says_wrote(line):
            head = self._head(self._after[at + 1])
            return Beginning(at, head or at + 1, certain=bool(head) or shapes.dated(line))
        if line.endswith(">") and len(line) <= 160 and shapes.opens(line):
            named = shapes.dated(line) and shapes.ADDRESS.search(line)
            return Beginning(at, at + 1, certain=False) if named else None
        return self._lotus(at, line)

    def _group_wise(self, at: int, line: str) -> Beginning | None:
        if shapes.only_wrote(line):
            return self._wrote(at, line)
        if line.startswith(">>>") and line.endswith(">>>") and shapes.dated(line):
            return Beginning(at, at + 1, certain=True)
        below = self.short[at + 1] if at + 1 < len(self.short) else ""
        if line.startswith(">>>") and "<" in below and below.endswith(">:"):
            return Beginning(at, at + 2, certain=shapes.dated(line))
        return None

    def _ticket(self, at: int) -> Beginning:
        """Above everything it is the line of a ticket system that writes to us: words follow."""
        if at > self._after[0]:
            return Beginning(at, at + 1, certain=True)
        self.marks[at] = QUOTED
        return Beginning(at, at + 1, certain=False)

    def _wrote(self, at: int, line: str) -> Beginning | None:
        first, text = self._joined(at, line)
        verb = shapes.says_wrote(text)
        address = bool(shapes.ADDRESS.search(text))
        day = shapes.dated(text)
        if not verb and not (day and address and shapes.opens(self.short[first])):
            return None
        if shapes.retold(text):
            return None
        certain = day and (address or (verb and bool(shapes.CLOCK.search(text))))
        return Beginning(first, at + 1, certain)

    def _joined(self, at: int, line: str) -> tuple[int, str]:
        """Where an "On ... wrote:" that ends here begins, and all of it."""
        if shapes.opens(line):
            return at, line
        text, first = line, at
        complete = shapes.dated(line) or bool(shapes.ADDRESS.search(line))
        broken = line[0] == ">"
        for _ in range(_MOST_LINES - 1):
            first -= 1
            if first >= 0 and broken and not self.short[first]:
                first -= 1
            if first < 0 or not self.short[first] or self.marks[first] == QUOTED:
                break
            text = f"{self.short[first]} {text}"
            if self.short[first].endswith((".", "!", "?", "。")) or len(text) > shapes.LONGEST:
                break
            if shapes.opens(self.short[first]) and shapes.dated(text):
                return first, text
            if not complete and shapes.dated(text) and shapes.ADDRESS.search(text):
                return first, text
        return at, line

    def _head(self, at: int) -> int | None:
        """The end of the head of a mail that begins here: "From: ... Sent: ... To: ..."."""
        if at < self._no_head or at >= len(self.lines) or not shapes.label(self.short[at]):
            return None
        head = Head(self.short, at)
        if head.proven(ruled=self._ruled(at) != at, whole=at == self._after[0]):
            return head.end
        self._no_head = head.end
        return None

    def _lotus(self, at: int, line: str) -> Beginning | None:
        below = self._after[at + 1]
        if len(line) > 60 or below == len(self.lines) or not shapes.label_alone(self.short[below]):
            return None
        if not shapes.dated(line) or shapes.label(line):
            return None
        found: dict[str, int] = {}
        for here in range(at + 1, min(at + 16, len(self.lines))):
            role = shapes.label_alone(self.short[here])
            if role:
                found[role] = here
        if not {"to", "subject"} <= found.keys():
            return None
        above = at - 1 if at and self.short[at - 1] else at
        return Beginning(above, min(max(found.values()) + 2, len(self.lines)), certain=True)

    def _single_marks(self) -> None:
        """ "> 3 mm" in the middle of a text compares, and quotes nothing."""
        for at, line in enumerate(self.short):
            if line[:1] == ">" and _COMPARED.match(line) and self._alone(at):
                self.marks[at] = NEW

    def _alone(self, at: int) -> bool:
        around = self.marks[max(at - 1, 0) : at] + self.marks[at + 1 : at + 2]
        full = any(self.short[max(at - 1, 0) : at])
        return full and QUOTED not in around


def _next_full(lines: list[str]) -> list[int]:
    """For every line, and for the end, the next that is not empty."""
    found = [len(lines)] * (len(lines) + 1)
    for at in range(len(lines) - 1, -1, -1):
        found[at] = at if lines[at] else found[at + 1]
    return found
