"""What can be told of a text that is not understood as a whole. None of it acts (R-29)."""

from __future__ import annotations

from collections.abc import Iterable

from cases.answers.sentences import Said, Text
from cases.answers.verdicts import MORE, NO, WEAK, YES, Answer, Asked, Verdict

_MOST_CHANGE = 500  # signs


def doubt(text: Text, source: str, asked: Asked) -> Answer:
    """The likeliest verdict, for the person who reads the mail."""
    for judge in (_absent, _asks, _withdraws, _changes):
        if found := judge(text, source, asked):
            return found
    begun = list(text.begun())
    no = _first(begun, NO)
    if no and not _first(begun, YES | WEAK | {"choose"}):
        return _answer("reject", no, text, source, MORE)
    return unclear(_unknown(text))


def unclear(rule: str) -> Answer:
    """A person decides."""
    return Answer("unclear", None, None, phrase="", rule=rule, certain=False)


def phrase_of(one: Said, text: Text, source: str) -> str:
    """The words of the customer."""
    return source[text.tokens[one.start].start : text.tokens[one.end - 1].end]


def rule_of(one: Said) -> str:
    """The list, and its language."""
    return min(one.labels)


def _absent(text: Text, source: str, asked: Asked) -> Answer | None:
    away = next(text.searched("absence"), None)
    return unclear(f"{rule_of(away)}: nobody is there") if away else None


def _asks(text: Text, source: str, asked: Asked) -> Answer | None:
    sign = next((one for one in text.tokens[: text.end] if one.word == "?"), None)
    begins = next(text.searched("question"), None) if sign is None else None
    if sign is None and begins is None:
        return None
    if begins:
        return _answer("question", begins, text, source, "")
    at = sign.start if sign else 0
    start = max(source.rfind(stop, 0, at) for stop in ("\n", ". ", "! ", "。", "! ", "? ")) + 1
    phrase = source[start : at + 1].strip()
    return Answer("question", None, None, phrase, "a question mark", certain=False)


def _withdraws(text: Text, source: str, asked: Asked) -> Answer | None:
    said = _first(text.begun(), {"withdraw"})
    return _answer("withdraw", said, text, source, MORE) if said else None


def _changes(text: Text, source: str, asked: Asked) -> Answer | None:
    """ "B, but only 150": all before the "but" is understood, and says yes to something."""
    for but in text.searched("but"):
        before = text.understood(but.start)
        if before is None:
            continue
        options = {option for one in before.every for option in one.options}
        yes = _first(before.said, {"choose"}) or _first(before.said, YES | WEAK)
        if yes is None or len(options) > 1 or any(one.meanings & NO for one in before.every):
            continue
        change = source[text.tokens[but.start].start : text.tokens[text.end - 1].end]
        return Answer(
            "accept_with_change",
            options.pop() if options else None,
            change[:_MOST_CHANGE].strip(" ,;"),
            phrase_of(yes, text, source),
            f"{rule_of(yes)}, {rule_of(but)}",
            certain=False,
        )
    return None


def _answer(verdict: Verdict, one: Said, text: Text, source: str, more: str) -> Answer:
    rule = f"{rule_of(one)}{', ' if more else ''}{more}"
    return Answer(verdict, None, None, phrase_of(one, text, source), rule, certain=False)


def _first(said: Iterable[Said], meanings: Iterable[str]) -> Said | None:
    return next((one for one in said if one.meanings & {*meanings}), None)


def _unknown(text: Text) -> str:
    """The first words that no phrase explains."""
    place = max((at for at, _ in text._reached), default=0)
    words = [one.raw for one in text.tokens[place : text.end] if one.kind != "line"][:4]
    return f"not understood: {' '.join(words)}" if words else "not understood"
