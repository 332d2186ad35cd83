"""Who is told before a limit, and at it (R-10): by letters inside the company, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mailer.addresses import valid
from service import journal
from service.letters import internal_key, letter_row, promise_internal, promise_key
from service.presence import Staff, staff
from service.wiring import Happening
from storage import casefile, looks, tables
from storage.book import Insert
from storage.records import Case, Contact, User

_SUPERVISORS: Final = ("supervisor",)
_INSTEAD: Final = ("administrator",)
# More than this for one reader in one sweep, and one letter lists them all.
MOST_LETTERS: Final = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is to hear of a case: of which promise, due when, and why now."""

    case: Case
    template: str
    what: str
    due_at: datetime
    cause: str
    calendar: str
    text: str = ""  # of a measure
    # Of a due time that was moved: since when it may have been told before. None: never moved.
    moved_since: datetime | None = None


@dataclass(slots=True)
class Post:
    """What one sweep has to tell, by reader: each gets few letters, or one that lists all."""

    h: Happening
    by_address: dict[str, tuple[str, list[Told]]] = field(default_factory=dict)

    def warn(self, told: Told, *names: str | None) -> None:
        """These users hear of it, or who stands in; where there is nobody, the supervisors."""
        here = staff(self.h.book.tx, self.h.at)
        found = [user for name in names if (user := here.here(name))]
        self._add(told, here, found or supervisors(here))

    def escalate(self, told: Told) -> None:
        """The supervisors hear that a promise was broken."""
        here = staff(self.h.book.tx, self.h.at)
        self._add(told, here, supervisors(here))

    def send(self) -> None:
        """Promise the letters."""
        for address, (name, every) in self.by_address.items():
            fresh = [one for one in every if not _knows(self.h, one, address)]
            if len(fresh) > MOST_LETTERS:
                _as_one(self.h, (name, address), fresh)
                continue
            for one in fresh:
                facts = {"promise": promise_facts(self.h, one.what, one.due_at, one.text)}
                promise_internal(
                    self.h, one.case, (name, address), one.template, cause=one.cause, facts=facts
                )

    def _add(self, told: Told, here: Staff, readers: Iterable[User]) -> None:
        every = [(one.full_name, one.email) for one in readers]
        for name, address in (*every, *_on_call(self.h, here, told)):
            if address:
                told_of = self.by_address.setdefault(address, (name, []))[1]
                if told not in told_of:
                    told_of.append(told)


def supervisors(here: Staff) -> list[User]:
    """Those who are responsible for the managers, or their deputies; else the administrators."""
    for roles in (_SUPERVISORS, _INSTEAD):
        names = [one.name for one in here.users.values() if one.role in roles]
        found = [user for name in names if (user := here.here(name))]
        if found:
            return list(dict.fromkeys(found))
    return []


def _on_call(h: Happening, here: Staff, told: Told) -> list[tuple[str, str]]:
    """R-10: out of hours also the contact on call."""
    named = h.wiring.settings.company.on_call
    if not named or h.wiring.calendar(told.calendar, h.at).is_open(h.at):
        return []
    if user := here.here(named):
        return [(user.full_name, user.email)]
    if valid(named):
        return [("", named)]
    journal.warn("on_call_unknown", user=named)
    return []


def _knows(h: Happening, told: Told, address: str) -> bool:
    """Whether this was told already, by a letter of its own or in a list: a due time that was moved
    and moved back is the same promise (R-10)."""
    if casefile.is_promised(h.book.tx, internal_key(told.case, told.template, told.cause, address)):
        return True
    since = told.moved_since
    if since is None:
        return False
    lists = looks.listed_since(h.book.tx, since, address)
    return any(item.get("cause") == told.cause for items in lists for item in items)


def _as_one(h: Happening, reader: tuple[str, str], every: list[Told]) -> None:
    """One letter about many cases; it belongs to none of them."""
    items = [
        {"number": one.case.number, "subject": one.text or one.case.subject, "cause": one.cause}
        | promise_facts(h, one.what, one.due_at)
        for one in sorted(every, key=lambda told: told.due_at)
    ]
    letter_to_own(h, reader, "digest", {"items": items}, key=f"sweep:{h.new_id()}:{reader[1]}")


def letter_to_own(
    h: Happening, reader: tuple[str, str], template: str, facts: Mapping[str, Any], *, key: str
) -> None:
    """Promise a letter to own people that belongs to no case. One promise a key."""
    name, address = reader
    told = {"reader": {"name": name}, **facts}
    nobody = Contact(0, 0, address, name, None)
    company = h.wiring.settings.company
    row = letter_row(
        h.new_id(), None, nobody, template, actor=h.actor, at=h.at, language=company.language
    )
    row |= {"facts": told, "automatic": True, "promise_key": promise_key(key)}
    row["recipients"] = [{**one, "to_contact": False} for one in row["recipients"]]
    h.record(None, "letter_promised", Insert(tables.letters, row))


def promise_facts(h: Happening, what: str, due: datetime, text: str = "") -> dict[str, str]:
    """A promise as letters to own people tell it; `text`: what it says besides its name."""
    zone = h.wiring.timezone
    return {
        **({"text": text} if text else {}),
        "what": what,
        "due": f"{due.astimezone(zone):%Y-%m-%d %H:%M} ({zone})",
        "left": left(h.at, due),
    }


def left(now: datetime, due: datetime) -> str:
    """The time that is left, as people say it; "" once it has passed."""
    if now >= due:
        return ""
    time = due.astimezone(UTC) - now.astimezone(UTC)
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    if time >= timedelta(days=2):
        return f"{time.days} d {hours % 24} h"
    return f"{hours} h {minutes} min" if hours else f"{max(minutes, 1)} min"
