"""Who may act. One table of rights; what it does not list is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from cases.errors import BadInput, NotAllowed, NotFound
from mailer.addresses import valid
from service import journal
from service.wiring import Happening, Wiring
from storage import people
from storage.database import Connection
from storage.records import User

ROLES: Final = ("viewer", "manager", "supervisor", "administrator")
_MANAGERS: Final = frozenset({"manager", "supervisor", "administrator"})
_SUPERVISORS: Final = frozenset({"supervisor", "administrator"})
RIGHTS: Final[Mapping[str, frozenset[str]]] = {
    "assign": _MANAGERS,
    "away": _SUPERVISORS,  # of others
    "clock": _MANAGERS,
    "decide": _MANAGERS,
    "dismiss": _MANAGERS,
    "export": _MANAGERS,
    "import": _SUPERVISORS,
    "link": _MANAGERS,
    "letter": _MANAGERS,
    "measure": _MANAGERS,
    "merge": _MANAGERS,
    "new": _MANAGERS,
    "outbox": _MANAGERS,
    "own_absence": _MANAGERS,
    "own_measure": frozenset(ROLES),
    "recurrence": _MANAGERS,
    "register_for": _MANAGERS,
    "set": _MANAGERS,
    "split": _MANAGERS,
    "task": _MANAGERS,
    "terms": _SUPERVISORS,
    "view": frozenset(ROLES),
}


def acting(connection: Connection, name: str, act: str) -> User:
    """The user who acts; NotFound without such a user, NotAllowed without the right."""
    user = people.user(connection, name)
    if user is None or not user.enabled:
        raise NotFound(f"there is no user {name}", mend="amends user add NAME ...")
    if user.role not in RIGHTS[act]:
        raise NotAllowed(
            f"{name} is a {user.role} and may not do this ({act})",
            mend=f"ask somebody who is {' or '.join(sorted(RIGHTS[act]))}",
        )
    return user


def add_user(
    w: Wiring,
    name: str,
    *,
    full_name: str,
    email: str,
    phone: str,
    role: str,
    title: str = "",
    signature: str = "",
) -> None:
    """Add a user. Letters are signed with full name, title, phone and signature (R-34)."""
    if role not in ROLES:
        raise BadInput(f"{role} is not a role", mend=f"use one of {', '.join(ROLES)}")
    if not valid(email):
        raise BadInput(f"{email!r} is not an address", mend="write it as name@example.com")
    with w.db.write() as tx:
        if people.user(tx, name) is not None:
            raise BadInput(f"there is a user {name} already", mend="choose another name")
        people.add_user(
            tx,
            {
                "id": w.ids.next(),
                "name": name,
                "full_name": full_name,
                "email": email.lower(),
                "phone": phone,
                "title": title,
                "signature": signature,
                "role": role,
                "language": w.settings.company.language,
                "timezone": w.settings.company.timezone,
                "created_at": w.now(),
            },
        )


@contextmanager
def act(w: Wiring, user: str, right: str) -> Iterator[Happening]:
    """One transaction in which a user does something that he has the right to do."""
    with w.happening(f"user:{user}", f"act:{right}") as h:
        acting(h.book.tx, user, right)
        yield h
    journal.say("act", right=right, user=user)
