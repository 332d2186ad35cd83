"""Log-in to the desk: passwords (argon2id), sessions, and the brake on guessing."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cases.errors import BadInput, NotAllowed
from service import journal
from service.wiring import Wiring
from storage import people, sessions
from storage.records import User
from storage.sessions import Session

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
WINDOW: Final = timedelta(minutes=15)
MOST_FOR_NAME: Final = 5
MOST_FROM_ADDRESS: Final = 30
SHORTEST: Final = 10

_HASHER: Final = PasswordHasher()
# Verified when there is no such user, so that both take the same time (reliability.md 4.5).
_NOBODY: Final = _HASHER.hash("nobody has this password")


def set_password(w: Wiring, name: str, password: str) -> None:
    """Give a user a password and end all sessions of that user."""
    if len(password) < SHORTEST:
        raise BadInput(f"a password needs {SHORTEST} characters", mend="choose a longer one")
    with w.db.read() as connection:
        if people.user(connection, name) is None:
            raise BadInput(f"there is no user {name}", mend="amends user add NAME ...")
    hashed = _HASHER.hash(password)
    with w.db.write() as tx:
        sessions.set_password(tx, name, hashed)
        sessions.end_all(tx, name)


def log_in(w: Wiring, name: str, password: str, address: str) -> tuple[str, Session]:
    """Begin a session; return its token and the session. NotAllowed says nothing but no."""
    name = name.strip()[:60]
    with w.db.read() as connection:
        by_name, by_address = sessions.failures(
            connection, w.now() - WINDOW, name=name, address=address
        )
        found = sessions.password_of(connection, name)
    braked = by_name >= MOST_FOR_NAME or by_address >= MOST_FROM_ADDRESS
    # Checked even when braked: the answer must not tell a right password from a wrong one.
    if not _fits(found[1] if found else None, password) or braked or found is None:
        with w.db.write() as tx:
            failure = {"id": w.ids.next(), "name": name, "address": address, "at": w.now()}
            sessions.note_failure(tx, failure)
        journal.warn("log_in_refused", braked=braked)
        raise NotAllowed(
            "name or password is wrong, or there were too many tries",
            mend="try again, or wait 15 minutes",
        )
    return _begin(w, found[0])


def _fits(hashed: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(hashed or _NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def _begin(w: Wiring, user: User) -> tuple[str, Session]:
    token = w.chance.salt() + w.chance.salt()  # 256 bits
    with w.db.write() as tx:
        session = Session(
            token_hash(token),
            user.id,
            sessions.version_of(tx, user.id),
            w.chance.salt(),
            w.now(),
            w.now(),
        )
        sessions.drop_older(tx, w.now() - ABSOLUTE)
        sessions.begin(tx, asdict(session))
    journal.say("logged_in", user=user.name)
    return token, session


def token_hash(token: str) -> str:
    """How session tokens are kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def who(w: Wiring, token: str) -> tuple[Session, User] | None:
    """The session of this token and its user, unless it has run out."""
    with w.db.read() as connection:
        found = sessions.find(connection, token_hash(token))
    if found is None:
        return None
    session, _ = found
    if w.now() - session.seen_at > IDLE or w.now() - session.began_at > ABSOLUTE:
        log_out(w, session)
        return None
    if w.now() - session.seen_at > timedelta(minutes=1):
        with w.db.write() as tx:
            sessions.touch(tx, session.token_hash, w.now())
    return found


def log_out(w: Wiring, session: Session) -> None:
    """End a session."""
    with w.db.write() as tx:
        sessions.end(tx, session.token_hash)
