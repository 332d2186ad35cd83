"""The typed settings: the manual of every key. docs/configuration.md is printed from here."""

from __future__ import annotations

from typing import Annotated, Literal

from config.alarm import Alarm, Health
from config.assign import Assign
from config.business_time import CalendarSettings, Week
from config.company import Company
from config.desk import Desk
from config.facts import FactPatterns
from config.log_in import LogIn
from config.mailbox import Mailbox
from config.outbox import Outbox
from config.section import (
    A_FILE,
    A_FOLDER,
    ENV,
    PASSWORD_ENV,
    PASSWORD_FILE,
    Section,
    key,
    written,
)
from config.smtp import Smtp
from config.terms import ClockTerms, CompanyTerms
from config.values import DatabaseUrl, EnvName, Line, MaybePath, NeededPath, Some

__all__ = [
    "Alarm",
    "Assign",
    "CalendarSettings",
    "ClockTerms",
    "Company",
    "CompanyTerms",
    "Database",
    "Desk",
    "Evidence",
    "FactPatterns",
    "Health",
    "Log",
    "LogIn",
    "Mailbox",
    "Outbox",
    "Settings",
    "Smtp",
    "Week",
]


class Database(Section):
    """Where cases are kept."""

    url: Annotated[
        DatabaseUrl,
        key(
            "SQLite file (sqlite:///amends.db, relative to this configuration file) or PostgreSQL "
            "database (postgresql+psycopg://user@host/name), without password.",
            write="sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME, and the password by "
            "database.password_file or database.password_env",
        ),
    ] = "sqlite:///amends.db"
    password_file: Annotated[MaybePath, key(PASSWORD_FILE, write=A_FILE)] = None
    password_env: Annotated[EnvName, key(PASSWORD_ENV, write=ENV)] = ""


class Evidence(Section):
    """Where the raw mails are kept."""

    folder: Annotated[
        NeededPath,
        key(
            "Folder for raw mails that are too big for the database; it belongs in the backup. "
            "With url only mails on their way to the store are there.",
            write=A_FOLDER,
        ),
    ] = written("evidence")
    url: Annotated[
        Line,
        key(
            'Store that speaks S3 for the mails that are too big for the database; "" means the '
            "folder.",
            write='"s3://BUCKET" or "s3://BUCKET/PREFIX", or ""',
            pattern=r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w./-]*)?)?$",
        ),
    ] = ""
    region: Annotated[
        Line,
        key("Region of the bucket.", write='a region such as "eu-central-1"', min_length=1),
    ] = "us-east-1"
    endpoint: Annotated[
        Line,
        key(
            'Address of the store; "" means that of AWS for the region.',
            write='an address such as "https://s3.example.com", or ""',
            pattern=r"^(https?://[\w.-]+(:[0-9]+)?)?$",
        ),
    ] = ""
    access_key: Annotated[
        Line,
        key(
            'Access key of the store; "" means the credentials of the machine (its environment, or '
            "its role).",
            write='the ID of the key, or ""',
        ),
    ] = ""
    secret_file: Annotated[
        MaybePath,
        key(
            "File with the secret of the access key and nothing else; its owner alone may read it "
            "(chmod 600).",
            write=A_FILE,
        ),
    ] = None
    secret_env: Annotated[
        EnvName,
        key(
            "Environment variable that holds the secret, instead of secret_file.",
            write=ENV.replace("password", "secret"),
        ),
    ] = ""


class Reading(Section):
    """How mails are read: in processes that hold no secret and no connection."""

    children: Annotated[
        int,
        key(
            "How many processes read mails by turns, about 60 MB each: with two, one has work "
            "while the answers of the other are fetched. A machine with one core needs one.",
            write="1 or 2",
            ge=1,
            le=2,
        ),
    ] = 2


class Log(Section):
    """What the service tells its operators."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        key(
            "The least important lines that are written.",
            write='"debug", "info", "warning" or "error"',
        ),
    ] = "info"


class Settings(Section):
    """Everything that can be set, read once at start."""

    company: Annotated[Company, key("", write="a section [company] with name")]
    calendar: Annotated[
        dict[str, CalendarSettings], key("", write="a section [calendar.NAME] for each calendar")
    ] = written({"default": {}})
    terms: Annotated[CompanyTerms, key("", write="a section [terms]")] = written({})
    database: Annotated[Database, key("", write="a section [database]")] = written({})
    evidence: Annotated[Evidence, key("", write="a section [evidence]")] = written({})
    mailbox: Annotated[
        tuple[Mailbox, ...],
        Some,
        key("", write="[[mailbox]] (two brackets) for each mailbox", strict=False),
    ]
    assign: Annotated[
        tuple[Assign, ...],
        key("", write="[[assign]] (two brackets) for each rule", strict=False),
    ] = ()
    smtp: Annotated[Smtp, key("", write="a section [smtp] with host")]
    log_in: Annotated[
        dict[str, LogIn], key("", write="a section [log_in.NAME] for each log-in by tokens")
    ] = written({})
    outbox: Annotated[Outbox, key("", write="a section [outbox]")] = written({})
    facts: Annotated[FactPatterns, key("", write="a section [facts]")] = written({})
    desk: Annotated[Desk, key("", write="a section [desk]")] = written({})
    health: Annotated[Health, key("", write="a section [health]")] = written({})
    alarm: Annotated[Alarm, key("", write="a section [alarm]")] = written({})
    reading: Annotated[Reading, key("", write="a section [reading]")] = written({})
    log: Annotated[Log, key("", write="a section [log]")] = written({})
