"""Are two pictures the same, though saved anew, scaled or cut a little (R-30)?

A picture is known by its sights: one hash of all of it and one each of what is left without its
margins, so that a cut picture meets one of them. How they are made: `service/sights.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_NEAR: Final = 12  # of 128 bits, two pictures differ in 19 and more
_BAND: Final = 8  # hexadecimal digits: 32 bits, so that a band is rare among 100,000 pictures
_SAYS: Final = range(3, 30)  # how many of them must be set: plain sky is 00000000 or ffffffff


def near(one: str, other: str) -> bool:
    """Whether any sight of one is almost one of the other. Sights: hexadecimal, parted by "."."""
    return any(
        (mine ^ theirs).bit_count() <= _NEAR for mine in _numbers(one) for theirs in _numbers(other)
    )


def bands(sights: str) -> Iterator[str]:
    """What two pictures that are near most likely have in common: an index finds them by it."""
    for sight in sights.split("."):
        for at in range(0, len(sight), _BAND):
            band = sight[at : at + _BAND]
            if int(band, 16).bit_count() in _SAYS:
                yield f"{at // _BAND}:{band}"


def _numbers(sights: str) -> list[int]:
    return [int(sight, 16) for sight in sights.split(".")]
