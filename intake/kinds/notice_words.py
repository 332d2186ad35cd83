"""What mail servers say when a mail does not arrive, in the languages of the servers we met.

Words of delay count only where no word says that it is over.
"""

from __future__ import annotations

import re
from typing import Final


def _any(*patterns: str) -> re.Pattern[str]:
    """For text in small letters: with IGNORECASE it takes up to twenty times as long."""
    return re.compile("|".join(patterns))


DELAY: Final = _any(
    r"\bdelay(?:ed)?\b(?! ?warning header)",
    r"still (?:being retried|trying|in the queue|queued)",
    r"(?:has|have) not (?:yet )?been (?:able to be )?delivered (?:yet|to all)?"
    r"|not yet (?:been )?(?:delivered|received)",
    r"\bpostponed\b|\bdeferred\b|warning only|advisory-only|just a warning",
    r"will (?:be retried|retry|(?:keep|continue) (?:to (?:try|attempt)|trying|attempting"
    r"|retrying))",
    r"(?:delivery )?attempts? will continue|continues? to (?:try|be retried)",
    r"(?:you )?(?:do not|don't) need to re-?send (?:your|the) message",
    r"verz(?:ö|oe)ger|noch nicht zugestellt|weitere zustellversuche|wird weiterhin versucht",
    r"retard(?:é|ée|ee)?\b|sera (?:à nouveau|de nouveau) tent|pas encore (?:été )?(?:remis"
    r"|distribué)",
    r"retrasad|demorad|a(?:ú|u)n no (?:se )?ha (?:sido|podido)|seguir(?:á|emos) intentando",
    r"ritardat|in ritardo|non (?:è|e') ancora stat|ulteriori tentativi",
    r"atrasad|ainda não foi entregue|continuar(?:á|emos) (?:a )?tenta",
    r"vertraagd|nog niet (?:afgeleverd|bezorgd)|opóźnion|nie został[ao]? jeszcze",
    r"延迟(?:投递|送达|通知)?|暂时(?:无法|未能)|稍后(?:会|将)?(?:自动)?(?:重试|重新投递)"
    r"|继续(?:尝试)?投递|尚未(?:送达|投递)",
    r"遅延|遅れて|再送を試み|配信を(?:続け|再試行)|지연|задерж|отложен",
)
# What a warning says may happen has not happened.
CONDITION: Final = re.compile(r"\b(?:if|unless|wenn|falls|si|se|als|如果|若)\b[^.\n]{0,200}")
FINAL: Final = _any(
    r"permanent(?:ly)?\b|given up|giving up|gave up|fatal error|will not be (?:retried|delivered)",
    r"no (?:further|more) (?:delivery )?attempts|not (?:be )?(?:retried|try again)",
    r"has been (?:removed from the (?:mail )?queue|returned)|could not be delivered (?:after"
    r"|within)",
    r"endg(?:ü|ue)ltig|dauerhaft|définitiv|definitiv|永久|已放弃|不再(?:尝试|重试|投递)|恒久|영구",
)
# The first that is found is the reason; the class may still be told by a code.
REASONS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        _any(
            r"quota|(?:mail(?:box|folder)?|inbox|postfach|buz(?:ó|o)n|casella|caixa|bo(?:î"
            r"|i)te.{0,20}|disk)"
            r"[^.\n]{0,40}\b(?:full|voll|lleno|llena|piena|cheia|pleine)\b",
            r"too much mail|mailbox (?:size|exceeds)|exceeds? (?:allowed|the) size"
            r"|insufficient (?:disk|storage)",
            r"邮箱(?:空间)?(?:已?满|不足)|空间不足|容量|超出.{0,8}(?:限额|配额)|용량|переполнен",
        ),
        "5.2.2",
    ),
    (
        _any(
            r"(?:account|mailbox|user|address)[^.\n]{0,40}(?:disabled|inactive|discontinued"
            r"|suspended)",
            r"deaktiviert|gesperrt|désactivé|deshabilitad|disattivat|停用|禁用|冻结|休眠|휴면",
        ),
        "5.2.1",
    ),
    (
        _any(
            r"(?:message|mail|size)[^.\n]{0,40}(?:too (?:large|big)|exceeds)|size limit",
            r"zu gro(?:ß|ss)|trop volumineux|demasiado grande|troppo grande"
            r"|邮件(?:过大|太大|大小超)|サイズ",
        ),
        "5.3.4",
    ),
    (
        _any(
            r"spam|blacklist|blocked|block ?list|polic(?:y|ies)|prohibited|not accepting mail"
            r"|denied|not authori[sz]ed",
            r"dmarc|spf (?:check|fail)|reputation|content rejected|垃圾邮件|反垃圾|拒收|黑名单"
            r"|拒绝接收|被拒绝|スパム|스팸",
        ),
        "5.7.1",
    ),
    (
        _any(
            r"(?:domain|host)[^.\n]{0,40}(?:not (?:exist|found|resolve)|unknown|does(?:n't"
            r"| not) exist)",
            r"(?:unknown|no such|bad destination) (?:host|domain)|name(?:server)? (?:lookup"
            r"|service) (?:error|fail)",
            r"couldn't find any host|domain(?:ain)?e? (?:existiert|nicht)|域名(?:不存在|错误|解析)"
            r"|ドメイン.{0,10}(?:見つか|存在)",
        ),
        "5.1.2",
    ),
    (
        _any(
            r"(?:user|recipient|mailbox|account|address|person|name)(?:[^.\n]|\.\S){0,60}(?:unknown"
            r"|not (?:found|exist"
            r"|known|listed|recogni[sz]ed|valid|unavailable|local|a valid)|doesn't (?:exist|have)"
            r"|does not (?:exist|have)|unavailable|invalid)",
            r"(?:unknown|no such|invalid|bad|illegal|nonexistent) (?:\w{1,12} ){0,2}(?:user"
            r"|recipient|mailbox|address|account|alias)",
            r"(?:recipient|address|user|mailbox) (?:address )?rejected|no mailbox here"
            r"|couldn't be found|wasn't found|does not like recipient|no matches to nameserver",
            r"unbekannt|existiert nicht|nicht (?:gefunden|vorhanden)|n.existe pas|inconnu|no existe"
            r"|desconocid|non esist|sconosciut|não existe|bestaat niet|nie istnieje"
            r"|не (?:существует|найден)",
            r"(?:用户|帐号|账号|邮箱|地址|收件人)[^。\n]{0,12}(?:不存在|未找到|无效|错误)|不存在"
            r"|見つかりません|存在しま(?:せん|せん)|존재하지 ?않",
        ),
        "5.1.1",
    ),
    (
        _any(
            r"(?:timed? ?out|timeout|not respond|did not respond|unreachable|not reachable"
            r"|connection refused"
            r"|no route|could ?n[o']t connect|queue(?:d)? (?:period|too long))",
            r"message expired|zeit(?:ü|ue)berschreitung|超时|连接(?:失败|不上)|タイムアウト"
            r"|시간 ?초과",
        ),
        "5.4.1",
    ),
)
