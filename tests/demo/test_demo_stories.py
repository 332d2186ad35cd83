"""`./run demo --once --json`: two complaints from the first mail to the end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the demo prints; it is played once for all tests."""
    folder = tmp_path_factory.mktemp("demo") / "shop"
    played = subprocess.run(
        (sys.executable, "-m", "demo", "--once", "--json", "--folder", str(folder)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert played.returncode == 0, played.stderr
    assert played.stderr == ""  # no terminal, no progress
    shown: dict[str, Any] = json.loads(played.stdout)
    return shown


def by_state(told: dict[str, Any], state: str) -> dict[str, Any]:
    (case,) = [case for case in told["cases"] if case["state"] == state]
    return dict(case)


def test_one_ends_approved_and_one_is_registered_anew(told: dict[str, Any]) -> None:
    assert [case["state"] for case in told["cases"]] == ["closed", "re_registered", "registered"]
    _, old, new = told["cases"]
    assert (old["successor"], new["predecessor"]) == (new["number"], old["number"])


def test_the_approved_one_has_the_whole_correspondence(told: dict[str, Any]) -> None:
    case = by_state(told, "closed")
    assert [letter["template"] for letter in case["letters"]] == [
        "new_case",  # to the manager
        "acknowledgment",
        "solution_proposal",
        "solution_proposal",
        "results",
        "closing",
    ]
    incoming = [mail for mail in case["messages"] if mail["direction"] == "in"]
    assert len(incoming) == 4
    assert [file["content_type"] for file in incoming[0]["attachments"]] == ["image/png"]
    assert incoming[-1]["new_text"].strip() == "Approved."
    assert case["answers"][-1]["verdict"] == "approve"
    assert case["answers"][-1]["acted"]


def test_two_lines_go_over_to_the_new_case(told: dict[str, Any]) -> None:
    """R-23, R-28: nothing has to be told twice."""
    old, new = by_state(told, "re_registered"), by_state(told, "registered")
    facts = [
        [
            (line["po_pi_no"], line["part_number"], line["quantity_complained"])
            for line in x["lines"]
        ]
        for x in (old, new)
    ]
    assert facts[0] == facts[1] == [("23016640", "21154", "25"), ("23016643", "21152", "220")]


def test_every_letter_was_accepted_and_every_clock_kept(told: dict[str, Any]) -> None:
    for case in told["cases"]:
        for letter in case["letters"]:
            assert letter["state"] == "done"
            assert [one["state"] for one in letter["deliveries"]] == ["accepted"]
        assert [c["name"] for c in case["clocks"] if c["breached_at"]] == []
        (first,) = [c for c in case["clocks"] if c["name"] == "acknowledgment"]
        assert first["state"] == "stopped"
    assert {row["delivery"] for row in told["outbox"]} == {"accepted"}


def test_the_customer_reads_the_own_language_and_both_numbers(told: dict[str, Any]) -> None:
    new = by_state(told, "registered")
    letters = {one["template"]: one for one in new["letters"]}
    letter = letters.pop("registered_anew")
    assert letters.keys() == {"new_case", "objection"}  # to the manager and the supervisors
    assert (letter["template"], letter["language"]) == ("registered_anew", "de")
    (mail,) = [one for one in new["messages"] if one["letter_id"] == letter["id"]]
    assert new["number"] in mail["subject"]
    assert new["number"] in mail["new_text"]
    assert new["predecessor"] in mail["new_text"]


def test_what_a_person_must_read_is_a_task(told: dict[str, Any]) -> None:
    tasks = {(task["case"], task["kind"]) for task in told["tasks"]}
    closed, new = by_state(told, "closed"), by_state(told, "registered")
    assert (closed["number"], "read_reply") in tasks
    assert (new["number"], "registered_anew") in tasks


def test_every_history_is_whole(told: dict[str, Any]) -> None:
    assert len(told["history"]) == 3
    assert all(found["faults"] == [] for found in told["history"].values())
