"""A bounce in words: whom a mail did not reach, and why, as the servers without RFC 3464 say it.

There are hundreds of wordings and few shapes: an address at the start of a line, an address behind
a label or a verb of delivery, an address in the echo of the header. The strongest shape that the
notice has is believed; what hangs below it (the mail that came back) is not read. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from intake.kinds.dsn import Reported, status_in
from intake.kinds.notice_words import CONDITION, DELAY, FINAL, REASONS

_LOOKED_AT: Final = 32 * 1024
_LINE: Final = 1000
_LINES: Final = 40
_BLOCK: Final = 1500
_MOST: Final = 100
_SURE: Final = 2  # ranks that no prose has

_ADDRESS = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[a-z0-9_-]{1,63}\.){1,8}[a-z][a-z0-9-]{1,62}"
_FIND: Final = re.compile(rf"(?<![\w.+@=-]){_ADDRESS}(?!@)", re.IGNORECASE | re.ASCII)
# The original mail, or its header, begins: everything below was not said by the server.
_ORIGINAL: Final = re.compile(
    r"\W*(?:(?:this|below(?: this line)?|attached|included|what follows) is (?:a |the )?copy\b"
    r"|(?:this is )?a copy of (?:your|the) (?:original )?(?:message|mail)"
    r"|(?:the |your )?(?:original|unsent|returned|undelivered|old) (?:message|e-?mail|mail)"
    r"(?: (?:text|content|header|body)s?)?(?: (?:follows|attached|below|is attached).{0,30})?\W*$"
    r"|message headers? follows?|the (?:header|first \d+ lines) of (?:your|the) original"
    r"|your message reads|returned message follows|mensaje original|mensagem original"
    r"|message d.origine|messaggio originale|oorspronkelijk bericht"
    r"|urspr(?:ü|ue)ngliche (?:nachricht|mail)\b|die originalnachricht"
    r"|原始?邮件(?:内容|信息)?\W*$|以下是.{0,10}原(?:始)?(?:邮件|信)|元のメッセージ|원본 ?메시지)"
    r"|(?:received|return-path|dkim-signature|x-originating-ip): .*",
    re.IGNORECASE,
)
# The header of the mail that came back, told again; only "To" may be the one that is meant.
_ECHO_TO: Final = re.compile(r"[\s>*|•-]*(?:to|an|cc|bcc|à|para|a)[ \t]*[:：]", re.IGNORECASE)
_ECHO: Final = re.compile(
    r"[\s>*|•-]*(?:x-[a-z-]+|from|sender|reply-to|subject|date|sent|message-id|mail from"
    r"|return-path"
    r"|von|betreff|de|asunto|objet|remitente|oggetto|da|onderwerp|van"
    r"|发件人|发信人|寄件者|主题|主旨|发送时间|差出人|件名|보낸 ?사람|제목)[ \t]*[:：]",
    re.IGNORECASE,
)
_ASK: Final = re.compile(
    r"\b(?:contact|assist|help|questions?|support|abuse|complain|reply to|(?:e-?)?mail to|write to"
    r"|wenden sie sich|kontakt|contacte|contatt)|postmaster@|mailer-daemon@|联系|咨询"
    r"|問い合わせ|문의",
    re.IGNORECASE,
)
_ASK_BEFORE: Final = re.compile(
    r"\b(?:contact|to|at|with|see|via|an|bei)\s*[:：]?\s*$", re.IGNORECASE
)
_STARTS: Final = re.compile(
    rf"[\W_]{{0,20}}(?:\d{{1,3}}[.)][ \t]*)?(?:smtp:|mailto:|rfc822;[ \t]*)?(?=(?a:{_ADDRESS}))",
    re.IGNORECASE,
)
_GATEWAY: Final = re.compile(r"smtp[=%]")
_LABEL: Final = re.compile(
    r"\b(?:recipient|rcpt|address(?:ee|ed)?|mailbox|user(?:id|name)?|account|undeliver|deliver"
    r"|unknown|reject|quota|full|exceed|destinat|empf(?:ä|ae)nger|adresse|bestemm|odbiorc|adres)"
    r"|dda:smtp=|收件|收信|邮箱|用户|地址|宛先|宛て|受信者|アドレス|수신|받는"
    r"|получател|ящик|адрес",
    re.IGNORECASE,
)
_LIST_OPENS: Final = re.compile(
    r"\b(?:recipient|address|user|following|to)\S{0,4}\b.{0,120}[:：]\s*$", re.IGNORECASE
)
_LOCAL_PART: Final = re.compile(
    r"\s{1,20}<?([a-z0-9][\w.+-]{0,63})>?(?:\s{2,}\S.{0,200})?\s*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An address in a line, and how much its place says: the smaller `rank` the more."""

    address: str
    line: int
    rank: int


def recipients(
    subject: str, text: str, server: str, ours: Collection[str], named: Iterable[str] = ()
) -> tuple[Reported, ...]:
    """Whom the notice in `text` is about; none where it names nobody.

    `server` wrote it, to one of `ours`; `named` are recipients that its header names for sure.
    """
    lines = _notice(text)
    every = [one for one in _seen(lines) if one.address != server]
    if not every and not named:  # some tell the recipient with the header of the mail
        lines = [line[:_LINE] for line in text[:_LOOKED_AT].splitlines()[:_LINES]]
        every = [one for one in _seen(lines) if one.address != server]
    seen = [one for one in every if one.address not in ours] or every
    wanted = (
        list(dict.fromkeys(named))
        or _strongest(seen, _SURE)
        or _without_domain(lines, server)
        or _strongest(seen)
        or [_plain(found[0]) for found in _FIND.finditer(subject)][:1]
    )
    first = {one.address: one.line for one in reversed(seen) if one.address in wanted}
    whole = f"{subject}\n" + "\n".join(lines)
    low = whole.lower()
    delayed = bool(DELAY.search(low)) and not FINAL.search(CONDITION.sub(" ", low))
    starts = sorted(first.values())
    return tuple(
        _reported(address, _block(lines, first.get(address), starts), whole, delayed=delayed)
        for address in wanted[:_MOST]
    )


def _notice(text: str) -> list[str]:
    """The lines above the original mail; all of them where nothing else is there."""
    lines = [line[:_LINE] for line in text[:_LOOKED_AT].splitlines()]
    for number, line in enumerate(lines):
        if _ORIGINAL.match(line) and any(map(str.strip, lines[:number])):
            return lines[:number]
    return lines


def _seen(lines: list[str]) -> Iterator[_Seen]:
    said = ""
    for number, line in enumerate(lines):
        rank = _rank(line, said) if "@" in line else 0
        if rank == 1 and number and _goes_on(lines[number - 1], line):
            rank = 3
        if rank:
            for found in _FIND.finditer(line):
                yield _Seen(_plain(found[0]), number, rank)
        said = line if line.strip() else said


def _goes_on(above: str, line: str) -> bool:
    """Whether a sentence of the line above merely broke before the address."""
    said = above.strip()
    if not said or said[-1] in ":：" or _indent(line) < _indent(above):
        return False
    if _indent(line) > _indent(above):
        return _STARTS.match(above) is not None
    return said[-1].isalpha() and "<" not in line and not _STARTS.match(above)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _plain(address: str) -> str:
    """Gateways write "SMTP=" or "SMTP%" before it, texts put quotation marks around it."""
    return _GATEWAY.sub("", address.lower()).strip("'`.")


def _rank(line: str, before: str) -> int:
    """1 starts the line, 2 labelled, 3 anywhere, 4 an echoed "To"; 0 none that is meant."""
    if _ECHO_TO.match(line):
        return 4
    if _ECHO.match(line) or (_ASK_BEFORE.search(before) and _ASK.search(before)):
        return 0
    if _STARTS.match(line):
        return 1
    if _ASK.search(line):
        return 0
    return 2 if _LABEL.search(line) else 3


def _strongest(seen: list[_Seen], weakest: int = 4) -> list[str]:
    """The addresses of the strongest rank, each once. Of a line that starts with one, that one."""
    best = min((one.rank for one in seen if one.rank <= weakest), default=0)
    kept = [one for one in seen if one.rank == best]
    if best == 1:
        lines: dict[int, str] = {}
        for one in kept:
            lines.setdefault(one.line, one.address)
        return list(dict.fromkeys(lines.values()))
    return list(dict.fromkeys(one.address for one in kept))


def _without_domain(lines: list[str], server: str) -> list[str]:
    """Names without a domain, below a line that announces them: they are of the server's own."""
    domain = server.rpartition("@")[2]
    found = []
    opened = 9
    for line in lines:
        opened = 0 if _LIST_OPENS.search(line) else opened + bool(line.strip())
        name = _LOCAL_PART.match(line) if 1 <= opened <= 2 else None
        if name and domain:
            found.append(f"{name[1].lower()}@{domain}")
    return list(dict.fromkeys(found))


def _block(lines: list[str], start: int | None, starts: list[int]) -> str:
    """What is said of one address: from its line to that of the next."""
    if start is None:
        return ""
    end = next((one for one in starts if one > start), len(lines))
    return "\n".join(lines[start:end])[:_BLOCK]


def _reported(address: str, block: str, whole: str, *, delayed: bool) -> Reported:
    status = _status(block) or _status(whole)
    if delayed or not status or status[0] == "2":
        status = ("4" if delayed else "5") + (status[1:] or ".0.0")
    words = " ".join(block.split())[:500]
    return Reported(address, "delayed" if delayed else "failed", status, words)


def _status(words: str) -> str:
    """By number where one is told, else by words; a code gives the class, words the detail."""
    told = status_in(words)
    if told and not told.endswith(".0.0"):
        return told
    low = words.lower()
    reason = next((status for pattern, status in REASONS if pattern.search(low)), "")
    if told and reason:
        return told[0] + reason[1:]
    return told or reason
