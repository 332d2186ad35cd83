"""Lines that flow (RFC 3676): a line that ends in a space goes on in the next one."""

from __future__ import annotations

from collections.abc import Iterator


def joined(text: str, *, delsp: bool) -> str:
    """The paragraphs, a line each, with their marks. `delsp`: the space at a line's end is none."""
    return "\n".join(_paragraphs(text, delsp=delsp))


def _paragraphs(text: str, *, delsp: bool) -> Iterator[str]:
    depth, pieces = 0, list[str]()
    for line in text.split("\n"):
        own = line.lstrip(">")
        level = len(line) - len(own)
        own = own.removeprefix(" ")  # RFC 3676 section 4.4: space-stuffing
        # Section 4.3: the line above a signature never flows into it, nor does another depth.
        if pieces and (level != depth or own in ("-- ", "--")):
            yield _line(depth, pieces)
            pieces = []
        depth = level
        if own.endswith(" ") and own != "-- ":
            pieces.append(own[:-1] if delsp else own)
            continue
        pieces.append(own)
        yield _line(depth, pieces)
        pieces = []
    if pieces:
        yield _line(depth, pieces)


def _line(depth: int, pieces: list[str]) -> str:
    words = "".join(pieces)
    return f"{'>' * depth} {words}" if depth else words
