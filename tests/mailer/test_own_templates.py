"""The company's own letters and parts: what they may change, and what fails at start."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cases.errors import NotFound
from mailer.templates import (
    TemplateProblems,
    Templates,
    product_folder,
)
from tests.mailer.facts import facts
from tests.mailer.mails import LANGUAGES


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The company's own folder."""
    (tmp_path / "en").mkdir()
    return tmp_path


def letter(text: str, front: str = 'subject = "Hello"') -> str:
    return f"+++\n{front}\n+++\n{text}\n"


def problems(folder: Path) -> list[str]:
    with pytest.raises(TemplateProblems) as told:
        Templates([product_folder(), folder], LANGUAGES).check()
    assert told.value.exit_code == 78
    return [str(problem).replace(f"{folder}/", "") for problem in told.value.problems]


FRONT_OF_ONE = 'subject = "a"\nneeds = ["promise"]'
INSIDE = 'subject = "a"\naudience = "internal"'


# --- what only own people read


def test_a_letter_to_a_customer_cannot_use_internal_facts(own: Path) -> None:
    (own / "en" / "closing.md").write_text(letter("{{ reader.name }} {{ desk_url }}"))
    assert [line.split(";")[0] for line in problems(own)] == [
        "en/closing.md:4: 'desk_url' is undefined",
        "en/closing.md:4: 'reader' is undefined",
    ]


def test_an_override_cannot_turn_an_internal_letter_around(own: Path) -> None:
    (own / "de").mkdir()
    (own / "de" / "escalation.md").write_text(letter("x {{ promise.due }}", FRONT_OF_ONE))
    (found,) = problems(own)
    assert found.startswith("de/escalation.md:1: audience is customer, but in en it is not; give")


# --- parts


def test_the_companys_own_sign_off_takes_the_place_of_ours_alone(own: Path) -> None:
    (own / "en" / "_signature.md").write_text("Yours, {{ company.name }}\n")
    templates = Templates([product_folder(), own], LANGUAGES)
    templates.check()
    text = templates.render("closing", "en", facts("closing")).text
    assert text.startswith("Dear Jana Vogt,\n")
    assert text.endswith("\n\nYours, Example Precision Parts\n")
    assert "Li Wei" in templates.render("closing", "de", facts("closing")).text


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("{{ company.nme }}", "en/_signature.md:1: 'dict object' has no attribute 'nme'"),
        ("x\n{{ manger }}", "en/_signature.md:2: 'manger' is undefined"),
        ("x\n{% if %}", "en/_signature.md:2: syntax error"),
        ('+++\nsubject = "x"\n+++\nx', "en/_signature.md:1: a part has no front matter"),
        ('{% include "_greeting.md" %}', "en/_signature.md: a part takes in another"),
        ("{{ 1 / 0 }}", "en/_signature.md:1: division by zero"),
    ],
)
def test_a_part_fails_at_start_once(own: Path, part: str, expected: str) -> None:
    (own / "en" / "_signature.md").write_text(part)
    found = problems(own)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('\n{% include "_goodbye.md" %}', "en/closing.md:5: there is no part _goodbye.md; use one"),
        ('{% include "results.md" %}', "en/closing.md:4: there is no part results.md; use one"),
        ('{% include "../en/_names.md" %}', "en/closing.md:4: there is no part ../en/_names.md"),
        ("{% include mailbox %}", "en/closing.md: takes in a part by a fact"),
    ],
)
def test_a_letter_takes_in_parts_of_its_folder_only(own: Path, body: str, expected: str) -> None:
    (own / "en" / "closing.md").write_text(letter(body))
    found = problems(own)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


# --- languages and folders


def test_the_companys_own_folder_overrides_one_file(own: Path) -> None:
    (own / "en" / "closing.md").write_text(letter("Goodbye {{ case.number }}."))
    templates = Templates([product_folder(), own], LANGUAGES)
    templates.check()
    assert templates.render("closing", "en", facts("closing")).text == "Goodbye KS2026-041.\n"
    assert "KS2026-041" in templates.render("closing", "de", facts("closing")).text
    assert "approval" in templates.render("results", "en", facts("results")).text


def test_a_letter_of_the_companys_own(own: Path) -> None:
    for language in LANGUAGES:
        (own / language).mkdir(exist_ok=True)
        (own / language / "collected.md").write_text(
            letter("By {{ carrier }}.", 'subject = "On its way"\nneeds = ["carrier"]')
        )
    templates = Templates([product_folder(), own], LANGUAGES)
    templates.check()
    assert templates.missing("collected", {}) == ("carrier",)
    words = templates.render("collected", "en", facts("closing", carrier="rail"))
    assert words.text == "By rail.\n"


# --- what fails at start, all at once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no front matter", "en/closing.md:1: has no front matter; begin the file"),
        ("+++\nsubject = \n+++\nx", "en/closing.md:2: bad front matter"),
        (letter("x", 'subject = "a"\nask = "approval"'), "en/closing.md:3: ask is not a known key"),
        (letter("x", 'subject = "a"\nasks = "money"'), "en/closing.md:3: asks must be one of"),
        (letter("x", 'subject = "a"\nstops = ["acknowledgement"]'), "en/closing.md:3: stops must"),
        (letter("x", 'subject = "a"\nevent = "x"'), "en/closing.md:3: event must be one of"),
        (letter("x", 'subject = "a"\nautomatic = 1'), "en/closing.md:3: automatic must be true"),
        (letter("x", "asks = 'approval'"), "en/closing.md:1: subject is missing"),
        (letter("x", 'subject = " "'), "en/closing.md:2: subject must be a text"),
        (letter("a\n\n{% if manager %}"), "en/closing.md:6: syntax error"),
        (letter("a\n{{ case.numbr }}"), "en/closing.md:5: 'dict object' has no attribute 'numbr'"),
        (letter("a\n{{ cas.number }}"), "en/closing.md:5: 'cas' is undefined"),
        (letter("{% if not manager %}\n{{ bug }}\n{% endif %}"), "en/closing.md:5: 'bug' is undef"),
        (letter("a\n\n{{ case.predecessor_number }}"), "en/closing.md:6: a fact that is empty"),
        (letter("a\n{{ 1 / 0 }}"), "en/closing.md:5: division by zero"),
        (letter("a\n{{ mailbox.__class__.__mro__ }}"), "en/closing.md:5: access to attribute"),
        (letter("a {{ mailbox | markdown }}"), "en/closing.md: the filter `markdown` needs"),
        (letter("{# nothing #}"), "en/closing.md: subject or body comes out empty"),
        (letter("x", 'subject = "{{ cas }}"'), "en/closing.md:1: 'cas' is undefined"),
        (letter("x", 'subject = "{{"'), "en/closing.md:1: syntax error"),
        (letter("x", 'subject = "a"\nneeds = ["never"]'), "en/closing.md:1: needs 'never', but"),
        (
            letter("x", 'subject = "a"\naudience = "all"'),
            "en/closing.md:3: audience must be one of",
        ),
        (letter("x", f"{INSIDE}"), "en/closing.md:1: an internal letter is automatic"),
        (
            letter("x", f'{INSIDE}\nautomatic = true\nasks = "approval"'),
            "en/closing.md:1: an internal letter has no asks",
        ),
    ],
)
def test_a_template_fails_at_start_and_not_at_a_customer(
    own: Path, text: str, expected: str
) -> None:
    (own / "en" / "closing.md").write_text(text)
    found = problems(own)
    assert len(found) == 1, found
    assert found[0].startswith(expected)
    assert "; " in found[0]  # the mend


def test_all_problems_are_told_at_once(own: Path) -> None:
    (own / "en" / "closing.md").write_text(letter("{{ a }} {{ b }}"))
    (own / "en" / "results.md").write_text("nothing")
    (own / "en" / "acknowledgment.md").write_bytes(b"\xff\xfe")
    assert [line.split(": ")[0] for line in problems(own)] == [
        "en/acknowledgment.md",
        "en/closing.md:4",
        "en/closing.md:4",
        "en/results.md:1",
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    shutil.copytree(product_folder() / "en", tmp_path / "en")
    shutil.copytree(product_folder() / "de", tmp_path / "de")
    (tmp_path / "de" / "results.md").unlink()
    with pytest.raises(TemplateProblems, match=r"de/results\.md: the file is missing; write"):
        Templates([tmp_path], ["de"]).check()


def test_a_broken_letter_is_not_rendered_from_the_product(own: Path) -> None:
    """The company's own words must not silently give way to ours."""
    (own / "en" / "closing.md").write_text("broken")
    with pytest.raises(NotFound):
        Templates([product_folder(), own], LANGUAGES).render("closing", "en", facts("closing"))
