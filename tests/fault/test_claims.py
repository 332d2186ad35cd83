"""The judge of claims is tested, too: each broken promise, made by hand, must be named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fault.claims import PROMISES, RAN_OUT, Held, Noted, Record, Written, judge, takeovers

FREE = Held(None, None, 0, "queued")
MINE = Held("a", 1000, 1, "queued")
SENDING = replace(MINE, state="sending")
DONE = Held(None, None, 1, "accepted")
ADRIFT = Held(None, None, 1, "uncertain")
AGAIN = Held("b", 2000, 2, "uncertain")

CLAIM = Written(7, "node-1", 100, 100, "", FREE, MINE)
DIAL = Written(7, "node-1", 101, 102, "delivery:7", MINE, SENDING)
END = Written(7, "node-1", 900, 901, "delivery:7", SENDING, DONE)
LEFT = Written(7, "node-2", 1001, 1002, RAN_OUT, SENDING, ADRIFT)
TAKEN = Written(7, "node-2", 1003, 1003, "", ADRIFT, AGAIN)
NOTE = Noted(7, "node-1", 900, "dot", "accepted", SENDING)

WHOLE = Record((CLAIM, DIAL, END), (NOTE,))
TAKEN_OVER = Record((CLAIM, DIAL, LEFT, TAKEN))


def named(record: Record) -> set[str]:
    return {violation.name for violation in judge(record)}


def test_a_whole_record_breaks_no_promise() -> None:
    assert judge(WHOLE) == ()
    assert judge(Record()) == ()
    assert takeovers(WHOLE) == 0


def test_what_another_left_may_be_taken_over_and_is_counted() -> None:
    assert judge(TAKEN_OVER) == ()
    assert takeovers(TAKEN_OVER) == 1


def test_what_was_claimed_and_never_dialed_may_be_taken_over() -> None:
    taken = replace(TAKEN, before=MINE)
    assert judge(Record((CLAIM, taken))) == ()
    assert takeovers(Record((CLAIM, taken))) == 1


def test_an_answer_may_be_noted_after_the_lease_by_who_held_it_last() -> None:
    assert judge(Record((CLAIM, DIAL), (replace(NOTE, at=1001),))) == ()


BROKEN: dict[str, Record] = {
    "two valid leases": Record((CLAIM, replace(TAKEN, at=1000, before=MINE))),
    "lease without a new fence": Record((CLAIM, DIAL, replace(END, after=replace(DONE, fence=2)))),
    "lease lengthened": Record((CLAIM, replace(DIAL, after=replace(SENDING, until=1001)))),
    "written by who has no lease": Record((CLAIM, DIAL, replace(LEFT, at=1000))),
    "committed after the lease ran out": Record((CLAIM, DIAL, replace(END, committed=1001))),
    "noted by who has no claim": replace(TAKEN_OVER, noted=(replace(NOTE, held=AGAIN),)),
}


def test_every_promise_has_a_broken_example() -> None:
    assert BROKEN.keys() == PROMISES.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_named(name: str) -> None:
    assert name in named(BROKEN[name])


@pytest.mark.parametrize(
    ("record", "name"),
    [
        # The fence did not grow: the one before cannot be told apart.
        (
            Record((CLAIM, DIAL, LEFT, replace(TAKEN, after=replace(AGAIN, fence=1)))),
            "lease without a new fence",
        ),
        # It was asleep, and another has taken it meanwhile.
        (
            replace(TAKEN_OVER, written=(*TAKEN_OVER.written, replace(END, before=AGAIN))),
            "written by who has no lease",
        ),
        (replace(WHOLE, noted=(replace(NOTE, node="node-2"),)), "noted by who has no claim"),
        (
            replace(WHOLE, noted=(replace(NOTE, at=1001, before=None),)),
            "noted by who has no claim",
        ),
        (replace(WHOLE, noted=(replace(NOTE, held=DONE),)), "noted by who has no claim"),
        (Record((replace(END, before=FREE),)), "committed after the lease ran out"),
    ],
)
def test_other_ways_to_break_them(record: Record, name: str) -> None:
    assert name in named(record)
