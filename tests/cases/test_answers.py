"""R-29: only what is understood to the last word acts without a person."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.answers import Answer, Asked, read
from cases.answers.verdicts import Kind
from cases.answers.words import shipped

APPROVAL = Asked("approval")
PROPOSAL = Asked("proposal", ("A", "B"))
TOLD = Asked("proposal", ("A", "B"), ("Remake of the 240 rings", "Refund, USD 480"))
ONE = Asked("proposal", ("A",))

APPROVED = """\
Approved
  approved.
APPROVED!!
*Approved*
ａｐｐｒｏｖｅｄ
\ufeffAccepted\u200b\u00a0
Yes, approved. Thank you!
We approve the results.
aproved
Genehmigt.
Wir sind mit den Ergebnissen einverstanden, vielen Dank
同意。
我們同意，可以結案。
Nous approuvons les résultats.
Sí, aprobado.
Si, aprobado.
Siamo d'accordo, grazie.
承認します。
Wij gaan akkoord.
Zgadzamy się.""".splitlines()

REJECTED = """\
Not approved.
We cannot accept the results. The problem still exists.
No
Nicht einverstanden.
Das können wir nicht akzeptieren.
不同意
我们无法接受。
Pas d'accord.
No aceptamos los resultados.
Non accettiamo.
承認できません。
Niet akkoord.
Nie akceptujemy.""".splitlines()


@pytest.mark.parametrize("text", APPROVED)
def test_a_plain_approval_acts(text: str) -> None:
    found = read(text, APPROVAL)
    assert (found.verdict, found.certain) == ("approve", True), found
    assert found.phrase


@pytest.mark.parametrize("text", REJECTED)
@pytest.mark.parametrize("asked", [APPROVAL, PROPOSAL])
def test_a_plain_rejection_acts(text: str, asked: Asked) -> None:
    found = read(text, asked)
    if "result" not in text:  # no results were asked about with a proposal
        assert (found.verdict, found.certain) == ("reject", True), found
    elif asked is APPROVAL:
        assert found.certain


@pytest.mark.parametrize(
    ("text", "asked", "option"),
    [
        ("B.", PROPOSAL, "B"),
        ("**b**", PROPOSAL, "B"),
        ("Option B, please", PROPOSAL, "B"),
        ("Dear Mr Li, thank you, we accept option B. Best regards", PROPOSAL, "B"),
        ("the second one", PROPOSAL, "B"),
        ("Die zweite bitte", PROPOSAL, "B"),
        ("方案二", PROPOSAL, "B"),
        ("選擇Ｂ方案。", PROPOSAL, "B"),
        ("l'option A", PROPOSAL, "A"),
        ("Let's go with the refund.", TOLD, "B"),
        ("退款，谢谢", TOLD, "B"),
        ("240 rings", TOLD, "A"),
        ("A", ONE, "A"),
    ],
)
def test_an_option_is_chosen_by_letter_place_or_content(
    text: str, asked: Asked, option: str
) -> None:
    found = read(text, asked)
    assert (found.verdict, found.option, found.certain) == ("choose", option, True), found


@pytest.mark.parametrize("asked", [APPROVAL, PROPOSAL, TOLD, ONE, Asked("closed")])
@pytest.mark.parametrize(
    "text",
    """\
approved?
approved...
approved:
~~approved~~
"approved"
「同意」
> approved
(approved)
a̶p̶p̶r̶o̶v̶e̶d̶
not\u200bapproved
unapproved
not rejected
not yet approved
approved not
approved, but only 150 pieces
approved /s
in principle approved
we will approve when it works
if we approve
si aprobamos
we approved your last offer
I approve the drawing
my boss approves
approved. Two more rings are broken.
approved. When do you ship?
Yes, we have received your mail.
ok
好的
👍
thanks
nicht abgelehnt
不是不同意
同意吗
暂不同意
A or B
A and B
not B
B?
C
B, but only 150
the fifth one
{OPTION}
.""".splitlines(),
)
def test_a_near_miss_is_for_a_person(text: str, asked: Asked) -> None:
    assert not read(text, asked).certain


@pytest.mark.parametrize(
    ("text", "asked", "verdict", "rule"),
    [
        ("Thank you very much!", APPROVAL, "thanks_only", "en/thanks"),
        ("We withdraw our complaint.", APPROVAL, "withdraw", "en/withdraw"),
        ("Which lot is it?", APPROVAL, "question", "a question mark"),
        ("同意吗", APPROVAL, "question", "zh/question"),
        ("I am out of the office until 5 May.", APPROVAL, "unclear", "en/absence: nobody is there"),
        ("Approved and not approved.", APPROVAL, "unclear", "more than one meaning"),
        ("A and B", PROPOSAL, "unclear", "more than one option"),
        ("Dear Mr Li,", APPROVAL, "unclear", "nothing is answered"),
        ("We accept the proposal", APPROVAL, "unclear", "something else is approved"),
        ("None of them", PROPOSAL, "reject", "en/none_of"),
        ("Please go ahead", ONE, "approve", "en/go"),
        ("Yellow submarine", APPROVAL, "unclear", "not understood: Yellow submarine"),
    ],
)
def test_the_verdict_is_explained(text: str, asked: Asked, verdict: str, rule: str) -> None:
    found = read(text, asked)
    assert (found.verdict, found.rule) == (verdict, rule)


def test_a_change_is_pointed_out() -> None:
    """R-25."""
    assert read("B, but only 150 instead of 300", PROPOSAL) == Answer(
        "accept_with_change",
        "B",
        "but only 150 instead of 300",
        phrase="B",
        rule=read("B", PROPOSAL).rule + ", en/but",
        certain=False,
    )


ACTS = {
    ("approval", "Approved"): True,
    ("approval", "Not approved"): True,
    ("proposal", "B"): True,
    ("proposal", "Not approved"): True,
    ("proposal", "Approved"): False,  # two options were offered
    ("closed", "Not approved"): True,
    ("closed", "Approved"): False,
    ("question", "Approved"): False,
    ("question", "Not approved"): False,
    ("nothing", "Approved"): False,
    ("nothing", "Not approved"): False,
}


@pytest.mark.parametrize(("asked", "acts"), ACTS.items())
def test_an_answer_acts_only_where_the_table_says_so(asked: tuple[Kind, str], acts: bool) -> None:
    kind, text = asked
    options = ("A", "B") if kind in ("proposal", "question", "nothing") else ()
    assert read(text, Asked(kind, options)).certain is acts


@pytest.mark.parametrize("options", [("a", "A"), ("Ａ", "A")])
def test_two_options_of_one_letter_are_for_a_person(options: tuple[str, ...]) -> None:
    assert not read(options[0], Asked("proposal", options)).certain


@pytest.mark.parametrize("text", ["", "选", "方案", " \n "])
@pytest.mark.parametrize("option", ["", " ", "."])
def test_an_option_without_letters_is_never_chosen(text: str, option: str) -> None:
    assert not read(text, Asked("proposal", (option,))).certain


@pytest.mark.parametrize(
    "text",
    [
        "Approved. Thanks\nPartly",
        "Approvato. Grazie\nRespinto",
        "Approuvé. Merci\nHors Bagues",
        "Genehmigt. Danke\nAusgenommen Ringe",
        "同意。谢谢\n第二批另议",
        "承認します。\n以上\n第二ロット保留",
    ],
)
def test_what_stands_below_a_closing_may_take_it_back(text: str) -> None:
    assert not read(text, APPROVAL).certain


@pytest.mark.parametrize(
    "name", ["Jana", "T. Kern", "Jana Beispiel\nQuality Manager\nTel. +49 30 1"]
)
def test_a_name_below_a_closing_is_a_signature(name: str) -> None:
    assert read(f"Approved.\n\nBest regards\n{name}", APPROVAL).certain


# --- what must not change it, and what must

NO = ["not", "no", "never", "nicht", "nein", "kein", "不", "没", "未", "don't", "ne", "non", "niet"]
JOINTS = [" ", ", ", ". ", "\n", ""]


@given(st.sampled_from(APPROVED), st.sampled_from(NO), st.sampled_from(JOINTS))
@settings(deadline=None)
def test_a_negated_approval_never_approves(phrase: str, no: str, joint: str) -> None:
    for text in (no + joint + phrase, phrase + joint + no):
        found = read(text, APPROVAL)
        assert not (found.certain and found.verdict == "approve"), found


UNKNOWN = st.text("abcdefghijklmnopqrstuvwxyz", min_size=7, max_size=14).filter(
    lambda word: not shipped().ways(word) and not shipped().meant(word)
)


@given(st.sampled_from(APPROVED + REJECTED), st.sampled_from(JOINTS[:-1]), UNKNOWN)
@settings(deadline=None)
def test_one_word_that_is_not_understood_is_enough_for_a_person(
    phrase: str, joint: str, word: str
) -> None:
    for text in (word + joint + phrase, phrase + joint + word):
        assert not read(text, APPROVAL).certain


@given(
    st.sampled_from(APPROVED + REJECTED),
    st.sampled_from([str.upper, str.lower, str.title, str.strip]),
    st.sampled_from(["", ".", "!", " !", "。", "\n", " "]),
)
@settings(deadline=None)
def test_case_space_and_stops_do_not_matter(text: str, change: object, end: str) -> None:
    assert callable(change)
    before, after = read(text, APPROVAL), read(f"\n  {change(text.strip(' .!。'))}{end}", APPROVAL)
    assert (before.verdict, before.certain) == (after.verdict, after.certain)


@given(st.text(), st.sampled_from(["approval", "proposal", "question", "nothing", "closed"]))
@settings(deadline=None)
def test_any_text_is_read(text: str, kind: Kind) -> None:
    found = read(text, Asked(kind, ("A", text), ("Remake", text)))
    assert found.certain <= (found.verdict in ("approve", "reject", "choose"))


@pytest.mark.parametrize(
    "piece", ["approved ", "不", ". ", "we ((", "B ", "Best regards\n", "Dear Li ", "\n", "("]
)
def test_a_long_text_is_no_plain_answer(piece: str) -> None:
    found = read("Approved.\n" + piece * (1_000_000 // len(piece)), TOLD)
    assert not found.certain
