"""New text, quoted text, signature: replies as mail programs write them."""

from __future__ import annotations

import pytest

from intake.reply.newtext import split

REPLIES = {
    "gmail en, line broken": (
        "B, please.\n\nOn Tue, May 5, 2026 at 2:10 PM Acme Complaints <complaints@acme.test>\n"
        "wrote:\n\n> Which option?\n>\n> A or B\n",
        "B, please.",
    ),
    "gmail de": (
        "Einverstanden.\n\n"
        "Am Di., 5. Mai 2026 um 14:10 Uhr schrieb Acme <c@acme.test>:\n\n> Passt es?",
        "Einverstanden.",
    ),
    "gmail zh": (
        "同意。\n\nAcme <c@acme.test> 于2026年5月5日周二 14:10写道：\n\n> 可以吗？",
        "同意。",
    ),
    "apple en": (
        "Yes.\n\nSent from my iPhone\n\n"
        "> On 5 May 2026, at 14:10, Acme <c@acme.test> wrote:\n> \n> ?",
        "Yes.",
    ),
    "apple de": (
        "Ja.\n\nVon meinem iPhone gesendet\n\n"
        "> Am 05.05.2026 um 14:10 schrieb Acme <c@acme.test>:\n> ?",
        "Ja.",
    ),
    "apple zh": (
        "好的\n\n发自我的 iPhone\n\n"
        "在 2026年5月5日，下午2:10，Acme <c@acme.test> 写道：\n\n> 可以吗？",
        "好的",
    ),
    "outlook en": (
        "Rejected.\n\n-----Original Message-----\n"
        "From: Acme\nSent: Tuesday\nTo: Bob\nSubject: x\n\nOK?",
        "Rejected.",
    ),
    "outlook de": (
        "Abgelehnt.\n\n-----Ursprüngliche Nachricht-----\nVon: Acme\nGesendet: Dienstag\n\nOK?",
        "Abgelehnt.",
    ),
    "outlook de, block alone": (
        "Abgelehnt.\n\nVon: Acme <c@acme.test>\nGesendet: Dienstag\nAn: Bob\nBetreff: x\n\nOK?",
        "Abgelehnt.",
    ),
    "outlook en, bold and underlined": (
        "No.\n________________________________\n*From:* Acme\n*Sent:* Tuesday\n*To:* Bob\n\nOK?",
        "No.",
    ),
    "outlook zh": (
        "不同意。\n\n发件人: Acme\n发送时间: 2026年5月5日\n收件人: Bob\n主题: x\n\n可以吗",
        "不同意。",
    ),
    "full-width colons": (
        "不同意。\n\n发件人：Acme\n日期：2026年5月5日\n收件人：Bob\n\n可以吗",
        "不同意。",
    ),
    "qq": (
        "选B\n\n\n------------------\xa0原始邮件\xa0------------------\n"
        '发件人: "Acme" <c@acme.test>;\n'
        "发送时间: 2026年5月5日(星期二) 下午2:10\n收件人: 张三\n主题: x\n\n请选择",
        "选B",
    ),
    "netease": ("选A\n\n---- 回复的原邮件 ----\n| 发件人 | Acme |\n请选择", "选A"),
    "163 en": ('A\n\nAt 2026-05-05 14:10:22, "Acme" <c@acme.test> wrote:\n\nchoose', "A"),
    "forward": (
        "See below.\n\n---------- Forwarded message ---------\nFrom: x\n\nI agree",
        "See below.",
    ),
    "text below the quote": ("> A or B?\n\nB is fine.", "B is fine."),
    "text between the quotes": (
        "On 5 May 2026 Acme wrote:\n> one?\nyes\n> two?\nno\n",
        "yes\nno",
    ),
    "nothing quoted": ("From: the left side it leaks.\nTo: be fixed.", None),
    "a sentence that begins like a quote": (
        "On 5 May we got 12 parts.\nThey wrote: too small",
        None,
    ),
    "prose with a header word": ("Subject: to your answer we wait.\nDate: soon", None),
    "number in brackets": ("[KS2026-041] is not solved - see > 3 mm", None),
    "empty": ("", None),
}


@pytest.mark.parametrize("name", REPLIES)
def test_new_text(name: str) -> None:
    text, new = REPLIES[name]
    assert split(text)[0] == (text if new is None else new)


@pytest.mark.parametrize("name", REPLIES)
def test_every_line_is_somewhere(name: str) -> None:
    text = REPLIES[name][0]
    together = "\n".join(split(text)).splitlines()
    assert sorted(filter(str.strip, together)) == sorted(filter(str.strip, text.splitlines()))


@pytest.mark.parametrize("name", REPLIES)
def test_splitting_again_changes_nothing(name: str) -> None:
    new = split(REPLIES[name][0])[0]
    assert split(new)[0] == new


def test_our_question_quoted_never_becomes_new_text() -> None:
    for text, new in REPLIES.values():
        if new is not None:
            quoted = "\n".join(f"> {line}" for line in text.splitlines())
            assert split(quoted)[0] == ""


@pytest.mark.parametrize(
    ("text", "new", "signature"),
    [
        ("OK\n-- \nBob\nShop Ltd", "OK", "-- \nBob\nShop Ltd"),
        ("OK\n--\nBob", "OK", "--\nBob"),
        ("OK\n-- \nBob\n\nOn 5 May 2026 Acme wrote:\n> x", "OK", "-- \nBob"),
        ("OK\n---\nBob", "OK\n---\nBob", ""),
        ("1\n-- \n" + "parts are bad\n" * 20, ("1\n-- \n" + "parts are bad\n" * 20).strip(), ""),
    ],
)
def test_signature(text: str, new: str, signature: str) -> None:
    found = split(text)
    assert (found[0], found[2]) == (new, signature)
