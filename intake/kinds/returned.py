"""Is this mail a bounce? Judges for `intake.kinds.screen`; whom it is about is read by `bounce`.

What a mail server says of a mail is a bounce; what a person says of a bounce, or passes on, is not.
"""

from __future__ import annotations

import re
from typing import Final

from intake.fields import first, is_set, null_sender, report_type
from intake.kinds.opening import GREETING, PASSED_ON
from intake.mail import Mail

DAEMONS: Final = re.compile(
    r"(?:mailer[-_.]?daemon|mdaemon|mail[-_.]?daemon|double-bounce|mailerdaemon"
    r"|microsoftexchange[0-9a-f]{20,40}|maildelivery(?:system|subsystem)?"
    r"|mail[-_.]delivery[-_.](?:sub)?system"
    r")(?:\+[^@]*)?@.*"
)
POSTMASTERS: Final = re.compile(r"post(?:master|office)(?:\+[^@]*)?@.*")
_DAEMON_NAME: Final = re.compile(
    r"mail(?:er)?[- ]?daemon|mail delivery (?:sub)?system|mail delivery service", re.IGNORECASE
)
# Nobody who complains of parts writes such a subject.
_SURE: Final = re.compile(
    r"undeliver(?:able|ed)|returned (?:e-?)?mail|returned to sender|delivery status notification"
    r"|failure notice|mail delivery|mail system error|mail not delivered"
    r"|message (?:not delivered|undeliverable)"
    r"|(?:mail|message) could not be delivered|non-?delivery (?:report|notice)"
    r"|nondeliverable|delivery notification|automatically rejected mail"
    r"|unzustellbar|nachricht nicht zugestellt|mail konnte nicht zugestellt|non remis"
    r"|non[- ]recapitabile|mancat[oa] (?:consegna|recapito)"
    r"|no se puede entregar|correo (?:devuelto|no entregado)|mensaje no entregado"
    r"|não (?:é possível entregar|entregue:)|onbestelbaar"
    r"|niedostarczaln|nedoručiteln|kézbesíthetetlen|olevererbar|kan (?:inte|ikke) leveres"
    r"|teslim edilemedi"
    r"|не доставлен[оа]?|недоставлен|退信|无法(?:投递|送达)|投递失败|未送达|邮件被退回"
    r"|投遞失敗|無法傳遞|系统退信"
    r"|配信(?:不能|エラー|できません)|送信エラー|未配信|不達|반송|배달 ?(?:실패|불가)"
    r"|(?:전송|발송) ?실패",
    re.IGNORECASE,
)
# People say this as well, of parcels.
_MAYBE: Final = re.compile(
    r"delivery (?:status|failure|failed|has failed|problem|report|warning|delay|incomplete)"
    r"|deliver(?:y|ed)? delay"
    r"|could not be delivered|cannot be delivered|not (?:yet )?(?:been )?delivered"
    r"|non-?deliver|bounced?\b"
    r"|delayed|rejected|refused|user unknown|address (?:not found|unknown)|message status"
    r"|mail(?:box)? (?:full|error)|notification"
    r"|nicht zugestellt|zustell(?:ung|fehler)|verzögert|échec|distribution|entrega|devuelto"
    r"|consegna|recapito|falha"
    r"|niet (?:af)?geleverd|bezorg|dostarcz|zwrot|возврат|退回|发送失败|延迟|遅延|失敗"
    r"|エラー|전달|지연",
    re.IGNORECASE,
)
# What mail servers say before anything else; people who quote them greet first.
_SERVER_WORDS: Final = re.compile(
    r"created automatically by (?:the )?mail delivery|automatically (?:generated"
    r"|created) by (?:the |a )?(?:mail|delivery)"
    r"|this is (?:an automatically generated )?(?:delivery status|the mail (?:system"
    r"|delivery))|mail system at host"
    r"|failed recipients|(?:rcpt|mail from):? ?<|rcpt to:|smtp error|smtp;"
    r"|(?<!\d)[45]\d\d[ -]#?[45]\.\d\.\d"
    r"|(?:un|not )able to deliver (?:your |this |the )?(?:message|mail) to|advisory-only"
    r"|non-?delivery report"
    r"|(?:was not|wasn't|has not(?: yet)? been|could not be|couldn't be) delivered to:?"
    r"|has encountered delivery problems|could not be delivered to (?:all|one|some"
    r"|the following)|deliver(?:y|ed)? to the following"
    r"|delivery has failed to these|(?:did not|was not able to) reach the following"
    r"|permanent (?:fatal )?(?:delivery )?error"
    r"|(?:recipient|address)\S{0,4} (?:has been |was |were )?(?:rejected|not found|unknown)"
    r"|remote (?:host|server) (?:said|returned)"
    r"|<[^\s<>@]{1,64}@[^\s<>@]{1,200}>: .{0,80}\b[45]\d\d\b"
    r"|konnte nicht (?:an|zugestellt)|folgenden empfänger|n.a pas pu être (?:remis|délivré"
    r"|distribué)|no (?:se )?(?:ha podido|pudo) (?:ser )?entreg"
    r"|non è stato possibile (?:recapitare|consegnare)|não (?:pôde"
    r"|foi possível) (?:ser )?entreg|kon niet worden (?:bezorgd|afgeleverd)"
    r"|не (?:может быть|было|удалось) доставлен|退信|无法(?:投递|送达)|投递失败|未能送达"
    r"|被退回|配信(?:でき|され)|送信でき|반송|전달(?:되지|할 수)",
    re.IGNORECASE,
)
_FIRST_WORDS: Final = 600


def delivery_report(mail: Mail) -> bool:
    """RFC 6522 and 3464: it says so itself."""
    kind = report_type(mail)
    return kind == "delivery-status" or (kind == "" and bool(mail.reported))


def rejected_by_a_filter(mail: Mail) -> bool:
    """Sieve's reject (RFC 5429) comes as a disposition notification of a mail that nobody got."""
    words = f"{mail.subject}\n{mail.text[:_FIRST_WORDS]}".lower()
    return report_type(mail) == "disposition-notification" and "automatically reject" in words


def daemon(mail: Mail) -> bool:
    """From the program that carries mail, or from its master and about a delivery."""
    if mail.from_ is not None and DAEMONS.fullmatch(mail.from_.address):
        return True
    if is_set(mail, "x-failed-recipients") and not PASSED_ON.match(mail.subject):
        return True
    if mail.from_ is None and _DAEMON_NAME.search(first(mail, "from")):
        return True
    # A postmaster may be a person, and so may the subject of a complaint speak of deliveries.
    postmaster = mail.from_ is not None and bool(POSTMASTERS.fullmatch(mail.from_.address))
    nobody = _from_nobody(mail)
    if PASSED_ON.match(mail.subject) or not (postmaster or nobody):
        return False
    return (
        report_type(mail) is not None
        or bool(_SURE.search(mail.subject))
        or (bool(_MAYBE.search(mail.subject)) and (nobody or _says_server(mail)))
        or (not mail.subject and _says_server(mail))
    )


def server_words(mail: Mail) -> bool:
    """Servers that sign bounces with a name of their own; never a mail that somebody passed on."""
    if PASSED_ON.match(mail.subject):
        return False
    sure, maybe = _SURE.search(mail.subject), _MAYBE.search(mail.subject)
    if (sure or maybe) and report_type(mail) == "":
        return True
    return bool(sure or maybe) and _says_server(mail, names_somebody=not sure)


def _from_nobody(mail: Mail) -> bool:
    """RFC 5321 4.5.5, and the name that some servers write instead of nothing."""
    return null_sender(mail) or bool(
        DAEMONS.fullmatch(first(mail, "return-path").strip(" <>").lower())
    )


def _says_server(mail: Mail, *, names_somebody: bool = False) -> bool:
    start = mail.text.lstrip()[:_FIRST_WORDS]
    if GREETING.match(start) or (names_somebody and "@" not in start):
        return False
    return bool(mail.reported) or bool(_SERVER_WORDS.search(start))
