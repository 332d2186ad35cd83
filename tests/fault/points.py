"""The crash table: the moments of a mail's road at which a fault run kills the service.

One table for two players: `tests/service/test_crash_table.py` raises there in process,
`tests/fault/kills.py` has a real service kill itself there.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

When = Literal["before", "after"]
# What must be so that the moment comes: which mails arrive, or what happened to the mailbox.
Scene = Literal["road", "big", "huge", "more", "flood", "renumbered", "first"]


@dataclass(frozen=True, slots=True)
class Point:
    """A moment: before or after the `call`th call of `place`.

    A call that found nothing to do (`[]`, 0, False) is not counted. `having`: nor one without this
    argument. `within`: nor one outside a call of that place. `copies`: how many may leave because
    of a death there. `after`: the point at which the run before must have died.
    """

    place: str
    when: When
    copies: int = 1
    having: str = ""
    within: str = ""
    call: int = 1
    scene: Scene = "road"
    after: str = ""
    once: bool = False  # in a single pass, where the sweeps run at once
    reconciles: bool = False  # only where letters of which no answer came are looked for


_SEEN: Final = "service.watching.seen"
_T2: Final = "service.registrar.register"
_FLUSH: Final = "storage.book.Book.flush"
_CARRY: Final = "mailer.carry.SmtpCarrier"
_ANSWER: Final = "aiosmtplib.protocol.SMTPProtocol.read_response"
_FOLDER: Final = "storage.objects.folder.FolderObjects"
_COPIES: Final = "storage.mailbox_ledger"
_LOST_ANSWER: Final = "the dot sent, no answer read"

# The plain road: one mail, one letter.
ROAD: Final[Mapping[str, Point]] = {
    # --- intake
    "the folder open, nothing asked": Point("service.watching.begun", "after"),
    "a mail fetched, T1 not begun": Point(_SEEN, "before"),
    "T1 written, not committed": Point("storage.ledger.see", "after"),
    "T1 committed, the mailbox not noted": Point(_SEEN, "after"),
    "the mailbox noted, not committed": Point("storage.ledger.polled", "after"),
    "all mails seen, none registered": Point("service.daemon.register_waiting", "before"),
    "mails read, T2 not begun": Point("service.registrar._done", "before"),
    "in T2, the sighting taken": Point("storage.ledger.take", "after"),
    "in T2, a number given": Point("storage.counters.take", "after"),
    "in T2, everything written, not committed": Point(_FLUSH, "after", within=_T2),
    "T2 committed, not told": Point(_T2, "after"),
    "T2 committed": Point("service.daemon.register_waiting", "after"),
    # --- letters
    "a letter promised, not composed": Point("service.writing.freeze", "before"),
    "the letter composed, not stored": Point("service.writing.freeze", "after"),
    "the letter queued, not committed": Point("service.writing.queue", "after"),
    "the letter queued and committed": Point("service.daemon.compose_promised", "after"),
    "the delivery claimed, not committed": Point("storage.outbox.claim", "after"),
    "the delivery claimed": Point("service.delivering._begin", "before"),
    "sending, not committed": Point("storage.attempts.begin", "after"),
    "sending committed, not dialed": Point(f"{_CARRY}.carry", "before"),
    "the server greeted": Point(f"{_CARRY}._open", "after"),
    "MAIL answered": Point("mailer.smtp_client.Client.mail", "after"),
    "RCPT answered": Point("mailer.smtp_client.Client.rcpt", "after"),
    "DATA answered, no line sent": Point(f"{_CARRY}._body", "before"),
    "all lines sent, not the dot": Point("service.delivering._may_end", "before"),
    "the dot noted, not committed": Point("storage.attempts.end", "after", having="dot"),
    "the dot noted, not sent": Point(f"{_CARRY}._final_dot", "before"),
    _LOST_ANSWER: Point(_ANSWER, "before", copies=2, within=f"{_CARRY}._final_dot"),
    "accepted by the server, not written": Point(f"{_CARRY}.carry", "after", copies=2),
    "the answer written, not committed": Point(
        "storage.attempts.end", "after", copies=2, having="accepted"
    ),
    "the answer committed, the case not": Point("service.delivering._settle", "before"),
    "accepted, the clock not stopped": Point("service.delivering.keep_promises", "before"),
    "accepted, written, not committed": Point("service.delivering.keep_promises", "after"),
    "accepted and committed": Point("service.daemon.deliver_due", "after"),
}

# What needs more than one mail, another mail, an earlier death, or a real IMAP server.
_FURTHER: Final[Mapping[str, Point]] = {
    "the schema made, not committed": Point("alembic.command.upgrade", "after", scene="first"),
    "the first start noted, not committed": Point(f"{_COPIES}.begin", "after", scene="first"),
    "in T2, the second of a batch begun": Point("service.arrival.begin_case", "after", call=2),
    "in T2, a reply joined": Point("service.arrival.join", "after", scene="more"),
    "letters next to each other, the second queued": Point(
        "service.writing.queue", "after", call=2
    ),
    "a mail registered, not yet marked": Point(
        "intake.mailbox.imap.ImapMailbox.decorate", "before"
    ),
    "a mail marked, that not noted": Point("intake.mailbox.imap.ImapMailbox.decorate", "after"),
    "a mark noted, not committed": Point(f"{_COPIES}.decorated", "after"),
    # --- mails that are objects
    "an object half written": Point(
        "os.rename", "before", within="storage.objects.folder._replace", scene="big"
    ),
    "an object written, its name not durable": Point(
        "storage.objects.folder._sync", "before", within=f"{_FOLDER}.put", scene="big"
    ),
    "objects written, T1 not begun": Point(
        "storage.evidence.Evidence.prepare", "after", scene="big"
    ),
    "a huge mail half fetched": Point(
        "intake.mailbox.pieces.Sink.add", "after", call=4, scene="huge"
    ),
    "a huge mail fetched, not kept": Point(f"{_FOLDER}.adopt", "before", scene="huge"),
    "a huge mail kept, T1 not begun": Point(f"{_FOLDER}.adopt", "after", scene="huge"),
    "a huge mail being read": Point("service.children.Children._alone", "before", scene="huge"),
    # --- many mails of one sender
    "a burst, its case opened, not committed": Point(
        "service.bursts.open_case", "after", scene="flood"
    ),
    "a burst, the second mail collected": Point(
        "service.bursts.Flood.collect", "after", call=2, scene="flood"
    ),
    # --- a rebuilt mailbox
    "renumbered, not committed": Point(f"{_COPIES}.begin_comparing", "after", scene="renumbered"),
    "renumbered, nothing fetched": Point("service.watching.take", "before", scene="renumbered"),
    "copies seen, none compared": Point(_SEEN, "after", scene="renumbered"),
    "a copy known, not committed": Point(
        "storage.ledger.take", "after", having="copy", scene="renumbered"
    ),
    "all compared, not committed": Point(f"{_COPIES}.settle", "after", scene="renumbered"),
    # --- the second pass: what a killed run left
    "fetched again, T1 not begun": Point(_SEEN, "before", after="a mail fetched, T1 not begun"),
    "T1 of a killed run, mails read, T2 not begun": Point(
        "service.registrar._done", "before", after="T1 committed, the mailbox not noted"
    ),
    "T2 again, not committed": Point(
        _FLUSH, "after", within=_T2, after="in T2, everything written, not committed"
    ),
    "promised in a killed run, composed again": Point(
        "service.writing.freeze", "after", after="the letter queued, not committed"
    ),
    "dialed in a killed run, not put back": Point(
        "service.delivering._finish", "after", after="RCPT answered"
    ),
    "answered in a killed run, not committed": Point(
        "service.delivering._finish", "after", after="the answer committed, the case not"
    ),
    "no answer in a killed run, not committed": Point(
        "service.delivering._finish", "after", copies=2, after=_LOST_ANSWER
    ),
    "no answer in a killed run, the next dot sent": Point(
        _ANSWER, "before", copies=2, within=f"{_CARRY}._final_dot", after=_LOST_ANSWER
    ),
    # --- no answer came, and the letter is looked for
    "its own copy read, T2 not committed": Point(
        _FLUSH, "after", within=_T2, after=_LOST_ANSWER, once=True, reconciles=True
    ),
    "its own copy found, not committed": Point(
        "service.reconciling.accept", "after", after=_LOST_ANSWER, once=True, reconciles=True
    ),
    "its own copy found and committed": Point(
        "service.reconciling._found", "after", after=_LOST_ANSWER, once=True, reconciles=True
    ),
}

POINTS: Final[Mapping[str, Point]] = {**ROAD, **_FURTHER}


def strike(
    point: Point,
    end: Callable[[], None],
    put: Callable[[Any, str, Any], None] = setattr,
) -> None:
    """Have `end` called at this moment. `put` is how a name is changed, as `setattr` does."""
    moment = _Moment(point, end)
    if point.within:
        owner, name = found(point.within)
        put(owner, name, _around(getattr(owner, name), moment.enter, moment.leave))
    owner, name = found(point.place)
    put(owner, name, _around(getattr(owner, name), moment.begun, moment.done))


def put(place: str, made: Callable[[Any], Any]) -> None:
    """Put something in the place of what has this name; it is made of that."""
    owner, name = found(place)
    setattr(owner, name, made(getattr(owner, name)))


def found(place: str) -> tuple[Any, str]:
    """The module or class that has this name, and the name in it."""
    path, _, name = place.rpartition(".")
    try:
        return importlib.import_module(path), name
    except ModuleNotFoundError:
        module, _, owner = path.rpartition(".")
        return getattr(importlib.import_module(module), owner), name


class _Moment:
    """Counts the calls that count."""

    def __init__(self, point: Point, end: Callable[[], None]) -> None:
        self._point = point
        self._end = end
        self._inside = not point.within
        self._calls = 0

    def enter(self, arguments: tuple[object, ...]) -> None:
        self._inside = True

    def leave(self, arguments: tuple[object, ...], result: object) -> None:
        self._inside = False

    def begun(self, arguments: tuple[object, ...]) -> None:
        if self._point.when == "before":
            self._count(arguments)

    def done(self, arguments: tuple[object, ...], result: object) -> None:
        if self._point.when == "after" and (result is None or result):
            self._count(arguments)

    def _count(self, arguments: tuple[object, ...]) -> None:
        having = self._point.having
        # By type first: comparing columns makes SQL of it.
        if having and not any(isinstance(one, str) and one == having for one in arguments):
            return
        if self._inside:
            self._calls += 1
            if self._calls == self._point.call:
                self._end()


def _around(
    original: Callable[..., Any],
    before: Callable[[tuple[object, ...]], None],
    after: Callable[[tuple[object, ...], object], None],
) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        given = (*args, *options.values())
        before(given)
        result = original(*args, **options)
        after(given, result)
        return result

    async def call_async(*args: Any, **options: Any) -> Any:
        given = (*args, *options.values())
        before(given)
        result = await original(*args, **options)
        after(given, result)
        return result

    return call_async if inspect.iscoroutinefunction(original) else call
