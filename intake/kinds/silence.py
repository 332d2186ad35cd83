"""May an automatic letter answer this mail? (RFC 3834 section 2, reliability.md 4.3)"""

from __future__ import annotations

from collections.abc import Callable

from intake.fields import null_sender, precedences, report_type, values_of
from intake.kinds.returned import DAEMONS, POSTMASTERS
from intake.kinds.robots import auto_field, auto_submitted, no_reply
from intake.mail import Mail


def may_acknowledge(mail: Mail) -> tuple[bool, str]:
    """Whether an automatic letter may answer this mail, and why not."""
    for reason, judge in _SILENCERS:
        if judge(mail):
            return False, reason
    return True, ""


def _asks_for_silence(mail: Mail) -> bool:
    """Exchange: a wish not to be answered by machines, by people as well as by machines."""
    wishes = {
        word.strip().lower()
        for value in values_of(mail, "x-auto-response-suppress")
        for word in value.split(",")
    }
    return bool(wishes & {"all", "autoreply", "oof", "dr"})


def _mass_mail(mail: Mail) -> bool:
    return bool(precedences(mail) & {"bulk", "junk", "list", "auto_reply"})


def _list_fields(mail: Mail) -> bool:
    names = ("list-id", "list-post", "list-unsubscribe", "mailing-list")
    return any(values_of(mail, name) for name in names)


def _no_reply_sender(mail: Mail) -> bool:
    """Reply-To counts as well: it is where the letter would go if it were used."""
    senders = [one.address for one in (mail.from_, *mail.reply_to) if one is not None]
    return any(
        no_reply(one) or DAEMONS.fullmatch(one) or POSTMASTERS.fullmatch(one) for one in senders
    )


_SILENCERS: tuple[tuple[str, Callable[[Mail], bool]], ...] = (
    ("no sender address", lambda mail: mail.from_ is None),
    ("empty Return-Path", null_sender),
    ("Auto-Submitted", auto_submitted),
    ("marked as automatic reply", auto_field),
    ("X-Auto-Response-Suppress", _asks_for_silence),
    ("Precedence", _mass_mail),
    ("mailing list", _list_fields),
    ("report", lambda mail: report_type(mail) is not None),
    ("no-reply sender", _no_reply_sender),
)
