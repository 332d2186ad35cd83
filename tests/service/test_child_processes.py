"""What a child has and when it ends, and mails that harm it on the whole road."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from demo.shop import MAILBOX, RING
from intake.mailbox.imap import Fetched
from service.children import Children, Limits
from service.registrar import register_waiting
from service.seeing import seen
from tests.service.obeying import HOSTILE, OWN, ROOT, mail, tell, unread
from tests.shop import START, Shop

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
from tests.service.obeying import HOSTILE, OWN, mail, unread
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
