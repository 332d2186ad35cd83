"""Charsets, header fields, HTML, names and languages."""

from __future__ import annotations

import pytest

from intake import language
from intake.attached.attachments import safe_name
from intake.parse import read
from intake.text import header as text
from intake.text import html


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("gb2312", "镕基的订单"),  # not in GB 2312, but in every Chinese mail program
        ("gbk", "投诉"),
        ("big5", "投訴"),
        ("iso-2022-jp", "苦情です"),
        ("shift_jis", "苦情①"),
        ("ks_c_5601-1987", "불만"),
        ("hz", "投诉"),
        ("utf-7", "Größe"),
        ("koi8-r", "Жалоба"),
        ("windows-1252", "5 € – gut"),
        ("iso-8859-15", "5 €"),
    ],
)
def test_body_charsets(charset: str, words: str) -> None:
    codec = text.ALIASES.get(charset, charset)
    head = f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    mail = read(head.encode() + words.encode(codec))
    assert mail.text == words


@pytest.mark.parametrize(
    ("data", "charset", "words"),
    [
        ("投诉订单".encode("gbk"), "", "投诉订单"),
        ("投诉订单".encode("gbk"), "x-unknown", "投诉订单"),
        ("Größe".encode("cp1252"), "", "Größe"),
        ("Größe".encode(), "us-ascii", "Größe"),
        (b"a\x00b", "utf-8", "a\ufffdb"),
        (b"\xed\xa0\x80", "utf-16-le", "ꃭ\ufffd"),
        (b"+2AA-", "utf-7", "\ufffd"),
        (b"abc", "punycode", "abc"),
        (b"abc", "zip", "abc"),
        (b"\\x41", "unicode_escape", "\\x41"),
    ],
)
def test_decode_never_gives_up(data: bytes, charset: str, words: str) -> None:
    assert text.decode(data, charset)[0] == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?utf-8?b?R3LDtsM=?= =?utf-8?b?n2U=?=", "Größe"),  # split within a character
        ("=?gb2312?B?1cWGtA==?=", "张喆"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("=?utf-8?q?a?= =?iso-8859-1?q?b?=", "ab"),
        ("=?utf-8*en?q?a?=", "a"),
        ("=?utf-8?b?!!!?=", "=?utf-8?b?!!!?="),
        ("=?nosuch?q?a?=", "a"),
        ("=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ("\udcb9\udca4\udcd7\udcf7", "工作"),
    ],
)
def test_header_fields(value: str, words: str) -> None:
    assert text.field_text(value) == words


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("bore.png", "bore.png"),
        ("../../../../srv/pwn\0.txt", "pwn.txt"),
        ("C:\\Users\\x\\a.pdf", "a.pdf"),
        ("图纸.pdf", "图纸.pdf"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\u200b.exe", "a.exe"),
        (".htaccess", "htaccess"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("a:b|c?.txt", "a_b_c_.txt"),
        ("e\u0301.txt", "é.txt"),
        ("..", ""),
        ("\udc80.txt", "txt"),
    ],
)
def test_safe_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_keep_their_ending() -> None:
    name = safe_name("图" * 300 + ".pdf")
    assert name.endswith("图.pdf")
    assert len(name.encode()) <= 200
    assert len(safe_name("x." + "y" * 300).encode()) <= 200


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="a.pdf"', "a.pdf"),
        ("filename*=utf-8''%E5%9B%BE.pdf", "图.pdf"),
        ("filename*=gb2312''%86%B4.pdf", "喆.pdf"),
        ("filename*0*=utf-8''%E5%9B; filename*1*=%BE.pdf", "图.pdf"),
        ('filename="=?utf-8?b?5Zu+LnBkZg==?="', "图.pdf"),
        ("filename*=nosuch''a.pdf", "a.pdf"),
        ("filename", "part-1.pdf"),
    ],
)
def test_attachment_names(parameter: str, name: str) -> None:
    head = f"Content-Type: application/pdf\nContent-Disposition: attachment; {parameter}\n\nx"
    assert [one.name for one in read(head.encode()).attachments] == [name]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<b>a</b>&amp;&lt;&nbsp;b", "a&< b"),
        ("<style>x</style><script>if (a<b) x('</p>')</script>y", "y"),
        ("a<!-- <p>not this</p> -->b", "ab"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\tb"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n> > b\nc"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ('<img src="cid:1" alt="our &amp; logo">', "[our & logo]"),
        ('<a title="x>y">z</a>', "z"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<style>never closed: a complaint", "never closed: a complaint"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("<p class=don't>a</p>", "a"),
    ],
)
def test_html_to_text(markup: str, words: str) -> None:
    assert html.to_text(markup) == words


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("The parts do not fit, please help us.", "en"),
        ("Die Teile passen nicht, bitte um Hilfe.", "de"),
        ("Größe falsch", "de"),
        ("订单 PO-4711 BRACKET-77 的孔太小", "zh"),
        ("ボルトの穴が小さすぎます", "en"),
        ("KS2024-033", "en"),
        ("", "en"),
    ],
)
def test_language(words: str, code: str) -> None:
    assert language.guess(words) == code


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("plain and html", "plain"),
        ("blank plain", "from html"),
        ("only a named text", "the note"),
    ],
)
def test_which_part_is_the_text(body: str, words: str) -> None:
    parts = {
        "plain and html": [("text/plain", "plain"), ("text/html", "<p>rich</p>")],
        "blank plain": [("text/plain", " "), ("text/html", "<p>from html</p>")],
        "only a named text": [("text/plain; name=note.txt", "the note")],
    }[body]
    inner = "".join(f"--b\nContent-Type: {kind}\n\n{words}\n" for kind, words in parts)
    head = "Content-Type: multipart/alternative; boundary=b\n\n"
    assert read((head + inner + "--b--\n").encode()).text == words
