"""Behind the final dot letters go one by one, and a slow server holds up nobody for long."""

from __future__ import annotations

import asyncio

from service.window import Turn
from storage.gate import Gate


async def letters(count: int, *, slow: bool) -> list[str]:
    """What happens in which order when so many letters are carried side by side. A `slow` server
    answers none before it has all."""
    told: list[str] = []
    one_by_one, all_there = asyncio.Lock(), asyncio.Barrier(count)

    async def carried(name: int) -> None:
        turn = Turn(one_by_one, Gate(), patience=0.01 if slow else 10.0)
        await turn.begin()
        told.append(f"dot {name}")
        await (all_there.wait() if slow else asyncio.sleep(0))
        told.append(f"answer {name}")
        turn.end()

    await asyncio.gather(*map(carried, range(count)))
    return told


def test_a_letter_waits_until_the_one_before_has_its_answer() -> None:
    told = asyncio.run(letters(3, slow=False))
    assert told == ["dot 0", "answer 0", "dot 1", "answer 1", "dot 2", "answer 2"]


def test_a_server_that_takes_its_time_is_not_waited_for() -> None:
    told = asyncio.run(letters(3, slow=True))
    assert sorted(told[:3]) == ["dot 0", "dot 1", "dot 2"]


def test_a_turn_that_never_began_ends_like_others() -> None:
    async def ended() -> bool:
        one_by_one = asyncio.Lock()
        Turn(one_by_one, Gate()).end()
        return one_by_one.locked()

    assert not asyncio.run(ended())
