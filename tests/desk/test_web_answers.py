"""What every answer carries, what a fault shows, what a form may hold, and whom we listen to."""

from __future__ import annotations

import http.client
import io
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.responses import Response

from cases.errors import TryLater
from desk.web import app as desk_app
from desk.web import door, server
from desk.web.guard import Page
from desk.web.origin import host, origin
from desk.web.routes import PAGES
from desk.web.visit import Visit
from service import log_in as doing
from tests.shop import Shop, open_shop
from tests.web import FILES, Visitor, Web, arrive, complaint, open_web

SECRET = "CANARY-in-a-letter"


def breaks(visit: Visit) -> Response:
    raise ValueError(f"{SECRET} {visit.text('answer')} {visit.session.csrf}")


def waits(visit: Visit) -> Response:
    raise TryLater(f"the database {SECRET} does not answer")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A desk with a case, and with two pages that go wrong."""
    folder: Path = tmp_path_factory.mktemp("answers")
    extra = (Page("POST", "/breaks", "view", breaks), Page("GET", "/waits", "view", waits))
    with (
        open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as shop,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(desk_app, "PAGES", (*PAGES, *extra))
        arrive(shop, complaint("Thread too wide", "Please look.", "<p>x</p>"))
        yield open_web(shop)


@pytest.fixture(scope="module")
def sam(web: Web) -> Visitor:
    """A supervisor."""
    return web.visitor("sam")


def headers_are_there(answer: Any) -> None:
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy, "so no script at all, not even our own"
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "no-store" in answer.headers["cache-control"]
    assert "server" not in answer.headers


def test_every_answer_has_the_headers(web: Web, sam: Visitor) -> None:
    case = web.shop.numbers()[0]
    answers = [sam.get(page.path.replace("{number}", case)) for page in PAGES
               if page.method == "GET" and not {"{message}", "{letter}"} & {page.path}]  # fmt: skip
    answers += [sam.post(page.path.replace("{number}", "x")) for page in PAGES
                if page.method == "POST"]  # fmt: skip
    out, other = web.browser(), web.browser("http://evil.example")
    answers += [out.get(path) for path in ("/", "/login", "/nothing", "/static/desk.css",
                                           "/static/none", "/case/x")]  # fmt: skip
    answers += [out.post("/login"), out.post("/logout"), out.request("TRACE", "/"), other.get("/"),
                web.browser(FILES).get("/files/x"), sam.post("/breaks"), sam.get("/waits"),
                out.put("/static/desk.css"), out.head("/"), out.options("/")]  # fmt: skip
    assert {200, 303, 403, 404, 409, 421, 500, 503} <= {one.status_code for one in answers}
    for answer in answers:
        headers_are_there(answer)
        assert "strict-transport-security" not in answer.headers


def test_tls_is_remembered(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop, "https://desk.example.com", "https://files.example.com")
    answer = web.browser().get("/login")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


# --- faults


def test_a_fault_shows_nothing_and_logs_its_place(
    sam: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = sam.post("/breaks", {"answer": SECRET})
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "The desk made a mistake. Its operator finds it in the log."
    assert "desk_fault method=POST route=/breaks error=RuntimeError('ValueError')" in caplog.text
    assert "in breaks" in caplog.text
    assert SECRET not in caplog.text.replace('raise ValueError(f"{SECRET}', "")
    assert sam.session.csrf not in caplog.text


def test_what_waits_is_told_to_the_operator_only(
    sam: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    answer = sam.get("/waits")
    assert answer.status_code == 503
    assert SECRET not in answer.text
    assert SECRET in caplog.text


def test_a_database_that_waits_is_no_fault_at_the_door(
    web: Web, sam: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*asked: Any) -> None:
        raise TryLater("the database is locked")

    monkeypatch.setattr(door, "log_in", locked)
    client = web.browser()
    kept = client.get("/login").cookies["amends-login"]
    client.cookies.clear()
    client.headers["cookie"] = f"amends-login={kept}"
    answer = client.post("/login", data={"csrf": kept, "name": "li", "password": "x"})
    assert answer.status_code == 503
    headers_are_there(answer)


def test_words_of_others_do_not_get_onto_our_page(sam: Visitor) -> None:
    said = 'class="said"'
    assert said in sam.get("/?said=saved").text
    assert said not in sam.get("/?said=saved", headers={"sec-fetch-site": "cross-site"}).text
    for words in ("Call 0800 1234", "x" * 41, "<b>", "évil"):
        assert said not in sam.get("/", params={"said": words}).text


# --- hosts


@pytest.mark.parametrize(
    ("said", "served"),
    [
        ("127.0.0.1:8025", True),
        ("127.0.0.1", False),
        ("127.0.0.1:80", False),
        ("localhost:8025", False),
        ("evil.example", False),
        ("127.0.0.1:8025.evil.example", False),
        ("127.0.0.1:8025@evil.example", False),
        ("evil.example#127.0.0.1:8025", False),
        ("", False),
    ],
)
def test_only_our_host_is_served(said: str, served: bool, web: Web) -> None:
    headers = {"host": said, "x-forwarded-host": "127.0.0.1:8025"}
    assert web.browser().get("/login", headers=headers).status_code == (200 if served else 421)


@pytest.mark.parametrize(
    ("written", "browsers_say"),
    [
        ("https://Desk.Example.com", "https://desk.example.com"),
        ("https://desk.example.com:443", "https://desk.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8025", "http://[::1]:8025"),
    ],
)
def test_an_address_is_compared_as_browsers_write_it(written: str, browsers_say: str) -> None:
    assert origin(written) == browsers_say
    assert host("Desk.example.com:443", "https") == "desk.example.com"


# --- what a form may hold


def letter(web: Web) -> str:
    return f"/case/{web.shop.numbers()[0]}/letter/answer"


def test_a_file_that_is_too_big_is_refused_in_words(sam: Visitor, web: Web) -> None:
    limit = web.shop.w.settings.desk.max_attachment_mb * 1024**2
    text = {"do": "preview", "fact.answer": "See it."}
    good = sam.post(letter(web), text, files={"attachment": ("a.pdf", bytes(1000))})
    assert good.status_code == 200
    sent = {"attachment": ("big.pdf", io.BytesIO(bytes(limit + 1)))}
    answer = sam.post(letter(web), text, files=sent)
    assert answer.status_code == 409
    assert "leave out or shrink big.pdf" in answer.text
    assert "See it." in answer.text, "what was written is still there"
    sent = {"attachment": ("huge.pdf", io.BytesIO(bytes(3 * limit)))}
    answer = sam.post(letter(web), text, files=sent)
    assert answer.status_code == 413
    assert "This form has more than 25.3 MiB" in answer.text


@pytest.mark.parametrize(
    "name", ["run.exe", "a.PS1 ", "photo\u202egpj.exe", "..", "a/b.pdf", "C:x"]
)
def test_what_servers_refuse_does_not_leave(name: str, sam: Visitor, web: Web) -> None:
    before = len(web.shop.rows("letters"))
    answer = sam.post(letter(web), {"do": "send", "fact.answer": "x"},
                      files={"attachment": (name, b"MZ")})  # fmt: skip
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert len(web.shop.rows("letters")) == before


def test_too_many_parts_are_refused_in_words(sam: Visitor, web: Web) -> None:
    files = [("attachment", (f"{n}.txt", b"x")) for n in range(11)]
    answer = sam.post(letter(web), {}, files=files)
    assert answer.status_code == 413
    assert "too many files" in answer.text
    answer = sam.post(letter(web), {str(n): "x" for n in range(300)})
    assert answer.status_code == 413
    assert "too many fields" in answer.text
    answer = sam.post("/phone", {"text": "x" * 3 * 1024**2})
    assert answer.status_code == 413
    answer = sam.post("/phone", {}, files={"f": ("a.txt", b"x")})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "received", ["0001-01-01T00:00", "9999-12-31T23:59:59-23:59", "1969-12-31T23:59", "2026-13-01"]
)
def test_an_impossible_time_is_refused_in_words(received: str, sam: Visitor, web: Web) -> None:
    fields = {"mailbox": "complaints", "address": "jana.vogt@sensorik.example", "subject": "x",
              "text": "y", "received": received}  # fmt: skip
    assert sam.post("/phone", fields).status_code in (303, 409)
    case = web.shop.numbers()[0]
    measure = {"kind": "corrective", "text": "x", "owner": "li", "due_on": received[:10]}
    assert sam.post(f"/case/{case}/measure", measure).status_code in (303, 409)
    assert sam.get(f"/case/{case}").status_code == 200
    assert sam.get("/").status_code == 200


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x",
     "multipart/form-data; boundary=x; charset=punycode",
     "multipart/form-data; boundary=x; charset=undefined"],
)  # fmt: skip
def test_what_is_no_form_is_refused(kind: str, sam: Visitor) -> None:
    body = b'--y\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nx'
    answer = sam.client.post("/phone", content=body, headers={"content-type": kind})
    assert answer.status_code in (403, 409)
    headers_are_there(answer)


# --- the server itself


def configured(shop: Shop, monkeypatch: pytest.MonkeyPatch, **desk: Any) -> uvicorn.Config:
    made: list[uvicorn.Config] = []
    real = server.Server

    def server_of(config: uvicorn.Config) -> server.Server:
        made.append(config)
        return real(config)

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    web = open_web(shop, port=port, **desk)
    monkeypatch.setattr(server, "Server", server_of)
    with server.open_desk(web.shop.w):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for number in range(3):
            fields = {"host": "x", "x-forwarded-for": f"10.9.9.{number}"}
            client.request("GET", "/login", headers=fields)
            assert client.getresponse().read() == b"This host is not served here."
        client.close()
    return made[0]


def test_nobody_is_believed_about_his_address_without_a_proxy(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert not configured(sqlite_shop, monkeypatch, desk="http://localhost:8025").proxy_headers


def test_a_proxy_is_believed_only_on_this_machine(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    config = configured(sqlite_shop, monkeypatch, desk="https://desk.example.com")
    assert config.proxy_headers
    assert config.forwarded_allow_ips == ["127.0.0.1", "::1"]


def test_guesses_through_the_wire_are_counted_for_the_real_address(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "_fits", lambda hashed, password: False)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    web = open_web(sqlite_shop, f"http://127.0.0.1:{port}", "", port=port)
    with server.open_desk(web.shop.w):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for number in range(5):
            client.request("GET", "/login")
            answer = client.getresponse()
            answer.read()
            csrf = str(answer.getheader("set-cookie")).partition("=")[2].partition(";")[0]
            fields = {"cookie": f"amends-login={csrf}", "x-forwarded-for": f"10.9.9.{number}",
                      "content-type": "application/x-www-form-urlencoded"}  # fmt: skip
            client.request("POST", "/login", f"csrf={csrf}&name=g{number}&password=x", fields)
            assert client.getresponse().read()
        client.close()
    assert {row["address"] for row in sqlite_shop.rows("log_ins")} == {"127.0.0.1"}


def test_a_too_big_upload_through_the_wire_is_answered(sqlite_shop: Shop) -> None:
    """A browser shows an answer only when it could send its whole form."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    web = open_web(sqlite_shop, f"http://127.0.0.1:{port}", "", port=port)
    visitor = web.visitor("li")
    with server.open_desk(web.shop.w):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        fields = {"cookie": visitor.client.headers["cookie"],
                  "content-type": "multipart/form-data; boundary=x"}  # fmt: skip
        body = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' + bytes(
            30 * 1024**2
        )
        client.request("POST", "/case/x/letter/answer", body, fields)
        answer = client.getresponse()
        assert answer.status == 413
        assert b"This form has more than" in answer.read()
        client.close()
