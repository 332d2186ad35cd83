"""Mails that harm their reader: the others are read in the same round, and it is answered for."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cases.errors import Tampered, TryLater
from demo.shop import MAILBOX, RING
from intake.kinds.screen import OwnAddresses
from intake.mailbox.imap import Fetched
from service import children
from service.arrival import seen
from service.children import Children, Limits
from service.parenting import plain
from service.reading import InProcess, Reading, Unread
from service.registrar import register_waiting
from tests.shop import START, Shop

HOSTILE = "tests.service.hostile:understand"
OWN = OwnAddresses(frozenset({MAILBOX}))
ROOT = Path(__file__).parent.parent.parent
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


@pytest.fixture
def hostile() -> Iterator[Children]:
    """Children that obey their mails, with little patience."""
    made = Children(HOSTILE, Limits(fast=1.0, slow=6.0, idle=60))
    yield made
    made.close()


def tell(line: str) -> None:
    """For who runs this with -rP or -s: the figures."""
    sys.stdout.write(f"{line}\n")


def mail(word: str, number: int = 0) -> bytes:
    """A mail whose reader does what it says."""
    head = f"From: Jana <jana@ring.example>\r\nSubject: {word} {number}\r\n\r\n"
    return f"{head}{word}\r\nThe thread is too wide.\r\n".encode()


def unread(data: bytes) -> Unread:
    return Unread(hashlib.sha256(data).hexdigest(), len(data), lambda: data)


def at_last(reader: Children, mails: list[Unread]) -> list[Reading]:
    """Ask until all is answered."""
    found = reader.read(mails, (), OWN)
    while reader.wait():
        found = reader.read(mails, (), OWN)
    assert None not in found
    return [one for one in found if one is not None]


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


def test_a_big_mail_goes_to_the_slow_lane_at_once(hostile: Children) -> None:
    big = unread(mail("fine") + b"x" * children.BIG)
    assert hostile.read([big, unread(mail("fine", 1))], (), OWN)[0] is None
    assert at_last(hostile, [big])[0].mail.size == big.size


def test_the_next_batch_is_read_while_this_one_is_registered(hostile: Children) -> None:
    now, next_ = unread(mail("fine", 1)), unread(mail("fine", 2))
    loads: list[str] = []
    counted = replace(next_, load=lambda: loads.append("once") or next_.load())  # type: ignore[func-returns-value]  # append gives None, so `or` goes on
    hostile.read([now], [counted], OWN)
    (found,) = hostile.read([counted], (), OWN)
    assert found is not None
    assert found.mail.subject == "fine 2"
    assert loads == ["once"]


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


# --- what a child has


def test_children_have_no_secrets_no_sockets_and_little_memory(
    hostile: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMENDS_SMTP_PASSWORD", "CANARY")
    hostile.read([unread(mail("fine"))], (), OWN)
    family = descendants(os.getpid())
    (nursery,) = [pid for pid in family if "service.nursery" in text(pid, "cmdline")]
    (child,) = descendants(nursery)
    for pid in (nursery, child):
        assert text(pid, "environ") == ""
        assert "CANARY" not in text(pid, "cmdline")
    kinds = [os.readlink(link) for link in Path(f"/proc/{child}/fd").iterdir()]
    assert sum(kind.startswith("socket:") for kind in kinds) == 1  # its pipe
    assert not [kind for kind in kinds if not kind.startswith(("socket:", "/dev/null"))]
    limit = next(x for x in text(child, "limits").splitlines() if "address space" in x)
    assert limit.split()[3] == str(1024**3)


def test_children_end_when_there_is_nothing_to_do() -> None:
    reader = Children(HOSTILE, Limits(idle=0.5))
    reader.read([unread(mail("fine"))], (), OWN)
    (nursery,) = [p for p in descendants(os.getpid()) if "service.nursery" in text(p, "cmdline")]
    (child,) = descendants(nursery)
    assert gone([child, nursery], seconds=10)
    assert reader.read([unread(mail("fine", 1))], (), OWN)[0] is not None  # and come again
    reader.close()


_PARENT = """\
import sys
from service.children import Children, Limits
from tests.service.test_children import HOSTILE, OWN, mail, unread
reader = Children(HOSTILE, Limits(fast=0.5))
reader.read([unread(mail("fine"))], (), OWN)
reader.read([unread(mail("hang"))], (), OWN)
print("reading", flush=True)
sys.stdin.read()
"""


def test_no_child_outlives_a_parent_that_was_killed() -> None:
    with subprocess.Popen(
        (sys.executable, "-c", _PARENT),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"reading\n"
        (nursery,) = descendants(parent.pid)
        family = [nursery, *first_children(nursery)]  # it burns in the slow lane
        parent.send_signal(signal.SIGKILL)
        began = time.monotonic()
        assert gone(family, seconds=2)
        tell(f"no child left after {time.monotonic() - began:.2f} s")


def test_a_stop_that_reaches_all_processes_blames_no_mail(hostile: Children) -> None:
    hostile.read([unread(mail("fine"))], (), OWN)
    (nursery,) = [p for p in descendants(os.getpid()) if "service.nursery" in text(p, "cmdline")]
    for pid in (nursery, *descendants(nursery)):
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGINT)
    found = hostile.read([unread(mail("fine", 1))], (), OWN)
    assert found[0] is not None


# --- on the road


def test_bombs_and_poison_become_cases_and_hold_up_nobody(
    sqlite_shop: Shop, hostile: Children
) -> None:
    w = replace(sqlite_shop.w, reader=hostile)
    words = ("fine", "hang", "segfault", "allocate", "raise", "fine")
    bodies = [mail(word, number) for number, word in enumerate(words)]
    seen(w, "complaints", 1, [Fetched(n, START, data) for n, data in enumerate(bodies, start=1)])
    began = time.monotonic()
    assert register_waiting(w) == len(bodies)
    seconds = time.monotonic() - began
    registered = {row["uid"] for row in sqlite_shop.rows("sightings") if row["registered_at"]}
    assert {1, 6} <= registered
    assert seconds < 30
    while register_waiting(w) or w.reader.wait():
        pass
    tell(f"good mails registered after {seconds:.1f} s, all after {time.monotonic() - began:.1f}")
    assert {row["state"] for row in sqlite_shop.rows("sightings")} == {"registered"}
    assert len(sqlite_shop.numbers()) == len(bodies)
    tasks = [task for task in sqlite_shop.tasks() if task["kind"] == "unreadable_mail"]
    assert len(tasks) == 4
    for number in sqlite_shop.numbers():
        assert sqlite_shop.promise(number)["started_at"]
    assert sqlite_shop.faults() == {}


def test_the_bombs_of_the_field_in_one_batch_with_a_good_mail(sqlite_shop: Shop) -> None:
    """reliability.md 2.2, with the real reader and its real limits."""
    reader = Children()
    w = replace(sqlite_shop.w, reader=reader)
    mails = [*bombs().values(), mail("fine")]
    seen(w, "complaints", 1, [Fetched(n, START, data) for n, data in enumerate(mails, start=1)])
    del mails[:-1]
    before = peak()
    began = time.monotonic()
    good = None
    while register_waiting(w) or w.reader.wait():
        done = {row["uid"] for row in sqlite_shop.rows("sightings") if row["registered_at"]}
        if good is None and len(bombs()) + 1 in done:
            good = time.monotonic() - began
    grown = (peak() - before) / 1024
    reader.close()
    assert good is not None
    tell(f"good after {good:.1f} s, all after {time.monotonic() - began:.1f} s, +{grown:.0f} MiB")
    assert good < 30
    assert len(sqlite_shop.numbers()) == len(bombs()) + 1
    assert grown < 64


def test_serve_reads_in_children_by_itself(sqlite_shop: Shop) -> None:
    reader = Children()
    object.__setattr__(sqlite_shop.w, "reader", reader)  # as `amends serve` is wired
    sqlite_shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert sqlite_shop.serve() == ()
    assert sqlite_shop.case("KS2026-001")["subject"] == "Thread too wide"
    assert [p for p in descendants(os.getpid()) if "service.nursery" in text(p, "cmdline")]
    reader.close()


def bombs() -> dict[str, bytes]:
    """What other parsers hang, overflow or grow on."""
    head = b"From: a@b.example\r\nSubject: x\r\n"
    nested = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1)
        for n in range(1000)
    )
    return {
        "10,000 parts": head
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\n\r\nx\r\n" * 10_000
        + b"--b--",
        "1,000 levels": head + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + nested,
        "a subject of 1 MB": b"From: a@b.example\r\nSubject: " + b"x" * 1_000_000 + b"\r\n\r\nhi",
        "20,000 addresses": head
        + b"To: "
        + b", ".join(b"u%d@x.example" % n for n in range(20_000))
        + b"\r\n\r\nhi",
        "20,000 semicolons": head + b"Content-Type: text/plain" + b";" * 20_000 + b"\r\n\r\nhi",
        "20,000 encoded words": b"From: a@b.example\r\nSubject: "
        + b"=?utf-8?q?Hello?= " * 20_000
        + b"\r\n\r\nhi",
        "900 brackets": b"From: " + b"(" * 900 + b"\r\n\r\nhi",
    }


def descendants(pid: int) -> list[int]:
    """The children of a process that are no zombies."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(one) for one in (task / "children").read_text().split()]
    return [one for one in found if alive(one)]


def first_children(pid: int) -> list[int]:
    """The children of a process, as soon as it has some."""
    end = time.monotonic() + 10
    while not (found := descendants(pid)):
        assert time.monotonic() < end
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pids: list[int], *, seconds: float) -> bool:
    """Whether they end within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(map(alive, pids)):
            return True
    return False


def text(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()


def peak() -> int:
    """The memory of this process, at most, since the last question (KiB)."""
    status = Path("/proc/self/status").read_text()
    found = next(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmHWM:"))
    Path("/proc/self/clear_refs").write_text("5")
    return found
