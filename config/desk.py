"""Where the web desk listens, and how it is seen."""

from __future__ import annotations

from typing import Annotated

from config.section import Section, key
from config.values import Host, Line


class Desk(Section):
    """The web desk, where case managers work."""

    host: Annotated[
        Host,
        key(
            "Address on which the desk listens; put a web server with TLS before it to open it "
            "to other machines.",
            write='an address such as "127.0.0.1"',
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        key(
            "Port of the desk; 0 means that `amends serve` opens no desk.",
            write="a port from 1 to 65535, or 0",
            ge=0,
            le=65535,
        ),
    ] = 8025
    url: Annotated[
        Line,
        key(
            'Address of the desk as browsers see it; "" means http://HOST:PORT, which only this '
            "machine can use.",
            write='a URL such as "https://desk.example.com"',
            pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+)?$",
        ),
    ] = ""
    files_url: Annotated[
        Line,
        key(
            "Second address of the same desk, under another host name, from which attachments "
            'are handed out, so that no file can act as a page of the desk; "" means the same.',
            write='a URL such as "https://files.example.com"',
            pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+)?$",
        ),
    ] = ""
    max_attachment_mb: Annotated[
        int,
        key(
            "Largest file that can be attached to a letter, in MiB.",
            write="a number of MiB from 1 to 50",
            ge=1,
            le=50,
        ),
    ] = 10

    @property
    def address(self) -> str:
        """The desk's URL without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.url or f"http://{host}:{self.port}"

    @property
    def files_address(self) -> str:
        """The URL of attachments without a slash at its end."""
        return self.files_url or self.address
