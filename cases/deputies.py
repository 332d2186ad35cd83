"""Who stands in for somebody who is away (R-32)."""

from __future__ import annotations

from collections.abc import Mapping


def stand_in(name: str, deputies: Mapping[str, str]) -> str | None:
    """Who does the work of `name`, where `deputies` names the deputy of each who is away.

    Whoever is here does it; a deputy who is away has a deputy too. None: the chain comes back to
    where it began, so nobody of it is here.
    """
    seen: set[str] = set()
    while name in deputies:
        if name in seen:
            return None
        seen.add(name)
        name = deputies[name]
    return name
