"""The proxy hurts a connection where its plan says, and nowhere else."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.servers.cutting_proxy import CuttingProxy, Hurt, Kind, Towards
from tests.servers.process import HOST

GREETING = b"hello, this is the server\r\n"


@contextmanager
def echo() -> Iterator[int]:
    """A server that greets and gives back what it gets; its port."""
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_give_back, args=(connection,), daemon=True).start()


def _give_back(connection: socket.socket) -> None:
    with connection:
        try:
            connection.sendall(GREETING)
            while data := connection.recv(65536):
                connection.sendall(data)
        except OSError:
            return


@contextmanager
def proxied(*hurts: Hurt | None) -> Iterator[tuple[CuttingProxy, Callable[[], socket.socket]]]:
    """A proxy before the echo that hurts one connection after the other, and how to connect."""
    plan = itertools.chain(hurts, itertools.repeat(None))
    with echo() as port, CuttingProxy(port, lambda: next(plan)) as proxy:
        yield proxy, lambda: socket.create_connection((HOST, proxy.port), 5)


def everything(link: socket.socket) -> bytes:
    """What comes until the end."""
    got = b""
    while data := link.recv(65536):
        got += data
    return got


def test_an_honest_proxy_changes_nothing() -> None:
    data = bytes(range(256)) * 4000
    with proxied() as (_, connect), connect() as link:
        threading.Thread(target=link.sendall, args=(data,)).start()
        got = b""
        while len(got) < len(GREETING) + len(data):
            got += link.recv(65536)
        assert got == GREETING + data
        link.shutdown(socket.SHUT_WR)
        assert everything(link) == b""


@pytest.mark.parametrize("after", [0, 1, 13, len(GREETING), len(GREETING) + 2])
def test_an_end_comes_at_its_byte(after: int) -> None:
    with proxied(Hurt(Kind.END, Towards.CLIENT, after)) as (proxy, connect), connect() as link:
        link.sendall(b"x" * 100)
        assert everything(link) == (GREETING + b"x" * 100)[:after]
        assert [one.hurt.after for one in proxy.done] == [after]


def test_a_reset_is_no_end() -> None:
    with proxied(Hurt(Kind.RESET, Towards.SERVER, 3)) as (_, connect), connect() as link:
        assert link.recv(100) == GREETING
        link.sendall(b"abcdef")
        with pytest.raises(ConnectionResetError):
            everything(link)


def test_silence_lets_nothing_pass_and_tells_nobody() -> None:
    with proxied(Hurt(Kind.SILENCE, Towards.SERVER, 0)) as (proxy, connect):
        with connect() as link:
            assert link.recv(100) == GREETING
            link.sendall(b"abcdef")
            link.settimeout(0.3)
            with pytest.raises(TimeoutError):
                link.recv(100)
            assert proxy.unnoticed(Kind.SILENCE) >= 0.25
        with connect() as link:
            assert link.recv(100) == GREETING
        noticed = proxy.unnoticed(Kind.SILENCE)
        assert noticed == proxy.unnoticed(Kind.SILENCE), "it does not grow any more"


def test_who_is_quiet_is_hurt_as_well() -> None:
    hurt = Hurt(Kind.END, Towards.CLIENT, 10_000, within=0.1)
    with proxied(hurt) as (_, connect), connect() as link:
        assert everything(link) == GREETING


def test_slow_is_slow_and_whole() -> None:
    data = b"0123456789" * 300
    with proxied(Hurt(Kind.SLOW, Towards.SERVER, 0)) as (_, connect), connect() as link:
        assert link.recv(100) == GREETING
        began = time.monotonic()
        link.sendall(data)
        link.shutdown(socket.SHUT_WR)
        assert everything(link) == data
        assert time.monotonic() - began > 0.2


def test_down_turns_everybody_away_until_it_heals() -> None:
    with proxied() as (proxy, connect):
        with connect() as link:
            assert link.recv(100) == GREETING
            proxy.down()
            with pytest.raises(ConnectionResetError):
                link.recv(100)
        for _ in range(2):
            with pytest.raises(ConnectionResetError), connect() as link:
                link.recv(100)
        assert proxy.accepted == 3
        proxy.heal()
        with connect() as link:
            assert link.recv(100) == GREETING


def test_who_is_healed_is_not_hurt_any_more() -> None:
    with proxied(Hurt(Kind.END, Towards.SERVER, 10)) as (proxy, connect), connect() as link:
        assert link.recv(100) == GREETING
        proxy.heal()
        link.sendall(b"x" * 50)
        link.shutdown(socket.SHUT_WR)
        assert everything(link) == b"x" * 50
        assert proxy.done == []
