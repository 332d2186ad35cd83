"""reliability.md 2.3: who sent it? Sixteen From fields, five of which fooled readers."""

from __future__ import annotations

import re
from contextlib import suppress
from email import policy
from email.parser import BytesParser
from email.utils import getaddresses, parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("head", "proven"),
    [
        ("From: Li Wei (Sales) <li@shop.test>", True),
        ("From: bob@shop.test <bob@shop.test>", True),  # the address twice is nobody else
        ('From: "bob@shop.test" <bob@shop.test>', True),
        ("From: bob@xn--bcher-kva.example", True),
        ("Resent-From: victim@ok.example\nFrom: bob@shop.test", True),
        ("Reply-To: victim@ok.example\nFrom: bob@shop.test", True),
        ("From bob@shop.test Mon Mar  2 10:00:00 2026\nFrom: bob@shop.test", True),  # mbox
        ("From : victim@ok.example\nFrom: bob@shop.test", False),  # a field to some readers
        ("From: bob@shop.test\nFrom : victim@ok.example", False),
        ("no field at all\nFrom: bob@shop.test", False),
        ("From: bob@shop.test\nfrom: bob@shop.test", False),
        ("From: =?utf-8?q?victim=40ok=2Eexample?=@evil.example", False),
        ("From: bob@shop\uff0etest", False),  # a full-width dot
        ("From: bob\u200b@shop.test", False),
        ("From: bob@shop.test\rFrom: victim@ok.example", False),
        ('From: "bob smith"@shop.test', False),
        ("From: team:bob@shop.test;", False),
        ("From: " + "(a" * 20_000, False),
        ("From: " + " " * 20_000 + "bob@shop.test", True),
    ],
)
def test_heads_that_readers_see_differently(head: str, proven: bool) -> None:
    assert read(f"{head}\nSubject: x\n\nhello\n".encode()).proven_sender is proven


@pytest.mark.parametrize(
    ("head", "note"),
    [
        (
            'From: "victim@ok.example" <bob@shop.test>',
            "the name of the sender shows another address",
        ),
        (
            "From: =?utf-8?q?victim=40ok=2Eexample?= <bob@shop.test>",
            "the name of the sender shows another address",
        ),
        ("From: bob@shop.test (victim@ok.example)", "the name of the sender shows another address"),
        (
            "From: bob@xn--bcher-kva.example",
            "the domain of the sender has other than Latin letters",
        ),
        (
            "From: boss@shop.test\nSender: bob@shop.test",
            "sent by another (Sender) for the sender",
        ),
    ],
)
def test_what_a_person_should_see(head: str, note: str) -> None:
    assert note in read(f"{head}\n\nhello\n".encode()).defects


def test_an_ordinary_sender_needs_no_note() -> None:
    head = 'From: "bob@shop.test" <bob@shop.test>\nSender: Bob <bob@shop.test>'
    assert read(f"{head}\n\nhello\n".encode()).defects == ()


PIECES = (
    "bob@shop.test",
    "victim@ok.example",
    "<bob@shop.test>",
    "<victim@ok.example>",
    '"victim@ok.example"',
    "Bob",
    "Li Wei",
    "=?utf-8?q?victim=40ok=2Eexample?=",
    "=?utf-8?b?PHZpY3RpbUBvay5leGFtcGxlPg==?=",
    "(victim@ok.example)",
    "(Sales)",
    "team:",
    *',;"\\<>()[]@:. \t',
    "\r\n ",
    "\u200b",
    "\uff20",
)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join))
@settings(max_examples=400, deadline=None)
def test_proven_means_that_other_readings_agree(value: str) -> None:
    raw = f"From: {value}\r\nSubject: x\r\n\r\nhello\r\n".encode()
    mail = read(raw)
    if not mail.proven_sender:
        return
    assert mail.from_ is not None
    with suppress(AttributeError, TypeError):  # the standard library stumbles over some: no reading
        other = BytesParser(policy=policy.default).parsebytes(raw)["from"].addresses
        assert {one.addr_spec.lower() for one in other} == {mail.from_.address}
    plain = " ".join(value.split())
    assert parseaddr(plain)[1].lower() == mail.from_.address
    assert {one.lower() for _, one in getaddresses([plain])} == {mail.from_.address}
    # The naive reading of many programs: what stands in the last angle brackets, if there are any.
    angle = re.findall(r"<([^<>]*)>", re.sub(r'"[^"]*"', "", plain))
    assert not angle or angle[-1].strip().lower() == mail.from_.address


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("Big Bug bb@bug.example", "Big Bug", "bb@bug.example"),
        ("=?gb2312?B?086yyZjl?= user@ldkf.example", "游采樺", "user@ldkf.example"),
        ("Mikel@home <mikel@shop.test>", "Mikel@home", "mikel@shop.test"),
        ("victim@ok.example <b@evil.example>", "victim@ok.example", "b@evil.example"),
    ],
)
def test_a_name_without_its_quotes_is_read_as_people_read_it(
    value: str, name: str, address: str
) -> None:
    mail = read(f"From: {value}\nTo: a@b.example, {value}\n\nhello".encode())
    assert mail.from_ is not None
    assert (mail.from_.name, mail.from_.address) == (name, address)
    assert not mail.proven_sender


def test_a_head_that_breaks_off_is_doubtful_only_where_another_sender_follows() -> None:
    broken = "From: bob@shop.test\nno field at all\n{}Subject: x\n\nhello\n"
    assert read(broken.format("").encode()).proven_sender
    assert not read(broken.format("From: victim@ok.example\n").encode()).proven_sender
