"""Which header fields our own servers wrote: those above the first Received of our border host."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from intake.sender.authentication_results import tokens

MET: Final = ("received", "")


def above_the_border(
    trace: Sequence[tuple[str, str]], hosts: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """The fields of the trace but Received, and `MET` at the end where the border was met.

    Raises `Malformed` for a Received field that cannot be read without doubt.
    """
    for name, value in trace:
        if name != "received":
            yield name, value
        elif _is_by(value, hosts):
            yield MET
            return


def _is_by(received: str, hosts: frozenset[str]) -> bool:
    # Any "by": what a stranger says in HELO stands before ours, and may be such a word itself.
    words = [one.text.lower().rstrip(".") for one in tokens(received)]
    return any(one == "by" and host in hosts for one, host in itertools.pairwise(words))
