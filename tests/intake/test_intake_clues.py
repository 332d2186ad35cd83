"""Clues in the order of what is hardest to forge, and never the title."""

from __future__ import annotations

import re

import pytest

from intake.clues import Clue, clues
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
