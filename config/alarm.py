"""How the service is watched, and by which other way it calls for help."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import ValidationInfo, field_validator

from config.log_in import LOG_IN, LOG_IN_WRITE
from config.section import A_FILE, ENV, PASSWORD_ENV, PASSWORD_FILE, SECONDS, Section, key
from config.values import Address, EnvName, Host, Line, MaybePath, Security

_MINUTES = "a number of minutes from {} to {}"


class Health(Section):
    """What outside watchers may ask: /live, /ready and /metrics."""

    host: Annotated[
        Host,
        key(
            "Address on which they are answered when there is no desk.",
            write='an address such as "127.0.0.1"',
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        key(
            "Port on which they are answered when there is no desk (desk.port is 0); otherwise the "
            "desk answers them. 0 means that nobody does.",
            write="a port from 1 to 65535, or 0",
            ge=0,
            le=65535,
        ),
    ] = 0
    allow: Annotated[
        tuple[str, ...],
        key(
            "Addresses and networks that may ask; for all others there is nothing.",
            write='a list such as ["127.0.0.1", "::1", "10.0.0.0/8"]',
            strict=False,
        ),
    ] = ("127.0.0.1", "::1")
    free_mb: Annotated[
        int,
        key(
            "Least room on the disk of the evidence, in MiB.",
            write="a number of MiB from 0 to 1000000",
            ge=0,
            le=1_000_000,
        ),
    ] = 1024
    free_percent: Annotated[
        int,
        key(
            "Least room on the disk of the evidence, in percent of its size.",
            write="a number from 0 to 50",
            ge=0,
            le=50,
        ),
    ] = 5
    synthetic_minutes: Annotated[
        int,
        key(
            "Time between two mails that the service sends to each of its own mailboxes to see "
            "that they come back, in minutes; 0 sends none, 15 is recommended.",
            write=_MINUTES.format(0, 1440),
            ge=0,
            le=1440,
        ),
    ] = 0

    @field_validator("allow")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ipaddress.ip_network(one)
            except ValueError:
                raise ValueError("must hold IP addresses and networks only") from None
        return value


class Alarm(Section):
    """When operators are called, and by which way; without a way, only the log says it."""

    after_minutes: Annotated[
        int,
        key(
            "How long a mailbox may stay unread, and a mail of health.synthetic_minutes away, "
            "before the alarm, in minutes.",
            write=_MINUTES.format(1, 1440),
            ge=1,
            le=1440,
        ),
    ] = 5
    letter_minutes: Annotated[
        int,
        key(
            "How long an automatic letter, such as an acknowledgment, may wait to leave before the "
            "alarm, in minutes; letters of people may wait four times as long.",
            write=_MINUTES.format(1, 1440),
            ge=1,
            le=1440,
        ),
    ] = 15
    quota_percent: Annotated[
        int,
        key(
            "How full a mailbox may be before the alarm, in percent of its quota.",
            write="a number from 1 to 100",
            ge=1,
            le=100,
        ),
    ] = 90
    command: Annotated[
        tuple[Line, ...],
        key(
            "Program with its arguments that gets the text of alarm and all-clear on standard "
            "input; no shell reads it. [] means none.",
            write='a list such as ["page-operators", "--team", "mail"]',
            strict=False,
        ),
    ] = ()
    to: Annotated[
        tuple[Address, ...],
        key(
            "Who gets alarms by mail, over the second SMTP account below.",
            write='a list such as ["operators@example.com"]',
            strict=False,
        ),
    ] = ()
    sender: Annotated[
        Line,
        key(
            "Address from which alarms come; needed with alarm.to.",
            write='an address such as "amends@example.com", or ""',
            pattern=r"^([^@\s<>]+@[^@\s<>]+)?$",
        ),
    ] = ""
    host: Annotated[
        Line,
        key(
            "SMTP server for alarms, another than that of the letters; needed with alarm.to.",
            write='the name of the SMTP server, such as "smtp.example.com", or ""',
            pattern=r"^[\w.:-]*$",
        ),
    ] = ""
    security: Annotated[
        Security,
        key(
            'How the connection is protected: "tls" from its first byte, "starttls" after the '
            'greeting, "plain" not at all (only for a server on the same machine).',
            write='"tls", "starttls" or "plain"',
        ),
    ] = "tls"
    port: Annotated[
        int,
        key(
            "Port of that server; 0 means 465 for tls, 587 for starttls, 25 for plain.",
            write="a port from 1 to 65535, or 0",
            ge=0,
            le=65535,
        ),
    ] = 0
    ca_file: Annotated[
        MaybePath,
        key(
            'Certificates (PEM) trusted for that server; "" means those of the system.',
            write=A_FILE,
        ),
    ] = None
    user: Annotated[
        Line,
        key(
            'Log-in name; "" means that the server wants no log-in.',
            write='the log-in name, or ""',
        ),
    ] = ""
    password_file: Annotated[MaybePath, key(PASSWORD_FILE, write=A_FILE)] = None
    password_env: Annotated[EnvName, key(PASSWORD_ENV, write=ENV)] = ""
    log_in: Annotated[Line, key(LOG_IN, write=LOG_IN_WRITE)] = ""
    timeout_seconds: Annotated[
        int,
        key(
            "How long the program, or an answer of the server, is waited for, in seconds.",
            write=SECONDS.format(1, 600),
            ge=1,
            le=600,
        ),
    ] = 30

    @field_validator("port")
    @classmethod
    def _usual_port(cls, value: int, info: ValidationInfo) -> int:
        usual = {"tls": 465, "starttls": 587, "plain": 25}
        return value or usual.get(str(info.data.get("security")), 0)
