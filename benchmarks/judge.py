"""Was the work done, not only fast? What was registered is held against the load's manifest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from service.wiring import Wiring
from storage import history, tables
from storage.database import Connection

_SAMPLE: Final = 50
_MOST_SHOWN: Final = 20


@dataclass(slots=True)
class Damage:
    """What a program made of a load, counted."""

    mails: int = 0
    lost: int = 0
    text: int = 0
    attachments: int = 0
    carried: int = 0
    cases: int = 0  # too many, or too few

    def __str__(self) -> str:
        return (
            f"of {self.mails} mails {self.lost} lost, {self.text} with a damaged text; "
            f"{self.attachments} of {self.carried} attachments lost; {self.cases} cases wrong"
        )


def damage(
    held: Mapping[str, Mapping[str, Any]], cases: int, expected: Sequence[Mapping[str, Any]]
) -> Damage:
    """What is missing in `held` (by Message-ID: text, attachments by sha256); more is no fault."""
    found = Damage(len(expected), carried=sum(len(one["attachments"]) for one in expected))
    for one in expected:
        kept = held.get(one["message_id"])
        if kept is None:
            found.lost += 1
            continue
        found.text += one["says"] not in kept["text"]
        missing = Counter(one["attachments"]) - Counter(kept["attachments"])
        found.attachments += missing.total()
    found.cases = abs(cases - sum(one["opens_case"] for one in expected))
    return found


def wrongs(w: Wiring, expected: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is not as the load says; nothing when all is well."""
    with w.db.read() as connection:
        found = [
            *_counts(connection, expected),
            *_mails(connection, expected),
            *_histories(connection),
        ]
    return found[:_MOST_SHOWN]


def _counts(connection: Connection, expected: Sequence[Mapping[str, Any]]) -> list[str]:
    registered = tables.sightings.c.state == "registered"
    incoming = tables.messages.c.direction == "in"
    cases = sum(one["opens_case"] for one in expected)
    wanted = {
        "registered": (select(func.count()).where(registered), len(expected)),
        "messages": (select(func.count()).where(incoming), len(expected)),
        "cases": (select(func.count()).select_from(tables.cases), cases),
        "acknowledgments": (select(func.count()).select_from(tables.letters), cases),
        "deliveries": (select(func.count()).select_from(tables.deliveries), cases),
    }
    return [
        f"{name}: {counted}, not {right}"
        for name, (question, right) in wanted.items()
        if (counted := connection.scalar(question)) != right
    ]


def _mails(connection: Connection, expected: Sequence[Mapping[str, Any]]) -> list[str]:
    files: dict[int, list[str]] = defaultdict(list)
    for file in connection.execute(select(tables.attachments).order_by(tables.attachments.c.id)):
        files[file.message_id].append(file.sha256)
    incoming = select(tables.messages).where(tables.messages.c.direction == "in")
    held = {row.message_id: row for row in connection.execute(incoming)}
    found = []
    for one in expected:
        row = held.get(one["message_id"])
        if row is None:
            found.append(f"{one['message_id']} is not there")
        elif row.subject != one["subject"] or one["says"] not in row.new_text:
            found.append(f"{one['message_id']}: the text is not the one that was sent")
        elif files[row.id] != list(one["attachments"]):
            found.append(f"{one['message_id']}: attachments differ")
    return found


def _histories(connection: Connection) -> list[str]:
    """Of cases from the whole run, the first and the last among them."""
    ids = list(connection.scalars(select(tables.cases.c.id).order_by(tables.cases.c.id)))
    chosen = {*ids[:: max(1, len(ids) // _SAMPLE)], *ids[-1:]}
    return [
        f"case {case}: {fault}"
        for case in sorted(chosen)
        for fault in history.faults(connection, case)
    ]
