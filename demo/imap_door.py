"""The IMAP side of the embedded mail server: pymap, with its mailboxes in memory."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext


class ImapDoor:
    """Mailboxes for users (address: password), behind IMAP. Use it inside one event loop."""

    async def start(self, users: Mapping[str, str], host: str, port: int) -> int:
        """Listen on `port` (0: a free one) and return it."""
        config = _config()
        config.apply_context()  # a context variable: set in the task that starts the server
        self._login = Login(config)
        for user, password in users.items():
            await self._identity(user).set(UserMetadata(config, user, password=password))
        imap = IMAPServer(self._login, config)
        number = itertools.count(1)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # Not pymap's own service: it keeps no reference to this task, and Python 3.13 then
            # collects a connection that is still in use.
            link: socket.socket = writer.get_extra_info("socket")
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            about = SocketInfo.get(writer, None, unique_id=next(number).to_bytes(16, "big"))
            await imap(reader, cast("asyncio.StreamWriter", _WholeResponses(writer)), about)

        self._server = await asyncio.start_server(connected, host, port)
        listening: int = self._server.sockets[0].getsockname()[1]
        return listening

    async def close(self) -> None:
        self._server.close()

    async def append(self, user: str, folder: str, raw: bytes, arrived: datetime) -> None:
        async with self._identity(user).new_session() as session:
            mailbox = await session.mailbox_set.get_mailbox(folder)
            await mailbox.append(AppendMessage(raw, arrived, frozenset()), recent=True)

    async def read(self, user: str, folder: str) -> list[bytes]:
        """The mails of a folder, oldest first."""
        async with self._identity(user).new_session() as session:
            mailbox = await session.mailbox_set.get_mailbox(folder)
            return [
                bytes(await message.load_content(FetchRequirement.CONTENT))
                async for message in mailbox.messages()
            ]

    def _identity(self, user: str) -> Identity:
        return Identity(user, self._login, None, frozenset())


class _WholeResponses:
    """Sends what pymap writes in one piece at each drain.

    pymap writes a line in many small pieces. A client in IDLE that reads half a line takes the
    connection for broken ("unterminated line").
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> None:
        self._pieces.append(bytes(piece))

    async def drain(self) -> None:
        self._writer.write(b"".join(self._pieces))
        self._pieces.clear()
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()


class _Config(Config):
    """pymap's settings, without a look-up of this machine's name in the DNS."""

    @property
    def greeting(self) -> bytes:
        return b"embedded mail server ready"


def _config() -> _Config:
    options = Namespace(
        host=None,
        port=0,
        debug=False,
        cert=None,
        key=None,
        tls=False,
        proxy_protocol=None,
        passlib_cfg=None,
        demo_data=False,
        demo_user="",
        demo_password="",
    )
    return _Config.from_args(
        options,
        invalid_user_sleep=0.0,
        # The passwords are public and live in memory; hashing costs 0.1 s a log-in.
        hash_context=Cleartext(),
        cpu_subsystem=Subsystem.for_asyncio(),
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
    )
