"""One folder of one IMAP mailbox, read without leaving a trace: UIDs, sizes, bytes.

No value out of a mail ever goes into a command (reliability.md 2.4), and only lists of integers
go into FETCH (deps.md 1). Flags are neither read nor set: they decide nothing about "done".
"""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cases.errors import TryLater
from config.tokens import Proof
from intake.mailbox.connection import Connection
from intake.mailbox.door import Opened, Place, Security
from intake.mailbox.idle import forget_told
from intake.mailbox.marks import MARKED_BY, How, decorate, mark, quota_percent
from intake.mailbox.pieces import Spooled, spooling

MAILS_PER_BATCH = 25
BYTES_PER_BATCH = 8 * 1024 * 1024
PIECE = 1024 * 1024
# A FETCH command stays below the 8,192 octets that RFC 7162 section 4 asks servers to take.
UIDS_PER_COMMAND = 500
# imaplib takes lines of at most 1,000,000 octets; a SEARCH answer is one line of up to 11 a mail.
MAILS_PER_SEARCH = 50_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as the server keeps it. `internal_date` is UTC, None when it is no date.

    A mail over 8 MiB is in `file` where there is a spool folder, and `raw` is empty.
    """

    uid: int
    internal_date: datetime | None
    raw: bytes
    file: Spooled | None = None


class _NotWhole(Exception):
    """The mail is gone or was refused half-way: no fault, but its half must go."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """All pieces were handed out."""

    internal_date: datetime | None


class ImapMailbox(Connection):
    """A mailbox folder. Not thread safe. Any `MailboxFault` closes the connection; `open()` again.

    `timeout` is in seconds, for connecting and for every answer. `ca_file` replaces the system's
    certificate authorities. `refused` holds the UIDs that the server has but would not hand out.
    `spool` is the folder into which mails over 8 MiB go.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: Security,
        ca_file: Path | str | None,
        user: str,
        password: Proof,
        folder: str = "INBOX",
        timeout: float = 60.0,
        spool: Path | None = None,
    ) -> None:
        authorities = str(ca_file) if ca_file else None
        super().__init__(Place(host, port, security, authorities, user, folder), password, timeout)
        self._spool = spool
        self._sizes: dict[int, int] = {}
        self.refused: dict[int, str] = {}

    def _note(self, chosen: Opened) -> None:
        super()._note(chosen)
        self._sizes, self.refused = {}, {}

    def dates(self, uids: Sequence[int]) -> dict[int, datetime | None]:
        """When the server received these mails; those that vanished are absent."""
        found: dict[int, datetime | None] = {}
        for start in range(0, len(uids), UIDS_PER_COMMAND):
            answer = self._ask(list(uids[start : start + UIDS_PER_COMMAND]), ["INTERNALDATE"])
            found.update((uid, _utc(one.get(b"INTERNALDATE"))) for uid, one in answer.items())
        return found

    def marks(self, uids: Sequence[int]) -> dict[int, str | None]:
        """By what to know these mails again, without fetching them; None: by nothing."""
        found: dict[int, str | None] = {}
        for start in range(0, len(uids), UIDS_PER_COMMAND):
            answer = self._ask(list(uids[start : start + UIDS_PER_COMMAND]), list(MARKED_BY))
            found.update((uid, mark(one)) for uid, one in answer.items())
        return found

    def decorate(self, uids: Sequence[int], how: How, move_to: str) -> None:
        """Mark or move registered mails. imaplib.IMAP4.error: the server does not want to."""
        self._do(lambda c: decorate(c, self._selected, uids, how, move_to), keep_no=True)

    def quota_percent(self) -> int | None:
        """How full the mailbox is, in percent; None when nobody knows."""
        try:
            return self._do(lambda c: quota_percent(c, self._place.folder), keep_no=True)
        except imaplib.IMAP4.error:
            return None

    def uids(self, above: int = 0) -> list[int]:
        """All UIDs of the folder greater than `above`, ascending, whatever their flags."""
        self._do(lambda client: client.noop())  # hear of mails that came since the last command
        self._do(forget_told)  # the search below sees what was told of until here
        found: set[int] = set()
        for criterion in self._searches(above):
            found.update(self._search(criterion))
        # RFC 3501 6.4.8: "n:*" always names the last mail, even when its UID is below n
        return sorted(uid for uid in found if uid > above)

    def batches(self, uids: Sequence[int]) -> Iterator[list[int]]:
        """The UIDs that still exist, in batches for `fetch`; a mail over 8 MiB comes alone."""
        batch: list[int] = []
        weight = 0
        for start in range(0, len(uids), UIDS_PER_COMMAND):
            for uid, size in self._ask_sizes(uids[start : start + UIDS_PER_COMMAND]):
                if batch and (len(batch) == MAILS_PER_BATCH or weight + size > BYTES_PER_BATCH):
                    yield batch
                    batch, weight = [], 0
                batch.append(uid)
                weight += size
        if batch:
            yield batch

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """The mails with these UIDs. One that vanished is absent; `refused` names the others."""
        known = self._sizes
        unknown = [uid for uid in uids if uid not in known]
        if unknown:
            self._ask_sizes(unknown)
        present = [uid for uid in uids if uid in known]
        small = [uid for uid in present if known[uid] <= BYTES_PER_BATCH]
        if small:
            yield from self._whole(small)
        for uid in present:
            if known[uid] > BYTES_PER_BATCH:
                yield from self._in_pieces(uid, known[uid])
        for uid in present:
            known.pop(uid, None)

    def _searches(self, above: int) -> Iterator[list[str]]:
        if above:
            yield ["UID", f"{above + 1}:*"]
        elif self._exists <= MAILS_PER_SEARCH:
            yield ["ALL"]
        else:
            # From the top down: when mails are expunged in between, the numbers of the others
            # only fall, into a window that is still to come. None is missed.
            last = "*"
            for first in range(self._exists - MAILS_PER_SEARCH, 0, -MAILS_PER_SEARCH):
                yield [f"{first}:{last}"]
                last = str(first)
            yield [f"1:{last}"]

    def _search(self, criterion: list[str]) -> list[int]:
        return self._do(lambda client: [int(uid) for uid in client.search(criterion)])

    def _ask_sizes(self, uids: Sequence[int]) -> list[tuple[int, int]]:
        answer = self._ask(list(uids), ["RFC822.SIZE"])
        found = [(u, int(answer[u].get(b"RFC822.SIZE") or 0)) for u in uids if u in answer]
        self._sizes.update(found)
        return found

    def _whole(self, uids: list[int]) -> Iterator[Fetched]:
        answer = self._ask(uids, ["BODY.PEEK[]", "INTERNALDATE", "RFC822.SIZE"])
        for uid in uids:
            if (data := answer.pop(uid, None)) is None:
                continue
            # The literal was whole and the command was answered OK: the bytes count, even when
            # RFC822.SIZE says otherwise (some servers state the size of another rendering).
            raw = data.get(b"BODY[]")
            if isinstance(raw, bytes) and (raw or not data.get(b"RFC822.SIZE")):
                yield Fetched(uid, _utc(data.get(b"INTERNALDATE")), raw)
            else:
                self._note_refusal(uid, "the server gave no text for it")

    def _in_pieces(self, uid: int, size: int) -> Iterator[Fetched]:
        """deps.md 1: six 25 MB mails in one FETCH cost 380 MB of memory, pieces of 1 MiB do not."""
        if self._spool is None:
            pieces: list[bytes] = []
            if found := self._pieces(uid, size, pieces.append):
                yield Fetched(uid, found.internal_date, b"".join(pieces))
            return
        try:
            with spooling(self._spool) as sink:
                found = self._pieces(uid, size, sink.add)
                if found is None:
                    raise _NotWhole
                file = sink.done()
        except _NotWhole:
            return
        except OSError as error:
            raise TryLater(
                f"the spool folder {self._spool} cannot be written: {error.strerror}",
                mend="make room or give write permission; it is tried again",
            ) from error
        yield Fetched(uid, found.internal_date, b"", file)

    def _pieces(self, uid: int, size: int, add: Callable[[bytes], None]) -> _Whole | None:
        """Hand out the mail piece by piece; None when it did not become whole."""
        offset = 0
        while True:
            answer = self._ask([uid], [f"BODY.PEEK[]<{offset}.{PIECE}>", "INTERNALDATE"])
            if uid not in answer:
                return None
            when = _utc(answer[uid].get(b"INTERNALDATE"))
            piece = answer[uid].get(b"BODY[]<%d>" % offset)
            # Dovecot: NIL once the mail was expunged. Half a mail is no mail.
            if not isinstance(piece, bytes) or (not piece and offset < size and self._gone(uid)):
                self._note_refusal(uid, "the server gave only a part of it")
                return None
            add(piece)
            offset += len(piece)
            # A server may hand out less than was asked for: the end is a short piece at or behind
            # the stated size, or an empty one.
            if not piece or (len(piece) < PIECE and offset >= size):
                return _Whole(when)

    def _ask(self, uids: list[int], items: list[str]) -> dict[int, Any]:
        """FETCH; when the server says NO to several, each alone: one bad mail stops no other."""
        try:
            return self._do(lambda client: dict(client.fetch(uids, items)), keep_no=True)
        except imaplib.IMAP4.error as error:
            if len(uids) == 1:
                self._note_refusal(uids[0], str(error))
                return {}
        answers: dict[int, Any] = {}
        for uid in uids:
            answers.update(self._ask([uid], items))
        return answers

    def _note_refusal(self, uid: int, reason: str) -> None:
        if not self._gone(uid):
            self.refused[uid] = reason

    def _gone(self, uid: int) -> bool:
        """Whether somebody else expunged the mail; after NOOP both sides know."""
        self._do(lambda client: client.noop())
        return not self._search(["UID", str(uid)])


def _utc(when: datetime | None) -> datetime | None:
    if when is None or when.tzinfo is None:
        return None
    try:
        return when.astimezone(UTC)
    except OverflowError:
        return None
