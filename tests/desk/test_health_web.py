"""/live, /ready and /metrics from outside: who may ask, and what they never tell."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from demo.shop import MAILBOX, RING
from service.alarms import Watchman
from service.watching import Watch
from tests.desk.test_serve import serving
from tests.servers.process import free_port
from tests.shop import PASSWORD, Shop, write_config
from tests.web import DESK, arrive, complaint, open_web

LOOPBACK = ("127.0.0.1", 40000)
ASKED = ("/live", "/ready", "/metrics")


def roomy(shop: Shop, **health: object) -> Shop:
    """The disk of a test machine may be full of other things."""
    section = shop.w.settings.health.model_copy(update={"free_mb": 0, "free_percent": 0, **health})
    shop.w = replace(shop.w, settings=shop.w.settings.model_copy(update={"health": section}))
    return shop


@pytest.mark.parametrize("path", ASKED)
def test_only_some_addresses_may_ask(sqlite_shop: Shop, path: str) -> None:
    web = open_web(roomy(sqlite_shop, allow=("127.0.0.1", "10.0.0.0/8")))
    assert web.browser(address=LOOPBACK).get(path).status_code in (200, 503)
    assert web.browser(address=("10.9.8.7", 1)).get(path).status_code in (200, 503)
    for stranger in ("192.0.2.1", "11.0.0.1", "::1", "testclient"):
        refused = web.browser(address=(stranger, 1)).get(path)
        assert (refused.status_code, refused.text) == (404, "There is nothing here.")
    assert web.browser(address=LOOPBACK).post(path).status_code == 404


def test_watchers_need_not_know_the_host_name_of_the_desk(sqlite_shop: Shop) -> None:
    web = open_web(roomy(sqlite_shop), "https://desk.example.com", "https://files.example.com")
    asked = web.browser("http://127.0.0.1:8025", LOOPBACK)
    assert asked.get("/ready").status_code == 503
    assert asked.get("/login").status_code == 421


def test_ready_names_what_is_not(sqlite_shop: Shop) -> None:
    web = open_web(roomy(sqlite_shop))
    watcher, browser = Watchman(web.shop.w, ()), web.browser(DESK, LOOPBACK)
    watcher.look()
    told = browser.get("/ready")
    assert told.status_code == 503
    assert [one["kind"] for one in told.json()["not_ready"]] == ["mailbox:complaints"]
    Watch(web.shop.w, web.shop.w.settings.mailbox[0]).look()
    watcher.look()
    told = browser.get("/ready")
    assert (told.status_code, told.json()["ready"]) == (200, True)
    assert told.headers["cache-control"] == "no-store"
    assert browser.get("/live").json() == {"live": True, "stuck": {}}


def test_the_gauges(sqlite_shop: Shop) -> None:
    web = open_web(roomy(sqlite_shop))
    arrive(web.shop, complaint("Ring", "The core hole is too wide."))
    Watchman(web.shop.w, ()).look()
    page = web.browser(DESK, LOOPBACK).get("/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    at = web.shop.clock.now.timestamp()
    for line in (
        f'amends_mailbox_last_good_poll_timestamp_seconds{{mailbox="complaints"}} {at:.7g}',
        "amends_cases_open 1.0",
        "amends_letters_unsent 0.0",
        "amends_sightings_waiting 0.0",
        "amends_unreadable 0.0",
        'amends_deliveries{state="accepted"} 1.0',
        "amends_brake 0.0",
        'amends_breaker{mailbox="complaints"} 0.0',
        "amends_ready 1.0",
    ):
        name, value = line.rsplit(" ", 1)
        found = re.search(rf"^{re.escape(name)} (\S+)$", page.text, re.MULTILINE)
        assert found, name
        assert float(found[1]) == pytest.approx(float(value), rel=1e-4)


def test_nothing_of_anybody_is_told(sqlite_shop: Shop) -> None:
    web = open_web(roomy(sqlite_shop))
    shop = web.shop
    canaries = [f"CANARY{number}" for number in range(5)]
    name, subject, body, file, words = canaries
    shop.server.smtp_hook = lambda command, mail: f"451 {words}" if command == "RCPT" else None
    mail = complaint(subject, body, files={f"{file}.txt": ("text/plain", b"x")}, name=name)
    shop.server.deliver(MAILBOX, mail)
    shop.serve()
    shop.clock.forward(hours=3)
    told: list[str] = []
    watchman = Watchman(shop.w, (lambda line, text: told.append(line + text),))
    watchman.look()
    shop.clock.forward(minutes=2)
    watchman.look()
    watchman.tell()
    browser = web.browser(DESK, LOOPBACK)
    everything = "".join([*told, *(browser.get(path).text for path in ASKED)])
    assert "mailbox:complaints" in everything
    for secret in (*canaries, PASSWORD, RING.address, MAILBOX, "KS2026-001"):
        assert secret not in everything


def test_without_a_desk_another_port_answers(tmp_path: Path) -> None:
    port, imap = free_port(), free_port()
    config = write_config(
        tmp_path,
        f"sqlite:///{tmp_path / 'amends.sqlite'}",
        imap_port=imap,
        smtp_port=free_port(),
        change=lambda text: text + f"\n[health]\nport = {port}\n",
    )
    with serving(config) as service:
        service.wait_for(lambda line: line == "ready")
        assert json.loads(ask(port, "/live"))["live"]
        assert "mailbox:complaints" in ask(port, "/ready")
        assert "amends_ready 0.0" in ask(port, "/metrics")
        assert ask(port, "/login") == "There is nothing here."
        assert service.stop()[0] == 0


def ask(port: int, path: str) -> str:
    import http.client

    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", path)
        return link.getresponse().read().decode()
    finally:
        link.close()
