"""Which parts are the text of a mail, and how a page of HTML is read."""

from __future__ import annotations

import pytest

from intake.body import says_see_html
from intake.parse import read
from intake.text import enriched, html
from intake.text.formatted import html_part

PAGE = "<p>The bracket is bent, see the <b>photo</b>.</p>"
SHOWN = "The bracket is bent, see the photo."


def mail_of(kind: str, *parts: tuple[str, str]) -> bytes:
    inner = "".join(f"--b\nContent-Type: {one}\n\n{words}\n" for one, words in parts)
    head = f"From: a@b.example\nContent-Type: multipart/{kind}; boundary=b\n\n"
    return (head + inner + "--b--\n").encode()


@pytest.mark.parametrize(
    ("plain", "page", "text"),
    [
        (SHOWN, PAGE, SHOWN),
        ("", PAGE, SHOWN),
        ("\xa0\n ", PAGE, SHOWN),
        ("Your mail program does not show HTML.", PAGE, SHOWN),
        ("Ihr E-Mail-Programm unterstützt kein HTML.", PAGE, SHOWN),
        ("您的邮件程序不支持HTML格式，请在浏览器中查看。", PAGE, SHOWN),
        ("Please view this message in your browser.", PAGE, SHOWN),
        ("This is a multi-part message in MIME format.", PAGE, SHOWN),
        ("-", PAGE, SHOWN),
        # It speaks of HTML, and is what the writer wrote.
        ("The HTML manual is bent.", "<p>The <i>HTML</i> manual is bent.</p>",
         "The HTML manual is bent."),
        ("Broken.", "<p></p>", "Broken."),
        ("Broken. " * 100 + "html", PAGE, ("Broken. " * 100 + "html")),
    ],
)  # fmt: skip
def test_plain_text_or_the_page(plain: str, page: str, text: str) -> None:
    parts = (("text/plain; charset=utf-8", plain), ("text/html", page))
    assert read(mail_of("alternative", *parts)).text == text


def test_a_placeholder_is_short_and_says_what_the_page_does_not() -> None:
    assert says_see_html("Please open the HTML part", "<p>words</p>")
    assert not says_see_html("Please open the HTML part", "")
    assert not says_see_html("", " ")
    assert not says_see_html("See our HTML page. " * 40, "page")


def test_renderings_for_one_program_are_no_files() -> None:
    others = ("text/x-amp-html", "<p>amp</p>"), ("text/watch-html", "<p>watch</p>")
    mail = read(mail_of("alternative", ("text/plain", "a"), *others, ("text/html", "<p>a</p>")))
    assert (mail.text, mail.attachments) == ("a", ())


def test_a_calendar_beside_the_text_is_a_file() -> None:
    mail = read(mail_of("alternative", ("text/plain", "a"), ("text/calendar", "BEGIN:VCALENDAR")))
    assert [one.content_type for one in mail.attachments] == ["text/calendar"]


@pytest.mark.parametrize(
    ("kind", "words", "text"),
    [
        ("text/enriched", "<bold>Now</bold> is\nthe time.\n\n<<here\n", "Now is the time.\n<here"),
        ("text/richtext", "<bold>a</bold><nl>b <lt>c<comment>no</comment>", "a\nb <c"),
        ("text/markdown", "# Bent\n\n*really*", "# Bent\n\n*really*"),
    ],
)
def test_other_forms_of_text(kind: str, words: str, text: str) -> None:
    raw = f"From: a@b.example\nContent-Type: {kind}\n\n{words}".encode()
    assert read(raw).text == text
    beside = read(mail_of("alternative", ("text/plain", "plain"), (kind, words)))
    assert (beside.text, beside.attachments) == ("plain", ())
    blank = read(mail_of("alternative", ("text/plain", ""), (kind, words)))
    assert blank.text == text


def test_enriched_parameters_are_left_out() -> None:
    marked = "<color><param>red</param>a</color>"
    assert enriched.to_text(marked) == "a"


def test_rtf_is_a_file() -> None:
    mail = read(mail_of("mixed", ("text/plain", "see rtf"), ("text/rtf", "{\\rtf1 words}")))
    assert mail.text == "see rtf"
    assert [one.content_type for one in mail.attachments] == ["text/rtf"]


def test_a_page_that_calls_itself_plain() -> None:
    mail = read(b"From: a@b.example\n\n<html><body><p>Bent.</p><p>Two</p></body></html>")
    assert mail.text == "Bent.\n\nTwo"
    assert mail.defects == ("HTML that calls itself plain text",)
    assert read(b"From: a@b.example\n\n<b>no page</b>").text == "<b>no page</b>"


@pytest.mark.parametrize(
    ("label", "meta", "told"),
    [
        ("", '<meta charset="gb2312">', "meta"),
        ("", '<META http-equiv="Content-Type" content="text/html; charset=gb2312">', "meta"),
        ("; charset=gb2312", "<meta charset=utf-8>", "label"),
        ("; charset=x-nosuch", "<meta charset=gbk>", "meta"),
        ("", '<meta charset="utf-16">', "guess"),
    ],
)
def test_a_page_names_its_charset(label: str, meta: str, told: str) -> None:
    head = f"From: a@b.example\nContent-Type: text/html{label}\n\n<head>{meta}</head><p>"
    raw = head.encode() + "零件有划痕，请处理".encode("gb2312")
    mail = read(raw)
    assert mail.text == "零件有划痕，请处理"
    assert bool(mail.defects) == (told == "guess")
    assert "零件有划痕" in (html_part(raw) or "")


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<table><tr><th>Pos<th>Part<tr><td>10<td><p>Ring</p></table>", "Pos\tPart\n10\tRing"),
        ("<table><tr><td>a<td></td><td>c</tr></table>", "a\t\tc"),
        ("<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a b\tc"),
        ("<table><tr><td><p>a</p><p>b</p><p>c</p><p>d</p><td>e</table>", "a\n\nb\n\nc\n\nd\ne"),
        ("<table><tr><td><table><tr><td>a<td>b</table></table>", "a\tb"),
        ("<blockquote><table><tr><td>a<td>b</table></blockquote>c", "> a\tb\nc"),
        ("<table><tr><td>a</blockquote><td>b</table>", "a\tb"),
        ("<td>a</td><td>b</td>", "a\nb"),
        ("<ol><li>a<li>b<ul><li>c</ul><li>d</ol>", "1. a\n2. b\n  - c\n3. d"),
        (
            '<a href="https://x.example/a?b=1&amp;c=2">here</a>',
            "here <https://x.example/a?b=1&c=2>",
        ),
        ('<a href="https://www.x.example/">x.example</a>', "x.example"),
        ("<a href='mailto:joe@x.example?subject=a'>joe@x.example</a>", "joe@x.example"),
        ("<a href=mailto:joe@x.example>Joe</a>", "Joe <joe@x.example>"),
        ('<a href="#top">up</a> <a href="cid:1">c</a> <a href="javascript:x">j</a>', "up c j"),
        ('<a href="https://x.example"><img src=y></a>', ""),
        ('<div style="display:none">preview</div>Dear all', "Dear all"),
        ('<span style="DISPLAY : None !important">p<span>q</span></span>a', "a"),
        ('<div style="max-height:0px;overflow:hidden">p</div>a', "a"),
        ('<div style="max-height:0.5em">p</div>a', "p\na"),
        ('<body style="display:none">all of it</body>', "all of it"),
        ('<p style="display:none">it does not end', "it does not end"),
        ("<!--[if mso]>a<![endif]--><![if !mso]>b<![endif]>", "b"),
        ("<title>t</title><xml>x</xml><style>s</style>a", "a"),
        ("<head>no end<body>a", "a"),
        ("a\u200b\u00adb<p>\u200b\ufeff</p>c", "ab\n\nc"),
        ("Größe &auml; &#8364; &nosuch; &amp;lt;", "Größe ä € &nosuch; &lt;"),
        ("no markup\nat all &amp; so", "no markup\nat all & so"),
        ("<p>a</p\n><p>b</p>", "a\n\nb"),
    ],
)
def test_pages(markup: str, words: str) -> None:
    assert html.to_text(markup) == words
