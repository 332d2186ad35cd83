"""The people who write to the mailbox in a fault run, and the list of all that they wrote."""

from __future__ import annotations

import base64
import hashlib
import time
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
# So many that nobody comes near the measure of a burst by chance.
_CROWD = 50_000
_FOUND = (
    "burr", "scratch", "rust", "dent", "crack", "chip", "stain", "bend",
    "gap", "play", "noise", "wear", "oil", "dust", "edge", "hole",
    "thread", "surface", "coating", "label", "box", "corner", "side", "top",
    "bottom", "inner", "outer", "left", "right", "middle",
)  # fmt: skip
_BIG = 70_000  # bytes: more than a row of the database takes, so that evidence is an object
_HUGE = 6_500_000  # bytes before base64: more than a batch, so that it comes in pieces
_SHARES = {"reply": 0.25, "more": 0.1, "twin": 0.06, "nameless": 0.04}


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
    flood: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


@dataclass
class Customers:
    """All of them. `written` is the driver's own record, kept outside the system; `shares`: of
    mails that are no plain complaints."""

    mailbox: str
    dice: Random
    shares: dict[str, float] = field(default_factory=lambda: dict(_SHARES))
    written: list[Written] = field(default_factory=list)
    # Complaints that may be answered: nobody else used their Message-ID. By that.
    _threads: dict[str, Written] = field(default_factory=dict)

    @property
    def appended(self) -> list[Appended]:
        return [Appended(mail.sha256, mail.answers, mail.flood) for mail in self.written]

    def write(
        self, received: Sequence[Received], least: int = 1, most: int = 5, *, complaints: int = 0
    ) -> list[Written]:
        """So many `complaints`, and up to `most` further mails, together `least`: complaints, and
        replies to letters that the SMTP server took."""
        mails = [self._complaint() for _ in range(complaints)]
        mails += [
            self._one(received) for _ in range(self.dice.randint(max(0, least - complaints), most))
        ]
        if mails and self.dice.random() < 0.1:
            mails.append(mails[0])  # the same bytes again, as a restored or moved mailbox has them
        return mails

    def large(self, *, huge: bool = False) -> Written:
        """A complaint with a picture, of which nothing lies in the database."""
        return self._complaint(picture=_HUGE if huge else _BIG)

    def more(self) -> Written:
        """Somebody adds to a complaint, perhaps before it was registered."""
        if not self._threads:
            return self._complaint()
        complaint = self.dice.choice(list(self._threads.values()))
        words = "One more thing: it concerns the whole batch."
        fields = f"In-Reply-To: {complaint.message_id}\r\n"
        return self._mail(complaint.who, "More", words, fields=fields, answers=complaint.sha256)

    def flood(self, mails: int) -> list[Written]:
        """So many complaints of one sender at once."""
        who = _CROWD + len(self.written)
        return [self._complaint(who, flood=f"flood of {who}") for _ in range(mails)]

    def _one(self, received: Sequence[Received]) -> Written:
        shares = {"complaint": 1 - sum(self.shares.values()), **self.shares}
        (what,) = self.dice.choices(list(shares), list(shares.values()))
        if what == "reply" and (letter := self._answerable(received)):
            return self._reply(letter)
        if what == "more":
            return self.more()
        if what == "twin" and self._threads:
            return self._twin()
        picture = _BIG if self.dice.random() < 0.15 else 0
        return self._complaint(picture=picture, nameless=what == "nameless")

    def _twin(self) -> Written:
        """Another complaint under a Message-ID that was used: by the same mail program that counts
        wrongly, or by somebody else's."""
        one = self._threads.pop(self.dice.choice(list(self._threads)))
        who = one.who if self.dice.random() < 0.5 else None
        return self._complaint(who, message_id=one.message_id)

    def _complaint(
        self,
        who: int | None = None,
        *,
        picture: int = 0,
        message_id: str = "",
        nameless: bool = False,
        flood: str = "",
    ) -> Written:
        # Many people, and no two say quite the same: bursts and robots are judged by that.
        who = self.dice.randrange(_CROWD) if who is None else who
        # The same subject from everybody: nothing may be threaded by its title.
        subject, (_, _, about) = "Complaint about your parts", person(who)
        found = " ".join(self.dice.sample(_FOUND, 6))
        words = f"{about.format(part=self.dice.randint(10_000, 99_999))}\r\nSeen: {found}."
        mail = self._mail(
            who,
            subject,
            words,
            picture=picture,
            message_id=message_id,
            nameless=nameless,
            flood=flood,
        )
        # A huge one is read slowly: an answer to it may be registered first.
        if mail.message_id and not message_id and not flood and picture < _HUGE:
            self._threads[mail.message_id] = mail
        return mail

    def _answerable(self, received: Sequence[Received]) -> Received | None:
        if not received:
            return None
        letter = self.dice.choice(received)
        return letter if self._complaint_of(message_from_bytes(letter.raw)) else None

    def _reply(self, letter: Received) -> Written:
        """An answer that finds its case by one clue: token address, Message-ID or token line."""
        seen = message_from_bytes(letter.raw)
        complaint = self._complaint_of(seen)
        assert complaint
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

    def _complaint_of(self, letter: Message) -> Written | None:
        return self._threads.get(str(letter["In-Reply-To"]).strip())

    def _mail(
        self,
        who: int,
        subject: str,
        words: str,
        *,
        fields: str = "",
        to: str = "",
        answers: str | None = None,
        picture: int = 0,
        message_id: str = "",
        nameless: bool = False,
        flood: str = "",
    ) -> Written:
        name, address, _ = person(who)
        new = f"<{self.dice.getrandbits(64):016x}@{address.partition('@')[2]}>"
        # A Message-ID that was used is told from a copy by the moment of writing.
        written = time.time() - (60 * self.dice.randint(1, 600) if message_id else 0)
        message_id = "" if nameless else message_id or new
        head = (
            f"From: {name} <{address}>\r\nTo: {to or self.mailbox}\r\nSubject: {subject}\r\n"
            f"Date: {formatdate(written)}\r\n"
            f"{f'Message-ID: {message_id}' if message_id else 'X-Id: none'}\r\n"
            f"{fields}MIME-Version: 1.0\r\n"
        )
        raw = (head + (self._with_picture(words, picture) if picture else _plain(words))).encode()
        flags = self.dice.choice(((), (), (b"\\Seen",), (b"\\Seen", b"\\Flagged")))
        mail = Written(who, message_id, raw, flags, answers, flood)
        self.written.append(mail)
        return mail

    def _with_picture(self, words: str, size: int) -> str:
        picture = base64.encodebytes(self.dice.randbytes(size)).decode().replace("\n", "\r\n")
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
