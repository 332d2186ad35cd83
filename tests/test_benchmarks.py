"""What the benchmarks say of a program is counted right."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from benchmarks.judge import damage
from benchmarks.load import Load


def test_what_a_program_lost_is_counted_of_each_kind() -> None:
    expected = [asdict(one) for _, one in Load(40, 1, attachments=True).made()]
    held: dict[str, dict[str, Any]] = {
        one["message_id"]: {"text": f"Hello. {one['says']}", "attachments": [*one["attachments"]]}
        for one in expected
    }
    cases = sum(one["opens_case"] for one in expected)
    assert str(damage(held, cases, expected)).startswith("of 40 mails 0 lost, 0 with a damaged")
    carrier = next(one["message_id"] for one in expected if one["attachments"])
    held[carrier]["attachments"].pop()
    held[carrier]["attachments"].append("an HTML part that became a file")
    other = next(one["message_id"] for one in expected if one["message_id"] != carrier)
    held[other]["text"] = "\ufffd"
    gone = [one["message_id"] for one in expected if one["message_id"] not in (carrier, other)]
    del held[gone[0]]
    found = damage(held, cases + 3, expected)
    assert (found.lost, found.text, found.attachments, found.cases) == (1, 1, 1, 3)
