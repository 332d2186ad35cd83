"""What a colleague's mail means: passed on for a customer, or written to one (R-31). Pure.

Only a mail whose sender is proven is a colleague's. What anybody else says was passed on by one of
us is his own mail, and what cannot be proven is looked at by a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from config.settings import Settings
from intake import language
from intake.clues import base_address
from intake.mail import Address, Forwarded, Mail
from service.arrived import Arrived
from service.brakes import FREE_MAIL

Role = Literal["passes_on", "doubtful", "writes_out"]

# Who passes on older mail means something else by it than "this is a new complaint".
_OLDEST: Final = timedelta(days=366)
_PEOPLE: Final = ("complaint", "reply")


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What a colleague's mail is to us, and the mail as he sent it. `why`: of a doubt."""

    role: Role
    sent: Mail
    origin: Forwarded | None = None
    received_at: datetime | None = None
    why: str = ""
    proven: bool = True

    @property
    def colleague(self) -> Address:
        """Who sent it."""
        assert self.sent.from_ is not None
        return self.sent.from_

    def row(self) -> dict[str, object] | None:
        """As it is stored with the message."""
        origin = self.origin
        if origin is None or origin.from_ is None:
            return None
        return {
            "name": origin.from_.name,
            "address": origin.from_.address,
            "date": origin.date.isoformat() if origin.date else None,
            "subject": origin.subject,
            "message_id": origin.message_id,
            "reference_ids": list(origin.references),
            "certain": self.role == "passes_on",
        }


@dataclass(frozen=True, slots=True)
class Ours:
    """The people of the company: users by their address, others by their domain. Lower-case.

    `strict`: a sender is proven by what our mail server found out, and by nothing less.
    """

    mailboxes: frozenset[str]
    users: frozenset[str]
    domains: frozenset[str]
    strict: bool = False

    def has(self, address: str) -> bool:
        """Whether this is an address of the company."""
        plain = base_address(address)
        return plain in self.mailboxes or plain in self.users or _domain(plain) in self.domains


def ours(settings: Settings, users: frozenset[str], mailbox: str) -> Ours:
    """Who belongs to the company that these settings describe. `mailbox`: where the mail came."""
    addresses = [one for box in settings.mailbox for one in (box.address, *box.aliases)]
    free = FREE_MAIL | set(settings.outbox.free_mail_domains)
    domains = settings.company.domains or [_domain(one) for one in addresses]
    box = next(one for one in settings.mailbox if one.name == mailbox)
    return Ours(
        frozenset(map(base_address, addresses)),
        frozenset(map(base_address, users)),
        frozenset(one.lower() for one in domains) - free,
        strict=settings.company.authority != "token" or bool(box.trusted_authserv_ids),
    )


def seen_through(arrived: Arrived, us: Ours) -> Arrived:
    """The mail as that of the customer for whom a colleague sent it; others as they are."""
    found = _meant(arrived, us)
    if found is None:
        return arrived
    mail = arrived.mail
    if found.role == "doubtful":
        mail = replace(mail, proven_sender=False)
    elif found.role == "writes_out":
        mail = replace(mail, from_=_customers(mail, us)[0], proven_sender=True)
    elif found.origin is not None:
        mail = _customers_mail(mail, found.origin)
    return replace(arrived, mail=mail, passed_on=found)


def _meant(arrived: Arrived, us: Ours) -> PassedOn | None:
    mail = arrived.mail
    sender = mail.from_.address if mail.from_ else ""
    is_ours = us.has(sender) and base_address(sender) not in us.mailboxes
    if not is_ours or arrived.screened.kind not in _PEOPLE:
        return None
    proven = mail.proven_sender and not arrived.authentication.failed
    proven = proven and (arrived.authentication.passed or not us.strict)
    if mail.forwarded is not None:
        return _passed_on(arrived, mail.forwarded, us, proven=proven)
    if not _customers(mail, us):
        return None
    if not proven:
        why = "it seems to be a colleague's mail to a customer, but the sender is not proven"
        return PassedOn("doubtful", mail, why=why, proven=False)
    return PassedOn("writes_out", mail)


def _passed_on(arrived: Arrived, whole: Forwarded, us: Ours, *, proven: bool) -> PassedOn | None:
    mail = arrived.mail
    named = [one for one in _chain(whole) if one.from_ is not None and one.from_.address]
    strange = [one for one in named if one.from_ and not us.has(one.from_.address)]
    if not strange and whole.certain:
        return None  # of one of us to one of us
    origin = strange[0] if strange else whole
    if proven and strange and whole.certain:
        return PassedOn("passes_on", mail, origin, _received(origin, arrived))
    who = origin.from_.address or origin.from_.name if origin.from_ else "somebody"
    doubt = "who wrote it is not certain" if proven else "the colleague is not proven"
    why = f"a mail of {who} was passed on, but {doubt}"
    return PassedOn("doubtful", mail, origin, why=why, proven=proven)


def _chain(found: Forwarded | None) -> Iterator[Forwarded]:
    while found is not None:
        yield found
        found = found.below


def _received(origin: Forwarded, arrived: Arrived) -> datetime | None:
    """R-31: arrival is when the company had the mail, if that can be believed."""
    came, latest = origin.received_at, arrived.sighting.internal_date
    return came if came is not None and latest - _OLDEST <= came <= latest else None


def _customers(mail: Mail, us: Ours) -> list[Address]:
    return [one for one in (*mail.to, *mail.cc) if not us.has(one.address)]


def _customers_mail(mail: Mail, origin: Forwarded) -> Mail:
    ids = (*([origin.message_id] if origin.message_id else []), *origin.references)
    return replace(
        mail,
        from_=origin.from_,
        proven_sender=True,
        subject=origin.subject or mail.subject,
        language=language.guess(f"{origin.subject}\n{origin.text}"),
        references=(*mail.references, *ids),
        # The colleague's clients have their own wishes about automatic letters.
        reply_to=(),
    )


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
