"""After its registration a case is compared with those before it (R-30), never on the way there.

What must be looked at is a row, written with what changed. First the case gets the marks by which
others find it, then it looks: of two cases that come together the later of the two looks finds the
other. A case that changed in between keeps its row, and is looked at again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from cases.errors import AmendsError, BadInput, NotFound
from cases.recurrence import MOST_SHOWN, Hint, Told, hints
from intake.attached.attachments import payload
from service import journal
from service.child import CHILD, Child
from service.pictures import MOST_BYTES, is_shown
from service.sights import sights_of
from service.wiring import Happening, Wiring
from storage import comparing, tables
from storage.book import Insert, Update

BATCH: Final = 50
_ACTOR: Final = "system"
_CAUSE: Final = "recurrence"


def compare_due(w: Wiring, child: Child = CHILD) -> int:
    """Look at cases that are new or changed; return at how many."""
    with w.db.read() as connection:
        due = comparing.due(connection, BATCH)
    if not due:
        return 0
    for case_id in due:
        _see_pictures(w, case_id, child)
    cases, seqs = _marked(w, due)
    found = [(case, _found(w, case)) for case in cases]
    with w.happening(_ACTOR, _CAUSE) as h:
        h.book.lock({*due, *(hint.later for _, one in found for hint in one)})
        now = comparing.history_seqs(h.book.tx, due)
        for case, one in found:
            if now[case.id] == seqs[case.id] and comparing.done(h.book.tx, case.id):
                _tell(h, case, one)
    return len(due)


def compare_all(w: Wiring) -> None:
    """Look until every case was looked at."""
    while compare_due(w) == BATCH:
        pass


def _marked(w: Wiring, due: Sequence[int]) -> tuple[list[Told], dict[int, int]]:
    with w.happening(_ACTOR, _CAUSE) as h:
        h.book.lock(due)
        cases = comparing.told(h.book.tx, due)
        comparing.put_marks(h.book.tx, cases)
        return cases, comparing.history_seqs(h.book.tx, due)


def _found(w: Wiring, case: Told) -> list[Hint]:
    """What holds now between this case and those that its marks bring."""
    if not case.counts:
        return []
    with w.db.read() as connection:
        before = comparing.between(connection, case.id)
        ids = {*comparing.found_by(connection, case)} | {
            one for row in before for one in (row["case_id"], row["earlier_id"])
        }
        others = comparing.told(connection, ids - {case.id})
        apart = comparing.one_story(connection, case.id)
    return hints(replace(case, apart=apart), [other for other in others if other.counts])


def _tell(h: Happening, case: Told, found: Sequence[Hint]) -> None:
    """Write what is new, and take back what holds no more; what a person decided stays."""
    h.book.flush()  # the other of the two may have been told just now
    before = {
        (row["case_id"], row["earlier_id"]): row for row in comparing.between(h.book.tx, case.id)
    }
    for hint in found[:MOST_SHOWN]:
        row = before.get((hint.later, hint.earlier))
        if row is None:
            h.record(hint.later, "recurrence_found", _new(h, hint))
        elif row["state"] == "gone":
            _set(h, row, {"state": "open", "score": round(100 * hint.score), "reason": hint.reason})
    holds = {(hint.later, hint.earlier) for hint in found}
    for pair, row in before.items():
        if row["state"] == "open" and pair not in holds:
            _set(h, row, {"state": "gone"})


def _new(h: Happening, hint: Hint) -> Insert:
    return Insert(
        tables.recurrences,
        {
            "id": h.new_id(),
            "case_id": hint.later,
            "earlier_id": hint.earlier,
            "score": round(100 * hint.score),
            "reason": hint.reason,
            "state": "open",
            "found_at": h.at,
        },
    )


def _set(h: Happening, row: dict[str, Any], values: dict[str, Any]) -> None:
    h.book.lock([row["case_id"]])
    h.record(row["case_id"], "recurrence_changed", Update(tables.recurrences, row["id"], values))


# --- pictures


def _see_pictures(w: Wiring, case_id: int, child: Child) -> None:
    """Look at what nobody has looked at. Strangers' bytes: in a process of its own."""
    with w.db.read() as connection:
        files = [one for one in comparing.unseen_pictures(connection, case_id) if is_shown(one)]
    for file in files:
        sights, why = _seen(w, file, child)
        with w.db.write() as tx:
            comparing.keep_sights(tx, file["sha256"], sights, why)


def _seen(w: Wiring, file: dict[str, Any], child: Child) -> tuple[str, str | None]:
    if file["size"] > MOST_BYTES or file["raw_sha256"] is None:
        return "", "too big"
    try:
        with w.db.read() as connection:
            raw = w.evidence.bytes_of(connection, file["raw_sha256"])
        data = payload(raw, file["part"])
        sights = child.do(sights_of, data, inline=bool(file["inline"]))
    except (BadInput, NotFound, KeyError, ValueError) as error:
        return "", str(error)[:200]
    except AmendsError as error:  # the evidence: it is told elsewhere, and the case goes on
        journal.warn("picture_not_compared", file=file["sha256"][:12], reason=str(error))
        return "", str(error)[:200]
    return sights, None if sights else "small, flat, or a logo"
