"""Machines that answer our letters, for a day: nobody may be written to again and again (P8).

python -m tests.fault.loops [--hours 24]

Two installations of ours face each other on one mail server, with twelve kinds of robots and a
sender whose mail bounces. Business time is turned; nothing waits.
"""

from __future__ import annotations

import argparse
import os
import smtplib
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Final

from config.load import load
from config.secrets import secrets_of
from demo.mail_server import HOST, EmbeddedMail
from demo.received import Received
from demo.shop import MAILBOX, MANAGER
from service import people, wiring
from service.daemon import serve_once
from service.reading import InProcess
from service.wiring import Wiring
from storage import views
from tests.shop import PASSWORD, Clock, Dice, write_config

OTHER: Final = "complaints@works.example"
BOUNCING: Final = "gone@nowhere.example"
_MOST_ROUNDS: Final = 40  # within one hour; then it is a loop
_MOST_LETTERS: Final = 2  # to one correspondent, without a new mail by a person

Robot = Callable[[Received, Message, str], tuple[str, str, str] | None]
"""Takes a mail, its head and its own address; answers with (envelope sender, to, mail)."""


def _back(head: Message) -> str:
    return str(head["Reply-To"] or head["From"]).rpartition("<")[2].strip("> ")


def _from(head: Message) -> str:
    return str(head["From"]).rpartition("<")[2].strip("> ")


def _says(head: str, text: str, *, to: Callable[[Message], str] = _back, sender: str = "") -> Robot:
    """A robot with these header fields and words. `{id}`, `{subject}` and `{me}` are filled in."""

    def answer(mail: Received, seen: Message, me: str) -> tuple[str, str, str] | None:
        filled = head.format(id=seen["Message-ID"], subject=seen["Subject"], me=me)
        own = "" if "From:" in head else f"From: {me}\n"
        # RFC 3834 section 4: answers of machines go to the envelope sender, or should
        goal = mail.sender if sender == "<>" else to(seen)
        return ("" if sender == "<>" else me), goal, f"{own}To: {goal}\n{filled}\n\n{text}\n"

    return answer


def _echo(mail: Received, seen: Message, me: str) -> tuple[str, str, str]:
    """Everything but From, To and Subject is gone; the words are ours."""
    body = mail.raw.decode("latin-1").partition("\r\n\r\n")[2][:4000]
    kind = str(seen["Content-Type"]).replace("\r\n", "\n")
    head = f"From: {me}\nTo: {_from(seen)}\nSubject: {seen['Subject']}\nContent-Type: {kind}\n"
    return me, _from(seen), f"{head}\n{body}"


def _redirect(mail: Received, seen: Message, me: str) -> tuple[str, str, str]:
    """A rule that sends the mail on as it is, back to us."""
    return mail.sender, _from(seen), mail.raw.decode("latin-1")


def _list_server(mail: Received, seen: Message, me: str) -> tuple[str, str, str]:
    """We are a subscriber of the list that we answer."""
    fields = f"List-Id: <list.example>\nPrecedence: list\nSender: {me}\n"
    return me, _from(seen), fields + mail.raw.decode("latin-1")


_REPORT: Final = (
    "From: Mail Delivery System <MAILER-DAEMON@robots.example>\nSubject: Undelivered Mail\n"
    "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type={{kind}}; boundary="b"'
)
_PARTS: Final = (
    "--b\nContent-Type: text/plain\n\nSee below.\n--b\nContent-Type: message/{}\n\n"
    "Reporting-MTA: dns; mx.robots.example\n\nFinal-Recipient: rfc822; x@robots.example\n"
    "Action: failed\nStatus: 5.2.2\n--b--"
)
ROBOTS: Final[dict[str, Robot]] = {
    "vacation": _says(
        "Subject: Away\nAuto-Submitted: auto-replied\nIn-Reply-To: {id}", "I am away.", sender="<>"
    ),
    "vacation-bare": _says("Subject: Out of office: {subject}", "I am away until Monday."),
    "exchange": _says(
        "Subject: Automatic reply: {subject}\nX-MS-Exchange-Inbox-Rules-Loop: {me}\n"
        "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\nIn-Reply-To: {id}",
        "I am in a meeting.",
    ),
    "tickets": _says("Subject: [T-1] received\nPrecedence: bulk\nX-Autoreply: yes", "Thank you."),
    "tickets-bare": _says("Subject: Your request was received", "Ticket opened.", to=_from),
    "daemon": _says(
        _REPORT.replace("{{kind}}", "delivery-status"),
        _PARTS.format("delivery-status"),
        sender="<>",
    ),
    "daemon-old": _says(
        "From: MAILER-DAEMON@robots.example\nSubject: failure notice", "unable to deliver", to=_from
    ),
    "list": _list_server,
    "no-reply": _says("From: noreply@robots.example\nSubject: {subject}", "Do not reply."),
    "echo": _echo,
    "redirect": _redirect,
    "receipt": _says(
        _REPORT.replace("{{kind}}", "disposition-notification"),
        _PARTS.format("disposition-notification"),
    ),
    "confirm-first": _says("Subject: Please confirm {id}", "Reply to reach me. Ref 4711", to=_from),
}


@dataclass
class Day:
    """What was written to whom."""

    letters: Counter[tuple[str, str]] = field(default_factory=Counter)  # (installation, to)
    acknowledgments: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # and case
    answers: int = 0
    rounds: int = 0
    cases: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        most = self.letters.most_common(3)
        lines = [
            f"{self.rounds} rounds, {self.answers} answers of robots, {self.cases} cases, "
            f"{sum(self.letters.values())} letters",
            "most letters: " + ", ".join(f"{count} to {to}" for (_, to), count in most),
        ]
        return "\n".join((*lines, *(f"FAULT {fault}" for fault in self.faults)))


def run(folder: Path, *, hours: int = 24) -> Day:
    """Let everybody answer everybody for so many simulated hours."""
    clock, day = Clock(), Day()
    robots = {f"{name}@robots.example": robot for name, robot in ROBOTS.items()}
    with ExitStack() as stack:
        server = EmbeddedMail(
            dict.fromkeys((MAILBOX, OTHER), PASSWORD), clock=clock, smtp_hook=_refuse
        )
        stack.enter_context(server)
        shops = {
            address: stack.enter_context(_installation(folder, address, server, clock))
            for address in (MAILBOX, OTHER)
        }
        _begin(server, robots)
        read = len(server.received)
        for _ in range(hours):
            read = _until_quiet(server, shops, robots, read, day)
            clock.now += timedelta(hours=1)
        _judge(server, shops, day)
    return day


def _refuse(command: str, mail: Received) -> str | None:
    gone = command == "RCPT" and BOUNCING in mail.recipients
    return "550 5.1.1 no such user" if gone else None


@contextmanager
def _installation(
    folder: Path, address: str, server: EmbeddedMail, clock: Clock
) -> Iterator[Wiring]:
    own = folder / address.rpartition("@")[2]
    own.mkdir()
    config = write_config(
        own,
        f"sqlite:///{own / 'amends.sqlite'}",
        imap_port=server.imap_port,
        smtp_port=server.smtp_port,
        change=lambda text: text.replace(MAILBOX, address),
    )
    settings = load(config, os.environ)
    w = replace(
        wiring.wire(settings, secrets_of(settings, os.environ), now=clock),
        chance=Dice(thrown=len(address) * 1000),
        reader=InProcess(),
    )
    try:
        people.add_user(
            w, MANAGER, full_name="Li Wei", email=f"li@{own.name}", phone="1", role="manager"
        )
        yield w
    finally:
        w.db.close()


def _begin(server: EmbeddedMail, robots: dict[str, Robot]) -> None:
    """A person writes from every address, once to each installation."""
    for who in (*robots, BOUNCING):
        for to in (MAILBOX, OTHER):
            _send(server, who, to, f"From: {who}\nTo: {to}\nSubject: Cracks\n\nIt is broken.\n")
    for who, to in ((MAILBOX, OTHER), (OTHER, MAILBOX)):
        _send(server, who, to, f"From: {who}\nTo: {to}\nSubject: Scratches\n\nPlease look at it.\n")


def _told_apart(answer: tuple[str, str, str], number: int) -> tuple[str, str, str]:
    """Each answer is a mail of its own: the same bytes twice would be taken for a copy."""
    sender, to, mail = answer
    if "message-id:" in mail.lower():
        return answer
    return sender, to, f"Message-ID: <answer-{number}@robots.example>\n{mail}"


def _send(server: EmbeddedMail, sender: str, to: str, mail: str) -> None:
    data = mail.encode("latin-1", "replace")
    with smtplib.SMTP(HOST, server.smtp_port, timeout=10) as smtp:
        smtp.sendmail(sender, [to], data)


def _until_quiet(
    server: EmbeddedMail,
    shops: dict[str, Wiring],
    robots: dict[str, Robot],
    read: int,
    day: Day,
) -> int:
    for _ in range(_MOST_ROUNDS):
        for address, w in shops.items():
            day.faults += [f"{address}: {fault}" for fault in serve_once(w)]
        new = server.received[read:]
        read += len(new)
        if not new:
            return read
        day.rounds += 1
        for mail in new:
            for me in mail.recipients:
                if me in robots:
                    head = BytesParser().parsebytes(mail.raw, headersonly=True)
                    answer = robots[me](mail, head, me)
                    if answer and answer[1]:
                        day.answers += 1
                        _send(server, *_told_apart(answer, day.answers))
    day.faults.append(f"no rest within {_MOST_ROUNDS} rounds")
    return read


def _judge(server: EmbeddedMail, shops: dict[str, Wiring], day: Day) -> None:
    ours = {w.installation: address for address, w in shops.items()}
    for mail in server.received:
        head = BytesParser().parsebytes(mail.raw, headersonly=True)
        us = ours.get(str(head["X-Amends-Installation"]))
        if us is None or _from(head) != us or head["List-Id"] or "Auto-Submitted" not in head:
            continue
        number = str(head["Message-ID"]).rpartition("@")[0].rpartition(".")[2]
        for to in mail.recipients:
            if to.partition("+")[0] != us.partition("@")[0] or not to.endswith(
                us.partition("@")[2]
            ):
                day.letters[us, to] += 1
                day.acknowledgments[us, to, number] += 1
    for (us, to), count in day.letters.items():
        if count > _MOST_LETTERS:
            day.faults.append(f"{us} wrote {count} letters to {to}")
    for (us, to, number), count in day.acknowledgments.items():
        if count > 1:
            day.faults.append(f"{us} acknowledged {number} {count} times to {to}")
    for w in shops.values():
        with w.db.read() as connection:
            day.cases += len(views.case_list(connection, only_open=False))


def main(arguments: Sequence[str]) -> int:
    """Run the day and print it. 1 when somebody was written to too often."""
    parser = argparse.ArgumentParser(prog="./run fault loops")
    parser.add_argument("--hours", type=int, default=24)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="amends-loops-") as folder:
        day = run(Path(folder), hours=given.hours)
    sys.stdout.write(f"{day}\n")
    return 1 if day.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
