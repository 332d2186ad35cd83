"""R-29, the first part: only a plain word, alone, acts without a person."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cases.answers import Answer, Asked, read
from cases.answers.words import LANGUAGES, MEANINGS, WORDS, plain, words_in
from cases.errors import BadInput

APPROVAL = Asked("approval")
PROPOSAL = Asked("proposal", ("A", "B"))
UNCLEAR = Answer("unclear", None, None, phrase="", rule="no listed phrase", certain=False)


@pytest.mark.parametrize(
    ("text", "verdict", "rule"),
    [
        ("Approved", "approve", "en/approve"),
        ("  approved.\r\n", "approve", "en/approve"),
        ("APPROVED!!", "approve", "en/approve"),
        ("*Approved*", "approve", "en/approve"),
        ("Yes,  approved", "approve", "en/approve"),
        ("We\napprove", "approve", "en/approve"),
        ("\ufeffAccepted\u200b\u00a0", "approve", "en/approve"),
        ("ａｐｐｒｏｖｅｄ", "approve", "en/approve"),
        ("Rejected", "reject", "en/reject"),
        ("Not approved.", "reject", "en/reject"),
        ("not accepted", "reject", "en/reject"),
        ("Genehmigt", "approve", "de/approve"),
        ("Freigegeben.", "approve", "de/approve"),
        ("Wir sind einverstanden!", "approve", "de/approve"),
        ("Abgelehnt", "reject", "de/reject"),
        ("Nicht einverstanden.", "reject", "de/reject"),
        ("Wir sind nicht einverstanden", "reject", "de/reject"),
        ("同意", "approve", "zh/approve"),
        ("同意。", "approve", "zh/approve"),
        ("批准！", "approve", "zh/approve"),
        ("确认通过", "approve", "zh/approve"),
        ("不同意", "reject", "zh/reject"),
        ("不接受。", "reject", "zh/reject"),
    ],
)
def test_a_plain_word_answers_the_request_for_approval(text: str, verdict: str, rule: str) -> None:
    found = read(text, APPROVAL)
    assert (found.verdict, found.rule, found.certain) == (verdict, rule, True)
    assert (found.option, found.change) == (None, None)
    assert found.phrase == text.strip()


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("A", "A"),
        ("b", "B"),
        ("B.", "B"),
        ("**B**", "B"),
        ("option B", "B"),
        ("Option B, please", "B"),
        ("We choose B", "B"),
        ("we choose option a", "A"),
        ("Option B bitte", "B"),
        ("Wir wählen B", "B"),
        ("Wir nehmen Option A.", "A"),
        ("选B", "B"),
        ("选择B方案", "B"),
        ("选择Ｂ方案。", "B"),
        ("我们选A", "A"),
    ],
)
def test_an_option_that_was_offered_is_chosen(text: str, option: str) -> None:
    found = read(text, PROPOSAL)
    assert (found.verdict, found.option, found.certain) == ("choose", option, True)


@pytest.mark.parametrize("asked", [APPROVAL, PROPOSAL, Asked("proposal"), Asked("question")])
@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        ".",
        "approved, but only 150 pieces",
        "Approved, thank you",
        "approved?",
        "approved？",
        "approved...",
        "approved…",
        "approved。。",
        "approved:",
        "~~approved~~",
        "-approved-",
        '"approved"',
        "“approved”",
        "„genehmigt“",
        "「同意」",
        "> approved",
        "(approved)",
        "a̶p̶p̶r̶o̶v̶e̶d̶",
        "not\u200bapproved",
        "not yet approved",
        "dis-approved",
        "unapproved",
        "not sure",
        "not rejected",
        "we do not choose B",
        "yes",
        "ok",
        "thanks",
        "noch nicht genehmigt",
        "genehmigt, aber nur 150 Stück",
        "nicht abgelehnt",
        "einverstanden?",
        "不太同意",
        "同意吗",
        "同意，但是",
        "同意吗？",
        "没有批准",
        "C",
        "option C",
        "A or B",
        "A and B",
        "AB",
        "B, but only 150",
        "B?",
        "not B",
        "不选B",
        "{option}",
        "option",
    ],
)
def test_a_near_miss_is_for_a_person(text: str, asked: Asked) -> None:
    assert read(text, asked) == UNCLEAR


@pytest.mark.parametrize(
    ("text", "asked", "verdict", "certain"),
    [
        ("approved", Asked("approval"), "approve", True),
        ("rejected", Asked("approval"), "reject", True),
        ("B", Asked("approval", ("A", "B")), "choose", False),
        ("approved", Asked("proposal"), "approve", True),
        ("approved", Asked("proposal", ("A",)), "approve", True),
        ("approved", Asked("proposal", ("A", "B")), "approve", False),
        ("rejected", Asked("proposal", ("A", "B")), "reject", True),
        ("A", Asked("proposal", ("A",)), "choose", True),
        ("B", Asked("proposal", ("A",)), "unclear", False),
        ("B", Asked("proposal"), "unclear", False),
        ("approved", Asked("question"), "approve", False),
        ("rejected", Asked("nothing"), "reject", False),
    ],
)
def test_an_answer_acts_only_on_what_was_asked(
    text: str, asked: Asked, verdict: str, certain: bool
) -> None:
    found = read(text, asked)
    assert (found.verdict, found.certain) == (verdict, certain)


@pytest.mark.parametrize("options", [("a", "A"), ("Ａ", "A"), ("Approved", "B")])
def test_a_text_with_two_meanings_is_for_a_person(options: tuple[str, ...]) -> None:
    found = read(options[0], Asked("proposal", options))
    assert (found.verdict, found.rule, found.certain) == (
        "unclear",
        "more than one meaning",
        False,
    )


@pytest.mark.parametrize("option", ["", " ", "."])
@pytest.mark.parametrize("text", ["", "选", "方案"])
def test_an_option_without_letters_is_never_chosen(text: str, option: str) -> None:
    assert read(text, Asked("proposal", (option,))) == UNCLEAR


def test_an_option_offered_twice_is_one_option() -> None:
    assert read("A", Asked("proposal", ("A", "A"))).option == "A"


LISTED = sorted(
    phrase.replace("{option}", option.lower())
    for words in WORDS
    for phrase in words.phrases
    for option in PROPOSAL.options
)
SOME_WORDS = st.text(min_size=1).filter(lambda text: any(char.isalnum() for char in text))


@given(st.sampled_from(LISTED), st.sampled_from([" ", ", ", "\n", " - ", ""]), SOME_WORDS)
@settings(deadline=None)
def test_a_listed_phrase_with_other_words_is_never_certain(
    phrase: str, joint: str, words: str
) -> None:
    for text in (phrase + joint + words, words + joint + phrase):
        assume(plain(text) not in LISTED)
        assert read(text, PROPOSAL) == UNCLEAR
        assert read(text, APPROVAL) == UNCLEAR


NO = ["not", "no", "never", "nicht", "nein", "kein", "不", "没", "未", "不太", "don't"]


@given(
    st.sampled_from(
        sorted(p for words in WORDS if words.meaning == "approve" for p in words.phrases)
    ),
    st.sampled_from(NO),
    st.sampled_from([" ", ", ", ""]),
)
@settings(deadline=None)
def test_a_negated_approval_never_approves(phrase: str, no: str, joint: str) -> None:
    for text in (no + joint + phrase, phrase + joint + no):
        assert read(text, APPROVAL).verdict in ("reject", "unclear")


@given(st.text(), st.sampled_from(["approval", "proposal", "question", "nothing"]))
@settings(deadline=None)
def test_any_text_is_read(text: str, kind: str) -> None:
    found = read(text, Asked(kind, ("A", text)))  # type: ignore[arg-type]
    assert found.certain <= (found.verdict != "unclear")


def test_every_language_has_every_list() -> None:
    assert [(words.language, words.meaning) for words in WORDS] == [
        (language, meaning) for language in LANGUAGES for meaning in MEANINGS
    ]
    assert all(words.phrases for words in WORDS)


GOOD = 'approve = ["yes"]\nreject = ["no"]\nchoose = ["option {option}"]\n'


def test_good_words_are_read() -> None:
    assert [sorted(words.phrases) for words in words_in({"xx": GOOD})] == [
        ["yes"],
        ["no"],
        ["option {option}"],
    ]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"xx": GOOD.replace('"no"', '"Yes."')}, "'yes' is in xx.toml, approve and in xx.toml, re"),
        ({"xx": GOOD.replace('"no"', '"no", "NO"')}, "'no' is in xx.toml, reject and in xx.toml"),
        ({"xx": GOOD, "yy": GOOD}, "'yes' is in xx.toml, approve and in yy.toml, approve"),
        ({"xx": GOOD.replace('"no"', '" . "')}, "' . ' cannot be in xx.toml, reject"),
        ({"xx": GOOD.replace('"no"', '"no..."')}, "'no...' cannot be in xx.toml, reject"),
        ({"xx": GOOD.replace('"no"', '"not {option}"')}, "cannot be in xx.toml, reject"),
        ({"xx": GOOD.replace("{option}", "A")}, "'option A' cannot be in xx.toml, choose"),
        ({"xx": GOOD + "maybe = []\n"}, "must have exactly the lists approve, reject, choose"),
        ({"xx": 'approve = ["yes"]\n'}, "must have exactly the lists approve, reject, choose"),
    ],
)
def test_bad_words_are_refused(bad: dict[str, str], why: str) -> None:
    with pytest.raises(BadInput) as told:
        words_in(bad)
    assert why in str(told.value)
