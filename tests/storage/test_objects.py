"""The same contract for a folder and for a store that speaks S3; and a store that fails."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cases.errors import NeedsMending, Tampered, TryLater
from config.secrets import Secret
from config.settings import Evidence as Settings
from demo.shop import MAILBOX, RING
from service.doctor import Doctor
from service.health import _evidence
from service.wiring import Wiring
from storage.database import Database
from storage.evidence import Evidence, raw
from storage.objects.chosen import objects
from storage.objects.contract import Objects
from storage.objects.folder import FolderObjects
from storage.objects.s3 import S3Objects
from tests.servers.object_store import BUCKET, KEY, SECRET, ObjectStore
from tests.servers.process import free_port
from tests.shop import Shop, open_shop
from tests.storage.rows import NOW, at_once

DATA = b"Subject: large\r\n\r\n" + b"l" * 3_000_000
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with ObjectStore() as server:
        yield server


@dataclass
class Place:
    """Where objects are kept, and how a test reaches behind it."""

    objects: Objects
    folder: Path
    store: ObjectStore | None

    def names(self) -> list[str]:
        if self.store and isinstance(self.objects, S3Objects):
            return sorted(self.store.names(self.objects.prefix))
        files = (one for one in self.folder.rglob("*") if one.is_file())
        return sorted(one.relative_to(self.folder).as_posix() for one in files)

    def damage(self, name: str, data: bytes | None) -> None:
        """Somebody alters it, or takes it away (None)."""
        if self.store and isinstance(self.objects, S3Objects):
            key = f"{self.objects.prefix}/{name[:2]}/{name}"
            if data is None:
                self.store.client.delete_object(Bucket=BUCKET, Key=key)
            else:
                self.store.client.put_object(Bucket=BUCKET, Key=key, Body=data)
            return
        file = self.folder / name[:2] / name
        file.unlink() if data is None else file.write_bytes(data)


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        folder = tmp_path / "evidence"
        return Place(FolderObjects(folder), folder, None)
    server: ObjectStore = request.getfixturevalue("store")
    return Place(server.objects(), tmp_path, server)


def test_what_is_put_comes_back_by_its_name(place: Place) -> None:
    place.objects.put(NAME, DATA)
    place.objects.put(NAME, DATA)
    assert place.objects.get(NAME) == DATA
    assert b"".join(place.objects.pieces(NAME)) == DATA
    assert place.names() == [f"{NAME[:2]}/{NAME}"]
    empty = hashlib.sha256(b"").hexdigest()
    place.objects.put(empty, b"")
    assert place.objects.get(empty) == b""


def test_a_file_of_the_spool_is_taken_over(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "big.spool"
    big = DATA * 8  # more than one part of an upload
    name = hashlib.sha256(big).hexdigest()
    file.write_bytes(big)
    place.objects.adopt(name, file)
    assert not file.exists()
    assert hashlib.sha256(b"".join(place.objects.pieces(name))).hexdigest() == name


def test_what_is_missing_is_told(place: Place) -> None:
    for read in (place.objects.get, lambda name: list(place.objects.pieces(name))):
        with pytest.raises(Tampered, match="is missing"):
            read(NAME)


@pytest.mark.parametrize("damage", [b"x", DATA[:-1] + b"!", None])
def test_the_same_mail_again_mends_it(place: Place, damage: bytes | None) -> None:
    place.objects.put(NAME, DATA)
    place.damage(NAME, damage)
    place.objects.put(NAME, DATA)
    assert place.objects.get(NAME) == DATA


def test_several_may_put_the_same_at_once(place: Place) -> None:
    at_once([lambda: place.objects.put(NAME, DATA)] * 4)
    assert place.objects.get(NAME) == DATA
    assert place.names() == [f"{NAME[:2]}/{NAME}"]


def test_evidence_is_proven_wherever_it_lies(place: Place, db: Database, tmp_path: Path) -> None:
    evidence = Evidence(tmp_path / "evidence", place.objects)
    mail = raw(DATA)
    evidence.prepare([mail])
    with db.write() as tx:
        evidence.keep(tx, [mail], NOW)
    with db.read() as connection:
        assert evidence.bytes_of(connection, NAME) == DATA
        assert evidence.head_of(connection, NAME, 10) == DATA[:10]
        place.damage(NAME, DATA[:-1] + b"!")
        for look in (evidence.bytes_of, lambda c, name: evidence.head_of(c, name, 10)):
            with pytest.raises(Tampered, match="other bytes"):
                look(connection, NAME)


def test_a_probe_leaves_nothing(place: Place) -> None:
    place.objects.reach()
    said = place.objects.probe()
    assert bool(said) == (place.store is not None)
    assert place.names() == []


# --- a store that fails


def test_a_store_that_is_away_is_tried_later(store: ObjectStore, tmp_path: Path) -> None:
    away = replace(store.objects(), endpoint=f"http://127.0.0.1:{free_port()}")
    file = tmp_path / "big.spool"
    file.write_bytes(DATA)
    acts = (
        lambda: away.put(NAME, DATA),
        lambda: away.adopt(NAME, file),
        lambda: away.get(NAME),
        lambda: list(away.pieces(NAME)),
        away.reach,
        away.probe,
    )
    for act in acts:
        with pytest.raises(TryLater, match="tried again") as told:
            act()
        assert "CANARY" not in str(told.value)
    assert file.read_bytes() == DATA  # nothing is lost
    assert "CANARY" not in repr(away)


def test_a_bucket_that_is_not_there(store: ObjectStore) -> None:
    wrong = replace(store.objects(), bucket="no-such-bucket")
    with pytest.raises(TryLater):
        wrong.put(NAME, DATA)


def test_without_its_package_the_mend_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore.exceptions", None)
    with pytest.raises(NeedsMending, match=r"amends\[s3\]"):
        S3Objects("bucket", "", "us-east-1", "", "", "").put(NAME, DATA)


def test_the_configuration_chooses(tmp_path: Path) -> None:
    assert isinstance(objects(Settings(folder=tmp_path), None), FolderObjects)
    url = {"url": "s3://bucket/a/b/", "access_key": KEY, "endpoint": "https://s3.example.com"}
    made = objects(Settings.model_validate({"folder": str(tmp_path), **url}), Secret(SECRET))
    assert isinstance(made, S3Objects)
    assert (made.bucket, made.prefix, made.secret) == ("bucket", "a/b", SECRET)
    assert str(made) == "s3://bucket/a/b"


# --- the service on it


@pytest.fixture
def sqlite_shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as shop:
        yield shop


def test_the_service_behaves_as_with_a_full_disk(sqlite_shop: Shop, store: ObjectStore) -> None:
    """Mails stay in the mailbox while the store is away; then all are registered, once."""
    good = store.objects("road")
    away = replace(good, endpoint=f"http://127.0.0.1:{free_port()}")
    spool = sqlite_shop.w.evidence.spool
    shop = replace(sqlite_shop, w=_with(sqlite_shop, away))
    shop.customer(RING).write(MAILBOX, "Too wide", "See.", ("photo.png", b"\x89PNG" + DATA))
    (fault,) = shop.serve()
    assert fault.exit_code == 75
    assert "store s3://" in fault.what
    assert shop.numbers() == []
    assert [one.kind for one in _evidence(shop.w)][-1:] == ["evidence"]

    shop = replace(sqlite_shop, w=_with(sqlite_shop, good))
    assert shop.serve() == ()
    assert shop.numbers() == ["KS2026-001"]
    assert any("KS2026-001" in one for one in shop.customer(RING).subjects())
    assert store.names("road")
    assert not [one for one in spool.parent.rglob("*") if one.is_file() and one.parent != spool]
    with shop.w.db.read() as connection:
        for row in shop.rows("raws"):
            shop.w.evidence.bytes_of(connection, row["sha256"])


def _with(shop: Shop, place: S3Objects) -> Wiring:
    return replace(shop.w, evidence=Evidence(shop.w.settings.evidence.folder, place))


def test_the_doctor_tries_the_store(sqlite_shop: Shop, store: ObjectStore) -> None:
    w = sqlite_shop.w
    keys = {"url": f"s3://{BUCKET}/doctor", "endpoint": store.url, "access_key": KEY}
    evidence = w.settings.evidence.model_copy(update=keys)
    settings = w.settings.model_copy(update={"evidence": evidence})
    doctor = Doctor(settings, replace(w.secrets, evidence=Secret(SECRET)), w.now, w.chance)
    assert next(doctor._evidence()).what == f"s3://{BUCKET}/doctor can be written and read"
    closed = evidence.model_copy(update={"endpoint": f"http://127.0.0.1:{free_port()}"})
    settings = settings.model_copy(update={"evidence": closed})
    with pytest.raises(TryLater):
        next(Doctor(settings, w.secrets, w.now, w.chance)._evidence())


def test_a_large_letter_waits_for_its_store(sqlite_shop: Shop, store: ObjectStore) -> None:
    """Nothing has left, so nothing is uncertain; and no letter fails."""
    good = store.objects("letters")
    shop = replace(sqlite_shop, w=_with(sqlite_shop, good))
    shop.customer(RING).write(MAILBOX, "Too wide", "See.")
    assert shop.serve() == ()
    words = "All parts were made anew. " * 4000
    shop.letter("KS2026-001", "answer", answer=words)
    away = replace(good, endpoint=f"http://127.0.0.1:{free_port()}")
    shop = replace(shop, w=_with(shop, away))
    shop.clock.forward(hours=1)
    shop.serve()
    assert any("store s3://" in str(one["reply_text"]) for one in shop.rows("deliveries"))
    assert {one["state"] for one in shop.rows("deliveries")} == {"accepted", "deferred"}
    shop = replace(shop, w=_with(shop, good))
    shop.clock.forward(days=1)
    assert shop.serve() == ()
    assert {one["state"] for one in shop.rows("deliveries")} == {"accepted"}
