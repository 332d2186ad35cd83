"""The people who write, and every way in which they do."""

from __future__ import annotations

import re
import smtplib
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from typing import Final

from demo.mail_server import HOST
from demo.shop import MAILBOX, PLATE, RING
from service.customers import Person
from tests.road.mails import links_of, parsed, text_of
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


@dataclass
class Writers:
    """The customers' part of a telling: each act is a mail that arrives."""

    shop: Shop
    waiting: bool = False
    sent: dict[str, list[EmailMessage]] = field(default_factory=lambda: {p: [] for p in PEOPLE})

    def write(self, who: str, subject: str, text: str, how: str | None) -> None:
        mail = self._mail(PEOPLE[who], MAILBOX, subject, text or "Please help.", how or "")
        self._send(who, mail)

    def reply(self, who: str, how: str | None, text: str) -> None:
        how = how or ""
        letter = self.sent[who][0] if "own" in how else self._letter(who, how)
        plain = any(word in how for word in ("dropped", "own", "only"))
        to = MAILBOX if plain else str(letter["Reply-To"] or letter["From"])
        quoted = "\n".join(f"> {one}" for one in text_of(letter).splitlines())
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
            f"{text_of(letter)}"
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
        return parsed(box[int(nth[1]) - 1 if nth else -1])

    def _send(self, who: str, mail: EmailMessage) -> None:
        if mail not in self.sent[who]:
            self.sent[who].append(mail)
        self._carry(PEOPLE[who].address, str(mail["To"]), mail.as_bytes(policy=policy.SMTP))

    def _carry(self, sender: str, to: str, data: bytes) -> None:
        self.waiting = True
        with smtplib.SMTP(HOST, self.shop.server.smtp_port, timeout=10) as smtp:
            smtp.sendmail(sender, to, data)


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
