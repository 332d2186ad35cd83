"""The server that letters go to."""

from __future__ import annotations

from typing import Annotated

from pydantic import ValidationInfo, field_validator

from config.log_in import LOG_IN, LOG_IN_WRITE
from config.section import (
    A_FILE,
    CA_FILE,
    ENV,
    PASSWORD_ENV,
    PASSWORD_FILE,
    SECONDS,
    SECURITY,
    Section,
    key,
)
from config.values import EnvName, Host, Line, MaybePath, Security


class Smtp(Section):
    """The server that carries letters."""

    host: Annotated[
        Host,
        key(
            "SMTP server that accepts letters for every recipient.",
            write='the name of the SMTP server, such as "smtp.example.com"',
            examples=["smtp.example.com"],
        ),
    ]
    security: Annotated[Security, key(SECURITY, write='"tls", "starttls" or "plain"')] = "tls"
    port: Annotated[
        int,
        key(
            "Port of the SMTP server; 0 means 465 for tls, 587 for starttls, 25 for plain.",
            write="a port from 1 to 65535, or 0",
            ge=0,
            le=65535,
        ),
    ] = 0
    ca_file: Annotated[MaybePath, key(CA_FILE, write=A_FILE)] = None
    user: Annotated[
        Line,
        key(
            'Log-in name; "" means that the server wants no log-in.',
            write='the log-in name, or ""',
            examples=["complaints@example.com"],
        ),
    ] = ""
    password_file: Annotated[MaybePath, key(PASSWORD_FILE, write=A_FILE)] = None
    password_env: Annotated[
        EnvName, key(PASSWORD_ENV, write=ENV, examples=["AMENDS_SMTP_PASSWORD"])
    ] = ""
    log_in: Annotated[Line, key(LOG_IN, write=LOG_IN_WRITE)] = ""
    timeout_seconds: Annotated[
        int,
        key(
            "How long an answer of the server is waited for, in seconds.",
            write=SECONDS.format(1, 600),
            ge=1,
            le=600,
        ),
    ] = 60
    sent_folder: Annotated[
        Line,
        key(
            "Folder of the mailbox's IMAP account in which this server keeps what it accepted: "
            "a letter of which no answer came is looked for there before it is sent again; "
            '"" means that there is none.',
            write='the name of a folder, such as "Sent", or ""',
        ),
    ] = ""

    @field_validator("port")
    @classmethod
    def _usual_port(cls, value: int, info: ValidationInfo) -> int:
        usual = {"tls": 465, "starttls": 587, "plain": 25}
        return value or usual.get(str(info.data.get("security")), 0)
