"""Who is here, and who stands in for whoever is away (R-32)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cases.deputies import stand_in
from cases.errors import BadInput, NotAllowed, NotFound
from service.people import RIGHTS
from service.wiring import Happening
from storage import absences, people
from storage.database import Connection
from storage.records import Absence, User

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody who may come in, and the deputies of those who are away now."""

    users: Mapping[str, User]
    deputies: Mapping[str, str]

    def here(self, name: str | None) -> User | None:
        """Who does the work of this user today; None if nobody does."""
        found = stand_in(name, self.deputies) if name and name in self.users else None
        return self.users.get(found) if found else None


def staff_of(h: Happening) -> Staff:
    """Who is here, asked once in a transaction: nobody comes or goes in one that asks."""
    return h.book.once("staff", lambda: staff(h.book.tx, h.at))


def staff(connection: Connection, at: datetime) -> Staff:
    """Who is here at this moment; each day is one of the user's own time zone."""
    users = {one.name: one for one in people.users(connection) if one.enabled}
    every = absences.around(connection, at.date() - _ONE_DAY)
    return Staff(users, _deputies(every, users, at))


def _deputies(
    every: Iterable[Absence], users: Mapping[str, User], at: datetime
) -> Mapping[str, str]:
    return {
        one.user_name: one.deputy
        for one in every
        if one.user_name in users
        and covers(one, at.astimezone(ZoneInfo(users[one.user_name].timezone)).date())
    }


def covers(one: Absence, day: date) -> bool:
    """Whether somebody is away on this day."""
    return one.first_day <= day and (one.last_day is None or day <= one.last_day)


def go_away(h: Happening, name: str, first: date, last: date | None, deputy: str) -> None:
    """`name` is away from `first` to `last`, both included (None: until it is ended).

    People enter their own absence; supervisors anybody's. Nobody is away twice on one day, and
    deputies may not lead in a circle.
    """
    users = {one.name: one for one in people.users(h.book.tx) if one.enabled}
    for one in (name, deputy):
        if one not in users:
            raise NotFound(f"there is no user {one}", mend="see `amends user list`")
    _may(h, users, name)
    if last is not None and last < first:
        raise BadInput(f"{last} is before {first}", mend="the last day comes after the first")
    if users[deputy].role not in RIGHTS["letter"]:
        raise BadInput(f"{deputy} cannot stand in: a {users[deputy].role} manages no cases")
    new = Absence(h.new_id(), name, first, last, deputy)
    every = absences.around(h.book.tx, first)
    if any(one.user_name == name and _overlap(one, new) for one in every):
        raise BadInput(f"{name} is away on some of these days already", mend="end that first")
    _check_circle([*every, new], new)
    row = {
        "id": new.id,
        "user_name": name,
        "first_day": first,
        "last_day": last,
        "deputy": deputy,
        "created_at": h.at,
        "created_by": h.actor,
    }
    absences.add(h.book.tx, row)


def come_back(h: Happening, name: str) -> int:
    """End the absence of `name` that holds now; return how many were ended (0: was here)."""
    users = {one.name: one for one in people.users(h.book.tx)}
    if name not in users:
        raise NotFound(f"there is no user {name}", mend="see `amends user list`")
    _may(h, users, name)
    today = h.at.astimezone(ZoneInfo(users[name].timezone)).date()
    now = [
        one.id
        for one in absences.around(h.book.tx, today)
        if one.user_name == name and covers(one, today)
    ]
    absences.end(h.book.tx, now, h.at, h.actor)
    return len(now)


def call_off(h: Happening, absence_id: int) -> None:
    """End an absence, or one that has not begun."""
    one = absences.by_id(h.book.tx, absence_id)
    _may(h, {user.name: user for user in people.users(h.book.tx)}, one.user_name)
    absences.end(h.book.tx, [one.id], h.at, h.actor)


def _may(h: Happening, users: Mapping[str, User], name: str) -> None:
    actor = h.actor.removeprefix("user:")
    if name != actor and users[actor].role not in RIGHTS["away"]:
        raise NotAllowed(f"{actor} may enter only an own absence", mend="ask a supervisor")


def _overlap(one: Absence, other: Absence) -> bool:
    return (one.last_day is None or other.first_day <= one.last_day) and (
        other.last_day is None or one.first_day <= other.last_day
    )


def _check_circle(every: list[Absence], new: Absence) -> None:
    """A circle begins on the first day of one of them."""
    for day in {one.first_day for one in every if covers(new, one.first_day)}:
        deputies = {one.user_name: one.deputy for one in every if covers(one, day)}
        if stand_in(new.user_name, deputies) is None:
            raise BadInput(
                f"{new.deputy} is represented by {new.user_name} on {day}",
                mend="name another deputy",
            )
