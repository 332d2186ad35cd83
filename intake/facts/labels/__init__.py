"""What customers write before a fact, a file a language, put together: a mail mixes languages."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

_WORDS: Final = re.compile(r"[^\W_]+(?:[.'/&-][^\W_]+)*|[#№]|n[°º]")
# Scripts that put no spaces between words.
UNSPACED: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_LONGEST: Final = 5  # words of a label
_LONGEST_UNSPACED: Final = 10  # signs of one


@dataclass(frozen=True, slots=True)
class Labels:
    """All languages together. A label stands for one fact, or for several that look different."""

    of_label: Mapping[str, tuple[str, ...]]
    marks: tuple[str, ...]
    fillers: frozenset[str]
    units: tuple[str, ...]
    delivered: tuple[str, ...]
    complained: tuple[str, ...]
    whole: tuple[str, ...]  # "all", and what else speaks of the whole delivery
    wanted: tuple[str, ...]
    of: tuple[str, ...]  # "12 of 300"
    among: tuple[str, ...]  # 300 个中 12 个: the whole first
    ends: frozenset[str]  # the last words of all labels
    unspaced_ends: tuple[str, ...]  # .. and marks, of scripts without spaces

    def names(self, label: str) -> tuple[str, ...]:
        """The facts that exactly this label announces, as in "PO no."; none when it is none."""
        words = folded(label)
        if not self._may_end(words):
            return ()
        return next((found for one in self._shorter(words) if (found := self._of(one))), ())

    def before(self, text: str) -> tuple[str, ...]:
        """The facts announced by the end of `text`, as in "... for our purchase order no. "."""
        tail = text.rstrip(" \t:：=#*([（-是为為はがの")
        if tail and UNSPACED.match(tail[-1]):
            return self._before_unspaced(tail)
        tail = tail[-80:]
        # Nearly all words are the end of no label: one says so as well as all of them.
        last = folded(tail.rpartition(" ")[2])
        if last and last[-1] not in self.fillers and not self._may_end(last):
            return ()
        words = folded(tail)
        while words and words[-1] in self.fillers:
            words.pop()
        if not self._may_end(words):
            return ()
        for start in range(max(0, len(words) - _LONGEST), len(words)):
            if found := next(filter(None, map(self._of, self._shorter(words[start:]))), ()):
                return found
        return ()

    def _before_unspaced(self, tail: str) -> tuple[str, ...]:
        end = tail[-_LONGEST_UNSPACED:].casefold()
        words = folded(end)
        if not words or not words[-1].endswith(self.unspaced_ends):
            return ()
        for start in range(len(end)):
            if found := self.names(end[start:]):
                return found
        return ()

    def _may_end(self, words: list[str]) -> bool:
        """Whether a label can end so: trying all that it may be takes ten times as long."""
        return bool(words) and (words[-1] in self.ends or words[-1].endswith(self.marks))

    def _of(self, words: list[str]) -> tuple[str, ...]:
        return self.of_label.get(" ".join(words), ())

    def _shorter(self, words: list[str]) -> Iterator[list[str]]:
        """The words, then without "our" before and without "no." behind, as far as it goes."""
        yield words
        while len(words) > 1 and (words[0] in self.fillers or words[-1] in self.marks):
            words = words[1:] if words[0] in self.fillers else words[:-1]
            yield words
        if not words or not words[-1].endswith(self.marks):
            return
        # "in" ends like a short "no.", but nothing parts the two.
        if words[-1].isascii() and not ("-" in words[-1] or "." in words[-1]):
            return
        for mark in self.marks:
            rest = words[-1].removesuffix(mark)
            # 订单 of 订单号, bestell of bestell-nr; but not "pi" of "pin"
            if rest != words[-1] and rest and (UNSPACED.match(mark) or rest[-1] in "-."):
                yield [*words[:-1], rest.rstrip("-.")]


def folded(text: str) -> list[str]:
    """The words of a label as the table has them."""
    known = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _WORDS.findall(known.casefold())


@cache
def labels() -> Labels:
    """All labels of all languages."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    languages: list[dict[str, Any]] = [tomllib.loads(one.read_text("utf-8")) for one in files]
    of_label: dict[str, tuple[str, ...]] = {}
    for language in languages:
        for name, words in language["labels"].items():
            for word in words:
                key = " ".join(folded(word))
                of_label[key] = tuple(dict.fromkeys((*of_label.get(key, ()), name)))
    every_mark = {*_folded_all(languages, "marks")}
    marks = tuple(sorted(every_mark, key=lambda one: (-len(one), one)))
    ends = frozenset(key.rpartition(" ")[2] for key in of_label)
    return Labels(
        of_label,
        marks,
        frozenset(_folded_all(languages, "fillers")),
        units=_all(languages, "units"),
        delivered=_all(languages, "delivered"),
        complained=_all(languages, "complained"),
        whole=_all(languages, "whole"),
        wanted=_all(languages, "wanted"),
        of=_all(languages, "of"),
        among=_all(languages, "among"),
        ends=ends,
        unspaced_ends=tuple(one for one in (*ends, *marks) if UNSPACED.match(one[-1])),
    )


def _all(languages: Iterable[Mapping[str, Any]], kind: str) -> tuple[str, ...]:
    """Longest first, as an alternation needs them."""
    every = {str(word).casefold() for one in languages for word in one.get(kind, ())}
    return tuple(sorted(every, key=lambda word: (-len(word), word)))


def _folded_all(languages: Iterable[Mapping[str, Any]], kind: str) -> Iterator[str]:
    for word in _all(languages, kind):
        yield from folded(word)
