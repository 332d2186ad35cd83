"""What waits for people, a page at a time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from storage import searching, worklist
from storage import tables as t
from storage.database import Database
from tests.storage.rows import NOW, new_case, new_id, row, writing


def numbers(page: worklist.Page) -> list[str]:
    return [one["number"] for one in page.rows]


def clock(case_id: int, hours: int) -> dict[str, object]:
    due = NOW + timedelta(hours=hours)
    return row(t.clocks, case_id=case_id, state="started", due_at=due)


def test_the_most_urgent_case_is_first_and_what_the_customer_must_answer_last(
    db: Database,
) -> None:
    theirs = new_case(db, number="KS-1", state="awaiting_approval", manager="li")
    answered = new_case(db, number="KS-2", state="solution_proposed", manager="li")
    later = new_case(db, number="KS-3", state="registered", manager="li")
    soon = new_case(db, number="KS-4", state="analysis", manager=None)
    new_case(db, number="KS-5", state="analysis", manager="li", priority=True)
    new_case(db, number="KS-6", state="closed", manager="li")
    new_case(db, number="KS-7", state="registered", manager="sam")
    with writing(db) as book:
        book.tx.execute(insert(t.clocks), [clock(later, 30), clock(soon, -1), clock(soon, 40)])
        book.tx.execute(insert(t.tasks), [row(t.tasks, id=new_id(), case_id=answered)])
    with db.read() as connection:
        mine = worklist.open_cases(connection, 1, "li")
        assert numbers(mine) == ["KS-5", "KS-4", "KS-3", "KS-2", "KS-1"]
        assert [one["with_customer"] for one in mine.rows] == [0, 0, 0, 0, 1]
        assert [one["tasks"] for one in mine.rows] == [0, 0, 0, 1, 0]
        every = worklist.open_cases(connection, 1)
        assert sorted(numbers(every)) == [f"KS-{n}" for n in (1, 2, 3, 4, 5, 7)]
        counts = worklist.counts(connection, NOW, "li")
    assert (counts.cases, counts.late, counts.soon, counts.tasks) == (5, 1, 0, 1)
    assert theirs


def test_a_long_list_comes_in_pages(db: Database) -> None:
    for place in range(worklist.ROWS + 3):
        new_case(db, number=f"KS-{place:03}", state="registered", subject="thread")
    with db.read() as connection:
        first = searching.found(connection, "thread", 1, only_open=True)
        last = searching.found(connection, "thread", 2, only_open=True)
        beyond = searching.found(connection, "thread", 99, only_open=False)
        nothing = searching.found(connection, "%", 1, only_open=False)
    assert (len(first.rows), first.total, first.pages) == (worklist.ROWS, worklist.ROWS + 3, 2)
    assert numbers(last) == ["KS-002", "KS-001", "KS-000"]
    assert (beyond.number, numbers(beyond)) == (2, numbers(last))
    assert (nothing.rows, nothing.pages) == ([], 1)
