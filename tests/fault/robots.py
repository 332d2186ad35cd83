"""Machines that answer our letters: what they write, when, how often, and whether they say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from typing import Final

from demo.received import Received
from demo.shop import MAILBOX

OTHER: Final = "complaints@works.example"

Mail = tuple[str, str, str]
"""Envelope sender, to whom, and the mail."""
Answer = Callable[[Received, Message, str, int], Mail]
"""Takes a mail, its head, the machine's own address and a number that no other answer has."""


@dataclass(frozen=True)
class Machine:
    """One kind. `marked`: it says that it is a machine, so nothing of it may be answered."""

    answer: Answer
    marked: bool = True
    after: timedelta = timedelta()
    times: int = 1  # answers to each letter, in a burst
    once: bool = False  # to each correspondent, whatever comes


def back(head: Message) -> str:
    """Where a polite machine answers."""
    return str(head["Reply-To"] or head["From"]).rpartition("<")[2].strip("> ")


def sender_of(head: Message) -> str:
    """The address in From."""
    return str(head["From"]).rpartition("<")[2].strip("> ")


def _says(
    head: str,
    text: str,
    *,
    to: Callable[[Message], str] = back,
    sender: str = "",
    own: str = "{me}",
) -> Answer:
    """These header fields and words, with `{id}`, `{subject}`, `{n}` and `{me}` filled in."""

    def answer(mail: Received, seen: Message, me: str, n: int) -> Mail:
        words = {"id": seen["Message-ID"], "subject": seen["Subject"], "n": 4711 + n, "me": me}
        local, _, domain = me.rpartition("@")
        myself = own.format(me=me, local=local, domain=domain, n=4711 + n)
        first = "" if "From:" in head else f"From: {myself}\n"
        # RFC 3834 section 4: answers of machines go to the envelope sender, or should
        goal = mail.sender if sender == "<>" else to(seen)
        body = text.format(**words)
        envelope = "" if sender == "<>" else myself
        return envelope, goal, f"{first}To: {goal}\n{head.format(**words)}\n\n{body}\n"

    return answer


def _echo(mail: Received, seen: Message, me: str, n: int) -> Mail:
    """Everything but From, To and Subject is gone; the words are ours."""
    return me, sender_of(seen), _stripped(mail, seen, me, sender_of(seen))


def _gateway(mail: Received, seen: Message, me: str, n: int) -> Mail:
    """Between the two installations: hands on what either writes, without a mark."""
    goal = OTHER if sender_of(seen) == MAILBOX else MAILBOX
    return me, goal, _stripped(mail, seen, me, goal)


def _stripped(mail: Received, seen: Message, me: str, goal: str) -> str:
    body = mail.raw.decode("latin-1").partition("\r\n\r\n")[2][:4000]
    kind = str(seen["Content-Type"]).replace("\r\n", "\n")
    head = f"From: {me}\nTo: {goal}\nSubject: {seen['Subject']}\nContent-Type: {kind}\n"
    return f"{head}\n{body}"


def _redirect(mail: Received, seen: Message, me: str, n: int) -> Mail:
    """A rule that sends the mail on as it is, back to us."""
    return mail.sender, sender_of(seen), mail.raw.decode("latin-1")


def _list_server(mail: Received, seen: Message, me: str, n: int) -> Mail:
    """We are a subscriber of the list that we answer."""
    fields = f"List-Id: <list.example>\nPrecedence: list\nSender: {me}\n"
    return me, sender_of(seen), fields + mail.raw.decode("latin-1")


_REPORT: Final = (
    "From: Mail Delivery System <MAILER-DAEMON@robots.example>\nSubject: Undelivered Mail\n"
    "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type={kind}; boundary="b"'
)
_PARTS: Final = (
    "--b\nContent-Type: text/plain\n\nSee below.\n--b\nContent-Type: message/{kind}\n\n"
    "Reporting-MTA: dns; mx.robots.example\n\nFinal-Recipient: rfc822; x@robots.example\n"
    "Action: failed\nStatus: 5.2.2\n--b--"
)


def _report(kind: str, sender: str = "") -> Answer:
    parts = _PARTS.replace("{kind}", kind)
    return _says(_REPORT.replace("{kind}", kind), parts, sender=sender)


_AWAY: Final = "Subject: Out of office: {subject}"
_OPENED: Final = "Subject: [Ticket #{n}] Your request was received"
_THANKS: Final = "Thank you. Your ticket {n} was opened."
MINUTES: Final = timedelta(minutes=20)

MACHINES: Final[dict[str, Machine]] = {
    "vacation": Machine(
        _says(
            "Subject: Away\nAuto-Submitted: auto-replied\nIn-Reply-To: {id}",
            "I am away.",
            sender="<>",
        ),
    ),
    "vacation-bare": Machine(_says(_AWAY, "I am away until Monday."), marked=False),
    "vacation-once": Machine(_says(_AWAY, "I am away."), marked=False, after=MINUTES, once=True),
    "exchange": Machine(
        _says(
            "Subject: Automatic reply: {subject}\nX-MS-Exchange-Inbox-Rules-Loop: {me}\n"
            "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\nIn-Reply-To: {id}",
            "I am in a meeting.",
        ),
        after=MINUTES,
    ),
    "tickets": Machine(
        _says(
            "Subject: [T-{n}] received\nPrecedence: bulk\nX-Autoreply: yes",
            "Thank you.",
            to=sender_of,
        ),
        times=3,
    ),
    "tickets-bare": Machine(_says(_OPENED, _THANKS, to=sender_of), marked=False),
    "tickets-slow": Machine(
        _says(_OPENED, _THANKS, to=sender_of), marked=False, after=timedelta(hours=3)
    ),
    "tickets-late": Machine(
        _says(_OPENED, _THANKS, to=sender_of), marked=False, after=timedelta(hours=7)
    ),
    "tickets-burst": Machine(
        _says(_OPENED, _THANKS, to=sender_of), marked=False, after=MINUTES, times=4
    ),
    "tickets-plus": Machine(
        _says(_OPENED, _THANKS, to=sender_of, own="{local}+id{n}@{domain}"), marked=False
    ),
    "daemon": Machine(_report("delivery-status", sender="<>")),
    "daemon-old": Machine(
        _says(
            "From: MAILER-DAEMON@robots.example\nSubject: failure notice",
            "unable to deliver",
            to=sender_of,
        )
    ),
    "list": Machine(_list_server),
    "no-reply": Machine(
        _says("From: noreply@robots.example\nSubject: Sent", "Do not reply.", to=sender_of)
    ),
    "echo": Machine(_echo, marked=False, after=timedelta(minutes=90)),
    "gateway": Machine(_gateway, marked=False),
    "redirect": Machine(_redirect),
    "receipt": Machine(_report("disposition-notification")),
    "confirm-first": Machine(
        _says("Subject: Please confirm {id}", "Reply to reach me. Ref {n}", to=sender_of),
        marked=False,
    ),
}
