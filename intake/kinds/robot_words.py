"""What machines write that answer for people: subjects and first words, in many languages.

Weak signs, all of them (RFC 3834 knows only fields): none decides alone.
"""

from __future__ import annotations

import re
from typing import Final


def _any(*patterns: str) -> str:
    return "|".join(patterns)


_AUTOMATIC = _any(
    r"auto(?:mat(?:ic|ed|isch))?[- ]?(?:e-?mail )?(?:repl(?:y|ies)|respon(?:se|der|d)"
    r"|answer(?:ing)?|acknowledge?ment)"
    r"|auto(?=\s*[:：])",
    r"automatisch(?:e|es)? (?:antwort|antwoord|rückmeldung|eingangsbestätigung)|autoantwort"
    r"|auto[- ]?reply",
    r"réponse automatique|respuesta autom(?:á|a)tica|risposta automatica|resposta autom(?:á|a)tica",
    r"(?:automatyczna|autom\.) odpowiedź|odpowiedź automatyczna|autoodpowiedź"
    r"|automatick[áa] odpov[ěe]ď",
    r"autosvar|automatiskt? svar|automaattinen vastaus|automatikus válasz|răspuns automat"
    r"|otomatik yanıt",
    r"автоответ(?:чик)?|автоматический ответ|автовідповідь",
    r"自动(?:回复|答复|应答)|自動(?:回覆|回復|答覆|返信|応答)(?:メール)?|자동 ?(?:응답|회신|답장)",
)
_AWAY = _any(
    r"out[- ]of[- ](?:the[- ])?office|ooo(?=\s*[:：])|away from (?:my|the) (?:desk|office"
    r"|mail)|vacation|(?:on|annual|parental|sick) (?:leave|holiday)s?",
    r"abwesenheit(?:snotiz|snachricht|smeldung|sassistent|sinfo)?|(?:bin "
    r"|zur zeit )?nicht im (?:büro|buero|haus)|urlaubs(?:notiz|meldung|benachrichtigung)"
    r"|außer haus",
    r"(?:message d.|notification d.|avis d.)?absence(?: du bureau)?|absent(?:e)? du bureau"
    r"|en congés?",
    r"fuera de (?:la )?oficina|ausente de la oficina|ausencia(?: temporal)?|de vacaciones"
    r"|fuori (?:ufficio|sede)|assenza|assente dall.ufficio",
    r"fora do escritório|ausência(?: temporária)?|de férias|afwezig(?:heid)?(?:sbericht"
    r"|sassistent|smelding)?|niet op kantoor|buiten kantoor",
    r"nieobecność|poza biurem|mimo kancelář|házon kívül|frånvaro(?:meddelande)?|fraværende"
    r"|fravær|poissa(?:olo)?|ofis dışında",
    r"вне офиса|нет на (?:рабочем )?месте|в отпуске|отпуск|休假(?:通知)?|外出(?:通知)?"
    r"|不在办公室|不在辦公室|不在(?:通知|連絡|のお知らせ)?|休暇|부재(?: ?중)?(?: ?알림)?"
    r"|휴가",
)
# As a whole at the start of a subject, with ":" or nothing behind: programs write it so.
SUBJECT: Final = re.compile(
    rf"\s*(?:\[[^\]]{{1,40}}\]\s*|\*+\s*|\()?(?:{_AUTOMATIC}|{_AWAY})"
    r"(?:[- ]?(?:reply|message|notification|notice|response|auto-?reply|nachricht|antwort"
    r"|notiz|meldung|automatique|automática))?"
    r"\s*(?:\)|\*+)?\s*(?:[:：|]|[-–—]\s|$|(?:until|bis|till|from|vom|du|hasta|fino|至|到)\b)",
    re.IGNORECASE,
)
# Behind the subject that is answered.
SUBJECT_END: Final = re.compile(
    r"[(\[](?:out of (?:the )?office|auto(?:matic)?[- ]?reply|abwesend|自动回复)[)\]]\s*$",
    re.IGNORECASE,
)
# The machine says of itself what it is.
SAYS_SO: Final = re.compile(
    r"\bthis (?:e-?mail |mail |message |reply |response |answer )?(?:is"
    r"|was) (?:an? )?auto(?:mat\w{0,6})?[- ]?"
    r"(?:generated|created|sent|e-?mail|repl|respon|message|answer|notification|confirm)"
    r"|\bdies(?:e (?:nachricht|e-?mail|mail|antwort))? (?:ist eine automatisch|wurde automatisch)"
    r"|est une réponse automatique|est un (?:message|e-?mail|courriel) automatique"
    r"|es una respuesta automática|es un (?:mensaje|correo) automático"
    r"|è una risposta automatica|è un messaggio automatico|é uma (?:resposta"
    r"|mensagem) automática|is een automatisch|jest automatyczn|автоматическ"
    r"|(?:这是|此为|此邮件|本邮件).{0,12}自动|系统自动(?:回复|发送)|自動(?:返信|配信"
    r"|送信)(?:メール|して|で|され)|자동(?:으로)? ?(?:발송|응답|회신)",
    re.IGNORECASE,
)
# In the first person, as absence assistants have it.
AWAY: Final = re.compile(
    r"\bi(?: am|.m| will be)(?: \w{1,12}){0,2} (?:out of (?:the )?office|away"
    r"|on (?:\w{1,10} )?(?:leave|vacation|holiday)|not in the office|unavailable"
    r"|travell?ing)"
    r"|thank you for your (?:e-?mail|message|mail)[.,!]? (?:i|we) (?:am|are|will)"
    r"|limited access to (?:my )?e-?mail"
    r"|(?:ich|bin|wir) .{0,30}(?:nicht (?:im (?:büro|haus)|erreichbar|am platz)|abwesend"
    r"|im urlaub|außer haus|auf dienstreise)"
    r"|je suis .{0,20}(?:absente?|en congé|en déplacement)|estoy .{0,20}(?:fuera"
    r"|de vacaciones|ausente)|(?:estar(?:é|e)|me encuentro) .{0,20}(?:fuera|ausente"
    r"|vacaciones)"
    r"|sono .{0,20}(?:assente|fuori ufficio|in ferie)|sar(?:ò|o') .{0,20}(?:assente|fuori)"
    r"|estou .{0,20}(?:ausente|de férias|fora)|ik ben .{0,20}(?:afwezig|niet op kantoor"
    r"|met vakantie)"
    r"|jestem .{0,20}(?:nieobecn|na urlopie)|przebywam .{0,10}na urlopie"
    r"|jag är .{0,20}(?:inte på kontoret|ledig|borta|på semester)"
    r"|jeg er .{0,20}(?:ikke på kontoret|på ferie|fraværende)"
    r"|я (?:нахожусь )?(?:в отпуске|отсутству)|(?:我|本人)(?:现|目前|正|将)?(?:在"
    r"|已)?(?:外出|休假|出差|不在|度假|放假|请假)|无法(?:及时)?(?:查看|回复)邮件"
    r"|不在(?:にし|の(?:ため|間)|期間)|休暇(?:を|中|のため)|부재 ?중|휴가 ?중",
    re.IGNORECASE,
)
# The desk of somebody else: thanks for a mail that it has only counted.
RECEIVED: Final = re.compile(
    r"(?:thank you|thanks) for (?:contacting|reaching|writing|your (?:e-?mail|message|mail"
    r"|enquiry|inquiry|request))"
    r"|(?:we have|we've) received your|your (?:request|ticket|mail|e-?mail|message"
    r"|enquiry) (?:\S{1,20} )?(?:has been|was) (?:received|created|registered|logged)"
    r"|vielen dank für ihre (?:nachricht|anfrage|e-?mail|mail)|ihre (?:nachricht|anfrage"
    r"|e-?mail) (?:ist|wurde|haben wir)|wir haben ihre (?:nachricht|anfrage"
    r"|e-?mail) erhalten"
    r"|(?:merci (?:de|pour)|nous avons bien reçu) votre|nous accusons réception"
    r"|gracias por (?:contactar|su|escribir|tu)|hemos recibido su|grazie per (?:averci"
    r"|la (?:sua|tua))|abbiamo ricevuto la"
    r"|obrigado (?:por|pelo)|recebemos (?:a )?su?a|bedankt voor uw"
    r"|wij hebben uw .{0,20}ontvangen|dziękujemy za|otrzymaliśmy|спасибо за (?:ваше"
    r"|обращение)|ваше (?:письмо|обращение)"
    r"|(?:您的|你的)?(?:邮件|来信|信件|e-?mail)(?:我)?(?:们)?(?:已经?|已)?(?:收到|阅)|(?:我"
    r"|我们)?已(?:经)?收到(?:您|你)的|感谢(?:您|你)的(?:来信|邮件|咨询|联系)"
    r"|お問い合わせ(?:いただき|ありがとう|を受)|メールを(?:受信|受け付け|拝受)"
    r"|메일을 (?:잘 )?(?:받|수신)|문의",
    re.IGNORECASE,
)
# Receipts of programs that send no disposition notification, or whose gateway lost it.
RECEIPT_SUBJECT: Final = re.compile(
    r"\s*(?:read|not read|deleted|unread|gelesen|ungelesen gelöscht|nicht gelesen|lu|non lu"
    r"|leído|no leído|eliminado sin leer|letto|non letto|lido|não lido|gelezen|niet gelezen"
    r"|przeczytano|прочитано|не прочитано|läst|læst|lest|okundu|已读|未读|已讀|未讀|已阅读"
    r"|開封済み|開封|未開封|읽음|읽지 않음|přečteno|olvasás)\s*[:：]"
    r"|\s*(?:return receipt|read receipt|read notification|lesebestätigung"
    r"|empfangsbestätigung|accusé de (?:lecture|réception)|confirm(?:ación|a) de lectura"
    r"|conferma di lettura"
    r"|confirmação de leitura|leesbevestiging|potwierdzenie (?:przeczytania|odczytu)"
    r"|уведомление о прочтении|已读回执|阅读回执|回执|開封確認|수신 ?확인"
    r"|disposition notification|registered:)",
    re.IGNORECASE,
)
RECEIPT_WORDS: Final = re.compile(
    r"(?:was|has been|were) (?:read|opened|displayed|deleted without|received by)"
    r"|message .{0,80}(?:read|displayed) (?:on|at)|this (?:is a )?(?:return|read) receipt"
    r"|receipt (?:only )?(?:acknowledges|shows)|no guarantee that"
    r"|wurde .{0,60}(?:gelesen|angezeigt|geöffnet|gelöscht)|(?:a été|was) (?:lu|affiché"
    r"|ouvert|supprimé)|(?:ha sido|fue) (?:leíd|abiert|mostrad|eliminad)|è stat[oa] (?:lett"
    r"|visualizzat|apert|eliminat)|foi (?:lid|exibid|abert|excluíd)"
    r"|is (?:gelezen|geopend|weergegeven)|został[ao]? (?:przeczytan|wyświetlon|otwart)"
    r"|был[оа]? (?:прочитан|просмотрен|открыт)|(?:已|被)(?:于|在)?.{0,40}(?:阅读|读取|查看"
    r"|打开|显示)|(?:邮件|回执).{0,20}(?:已读|已阅|打开)|(?:開封|表示)され|읽었|열어",
    re.IGNORECASE,
)
# Answers to an invitation.
CALENDAR_SUBJECT: Final = re.compile(
    r"\s*(?:accepted|declined|tentative(?:ly accepted)?|zugesagt|abgelehnt|mit vorbehalt"
    r"|angenommen|accepté|refusé|provisoire|aceptad[oa]|rechazad[oa]|provisional|accettato"
    r"|rifiutato|provvisorio|aceit[oa]|recusad[oa]"
    r"|geaccepteerd|geweigerd|voorlopig|zaakceptowano|odrzucono|принято|отклонено|已接受"
    r"|已拒绝|已暂定|暂定|承諾|辞退|仮承諾|수락|거절)\s*[:：]",
    re.IGNORECASE,
)
CALENDAR_WORDS: Final = re.compile(
    r"has (?:accepted|declined|tentatively|replied)|^answer to an invitation:"
    r"|hat (?:die|diese) .{0,20}einladung"
    r"|a (?:accepté|refusé)|ha (?:aceptado|rechazado|accettato|rifiutato)|已接受|已拒绝"
    r"|when\s*[:：]|wann\s*[:：]|时间\s*[:：]",
    re.IGNORECASE,
)
# RFC 7489 section 7.2.1.1: DMARC reports are plain mails with a file.
DMARC_SUBJECT: Final = re.compile(
    r"\s*(?:\[[^\]]{1,60}\]\s*)?(?:report domain\s*[:：]|dmarc aggregate report"
    r"|tls(?:rpt)? report)",
    re.IGNORECASE,
)
