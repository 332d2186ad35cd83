"""All foreign mails through the whole road, and how well they are read.

python -m tests.corpora [--json] [--scores] [FOLDER]

On the road each is registered, joined or set aside, with a reason. Reading is measured family by
family (tests/reading/), against the expectations that come with the mails and sets of our own.

The mails lie in ../shared/corpora; they are hostile and are read where they lie. Nothing may leave
the process: not even a question for a name.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from desk.show import table
from intake.files import MailFile
from service.replay import Replayed, arrivals, replay, sample_settings
from storage import casefile, history, views
from storage.database import Connection
from tests.reading.mails import FOLDER, corpus
from tests.reading.score import Score

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DONE = ("registered", "threaded", "set_aside", "copy")
# The measures of reading: each is a module of tests/reading/ with `scores(folder)`.
FAMILIES = (
    "subjects",
    "texts",
    "charsets",
    "attachments",
    "replies",
    "kinds",
    "bounces",
    "facts",
    "answers",
    "blind",
    "recurrence",
)

MOST_SHOWN = 10


@dataclass(frozen=True)
class Walk:
    """What became of the mails, and what must not be, a line each."""

    done: Replayed
    violations: list[str]

    def rows(self) -> list[dict[str, Any]]:
        """How many mails of a folder ended in which way, and why."""
        ends = Counter(
            (str(mail["file"]).split("/")[0], mail["outcome"], mail["kind"], mail["reason"])
            for mail in self.done.mails
        )
        columns = ("folder", "outcome", "kind", "reason")
        return [
            {**dict(zip(columns, end, strict=True)), "mails": number}
            for end, number in sorted(ends.items(), key=lambda one: tuple(map(str, one[0])))
        ]

    def totals(self) -> dict[str, int]:
        """Over all folders."""
        return {
            "mails": len(self.done.mails),
            **Counter(str(mail["outcome"]) for mail in self.done.mails),
            "cases": len(self.done.cases),
            "acknowledged": sum(mail["acknowledged"] for mail in self.done.mails),
            "letters": len(self.done.carried),
            "violations": len(self.violations),
        }


def walk(mails: Sequence[MailFile]) -> Walk:
    """Let all mails arrive at one moment, in the order in which they were written."""
    rebuilt = _Rebuilt()
    with _silence() as reached:
        done = replay(sample_settings(), arrivals(mails, START, START), "complaints", look=rebuilt)
    names = [mail.name for mail in mails]
    violations = [
        *judge(names, done),
        *rebuilt.faults,
        *(f"tried to reach {one}" for one in reached),
    ]
    return Walk(done, violations)


def judge(names: Collection[str], done: Replayed) -> Iterator[str]:
    """What is wrong with the outcome for these mails."""
    yield from done.faults
    told = Counter(str(mail["file"]) for mail in done.mails)
    yield from (f"{name}: told {told[name]} times" for name in names if told[name] != 1)
    for mail in done.mails:
        if mail["outcome"] not in DONE:
            yield f"{mail['file']}: dropped ({mail['outcome']}: {mail['reason']})"
        elif not mail["reason"]:
            yield f"{mail['file']}: {mail['outcome']} without a reason"
    accepted = Counter(str(one["address"]) for one in done.outbox if one["delivery"] == "accepted")
    carried = Counter(recipient for _, recipient, _ in done.carried)
    for address in accepted | carried:
        if accepted[address] != carried[address]:
            yield f"{address}: {accepted[address]} letters accepted, {carried[address]} remembered"


@dataclass
class _Rebuilt:
    """Compares every case with what its history alone tells."""

    faults: list[str] = field(default_factory=list)

    def __call__(self, connection: Connection) -> None:
        for case in views.case_list(connection, only_open=False):
            case_id = casefile.by_number(connection, case["number"]).id
            told, held = history.rebuild(connection, case_id), history.present(connection, case_id)
            if _set(told) != _set(held):
                self.faults.append(f"{case['number']}: rebuilt from history it is another case")


def _set(rows: history.Rows) -> dict[str, dict[int, dict[str, Any]]]:
    """Without NULLs: an insert does not name them."""
    return {
        table: {
            row_id: {name: value for name, value in row.items() if value is not None}
            for row_id, row in every.items()
        }
        for table, every in rows.items()
    }


_reached: list[str] | None = None


@contextmanager
def _silence() -> Iterator[list[str]]:
    """No socket of this process may reach anything, not even on this machine."""
    global _reached
    found: list[str] = []
    _reached = found
    sys.addaudithook(_watch)
    try:
        yield found
    finally:
        _reached = None


def _watch(event: str, args: tuple[object, ...]) -> None:
    if _reached is not None and event in (
        "socket.connect",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.gethostbyname",
    ):
        _reached.append(f"{event} {args[-1 if event != 'socket.getaddrinfo' else 0]!r}")
        raise RuntimeError(f"{event}: nothing may leave the process")


def scores(folder: Path = FOLDER, names: Sequence[str] = FAMILIES) -> list[Score]:
    """Of every family there is."""
    there = [name for name in names if find_spec(f"tests.reading.{name}")]
    modules = [import_module(f"tests.reading.{name}") for name in there]
    return [score for module in modules for score in module.scores(folder)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk all mails; 1 when one was dropped or anything else went wrong."""
    parser = argparse.ArgumentParser(prog="./run corpora", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--scores", action="store_true", help="only how well mails are read")
    given = parser.parse_args(arguments)
    if not given.folder.is_dir():
        sys.exit(f"there is no folder {given.folder}; name the one with the foreign mails")
    found = scores(given.folder)
    walked = None if given.scores else walk(corpus(given.folder))
    shown = _json(found, walked) if given.json else _text(found, walked)
    print(shown)  # noqa: T201 - a tool by hand
    broken = [score for score in found if not score.holds]
    return 1 if broken or (walked is not None and walked.violations) else 0


def _json(found: Sequence[Score], walked: Walk | None) -> str:
    told: dict[str, Any] = {"scores": [asdict(one) | {"holds": one.holds} for one in found]}
    if walked is not None:
        told |= {"totals": walked.totals(), "ends": walked.rows(), "violations": walked.violations}
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)


def _text(found: Sequence[Score], walked: Walk | None) -> str:
    lines: list[str] = []
    if walked is not None:
        totals = ", ".join(f"{number} {name}" for name, number in walked.totals().items())
        lines += [table(walked.rows()), "", *walked.violations, totals, ""]
    for score in found:
        lines += [str(score), *(f"  {miss}" for miss in score.misses[:MOST_SHOWN])]
        if len(score.misses) > MOST_SHOWN:
            lines.append(f"  and {len(score.misses) - MOST_SHOWN} more")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
