"""The library's SMTP client, with what a carrier needs beside it."""

from __future__ import annotations

import asyncio
import re

import aiosmtplib

CHUNK = 64 * 1024
DOTS = re.compile(rb"(?m)^\.")
LINE_ENDS = re.compile(rb"\r\n|\r|\n")


class Client(aiosmtplib.SMTP):
    """The library's client, with an end that is an end and a body that is sent piece by piece."""

    _writer: asyncio.StreamWriter | None = None  # it closes the connection when it is collected

    def close(self) -> None:
        transport = self.transport
        super().close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()  # TLS would wait 30 s for a dead peer's goodbye

    async def push_lines(self, data: bytes) -> None:
        """Return when the mail, without its final dot, is on its way. Raises OSError."""
        lines = LINE_ENDS.sub(b"\r\n", data)
        lines = DOTS.sub(b"..", lines if lines.endswith(b"\r\n") else lines + b"\r\n")
        for at in range(0, len(lines), CHUNK):
            await self._push(lines[at : at + CHUNK])

    async def _push(self, data: bytes) -> None:
        protocol, transport = self.protocol, self.transport
        if protocol is None or not isinstance(transport, asyncio.WriteTransport):
            raise ConnectionResetError("the connection is closed")
        if self._writer is None:
            # 1, not 0: asyncio's TLS transport pauses at `size >= high` and would never resume.
            transport.set_write_buffer_limits(high=1, low=0)
            loop = asyncio.get_running_loop()
            self._writer = asyncio.StreamWriter(transport, protocol, None, loop)
        self._writer.write(data)
        async with asyncio.timeout(self.timeout):  # wait_for can swallow a cancellation
            await self._writer.drain()

    def say_quit(self) -> None:
        """Say goodbye, and do not wait for the answer."""
        # The time between the answer to the dot and our commit is the only one in which a mail
        # can be sent twice (reliability.md 6 B).
        if self.is_connected and self.protocol is not None:
            self.protocol.write(b"QUIT\r\n")
