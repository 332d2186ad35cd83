"""Mails that harm their reader: the others are read in the same round, and it is answered for."""

from __future__ import annotations

import os
import pickle
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cases.errors import Tampered, TryLater
from intake.kinds.screen import OwnAddresses
from service import children
from service.children import Children, Limits
from service.parenting import plain
from service.reading import InProcess, Reading, Unread
from tests.service.obeying import HOSTILE, OWN, ROOT, at_last, mail, tell, unread

# word: what is said of the mail, and whether the slow lane had to say it
HARM = {
    "segfault": ("died", True),
    "exit": ("died", True),
    "hang": ("took too long", True),
    "allocate": ("died", True),
    "kill the nursery": ("was ended", True),
    "system exit": ("SystemExit", False),
    "raise": ("KeyError", False),
}


# --- what one mail does to the others


@pytest.mark.parametrize("word", HARM)
def test_whatever_a_mail_does_to_its_reader_the_others_are_read_at_once(
    word: str, hostile: Children
) -> None:
    said, slow = HARM[word]
    mails = [unread(mail(one, number)) for number, one in enumerate(("fine", word, "fine"))]
    first, poison, last = hostile.read(mails, (), OWN)
    assert first is not None
    assert slow or poison is not None
    # With the nursery dies whoever reads just now; that mail is read again alone.
    assert last is not None or word == "kill the nursery"
    found = at_last(hostile, mails)
    assert [found[0].mail.subject, found[2].mail.subject] == ["fine 0", "fine 2"]
    assert found[2].screened.kind == "complaint"
    answer = found[1]
    assert answer.screened.kind == "unreadable"
    assert said in answer.mail.defects[-1]
    assert answer.mail.from_ is not None  # its head alone harms nobody
    assert answer.mail.from_.address == "jana@ring.example"
    assert not answer.mail.proven_sender
    assert hostile.busy() == frozenset()


def test_a_slow_mail_is_read_in_the_slow_lane(hostile: Children) -> None:
    slow = unread(mail("slow"))
    assert hostile.read([slow], (), OWN) == [None]
    assert hostile.busy() == {slow.sha256}
    (reading,) = at_last(hostile, [slow])
    assert reading.screened.kind == "complaint"
    assert reading.mail.defects == ()


def test_a_batch_of_bombs_does_not_take_all_patience_each_time() -> None:
    reader = Children(HOSTILE, Limits(fast=1.0, slow=0.1, idle=60))
    mails = [unread(mail("hang", number)) for number in range(12)] + [unread(mail("fine"))]
    began = time.monotonic()
    try:
        found = reader.read(mails, (), OWN)
        seconds = time.monotonic() - began
        tell(f"a good mail behind 12 bombs: {seconds:.1f} s")
        assert found[-1] is not None
        assert seconds < 9
    finally:
        reader.close()


def test_a_flood_of_bombs_keeps_no_honest_slow_mail_for_hours(hostile: Children) -> None:
    mails = [unread(mail("exit", number)) for number in range(children.MOST_SLOW + 5)]
    hostile._slow_lane = lambda: None  # type: ignore[method-assign] # it gets nothing done
    found = hostile.read(mails, (), OWN)
    assert found[: children.MOST_SLOW] == [None] * children.MOST_SLOW
    for one in found[children.MOST_SLOW :]:
        assert one is not None
        assert one.screened.kind == "unreadable"
        assert "too many such mails" in one.mail.defects[-1]


def test_a_big_mail_goes_to_the_slow_lane_at_once(
    hostile: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    big, small = unread(mail("fine") + b"x" * children.BIG), unread(mail("fine", 1))
    slowly: list[Unread] = []
    read = hostile._read_slowly

    def watched(one: Unread, own: OwnAddresses) -> Reading | None:
        slowly.append(one)
        return read(one, own)

    monkeypatch.setattr(hostile, "_read_slowly", watched)
    assert [one.mail.size for one in at_last(hostile, [big, small])] == [big.size, small.size]
    assert slowly == [big]


def test_the_next_batch_is_read_while_this_one_is_registered(hostile: Children) -> None:
    now, next_ = unread(mail("fine", 1)), unread(mail("fine", 2))
    loads: list[str] = []
    counted = replace(next_, load=lambda: loads.append("once") or next_.load())  # type: ignore[func-returns-value]  # append gives None, so `or` goes on
    hostile.read([now], [counted], OWN)
    (found,) = hostile.read([counted], (), OWN)
    assert found is not None
    assert found.mail.subject == "fine 2"
    assert loads == ["once"]


@pytest.mark.parametrize("lanes", [1, 2])
def test_batch_after_batch_is_read_once_whatever_one_does(lanes: int) -> None:
    words = ["fine"] * 4 + ["exit"] + ["fine"] * 4
    loads: list[int] = []

    def watched(number: int, word: str) -> Unread:
        one = unread(mail(word, number))

        def load() -> bytes:
            loads.append(number)
            return one.load()

        return replace(one, load=load)

    mails = [watched(*one) for one in enumerate(words)]
    reader = Children(HOSTILE, Limits(fast=5.0, slow=6.0, idle=60), fast=lanes)
    try:
        found = []
        for at in range(0, len(mails), 3):
            found += reader.read(mails[at : at + 3], mails[at + 3 : at + 6], OWN)
        good = [at for at, word in enumerate(words) if word == "fine"]
        assert all(found[at] is not None for at in good)
        assert [loads.count(at) for at in good] == [1] * len(good)
    finally:
        reader.close()


def test_the_answer_is_the_same_as_in_process() -> None:
    folder = ROOT / "tests" / "intake" / "mails"
    mails = [unread(file.read_bytes()) for file in sorted(folder.glob("*.eml"))]
    assert mails
    reader = Children()
    try:
        assert at_last(reader, mails) == InProcess().read(mails, (), OWN)
    finally:
        reader.close()


# --- what a mail is not to blame for


def test_lost_bytes_are_not_read_and_a_store_that_is_away_is_told(hostile: Children) -> None:
    def lost() -> bytes:
        raise Tampered("other bytes")

    def away() -> bytes:
        raise TryLater("the disk is away")

    gone = replace(unread(b"gone"), load=lost)
    for reader in (hostile, InProcess()):
        found = reader.read([gone, unread(mail("fine"))], (), OWN)
        assert found[0] is None
        assert found[1] is not None
        assert reader.busy() == frozenset()
        with pytest.raises(TryLater):
            reader.read([replace(unread(b"away"), load=away)], (), OWN)
    assert hostile.read([unread(mail("fine", 2))], (), OWN)[0] is not None


def test_a_reader_that_cannot_start_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    reader = Children("tests.service.hostile:nothing_of_this_name")
    with pytest.raises(TryLater, match="cannot be started"):
        reader.read([unread(mail("fine"))], (), OWN)
    assert "nothing_of_this_name" in capfd.readouterr().err
    reader.close()


def test_a_child_that_was_taken_over_calls_nothing_here() -> None:
    for one in (os.system, children.Children, Path("/"), InProcess):
        with pytest.raises(pickle.UnpicklingError):
            plain(pickle.dumps(one))
    with pytest.raises(pickle.UnpicklingError):
        plain(b"cos\nsystem\n(S'exit 1'\ntR.")
    with pytest.raises(pickle.UnpicklingError):
        plain(b"\x80\x04\x8c\x0bintake.mail\x8c\x10dataclass.__call_\x93.")
