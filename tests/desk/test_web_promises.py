"""R-2, R-6, R-11, R-15, R-22, R-26, R-31: what people say of promises and measures in the desk."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest

from demo.shop import MAILBOX, MANAGER, RING
from service import measures
from service.people import act
from service.sorting import register_for
from storage import casefile, tables
from storage.book import Insert
from tests.shop import BOB, START, SUPERVISOR, VIEWER, Shop, open_shop
from tests.web import Visitor, Web, arrive, complaint, open_web

SYSTEM = "RingPort, https://ring.example/claims"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("promises")
    with open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as shop:
        yield open_web(shop)
        assert not any(shop.faults().values())


@pytest.fixture
def one(web: Web, request: pytest.FixtureRequest) -> str:
    """The number of a new case."""
    web.shop.clock.now = START
    arrive(web.shop, complaint(f"Thread too wide: {request.node.name}", "It measures 2.5 mm."))
    return web.shop.numbers()[-1]


def agree(shop: Shop, name: str, value: Any) -> None:
    """Terms of the first customer."""
    customer = next(x for x in shop.rows("customers") if x["code"] == "RK29")
    row = {"id": shop.w.ids.next(), "customer_id": customer["id"], "case_id": None, "name": name}
    more = {"value": value, "reason": "agreed", "actor": "test", "since": shop.clock.now}
    with shop.w.happening("system", "test") as h:
        h.book.aside(Insert(tables.terms, row | more))


def measure(
    shop: Shop, number: str, owner: str = VIEWER, kind: str = "corrective", due: int = 10
) -> int:
    with act(shop.w, MANAGER, "measure") as h:
        made = measures.Measure(kind, f"see to it: {kind}", owner, date(2026, 3, due))
        return measures.add_measure(h, number, made)


def test_whether_goods_are_concerned_is_asked_and_answered_with_a_reason(
    web: Web, one: str
) -> None:
    shop, li = web.shop, web.visitor(MANAGER)
    page = li.get(f"/case/{one}").text
    assert "No, none are concerned" in page  # yes is the default, and the clock runs
    form = {"concerned": "no", "why": ""}
    assert li.post(f"/case/{one}/goods", form).status_code == 409
    assert web.visitor(VIEWER).post(f"/case/{one}/goods", form).status_code == 403
    form["why"] = "a prototype, nothing else of it was made"
    assert li.post(f"/case/{one}/goods", form).status_code == 303
    assert shop.promise(one, "containment")["state"] == "cancelled"
    assert shop.case(one)["goods_concerned"] is False
    page = li.get(f"/case/{one}").text
    assert "Not concerned so far: a prototype" in page
    shop.clock.forward(hours=30)
    li = web.visitor(MANAGER)
    later = {"concerned": "yes", "why": "40 pieces are on the way"}
    assert li.post(f"/case/{one}/goods", later).status_code == 303
    clocks = [x for x in shop.case(one)["clocks"] if x["name"] == "containment"]
    assert [clock["state"] for clock in clocks] == ["cancelled", "started"]
    assert clocks[1]["started_at"].startswith("2026-03-03T15:00")
    assert clocks[1]["reason"] == "40 pieces are on the way"
    assert li.post(f"/case/{one}/goods", {"concerned": "maybe", "why": "x"}).status_code == 409


def test_a_call_may_say_that_no_goods_are_concerned(web: Web, one: str) -> None:
    shop, li = web.shop, web.visitor(MANAGER)
    call = {"address": RING.address, "subject": "Burr", "text": "A burr.", "mailbox": "complaints"}
    assert li.post("/phone", call | {"concerned": "no"}).status_code == 409
    assert "concerned" in li.get("/phone").text
    reason = {"concerned": "no", "goods_why": "a drawing, no goods"}
    assert li.post("/phone", call | reason).status_code == 303
    found = shop.promise(shop.numbers()[-1], "containment")
    assert (found["state"], found["reason"]) == ("cancelled", "a drawing, no goods")
    assert li.post("/phone", call | {"concerned": "yes"}).status_code == 303
    assert shop.promise(shop.numbers()[-1], "containment")["state"] == "started"


def test_an_analysis_is_promised_and_called_off(web: Web, one: str) -> None:
    shop, li = web.shop, web.visitor(MANAGER)
    form = {"wanted": "yes", "why": "Jana asked by phone at noon"}
    assert li.post(f"/case/{one}/analysis", form).status_code == 303
    assert shop.promise(one, "analysis")["state"] == "started"
    assert li.post(f"/case/{one}/analysis", form).status_code == 409
    form = {"wanted": "no", "why": "she found it herself"}
    assert li.post(f"/case/{one}/analysis", form).status_code == 303
    assert shop.promise(one, "analysis")["state"] == "cancelled"


def test_an_owner_sees_his_measures_and_says_done_with_files(web: Web, one: str) -> None:
    shop, vera, li = web.shop, web.visitor(VIEWER), web.visitor(MANAGER)
    mine, other = measure(shop, one), measure(shop, one, SUPERVISOR, "preventive", due=1)
    page = vera.get("/").text
    assert "see to it: corrective" in page
    assert "see to it: preventive" not in page
    assert "due 2026-03-10" in page
    assert vera.post(f"/measure/{other}/done", {"evidence": "x"}).status_code == 403
    assert vera.post(f"/measure/{mine}/done").status_code == 409
    assert shop.rows("measure_files") == []
    photo = {"file": ("photo.png", io.BytesIO(b"not really a picture"), "image/png")}
    program = {"file": ("setup.exe", io.BytesIO(b"MZ"), "application/octet-stream")}
    assert vera.post(f"/measure/{mine}/done", files=program).status_code == 409
    answer = vera.post(f"/measure/{mine}/done", {"back": "/"}, files=photo)
    assert answer.headers["location"].startswith("/?said=done")
    found = next(x for x in shop.case(one)["measures"] if x["id"] == str(mine))
    assert (found["done_by"], found["files"][0]["name"]) == ("user:vera", "photo.png")
    assert "see to it: corrective" not in vera.get("/").text
    page = li.get(f"/case/{one}").text
    assert "overdue since 2026-03-01" in page
    (link,) = re.findall(r'href="http://localhost:8025(/files/[^"]+\.evidence\.[^"]+)"', page)
    got = web.browser(web.files).get(link)
    assert (got.status_code, got.content) == (200, b"not really a picture")
    assert got.headers["content-disposition"].startswith("attachment")
    assert web.browser(web.files).get(link.replace(".evidence.", ".file.")).status_code == 404


def test_a_measure_is_moved_with_a_reason(web: Web, one: str) -> None:
    shop, li = web.shop, web.visitor(MANAGER)
    moved = measure(shop, one)
    form = {"due_on": "2026-03-20", "owner": SUPERVISOR, "why": ""}
    assert li.post(f"/measure/{moved}/move", form).status_code == 409
    form["why"] = "the tap comes later"
    assert web.visitor(VIEWER).post(f"/measure/{moved}/move", form).status_code == 403
    assert li.post(f"/measure/{moved}/move", form).status_code == 303
    assert li.post(f"/measure/{moved}/move", form).status_code == 409  # nothing is new
    (found,) = shop.case(one)["measures"]
    assert (found["due_on"], found["owner"]) == ("2026-03-20", SUPERVISOR)
    assert found["moved_why"] == "the tap comes later"
    assert "measure_moved" in [step.kind for step in shop.steps(one)]
    assert "moved: the tap comes later" in web.visitor(SUPERVISOR).get("/").text
    nobody = {"due_on": "2026-03-20", "owner": "nobody", "why": "x"}
    assert li.post(f"/measure/{moved}/move", nobody).status_code == 404
    assert li.post(f"/measure/{moved}/move", form | {"due_on": "soon"}).status_code == 409


def test_a_case_is_checked_off_on_the_customers_own_system(web: Web, one: str) -> None:
    shop, li = web.shop, web.visitor(MANAGER)
    form = {"reference": "  C-4711 "}
    assert li.post(f"/case/{one}/checked-off", form).status_code == 409  # nothing was agreed
    agree(shop, "own_system", SYSTEM)
    arrive(shop, complaint("Burr", "A burr."), complaint("Scratch", "A scratch."))
    two, three = shop.numbers()[-2:]
    tasks = [task for task in shop.tasks() if task["kind"] == "own_system"]
    assert [task["case"] for task in tasks] == [two, three]
    page = li.get(f"/case/{two}").text
    assert SYSTEM in page
    assert "not entered there yet" in page
    assert web.visitor(VIEWER).post(f"/case/{two}/checked-off", form).status_code == 403
    assert li.post(f"/case/{two}/checked-off", form).status_code == 303
    case = shop.case(two)
    assert (case["customer_reference"], case["recorded_there_by"]) == ("C-4711", "user:li")
    assert "Number there: C-4711" in li.get(f"/case/{two}").text
    assert "entered there" in li.get(f"/case/{two}").text
    answer = li.post(f"/task/{tasks[1]['id']}", {"way": "checked_off", "option": "C-4712"})
    assert answer.status_code == 303
    assert shop.case(three)["customer_reference"] == "C-4712"
    assert "own_system" not in shop.kinds()
    long = {"reference": "x" * 201}
    assert li.post(f"/case/{two}/checked-off", long).status_code == 409
    with act(shop.w, MANAGER, "register_for") as h:  # another customer may want it there too
        register_for(h, one, RING.address)
    assert shop.kinds().count("own_system") == 1


def test_one_click_books_the_clock_that_a_colleagues_mail_stopped(web: Web, one: str) -> None:
    shop = web.shop
    shop.clock.forward(hours=2)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Cc"] = BOB.address, RING.address, MAILBOX
    mail["Subject"] = f"{one}: our proposal"
    mail.set_content("We propose a remake.")
    arrive(shop, mail.as_bytes())
    shop.clock.forward(hours=20)  # the limit passes before anybody looks
    assert shop.serve() == ()
    assert shop.promise(one, "proposal")["breached_at"] is not None
    li = web.visitor(MANAGER)
    page = li.get(f"/case/{one}").text
    assert "sent by a colleague" in page
    assert "which promise did it keep?" in page
    (task,) = (x for x in shop.tasks() if x["kind"] == "colleague_wrote")
    assert 'value="kept_promise:proposal"' in page
    answer = li.post(f"/task/{task['id']}", {"way": "kept_promise:proposal"})
    assert answer.status_code == 303
    clock = shop.promise(one, "proposal")
    assert clock["state"] == "stopped"
    # It was told in time, whenever that was booked: no breach.
    assert clock["stopped_at"].startswith("2026-03-02T11:00")
    assert clock["breached_at"] is None


def test_dates_promised_are_told_with_what_moved_them(web: Web, one: str) -> None:
    shop, li = web.shop, web.visitor(MANAGER)
    for day in ("2026-03-20", "2026-03-27"):
        shop.letter(one, "solution_agreed", solution="A remake.", promised_date=day)
        assert shop.serve() == ()
    page = li.get(f"/case/{one}").text
    first, second = re.findall(r'<(?:s|b)>(2026-03-2\d)</(?:s|b)> by <a href="/letter/\d+">', page)
    assert (first, second) == ("2026-03-20", "2026-03-27")
    letter = shop.case(one)["letters"][-1]["id"]
    assert "It promises a date" in li.get(f"/letter/{letter}").text
    form = li.get(f"/case/{one}/letter/solution_agreed").text
    assert "Promised so far: 2026-03-27" in form


def test_stages_and_drawings_are_on_the_page(web: Web, one: str) -> None:
    shop, li = web.shop, web.visitor(MANAGER)
    shop.clock.forward(minutes=30)
    page = li.get(f"/case/{one}").text
    for word in ("Information reception", "D1 Team", "Li Wei", "to tell the customer"):
        assert word in page
    assert page.count('<figure class="lane">') == len(shop.case(one)["clocks"])
    assert 'class="counted"' in page
    assert "style=" not in page  # the policy of the desk allows none
    shop.confirm(one)
    shop.ask_approval(one)
    with shop.w.db.read() as connection:
        case = casefile.by_number(connection, one)
    assert case.state == "awaiting_approval"
    assert "the results were sent" in li.get(f"/case/{one}").text


def everything(visitor: Visitor, one: str) -> str:
    return str(visitor.get(f"/case/{one}").text)


def test_a_viewer_sees_it_all_and_changes_nothing(web: Web, one: str) -> None:
    measure(web.shop, one, SUPERVISOR)
    page = everything(web.visitor(VIEWER), one)
    for path in ("goods", "analysis", "checked-off", "measure"):
        assert f"/case/{one}/{path}" not in page
    assert "/done" not in page
    measure(web.shop, one, VIEWER)
    assert everything(web.visitor(VIEWER), one).count("/done") == 1
