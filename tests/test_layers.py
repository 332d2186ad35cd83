"""The house keeps its layers, its doors and its clocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layers import DOORS, LAYERS, faults

ROOT = Path(__file__).parent.parent
NOT_THE_PRODUCT = ("tests", "benchmarks", "docs", "templates", "build")


def sources() -> list[Path]:
    return [
        file.relative_to(ROOT)
        for room in LAYERS
        for file in sorted((ROOT / room).rglob("*.py"))
        if "__pycache__" not in file.parts
    ]


def test_the_product_keeps_to_the_house_rules() -> None:
    found = [
        str(fault)
        for file in sources()
        for fault in faults(file.as_posix(), (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_room_is_in_the_table() -> None:
    folders = {file.parent.name for file in ROOT.glob("*/*.py")}
    rooms = {folder for folder in folders if not folder.startswith(".")}
    assert rooms - set(NOT_THE_PRODUCT) <= set(LAYERS)
    assert {"cases", "intake", "service"} <= rooms  # the walk sees the product at all


def test_the_table_has_no_circle() -> None:
    ready: set[str] = set()
    while left := set(LAYERS) - ready:
        above = {room for room in left if set(LAYERS[room]) <= ready}
        assert above, f"{sorted(left)} import each other"
        ready |= above


@pytest.mark.parametrize(
    ("path", "source", "what"),
    [
        ("intake/read.py", "import storage.outbox", "intake may not import storage"),
        ("intake/read.py", "from mailer import send", "intake may not import mailer"),
        ("cases/step.py", "from config.settings import Settings", "cases may not import config"),
        ("config/load.py", "import cases", "config may not import cases"),
        ("storage/book.py", "def f():\n    import service.act", "storage may not import service"),
        ("reports/x.py", "import mailer.send", "reports may not import mailer"),
        ("service/act.py", "from desk import cli", "service may not import desk"),
        ("desk/cli.py", "from demo.mail_server import EmbeddedMail", "desk may not import demo"),
        ("service/act.py", "from tests.servers import dovecot", "service may not import tests"),
        ("intake/deep/x.py", "from ...storage import tables", "intake may not import storage"),
        ("intake/x.py", "from .. import storage", "intake may not import storage"),
        ("intake/x.py", "import importlib\nimportlib.import_module('storage.x')", "not import st"),
        (
            "mailer/x.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import intake.mail",
            "mailer may not import intake",
        ),
        ("service/act.py", "import sqlalchemy as sa", "only storage/ may import sqlalchemy"),
        ("desk/cli.py", "from sqlalchemy.engine import Engine", "only storage/ may import"),
        ("service/act.py", "import imapclient", "only intake/ may import imapclient"),
        ("storage/x.py", "import mailparser", "only intake/ may import mailparser"),
        ("demo/people.py", "import aiosmtplib", "only mailer/ may import aiosmtplib"),
        ("service/act.py", "import apscheduler.events", "only service/daemon.py may import"),
        ("service/daemon.pyx/a.py", "import apscheduler", "only service/daemon.py may import"),
        ("service/act.py", "import aiosmtpd.smtp", "only demo/ may import aiosmtpd"),
        ("cases/x.py", "import pydantic", "cases uses the standard library only"),
    ],
)
def test_a_wrong_import_is_caught(path: str, source: str, what: str) -> None:
    assert [str(fault) for fault in faults(path, source) if what in str(fault)]


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\nx = datetime.datetime.now()",
        "import datetime as d\nx = d.datetime.utcnow()",
        "from datetime import datetime\nx = datetime.now(tz=None)",
        "from datetime import datetime as D\nclock = D.now",
        "from datetime import date\nx = date.today()",
        "from datetime import datetime\nx = datetime.today().year",
        "import time\nx = time.time()",
        "import time as t\nx = t.time_ns()",
        "from time import time",
        "def f():\n    from time import time as now\n    return now()",
        "from email.utils import formatdate",
        "import email.utils\nx = email.utils.make_msgid()",
        "from email import utils\nx = utils.formatdate()",
        "import random",
        "from secrets import token_bytes",
        "import uuid",
        "import os\nx = os.urandom(16)",
        "from sqlalchemy import func\nx = func.now()",
        "import sqlalchemy as sa\nx = sa.func.current_timestamp()",
    ],
)
@pytest.mark.parametrize("path", ["cases/x.py", "storage/x.py", "service/act.py", "desk/cli.py"])
def test_a_look_at_the_clock_or_a_dice_is_caught(path: str, source: str) -> None:
    wanted = ("is an argument", "asks the database")
    assert [fault for fault in faults(path, source) if any(word in fault.what for word in wanted)]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("cases/step.py", "from cases.errors import IllegalStep\nfrom . import number"),
        ("cases/step.py", "from datetime import datetime, timedelta\nx = datetime.fromtimestamp"),
        ("intake/read.py", "import mailparser\nfrom cases.errors import BadInput\nimport config"),
        ("mailer/carry.py", "import time\nx = time.monotonic()"),
        ("mailer/carry.py", "import aiosmtplib\nfrom email.utils import format_datetime"),
        ("storage/tables.py", "import sqlalchemy as sa\nx = sa.func.count()"),
        ("storage/lease.py", "import sqlalchemy as sa\nx = sa.func.now()"),
        ("storage/migrations/env.py", "from alembic import context\nfrom ...cases import errors"),
        ("service/wiring.py", "from datetime import datetime\nimport secrets\nx = datetime.now()"),
        ("service/daemon.py", "from apscheduler.schedulers.background import BackgroundScheduler"),
        ("service/act.py", "from storage import outbox\nimport intake.mail\nimport reports"),
        ("desk/cli.py", "import click\nfrom service import wiring"),
        ("demo/mail_server.py", "from datetime import datetime\nimport aiosmtpd\nx = datetime.now"),
        ("service/act.py", "def f(now, random, uuid):\n    return now(), random.x, uuid.y"),
    ],
)
def test_what_is_allowed_is_not_caught(path: str, source: str) -> None:
    assert faults(path, source) == []


def test_a_fault_names_the_place() -> None:
    (fault,) = faults("intake/read.py", "\n\nimport storage")
    assert str(fault) == "intake/read.py:3: intake may not import storage"


def test_every_owner_of_a_door_is_a_room() -> None:
    assert {owner.split("/")[0] for owners in DOORS.values() for owner in owners} <= set(LAYERS)
