"""Every route for everybody: exactly what RIGHTS says, and nothing without a token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from demo.shop import RING
from desk.web.guard import UNSAFE, Page
from desk.web.routes import PAGES
from service.log_in import log_out, set_access
from service.people import RIGHTS
from tests.shop import VIEWER, Shop, open_shop
from tests.web import DESK, ROLES, Visitor, Web, arrive, complaint, dump, open_web

PNG = b"\x89PNG\r\n\x1a\n"
OWN_MEASURE = "/measure/{measure}/done"
IDS = [f"{page.method} {page.path}" for page in PAGES]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A desk with a case, a letter and a file in it; its tests change nothing."""
    folder: Path = tmp_path_factory.mktemp("rights")
    with open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as shop:
        files = {"drawing.pdf": ("application/pdf", b"%PDF")}
        arrive(shop, complaint("Thread too wide", "Please look.", "<p>Please look.</p>", files))
        yield open_web(shop)


@pytest.fixture(scope="module")
def everybody(web: Web) -> dict[str, Visitor]:
    """One visitor of each role."""
    return {name: web.visitor(name) for name in ROLES}


def path_of(page: Page, web: Web) -> str:
    """A real address of this page."""
    shop = web.shop
    found = {
        "{number}": shop.numbers()[0],
        "{message}": str(shop.rows("messages")[0]["id"]),
        "{letter}": str(shop.rows("letters")[0]["id"]),
        "{template}": "answer",
        "{act}": "hold",
        "{measure}": "1",
        "{task}": "1",
        "{customer}": str(shop.rows("customers")[0]["id"]),
        "{ending}": "csv",
    }
    path = page.path
    if page.method == "GET":
        for name, value in found.items():
            path = path.replace(name, value)
    # For acts: something that is not there, so that a right alone changes nothing.
    return path.replace("{number}", "NONE-1").replace("{act}", "x").replace(
        "{template}", "answer"
    ).replace("{message}", "1").replace("{letter}", "1").replace("{measure}", "1").replace(
        "{task}", "1"
    ).replace("{customer}", "1")  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=IDS)
@pytest.mark.parametrize("name", ROLES)
def test_a_role_may_do_what_its_rights_say(
    page: Page, name: str, web: Web, everybody: dict[str, Visitor]
) -> None:
    visitor = everybody[name]
    path = path_of(page, web)
    answer = visitor.get(path) if page.method == "GET" else visitor.post(path)
    if ROLES[name] in RIGHTS[page.right]:
        assert answer.status_code in ((200,) if page.method == "GET" else (303, 404, 409))
        assert "may not do this" not in answer.text
    else:
        assert answer.status_code == 403
        assert "may not do this" in answer.text


@pytest.mark.parametrize("page", PAGES, ids=IDS)
@pytest.mark.parametrize("token", ["", "x", "ü", "0" * 64])
def test_without_a_session_there_is_only_the_log_in(page: Page, token: str, web: Web) -> None:
    cookie = [(b"cookie", f"amends={token}".encode())]
    answer = web.browser().request(page.method, path_of(page, web), headers=cookie)
    assert answer.status_code == (303 if page.method == "GET" else 403)
    assert page.method != "GET" or answer.headers["location"].startswith("/login?next=")
    assert "Beispiel Sensorik" not in answer.text


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_an_ended_session_opens_nothing(page: Page, web: Web) -> None:
    visitor = web.visitor("ada")
    log_out(web.shop.w, visitor.session)
    path = path_of(page, web)
    answer = visitor.get(path) if page.method == "GET" else visitor.post(path)
    assert answer.status_code == (303 if page.method == "GET" else 403)


def test_a_disabled_user_is_out_at_once_and_comes_in_nowhere(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop)
    arrive(sqlite_shop, complaint("A", "B"))
    visitor = web.visitor("ada")
    set_access(sqlite_shop.w, "ada", enabled=False)
    for page in PAGES:
        path = path_of(page, web)
        answer = visitor.get(path) if page.method == "GET" else visitor.post(path)
        assert answer.status_code == (303 if page.method == "GET" else 403)


def test_viewers_look_and_change_nothing() -> None:
    allowed = {page.path for page in PAGES if "viewer" in RIGHTS[page.right]}
    # an owner says that his own measure is done, whatever his role.
    allowed.remove(OWN_MEASURE)
    assert {page.method for page in PAGES if page.path in allowed and "{act}" not in page.path} == {
        "GET"
    }
    acts = [p.path for p in PAGES if p.method in UNSAFE and "viewer" in RIGHTS[p.right]]
    assert acts == [OWN_MEASURE]


def test_a_page_without_a_right_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="needs a method and a right"):
        Page("GET", "/new", "everything", lambda visit: PlainTextResponse(""))
    with pytest.raises(ValueError, match="needs a method and a right"):
        replace(PAGES[0], method="TRACE")


def test_there_is_no_route_besides_the_table(web: Web) -> None:
    routes = [route for route in web.app.routes if isinstance(route, Route)]
    mounts = [route.path for route in web.app.routes if isinstance(route, Mount)]
    found = {(method, route.path) for route in routes for method in route.methods or ()}
    table = {(page.method, page.path) for page in PAGES}
    open_ = {("GET", "/login"), ("POST", "/login"), ("POST", "/logout"), ("GET", "/files/{ticket}")}
    heads = {("HEAD", path) for method, path in table | open_ if method == "GET"}
    assert found == table | open_ | heads
    assert mounts == ["/static"]
    assert len(routes) + len(mounts) == len(web.app.routes)


@pytest.mark.parametrize("path", ["/cases/", "//", "/static/../app.py", "/static/%2e%2e/base.html",
    "/docs", "/openapi.json", "/favicon.ico", "/login/", "/CASES"])  # fmt: skip
def test_there_is_nothing_else(path: str, web: Web) -> None:
    assert web.browser().get(f"{DESK}{path}").status_code == 404


def test_looking_changes_nothing(web: Web, everybody: dict[str, Visitor]) -> None:
    before = dump(web.shop)
    for visitor in everybody.values():
        for page in PAGES:
            if page.method == "GET":
                visitor.get(path_of(page, web))
                visitor.client.head(path_of(page, web))
    web.browser().get("/login")
    assert dump(web.shop) == before


# --- meant, and by whom


def unsafe(web: Web) -> list[tuple[str, str]]:
    """Every unsafe method of every route, as the router has them."""
    return [
        (method, route.path.replace("{number}", web.shop.numbers()[0]))
        for route in web.app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) & UNSAFE
    ]


def test_every_act_needs_the_token_of_its_own_session(
    web: Web, everybody: dict[str, Visitor]
) -> None:
    acts = unsafe(web)
    assert len(acts) == len([page for page in PAGES if page.method in UNSAFE]) + 2
    ada = everybody["ada"].client
    own, foreign = everybody["ada"].session.csrf, everybody["sam"].session.csrf
    before = dump(web.shop)
    for method, path in acts:
        for token in (None, "", "x", "ü\x00", own[:-1], f"{own} x", foreign):
            data = {} if token is None else {"csrf": token}
            assert ada.request(method, path, data=data).status_code == 403, (path, token)
        assert ada.request(method, f"{path}?csrf={own}").status_code == 403
        assert ada.request(method, path, json={"csrf": own}).status_code == 403
        plain = {"content-type": "text/plain"}
        assert ada.request(method, path, content=f"csrf={own}", headers=plain).status_code == 403
        assert ada.request(method, path, headers={"x-csrf-token": own}).status_code == 403
    assert dump(web.shop) == before


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "https://127.0.0.1:8025", "http://127.0.0.1", "",
     "http://localhost:8025", "http://127.0.0.1:8025.evil.example", "http://127.0.0.1:8025/"],
)  # fmt: skip
def test_no_act_from_another_place(origin: str, web: Web, everybody: dict[str, Visitor]) -> None:
    before = dump(web.shop)
    for method, path in unsafe(web):
        data = {"csrf": everybody["ada"].session.csrf}
        headers = {"origin": origin}
        answer = everybody["ada"].client.request(method, path, data=data, headers=headers)
        assert answer.status_code == 403, path
    assert dump(web.shop) == before


def test_the_desk_itself_may_act(web: Web, everybody: dict[str, Visitor]) -> None:
    answer = everybody["sam"].post("/phone", {"address": "no"}, headers={"origin": DESK})
    assert answer.status_code == 409
    assert "another place" not in answer.text


# --- what strangers put into addresses and fields

HOSTILE = ("%00", "..%2f..%2fetc%2fpasswd", "-1", "9" * 30, "1e9", "١", "NaN", "'%20OR%201=1--",
           "%ff%fe", "%F0%9F%92%A3", "%7B%7B7*7%7D%7D", "a" * 5000, "%0d%0aSet-Cookie:x=1",
           "%E2%80%AEgpj", "9223372036854775807", "9223372036854775808")  # fmt: skip


@pytest.mark.parametrize("page", [p for p in PAGES if "{" in p.path], ids=lambda p: p.path)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_address_is_answered_in_words(
    page: Page, value: str, web: Web, everybody: dict[str, Visitor]
) -> None:
    parts = page.path.split("/")
    tries = ["/".join(value if part.startswith("{") else part for part in parts)]
    tries.append(tries[0].replace(f"/case/{value}", f"/case/{web.shop.numbers()[0]}"))
    for path in tries:
        visitor = everybody["sam"]
        answer = visitor.get(path) if page.method == "GET" else visitor.post(path)
        assert answer.status_code in (200, 303, 404, 405, 409)
        assert "set-cookie" not in answer.headers
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("page", [p for p in PAGES if p.method in UNSAFE], ids=lambda p: p.path)
@pytest.mark.parametrize("value", ["\x00", "9" * 400, "\ud800".encode("utf-8", "replace").decode(),
    "0001-01-01", "9999-12-31T23:59:59", "9999-12-31T23:59:59-23:59", "{{7*7}}", "\u202e", "🧨",
    "x\r\nBcc: y@evil.example"])  # fmt: skip
def test_a_hostile_field_is_answered_in_words(
    page: Page, value: str, web: Web, everybody: dict[str, Visitor]
) -> None:
    names = ("line", "to", "decision", "option", "due_on", "kind", "text", "owner", "evidence",
             "into", "why", "address", "case", "way", "back", "language", "fact.answer",
             "share.company", "measures", "received", "subject", "name", "mailbox", "state",
             "quantity_complained", "order_value", "received_on")  # fmt: skip
    before = dump(web.shop)
    path = path_of(page, web).replace("NONE-1", "NONE")
    answer = everybody["sam"].post(path, dict.fromkeys(names, value))
    assert answer.status_code in (303, 404, 409, 403), answer.text
    assert answer.headers.get("location", "/").startswith("/")
    assert dump(web.shop) == before
    assert RING.address not in answer.text or page.path.startswith("/case")
    assert VIEWER not in answer.text or page.path.startswith("/people")  # it lists all
