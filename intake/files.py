"""Mails that lie in files: .eml files, a folder of them, a Maildir, an mbox.

Nothing is moved, marked or locked; a mail is read when it is wanted, so that an old mailbox of any
size fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from cases.errors import BadInput, NotFound
from intake.mime import tree as mime

MAIL_ENDINGS: Final = (".eml",)
# RFC 4155: "From ", an address, a date with time and year; an empty line stands before it.
_FROM_LINE: Final = re.compile(rb"From \S.{0,200} \d\d?:\d\d(?::\d\d)? .{0,40}\d{4}.{0,20}\r?\n?")
# mboxrd: a line of a mail that begins with "From " got one more ">" before it.
_QUOTED_FROM: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_DATE: Final = re.compile(rb"(?im)^date[ \t]*:[ \t]*(?:\r?\n[ \t]+)?([^\r\n]{1,100})")


@dataclass(frozen=True, slots=True)
class MailFile:
    """One mail in a file: all of it, or `size` bytes of an mbox from `start` on."""

    name: str
    path: Path
    start: int = 0
    size: int | None = None

    @property
    def raw(self) -> bytes:
        """The bytes of the mail. OSError as the file gives it."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            data = file.read() if self.size is None else file.read(self.size)
        return data if self.size is None else _QUOTED_FROM.sub(rb"\1", data)

    def length(self) -> int:
        """How many bytes it has in the file; 0 when it is not there any more."""
        try:
            return self.path.stat().st_size if self.size is None else self.size
        except OSError:
            return 0

    def written_at(self) -> datetime | None:
        """What its Date field says, in UTC; None when that is no date. OSError as the file."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            head = mime.head(file.read(min(mime.HEADERS, self.size or mime.HEADERS)))
        found = _DATE.search(head)
        try:
            date = parsedate_to_datetime(found[1].decode("ascii")) if found else None
            return date and (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None


def mails_in(path: Path, endings: Iterable[str] = MAIL_ENDINGS) -> list[MailFile]:
    """The mails at `path`: a mail file, a folder of them with all below, a Maildir, an mbox.

    NotFound when nothing is there, BadInput when it holds no mail.
    """
    try:
        found = list(_mails_in(path, tuple(endings)))
    except FileNotFoundError as error:
        raise NotFound(f"{path} is not there", mend="write the path of mails") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if not found:
        raise BadInput(
            f"there is no mail in {path}",
            mend="give .eml files, a folder of them, a Maildir or an mbox",
        )
    return found


def _mails_in(path: Path, endings: tuple[str, ...]) -> Iterator[MailFile]:
    if path.is_dir():
        is_maildir = (path / "cur").is_dir() or (path / "new").is_dir()
        yield from _maildir(path) if is_maildir else _folder(path, endings)
    elif _is_mbox(path):
        yield from _mbox(path)
    elif path.stat().st_size or path.name.lower().endswith(endings):
        yield MailFile(path.name, path)


def _maildir(path: Path) -> Iterator[MailFile]:
    """Its mails and those of its folders (Maildir++: ".Name"); tmp/ holds halves."""
    for place in sorted([*path.glob("**/cur"), *path.glob("**/new")]):
        for file in sorted(place.iterdir()):
            if file.is_file() and not file.name.startswith("."):
                yield MailFile(str(file.relative_to(path)), file)


def _folder(path: Path, endings: tuple[str, ...]) -> Iterator[MailFile]:
    for file in sorted(path.rglob("*")):
        if file.name.lower().endswith(endings) and file.is_file():
            yield MailFile(str(file.relative_to(path)), file)


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return bool(_FROM_LINE.fullmatch(file.readline(1000)))


def _mbox(path: Path) -> Iterator[MailFile]:
    starts: list[tuple[int, int]] = []  # (of the From_ line, of the mail behind it)
    with path.open("rb") as file:
        place, after_blank = 0, True
        for line in file:
            if after_blank and _FROM_LINE.fullmatch(line):
                starts.append((place, place + len(line)))
            place += len(line)
            after_blank = line in (b"\n", b"\r\n")
    ends = [*(line for line, _ in starts[1:]), place]
    for number, ((_, start), end) in enumerate(zip(starts, ends, strict=True), start=1):
        yield MailFile(f"{path.name}:{number}", path, start, end - start)
