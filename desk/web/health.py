"""/live, /ready and /metrics, for programs that watch: without a log-in, and for few addresses.

They name no person and no mail (reliability.md P16); all others get what is not there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cases.errors import AmendsError
from service import health
from service.wiring import Wiring
from storage import signs

_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Probes:
    """Answers the three; everything else goes on to `app`."""

    def __init__(self, app: ASGIApp, w: Wiring) -> None:
        self._app, self._w = app, w
        self._allowed = [ipaddress.ip_network(one) for one in w.settings.health.allow]
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Signs(w))
        self._answers: dict[str, Callable[[], Response]] = {
            "/live": lambda: _judged(health.live(w), "live"),
            "/ready": lambda: _judged(health.ready(w), "ready"),
            "/metrics": lambda: Response(generate_latest(registry), media_type=_METRICS_TYPE),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answers.get(scope["path"]) if scope["type"] == "http" else None
        if answer is None:
            await self._app(scope, receive, send)
            return
        response: Response = PlainTextResponse("There is nothing here.", status_code=404)
        if self._may_ask(Request(scope)):
            response = await run_in_threadpool(answer)
        await response(scope, receive, send)

    def _may_ask(self, request: Request) -> bool:
        try:
            asks = ipaddress.ip_address(request.client.host if request.client else "")
        except ValueError:
            return False
        return request.method in ("GET", "HEAD") and any(asks in net for net in self._allowed)


def _judged(said: dict[str, Any], word: str) -> Response:
    return JSONResponse(said, status_code=200 if said[word] else 503)


class Signs(Collector):
    """The gauges, read when they are asked for. Labels are mailboxes, states and kinds."""

    def __init__(self, w: Wiring) -> None:
        self._w = w

    def collect(self) -> Iterator[Metric]:
        """Every gauge; of the database none while it is away."""
        ready, live = health.ready(self._w), health.live(self._w)
        yield _gauge("ready", "1 when /ready says so", ready["ready"])
        yield _gauge("live", "1 when /live says so", live["live"])
        wrong = {one["kind"]: 1.0 for one in ready["not_ready"]}
        yield _gauges("not_ready", "What is not as it must be", "kind", wrong)
        quota = {name: one.quota_percent for name, one in self._w.vital.mailboxes.items()}
        yield _gauges("mailbox_quota_percent", "How full a mailbox is", "mailbox", quota)
        waits = {name: bool(one.waits_for) for name, one in self._w.vital.mailboxes.items()}
        yield _gauges("mailbox_waits", "1 while a mailbox cannot be read", "mailbox", waits)
        yield from self._of_last_look()
        yield from self._of_database()

    def _of_last_look(self) -> Iterator[Metric]:
        report = self._w.vital.report
        facts = report.facts if report else {}
        if not facts:
            return
        now = self._w.now()
        polls = {name: at.timestamp() for name, at in facts["polls"].items()}
        yield _gauges(
            "mailbox_last_good_poll_timestamp_seconds", "When it was read last", "mailbox", polls
        )
        for kind in ("automatic", "manual"):
            since = facts[f"oldest_{kind}"]
            age = max(0.0, (now - since).total_seconds()) if since else 0.0
            yield _gauge(f"oldest_{kind}_letter_seconds", "Age of the oldest unsent letter", age)
        yield _gauges(
            "round_trip_seconds",
            "Of the last synthetic mail",
            "mailbox",
            facts["round_trip_seconds"],
        )
        yield _gauge("brake", "1 while nothing may leave", facts["stopped"])
        yield _gauges("breaker", "1 while letters for old mail wait", "mailbox", facts["breakers"])

    def _of_database(self) -> Iterator[Metric]:
        try:
            with self._w.db.read() as connection:
                counts = signs.counts(connection)
        except AmendsError:
            return
        yield _gauges("deliveries", "Deliveries by state", "state", counts.deliveries)
        for name, number in counts._asdict().items():
            if name != "deliveries":
                yield _gauge(name, name.replace("_", " "), number)


def _gauge(name: str, what: str, value: float) -> Metric:
    found = GaugeMetricFamily(f"amends_{name}", what)
    found.add_metric([], float(value))
    return found


def _gauges(name: str, what: str, label: str, values: dict[str, Any]) -> Metric:
    found = GaugeMetricFamily(f"amends_{name}", what, labels=[label])
    for one, value in values.items():
        if value is not None:
            found.add_metric([one], float(value))
    return found


def only_probes(w: Wiring) -> Probes:
    """The three alone, where there is no desk."""
    return Probes(_nothing, w)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("There is nothing here.", status_code=404)(scope, receive, send)
