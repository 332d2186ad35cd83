"""Whom a bounce is about: by RFC 3464 where it says so, else by its words."""

from __future__ import annotations

from intake.kinds import notice
from intake.kinds.dsn import Reported
from intake.mail import Mail


def recipients(mail: Mail) -> tuple[Reported, ...]:
    """The recipients that a mail of the kind "bounce" names, in order; none where it names none."""
    told = tuple(one for one in mail.reported if "@" in one.address)
    if told:
        return told
    ours = {*mail.delivered_to, *(one.address for one in mail.to)}
    return (
        notice.recipients(
            mail.subject,
            mail.text,
            mail.from_.address if mail.from_ else "",
            ours,
            _failed_recipients(mail),
        )
        or mail.reported
    )


def _failed_recipients(mail: Mail) -> list[str]:
    """X-Failed-Recipients: what Exim and those who learned from it say, and only of failures."""
    values = mail.headers.get("x-failed-recipients", ())
    found = (one.strip(" <>\t").lower() for value in values for one in value.split(","))
    return [one for one in found if "@" in one[:256]]
