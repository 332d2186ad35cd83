"""How a mail begins: the words that tell a person, a machine and a forward apart. Tables."""

from __future__ import annotations

import re
from typing import Final

# Before the subject of what somebody answers or passes on, in the languages of mail programs.
PASSED_ON: Final = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:re|aw|antw|antwort|sv|vs|odp|res|rif|r|ynt|vá|atb|答复"
    r"|答覆|回复|回覆|回信|返信|답장|회신"
    r"|fwd?|wg|tr|rv|enc|vb|vl|pd|doorst|i|továbbítás|转发|轉寄|轉發|転送|전달)"
    r"\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]",
    re.IGNORECASE,
)
# How people begin; servers begin with what went wrong.
GREETING: Final = re.compile(
    r"\W*(?:dear|hello|hi\b(?!\. )|good (?:morning|day|afternoon|evening)|greetings|to whom"
    r"|sehr geehrte|guten (?:tag|morgen|abend)|hallo|liebe|moin|servus|bonjour|bonsoir"
    r"|madame|monsieur|cher"
    r"|hola|estimad|buen[oa]s|gentil|buongiorno|salve|egregi|caro|prezad|olá|bom dia|beste|geachte"
    r"|szanowni|dzień dobry|уважаем|здравствуйте|добрый|hej|hejsan|bästa|kære|sayın|merhaba"
    r"|你好|您好|尊敬的|各位|お世話|拝啓|안녕)",
    re.IGNORECASE,
)
