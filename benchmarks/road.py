"""Our road, a process of its own: mailbox to registered (T2), then the promised letters.

python -m benchmarks.road CONFIG MANIFEST [PROFILE]

AMENDS_BENCH_SERVERS: JSON, name -> pid of servers whose processor time is counted too.
PROFILE names a file for cProfile; such a run is slower and its times say nothing.
"""

from __future__ import annotations

import cProfile
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.judge import wrongs
from benchmarks.measure import measured
from cases.answers import prepare
from config.load import load
from config.secrets import secrets_of
from service import wiring
from service.reading import Unread
from service.registrar import register_waiting
from service.seeing import own_addresses
from service.watching import Watch
from service.wiring import Wiring
from service.writing import compose_promised


def intake(w: Wiring) -> None:
    """Fetch and register until nothing waits: each in a thread of its own, as in the service."""
    some = threading.Event()

    def fetch() -> None:
        for mailbox in w.settings.mailbox:
            Watch(w, mailbox, noticed=some.set).look()

    with ThreadPoolExecutor(1) as watching:
        fetching = watching.submit(fetch)
        fetching.add_done_callback(lambda _: some.set())
        while True:
            some.wait()
            some.clear()
            ended = fetching.done()
            while register_waiting(w) or w.reader.wait():
                pass
            if ended:
                break
        fetching.result()  # its fault, if it had one


def warm(w: Wiring) -> None:
    """A service that is up has its words and its readers ready, as the bare limit its imports."""
    prepare()
    first = b"From: a@example.com\r\nSubject: The first\r\n\r\nGood morning.\r\n"
    w.reader.read([Unread("0" * 64, len(first), lambda: first)], (), own_addresses(w))


def letters(w: Wiring) -> int:
    """Compose until nothing is promised; return how many letters that were."""
    composed = 0
    while found := compose_promised(w):
        composed += found
    return composed


def main() -> None:
    """Print what intake and letters cost, and what is wrong with their work, as JSON."""
    config, manifest = Path(sys.argv[1]), Path(sys.argv[2])
    act = _profiled(Path(sys.argv[3])) if len(sys.argv) > 3 else _plainly
    # As in production: one line a happening.
    logging.basicConfig(
        filename=config.with_name("log"),
        level="INFO",
        format="%(asctime)s %(levelname)s %(message)s",
    )
    settings = load(config, os.environ)
    w = wiring.wire(settings, secrets_of(settings, os.environ))
    warm(w)
    servers = json.loads(os.environ.get("AMENDS_BENCH_SERVERS", "{}"))
    with measured(servers) as taken_in:
        act(lambda: intake(w))
    with measured(servers) as written:
        composed = act(lambda: letters(w))
    expected = json.loads(manifest.read_text(encoding="utf-8"))
    found = {
        "intake": asdict(taken_in),
        "letters": asdict(written) | {"letters": composed},
        "wrong": wrongs(w, expected),
    }
    w.reader.close()
    w.db.close()
    json.dump(found, sys.stdout)


def _plainly(work: Callable[[], Any]) -> Any:
    return work()


def _profiled(file: Path) -> Callable[[Callable[[], Any]], Any]:
    runs = iter(("intake", "letters"))

    def act(work: Callable[[], Any]) -> Any:
        profile = cProfile.Profile()
        result = profile.runcall(work)
        profile.dump_stats(f"{file}.{next(runs)}")
        return result

    return act


if __name__ == "__main__":
    main()
