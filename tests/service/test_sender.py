"""What a sender proves: what is told back, who may decide, which mails are our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from demo.shop import MAILBOX, RING
from intake.kinds.screen import OwnAddresses, screen
from intake.parse import read
from service.challenge import codes_in, new_code
from service.wiring import Chance
from tests.fault.forgeries import TRUST, Forgery, said
from tests.shop import EVE, Shop, open_shop

NUMBER = "KS2026-001"
WORDS = "Buy cheap pills"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
    with open_shop(tmp_path, url, company='authority = "challenge"', in_mailbox=TRUST) as opened:
        yield opened


def deliver(shop: Shop, *mails: Forgery) -> None:
    for mail in mails:
        shop.server.deliver(MAILBOX, mail.raw(len(shop.rows("messages")) + hash(mail) % 10**9))
    assert shop.serve() == ()


def last_letter(shop: Shop) -> EmailMessage:
    raw = shop.server.received[-1].raw
    return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(raw)


def words_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body else ""


# --- backscatter


def spam(sender: str = f"{WORDS} <{EVE.address}>", fields: str = "") -> Forgery:
    return Forgery("spam", sender, "", fields, WORDS, f"{WORDS} at once")


def test_a_stranger_gets_no_word_of_his_own_back(shop: Shop) -> None:
    deliver(shop, spam())
    letter = last_letter(shop)
    assert WORDS.encode() not in shop.server.received[-1].raw
    assert str(letter["To"]) == EVE.address
    assert str(letter["Subject"]) == f"Your complaint [{NUMBER}]"
    assert letter["In-Reply-To"], "the thread stays"


@pytest.mark.parametrize("known", [True, False])
def test_known_and_proven_senders_are_answered_in_their_thread(shop: Shop, known: bool) -> None:
    sender = f"{RING.name} <{RING.address}>" if known else f"Eve <{EVE.address}>"
    deliver(shop, spam(sender, "" if known else said("pass", EVE.address.partition("@")[2])))
    letter = last_letter(shop)
    assert str(letter["Subject"]) == f"Re: {WORDS} [{NUMBER}]"
    assert "<" in str(letter["To"])


def test_a_disowned_sender_gets_nothing(shop: Shop) -> None:
    deliver(shop, spam(RING.address, said("fail")))
    assert shop.server.messages(RING.address) == []
    assert shop.case(NUMBER)["clocks"][0]["state"] == "started"
    (task,) = shop.tasks()
    assert task["kind"] == "acknowledgment_withheld"
    assert "DMARC failed" in task["reason"]
    (message,) = shop.rows("messages")
    assert message["authentication"]["dmarc"] == "fail"
    assert not message["proven_sender"]


# --- our own mails


def test_our_own_letters_come_back_and_are_no_complaint(shop: Shop) -> None:
    deliver(shop, spam())
    letter = shop.server.received[-1].raw
    assert f"X-Amends-Installation: {shop.w.installation}".encode() in letter
    # as it is; through a list that writes its own From; and without the name of the installation
    other = letter.replace(b"From: ", b"X-From: ", 1)
    bare = re.sub(rb"X-Amends-Installation: .*\r\n", b"", other)
    for raw in (
        b"X-Hop: 1\r\n" + letter,
        b"From: list@elsewhere.example\r\n" + other,
        b"From: x@y.example\r\n" + bare,
    ):
        shop.server.deliver(MAILBOX, raw)
    shop.serve()
    assert shop.numbers() == [NUMBER]
    aside = [(row["kind"], row["reason"]) for row in shop.rows("messages") if not row["case_id"]]
    assert aside == [
        ("own", "from an address of ours"),
        ("own", "made by this installation"),
        ("own", "has a Message-ID of ours"),
    ]


def test_an_automatic_letter_of_another_installation_is_a_machine() -> None:
    own = OwnAddresses(frozenset({MAILBOX}), installation="mine")
    raw = b"From: a@b.example\nX-Amends-Installation: other\n%s\n\nHello\n"
    assert screen(read(raw % b"Auto-Submitted: auto-replied"), own).kind == "auto_reply"
    assert screen(read(raw % b"Subject: typed by a person"), own).kind == "complaint"


def test_the_name_of_the_installation_stays(shop: Shop) -> None:
    (row,) = shop.rows("installation")
    assert row["name"] == shop.w.installation
    assert len(row["name"]) == 26


# --- guessing


def test_who_tries_tokens_gets_new_cases_only(shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, "Cracks", "It is broken.")
    shop.serve()
    token = re.search(r"\+([a-z2-7]{26})@", str(last_letter(shop)["Reply-To"]))
    assert token
    wrong = "\n".join(
        f"Ref: {n:b}".replace("0", "a").replace("1", "b").ljust(31, "c") for n in range(21)
    )
    deliver(shop, Forgery("guess", RING.address, text=wrong))
    deliver(shop, Forgery("right", RING.address, token[1], text="What about it?"))
    assert len(shop.numbers()) == 3
    assert shop.kinds().count("token_guessing") == 2
    shop.clock.forward(hours=2)
    deliver(shop, Forgery("later", RING.address, token[1], text="And now?"))
    assert len(shop.numbers()) == 3


# --- the challenge


def challenged(shop: Shop, text: str = "Approved.") -> tuple[str, str]:
    """Ask for approval, answer without proof; return the answer token and the code."""
    shop.customer(RING).write(MAILBOX, "Cracks", "It is broken.")
    shop.serve()
    shop.ask_approval(NUMBER)
    token = re.search(r"\+([a-z2-7]{26})@", str(last_letter(shop)["Reply-To"]))
    assert token
    deliver(shop, Forgery("answer", RING.address, token[1], text=text))
    assert shop.case(NUMBER)["state"] == "awaiting_approval"
    letter = last_letter(shop)
    assert str(letter["To"]).endswith(f"<{RING.address}>")
    assert letter["Auto-Submitted"]
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", words_of(letter))
    assert code
    return token[1], code[0]


def test_the_code_makes_the_answer_count(shop: Shop) -> None:
    _, code = challenged(shop)
    assert shop.tasks() == []
    deliver(shop, Forgery("code", RING.address, "", subject=f"Re: [{NUMBER}]", text=code.lower()))
    assert shop.case(NUMBER)["state"] == "closed"
    assert [row["authority"] for row in shop.rows("answers") if row["acted"]] == [
        "one-time code from the address of record"
    ]
    assert shop.faults() == {}


def test_a_rejection_waits_for_its_code_too(shop: Shop) -> None:
    token, code = challenged(shop, "Not accepted.")
    deliver(shop, Forgery("code", RING.address, token, text=f"The code is {code}"))
    assert shop.case(NUMBER)["state"] == "re_registered"


@pytest.mark.parametrize("days", [8])
def test_an_old_code_is_worth_nothing(shop: Shop, days: int) -> None:
    token, code = challenged(shop)
    shop.clock.forward(days=days)
    deliver(shop, Forgery("code", RING.address, token, text=code))
    assert shop.case(NUMBER)["state"] == "awaiting_approval"


def test_a_code_from_elsewhere_is_worth_nothing(shop: Shop) -> None:
    token, code = challenged(shop)
    deliver(
        shop,
        Forgery("stranger", EVE.address, token, text=code),
        Forgery("disowned", RING.address, token, said("fail"), text=code),
        Forgery("machine", RING.address, token, "Auto-Submitted: auto-replied\n", text=code),
        Forgery("quoted", RING.address, token, text=f"Hello\n\n> {code}"),
    )
    assert shop.case(NUMBER)["state"] == "awaiting_approval"


def test_five_wrong_codes_end_it(shop: Shop) -> None:
    token, code = challenged(shop)
    for n in range(5):
        deliver(shop, Forgery(f"wrong {n}", RING.address, token, text=f"0000-000{n}"))
    deliver(shop, Forgery("right", RING.address, token, text=code))
    assert shop.case(NUMBER)["state"] == "awaiting_approval"
    assert [row["outcome"] for row in shop.rows("challenges")] == ["spent"]
    assert any("5 wrong codes" in task["reason"] for task in shop.tasks())


def test_one_mail_cannot_try_many_codes(shop: Shop) -> None:
    token, code = challenged(shop)
    many = " ".join(f"0000-{n:04}" for n in range(9)) + f" {code}"
    deliver(shop, Forgery("many", RING.address, token, text=many))
    assert shop.case(NUMBER)["state"] == "awaiting_approval"


def test_a_code_is_mailed_once_and_three_times_at_most(shop: Shop) -> None:
    token, _ = challenged(shop)
    for n in range(10):  # the last comes after the third code has expired
        deliver(shop, Forgery(f"again {n}", RING.address, token, text="Approved."))
        shop.clock.forward(days=3)
    challenges = [one for one in shop.rows("letters") if one["template"] == "challenge"]
    assert len(challenges) == 3
    assert "read_reply" in shop.kinds()


def test_codes_are_read_as_people_write_them() -> None:
    assert codes_in("code: 7k3m\u2013q9tx, thanks") == ["7K3M-Q9TX"]
    assert codes_in("OIL0-aaaa 0110-AAAA") == ["0110-AAAA"]
    assert codes_in("approved 2026-03-02 KS2026-0011 ab7K3M-Q9TX") == []
    assert codes_in(new_code(Chance())) != []
