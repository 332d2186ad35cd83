"""Is it well, and what is not (reliability.md P17, 4.1, 4.2, 4.6)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from demo.mail_server import HOST, EmbeddedMail
from demo.shop import MAILBOX, RING
from service import health
from tests.servers.process import free_port
from tests.shop import PASSWORD
from tests.watched import NAME, Watched


def test_a_mailbox_that_is_read_is_no_incident(watched: Watched) -> None:
    assert watched.not_ready() == ["watch"]  # nobody has looked yet
    watched.sweep()
    assert watched.not_ready() == [f"mailbox:{NAME}"]
    watched.minutes(10)
    assert watched.not_ready() == []
    assert watched.operators.told == []
    assert watched.shop.rows("incidents") == []


# --- P17: the ways in which a mailbox is not read


@contextmanager
def silent(greeting: bytes) -> Iterator[int]:
    """A server that accepts, perhaps greets, and never says another word."""
    held: list[socket.socket] = []
    with socket.create_server((HOST, 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                held.append(link)
                link.sendall(greeting)

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    for link in held:
        link.close()


def stopped(stack: ExitStack) -> dict[str, Any]:
    return {"port": free_port()}


def hang_in_tls(stack: ExitStack) -> dict[str, Any]:
    port = stack.enter_context(silent(b""))
    return {"port": port, "security": "tls", "timeout_seconds": 0.05}


def hang_after_greeting(stack: ExitStack) -> dict[str, Any]:
    port = stack.enter_context(silent(b"* OK IMAP4rev1 here\r\n"))
    return {"port": port, "timeout_seconds": 0.05}


def wrong_password(stack: ExitStack) -> dict[str, Any]:
    other = stack.enter_context(EmbeddedMail({MAILBOX: "another"}))
    return {"port": other.imap_port}


@pytest.mark.parametrize(
    "fault",
    [stopped, wrong_password, hang_in_tls, hang_after_greeting],
    ids=lambda fault: fault.__name__,
)
def test_p17_an_unread_mailbox_is_told_once_and_cleared_once(
    sqlite_watched: Watched, fault: Callable[[ExitStack], dict[str, Any]]
) -> None:
    watched, well = sqlite_watched, sqlite_watched.shop.w.settings.mailbox[0]
    watched.minutes(10)
    with ExitStack() as stack:
        watched.set_mailbox(**fault(stack))
        assert not watched.poll()
        watched.minutes(4, polls=False)
        assert watched.not_ready() == []  # five minutes are allowed
        red_after = 0
        while not watched.not_ready():
            watched.sweep(seconds=15)
            red_after += 15
        assert 4 * 60 + red_after <= 5 * 60 + 60
        watched.minutes(30)
    assert watched.not_ready() == [f"mailbox:{NAME}"]
    (alarm,) = watched.operators.told
    assert alarm.startswith(f"ALARM: mailbox {NAME} was not read since 2026-03-02 09:")
    assert "the service says: mailbox" in watched.operators.texts[0]
    assert PASSWORD not in watched.operators.texts[0]
    watched.set_mailbox(**well.model_dump())
    watched.minutes(30)
    assert watched.not_ready() == []
    assert watched.operators.told[1:] == [f"All clear: mailbox:{NAME}"]


# --- letters, disk, quota, database


def test_an_acknowledgment_that_does_not_leave(sqlite_watched: Watched) -> None:
    watched = sqlite_watched
    watched.minutes(2)
    watched.shop.customer(RING).write(MAILBOX, "Thread too wide", "The core hole is 2.5 mm.")
    watched.shop.server.smtp_hook = lambda command, mail: "451 4.2.0 later"
    watched.shop.serve()
    watched.minutes(14)
    assert watched.not_ready() == []
    watched.minutes(3)
    assert watched.not_ready() == ["letters:automatic"]
    assert watched.operators.told[0].startswith("ALARM: an acknowledgment has not left")
    watched.shop.server.smtp_hook = None
    watched.shop.clock.forward(hours=1)
    watched.shop.serve()
    watched.minutes(2)
    assert watched.operators.told[1:] == ["All clear: letters:automatic"]


def test_a_mail_that_is_fetched_and_never_registered(sqlite_watched: Watched) -> None:
    watched = sqlite_watched
    watched.shop.customer(RING).write(MAILBOX, "Thread too wide", "The core hole is 2.5 mm.")
    watched.minutes(7)  # it polls, and nobody registers
    assert watched.not_ready() == ["registration"]
    assert len(watched.operators.told) == 1


def test_no_room_and_no_right_for_evidence(sqlite_watched: Watched, tmp_path: Path) -> None:
    watched = sqlite_watched
    watched.minutes(2)
    watched.set("health", free_percent=0, free_mb=10**9)
    watched.watchman.w = watched.shop.w
    watched.sweep()
    assert watched.not_ready() == ["evidence"]
    watched.set("health", free_mb=0)
    (tmp_path / "a file").touch()
    watched.set("evidence", folder=tmp_path / "a file" / "evidence")
    watched.watchman.w = watched.shop.w
    watched.sweep()
    assert watched.not_ready() == ["evidence"]
    assert len(watched.operators.told) == 1
    watched.set("evidence", folder=tmp_path / "evidence")
    watched.watchman.w = watched.shop.w
    watched.sweep()
    assert watched.operators.told[1:] == ["All clear: evidence"]


def test_a_mailbox_that_fills(sqlite_watched: Watched) -> None:
    watched = sqlite_watched
    watched.minutes(2)
    watched.shop.w.vital.mailboxes[NAME].quota_percent = 90
    watched.sweep()
    assert watched.not_ready() == []
    watched.shop.w.vital.mailboxes[NAME].quota_percent = 91
    watched.sweep()
    assert watched.operators.told[0].startswith(f"ALARM: mailbox {NAME} is 91 % full")


# --- the loops


def test_a_loop_that_hangs_is_seen(sqlite_watched: Watched) -> None:
    w, now = sqlite_watched.shop.w, [100.0]
    w.vital.monotonic = lambda: now[0]
    sqlite_watched.watchman.look()
    with w.vital.busy("clocks"):
        now[0] += 59
        assert health.live(w)["live"]
        now[0] += 2
        w.vital.beat(health.SWEEP)
        assert health.live(w) == {"live": False, "stuck": {"clocks": 61}}
        w.vital.beat("clocks")
        assert health.live(w)["live"]
    now[0] += 61
    assert health.live(w)["stuck"] == {health.SWEEP: 61}


def test_waiting_is_not_hanging(sqlite_watched: Watched) -> None:
    w, now = sqlite_watched.shop.w, [100.0]
    w.vital.monotonic = lambda: now[0]
    with w.vital.busy("registrar"):
        pass
    now[0] += 3600
    w.vital.beat(health.SWEEP)
    assert health.live(w)["live"]


def test_a_report_grows_old(sqlite_watched: Watched) -> None:
    sqlite_watched.minutes(2)
    assert sqlite_watched.not_ready() == []
    sqlite_watched.shop.clock.forward(seconds=61)
    assert sqlite_watched.not_ready() == ["watch"]
