"""The new text of a reply, what it quotes, and the signature (R-29: answers are in the new text).

Every line becomes one letter and the mail one word; the rules are regular expressions on that
word. Nothing is thrown away: what no rule knows is new text, and the whole text stays beside it.
"""

from __future__ import annotations

import re

# Letters of the word, first match wins:
#   e empty   q quoted   w "On ... wrote:"   o start of it   v end of it
#   d "-----Original Message-----"   h "From:"   s "Sent:", "To:", "Subject:"
#   u a line of underscores   g "-- "   m "Sent from my phone"   t text
_WROTE = (
    r"(?:On|At)\b.{6,250}\bwrote ?:"
    r"|Am\b.{6,250}\bschrieb\b.{0,200}:"
    r"|.{0,60}\d.{4,250}[写寫]道 ?[:：]"
)
_LETTERS = tuple(
    (letter, re.compile(pattern, re.IGNORECASE))
    for letter, pattern in (
        ("e", r"\s*"),
        ("q", r"\s{0,3}>.*"),
        ("w", rf"\s*(?=.*\d)(?:{_WROTE})\s*"),
        ("o", r"\s*(?:(?:On|At|Am)\b|在)(?=.*\d).{6,250}"),
        ("v", r".{0,200}(?:\bwrote ?:|\bschrieb\b.{0,120}:|[写寫]道 ?[:：])\s*"),
        (
            "d",
            r"\s*-{3,}\s*(?:Original Message|Original Appointment|Urspr(?:ü|ue)ngliche Nachricht"
            r"|Forwarded message|Weitergeleitete Nachricht|原始邮件|原始郵件|回复的(?:原)?邮件"
            r"|转发的?邮件|转发邮件信息)\s*-{3,}\s*",
        ),
        ("d", r"\s*(?:Begin forwarded message|Anfang der weitergeleiteten Nachricht):\s*"),
        ("h", r"\s*\*?(?:From|Von|发件人|寄件者|寄件人)\s?\*?\s?[:：]\*?\s?.*"),
        (
            "s",
            r"\s*\*?(?:Sent|Date|To|Cc|Subject|Reply-To|Importance|Gesendet|Datum|An|Betreff"
            r"|Antwort an|发送时间|发送日期|日期|时间|收件人|抄送(?:人)?|主题|主旨)"
            r"\s?\*?\s?[:：]\*?\s?.*",
        ),
        ("u", r"\s*_{10,}\s*"),
        ("g", r"-- ?"),
        (
            "m",
            r"\s*(?:Sent from my .{2,40}|Von meinem .{2,40} gesendet|Get Outlook for .{2,20}"
            r"|发自我的.{0,30}|从我的.{2,20}发送|Outlook für .{2,20} beziehen)\s*",
        ),
    )
)

_EMPTY_START = re.compile(r"\A\s*\n")
# A sentence such as "From: line 3 ..." is no header block: it takes two more header lines.
_BLOCK = r"h(?:t?s){2,}"
_TO_THE_END = re.compile(rf"(?:(?:ue*)?(?:d|{_BLOCK})|(?:w|o[ot]?v)e*(?=[^qe])).*", re.DOTALL)
_QUOTED = re.compile(r"(?:(?:w|o[ot]?v)e*)?q(?:e*q)*|(?:w|o[ot]?v)(?=e*$)")
# Longer than this is no signature but text below a line that looks like one.
_SIGNATURE = re.compile(r"g[^gQ]{0,15}(?=Q|$)|m(?=e*(?:Q|$))")


def split(text: str) -> tuple[str, str, str]:
    """(new text, quoted text, signature) of `text`; each stripped of empty lines around it."""
    lines = text.splitlines()
    word = _mark(_TO_THE_END, "".join(map(_letter, lines)), "Q")
    word = _mark(_QUOTED, word, "Q")
    word = _mark(_SIGNATURE, word, "S")
    new = [line for line, letter in zip(lines, word, strict=True) if letter not in "QS"]
    return _join(new), _pick(lines, word, "Q"), _pick(lines, word, "S")


def _letter(line: str) -> str:
    # Long lines are text: a header line or a "wrote" line is short, and patterns cost time.
    if len(line) > 500:
        return "q" if line.lstrip().startswith(">") else "t"
    ends = line.rstrip().endswith((":", "："))
    for letter, shape in _LETTERS:
        if (ends or letter not in "wv") and shape.fullmatch(line):
            return letter
    return "t"


def _mark(rule: re.Pattern[str], word: str, letter: str) -> str:
    return rule.sub(lambda found: letter * len(found[0]), word)


def _pick(lines: list[str], word: str, letter: str) -> str:
    return _join([line for line, kind in zip(lines, word, strict=True) if kind == letter])


def _join(lines: list[str]) -> str:
    return _EMPTY_START.sub("", "\n".join(lines)).rstrip()
