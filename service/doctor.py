"""Every external thing is tried, and each fault named with its mend. Nothing is changed by it."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from cases.errors import AmendsError, TryLater
from config.confirmed import unconfirmed
from config.errors import ConfigError
from config.load import load
from config.secrets import Secrets, secrets_of
from config.settings import Alarm, Mailbox, Settings, Smtp
from intake.mailbox.survey import Door, Survey, find_mail, survey
from mailer.carry import Outcome, SmtpCarrier
from mailer.knock import knock
from service.probing import forged, judged, trust_of
from service.round_trips import synthetic
from service.tokens.shelf import Proofs
from service.way_out import carrier_to
from service.wiring import Chance
from service.words import letters
from storage import checkup, room
from storage.database import Database
from storage.objects.chosen import objects

_AMISS: Final = timedelta(minutes=1)
_BACK_WITHIN_SECONDS: Final = 60.0
_MIB: Final = 1024 * 1024
_TRY_LATER: Final = TryLater.exit_code
_CONFIG: Final = ConfigError.exit_code


@dataclass(frozen=True, slots=True)
class Line:
    """What one test says. `exit_code` 0: well."""

    part: str
    what: str
    mend: str = ""
    exit_code: int = 0

    def __str__(self) -> str:
        said = f"{self.part}: {self.what}" + (f"; {self.mend}" if self.mend else "")
        return f"{'fault' if self.exit_code else 'ok':5}  {said}"


def worst(lines: list[Line]) -> int:
    """What must be mended goes before what may heal by itself."""
    codes = [line.exit_code for line in lines if line.exit_code]
    return next((code for code in codes if code != _TRY_LATER), codes[0] if codes else 0)


@dataclass(frozen=True, slots=True)
class Doctor:
    """One visit. `now` and `chance` are arguments as everywhere."""

    settings: Settings
    secrets: Secrets
    now: Callable[[], datetime]
    chance: Chance
    proofs: Proofs = field(init=False)

    def __post_init__(self) -> None:
        """Tokens are asked for once, not for each door."""
        object.__setattr__(self, "proofs", Proofs(self.settings, self.secrets))

    def examine(self, *, send: bool) -> Iterator[Line]:
        """All tests, one after another; with `send` also one mail to each own mailbox."""
        yield from _tried("letters", self._letters)
        yield from _tried("database", self._database)
        yield from _tried("evidence", self._evidence)
        for name in self.settings.calendar:
            yield from self._calendar(name)
        for box in self.settings.mailbox:
            yield from _tried(f"mailbox {box.name}", lambda box=box: self._mailbox(box))  # type: ignore[misc]  # mypy: lambda
        yield from self._server("smtp", self._carrier(self.settings.smtp))
        alarm = self.settings.alarm
        if alarm.to:
            yield from self._server("alarm", self._carrier(alarm))
        elif not alarm.command:
            yield Line("alarm", "nobody is called: neither alarm.command nor alarm.to is written")
        if send:
            for box in self.settings.mailbox:
                yield from _tried(f"round trip {box.name}", lambda box=box: self._trip(box))  # type: ignore[misc]  # mypy: lambda
        yield self._port()

    # --- what is ours

    def _letters(self) -> Iterator[Line]:
        letters(self.settings).check()
        yield Line("letters", f"compiled in {', '.join(self.settings.company.languages)}")

    def _database(self) -> Iterator[Line]:
        url, secret = self.settings.database.url, self.secrets.database
        if missing := checkup.missing_file(url):
            yield _to_be_made("database", missing.parent, "the file is made at the first start")
            return
        db = Database(url, secret.reveal() if secret else None)
        try:
            schema = checkup.try_to_write(db, self.now())
            said = f"schema {schema}" if schema else "empty: the schema is made at the first start"
            yield Line("database", f"can be written, {said}")
            yield _clocks("time of the database", checkup.clock(db), self.now())
        finally:
            db.close()

    def _evidence(self) -> Iterator[Line]:
        folder, wanted = self.settings.evidence.folder, self.settings.health
        if said := objects(self.settings.evidence, self.secrets.evidence).probe():
            yield Line("evidence", said)
        if not folder.is_dir():
            yield _to_be_made("evidence", folder, "the folder is made with the first big mail")
            return
        disk = room.write_and_measure(folder)
        free = f"{disk.free // _MIB} MiB free ({disk.percent:.0f} %)"
        if disk.free < wanted.free_mb * _MIB or disk.percent < wanted.free_percent:
            yield Line("evidence", f"only {free}", "make room, or see health.free_mb", _TRY_LATER)
        else:
            yield Line("evidence", f"can be written, {free}")

    def _calendar(self, name: str) -> Iterator[Line]:
        calendar, part = self.settings.calendar[name], f"calendar {name}"
        zone = ZoneInfo(calendar.timezone or self.settings.company.timezone)
        year = self.now().astimezone(zone).year
        doubtful = unconfirmed(calendar, (year, year + 1))
        for one, why in doubtful.items():
            yield Line(
                part,
                f"{calendar.country} {one} is not confirmed: {why}",
                f"write the days into calendar.{name}.closed and .working when they are announced",
                # The year that runs moves deadlines now; the next one is a reminder.
                _CONFIG if one == year else 0,
            )
        if not doubtful:
            known = f"{year} and {year + 1} are confirmed" if calendar.country else "no holidays"
            yield Line(part, f"{known}, time zone {zone.key}")

    def _port(self) -> Line:
        desk, health = self.settings.desk, self.settings.health
        host, port, part = (
            (desk.host, desk.port, "desk") if desk.port else (health.host, health.port, "health")
        )
        if not port:
            return Line("desk", "none is wanted")
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            if _is_amends(host, port):
                return Line(part, f"the service runs on {host}:{port}")
            mend = f"end what listens there, or write another {part}.port"
            return Line(part, f"{host}:{port} cannot be used: {error.strerror}", mend, _TRY_LATER)
        return Line(part, f"{host}:{port} is free")

    # --- what others run

    def _mailbox(self, box: Mailbox) -> Iterator[Line]:
        part = f"mailbox {box.name}"
        found = survey(self._door(box))
        yield Line(part, f"log-in works, {found.mails} mails in {box.folder}")
        yield from _rights(part, box, found)
        idle = "IDLE works" if not found.idles else f"{found.idles}: it is polled"
        yield Line(part, f"{idle}, every {box.poll_seconds} s in any case")
        percent, limit = found.quota_percent, self.settings.alarm.quota_percent
        if percent is not None and percent > limit:
            yield Line(part, f"{percent} % of its quota is used", "make room in it", _TRY_LATER)
        else:
            told = "the server says nothing of a quota" if percent is None else f"{percent} % full"
            yield Line(part, told)
        if found.newest and found.newest - self.now() > _AMISS:
            yield Line(
                part,
                f"its last mail arrives in the future ({found.newest:%Y-%m-%d %H:%M} UTC)",
                "set the clock of this machine, or of the mail server",
                _CONFIG,
            )

    def _server(self, part: str, carrier: SmtpCarrier) -> Iterator[Line]:
        outcome = asyncio.run(knock(carrier))
        log_in = "log-in works" if carrier.user else "no log-in is wanted"
        what = f"{carrier.host}:{carrier.port} answers ({carrier.security}), {log_in}"
        yield Line(part, what) if outcome.state == "accepted" else _not_carried(part, outcome)

    def _trip(self, box: Mailbox) -> Iterator[Line]:
        part, left = f"round trip {box.name}", self.now()
        message_id, data, recipient = synthetic(box, self.chance.token(), left)
        carrier = self._carrier(self.settings.smtp)
        nonce = self.chance.token()
        outcome = asyncio.run(carrier.carry(box.address, recipient, forged(box, nonce) + data))
        if outcome.state != "accepted":
            yield _not_carried(part, outcome)
            return
        found = find_mail(self._door(box), message_id, _BACK_WITHIN_SECONDS)
        if found is None:
            mend = "see whether the mail server knows plus addresses; else plus_addressing = false"
            yield Line(part, "a mail to its own address did not come back", mend, _TRY_LATER)
            return
        how = "with a plus address" if box.plus_addressing else "without a plus address"
        yield Line(part, f"a mail to its own address came back, {how}")
        if found.arrived is not None:
            yield _clocks("time of the mail server", found.arrived, self.now())
        probed = judged(found.header, nonce, trust_of(box))
        yield Line(part, probed.what, probed.mend, _CONFIG if probed.mend else 0)

    def _door(self, box: Mailbox) -> Door:
        where = (box.host, box.port, box.security, box.ca_file, box.user)
        return Door(*where, self.proofs.of_mailbox(box), box.folder, box.timeout_seconds)

    def _carrier(self, server: Smtp | Alarm) -> SmtpCarrier:
        return carrier_to(server, self.proofs, self.settings.mailbox[0].address)


def configured(path: Path, environ: Mapping[str, str]) -> tuple[Settings, Secrets] | list[Line]:
    """The configuration with its secrets, or every fault of it."""
    try:
        settings = load(path, environ)
        return settings, secrets_of(settings, environ)
    except ConfigError as error:
        return [Line("configuration", problem, exit_code=_CONFIG) for problem in error.problems]


def _tried(part: str, test: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    try:
        yield from test()
    except AmendsError as error:
        yield Line(part, error.what, error.mend, error.exit_code)
    except ConfigError as error:
        yield from (Line(part, problem, exit_code=_CONFIG) for problem in error.problems)


def _rights(part: str, box: Mailbox, found: Survey) -> Iterator[Line]:
    mend = 'give the right, or write decorate = "none"'
    if not found.uidvalidity:
        yield Line(part, "the folder has no UIDVALIDITY", "ask who runs the server", _CONFIG)
    if found.readonly and box.decorate != "none":
        yield Line(part, f"may only be read, and decorate is {box.decorate}", mend, _CONFIG)
    elif box.decorate == "keyword" and not found.takes_keywords:
        yield Line(part, "the folder takes no keywords", mend, _CONFIG)
    elif box.decorate == "move" and not found.can_move:
        yield Line(part, "the server cannot MOVE", mend, _CONFIG)
    else:
        may = "may only be read, which is enough" if found.readonly else "may be marked"
        yield Line(part, f"{may}, UIDVALIDITY {found.uidvalidity}")


def _not_carried(part: str, outcome: Outcome) -> Line:
    code = _TRY_LATER if outcome.state in ("deferred", "uncertain") else _CONFIG
    return Line(part, outcome.text, exit_code=code)


def _clocks(part: str, theirs: datetime, ours: datetime) -> Line:
    apart = abs(theirs - ours)
    if apart > _AMISS:
        what = f"differs from ours by {apart.total_seconds():.0f} s"
        return Line(part, what, "let a time service set both clocks", _CONFIG)
    return Line(part, f"differs from ours by {apart.total_seconds():.0f} s")


def _to_be_made(part: str, folder: Path, what: str) -> Line:
    above = next(one for one in (folder, *folder.parents) if one.exists())
    if above.is_dir() and os.access(above, os.W_OK):
        return Line(part, what)
    return Line(part, f"{above} cannot be written", "give write permission there", _CONFIG)


def _is_amends(host: str, port: int) -> bool:
    link = http.client.HTTPConnection(host, port, timeout=3)
    try:
        link.request("GET", "/live")
        return b'"live"' in link.getresponse().read(1000)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
