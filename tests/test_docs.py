"""The manual says what is there, and what is there is in the manual."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

import intake.errors
import storage.database
from cases.errors import AmendsError
from config.errors import ConfigError
from config.load import load
from mailer import samples, templates
from tests.manual import (
    DOTTED,
    LINK,
    PAGES,
    PATH,
    ROOT,
    blocks,
    broken_links,
    commands,
    every_command,
    missing_paths,
    product,
    run_help,
    spans,
    text_of,
    unknown_names,
    unwanted,
    wrong_commands,
    wrong_options,
)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_says_what_is_there(page: str) -> None:
    text = text_of(page)
    assert missing_paths(text) == []
    assert broken_links(page, text) == []
    assert wrong_commands(text) == []
    assert wrong_options(text) == []
    assert unknown_names(text) == []
    assert unwanted(text) == []


@pytest.mark.parametrize(
    ("judge", "wrong", "right"),
    [
        (missing_paths, "see `intake/imapp.py`", "see `intake/parse.py`, `.venv` and `docs/`"),
        (missing_paths, "see `templates/mail/fr/`", "see `templates/mail/de/`"),
        (wrong_commands, "`amends case lst`", "`amends case list --all`"),
        (wrong_commands, "`amends case list --every`", "`amends case list --manager li`"),
        (wrong_commands, "```sh\n./run amends serv\n```", "`./run amends --config X serve`"),
        (wrong_commands, "```sh\n./run everything\n```", "```sh\n./run test # all\n```"),
        (wrong_commands, "`./run demo --twice`", "`./run demo --once --json`"),
        (wrong_options, "`--slowly`", "`--verify` and `--as USER`"),
        (unknown_names, "`company.rejections`", "`company.rejection`"),
        (unknown_names, "`case.nummer`", "`case.number` and `cases.number`"),
        (unknown_names, "`[mailbox]`", "`[[mailbox]]` and `[calendar.NAME]`"),
        (unknown_names, "`thread_locks`", "`thread_keys`"),
        (unwanted, "get it from packages.host.org", "write to name@example.com"),
        (unwanted, "lies in /home/li/amends", "lies in the folder"),
        (unwanted, "as in desk#4711", "as in number 4711"),
    ],
)  # fmt: skip
def test_a_wrong_page_is_caught(judge: object, wrong: str, right: str) -> None:
    assert callable(judge)
    assert judge(wrong)
    assert not judge(right)


def test_the_pages_are_really_read() -> None:
    readme, flow = text_of("README.md"), text_of("docs/flow.md")
    assert len(list(commands(readme))) > 15
    assert len([span for span in spans(flow) if PATH.fullmatch(span)]) > 15
    assert len([span for span in spans(flow) if DOTTED.fullmatch(span)]) > 4
    assert len(LINK.findall(readme)) > 5
    assert len(product()) > 100_000


def test_a_broken_link_is_caught() -> None:
    assert broken_links("docs/flow.md", "[a](nowhere.md) [b](rules.md#no-such-rule)") == [
        "nowhere.md",
        "rules.md#no-such-rule",
    ]
    assert broken_links("docs/flow.md", "[a](../README.md) [b](rules.md#the-case)") == []


# --- what must be there


def test_every_command_and_option_is_in_the_manual() -> None:
    page = text_of("docs/commands.md")
    sections = {
        head.split(" [")[0]: head + body
        for head, body in re.findall(r"^### `([^`]+)`(.*?)(?=^##|\Z)", page, re.M | re.S)
    }
    for command, options in every_command().items():
        section = next((s for head, s in sections.items() if _is(head, command)), None)
        assert section is not None, f"{command} has no section"
        assert [name for name in options if name not in section] == [], command


def _is(head: str, command: str) -> bool:
    return head == command or head.startswith(f"{command} ")


def test_what_is_said_to_come_later_is_not_there() -> None:
    (later,) = blocks(text_of("docs/commands.md"), "later")
    assert "amends report" in later
    there = "\n".join(every_command())
    assert [line for line in later.splitlines() if re.search(rf"^{line}\b", there, re.M)] == []


def test_every_command_of_run_is_in_the_manual() -> None:
    page = text_of("docs/commands.md")
    there = re.findall(r"^\./run (\w+)", run_help(), re.MULTILINE)
    assert len(there) > 5
    assert [name for name in there if f"`./run {name}" not in page] == []


def test_every_exit_code_is_in_the_manual() -> None:
    assert intake.errors
    assert storage.database
    told = set(map(int, re.findall(r"^\| (\d+) \|", text_of("docs/commands.md"), re.MULTILINE)))
    errors: list[type[AmendsError] | type[ConfigError]] = [AmendsError, ConfigError]
    for error in errors:
        errors += error.__subclasses__()
    used = {error.exit_code for error in errors}
    assert {65, 75, 78} <= used
    assert told == used | {0, click.UsageError.exit_code}


def test_pages_named_in_the_product_are_there() -> None:
    named = set(re.findall(r"docs/[\w/-]+\.md", product()))
    assert "docs/letters.md" in named
    assert [page for page in named if not (ROOT / page).is_file()] == []


# --- examples


def test_the_example_configuration_loads(tmp_path: Path) -> None:
    (example,) = blocks(text_of("README.md"), "toml")
    (tmp_path / "amends.toml").write_text(example, encoding="utf-8")
    secret = tmp_path / "mailbox.password"
    secret.write_text("sample", encoding="utf-8")
    secret.chmod(0o600)
    settings = load(tmp_path / "amends.toml", {"SMTP_PASSWORD": "sample"})
    assert settings.company.manager == "li"


def test_the_example_letter_is_a_letter(tmp_path: Path) -> None:
    (example,) = blocks(text_of("docs/letters.md"), "markdown")
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "results.md").write_text(example, encoding="utf-8")
    own = templates.Templates((templates.product_folder(), tmp_path), ["en"])
    own.check()
    words = own.render("results", "en", {**samples.COMMON, "results": "All is well."})
    assert "All is well." in words.text


def test_the_example_facts_write_every_letter() -> None:
    letters = templates.Templates((templates.product_folder(),), ["en"])
    examples = [json.loads(block) for block in blocks(text_of("docs/letters.md"), "json")]
    for name in templates.NAMES:
        enough = [facts for facts in examples if not letters.missing(name, facts)]
        assert enough, name
        assert letters.render(
            name, "en", {**samples.COMMON, **enough[-1 if not letters.front(name).needs else 0]}
        )


def test_the_table_of_letters_is_that_of_their_front_matter() -> None:
    letters = templates.Templates((templates.product_folder(),), ["en"])
    rows = {
        cells[0].strip(" `"): " ".join(cells[1:])
        for line in text_of("docs/letters.md").splitlines()
        if line.startswith("| `") and len(cells := line.strip("|").split("|")) == 6
    }
    assert set(rows) == set(templates.NAMES)
    for name, row in rows.items():
        front = letters.front(name)
        done = (*front.needs, *front.stops, front.asks, front.event)
        assert [one for one in done if one and f"`{one}`" not in row] == [], name
        assert ("by itself" in row) == front.automatic


# --- decisions


def test_the_decisions_are_numbered_and_whole() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:5] for page in pages] == [f"{n:04}-" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} ")
        heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert heads == ["Context", "Decision", "Consequences", "What would make us undo it"]
        assert len(text.splitlines()) <= 60
