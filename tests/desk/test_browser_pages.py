"""Every page of the desk as people with any eyes, hands and screens meet it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from demo.picture import ring
from demo.shop import MAILBOX, PLATE, RING
from service.agreeing import Party, agree
from tests.desk.browsing import PHONE, WIDE, Desk, elsewhere, open_desk_of, write_as_machine
from tests.shop import EVE, SUPERVISOR, Shop, open_shop

LONG: Final = "Rechtsschutzversicherungsgesellschaftenabteilung" * 3
MACHINE: Final = "I am out of the office until Monday."


@pytest.fixture(scope="module")
def desk(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk on which everything lies: open and closed cases, tasks, letters, mail set aside."""
    folder = tmp_path_factory.mktemp("shop")
    with (
        open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as shop,
        open_desk_of(shop, chromium) as opened,
    ):
        elsewhere(lambda: _play(shop))
        yield opened


def _play(shop: Shop) -> None:
    jana, thomas = shop.customer(RING), shop.customer(PLATE)
    jana.write(MAILBOX, f"Thread too wide {LONG}", f"See {LONG}.", ("ring.png", ring()))
    thomas.write(MAILBOX, "Flächen nicht eben", "Bitte um Nachbesserung.")
    shop.serve()
    shop.confirm("KS2026-001")
    options = [{"letter": one, "text": f"We do {one}."} for one in "AB"]
    shop.letter("KS2026-001", "solution_proposal", introduction="Chips.", options=options)
    shop.serve()
    jana.answer("B, but only 150 pieces instead of 300, and by Friday.")
    shop.customer(EVE).write(MAILBOX, "About KS2026-002", "KS2026-002 concerns us too.")
    write_as_machine(shop, EVE, "Out of office", MACHINE)
    shop.serve()
    shop.letter("KS2026-002", "answer", answer="We look into it.")
    for value in (LONG, "shop.example"):
        to = Party(customer_id=shop.rows("customers")[0]["id"])
        agree(shop.w, SUPERVISOR, to, "own_system", value, f"Because of {LONG}.")


PAGES: Final = (
    "/",
    "/?whose=all",
    "/cases",
    "/cases?q=thread",
    "/cases?q=nothing-like-this",
    "/outbox",
    "/outbox?all=1",
    "/aside",
    "/phone",
    "/customers",
    "/customers?q=nobody-is-called-so",
    "/case/KS2026-001/terms",
    "/case/KS2026-001",
    "/case/KS2026-002",
    "/case/KS2026-003",
    "/case/KS2026-001/history",
    "/case/KS2026-002/letter",
    "/case/KS2026-002/letter/solution_proposal",
    "/case/KS2026-002/letter/solution_agreed",
    "/case/KS2026-002/letter/measures_confirmation",
    "/case/KS2099-999",
)


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=str)
def test_every_page_can_be_read_and_used(desk: Desk, size: tuple[int, int], scheme: str) -> None:
    """Widths do not change colours, nor colours widths: two of the four pairs say all."""
    with desk.visit(size, "dark" if scheme == "dark" else "light") as page:
        faults = {path: found for path in _all(desk) if (found := _faults(page, path))}
    assert faults == {}


def _all(desk: Desk) -> tuple[str, ...]:
    letter = desk.shop.case("KS2026-002")["letters"][-1]["id"]
    mail = desk.shop.case("KS2026-001")["messages"][0]["id"]
    customer = desk.shop.rows("customers")[0]["id"]
    return (*PAGES, f"/letter/{letter}", f"/mail/{mail}/formatted", f"/customer/{customer}")


def _faults(page: Page, path: str) -> list[Any]:
    answer = page.goto(path)
    assert answer is not None
    wanted = 404 if "2099" in path else 200
    said = [] if answer.status == wanted else [f"answers {answer.status}"]
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
    return said + list(page.evaluate(_AUDIT))


def test_the_audit_finds_what_is_wrong(desk: Desk) -> None:
    wrong = (
        "<h1>A</h1><h3>B</h3><img><input><button></button><div style='width:3000px'>wide</div>"
        "<p style='color:#999;background:#fff'>pale</p><p id=x></p><p id=x></p><a href='/x'></a>"
    )
    with desk.visit() as page:
        page.goto("about:blank")
        page.set_content(f"<body>{wrong}</body>")
        found = " ".join(page.evaluate(_AUDIT))
    for word in ("lang", "h3", "img", "input", "button", "wider", "pale", "id x", "a has"):
        assert word in found, word


# Reading only: the page runs no script of its own. WCAG 2.2: 1.1.1, 1.3.1, 1.4.3, 1.4.10, 2.4.4,
# 3.1.1, 4.1.2.
_AUDIT: Final = """(() => {
  const faults = [];
  const all = (what) => [...document.querySelectorAll(what)];
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length;
  const named = (e) => (e.getAttribute("aria-label") || e.innerText || "").trim()
    || (e.labels && [...e.labels].some((l) => l.innerText.trim()))
    || e.querySelector("img[alt]:not([alt=''])")
    || all(`[id="${e.getAttribute("aria-labelledby")}"]`).length;
  if (!document.documentElement.lang) faults.push("no lang");
  if (!document.title) faults.push("no title");
  if (all("h1").length !== 1) faults.push(`${all("h1").length} h1`);
  let before = 0;
  for (const h of all("h1,h2,h3,h4").filter(seen)) {
    const level = Number(h.tagName[1]);
    if (level > before + 1) faults.push(`h${level} after h${before}: ${h.innerText}`);
    before = level;
  }
  for (const e of all("img:not([alt])")) faults.push(`img has no alt: ${e.src}`);
  for (const e of all("input:not([type=hidden]),select,textarea,button,a[href],iframe"))
    if (seen(e) && !named(e) && !e.title) faults.push(`${e.tagName.toLowerCase()} has no name`);
  const ids = all("[id]").map((e) => e.id);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  for (const id of new Set(twice)) faults.push(`id ${id} twice`);
  for (const by of ["aria-labelledby", "aria-describedby"])
    for (const id of all(`[${by}]`).flatMap((e) => e.getAttribute(by).split(" ")))
      if (!ids.includes(id)) faults.push(`no id ${id}`);
  const over = document.scrollingElement.scrollWidth - innerWidth;
  if (over > 0) faults.push(`${over} px wider than the screen`);
  const rgba = (s) => s.match(/[\\d.]+/g).map(Number);
  const over_ = ([r, g, b, a = 1], under) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
  const ground = (e) => {
    if (!e) return Array(3).fill(matchMedia("(prefers-color-scheme: dark)").matches ? 18 : 255);
    const own = rgba(getComputedStyle(e).backgroundColor);
    return own.length < 4 || own[3] === 1 ? own.slice(0, 3) : over_(own, ground(e.parentElement));
  };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const told = new Set();
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || !seen(e) || e.closest("option,datalist")) continue;
    const back = ground(e), ink = over_(rgba(getComputedStyle(e).color), back);
    const [high, low] = [light(ink), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const where = `${e.tagName}.${e.className} ${node.data.trim().slice(0, 30)}`;
    const what = `contrast ${ratio.toFixed(2)}: ${where}`;
    if (ratio < 4.5 && !told.has(what)) { told.add(what); faults.push(what); }
  }
  return faults;
})()"""
