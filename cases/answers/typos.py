"""Words one slip apart, found by what is left when a letter is taken away."""

from __future__ import annotations

from collections.abc import Iterator


def typos_of(word: str) -> Iterator[str]:
    """The word without one of its letters, for each.

    Two words share one of these, or one is among those of the other, if a letter is missing, too
    many, wrong or in its neighbour's place.
    """
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def is_slip(word: str, meant: str) -> bool:
    """Tell whether one letter is missing, too many, wrong, or swapped with its neighbour."""
    if word == meant or abs(len(word) - len(meant)) > 1:
        return False
    pairs = enumerate(zip(word, meant, strict=False))
    first = next((at for at, (one, other) in pairs if one != other), None)
    if first is None:
        return True
    rest, other = word[first:], meant[first:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )
