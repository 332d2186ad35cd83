"""The pictures of the README, taken of the demo: `python -m tests.desk.screenshots docs/images`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final

import click
from PIL import Image
from playwright.sync_api import Page

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, MANAGER, PASSWORD, PLATE, RING, USERS, set_up
from demo.stories import Player, Step, approved, rejected
from desk.web.server import open_desk
from service.editing import set_case
from service.people import act
from service.resolving import Ending, resolve
from service.wiring import Wiring
from storage import views
from tests.desk.browsing import PHONE, WIDE
from tests.servers.chromium import open_chromium
from tests.servers.process import free_port
from tests.shop import Clock

# A Monday morning, and the days before it in which the stories happened.
BEGIN: Final = datetime(2026, 11, 16, 8, 12, tzinfo=UTC)
NOW: Final = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
_COLOURS: Final = 128


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Play the stories and save the pictures in FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, _desk(Path(made)) as w:
        _pictures(w, folder)


@contextmanager
def _desk(made: Path) -> Iterator[Wiring]:
    clock = Clock(BEGIN)
    with EmbeddedMail(USERS, clock=clock) as server:
        w = replace(set_up(made / "shop", server, free_port()), now=clock)
        _play(Player(w, server, lambda line: None), clock)
        try:
            with open_desk(w):
                yield w
        finally:
            w.db.close()


def _play(p: Player, clock: Clock) -> None:
    for story in (approved(p), rejected(p)):
        for step in story:
            clock.forward(hours=2, minutes=19)
            p.play(iter([step]))
    with p.w.db.read() as connection:
        tasks = views.task_list(connection)
    for task in tasks:
        with act(p.w, MANAGER, "task") as h:
            resolve(h, int(task["id"]), Ending("done", "read"))
    clock.now = NOW - timedelta(hours=26)
    p.play(_more(p, clock))
    clock.now = NOW


def _more(p: Player, clock: Clock) -> Iterator[Step]:
    """What waits on a Monday morning."""
    jana, thomas = p.customer(RING), p.customer(PLATE)
    yield "", lambda: jana.write(MAILBOX, "Housing 4711-02: scratches on the cover", _SCRATCHES)
    number = p.number()
    clock.forward(hours=1)
    yield "", lambda: _confirm(p, number)
    yield "", lambda: p.letter(number, "solution_proposal", introduction=_CAUSE, options=_OFFER)
    clock.forward(hours=20)
    yield "", lambda: jana.answer(_CHANGED)
    yield "", lambda: thomas.write(MAILBOX, "Auftrag 23016650: zwei Kisten fehlen", _MISSING)
    yield "", lambda: thomas.write(MAILBOX, "Bohrbild der Platte 21160 stimmt nicht", _HOLES)


def _confirm(p: Player, number: str) -> None:
    with act(p.w, MANAGER, "set") as h:
        set_case(h, number, _LINE, line=1)


def _pictures(w: Wiring, folder: Path) -> None:
    with open_chromium() as browser:
        for name, size, path in _VIEWS:
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]}, base_url=w.settings.desk.address
            )
            page = context.new_page()
            page.goto("/login")
            page.get_by_label("Name").fill(MANAGER)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.goto(path)
            if name == "letter":
                _write(page)
            page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
            _save(page.screenshot(), folder / f"{name}.png")
            context.close()


def _write(page: Page) -> None:
    page.get_by_label("What was agreed").fill(_AGREED)
    page.get_by_label("We", exact=True).fill("100")
    page.get_by_label("The customer", exact=True).fill("0")
    page.get_by_label("Promised date").fill("2026-12-11")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="This leaves").wait_for()


def _save(png: bytes, file: Path) -> None:
    """With few colours: pages have few, and a README should not be heavy."""
    with Image.open(BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True)


_VIEWS: Final = (
    ("work", WIDE, "/"),
    ("case", WIDE, "/case/KS2026-001"),
    ("letter", WIDE, "/case/KS2026-004/letter/solution_agreed"),
    ("phone", PHONE, "/case/KS2026-004"),
)
_LINE: Final = {
    "part_name": "Housing, cover",
    "part_number": "4711-02",
    "po_pi_no": "PI-20261007",
    "quantity_delivered": "120",
    "quantity_complained": "18",
    "reason_customer": "scratches on the anodised cover",
}
_SCRATCHES: Final = """\
Good morning,

18 of the 120 housings (PI-20261007) have scratches on the anodised cover.
We cannot use them in this state. What do you propose?

Jana Vogt
"""
_CAUSE: Final = "The covers rubbed against each other on the way: a layer of foil was missing."
_OFFER: Final = [
    {"letter": "A", "text": "We remake 18 covers, free of charge, within two weeks."},
    {"letter": "B", "text": "You polish them, and we take the cost."},
]
_CHANGED: Final = "A please, but only 12 instead of 18: the other six we polish ourselves."
_AGREED: Final = "Option A: we remake 12 covers, free of charge. You polish six of them yourselves."
_MISSING: Final = """\
Guten Tag,

bei Auftrag 23016650 fehlen zwei Kisten. Bitte um Klärung.

Thomas Kern
"""
_HOLES: Final = """\
Guten Tag,

das Bohrbild der Platte 21160 ist um 2 mm versetzt, alle 40 Stück.

Thomas Kern
"""

if __name__ == "__main__":
    main()
