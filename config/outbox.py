"""How letters wait and leave, and what brakes them (R-13)."""

from __future__ import annotations

from typing import Annotated

from config.section import SECONDS, Section, key
from config.values import Different, Line

_LETTERS = "a number of letters from 1 to 100000"


class Outbox(Section):
    """How letters wait and leave."""

    lease_seconds: Annotated[
        int,
        key(
            "How long a process may hold a delivery it has claimed, in seconds; afterwards "
            "another may take it over.",
            write=SECONDS.format(5, 86400),
            ge=5,
            le=86400,
        ),
    ] = 300
    undo_seconds: Annotated[
        int,
        key(
            "How long a letter written in the desk waits before it leaves, so that it can be "
            "taken back, in seconds.",
            write=SECONDS.format(0, 3600),
            ge=0,
            le=3600,
        ),
    ] = 20
    bcc_own: Annotated[
        bool,
        key(
            "Whether every letter goes to the own mailbox as well, in the same envelope: its "
            "arrival there proves that a letter of which no answer came was accepted.",
            write="true or false",
        ),
    ] = False
    reconcile_minutes: Annotated[
        int,
        key(
            "How long such a letter is looked for (smtp.sent_folder, outbox.bcc_own) before the "
            "same bytes are sent once more, in minutes.",
            write="a number of minutes from 0 to 240",
            ge=0,
            le=240,
        ),
    ] = 10
    address_per_day: Annotated[
        int,
        key(
            "Automatic letters to one address within 24 hours; more are held with a task.",
            write=_LETTERS,
            ge=1,
            le=100_000,
        ),
    ] = 5
    domain_per_hour: Annotated[
        int,
        key(
            "Automatic letters to one domain within an hour; more are held with a task.",
            write=_LETTERS,
            ge=1,
            le=100_000,
        ),
    ] = 50
    all_per_hour: Annotated[
        int,
        key(
            "Automatic letters to everybody within an hour; more are held with a task.",
            write=_LETTERS,
            ge=1,
            le=100_000,
        ),
    ] = 300
    promises_per_hour: Annotated[
        int,
        key(
            "Acknowledgments to one known address within an hour. They are exempt from the three "
            "limits above (R-13); more are held with a task.",
            write=_LETTERS,
            ge=1,
            le=100_000,
        ),
    ] = 5
    promises_per_day: Annotated[
        int,
        key(
            "The same within 24 hours.",
            write=_LETTERS,
            ge=1,
            le=100_000,
        ),
    ] = 20
    burst_per_hour: Annotated[
        int,
        key(
            "Mails of one sender within an hour that are cases of their own; all further ones "
            "are collected in one case, without numbers and acknowledgments.",
            write="a number of mails from 1 to 100000",
            ge=1,
            le=100_000,
        ),
    ] = 20
    free_mail_domains: Annotated[
        tuple[Line, ...],
        Different,
        key(
            "More domains of free mail, besides the well-known ones, whose users have nothing to "
            "do with each other: outbox.domain_per_hour does not count for them.",
            write='a list such as ["mail.example"]',
            strict=False,
        ),
    ] = ()
