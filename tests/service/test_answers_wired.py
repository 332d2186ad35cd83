"""R-29 on the whole road, in mails as eight mail programs make them, with our real letter quoted:
what is quoted, signed and disclaimed changes nothing; a negated approval never approves."""

from __future__ import annotations

import tomllib
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest

from demo.shop import MAILBOX, RING
from tests.reading.answers import OWN
from tests.shop import Shop

WRAPPINGS: dict[str, Any] = tomllib.loads((OWN / "wrappings.toml").read_text("utf-8"))
CLIENTS = WRAPPINGS["client"]
WORDS = WRAPPINGS["words"]["en"]

# Text, and the state of the case afterwards.
SAID = (
    ("Approved.", "closed"),
    ("Not approved.", "re_registered"),
    ("We cannot approve this yet.", "awaiting_approval"),
    ("We will approve as soon as the parts are here.", "awaiting_approval"),
    ("Approved, but only if you pay the freight.", "awaiting_approval"),
    ("My boss said that he would have approved it.", "awaiting_approval"),
    ("We approve the results.", "closed"),
    ("Thank you!", "awaiting_approval"),
)


def asked(shop: Shop, number: str) -> EmailMessage:
    """A case whose approval is asked for, and the letter that asks."""
    shop.customer(RING).write(MAILBOX, f"Thread too wide {number}", f"It measures 2.5 mm {number}.")
    assert shop.serve() == ()
    shop.ask_approval(number)
    raw = shop.server.messages(RING.address)[-1]
    letter = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(letter, EmailMessage)
    assert number in str(letter["Subject"])
    return letter


def replied(letter: EmailMessage, text: str, turn: int) -> bytes:
    """The reply of one mail program: greeting, signature and disclaimer, and the letter quoted."""
    client, body = CLIENTS[turn % len(CLIENTS)], letter.get_body(("plain",))
    assert body is not None
    quoted = "\n".join(client["mark"] + line for line in body.get_content().splitlines())
    below = (WORDS["signature"], WORDS["signature"] + WORDS["notice"], client["foot"], "")[turn % 4]
    mail = EmailMessage()
    mail["From"] = f'"{RING.name}" <{RING.address}>'
    mail["To"] = str(letter["Reply-To"])
    mail["Subject"] = f"Re: {letter['Subject']}"
    mail["Message-ID"] = f"<wired-{turn}@sensorik.example>"
    mail["In-Reply-To"] = mail["References"] = str(letter["Message-ID"])
    mail.set_content(f"{text}\n{below}\n{client['head'].format(**WORDS)}\n{quoted}\n")
    return mail.as_bytes(policy=policy.SMTP)


@pytest.mark.parametrize("first", [0, 3])
def test_what_stands_around_an_answer_changes_nothing(sqlite_shop: Shop, first: int) -> None:
    shop, expected = sqlite_shop, dict[str, str]()
    letters = []
    for n, (text, state) in enumerate(SAID, 1):
        number = f"KS2026-{n:03}"
        letters.append(replied(asked(shop, number), text, first + n))
        expected[number] = state
    for raw in letters:
        shop.server.deliver(MAILBOX, raw)
    assert shop.serve() == ()
    assert {number: shop.case(number)["state"] for number in expected} == expected
    assert shop.faults() == {}
