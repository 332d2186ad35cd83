"""`python -m tests.mailer.mails`: all letters, in all languages, compared with the accepted ones.

`NAME.LANGUAGE.txt` holds the words of every variant of the sample facts, `NAME.LANGUAGE.html`
the page of the fullest one.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from mailer.compose import Outgoing, compose, thread_subject
from mailer.templates import Templates, Words, product_folder

LANGUAGES = ("en", "de", "zh")
GOLDEN = Path(__file__).parent / "golden"


def product() -> Templates:
    """Return the product's own letters."""
    return Templates([product_folder()], LANGUAGES)


def written(letters: Templates, name: str, language: str) -> dict[str, Words]:
    """Return one letter for every variant of the facts that changes a word, the fullest first."""
    found: dict[str, Words] = {}
    for variant, facts in letters.samples(name, language):
        words = letters.render(name, language, facts)
        if all((words.subject, words.text) != (w.subject, w.text) for w in found.values()):
            found[variant] = words
    return found


def goldens(letters: Templates, name: str, language: str) -> dict[str, str]:
    """Return the golden files of one letter as they should be."""
    found = written(letters, name, language)
    text = "\n".join(f"=== {v}\n{words.subject}\n\n{words.text}" for v, words in found.items())
    page = next(iter(found.values())).html
    return {f"{name}.{language}.txt": text, f"{name}.{language}.html": page}


def all_goldens(letters: Templates) -> dict[str, str]:
    """Return the golden files of all letters as they should be."""
    return {
        file: text
        for name in letters.names
        for language in LANGUAGES
        for file, text in goldens(letters, name, language).items()
    }


def differences(now: Mapping[str, str], folder: Path = GOLDEN) -> Iterator[str]:
    """Yield a diff for each file that is not as it was accepted, is new or missing."""
    for file, text in now.items():
        place = folder / file
        before = place.read_text(encoding="utf-8") if place.is_file() else ""
        if before != text:
            lines = (before.splitlines(), text.splitlines())
            yield "\n".join(difflib.unified_diff(*lines, f"accepted/{file}", f"now/{file}", "", ""))


def left_over(now: Mapping[str, str], folder: Path = GOLDEN) -> list[str]:
    """Return the accepted files that no letter has any more."""
    return sorted({file.name for file in folder.iterdir()} - set(now))


def accept(now: Mapping[str, str], folder: Path = GOLDEN) -> None:
    """Make the folder hold just these files."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in left_over(now, folder):
        (folder / file).unlink()
    for file, text in now.items():
        (folder / file).write_text(text, encoding="utf-8")


def show(letters: Templates, folder: Path) -> int:
    """Write every page and every whole mail into `folder`; return how many letters."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name in letters.names:
        for language in LANGUAGES:
            for variant, words in written(letters, name, language).items():
                stem = f"{name}.{language}.{variant.replace(' ', '-')}"
                (folder / f"{stem}.html").write_text(words.html, encoding="utf-8")
                (folder / f"{stem}.eml").write_bytes(mail(words))
                count += 1
    return count


def mail(words: Words) -> bytes:
    """Return the letter as it would leave, to a sample customer or a sample user."""
    internal = words.audience == "internal"
    reader = ("Maria Keller", "keller@parts.example") if internal else ("Jana Vogt", CUSTOMER)
    theirs = None if internal else "Kalibrierring: Gewinde zu groß"
    return compose(
        Outgoing(
            sender=("Li Wei", "complaints@parts.example"),
            to=(reader,),
            subject=thread_subject(theirs, "KS2026-041", words.subject),
            message_id=f"<sample.{words.name}@parts.example>",
            date=datetime(2026, 9, 21, 8, 0, tzinfo=UTC),
            text=words.text,
            html=words.html,
            language=words.language,
            automatic=internal,
            in_reply_to=None if internal else "<q1@sensorik.example>",
            token_line=None if internal else "Ref: abcdefghijklmnopqrstuvwxyz",
        )
    )


CUSTOMER = "jana@sensorik.example"


def main(arguments: list[str] | None = None) -> int:
    """Compare, accept or show. 1 when a letter is not as it was accepted."""
    parser = argparse.ArgumentParser(prog="./run mails", description=__doc__)
    parser.add_argument("--accept", action="store_true", help="accept the letters as they are now")
    parser.add_argument("--html", type=Path, metavar="FOLDER", help="write pages and .eml files")
    parser.add_argument("--golden", type=Path, default=GOLDEN, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    letters = product()
    letters.check()
    now = all_goldens(letters)
    if chosen.html:
        sys.stdout.write(f"{show(letters, chosen.html)} letters are in {chosen.html}\n")
    if chosen.accept:
        accept(now, chosen.golden)
        sys.stdout.write(f"{len(now)} files accepted; read the difference before you commit it\n")
        return 0
    diffs = list(differences(now, chosen.golden))
    gone = left_over(now, chosen.golden)
    sys.stdout.writelines(f"{diff}\n\n" for diff in diffs)
    sys.stdout.writelines(f"{file} belongs to no letter\n" for file in gone)
    said = f"{len(diffs)} of {len(now)} files differ, {len(gone)} are left over"
    sys.stdout.write(f"{said}; --accept takes them\n" if diffs or gone else f"{len(now)} as ever\n")
    return 1 if diffs or gone else 0


if __name__ == "__main__":
    sys.exit(main())
