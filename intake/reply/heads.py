"""The head of another mail inside a text: "From: ... Sent: ... To: ...", as programs write it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from intake.reply import shapes

_MOST_LINES: Final = 40  # long lists of people included


class Head:
    """The labels that stand together, and how much speaks for it that they are such a head."""

    def __init__(self, short: Sequence[str], at: int) -> None:
        """Read the head that begins in line `at` of the stripped lines; `end`: the line after."""
        self._found: list[shapes.Label] = []
        self.values: dict[str, str] = {}
        self.end = at
        gap = 0
        for here in range(at, min(at + _MOST_LINES, len(short))):
            line = short[here]
            found = shapes.label(line) if line else None
            if found is not None:
                if found.role == "sender" and "sender" in self.values:
                    break  # the first was a sentence: "From: our side all is well."
                self._add(found, [short[one] for one in range(self.end, here)])
                self.end, gap = here + 1, 0
            elif here == at or not self._goes_on(line, gap):
                break
            else:
                gap += 1
        if self._found and not self._found[-1].value:
            self.end += self._value_below(short)

    def _add(self, found: shapes.Label, between: list[str]) -> None:
        if self._found:
            self._lengthen(" ".join(between))
        self._found.append(found)
        self.values.setdefault(found.role, found.value)

    def _lengthen(self, more: str) -> None:
        last = self._found[-1]
        if more.strip() and self.values.get(last.role, "").startswith(last.value):
            self.values[last.role] = f"{self.values[last.role]} {more.strip()}".strip()

    def _value_below(self, short: Sequence[str]) -> int:
        below = short[self.end] if self.end < len(short) else ""
        self._lengthen(below)
        return 1 if below else 0

    def _goes_on(self, line: str, gap: int) -> bool:
        """Whether a line without a label may stand within: a broken line, a value below."""
        last = self._found[-1]
        if not line:  # in the text of an HTML mail, but not after the only one
            return gap < 1 and (len(self._found) > 1 or not last.value)
        if line.startswith(("---", "___", "===", "***")):
            return False
        if last.role in ("to", "cc"):
            return gap < 12 and bool(not last.value or shapes.ADDRESS.search(line) or ";" in line)
        return gap < 2

    def proven(self, *, ruled: bool, whole: bool) -> bool:
        """`ruled`: below a line that divides. `whole`: all of the text would be quoted."""
        roles = {one.role for one in self._found}
        if len(roles - {"other"}) < 2 or not roles & {"sender", "date"}:
            return False
        if not roles & {"date", "subject"}:
            return False  # a waybill has a sender and a receiver, too
        if whole and not {"sender", "date", "to"} <= roles:
            return False  # a memo, or the head of a form: mail programs write all three
        people = [self.values.get(role, "") for role in ("sender", "to", "cc")]
        signs = (
            ruled,
            any(one.bold for one in self._found),
            any(map(shapes.ADDRESS.search, people)),
            bool(shapes.CLOCK.search(self.values.get("date", ""))),
            "subject" in roles,
        )
        sure = {one.role for one in self._found if one.sure and one.role != "subject"}
        return sum(signs) + len(sure) >= 2
