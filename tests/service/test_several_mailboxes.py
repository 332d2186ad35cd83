"""Several mailboxes: each has its own sender address, language, series of numbers and letters."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from demo.customer import Customer
from demo.mail_server import HOST, EmbeddedMail
from demo.shop import MAILBOX, PLATE, RING
from tests.shop import PASSWORD, Shop, open_shop

SUZHOU = "suzhou@parts.example"
OWN_WORDS = "Ihre Nachricht ist in Suzhou angekommen."


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A second mailbox with all that it can have of its own."""
    own = tmp_path / "own" / "de"
    own.mkdir(parents=True)
    (own / "acknowledgment.md").write_text(
        '+++\nsubject = "Ihre Reklamation"\nstops = ["acknowledgment"]\nautomatic = true\n+++\n'
        f"{OWN_WORDS}\n\n{{{{ case.number }}}}\n",
        encoding="utf-8",
    )
    users = dict.fromkeys((MAILBOX, SUZHOU, RING.address, PLATE.address), PASSWORD)
    with EmbeddedMail(users) as server:
        second = f"""
[[mailbox]]
name = "suzhou"
address = "{SUZHOU}"
sender_name = "Suzhou Quality"
host = "{HOST}"
port = {server.imap_port}
security = "plain"
user = "{SUZHOU}"
password_file = "mailbox.password"
first_start = "all"
language = "de"
numbers = "SZ{{year}}-{{seq:02}}"
templates = "own"
manager = "sam"

"""
        url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
        with open_shop(tmp_path, url, in_mailbox=second, server=server) as made:
            yield made


def write(shop: Shop, to: str, subject: str, text: str) -> Customer:
    writer = Customer(shop.server, RING.name, RING.address)
    writer.write(to, subject, text)
    assert shop.serve() == ()
    return writer


def test_each_has_its_own_series_and_manager(shop: Shop) -> None:
    write(shop, MAILBOX, "Ring too wide", "The ring is too wide.")
    write(shop, SUZHOU, "Plate bent", "The plate of the last delivery is bent.")
    write(shop, SUZHOU, "Cover scratched", "One cover has scratches on its face.")
    assert shop.numbers() == ["KS2026-001", "SZ2026-01", "SZ2026-02"]
    assert [shop.case(number)["manager"] for number in shop.numbers()] == ["li", "sam", "sam"]
    assert not shop.faults()


def test_its_letters_come_from_its_address_in_its_words(shop: Shop) -> None:
    writer = Customer(shop.server, PLATE.name, PLATE.address)
    writer.write(SUZHOU, "Platte verzogen", "Die Platte der letzten Lieferung ist verzogen.")
    assert shop.serve() == ()
    letter = message_from_bytes(shop.server.messages(PLATE.address)[-1])
    assert SUZHOU in str(letter["From"])
    assert str(letter["Reply-To"]).partition("+")[0].endswith("suzhou")
    plain = next(part for part in letter.walk() if part.get_content_type() == "text/plain")
    payload = plain.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert OWN_WORDS in payload.decode()


def test_a_reply_finds_its_case_whichever_mailbox_it_reaches(shop: Shop) -> None:
    writer = write(shop, SUZHOU, "Plate bent", "The plate of the last delivery is bent.")
    writer.write(MAILBOX, "About SZ2026-01", "It concerns all forty of them.")
    assert shop.serve() == ()
    assert shop.numbers() == ["SZ2026-01"]
    assert len([m for m in shop.case("SZ2026-01")["messages"] if m["direction"] == "in"]) == 2
