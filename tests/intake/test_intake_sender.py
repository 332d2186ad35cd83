"""reliability.md 2.3: who sent it? Sixteen From fields, five of which fooled readers."""

from __future__ import annotations

import pytest

from intake.parse import read

FROM_FIELDS = [
    # (header lines, address, proven)
    ("From: bob@shop.test", "bob@shop.test", True),
    ("From: <bob@shop.test>", "bob@shop.test", True),
    ("From: Bob Builder <Bob@Shop.test>", "bob@shop.test", True),
    ('From: "Builder, Bob" <bob@shop.test>', "bob@shop.test", True),
    ('From: "victim@ok.example" <bob@shop.test>', "bob@shop.test", True),
    ("From: =?utf-8?q?J=C3=BCrgen?= <bob@shop.test>", "bob@shop.test", True),
    ("From: bob@shop.test (Bob)", "bob@shop.test", True),
    ("From: =?utf-8?q?victim=40ok=2Eexample?= <bob@shop.test>", "bob@shop.test", True),
    # --- five that gave different persons
    ("From: victim@ok.example <b@evil.example>", None, False),
    ("From: <victim@ok.example> <b@evil.example>", None, False),
    ("From: victim@ok.example\nFrom: b@evil.example", "victim@ok.example", False),
    ("From: alice@example.org)bob@evil.example", None, False),
    ("From: victim@ok.example, b@evil.example", "victim@ok.example", False),
    # --- nobody at all
    ("From:", None, False),
    ("From: Bob", None, False),
    ("From: " + "(" * 900, None, False),
]


@pytest.mark.parametrize(("header", "address", "proven"), FROM_FIELDS)
def test_sender(header: str, address: str | None, proven: bool) -> None:
    mail = read(f"{header}\nSubject: x\n\nhello\n".encode())
    assert mail.proven_sender is proven
    if address is not None:
        assert mail.from_ is not None
        assert mail.from_.address == address


def test_mail_without_from_has_no_sender() -> None:
    mail = read(b"Subject: x\n\nhello\n")
    assert (mail.from_, mail.proven_sender) == (None, False)


@pytest.mark.parametrize(
    "value",
    [
        "a@b.example <c@d.example>",
        "Bob <bob@shop.test>, ",
        "Bob <bob@shop.test> evil@evil.example",
        "bob@shop.test <",
        "team: bob@shop.test;",
        '"a" b@shop.test',
        "bob@shop.test\x00@evil.example",
        "<@relay.example:bob@shop.test>",
        "=?utf-8?q?bob=40shop=2Etest?=",
    ],
)
def test_odd_forms_are_never_proven(value: str) -> None:
    assert not read(f"From: {value}\n\nhello".encode()).proven_sender


def test_sender_field_and_reply_to_prove_nothing() -> None:
    mail = read(b"Sender: bob@shop.test\nReply-To: bob@shop.test\n\nhello")
    assert (mail.from_, mail.proven_sender) == (None, False)
    assert [one.address for one in mail.reply_to] == ["bob@shop.test"]
