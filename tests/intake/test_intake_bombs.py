"""Files in files that are made to cost much: caps, and time that grows with the size only."""

from __future__ import annotations

import binascii
import hashlib
import random
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from intake.attached import encoded_text, invitation, outlook, rtf, smime, tnef
from intake.attached.attachments import payload
from intake.mime import transfer
from intake.parse import read
from tests import containers
from tests.containers import DATA, LONG_NAME, SUBJECT, Item, TnefFile

HEAD = b"From: a@b.example\r\nSubject: x\r\n"
# Far above what any of these takes, far below what a quadratic reader would.
SECONDS = 8.0
MANY = 256 * 1024


def crossed() -> bytes:
    """Many attachments whose streams are all the same long chain."""
    whole = bytearray(Item({}, [{LONG_NAME: f"{n}", DATA: bytes(5000)} for n in range(400)]).msg())
    listing = struct.unpack_from("<I", whole, 48)[0]
    place = (listing + 1) * 512
    while place + 128 <= len(whole):
        if whole[place + 66] == 2 and struct.unpack_from("<I", whole, place + 120)[0] == 5000:
            struct.pack_into("<IQ", whole, place + 116, 0, 0x7FFFFFFF)
        place += 128
    return bytes(whole)


def looping() -> bytes:
    """A chain that leads back to its start, and storages that hold themselves."""
    whole = bytearray(Item({SUBJECT: "x" * 5000}, [{LONG_NAME: "a", DATA: bytes(9000)}]).msg())
    fat = (struct.unpack_from("<I", whole, 76)[0] + 1) * 512
    for sector in range(100):
        struct.pack_into("<I", whole, fat + 4 * sector, 0)
    return bytes(whole)


def nested_tnef(levels: int) -> bytes:
    data = containers.tnef([TnefFile("a.txt", b"deep")])
    for _ in range(levels):
        data = containers.tnef([TnefFile("m", b"", {}, {DATA: containers.IID_MESSAGE + data})])
    return data


BOMBS: dict[str, Callable[[], object]] = {
    "tnef of 20,000 files": lambda: tnef.open_(containers.tnef([TnefFile("a", b"x")] * 20_000)),
    "tnef with huge lengths": lambda: tnef.open_(
        containers.tnef()[:6] + struct.pack("<BII", 2, 0x6800F, 0xFFFFFFFF) + b"x" * MANY
    ),
    "tnef with 4 billion properties": lambda: tnef.open_(
        containers.tnef()[:6] + containers.attribute(1, 0x69003, b"\xff" * MANY)
    ),
    "tnef with 4 billion values": lambda: tnef.open_(
        containers.tnef()[:6]
        + containers.attribute(
            1, 0x69003, struct.pack("<IHHI", 1, 0x1102, 0x1000, 0xFFFFFFFF) + bytes(MANY)
        )
    ),
    "tnef of empty attributes": lambda: tnef.open_(
        containers.tnef()[:6] + containers.attribute(2, 0x69002, b"") * 20_000
    ),
    "item of 3,000 files": lambda: outlook.open_(
        Item({}, [{LONG_NAME: "a", DATA: b"x"}] * 3_000).msg()
    ),
    "item with crossed chains": lambda: outlook.open_(crossed()),
    "item with loops": lambda: outlook.open_(looping()),
    "rtf of braces": lambda: rtf.to_text(b"{" * 1024 * 1024),
    "rtf of signs": lambda: rtf.to_text(b"\\'e4" * MANY),
    "rtf that unpacks for ever": lambda: rtf.unpack(
        struct.pack("<II4sI", 0, 0xFFFFFFFF, b"LZFu", 0) + b"\xff" * MANY
    ),
    "rtf packed 8 times": lambda: rtf.unpack(
        struct.pack("<II4sI", 0, 4 * 1024 * 1024, b"LZFu", 0)
        + b"\xff\x00\x0f\x10\x0f\x20\x0f" * MANY
    ),
    "uuencode begun often": lambda: encoded_text.take_out(b"begin 644 x\n" * MANY),
    "uuencode in base64 begun often": lambda: encoded_text.take_out(
        b"begin-base64 644 x\nAAAA\n!\n" * 50_000
    ),
    "uuencode of short lines": lambda: encoded_text.take_out(b"begin 644 x\n" + b'!"""\n' * MANY),
    "yEnc begun often": lambda: encoded_text.take_out(b"=ybegin size=1 name=x\r\n" * MANY),
    "yEnc without end of line": lambda: encoded_text.take_out(
        b"=ybegin " + b"size=1 name= " * MANY
    ),
    "BinHex begun often": lambda: encoded_text.take_out(b"BinHex 4\n:" * MANY),
    "BinHex and empty lines": lambda: encoded_text.take_out(b"BinHex 4" + b"\n" * MANY),
    "BinHex of runs": lambda: encoded_text.take_out(b"BinHex 4\n:" + b"!N,r" * MANY),
    "armour begun often": lambda: encoded_text.take_out(b"-----BEGIN PGP MESSAGE-----\n" * 50_000),
    "base64 of padding": lambda: transfer.undo(b"=" * MANY * 4, "base64"),
    "base64 of padded pieces": lambda: transfer.undo(b"QQ==\n" * MANY, "base64"),
    "base64 with a footer on each line": lambda: transfer.undo(b"QQ==\n-- x\n" * MANY, "base64"),
    "quoted-printable of signs": lambda: transfer.undo(b"= \r" * MANY, "quotedprintable"),
    "invitation of semicolons": lambda: invitation.readable(b"A" + b";" * 60_000),
    "invitation of quotes": lambda: invitation.readable(b"A" + b';x="' * 15_000),
    "nested lengths": lambda: smime.look_inside(b"\x30\x80" * MANY),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb(name: str) -> None:
    begin = time.process_time()
    BOMBS[name]()
    assert time.process_time() - begin < SECONDS


def test_no_more_than_a_thousand_files_and_it_is_said() -> None:
    data = containers.tnef([TnefFile("a", b"x")] * 700)
    one = b"--B\r\nContent-Type: application/ms-tnef\r\n\r\n" + data + b"\r\n"
    mail = read(HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + one * 3 + b"--B--")
    assert len(mail.attachments) == 1_000
    assert "more than 1000 files" in mail.defects


def test_files_in_files_have_a_last_level() -> None:
    mail = read(HEAD + b"Content-Type: application/ms-tnef\r\n\r\n" + nested_tnef(30))
    assert len(mail.attachments) == 6
    forwards = (HEAD + b"Content-Type: message/rfc822\r\n\r\n") * 200 + HEAD
    assert len(read(forwards).attachments) == 6


def mutants(raw: bytes, chance: random.Random) -> Iterator[bytes]:
    """Cut, flipped and doubled bytes."""
    for _ in range(40):
        start, end = sorted(chance.randrange(len(raw) + 1) for _ in range(2))
        yield raw[:start]
        yield raw[:start] + raw[end:]
        flipped = bytearray(raw)
        for _ in range(chance.randrange(1, 15)):
            flipped[chance.randrange(len(raw))] = chance.randrange(256)
        yield bytes(flipped)


CONTAINERS = {
    "winmail.dat": containers.tnef(
        [
            TnefFile("a.png", bytes(900), {LONG_NAME: "long.png"}),
            TnefFile("m", b"", {}, {DATA: bytes(90)}),
        ],
        {
            SUBJECT: "x",
            containers.RTF: containers.plain_rtf(rb"{\rtf1\fromhtml1 {\*\htmltag1 <p>}x}"),
        },
    ),
    "x.msg": Item(
        {SUBJECT: "x"}, [{LONG_NAME: "a", DATA: bytes(5000)}, Item({SUBJECT: "y"}, [{DATA: b"z"}])]
    ).msg(),
    "smime.p7m": containers.signed(b"Content-Type: text/plain\r\n\r\nhello", 9),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_damaged_container_is_listed_as_it_can_be_had_again(name: str) -> None:
    for data in mutants(CONTAINERS[name], random.Random(20260505)):
        kind = b"Content-Type: application/octet-stream; name=" + name.encode()
        raw = HEAD + kind + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        raw += binascii.b2a_base64(data)
        for one in read(raw).attachments:
            assert hashlib.sha256(payload(raw, one.part)).hexdigest() == one.sha256


def test_multipart_in_base64_in_base64_ends() -> None:
    raw = b"Content-Type: text/plain\r\n\r\nhi"
    for _ in range(12):
        raw = (
            b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base"
            b"64\r\n\r\n" + binascii.b2a_base64(b"--b\r\n" + raw + b"\r\n--b--\r\n")
        )
    begin = time.process_time()
    assert read(HEAD + raw).text == "hi"
    assert time.process_time() - begin < SECONDS
