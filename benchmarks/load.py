"""A mixed load of mails: made from a seed, the same bytes in every run and on every machine.

Of 100 mails 60 are new complaints and 40 answer an earlier mail of the load. With attachments, 30
of 100 carry one to three of 50 kB to 2 MB. The texts are the same with and without them.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from html import escape
from random import Random
from typing import Final

from benchmarks.words import WORDS

START: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TO: Final = "complaints@parts.example"
_REPLIES, _WITH_FILES, _WITH_HTML = 0.4, 0.3, 0.45
_SMALLEST, _LARGEST = 50_000, 2_000_000
_MAILS_A_CUSTOMER: Final = 8
# Language, charset as it is labelled, transfer encoding; as often as they stand here.
_SPELLINGS: Final = (
    *(("en", "utf-8", "quoted-printable"),) * 6,
    *(("en", "utf-8", "8bit"),) * 2,
    *(("de", "utf-8", "quoted-printable"),) * 3,
    *(("de", "utf-8", "base64"),) * 1,
    *(("de", "iso-8859-15", "quoted-printable"),) * 2,
    *(("de", "iso-8859-15", "8bit"),) * 1,
    *(("zh", "utf-8", "base64"),) * 3,
    *(("zh", "gb18030", "base64"),) * 1,
    *(("zh", "gbk", "base64"),) * 1,
)
_STYLE: Final = (
    "p.MsoNormal { margin: 0cm; font-size: 11.0pt; font-family: Calibri, sans-serif }\r\n"
    "a:link { color: #0563C1; text-decoration: underline } div.WordSection1 { page: s1 }"
)
_FILES: Final = (
    ("image/jpeg", "IMG_{n}.jpg"),
    ("image/jpeg", "photo {n}.jpeg"),
    ("image/png", "defect-{n}.png"),
    ("application/pdf", "inspection report {n}.pdf"),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be known of one mail once it is registered."""

    message_id: str
    sender: str
    opens_case: bool
    subject: str
    says: str  # one sentence of the new text
    attachments: tuple[str, ...]  # sha256, in order


@dataclass(frozen=True, slots=True)
class Load:
    """`mails` mails. `made()` makes them one at a time: the whole load may be larger than RAM."""

    mails: int
    seed: int
    attachments: bool
    customers: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "customers", max(1, self.mails // _MAILS_A_CUSTOMER))

    def made(self) -> Iterator[tuple[bytes, Expected]]:
        """Every mail with what is expected of it, in the order in which they arrive."""
        threads: list[_Thread] = []
        first, *others = range(self.mails)  # the first has nothing to answer
        replies = {*_some(others, self.mails * _REPLIES, f"{self.seed}:replies")}
        filled = {*_some([first, *others], self.mails * _WITH_FILES, f"{self.seed}:filled")}
        for index in range(self.mails):
            dice = Random(f"{self.seed}:{index}")
            name = hashlib.sha256(f"{self.seed}:{index}".encode()).hexdigest()[:20]
            if index in replies:
                letter = _reply(dice, index, name, dice.choice(threads))
            else:
                letter = _complaint(dice, index, name, self.customers)
                threads.append(_Thread(letter))
            carries = self.attachments and index in filled
            files = _files(Random(f"{self.seed}:{index}:files")) if carries else []
            yield _bytes(dice, letter, files), letter.expected(files)


def _some(indexes: list[int], count: float, seed: str) -> list[int]:
    """Exactly so many of them: the shares are those of the load, not of a throw."""
    return Random(seed).sample(indexes, min(round(count), len(indexes)))


@dataclass(slots=True)
class _Letter:
    index: int
    name: str  # of this mail and no other: as ids are in life, not in the order of the mails
    language: str
    charset: str
    encoding: str
    sender: tuple[str, str]
    subject: str
    sentences: list[str]
    quoted: list[str]
    references: tuple[str, ...]

    @property
    def message_id(self) -> str:
        return f"<{self.name}.bench@{self.domain}>"

    @property
    def domain(self) -> str:
        return self.sender[1].rpartition("@")[2]

    @property
    def when(self) -> datetime:
        return START + timedelta(seconds=40 * self.index)

    def lines(self) -> list[str]:
        words = WORDS[self.language]
        company = (self.sender[0], *words.foot, f"https://www.{self.domain}")
        return [words.hello, "", *self.sentences, "", words.bye, *company]

    def expected(self, files: list[_File]) -> Expected:
        return Expected(
            self.message_id,
            self.sender[1],
            not self.references,
            self.subject,
            self.sentences[-1],
            tuple(hashlib.sha256(one.data).hexdigest() for one in files),
        )


@dataclass(slots=True)
class _Thread:
    latest: _Letter


@dataclass(frozen=True, slots=True)
class _File:
    content_type: str
    name: str
    data: bytes


def _complaint(dice: Random, index: int, name: str, customers: int) -> _Letter:
    number = index * 7 % customers
    language, charset, encoding = dice.choice(_SPELLINGS)
    words = WORDS[language]
    part = dice.choice(words.parts)
    sentences = [
        one.format(n=dice.randint(100, 99999), part=part)
        for _ in range(dice.randint(1, 3))
        for one in dice.sample(words.complaints, dice.randint(3, len(words.complaints)))
    ]
    if charset == "gb18030":
        sentences.append("联系人：𠮷田。")  # four bytes in gb18030, unknown to its older relatives
    subject = dice.choice(words.subjects).format(n=dice.randint(10000, 99999), part=part)
    who = (f"Customer {number}", f"buyer{number}@customer{number}.example")
    return _Letter(index, name, language, charset, encoding, who, subject, sentences, [], ())


def _reply(dice: Random, index: int, name: str, thread: _Thread) -> _Letter:
    """The same person writes again, above the quoted mail, as most mail programs do."""
    before = thread.latest
    words = WORDS[before.language]
    sentences = [
        one.format(n=dice.randint(100, 99999))
        for one in dice.sample(words.replies, dice.randint(1, 4))
    ]
    wrote = words.wrote.format(when=f"{before.when:%Y-%m-%d %H:%M}", who=before.sender[0])
    subject = before.subject if before.references else f"Re: {before.subject}"
    thread.latest = _Letter(
        index,
        name,
        before.language,
        before.charset,
        before.encoding,
        before.sender,
        subject,
        sentences,
        [wrote, *(f"> {line}".rstrip() for line in [*before.lines(), *before.quoted[:40]])],
        (*before.references, before.message_id),
    )
    return thread.latest


def _files(dice: Random) -> list[_File]:
    found = []
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        content_type, name = dice.choice(_FILES)
        # As many around 100 kB as around 1 MB.
        size = int(_SMALLEST * (_LARGEST / _SMALLEST) ** dice.random())
        found.append(
            _File(content_type, name.format(n=dice.randint(1, 9999)), dice.randbytes(size))
        )
    return found


def _bytes(dice: Random, letter: _Letter, files: list[_File]) -> bytes:
    """The mail with CRLF. Written by hand: 8-bit text in a labelled charset is what is meant."""
    mark = f"=_{letter.index:x}_{dice.getrandbits(64):016x}"
    body = _part("text/plain", letter, "\r\n".join([*letter.lines(), "", *letter.quoted]))
    if dice.random() < _WITH_HTML:
        rich = _part("text/html", letter, _html(letter))
        body = _multipart("alternative", f"{mark}a", [body, rich])
    if files:
        body = _multipart("mixed", mark, [body, *map(_file_part, files)])
    return "\r\n".join([*_head(dice, letter), ""]).encode() + body


def _head(dice: Random, letter: _Letter) -> list[str]:
    domain, when = letter.domain, format_datetime(letter.when)
    sealed = base64.b64encode(dice.randbytes(192)).decode()
    head = [
        f"Received: from out.{domain} (out.{domain} [192.0.2.{letter.index % 250}])",
        f"\tby mx.parts.example with ESMTPS id {letter.index:08X}; {when}",
        f"Received: from mail.{domain} (10.0.0.7) by out.{domain} (10.0.0.9)",
        f"\twith Microsoft SMTP Server (TLS) id 15.2.1118.40; {when}",
        "Authentication-Results: mx.parts.example;",
        f"\tdkim=pass header.d={domain} header.s=s1; spf=pass smtp.mailfrom={domain};",
        f"\tdmarc=pass header.from={domain}",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1;",
        "\th=from:to:subject:date:message-id:mime-version;",
        *(f"\t{'b=' * (not at)}{sealed[at : at + 70]}" for at in range(0, len(sealed), 70)),
        f'From: "{letter.sender[0]}" <{letter.sender[1]}>',
        f"To: Complaints <{TO}>",
        f"Subject: {_encoded(letter.subject, letter.charset)}",
        f"Thread-Topic: {_encoded(letter.subject, letter.charset)}",
        f"Date: {when}",
        f"Message-ID: {letter.message_id}",
    ]
    if letter.references:
        head.append(f"In-Reply-To: {letter.references[-1]}")
        head.append("References: " + "\r\n ".join(letter.references))
    return [*head, "X-Mailer: Microsoft Outlook 16.0", "MIME-Version: 1.0"]


def _encoded(subject: str, charset: str) -> str:
    return Header(subject, "us-ascii" if subject.isascii() else charset).encode(linesep="\r\n")


def _html(letter: _Letter) -> str:
    lines = "".join(
        f'<p class="MsoNormal"><span lang="{letter.language}">{escape(line)}</span></p>\r\n'
        for line in letter.lines()
        if line
    )
    old = "<br>\r\n".join(escape(line.removeprefix("> ")) for line in letter.quoted)
    quote = f'<blockquote type="cite">{old}</blockquote>\r\n' if old else ""
    return (
        f'<html><head><meta charset="{letter.charset}"><style>{_STYLE}</style></head>\r\n'
        f"<body>{lines}{quote}</body></html>"
    )


def _part(content_type: str, letter: _Letter, words: str) -> bytes:
    data = f"{words}\r\n".encode(letter.charset)
    if letter.encoding == "base64":
        data = _base64(data)
    elif letter.encoding == "quoted-printable":
        lines = data.split(b"\r\n")
        data = b"\r\n".join(quopri.encodestring(x).replace(b"\n", b"\r\n") for x in lines)
    head = (
        f'Content-Type: {content_type}; charset="{letter.charset}"\r\n'
        f"Content-Transfer-Encoding: {letter.encoding}\r\n\r\n"
    )
    return head.encode() + data


def _file_part(file: _File) -> bytes:
    head = (
        f'Content-Type: {file.content_type}; name="{file.name}"\r\n'
        f'Content-Disposition: attachment; filename="{file.name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + _base64(file.data)


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _multipart(kind: str, mark: str, parts: list[bytes]) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'.encode()
    line = f"--{mark}\r\n".encode()
    return head + b"".join(line + part + b"\r\n" for part in parts) + f"--{mark}--\r\n".encode()
