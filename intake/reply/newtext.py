"""The new text of a reply, what it quotes, and the signature (R-29: answers are in the new text).

Every line is in exactly one of the three. What no rule knows is new text, and the whole text stays
beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from intake.reply import shapes, signature
from intake.reply.quotes import NEW, QUOTED, Quotes
from intake.reply.signature import SIGNED

# Lines; who writes more sends a log, and looking at each of them would hold up the others.
LOOKED_AT: Final = 1_000


def split(text: str, writer: str = "") -> tuple[str, str, str]:
    """(new text, quoted text, signature) of `text`; each stripped of empty lines around it.

    `writer`: the name of the sender, which alone in a line begins a signature.
    """
    lines = _parted(text.splitlines())
    quotes = Quotes(lines[:LOOKED_AT])
    quotes.mark()
    signature.mark(quotes.short, quotes.marks, writer)
    marks = [*quotes.marks, *_below(lines, quotes.marks[-1:])]
    return _pick(lines, marks, NEW), _pick(lines, marks, QUOTED), _pick(lines, marks, SIGNED)


def _below(lines: list[str], last: list[str]) -> Iterator[str]:
    """The marks of the lines that were not looked at: what has its own, and what goes on."""
    rest = lines[LOOKED_AT:]
    goes_on = rest and last == [QUOTED] and not lines[LOOKED_AT - 1].lstrip().startswith(">")
    for line in rest:
        yield QUOTED if goes_on or line.startswith(">") else NEW


def _parted(lines: list[str]) -> list[str]:
    """ "Yes On 5 May Acme wrote:" in one line are two, when a quotation follows (once a mail)."""
    for at, line in enumerate(lines):
        if line.endswith((":", ": ")) and len(line) <= shapes.LONGEST and shapes.says_wrote(line):
            below = next((one for one in lines[at + 1 : at + 4] if one.strip()), "")
            cut = shapes.opens_within(line) if below[:1] == ">" else 0
            if cut and shapes.dated(line[cut:]) and not shapes.opens(line):
                return [*lines[:at], line[:cut].rstrip(), line[cut:], *lines[at + 1 :]]
    return lines


def _pick(lines: list[str], marks: list[str], kind: str) -> str:
    picked = [line for line, one in zip(lines, marks, strict=True) if one == kind]
    first = next((at for at, line in enumerate(picked) if line.strip()), len(picked))
    return "\n".join(picked[first:]).rstrip()
