"""Mails attached to a mail are read in the desk; files are pictures by what their bytes show."""

from __future__ import annotations

import io

from PIL import Image

from service.child import CHILD
from tests.containers import BODY, DATA, LONG_NAME, SUBJECT, Item
from tests.shop import Shop
from tests.web import arrive, complaint, open_web

INNER = (
    b"From: Original Customer <orig@customer.example>\r\nSubject: =?utf-8?q?Br=C3=BCche?=\r\n"
    b"Date: Tue, 3 Mar 2026 10:00:00 +0100\r\n\r\nIt broke <b>twice</b>.\r\n"
)


def test_attached_mails_have_a_page(sqlite_shop: Shop) -> None:
    item = Item({SUBJECT: "Saved item", BODY: "From Outlook."}, [{LONG_NAME: "b.txt", DATA: b"x"}])
    files = {
        "first.eml": ("application/octet-stream", INNER),
        "second.msg": ("application/vnd.ms-outlook", item.msg()),
        "third.pdf": ("application/pdf", b"%PDF-1"),
    }
    arrive(sqlite_shop, complaint("Files", "See them.", files=files))
    web = open_web(sqlite_shop)
    li = web.visitor("li")
    message = sqlite_shop.rows("messages")[0]["id"]
    case = li.get(f"/case/{sqlite_shop.numbers()[0]}").text
    assert f"/mail/{message}/attached" in case
    shown = li.get(f"/mail/{message}/attached").text
    for words in ("Brüche", "Original Customer", "orig@customer.example", "Saved item"):
        assert words in shown
    assert "It broke &lt;b&gt;twice&lt;/b&gt;." in shown
    assert "From Outlook." in shown
    names = {row["name"] for row in sqlite_shop.rows("attachments")}
    assert names == {"first.eml", "second.msg", "b.txt", "third.pdf"}


def test_mail_without_attached_mails_says_so(sqlite_shop: Shop) -> None:
    arrive(sqlite_shop, complaint("No files", "None."))
    li = open_web(sqlite_shop).visitor("li")
    message = sqlite_shop.rows("messages")[0]["id"]
    assert "No mail is attached" in li.get(f"/mail/{message}/attached").text
    assert "/attached" not in li.get(f"/case/{sqlite_shop.numbers()[0]}").text


def test_picture_by_its_bytes(sqlite_shop: Shop) -> None:
    out = io.BytesIO()
    Image.new("RGB", (2, 2), "red").save(out, "JPEG")
    files = {
        "IMG_1.JPG": ("application/octet-stream", out.getvalue()),
        "no picture.png": ("image/png", b"MZ program"),
    }
    arrive(sqlite_shop, complaint("Photos", "See them.", files=files))
    page = open_web(sqlite_shop).visitor("li").get(f"/case/{sqlite_shop.numbers()[0]}").text
    CHILD.close()
    assert 'alt="Picture IMG_1.JPG"' in page
    assert 'alt="Picture no picture.png"' not in page
    sniffed = {row["name"]: row["sniffed"] for row in sqlite_shop.rows("attachments")}
    assert sniffed == {"IMG_1.JPG": "image/jpeg", "no picture.png": "application/x-msdownload"}
