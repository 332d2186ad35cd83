"""A mail with all that is known of it before the database is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.facts.find import Facts
from intake.mail import Mail, Screened
from intake.sender.authentication import UNKNOWN, Authentication
from storage.ledger import Sighting

if TYPE_CHECKING:
    from service.colleagues import PassedOn


@dataclass(frozen=True, slots=True)
class Arrived:
    """Where it was seen, what it says, and what kind of mail it is."""

    sighting: Sighting
    mail: Mail
    screened: Screened
    facts: Facts = field(default_factory=Facts)
    authentication: Authentication = UNKNOWN
    spam: bool = False  # says the company's own filter
    passed_on: PassedOn | None = None  # by a colleague; then `mail` is as the customer's

    @property
    def sent(self) -> Mail:
        """The mail as it came."""
        return self.passed_on.sent if self.passed_on else self.mail
