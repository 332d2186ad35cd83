"""Tasks as cards: what the mail says, how it was read, and the ways to end it, likeliest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.deciding import DECISIONS, POSSIBLE_DECISIONS
from service.resolving import fitting
from storage import worklist
from storage.database import Connection
from storage.worklist import Read

_LONG: Final = 700
# How a verdict is acted on; what is not here needs a letter or a second look.
_WAY_OF: Final[Mapping[str, str]] = {
    "approve": "approve",
    "reject": "reject",
    "choose": "choose",
    "withdraw": "withdraw",
    "accept_with_change": "choose",
    "thanks_only": "no_answer_needed",
}
_ASKS_FOR_WORDS: Final = ("read_reply", "third_party_mail")


@dataclass(frozen=True, slots=True)
class Card:
    """One task. `ways` in order, `rare` those that are folded; `sure`: the first is suggested."""

    task: Mapping[str, Any]
    mail: Mapping[str, Any] | None
    text: str
    more: str
    answer: Mapping[str, Any] | None
    options: Sequence[Mapping[str, Any]]
    option: str
    ways: tuple[str, ...]
    rare: tuple[str, ...]
    sure: bool
    writes: bool
    clocks: Sequence[str]  # that run: a colleague's mail may have kept one of them
    address: str
    link: str


def cards(connection: Connection, tasks: Sequence[Mapping[str, Any]]) -> list[Card]:
    """The cards of these tasks, with the mails and options that they are about."""
    mails = worklist.mails_of(connection, [t["message_id"] for t in tasks if t["message_id"]])
    cases = [t["case_id"] for t in tasks if t["case_id"]]
    offered = worklist.offered(connection, cases)
    running = worklist.running(
        connection, [t["case_id"] for t in tasks if t["kind"] == "colleague_wrote"]
    )
    return [
        _card(
            t,
            mails.get(t["message_id"] or 0),
            offered.get(t["case_id"], []),
            running.get(t["case_id"], []),
        )
        for t in tasks
    ]


def decisions(state: str) -> tuple[str, ...]:
    """What can be decided in this state."""
    return tuple(kind for kind, at in POSSIBLE_DECISIONS if at == state)


def _card(
    task: Mapping[str, Any],
    read: Read | None,
    options: Sequence[Mapping[str, Any]],
    clocks: Sequence[str],
) -> Card:
    answer = read.answer if read else None
    suggestion = task["suggestion"] or {}
    ways = _ways(task)
    wanted = _WAY_OF.get(answer["verdict"], "") if answer else ""
    option = (answer or {}).get("option") or suggestion.get("option") or ""
    reads = task["kind"] == "read_reply"
    sure = wanted in ways and (wanted != "choose" or bool(option)) if reads else True
    if sure and reads:
        ways = (wanted, *(way for way in ways if way != wanted))
    rare = tuple(way for way in ways if way in ("new_case", "link", "done")) if reads else ()
    text = (read.message["new_text"].strip() or read.message["text"]) if read else ""
    return Card(
        task=task,
        mail=read.message if read else None,
        text=text if len(text) <= _LONG else f"{text[:_LONG]} …",
        more=read.message["text"] if read and len(read.message["text"]) > len(text) + 1 else "",
        answer=answer,
        options=options if "choose" in ways else (),
        option=str(option),
        ways=ways,
        rare=rare,
        sure=sure,
        clocks=clocks if "kept_promise" in ways else (),
        writes=task["kind"] in _ASKS_FOR_WORDS and bool(task["case"]),
        address=str(
            suggestion.get("address") or (read.message["from_address"] if read else "") or ""
        ),
        link=str(suggestion.get("link", "")),
    )


def _ways(task: Mapping[str, Any]) -> tuple[str, ...]:
    """The ways that can end this task now: a decision only where the case can take it."""
    possible = decisions(task["state"] or "")
    suggestion = task["suggestion"] or {}
    about_mail = {
        "new_case": task["message_id"],
        "link": task["message_id"] or suggestion,
        "acknowledge": suggestion.get("acknowledge"),
    }
    return tuple(
        way
        for way in fitting(task["kind"])
        if (way not in DECISIONS or way in possible) and about_mail.get(way, True)
    )
