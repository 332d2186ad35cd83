"""A letter gets its bytes: rendered, composed, frozen, one copy and its tokens a recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from config.settings import Mailbox
from mailer.addresses import plus
from mailer.compose import Attachment, Outgoing, compose, shown, thread_subject
from mailer.templates import Words
from service.judge import token_hash
from service.letter_setting import Setting
from service.one_click import one_click
from service.wiring import Wiring
from storage.evidence import Raw, raw
from storage.records import Letter

# reliability.md 6 D: an answer token lives 30 days or until the next letter that asks.
_LIVES: Final = dict.fromkeys(("answer", "bounce", "bcc"), timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Copy:
    """One recipient's copy, with the tokens that only this copy carries."""

    delivery_id: int
    recipient: Mapping[str, Any]
    raw: Raw
    shown: tuple[str, str]  # text and HTML
    envelope_sender: str
    own_copy: str | None
    tokens: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A letter whose bytes will not change any more."""

    letter: Letter
    words: Words
    message_id: str
    subject: str
    copies: tuple[Copy, ...]
    mailbox: str


def freeze(
    w: Wiring,
    letter: Letter,
    setting: Setting,
    at: datetime,
    attachments: Sequence[Attachment] = (),
) -> Frozen:
    """Render the letter and compose every copy. Raises BadInput; changes nothing."""
    words = w.letters_of(setting.mailbox).render(letter.template, letter.language, setting.facts)
    freezing = _Freezing(w, letter, setting, words, at, tuple(attachments))
    copies = tuple(freezing.copy(recipient) for recipient in letter.recipients)
    return Frozen(letter, words, freezing.message_id, freezing.subject, copies, setting.mailbox)


class _Freezing:
    """What all copies of a letter share."""

    def __init__(
        self,
        w: Wiring,
        letter: Letter,
        setting: Setting,
        words: Words,
        at: datetime,
        attachments: tuple[Attachment, ...],
    ) -> None:
        self.w, self.letter, self.setting, self.words, self.at = w, letter, setting, words, at
        self.attachments = attachments
        self.box: Mailbox = w.mailbox(setting.mailbox)
        self.number = setting.case.number if setting.case else None
        # Without a case there is none that a token could name.
        self.tagged = self.box.plus_addressing and self.number is not None
        self.subject = words.subject
        if self.number:
            self.subject = thread_subject(
                setting.customer_subject, self.number, words.subject, former=setting.former
            )
        about, domain = (self.number or "own").lower(), self.box.address.rpartition("@")[2]
        self.message_id = f"<{w.chance.token()}.{about}@{domain}>"

    def copy(self, recipient: Mapping[str, Any]) -> Copy:
        """The copy of one recipient."""
        # Only the copy to the contact can answer; others carry a plain reply token (Authority).
        asks = (self.words.asks or self.letter.asks) is not None and recipient["to_contact"]
        reply, bounce = self.w.chance.token(), self.w.chance.token()
        purposes = {reply: "answer" if asks else "reply", bounce: "bounce"}
        own_copy = None
        if self.w.settings.outbox.bcc_own:
            back = self.w.chance.token()
            purposes[back] = "bcc"
            own_copy = self._address(back)
        outgoing = self._outgoing(reply, asks=asks)
        delivery_id = self.w.ids.next()
        return Copy(
            delivery_id,
            recipient,
            raw(compose(outgoing)),
            shown(outgoing),
            self._address(bounce),
            own_copy,
            tuple(
                self._token(delivery_id, token, purpose, recipient["address"])
                for token, purpose in purposes.items()
                if self.number
            ),
        )

    def _outgoing(self, reply: str, *, asks: bool) -> Outgoing:
        box, letter, setting = self.box, self.letter, self.setting
        sender = setting.manager_name or box.sender_name or self.w.settings.company.name
        clicks: dict[str, Any] = {}
        if asks and self.number:
            clicks = one_click(self.w, box, letter, self.words, self.number, reply)
        return Outgoing(
            sender=(sender, box.address),
            to=_seen_by_all(letter, "to"),
            cc=_seen_by_all(letter, "cc"),
            subject=self.subject,
            message_id=self.message_id,
            date=self.at,
            text=self.words.text,
            html=self.words.html,
            language=self.words.language,
            automatic=letter.automatic,
            installation=self.w.installation,
            reply_to=self._address(reply) if self.tagged else None,
            in_reply_to=setting.in_reply_to,
            references=setting.references,
            token_line=f"Ref: {reply}" if self.number else None,
            attachments=self.attachments,
            **clicks,
        )

    def _address(self, token: str) -> str:
        """Where a mail with this token comes back."""
        return plus(self.box.address, token) if self.tagged else self.box.address

    def _token(self, delivery_id: int, token: str, purpose: str, recipient: str) -> dict[str, Any]:
        lives = _LIVES.get(purpose)
        return {
            "sha256": token_hash(token),
            "case_id": self.letter.case_id,
            "letter_id": self.letter.id,
            "delivery_id": delivery_id,
            "purpose": purpose,
            "recipient": recipient,
            "created_at": self.at,
            "expires_at": self.at + lives if lives else None,
        }


def _seen_by_all(letter: Letter, role: str) -> tuple[tuple[str, str], ...]:
    return tuple((r["name"], r["address"]) for r in letter.recipients if r["role"] == role)
