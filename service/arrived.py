"""A mail with all that is known of it before the database is asked."""

from __future__ import annotations

from dataclasses import dataclass

from intake.authentication import UNKNOWN, Authentication
from intake.mail import Mail, Screened
from storage.ledger import Sighting


@dataclass(frozen=True, slots=True)
class Arrived:
    """Where it was seen, what it says, and what kind of mail it is."""

    sighting: Sighting
    mail: Mail
    screened: Screened
    authentication: Authentication = UNKNOWN
