"""Whom bounces are about: those of the corpora, and an own set in the shapes of many systems."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from intake.kinds import bounce
from intake.kinds.dsn import Reported
from intake.kinds.screen import screen
from intake.parse import read
from tests.reading.expected import load, wrong
from tests.reading.kinds import OWN
from tests.reading.score import Score

_OWN_SET: Final = Path(__file__).with_name("bounces.toml")
LEAST: Final = 0.95
# RFC 3464 reports of other sources, which expect no more than that they are bounces.
_SOURCE: Final = "mikel-mail/multipart_report_emails"
_MANY: Final = (
    "bbbbvhvbbvkjbhfbvbvjhb",
    "bscdbcjhasbcjhbdscbhbsdhcbj",
    "egyfefsdvsfvvhjsd",
    "kfhejkfbsjkjsbhds",
    "qfvhgsvhgsduiohncdhcvhsdfvsfygusd",
)
_REPORTS: Final[dict[str, tuple[str, frozenset[str]]]] = {
    f"{_SOURCE}/multi_address_bounce1.eml": (
        "failed",
        frozenset(f"{one}@gmail.com" for one in _MANY),
    ),
    f"{_SOURCE}/multipart_report_multiple_status.eml": ("failed", frozenset({"u@ci.com"})),
    f"{_SOURCE}/report_422.eml": ("delayed", frozenset({"fraser@oooooooo.com.au"})),
    f"{_SOURCE}/report_530.eml": ("failed", frozenset({"edwin@zzzzzzz.com"})),
    "nodemailer-mailparser/fixtures/delivery-status.eml": ("failed", frozenset({"xxxx@xxxx.com"})),
}


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail, and whom it should be about. `status` of the first, "" where none is expected."""

    name: str
    raw: bytes
    failed: frozenset[str]
    delayed: frozenset[str]
    status: str = ""

    def miss(self) -> str:
        """What is read otherwise, in a line; "" when nothing is."""
        found = told(self.raw)
        failed, delayed = _who(found, "failed"), _who(found, "delayed")
        if (failed, delayed) != (self.failed, self.delayed):
            return f"{self.name}: failed {sorted(failed)}, delayed {sorted(delayed)}"
        if self.status and [one.status for one in found][:1] != [self.status]:
            return f"{self.name}: status {[one.status for one in found]}, not {self.status}"
        return ""


def told(raw: bytes) -> tuple[Reported, ...]:
    """The recipients of the bounce; none when the mail is taken for another kind."""
    mail = read(raw)
    return bounce.recipients(mail) if screen(mail, OWN).kind == "bounce" else ()


def scores(folder: Path) -> list[Score]:
    """The corpora where they are, and the own set."""
    found = [_score("bounces, own set", own())]
    if foreign := flufl(folder):
        listed = {one.mail for one in wrong()}
        right = [one for one in foreign if one.name not in listed]
        found = [_score("bounces, flufl-bounce", right), *found]
    if reports := list(_reports(folder)):
        found.append(_score("bounces, reports of other sources", reports))
    return found


def flufl(folder: Path) -> list[Bounce]:
    """The 59 of flufl-bounce."""
    lists = (load(folder / "flufl-bounce" / "expected.json") or {"cases": {}})["cases"]
    made = []
    for name, case in lists.items():
        who = frozenset(address.lower() for address in case["recipients"])
        nobody: frozenset[str] = frozenset()
        sides = (nobody, who) if case["temporary"] else (who, nobody)
        raw = (folder / "flufl-bounce" / name).read_bytes()
        made.append(Bounce(f"flufl-bounce/{name}", raw, *sides))
    return made


def own() -> list[Bounce]:
    """Those of bounces.toml."""
    with _OWN_SET.open("rb") as file:
        every = tomllib.load(file)["bounce"]
    return [
        Bounce(
            one["system"],
            one["mail"].lstrip("\n").encode(),
            frozenset(one.get("failed", ())),
            frozenset(one.get("delayed", ())),
            one.get("status", ""),
        )
        for one in every
    ]


def _reports(folder: Path) -> Iterable[Bounce]:
    for name, (action, who) in _REPORTS.items():
        if (folder / name).is_file():
            nobody = frozenset[str]()
            sides = (who, nobody) if action == "failed" else (nobody, who)
            yield Bounce(name, (folder / name).read_bytes(), *sides)


def _who(found: Iterable[Reported], action: str) -> frozenset[str]:
    return frozenset(one.address for one in found if one.action == action)


def _score(name: str, every: list[Bounce]) -> Score:
    misses = tuple(filter(None, (one.miss() for one in every)))
    return Score(name, len(every) - len(misses), len(every), LEAST, misses)
