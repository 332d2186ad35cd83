"""Which lines below a person's words are no words to us: greeting, name, company, legal notice.

A line is taken for part of a signature only where something above it says that one began. When in
doubt it is text: nobody misses an answer because a phone number was shown with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from intake.reply import banner, cards, shapes
from intake.reply.quotes import NEW, QUOTED

SIGNED: Final = "s"
_LONGEST_SIGNATURE: Final = 40  # lines
_WIDEST_GAP: Final = 3  # empty lines within a signature
_MOST_SIGNED: Final = 15  # full lines below "-- "
_SIGN: Final = re.compile(r"(?:-- ?|—|- -|—-|–)")
_DASHED_NAME: Final = re.compile(r"[-–—/~][^\W\d_]['’.\w-]+(?: [^\W\d_]['’.\w-]+){0,2}")
_SHORTEST_NOTICE: Final = 40
_LONGEST_NAME: Final = 80
_SECRET: Final = tuple(shapes.every("secret"))
_NOTICES: Final = frozenset(map(shapes.folded, shapes.every("notice")))


def mark(short: Sequence[str], marks: list[str], writer: str = "") -> None:
    """Mark what is no text among the NEW lines. `writer`: the name of who sent the mail."""
    banner.mark(short, marks, SIGNED)
    names = cards.names(writer)
    for first, end in list(_runs(short, marks)):
        _Segment(short, marks, first, end, names).mark()
    _keep_something(short, marks)


def _runs(short: Sequence[str], marks: Sequence[str]) -> Iterable[tuple[int, int]]:
    """The runs of NEW lines, without the empty lines at their ends."""
    first = None
    last = 0
    for at, kind in enumerate((*marks, QUOTED)):
        if kind != NEW:
            if first is not None:
                yield first, last + 1
            first = None
        elif short[at]:
            first, last = at if first is None else first, at


def _keep_something(short: Sequence[str], marks: list[str]) -> None:
    """Somebody who writes nothing but "Thanks, Bob" says thanks."""
    if any(kind == NEW and line for line, kind in zip(short, marks, strict=True)):
        return
    for at, kind in enumerate(marks):
        if kind == SIGNED and short[at]:
            if cards.closing(short[at])[0] == "thanks":
                marks[at] = NEW
            return


class _Segment:
    """One run of NEW lines: marks the signatures in it."""

    def __init__(
        self, short: Sequence[str], marks: list[str], first: int, end: int, names: frozenset[str]
    ) -> None:
        self.short = short
        self.marks = marks
        self.first = first
        self.end = end
        self.names = names
        self.starts = {one[:1] for one in names}
        low = "\n".join(short[first : end + 1]).casefold()
        self.has_device, names_message = cards.may_say(low)
        self.has_notice = names_message and any(one in low for one in _SECRET)

    def mark(self) -> None:
        self._devices()
        start = max(self.first, self.end - 3 * _LONGEST_SIGNATURE)
        at = start
        while at < self.end:
            end = self._begins(at)
            if end > at:
                self._sign(at, end)
            at = max(end, at + 1)
        self._trailing_card()

    def _sign(self, first: int, end: int) -> None:
        self.marks[first:end] = SIGNED * (end - first)

    def _devices(self) -> None:
        start = max(self.first, self.end - 3 * _LONGEST_SIGNATURE)
        for at in range(start, self.end) if self.has_device else ():
            line = self.short[at]
            if line and cards.is_device(line):
                self.marks[at] = SIGNED
        if "|" in self.short[self.first : self.end]:
            for at in range(self.first, self.end):
                if cards.is_frame(self.short[at]):
                    self.marks[at] = SIGNED

    def _begins(self, at: int) -> int:
        """The end of the signature that begins in this line; `at` if none does."""
        line = self.short[at]
        if not line or self.marks[at] != NEW:
            return at
        if not line[0].isalnum():
            if _SIGN.fullmatch(line):
                return self._below_sign(at)
            if shapes.RULE.fullmatch(line):
                return self._below_rule(at)
        kind, named = cards.closing(line)
        if kind == "said" and self._is_signed(at + 1):
            kind = "thanks"
        if kind in ("closing", "thanks"):
            return self._below_closing(at, kind, named=named)
        if self._is_notice(at):
            return self._notice(at)
        if self._signs(at) or self._is_dashed_name(at):
            end = self._cards(at + 1, free=self._firm_below(at))
            return end if self._is_over(end) else at
        return at

    def _is_signed(self, at: int) -> bool:
        """Whether the line under words of thanks is the sender's name."""
        if at >= self.end or not self.short[at]:
            return False
        return self._is_writer(at) or cards.closing(self.short[at])[1]

    def _below_sign(self, at: int) -> int:
        """RFC 3676 section 4.3: "-- " alone in its line. Long text below it is none."""
        below = [line for line in self.short[at + 1 : self.end] if line]
        if not below or len(below) > _MOST_SIGNED:
            return self._cards_to_end(at)
        talk = sum(cards.talks(line) and not cards.CONTACT.search(line) for line in below)
        return self.end if talk <= len(below) // 2 or self._is_notice(at + 1) else at

    def _cards_to_end(self, at: int) -> int:
        end = self._cards(at + 1, free=2)
        reached = sum(bool(cards.CONTACT.search(line)) for line in self.short[at + 1 : end])
        return end if reached >= 2 and self._is_over(end) else at

    def _below_rule(self, at: int) -> int:
        """The foot of a mailing list, a card, a notice; else a rule divides text from text."""
        if at == self.first and not self._text_above(at):
            return at
        end = self._cards(at + 1, free=1)
        below = self.short[at + 1 : end]
        card = any(map(cards.REACHED.match, below)) or self._is_writer(at + 1)
        return end if self._is_over(end) and card else at

    def _below_closing(self, at: int, kind: str, *, named: bool) -> int:
        end = self._cards(at + 1, free=2)
        card = named or any(self.short[at + 1 : end])
        if self._is_over(end):
            return end if kind == "closing" or card else at
        # Words follow, such as a postscript: only a greeting with a name under it ends a letter.
        return end if kind == "closing" and card and self._text_above(at) else at

    def _cards(self, at: int, free: int) -> int:
        """The first line from `at` on that does not belong to a card.

        `free`: so many lines of the first paragraph may hold any name. What stands apart from it
        must say how to reach somebody, or be a company: a postscript looks like a name, too.
        """
        end, waiting = at, at
        for first, last in self._paragraphs(at):
            if self._is_notice(first):
                return self._notice(first)
            took = first
            while took < last and (
                cards.is_card(self.short[took])
                or (took - first < free and cards.is_name(self.short[took]))
            ):
                took += 1
            begun = end > at
            if took < last:
                return end if begun else took
            apart = last - first == 1 and cards.is_title(self.short[first])
            if begun and not apart and not self._anchored(first, last):
                if waiting > end or last - first > 3:
                    return end
                waiting = last  # a title perhaps, if an address follows
                continue
            end, free = last, 0
        return end

    def _paragraphs(self, at: int) -> Iterator[tuple[int, int]]:
        """(first line, line after the last) of the paragraphs from here on, until a wide gap."""
        gap = 0
        while at < self.end and gap <= _WIDEST_GAP:
            if not self.short[at] or self.marks[at] != NEW:
                at, gap = at + 1, gap + 1
                continue
            first, gap = at, 0
            while at < self.end and self.short[at] and self.marks[at] == NEW:
                at += 1
            yield first, at

    def _anchored(self, first: int, last: int) -> bool:
        return any(
            cards.REACHED.match(line) or cards.REGISTER.search(line) or cards.closing(line)[0]
            for line in self.short[first:last]
        )

    def _is_over(self, end: int) -> bool:
        """Whether nothing new stands between here and the end of the segment."""
        return not any(
            line and kind == NEW
            for line, kind in zip(
                self.short[end : self.end], self.marks[end : self.end], strict=True
            )
        )

    def _text_above(self, at: int) -> bool:
        return any(
            line and kind == NEW
            for line, kind in zip(
                self.short[self.first : at], self.marks[self.first : at], strict=True
            )
        )

    def _is_notice(self, at: int) -> bool:
        """Whether a legal notice begins here, and goes on to the end."""
        line = next((one for one in self.short[at : at + 2] if one), "")
        if shapes.folded(line.strip("*-_=# ").rstrip(":：")) in _NOTICES:
            return at > self.first or len(self.short) == 1
        if len(line) < _SHORTEST_NOTICE or not self.has_notice:
            return False
        low = line.casefold()
        if not cards.names_message(low):
            return False
        secrets = sum(one in low for one in _SECRET)
        return secrets >= 2 or (secrets == 1 and SIGNED in self.marks[max(at - 12, 0) : at])

    def _notice(self, at: int) -> int:
        """The end of a legal notice: below some text all that follows, else its paragraph."""
        if self._text_above(at):
            return self.end
        while at < self.end and self.short[at]:
            at += 1
        return at

    def _is_writer(self, at: int) -> bool:
        """Whether the name of the sender stands alone in the line, below some text."""
        if at >= self.end or len(self.short[at]) > _LONGEST_NAME:
            return False
        if self.short[at][:1].casefold() not in self.starts:
            return False
        return shapes.folded(self.short[at].rstrip(".,")) in self.names and self._text_above(at)

    def _signs(self, at: int) -> bool:
        """Whether the sender's name ends a letter here: what is above does not go on in it."""
        if not self._is_writer(at):
            return False
        above = self.short[at - 1] if at else ""
        reached = at + 1 < self.end and cards.REACHED.match(self.short[at + 1])
        whole = len(self.short[at].split()) > 1
        return not above or whole or bool(reached) or cards.is_end(above)

    def _firm_below(self, at: int) -> int:
        """One line of any name may stand below that of the sender, where no sentence goes on."""
        below = self.short[at + 1] if at + 1 < self.end else ""
        return 1 if self._is_writer(at) and not below[:1].islower() else 0

    def _is_dashed_name(self, at: int) -> bool:
        line = self.short[at]
        name = _DASHED_NAME.fullmatch(line)
        words = line[1:].split()
        return (
            name is not None
            and all(word[0].isupper() for word in words)
            and at > self.first
            and not self.short[at - 1]
        )

    def _trailing_card(self) -> None:
        """The last paragraph is a card when two of its lines say how to reach somebody."""
        end = self.end
        while end > self.first and (self.marks[end - 1] != NEW or not self.short[end - 1]):
            end -= 1
        first = end
        while first > self.first and self.short[first - 1] and self.marks[first - 1] == NEW:
            first -= 1
            if end - first > 12:
                return
        above = next((line for line in reversed(self.short[self.first : first]) if line), "")
        # "Please send them to:" is followed by an address that is part of the text.
        if above and above[-1] not in ":：" and cards.is_whole(self.short[first:end]):
            self._sign(first, end)
