"""How well attachments are found: the expectations of three foreign sources.

python -m tests.reading.attachments [FOLDER]
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from intake.attached.attachments import payload
from intake.mail import Attachment, Mail
from intake.parse import read
from tests.reading.expected import wrong
from tests.reading.score import Score

FOLDER: Final = Path(__file__).resolve().parents[3] / "shared" / "corpora"


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation: what is looked at, and whether it holds (None: no matter of ours).

    Those that are wrong stand in wrong.toml.
    """

    mail: str
    what: str
    holds: bool | None
    found: str = ""


def scores(folder: Path = FOLDER) -> list[Score]:
    """A measure for each source that is there; the right expectations hold, all of them."""
    every = (
        ("attachments mikel", mikel),
        ("attachments nodemailer", nodemailer),
        ("attachments mimekit-tnef", tnef),
    )
    found = (_score(name, list(checks(folder))) for name, checks in every)
    return [one for one in found if one.of]


def _score(name: str, checks: list[Check]) -> Score:
    listed = {(one.mail, one.field) for one in wrong()}
    counted = [
        one for one in checks if one.holds is not None and (one.mail, one.what) not in listed
    ]
    misses = tuple(f"{one.mail}: {one.what} is {one.found}" for one in counted if not one.holds)
    return Score(name, len(counted) - len(misses), len(counted), 1.0, misses)


def mikel(folder: Path) -> Iterator[Check]:
    """Number, names, sizes and inline or not, by the accessors of that library."""
    for path in sorted((folder / "mikel-mail").rglob("*.expected.json")):
        source = path.with_name(path.name.removesuffix(".expected.json"))
        mail = read(source.read_bytes())
        for one in json.loads(path.read_text("utf-8"))["checks"]:
            found = _accessor(mail, one["field"].replace(".first", "[0]"))
            holds = None if found is None else found == one["value"]
            yield Check(str(source.relative_to(folder)), one["field"], holds, repr(found))


def _accessor(mail: Mail, field: str) -> Any:
    """What ours is called there; None for what is no matter of attachments."""
    if field in ("attachments.length", "attachments.size"):
        return len(mail.attachments)
    if part := re.fullmatch(r"parts\[(\d)\]\.attachment\?", field):
        return any(one.part == str(int(part[1]) + 1) for one in mail.attachments)
    asked = re.fullmatch(r"attachments\[(\d)\]\.(.+)", field)
    if not asked:
        return None
    one = mail.attachments[int(asked[1])] if len(mail.attachments) > int(asked[1]) else None
    reads: dict[str, Callable[[Attachment], object]] = {
        "filename": lambda one: one.name,
        "decoded.length": lambda one: one.size,
        "inline?": lambda one: one.inline,
    }
    return reads[asked[2]](one) if one else "missing"


_NODE: Final = re.compile(r"attachments(?: && attachments)?\[(?P<number>\d)\](?P<what>.*)")
_FIELD: Final = re.compile(r"\.(filename|contentId|checksum|size|partId|contentType|content)\b")


def nodemailer(folder: Path) -> Iterator[Check]:
    """Names, bytes, sums and parts, by the text of the assertion."""
    listing = folder / "nodemailer-mailparser" / "expected.json"
    if not listing.is_file():
        return
    for case in json.loads(listing.read_text("utf-8"))["cases"]:
        raw = (listing.parent / case["mail"]).read_bytes()
        mail = read(raw)
        for one in case["checks"]:
            asked = _NODE.search(one["where"])
            if asked:
                yield _asserted(
                    f"nodemailer-mailparser/{case['mail']}", raw, mail, asked, one["value"]
                )


def _asserted(name: str, raw: bytes, mail: Mail, asked: re.Match[str], value: Any) -> Check:
    number = int(asked["number"])
    field = _FIELD.findall(asked["what"])[-1]
    what = f"attachments[{number}].{field}"
    if number >= len(mail.attachments):
        return Check(name, what, False, "missing")
    one = mail.attachments[number]
    data = payload(raw, one.part)
    found: object = {
        "filename": one.name,
        "contentId": f"<{one.content_id}>" if one.content_id else None,
        "checksum": hashlib.new("sha256" if len(str(value)) == 64 else "md5", data).hexdigest(),
        "size": one.size,
        "partId": one.part,
        "contentType": one.content_type,
        "content": ",".join(map(str, data)),
    }[field]
    if value is True:  # "there is none" and the like, said with a negation
        return Check(name, what, not found, repr(found))
    return Check(name, what, found == value, repr(found))


def tnef(folder: Path) -> Iterator[Check]:
    """Names and bytes of what is in each winmail.dat, sent as an attachment of a mail."""
    listing = folder / "mimekit-tnef" / "expected.json"
    if not listing.is_file():
        return
    told = json.loads(listing.read_text("utf-8"))
    for case in told["cases"]:
        container = (listing.parent / case["tnef"]).read_bytes()
        raw = _posted(container)
        mail = read(raw)
        yield from _members(case, raw, mail, container)
    for case in told["mails"]:
        mail = read((listing.parent / case["mail"]).read_bytes())
        names = [one.name for one in mail.attachments]
        yield Check(case["mail"], "winmail.dat and its body", "message.html" in names, repr(names))
        found = case["tnef_html_contains"] in mail.text
        yield Check(case["mail"], "text", found, mail.text)


def _posted(container: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"] = "a@customer.example"
    mail.set_content("See the file.\n")
    mail.add_attachment(
        container, maintype="application", subtype="ms-tnef", filename="winmail.dat"
    )
    return mail.as_bytes()


def _members(case: dict[str, Any], raw: bytes, mail: Mail, container: bytes) -> Iterator[Check]:
    kept = [one for one in mail.attachments if one.name == "winmail.dat"]
    whole = [one.sha256 for one in kept] == [hashlib.sha256(container).hexdigest()]
    yield Check(case["tnef"], "the container itself", whole, repr(kept))
    # Files in letters inside the container are listed too, but the source does not count them.
    inside = [one for one in mail.attachments if one.part.count("/") == 1]
    names = [one.name for one in inside]
    sums = {one for file in inside for one in _sums(payload(raw, file.part))}
    for file in case["extracted_files"]:
        yield Check(case["tnef"], f"bytes of {file['name']}", file["sha256"] in sums, repr(names))
    expected = case["expected_attachment_names"]
    # Nothing more than the files and the formatted body.
    number = max(len(expected), len(case["extracted_files"]))
    for name in expected:
        there = names.count(name) == expected.count(name)
        yield Check(case["tnef"], f"name {name}", there, repr(names))
    yield Check(case["tnef"], "number of files", len(names) == number, repr(names))


def _sums(data: bytes) -> tuple[str, str]:
    """As it is, and with the line ends that the source's copies of text files have."""
    unix = data.replace(b"\r\n", b"\n")
    return hashlib.sha256(data).hexdigest(), hashlib.sha256(unix).hexdigest()


if __name__ == "__main__":
    every = scores(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
    print("\n".join(f"{one}\n  " + "\n  ".join(one.misses) for one in every))  # noqa: T201 - a tool by hand
    sys.exit(not all(one.holds for one in every))
