"""Log-in, sessions and cookies: guessing is slow, and what ended stays ended."""

from __future__ import annotations

import statistics
import threading
import time
from http.cookies import SimpleCookie
from typing import Any

import pytest
from argon2 import PasswordHasher

from cases.errors import NotAllowed
from desk.web.door import inside
from service import log_in as doing
from service.log_in import NOBODY, log_in, log_out, set_access, set_password, token_hash, who
from tests.shop import Shop
from tests.web import FROM, PASSWORD, Web, open_web

SECURE = "https://desk.example.com"


def enter(web: Web, name: str = "li", password: str = PASSWORD, **rest: Any) -> Any:
    """Open the form in a fresh browser and send it."""
    address = rest.pop("address", FROM)
    client = web.browser(address=address)
    form = client.get("/login")
    kept = SimpleCookie(form.headers["set-cookie"])
    ((cookie, morsel),) = kept.items()
    client.headers["cookie"] = f"{cookie}={morsel.value}"
    data = {"csrf": morsel.value, "name": name, "password": password, **rest.pop("data", {})}
    return client.post("/login", data=data, **rest)


def refused(shop: Shop, name: str, password: str, address: str = FROM[0]) -> str:
    with pytest.raises(NotAllowed) as told:
        log_in(shop.w, name, password, address)
    return str(told.value)


# --- passwords


def test_passwords_are_kept_as_argon2id(sqlite_shop: Shop) -> None:
    open_web(sqlite_shop)
    (kept,) = [row["password_hash"] for row in sqlite_shop.rows("users") if row["name"] == "li"]
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in repr(sqlite_shop.rows("users"))


def test_the_same_letter_from_another_keyboard_fits(sqlite_shop: Shop) -> None:
    set_password(sqlite_shop.w, "li", "Stra\u00dfe im Fru\u0308hling")
    log_in(sqlite_shop.w, "li", "Stra\u00dfe im Fr\u00fchling", FROM[0])


def test_nobody_and_somebody_get_the_same_answer_in_about_the_same_time(
    sqlite_shop: Shop,
) -> None:
    web = open_web(sqlite_shop)
    assert not PasswordHasher().check_needs_rehash(NOBODY)
    seconds: dict[str, list[float]] = {"li": [], "nobody": []}
    pages = set()
    for turn in range(9):
        for name, spent in seconds.items():
            begun = time.perf_counter()
            answer = enter(web, name, "wrong password", address=(f"192.0.2.{turn}", 1))
            spent.append(time.perf_counter() - begun)
            said = answer.text.replace(SimpleCookie(answer.headers["set-cookie"])[
                "amends-login"].value, "TOKEN")  # fmt: skip
            pages.add((answer.status_code, said))
        sqlite_shop.clock.forward(minutes=16)
    assert len(pages) == 1
    li, nobody = (statistics.median(spent) for spent in seconds.values())
    assert abs(li - nobody) < 0.4 * max(li, nobody)


def test_a_user_without_a_password_cannot_come_in(sqlite_shop: Shop) -> None:
    assert "wrong" in refused(sqlite_shop, "li", "")
    assert "wrong" in refused(sqlite_shop, "li", "nobody has this password")


# --- guessing


def test_five_tries_for_a_name_in_15_minutes(shop: Shop) -> None:
    set_password(shop.w, "li", PASSWORD)
    set_password(shop.w, "sam", PASSWORD)
    for number in range(5):
        refused(shop, "li", "wrong password", f"192.0.2.{number}")
    said = refused(shop, "li", PASSWORD, "192.0.2.99")
    log_in(shop.w, "sam", PASSWORD, "192.0.2.1")
    shop.clock.forward(minutes=14, seconds=59)
    # Tries that were not looked at do not prolong the wait.
    assert refused(shop, "li", PASSWORD) == said
    shop.clock.forward(seconds=2)
    log_in(shop.w, "li", PASSWORD, "192.0.2.99")


def test_thirty_tries_from_an_address(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    set_password(shop.w, "li", PASSWORD)
    monkeypatch.setattr(doing, "_fits", lambda hashed, password: password == PASSWORD)
    for number in range(30):
        refused(shop, f"guess{number}", "wrong password")
    refused(shop, "li", PASSWORD)
    log_in(shop.w, "li", PASSWORD, "192.0.2.2")
    shop.clock.forward(minutes=16)
    log_in(shop.w, "li", PASSWORD, FROM[0])
    assert len(shop.rows("log_ins")) == 0, "failures of long ago are forgotten"


def test_a_household_of_addresses_is_one(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "_fits", lambda hashed, password: False)
    for number in range(40):
        refused(sqlite_shop, f"g{number}", "x", f"2001:db8::{number:x}:1")
    assert {row["address"] for row in sqlite_shop.rows("log_ins")} == {"2001:db8::/64"}
    assert len(sqlite_shop.rows("log_ins")) == 30


def test_many_tries_at_once_are_no_more_tries(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []

    def slowly(hashed: str | None, password: str) -> bool:
        looked_at.append(password)
        return False

    monkeypatch.setattr(doing, "_fits", slowly)
    gate = threading.Barrier(16)

    def guess(number: int) -> None:
        gate.wait()
        refused(shop, "li", f"guess {number}", f"192.0.2.{number}")

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) <= 5


def test_the_table_of_tries_cannot_be_filled(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "_fits", lambda hashed, password: False)
    for _ in range(50):
        refused(sqlite_shop, "li\x00\u202e" + "x" * 10_000, "p" * 10_000, "y" * 1000)
    (row,) = {(row["name"], row["address"]) for row in sqlite_shop.rows("log_ins")}
    assert row == ("li" + "x" * 58, "")
    assert len(sqlite_shop.rows("log_ins")) == 5


def test_an_address_cannot_be_claimed(sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    web = open_web(sqlite_shop)
    monkeypatch.setattr(doing, "_fits", lambda hashed, password: False)
    for number in range(31):
        enter(web, f"g{number}", headers={
            "x-forwarded-for": f"10.0.0.{number}", "x-real-ip": f"10.0.0.{number}",
            "forwarded": f"for=10.0.0.{number}", "client-ip": f"10.0.0.{number}"})  # fmt: skip
    assert {row["address"] for row in sqlite_shop.rows("log_ins")} == {FROM[0]}


# --- sessions


def test_a_session_is_new_at_every_log_in_and_hashed_at_rest(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop)
    first, second = (SimpleCookie(enter(web).headers["set-cookie"]) for _ in range(2))
    assert first["amends"].value != second["amends"].value
    assert len(first["amends"].value) == 64
    kept = repr(sqlite_shop.rows("sessions"))
    assert first["amends"].value not in kept
    assert token_hash(first["amends"].value) in kept


def test_a_planted_session_is_not_taken_over(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop)
    planted, _ = log_in(sqlite_shop.w, "vera", PASSWORD, FROM[0])
    client = web.browser()
    form = client.get("/login")
    csrf = SimpleCookie(form.headers["set-cookie"])["amends-login"].value
    client.headers["cookie"] = f"amends-login={csrf}; amends={planted}"
    answer = client.post("/login", data={"csrf": csrf, "name": "li", "password": PASSWORD})
    assert SimpleCookie(answer.headers["set-cookie"])["amends"].value != planted
    assert who(sqlite_shop.w, planted) is None


def test_a_session_ends_after_half_an_hour_of_nothing(shop: Shop) -> None:
    set_password(shop.w, "li", PASSWORD)
    token, _ = log_in(shop.w, "li", PASSWORD, FROM[0])
    for _ in range(3):
        shop.clock.forward(minutes=29)
        assert who(shop.w, token)
    shop.clock.forward(minutes=30, seconds=1)
    assert who(shop.w, token) is None
    assert shop.rows("sessions") == []
    shop.clock.forward(minutes=-25)
    assert who(shop.w, token) is None, "gone for good, whatever the clock does"


def test_a_session_ends_after_twelve_hours_whatever_is_done(shop: Shop) -> None:
    set_password(shop.w, "li", PASSWORD)
    token, _ = log_in(shop.w, "li", PASSWORD, FROM[0])
    for _ in range(12 * 4):
        shop.clock.forward(minutes=15)
        assert who(shop.w, token)
    shop.clock.forward(seconds=1)
    assert who(shop.w, token) is None


@pytest.mark.parametrize("ending", ["log-out", "password", "disabled", "role"])
def test_what_ends_a_session(ending: str, shop: Shop) -> None:
    for name in ("li", "sam"):
        set_password(shop.w, name, PASSWORD)
    tokens = [log_in(shop.w, name, PASSWORD, FROM[0]) for name in ("li", "li", "sam")]
    if ending == "log-out":
        log_out(shop.w, tokens[0][1])
    elif ending == "password":
        set_password(shop.w, "li", "another good password")
    else:
        changed: dict[str, Any] = {"disabled": {"enabled": False}, "role": {"role": "viewer"}}
        set_access(shop.w, "li", **changed[ending])
    here = [who(shop.w, token) is not None for token, _ in tokens]
    assert here == [False, ending == "log-out", True]
    if ending == "disabled":
        refused(shop, "li", PASSWORD)


def test_log_out_ends_it_here_and_in_the_browser(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop, SECURE, "https://files.example.com")
    visitor = web.visitor("li")
    assert visitor.get("/").status_code == 200
    answer = visitor.post("/logout")
    assert answer.status_code == 303
    cookie = SimpleCookie(answer.headers["set-cookie"])["__Host-amends"]
    # A browser takes a __Host- cookie away only by one that has the same attributes.
    assert (cookie["max-age"], cookie["path"], cookie["secure"]) == ("0", "/", True)
    assert visitor.get("/").status_code == 303
    assert sqlite_shop.rows("sessions") == []


@pytest.mark.parametrize("desk", ["http://127.0.0.1:8025", SECURE])
def test_cookies(desk: str, sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop, desk, desk)
    answer = enter(web)
    assert answer.status_code == 303
    fields = [value for name, value in answer.headers.multi_items() if name == "set-cookie"]
    fields.append(web.browser().get("/login").headers["set-cookie"])
    assert len(fields) == 3
    for written in fields:
        lower = written.lower()
        assert "httponly" in lower
        assert "samesite=lax" in lower
        assert "path=/" in lower
        assert "domain" not in lower
        assert written.startswith("__Host-amends" if desk == SECURE else "amends")
        assert ("secure" in lower) == (desk == SECURE)


# --- the form


def test_a_log_in_that_was_not_meant(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop)
    good = {"name": "li", "password": PASSWORD}
    assert web.browser().post("/login", data=good).status_code == 403
    assert enter(web, data={"csrf": "x"}).status_code == 403
    assert enter(web, data={"csrf": "ü"}).status_code == 403
    for origin in ("https://evil.example", "null", "http://localhost:8025"):
        assert enter(web, headers={"origin": origin}).status_code == 403
    assert sqlite_shop.rows("sessions") == []
    assert enter(web, headers={"origin": web.desk}).status_code == 303


@pytest.mark.parametrize(
    ("to", "where"),
    [
        ("/", "/"),
        ("/case/KS2026-001", "/case/KS2026-001"),
        ("/cases?q=a%20b#x", "/cases?q=a%20b#x"),
        ("", "/"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("\t//evil.example", "/"),
        ("/\x00/evil.example", "/"),
        ("https://evil.example", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("data:text/html,x", "/"),
        ("evil.example", "/"),
        (" /x", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/\u2028/evil.example", "/"),
        ("/／evil.example", "/"),
        ("/x\\..\\y", "/"),
        ("/" + "x" * 600, "/"),
    ],
)
def test_log_in_leads_nowhere_else(to: str, where: str, sqlite_shop: Shop) -> None:
    assert inside(to) == where
    web = open_web(sqlite_shop)
    answer = enter(web, data={"next": to})
    assert answer.headers["location"] == where
    assert "evil" not in web.browser().get("/login", params={"next": to}).text


def test_a_log_in_form_is_small(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop)
    for data in ({"password": "x" * 20_000}, {str(n): "x" for n in range(20)}):
        answer = enter(web, data=data)
        assert answer.status_code == 413
        assert "This form has" in answer.text
    answer = enter(web, files={"f": ("a.txt", b"x")})
    assert answer.status_code == 413
    odd = {"content-type": "multipart/form-data; boundary=x; charset=punycode"}
    answer = web.browser().post("/login", content=b"--x--", headers=odd)
    assert answer.status_code == 413
