"""What two texts have in common, in any language: words, and in Chinese pairs of signs (R-30).

Nothing here knows what a complaint is: `cases/defects.py` does.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

_STEM: Final = 6  # signs: "scratch" and "scratches", "Gewinde" and "Gewindes" are one word
_LEAST: Final = 3
# Scripts that are written without spaces between words.
_CJK: Final = r"぀-ヿ㐀-䶿一-鿿豈-﫿"
_RUN: Final = re.compile(rf"[{_CJK}]+|[^\W\d_]+")
_PLAIN: Final = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe"})
_COURTESY_WORDS: Final = """
    dear hello regards kind best thank thanks please team sirs with from the and for that this are
    was were has have had not but our your you they them than then been will can all any its his
    sehr geehrte damen herren herr frau hallo guten tag bitte danke freundlichen grussen grusse
    mit und der die das den dem ein eine einen ist sind war von bei auf aus bis fur nicht wir
    sie ihre unsere haben wird auch nach noch zum zur als
    bonjour merci cordialement salutations les des une est sont pour par sur avec dans nous vous
    buongiorno cordiali saluti grazie del della dei che con per una sono non
    buenos dias saludo saludos gracias los las del una con por para que son
    dzien dobry pozdrawiam prosimy nie jest dla
    beste groet met vriendelijke een het van zijn niet voor
    bom dia atenciosamente favor uma com por para nao
    part number parts pcs piece pieces order item article teil teile teilen stuck artikel nummer
    artikelnummer bestellung ref reference piece pieces codice articolo pezzi referencia piezas
    complaint reklamation reclamation reclamo queja photo foto picture bild attached see again
    """
_COURTESY: Final = frozenset(_COURTESY_WORDS.split())
_CJK_COURTESY: Final = re.compile(
    "您好|你好|谢谢|謝謝|此致|敬礼|请|請|我们|我們|公司|零件号|料号|料號|品番|数量|數量|お世話|よろしく|お願い|ください"
)


def plain(text: str) -> str:
    """Small letters without accents: one spelling for what people write in several."""
    spread = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    bare = (sign for sign in spread if not "̀" <= sign <= "ͯ")
    return unicodedata.normalize("NFC", "".join(bare))


def words(text: str) -> frozenset[str]:
    """The words of a text that can tell it from others, each cut to its stem."""
    found: set[str] = set()
    for run in _RUN.findall(_CJK_COURTESY.sub(" ", plain(text))):
        if run[0] >= "぀":
            found.update(run[at : at + 2] for at in range(len(run) - 1))
        elif len(run) >= _LEAST and run not in _COURTESY:
            found.add(run[:_STEM])
    return frozenset(found)


def rarity(every: Collection[Iterable[str]]) -> Mapping[str, float]:
    """What each word weighs: much if few of these texts have it, nothing if all do."""
    counted = Counter(word for text in every for word in set(text))
    most = len(every)
    return {word: math.log((most + 1) / (number + 0.5)) for word, number in counted.items()}


def overlap(one: Collection[str], other: Collection[str], weight: Mapping[str, float]) -> float:
    """From 0 (nothing) to 1 (the same words): the cosine of the weighed words."""
    both = sum(weight.get(word, 1.0) ** 2 for word in set(one) & set(other))
    size = math.sqrt(_square(one, weight) * _square(other, weight))
    return both / size if size else 0.0


def _square(words: Iterable[str], weight: Mapping[str, float]) -> float:
    return sum(weight.get(word, 1.0) ** 2 for word in set(words))
