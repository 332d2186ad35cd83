"""The mailboxes that mail comes from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ValidationInfo, field_validator

from config.log_in import LOG_IN, LOG_IN_WRITE
from config.section import (
    A_FILE,
    A_FOLDER,
    CA_FILE,
    ENV,
    PASSWORD_ENV,
    PASSWORD_FILE,
    SECONDS,
    SECURITY,
    Section,
    key,
)
from config.values import (
    Address,
    EnvName,
    FirstStart,
    Host,
    Line,
    MaybeLanguage,
    MaybeNumbers,
    MaybePath,
    Security,
)


class Mailbox(Section):
    """A mailbox in which complaints arrive. Write [[mailbox]] once for each."""

    name: Annotated[
        str,
        key(
            "Short name of the mailbox, for the log and for commands; never change it, what was "
            "seen in the mailbox is remembered under it.",
            write='letters, digits, "-" and "_", such as "complaints"',
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$",
            examples=["complaints"],
        ),
    ]
    address: Annotated[
        Address,
        key(
            "Address to which customers write, and from which letters come.",
            write='an address such as "complaints@example.com"',
            examples=["complaints@example.com"],
        ),
    ]
    aliases: Annotated[
        tuple[Address, ...],
        key(
            "Other addresses whose mail arrives in the same mailbox.",
            write='a list such as ["quality@example.com"]',
            strict=False,
        ),
    ] = ()
    sender_name: Annotated[
        Line,
        key(
            'Name before the address of letters; "" means company.name.',
            write="one line of text",
            max_length=200,
        ),
    ] = ""
    host: Annotated[
        Host,
        key(
            "IMAP server.",
            write='the name of the IMAP server, such as "imap.example.com"',
            examples=["imap.example.com"],
        ),
    ]
    security: Annotated[Security, key(SECURITY, write='"tls", "starttls" or "plain"')] = "tls"
    port: Annotated[
        int,
        key(
            "Port of the IMAP server; 0 means 993 for tls, 143 else.",
            write="a port from 1 to 65535, or 0",
            ge=0,
            le=65535,
        ),
    ] = 0
    ca_file: Annotated[MaybePath, key(CA_FILE, write=A_FILE)] = None
    user: Annotated[
        Line,
        key(
            "Log-in name of the mailbox.",
            write='the log-in name, such as "complaints@example.com"',
            min_length=1,
            examples=["complaints@example.com"],
        ),
    ]
    password_file: Annotated[MaybePath, key(PASSWORD_FILE, write=A_FILE)] = None
    password_env: Annotated[
        EnvName, key(PASSWORD_ENV, write=ENV, examples=["AMENDS_IMAP_PASSWORD"])
    ] = ""
    log_in: Annotated[Line, key(LOG_IN, write=LOG_IN_WRITE)] = ""
    folder: Annotated[
        Line,
        key(
            "Folder of the mailbox that is watched.",
            write='the name of a folder, such as "INBOX"',
            min_length=1,
        ),
    ] = "INBOX"
    poll_seconds: Annotated[
        int,
        key(
            "Time between two looks into the mailbox, in seconds.",
            write=SECONDS.format(5, 3600),
            ge=5,
            le=3600,
        ),
    ] = 60
    timeout_seconds: Annotated[
        int,
        key(
            "How long an answer of the server is waited for, in seconds.",
            write=SECONDS.format(1, 600),
            ge=1,
            le=600,
        ),
    ] = 45
    idle: Annotated[
        bool,
        key(
            "Whether the server is asked to say at once when mail arrives (IMAP IDLE), beside the "
            "looks every poll_seconds; a server that cannot is only looked into.",
            write="true or false",
        ),
    ] = True
    backoff_seconds: Annotated[
        float,
        key(
            "How long the first pause is after the server could not be reached, in seconds; each "
            "further pause is twice as long.",
            write=SECONDS.format(0.01, 300),
            ge=0.01,
            le=300,
        ),
    ] = 1.0
    backoff_max_seconds: Annotated[
        float,
        key(
            "The longest pause between two tries to reach the server, in seconds.",
            write=SECONDS.format(0.01, 3600),
            ge=0.01,
            le=3600,
        ),
    ] = 300.0
    first_start: Annotated[
        FirstStart,
        key(
            "Which mails a mailbox that is not empty begins with, at its very first start: those "
            'that arrive from "now" on, "since:DATE", or "all"; "" means that the service asks '
            "(amends serve --from).",
            write='"now", "all", "since:2026-01-31" or ""',
        ),
    ] = ""
    acknowledge_old: Annotated[
        bool,
        key(
            "Whether mails older than 24 hours are acknowledged at the very first start too; else "
            "they become cases with a task (amends serve --confirm-old).",
            write="true or false",
        ),
    ] = False
    max_mail_mb: Annotated[
        int,
        key(
            "Of larger mails only the headers and the first MiB are read, in MiB; they are kept "
            "whole all the same.",
            write="a number from 1 to 50",
            ge=1,
            le=50,
        ),
    ] = 50
    decorate: Annotated[
        Literal["none", "keyword", "move"],
        key(
            "What is done to a mail after it is registered, for people who look into the mailbox: "
            "nothing, the keyword $Registered, or a move to move_to. The service needs none of it.",
            write='"none", "keyword" or "move"',
        ),
    ] = "none"
    move_to: Annotated[
        Line,
        key(
            'Folder to which registered mails are moved, when decorate is "move".',
            write='the name of a folder, such as "Registered"',
            min_length=1,
        ),
    ] = "Registered"
    plus_addressing: Annotated[
        bool,
        key(
            "Whether mail to name+anything@ arrives in this mailbox as well: replies then find "
            "their case by a token in the address.",
            write="true or false",
        ),
    ] = True
    trusted_authserv_ids: Annotated[
        tuple[Host, ...],
        key(
            "Names that your own mail server writes first into Authentication-Results. Only if it "
            "removes such fields from incoming mail, and only together with trusted_received_by.",
            write='a list such as ["mx.example.com"]',
            strict=False,
        ),
    ] = ()
    trusted_received_by: Annotated[
        tuple[Host, ...],
        key(
            'Names by which your border mail server calls itself in Received ("by ..."): what '
            "stands below its uppermost field is not believed.",
            write='a list such as ["mx.example.com"]',
            strict=False,
        ),
    ] = ()

    language: Annotated[
        MaybeLanguage,
        key(
            "Language of letters to customers of this mailbox whose own is not known; "
            '"" means company.language.',
            write='one of company.languages, or ""',
        ),
    ] = ""
    numbers: Annotated[
        MaybeNumbers,
        key(
            "Pattern of the numbers of cases that arrive here, a series of its own (R-20); "
            '"" means company.numbers.',
            write='a pattern with {year} and {seq}, such as "SZ{year}-{seq:03}", or ""',
        ),
    ] = ""
    templates: Annotated[
        MaybePath,
        key(
            "Folder of this mailbox's own letter templates, over those of company.templates; "
            '"" means none.',
            write=A_FOLDER,
        ),
    ] = None
    manager: Annotated[
        Line,
        key(
            'User who gets new cases of this mailbox (R-32); "" means company.manager.',
            write='the name of a user, or ""',
        ),
    ] = ""

    @field_validator("port")
    @classmethod
    def _usual_port(cls, value: int, info: ValidationInfo) -> int:
        return value or (993 if info.data.get("security") == "tls" else 143)
