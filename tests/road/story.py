"""The text of a story: its lines, and what it says of the shop."""

from __future__ import annotations

from collections.abc import Iterator


def paragraphs(story: str) -> Iterator[tuple[int, str]]:
    """The lines of a story with their numbers; indented lines belong to the one above."""
    start, lines = 0, list[str]()
    for number, line in enumerate([*story.splitlines(), "#"], 1):
        if lines and (line.startswith("    ") or not line):
            lines.append(line[4:])
            continue
        if lines:
            yield start, "\n".join(lines).rstrip()
            lines = []
        if line.strip() and not line.startswith(("#", "shop:")):
            start, lines = number, [" ".join(line.split())]


def settings_of(story: str) -> tuple[str, str]:
    """What `shop:` lines set: in [company], and in the mailbox."""
    lines = [one.partition(":")[2].strip() for one in story.splitlines() if one.startswith("shop:")]
    in_mailbox = [one for one in lines if one.startswith("plus_addressing")]
    return (
        "\n".join(one for one in lines if one not in in_mailbox),
        "\n".join(in_mailbox),
    )
