"""Log-in to the desk: passwords (argon2id), sessions, and the brake on guessing."""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cases.errors import BadInput, NotAllowed
from service import journal
from service.people import ROLES
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
_SEEN_AGAIN: Final = timedelta(minutes=1)

_HASHER: Final = PasswordHasher()
# Verified when there is no such user, so that both take the same time (reliability.md 4.5).
NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$KetSlVRx2pbv3NTe9FBfOA"
    "$pgtN3w2ShaonsS7MhXcHdT7YlLzjE1xFCvsyK7Qbh5w"
)


def set_password(w: Wiring, name: str, password: str) -> None:
    """Give a user a password and end all sessions of that user."""
    check_password(password)
    with w.db.read() as connection:
        if people.user(connection, name) is None:
            raise _no_user(name)
    hashed = _HASHER.hash(_bytes(password))
    with w.db.write() as tx:
        sessions.set_password(tx, name, hashed)
        sessions.end_all(tx, name)


def check_password(password: str) -> None:
    """BadInput for one that is too short."""
    if len(password) < SHORTEST:
        raise BadInput(f"a password needs {SHORTEST} characters", mend="choose a longer one")


def set_access(
    w: Wiring, name: str, *, role: str | None = None, enabled: bool | None = None
) -> None:
    """Change what a user may do, or whether he may come in; all sessions of that user end."""
    if role is not None and role not in ROLES:
        raise BadInput(f"{role} is not a role", mend=f"use one of {', '.join(ROLES)}")
    wanted = {"role": role, "enabled": enabled}
    with w.db.write() as tx:
        values = {key: value for key, value in wanted.items() if value is not None}
        if not values or not sessions.set_access(tx, name, **values):
            raise _no_user(name)
        sessions.end_all(tx, name)
    journal.say("access_changed", user=name, **values)


def _no_user(name: str) -> BadInput:
    return BadInput(f"there is no user {name}", mend="amends user add NAME ...")


def log_in(w: Wiring, name: str, password: str, address: str) -> tuple[str, Session]:
    """Begin a session; return its token and the session. NotAllowed says nothing but no."""
    name = "".join(filter(str.isprintable, name)).strip()[:60]
    address = _network(address)
    if _braked(w, name, address, MOST_FOR_NAME - 1, MOST_FROM_ADDRESS - 1):
        raise _refused(braked=True)
    # Noted before the password is looked at: of many tries at once, no more than five are.
    try_id = _note(w, name, address)
    if _braked(w, name, address, MOST_FOR_NAME, MOST_FROM_ADDRESS):
        # Only what was looked at counts: nobody prolongs his own wait, or fills the table.
        with w.db.write() as tx:
            sessions.forget_try(tx, try_id)
        raise _refused(braked=True)
    with w.db.read() as connection:
        found = sessions.credentials(connection, name)
    if not _fits(found.password_hash if found else None, password) or found is None:
        raise _refused(braked=False)
    return _begin(w, found, try_id)


def _braked(w: Wiring, name: str, address: str, most_for_name: int, most_from: int) -> bool:
    with w.db.read() as connection:
        for_name, from_address = sessions.tries(
            connection, w.now() - WINDOW, name=name, address=address
        )
    return for_name > most_for_name or from_address > most_from


def _note(w: Wiring, name: str, address: str) -> int:
    try_id = w.ids.next()
    row = {"id": try_id, "name": name, "address": address, "at": w.now()}
    with w.db.write() as tx:
        sessions.drop_older(tx, sessions_before=w.now() - ABSOLUTE, tries_before=w.now() - WINDOW)
        sessions.note_try(tx, row)
    return try_id


def _refused(*, braked: bool) -> NotAllowed:
    journal.warn("log_in_refused", braked=braked)
    return NotAllowed(
        "name or password is wrong, or there were too many tries",
        mend="try again, or wait 15 minutes",
    )


def _network(address: str) -> str:
    """An IPv4 address, the /64 of an IPv6 one (one household has them all), "" for neither."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if ip.version == 4:
        return str(ip)
    four = ip.ipv4_mapped
    return str(four or ipaddress.IPv6Network((ip.packed, 64), strict=False))


def _bytes(password: str) -> bytes:
    # The same letter is composed on one keyboard and decomposed on another (RFC 8265).
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")


def _fits(hashed: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(hashed or NOBODY, _bytes(password)) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def _begin(w: Wiring, found: sessions.Credentials, try_id: int) -> tuple[str, Session]:
    token = w.chance.salt() + w.chance.salt()  # 256 bits
    session = Session(
        token_hash(token), found.user.id, found.version, w.chance.salt(), w.now(), w.now()
    )
    with w.db.write() as tx:
        sessions.forget_try(tx, try_id)
        sessions.begin(tx, asdict(session))
    journal.say("logged_in", user=found.user.name)
    return token, session


def token_hash(token: str) -> str:
    """How session tokens are kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def who(w: Wiring, token: str) -> tuple[Session, User] | None:
    """The session of this token and its user, unless it has run out; it was used now."""
    found = holder(w, token_hash(token))
    if found is not None and w.now() - found[0].seen_at > _SEEN_AGAIN:
        with w.db.write() as tx:
            sessions.touch(tx, found[0].token_hash, w.now())
    return found


def holder(w: Wiring, hashed: str) -> tuple[Session, User] | None:
    """The session with this hash of a token and its user, unless it has run out."""
    with w.db.read() as connection:
        found = sessions.find(connection, hashed)
    if found is None:
        return None
    session, _ = found
    if w.now() - session.seen_at > IDLE or w.now() - session.began_at > ABSOLUTE:
        log_out(w, session)
        return None
    return found


def log_out(w: Wiring, session: Session) -> None:
    """End a session."""
    with w.db.write() as tx:
        sessions.end(tx, session.token_hash)
