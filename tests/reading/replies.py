"""How well replies are split: the expectations of three foreign sources, and a set of our own.

python -m tests.reading.replies [FOLDER]
"""

from __future__ import annotations

import html as entities
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from intake import parse
from intake.reply import newtext
from intake.text import html
from tests.reading.score import Score

FOLDER: Final = Path(__file__).resolve().parents[3] / "shared" / "corpora"
OWN: Final = Path(__file__).with_name("reply_cases")
FOREIGN_LEAST: Final = 0.85
OWN_LEAST: Final = 0.95
_TAG: Final = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled text of our own set."""

    name: str
    text: str
    new: str
    quoted: str
    signature: str
    writer: str


def scores(folder: Path = FOLDER) -> list[Score]:
    """All measures; those of the foreign sources only where the folder is."""
    foreign = [
        _score("replies talon text", _talon_texts(folder), FOREIGN_LEAST),
        _score("replies talon mails and HTML", _talon_files(folder), FOREIGN_LEAST),
        _score("replies mail-parser-reply", _mail_parser_reply(folder), FOREIGN_LEAST),
        _score("replies roundup", _roundup(folder), FOREIGN_LEAST),
    ]
    together = Score(
        "replies foreign",
        sum(one.right for one in foreign),
        sum(one.of for one in foreign),
        FOREIGN_LEAST,
    )
    return [*(one for one in foreign if one.of), *([together] if together.of else []), *own()]


def own() -> list[Score]:
    """Our own set: every label exact, and no line of new text lost."""
    every = cases()
    exact = [(one.name, _is_exact(one)) for one in every]
    kept = [(f"{one.name}: {line}", False) for one in every for line in lost(one)]
    lines = sum(len(_lines(one.new)) for one in every)
    return [
        _score("replies own set", exact, OWN_LEAST),
        Score(
            "replies own set, lines of new text kept",
            lines - len(kept),
            lines,
            1.0,
            tuple(name for name, _ in kept),
        ),
    ]


def cases() -> list[Case]:
    """The labelled texts of `tests/reading/reply_cases/`."""
    return [
        _case(f"{file.stem}: {one['name']}", one)
        for file in sorted(OWN.glob("*.toml"))
        for one in tomllib.loads(file.read_text("utf-8"))["case"]
    ]


def lost(case: Case) -> list[str]:
    """The lines of new text that are told to be something else."""
    left = _lines(newtext.split(case.text, case.writer)[0])
    return [line for line in _lines(case.new) if not _take(left, line)]


def _case(name: str, one: dict[str, Any]) -> Case:
    """`text` is cut by lines "[new]", "[quoted]", "[signature]"; of HTML the three are told."""
    if "html" in one:
        text = html.to_text(one["html"])
        return Case(name, text, one["new"], one["quoted"], one.get("signature", ""), "")
    parts: dict[str, list[str]] = {"new": [], "quoted": [], "signature": []}
    lines, kind = [], "new"
    for line in one["text"].splitlines():
        if line.strip("[]") in parts and line.startswith("[") and line.endswith("]"):
            kind = line.strip("[]")
            continue
        parts[kind].append(line)
        lines.append(line)
    new, quoted, signature = map("\n".join, parts.values())
    return Case(name, "\n".join(lines), new, quoted, signature, one.get("writer", ""))


def _is_exact(case: Case) -> bool:
    found = newtext.split(case.text, case.writer)
    wanted = (case.new, case.quoted, case.signature)
    return [*map(_bare, found)] == [*map(_bare, wanted)]


def _bare(text: str) -> str:
    """Without white space; nor marks and rules, which HTML does not have."""
    return "".join(text.replace(">", "").replace("_", "").replace("\ufeff", "").split())


def _lines(text: str) -> list[str]:
    return [bare for line in text.splitlines() if (bare := _bare(line))]


def _take(lines: list[str], line: str) -> bool:
    if line in lines:
        lines.remove(line)
        return True
    return False


# --- the foreign sources; what they call a reply is our new text with the signature


def _read(text: str) -> str:
    new, _, signature = newtext.split(text)
    return _bare(new + signature)


def _talon_texts(folder: Path) -> Iterator[tuple[str, bool]]:
    for number, one in enumerate(_json(folder / "talon" / "text_quotations.json")):
        name = f"talon text {number} {one['test']}"
        yield name, _read(one["body"]) == _bare(one["expected_reply"])


def _talon_files(folder: Path) -> Iterator[tuple[str, bool]]:
    for one in _json(folder / "talon" / "expected_files.json"):
        if "mail" in one:
            mail = parse.read((folder / "talon" / one["mail"]).read_bytes())
            found = _bare(mail.new_text + mail.signature)
        else:
            found = _read(html.to_text((folder / "talon" / one["html"]).read_text("utf-8")))
        yield f"talon {one.get('mail') or one['html']}", found == _bare(one["expected_reply"])
    for number, one in enumerate(_json(folder / "talon" / "html_quotations.json")):
        wanted = entities.unescape(_TAG.sub("", one["expected_reply"])).replace("\xa0", "")
        name = f"talon html {number} {one['test']}"
        yield name, _read(html.to_text(one["body"])) == _bare(wanted)


def _mail_parser_reply(folder: Path) -> Iterator[tuple[str, bool]]:
    home = folder / "mail-parser-reply"
    for one in _json(home / "expected.json"):
        new, _, signature = newtext.split((home / one["mail"]).read_text("utf-8"))
        found = {"body": new, "signatures": signature, "content": f"{new}\n{signature}"}
        checks = [
            check
            for check in one["checks"]
            if check["field"].startswith("replies[0].") and check["field"] != "replies[0].headers"
        ]
        if checks:
            yield (
                f"mail-parser-reply {one['test']}",
                all(
                    _holds(check["op"], found[check["field"].partition(".")[2]], check["value"])
                    for check in checks
                ),
            )


def _holds(op: str, found: str, value: str) -> bool:
    bare, wanted = _bare(found), _bare(value)
    return {
        "equal": bare == wanted,
        "contains": wanted in bare,
        "not_contains": wanted not in bare,
        "startswith": bare.startswith(wanted),
    }[op]


def _roundup(folder: Path) -> Iterator[tuple[str, bool]]:
    for one in _json(folder / "roundup" / "quote_split.json"):
        if one["parse_args"] == ["0", "0"] and "content" in one["expect"]:
            new = newtext.split(one["body"])[0]
            yield f"roundup {one['test']}", _bare(new) == _bare(one["expect"]["content"])


def _json(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        json.loads(file.read_text("utf-8"))["cases"] if file.exists() else []
    )
    return found


def _score(name: str, results: Any, least: float) -> Score:
    told = list(results)
    misses = tuple(case for case, right in told if not right)
    return Score(name, len(told) - len(misses), len(told), least, misses)


def main() -> None:
    """Print every measure, and what misses it."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for score in scores(folder):
        print(score, *(f"\n  {miss}" for miss in score.misses))  # noqa: T201 - a tool by hand


if __name__ == "__main__":
    main()
