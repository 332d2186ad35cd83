"""Clues in the order of what is hardest to forge, and never the title."""

from __future__ import annotations

import re

import pytest

from intake.clues import Clue, clues, named, thread_index, thread_keys
from intake.parse import read

A, B, C = "abcdefghijklmnopqrstuvwx27", "b" * 26, "c" * 26
OWN = ("complaints@acme.test", "help@acme.test")


def numbers(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"KS\d{4}-\d{3}", text))


def found(raw: str) -> list[Clue]:
    return list(clues(read(raw.encode()), numbers, OWN))


def test_all_clues_in_order() -> None:
    raw = (
        f"From: bob@shop.test\nTo: Acme <Complaints+{A.upper()}@ACME.test>, x@y.test\n"
        f"Cc: help+{B}@acme.test\nSubject: Re: [KS2026-041] Ref: {C}\n"
        "In-Reply-To: <parent@acme.test>\nReferences: <old@shop.test> <parent@acme.test>\n\n"
        f"see KS2026-007\n> Ref: {'d' * 26}\n> KS2026-041\n"
    )
    assert found(raw) == [
        Clue("token", A, "to"),
        Clue("token", B, "cc"),
        Clue("token", C, "subject"),
        Clue("token", "d" * 26, "text"),
        Clue("message_id", "<parent@acme.test>", "in_reply_to"),
        Clue("message_id", "<old@shop.test>", "references"),
        Clue("number", "KS2026-041", "subject"),
        Clue("number", "KS2026-007", "text"),
    ]


def test_newest_reference_first() -> None:
    raw = "References: <1@x.test> <2@x.test>\n <3@x.test>\n\nhello"
    assert [clue.value for clue in found(raw)] == ["<3@x.test>", "<2@x.test>", "<1@x.test>"]


@pytest.mark.parametrize("field", ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_token_in_every_recipient_field(field: str) -> None:
    assert [clue.value for clue in found(f"{field}: complaints+{A}@acme.test\n\nhi")] == [A]


@pytest.mark.parametrize(
    "address",
    [
        f"other+{A}@acme.test",  # not our mailbox
        f"complaints+{A}@evil.test",
        f"complaints+{A}x@acme.test",
        f"complaints+{A[:-1]}@acme.test",
        f"complaints+{A[:-1]}1@acme.test",  # 1 is not in base32
        "complaints@acme.test",
    ],
)
def test_no_token(address: str) -> None:
    assert found(f"To: {address}\n\nhi") == []


@pytest.mark.parametrize("line", [f"Ref: {A}", f"ref:{A.upper()}", f"> > Ref: {A}.", f"*Ref: {A}*"])
def test_reference_line(line: str) -> None:
    assert found(f"Subject: x\n\nyes\n{line}\n") == [Clue("token", A, "text")]


def test_the_title_is_no_clue() -> None:
    assert found("Subject: Re: Brackets do not fit\n\nBrackets do not fit") == []


def test_the_own_id_comes_after_those_that_it_answers() -> None:
    raw = (
        "From: bob@shop.test\nMessage-ID: <own@shop.test>\nIn-Reply-To: <parent@shop.test>\n"
        "Thread-Index: AQHbOq4a0h9v3xG7S0mI4b8k0pQzqwAAKp8A\nSubject: KS2026-041\n\nhello"
    )
    conversation = "thread-index:0101db3aae1ad21f6fdf11bb4b4988e1bf24d29433ab"
    assert found(raw) == [
        Clue("message_id", "<parent@shop.test>", "in_reply_to"),
        Clue("message_id", "<own@shop.test>", "message_id"),
        Clue("thread_index", conversation, "thread_index"),
        Clue("number", "KS2026-041", "subject"),
    ]
    assert thread_keys(read(raw.encode())) == (
        "<own@shop.test>",
        "<parent@shop.test>",
        conversation,
    )


@pytest.mark.parametrize(
    "value",
    ["", "AQHb", "not base64!", "A" * 40, "AQHbOq4a0h9v3xG7S0mI4b8k0pQz", "\u00fc" * 30],
)
def test_no_conversation(value: str) -> None:
    assert thread_index(read(f"Thread-Index: {value}\n\nhello".encode())) == ""


def test_replies_of_one_conversation_have_one_key() -> None:
    first = "AQHbOq4a0h9v3xG7S0mI4b8k0pQzqw=="
    second = "AQHbOq4a0h9v3xG7S0mI4b8k0pQzqwAA\n Kp8A"
    one, two = (thread_index(read(f"Thread-Index: {v}\n\nhi".encode())) for v in (first, second))
    assert one == two != ""


@pytest.mark.parametrize(
    ("reference", "subject", "text", "where"),
    [
        ("INC0012345", "[INC0012345] update", "", "subject"),
        ("INC0012345", "x", "our inc0012345.", "text"),
        ("INC0012345, SCAR-77", "About SCAR-77", "", "subject"),
        ("INC0012345", "INC00123456", "XINC0012345", ""),
        ("17-2", "17-2 pieces", "", ""),  # too short to mean a case
        ("SCAR", "SCAR", "", ""),
        ("", "x", "y", ""),
    ],
)
def test_the_customers_own_number(reference: str, subject: str, text: str, where: str) -> None:
    mail = read(f"Subject: {subject}\n\n{text}\n".encode())
    expected = [Clue("reference", reference, where)] if where else []
    assert list(named(mail, [reference])) == expected
