"""What kind of mail this is: small judges in order, each with the name that is the reason.

A judge looks and never acts. Headers prove nothing about who wrote a mail: the worst that a forged
one reaches is that the forger's own mail is set aside, where a person can see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from intake.clues import base_address, tokens
from intake.facts.find import BUILT_IN, Patterns
from intake.fields import values_of
from intake.kinds import mass_mail, returned, robots
from intake.mail import Kind, Mail, Screened

# reliability.md 4.3, and chasquid's limit
MOST_RECEIVED = 50
INSTALLATION_HEADER = "x-amends-installation"


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """Who we are: mailbox addresses and aliases, the domain of our Message-IDs, this installation,
    and how our numbers look.

    All lower-case; an empty domain or installation matches nothing.
    """

    addresses: frozenset[str]
    message_id_domain: str = ""
    installation: str = ""
    numbers: Patterns = BUILT_IN


Judge = Callable[[Mail, OwnAddresses], bool]


def screen(mail: Mail, own: OwnAddresses) -> Screened:
    """The kind of the first judge that says yes; a complaint when none does (R-20)."""
    for kind, reason, judge in SCREENS:
        if judge(mail, own):
            return Screened(kind, reason)
    return Screened("complaint", "written to us")


def answers_us(mail: Mail, own: OwnAddresses) -> bool:
    """Whether it carries a token of ours or answers a Message-ID of our domain."""
    if any(True for _ in tokens(mail, own.addresses)):
        return True
    domain = own.message_id_domain
    ids = (*mail.in_reply_to, *mail.references)
    return bool(domain) and any(one.lower().endswith(f"@{domain}>") for one in ids)


def _own_address(mail: Mail, own: OwnAddresses) -> bool:
    return mail.from_ is not None and base_address(mail.from_.address) in {
        base_address(address) for address in own.addresses
    }


def _own_marker(mail: Mail, own: OwnAddresses) -> bool:
    return bool(own.installation) and own.installation in values_of(mail, INSTALLATION_HEADER)


def _loop(mail: Mail, own: OwnAddresses) -> bool:
    return len(values_of(mail, "received")) > MOST_RECEIVED


def _loop_field(mail: Mail, own: OwnAddresses) -> bool:
    return any(value.strip(" <>").lower() in own.addresses for value in values_of(mail, "x-loop"))


def _absence(mail: Mail, own: OwnAddresses) -> bool:
    return robots.absence(mail, answers_us=answers_us(mail, own))


def _list(mail: Mail, own: OwnAddresses) -> bool:
    # Our own mailbox may be a group address, and replies reach us through customers' lists.
    return mass_mail.mailing_list(mail, own.addresses) and not answers_us(mail, own)


def _newsletter(mail: Mail, own: OwnAddresses) -> bool:
    return mass_mail.newsletter(mail) and not answers_us(mail, own)


def _reply(mail: Mail, own: OwnAddresses) -> bool:
    return bool(mail.in_reply_to or mail.references) or answers_us(mail, own)


def _of(judge: Callable[[Mail], bool]) -> Judge:
    """A judge who need not know who we are."""
    return lambda mail, own: judge(mail)


SCREENS: tuple[tuple[Kind, str, Judge], ...] = (
    ("own", "from an address of ours", _own_address),
    ("own", "made by this installation", _own_marker),
    ("loop", "more than 50 Received fields", _loop),
    ("loop", "X-Loop names us", _loop_field),
    ("bounce", "delivery status report", _of(returned.delivery_report)),
    ("bounce", "rejected by a filter", _of(returned.rejected_by_a_filter)),
    ("receipt", "disposition notification", _of(robots.receipt)),
    ("bounce", "from a mailer daemon", _of(returned.daemon)),
    ("bounce", "words of a mail server", _of(returned.server_words)),
    ("auto_reply", "Auto-Submitted", _of(robots.auto_answer)),
    ("auto_reply", "marked as automatic reply", _of(robots.auto_field)),
    ("auto_reply", "notice of absence", _absence),
    ("auto_reply", "answer to an invitation", _of(robots.calendar_answer)),
    ("auto_reply", "machine report", _of(robots.machine_report)),
    ("newsletter", "newsletter", _newsletter),
    ("list", "mailing list", _list),
    ("reply", "answers a mail", _reply),
)
