"""A TCP proxy before a real server that hurts connections: cuts at a byte, silence, slowness.

with CuttingProxy(dovecot.imap_port, lambda: Hurt(Kind.RESET, Towards.CLIENT, after=300)) as way:
    ...  # use way.port instead
    way.heal()
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

from demo.loop_thread import LoopThread
from tests.servers.process import HOST

_PIECE: Final = 64 * 1024
_RESETS: Final = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST and forgets what waits
_SLOW_PIECES: Final = 150  # then the connection is quick again
_SLOW_BYTES: Final = 100
_SLOW_SECONDS: Final = 0.01


class Kind(enum.Enum):
    """What a network can do to a connection."""

    RESET = "reset"  # RST to both sides
    END = "end"  # FIN to both sides
    SILENCE = "silence"  # half-open: nothing passes any more, and nobody is told
    SLOW = "slow"  # a few bytes at a time


class Towards(enum.Enum):
    """To whom the bytes go that are counted."""

    SERVER = "server"
    CLIENT = "client"


@dataclass(frozen=True)
class Hurt:
    """What happens to a connection once `after` bytes went that way, or `within` seconds."""

    kind: Kind
    towards: Towards
    after: int
    within: float = 3600.0


class Weather(enum.Enum):
    """How the proxy meets everybody."""

    PLANNED = "planned"  # as the plan says
    DOWN = "down"  # whoever connects is turned away at once
    SILENT = "silent"  # whoever connects hears nothing
    FAIR = "fair"


@dataclass
class Done:
    """A hurt that happened. `noticed_at`: the client hung up a silent connection, or came back
    after a cut. Monotonic seconds."""

    hurt: Hurt
    at: float
    noticed_at: float | None = None

    @property
    def seconds(self) -> float:
        """How long it took, until now if it was not noticed."""
        return (time.monotonic() if self.noticed_at is None else self.noticed_at) - self.at


@dataclass(eq=False)
class _Link:
    """One connection and what becomes of it."""

    hurt: Hurt | None
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    done: Done | None = None
    timer: asyncio.TimerHandle | None = None
    over: bool = False
    mute: bool = False
    slow: int = 0  # pieces that still go slowly
    passed: dict[Towards, int] = field(default_factory=lambda: dict.fromkeys(Towards, 0))

    def to(self, towards: Towards) -> asyncio.StreamWriter | None:
        return self.client if towards is Towards.CLIENT else self.server


class CuttingProxy:
    """Listens on `port`, before the server on `target`. `plan` is asked for each connection."""

    def __init__(self, target: int, plan: Callable[[], Hurt | None] = lambda: None) -> None:
        self._target = target
        self._plan = plan
        self._weather = Weather.PLANNED
        self._links: set[_Link] = set()
        self.accepted = 0  # connections
        self.done: list[Done] = []
        self.port = 0

    def heal(self) -> None:
        """From now on nothing is hurt; connections that are silent stay so."""
        self._weather = Weather.FAIR

    def down(self) -> None:
        """Reset everybody, and turn away who comes."""
        self._weather = Weather.DOWN
        self._thread.call(self._reset_all())

    def fall_silent(self) -> None:
        """Let nothing pass on any connection, old or new."""
        self._weather = Weather.SILENT
        self._thread.call(self._mute_all())

    def unnoticed(self, *kinds: Kind) -> float:
        """The longest time until a hurt of these kinds was noticed, seconds."""
        return max((one.seconds for one in tuple(self.done) if one.hurt.kind in kinds), default=0.0)

    # --- life

    def __enter__(self) -> Self:
        self._thread = LoopThread("cutting-proxy")
        self.port = self._thread.call(self._listen())
        return self

    def __exit__(self, *why: object) -> None:
        self._thread.call(self._close())
        self._thread.stop()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._serve, HOST, self.port, limit=_PIECE)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _close(self) -> None:
        self._server.close()
        await self._reset_all()

    async def _reset_all(self) -> None:
        for link in tuple(self._links):
            _reset(link)

    async def _mute_all(self) -> None:
        for link in tuple(self._links):
            self._hurt(link, Hurt(Kind.SILENCE, Towards.CLIENT, link.passed[Towards.CLIENT]))

    # --- one connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._notice()
        link = _Link(self._plan() if self._weather is Weather.PLANNED else None, writer)
        self._links.add(link)
        self._begin_timer(link)
        try:
            await self._carry(link, reader)
        except OSError:
            pass  # one side is gone, so the other shall be
        finally:
            if link.timer is not None:
                link.timer.cancel()
            if link.done is not None and link.done.noticed_at is None and link.mute:
                link.done.noticed_at = time.monotonic()
            _hang_up(link)
            self._links.discard(link)

    async def _carry(self, link: _Link, reader: asyncio.StreamReader) -> None:
        if self._weather is Weather.DOWN:
            _reset(link)
            return
        if self._weather is Weather.SILENT:
            self._hurt(link, Hurt(Kind.SILENCE, Towards.CLIENT, 0))
        from_server, link.server = await asyncio.open_connection(HOST, self._target, limit=_PIECE)
        back = asyncio.ensure_future(self._pump(link, from_server, Towards.CLIENT))
        try:
            await self._pump(link, reader, Towards.SERVER)
            if not link.mute:
                await back  # the server may still have something to say
        finally:
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)

    async def _pump(self, link: _Link, source: asyncio.StreamReader, towards: Towards) -> None:
        """Hand on until the source ends. What comes on a silent connection is lost."""
        try:
            while data := await source.read(_PIECE):
                await self._hand_on(link, data, towards)
        except OSError:
            if towards is Towards.SERVER:
                raise
        target = link.to(towards)
        if target is not None and not link.mute and not target.is_closing():
            with contextlib.suppress(OSError):
                target.write_eof()

    async def _hand_on(self, link: _Link, data: bytes, towards: Towards) -> None:
        hurt = link.hurt
        if hurt is not None and (self._weather is not Weather.PLANNED or hurt.towards != towards):
            hurt = None
        left = len(data) if hurt is None else max(0, hurt.after - link.passed[towards])
        await self._write(link, data[:left], towards)
        # While it was written, the hurt may have come by its time.
        if hurt is not None and len(data) >= left and link.hurt is hurt:
            self._hurt(link, hurt)
            await self._write(link, data[left:], towards)

    async def _write(self, link: _Link, data: bytes, towards: Towards) -> None:
        target = link.to(towards)
        link.passed[towards] += len(data)
        if link.over or not data or target is None or target.is_closing():
            return
        while link.slow and data and not link.over:
            target.write(data[:_SLOW_BYTES])
            data, link.slow = data[_SLOW_BYTES:], link.slow - 1
            await asyncio.sleep(_SLOW_SECONDS)
        if not link.over:
            target.write(data)
            await target.drain()

    # --- what hurts

    def _begin_timer(self, link: _Link) -> None:
        if link.timer is not None:
            link.timer.cancel()
        if link.hurt is not None:
            loop = asyncio.get_running_loop()
            link.timer = loop.call_later(link.hurt.within, self._hurt_late, link)

    def _hurt_late(self, link: _Link) -> None:
        if link.hurt is not None and self._weather is Weather.PLANNED:
            self._hurt(link, link.hurt)

    def _hurt(self, link: _Link, hurt: Hurt) -> None:
        if link.over:
            return
        link.over, link.hurt = hurt.kind is not Kind.SLOW, None
        link.done = Done(hurt, time.monotonic())
        self.done.append(link.done)
        if hurt.kind is Kind.RESET:
            _reset(link)
        elif hurt.kind is Kind.END:
            link.mute = True  # what still comes is read, so that the end is FIN and no RST
            for writer in (link.client, link.server):
                if writer is not None and not writer.is_closing():
                    writer.write_eof()
        elif hurt.kind is Kind.SILENCE:
            link.mute = True
        else:
            link.slow = _SLOW_PIECES
            link.done.noticed_at = link.done.at  # there is nothing to notice
            link.hurt = self._plan()  # and more may come
            link.passed = dict.fromkeys(Towards, 0)
            self._begin_timer(link)

    def _notice(self) -> None:
        """Somebody connects: the cuts so far were noticed."""
        for one in self.done:
            if one.noticed_at is None and one.hurt.kind is Kind.RESET:
                one.noticed_at = time.monotonic()


def _reset(link: _Link) -> None:
    for writer in (link.client, link.server):
        if writer is not None and not writer.is_closing():
            with contextlib.suppress(OSError):
                where = writer.get_extra_info("socket")
                where.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
            writer.transport.abort()


def _hang_up(link: _Link) -> None:
    for writer in (link.client, link.server):
        if writer is not None and not writer.is_closing():
            writer.transport.abort() if link.mute else writer.close()
