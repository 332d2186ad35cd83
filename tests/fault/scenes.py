"""What happens around the service in a fault run: customers write, the mailbox is rebuilt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from imapclient import IMAPClient
from sqlalchemy import select, update

from storage import tables
from storage.database import Database
from tests.fault.customers import Customers, Written
from tests.fault.installation import Installation, More
from tests.fault.points import Point
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST

BURST: Final = 6
_FLOOD: Final = BURST + 3
# What stays of the registered mails when somebody tidies up the mailbox: so many, none so large.
_STAY: Final = 60
_LARGE: Final = 1_000_000
# The brakes are for floods: this run is one, and a letter that waits would hide one that is lost.
_MOST: Final = 100_000
CALM: Final = More(
    mailbox='decorate = "keyword"\n',
    outbox=(
        f"address_per_day = {_MOST}\ndomain_per_hour = {_MOST}\nall_per_hour = {_MOST}\n"
        f"promises_per_hour = {_MOST}\npromises_per_day = {_MOST}\nburst_per_hour = {BURST}\n"
    ),
)


@dataclass
class Scenes:
    """The world of one installation. `came_with`: the kill before which a mail came, by sha256."""

    installation: Installation
    dovecot: PrivateDovecot
    customers: Customers
    came_with: dict[str, int] = field(default_factory=dict)
    renumbered: int = 0

    def put(self, mails: Iterable[Written], kill: int) -> None:
        """The mails arrive in the mailbox."""
        # A connection each time: one that has seen the mailbox before a rebuild cannot go on.
        with self._mail_program() as client:
            for mail in mails:
                client.append("INBOX", mail.raw, mail.flags)
                self.came_with.setdefault(mail.sha256, kill)

    def set_for(self, point: Point, kill: int) -> None:
        """What must have happened so that the service comes to this point."""
        who = self.customers
        match point.scene:
            case "big" | "huge":
                self.put([who.large(huge=point.scene == "huge")], kill)
            case "more":
                self.put([who.more()], kill)
            case "flood":
                self.put(who.flood(_FLOOD), kill)
            case "renumbered":
                self.renumber()
        if point.after:
            self._let_leases_run_out()

    def renumber(self) -> None:
        """The mailbox is rebuilt: other UIDs, another UIDVALIDITY, the same mails."""
        self._tidy_up()
        self.dovecot.rebuild_uids(self.installation.mailbox)
        self.renumbered += 1

    def _tidy_up(self) -> None:
        """Somebody deletes old mails in the mailbox; else the run would spend itself on them."""
        with self._mail_program() as client:
            epoch = int(client.select_folder("INBOX")[b"UIDVALIDITY"])
            done = self._registered(epoch)
            large = set(client.search(["LARGER", str(_LARGE)]))
            if gone := [*done[:-_STAY], *(uid for uid in done[-_STAY:] if uid in large)]:
                client.delete_messages(gone)
                client.expunge()

    def _registered(self, epoch: int) -> list[int]:
        sightings = tables.sightings
        query = (
            select(sightings.c.uid)
            .where(sightings.c.uidvalidity == epoch, sightings.c.state.in_(("registered", "copy")))
            .order_by(sightings.c.uid)
        )
        with self._database() as database, database.read() as connection:
            return list(connection.scalars(query))

    def _let_leases_run_out(self) -> None:
        """What the database's clock would do by itself, without waiting for it."""
        with self._database() as database, database.write() as tx:
            tx.execute(update(tables.deliveries).values(lease_until=0))

    @contextmanager
    def _database(self) -> Iterator[Database]:
        database = Database(self.installation.database_url)
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def _mail_program(self) -> Iterator[IMAPClient]:
        shop = self.installation
        with IMAPClient(HOST, shop.imap_port, ssl=False, timeout=30) as client:
            client.login(shop.mailbox, "secret")
            yield client
