"""What the tables of the file have in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

SECONDS = "a number of seconds from {} to {}"
A_FILE = "the path of a file, relative to this configuration file or absolute"
A_FOLDER = "the path of a folder, relative to this configuration file or absolute"
ENV = "the name of an environment variable, not the password itself"
PASSWORD_FILE = "File with the password and nothing else; its owner alone may read it (chmod 600)."  # noqa: S105 - a text of the manual, no secret
PASSWORD_ENV = "Environment variable that holds the password, instead of password_file."  # noqa: S105 - likewise
SECURITY = (
    'How the connection is protected: "tls" from its first byte, "starttls" after the greeting, '
    '"plain" not at all (only for a server on the same machine).'
)
CA_FILE = 'Certificates (PEM) trusted for this server; "" means those of the system.'


def key(description: str, *, write: str, **rest: Any) -> Any:
    """A key of the file: what it means, and what to write (the mend of every problem with it)."""
    return Field(description=description, json_schema_extra={"write": write}, **rest)


def written(value: object) -> Any:
    """A default as an operator would write it; it passes the same validators as the file."""
    return Field(default=value)


class Section(BaseModel):
    """A table of the file: read once, never changed, no key that is not known."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=True,
        # A pydantic error must never carry a value that may be a secret.
        hide_input_in_errors=True,
    )
