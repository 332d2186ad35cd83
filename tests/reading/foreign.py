"""The expectations about heads and texts that come with the foreign corpora, in one form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.reading.expected import Expected, load

# How a source calls what we call so; what is not here is no field of ours.
_MIKEL: Final[Mapping[str, str]] = {
    "subject": "subject",
    "from": "from",
    "[:from].addresses": "from",
    "[:from].display_names": "from name",
    "to": "to",
    "cc": "cc",
    "reply_to": "reply_to",
    "message_id": "message_id",
    "in_reply_to": "in_reply_to",
    "[:in_reply_to].message_ids": "in_reply_to",
    "[:references].message_ids": "references",
    "decoded": "text",
    "decoded.chomp": "text",
    "body.decoded": "text",
}
_LISTS: Final = ("from", "to", "cc", "reply_to", "in_reply_to", "references")
_NODEMAILER: Final[Mapping[str, str]] = {
    "mailparser.subject": "subject",
    "mailparser.headers.get('subject')": "subject",
    "headers.get('subject')": "subject",
    "mailparser.text": "text",
    "mailparser.from.value[0].name": "from name",
    "mailparser.from.value[0].address": "from",
    "mailparser.to.value[0].name": "to name",
    "mailparser.to.value[0].address": "to",
    "mailparser.references": "references",
    "mailparser.headers.get('references')": "references",
    "mailparser.inReplyTo": "in_reply_to",
    "mailparser.date.toISOString()": "date",
    "!mail.date": "date",
}
_ASKED: Final = re.compile(r"test\.\w+\((.*?)(?:, .*)?\);?$", re.DOTALL)
_ROUNDUP_TITLE: Final = re.compile(r"self\.db\.issue\.get\([^,]*, 'title'\)")
_ROUNDUP_TEXT: Final = re.compile(r"self\.db\.msg\.get\(\w+, 'content'\)")


def every(folder: Path) -> Iterator[Expected]:
    """All of them."""
    yield from _mikel(folder)
    yield from _nodemailer(folder)
    yield from _helpdesk(folder)
    yield from _roundup(folder)
    yield from _flufl(folder)


def _mikel(folder: Path) -> Iterator[Expected]:
    for path in sorted((folder / "mikel-mail").rglob("*.expected.json")):
        mail = str(path.relative_to(folder)).removesuffix(".expected.json")
        for check in load(path)["checks"]:
            field = _MIKEL.get(check["field"])
            if field is not None and check["op"] == "equal":
                yield Expected(mail, field, _in_our_form(field, check["value"]))


def _in_our_form(field: str, value: Any) -> Any:
    if field == "from name" and isinstance(value, list):
        return value[0]
    if field not in _LISTS:
        return value.strip("<>") if field == "message_id" else value
    every = value if isinstance(value, list) else value.split() if value else []
    bare = [one.strip("<>") for one in every]
    return bare if field in ("in_reply_to", "references") else [one.lower() for one in bare]


def _nodemailer(folder: Path) -> Iterator[Expected]:
    for case in (load(folder / "nodemailer-mailparser/expected.json") or {"cases": []})["cases"]:
        mail = f"nodemailer-mailparser/{case['mail']}"
        for check in case["checks"]:
            asked = _ASKED.match(check["where"])
            field = _NODEMAILER.get(asked[1]) if asked else None
            if asked and asked[1] == "mailparser.html" and "text" not in case["expect"]:
                field = "text"  # the page is all there is
            if field == "date" and check["value"] is True:
                yield Expected(mail, field, None)
            elif field is not None:
                yield Expected(mail, field, _in_our_form(field, check["value"]))
            elif "value, [" in check["where"]:
                who = "from" if ".from." in check["where"] else "reply_to"
                yield Expected(mail, who, [one["address"] for one in check["value"]])
                yield Expected(mail, f"{who} name", check["value"][0]["name"])


def _helpdesk(folder: Path) -> Iterator[Expected]:
    for case in (load(folder / "django-helpdesk/expected.json") or {"cases": []})["cases"]:
        mail = f"django-helpdesk/{case['mail']}"
        for key, value in case.items():
            field, _, op = key.partition("_")
            if field in ("subject", "text") and op in ("", "startswith", "contains"):
                yield Expected(mail, field, value, op or "equal")
            elif key == "reply_only_not_contains":
                yield Expected(mail, "new_text", value, "lacks")
            elif key == "full_contains":
                yield Expected(mail, "text", value, "contains")


def _roundup(folder: Path) -> Iterator[Expected]:
    for case in (load(folder / "roundup/mailgw_expected.json") or {"cases": []})["cases"]:
        mail = f"roundup/{case['mail']}"
        for check in case["checks_of_the_whole_test"]:
            # A tracker takes its commands away from the subject: the title is what is left.
            if _ROUNDUP_TITLE.fullmatch(check["field"]):
                yield Expected(mail, "subject", check["value"], "contains")
            elif _ROUNDUP_TEXT.fullmatch(check["field"]):
                yield Expected(mail, "text", check["value"], "contains")


def _flufl(folder: Path) -> Iterator[Expected]:
    cases = (load(folder / "flufl-bounce/expected.json") or {"cases": {}})["cases"]
    for name, case in cases.items():
        recipients = sorted(one.lower() for one in case["recipients"])
        yield Expected(f"flufl-bounce/{name}", "bounce", recipients)
