"""The map of the rules: what code cites is in docs/rules.md, and what is kept has code and test."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = (
    "cases",
    "config",
    "intake",
    "mailer",
    "storage",
    "reports",
    "service",
    "desk",
    "templates",
)
CITED = re.compile(r"\bR-(\d+)\b")
RULE = re.compile(r"^### R-(\d+) .+\n\n\*\*(kept now|in part|later)\.\*\*", re.MULTILINE)


def rules(page: str) -> dict[int, str]:
    """Each rule of the page with its mark."""
    return {int(number): mark for number, mark in RULE.findall(page)}


def cited_in(*folders: str) -> dict[int, set[str]]:
    """Each rule that the files of these folders cite, with the files."""
    found: dict[int, set[str]] = {}
    for folder in folders:
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in (".py", ".toml", ".md", ".html") and file != Path(__file__):
                for number in CITED.findall(file.read_text(encoding="utf-8", errors="replace")):
                    found.setdefault(int(number), set()).add(file.relative_to(ROOT).as_posix())
    return found


def faults(page: str, code: dict[int, set[str]], tests: dict[int, set[str]]) -> list[str]:
    """What is wrong between the page, the code and the tests."""
    known = rules(page)
    strangers = {**tests, **code}.keys() - known.keys()
    found = [f"R-{n} is cited, but is no rule: {(code | tests)[n]}" for n in sorted(strangers)]
    for number, mark in known.items():
        if mark != "later" and number not in code:
            found.append(f"R-{number} is {mark}, but no code cites it")
        if mark == "kept now" and number not in tests:
            found.append(f"R-{number} is kept now, but no test cites it")
    return found


def page_of_rules() -> str:
    return (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def test_code_tests_and_rules_agree() -> None:
    assert faults(page_of_rules(), cited_in(*ROOMS), cited_in("tests")) == []


def test_every_rule_has_a_mark_and_stands_once() -> None:
    page = page_of_rules()
    heads = [int(number) for number in re.findall(r"^### R-(\d+) ", page, re.MULTILINE)]
    assert len(heads) == len(set(heads)) > 30
    assert set(heads) == rules(page).keys()


def test_a_rule_is_cited_by_the_manual_only_if_it_is_one() -> None:
    pages = cited_in("docs", "config")
    assert pages.keys() <= rules(page_of_rules()).keys()


def test_a_fault_is_found() -> None:
    page = (
        "### R-1 A\n\n**kept now.** B\n\n### R-2 C\n\n**in part.** D\n\n### R-3 E\n\n**later.**\n"
    )
    here = {1: {"x.py"}, 2: {"x.py"}}
    assert faults(page, here, {1: {"t.py"}}) == []
    assert faults(page, here, {}) == ["R-1 is kept now, but no test cites it"]
    assert faults(page, {1: {"x.py"}}, {1: {"t.py"}}) == ["R-2 is in part, but no code cites it"]
    (stranger,) = faults(page, here | {99: {"y.py"}}, {1: {"t.py"}})
    assert stranger.startswith("R-99 is cited")
