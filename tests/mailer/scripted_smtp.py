"""An SMTP server that says exactly what it is told: for the moments that a good one never has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CUT, HANG = "cut", "hang"
DOT = b"."


@dataclass
class Script:
    """`answers` by command, or by "greeting", "body" (in the middle of the mail) and "." (after
    the final dot): a reply, CUT or HANG. `heard`: every line that arrived."""

    answers: dict[str, str] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    port: int = 0

    def answer(self, moment: str) -> str:
        usual = {"greeting": "220 hello", "EHLO": "250 scripted", "DATA": "354 go on"}
        return self.answers.get(moment, usual.get(moment, "250 well"))


class _Cut(Exception):
    pass


@asynccontextmanager
async def scripted(**answers: str) -> AsyncIterator[Script]:
    """Serve one script on loopback; greeting=, EHLO=, MAIL=, RCPT=, DATA=, body=, dot=."""
    script = Script({"." if key == "dot" else key: value for key, value in answers.items()})
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _dialogue(script, reader, writer, over)
        except (_Cut, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        over.set()
        server.close()


async def _dialogue(
    script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, over: asyncio.Event
) -> None:
    async def say(moment: str) -> str:
        reply = script.answer(moment)
        if reply == HANG:
            await over.wait()
        if reply in (CUT, HANG):
            raise _Cut
        writer.write(reply.encode("utf-8", "surrogateescape") + b"\r\n")
        await writer.drain()
        return reply

    await say("greeting")
    while line := await reader.readline():
        script.heard.append(line)
        command = line.split()[0].upper().decode()
        reply = await say(command)
        if command == "DATA" and reply.startswith("354"):
            await _body(script, reader, over)
            await say(".")
        if command == "QUIT":
            return


async def _body(script: Script, reader: asyncio.StreamReader, over: asyncio.Event) -> None:
    while line := await reader.readline():
        script.heard.append(line)
        if script.answers.get("body") == HANG:
            await over.wait()
        if "body" in script.answers:
            raise _Cut
        if line == b".\r\n":
            return
    raise _Cut


@asynccontextmanager
async def also_at(host: str, port: int) -> AsyncIterator[None]:
    """Reach what listens on 127.0.0.1 under another loopback address, too."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(serve, host, port)
    try:
        yield
    finally:
        server.close()
