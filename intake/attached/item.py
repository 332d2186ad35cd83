"""The mail in an Outlook item, of TNEF or .msg: its head, its words, and its formatted body."""

from __future__ import annotations

from typing import Final

from intake.attached import mapi, rtf
from intake.attached.container import Head, Member, Opened
from intake.attached.mapi import Properties
from intake.text import header as text

_SENDERS: Final = (
    (mapi.SENT_FOR_SMTP, mapi.SENT_FOR_ADDRESS, mapi.SENT_FOR_NAME),
    (mapi.SENDER_SMTP, mapi.SENDER_ADDRESS, mapi.SENDER_NAME),
)


def head(properties: Properties) -> Head:
    """Who wrote what, and when. Addresses inside an Exchange organisation are none."""
    name = address = ""
    for smtp, other, shown in _SENDERS:
        known = (properties.line(smtp), properties.line(other))
        address = address or next((one.lower() for one in known if "@" in one), "")
        name = name or properties.line(shown)
    return Head(
        subject=properties.line(mapi.SUBJECT),
        name=name,
        address=address,
        to=properties.line(mapi.DISPLAY_TO),
        date=properties.moment(mapi.SUBMITTED) or properties.moment(mapi.DELIVERED),
    )


def read(properties: Properties, into: Opened, words: str = "") -> None:
    """Text and HTML of the mail. A formatted body becomes the first member: it is a file too."""
    into.text = properties.words(mapi.BODY) or words
    html = _html(properties)
    packed = properties.data(mapi.RTF)
    unpacked, cut = rtf.unpack(packed) if packed else (b"", False)
    if cut:
        into.defects.append("RTF body cut short")
    if html:
        label = mapi.charset(properties.number(mapi.CODEPAGE_OF_TEXT)) or properties.charset
        into.html = text.decode(html, label)[0]
        into.members.append(_body("message.html", html, "text/html"))
    elif unpacked:
        shown, from_html = rtf.to_text(unpacked)
        into.html = shown if from_html else ""
        into.text = into.text or ("" if from_html else shown)
    if unpacked:
        into.members.append(_body("message.rtf", unpacked, "application/rtf", len(into.members)))
    into.text = into.text.replace("\r\n", "\n").replace("\r", "\n")


def _html(properties: Properties) -> bytes:
    kind, value = properties.values.get(mapi.HTML, (0, b""))
    if kind == mapi.UNICODE:
        return value.decode("utf-16-le", "replace").rstrip("\0").encode("utf-8", "replace")
    return value.rstrip(b"\0") if kind == mapi.STRING8 else value


def _body(name: str, data: bytes, kind: str, before: int = 0) -> Member:
    return Member(str(before + 1), name, data, kind, inline=True)
