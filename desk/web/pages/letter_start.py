"""What the desk can fill in by itself: only what the customer may read (R-23)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

View = Mapping[str, Any]
_ASKED_OF_LINES: Final[Mapping[str, str]] = {
    "po_pi_no": "order no.",
    "part_name": "part name",
    "quantity_delivered": "quantity delivered",
    "quantity_complained": "quantity complained",
    "reason_customer": "reason",
}


def start(template: str, case: View) -> dict[str, Any]:
    """Facts to begin the letter with; `case` is everything that hangs on it."""
    begin = _STARTS.get(template)
    return begin(case) if begin else {}


def _agreed(case: View) -> dict[str, Any]:
    """The option that was chosen, with the change that came with it (R-25)."""
    options = {
        one["letter"]: one["text"]
        for letter in _sent(case, "proposal")
        for one in letter["facts"].get("options", ())
    }
    chosen = [one for one in case["answers"] if one["option"] in options]
    if chosen:
        last = chosen[-1]
        changed = next((one["change"] for one in reversed(chosen) if one["change"]), None)
        text = f"{last['option']}: {options[last['option']]}"
        return {"solution": f"{text}\n\n{changed}" if changed else text}
    return {"solution": "\n".join(options.values())} if len(options) == 1 else {}


def _asked(case: View) -> dict[str, Any]:
    for letter in reversed(_sent(case, "question") + _sent(case, "proposal")):
        if questions := letter["facts"].get("questions"):
            return {"reminder_of": "\n".join(questions)}
    return {}


def _sent(case: View, asks: str) -> list[View]:
    return [one for one in case["letters"] if one["asks"] == asks and one["state"] != "withdrawn"]


def _measures(case: View) -> dict[str, Any]:
    done = [one for one in case["measures"] if one["done_at"] and one["kind"] != "containment"]
    found = [{"text": one["text"], "done_on": one["done_at"][:10]} for one in done]
    return {"measures": found} if found else {}


def _results(case: View) -> dict[str, Any]:
    done = [one["text"] for one in case["measures"] if one["done_at"]]
    text = "\n".join(f"{place}. {text}" for place, text in enumerate(done, start=1))
    return {"results": text} if text else {}


def _containment(case: View) -> dict[str, Any]:
    done = [one["text"] for one in case["measures"] if one["kind"] == "containment"]
    return {"containment": "\n".join(done)} if done else {}


def _plan(case: View) -> dict[str, Any]:
    todo = [one for one in case["measures"] if not one["done_at"]]
    return {"plan": [f"{one['text']} ({one['due_on']})" for one in todo]} if todo else {}


_STARTS: Final[Mapping[str, Callable[[View], dict[str, Any]]]] = {
    "solution_agreed": _agreed,
    "reminder": _asked,
    "measures_confirmation": _measures,
    "results": _results,
    "containment": _containment,
    "analysis": _plan,
}


def hints(case: View) -> dict[str, str]:
    """Beside the fields: what is not known yet of the lines; which date is promised already."""
    lacks = [
        f"line {line['position']}: {', '.join(names)}"
        for line in case["lines"]
        if (names := [said for name, said in _ASKED_OF_LINES.items() if not line[name]])
    ]
    found = {"questions": f"Not known yet of {'; '.join(lacks)}."} if lacks else {}
    if days := _promised(case):
        # only a letter moves it, and this one would.
        found["promised_date"] = f"Promised so far: {', '.join(days)}; another date moves it."
    return found


def _promised(case: View) -> list[str]:
    said = {one["id"]: one["facts"].get("promised_date") for one in case["letters"]}
    running = (
        one["letter_id"]
        for one in case["clocks"]
        if one["name"] == "promised_date" and one["state"] == "started"
    )
    return [str(said[one]) for one in running if said.get(one)]
