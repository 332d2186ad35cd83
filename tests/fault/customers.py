"""The people who write to the mailbox in a fault run, and the list of all that they wrote."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.utils import formatdate, parseaddr
from random import Random

from demo.received import Received
from tests.fault.oracle import Appended

PEOPLE = (
    ("Ana Ruiz", "ana@hydraulik.test", "Hello,\r\nthe ring {part} has a burr at the inner edge."),
    ("Ben Otte", "ben@pumpen.test", "Guten Tag,\r\ndie Platte {part} ist leider verkratzt."),
    ("Chloe Roy", "chloe@valves.test", "Good morning,\r\n{part}: the thread is too tight."),
    ("Dirk Hahn", "dirk@antrieb.test", "Hallo,\r\ndie Welle {part} passt nicht in das Lager."),
    ("Eva Lind", "eva@robots.test", "Hi,\r\nrust on part {part}, all of the last delivery."),
    ("Fen Gao", "fen@sensors.test", "Dear team,\r\nthe flange {part} is 0.2 mm too thick."),
)
_CROWD = 600
_FOUND = (
    "burr", "scratch", "rust", "dent", "crack", "chip", "stain", "bend",
    "gap", "play", "noise", "wear", "oil", "dust", "edge", "hole",
    "thread", "surface", "coating", "label", "box", "corner", "side", "top",
    "bottom", "inner", "outer", "left", "right", "middle",
)  # fmt: skip
_BIG = 70_000  # bytes: more than a row of the database takes, so that evidence is an object


def person(who: int) -> tuple[str, str, str]:
    """Name, address and complaint of the customer with this number."""
    name, address, about = PEOPLE[who % len(PEOPLE)]
    local, _, domain = address.partition("@")
    return name, f"{local}.{who}@{domain}", about


@dataclass(frozen=True)
class Written:
    """A mail as it was put into the mailbox, with the flags that it had there."""

    who: int
    message_id: str
    raw: bytes
    flags: tuple[bytes, ...]
    answers: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


@dataclass
class Customers:
    """All of them. `written` is the driver's own record, kept outside the system."""

    mailbox: str
    dice: Random
    written: list[Written] = field(default_factory=list)

    @property
    def appended(self) -> list[Appended]:
        return [Appended(mail.sha256, mail.answers) for mail in self.written]

    def write(self, received: Sequence[Received]) -> list[Written]:
        """One to five mails: complaints, and replies to letters that the SMTP server took."""
        mails = [self._one(received) for _ in range(self.dice.randint(1, 5))]
        if self.dice.random() < 0.1:
            mails.append(mails[0])  # the same bytes again, as a restored or moved mailbox has them
        return mails

    def _one(self, received: Sequence[Received]) -> Written:
        chance = self.dice.random()
        complaints = [mail for mail in self.written if mail.answers is None]
        if received and chance < 0.3:
            return self._reply(self.dice.choice(received))
        if complaints and chance < 0.4:
            return self._more(self.dice.choice(complaints))
        return self._complaint()

    def _complaint(self) -> Written:
        # Many people, and no two say quite the same: bursts and robots are judged by that.
        who = self.dice.randrange(_CROWD)
        # The same subject from everybody: nothing may be threaded by its title.
        _, _, about = person(who)
        found = " ".join(self.dice.sample(_FOUND, 6))
        words = f"{about.format(part=self.dice.randint(10_000, 99_999))}\r\nSeen: {found}."
        return self._mail(who, "Complaint about your parts", words, big=self.dice.random() < 0.15)

    def _more(self, complaint: Written) -> Written:
        """The customer adds to a complaint of his own, perhaps before it was registered."""
        more = "One more thing: it concerns the whole batch."
        fields = f"In-Reply-To: {complaint.message_id}\r\n"
        return self._mail(complaint.who, "More", more, fields=fields, answers=complaint.sha256)

    def _reply(self, letter: Received) -> Written:
        """An answer that finds its case by one clue: token address, Message-ID or token line."""
        seen = message_from_bytes(letter.raw)
        complaint = self._complaint_of(seen)
        clue = self.dice.choice(("address", "references", "line"))
        fields, to, quoted = "", self.mailbox, ""
        if clue == "address":
            to = parseaddr(str(seen["Reply-To"]))[1]
        elif clue == "references":
            fields = f"References: {complaint.message_id} {str(seen['Message-ID']).strip()}\r\n"
        else:
            quoted = f"\r\n\r\n> {_token_line(seen)}"
        words = f"Thank you. When will somebody look at it?{quoted}"
        return self._mail(
            complaint.who, "Question", words, fields=fields, to=to, answers=complaint.sha256
        )

    def _complaint_of(self, letter: Message) -> Written:
        answered = str(letter["In-Reply-To"]).strip()
        mail = next(mail for mail in self.written if mail.message_id == answered)
        if mail.answers is None:
            return mail
        return next(one for one in self.written if one.sha256 == mail.answers)

    def _mail(
        self,
        who: int,
        subject: str,
        words: str,
        *,
        fields: str = "",
        to: str = "",
        answers: str | None = None,
        big: bool = False,
    ) -> Written:
        name, address, _ = person(who)
        message_id = f"<{self.dice.getrandbits(64):016x}@{address.partition('@')[2]}>"
        head = (
            f"From: {name} <{address}>\r\nTo: {to or self.mailbox}\r\nSubject: {subject}\r\n"
            f"Date: {formatdate()}\r\nMessage-ID: {message_id}\r\n{fields}MIME-Version: 1.0\r\n"
        )
        raw = (head + (self._with_picture(words) if big else _plain(words))).encode()
        flags = self.dice.choice(((), (), (b"\\Seen",), (b"\\Seen", b"\\Flagged")))
        mail = Written(who, message_id, raw, flags, answers)
        self.written.append(mail)
        return mail

    def _with_picture(self, words: str) -> str:
        picture = base64.encodebytes(self.dice.randbytes(_BIG)).decode().replace("\n", "\r\n")
        return (
            'Content-Type: multipart/mixed; boundary="part"\r\n\r\n'
            f"--part\r\n{_plain(words)}\r\n--part\r\n"
            'Content-Type: image/png; name="ring.png"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-Disposition: attachment; filename="ring.png"\r\n\r\n{picture}--part--\r\n'
        )


def _plain(words: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"


def _token_line(letter: Message) -> str:
    for part in letter.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            text = payload.decode() if isinstance(payload, bytes) else ""
            for line in text.splitlines():
                if line.startswith("Ref: "):
                    return line.strip()
    raise AssertionError("the letter has no line with its token")
