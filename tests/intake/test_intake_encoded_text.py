"""Files coded into a text: taken out, whole or cut short; what only looks like one stays."""

from __future__ import annotations

import binascii
import zlib

import pytest

from intake.attached import binhex, encoded_text
from intake.attached.attachments import payload
from intake.parse import read

HEAD = b"From: Ann <ann@customer.example>\r\nSubject: Photo\r\n\r\n"
DATA = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 2


def uuencoded(data: bytes = DATA, name: bytes = b"photo.jpg") -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"begin 644 " + name + b"\n" + b"".join(lines) + b"`\nend\n"


def yencoded(data: bytes = DATA, name: bytes = b"photo.jpg") -> bytes:
    out = bytearray()
    for byte in data:
        up = (byte + 42) & 0xFF
        out += bytes([0x3D, (up + 64) & 0xFF]) if up in (0, 10, 13, 0x3D) else bytes([up])
    lines = b"".join(bytes(out[at : at + 128]) + b"\r\n" for at in _line_starts(out))
    tail = b"=yend size=%d crc32=%08x\r\n" % (len(data), zlib.crc32(data))
    return (
        b"=ybegin line=128 size=%d name=%s\r\n" % (len(data), name) + _folded(bytes(out)) + tail
        or lines
    )


def _line_starts(out: bytearray) -> range:
    return range(0, len(out), 128)


def _folded(out: bytes) -> bytes:
    lines, at = [], 0
    while at < len(out):
        end = at + 128
        if out[end - 1 : end] == b"=":  # never between the escape and its sign
            end += 1
        lines.append(out[at:end] + b"\r\n")
        at = end
    return b"".join(lines)


def binhexed(data: bytes = DATA, name: bytes = b"photo.jpg") -> bytes:
    head = bytes([len(name)]) + name + b"\0JPEGxxxx\0\0" + len(data).to_bytes(4, "big") + bytes(4)
    plain = head + _crc(head) + data + _crc(data) + _crc(b"")
    packed = plain.replace(b"\x90", b"\x90\x00")
    signs = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    usual = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    coded = (
        binascii.b2a_base64(packed, newline=False)
        .rstrip(b"=")
        .translate(bytes.maketrans(usual, signs))
    )
    lines = b"".join(
        (b":" + coded + b":")[at : at + 64] + b"\r\n" for at in range(0, len(coded) + 2, 64)
    )
    return b"(This file must be converted with BinHex 4.0)\r\n\r\n" + lines


def _crc(data: bytes) -> bytes:
    return binascii.crc_hqx(data + b"\0\0", 0).to_bytes(2, "big")


WAYS = {"uuencode": uuencoded(), "yEnc": yencoded(), "BinHex": binhexed()}


@pytest.mark.parametrize("way", WAYS)
def test_file_is_taken_out_of_the_text(way: str) -> None:
    raw = HEAD + b"Please look.\r\n\r\n" + WAYS[way] + b"\r\nRegards, Ann\r\n"
    mail = read(raw)
    (one,) = mail.attachments
    assert (one.part, one.name, one.sniffed) == ("1/1", "photo.jpg", "image/jpeg")
    assert payload(raw, "1/1") == DATA
    assert mail.text == "Please look.\n\n[photo.jpg]\n\nRegards, Ann"
    assert mail.defects == ()


@pytest.mark.parametrize("way", WAYS)
def test_file_cut_short_is_noticed(way: str) -> None:
    code = WAYS[way]
    raw = HEAD + b"Please look.\r\n\r\n" + code[: len(code) * 2 // 3]
    mail = read(raw)
    (one,) = mail.attachments
    assert DATA.startswith(payload(raw, one.part)[:300])
    assert 200 < one.size < len(DATA)
    assert mail.defects == (f"{way} file photo.jpg cut short or damaged",)


def test_several_files_in_one_text() -> None:
    raw = HEAD + WAYS["yEnc"] + b"\r\nand\r\n\r\n" + uuencoded(b"second", "图.txt".encode())
    mail = read(raw)
    assert [(one.part, one.name) for one in mail.attachments] == [
        ("1/1", "photo.jpg"),
        ("1/2", "图.txt"),
    ]
    assert mail.text == "[photo.jpg]\n\nand\n\n[图.txt]"


@pytest.mark.parametrize(
    "words",
    [
        b"He wrote:\nbegin 644 x\nand that was all.\n",
        b"begin 644 plan\nMake sure that the parts are there.\nend\n",
        b"> " + uuencoded().replace(b"\n", b"\n> "),
        b"The day may begin 644 times.\n",
        b"=ybegin is how yEnc starts\n",
        b"(This file must be converted with BinHex 4.0)\n\nbut there is none\n",
        b"begin-base64 644 x\n",
    ],
)
def test_what_only_looks_like_it_stays_text(words: bytes) -> None:
    assert encoded_text.take_out(words).files == ()
    assert read(HEAD + words).attachments == ()


def test_empty_and_base64_forms_of_uuencode() -> None:
    taken = encoded_text.take_out(b"begin 600 empty\n`\nend\nx\n")
    assert [(found.name, found.data, found.cut) for _, found in taken.files] == [
        (b"empty", b"", False)
    ]
    taken = encoded_text.take_out(b"begin-base64 644 b.bin\nSGVsbG8=\n====\nx\n")
    assert [(found.name, found.data, found.cut) for _, found in taken.files] == [
        (b"b.bin", b"Hello", False)
    ]
    assert taken.rest == b"[b.bin]\r\nx\n"


def test_binhex_runs() -> None:
    packed = binhex._RUN.sub(binhex._run, b"a\x90\x04b\x90\x00\x90\x03c")
    assert packed == b"aaaab\x90\x90\x90c"


def test_piece_of_a_yenc_file_is_noticed() -> None:
    code = yencoded().replace(b"size=516 name", b"part=1 size=9999 name", 1)
    code = code.replace(b"photo.jpg\r\n", b"photo.jpg\r\n=ypart begin=1 end=516\r\n", 1)
    (taken,) = encoded_text.take_out(code).files
    assert (taken[1].data, taken[1].cut) == (DATA, True)


SIGNED = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nThe words.\r\n- -- \r\nAnn\r\n"
    b"-----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n-----END PGP SIGNATURE-----\r\n"
)


def test_clear_signed_text() -> None:
    mail = read(HEAD + SIGNED)
    assert mail.text == "The words.\n-- \nAnn"
    assert [(one.part, one.name) for one in mail.attachments] == [("1/1", "signature.asc")]
    assert payload(HEAD + SIGNED, "1/1").endswith(b"-----END PGP SIGNATURE-----")


def test_public_key_in_the_text() -> None:
    key = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\nmQEN\r\n"
    key += b"-----END PGP PUBLIC KEY BLOCK-----\r\n"
    mail = read(HEAD + b"My key:\r\n" + key)
    assert (mail.text, [one.name for one in mail.attachments]) == (
        "My key:\n[key.asc]",
        ["key.asc"],
    )
    assert mail.defects == ()
