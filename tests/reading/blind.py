"""Mails as customers write them, labelled before anybody looked at how they are read.

python -m tests.reading.blind

A file of blind/ holds mails one after the other: "=== name", what is expected as "field: value",
"---", the mail. Fields of a head that are left out are made up. In the mails of replies a line
"[new]", "[quoted]" or "[signature]" begins such a part; below "+++ new" stands that of a page.
"""

from __future__ import annotations

import base64
import quopri
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import Header
from functools import cache
from pathlib import Path
from typing import Any, Final

from intake.kinds.screen import OwnAddresses
from intake.report import report
from tests.reading.score import Score

BLIND: Final = Path(__file__).with_name("blind_mails")
OWN: Final = OwnAddresses(frozenset({"complaints@shop.example"}), "shop.example")
LEAST: Final = {"replies": 0.9, "kinds": 0.9, "forwards": 0.9, "facts": 0.9, "texts": 0.95}
_MARK: Final = re.compile(r"(?m)^\[(new|quoted|signature)\]\n")
_NAME: Final = re.compile(r"(?m)^=== ")
_HEAD: Final = {
    "To": "complaints@shop.example",
    "Date": "Tue, 03 Mar 2026 08:30:00 +0100",
    "Message-ID": "<mail@customer.example>",
    "MIME-Version": "1.0",
}


@dataclass(frozen=True, slots=True)
class Blind:
    """One mail and what is to be read in it."""

    name: str
    expected: tuple[tuple[str, str], ...]
    raw: bytes
    new: str = ""

    def all(self, field: str) -> list[str]:
        """The values expected of a field that may stand several times."""
        return [value for name, value in self.expected if name == field]


def scores(folder: Path | None = None) -> list[Score]:
    """A score for each family; the folder of the foreign mails is not needed."""
    return [_score(family, judge) for family, judge in JUDGES.items()]


def mails(family: str) -> Iterator[Blind]:
    """The mails of a family: every file whose name begins so."""
    for path in sorted(BLIND.glob(f"{family}*.txt")):
        for block in _NAME.split(path.read_text(encoding="utf-8"))[1:]:
            yield _blind(block)


@cache
def read(mail: Blind) -> dict[str, Any]:
    """What `amends parse --json` prints of it."""
    return report(mail.name, mail.raw, OWN)


def _score(family: str, judge: Callable[[Blind], str]) -> Score:
    told = [(mail.name, judge(mail)) for mail in mails(family)]
    misses = tuple(f"{name}: {why}" for name, why in told if why)
    return Score(f"blind {family}", len(told) - len(misses), len(told), LEAST[family], misses)


def _blind(block: str) -> Blind:
    labels, mail = block.split("---\n", 1)
    name, *lines = labels.splitlines()
    expected = tuple((field, value.strip()) for field, value in (x.split(":", 1) for x in lines))
    head, body = mail.split("\n\n", 1)
    body, _, page_new = body.partition("+++ new\n")
    parts = _MARK.split(body)
    new = "".join(
        text for mark, text in zip(parts[1::2], parts[2::2], strict=True) if mark == "new"
    )
    return Blind(name, expected, _mail(head, _MARK.sub("", body), dict(expected)), page_new or new)


def _mail(head: str, body: str, how: dict[str, str]) -> bytes:
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    charset = how.get("charset", "utf-8")
    kind = "html" if body.lstrip().startswith("<") else "plain"
    label = f"; charset={charset}" if charset else ""
    made = {**_HEAD, "Content-Type": f"text/{kind}{label}"}
    coding = how.get("cte", "8bit")
    made["Content-Transfer-Encoding"] = coding
    if "Content-Type" in fields:
        del made["Content-Transfer-Encoding"]
    whole = made | fields
    lines = [f"{name}: {_encoded(value)}\n" for name, value in whole.items()]
    payload = body.encode(how.get("bytes", "utf-8"))
    encode = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}
    return "".join(lines).encode() + b"\n" + encode.get(coding, bytes)(payload)


def _encoded(value: str) -> str:
    """Words in other letters are encoded, an address behind them is not."""
    if value.isascii():
        return value
    words, bracket, address = value.partition(" <")
    return Header(words.strip('"'), "utf-8", maxlinelen=10_000).encode() + bracket + address


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _reply(mail: Blind) -> str:
    found = _lines(read(mail)["new_text"])
    return "" if found == _lines(mail.new) else f"new text {found}"


def _kind(mail: Blind) -> str:
    told = read(mail)
    if told["kind"] not in mail.all("kind"):
        return f"kind {told['kind']}"
    found = [one["address"] for one in (told["bounce"] or {"recipients": []})["recipients"]]
    return "" if not mail.all("address") or found == mail.all("address") else f"bounced {found}"


def _forward(mail: Blind) -> str:
    found = read(mail)["forwarded"]
    if not found or not found["from"]:
        return f"forwarded {found}"
    seen = {"from": found["from"]["address"], "date": str(found["date"])[:16]}
    wrong = {name: seen[name] for name, value in mail.expected if seen[name] != value}
    return str(wrong) if wrong else ""


def _facts(mail: Blind) -> str:
    told = read(mail)
    lines = [dict(x.split("=", 1) for x in line.split("; ")) for line in mail.all("line")]
    if lines:
        seen = [{name: fact["value"] for name, fact in line.items()} for line in told["lines"]]
        return "" if seen == lines else f"lines {seen}"
    facts = {name: fact["value"] for name, fact in told["facts"].items()}
    wanted = dict(mail.expected)
    return "" if facts == wanted else str(sorted(set(facts.items()) ^ set(wanted.items())))


def _text(mail: Blind) -> str:
    told = read(mail)
    lacking = [words for words in mail.all("text") if words not in told["text"]]
    lacking += [words for words in mail.all("absent") if words in told["text"]]
    files = [one["name"] for one in told["attachments"]]
    if mail.all("attachment") and files != mail.all("attachment"):
        lacking += files
    return f"{lacking} in {told['text'][:200]!r}" if lacking else ""


JUDGES: Final[dict[str, Callable[[Blind], str]]] = {
    "replies": _reply,
    "kinds": _kind,
    "forwards": _forward,
    "facts": _facts,
    "texts": _text,
}

if __name__ == "__main__":
    for score in scores():
        told = "\n    ".join((str(score), *score.misses))
        sys.stdout.write(f"{told}\n")
