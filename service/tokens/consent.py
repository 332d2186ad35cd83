"""The consent of a person for a mailbox: asked for once, by `amends log-in`."""

from __future__ import annotations

from collections.abc import Callable

from cases.errors import BadInput, NotFound
from config.log_in import DELEGATED
from config.secrets import Secrets
from config.settings import Alarm, Mailbox, Settings, Smtp
from service.tokens.google import Consent, begin_consent
from service.tokens.microsoft import DeviceCode, begin_device_code
from service.tokens.shelf import Proofs


def begin(
    settings: Settings, secrets: Secrets, name: str, chance: Callable[[], str]
) -> DeviceCode | Consent:
    """For the mailbox of this name, or for "smtp" or "alarm". NotFound, BadInput; and the errors
    of the provider."""
    server = _server(settings, name)
    log_in = settings.log_in.get(server.log_in)
    if log_in is None or log_in.flow not in DELEGATED:
        raise BadInput(
            f"{name} logs in without the consent of a person",
            mend=f"only log-ins with the flow {' or '.join(DELEGATED)} need it",
        )
    if log_in.flow == "microsoft-device-code":
        return begin_device_code(log_in)
    return begin_consent(log_in, secrets.log_ins[server.log_in], server.user, chance)


def try_out(settings: Settings, secrets: Secrets, name: str) -> None:
    """Get a token by the consent that was just given. TryLater, NeedsMending."""
    tokens = Proofs(settings, secrets).tokens(_server(settings, name))
    assert tokens is not None
    tokens.token()


def _server(settings: Settings, name: str) -> Mailbox | Smtp | Alarm:
    boxes = {box.name: box for box in settings.mailbox}
    if name in boxes:
        return boxes[name]
    if name in ("smtp", "alarm"):
        return settings.smtp if name == "smtp" else settings.alarm
    raise NotFound(f"there is no mailbox {name}", mend=f"name one of {', '.join(boxes)}")
