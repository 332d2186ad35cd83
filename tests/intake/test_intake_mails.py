"""Every mail in mails/ is read as its partner says. A missing partner is a failing test.

`python tests/intake/test_intake_mails.py NAME.eml` prints what is read, for a new partner.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from intake.mail import Mail
from intake.parse import bare, payload, read

MAILS = sorted(Path(__file__).with_name("mails").glob("*.eml"))


def shown(mail: Mail) -> dict[str, Any]:
    """A mail as JSON would show it, without what only repeats the bytes."""
    told = json.loads(json.dumps(dataclasses.asdict(mail), default=str))
    for boring in ("sha256", "size", "headers", "trace"):
        del told[boring]
    return {name: value for name, value in told.items() if value not in (None, "", [], False)}


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_mail_is_read_as_expected(path: Path) -> None:
    raw = path.read_bytes()
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    mail = read(raw)
    assert shown(mail) == expected
    assert mail.sha256 == hashlib.sha256(raw).hexdigest()
    assert mail.size == len(raw)


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_attachment_bytes_can_be_had_again(path: Path) -> None:
    raw = path.read_bytes()
    for one in read(raw).attachments:
        data = payload(raw, one.part)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one.size, one.sha256)


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_bare_reading_agrees_on_what_it_knows(path: Path) -> None:
    raw = path.read_bytes()
    full, little = read(raw), bare(raw, "00")
    assert little.from_ == full.from_
    assert little.subject == full.subject
    assert little.message_id == full.message_id
    assert not little.proven_sender
    assert (little.sha256, little.size) == ("00", len(raw))


def test_every_partner_has_its_mail() -> None:
    folder = Path(__file__).with_name("mails")
    partners = {path.name.removesuffix(".expected.json") for path in folder.glob("*.json")}
    assert partners == {path.stem for path in MAILS}


def test_forwarded_mail_is_one_file_byte_for_byte() -> None:
    raw = Path(__file__).with_name("mails").joinpath("forwarded.eml").read_bytes()
    inner = payload(raw, "2")
    assert inner.startswith(b"From: Bob <bob@shop.test>\n")
    assert inner in raw
    assert "inner text" not in read(raw).text


def test_no_such_part() -> None:
    with pytest.raises(KeyError):
        payload(b"From: a@b.example\r\n\r\nhello", "2")


def test_a_mail_over_50_mib_is_read_from_its_start() -> None:
    head = b"From: a@b.example\r\nSubject: big\r\n\r\n"
    mail = read(head + b"x" * (50 * 1024 * 1024))
    assert mail.subject == "big"
    assert mail.size == len(head) + 50 * 1024 * 1024
    assert "over 50 MiB: only the first 1 MiB was read" in mail.defects


if __name__ == "__main__":
    mail = read(Path(sys.argv[1]).read_bytes())
    print(json.dumps(shown(mail), ensure_ascii=False, indent=1))  # noqa: T201 - a tool by hand
