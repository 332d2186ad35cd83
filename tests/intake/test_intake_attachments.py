"""Attachments: which leaves are files, what they are called, and what is inside attached mails."""

from __future__ import annotations

import base64

import pytest

from intake.attached.attachments import payload
from intake.attached.mails import as_mail, attached_mails
from intake.attached.sniff import sniff
from intake.mime import tree as mime
from intake.parse import read
from tests.containers import DATA, LONG_NAME, SUBJECT, Item, enveloped, signed, tnef
from tests.parts import HEAD, PNG, TEXT, checked, files, mixed, only, part


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ("Content-Disposition: attachment; filename=plain.pdf", "plain.pdf"),
        ('Content-Type: application/pdf; name="by type.pdf"', "by type.pdf"),
        ("Content-Disposition: attachment; filename*=utf-8''%E6%8A%A5%E5%91%8A.pdf", "报告.pdf"),
        ("Content-Disposition: attachment; filename*=gb2312''%B1%A8%B8%E6.pdf", "报告.pdf"),
        (
            "Content-Disposition: attachment; filename*0*=utf-8'de'Pr%C3;"
            ' filename*1*=%BCfung; filename*2=".pdf"',
            "Prüfung.pdf",
        ),
        (
            'Content-Disposition: attachment; filename*0="long "; filename*1="name.pdf"',
            "long name.pdf",
        ),
        ('Content-Disposition: attachment; filename="=?gb2312?B?sai45i5wZGY=?="', "报告.pdf"),
        (
            'Content-Disposition: attachment; filename="=?utf-8?Q?Pr=C3=BC?=\r\n =?utf-8?'
            'Q?fung=2Epdf?="',
            "Prüfung.pdf",
        ),
        ("Content-Disposition: attachment; filename==?utf-8?Q?a=C3=A4.pdf?=", "aä.pdf"),
        ('Content-Disposition: attachment; filename="a;b.pdf"', "a;b.pdf"),
        ('Content-Disposition: attachment; filename="C:\\\\docs\\\\drawing.pdf"', "drawing.pdf"),
        ("Content-Disposition: attachment; filename=../../etc/passwd", "passwd"),
        ('Content-Disposition: attachment; filename="a\u202efdp.exe"', "a fdp.exe"),
        ("Content-Disposition: =?utf-8?Q?attachment?=; filename=odd.pdf", "odd.pdf"),
        ("Content-Disposition: foo; filename=foo.pdf", "foo.pdf"),
        ("Content-Location: http://x.example/pictures/photo25.pdf", "photo25.pdf"),
        ("Content-Description: photo25.pdf", "photo25.pdf"),
        ("Content-Disposition: a; filename=x.pdf; filename*=utf-8''%E6%8A%A5.pdf", "报.pdf"),
        ("Content-Disposition: attachment; filename*=%E6%8A%A5.pdf", "报.pdf"),
        ('Content-Disposition: attachment; filename="%E6%8A%A5.pdf"', "报.pdf"),
        ('Content-Disposition: attachment; filename="50%20off.pdf"', "50%20off.pdf"),
        ("Content-Disposition: attachment; filename*=utf-8''=?utf-8?B?5oqlLnBkZg==?=", "报.pdf"),
        ('Content-Disposition: attachment; filename="unclosed.pdf', "unclosed.pdf"),
        ("Content-Disposition: attachment filename=nosemicolon.pdf", "nosemicolon.pdf"),
        ('Content-Type: a/b; name="a.pdf"\r\nContent-Disposition: x; filename="?.pdf"', "a.pdf"),
        ("Content-Disposition: attachment", "part-2.pdf"),
        ("Content-Disposition: attachment; filename=...", "part-2.pdf"),
        ("X-Nothing: at all", "part-2.pdf"),
    ],
)
def test_name(fields: str, name: str) -> None:
    kind = "" if fields.startswith("Content-Type") else "Content-Type: application/pdf\r\n"
    head = f"{kind}{fields}\r\n\r\n".encode()
    assert only(mixed(TEXT, head + b"%PDF-1.4")).name == name


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_name_in_raw_bytes(charset: str) -> None:
    name = "质量投诉报告图纸.pdf".encode(charset)
    head = b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="'
    assert only(mixed(TEXT, head + name + b'"\r\n\r\n%PDF-1.4')).name == "质量投诉报告图纸.pdf"


def test_page_with_an_address_is_the_text_and_no_file() -> None:
    raw = (
        HEAD + b"Content-Type: text/html\r\nContent-Location: http://x.example/a.html\r\n\r\n<p>Hi"
    )
    assert (read(raw).text, files(raw)) == ("Hi", [])


def test_content_type_without_semicolons() -> None:
    mail = read(HEAD + b"Content-Type: text/plain charset=koi8-r\r\n\r\n\xf0\xd2\xc9\xd7\xc5\xd4")
    assert mail.text == "Привет"


def test_same_name_twice_stays_what_the_sender_wrote() -> None:
    twice = part("image/png", PNG, "Content-Disposition: attachment; filename=p.png")
    assert files(mixed(TEXT, twice, twice)) == [("2", "p.png"), ("3", "p.png")]


def test_unnamed_leaf_is_named_by_its_part_and_what_its_bytes_show() -> None:
    raw = mixed(TEXT, part("application/octet-stream", PNG), part("image/png", b"\xff\xd8\xff\xe0"))
    assert files(raw) == [("2", "part-2.png"), ("3", "part-3.jpg")]
    assert [one.sniffed for one in read(raw).attachments] == ["image/png", "image/jpeg"]


def test_picture_inside_the_text_is_inline_by_its_content_id() -> None:
    html = b'Content-Type: text/html\r\n\r\n<p>See <img src="cid:p1@x"></p>'
    one = only(mixed(html, part("image/png", PNG, "Content-ID: <p1@x>"), kind=b"related"))
    assert (one.inline, one.content_id) == (True, "p1@x")


def test_start_of_related_need_not_come_first() -> None:
    html = b"Content-Type: text/html\r\nContent-ID: <root>\r\n\r\n<p>The text</p>"
    raw = mixed(
        part("image/png", PNG, "Content-ID: <p>"), html, kind=b"related", more=b"; start=<root>"
    )
    assert (read(raw).text, [one.content_id for one in checked(raw).attachments]) == (
        "The text",
        ["p"],
    )


def test_texts_around_attachments_are_all_the_text() -> None:
    after = b"Content-Type: text/plain\r\n\r\nAnd this belongs to it."
    raw = mixed(TEXT, part("image/png", PNG, "Content-Disposition: inline; filename=p.png"), after)
    assert read(raw).text == "See the files.\n\nAnd this belongs to it."
    assert files(raw) == [("2", "p.png")]


def test_apple_double_keeps_both_forks() -> None:
    raw = mixed(
        TEXT,
        b"Content-Type: multipart/appledouble; boundary=C\r\n\r\n--C\r\n"
        + part("application/applefile; name=p.png", b"\0\x05\x16\x07")
        + b"--C\r\n"
        + part("image/png; name=p.png", PNG)
        + b"--C--\r\n",
    )
    assert files(raw) == [("2.1", "p.png.rsrc"), ("2.2", "p.png")]


INNER = (
    b"From: Customer <c@customer.example>\r\nTo: info@shop.example\r\nSubject: =?utf-8?q?B"
    b"ruch?=\r\n"
    b"Date: Tue, 3 Mar 2026 10:00:00 +0100\r\nContent-Type: multipart/mixed; boundary=I\r\n\r\n"
    b"--I\r\n\r\nIt broke.\r\n--I\r\nContent-Type: image/png; name=broken.png\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(PNG) + b"--I--\r\n"
)


def test_attached_mail_is_kept_byte_for_byte_and_its_files_are_listed() -> None:
    raw = mixed(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + INNER)
    assert files(raw) == [("2", "part-2.eml"), ("2/2", "broken.png")]
    assert payload(raw, "2") == INNER.removesuffix(b"\r\n") or payload(raw, "2") == INNER
    assert "It broke" not in read(raw).text
    (found,) = attached_mails(mime.parse(raw))
    assert (found.part, found.head.address, found.head.subject) == (
        "2",
        "c@customer.example",
        "Bruch",
    )
    assert found.head.date is not None
    assert found.head.date.isoformat() == "2026-03-03T09:00:00+00:00"
    assert read(found.raw).text == "It broke."


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Type: message/rfc822",
        "Content-Type: message/global",
        "Content-Type: application/octet-stream; name=mail.eml",
    ],
)
def test_attached_mail_in_base64(fields: str) -> None:
    kind = fields.removeprefix("Content-Type: ")
    raw = mixed(TEXT, part(kind, INNER))
    assert [one for one, _ in files(raw)] == ["2", "2/2"]
    assert payload(raw, "2") == INNER


def test_mail_that_came_back_is_not_looked_into() -> None:
    raw = mixed(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + INNER, kind=b"report")
    assert files(raw) == [("2", "part-2.eml")]


def test_outlook_item_is_a_mail_too() -> None:
    item = Item(
        {SUBJECT: "Bruch", 0x1000: "It broke.\r\nAgain."}, [{LONG_NAME: "b.png", DATA: PNG}]
    )
    raw = mixed(TEXT, part("application/octet-stream; name=Bruch.msg", item.msg()))
    assert files(raw) == [("2", "Bruch.msg"), ("2/1", "b.png")]
    (found,) = attached_mails(mime.parse(raw))
    inner = read(found.raw)
    assert (inner.subject, inner.text) == ("Bruch", "It broke.\nAgain.")
    assert as_mail(PNG, "image/png", "p.png") is None


@pytest.mark.parametrize(
    ("kind", "defect"),
    [
        ("message/partial; id=x; number=1; total=2", "one piece of a mail sent in pieces"),
        ("message/external-body; access-type=url", "not fetched"),
    ],
)
def test_mail_that_is_elsewhere_is_said(kind: str, defect: str) -> None:
    raw = mixed(TEXT, f"Content-Type: {kind}\r\n\r\nContent-Type: text/plain\r\n\r\nx".encode())
    mail = checked(raw)
    assert len(mail.attachments) == 1
    assert any(defect in one for one in mail.defects)


SIGNED_TEXT = (
    b"Content-Type: multipart/mixed; boundary=S\r\n\r\n--S\r\n\r\nThe signed words.\r\n--S\r\n"
    + (part("image/png; name=p.png", PNG) + b"--S--\r\n")
)


@pytest.mark.parametrize("pieces", [0, 50])
def test_signed_mail_in_one_piece_is_read(pieces: int) -> None:
    raw = HEAD + part(
        "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        signed(SIGNED_TEXT, pieces),
    )
    mail = checked(raw)
    assert mail.text == "The signed words."
    assert [(one.part, one.name) for one in mail.attachments] == [
        ("1", "smime.p7m"),
        ("1/2", "p.png"),
    ]
    assert not any("encrypted" in one for one in mail.defects)


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + part("application/pkcs7-mime; name=smime.p7m", enveloped()),
        HEAD + part("application/octet-stream; name=smime.p7m", enveloped()),
        mixed(
            b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
            b"Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nx",
            kind=b"encrypted",
        ),
        HEAD + b"\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQEM\r\n-----END PGP MESSAGE-----\r\n",
    ],
)
def test_encrypted_mail_is_said(raw: bytes) -> None:
    mail = checked(raw)
    assert mail.attachments
    assert any(one.startswith("encrypted (") for one in mail.defects)


def test_signed_mail_in_two_parts() -> None:
    signature = b"Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----"
    raw = mixed(TEXT, signature, kind=b"signed", more=b"; protocol=application/pgp-signature")
    assert read(raw).text == "See the files."
    assert files(raw) == [("2", "part-2.asc")]


def test_damaged_signed_mail_is_kept() -> None:
    raw = HEAD + part("application/pkcs7-mime; name=smime.p7m", signed(SIGNED_TEXT)[:60])
    assert [one.name for one in checked(raw).attachments] == ["smime.p7m"]


ICS = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Inspection of\r\n  lot "
    b"7\\, hall 2\r\n"
    b'DTSTART;TZID="Europe/Berlin":20260505T100000\r\nDTEND:20260505T090000Z\r\nLOCATION:Berlin\r\n'
    b"BEGIN:VALARM\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_invitation_alone_is_read_aloud() -> None:
    raw = HEAD + b"Content-Type: text/calendar; method=REQUEST\r\n\r\n" + ICS
    assert read(raw).text == (
        "Invitation: Inspection of lot 7, hall 2\n"
        "When: 2026-05-05 10:00 (Europe/Berlin) - 2026-05-05 09:00 UTC\nWhere: Berlin"
    )
    assert files(raw) == [("1", "part-1.ics")]
    beside = mixed(TEXT, b"Content-Type: text/calendar\r\n\r\n" + ICS)
    assert read(beside).text == "See the files."


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (PNG, "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\n\n%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + bytes(50) + b"xl/workbook.xml",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.text",
         "application/vnd.oasis.opendocument.text"),
        (b"PK\x03\x04" + bytes(40), "application/zip"),
        (Item({SUBJECT: "x"}).msg(), "application/vnd.ms-outlook"),
        (tnef(), "application/ms-tnef"),
        (bytes(4) + b"ftypheic", "image/heic"),
        (bytes(4) + b"ftypisom", "video/mp4"),
        (b"\xef\xbb\xbfBEGIN:VCARD\r\n", "text/vcard"),
        (b"  <!DOCTYPE html><p>", "text/html"),
        (b"<?xml version='1.0'?><svg xmlns=''>", "image/svg+xml"),
        (b"MZ\x90\0", "application/x-msdownload"),
        ("Grüße".encode(), "text/plain"),
        ("ü".encode() * 4000, "text/plain"),
        (b"\x00\x01\x02", ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_sniff(start: bytes, kind: str) -> None:
    assert sniff(start) == kind
