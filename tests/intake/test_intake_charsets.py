"""Bytes to text: whatever the label says, nothing is lost in silence, and nothing takes long."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.parse import read
from intake.text import charsets, decoding, flowed, guess, html, iso2022
from intake.text import header as text

LABELS = st.one_of(
    st.sampled_from(["", "us-ascii", "x-nosuch", "iso-2022-jp", "hz-gb-2312", "utf-7", "big5"]),
    st.sampled_from(sorted(charsets.ALIASES)),
    st.text(max_size=12),
)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=30)
# More than any of these takes here by far, and less than a reader that goes back would.
SECONDS = 4.0
MIB = 1024 * 1024


def a_mail(content_type: str, body: bytes, head: str = "") -> bytes:
    return f"From: a@b.example\n{head}Content-Type: {content_type}\n\n".encode() + body


@given(data=st.binary(max_size=300), label=LABELS)
def test_decode_never_raises_and_is_clean(data: bytes, label: str) -> None:
    words, codec = decoding.decode(data, label)
    words.encode()  # raises for a lone surrogate
    assert "\0" not in words
    assert codec
    assert decoding.decode(data, label) == (words, codec)
    decoding.told(data, label, words, codec)


@given(words=HAN)
def test_chinese_by_any_of_its_labels(words: str) -> None:
    for label, codec in (("gb2312", "gbk"), ("GBK", "gb18030"), ("utf-8", "utf-8")):
        data = f"您好，请查收投诉：{words}".encode(codec)
        assert decoding.decode(data, label)[0] == f"您好，请查收投诉：{words}"


@given(words=st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff")))
def test_utf_8_is_itself(words: str) -> None:
    assert decoding.decode(words.encode(), "utf-8")[0] == words


@given(value=st.text(st.characters(codec="latin-1"), max_size=200))
def test_fields_never_raise_and_are_one_line(value: str) -> None:
    for one in (value, f"=?utf-8?q?{value}?=", f"=?gb2312?B?{value}", f"=?{value}?b?5oqV?="):
        words = text.field_text(one)
        words.encode()
        assert "\n" not in words
        assert "\r" not in words


@given(
    words=st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1),
    cut=st.integers(1, 9),
)
def test_words_cut_anywhere_are_joined(words: str, cut: int) -> None:
    data = words.encode()
    pieces = [data[at : at + cut] for at in range(0, len(data), cut)]
    coded = ("".join(f"={byte:02x}" for byte in piece) for piece in pieces)
    line = "\n ".join(f"=?UTF-8?q?{one}?=" for one in coded)
    assert text.field_text(line) == text.one_line(words)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("=?utf-8?Q?a b c?=", "a b c"),  # spaces within
        ("=?utf-8?B?5oqV 6K+J?=", "投诉"),
        ("=?utf-8?B?5oqV6K+J", "投诉"),  # no end
        ("=?utf-8?B?5oqV6K+J?", "投诉"),
        ("=?utf-8?q?Gr=c3=b6=c3=9fe", "Größe"),
        ("=?utf-8?B?5oqV?= =?utf-8?B?6K+J", "投诉"),
        ("=?utf-8?B?5oqV=?utf-8?B?6K+J?=", "投诉"),  # the end of the first is missing
        ("=?UTF-8?b?5oqV?==?utf-8?B?6K+J?=", "投诉"),  # nothing between
        ("=?utf-8?B?5oqV6K-J?=", "投诉"),  # the alphabet for addresses of the web
        ("=?utf-8?B?5oqV6K+J==?=", "投诉"),  # padding that is not needed
        ("=?utf-8?B?5oqV6K+?=", "投\ufffd"),  # cut short
        ("=?utf-8?B?5oqV?=\n\t=?gb2312?B?y9g=?=", "投素"),
        ("=?utf-8?Q?Why??=", "Why?"),
        ("=?utf-8?Q?a=3D=3F?=", "a=?"),
        ("=??B?5oqV?=", "投"),
        ("=? utf-8 ?Q?a?=", "a"),
        ("=?x-nosuch?B?5oqV6K+J?=", "投诉"),
        ("=?iso-8859-1?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),  # it is UTF-8
        ("=?us-ascii?Q?Gr=F6=DFe?=", "Größe"),
        ("=?utf-8?Q?=3D=3Futf-8=3FB=3F5oqV=3F=3D?=", "投"),  # encoded twice
        ('"=?utf-8?B?5oqV?=" (=?utf-8?B?6K+J?=)', '"投" (诉)'),
        ("=?utf-8*zh-CN?B?5oqV?=", "投"),
        ("=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "テスト"),
        ("\x1b$B%F%9%H\x1b(B", "テスト"),
        ("a =? b ?= c", "a =? b ?= c"),
        ("1 =?= 2", "1 =?= 2"),
    ],
)
def test_broken_words(value: str, words: str) -> None:
    assert text.field_text(value) == words


@pytest.mark.parametrize(
    ("value", "note"),
    [
        ("=?utf-8?B?5oqV?=", None),
        ("=?gb2312?B?1cWGtA==?=", "charset gb2312 read as gb18030"),
        ("=?x-nosuch?B?5oqV6K+J?=", "charset x-nosuch read as utf-8"),
        ("=?utf-8?B?5oqV6K+?=", "charset utf-8: signs lost"),
        ("=?utf-8?B?!!!?=", "encoded word unreadable"),
        ("\udccd\udcb6\udccb\udcdf", "raw 8-bit characters read as gb18030"),
    ],
)
def test_a_guess_in_a_field_is_told(value: str, note: str | None) -> None:
    notes: list[str] = []
    text.field_text(value, notes=notes)
    assert notes == ([note] if note else [])


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("windows1252", "cp1252"),
        ("x-cp1251", "cp1251"),
        ("win-1250", "cp1250"),
        ("CP_936", "gb18030"),
        ("ISO_8859-1:1987", "cp1252"),
        ("iso8859-15", "iso8859_15"),
        ("iso-8859-8-i", "iso8859_8"),
        ('"utf-8"', "utf-8"),
        ("utf-8; format=flowed", "utf-8"),
        ("iso-2022-jp-ms", "iso-2022-jp"),
        ("x-mac-roman", "mac_roman"),
        ("zip", None),
        ("punycode", None),
        ("", None),
        ("a b", None),
    ],
)
def test_labels(label: str, codec: str | None) -> None:
    assert charsets.codec_of(label) == codec


@pytest.mark.parametrize(
    ("data", "label", "words", "defect"),
    [
        ("5 €".encode(), "utf-8", "5 €", ""),
        (b"\xef\xbb\xbfa", "utf-8", "a", ""),  # a byte order mark
        ("投诉".encode("utf-16"), "", "投诉", "charset missing read as utf-16"),
        ("order".encode("utf-16-be"), "utf-16", "order", ""),
        ("投诉 a".encode() + "\nGröße".encode("cp1252"), "utf-8", "投诉 a\nGröße",
         "charset utf-8 read as utf-8 and cp1252"),
        ("投诉订单".encode()[:-1], "utf-8", "投诉订\ufffd", "charset utf-8: signs lost"),
        (b"\xed\xa0\xbd\xed\xb8\x80", "utf-8", "\U0001f600", ""),  # CESU-8
        ("Ø 12 mm ±0,02 °C".encode("cp1252"), "", "Ø 12 mm ±0,02 °C",
         "charset missing read as cp1252"),
        (b"\x1b$B%F%9%H\x1b(B", "", "テスト", "charset missing read as iso-2022-jp"),
        (b"~{M6K_~} ok", "hz-gb-2312", "投诉 ok", ""),
        (b"a ~{ no hz ~} b", "us-ascii", "a ~{ no hz ~} b", ""),
        (b"hello", "x-nosuch", "hello", ""),
    ],
)  # fmt: skip
def test_bodies(data: bytes, label: str, words: str, defect: str) -> None:
    assert decoding.decode(data, label)[0] == words
    found, codec = decoding.decode(data, label)
    assert decoding.told(data, label, found, codec) == defect


def test_the_mail_helps_its_own_header() -> None:
    body = "В полученной партии детали не подходят по размеру.".encode("koi8-r")
    raw = b"Subject: " + "Жалоба".encode("koi8-r") + b"\n\n" + body
    mail = read(raw)
    assert mail.subject == "Жалоба"
    assert "subject: raw 8-bit characters read as koi8-u" in mail.defects


def test_signs_encoded_twice_are_noted_and_left() -> None:
    mail = read(a_mail("text/plain; charset=utf-8", "GrÃ¶ÃŸe".encode()))
    assert mail.text == "GrÃ¶ÃŸe"
    assert mail.defects == ("signs garbled before the mail was sent (UTF-8 encoded twice)",)


@pytest.mark.parametrize(
    ("words", "delsp", "joined"),
    [
        ("a \nb\n", False, "a b\n"),
        ("a \nb", True, "ab"),
        ("> a \n> b\nc", False, "> a b\nc"),
        ("> a \n>> b", False, "> a \n>> b"),  # another depth is another paragraph
        ("a \n-- \nJoe", False, "a \n-- \nJoe"),
        (" >no quote\n From here", False, ">no quote\nFrom here"),
        ("a\nb", False, "a\nb"),
    ],
)
def test_flowed(words: str, delsp: bool, joined: str) -> None:
    assert flowed.joined(words, delsp=delsp) == joined


def test_flowed_only_where_the_part_says_so() -> None:
    assert read(a_mail("text/plain; format=flowed", b"a \nb\n")).text == "a b"
    assert read(a_mail("text/plain; FORMAT=Flowed; DelSp=Yes", b"a \nb\n")).text == "ab"
    assert read(a_mail("text/plain", b"a \nb\n")).text == "a \nb"


@pytest.mark.parametrize(
    "make",
    [
        lambda: text.field_text("=?" * (MIB // 2)),
        lambda: text.field_text("=?utf-8?q?" * (MIB // 10)),
        lambda: text.field_text("=?utf-8?q?x" + "?" * MIB),
        lambda: text.field_text("=?utf-8?b?" + "=" * MIB),
        lambda: text.field_text("=?a?q?x?= " * (MIB // 10)),
        lambda: text.field_text(" " * MIB + "=?"),
        lambda: iso2022.lenient(b"\x1b$B" * (MIB // 3), "iso-2022-jp"),
        lambda: iso2022.lenient(b"~{" * (MIB // 2), "hz"),
        lambda: iso2022.looks_like_hz(b"~{" * (MIB // 2)),
        lambda: decoding.decode(b"\xff" * MIB),
        lambda: decoding.decode(b"a\xe4\n" * (MIB // 3), "utf-8"),
        lambda: decoding.decode(b"\xc3\xa4\n\xe4\n" * (MIB // 5), "utf-8"),
        lambda: guess.best(b"\xc0" * MIB),
        lambda: flowed.joined("> \n" * (MIB // 3), delsp=False),
        lambda: flowed.joined("a " * (MIB // 2), delsp=True),
        lambda: html.meta_charset(b"<meta " * (MIB // 6)),
        lambda: html.to_text("<td>" * (MIB // 4)),
        lambda: html.to_text("<table><tr><td>x" * (MIB // 16)),
        lambda: html.to_text("<blockquote>x\n<table><tr><td>y" * (MIB // 32)),
        lambda: html.to_text("<ul><li>" * (MIB // 8)),
        lambda: html.to_text("<a href='" * (MIB // 9)),
        lambda: html.to_text("<a href='http://x'>y" * (MIB // 20)),
        lambda: html.to_text("<p style='display:none'>" * (MIB // 24)),
        lambda: html.to_text("<p style='display" + " " * MIB + "'>"),
        lambda: html.to_text("&" * MIB),
    ],
)
def test_no_line_holds_us_up(make: Callable[[], object]) -> None:
    begin = time.process_time()
    make()
    assert time.process_time() - begin < SECONDS
