"""winmail.dat and .msg: every file in them, the words of the mail, and what is missing of them."""

from __future__ import annotations

import struct
from email.message import EmailMessage

import pytest

from intake.attached import outlook, rtf, tnef
from intake.attached.attachments import payload
from intake.attached.compound import Compound, Damaged
from intake.attached.container import Opened
from intake.parse import read
from tests import containers
from tests.containers import (
    BODY,
    CONTENT_ID,
    DATA,
    HTML,
    IID_MESSAGE,
    LONG_NAME,
    MIME_TAG,
    RTF,
    SENDER_ADDRESS,
    SENDER_NAME,
    SHORT_NAME,
    SUBJECT,
    SUBMITTED,
    Item,
    TnefFile,
)  # fmt: skip

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40  # above the limit of small streams
# 2026-03-03 09:00 UTC in steps of 100 ns since 1601
MOMENT = 134_170_020_000_000_000
ENCAPSULATED = (
    rb"{\rtf1\ansi\ansicpg936\fromhtml1{\fonttbl{\f0\fcharset134 SimSun;}}"
    rb"{\*\htmltag64 <p>}\htmlrtf {\f0 \htmlrtf0 \'b2\'fa\'c6\'b7{\*\htmltag84 &nbsp;}\html"
    rb"rtf \'a0\htmlrtf0"
    rb" OK{\*\htmltag72 </p>}\htmlrtf }\htmlrtf0 }"
)


def posted(data: bytes, text: str = "See the file.\n", name: str = "winmail.dat") -> bytes:
    mail = EmailMessage()
    mail["From"] = "a@customer.example"
    mail.set_content(text)
    kind = "ms-tnef" if name.endswith(".dat") else "vnd.ms-outlook"
    mail.add_attachment(data, maintype="application", subtype=kind, filename=name)
    return mail.as_bytes()


def shown(opened: Opened) -> list[tuple[str, str, bytes]]:
    return [(one.number, one.name, one.data) for one in opened.members]


def test_files_of_winmail_dat_are_attachments() -> None:
    data = containers.tnef(
        [
            TnefFile("FOTO~1.PNG", PNG, {LONG_NAME: "Foto Gehäuse.png", MIME_TAG: "image/png"}),
            TnefFile("NUR.TXT", b"kurz"),
            TnefFile("", b"", {LONG_NAME: "图纸.pdf", DATA: b"%PDF-1", CONTENT_ID: "<d1@x>"}),
        ]
    )
    raw = posted(data)
    told = [(one.part, one.name, one.content_type) for one in read(raw).attachments]
    assert told == [
        ("2", "winmail.dat", "application/ms-tnef"),
        ("2/1", "Foto Gehäuse.png", "image/png"),
        ("2/2", "NUR.TXT", "text/plain"),
        ("2/3", "图纸.pdf", "application/pdf"),
    ]
    assert read(raw).attachments[3].content_id == "d1@x"
    assert [payload(raw, part) for part in ("2", "2/1", "2/2", "2/3")] == [
        data,
        PNG,
        b"kurz",
        b"%PDF-1",
    ]
    assert read(raw).text == "See the file."


@pytest.mark.parametrize(
    ("values", "words", "file"),
    [
        ({BODY: "Nur Text.\r\n"}, "Nur Text.", None),
        ({HTML: b"<p>Nur <b>HTML</b>.</p>"}, "Nur HTML.", "message.html"),
        ({RTF: containers.plain_rtf(rb"{\rtf1 Nur RTF.\par 2.}")}, "Nur RTF.\n2.", "message.rtf"),
        ({RTF: containers.plain_rtf(ENCAPSULATED)}, "产品 OK", "message.rtf"),
    ],
)  # fmt: skip
def test_winmail_dat_is_the_text_where_there_is_no_other(
    values: dict[int, containers.Value], words: str, file: str | None
) -> None:
    mail = read(posted(containers.tnef(values=values), text=""))
    assert mail.text.replace("\xa0", " ") == words
    assert [one.name for one in mail.attachments[1:]] == ([file] if file else [])
    assert read(posted(containers.tnef(values=values))).text == "See the file."


def test_mail_in_winmail_dat() -> None:
    inner = containers.tnef([TnefFile("a.png", PNG)], {SUBJECT: "Inner"})
    raw = posted(containers.tnef([TnefFile("Inner", b"", {}, {DATA: IID_MESSAGE + inner})]))
    assert [one.part for one in read(raw).attachments] == ["2", "2/1", "2/1/1"]
    assert (payload(raw, "2/1"), payload(raw, "2/1/1")) == (inner, PNG)


def test_head_of_winmail_dat() -> None:
    head = tnef.open_(
        containers.tnef(values={SUBJECT: "S", SENDER_NAME: "Ann", SENDER_ADDRESS: "A@x.example"})
    ).head
    assert head is not None
    assert (head.subject, head.name, head.address) == ("S", "Ann", "a@x.example")


def test_8_bit_names_are_in_the_code_page_of_the_stream() -> None:
    opened = tnef.open_(containers.tnef([TnefFile("図面.pdf", b"x")], codepage=932))
    assert shown(opened) == [("1", "図面.pdf", b"x")]


def test_winmail_dat_cut_anywhere_is_noticed() -> None:
    whole = containers.tnef([TnefFile("a.txt", b"0123456789" * 30), TnefFile("b.txt", b"x" * 300)])
    first = whole.index(b"a.txt")
    for end in range(first, len(whole) - 2, 7):
        opened = tnef.open_(whole[:end])
        ends_behind_the_first_file = [one.data for one in opened.members] == [b"0123456789" * 30]
        assert opened.defects or ends_behind_the_first_file
        assert all(one.data in whole for one in opened.members)
    cut = tnef.open_(whole[: whole.index(b"0123456789") + 100])
    assert "winmail.dat: a.txt cut short" in cut.defects
    assert shown(cut)[0] == ("1", "a.txt", (b"0123456789" * 30)[:100])


def test_garbage_behind_winmail_dat_is_noticed() -> None:
    whole = containers.tnef([TnefFile("a.txt", b"x")])
    assert tnef.open_(whole + b"garbage").defects == ["winmail.dat: garbage at the end"]
    assert tnef.open_(whole + bytes(9)).defects == []


def test_no_winmail_dat_stays_a_file() -> None:
    mail = read(posted(b"no tnef at all"))
    assert [one.name for one in mail.attachments] == ["winmail.dat"]


def item() -> Item:
    inner = Item({SUBJECT: "Inner", BODY: "Inner words."}, [{LONG_NAME: "deep.png", DATA: PNG}])
    return Item(
        {
            SUBJECT: "Bruch am Gehäuse",
            BODY: "Es ist gebrochen.\r\n",
            SENDER_NAME: "Anna Muß",
            SENDER_ADDRESS: "anna@customer.example",
            0xE04: "info@shop.example",
        },
        [
            {LONG_NAME: "Foto.png", DATA: PNG, MIME_TAG: "image/png"},
            {SHORT_NAME: "K.TXT", DATA: b"kurz"},
            inner,
        ],
        {SUBMITTED: MOMENT},
    )


def test_outlook_item() -> None:
    opened = outlook.open_(item().msg())
    assert opened.defects == []
    assert opened.text == "Es ist gebrochen.\n"
    assert shown(opened)[:2] == [("1", "Foto.png", PNG), ("2", "K.TXT", b"kurz")]
    head = opened.head
    assert head is not None
    assert head.date is not None
    assert (head.subject, head.name, head.address) == (
        "Bruch am Gehäuse",
        "Anna Muß",
        "anna@customer.example",
    )
    assert head.date.isoformat() == "2026-03-03T09:00:00+00:00"


def test_outlook_item_in_a_mail_and_items_in_it() -> None:
    data = item().msg()
    raw = posted(data, name="Reklamation.msg")
    told = [(one.part, one.name) for one in read(raw).attachments]
    assert told == [
        ("2", "Reklamation.msg"),
        ("2/1", "Foto.png"),
        ("2/2", "K.TXT"),
        ("2/3", "Inner.eml"),
        ("2/3/1", "deep.png"),
    ]
    assert (payload(raw, "2"), payload(raw, "2/1"), payload(raw, "2/3/1")) == (data, PNG, PNG)
    inner = read(payload(raw, "2/3"))
    assert (inner.subject, inner.text) == ("Inner", "Inner words.")
    assert read(raw).text == "See the file."


def test_outlook_item_in_8_bit() -> None:
    values: dict[str, bytes | containers.Tree] = {
        "__properties_version1.0": bytes(32) + struct.pack("<HHIiI", 3, 0x3FFD, 6, 936, 0),
        "__substg1.0_0037001E": "破损".encode("gbk"),
        "__substg1.0_1000001E": "产品破损".encode("gbk"),
    }
    opened = outlook.open_(containers.compound(values))
    assert opened.head is not None
    assert (opened.head.subject, opened.text) == ("破损", "产品破损")


def test_spreadsheet_is_no_outlook_item() -> None:
    workbook = containers.compound({"Workbook": b"x" * 5000})
    assert not outlook.is_item(workbook)
    raw = posted(workbook, name="list.msg")
    assert [one.part for one in read(raw).attachments] == ["2"]


def test_outlook_item_cut_anywhere_never_raises() -> None:
    whole = item().msg()
    for end in range(0, len(whole), 211):
        opened = outlook.open_(whole[:end])
        members = {one.data for one in opened.members}
        assert opened.defects or {PNG, b"kurz"} <= members


def test_compound_file_is_a_file_system() -> None:
    big = bytes(range(256)) * 400
    file = Compound(
        containers.compound({"small": b"s", "big": big, "inside": {"deep": b"d" * 4096}})
    )
    found = {one.name: one for one in file.inside(file.root())}
    assert (file.read(found["small"]), file.read(found["big"])) == (b"s", big)
    (deep,) = file.inside(found["inside"])
    assert (deep.name, file.read(deep)) == ("deep", b"d" * 4096)
    with pytest.raises(Damaged):
        Compound(b"PK")


def packed(rtf_: bytes, code: bytes) -> bytes:
    return struct.pack("<II4sI", len(code) + 12, len(rtf_), b"LZFu", 0) + code


def test_packed_rtf_by_the_example_of_the_standard() -> None:
    # [MS-OXRTFCP] section 3.1.1 and 3.2.1
    first = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
        "0af32068656c0900206277 05b06c647d0a800fa0".replace(" ", "")
    )
    assert rtf.unpack(first) == (b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", False)
    second = bytes.fromhex(
        "1a0000001c0000004c5a4675e2d44b51 4100 04205758595a0d6e7d010eb0".replace(" ", "")
    )
    assert rtf.unpack(second) == (b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}", False)
    assert rtf.unpack(first[:-9])[1]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (rb"{\rtf1\ansi a\par b\line c\tab d}", "a\r\nb\r\nc\td"),
        (rb"{\rtf1\ansi {\fonttbl{\f0 Arial;}}{\colortbl;\red0;}x}", "x"),
        (rb"{\rtf1\ansi\uc1 \u20135?\u21697?}", "\u4ea7\u54c1"),
        (rb"{\rtf1\ansi\uc1 \u-10179?\u-8704?}", "\U0001f600"),
        (rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8}", "При"),
        (rb"{\rtf1\ansi{\fonttbl{\f1\fcharset204 X;}}\f1 \'cf}", "П"),
        (rb"{\rtf1\ansi {\*\unknown secret}{\info{\title t}}x\{y\}\\}", "x{y}\\"),
        (rb"{\rtf1 a\bin3 {{{b}", "ab"),
        (rb"}}}}{{{{\'zz\u\x", "zz"),
    ],
)
def test_text_of_rtf(source: bytes, words: str) -> None:
    assert rtf.to_text(source)[0] == words
