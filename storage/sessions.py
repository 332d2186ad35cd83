"""Sessions of the desk and failed log-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from storage.records import FromRow, User
from storage.tables import log_ins, sessions, users


@dataclass(frozen=True, slots=True)
class Session(FromRow):
    """Somebody who has logged in. Times are UTC."""

    token_hash: str
    user_id: int
    version: int
    csrf: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a log-in is compared with. `version`: what the session must carry."""

    user: User
    password_hash: str | None
    version: int


def begin(tx: Connection, row: dict[str, Any]) -> None:
    """Note a new session."""
    tx.execute(insert(sessions).values(**row))


def find(connection: Connection, token_hash: str) -> tuple[Session, User] | None:
    """The session of this token and its user, if the user's sessions were not ended since."""
    row = connection.execute(select(sessions).where(sessions.c.token_hash == token_hash)).first()
    if row is None:
        return None
    user = connection.execute(select(users).where(users.c.id == row.user_id)).one()
    if not user.enabled or user.sessions_version != row.version:
        return None
    return Session.of(row), User.of(user)


def touch(tx: Connection, token_hash: str, at: datetime) -> None:
    """The session is in use."""
    tx.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=at))


def end(tx: Connection, token_hash: str) -> None:
    """Log out."""
    tx.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def end_all(tx: Connection, user_name: str) -> None:
    """End every session of a user: after a new password, a new role, or the way out."""
    tx.execute(
        update(users)
        .where(users.c.name == user_name)
        .values(sessions_version=users.c.sessions_version + 1)
    )


def set_access(tx: Connection, user_name: str, **values: Any) -> bool:
    """Change the role of a user, or whether he may come in at all; False without such a user."""
    changed = tx.execute(update(users).where(users.c.name == user_name).values(**values))
    return bool(changed.rowcount)


def drop_older(tx: Connection, *, sessions_before: datetime, tries_before: datetime) -> None:
    """Forget sessions that began, and log-ins that failed, before these moments."""
    tx.execute(delete(sessions).where(sessions.c.began_at < sessions_before))
    tx.execute(delete(log_ins).where(log_ins.c.at < tries_before))


def credentials(connection: Connection, name: str) -> Credentials | None:
    """Those of the enabled user of this name."""
    row = connection.execute(
        select(users).where(users.c.name == name, users.c.enabled.is_(True))
    ).first()
    if row is None:
        return None
    return Credentials(User.of(row), row.password_hash, row.sessions_version)


def set_password(tx: Connection, name: str, password_hash: str) -> None:
    """Give a user a password."""
    tx.execute(update(users).where(users.c.name == name).values(password_hash=password_hash))


def note_try(tx: Connection, row: dict[str, Any]) -> None:
    """A log-in that has not succeeded yet."""
    tx.execute(insert(log_ins).values(**row))


def forget_try(tx: Connection, try_id: int) -> None:
    """It succeeded, or was not looked at."""
    tx.execute(delete(log_ins).where(log_ins.c.id == try_id))


def tries(connection: Connection, since: datetime, *, name: str, address: str) -> tuple[int, int]:
    """How many log-ins failed since then: for this name, and from this address."""
    found = connection.execute(
        select(
            func.count().filter(log_ins.c.name == name),
            func.count().filter(log_ins.c.address == address),
        ).where(log_ins.c.at >= since)
    ).one()
    return found[0], found[1]
