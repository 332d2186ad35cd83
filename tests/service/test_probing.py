"""A forged verdict in our server's name: removed, harmless, or believed."""

from __future__ import annotations

import pytest

from intake.sender.authentication import Trust
from service.probing import judged

NAME, NONCE = "mx.parts.example", "n" * 26
TRUST = Trust(frozenset({NAME}), frozenset({NAME}))
BORDER = f"Received: from relay.example by {NAME} with ESMTPS; Mon, 2 Mar 2026 10:00:00 +0000\r\n"
FORGED = f"Authentication-Results: {NAME}; dmarc=fail reason={NONCE} header.from=parts.example\r\n"
HONEST = f"Authentication-Results: {NAME}; dmarc=pass header.from=parts.example\r\n"
MAIL = "From: complaints@parts.example\r\nTo: complaints@parts.example\r\nSubject: x\r\n"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (HONEST + BORDER + MAIL, "removes forged"),
        (BORDER + MAIL, "removes forged"),
        (HONEST + BORDER + FORGED + MAIL, "is not believed"),
        (FORGED + MAIL, "did not come in by it"),
    ],
)
def test_what_is_well(header: str, words: str) -> None:
    probed = judged(header.encode(), NONCE, TRUST)
    assert words in probed.what
    assert probed.mend == ""


@pytest.mark.parametrize("header", [FORGED + BORDER + MAIL, HONEST + FORGED + BORDER + MAIL])
def test_a_forged_field_that_is_believed_is_a_fault(header: str) -> None:
    probed = judged(header.encode(), NONCE, TRUST)
    assert probed.what == "a forged Authentication-Results field is believed"
    assert "remove such fields" in probed.mend


def test_a_folded_field_is_one_field() -> None:
    folded = FORGED.replace("; dmarc", ";\r\n\tdmarc")
    assert judged((folded + BORDER + MAIL).encode(), NONCE, TRUST).mend


def test_nobody_is_believed_and_the_name_is_told() -> None:
    probed = judged((HONEST + BORDER + MAIL).encode(), NONCE, Trust())
    assert probed.what.endswith(f"the mail server writes as {NAME}")
    assert judged(MAIL.encode(), NONCE, Trust()).what.endswith("no field was written")
