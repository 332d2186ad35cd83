"""Lines and tables in which facts stand: "label: value", and rows under a row of labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from intake.facts.labels import labels

_BULLET: Final = re.compile(r"^[\s>*•·▪◦–—\-]*(?:\(?\d{1,2}[.)]\s+)?")
_PAIR: Final = re.compile(r"(?P<label>[^:：=|\t]{1,60}?)\s*(?:[:：=|\t]|\s{2,})\s*(?P<value>\S.*)")
_MAY_PAIR: Final = re.compile(r"[:：=|\t]|\s{2}")
_SLASH: Final = re.compile(r"\s/\s")
_BETWEEN: Final = ("|", "\t", "  ", "\xa0", "\u3000")
_CELLS: Final = re.compile(r"\s*[|\t]\s*|\s{3,}")


def pairs(row: str) -> Iterator[tuple[str, str]]:
    """ "PO: 1, part: 2" is two of them; what stands behind a comma may be part of a value."""
    if not _MAY_PAIR.search(row):
        return
    text = _BULLET.sub("", row).strip("| *")
    if "/" in text and (both := list(_both(text))):
        yield from both
        return
    for piece in (text, *re.split(r"[,;，；/|]\s*", text)[1:]):
        if hit := _PAIR.match(piece.strip()):
            yield hit["label"].strip(" *_"), hit["value"].strip(" *_|")


def _both(text: str) -> Iterator[tuple[str, str]]:
    """ "Part no. / Rev: 4711 / C": two labels, and a value for each."""
    hit = _PAIR.match(text)
    if hit and "/" in hit["label"]:
        names, values = hit["label"].split("/"), _SLASH.split(hit["value"])
        if len(names) == len(values) and all(labels().names(one) for one in names):
            yield from zip(map(str.strip, names), map(str.strip, values), strict=True)


def cells(row: str) -> list[str]:
    plain = row.strip().strip("|").strip()
    return _CELLS.split(plain) if any(one in plain for one in _BETWEEN) else [plain]


def tables(rows: Sequence[str]) -> Iterator[tuple[list[tuple[str, ...]], list[str]]]:
    """Columns (which facts their labels stand for) and the rows below that have as many cells."""
    at = 0
    while at < len(rows):
        heads = cells(rows[at])
        columns = [labels().names(one) for one in heads] if 2 <= len(heads) <= 30 else []
        at += 1
        if sum(map(bool, columns)) < 2 or any(map(str.isdigit, "".join(heads))):
            continue
        body: list[str] = []
        while at < len(rows):
            if not re.fullmatch(r"[\s|+:=-]*", rows[at]):
                if len(cells(rows[at])) != len(heads):
                    break
                body.append(rows[at])
            at += 1
        if body:
            yield columns, body
