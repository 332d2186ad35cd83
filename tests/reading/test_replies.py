"""What is new text stays new text, whatever stands around it; and reading takes linear time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.reply import newtext
from tests.reading import replies
from tests.reading.score import Score

# Lines that people write, and that look like something else.
LINES = """\
Lot 33: 240 pcs, 12 rejected
From: line 3 the quantity is wrong.
Date: next week
On Monday he wrote: all good.
On 5 May 2026 we received 12 broken rings
Please call me on +49 30 1234567 because the line stands still.
Thanks for the quick answer, but the parts are still wrong.
Regards to the team, the second box was fine.
A
B, but only 150 instead of 300
OK
Approved
PO 4500123456, part 4711-A
Von: unserer Seite ist alles geprüft.
Am Montag schrieb er: alles gut.
Bitte rufen Sie mich unter 030 1234567 an, es eilt wirklich sehr.
Danke, aber die Teile passen nicht.
同意。
谢谢，请尽快处理。
数量：12件
发件人不是我们。
Merci de votre réponse rapide.
Gracias por su respuesta.
ありがとうございます。しかしまだ漏れています。
- scratch on the face
1. wrong colour
See https://kunde.example/pictures/1234
Gate 4, 12 Harbour Road, Hull
Kind of strange: the label says 5.
Best before date is missing
It leaks!
-0.05 mm
10:30 am on Tuesday would be fine
5.5.2026 14:10 measured again
This e-mail shows the crack.
Sent from the warehouse on Friday by truck
Original packaging was used.
Subject to your approval we scrap them.""".splitlines()
CASES = [one for one in replies.cases() if not one.name.startswith("html")]


def kept(text: str, writer: str, line: str) -> bool:
    return line in newtext.split(text, writer)[0].splitlines()


def variants(case: replies.Case, line: str) -> Iterator[str]:
    """The line above all, below the last line of new text, and as a postscript."""
    yield f"{line}\n\n{case.text}"
    last = next((one for one in reversed(case.new.splitlines()) if one.strip()), "")
    if last:
        yield case.text.replace(last, f"{last}\n{line}", 1)
    card = [one for one in case.signature.splitlines() if one.strip()]
    # All that stands below "-- " is signature (RFC 3676 section 4.3), or below a legal notice.
    ends = card and (card[0].strip() == "--" or any(len(one) > 45 for one in card))
    if len(card) > 1 and case.text.count(card[-1]) == 1 and not ends:
        yield case.text.replace(card[-1], f"{card[-1]}\n\n{line}", 1)


@pytest.mark.parametrize("line", LINES)
def test_no_line_is_lost(line: str) -> None:
    lost = [
        (case.name, text)
        for case in CASES
        for text in variants(case, line)
        if not kept(text, case.writer, line)
    ]
    assert lost == []


@pytest.mark.parametrize("score", replies.own(), ids=lambda score: score.name)
def test_our_own_set(score: Score) -> None:
    assert score.holds, score.misses


def test_the_set_is_large_enough() -> None:
    assert len(replies.cases()) >= 120
    assert len({one.name.partition(":")[0] for one in replies.cases()}) >= 20


parts = st.sampled_from([line for one in CASES for line in one.text.splitlines()])


@given(st.lists(parts | st.text(max_size=40), max_size=40).map("\n".join))
def test_every_line_is_in_exactly_one_part(text: str) -> None:
    new, quoted, signature = newtext.split(text)
    told = [line for one in (new, quoted, signature) for line in one.split("\n")]
    assert "".join(sorted("".join(told).split())) or not text.strip()
    assert sorted("".join("".join(told).split())) == sorted("".join(text.split()))


@given(st.lists(parts, max_size=30).map("\n".join))
def test_what_is_quoted_is_never_new(text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    assert newtext.split(f"{quoted}\n> .")[0] == ""


FLOODS = {
    "greetings": "Regards\nBob\n",
    "heads": "From: a@b.example\nSent: 14:10\nx\n\n",
    "labels": "From: x\n",
    "wrote": "On 5 May we wrote:\n",
    "long wrote": "On " + "5 May " * 70 + " wrote:\n",
    "marks and answers": "> a\nb\n",
    "signs": "--\n",
    "rules": "-" * 400 + "\n",
    "phones": "Sent from my iPhone " + "ab " * 70 + "\n",
    "dates": "bob 5.5.2026 14:10\nTo\nx\n",
    "notices": "this e-mail is confidential\n",
    "names": "-Bob Miller\n\n",
    "addresses": "To: a@b.c\n" + "x@y.zz;\n" * 50,
    "cards": "Tel: 0123456789\nBob\n\n",
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_megabyte_of_it_takes_seconds_at_most(name: str) -> None:
    text = (FLOODS[name] * (1_000_000 // len(FLOODS[name])))[:1_000_000]
    before = time.process_time()
    newtext.split(text)
    assert time.process_time() - before < 6


@pytest.mark.parametrize(
    "line", ["a" * 1_000_000, " " * 1_000_000 + "x", "From: " + "a@" * 500_000]
)
def test_a_line_of_a_megabyte(line: str) -> None:
    before = time.process_time()
    newtext.split(line)
    assert time.process_time() - before < 1
