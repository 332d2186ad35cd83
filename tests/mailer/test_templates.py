"""The letters: every one in every language, as its reader sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from cases.answers.reading import Asked, read
from cases.errors import BadInput, NotFound
from mailer.parts import Parts
from mailer.templates import (
    CUSTOMER,
    INTERNAL,
    NAMES,
    Templates,
    product_folder,
)
from tests.mailer.facts import facts
from tests.mailer.mails import LANGUAGES

EVERY = [(name, language) for name in NAMES for language in LANGUAGES]


@pytest.fixture(scope="module")
def product() -> Templates:
    return Templates([product_folder()], LANGUAGES)


# --- what the reader sees


def test_every_letter_of_the_product_is_sound(product: Templates) -> None:
    product.check()
    assert {*product.names} == {*NAMES}


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_no_markup_is_left_over(product: Templates, name: str, language: str) -> None:
    for variant, given in product.samples(name, language):
        words = product.render(name, language, given)
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


# --- what a manager must give


def test_missing_facts(product: Templates) -> None:
    assert product.missing("solution_proposal", {}) == ("introduction", "options")
    given = {"introduction": "  ", "options": []}
    assert product.missing("solution_proposal", given) == ("introduction", "options")
    assert product.missing("solution_proposal", facts("solution_proposal")) == ()
    assert product.missing("closing", {}) == ()


def test_facts_that_may_be_given(product: Templates) -> None:
    assert product.optional("solution_agreed") == ("cost_shares", "promised_date")
    assert product.optional("information_request") == ("introduction",)
    assert product.optional("closing") == ()


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
