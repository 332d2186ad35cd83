"""The files of phrases: how patterns are written, what is refused; and parts of an answer."""

from __future__ import annotations

import pytest

from cases.answers import Asked, asked_of, deciding, read_parts
from cases.answers.grammar import Grammar
from cases.answers.typos import is_slip
from cases.answers.words import LANGUAGES, lexicon_of, shipped
from cases.errors import BadInput


def matched(pattern: str, *texts: str) -> list[bool]:
    grammar = Grammar()
    grammar.add("xx/approve", pattern, {"we": "we|i", "it": "[it|this]"})
    found = []
    for text in texts:
        words = [frozenset([word]) for word in text.split()]
        ends = [one.end for one in grammar.matches(words, 0, lambda _, __: ())]
        found.append(len(words) in ends)
    return found


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        ("approved", "approved", "not"),
        ("(we|i) approve", "i approve", "approve"),
        ("[yes] approved", "approved", "yes"),
        ("{we} approve {it}", "we approve this", "we this"),
        ("a (b|c [d]) e", "a c d e", "a d e"),
        ("同意|接受", "同 意", "同"),
    ],
)
def test_a_pattern_fits_what_it_says(pattern: str, right: str, wrong: str) -> None:
    assert matched(pattern, right, wrong) == [True, False]


@pytest.mark.parametrize(
    "bad", ["", "[yes]", "(a", "a)", "[a", "{unknown} a", "{we", "a}", "{me} {me}"]
)
def test_a_bad_pattern_is_refused(bad: str) -> None:
    with pytest.raises(BadInput):
        Grammar().add("xx/approve", bad, {"we": "we|i", "me": "{me}"})


@pytest.mark.parametrize(
    "bad",
    [
        '[phrases]\nmaybe = ["a"]',
        "[more]\n",
        '[phrases]\nchoose = ["a"]',
        '[phrases]\napprove = ["{OPTION}"]',
        '[options]\nfifth = ["a"]',
        '[plain]\nmaybe = "a"',
    ],
)
def test_a_bad_file_is_refused(bad: str) -> None:
    with pytest.raises(BadInput):
        lexicon_of({"xx": bad})


def test_every_language_can_say_everything() -> None:
    told: dict[str, set[str]] = {language: set() for language in LANGUAGES}
    grammar = shipped().phrases
    for node in grammar._nodes:
        if node.label:
            language, _, meaning = node.label.partition("/")
            told[language].add(meaning)
    for meaning in ("approve", "reject", "choose", "yes", "no", "thanks", "greeting", "but"):
        assert [one for one in LANGUAGES if meaning not in told[one]] == []


@pytest.mark.parametrize(
    ("word", "slip"),
    [
        ("aproved", True),
        ("appproved", True),
        ("apporved", True),
        ("apqroved", True),
        ("approved", False),
        ("unapproved", False),
        ("aprovd", False),
    ],
)
def test_a_slip_is_one_letter(word: str, slip: bool) -> None:
    assert is_slip(word, "approved") is slip


@pytest.mark.parametrize(
    "word", ["unapproved", "approves", "approver", "approvals", "inacceptable", "approval", "appr"]
)
def test_another_word_is_no_slip(word: str) -> None:
    assert "approved" not in shipped().meant(word)


def test_what_was_asked_is_written_in_a_line() -> None:
    assert asked_of("approval") == (Asked("approval"),)
    assert asked_of("proposal:A,B") == (Asked("proposal", ("A", "B")),)
    assert asked_of("proposal:A=remake,B=refund+question") == (
        Asked("proposal", ("A", "B"), ("remake", "refund")),
        Asked("question"),
    )
    for bad in ("", "approve", "approval:A", "proposal:,", "proposal:A,,B"):
        with pytest.raises(BadInput):
            asked_of(bad)


def parts(text: str, asked: str) -> list[tuple[str, str | None, bool]]:
    answers = read_parts(text, asked_of(asked))
    return [(one.verdict, one.option, one.certain) for one in answers]


def test_numbered_answers_are_read_one_by_one() -> None:
    both = "proposal:A,B+question"
    assert parts("1. B\n2. Lot 33, 240 pieces", both) == [
        ("choose", "B", True),
        ("unclear", None, False),
    ]
    assert parts("Zu 1: Variante A\nZu 2: Charge 33", both)[0] == ("choose", "A", True)


@pytest.mark.parametrize(
    "text", ["1. B\n2. Not B", "1. B\n2. Which lot?", "B. The lot is 33.", "2. B\n1. 33", "1. B"]
)
def test_a_part_that_may_take_it_back_does_not_act(text: str) -> None:
    assert not parts(text, "proposal:A,B+question")[0][2]


def test_the_part_that_can_act_decides() -> None:
    asked = asked_of("question+proposal:A,B")
    assert deciding(read_parts("1. Lot 33\n2. A", asked), asked).option == "A"
