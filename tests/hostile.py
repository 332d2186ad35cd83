"""Mails that were made to break readers (reliability.md 2.2, 4.1), made when they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

HEAD: Final = b"From: a@b.example\r\nSubject: x\r\n"
MIXED: Final = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Hostile:
    """How it is made, and what must stand in its defects."""

    make: Callable[[], bytes]
    defect: str | None = None


def nested(levels: int) -> bytes:
    """Multiparts in multiparts, each with a boundary of its own."""
    opened = [
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1)
        for n in range(levels)
    ]
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
    return head + b"".join(opened) + b"--b%d\r\n\r\nhello\r\n" % levels


def equal_boundaries(levels: int) -> bytes:
    """The same, all with one boundary: each line ends all of them."""
    inner = b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return MIXED + inner * levels + b"--b\r\n\r\nhello\r\n" + b"--b--\r\n" * levels


def growing_boundaries(levels: int) -> bytes:
    """Boundaries that begin with each other."""
    opened = [
        b"--%s\r\nContent-Type: multipart/mixed; boundary=%s\r\n\r\n" % (b"b" * n, b"b" * (n + 1))
        for n in range(1, levels)
    ]
    return MIXED + b"".join(opened) + b"hello"


def _text(subject: bytes = b"x", head: bytes = b"", body: bytes = b"hi") -> bytes:
    return b"From: a@b.example\r\nSubject: " + subject + b"\r\n" + head + b"\r\n" + body


def _large(size: int) -> Callable[[], bytes]:
    return lambda: HEAD + b"\r\n" + b"x" * size


def _attached(size: int) -> bytes:
    file = b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    line = b"/9j/" * 19 + b"\r\n"
    return MIXED + b"--b\r\n\r\nhi\r\n--b\r\n" + file + line * (size // len(line)) + b"--b--\r\n"


_DEEP: Final = "nested deeper than 50"
_OVER: Final = "over 50 MiB: only the first 1 MiB was read"
HOSTILE: Final[Mapping[str, Hostile]] = {
    "49 MB": Hostile(_large(49 * MIB)),
    "100 MB": Hostile(_large(100 * MIB), _OVER),
    "100 MB of one picture": Hostile(lambda: _attached(100 * MIB), _OVER),
    "nested 45": Hostile(lambda: nested(45)),
    "nested 500": Hostile(lambda: nested(500), _DEEP),
    "nested 1,000": Hostile(lambda: nested(1_000), "nested too deeply: read as text"),
    "nested 5,000": Hostile(lambda: nested(5_000), "nested too deeply: read as text"),
    "equal boundaries": Hostile(lambda: equal_boundaries(2_000)),
    "growing boundaries": Hostile(lambda: growing_boundaries(45)),
    "2,000 forwards": Hostile(
        lambda: (HEAD + b"Content-Type: message/rfc822\r\n\r\n") * 2_000 + HEAD
    ),
    "10,000 parts": Hostile(lambda: MIXED + b"--b\r\n\r\nx\r\n" * 10_000, "more than 1000 parts"),
    "10,000 pages": Hostile(
        lambda: MIXED + b"--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n" * 10_000,
        "more than 1000 parts",
    ),
    "1 MB subject": Hostile(lambda: _text(subject=b"x" * 10**6)),
    "1 MB in one field": Hostile(lambda: _text(head=b"X-A: " + b"y " * 500_000 + b"\r\n")),
    "40,000 fields": Hostile(
        lambda: _text(head=b"".join(b"X-%d: y\r\n" % n for n in range(40_000))),
        "header fields beyond 256 KiB not read",
    ),
    "1 MB of folded lines": Hostile(lambda: _text(head=b"X-A: y\r\n" + b" y\r\n" * 250_000)),
    "20,000 words": Hostile(lambda: _text(subject=b"=?utf-8?q?x?= " * 20_000)),
    "20,000 words of as many charsets": Hostile(
        lambda: _text(subject=b"".join(b"=?x%d?q?x?= " % n for n in range(20_000)))
    ),
    "20,000 open words": Hostile(lambda: _text(subject=b"=?utf-8?b?" * 20_000)),
    "20,000 addresses": Hostile(
        lambda: _text(
            head=b"To: " + b", ".join(b"u%d@x.example" % n for n in range(20_000)) + b"\r\n"
        )
    ),
    "20,000 groups": Hostile(lambda: _text(head=b"To: " + b"g: a@b;, " * 20_000 + b"\r\n")),
    "semicolons": Hostile(
        lambda: HEAD + b"Content-Type: text/plain" + b";" * 20_000 + b"\r\n\r\nhi"
    ),
    "10,000 parameters": Hostile(
        lambda: (
            HEAD
            + b"Content-Type: text/plain"
            + b"".join(b"; a*%d*=x" % n for n in range(10_000))
            + b"\r\n\r\nhi"
        )
    ),
    "900 (": Hostile(lambda: b"From: " + b"(" * 900 + b"\r\n\r\nhi"),
    "60,000 (": Hostile(lambda: b"From: " + b"(" * 60_000 + b"\r\n\r\nhi"),
    "60,000 quotes": Hostile(lambda: b"From: " + b'"' * 59_999 + b"\r\n\r\nhi"),
    "60,000 <": Hostile(lambda: b"From: " + b"<" * 60_000 + b"\r\n\r\nhi"),
    "30,000 (( )) in Auto-Submitted": Hostile(
        lambda: HEAD + b"Auto-Submitted: " + b"(" * 15_000 + b")" * 15_000 + b"\r\n\r\nhi"
    ),
    "comments in a date": Hostile(lambda: HEAD + b"Date: " + b"(a" * 30_000 + b"\r\n\r\nhi"),
    "100,000 references": Hostile(
        lambda: _text(head=b"References: " + b"<a@b> " * 100_000 + b"\r\n")
    ),
    "1,000 Received": Hostile(lambda: HEAD + b"Received: from a by b; x\r\n" * 1_000 + b"\r\nhi"),
    "punycode": Hostile(
        lambda: HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\na-" + b"b99" * 10**5
    ),
    "1 MB in one line of HTML": Hostile(
        lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<a href='" * (MIB // 9)
    ),
    "tables in tables": Hostile(
        lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>x" * (MIB // 16)
    ),
    "1 MB of quote marks": Hostile(lambda: _text(body=b"> " * (MIB // 2))),
    "1 MB of digits": Hostile(lambda: _text(body=b"1" * MIB)),
    "1 MB of 'Order no. 1'": Hostile(lambda: _text(body=b"Order no. 1, 5 of 7 pcs " * (MIB // 24))),
    "lines of 'On 1 wrote:'": Hostile(lambda: _text(body=b"On 1 Jan, a wrote:\r\n" * (MIB // 20))),
    "500,000 blank lines": Hostile(lambda: _text(body=b"\r\n" * 500_000)),
    "a field called headers": Hostile(lambda: HEAD + b"headers: x\r\nmail: y\r\n\r\nhi"),
    "no bytes": Hostile(lambda: b""),
    "only NUL": Hostile(lambda: b"\0" * 1_000),
    "only 0xff": Hostile(lambda: b"\xff" * 1_000),
}
