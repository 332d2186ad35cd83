"""The letters: every one in every language, as its reader sees it, and what goes wrong at start."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from cases.answers.reading import Asked, read
from cases.errors import BadInput, NotFound
from mailer.parts import Parts
from mailer.templates import (
    CUSTOMER,
    INTERNAL,
    NAMES,
    TemplateProblems,
    Templates,
    product_folder,
)
from tests.mailer.mails import LANGUAGES

EVERY = [(name, language) for name in NAMES for language in LANGUAGES]


@pytest.fixture(scope="module")
def product() -> Templates:
    return Templates([product_folder()], LANGUAGES)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The company's own folder."""
    (tmp_path / "en").mkdir()
    return tmp_path


@cache
def _english() -> Templates:
    return Templates([product_folder()], ["en"])


def facts(name: str, **changed: object) -> Mapping[str, object]:
    _, full = next(_english().samples(name, "en"))
    return {**full, **changed}


def letter(text: str, front: str = 'subject = "Hello"') -> str:
    return f"+++\n{front}\n+++\n{text}\n"


def problems(folder: Path) -> list[str]:
    with pytest.raises(TemplateProblems) as told:
        Templates([product_folder(), folder], LANGUAGES).check()
    assert told.value.exit_code == 78
    return [str(problem).replace(f"{folder}/", "") for problem in told.value.problems]


# --- what the reader sees


def test_every_letter_of_the_product_is_sound(product: Templates) -> None:
    product.check()
    assert {*product.names} == {*NAMES}


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_no_markup_is_left_over(product: Templates, name: str, language: str) -> None:
    for variant, facts in product.samples(name, language):
        words = product.render(name, language, facts)
        for leaked in ("**", "{{", "{%", "None", "Undefined", "\\", "\n\n\n", " ,", "()"):
            assert leaked not in words.text, variant
        assert words.language == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_acknowledgment_repeats_only_facts_of_the_customer(
    product: Templates, language: str
) -> None:
    """reliability.md 4.3: nobody sends his words through us to somebody else."""
    unknown = "po_pi_no part_name drawing_revision lot quantity_complained quantity_delivered"
    line = {**dict.fromkeys(unknown.split()), "part_number": "4711-02", "reason": "CANARY"}
    case = {
        "number": "KS2026-001",
        "subject": "CANARY",
        "arrived": "2026-09-21 09:43",
        "predecessor_number": None,
        "lines": [line],
        "missing": ["po_pi_no"],
    }
    customer = {"name": "CANARY", "contact_name": "CANARY"}
    words = product.render(
        "acknowledgment", language, facts("acknowledgment", case=case, customer=customer)
    )
    assert "CANARY" not in words.text + words.html + words.subject
    assert "KS2026-001" in words.text
    assert "4711-02" in words.text


@pytest.mark.parametrize(("name", "language"), [e for e in EVERY if e[0] in CUSTOMER])
def test_letters_are_signed(product: Templates, name: str, language: str) -> None:
    """R-34: by the manager with what his profile says; without one by the company's team."""
    signed = product.render(name, language, facts(name)).text
    for own in ("Li Wei", "Quality Manager", "+86 755 5550 1234", "Building 3, Shenzhen"):
        assert own in signed
    team = product.render(name, language, facts(name, manager=None)).text
    assert "Li Wei" not in team
    assert team.splitlines()[-2:] == ["Example Precision Parts", "complaints@parts.example"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_that_the_results_letter_offers_are_understood(
    product: Templates, language: str
) -> None:
    text = product.render("results", language, facts("results")).text
    offered = re.findall(r'^- ["„“](.+?)["“”]', text, re.MULTILINE)
    verdicts = [read(answer, Asked("approval")).verdict for answer in offered]
    assert verdicts == ["approve", "reject"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_registered_anew_names_both_numbers(product: Templates, language: str) -> None:
    """R-28."""
    text = product.render("registered_anew", language, facts("registered_anew")).text
    assert text.index("KS2026-041") < text.index("KS2026-033")


@pytest.mark.parametrize("language", LANGUAGES)
def test_closing_says_how_long_a_reply_re_opens(product: Templates, language: str) -> None:
    company = {"name": "Example Precision Parts", "reopen_days": 17}
    assert "17" in product.render("closing", language, facts("closing", company=company)).text


def test_what_the_letters_ask_stop_and_do(product: Templates) -> None:
    fronts = {name: product.front(name) for name in NAMES}
    assert {name: f.asks for name, f in fronts.items() if f.asks} == {
        "information_request": "question",
        "solution_proposal": "proposal",
        "results": "approval",
        "closing": "closed",
    }
    assert {name: f.event for name, f in fronts.items() if f.event} == {
        "solution_proposal": "proposal_sent",
        "results": "results_sent",
    }
    # the letter of a new registration is its acknowledgment.
    stopping = [name for name, f in fronts.items() if f.stops == ("acknowledgment",)]
    assert stopping == ["acknowledgment", "registered_anew"]
    assert {name for name, f in fronts.items() if f.automatic} == {
        *("acknowledgment", "status", "interim_notice", "reminder"),
        *("solution_agreed", "reopened", "objection"),
        *("closing", "registered_anew", "withdrawn", "challenge"),
        *INTERNAL,
    }


@pytest.mark.parametrize("name", NAMES)
def test_languages_agree_about_the_letter(product: Templates, name: str) -> None:
    fronts = {(f.asks, f.stops, f.event, f.needs, f.automatic, f.audience)
              for f in (product.front(name, language) for language in LANGUAGES)}  # fmt: skip
    assert len(fronts) == 1


# --- what only own people read


def test_internal_letters_say_so(product: Templates) -> None:
    assert [name for name in NAMES if product.front(name).audience == "internal"] == [*INTERNAL]
    assert product.render("digest", "de", facts("digest")).audience == "internal"
    assert product.render("closing", "de", facts("closing")).audience == "customer"


@pytest.mark.parametrize("language", LANGUAGES)
def test_internal_letters_address_the_user_and_link_to_the_desk(
    product: Templates, language: str
) -> None:
    for name in INTERNAL:
        words = product.render(name, language, facts(name))
        assert ("Chen Hong" if name == "measure" else "Maria Keller") in words.text
        assert 'href="https://desk.parts.example/case/KS2026-041"' in words.html
        given = {k: v for k, v in facts(name).items() if k not in ("reader", "desk_url")}
        assert "<a " not in product.render(name, language, given).html


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


FRONT_OF_ONE = 'subject = "a"\nneeds = ["promise"]'


@pytest.mark.parametrize("name", ["kinds", "promises", "steps"])
def test_languages_name_the_same_things(name: str) -> None:
    found = {
        language: {*getattr(Parts([product_folder()], language).module("_names.md"), name)}
        for language in LANGUAGES
    }
    assert found["en"] == found["de"] == found["zh"]


# --- what the facts do


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ({"company": 100}, "We bear the costs in full."),
        ({"company": 0, "customer": "100", "other": 0}, "As agreed, you bear the costs."),
        ({"company": 70, "customer": 30}, "GmbH: 30%"),
        (None, None),
    ],
)
def test_agreed_shares_are_stated(
    product: Templates, shares: Mapping[str, object] | None, says: str | None
) -> None:
    """R-24."""
    given = facts("solution_agreed", cost_shares=shares)
    text = product.render("solution_agreed", "en", given).text
    assert says in text if says else "cost" not in text
    assert ": 0%" not in text


@pytest.mark.parametrize("name", CUSTOMER)
def test_no_letter_names_a_day_that_is_not_a_fact(product: Templates, name: str) -> None:
    """R-9, R-15: the bare facts have no day but that of the arrival and of what was done."""
    given = dict(product.samples(name, "en"))["bare"]
    months = re.findall(r"\d+ (?:[A-Z][a-z]+) 20\d\d", product.render(name, "en", given).text)
    assert months == (["9 October 2026", "12 October 2026"] if "measures" in given else [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_status_may_be_a_step_that_the_service_knows(product: Templates, language: str) -> None:
    """R-13: sent without a person, so its words are here."""
    text = product.render("status", language, facts("status", status="measures_started")).text
    assert "measures_started" not in text


def test_a_date_that_is_none_is_told(product: Templates) -> None:
    given = facts("solution_agreed", promised_date="next week")
    with pytest.raises(BadInput, match="'next week' is not a day; write it as in 2026-10-09"):
        product.render("solution_agreed", "en", given)


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


@pytest.mark.parametrize(
    ("wanted", "got"), [("fr", "en"), ("de-AT", "de"), ("zh-Hans", "zh"), ("", "en")]
)
def test_a_language_without_letters_falls_back(product: Templates, wanted: str, got: str) -> None:
    """R-33."""
    assert product.render("closing", wanted, facts("closing")).language == got


def test_a_configured_language_without_a_folder_is_no_fault() -> None:
    templates = Templates([product_folder()], ["fr"])
    templates.check()
    assert templates.languages == ("en",)


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


# --- what a manager must give


def test_missing_facts(product: Templates) -> None:
    assert product.missing("solution_proposal", {}) == ("introduction", "options")
    given = {"introduction": "  ", "options": []}
    assert product.missing("solution_proposal", given) == ("introduction", "options")
    assert product.missing("solution_proposal", facts("solution_proposal")) == ()
    assert product.missing("closing", {}) == ()


def test_a_letter_without_its_facts_is_not_written(product: Templates) -> None:
    with pytest.raises(BadInput, match="the letter results needs results"):
        product.render("results", "en", facts("results", results=""))
    with pytest.raises(BadInput, match=r"closing\.md:\d+: 'case' is undefined"):
        product.render("closing", "en", {"customer": {"contact_name": "x"}})
    with pytest.raises(BadInput, match="None"):
        product.render("closing", "en", facts("closing", mailbox=None))


def test_an_unknown_letter(product: Templates) -> None:
    with pytest.raises(NotFound, match="there is no letter goodbye"):
        product.render("goodbye", "en", {})


# --- what fails at start, all at once


INSIDE = 'subject = "a"\naudience = "internal"'


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


def test_facts_that_may_be_given(product: Templates) -> None:
    assert product.optional("solution_agreed") == ("cost_shares", "promised_date")
    assert product.optional("information_request") == ("introduction",)
    assert product.optional("closing") == ()
