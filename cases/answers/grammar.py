"""Phrases with choices, matched word by word: `(we|I) [hereby] approve [{thing}]`.

`( | )` is one of, `[ ]` may be missing, `{name}` is another pattern or, in capitals, a gap that the
reader fills (`{OPTION}`). The phrases of all languages are one automaton whose states are made when
they are first met, so that time is linear in the text and no phrase can be slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cases.answers.tokens import words
from cases.errors import BadInput

_PIECE = re.compile(r"\{\w+\}|[()\[\]|]|[^()\[\]|{}]+")
_DEEPEST = 20

LINE = frozenset("\n")
_NO_STEPS: Final[dict[str, tuple[int, ...]]] = {}
Gaps = Callable[[str, int], Sequence[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase that ends before token `end`; what filled its gaps; the lists it is in."""

    end: int
    filled: tuple[str, ...]
    labels: frozenset[str]


@dataclass(slots=True)
class _Node:
    """One of forty thousand, of which most have no step or no free one: those hold nothing."""

    steps: dict[str, tuple[int, ...]] | None = None
    free: tuple[int, ...] = ()
    label: str = ""


class Grammar:
    """All phrases; `add` them first, then `matches`."""

    def __init__(self) -> None:
        self._nodes = [_Node()]
        self._sets: list[frozenset[int]] = []
        self._ids: dict[frozenset[int], int] = {}
        self._ends: list[frozenset[str]] = []  # of each state: the lists with a phrase that ends
        self._open: list[tuple[str, ...]] = []  # .. and the gaps that may follow
        self._start = -1
        self._known: dict[tuple[int, frozenset[str]], int] = {}
        self.vocabulary: set[str] = set()
        self.words: dict[str, set[str]] = {}  # list, without its language -> its words
        self._label = ""

    def add(self, label: str, pattern: str, macros: Mapping[str, str]) -> None:
        """Add one phrase to the list `label`. BadInput if it is no pattern."""
        self._label = label.partition("/")[2]
        end = _Reader(self, macros).read(pattern, 0, _DEEPEST)
        last = self.node()
        self._nodes[last].label = label
        self._nodes[end].free += (last,)
        if self._labels(self._closure([0])):
            raise BadInput(f"{pattern!r} in {label} may be empty")

    def node(self) -> int:
        """A new node."""
        self._nodes.append(_Node())
        return len(self._nodes) - 1

    def link(self, start: int, word: str, end: int) -> None:
        """`word` leads from one node to the other; "" is free."""
        node = self._nodes[start]
        if word:
            node.steps = node.steps or {}
            node.steps[word] = (*node.steps.get(word, ()), end)
            self.vocabulary.add(word)
            self.words.setdefault(self._label, set()).add(word)
        else:
            node.free += (end,)

    def matches(self, text: Sequence[frozenset[str]], at: int, gaps: Gaps) -> list[Match]:
        """Every phrase that begins at a token; `gaps(name, at)` tells what may fill a gap there."""
        found: list[Match] = []
        todo: list[tuple[int, int, tuple[str, ...]]] = [(at, self._begin(), ())]
        seen = set(todo)
        while todo:
            place, state, filled = todo.pop()
            ahead: list[tuple[int, int, tuple[str, ...]]] = []
            if place < len(text) and text[place]:
                ahead.append((place + 1, self._step(state, text[place]), filled))
            if at < place < len(text) - 1 and text[place] == LINE != text[place + 1]:
                ahead.append((place + 1, state, filled))  # a sentence goes on in the next line
            for name in self._open[state]:
                if fits := gaps(name, place):
                    reached = self._step(state, frozenset([name]))
                    ahead += [(end, reached, (*filled, by)) for end, by in fits]
            for one in ahead:
                if one[1] < 0 or one in seen:
                    continue
                seen.add(one)
                todo.append(one)
                labels = self._ends[one[1]]
                if labels and text[one[0] - 1] != LINE:
                    found.append(Match(one[0], one[2], labels))
        return found

    def _begin(self) -> int:
        if self._start < 0:
            self._start = self._id(self._closure([0]))
        return self._start

    def _step(self, state: int, ways: frozenset[str]) -> int:
        known = self._known.get((state, ways))
        if known is None:
            reached = [
                end
                for node in self._sets[state]
                for word in ways
                for end in (self._nodes[node].steps or _NO_STEPS).get(word, ())
            ]
            known = self._id(self._closure(reached)) if reached else -1
            self._known[state, ways] = known
        return known

    def _closure(self, nodes: Iterable[int]) -> frozenset[int]:
        found, todo = set(), list(nodes)
        while todo:
            node = todo.pop()
            if node not in found:
                found.add(node)
                todo += self._nodes[node].free
        return frozenset(found)

    def _id(self, nodes: frozenset[int]) -> int:
        if nodes not in self._ids:
            self._ids[nodes] = len(self._sets)
            self._sets.append(nodes)
            self._ends.append(self._labels(nodes))
            steps = (self._nodes[node].steps or _NO_STEPS for node in nodes)
            self._open.append(
                tuple(sorted({word for one in steps for word in one if word[0] == "{"}))
            )
        return self._ids[nodes]

    def _labels(self, nodes: frozenset[int]) -> frozenset[str]:
        return frozenset(self._nodes[node].label for node in nodes) - {""}


class _Reader:
    """Reads a pattern into the nodes of a grammar."""

    def __init__(self, grammar: Grammar, macros: Mapping[str, str]) -> None:
        self._grammar = grammar
        self._macros = macros

    def read(self, pattern: str, start: int, deep: int) -> int:
        """Build the nodes of a pattern from `start` on; return where it ends."""
        if deep == 0:
            raise BadInput(f"{pattern!r} names itself")
        pieces = _PIECE.findall(pattern)
        if "".join(pieces) != pattern:
            raise BadInput(f"{pattern!r} has a stray brace")
        end, rest = self._either(pieces, 0, start, deep)
        if rest != len(pieces):
            raise BadInput(f"{pattern!r} closes a bracket that is not open")
        return end

    def _either(self, pieces: list[str], at: int, start: int, deep: int) -> tuple[int, int]:
        end = self._grammar.node()
        while True:
            last, at = self._row(pieces, at, start, deep)
            self._grammar.link(last, "", end)
            if at >= len(pieces) or pieces[at] != "|":
                return end, at
            at += 1

    def _row(self, pieces: list[str], at: int, start: int, deep: int) -> tuple[int, int]:
        while at < len(pieces) and pieces[at] not in ("|", ")", "]"):
            piece = pieces[at]
            if piece in ("(", "["):
                before = start
                start, at = self._either(pieces, at + 1, start, deep)
                if at >= len(pieces) or pieces[at] != {"(": ")", "[": "]"}[piece]:
                    raise BadInput(f"{''.join(pieces)!r} leaves {piece} open")
                if piece == "[":
                    self._grammar.link(before, "", start)
            else:
                start = self._piece(piece, start, deep)
            at += 1
        return start, at

    def _piece(self, piece: str, start: int, deep: int) -> int:
        name = piece.strip("{}")
        if not piece.startswith("{"):
            for word in words(piece):
                start = self._to(start, word)
            return start
        if name.isupper():
            return self._to(start, piece)
        if name not in self._macros:
            raise BadInput(f"{piece} is not in [words]")
        return self.read(self._macros[name], start, deep - 1)

    def _to(self, start: int, word: str) -> int:
        end = self._grammar.node()
        self._grammar.link(start, word, end)
        return end
