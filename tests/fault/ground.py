"""What a run against real servers stands on: a folder, a database, a mailbox server and a sink."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.smtp_sink import SmtpSink


@dataclass(frozen=True)
class Ground:
    """Private servers, gone afterwards."""

    folder: Path
    url: str
    dovecot: PrivateDovecot
    sink: SmtpSink


def takes_database(parser: argparse.ArgumentParser) -> None:
    """The option that says which database is meant."""
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")


@contextmanager
def ground(name: str, database: str) -> Iterator[Ground]:
    """Bring everything up for the run of this name."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"amends-{name}-")))
        url = f"sqlite:///{folder / 'amends.sqlite'}"
        if database == "postgres":
            postgres = stack.enter_context(PrivatePostgres())
            url = stack.enter_context(postgres.fresh_database())
        dovecot = stack.enter_context(PrivateDovecot({}))
        yield Ground(folder, url, dovecot, stack.enter_context(SmtpSink()))
