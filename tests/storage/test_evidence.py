"""Evidence: small mails are rows, large ones objects; what is read is proven by its name."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, update

from cases.errors import NotFound, Tampered, TryLater
from storage import tables
from storage.database import Database
from storage.evidence import ROW_LIMIT, Evidence, Raw, raw
from tests.storage.rows import NOW, at_once

SMALL = raw(b"Subject: small\r\n\r\n" + b"s" * (ROW_LIMIT - 18))
LARGE = raw(b"Subject: large\r\n\r\n" + b"l" * (ROW_LIMIT - 17))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where objects go; made by the first of them."""
    return tmp_path / "deep" / "evidence"


def keep(db: Database, folder: Path, *mails: Raw) -> Evidence:
    evidence = Evidence(folder)
    evidence.prepare(mails)
    with db.write() as tx:
        evidence.keep(tx, mails, NOW)
    return evidence


def read(db: Database, evidence: Evidence, mail: Raw) -> bytes:
    with db.read() as connection:
        return evidence.bytes_of(connection, mail.sha256)


def files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file())


def object_of(folder: Path, mail: Raw) -> Path:
    return folder / mail.sha256[:2] / mail.sha256


def test_small_ones_are_rows_and_large_ones_objects(db: Database, folder: Path) -> None:
    assert (len(SMALL.data), len(LARGE.data)) == (ROW_LIMIT, ROW_LIMIT + 1)
    evidence = keep(db, folder, SMALL, LARGE)
    assert files(folder) == [object_of(folder, LARGE)]
    with db.read() as connection:
        held = {r.sha256: r for r in connection.execute(select(tables.raws))}
    assert held[SMALL.sha256].data == SMALL.data
    assert held[LARGE.sha256].data is None
    assert held[LARGE.sha256].size == len(LARGE.data)
    assert read(db, evidence, SMALL) == SMALL.data
    assert read(db, evidence, LARGE) == LARGE.data


def test_every_byte_comes_back(db: Database, folder: Path) -> None:
    mails = [raw(bytes(range(256)) * times + b"\0\r\n\xff\xfe") for times in (0, 1, 300)]
    evidence = keep(db, folder, *mails)
    assert [read(db, evidence, mail) for mail in mails] == [mail.data for mail in mails]


def test_the_same_mail_twice_is_kept_once(db: Database, folder: Path) -> None:
    keep(db, folder, SMALL, LARGE, SMALL, LARGE)
    keep(db, folder, LARGE, SMALL)
    with db.read() as connection:
        assert len(connection.execute(select(tables.raws.c.sha256)).all()) == 2
    assert files(folder) == [object_of(folder, LARGE)]


def test_objects_are_closed_to_others(folder: Path) -> None:
    before = os.umask(0)
    try:
        Evidence(folder).prepare([LARGE])
    finally:
        os.umask(before)
    made = object_of(folder, LARGE)
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    for above in (made.parent, folder, folder.parent):
        assert stat.S_IMODE(above.stat().st_mode) == 0o700


# --- durable before T1


def test_an_object_is_durable_before_it_has_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fsync of the bytes, rename, fsync of the folder: watched, for no test can cut the power."""
    done: list[str] = []
    real_sync, real_rename = os.fsync, os.rename

    def sync(descriptor: int) -> None:
        done.append(f"sync {Path(os.readlink(f'/proc/self/fd/{descriptor}')).name}")
        real_sync(descriptor)

    def rename(old: str, new: Path) -> None:
        done.append(f"rename to {Path(new).name}")
        real_rename(old, new)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "rename", rename)
    Evidence(folder).prepare([LARGE])
    sync_bytes, renamed, sync_folder = done[-3:]
    assert sync_bytes.endswith(".half")
    assert renamed == f"rename to {LARGE.sha256}"
    assert sync_folder == f"sync {LARGE.sha256[:2]}"
    # The new folders too: each in the one above it.
    assert done[:-3] == [f"sync {name.name}" for name in list(folder.parents)[1::-1]] + [
        "sync evidence"
    ]


def test_an_object_whose_writer_died_is_made_durable_by_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was renamed, but nobody knows whether its folder was synced before T1."""
    Evidence(folder).prepare([LARGE])
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda fd: synced.append(Path(os.readlink(f"/proc/self/fd/{fd}")).name)
    )
    Evidence(folder).prepare([LARGE])
    assert synced == [LARGE.sha256[:2]]


def test_two_mailboxes_may_write_the_same_mail_at_once(folder: Path) -> None:
    mails = [raw(bytes([n]) * 3_000_000) for n in range(6)]
    evidence = Evidence(folder)
    at_once([lambda: evidence.prepare(mails)] * 4)
    assert files(folder) == sorted(object_of(folder, mail) for mail in mails)
    assert all(raw(one.read_bytes()).sha256 == one.name for one in files(folder))


# --- what is not as it was


def test_altered_objects_are_found(db: Database, folder: Path) -> None:
    evidence = keep(db, folder, LARGE)
    object_of(folder, LARGE).write_bytes(LARGE.data.replace(b"large", b"lArge"))
    with pytest.raises(Tampered, match="other bytes") as found:
        read(db, evidence, LARGE)
    assert LARGE.sha256 in found.value.what


def test_altered_rows_are_found(db: Database, folder: Path) -> None:
    evidence = keep(db, folder, SMALL)
    with db.write() as tx:
        tx.execute(update(tables.raws).values(data=b"Subject: other\r\n\r\n"))
    with pytest.raises(Tampered):
        read(db, evidence, SMALL)


def test_missing_objects_are_found(db: Database, folder: Path) -> None:
    evidence = keep(db, folder, LARGE)
    object_of(folder, LARGE).unlink()
    with pytest.raises(Tampered, match="is missing") as found:
        read(db, evidence, LARGE)
    assert found.value.mend == "bring it back from the backup"


@pytest.mark.parametrize("damage", ["altered", "cut", "missing"])
def test_the_same_mail_again_mends_its_object(db: Database, folder: Path, damage: str) -> None:
    evidence = keep(db, folder, LARGE)
    made = object_of(folder, LARGE)
    if damage == "missing":
        made.unlink()
    else:
        made.write_bytes(LARGE.data[:-1] + (b"!" if damage == "altered" else b""))
    keep(db, folder, LARGE)
    assert read(db, evidence, LARGE) == LARGE.data


def test_evidence_that_was_never_kept_is_not_found(db: Database, folder: Path) -> None:
    with pytest.raises(NotFound):
        read(db, Evidence(folder), SMALL)


# --- a folder that takes nothing


def test_a_folder_that_cannot_be_written_records_nothing(db: Database, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(TryLater, match="cannot be written") as told:
        keep(db, tmp_path / "taken", LARGE)
    assert "it is tried again" in told.value.mend
    with db.read() as connection:
        assert connection.scalar(select(tables.raws.c.sha256)) is None


def test_a_full_disk_leaves_no_halves(folder: Path) -> None:
    """RLIMIT_FSIZE stands for the full disk (reliability.md 4.1)."""
    program = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from cases.errors import TryLater\nfrom storage.evidence import Evidence, raw\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n    Evidence(Path(sys.argv[1])).prepare([raw(b'x' * 300_000)])\n"
        "except TryLater as error:\n    print(error)\n"
    )
    told = subprocess.run(
        (sys.executable, "-c", program, str(folder)), capture_output=True, text=True, check=True
    )
    assert "cannot be written: File too large" in told.stdout
    assert files(folder) == []
