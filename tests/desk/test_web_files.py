"""Attachments: never a page, never a program, only by a ticket; pictures only as drawn anew."""

from __future__ import annotations

import hashlib
import io
import os
import re
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

from cases.errors import BadInput
from desk.web.files import _file, ticket
from service.child import CHILD
from service.log_in import log_out
from service.pictures import Pictures
from tests.shop import Shop, open_shop
from tests.web import DESK, FILES, Visitor, Web, arrive, complaint, open_web

NAMES = (
    "../../../../srv/pwn.txt", "..\\..\\win.ini", "C:\\Users\\x\\evil.exe", "/etc/passwd",
    "a/../../b.txt", "....//....//x", "%2e%2e%2fpwn", "~/.ssh/id_rsa", ".htaccess", ".bashrc",
    "invoice\u202egpj.exe", "photo\u202dfdp.scr", "a\u200bb.pdf", "\ufefffile.pdf", "a\u2028b.txt",
    "x\x00.pdf", "pwn.php\x00.png", "tab\there.txt", "new\nline.txt", "a\r\nSet-Cookie: x=1.txt",
    "quote\".txt", "semi;colon.txt", "a\"; filename=\"b.html", "back\\slash", "star*.txt",
    "pipe|.txt", "<script>alert(1)</script>.png", "{{7*7}}.txt", "${x}.txt", "`id`.txt",
    "CON", "con.txt", "NUL.png", "COM1.txt", "AUX.h", "lpt9.log",
    "a" * 5000 + ".pdf", "ü" * 300 + ".png", "图纸" * 100 + ".pdf", "🧨.png",
    "", ".", "..", "   ", "trailing.txt. . .", "=cmd|' /C calc'!A0.csv", "double.pdf.exe",
    "utf-8''injected.txt", "shell.svg", "page.html",
)  # fmt: skip
ACTIVE = ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/pdf",
          "application/javascript", "text/css", "application/x-msdownload")  # fmt: skip


def png(width: int, height: int, rows: int | None = None) -> bytes:
    """A PNG that says it is this big, with as many rows as are written."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data)
        )  # fmt: skip

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    line = bytes(1 + 3 * width)
    body = b"".join(packer.compress(line) for _ in range(height if rows is None else rows))
    data = chunk(b"IDAT", body + packer.flush())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")


def photo(kind: str, **more: Any) -> bytes:
    """A good picture with a place and a comment in it."""
    picture = Image.new("RGB", (300, 200), "red")
    exif = Image.Exif()
    exif[0x010E] = "CANARY taken at home"
    exif[0x0112] = 6
    out = io.BytesIO()
    picture.save(out, kind, exif=exif, **more)
    return out.getvalue()


BOMBS = {
    "too-many-pixels": png(6000, 5000),
    "claims-2-terapixels": png(2**20, 2**20, rows=10),
    "truncated": png(3000, 3000)[:-60],
    "gif-bomb": b"GIF89a\xff\xff\xff\xff\x80\x00\x00"
    + bytes(6)
    + b",\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08",
    "svg-named-png": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html-named-png": b"<html><script>alert(1)</script>",
    "empty": b"",
    "only-the-sign": b"\x89PNG\r\n\x1a\n",
    "tiff": b"II*\x00\x08\x00\x00\x00",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "jpeg-of-nothing": b"\xff\xd8\xff\xe0" + b"\x00" * 2000,
    "webp-of-nothing": b"RIFF\xff\xff\xff\x7fWEBPVP8 " + b"\xff" * 500,
}  # fmt: skip


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A desk with files of every bad name and kind, and with bombs."""
    folder: Path = tmp_path_factory.mktemp("files")
    with open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as shop:
        named = dict.fromkeys(NAMES, ("application/octet-stream", b"data"))
        active = {f"f{n}.bin": (kind, b"<script>1</script>") for n, kind in enumerate(ACTIVE)}
        bombs = {f"{name}.png": ("image/png", data) for name, data in BOMBS.items()}
        good = {
            "good.png": ("image/png", photo("PNG")),
            "good.jpg": ("image/jpeg", photo("JPEG", comment=b"CANARY comment")),
        }
        arrive(shop, complaint("Files", "See them.", files={**named, **active, **bombs, **good}))
        yield open_web(shop)
    CHILD.close()


@pytest.fixture(scope="module")
def li(web: Web) -> Visitor:
    """A manager."""
    return web.visitor("li")


def rows(web: Web) -> list[dict[str, Any]]:
    return web.shop.rows("attachments")


def the(web: Web, name: str) -> dict[str, Any]:
    return next(row for row in rows(web) if row["name"] == name)


def fetch(web: Web, address: str) -> Any:
    """As a browser does: from the files' host, without the desk's cookie."""
    return web.browser(FILES).get(address.removeprefix(FILES))


def is_safe(answer: Any, *, site: str = "same-site") -> None:
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["cross-origin-resource-policy"] == site
    assert "set-cookie" not in answer.headers


# --- files


def test_every_file_is_a_download_whatever_its_name_and_kind(web: Web, li: Visitor) -> None:
    assert len(rows(web)) == len(NAMES) + len(ACTIVE) + len(BOMBS) + 2
    for row in rows(web):
        answer = fetch(web, ticket(web.shop.w, li.session, row["id"], "file"))
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == row["sha256"]
        assert answer.headers["content-type"] == "application/octet-stream"
        is_safe(answer)
        said = answer.headers["content-disposition"]
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9_.~%-]{1,700}", said)
        name = unquote(said.partition("''")[2])
        assert name.isprintable()
        assert not re.search(r'[/\\:*?"<>|]', name)
        assert name.strip(". ") == name != ""
        assert not re.match(r"(?i)(con|nul|aux|prn|com\d|lpt\d)(\.|$)", name)
        assert len(name.encode()) <= 200


def test_an_old_row_with_a_bad_name_is_cleaned_again(web: Web) -> None:
    said = _file("../\u202e\x00a.exe", b"").headers["content-disposition"]
    assert said == "attachment; filename*=UTF-8''a.exe"
    assert _file("..", b"").headers["content-disposition"].endswith("''file")


def test_a_ticket_is_for_one_file_one_use_one_session_and_five_minutes(web: Web) -> None:
    shop, li, sam = web.shop, web.visitor("li"), web.visitor("sam")
    first, second = rows(web)[:2]
    good = ticket(shop.w, li.session, first["id"], "file")
    assert fetch(web, good).status_code == 200
    hashed, _, use, until, mac = good.removeprefix(f"{FILES}/files/").split(".")
    forged = [
        f"{hashed}.{second['id']}.{use}.{until}.{mac}",
        f"{hashed}.{first['id']}.picture.{until}.{mac}",
        f"{hashed}.{first['id']}.{use}.{int(until) + 1}.{mac}",
        f"{sam.session.token_hash}.{first['id']}.{use}.{until}.{mac}",
        f"{hashed}.{first['id']}.{use}.{until}.{'0' * 32}",
        f"{hashed}.{first['id']}.{use}.{until}.{mac[:-1]}",
        f"{hashed}.{first['id']}.{use}.{until}.",
        f"{hashed}.{first['id']}.{use}.{until}",
        f"{hashed}.{first['id']}.{use}.{until}.{mac}.{mac}",
        f"{hashed}.{first['id']}.{use}.{until}.%C3%BC",
        f"{hashed.upper()}.{first['id']}.{use}.{until}.{mac}",
        f"{hashed}.0{first['id']}.{use}.{until}.{mac}",
            "....", "x", "%00", "9" * 3000,
        *(
                f"{hashed}.{first['id']}.{use}.{until}.{mac[:at]}{'1' if mac[at] == '0' else '0'}"
                f"{mac[at + 1 :]}"
                for at in range(32)
            ),
    ]  # fmt: skip
    for one in forged:
        answer = fetch(web, f"{FILES}/files/{one}")
        assert answer.status_code == 404, one
        assert answer.text == "There is nothing here."
        is_safe(answer)
    shop.clock.forward(minutes=5, seconds=1)
    assert fetch(web, good).status_code == 404
    shop.clock.forward(minutes=-5)
    assert fetch(web, good).status_code == 200
    log_out(shop.w, li.session)
    assert fetch(web, good).status_code == 404


def test_a_ticket_ends_with_its_session(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop)
    arrive(sqlite_shop, complaint("A", "B", files={"a.txt": ("text/plain", b"x")}))
    li = web.visitor("li")
    sqlite_shop.clock.forward(minutes=28)
    good = ticket(sqlite_shop.w, li.session, rows(web)[0]["id"], "file")
    assert fetch(web, good).status_code == 200
    sqlite_shop.clock.forward(minutes=3)
    assert fetch(web, good).status_code == 404


def test_pages_and_files_have_each_their_host(web: Web, li: Visitor) -> None:
    good = ticket(web.shop.w, li.session, rows(web)[0]["id"], "file")
    path = good.removeprefix(FILES)
    assert web.browser(DESK).get(path).status_code == 421
    files = web.browser(FILES)
    files.headers["cookie"] = li.client.headers["cookie"]
    for page in ("/", "/login", "/static/desk.css", "/case/x"):
        assert files.get(page).status_code == 421


def test_one_address_for_both_is_still_safe(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop, DESK, "")
    html = {"page.html": ("text/html", b"<script>document.title='run'</script>")}
    arrive(sqlite_shop, complaint("A", "B", files=html))
    li = web.visitor("li")
    address = ticket(sqlite_shop.w, li.session, rows(web)[0]["id"], "file")
    assert address.startswith(f"{DESK}/files/")
    answer = web.browser().get(address.removeprefix(DESK))
    is_safe(answer)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"


# --- pictures


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_seconds_and_the_desk_goes_on(
    name: str, web: Web, li: Visitor
) -> None:
    begun = time.perf_counter()
    bomb = ticket(web.shop.w, li.session, the(web, f"{name}.png")["id"], "picture")
    answer = fetch(web, bomb)
    assert answer.status_code == 404
    is_safe(answer)
    assert time.perf_counter() - begun < 10
    good = ticket(web.shop.w, li.session, the(web, "good.png")["id"], "picture")
    assert fetch(web, good).status_code == 200


@pytest.mark.parametrize(("name", "kind"), [("good.png", "JPEG"), ("good.jpg", "JPEG")])
def test_a_good_picture_is_drawn_anew(name: str, kind: str, web: Web, li: Visitor) -> None:
    answer = fetch(web, ticket(web.shop.w, li.session, the(web, name)["id"], "picture"))
    assert answer.status_code == 200
    is_safe(answer, site="cross-origin")
    assert answer.headers["content-type"] in ("image/png", "image/jpeg")
    assert hashlib.sha256(answer.content).hexdigest() != the(web, name)["sha256"]
    assert b"CANARY" not in answer.content
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.format == kind
        assert not picture.getexif()
        assert picture.size == (200, 300), "turned as the camera was held"


@pytest.mark.parametrize("name", ["f0.bin", "f1.bin", "f4.bin"])
def test_html_svg_and_pdf_are_no_pictures(name: str, web: Web, li: Visitor) -> None:
    assert fetch(web, ticket(web.shop.w, li.session, the(web, name)["id"], "picture")
                 ).status_code == 404  # fmt: skip


def test_a_comment_or_profile_is_not_kept() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        made = Pictures().redraw(photo(kind, icc_profile=b"CANARY profile"))
        assert b"CANARY" not in made


def _eat() -> int:
    return len(bytearray(2 * 1024**3))


def _loop() -> None:
    while True:
        pass


def _die() -> None:
    os._exit(1)


def _write(path: str) -> None:
    Path(path).write_text("x")


@pytest.mark.parametrize("act", [_eat, _loop, _die])
def test_the_child_has_little_memory_and_time(act: Any) -> None:
    begun = time.perf_counter()
    with pytest.raises(BadInput):
        CHILD.do(act)
    assert time.perf_counter() - begun < 15
    assert CHILD.do(abs, -1) == 1


def test_the_child_writes_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        CHILD.do(_write, str(tmp_path / "x"))
    assert not (tmp_path / "x").exists() or (tmp_path / "x").stat().st_size == 0


def test_a_bomb_explodes_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    pictures = Pictures()

    def refuse(*asked: Any) -> bytes:
        tried.append(1)
        raise BadInput("no")

    monkeypatch.setattr(CHILD, "do", refuse)
    for _ in range(3):
        with pytest.raises(BadInput):
            pictures.redraw(b"bomb", "sha")
    assert tried == [1]
    with pytest.raises(BadInput):
        pictures.redraw(bytes(31 * 1024**2))
    assert tried == [1]
