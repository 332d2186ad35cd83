"""Plays a story: a dialogue of customers, mails, the manager and the desk, line by line.

    jana> Subject: Thread too wide           a new mail; indented lines below are its text
    jana> replies: Approved.                 to the latest mail in her mailbox
    jana> replies [Reply-To dropped]: Yes    HOW below lists what may stand in brackets
    mail  to jana: acknowledgment "[KS2026-001]"
    desk  sees KS2026-001 registered, due 2026-03-03 09:00
    manager> reports results in KS2026-001
    clock + 3 days

Mails wait until a line that is not a mail: several in a row arrive in one batch. The story fails
on a letter that it does not mention, and on a history that is not whole.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import unescape
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from sqlalchemy import Table, insert

from demo.mail_server import HOST
from demo.shop import MAILBOX, MANAGER, PLATE, RING
from service.customers import Person
from service.deciding import Decision
from storage import casefile, tables
from tests.acts import decide, set_case
from tests.shop import BOB, EVE, KLAUS, Shop

PEOPLE: Final = {"jana": RING, "thomas": PLATE, "eve": EVE, "bob": BOB, "klaus": KLAUS}
HOW: Final = (
    "Reply-To dropped",  # to the plain address; In-Reply-To names our letter
    "to own first mail",  # to the plain address; In-Reply-To names the customer's own first mail
    "to own last mail",
    # clicks: "subject dropped", "address changed", "body dropped", "signature", "between"
    "only the number",  # to the plain address, no In-Reply-To
    "to letter N",  # the N-th mail in the mailbox instead of the latest
    "with jana's letter",  # somebody else got it from her
    "two senders",
    "automatic",
)


class Stumbled(AssertionError):
    """The story went otherwise than it was told."""


@dataclass
class Player:
    """One telling of one story."""

    shop: Shop
    waiting: bool = False
    read: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PEOPLE, 0))
    sent: dict[str, list[EmailMessage]] = field(default_factory=lambda: {p: [] for p in PEOPLE})

    def play(self, story: str) -> None:
        """Play all lines, then see that nothing was left untold."""
        for number, line in paragraphs(story):
            try:
                self._line(line)
            except (Stumbled, AssertionError) as error:
                raise Stumbled(f"line {number}: {line}\n{error}\n{self._all()}") from error
        self._pass()
        for name in PEOPLE:
            assert not self._unread(name), f"untold letters to {name}: {self._unread(name)}"
        assert self.shop.faults() == {}

    def _line(self, line: str) -> None:
        for pattern, act in ACTS:
            found = re.fullmatch(pattern, line, re.DOTALL)
            if found:
                if act not in MAILS:
                    self._pass()
                act(self, **found.groupdict())
                return
        raise Stumbled("nobody understands this line")

    def _pass(self) -> None:
        if self.waiting:
            self.waiting = False
            assert self.shop.serve() == ()

    # --- customers

    def write(self, who: str, subject: str, text: str, how: str | None) -> None:
        mail = self._mail(PEOPLE[who], MAILBOX, subject, text or "Please help.", how or "")
        self._send(who, mail)

    def reply(self, who: str, how: str | None, text: str) -> None:
        how = how or ""
        letter = self.sent[who][0] if "own" in how else self._letter(who, how)
        plain = any(word in how for word in ("dropped", "own", "only"))
        to = MAILBOX if plain else str(letter["Reply-To"] or letter["From"])
        quoted = "\n".join(f"> {one}" for one in _text(letter).splitlines())
        said = (
            text if plain else f"{text}\n\nOn {letter['Date']}, {letter['From']} wrote:\n{quoted}"
        )
        mail = self._mail(PEOPLE[who], to, f"Re: {letter['Subject']}", said, how)
        answered = self.sent[who][-1] if "own last" in how else letter
        if "only" not in how:
            mail["In-Reply-To"] = mail["References"] = str(answered["Message-ID"])
        self._send(who, mail)

    def click(self, who: str, label: str, how: str | None, text: str | None) -> None:
        """A `mailto:` link of the last letter: the mail program opens a new mail, and sends it."""
        how = how or ""
        letter = self._letter(who, how)
        links = {one.label: one for one in links_of(letter)}
        assert label in links, f"the links are {list(links)}"
        link = links[label]
        to = MAILBOX if "address changed" in how else link.to
        subject = "(no subject)" if "subject dropped" in how else link.subject
        body = "" if "body dropped" in how else link.body
        if text:
            first, _, rest = body.partition("\r\n")
            body = f"{first}\n{text}\n{rest}" if "between" in how else f"{text}\n\n{body}"
        body = f"{body}\n{_SIGNATURE}" if "signature" in how else body
        self._send(who, self._mail(PEOPLE[who], to, subject, body.replace("\r\n", "\n"), how))

    def pass_on(self, who: str, text: str) -> None:
        """Forward Jana's letter, with words above it, to where a reply would go."""
        letter = self._letter("jana", "")
        body = (
            f"{text}\n\n---------- Forwarded message ---------\nFrom: {letter['From']}\n"
            f"Date: {letter['Date']}\nSubject: {letter['Subject']}\nTo: {letter['To']}\n\n"
            f"{_text(letter)}"
        )
        to, subject = str(letter["Reply-To"]), f"Fwd: {letter['Subject']}"
        self._send(who, self._mail(PEOPLE[who], to, subject, body, ""))

    def again(self, who: str) -> None:
        self._send(who, self.sent[who][-1])

    def bounce(self, who: str) -> None:
        """The last letter to `who` comes back to its envelope sender."""
        address = PEOPLE[who].address
        last = [one for one in self.shop.server.received if one.recipients == (address,)][-1]
        report = _BOUNCE.format(to=last.sender, address=address)
        self._carry("", last.sender, report.encode())

    def raw(self, header: str, text: str) -> None:
        """A mail in its own words, for what no mail program writes."""
        data = f"{header.strip()}\nTo: {MAILBOX}\n\n{text}\n".replace("\n", "\r\n")
        self._carry("somebody@elsewhere.example", MAILBOX, data.encode())

    def _mail(self, who: Person, to: str, subject: str, text: str, how: str) -> EmailMessage:
        mail = EmailMessage()
        more = ", accounts@sensorik.example" if "two" in how else ""
        mail["From"] = f'"{who.name}" <{who.address}>{more}'
        if more:
            mail["Sender"] = who.address
        mail["To"] = to
        mail["Subject"] = subject
        count = sum(map(len, self.sent.values())) + 1
        mail["Message-ID"] = f"<{count}@{who.address.rpartition('@')[2]}>"
        if "automatic" in how:
            mail["Auto-Submitted"] = "auto-replied"
        mail.set_content(text)
        return mail

    def _letter(self, who: str, how: str) -> EmailMessage:
        owner = "jana" if "jana's" in how else who
        nth = re.search(r"letter (\d+)", how)
        box = self.shop.server.messages(PEOPLE[owner].address)
        return _parsed(box[int(nth[1]) - 1 if nth else -1])

    def _send(self, who: str, mail: EmailMessage) -> None:
        if mail not in self.sent[who]:
            self.sent[who].append(mail)
        self._carry(PEOPLE[who].address, str(mail["To"]), mail.as_bytes(policy=policy.SMTP))

    def _carry(self, sender: str, to: str, data: bytes) -> None:
        self.waiting = True
        with smtplib.SMTP(HOST, self.shop.server.smtp_port, timeout=10) as smtp:
            smtp.sendmail(sender, to, data)

    # --- letters

    def letter(self, who: str, template: str, subject: str, also: str | None) -> None:
        unread = self._unread(who)
        assert unread, f"no letter to {who}"
        self.read[who] += 1
        assert unread[0][0] == template, f"the next letter is {unread[0]}"
        assert subject in unread[0][1], f"its subject is {unread[0][1]}"
        assert (also or "") in unread[0][1], f"its subject is {unread[0][1]}"

    def no_letter(self, who: str) -> None:
        assert not self._unread(who), self._unread(who)

    def _unread(self, who: str) -> list[tuple[str, str]]:
        kinds = {row["message_id"]: str(row["template"]) for row in self.shop.rows("letters")}
        mails = map(_parsed, self.shop.server.messages(PEOPLE[who].address))
        told = [(kinds[str(one["Message-ID"])], str(one["Subject"])) for one in mails]
        return told[self.read[who] :]

    # --- the manager, the clock

    def confirm(self, number: str) -> None:
        self.shop.confirm(number)

    def propose(self, options: str, number: str, shares: str | None = None) -> None:
        offered: list[dict[str, Any]] = [
            {"letter": one, "text": f"Way {one}"} for one in options.split(", ")
        ]
        if shares:
            share = dict(zip(("company", "customer", "other"), shares.split("/"), strict=True))
            offered[-1]["cost_shares"] = share
        self._manager("solution_proposal", number, introduction="We are sorry.", options=offered)

    def results(self, number: str) -> None:
        self._manager("results", number, results="All parts were made anew.")

    def _manager(self, template: str, number: str, **facts: Any) -> None:
        self.shop.letter(number, template, **facts)
        self.waiting = True

    def knows(self, who: str, number: str) -> None:
        """A manager writes somebody down as a contact of the customer."""
        person = PEOPLE[who]
        with self.shop.w.db.write() as tx:
            row = {
                "id": self.shop.w.ids.next(),
                "customer_id": casefile.by_number(tx, number).customer_id,
                "address": person.address,
                "name": person.name,
                "confirmed": True,
                "created_at": self.shop.clock.now,
            }
            tx.execute(insert(tables.contacts).values(row))

    def approvers(self, number: str, addresses: str) -> None:
        """What A manager's supervisor agreed with the customer (R-11)."""
        with self.shop.w.db.write() as tx:
            case = casefile.by_number(tx, number)
            row = {
                "id": self.shop.w.ids.next(),
                "customer_id": case.customer_id,
                "name": "approvers",
                "value": addresses.split(", "),
                "reason": "agreed with the customer",
                "actor": "user:sam",
                "since": self.shop.clock.now,
            }
            tx.execute(insert(tables.terms).values({**_blank(tables.terms), **row}))

    def satisfaction(self, number: str, told: str) -> None:
        assert self.shop.case(number)["customer_satisfaction"] == told

    def shares(self, number: str, told: str) -> None:
        found = self.shop.case(number)["cost_shares"]
        assert [str(found[name]) for name in ("company", "customer", "other")] == told.split("/")
        assert found["message_id"]

    def related(self, number: str, kind: str, other: str) -> None:
        found = [(one["kind"], one["case"]) for one in self.shop.case(number)["related"]]
        assert found == [(kind, other)], found

    def sets(self, number: str, state: str) -> None:
        set_case(self.shop.w, number, {"state": state}, MANAGER)

    def decide(self, decision: str, number: str, option: str | None) -> None:
        decide(self.shop.w, number, Decision(decision, "said by phone", option), MANAGER)
        self.waiting = True

    def turn(self, count: str, unit: str) -> None:
        self.shop.clock.now += timedelta(**{f"{unit.rstrip('s')}s": int(count)})
        self.waiting = True

    # --- the desk

    def state(self, number: str, state: str, due: str | None) -> None:
        case = self.shop.case(number)
        assert case["state"] == state, f"it is {case['state']}"
        if due:
            told = [clock["due_at"][:16].replace("T", " ") for clock in case["clocks"]]
            assert due in told, f"it is due {told}"

    def clock_is(self, number: str, name: str, state: str) -> None:
        told = [(clock["name"], clock["state"]) for clock in self.shop.case(number)["clocks"]]
        assert [how for what, how in told if what == name] == [state], f"the clocks are {told}"

    def mails(self, number: str, count: str) -> None:
        came = [one for one in self.shop.case(number)["messages"] if one["direction"] == "in"]
        assert len(came) == int(count), f"there are {len(came)}"

    def count(self, count: str) -> None:
        assert len(self.shop.numbers()) == int(count), self.shop.numbers()

    def task(self, kind: str, number: str, reason: str | None) -> None:
        """Sees a task and ends its waiting, so that the next line can see the next one."""
        found = [t for t in self.shop.case(number)["tasks"] if t["resolved_at"] is None]
        told = [(t["kind"], t["reason"]) for t in found]
        hits = [t for t in found if t["kind"] == kind and (reason or "") in t["reason"]]
        assert hits, f"the open tasks are {told}"

    def no_task(self, number: str | None) -> None:
        open_now = [t for t in self.shop.tasks() if number in (None, t["case"])]
        assert not open_now, open_now

    def aside(self, kind: str, reason: str) -> None:
        last = [row for row in self.shop.rows("messages") if row["case_id"] is None][-1]
        assert (last["kind"], last["reason"]) == (kind, reason), (last["kind"], last["reason"])

    def third_party(self, number: str) -> None:
        assert self.shop.case(number)["messages"][-1]["third_party"]

    def follows(self, number: str, old: str) -> None:
        case, before = self.shop.case(number), self.shop.case(old)
        assert (case["predecessor"], before["successor"]) == (old, number)

    def round_is(self, number: str, round_: str) -> None:
        assert self.shop.case(number)["round"] == int(round_), self.shop.case(number)["round"]

    def _all(self) -> str:
        lines = [f"{n}: {self.shop.case(n)['state']}" for n in self.shop.numbers()]
        lines += [f"task {t['case']} {t['kind']}: {t['reason']}" for t in self.shop.tasks()]
        lines += [f"unread by {name}: {self._unread(name)}" for name in PEOPLE]
        return "\n".join(lines)


_WHO = r"(?P<who>jana|thomas|eve|bob|klaus)"
_HOW = r"(?: \[(?P<how>[^\]]+)\])?"
_CASE = r"(?P<number>KS\d{4}-\d+)"
_LATER = r"(?P<state>[a-z_]+)"

ACTS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (
    (rf"{_WHO}>{_HOW} Subject: (?P<subject>[^\n]*)\n?(?P<text>.*)", Player.write),
    (rf"{_WHO}> replies{_HOW}: (?P<text>.*)", Player.reply),
    (
        rf'{_WHO}> clicks "(?P<label>[^"]+)"{_HOW}(?:: (?P<text>.*))?',
        Player.click,
    ),
    (rf"{_WHO}> passes on jana's letter: (?P<text>.*)", Player.pass_on),
    (rf"{_WHO}> sends the same bytes again", Player.again),
    (rf"server> could not deliver the last letter to {_WHO}", Player.bounce),
    (r"raw> (?P<header>.*?)\n\n(?P<text>.*)", Player.raw),
    (rf"mail to {_WHO}: none", Player.no_letter),
    (
        rf'mail to {_WHO}: (?P<template>\w+) "(?P<subject>[^"]*)"(?: and "(?P<also>[^"]*)")?',
        Player.letter,
    ),
    (rf"manager> confirms {_CASE}", Player.confirm),
    (
        rf"manager> proposes (?P<options>[A-Z, ]+) in {_CASE}"
        r"(?:, the last one shared (?P<shares>\S+))?",
        Player.propose,
    ),
    (rf"manager> reports results in {_CASE}", Player.results),
    (rf"manager> knows {_WHO} as a contact of {_CASE}", Player.knows),
    (rf"manager> agrees in {_CASE} that (?P<addresses>.+) may decide", Player.approvers),
    (rf"desk sees the customer of {_CASE} (?P<told>.*satisfied)", Player.satisfaction),
    (rf"desk sees the cost of {_CASE} shared (?P<told>\S+)", Player.shares),
    (rf"desk sees {_CASE} (?P<kind>answer_to|answered_by) (?P<other>KS\S+)", Player.related),
    (rf"manager> sets {_CASE} to {_LATER}", Player.sets),
    (
        rf"manager> decides (?P<decision>\w+)(?: (?P<option>[A-Z]))? in {_CASE}",
        Player.decide,
    ),
    (r"clock \+ (?P<count>\d+) (?P<unit>days?|hours?|minutes?)", Player.turn),
    (r"desk sees (?P<count>\d+) cases?", Player.count),
    (rf"desk sees {_CASE} {_LATER}(?:, due (?P<due>.*))?", Player.state),
    (rf"desk sees the clock (?P<name>\w+) of {_CASE} {_LATER}", Player.clock_is),
    (rf"desk sees (?P<count>\d+) mails? in {_CASE}", Player.mails),
    (rf"desk sees a task (?P<kind>\w+) in {_CASE}(?:: (?P<reason>.*))?", Player.task),
    (rf"desk sees no task(?: in {_CASE})?", Player.no_task),
    (r"desk sees the mail aside: (?P<kind>\w+), (?P<reason>.*)", Player.aside),
    (rf"desk sees a third party in {_CASE}", Player.third_party),
    (rf"desk sees {_CASE} follow (?P<old>KS\S+)", Player.follows),
    (rf"desk sees {_CASE} in round (?P<round_>\d+)", Player.round_is),
)
MAILS: Final = (
    Player.write,
    Player.reply,
    Player.click,
    Player.pass_on,
    Player.again,
    Player.bounce,
    Player.raw,
)

_BOUNCE: Final = """\
From: Mail Delivery System <MAILER-DAEMON@sensorik.example>\r
To: {to}\r
Subject: Undelivered Mail Returned to Sender\r
Message-ID: <bounce-1@sensorik.example>\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
The mailbox is full.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.sensorik.example\r
\r
Final-Recipient: rfc822; {address}\r
Action: failed\r
Status: 5.2.2\r
Diagnostic-Code: smtp; the mailbox is full\r
--b--\r
"""


_SIGNATURE: Final = "-- \nJana Vogt\nQuality Assurance\nBeispiel Sensorik GmbH"


@dataclass(frozen=True)
class Link:
    """A `mailto:` link as a mail program reads it (RFC 6068)."""

    label: str
    to: str
    subject: str
    body: str


def links_of(letter: EmailMessage) -> list[Link]:
    """The one-click answers of a letter: the same in both of its parts."""
    page, plain = letter.get_body(("html",)), letter.get_body(("plain",))
    assert page is not None
    assert plain is not None
    in_page = re.findall(r'<a href="(mailto:[^"?]+\?[^"]+)">([^<]+)</a>', page.get_content())
    words = plain.get_content().replace("\r\n", "\n")
    in_text = re.findall(r"- (.+):\n  <(mailto:\S+)>", words)
    found = [(unescape(label), unescape(href)) for href, label in in_page]
    assert found == in_text
    return [_link(label, href) for label, href in found]


def _link(label: str, href: str) -> Link:
    parts = urlsplit(href)
    fields = dict(one.split("=", 1) for one in parts.query.split("&"))
    return Link(label, unquote(parts.path), unquote(fields["subject"]), unquote(fields["body"]))


def _blank(table: Table) -> dict[str, Any]:
    return {column.name: None for column in table.c if column.nullable}


def paragraphs(story: str) -> Iterator[tuple[int, str]]:
    """The lines of a story with their numbers; indented lines belong to the one above."""
    start, lines = 0, list[str]()
    for number, line in enumerate([*story.splitlines(), "#"], 1):
        if lines and (line.startswith("    ") or not line):
            lines.append(line[4:])
            continue
        if lines:
            yield start, "\n".join(lines).rstrip()
            lines = []
        if line.strip() and not line.startswith(("#", "shop:")):
            start, lines = number, [" ".join(line.split())]


def settings_of(story: str) -> tuple[str, str]:
    """What `shop:` lines set: in [company], and in the mailbox."""
    lines = [one.partition(":")[2].strip() for one in story.splitlines() if one.startswith("shop:")]
    in_mailbox = [one for one in lines if one.startswith("plus_addressing")]
    return (
        "\n".join(one for one in lines if one not in in_mailbox),
        "\n".join(in_mailbox),
    )


def _parsed(raw: bytes) -> EmailMessage:
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(mail, EmailMessage)
    return mail


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
