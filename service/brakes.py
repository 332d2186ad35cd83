"""Brakes on automatic letters: a table, and which of it is reached. Pure.

A braked letter is held with a task and never dropped. A letter that stops a clock for a known
contact is a promise (R-13): the three brakes pass it by, and only a flood of them is held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from config.outbox import Outbox

Scope = Literal["address", "domain", "all"]

# Whose users have nothing to do with each other: outbox.free_mail_domains names more.
FREE_MAIL: Final = frozenset(
    {
        "126.com",
        "163.com",
        "aol.com",
        "foxmail.com",
        "gmail.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.ru",
        "msn.com",
        "outlook.com",
        "proton.me",
        "qq.com",
        "sina.com",
        "t-online.de",
        "web.de",
        "yahoo.com",
        "yandex.ru",
        "yeah.net",
    }
)
_HOUR = timedelta(hours=1)
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Brake:
    """At most `most` automatic letters to the same address or domain, or in all, in `time`."""

    scope: Scope
    time: timedelta
    most: int

    def __str__(self) -> str:
        where = {"address": "to this address", "domain": "to this domain", "all": "in all"}
        hours = "an hour" if self.time == _HOUR else "24 hours"
        return f"{self.most} automatic letters {where[self.scope]} within {hours}"


def brakes(rules: Outbox, domain: str, *, promise: bool) -> tuple[Brake, ...]:
    """The brakes for a letter to this domain; `promise`: it stops a clock for a known contact."""
    if promise:
        return (
            Brake("address", _HOUR, rules.promises_per_hour),
            Brake("address", _DAY, rules.promises_per_day),
        )
    found = [Brake("address", _DAY, rules.address_per_day)]
    if domain not in FREE_MAIL and domain not in rules.free_mail_domains:
        found.append(Brake("domain", _HOUR, rules.domain_per_hour))
    return (*found, Brake("all", _HOUR, rules.all_per_hour))


def reached(table: tuple[Brake, ...], count: Callable[[Brake], int]) -> Brake | None:
    """The first brake of which so many letters went already that this one must wait."""
    return next((brake for brake in table if count(brake) >= brake.most), None)
