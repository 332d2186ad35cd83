"""R-31: who wrote a mail that somebody passes on, and when; in the text or attached."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

import pytest

from intake import parse
from intake.mail import Forwarded
from intake.reply import written_dates
from intake.reply.forwarded import original, subject_says

AT = datetime(2026, 5, 5, 12, 10, tzinfo=UTC)
KARL = "karl@kunde.example"


def passed_on(subject: str, text: str, **fields: str) -> Forwarded | None:
    """What a colleague's mail of 7 May, written at UTC+2, passes on."""
    mail = EmailMessage()
    mail["From"] = "Bob Miller <bob@parts.example>"
    mail["To"] = "complaints@parts.example"
    mail["Date"] = "Thu, 07 May 2026 09:00:00 +0200"
    mail["Subject"] = subject
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return parse.read(mail.as_bytes(policy=policy.SMTP)).forwarded


HEADS = {
    "en, Outlook": (
        "FW: Leak",
        "From: Karl Kunde <karl@kunde.example>\nSent: Tuesday, May 5, 2026 2:10 PM\n"
        "To: Bob Miller <bob@parts.example>\nSubject: Leak",
    ),
    "en, Gmail": (
        "Fwd: Leak",
        "---------- Forwarded message ---------\nFrom: Karl Kunde <karl@kunde.example>\n"
        "Date: Tue, May 5, 2026 at 2:10 PM\nSubject: Leak\nTo: <bob@parts.example>",
    ),
    "en, Apple": (
        "Fwd: Leak",
        "Begin forwarded message:\n\nFrom: Karl Kunde <karl@kunde.example>\nSubject: Leak\n"
        "Date: 5 May 2026 at 14:10:00 CEST\nTo: Bob Miller <bob@parts.example>",
    ),
    "en, Apple, with marks": (
        "Fwd: Leak",
        "> Begin forwarded message:\n> \n> From: Karl Kunde <karl@kunde.example>\n"
        "> Subject: Leak\n> Date: 5 May 2026 at 14:10:00 CEST\n> To: bob@parts.example\n>",
    ),
    "en, Thunderbird": (
        "Fwd: Leak",
        "-------- Forwarded Message --------\nSubject: \tLeak\n"
        "Date: \tTue, 5 May 2026 14:10:00 +0200\nFrom: \tKarl Kunde <karl@kunde.example>\n"
        "To: \tbob@parts.example",
    ),
    "de, Outlook": (
        "WG: Leck",
        "Von: Karl Kunde <karl@kunde.example>\nGesendet: Dienstag, 5. Mai 2026 14:10\n"
        "An: Bob Miller <bob@parts.example>\nBetreff: Leck",
    ),
    "de, Thunderbird": (
        "Fwd: Leck",
        "-------- Weitergeleitete Nachricht --------\nBetreff: \tLeck\n"
        "Datum: \tTue, 5 May 2026 14:10:00 +0200\nVon: \tKarl Kunde <karl@kunde.example>\n"
        "An: \tbob@parts.example",
    ),
    "zh, Outlook": (
        "转发: 漏水",
        "发件人: Karl Kunde <karl@kunde.example>\n发送时间: 2026年5月5日 14:10\n"
        "收件人: Bob Miller <bob@parts.example>\n主题: 漏水",
    ),
    "zh, QQ": (
        "转发：漏水",
        "------------------ 原始邮件 ------------------\n"
        '发件人: "Karl Kunde" <karl@kunde.example>;\n'
        '发送时间: 2026年5月5日(星期二) 下午2:10\n收件人: "Bob"<bob@parts.example>;\n主题: 漏水',
    ),
    "fr, Outlook": (
        "TR: Fuite",
        "De : Karl Kunde <karl@kunde.example>\nEnvoyé : mardi 5 mai 2026 14:10\n"
        "À : Bob Miller <bob@parts.example>\nObjet : Fuite",
    ),
    "fr, Gmail": (
        "Fwd: Fuite",
        "---------- Forwarded message ---------\nDe : Karl Kunde <karl@kunde.example>\n"
        "Date: mar. 5 mai 2026 à 14:10\nSubject: Fuite\nTo: <bob@parts.example>",
    ),
    "es, Outlook": (
        "RV: Fuga",
        "De: Karl Kunde <karl@kunde.example>\nEnviado el: martes, 5 de mayo de 2026 14:10\n"
        "Para: Bob Miller <bob@parts.example>\nAsunto: Fuga",
    ),
    "it, Outlook": (
        "I: Perdita",
        "Da: Karl Kunde <karl@kunde.example>\nInviato: martedì 5 maggio 2026 14:10\n"
        "A: Bob Miller <bob@parts.example>\nOggetto: Perdita",
    ),
    "ja, Outlook": (
        "転送: 漏れ",
        "差出人: Karl Kunde <karl@kunde.example>\n送信日時: 2026年5月5日 14:10\n"
        "宛先: Bob Miller <bob@parts.example>\n件名: 漏れ",
    ),
    "nl, Outlook": (
        "Doorst: Lek",
        "Van: Karl Kunde <karl@kunde.example>\nVerzonden: dinsdag 5 mei 2026 14:10\n"
        "Aan: Bob Miller <bob@parts.example>\nOnderwerp: Lek",
    ),
    "pl, Outlook": (
        "PD: Wyciek",
        "Od: Karl Kunde <karl@kunde.example>\nWysłano: wtorek, 5 maja 2026 14:10\n"
        "Do: Bob Miller <bob@parts.example>\nTemat: Wyciek",
    ),
}


@pytest.mark.parametrize("comment", ["", "Please take care of it.\n\n"])
@pytest.mark.parametrize("name", HEADS)
def test_inline(name: str, comment: str) -> None:
    subject, head = HEADS[name]
    found = passed_on(subject, f"{comment}{head}\n\nThe pump leaks.\nLot 33.\n")
    assert found is not None
    assert (found.from_ and found.from_.address, found.date) == (KARL, AT)
    assert found.from_ is not None
    assert found.from_.name == "Karl Kunde"
    assert found.by is not None
    assert found.by.address == "bob@parts.example"
    lines = [line.strip("> ") for line in found.text.strip().splitlines()]
    assert lines == ["The pump leaks.", "Lot 33."]
    assert found.certain


def test_a_name_without_address_is_not_certain() -> None:
    head = "From: Karl Kunde\nSent: Tuesday, May 5, 2026 2:10 PM\nTo: Bob Miller\nSubject: Leak"
    found = passed_on("FW: Leak", f"{head}\n\nIt leaks.")
    assert found is not None
    assert found.from_ is not None
    assert (found.from_.name, found.from_.address, found.certain) == ("Karl Kunde", "", False)


def test_two_addresses_are_not_certain() -> None:
    head = (
        "From: victim@ok.example <b@evil.example>\nSent: Tuesday, May 5, 2026 2:10 PM\n"
        "To: Bob Miller\nSubject: Leak"
    )
    found = passed_on("FW: Leak", f"{head}\n\nIt leaks.")
    assert found is not None
    assert (found.from_, found.certain) == (None, False)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Leak", f"No.\n\n{HEADS['en, Outlook'][1]}\n\nDoes it leak?"),
        ("AW: Leck", f"Nein.\n\n{HEADS['de, Outlook'][1]}\n\nLeckt es?"),
        ("Leak", "It leaks."),
        ("FW: Leak", "It leaks, see the picture."),
        ("Fwd: Leak", "On Tuesday he wrote: it leaks."),
        ("Re: Leak", "Yes.\n\nOn Tue, 5 May 2026 at 14:10, Karl <karl@kunde.example> wrote:\n> ?"),
    ],
)
def test_no_forward(subject: str, text: str) -> None:
    assert passed_on(subject, text, In_Reply_To="<1@parts.example>") is None


def test_passed_on_twice() -> None:
    inner = f"See below.\n\n{HEADS['de, Outlook'][1]}\n\nDie Pumpe leckt."
    outer = (
        "From: Ann Lee <ann@parts.example>\nSent: Wednesday, May 6, 2026 9:00 AM\n"
        "To: Bob Miller <bob@parts.example>\nSubject: FW: Leak"
    )
    found = passed_on("FW: FW: Leak", f"{outer}\n\n{inner}")
    assert found is not None
    assert found.from_ is not None
    assert found.from_.address == "ann@parts.example"
    first = original(found)
    assert first.from_ is not None
    assert (first.from_.address, first.text) == (KARL, "Die Pumpe leckt.")


def test_passed_on_with_what_was_answered() -> None:
    """The first is who wrote last; below stands who wrote before, and passed nothing on."""
    answered = f"We look at it.\n\n{HEADS['de, Outlook'][1]}\n\nDie Pumpe leckt."
    outer = (
        "From: Ann Lee <ann@parts.example>\nSent: Wednesday, May 6, 2026 9:00 AM\n"
        "To: Karl Kunde <karl@kunde.example>\nSubject: RE: Leak"
    )
    found = passed_on("FW: Leak", f"{outer}\n\n{answered}")
    assert found is not None
    assert original(found) is found
    assert found.below is not None
    assert found.below.from_ is not None
    assert found.below.from_.address == KARL


def _attached(*mails: EmailMessage, subject: str = "FW: Leak") -> Forwarded | None:
    mail = EmailMessage()
    mail["From"] = "Bob Miller <bob@parts.example>"
    mail["Date"] = "Thu, 07 May 2026 09:00:00 +0200"
    mail["Subject"] = subject
    mail.set_content("Please take care.")
    for one in mails:
        mail.add_attachment(one)
    return parse.read(mail.as_bytes(policy=policy.SMTP)).forwarded


def _karls_mail(received: str = "") -> EmailMessage:
    mail = EmailMessage()
    if received:
        mail["Received"] = received
    mail["From"] = "Karl Kunde <karl@kunde.example>"
    mail["Date"] = "Tue, 05 May 2026 14:10:00 +0200"
    mail["Message-ID"] = "<leak@kunde.example>"
    mail["Subject"] = "Leak"
    mail.set_content("The pump leaks.")
    return mail


def test_attached() -> None:
    found = _attached(_karls_mail("from x by mx.parts.example; Tue, 05 May 2026 14:20:00 +0200"))
    assert found is not None
    assert found.from_ is not None
    assert (found.from_.address, found.date, found.certain) == (KARL, AT, True)
    assert found.received_at == datetime(2026, 5, 5, 12, 20, tzinfo=UTC)
    assert (found.text.strip(), found.message_id) == ("The pump leaks.", "<leak@kunde.example>")


def test_two_attached_mails_are_not_certain() -> None:
    found = _attached(_karls_mail(), _karls_mail())
    assert found is not None
    assert not found.certain


def test_attached_deep() -> None:
    mail = _karls_mail()
    for _ in range(30):
        outer = EmailMessage()
        outer["From"] = "Bob Miller <bob@parts.example>"
        outer.add_attachment(mail)
        mail = outer
    found = parse.read(mail.as_bytes(policy=policy.SMTP)).forwarded
    assert found is not None


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("FW: x", "forward"),
        ("Fwd: Re: x", "forward"),
        ("[EXT] WG: x", "forward"),
        ("转发：x", "forward"),
        ("RE: FW: x", "answer"),
        ("AW[2]: x", "answer"),
        ("Invoice: x", ""),
        ("", ""),
    ],
)
def test_subject(subject: str, says: str) -> None:
    assert subject_says(subject) == says


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Tuesday, May 5, 2026 2:10 PM", "2026-05-05T14:10"),
        ("Dienstag, 5. Mai 2026 14:10", "2026-05-05T14:10"),
        ("2026年5月5日(星期二) 下午2:10", "2026-05-05T14:10"),
        ("2026年5月5日 上午12:10", "2026-05-05T00:10"),
        ("mar. 5 mai 2026 à 14:10", "2026-05-05T14:10"),
        ("mar, 5 may 2026 a las 14:10", "2026-05-05T14:10"),
        ("martedì 5 maggio 2026 14:10", "2026-05-05T14:10"),
        ("wtorek, 5 maja 2026 14:10", "2026-05-05T14:10"),
        ("tiistai 5. toukokuuta 2026 14.10", "2026-05-05T14:10"),
        ("5 мая 2026 г. 14:10", "2026-05-05T14:10"),
        ("2026년 5월 5일 화요일 오후 2:10", "2026-05-05T14:10"),
        ("Tue, 5 May 2026 14:10:00 +0200", "2026-05-05T12:10"),
        ("5 May 2026 14:10 CEST", "2026-05-05T12:10"),
        ("5/6/2026 2:10 PM", "2026-05-06T14:10"),
        ("5/6/2026 14:10", "2026-05-06T14:10"),  # 5 June is not yet
        ("4/5/2026 14:10", "2026-05-04T14:10"),
        ("31.02.2026 14:10", None),
        ("5 May 2026", None),
        ("tomorrow 14:10", None),
        ("", None),
    ],
)
def test_dates(written: str, moment: str | None) -> None:
    latest = datetime(2026, 5, 7, 7, 0, tzinfo=UTC)
    found = written_dates.parse(written, UTC, latest)
    assert found == (datetime.fromisoformat(f"{moment}+00:00") if moment else None)
