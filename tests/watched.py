"""A shop with a watchman, and the operators that it calls, in steps of its sweep."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from cases.errors import AmendsError, TryLater
from service import health
from service.alarms import Watchman
from service.watching import Watch
from tests.shop import Shop

NAME = "complaints"


@dataclass
class Operators:
    """Who is called: they remember what they were told, and can be out of reach."""

    told: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    away: bool = False

    def __call__(self, line: str, text: str) -> None:
        if self.away:
            raise TryLater("nobody answers")
        self.told.append(line)
        self.texts.append(text)


@dataclass
class Watched:
    """A shop with a watchman, in steps of its sweep."""

    shop: Shop
    operators: Operators = field(default_factory=Operators)

    def __post_init__(self) -> None:
        # The disk of a test machine may be full of other things.
        self.set("health", free_mb=0, free_percent=0)
        self.restart()

    def restart(self) -> None:
        self.watchman = Watchman(self.shop.w, (self.operators,))

    def set(self, section: str, **keys: Any) -> None:
        settings = self.shop.w.settings
        changed = getattr(settings, section).model_copy(update=keys)
        self.shop.w = replace(self.shop.w, settings=settings.model_copy(update={section: changed}))

    def set_mailbox(self, **keys: Any) -> None:
        settings = self.shop.w.settings
        box = settings.mailbox[0].model_copy(update=keys)
        self.shop.w = replace(self.shop.w, settings=settings.model_copy(update={"mailbox": (box,)}))
        self.watchman.w = self.shop.w

    def poll(self) -> bool:
        """One look into the mailbox; False: it did not come to its end."""
        try:
            Watch(self.shop.w, self.shop.w.settings.mailbox[0]).look()
        except AmendsError:
            return False
        return True

    def sweep(self, **span: float) -> None:
        """What the scheduler does, after the clock was turned."""
        self.shop.clock.forward(**span)
        self.watchman.look()
        self.watchman.tell()

    def minutes(self, number: float, *, polls: bool = True) -> None:
        """Time goes by in quarters of a minute; the mailbox is polled every minute."""
        for quarter in range(int(number * 4)):
            if polls and quarter % 4 == 0:
                self.poll()
            self.sweep(seconds=15)

    def not_ready(self) -> list[str]:
        said = health.ready(self.shop.w)
        assert said["ready"] is not bool(said["not_ready"])
        return [one["kind"] for one in said["not_ready"]]
