"""The bytes of a letter: exact, repeatable, readable by any mail program."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.errors import BadInput
from mailer.compose import Attachment, Outgoing, compose, thread_subject

LETTER = Outgoing(
    sender=("Example Precision Parts", "complaints@parts.example"),
    to=(("Jana Vogt", "jana@sensorik.example"),),
    subject="Re: Thread too wide [KS2026-001]",
    message_id="<abc234.1@parts.example>",
    date=datetime(2026, 9, 21, 9, 43, tzinfo=timezone(timedelta(hours=2))),
    text="Dear Jana Vogt,\n\nwe have looked.\n",
    html='<html lang="en"><body>\n<p>Dear Jana Vogt,</p>\n</body></html>\n',
    language="en",
    automatic=False,
)


def read(mail: bytes) -> EmailMessage:
    parsed = BytesParser(policy=policy.default).parsebytes(mail)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_letter_in_full() -> None:
    mail = compose(
        replace(
            LETTER,
            cc=(("", "qc@sensorik.example"),),
            reply_to="complaints+tok@parts.example",
            in_reply_to="<q1@sensorik.example>",
            references=("<q0@sensorik.example>", "<q1@sensorik.example>"),
        )
    )
    head, _, _ = mail.partition(b"\r\n\r\n")
    assert head.decode().split("\r\n") == [
        "Date: Mon, 21 Sep 2026 09:43:00 +0200",
        'From: "Example Precision Parts" <complaints@parts.example>',
        'To: "Jana Vogt" <jana@sensorik.example>',
        "Cc: qc@sensorik.example",
        "Reply-To: complaints+tok@parts.example",
        "Subject: Re: Thread too wide [KS2026-001]",
        "Message-ID: <abc234.1@parts.example>",
        "In-Reply-To: <q1@sensorik.example>",
        "References: <q0@sensorik.example> <q1@sensorik.example>",
        "Content-Language: en",
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative;",
        ' boundary="=_6107e4c1b8467ebb7d4e3d24821be13a1aa6aa93"',
    ]


def test_same_letter_same_bytes_and_other_letter_other_boundary() -> None:
    letter = replace(LETTER, attachments=(Attachment("a.pdf", "application/pdf", b"%PDF-"),))
    assert compose(letter) == compose(letter)
    first = read(compose(letter)).get_boundary()
    assert first != read(compose(replace(letter, message_id="<x.2@parts.example>"))).get_boundary()


def test_text_comes_before_html_and_both_carry_the_token_line() -> None:
    mail = read(compose(replace(LETTER, token_line="Ref: abcdefghijklmnopqrstuvwxyz")))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert body(mail, "plain").endswith("we have looked.\n\nRef: abcdefghijklmnopqrstuvwxyz\n")
    assert "Ref: abcdefghijklmnopqrstuvwxyz</p>\n</body>" in body(mail, "html")


def test_the_token_line_stands_in_the_column_of_the_letter() -> None:
    page = '<html lang="en"><body>\n<div>\n<p>Hello</p>\n</div>\n</body></html>\n'
    mail = read(compose(replace(LETTER, html=page, token_line="Ref: a")))
    assert body(mail, "html").endswith("Ref: a</p>\n</div>\n</body></html>\n")


@pytest.mark.parametrize(
    ("automatic", "in_reply_to", "expected"),
    [
        (True, "<q1@sensorik.example>", ("auto-replied", "All")),
        (True, None, ("auto-generated", "All")),
        (False, "<q1@sensorik.example>", (None, None)),
    ],
)
def test_automatic_letters_say_so(
    automatic: bool, in_reply_to: str | None, expected: tuple[str | None, str | None]
) -> None:
    mail = read(compose(replace(LETTER, automatic=automatic, in_reply_to=in_reply_to)))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == expected


def test_attachments_arrive_as_they_were() -> None:
    files = (
        Attachment("Prüfbericht 图纸.pdf", "application/pdf", bytes(range(256)) * 50),
        Attachment("../../etc/passwd", "text/plain", b"lone\nline ends\r"),
        Attachment("their.eml", "message/rfc822", b"From: x@x.example\r\n\r\nhello"),
        Attachment("x" * 300 + ".jpeg", "nonsense", b""),
        Attachment('a"; filename="b.exe\r\nX: y', "image/png; name=evil", b"\x89PNG"),
    )
    mail = read(compose(replace(LETTER, attachments=files)))
    assert mail.get_content_type() == "multipart/mixed"
    found = list(mail.iter_attachments())
    assert [part.get_payload(decode=True) for part in found] == [file.data for file in files]
    names = [part.get_filename() for part in found]
    assert names[:3] == ["Prüfbericht 图纸.pdf", ".._.._etc_passwd".strip(". "), "their.eml"]
    assert [len(str(name)) <= 120 for name in names] == [True] * 5
    assert str(names[3]).endswith(".jpeg")
    assert names[4] == "a'; filename='b.exe X: y"
    assert [part.get_content_type() for part in found] == [
        "application/pdf",
        "text/plain",
        "application/octet-stream",
        "application/octet-stream",
        "image/png",
    ]


def test_nothing_hides_in_a_header() -> None:
    evil = "hello\r\nBcc: evil@x.example\0\r\n\r\nbody"
    mail = read(
        compose(
            replace(
                LETTER,
                subject=evil,
                to=((evil, "jana@sensorik.example"),),
                token_line=evil,
                language="en\r\nX: y",
            )
        )
    )
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert mail["Subject"] == "hello Bcc: evil@x.example body"
    assert mail["To"].addresses[0].display_name == "hello Bcc: evil@x.example body"


def test_names_and_subjects_in_any_language() -> None:
    subject = "Re: " + "螺纹孔过大，无法拧紧，" * 12 + " [KS2026-001]"
    people = (("Vögt, Jana", "jana@sensorik.example"), ("王伟" * 30, "wang@例子.example"))
    raw = compose(replace(LETTER, subject=subject, to=people))
    mail = read(raw)
    assert mail["Subject"] == subject
    assert [a.addr_spec for a in mail["To"].addresses] == [
        "jana@sensorik.example",
        "wang@xn--fsqu00a.example",
    ]
    to = BytesParser(policy=policy.compat32).parsebytes(raw)["To"]
    shown = str(make_header(decode_header(to)))
    assert shown.split("<")[0].strip() == "Vögt, Jana"
    assert "王伟" * 30 in shown
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 76


@pytest.mark.parametrize(
    "subject", ["x" * 3000, "word " * 400 + "end", "=?utf-8?q?looks_encoded?=", "a  b", ""]
)
def test_subjects_of_any_shape(subject: str) -> None:
    raw = compose(replace(LETTER, subject=subject, sender=(subject, LETTER.sender[1])))
    assert read(raw)["Subject"] == " ".join(subject.split())
    assert all(len(line) <= 120 for line in raw.split(b"\r\n"))


def test_address_that_headers_cannot_hold_is_shown_as_an_empty_group() -> None:
    raw = compose(replace(LETTER, cc=(("王伟", "王伟@例子.example"),)))
    assert raw.isascii()
    assert read(raw)["Cc"].groups[0].display_name.startswith("王伟 <王伟@")


def test_references_keep_the_first_and_the_last_ten_and_leave_out_broken_ones() -> None:
    ids = [f"<m{n}@x.example>" for n in range(40)]
    broken = ["<a b@x>", "no brackets", "<a\r\nBcc: e@x.example>", "<" + "a" * 990 + "@x>", "<ü@x>"]
    mail = read(compose(replace(LETTER, references=(*ids[:5], *broken, *ids[5:]))))
    assert str(mail["References"]).split() == [ids[0], *ids[-10:]]


def test_answer_without_known_references_refers_to_what_it_answers() -> None:
    mail = read(compose(replace(LETTER, in_reply_to="<q1@sensorik.example>")))
    assert mail["References"] == mail["In-Reply-To"] == "<q1@sensorik.example>"
    broken = read(compose(replace(LETTER, in_reply_to="<q 1@\r\n>")))
    assert broken["In-Reply-To"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        replace(LETTER, to=()),
        replace(LETTER, to=(("x", "jana@sensorik.example\r\nBcc: e@x.example"),)),
        replace(LETTER, reply_to="two@at@x.example"),
        replace(LETTER, message_id="<a b>"),
        replace(LETTER, date=datetime(2026, 9, 21, 9, 43)),  # noqa: DTZ001 - that is the point
    ],
    ids=["nobody", "injection", "reply-to", "message-id", "naive date"],
)
def test_what_cannot_be_a_mail_is_refused(wrong: Outgoing) -> None:
    with pytest.raises(BadInput):
        compose(wrong)


ANY = st.text(st.characters(codec=None), max_size=300)


@settings(max_examples=150, deadline=None)
@given(subject=ANY, name=ANY, text=ANY, file=ANY, token=st.none() | ANY)
def test_no_words_make_a_poison_mail(
    subject: str, name: str, text: str, file: str, token: str | None
) -> None:
    """reliability.md 4.2: 0 exceptions in the sender."""
    letter = replace(
        LETTER,
        subject=thread_subject(subject, "KS2026-001", "Your complaint"),
        to=((name, "jana@sensorik.example"),),
        text=text,
        html=text,
        token_line=token,
        attachments=(Attachment(file, file, text.encode("utf-8", "replace")),),
        date=datetime(2026, 9, 21, tzinfo=UTC),
    )
    mail = compose(letter)
    assert mail.isascii()
    assert all(len(line) <= 998 for line in mail.split(b"\r\n"))


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ("Thread too wide", "Re: Thread too wide [KS2026-001]"),
        ("Re: AW: RE: Thread too wide", "Re: Thread too wide [KS2026-001]"),
        ("Re[2]: Thread", "Re: Thread [KS2026-001]"),
        ("回复：答复: 螺纹孔过大", "Re: 螺纹孔过大 [KS2026-001]"),
        ("AW: Thread [KS2026-001]", "Re: Thread [KS2026-001]"),
        ("Your KS2026-001, again", "Re: Your KS2026-001, again"),
        ("Thread [KS2026-0012]", "Re: Thread [KS2026-0012] [KS2026-001]"),
        ("Re: Thread [KS2025-033]", "Re: Thread [KS2026-001]"),
        ("WG: Thread", "Re: WG: Thread [KS2026-001]"),
        ("Reklamation: Thread", "Re: Reklamation: Thread [KS2026-001]"),
        ("  many\r\n  spaces ", "Re: many spaces [KS2026-001]"),
        ("Re:", "Your complaint [KS2026-001]"),
        (None, "Your complaint [KS2026-001]"),
        ("x" * 500, "Re: " + "x" * 179 + "… [KS2026-001]"),
    ],
)
def test_subject_stays_in_the_customers_thread(theirs: str | None, expected: str) -> None:
    """R-34; R-28: the former number makes room for the new one."""
    subject = thread_subject(theirs, "KS2026-001", "Your complaint", former="KS2025-033")
    assert subject == expected
