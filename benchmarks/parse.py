"""What reading costs: all that is understood of a mail, beside what its library alone takes.

python -m benchmarks.parse [--rounds N] [--json] [--profile] [FOLDER]

"All" is what the desk does with the bytes: text, sender, attachments, kind, clues and facts, as
`amends parse` prints them. The library is `mailparser.parse_from_bytes`. Both read every mail of
the folder in turns, in one process; of each mail the quickest round counts for both, since whatever
else the machine does can only add.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import math
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import mailparser
from mailparser.exceptions import MailParserError

from cases.numbers import numbers_in
from intake.clues import clues
from intake.kinds.screen import OwnAddresses
from intake.report import told
from service.reading import understand
from tests.reading.mails import FOLDER, corpus

# Issue 5: all of reading takes at most so many times what bare parsing takes.
MOST: Final = 2.0
_DESK: Final = "complaints@desk.example"
_OWN: Final = OwnAddresses(frozenset({_DESK}))
_PATTERN: Final = "KS{year}-{seq:03}"
_SHOWN: Final = 25


def bare(raw: bytes) -> object:
    """What the library makes of a mail; what it raises counts as done."""
    try:
        return mailparser.parse_from_bytes(raw)
    except (MailParserError, RecursionError, ValueError, LookupError, AttributeError, TypeError):
        return None


def everything(raw: bytes) -> object:
    """What the desk makes of a mail before it asks the database."""
    reading = understand(raw, "", _OWN)
    found = list(clues(reading.mail, lambda text: numbers_in(text, _PATTERN), _OWN.addresses))
    return found, told("", reading.mail, reading.screened.kind, reading.facts)


def seconds(work: Callable[[bytes], object], raw: bytes) -> float:
    """CPU seconds of this process for one mail."""
    start = time.process_time_ns()
    work(raw)
    return (time.process_time_ns() - start) / 1e9


def measured(mails: Sequence[bytes], rounds: int) -> dict[str, float]:
    """CPU milliseconds a mail of both, and how many times as much all of it takes."""
    library, all_of_it = [math.inf] * len(mails), [math.inf] * len(mails)
    for _ in range(rounds + 1):  # the first one warms
        gc.collect()
        for at, raw in enumerate(mails):
            library[at] = min(library[at], seconds(bare, raw))
            all_of_it[at] = min(all_of_it[at], seconds(everything, raw))
    return {
        "mails": len(mails),
        "bytes": sum(map(len, mails)),
        "library_ms": round(1000 * sum(library) / len(mails), 3),
        "everything_ms": round(1000 * sum(all_of_it) / len(mails), 3),
        "ratio": round(sum(all_of_it) / sum(library), 2),
        "most": MOST,
    }


def profile(mails: Sequence[bytes]) -> None:
    """Where the time goes, function by function."""
    for raw in mails:
        everything(raw)
    with cProfile.Profile() as kept:
        for raw in mails:
            everything(raw)
    pstats.Stats(kept).sort_stats("tottime").print_stats(_SHOWN)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 when reading takes more than it may."""
    parser = argparse.ArgumentParser(prog="./run bench parse", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--rounds", type=int, default=7, help="how often each reads every mail")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--profile", action="store_true", help="print where the time goes instead")
    given = parser.parse_args(arguments)
    if not given.folder.is_dir():
        sys.exit(f"there is no folder {given.folder}; name the one with the mails")
    mails = [mail.raw for mail in corpus(given.folder)]
    if given.profile:
        profile(mails)
        return 0
    found = measured(mails, max(1, given.rounds))
    if given.json:
        print(json.dumps(found))
    else:
        print(
            "{mails} mails, {bytes} bytes\n"
            "mailparser.parse_from_bytes {library_ms:.3f} ms a mail\n"
            "everything                  {everything_ms:.3f} ms a mail\n"
            "ratio {ratio:.2f} (at most {most:.1f})".format(**found)
        )
    return 0 if found["ratio"] <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
