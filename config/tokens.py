"""What is shown at a log-in: a password, or a token that somebody else keeps fresh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias, runtime_checkable

Mechanism: TypeAlias = Literal["xoauth2", "oauthbearer"]


@runtime_checkable
class Tokens(Protocol):
    """Tokens for one log-in name. Thread safe; may ask the provider, and then takes its time."""

    @property
    def mechanism(self) -> Mechanism:
        """How the token is shown."""
        ...

    def token(self) -> str:
        """A token that is good for some minutes. cases.errors: TryLater, NeedsMending."""
        ...

    def renew(self, refused: str) -> str:
        """Another token than `refused`, which a mail server did not take. Errors as above."""
        ...

    def mend(self, said: str) -> str:
        """What to do when a mail server refused even a new token with these words; "" unknown."""
        ...


Proof: TypeAlias = str | Callable[[], str] | Tokens
"""A password, who gives it out, or tokens."""
