"""Bytes to text by the label they carry, and by what they look like where the label is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection

from intake.text import charsets, guess, iso2022
from intake.text.charsets import codec_of

_UNWANTED = re.compile("[\x00\ud800-\udfff]")
# UTF-8 that was taken for windows-1252 and written as UTF-8 again: "Ã¤", "â€™"
_BROKEN = re.compile("[\udc80-\udcff]+")
_TWICE = re.compile("[ÂÃ][\x80-\xbf€-™Œ-žƒˆ˜]|â€[\x80-\xbf™˜œ“”¦]|â‚¬")
REPLACED = "replace"
# A label is not believed where its text is so unlikely, and another one likelier by so much.
_BELIEVED = 0.8
_CLEARER = 0.25
_LIKELY = 0.5
# iso-8859-1 is what many programs write without looking; other labels were chosen by somebody.
_DOUBTED = 0.5
_ENOUGH = 5
_MANY = 12
_SEVEN_BITS = bytes(range(0x80))
# Two Chinese signs of GBK may be two signs of UTF-8, but hardly ones of three bytes.
_THREE_BYTES = "\u0800"
_ASCII = frozenset({"us-ascii", "ascii", "us_ascii", "ansi_x3.4-1968", "iso646-us"})


def clean(text: str) -> str:
    """No NUL (PostgreSQL refuses it), no lone surrogate (every database does)."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNWANTED.sub("\ufffd", text)


def decode(data: bytes, charset: str = "", hints: Collection[str] = ()) -> tuple[str, str]:
    """Text of `data` and the codec that read it ("replace" when signs were lost). Never raises.

    `hints`: codecs that other places of the mail name, for bytes whose label is missing or wrong.
    """
    # "us-ascii" says nothing: it stands where a program did not look
    codec = None if charset.strip().lower() in _ASCII else codec_of(charset)
    if data.isascii():
        text, read_by = _seven_bit(data, codec)
    else:
        text, read_by = _eight_bit(data, codec, hints)
    return clean(text.removeprefix("\ufeff")), read_by


def told(data: bytes, charset: str, text: str, read_by: str) -> str:
    """What of the reading was not as the label says, in words; "" when nothing was guessed."""
    label = charset.strip().lower()[:40] or "missing"
    if read_by == REPLACED:
        return f"charset {label}: signs lost"
    plain = data.isascii() and read_by in ("us-ascii", codec_of(charset))
    if plain or read_by == label or reads_as(data, charset.strip() or "us-ascii", text):
        return ""
    return f"charset {label} read as {read_by}"


def reads_as(data: bytes, label: str, words: str) -> bool:
    """Whether the codec of exactly that label would have given the same text."""
    codec = codec_of(label)
    if codec is None:
        return False
    try:
        return clean(data.decode(label).removeprefix("\ufeff")) == words
    except (LookupError, UnicodeError, ValueError):
        return False


def encoded_twice(text: str) -> bool:
    """Whether it shows signs such as "Ã¤": it was garbled before it came."""
    found = _TWICE.search(text) if "Ã" in text or "Â" in text or "â" in text else None
    return found is not None


def _seven_bit(data: bytes, codec: str | None) -> tuple[str, str]:
    if codec in charsets.SEVEN_BIT:
        return _by(data, codec or "")
    if b"\x1b" in data and (label := iso2022.announced(data)):
        return _by(data, label)
    if 0 in data and (wide := _wide(data, codec)):
        return _by(data, wide)
    if codec is None and b"~{" in data and iso2022.looks_like_hz(data):
        return _by(data, "hz")
    return data.decode("ascii"), codec or "us-ascii"


def _by(data: bytes, codec: str) -> tuple[str, str]:
    text = charsets.strict(data, codec)
    return (_lenient(data, codec), REPLACED) if text is None else (text, codec)


def _lenient(data: bytes, codec: str) -> str:
    if codec in charsets.SEVEN_BIT:
        return iso2022.lenient(data, codec)
    return charsets.lenient(data, codec)


def _wide(data: bytes, codec: str | None) -> str | None:
    """UTF-16 or UTF-32, by label or by its mark and zero bytes."""
    if codec is not None and codec.replace("_", "-").startswith(("utf-16", "utf-32")):
        return codec
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and len(data) % 2 == 0:
        return "utf-16"
    zeros = data[:200].count(0)
    return "utf-16" if zeros * 3 > len(data[:200]) and zeros > 2 else None


def _eight_bit(data: bytes, codec: str | None, hints: Collection[str]) -> tuple[str, str]:
    if wide := _wide(data, codec):
        return _by(data, wide)
    as_utf_8 = charsets.strict(data, "utf-8")
    if codec == "utf-8" and as_utf_8 is not None:
        return as_utf_8, "utf-8"
    if codec is None or codec == "utf-8":
        return _unlabelled(data, codec, as_utf_8, hints)
    labelled = charsets.strict(data, codec)
    if labelled is None:
        return (as_utf_8, "utf-8") if as_utf_8 is not None else _misfit(data, codec, hints)
    likely = _likely(data, codec)
    if as_utf_8 is not None and _is_utf_8(data, codec, likely):
        return as_utf_8, "utf-8"
    weak = codec == "cp1252"
    if likely < (_BELIEVED if weak else _DOUBTED) and _high(data) >= (_ENOUGH if weak else _MANY):
        other, rated = _best(data, hints)
        if other is not None and rated > max(likely + _CLEARER, _LIKELY):
            return _by(data, other)
    return labelled, codec


def _high(data: bytes) -> int:
    return len(data.translate(None, _SEVEN_BITS))


def _best(data: bytes, hints: Collection[str]) -> tuple[str | None, float]:
    other = guess.best(data, hints)
    return other, _likely(data, other) if other else -1.0


def _likely(data: bytes, codec: str) -> float:
    found = guess.likelihood(data, codec)
    return -1.0 if found is None else found


def _is_utf_8(data: bytes, codec: str, likely: float) -> bool:
    """Bytes that happen to be UTF-8 are hardly ever anything else."""
    own = _likely(data, "utf-8")
    return own > likely + (0.2 if codec in charsets.MULTI_BYTE else -0.5)


def _unlabelled(
    data: bytes, codec: str | None, as_utf_8: str | None, hints: Collection[str]
) -> tuple[str, str]:
    if as_utf_8 is not None and (max(as_utf_8) >= _THREE_BYTES or _likely(data, "utf-8") > 0):
        return as_utf_8, "utf-8"
    other, rated = _best(data, hints)
    if as_utf_8 is not None and rated < _BELIEVED:
        return as_utf_8, "utf-8"
    if as_utf_8 is None:
        mixed = _mostly_utf_8(data, codec, hints, rated)
        if mixed is not None:
            return mixed
    if other is not None:
        return _by(data, other)
    western = charsets.strict(data, "cp1252") or ""
    if not any("\x80" <= sign < "\xa0" for sign in western):
        return western, "cp1252"
    return charsets.lenient(data, "utf-8"), REPLACED


def _mostly_utf_8(
    data: bytes, codec: str | None, hints: Collection[str], rated: float
) -> tuple[str, str] | None:
    """UTF-8 with foreign lines in it (a footer that a gateway added), or with broken signs.

    None where another charset, `rated` so, reads it better.
    """
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    valid = [line for line in lines if _good(line)]
    good = sum(map(_good, valid))
    if not good:
        return None
    broken = sum(len(_BROKEN.findall(line)) for line in valid)
    own = guess.rating(guess.telling(_BROKEN.sub("", "\n".join(valid))), "utf-8")
    likely = (good * own - broken) / (good + broken)
    if any("\u0800" <= sign < "\ud800" for line in valid for sign in line):
        likely += _CLEARER  # three bytes that fit are no chance
    if codec == "utf-8" and good >= broken:
        likely += 2 * _CLEARER
    if likely <= max(0.0, rated - 2 * _CLEARER):
        return None
    other = None
    for number, line in enumerate(lines):
        if not line.isascii() and not _good(line):
            raw = line.encode("utf-8", "surrogateescape")
            other = other or guess.best(raw, hints) or "cp1252"
            lines[number] = charsets.strict(raw, other) or line
    words = _BROKEN.sub("\ufffd", "\n".join(lines))
    return words, REPLACED if broken or other is None else f"utf-8 and {other}"


def _good(line: str) -> int:
    """How many signs beyond ASCII were valid."""
    return sum(sign > "\x7f" and not "\udc80" <= sign <= "\udcff" for sign in line)


def _misfit(data: bytes, codec: str, hints: Collection[str]) -> tuple[str, str]:
    """Bytes that neither their label nor UTF-8 reads: another charset, or a few broken signs."""
    text = _lenient(data, codec)
    lost = text.count("\ufffd")
    other, rated = _best(data, hints)
    if other is not None and other != codec:
        share = 2 * lost / max(1, sum(sign > "\x7f" for sign in text))
        if rated > guess.rating(guess.telling(text), codec) - share + 0.1:
            return _by(data, other)
    return text, REPLACED
