"""Lines as they stand in a signature: greeting, name, company, how to reach somebody.

Each question is about one line, without the white space around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from intake.reply import shapes

_LONGEST_CARD: Final = 110  # signs in one of its lines
_TRAILING: Final = " \t\xa0,.!;:~，。！；、…*_"
_CLOSINGS: Final = {
    **{shapes.folded(one).strip(_TRAILING): "thanks" for one in shapes.every("thanks")},
    **{shapes.folded(one).strip(_TRAILING): "closing" for one in shapes.every("closing")},
}
_FIRST_WORDS: Final = frozenset(
    one.split()[0].casefold().strip(_TRAILING)
    for one in (*shapes.every("thanks"), *shapes.every("closing"))
)
_LONGEST_CLOSING: Final = max(map(len, _CLOSINGS))
_SUFFIX: Final = tuple(shapes.every("suffix"))
_PLACE: Final = re.compile(r"\s+(?:aus|from|von|uit|fra|från|depuis|desde|da|de|z|из)\s+.{2,40}")
_NAME: Final = re.compile(
    r"[^\W\d_][\w.'’-]*(?:[ /&.]+(?:[^\W\d_][\w.'’-]*|\([^()]{1,30}\))){0,4}\.?"
)
_POSTSCRIPT: Final = re.compile(
    r"(?:P\.? ?P?\.? ?S|N\.? ?B|附|又及|追伸)\b\.?\s*[:：.,-]?", re.IGNORECASE
)
CONTACT: Final = re.compile(
    r"@|\bwww\.|https?://|(?<![\w.])[+(]?\d[\d ()/.\xa0–-]{5,}\d"
    r"|(?<!\w)(?:tel|phone|fax|mobile?|mob|cell|fon|telefon|telefono|teléfono|téléphone|puh|gsm"
    r"|skype|wechat|whatsapp|e-?mail|web|direct|office|ext|t|m|f|p|e|w|тел|моб|факс)\b\.?\s?[:：+.]"
    r"|电话|電話|手机|手機|传真|傳真|微信|邮箱|郵箱|地址|邮编|網址|网址|携帯|전화|팩스|휴대폰|주소",
    re.IGNORECASE,
)
# The same at the start of a line, where a card has it.
REACHED: Final = re.compile(
    r"(?:www\.|https?://|<?(?:mailto:)?[\w.+-]+@[\w-]+\.[\w.-]+>?\W*$|[+(]?\d[\d ()/.-]{6,}$"
    r"|(?:tel|phone|fax|mobile?|mob|cell|fon|telefon|telefono|teléfono|téléphone|tél|puh|gsm"
    r"|skype|wechat|whatsapp|e-?mail|web|direct|office|ext|t|m|f|p|e|w|тел|моб|факс)\b\.?\s?[:：+.]"
    r"|电话|電話|手机|手機|传真|傳真|微信|邮箱|郵箱|地址|邮编|網址|网址|携帯|전화|팩스|휴대폰|주소)",
    re.IGNORECASE,
)
REGISTER: Final = re.compile(
    r"\b(?:HRB|HRA|USt|VAT|GmbH|AG|KG|Ltd|Inc|LLC|S\.?p\.?A|S\.?r\.?l|S\.?A\.?S?|B\.?V|N\.?V|A/S"
    r"|ApS|AB|AS|Oy|Oyj|s\.r\.o|a\.s|Sp\. z o\.?o|Co\b|Corp|plc|KVK|CVR|NIP|REGON|IČO?|SIRET"
    r"|P\.?IVA|Geschäftsführ\w*|Vorstand|Amtsgericht|Registergericht|Sitz|[Rr]egistered|ООО|ИНН)\b"
    r"|公司|株式会社|有限会社|주식회사|集团|集團",
)
_DATA: Final = re.compile(
    r"[:：=|\t].*\d|\d.*[|\t]|\d ?(?:pcs|pc|mm|stk|stück|ks|szt|件|个|個|只|台)\b"
)
_SENTENCE: Final = re.compile(r"[.!?…。！？]\W{0,2}$")
_BRAND: Final = (
    r"(?:iPhon\w{1,4}|iPad\w{0,4}|iOS|Android|Samsung|Galaxy|Huawei|Xiaomi|Redmi|OPPO|vivo|Honor|OnePlus|Nokia"
    r"|Motorola|Pixel|BlackBerry|Windows|Outlook|Yahoo!?|AOL|Gmail|Proton ?Mail|Thunderbird|Sparrow"
    r"|Spark|Mailbird|Acompli|HTC|Sony|Xperia|LG|Verizon|Vodafone|Handy|Smartphone|Tablet|Telefon"
    r"|telefon\w*|teléfono|téléphone|telefono|mobile?|mobil\w*|cell ?phone|phone|puhelin\w*|手机"
    r"|手機|スマートフォン|휴대폰|网易\S{0,10}|QQ\S{0,4}|邮箱\S{0,6}|Foxmail|Mail|E-Mail|Телефон\w*)"
)
_DEVICE: Final = re.compile(
    rf"(?=.*(?:{shapes.any_of(shapes.every('phone'))}|[’']dan |dan gönder))"
    r"[^,.;:!?。，]{0,50}"
    rf"{_BRAND}(?:\]\(https?://[^\s()]{{1,200}}\))?(?:\W*\w{{1,14}}){{0,3}}[.)>\]]?"
    r"(?:<https?://[^\s<>]{1,200}>?(?: \w{1,15})?)?"
    r"(?:\W+(?:\w+\W+){0,8}(?:typos?|brevity|Tippfehler\w*|Kürze|fautes?|errores)\b.{0,20})?",
    re.IGNORECASE,
)
_RUN: Final = re.compile(r"[^\W_]+")


class _Phrases:
    """Which of many phrases may be in a text, by their first words: looking for all takes time."""

    def __init__(self, phrases: Iterable[str], glued: Callable[[str], object]) -> None:
        """`glued`: whether a phrase may stand within a word, as in scripts without spaces."""
        self._glued: list[str] = []
        self._by_first: dict[str, list[str]] = {}
        for one in map(str.casefold, phrases):
            if glued(one):
                self._glued.append(one)
            else:
                self._by_first.setdefault(_RUN.findall(one)[0], []).append(one)

    def any_in(self, low: str, words: Iterable[str]) -> bool:
        """Whether one is in a text in small letters; `words`: all of its words."""
        found = self._by_first.keys() & words
        return any(one in low for word in found for one in self._by_first[word]) or (
            not low.isascii() and any(one in low for one in self._glued)
        )


_MESSAGE: Final = _Phrases(shapes.every("message"), _RUN.fullmatch)
# A word of the line begins like this, in any language; looking further costs time.
_BRANDS: Final = frozenset(
    {"ipho", "ipad", "ios", "andr", "sams", "gala", "huaw", "xiao", "redm", "oppo", "vivo", "hono"}
    | {
        "onep",
        "noki",
        "moto",
        "pixe",
        "blac",
        "wind",
        "outl",
        "yaho",
        "aol",
        "gmai",
        "prot",
        "thun",
    }
    | {"spar", "mail", "acom", "htc", "sony", "xper", "lg", "veri", "voda", "hand", "smar", "tabl"}
    | {"tele", "télé", "mobi", "cell", "phon", "puhe", "foxm", "e-ma", "теле"}
)
_PHONES: Final = (*map(str.casefold, shapes.every("phone")), "’dan ", "'dan ", "dan gönder")
_DEVICES: Final = _Phrases(_PHONES, lambda one: any("\u2e7f" < sign < "\ufb00" for sign in one))
_BRANDS_CJK: Final = (
    *("手机", "手機", "スマ", "휴대", "网易", "QQ", "邮箱"),
    *("iPhone", "iPad", "Outlook"),
)


def may_say(low: str) -> tuple[bool, bool]:
    """Whether in several lines, in small letters, one may name a device, and one the mail itself:
    most have neither, and each need not be looked at."""
    words = frozenset(_RUN.findall(low))
    return _DEVICES.any_in(low, words), _MESSAGE.any_in(low, words)


def is_device(line: str) -> bool:
    """Whether a phone or a mail program wrote the line: "Sent from my iPhone"."""
    if len(line) > 250:
        return False
    known = any(
        word[:4] in _BRANDS or word[:3] in _BRANDS or word[:2] in _BRANDS
        for word in line.casefold().split()
    )
    if not known and (line.isascii() or not any(one in line for one in _BRANDS_CJK)):
        return False
    low = line.casefold()
    return any(one in low for one in _PHONES) and bool(_DEVICE.fullmatch(line))


def closing(line: str) -> tuple[str, bool]:
    """("closing" or "thanks" or "", whether a name follows in the same line)."""
    if len(line) > _LONGEST_CLOSING + 60:
        return "", False
    bare = line.strip(_TRAILING + "-–—")
    first = bare.partition(" ")[0].casefold().rstrip(_TRAILING).partition(",")[0]
    if first not in _FIRST_WORDS and (bare[:1] < "\u1000" or len(bare) > 30):
        return "", False
    folded = (
        shapes.folded(bare.partition("/")[0]).strip(_TRAILING)
        if "/" in bare
        else shapes.folded(bare)
    )
    if kind := _CLOSINGS.get(folded):
        # "Thank you!" is said, "Thank you," is signed.
        said = kind == "thanks" and line.rstrip()[-1] in ".!。！"
        return ("said" if said else kind), False
    if bare.endswith(_SUFFIX) and len(bare) <= 12:
        return "closing", True
    for end in (at for at, sign in enumerate(bare[: _LONGEST_CLOSING + 1]) if sign in " ,，、"):
        kind = _CLOSINGS.get(shapes.folded(bare[:end]).strip(_TRAILING), "")
        rest = bare[end:].strip(_TRAILING)
        if kind == "closing" and (is_person(rest) or _PLACE.fullmatch(bare[end:])):
            return kind, True
        if kind == "thanks" and bare[end] in ",，" and is_person(rest) and line[-1] not in "。!！":
            return kind, True
    return "", False


def is_person(words: str) -> bool:
    """Whether this is a name and nothing else."""
    parts = words.split()
    if not 0 < len(parts) <= 4 or any(sign.isdigit() for sign in words):
        return False
    if not _NAME.fullmatch(words):
        return False
    if words[0] > "\u2e7f":
        return len(words) <= 4
    return all(part[0].isupper() or part in _PARTICLES for part in parts)


def is_title(line: str) -> bool:
    """Whether two or more words, all with capitals, may be a name or a title: HTML parts them."""
    return len(line.split()) > 1 and len(line) <= 50 and is_person(line)


_PARTICLES: Final = frozenset(
    {"of", "for", "für", "von", "van", "de", "der", "den", "da", "di", "la", "und", "and", "zu"}
)


def is_name(line: str) -> bool:
    """Whether a name, a title or a company may stand in this line."""
    if len(line) > 70 or _POSTSCRIPT.match(line) or _DATA.search(line):
        return False
    words = line.split()
    if line[0] > "\u2e7f":
        return len(line) <= 30 and not _SENTENCE.search(line) and "，" not in line
    lower = sum(word[0].islower() for word in words)
    return len(words) <= 9 and not line.endswith(("?", "!", ":")) and lower <= 2 + len(words) // 3


def is_card(line: str) -> bool:
    """Whether a line is such as stands on a business card."""
    if len(line) > _LONGEST_CARD or _POSTSCRIPT.match(line) or line.endswith("?"):
        return False
    if shapes.RULE.fullmatch(line) or CONTACT.search(line) or REGISTER.search(line):
        return not talks(line) or _is_firm(line)
    if closing(line)[0]:
        return True
    if _DATA.search(line):
        return False
    return not talks(line) and (is_name(line) or _is_street(line))


def is_whole(block: Sequence[str]) -> bool:
    """Whether lines are a card: a name first, and two of them say how to reach somebody."""
    if not block or not (is_person(block[0]) or REGISTER.search(block[0])):
        return False
    reached = sum(bool(CONTACT.search(line)) for line in block)
    firms = sum(bool(REGISTER.search(line)) for line in block)
    known = reached and reached + firms >= 2
    return bool(known) and all(len(line) <= 70 and is_card(line) for line in block)


def _is_firm(line: str) -> bool:
    """ "METALPOL Sp. z o.o." is mostly small letters, and no sentence."""
    words = line.split()
    small = sum(word[0].islower() for word in words)
    return len(words) <= 6 and small <= 2 and bool(REGISTER.search(line))


def _is_street(line: str) -> bool:
    return len(line) <= 80 and any(sign.isdigit() for sign in line) and line[0].isalnum()


def is_end(line: str) -> bool:
    """Whether a sentence ends with this line, or a frame around a card begins."""
    return bool(_SENTENCE.search(line)) or line[0] > "\u2e7f" or not any(map(str.isalnum, line))


def talks(line: str) -> bool:
    """Whether this is a sentence to us."""
    if line[0] > "\u2e7f":
        return len(line) > 12 and bool(re.search(r"[。！？；]|，.*，", line))
    words = line.split()
    lower = sum(word[0].islower() for word in words)
    if len(words) >= 4 and lower >= (5 if CONTACT.search(line) else len(words) - 2):
        return True
    return len(words) >= 5 and bool(_SENTENCE.search(line)) and lower >= 3


def names(writer: str) -> frozenset[str]:
    """How a sender may sign: the whole name, the first, the last, "Last, First" turned round.

    Of Latin letters at least three; two Chinese signs are a whole name.
    """
    low = writer.casefold().replace("’", "'")
    last, comma, given = low.partition(",")
    parts = low.replace(",", " ").split()
    every = {"".join(low.split()), *parts[:1], *parts[-1:]}
    if comma:
        every.add("".join(f"{given}{last}".split()))
    return frozenset(one for one in every if len(one) >= (2 if one[:1] > "\u2e7f" else 3))


def is_frame(line: str) -> bool:
    """NetEase draws a table around the signature, and leaves its frame in the plain text."""
    return line[:1] == "|" and not line.strip("| ")


def names_message(low: str) -> bool:
    """Whether it speaks of the mail itself."""
    return _MESSAGE.any_in(low, _RUN.findall(low))
